//! Networks, and how wide a list of trusted ones is.
//!
//! In: addresses, networks and ranges as a reader took them from its files. Out: what they cover. Ranges are
//! judged by their number of addresses, so that a mask, a prefix of octets and a range from-to all count
//! alike.
//!
//! The scale: together everybody (99 % of IPv4, or 2000::/3 and wider); public IPv4 /15 or public IPv6 /31 or
//! shorter are high; /16 to /23 and /32 to /47 are medium; narrower and private ones are no finding. The
//! documentation networks count as public.
//!
//! References: RFC 1918, RFC 4193, RFC 6598, RFC 6890.

use crate::model::Severity;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A stretch of addresses of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Net {
    v6: bool,
    first: u128,
    last: u128,
}

/// How wide a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// Nothing that would be a finding.
    Narrow,
    /// A whole private range; harmless unless something hides the real client address.
    Private,
    /// Public, IPv4 /16 to /23 or IPv6 /32 to /47.
    Medium,
    /// Public, IPv4 /15 or IPv6 /31 or shorter.
    High,
    /// Everybody.
    Everybody,
}

impl Breadth {
    /// Gives the severity of trusting that much, if it is a finding above info.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Narrow | Self::Private => None,
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Everybody => Some(Severity::Critical),
        }
    }
}

/// Why a network is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// It reads like something else.
    #[error("not an address or network")]
    NotANet,
    /// Bits are set behind the length.
    #[error("host bits are set")]
    HostBits,
}

impl Net {
    /// Takes one address.
    pub fn host(address: IpAddr) -> Self {
        Self::range(address, address).unwrap_or(Self {
            v6: false,
            first: 0,
            last: 0,
        })
    }

    /// Takes a range; nothing if the ends are of two families or in the wrong order.
    pub fn range(first: IpAddr, last: IpAddr) -> Option<Self> {
        let (v6, first, last) = match (first, last) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (false, u32::from(a).into(), u32::from(b).into()),
            (IpAddr::V6(a), IpAddr::V6(b)) => (true, u128::from(a), u128::from(b)),
            _ => return None,
        };
        (first <= last).then_some(Self { v6, first, last })
    }

    /// Takes the network of an address and a length, host bits cut off; nothing if the length is too long.
    pub fn of(address: IpAddr, length: u32) -> Option<Self> {
        let (v6, bits, address) = match address {
            IpAddr::V4(address) => (false, 32, u128::from(u32::from(address))),
            IpAddr::V6(address) => (true, 128, u128::from(address)),
        };
        let free: u32 = bits - (length <= bits).then_some(length)?;
        let mask = match free {
            128 => u128::MAX,
            free => (1 << free) - 1,
        };
        Some(Self {
            v6,
            first: address & !mask,
            last: address | mask,
        })
    }

    /// Reads `address`, `address/length` or `address/mask`, IPv6 with or without brackets. Host bits are an
    /// error of their own, which some servers forgive ([`Net::of`] does).
    pub fn parse(text: &str) -> Result<Self, NetError> {
        let bare = text.replace(['[', ']'], "");
        let Some((address, length)) = bare.split_once('/') else {
            return bare.parse().map(Self::host).map_err(|_| NetError::NotANet);
        };
        let address: IpAddr = address.parse().map_err(|_| NetError::NotANet)?;
        let length = match length.parse::<Ipv4Addr>() {
            Ok(mask) if u32::from(mask).leading_ones() + u32::from(mask).trailing_zeros() >= 32 => {
                u32::from(mask).leading_ones()
            }
            Ok(_) => return Err(NetError::NotANet),
            Err(_) if length.bytes().all(|b| b.is_ascii_digit()) => {
                length.parse().map_err(|_| NetError::NotANet)?
            }
            Err(_) => return Err(NetError::NotANet),
        };
        let net = Self::of(address, length).ok_or(NetError::NotANet)?;
        match net.start() == address {
            true => Ok(net),
            false => Err(NetError::HostBits),
        }
    }

    /// Reads leading octets, such as `10`, `192.0.2` or `192.0.2.`, as qmail, Courier and sendmail write them.
    pub fn octets(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim_end_matches('.').split('.').collect();
        if parts.len() > 4 {
            return None;
        }
        let mut octets = [0; 4];
        for (octet, part) in octets.iter_mut().zip(&parts) {
            // "010" is ten to these programs as well.
            *octet = part.parse().ok()?;
        }
        let length = u32::try_from(parts.len()).ok()? * 8;
        Self::of(IpAddr::V4(octets.into()), length)
    }

    /// Gives the first address.
    pub fn start(self) -> IpAddr {
        self.address(self.first)
    }

    /// Gives the last address.
    pub fn end(self) -> IpAddr {
        self.address(self.last)
    }

    fn address(self, at: u128) -> IpAddr {
        match self.v6 {
            true => IpAddr::V6(Ipv6Addr::from(at)),
            // The field of an IPv4 address holds 32 bits.
            false => IpAddr::V4(Ipv4Addr::from(u32::try_from(at).unwrap_or(u32::MAX))),
        }
    }

    /// Tells whether it is IPv6.
    pub fn is_v6(self) -> bool {
        self.v6
    }

    /// Counts its addresses; all of IPv6 counts as the largest number.
    pub fn size(self) -> u128 {
        (self.last - self.first).saturating_add(1)
    }

    /// Tells whether another lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.v6 == other.v6 && self.first <= other.first && other.last <= self.last
    }

    /// Tells whether an address lies inside.
    pub fn has(self, address: IpAddr) -> bool {
        self.contains(Self::host(address))
    }

    /// Tells whether it lies in the networks that no outsider can come from.
    pub fn is_private(self) -> bool {
        PRIVATE.iter().any(|private| private.contains(self))
    }

    /// Tells whether it is loopback.
    pub fn is_loopback(self) -> bool {
        PRIVATE[..2].iter().any(|loopback| loopback.contains(self))
    }

    /// Judges it alone on the scale.
    pub fn breadth(self) -> Breadth {
        if self.is_private() {
            let whole = PRIVATE[2..].contains(&self);
            return match whole {
                true => Breadth::Private,
                false => Breadth::Narrow,
            };
        }
        if covers_everybody(&[self]) {
            return Breadth::Everybody;
        }
        let (high, medium) = match self.v6 {
            false => (1 << 17, 1 << 9),
            true => (1 << 97, 1 << 81),
        };
        match self.size() {
            size if size >= high => Breadth::High,
            size if size >= medium => Breadth::Medium,
            _ => Breadth::Narrow,
        }
    }
}

impl fmt::Display for Net {
    /// Writes `address/length` where it is one network, else `first-last`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.v6 { 128 } else { 32 };
        let free = (self.first ^ self.last).count_ones();
        let network = Self::of(self.start(), bits - free) == Some(*self);
        match (free, network) {
            (0, _) => self.start().fmt(f),
            (free, true) => write!(f, "{}/{}", self.start(), bits - free),
            (_, false) => write!(f, "{}-{}", self.start(), self.end()),
        }
    }
}

/// Writes down an IPv4 network that begins with two octets.
const fn v4(a: u8, b: u8, length: u32) -> Net {
    let first = (a as u128) << 24 | (b as u128) << 16;
    Net {
        v6: false,
        first,
        last: first | (u32::MAX >> length) as u128,
    }
}

/// Writes down an IPv6 network.
const fn v6(address: Ipv6Addr, length: u32) -> Net {
    let first = address.to_bits();
    Net {
        v6: true,
        first,
        last: first | !(u128::MAX << (128 - length)),
    }
}

/// Loopback first, then the private networks.
static PRIVATE: [Net; 9] = [
    v4(127, 0, 8),
    v6(Ipv6Addr::LOCALHOST, 128),
    v4(10, 0, 8),
    v4(172, 16, 12),
    v4(192, 168, 16),
    v4(169, 254, 16),
    v4(100, 64, 10),
    v6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];

/// The global unicast addresses of IPv6.
const GLOBAL: Net = v6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Tells whether networks, joined, cover everybody: 99 % of IPv4, or the global unicast addresses of IPv6.
pub fn covers_everybody(nets: &[Net]) -> bool {
    let mut sorted = nets.to_vec();
    sorted.sort();
    let mut joined: Vec<Net> = Vec::new();
    for net in sorted {
        match joined.last_mut() {
            Some(last) if last.v6 == net.v6 && net.first <= last.last.saturating_add(1) => {
                last.last = last.last.max(net.last);
            }
            _ => joined.push(net),
        }
    }
    let v4: u128 = joined
        .iter()
        .filter(|net| !net.v6)
        .map(|net| net.size())
        .sum();
    v4 >= (1_u128 << 32) / 100 * 99 || joined.iter().any(|net| net.contains(GLOBAL))
}

/// Judges a list of trusted networks: everybody if they are that together, else the widest.
pub fn breadth(nets: &[Net]) -> Breadth {
    if covers_everybody(nets) {
        return Breadth::Everybody;
    }
    nets.iter()
        .map(|net| net.breadth())
        .max()
        .unwrap_or(Breadth::Narrow)
}

/// Addresses of strangers that have nothing in common: what a pattern must fit to fit everybody.
pub const STRANGERS: &[&str] = &[
    "203.0.113.77",
    "8.8.4.4",
    "61.135.169.121",
    "185.199.108.153",
    "2001:db8:77::1",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Net {
        Net::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn reads_networks_as_they_are_written() {
        for (text, shown) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
            ("[2001:db8::]/32", "2001:db8::/32"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(net(text).to_string(), shown);
        }
        assert_eq!(Net::parse("192.0.2.1/24"), Err(NetError::HostBits));
        for wrong in [
            "192.0.2.0/33",
            "192.0.2",
            "x",
            "192.0.2.0/255.0.255.0",
            "192.0.2.0/+8",
            "",
        ] {
            assert_eq!(Net::parse(wrong), Err(NetError::NotANet), "{wrong}");
        }
        assert_eq!(
            Net::octets("10").map(|n| n.to_string()).as_deref(),
            Some("10.0.0.0/8")
        );
        assert_eq!(
            Net::octets("192.0.2.").map(|n| n.to_string()).as_deref(),
            Some("192.0.2.0/24")
        );
        assert_eq!(Net::octets("300"), None);
    }

    #[test]
    fn judges_by_the_number_of_addresses() {
        for (text, expected) in [
            ("0.0.0.0/0", Breadth::Everybody),
            ("::/0", Breadth::Everybody),
            ("2000::/3", Breadth::Everybody),
            ("203.0.0.0/8", Breadth::High),
            ("198.18.0.0/15", Breadth::High),
            ("203.0.0.0/16", Breadth::Medium),
            ("203.0.112.0/23", Breadth::Medium),
            ("203.0.113.0/24", Breadth::Narrow),
            ("2001:db8::/31", Breadth::High),
            ("2001:db8::/32", Breadth::Medium),
            ("2001:db8::/47", Breadth::Medium),
            ("2001:db8::/48", Breadth::Narrow),
            ("127.0.0.0/8", Breadth::Narrow),
            ("10.0.0.0/8", Breadth::Private),
            ("10.1.0.0/16", Breadth::Narrow),
            ("fc00::/7", Breadth::Private),
        ] {
            assert_eq!(net(text).breadth(), expected, "{text}");
        }
    }

    #[test]
    fn neighbours_are_joined_before_they_are_judged() {
        let halves = [net("0.0.0.0/1"), net("128.0.0.0/1")];
        assert_eq!(breadth(&halves), Breadth::Everybody);
        assert_eq!(breadth(&halves[..1]), Breadth::High);
        assert_eq!(breadth(&[]), Breadth::Narrow);
        assert!(!covers_everybody(&[net("0.0.0.0/1"), net("192.0.0.0/2")]));
    }
}
