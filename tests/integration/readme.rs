//! The READMEs and the documents say what the tables say. What they show is run by `sessions`.

use relaycheck::model::{Relay, Role, Verdict};
use relaycheck::mtaconf::DIALECTS;
use relaycheck::mtalog::formats::FORMATS as LOG_FORMATS;
use relaycheck::probe::forms::{FORMS, Family};
use relaycheck::report::FORMATS;
use relaycheck::rules;
use relaycheck::server::BEHAVIOURS;

const README: &str = include_str!("../../README.md");
const CHINESE: &str = include_str!("../../README.zh-CN.md");
const SCANNING: &str = include_str!("../../docs/scanning.md");
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");
const LOGS: &str = include_str!("../../docs/logs.md");
const RULES: &str = include_str!("../../docs/rules.md");

fn has(document: &str, row: &str) {
    let name = document.lines().next().unwrap_or_default();
    assert!(document.contains(row), "{name}: it lacks: {row}");
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
        has(
            SCANNING,
            &format!(
                "| {} | `{}` to `{recipient}` | {} |",
                family.as_str(),
                first.sender,
                forms.len()
            ),
        );
    }
    let probes = FORMS.iter().filter(|f| f.role() == Role::Probe).count();
    has(README, &format!("{probes} relay tests"));
    has(SCANNING, &format!("{probes} relay tests"));
}

#[test]
fn formats_verdicts_and_servers_are_those_there_are() {
    for format in FORMATS {
        has(README, &format!("| `{}` | {} |", format.name, format.about));
        has(CHINESE, &format!("| `{}` |", format.name));
    }
    for verdict in Verdict::ALL {
        has(README, &format!("| `{}` |", verdict.as_str()));
        has(CHINESE, &format!("| `{}` |", verdict.as_str()));
    }
    has(README, &format!("# {} embedded servers", BEHAVIOURS.len()));
    has(CHINESE, &format!("# {} 个", BEHAVIOURS.len()));
}

#[test]
fn dialects_outcomes_and_rules_are_those_there_are() {
    for dialect in DIALECTS {
        has(
            CONFIGURATION,
            &format!(
                "| `{}` | {} | {} |",
                dialect.name, dialect.software, dialect.about
            ),
        );
    }
    for format in LOG_FORMATS {
        has(LOGS, &format!("| `{}` | {} |", format.name, format.about));
    }
    for relay in Relay::ALL {
        has(CONFIGURATION, &format!("| `{}` |", relay.as_str()));
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
    for (document, folder) in [(README, "docs/"), (CONFIGURATION, ""), (LOGS, "")] {
        let config = format!("ll {} rules]({folder}rules.md)", count("config"));
        let logs = format!("[{} rules]({folder}rules.md#logs)", count("logs"));
        if document != LOGS {
            has(document, &config);
        }
        if document != CONFIGURATION {
            has(document, &logs);
        }
    }
    has(CHINESE, &format!("{} 条规则", count("config")));
    has(CHINESE, &format!("{} 条规则", count("logs")));
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
