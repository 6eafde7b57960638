//! The tool and its rules: what is wrong where one fires, how bad it is, what to do.
//!
//! In: a report, which has every rule that could have fired. Out: structs of SARIF 2.1.0, sections 3.19 and 3.49.

use super::result::Message;
use crate::model::{Report, Rule, Severity};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Help,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: [&'static str; 2],
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

/// Describes the tool with all rules.
pub(super) fn driver(report: &Report) -> Driver {
    Driver {
        name: "relaycheck",
        semantic_version: report.run.version,
        rules: report.rules.iter().map(|rule| descriptor(rule)).collect(),
    }
}

fn descriptor(rule: &'static Rule) -> Descriptor {
    Descriptor {
        id: rule.id,
        name: name(rule.title),
        short_description: Message::of(rule.title),
        full_description: Message::of(rule.why),
        help: help(rule),
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        properties: Properties {
            tags: ["security", "email"],
            security_severity: score(rule.severity),
        },
    }
}

/// Makes a name in PascalCase out of a title: the standard wants one that is no sentence.
fn name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}

/// Says what to do, in general and for each known server; the second time with code where the remedies have lines.
fn help(rule: &Rule) -> Help {
    let mut text = format!("{}\n\n{}", rule.why, rule.remedy);
    let mut markdown = text.clone();
    for remedy in rule.remedies {
        text.push_str(&format!("\n\n{}: {}", remedy.software, remedy.text));
        let words = match remedy.text.split_once('\n') {
            Some((words, code)) => format!("{words}\n\n```\n{code}\n```"),
            None => remedy.text.to_owned(),
        };
        markdown.push_str(&format!("\n\n**{}**: {words}", remedy.software));
    }
    if !rule.references.is_empty() {
        let references = format!("\n\nSee {}.", rule.references.join(", "));
        text.push_str(&references);
        markdown.push_str(&references);
    }
    Help { text, markdown }
}

/// Gives the level of a severity.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// Gives a number that code hosts turn back into the same word.
fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}
