//! Findings: a rule that fired, on what, how sure, with the proof.

use super::baseline::Change;
use super::conf::{Envelope, Place};
use super::evidence::Evidence;
use super::rule::{Confidence, Rule, Severity};

/// A rule that fired. Cannot be built without evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was found, in a sentence.
    pub message: String,
    /// What to do about it on this server.
    pub remedy: String,
    /// What the finding is about: `host:port`, an instance or service of a configuration, a client or account
    /// of a log.
    pub subject: String,
    /// How often it was seen, where the rule counts.
    pub count: Option<u64>,
    /// Stable over runs for the same fault at the same place.
    pub fingerprint: String,
    /// Whether an older report has it already ([`Change::Same`]) or not ([`Change::New`]), if one was
    /// given.
    pub baseline: Option<Change>,
    /// The envelope that would pass, where a configuration leaves a way through.
    pub envelope: Option<Envelope>,
    evidence: Vec<Evidence>,
}

impl Finding {
    /// Makes a finding out of a rule, the place, the thing at the place that makes it distinct
    /// (`detail`), and its first piece of evidence. The fingerprint is made of rule, subject and
    /// detail only, so that wording and severity may change without making old findings new.
    pub fn new(
        rule: &'static Rule,
        subject: &str,
        detail: &str,
        message: String,
        evidence: Evidence,
    ) -> Self {
        Self {
            rule,
            severity: rule.severity,
            confidence: Confidence::Firm,
            message,
            remedy: rule.remedy.to_owned(),
            subject: subject.to_owned(),
            count: None,
            fingerprint: fingerprint(&[rule.id, subject, detail]),
            baseline: None,
            envelope: None,
            evidence: vec![evidence],
        }
    }

    /// Takes a fingerprint and all the evidence as a report has kept them.
    #[must_use]
    pub fn as_kept(mut self, fingerprint: String, more: Vec<Evidence>) -> Self {
        self.fingerprint = fingerprint;
        self.evidence.extend(more);
        self
    }

    /// Sets how sure it is.
    #[must_use]
    pub fn with_confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Sets how bad it is here.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Takes the remedy for the server software.
    #[must_use]
    pub fn for_software(mut self, software: Option<&str>) -> Self {
        let remedy = self.rule.remedy_for(software);
        if self.remedy != remedy {
            self.remedy = remedy.to_owned();
        }
        self
    }

    /// Sets how often it was seen.
    #[must_use]
    pub fn with_count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Adds a piece of evidence.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Takes the envelope that would pass.
    #[must_use]
    pub fn with_envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = Some(envelope);
        self
    }

    /// Gives the place in a file that is to blame, if it is about a file: that of the first evidence.
    pub fn place(&self) -> Option<&Place> {
        self.evidence.iter().find_map(|evidence| match evidence {
            Evidence::Conf(line) => Some(&line.place),
            Evidence::Log(lines) => Some(&lines.first),
            Evidence::Wire(_) => None,
        })
    }

    /// Gives the proof: at least one piece.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}

/// Hashes parts into 16 hex digits (FNV-1a, 64 bit, each part ended by a zero byte). Written out
/// here because baselines compare fingerprints over releases, and the standard library's hasher
/// promises nothing across them.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn fingerprints_are_stable_and_separate_their_parts() {
        assert_eq!(fingerprint(&["RC001", "192.0.2.1:25", "plain"]).len(), 16);
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
        // Frozen: changing this orphans every baseline in the field.
        assert_eq!(fingerprint(&[]), "cbf29ce484222325");
    }
}
