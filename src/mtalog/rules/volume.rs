//! How much somebody sends, held against what he sends otherwise (LG020, LG021).
//!
//! Limits: the hours of the last two weeks in which one was active are remembered.

use crate::mtalog::event::Stamp;
use crate::mtalog::proof::{Line, Proof};
use crate::mtalog::settings::Limit;
use crate::mtalog::window::{Kept, Recent};

/// How many hours are remembered.
const MOST_HOURS: usize = 14 * 24;

/// What one has sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Volume {
    recent: Recent,
    /// The most within the window, with its ends.
    peak: (u64, Stamp, Stamp),
    hours: Vec<(i64, u64)>,
    total: u64,
    last: Stamp,
    /// Lines at and above the threshold.
    pub(super) proof: Proof,
}

impl Kept for Volume {
    fn last(&self) -> Stamp {
        self.last
    }

    fn weight(&self) -> u64 {
        self.total
    }

    fn holds(&self) -> bool {
        self.proof.count > 0
    }
}

impl Volume {
    /// Counts one recipient, at a time that may be earlier than the line's.
    pub(super) fn add(&mut self, at: Stamp, line: &Line<'_>, limit: Limit, samples: u64) {
        self.total += 1;
        self.last = self.last.max(at);
        let hour = at.0.div_euclid(Stamp::HOUR);
        match self
            .hours
            .iter_mut()
            .rev()
            .find(|(known, _)| *known == hour)
        {
            Some((_, count)) => *count += 1,
            None => {
                if self.hours.len() >= MOST_HOURS {
                    self.hours.remove(0);
                }
                self.hours.push((hour, 1));
            }
        }
        let count = self.recent.add(at, 1, limit.within);
        if count >= limit.count {
            self.proof.see(line, 1, samples);
        }
        if count > self.peak.0 {
            self.peak = (count, self.recent.first(), at);
        }
    }

    /// Gives the most there was, and the usual where there is one, if it is more than may be.
    pub(super) fn too_much(
        &self,
        limit: Limit,
        factor: u64,
        least: u64,
    ) -> Option<(u64, Option<u64>)> {
        let (peak, from, until) = self.peak;
        if peak < limit.count {
            return None;
        }
        let inside = from.0.div_euclid(Stamp::HOUR)..=until.0.div_euclid(Stamp::HOUR);
        let others = self.hours.iter().filter(|(hour, _)| !inside.contains(hour));
        let mut others: Vec<u64> = others.map(|(_, count)| *count).collect();
        if (others.len() as u64) < least {
            return Some((peak, None));
        }
        others.sort_unstable();
        // Of an even number the mean of the two in the middle; doubled, to stay whole.
        let middle = others.len() / 2;
        let twice = match others.len() % 2 {
            0 => others[middle - 1] + others[middle],
            _ => 2 * others[middle],
        };
        (2 * peak >= factor.saturating_mul(twice)).then_some((peak, Some(twice / 2)))
    }

    /// Gives the ends of the window that held the most.
    pub(super) fn span(&self) -> (Stamp, Stamp) {
        (self.peak.1, self.peak.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::event::LineAt;

    const LIMIT: Limit = Limit {
        count: 100,
        within: Stamp::HOUR,
    };

    fn volume(hours: &[(i64, u64)]) -> Volume {
        let mut volume = Volume::default();
        for (hour, count) in hours {
            for nth in 0..*count {
                let at = Stamp(hour * Stamp::HOUR + nth as i64 * Stamp::SECOND);
                let line = Line {
                    at,
                    place: LineAt::default(),
                    program: b"",
                    text: b"",
                };
                volume.add(at, &line, LIMIT, 5);
            }
        }
        volume
    }

    #[test]
    fn much_is_more_than_the_limit_and_than_the_usual() {
        for (hours, expected) in [
            (&[(0, 99)][..], None),
            (&[(0, 100)], Some((100, None))),
            // Two other hours make no usual, three do.
            (&[(0, 50), (2, 50), (5, 120)], Some((120, None))),
            (&[(0, 50), (2, 50), (4, 50), (9, 249)], None),
            (
                &[(0, 50), (2, 50), (4, 50), (9, 250)],
                Some((250, Some(50))),
            ),
            (
                &[(0, 10), (2, 20), (4, 30), (6, 40), (9, 125)],
                Some((125, Some(25))),
            ),
            (&[(0, 10), (2, 20), (4, 30), (6, 40), (9, 124)], None),
        ] {
            assert_eq!(volume(hours).too_much(LIMIT, 5, 3), expected, "{hours:?}");
        }
    }
}
