//! `relaycheck classify`: judges replies that other tools gathered.
//!
//! In: JSON lines with at least `stage` and `reply`. Out: the same objects with `label`, `verdict`,
//! `confidence` and `signature` added. A bad line is told on standard error with its number; the other
//! lines are answered all the same.
//!
//! Limits: a line of more than a MiB is a bad line; memory stays below it.

use super::error::CliError;
use super::exit::Exit;
use crate::model::bytes::escape;
use crate::probe::judge::{Stage, judge_recorded};
use serde_json::{Map, Value};
use std::io::{BufRead, Write};

/// Bytes of one line that are read.
const MOST_LINE: usize = 1024 * 1024;

/// Answers every line of `input` on `out`; troubles go to `complain`.
pub fn run(
    input: &mut dyn BufRead,
    out: &mut dyn Write,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    let mut bad = 0;
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = read_line(input, &mut line).map_err(|source| CliError::Input {
            path: "standard input".into(),
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
            Ok(object) => {
                let written = serde_json::to_writer(&mut *out, &object)
                    .map_err(std::io::Error::from)
                    .and_then(|()| out.write_all(b"\n"));
                match written {
                    Ok(()) => {}
                    Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Exit::Clean),
                    Err(source) => {
                        return Err(CliError::Output {
                            path: "standard output".into(),
                            source,
                        });
                    }
                }
            }
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

/// Answers one line.
fn answer(line: &[u8]) -> Result<Map<String, Value>, String> {
    let value: Value = serde_json::from_slice(line).map_err(|e| format!("no JSON: {e}"))?;
    let Value::Object(mut object) = value else {
        return Err("no JSON object".to_owned());
    };
    let text = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(format!("'{key}' is no text")),
        None => Err(format!("'{key}' is missing")),
    };
    let stage = text("stage")?;
    let stage = Stage::ALL
        .iter()
        .find(|known| known.as_str() == stage)
        .ok_or_else(|| {
            let all: Vec<&str> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
            let known = all.join(", ");
            format!("'stage' is '{}', known are {known}", escape(stage))
        })?;
    let auth_offered = match object.get("auth_offered") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(offered)) => Some(*offered),
        Some(_) => return Err("'auth_offered' is neither true, false nor null".to_owned()),
    };
    let judgement = judge_recorded(*stage, text("reply")?.as_bytes(), auth_offered);
    let mut add = |key: &str, value: Value| object.insert(key.to_owned(), value);
    add("label", judgement.label.as_str().into());
    add("verdict", judgement.verdict.as_str().into());
    add("confidence", judgement.confidence.as_str().into());
    add("signature", judgement.signature.into());
    Ok(object)
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

    fn classify(input: &[u8]) -> (Vec<Value>, Vec<String>, Result<Exit, String>) {
        let mut out = Vec::new();
        let mut complaints = Vec::new();
        let mut input = std::io::BufReader::with_capacity(64, input);
        let result = run(&mut input, &mut out, &mut |why| complaints.push(why));
        let lines = String::from_utf8(out).expect("text");
        let objects = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        (objects, complaints, result.map_err(|e| e.to_string()))
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
