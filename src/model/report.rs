//! The report: a run, its outcomes, and the totals they add up to.

use super::baseline::Change;
use super::conf::{ConfAudit, Relay};
use super::finding::Finding;
use super::log::LogAudit;
use super::outcome::Outcome;
use super::policy::Policy;
use super::rule::{Rule, Severity};
use super::verdict::{Reason, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;

/// The facts of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// Version of relaycheck.
    pub version: &'static str,
    /// Names one scan, in hexadecimal: all its parts share it.
    pub id: String,
    /// Digest of the list of targets, in hexadecimal.
    pub targets: String,
    /// When it began, RFC 3339.
    pub started: String,
    /// How long it took.
    pub elapsed: Duration,
    /// Seed of tokens, random names and order.
    pub seed: u64,
    /// Part of the whole, `1/1` for all of it.
    pub shard: String,
    /// Whether everything asked for was gone through: false after an interruption.
    pub complete: bool,
}

impl RunInfo {
    /// How the whole of a scan is written as a part.
    pub const WHOLE: &'static str = "1/1";
}

/// Counts over all outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Targets with a result.
    pub targets: u64,
    verdicts: BTreeMap<Verdict, u64>,
    reasons: BTreeMap<(Verdict, Reason), u64>,
    severities: BTreeMap<Severity, u64>,
    changes: BTreeMap<Change, u64>,
    /// Audits of configurations.
    pub audits: u64,
    relays: BTreeMap<Relay, u64>,
    /// Audits of logs.
    pub logs: u64,
    /// Findings that were put aside.
    pub suppressed: u64,
}

impl Totals {
    /// Counts one outcome and its findings.
    pub fn add(&mut self, outcome: &Outcome) {
        self.targets += 1;
        *self.verdicts.entry(outcome.verdict).or_default() += 1;
        if let Some(reason) = outcome.reason {
            *self.reasons.entry((outcome.verdict, reason)).or_default() += 1;
        }
        for finding in &outcome.findings {
            self.add_finding(finding);
        }
        if let Some(baseline) = outcome.baseline {
            *self.changes.entry(baseline.status).or_default() += 1;
        }
    }

    /// Counts an audit of a configuration and its findings.
    pub fn add_audit(&mut self, audit: &ConfAudit) {
        self.audits += 1;
        *self.relays.entry(audit.relay).or_default() += 1;
        self.suppressed += audit.suppressed.len() as u64;
        for finding in &audit.findings {
            self.add_finding(finding);
        }
    }

    /// Counts an audit of logs and its findings.
    pub fn add_log(&mut self, audit: &LogAudit) {
        self.logs += 1;
        self.suppressed += audit.suppressed.len() as u64;
        for finding in &audit.findings {
            self.add_finding(finding);
        }
    }

    /// Gives the count of an outcome of configurations.
    pub fn relay(&self, relay: Relay) -> u64 {
        self.relays.get(&relay).copied().unwrap_or(0)
    }

    fn add_finding(&mut self, finding: &Finding) {
        *self.severities.entry(finding.severity).or_default() += 1;
    }

    /// Gives the count of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or(0)
    }

    /// Gives the reasons behind a verdict with their counts, the most frequent first.
    pub fn reasons(&self, verdict: Verdict) -> Vec<(Reason, u64)> {
        let of_verdict = self.reasons.iter().filter(|((v, _), _)| *v == verdict);
        let mut counts: Vec<(Reason, u64)> = of_verdict.map(|((_, r), n)| (*r, *n)).collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// Gives the count of findings of a severity.
    pub fn severity(&self, severity: Severity) -> u64 {
        self.severities.get(&severity).copied().unwrap_or(0)
    }

    /// Gives the count of outcomes that an older report was held against.
    pub fn compared(&self) -> u64 {
        self.changes.values().sum()
    }

    /// Gives the count of a change since that report.
    pub fn change(&self, change: Change) -> u64 {
        self.changes.get(&change).copied().unwrap_or(0)
    }
}

/// What a run comes to under the policy of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// Everything asked was tested, and nothing counts as failure.
    Clean,
    /// Something counts as failure.
    Found,
    /// Nothing counts as failure, but something was not decided.
    Undecided,
}

/// A finished run. Its outcomes go beside it, one by one: there may be millions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The facts of the run.
    pub run: RunInfo,
    /// What counts as failure.
    pub policy: Policy,
    /// What the run comes to under it.
    pub conclusion: Conclusion,
    /// Every rule that could have fired, not only those that did.
    pub rules: Vec<&'static Rule>,
    /// Counts.
    pub totals: Totals,
    /// Audits of configurations, in the order they were asked for: as many as were named.
    pub audits: Vec<ConfAudit>,
    /// Audits of logs.
    pub logs: Vec<LogAudit>,
}
