//! What relaycheck says of a server, and whether a message that is really sent agrees.
//!
//! In: a row of the table. Out: nothing, or what disagrees. Asserted for every row:
//!
//! - verdict, reason and exit code are the table's;
//! - every form that counts as a relay does relay: the same envelope, sent with a message, arrives
//!   outside;
//! - where the verdict is that the server refuses, nothing gets out: neither an envelope whose
//!   acceptance was explained away (`accept-all`: to a catch-all a percent sign is part of a name), nor
//!   a plain message, one from an address of its own, or one without a sender.
//!
//! Read from the program's JSON as the contract describes it. Only how a form's session is opened
//! is looked up in relaycheck's own table, since the report names it by the form's id.

use crate::client::{Channel, STRANGER, Session};
use crate::rig::command;
use crate::server::Server;
use crate::sink::Sink;
use crate::table::{Expected, Kind, Row, Truth};
use crate::truth::{self, Seen};
use anyhow::{Context, Result, ensure};
use relaycheck::probe::forms::{AddressForm, FORMS};
use serde::Deserialize;
use std::process::Command;
use std::time::Duration;

/// What the audit of one address may take.
const LONGEST: Duration = Duration::from_secs(90);

/// The part of the report that is read here.
#[derive(Debug, Deserialize)]
struct Report {
    results: Vec<Finding>,
}

/// What relaycheck says of one address and port.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    address: String,
    port: u16,
    /// `verdict`.
    pub(crate) verdict: String,
    /// `reason`.
    pub(crate) reason: Option<String>,
    /// `evidence`.
    pub(crate) evidence: Option<String>,
    forms: Vec<Form>,
}

/// One form of a finding.
#[derive(Debug, Deserialize)]
struct Form {
    id: String,
    role: String,
    mail_from: String,
    rcpt_to: String,
    tls: bool,
    outcome: String,
    reason: Option<String>,
}

/// Audits one row, with further arguments if there are any.
pub(crate) fn audit(row: &Row, more: &[&str]) -> Result<(Finding, Option<i32>)> {
    let mut relaycheck = Command::new(env!("CARGO_BIN_EXE_relaycheck"));
    relaycheck
        .args(["--source", &STRANGER.to_string()])
        .args(["--profile", "standard"])
        .args(["--local-domain", &row.domain()])
        .args(["--format", "json"])
        .args(more)
        .arg(row.at().to_string());
    let ended = command::run(&mut relaycheck, LONGEST)?;
    let report: Report = serde_json::from_str(ended.out())
        .with_context(|| format!("no report ({}): {}", ended.how(), ended.text()))?;
    let mut results = report.results;
    ensure!(results.len() == 1, "one target, {} results", results.len());
    let finding = results.remove(0);
    let at = format!("{}:{}", finding.address, finding.port);
    ensure!(
        at == row.at().to_string(),
        "asked for {}, got {at}",
        row.at()
    );
    Ok((finding, ended.code()))
}

/// What a deeper look shows that RCPT cannot: server, further arguments, expectation, evidence.
pub(crate) type Deeper = (
    &'static str,
    &'static [&'static str],
    Expected,
    Option<&'static str>,
);

/// The mailbox of our own that a message is sent to where that is asked for.
pub(crate) const MAILBOX: &str = "proof@example.com";

/// Every deeper look.
pub(crate) static DEEPER: &[Deeper] = &[
    // The message is refused at its end; at RCPT the server looks open.
    (
        "postfix/header-checks",
        &["--depth", "queued", "--rcpt", MAILBOX],
        Expected {
            verdict: "inconclusive",
            reason: Some("data-rejected"),
        },
        None,
    ),
    // DATA is refused; nothing is sent for that to be seen.
    (
        "exim/late-check",
        &["--depth", "data"],
        Expected {
            verdict: "inconclusive",
            reason: Some("data-rejected"),
        },
        None,
    ),
    // A relay that is asked for proof gets one message.
    (
        "postfix/open-to-all",
        &["--depth", "queued", "--rcpt", MAILBOX],
        Expected {
            verdict: "relay-accepting",
            reason: None,
        },
        Some("queued"),
    ),
];

/// Compares a finding with what the table expects; gives what differs.
pub(crate) fn compare(finding: &Finding, code: Option<i32>, expected: Expected) -> Option<String> {
    // The contract: 1 for a relay, 3 for what was not decided, 0 otherwise. Where STARTTLS is offered
    // and never comes about, as with every OpenSMTPD here, the policy inside TLS stays undecided.
    let mut untested = finding.forms.iter().filter(|f| f.outcome == "untested");
    let only_inside_tls = untested.all(|form| form.id == "plain-inside-tls");
    let undecided = finding.forms.iter().any(|form| form.outcome == "untested");
    let exit = match expected.verdict {
        "relay-accepting" => 1,
        "inconclusive" | "unreachable" => 3,
        _ if undecided => 3,
        _ => 0,
    };
    let same = finding.verdict == expected.verdict
        && finding.reason.as_deref() == expected.reason
        && (only_inside_tls || !finding.refuses())
        && code == Some(exit);
    (!same).then(|| {
        format!(
            "expected {} {:?} and exit {exit}, got {} {:?} and exit {code:?}; accepted: {}",
            expected.verdict,
            expected.reason,
            finding.verdict,
            finding.reason,
            finding.accepted().join(", ")
        )
    })
}

impl Finding {
    /// Whether the server is said to be closed.
    fn refuses(&self) -> bool {
        matches!(self.verdict.as_str(), "rejecting" | "auth-required")
    }

    /// Names the probes that were accepted, with what explains them away.
    fn accepted(&self) -> Vec<String> {
        let accepted = |form: &&Form| form.role == "probe" && form.outcome == "accepted";
        let name = |form: &Form| match &form.reason {
            Some(reason) => format!("{} ({reason})", form.id),
            None => form.id.clone(),
        };
        self.forms.iter().filter(accepted).map(name).collect()
    }
}

/// Sends every accepted envelope again, with a message, and gives what disagrees.
pub(crate) fn prove(
    row: &Row,
    server: &Server,
    sink: &Sink,
    finding: &Finding,
) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (index, form) in finding.forms.iter().enumerate() {
        if form.role != "probe" || form.outcome != "accepted" {
            continue;
        }
        let mut seen = Vec::new();
        for (variant, session) in sessions(row, form)?.into_iter().enumerate() {
            let label = format!("verdict-{index}-{variant}");
            seen.push(truth::follow(row, server, sink, &session, &label)?);
        }
        let relays = seen.iter().any(|seen| match form.id.as_str() {
            // A subdomain nobody serves: what leaves this server for it is relayed.
            "subdomain-of-served" => seen.at_sink,
            _ => seen.truth == Truth::Relays,
        });
        let right = match &form.reason {
            None => relays || refused_late(row, &seen),
            Some(_) => !(relays && finding.refuses()),
        };
        if right {
            continue;
        }
        wrong.push(format!(
            "{} {} {}: {}, but {:?}",
            form.id,
            form.mail_from,
            form.rcpt_to,
            match &form.reason {
                None => "counts as a relay",
                Some(reason) => reason,
            },
            seen.iter()
                .map(|seen| (seen.truth, &seen.reply))
                .collect::<Vec<_>>()
        ));
    }
    if finding.refuses() {
        for kind in [Kind::Plain, Kind::OwnDomain, Kind::NullSender] {
            let session = truth::session(row, kind);
            let label = format!("verdict-{kind:?}");
            let seen = truth::follow(row, server, sink, &session, &label)?;
            if seen.truth == Truth::Relays {
                wrong.push(format!(
                    "said to be {}, but {kind:?} relays",
                    finding.verdict
                ));
            }
        }
    }
    Ok(wrong)
}

/// Whether this is one of the servers that take every recipient and refuse the message: at the depth
/// of RCPT nothing can tell them from a relay, and the report says how deep it went.
fn refused_late(row: &Row, seen: &[Seen]) -> bool {
    let late = |seen: &Seen| {
        seen.truth == Truth::Refused
            && (seen.reply.starts_with("DATA:") || seen.reply.starts_with("message:"))
    };
    !row.is_open() && seen.iter().all(late)
}

/// Gives the sessions a form may have been asked in. The report has the envelope and whether there was
/// TLS; where the form chooses the EHLO name or attributes of XCLIENT, each name the server goes by
/// is one candidate.
fn sessions(row: &Row, form: &Form) -> Result<Vec<Session>> {
    let known = FORMS.iter().find(|known| known.id == form.id);
    let known: &AddressForm = known.with_context(|| format!("no form {}", form.id))?;
    let postmaster = format!("<postmaster@{}>", row.domain());
    let plain = Session {
        mail_from: form.mail_from.clone(),
        recipients: if known.judged > 0 {
            vec![postmaster.clone(), form.rcpt_to.clone()]
        } else {
            vec![form.rcpt_to.clone()]
        },
        channel: if form.tls {
            Channel::StartTls
        } else {
            Channel::Clear
        },
        prelude: known
            .prelude
            .map(|_| ("<stranger@example.org>".to_owned(), postmaster)),
        ..truth::session(row, Kind::Plain)
    };
    let fill = |template: &str, name: &str| {
        template
            .replace("{target_host}", name)
            .replace("{target_domain}", name)
            .replace("{internal_name}", "localhost.localdomain")
            .replace("{target_ip}", &row.at().ip().to_string())
    };
    let names = [row.host(), row.domain()];
    Ok(match (known.hello, known.xclient) {
        (None, None) => vec![plain],
        (hello, xclient) => names
            .iter()
            .map(|name| Session {
                hello: hello.map_or(plain.hello.clone(), |hello| fill(hello, name)),
                xclient: xclient.map(|xclient| fill(xclient, name)),
                ..plain.clone()
            })
            .collect(),
    })
}
