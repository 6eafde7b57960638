//! Making findings about logs.

use super::HostNumber;
use super::table::{LG001, RULES};
use crate::model::bytes::printable;
use crate::model::{Confidence, Evidence, Finding, Rule, Severity};
use crate::mtalog::event::Stamp;
use crate::mtalog::know::Know;
use crate::mtalog::proof::Proof;
use crate::mtalog::settings::{Limit, Settings};
use std::sync::Arc;

/// Rules that rest on what is one's own: where that was inferred, they are less sure.
const RESTS_ON_OWN: &[&str] = &[
    "LG001", "LG002", "LG003", "LG010", "LG011", "LG012", "LG020", "LG021", "LG025", "LG030",
    "LG032", "LG040", "LG041", "LG050", "LG070",
];

/// Collects findings.
pub(in crate::mtalog) struct Raiser<'a> {
    /// What is one's own.
    pub(super) know: &'a Know,
    /// Thresholds.
    pub(super) settings: &'a Settings,
    files: &'a [Arc<str>],
    hosts: &'a [Box<[u8]>],
    findings: Vec<Finding>,
}

impl<'a> Raiser<'a> {
    /// Begins with none.
    pub(in crate::mtalog) fn new(
        know: &'a Know,
        settings: &'a Settings,
        files: &'a [Arc<str>],
        hosts: &'a [Box<[u8]>],
    ) -> Self {
        Self {
            know,
            settings,
            files,
            hosts,
            findings: Vec::new(),
        }
    }

    /// Gives the name of a host.
    pub(super) fn host(&self, host: HostNumber) -> &'a [u8] {
        let name = usize::try_from(host.0).ok().and_then(|n| self.hosts.get(n));
        name.map_or(b"", |name| name)
    }

    /// Raises a rule about a subject.
    pub(super) fn raise(
        &mut self,
        rule: &'static Rule,
        subject: &[u8],
        message: String,
        proof: &Proof,
        count: u64,
    ) -> &mut Finding {
        let evidence = Evidence::Log(proof.evidence(self.files));
        let mut finding =
            Finding::new(rule, &printable(subject), "", message, evidence).with_count(count);
        if rule.id == LG001.id {
            finding.confidence = Confidence::Proven;
        }
        if self.know.infers() && RESTS_ON_OWN.contains(&rule.id) {
            finding.confidence = match finding.confidence {
                Confidence::Proven => Confidence::Firm,
                Confidence::Firm | Confidence::Weak => Confidence::Weak,
            };
        }
        finding.remedy = remedy(rule);
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// Adds proof to the finding that was raised last.
    pub(super) fn and(&mut self, proof: &Proof) {
        if let Some(finding) = self.findings.pop() {
            let evidence = Evidence::Log(proof.evidence(self.files));
            self.findings.push(finding.with_evidence(evidence));
        }
    }

    /// Gives all of them: the worst first, then by rule, then the most counted.
    pub(in crate::mtalog) fn done(mut self) -> Vec<Finding> {
        self.findings.sort_by(|a, b| {
            let order = |f: &Finding| (std::cmp::Reverse(f.severity), f.rule.id);
            (order(a), std::cmp::Reverse(a.count), &a.subject).cmp(&(
                order(b),
                std::cmp::Reverse(b.count),
                &b.subject,
            ))
        });
        self.findings
    }
}

/// Sets how bad a finding is here, which may be the rule's own.
pub(super) fn lower(finding: &mut Finding, severity: Severity) {
    finding.severity = severity;
}

/// Writes a threshold: `10 in 60 minutes`.
pub(super) fn limit(limit: Limit) -> String {
    format!("{} in {}", limit.count, span(limit.within))
}

/// Writes a length of time.
pub(super) fn span(micros: i64) -> String {
    let (number, unit) = match micros {
        m if m % Stamp::DAY == 0 && m > Stamp::DAY => (m / Stamp::DAY, "days"),
        m if m % Stamp::HOUR == 0 && m >= 2 * Stamp::HOUR => (m / Stamp::HOUR, "hours"),
        m if m % Stamp::MINUTE == 0 => (m / Stamp::MINUTE, "minutes"),
        m => (m / Stamp::SECOND, "seconds"),
    };
    format!("{number} {unit}")
}

/// Gives what to do; a remedy that is another rule's is given in full.
fn remedy(rule: &Rule) -> String {
    let mut text = rule.remedy.to_owned();
    for _ in 0..3 {
        let Some((id, behind)) = text
            .strip_prefix("As ")
            .and_then(|rest| rest.split_at_checked(5))
        else {
            break;
        };
        let Some(other) = RULES.iter().find(|rule| rule.id == id) else {
            break;
        };
        let more = behind.trim_start_matches([';', '.']);
        text = match more {
            "" => other.remedy.to_owned(),
            more => format!("{};{more}", other.remedy.trim_end_matches('.')),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::rules::table;

    #[test]
    fn remedies_stand_by_themselves() {
        assert_eq!(remedy(&table::LG002), LG001.remedy);
        assert_eq!(remedy(&table::LG032), table::LG021.remedy);
        assert_eq!(
            remedy(&table::LG011),
            "Nothing is open; consider blocking the source; make sure the shared recipient is \
             refused everywhere."
        );
        for rule in RULES {
            assert!(!remedy(rule).contains("As LG"), "{}", rule.id);
        }
    }

    #[test]
    fn times_are_written_in_words() {
        for (micros, written) in [
            (60 * Stamp::MINUTE, "60 minutes"),
            (24 * Stamp::HOUR, "24 hours"),
            (3 * Stamp::DAY, "3 days"),
            (90 * Stamp::SECOND, "90 seconds"),
        ] {
            assert_eq!(span(micros), written);
        }
    }
}
