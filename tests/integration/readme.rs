//! The README says what the tables say, and every command line in it is one that is understood.

use clap::Parser;
use relaycheck::cli::args::Typed;
use relaycheck::model::{Role, Verdict};
use relaycheck::probe::forms::{FORMS, Family};
use relaycheck::report::FORMATS;
use relaycheck::server::BEHAVIOURS;

const README: &str = include_str!("../../README.md");

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
