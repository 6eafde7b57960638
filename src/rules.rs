//! All rules of all audits in one list, and the way from an id to its rule.
//!
//! In: an id as reports show it. Out: the rule. `list rules` and `explain` read this list.

use crate::model::Rule;
use crate::mtaconf::Dialect;
use crate::{mtaconf, mtalog, probe};

/// Gives every rule, audit by audit.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    probe::rules::RULES
        .iter()
        .copied()
        .chain(mtaconf::rules::all())
        .chain(mtalog::rules::RULES.iter().copied())
}

/// Finds a rule by its id, in any case.
pub fn rule(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// Tells whether a rule is one of the audit of configurations.
pub fn is_of_configuration(rule: &Rule) -> bool {
    mtaconf::rules::all().any(|known| known.id == rule.id)
}

/// Names the audit a rule is of as its command is called; that of the wire, which needs none, is `probe`.
pub fn audit(rule: &Rule) -> &'static str {
    if probe::rules::RULES.iter().any(|known| known.id == rule.id) {
        return "probe";
    }
    match is_of_configuration(rule) {
        true => "config",
        false => "logs",
    }
}

/// Names the product a rule is about; none where it is about every server.
pub fn product(rule: &Rule) -> Option<&'static str> {
    let letters = rule.id.trim_end_matches(|c: char| c.is_ascii_digit());
    let dialect = mtaconf::rules::PRODUCTS
        .iter()
        .find(|(prefix, _)| *prefix == letters)
        .map(|(_, dialect)| *dialect)?;
    Dialect::named(dialect).map(|dialect| dialect.software)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_configuration_rule_but_the_general_ones_has_its_product() {
        for rule in all() {
            let general = rule.id.starts_with("GN") || !is_of_configuration(rule);
            assert_eq!(product(rule).is_none(), general, "{}", rule.id);
        }
    }

    #[test]
    fn finds_rules_in_any_case() {
        assert_eq!(rule("rc001").map(|rule| rule.id), Some("RC001"));
        assert_eq!(rule("RC999"), None);
    }
}
