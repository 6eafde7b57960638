//! Logs: whether mail was relayed, since when and by whom, who tried, whose account looks stolen, how much of everything.
//!
//! In: an audit. Out: its section of the page. Topics and their order are those of the text for people.
//!
//! Limits: [`MOST_OF_A_RULE`] findings of each rule, [`MOST_ROWS`] rows of a table; what is left out is counted.

use super::conf::more;
use super::finding::{self, Aside, OF_A_LINE, Shown, when};
use super::page::{Note, Tone};
use crate::model::{Finding, LogAudit, LogLines, TopKind, TopTable};
use crate::report::fit;
use crate::report::human::log::{RELAYED, TOPICS, grouped, logged};
use crate::report::markdown::capital;
use serde::Serialize;
use std::collections::BTreeMap;

/// Findings of one rule that are told.
const MOST_OF_A_RULE: usize = 20;

/// Rows of a table.
const MOST_ROWS: usize = 300;

/// The section of a set of logs.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    id: String,
    path: String,
    word: &'static str,
    tone: Tone,
    facts: String,
    text: &'static str,
    logged: Option<String>,
    undecided: Vec<Note>,
    relayed: Vec<Relayed>,
    topics: Vec<Topic>,
    totals: Vec<Total>,
    tops: Vec<Top>,
    notes_given: Vec<Note>,
    suppressed: Vec<Aside>,
}

#[derive(Debug, Serialize)]
struct Relayed {
    client: String,
    count: String,
    first: String,
    last: String,
    rule: &'static str,
}

#[derive(Debug, Serialize)]
struct Topic {
    heading: String,
    findings: Vec<Shown>,
    more: Option<String>,
}

#[derive(Debug, Serialize)]
struct Total {
    name: &'static str,
    count: String,
    about: String,
}

#[derive(Debug, Serialize)]
struct Top {
    heading: &'static str,
    counted: &'static str,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    key: String,
    name: String,
    count: String,
    first: String,
    last: String,
}

/// Puts together the section of a set of logs.
pub(super) fn of(number: usize, audit: &LogAudit) -> Log {
    let (word, tone, text) = answer(audit);
    let mut facts: Vec<String> = audit.formats.iter().map(|f| (*f).to_owned()).collect();
    facts.push(fit::count(audit.lines, "line"));
    let paths: Vec<&str> = audit.paths.iter().take(3).map(|path| &**path).collect();
    let others = more(audit.paths.len(), 3, "file").unwrap_or_default();
    let relayed = audit.findings.iter();
    let relayed = relayed.filter(|one| RELAYED.contains(&one.rule.id));
    let suppressed = audit.suppressed.iter().take(MOST_ROWS);
    let told = |all: &[String]| -> Vec<Note> {
        let all = all.iter().take(MOST_ROWS);
        all.map(|one| Note::new("", fit::line(one, fit::MOST)))
            .collect()
    };
    Log {
        id: format!("l{number}"),
        path: format!("{} {others}", fit::name(&paths.join(", "), fit::MOST)),
        word,
        tone,
        facts: facts.join(", "),
        text,
        logged: match (&audit.first, &audit.last) {
            (Some(first), Some(last)) => Some(format!("Logged {} to {}.", when(first), when(last))),
            _ => None,
        },
        undecided: told(&audit.undecided),
        relayed: relayed.take(MOST_ROWS).map(client).collect(),
        topics: topics(audit),
        totals: totals(audit),
        tops: audit
            .tops
            .iter()
            .filter(|table| !table.rows.is_empty())
            .map(top)
            .collect(),
        notes_given: told(&audit.notes),
        suppressed: suppressed
            .map(|(one, reason)| finding::aside(one, fit::name(&one.subject, OF_A_LINE), reason))
            .collect(),
    }
}

/// Says in a word and a sentence what the logs show.
fn answer(audit: &LogAudit) -> (&'static str, Tone, &'static str) {
    let fired = |id: &str| audit.findings.iter().any(|one| one.rule.id == id);
    match (fired(RELAYED[0]), fired(RELAYED[1])) {
        (true, _) => (
            "relayed",
            Tone::Alarm,
            "Mail of outsiders went through this server to outsiders.",
        ),
        (false, true) => (
            "taken",
            Tone::Alarm,
            "Mail of outsiders was taken for outsiders, and no delivery of it is logged.",
        ),
        _ if !audit.undecided.is_empty() => (
            "undecided",
            Tone::Doubt,
            "Nothing relayed was seen, in what was understood.",
        ),
        _ if audit.lines == 0 => ("no lines", Tone::Faint, "Nothing was logged."),
        _ => (
            "not relayed",
            Tone::Good,
            "No mail of an outsider was taken for an outsider.",
        ),
    }
}

fn client(finding: &Finding) -> Relayed {
    let spans: Vec<&LogLines> = logged(finding).collect();
    let first = spans.iter().map(|lines| &lines.from).min();
    let last = spans.iter().map(|lines| &lines.until).max();
    Relayed {
        client: fit::name(&finding.subject, OF_A_LINE),
        count: finding.count.map(grouped).unwrap_or_default(),
        first: first.map(|text| at(text)).unwrap_or_default(),
        last: last.map(|text| at(text)).unwrap_or_default(),
        rule: finding.rule.id,
    }
}

fn topics(audit: &LogAudit) -> Vec<Topic> {
    let known = |id: &str| TOPICS.iter().any(|(_, ids)| ids.contains(&id));
    let mut topics = Vec::new();
    for (heading, ids) in TOPICS {
        let of_topic = |one: &&Finding| ids.contains(&one.rule.id);
        topics.extend(topic(heading, audit.findings.iter().filter(of_topic)));
    }
    let rest = audit.findings.iter().filter(|one| !known(one.rule.id));
    topics.extend(topic("besides", rest));
    topics
}

fn topic<'a>(heading: &'static str, findings: impl Iterator<Item = &'a Finding>) -> Option<Topic> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut shown, mut left) = (Vec::new(), 0);
    for one in findings {
        let count = counts.entry(one.rule.id).or_default();
        *count += 1;
        if *count > MOST_OF_A_RULE {
            left += 1;
            continue;
        }
        let mut told = finding::of(one, |line| fit::spot(&line.place.file, &line.place));
        told.spot = fit::name(&one.subject, OF_A_LINE);
        if *count > 1 {
            // The same for all of a rule.
            told.fix.clear();
        }
        shown.push(told);
    }
    (!shown.is_empty()).then(|| Topic {
        heading: capital(heading),
        findings: shown,
        more: more(left, 0, "finding"),
    })
}

fn totals(audit: &LogAudit) -> Vec<Total> {
    let all = audit.totals;
    let row = |name, count: u64, about: String| Total {
        name,
        count: grouped(count),
        about,
    };
    let and = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!("{} {what}", grouped(count)),
    };
    vec![
        row(
            "Received",
            all.received,
            and(all.messages, "over the network"),
        ),
        row("Delivered", all.delivered, and(all.forwarded, "forwarded")),
        row("Deferred", all.deferred, and(all.deferrals, "attempts")),
        row("Bounced", all.bounced, String::new()),
        row("Rejected", all.rejected, and(all.warned, "only warned of")),
        row("Relay attempts refused", all.relay_denied, String::new()),
        row(
            "Recipients relayed for outsiders",
            all.relayed_recipients,
            String::new(),
        ),
        row("Logins", all.logins, and(all.login_failures, "failed")),
        row(
            "Messages without their beginning",
            all.headless,
            and(all.unfinished, "without their end"),
        ),
        row(
            "Lines not understood",
            audit.unparsed,
            format!("of {}", grouped(audit.lines)),
        ),
    ]
}

fn top(table: &TopTable) -> Top {
    let (heading, counted) = match table.kind {
        TopKind::Refused => ("Most refused relay attempts", "Attempts"),
        TopKind::Accounts => ("Most active accounts", "Messages"),
        TopKind::Clients => ("Most active clients", "Messages"),
    };
    let rows = table.rows.iter().take(MOST_ROWS).map(|top| Row {
        key: fit::said(&top.key, OF_A_LINE),
        name: fit::said(&top.name, OF_A_LINE),
        count: grouped(top.count),
        first: at(&top.first),
        last: at(&top.last),
    });
    Top {
        heading,
        counted,
        rows: rows.collect(),
    }
}

/// Writes a time for a cell: the page says that all are UTC.
fn at(text: &str) -> String {
    let text = when(text);
    text.strip_suffix(" UTC").unwrap_or(&text).to_owned()
}
