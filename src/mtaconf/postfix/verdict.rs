//! What an evaluation says: how the lists of a service ended, by which statement, and what follows.
//!
//! In: nothing; `evaluate` fills these in. Out: a [`Verdict`] that the rules ask.
//!
//! References: SMTPD_ACCESS_README.

use super::lists::List;
use super::params::{Value, Word};
use super::restrictions::{Asks, Statement};
use super::tables::Entry;
use crate::model::{Place, Relay};
use crate::mtaconf::decide::Assume;
use crate::mtaconf::source::short;
use std::rc::Rc;

/// The lists, in the order in which smtpd walks them at RCPT.
pub(super) const LISTS: [ListName; 5] = [
    ListName::Client,
    ListName::Helo,
    ListName::Sender,
    ListName::Relay,
    ListName::Recipient,
];

/// A list that is walked for each recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListName {
    /// smtpd_client_restrictions.
    Client,
    /// smtpd_helo_restrictions.
    Helo,
    /// smtpd_sender_restrictions.
    Sender,
    /// smtpd_relay_restrictions.
    Relay,
    /// smtpd_recipient_restrictions.
    Recipient,
}

impl ListName {
    /// Gives the parameter.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Client => "smtpd_client_restrictions",
            Self::Helo => "smtpd_helo_restrictions",
            Self::Sender => "smtpd_sender_restrictions",
            Self::Relay => "smtpd_relay_restrictions",
            Self::Recipient => "smtpd_recipient_restrictions",
        }
    }

    /// Tells whether it is one of the two lists that hold the policy.
    pub(super) fn is_policy(self) -> bool {
        matches!(self, Self::Relay | Self::Recipient)
    }

    /// Says what a bare `type:table` asks for there.
    pub(super) fn bare(self) -> Asks {
        match self {
            Self::Client => Asks::Client,
            Self::Helo => Asks::Helo,
            Self::Sender => Asks::Sender,
            Self::Relay | Self::Recipient => Asks::Recipient,
        }
    }
}

/// A list of a service.
#[derive(Debug, Clone)]
pub(super) struct Restrictions {
    /// Which.
    pub(super) name: ListName,
    /// Its value.
    pub(super) value: Rc<Value>,
    /// Its statements.
    pub(super) statements: Rc<[Statement]>,
}

/// What the outsider chose to get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Forged {
    /// A sender; empty for the null sender, absent where it meets a pattern.
    Sender(Option<String>),
    /// A HELO name; absent where it meets a pattern.
    Helo(Option<String>),
    /// An address for HELO.
    Address,
}

/// The statement that ended a list, and what made it.
#[derive(Debug, Clone)]
pub(super) struct By {
    /// The statement.
    pub(super) statement: Statement,
    /// The entry of the table it asked.
    pub(super) entry: Option<Entry>,
    /// The item of another parameter that made it say so, such as a network of mynetworks.
    pub(super) because: Option<Because>,
    /// What the outsider chose.
    pub(super) forged: Option<Forged>,
    /// Whether the files do not show that it says so.
    pub(super) unknown: bool,
}

/// An item of a list parameter that decided.
#[derive(Debug, Clone)]
pub(super) struct Because {
    /// The value it stands in.
    pub(super) value: Rc<Value>,
    /// The word of the value.
    pub(super) word: Word,
    /// The item: the word, or what stands in the file that the word names.
    pub(super) text: String,
    /// Where the item stands.
    pub(super) place: Place,
    /// How it came into force.
    pub(super) chain: Vec<String>,
    /// The entry, if it is a table.
    pub(super) entry: Option<Entry>,
}

/// How a list ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// By a permit.
    Permit(Box<By>),
    /// By a refusal.
    Refuse(Box<By>),
    /// It ran out.
    Out,
}

/// How a walk of a list went.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// How it ended.
    pub(super) end: End,
    /// The statement that turns a permit of any list into a refusal.
    pub(super) defers: Option<Statement>,
}

impl Walk {
    /// Gives the statement that permitted.
    pub(super) fn permit(&self) -> Option<&By> {
        match &self.end {
            End::Permit(by) => Some(by),
            _ => None,
        }
    }

    /// Gives the statement that refused.
    pub(super) fn refusal(&self) -> Option<&By> {
        match &self.end {
            End::Refuse(by) => Some(by),
            _ => None,
        }
    }
}

/// Which class of domains a foreign domain falls into.
#[derive(Debug, Clone)]
pub(super) enum Class {
    /// None, as it should be.
    None,
    /// One whose mail is delivered here.
    Local(Because),
    /// Those that are relayed.
    Relay(Because),
    /// The files do not show whether it is relayed.
    Unknown(Because),
}

/// Why a service does not start.
#[derive(Debug, Clone)]
pub(super) enum Broken {
    /// Neither policy list holds a refusal.
    NoRefusal,
    /// Restriction classes name each other without end; smtpd crashes.
    Classes,
    /// A `-o` is malformed.
    Option,
    /// main.cf holds a line that is no assignment.
    Line,
    /// A value cannot be expanded.
    Value,
}

/// What was found about a service.
#[derive(Debug)]
pub(super) struct Verdict {
    /// The outcome.
    pub(super) relay: Relay,
    /// Why it does not start.
    pub(super) broken: Option<Broken>,
    /// The lists it has, in order.
    pub(super) lists: Vec<Restrictions>,
    /// How each ended as written, with what can be forged, and if all that is unknown permits.
    pub(super) walks: [Vec<Walk>; 3],
    /// Whether each list holds a refusal ahead of any literal `permit`.
    pub(super) refusing: Vec<bool>,
    /// The class that foreign domains fall into.
    pub(super) class: Class,
}

impl Verdict {
    /// Gives how the lists ended under an assumption, in order.
    pub(super) fn walks(&self, assume: Assume) -> &[Walk] {
        &self.walks[index(assume)]
    }

    /// Gives the assumption under which it accepts, if it does under one.
    pub(super) fn accepting(&self) -> Option<Assume> {
        match self.relay {
            Relay::Open | Relay::AcceptsForeign => Some(Assume::AsWritten),
            Relay::OpenIfForged => Some(Assume::Forged),
            Relay::Conditional => Some(Assume::UnknownPermits),
            Relay::Broken | Relay::Closed | Relay::Unreachable => None,
        }
    }

    /// Gives a list of the service with its number.
    pub(super) fn list(&self, name: ListName) -> Option<(usize, &Restrictions)> {
        let mut lists = self.lists.iter().enumerate();
        lists.find(|(_, list)| list.name == name)
    }

    /// Tells whether a list other than the one of that number still refuses the outsider.
    pub(super) fn is_masked(&self, number: usize, assume: Assume) -> bool {
        let mut others = self.walks(assume).iter().enumerate();
        others.any(|(at, walk)| at != number && walk.refusal().is_some() || walk.defers.is_some())
    }

    /// Tells whether a list holds a refusal ahead of any literal `permit`.
    pub(super) fn holds_refusal(&self, name: ListName) -> bool {
        self.list(name)
            .is_some_and(|(number, _)| self.refusing.get(number) == Some(&true))
    }
}

/// Gives the number of an assumption.
pub(super) fn index(assume: Assume) -> usize {
    match assume {
        Assume::AsWritten => 0,
        Assume::Forged => 1,
        Assume::UnknownPermits => 2,
    }
}

impl By {
    /// Makes the statement the one that decides.
    pub(super) fn plain(statement: &Statement) -> Self {
        Self {
            statement: statement.clone(),
            entry: None,
            because: None,
            forged: None,
            unknown: false,
        }
    }

    /// Adds what made it say so.
    pub(super) fn because(self, because: &Because) -> Self {
        Self {
            because: Some(because.clone()),
            ..self
        }
    }
}

impl Because {
    /// Finds the item of a list that decided.
    pub(super) fn of(
        value: &Rc<Value>,
        list: &List,
        item: usize,
        entry: Option<Entry>,
    ) -> Option<Self> {
        let item = list.items.get(item)?;
        let word = value.words.get(item.word)?;
        let mut chain = value.chain_of(word);
        chain.extend(item.chain.iter().cloned());
        Some(Self {
            value: Rc::clone(value),
            word: word.clone(),
            text: short(&item.text).into_owned(),
            place: item.place.clone().unwrap_or_else(|| value.place_of(word)),
            chain,
            entry,
        })
    }

    /// Gives the place for a finding.
    pub(super) fn blame(&self) -> Place {
        match self.value.explicit {
            true => self.value.blame(&self.word),
            false => self.value.place_of(&self.word),
        }
    }
}
