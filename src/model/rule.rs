//! Rules: what can be wrong, how bad it is, and how it is put right for each server.

use super::verdict::named;

named! {
    /// How bad a finding is. Ordered from least to worst.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// Tidy up when convenient.
        Low = "low",
        /// Fix soon.
        Medium = "medium",
        /// Fix now.
        High = "high",
        /// Being abused is a matter of hours.
        Critical = "critical",
    }
}

named! {
    /// How sure a statement is. Ordered from least to most.
    Confidence {
        /// Plausible; something that would settle it was missing.
        Weak = "weak",
        /// What was seen says so, and the controls agree.
        Firm = "firm",
        /// Shown by its effect.
        Proven = "proven",
    }
}

/// How to put a rule's fault right on one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// Name of the server software, as the table of products names it.
    pub software: &'static str,
    /// What to change, in that server's own terms.
    pub text: &'static str,
    /// The same in Chinese.
    pub text_zh: &'static str,
}

/// One thing that can be wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable id: two or three letters of the audit or product, three digits.
    pub id: &'static str,
    /// One line that names the fault.
    pub title: &'static str,
    /// The same in Chinese, as is each text that ends so: see [`super::lang`] for the words.
    pub title_zh: &'static str,
    /// Severity where the finding does not say otherwise.
    pub severity: Severity,
    /// Severities it has under other conditions, which `why` names.
    pub other_severities: &'static [Severity],
    /// When it fires or why it matters, in a few sentences.
    pub why: &'static str,
    /// The same in Chinese.
    pub why_zh: &'static str,
    /// What a probe over the wire sees of it, where that is not what the rule is made of.
    pub seen: Option<&'static str>,
    /// The same in Chinese.
    pub seen_zh: Option<&'static str>,
    /// What to do where the server software is unknown.
    pub remedy: &'static str,
    /// The same in Chinese.
    pub remedy_zh: &'static str,
    /// What to do for each known server.
    pub remedies: &'static [Remedy],
    /// Manuals, RFCs and CVEs.
    pub references: &'static [&'static str],
}

impl Rule {
    /// Gives the remedy for a server software, or the general one.
    pub fn remedy_for(&self, software: Option<&str>) -> &'static str {
        software
            .and_then(|name| self.remedies.iter().find(|remedy| remedy.software == name))
            .map_or(self.remedy, |remedy| remedy.text)
    }
}
