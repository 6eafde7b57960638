//! Findings as results: message, places, fingerprint, proof.
//!
//! In: a finding and what it is about. Out: structs of SARIF 2.1.0, section 3.27. What is not known is left out.

use super::super::again;
use super::super::fit::{self, MOST};
use super::super::subject::Subject;
use super::rules::level;
use super::uri;
use crate::model::{Change, ConfLine, Evidence, Finding, Place};
use serde::Serialize;
use std::collections::BTreeMap;

/// Places beside the first one.
const MOST_RELATED: usize = 20;

/// A text. Braces and brackets mean nothing in it: it has no arguments, and links need a number behind them that is
/// the id of a place; there are none.
#[derive(Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    /// Takes a text of ours or of others.
    pub(super) fn of(text: &str) -> Self {
        let text = fit::line(text, MOST);
        // Section 3.11.6: a bracket that begins a link is written with a backslash.
        Self {
            text: text.replace("](", "]\\("),
        }
    }
}

/// A finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<[Suppression; 1]>,
    properties: Properties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
struct Properties {
    severity: &'static str,
    confidence: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    remedy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reproduce: Option<String>,
    proof: Vec<String>,
}

impl Found {
    /// Makes a result of a finding; with a reason where it was put aside.
    pub(super) fn new(
        subject: Subject<'_>,
        finding: &Finding,
        rule_index: Option<usize>,
        reason: Option<&str>,
    ) -> Self {
        let suppression = |reason: &str| Suppression {
            kind: "external",
            status: "accepted",
            justification: fit::line(reason, MOST),
        };
        Self {
            rule_id: finding.rule.id,
            rule_index,
            level: level(finding.severity),
            message: Message::of(&finding.message),
            locations: [location(subject, finding)],
            related_locations: related(subject, finding),
            partial_fingerprints: BTreeMap::from([(
                "relaycheck/v1",
                fit::line(&finding.fingerprint, MOST),
            )]),
            baseline_state: finding.baseline.map(|change| match change {
                Change::New => "new",
                Change::Same => "unchanged",
                Change::Changed => "updated",
                Change::Fixed => "absent",
            }),
            suppressions: reason.map(|reason| [suppression(reason)]),
            properties: Properties {
                severity: finding.severity.as_str(),
                confidence: finding.confidence.as_str(),
                subject: fit::name(&finding.subject, MOST),
                count: finding.count,
                remedy: fit::line(&finding.remedy, MOST),
                reproduce: reproduce(subject, finding),
                proof: fit::proof(finding),
            },
        }
    }
}

fn reproduce(subject: Subject<'_>, finding: &Finding) -> Option<String> {
    match subject {
        Subject::Wire(outcome) => again::command(outcome),
        Subject::Conf(audit) => {
            let envelope = finding.envelope.as_ref()?;
            again::of_envelope(envelope, audit.host.as_deref())
        }
        Subject::Log(_) => None,
    }
}

/// Gives the place that is to blame: in a file, in the world, or both.
fn location(subject: Subject<'_>, finding: &Finding) -> Location {
    let line = finding
        .evidence()
        .iter()
        .find_map(|evidence| match evidence {
            Evidence::Conf(line) => Some(line),
            Evidence::Wire(_) | Evidence::Log(_) => None,
        });
    let logical = match subject {
        Subject::Wire(_) => {
            let name = fit::name(&finding.subject, MOST);
            Some((format!("smtp://{name}"), name, "resource"))
        }
        Subject::Conf(audit) if !finding.subject.is_empty() => {
            let name = fit::name(&finding.subject, MOST);
            Some((format!("{}/{name}", audit.dialect), name, "resource"))
        }
        Subject::Log(_) if !finding.subject.is_empty() => {
            let name = fit::name(&finding.subject, MOST);
            Some((name.clone(), name, "resource"))
        }
        Subject::Conf(_) | Subject::Log(_) => None,
    };
    let logical = logical.map(|(fully_qualified_name, name, kind)| Logical {
        name,
        fully_qualified_name,
        kind,
    });
    Location {
        physical_location: finding.place().map(|place| physical(subject, place, line)),
        logical_locations: logical.into_iter().collect(),
        message: None,
    }
}

fn physical(subject: Subject<'_>, place: &Place, line: Option<&ConfLine>) -> Physical {
    let text = line.filter(|line| !line.text.is_empty());
    Physical {
        artifact_location: Artifact {
            uri: uri::of_path(&subject.path(place)),
        },
        region: (place.line > 0).then(|| Region {
            start_line: place.line,
            start_column: (place.column > 0).then_some(place.column),
            end_column: (place.column > 0 && place.width > 0)
                .then(|| place.column.saturating_add(place.width)),
            snippet: text.map(|line| Message {
                text: fit::said(&line.text, MOST),
            }),
        }),
    }
}

/// Gives the other lines that play a part.
fn related(subject: Subject<'_>, finding: &Finding) -> Vec<Location> {
    let mut all = Vec::new();
    for evidence in finding.evidence().iter().skip(1) {
        let Evidence::Conf(line) = evidence else {
            continue;
        };
        all.push(Location {
            physical_location: Some(physical(subject, &line.place, Some(line))),
            logical_locations: Vec::new(),
            message: (!line.says.is_empty()).then(|| Message::of(&line.says)),
        });
    }
    all.truncate(MOST_RELATED);
    all
}
