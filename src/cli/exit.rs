//! Exit codes, and the only place that chooses one.
//!
//! | code | means |
//! | --- | --- |
//! | 0 | everything asked was tested; nothing at or above the threshold |
//! | 1 | a relay, or a finding at or above the threshold |
//! | 2 | wrong use, unreadable input, or an output that could not be written |
//! | 3 | no relay found, but something was not decided |
//!
//! 1 outranks 3; 2 outranks both, for a result that could not be written has reached nobody.

use crate::model::{Conclusion, ConfAudit, LogAudit, Outcome, Policy, Report};

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Clean,
    /// 1.
    Found,
    /// 2.
    Trouble,
    /// 3.
    Undecided,
}

impl Exit {
    /// Chooses the exit code of a run.
    pub fn of(report: &Report) -> Self {
        match report.conclusion {
            Conclusion::Clean => Self::Clean,
            Conclusion::Found => Self::Found,
            Conclusion::Undecided => Self::Undecided,
        }
    }

    /// Gives the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Trouble => 2,
            Self::Undecided => 3,
        }
    }
}

/// What has come up so far that matters for the exit code.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    failed: bool,
    undecided: bool,
}

impl Tally {
    /// Counts an outcome.
    pub fn add(&mut self, policy: &Policy, outcome: &Outcome) {
        self.failed |= policy.fails(outcome);
        self.undecided |= policy.undecided(outcome);
    }

    /// Counts an audit of a configuration.
    pub fn add_audit(&mut self, policy: &Policy, audit: &ConfAudit) {
        self.failed |= policy.fails_audit(audit);
        self.undecided |= policy.audit_undecided(audit);
    }

    /// Counts an audit of logs.
    pub fn add_log(&mut self, policy: &Policy, audit: &LogAudit) {
        self.failed |= policy.fails_log(audit);
        self.undecided |= !audit.undecided.is_empty();
    }

    /// Takes note that the run did not go through everything.
    pub fn interrupted(&mut self) {
        self.undecided = true;
    }

    /// Says what the run comes to.
    pub fn conclusion(self) -> Conclusion {
        match (self.failed, self.undecided) {
            (true, _) => Conclusion::Found,
            (false, true) => Conclusion::Undecided,
            (false, false) => Conclusion::Clean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_outranks_undecided() {
        for (failed, undecided, conclusion) in [
            (false, false, Conclusion::Clean),
            (true, false, Conclusion::Found),
            (true, true, Conclusion::Found),
            (false, true, Conclusion::Undecided),
        ] {
            let tally = Tally { failed, undecided };
            assert_eq!(tally.conclusion(), conclusion);
        }
    }
}
