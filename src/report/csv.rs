//! A table for spreadsheets: `--format csv`.
//!
//! In: a finished report. Out: a heading and rows of the same columns: one of the `kind` `result`, `configuration` or
//! `log` for each thing that was audited, and behind it one of the kind `finding` for each of its findings, those
//! that were put aside with the reason. A record is one line.
//!
//! Programs of the office take a cell that begins with `=`, `+`, `-` or `@` for a formula, also where it is quoted:
//! such a cell gets an apostrophe in front, as they put it there themselves. Tabs and carriage returns, which do the
//! same, are written out before. A cell holds at most `MOST` characters, which all of them can hold.
//!
//! Columns are added at the end, never renamed or removed.
//!
//! References: RFC 4180, but for its line ends: a line feed, as in all other formats.

use super::fit;
use super::subject::{Subject, each};
use super::{Reporter, again};
use crate::model::{
    Caveat, Confidence, Driven, Host, LogAudit, Outcome, Reason, Report, TlsState, Untrusted,
};
use crate::model::{Change, ConfAudit, Finding};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// Characters of a cell.
const MOST: usize = 32_000;

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Csv;

/// A text that can stand in a cell. The only way to one is through the guards.
#[derive(Debug, Clone, Default)]
struct Cell(String);

/// A row; also the heading, by the names of its fields.
#[derive(Debug, Clone, Default, Serialize)]
struct Row {
    kind: &'static str,
    target: Cell,
    host: Cell,
    address: Cell,
    port: Option<u16>,
    tls: &'static str,
    verdict: &'static str,
    relay: &'static str,
    reason: &'static str,
    evidence: &'static str,
    confidence: &'static str,
    caveats: Cell,
    software: Cell,
    banner: Cell,
    planned: Option<usize>,
    tested: Option<usize>,
    unclear: Option<usize>,
    untested: Option<usize>,
    forms: Cell,
    note: Cell,
    rule: &'static str,
    severity: &'static str,
    title: Cell,
    message: Cell,
    remedy: Cell,
    file: Cell,
    line: Option<u32>,
    column: Option<u32>,
    subject: Cell,
    count: Option<u64>,
    proof: Cell,
    reproduce: Cell,
    baseline: &'static str,
    suppressed: Cell,
    fingerprint: Cell,
}

impl Cell {
    fn of(text: &str) -> Self {
        Self(defused(fit::line(text, MOST)))
    }

    fn name(text: &str) -> Self {
        Self(defused(fit::name(text, MOST)))
    }

    fn said(bytes: &Untrusted) -> Self {
        Self(defused(fit::said(bytes, MOST)))
    }

    fn joined<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(&texts.into_iter().collect::<Vec<_>>().join(" "))
    }
}

/// Takes from a cell what makes it a formula; the wide signs are taken for one in East Asian editions.
fn defused(text: String) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}') => {
            format!("'{text}")
        }
        _ => text,
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Reporter for Csv {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut table = csv::WriterBuilder::new().from_writer(out);
        let mut rows = 0_u64;
        each(report, outcomes, |subject| {
            let result = result(subject);
            table.serialize(&result)?;
            rows += 1;
            for finding in subject.findings() {
                table.serialize(of_finding(subject, &result, finding, None))?;
            }
            for (finding, reason) in subject.suppressed() {
                table.serialize(of_finding(subject, &result, finding, Some(reason)))?;
            }
            Ok(())
        })?;
        if rows == 0 {
            table.write_record(COLUMNS)?;
        }
        table.flush()
    }
}

/// The heading.
const COLUMNS: &[&str] = &[
    "kind",
    "target",
    "host",
    "address",
    "port",
    "tls",
    "verdict",
    "relay",
    "reason",
    "evidence",
    "confidence",
    "caveats",
    "software",
    "banner",
    "planned",
    "tested",
    "unclear",
    "untested",
    "forms",
    "note",
    "rule",
    "severity",
    "title",
    "message",
    "remedy",
    "file",
    "line",
    "column",
    "subject",
    "count",
    "proof",
    "reproduce",
    "baseline",
    "suppressed",
    "fingerprint",
];

fn result(subject: Subject<'_>) -> Row {
    match subject {
        Subject::Wire(outcome) => of_outcome(outcome),
        Subject::Conf(audit) => of_audit(audit),
        Subject::Log(audit) => of_log(audit),
    }
}

fn of_outcome(outcome: &Outcome) -> Row {
    let target = &outcome.target;
    let through = outcome.forms.iter().filter(|f| outcome.got_through(f));
    Row {
        kind: "result",
        target: Cell::name(&target.written),
        host: match &target.endpoint.host {
            Host::Name(name) => Cell::name(name),
            Host::Address(address) => Cell::of(&address.to_string()),
        },
        address: Cell::of(&target.address.map_or(String::new(), |a| a.to_string())),
        port: Some(target.endpoint.port),
        tls: TlsState::as_str(outcome.tls),
        verdict: outcome.verdict.as_str(),
        reason: outcome.reason.map_or("", Reason::as_str),
        evidence: outcome.evidence.map_or("", Driven::as_str),
        confidence: Confidence::as_str(outcome.confidence),
        caveats: Cell::joined(outcome.caveats.iter().map(|caveat| Caveat::as_str(*caveat))),
        software: Cell::of(outcome.server.software.unwrap_or_default()),
        banner: outcome
            .server
            .banner
            .as_ref()
            .map_or_else(Cell::default, Cell::said),
        planned: Some(outcome.coverage.planned),
        tested: Some(outcome.coverage.tested),
        unclear: Some(outcome.coverage.unclear),
        untested: Some(outcome.coverage.untested()),
        forms: Cell::joined(through.map(|form| form.form)),
        note: Cell::of(outcome.note.as_deref().unwrap_or_default()),
        reproduce: Cell::of(&again::command(outcome).unwrap_or_default()),
        baseline: outcome.baseline.map_or("", |old| old.status.as_str()),
        ..Row::default()
    }
}

fn of_audit(audit: &ConfAudit) -> Row {
    let unread = audit.unread.iter();
    let unread = unread.map(|unread| format!("not read: {} ({})", unread.what, unread.why));
    let notes: Vec<String> = audit.notes.iter().cloned().chain(unread).collect();
    let version = audit.version.as_deref().unwrap_or_default();
    Row {
        kind: "configuration",
        target: Cell::name(&audit.path),
        host: Cell::name(audit.host.as_deref().unwrap_or_default()),
        relay: audit.relay.as_str(),
        software: Cell::of(format!("{} {version}", audit.dialect).trim_end()),
        note: Cell::of(&notes.join("; ")),
        ..Row::default()
    }
}

fn of_log(audit: &LogAudit) -> Row {
    let notes: Vec<&str> = audit
        .undecided
        .iter()
        .chain(&audit.notes)
        .map(String::as_str)
        .collect();
    Row {
        kind: "log",
        target: Cell::of(&Subject::Log(audit).name()),
        software: Cell::joined(audit.formats.iter().copied()),
        count: Some(audit.totals.relayed_recipients),
        note: Cell::of(&notes.join("; ")),
        ..Row::default()
    }
}

/// Makes the row of a finding: it says again what it is about.
fn of_finding(
    subject: Subject<'_>,
    result: &Row,
    finding: &Finding,
    reason: Option<&String>,
) -> Row {
    let place = finding.place();
    let some = |number: u32| (number > 0).then_some(number);
    let host = match subject {
        Subject::Conf(audit) => audit.host.as_deref(),
        _ => None,
    };
    let again = finding.envelope.as_ref();
    let again = again.and_then(|envelope| again::of_envelope(envelope, host));
    Row {
        kind: "finding",
        target: result.target.clone(),
        host: result.host.clone(),
        address: result.address.clone(),
        port: result.port,
        tls: result.tls,
        confidence: finding.confidence.as_str(),
        software: result.software.clone(),
        rule: finding.rule.id,
        severity: finding.severity.as_str(),
        title: Cell::of(finding.rule.title),
        message: Cell::of(&finding.message),
        remedy: Cell::of(&finding.remedy),
        file: place.map_or_else(Cell::default, |place| Cell::name(&subject.path(place))),
        line: place.and_then(|place| some(place.line)),
        column: place.and_then(|place| some(place.column)),
        subject: Cell::name(&finding.subject),
        count: finding.count,
        proof: Cell::of(&fit::proof(finding).join(" / ")),
        reproduce: Cell::of(&again.unwrap_or_default()),
        baseline: finding.baseline.map_or("", Change::as_str),
        suppressed: reason.map_or_else(Cell::default, |reason| Cell::of(reason)),
        fingerprint: Cell::of(&finding.fingerprint),
        ..Row::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{sample, sample_logs};
    use std::collections::HashMap;

    type Read = HashMap<String, String>;

    fn read(text: &str) -> Vec<Read> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.deserialize().map(|row| row.expect("a row"));
        rows.collect()
    }

    #[test]
    fn has_a_heading_whatever_there_is() {
        let heading = COLUMNS.join(",");
        for report in [sample::of(Vec::new()), sample::report()] {
            let text = sample::write("csv", &report);
            assert_eq!(text.lines().next(), Some(heading.as_str()));
        }
        assert_eq!(
            sample::write("csv", &sample::of(Vec::new()))
                .lines()
                .count(),
            1
        );
    }

    #[test]
    fn results_have_a_row_and_their_findings_too() {
        let rows = read(&sample::write("csv", &sample::report()));
        let kinds: Vec<&str> = rows.iter().map(|row| &*row["kind"]).collect();
        assert_eq!(
            kinds,
            [
                "result", "finding", "result", "result", "result", "result", "result", "result",
                "finding"
            ]
        );
        let relay = &rows[0];
        for (column, value) in [
            ("target", "mail.example.com"),
            ("address", "192.0.2.1"),
            ("port", "25"),
            ("tls", "starttls"),
            ("verdict", "relay-accepting"),
            ("reason", ""),
            ("evidence", "rcpt"),
            ("caveats", "trusted-vantage"),
            ("software", "Postfix"),
            ("planned", "5"),
            ("untested", "1"),
            ("forms", "plain percent-hack"),
            ("rule", ""),
        ] {
            assert_eq!(relay[column], value, "{column}");
        }
        let finding = &rows[1];
        for (column, value) in [
            ("target", "mail.example.com"),
            ("verdict", ""),
            ("rule", "RC901"),
            ("severity", "critical"),
            ("subject", "mail.example.com:25"),
            ("line", ""),
        ] {
            assert_eq!(finding[column], value, "{column}");
        }
        assert!(
            finding["proof"].ends_with("/ < 250 2.1.5 Ok"),
            "{}",
            finding["proof"]
        );
        assert!(finding["remedy"].contains("postfix reload: smtpd_relay_restrictions"));
    }

    #[test]
    fn configurations_and_logs_say_where() {
        let rows = read(&sample::write("csv", &sample::configurations()));
        assert_eq!(rows[0]["kind"], "configuration");
        assert_eq!(rows[0]["relay"], "open");
        assert_eq!(rows[0]["verdict"], "");
        assert_eq!(
            rows[0]["note"],
            "compatibility_level is 3.6.; not read: /etc/aliases (not found)"
        );
        for (column, value) in [
            ("file", "etc/postfix/main.cf"),
            ("line", "12"),
            ("column", "27"),
            (
                "reproduce",
                "relaycheck mail.example.com:25 --forms plain --rcpt relaycheck@example.com",
            ),
            ("suppressed", ""),
        ] {
            assert_eq!(rows[1][column], value, "{column}");
        }
        assert_eq!(rows[2]["rule"], "GN002");
        assert_eq!(rows[2]["line"], "");
        assert_eq!(rows[2]["suppressed"], "aliases lie elsewhere");

        let rows = read(&sample::write("csv", &sample_logs::logs()));
        assert_eq!(rows[0]["kind"], "log");
        assert_eq!(rows[1]["subject"], "203.0.113.7");
        assert_eq!(rows[1]["count"], "12");
        assert_eq!(rows[2]["baseline"], "new");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("=cmd()", "'=cmd()"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\t=1", "\\x09=1"),
            ("\r=1", "\\x0d=1"),
            ("1=1", "1=1"),
            ("", ""),
        ] {
            assert_eq!(Cell::of(text).0, cell);
            assert_eq!(Cell::name(text).0, cell);
            assert_eq!(Cell::said(&text.into()).0, cell);
        }
        let report = sample::of(vec![sample::hostile(b"=1+1\",\r\n=2")]);
        let rows = read(&sample::write("csv", &report));
        assert_eq!(rows[0]["banner"], "'=1+1\",\\x0d =2");
    }
}
