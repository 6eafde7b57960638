//! Parts of a scan for several machines: disjoint, complete, and each network whole in one of them.
//!
//! In: `I/N` and a target. Out: whether the target belongs to the part. What decides is a keyed hash of the
//! /24, of the /48, or of the name: limits per network hold across machines without any talk between them,
//! and a part never changes with its siblings or with the order of the list.
//!
//! Deliberately does not know schedulers: which variable of the environment holds I is the command line's
//! business.
//!
//! References: the key is fixed for the life of report format 1.

use super::space::Peek;
use crate::model::mix;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;

/// The key of the hash: "relaychk" in ASCII. Fixed, so that every machine and release cuts alike.
const KEY: u64 = 0x7265_6c61_7963_686b;

/// One of N parts, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

/// Why a text names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// It is not written as `I/N`.
    #[error("a part is written I/N, such as 2/8")]
    Malformed,
    /// I is not among 1 to N.
    #[error("part {index} of {count}: parts are counted from 1 to {count}")]
    OutOfRange {
        /// The part.
        index: u64,
        /// How many there are.
        count: u32,
    },
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self {
        index: 1,
        count: NonZeroU32::MIN,
    };

    /// Makes the I-th of N parts, counted from one.
    pub fn new(index: u64, count: NonZeroU32) -> Result<Self, ShardError> {
        match u32::try_from(index) {
            Ok(index) if (1..=count.get()).contains(&index) => Ok(Self { index, count }),
            _ => Err(ShardError::OutOfRange {
                index,
                count: count.get(),
            }),
        }
    }

    /// Gives which part it is, from one.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Gives how many parts there are.
    pub fn count(self) -> u32 {
        self.count.get()
    }

    /// Tells whether there is only one part.
    pub fn is_whole(self) -> bool {
        self.count.get() == 1
    }

    /// Tells whether a target belongs to the part.
    pub fn holds(self, target: Peek<'_>) -> bool {
        if self.is_whole() {
            return true;
        }
        let hash = match target {
            Peek::Address(address, _) => hash(address),
            Peek::Name(name, _) | Peek::Mx(name) => hash_name(name),
        };
        // The upper half of a product spreads a hash over N without the bias of a remainder.
        let part = (u128::from(hash) * u128::from(self.count.get())) >> 64;
        part == u128::from(self.index - 1)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (index, count) = text.split_once('/').ok_or(ShardError::Malformed)?;
        let count = count.parse().map_err(|_| ShardError::Malformed)?;
        Self::new(index.parse().map_err(|_| ShardError::Malformed)?, count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

fn hash(address: IpAddr) -> u64 {
    let network = match address.to_canonical() {
        IpAddr::V4(v4) => u64::from(v4.to_bits() >> 8),
        // A /48 fills the upper bits, which no IPv4 network reaches.
        IpAddr::V6(v6) => (v6.to_bits() >> 80) as u64 | (1 << 63),
    };
    mix(KEY ^ mix(network))
}

fn hash_name(name: &str) -> u64 {
    let mut hash = mix(KEY);
    for chunk in name.as_bytes().chunks(8) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash ^ u64::from_le_bytes(bytes));
    }
    mix(hash ^ name.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::port::PortSpec;
    use proptest::prelude::*;
    use std::num::NonZeroU16;

    fn port() -> PortSpec {
        PortSpec::usual(NonZeroU16::new(25).expect("not zero"))
    }

    fn parts(count: u32) -> Vec<Shard> {
        let count = NonZeroU32::new(count).expect("not zero");
        (1..=u64::from(count.get()))
            .map(|index| Shard::new(index, count).expect("in range"))
            .collect()
    }

    #[test]
    fn reads_what_is_written() {
        for (text, read) in [
            ("1/1", Ok("1/1")),
            ("3/8", Ok("3/8")),
            ("0/8", Err("counted from 1")),
            ("9/8", Err("counted from 1")),
            ("1/0", Err("written I/N")),
            ("1", Err("written I/N")),
            ("a/b", Err("written I/N")),
            ("1/-1", Err("written I/N")),
            ("99999999999/2", Err("counted from 1")),
        ] {
            match (text.parse::<Shard>(), read) {
                (Ok(shard), Ok(shown)) => assert_eq!(shard.to_string(), shown),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text}"),
                (got, _) => panic!("{text}: {got:?}"),
            }
        }
    }

    #[test]
    fn networks_stay_whole_and_parts_are_of_a_size() {
        let parts = parts(4);
        let mut sizes = [0; 4];
        for network in 0..4096u32 {
            let first = Peek::Address(IpAddr::from((network << 8).to_be_bytes()), port());
            let last = Peek::Address(IpAddr::from(((network << 8) | 255).to_be_bytes()), port());
            let of = |peek| parts.iter().position(|part| part.holds(peek));
            assert_eq!(of(first), of(last));
            sizes[of(first).expect("some part")] += 1;
        }
        assert!(
            sizes.iter().all(|size| (900..1150).contains(size)),
            "{sizes:?}"
        );
    }

    #[test]
    fn the_cut_is_a_promise() {
        // Frozen: a change would make machines with different releases ask a network twice or never.
        let of = |peek| parts(16).iter().position(|part| part.holds(peek));
        let address = |text: &str| Peek::Address(text.parse().expect("an address"), port());
        let got = [
            of(address("192.0.2.1")),
            of(address("198.51.100.1")),
            of(address("2001:db8::1")),
            of(Peek::Name("mail.example.com", port())),
            of(Peek::Mx("example.com")),
        ];
        assert_eq!(got, FROZEN);
    }

    const FROZEN: [Option<usize>; 5] = [Some(3), Some(15), Some(1), Some(2), Some(10)];

    proptest! {
        #[test]
        fn every_target_is_in_exactly_one_part(bits: u128, v4: u32, name in "[a-z]{1,20}\\.[a-z]{2,5}", count in 1u32..200) {
            let parts = parts(count);
            for peek in [
                Peek::Address(IpAddr::from(bits.to_be_bytes()), port()),
                Peek::Address(IpAddr::from(v4.to_be_bytes()), port()),
                Peek::Name(&name, port()),
                Peek::Mx(&name),
            ] {
                prop_assert_eq!(parts.iter().filter(|part| part.holds(peek)).count(), 1);
            }
        }
    }
}
