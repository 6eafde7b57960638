//! The rules are those of the catalogue, in every word that people read.
//!
//! `tests/fixtures/rules.json` is the catalogue as data.

use relaycheck::model::Rule;
use relaycheck::model::advice::{ADVICE, When};
use relaycheck::model::conf::CONDITION_RULES;
use relaycheck::rules;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    id: String,
    title: String,
    severity: String,
    /// When a rule of the log audit fires.
    #[serde(default)]
    condition: String,
    /// Rules of the log audit have none, nor a reference.
    #[serde(default)]
    probe: String,
    remedy: String,
    remedy_zh: String,
    #[serde(default)]
    reference: String,
    audit: String,
}

fn rows(audit: &str) -> Vec<Row> {
    let all: Vec<Row> =
        serde_json::from_str(include_str!("../fixtures/rules.json")).expect("the catalogue");
    all.into_iter().filter(|row| row.audit == audit).collect()
}

fn severities(rule: &Rule) -> String {
    let all = std::iter::once(&rule.severity).chain(rule.other_severities);
    let names: Vec<&str> = all.map(|severity| severity.as_str()).collect();
    names.join(" / ")
}

/// Gives the remedy, and what is said instead where the catalogue has none.
fn remedy(row: &Row) -> String {
    match row.remedy.as_str() {
        "-" => "Nothing, if it is meant so.".to_owned(),
        remedy => remedy.to_owned(),
    }
}

/// Writes what the catalogue writes for nothing.
fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

#[test]
fn every_rule_says_what_the_catalogue_says() {
    let rows = rows("config");
    assert_eq!(rows.len(), 180);
    let mut wrong = Vec::new();
    for row in &rows {
        let rule = rules::rule(&row.id).unwrap_or_else(|| panic!("{} is missing", row.id));
        for (said, written) in [
            (rule.title, &row.title),
            (&*severities(rule), &row.severity),
            (or_dash(rule.seen.unwrap_or("")), &row.probe),
            (rule.remedy, &remedy(row)),
            (rule.remedy_zh, &row.remedy_zh),
            (or_dash(&rule.references.join("; ")), &row.reference),
        ] {
            if said != written {
                wrong.push(format!("{}: {said}\n    not {written}", row.id));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let known = |rule: &&Rule| rows.iter().any(|row| row.id == rule.id);
    let strangers: Vec<&str> = rules::all()
        .filter(|rule| rules::is_of_configuration(rule) && !known(rule))
        .map(|rule| rule.id)
        .collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

#[test]
fn every_rule_of_the_log_audit_says_what_the_catalogue_says() {
    let rows = rows("log");
    assert_eq!(rows.len(), 33);
    let mut wrong = Vec::new();
    for row in &rows {
        let rule = rules::rule(&row.id).unwrap_or_else(|| panic!("{} is missing", row.id));
        for (said, written) in [
            (rule.title, &*row.title),
            // What lowers it stands in the guards.
            (rule.severity.as_str(), &*row.severity),
            // The catalogue points at its own chapters.
            (rule.why, &*row.condition.replace(" (section 2)", "")),
            (rule.remedy, &*remedy(row)),
            (rule.remedy_zh, &*row.remedy_zh),
        ] {
            if said != written {
                wrong.push(format!("{}: {said}\n    not {written}", row.id));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let of_logs: Vec<&str> = rules::all()
        .filter(|rule| rules::audit(rule) == "logs")
        .map(|rule| rule.id)
        .collect();
    let known: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(of_logs, known);
}

#[test]
fn advice_and_conditions_name_rules_that_there_are() {
    for id in CONDITION_RULES {
        assert!(rules::rule(id).is_some(), "{id}");
    }
    for advice in ADVICE {
        if let When::Fired(ids) = advice.when {
            for id in ids {
                assert!(rules::rule(id).is_some(), "{id}");
            }
        }
    }
}
