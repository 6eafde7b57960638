//! What the READMEs show is what the program says: every session is run, every command line is understood, and what
//! needs no network is run too; both READMEs are one in two languages, and links lead somewhere.
//!
//! Sessions run in a folder with the files of `tests/fixtures/readme`. The one over the wire is against an embedded
//! server under the name of a mail server: its address and port stand for those shown, and the caveat that it was asked
//! over loopback is left out. A line of dots stands for lines that are not shown.

use crate::dns;
use crate::harness::{Servers, relaycheck};
use clap::Parser;
use regex::Regex;
use relaycheck::cli::args::Typed;
use relaycheck::server::{Behaviour, behaviour};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";

/// The session that is played by an embedded server.
const WIRE: &str = "relaycheck mail.example.com";

/// What stands for the paths of a real machine.
const PLACES: &[(&str, &str)] = &[
    ("/etc/postfix", "postfix"),
    ("/var/log/mail.log", "mail.log"),
    ("/var/lib/relaycheck/logs", "logs.state"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Gives the documents for people, by their paths.
fn documents() -> Vec<String> {
    let mut all = vec![
        ENGLISH.to_owned(),
        CHINESE.to_owned(),
        "contrib/README.md".to_owned(),
        ".github/CONTRIBUTING.md".to_owned(),
    ];
    for entry in fs::read_dir(root().join("docs")).expect("docs") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("UTF-8");
        if name.ends_with(".md") {
            all.push(format!("docs/{name}"));
        }
    }
    all
}

/// Gives the bodies of fenced blocks of a kind.
fn fenced<'a>(document: &'a str, kind: &str) -> Vec<&'a str> {
    let opening = format!("\n```{kind}\n");
    document
        .split(&*opening)
        .skip(1)
        .map(|rest| rest.split("\n```").next().expect("its end"))
        .collect()
}

/// Gives the sessions: what was typed, and what was answered.
fn sessions(document: &str) -> Vec<(&str, &str)> {
    fenced(document, "text")
        .into_iter()
        .filter_map(|block| block.strip_prefix("$ "))
        .map(|block| block.split_once('\n').expect("an answer"))
        .collect()
}

/// Gives the command lines that stand by themselves, without what the shell does with them.
fn commands(document: &str) -> Vec<&str> {
    document
        .lines()
        .filter(|line| line.starts_with("    "))
        .filter_map(|line| {
            let at = line.find("relaycheck ")?;
            let before = line[..at].trim_start();
            // After the times of a line of cron, or first; not in a path, a comment or an argument.
            let first = before.is_empty() || before.starts_with(|c: char| c.is_ascii_digit());
            first.then(|| &line[at..])
        })
        .map(|command| {
            let end = [" < ", " | ", " > ", " >> ", "  #", " \\"]
                .iter()
                .filter_map(|mark| command.find(mark))
                .min();
            command[..end.unwrap_or(command.len())].trim_end()
        })
        .collect()
}

/// Makes a folder with the files that the READMEs name.
fn bench() -> TempDir {
    let bench = tempfile::tempdir().expect("a folder");
    let from = root().join("tests/fixtures/readme");
    copy(&from, bench.path());
    let log = root().join("tests/fixtures/log/postfix-relay-happened/mail.log");
    fs::copy(log, bench.path().join("mail.log")).expect("room");
    copy(
        &from.join("postfix"),
        &bench.path().join("hosts/mail/postfix"),
    );
    // Reports: of a scan in two parts, and of two days.
    let run = |args: &[&str]| {
        let ran = relaycheck().folder(bench.path()).args(args.to_vec()).run();
        assert_ne!(ran.code, 2, "{}", ran.stderr);
    };
    for part in ["1", "2"] {
        let (shard, out) = (format!("{part}/2"), format!("json=part-{part}.json"));
        run(&[
            "-q",
            "127.0.0.1:9",
            "127.0.0.2:9",
            "--seed",
            "7",
            "--shard",
            &shard,
            "-o",
            &out,
        ]);
    }
    run(&["config", "hosts", "-q", "-o", "json=before.json"]);
    for day in ["last-week", "today"] {
        run(&["-q", "127.0.0.1:9", "-o", &format!("json={day}.json")]);
    }
    bench
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("room");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let place = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &place),
            false => drop(fs::copy(entry.path(), place).expect("room")),
        }
    }
}

/// Plays the session over the wire.
fn over_the_wire() -> String {
    let row = |id| behaviour(id).expect("a row");
    let server = Behaviour {
        tls: row("open-inside-tls").tls,
        ..*row("null-sender")
    };
    let runtime = Runtime::new().expect("a runtime");
    let names = runtime.block_on(dns::serve()).to_string();
    let here: SocketAddr = "127.0.0.16:0".parse().expect("an address");
    let servers = Servers::start_on([(&server, here)].into_iter());
    let port = servers.all[0].address().port();
    let target = format!("mail.null-sender.test:{port}");
    let ran = relaycheck()
        .args([
            &*target,
            "--dns-server",
            &names,
            "--helo",
            "scanner.your.example",
        ])
        .run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let told = ran
        .stdout
        .replace(&format!(":{port}"), ":25")
        .replace("127.0.0.16", "192.0.2.25")
        .replace("mail.null-sender.test", "mail.example.com");
    // From here the server may trust us; from where the reader sits it does not.
    let caveat = Regex::new(r"(?m)^  caveat trusted-vantage: .*\n(    .*\n)*").expect("a pattern");
    assert!(caveat.is_match(&told), "{told}");
    caveat.replace(&told, "").into_owned()
}

/// Takes the time that a run took out of what it told.
fn timeless(text: &str) -> String {
    let took = Regex::new(r"in \d+\.\d s\b").expect("a pattern");
    took.replace_all(text, "in 0.0 s").trim_end().to_owned()
}

/// Tells whether an answer is as shown, where a line of dots stands for any lines.
fn fits(shown: &str, told: &str) -> bool {
    let (shown, told) = (timeless(shown), timeless(told));
    let parts: Vec<&str> = shown.split("\n...\n").collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    if parts.len() == 1 {
        return shown == told;
    }
    let mut rest = match told.strip_prefix(first) {
        Some(rest) => rest,
        None => return false,
    };
    for part in &parts[1..parts.len() - 1] {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Runs a command of a README in the folder with its files; absolute paths stand for files there.
fn run_at(bench: &Path, command: &str) -> crate::harness::Ran {
    let words = command.split_whitespace().skip(1).map(|word| {
        PLACES.iter().fold(word.to_owned(), |word, (place, file)| {
            word.replace(place, file)
        })
    });
    let words: Vec<String> = words.collect();
    let run = relaycheck().folder(bench).env("TZ", "UTC");
    let run = match words.first().map(String::as_str) {
        Some("classify") => run.stdin(fs::read(bench.join("replies.jsonl")).expect("replies")),
        _ => run,
    };
    run.args(words.iter().map(String::as_str)).run()
}

/// Tells whether a command reads nothing but files.
fn is_offline(command: &str) -> bool {
    const OFFLINE: &[&str] = &[
        "config", "logs", "classify", "explain", "list", "schema", "diff", "merge",
    ];
    let words: Vec<&str> = command.split_whitespace().collect();
    let known = words.get(1).is_some_and(|word| OFFLINE.contains(word));
    // It would wait for more.
    (known || words.contains(&"--dry-run")) && !words.contains(&"--follow")
}

#[test]
fn sessions_are_what_the_program_says() {
    let bench = bench();
    let wire = over_the_wire();
    for name in [ENGLISH, CHINESE] {
        let document = read(name);
        let sessions = sessions(&document);
        assert!(sessions.len() >= 4, "{name}: {}", sessions.len());
        for (command, shown) in sessions {
            let told = match command {
                WIRE => wire.clone(),
                _ => {
                    assert!(is_offline(command), "{name}: {command}");
                    let ran = run_at(bench.path(), command);
                    assert_ne!(ran.code, 2, "{command}: {}", ran.stderr);
                    ran.stdout
                }
            };
            assert!(
                fits(shown, &told),
                "{name}: {command}\n--- shown\n{shown}\n--- told\n{told}"
            );
        }
    }
}

#[test]
fn what_is_shown_wrongly_does_not_fit() {
    for (shown, fit) in [
        ("a\nb\nc", true),
        ("a\n...\nc", true),
        ("a\nb\nc in 0.3 s", false),
        ("a\nb", false),
        ("b\n...\nc", false),
        ("a\n...\nx\n...\nc", false),
    ] {
        assert_eq!(fits(shown, "a\nb\nc\n"), fit, "{shown}");
    }
    assert!(fits("read in 0.4 s", "read in 12.7 s\n"));
}

#[test]
fn command_lines_are_understood() {
    for name in documents() {
        let document = read(&name);
        let commands = commands(&document);
        if [ENGLISH, CHINESE].contains(&&*name) {
            assert!(commands.len() >= 30, "{name}: {}", commands.len());
        }
        let typed = sessions(&document).into_iter().map(|(command, _)| command);
        for command in commands.into_iter().chain(typed) {
            // The shell fills in variables before the program sees them.
            let command = command.replace(['$', '"', '\''], "");
            if let Err(error) = Typed::try_parse_from(command.split_whitespace()) {
                panic!("{name}: {command}: {error}");
            }
        }
    }
}

#[test]
fn an_option_that_does_not_exist_is_not_understood() {
    let document = "text\n\n    relaycheck --no-such-option mail.example.com\n";
    let commands = commands(document);
    assert_eq!(commands, ["relaycheck --no-such-option mail.example.com"]);
    assert!(Typed::try_parse_from(commands[0].split_whitespace()).is_err());
}

#[test]
fn commands_that_need_no_network_work() {
    let bench = bench();
    let document = read(ENGLISH);
    let offline = commands(&document)
        .into_iter()
        .filter(|line| is_offline(line));
    let mut ran_any = 0;
    for command in offline {
        let ran = run_at(bench.path(), command);
        assert_ne!(ran.code, 2, "{command}: {}", ran.stderr);
        assert!(ran.code >= 0, "{command}");
        ran_any += 1;
    }
    assert!(ran_any >= 12, "only {ran_any} commands");
}

/// Gives what has to be the same in every language: code without its comments, levels of headings, rows of tables.
fn bones(document: &str) -> Vec<String> {
    let mut bones = Vec::new();
    let mut fence = false;
    for line in document.lines() {
        let code = line.split("  #").next().unwrap_or_default().trim_end();
        if line.starts_with("```") {
            fence = !fence;
            bones.push(line.to_owned());
        } else if fence || line.starts_with("    ") {
            // What a comment alone says is said in the language of the page.
            if !code.trim().is_empty() && !line.starts_with('#') {
                bones.push(code.to_owned());
            }
        } else if line.starts_with('#') {
            bones.push(line.split(' ').next().unwrap_or_default().to_owned());
        } else if line.starts_with('|') {
            bones.push(format!("| {} columns", line.matches(" |").count()));
        }
    }
    bones
}

#[test]
fn both_readmes_have_the_same_bones() {
    let (english, chinese) = (read(ENGLISH), read(CHINESE));
    let (english, chinese) = (bones(&english), bones(&chinese));
    for (index, (one, other)) in english.iter().zip(&chinese).enumerate() {
        assert_eq!(one, other, "the {index}th block or line");
    }
    assert_eq!(english.len(), chinese.len());
}

/// Makes the anchor of a heading, as code hosts do.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn anchors(document: &str) -> Vec<String> {
    let mut fence = false;
    let headings = document.lines().filter(|line| {
        fence ^= line.starts_with("```");
        !fence && line.starts_with('#')
    });
    headings.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
    let mut checked = 0;
    for name in documents() {
        let document = read(&name);
        let folder = Path::new(&name).parent().expect("a folder");
        for found in link.captures_iter(&document) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, mark) = target.split_once('#').unwrap_or((target, ""));
            let path = match path {
                "" => root().join(&name),
                path => root().join(folder).join(path),
            };
            assert!(path.exists(), "{name}: {target}");
            if !mark.is_empty() {
                let there = fs::read_to_string(&path).expect("a document");
                assert!(
                    anchors(&there).iter().any(|a| a == mark),
                    "{name}: {target}"
                );
            }
            checked += 1;
        }
    }
    assert!(checked >= 20, "only {checked} links");
}
