//! Exit codes, and the only place that chooses one.
//!
//! | code | means |
//! | --- | --- |
//! | 0 | everything asked was tested; nothing at or above the threshold |
//! | 1 | a relay, or a finding at or above the threshold |
//! | 2 | wrong use, unreadable input, an output that could not be written, or a report that could not be mailed |
//! | 3 | no relay found, but something was not decided |
//!
//! 1 outranks 3; 2 outranks both, for a result that could not be written has reached nobody.
//!
//! A format on standard output may have codes of its own, as a monitoring plugin has: there they take the place of
//! these, and trouble is "unknown".

use super::error::{CliError, chain};
use crate::model::{Conclusion, ConfAudit, LogAudit, Outcome, Policy, Report};
use crate::report::Format;
use crate::report::nagios::State;

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
    /// What a monitoring plugin says.
    Plugin(State),
}

impl Exit {
    /// Chooses the exit code of a run whose report went to standard output in a format.
    pub fn of(report: &Report, format: &Format) -> Self {
        match (format.state, report.conclusion) {
            (Some(state), _) => Self::Plugin(state(report)),
            (None, Conclusion::Clean) => Self::Clean,
            (None, Conclusion::Found) => Self::Found,
            (None, Conclusion::Undecided) => Self::Undecided,
        }
    }

    /// Takes account of what went wrong beside a report that was written. What a plugin has said stands: its
    /// report counts the trouble as undecided, and its first line and its code have to agree.
    pub fn after(
        self,
        trouble: Vec<CliError>,
        complain: &mut dyn FnMut(String),
    ) -> Result<Self, CliError> {
        match (self, CliError::all(trouble)) {
            (_, None) => Ok(self),
            (Self::Plugin(_), Some(error)) => {
                complain(format!("error: {}", chain(&error)));
                error
                    .more()
                    .iter()
                    .for_each(|line| complain(format!("error: {line}")));
                Ok(self)
            }
            (_, Some(error)) => Err(error),
        }
    }

    /// Gives the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Trouble => 2,
            Self::Undecided => 3,
            Self::Plugin(state) => state.code(),
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
