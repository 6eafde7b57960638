//! `relaycheck classify`: judges replies that other tools gathered.
//!
//! In: JSON lines with at least `stage` and `reply`. Out: the same objects with `label`, `verdict`,
//! `confidence` and `signature` added: every other field stays where and as it was written, numbers of any
//! size and order included; fields of these names are replaced. A bad line is told on standard error with its number; the other
//! lines are answered all the same.
//!
//! Limits: a line of more than a MiB is a bad line; memory stays below it.

use super::error::CliError;
use super::exit::Exit;
use crate::model::bytes::escape;
use crate::probe::judge::{Stage, judge_recorded};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::io::{BufRead, Write};
use std::path::Path;

/// Bytes of one line that are read.
const MOST_LINE: usize = 1024 * 1024;

/// Answers every line of `input`, which is called `name`, on `out`; troubles go to `complain`.
pub fn run(
    input: &mut dyn BufRead,
    name: &Path,
    out: &mut dyn Write,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    let mut bad = 0;
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = read_line(input, &mut line).map_err(|source| CliError::Input {
            path: name.to_owned(),
            source,
        })?;
        let whole = match read {
            Line::End => break,
            Line::Whole => true,
            Line::TooLong => false,
        };
        number += 1;
        if whole && line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answered = if whole {
            answer(&line)
        } else {
            Err(format!("longer than {MOST_LINE} bytes"))
        };
        match answered {
            Ok(object) => match out.write_all(object.as_bytes()) {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Exit::Clean),
                Err(source) => {
                    return Err(CliError::Output {
                        path: "standard output".into(),
                        source,
                    });
                }
            },
            Err(why) => {
                bad += 1;
                complain(format!("line {number}: {why}"));
            }
        }
    }
    if bad > 0 {
        return Err(CliError::BadLines(bad));
    }
    Ok(Exit::Clean)
}

/// Answers one line, its end included.
fn answer(line: &[u8]) -> Result<String, String> {
    let object: Object<'_> = serde_json::from_slice(line).map_err(|e| match e.classify() {
        serde_json::error::Category::Data => "no JSON object".to_owned(),
        _ => format!("no JSON: {e}"),
    })?;
    let text = |key: &str| match object.get(key) {
        Some(value) => {
            serde_json::from_str::<String>(value).map_err(|_| format!("'{key}' is no text"))
        }
        None => Err(format!("'{key}' is missing")),
    };
    let stage = text("stage")?;
    let stage = Stage::ALL
        .iter()
        .find(|known| known.as_str() == stage)
        .ok_or_else(|| {
            let all: Vec<&str> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
            let known = all.join(", ");
            format!("'stage' is '{}', known are {known}", escape(&stage))
        })?;
    let auth_offered = match object.get("auth_offered") {
        None => None,
        Some(value) => serde_json::from_str(value)
            .map_err(|_| "'auth_offered' is neither true, false nor null".to_owned())?,
    };
    let judgement = judge_recorded(*stage, text("reply")?.as_bytes(), auth_offered);
    let mut out = String::with_capacity(line.len() + 128);
    for (key, value) in &object.0 {
        if !ADDED.contains(&key.as_str()) {
            add(&mut out, key, value.get());
        }
    }
    let [label, verdict, confidence, signature] = ADDED;
    add(&mut out, label, &quote(judgement.label.as_str()));
    add(&mut out, verdict, &quote(judgement.verdict.as_str()));
    add(&mut out, confidence, &quote(judgement.confidence.as_str()));
    let matched = judgement.signature.map(quote);
    add(&mut out, signature, matched.as_deref().unwrap_or("null"));
    out.push_str("}\n");
    Ok(out)
}

/// The fields that are added.
const ADDED: [&str; 4] = ["label", "verdict", "confidence", "signature"];

/// Writes a field behind those before it.
fn add(out: &mut String, key: &str, value: &str) {
    out.push(if out.is_empty() { '{' } else { ',' });
    out.push_str(&quote(key));
    out.push(':');
    out.push_str(value);
}

/// Writes a text as JSON does.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An object as it was written: its fields in their order, their values untouched.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl Object<'_> {
    /// Gives a value as it was written; the last of several.
    fn get(&self, key: &str) -> Option<&str> {
        let mut found = self.0.iter().rev().filter(|(known, _)| known == key);
        found.next().map(|(_, value)| value.get())
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        from.deserialize_map(Fields)
    }
}

enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads one line without its end; what is beyond the limit is read and dropped.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<Line> {
    let mut any = false;
    let mut dropped = false;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        any = true;
        let end = buffer.iter().position(|b| *b == b'\n');
        let taken = end.map_or(buffer.len(), |at| at + 1);
        let text = &buffer[..end.unwrap_or(buffer.len())];
        let room = MOST_LINE.saturating_sub(line.len());
        dropped |= text.len() > room;
        line.extend_from_slice(&text[..text.len().min(room)]);
        input.consume(taken);
        if end.is_some() {
            break;
        }
    }
    Ok(match (any, dropped) {
        (false, _) => Line::End,
        (true, true) => Line::TooLong,
        (true, false) => Line::Whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn answers(input: &[u8]) -> (String, Vec<String>, Result<Exit, String>) {
        let mut out = Vec::new();
        let mut complaints = Vec::new();
        let mut input = std::io::BufReader::with_capacity(64, input);
        let name = Path::new("standard input");
        let result = run(&mut input, name, &mut out, &mut |why| complaints.push(why));
        let lines = String::from_utf8(out).expect("text");
        (lines, complaints, result.map_err(|e| e.to_string()))
    }

    fn classify(input: &[u8]) -> (Vec<Value>, Vec<String>, Result<Exit, String>) {
        let (lines, complaints, result) = answers(input);
        let objects = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        (objects, complaints, result)
    }

    #[test]
    fn carries_fields_over_and_adds_its_own() {
        let (objects, complaints, result) = classify(
            br#"{"stage": "rcpt", "reply": "554 5.7.1 <a@b>: Relay access denied", "auth_offered": null, "id": 7}"#,
        );
        assert!(complaints.is_empty());
        assert_eq!(result, Ok(Exit::Clean));
        assert_eq!(objects[0]["id"], 7);
        assert_eq!(objects[0]["label"], "relay-denied");
        assert_eq!(objects[0]["verdict"], "rejecting");
        assert_eq!(objects[0]["confidence"], "firm");
        assert!(objects[0]["signature"].is_string());
    }

    #[test]
    fn leaves_what_was_written_as_it_was_written() {
        let (lines, complaints, _) = answers(
            br#" { "z": 1, "reply": "250 ok", "n": 12345678901234567890123, "e": 1.50e-400, "a": {"b":2, "a":[1 ]},
 "label": 3, "stage":"rcpt", "\u00e9\"": "\u00e9", "z": 2 } "#
                .map(|b| if b == b'\n' { b' ' } else { b })
                .as_slice(),
        );
        assert_eq!(complaints, [""; 0]);
        assert_eq!(
            lines,
            "{\"z\":1,\"reply\":\"250 ok\",\"n\":12345678901234567890123,\"e\":1.50e-400,\
             \"a\":{\"b\":2, \"a\":[1 ]},\"stage\":\"rcpt\",\"\u{e9}\\\"\":\"\\u00e9\",\"z\":2,\
             \"label\":\"accepted\",\"verdict\":\"relay-accepting\",\"confidence\":\"weak\",\"signature\":null}\n"
        );
        // Answered again, it stays the same.
        assert_eq!(answers(lines.as_bytes()).0, lines);
    }

    #[test]
    fn what_cannot_be_read_is_called_by_its_name() {
        struct Broken;
        impl std::io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::from(std::io::ErrorKind::IsADirectory))
            }
        }
        let mut input = std::io::BufReader::new(Broken);
        let error = run(
            &mut input,
            Path::new("/some/dir"),
            &mut Vec::new(),
            &mut |_| {},
        );
        let said = error.expect_err("a directory holds no lines").to_string();
        assert_eq!(said, "cannot read /some/dir");
    }

    #[test]
    fn blank_lines_within_a_reply_do_not_end_it() {
        let (objects, complaints, _) = classify(
            br#"{"stage": "rcpt", "reply": "550-5.7.1 Sorry\r\n\r\n \n550 5.7.1 Relay access denied\n\n"}
{"stage": "rcpt", "reply": "\n550 5.1.1 first\n\n550 5.7.1 Relay access denied"}"#,
        );
        assert_eq!(complaints, [""; 0]);
        for object in objects {
            assert_eq!(object["label"], "relay-denied", "{object}");
        }
    }

    #[test]
    fn names_bad_lines_and_answers_the_others() {
        let mut input = b"{\"stage\": \"rcpt\", \"reply\": \"250 ok\"}\n\nnonsense\n[1]\n{}\n\
            {\"stage\": \"dinner\", \"reply\": \"250 ok\"}\n"
            .to_vec();
        input.extend(vec![b'x'; MOST_LINE + 1]);
        input.extend(b"\n\xff\xfe\n{\"stage\": \"mail\", \"reply\": \"\"}");
        let (objects, complaints, result) = classify(&input);
        assert_eq!(objects.len(), 2);
        assert_eq!(objects[1]["label"], "not-smtp");
        let at: Vec<&str> = complaints
            .iter()
            .map(|c| c.split(':').next().expect("a place"))
            .collect();
        assert_eq!(
            at,
            ["line 3", "line 4", "line 5", "line 6", "line 7", "line 8"]
        );
        assert_eq!(
            result,
            Err("6 of the input lines could not be answered".to_owned())
        );
    }
}
