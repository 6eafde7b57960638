//! relaycheck against real mail servers: Postfix, Exim, Sendmail and OpenSMTPD from Debian 12.
//!
//! ```text
//! tests/interop/run                                    as root: installs what is missing, runs all
//! cargo test --features interop --test interop         once tests/interop/install has run
//! ```
//!
//! The question is always the same: does the verdict agree with what a message that is really sent
//! proves? So there are two columns, both written by hand in `table.rs`: what each server relays, held
//! against messages that arrive at a sink or do not, and what relaycheck is to say, held against
//! the program. Further tests look deeper than RCPT, show what nmap and swaks say of the same
//! servers, and hold what relaycheck counts in logs against pflogsumm and eximstats.
//!
//! Each test runs in network, mount and process namespaces of its own (`tests/rig/inside.rs`): nothing leaves
//! loopback, nothing of the machine is touched, no daemon outlives its test. That needs root and, in a
//! container, CAP_SYS_ADMIN. What is missing is an error with the command that installs it, never a
//! skipped test.
//!
//! The comparison is kept as `interop-comparison.md` in cargo's directory for tests, `target/tmp`.
//!
//! Deliberately takes nothing from relaycheck but the program: client, sink and greylist are the
//! tests' own. The forms' table is read where an accepted form is sent again with a message.
//!
//! Limits: about three minutes in all on two cores, and per test never more than the limit in
//! `inside.rs` here. Debian 12 on the machine or in a container of it.

#![allow(clippy::print_stdout)] // what a test prints is shown when it fails

mod audit;
mod client;
mod compare;
mod fleet;
mod inside;
mod logs;
mod made;
mod policy;
mod relayed;
#[path = "../rig/mod.rs"]
mod rig;
mod server;
mod sink;
mod table;
mod totals;
mod truth;
mod verdict;

use anyhow::{Context, Result, ensure};
use client::{OFFICE, STRANGER};
use fleet::Fleet;
use inside::Failure;
use std::thread;
use std::time::{Duration, Instant};
use table::{Kind, ROWS, Row, Truth};
use truth::Seen;
use verdict::DEEPER;

#[test]
fn servers_relay_what_the_table_says() -> Result<(), Failure> {
    inside::isolated("servers_relay_what_the_table_says", || {
        let fleet = Fleet::start()?;
        let seen = fleet.ask(|row, server, sink| {
            let seek = |kind: &Kind| truth::seek(row, server, sink, *kind);
            let seen: Vec<Seen> = Kind::ALL.iter().map(seek).collect::<Result<_>>()?;
            Ok((seen, server.said()))
        })?;
        let mut wrong = Vec::new();
        for (row, (seen, said)) in &seen {
            let before = wrong.len();
            println!("{}", row.title());
            for (kind, seen) in Kind::ALL.into_iter().zip(seen) {
                println!(
                    "    {:<10} {:<11} {}{}",
                    format!("{kind:?}"),
                    format!("{:?}", seen.truth),
                    seen.reply,
                    seen.arrived
                        .as_ref()
                        .map_or(String::new(), |to| format!(" -> {to}")),
                );
                if seen.truth != row.does(kind) {
                    wrong.push(format!(
                        "{}: {kind:?}: the table says {:?}, the server {:?} ({})",
                        row.title(),
                        row.does(kind),
                        seen.truth,
                        seen.reply
                    ));
                }
                // A truth about somebody the server took for somebody else would be none.
                let from = if kind == Kind::Office {
                    OFFICE
                } else {
                    STRANGER
                };
                let arrived = !matches!(
                    seen.truth,
                    Truth::Refused
                        | Truth::Deferred
                        | Truth::NotOffered
                        | Truth::NoHandshake
                        | Truth::Bounced
                        | Truth::Lost
                );
                if arrived && kind != Kind::XClient && !seen.names(from) {
                    wrong.push(format!("{}: {kind:?}: not seen as {from}", row.title()));
                }
            }
            if wrong.len() > before {
                println!("{said}");
            }
        }
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    })
}

#[test]
fn verdicts_agree_with_messages_really_sent() -> Result<(), Failure> {
    inside::isolated("verdicts_agree_with_messages_really_sent", || {
        let fleet = Fleet::start()?;
        let wrong = fleet.ask(|row, server, sink| {
            let (finding, code) = verdict::audit(row, &[])?;
            let mut wrong = verdict::prove(row, server, sink, &finding)?;
            wrong.extend(verdict::compare(&finding, code, row.expected));
            Ok(wrong)
        })?;
        let mut wrong: Vec<String> = wrong
            .into_iter()
            .flat_map(|(row, wrong)| {
                wrong
                    .into_iter()
                    .map(|why| format!("{}: {why}", row.title()))
            })
            .collect();
        // Nothing is ever sent unless it is asked for.
        for arrival in fleet.sink().unexplained() {
            wrong.push(format!("relaycheck sent a message: {arrival:?}"));
        }
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    })
}

#[test]
fn audits_of_the_files_agree_with_messages_really_sent() -> Result<(), Failure> {
    inside::isolated(
        "audits_of_the_files_agree_with_messages_really_sent",
        || {
            let wrong = audit::disagreements()?;
            ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
            Ok(())
        },
    )
}

#[test]
fn shipped_configurations_are_found_clean() -> Result<(), Failure> {
    inside::isolated("shipped_configurations_are_found_clean", || {
        let wrong = audit::undeserved()?;
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    })
}

#[test]
fn audits_of_the_logs_name_what_was_relayed_for_strangers() -> Result<(), Failure> {
    inside::isolated(
        "audits_of_the_logs_name_what_was_relayed_for_strangers",
        || {
            let fleet = Fleet::start()?;
            let wrong = fleet.ask(logs::compare)?;
            let wrong: Vec<String> = wrong
                .into_iter()
                .flat_map(|(row, wrong)| {
                    wrong
                        .into_iter()
                        .map(|why| format!("{}: {why}", row.title()))
                })
                .collect();
            ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
            Ok(())
        },
    )
}

#[test]
fn deeper_looks_see_what_rcpt_cannot() -> Result<(), Failure> {
    inside::isolated("deeper_looks_see_what_rcpt_cannot", || {
        let deeper = |row: &Row| DEEPER.iter().find(|(title, ..)| *title == row.title());
        let fleet = Fleet::of(ROWS.iter().filter(|row| deeper(row).is_some()).collect())?;
        let wrong = fleet.ask(|row, _, _| {
            let (_, arguments, expected, evidence) = deeper(row).context("chosen above")?;
            let (finding, code) = verdict::audit(row, arguments)?;
            let mut wrong = Vec::from_iter(verdict::compare(&finding, code, *expected));
            if finding.evidence.as_deref() != *evidence {
                wrong.push(format!("evidence is {:?}", finding.evidence));
            }
            Ok(wrong)
        })?;
        let mut wrong: Vec<String> = wrong
            .into_iter()
            .flat_map(|(row, wrong)| {
                wrong
                    .into_iter()
                    .map(|why| format!("{}: {why}", row.title()))
            })
            .collect();
        let until = Instant::now() + Duration::from_secs(10);
        while fleet.sink().received_by(verdict::MAILBOX).is_empty() && Instant::now() < until {
            thread::sleep(Duration::from_millis(50));
        }
        // One relay was asked for proof, and one message is enough.
        let proofs = fleet.sink().received_by(verdict::MAILBOX);
        if proofs.len() != 1 || fleet.sink().unexplained().len() != 1 {
            wrong.push(format!(
                "{} messages for one proof: {proofs:?}",
                proofs.len()
            ));
        }
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    })
}

#[test]
fn other_tools_say_what_they_said_before() -> Result<(), Failure> {
    inside::isolated("other_tools_say_what_they_said_before", || {
        let fleet = Fleet::start()?;
        let answers = fleet.ask(|row, _, _| {
            let said = match verdict::audit(row, &[]) {
                Ok((said, _)) => said.verdict,
                Err(_) => "no report".to_owned(),
            };
            Ok([said, compare::nmap(row)?, compare::swaks(row)?])
        })?;
        let mut table = String::from(
            "| configuration | truth | relaycheck | nmap smtp-open-relay | swaks, plain form |\n\
             | --- | --- | --- | --- | --- |\n",
        );
        let mut wrong = Vec::new();
        for (row, [said, nmap, swaks]) in &answers {
            let cells = [&row.title(), &compare::truth(row), said, nmap, swaks];
            table.push_str(&format!("| {} |\n", cells.map(String::as_str).join(" | ")));
            wrong.extend(compare::differs(row, nmap, swaks));
        }
        let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/interop-comparison.md");
        std::fs::write(file, &table)?;
        println!("{table}\n(kept as {file})");
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    })
}
