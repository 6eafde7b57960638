//! What the audit of their logs says of the same servers, after messages were really sent through them.
//!
//! In: a row of the table, and the log its server wrote while a stranger, the office and a user sent messages. Out:
//! nothing, or what disagrees: the audit has to name exactly the messages that the sink received through the server
//! from strangers, and none else.
//!
//! The servers of these tests talk over loopback, which an audit trusts. It is therefore given the log with these
//! addresses replaced by public ones, and, as a log service does, with the name of the host in each line.

use crate::client::{STRANGER, Session};
use crate::rig::command;
use crate::server::Server;
use crate::sink::{BUSY, GONE, Sink};
use crate::table::{Kind, Mta, ROWS, Row, Truth};
use crate::truth;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// What the audit of one log may take.
const LONGEST: Duration = Duration::from_secs(60);

/// How long a notification may be under way; a server that bounces softly sends none.
const TOLD: Duration = Duration::from_secs(5);

/// Where the stranger seems to come from.
const OUTSIDER: &str = "203.0.113.9";

/// What a stranger may send that is relayed if it gets out. Through XCLIENT he is another client to the server.
const RELAYING: [Kind; 5] = [
    Kind::Plain,
    Kind::OwnDomain,
    Kind::NullSender,
    Kind::Helo,
    Kind::InsideTls,
];

#[derive(Debug, Deserialize)]
struct Report {
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    rule: String,
    subject: Option<String>,
    count: Option<u64>,
}

/// Sends one message of each kind, then holds the server's log against what arrived.
pub(crate) fn compare(row: &Row, server: &Server, sink: &Sink) -> Result<Vec<String>> {
    let mut relayed = 0;
    let mut routed = 0;
    for kind in Kind::ALL {
        let seen = truth::seek(row, server, sink, kind)?;
        let out = matches!(seen.truth, Truth::Relays | Truth::RelaysLater);
        relayed += u64::from(out && RELAYING.contains(&kind));
        routed += u64::from(out && kind == Kind::Percent);
    }
    if shares_its_log(row) {
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mail.log");
    fs::write(&file, log(row, server)?)?;
    let mut relaycheck = Command::new(env!("CARGO_BIN_EXE_relaycheck"));
    relaycheck
        .args(["logs", "--format", "json", "--year", "2026"])
        .args(["--own-domain", &row.domain()])
        .args(["--trusted-net", "127.0.1.1/32"])
        .arg(&file);
    let ended = command::run(&mut relaycheck, LONGEST)?;
    let report: Report = serde_json::from_str(ended.out())
        .with_context(|| format!("no report ({}): {}", ended.how(), ended.text()))?;
    let mut wrong = Vec::new();
    let mut counted = 0;
    for finding in report.findings.iter().filter(|f| f.rule == "LG001") {
        match finding.subject.as_deref() {
            Some(OUTSIDER) => counted += finding.count.unwrap_or(0),
            other => wrong.push(format!("LG001 names {other:?}")),
        }
    }
    // A percent sign makes the recipient one of the server's own at first: where its log never shows what became of
    // it, it is named as routed and not as relayed.
    let as_routed = report.findings.iter().any(|f| f.rule == "LG050");
    let right = counted == relayed + routed || (counted == relayed && as_routed);
    if !right {
        let rules: Vec<&str> = report.findings.iter().map(|f| f.rule.as_str()).collect();
        wrong.push(format!(
            "{relayed} messages and {routed} routed ones were relayed, {counted} are named; raised: {rules:?}"
        ));
    }
    Ok(wrong)
}

/// Sends one message of each kind, and one of the office to somebody who is there, one who is not and one who is busy;
/// gives the log that was written meanwhile.
pub(crate) fn written(row: &Row, server: &Server, sink: &Sink) -> Result<String> {
    for kind in Kind::ALL {
        truth::seek(row, server, sink, kind)?;
    }
    let name = row.title().replace(['/', ':'], "-");
    let writer = format!("writer-{name}@example.org");
    let plain = truth::session(row, Kind::Office);
    let session = Session {
        mail_from: format!("<{writer}>"),
        recipients: [GONE, BUSY, "there-"]
            .map(|who| format!("<{who}{name}@example.com>"))
            .into(),
        ..plain
    };
    let seen = truth::follow(row, server, sink, &session, "three")?;
    // Whom it was refused for, its writer is told in another message.
    let until = Instant::now() + TOLD;
    while seen.truth == Truth::Relays
        && sink.received_by(&writer).is_empty()
        && Instant::now() < until
    {
        thread::sleep(Duration::from_millis(50));
    }
    log(row, server)
}

/// Tells whether another service of the same server, which relays, writes into the same log at the same time.
fn shares_its_log(row: &Row) -> bool {
    let others = ROWS.iter().filter(|other| other.server() == row.server());
    others.count() > 1 && !row.is_open()
}

/// Gives the log as a log service would have kept it.
fn log(row: &Row, server: &Server) -> Result<String> {
    let lines = match row.mta {
        Mta::Exim => server.main_log()?,
        // In the foreground it writes to standard error, without a time.
        Mta::OpenSmtpd => server
            .output()
            .lines()
            .map(|line| format!("Nov 25 12:00:00 mx smtpd[1]: {line}\n"))
            .collect(),
        _ => server
            .logged()
            .iter()
            .map(|line| stamped(line) + "\n")
            .collect(),
    };
    Ok(lines
        .replace(&STRANGER.to_string(), OUTSIDER)
        .replace("127.25.", "198.51."))
}

/// Takes the priority off a line and puts the host's name into it.
fn stamped(line: &str) -> String {
    let line = line
        .split_once('>')
        .map_or(line, |(_, rest)| rest)
        .trim_end();
    match line.split_at_checked("Nov 25 12:00:00".len()) {
        Some((at, rest)) => format!("{at} mx{rest}"),
        None => line.to_owned(),
    }
}
