//! RelayIpList: which clients may relay, in the bytes of an IP security list.
//!
//! In: the hexadecimal value. Out: the networks that are granted or denied. Words are little endian: the offsets
//! of four sub-lists (denied addresses, granted addresses, denied names, granted names) with the high bit set,
//! flags, the size. A sub-list holds its number of groups; each group has six words, of which the third is how many
//! items it has and the sixth where they stand: a mask, then addresses, four bytes each.
//!
//! What the first and second sub-list mean is inferred from lists seen in the field.
//!
//! Limits: [`MOST`] bytes.

use crate::mtaconf::nets::Net;
use std::net::{IpAddr, Ipv4Addr};

/// The most bytes of a list.
const MOST: usize = 1 << 20;

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RelayList {
    /// There and empty: all but those of an empty list.
    Empty,
    /// Only these.
    Only(Vec<Net>),
    /// All but these.
    AllBut(Vec<Net>),
    /// It cannot be told, and why.
    Unknown(&'static str),
}

/// Reads a value.
pub(super) fn read(hex: &str) -> RelayList {
    match hex.trim().is_empty() {
        true => RelayList::Empty,
        false => decode(hex).unwrap_or_else(RelayList::Unknown),
    }
}

fn decode(hex: &str) -> Result<RelayList, &'static str> {
    let bytes = bytes(hex).ok_or("it is not hexadecimal, or too long")?;
    let offset = |index: usize| match word(&bytes, index * 4) {
        Some(word) if word & 0x8000_0000 != 0 => usize::try_from(word & 0x7fff_ffff).ok(),
        _ => None,
    };
    const SHORT: &str = "it is shorter than it says";
    let sub = |index: usize| {
        let at = offset(index).ok_or("it does not begin like an IP security list")?;
        nets(&bytes, at)
    };
    let (denied, granted) = (sub(0)?, sub(1)?);
    for index in [2, 3] {
        let at = offset(index).ok_or("it does not begin like an IP security list")?;
        if word(&bytes, at).ok_or(SHORT)? != 0 {
            return Err("it names hosts, which are not read");
        }
    }
    match (denied.is_empty(), granted.is_empty()) {
        (true, true) => Err("it names nobody, and does not say whether that is all or none"),
        (true, false) => Ok(RelayList::Only(granted)),
        (false, true) => Ok(RelayList::AllBut(denied)),
        (false, false) => Err("it grants and denies"),
    }
}

/// Reads a sub-list of addresses.
fn nets(bytes: &[u8], at: usize) -> Result<Vec<Net>, &'static str> {
    const SHORT: &str = "it is shorter than it says";
    const GROUP: usize = 24;
    let groups = word(bytes, at).ok_or(SHORT)?;
    let mut found = Vec::new();
    for group in 0..usize::try_from(groups).map_err(|_| SHORT)? {
        let head = group
            .checked_mul(GROUP)
            .and_then(|skip| at.checked_add(4 + skip))
            .ok_or(SHORT)?;
        let field = |index: usize| word(bytes, head + index * 4).ok_or(SHORT);
        let (family, items, size) = (field(1)?, field(2)?, field(3)?);
        if family != 2 || size != 4 {
            return Err("it holds addresses that are not IPv4");
        }
        let start = usize::try_from(field(5)? & 0x7fff_ffff).map_err(|_| SHORT)?;
        let item = |index: usize| -> Result<u32, &'static str> {
            let from = index
                .checked_mul(4)
                .and_then(|skip| start.checked_add(skip))
                .ok_or(SHORT)?;
            word(bytes, from).map(u32::swap_bytes).ok_or(SHORT)
        };
        let mask = item(0)?;
        if mask.leading_ones() + mask.trailing_zeros() < 32 {
            return Err("it holds a mask with holes");
        }
        for index in 1..usize::try_from(items).map_err(|_| SHORT)? {
            let address = IpAddr::V4(Ipv4Addr::from(item(index)?));
            found.extend(Net::of(address, mask.leading_ones()));
            if found.len() > MOST / 4 {
                // Groups that point at the same items again and again.
                return Err("it holds more addresses than it has bytes for");
            }
        }
    }
    Ok(found)
}

/// Gives a little-endian word.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(4)?;
    let four: [u8; 4] = bytes.get(at..end)?.try_into().ok()?;
    Some(u32::from_le_bytes(four))
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if !digits.len().is_multiple_of(2) || digits.len() / 2 > MOST {
        return None;
    }
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    digits
        .chunks_exact(2)
        .map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes a list with groups of a mask and addresses, in the sub-list of the index.
    pub(super) fn list(sub: usize, groups: &[&[&str]]) -> String {
        let mut heads = Vec::new();
        let mut at = 24_u32;
        let size_of = |index: usize| 4 + if index == sub { 24 * groups.len() } else { 4 };
        for index in 0..4 {
            heads.push(0x8000_0000 | at);
            at += u32::try_from(size_of(index)).expect("small");
        }
        heads.extend([1, at]);
        let mut items = Vec::new();
        for index in 0..4 {
            if index != sub {
                heads.extend([0, 0]);
                continue;
            }
            heads.push(u32::try_from(groups.len()).expect("small"));
            for group in groups {
                let count = u32::try_from(group.len()).expect("small");
                let from = 0x8000_0000 | (at + u32::try_from(items.len()).expect("small"));
                heads.extend([1, 2, count, 4, 0, from]);
                for address in *group {
                    items.extend(address.parse::<Ipv4Addr>().expect("an address").octets());
                }
            }
        }
        let mut whole: Vec<u8> = heads.into_iter().flat_map(u32::to_le_bytes).collect();
        whole.extend(items);
        whole.iter().map(|b| format!("{b:02X}")).collect()
    }

    fn shown(hex: &str) -> String {
        let join = |nets: Vec<Net>| {
            nets.iter()
                .map(Net::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        match read(hex) {
            RelayList::Empty => "empty".to_owned(),
            RelayList::Only(nets) => format!("only {}", join(nets)),
            RelayList::AllBut(nets) => format!("all but {}", join(nets)),
            RelayList::Unknown(why) => format!("unknown: {why}"),
        }
    }

    #[test]
    fn reads_lists_of_the_field() {
        let loopback = "18000080200000803C00008044000080010000004C0000000000000000000000010000000100000002000000\
                        0200000004000000000000004C00008000000000000000000000000000000000FFFFFFFF7F000001";
        assert_eq!(shown(loopback), "only 127.0.0.1");
        assert_eq!(shown(""), "empty");
        assert_eq!(
            shown("00000000"),
            "unknown: it does not begin like an IP security list"
        );
        assert_eq!(shown("xx"), "unknown: it is not hexadecimal, or too long");
        assert_eq!(
            shown(&loopback[..140]),
            "unknown: it is shorter than it says"
        );
    }

    #[test]
    fn the_sub_list_says_whether_addresses_are_granted() {
        let groups: &[&[&str]] = &[
            &["255.255.255.255", "192.0.2.1"],
            &["255.255.0.0", "198.51.0.0", "203.0.0.0"],
        ];
        assert_eq!(
            shown(&list(1, groups)),
            "only 192.0.2.1 198.51.0.0/16 203.0.0.0/16"
        );
        assert_eq!(
            shown(&list(0, groups)),
            "all but 192.0.2.1 198.51.0.0/16 203.0.0.0/16"
        );
        assert_eq!(
            shown(&list(1, &[&["0.0.0.0", "0.0.0.0"]])),
            "only 0.0.0.0/0"
        );
        assert_eq!(
            shown(&list(1, &[&["255.0.255.0", "1.2.3.4"]])),
            "unknown: it holds a mask with holes"
        );
        assert_eq!(
            shown(&list(1, &[])),
            "unknown: it names nobody, and does not say whether that is all or none"
        );
        assert_eq!(
            shown(&list(3, groups)),
            "unknown: it names hosts, which are not read"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            let _ = read(&hex);
        }

        #[test]
        fn no_word_of_a_list_panics(at in 0_usize..20, word in any::<u32>()) {
            let mut hex = list(1, &[&["255.255.255.255", "192.0.2.1"]]);
            let new: String = word.to_le_bytes().iter().map(|b| format!("{b:02x}")).collect();
            hex.replace_range(at * 8..at * 8 + 8, &new);
            let _ = read(&hex);
        }
    }
}
