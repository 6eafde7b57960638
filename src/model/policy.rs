//! What the user counts as failure. Applied once, before any reporter sees an outcome.

use super::baseline::Change;
use super::conf::ConfAudit;
use super::finding::Finding;
use super::log::LogAudit;
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
    /// Only what an older report does not have: a new finding at or above the severity; a
    /// relay-accepting verdict where the older one was another.
    New(Severity),
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
    /// Tells whether a finding alone fails the run.
    pub fn counts(&self, finding: &Finding) -> bool {
        match self.fail_on {
            FailOn::Nothing => false,
            FailOn::Severity(threshold) => finding.severity >= threshold,
            FailOn::New(threshold) => {
                finding.severity >= threshold && finding.baseline != Some(Change::Same)
            }
        }
    }

    /// Tells whether an outcome fails the run.
    pub fn fails(&self, outcome: &Outcome) -> bool {
        match self.fail_on {
            FailOn::Nothing => false,
            FailOn::Severity(_) => {
                outcome.verdict == Verdict::RelayAccepting
                    || outcome.findings.iter().any(|f| self.counts(f))
            }
            FailOn::New(_) => {
                let was = outcome.baseline.and_then(|baseline| baseline.was);
                let relay = outcome.verdict == Verdict::RelayAccepting;
                relay && was != Some(Verdict::RelayAccepting)
                    || outcome.findings.iter().any(|f| self.counts(f))
            }
        }
    }

    /// Tells whether an audit of configuration fails the run: by its outcome, or by a finding.
    pub fn fails_audit(&self, audit: &ConfAudit) -> bool {
        match self.fail_on {
            FailOn::Nothing => false,
            FailOn::Severity(_) => {
                audit.takes_mail() || audit.findings.iter().any(|f| self.counts(f))
            }
            FailOn::New(_) => {
                let was = audit.baseline.and_then(|before| before.relay);
                // Outcomes are ordered from the worst.
                let as_bad = was.is_some_and(|was| was <= audit.relay);
                audit.takes_mail() && !as_bad || audit.findings.iter().any(|f| self.counts(f))
            }
        }
    }

    /// Tells whether an audit of logs fails the run.
    pub fn fails_log(&self, audit: &LogAudit) -> bool {
        audit.findings.iter().any(|f| self.counts(f))
    }

    /// Tells whether an audit of configuration leaves its question open; where only what is new counts, not what
    /// was open before.
    pub fn audit_undecided(&self, audit: &ConfAudit) -> bool {
        let known = audit.baseline.is_some_and(|before| before.undecided);
        audit.is_undecided() && !(known && matches!(self.fail_on, FailOn::New(_)))
    }

    /// Tells whether an outcome leaves something undecided that the user asked for: a form that was not
    /// answered, put off, or met a block. The silent addresses of a network do not count, nor does what
    /// the user excluded; nor, where only what is new counts, what was undecided before.
    pub fn undecided(&self, outcome: &Outcome) -> bool {
        let known = outcome.baseline.is_some_and(|old| old.was_undecided);
        if known && matches!(self.fail_on, FailOn::New(_)) {
            return false;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Baseline, Reason, TlsState};
    use crate::model::{
        Confidence, Coverage, Endpoint, Host, Named, Origin, ServerFacts, Target, TlsUse,
    };
    use std::time::Duration;

    fn outcome(verdict: Verdict, was: Option<Verdict>, was_undecided: bool) -> Outcome {
        Outcome {
            place: (0, 0),
            target: Target {
                written: "mail.example.com".into(),
                origin: Origin::Argument(1),
                endpoint: Endpoint {
                    host: Host::Name("mail.example.com".into()),
                    port: 25,
                    tls: TlsUse::Opportunistic,
                },
                address: None,
                named: Named::Explicitly,
                local_domains: Vec::new(),
            },
            tls: TlsState::None,
            verdict,
            reason: Some(Reason::Timeout),
            note: None,
            evidence: None,
            confidence: Confidence::Firm,
            caveats: Vec::new(),
            server: ServerFacts::default(),
            coverage: Coverage::default(),
            forms: Vec::new(),
            findings: Vec::new(),
            transcript: None,
            sessions: 0,
            retried: None,
            elapsed: Duration::ZERO,
            baseline: Some(Baseline {
                status: Change::Changed,
                was,
                was_undecided,
            }),
        }
    }

    #[test]
    fn only_what_is_new_fails_where_that_was_asked() {
        let new = Policy {
            fail_on: FailOn::New(Severity::High),
        };
        let relay = Verdict::RelayAccepting;
        for (was, fails) in [
            (None, true),
            (Some(Verdict::Rejecting), true),
            (Some(Verdict::Unreachable), true),
            (Some(relay), false),
        ] {
            let outcome = outcome(relay, was, false);
            assert_eq!(new.fails(&outcome), fails, "{was:?}");
            assert!(Policy::default().fails(&outcome));
        }
    }

    #[test]
    fn what_was_undecided_before_is_no_news() {
        let new = Policy {
            fail_on: FailOn::New(Severity::High),
        };
        for (was_undecided, undecided) in [(true, false), (false, true)] {
            let silent = outcome(Verdict::Unreachable, None, was_undecided);
            assert_eq!(new.undecided(&silent), undecided);
            assert!(Policy::default().undecided(&silent));
        }
    }
}
