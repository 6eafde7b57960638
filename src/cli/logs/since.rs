//! What is new in an audit, of which an earlier run has counted a part.
//!
//! In: an audit of everything that was read, and one of what had been counted before. Out: the audit of what is new. A
//! finding is, if more lines prove it, or if it was none before.
//!
//! Sums are those of the new lines. What counts a peak or a number of networks says what it came to in all.

use crate::model::{Finding, LogAudit};
use std::collections::HashMap;

/// Rules whose count is a sum over lines.
const SUMS: &[&str] = &[
    "LG001", "LG002", "LG003", "LG010", "LG050", "LG051", "LG053", "LG054", "LG056",
];

/// Leaves out of an audit what had been counted.
pub(super) fn leave_out(audit: &mut LogAudit, counted: &LogAudit) {
    audit.lines = audit.lines.saturating_sub(counted.lines);
    audit.unparsed = audit.unparsed.saturating_sub(counted.unparsed);
    audit.totals = audit.totals.since(&counted.totals);
    let before: HashMap<&str, &Finding> = counted
        .findings
        .iter()
        .map(|finding| (&*finding.fingerprint, finding))
        .collect();
    audit.findings.retain_mut(|finding| {
        let Some(before) = before.get(&*finding.fingerprint) else {
            return true;
        };
        if finding.evidence() == before.evidence() {
            return false;
        }
        if let (Some(all), Some(then)) = (finding.count, before.count)
            && SUMS.contains(&finding.rule.id)
        {
            finding.count = Some(all.saturating_sub(then));
            let said = format!(" An earlier run has counted {then} of them.");
            finding.message.push_str(&said);
            return all > then;
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Evidence, LogLines, LogTotals, Place, Rule};
    use crate::mtalog::rules::RULES;

    fn rule(id: &str) -> &'static Rule {
        RULES.iter().find(|rule| rule.id == id).expect("a rule")
    }

    fn finding(id: &str, subject: &str, count: u64) -> Finding {
        let place = Place {
            file: "mail.log".into(),
            line: 1,
            column: 0,
            width: 0,
        };
        let evidence = Evidence::Log(LogLines {
            first: place.clone(),
            last: place,
            count,
            from: String::new(),
            until: String::new(),
            samples: Vec::new(),
        });
        Finding::new(rule(id), subject, "", "Much.".to_owned(), evidence).with_count(count)
    }

    fn audit(lines: u64, delivered: u64, findings: Vec<Finding>) -> LogAudit {
        LogAudit {
            paths: Vec::new(),
            formats: Vec::new(),
            lines,
            unparsed: 0,
            first: None,
            last: None,
            totals: LogTotals {
                delivered,
                ..LogTotals::default()
            },
            tops: Vec::new(),
            notes: Vec::new(),
            undecided: Vec::new(),
            findings,
            suppressed: Vec::new(),
        }
    }

    #[test]
    fn only_what_came_since_is_told() {
        let counted = audit(
            10,
            3,
            vec![
                finding("LG001", "192.0.2.1", 2),
                finding("LG001", "192.0.2.2", 5),
                finding("LG022", "jo", 5),
            ],
        );
        let mut all = audit(
            25,
            7,
            vec![
                finding("LG001", "192.0.2.1", 3),
                finding("LG001", "192.0.2.2", 5),
                finding("LG001", "192.0.2.3", 1),
                finding("LG022", "jo", 7),
            ],
        );
        leave_out(&mut all, &counted);
        assert_eq!((all.lines, all.totals.delivered), (15, 4));
        let told: Vec<_> = all
            .findings
            .iter()
            .map(|f| (f.rule.id, &*f.subject, f.count))
            .collect();
        assert_eq!(
            told,
            [
                ("LG001", "192.0.2.1", Some(1)),
                ("LG001", "192.0.2.3", Some(1)),
                ("LG022", "jo", Some(7)),
            ]
        );
        assert!(all.findings[0].message.ends_with("counted 2 of them."));
    }

    #[test]
    fn sums_are_rules_of_the_catalogue() {
        for id in SUMS {
            rule(id);
        }
    }
}
