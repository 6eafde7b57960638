//! Scans of many targets, by the binary: parts, order, limits of the machine, targets put off.

use crate::harness::{Servers, relaycheck, relaycheck_limited, said};
use relaycheck::server::{Behaviour, behaviour};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

fn one(id: &str) -> Behaviour {
    *behaviour(id).unwrap_or_else(|| panic!("no behaviour {id}"))
}

/// Where a result was learnt.
fn place(result: &Value) -> String {
    format!(
        "{}:{}",
        result["address"].as_str().unwrap_or("?"),
        result["port"]
    )
}

#[test]
fn parts_are_disjoint_and_complete() {
    // Nothing listens there: what counts is who asks whom.
    let args = ["-f", "jsonl", "--seed", "7", "127.91.0.0/22:9,10"];
    let whole: BTreeSet<String> = relaycheck()
        .args(args)
        .run()
        .lines()
        .iter()
        .map(place)
        .collect();
    // 127.91.0.0 to 127.91.3.255, at two ports each.
    assert_eq!(whole.len(), 2048);
    let mut together = Vec::new();
    for index in 1..=3 {
        let shard = format!("{index}/3");
        let ran = relaycheck().args(["--shard", &shard]).args(args).run();
        together.extend(ran.lines().iter().map(place));
    }
    assert_eq!(together.len(), 2048);
    assert_eq!(together.into_iter().collect::<BTreeSet<_>>(), whole);
}

#[test]
fn the_number_of_the_part_comes_from_the_job_array() {
    // Enough networks that no part is empty.
    let args = ["-f", "jsonl", "127.91.0.0/20:9"];
    let places =
        |ran: crate::harness::Ran| -> BTreeSet<String> { ran.lines().iter().map(place).collect() };
    let written = places(relaycheck().args(["--shard", "2/3"]).args(args).run());
    assert!(!written.is_empty());
    for (name, value) in [
        ("JOB_COMPLETION_INDEX", "1"),
        ("SLURM_ARRAY_TASK_ID", "2"),
        ("PARALLEL_SEQ", "2"),
    ] {
        let run = relaycheck().env(name, value);
        let found = places(run.args(["--shard", "auto/3"]).args(args).run());
        assert_eq!(found, written, "{name}");
    }
    let ran = relaycheck().args(["--shard", "auto/3"]).args(args).run();
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("JOB_COMPLETION_INDEX"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_network_is_asked_in_an_order_that_the_seed_decides() {
    let order = |seed: &str, concurrency: &str| -> Vec<String> {
        let args = [
            "-f",
            "jsonl",
            "--seed",
            seed,
            "-c",
            concurrency,
            "127.91.0.0/26:9",
        ];
        relaycheck()
            .args(args)
            .run()
            .lines()
            .iter()
            .map(place)
            .collect()
    };
    let first = order("1", "1");
    assert_eq!(first, order("1", "1"));
    assert_ne!(first, order("2", "1"));
    let mut written = first.clone();
    written.sort_by_key(|place| {
        let last = place.rsplit(['.', ':']).nth(1);
        last.and_then(|byte| byte.parse::<u8>().ok())
    });
    assert_ne!(first, written);
}

#[test]
fn a_dry_run_counts_exactly_and_contacts_nobody() {
    let servers = Servers::start(&[one("closed")]);
    let port = servers.all[0].address().port();
    let ran = relaycheck()
        .args(["--dry-run", "-x", "127.0.0.8/29"])
        .arg(format!("127.0.0.0/24:{port}"))
        .arg(format!("127.0.0.1:{port}"))
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let line = |what: &str| {
        let found = ran.stdout.lines().find(|line| line.ends_with(what));
        let found = found.unwrap_or_else(|| panic!("{what}: {}", ran.stdout));
        found.split_whitespace().next().map(str::to_owned)
    };
    assert_eq!(line("ports of addresses").as_deref(), Some("248"));
    assert_eq!(line("excluded").as_deref(), Some("8"));
    assert_eq!(line("contacted once").as_deref(), Some("1"));
    assert!(ran.stdout.contains("    RCPT TO:<relaycheck@example.com>"));
    assert_eq!(servers.all[0].stats().connections, 0);
}

#[test]
fn what_a_dry_run_shows_is_what_is_sent() {
    let servers = Servers::start(&[one("closed")]);
    let target = servers.target();
    let common = ["--helo", "auditor.example.org", "--profile", "quick"];
    let shown = relaycheck()
        .args(common)
        .arg("--dry-run")
        .arg(&target)
        .run();
    let ran = relaycheck()
        .args(common)
        .args(["-f", "json", "--transcript"])
        .arg(&target)
        .run();
    let report = ran.json();
    let sent: Vec<&str> = report["results"][0]["transcript"]
        .as_array()
        .expect("a transcript")
        .iter()
        .filter(|line| line["dir"] == ">")
        .filter_map(|line| line["text"].as_str())
        .collect();
    assert!(!sent.is_empty());
    let refusing = shown.stdout.split("To a server that").nth(1);
    let commands: Vec<&str> = refusing
        .expect("a dialogue")
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    assert_eq!(commands, sent);
}

#[test]
fn a_limit_of_64_open_files_costs_time_and_nothing_else() {
    let kinds: Vec<Behaviour> = ["closed", "open", "auth-required"]
        .iter()
        .map(|id| one(id))
        .collect();
    let chosen: Vec<Behaviour> = kinds.into_iter().cycle().take(300).collect();
    let address = |n: u8, m: u8| IpAddr::V4(Ipv4Addr::new(127, 92, n, m));
    let wanted = (0..).zip(&chosen).map(|(n, behaviour): (u16, _)| {
        let [high, low] = n.to_be_bytes();
        (behaviour, address(high, low))
    });
    let servers = Servers::start_at(wanted);
    let list: String = servers
        .all
        .iter()
        .map(|server| format!("{}\n", server.address()))
        .collect();
    let ran = relaycheck_limited("-n 64")
        .args(["-i", "-", "-f", "jsonl", "-c", "1000", "--timeout", "20s"])
        .stdin(list)
        .run();
    let results = ran.lines();
    assert_eq!(results.len(), 300, "{}", ran.stderr);
    let told = ran.stderr.matches("limit of 64 open files").count();
    assert_eq!(told, 1, "{}", ran.stderr);
    let mut verdicts: BTreeMap<String, u32> = BTreeMap::new();
    for result in &results {
        *verdicts.entry(said(result).0).or_default() += 1;
    }
    let expected = ["auth-required", "rejecting", "relay-accepting"];
    let expected = expected.map(|verdict| (verdict.to_owned(), 100));
    assert_eq!(verdicts.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn who_asks_to_come_later_is_asked_once_more_with_the_same_envelope() {
    let wait = Duration::from_millis(300);
    let greylisting = |id: &str| Behaviour { wait, ..one(id) };
    let never = Behaviour {
        wait: Duration::from_secs(300),
        ..one("greylisting")
    };
    let servers = Servers::start(&[
        greylisting("greylisting"),
        greylisting("greylisting-closed"),
        never,
        one("closed"),
    ]);
    let list: String = servers
        .all
        .iter()
        .map(|server| format!("{}\n", server.address()))
        .collect();
    let ran = relaycheck()
        .args([
            "-i",
            "-",
            "-f",
            "jsonl",
            "--timeout",
            "5s",
            "--per-host",
            "4",
        ])
        .args(["--retry-deferred", "500ms"])
        .stdin(list)
        .run();
    let by_place: BTreeMap<String, Value> = ran
        .lines()
        .into_iter()
        .map(|result| (place(&result), result))
        .collect();
    assert_eq!(by_place.len(), 4);
    for (index, verdict, retried) in [
        (0, "relay-accepting", true),
        (1, "rejecting", true),
        (2, "inconclusive", true),
        (3, "rejecting", false),
    ] {
        let result = &by_place[&servers.all[index].address().to_string()];
        assert_eq!(said(result).0, verdict, "{index}");
        assert_eq!(result["retried"].is_object(), retried, "{index}");
    }
    let result = &by_place[&servers.all[0].address().to_string()];
    assert_eq!(result["retried"]["first_reason"], "deferred");
    assert_eq!(result["retried"]["after_ms"], 500);
    assert_eq!(ran.code, 1);
}

#[test]
fn a_silent_name_server_costs_a_name_its_own_time_and_no_more() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let server = silent.local_addr().expect("an address").to_string();
    let begun = std::time::Instant::now();
    let ran = relaycheck()
        .args(["-f", "json", "--dns-server", &server])
        .args(["--target-timeout", "500ms", "silent.test"])
        .run();
    assert_eq!(ran.code, 3);
    let result = &ran.json()["results"][0];
    let failed = ("unreachable".to_owned(), Some("dns-failure".to_owned()));
    assert_eq!(said(result), failed);
    let note = result["note"].as_str().expect("a note");
    assert!(note.contains("no name server answered in time"), "{note}");
    // The resolver alone would try for ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn waiting_for_the_pace_is_no_part_of_a_targets_time() {
    let closed = vec![one("closed"); 40];
    let address = |n: u8| IpAddr::V4(Ipv4Addr::new(127, 93, 0, n));
    let servers = Servers::start_at((1..).map(address).zip(&closed).map(|(a, b)| (b, a)));
    let list: String = servers
        .all
        .iter()
        .map(|server| format!("{}\n", server.address()))
        .collect();
    // All lanes queue at once: the last waits four seconds for its turn, and has one for itself.
    let ran = relaycheck()
        .args([
            "-i",
            "-",
            "-f",
            "jsonl",
            "--rate",
            "10",
            "--target-timeout",
            "1s",
        ])
        .stdin(list)
        .run();
    let results = ran.lines();
    assert_eq!(results.len(), 40, "{}", ran.stderr);
    for result in &results {
        assert_eq!(said(result).0, "rejecting", "{result}");
    }
    assert_eq!(ran.code, 0);
}
