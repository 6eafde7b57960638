//! The audit over the wire, by the binary, against embedded servers.

use crate::harness::{Servers, deserved, relaycheck, said};
use relaycheck::server::{BEHAVIOURS, Behaviour, HOSTILE, behaviour};
use serde_json::Value;
use std::time::{Duration, Instant};

fn one(id: &str) -> Behaviour {
    *behaviour(id).unwrap_or_else(|| panic!("no behaviour {id}"))
}

/// Audits one server; gives its result.
fn audit(behaviour: Behaviour, args: &[&str]) -> Value {
    let servers = Servers::start(&[behaviour]);
    let target = target_of(&servers, 0);
    let ran = relaycheck()
        .args(["--format", "json", "--timeout", "2s", "--seed", "7"])
        .args(args.iter().copied())
        .arg(&target)
        .run();
    let report = ran.json();
    assert_eq!(
        report["results"].as_array().map(Vec::len),
        Some(1),
        "{}",
        ran.stderr
    );
    report["results"][0].clone()
}

fn target_of(servers: &Servers, index: usize) -> String {
    let server = &servers.all[index];
    match server.behaviour().tls_use() {
        relaycheck::model::TlsUse::Implicit => format!("{}/tls", server.address()),
        _ => server.address().to_string(),
    }
}

#[test]
fn the_demonstration_is_right_about_every_server() {
    let ran = relaycheck().arg("demo").run();
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    for behaviour in BEHAVIOURS {
        assert!(ran.stdout.contains(behaviour.about), "{}", behaviour.id);
    }
    let right = format!("{0} of {0} servers", BEHAVIOURS.len());
    assert!(ran.stdout.contains(&right), "{}", ran.stdout);
}

#[test]
fn exit_codes_say_what_was_found_in_every_format() {
    for (id, code) in [
        ("open", 1),
        ("closed", 0),
        ("auth-required", 0),
        ("accept-all", 3),
        ("blocklisting", 3),
        ("silent", 3),
        ("ssh", 3),
    ] {
        let servers = Servers::start(&[one(id)]);
        for format in relaycheck::report::FORMATS {
            let ran = relaycheck()
                .args(["--profile", "quick", "--timeout", "1s", "-f", format.name])
                .arg(servers.target())
                .run();
            // A monitoring plugin has its own codes: critical is 2.
            let code = match (format.state, code) {
                (Some(_), 1) => 2,
                // It offers to log in without encryption, which is worth a warning.
                (Some(_), 0) if id == "auth-required" => 1,
                _ => code,
            };
            assert_eq!(ran.code, code, "{id} {}: {}", format.name, ran.stderr);
            // A server that is no relay is no event.
            let silent = format.name == "intelmq" && id != "open";
            assert_eq!(ran.stdout.is_empty(), silent, "{id} {}", format.name);
        }
        let never = relaycheck()
            .args([
                "--profile",
                "quick",
                "--timeout",
                "1s",
                "--fail-on",
                "never",
            ])
            .arg(servers.target())
            .run();
        assert_eq!(never.code, if code == 1 { 0 } else { code }, "{id} never");
    }
}

#[test]
fn the_plain_form_alone_is_one_short_session() {
    let result = audit(one("open"), &["--profile", "quick"]);
    assert_eq!(said(&result).0, "relay-accepting");
    assert_eq!(result["sessions"], 1);
    let ids: Vec<&str> = result["forms"]
        .as_array()
        .expect("forms")
        .iter()
        .filter_map(|form| form["id"].as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "plain",
            "control-unknown-user",
            "control-unknown-user-host",
            "control-reserved-domain",
            "control-second-domain"
        ]
    );
    assert_eq!(result["evidence"], "rcpt");
    assert_eq!(result["confidence"], "firm");
    assert_eq!(result["caveats"], serde_json::json!(["trusted-vantage"]));
    let plain = &result["forms"][0];
    assert_eq!(plain["rcpt_to"], "<relaycheck@example.com>");
    assert_eq!(plain["reply"]["code"], 250);
    assert_eq!(result["findings"][0]["rule"], "RC001");
    let evidence = result["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("RCPT TO:<relaycheck@example.com>"));
}

#[test]
fn depth_decides_how_far_it_goes_and_what_is_sent() {
    let own = ["--rcpt", "me@example.net", "--profile", "quick"];
    for (id, depth, verdict, evidence, messages) in [
        ("open", "rcpt", ("relay-accepting", None), Some("rcpt"), 0),
        ("open", "data", ("relay-accepting", None), Some("data"), 0),
        (
            "open",
            "queued",
            ("relay-accepting", None),
            Some("queued"),
            1,
        ),
        (
            "refuses-data",
            "data",
            ("inconclusive", Some("data-rejected")),
            None,
            0,
        ),
        (
            "refuses-message",
            "data",
            ("relay-accepting", None),
            Some("data"),
            0,
        ),
        (
            "refuses-message",
            "queued",
            ("inconclusive", Some("data-rejected")),
            None,
            0,
        ),
        (
            "closed",
            "queued",
            ("rejecting", Some("relay-denied")),
            None,
            0,
        ),
    ] {
        let servers = Servers::start(&[one(id)]);
        let ran = relaycheck()
            .args(["-f", "json", "--timeout", "2s", "--depth", depth])
            .args(own)
            .arg(servers.target())
            .run();
        let result = ran.json()["results"][0].clone();
        let (got, reason) = said(&result);
        assert_eq!((got.as_str(), reason.as_deref()), verdict, "{id} {depth}");
        assert_eq!(result["evidence"].as_str(), evidence, "{id} {depth}");
        assert_eq!(servers.all[0].stats().messages, messages, "{id} {depth}");
    }
}

#[test]
fn one_message_is_enough_at_any_profile() {
    let servers = Servers::start(&[one("open")]);
    let ran = relaycheck()
        .args([
            "-f",
            "json",
            "--depth",
            "queued",
            "--rcpt",
            "me@example.net",
        ])
        .arg(servers.target())
        .run();
    assert_eq!(ran.code, 1);
    assert_eq!(servers.all[0].stats().messages, 1);
}

#[test]
fn nothing_is_sent_without_a_mailbox_of_ones_own() {
    for depth in ["queued", "delivered"] {
        let ran = relaycheck().args(["--depth", depth, "127.0.0.1:1"]).run();
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("--rcpt"), "{}", ran.stderr);
    }
}

#[test]
fn hostile_servers_get_an_honest_reason_within_their_time() {
    let servers = Servers::start(HOSTILE);
    let targets: Vec<String> = (0..servers.all.len())
        .map(|i| target_of(&servers, i))
        .collect();
    let begun = Instant::now();
    let ran = relaycheck()
        .args(["-f", "json", "--timeout", "3s", "--target-timeout", "20s"])
        .args(["--per-host", "100", "--transcript", "--profile", "standard"])
        .args(targets.iter().map(String::as_str))
        .run();
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    let report = ran.json();
    let results = report["results"].as_array().expect("results");
    assert_eq!(results.len(), HOSTILE.len());
    let mut wrong = Vec::new();
    for (behaviour, result) in HOSTILE.iter().zip(results) {
        if said(result) != deserved(behaviour) {
            wrong.push(format!(
                "{}: {:?}, not {:?}: {}",
                behaviour.id,
                said(result),
                deserved(behaviour),
                result["note"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What servers flood us with is not kept: all hostile servers at once fit into little memory.
#[cfg(target_os = "linux")]
#[test]
fn hostile_servers_cannot_fill_the_memory() {
    let servers = Servers::start(HOSTILE);
    let binary = assert_cmd::cargo::cargo_bin("relaycheck");
    let mut child = std::process::Command::new(binary)
        .args(["-f", "jsonl", "--timeout", "2s", "--target-timeout", "15s"])
        .args(["--per-host", "100", "--profile", "quick"])
        .args((0..servers.all.len()).map(|i| target_of(&servers, i)))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the command runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(peak > 0, "the memory was never seen");
    assert!(peak < 64 * 1024, "{peak} kB");
}

#[test]
fn nobody_is_talked_to_early_or_out_of_turn() {
    let servers = Servers::start(BEHAVIOURS);
    let targets: Vec<String> = (0..servers.all.len())
        .map(|i| target_of(&servers, i))
        .collect();
    let ran = relaycheck()
        .args([
            "-f",
            "jsonl",
            "--timeout",
            "2s",
            "--per-host",
            "100",
            "--profile",
            "standard",
        ])
        .args(targets.iter().map(String::as_str))
        .run();
    assert_eq!(ran.lines().len(), BEHAVIOURS.len());
    for server in &servers.all {
        let stats = server.stats();
        assert_eq!(stats.early_talkers, 0, "{}", server.behaviour().id);
        assert_eq!(stats.out_of_turn, 0, "{}", server.behaviour().id);
        assert_eq!(stats.messages, 0, "{}", server.behaviour().id);
    }
}

#[test]
fn excluded_targets_are_never_contacted() {
    let servers = Servers::start(&[one("open")]);
    let target = servers.target();
    let ran = relaycheck()
        .args(["-f", "json", "-x", "127.0.0.0/8"])
        .arg(&target)
        .run();
    let result = ran.json()["results"][0].clone();
    assert_eq!(
        said(&result),
        ("unreachable".into(), Some("excluded".into()))
    );
    assert_eq!(servers.all[0].stats().connections, 0);
    // What the user forbade is not undecided.
    assert_eq!(ran.code, 0);
}

#[test]
fn one_address_is_asked_by_one_connection_at_a_time_unless_told() {
    let slow = Behaviour {
        reply_pause: Duration::from_millis(50),
        ..one("closed")
    };
    let servers = Servers::start(&[slow]);
    let target = servers.target();
    let with_tls = format!("{target}/plain");
    let most_open = |args: &[&str]| {
        let mut most = 0;
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut most = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    most = most.max(servers.all[0].stats().open);
                    std::thread::sleep(Duration::from_millis(5));
                }
                most
            });
            let ran = relaycheck()
                .args(["--profile", "quick"])
                .args(args.iter().copied())
                .arg(&target)
                .arg(&with_tls)
                .run();
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            most = watch.join().expect("the watch ends");
        });
        most
    };
    assert_eq!(most_open(&[]), 1);
    assert_eq!(most_open(&["--per-host", "2"]), 2);
}

#[test]
fn the_same_seed_asks_the_same() {
    let servers = Servers::start(&[one("open")]);
    let forms = |seed: &str| {
        let ran = relaycheck()
            .args(["-f", "json", "--seed", seed])
            .arg(servers.target())
            .run();
        let report = ran.json();
        let forms = report["results"][0]["forms"]
            .as_array()
            .expect("forms")
            .clone();
        forms
            .iter()
            .map(|f| f["rcpt_to"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(forms("1"), forms("1"));
    assert_ne!(forms("1"), forms("2"));
}

/// 1,000 servers of every kind on addresses of their own, audited in one run from one list.
#[cfg(target_os = "linux")]
#[test]
fn a_thousand_servers_in_one_run() {
    use std::net::{IpAddr, Ipv4Addr};
    // Listeners, their connections, and what the test runner has open.
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    rustix::process::setrlimit(
        rustix::process::Resource::Nofile,
        rustix::process::Rlimit {
            current: most.maximum,
            maximum: most.maximum,
        },
    )
    .expect("the limit of open files can be raised to the hard one");
    let kinds: Vec<Behaviour> = BEHAVIOURS
        .iter()
        // Two that wait for their time to pass would make up most of the run's.
        .filter(|b| !matches!(b.id, "silent" | "tarpit"))
        .copied()
        .collect();
    let chosen: Vec<Behaviour> = kinds.iter().copied().cycle().take(1000).collect();
    let address = |n: usize| {
        let n = u8::try_from(n / 200).map(|high| (high, (n % 200) as u8 + 1));
        let (high, low) = n.expect("a thousand fit");
        IpAddr::V4(Ipv4Addr::new(127, 61, high, low))
    };
    let wanted = chosen.iter().enumerate().map(|(n, b)| (b, address(n)));
    let servers = Servers::start_at(wanted);
    let list: String = (0..servers.all.len())
        .map(|index| target_of(&servers, index) + "\n")
        .collect();
    let ran = relaycheck()
        .args([
            "-i",
            "-",
            "-f",
            "jsonl",
            "--profile",
            "standard",
            "--timeout",
            "20s",
        ])
        .stdin(list)
        .run();
    let results = ran.lines();
    assert_eq!(results.len(), 1000, "{}", ran.stderr);
    assert_eq!(ran.code, 1);
    let mut wrong = Vec::new();
    for result in &results {
        let place = format!(
            "{}:{}",
            result["address"].as_str().unwrap_or("?"),
            result["port"]
        );
        let server = servers
            .all
            .iter()
            .find(|s| s.address().to_string() == place);
        let server = server.unwrap_or_else(|| panic!("nobody at {place}"));
        if said(result) != deserved(server.behaviour()) {
            wrong.push(format!(
                "{}: {:?} {}",
                server.behaviour().id,
                said(result),
                result["note"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A rule that no server breaks would be a rule that nobody has seen work; one that all break says nothing.
#[test]
fn every_rule_has_a_server_that_breaks_it_and_one_that_does_not() {
    let servers = Servers::start(BEHAVIOURS);
    let targets: String = (0..servers.all.len())
        .map(|index| target_of(&servers, index) + "\n")
        .collect();
    let ran = relaycheck()
        .args(["-i", "-", "-f", "jsonl", "--profile", "full"])
        .args(["--timeout", "3s", "--per-host", "64", "--fail-on", "never"])
        .stdin(targets)
        .run();
    let results = ran.lines();
    assert_eq!(results.len(), BEHAVIOURS.len(), "{}", ran.stderr);
    let breakers = |id: &str| {
        let raised = |result: &&Value| {
            let findings = result["findings"].as_array().expect("findings");
            findings.iter().any(|finding| finding["rule"] == id)
        };
        results.iter().filter(raised).count()
    };
    let wrong: Vec<(&str, usize)> = relaycheck::probe::rules::RULES
        .iter()
        .map(|rule| (rule.id, breakers(rule.id)))
        .filter(|(_, count)| *count == 0 || *count == results.len())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
