//! TABLE: every behaviour the embedded servers know, with the verdict it deserves.
//!
//! The order is that of `demo`: relays, closed servers, doubtful ones, and what does not talk at all.
//! A row names only what sets it apart from one of the bases.
//!
//! References: the verdicts follow the contract in the README; texts and limits follow the servers
//! named in [`super::words`], Postfix postconf(5) `smtpd_hard_error_limit`, Exim specification 14
//! `smtp_accept_max_nonmail`, Postfix XCLIENT_README and postscreen(8).

use super::behaviour::{
    Behaviour, Check, Closer, Hiding, Look, Moment, Patience, Spelling, TlsOffer, Trick, Trust,
    Users,
};
use super::words::{EXIM, POSTFIX, SENDMAIL, Words};
use crate::model::{Reason, Verdict};
use std::time::Duration;

/// Longer than an audit on loopback takes, so that nothing greylisted passes within it by accident.
const GREYLISTED: Duration = Duration::from_secs(300);

const OFFERS: &[&str] = &["SIZE 10240000", "8BITMIME"];

const OFFERS_AUTH: &[&str] = &["SIZE 10240000", "AUTH PLAIN LOGIN", "8BITMIME"];

const OFFERS_MANY: &[&str] = &[
    "PIPELINING",
    "SIZE 10240000",
    "VRFY",
    "ETRN",
    "ENHANCEDSTATUSCODES",
    "8BITMIME",
    "DSN",
    "SMTPUTF8",
    "CHUNKING",
];

/// A server that relays for nobody and knows its users.
pub(super) const CLOSED: Behaviour = Behaviour {
    id: "",
    about: "",
    verdict: Verdict::Rejecting,
    reason: Some(Reason::RelayDenied),
    closer: None,
    trust: Trust::Nobody,
    users: Users::Known,
    checks: &[],
    wait: Duration::ZERO,
    tls: TlsOffer::None,
    offers: OFFERS,
    words: POSTFIX,
    patience: Patience::Endless,
    greet_pause: Duration::ZERO,
    reply_pause: Duration::ZERO,
    tricks: &[],
    spelling: Spelling::Standard,
};

/// A server that relays for those it trusts.
const RELAY: Behaviour = Behaviour {
    verdict: Verdict::RelayAccepting,
    reason: None,
    trust: Trust::Everybody,
    ..CLOSED
};

/// A server that lets no conclusion be drawn.
const DOUBTFUL: Behaviour = Behaviour {
    verdict: Verdict::Inconclusive,
    ..CLOSED
};

/// Something that does not speak SMTP.
const NO_SERVER: Behaviour = Behaviour {
    verdict: Verdict::Unreachable,
    ..CLOSED
};

/// Every behaviour.
pub static BEHAVIOURS: &[Behaviour] = &[
    // Relays.
    Behaviour {
        id: "open",
        about: "takes mail from anybody for anybody",
        ..RELAY
    },
    Behaviour {
        id: "open-bare-lf",
        about: "an open relay that ends its lines with LF alone",
        spelling: Spelling::BareLf,
        ..RELAY
    },
    Behaviour {
        id: "open-helo-only",
        about: "an open relay that knows HELO but not EHLO",
        tricks: &[(Moment::Ehlo, Trick::Say(b"502 5.5.1 Command not implemented"))],
        words: SENDMAIL,
        ..RELAY
    },
    Behaviour {
        id: "open-drops-ehlo",
        about: "an open relay that hangs up at EHLO and takes HELO",
        tricks: &[(Moment::Ehlo, Trick::Close)],
        words: SENDMAIL,
        ..RELAY
    },
    Behaviour {
        id: "open-implicit-tls",
        about: "an open relay where TLS begins with the first byte",
        tls: TlsOffer::Implicit,
        ..RELAY
    },
    Behaviour {
        id: "open-inside-tls",
        about: "refuses in the clear, relays for anybody inside STARTTLS",
        tls: TlsOffer::StartTls,
        trust: Trust::Encryption,
        ..RELAY
    },
    Behaviour {
        id: "local-sender",
        about: "relays for anybody whose sender address looks like one of its own",
        trust: Trust::LocalSender,
        ..RELAY
    },
    Behaviour {
        id: "null-sender",
        about: "relays for anybody who sends bounces (the null sender)",
        trust: Trust::NullSender,
        ..RELAY
    },
    Behaviour {
        id: "hello-trusted",
        about: "relays for anybody who greets with the server's own name",
        trust: Trust::OwnHello,
        ..RELAY
    },
    Behaviour {
        id: "xclient-trusted",
        about: "believes anybody who says by XCLIENT that he is local",
        trust: Trust::XClient,
        ..RELAY
    },
    Behaviour {
        id: "first-recipient",
        about: "checks the first recipient of a message only; others ride along",
        trust: Trust::FirstRecipient,
        ..RELAY
    },
    Behaviour {
        id: "session-trusted",
        about: "relays for the rest of a session once a local recipient was taken",
        trust: Trust::Session,
        ..RELAY
    },
    Behaviour {
        id: "percent-hack",
        about: "turns user%outside@here into user@outside and relays it",
        trust: Trust::Hidden(Hiding::Percent),
        ..RELAY
    },
    Behaviour {
        id: "bang-path",
        about: "turns outside!user@here into user@outside and relays it",
        trust: Trust::Hidden(Hiding::Bang),
        words: SENDMAIL,
        ..RELAY
    },
    Behaviour {
        id: "quoted-at",
        about: "unpacks \"user@outside\"@here and relays what it finds",
        trust: Trust::Hidden(Hiding::Quoted),
        ..RELAY
    },
    Behaviour {
        id: "double-at",
        about: "checks the last at sign of user@outside@here and routes by the first",
        trust: Trust::Hidden(Hiding::DoubleAt),
        ..RELAY
    },
    Behaviour {
        id: "source-route",
        about: "follows source routes that begin with its own name",
        trust: Trust::Hidden(Hiding::Route),
        words: SENDMAIL,
        ..RELAY
    },
    Behaviour {
        id: "refuses-message",
        about: "takes any recipient and refuses the message at its end",
        closer: Some(Closer {
            look: Look::Message,
            verdict: Verdict::Inconclusive,
            reason: Some(Reason::DataRejected),
        }),
        tricks: &[(
            Moment::Content,
            Trick::Say(b"550 5.7.1 Message content rejected"),
        )],
        ..RELAY
    },
    Behaviour {
        id: "refuses-data",
        about: "takes any recipient and refuses DATA",
        closer: Some(Closer {
            look: Look::Data,
            verdict: Verdict::Inconclusive,
            reason: Some(Reason::DataRejected),
        }),
        tricks: &[(
            Moment::Data,
            Trick::Say(b"554 5.7.1 <DATA>: Data command rejected: Access denied"),
        )],
        ..RELAY
    },
    // Closed.
    Behaviour {
        id: "closed",
        about: "a closed server, in Postfix's words",
        ..CLOSED
    },
    Behaviour {
        id: "closed-exim",
        about: "a closed server, in Exim's words",
        words: EXIM,
        offers: &["SIZE 52428800", "8BITMIME", "HELP"],
        ..CLOSED
    },
    Behaviour {
        id: "closed-sendmail",
        about: "a closed server, in Sendmail's words",
        words: SENDMAIL,
        offers: &["ENHANCEDSTATUSCODES", "8BITMIME", "SIZE", "DSN", "HELP"],
        ..CLOSED
    },
    Behaviour {
        id: "closed-soft",
        about: "denies relaying with a temporary code (Postfix's soft_bounce)",
        words: Words {
            denial: "454 4.7.1 <{recipient}>: Relay access denied",
            ..POSTFIX
        },
        ..CLOSED
    },
    Behaviour {
        id: "closed-pipelining",
        about: "a closed server with a long EHLO reply that takes commands in groups",
        offers: OFFERS_MANY,
        ..CLOSED
    },
    Behaviour {
        id: "catch-all",
        about: "takes any user of its own domain, tricks included, and relays nothing",
        users: Users::Anybody,
        ..CLOSED
    },
    Behaviour {
        id: "subdomains",
        about: "takes mail for any name below its domain, and relays nothing else",
        trust: Trust::Subdomains,
        ..CLOSED
    },
    Behaviour {
        id: "behind-proxy",
        about: "closed; takes every client for the proxy in front of it",
        words: Words {
            ehlo: "{host} Hello {hello} [172.17.0.1]",
            helo: "250 {host} Hello {hello} [172.17.0.1]",
            ..EXIM
        },
        ..CLOSED
    },
    Behaviour {
        id: "starttls-required",
        about: "wants STARTTLS before MAIL, and is closed inside",
        tls: TlsOffer::StartTls,
        checks: &[Check::Encryption],
        ..CLOSED
    },
    Behaviour {
        id: "starttls-injection",
        about: "closed; sends more in the clear behind its answer to STARTTLS",
        tls: TlsOffer::StartTls,
        tricks: &[(
            Moment::StartTls,
            Trick::Behind(b"250-mail.injected.test\r\n250 AUTH PLAIN\r\n"),
        )],
        ..CLOSED
    },
    Behaviour {
        id: "error-limit",
        about: "closed; hangs up with 421 after three errors",
        patience: Patience::Errors(3),
        ..CLOSED
    },
    Behaviour {
        id: "chatter-limit",
        about: "closed; hangs up after five commands that carry no mail, as Exim does after ten",
        patience: Patience::Chatter(5),
        words: EXIM,
        ..CLOSED
    },
    Behaviour {
        id: "tarpit",
        about: "closed; takes its time with every reply",
        reply_pause: Duration::from_millis(25),
        ..CLOSED
    },
    Behaviour {
        id: "greet-pause",
        about: "closed; greets half, waits, and turns away who speaks before it is done",
        greet_pause: Duration::from_millis(120),
        tricks: &[(Moment::Banner, Trick::Tease(b"220-{host} ESMTP"))],
        ..CLOSED
    },
    Behaviour {
        id: "gbk-banner",
        about: "closed; greets in GBK",
        // "220 host 欢迎使用邮件系统"
        tricks: &[(
            Moment::Banner,
            Trick::Say(
                b"220 {host} ESMTP \xbb\xb6\xd3\xad\xca\xb9\xd3\xc3\xd3\xca\xbc\xfe\xcf\xb5\xcd\xb3",
            ),
        )],
        ..CLOSED
    },
    // Where logging in is what would help.
    Behaviour {
        id: "auth-required",
        about: "takes no sender without a login",
        verdict: Verdict::AuthRequired,
        reason: Some(Reason::AuthRequired),
        checks: &[Check::Login],
        offers: OFFERS_AUTH,
        ..CLOSED
    },
    Behaviour {
        id: "denial-names-auth",
        about: "denies relaying and names logging in as the way",
        verdict: Verdict::AuthRequired,
        reason: Some(Reason::AuthRequired),
        offers: OFFERS_AUTH,
        words: Words {
            denial: "550 5.7.1 Relaying to <{recipient}> denied (authentication required)",
            ..POSTFIX
        },
        ..CLOSED
    },
    // Doubtful.
    Behaviour {
        id: "accept-all",
        about: "takes everything, even what cannot exist: a sink, not a relay",
        reason: Some(Reason::AcceptAll),
        trust: Trust::Everybody,
        users: Users::Anybody,
        ..DOUBTFUL
    },
    Behaviour {
        id: "greylisting",
        about: "puts off what it has not seen before, and relays it when it comes again",
        reason: Some(Reason::Deferred),
        closer: Some(Closer {
            look: Look::Again,
            verdict: Verdict::RelayAccepting,
            reason: None,
        }),
        trust: Trust::Everybody,
        checks: &[Check::Greylist],
        wait: GREYLISTED,
        ..DOUBTFUL
    },
    Behaviour {
        id: "greylisting-closed",
        about: "puts off what it has not seen before, and refuses it when it comes again",
        reason: Some(Reason::Deferred),
        closer: Some(Closer {
            look: Look::Again,
            verdict: Verdict::Rejecting,
            reason: Some(Reason::RelayDenied),
        }),
        checks: &[Check::Greylist],
        wait: GREYLISTED,
        ..DOUBTFUL
    },
    Behaviour {
        id: "blocklisting",
        about: "refuses us because our address is on a blocklist",
        reason: Some(Reason::ClientBlocked),
        checks: &[Check::Client],
        ..DOUBTFUL
    },
    Behaviour {
        id: "rate-limited",
        about: "has had too many recipients from us",
        reason: Some(Reason::RateLimited),
        checks: &[Check::Rate],
        ..DOUBTFUL
    },
    Behaviour {
        id: "sender-domain",
        about: "refuses senders whose domain it cannot find",
        reason: Some(Reason::SenderRejected),
        checks: &[Check::SenderDomain],
        words: SENDMAIL,
        ..DOUBTFUL
    },
    Behaviour {
        id: "recipient-domain",
        about: "refuses recipients whose domain it cannot find, before relaying is decided",
        reason: Some(Reason::RecipientRejected),
        checks: &[Check::RecipientDomain],
        ..DOUBTFUL
    },
    Behaviour {
        id: "banner-421",
        about: "greets with 421: not now",
        reason: Some(Reason::ServiceUnavailable),
        tricks: &[(
            Moment::Banner,
            Trick::SayLast(b"421 4.3.2 {host} Service not available"),
        )],
        ..DOUBTFUL
    },
    Behaviour {
        id: "banner-554",
        about: "greets with 554: not with you",
        reason: Some(Reason::ClientBlocked),
        tricks: &[(
            Moment::Banner,
            Trick::SayLast(b"554 {host} ESMTP not accepting connections"),
        )],
        ..DOUBTFUL
    },
    // What does not talk SMTP.
    Behaviour {
        id: "silent",
        about: "takes the connection and never says a word",
        reason: Some(Reason::Timeout),
        tricks: &[(Moment::Banner, Trick::Hush)],
        ..NO_SERVER
    },
    Behaviour {
        id: "http",
        about: "a web server on the mail port",
        reason: Some(Reason::NotSmtp),
        tricks: &[(
            Moment::Banner,
            Trick::SayLast(b"HTTP/1.1 400 Bad Request\nServer: nginx\nConnection: close\n"),
        )],
        ..NO_SERVER
    },
    Behaviour {
        id: "ssh",
        about: "an SSH server on the mail port",
        reason: Some(Reason::NotSmtp),
        tricks: &[(
            Moment::Banner,
            Trick::Say(b"SSH-2.0-OpenSSH_9.2p1 Debian-2"),
        )],
        ..NO_SERVER
    },
];

/// Finds a behaviour by its id, in both tables.
pub fn behaviour(id: &str) -> Option<&'static Behaviour> {
    let all = BEHAVIOURS.iter().chain(super::hostile::HOSTILE);
    all.into_iter().find(|row| row.id == id)
}

#[cfg(test)]
mod tests {
    use super::super::hostile::HOSTILE;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_distinct_and_fit_into_a_host_name() {
        let mut seen = HashSet::new();
        for row in BEHAVIOURS.iter().chain(HOSTILE) {
            assert!(seen.insert(row.id), "{} twice", row.id);
            let label = row
                .id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(label && (1..=63).contains(&row.id.len()), "{}", row.id);
            assert!(
                row.about.len() > 10 && !row.about.ends_with('.') && !row.about.contains("  "),
                "{}",
                row.id
            );
            assert!(std::ptr::eq(behaviour(row.id).expect("a row"), row));
        }
    }

    #[test]
    fn every_verdict_but_relaying_has_a_reason() {
        for row in BEHAVIOURS.iter().chain(HOSTILE) {
            let closer = row.closer.map(|closer| (closer.verdict, closer.reason));
            for (verdict, reason) in [Some((row.verdict, row.reason)), closer]
                .into_iter()
                .flatten()
            {
                let relays = verdict == Verdict::RelayAccepting;
                assert_eq!(reason.is_none(), relays, "{}", row.id);
            }
        }
    }

    #[test]
    fn holds_every_verdict() {
        for verdict in Verdict::ALL {
            assert!(BEHAVIOURS.iter().any(|row| row.verdict == *verdict));
        }
    }

    #[test]
    fn only_servers_that_trust_somebody_are_called_relays() {
        for row in BEHAVIOURS {
            if row.verdict == Verdict::RelayAccepting {
                assert_ne!(row.trust, Trust::Nobody, "{}", row.id);
            }
            if row.verdict == Verdict::Rejecting {
                // What is below its own domain is its own business: a fault, but no relay.
                let own = matches!(row.trust, Trust::Nobody | Trust::Subdomains);
                assert!(own, "{}", row.id);
            }
        }
    }
}
