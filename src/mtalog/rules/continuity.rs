//! Whether the log is whole: LG060, LG061, LG062.
//!
//! Limits: a step back by about an hour on a Saturday, Sunday or Monday (it may be another day in UTC) of March,
//! April, September, October or November is taken for the end of summer time.

use super::Raiser;
use super::raise::span;
use super::table::{LG060, LG061, LG062};
use crate::mtalog::event::{Read, Stamp};
use crate::mtalog::proof::{Line, Proof, civil, rfc3339};
use crate::mtalog::settings::Settings;

/// Lines closer than that are of one message: what is between messages tells how busy a host is.
const BREATH: i64 = Stamp::MINUTE;

/// Whether the log is whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Continuity {
    last: Option<Stamp>,
    lines: u64,
    unknown: u64,
    unknown_lines: Proof,
    missed: Proof,
    pauses: u64,
    short_pauses: u64,
    gaps: Proof,
    longest: (i64, Stamp),
    back: Proof,
}

impl Continuity {
    /// Takes a line.
    pub(super) fn line(&mut self, line: &Line<'_>, read: Read, settings: &Settings) {
        self.lines += 1;
        if let Read::Unknown(_) | Read::Torn = read {
            self.unknown += 1;
            self.unknown_lines.see(line, 1, settings.samples);
        }
        if read == Read::Unknown(true) {
            self.missed.see(line, 1, settings.samples);
        }
        if read == Read::Torn {
            // Its time, if it has one, is not to be trusted.
            return;
        }
        let Some(last) = self.last.replace(line.at) else {
            return;
        };
        let pause = line.at.0.saturating_sub(last.0);
        if pause < 0 {
            if -pause > settings.backwards && !is_end_of_summer(-pause, last) {
                self.back.see(line, 1, settings.samples);
            }
            return;
        }
        if pause >= BREATH {
            self.pauses += 1;
            self.short_pauses += u64::from(pause <= settings.usual_pause);
        }
        if pause > settings.silence.within {
            self.gaps.see(line, 1, settings.samples);
            if pause > self.longest.0 {
                self.longest = (pause, last);
            }
        }
    }

    /// Raises what was found.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        if self.gaps.count > 0 && 2 * self.short_pauses >= self.pauses {
            let message = format!(
                "{} times there is no line for more than {}; the longest silence of {} begins at {}.",
                self.gaps.count,
                span(raiser.settings.silence.within),
                span(self.longest.0 / Stamp::MINUTE * Stamp::MINUTE),
                rfc3339(self.longest.1)
            );
            raiser.raise(&LG060, b"", message, &self.gaps, self.gaps.count);
        }
        let many = self.unknown * 100 > self.lines.saturating_mul(raiser.settings.unknown_percent);
        if many || self.missed.count > 0 {
            let message = format!(
                "{} of {} lines were not understood, {} of which look like a delivery or a refusal.",
                self.unknown, self.lines, self.missed.count
            );
            let proof = match self.missed.count {
                0 => &self.unknown_lines,
                _ => &self.missed,
            };
            raiser.raise(&LG061, b"", message, proof, self.unknown);
        }
        if self.back.count > 0 {
            let message = format!(
                "{} lines are more than {} older than the one before them.",
                self.back.count,
                span(raiser.settings.backwards)
            );
            raiser.raise(&LG062, b"", message, &self.back, self.back.count);
        }
    }
}

/// Tells whether a step back looks like the end of summer time.
fn is_end_of_summer(step: i64, at: Stamp) -> bool {
    let days = at.0.div_euclid(Stamp::DAY);
    let (_, month, _) = civil(days);
    // 1970-01-01 was a Thursday.
    let weekday = (days + 4).rem_euclid(7);
    (50 * Stamp::MINUTE..=70 * Stamp::MINUTE).contains(&step)
        && matches!(weekday, 6 | 0 | 1)
        && matches!(month, 3 | 4 | 9 | 10 | 11)
}
