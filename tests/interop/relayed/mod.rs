//! Relayed mail in Exim logs, held against what eximstats lists as such.
//!
//! In: logs that real servers of the table wrote, the fixtures, and the log of a site that is made up. Out: nothing,
//! or what disagrees. eximstats lists pairs of hosts and addresses with a count; each pair is compared. It does not
//! know who was allowed to relay: `lines.rs` says of each line that counts for one program only why that is so.
//!
//! A finding of relaycheck has five samples. Pairs are therefore taken from parts of a log, in which no client has
//! more recipients than that; the count of each client is that of the whole log.
//!
//! What was found is kept as `interop-relayed-*.md` in cargo's directory for tests.
//!
//! Limits: eximstats of 4.96 reads ids of 16 characters only, as they were before Exim 4.97.

mod lines;

use crate::fleet::Fleet;
use crate::inside::{self, Failure};
use crate::made;
use crate::rig::command;
use crate::table::{Mta, ROWS};
use anyhow::{Context, Result, ensure};
use lines::{Knows, Lines, Pair, Why};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What one program may take for one log.
const LONGEST: Duration = Duration::from_secs(60);

/// How many lines a finding shows.
const SAMPLES: usize = 5;

/// How many messages the site that is made up has.
const MESSAGES: u64 = 1200;

/// Pairs, and how often each was seen.
type Pairs = BTreeMap<Pair, u64>;

/// What both programs say of a log, and what its lines say.
struct Held {
    log: String,
    eximstats: Pairs,
    relaycheck: Pairs,
    lines: Lines,
}

#[test]
fn relayed_mail_of_real_servers_is_that_of_eximstats() -> Result<(), Failure> {
    let name = "relayed::relayed_mail_of_real_servers_is_that_of_eximstats";
    inside::isolated(name, || {
        let rows = ROWS.iter().filter(|row| row.mta == Mta::Exim).collect();
        let fleet = Fleet::of(rows)?;
        let held = fleet.ask(|row, server, sink| {
            let log = crate::logs::written(row, server, sink)?;
            let knows = Knows {
                own: row.domain(),
                trusted: "127.0.1.1".to_owned(),
            };
            hold(&row.title(), &log, &knows)
        })?;
        let held: Vec<Held> = held.into_iter().map(|(_, held)| held).collect();
        let relayed = held.iter().flat_map(|held| held.eximstats.values());
        ensure!(relayed.sum::<u64>() > 20, "hardly any mail was relayed");
        judge("real", &held)
    })
}

#[test]
fn relayed_mail_of_logs_at_hand_is_that_of_eximstats() -> Result<(), Failure> {
    inside::comparable()?;
    let knows = Knows {
        own: "example.com".to_owned(),
        trusted: "192.0.2.".to_owned(),
    };
    let mut held = Vec::new();
    for name in ["exim-denied-then-accepted", "exim-guessed-password"] {
        let file = format!(
            "{}/tests/fixtures/log/{name}/mainlog",
            env!("CARGO_MANIFEST_DIR")
        );
        let log = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
        held.push(hold(name, &log, &knows)?);
    }
    for seed in [1, 2] {
        let log = made::exim::log(seed, MESSAGES);
        held.push(hold(&format!("a busy site, {seed}"), &log, &knows)?);
    }
    judge("made", &held)?;
    // A difference that nothing shows is only a claim.
    let shown: BTreeSet<Why> = held
        .iter()
        .flat_map(|held| held.lines.differences.iter().map(|found| found.why))
        .collect();
    let unseen: Vec<&Why> = Why::ALL.iter().filter(|why| !shown.contains(why)).collect();
    if !unseen.is_empty() {
        return Err(anyhow::anyhow!("no line shows {unseen:?}").into());
    }
    Ok(())
}

/// Has both programs and the lines themselves say what was relayed.
fn hold(name: &str, log: &str, knows: &Knows) -> Result<Held> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mainlog");
    fs::write(&file, log)?;
    let lines = Lines::read(log, knows);
    let whole = relaycheck(&file, knows)?;
    let mut relaycheck_pairs = Pairs::new();
    for part in lines.parts(log, SAMPLES)? {
        fs::write(&file, part)?;
        for (client, (count, pairs)) in relaycheck(&file, knows)?.clients {
            ensure!(
                pairs.len() as u64 == count,
                "{name}: {client}: {count} in one part"
            );
            for pair in pairs {
                *relaycheck_pairs.entry(pair).or_default() += 1;
            }
        }
    }
    // The parts are the whole.
    let mut clients: BTreeMap<String, u64> = BTreeMap::new();
    for (pair, count) in &relaycheck_pairs {
        *clients.entry(pair.client.clone()).or_default() += count;
    }
    let named = whole
        .clients
        .into_iter()
        .map(|(client, (count, _))| (client, count));
    let named: BTreeMap<String, u64> = named.collect();
    ensure!(
        clients == named,
        "{name}: parts have {clients:?}, the log {named:?}"
    );
    let total: u64 = clients.values().sum();
    ensure!(
        total == whole.total,
        "{name}: {total} in parts, {} in all",
        whole.total
    );
    fs::write(&file, log)?;
    Ok(Held {
        log: name.to_owned(),
        eximstats: eximstats(&file)?,
        relaycheck: relaycheck_pairs,
        lines,
    })
}

/// Writes down what was found, and fails if anything does not come out.
fn judge(set: &str, held: &[Held]) -> Result<()> {
    let mut table = String::from(
        "| log | eximstats | relaycheck | the same pairs | lines that are counted differently |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    let mut wrong = Vec::new();
    for held in held {
        let sum = |pairs: &Pairs| pairs.values().sum::<u64>();
        let same = held
            .eximstats
            .iter()
            .filter(|(pair, count)| held.relaycheck.get(*pair) == Some(*count));
        table.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            held.log,
            sum(&held.eximstats),
            sum(&held.relaycheck),
            same.count(),
            held.lines.explained(),
        ));
        for (program, said, lines) in [
            ("eximstats", &held.eximstats, &held.lines.theirs),
            ("relaycheck", &held.relaycheck, &held.lines.ours),
        ] {
            let pairs: BTreeSet<&Pair> = said.keys().chain(lines.keys()).collect();
            for pair in pairs {
                let (says, have) = (said.get(pair), lines.get(pair));
                if says != have {
                    wrong.push(format!(
                        "{}: {program} says {says:?} and the lines {have:?} of {pair:?}",
                        held.log
                    ));
                }
            }
        }
        for line in &held.lines.unexplained {
            wrong.push(format!("{}: unexplained: {line}", held.log));
        }
    }
    let file = format!("{}/interop-relayed-{set}.md", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&file, &table)?;
    println!("{table}\n(kept as {file})");
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Has eximstats list what was relayed.
fn eximstats(file: &Path) -> Result<Pairs> {
    let mut eximstats = Command::new("perl");
    eximstats
        .env("LC_ALL", "C")
        .arg(inside::eximstats())
        .args(["-h0", "-q0", "-t0", "-ne", "-nt"])
        .arg(file);
    let ended = command::run(&mut eximstats, LONGEST)?;
    ensure!(ended.success(), "eximstats: {}", ended.text());
    let mut pairs = Pairs::new();
    let section = ended.out().split_once("\nRelayed messages\n");
    let Some((_, section)) = section else {
        ensure!(
            ended.out().contains("No relayed messages"),
            "no list: {}",
            ended.out()
        );
        return Ok(pairs);
    };
    let (section, total) = section
        .split_once("\nTotal: ")
        .context("a list without its end")?;
    let mut lines = section
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('-'));
    while let Some(from) = lines.next() {
        let to = lines
            .next()
            .context("half a pair")?
            .trim()
            .strip_prefix("=> ");
        let (count, from) = from.trim().split_once(' ').context("no count")?;
        let (client, sender) = end(from)?;
        let (hop, recipient) = end(to.context("no arrow")?)?;
        let pair = Pair {
            client,
            sender,
            hop,
            recipient,
        };
        *pairs.entry(pair).or_default() += count.parse::<u64>()?;
    }
    let sum = pairs.values().sum::<u64>().to_string();
    ensure!(
        total.split(' ').next() == Some(&sum),
        "{sum} listed, not {total}"
    );
    Ok(pairs)
}

/// Reads `host[address] mailbox`.
fn end(text: &str) -> Result<(String, String)> {
    let (host, mailbox) = text.split_once(' ').context("no address behind a host")?;
    let (_, address) = host.rsplit_once('[').context("a host without address")?;
    Ok((
        address.trim_end_matches(']').to_owned(),
        mailbox.trim().to_owned(),
    ))
}

/// What relaycheck says was relayed.
struct Said {
    total: u64,
    /// By client: how many recipients, and those that are shown.
    clients: BTreeMap<String, (u64, Vec<Pair>)>,
}

/// Has relaycheck say what was relayed.
fn relaycheck(file: &Path, knows: &Knows) -> Result<Said> {
    #[derive(Deserialize)]
    struct Report {
        findings: Vec<Finding>,
        logs: Vec<Log>,
    }
    #[derive(Deserialize)]
    struct Finding {
        rule: String,
        evidence: Vec<Evidence>,
    }
    #[derive(Deserialize)]
    struct Evidence {
        count: u64,
        samples: Vec<Sample>,
    }
    #[derive(Deserialize)]
    struct Sample {
        text: String,
    }
    #[derive(Deserialize)]
    struct Log {
        totals: BTreeMap<String, u64>,
    }
    let trusted = match knows.trusted.strip_suffix('.') {
        Some(net) => format!("{net}.0/24"),
        None => format!("{}/32", knows.trusted),
    };
    let mut relaycheck = Command::new(env!("CARGO_BIN_EXE_relaycheck"));
    relaycheck
        .args(["logs", "--format", "json", "--timezone", "+00:00"])
        .args(["--log-format", "exim-mainlog"])
        .args(["--own-domain", &knows.own, "--trusted-net", &trusted])
        .arg(file);
    let ended = command::run(&mut relaycheck, LONGEST)?;
    let report: Report = serde_json::from_str(ended.out())
        .with_context(|| format!("no report ({}): {}", ended.how(), ended.text()))?;
    let totals = &report.logs.first().context("no log in the report")?.totals;
    let mut said = Said {
        total: totals
            .get("relayed_recipients")
            .copied()
            .context("no total")?,
        clients: BTreeMap::new(),
    };
    for finding in report.findings.iter().filter(|found| found.rule == "LG001") {
        let evidence = finding
            .evidence
            .first()
            .context("a finding without proof")?;
        let samples = evidence.samples.iter();
        let pairs: Vec<Pair> = samples
            .map(|one| Pair::shown(&one.text))
            .collect::<Result<_>>()?;
        let client = pairs.first().context("no sample")?.client.clone();
        said.clients.insert(client, (evidence.count, pairs));
    }
    Ok(said)
}
