//! Where something comes from: addresses and the blocks around them, in which they are counted.
//!
//! A *source* is an IPv4 address or an IPv6 /64, a *network* a /24 or /48, a *wide network* a /16 or /32.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Block {
    first: u128,
    /// Bits that are fixed; IPv4 is mapped into IPv6.
    length: u8,
}

impl Block {
    /// Gives the block that is one address.
    pub(super) fn address(address: IpAddr) -> Self {
        Self::of(address, 32, 128)
    }

    /// Gives the source.
    pub(super) fn source(address: IpAddr) -> Self {
        Self::of(address, 32, 64)
    }

    /// Gives the network.
    pub(super) fn network(address: IpAddr) -> Self {
        Self::of(address, 24, 48)
    }

    /// Gives the wide network.
    pub(super) fn wide(address: IpAddr) -> Self {
        Self::of(address, 16, 32)
    }

    fn of(address: IpAddr, v4: u8, v6: u8) -> Self {
        let (bits, length) = match address.to_canonical() {
            IpAddr::V4(address) => (u128::from(address.to_ipv6_mapped()), 96 + v4),
            IpAddr::V6(address) => (u128::from(address), v6),
        };
        Self {
            first: bits & (u128::MAX << (128 - u32::from(length))),
            length,
        }
    }

    /// Gives a number for sets that need no more than to tell blocks apart.
    pub(super) fn number(self) -> u64 {
        let folded = (self.first >> 64) as u64 ^ (self.first as u64).rotate_left(29);
        folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(self.length)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = IpAddr::V6(Ipv6Addr::from(self.first)).to_canonical();
        let (length, whole) = match address {
            IpAddr::V4(_) => (self.length.saturating_sub(96), 32),
            IpAddr::V6(_) => (self.length, 128),
        };
        address.fmt(f)?;
        if length < whole {
            write!(f, "/{length}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_cut_and_shown() {
        let v4: IpAddr = "192.0.2.77".parse().expect("an address");
        let mapped: IpAddr = "::ffff:192.0.2.77".parse().expect("an address");
        let v6: IpAddr = "2001:db8:1:2:3::4".parse().expect("an address");
        for (block, shown) in [
            (Block::address(v4), "192.0.2.77"),
            (Block::source(v4), "192.0.2.77"),
            (Block::network(v4), "192.0.2.0/24"),
            (Block::wide(mapped), "192.0.0.0/16"),
            (Block::address(v6), "2001:db8:1:2:3::4"),
            (Block::source(v6), "2001:db8:1:2::/64"),
            (Block::network(v6), "2001:db8:1::/48"),
            (Block::wide(v6), "2001:db8::/32"),
        ] {
            assert_eq!(block.to_string(), shown);
        }
        assert_eq!(Block::source(v4), Block::source(mapped));
        assert_ne!(
            Block::network(v4).number(),
            Block::wide("192.0.0.0".parse().expect("an address")).number()
        );
    }
}
