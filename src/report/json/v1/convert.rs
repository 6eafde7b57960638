//! How the structs of version 1 are made of the model.
//!
//! In: the model. Out: structs whose strings are all fit to show: everything that is not a word of a
//! table of ours passes through the escaping of [`crate::model::bytes`]. Bytes that are proof stand
//! in hexadecimal beside their text where the text is not exactly them.

use super::audit::{self, Audit, Envelope};
use super::log::{self, Log};
use super::{
    ChangeCounts, Coverage, Document, Finding, FindingCounts, Form, Line, PartOf, Proof, Reply,
    Results, Run, SCHEMA, Sample, Server, Summary, TargetResult, Tls, Tool, Word,
};
use crate::model::bytes::{Untrusted, escape, escaped};
use crate::model::{self, Change, Direction, Evidence, Named, RunInfo, Severity, Verdict};
use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use std::time::Duration;

impl<'a> Document<'a> {
    /// Makes the document; the outcomes are taken when it is written.
    pub(in crate::report) fn new(
        report: &'a model::Report,
        outcomes: &'a mut dyn Iterator<Item = io::Result<model::Outcome>>,
    ) -> Self {
        let verdict = |verdict| report.totals.verdict(verdict);
        let severity = |severity| report.totals.severity(severity);
        let change = |change| report.totals.change(change);
        Self {
            schema: SCHEMA,
            tool: Tool {
                name: "relaycheck",
                version: report.run.version,
            },
            run: Run {
                id: escape(&report.run.id),
                targets: escape(&report.run.targets),
                started: escape(&report.run.started),
                elapsed_ms: millis(report.run.elapsed),
                seed: report.run.seed,
                shard: escape(&report.run.shard),
                complete: report.run.complete,
            },
            summary: Summary {
                targets: report.totals.targets,
                relay_accepting: verdict(Verdict::RelayAccepting),
                rejecting: verdict(Verdict::Rejecting),
                auth_required: verdict(Verdict::AuthRequired),
                inconclusive: verdict(Verdict::Inconclusive),
                unreachable: verdict(Verdict::Unreachable),
                findings: FindingCounts {
                    critical: severity(Severity::Critical),
                    high: severity(Severity::High),
                    medium: severity(Severity::Medium),
                    low: severity(Severity::Low),
                    info: severity(Severity::Info),
                },
                baseline: (report.totals.compared() > 0).then(|| ChangeCounts {
                    new: change(Change::New),
                    same: change(Change::Same),
                    fixed: change(Change::Fixed),
                    changed: change(Change::Changed),
                }),
            },
            results: Results(RefCell::new(outcomes)),
            findings: report
                .audits
                .iter()
                .flat_map(audit::findings)
                .chain(report.logs.iter().flat_map(log::findings))
                .collect(),
            audits: report.audits.iter().map(Audit::from).collect(),
            logs: report.logs.iter().map(Log::from).collect(),
        }
    }
}

impl<'a> TargetResult<'a> {
    /// Makes a line of one part of a scan: it says which.
    pub(in crate::report) fn of_part(outcome: &'a model::Outcome, run: &'a RunInfo) -> Self {
        Self {
            run: Some(PartOf {
                id: escaped(&run.id),
                seed: run.seed,
                shard: escaped(&run.shard),
                targets: escaped(&run.targets),
                version: run.version.into(),
                started: escaped(&run.started),
            }),
            ..Self::from(outcome)
        }
    }
}

impl<'a> From<&'a model::Outcome> for TargetResult<'a> {
    fn from(outcome: &'a model::Outcome) -> Self {
        let target = &outcome.target;
        Self {
            index: outcome.place,
            target: escaped(&target.written),
            origin: escape(&target.origin.to_string()).into(),
            host: match &target.endpoint.host {
                model::Host::Name(name) => escaped(name),
                model::Host::Address(address) => address.to_string().into(),
            },
            address: target.address.map(|address| address.to_string().into()),
            in_range: target.named == Named::ByRange,
            port: target.endpoint.port,
            tls: outcome.tls.as_str().into(),
            verdict: outcome.verdict.as_str().into(),
            reason: outcome.reason.map(|reason| reason.as_str().into()),
            note: outcome.note.as_deref().map(escaped),
            evidence: outcome.evidence.map(|driven| driven.as_str().into()),
            confidence: outcome.confidence.as_str().into(),
            caveats: outcome.caveats.iter().map(|c| c.as_str().into()).collect(),
            server: Server::from(&outcome.server),
            coverage: Coverage {
                planned: count(outcome.coverage.planned),
                tested: count(outcome.coverage.tested),
                unclear: count(outcome.coverage.unclear),
                undecided: count(outcome.coverage.undecided),
            },
            forms: outcome.forms.iter().map(Form::from).collect(),
            findings: outcome.findings.iter().map(Finding::from).collect(),
            elapsed_ms: millis(outcome.elapsed),
            sessions: outcome.sessions,
            retried: outcome.retried.map(|retried| super::Retried {
                after_ms: millis(retried.after),
                first_reason: Some(retried.first.as_str().into()),
            }),
            baseline: outcome.baseline.map(|old| old.status.as_str().into()),
            transcript: outcome.transcript.as_deref().map(lines),
            run: None,
        }
    }
}

impl<'a> From<&'a model::ServerFacts> for Server<'a> {
    fn from(server: &'a model::ServerFacts) -> Self {
        let printable = |all: &'a [Untrusted]| all.iter().map(Untrusted::shown).collect();
        let banner = server.banner.as_ref().map(text);
        Self {
            banner_raw: banner.as_ref().and_then(|(_, raw)| raw.clone()),
            banner: banner.map(|(text, _)| text),
            software: server.software.map(Word),
            extensions: printable(&server.extensions),
            auth: printable(&server.auth),
            client_address_seen: server
                .client_address_seen
                .map(|seen| seen.to_string().into()),
            helo_only: server.helo_only,
            tls: server.tls.as_ref().map(Tls::from),
        }
    }
}

impl<'a> From<&'a model::TlsFacts> for Tls<'a> {
    fn from(tls: &'a model::TlsFacts) -> Self {
        let all = |texts: &'a [String]| texts.iter().map(|text| escaped(text)).collect();
        Self {
            version: escaped(&tls.version),
            cipher: escaped(&tls.cipher),
            subject: tls.subject.as_deref().map(escaped),
            issuer: tls.issuer.as_deref().map(escaped),
            names: all(&tls.names),
            not_after: tls.not_after.as_deref().map(escaped),
            problems: all(&tls.problems),
            stack: tls.stack.as_str().into(),
        }
    }
}

impl<'a> From<&'a model::FormResult> for Form<'a> {
    fn from(form: &'a model::FormResult) -> Self {
        Self {
            id: form.form.into(),
            role: form.role.as_str().into(),
            helo: form.helo.as_deref().map(escaped),
            mail_from: form.mail_from.shown(),
            rcpt_to: form.rcpt_to.shown(),
            tls: form.encrypted,
            outcome: form.outcome.as_str().into(),
            reason: form.reason.map(|reason| reason.as_str().into()),
            confidence: form.confidence.as_str().into(),
            evidence: form.driven.map(|driven| driven.as_str().into()),
            reply: form.reply.as_ref().map(Reply::from),
            session: form.session,
            why_untested: form.why_untested.map(Word),
            dialogue: lines(&form.dialogue),
        }
    }
}

impl<'a> From<&'a model::ReplySeen> for Reply<'a> {
    fn from(reply: &'a model::ReplySeen) -> Self {
        let (text, raw) = text(&reply.text);
        Self {
            code: reply.code,
            enhanced: reply.enhanced.as_deref().map(escaped),
            text,
            raw,
        }
    }
}

impl<'a> From<&'a model::Finding> for Finding<'a> {
    fn from(finding: &'a model::Finding) -> Self {
        Self {
            rule: finding.rule.id.into(),
            severity: finding.severity.as_str().into(),
            confidence: finding.confidence.as_str().into(),
            title: finding.rule.title.into(),
            message: ours(&finding.message),
            evidence: finding.evidence().iter().map(Proof::from).collect(),
            remedy: ours(&finding.remedy),
            references: finding.rule.references.iter().map(|r| Word(r)).collect(),
            fingerprint: escaped(&finding.fingerprint),
            path: None,
            file: finding.place().map(|place| escaped(&place.file)),
            line: finding.place().and_then(|place| some(place.line)),
            column: finding.place().and_then(|place| some(place.column)),
            subject: Some(escaped(&finding.subject)),
            count: finding.count,
            baseline: finding.baseline.map(|change| change.as_str().into()),
            envelope: finding.envelope.as_ref().map(Envelope::from),
            reproduce: None,
        }
    }
}

impl<'a> From<&'a Evidence> for Proof<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        match evidence {
            Evidence::Wire(said) => Self::Wire { lines: lines(said) },
            Evidence::Conf(line) => {
                let text = line.text.shown();
                Self::Conf {
                    file: escaped(&line.place.file),
                    line: some(line.place.line),
                    column: some(line.place.column),
                    width: some(line.place.width),
                    raw: raw(&line.text, &text),
                    text,
                    says: ours(&line.says),
                    chain: line.chain.iter().map(|step| ours(step)).collect(),
                }
            }
            Evidence::Log(lines) => Self::Log {
                file: escaped(&lines.first.file),
                line: some(lines.first.line),
                last_file: escaped(&lines.last.file),
                last_line: some(lines.last.line),
                count: lines.count,
                from: escaped(&lines.from),
                until: escaped(&lines.until),
                samples: lines.samples.iter().map(Sample::from).collect(),
            },
        }
    }
}

impl<'a> From<&'a model::LogLine> for Sample<'a> {
    fn from(line: &'a model::LogLine) -> Self {
        let text = line.text.shown();
        Self {
            file: escaped(&line.place.file),
            line: some(line.place.line),
            at: escaped(&line.at),
            raw: raw(&line.text, &text),
            text,
        }
    }
}

fn lines(said: &[model::WireLine]) -> Vec<Line<'_>> {
    said.iter()
        .map(|line| {
            let text = line.bytes.shown();
            Line {
                dir: Direction::mark(line.direction).into(),
                at_ms: millis(line.at),
                session: line.session,
                tls: line.encrypted,
                raw: raw(&line.bytes, &text),
                text,
                left_out: (line.left_out > 0).then(|| count(line.left_out)),
            }
        })
        .collect()
}

/// Writes what we joined by line feeds: the text, and the bytes where the text is not them.
fn text(said: &Untrusted) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    let text = match said.as_bytes().contains(&b'\n') {
        true => said.printable_lines().collect::<Vec<_>>().join("\n").into(),
        false => said.shown(),
    };
    let raw = raw(said, &text);
    (text, raw)
}

/// Writes bytes in hexadecimal where a text is not exactly them.
fn raw<'a>(said: &Untrusted, text: &str) -> Option<Cow<'a, str>> {
    use std::fmt::Write;
    if said.as_bytes() == text.as_bytes() {
        return None;
    }
    let mut hex = String::with_capacity(said.as_bytes().len() * 2);
    for byte in said.as_bytes() {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Some(hex.into())
}

/// Escapes text of our own that may quote the server, its line feeds kept.
pub(super) fn ours(text: &str) -> Cow<'_, str> {
    match text.contains('\n') {
        true => text
            .split('\n')
            .map(escape)
            .collect::<Vec<_>>()
            .join("\n")
            .into(),
        false => escaped(text),
    }
}

/// Gives a number of a place, if it has one.
pub(super) fn some(number: u32) -> Option<u32> {
    (number > 0).then_some(number)
}

/// Gives whole milliseconds.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Gives a count.
fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}
