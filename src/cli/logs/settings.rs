//! What was typed for the audit of logs, as values that cannot be wrong.
//!
//! In: the options, and what time it is. Out: [`Given`], or what is wrong and what to do about it.

use crate::cli::args::{LimitArgs, LogsArgs, LogsKnownArgs, ReadingArgs};
use crate::cli::config::{domains, nets, served};
use crate::cli::error::CliError;
use crate::cli::settings::hinted;
use crate::model::bytes::escape;
use crate::mtaconf::nets::Net;
use crate::mtaconf::served::Served;
use crate::mtalog::event::Stamp;
use crate::mtalog::formats::{self, FORMATS, Format};
use crate::mtalog::settings::{SettingError, span};
use crate::mtalog::stamp::Zone;
use crate::mtalog::{Know, Settings};
use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use std::fs;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::Path;

/// Bytes of a file of countries that are read.
const MOST_COUNTRIES: u64 = 64 << 20;

/// Names of a list that are told.
const MOST_NAMED: usize = 10;

/// Everything that was said about an audit of logs, but where its files are.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// Whether files are followed once they were read.
    pub(super) follow: bool,
    /// What is one's own, as far as it was said on the command line.
    pub(super) know: Know,
    /// Thresholds.
    pub(super) settings: Settings,
    /// The format, if it was named.
    pub(super) format: Option<&'static Format>,
    /// The zone of stamps without one.
    pub(super) zone: Zone,
    /// The year of first lines.
    pub(super) year: Option<i16>,
    /// What was logged before is left out.
    pub(super) since: Option<Stamp>,
    /// What was logged after is left out.
    pub(super) until: Option<Stamp>,
    /// What a reader of the report has to know of where all that comes from.
    pub(super) notes: Vec<String>,
}

impl Given {
    /// Reads the options.
    pub(super) fn new(args: &LogsArgs, now: jiff::Timestamp) -> Result<Self, CliError> {
        let ReadingArgs {
            log_format,
            timezone,
            year,
            since,
            until,
            ..
        } = &args.reading;
        let zone = zone(timezone.as_deref())?;
        let when = |option, text: &Option<String>| -> Result<Option<Stamp>, CliError> {
            let text = text.as_deref();
            text.map(|text| time(option, text, now, &zone)).transpose()
        };
        let (since, until) = (when("--since", since)?, when("--until", until)?);
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(hinted(
                "--since",
                "it is after --until, so that nothing lies between",
                "give them the other way round",
            ));
        }
        if year.is_some_and(|year| !(1970..=9999).contains(&year)) {
            return Err(hinted("--year", "it is out of range", "such as 2026"));
        }
        let mut know = know(&args.known)?;
        let mut notes = Vec::new();
        if let Some(path) = &args.known.config {
            let served = served(path)?;
            notes.push(of_configuration(&served, path));
            know = with_configuration(know, served);
        }
        Ok(Self {
            follow: args.reading.follow,
            know,
            notes,
            settings: thresholds(&args.limits, &args.known)?,
            format: log_format.as_deref().map(format).transpose()?,
            zone: match zone.to_fixed_offset() {
                Ok(offset) => Zone::Fixed(offset.seconds()),
                Err(_) => Zone::Place(zone),
            },
            year: *year,
            since,
            until,
        })
    }
}

fn know(args: &LogsKnownArgs) -> Result<Know, CliError> {
    let mut know = Know::new()
        .with_domains(domains("--own-domain", &args.own_domain)?)
        .with_domains(domains("--relay-domain", &args.relay_domain)?)
        .with_trusted(nets("--trusted-net", &args.trusted_net)?)
        .with_relays(nets("--known-relay", &args.known_relay)?);
    for name in &args.hostname {
        know = match name.parse::<IpAddr>() {
            Ok(address) => know.with_address(address),
            Err(_) => match domains("--hostname", std::slice::from_ref(name))?.pop() {
                Some(name) => know.with_host(&name),
                None => know,
            },
        };
    }
    Ok(know)
}

/// Adds what a configuration says. Where its lists hold more than is known by name, the rest is inferred.
fn with_configuration(know: Know, served: Served) -> Know {
    let know = match served.hidden {
        true => know.with_some_domains(&served.domains),
        false => know.with_domains(&served.domains),
    };
    let know = know.with_trusted(served.trusted);
    let names = served.hosts.iter();
    names.fold(know, |know, name| know.with_host(name))
}

/// Says what was taken from a configuration, and what was not.
fn of_configuration(served: &Served, path: &Path) -> String {
    let list = |names: &mut dyn Iterator<Item = String>| {
        let mut all: Vec<String> = names.map(|name| escape(&name)).collect();
        let more = all.len().saturating_sub(MOST_NAMED);
        all.truncate(MOST_NAMED);
        match (all.is_empty(), more) {
            (true, _) => "none".to_owned(),
            (false, 0) => all.join(", "),
            (false, more) => format!("{} and {more} more", all.join(", ")),
        }
    };
    let mut note = format!(
        "From the configuration in {}: own domains {}; trusted networks {}.",
        escape(&path.to_string_lossy()),
        list(&mut served.domains.iter().cloned()),
        list(&mut served.trusted.iter().map(ToString::to_string)),
    );
    if !served.too_wide.is_empty() {
        note += &format!(
            " Too wide to be taken as trusted or own: {}.",
            list(&mut served.too_wide.iter().cloned())
        );
    }
    if served.hidden {
        note += " Its lists hold more than is known by name; what is missing was inferred.";
    }
    note
}

fn thresholds(args: &LimitArgs, known: &LogsKnownArgs) -> Result<Settings, CliError> {
    let mut settings = Settings::default();
    for text in &args.threshold {
        settings.set(text).map_err(|error| {
            let hint = match error {
                SettingError::Unknown(_) => "see `relaycheck list thresholds`",
                _ => "such as LG010.count=20 or LG010.within=30m",
            };
            hinted("--threshold", error.to_string(), hint)
        })?;
    }
    if let Some(top) = args.top {
        settings.top = top;
    }
    settings.bulk_accounts = known.bulk_account.clone();
    settings.bulk_clients = nets("--bulk-client", &known.bulk_client)?;
    settings.mobile = nets("--mobile-net", &known.mobile_net)?;
    settings.archives = known.archive.clone();
    if let Some(path) = &known.countries {
        settings.countries = countries(path)?;
    }
    Ok(settings)
}

/// Reads which country a network is in: a line each, `NET,COUNTRY`; empty lines and comments are skipped.
fn countries(path: &Path) -> Result<Vec<(Net, String)>, CliError> {
    let trouble = |source| CliError::Input {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST_COUNTRIES + 1).read_to_string(&mut text))
        .map_err(trouble)?;
    if text.len() as u64 > MOST_COUNTRIES {
        return Err(trouble(io::ErrorKind::FileTooLarge.into()));
    }
    let mut all = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let row = line.split_once(',').and_then(|(net, country)| {
            let country = country.trim();
            let net = Net::parse(net.trim()).ok()?;
            (!country.is_empty()).then(|| (net, country.to_owned()))
        });
        all.push(row.ok_or_else(|| {
            hinted(
                "--countries",
                format!("{}:{number}: '{}' is no row", path.display(), escape(line)),
                "a network and a country, such as 192.0.2.0/24,NL",
            )
        })?);
    }
    Ok(all)
}

fn format(name: &str) -> Result<&'static Format, CliError> {
    formats::named(name).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        hinted(
            "--log-format",
            format!("there is no format '{}'", escape(name)),
            format!("known are {}", known.join(", ")),
        )
    })
}

/// Reads a zone: an offset, or the name of a place.
fn zone(text: Option<&str>) -> Result<TimeZone, CliError> {
    let Some(text) = text else {
        return Ok(TimeZone::system());
    };
    let wrong = || {
        hinted(
            "--timezone",
            format!("there is no zone '{}'", escape(text)),
            "such as +01:00, UTC or Europe/Berlin",
        )
    };
    match text {
        "UTC" | "utc" | "Z" | "z" => Ok(TimeZone::UTC),
        "local" => Ok(TimeZone::system()),
        _ if text.starts_with(['+', '-']) => offset(text).map(TimeZone::fixed).ok_or_else(wrong),
        _ => TimeZone::get(text).map_err(|_| wrong()),
    }
}

/// Reads `+01:00`, `+0100` or `+01`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        _ => (1, &text[1..]),
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    let digits_only = digits.bytes().all(|b| b.is_ascii_digit());
    if !digits_only || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = match &digits[2..] {
        "" => 0,
        minutes => minutes.parse().ok().filter(|m| *m < 60)?,
    };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Reads a time: a stamp, a day, or how long ago.
fn time(
    option: &'static str,
    text: &str,
    now: jiff::Timestamp,
    zone: &TimeZone,
) -> Result<Stamp, CliError> {
    let text = text.trim();
    let here = |at: civil::DateTime| zone.to_timestamp(at).ok();
    let at = text
        .parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| text.parse::<civil::DateTime>().ok().and_then(here))
        .or_else(|| match text {
            "now" => Some(now),
            "today" => here(day(now, zone)?),
            "yesterday" => here(day(now, zone)?.yesterday().ok()?),
            _ => None,
        });
    let ago = || span(text).map(|ago| now.as_microsecond().saturating_sub(ago));
    let at = at.map(jiff::Timestamp::as_microsecond).or_else(ago);
    at.map(Stamp).ok_or_else(|| {
        hinted(
            option,
            format!("'{}' is no time", escape(text)),
            "such as 2026-03-02, 2026-03-02T06:00:00+01:00, yesterday, or 7d for so long ago",
        )
    })
}

/// Gives the beginning of a day.
fn day(at: jiff::Timestamp, zone: &TimeZone) -> Option<civil::DateTime> {
    Some(zone.to_datetime(at).date().at(0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Stamp {
        let at: jiff::Timestamp = text.parse().expect("a time");
        Stamp(at.as_microsecond())
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let now: jiff::Timestamp = "2026-03-02T12:00:00Z".parse().expect("a time");
        let berlin = zone(Some("+01:00")).expect("a zone");
        for (text, expected) in [
            ("2026-03-01T06:00:00Z", "2026-03-01T06:00:00Z"),
            ("2026-03-01T06:00:00+05:00", "2026-03-01T01:00:00Z"),
            ("2026-03-01T06:00:00", "2026-03-01T05:00:00Z"),
            ("2026-03-01 06:00", "2026-03-01T05:00:00Z"),
            ("2026-03-01", "2026-02-28T23:00:00Z"),
            ("today", "2026-03-01T23:00:00Z"),
            ("yesterday", "2026-02-28T23:00:00Z"),
            ("now", "2026-03-02T12:00:00Z"),
            ("90m", "2026-03-02T10:30:00Z"),
            ("7d", "2026-02-23T12:00:00Z"),
        ] {
            let read = time("--since", text, now, &berlin);
            assert_eq!(read.ok(), Some(utc(expected)), "{text}");
        }
        for wrong in ["", "soon", "7", "2026-13-01", "0d"] {
            assert!(time("--since", wrong, now, &berlin).is_err(), "{wrong}");
        }
    }

    #[test]
    fn zones_are_offsets_or_places() {
        for (text, seconds) in [
            ("UTC", 0),
            ("+01:00", 3600),
            ("-0330", -12_600),
            ("+05", 18_000),
        ] {
            let zone = zone(Some(text)).expect(text);
            let offset = zone.to_fixed_offset().expect("a fixed one");
            assert_eq!(offset.seconds(), seconds, "{text}");
        }
        for wrong in ["Nowhere/Town", "+1", "+01:60", "+99:00", "+\u{e9}1", "-"] {
            assert!(zone(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
