//! What is kept of lines so that a finding can show them: how many, from when to when, and a few of them.
//!
//! Limits: a sample is cut after 400 bytes.

use crate::model::{LogLine, LogLines, Place, Untrusted};
use crate::mtalog::event::{Entry, LineAt, Stamp};
use std::sync::Arc;

/// How much of a line is kept.
const MOST: usize = 400;

/// A line that is being looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// When it was logged.
    pub(super) at: Stamp,
    /// Where it stands.
    pub(super) place: LineAt,
    /// The program that logged it.
    pub(super) program: &'a [u8],
    /// What it says.
    pub(super) text: &'a [u8],
}

impl<'a> Line<'a> {
    /// Takes an entry.
    pub(super) fn of(entry: &Entry<'a>) -> Self {
        Self {
            at: entry.at,
            place: entry.place,
            program: entry.program,
            text: entry.text,
        }
    }

    fn kept(&self) -> Box<[u8]> {
        let mut kept = Vec::with_capacity((self.program.len() + 2 + self.text.len()).min(MOST));
        if !self.program.is_empty() {
            kept.extend_from_slice(&self.program[..self.program.len().min(64)]);
            kept.extend_from_slice(b": ");
        }
        let room = MOST - kept.len();
        kept.extend_from_slice(&self.text[..self.text.len().min(room)]);
        kept.into()
    }
}

/// One line that is kept.
#[derive(Debug, Clone)]
struct Sample {
    at: Stamp,
    place: LineAt,
    text: Box<[u8]>,
}

/// What is kept of all lines that say the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Proof {
    /// How many there were.
    pub(super) count: u64,
    first: (Stamp, LineAt),
    last: (Stamp, LineAt),
    samples: Vec<Sample>,
}

impl Proof {
    /// Counts a line so many times, and keeps it if fewer than `most` are. Gives the bytes that took.
    pub(super) fn see(&mut self, line: &Line<'_>, times: u64, most: u64) -> usize {
        let seen = (line.at, line.place);
        if self.count == 0 || seen < self.first {
            self.first = seen;
        }
        if self.count == 0 || seen > self.last {
            self.last = seen;
        }
        self.count += times;
        if self.samples.len() as u64 >= most {
            return 0;
        }
        let text = line.kept();
        let size = text.len() + size_of::<Sample>();
        let sample = Sample {
            at: line.at,
            place: line.place,
            text,
        };
        // Most have one or two: room for four would be most of what many proofs take.
        self.samples.reserve_exact(1);
        // Journeys end in another order than they began.
        let behind = self
            .samples
            .iter()
            .rposition(|known| (known.at, known.place) <= seen);
        self.samples
            .insert(behind.map_or(0, |index| index + 1), sample);
        size
    }

    /// Gives when the first line was logged.
    pub(super) fn from(&self) -> Stamp {
        self.first.0
    }

    /// Gives when the last line was logged.
    pub(super) fn until(&self) -> Stamp {
        self.last.0
    }

    /// Gives the bytes that samples take.
    pub(super) fn size(&self) -> usize {
        let of = |sample: &Sample| sample.text.len() + size_of::<Sample>();
        self.samples.iter().map(of).sum()
    }

    /// Makes it a piece of evidence.
    pub(super) fn evidence(&self, files: &[Arc<str>]) -> LogLines {
        LogLines {
            first: place(self.first.1, files),
            last: place(self.last.1, files),
            count: self.count,
            from: rfc3339(self.first.0),
            until: rfc3339(self.last.0),
            samples: self
                .samples
                .iter()
                .map(|sample| LogLine {
                    place: place(sample.place, files),
                    at: rfc3339(sample.at),
                    text: Untrusted::new(&*sample.text),
                })
                .collect(),
        }
    }
}

/// Gives a place by the name of its file.
fn place(at: LineAt, files: &[Arc<str>]) -> Place {
    let file = usize::try_from(at.file)
        .ok()
        .and_then(|file| files.get(file));
    Place {
        file: file.map_or_else(|| "-".into(), Arc::clone),
        line: u32::try_from(at.line).unwrap_or(u32::MAX),
        column: 0,
        width: 0,
    }
}

/// Writes a time as RFC 3339 has it, in UTC and whole seconds.
pub(super) fn rfc3339(at: Stamp) -> String {
    let seconds = at.0.div_euclid(Stamp::SECOND);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Gives year, month and day of days since 1970-01-01.
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    match month < 10 {
        true => (era * 400 + year, month + 3, day),
        false => (era * 400 + year + 1, month - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (at, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_772_431_267, "2026-03-02T06:01:07Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(Stamp(at * Stamp::SECOND)), written);
        }
    }

    #[test]
    fn keeps_the_span_and_the_first_samples_in_order() {
        let mut proof = Proof::default();
        for line in [3, 1, 2, 9] {
            let entry = Line {
                at: Stamp(i64::from(line)),
                place: LineAt {
                    file: 0,
                    line: u64::from(line as u32),
                },
                program: b"p",
                text: &[b'x'; 1000],
            };
            proof.see(&entry, 2, 3);
        }
        let lines = proof.evidence(&["mail.log".into()]);
        assert_eq!((lines.first.line, lines.last.line, lines.count), (1, 9, 8));
        let kept: Vec<u32> = lines.samples.iter().map(|s| s.place.line).collect();
        assert_eq!(kept, [1, 2, 3]);
        assert_eq!(lines.samples[0].text.as_bytes().len(), MOST);
        assert_eq!(&*lines.first.file, "mail.log");
    }
}
