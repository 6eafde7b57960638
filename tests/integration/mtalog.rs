//! The log audit over the cases in `tests/fixtures/log`: logs as servers write them, each with an `expected.json`
//! that was written by hand.
//!
//! `findings` holds all findings of severity low and above, and those of severity info that must appear: `subject`
//! where it has one, `count` where it is exact. `must_not` names rules that come close and would be a mistake.

use relaycheck::model::{LogAudit, Severity};
use relaycheck::mtaconf::nets::Net;
use relaycheck::mtalog::event::LineAt;
use relaycheck::mtalog::formats::{Line, Lines};
use relaycheck::mtalog::pipeline::{Opening, Pipeline};
use relaycheck::mtalog::stamp::{Basis, Zone};
use relaycheck::mtalog::{Input, Journal, Know, Settings, formats, rules};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    case: String,
    format: String,
    files: Vec<String>,
    #[allow(dead_code, reason = "for readers of the file")]
    note: String,
    context: Given,
    lines: u64,
    totals: Totals,
    findings: Vec<Wanted>,
    #[serde(default)]
    must_not: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    own_domains: Vec<String>,
    #[serde(default)]
    trusted_networks: Vec<String>,
    #[serde(default)]
    known_relays: Vec<String>,
    timezone: String,
    year: Option<i16>,
    /// Thresholds other than the catalogue's, such as `LG010.count=3`.
    #[serde(default)]
    settings: Vec<String>,
}

#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Totals {
    messages: u64,
    relay_denied: u64,
    relayed_recipients: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    rule: String,
    severity: String,
    subject: Option<String>,
    count: Option<u64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/log")
}

/// Reads what the cases expect.
fn cases() -> Vec<Expected> {
    let entries = std::fs::read_dir(folder()).expect("the cases");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let json = std::fs::read_to_string(path.join("expected.json"));
        let json = json.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let expected: Expected =
            serde_json::from_str(&json).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.file_name().and_then(|name| name.to_str());
        assert_eq!(Some(expected.case.as_str()), name);
        expected
    };
    let cases: Vec<Expected> = paths.iter().map(read).collect();
    assert!(!cases.is_empty(), "no case");
    cases
}

fn nets(texts: &[String]) -> impl Iterator<Item = Net> {
    texts
        .iter()
        .map(|text| Net::parse(text).expect("a network"))
}

fn journal(given: &Given) -> Journal {
    let know = Know::new()
        .with_domains(&given.own_domains)
        .with_trusted(nets(&given.trusted_networks))
        .with_relays(nets(&given.known_relays));
    let mut settings = Settings::default();
    for setting in &given.settings {
        settings.set(setting).expect("a setting");
    }
    Journal::new(know, settings)
}

/// Gives seconds east of Greenwich.
fn offset(zone: &str) -> i32 {
    let (sign, rest) = zone.split_at(1);
    let (hours, minutes) = rest.split_once(':').expect("hours and minutes");
    let seconds = |text: &str, each: i32| text.parse::<i32>().expect("a number") * each;
    let seconds = seconds(hours, 3600) + seconds(minutes, 60);
    if sign == "-" { -seconds } else { seconds }
}

/// Audits a case.
fn run(case: &Expected) -> LogAudit {
    let read = |name| std::fs::read(folder().join(&case.case).join(name)).expect("a log");
    let files: Vec<Vec<u8>> = case.files.iter().map(read).collect();
    let mut pipeline = Pipeline::new(2);
    let mut formats = Vec::new();
    for bytes in &files {
        let detected = formats::detect(bytes).expect("a format");
        if !formats.contains(&detected.format.name) {
            formats.push(detected.format.name);
        }
        pipeline.open(&Opening {
            detected,
            zone: Zone::Fixed(offset(&case.context.timezone)),
            basis: Basis::Given(case.context.year.unwrap_or(1970)),
            head: &bytes[..bytes.len().min(4096)],
        });
    }
    let mut journal = journal(&case.context);
    let mut left: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let more = &mut |file: u32, room: &mut [u8]| {
        let left = &mut left[file as usize];
        let (now, later) = left.split_at(left.len().min(room.len()));
        room[..now.len()].copy_from_slice(now);
        *left = later;
        Ok::<usize, std::convert::Infallible>(now.len())
    };
    pipeline.run(&mut journal, more).expect("no trouble");
    let paths: Vec<Arc<str>> = case.files.iter().map(|name| name.as_str().into()).collect();
    journal.finish(Input {
        paths,
        formats,
        notes: Vec::new(),
    })
}

/// Holds an audit against what its case expects; gives what is wrong.
fn differences(expected: &Expected, audit: &LogAudit) -> Vec<String> {
    let mut wrong = Vec::new();
    if audit.formats != [expected.format.as_str()] {
        wrong.push(format!("read as {:?}", audit.formats));
    }
    if audit.lines != expected.lines {
        wrong.push(format!("{} lines, not {}", audit.lines, expected.lines));
    }
    let totals = Totals {
        messages: audit.totals.messages,
        relay_denied: audit.totals.relay_denied,
        relayed_recipients: audit.totals.relayed_recipients,
    };
    if totals != expected.totals {
        wrong.push(format!("{totals:?}, not {:?}", expected.totals));
    }
    let mut left: Vec<_> = audit.findings.iter().collect();
    for wanted in &expected.findings {
        let fits = left.iter().position(|finding| {
            finding.rule.id == wanted.rule
                && wanted
                    .subject
                    .as_ref()
                    .is_none_or(|s| *s == finding.subject)
        });
        let Some(index) = fits else {
            wrong.push(format!("{} is missing: {:?}", wanted.rule, wanted.subject));
            continue;
        };
        let finding = left.remove(index);
        if finding.severity.as_str() != wanted.severity {
            wrong.push(format!(
                "{} is {}, not {}",
                wanted.rule,
                finding.severity.as_str(),
                wanted.severity
            ));
        }
        if wanted.count.is_some() && wanted.count != finding.count {
            wrong.push(format!(
                "{} counts {:?}, not {:?}",
                wanted.rule, finding.count, wanted.count
            ));
        }
        let severities = [&[finding.rule.severity], finding.rule.other_severities].concat();
        if !severities.contains(&finding.severity) {
            wrong.push(format!(
                "{} has a severity the catalogue does not",
                wanted.rule
            ));
        }
        if finding.place().is_none_or(|place| place.line == 0) {
            wrong.push(format!("{} has no line", wanted.rule));
        }
    }
    for finding in left {
        let id = finding.rule.id;
        if finding.severity > Severity::Info || expected.must_not.iter().any(|rule| rule == id) {
            wrong.push(format!(
                "{id} ({}) is too much: {} {:?} {}",
                finding.severity.as_str(),
                finding.subject,
                finding.count,
                finding.message
            ));
        }
    }
    wrong
}

#[test]
fn every_case_gives_exactly_what_it_expects() {
    let mut wrong = Vec::new();
    for case in cases() {
        let audit = run(&case);
        for difference in differences(&case, &audit) {
            wrong.push(format!("{}: {difference}", case.case));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_fires_in_some_case_and_is_held_back_in_another() {
    let mut fires = BTreeSet::new();
    let mut held_back = BTreeSet::new();
    for case in cases() {
        fires.extend(case.findings.into_iter().map(|wanted| wanted.rule));
        held_back.extend(case.must_not);
    }
    let ids = || rules::RULES.iter().map(|rule| rule.id);
    let never: Vec<&str> = ids().filter(|id| !fires.contains(*id)).collect();
    let always: Vec<&str> = ids().filter(|id| !held_back.contains(*id)).collect();
    assert!(never.is_empty(), "no case in which these fire: {never:?}");
    assert!(
        always.is_empty(),
        "no case that names these in must_not: {always:?}"
    );
}

/// How many lines of a file are torn: all of them would take minutes.
const TORN: usize = 60;

#[test]
fn lines_torn_anywhere_are_read_and_spoil_no_others() {
    let mut torn = 0;
    for case in cases() {
        for name in &case.files {
            let bytes = std::fs::read(folder().join(&case.case).join(name)).expect("a log");
            let detected = formats::detect(&bytes).expect("a format");
            let zone = Zone::Fixed(offset(&case.context.timezone));
            let basis = Basis::Given(case.context.year.unwrap_or(1970));
            let mut lines = Lines::new(detected.frame, zone, basis);
            let mut events = Vec::new();
            for line in bytes.split(|byte| *byte == b'\n').take(TORN) {
                let mut read = |lines: &mut Lines, line| {
                    events.clear();
                    let said = lines.read(LineAt::default(), line, &mut events);
                    let entry = matches!(said, Line::Entry(..));
                    (entry, format!("{events:?}"))
                };
                let whole = read(&mut lines, line);
                // A directive is read anew by what has some: half of one would be another one.
                if line.starts_with(b"#") {
                    continue;
                }
                for end in 0..line.len() {
                    read(&mut lines, &line[..end]);
                    torn += 1;
                }
                let again = read(&mut lines, line);
                assert_eq!(whole, again, "{}", String::from_utf8_lossy(line));
            }
        }
    }
    assert!(torn > 100_000, "{torn}");
}
