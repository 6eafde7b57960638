//! Holes such as `{target_host}`, and filling them.
//!
//! In: a form, who we are, what the target is called. Out: the exact bytes of its envelope, once for
//! each name it can be tried with, best names first.
//!
//! Random parts come from a seed, so that a run can be repeated to the byte.
//!
//! Limits: at most as many instances of a form as the caller allows. A form with a hole that has no
//! value has no instance: nothing is made up.
//!
//! References: RFC 5321 4.1.3 (address literals), RFC 5737 and RFC 3849 (documentation addresses),
//! RFC 2606 (example domains, .invalid).

use super::forms::AddressForm;
use crate::model::mix;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

/// Every hole a template may have.
pub const HOLES: &[&str] = &[
    "probe_sender",
    "probe_user",
    "ext_user",
    "ext_domain",
    "other_ext_domain",
    "target_host",
    "target_domain",
    "target_ip",
    "local_user",
    "random",
    "random_user",
    "other_host",
    "internal_name",
    "ext_ip",
    "ext_ip6",
];

/// Who we say we are, and whom we write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Local part of the sender.
    pub probe_user: String,
    /// Domain of the sender.
    pub probe_domain: String,
    /// Local part of the outside recipient.
    pub ext_user: String,
    /// Domain of the outside recipient.
    pub ext_domain: String,
    /// A mailbox that exists at the target.
    pub local_user: String,
    /// Seed of the random parts.
    pub seed: u64,
}

impl Identity {
    /// Gives an outside domain that has nothing to do with the recipient's.
    pub fn other_ext_domain(&self) -> &'static str {
        if self.ext_domain.eq_ignore_ascii_case("example.net") {
            "example.com"
        } else {
            "example.net"
        }
    }
}

/// What the holes are filled with for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holes<'a> {
    /// Who we are.
    pub identity: Cow<'a, Identity>,
    /// Host names of the target, best first.
    pub hosts: Vec<String>,
    /// Domains the target serves or may serve, best first.
    pub domains: Vec<String>,
    /// The target's address.
    pub peer: IpAddr,
}

/// A form with its holes filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The EHLO argument, where the form chooses it.
    pub hello: Option<String>,
    /// The XCLIENT attributes, where the form sends them.
    pub xclient: Option<String>,
    /// The transaction before, begun and reset.
    pub prelude: Option<(Vec<u8>, Vec<u8>)>,
    /// What stands behind `MAIL FROM:`.
    pub sender: Vec<u8>,
    /// What stands behind each `RCPT TO:`.
    pub recipients: Vec<Vec<u8>>,
    /// Which recipient is judged.
    pub judged: usize,
}

impl Filled {
    /// Gives what stands behind the last at sign of the judged recipient, quoted ones not counted:
    /// the place its local part belongs to. `None` if there is no at sign.
    pub fn home(&self) -> Option<&[u8]> {
        let path = &self.recipients[self.judged];
        let path = path.strip_suffix(b">").unwrap_or(path);
        let mut quoted = false;
        let mut last = None;
        for (index, byte) in path.iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b'@' if !quoted => last = Some(index),
                _ => {}
            }
        }
        last.map(|at| &path[at + 1..])
    }
}

impl Filled {
    /// Gives the same envelope with one outside domain put in place of another, wherever it stands.
    /// `None` if the judged recipient does not hold it.
    pub fn moved(&self, from: &[u8], to: &[u8]) -> Option<Self> {
        let within = |bytes: &[u8]| replace(bytes, from, to);
        let moved = Self {
            sender: within(&self.sender),
            recipients: self.recipients.iter().map(|r| within(r)).collect(),
            ..self.clone()
        };
        (moved.recipients[self.judged] != self.recipients[self.judged]).then_some(moved)
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + to.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        match rest.strip_prefix(from) {
            Some(behind) if !from.is_empty() => {
                out.extend_from_slice(to);
                rest = behind;
            }
            _ => {
                out.push(rest[0]);
                rest = &rest[1..];
            }
        }
    }
    out
}

/// The holes that are filled with something of the target, with their braces.
const OF_TARGET: [&str; 5] = [
    "{target_host}",
    "{target_domain}",
    "{target_ip}",
    "{random}",
    "{random_user}",
];

/// Gives the instance of a form that is the same for every target; `None` where it holds something of the target.
pub fn instance_for_all(form: &AddressForm, identity: &Identity) -> Option<Filled> {
    if OF_TARGET.iter().any(|hole| form.uses(hole)) {
        return None;
    }
    let holes = Holes {
        identity: Cow::Borrowed(identity),
        hosts: Vec::new(),
        domains: Vec::new(),
        peer: Ipv4Addr::UNSPECIFIED.into(),
    };
    instances(form, &holes, 1).pop()
}

/// Gives the instances of a form for a target, at most `most`, without duplicates.
pub fn instances(form: &AddressForm, holes: &Holes<'_>, most: usize) -> Vec<Filled> {
    let choices = |used: bool, names: &[String]| -> Vec<Option<String>> {
        if used {
            names.iter().take(most).cloned().map(Some).collect()
        } else {
            vec![None]
        }
    };
    let hosts = choices(form.uses("{target_host}"), &holes.hosts);
    let domains = choices(form.uses("{target_domain}"), &holes.domains);
    let mut found: Vec<Filled> = Vec::new();
    for host in &hosts {
        for domain in &domains {
            let names = Names {
                host: host.as_deref(),
                domain: domain.as_deref(),
            };
            if let Some(filled) = fill_form(form, holes, names)
                && found.len() < most
                && !found.contains(&filled)
            {
                found.push(filled);
            }
        }
    }
    found
}

#[derive(Clone, Copy)]
struct Names<'a> {
    host: Option<&'a str>,
    domain: Option<&'a str>,
}

fn fill_form(form: &AddressForm, holes: &Holes<'_>, names: Names<'_>) -> Option<Filled> {
    let text = |template: &str| fill(template, holes, names);
    let bytes = |template: &str| text(template).map(String::into_bytes);
    let optional = |template: Option<&str>| match template {
        Some(template) => text(template).map(Some),
        None => Some(None),
    };
    Some(Filled {
        hello: optional(form.hello)?,
        xclient: optional(form.xclient)?,
        prelude: match form.prelude {
            Some((sender, recipient)) => Some((bytes(sender)?, bytes(recipient)?)),
            None => None,
        },
        sender: bytes(form.sender)?,
        recipients: form
            .recipients
            .iter()
            .map(|template| bytes(template))
            .collect::<Option<_>>()?,
        judged: form.judged,
    })
}

/// Fills one template; `None` if a hole has no value. Control characters never get in.
fn fill(template: &str, holes: &Holes<'_>, names: Names<'_>) -> Option<String> {
    let mut out = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, behind) = rest.split_at(open);
        out.push_str(before);
        let close = behind.find('}')?;
        let value = value(&behind[1..close], out.ends_with('['), holes, names)?;
        match value.chars().any(char::is_control) {
            true => out.extend(value.chars().filter(|c| !c.is_control())),
            false => out.push_str(&value),
        }
        rest = &behind[close + 1..];
    }
    out.push_str(rest);
    Some(out)
}

fn value<'a>(
    hole: &str,
    in_brackets: bool,
    holes: &'a Holes<'_>,
    names: Names<'a>,
) -> Option<Cow<'a, str>> {
    let identity = &*holes.identity;
    Some(match hole {
        "probe_sender" => format!("{}@{}", identity.probe_user, identity.probe_domain).into(),
        "probe_user" => (&identity.probe_user).into(),
        "ext_user" => (&identity.ext_user).into(),
        "ext_domain" => (&identity.ext_domain).into(),
        "other_ext_domain" => identity.other_ext_domain().into(),
        "target_host" => names.host?.into(),
        "target_domain" => names.domain?.into(),
        "target_ip" => match (holes.peer.to_canonical(), in_brackets) {
            (IpAddr::V6(v6), true) => format!("IPv6:{v6}").into(),
            (address, _) => address.to_string().into(),
        },
        "local_user" => (&identity.local_user).into(),
        "random" => format!("rc{}", token(identity.seed, holes.peer, 1)).into(),
        "random_user" => format!("no.such.user.{}", token(identity.seed, holes.peer, 2)).into(),
        "other_host" => identity.other_ext_domain().into(),
        "internal_name" => "localhost.localdomain".into(),
        "ext_ip" => "192.0.2.25".into(),
        "ext_ip6" => "2001:db8::25".into(),
        _ => return None,
    })
}

/// Makes ten letters and digits out of the seed, the target's address and a purpose.
pub fn token(seed: u64, peer: IpAddr, purpose: u64) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let address = match peer.to_canonical() {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            (bits as u64) ^ ((bits >> 64) as u64).rotate_left(17)
        }
    };
    let mut bits = mix(mix(mix(seed) ^ address) ^ purpose);
    (0..10)
        .map(|_| {
            let digit = DIGITS[(bits & 31) as usize];
            bits >>= 5;
            char::from(digit)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::forms::{FORMS, form};
    use super::*;
    use proptest::prelude::*;

    fn holes(peer: &str) -> Holes<'static> {
        Holes {
            identity: Cow::Owned(Identity {
                probe_user: "probe".into(),
                probe_domain: "auditor.example".into(),
                ext_user: "relaycheck".into(),
                ext_domain: "example.com".into(),
                local_user: "postmaster".into(),
                seed: 7,
            }),
            hosts: vec!["mx1.target.example".into(), "mail.target.example".into()],
            domains: vec!["target.example".into()],
            peer: peer.parse().expect("an address"),
        }
    }

    fn recipients(id: &str, holes: &Holes<'_>, most: usize) -> Vec<String> {
        instances(form(id).expect("a form"), holes, most)
            .into_iter()
            .map(|f| String::from_utf8(f.recipients[f.judged].clone()).expect("text"))
            .collect()
    }

    #[test]
    fn fills_what_it_knows() {
        let holes = holes("192.0.2.9");
        for (id, most, filled) in [
            ("plain", 4, vec!["<relaycheck@example.com>"]),
            (
                "percent-host",
                4,
                vec![
                    "<relaycheck%example.com@mx1.target.example>",
                    "<relaycheck%example.com@mail.target.example>",
                ],
            ),
            (
                "percent-host",
                1,
                vec!["<relaycheck%example.com@mx1.target.example>"],
            ),
            (
                "double-at-literal-from-own-literal",
                2,
                vec!["<relaycheck@example.com@[192.0.2.9]>"],
            ),
            ("control-second-domain", 1, vec!["<relaycheck@example.net>"]),
        ] {
            assert_eq!(recipients(id, &holes, most), filled, "{id}");
        }
    }

    #[test]
    fn writes_ipv6_with_its_tag_only_in_brackets() {
        let holes = holes("2001:db8::9");
        assert_eq!(
            recipients("percent-literal-from-own-literal", &holes, 1),
            ["<relaycheck%example.com@[IPv6:2001:db8::9]>"]
        );
        let root = instances(form("sender-root-own-address").expect("a form"), &holes, 1);
        assert_eq!(root[0].sender, b"<root@2001:db8::9>");
    }

    #[test]
    fn knows_whose_local_part_it_is() {
        let holes = holes("192.0.2.9");
        for (id, home) in [
            ("plain", Some("example.com")),
            ("percent-host", Some("mx1.target.example")),
            ("percent-literal-from-own-literal", Some("[192.0.2.9]")),
            ("quoted", None),
            ("quoted-host-from-own-host", Some("mx1.target.example")),
            ("double-at-host-from-own-host", Some("mx1.target.example")),
            ("bang", None),
            ("percent-from-own-host", None),
            ("empty-domain-from-own-literal", Some("")),
            (
                "unbracketed-double-at-host-from-bare-root",
                Some("mx1.target.example"),
            ),
            ("control-unknown-user", Some("target.example")),
        ] {
            let filled = &instances(form(id).expect("a form"), &holes, 1)[0];
            let got = filled.home().map(String::from_utf8_lossy);
            assert_eq!(got.as_deref(), home, "{id}");
        }
    }

    #[test]
    fn moves_an_envelope_to_another_domain() {
        let holes = holes("192.0.2.9");
        let first = |id| instances(form(id).expect("a form"), &holes, 1).remove(0);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let moved = first("sender-recipient").moved(b"example.com", b"example.net");
        let moved = moved.expect("it holds the domain");
        assert_eq!(text(&moved.sender), "<relaycheck@example.net>");
        assert_eq!(text(&moved.recipients[0]), "<relaycheck@example.net>");
        let moved = first("null-sender").moved(b"example.com", b"x.invalid");
        let moved = moved.expect("it holds the domain");
        assert_eq!(text(&moved.sender), "<>");
        assert_eq!(text(&moved.recipients[0]), "<relaycheck@x.invalid>");
        assert_eq!(
            first("outside-literal").moved(b"example.com", b"x.invalid"),
            None
        );
    }

    #[test]
    fn knows_which_forms_are_the_same_for_every_target() {
        let (one, mut other) = (holes("192.0.2.9"), holes("2001:db8::9"));
        other.hosts = vec!["mx.elsewhere.example".into()];
        other.domains = vec!["elsewhere.example".into()];
        let mut count = 0;
        for form in FORMS {
            let first = instances(form, &one, 4);
            let same = first == instances(form, &other, 4);
            let for_all: Vec<_> = instance_for_all(form, &one.identity).into_iter().collect();
            assert_eq!(for_all, if same { first } else { vec![] }, "{}", form.id);
            count += usize::from(same);
        }
        assert!((10..FORMS.len() / 2).contains(&count), "{count}");
    }

    #[test]
    fn makes_nothing_up() {
        let mut holes = holes("192.0.2.9");
        holes.hosts.clear();
        holes.domains.clear();
        assert!(recipients("percent-host", &holes, 4).is_empty());
        assert_eq!(recipients("plain", &holes, 4).len(), 1);
    }

    #[test]
    fn knows_every_hole_of_the_table() {
        let holes = holes("192.0.2.9");
        for form in FORMS {
            assert!(!instances(form, &holes, 1).is_empty(), "{}", form.id);
            for template in form.templates() {
                for part in template.split('{').skip(1) {
                    let hole = part.split('}').next().expect("a closed hole");
                    assert!(HOLES.contains(&hole), "{}: {hole}", form.id);
                }
            }
        }
    }

    #[test]
    fn tokens_differ_by_seed_peer_and_purpose_and_repeat() {
        let a: IpAddr = "192.0.2.1".parse().expect("an address");
        let b: IpAddr = "2001:db8::1".parse().expect("an address");
        assert_eq!(token(1, a, 1), token(1, a, 1));
        assert_ne!(token(1, a, 1), token(2, a, 1));
        assert_ne!(token(1, a, 1), token(1, b, 1));
        assert_ne!(token(1, a, 1), token(1, a, 2));
        assert_eq!(token(1, a, 1).len(), 10);
    }

    proptest! {
        #[test]
        fn never_lets_a_line_end_in(host in ".{0,40}", user in ".{0,20}") {
            let mut holes = holes("192.0.2.9");
            holes.hosts = vec![host];
            holes.identity.to_mut().ext_user = user;
            for form in FORMS {
                let all = instances(form, &holes, 2);
                prop_assert!(all.len() <= 2);
                for filled in all {
                    for path in filled.recipients.iter().chain([&filled.sender]) {
                        prop_assert!(!path.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
                    }
                }
            }
        }
    }
}
