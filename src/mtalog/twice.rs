//! Lines that two files have: where logs were rotated, or copied, they overlap.
//!
//! In: lines in the order of their times. Out: whether another file had the line, as often as this one does.
//!
//! Limits: only lines of the same time are held against one another; lines are told apart by a hash.
//!
//! References: `logrotate(8)`, copytruncate.

use crate::mtalog::event::{Entry, Stamp};
use hashbrown::{DefaultHashBuilder, HashMap};
use std::hash::BuildHasher;

/// The lines that were handed over at one time, to find those that come again from another file.
#[derive(Debug, Default)]
pub(in crate::mtalog) struct Twice {
    at: Stamp,
    hasher: DefaultHashBuilder,
    /// For each line.
    seen: HashMap<u64, Seen>,
}

/// How often a line was there.
#[derive(Debug, Default)]
struct Seen {
    given: u32,
    /// In each file.
    files: Vec<(u32, u32)>,
}

impl Twice {
    /// Says whether a line of a file was handed over before.
    pub(in crate::mtalog) fn is(&mut self, file: u32, entry: &Entry<'_>) -> bool {
        if entry.at != self.at {
            self.seen.clear();
            self.at = entry.at;
        }
        let line = (entry.host, entry.program, entry.pid, entry.text);
        let Seen { given, files } = self.seen.entry(self.hasher.hash_one(line)).or_default();
        let mine = match files.iter_mut().find(|(other, _)| *other == file) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                files.push((file, 1));
                1
            }
        };
        let again = mine <= *given;
        *given = mine.max(*given);
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::event::LineAt;

    #[test]
    fn a_line_counts_as_often_as_the_file_with_most_of_it_has_it() {
        let mut twice = Twice::default();
        let mut is = |file, at, text: &str| {
            let entry = Entry {
                at: Stamp(at),
                place: LineAt::default(),
                host: b"h",
                program: b"p",
                pid: None,
                text: text.as_bytes(),
            };
            twice.is(file, &entry)
        };
        assert!(!is(0, 1, "a") && !is(0, 1, "a"));
        assert!(is(1, 1, "a") && !is(1, 1, "b") && is(1, 1, "a") && !is(1, 1, "a"));
        assert!(is(2, 1, "b"));
        // At another time it is another line.
        assert!(!is(1, 2, "a") && !is(0, 1, "a"));
    }
}
