//! What an older report says of logs, and which findings of this run it has.
//!
//! In: a report in json or jsonl, then the audit of this run. Out: each finding marked as new or the same.
//!
//! A finding is the same if its fingerprint is: the same rule about the same client, account or address. How often it
//! was seen, when, and in which file does not matter: logs go on.

use super::super::read::Unreadable;
use super::parts::{self, Part, each};
use crate::model::{Change, LogAudit};
use serde::Deserialize;
use std::collections::HashSet;
use std::io::BufRead;

/// What an older report says of logs.
#[derive(Debug, Default)]
pub struct OldLogs {
    findings: HashSet<String>,
}

/// The document, or a line: both have their findings in a list of that name.
#[derive(Deserialize)]
struct Seen {
    /// A line has none.
    #[serde(default)]
    schema: String,
    #[serde(default)]
    findings: Vec<FindingSeen>,
}

#[derive(Deserialize)]
struct FindingSeen {
    fingerprint: String,
}

impl parts::Document for Seen {
    fn schema(&self) -> &str {
        &self.schema
    }
}

impl OldLogs {
    /// Reads a report.
    pub fn read(input: &mut dyn BufRead) -> Result<Self, Unreadable> {
        let mut old = Self::default();
        each(input, |part| {
            let (Part::Document(seen) | Part::Line(seen)) = part;
            let seen: Seen = seen;
            let findings = seen.findings.into_iter();
            old.findings.extend(findings.map(|f| f.fingerprint));
        })?;
        Ok(old)
    }

    /// Marks the findings of this run.
    pub fn mark(&self, audit: &mut LogAudit) {
        let put_aside = audit.suppressed.iter_mut().map(|(finding, _)| finding);
        for finding in audit.findings.iter_mut().chain(put_aside) {
            finding.baseline = Some(match self.findings.contains(&finding.fingerprint) {
                true => Change::Same,
                false => Change::New,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::sample_logs::{of_logs, relayed};

    #[test]
    fn findings_are_known_by_rule_and_subject() {
        for format in ["json", "jsonl"] {
            let text = sample::write(format, &of_logs(vec![relayed()]));
            let old = OldLogs::read(&mut text.as_bytes()).expect("a report");
            let mut now = relayed();
            now.findings.truncate(2);
            now.findings[0].count = Some(99);
            now.findings[1].fingerprint = "another".to_owned();
            old.mark(&mut now);
            assert_eq!(now.findings[0].baseline, Some(Change::Same), "{format}");
            assert_eq!(now.findings[1].baseline, Some(Change::New), "{format}");
        }
        assert!(OldLogs::read(&mut &b"{\"findings\": 1}\n{}\n"[..]).is_err());
        let other = b"{\"schema\": \"other/1\", \"findings\": []}";
        assert!(OldLogs::read(&mut &other[..]).is_err());
    }
}
