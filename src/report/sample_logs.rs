//! Audits of logs for the tests of the reporters.

use super::sample::{HOSTILE, Sample, of};
use crate::model::{
    Change, Confidence, Evidence, Finding, LogAudit, LogLine, LogLines, LogTotals, Place, Remedy,
    Rule, Severity, Top, TopKind, TopTable,
};

const fn rule(id: &'static str, title: &'static str, severity: Severity) -> Rule {
    const NONE: &[Remedy] = &[];
    Rule {
        id,
        title,
        title_zh: "中继",
        severity,
        other_severities: &[],
        why: "It is bad.",
        why_zh: "情况不好。",
        seen: None,
        seen_zh: None,
        remedy: "Close the relay.",
        remedy_zh: "关闭转发。",
        remedies: NONE,
        references: &[],
    }
}

static RELAYED: Rule = rule(
    "LG001",
    "Mail of an outsider was relayed",
    Severity::Critical,
);
static TRIED: Rule = rule(
    "LG010",
    "Persistent relay attempts from one source",
    Severity::Medium,
);
static STOLEN: Rule = rule("LG022", "One account from many networks", Severity::High);
static GAP: Rule = rule("LG060", "Gap in the log", Severity::Info);

/// A run over logs.
pub(super) fn of_logs(logs: Vec<LogAudit>) -> Sample {
    let mut sample = of(Vec::new());
    logs.iter().for_each(|audit| sample.totals.add_log(audit));
    Sample { logs, ..sample }
}

fn place(file: &str, line: u32) -> Place {
    Place {
        file: file.into(),
        line,
        column: 0,
        width: 0,
    }
}

fn evidence(file: &str, lines: (u32, u32), count: u64, text: &[u8]) -> Evidence {
    let (from, until) = ("2026-03-02T06:01:07Z", "2026-03-02T09:12:45.5Z");
    let line = |number: u32, at: &str| LogLine {
        place: place(file, number),
        at: at.to_owned(),
        text: text.into(),
    };
    Evidence::Log(LogLines {
        first: place(file, lines.0),
        last: place(file, lines.1),
        count,
        from: from.to_owned(),
        until: until.to_owned(),
        samples: vec![line(lines.0, from), line(lines.1, until)],
    })
}

/// Mail was relayed, somebody tried, an account looks stolen.
pub(super) fn relayed() -> LogAudit {
    let text = b"4bnr client=unknown[203.0.113.7] from=a@example.net to=b@example.org status=sent";
    let log = |lines, count| evidence("/var/log/mail.log", lines, count, text);
    let relayed = Finding::new(
        &RELAYED,
        "203.0.113.7",
        "",
        "12 recipients outside got mail of this client.".to_owned(),
        log((120, 957), 12),
    )
    .with_confidence(Confidence::Proven)
    .with_count(12);
    let mut tried = Vec::new();
    for number in 1..=5_u32 {
        let subject = format!("198.51.100.{number}");
        let message = format!(
            "{} attempts; the threshold is 10 in 60 minutes.",
            60 - number
        );
        let attempt = Finding::new(&TRIED, &subject, "", message, log((number, 900), 55));
        tried.push(attempt.with_count(u64::from(60 - number)));
    }
    let mut stolen = Finding::new(
        &STOLEN,
        "jo@example.com",
        "",
        "The account was used from 7 networks.".to_owned(),
        log((7, 9), 7),
    )
    .with_count(7);
    stolen.baseline = Some(Change::New);
    let gap = Finding::new(
        &GAP,
        "",
        "",
        "No line for 3 hours.".to_owned(),
        log((5, 6), 1),
    );
    let mut findings = vec![relayed, stolen];
    findings.extend(tried.iter().cloned());
    findings.push(gap);
    let top = |key: &str, name: &str, count| Top {
        key: key.into(),
        name: name.into(),
        count,
        first: "2026-03-02T06:00:00Z".to_owned(),
        last: "2026-03-02T09:00:00Z".to_owned(),
    };
    LogAudit {
        paths: vec!["/var/log/mail.log.1".into(), "/var/log/mail.log".into()],
        formats: vec!["postfix-syslog"],
        lines: 12_345,
        unparsed: 3,
        first: Some("2026-03-01T23:59:58Z".to_owned()),
        last: Some("2026-03-02T10:00:00Z".to_owned()),
        totals: LogTotals {
            messages: 1200,
            relay_denied: 290,
            relayed_recipients: 12,
            received: 1234,
            delivered: 1190,
            rejected: 310,
            logins: 40,
            login_failures: 7,
            unfinished: 2,
            ..LogTotals::default()
        },
        tops: vec![
            TopTable {
                kind: TopKind::Refused,
                rows: vec![top("198.51.100.1", "scan.example.net", 59)],
            },
            TopTable {
                kind: TopKind::Accounts,
                rows: Vec::new(),
            },
        ],
        notes: vec!["No own domain was given.".to_owned()],
        undecided: Vec::new(),
        findings,
        suppressed: vec![(tried.remove(0), "our own scanner".to_owned())],
    }
}

/// Nothing was understood.
pub(super) fn undecided() -> LogAudit {
    LogAudit {
        paths: vec!["notes".into()],
        formats: Vec::new(),
        lines: 0,
        unparsed: 0,
        first: None,
        last: None,
        totals: LogTotals::default(),
        tops: Vec::new(),
        notes: Vec::new(),
        undecided: vec!["the format of notes is not known".to_owned()],
        findings: Vec::new(),
        suppressed: Vec::new(),
    }
}

/// The same bytes wherever a log or its name can put some.
pub(super) fn hostile(bytes: &[u8]) -> LogAudit {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    let proof = evidence(&text(), (1, 2), 2, bytes);
    let finding = Finding::new(&RELAYED, &text(), &text(), text(), proof);
    let top = Top {
        key: bytes.into(),
        name: bytes.into(),
        count: 1,
        first: text(),
        last: text(),
    };
    LogAudit {
        paths: vec![text().into()],
        first: Some(text()),
        last: Some(text()),
        tops: vec![TopTable {
            kind: TopKind::Clients,
            rows: vec![top],
        }],
        notes: vec![text()],
        undecided: vec![text()],
        findings: vec![finding.clone()],
        suppressed: vec![(finding, text())],
        lines: 1,
        ..relayed()
    }
}

/// A run over one log of each kind.
pub(super) fn logs() -> Sample {
    of_logs(vec![relayed(), undecided(), hostile(HOSTILE)])
}
