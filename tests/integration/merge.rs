//! The parts of a scan put together, by the binary. The parts are cut from the report of one process.

use crate::harness::{Ran, Servers, relaycheck};
use relaycheck::server::{Behaviour, behaviour};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The report of one process, and a folder for its parts.
struct Scan {
    whole: Value,
    folder: tempfile::TempDir,
}

impl Scan {
    /// Audits a server of each kind.
    fn of(ids: &[&str]) -> Self {
        let one = |id: &&str| *behaviour(id).unwrap_or_else(|| panic!("no behaviour {id}"));
        let servers = Servers::start(&ids.iter().map(one).collect::<Vec<Behaviour>>());
        let targets: Vec<String> = servers
            .all
            .iter()
            .map(|s| s.address().to_string())
            .collect();
        let ran = relaycheck()
            .args([
                "-f",
                "json",
                "--timeout",
                "1s",
                "--transcript",
                "--seed",
                "7",
            ])
            .args(targets.iter().map(String::as_str))
            .run();
        Self {
            whole: ran.json(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Cuts one of so many parts from it: every so manieth result.
    fn part(&self, index: usize, count: usize) -> Value {
        let mut part = self.whole.clone();
        let results = part["results"].as_array_mut().expect("results");
        let mut number = 0;
        results.retain(|_| {
            number += 1;
            (number - 1) % count == index - 1
        });
        // Counts of the part are not what the whole is made of.
        part["summary"] = json!({});
        part["run"]["shard"] = json!(format!("{index}/{count}"));
        part["run"]["elapsed_ms"] = json!(10 * index);
        part["run"]["started"] = json!(format!("2026-11-24T08:00:0{}Z", count - index));
        part
    }

    fn keep(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path of text").to_owned()
    }

    fn keep_part(&self, index: usize, count: usize) -> String {
        self.keep(
            &format!("part-{index}.json"),
            &self.part(index, count).to_string(),
        )
    }

    /// Writes a part as lines, in reverse: the order of completion is any.
    fn lines(&self, index: usize, count: usize) -> String {
        let part = self.part(index, count);
        let run = json!({
            "id": part["run"]["id"], "seed": part["run"]["seed"], "shard": part["run"]["shard"],
            "targets": part["run"]["targets"], "version": part["tool"]["version"],
            "started": part["run"]["started"],
        });
        let results = part["results"].as_array().expect("results");
        let line = |result: &Value| {
            let mut result = result.clone();
            result["run"] = run.clone();
            format!("{result}\n")
        };
        results.iter().rev().map(line).collect()
    }
}

fn merge<'a>(args: impl IntoIterator<Item = &'a str>) -> Ran {
    relaycheck().arg("merge").args(args).run()
}

#[test]
fn parts_make_the_report_that_one_process_makes() {
    let scan = Scan::of(&[
        "open",
        "closed",
        "auth-required",
        "accept-all",
        "ssh",
        "open",
    ]);
    let parts: Vec<String> = [3, 1, 2].map(|index| scan.keep_part(index, 3)).into();
    let ran = merge(
        ["-f", "json"]
            .into_iter()
            .chain(parts.iter().map(String::as_str)),
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let mut expected = scan.whole.clone();
    assert_eq!(expected["results"].as_array().map(Vec::len), Some(6));
    expected["run"]["elapsed_ms"] = json!(30);
    expected["run"]["started"] = json!("2026-11-24T08:00:00Z");
    assert_eq!(ran.json(), expected);

    // Text for people comes out of it as well, and files.
    let file = scan.folder.path().join("whole.jsonl");
    let output = format!("jsonl={}", file.display());
    let ran = merge(
        ["-o", &output]
            .into_iter()
            .chain(parts.iter().map(String::as_str)),
    );
    assert!(
        ran.stdout.starts_with("RELAY ACCEPTING  127.0.0.1:"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("6 targets in 0.0 s"), "{}", ran.stdout);
    let text = std::fs::read_to_string(file).expect("the report");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(&lines, expected["results"].as_array().expect("results"));
}

/// The whole way: a scan in one process, the same scan in parts, and the parts put together.
#[test]
fn a_divided_scan_comes_to_the_same_as_an_undivided_one() {
    let kinds = [
        "open",
        "closed",
        "auth-required",
        "closed",
        "open",
        "closed",
    ];
    let kinds: Vec<Behaviour> = kinds.map(|id| *behaviour(id).expect("a behaviour")).into();
    // Networks of their own: the parts are cut by network.
    let address = |n: u8| std::net::IpAddr::from([127, 88, n, 1]);
    let servers = Servers::start_at(kinds.iter().zip((1u8..).map(address)));
    let list: String = servers
        .all
        .iter()
        .map(|server| format!("{}\n", server.address()))
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let scan = |name: &str, args: &[&str]| {
        let path = folder.path().join(name);
        let output = format!("json={}", path.display());
        let ran = relaycheck()
            .args(["-i", "-", "--seed", "7", "--timeout", "2s", "-o", &output])
            .args(args.iter().copied())
            .stdin(list.clone())
            .run();
        assert!(ran.code == 0 || ran.code == 1, "{}", ran.stderr);
        path.to_str().expect("a path of text").to_owned()
    };
    let read = |path: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
    };
    let undivided = scan("whole.json", &["--shard", "1/1"]);
    let parts: Vec<String> = (1..=3)
        .map(|index| {
            scan(
                &format!("{index}.json"),
                &["--shard", &format!("{index}/3")],
            )
        })
        .collect();
    let ran = merge(
        ["-f", "json"]
            .into_iter()
            .chain(parts.iter().map(String::as_str)),
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let told = |report: &Value| -> Vec<(String, String, String)> {
        let results = report["results"].as_array().expect("results");
        let told = results.iter().map(|r| {
            let text = |field: &str| r[field].to_string();
            (text("index"), text("address"), text("verdict"))
        });
        told.collect()
    };
    let (whole, merged) = (read(&undivided), ran.json());
    assert_eq!(told(&merged).len(), 6);
    assert_eq!(told(&merged), told(&whole));
    assert_eq!(merged["summary"], whole["summary"]);
    assert_eq!(merged["run"]["targets"], whole["run"]["targets"]);
    assert_eq!(merged["run"]["complete"], true);
    // Another number of parts is another scan.
    assert_ne!(merged["run"]["id"], whole["run"]["id"]);
}

#[test]
fn an_empty_part_is_a_part() {
    let scan = Scan::of(&["closed"]);
    let parts = [scan.keep_part(1, 2), scan.keep_part(2, 2)];
    let ran = merge(["-f", "json", &parts[0], &parts[1]]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["run"]["complete"], true);
    assert_eq!(ran.json()["summary"]["targets"], 1);
}

#[test]
fn lines_are_put_in_order_and_torn_ones_left_out() {
    let scan = Scan::of(&["closed", "closed", "closed", "closed"]);
    let first = scan.keep("first.jsonl", &scan.lines(1, 2));
    let second = scan.lines(2, 2);
    let ran = relaycheck()
        .args(["merge", "-f", "json", &first, "-"])
        .stdin(second.clone())
        .run();
    // Lines do not say whether their scan came to its end.
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("first.jsonl (part 1/2) is jsonl"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.json()["results"], scan.whole["results"]);
    assert_eq!(ran.json()["run"]["complete"], false);
    let allowed = relaycheck()
        .args(["merge", "--allow-missing", &first, "-"])
        .stdin(second.clone())
        .run();
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);

    let torn = scan.keep("torn.jsonl", &second[..second.len() - 30]);
    let ran = merge(["-f", "json", &first, &torn]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("torn.jsonl (part 2/2) is cut off"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.json()["results"].as_array().map(Vec::len), Some(3));
}

#[test]
fn what_is_missing_is_named_and_counts() {
    let scan = Scan::of(&["closed", "closed"]);
    let only = scan.keep_part(2, 4);
    let ran = merge(["-f", "json", &only]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("missing: parts 1, 3, 4 of 4"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.json()["run"]["complete"], false);
    assert_eq!(ran.json()["run"]["shard"], "1/1");
    let ran = merge(["-f", "json", "--allow-missing", &only]);
    assert_eq!(
        (ran.code, &ran.json()["run"]["complete"]),
        (0, &json!(false))
    );

    let mut stopped = scan.part(1, 1);
    stopped["run"]["complete"] = json!(false);
    let stopped = scan.keep("stopped.json", &stopped.to_string());
    let ran = merge([stopped.as_str()]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr
            .contains("stopped.json (part 1/1) was interrupted"),
        "{}",
        ran.stderr
    );
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let scan = Scan::of(&["closed", "closed"]);
    let first = scan.keep_part(1, 2);
    let id = scan.whole["run"]["id"].as_str().expect("an id");
    assert_eq!(id.len(), 32);
    for (pointer, value, told) in [
        ("/run/id", json!("abc"), format!("scan {id} and abc")),
        ("/run/seed", json!(8), "seed 7 and 8".to_owned()),
        ("/run/targets", json!("def"), "and def".to_owned()),
        ("/run/shard", json!("2/3"), "parts 2 and 3".to_owned()),
        ("/run/shard", json!("1/2"), "both part 1/2".to_owned()),
        ("/run/shard", json!("two"), "part 'two'".to_owned()),
        ("/run/id", Value::Null, "does not say which part".to_owned()),
        (
            "/schema",
            json!("relaycheck.diff/1"),
            "it is a 'relaycheck.diff/1'".to_owned(),
        ),
        (
            "/results/0/verdict",
            json!("ajar"),
            "result 1: 'ajar'".to_owned(),
        ),
    ] {
        let mut other = scan.part(2, 2);
        *other.pointer_mut(pointer).expect(pointer) = value;
        let other = scan.keep("other.json", &other.to_string());
        let ran = merge(["-f", "json", &first, &other]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{told}");
        assert!(ran.stderr.contains(&told), "{told}: {}", ran.stderr);
        assert!(ran.stderr.contains("other.json"), "{told}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: "), "{told}: {}", ran.stderr);
    }
}

/// What names a scan: the same wherever its parts run, another where something else is asked.
#[test]
fn the_same_scan_has_the_same_name_everywhere() {
    let run = |args: &[&str]| {
        let ran = relaycheck()
            .args([
                "-f",
                "json",
                "--seed",
                "7",
                "--profile",
                "quick",
                "--connect-timeout",
                "1s",
            ])
            .args(args.iter().copied())
            .run();
        let run = ran.json()["run"].clone();
        (run["id"].to_string(), run["targets"].to_string())
    };
    let first = run(&["127.0.0.1:1", "127.0.0.2:1"]);
    let elsewhere = [
        "127.0.0.1:1",
        "127.0.0.2:1",
        "-c",
        "1",
        "--source",
        "127.0.0.9",
    ];
    assert_eq!(first, run(&elsewhere));
    let (id, targets) = &first;
    for (args, same_targets) in [
        (&["127.0.0.1:1"][..], false),
        (&["127.0.0.2:1", "127.0.0.1:1"], false),
        (
            &["127.0.0.1:1", "127.0.0.2:1", "--rcpt", "a@b.example"],
            true,
        ),
        (&["127.0.0.1:1", "127.0.0.2:1", "--depth", "data"], true),
        (&["127.0.0.1:1", "127.0.0.2:1", "-x", "127.0.0.2"], true),
    ] {
        let (other, others) = run(args);
        assert_ne!(&other, id, "{args:?}");
        assert_eq!(&others == targets, same_targets, "{args:?}");
    }
}
