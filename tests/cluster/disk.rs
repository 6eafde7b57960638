//! A scan on a disk that fills up.

use crate::inside::{Failure, command, directory, isolated};
use anyhow::{Context, Result, ensure};
use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::path::Path;

/// Runs the scan, its results appended to one file; gives the exit code and standard error.
fn scan(here: &Path) -> Result<(Option<i32>, String)> {
    let out = OpenOptions::new()
        .create(true)
        .append(true)
        .open(here.join("out.jsonl"))?;
    let ended = command("relaycheck")?
        .current_dir(here)
        // Nothing listens there: 2,048 refused connections, about a megabyte of results.
        .args(["-f", "jsonl", "--resume", "state", "-o", "json=report.json"])
        .args(["--rate", "4000", "127.96.0.0/21:9"])
        .stdout(out)
        .output()
        .context("the scan cannot be started")?;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    Ok((ended.status.code(), said))
}

fn mount(options: &str, here: &Path) -> Result<()> {
    let mounted = command("mount")?
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(here)
        .status()
        .context("mount cannot be started")?;
    ensure!(mounted.success(), "mount -o {options}: {mounted}");
    Ok(())
}

#[test]
fn a_scan_on_a_full_disk_ends_with_an_error_and_goes_on_when_there_is_room() -> Result<(), Failure>
{
    isolated(
        "disk::a_scan_on_a_full_disk_ends_with_an_error_and_goes_on_when_there_is_room",
        || {
            let here = directory("small")?;
            mount("size=300k", &here)?;
            let (code, said) = scan(&here)?;
            ensure!(code == Some(2), "exit {code:?}: {said}");
            ensure!(said.contains("No space left on device"), "{said}");
            ensure!(!here.join("report.json").exists(), "a report of a part");
            mount("remount,size=30m", &here)?;
            let (code, said) = scan(&here)?;
            ensure!(code == Some(0), "exit {code:?}: {said}");
            let text = fs::read_to_string(here.join("out.jsonl"))?;
            let mut places = HashSet::new();
            for line in text.lines() {
                let result: serde_json::Value = serde_json::from_str(line)?;
                let place = result["address"].to_string();
                ensure!(places.insert(place), "twice: {line}");
            }
            ensure!(places.len() == 2048, "{} of 2,048", places.len());
            let report: serde_json::Value =
                serde_json::from_slice(&fs::read(here.join("report.json"))?)?;
            let results = report["results"].as_array().map(Vec::len);
            ensure!(results == Some(2048), "{results:?} in the report");
            Ok(())
        },
    )
}
