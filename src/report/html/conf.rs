//! A configuration: its outcome, its services, what is wrong and at which line, what was not read.
//!
//! In: an audit. Out: its section of the page.
//!
//! Limits: [`MOST_FINDINGS`] findings, [`MOST_ROWS`] rows of services, of the policy and of what was not read. What is left
//! out is counted.

use super::finding::{self, Aside, OF_A_LINE, Shown};
use super::head::of_relay;
use super::page::{Note, Tone};
use crate::model::{ConfAudit, Finding, Grant, Instance, Report};
use crate::report::subject::Subject;
use crate::report::{again, fit};
use serde::Serialize;

/// Findings of one configuration.
const MOST_FINDINGS: usize = 500;

/// Rows of a table.
const MOST_ROWS: usize = 300;

/// The section of a configuration.
#[derive(Debug, Serialize)]
pub(super) struct Conf {
    id: String,
    path: String,
    relay: &'static str,
    tone: Tone,
    facts: String,
    text: &'static str,
    notes_given: Vec<Note>,
    services: Vec<Service>,
    services_more: Option<String>,
    findings: Vec<Shown>,
    findings_more: Option<String>,
    grants: Vec<Row>,
    grants_more: Option<String>,
    unread: Vec<Note>,
    unread_more: Option<String>,
    suppressed: Vec<Aside>,
}

#[derive(Debug, Serialize)]
struct Service {
    instance: String,
    name: String,
    listen: String,
    relay: &'static str,
    tone: Tone,
}

#[derive(Debug, Serialize)]
struct Row {
    service: String,
    clients: String,
    domains: String,
    because: String,
}

/// Gives the configurations with their numbers, the worst first.
pub(super) fn in_order(report: &Report) -> Vec<(usize, &ConfAudit)> {
    let mut all: Vec<_> = report.audits.iter().enumerate().collect();
    all.sort_by_key(|(number, audit)| (audit.relay, *number));
    all
}

/// Puts together the section of a configuration.
pub(super) fn of(number: usize, audit: &ConfAudit) -> Conf {
    let services: Vec<Service> = audit.instances.iter().flat_map(services).collect();
    let count = services.len();
    let findings = audit.findings.iter().take(MOST_FINDINGS);
    let suppressed = audit.suppressed.iter().take(MOST_ROWS);
    Conf {
        id: format!("c{number}"),
        path: fit::name(&audit.path, OF_A_LINE),
        relay: audit.relay.as_str(),
        tone: of_relay(audit.relay),
        facts: facts(audit),
        text: audit.relay.text(),
        notes_given: audit
            .notes
            .iter()
            .take(MOST_ROWS)
            .map(|note| Note::new("", fit::line(note, fit::MOST)))
            .collect(),
        services: services.into_iter().take(MOST_ROWS).collect(),
        services_more: more(count, MOST_ROWS, "service"),
        findings: findings.map(|one| shown(audit, one)).collect(),
        findings_more: more(audit.findings.len(), MOST_FINDINGS, "finding"),
        grants: audit
            .grants
            .iter()
            .take(MOST_ROWS)
            .map(|grant| granted(audit, grant))
            .collect(),
        grants_more: more(audit.grants.len(), MOST_ROWS, "row"),
        unread: audit
            .unread
            .iter()
            .take(MOST_ROWS)
            .map(|one| {
                Note::new(
                    fit::name(&one.what, OF_A_LINE),
                    fit::line(&one.why, OF_A_LINE),
                )
            })
            .collect(),
        unread_more: more(audit.unread.len(), MOST_ROWS, "more"),
        suppressed: suppressed
            .map(|(one, reason)| finding::aside(one, Subject::Conf(audit).spot(one), reason))
            .collect(),
    }
}

/// Says how many there are beyond those that are shown.
pub(super) fn more(count: usize, most: usize, thing: &str) -> Option<String> {
    let left = count.checked_sub(most).filter(|left| *left > 0)?;
    Some(match thing {
        "more" => format!("and {left} more."),
        _ => format!("and {} more.", fit::count(left as u64, thing)),
    })
}

fn facts(audit: &ConfAudit) -> String {
    let mut facts = vec![match &audit.version {
        Some(version) => format!("{} {}", audit.dialect, fit::line(version, 80)),
        None => audit.dialect.to_owned(),
    }];
    facts.extend(audit.host.iter().map(|host| fit::name(host, 100)));
    if audit.instances.len() > 1 {
        facts.push(format!("{} instances", audit.instances.len()));
    }
    match audit.baseline {
        None => {}
        Some(before) => facts.push(match before.relay {
            None => "new".to_owned(),
            Some(was) if was == audit.relay => "same".to_owned(),
            Some(was) => format!("was {}", was.as_str()),
        }),
    }
    facts.join(", ")
}

fn services(instance: &Instance) -> impl Iterator<Item = Service> {
    let name = fit::name(&instance.name, OF_A_LINE);
    instance.services.iter().map(move |service| Service {
        instance: name.clone(),
        name: fit::name(&service.name, OF_A_LINE),
        listen: fit::name(service.listen.as_deref().unwrap_or_default(), OF_A_LINE),
        relay: service.relay.as_str(),
        tone: of_relay(service.relay),
    })
}

fn shown(audit: &ConfAudit, one: &Finding) -> Shown {
    let mut shown = finding::of(one, |line| {
        fit::spot(&audit.path_of(&line.place), &line.place)
    });
    let envelope = one.envelope.as_ref();
    shown.command = envelope.and_then(|e| again::of_envelope(e, audit.host.as_deref()));
    if one.place().is_none() {
        shown.spot = fit::name(&one.subject, OF_A_LINE);
    }
    shown
}

fn granted(audit: &ConfAudit, grant: &Grant) -> Row {
    Row {
        service: fit::line(&grant.service, OF_A_LINE),
        clients: fit::line(&grant.clients, OF_A_LINE),
        domains: fit::line(&grant.domains, OF_A_LINE),
        because: match &grant.because {
            Some(place) => fit::spot(&audit.path_of(place), place),
            None => "default".to_owned(),
        },
    }
}
