//! What was found over the wire, rule by rule: what it means, what to do, where; and what was not judged.
//!
//! In: outcomes, one by one. Out: a card for each rule that fired, the worst first, with links to the rows; the reasons
//! that left targets open.
//!
//! Limits: [`MOST_SPOTS`] targets and [`MOST_FIXES`] remedies of a rule; the others are counted.

use super::finding::{lines, tone};
use super::head::{Open, open};
use super::page::Tone;
use crate::model::{Outcome, Report, Rule, Severity};
use crate::report::fit;
use crate::report::human::log::grouped;
use serde::Serialize;
use std::collections::BTreeMap;

/// Targets that are named.
const MOST_SPOTS: usize = 25;

/// Remedies: one for each server software.
const MOST_FIXES: usize = 6;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<&'static str, OfRule>);

#[derive(Debug)]
struct OfRule {
    rule: &'static Rule,
    severity: Severity,
    count: u64,
    spots: Vec<Spot>,
    fixes: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Spot {
    id: Option<String>,
    text: String,
}

impl Found {
    /// Takes the findings of an outcome, and what its row is called, if it has one.
    pub(super) fn add(&mut self, outcome: &Outcome, row: Option<&str>) {
        for finding in &outcome.findings {
            let of_rule = self.0.entry(finding.rule.id).or_insert_with(|| OfRule {
                rule: finding.rule,
                severity: finding.severity,
                count: 0,
                spots: Vec::new(),
                fixes: Vec::new(),
            });
            of_rule.severity = of_rule.severity.max(finding.severity);
            of_rule.count += 1;
            if of_rule.spots.len() < MOST_SPOTS {
                of_rule.spots.push(Spot {
                    id: row.map(str::to_owned),
                    text: fit::name(&outcome.target.place(), 100),
                });
            }
            let known = of_rule.fixes.contains(&finding.remedy);
            if !known && of_rule.fixes.len() < MOST_FIXES {
                of_rule.fixes.push(finding.remedy.clone());
            }
        }
    }
}

/// What stands below the targets.
#[derive(Debug, Serialize)]
pub(super) struct Below {
    left_out: Option<String>,
    rules: Vec<Card>,
    open: Vec<Open>,
}

#[derive(Debug, Serialize)]
struct Card {
    tone: Tone,
    severity: &'static str,
    title: &'static str,
    facts: String,
    why: &'static str,
    fixes: Vec<Vec<String>>,
    spots: Vec<Spot>,
    more: String,
}

/// Puts together what stands below the targets.
pub(super) fn of(report: &Report, found: &Found, left_out: u64) -> Below {
    let mut all: Vec<&OfRule> = found.0.values().collect();
    all.sort_by_key(|of| (std::cmp::Reverse(of.severity), std::cmp::Reverse(of.count)));
    let card = |of: &OfRule| Card {
        tone: tone(of.severity),
        severity: of.severity.as_str(),
        title: of.rule.title,
        facts: format!("{}, {}", of.rule.id, fit::count(of.count, "finding")),
        why: of.rule.why,
        fixes: of.fixes.iter().map(|fix| lines(fix)).collect(),
        spots: of.spots.clone(),
        more: match of.count - of.spots.len() as u64 {
            0 => String::new(),
            more => format!(" and {} more", grouped(more)),
        },
    };
    Below {
        left_out: (left_out > 0).then(|| {
            let count = grouped(left_out);
            format!("and {count} more targets, none of them a relay. The other formats have them.")
        }),
        rules: all.into_iter().map(card).collect(),
        open: open(report),
    }
}
