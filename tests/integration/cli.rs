//! Arguments, lists, files and streams: what a user can get wrong, and what the machine can.

use crate::dns;
use crate::harness::{Servers, relaycheck, said};
use relaycheck::server::behaviour;
use std::net::IpAddr;

#[test]
fn wrong_use_is_told_with_what_to_do() {
    for (args, told) in [
        (vec![], "no targets were given"),
        (
            vec!["--forms", "nonsense", "127.0.0.1"],
            "relaycheck list forms",
        ),
        (
            vec!["--forms", "control-reserved-domain", "127.0.0.1"],
            "is a control",
        ),
        (vec!["--timeout", "soon", "127.0.0.1"], "such as 500ms, 30s"),
        (vec!["--timeout", "0", "127.0.0.1"], "out of range"),
        (
            vec!["--format", "xml", "127.0.0.1"],
            "known are human, json, jsonl",
        ),
        (vec!["-o", "json", "127.0.0.1"], "FORMAT=FILE"),
        (vec!["--fail-on", "blood", "127.0.0.1"], "is no severity"),
        (vec!["--rcpt", "nobody", "127.0.0.1"], "--rcpt"),
        (vec!["--helo", "two words", "127.0.0.1"], "EHLO"),
        (
            vec!["--source", "192.0.2.77", "127.0.0.1"],
            "no address of this machine",
        ),
        (vec!["--dns-server", "name", "127.0.0.1"], "--dns-server"),
        (
            vec!["--proxy", "gopher://127.0.0.1:1", "127.0.0.1"],
            "socks5://",
        ),
        (vec!["-p", "0", "127.0.0.1"], "option -p"),
        (vec!["127.0.0.300"], "argument 1"),
        (vec!["http://127.0.0.1/"], "http"),
        (vec!["-i", "/nowhere/list", "127.0.0.1"], "/nowhere/list"),
        (
            vec!["-o", "json=/nowhere/report", "127.0.0.1"],
            "/nowhere/report",
        ),
        (vec!["-p", "25", "demo"], "relaycheck probe demo"),
        (vec!["explain", "nonsense"], "relaycheck list forms"),
        (vec!["--no-such-option"], "--no-such-option"),
    ] {
        let ran = relaycheck().args(args.iter().copied()).run();
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}");
    }
}

#[test]
fn a_bad_line_of_a_list_is_named_and_nothing_is_contacted() {
    let servers = Servers::start(&[*behaviour("closed").expect("a behaviour")]);
    let list = format!(
        "# ours\n\n{}  # the mail host\nnot a host\n",
        servers.target()
    );
    let ran = relaycheck().args(["-i", "-"]).stdin(list.clone()).run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("standard input:4"), "{}", ran.stderr);
    assert_eq!(servers.all[0].stats().connections, 0);

    let ran = relaycheck()
        .args(["-i", "-", "--skip-bad-lines", "-f", "jsonl"])
        .stdin(list)
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("standard input:4"), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 1);
}

#[test]
fn names_and_mail_exchangers_are_found_through_dns() {
    let at = |text: &str| text.parse::<IpAddr>().expect("an address");
    let closed = *behaviour("closed").expect("a behaviour");
    let servers = Servers::start_at([(&closed, at("127.0.0.11"))].into_iter());
    let port = servers.all[0].address().port();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(dns::serve()).to_string();
    let audit = |target: &str| {
        let ran = relaycheck()
            .args([
                "-f",
                "json",
                "--dns-server",
                &server,
                "--connect-timeout",
                "2s",
            ])
            .args(["--profile", "quick"])
            .arg(target)
            .run();
        (
            ran.code,
            ran.json()["results"].as_array().expect("results").clone(),
        )
    };

    let (code, results) = audit(&format!("one.test:{port}"));
    assert_eq!((code, results.len()), (0, 1));
    assert_eq!(results[0]["host"], "one.test");
    assert_eq!(results[0]["address"], "127.0.0.11");
    assert_eq!(said(&results[0]).0, "rejecting");

    // Every exchanger, the preferred first, every address of each.
    let (code, results) = audit(&format!("mx:mailed.test:{port}"));
    let places: Vec<_> = results
        .iter()
        .map(|r| {
            (
                r["host"].as_str(),
                r["address"].as_str(),
                r["verdict"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            (Some("one.test"), Some("127.0.0.11"), Some("rejecting")),
            (Some("both.test"), Some("127.0.0.12"), Some("unreachable")),
            (Some("both.test"), Some("::1"), Some("unreachable")),
        ]
    );
    assert_eq!(code, 3);

    for (target, note) in [
        ("mx:nomail.test", "null MX"),
        ("mx:nowhere.test", "no such name"),
        ("mx:lost.test", "no such name"),
        ("nowhere.test", "no such name"),
        ("broken.test", "name server failed"),
    ] {
        let (code, results) = audit(target);
        assert_eq!(code, 3, "{target}");
        assert_eq!(
            said(&results[0]),
            ("unreachable".into(), Some("dns-failure".into())),
            "{target}"
        );
        let said = results[0]["note"].as_str().expect("a note");
        assert!(said.contains(note), "{target}: {said}");
    }

    // No MX: the domain's own address is asked, and that is said.
    let (code, results) = audit(&format!("mx:one.test:{port}"));
    assert_eq!((code, results.len()), (0, 1));
    let note = results[0]["note"].as_str().unwrap_or_default();
    assert!(note.contains("no MX record"), "{note}");

    // Two names of one server: asked once.
    let before = servers.all[0].stats().connections;
    let ran = relaycheck()
        .args(["-f", "jsonl", "--dns-server", &server, "--profile", "quick"])
        .args(
            [format!("one.test:{port}"), format!("127.0.0.11:{port}")]
                .iter()
                .map(String::as_str),
        )
        .run();
    assert_eq!(ran.lines().len(), 1, "{}", ran.stdout);
    assert_eq!(servers.all[0].stats().connections, before + 1);

    // Excluded by name, and by the address a name leads to.
    for exclusion in ["one.test", "*.test", "127.0.0.8/29"] {
        let before = servers.all[0].stats().connections;
        let ran = relaycheck()
            .args(["-f", "json", "--dns-server", &server, "-x", exclusion])
            .arg(format!("one.test:{port}"))
            .run();
        assert_eq!(
            ran.json()["results"][0]["reason"],
            "excluded",
            "{exclusion}"
        );
        assert_eq!(servers.all[0].stats().connections, before, "{exclusion}");
    }
}

#[test]
fn reports_go_into_files_whole_or_not_at_all() {
    let servers = Servers::start(&[*behaviour("open").expect("a behaviour")]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let json = path("report.json");
    let lines = path("report.jsonl");
    let ran = relaycheck()
        .args([
            "--profile",
            "quick",
            "-o",
            &format!("json={}", json.display()),
        ])
        .args(["-o", &format!("jsonl={}", lines.display())])
        .arg(servers.target())
        .run();
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.starts_with("RELAY ACCEPTING"), "{}", ran.stdout);
    let report = std::fs::read_to_string(&json).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["summary"]["relay_accepting"], 1);
    assert_eq!(report["run"]["complete"], true);
    let lines = std::fs::read_to_string(&lines).expect("the report");
    assert_eq!(lines.lines().count(), 1);
    // No temporary files stay behind.
    let left = std::fs::read_dir(folder.path())
        .expect("the folder")
        .count();
    assert_eq!(left, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none() {
    use std::process::{Command, Stdio};
    let servers = Servers::start(&[*behaviour("closed").expect("a behaviour")]);
    let binary = assert_cmd::cargo::cargo_bin("relaycheck");
    let full = std::fs::File::create("/dev/full").expect("the full device");
    let output = Command::new(&binary)
        .args(["-f", "json", "--profile", "quick"])
        .arg(servers.target())
        .stdout(full)
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("cannot write standard output"), "{told}");

    let mut child = Command::new(&binary)
        .args(["list", "forms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    drop(child.stdout.take());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let servers = Servers::start(&[*behaviour("closed").expect("a behaviour")]);
    let coloured = |args: &[&str]| {
        let binary = assert_cmd::cargo::cargo_bin("relaycheck");
        let output = std::process::Command::new(binary)
            .args(["--profile", "quick"])
            .args(args)
            .arg(servers.target())
            .output()
            .expect("the command runs");
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[]));
    assert!(!coloured(&["--color", "never"]));
    assert!(coloured(&["--color", "always"]));
}

#[test]
fn classify_judges_lines_and_names_the_bad_ones() {
    let input = r#"{"stage": "rcpt", "reply": "454 4.7.1 <a@b>: Relay access denied", "id": 1}
nonsense
{"stage": "mail", "reply": "530 5.7.0 Authentication required", "auth_offered": false}
"#;
    let ran = relaycheck().arg("classify").stdin(input).run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("line 2"), "{}", ran.stderr);
    let lines = ran.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["id"], 1);
    assert_eq!(lines[0]["verdict"], "rejecting");
    assert_eq!(lines[0]["label"], "relay-denied");
    assert_eq!(lines[1]["label"], "auth-required");
    assert_eq!(lines[1]["verdict"], "rejecting");
}

#[test]
fn tables_and_pages_are_printed() {
    for (args, part) in [
        (vec!["list", "forms"], "percent-host"),
        (vec!["list", "rules"], "RC001"),
        (vec!["list", "formats"], "jsonl"),
        (vec!["explain", "plain"], "Acceptance would reveal"),
        (vec!["explain", "RC001"], "smtpd_relay_restrictions"),
        (vec!["explain"], "Verdicts:"),
        (vec!["schema"], "urn:relaycheck:report:1"),
        (vec!["schema", "result"], "urn:relaycheck:result:1"),
        (vec!["schema", "diff"], "urn:relaycheck:diff:1"),
        (vec!["completions", "bash"], "_relaycheck"),
        (vec!["man"], ".TH relaycheck"),
        (vec!["--version"], env!("CARGO_PKG_VERSION")),
        (vec!["--help"], "--depth"),
    ] {
        let ran = relaycheck().args(args.iter().copied()).run();
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
        assert!(ran.stdout.contains(part), "{args:?}: {}", ran.stdout);
    }
}

/// Ctrl-C: what is known is written whole, and the exit code says that something is missing.
#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_it_knows() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let silent = *behaviour("silent").expect("a behaviour");
    let closed = *behaviour("closed").expect("a behaviour");
    let servers = Servers::start(&[closed, silent]);
    let binary = assert_cmd::cargo::cargo_bin("relaycheck");
    let mut child = Command::new(binary)
        .args(["-f", "json", "--profile", "quick", "--per-host", "2"])
        .arg(servers.all[0].address().to_string())
        .arg(servers.all[1].address().to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    while servers.all[0].stats().commands < 4 || servers.all[1].stats().connections < 1 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it can be told");
    let begun = std::time::Instant::now();
    let status = child.wait().expect("it ends");
    assert!(begun.elapsed() < std::time::Duration::from_secs(2));
    assert_eq!(status.code(), Some(3));
    let mut text = String::new();
    let mut out = child.stdout.take().expect("its output");
    out.read_to_string(&mut text).expect("text");
    let report: serde_json::Value = serde_json::from_str(&text).expect("a whole document");
    assert_eq!(report["run"]["complete"], false);
    let results = report["results"].as_array().expect("results");
    assert_eq!(said(&results[0]).0, "rejecting", "{text}");
    assert_eq!(
        said(&results[1]),
        ("inconclusive".into(), Some("interrupted".into()))
    );
}

#[cfg(unix)]
#[test]
fn files_are_whole_links_stay_links_and_pipes_are_written_to() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().expect("a directory");
    let path = |name: &str| dir.path().join(name);
    let (real, link, pipe) = (path("real.json"), path("link.json"), path("pipe"));
    std::fs::write(&real, "old").expect("room");
    symlink("real.json", &link).expect("a link");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo is there").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("text")
    });
    let option = |path: &std::path::Path| format!("json={}", path.display());
    let (fresh, through) = (path("fresh.jsonl"), option(&pipe));
    let ran = relaycheck()
        .args(["-o", &option(&link), "-o", &through, "-f", "jsonl"])
        .args([
            "-o",
            &format!("jsonl={}", fresh.display()),
            "127.96.0.0/30:9",
        ])
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let results = |text: &str| -> usize {
        let report: serde_json::Value = serde_json::from_str(text).expect("JSON");
        report["results"].as_array().map_or(0, Vec::len)
    };
    let text = |path: &std::path::Path| std::fs::read_to_string(path).expect("text");
    assert_eq!(results(&text(&real)), 4);
    assert!(link.is_symlink(), "the link was replaced");
    assert_eq!(results(&reader.join().expect("the reader ends")), 4);
    // In written order, whatever the order of the scan.
    let mut sorted: Vec<String> = ran.stdout.lines().map(str::to_owned).collect();
    sorted.sort_by_key(|line| {
        let result: serde_json::Value = serde_json::from_str(line).expect("JSON");
        result["index"][0].as_u64()
    });
    assert_eq!(text(&fresh).lines().collect::<Vec<_>>(), sorted);
    // Nothing else is left behind.
    assert_eq!(
        std::fs::read_dir(dir.path()).expect("a directory").count(),
        4
    );
}

#[cfg(unix)]
#[test]
fn where_no_report_can_go_is_told_before_anything_is_asked() {
    let dir = tempfile::tempdir().expect("a directory");
    let real = dir.path().join("real.json");
    std::fs::write(&real, "old").expect("room");
    let link = dir.path().join("link.json");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    let servers = Servers::start(&[*behaviour("closed").expect("a behaviour")]);
    let target = servers.target();
    let json = |path: &std::path::Path| format!("json={}", path.display());
    for (options, part) in [
        (vec![json(dir.path())], "directory"),
        (vec![json(&dir.path().join("none/x.json"))], "No such file"),
        (vec![json(&real), json(&link)], "are one file"),
    ] {
        let mut run = relaycheck();
        for option in &options {
            run = run.args(["-o", option]);
        }
        let ran = run.arg(&target).run();
        assert_eq!(ran.code, 2, "{options:?}");
        assert!(ran.stderr.contains(part), "{options:?}: {}", ran.stderr);
    }
    assert_eq!(servers.all[0].stats().connections, 0);
    assert_eq!(std::fs::read_to_string(&real).expect("text"), "old");
}

#[test]
fn explains_in_the_language_of_the_environment() {
    let explain = |variables: &[(&str, &str)], args: &[&str]| {
        let run = variables
            .iter()
            .fold(relaycheck(), |run, (name, value)| run.env(name, value));
        let ran = run.args(["explain", "RC001"]).args(args.to_vec()).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let english = explain(&[], &[]);
    assert!(english.contains("What to do:"), "{english}");
    let chinese = explain(&[], &["--lang", "zh"]);
    assert!(chinese.contains("开放中继") && chinese.contains("处理办法："));
    assert_eq!(explain(&[("LANG", "zh_CN.UTF-8")], &[]), chinese);
    assert_eq!(explain(&[("RELAYCHECK_LANG", "zh")], &[]), chinese);
    assert_eq!(
        explain(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], &[]),
        english
    );
    assert_eq!(
        explain(&[("LANG", "zh_CN.UTF-8")], &["--lang", "en"]),
        english
    );
}

#[test]
fn shells_complete_what_can_be_explained() {
    // clap completes values of positional arguments for these two only.
    for shell in ["bash", "zsh"] {
        let ran = relaycheck().args(["completions", shell]).run();
        for id in ["RC001", "null-sender", "accept-all", "guide"] {
            assert!(ran.stdout.contains(id), "{shell}: {id}");
        }
    }
    // The help and the manual page do not list them.
    let help = relaycheck().args(["explain", "--help"]).run();
    assert!(!help.stdout.contains("RC001"), "{}", help.stdout);
}
