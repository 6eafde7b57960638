//! What changed between two reports.
//!
//! In: the results of an older report ([`Old`]), then those of a newer one, or the outcomes of this run.
//! Out: what became of each place ([`Compared`]), and all of it together ([`Difference`]), written as
//! JSON ([`document`]) or for people ([`text`]).
//!
//! A place is the host as it is named, its address and the port. A finding is the same in both reports
//! if its fingerprint is. Two things are compared: whether a place is a relay, and its findings.
//!
//! | status | means |
//! | --- | --- |
//! | `new` | a relay that was none, a finding that was not there, or a place that was not in the report |
//! | `fixed` | the relay, or a finding, is gone, and what showed it was asked again and answered; it is no relay |
//! | `changed` | anything else: another verdict, less of a relay than it was, or what was wrong could not be judged again |
//! | `same` | the same verdict, the same findings; the reason may be another |
//! | missing | the older report has the place, the newer one does not |
//!
//! The first that fits holds: a place with a finding that is gone and a new one is `new`, and one with an
//! old finding beside a closed relay is `fixed`.
//!
//! Not tested is never fixed. A relay is fixed only if the newer verdict is `rejecting` or
//! `auth-required`, and every form by which mail got through was asked again and did not. A finding is
//! fixed only if the newer verdict says anything about relaying, and the forms that showed it were asked
//! again and answered; where it is not about forms, encryption was looked at again if it was then. What is gone otherwise
//! is *unjudged*, and its place `changed`: an old relay that is silent now, or was asked in a smaller
//! profile, may well relay still.
//!
//! What was decided and is not any more is *undecided*: a place that was `rejecting` or `auth-required`
//! and is `inconclusive` or `unreachable` now, anything unjudged, and anything decided that is missing.
//!
//! Deliberately opens nothing, and knows neither exit codes nor thresholds.

mod audits;
pub mod document;
mod logs;
mod old;
mod parts;
mod seen;
mod stored;
pub mod text;

use crate::model::{Baseline, Change, Outcome, Reason, Severity, Verdict};
pub use audits::OldAudits;
pub use logs::OldLogs;
pub use old::{Compared, Old, Turn, Was};
pub use seen::{FindingSeen, Key, Seen};
use std::collections::BTreeMap;

/// Marks an outcome of this run with what an older report says of its place.
pub fn mark(outcome: &mut Outcome, old: &mut Old) {
    let compared = old.compare(&Seen::from(&*outcome));
    outcome.baseline = Some(Baseline {
        status: compared.status,
        was: compared.was.map(|was| was.verdict),
        was_undecided: compared.was.is_some_and(|was| was.undecided),
    });
    // Those of the outcome come first, in its order.
    for (finding, (turn, _)) in outcome.findings.iter_mut().zip(&compared.findings) {
        finding.baseline = Some(match turn {
            Turn::New => Change::New,
            Turn::Same | Turn::Fixed | Turn::Unjudged => Change::Same,
        });
    }
}

/// Everything that changed.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// Places with something new.
    pub new: Vec<Item>,
    /// Places where something that was wrong is gone.
    pub fixed: Vec<Item>,
    /// Places where something else changed.
    pub changed: Vec<Item>,
    /// Places that the newer report does not have.
    pub missing: Vec<Item>,
    /// How many places are as they were.
    pub same: u64,
    /// What became of relays.
    pub relays: BTreeMap<Turn, u64>,
    /// What became of findings.
    pub findings: BTreeMap<Turn, u64>,
}

/// One place that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The place.
    pub key: Key,
    /// Verdict and reason then.
    pub was: Option<(Verdict, Option<Reason>)>,
    /// Verdict and reason now.
    pub now: Option<(Verdict, Option<Reason>)>,
    /// What became of the relay, if it was one or is one.
    pub relay: Option<Turn>,
    /// What became of each finding.
    pub findings: Vec<(Turn, FindingSeen)>,
    /// Whether something that was decided is not any more.
    pub undecided: bool,
}

impl Difference {
    /// Takes a result of the newer report and what became of its place.
    pub fn add(&mut self, seen: Seen, compared: Compared) {
        self.count(compared.relay, &compared.findings);
        let list = match compared.status {
            Change::Same => {
                self.same += 1;
                return;
            }
            Change::New => &mut self.new,
            Change::Fixed => &mut self.fixed,
            Change::Changed => &mut self.changed,
        };
        list.push(Item {
            key: seen.key,
            was: compared.was.map(|was| (was.verdict, was.reason)),
            now: Some((seen.verdict, seen.reason)),
            relay: compared.relay,
            findings: compared.findings,
            undecided: compared.undecided,
        });
    }

    /// Ends with the places that did not come again, and puts all in order.
    pub fn finish(&mut self, old: Old) {
        for (key, was, findings) in old.missing() {
            let relay = (was.verdict == Verdict::RelayAccepting).then_some(Turn::Unjudged);
            let findings: Vec<_> = findings.into_iter().map(|f| (Turn::Unjudged, f)).collect();
            self.count(relay, &findings);
            let open = matches!(was.verdict, Verdict::Inconclusive | Verdict::Unreachable);
            self.missing.push(Item {
                key,
                was: Some((was.verdict, was.reason)),
                now: None,
                undecided: !open || !findings.is_empty(),
                relay,
                findings,
            });
        }
        for list in [&mut self.new, &mut self.fixed, &mut self.changed] {
            list.sort_by(|a, b| a.key.cmp(&b.key));
        }
    }

    fn count(&mut self, relay: Option<Turn>, findings: &[(Turn, FindingSeen)]) {
        if let Some(turn) = relay {
            *self.relays.entry(turn).or_default() += 1;
        }
        for (turn, _) in findings {
            *self.findings.entry(*turn).or_default() += 1;
        }
    }

    /// Tells whether there is a new relay, or a new finding at or above a severity.
    pub fn worsened(&self, threshold: Severity) -> bool {
        self.new.iter().any(|item| {
            item.relay == Some(Turn::New)
                || item
                    .findings
                    .iter()
                    .any(|(turn, finding)| *turn == Turn::New && finding.severity >= threshold)
        })
    }

    /// Tells whether something that was decided is not any more.
    pub fn undecided(&self) -> bool {
        let lists = [&self.new, &self.fixed, &self.changed, &self.missing];
        lists.into_iter().flatten().any(|item| item.undecided)
    }
}

#[cfg(test)]
mod tests;
