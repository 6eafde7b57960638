//! The audit of configurations as a person or a script runs it: exit codes, formats, and files that mean harm.

use crate::harness::{Ran, relaycheck};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Takes mail for anyone from anyone.
const OPEN: &str = "compatibility_level = 3.6\nmynetworks = 0.0.0.0/0\n";

/// Refuses strangers, and everything it names is there.
const CLOSED: &str = "compatibility_level = 3.6\nmynetworks = 127.0.0.0/8\n\
                      alias_maps =\nalias_database =\nlocal_recipient_maps =\n";

/// A place for files, gone with the test.
struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().expect("a directory"));
        for (name, text) in files {
            place.write(name, text);
        }
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.at(name).to_str().expect("UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("room");
        fs::write(path, text).expect("room");
    }
}

fn config(args: &[&str], paths: &[&str]) -> Ran {
    relaycheck()
        .args(["config"])
        .args(args.iter().copied())
        .args(paths.iter().copied())
        .run()
}

fn json(args: &[&str], path: &str) -> (i32, Value) {
    let ran = config(&[args, &["-f", "json"]].concat(), &[path]);
    (ran.code, ran.json())
}

fn rules(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().expect("a list");
    let rules = findings.iter().map(|f| f["rule"].as_str().expect("an id"));
    rules.collect()
}

#[test]
fn wrong_use_is_told_with_what_to_do() {
    let place = Place::new(&[("x/notes", "nothing here\n"), ("main.cf", CLOSED)]);
    let (nothing, main_cf) = (place.name("x"), place.name("main.cf"));
    for (args, told) in [
        (vec![], "no files were given"),
        (vec!["/nowhere/at/all"], "cannot read /nowhere/at/all"),
        (vec![nothing.as_str()], "say with --dialect whose it is"),
        (vec![nothing.as_str()], "postfix, exim, sendmail"),
        (
            vec!["--dialect", "exim", nothing.as_str()],
            "name the file or directory",
        ),
        (
            vec!["--dialect", "smail", main_cf.as_str()],
            "known are postfix",
        ),
        (vec!["--mta-version", "x", main_cf.as_str()], "such as 3.7"),
        (
            vec!["--trusted-net", "192.0.2.1/24", main_cf.as_str()],
            "such as 192.0.2.0/24",
        ),
        (
            vec!["--own-domain", "a b", main_cf.as_str()],
            "is no domain",
        ),
        (vec!["--hostname", "a b", main_cf.as_str()], "--hostname"),
        (vec!["--fail-on", "new", main_cf.as_str()], "--baseline"),
        (vec!["-f", "xml", main_cf.as_str()], "known are human"),
        (vec!["-", "-"], "standard input can be read once"),
        (
            vec!["--postconf", "-", "-"],
            "standard input can be read once",
        ),
        (
            vec!["--dialect", "exim", "--postconf", main_cf.as_str()],
            "say --dialect postfix",
        ),
        (
            vec!["--suppressions", "/nowhere.toml", main_cf.as_str()],
            "/nowhere.toml",
        ),
    ] {
        let ran = config(&args, &[]);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn the_exit_code_says_what_was_found_in_every_format() {
    let place = Place::new(&[("open/main.cf", OPEN), ("closed/main.cf", CLOSED)]);
    place.write(
        "hidden/main.cf",
        format!(
            "{CLOSED}smtpd_relay_restrictions = check_client_access mysql:/etc/x, \
                 reject_unauth_destination\n"
        ),
    );
    let (open, closed) = (place.name("open"), place.name("closed"));
    let hidden = place.name("hidden");
    for format in ["human", "json", "jsonl"] {
        let code = |args: &[&str], paths: &[&str]| {
            let args = [args, &["-f", format]].concat();
            let ran = config(&args, paths);
            (ran.code, ran.stderr)
        };
        for (args, paths, expected) in [
            (vec![], vec![closed.as_str()], 0),
            (vec![], vec![open.as_str()], 1),
            (vec![], vec![hidden.as_str()], 3),
            (vec![], vec![hidden.as_str(), open.as_str()], 1),
            (vec!["--fail-on", "info"], vec![closed.as_str()], 1),
            (vec!["--fail-on", "never"], vec![open.as_str()], 0),
            (vec![], vec![open.as_str(), "/nowhere"], 2),
        ] {
            let (code, stderr) = code(&args, &paths);
            assert_eq!(code, expected, "{format} {args:?} {paths:?}: {stderr}");
        }
    }
    let outcome = |path: &str| json(&[], path).1["audits"][0]["relay"].clone();
    assert_eq!(outcome(&open), "open");
    assert_eq!(outcome(&closed), "closed");
    assert_eq!(outcome(&hidden), "conditional");
}

#[test]
fn what_was_not_read_leaves_a_closed_one_undecided_until_it_is_put_aside() {
    let place = Place::new(&[]);
    let senders = "smtpd_sender_restrictions = check_sender_access hash:/etc/postfix/senders\n";
    place.write("main.cf", format!("{CLOSED}{senders}"));
    let (code, document) = json(&[], &place.name("main.cf"));
    assert_eq!(document["audits"][0]["relay"], "closed");
    assert_eq!(code, 3, "{document}");
    let unread = document["audits"][0]["unread"].to_string();
    assert!(unread.contains("/etc/postfix/senders"), "{unread}");
    place.write(
        "aside.toml",
        "[[suppress]]\nrule = \"GN002\"\nreason = \"generated on the host\"\n",
    );
    let aside = place.name("aside.toml");
    let (code, document) = json(&["--suppressions", &aside], &place.name("main.cf"));
    assert_eq!(code, 0, "{document}");
    let suppressed = &document["audits"][0]["suppressed"];
    assert_eq!(suppressed[0]["reason"], "generated on the host");
    assert_eq!(suppressed[0]["finding"]["rule"], "GN002");
    assert!(!rules(&document).contains(&"GN002"));
}

#[test]
fn what_decides_elsewhere_is_undecided_until_somebody_settles_it() {
    let place = Place::new(&[]);
    let relayed = "relay_domains = hash:/etc/postfix/relayed\n";
    place.write("main.cf", format!("{CLOSED}{relayed}"));
    let main_cf = place.name("main.cf");
    let (code, document) = json(&[], &main_cf);
    assert_eq!(document["audits"][0]["relay"], "conditional");
    assert_eq!(code, 3);
    let aside = place.name("aside.toml");
    let row = |id: &str| format!("[[suppress]]\nrule = \"{id}\"\nreason = \"looked at\"\n");
    for (rows, expected) in [
        (row("GN002"), 3),
        (row("PF003"), 3),
        (row("GN002") + &row("PF003"), 0),
    ] {
        place.write("aside.toml", rows);
        let (code, document) = json(&["--suppressions", &aside], &main_cf);
        assert_eq!(code, expected, "{document}");
    }
}

#[test]
fn the_other_paths_are_audited_and_the_trouble_is_told() {
    let place = Place::new(&[("main.cf", CLOSED), ("x/y", "z")]);
    let (main_cf, nothing) = (place.name("main.cf"), place.name("x"));
    let ran = config(&["-f", "jsonl"], &["/nowhere", &main_cf, &nothing]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr.contains("/nowhere"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no configuration is recognised"));
    let ran = config(&[], &["/nowhere"]);
    assert_eq!((ran.code, ran.stdout.trim()), (2, "nothing was audited"));
}

#[test]
fn a_finding_points_at_the_word_to_change_and_says_how_to_try_it() {
    let place = Place::new(&[("etc/main.cf", OPEN)]);
    let path = place.name("etc");
    let ran = config(&["--hostname", "mail.example.com"], &[&path]);
    assert!(
        ran.stdout.contains(
            "--> main.cf:2:14\n  |\n2 | mynetworks = 0.0.0.0/0\n  |              ^^^^^^^^^"
        ),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("= try: relaycheck mail.example.com:25 --forms plain"),
        "{}",
        ran.stdout
    );
    let (_, document) = json(&["--hostname", "mail.example.com"], &path);
    let findings = document["findings"].as_array().expect("a list");
    let verdict = findings.iter().find(|f| f["rule"] == "PF001");
    let verdict = verdict.expect("PF001");
    assert_eq!(verdict["path"], path);
    assert_eq!(verdict["file"], "main.cf");
    let again = verdict["reproduce"].as_str().expect("a command");
    assert!(
        again.starts_with("relaycheck mail.example.com:25 "),
        "{again}"
    );
    assert_eq!(verdict["envelope"]["recipient"], "relaycheck@example.com");
}

#[test]
fn the_policy_is_a_table_with_the_line_behind_each_row() {
    let place = Place::new(&[("main.cf", CLOSED)]);
    let ran = config(&["--policy"], &[&place.name("main.cf")]);
    let rows: Vec<&str> = ran
        .stdout
        .lines()
        .skip_while(|line| !line.contains("policy:"))
        .collect();
    assert!(rows[1].contains("these clients"), "{}", ran.stdout);
    assert!(
        rows.iter().any(|row| row.contains("main.cf:2")),
        "{}",
        ran.stdout
    );
    let without = config(&[], &[&place.name("main.cf")]);
    assert!(!without.stdout.contains("policy:"));
    let (_, document) = json(&[], &place.name("main.cf"));
    let grants = document["audits"][0]["grants"].as_array().expect("a list");
    assert!(!grants.is_empty());
}

#[test]
fn standard_input_and_the_output_of_postconf_are_files() {
    let stdin = |args: &[&str], text: &str| {
        relaycheck()
            .args(["config", "-f", "json"])
            .args(args.iter().copied())
            .stdin(text)
            .run()
    };
    let ran = stdin(&["--dialect", "postfix", "-"], OPEN);
    let document = ran.json();
    assert_eq!(ran.code, 1);
    assert_eq!(document["audits"][0]["path"], "-");
    assert_eq!(document["audits"][0]["relay"], "open");

    // In either order, and each line keeps its number.
    let service = "smtp       inet  n       -       y       -       -       smtpd\n    \
                   -o mynetworks=0.0.0.0/0\n";
    for text in [format!("{CLOSED}{service}"), format!("{service}{CLOSED}")] {
        let ran = stdin(&["--postconf", "-"], &text);
        let document = ran.json();
        assert_eq!(document["audits"][0]["relay"], "open", "{}", ran.stdout);
        let line = text
            .lines()
            .position(|line| line.contains("-o"))
            .expect("there")
            + 1;
        let findings = document["findings"].as_array().expect("a list");
        let at = |f: &&Value| f["rule"] == "PF030";
        let cause = findings.iter().find(at).expect("PF030");
        let told = cause["line"].as_u64().expect("a line");
        assert!(
            told == line as u64 || told == line as u64 - 1,
            "{told}, not {line}"
        );
    }
}

#[test]
fn a_root_is_where_absolute_paths_begin() {
    let main_cf = format!("{CLOSED}mynetworks = /etc/postfix/nets\n");
    let place = Place::new(&[
        ("image/etc/postfix/main.cf", &main_cf),
        ("image/etc/postfix/nets", "0.0.0.0/0\n"),
    ]);
    let (root, path) = (place.name("image"), place.name("image/etc/postfix"));
    let (code, document) = json(&["--root", &root], &path);
    assert_eq!((code, &document["audits"][0]["relay"]), (1, &"open".into()));
    // A link that is absolute inside the image stays in it.
    fs::remove_file(place.at("image/etc/postfix/main.cf")).expect("there");
    place.write("image/srv/main.cf", OPEN);
    std::os::unix::fs::symlink("/srv/main.cf", place.at("image/etc/postfix/main.cf"))
        .expect("room");
    let (_, document) = json(&["--root", &root], &path);
    assert_eq!(document["audits"][0]["relay"], "open");
}

#[test]
fn suppressions_are_counted_and_end() {
    let place = Place::new(&[("hosts/a/main.cf", OPEN), ("hosts/b/main.cf", CLOSED)]);
    let hosts = place.name("hosts");
    let rows = |until: &str, ids: &[&str]| {
        let row = |id: &&str| {
            format!("[[suppress]]\nrule = \"{id}\"\npath = \"a/*\"\nreason = \"lab\"\n{until}\n")
        };
        ids.iter().map(row).collect::<String>()
    };
    let grave: Vec<String> = {
        let (_, document) = json(&[], &hosts);
        let findings = document["findings"].as_array().expect("a list");
        let grave = findings
            .iter()
            .filter(|f| f["severity"] == "critical" || f["severity"] == "high");
        let ids = grave.map(|f| f["rule"].as_str().expect("an id").to_owned());
        ids.collect()
    };
    let grave: Vec<&str> = grave.iter().map(String::as_str).collect();
    assert!(grave.contains(&"PF030"));
    let file = place.name("aside.toml");
    for (until, code) in [
        ("", 0),
        ("until = 9999-12-31", 0),
        ("until = 2001-01-31", 1),
    ] {
        place.write("aside.toml", rows(until, &grave));
        let ran = config(&["--suppressions", &file], &[&hosts]);
        assert_eq!(ran.code, code, "{until}: {}", ran.stderr);
        if code == 0 {
            assert!(ran.stdout.contains("put aside"), "{}", ran.stdout);
            assert!(ran.stdout.contains("a/main.cf:2:14: lab"), "{}", ran.stdout);
            assert_eq!(ran.stderr, "");
        } else {
            assert!(
                ran.stderr.contains("held until 2001-01-31"),
                "{}",
                ran.stderr
            );
            assert!(ran.stdout.contains("no longer put aside"), "{}", ran.stdout);
        }
    }
    // What fits nothing is told; so is what is wrong, with its place.
    place.write("aside.toml", rows("", &["IIS001"]));
    let ran = config(&["--suppressions", &file], &[&hosts]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("fits nothing"), "{}", ran.stderr);
    place.write(
        "aside.toml",
        "[[suppress]]\nrule = \"PF030\"\nreson = \"x\"\n",
    );
    let ran = config(&["--suppressions", &file], &[&hosts]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("aside.toml:3:1: unknown field"),
        "{}",
        ran.stderr
    );
}

#[test]
fn only_what_is_new_fails_beside_a_baseline() {
    let place = Place::new(&[("hosts/a/main.cf", OPEN), ("hosts/b/main.cf", CLOSED)]);
    let hosts = place.name("hosts");
    for format in ["json", "jsonl"] {
        place.write("hosts/b/main.cf", CLOSED);
        let old = place.name(&format!("old.{format}"));
        let ran = config(&["-o", &format!("{format}={old}")], &[&hosts]);
        assert_eq!(ran.code, 1);
        let args = ["--fail-on", "new", "--baseline", &old];
        let (code, document) = json(&args, &hosts);
        assert_eq!(code, 0, "{format}: {document}");
        let findings = document["findings"].as_array().expect("a list");
        assert!(findings.iter().all(|f| f["baseline"] == "same"));
        assert_eq!(document["audits"][0]["baseline"]["relay"], "open");

        place.write("hosts/b/main.cf", OPEN);
        let (code, document) = json(&args, &hosts);
        assert_eq!(code, 1, "{format}");
        let findings = document["findings"].as_array().expect("a list");
        let new = |f: &&Value| f["baseline"] == "new" && f["severity"] == "critical";
        let files: Vec<&Value> = findings.iter().filter(new).map(|f| &f["file"]).collect();
        assert!(!files.is_empty());
        assert!(files.iter().all(|file| **file == "b/main.cf"), "{files:?}");
    }
}

/// Gives a report in every format; none may hold a control character, which the harness sees to.
fn in_every_format(path: &str) -> Vec<Ran> {
    ["human", "json", "jsonl"]
        .map(|format| config(&["--policy", "-f", format], &[path]))
        .into_iter()
        .collect()
}

#[test]
fn files_that_mean_harm_are_read_to_an_end_and_escaped() {
    let place = Place::new(&[]);
    place.write(
        "nul/main.cf",
        b"mynetworks\0 = \0\0\nmynetworks = 0.0.0.0/0\0\n",
    );
    place.write(
        "escape/main.cf",
        "mynetworks = 0.0.0.0/0 \u{1b}[31m\u{202e}x\nmyhostname = \u{9b}2J\u{7}\n",
    );
    place.write(
        "loop/main.cf",
        "a = $b\nb = $a$a\nmynetworks = $a 0.0.0.0/0\n",
    );
    place.write(
        "long/main.cf",
        format!("mynetworks = {}", "1.2.3.4, ".repeat(200_000)),
    );
    place.write(
        "open-quote/main.cf",
        "mynetworks = {{{{ \"'\nrelay_domains = ${a?{b\n",
    );
    place.write(
        "binary/main.cf",
        (0..=255).cycle().take(100_000).collect::<Vec<u8>>(),
    );
    place.write("empty/main.cf", "");
    place.write("ho\u{1b}[2Jme/main.cf", OPEN);
    for name in [
        "nul",
        "escape",
        "loop",
        "long",
        "open-quote",
        "binary",
        "empty",
        "ho\u{1b}[2Jme",
    ] {
        for ran in in_every_format(&place.name(name)) {
            assert!((0..=3).contains(&ran.code), "{name}: {}", ran.stderr);
            assert!(!ran.stdout.is_empty(), "{name}: {}", ran.stderr);
        }
    }
}

#[test]
fn what_is_no_ordinary_file_is_never_opened() {
    let place = Place::new(&[("etc/main.cf", CLOSED), ("single/other", "")]);
    // A table that is a pipe, one that is a device, and one larger than is read.
    let tables = "relay_domains = /etc/postfix/pipe, /etc/postfix/zero, /etc/postfix/large\n";
    place.write("etc/main.cf", format!("{CLOSED}{tables}"));
    let made = std::process::Command::new("mkfifo")
        .args([place.at("etc/pipe"), place.at("single/main.cf")])
        .status();
    assert!(made.expect("mkfifo").success());
    std::os::unix::fs::symlink("/dev/zero", place.at("etc/zero")).expect("room");
    let large = File::create(place.at("etc/large")).expect("room");
    large.set_len(100 << 20).expect("room");
    let (code, document) = json(&[], &place.name("etc"));
    assert_eq!(code, 3);
    let unread = document["audits"][0]["unread"].to_string();
    for name in ["pipe: not a file", "zero: not a file", "large: too large"] {
        assert!(unread.contains(name), "{unread}");
    }
    for (path, told) in [
        (place.name("etc/pipe"), "neither a file nor a directory"),
        (place.name("etc/large"), "too large"),
        ("/dev/zero".to_owned(), "neither a file nor a directory"),
    ] {
        let ran = config(&["--dialect", "postfix"], &[&path]);
        assert_eq!(ran.code, 2, "{path}");
        assert!(ran.stderr.contains(told), "{path}: {}", ran.stderr);
    }
}

#[test]
fn links_in_circles_come_to_an_end() {
    let place = Place::new(&[("etc/main.cf", CLOSED), ("etc/deep/x", "")]);
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, place.at(name)).expect("room");
    };
    link(Path::new(".."), "etc/deep/up");
    link(place.0.path(), "etc/top");
    link(Path::new("itself"), "etc/itself");
    let (code, document) = json(&[], &place.name("etc"));
    assert_eq!(code, 0, "{document}");
    let instances = document["audits"][0]["instances"].as_array();
    assert_eq!(instances.map(Vec::len), Some(1));
    let ran = config(&[], &[&place.name("etc/itself")]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("etc/itself"), "{}", ran.stderr);
}

#[test]
fn names_that_are_no_utf_8_are_shown_and_found() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new(&[]);
    let directory = place
        .at("hosts")
        .join(std::ffi::OsStr::from_bytes(b"m\xffx"));
    fs::create_dir_all(&directory).expect("room");
    fs::write(directory.join("main.cf"), OPEN).expect("room");
    let (code, document) = json(&[], &place.name("hosts"));
    assert_eq!(code, 1);
    let file = document["findings"][0]["file"].as_str().expect("a file");
    assert_eq!(file, "m\u{fffd}x/main.cf");
}

#[test]
fn lists_and_explanations_know_the_audit() {
    let listed = |what: &str| {
        let ran = relaycheck().args(["list", what, "-f", "json"]).run();
        assert_eq!(ran.code, 0);
        ran.json().as_array().expect("a list").clone()
    };
    let dialects = listed("dialects");
    assert_eq!(dialects.len(), relaycheck::mtaconf::DIALECTS.len());
    assert_eq!(dialects[0]["name"], "postfix");
    let rules = listed("rules");
    let row = rules
        .iter()
        .find(|row| row["id"] == "PF031")
        .expect("there");
    assert_eq!(row["audit"], "config");
    assert_eq!(row["product"], "Postfix");
    assert_eq!(row["severity"], "high");
    assert_eq!(row["other_severities"], serde_json::json!(["medium"]));
    let row = rules
        .iter()
        .find(|row| row["id"] == "RC001")
        .expect("there");
    assert_eq!(row["audit"], "probe");
    let ran = relaycheck().args(["explain", "pf001"]).run();
    for told in [
        "PF001 (critical): An outsider may relay",
        "What a probe over the wire sees:",
        "reject_unauth_destination",
        "SMTPD_ACCESS_README",
    ] {
        assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
    }
    let ran = relaycheck()
        .args(["explain", "pf001", "--lang", "zh"])
        .run();
    for told in [
        "PF001（critical 严重）：外部客户端可中继到任意目标",
        "从网络上探测会看到：",
        "reject_unauth_destination",
        "SMTPD_ACCESS_README",
    ] {
        assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
    }
    let ran = relaycheck().args(["explain", "open-if-forged"]).run();
    assert!(
        ran.stdout.contains("outcome of a configuration"),
        "{}",
        ran.stdout
    );
    let ran = relaycheck().args(["schema", "audit"]).run();
    assert_eq!(ran.json()["$id"], "urn:relaycheck:audit:1");
}
