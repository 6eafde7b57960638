//! What findings are about, the same way for all three audits: a server, a configuration, a set of logs.
//!
//! In: a report and its outcomes. Out: one subject after the other, in the order of the report, with the words that
//! every format needs. Holds no more than one outcome at a time.

use super::fit;
use crate::model::{ConfAudit, Finding, LogAudit, Outcome, Place, Report};
use std::io;

/// Something that was audited.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    /// A server, over the wire.
    Wire(&'a Outcome),
    /// A configuration.
    Conf(&'a ConfAudit),
    /// Logs.
    Log(&'a LogAudit),
}

/// Goes through everything that was audited.
pub(super) fn each(
    report: &Report,
    outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
    mut visit: impl FnMut(Subject<'_>) -> io::Result<()>,
) -> io::Result<()> {
    for outcome in outcomes {
        visit(Subject::Wire(&outcome?))?;
    }
    for audit in &report.audits {
        visit(Subject::Conf(audit))?;
    }
    for audit in &report.logs {
        visit(Subject::Log(audit))?;
    }
    Ok(())
}

impl<'a> Subject<'a> {
    /// Gives what is wrong.
    pub(super) fn findings(self) -> &'a [Finding] {
        match self {
            Self::Wire(outcome) => &outcome.findings,
            Self::Conf(audit) => &audit.findings,
            Self::Log(audit) => &audit.findings,
        }
    }

    /// Gives the findings that were put aside, with the reasons.
    pub(super) fn suppressed(self) -> &'a [(Finding, String)] {
        match self {
            Self::Wire(_) => &[],
            Self::Conf(audit) => &audit.suppressed,
            Self::Log(audit) => &audit.suppressed,
        }
    }

    /// Names it in a line: `host:port`, a path, the paths of logs.
    pub(super) fn name(self) -> String {
        match self {
            Self::Wire(outcome) => fit::name(&outcome.target.place(), fit::MOST),
            Self::Conf(audit) => fit::name(&audit.path, fit::MOST),
            Self::Log(audit) => {
                let paths: Vec<&str> = audit.paths.iter().map(|path| &**path).collect();
                fit::name(&paths.join(", "), fit::MOST)
            }
        }
    }

    /// Names the file of a place as it is found from where the audit ran. Not yet fit to show.
    pub(super) fn path(self, place: &Place) -> String {
        match self {
            Self::Conf(audit) => audit.path_of(place),
            Self::Wire(_) | Self::Log(_) => place.file.to_string(),
        }
    }

    /// Says where a finding is: a place in a file, or what it is about, or the subject as a whole.
    pub(super) fn spot(self, finding: &Finding) -> String {
        match (self, finding.place()) {
            (Self::Conf(_), Some(place)) => fit::spot(&self.path(place), place),
            // A log is a matter of clients and accounts; lines of it are proof.
            _ if !finding.subject.is_empty() => fit::name(&finding.subject, fit::MOST),
            (_, Some(place)) => fit::spot(&self.path(place), place),
            _ => self.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{sample, sample_logs};

    #[test]
    fn places_are_named_from_where_the_audit_ran() {
        let mut audit = sample::open_configuration();
        let subject = Subject::Conf(&audit);
        assert_eq!(
            subject.spot(&audit.findings[0]),
            "etc/postfix/main.cf:12:27"
        );
        for (given, path) in [
            (".", "main.cf"),
            ("./", "main.cf"),
            ("./conf", "conf/main.cf"),
            ("/etc/postfix/", "/etc/postfix/main.cf"),
            ("etc/postfix/main.cf", "etc/postfix/main.cf"),
            ("main.cf", "main.cf"),
        ] {
            audit.path = given.to_owned();
            let place = audit.findings[0].place().expect("a place");
            assert_eq!(Subject::Conf(&audit).path(place), path, "{given}");
        }
        let log = sample_logs::relayed();
        assert_eq!(Subject::Log(&log).spot(&log.findings[0]), "203.0.113.7");
        let relay = sample::relay();
        let subject = Subject::Wire(&relay);
        assert_eq!(subject.spot(&relay.findings[0]), "mail.example.com:25");
    }
}
