//! What an smtpd.conf holds, in either grammar: listeners, tables, actions, rules.
//!
//! In: nothing; these are the values that the grammars fill and that evaluation and rules read.

use super::super::spot::Spot;
use super::table::Table;
use std::rc::Rc;

/// A listener.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    /// The interface, address or name it listens on.
    pub(super) on: String,
    /// The ports.
    pub(super) ports: Vec<String>,
    /// The only family, if there is one: whether it is IPv6.
    pub(super) v6_only: Option<bool>,
    /// Its tag.
    pub(super) tag: Option<String>,
    /// Whether people can log in there, and whether they must.
    pub(super) auth: Auth,
    /// Whether TLS can be had, and whether it must be.
    pub(super) tls: Tls,
    /// Whether TLS begins with the first byte.
    pub(super) implicit_tls: bool,
    /// `proxy-v2`, where it stands.
    pub(super) proxy: Option<Spot>,
    /// Whether a filter stands before the rules.
    pub(super) filtered: bool,
    /// Where it stands.
    pub(super) spot: Spot,
}

/// Logging in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Auth {
    /// It is not offered.
    No,
    /// It is offered.
    Offered,
    /// Nothing is taken without.
    Required,
}

/// Encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tls {
    /// It is not offered.
    No,
    /// It is offered.
    Offered,
    /// Nothing is taken without.
    Required,
    /// Nothing is taken without a certificate of the client.
    Verified,
}

impl Listener {
    /// Tells whether only this machine reaches it.
    pub(super) fn is_local(&self) -> bool {
        let on = self.on.as_str();
        let loopback = on
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        loopback || matches!(on, "lo" | "lo0" | "localhost" | "socket")
    }

    /// Tells whether nothing is taken there from whom it does not know.
    pub(super) fn asks_who(&self) -> bool {
        self.auth == Auth::Required || self.tls == Tls::Verified
    }

    /// Tells whether clients of a family reach it.
    pub(super) fn serves(&self, v6: bool) -> bool {
        self.v6_only.is_none_or(|only| only == v6)
    }

    /// Gives all that the rules can tell it by.
    pub(super) fn class(&self) -> Class<'_> {
        Class {
            tag: self.tag.as_deref(),
            tls: self.tls,
            v6_only: self.v6_only,
            asks_who: self.asks_who(),
            local: self.is_local(),
        }
    }

    /// Names it.
    pub(super) fn name(&self) -> String {
        format!("{} port {}", self.on, self.ports.join(", "))
    }
}

/// What listeners of one class have in common: the rules decide the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class<'a> {
    tag: Option<&'a str>,
    tls: Tls,
    v6_only: Option<bool>,
    asks_who: bool,
    local: bool,
}

/// A condition of a rule.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// What is asked.
    pub(super) what: What,
    /// Whether it has to be otherwise.
    pub(super) negated: bool,
    /// Where it stands, from its first word to its last.
    pub(super) spot: Spot,
}

/// Words or a table that something is matched with.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// The entries; shared by all that name the table.
    pub(super) table: Rc<Table>,
    /// Whether they are regular expressions.
    pub(super) regex: bool,
}

/// What a condition asks.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// From anywhere.
    FromAny,
    /// From this machine.
    FromLocal,
    /// From the local socket.
    FromSocket,
    /// From addresses.
    FromSource(Set),
    /// From hosts with a reverse name, or one of these.
    FromName(Option<Set>),
    /// From anywhere, logged in.
    FromLogin,
    /// To any domain.
    ForAny,
    /// To the names of this machine.
    ForLocal,
    /// To domains.
    ForDomain(Set),
    /// To addresses.
    Recipient(Set),
    /// Of senders.
    Sender(Set),
    /// With a HELO name.
    Helo(Set),
    /// Logged in.
    Auth,
    /// Through a listener with the tag.
    Tag(Set),
    /// With encryption.
    Tls,
}

impl What {
    /// Tells whether it asks where the client is, which every rule does once.
    pub(super) fn is_source(&self) -> bool {
        matches!(
            self,
            Self::FromAny
                | Self::FromLocal
                | Self::FromSocket
                | Self::FromSource(_)
                | Self::FromName(_)
                | Self::FromLogin
        )
    }

    /// Tells whether it asks where the mail goes.
    pub(super) fn is_destination(&self) -> bool {
        matches!(
            self,
            Self::ForAny | Self::ForLocal | Self::ForDomain(_) | Self::Recipient(_)
        )
    }
}

/// What becomes of mail that a rule fits.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// It is sent on.
    Relay,
    /// It is delivered here, by way of virtual users where there are some.
    Deliver(Option<Rc<Table>>),
    /// It is refused.
    Reject,
    /// That cannot be told.
    Unknown,
}

/// A rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Its conditions; what is left out is written out.
    pub(super) conditions: Vec<Condition>,
    /// What becomes of the mail.
    pub(super) deed: Deed,
    /// Whether part of it could not be read.
    pub(super) broken: bool,
    /// Its first word.
    pub(super) head: Spot,
    /// How it came in.
    pub(super) chain: Vec<String>,
}

/// A configuration.
#[derive(Debug, Default)]
pub(super) struct Conf {
    /// The listeners.
    pub(super) listeners: Vec<Listener>,
    /// The rules, in order.
    pub(super) rules: Vec<Rule>,
    /// Where the first rule of the old grammar stands.
    pub(super) old: Option<Spot>,
    /// Tables that lie elsewhere: where they are declared, name and kind.
    pub(super) elsewhere: Vec<(Spot, String)>,
    /// Filters, where they are declared.
    pub(super) filters: Vec<Spot>,
    /// Includes that were not read.
    pub(super) lost: Vec<Spot>,
    /// Whether there is a listener of which not all is known.
    pub(super) listens_elsewhere: bool,
}
