//! What the user counts as failure. Applied once, before any reporter sees an outcome.

use super::outcome::Outcome;
use super::rule::Severity;
use super::subject::Named;
use super::verdict::Verdict;

/// The threshold of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Never fail for what was found.
    Nothing,
    /// A finding at or above the severity; a relay-accepting verdict always counts.
    Severity(Severity),
}

/// What counts as failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The threshold.
    pub fail_on: FailOn,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            fail_on: FailOn::Severity(Severity::High),
        }
    }
}

impl Policy {
    /// Tells whether an outcome fails the run.
    pub fn fails(&self, outcome: &Outcome) -> bool {
        match self.fail_on {
            FailOn::Nothing => false,
            FailOn::Severity(threshold) => {
                outcome.verdict == Verdict::RelayAccepting
                    || outcome.findings.iter().any(|f| f.severity >= threshold)
            }
        }
    }

    /// Tells whether an outcome leaves something undecided that the user asked for: a form that was not
    /// answered, put off, or met a block. The silent addresses of a network do not count, nor does what
    /// the user excluded.
    pub fn undecided(&self, outcome: &Outcome) -> bool {
        match outcome.verdict {
            Verdict::Inconclusive => true,
            Verdict::Unreachable => {
                outcome.target.named == Named::Explicitly
                    && outcome.reason != Some(super::verdict::Reason::Excluded)
            }
            Verdict::Rejecting | Verdict::AuthRequired => {
                outcome.coverage.untested() > 0 || outcome.coverage.undecided > 0
            }
            Verdict::RelayAccepting => false,
        }
    }
}
