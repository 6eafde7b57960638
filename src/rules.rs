//! All rules of all audits in one list, and the way from an id to its rule.
//!
//! In: an id as reports show it. Out: the rule. `list rules` and `explain` read this list.

use crate::model::Rule;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_rules_in_any_case() {
        assert_eq!(rule("rc001").map(|rule| rule.id), Some("RC001"));
        assert_eq!(rule("RC999"), None);
    }
}
