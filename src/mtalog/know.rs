//! What is one's own: domains, hosts, networks; given by the user, or inferred from the log.
//!
//! In: what the user gives, and what deliveries show. Out: whose an address is, and what a client is to this
//! server. Where no own domain is given, those are taken for own that are delivered to here, the domains of the
//! hosts, and those whose addresses the server turned into others (aliases); a report says so, and what rests on it
//! is less sure.
//!
//! Deliberately infers no trusted network: clients that never log in and send to everybody are trusted or are
//! what is looked for, and a log does not tell which.
//!
//! Limits: 10,000 domains are inferred, no more.

use crate::mtaconf::domains::is_top_level;
use crate::mtaconf::nets::Net;
use hashbrown::HashSet;
use std::cell::Cell;
use std::net::IpAddr;

/// How many domains are inferred.
const MOST_LEARNT: usize = 10_000;

/// Longest name of a domain, RFC 1035.
const LONGEST: usize = 255;

/// What a client is to this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The log does not tell: it begins in the middle.
    Unknown,
    /// The host itself, or a program of it over loopback.
    Host,
    /// In a network that is trusted.
    Trusted,
    /// A relay that is known to bring mail here: a scanner, another exchanger.
    Relay,
    /// Logged in on this message.
    Account,
    /// None of these.
    Outsider,
}

/// Whose an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The null address: nobody's.
    Nobody,
    /// One's own.
    Own,
    /// A stranger's.
    Foreign,
}

/// What is one's own.
#[derive(Debug, Clone, Default)]
pub struct Know {
    own: HashSet<Box<[u8]>>,
    learnt: HashSet<Box<[u8]>>,
    hosts: HashSet<Box<[u8]>>,
    addresses: HashSet<IpAddr>,
    trusted: Vec<Net>,
    relays: Vec<Net>,
    given: bool,
    /// The client that was asked for last, with what it is: several questions are asked of each.
    asked: Cell<Option<(IpAddr, Standing)>>,
}

impl Know {
    /// Knows nothing: everything is inferred.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes own domains, and those that are relayed on purpose: what lies below is own, too.
    #[must_use]
    pub fn with_domains<S: AsRef<str>>(mut self, domains: impl IntoIterator<Item = S>) -> Self {
        for domain in domains {
            let name = domain.as_ref().trim().trim_matches('.');
            if !name.is_empty() {
                self.own.insert(lower(name.as_bytes()));
                self.given = true;
            }
        }
        self
    }

    /// Takes own domains of which there are more than are named: the others are inferred.
    #[must_use]
    pub fn with_some_domains<S: AsRef<str>>(
        mut self,
        domains: impl IntoIterator<Item = S>,
    ) -> Self {
        for domain in domains {
            let name = domain.as_ref().trim().trim_matches('.');
            if !name.is_empty() && name.len() <= LONGEST {
                let known = if self.given {
                    &mut self.own
                } else {
                    &mut self.learnt
                };
                known.insert(lower(name.as_bytes()));
            }
        }
        self
    }

    /// Takes trusted networks.
    #[must_use]
    pub fn with_trusted(mut self, nets: impl IntoIterator<Item = Net>) -> Self {
        self.trusted.extend(nets);
        self.asked.set(None);
        self
    }

    /// Takes networks of relays that bring mail here.
    #[must_use]
    pub fn with_relays(mut self, nets: impl IntoIterator<Item = Net>) -> Self {
        self.relays.extend(nets);
        self.asked.set(None);
        self
    }

    /// Takes a name of the server, such as its `myhostname`.
    #[must_use]
    pub fn with_host(mut self, name: &str) -> Self {
        self.host(name.as_bytes());
        self
    }

    /// Takes an address of the server.
    #[must_use]
    pub fn with_address(mut self, address: IpAddr) -> Self {
        self.addresses.insert(address.to_canonical());
        self.asked.set(None);
        self
    }

    /// Tells whether own domains have to be inferred.
    pub(super) fn infers(&self) -> bool {
        !self.given
    }

    /// Gives the domains that were inferred, in order.
    pub(super) fn inferred(&self) -> Vec<&[u8]> {
        let mut all: Vec<&[u8]> = self.learnt.iter().map(|name| &**name).collect();
        all.sort_unstable();
        all
    }

    /// Learns the name of a host that logs.
    pub(super) fn host(&mut self, name: &[u8]) {
        if name.is_empty() || name.len() > LONGEST {
            return;
        }
        let name = lower(name);
        let address = std::str::from_utf8(&name).is_ok_and(|n| n.parse::<IpAddr>().is_ok());
        if let Some(dot) = memchr::memchr(b'.', &name)
            && !address
        {
            let above = &name[dot + 1..];
            if std::str::from_utf8(above).is_ok_and(|above| !is_top_level(above)) {
                self.learn_domain(above);
            }
            self.learn_domain(&name);
        }
        self.hosts.insert(name);
    }

    /// Learns that an address is delivered to here.
    pub(super) fn learn(&mut self, address: &[u8]) {
        if let Some(domain) = domain(address).filter(|_| self.infers()) {
            self.learn_domain(domain);
        }
    }

    /// Learns from an address that the server has turned into another one: its domain is one of aliases.
    pub(super) fn learn_alias(&mut self, original: &[u8], to: &[u8]) {
        if self.infers()
            && !routed(original)
            && let (Some(alias), Some(other)) = (domain(original), domain(to))
            && !alias.eq_ignore_ascii_case(other)
        {
            self.learn_domain(alias);
        }
    }

    fn learn_domain(&mut self, domain: &[u8]) {
        if self.infers()
            && domain.len() <= LONGEST
            && self.learnt.len() < MOST_LEARNT
            && !self.is_own(domain)
        {
            self.learnt.insert(lower(domain));
        }
    }

    /// Tells whether a domain is one's own, or below one that is.
    pub(super) fn is_own(&self, domain: &[u8]) -> bool {
        let domain = domain.strip_suffix(b".").unwrap_or(domain);
        if domain.len() > LONGEST {
            return false;
        }
        let mut low = [0; LONGEST];
        let low = &mut low[..domain.len()];
        low.copy_from_slice(domain);
        low.make_ascii_lowercase();
        let own = if self.given { &self.own } else { &self.learnt };
        let mut name: &[u8] = low;
        loop {
            if own.contains(name) {
                return true;
            }
            match memchr::memchr(b'.', name) {
                Some(dot) => name = &name[dot + 1..],
                None => return false,
            }
        }
    }

    /// Tells whose an address is, by its domain. One without a domain is delivered to here.
    pub(super) fn whose(&self, address: &[u8]) -> Whose {
        match (address, domain(address)) {
            ([], _) => Whose::Nobody,
            (_, None) => Whose::Own,
            (_, Some(domain)) => match literal(domain) {
                Some(literal) if self.is_self(literal) => Whose::Own,
                _ if self.is_own(domain) => Whose::Own,
                _ => Whose::Foreign,
            },
        }
    }

    /// Tells whether mail for a routed address goes to strangers once the route is taken out.
    pub(super) fn leads_out(&self, address: &[u8]) -> bool {
        let mut address = address.to_vec();
        // Each step takes a sign away; a longer route is followed no further.
        for _ in 0..8 {
            match unwrapped(&address) {
                Some(inner) => address = inner,
                None => break,
            }
        }
        self.whose(&address) == Whose::Foreign
    }

    /// Tells whether somebody is a sender of one's own; a sender rewritten for forwarding (SRS) is not.
    pub(super) fn is_own_sender(&self, sender: &[u8]) -> bool {
        self.whose(sender) == Whose::Own && !is_srs(sender)
    }

    /// Tells what a client is to this server.
    pub(super) fn standing(&self, client: Option<IpAddr>, logged_in: bool) -> Standing {
        let Some(address) = client.map(|address| address.to_canonical()) else {
            return Standing::Host;
        };
        if logged_in {
            return Standing::Account;
        }
        if let Some((known, standing)) = self.asked.get()
            && known == address
        {
            return standing;
        }
        let standing = self.stands(address);
        self.asked.set(Some((address, standing)));
        standing
    }

    fn stands(&self, address: IpAddr) -> Standing {
        let net = Net::host(address);
        if net.is_loopback() || self.addresses.contains(&address) {
            Standing::Host
        } else if self.relays.iter().any(|relay| relay.contains(net)) {
            Standing::Relay
        } else if net.is_private() || self.trusted.iter().any(|trusted| trusted.contains(net)) {
            Standing::Trusted
        } else {
            Standing::Outsider
        }
    }

    /// Tells whether an address is the server's.
    fn is_self(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.addresses.contains(&address.to_canonical())
    }

    /// Tells whether a HELO name is that of the server: its name, its address, localhost.
    pub(super) fn is_own_helo(&self, helo: &[u8]) -> bool {
        if helo.is_empty() || helo.len() > LONGEST {
            return false;
        }
        let mut low = [0; LONGEST];
        let low = &mut low[..helo.len()];
        low.copy_from_slice(helo);
        low.make_ascii_lowercase();
        let bare = low.strip_suffix(b".").unwrap_or(low);
        if matches!(bare, b"localhost" | b"localhost.localdomain") || self.hosts.contains(bare) {
            return true;
        }
        // An address has a colon, or ends in a digit.
        let maybe = bare.contains(&b':') || bare.last().is_some_and(u8::is_ascii_digit);
        let address = match maybe {
            true => std::str::from_utf8(bare).ok(),
            false => None,
        };
        let address = address.and_then(|text| text.parse().ok());
        if let Some(address) = literal(bare).or(address) {
            return self.is_self(address);
        }
        // Logs often have the first part of the name alone.
        memchr::memchr(b'.', bare)
            .is_some_and(|dot| self.hosts.contains(&bare[..dot]) && self.is_own(&bare[dot + 1..]))
    }
}

/// Reads an address literal.
fn literal(domain: &[u8]) -> Option<IpAddr> {
    let inside = domain.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let bare = match inside.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case(b"ipv6:") => &inside[5..],
        _ => inside,
    };
    std::str::from_utf8(bare).ok()?.parse().ok()
}

/// Gives what is behind the last at-sign.
pub(super) fn domain(address: &[u8]) -> Option<&[u8]> {
    let at = memchr::memrchr(b'@', address)?;
    Some(&address[at + 1..]).filter(|domain| !domain.is_empty())
}

/// Tells whether an address holds a route: %, !, a second or a quoted @, a leading @.
pub(super) fn routed(address: &[u8]) -> bool {
    let local = match memchr::memrchr(b'@', address) {
        Some(at) => &address[..at],
        None => address,
    };
    local.is_empty() && address.len() > 1 || memchr::memchr3(b'%', b'!', b'@', local).is_some()
}

/// Takes one step of a route out of an address; nothing if it holds none.
fn unwrapped(address: &[u8]) -> Option<Vec<u8>> {
    // @a,@b:user@c
    if address.first() == Some(&b'@') {
        let colon = memchr::memchr(b':', address)?;
        return Some(address[colon + 1..].to_vec());
    }
    let local = match memchr::memrchr(b'@', address) {
        Some(at) => &address[..at],
        None => address,
    };
    let bare = local
        .strip_prefix(b"\"")
        .and_then(|inside| inside.strip_suffix(b"\""))
        .unwrap_or(local);
    if memchr::memchr(b'@', bare).is_some() {
        return Some(bare.to_vec());
    }
    if let Some(percent) = memchr::memrchr(b'%', bare) {
        let mut inner = bare.to_vec();
        inner[percent] = b'@';
        return Some(inner);
    }
    let bang = memchr::memchr(b'!', bare)?;
    let mut inner = bare[bang + 1..].to_vec();
    // host!host!user goes on to the next host.
    if memchr::memchr(b'!', &inner).is_none() {
        inner.push(b'@');
        inner.extend_from_slice(&bare[..bang]);
    }
    Some(inner)
}

/// Tells whether a sender was rewritten for forwarding.
pub(super) fn is_srs(sender: &[u8]) -> bool {
    sender.len() > 5
        && (sender[..4].eq_ignore_ascii_case(b"SRS0") || sender[..4].eq_ignore_ascii_case(b"SRS1"))
        && matches!(sender[4], b'=' | b'+' | b'-')
}

fn lower(name: &[u8]) -> Box<[u8]> {
    name.to_ascii_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn know() -> Know {
        Know::new()
            .with_domains(["Example.COM.", ""])
            .with_trusted([Net::parse("192.0.2.0/24").expect("a network")])
            .with_relays([Net::parse("198.51.100.8").expect("a network")])
            .with_host("mail.example.com")
            .with_address("203.0.113.1".parse().expect("an address"))
    }

    #[test]
    fn knows_whose_an_address_is() {
        let know = know();
        for (address, whose) in [
            ("", Whose::Nobody),
            ("a@example.com", Whose::Own),
            ("a@MAIL.Example.Com.", Whose::Own),
            ("a@badexample.com", Whose::Foreign),
            ("a@com", Whose::Foreign),
            ("postmaster", Whose::Own),
            ("\"a@b\"@example.com", Whose::Own),
            ("a@[203.0.113.1]", Whose::Own),
            ("a@[IPv6:::1]", Whose::Own),
            ("a@[203.0.113.2]", Whose::Foreign),
        ] {
            assert_eq!(know.whose(address.as_bytes()), whose, "{address}");
        }
        let long = [b"a@".to_vec(), vec![b'x'; 70_000]].concat();
        assert_eq!(know.whose(&long), Whose::Foreign);
    }

    #[test]
    fn follows_routes_to_their_end() {
        let know = know();
        for (address, leads_out) in [
            ("victim%example.net@example.com", true),
            ("user%example.com@example.com", false),
            ("example.net!victim@example.com", true),
            ("a!example.net!victim@example.com", true),
            ("@example.com:victim@example.net", true),
            ("@example.com:user@example.com", false),
            ("\"victim@example.net\"@example.com", true),
            ("victim@example.net@example.com", true),
            ("a%b%example.net%example.com@example.com", true),
            ("\"victim%example.net\"@example.com", true),
        ] {
            assert!(routed(address.as_bytes()), "{address}");
            assert_eq!(know.leads_out(address.as_bytes()), leads_out, "{address}");
        }
        for address in ["user@example.com", "postmaster", "", "a+b=c@example.com"] {
            assert!(!routed(address.as_bytes()), "{address}");
        }
        for hostile in ["@", "@:", "%", "!", "\"\"@", "@@@@", "!!!!", "@a"] {
            know.leads_out(hostile.as_bytes());
        }
    }

    #[test]
    fn knows_what_a_client_is() {
        let know = know();
        for (address, standing) in [
            ("127.0.0.1", Standing::Host),
            ("::1", Standing::Host),
            ("203.0.113.1", Standing::Host),
            ("10.1.2.3", Standing::Trusted),
            ("fe80::1", Standing::Trusted),
            ("192.0.2.9", Standing::Trusted),
            ("::ffff:192.0.2.9", Standing::Trusted),
            ("198.51.100.8", Standing::Relay),
            ("198.51.100.9", Standing::Outsider),
            ("2001:db8::1", Standing::Outsider),
        ] {
            let address = address.parse().ok();
            assert_eq!(know.standing(address, false), standing, "{address:?}");
            assert_eq!(know.standing(address, true), Standing::Account);
        }
        assert_eq!(know.standing(None, false), Standing::Host);
    }

    #[test]
    fn infers_domains_only_where_none_is_given() {
        let mut know = Know::new();
        know.host(b"mail.example.com");
        know.host(b"mx.net");
        know.host(b"192.0.2.1");
        know.learn(b"a@Example.ORG");
        know.learn_alias(b"sales@example.net", b"someone@mail.invalid");
        know.learn_alias(b"same@strange.example", b"other@strange.example");
        know.learn_alias(b"v%strange.example@odd.example", b"v@strange.example");
        for (domain, own) in [
            ("example.com", true),
            ("example.org", true),
            ("example.net", true),
            ("mx.net", true),
            ("net", false),
            ("mail.invalid", false),
            ("strange.example", false),
            ("odd.example", false),
        ] {
            assert_eq!(know.is_own(domain.as_bytes()), own, "{domain}");
        }
        assert!(know.infers());

        let mut given = super::tests::know();
        given.learn(b"a@example.org");
        given.host(b"mail.example.net");
        assert!(!given.is_own(b"example.org") && !given.is_own(b"example.net"));
        assert!(!given.infers() && given.inferred().is_empty());
    }

    #[test]
    fn some_domains_leave_the_others_to_be_inferred() {
        let mut know = Know::new().with_some_domains(["Example.COM."]);
        know.learn(b"a@example.org");
        assert!(know.infers());
        assert!(know.is_own(b"example.com") && know.is_own(b"example.org"));
        let given = Know::new()
            .with_domains(["example.net"])
            .with_some_domains(["example.com"]);
        assert!(!given.infers());
        assert!(given.is_own(b"example.net") && given.is_own(b"example.com"));
    }

    #[test]
    fn knows_its_own_name_in_a_greeting() {
        let mut know = know();
        know.host(b"mx1");
        for (helo, own) in [
            ("mail.example.com", true),
            ("MAIL.example.com.", true),
            ("mx1", true),
            ("mx1.example.com", true),
            ("mx1.example.net", false),
            ("localhost", true),
            ("[127.0.0.1]", true),
            ("203.0.113.1", true),
            ("[203.0.113.1]", true),
            ("203.0.113.2", false),
            ("other.example.com", false),
            ("", false),
        ] {
            assert_eq!(know.is_own_helo(helo.as_bytes()), own, "{helo}");
        }
    }

    #[test]
    fn rewritten_senders_are_not_own() {
        let know = know();
        assert!(know.is_own_sender(b"a@example.com"));
        assert!(!know.is_own_sender(b"SRS0=Ab=XY=example.net=j@example.com"));
        assert!(!know.is_own_sender(b"srs1+x=y@example.com"));
        assert!(know.is_own_sender(b"srs0@example.com"));
        assert!(!know.is_own_sender(b""));
    }
}
