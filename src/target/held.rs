//! Which endpoints a target list holds by address: for names that turn out to lead to one of them.
//!
//! In: a target list. Out: an index that answers in the time of a binary search.
//!
//! Limits: memory is two numbers for each written address, network or range and each of its ports.

use super::cidr;
use super::port::PortSpec;
use super::space::Targets;
use crate::model::TlsUse;
use std::collections::HashMap;
use std::net::IpAddr;

/// The addresses of a target list, ready to be asked for.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Disjoint ranges in order.
    ranges: HashMap<(u16, TlsUse), Vec<(u128, u128)>>,
}

impl Held {
    /// Gathers the addresses of a list.
    pub fn of(targets: &Targets) -> Self {
        let mut held = Self::default();
        targets.each_range(|first, last, ports: &[PortSpec]| {
            for port in ports {
                let ranges = held.ranges.entry((port.port(), port.tls())).or_default();
                ranges.push((first, last));
            }
        });
        for ranges in held.ranges.values_mut() {
            // A list holds each endpoint once: ranges of one port never overlap.
            ranges.sort_unstable();
        }
        held
    }

    /// Tells whether the list holds an endpoint.
    pub fn holds(&self, address: IpAddr, port: u16, tls: TlsUse) -> bool {
        let Some(ranges) = self.ranges.get(&(port, tls)) else {
            return false;
        };
        let key = cidr::key(address);
        let behind = ranges.partition_point(|(first, _)| *first <= key);
        let before = behind.checked_sub(1).and_then(|index| ranges.get(index));
        before.is_some_and(|(_, last)| key <= *last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;
    use crate::target::builder::TargetsBuilder;
    use crate::target::port::PortList;

    #[test]
    fn knows_what_is_in_the_list() {
        let mut builder = TargetsBuilder::new(PortList::parse("25,465").expect("ports"));
        for (index, text) in [
            "192.0.2.0/28",
            "192.0.2.99:2525",
            "2001:db8::/126:587",
            "name.test",
        ]
        .iter()
        .enumerate()
        {
            builder
                .add(Origin::Argument(index), text)
                .expect("a target");
        }
        let held = Held::of(&builder.build().expect("targets"));
        for (address, port, tls, is) in [
            ("192.0.2.7", 25, TlsUse::Opportunistic, true),
            ("::ffff:192.0.2.7", 25, TlsUse::Opportunistic, true),
            ("192.0.2.7", 465, TlsUse::Implicit, true),
            ("192.0.2.7", 465, TlsUse::Opportunistic, false),
            ("192.0.2.16", 25, TlsUse::Opportunistic, false),
            ("192.0.2.99", 2525, TlsUse::Opportunistic, true),
            ("192.0.2.99", 25, TlsUse::Opportunistic, false),
            ("2001:db8::3", 587, TlsUse::Opportunistic, true),
            ("2001:db8::4", 587, TlsUse::Opportunistic, false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(held.holds(address, port, tls), is, "{address} {port}");
        }
    }
}
