//! The difference of two reports as JSON: `relaycheck.diff/1`.
//!
//! In: a difference and what both reports say about themselves. Out: one document, indented. The rules of
//! `report::json` hold: fields are added, never renamed or removed; what is not known is `null`; no string
//! can drive a terminal.

use super::{Difference, FindingSeen, Item, Turn};
use crate::model::bytes::escape;
use crate::model::{Reason, Verdict};
use crate::report::json::schema as words;
use crate::report::read::Head;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Name and version of the format.
const SCHEMA: &str = "relaycheck.diff/1";

/// The reports that were compared.
#[derive(Debug, Clone, Copy)]
pub struct Reports<'a> {
    /// Version of the program that compares.
    pub version: &'static str,
    /// The older one.
    pub old: &'a Head,
    /// The newer one.
    pub new: &'a Head,
}

/// Writes the document.
pub fn write(
    difference: &Difference,
    reports: &Reports<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document::of(difference, reports))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Gives the schema of the document.
pub fn schema() -> Value {
    words::root::<Document>(
        "urn:relaycheck:diff:1",
        "relaycheck diff, version 1",
        "What relaycheck diff --format json writes.",
    )
}

/// What changed between two reports.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Diff")]
struct Document {
    /// Name and version of this format.
    #[schemars(schema_with = "format")]
    schema: &'static str,
    /// What wrote it.
    tool: Tool,
    /// The reports that were compared.
    reports: Both,
    /// Counts.
    summary: Summary,
    /// Places with a new relay, a new finding, or that are new themselves.
    new: Vec<Entry>,
    /// Places where something that was wrong is gone, which was tested, and nothing is new.
    fixed: Vec<Entry>,
    /// Places where anything else changed.
    changed: Vec<Entry>,
    /// Places that the newer report does not have.
    missing: Vec<Entry>,
}

/// The program.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// Always `relaycheck`.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// The reports that were compared.
#[derive(Serialize, JsonSchema)]
struct Both {
    /// The older one.
    old: About,
    /// The newer one.
    new: About,
}

/// What a report says about itself. All but the count is null for jsonl, which does not say it.
#[derive(Serialize, JsonSchema)]
struct About {
    /// Names the scan.
    id: Option<String>,
    /// When it began, RFC 3339.
    started: Option<String>,
    /// Whether it went through everything; false too where its last line is cut off.
    complete: Option<bool>,
    /// Results that were read.
    results: u64,
}

/// Counts.
#[derive(Serialize, JsonSchema)]
struct Summary {
    /// Places with something new.
    new: u64,
    /// Places where something that was wrong is gone.
    fixed: u64,
    /// Places where something else changed.
    changed: u64,
    /// Places that the newer report does not have.
    missing: u64,
    /// Places that are as they were.
    same: u64,
    /// What became of relays.
    relays: Turns,
    /// What became of findings.
    findings: Turns,
    /// Whether something that was decided is not any more.
    undecided: bool,
}

/// What became of things that are or were wrong.
#[derive(Serialize, JsonSchema)]
struct Turns {
    /// They were not there.
    new: u64,
    /// They are there still.
    same: u64,
    /// They are gone, and what showed them was asked again.
    fixed: u64,
    /// They were not seen again, and could not be judged.
    unjudged: u64,
}

/// A place that changed.
#[derive(Serialize, JsonSchema)]
struct Entry {
    /// Name of the host, or its address where it was named by it.
    host: String,
    /// The address; null if the name did not resolve.
    address: Option<String>,
    /// The TCP port.
    port: u16,
    /// What the older report says; null if it does not have the place.
    old: Option<Said>,
    /// What the newer report says; null if it does not have the place.
    new: Option<Said>,
    /// What became of the relay; null if it neither was one nor is.
    #[schemars(schema_with = "turn_or_null")]
    relay: Option<&'static str>,
    /// What became of each finding.
    findings: Vec<Finding>,
    /// Whether something that was decided is not any more.
    undecided: bool,
}

/// A verdict and its reason.
#[derive(Serialize, JsonSchema)]
struct Said {
    /// The verdict.
    #[schemars(schema_with = "words::verdict")]
    verdict: &'static str,
    /// Why; null only where the verdict is relay-accepting.
    #[schemars(schema_with = "words::reason")]
    reason: Option<&'static str>,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
struct Finding {
    /// What became of it.
    #[schemars(schema_with = "turn")]
    status: &'static str,
    /// Id of its rule.
    rule: String,
    /// How bad it is, or was.
    #[schemars(schema_with = "words::severity")]
    severity: &'static str,
    /// The fault in a line.
    title: String,
    /// What makes it the same finding in both reports.
    fingerprint: String,
}

impl Document {
    fn of(difference: &Difference, reports: &Reports<'_>) -> Self {
        let count = |list: &[Item]| list.len() as u64;
        let entries = |list: &[Item]| list.iter().map(Entry::from).collect();
        Self {
            schema: SCHEMA,
            tool: Tool {
                name: "relaycheck",
                version: reports.version,
            },
            reports: Both {
                old: About::from(reports.old),
                new: About::from(reports.new),
            },
            summary: Summary {
                new: count(&difference.new),
                fixed: count(&difference.fixed),
                changed: count(&difference.changed),
                missing: count(&difference.missing),
                same: difference.same,
                relays: Turns::from(&difference.relays),
                findings: Turns::from(&difference.findings),
                undecided: difference.undecided(),
            },
            new: entries(&difference.new),
            fixed: entries(&difference.fixed),
            changed: entries(&difference.changed),
            missing: entries(&difference.missing),
        }
    }
}

impl From<&Head> for About {
    fn from(head: &Head) -> Self {
        let run = head.run.as_ref();
        Self {
            id: run.and_then(|run| run.id.as_deref().map(escape)),
            started: run.map(|run| escape(&run.started)),
            complete: match (head.torn, run) {
                (true, _) => Some(false),
                (false, run) => run.map(|run| run.complete),
            },
            results: head.results,
        }
    }
}

impl From<&BTreeMap<Turn, u64>> for Turns {
    fn from(counts: &BTreeMap<Turn, u64>) -> Self {
        let count = |turn| counts.get(&turn).copied().unwrap_or(0);
        Self {
            new: count(Turn::New),
            same: count(Turn::Same),
            fixed: count(Turn::Fixed),
            unjudged: count(Turn::Unjudged),
        }
    }
}

impl From<&Item> for Entry {
    fn from(item: &Item) -> Self {
        let said = |(verdict, reason): (Verdict, Option<Reason>)| Said {
            verdict: verdict.as_str(),
            reason: reason.map(Reason::as_str),
        };
        Self {
            host: escape(&item.key.host.to_string()),
            address: item.key.address.map(|address| address.to_string()),
            port: item.key.port,
            old: item.was.map(said),
            new: item.now.map(said),
            relay: item.relay.map(Turn::as_str),
            findings: item.findings.iter().map(Finding::from).collect(),
            undecided: item.undecided,
        }
    }
}

impl From<&(Turn, FindingSeen)> for Finding {
    fn from((turn, finding): &(Turn, FindingSeen)) -> Self {
        Self {
            status: turn.as_str(),
            rule: escape(&finding.rule),
            severity: finding.severity.as_str(),
            title: escape(&finding.title),
            fingerprint: escape(&finding.fingerprint),
        }
    }
}

fn format(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "const": SCHEMA})
}

fn turn(_: &mut SchemaGenerator) -> Schema {
    words::one_of(Turn::ALL, Turn::as_str)
}

fn turn_or_null(_: &mut SchemaGenerator) -> Schema {
    words::one_of_or_null(Turn::ALL, Turn::as_str)
}
