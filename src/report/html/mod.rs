//! One page for people: `--format html`.
//!
//! In: a finished report. Out: one file with everything in it: a summary with charts, every target, configuration or
//! log, what was found and what to do. It loads nothing, its policy (CSP) forbids the browser to, and it is complete
//! without its script, which only filters, sorts and unfolds.
//!
//! Targets that need somebody come first: relays, then what was not decided or has a finding of severity medium or above,
//! then the rest, each in the order they were written. Relays are written as they are read; the others wait in memory,
//! bounded as below, until the last relay was seen.
//!
//! Every value goes through the formatter of `page.rs`, which writes out what cannot be shown and then what HTML gives a
//! meaning to. No value stands in a script, a style or an address.
//!
//! Limits: [`MOST_ROWS`] rows of each of the last two groups, [`OF_DETAILS`] bytes of what is folded in each group; of a
//! target, a configuration and a log what `host.rs`, `facts.rs`, `conf.rs` and `log.rs` say. What is left out is counted.
//!
//! References: HTML Living Standard; Content Security Policy Level 3; WCAG 2.2.

mod chart;
mod conf;
mod facts;
mod finding;
mod head;
mod host;
mod log;
mod page;
mod rules;
#[cfg(test)]
mod tests;

use super::Reporter;
use crate::model::advice::ADVICE;
use crate::model::{Outcome, Report, Severity, Verdict};
use host::Room;
use page::{Page, Tone};
use rules::Found;
use serde::Serialize;
use std::io::{self, Write};

/// Rows of targets that are no relays: of those that need somebody, and of the rest. A browser shows as many.
pub const MOST_ROWS: usize = 65_536;

/// Bytes of what is folded below rows: of relays, of those that need somebody, of the rest.
pub const OF_DETAILS: [usize; 3] = [16 << 20, 8 << 20, 4 << 20];

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Html;

/// A group of targets.
#[derive(Debug, Default)]
struct Group {
    /// Rows that wait.
    text: String,
    rows: usize,
    left_out: u64,
    details: usize,
}

impl Reporter for Html {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let page = Page::new()?;
        out.write_all(page.render("head.html", &head::of(report))?.as_bytes())?;
        let mut found = Found::default();
        let left_out = targets(&page, report, outcomes, &mut found, out)?;
        if report.totals.targets > 0 {
            let below = rules::of(report, &found, left_out);
            out.write_all(page.render("rules.html", &below)?.as_bytes())?;
        }
        for (number, audit) in conf::in_order(report) {
            let text = page.render("conf.html", &conf::of(number, audit))?;
            out.write_all(text.as_bytes())?;
        }
        for (number, audit) in report.logs.iter().enumerate() {
            let text = page.render("log.html", &log::of(number, audit))?;
            out.write_all(text.as_bytes())?;
        }
        out.write_all(page.render("foot.html", &foot(report))?.as_bytes())?;
        out.flush()
    }
}

/// Writes a row for each target, those that need somebody first; tells how many there was no room for.
fn targets(
    page: &Page,
    report: &Report,
    outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
    found: &mut Found,
    out: &mut dyn Write,
) -> io::Result<u64> {
    let mut groups: [Group; 3] = Default::default();
    for (row, outcome) in outcomes.enumerate() {
        let outcome = outcome?;
        let id = format!("t{row}");
        let number = group(report, &outcome);
        let group = &mut groups[number];
        if number > 0 && group.rows == MOST_ROWS {
            found.add(&outcome, None);
            group.left_out += 1;
            continue;
        }
        found.add(&outcome, Some(&id));
        group.rows += 1;
        let room = match group.details < OF_DETAILS[number] {
            true => Room::Enough,
            false => Room::None,
        };
        let row = host::of(report, &outcome, id, room);
        let text = page.render("host.html", &row)?;
        if row.unfolds() {
            group.details += text.len();
        }
        match number {
            0 => out.write_all(text.as_bytes())?,
            _ => group.text.push_str(&text),
        }
    }
    for group in &groups {
        out.write_all(group.text.as_bytes())?;
    }
    Ok(groups.iter().map(|group| group.left_out).sum())
}

/// Says to which group a target belongs.
fn group(report: &Report, outcome: &Outcome) -> usize {
    let grave = |severity: Severity| severity >= Severity::Medium;
    match outcome.verdict {
        Verdict::RelayAccepting => 0,
        _ if report.policy.undecided(outcome) => 1,
        _ if outcome.findings.iter().any(|f| grave(f.severity)) => 1,
        _ => 2,
    }
}

/// The end of the page.
#[derive(Debug, Serialize)]
struct Foot {
    version: &'static str,
    advice: Vec<&'static str>,
}

fn foot(report: &Report) -> Foot {
    let fits = |advice: &&crate::model::advice::Advice| {
        let mut audits = report.audits.iter();
        audits.any(|audit| advice.fits(audit))
    };
    Foot {
        version: report.run.version,
        advice: ADVICE.iter().filter(fits).map(|a| a.text).collect(),
    }
}

/// Chooses the tone of a verdict.
fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::RelayAccepting => Tone::Alarm,
        Verdict::Rejecting => Tone::Good,
        Verdict::AuthRequired => Tone::Auth,
        Verdict::Inconclusive => Tone::Doubt,
        Verdict::Unreachable => Tone::Faint,
    }
}
