//! What an audit of logs learns: what was relayed, by whom, who tried, and how much there was of everything.
//!
//! Counts are exact where memory for them is bounded by itself; the tables of the most active are as good as
//! exact: who is among the first ten is never dropped for who is not.

use super::bytes::Untrusted;
use super::conf::Place;
use super::finding::Finding;
use std::sync::Arc;

/// Lines of a log as proof: how many say so, from where to where, and some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLines {
    /// The first.
    pub first: Place,
    /// The last.
    pub last: Place,
    /// How many there are.
    pub count: u64,
    /// When the first was logged, RFC 3339 in UTC.
    pub from: String,
    /// When the last was logged.
    pub until: String,
    /// Some of them, in order.
    pub samples: Vec<LogLine>,
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where it stands.
    pub place: Place,
    /// When it was logged, RFC 3339 in UTC.
    pub at: String,
    /// What it says: its text, or what was joined out of several lines, of which it is the last.
    pub text: Untrusted,
}

/// Counts over a whole log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogTotals {
    /// Messages taken over the network; a second pass through a scanner is not counted.
    pub messages: u64,
    /// Refused relay attempts of clients that are not trusted.
    pub relay_denied: u64,
    /// Recipients to whom mail of outsiders was relayed.
    pub relayed_recipients: u64,
    /// Messages that arrived from anywhere, each pass counted.
    pub received: u64,
    /// Deliveries that succeeded, by recipient.
    pub delivered: u64,
    /// Deliveries that became another message: forwards of users and lists.
    pub forwarded: u64,
    /// Messages that were deferred at least once.
    pub deferred: u64,
    /// Attempts that were deferred.
    pub deferrals: u64,
    /// Deliveries that failed for good, by recipient.
    pub bounced: u64,
    /// Refusals, those of relay attempts among them.
    pub rejected: u64,
    /// Refusals that were only written down.
    pub warned: u64,
    /// Logins that worked, where the log tells of logins, else messages with a login.
    pub logins: u64,
    /// Logins that failed.
    pub login_failures: u64,
    /// Messages of which the log tells the middle or the end only.
    pub headless: u64,
    /// Messages that were let go before their end was seen: the log ended, or nothing came for a day.
    pub unfinished: u64,
}

impl LogTotals {
    /// Gives what has come since then.
    #[must_use]
    pub fn since(&self, then: &Self) -> Self {
        let since = |now: u64, then: u64| now.saturating_sub(then);
        Self {
            messages: since(self.messages, then.messages),
            relay_denied: since(self.relay_denied, then.relay_denied),
            relayed_recipients: since(self.relayed_recipients, then.relayed_recipients),
            received: since(self.received, then.received),
            delivered: since(self.delivered, then.delivered),
            forwarded: since(self.forwarded, then.forwarded),
            deferred: since(self.deferred, then.deferred),
            deferrals: since(self.deferrals, then.deferrals),
            bounced: since(self.bounced, then.bounced),
            rejected: since(self.rejected, then.rejected),
            warned: since(self.warned, then.warned),
            logins: since(self.logins, then.logins),
            login_failures: since(self.login_failures, then.login_failures),
            headless: since(self.headless, then.headless),
            unfinished: since(self.unfinished, then.unfinished),
        }
    }
}

/// Which table of the most active it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TopKind {
    /// Sources of refused relay attempts.
    Refused,
    /// Accounts, by messages.
    Accounts,
    /// Clients, by messages.
    Clients,
}

/// One of the most active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// The address, network or account.
    pub key: Untrusted,
    /// The verified name of a client; empty where there is none.
    pub name: Untrusted,
    /// How much.
    pub count: u64,
    /// When it was first seen, RFC 3339 in UTC.
    pub first: String,
    /// When it was last seen.
    pub last: String,
}

/// A table of the most active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopTable {
    /// Which.
    pub kind: TopKind,
    /// The rows, the most active first.
    pub rows: Vec<Top>,
}

/// Everything learnt about one set of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogAudit {
    /// The files, in the order they were read.
    pub paths: Vec<Arc<str>>,
    /// Names of the formats, each once.
    pub formats: Vec<&'static str>,
    /// Lines read.
    pub lines: u64,
    /// Lines of the mail service, or of nothing at all, that were not understood.
    pub unparsed: u64,
    /// When the first line was logged, RFC 3339 in UTC.
    pub first: Option<String>,
    /// When the last line was logged.
    pub last: Option<String>,
    /// Counts.
    pub totals: LogTotals,
    /// The most active.
    pub tops: Vec<TopTable>,
    /// What a reader of the report has to know, such as what was inferred.
    pub notes: Vec<String>,
    /// What was not decided, and why; nothing where everything asked for was read and understood.
    pub undecided: Vec<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Findings that the user has put aside, by rule, with the reason given.
    pub suppressed: Vec<(Finding, String)>,
}
