//! The structs of version 1. How they are made of the model stands in `convert.rs`.
//!
//! The model may change its names and shapes; this file may only grow. Field docs become the
//! descriptions of the schema, so they are written for readers of the document. Enumerations are
//! written as their names, and the schema takes the list of names from the model's own tables.
//!
//! What stands inside a result is also read back (`read.rs`), from the same structs. A field that was
//! added after the first release has a default there, for reports that do not have it yet.

mod audit;
mod convert;
mod log;
pub(super) mod read;
mod word;

use super::schema as words;
use crate::model;
pub(in crate::report) use audit::Audit;
pub(in crate::report) use log::Log;
pub(in crate::report) use read::read;
use schemars::JsonSchema;
use serde::ser::{Error as _, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use word::Word;

/// Name and version of the format.
pub(super) const SCHEMA: &str = "relaycheck.report/1";

/// A report of relaycheck.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Report")]
pub(super) struct Document<'a> {
    /// Name and version of this format.
    #[schemars(schema_with = "words::format")]
    schema: &'static str,
    /// What wrote the report.
    tool: Tool,
    /// The facts of the run.
    run: Run,
    /// Counts over all results.
    summary: Summary,
    /// One result per host and port, in the order the targets were written.
    #[schemars(with = "Vec<TargetResult<'static>>")]
    results: Results<'a>,
    /// Findings that belong to no result: those of configuration and log audits.
    findings: Vec<Finding<'a>>,
    /// Audits of configurations, in the order they were asked for: one for each path and kind of server in it.
    audits: Vec<Audit<'a>>,
    /// Audits of logs: one for each run over logs.
    logs: Vec<Log<'a>>,
}

/// The program.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// Always `relaycheck`.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// The facts of a run.
#[derive(Serialize, JsonSchema)]
struct Run {
    /// Names one scan, in hexadecimal: all its parts share it.
    id: String,
    /// Digest of the list of targets, in hexadecimal.
    targets: String,
    /// When it began, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    started: String,
    /// How long it took, in milliseconds.
    elapsed_ms: u64,
    /// Seed of tokens, random names and order: the same seed repeats them. A 64-bit number.
    seed: u64,
    /// Which part of the whole was scanned, `1/1` for all of it.
    shard: String,
    /// Whether everything asked for was gone through; false after an interruption.
    complete: bool,
}

/// Counts over all results.
#[derive(Serialize, JsonSchema)]
struct Summary {
    /// Results.
    targets: u64,
    /// Results with the verdict relay-accepting.
    relay_accepting: u64,
    /// Results with the verdict rejecting.
    rejecting: u64,
    /// Results with the verdict auth-required.
    auth_required: u64,
    /// Results with the verdict inconclusive.
    inconclusive: u64,
    /// Results with the verdict unreachable.
    unreachable: u64,
    /// Findings by severity.
    findings: FindingCounts,
    /// Results by what became of them since the older report; null if none was given.
    baseline: Option<ChangeCounts>,
}

/// Results by what became of them since the older report.
#[derive(Serialize, JsonSchema)]
struct ChangeCounts {
    /// With a relay or a finding that is not in it, or not in it at all.
    new: u64,
    /// As they were.
    same: u64,
    /// With a relay or a finding gone, which was tested.
    fixed: u64,
    /// Anything else.
    changed: u64,
}

/// Findings by severity.
#[derive(Serialize, JsonSchema)]
struct FindingCounts {
    /// Being abused is a matter of hours.
    critical: u64,
    /// Fix now.
    high: u64,
    /// Fix soon.
    medium: u64,
    /// Tidy up when convenient.
    low: u64,
    /// Worth knowing.
    info: u64,
}

/// Everything learnt about one host and port.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Result")]
pub(in crate::report) struct TargetResult<'a> {
    /// Its place in the written order of targets: the number of the item, and of the address within
    /// the item. Tells the results of one scan apart, and puts them in order.
    #[serde(default)]
    index: (u64, u32),
    /// The target as it was written.
    target: Cow<'a, str>,
    /// Where it was written: `argument 1`, `list.txt:7`.
    origin: Cow<'a, str>,
    /// Name of the host, or its address where it was named by it.
    host: Cow<'a, str>,
    /// The address that was contacted; null if the name did not resolve.
    address: Option<Cow<'a, str>>,
    /// Whether it is one address of a network or range, and was not named itself.
    #[serde(default)]
    in_range: bool,
    /// The TCP port.
    port: u16,
    /// How the connection was protected at its best.
    #[schemars(schema_with = "words::tls_state")]
    tls: Word,
    /// The verdict.
    #[schemars(schema_with = "words::verdict")]
    verdict: Word,
    /// Why; null only where the verdict is relay-accepting.
    #[schemars(schema_with = "words::reason")]
    reason: Option<Word>,
    /// What happened in words, where the reason alone would leave a person guessing.
    note: Option<Cow<'a, str>>,
    /// How far acceptance was driven; null if nothing counts as relaying.
    #[schemars(schema_with = "words::driven")]
    evidence: Option<Word>,
    /// How sure the verdict is.
    #[schemars(schema_with = "words::confidence")]
    confidence: Word,
    /// What weakens the verdict from the auditor's side.
    #[schemars(schema_with = "words::caveats")]
    caveats: Vec<Word>,
    /// What the server said about itself.
    server: Server<'a>,
    /// How much of what was meant to be asked was answered.
    coverage: Coverage,
    /// The answer to each form, in the order of the table of forms.
    forms: Vec<Form<'a>>,
    /// What is wrong.
    findings: Vec<Finding<'a>>,
    /// From the first connection to the last byte, in milliseconds.
    elapsed_ms: u64,
    /// Connections made.
    sessions: u32,
    /// Whether the target asked to be asked later and was; null if not.
    retried: Option<Retried>,
    /// What became of it since the older report; null if none was given.
    #[schemars(schema_with = "words::change")]
    baseline: Option<Word>,
    /// Everything that was said; only if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript: Option<Vec<Line<'a>>>,
    /// The scan it is a part of; only in jsonl, and only where the scan was divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<PartOf<'a>>,
}

/// The scan that a line of a part belongs to.
#[derive(Serialize, Deserialize, JsonSchema)]
struct PartOf<'a> {
    /// Names the scan, in hexadecimal: all its parts share it.
    id: Cow<'a, str>,
    /// Seed of tokens, random names and order. A 64-bit number.
    seed: u64,
    /// Which part, as `I/N`.
    shard: Cow<'a, str>,
    /// Digest of the list of targets, in hexadecimal.
    targets: Cow<'a, str>,
    /// The version that wrote the line.
    version: Cow<'a, str>,
    /// When this part began, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    started: Cow<'a, str>,
}

/// That a target was asked a second time, and this is what came of it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Retried {
    /// How long it was given, in milliseconds.
    after_ms: u64,
    /// What the first time came to.
    #[schemars(schema_with = "words::reason")]
    first_reason: Option<Word>,
}

/// What the server said about itself.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Server<'a> {
    /// Text of the greeting, its lines joined by line feeds; null if there was none.
    banner: Option<Cow<'a, str>>,
    /// The bytes of the greeting in hexadecimal, only where `banner` is not exactly them.
    #[serde(skip_serializing_if = "Option::is_none")]
    banner_raw: Option<Cow<'a, str>>,
    /// The software, guessed from greeting, EHLO and replies.
    software: Option<Word>,
    /// EHLO keywords with their parameters.
    extensions: Vec<Cow<'a, str>>,
    /// AUTH mechanisms offered on any channel.
    auth: Vec<Cow<'a, str>>,
    /// The client address that the server says it sees.
    client_address_seen: Option<Cow<'a, str>>,
    /// Whether EHLO was refused and HELO taken.
    helo_only: bool,
    /// What the TLS handshake showed; null if there was none.
    tls: Option<Tls<'a>>,
}

/// What a TLS handshake showed. Nothing in it was verified.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Tls<'a> {
    /// Protocol version, such as `TLSv1.3`.
    version: Cow<'a, str>,
    /// Cipher suite.
    cipher: Cow<'a, str>,
    /// Subject of the server's certificate.
    subject: Option<Cow<'a, str>>,
    /// Issuer of the server's certificate.
    issuer: Option<Cow<'a, str>>,
    /// Names and addresses that the certificate is made out to.
    names: Vec<Cow<'a, str>>,
    /// End of the certificate's validity, RFC 3339.
    not_after: Option<Cow<'a, str>>,
    /// What a verifying client would have refused.
    problems: Vec<Cow<'a, str>>,
    /// The TLS implementation that got through.
    #[schemars(schema_with = "words::tls_stack")]
    stack: Word,
}

/// How much was answered. What is neither tested nor unclear was not answered at all.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Coverage {
    /// Forms meant to be asked, controls included.
    planned: u64,
    /// Forms answered in a way that decides.
    tested: u64,
    /// Forms answered in a way that leaves relaying open.
    unclear: u64,
    /// Probes among the unclear ones that may well get through at another time or from another place:
    /// put off, or stopped by a block of the client. They make an exit code of 3.
    undecided: u64,
}

/// The answer to one form on one channel.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Form<'a> {
    /// Id of the form.
    id: Word,
    /// Probe: acceptance would be relaying. Control: acceptance says what acceptance is worth.
    #[schemars(schema_with = "words::role")]
    role: Word,
    /// The EHLO argument, where the form chose it.
    helo: Option<Cow<'a, str>>,
    /// What stood behind `MAIL FROM:`.
    mail_from: Cow<'a, str>,
    /// What stood behind `RCPT TO:`.
    rcpt_to: Cow<'a, str>,
    /// Whether it was asked inside TLS.
    tls: bool,
    /// What the answer was.
    #[schemars(schema_with = "words::form_outcome")]
    outcome: Word,
    /// Why. Null with an acceptance that counts, and with what was not asked; an acceptance with
    /// a reason is one that means nothing.
    #[schemars(schema_with = "words::reason")]
    reason: Option<Word>,
    /// How sure the reading of the reply is.
    #[schemars(schema_with = "words::confidence")]
    confidence: Word,
    /// How far it was driven.
    #[schemars(schema_with = "words::driven")]
    evidence: Option<Word>,
    /// The reply that decided.
    reply: Option<Reply<'a>>,
    /// The session it was asked in, counted from one; null if it was not asked.
    session: Option<u32>,
    /// Why it was not asked or not answered; null if it was, or if that is not known.
    why_untested: Option<Word>,
    /// The exact dialogue; only if the form was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dialogue: Vec<Line<'a>>,
}

/// A reply of the server.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Reply<'a> {
    /// The three digits.
    code: u16,
    /// The enhanced status code, if one was given.
    enhanced: Option<Cow<'a, str>>,
    /// The text of all lines, joined by line feeds, without the enhanced code of the first.
    text: Cow<'a, str>,
    /// The bytes of the text in hexadecimal, only where `text` is not exactly them.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
}

/// A line of a dialogue.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Line<'a> {
    /// Who said it: `>` relaycheck, `<` the server.
    #[schemars(schema_with = "words::direction")]
    dir: Word,
    /// When, in milliseconds since the first connection to the target.
    at_ms: u64,
    /// The session, counted from one.
    session: u32,
    /// Whether it was said inside TLS.
    tls: bool,
    /// The line without its line end.
    text: Cow<'a, str>,
    /// The bytes of the line in hexadecimal, only where `text` is not exactly them.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
    /// Bytes of the same reply that followed here and were not kept, only where there were any: a server
    /// that says very much has its replies cut down to the beginning of their first and last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u64>,
}

/// A rule that fired.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Finding<'a> {
    /// Id of the rule.
    rule: Word,
    /// How bad it is.
    #[schemars(schema_with = "words::severity")]
    severity: Word,
    /// How sure it is.
    #[schemars(schema_with = "words::confidence")]
    confidence: Word,
    /// The fault in a line.
    title: Word,
    /// What was found here, and what it means.
    message: Cow<'a, str>,
    /// The proof: at least one piece.
    #[schemars(extend("minItems" = 1))]
    evidence: Vec<Proof<'a>>,
    /// What to do about it.
    remedy: Cow<'a, str>,
    /// Manuals, RFCs and CVEs.
    references: Vec<Word>,
    /// Stable over runs for the same fault at the same place.
    fingerprint: Cow<'a, str>,
    /// The path that was given and led to it; null for what was seen over the wire.
    #[serde(default)]
    path: Option<Cow<'a, str>>,
    /// The file it stands in, if it is about one: relative to the path that was given where it lies inside.
    file: Option<Cow<'a, str>>,
    /// The line in that file, counted from one.
    line: Option<u32>,
    /// The column in that line, counted from one.
    column: Option<u32>,
    /// What it is about: `host:port`, a client, an account, a domain.
    subject: Option<Cow<'a, str>>,
    /// How often it was seen, where that is counted.
    count: Option<u64>,
    /// Whether the older report has it, `same`, or not, `new`; null if none was given.
    #[schemars(schema_with = "words::change")]
    baseline: Option<Word>,
    /// The envelope that would pass; null where none follows from the configuration.
    #[serde(default)]
    envelope: Option<audit::Envelope<'a>>,
    /// The command that tries just this against the running server; null where there is none.
    #[serde(default)]
    reproduce: Option<Cow<'a, str>>,
}

/// A piece of proof.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Proof<'a> {
    /// Lines of an SMTP dialogue, in order.
    Wire {
        /// The lines.
        lines: Vec<Line<'a>>,
    },
    /// A line of a configuration file.
    Conf {
        /// The file.
        file: Cow<'a, str>,
        /// The line, counted from one; null where the file as a whole is meant.
        line: Option<u32>,
        /// The column, in characters, counted from one; null where the whole line is meant.
        column: Option<u32>,
        /// How many characters are meant; null where the whole line is.
        width: Option<u32>,
        /// The physical line.
        text: Cow<'a, str>,
        /// The bytes of the line in hexadecimal, only where `text` is not exactly them.
        #[serde(skip_serializing_if = "Option::is_none")]
        raw: Option<Cow<'a, str>>,
        /// What is to be seen there.
        says: Cow<'a, str>,
        /// How it came into force: includes, overrides, expansions; outermost first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chain: Vec<Cow<'a, str>>,
    },
    /// Lines of a log.
    Log {
        /// The file of the first one.
        file: Cow<'a, str>,
        /// The first line, counted from one.
        line: Option<u32>,
        /// The file of the last one.
        last_file: Cow<'a, str>,
        /// The last line, counted from one.
        last_line: Option<u32>,
        /// How many lines there are.
        count: u64,
        /// When the first was logged, RFC 3339 in UTC.
        from: Cow<'a, str>,
        /// When the last was logged.
        until: Cow<'a, str>,
        /// Some of them, in order.
        samples: Vec<Sample<'a>>,
    },
}

/// A line of a log.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Sample<'a> {
    /// The file.
    file: Cow<'a, str>,
    /// The line, counted from one.
    line: Option<u32>,
    /// When it was logged, RFC 3339 in UTC.
    at: Cow<'a, str>,
    /// What it says: its text, or what was joined out of several lines, of which it is the last.
    text: Cow<'a, str>,
    /// The bytes of the text in hexadecimal, only where `text` is not exactly them.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
}

/// Outcomes that become results only while they are written.
struct Results<'a>(RefCell<&'a mut dyn Iterator<Item = io::Result<model::Outcome>>>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut outcomes = self.0.borrow_mut();
        for outcome in &mut **outcomes {
            let outcome = outcome.map_err(S::Error::custom)?;
            list.serialize_element(&TargetResult::from(&outcome))?;
        }
        list.end()
    }
}
