//! Scans that are killed, stopped, or run out of disk, and go on: by the binary, on loopback.

use crate::harness::{Servers, deserved, relaycheck, said};
use relaycheck::server::{Behaviour, behaviour};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The binary as a child of its own, to be killed.
fn spawn(args: &[&str], out: Stdio) -> Child {
    Command::new(env!("CARGO_BIN_EXE_relaycheck"))
        .env_clear()
        .args(args)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts")
}

fn append(path: &Path) -> Stdio {
    let file = OpenOptions::new().create(true).append(true).open(path);
    Stdio::from(file.expect("a file"))
}

/// Counts how often each place stands in a jsonl file. Every line must be whole.
fn places(path: &Path) -> BTreeMap<String, u32> {
    let text = fs::read_to_string(path).expect("text");
    let mut places = BTreeMap::new();
    for line in text.lines() {
        let result: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let place = format!("{}:{}", result["address"], result["port"]);
        *places.entry(place).or_default() += 1;
    }
    places
}

#[test]
fn twenty_kills_lose_nothing_and_repeat_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (out, state) = (dir.path().join("out.jsonl"), dir.path().join("state"));
    let report = dir.path().join("report.json");
    let report_option = format!("json={}", report.display());
    let state_path = state.display().to_string();
    // Nothing listens there: 20,480 refused connections, at a pace that leaves time to kill.
    let args = [
        "-f",
        "jsonl",
        "--resume",
        &state_path,
        "-o",
        &report_option,
        "--rate",
        "8000",
        "127.96.0.0/18:9",
        "127.97.0.0/20:9",
    ];
    let mut killed = 0;
    // Odd times, spread over the first second of each life.
    let mut moment = 7_u64;
    let status = loop {
        let mut child = spawn(&args, append(&out));
        if killed < 20 {
            moment = (moment * 73 + 31) % 211;
            let end = Instant::now() + Duration::from_millis(20 + moment);
            while Instant::now() < end && child.try_wait().expect("a child").is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        if killed < 20 && child.try_wait().expect("a child").is_none() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            killed += 1;
            continue;
        }
        break child.wait().expect("it ends");
    };
    assert_eq!(killed, 20, "it was over too soon");
    assert_eq!(status.code(), Some(0));
    let places = places(&out);
    assert_eq!(places.len(), 20_480);
    assert!(places.values().all(|count| *count == 1));
    let report: Value =
        serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
    assert_eq!(report["results"].as_array().map(Vec::len), Some(20_480));
    assert_eq!(report["summary"]["unreachable"], 20_480);
    assert_eq!(report["run"]["complete"], true);
    // A complete scan leaves nothing behind.
    assert!(!state.exists() && !dir.path().join("state.results").exists());
}

/// A few servers of each kind at addresses of their own.
fn servers(network: u8, count: usize) -> (Servers, Vec<Behaviour>) {
    let kinds = ["closed", "open", "auth-required", "tarpit"];
    let kinds = kinds.map(|id| *behaviour(id).expect("a behaviour"));
    let chosen: Vec<Behaviour> = kinds.into_iter().cycle().take(count).collect();
    let address = |n: usize| {
        let [high, low] = u16::try_from(n).expect("few").to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(127, network, high, low))
    };
    let wanted = chosen.iter().enumerate().map(|(n, b)| (b, address(n + 1)));
    (Servers::start_at(wanted), chosen)
}

fn list(servers: &Servers, dir: &Path) -> String {
    let path = dir.join("list");
    let lines: Vec<String> = servers
        .all
        .iter()
        .map(|server| server.address().to_string())
        .collect();
    fs::write(&path, lines.join("\n")).expect("room");
    path.display().to_string()
}

#[test]
fn every_verdict_is_right_after_kills() {
    let dir = tempfile::tempdir().expect("a directory");
    let (servers, _) = servers(98, 60);
    let list = list(&servers, dir.path());
    let (out, state) = (dir.path().join("out.jsonl"), dir.path().join("state"));
    let state = state.display().to_string();
    let args = [
        "-i",
        &list,
        "-f",
        "jsonl",
        "--resume",
        &state,
        "-c",
        "4",
        "--timeout",
        "10s",
    ];
    for pause in [150, 260, 90, 310] {
        let mut child = spawn(&args, append(&out));
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    let status = spawn(&args, append(&out)).wait().expect("it ends");
    assert_eq!(status.code(), Some(1));
    let mut seen = 0;
    for line in fs::read_to_string(&out).expect("text").lines() {
        let result: Value = serde_json::from_str(line).expect("JSON");
        let place = format!(
            "{}:{}",
            result["address"].as_str().expect("text"),
            result["port"]
        );
        let server = servers
            .all
            .iter()
            .find(|s| s.address().to_string() == place);
        let server = server.expect("one of ours");
        assert_eq!(said(&result), deserved(server.behaviour()), "{place}");
        seen += 1;
    }
    assert_eq!(seen, 60);
    assert!(places(&out).values().all(|count| *count == 1));
}

#[test]
fn an_interrupt_ends_with_what_is_known_and_the_same_command_goes_on() {
    use rustix::process::{Pid, Signal, kill_process};
    let dir = tempfile::tempdir().expect("a directory");
    let (servers, _) = servers(99, 40);
    let list = list(&servers, dir.path());
    let state = dir.path().join("state");
    let state = state.display().to_string();
    let (json, text) = (dir.path().join("r.json"), dir.path().join("r.txt"));
    let (json_option, text_option) = (
        format!("json={}", json.display()),
        format!("human={}", text.display()),
    );
    let out = dir.path().join("out.jsonl");
    let args = [
        "-i",
        &list,
        "-f",
        "jsonl",
        "--resume",
        &state,
        "-c",
        "2",
        "--timeout",
        "10s",
        "-o",
        &json_option,
        "-o",
        &text_option,
    ];
    let mut child = spawn(&args, append(&out));
    let pid = Pid::from_child(&child);
    std::thread::sleep(Duration::from_millis(400));
    kill_process(pid, Signal::INT).expect("it lives");
    let begun = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(2), "it took too long");
    // An open relay may have been found by then.
    assert!(matches!(status.code(), Some(1 | 3)), "{status}");
    let report: Value = serde_json::from_slice(&fs::read(&json).expect("a report")).expect("JSON");
    assert_eq!(report["run"]["complete"], false);
    let known = report["results"].as_array().expect("results").len();
    assert!(known < 40, "it was over too soon");
    assert_eq!(places(&out).len(), known);
    let said = fs::read_to_string(&text).expect("text");
    assert!(said.contains("The run was stopped"), "{said}");

    let status = spawn(&args, append(&out)).wait().expect("it ends");
    assert_eq!(status.code(), Some(1));
    let all = places(&out);
    assert_eq!(all.len(), 40);
    assert!(all.values().all(|count| *count == 1));
    let report: Value = serde_json::from_slice(&fs::read(&json).expect("a report")).expect("JSON");
    assert_eq!(report["run"]["complete"], true);
    let indices: Vec<u64> = report["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|result| result["index"][0].as_u64())
        .collect();
    assert_eq!(indices, (0..40).collect::<Vec<_>>());
}

#[test]
fn a_second_process_and_another_scan_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let state = dir.path().join("state");
    let state = state.display().to_string();
    let slow = ["--resume", &state, "--rate", "20", "127.96.0.0/24:9"];
    let mut child = spawn(&slow, Stdio::null());
    // The checkpoint is there once the process holds it and has saved.
    let end = Instant::now() + Duration::from_secs(20);
    while !Path::new(&state).exists() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    let ran = relaycheck().args(slow).run();
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("another process works on"),
        "{}",
        ran.stderr
    );
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    for (args, part) in [
        (
            ["--resume", &state, "127.96.1.0/24:9"].as_slice(),
            "targets",
        ),
        (
            &["--resume", &state, "--shard", "1/2", "127.96.0.0/24:9"],
            "part",
        ),
        (
            &["--resume", &state, "--seed", "5", "127.96.0.0/24:9"],
            "seed",
        ),
        (
            &["--resume", &state, "--depth", "data", "127.96.0.0/24:9"],
            "options",
        ),
    ] {
        let ran = relaycheck().args(args.iter().copied()).run();
        assert_eq!(ran.code, 2, "{part}");
        assert!(
            ran.stderr.contains("another scan"),
            "{part}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
}

#[test]
fn the_order_belongs_to_the_scan_and_a_dry_run_leaves_no_trace() {
    let dir = tempfile::tempdir().expect("a directory");
    let (list, state) = (dir.path().join("list"), dir.path().join("state"));
    let hosts: Vec<String> = (1..=40).map(|n| format!("127.96.0.{n}:9")).collect();
    fs::write(&list, hosts.join("\n")).expect("room");
    let (list, path) = (list.display().to_string(), state.display().to_string());
    let common = ["--profile", "quick", "--seed", "3", "--resume", &path];
    let ran = relaycheck()
        .args(common)
        .args(["--dry-run", "-i", &list])
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 1);

    let mut args = common.to_vec();
    args.extend(["--rate", "20", "-i", &list]);
    let mut child = spawn(&args, Stdio::null());
    let end = Instant::now() + Duration::from_secs(20);
    while !state.exists() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    // The same hosts, but one by one: their places are others.
    let ran = relaycheck()
        .args(common)
        .args(hosts.iter().map(String::as_str))
        .run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("another scan"), "{}", ran.stderr);
}

#[test]
fn output_that_was_emptied_is_filled_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (out, state) = (dir.path().join("out.jsonl"), dir.path().join("state"));
    let state = state.display().to_string();
    let args = [
        "-f",
        "jsonl",
        "--resume",
        &state,
        "--rate",
        "3000",
        "127.96.0.0/21:9",
    ];
    let mut child = spawn(&args, Stdio::from(File::create(&out).expect("a file")));
    std::thread::sleep(Duration::from_millis(450));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(Path::new(&state).exists(), "it was over too soon");
    // As the shell's `>` does.
    let status = spawn(&args, Stdio::from(File::create(&out).expect("a file"))).wait();
    assert_eq!(status.expect("it ends").code(), Some(0));
    let places = places(&out);
    assert_eq!(places.len(), 2048);
    assert!(places.values().all(|count| *count == 1));
}
