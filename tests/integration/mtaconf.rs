//! The configuration audit over the cases in `tests/fixtures/conf`: folders of files as their servers have
//! them, each with an `expected.json` that was written by hand.
//!
//! `relay` is the outcome of the whole, `context.instances` that of its parts. `findings` holds all findings of
//! severity low and above, one per rule with its highest severity, and those of severity info that must appear;
//! `file` and `line` say where the cause stands. `must_not` names rules that come close and would be a mistake.

use relaycheck::model::{ConfAudit, Finding, Severity};
use relaycheck::mtaconf::nets::Net;
use relaycheck::mtaconf::source::{Files, Memory};
use relaycheck::mtaconf::{Context, DIALECTS, Dialect, Version, audit, rules};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    case: String,
    #[allow(dead_code, reason = "for readers of the file")]
    note: String,
    mta: String,
    #[serde(default)]
    context: Given,
    relay: String,
    findings: Vec<Wanted>,
    #[serde(default)]
    must_not: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Given {
    version: Option<String>,
    #[serde(default)]
    own_domains: Vec<String>,
    #[serde(default)]
    relay_ok: Vec<String>,
    #[serde(default)]
    trusted_networks: Vec<String>,
    hostname: Option<String>,
    #[serde(default)]
    instances: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    rule: String,
    severity: String,
    file: Option<String>,
    line: Option<u32>,
}

struct Case {
    expected: Expected,
    files: Memory,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/conf")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn gather(folder: &Path, below: &str, into: &mut Vec<(String, Vec<u8>)>) {
    for path in entries(folder) {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let name = match below {
            "" => name,
            below => format!("{below}/{name}"),
        };
        if path.is_dir() {
            gather(&path, &name, into);
        } else if name != "expected.json" {
            into.push((name, std::fs::read(&path).expect("a file")));
        }
    }
}

/// Reads the cases of a dialect.
fn cases(dialect: &str) -> Vec<Case> {
    let cases: Vec<Case> = entries(&folder().join(dialect))
        .iter()
        .map(|path| {
            let json = std::fs::read_to_string(path.join("expected.json"));
            let json = json.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let expected: Expected =
                serde_json::from_str(&json).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(
                Some(expected.case.as_str()),
                path.file_name().and_then(|n| n.to_str())
            );
            let mut files = Vec::new();
            gather(path, "", &mut files);
            let files = Memory::new(files);
            Case { expected, files }
        })
        .collect();
    assert!(!cases.is_empty(), "{dialect} has no case");
    cases
}

fn context(given: &Given) -> Context {
    Context {
        version: given
            .version
            .as_deref()
            .map(|v| Version::parse(v).expect("a version")),
        own_domains: given.own_domains.clone(),
        relay_domains: given.relay_ok.clone(),
        trusted: given
            .trusted_networks
            .iter()
            .map(|n| Net::parse(n).expect("a network"))
            .collect(),
        hostname: given.hostname.clone(),
    }
}

fn run(case: &Case, dialect: Option<&'static Dialect>) -> Vec<ConfAudit> {
    let files = Files::new(&case.files, "", None).expect("a folder");
    audit("case", &files, dialect, &context(&case.expected.context))
}

/// Gives one finding per rule, the worst.
fn worst(audit: &ConfAudit) -> BTreeMap<&'static str, &Finding> {
    let mut worst: BTreeMap<&'static str, &Finding> = BTreeMap::new();
    for finding in &audit.findings {
        let known = worst.entry(finding.rule.id).or_insert(finding);
        if finding.severity > known.severity {
            *known = finding;
        }
    }
    worst
}

/// Holds one case against what it expects; gives what is wrong.
fn differences(case: &Case) -> Vec<String> {
    let expected = &case.expected;
    let mut wrong = Vec::new();
    let found = run(case, None);
    let names: Vec<&str> = found.iter().map(|audit| audit.dialect).collect();
    if names != [expected.mta.as_str()] {
        wrong.push(format!("detected as {names:?}"));
    }
    let named = run(
        case,
        Some(Dialect::named(&expected.mta).expect("a dialect")),
    );
    let [audit] = &named[..] else {
        wrong.push("found nothing".to_owned());
        return wrong;
    };
    if audit.relay.as_str() != expected.relay {
        wrong.push(format!(
            "is {}, not {}",
            audit.relay.as_str(),
            expected.relay
        ));
    }
    for (name, relay) in &expected.context.instances {
        let instance = audit.instances.iter().find(|instance| {
            instance.name == *name || instance.name.starts_with(&format!("{name} "))
        });
        match instance {
            Some(instance) if instance.relay.as_str() == relay => {}
            Some(instance) => wrong.push(format!(
                "{name} is {}, not {relay}",
                instance.relay.as_str()
            )),
            None => wrong.push(format!("has no instance {name}")),
        }
    }
    let worst = worst(audit);
    for wanted in &expected.findings {
        let Some(finding) = worst.get(wanted.rule.as_str()) else {
            wrong.push(format!("{} is missing", wanted.rule));
            continue;
        };
        if finding.severity.as_str() != wanted.severity {
            wrong.push(format!(
                "{} is {}, not {}",
                wanted.rule,
                finding.severity.as_str(),
                wanted.severity
            ));
        }
        let place = finding.place().expect("a place");
        if wanted
            .file
            .as_ref()
            .is_some_and(|file| **file != *place.file)
            || wanted.line.is_some_and(|line| line != place.line)
        {
            wrong.push(format!(
                "{} is at {}:{}, not {}:{}",
                wanted.rule,
                place.file,
                place.line,
                wanted.file.as_deref().unwrap_or("?"),
                wanted.line.unwrap_or(0)
            ));
        }
        let severities = [&[finding.rule.severity], finding.rule.other_severities].concat();
        let lowered = audit.relay.as_str() == "unreachable" && finding.severity == Severity::Low;
        if !severities.contains(&finding.severity) && !lowered {
            wrong.push(format!(
                "{} has a severity the catalogue does not",
                wanted.rule
            ));
        }
    }
    let expects = |id: &str| expected.findings.iter().any(|wanted| wanted.rule == id);
    for (id, finding) in &worst {
        let must_not = expected.must_not.iter().any(|rule| rule == id);
        if must_not || (finding.severity > Severity::Info && !expects(id)) {
            let place = finding.place().expect("a place");
            wrong.push(format!(
                "{id} ({}) is too much: {}:{} {}",
                finding.severity.as_str(),
                place.file,
                place.line,
                finding.message
            ));
        }
    }
    wrong
}

fn check(dialect: &str) {
    let mut wrong = Vec::new();
    for case in cases(dialect) {
        for difference in differences(&case) {
            wrong.push(format!("{}: {difference}", case.expected.case));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Makes a test of each dialect's cases.
macro_rules! dialects {
    ($($name:ident),+) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })+

        #[test]
        fn every_dialect_has_its_cases() {
            let tested = [$(stringify!($name)),+];
            let known: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.name).collect();
            assert_eq!(known, tested);
        }
    };
}

dialects!(
    postfix, exim, sendmail, opensmtpd, haraka, qmail, courier, iis, exchange
);

#[test]
fn every_rule_fires_in_some_case_and_is_held_back_in_another() {
    let mut fires = BTreeSet::new();
    let mut held_back = BTreeSet::new();
    for dialect in DIALECTS {
        for case in cases(dialect.name) {
            fires.extend(case.expected.findings.into_iter().map(|wanted| wanted.rule));
            held_back.extend(case.expected.must_not);
        }
    }
    let ids = || rules::all().map(|rule| rule.id);
    let never: Vec<&str> = ids().filter(|id| !fires.contains(*id)).collect();
    let always: Vec<&str> = ids().filter(|id| !held_back.contains(*id)).collect();
    assert!(never.is_empty(), "no case in which these fire: {never:?}");
    assert!(
        always.is_empty(),
        "no case that names these in must_not: {always:?}"
    );
}
