//! The JSON document: `--format json`, version 1 (`relaycheck.report/1`).
//!
//! In: a finished report. Out: one document, indented, in UTF-8:
//!
//! ```text
//! { "schema": "relaycheck.report/1",
//!   "tool": {...}, "run": {...}, "summary": {...},
//!   "results": [ RESULT, ... ],        one per host and port, in the order the targets were written
//!   "findings": [ FINDING, ... ],      findings of audits without wire; empty for the wire audit
//!   "audits": [ AUDIT, ... ],          one per path and kind of server in it, of `relaycheck config`
//!   "logs": [ LOG, ... ] }             one per run of `relaycheck logs`
//! ```
//!
//! The structs in `v1.rs` are the definition: their field docs are the descriptions in the schema
//! ([`schema()`], [`result_schema`]). Rules that scripts may lean on:
//!
//! * Within version 1 fields are added, never renamed, retyped or removed. Readers skip what they
//!   do not know, and expect words they do not know in lists such as `caveats`.
//! * What is not known is `null`, not left out. Left out are only `transcript` (unless it was asked
//!   for), `dialogue` (unless the form was accepted), `raw` (see below), `run` of a result (unless it
//!   is a line of one part of a scan) and `findings` of an audit (unless it is a line of jsonl).
//! * `index` puts the results of one scan in order, compared as pairs of numbers.
//! * Durations are whole milliseconds in fields that end in `_ms`. Times are RFC 3339.
//! * `seed` is a 64-bit number: readers that hold numbers as doubles have to read it as text.
//!
//! Text from the wire is decoded (UTF-8, else GB18030, else byte by byte) so that a Chinese banner
//! is readable, and every control character, bidirectional mark and invisible character in it is
//! written out, as `\x1b` or `\u{202e}`: no string of the document can drive a terminal. Line feeds
//! are the one exception; they part the lines of a reply. A backslash stays as it is, so the text
//! alone does not always tell the bytes. Where they are proof, and the text is not exactly them, they
//! stand beside it in hexadecimal: `banner_raw` of the server, `raw` of a reply and of each line of a
//! dialogue. No `raw` means that the text is the bytes.
//!
//! Does not hold the document in memory: results are converted and written one by one.
//!
//! References: RFC 8259 (JSON), RFC 3339 (times), JSON Schema 2020-12.

pub(super) mod schema;
pub(super) mod v1;

use super::Reporter;
use crate::model::{Outcome, Report, Rule};
pub use schema::{audit_schema, log_schema, result_schema, schema};
use std::io::{self, Write};

/// Writes an outcome as it is kept until a report needs it: a result of version 1 in one line, without
/// its end.
pub fn kept(outcome: &Outcome) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(&v1::TargetResult::from(outcome))?)
}

/// Reads an outcome that was kept. An error says what is wrong with it.
pub fn read_kept(
    text: &str,
    rules: &dyn Fn(&str) -> Option<&'static Rule>,
) -> Result<Outcome, String> {
    v1::read::read(text, rules)
}

/// Reads of an outcome that was kept only where its target stands.
pub fn place_of_kept(line: &[u8]) -> Result<(u64, u32), String> {
    #[derive(serde::Deserialize)]
    struct Place {
        index: (u64, u32),
    }
    let place: Place = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    Ok(place.index)
}

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Reporter for Json {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, &v1::Document::new(report, outcomes))?;
        out.write_all(b"\n")?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes::escape;
    use crate::report::{sample, sample_logs};
    use serde_json::{Value, json};

    fn document() -> Value {
        serde_json::from_str(&sample::write("json", &sample::report())).expect("JSON")
    }

    fn keys(value: &Value) -> Vec<&str> {
        let object = value.as_object().expect("an object");
        let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

    fn sorted(text: &str) -> Vec<&str> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        words
    }

    #[test]
    fn looks_as_it_should() {
        sample::snapshot("json", &sample::write("json", &sample::report()));
    }

    /// What scripts lean on, written out: a field that is missing here may be added, one that is
    /// here may never go.
    #[test]
    fn has_the_fields_of_version_1() {
        let document = document();
        assert_eq!(document["schema"], "relaycheck.report/1");
        let relay = &document["results"][0];
        for (value, fields) in [
            (
                &document,
                "schema tool run summary results findings audits logs",
            ),
            (&document["tool"], "name version"),
            (
                &document["run"],
                "id targets started elapsed_ms seed shard complete",
            ),
            (
                &document["summary"],
                "targets relay_accepting rejecting auth_required inconclusive unreachable findings \
                 baseline",
            ),
            (
                &document["summary"]["findings"],
                "critical high medium low info",
            ),
            (
                relay,
                "index target origin host address in_range port tls verdict reason note evidence \
                 confidence caveats server coverage forms findings elapsed_ms sessions retried \
                 baseline",
            ),
            (
                &relay["server"],
                "banner software extensions auth client_address_seen helo_only tls",
            ),
            (
                &relay["server"]["tls"],
                "version cipher subject issuer names not_after problems stack",
            ),
            (&relay["coverage"], "planned tested unclear undecided"),
            (
                &relay["forms"][0],
                "id role helo mail_from rcpt_to tls outcome reason confidence evidence reply \
                 session why_untested dialogue",
            ),
            (
                &relay["forms"][1],
                "id role helo mail_from rcpt_to tls outcome reason confidence evidence reply \
                 session why_untested",
            ),
            (&relay["forms"][0]["reply"], "code enhanced text"),
            (
                &relay["forms"][0]["dialogue"][0],
                "dir at_ms session tls text",
            ),
            (
                &relay["findings"][0],
                "rule severity confidence title message evidence remedy references fingerprint \
                 path file line column subject count baseline envelope reproduce",
            ),
            (&relay["findings"][0]["evidence"][0], "kind lines"),
        ] {
            assert_eq!(keys(value), sorted(fields));
        }
    }

    #[test]
    fn says_what_the_outcomes_say() {
        let document = document();
        assert_eq!(document["run"]["elapsed_ms"], 12_345);
        assert_eq!(
            document["summary"],
            json!({
                "targets": 7, "relay_accepting": 2, "rejecting": 1, "auth_required": 1,
                "inconclusive": 2, "unreachable": 1,
                "findings": {"critical": 1, "high": 0, "medium": 0, "low": 1, "info": 0},
                "baseline": null,
            })
        );
        assert_eq!(document["findings"], json!([]));
        let relay = &document["results"][0];
        for (pointer, value) in [
            ("/index", json!([0, 0])),
            ("/target", json!("mail.example.com")),
            ("/origin", json!("argument 1")),
            ("/address", json!("192.0.2.1")),
            ("/port", json!(25)),
            ("/tls", json!("starttls")),
            ("/verdict", json!("relay-accepting")),
            ("/reason", json!(null)),
            ("/evidence", json!("rcpt")),
            ("/caveats", json!(["trusted-vantage"])),
            ("/server/software", json!("Postfix")),
            ("/server/client_address_seen", json!("198.51.100.7")),
            (
                "/coverage",
                json!({"planned": 5, "tested": 3, "unclear": 1, "undecided": 0}),
            ),
            ("/forms/0/outcome", json!("accepted")),
            ("/forms/0/reason", json!(null)),
            ("/forms/0/dialogue/5/dir", json!(">")),
            (
                "/forms/0/dialogue/5/text",
                json!("RCPT TO:<probe@example.com>"),
            ),
            (
                "/forms/1/reply",
                json!({"code": 554, "enhanced": "5.7.1", "text": "Relay access denied"}),
            ),
            ("/forms/4/role", json!("control")),
            ("/forms/4/reply", json!(null)),
            ("/forms/4/session", json!(null)),
            ("/findings/0/rule", json!("RC901")),
            ("/findings/0/subject", json!("mail.example.com:25")),
            ("/findings/0/line", json!(null)),
            ("/findings/0/evidence/0/kind", json!("wire")),
        ] {
            assert_eq!(relay.pointer(pointer), Some(&value), "{pointer}");
        }
        let unreachable = &document["results"][5];
        assert_eq!(unreachable["target"], "192.0.2.0/29");
        assert_eq!(unreachable["host"], "192.0.2.6");
        assert_eq!(unreachable["server"]["banner"], json!(null));
        assert_eq!(unreachable["evidence"], json!(null));
    }

    fn configurations() -> Value {
        serde_json::from_str(&sample::write("json", &sample::configurations())).expect("JSON")
    }

    #[test]
    fn configurations_have_their_fields_and_say_what_was_found() {
        let document = configurations();
        let audit = &document["audits"][0];
        let finding = &document["findings"][0];
        for (value, fields) in [
            (
                audit,
                "path dialect version host relay instances unread grants notes suppressed baseline",
            ),
            (&audit["instances"][0], "name relay services"),
            (&audit["instances"][0]["services"][0], "name listen relay"),
            (
                &audit["grants"][0],
                "service clients domains file line column",
            ),
            (&audit["suppressed"][0], "reason finding"),
            (
                finding,
                "rule severity confidence title message evidence remedy references fingerprint \
                 path file line column subject count baseline envelope reproduce",
            ),
            (
                &finding["envelope"],
                "client helo sender recipient port implicit_tls besides",
            ),
            (
                &finding["evidence"][1],
                "kind file line column width text says chain",
            ),
        ] {
            assert_eq!(keys(value), sorted(fields));
        }
        for (pointer, value) in [
            ("/results", json!([])),
            ("/summary/targets", json!(0)),
            ("/summary/findings/critical", json!(2)),
            ("/audits/0/path", json!("etc/postfix")),
            ("/audits/0/relay", json!("open")),
            ("/audits/0/instances/0/services/1/relay", json!("closed")),
            (
                "/audits/0/instances/0/services/1/listen",
                json!("0.0.0.0:587"),
            ),
            ("/audits/0/unread", json!(["/etc/aliases: not found"])),
            ("/audits/0/grants/0/line", json!(12)),
            ("/audits/0/grants/1/file", json!(null)),
            ("/audits/0/suppressed/0/finding/rule", json!("GN002")),
            ("/audits/1/version", json!(null)),
            ("/findings/0/path", json!("etc/postfix")),
            ("/findings/0/file", json!("main.cf")),
            ("/findings/0/line", json!(12)),
            ("/findings/0/column", json!(27)),
            ("/findings/0/subject", json!("smtp")),
            (
                "/findings/0/reproduce",
                json!("relaycheck mail.example.com:25 --forms plain --rcpt relaycheck@example.com"),
            ),
            // What is no address gives no command.
            ("/findings/1/reproduce", json!(null)),
            ("/findings/1/envelope/port", json!(2525)),
        ] {
            assert_eq!(document.pointer(pointer), Some(&value), "{pointer}");
        }
    }

    #[test]
    fn the_schemas_take_configurations_and_their_lines() {
        let validator = jsonschema::validator_for(&schema()).expect("a schema");
        let document = configurations();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        let of_line = audit_schema();
        assert!(jsonschema::meta::is_valid(&of_line));
        let of_line = jsonschema::validator_for(&of_line).expect("a schema");
        let lines = sample::write("jsonl", &sample::configurations());
        let audits = document["audits"].as_array().expect("a list");
        assert_eq!(lines.lines().count(), audits.len());
        for (line, audit) in lines.lines().zip(audits) {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            assert!(of_line.is_valid(&line));
            let findings = line.as_object_mut().expect("an object").remove("findings");
            let wanted = audit["path"].clone();
            let all = document["findings"].as_array().expect("a list");
            let of_audit = all.iter().filter(|finding| finding["path"] == wanted);
            assert_eq!(findings, Some(of_audit.cloned().collect()));
            assert_eq!(&line, audit);
        }
        for (pointer, wrong) in [
            ("/audits/0/relay", json!("ajar")),
            ("/audits/0/instances/0/relay", json!(null)),
            ("/audits/0/baseline", json!({"relay": "ajar"})),
            ("/audits/0/unread", json!([1])),
            ("/findings/0/envelope/port", json!(65_536)),
        ] {
            let mut document = document.clone();
            *document.pointer_mut(pointer).expect("a value") = wrong;
            assert!(!validator.is_valid(&document), "{pointer}");
        }
    }

    fn logs() -> Value {
        serde_json::from_str(&sample::write("json", &sample_logs::logs())).expect("JSON")
    }

    #[test]
    fn logs_have_their_fields_and_say_what_was_found() {
        let document = logs();
        let log = &document["logs"][0];
        for (value, fields) in [
            (
                log,
                "paths format formats lines unparsed first last totals tops notes undecided \
                 suppressed",
            ),
            (
                &log["totals"],
                "messages relay_denied relayed_recipients received delivered forwarded deferred \
                 deferrals bounced rejected warned logins login_failures headless unfinished",
            ),
            (&log["tops"], "refused accounts clients"),
            (&log["tops"]["refused"][0], "key name count first last"),
            (&log["suppressed"][0], "reason finding"),
            (
                &document["findings"][0]["evidence"][0],
                "kind file line last_file last_line count from until samples",
            ),
        ] {
            assert_eq!(keys(value), sorted(fields));
        }
        for (pointer, value) in [
            ("/results", json!([])),
            ("/summary/findings/critical", json!(2)),
            (
                "/logs/0/paths",
                json!(["/var/log/mail.log.1", "/var/log/mail.log"]),
            ),
            ("/logs/0/format", json!("postfix-syslog")),
            ("/logs/0/lines", json!(12_345)),
            ("/logs/0/unparsed", json!(3)),
            ("/logs/0/first", json!("2026-03-01T23:59:58Z")),
            ("/logs/0/totals/relayed_recipients", json!(12)),
            ("/logs/0/tops/refused/0/name", json!("scan.example.net")),
            ("/logs/0/tops/accounts", json!([])),
            ("/logs/1/format", json!(null)),
            ("/logs/1/last", json!(null)),
            (
                "/logs/1/undecided",
                json!(["the format of notes is not known"]),
            ),
            ("/findings/0/subject", json!("203.0.113.7")),
            ("/findings/0/count", json!(12)),
            ("/findings/0/file", json!("/var/log/mail.log")),
            ("/findings/0/line", json!(120)),
            ("/findings/1/baseline", json!("new")),
        ] {
            assert_eq!(document.pointer(pointer), Some(&value), "{pointer}");
        }
    }

    #[test]
    fn the_schemas_take_logs_and_their_lines() {
        let validator = jsonschema::validator_for(&schema()).expect("a schema");
        let document = logs();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());

        let of_line = log_schema();
        assert!(jsonschema::meta::is_valid(&of_line));
        let of_line = jsonschema::validator_for(&of_line).expect("a schema");
        let lines = sample::write("jsonl", &sample_logs::logs());
        let logs = document["logs"].as_array().expect("a list");
        assert_eq!(lines.lines().count(), logs.len());
        let mut told = Vec::new();
        for (line, log) in lines.lines().zip(logs) {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            assert!(of_line.is_valid(&line));
            let findings = line.as_object_mut().expect("an object").remove("findings");
            told.extend(
                findings
                    .expect("a list")
                    .as_array()
                    .expect("a list")
                    .clone(),
            );
            assert_eq!(&line, log);
        }
        assert_eq!(json!(told), document["findings"]);
        for (pointer, wrong) in [
            ("/logs/0/lines", json!(-1)),
            ("/logs/0/format", json!(7)),
            ("/logs/0/totals/messages", json!(null)),
            ("/logs/0/tops/refused", json!({})),
        ] {
            let mut document = document.clone();
            *document.pointer_mut(pointer).expect("a value") = wrong;
            assert!(!validator.is_valid(&document), "{pointer}");
        }
    }

    #[test]
    fn keeps_the_bytes_beside_the_text_where_they_differ() {
        let document = document();
        let server = &document["results"][3]["server"];
        assert_eq!(server["banner"], "mx.example.cn 欢迎");
        assert_eq!(server["banner_raw"], "6d782e6578616d706c652e636e20bbb6d3ad");
        assert!(document["results"][0]["server"]["banner_raw"].is_null());

        let reply = &document["results"][6]["forms"][0]["reply"];
        let text = reply["text"].as_str().expect("text");
        assert!(text.starts_with("=\\x1b[2J\\x1b]0;pwned\\x07\\x0d\nRELAY ACCEPTING fake\\x00"));
        let raw = reply["raw"].as_str().expect("text");
        let digits: Vec<char> = raw.chars().collect();
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| {
                u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("hexadecimal")
            })
            .collect();
        assert_eq!(bytes, sample::HOSTILE);
    }

    #[test]
    fn no_string_drives_a_terminal() {
        fn check(value: &Value) {
            match value {
                Value::String(text) => {
                    assert!(
                        text.split('\n').all(|line| escape(line) == line),
                        "{text:?}"
                    );
                }
                Value::Array(all) => all.iter().for_each(check),
                Value::Object(all) => all.values().for_each(check),
                _ => {}
            }
        }
        check(&document());
        check(&configurations());
        check(&logs());
    }

    #[test]
    fn the_schema_takes_what_is_written() {
        let schema = schema();
        assert!(jsonschema::meta::is_valid(&schema));
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let document = document();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());

        let of_result = jsonschema::validator_for(&result_schema()).expect("a schema");
        for result in document["results"].as_array().expect("a list") {
            assert!(of_result.is_valid(result));
        }
        assert!(!of_result.is_valid(&document));
    }

    #[test]
    fn the_schema_refuses_what_is_wrong_and_lets_additions_be() {
        let validator = jsonschema::validator_for(&schema()).expect("a schema");
        for (pointer, wrong) in [
            ("/schema", json!("relaycheck.report/2")),
            ("/run/seed", json!("7")),
            ("/summary/targets", json!(-1)),
            ("/results", json!({})),
            ("/results/0/verdict", json!("open")),
            ("/results/1/reason", json!("because")),
            ("/results/0/evidence", json!("sent")),
            ("/results/0/confidence", json!(null)),
            ("/results/0/caveats/0", json!("none")),
            ("/results/0/port", json!(65_536)),
            ("/results/0/index", json!([1])),
            ("/results/0/baseline", json!("old")),
            ("/results/0/tls", json!("ssl")),
            ("/results/0/forms/0/role", json!("decoy")),
            ("/results/0/forms/0/outcome", json!("relayed")),
            ("/results/0/forms/0/dialogue/0/dir", json!("C")),
            ("/results/0/forms/0/reply/code", json!("250")),
            ("/results/0/server/tls/stack", json!("boring")),
            ("/results/0/findings/0/severity", json!("catastrophic")),
            ("/results/0/findings/0/evidence", json!([])),
            ("/results/0/findings/0/evidence/0/kind", json!("hearsay")),
        ] {
            let mut document = document();
            *document.pointer_mut(pointer).expect("a value") = wrong;
            assert!(!validator.is_valid(&document), "{pointer}");
        }
        for (pointer, field) in [
            ("", "findings"),
            ("/results/0", "reason"),
            ("/results/0/forms/4", "reply"),
            ("/results/0/findings/0", "line"),
        ] {
            let mut document = document();
            let object = document
                .pointer_mut(pointer)
                .expect("a value")
                .as_object_mut();
            assert!(object.expect("an object").remove(field).is_some());
            assert!(!validator.is_valid(&document), "{pointer} without {field}");
        }
        let mut document = document();
        document["results"][0]["later"] = json!("a field of a later version");
        assert!(validator.is_valid(&document));
    }

    #[test]
    fn the_schema_lists_the_words_of_the_model() {
        let schema = result_schema();
        let reasons = schema["properties"]["reason"]["enum"]
            .as_array()
            .expect("a list");
        assert_eq!(reasons.len(), crate::model::Reason::ALL.len() + 1);
        assert!(reasons.contains(&json!("client-blocked")));
        assert!(reasons.contains(&json!(null)));
        assert!(!schema.to_string().contains("uint"));
        sample::snapshot(
            "schema",
            &serde_json::to_string_pretty(&super::schema()).expect("JSON"),
        );
    }
}
