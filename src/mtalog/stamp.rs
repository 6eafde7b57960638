//! When a line was logged: all forms of time that logs have, and the year that some of them lack.
//!
//! In: the front of a line; once for a file, the zone of stamps without one and where the year comes from. Out: a
//! [`Stamp`] and what is behind it; for a report, [`Years`]: which years were taken, and why.
//!
//! The year of stamps without one: given, it is that of the first line; else the last one that puts the first line
//! not behind the last change of the file. A month that falls by more than six begins a new year; a line of 31
//! December behind one of 1 January is a late one of the old year. The 29th of February makes an inferred year a
//! leap year; in a given year that has none it is taken as the 1st of March, and counted.
//!
//! Deliberately reads no clock: the shell says when a file was changed, and which zone is the local one.
//!
//! Limits: years 1970 to 9999. A log without years that has a hole of half a year and more is taken for shorter
//! than it is. The offset of a zone is looked up once for a quarter of an hour; there is none that changes within.
//!
//! References: RFC 3164, section 4.1.2; RFC 3339, section 5.6; ISO 8601.

use crate::mtalog::event::Stamp;
use crate::mtalog::text::number;
use jiff::tz::TimeZone;
use std::fmt;

/// The zone of stamps that name none.
#[derive(Debug, Clone)]
pub enum Zone {
    /// Always so many seconds east of Greenwich.
    Fixed(i32),
    /// With summer time, or whatever a place has had.
    Place(TimeZone),
}

/// Where the year comes from, for stamps without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// It was given: the year of the first line.
    Given(i16),
    /// The file was changed last at that time.
    Modified(Stamp),
}

/// Which years were taken for stamps without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Years {
    /// The year of the first line.
    pub first: i16,
    /// The year of the last line.
    pub last: i16,
    /// Where it came from.
    pub basis: Basis,
    /// How many lines were of a 29th of February that their year does not have.
    pub impossible: u64,
}

impl fmt::Display for Years {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = match self.basis {
            Basis::Given(_) => "as given",
            Basis::Modified(_) => "inferred from the last change of the file",
        };
        write!(f, "stamps have no year: taken as {}", self.first)?;
        if self.last != self.first {
            write!(f, " to {}", self.last)?;
        }
        write!(f, ", {from}")?;
        match self.impossible {
            0 => Ok(()),
            1 => write!(f, "; 1 line of a 29 February that its year does not have"),
            count => write!(
                f,
                "; {count} lines of a 29 February that their year does not have"
            ),
        }
    }
}

/// How far a clock that wrote a file may be behind the one that wrote its lines.
const SLACK: i64 = Stamp::DAY;

/// Reads the stamps of one file, line after line.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: Zone,
    basis: Basis,
    now: Option<Year>,
    first: Option<Year>,
    impossible: u64,
    /// The last day that was read, as it was written, with its start.
    day: ([u8; 10], i64),
    month_day: ([u8; 6], i64),
    /// The last second that was read without a fraction, as it was written with the blank behind it: busy logs have
    /// hundreds of lines of one.
    second: ([u8; 16], Stamp),
    /// The last quarter of an hour that was looked up, with its offset in microseconds.
    quarter: (i64, i64),
}

/// Where a log without years has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Year {
    /// The year.
    pub year: i16,
    /// The month of the last line.
    pub month: u8,
    /// Its day.
    pub day: u8,
}

impl Clock {
    /// Begins a file.
    pub fn new(zone: Zone, basis: Basis) -> Self {
        Self {
            zone,
            basis,
            now: None,
            first: None,
            impossible: 0,
            day: ([0; 10], 0),
            month_day: ([0; 6], 0),
            second: ([0; 16], Stamp(0)),
            quarter: (i64::MIN, 0),
        }
    }

    /// Reads a stamp of any form from the front of a line; gives it and what is behind it, blanks included.
    pub fn read<'a>(&mut self, text: &'a [u8]) -> Option<(Stamp, &'a [u8])> {
        match text.first()? {
            b'0'..=b'9' => self.full(text).or_else(|| seconds(text)),
            b'A'..=b'Z' => self.short(text),
            b'@' => {
                let (micros, rest) = number(&text[1..])?;
                Some((Stamp(i64::try_from(micros).ok()?), rest))
            }
            _ => None,
        }
    }

    /// Reads `2026-03-02T06:01:07.123456+01:00`: the T may be a blank, fraction and zone may be missing, the zone
    /// may stand behind a blank.
    pub fn full<'a>(&mut self, text: &'a [u8]) -> Option<(Stamp, &'a [u8])> {
        if text.len() < 19 || !matches!(text[10], b'T' | b't' | b' ') {
            return None;
        }
        let date: &[u8; 10] = text[..10].try_into().ok()?;
        let day = if *date == self.day.0 {
            self.day.1
        } else {
            let (b'-', b'-') = (date[4], date[7]) else {
                return None;
            };
            let year = i64::from(two(&date[..2])?) * 100 + i64::from(two(&date[2..4])?);
            let day = start(year, two(&date[5..7])?, two(&date[8..])?)?;
            self.day = (*date, day);
            day
        };
        let (time, rest) = time_of_day(&text[11..])?;
        let local = day + time;
        let (offset, rest) = match offset(rest) {
            Some(found) => found,
            None => (self.offset(local), rest),
        };
        Some((Stamp(local - offset), rest))
    }

    /// Reads `Mar  2 06:01:07`, the day padded with a blank, a naught or nothing, with a fraction or not.
    pub fn short<'a>(&mut self, text: &'a [u8]) -> Option<(Stamp, &'a [u8])> {
        let whole = text.first_chunk::<16>();
        if whole == Some(&self.second.0) {
            return Some((self.second.1, &text[15..]));
        }
        let front = text.first_chunk::<6>()?;
        let day = if *front == self.month_day.0 && text.get(6) == Some(&b' ') {
            self.month_day.1
        } else {
            return self.short_of_another_day(text);
        };
        let (time, rest) = time_of_day(&text[7..])?;
        let local = day + time;
        let at = Stamp(local - self.offset(local));
        if let Some(whole @ [.., b' ']) = whole {
            self.second = (*whole, at);
        }
        Some((at, rest))
    }

    fn short_of_another_day<'a>(&mut self, text: &'a [u8]) -> Option<(Stamp, &'a [u8])> {
        let month = month(&text[..3])?;
        let [b' ', behind @ ..] = &text[3..] else {
            return None;
        };
        let behind = behind.strip_prefix(b" ").unwrap_or(behind);
        let (day, rest) = number(behind)?;
        let day = u8::try_from(day)
            .ok()
            .filter(|day| (1..=31).contains(day))?;
        let (time, rest) = time_of_day(rest.strip_prefix(b" ")?)?;
        let start = self.day_of(month, day)?;
        if let (Ok(front), Some(b' ')) = (<[u8; 6]>::try_from(&text[..6]), text.get(6)) {
            // A leap day that is none is to be counted every time.
            if (month, day) != (2, 29) {
                self.month_day = (front, start);
            }
        }
        let local = start + time;
        Some((Stamp(local - self.offset(local)), rest))
    }

    /// Gives the start of a day without a year, and goes on to it.
    fn day_of(&mut self, month: u8, day: u8) -> Option<i64> {
        let year = match self.now {
            None => self.first_year(month, day),
            Some(now) => now.next(month, day),
        };
        let start = match start(i64::from(year), month, day) {
            Some(start) => start,
            None if (month, day) == (2, 29) => {
                self.impossible += 1;
                start(i64::from(year), 3, 1)?
            }
            None => return None,
        };
        let now = Year { year, month, day };
        self.first.get_or_insert(now);
        self.now = Some(now);
        Some(start)
    }

    fn first_year(&self, month: u8, day: u8) -> i16 {
        let latest = match self.basis {
            Basis::Given(year) => return year,
            Basis::Modified(latest) => latest,
        };
        let (mut year, _, _) = civil(latest.0.saturating_add(SLACK).div_euclid(Stamp::DAY));
        for _ in 0..9 {
            if let Some(start) = start(year, month, day)
                && start <= latest.0.saturating_add(SLACK)
            {
                break;
            }
            year -= 1;
        }
        i16::try_from(year).unwrap_or(1970)
    }

    /// Gives how far local time is ahead, in microseconds.
    fn offset(&mut self, local: i64) -> i64 {
        let zone = match &self.zone {
            Zone::Fixed(seconds) => return i64::from(*seconds) * Stamp::SECOND,
            Zone::Place(zone) => zone,
        };
        let quarter = local.div_euclid(15 * Stamp::MINUTE);
        if self.quarter.0 != quarter {
            let begin = quarter * 15 * Stamp::MINUTE;
            self.quarter = (quarter, place_offset(zone, begin).unwrap_or(0));
        }
        self.quarter.1
    }

    /// Gives the first line without a year since the clock was put forward.
    pub fn first(&self) -> Option<Year> {
        self.first
    }

    /// Gives where a log without years has got to; nothing for one with years.
    pub fn year(&self) -> Option<Year> {
        self.now
    }

    /// Goes on where another clock of the same file has got to.
    pub fn go_on(&mut self, year: Option<Year>) {
        self.now = year;
        self.month_day = ([0; 6], 0);
        self.second = ([0; 16], Stamp(0));
        self.impossible = 0;
        self.first = None;
    }

    /// Gives which years were taken; nothing where every stamp had its own.
    pub fn years(&self) -> Option<Years> {
        Some(Years {
            first: self.first?.year,
            last: self.now?.year,
            basis: self.basis,
            impossible: self.impossible,
        })
    }
}

impl Year {
    /// Gives the year of a line behind this one.
    pub fn next(self, month: u8, day: u8) -> i16 {
        let late = month == 12 && day >= 30 && self.month == 1 && self.day <= 2;
        if late {
            self.year.saturating_sub(1)
        } else if self.month > month + 6 {
            self.year.saturating_add(1)
        } else {
            self.year
        }
    }
}

/// Gives the days since 1970-01-01.
fn days(year: i64, month: u8, day: u8) -> i64 {
    let (year, month) = if month <= 2 {
        (year - 1, i64::from(month) + 9)
    } else {
        (year, i64::from(month) - 3)
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Gives year, month and day of days since 1970-01-01.
fn civil(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, more) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + more, month as u8, day as u8)
}

/// Gives the start of a day that exists, in microseconds.
fn start(year: i64, month: u8, day: u8) -> Option<i64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let days = days(year, month, day);
    (civil(days) == (year, month, day)).then_some(days * Stamp::DAY)
}

/// Reads two digits.
fn two(text: &[u8]) -> Option<u8> {
    let [tens, ones] = text else { return None };
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| tens * 10 + ones)
}

fn month(text: &[u8]) -> Option<u8> {
    const MONTHS: [&[u8; 3]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let at = MONTHS.iter().position(|month| &month[..] == text)?;
    Some(at as u8 + 1)
}

/// Reads `06:01:07`, a fraction behind it or not; gives microseconds.
fn time_of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (clock, rest) = text.split_at_checked(8)?;
    let (b':', b':') = (clock[2], clock[5]) else {
        return None;
    };
    let (hour, minute, second) = (two(&clock[..2])?, two(&clock[3..5])?, two(&clock[6..])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let whole = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let (fraction, rest) = fraction(rest);
    Some((whole * Stamp::SECOND + fraction, rest))
}

/// Reads a fraction of a second behind a dot or a comma.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let [b'.' | b',', digits @ ..] = text else {
        return (0, text);
    };
    let mut micros = 0;
    let mut place = 100_000;
    let mut count = 0;
    while let Some(digit) = digits.get(count).filter(|byte| byte.is_ascii_digit()) {
        micros += i64::from(digit - b'0') * place;
        place /= 10;
        count += 1;
    }
    if count == 0 {
        (0, text)
    } else {
        (micros, &digits[count..])
    }
}

/// Reads `Z`, `+01:00`, `+0100` or `+01`, behind a blank or not; gives microseconds.
fn offset(text: &[u8]) -> Option<(i64, &[u8])> {
    let zone = match text {
        [b'Z' | b'z', rest @ ..] => return Some((0, rest)),
        [b' ', zone @ ..] => zone,
        zone => zone,
    };
    let (&sign, rest) = zone.split_first()?;
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = i64::from(two(rest.get(..2)?)?);
    let mut rest = &rest[2..];
    let behind = rest.strip_prefix(b":").unwrap_or(rest);
    let mut minutes = 0;
    if let Some(found) = behind.get(..2).and_then(two) {
        minutes = i64::from(found);
        rest = &behind[2..];
    }
    if hours > 23 || minutes > 59 || !matches!(rest.first(), None | Some(b' ' | b',' | b'\t')) {
        return None;
    }
    Some((sign * (hours * 60 + minutes) * Stamp::MINUTE, rest))
}

/// Reads `1772784060.123456`: seconds since 1970, as `journalctl -o short-unix` has them.
fn seconds(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (seconds, rest) = number(text)?;
    if !rest.starts_with(b".") || !(100_000_000..100_000_000_000).contains(&seconds) {
        return None;
    }
    let (fraction, rest) = fraction(rest);
    Some((
        Stamp(i64::try_from(seconds).ok()? * Stamp::SECOND + fraction),
        rest,
    ))
}

/// Looks the offset of a place up, for a local time.
fn place_offset(zone: &TimeZone, local: i64) -> Option<i64> {
    let seconds = local.div_euclid(Stamp::SECOND);
    // The local time, as if it were that of Greenwich, is what jiff calls a civil time.
    let civil = jiff::Timestamp::from_second(seconds).ok()?;
    let civil = TimeZone::UTC.to_datetime(civil);
    let at = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    Some((seconds - at.as_second()) * Stamp::SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>()
            .expect("a time")
            .as_microsecond()
    }

    fn clock(basis: Basis) -> Clock {
        Clock::new(Zone::Fixed(3600), basis)
    }

    #[test]
    fn stamps_with_nothing_behind_them() {
        let whole = "Mar  2 06:01:07 host";
        let mut clock = clock(Basis::Given(2026));
        // The second time the day is known.
        for _ in 0..2 {
            for end in 0..whole.len() {
                let read = clock.read(&whole.as_bytes()[..end]);
                assert_eq!(read.is_some(), end >= 15, "{:?}", &whole[..end]);
            }
        }
    }

    #[test]
    fn full_stamps_of_every_form() {
        let mut clock = clock(Basis::Given(2026));
        for (text, instant, rest) in [
            (
                "2026-03-02T06:01:07.123456+01:00 host",
                "2026-03-02T05:01:07.123456Z",
                " host",
            ),
            ("2026-03-02T06:01:07Z host", "2026-03-02T06:01:07Z", " host"),
            (
                "2026-03-02T06:01:07.123456789Z x",
                "2026-03-02T06:01:07.123456Z",
                " x",
            ),
            ("2026-03-02T06:01:07+0100 x", "2026-03-02T05:01:07Z", " x"),
            ("2026-03-02T06:01:07-03:30 x", "2026-03-02T09:31:07Z", " x"),
            (
                "2026-03-02 06:01:07 [12] x",
                "2026-03-02T05:01:07Z",
                " [12] x",
            ),
            (
                "2026-03-02 06:01:07.123 +0000 1abc",
                "2026-03-02T06:01:07.123Z",
                " 1abc",
            ),
            ("2026-03-02T06:01:07.5,x", "2026-03-02T05:01:07.5Z", ",x"),
            ("2026-03-02 06:01:07 +x", "2026-03-02T05:01:07Z", " +x"),
            ("2024-02-29T23:59:60Z", "2024-03-01T00:00:00Z", ""),
            (
                "1772784060.000001 host",
                "2026-03-06T08:01:00.000001Z",
                " host",
            ),
            (
                "@1772784060000001 host",
                "2026-03-06T08:01:00.000001Z",
                " host",
            ),
        ] {
            let read = clock.read(text.as_bytes());
            assert_eq!(read, Some((Stamp(at(instant)), rest.as_bytes())), "{text}");
        }
    }

    #[test]
    fn what_is_no_stamp() {
        let mut clock = clock(Basis::Given(2026));
        for text in [
            "",
            "2026-03-02",
            "2026-13-02T06:01:07Z",
            "2026-02-29T06:01:07Z",
            "2026-03-02T24:01:07Z",
            "Mar",
            "Mar  2",
            "Mar 32 06:01:07 x",
            "Mar  0 06:01:07 x",
            "Mxr  2 06:01:07 x",
            "Mar  2 06:61:07 x",
            "Apr 31 06:01:07 x",
            "1234 x",
            "@x",
            "\u{fe}\u{ff}",
            "2026/03/02 06:01:07",
        ] {
            assert_eq!(clock.read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(clock.years(), None);
    }

    #[test]
    fn short_stamps_of_every_form() {
        let mut clock = clock(Basis::Given(2026));
        for (text, instant, rest) in [
            ("Mar  2 06:01:07 host", "2026-03-02T05:01:07Z", " host"),
            ("Mar  2 06:01:08 host", "2026-03-02T05:01:08Z", " host"),
            (
                "Mar 02 06:01:07.25 host",
                "2026-03-02T05:01:07.25Z",
                " host",
            ),
            ("Mar 2 06:01:07 host", "2026-03-02T05:01:07Z", " host"),
            ("Mar 12 06:01:07", "2026-03-12T05:01:07Z", ""),
        ] {
            let read = clock.read(text.as_bytes());
            assert_eq!(read, Some((Stamp(at(instant)), rest.as_bytes())), "{text}");
        }
    }

    fn years(basis: Basis, stamps: &[&str]) -> (Vec<i16>, Clock) {
        let mut clock = clock(basis);
        let mut found = Vec::new();
        for stamp in stamps {
            let text = format!("{stamp} 12:00:00 host");
            assert!(clock.read(text.as_bytes()).is_some(), "{text}");
            found.push(clock.year().expect("a year").year);
        }
        (found, clock)
    }

    #[test]
    fn a_new_year_begins_where_the_month_falls() {
        let (found, clock) = years(
            Basis::Given(2025),
            &[
                "Dec 30", "Dec 31", "Jan  1", "Dec 31", "Jan  1", "Feb  3", "Jan  9", "Aug  1",
                "Dec 31", "Jan  1",
            ],
        );
        assert_eq!(
            found,
            [2025, 2025, 2026, 2025, 2026, 2026, 2026, 2026, 2026, 2027]
        );
        let known = clock.years().expect("years");
        assert_eq!((known.first, known.last, known.impossible), (2025, 2027, 0));
    }

    #[test]
    fn the_last_change_of_the_file_tells_the_year() {
        let changed = Basis::Modified(Stamp(at("2026-03-10T00:00:00Z")));
        for (stamp, year) in [
            ("Mar 10", 2026),
            // A clock may be a little behind.
            ("Mar 11", 2026),
            ("Mar 12", 2025),
            ("Dec 31", 2025),
            ("Jan  1", 2026),
            ("Feb 29", 2024),
        ] {
            assert_eq!(years(changed, &[stamp]).0, [year], "{stamp}");
        }
        let (found, clock) = years(changed, &["Dec 31", "Jan  1"]);
        assert_eq!(found, [2025, 2026]);
        assert_eq!(
            clock.years().expect("years").to_string(),
            "stamps have no year: taken as 2025 to 2026, inferred from the last change of the file"
        );
    }

    #[test]
    fn a_leap_day_in_a_year_without_one_is_counted() {
        let (found, clock) = years(
            Basis::Given(2026),
            &["Feb 28", "Feb 29", "Feb 29", "Mar  1"],
        );
        assert_eq!(found, [2026; 4]);
        let known = clock.years().expect("years");
        assert_eq!(known.impossible, 2);
        assert_eq!(
            known.to_string(),
            "stamps have no year: taken as 2026, as given; 2 lines of a 29 February that their year does not have"
        );
        assert_eq!(
            years(Basis::Given(2024), &["Feb 29"])
                .1
                .years()
                .expect("years")
                .impossible,
            0
        );
    }

    #[test]
    fn summer_time_of_a_place() {
        let rules = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("rules");
        let mut clock = Clock::new(Zone::Place(rules), Basis::Given(2026));
        for (text, instant) in [
            ("Mar 29 01:59:59 h", "2026-03-29T00:59:59Z"),
            ("Mar 29 03:00:00 h", "2026-03-29T01:00:00Z"),
            ("Jul  1 12:00:00 h", "2026-07-01T10:00:00Z"),
            ("Oct 25 02:30:00 h", "2026-10-25T00:30:00Z"),
            ("Oct 25 03:00:00 h", "2026-10-25T02:00:00Z"),
        ] {
            assert_eq!(
                clock.read(text.as_bytes()).expect("a stamp").0,
                Stamp(at(instant)),
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn days_and_dates_are_the_same(day in 0i64..2_932_896) {
            let (year, month, of_month) = civil(day);
            proptest::prop_assert_eq!(days(year, month, of_month), day);
            proptest::prop_assert_eq!(start(year, month, of_month), Some(day * Stamp::DAY));
        }

        #[test]
        fn no_bytes_panic(text: Vec<u8>, zone in -90_000i32..90_000) {
            let mut clock = Clock::new(Zone::Fixed(zone), Basis::Modified(Stamp(i64::MAX)));
            let _ = clock.read(&text);
            let mut text = text;
            text.splice(0..0, *b"Dec 31 23:59:59");
            let _ = clock.read(&text);
        }
    }
}
