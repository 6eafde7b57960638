//! One result per line, as they are reached: `--format jsonl`.
//!
//! Each line is one entry of `results` of the document ([`super::json`] describes it), whole and
//! handed on as soon as the caller flushes, so that a reader may follow a running scan and a killed run
//! leaves only whole lines, the last one excepted. There is no wrapper and no summary: an empty scan is an empty file.

use super::Reporter;
use super::json::v1;
use crate::model::{Outcome, Report};
use std::io::{self, Write};

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonLines;

impl Reporter for JsonLines {
    fn outcome(&mut self, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
        let mut line = serde_json::to_vec(&v1::TargetResult::from(outcome))?;
        line.push(b'\n');
        out.write_all(&line)
    }

    fn finish(&mut self, _report: &Report, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use serde_json::Value;

    #[test]
    fn writes_one_line_for_each_outcome_and_nothing_else() {
        let report = sample::report();
        let mut out = Vec::new();
        for (count, outcome) in report.outcomes.iter().enumerate() {
            JsonLines.outcome(outcome, &mut out).expect("room");
            assert!(out.ends_with(b"}\n"));
            let lines = out.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(lines, count + 1);
        }
        let before = out.len();
        JsonLines.finish(&report, &mut out).expect("room");
        assert_eq!(out.len(), before);

        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text.lines().count(), report.outcomes.len());
        let document = sample::write("json", &report);
        let document: Value = serde_json::from_str(&document).expect("JSON");
        for (line, result) in text
            .lines()
            .zip(document["results"].as_array().expect("a list"))
        {
            assert_eq!(&serde_json::from_str::<Value>(line).expect("JSON"), result);
        }
    }
}
