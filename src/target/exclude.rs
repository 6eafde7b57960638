//! What must never be contacted.
//!
//! In: exclusions as they were written, `-x` or lines of `--exclude-file`. Out: [`Exclusions`], which
//! tells for a host, an address and a port whether one of them forbids it, and which. A caller asks
//! before the name service, with the name alone, and again behind it, with each address.
//!
//! | written | forbids |
//! | --- | --- |
//! | `mail.example.com` | the host of that name, whatever its addresses |
//! | `.example.com`, `*.example.com` | every name below the domain, not the domain itself |
//! | `192.0.2.1`, `192.0.2.0/24`, `192.0.2.10-20` | these addresses, whatever name led to them |
//! | any of them with `:25,587` | these ports only |
//!
//! How TLS is used makes no difference: `:25/tls` forbids port 25. A bad line is always an error: to
//! leave out a line here would be to contact what must not be.
//!
//! An address that belongs to an excluded name, but is reached under another one, is not covered:
//! nothing is looked up.

use super::cidr::{AddressRange, key};
use super::cover::{Claim, divide};
use super::error::{Problem, TargetError, quote};
use super::list::Lines;
use super::name::Name;
use super::parse::{Place, TargetSpec};
use super::port::PortList;
use crate::model::{Host, Origin};
use std::collections::HashMap;
use std::fmt;
use std::io::BufRead;
use std::net::IpAddr;
use std::sync::Arc;

/// One exclusion, as a reason for not contacting something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    written: Box<str>,
    origin: Origin,
}

impl Exclusion {
    /// Gives what was written, escaped.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Gives where it was written.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.written, self.origin)
    }
}

/// An exclusion of names: which ports, and which entry says so.
#[derive(Debug, Clone)]
struct NameRule {
    ports: Option<PortList>,
    entry: u32,
}

/// What must not be contacted, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Exclusions {
    entries: Vec<Exclusion>,
    names: HashMap<Arc<str>, Vec<NameRule>>,
    /// Domains whose subdomains are excluded.
    parents: HashMap<Arc<str>, Vec<NameRule>>,
    /// For all ports (none) and for single ports: disjoint ranges in order, each with its entry.
    ranges: HashMap<Option<u16>, Vec<(AddressRange, u32)>>,
}

impl Exclusions {
    /// Tells whether an exclusion forbids a port of a host, and which. The address is what the name
    /// was resolved to; of a host that is an address it need not be given.
    pub fn covers(&self, host: &Host, address: Option<IpAddr>, port: u16) -> Option<&Exclusion> {
        let entry = match host {
            Host::Name(name) => self.covers_name(name, port),
            Host::Address(address) => self.covers_address(*address, port),
        };
        let entry = entry.or_else(|| self.covers_address(address?, port))?;
        self.entries.get(entry as usize)
    }

    /// Tells whether nothing is excluded.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn covers_name(&self, name: &str, port: u16) -> Option<u32> {
        // A name out of the name service may come in any case and with its final dot.
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let find =
            |rules: &[NameRule]| rules.iter().find(|rule| rule.covers(port)).map(|r| r.entry);
        let exact = self.names.get(name.as_str()).and_then(|rules| find(rules));
        exact.or_else(|| {
            name.match_indices('.')
                .filter_map(|(dot, _)| self.parents.get(&name[dot + 1..]))
                .find_map(|rules| find(rules))
        })
    }

    fn covers_address(&self, address: IpAddr, port: u16) -> Option<u32> {
        let key = key(address);
        [None, Some(port)].iter().find_map(|port| {
            let ranges = self.ranges.get(port)?;
            let behind = ranges.partition_point(|(range, _)| range.first <= key);
            let (range, entry) = ranges.get(behind.checked_sub(1)?)?;
            (key <= range.last).then_some(*entry)
        })
    }
}

impl NameRule {
    fn covers(&self, port: u16) -> bool {
        let ports = self.ports.as_ref();
        ports.is_none_or(|ports| ports.iter().any(|spec| spec.port() == port))
    }
}

/// Gathers exclusions.
#[derive(Debug, Clone, Default)]
pub struct ExclusionsBuilder {
    done: Exclusions,
    claims: Vec<Claim>,
    /// Ports of the entries that name some.
    ports: HashMap<u64, Box<[Option<u16>]>>,
}

impl ExclusionsBuilder {
    /// Excludes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one exclusion.
    pub fn add(&mut self, origin: Origin, text: &str) -> Result<(), TargetError> {
        let spec = match parse(text) {
            Ok(spec) => spec,
            Err(problem) => return Err(TargetError::written(origin, text, problem)),
        };
        let entry = u32::try_from(self.done.entries.len()).map_err(|_| TargetError::TooMany)?;
        match spec {
            Excluded::Name(name, ports) => {
                let rules = self.done.names.entry(name.shared()).or_default();
                rules.push(NameRule { ports, entry });
            }
            Excluded::Below(name, ports) => {
                let rules = self.done.parents.entry(name.shared()).or_default();
                rules.push(NameRule { ports, entry });
            }
            Excluded::Range(range, ports) => {
                let rank = u64::from(entry);
                self.claims.push(Claim { range, rank });
                if let Some(ports) = ports {
                    let ports = ports.iter().map(|spec| Some(spec.port())).collect();
                    self.ports.insert(rank, ports);
                }
            }
        }
        self.done.entries.push(Exclusion {
            written: quote(text.trim()).into(),
            origin,
        });
        Ok(())
    }

    /// Takes the lines of a file. Stops at the first that is wrong.
    pub fn add_list(&mut self, file: &Arc<str>, reader: impl BufRead) -> Result<(), TargetError> {
        for line in Lines::new(Arc::clone(file), reader) {
            let line = line?;
            self.add(line.origin, &line.text)?;
        }
        Ok(())
    }

    /// Makes them ready to be asked.
    pub fn build(self) -> Exclusions {
        let Self {
            mut done,
            claims,
            ports,
        } = self;
        const ALL: &[Option<u16>] = &[None];
        let labels = |rank| ports.get(&rank).map_or(ALL, |ports| ports);
        let mut shares: Vec<(AddressRange, u64, Vec<Option<u16>>)> = Vec::new();
        divide(claims, labels, |rank, range, labels| {
            shares.push((range, rank, labels.to_vec()));
        });
        shares.sort_unstable_by_key(|(range, ..)| range.first);
        for (range, rank, labels) in shares {
            for label in labels {
                // Ranks are entries here, which fit.
                let ranges = done.ranges.entry(label).or_default();
                ranges.push((range, rank as u32));
            }
        }
        done
    }
}

enum Excluded {
    Name(Name, Option<PortList>),
    Below(Name, Option<PortList>),
    Range(AddressRange, Option<PortList>),
}

fn parse(text: &str) -> Result<Excluded, Problem> {
    let text = text.trim();
    let below = text.strip_prefix("*.").or_else(|| text.strip_prefix('.'));
    let spec = TargetSpec::parse_exclusion(below.unwrap_or(text))?;
    Ok(match (spec.place, below) {
        (Place::Name(name) | Place::Mx(name), Some(_)) => Excluded::Below(name, spec.ports),
        (Place::Name(name) | Place::Mx(name), None) => Excluded::Name(name, spec.ports),
        (_, Some(_)) => return Err(Problem::WildcardAddress),
        (Place::Address(address), None) => {
            Excluded::Range(AddressRange::single(address), spec.ports)
        }
        (Place::Range(range), None) => Excluded::Range(range, spec.ports),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exclude(written: &[&str]) -> Exclusions {
        let mut builder = ExclusionsBuilder::new();
        for text in written {
            builder.add(Origin::Option("-x"), text).expect(text);
        }
        builder.build()
    }

    fn host(text: &str) -> Host {
        match text.parse() {
            Ok(address) => Host::Address(address),
            Err(_) => Host::Name(text.into()),
        }
    }

    #[test]
    fn covers_names_addresses_and_ports() {
        for (written, asked, address, port, by) in [
            (&[][..], "a.example", None, 25, None),
            // names
            (&["a.example"], "a.example", None, 25, Some("a.example")),
            (&["A.Example."], "a.example", None, 25, Some("A.Example.")),
            (&["a.example"], "A.EXAMPLE.", None, 25, Some("a.example")),
            (&["a.example"], "b.a.example", None, 25, None),
            (&["a.example"], "ba.example", None, 25, None),
            (&[".a.example"], "b.a.example", None, 25, Some(".a.example")),
            (
                &["*.a.example"],
                "c.b.a.example",
                None,
                25,
                Some("*.a.example"),
            ),
            (&[".a.example"], "a.example", None, 25, None),
            (&[".a.example"], "ba.example", None, 25, None),
            (&[".example"], "a.example", None, 25, Some(".example")),
            (
                &["b\u{fc}cher.example"],
                "xn--bcher-kva.example",
                None,
                25,
                Some("b\u{fc}cher.example"),
            ),
            // the address a name leads to
            (&["192.0.2.0/24"], "a.example", None, 25, None),
            (
                &["192.0.2.0/24"],
                "a.example",
                Some("192.0.2.9"),
                25,
                Some("192.0.2.0/24"),
            ),
            (&["192.0.2.0/24"], "a.example", Some("192.0.3.9"), 25, None),
            (
                &["a.example", "192.0.2.9"],
                "a.example",
                Some("192.0.2.9"),
                25,
                Some("a.example"),
            ),
            // addresses
            (&["192.0.2.1"], "192.0.2.1", None, 25, Some("192.0.2.1")),
            (
                &["192.0.2.1"],
                "::ffff:192.0.2.1",
                None,
                25,
                Some("192.0.2.1"),
            ),
            (
                &["::ffff:192.0.2.0/120"],
                "192.0.2.1",
                None,
                25,
                Some("::ffff:192.0.2.0/120"),
            ),
            (
                &["192.0.2.10-20"],
                "192.0.2.20",
                None,
                25,
                Some("192.0.2.10-20"),
            ),
            (&["192.0.2.10-20"], "192.0.2.21", None, 25, None),
            (
                &["2001:db8::/32"],
                "2001:db8:9::1",
                None,
                25,
                Some("2001:db8::/32"),
            ),
            (&["0.0.0.0/0"], "2001:db8::1", None, 25, None),
            (&["::/0"], "192.0.2.1", None, 25, Some("::/0")),
            (&["ff00::/8"], "ffff::1", None, 25, Some("ff00::/8")),
            (
                &["255.255.255.255"],
                "255.255.255.255",
                None,
                25,
                Some("255.255.255.255"),
            ),
            // ports
            (
                &["a.example:25"],
                "a.example",
                None,
                25,
                Some("a.example:25"),
            ),
            (&["a.example:25"], "a.example", None, 587, None),
            (
                &["*.example:25,465"],
                "a.example",
                None,
                465,
                Some("*.example:25,465"),
            ),
            (
                &["192.0.2.0/24:25/tls"],
                "192.0.2.1",
                None,
                25,
                Some("192.0.2.0/24:25/tls"),
            ),
            (&["192.0.2.0/24:25,25/tls"], "192.0.2.1", None, 26, None),
            (
                &["a.example:25", "a.example:587"],
                "a.example",
                None,
                587,
                Some("a.example:587"),
            ),
            (
                &["[2001:db8::1]:25"],
                "2001:db8::1",
                None,
                25,
                Some("[2001:db8::1]:25"),
            ),
            // several: the one for all ports, then the first
            (
                &["192.0.2.1", "192.0.2.0/24"],
                "192.0.2.1",
                None,
                25,
                Some("192.0.2.1"),
            ),
            (
                &["192.0.2.1", "192.0.2.0/24"],
                "192.0.2.2",
                None,
                25,
                Some("192.0.2.0/24"),
            ),
            (
                &["192.0.2.1:25", "192.0.2.0/24"],
                "192.0.2.1",
                None,
                25,
                Some("192.0.2.0/24"),
            ),
        ] {
            let exclusions = exclude(written);
            let address = address.map(|text| text.parse().expect("an address"));
            let found = exclusions.covers(&host(asked), address, port);
            assert_eq!(
                found.map(Exclusion::written),
                by,
                "{written:?} {asked} {port}"
            );
            assert_eq!(exclusions.is_empty(), written.is_empty());
        }
    }

    #[test]
    fn refuses_what_cannot_be_excluded() {
        for (text, message) in [
            ("", "option -x: ``: nothing is written"),
            (
                "mx:a.example",
                "option -x: `mx:a.example`: `mx:` does not belong to an exclusion",
            ),
            (
                "smtp://a.example",
                "option -x: `smtp://a.example`: `://` does not belong to an exclusion",
            ),
            (
                "*.192.0.2.1",
                "option -x: `*.192.0.2.1`: only names have subdomains",
            ),
            (
                ".192.0.2.0/24",
                "option -x: `.192.0.2.0/24`: only names have subdomains",
            ),
            ("*", "option -x: `*`: `*` cannot stand in a host name"),
            (
                "a.*.example",
                "option -x: `a.*.example`: `*` cannot stand in a host name",
            ),
            (
                "..example",
                "option -x: `..example`: a host name has no empty label",
            ),
            (
                "192.0.2.*",
                "option -x: `192.0.2.*`: `192.0.2.*` has ranges or wild cards inside an address",
            ),
            ("a b\n", "option -x: `a b\\x0a`: more than one value"),
        ] {
            let mut builder = ExclusionsBuilder::new();
            let error = builder.add(Origin::Option("-x"), text).expect_err(text);
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn files_name_the_line_and_never_skip() {
        let mut builder = ExclusionsBuilder::new();
        let list = b"# keep off\n192.0.2.0/24 # ours\n\n224.0.0.0/4\n";
        builder
            .add_list(&"keep-off".into(), &list[..])
            .expect("a list");
        let exclusions = builder.build();
        let found = exclusions
            .covers(&host("192.0.2.7"), None, 25)
            .expect("covered");
        assert_eq!(found.to_string(), "192.0.2.0/24 (keep-off:2)");
        let mut builder = ExclusionsBuilder::new();
        let error = builder
            .add_list(&"keep-off".into(), &b"192.0.2.1\n192.0.2.999\n"[..])
            .expect_err("a bad line");
        assert_eq!(
            error.to_string(),
            "keep-off:2: `192.0.2.999`: `192.0.2.999` is not an IPv4 address"
        );
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_every_entry(
            written in proptest::collection::vec(
                (0u8..30, 0u8..10, proptest::sample::select(vec!["", ":25", ":25/tls,587", ":587"])), 0..8),
            asked in 0u8..42, port in proptest::sample::select(vec![25u16, 587, 465]))
        {
            let texts: Vec<String> = written
                .iter()
                .map(|(first, more, ports)| format!("192.0.2.{first}-{}{ports}", first + more))
                .collect();
            let exclusions = exclude(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            let covers = |entry: &&(u8, u8, &str), whole: bool| {
                let (first, more, ports) = entry;
                let ports_fit = match (ports.is_empty(), whole) {
                    (true, true) => true,
                    (false, false) => ports.contains(&port.to_string()),
                    _ => false,
                };
                ports_fit && (*first..=first + more).contains(&asked)
            };
            let find = |whole| written.iter().position(|entry| covers(&entry, whole));
            let expected = find(true).or_else(|| find(false)).map(|entry| texts[entry].as_str());
            let found = exclusions.covers(&host(&format!("192.0.2.{asked}")), None, port);
            prop_assert_eq!(found.map(Exclusion::written), expected);
        }
    }
}
