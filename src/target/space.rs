//! The targets of a run, by number.
//!
//! [`Targets`] knows every endpoint that is to be asked, each once, under a number from 0 to
//! [`Targets::len`]: in written order, inside a network address by address and port by port. Any
//! number can be asked for at any time ([`Targets::get`]), so that a scan may go through them in any
//! order and in any parts. Nothing is expanded before it is asked for: a network of 2^24 addresses
//! costs as much as a single one.
//!
//! Names are not resolved here. What two names, or two mail exchangers, have in common shows only
//! behind the name service: that it is not asked twice is the caller's care.

use super::book::{Book, Kind, ListId};
use super::cidr;
use super::port::{PortList, PortSpec};
use crate::model::subject::Named;
use crate::model::{Digest, Endpoint, Host, Origin, Target};
use std::net::IpAddr;
use std::sync::Arc;

/// One thing to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An endpoint. Its address is known where an address was written; a name is still to be
    /// resolved, to one or more.
    Target(Target),
    /// The mail exchangers of a domain, still to be asked for.
    Mx(MxDomain),
}

/// A domain whose mail exchangers are to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MxDomain {
    /// The target as the user wrote it.
    pub written: Arc<str>,
    /// Where it was written.
    pub origin: Origin,
    /// The domain; lower case, no final dot, A-labels.
    pub domain: Arc<str>,
    /// The ports of each exchanger.
    pub ports: PortList,
    /// Domains known to be served there: this one first.
    pub local_domains: Vec<Arc<str>>,
}

impl MxDomain {
    /// Makes the targets for every port of one host.
    pub fn targets(&self, host: &Host, origin: &Origin) -> Vec<Target> {
        let target = |port: PortSpec| Target {
            written: Arc::clone(&self.written),
            origin: origin.clone(),
            endpoint: Endpoint {
                host: host.clone(),
                port: port.port(),
                tls: port.tls(),
            },
            address: None,
            named: Named::Explicitly,
            local_domains: self.local_domains.clone(),
        };
        self.ports.iter().map(target).collect()
    }

    /// Makes the target for one port of one exchanger, and for one of its addresses once they are
    /// known.
    pub fn target(
        &self,
        exchange: Arc<str>,
        preference: u16,
        address: Option<IpAddr>,
        port: PortSpec,
    ) -> Target {
        Target {
            written: Arc::clone(&self.written),
            origin: Origin::Mx {
                domain: Arc::clone(&self.domain),
                preference,
            },
            endpoint: Endpoint {
                host: Host::Name(exchange),
                port: port.port(),
                tls: port.tls(),
            },
            address,
            named: Named::Explicitly,
            local_domains: self.local_domains.clone(),
        }
    }
}

/// The heart of an [`Item`], to look at without making one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peek<'a> {
    /// A port of an address.
    Address(IpAddr, PortSpec),
    /// A port of a host that is still to be resolved.
    Name(&'a str, PortSpec),
    /// A domain whose mail exchangers are still to be asked for.
    Mx(&'a str),
}

/// Consecutive items of one written target that have the same ports.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// The first address as a number, or the number of the name.
    pub(super) key: u128,
    /// The number of the first item.
    pub(super) start: u64,
    /// The written target.
    pub(super) number: u32,
    pub(super) ports: ListId,
}

/// The targets of a run.
#[derive(Debug, Clone)]
pub struct Targets {
    pub(super) book: Book,
    pub(super) digest: Digest,
    /// In order of `start`, which begins at 0; none is empty.
    pub(super) segments: Vec<Segment>,
    pub(super) len: u64,
    pub(super) local_domains: Vec<Arc<str>>,
    pub(super) addresses: u128,
    pub(super) left_out: u128,
    pub(super) duplicates: u128,
}

impl Targets {
    /// Counts the items.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Names the list as it was written: targets and default ports, in their canonical spelling and in
    /// written order. Where they were written and what was left out does not matter.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Tells whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Tells whether something is to be looked up in DNS.
    pub fn has_names(&self) -> bool {
        let kinds = self.segments.iter().map(|s| self.book.kind(s.number));
        kinds
            .into_iter()
            .any(|kind| matches!(kind, Kind::Name | Kind::Mx))
    }

    /// Counts the different addresses that were written, alone or in networks.
    pub fn addresses(&self) -> u128 {
        self.addresses
    }

    /// Counts the addresses of networks and ranges that are no hosts and were left out: multicast,
    /// broadcast and unspecified ones. What two networks share counts for each.
    pub fn left_out(&self) -> u128 {
        self.left_out
    }

    /// Counts the endpoints that were written again and are asked once.
    pub fn duplicates(&self) -> u128 {
        self.duplicates
    }

    /// Gives the item of a number; nothing from [`Targets::len`] on.
    pub fn get(&self, index: u64) -> Option<Item> {
        let segment = self.find(index)?;
        Some(self.item(&self.segments[segment], index))
    }

    /// Gives the heart of the item of a number, without taking memory.
    pub fn peek(&self, index: u64) -> Option<Peek<'_>> {
        let segment = self.find(index)?;
        Some(self.heart(&self.segments[segment], index))
    }

    /// Goes through all items in written order.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            targets: self,
            segment: 0,
            index: 0,
        }
    }

    /// Goes through the ranges of addresses with their ports.
    pub(super) fn each_range(&self, mut take: impl FnMut(u128, u128, &[PortSpec])) {
        for (index, segment) in self.segments.iter().enumerate() {
            if !matches!(self.book.kind(segment.number), Kind::Address | Kind::Range) {
                continue;
            }
            let ports = self.book.lists.get(segment.ports).as_slice();
            let end = self
                .segments
                .get(index + 1)
                .map_or(self.len, |next| next.start);
            let addresses = (end - segment.start) / ports.len() as u64;
            take(segment.key, segment.key + u128::from(addresses) - 1, ports);
        }
    }

    /// Finds the segment of an item.
    fn find(&self, index: u64) -> Option<usize> {
        if index >= self.len {
            return None;
        }
        let behind = self.segments.partition_point(|s| s.start <= index);
        behind.checked_sub(1)
    }

    fn heart(&self, segment: &Segment, index: u64) -> Peek<'_> {
        let ports = self.book.lists.get(segment.ports).as_slice();
        let offset = index - segment.start;
        let count = ports.len() as u64;
        let port = ports[(offset % count) as usize];
        match self.book.kind(segment.number) {
            Kind::Address | Kind::Range => {
                let key = segment.key + u128::from(offset / count);
                Peek::Address(cidr::address(key), port)
            }
            Kind::Name => Peek::Name(self.book.name(segment.key as u32).as_str(), port),
            Kind::Mx => Peek::Mx(self.book.name(segment.key as u32).as_str()),
        }
    }

    fn item(&self, segment: &Segment, index: u64) -> Item {
        let written = self.book.text(segment.number, segment.key);
        let origin = self.book.origin(segment.number);
        let named = match self.book.kind(segment.number) {
            Kind::Range => Named::ByRange,
            Kind::Address | Kind::Name | Kind::Mx => Named::Explicitly,
        };
        let (host, address, port) = match self.heart(segment, index) {
            Peek::Address(address, port) => (Host::Address(address), Some(address), port),
            Peek::Name(_, port) => {
                let name = self.book.name(segment.key as u32).shared();
                (Host::Name(name), None, port)
            }
            Peek::Mx(_) => {
                let domain = self.book.name(segment.key as u32).shared();
                let others = self.local_domains.iter().filter(|other| **other != domain);
                let local_domains = [&domain].into_iter().chain(others).cloned().collect();
                return Item::Mx(MxDomain {
                    written,
                    origin,
                    domain,
                    ports: self.book.lists.get(segment.ports).clone(),
                    local_domains,
                });
            }
        };
        Item::Target(Target {
            written,
            origin,
            endpoint: Endpoint {
                host,
                port: port.port(),
                tls: port.tls(),
            },
            address,
            named,
            local_domains: self.local_domains.clone(),
        })
    }
}

/// Goes through targets in written order.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    targets: &'a Targets,
    segment: usize,
    index: u64,
}

impl Iterator for Iter<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.index >= self.targets.len {
            return None;
        }
        let segments = &self.targets.segments;
        if segments
            .get(self.segment + 1)
            .is_some_and(|next| next.start <= self.index)
        {
            self.segment += 1;
        }
        let item = self.targets.item(&segments[self.segment], self.index);
        self.index += 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.targets.len - self.index);
        (left.unwrap_or(usize::MAX), left.ok())
    }
}

impl<'a> IntoIterator for &'a Targets {
    type Item = Item;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}
