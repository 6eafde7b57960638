//! What an older report says of configurations, and which findings of this run it has.
//!
//! In: a report in json or jsonl, then the audits of this run. Out: each audit and finding marked with what
//! became of it.
//!
//! A finding is the same if its fingerprint is; an audit is the same input if the kind of server is. Where the
//! older report has one fingerprint for several paths, those of the same path belong together first; what is
//! left of it goes to paths that were moved. Each of the older report counts once, so that a fault that comes up
//! on a second host is new there.
//!
//! Limits: those of `parts`.

use super::super::read::Unreadable;
use super::parts::{self, Part, each};
use crate::model::conf::UNREAD_RULE;
use crate::model::{Change, ConfAudit, ConfBefore, Relay};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::io::BufRead;

/// What an older report says of configurations.
#[derive(Debug, Default)]
pub struct OldAudits {
    /// The paths with a finding, by its fingerprint.
    findings: HashMap<String, Vec<String>>,
    /// Paths and what was said of them, by the kind of server.
    audits: HashMap<String, Vec<(String, ConfBefore)>>,
}

#[derive(Deserialize)]
struct Document {
    schema: String,
    #[serde(default)]
    findings: Vec<FindingSeen>,
    #[serde(default)]
    audits: Vec<AuditSeen>,
}

#[derive(Deserialize)]
struct FindingSeen {
    fingerprint: String,
    rule: String,
    #[serde(default)]
    path: Option<String>,
}

#[derive(Deserialize)]
struct AuditSeen {
    path: String,
    dialect: String,
    relay: String,
    #[serde(default)]
    findings: Vec<FindingSeen>,
}

impl parts::Document for Document {
    fn schema(&self) -> &str {
        &self.schema
    }
}

impl OldAudits {
    /// Reads a report.
    pub fn read(input: &mut dyn BufRead) -> Result<Self, Unreadable> {
        let mut old = Self::default();
        each(input, |part| match part {
            Part::Document(document @ Document { .. }) => {
                old.take(document.audits, document.findings);
            }
            Part::Line(audit @ AuditSeen { .. }) => old.take(vec![audit], Vec::new()),
        })?;
        Ok(old)
    }

    fn take(&mut self, audits: Vec<AuditSeen>, findings: Vec<FindingSeen>) {
        let is_unread = |finding: &&FindingSeen| finding.rule == UNREAD_RULE;
        let paths: HashSet<String> = findings
            .iter()
            .filter(is_unread)
            .filter_map(|finding| finding.path.clone())
            .collect();
        for audit in audits {
            let relay = Relay::ALL.iter().find(|r| r.as_str() == audit.relay);
            let relay = relay.copied();
            let unread =
                paths.contains(&audit.path) || audit.findings.iter().any(|f| is_unread(&f));
            let undecided = match relay {
                Some(relay) => relay == Relay::Conditional || (!relay.accepts() && unread),
                None => true,
            };
            let before = ConfBefore { relay, undecided };
            let of_dialect = self.audits.entry(audit.dialect).or_default();
            of_dialect.push((audit.path.clone(), before));
            self.take_findings(audit.findings, &audit.path);
        }
        self.take_findings(findings, "");
    }

    fn take_findings(&mut self, findings: Vec<FindingSeen>, path: &str) {
        for finding in findings {
            let path = finding.path.unwrap_or_else(|| path.to_owned());
            let paths = self.findings.entry(finding.fingerprint).or_default();
            paths.push(path);
        }
    }

    /// Marks all audits of this run.
    pub fn mark(mut self, audits: &mut [ConfAudit]) {
        // First what stands at the same path, then what may have been moved.
        for same_path in [true, false] {
            let fits = |path: &str, old: &str| !same_path || path == old;
            for audit in audits.iter_mut() {
                if audit.baseline.is_none_or(|before| before.relay.is_none()) {
                    let old = self.audits.get_mut(audit.dialect);
                    let found = old.and_then(|old| {
                        let at = old.iter().position(|(path, _)| fits(&audit.path, path))?;
                        Some(old.swap_remove(at).1)
                    });
                    audit.baseline = Some(found.unwrap_or_default());
                }
                let path = &audit.path;
                let put_aside = audit.suppressed.iter_mut().map(|(finding, _)| finding);
                for finding in audit.findings.iter_mut().chain(put_aside) {
                    if finding.baseline == Some(Change::Same) {
                        continue;
                    }
                    let old = self.findings.get_mut(&finding.fingerprint);
                    let found = old.and_then(|old| {
                        let at = old.iter().position(|old| fits(path, old))?;
                        Some(old.swap_remove(at))
                    });
                    finding.baseline = Some(match found {
                        Some(_) => Change::Same,
                        None => Change::New,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn old(format: &str, audits: Vec<ConfAudit>) -> OldAudits {
        let text = sample::write(format, &sample::of_audits(audits));
        OldAudits::read(&mut text.as_bytes()).expect("a report")
    }

    fn at(path: &str, mut audit: ConfAudit) -> ConfAudit {
        audit.path = path.to_owned();
        audit
    }

    #[test]
    fn what_was_there_is_the_same_and_what_was_not_is_new() {
        for format in ["json", "jsonl"] {
            let mut now = vec![sample::open_configuration(), sample::closed_configuration()];
            old(format, vec![sample::open_configuration()]).mark(&mut now);
            assert_eq!(now[0].findings[0].baseline, Some(Change::Same));
            let before = now[0].baseline.expect("a mark");
            assert_eq!(before.relay, Some(Relay::Open));
            assert!(!before.undecided);
            assert_eq!(now[1].baseline, Some(ConfBefore::default()));
        }
    }

    #[test]
    fn a_fault_that_comes_up_on_a_second_host_is_new_there() {
        for format in ["json", "jsonl"] {
            let open = sample::open_configuration;
            let mut now = vec![at("b", open()), at("a", open())];
            old(format, vec![at("a", open())]).mark(&mut now);
            assert_eq!(now[0].findings[0].baseline, Some(Change::New));
            assert_eq!(now[1].findings[0].baseline, Some(Change::Same));
            assert_eq!(now[0].baseline, Some(ConfBefore::default()));
            // A checkout somewhere else is the same one.
            let mut moved = vec![at("c", open())];
            old(format, vec![at("a", open())]).mark(&mut moved);
            assert_eq!(moved[0].findings[0].baseline, Some(Change::Same));
            assert_eq!(moved[0].baseline.and_then(|b| b.relay), Some(Relay::Open));
        }
    }

    #[test]
    fn what_was_open_then_is_known() {
        let mut audit = sample::closed_configuration();
        for (relay, undecided) in [(Relay::Conditional, true), (Relay::Closed, false)] {
            audit.relay = relay;
            let mut now = vec![audit.clone()];
            old("json", now.clone()).mark(&mut now);
            assert_eq!(now[0].baseline.map(|b| b.undecided), Some(undecided));
        }
        audit.findings = vec![sample::open_configuration().suppressed.remove(0).0];
        for format in ["json", "jsonl"] {
            let mut now = vec![audit.clone()];
            old(format, now.clone()).mark(&mut now);
            assert_eq!(now[0].baseline.map(|b| b.undecided), Some(true), "{format}");
        }
    }

    #[test]
    fn what_is_no_report_is_an_error_and_half_a_line_is_none() {
        for text in ["{\"schema\": \"other/1\"}", "[1]", "{\"path\": 1}\n{}"] {
            assert!(OldAudits::read(&mut text.as_bytes()).is_err(), "{text}");
        }
        let text = sample::write(
            "jsonl",
            &sample::of_audits(vec![sample::open_configuration(); 2]),
        );
        let torn = &text[..text.len() - 20];
        let old = OldAudits::read(&mut torn.as_bytes()).expect("a report");
        assert_eq!(old.audits["postfix"].len(), 1);
    }
}
