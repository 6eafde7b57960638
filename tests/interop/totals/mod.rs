//! The totals of Postfix logs, held against those of pflogsumm.
//!
//! In: logs that real servers of the table wrote, the fixtures, and the log of a site that is made up. Out: nothing,
//! or what disagrees. Both programs read the same lines. Where they count differently on purpose, `lines.rs` says
//! which line it is and why, so that the totals have to come out the same to the last line: there is no tolerance.
//!
//! What was found is kept as `interop-totals-*.md` in cargo's directory for tests.
//!
//! Limits: pflogsumm does not read the journal; of such a log it is given the lines that syslog would have written.

mod lines;

use crate::fleet::Fleet;
use crate::inside::{self, Failure};
use crate::made;
use crate::rig::command;
use crate::table::{Mta, ROWS};
use anyhow::{Context, Result, ensure};
use lines::{Counted, Total, Why};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What one program may take for one log.
const LONGEST: Duration = Duration::from_secs(100);

/// How many messages the site that is made up has: some 40,000 lines.
const MESSAGES: u64 = 6000;

/// What both programs say of a log, and what its lines say.
struct Held {
    log: String,
    pflogsumm: BTreeMap<Total, u64>,
    relaycheck: BTreeMap<Total, u64>,
    counted: Counted,
}

#[test]
fn totals_of_real_servers_are_those_of_pflogsumm() -> Result<(), Failure> {
    let name = "totals::totals_of_real_servers_are_those_of_pflogsumm";
    inside::isolated(name, || {
        let rows = ROWS.iter().filter(|row| row.mta == Mta::Postfix).collect();
        let fleet = Fleet::of(rows)?;
        let held = fleet.ask(|row, server, sink| {
            let log = crate::logs::written(row, server, sink)?;
            let folder = tempfile::tempdir()?;
            let file = folder.path().join("mail.log");
            fs::write(&file, &log)?;
            hold(&row.title(), &file, &log)
        })?;
        let held: Vec<Held> = held.into_iter().map(|(_, held)| held).collect();
        judge("real", &held)?;
        // The office may always send, and a stranger is refused by most.
        let of = |held: &Held, total| held.pflogsumm.get(&total).copied().unwrap_or(0);
        let sum = |total| held.iter().map(|held| of(held, total)).sum::<u64>();
        let rows = held.len() as u64;
        ensure!(
            sum(Total::Received) > 2 * rows,
            "hardly any mail was received"
        );
        ensure!(
            sum(Total::Delivered) > 2 * rows,
            "hardly any mail was delivered"
        );
        for total in [Total::Deferred, Total::Deferrals, Total::Bounced] {
            ensure!(sum(total) + 4 > rows, "hardly anything was {total:?}");
        }
        ensure!(
            sum(Total::Rejected) > 2 * rows,
            "hardly any mail was refused"
        );
        Ok(())
    })
}

#[test]
fn totals_of_the_fixtures_are_those_of_pflogsumm() -> Result<(), Failure> {
    inside::comparable()?;
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/log");
    let mut folders: Vec<PathBuf> = fs::read_dir(fixtures)
        .context("no fixtures")?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    folders.sort();
    let mut held = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("postfix-") {
            continue;
        }
        let journal = folder.join("mail.json");
        let file = match journal.exists() {
            true => journal.clone(),
            false => folder.join("mail.log"),
        };
        let bytes = fs::read(&file).with_context(|| format!("{name} has no log"))?;
        // Some hold bytes that are no text; none of them stands where something is counted.
        let mut log = String::from_utf8_lossy(&bytes).into_owned();
        if file == journal {
            log = as_syslog(&log)?;
        }
        held.push(hold(&name, &file, &log)?);
    }
    judge("fixtures", &held)?;
    Ok(())
}

#[test]
fn totals_of_a_busy_site_are_those_of_pflogsumm() -> Result<(), Failure> {
    inside::comparable()?;
    let mut held = Vec::new();
    let folder = tempfile::tempdir().context("no scratch directory")?;
    for seed in [1, 2] {
        let log = made::postfix::log(seed, MESSAGES);
        let file = folder.path().join(format!("mail-{seed}.log"));
        fs::write(&file, &log).context("cannot write a log")?;
        held.push(hold(&format!("a busy site, {seed}"), &file, &log)?);
    }
    judge("made", &held)?;
    // A difference that nothing shows is only a claim.
    let shown: BTreeSet<Why> = held
        .iter()
        .flat_map(|held| held.counted.differences.iter().map(|found| found.why))
        .collect();
    let unseen: Vec<&Why> = Why::ALL.iter().filter(|why| !shown.contains(why)).collect();
    if !unseen.is_empty() {
        return Err(anyhow::anyhow!("no line shows {unseen:?}").into());
    }
    Ok(())
}

/// Has both programs and the lines themselves counted.
fn hold(name: &str, file: &Path, log: &str) -> Result<Held> {
    let folder = tempfile::tempdir()?;
    let plain = folder.path().join("plain.log");
    fs::write(&plain, log)?;
    Ok(Held {
        log: name.to_owned(),
        pflogsumm: pflogsumm(&plain)?,
        relaycheck: relaycheck(file)?,
        counted: lines::count(log),
    })
}

/// Writes down what was found, and fails if anything does not come out.
fn judge(set: &str, held: &[Held]) -> Result<()> {
    let mut table = String::from(
        "| log | total | pflogsumm | relaycheck | lines that are counted differently |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    let mut wrong = Vec::new();
    for held in held {
        for total in Total::ALL {
            let of = |counts: &BTreeMap<Total, u64>| counts.get(total).copied().unwrap_or(0);
            let (theirs, ours) = (of(&held.pflogsumm), of(&held.relaycheck));
            let differs = held.counted.explained(*total);
            table.push_str(&format!(
                "| {} | {total:?} | {theirs} | {ours} | {differs} |\n",
                held.log
            ));
            let (named, owned) = (of(&held.counted.theirs), of(&held.counted.ours));
            if (theirs, ours) != (named, owned) {
                wrong.push(format!(
                    "{}: {total:?}: pflogsumm says {theirs} and its lines {named}; relaycheck says \
                     {ours} and its lines {owned}; {differs}",
                    held.log
                ));
            }
        }
        for line in &held.counted.unexplained {
            wrong.push(format!("{}: unexplained: {line}", held.log));
        }
    }
    let file = format!("{}/interop-totals-{set}.md", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&file, &table)?;
    println!("{table}\n(kept as {file})");
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Has pflogsumm count.
fn pflogsumm(file: &Path) -> Result<BTreeMap<Total, u64>> {
    let mut pflogsumm = Command::new("pflogsumm");
    pflogsumm
        .env("LC_ALL", "C")
        .args(["--detail", "0"])
        .arg(file);
    let ended = command::run(&mut pflogsumm, LONGEST)?;
    ensure!(ended.success(), "pflogsumm: {}", ended.text());
    let mut counts = BTreeMap::new();
    for line in ended
        .out()
        .lines()
        .take_while(|line| !line.contains("bytes received"))
    {
        let mut words = line.split_whitespace();
        let count = words.next().and_then(|word| word.parse().ok());
        let Some(count) = count else {
            continue;
        };
        let name: Vec<&str> = words.take_while(|word| !word.starts_with('(')).collect();
        let total = Total::ALL
            .iter()
            .find(|total| total.named() == name.join(" "));
        if let Some(total) = total {
            counts.insert(*total, count);
        }
        // "12  deferred  (34 deferrals)"
        if let Some((_, attempts)) = line.split_once('(')
            && let Some((attempts, _)) = attempts.split_once(" deferrals")
        {
            counts.insert(Total::Deferrals, attempts.trim().parse()?);
        }
    }
    ensure!(
        counts.contains_key(&Total::Rejected),
        "no totals: {}",
        ended.out()
    );
    Ok(counts)
}

/// Has relaycheck count.
fn relaycheck(file: &Path) -> Result<BTreeMap<Total, u64>> {
    #[derive(Deserialize)]
    struct Report {
        logs: Vec<Log>,
    }
    #[derive(Deserialize)]
    struct Log {
        totals: BTreeMap<String, u64>,
    }
    let mut relaycheck = Command::new(env!("CARGO_BIN_EXE_relaycheck"));
    relaycheck
        .args([
            "logs",
            "--format",
            "json",
            "--year",
            "2026",
            "--timezone",
            "+00:00",
        ])
        .args(["--own-domain", "example.com"])
        .arg(file);
    let ended = command::run(&mut relaycheck, LONGEST)?;
    let report: Report = serde_json::from_str(ended.out())
        .with_context(|| format!("no report ({}): {}", ended.how(), ended.text()))?;
    let log = report.logs.first().context("no log in the report")?;
    let count = |total: &Total| {
        let count = log.totals.get(total.field());
        count
            .map(|count| (*total, *count))
            .context("a total is missing")
    };
    Total::ALL.iter().map(count).collect()
}

/// Gives the lines that syslog would have written of what the journal has.
fn as_syslog(journal: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Entry {
        #[serde(rename = "SYSLOG_IDENTIFIER")]
        program: String,
        #[serde(rename = "_PID")]
        pid: String,
        #[serde(rename = "_HOSTNAME")]
        host: String,
        #[serde(rename = "MESSAGE")]
        text: serde_json::Value,
    }
    let mut log = String::new();
    for line in journal.lines() {
        let entry: Entry = serde_json::from_str(line).context("no entry of a journal")?;
        // Bytes that are no text come as numbers; none of these lines is counted.
        let text = entry.text.as_str().unwrap_or("not text");
        log.push_str(&format!(
            "2026-03-06T08:00:00+00:00 {} {}[{}]: {text}\n",
            entry.host, entry.program, entry.pid
        ));
    }
    Ok(log)
}
