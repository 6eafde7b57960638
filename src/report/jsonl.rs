//! One result per line, as they are reached: `--format jsonl`.
//!
//! Each line is one entry of `results` of the document ([`super::json`] describes it), or one of `audits` or `logs`
//! together with its findings; whole and
//! handed on as soon as the caller flushes, so that a reader may follow a running scan and a killed run
//! leaves only whole lines, the last one excepted. There is no wrapper and no summary: an empty scan is
//! an empty file.
//!
//! Where a scan is divided over several machines, each line also says in `run` which part of which scan
//! it belongs to, so that `relaycheck merge` knows the parts of one scan from others.

use super::Reporter;
use super::json::v1;
use crate::model::{ConfAudit, LogAudit, Outcome, Report, RunInfo};
use serde::Serialize;
use std::io::{self, Write};

/// The reporter. Keeps nothing of an outcome, only what each line of a part says.
#[derive(Debug, Clone, Default)]
pub struct JsonLines {
    part_of: Option<RunInfo>,
    /// Room for a line, used again for the next.
    line: Vec<u8>,
}

/// Writes a line, whole or not at all as far as that is in our hands.
fn write(room: &mut Vec<u8>, line: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    room.clear();
    serde_json::to_writer(&mut *room, line)?;
    room.push(b'\n');
    out.write_all(room)
}

impl Reporter for JsonLines {
    fn begin(&mut self, run: &RunInfo) {
        self.part_of = (run.shard != RunInfo::WHOLE).then(|| run.clone());
    }

    fn outcome(&mut self, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
        let result = match &self.part_of {
            Some(run) => v1::TargetResult::of_part(outcome, run),
            None => v1::TargetResult::from(outcome),
        };
        write(&mut self.line, &result, out)
    }

    fn audit(&mut self, audit: &ConfAudit, out: &mut dyn Write) -> io::Result<()> {
        write(&mut self.line, &v1::Audit::with_findings(audit), out)
    }

    fn log(&mut self, audit: &LogAudit, out: &mut dyn Write) -> io::Result<()> {
        write(&mut self.line, &v1::Log::with_findings(audit), out)
    }

    fn finish(
        &mut self,
        _report: &Report,
        _outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
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
        let mut reporter = JsonLines::default();
        reporter.begin(&report.run);
        for (count, outcome) in report.outcomes.iter().enumerate() {
            reporter.outcome(outcome, &mut out).expect("room");
            assert!(out.ends_with(b"}\n"));
            let lines = out.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(lines, count + 1);
        }
        let before = out.len();
        reporter
            .finish(&report.report(), &mut std::iter::empty(), &mut out)
            .expect("room");
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

    #[test]
    fn lines_of_a_part_say_which() {
        let mut report = sample::report();
        report.run.shard = "2/3".to_owned();
        let text = sample::write("jsonl", &report);
        let validator = jsonschema::validator_for(&crate::report::json::result_schema());
        let validator = validator.expect("a schema");
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(
                line["run"],
                serde_json::json!({
                    "id": report.run.id, "seed": 7, "shard": "2/3", "targets": report.run.targets,
                    "version": "0.1.0", "started": "2026-11-24T08:00:00Z",
                })
            );
            assert!(validator.is_valid(&line));
        }
    }
}
