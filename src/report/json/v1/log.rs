//! The structs of version 1 for audits of logs, and how they are made of the model.
//!
//! In: the model. Out: structs whose strings are all fit to show, as in `convert.rs`.
//!
//! An audit is written only; `report::compare::logs` reads back what a comparison needs of it.

use super::Finding;
use super::audit::Suppressed;
use super::convert::ours;
use crate::model::bytes::escaped;
use crate::model::{self, LogAudit, LogTotals, TopKind};
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// Everything learnt about one set of logs.
#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct Log<'a> {
    /// The files, in the order in which they were named.
    paths: Vec<Cow<'a, str>>,
    /// The format of the first file whose format is known; null where none is.
    format: Option<&'static str>,
    /// All formats that the files have, each once.
    formats: Vec<&'static str>,
    /// Lines that count: not those outside of the time that was asked for, nor those that several files have.
    lines: u64,
    /// Lines of the mail service, or of nothing at all, that were not understood.
    unparsed: u64,
    /// When the first line was logged, RFC 3339 in UTC; null without a line.
    #[schemars(extend("format" = "date-time"))]
    first: Option<Cow<'a, str>>,
    /// When the last line was logged, RFC 3339 in UTC; null without a line.
    #[schemars(extend("format" = "date-time"))]
    last: Option<Cow<'a, str>>,
    /// Counts.
    totals: Totals,
    /// The most active of some kinds, the most active first.
    tops: Tops<'a>,
    /// What a reader has to know: what was inferred, what was left out.
    notes: Vec<Cow<'a, str>>,
    /// What was not decided, and why; they make an exit code of 3 where nothing was found.
    undecided: Vec<Cow<'a, str>>,
    /// Findings that were put aside. They are in no list of findings.
    suppressed: Vec<Suppressed<'a>>,
    /// What is wrong; only in jsonl, a document has all findings in one list.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<Finding<'a>>>,
}

/// Counts over a set of logs.
#[derive(Serialize, JsonSchema)]
struct Totals {
    /// Messages taken over the network; a second pass through a scanner is not counted.
    messages: u64,
    /// Refused relay attempts of clients that are not trusted.
    relay_denied: u64,
    /// Recipients to whom mail of outsiders was relayed.
    relayed_recipients: u64,
    /// Messages that arrived from anywhere, each pass counted.
    received: u64,
    /// Deliveries that succeeded, by recipient.
    delivered: u64,
    /// Deliveries that became another message: forwards of users and lists.
    forwarded: u64,
    /// Messages that were deferred at least once.
    deferred: u64,
    /// Attempts that were deferred.
    deferrals: u64,
    /// Deliveries that failed for good, by recipient.
    bounced: u64,
    /// Refusals, those of relay attempts among them.
    rejected: u64,
    /// Refusals that were only written down.
    warned: u64,
    /// Logins that worked, where the log tells of logins, else messages with a login.
    logins: u64,
    /// Logins that failed.
    login_failures: u64,
    /// Messages of which the log tells the middle or the end only.
    headless: u64,
    /// Messages whose end was not seen.
    unfinished: u64,
}

/// Tables of the most active.
#[derive(Default, Serialize, JsonSchema)]
struct Tops<'a> {
    /// Sources of refused relay attempts: addresses, /64 networks of IPv6.
    refused: Vec<Top<'a>>,
    /// Accounts, by messages.
    accounts: Vec<Top<'a>>,
    /// Clients, by messages.
    clients: Vec<Top<'a>>,
}

/// One of the most active.
#[derive(Serialize, JsonSchema)]
struct Top<'a> {
    /// The address, network or account.
    key: Cow<'a, str>,
    /// The verified name of a client; null where there is none.
    name: Option<Cow<'a, str>>,
    /// How much.
    count: u64,
    /// When it was first seen, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    first: Cow<'a, str>,
    /// When it was last seen, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    last: Cow<'a, str>,
}

impl<'a> Log<'a> {
    /// Makes a line of jsonl: it has its findings.
    pub(in crate::report) fn with_findings(audit: &'a LogAudit) -> Self {
        Self {
            findings: Some(findings(audit).collect()),
            ..Self::from(audit)
        }
    }
}

/// Gives the findings of an audit.
pub(super) fn findings(audit: &LogAudit) -> impl Iterator<Item = Finding<'_>> {
    audit.findings.iter().map(Finding::from)
}

impl<'a> From<&'a LogAudit> for Log<'a> {
    fn from(audit: &'a LogAudit) -> Self {
        let mut tops = Tops::default();
        for table in &audit.tops {
            let rows = match table.kind {
                TopKind::Refused => &mut tops.refused,
                TopKind::Accounts => &mut tops.accounts,
                TopKind::Clients => &mut tops.clients,
            };
            rows.extend(table.rows.iter().map(Top::from));
        }
        let suppressed = audit.suppressed.iter();
        Self {
            paths: audit.paths.iter().map(|path| escaped(path)).collect(),
            format: audit.formats.first().copied(),
            formats: audit.formats.clone(),
            lines: audit.lines,
            unparsed: audit.unparsed,
            first: audit.first.as_deref().map(escaped),
            last: audit.last.as_deref().map(escaped),
            totals: Totals::from(&audit.totals),
            tops,
            notes: audit.notes.iter().map(|note| ours(note)).collect(),
            undecided: audit.undecided.iter().map(|why| ours(why)).collect(),
            suppressed: suppressed
                .map(|(finding, reason)| Suppressed {
                    reason: ours(reason),
                    finding: Finding::from(finding),
                })
                .collect(),
            findings: None,
        }
    }
}

impl From<&LogTotals> for Totals {
    fn from(totals: &LogTotals) -> Self {
        let LogTotals {
            messages,
            relay_denied,
            relayed_recipients,
            received,
            delivered,
            forwarded,
            deferred,
            deferrals,
            bounced,
            rejected,
            warned,
            logins,
            login_failures,
            headless,
            unfinished,
        } = *totals;
        Self {
            messages,
            relay_denied,
            relayed_recipients,
            received,
            delivered,
            forwarded,
            deferred,
            deferrals,
            bounced,
            rejected,
            warned,
            logins,
            login_failures,
            headless,
            unfinished,
        }
    }
}

impl<'a> From<&'a model::Top> for Top<'a> {
    fn from(top: &'a model::Top) -> Self {
        Self {
            key: top.key.shown(),
            name: (!top.name.is_empty()).then(|| top.name.shown()),
            count: top.count,
            first: escaped(&top.first),
            last: escaped(&top.last),
        }
    }
}
