//! The audit of logs as a person or a script runs it: exit codes, formats, packed and live files, states, and bytes that
//! mean harm.

use crate::harness::{Ran, relaycheck};
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A place for files, gone with the test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.at(name).to_str().expect("UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.at(name), text).expect("room");
        self.name(name)
    }

    fn append(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.at(name));
        file.and_then(|mut file| file.write_all(text.as_ref()))
            .expect("room");
    }
}

/// What is said of the servers whose logs the tests make.
const KNOWN: &[&str] = &["--own-domain=example.com", "--timezone=UTC", "--year=2026"];

fn logs(args: &[&str], paths: &[&str]) -> Ran {
    let args = [&["logs"], KNOWN, args, paths].concat();
    relaycheck().args(args).run()
}

fn json(args: &[&str], paths: &[&str]) -> (i32, Value) {
    let ran = logs(&[args, &["-f", "json"]].concat(), paths);
    (ran.code, ran.json())
}

/// Lines of a message, numbered, that went through the server: from whom, to whom, at a second of the day.
fn message(number: u32, second: u32, client: &str, to: &str) -> String {
    let id = format!("{:X}", 0xA0_0000 + number);
    let at = |second: u32| {
        let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
        format!(
            "Mar  2 {hour:02}:{minute:02}:{:02} mail postfix",
            second % 60
        )
    };
    let (first, last) = (at(second), at(second + 1));
    format!(
        "{first}/smtpd[7]: {id}: client=unknown[{client}]\n\
         {first}/cleanup[8]: {id}: message-id=<{number}@example.net>\n\
         {first}/qmgr[9]: {id}: from=<a@example.net>, size=500, nrcpt=1 (queue active)\n\
         {last}/smtp[10]: {id}: to=<{to}>, relay=mx.example.org[198.51.100.25]:25, delay=1, \
         delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n\
         {last}/qmgr[9]: {id}: removed\n"
    )
}

/// A message of an outsider to an outsider.
fn relayed(number: u32, second: u32) -> String {
    message(number, second, "203.0.113.7", "b@example.org")
}

/// A refused relay attempt.
fn refused(second: u32, client: &str) -> String {
    format!(
        "Mar  2 {:02}:{:02}:{:02} mail postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[{client}]: 554 5.7.1 \
         <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP \
         helo=<there>\n",
        second / 3600 % 24,
        second / 60 % 60,
        second % 60
    )
}

/// A log in which somebody tried, and nothing was relayed.
fn tried() -> String {
    (0..12).map(|n| refused(n * 10, "198.51.100.99")).collect()
}

fn relayed_messages(count: u32) -> String {
    (0..count).map(|n| relayed(n, n * 2)).collect()
}

/// Gives the audit of a document.
fn audit(document: &Value) -> &Value {
    &document["logs"][0]
}

fn total(document: &Value, name: &str) -> u64 {
    audit(document)["totals"][name].as_u64().expect("a count")
}

fn finding<'v>(document: &'v Value, rule: &str) -> Option<&'v Value> {
    let findings = document["findings"].as_array().expect("a list");
    findings.iter().find(|finding| finding["rule"] == rule)
}

#[test]
fn the_exit_code_says_what_was_found_in_every_format() {
    let place = Place::new();
    let open = place.write("open.log", relayed_messages(3));
    let closed = place.write("closed.log", tried());
    let other = place.write("other.log", "one\ntwo\nthree\n");
    let empty = place.write("empty.log", "");
    let system = place.write(
        "system.log",
        "Mar  2 06:00:00 host cron[1]: job\n".repeat(5),
    );
    let ends = relayed_messages(1)
        .lines()
        .skip(3)
        .collect::<Vec<_>>()
        .join("\n")
        + "\n";
    let middle = place.write("middle.log", ends);
    for format in ["human", "json", "jsonl"] {
        for (args, paths, expected) in [
            (vec![], vec![closed.as_str()], 0),
            (vec![], vec![empty.as_str()], 0),
            (vec![], vec![open.as_str()], 1),
            (vec!["--fail-on", "medium"], vec![closed.as_str()], 1),
            (vec!["--fail-on", "never"], vec![open.as_str()], 0),
            (vec![], vec![other.as_str()], 3),
            (vec![], vec![system.as_str()], 3),
            (vec![], vec![middle.as_str()], 3),
            (vec![], vec![other.as_str(), closed.as_str()], 3),
            (vec![], vec![other.as_str(), open.as_str()], 1),
            (vec![], vec![middle.as_str(), closed.as_str()], 0),
            (vec![], vec!["/nowhere", open.as_str()], 2),
        ] {
            let ran = logs(&[&args[..], &["-f", format]].concat(), &paths);
            assert_eq!(
                ran.code, expected,
                "{format} {args:?} {paths:?}: {}",
                ran.stderr
            );
            if expected == 3 && format == "human" {
                assert!(ran.stdout.contains("not decided: "), "{}", ran.stdout);
            }
        }
    }
    for (path, told) in [
        (&other, "format of"),
        (&system, "none of the 5 lines is one of a mail server"),
        (&middle, "they begin in the middle"),
    ] {
        let (_, document) = json(&[], &[path]);
        let undecided = audit(&document)["undecided"].to_string();
        assert!(undecided.contains(told), "{undecided}");
    }
}

#[test]
fn wrong_use_is_told_with_what_to_do() {
    let place = Place::new();
    let log = place.write("mail.log", tried());
    let folder = place.name("");
    for (args, told) in [
        (vec![], "no files were given"),
        (
            vec!["--log-format", "qmail", &log],
            "known are postfix-syslog",
        ),
        (vec!["--timezone", "Middle/Earth", &log], "such as +01:00"),
        (vec!["--since", "soon", &log], "such as 2026-03-02"),
        (vec!["--since=1d", "--until=2d", &log], "after --until"),
        (vec!["--threshold", "LG010", &log], "LG010.count=20"),
        (
            vec!["--threshold", "LG999.count=1", &log],
            "list thresholds",
        ),
        (
            vec!["--known-relay", "192.0.2.1/24", &log],
            "such as 192.0.2.0/24",
        ),
        (vec!["--own-domain", "a b", &log], "is no domain"),
        (vec!["--fail-on", "new", &log], "--baseline"),
        (vec!["-", "-"], "standard input can be read once"),
        (vec!["--state", "s", "-"], "cannot be gone on with"),
        (vec!["--follow", "-"], "cannot be followed"),
        (vec![folder.as_str()], "is a directory"),
        (vec!["/dev/zero"], "not an ordinary file"),
        (
            vec!["--emit-clients", "/nowhere/x", &log],
            "cannot write /nowhere/x",
        ),
        (vec!["--top", "0", &log], "--top"),
    ] {
        let ran = relaycheck().arg("logs").args(args.clone()).run();
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn the_other_files_are_read_and_the_trouble_is_told() {
    let place = Place::new();
    let log = place.write("mail.log", relayed_messages(2));
    let torn = place.write(
        "torn.gz",
        &packed("gzip", relayed_messages(400).as_bytes())[..900],
    );
    let ran = logs(&["-f", "json"], &["/nowhere", &log, &torn]);
    assert_eq!(ran.code, 2);
    let document = ran.json();
    assert_eq!(document["run"]["complete"], false);
    // What came out of the torn one counts as well.
    assert!(total(&document, "relayed_recipients") >= 2);
    assert!(
        ran.stderr.contains("/nowhere") && ran.stderr.contains("torn.gz"),
        "{}",
        ran.stderr
    );
}

/// Packs bytes with a command of the system.
fn packed(command: &str, bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new(command)
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect(command);
    let mut stdin = child.stdin.take().expect("a pipe");
    let text = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&text));
    let out = child.wait_with_output().expect("it ends").stdout;
    writer.join().expect("a thread").expect("it is read");
    out
}

#[test]
fn packed_files_standard_input_and_overlaps_count_the_same() {
    let place = Place::new();
    let text = relayed_messages(500);
    let plain = place.write("mail.log", &text);
    let (_, expected) = json(&[], &[&plain]);
    assert_eq!(total(&expected, "relayed_recipients"), 500);
    let same = |document: &Value, what: &str| {
        assert_eq!(
            audit(document)["totals"],
            audit(&expected)["totals"],
            "{what}"
        );
    };
    for (command, name) in [
        ("gzip", "mail.log.1.gz"),
        ("bzip2", "mail.log.1.bz2"),
        ("xz", "mail.log.1.xz"),
        ("zstd", "mail.log.1.zst"),
    ] {
        let once = packed(command, text.as_bytes());
        let path = place.write(name, &once);
        same(&json(&[], &[&path]).1, name);
        // By what is in it, not by its name.
        let renamed = place.write("archive", &once);
        same(&json(&[], &[&renamed]).1, name);
        let ran = relaycheck()
            .args([&["logs", "-f", "json"], KNOWN, &["-"]].concat())
            .stdin(once)
            .run();
        same(&ran.json(), name);
        // Two pieces behind one another, as a log that was packed day by day.
        let (one, two) = text.split_at(text.find("mail postfix").expect("there") + 30_000);
        let pieces = [
            packed(command, one.as_bytes()),
            packed(command, two.as_bytes()),
        ];
        same(
            &json(&[], &[&place.write("pieces", pieces.concat())]).1,
            name,
        );
        // The same lines from two files are the same lines.
        let (_, both) = json(&[], &[&path, &plain]);
        same(&both, name);
        let notes = audit(&both)["notes"].to_string();
        assert!(notes.contains("2500 lines stand in two files"), "{notes}");
    }
    let ran = relaycheck()
        .args([&["logs", "-f", "json"], KNOWN, &["-"]].concat())
        .stdin(text.clone())
        .run();
    same(&ran.json(), "stdin");
    let twice = logs(&["-f", "json"], &[&plain, &plain]);
    assert!(twice.stderr.contains("read once"), "{}", twice.stderr);
    same(&twice.json(), "named twice");
}

#[test]
fn rotated_files_are_put_in_order_whatever_the_order_of_their_names() {
    let place = Place::new();
    let text = relayed_messages(40);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // Each message is in two files.
    let (old, new) = lines.split_at(102);
    let old = place.write("mail.log.1", old.concat());
    let new = place.write("mail.log", new.concat());
    for paths in [[&old, &new], [&new, &old]] {
        let (code, document) = json(&[], &paths.map(String::as_str));
        assert_eq!(code, 1);
        assert_eq!(total(&document, "relayed_recipients"), 40);
        assert_eq!(total(&document, "headless"), 0);
    }
}

/// A case of the fixtures: its folder, what it expects, and the options that say what its context says.
struct Case {
    folder: PathBuf,
    expected: Value,
    options: Vec<String>,
}

impl Case {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/log");
        let cases = fs::read_dir(folder).expect("the cases");
        cases
            .map(|case| Self::read(case.expect("an entry").path()))
            .collect()
    }

    fn read(folder: PathBuf) -> Self {
        let expected = fs::read(folder.join("expected.json")).expect("an expectation");
        let expected: Value = serde_json::from_slice(&expected).expect("JSON");
        let context = &expected["context"];
        let zone = context["timezone"].as_str().expect("a zone");
        let mut options = vec![format!("--timezone={zone}")];
        options.extend(
            context["year"]
                .as_u64()
                .map(|year| format!("--year={year}")),
        );
        for (option, key) in [
            ("--own-domain", "own_domains"),
            ("--trusted-net", "trusted_networks"),
            ("--known-relay", "known_relays"),
            ("--threshold", "settings"),
        ] {
            let all = list(&context[key]);
            options.extend(all.iter().map(|one| format!("{option}={one}")));
        }
        Self {
            folder,
            expected,
            options,
        }
    }

    fn files(&self) -> Vec<String> {
        list(&self.expected["files"])
    }

    fn run(&self, more: &[String]) -> Value {
        let options = self.options.iter().chain(more).map(String::as_str);
        relaycheck()
            .args(["logs", "-f", "json"])
            .args(options)
            .run()
            .json()
    }
}

fn list(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

#[test]
fn every_format_is_detected_and_read() {
    let mut formats = std::collections::BTreeSet::new();
    for case in Case::all() {
        let path = |file: &String| case.folder.join(file).to_str().expect("UTF-8").to_owned();
        let paths: Vec<String> = case.files().iter().map(path).collect();
        let document = case.run(&paths);
        let (found, expected) = (audit(&document), &case.expected);
        let name = case.folder.display();
        assert_eq!(found["format"], expected["format"], "{name}");
        assert_eq!(found["lines"], expected["lines"], "{name}");
        for (key, value) in expected["totals"].as_object().expect("totals") {
            assert_eq!(&found["totals"][key], value, "{name}: {key}");
        }
        for wanted in expected["findings"].as_array().expect("a list") {
            let mut findings = document["findings"].as_array().expect("a list").iter();
            let fits = |finding: &&Value| {
                finding["rule"] == wanted["rule"]
                    && (wanted["subject"].is_null() || finding["subject"] == wanted["subject"])
            };
            let there = findings
                .find(fits)
                .unwrap_or_else(|| panic!("{name}: {wanted}"));
            assert!(wanted["count"].is_null() || there["count"] == wanted["count"]);
            assert!(
                there["file"].is_string() && there["line"].is_u64(),
                "{name}: {there}"
            );
        }
        formats.insert(found["format"].as_str().expect("a format").to_owned());
    }
    assert!(formats.len() >= 8, "{formats:?}");
}

#[test]
fn a_state_loses_nothing_in_any_format() {
    for case in Case::all() {
        let place = Place::new();
        let options =
            |name: &str| vec![format!("--state={}", place.name("state")), place.name(name)];
        let files = case.files();
        let [file] = files.as_slice() else {
            continue;
        };
        let text = fs::read(case.folder.join(file)).expect("a log");
        let mut sums: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
        let mut from = 0;
        // In the middle of lines, and of messages.
        for to in [text.len() * 2 / 5, text.len() * 4 / 5, text.len()] {
            place.append(file, &text[from..to]);
            from = to;
            let document = case.run(&options(file));
            for key in ["messages", "relay_denied", "relayed_recipients", "received"] {
                *sums.entry(key).or_default() += total(&document, key);
            }
            *sums.entry("lines").or_default() +=
                audit(&document)["lines"].as_u64().expect("a count");
        }
        let path = case.folder.join(file).to_str().expect("UTF-8").to_owned();
        let whole = case.run(&[path]);
        for (key, sum) in &sums {
            let expected = match *key {
                "lines" => audit(&whole)["lines"].as_u64().expect("a count"),
                key => total(&whole, key),
            };
            assert_eq!(*sum, expected, "{}: {key}", case.folder.display());
        }
    }
}

#[test]
fn a_log_behind_a_link_is_found_again_where_it_was_rotated() {
    let place = Place::new();
    let state = place.name("state");
    fs::create_dir(place.at("disk")).expect("room");
    let text = relayed_messages(10);
    let (one, rest) = text.split_at(text.len() / 3);
    let (two, three) = rest.split_at(rest.find('\n').expect("a line") + 1);
    place.write("disk/mail.log", one);
    std::os::unix::fs::symlink("disk/mail.log", place.at("mail.log")).expect("room");
    let run = || {
        let (code, document) = json(&["--state", &state], &[&place.name("mail.log")]);
        assert!(code < 2, "{document}");
        total(&document, "relayed_recipients")
    };
    let mut sum = run();
    place.append("disk/mail.log", two);
    fs::rename(place.at("disk/mail.log"), place.at("disk/mail.log.1")).expect("room");
    place.write("disk/mail.log", three);
    sum += run();
    assert_eq!(sum, 10);
    assert_eq!(run(), 0);
}

#[test]
fn lines_outside_of_the_time_are_left_out() {
    let place = Place::new();
    let log = place.write("mail.log", relayed_messages(60));
    for (args, expected) in [
        (vec!["--since=2026-03-02T00:01:00Z"], 30),
        (vec!["--until=2026-03-02T00:00:19Z"], 10),
        (
            vec![
                "--since=2026-03-02T00:01:00Z",
                "--until=2026-03-02T00:01:09Z",
            ],
            5,
        ),
        (vec!["--since=2026-03-03"], 0),
    ] {
        let (_, document) = json(&args, &[&log]);
        assert_eq!(total(&document, "relayed_recipients"), expected, "{args:?}");
        let notes = audit(&document)["notes"].to_string();
        assert!(notes.contains("outside of the time"), "{notes}");
    }
}

#[test]
fn years_are_inferred_over_a_new_year_and_said() {
    let place = Place::new();
    let line = |stamp: &str, n: u32| {
        format!("{stamp} mail postfix/smtpd[7]: connect from unknown[192.0.2.{n}]\n")
    };
    let log = place.write(
        "mail.log",
        line("Dec 31 23:59:58", 1) + &line("Dec 31 23:59:59", 2) + &line("Jan  1 00:00:01", 3),
    );
    let file = File::options()
        .write(true)
        .open(place.at("mail.log"))
        .expect("a file");
    let changed = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_312_000);
    file.set_modified(changed).expect("its time can be set");
    let ran = relaycheck()
        .args(["logs", "--timezone=UTC", "-f", "json", &log])
        .run();
    let document = ran.json();
    let found = audit(&document);
    assert_eq!(found["first"], "2025-12-31T23:59:58Z");
    assert_eq!(found["last"], "2026-01-01T00:00:01Z");
    let notes = found["notes"].to_string();
    assert!(notes.contains("2025 to 2026"), "{notes}");
    let ran = relaycheck()
        .args([
            "logs",
            "--timezone=+01:00",
            "--year=2019",
            "-f",
            "json",
            &log,
        ])
        .run();
    assert_eq!(audit(&ran.json())["first"], "2019-12-31T22:59:58Z");
}

/// Bytes that mean harm to terminals, markup, tables and readers of lines.
const HOSTILE: &[u8] =
    b"\x1b[2J\x1b]0;pwned\x07<script>alert(1)</script>=HYPERLINK(\"x\")\0\xff\xfe\r\xe2\x80\xae";

#[test]
fn hostile_bytes_reach_no_output() {
    let place = Place::new();
    let mut text = relayed_messages(4).into_bytes();
    for (number, hop) in (100..).zip(0..4) {
        let mut lines = relayed(number, 100 + hop).into_bytes();
        let at = lines
            .windows(2)
            .position(|two| two == b"a@")
            .expect("a sender");
        lines.splice(at..at, HOSTILE.iter().copied());
        text.extend(lines);
    }
    let log = place.write("mail.log", &text);
    let hostile = place
        .0
        .path()
        .join(std::str::from_utf8(b"\x1b]0;x\x07.log").expect("UTF-8"));
    fs::write(&hostile, &text).expect("room");
    let hostile = hostile.to_str().expect("UTF-8").to_owned();
    for format in ["human", "json", "jsonl"] {
        for verbosity in ["-q", "-v"] {
            // The harness refuses control characters.
            let ran = logs(&["-f", format, verbosity], &[&log, &hostile]);
            assert_eq!(ran.code, 1, "{}", ran.stderr);
            assert!(!ran.stdout.contains('\u{202e}'));
        }
    }
}

#[test]
fn long_lines_and_binary_rubbish_are_counted_and_harmless() {
    let place = Place::new();
    let mut text = relayed_messages(2).into_bytes();
    text.extend(std::iter::repeat_n(b'x', 10 << 20));
    text.push(b'\n');
    text.extend((0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
    text.push(b'\n');
    text.extend(relayed(7, 60).into_bytes());
    let log = place.write("mail.log", &text);
    let (code, document) = json(&[], &[&log]);
    assert_eq!(code, 1);
    assert_eq!(total(&document, "relayed_recipients"), 3);
    assert!(audit(&document)["unparsed"].as_u64() > Some(10));
    let notes = audit(&document)["notes"].to_string();
    assert!(notes.contains("longer than 64 KiB"), "{notes}");
}

#[test]
fn clients_are_written_for_a_firewall() {
    let place = Place::new();
    let log = place.write(
        "mail.log",
        relayed_messages(3) + &tried() + &refused(500, "192.0.2.9"),
    );
    let list = place.write("block.txt", "old\n");
    let ran = logs(&["--emit-clients", &list, "-q"], &[&log]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    // One attempt alone is nothing.
    let written = fs::read_to_string(place.at("block.txt")).expect("a list");
    assert_eq!(written, "198.51.100.99\n203.0.113.7\n");
    // Whoever is trusted is not in it.
    logs(
        &["--emit-clients", &list, "--trusted-net=203.0.113.0/24"],
        &[&log],
    );
    let written = fs::read_to_string(place.at("block.txt")).expect("a list");
    assert_eq!(written, "198.51.100.99\n");
}

#[test]
fn the_configuration_says_whose_mail_it_is_and_who_may_send() {
    let place = Place::new();
    fs::create_dir(place.at("etc")).expect("room");
    let main_cf = |more: &str| {
        place.write(
            "etc/main.cf",
            format!(
                "compatibility_level = 3.6\nmyhostname = mail.example.com\n\
                 mydestination = example.com, example.edu\nalias_maps =\n{more}"
            ),
        );
        place.name("etc")
    };
    let log = place.write(
        "mail.log",
        relayed_messages(3)
            + &message(20, 30, "198.51.100.200", "b@example.org")
            + &message(21, 40, "203.0.113.7", "b@example.edu"),
    );
    let run = |etc: &str| {
        let args = [
            "logs",
            "--timezone=UTC",
            "--year=2026",
            "-f",
            "json",
            "--config",
            etc,
            &log,
        ];
        relaycheck().args(args).run().json()
    };
    let etc = main_cf("mynetworks = 127.0.0.0/8 198.51.100.192/26\n");
    let document = run(&etc);
    // Neither the trusted client nor the own recipient counts.
    assert_eq!(total(&document, "relayed_recipients"), 3);
    assert_eq!(
        finding(&document, "LG001").expect("there")["confidence"],
        "proven"
    );
    let notes = audit(&document)["notes"].to_string();
    assert!(
        notes.contains("own domains example.com, example.edu"),
        "{notes}"
    );
    assert!(notes.contains("198.51.100.192/26"), "{notes}");
    // Who trusts everybody is not believed.
    let etc = main_cf("mynetworks = 0.0.0.0/0\n");
    let document = run(&etc);
    assert_eq!(total(&document, "relayed_recipients"), 4);
    let notes = audit(&document)["notes"].to_string();
    assert!(
        notes.contains("Too wide to be taken as trusted or own: 0.0.0.0/0"),
        "{notes}"
    );
    // What lies in a database is not known.
    let etc = main_cf("mynetworks = 127.0.0.0/8\nrelay_domains = mysql:/etc/postfix/x\n");
    let document = run(&etc);
    assert_eq!(
        finding(&document, "LG001").expect("there")["confidence"],
        "firm"
    );
    let notes = audit(&document)["notes"].to_string();
    assert!(notes.contains("more than is known by name"), "{notes}");
    let nothing = place.name("nothing");
    let ran = logs(&["--config", &nothing], &[&log]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("nothing"), "{}", ran.stderr);
}

#[test]
fn an_older_report_says_what_is_new() {
    let place = Place::new();
    let log = place.write("mail.log", relayed_messages(3));
    for format in ["json", "jsonl"] {
        let old = place.name(&format!("old.{format}"));
        logs(&["-o", &format!("{format}={old}")], &[&log]);
        let args = ["--baseline", &old, "--fail-on", "new"];
        let (code, document) = json(&args, &[&log]);
        assert_eq!(code, 0, "{format}");
        assert_eq!(
            finding(&document, "LG001").expect("there")["baseline"],
            "same"
        );
        let more = relayed_messages(3) + &message(9, 50, "198.51.100.7", "c@example.org");
        let more = place.write("more.log", more);
        let (code, document) = json(&args, &[&more]);
        assert_eq!(code, 1, "{format}");
        let findings = document["findings"].as_array().expect("a list");
        let new: Vec<&Value> = findings
            .iter()
            .filter(|f| f["rule"] == "LG001" && f["baseline"] == "new")
            .map(|f| &f["subject"])
            .collect();
        assert_eq!(new, ["198.51.100.7"]);
    }
}

#[test]
fn thresholds_and_rows_are_as_asked() {
    let place = Place::new();
    let log = place.write("mail.log", tried() + &refused(500, "192.0.2.9"));
    let (_, document) = json(&[], &[&log]);
    assert!(finding(&document, "LG010").is_some());
    let (_, document) = json(&["--threshold=LG010.count=13", "--top=1"], &[&log]);
    assert!(finding(&document, "LG010").is_none());
    let refused = audit(&document)["tops"]["refused"]
        .as_array()
        .expect("a list");
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["key"], "198.51.100.99");
    assert_eq!(refused[0]["count"], 12);
    let list = relaycheck().args(["list", "thresholds"]).run().stdout;
    assert!(
        list.contains("LG010.count") && list.contains("LG010.within"),
        "{list}"
    );
    let list = relaycheck().args(["list", "log-formats"]).run().stdout;
    assert!(list.contains("postfix-journal-export"), "{list}");
}

#[test]
fn documents_and_lines_are_as_the_schemas_say() {
    let place = Place::new();
    let log = place.write("mail.log", relayed_messages(3) + &tried());
    let empty = place.write("empty.log", "");
    for (what, format) in [("report", "json"), ("log", "jsonl")] {
        let schema = relaycheck().args(["schema", what]).run().json();
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        for path in [&log, &empty] {
            let document = logs(&["-f", format], &[path]).json();
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{what}");
        }
    }
}

#[test]
fn a_state_goes_on_where_the_last_run_ended() {
    let place = Place::new();
    let state = place.name("state");
    let run = |paths: &[&str]| {
        let (code, document) = json(&["--state", &state], paths);
        assert_ne!(code, 2);
        (code, document)
    };
    let text = relayed_messages(60);
    // Cut in the middle of a message and of a line.
    let (one, rest) = text.split_at(text.len() / 3 + 7);
    let (two, three) = rest.split_at(rest.len() / 2 + 11);
    let mut sums = [0; 3];
    let mut count = |document: &Value| {
        sums[0] += total(document, "relayed_recipients");
        sums[1] += total(document, "messages");
        sums[2] += audit(document)["lines"].as_u64().expect("a count");
    };
    let log = place.write("mail.log", one);
    count(&run(&[&log]).1);
    // Nothing new: nothing to tell.
    let (code, document) = run(&[&log]);
    assert_eq!(code, 0, "{document}");
    count(&document);
    // It grew, was renamed and packed; only the live one is named.
    place.append("mail.log", two);
    let all = fs::read(place.at("mail.log")).expect("a log");
    fs::remove_file(place.at("mail.log")).expect("there");
    place.write("mail.log.1.gz", packed("gzip", &all));
    place.write("mail.log", "");
    count(&run(&[&log]).1);
    // The half of a line that ended the old one is the beginning of none.
    place.append("mail.log", three);
    let (_, document) = run(&[&log]);
    count(&document);
    let finding = finding(&document, "LG001").expect("there");
    let message = finding["message"].as_str().expect("text");
    assert!(!message.contains("earlier run") || finding["count"].as_u64() < Some(60));
    assert!(sums[0] >= 59 && sums[1] >= 59, "{sums:?}");
    assert!(sums[0] <= 60 && sums[1] <= 60 && sums[2] <= 302, "{sums:?}");
}

#[test]
fn a_state_loses_nothing_over_any_cut() {
    let place = Place::new();
    let state = place.name("state");
    let text = relayed_messages(20);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut sums = (0, 0, 0);
    // After every third line, and with half of the next one there already.
    for (index, lines) in lines.chunks(3).enumerate() {
        let half = lines[0].len() / 2 * usize::from(index > 0);
        place.append("mail.log", &lines[0][half..]);
        place.append("mail.log", lines[1..].concat());
        let next = text.split_inclusive('\n').nth((index + 1) * 3);
        place.append("mail.log", next.map_or("", |next| &next[..next.len() / 2]));
        if index % 5 == 4 {
            // Cut off where it stands, after a copy was made.
            let copy = place.name(&format!("mail.log.{}", 9 - index / 5));
            let log = fs::read_to_string(place.at("mail.log")).expect("a log");
            let (whole, rest) = log.split_at(log.rfind('\n').expect("a line") + 1);
            fs::write(copy, whole).expect("room");
            place.write("mail.log", rest);
        }
        let (code, document) = json(&["--state", &state], &[&place.name("mail.log")]);
        assert!(code < 2, "{document}");
        sums.0 += total(&document, "relayed_recipients");
        sums.1 += total(&document, "messages");
        sums.2 += audit(&document)["lines"].as_u64().expect("a count");
    }
    assert_eq!(sums, (20, 20, 100));
}

#[test]
fn a_state_says_what_is_gone_and_belongs_to_one_run() {
    let place = Place::new();
    let state = place.name("state");
    let log = place.write("mail.log", relayed_messages(3));
    logs(&["--state", &state], &[&log]);
    fs::remove_file(place.at("mail.log")).expect("there");
    place.write("mail.log", tried());
    let (code, document) = json(&["--state", &state], &[&log]);
    assert_eq!(code, 3);
    let undecided = audit(&document)["undecided"].to_string();
    assert!(undecided.contains("mail.log is gone"), "{undecided}");
    let held = File::open(place.at("state")).expect("a state");
    held.lock().expect("a lock");
    let ran = logs(&["--state", &state], &[&log]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("in use by another run"),
        "{}",
        ran.stderr
    );
    drop(held);
    place.write("state", "{\"schema\": \"other/1\", \"files\": []}");
    let ran = logs(&["--state", &state], &[&log]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("it is no file of relaycheck"),
        "{}",
        ran.stderr
    );
}

/// A run that follows.
struct Following {
    child: Child,
    place: PathBuf,
}

impl Following {
    fn begin(place: &Place, args: &[&str]) -> Self {
        let report = place.name("report.json");
        let child = Command::new(env!("CARGO_BIN_EXE_relaycheck"))
            .env_clear()
            .args(["logs", "--follow", "-q", "-o", &format!("json={report}")])
            .args(KNOWN)
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        Self {
            child,
            place: place.at("report.json"),
        }
    }

    /// Gives it time for some looks at its files.
    fn wait(&self) {
        std::thread::sleep(Duration::from_millis(900));
    }

    /// Ends it; gives its exit code and its report.
    fn end(mut self) -> (i32, Value) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is told");
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        let report = fs::read(&self.place).expect("a report");
        (
            status.code().unwrap_or(-1),
            serde_json::from_slice(&report).expect("JSON"),
        )
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn live_files_are_followed_through_rotation_and_truncation() {
    let place = Place::new();
    let text = relayed_messages(60);
    let parts: Vec<&str> = {
        // Cut anywhere.
        let mut cuts: Vec<usize> = (0..=6).map(|n| text.len() * n / 6).collect();
        cuts.dedup();
        cuts.windows(2).map(|two| &text[two[0]..two[1]]).collect()
    };
    let log = place.write("mail.log", parts[0]);
    let later = place.name("later.log");
    let run = Following::begin(&place, &[&log, &later]);
    run.wait();
    place.append("mail.log", parts[1]);
    run.wait();
    // Renamed, as logrotate's create does; the writer has the old one open still.
    fs::rename(place.at("mail.log"), place.at("mail.log.1")).expect("room");
    place.append("mail.log.1", parts[2]);
    run.wait();
    let (head, tail) = parts[3].split_at(parts[3].find('\n').expect("a line") + 1);
    place.append("mail.log.1", head);
    place.write("mail.log", tail);
    run.wait();
    // Copied and cut off, with lines in the copy that nobody had read.
    place.append("mail.log", parts[4]);
    let (whole, half) = {
        let all = fs::read_to_string(place.at("mail.log")).expect("a log");
        let end = all.rfind('\n').expect("a line") + 1;
        (all[..end].to_owned(), all[end..].to_owned())
    };
    fs::write(place.at("mail.log.2"), whole).expect("room");
    let file = OpenOptions::new()
        .write(true)
        .open(place.at("mail.log"))
        .expect("there");
    file.set_len(0).expect("it can be cut");
    drop(file);
    run.wait();
    place.append("mail.log", half);
    place.append("mail.log", parts[5]);
    place.write("later.log", tried());
    let (code, document) = run.end();
    assert_eq!(code, 1);
    assert_eq!(document["run"]["complete"], true);
    assert_eq!(
        total(&document, "relayed_recipients"),
        60,
        "{}",
        audit(&document)
    );
    assert_eq!(total(&document, "messages"), 60);
    assert_eq!(total(&document, "relay_denied"), 12);
    assert_eq!(total(&document, "headless"), 0);
    assert_eq!(audit(&document)["unparsed"], 0);
    let finding = finding(&document, "LG001").expect("there");
    assert_eq!(finding["count"], 60);
    let paths: Vec<&str> = audit(&document)["paths"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(paths, [log.as_str(), later.as_str()]);
}

#[test]
fn a_run_that_is_killed_and_begun_again_counts_every_line_once() {
    let place = Place::new();
    let state = place.name("state");
    let text = relayed_messages(40);
    let (one, rest) = text.split_at(text.len() / 4);
    let (two, rest) = rest.split_at(rest.len() / 3);
    let (three, four) = rest.split_at(rest.len() / 2);
    let log = place.write("mail.log", one);
    let args = ["--state", &state, &log];
    let mut sum = 0;
    // Ended: it has reported.
    let run = Following::begin(&place, &args);
    run.wait();
    place.append("mail.log", two);
    run.wait();
    sum += total(&run.end().1, "relayed_recipients");
    // Killed: it has not, so that the next one tells of its lines.
    let mut run = Following::begin(&place, &args);
    run.wait();
    place.append("mail.log", three);
    run.wait();
    run.child.kill().expect("it can be killed");
    run.child.wait().expect("it ends");
    drop(run);
    fs::rename(place.at("mail.log"), place.at("mail.log.1")).expect("room");
    // A message may be cut by the rotation, a line is not.
    let end = four.find('\n').expect("a line") + 1;
    place.append("mail.log.1", &four[..end]);
    place.write("mail.log", &four[end..]);
    let run = Following::begin(&place, &args);
    run.wait();
    let (_, document) = run.end();
    sum += total(&document, "relayed_recipients");
    assert_eq!(sum, 40, "{}", audit(&document));
}
