//! Which addresses are taken by which of a list's networks, where the first match decides.
//!
//! In: networks in the order they are asked. Out: for each, the part that no earlier one has taken. A million
//! networks cost no more than sorting them.

use crate::mtaconf::nets::Net;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that are taken, as ranges that do not touch.
#[derive(Debug, Default)]
pub(super) struct Taken {
    v4: BTreeMap<u128, u128>,
    v6: BTreeMap<u128, u128>,
}

impl Taken {
    /// Takes a network; gives what of it was not taken before.
    pub(super) fn take(&mut self, net: Net) -> Vec<Net> {
        let (start, end) = (number(net.start()), number(net.end()));
        let ranges = if net.is_v6() {
            &mut self.v6
        } else {
            &mut self.v4
        };
        // Every range that overlaps or touches is swallowed, so that each is gone through once in its life.
        let (mut low, mut high) = (start, end);
        let mut free_from = start;
        let mut all_taken = false;
        let mut free = Vec::new();
        let mut swallowed = Vec::new();
        let before = ranges.range(..start).next_back().map(|(s, e)| (*s, *e));
        let after = ranges.range(start..=end.saturating_add(1));
        for (s, e) in before.into_iter().chain(after.map(|(s, e)| (*s, *e))) {
            if e.saturating_add(1) < start {
                continue;
            }
            swallowed.push(s);
            low = low.min(s);
            high = high.max(e);
            if s > free_from && !all_taken {
                free.extend(range(net.is_v6(), free_from, (s - 1).min(end)));
            }
            match e.checked_add(1) {
                Some(next) => free_from = free_from.max(next),
                None => all_taken = true,
            }
        }
        if free_from <= end && !all_taken {
            free.extend(range(net.is_v6(), free_from, end));
        }
        for s in swallowed {
            ranges.remove(&s);
        }
        ranges.insert(low, high);
        free
    }

    /// Takes a whole family; gives what was not taken before.
    pub(super) fn take_all(&mut self, v6: bool) -> Vec<Net> {
        whole(v6).map_or_else(Vec::new, |net| self.take(net))
    }
}

/// Gives all addresses of a family.
pub(super) fn whole(v6: bool) -> Option<Net> {
    let zero: IpAddr = match v6 {
        true => Ipv6Addr::UNSPECIFIED.into(),
        false => Ipv4Addr::UNSPECIFIED.into(),
    };
    Net::of(zero, 0)
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

fn range(v6: bool, start: u128, end: u128) -> Option<Net> {
    let address = |at: u128| -> Option<IpAddr> {
        Some(match v6 {
            true => Ipv6Addr::from(at).into(),
            false => Ipv4Addr::from(u32::try_from(at).ok()?).into(),
        })
    };
    Net::range(address(start)?, address(end)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(nets: &[Net]) -> String {
        let nets: Vec<String> = nets.iter().map(Net::to_string).collect();
        nets.join(" ")
    }

    #[test]
    fn gives_what_no_earlier_network_has() {
        let mut taken = Taken::default();
        for (net, free) in [
            ("10.1.0.0/16", "10.1.0.0/16"),
            ("10.1.2.0/24", ""),
            ("10.3.0.0/16", "10.3.0.0/16"),
            ("10.0.0.0/14", "10.0.0.0/16 10.2.0.0/16"),
            (
                "0.0.0.0/0",
                "0.0.0.0-9.255.255.255 10.4.0.0-255.255.255.255",
            ),
            ("255.255.255.255", ""),
            ("::/0", "::/0"),
            ("ffff::/16", ""),
        ] {
            let net = Net::parse(net).expect("a network");
            assert_eq!(shown(&taken.take(net)), free, "{net}");
        }
        assert_eq!(shown(&Taken::default().take_all(false)), "0.0.0.0/0");
    }

    proptest! {
        #[test]
        fn every_address_is_given_to_the_first_that_has_it(
            nets in proptest::collection::vec((any::<u8>(), 0_u32..=8), 0..20)
        ) {
            let nets: Vec<Net> = nets
                .into_iter()
                .filter_map(|(last, bits)| Net::of(Ipv4Addr::new(192, 0, 2, last).into(), 24 + bits))
                .collect();
            let mut taken = Taken::default();
            let given: Vec<Vec<Net>> = nets.iter().map(|net| taken.take(*net)).collect();
            for last in 0..=255 {
                let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
                let first = nets.iter().position(|net| net.has(address));
                let owners: Vec<usize> = (0..given.len())
                    .filter(|at| given[*at].iter().any(|part| part.has(address)))
                    .collect();
                prop_assert_eq!(owners, first.into_iter().collect::<Vec<_>>());
            }
        }
    }
}
