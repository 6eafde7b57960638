//! TABLE: every configuration, what it really relays, and what relaycheck is to say of it.
//!
//! Written by hand: by what the configuration says and what its manual says of that. The tests hold
//! both columns against real servers; where a server surprised the author, the row says why it is
//! right.
//!
//! A configuration is the directory `conf/<mail server>/<name>`; its domain is
//! `<mail server>-<name>.test`, its host `mx.` in front of that. One row is one address and port, so
//! that a machine with two services has two rows.

use std::net::SocketAddr;

/// A kind of mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mta {
    /// Postfix 3.7.
    Postfix,
    /// Exim 4.96.
    Exim,
    /// Sendmail 8.17.
    Sendmail,
    /// OpenSMTPD 6.8.
    OpenSmtpd,
}

impl Mta {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Postfix, Self::Exim, Self::Sendmail, Self::OpenSmtpd];

    /// Gives the name of its root and of its configurations' directory.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postfix => "postfix",
            Self::Exim => "exim",
            Self::Sendmail => "sendmail",
            Self::OpenSmtpd => "opensmtpd",
        }
    }
}

/// What a server really does with one kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It arrives outside.
    Relays,
    /// Put off at first; it arrives outside when the client comes back.
    RelaysLater,
    /// It is taken and stays here, or goes on to a domain this server answers for.
    Inside,
    /// Put off at first; taken for somebody here when the client comes back.
    InsideLater,
    /// Refused for good.
    Refused,
    /// Put off however often the client comes back.
    Deferred,
    /// The server does not offer what this kind of message needs.
    NotOffered,
    /// The server agrees to STARTTLS and then fails at the handshake.
    NoHandshake,
    /// Taken, then found to lead nowhere: the sender gets a bounce.
    Bounced,
    /// Taken, and never seen again.
    Lost,
}

/// The kinds of messages the truth is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A stranger writes from outside to outside.
    Plain,
    /// The sender is in the server's own domain.
    OwnDomain,
    /// The sender is empty.
    NullSender,
    /// The recipient is `user%outside@host`.
    Percent,
    /// The recipient is `user%outside@customer`, a domain below the server's own that it may take mail
    /// for and pass on.
    PercentCustomer,
    /// HELO with the server's own name.
    Helo,
    /// XCLIENT says that the client is 127.0.0.1.
    XClient,
    /// The plain kind inside STARTTLS.
    InsideTls,
    /// A stranger writes to alice, who lives here.
    Local,
    /// The trusted network writes to outside: shows that the way out works.
    Office,
    /// A stranger logs in as alice first, inside STARTTLS where it is offered.
    LoggedIn,
}

impl Kind {
    /// All of them, in the order of [`Row::truth`].
    pub(crate) const ALL: [Self; 11] = [
        Self::Plain,
        Self::OwnDomain,
        Self::NullSender,
        Self::Percent,
        Self::PercentCustomer,
        Self::Helo,
        Self::XClient,
        Self::InsideTls,
        Self::Local,
        Self::Office,
        Self::LoggedIn,
    ];
}

/// What relaycheck is to conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    /// `verdict` of the report.
    pub(crate) verdict: &'static str,
    /// `reason` of the report; none for a relay.
    pub(crate) reason: Option<&'static str>,
}

/// One address and port of one configuration.
#[derive(Debug)]
pub(crate) struct Row {
    /// What serves it.
    pub(crate) mta: Mta,
    /// Its configuration.
    pub(crate) name: &'static str,
    /// Address and port.
    at: &'static str,
    /// What it does with each of [`Kind::ALL`].
    pub(crate) truth: [Truth; 11],
    /// What relaycheck is to say.
    pub(crate) expected: Expected,
}

impl Row {
    /// Gives address and port.
    pub(crate) fn at(&self) -> SocketAddr {
        self.at
            .parse()
            .expect("the addresses of the table are addresses")
    }

    /// Names the running server, which may have further rows.
    pub(crate) fn server(&self) -> String {
        format!("{}/{}", self.mta.name(), self.name)
    }

    /// Names the row.
    pub(crate) fn title(&self) -> String {
        let port = self.at().port();
        if port == 25 {
            self.server()
        } else {
            format!("{}:{port}", self.server())
        }
    }

    /// Gives the domain it serves.
    pub(crate) fn domain(&self) -> String {
        format!("{}-{}.test", self.mta.name(), self.name)
    }

    /// Gives its host name.
    pub(crate) fn host(&self) -> String {
        format!("mx.{}", self.domain())
    }

    /// Gives what it does with one kind of message.
    pub(crate) fn does(&self, kind: Kind) -> Truth {
        let at = Kind::ALL.iter().position(|k| *k == kind);
        self.truth[at.expect("every kind is in the list")]
    }

    /// Whether any kind of stranger gets a message out.
    pub(crate) fn is_open(&self) -> bool {
        let stranger = |kind: &&Kind| !matches!(kind, Kind::Office | Kind::LoggedIn);
        Kind::ALL
            .iter()
            .filter(stranger)
            .any(|kind| matches!(self.does(*kind), Truth::Relays | Truth::RelaysLater))
    }
}

const fn row(
    mta: Mta,
    name: &'static str,
    at: &'static str,
    truth: [Truth; 11],
    expected: Expected,
) -> Row {
    Row {
        mta,
        name,
        at,
        truth,
        expected,
    }
}

const OPEN: Expected = Expected {
    verdict: "relay-accepting",
    reason: None,
};

const fn rejecting(reason: &'static str) -> Expected {
    Expected {
        verdict: "rejecting",
        reason: Some(reason),
    }
}

const fn inconclusive(reason: &'static str) -> Expected {
    Expected {
        verdict: "inconclusive",
        reason: Some(reason),
    }
}

const CLOSED: Expected = rejecting("relay-denied");
/// Refused in words that speak of the recipient only.
const UNWANTED: Expected = rejecting("recipient-rejected");
/// Every control is accepted like every form: at the depth of RCPT nothing tells such a server from one
/// that takes everything and passes nothing on.
const ACCEPT_ALL: Expected = inconclusive("accept-all");
const LOGIN: Expected = Expected {
    verdict: "auth-required",
    reason: Some("auth-required"),
};

const R: Truth = Truth::Relays;
const L: Truth = Truth::RelaysLater;
const I: Truth = Truth::Inside;
const M: Truth = Truth::InsideLater;
const N: Truth = Truth::Refused;
const D: Truth = Truth::Deferred;
const B: Truth = Truth::Bounced;
const X: Truth = Truth::NotOffered;
const F: Truth = Truth::NoHandshake;

/// Every service of every configuration.
#[rustfmt::skip] // a table: one row a line
pub(crate) static ROWS: &[Row] = &[
    //                                                              plain
    //                                                              |  own domain as sender
    //                                                              |  |  empty sender
    //                                                              |  |  |  percent, own host
    //                                                              |  |  |  |  percent, a customer's domain
    //                                                              |  |  |  |  |  HELO with its name
    //                                                              |  |  |  |  |  |  XCLIENT
    //                                                              |  |  |  |  |  |  |  inside TLS
    //                                                              |  |  |  |  |  |  |  |  to a user here
    //                                                              |  |  |  |  |  |  |  |  |  from the office
    //                                                              |  |  |  |  |  |  |  |  |  |  logged in
    row(Mta::Postfix, "closed",             "127.25.1.1:25",       [N, N, N, N, N, N, X, N, I, R, X], CLOSED),
    row(Mta::Postfix, "open-to-all",        "127.25.1.2:25",       [R, R, R, R, I, R, X, R, I, R, X], OPEN),
    row(Mta::Postfix, "mynetworks-any",     "127.25.1.3:25",       [R, R, R, R, I, R, X, R, I, R, X], OPEN),
    row(Mta::Postfix, "sender-access",      "127.25.1.4:25",       [N, R, N, N, N, N, X, N, I, R, X], OPEN),
    row(Mta::Postfix, "null-sender",        "127.25.1.5:25",       [N, N, R, N, N, N, X, N, I, R, X], OPEN),
    row(Mta::Postfix, "helo-access",        "127.25.1.6:25",       [N, N, N, N, N, R, X, N, I, R, X], OPEN),
    row(Mta::Postfix, "xclient-any",        "127.25.1.7:25",       [N, N, N, N, N, N, R, N, I, R, X], OPEN),
    row(Mta::Postfix, "auth-required",      "127.25.1.8:587",      [N, N, N, N, N, N, X, N, N, R, N], UNWANTED),
    row(Mta::Postfix, "starttls-required",  "127.25.1.9:25",       [N, N, N, N, N, N, X, N, N, N, X], CLOSED),
    row(Mta::Postfix, "open-inside-tls",    "127.25.1.10:25",      [D, D, D, D, D, D, X, R, D, R, X], OPEN),
    row(Mta::Postfix, "greylist-closed",    "127.25.1.11:25",      [N, N, N, N, N, N, X, N, M, L, X], CLOSED),
    row(Mta::Postfix, "greylist-open",      "127.25.1.12:25",      [L, L, L, L, M, L, X, L, M, R, X], OPEN),
    row(Mta::Postfix, "soft-bounce",        "127.25.1.13:25",      [D, D, D, D, D, D, X, D, I, R, X], CLOSED),
    row(Mta::Postfix, "header-checks",      "127.25.1.14:25",      [N, N, N, N, N, N, X, N, N, N, X], OPEN),
    row(Mta::Postfix, "catch-all",          "127.25.1.15:25",      [N, N, N, N, N, N, X, N, I, R, X], CLOSED),
    row(Mta::Postfix, "two-services",       "127.25.1.16:25",      [N, N, N, N, N, N, X, N, I, R, X], CLOSED),
    row(Mta::Postfix, "two-services",       "127.25.1.16:587",     [R, R, R, R, I, R, X, R, I, R, X], OPEN),
    row(Mta::Postfix, "untrusted-routing",  "127.25.1.17:25",      [N, N, N, N, I, N, X, N, I, R, X], CLOSED),
    row(Mta::Exim, "closed",                "127.25.2.1:25",       [N, N, N, N, N, N, X, N, I, R, X], CLOSED),
    row(Mta::Exim, "open-to-all",           "127.25.2.2:25",       [R, R, R, B, I, R, X, R, I, R, X], ACCEPT_ALL),
    row(Mta::Exim, "hosts-any",             "127.25.2.3:25",       [R, R, R, N, I, R, X, R, I, R, X], ACCEPT_ALL),
    row(Mta::Exim, "sender-domains",        "127.25.2.4:25",       [N, R, N, N, N, N, X, N, I, R, X], OPEN),
    row(Mta::Exim, "null-sender",           "127.25.2.5:25",       [N, N, R, N, N, N, X, N, I, R, X], OPEN),
    row(Mta::Exim, "helo-trusted",          "127.25.2.6:25",       [N, N, N, N, N, R, X, N, I, R, X], OPEN),
    row(Mta::Exim, "percent-option",        "127.25.2.7:25",       [N, N, N, N, N, N, X, N, I, R, X], CLOSED),
    row(Mta::Exim, "percent-router",        "127.25.2.8:25",       [N, N, N, R, N, N, X, N, I, R, X], OPEN),
    row(Mta::Exim, "auth-required",         "127.25.2.9:587",      [N, N, N, N, N, N, X, N, N, R, R], LOGIN),
    row(Mta::Exim, "tls-trusted",           "127.25.2.10:25",      [N, N, N, N, N, N, X, R, I, R, X], OPEN),
    row(Mta::Exim, "greylist",              "127.25.2.11:25",      [N, N, N, N, N, N, X, N, M, R, X], inconclusive("deferred")),
    row(Mta::Exim, "late-check",            "127.25.2.12:25",      [N, N, N, B, N, N, X, N, I, R, X], ACCEPT_ALL),
    row(Mta::Exim, "catch-all",             "127.25.2.13:25",      [N, N, N, I, N, N, X, N, I, R, X], CLOSED),
    row(Mta::Sendmail, "closed",            "127.25.3.1:25",       [N, N, N, N, N, N, X, N, I, R, N], CLOSED),
    row(Mta::Sendmail, "open-to-all",       "127.25.3.2:25",       [R, R, R, R, I, R, X, R, I, R, N], OPEN),
    row(Mta::Sendmail, "relay-local-from",  "127.25.3.3:25",       [N, R, N, N, N, N, X, N, I, R, N], OPEN),
    row(Mta::Sendmail, "loose-relay-check", "127.25.3.4:25",       [N, N, N, N, I, N, X, N, I, R, N], CLOSED),
    row(Mta::Sendmail, "auth-required",     "127.25.3.5:587",      [N, N, N, N, N, N, X, N, N, N, N], LOGIN),
    row(Mta::Sendmail, "access-relay",      "127.25.3.6:25",       [R, R, R, R, I, R, X, R, I, R, N], OPEN),
    row(Mta::Sendmail, "catch-all",         "127.25.3.7:25",       [N, N, N, N, N, N, X, N, I, R, N], CLOSED),
    // With Debian 12's OpenSSL no handshake of OpenSMTPD 6.8 succeeds: STARTTLS is offered and fails.
    row(Mta::OpenSmtpd, "closed",           "127.25.4.1:25",       [N, N, N, N, N, N, X, F, I, R, F], UNWANTED),
    row(Mta::OpenSmtpd, "open-to-all",      "127.25.4.2:25",       [R, R, R, N, I, R, X, F, I, R, F], OPEN),
    row(Mta::OpenSmtpd, "mail-from",        "127.25.4.3:25",       [N, R, N, N, N, N, X, F, I, R, F], OPEN),
    row(Mta::OpenSmtpd, "helo",             "127.25.4.4:25",       [N, N, N, N, N, R, X, F, I, R, F], OPEN),
    // OpenSMTPD 6.8 cannot judge "match tls" yet and puts off whatever reaches that rule.
    row(Mta::OpenSmtpd, "match-tls",        "127.25.4.5:25",       [D, D, D, N, D, D, X, F, I, R, F], inconclusive("deferred")),
    row(Mta::OpenSmtpd, "auth-required",    "127.25.4.6:587",      [N, N, N, N, N, N, X, F, N, N, F], inconclusive("tls-required")),
    row(Mta::OpenSmtpd, "starttls-required","127.25.4.7:25",       [N, N, N, N, N, N, X, F, N, N, F], inconclusive("tls-required")),
    row(Mta::OpenSmtpd, "catch-all",        "127.25.4.8:25",       [N, N, N, I, N, N, X, F, I, R, F], UNWANTED),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server;

    #[test]
    fn every_configuration_has_a_row_and_every_row_a_configuration() {
        let mut written: Vec<String> = ROWS.iter().map(Row::server).collect();
        written.dedup();
        let mut there = Vec::new();
        for mta in Mta::ALL {
            for entry in std::fs::read_dir(server::sources().join(mta.name())).expect("conf") {
                let entry = entry.expect("an entry");
                if entry.file_type().expect("a type").is_dir() {
                    let name = entry.file_name().into_string().expect("a name");
                    there.push(format!("{}/{name}", mta.name()));
                }
            }
        }
        written.sort();
        there.sort();
        assert_eq!(written, there);
    }

    #[test]
    fn addresses_are_unique_and_loopback() {
        let mut seen = Vec::new();
        for row in ROWS {
            assert!(row.at().ip().is_loopback(), "{}", row.title());
            assert!(!seen.contains(&row.at()), "{}", row.title());
            seen.push(row.at());
        }
    }

    #[test]
    fn every_mail_server_is_there_open_and_closed() {
        for mta in Mta::ALL {
            for (name, open) in [("closed", false), ("open-to-all", true)] {
                let found = ROWS.iter().find(|row| row.mta == mta && row.name == name);
                assert_eq!(found.map(Row::is_open), Some(open), "{}/{name}", mta.name());
            }
        }
    }
}
