//! Addresses as numbers, and ranges of them.
//!
//! Both families live in one space of 128 bits: an IPv4 address is its IPv4-mapped IPv6 address.
//! So `::ffff:192.0.2.1` and `192.0.2.1` are the same host, as they are to the operating system, and
//! networks, ranges and exclusions of either family go through the same few lines.
//!
//! Knows the addresses that no mail server has, so that they can be refused or left out. Private,
//! loopback and documentation networks are not among them: the first two are what administrators
//! scan.
//!
//! References: RFC 4632 3.1 and RFC 4291 2.3 (prefixes), RFC 4291 2.5.5.2 (mapped addresses),
//! RFC 1122 3.2.1.3, RFC 5771 and RFC 4291 2.7 (what cannot be contacted).

use super::error::Problem;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Gives the number of an address.
pub(super) fn key(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Gives the address of a number.
pub(super) fn address(key: u128) -> IpAddr {
    Ipv6Addr::from_bits(key).to_canonical()
}

/// Bits that stand in front of the 32 of an IPv4 address.
const V4_OFFSET: u8 = 96;

/// Addresses one after the other, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange {
    pub(super) first: u128,
    pub(super) last: u128,
}

impl AddressRange {
    /// Gives the network that an address is in.
    pub fn network(address: IpAddr, prefix: u32) -> Result<Self, Problem> {
        let (most, offset) = match address {
            IpAddr::V4(_) => (32, V4_OFFSET),
            IpAddr::V6(_) => (128, 0),
        };
        let bits = u8::try_from(prefix).ok().filter(|prefix| *prefix <= most);
        let Some(bits) = bits else {
            return Err(Problem::PrefixTooLong {
                written: prefix,
                most,
            });
        };
        // A shift by all 128 bits is left to the single address.
        let host_bits = u128::MAX.checked_shr(u32::from(bits + offset)).unwrap_or(0);
        let first = key(address) & !host_bits;
        Ok(Self {
            first,
            last: first | host_bits,
        })
    }

    /// Gives the addresses from one to another of the same family.
    pub fn between(first: IpAddr, last: IpAddr) -> Result<Self, Problem> {
        if first.is_ipv4() != last.is_ipv4() {
            return Err(Problem::MixedFamilies);
        }
        let (first, last) = (key(first), key(last));
        if first > last {
            return Err(Problem::Backward);
        }
        Ok(Self { first, last })
    }

    /// Gives the range of one address.
    pub fn single(address: IpAddr) -> Self {
        let key = key(address);
        Self {
            first: key,
            last: key,
        }
    }

    /// Gives the first address.
    pub fn first(self) -> IpAddr {
        address(self.first)
    }

    /// Gives the last address.
    pub fn last(self) -> IpAddr {
        address(self.last)
    }

    /// Counts the addresses; the whole of IPv6 counts one less than it has.
    pub fn addresses(self) -> u128 {
        (self.last - self.first).saturating_add(1)
    }

    /// Tells whether an address is among them.
    pub fn contains(self, address: IpAddr) -> bool {
        (self.first..=self.last).contains(&key(address))
    }

    /// Takes out what cannot be contacted. Gives what is left, in order.
    pub(super) fn fit(self) -> Vec<Self> {
        let mut left = Vec::new();
        let mut from = self.first;
        for (unfit, _) in UNFIT {
            if unfit.last < from || unfit.first > self.last {
                continue;
            }
            if unfit.first > from {
                left.push(Self {
                    first: from,
                    last: unfit.first - 1,
                });
            }
            if unfit.last >= self.last {
                return left;
            }
            from = unfit.last + 1;
        }
        left.push(Self {
            first: from,
            last: self.last,
        });
        left
    }

    /// Tells whether both ends are IPv4 addresses.
    fn is_ipv4(self) -> bool {
        self.first().is_ipv4() && self.last().is_ipv4()
    }

    /// Writes the range with brackets around its ends where that is needed to add ports.
    pub(super) fn with_ports(self) -> String {
        if self.is_ipv4() || self.prefix().is_some() {
            return self.to_string();
        }
        let [first, last] = [self.first, self.last].map(Ipv6Addr::from_bits);
        format!("[{first}]-[{last}]")
    }

    /// Gives the prefix length where the range is a network, counted from the front of 128 bits.
    fn prefix(self) -> Option<u32> {
        let host_bits = self.first ^ self.last;
        let block = host_bits & host_bits.wrapping_add(1) == 0 && self.first & host_bits == 0;
        block.then_some(host_bits.leading_zeros())
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ipv4() {
            let (first, last) = (self.first(), self.last());
            return match self.prefix() {
                Some(prefix) => write!(f, "{first}/{}", prefix - u32::from(V4_OFFSET)),
                None => write!(f, "{first}-{last}"),
            };
        }
        // One end may be a mapped address; it keeps its IPv6 spelling beside the other.
        let [first, last] = [self.first, self.last].map(Ipv6Addr::from_bits);
        match self.prefix() {
            Some(prefix) => write!(f, "{first}/{prefix}"),
            None => write!(f, "{first}-{last}"),
        }
    }
}

/// Why an address cannot be a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unfit {
    /// `0.0.0.0` and `::`.
    Unspecified,
    /// `224.0.0.0/4` and `ff00::/8`.
    Multicast,
    /// `255.255.255.255`.
    Broadcast,
}

impl Unfit {
    /// Tells why an address cannot be contacted, if it cannot.
    pub fn of(address: IpAddr) -> Option<Self> {
        let row = UNFIT.iter().find(|(range, _)| range.contains(address));
        row.map(|(_, why)| *why)
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "the unspecified address is no host",
            Self::Multicast => "a multicast address is no host",
            Self::Broadcast => "the broadcast address is no host",
        })
    }
}

/// What cannot be contacted, in order, apart from each other.
const UNFIT: &[(AddressRange, Unfit)] = &[
    (keys(0, 0), Unfit::Unspecified),
    (v4_keys(0x0000_0000, 0x0000_0000), Unfit::Unspecified),
    (v4_keys(0xe000_0000, 0xefff_ffff), Unfit::Multicast),
    (v4_keys(0xffff_ffff, 0xffff_ffff), Unfit::Broadcast),
    (keys(0xff << 120, u128::MAX), Unfit::Multicast),
];

const fn keys(first: u128, last: u128) -> AddressRange {
    AddressRange { first, last }
}

const fn v4_keys(first: u32, last: u32) -> AddressRange {
    const MAPPED: u128 = 0xffff << 32;
    keys(MAPPED | first as u128, MAPPED | last as u128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn texts(ranges: &[AddressRange]) -> Vec<String> {
        ranges.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn networks_hold_what_their_prefix_says() {
        for (address, prefix, first, last, count) in [
            ("192.0.2.77", 24, "192.0.2.0", "192.0.2.255", 256),
            ("192.0.2.77", 32, "192.0.2.77", "192.0.2.77", 1),
            ("192.0.2.77", 31, "192.0.2.76", "192.0.2.77", 2),
            ("192.0.2.77", 0, "0.0.0.0", "255.255.255.255", 1 << 32),
            ("10.1.2.3", 8, "10.0.0.0", "10.255.255.255", 1 << 24),
            ("2001:db8::1", 120, "2001:db8::", "2001:db8::ff", 256),
            ("2001:db8::1", 128, "2001:db8::1", "2001:db8::1", 1),
            ("::ffff:192.0.2.9", 120, "192.0.2.0", "192.0.2.255", 256),
            (
                "::1",
                0,
                "::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                u128::MAX,
            ),
        ] {
            let network = AddressRange::network(ip(address), prefix).expect("a network");
            let got = (network.first(), network.last(), network.addresses());
            assert_eq!(got, (ip(first), ip(last), count), "{address}/{prefix}");
        }
        for (address, prefix, most) in [("192.0.2.1", 33, 32), ("::1", 129, 128), ("::1", 256, 128)]
        {
            let problem = Problem::PrefixTooLong {
                written: prefix,
                most,
            };
            assert_eq!(AddressRange::network(ip(address), prefix), Err(problem));
        }
    }

    #[test]
    fn ranges_are_written_as_networks_where_they_are() {
        for (first, last, text, with_ports) in [
            ("192.0.2.0", "192.0.2.255", "192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.5", "192.0.2.5", "192.0.2.5/32", "192.0.2.5/32"),
            (
                "192.0.2.1",
                "192.0.2.2",
                "192.0.2.1-192.0.2.2",
                "192.0.2.1-192.0.2.2",
            ),
            ("0.0.0.0", "255.255.255.255", "0.0.0.0/0", "0.0.0.0/0"),
            (
                "2001:db8::",
                "2001:db8::f",
                "2001:db8::/124",
                "2001:db8::/124",
            ),
            (
                "2001:db8::1",
                "2001:db8::4",
                "2001:db8::1-2001:db8::4",
                "[2001:db8::1]-[2001:db8::4]",
            ),
            (
                "::fffe:ffff:ffff",
                "::ffff:0.0.0.1",
                "::fffe:ffff:ffff-::ffff:0.0.0.1",
                "[::fffe:ffff:ffff]-[::ffff:0.0.0.1]",
            ),
            (
                "::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "::/0",
                "::/0",
            ),
        ] {
            let range = AddressRange::between(ip(first), ip(last)).expect("a range");
            assert_eq!(range.to_string(), text);
            assert_eq!(range.with_ports(), with_ports);
        }
        assert_eq!(
            AddressRange::between(ip("192.0.2.2"), ip("192.0.2.1")),
            Err(Problem::Backward)
        );
        assert_eq!(
            AddressRange::between(ip("192.0.2.2"), ip("2001:db8::")),
            Err(Problem::MixedFamilies)
        );
    }

    #[test]
    fn what_cannot_be_contacted_is_known_and_left_out() {
        for (address, why) in [
            ("0.0.0.0", Some(Unfit::Unspecified)),
            ("::", Some(Unfit::Unspecified)),
            ("224.0.0.0", Some(Unfit::Multicast)),
            ("239.255.255.255", Some(Unfit::Multicast)),
            ("ff02::1", Some(Unfit::Multicast)),
            ("::ffff:224.0.0.1", Some(Unfit::Multicast)),
            ("255.255.255.255", Some(Unfit::Broadcast)),
            ("255.255.255.254", None),
            ("223.255.255.255", None),
            ("240.0.0.0", None),
            ("0.0.0.1", None),
            ("127.0.0.1", None),
            ("10.0.0.0", None),
            ("169.254.0.1", None),
            ("::1", None),
            ("fe80::1", None),
        ] {
            assert_eq!(Unfit::of(ip(address)), why, "{address}");
        }
        for (network, prefix, left) in [
            ("192.0.2.0", 24, &["192.0.2.0/24"][..]),
            ("224.0.0.0", 4, &[]),
            ("239.0.0.0", 9, &[]),
            (
                "0.0.0.0",
                0,
                &["0.0.0.1-223.255.255.255", "240.0.0.0-255.255.255.254"],
            ),
            ("255.255.255.254", 31, &["255.255.255.254/32"]),
            ("0.0.0.0", 31, &["0.0.0.1/32"]),
            (
                "::",
                0,
                &[
                    "::1-::fffe:ffff:ffff",
                    "0.0.0.1-223.255.255.255",
                    "240.0.0.0-255.255.255.254",
                    "::1:0:0:0-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                ],
            ),
        ] {
            let range = AddressRange::network(ip(network), prefix).expect("a network");
            assert_eq!(texts(&range.fit()), left, "{network}/{prefix}");
        }
        assert!(
            UNFIT
                .windows(2)
                .all(|pair| pair[0].0.last < pair[1].0.first)
        );
    }

    proptest! {
        #[test]
        fn numbers_and_addresses_are_one_to_one(number in any::<u128>(), v4 in any::<u32>()) {
            prop_assert_eq!(key(address(number)), number);
            let v4 = IpAddr::from(v4.to_be_bytes());
            prop_assert_eq!(address(key(v4)), v4);
        }

        #[test]
        fn fit_leaves_out_exactly_the_unfit(first in 0u32..600, length in 0u32..600, near in 0usize..5) {
            // Ranges around the borders of the table.
            let border = [0u32, 0xe000_0000, 0xf000_0000, 0xffff_fd00, 0x0a00_0000][near];
            let first = border.wrapping_sub(300).wrapping_add(first);
            let last = first.saturating_add(length);
            let range = v4_keys(first, last);
            let pieces = range.fit();
            for key in range.first..=range.last {
                let inside = pieces.iter().filter(|p| (p.first..=p.last).contains(&key)).count();
                prop_assert_eq!(inside, usize::from(Unfit::of(address(key)).is_none()));
            }
        }
    }
}
