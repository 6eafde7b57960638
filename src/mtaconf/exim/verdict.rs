//! What becomes of the outsider: EX001 to EX004.
//!
//! In: the outcome of a service and its reason. Out: a finding with the deciding statement first, then what is to
//! blame, and the envelope that would pass.
//!
//! References: Exim specification, chapter 44.

use super::causes::{blame, statement_at};
use super::expand::DOMAIN;
use super::list::Kind;
use super::report::Report;
use super::services::{Service, means};
use super::survey::{Rcpt, Reason, Survey};
use super::truth::{Needs, Way};
use crate::model::{Confidence, Envelope, Relay, Rule};
use crate::mtaconf::domains;
use crate::mtaconf::raise;
use crate::mtaconf::rules::exim::{EX001, EX002, EX003, EX004};

/// Raises the outcome of a service.
pub(super) fn judge(
    report: &mut Report<'_>,
    surveys: &mut [Survey<'_>],
    service: &Service,
    relay: Relay,
    reason: Option<Reason>,
) {
    let Some(reason) = reason else {
        return;
    };
    let Some(survey) = surveys.get_mut(reason.survey) else {
        return;
    };
    let Some((rule, message)) = sentence(survey, relay, &reason) else {
        return;
    };
    let config = survey.judge.config;
    let statement = reason
        .hit
        .as_ref()
        .and_then(|hit| statement_at(survey, hit.index));
    let at = match (statement, config.get("acl_smtp_rcpt")) {
        (Some(statement), _) => statement.at.clone(),
        (None, Some(setting)) => setting.whole.clone(),
        (None, None) => match config.holes.first() {
            Some(hole) => hole.clone(),
            None => return,
        },
    };
    let known = |finding: &crate::model::Finding| {
        finding.rule.id == rule.id && finding.place() == Some(&at.place())
    };
    if report.findings.iter().any(known) {
        return;
    }
    let directory = &report.scene.root.directory;
    let mut finding = raise::finding(
        report.scene.reader,
        rule,
        directory,
        at.as_str(),
        at.place(),
        message,
    );
    if at.exact() != at.place() {
        finding = finding.with_evidence(report.proof(&at, "the deciding statement", &[]));
    }
    if let Some(hit) = reason.hit.as_ref().filter(|_| relay == Relay::Open) {
        for cause in blame(survey, hit) {
            let evidence = report.proof(&cause.at, &cause.says, &cause.chain);
            finding = finding.with_evidence(evidence);
        }
    }
    if rule.id != EX003.id {
        finding = finding.with_envelope(envelope(survey, service, &reason.needs));
        if passed_unknown(survey, &reason) {
            finding = finding.with_confidence(Confidence::Weak);
        }
    }
    report.findings.push(finding);
}

fn sentence(survey: &Survey<'_>, relay: Relay, reason: &Reason) -> Option<(&'static Rule, String)> {
    let acl = match &survey.rcpt {
        Rcpt::Known(acl, _) => acl.name.as_str(),
        _ => "acl_smtp_rcpt",
    };
    Some(match relay {
        Relay::Open => (
            &EX001,
            format!("{acl} accepts a recipient in a foreign domain from any host."),
        ),
        Relay::OpenIfForged => (
            &EX002,
            format!(
                "{acl} accepts a recipient in a foreign domain from any host that brings {}.",
                brings(&reason.needs)
            ),
        ),
        Relay::Conditional => {
            let unknown = reason
                .needs
                .unknown
                .as_deref()
                .unwrap_or("something that is not in the files");
            let unknown = crate::mtaconf::source::short(unknown);
            (
                &EX003,
                format!(
                    "Whether {acl} accepts a recipient in a foreign domain depends on what the files do not show: {unknown}."
                ),
            )
        }
        _ => return None,
    })
}

fn brings(needs: &Needs) -> String {
    let ways = [
        Way::Sender,
        Way::Helo,
        Way::Text,
        Way::LocalPart,
        Way::FakeLogin,
    ];
    let named: Vec<&str> = ways
        .into_iter()
        .filter(|way| needs.ways.has(*way))
        .map(means)
        .collect();
    named.join(" and ")
}

fn envelope(survey: &mut Survey<'_>, service: &Service, needs: &Needs) -> Envelope {
    let local = super::survey::local_lists(survey.judge.config);
    let mut taken = |domain: &str| {
        let mut lists = local.iter();
        lists.any(|name| survey.judge.in_named(Kind::Domain, domain, name).is == Some(true))
    };
    // The usual outside domain may be a local one here.
    let domain = match taken(domains::OUTSIDE_DOMAIN) && !taken(&DOMAIN.to_string()) {
        true => "example.net",
        false => domains::OUTSIDE_DOMAIN,
    };
    let local_part = needs.local_part.as_deref().unwrap_or("relaycheck");
    let recipient = format!("{local_part}@{domain}");
    let sender =
        needs
            .sender
            .clone()
            .map(|sender| match sender.is_empty() || sender.contains('@') {
                true => sender,
                false => format!("someone@{sender}"),
            });
    let mut besides = Vec::new();
    if needs.ways.has(Way::FakeLogin) {
        besides.push("a login with any name and password");
    }
    if needs.ways.has(Way::Sender) && sender.is_none() {
        besides.push("a sender that the condition matches");
    }
    if needs.ways.has(Way::Helo) && needs.helo.is_none() {
        besides.push("a HELO name that the condition matches");
    }
    if needs.ways.has(Way::Text) {
        besides.push("the text that the condition asks for");
    }
    if survey.judge.is_tls() && !service.implicit_tls {
        besides.push("STARTTLS");
    }
    Envelope {
        client: None,
        helo: needs.helo.clone(),
        sender,
        recipient: Some(recipient),
        port: (service.port != 25).then_some(service.port),
        implicit_tls: service.implicit_tls,
        besides: (!besides.is_empty()).then(|| besides.join(", ")),
    }
}

/// Tells whether a statement before the deciding one has conditions that the files do not show.
fn passed_unknown(survey: &Survey<'_>, reason: &Reason) -> bool {
    match (&survey.rcpt, &reason.hit) {
        (Rcpt::Known(_, weighed), Some(hit)) => weighed[..=hit.index]
            .iter()
            .any(|one| one.truth.is.is_none() && one.statement.verb != super::acl::Verb::Warn),
        _ => false,
    }
}

/// Raises that nothing is received at all. Where an ACL is named that is not there, Exim puts everything off.
pub(super) fn unset(report: &mut Report<'_>, surveys: &[Survey<'_>]) {
    for survey in surveys {
        if let Rcpt::NoSuch(name) = &survey.rcpt {
            let why = "acl_smtp_rcpt names an ACL of this name, and there is none";
            report.scene.reader.miss(name, why);
        }
    }
    if surveys
        .iter()
        .any(|survey| matches!(survey.rcpt, Rcpt::Unset))
    {
        let says = "acl_smtp_rcpt is not set, and without it every recipient is refused; it belongs into the main section.";
        let file = report.scene.root.file.clone();
        report.unwritten(&EX004, &file, says);
    }
}
