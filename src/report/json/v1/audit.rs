//! The structs of version 1 for audits of configurations, and how they are made of the model.
//!
//! In: the model. Out: structs whose strings are all fit to show, as in `convert.rs`.
//!
//! An audit is written only; `report::compare::audits` reads back what a comparison needs of it.

use super::super::schema as words;
use super::Finding;
use super::convert::{ours, some};
use crate::model::bytes::{escape, escaped};
use crate::model::{self, ConfAudit};
use crate::report::again;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Everything learnt about one input in one dialect.
#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct Audit<'a> {
    /// The path as it was given.
    path: Cow<'a, str>,
    /// The kind of server its files are for.
    dialect: &'static str,
    /// The product's version; null where it is not known.
    version: Option<Cow<'a, str>>,
    /// The name of the host the files belong to; null where it was not given.
    host: Option<Cow<'a, str>>,
    /// What happens to an outsider's mail for an outside recipient: the worst of the instances.
    #[schemars(schema_with = "words::relay")]
    relay: &'static str,
    /// The installations with a policy of their own.
    instances: Vec<Instance<'a>>,
    /// What was not read, and why: nothing is known of it.
    unread: Vec<String>,
    /// Who may send to whom, in the order in which it is decided.
    grants: Vec<Grant<'a>>,
    /// What a reader has to know.
    notes: Vec<Cow<'a, str>>,
    /// Findings that were put aside. They are in no list of findings.
    suppressed: Vec<Suppressed<'a>>,
    /// What the older report says; null if none was given.
    baseline: Option<Before>,
    /// What is wrong; only in jsonl, a document has all findings in one list.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<Finding<'a>>>,
}

/// An installation with a policy of its own.
#[derive(Serialize, JsonSchema)]
struct Instance<'a> {
    /// Its name.
    name: Cow<'a, str>,
    /// The worst of its services.
    #[schemars(schema_with = "words::relay")]
    relay: &'static str,
    /// What listens.
    services: Vec<Service<'a>>,
}

/// A service that listens.
#[derive(Serialize, JsonSchema)]
struct Service<'a> {
    /// Its name as the configuration has it.
    name: Cow<'a, str>,
    /// Where it listens, as `address:port`; null where the files do not say.
    listen: Option<Cow<'a, str>>,
    /// What happens there.
    #[schemars(schema_with = "words::relay")]
    relay: &'static str,
}

/// Who may send to whom, because of what.
#[derive(Serialize, JsonSchema)]
struct Grant<'a> {
    /// The instance and service it holds for.
    service: Cow<'a, str>,
    /// The clients, in words.
    clients: Cow<'a, str>,
    /// The recipients' domains, in words.
    domains: Cow<'a, str>,
    /// The file that says so; null for a default of the product.
    file: Option<Cow<'a, str>>,
    /// The line in that file, counted from one.
    line: Option<u32>,
    /// The column in that line, counted from one.
    column: Option<u32>,
}

/// A finding that was put aside.
#[derive(Serialize, JsonSchema)]
pub(super) struct Suppressed<'a> {
    /// Why.
    pub(super) reason: Cow<'a, str>,
    /// The finding.
    pub(super) finding: Finding<'a>,
}

/// What the older report says of the same input.
#[derive(Serialize, JsonSchema)]
struct Before {
    /// The outcome then; null if it is not in it.
    #[schemars(schema_with = "words::relay_or_null")]
    relay: Option<&'static str>,
}

/// The envelope that would pass.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Envelope<'a> {
    /// The client address that has to be had; null where any does.
    client: Option<Cow<'a, str>>,
    /// The name for EHLO; null where any does.
    helo: Option<Cow<'a, str>>,
    /// The sender; null where any does.
    sender: Option<Cow<'a, str>>,
    /// The recipient; null where any outside address does.
    recipient: Option<Cow<'a, str>>,
    /// The port of the service; null where it is 25 or not known.
    port: Option<u16>,
    /// Whether TLS has to be spoken from the first byte.
    implicit_tls: bool,
    /// What cannot be put into an envelope: a login, a certificate.
    besides: Option<Cow<'a, str>>,
}

impl<'a> Audit<'a> {
    /// Makes a line of jsonl: it has its findings.
    pub(in crate::report) fn with_findings(audit: &'a ConfAudit) -> Self {
        Self {
            findings: Some(findings(audit).collect()),
            ..Self::from(audit)
        }
    }
}

/// Gives the findings of an audit.
pub(super) fn findings(audit: &ConfAudit) -> impl Iterator<Item = Finding<'_>> {
    audit.findings.iter().map(|one| of_audit(one, audit))
}

fn of_audit<'a>(finding: &'a model::Finding, audit: &'a ConfAudit) -> Finding<'a> {
    let again = |envelope| again::of_envelope(envelope, audit.host.as_deref());
    Finding {
        path: Some(escaped(&audit.path)),
        reproduce: finding.envelope.as_ref().and_then(again).map(Cow::Owned),
        ..Finding::from(finding)
    }
}

impl<'a> From<&'a ConfAudit> for Audit<'a> {
    fn from(audit: &'a ConfAudit) -> Self {
        let suppressed = audit.suppressed.iter();
        Self {
            path: escaped(&audit.path),
            dialect: audit.dialect,
            version: audit.version.as_deref().map(escaped),
            host: audit.host.as_deref().map(escaped),
            relay: audit.relay.as_str(),
            instances: audit.instances.iter().map(Instance::from).collect(),
            unread: audit
                .unread
                .iter()
                .map(|unread| format!("{}: {}", escape(&unread.what), escape(&unread.why)))
                .collect(),
            grants: audit.grants.iter().map(Grant::from).collect(),
            notes: audit.notes.iter().map(|note| ours(note)).collect(),
            suppressed: suppressed
                .map(|(finding, reason)| Suppressed {
                    reason: ours(reason),
                    finding: of_audit(finding, audit),
                })
                .collect(),
            baseline: audit.baseline.map(|before| Before {
                relay: before.relay.map(model::Relay::as_str),
            }),
            findings: None,
        }
    }
}

impl<'a> From<&'a model::Instance> for Instance<'a> {
    fn from(instance: &'a model::Instance) -> Self {
        let service = |service: &'a model::Service| Service {
            name: escaped(&service.name),
            listen: service.listen.as_deref().map(escaped),
            relay: service.relay.as_str(),
        };
        Self {
            name: escaped(&instance.name),
            relay: instance.relay.as_str(),
            services: instance.services.iter().map(service).collect(),
        }
    }
}

impl<'a> From<&'a model::Grant> for Grant<'a> {
    fn from(grant: &'a model::Grant) -> Self {
        let place = grant.because.as_ref();
        Self {
            service: escaped(&grant.service),
            clients: ours(&grant.clients),
            domains: ours(&grant.domains),
            file: place.map(|place| escaped(&place.file)),
            line: place.and_then(|place| some(place.line)),
            column: place.and_then(|place| some(place.column)),
        }
    }
}

impl<'a> From<&'a model::Envelope> for Envelope<'a> {
    fn from(envelope: &'a model::Envelope) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().map(escaped);
        Self {
            client: text(&envelope.client),
            helo: text(&envelope.helo),
            sender: text(&envelope.sender),
            recipient: text(&envelope.recipient),
            port: envelope.port,
            implicit_tls: envelope.implicit_tls,
            besides: text(&envelope.besides),
        }
    }
}

impl Envelope<'_> {
    /// Makes the model's envelope of one that was read.
    pub(super) fn read(self) -> model::Envelope {
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        model::Envelope {
            client: text(self.client),
            helo: text(self.helo),
            sender: text(self.sender),
            recipient: text(self.recipient),
            port: self.port,
            implicit_tls: self.implicit_tls,
            besides: text(self.besides),
        }
    }
}
