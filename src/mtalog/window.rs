//! Counting in windows that slide, within bounded memory.
//!
//! In: what happens, when, to whom. Out: whether so many came within such a time. [`Recent`] counts, [`Spread`]
//! counts what is distinct, [`Tally`] keeps either for many keys.
//!
//! Events may come late (a journey is looked at when it has ended): they are put where they belong as long as they
//! lie within the window behind the newest.
//!
//! Limits: a table that is full lets go of what is farthest from crossing its threshold: what has not been seen
//! for a window's time, then what was seen once, then the older half. What has crossed it is kept.

use super::event::Stamp;
use super::proof::{Line, Proof};
use hashbrown::{DefaultHashBuilder, HashMap};
use std::borrow::Borrow;
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash};
use std::sync::LazyLock;

/// Counts what happened in a window that slides.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    seen: VecDeque<(i64, u32)>,
    sum: u64,
}

/// Above so many entries, neighbours are put together.
const MOST_ENTRIES: usize = 8192;

impl Recent {
    /// Adds so many; gives how many there are now within the window that ends with the newest.
    pub(super) fn add(&mut self, at: Stamp, times: u32, within: i64) -> u64 {
        let at = at.0;
        match self.seen.back() {
            Some((newest, _)) if at < *newest => {
                let newest = *newest;
                if at < newest.saturating_sub(within) {
                    // Far behind: a clock was put back, or has been ahead. Begin again.
                    if at < newest.saturating_sub(within.saturating_mul(2)) {
                        self.seen.clear();
                        self.sum = 0;
                    } else {
                        return self.sum;
                    }
                }
            }
            _ => {}
        }
        match self.seen.back_mut() {
            Some((second, count))
                if *second / Stamp::SECOND == at / Stamp::SECOND && self.sum > 64 =>
            {
                *count = count.saturating_add(times);
                *second = at.max(*second);
            }
            Some((newest, _)) if at < *newest => {
                let place = self.seen.partition_point(|(known, _)| *known <= at);
                self.seen.insert(place, (at, times));
            }
            _ => self.seen.push_back((at, times)),
        }
        self.sum += u64::from(times);
        let newest = self.seen.back().map_or(at, |(newest, _)| *newest);
        while let Some((oldest, count)) = self.seen.front()
            && *oldest < newest.saturating_sub(within)
        {
            self.sum -= u64::from(*count);
            self.seen.pop_front();
        }
        if self.seen.len() > MOST_ENTRIES {
            self.thin();
        }
        self.sum
    }

    /// Gives when the window's first happened.
    pub(super) fn first(&self) -> Stamp {
        Stamp(self.seen.front().map_or(0, |(at, _)| *at))
    }

    /// Puts every two neighbours together at the later one's time.
    fn thin(&mut self) {
        let mut thin = VecDeque::with_capacity(self.seen.len() / 2 + 1);
        let mut left = self.seen.drain(..);
        while let Some((first, count)) = left.next() {
            match left.next() {
                Some((second, more)) => thin.push_back((second, count.saturating_add(more))),
                None => thin.push_back((first, count)),
            }
        }
        drop(left);
        self.seen = thin;
    }
}

/// Counts distinct things in a window that slides. Things are known by a number.
#[derive(Debug, Clone, Default)]
pub(super) struct Spread {
    /// In the order in which they were seen last.
    things: Vec<u64>,
    /// When that was, of each.
    last: Vec<i64>,
}

/// How many distinct things are told apart.
const MOST_DISTINCT: usize = 1024;

impl Spread {
    /// Adds a thing; gives how many distinct ones there are now within the window that ends with it.
    pub(super) fn add(&mut self, thing: u64, at: Stamp, within: i64) -> u64 {
        let from = at.0.saturating_sub(within);
        let until = at.0.saturating_add(within);
        let index = match self.place(thing) {
            Some(index) => {
                let last = &mut self.last[index];
                if at.0 > *last || *last > until {
                    *last = at.0;
                }
                index
            }
            None => {
                if self.things.len() >= MOST_DISTINCT {
                    self.make_room(from);
                }
                self.things.push(thing);
                self.last.push(at.0);
                self.things.len() - 1
            }
        };
        self.sort(index);
        let before = self.last.partition_point(|last| *last < from);
        let through = self.last.partition_point(|last| *last <= until);
        through.saturating_sub(before) as u64
    }

    /// Finds a thing: piece by piece, each looked through without a branch. What was seen lately is looked at first.
    fn place(&self, thing: u64) -> Option<usize> {
        const PIECE: usize = 16;
        let holds = |piece: &[u64]| piece.iter().fold(false, |is, known| is | (*known == thing));
        let behind = self.things.rchunks(PIECE).position(holds)? * PIECE;
        let until = self.things.len() - behind;
        self.things[..until]
            .iter()
            .rposition(|known| *known == thing)
    }

    /// Puts a thing where it belongs; all others are in order.
    fn sort(&mut self, index: usize) {
        let last = self.last[index];
        let behind = self.last[index + 1..].partition_point(|other| *other <= last);
        if behind > 0 {
            self.things[index..=index + behind].rotate_left(1);
            self.last[index..=index + behind].rotate_left(1);
            return;
        }
        let place = self.last[..index].partition_point(|other| *other <= last);
        if place < index {
            self.things[place..=index].rotate_right(1);
            self.last[place..=index].rotate_right(1);
        }
    }

    /// Gives how many distinct ones are remembered.
    pub(super) fn len(&self) -> u64 {
        self.things.len() as u64
    }

    fn make_room(&mut self, from: i64) {
        self.keep(from);
        if self.things.len() >= MOST_DISTINCT {
            self.keep(self.last[MOST_DISTINCT / 2].saturating_add(1));
        }
    }

    /// Lets go of what was seen last before a time.
    fn keep(&mut self, from: i64) {
        let before = self.last.partition_point(|last| *last < from);
        self.things.drain(..before);
        self.last.drain(..before);
    }
}

/// Gives a number for a text, for sets that need no more than to tell texts apart; alike within one run.
pub(super) fn number(text: &[u8]) -> u64 {
    static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);
    HASHER.hash_one(text)
}

/// What a table keeps for a key.
pub(super) trait Kept {
    /// Gives when it was seen last.
    fn last(&self) -> Stamp;
    /// Gives how much there is of it: of two the smaller is let go first.
    fn weight(&self) -> u64;
    /// Tells whether it has crossed a threshold and has to be kept.
    fn holds(&self) -> bool;
}

/// A table of bounded size.
#[derive(Debug, Clone)]
pub(super) struct Table<K, V> {
    map: HashMap<K, V>,
    most: usize,
    /// What has not been seen for so long may go.
    within: i64,
}

impl<K: Hash + Eq, V: Kept + Default> Table<K, V> {
    /// Makes an empty one.
    pub(super) fn new(most: usize, within: i64) -> Self {
        Self {
            map: HashMap::new(),
            most,
            within,
        }
    }

    /// Gives what is kept for a key, to be changed.
    pub(super) fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.map.get_mut(key)
    }

    /// Gives what is kept for a key; begins it if nothing is.
    pub(super) fn at<Q>(&mut self, key: &Q, now: Stamp) -> &mut V
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        if self.map.len() >= self.most && !self.map.contains_key(key) {
            self.make_room(now);
        }
        self.map.entry_ref(key).or_default()
    }

    /// Gives everything.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    /// Tells whether nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    fn make_room(&mut self, now: Stamp) {
        let from = now.0.saturating_sub(self.within);
        let enough = self.most / 4 * 3;
        self.map
            .retain(|_, kept| kept.holds() || kept.last().0 >= from);
        if self.map.len() > enough {
            self.map.retain(|_, kept| kept.holds() || kept.weight() > 1);
        }
        if self.map.len() > enough {
            // Even what holds has to go where there is more of it than room.
            let rank = |kept: &V| {
                let weight = if kept.holds() { u64::MAX } else { 1 };
                (weight.min(kept.weight()), kept.last().0)
            };
            let mut ranks: Vec<(u64, i64)> = self.map.values().map(rank).collect();
            let middle = ranks.len() / 2;
            let (_, middle, _) = ranks.select_nth_unstable(middle);
            let middle = *middle;
            self.map.retain(|_, kept| rank(kept) > middle);
        }
        // What was taken out leaves marks behind, for which a map would grow to twice its size in time.
        let mut fresh = HashMap::with_capacity(self.most);
        fresh.extend(self.map.drain());
        self.map = fresh;
    }
}

/// Counts events for one key, with their lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Count {
    recent: Recent,
    /// Whether the threshold was crossed.
    pub(super) crossed: bool,
    /// What is kept of the lines; its count is that of all events.
    pub(super) proof: Proof,
}

impl Kept for Count {
    fn last(&self) -> Stamp {
        self.proof.until()
    }

    fn weight(&self) -> u64 {
        self.proof.count
    }

    fn holds(&self) -> bool {
        self.crossed
    }
}

/// How many lines are kept of what has not crossed its threshold, where there are many such keys: most never do.
pub(super) const UNSURE: u64 = 2;

/// How many bytes of samples a tally keeps of what has not crossed its threshold.
const MOST_SAMPLES: usize = 2 << 20;

/// Counts events by key against a threshold.
#[derive(Debug, Clone)]
pub(super) struct Tally<K> {
    table: Table<K, Count>,
    limit: super::settings::Limit,
    samples: u64,
    /// What the samples take of those that have not crossed, and of some that were let go since.
    bytes: usize,
    /// When that is summed up again.
    sum_at: usize,
}

/// How many keys a tally tells apart: as many as fit into a table of 16,384 places, which is filled to seven eighths.
pub(super) const MOST_KEYS: usize = 14_336;

impl<K: Hash + Eq> Tally<K> {
    /// Makes an empty one.
    pub(super) fn new(limit: super::settings::Limit, samples: u64) -> Self {
        Self {
            table: Table::new(MOST_KEYS, limit.within),
            limit,
            samples,
            bytes: 0,
            sum_at: MOST_SAMPLES,
        }
    }

    /// Counts a line for a key, at a time that may be earlier than the line's; gives the count.
    pub(super) fn add<Q>(&mut self, key: &Q, at: Stamp, line: &Line<'_>) -> &mut Count
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        if self.bytes > self.sum_at {
            // Much of it may have been let go since; where it was not, not every line is to go through the table.
            let kept = |(_, count): (&K, &Count)| match count.crossed {
                true => 0,
                false => count.proof.size(),
            };
            self.bytes = self.table.iter().map(kept).sum();
            self.sum_at = MOST_SAMPLES.max(self.bytes + MOST_SAMPLES / 4);
        }
        let full = self.bytes > MOST_SAMPLES / 4 * 3;
        let count = self.table.at(key, at);
        let samples = match full && !count.crossed {
            true => self.samples.min(1),
            false => self.samples,
        };
        self.bytes += count.proof.see(line, 1, samples);
        if !count.crossed {
            count.crossed = count.recent.add(at, 1, self.limit.within) >= self.limit.count;
            if count.crossed {
                count.recent = Recent::default();
            }
        }
        count
    }

    /// Gives those that have crossed the threshold.
    pub(super) fn crossed(&self) -> impl Iterator<Item = (&K, &Count)> {
        self.table.iter().filter(|(_, count)| count.crossed)
    }

    /// Gives the threshold.
    pub(super) fn limit(&self) -> super::settings::Limit {
        self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::event::LineAt;
    use crate::mtalog::settings::Limit;
    use proptest::prelude::*;

    const MINUTE: i64 = Stamp::MINUTE;

    fn line(at: i64) -> Line<'static> {
        Line {
            at: Stamp(at),
            place: LineAt::default(),
            program: b"",
            text: b"text",
        }
    }

    #[test]
    fn a_window_slides() {
        let mut recent = Recent::default();
        for (minute, expected) in [(0, 1), (30, 2), (60, 3), (61, 3), (200, 1)] {
            assert_eq!(
                recent.add(Stamp(minute * MINUTE), 1, 60 * MINUTE),
                expected,
                "{minute}"
            );
        }
        // Late by a little: counted. Late by more than the window: not. By much more: the clock is another.
        assert_eq!(recent.add(Stamp(190 * MINUTE), 2, 60 * MINUTE), 3);
        assert_eq!(recent.add(Stamp(130 * MINUTE), 1, 60 * MINUTE), 3);
        assert_eq!(recent.add(Stamp(10 * MINUTE), 1, 60 * MINUTE), 1);
        assert_eq!(recent.first(), Stamp(10 * MINUTE));
    }

    #[test]
    fn distinct_things_are_counted_once_in_their_window() {
        let mut spread = Spread::default();
        for (thing, minute, expected) in [(1, 0, 1), (2, 10, 2), (1, 50, 2), (3, 75, 2), (4, 80, 3)]
        {
            assert_eq!(
                spread.add(thing, Stamp(minute * MINUTE), 60 * MINUTE),
                expected
            );
        }
        for thing in 0..5000 {
            spread.add(thing, Stamp(81 * MINUTE), 60 * MINUTE);
        }
        assert!(spread.len() <= MOST_DISTINCT as u64);
    }

    #[test]
    fn a_tally_is_bounded_and_keeps_what_has_crossed() {
        let mut tally: Tally<Vec<u8>> = Tally::new(
            Limit {
                count: 3,
                within: 60 * MINUTE,
            },
            5,
        );
        for at in 0..3 {
            tally.add(&b"many"[..], Stamp(at), &line(at));
        }
        for key in 0..200_000_u32 {
            let at = i64::from(key);
            tally.add(key.to_string().as_bytes(), Stamp(at), &line(at));
        }
        assert!(tally.table.map.len() <= MOST_KEYS);
        assert!(tally.table.map.capacity() <= MOST_KEYS, "nor has it grown");
        let crossed: Vec<&[u8]> = tally.crossed().map(|(key, _)| &**key).collect();
        assert_eq!(crossed, [b"many"]);
    }

    proptest! {
        #[test]
        fn distinct_things_are_those_of_the_window(
            seen in proptest::collection::vec((0_u64..40, 0_i64..3000), 1..120),
        ) {
            let mut spread = Spread::default();
            let mut last: std::collections::HashMap<u64, i64> = Default::default();
            for (thing, at) in seen {
                let known = last.entry(thing).or_insert(at);
                if at > *known || *known > at + 1000 {
                    *known = at;
                }
                let inside = |known: &&i64| (at - 1000..=at + 1000).contains(*known);
                let expected = last.values().filter(inside).count();
                prop_assert_eq!(spread.add(thing, Stamp(at), 1000), expected as u64);
                prop_assert!(spread.last.is_sorted());
            }
        }

        #[test]
        fn the_count_is_that_of_the_window(mut at in proptest::collection::vec(0_i64..10_000, 1..60)) {
            at.sort_unstable();
            let mut recent = Recent::default();
            for (index, now) in at.iter().enumerate() {
                let expected = at[..=index].iter().filter(|past| **past >= now - 1000).count();
                prop_assert_eq!(recent.add(Stamp(*now), 1, 1000), expected as u64);
            }
        }
    }
}
