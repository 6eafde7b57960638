//! One result per line, as they are reached: `--format jsonl`.
//!
//! Each line is one entry of `results` of the document ([`super::json`] describes it), whole and
//! flushed, so that a reader may follow a running scan and a killed run leaves only whole lines, the
//! last one excepted. There is no wrapper and no summary: an empty scan is an empty file.

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
        out.write_all(&line)?;
        out.flush()
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

    /// Counts flushes.
    #[derive(Default)]
    struct Counted(Vec<u8>, usize);

    impl Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.1 += 1;
            Ok(())
        }
    }

    #[test]
    fn writes_one_flushed_line_for_each_outcome_and_nothing_else() {
        let report = sample::report();
        let mut out = Counted::default();
        for (count, outcome) in report.outcomes.iter().enumerate() {
            JsonLines.outcome(outcome, &mut out).expect("room");
            assert_eq!(out.1, count + 1);
            assert!(out.0.ends_with(b"}\n"));
        }
        let before = out.0.len();
        JsonLines.finish(&report, &mut out).expect("room");
        assert_eq!(out.0.len(), before);

        let text = String::from_utf8(out.0).expect("UTF-8");
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
