//! The README says what the tables say, and every command line in it is one that is understood.

use clap::Parser;
use relaycheck::cli::args::Typed;
use relaycheck::model::{Relay, Role, Verdict};
use relaycheck::mtaconf::DIALECTS;
use relaycheck::mtalog::formats::FORMATS as LOG_FORMATS;
use relaycheck::probe::forms::{FORMS, Family};
use relaycheck::report::FORMATS;
use relaycheck::rules;
use relaycheck::server::BEHAVIOURS;

const README: &str = include_str!("../../README.md");
const RULES: &str = include_str!("../../docs/rules.md");

fn has(row: &str) {
    assert!(README.contains(row), "the README lacks: {row}");
}

#[test]
fn every_family_of_forms_has_its_row() {
    let mut families: Vec<Family> = Vec::new();
    for form in FORMS {
        if !families.contains(&form.family) {
            families.push(form.family);
        }
    }
    for family in families {
        let forms: Vec<_> = FORMS.iter().filter(|f| f.family == family).collect();
        let first = forms[0];
        let recipient = first.recipients[first.judged];
        has(&format!(
            "| {} | `{}` to `{recipient}` | {} |",
            family.as_str(),
            first.sender,
            forms.len()
        ));
    }
    let probes = FORMS.iter().filter(|f| f.role() == Role::Probe).count();
    has(&format!("{probes} relay tests"));
}

#[test]
fn formats_verdicts_and_servers_are_those_there_are() {
    for format in FORMATS {
        has(&format!("| `{}` | {} |", format.name, format.about));
    }
    for verdict in Verdict::ALL {
        has(&format!("| `{}` |", verdict.as_str()));
    }
    has(&format!("# {} embedded servers", BEHAVIOURS.len()));
}

#[test]
fn dialects_outcomes_and_rules_are_those_there_are() {
    for dialect in DIALECTS {
        has(&format!(
            "| `{}` | {} | {} |",
            dialect.name, dialect.software, dialect.about
        ));
    }
    for format in LOG_FORMATS {
        has(&format!("| `{}` | {} |", format.name, format.about));
    }
    for relay in Relay::ALL {
        has(&format!("| `{}` |", relay.as_str()));
    }
    let mut rows = Vec::new();
    for rule in rules::all().filter(|rule| rules::audit(rule) != "probe") {
        let severities = std::iter::once(&rule.severity).chain(rule.other_severities);
        let severities: Vec<&str> = severities.map(|s| s.as_str()).collect();
        rows.push(format!(
            "| {} | {} | {} |",
            rule.id,
            severities.join(" / "),
            rule.title.replace('|', "\\|")
        ));
    }
    let count = |audit| {
        rules::all()
            .filter(|rule| rules::audit(rule) == audit)
            .count()
    };
    has(&format!("[All {} rules](docs/rules.md)", count("config")));
    has(&format!("[{} rules](docs/rules.md#logs)", count("logs")));
    let written: Vec<&str> = RULES
        .lines()
        .filter(|line| {
            line.starts_with("| ") && !line.starts_with("| id ") && !line.contains("---")
        })
        .collect();
    assert_eq!(written, rows);
}

#[test]
fn the_suppressions_shown_are_read() {
    let (_, behind) = README.split_once("```toml\n").expect("an example");
    let (example, _) = behind.split_once("```").expect("its end");
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("aside.toml");
    std::fs::write(&path, example).expect("room");
    let path = path.to_str().expect("UTF-8");
    let ran = crate::harness::relaycheck()
        .args(["config", "--suppressions", path, "/nowhere"])
        .run();
    // It got past the suppressions to the path.
    assert!(
        ran.stderr.contains("cannot read /nowhere"),
        "{}",
        ran.stderr
    );
}

#[test]
fn command_lines_are_understood() {
    let mut checked = 0;
    for line in README.lines() {
        let Some(command) = line.strip_prefix("    relaycheck ") else {
            continue;
        };
        let command = command.split(" < ").next().unwrap_or(command);
        let words = std::iter::once("relaycheck").chain(command.split_whitespace());
        if let Err(error) = Typed::try_parse_from(words) {
            panic!("{line}: {error}");
        }
        checked += 1;
    }
    assert!(checked >= 10, "only {checked} command lines");
}
