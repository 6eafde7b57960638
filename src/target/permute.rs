//! The order of a scan: a seeded permutation of the numbers of the targets.
//!
//! In: how many there are, and a seed. Out: for each place in the order the number of the target that is
//! asked there. Neighbours end up far apart, so that no network is hit in a row; the same seed gives the
//! same order on every machine and in every release.
//!
//! A Feistel network over the next even number of bits, with the numbers beyond the end walked over
//! (cycle walking): at most four times as many numbers as targets, so less than four steps a place.
//!
//! Limits: no memory but the seed; any number of targets up to 2^64 - 1.
//!
//! References: Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002, section 3.

use crate::model::mix;

/// Rounds of the network: three make a permutation look random to who does not attack it, and nobody
/// gains from guessing which address comes next.
const ROUNDS: u64 = 4;

/// A permutation of `0..len`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutation {
    len: u64,
    half: u32,
    seed: u64,
}

impl Permutation {
    /// Makes the permutation of so many numbers that a seed stands for.
    pub fn new(len: u64, seed: u64) -> Self {
        let bits = u64::BITS - len.saturating_sub(1).leading_zeros();
        Self {
            len,
            half: bits.div_ceil(2).max(1),
            seed,
        }
    }

    /// Gives the number at a place; nothing from the end on.
    pub fn at(self, place: u64) -> Option<u64> {
        if place >= self.len {
            return None;
        }
        let mut number = self.encrypt(place);
        // The way through the numbers beyond the end leads back into the others, since `place` is one.
        while number >= self.len {
            number = self.encrypt(number);
        }
        Some(number)
    }

    /// Goes through the numbers in order, from a place on.
    pub fn from(self, place: u64) -> impl Iterator<Item = u64> {
        (place..self.len).filter_map(move |place| self.at(place))
    }

    fn encrypt(self, number: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (number >> self.half, number & mask);
        for round in 0..ROUNDS {
            let mixed = mix(self.seed ^ mix(right ^ (round << 56)));
            (left, right) = (right, left ^ (mixed & mask));
        }
        (left << self.half) | right
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn every_number_once_for_small_and_odd_sizes() {
        for len in (0..300).chain([1023, 1024, 1025, 65_535, 65_537]) {
            let all: HashSet<u64> = Permutation::new(len, 7).from(0).collect();
            assert_eq!(all.len() as u64, len, "{len}");
            assert!(all.iter().all(|number| *number < len), "{len}");
        }
    }

    #[test]
    fn the_order_is_a_promise() {
        // Frozen: a change would make shards of different releases overlap.
        let first: Vec<u64> = Permutation::new(1000, 42).from(0).take(8).collect();
        assert_eq!(first, FROZEN);
        assert_ne!(
            Permutation::new(1000, 43).at(0),
            Permutation::new(1000, 42).at(0)
        );
    }

    const FROZEN: [u64; 8] = [728, 625, 887, 525, 916, 897, 308, 188];

    #[test]
    fn neighbours_are_far_apart() {
        let len = 65_536;
        let order: Vec<u64> = Permutation::new(len, 1).from(0).collect();
        let same_network = order.windows(2).filter(|w| w[0] / 256 == w[1] / 256);
        // By chance one in 256.
        assert!(same_network.count() < 512);
    }

    proptest! {
        #[test]
        fn a_stretch_of_a_huge_space_has_no_repetition(
            len in (1u64 << 32)..u64::MAX, seed: u64, place: u64
        ) {
            let order = Permutation::new(len, seed);
            let place = place % len;
            let stretch: Vec<u64> = order.from(place).take(1000).collect();
            prop_assert!(stretch.iter().all(|number| *number < len));
            let distinct: HashSet<u64> = stretch.iter().copied().collect();
            prop_assert_eq!(distinct.len(), stretch.len());
        }
    }
}
