//! Targets gathered from arguments and lists, each endpoint once.
//!
//! In: written targets in order, default ports, domains known to be served. Out: [`Targets`].
//!
//! An endpoint is an address or name, a port, and a use of TLS. Of several targets that hold the
//! same one, the first keeps it; but a host that was written out keeps it before any network that
//! holds it too, for its silence counts and the network's does not. Memory goes with what was
//! written, never with the number of addresses.
//!
//! Limits: [`MOST_ADDRESSES`] different addresses, unless the caller allows more.

use super::book::{Book, Kind, PortLists};
use super::cidr::AddressRange;
use super::cover::{Claim, divide};
use super::error::{TargetError, quote};
use super::list::{BadLines, Lines, Skipped};
use super::name::Name;
use super::parse::{Place, TargetSpec};
use super::port::{PortList, PortSpec};
use super::space::{Segment, Targets};
use crate::model::{Digest, Origin};
use std::collections::BTreeSet;
use std::io::BufRead;
use std::sync::Arc;

/// Different addresses that may be scanned without permission: an IPv4 network with 8 bits of
/// prefix. More is most often a slip of the prefix length.
pub const MOST_ADDRESSES: u128 = 1 << 24;

/// Whether more than [`MOST_ADDRESSES`] may be scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AllowLarge {
    /// They are refused.
    #[default]
    No,
    /// The user asked for it.
    Yes,
}

/// Gathers targets.
#[derive(Debug, Clone)]
pub struct TargetsBuilder {
    book: Book,
    /// What was written, in written order: the ports for targets that name none, then the targets.
    digest: Digest,
    local_domains: Vec<Arc<str>>,
    allow_large: AllowLarge,
    claims: Vec<Claim>,
    /// Targets with a name: their number and that of the name.
    named: Vec<(u32, u32)>,
    left_out: u128,
    /// The number of the largest target, and its addresses.
    largest: Option<(u32, AddressRange)>,
}

impl TargetsBuilder {
    /// Begins without targets. The ports are for targets that name none.
    pub fn new(default_ports: PortList) -> Self {
        let mut digest = Digest::new();
        digest.write(&default_ports.to_string());
        Self {
            digest,
            book: Book::new(default_ports),
            local_domains: Vec::new(),
            allow_large: AllowLarge::No,
            claims: Vec::new(),
            named: Vec::new(),
            left_out: 0,
            largest: None,
        }
    }

    /// Adds domains that every target is known to serve (`--local-domain`).
    #[must_use]
    pub fn with_local_domains(mut self, domains: impl IntoIterator<Item = Name>) -> Self {
        for domain in domains {
            let domain = domain.shared();
            if !self.local_domains.contains(&domain) {
                self.local_domains.push(domain);
            }
        }
        self
    }

    /// Sets whether more than [`MOST_ADDRESSES`] may be scanned.
    #[must_use]
    pub fn with_large(mut self, allow: AllowLarge) -> Self {
        self.allow_large = allow;
        self
    }

    /// Takes one written target.
    pub fn add(&mut self, origin: Origin, text: &str) -> Result<(), TargetError> {
        let spec = match TargetSpec::parse(text) {
            Ok(spec) => spec,
            Err(problem) => return Err(TargetError::written(origin, text, problem)),
        };
        let number = self
            .book
            .enter(origin, text.trim(), &spec)
            .ok_or(TargetError::TooMany)?;
        self.digest.write(&spec.to_string());
        match spec.place {
            Place::Name(name) | Place::Mx(name) => {
                let name = self.book.intern(&name);
                self.named.push((number, name));
            }
            Place::Address(address) => self.claim(number, AddressRange::single(address)),
            Place::Range(range) => self.claim(number, range),
        }
        Ok(())
    }

    /// Takes the lines of a list. With [`BadLines::Refuse`] it stops at the first that is wrong,
    /// otherwise it tells about them in the end. A reader that fails is always an error.
    pub fn add_list(
        &mut self,
        file: &Arc<str>,
        reader: impl BufRead,
        bad: BadLines,
    ) -> Result<Skipped, TargetError> {
        let mut skipped = Skipped::default();
        for line in Lines::new(Arc::clone(file), reader) {
            let added = line.and_then(|line| self.add(line.origin, &line.text));
            match (added, bad) {
                (Ok(()), _) => {}
                (Err(error @ TargetError::Written { .. }), BadLines::Skip) => skipped.note(error),
                (Err(error), _) => return Err(error),
            }
        }
        Ok(skipped)
    }

    /// Gives each endpoint to one target and numbers them.
    pub fn build(self) -> Result<Targets, TargetError> {
        let Self {
            mut book,
            claims,
            mut named,
            ..
        } = self;
        let ports = |rank| book.lists.get(book.ports(number(rank))).as_slice();
        let mut shares = Shares::new(&book);
        for claim in &claims {
            shares.write(number(claim.rank), claim.range.addresses());
        }
        let addresses = divide(claims, ports, |rank, range, ports| {
            shares.keep(number(rank), range.first, range.addresses(), ports);
        });
        if let Some((number, range)) = self.largest
            && addresses > MOST_ADDRESSES
            && self.allow_large == AllowLarge::No
        {
            return Err(TargetError::TooLarge {
                addresses,
                limit: MOST_ADDRESSES,
                largest: quote(&book.text(number, range.first)),
                largest_addresses: range.addresses(),
                origin: book.origin(number),
            });
        }
        // The same name comes together, in written order: no set of all names is needed.
        named.sort_unstable_by_key(|(number, name)| (book.kind(*number), *name, *number));
        let mut last = None;
        let mut asked = BTreeSet::new();
        for (number, name) in named {
            let kind = book.kind(number);
            if last.replace((kind, name)) != Some((kind, name)) {
                asked.clear();
            }
            shares.write(number, 1);
            let ports = book.lists.get(book.ports(number)).iter();
            let mut fresh: Vec<PortSpec> = ports.filter(|port| asked.insert(*port)).collect();
            fresh.sort_unstable();
            shares.keep(number, u128::from(name), 1, &fresh);
        }
        let duplicates = shares.written.saturating_sub(shares.kept);
        let (segments, lists, len) = shares.number()?;
        book.lists = lists;
        book.close();
        Ok(Targets {
            book,
            digest: self.digest,
            segments,
            len,
            local_domains: self.local_domains,
            addresses,
            left_out: self.left_out,
            duplicates,
        })
    }

    fn claim(&mut self, number: u32, range: AddressRange) {
        let size = |(_, range): (u32, AddressRange)| range.addresses();
        if self.largest.map_or(0, size) < range.addresses() {
            self.largest = Some((number, range));
        }
        let mut fit = 0;
        for range in range.fit() {
            fit += range.addresses();
            let rank = rank(self.book.kind(number), number);
            self.claims.push(Claim { range, rank });
        }
        self.left_out = self.left_out.saturating_add(range.addresses() - fit);
    }
}

/// Ranks targets: hosts that were written out before networks, else in written order.
fn rank(kind: Kind, number: u32) -> u64 {
    let behind = u64::from(kind == Kind::Range) << 32;
    behind | u64::from(number)
}

/// Gives the number of a target back from its rank.
fn number(rank: u64) -> u32 {
    (rank & u64::from(u32::MAX)) as u32
}

/// What each target keeps, while it is given out. Counts endpoints as written and as kept.
struct Shares<'a> {
    book: &'a Book,
    lists: PortLists,
    /// `start` holds the count of items until they are numbered.
    segments: Vec<Segment>,
    written: u128,
    kept: u128,
    overflown: bool,
}

impl<'a> Shares<'a> {
    fn new(book: &'a Book) -> Self {
        Self {
            book,
            lists: book.lists.clone(),
            segments: Vec::new(),
            written: 0,
            kept: 0,
            overflown: false,
        }
    }

    /// Counts what was written.
    fn write(&mut self, number: u32, hosts: u128) {
        let ports = self.book.lists.get(self.book.ports(number)).as_slice();
        let endpoints = hosts.saturating_mul(ports.len() as u128);
        self.written = self.written.saturating_add(endpoints);
    }

    /// Keeps hosts for a target, with those of its ports that are in `ports`, which is sorted.
    fn keep(&mut self, number: u32, key: u128, hosts: u128, ports: &[PortSpec]) {
        let own = self.book.lists.get(self.book.ports(number));
        let Some(ports) = own.only(ports) else {
            return;
        };
        let endpoints = hosts.saturating_mul(ports.as_slice().len() as u128);
        self.kept = self.kept.saturating_add(endpoints);
        // All ports of a domain's exchangers are one item.
        let mx = self.book.kind(number) == Kind::Mx;
        let items = if mx { Ok(1) } else { u64::try_from(endpoints) };
        self.overflown |= items.is_err();
        self.segments.push(Segment {
            key,
            start: items.unwrap_or(0),
            number,
            ports: self.lists.intern(&ports),
        });
    }

    /// Puts the segments into written order and numbers their items. Gives the count of all.
    fn number(mut self) -> Result<(Vec<Segment>, PortLists, u64), TargetError> {
        if self.overflown {
            return Err(TargetError::TooMany);
        }
        self.segments.shrink_to_fit();
        let order = |segment: &Segment| (segment.number, segment.key);
        self.segments.sort_unstable_by_key(order);
        let mut len = 0u64;
        for segment in &mut self.segments {
            let items = std::mem::replace(&mut segment.start, len);
            len = len.checked_add(items).ok_or(TargetError::TooMany)?;
        }
        Ok((self.segments, self.lists, len))
    }
}

#[cfg(test)]
mod tests {
    use super::super::space::{Item, Peek};
    use super::*;
    use crate::model::subject::Named;
    use crate::model::{Host, TlsUse};
    use proptest::prelude::*;
    use std::collections::HashSet;
    use std::net::{IpAddr, Ipv4Addr};

    fn builder(ports: &str) -> TargetsBuilder {
        TargetsBuilder::new(PortList::parse(ports).expect("ports"))
    }

    fn gather(ports: &str, written: &[&str]) -> Targets {
        let mut builder = builder(ports);
        for (text, position) in written.iter().zip(1..) {
            builder.add(Origin::Argument(position), text).expect(text);
        }
        builder.build().expect("targets")
    }

    /// Writes an item as `host:port`, with how TLS is used where it is not the usual.
    fn spell(item: &Item) -> String {
        match item {
            Item::Target(target) => {
                let tls = match target.endpoint.tls {
                    TlsUse::Opportunistic => "",
                    TlsUse::Never => "/plain",
                    TlsUse::Implicit => "/tls",
                };
                format!("{}{tls}", target.endpoint)
            }
            Item::Mx(mx) => format!("mx:{}:{}", mx.domain, mx.ports),
        }
    }

    fn spelled(targets: &Targets) -> Vec<String> {
        targets.iter().map(|item| spell(&item)).collect()
    }

    #[test]
    fn the_digest_names_what_was_written_in_its_order() {
        let of = |ports: &str, written: &[&str]| gather(ports, written).digest().to_string();
        let digest = of("25", &["192.0.2.1", "mail.example.com"]);
        // Spelling does not matter.
        assert_eq!(digest, of("25", &["192.0.2.1", "MAIL.example.com."]));
        for (ports, written) in [
            ("25", &["mail.example.com", "192.0.2.1"][..]),
            ("25,587", &["192.0.2.1", "mail.example.com"]),
            ("25", &["192.0.2.1"]),
            ("25", &["192.0.2.1", "mail.example.com", "192.0.2.1"]),
        ] {
            assert_ne!(digest, of(ports, written), "{written:?}");
        }
    }

    #[test]
    fn items_come_as_written_each_once() {
        for (ports, written, items) in [
            ("25", &[][..], &[][..]),
            ("25", &["a.example"], &["a.example:25"]),
            (
                "25,465",
                &["192.0.2.8/31", "a.example:587"],
                &[
                    "192.0.2.8:25",
                    "192.0.2.8:465/tls",
                    "192.0.2.9:25",
                    "192.0.2.9:465/tls",
                    "a.example:587",
                ],
            ),
            // repeated as they are, or in another spelling
            (
                "25",
                &[
                    "A.example.",
                    "192.0.2.1",
                    "a.example:25",
                    "::ffff:192.0.2.1",
                    "192.0.2.1-1",
                ],
                &["a.example:25", "192.0.2.1:25"],
            ),
            // the use of TLS makes a difference
            (
                "25",
                &[
                    "192.0.2.1:25/plain",
                    "192.0.2.1",
                    "smtps://192.0.2.1:25",
                    "192.0.2.1:25/plain",
                ],
                &["192.0.2.1:25/plain", "192.0.2.1:25", "192.0.2.1:25/tls"],
            ),
            // ports that an earlier target lacks
            (
                "25",
                &[
                    "192.0.2.1:587",
                    "192.0.2.1:25,587,465",
                    "a.example",
                    "a.example:2525,25",
                ],
                &[
                    "192.0.2.1:587",
                    "192.0.2.1:25",
                    "192.0.2.1:465/tls",
                    "a.example:25",
                    "a.example:2525",
                ],
            ),
            // networks in each other
            (
                "25",
                &["192.0.2.2/31", "192.0.2.0/29"],
                &[
                    "192.0.2.2:25",
                    "192.0.2.3:25",
                    "192.0.2.0:25",
                    "192.0.2.1:25",
                    "192.0.2.4:25",
                    "192.0.2.5:25",
                    "192.0.2.6:25",
                    "192.0.2.7:25",
                ],
            ),
            (
                "25",
                &["192.0.2.0/30:25", "192.0.2.2-5:25,26"],
                &[
                    "192.0.2.0:25",
                    "192.0.2.1:25",
                    "192.0.2.2:25",
                    "192.0.2.3:25",
                    "192.0.2.2:26",
                    "192.0.2.3:26",
                    "192.0.2.4:25",
                    "192.0.2.4:26",
                    "192.0.2.5:25",
                    "192.0.2.5:26",
                ],
            ),
            // a host that was written out keeps its place
            (
                "25",
                &["192.0.2.0/30", "192.0.2.1"],
                &[
                    "192.0.2.0:25",
                    "192.0.2.2:25",
                    "192.0.2.3:25",
                    "192.0.2.1:25",
                ],
            ),
            // domains
            (
                "25,587",
                &[
                    "mx:a.example",
                    "mx:A.example:587,465",
                    "mx:a.example:25",
                    "a.example:25",
                ],
                &["mx:a.example:25,587", "mx:a.example:465", "a.example:25"],
            ),
            // what is no host
            ("25", &["255.255.255.254/31"], &["255.255.255.254:25"]),
            ("25", &["224.0.0.0/4"], &[]),
            (
                "25",
                &["2001:db8::/127"],
                &["[2001:db8::]:25", "[2001:db8::1]:25"],
            ),
            ("25", &["::/127"], &["[::1]:25"]),
        ] {
            let targets = gather(ports, written);
            assert_eq!(spelled(&targets), items, "{written:?}");
            assert_eq!(targets.len(), items.len() as u64);
            assert_eq!(targets.is_empty(), items.is_empty());
        }
    }

    #[test]
    fn counts_what_was_left_out() {
        let targets = gather(
            "25,587",
            &[
                "224.0.0.0/30",
                "255.255.255.252/30",
                "192.0.2.0/30",
                "192.0.2.3:25",
                "a.example",
                "a.example",
            ],
        );
        assert_eq!(targets.addresses(), 7);
        assert_eq!(targets.left_out(), 5);
        assert_eq!(targets.duplicates(), 3);
        assert_eq!(targets.len(), 16);
    }

    #[test]
    fn items_say_what_was_written_where() {
        let domains = ["own.example", "a.example", "own.example"].map(|d| Name::parse(d).expect(d));
        let mut builder = builder("25").with_local_domains(domains);
        builder
            .add(Origin::Argument(1), " 192.0.2.77/31 ")
            .expect("a network");
        let list = b"192.0.2.77\nMail.Example:587 # the old one\nmx:a.example\n[2001:db8::1]:25\n";
        builder
            .add_list(&"hosts".into(), &list[..], BadLines::Refuse)
            .expect("a list");
        builder
            .add(Origin::Option("--rcpt"), "mail.example:26")
            .expect("a name");
        let targets = builder.build().expect("targets");
        let told: Vec<String> = targets
            .iter()
            .map(|item| match item {
                Item::Target(t) => {
                    let domains = t.local_domains.join(",");
                    format!(
                        "{} {} {:?} {:?} {domains}",
                        t.written, t.origin, t.named, t.address
                    )
                }
                Item::Mx(mx) => {
                    format!(
                        "{} {} {}",
                        mx.written,
                        mx.origin,
                        mx.local_domains.join(",")
                    )
                }
            })
            .collect();
        assert_eq!(
            told,
            [
                "192.0.2.77/31 argument 1 ByRange Some(192.0.2.76) own.example,a.example",
                "192.0.2.77 hosts:1 Explicitly Some(192.0.2.77) own.example,a.example",
                "Mail.Example:587 hosts:2 Explicitly None own.example,a.example",
                "mx:a.example hosts:3 a.example,own.example",
                "[2001:db8::1]:25 hosts:4 Explicitly Some(2001:db8::1) own.example,a.example",
                "mail.example:26 option --rcpt Explicitly None own.example,a.example",
            ]
        );
        let Some(Item::Mx(mx)) = targets.get(3) else {
            panic!("no domain")
        };
        let port = mx.ports.iter().next().expect("a port");
        let target = mx.target("mx1.a.example".into(), 10, None, port);
        assert_eq!(target.place(), "mx1.a.example:25");
        assert_eq!(target.origin.to_string(), "MX 10 of a.example");
        assert_eq!(
            (&*target.written, target.named),
            ("mx:a.example", Named::Explicitly)
        );
        assert_eq!(target.local_domains[0], "a.example".into());
    }

    #[test]
    fn lists_refuse_or_skip_bad_lines() {
        let list = b"192.0.2.1\nhttp://a.example\n192.0.2.2 25\n224.0.0.1\n192.0.2.3\n";
        let mut strict = builder("25");
        let error = strict
            .add_list(&"hosts".into(), &list[..], BadLines::Refuse)
            .expect_err("a bad line");
        assert_eq!(
            error.to_string(),
            "hosts:2: `http://a.example`: http:// is not how a mail server is reached"
        );
        let mut lenient = builder("25");
        let skipped = lenient
            .add_list(&"hosts".into(), &list[..], BadLines::Skip)
            .expect("a list");
        let said: Vec<String> = skipped.first.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "hosts:2: `http://a.example`: http:// is not how a mail server is reached",
                "hosts:3: `192.0.2.2 25`: more than one value",
                "hosts:4: `224.0.0.1`: a multicast address is no host",
            ]
        );
        assert_eq!(skipped.lines, 3);
        let targets = lenient.build().expect("targets");
        assert_eq!(spelled(&targets), ["192.0.2.1:25", "192.0.2.3:25"]);

        let many = "-\n".repeat(1000);
        let skipped = builder("25")
            .add_list(&"hosts".into(), many.as_bytes(), BadLines::Skip)
            .expect("a list");
        assert_eq!((skipped.lines, skipped.first.len()), (1000, 100));
    }

    #[test]
    fn large_spaces_need_permission_and_no_memory() {
        for (written, allow, outcome) in [
            (&["10.0.0.0/8"][..], AllowLarge::No, Ok(3 << 24)),
            // The same again is no more.
            (&["10.0.0.0/8", "10.0.0.0/9"], AllowLarge::No, Ok(3 << 24)),
            (
                &["192.0.2.1", "10.0.0.0/8"],
                AllowLarge::No,
                Err(
                    "16777217 addresses are to be scanned, 16777216 of them for `10.0.0.0/8` \
                     (argument 2); more than 16777216 need permission",
                ),
            ),
            (
                &["192.0.2.1", "10.0.0.0/8"],
                AllowLarge::Yes,
                Ok((3 << 24) + 3),
            ),
            (&["2001:db8::/96"], AllowLarge::Yes, Ok(3 << 32)),
            (
                &["0.0.0.0/0:25"],
                AllowLarge::Yes,
                Ok((1 << 32) - 2 - (1 << 28)),
            ),
            (&["2001:db8::/65:25"], AllowLarge::Yes, Ok(1 << 63)),
            (
                &["2001:db8::/65:25", "2001:db8:1::/65:25"],
                AllowLarge::Yes,
                Err("the targets are more than can be counted"),
            ),
            (
                &["2001:db8::/64:25"],
                AllowLarge::Yes,
                Err("the targets are more than can be counted"),
            ),
            (
                &["::/0"],
                AllowLarge::No,
                Err(
                    "338953138925153547590470800371219431421 addresses are to be scanned, \
                     340282366920938463463374607431768211455 of them for `::/0` (argument 1); \
                     more than 16777216 need permission",
                ),
            ),
            (
                &["::/0"],
                AllowLarge::Yes,
                Err("the targets are more than can be counted"),
            ),
        ] {
            let mut builder = builder("25,465,587").with_large(allow);
            for (text, position) in written.iter().zip(1..) {
                builder.add(Origin::Argument(position), text).expect(text);
            }
            let built = builder.build();
            if let Ok(targets) = &built {
                assert!(targets.segments.len() <= 4, "{written:?}");
            }
            let len = built
                .map(|targets| targets.len())
                .map_err(|e| e.to_string());
            assert_eq!(len, outcome.map_err(str::to_owned), "{written:?}");
        }
        // What a list of a million addresses is made of.
        assert_eq!(size_of::<Segment>(), 32);
        assert_eq!(size_of::<Claim>(), 48);
    }

    #[test]
    fn an_address_out_of_a_wide_network_is_where_it_belongs() {
        let targets = gather("25,465,587", &["10.0.0.0/8"]);
        for (index, item) in [
            (0, Some("10.0.0.0:25")),
            (1, Some("10.0.0.0:465/tls")),
            (2, Some("10.0.0.0:587")),
            (3, Some("10.0.0.1:25")),
            (3 * 256, Some("10.0.1.0:25")),
            (3 * 0x01_02_03 + 2, Some("10.1.2.3:587")),
            (3 * 0xff_ff_ff + 2, Some("10.255.255.255:587")),
            (3 << 24, None),
            (u64::MAX, None),
        ] {
            let got = targets.get(index).map(|item| spell(&item));
            assert_eq!(got.as_deref(), item, "{index}");
        }
    }

    /// An address of a small world: 12 of either family.
    fn world(host: u32) -> IpAddr {
        match host {
            0..12 => Ipv4Addr::from_bits(0xc000_0200 + host).into(),
            _ => format!("2001:db8::{:x}", host - 12)
                .parse()
                .expect("an address"),
        }
    }

    /// A written target of the small world, with the hosts it names and whether by their names.
    fn small() -> impl Strategy<Value = (String, Vec<String>, bool)> {
        let ports = proptest::sample::select(vec!["", ":25", ":25,587", ":587,25/tls", ":465,25"]);
        (0u32..24, 0u32..8, 0u32..4, ports).prop_map(|(first, more, kind, ports)| {
            let last = if first < 12 {
                (first + more).min(11)
            } else {
                (first + more).min(23)
            };
            match kind {
                0 => {
                    let name = format!("h{}.example", first % 4);
                    (format!("{name}{ports}"), vec![name], true)
                }
                1 => {
                    let host = world(first).to_string();
                    let text = if ports.is_empty() {
                        host.clone()
                    } else {
                        format!("[{host}]{ports}")
                    };
                    (text, vec![host], true)
                }
                _ => {
                    let text = format!("[{}]-[{}]{ports}", world(first), world(last));
                    (
                        text,
                        (first..=last).map(|host| world(host).to_string()).collect(),
                        false,
                    )
                }
            }
        })
    }

    proptest! {
        #[test]
        fn agrees_with_writing_every_endpoint_down(
            written in proptest::collection::vec(small(), 0..8), defaults in prop_oneof![Just("25"), Just("25,465/plain")])
        {
            let texts: Vec<&str> = written.iter().map(|(text, ..)| text.as_str()).collect();
            let targets = gather(defaults, &texts);

            let mut all = Vec::new();
            for (spec, (text, hosts, explicit)) in written.iter().enumerate() {
                let ports = TargetSpec::parse(text).expect("a target").ports;
                let ports = ports.unwrap_or_else(|| PortList::parse(defaults).expect("ports"));
                for host in hosts {
                    all.extend(ports.iter().map(|port| (spec, *explicit, host.clone(), port)));
                }
            }
            let kept: Vec<_> = all
                .iter()
                .filter(|(spec, explicit, host, port)| {
                    let same = |other: &&(usize, bool, String, PortSpec)| (&other.2, other.3) == (host, *port);
                    let first = all.iter().filter(same).min_by_key(|other| (!other.1, other.0));
                    first.is_some_and(|first| (first.0, first.1) == (*spec, *explicit))
                })
                .collect();

            let items: Vec<Item> = targets.iter().collect();
            let got: Vec<_> = items
                .iter()
                .map(|item| match item {
                    Item::Target(t) => (
                        &*t.written,
                        t.named == Named::Explicitly,
                        t.endpoint.host.to_string(),
                        t.endpoint.port,
                        t.endpoint.tls,
                    ),
                    Item::Mx(_) => panic!("no domain was written"),
                })
                .collect();
            let expected: Vec<_> = kept
                .iter()
                .map(|(spec, explicit, host, port)| {
                    (texts[*spec], *explicit, host.clone(), port.port(), port.tls())
                })
                .collect();
            prop_assert_eq!(got, expected);
            prop_assert_eq!(targets.len(), kept.len() as u64);
            prop_assert_eq!(targets.duplicates(), (all.len() - kept.len()) as u128);
            let addresses: HashSet<&String> =
                kept.iter().map(|(_, _, host, _)| host).filter(|host| !host.contains("example")).collect();
            prop_assert_eq!(targets.addresses(), addresses.len() as u128);

            for (item, index) in items.iter().zip(0..) {
                let got = targets.get(index);
                prop_assert_eq!(got.as_ref(), Some(item));
                let Item::Target(t) = item else { panic!("no domain was written") };
                match targets.peek(index) {
                    Some(Peek::Address(address, port)) => {
                        prop_assert_eq!(&t.endpoint.host, &Host::Address(address));
                        prop_assert_eq!(t.address, Some(address));
                        prop_assert_eq!((t.endpoint.port, t.endpoint.tls), (port.port(), port.tls()));
                    }
                    Some(Peek::Name(name, port)) => {
                        prop_assert_eq!(t.endpoint.host.to_string(), name);
                        prop_assert_eq!(t.address, None);
                        prop_assert_eq!((t.endpoint.port, t.endpoint.tls), (port.port(), port.tls()));
                    }
                    other => panic!("{other:?}"),
                }
            }
            prop_assert_eq!(targets.get(targets.len()), None);
            prop_assert_eq!(targets.peek(targets.len()), None);
        }

        #[test]
        fn a_network_gives_each_address_once(address in any::<u32>(), prefix in 24u32..=32) {
            let address = Ipv4Addr::from_bits(address & 0x7fff_ffff | 1);
            let targets = gather("25", &[&format!("{address}/{prefix}")]);
            let range = AddressRange::network(address.into(), prefix).expect("a network");
            let got: Vec<IpAddr> = targets
                .iter()
                .filter_map(|item| match item {
                    Item::Target(target) => target.address,
                    Item::Mx(_) => None,
                })
                .collect();
            let expected: Vec<IpAddr> =
                (range.first..=range.last).map(super::super::cidr::address).filter(|a| !a.is_unspecified()).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
