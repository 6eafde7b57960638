//! In which order a scan goes through its targets, and which of them are its part.
//!
//! In: a target list, a seed where the order is to be shuffled, a part. Out: for each place in the order
//! the number of the target there, or that it belongs to another part.
//!
//! Places are what a checkpoint remembers: the same list, seed and part have the same places on every
//! machine and in every release.
//!
//! Limits: no memory beside the list's.

use super::permute::Permutation;
use super::shard::Shard;
use super::space::Targets;

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As the targets were written.
    Written,
    /// Shuffled, so that no network is hit in a row.
    Shuffled {
        /// What stands for the order.
        seed: u64,
    },
}

impl Order {
    /// Gives the word for the kind of order.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Shuffled { .. } => "shuffled",
        }
    }
}

/// What is found at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The number of a target.
    Ours(u64),
    /// A target of another part.
    Others,
}

/// The way through a target list, or a part of it.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    len: u64,
    order: Order,
    shuffled: Option<Permutation>,
    shard: Shard,
}

impl Way {
    /// Makes the way through one part of a list.
    pub fn new(len: u64, order: Order, shard: Shard) -> Self {
        Self {
            len,
            order,
            shuffled: match order {
                Order::Written => None,
                Order::Shuffled { seed } => Some(Permutation::new(len, seed)),
            },
            shard,
        }
    }

    /// Gives the order.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Gives which part it leads through.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// Looks at a place; nothing from the end on.
    pub fn at(&self, place: u64, targets: &Targets) -> Option<Place> {
        let index = match self.shuffled {
            Some(permutation) => permutation.at(place)?,
            None if place < self.len => place,
            None => return None,
        };
        let ours = self.shard.is_whole() || self.shard.holds(targets.peek(index)?);
        Some(if ours {
            Place::Ours(index)
        } else {
            Place::Others
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;
    use crate::target::{PortList, TargetsBuilder};
    use proptest::prelude::*;
    use std::num::NonZeroU32;

    fn targets(texts: &[String], ports: &str) -> Targets {
        let mut builder = TargetsBuilder::new(PortList::parse(ports).expect("ports"));
        for (index, text) in texts.iter().enumerate() {
            builder
                .add(Origin::Argument(index + 1), text)
                .expect("a target");
        }
        builder.build().expect("targets")
    }

    fn all(way: &Way, targets: &Targets) -> Vec<u64> {
        (0..)
            .map_while(|place| way.at(place, targets))
            .filter_map(|place| match place {
                Place::Ours(index) => Some(index),
                Place::Others => None,
            })
            .collect()
    }

    #[test]
    fn written_order_is_kept_and_ends() {
        let targets = targets(&["192.0.2.0/30".to_owned()], "25,587");
        let way = Way::new(targets.len(), Order::Written, Shard::WHOLE);
        assert_eq!(all(&way, &targets), (0..8).collect::<Vec<_>>());
        assert_eq!(way.at(8, &targets), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn parts_together_hold_each_target_once(
            networks in proptest::collection::vec((any::<u16>(), 20u32..=32), 1..6),
            names in proptest::collection::vec("[a-z]{3,8}\\.test", 0..4),
            ports in prop_oneof![Just("25"), Just("25,465,587"), Just("1,2,3,4,5,6,7")],
            count in 1u32..9,
            seed: u64,
            shuffled: bool,
        ) {
            let mut texts: Vec<String> = networks
                .iter()
                .map(|(n, length)| format!("10.{}.{}.0/{length}", n >> 8, n & 0xf0))
                .collect();
            texts.extend(names);
            let targets = targets(&texts, ports);
            let order = if shuffled { Order::Shuffled { seed } } else { Order::Written };
            let count = NonZeroU32::new(count).expect("not zero");
            let mut found: Vec<u64> = (1..=u64::from(count.get()))
                .flat_map(|index| {
                    let shard = Shard::new(index, count).expect("in range");
                    all(&Way::new(targets.len(), order, shard), &targets)
                })
                .collect();
            found.sort_unstable();
            prop_assert_eq!(found, (0..targets.len()).collect::<Vec<_>>());
        }
    }
}
