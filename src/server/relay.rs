//! Whether a recipient is taken: the one decision an open relay gets wrong.
//!
//! In: the recipient's path, and all that is known of the client. Out: a [`Decision`].
//!
//! Deliberately does not know replies: see [`super::session`].
//!
//! References: RFC 5321 4.5.1 (postmaster), RFC 1123 5.2.16 (percent), RFC 976 (bang paths),
//! RFC 5321 appendix C (source routes), postconf(5) `parent_domain_matches_subdomains`.

use super::behaviour::{Hiding, Trust, Users};
use super::path::{Address, Quoting};
use std::net::IpAddr;

/// What a server is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// Its host name.
    pub(super) host: String,
    /// The domain it serves.
    pub(super) domain: String,
    /// The address it listens on.
    pub(super) address: IpAddr,
}

impl Names {
    /// Names a server that serves a domain: its host name is `mail.` and the domain.
    pub(super) fn of(domain: &str, address: IpAddr) -> Self {
        Self {
            host: format!("mail.{domain}"),
            domain: domain.to_owned(),
            address,
        }
    }

    /// Tells whether mail for a domain is mail for this server.
    pub(super) fn serves(&self, domain: &[u8]) -> bool {
        let names = [self.host.as_bytes(), self.domain.as_bytes(), b"localhost"];
        names.iter().any(|name| name.eq_ignore_ascii_case(domain))
            || literal(domain) == Some(self.address)
    }

    /// Tells whether a domain is a name below one that is served.
    fn above(&self, domain: &[u8]) -> bool {
        let parents = domain.iter().enumerate().filter(|(_, b)| **b == b'.');
        let mut parents = parents.map(|(dot, _)| &domain[dot + 1..]);
        !self.serves(domain) && parents.any(|parent| self.serves(parent))
    }

    /// Tells whether mail for an address stays here; an address without a domain is one of ours.
    fn keeps(&self, address: &Address) -> bool {
        address.domain.as_deref().is_none_or(|d| self.serves(d))
    }
}

/// Reads an address literal: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
pub(super) fn literal(domain: &[u8]) -> Option<IpAddr> {
    let inner = domain.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let text = std::str::from_utf8(inner).ok()?;
    let tagged = text
        .get(..5)
        .filter(|tag| tag.eq_ignore_ascii_case("ipv6:"));
    let text = tagged.map_or(text, |_| &text[5..]);
    text.parse::<IpAddr>().ok().map(|a| a.to_canonical())
}

/// All that is known of a client when it names a recipient.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'a> {
    /// What it greeted with.
    pub(super) hello: &'a [u8],
    /// Its sender.
    pub(super) sender: &'a Address,
    /// Whether it has encrypted the connection.
    pub(super) encrypted: bool,
    /// Whether XCLIENT has made it local.
    pub(super) vouched: bool,
    /// Recipients taken in this transaction.
    pub(super) in_transaction: u32,
    /// Recipients taken in this session.
    pub(super) in_session: u32,
}

/// What becomes of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Taken: it is ours, or the client is trusted.
    Taken,
    /// Relaying is refused.
    Denied,
    /// Ours, but nobody.
    UnknownUser,
    /// Not an address.
    Malformed,
}

/// Users that exist.
const USERS: [&[u8]; 2] = [b"postmaster", b"user"];

/// Decides about a recipient.
pub(super) fn decide(
    recipient: &Address,
    trust: Trust,
    users: Users,
    names: &Names,
    standing: &Standing<'_>,
) -> Decision {
    if malformed(recipient) || recipient.is_null() {
        return Decision::Malformed;
    }
    if let Trust::Hidden(hiding) = trust
        && hides(hiding, recipient, names)
    {
        return Decision::Taken;
    }
    if names.keeps(recipient) {
        let known = USERS
            .iter()
            .any(|u| u.eq_ignore_ascii_case(&recipient.local));
        return match users {
            Users::Known if !known => Decision::UnknownUser,
            Users::Known | Users::Anybody => Decision::Taken,
        };
    }
    let below = || recipient.domain.as_deref().is_some_and(|d| names.above(d));
    if trusts(trust, names, standing) || (trust == Trust::Subdomains && below()) {
        Decision::Taken
    } else {
        Decision::Denied
    }
}

/// Tells whether an address has nothing behind its at sign, or nothing before it.
pub(super) fn malformed(address: &Address) -> bool {
    let nobody = address.local.is_empty() && !address.is_null();
    nobody || address.domain.as_deref() == Some(b"")
}

fn trusts(trust: Trust, names: &Names, client: &Standing<'_>) -> bool {
    match trust {
        Trust::Nobody | Trust::Subdomains | Trust::Hidden(_) => false,
        Trust::Everybody => true,
        Trust::LocalSender => !client.sender.is_null() && names.keeps(client.sender),
        Trust::NullSender => client.sender.is_null(),
        Trust::OwnHello => names.serves(client.hello) && !client.hello.starts_with(b"["),
        Trust::XClient => client.vouched,
        Trust::Encryption => client.encrypted,
        Trust::FirstRecipient => client.in_transaction > 0,
        Trust::Session => client.in_session > 0,
    }
}

/// Tells whether an address that looks like one of ours leads outside when unpacked.
fn hides(hiding: Hiding, address: &Address, names: &Names) -> bool {
    let local = address.local.as_slice();
    let outside = |inner: &[u8]| !inner.is_empty() && !names.serves(inner);
    let behind_last = |mark: u8| {
        let at = local.iter().rposition(|b| *b == mark);
        at.filter(|at| *at > 0)
            .is_some_and(|at| outside(&local[at + 1..]))
    };
    match hiding {
        Hiding::Route => {
            let enters_here = address.hop.as_deref().is_some_and(|hop| names.serves(hop));
            enters_here && !names.keeps(address)
        }
        _ if !names.keeps(address) => false,
        Hiding::Percent => behind_last(b'%'),
        Hiding::Quoted => address.quoting == Quoting::Quoted && behind_last(b'@'),
        Hiding::DoubleAt => address.quoting == Quoting::Bare && behind_last(b'@'),
        Hiding::Bang => {
            let at = local.iter().position(|b| *b == b'!');
            at.is_some_and(|at| outside(&local[..at]) && at + 1 < local.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::of("a.test", IpAddr::from([127, 0, 0, 5]))
    }

    fn decide_for(trust: Trust, sender: &str, recipient: &str) -> Decision {
        let sender = Address::of(sender.as_bytes());
        let standing = Standing {
            hello: b"probe.example",
            sender: &sender,
            encrypted: false,
            vouched: false,
            in_transaction: 0,
            in_session: 0,
        };
        let recipient = Address::of(recipient.as_bytes());
        decide(&recipient, trust, Users::Known, &names(), &standing)
    }

    #[test]
    fn knows_its_own() {
        for (recipient, decision) in [
            ("<postmaster@a.test>", Decision::Taken),
            ("<Postmaster>", Decision::Taken),
            ("<user@MAIL.A.TEST.>", Decision::Taken),
            ("<user@[127.0.0.5]>", Decision::Taken),
            ("<user@localhost>", Decision::Taken),
            ("<\"user\"@a.test>", Decision::Taken),
            ("<@x.example:user@a.test>", Decision::Taken),
            ("<nobody@a.test>", Decision::UnknownUser),
            ("<x%example.com@a.test>", Decision::UnknownUser),
            ("<example.com!x>", Decision::UnknownUser),
            ("<x@example.com@mail.a.test>", Decision::UnknownUser),
            ("<\"x@example.com\"@a.test>", Decision::UnknownUser),
            ("<x@example.com>", Decision::Denied),
            ("x@example.com", Decision::Denied),
            ("<x@example.com.>", Decision::Denied),
            ("<x@sub.a.test>", Decision::Denied),
            ("<x@[192.0.2.25]>", Decision::Denied),
            ("<x@192.0.2.25>", Decision::Denied),
            ("<user@127.0.0.5>", Decision::Denied),
            ("<@mail.a.test:x@example.com>", Decision::Denied),
            ("<x@example.com@>", Decision::Malformed),
            ("<>", Decision::Malformed),
            ("<@a.test>", Decision::Malformed),
        ] {
            let got = decide_for(Trust::Nobody, "<p@probe.example>", recipient);
            assert_eq!(got, decision, "{recipient}");
        }
    }

    #[test]
    fn trusts_the_senders_it_is_told_to() {
        for (trust, sender, decision) in [
            (Trust::Everybody, "<p@probe.example>", Decision::Taken),
            (Trust::LocalSender, "<p@a.test>", Decision::Taken),
            (Trust::LocalSender, "<p@mail.a.test>", Decision::Taken),
            (Trust::LocalSender, "<p>", Decision::Taken),
            (Trust::LocalSender, "<p@[127.0.0.5]>", Decision::Taken),
            (Trust::LocalSender, "<>", Decision::Denied),
            (Trust::LocalSender, "<p@probe.example>", Decision::Denied),
            (Trust::LocalSender, "<p@xa.test>", Decision::Denied),
            (Trust::NullSender, "<>", Decision::Taken),
            (Trust::NullSender, "<p@a.test>", Decision::Denied),
            (Trust::OwnHello, "<p@a.test>", Decision::Denied),
            (Trust::XClient, "<p@a.test>", Decision::Denied),
            (Trust::Encryption, "<p@a.test>", Decision::Denied),
            (Trust::FirstRecipient, "<p@a.test>", Decision::Denied),
            (Trust::Session, "<p@a.test>", Decision::Denied),
        ] {
            let got = decide_for(trust, sender, "<x@example.com>");
            assert_eq!(got, decision, "{trust:?} {sender}");
        }
    }

    #[test]
    fn trusts_what_else_it_is_told_to() {
        let sender = Address::of(b"<p@probe.example>");
        let recipient = Address::of(b"<x@example.com>");
        let stranger = Standing {
            hello: b"probe.example",
            sender: &sender,
            encrypted: false,
            vouched: false,
            in_transaction: 0,
            in_session: 0,
        };
        let hello = |hello| Standing { hello, ..stranger };
        for (trust, standing, decision) in [
            (Trust::OwnHello, hello(b"mail.a.test"), Decision::Taken),
            (Trust::OwnHello, hello(b"A.test"), Decision::Taken),
            (Trust::OwnHello, hello(b"[127.0.0.5]"), Decision::Denied),
            (
                Trust::Encryption,
                Standing {
                    encrypted: true,
                    ..stranger
                },
                Decision::Taken,
            ),
            (
                Trust::XClient,
                Standing {
                    vouched: true,
                    ..stranger
                },
                Decision::Taken,
            ),
            (
                Trust::FirstRecipient,
                Standing {
                    in_transaction: 1,
                    ..stranger
                },
                Decision::Taken,
            ),
            (
                Trust::FirstRecipient,
                Standing {
                    in_session: 1,
                    ..stranger
                },
                Decision::Denied,
            ),
            (
                Trust::Session,
                Standing {
                    in_session: 1,
                    ..stranger
                },
                Decision::Taken,
            ),
        ] {
            let got = decide(&recipient, trust, Users::Known, &names(), &standing);
            assert_eq!(got, decision, "{trust:?} {standing:?}");
        }
    }

    #[test]
    fn takes_what_is_below_its_domain_where_it_is_told_to() {
        for (recipient, decision) in [
            ("<x@sub.a.test>", Decision::Taken),
            ("<x@deep.sub.A.TEST.>", Decision::Taken),
            ("<x@sub.mail.a.test>", Decision::Taken),
            ("<nobody@a.test>", Decision::UnknownUser),
            ("<x@suba.test>", Decision::Denied),
            ("<x@a.test.example>", Decision::Denied),
            ("<x@.test>", Decision::Denied),
            ("<x@example.com>", Decision::Denied),
            ("<x@[127.0.0.6]>", Decision::Denied),
        ] {
            let got = decide_for(Trust::Subdomains, "<p@probe.example>", recipient);
            assert_eq!(got, decision, "{recipient}");
        }
    }

    #[test]
    fn each_hiding_place_is_found_by_its_own_trick_only() {
        let rows = [
            (Hiding::Percent, "<x%example.com@a.test>"),
            (Hiding::Bang, "<example.com!x@a.test>"),
            (Hiding::Quoted, "<\"x@example.com\"@a.test>"),
            (Hiding::DoubleAt, "<x@example.com@a.test>"),
            (Hiding::Route, "<@a.test:x@example.com>"),
        ];
        for (hiding, _) in rows {
            for (other, recipient) in rows {
                let got = decide_for(Trust::Hidden(hiding), "<p@probe.example>", recipient);
                assert_eq!(
                    got == Decision::Taken,
                    hiding == other,
                    "{hiding:?} {recipient}"
                );
            }
            for recipient in [
                "<x@example.com>",
                "<user%a.test@a.test>",
                "<%example.com@a.test>",
                "<example.com!@a.test>",
                "<@example.net:x@example.com>",
                "<x%example.com@example.net>",
            ] {
                let got = decide_for(Trust::Hidden(hiding), "<p@probe.example>", recipient);
                assert_ne!(got, Decision::Taken, "{hiding:?} {recipient}");
            }
        }
    }

    #[test]
    fn a_catch_all_relays_nothing() {
        let sender = Address::of(b"<>");
        let standing = Standing {
            hello: b"",
            sender: &sender,
            encrypted: false,
            vouched: false,
            in_transaction: 0,
            in_session: 0,
        };
        for (recipient, decision) in [
            ("<nobody@a.test>", Decision::Taken),
            ("<x%example.com@a.test>", Decision::Taken),
            ("<x@example.com>", Decision::Denied),
            ("<@a.test:x@example.com>", Decision::Denied),
        ] {
            let recipient = Address::of(recipient.as_bytes());
            let got = decide(
                &recipient,
                Trust::Nobody,
                Users::Anybody,
                &names(),
                &standing,
            );
            assert_eq!(got, decision);
        }
    }
}
