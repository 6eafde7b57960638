//! Which places of the order are done: what a checkpoint has to remember.
//!
//! In: places as they are done, out of order as they come. Out: what is left. Places are handed out one
//! after the other, so that all that is known fits into how far it went and which before that are still
//! open: as many as are in flight or put off, however large the scan.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Done {
    /// Every place from here on is open.
    high: u64,
    /// Open places before that.
    open: BTreeSet<u64>,
}

impl Done {
    /// Takes note that a place is done. Places between that nobody was handed are told by `skipped`.
    pub fn add(&mut self, place: u64, skipped: impl Fn(u64) -> bool) {
        if place < self.high {
            self.open.remove(&place);
            return;
        }
        self.open
            .extend((self.high..place).filter(|between| !skipped(*between)));
        self.high = place + 1;
    }

    /// Tells whether a place is done.
    pub fn holds(&self, place: u64) -> bool {
        place < self.high && !self.open.contains(&place)
    }

    /// Gives the open places before the frontier, in order.
    pub fn open(&self) -> impl Iterator<Item = u64> {
        self.open.iter().copied()
    }

    /// Gives the frontier: every place from there on is open.
    pub fn frontier(&self) -> u64 {
        self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn remembers_gaps_and_nothing_else() {
        let mut done = Done::default();
        for place in [0, 1, 4, 3] {
            done.add(place, |_| false);
        }
        assert_eq!(done.open().collect::<Vec<_>>(), [2]);
        assert_eq!(done.frontier(), 5);
        // Places of other parts are no gaps.
        done.add(9, |place| place % 2 == 0);
        assert_eq!(done.open().collect::<Vec<_>>(), [2, 5, 7]);
        assert!(done.holds(6) && !done.holds(7) && !done.holds(10));
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(places in proptest::collection::vec(0u64..200, 0..200)) {
            let mut done = Done::default();
            let mut plain = std::collections::HashSet::new();
            for place in places {
                done.add(place, |_| false);
                plain.insert(place);
                prop_assert!((0..210).all(|p| done.holds(p) == plain.contains(&p)));
            }
        }
    }
}
