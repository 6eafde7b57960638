//! Two reports compared, and a run held against an older one, by the binary.
//!
//! The servers are given addresses of their own and the same port, so that a place is the same place
//! before and after a change.

use crate::harness::{Ran, Servers, relaycheck};
use relaycheck::server::{Behaviour, behaviour};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

fn one(id: &str) -> Behaviour {
    *behaviour(id).unwrap_or_else(|| panic!("no behaviour {id}"))
}

/// A folder of reports.
struct Reports(tempfile::TempDir);

impl Reports {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn keep(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).expect("a file");
        self.path(name)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// Makes the host of a report's results another, so that what two servers say is about one place.
fn at_places(report: &Ran, hosts: &[&str]) -> Value {
    let mut report = report.json();
    let results = report["results"].as_array_mut().expect("results");
    assert_eq!(results.len(), hosts.len());
    for (result, host) in results.iter_mut().zip(hosts) {
        let written = result["host"].as_str().expect("a host").to_owned();
        let port = result["port"].clone();
        let place = format!("{written}:{port}");
        let whole = result.to_string().replace(&place, &format!("{host}:25"));
        *result = serde_json::from_str(&whole).expect("JSON");
        result["host"] = json!(host);
        result["address"] = Value::Null;
        result["port"] = json!(25);
        for finding in result["findings"].as_array_mut().expect("findings") {
            finding["fingerprint"] = json!(format!("{}-{host}", finding["rule"]));
        }
    }
    report
}

fn audit(ids: &[&str], args: &[&str]) -> Ran {
    let servers = Servers::start(&ids.iter().map(|id| one(id)).collect::<Vec<_>>());
    relaycheck()
        .args(["--profile", "quick", "--timeout", "1s"])
        .args(args.iter().copied())
        .args(
            servers
                .all
                .iter()
                .map(|server| server.address().to_string())
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        )
        .run()
}

const HOSTS: [&str; 5] = [
    "opened.example",
    "closed.example",
    "silent.example",
    "same.example",
    "still.example",
];

fn before_and_after(reports: &Reports) -> (PathBuf, PathBuf) {
    let before = audit(
        &["closed", "open", "open", "closed", "open"],
        &["-f", "json"],
    );
    let after = audit(
        &["open", "closed", "silent", "closed", "open"],
        &["-f", "json"],
    );
    let old = at_places(&before, &HOSTS).to_string();
    let new = at_places(&after, &HOSTS).to_string();
    (
        reports.keep("old.json", &old),
        reports.keep("new.json", &new),
    )
}

fn hosts(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter()
        .map(|entry| entry["host"].as_str().expect("a host"))
        .collect()
}

fn diff(args: &[&str], old: &Path, new: &Path) -> Ran {
    relaycheck()
        .arg("diff")
        .args(args.iter().copied())
        .args([text(old), text(new)])
        .run()
}

#[test]
fn three_servers_changed_and_two_did_not() {
    let reports = Reports::new();
    let (old, new) = before_and_after(&reports);
    let ran = diff(&["-f", "json"], &old, &new);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let document = ran.json();
    assert_eq!(document["schema"], "relaycheck.diff/1");
    assert_eq!(hosts(&document["new"]), ["opened.example"]);
    assert_eq!(hosts(&document["fixed"]), ["closed.example"]);
    assert_eq!(hosts(&document["changed"]), ["silent.example"]);
    assert_eq!(hosts(&document["missing"]), Vec::<&str>::new());
    let summary = &document["summary"];
    assert_eq!(summary["same"], 2);
    assert_eq!(
        summary["relays"],
        json!({"new": 1, "same": 1, "fixed": 1, "unjudged": 1})
    );
    assert_eq!(document["changed"][0]["relay"], "unjudged");
    assert_eq!(document["changed"][0]["old"]["verdict"], "relay-accepting");
    assert_eq!(document["reports"]["new"]["complete"], true);

    let schema = relaycheck().args(["schema", "diff"]).run().json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(validator.is_valid(&document));

    let human = diff(&[], &old, &new);
    assert_eq!(human.code, 1);
    let lines: Vec<&str> = human.stdout.lines().collect();
    assert_eq!(lines[0], "new");
    assert!(
        lines[1].starts_with("  RELAY ACCEPTING  opened.example:25"),
        "{}",
        lines[1]
    );
    assert!(
        human.stdout.contains("could not be judged again"),
        "{}",
        human.stdout
    );
    assert!(!human.stdout.contains("same.example"));
}

#[test]
fn exit_codes_say_what_became_worse() {
    let reports = Reports::new();
    let (old, new) = before_and_after(&reports);
    for (args, code) in [
        (&["--fail-on", "critical"][..], 1),
        // Not a failure then; but what was a relay is silent.
        (&["--fail-on", "never"], 3),
    ] {
        assert_eq!(diff(args, &old, &new).code, code, "{args:?}");
    }
    assert_eq!(diff(&[], &old, &old).code, 0);
    // The other way round: what was closed opened, what was silent talks.
    assert_eq!(diff(&[], &new, &old).code, 1);

    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(&new).expect("the report")).expect("JSON");
    let without = |host: &str| {
        let mut report = report.clone();
        let results = report["results"].as_array_mut().expect("results");
        results.retain(|result| result["host"] != host);
        reports.keep(host, &report.to_string())
    };
    // A place that is missing is no place that is fixed.
    let ran = diff(&["-f", "json"], &new, &without("still.example"));
    assert_eq!(ran.code, 3);
    assert_eq!(hosts(&ran.json()["missing"]), ["still.example"]);
    assert_eq!(ran.json()["summary"]["relays"]["fixed"], 0);
    // One that was never decided is.
    assert_eq!(diff(&[], &new, &without("silent.example")).code, 0);
}

#[test]
fn both_formats_and_standard_input_are_read() {
    let reports = Reports::new();
    let (old, new) = before_and_after(&reports);
    let lines = |path: &Path| {
        let report: Value =
            serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
        let results = report["results"].as_array().expect("results").clone();
        results.iter().map(|r| format!("{r}\n")).collect::<String>()
    };
    let (old_lines, new_lines) = (lines(&old), lines(&new));
    let kept = reports.keep("new.jsonl", &new_lines);
    let ran = relaycheck()
        .args(["diff", "-f", "json", "-", text(&kept)])
        .stdin(old_lines)
        .run();
    let expected = diff(&["-f", "json"], &old, &new).json();
    for section in ["summary", "new", "fixed", "changed", "missing"] {
        assert_eq!(ran.json()[section], expected[section], "{section}");
    }
    // Torn in the last line, as a killed run leaves it: the rest is read, and that is said.
    let torn = reports.keep("torn.jsonl", &new_lines[..new_lines.len() - 20]);
    let ran = diff(&["-f", "json"], &old, &torn);
    assert!(
        ran.stderr.contains("the last line is cut off"),
        "{}",
        ran.stderr
    );
    assert_eq!(hosts(&ran.json()["missing"]), ["still.example"]);
    assert_eq!(ran.json()["reports"]["new"]["complete"], false);
}

#[test]
fn what_cannot_be_compared_is_named() {
    let reports = Reports::new();
    let empty = reports.keep("empty.jsonl", "");
    assert_eq!(diff(&[], &empty, &empty).code, 0);
    let later = json!({"schema": "relaycheck.report/2", "results": []}).to_string();
    for (name, content, told) in [
        (
            "half.json",
            "{\n  \"schema\": \"relaycheck.report/1\",\n",
            "half.json: line 3: EOF while parsing a value\n",
        ),
        (
            "bad.jsonl",
            "{\"a\":1}\n",
            "bad.jsonl: line 1: missing field",
        ),
        ("text.txt", "RELAY\nACCEPTING\n", "text.txt: line 1: "),
        (
            "later.json",
            later.as_str(),
            "it is a 'relaycheck.report/2'",
        ),
    ] {
        let path = reports.keep(name, content);
        for (old, new) in [(&path, &empty), (&empty, &path)] {
            let ran = diff(&[], old, new);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{name}");
            assert!(ran.stderr.contains(told), "{name}: {}", ran.stderr);
        }
    }
    let ran = diff(&[], &reports.path("nowhere"), &empty);
    assert!(
        ran.code == 2 && ran.stderr.contains("nowhere"),
        "{}",
        ran.stderr
    );
    // The cause is told once.
    assert_eq!(
        ran.stderr.matches("No such file").count(),
        1,
        "{}",
        ran.stderr
    );
    assert_eq!(diff(&[], reports.0.path(), &empty).code, 2);
    let ran = relaycheck().args(["diff", "-", "-"]).run();
    assert!(
        ran.code == 2 && ran.stderr.contains("standard input"),
        "{}",
        ran.stderr
    );
}

/// Finds a port that is free at several addresses, and serves a behaviour at each.
fn serve(behaviours: &[Behaviour], port: u16) -> Servers {
    Servers::start_on(behaviours.iter().zip(1u8..).map(|(behaviour, n)| {
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, 77, n));
        (behaviour, SocketAddr::new(address, port))
    }))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 77, 1), 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn a_run_against_a_baseline_fails_only_for_what_is_new() {
    let reports = Reports::new();
    let old = reports.path("old.json");
    let port = free_port();
    let audit = |behaviours: &[&str], args: &[&str]| {
        let behaviours: Vec<Behaviour> = behaviours.iter().map(|id| one(id)).collect();
        let servers = serve(&behaviours, port);
        let targets: Vec<String> = servers
            .all
            .iter()
            .map(|s| s.address().to_string())
            .collect();
        let ran = relaycheck()
            .args(["--profile", "quick", "--timeout", "1s"])
            .args(args.iter().copied())
            .args(targets.iter().map(String::as_str))
            .run();
        assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
        ran
    };
    let first = ["open", "closed", "open", "silent"];
    let output = format!("json={}", text(&old));
    assert_eq!(audit(&first, &["-o", &output]).code, 1);

    let new = ["--baseline", text(&old), "--fail-on", "new"];
    // The old relays fail a run still, but not one for which only what is new counts; and what was
    // silent before is no news.
    assert_eq!(audit(&first, &["--baseline", text(&old)]).code, 1);
    let ran = audit(&first, &new);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("since the baseline: 0 new, 4 same, 0 fixed, 0 changed"),
        "{}",
        ran.stdout
    );

    // The last one talks now, and offers no encryption: a finding that was not there.
    let second = ["closed", "open", "silent", "closed"];
    let mut args = vec!["-f", "json"];
    args.extend(new);
    let ran = audit(&second, &args);
    assert_eq!(ran.code, 1);
    let report = ran.json();
    let marks: Vec<&str> = report["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|result| result["baseline"].as_str())
        .collect();
    assert_eq!(marks, ["fixed", "new", "changed", "new"]);
    assert_eq!(report["results"][1]["findings"][0]["baseline"], "new");
    assert_eq!(
        report["summary"]["baseline"],
        json!({"new": 2, "same": 0, "fixed": 1, "changed": 1})
    );
    let human = audit(&second, &new).stdout;
    assert!(human.contains("(fixed, was relay-accepting)"), "{human}");
    assert!(
        human.contains("(was relay-accepting, could not be judged again)"),
        "{human}"
    );

    // No new relay; but a relay that is silent now was not tested, which is not clean.
    let third = ["closed", "closed", "silent", "closed"];
    assert_eq!(audit(&third, &new).code, 3);
    // A place that the older report does not have is new.
    let fifth = ["closed", "closed", "closed", "closed", "open"];
    assert_eq!(audit(&fifth, &new).code, 1);
    assert_eq!(audit(&fifth[..4], &new).code, 0);
}

#[test]
fn a_baseline_that_does_not_do_stops_before_anything_is_asked() {
    let servers = Servers::start(&[one("closed")]);
    let target = servers.target();
    for (args, told) in [
        (&["--fail-on", "new"][..], "--baseline"),
        (
            &["--fail-on", "new:blood", "--baseline", "x"],
            "is no severity",
        ),
        (&["--baseline", "/nowhere/old.json"], "/nowhere/old.json"),
        (&["--baseline", "-", "-i", "-"], "list of targets already"),
    ] {
        let ran = relaycheck().args(args.iter().copied()).arg(&target).run();
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(servers.all[0].stats().connections, 0);
}
