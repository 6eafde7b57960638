//! What other tools say of the same servers: nmap's smtp-open-relay script and swaks.
//!
//! In: a row of the table. Out: their answers, and a table of them beside the truth.
//!
//! Both are run as a careful user would: from the stranger's address, since loopback may be trusted.
//! nmap takes it by `-S` with `-e lo`, which holds for its scripts too; left alone it would come from
//! 127.0.0.1. swaks takes it by `--local-interface` and sends one whole message in the plain form.
//!
//! References: nmap 7.93 smtp-open-relay.nse, swaks 20201014 (exit codes).

use crate::client::STRANGER;
use crate::rig::command;
use crate::table::{Kind, Row, Truth};
use anyhow::Result;
use std::process::Command;
use std::time::Duration;

/// Rows nmap's script misses although they relay, and why.
const MISSED: &[&str] = &[
    // It never says HELO with the server's own name, never sends XCLIENT and never uses STARTTLS.
    "postfix/helo-access",
    "postfix/xclient-any",
    "postfix/open-inside-tls",
    "exim/helo-trusted",
    "exim/tls-trusted",
    "opensmtpd/helo",
    // It reaches the percent form, its sixth, only after Exim has hung up on too many RSET.
    "exim/percent-router",
    // It knows the host's name, not the domain the server serves.
    "opensmtpd/mail-from",
];

/// Rows nmap's script calls an open relay although nothing gets out.
const FALSE_ALARMS: &[&str] = &[
    // RCPT is all it looks at.
    "postfix/header-checks",
    "exim/late-check",
    // It has no control: to a catch-all a percent sign is part of a user's name.
    "opensmtpd/catch-all",
];

/// Says what is not as it was when these lists were written.
pub(crate) fn differs(row: &Row, nmap: &str, swaks: &str) -> Option<String> {
    let title = row.title();
    let listed = |list: &[&str]| list.contains(&title.as_str());
    let open = (row.is_open() && !listed(MISSED)) || listed(FALSE_ALARMS);
    if nmap.starts_with("Server is an open relay") != open {
        return Some(format!("{title}: nmap says {nmap:?}"));
    }
    // swaks sends the plain form to its end and has no opinion: it is right about just that form.
    if (swaks == "accepted") != (row.does(Kind::Plain) == Truth::Relays) {
        return Some(format!("{title}: swaks was {swaks}"));
    }
    None
}

const LONGEST: Duration = Duration::from_secs(60);

/// Gives the answer of nmap's script: its first line.
pub(crate) fn nmap(row: &Row) -> Result<String> {
    let mut nmap = Command::new("nmap");
    nmap.args(["-n", "-Pn", "-e", "lo", "-S", &STRANGER.to_string()])
        .args(["--script", "smtp-open-relay"])
        .args(["-p", &row.at().port().to_string()])
        .arg(row.at().ip().to_string());
    let ended = command::run(&mut nmap, LONGEST)?;
    let answer = ended.out().lines().find_map(|line| {
        let (_, answer) = line.split_once("smtp-open-relay: ")?;
        Some(answer.trim().to_owned())
    });
    Ok(answer.unwrap_or_else(|| format!("no answer ({})", ended.how())))
}

/// Gives the answer of swaks: the stage it ended at and the last reply it did not like.
pub(crate) fn swaks(row: &Row) -> Result<String> {
    let mut swaks = Command::new("swaks");
    swaks
        .args(["--server", &row.at().ip().to_string()])
        .args(["--port", &row.at().port().to_string()])
        .args(["--local-interface", &STRANGER.to_string()])
        .args(["--helo", "client.example.org"])
        .args(["--from", "stranger@example.org"])
        .args(["--to", "swaks@example.com"])
        .args(["--timeout", "20"]);
    let ended = command::run(&mut swaks, LONGEST)?;
    if ended.success() {
        return Ok("accepted".to_owned());
    }
    let refused = ended.text();
    let refused = refused.lines().rfind(|line| line.starts_with("<**"));
    let code = refused.and_then(|line| line.split_whitespace().nth(1));
    let stage = match ended.code() {
        Some(23) => "MAIL",
        Some(24) => "RCPT",
        Some(25) => "DATA",
        Some(26) => "message",
        _ => "session",
    };
    Ok(format!("refused at {stage}: {}", code.unwrap_or("-")))
}

/// Sums a row's truth up in a few words.
pub(crate) fn truth(row: &Row) -> String {
    let open: Vec<&str> = Kind::ALL
        .iter()
        .filter(|kind| !matches!(kind, Kind::Office | Kind::LoggedIn))
        .filter_map(|kind| {
            let word = match kind {
                Kind::Plain => "plain",
                Kind::OwnDomain => "own domain",
                Kind::NullSender => "empty sender",
                Kind::Percent => "percent",
                Kind::Helo => "HELO",
                Kind::XClient => "XCLIENT",
                Kind::InsideTls => "inside TLS",
                _ => "other",
            };
            match row.does(*kind) {
                Truth::Relays => Some(word),
                Truth::RelaysLater => Some("on the second try"),
                _ => None,
            }
        })
        .collect();
    match open.as_slice() {
        [] => "closed".to_owned(),
        ["plain", ..] => "open to all".to_owned(),
        ["on the second try", ..] => "open to all on the second try".to_owned(),
        some => format!("open: {}", some.join(", ")),
    }
}
