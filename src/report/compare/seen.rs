//! What a comparison looks at in a result.
//!
//! In: an outcome. Out: [`Seen`]. How a result is seen that was written by another run stands in
//! `stored`.

use crate::model::{
    Coverage, Direction, Evidence, Finding, FormOutcome, FormResult, Host, Outcome, Reason, Role,
    Severity, Standing, TlsState, Verdict,
};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

/// What makes results of two reports the same place: the host as it is named, its address, the port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The host.
    pub host: Host,
    /// Its address, if it has one.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, self.address) {
            (Host::Address(IpAddr::V6(address)), _) => write!(f, "[{address}]:{}", self.port),
            (Host::Name(name), Some(address)) => write!(f, "{name}:{} ({address})", self.port),
            (host, _) => write!(f, "{host}:{}", self.port),
        }
    }
}

/// A result as a comparison sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its place.
    pub key: Key,
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<Reason>,
    /// Whether something was encrypted.
    pub encrypted: bool,
    /// Whether something was left undecided.
    pub undecided: bool,
    /// The forms that were answered.
    pub forms: Vec<FormSeen>,
    /// The findings.
    pub findings: Vec<FindingSeen>,
}

/// The answer to a form on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FormSeen {
    /// Its id.
    pub id: Box<str>,
    /// Whether it was asked inside TLS.
    pub encrypted: bool,
    /// What came of it.
    pub answer: Answer,
}

/// What came of a form, as far as a comparison cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A probe was accepted, and acceptance counts.
    GotThrough,
    /// It was accepted otherwise: a control, or a probe whose acceptance means nothing.
    Accepted,
    /// It did not get through.
    Stopped,
    /// Nothing that settles it.
    Open,
}

impl Answer {
    pub(super) fn of(role: Role, outcome: FormOutcome, reason: Option<Reason>) -> Self {
        if outcome == FormOutcome::Accepted {
            return match (role, reason) {
                (Role::Probe, None) => Self::GotThrough,
                _ => Self::Accepted,
            };
        }
        match Standing::of(outcome, reason) {
            Standing::Decided | Standing::Unclear => Self::Stopped,
            Standing::Undecided | Standing::Untested => Self::Open,
        }
    }
}

/// A finding as a comparison sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingSeen {
    /// What makes it the same finding in two reports.
    pub fingerprint: Box<str>,
    /// Id of its rule.
    pub rule: Box<str>,
    /// How bad it is.
    pub severity: Severity,
    /// The fault in a line.
    pub title: Box<str>,
    /// The forms that show it: those whose envelope stands in its evidence. None where it is about
    /// something else than forms.
    pub shown_by: Vec<FormSeen>,
}

/// A form with the envelope it was asked with.
pub(super) struct Asked<'a> {
    pub(super) seen: FormSeen,
    pub(super) mail_from: Cow<'a, str>,
    pub(super) rcpt_to: Cow<'a, str>,
}

/// Finds the forms whose envelope stands in the lines of some evidence. Where an envelope stands there
/// that is of no form, it may be of any that was accepted.
pub(super) fn shown_by(lines: &[Cow<'_, str>], forms: &[Asked<'_>]) -> Vec<FormSeen> {
    let said = |verb: &str| -> Vec<&str> {
        let lines = lines.iter().filter_map(|line| line.strip_prefix(verb));
        lines.collect()
    };
    let (senders, recipients) = (said("MAIL FROM:"), said("RCPT TO:"));
    let stands = |all: &[&str], path: &str| all.iter().any(|said| said.starts_with(path));
    let of = |fits: &dyn Fn(&Asked<'_>) -> bool| -> Vec<FormSeen> {
        let forms = forms.iter().filter(|form| fits(form));
        forms.map(|form| form.seen.clone()).collect()
    };
    let found = of(&|form| {
        form.seen.answer != Answer::Open
            && stands(&recipients, &form.rcpt_to)
            && (senders.is_empty() || stands(&senders, &form.mail_from))
    });
    if found.is_empty() && !recipients.is_empty() {
        return of(&|form| matches!(form.seen.answer, Answer::GotThrough | Answer::Accepted));
    }
    found
}

impl From<&Outcome> for Seen {
    fn from(outcome: &Outcome) -> Self {
        let target = &outcome.target;
        let form = |form: &FormResult| Asked {
            seen: FormSeen {
                id: form.form.into(),
                encrypted: form.encrypted,
                answer: Answer::of(form.role, form.outcome, form.reason),
            },
            mail_from: form.mail_from.printable().into(),
            rcpt_to: form.rcpt_to.printable().into(),
        };
        let forms: Vec<Asked<'_>> = outcome.forms.iter().map(form).collect();
        let finding = |finding: &Finding| {
            let lines = finding.evidence().iter().flat_map(Evidence::dialogue);
            let sent = lines.filter(|line| line.direction == Direction::Sent);
            let sent: Vec<_> = sent.map(|line| line.bytes.printable().into()).collect();
            FindingSeen {
                fingerprint: finding.fingerprint.as_str().into(),
                rule: finding.rule.id.into(),
                severity: finding.severity,
                title: finding.rule.title.into(),
                shown_by: shown_by(&sent, &forms),
            }
        };
        let findings = outcome.findings.iter().map(finding).collect();
        Self {
            key: Key {
                host: target.endpoint.host.clone(),
                address: target.address,
                port: target.endpoint.port,
            },
            verdict: outcome.verdict,
            reason: outcome.reason,
            encrypted: outcome.tls != TlsState::None,
            undecided: undecided(outcome.verdict, outcome.coverage),
            forms: forms.into_iter().map(|form| form.seen).collect(),
            findings,
        }
    }
}

/// Tells whether a result leaves something open.
pub(super) fn undecided(verdict: Verdict, coverage: Coverage) -> bool {
    match verdict {
        Verdict::RelayAccepting => false,
        Verdict::Rejecting | Verdict::AuthRequired => {
            coverage.untested() > 0 || coverage.undecided > 0
        }
        Verdict::Inconclusive | Verdict::Unreachable => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn words_are_weighed_as_the_verdict_does() {
        let seen = Seen::from(&sample::relay());
        let answers: Vec<Answer> = seen.forms.iter().map(|form| form.answer).collect();
        assert_eq!(
            answers,
            [
                Answer::GotThrough,
                Answer::Stopped,
                Answer::GotThrough,
                Answer::Open,
                Answer::Open
            ]
        );
        let seen = Seen::from(&sample::accept_all());
        assert!(
            seen.forms
                .iter()
                .all(|form| form.answer == Answer::Accepted)
        );
        assert!(Seen::from(&sample::auth_required()).undecided);
        assert!(!Seen::from(&sample::rejecting()).undecided);
    }

    #[test]
    fn a_finding_is_shown_by_the_forms_in_its_evidence() {
        let shown = |outcome: &Outcome| -> Vec<String> {
            let seen = Seen::from(outcome);
            let shown = seen.findings[0].shown_by.iter();
            shown.map(|form| form.id.to_string()).collect()
        };
        assert_eq!(shown(&sample::relay()), ["plain"]);
        // Its evidence is what the server said, which no form is needed for.
        let mut hostile = sample::hostile(b"x");
        assert_eq!(shown(&hostile), Vec::<String>::new());
        // An envelope that is of no form: any that was accepted may have shown it.
        hostile.findings = sample::relay().findings;
        assert_eq!(shown(&hostile), ["plain"]);
        assert_eq!(hostile.forms.len(), 2);
    }
}
