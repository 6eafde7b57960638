//! A scan in one process, the report put together from parts, and what differs between the two.
//!
//! Everything is compared: results in their order with verdict, forms, replies and findings, the summary,
//! the exit code. [`LEFT_OUT`] names what is not.

use crate::inside::{command, run, scratch};
use crate::rig::command::Ended;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// How many parts there are.
pub(crate) const PARTS: usize = 4;

/// Fields that are not compared, by the object they are in, and why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        "run",
        "id",
        "names the scan and into how many parts it is divided",
    ),
    ("run", "started", "the clock"),
    ("run", "elapsed_ms", "the clock"),
    ("results", "elapsed_ms", "the clock"),
    ("results.forms.dialogue", "at_ms", "the clock"),
    ("results.findings.evidence.lines", "at_ms", "the clock"),
];

/// Options and targets of every scan: `relaycheck` with these is the scan in one process. Half a second
/// is enough for a server on this machine.
pub(crate) fn options() -> Result<Vec<String>> {
    let targets = scratch()?.join("targets.txt");
    std::fs::write(&targets, crate::fleet::targets()).context("cannot write the targets")?;
    let mut options: Vec<String> = [
        "--seed",
        "7",
        "--profile",
        "standard",
        "--timeout",
        "1s",
        "-q",
        "-x",
        "127.70.3.2",
        "-i",
    ]
    .map(str::to_owned)
    .to_vec();
    options.push(targets.display().to_string());
    Ok(options)
}

/// A report with the exit code it came with.
pub(crate) struct Said {
    pub(crate) report: Value,
    pub(crate) code: Option<i32>,
}

/// Scans in one process.
pub(crate) fn whole(directory: &Path) -> Result<Said> {
    let mut relaycheck = command("relaycheck")?;
    relaycheck.args(["-f", "json"]).args(options()?);
    said(run(&mut relaycheck, directory)?)
}

/// Gives the servers that belong to a part, by scanning it alone.
pub(crate) fn servers_of(part: usize, directory: &Path) -> Result<BTreeSet<IpAddr>> {
    let mut relaycheck = command("relaycheck")?;
    relaycheck
        .args(["-f", "json", "--shard", &format!("{part}/{PARTS}")])
        .args(options()?);
    let said = said(run(&mut relaycheck, directory)?)?;
    let all: BTreeSet<IpAddr> = crate::fleet::addresses().collect();
    let asked = results(&said.report)?
        .iter()
        .filter_map(|result| result["address"].as_str()?.parse().ok());
    Ok(asked.filter(|address| all.contains(address)).collect())
}

/// Names the report of a part, counted from `first` as its engine counts.
pub(crate) fn parts(directory: &Path, first: usize) -> Vec<PathBuf> {
    (first..first + PARTS)
        .map(|part| directory.join(format!("part-{part}.json")))
        .collect()
}

/// Puts parts together. The last comes first: the order in which they are given does not count.
pub(crate) fn merge(directory: &Path, parts: &[PathBuf]) -> Result<Said> {
    let mut relaycheck = command("relaycheck")?;
    relaycheck
        .args(["merge", "-f", "json"])
        .args(parts.iter().rev());
    said(run(&mut relaycheck, directory)?)
}

/// Holds the report of the parts against that of one process.
pub(crate) fn same(whole: &Said, merged: &Said) -> Result<()> {
    let mut wrong = Vec::new();
    differences("", &whole.report, &merged.report, &mut wrong);
    if whole.code != merged.code {
        wrong.push(format!("exit code: {:?}, {:?}", whole.code, merged.code));
    }
    ensure!(
        wrong.is_empty(),
        "one process and the merged parts differ in {} places:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    Ok(())
}

/// Makes sure that a division was one: no part is empty, and each has its share of the results only.
pub(crate) fn divided(parts: &[PathBuf], whole: &Said) -> Result<()> {
    let mut together = 0;
    for part in parts {
        let report = read(part)?;
        let results = results(&report)?.len();
        ensure!(results > 0, "{} is empty", part.display());
        together += results;
    }
    let all = results(&whole.report)?.len();
    ensure!(together == all, "{together} results in parts, {all} in one");
    Ok(())
}

/// Makes sure that the scan found what the table of behaviours holds, so that reports that say nothing
/// cannot agree.
pub(crate) fn telling(whole: &Said) -> Result<()> {
    ensure!(whole.code == Some(1), "exit code {:?}", whole.code);
    let summary = &whole.report["summary"];
    for (verdict, least) in [
        ("relay_accepting", 7),
        ("rejecting", 5),
        ("auth_required", 1),
        ("inconclusive", 5),
        ("unreachable", 50),
    ] {
        let count = summary[verdict].as_u64().context("no summary")?;
        ensure!(count >= least, "{count} {verdict}");
    }
    Ok(())
}

/// Reads a report.
pub(crate) fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).with_context(|| format!("no report {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// Gives the results of a report.
pub(crate) fn results(report: &Value) -> Result<&Vec<Value>> {
    report["results"].as_array().context("no results")
}

/// Reads the report on standard output.
pub(crate) fn said(ended: Ended) -> Result<Said> {
    let report = serde_json::from_str(ended.out())
        .with_context(|| format!("no report ({}): {}", ended.how(), ended.text()))?;
    Ok(Said {
        report,
        code: ended.code(),
    })
}

/// Collects the places at which two values differ. `path` is the way to them, of names alone.
fn differences(path: &str, one: &Value, other: &Value, wrong: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for name in names {
                if LEFT_OUT
                    .iter()
                    .any(|(at, field, _)| *at == path && field == name)
                {
                    continue;
                }
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => differences(&path, one, other, wrong),
                    (one, other) => wrong.push(format!("{path}: {one:?}, {other:?}")),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            if one.len() != other.len() {
                wrong.push(format!("{path}: {} and {} of them", one.len(), other.len()));
            }
            for (one, other) in one.iter().zip(other) {
                differences(path, one, other, wrong);
            }
        }
        _ if one == other => {}
        _ => wrong.push(format!("{path}: {one}, {other}")),
    }
}
