//! What becomes a case, and how it ended: the table in the header of the module.
//!
//! In: what was audited, and the policy. Out: suites with their cases, in the order of the report. Every text is fit to
//! show; nothing is escaped for XML yet.

use super::super::fit::{self, MOST};
use super::super::subject::Subject;
use crate::model::{
    ConfAudit, FailOn, Finding, FormOutcome, FormResult, LogAudit, Named, Outcome, Policy, Reason,
    Report, Role, Standing, Verdict,
};
use std::time::Duration;

/// How a case ended.
pub(super) enum End {
    Passed,
    Failed(Told),
    Error(Told),
    Skipped(String),
}

/// What is told of a case that did not pass.
pub(super) struct Told {
    pub(super) kind: String,
    pub(super) message: String,
    /// Further lines.
    pub(super) text: Vec<String>,
}

/// A case.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) class: String,
    pub(super) end: End,
    /// What is said of a case that passed all the same.
    pub(super) says: Vec<String>,
}

/// A suite: what was audited.
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) time: Duration,
    pub(super) cases: Vec<Case>,
}

/// Makes the suite of what was audited; none of a silent address of a network.
pub(super) fn suite(report: &Report, subject: Subject<'_>) -> Option<Suite> {
    let name = subject.name();
    let mut time = report.run.elapsed;
    let mut cases = match subject {
        Subject::Wire(outcome) => {
            let silent = outcome.verdict == Verdict::Unreachable;
            if silent && outcome.target.named == Named::ByRange {
                return None;
            }
            time = outcome.elapsed;
            server(&report.policy, outcome, &name)
        }
        Subject::Conf(audit) => vec![configuration(&report.policy, audit, &name)],
        Subject::Log(audit) => vec![logs(audit, &name)],
    };
    for finding in subject.findings() {
        let end = match report.policy.counts(finding) {
            true => End::Failed(told(subject, finding)),
            false => End::Passed,
        };
        cases.push(case_of(subject, finding, end, &name));
    }
    for (finding, reason) in subject.suppressed() {
        let end = End::Skipped(format!("put aside: {}", fit::line(reason, MOST)));
        cases.push(case_of(subject, finding, end, &name));
    }
    Some(Suite { name, time, cases })
}

fn case(name: impl Into<String>, class: &str, end: End) -> Case {
    Case {
        name: name.into(),
        class: class.to_owned(),
        end,
        says: Vec::new(),
    }
}

fn case_of(subject: Subject<'_>, finding: &Finding, end: End, class: &str) -> Case {
    let says = match end {
        End::Passed => {
            let head = format!(
                "{}: {}",
                finding.severity.as_str(),
                fit::line(&finding.message, MOST)
            );
            let mut lines = vec![head];
            lines.extend(fit::proof(finding));
            lines
        }
        _ => Vec::new(),
    };
    let name = format!(
        "{} {} ({})",
        finding.rule.id,
        fit::line(finding.rule.title, MOST),
        subject.spot(finding)
    );
    Case {
        says,
        ..case(name, class, end)
    }
}

fn told(subject: Subject<'_>, finding: &Finding) -> Told {
    let mut text = vec![
        format!("severity: {}", finding.severity.as_str()),
        format!("confidence: {}", finding.confidence.as_str()),
        format!("where: {}", subject.spot(finding)),
        format!("fix: {}", fit::line(&finding.remedy, MOST)),
    ];
    text.extend(fit::proof(finding));
    Told {
        kind: finding.rule.id.to_owned(),
        message: fit::line(&finding.message, MOST),
        text,
    }
}

/// Makes the cases of a server: its verdict, its forms.
pub(super) fn server(policy: &Policy, outcome: &Outcome, class: &str) -> Vec<Case> {
    let relays = outcome.verdict == Verdict::RelayAccepting;
    let known = relays && matches!(policy.fail_on, FailOn::New(_)) && !policy.fails(outcome);
    let old = "the older report has this relay already";
    let why = outcome.reason.map_or("", Reason::phrase);
    let verdict = Told {
        kind: outcome.verdict.as_str().to_owned(),
        message: match outcome.reason {
            Some(_) => format!("{}: {why}", outcome.verdict.as_str()),
            None => outcome.verdict.text().to_owned(),
        },
        text: outcome
            .note
            .iter()
            .map(|note| fit::line(note, MOST))
            .collect(),
    };
    let end = match outcome.verdict {
        Verdict::RelayAccepting if known => End::Skipped(old.to_owned()),
        Verdict::RelayAccepting => End::Failed(verdict),
        Verdict::Rejecting | Verdict::AuthRequired => End::Passed,
        Verdict::Unreachable if outcome.reason == Some(Reason::Excluded) => {
            End::Skipped(why.to_owned())
        }
        Verdict::Inconclusive | Verdict::Unreachable => End::Error(verdict),
    };
    let mut cases = vec![case("verdict", class, end)];
    for form in &outcome.forms {
        let end = match (outcome.got_through(form), form.standing()) {
            (true, _) if known => End::Skipped(old.to_owned()),
            (true, _) => End::Failed(through(form)),
            (false, Standing::Decided) => End::Passed,
            (false, standing) => End::Skipped(undecided(form, standing)),
        };
        let channel = if form.encrypted { " inside TLS" } else { "" };
        cases.push(case(format!("{}{channel}", form.form), class, end));
    }
    cases
}

fn through(form: &FormResult) -> Told {
    let (from, to) = (
        fit::said(&form.mail_from, MOST),
        fit::said(&form.rcpt_to, MOST),
    );
    Told {
        kind: "relay".to_owned(),
        message: format!("MAIL FROM:{from} RCPT TO:{to} was accepted"),
        text: form.dialogue.iter().take(100).map(fit::spoken).collect(),
    }
}

/// Says why a form does not count.
fn undecided(form: &FormResult, standing: Standing) -> String {
    let why = match (form.reason, form.why_untested) {
        (Some(reason), _) => reason.phrase(),
        (None, Some(why)) => why,
        (None, None) => "",
    };
    let what = match (standing, form.outcome, form.role) {
        (Standing::Untested, _, _) => "not answered",
        (_, FormOutcome::Accepted, Role::Probe) => "accepted, which shows nothing here",
        _ => "not decided",
    };
    match why {
        "" => what.to_owned(),
        why => format!("{what}: {why}"),
    }
}

fn configuration(policy: &Policy, audit: &ConfAudit, class: &str) -> Case {
    let told = || Told {
        kind: audit.relay.as_str().to_owned(),
        message: audit.relay.text().to_owned(),
        text: audit
            .unread
            .iter()
            .map(|unread| {
                let (what, why) = (fit::name(&unread.what, MOST), fit::line(&unread.why, MOST));
                format!("not read: {what}: {why}")
            })
            .collect(),
    };
    let known = matches!(policy.fail_on, FailOn::New(_)) && !policy.fails_audit(audit);
    let end = match audit.relay.accepts() {
        true if !audit.takes_mail() => End::Skipped(format!("{}, put aside", audit.relay.as_str())),
        true if known => End::Skipped(format!("{}, as before", audit.relay.as_str())),
        true => End::Failed(told()),
        false if audit.is_undecided() => End::Error(told()),
        false => End::Passed,
    };
    case("relay", class, end)
}

fn logs(audit: &LogAudit, class: &str) -> Case {
    let end = match audit.undecided.split_first() {
        None => End::Passed,
        Some((first, more)) => End::Error(Told {
            kind: "not-decided".to_owned(),
            message: fit::line(first, MOST),
            text: more.iter().map(|why| fit::line(why, MOST)).collect(),
        }),
    };
    case("logs", class, end)
}
