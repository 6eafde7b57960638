//! Reads reports: a json document or jsonl lines, result by result.
//!
//! In: the bytes of a report. Out: each result as its own JSON text, handed on as it comes, and at the end
//! what the report says about its run. Which of the two formats it is shows in the first line.
//!
//! A jsonl file whose last line is cut off, as a killed run leaves it, is read without that line, and
//! [`Head::torn`] says so. Everything else that is not as it should be is an error that names the line
//! or the result.
//!
//! Deliberately knows nothing of what is in a result. Holds one result at a time.
//!
//! Limits: a line of more than [`MOST_LINE`] bytes is an error.

use crate::model::bytes::escape;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes of one line that are read. A result with its whole dialogue stays far below.
pub const MOST_LINE: u64 = 64 * 1024 * 1024;

/// The format that is read.
pub(super) const SCHEMA: &str = "relaycheck.report/1";

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The input failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The input is no report, or not a whole one.
    #[error("{place}: {why}")]
    Wrong {
        /// Where: `line 7`, `result 3`, `the document`.
        place: String,
        /// What is wrong.
        why: String,
    },
}

/// What a report says besides its results.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The run; absent in jsonl.
    pub run: Option<Run>,
    /// The version that wrote it, if the report says.
    pub version: Option<String>,
    /// How many results came.
    pub results: u64,
    /// Whether the last line was cut off and left out.
    pub torn: bool,
    /// Findings that belong to no result.
    pub other_findings: u64,
}

/// The run of a document. What reports of the first version do not have may be absent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// Names the scan.
    pub id: Option<String>,
    /// Digest of the list of targets.
    pub targets: Option<String>,
    /// Seed.
    pub seed: u64,
    /// Part of the whole.
    pub shard: String,
    /// When it began.
    pub started: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// Whether it went through everything.
    pub complete: bool,
}

/// Takes one result as JSON text; an error ends the reading.
pub type Each<'a> = dyn FnMut(&str) -> Result<(), String> + 'a;

/// Reads a report and hands its results on.
pub fn read(input: &mut dyn BufRead, each: &mut Each<'_>) -> Result<Head, Unreadable> {
    let mut lines = Lines {
        input,
        number: 0,
        line: Vec::new(),
    };
    while lines.next()? {
        if lines.line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if !begins_document(&lines.line) {
            return of_lines(lines, each);
        }
        let before = lines.number - 1;
        let Lines { input, line, .. } = lines;
        return document(io::Cursor::new(line).chain(input), before, each);
    }
    Ok(Head::default())
}

/// Says what is wrong with JSON, without the place in the text that was read, which is not one in the
/// file.
pub(super) fn trouble(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => escape(what),
        None => escape(&text),
    }
}

/// Tells whether the first line begins a document; if not, it is a result.
pub(super) fn begins_document(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Shape {
        schema: Option<IgnoredAny>,
        results: Option<IgnoredAny>,
    }
    match serde_json::from_slice::<Shape>(line) {
        Ok(shape) => shape.schema.is_some() || shape.results.is_some(),
        // It goes on in the next line; or the file ends in it, which is a result cut off unless it
        // begins as a document does.
        Err(error) if error.is_eof() => {
            let compact: Vec<u8> = line
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .take(9)
                .collect();
            line.ends_with(b"\n") || compact == b"{\"schema\"" || compact == b"{"
        }
        Err(_) => false,
    }
}

struct Lines<'a> {
    input: &'a mut dyn BufRead,
    number: u64,
    line: Vec<u8>,
}

impl Lines<'_> {
    /// Reads a line with its end; tells whether there was one.
    fn next(&mut self) -> Result<bool, Unreadable> {
        self.line.clear();
        let mut limited = Read::take(&mut *self.input, MOST_LINE + 1);
        if limited.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.len() as u64 > MOST_LINE {
            return Err(self.wrong(format!("longer than {MOST_LINE} bytes")));
        }
        Ok(true)
    }

    fn wrong(&self, why: String) -> Unreadable {
        Unreadable::Wrong {
            place: format!("line {}", self.number),
            why,
        }
    }
}

fn of_lines(mut lines: Lines<'_>, each: &mut Each<'_>) -> Result<Head, Unreadable> {
    let mut head = Head::default();
    loop {
        let whole = lines.line.ends_with(b"\n");
        if !whole && serde_json::from_slice::<IgnoredAny>(&lines.line).is_err() {
            head.torn = true;
            return Ok(head);
        }
        if !lines.line.iter().all(u8::is_ascii_whitespace) {
            let text = std::str::from_utf8(&lines.line);
            text.map_err(|_| "no UTF-8".to_owned())
                .and_then(|text| each(text.trim()))
                .map_err(|why| lines.wrong(why))?;
            head.results += 1;
        }
        if !lines.next()? {
            return Ok(head);
        }
    }
}

fn document(input: impl Read, lines_before: u64, each: &mut Each<'_>) -> Result<Head, Unreadable> {
    let wrong = |place: String, why: String| Unreadable::Wrong { place, why };
    let mut reading = Reading {
        head: Head::default(),
        schema: None,
        trouble: None,
        each,
    };
    let mut source = serde_json::Deserializer::from_reader(BufReader::new(input));
    let read = (&mut reading)
        .deserialize(&mut source)
        .and_then(|()| source.end());
    if let Err(error) = read {
        if let Some(why) = reading.trouble {
            let place = format!("result {}", reading.head.results + 1);
            return Err(wrong(place, why));
        }
        if error.is_io() {
            return Err(Unreadable::Io(error.into()));
        }
        let line = lines_before + error.line() as u64;
        return Err(wrong(format!("line {line}"), trouble(&error)));
    }
    match reading.schema.as_deref() {
        Some(SCHEMA) => Ok(reading.head),
        Some(other) => Err(wrong(
            "the document".to_owned(),
            format!("it is a '{}', not a {SCHEMA}", escape(other)),
        )),
        None => Err(wrong(
            "the document".to_owned(),
            format!("it does not say that it is a {SCHEMA}"),
        )),
    }
}

/// A document on its way through the deserialiser.
struct Reading<'a, 'e> {
    head: Head,
    schema: Option<String>,
    trouble: Option<String>,
    each: &'a mut Each<'e>,
}

impl<'de> DeserializeSeed<'de> for &mut Reading<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Reading<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        #[derive(Deserialize)]
        struct Tool {
            version: Option<String>,
        }
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "schema" => self.schema = Some(map.next_value()?),
                "tool" => self.head.version = map.next_value::<Tool>()?.version,
                "run" => self.head.run = Some(map.next_value()?),
                "results" => map.next_value_seed(Results(&mut *self))?,
                "findings" => {
                    let findings: Vec<IgnoredAny> = map.next_value()?;
                    self.head.other_findings = findings.len() as u64;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The results of a document, handed on one by one.
struct Results<'r, 'a, 'e>(&'r mut Reading<'a, 'e>);

impl<'de> DeserializeSeed<'de> for Results<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Results<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the results of a report")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let reading = self.0;
        while let Some(result) = seq.next_element::<Box<RawValue>>()? {
            if let Err(why) = (reading.each)(result.get()) {
                let error = S::Error::custom(&why);
                reading.trouble = Some(why);
                return Err(error);
            }
            reading.head.results += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn all(text: &[u8]) -> (Vec<String>, Result<Head, String>) {
        let mut results = Vec::new();
        let mut each = |text: &str| {
            if text.contains("bad") {
                return Err("bad result".to_owned());
            }
            results.push(text.to_owned());
            match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => Ok(()),
                Err(error) => Err(trouble(&error)),
            }
        };
        let mut input = BufReader::with_capacity(16, text);
        let head = read(&mut input, &mut each).map_err(|e| e.to_string());
        (results, head)
    }

    fn values(texts: &[String]) -> Vec<serde_json::Value> {
        let value = |text: &String| serde_json::from_str(text).expect("JSON");
        texts.iter().map(value).collect()
    }

    #[test]
    fn both_formats_give_the_same_results() {
        let report = sample::report();
        let pretty = sample::write("json", &report);
        let value: serde_json::Value = serde_json::from_str(&pretty).expect("JSON");
        let lines = sample::write("jsonl", &report);
        // Sorted keys and one line, as other programs write it.
        let compact = value.to_string();
        let expected = value["results"].as_array().expect("results");
        for text in [&pretty, &compact, &format!("\n \n{pretty}\n"), &lines] {
            let (results, head) = all(text.as_bytes());
            let head = head.expect("a report");
            assert_eq!(&values(&results), expected);
            assert_eq!(
                (head.results, head.torn, head.other_findings),
                (7, false, 0)
            );
            if text != &lines {
                let run = head.run.expect("a run");
                assert_eq!(run.id.as_deref(), Some(report.run.id.as_str()));
                assert_eq!(
                    (run.seed, run.shard.as_str(), run.complete),
                    (7, "1/1", true)
                );
                assert_eq!(head.version.as_deref(), Some("0.1.0"));
            } else {
                assert_eq!(head.run, None);
            }
        }
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_said() {
        for (text, results, torn) in [
            ("", 0, false),
            ("\n\n", 0, false),
            ("{\"a\":1}\n{\"a\":2}\n", 2, false),
            ("{\"a\":1}\n{\"a\":2}", 2, false),
            ("{\"a\":1}\n\n{\"a\":", 1, true),
            ("{\"a\":1}\n{", 1, true),
            ("{\"target\":\"x", 0, true),
        ] {
            let (read, head) = all(text.as_bytes());
            let head = head.expect(text);
            assert_eq!((read.len(), head.torn), (results, torn), "{text:?}");
        }
        let (read, head) = all(b"{\"a\":1}\n{\"a\":\"\xe4");
        assert!(read.len() == 1 && head.expect("a report").torn);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let pretty = sample::write("json", &sample::report());
        let half = &pretty[..pretty.len() / 2];
        let other = pretty.replace("relaycheck.report/1", "other\\u001b/2");
        let no_schema = "{\"results\": []}";
        let bad = "{\"schema\": \"relaycheck.report/1\", \"results\": [{}, {\"bad\": 1}]}";
        for (text, told) in [
            ("{\"a\":1}\nnonsense\n{}\n", "line 2: "),
            ("{\"a\":1}\n{\"a\"\n{}\n", "line 2: "),
            ("{\"a\":1}\n\n{\"bad\":1}", "line 3: bad result"),
            ("nonsense\n", "line 1: "),
            (half, "EOF"),
            ("{\"schema\": \"relaycheck.rep", "EOF"),
            (&other, "other\\x1b/2"),
            (no_schema, "does not say"),
            (bad, "result 2: bad result"),
        ] {
            let told_by = match all(text.as_bytes()) {
                (_, Err(error)) => error,
                (read, head) => panic!("{text}: {read:?} {head:?}"),
            };
            assert!(told_by.contains(told), "{text}: {told_by}");
        }
        let (_, head) = all(b"{\"a\":\"\xe4\xff\"}\n{}\n");
        assert!(head.expect_err("no UTF-8").contains("line 1"));
    }
}
