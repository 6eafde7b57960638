//! The command that a report offers to test again with, fed back to a shell.

use crate::harness::{Servers, relaycheck};
use relaycheck::model::{TlsUse, Verdict};
use relaycheck::server::{BEHAVIOURS, Behaviour};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::Command;

/// Gives the command that stands in a report for people.
fn offered(report: &str) -> String {
    let mut lines = report.lines().map(str::trim);
    lines
        .find(|line| *line == "test again:")
        .unwrap_or_else(|| panic!("nothing is offered:\n{report}"));
    lines.next().expect("a command").to_owned()
}

/// Lets a shell run a command that begins with `relaycheck`, with the format for programs.
fn by_shell(command: &str) -> Value {
    let binary = assert_cmd::cargo::cargo_bin("relaycheck");
    let output = Command::new("/bin/sh")
        .env_clear()
        .env("PATH", binary.parent().expect("a folder"))
        .args(["-c", &format!("{command} --timeout 3s --seed 7 -f json")])
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{command}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{command}: {e}: {said}"))
}

fn comes_to_the_same(behaviours: &[Behaviour], address: IpAddr) {
    let addresses = std::iter::repeat(address);
    let servers = Servers::start_at(behaviours.iter().zip(addresses));
    for server in &servers.all {
        let id = server.behaviour().id;
        let mut target = server.address().to_string();
        if server.behaviour().tls_use() == TlsUse::Implicit {
            target.push_str("/tls");
        }
        let first = relaycheck()
            .args(["--timeout", "3s", "--seed", "7", &target])
            .run();
        assert_eq!(first.code, 1, "{id}: {}", first.stdout);
        let command = offered(&first.stdout);
        let report = by_shell(&command);
        let results = report["results"].as_array().expect("results");
        assert_eq!(results.len(), 1, "{id}: {command}");
        assert_eq!(results[0]["verdict"], "relay-accepting", "{id}: {command}");
        assert_eq!(results[0]["target"], target, "{id}: {command}");
    }
}

#[test]
fn the_command_of_every_relay_finds_the_relay_again() {
    let relays: Vec<Behaviour> = BEHAVIOURS
        .iter()
        .filter(|behaviour| behaviour.verdict == Verdict::RelayAccepting)
        .copied()
        .collect();
    assert!(relays.len() > 10);
    comes_to_the_same(&relays, Ipv4Addr::LOCALHOST.into());
}

/// The brackets of an IPv6 address mean something to a shell.
#[test]
fn the_command_is_quoted_for_a_shell() {
    let relays: Vec<Behaviour> = BEHAVIOURS.iter().take(1).copied().collect();
    comes_to_the_same(&relays, Ipv6Addr::LOCALHOST.into());
}
