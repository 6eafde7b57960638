//! The JSON Schema of the document and of its results.
//!
//! In: the structs of [`super::v1`] and the model's tables of words. Out: JSON Schema 2020-12. Both
//! the document and its schema come from the same structs, so neither can drift from the other.
//!
//! Properties that are not named are allowed, since fields may be added within version 1.
//!
//! References: JSON Schema Core 2020-12.

use super::v1::{Audit, Document, Log, SCHEMA, TargetResult};
use crate::model::{
    Caveat, Change, Confidence, Direction, Driven, FormOutcome, Reason, Relay, Role, Severity,
    TlsStack, TlsState, Verdict,
};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

/// Gives the schema of the document that `--format json` writes.
pub fn schema() -> Value {
    root::<Document<'static>>(
        "urn:relaycheck:report:1",
        "relaycheck report, version 1",
        "What relaycheck --format json writes.",
    )
}

/// Gives the schema of one line that `--format jsonl` writes, which is one result of the document.
pub fn result_schema() -> Value {
    root::<TargetResult<'static>>(
        "urn:relaycheck:result:1",
        "relaycheck result, version 1",
        "One line of what relaycheck --format jsonl writes, and one of the results of a report.",
    )
}

/// Gives the schema of one line that `config --format jsonl` writes, which is one audit of the document with its
/// findings.
pub fn audit_schema() -> Value {
    root::<Audit<'static>>(
        "urn:relaycheck:audit:1",
        "relaycheck audit, version 1",
        "One line of what relaycheck config --format jsonl writes, and one of the audits of a report.",
    )
}

/// Gives the schema of one line that `logs --format jsonl` writes, which is one of the logs of the document with its
/// findings.
pub fn log_schema() -> Value {
    root::<Log<'static>>(
        "urn:relaycheck:log:1",
        "relaycheck log audit, version 1",
        "One line of what relaycheck logs --format jsonl writes, and one of the logs of a report.",
    )
}

/// Makes the whole schema of a document out of its struct.
pub(in crate::report) fn root<T: JsonSchema>(id: &str, title: &str, description: &str) -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(drop_format));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), title.into());
    schema.insert("description".to_owned(), description.into());
    schema.into()
}

/// Takes out formats such as `uint64` that JSON Schema does not know: strict validators refuse them.
/// The bounds beside them say the same.
fn drop_format(schema: &mut Schema) {
    let format = schema.get("format").and_then(Value::as_str);
    if format.is_some_and(|format| format.starts_with("uint")) {
        schema.remove("format");
    }
}

pub(in crate::report) fn format(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "const": SCHEMA})
}

pub(in crate::report) fn verdict(_: &mut SchemaGenerator) -> Schema {
    one_of(Verdict::ALL, Verdict::as_str)
}

pub(in crate::report) fn reason(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(Reason::ALL, Reason::as_str)
}

pub(in crate::report) fn relay(_: &mut SchemaGenerator) -> Schema {
    one_of(Relay::ALL, Relay::as_str)
}

pub(in crate::report) fn relay_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(Relay::ALL, Relay::as_str)
}

pub(in crate::report) fn driven(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(Driven::ALL, Driven::as_str)
}

pub(in crate::report) fn confidence(_: &mut SchemaGenerator) -> Schema {
    one_of(Confidence::ALL, Confidence::as_str)
}

pub(in crate::report) fn severity(_: &mut SchemaGenerator) -> Schema {
    one_of(Severity::ALL, Severity::as_str)
}

pub(in crate::report) fn role(_: &mut SchemaGenerator) -> Schema {
    one_of(Role::ALL, Role::as_str)
}

pub(in crate::report) fn form_outcome(_: &mut SchemaGenerator) -> Schema {
    one_of(FormOutcome::ALL, FormOutcome::as_str)
}

pub(in crate::report) fn tls_state(_: &mut SchemaGenerator) -> Schema {
    one_of(TlsState::ALL, TlsState::as_str)
}

pub(in crate::report) fn tls_stack(_: &mut SchemaGenerator) -> Schema {
    one_of(TlsStack::ALL, TlsStack::as_str)
}

pub(in crate::report) fn direction(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Direction::Sent, Direction::Received], Direction::mark)
}

pub(in crate::report) fn change(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(Change::ALL, Change::as_str)
}

pub(in crate::report) fn caveats(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": one_of(Caveat::ALL, Caveat::as_str)})
}

pub(in crate::report) fn one_of<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Schema {
    let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
    json_schema!({"type": "string", "enum": names})
}

pub(in crate::report) fn one_of_or_null<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Schema {
    let names = all.iter().map(|value| Value::from(name(*value)));
    let names: Vec<Value> = names.chain([Value::Null]).collect();
    json_schema!({"type": ["string", "null"], "enum": names})
}
