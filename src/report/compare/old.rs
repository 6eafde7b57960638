//! The older report, in little memory, and what became of each of its places.
//!
//! In: its results, then those of the newer one. Out: for each of the latter what became of it, and in
//! the end the places that did not come again.
//!
//! Kept of a result are place, verdict and reason, and where something was wrong, the forms that got
//! through and the findings.
//!
//! Where a report holds a place twice (`host:25` and `host:25/plain` are asked both), the worse verdict
//! and the findings of both stand.
//!
//! Limits: about 200 bytes of memory a result in which nothing was wrong.

use super::seen::{Answer, FindingSeen, FormSeen, Key, Seen};
use crate::model::{Change, Reason, Verdict};
use std::collections::HashMap;
use std::collections::hash_map;

/// The results of the older report.
#[derive(Debug, Clone, Default)]
pub struct Old {
    entries: HashMap<Key, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    was: Was,
    /// Whether the newer report has the place as well.
    found: bool,
    wrong: Option<Box<Wrong>>,
}

/// What the older report says of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Was {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<Reason>,
    /// Whether something was left undecided.
    pub undecided: bool,
}

/// What was wrong at a place.
#[derive(Debug, Clone)]
struct Wrong {
    encrypted: bool,
    /// The forms by which mail got through.
    through: Vec<FormSeen>,
    findings: Vec<FindingSeen>,
}

/// What became of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// In a word.
    pub status: Change,
    /// What it was; absent if the older report does not have it.
    pub was: Option<Was>,
    /// What became of the relay, if it was one or is one.
    pub relay: Option<Turn>,
    /// What became of each finding: those of the newer report in their order, then those gone.
    pub findings: Vec<(Turn, FindingSeen)>,
    /// Whether something that was decided is not any more.
    pub undecided: bool,
}

/// What became of one thing that is or was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Turn {
    /// It was not there.
    New,
    /// It is there still.
    Same,
    /// It is gone, and what showed it was asked again.
    Fixed,
    /// It was not seen again, and what showed it was not asked or not answered.
    Unjudged,
}

impl Turn {
    /// Names it as a report does.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Same => "same",
            Self::Fixed => "fixed",
            Self::Unjudged => "unjudged",
        }
    }

    /// All of them.
    pub const ALL: &'static [Self] = &[Self::New, Self::Same, Self::Fixed, Self::Unjudged];
}

impl Old {
    /// Takes a result of the older report.
    pub fn add(&mut self, seen: Seen) {
        let was = Was {
            verdict: seen.verdict,
            reason: seen.reason,
            undecided: seen.undecided,
        };
        let through: Vec<FormSeen> = seen
            .forms
            .into_iter()
            .filter(|form| form.answer == Answer::GotThrough)
            .collect();
        let wrong = (!through.is_empty() || !seen.findings.is_empty()).then(|| {
            Box::new(Wrong {
                encrypted: seen.encrypted,
                through,
                findings: seen.findings,
            })
        });
        let entry = Entry {
            was,
            found: false,
            wrong,
        };
        match self.entries.entry(seen.key) {
            hash_map::Entry::Vacant(place) => {
                place.insert(entry);
            }
            hash_map::Entry::Occupied(mut place) => place.get_mut().join(entry),
        }
    }

    /// Counts the places.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Says what became of a place.
    pub fn compare(&mut self, seen: &Seen) -> Compared {
        match self.entries.get_mut(&seen.key) {
            Some(entry) => {
                entry.found = true;
                entry.compare(seen)
            }
            None => Compared {
                status: Change::New,
                was: None,
                relay: (seen.verdict == Verdict::RelayAccepting).then_some(Turn::New),
                findings: seen
                    .findings
                    .iter()
                    .map(|f| (Turn::New, f.clone()))
                    .collect(),
                undecided: false,
            },
        }
    }

    /// Gives the places that the newer report did not have, in order, each with its findings.
    pub fn missing(self) -> Vec<(Key, Was, Vec<FindingSeen>)> {
        let missing = self.entries.into_iter().filter(|(_, entry)| !entry.found);
        let mut missing: Vec<_> = missing
            .map(|(key, entry)| {
                let findings = entry.wrong.map(|wrong| wrong.findings).unwrap_or_default();
                (key, entry.was, findings)
            })
            .collect();
        missing.sort_by(|a, b| a.0.cmp(&b.0));
        missing
    }
}

impl Entry {
    /// Takes what else the same report says of the same place.
    fn join(&mut self, other: Self) {
        if rank(other.was.verdict) > rank(self.was.verdict) {
            self.was = Was {
                undecided: self.was.undecided || other.was.undecided,
                ..other.was
            };
        } else {
            self.was.undecided |= other.was.undecided;
        }
        match (&mut self.wrong, other.wrong) {
            (Some(wrong), Some(other)) => {
                wrong.encrypted |= other.encrypted;
                wrong.through.extend(other.through);
                for finding in other.findings {
                    if !has(&wrong.findings, &finding) {
                        wrong.findings.push(finding);
                    }
                }
            }
            (wrong @ None, other) => *wrong = other,
            (Some(_), None) => {}
        }
    }

    fn compare(&self, seen: &Seen) -> Compared {
        let then = self.was.verdict == Verdict::RelayAccepting;
        let now = seen.verdict == Verdict::RelayAccepting;
        let through: &[FormSeen] = self.wrong.as_ref().map_or(&[], |wrong| &wrong.through);
        let relay = match (then, now) {
            (false, false) => None,
            (false, true) => Some(Turn::New),
            (true, true) => Some(Turn::Same),
            (true, false) if decided(seen.verdict) && asked_again(through, seen) => {
                Some(Turn::Fixed)
            }
            (true, false) => Some(Turn::Unjudged),
        };
        let mut findings: Vec<(Turn, FindingSeen)> = Vec::new();
        let before: &[FindingSeen] = self.wrong.as_ref().map_or(&[], |wrong| &wrong.findings);
        for finding in &seen.findings {
            let turn = if has(before, finding) {
                Turn::Same
            } else {
                Turn::New
            };
            findings.push((turn, finding.clone()));
        }
        let talked = now || decided(seen.verdict);
        for finding in before.iter().filter(|f| !has(&seen.findings, f)) {
            let looked = if finding.shown_by.is_empty() {
                // About the session: what is inside TLS shows only there.
                let inside = self.wrong.as_ref().is_some_and(|wrong| wrong.encrypted);
                seen.encrypted || !inside
            } else {
                asked_again(&finding.shown_by, seen)
            };
            let turn = if talked && looked {
                Turn::Fixed
            } else {
                Turn::Unjudged
            };
            findings.push((turn, finding.clone()));
        }
        let lost = decided(self.was.verdict) && !decided(seen.verdict) && !now;
        let turns = || relay.iter().chain(findings.iter().map(|(turn, _)| turn));
        let unjudged = turns().any(|turn| *turn == Turn::Unjudged);
        Compared {
            status: status(turns, then && now, self.was.verdict == seen.verdict),
            was: Some(self.was),
            relay,
            undecided: lost || unjudged,
            findings,
        }
    }
}

/// Tells whether every one of some forms has an answer now that settles it.
fn asked_again(forms: &[FormSeen], seen: &Seen) -> bool {
    let settled = |then: &FormSeen| seen.forms.iter().any(|now| settles(now, then));
    forms.iter().all(settled)
}

/// Tells whether an answer settles what an older one showed: of the same form, and inside TLS where that
/// was. An answer inside TLS settles one in the clear as well: the server may ask for encryption now.
fn settles(now: &FormSeen, then: &FormSeen) -> bool {
    now.id == then.id && now.answer != Answer::Open && (now.encrypted || !then.encrypted)
}

/// Sums it up. `still`: it is a relay as it was.
fn status<'a, I: Iterator<Item = &'a Turn>>(
    turns: impl Fn() -> I,
    still: bool,
    same_verdict: bool,
) -> Change {
    let any = |wanted: Turn| turns().any(|turn| *turn == wanted);
    if any(Turn::New) {
        Change::New
    } else if any(Turn::Fixed) && !still && !any(Turn::Unjudged) {
        Change::Fixed
    } else if same_verdict && !any(Turn::Fixed) && !any(Turn::Unjudged) {
        Change::Same
    } else {
        Change::Changed
    }
}

/// Tells whether a verdict says that mail does not get through.
fn decided(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Rejecting | Verdict::AuthRequired)
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::RelayAccepting => 2,
        Verdict::Inconclusive | Verdict::Unreachable => 1,
        Verdict::Rejecting | Verdict::AuthRequired => 0,
    }
}

fn has(findings: &[FindingSeen], wanted: &FindingSeen) -> bool {
    findings.iter().any(|f| f.fingerprint == wanted.fingerprint)
}
