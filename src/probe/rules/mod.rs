//! The rules of the wire audit, and the functions that raise them.
//!
//! In: a finished plan and the outcome drawn from it. Out: findings, each with the dialogue that
//! proves it: what the accepted forms show (`relaying`), and what the server shows about itself
//! (`server`).
//!
//! The rules themselves, with their remedies for each server, stand in `table`.

mod relaying;
mod server;
mod table;

use super::forms::{AddressForm, Family};
use super::meaning::Meaning;
use super::plan::Plan;
use crate::model::{Finding, Outcome, Rule};
pub use table::RULES;
use table::*;

/// Raises the findings of an outcome.
pub fn findings(plan: &Plan, outcome: &Outcome) -> Vec<Finding> {
    // Few servers break more than two.
    let mut findings = Vec::with_capacity(2);
    findings.extend(relaying::findings(outcome));
    findings.extend(server::findings(plan, outcome));
    let software = outcome.server.software;
    findings
        .into_iter()
        .map(|finding| finding.for_software(software))
        .collect()
}

/// Gives the rule that acceptance of a form breaks.
pub fn rule_of(form: &AddressForm) -> &'static Rule {
    if form.reveals.contains(&Meaning::NoControl) {
        return &OPEN_RELAY;
    }
    match form.family {
        Family::Sender => &TRUSTS_SENDER,
        Family::Hello => &TRUSTS_HELLO,
        Family::XClient => &TRUSTS_XCLIENT,
        Family::Tls => &TRUSTS_TLS,
        Family::Transaction => &TRUSTS_TRANSACTION,
        Family::Subdomain => &SUBDOMAINS,
        Family::Spelling | Family::Literal | Family::Syntax => &SPELLING,
        Family::Quoted
        | Family::Percent
        | Family::DoubleAt
        | Family::SourceRoute
        | Family::Bang
        | Family::EmptyDomain => &ADDRESS_TRICK,
        Family::Control => &UNKNOWN_USERS,
    }
}

#[cfg(test)]
mod tests {
    use super::super::forms::{FORMS, form};
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn rules_are_whole_and_distinct() {
        let mut ids = HashSet::new();
        for rule in RULES {
            assert!(ids.insert(rule.id), "{} twice", rule.id);
            assert!(
                rule.id.len() == 5 && rule.id.starts_with("RC"),
                "{}",
                rule.id
            );
            for text in [rule.title, rule.why, rule.remedy] {
                assert!(text.len() > 10, "{}", rule.id);
            }
            assert!(!rule.references.is_empty(), "{}", rule.id);
            let software: HashSet<_> = rule.remedies.iter().map(|r| r.software).collect();
            assert_eq!(software.len(), rule.remedies.len(), "{}", rule.id);
        }
    }

    #[test]
    fn every_form_breaks_a_rule_of_the_table() {
        for form in FORMS {
            let rule = rule_of(form);
            assert!(RULES.iter().any(|r| r.id == rule.id), "{}", form.id);
        }
        assert_eq!(rule_of(form("plain").expect("a form")).id, "RC001");
        assert_eq!(rule_of(form("null-sender").expect("a form")).id, "RC002");
        assert_eq!(rule_of(form("percent-host").expect("a form")).id, "RC003");
    }
}
