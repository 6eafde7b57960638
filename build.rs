//! Tells the compiler what `relaycheck --version` says beside the version: the commit it was built from, and its day.
//!
//! In: the first of these that there is. Out: RELAYCHECK_VERSION, such as `0.1.0 (abcdef123456 2026-11-25)`.
//!
//! | source | where it is there |
//! | --- | --- |
//! | the variable RELAYCHECK_COMMIT | packagers who build from an archive; empty: say no commit |
//! | `.cargo_vcs_info.json` | a package from crates.io |
//! | git, where this directory is the top of a checkout | developers, CI |
//!
//! The day is that of the commit in UTC, or of SOURCE_DATE_EPOCH. Without any source the version stands alone, and
//! nothing here makes a build fail: what it runs and reads is only asked.
//!
//! Does not: look whether files of the checkout were changed, for that would have to be asked before every build.
//! git's own log of HEAD is watched, so a build repeats after a commit, not otherwise.
//!
//! References: cargo, Build scripts; reproducible-builds.org, SOURCE_DATE_EPOCH.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "this is how a build script reads and speaks"
)]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What of a commit's name is shown.
const SHOWN: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for variable in ["RELAYCHECK_COMMIT", "SOURCE_DATE_EPOCH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let here = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let (commit, day) = origin(Path::new(&here));
    let epoch = env::var("SOURCE_DATE_EPOCH").ok();
    let day = epoch
        .and_then(|epoch| epoch.parse().ok().map(day_of))
        .or(day);
    let text = match (commit, day) {
        (None, _) => version,
        (Some(commit), None) => format!("{version} ({commit})"),
        (Some(commit), Some(day)) => format!("{version} ({commit} {day})"),
    };
    println!("cargo::rustc-env=RELAYCHECK_VERSION={text}");
}

/// Finds the commit, and its day where the source knows it.
fn origin(here: &Path) -> (Option<String>, Option<String>) {
    if let Ok(given) = env::var("RELAYCHECK_COMMIT") {
        return (shown(&given), None);
    }
    let packed = here.join(".cargo_vcs_info.json");
    if let Ok(text) = fs::read_to_string(&packed) {
        println!("cargo::rerun-if-changed={}", packed.display());
        // Cargo writes the file: {"git": {"sha1": "..."}, "path_in_vcs": ""}.
        let behind = text.split_once("\"sha1\"").map(|(_, rest)| rest);
        let name = behind.and_then(|rest| rest.split('"').nth(1));
        return (name.and_then(shown), None);
    }
    // An archive unpacked below somebody else's checkout is no part of it.
    if !here.join(".git").exists() {
        return (None, None);
    }
    for log in ["logs/HEAD", "HEAD"] {
        if let Some(path) = git(here, &["rev-parse", "--git-path", log])
            // A file that is not there would repeat every build.
            && here.join(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
            break;
        }
    }
    let commit = git(here, &["rev-parse", "HEAD"]);
    let seconds = git(here, &["log", "-1", "--no-show-signature", "--format=%ct"]);
    let day = seconds.and_then(|seconds| seconds.parse().ok().map(day_of));
    (commit.as_deref().and_then(shown), day)
}

/// Asks git; gives the line it answers.
fn git(here: &Path, args: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.current_dir(here).args(args);
    // A hook that builds has these set to another repository.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let output = git.output().ok().filter(|output| output.status.success())?;
    let line = String::from_utf8(output.stdout).ok()?;
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// Shortens the name of a commit; what is no name is not shown.
fn shown(commit: &str) -> Option<String> {
    let commit = commit.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
    if commit.is_empty() || !commit.chars().all(fits) {
        return None;
    }
    let hex = commit.len() == 40 || commit.len() == 64;
    let end = if hex { SHOWN } else { commit.len().min(40) };
    Some(commit[..end].to_owned())
}

/// Gives the day, in UTC, of a time in seconds since 1970: Howard Hinnant's `civil_from_days`, for years are counted
/// from March, and an era has 146,097 days.
fn day_of(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let in_era = days % 146_097;
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
