//! What is packaged: the version a build tells, what the core depends on, the oldest compiler, and the scripts a release
//! is made with.
//!
//! The scripts run as they are shipped, on a program that hands everything on to the one under test: that is small
//! enough to be packed twice.

use crate::harness::relaycheck;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Gives a path in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn manifest() -> toml::Table {
    text("Cargo.toml").parse().expect("a manifest")
}

fn said(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    streams.concat()
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

/// Compiles the build script by itself.
fn build_script(place: &Path) -> PathBuf {
    let script = place.join(format!("build-script{}", std::env::consts::EXE_SUFFIX));
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut rustc = Command::new(rustc);
    rustc.args(["--edition", "2024", "-o"]).arg(&script);
    succeed(rustc.arg(repository("build.rs")));
    script
}

#[test]
fn a_build_tells_its_commit_from_whatever_knows_it() {
    let place = tempfile::tempdir().expect("a directory");
    let script = build_script(place.path());
    let version = |here: &Path, variables: &[(&str, &str)]| {
        let mut script = Command::new(&script);
        script
            .env_remove("RELAYCHECK_COMMIT")
            .env_remove("SOURCE_DATE_EPOCH")
            .env("CARGO_PKG_VERSION", "1.2.3")
            .env("CARGO_MANIFEST_DIR", here)
            .envs(variables.iter().copied());
        let told = succeed(&mut script);
        let line = told
            .lines()
            .find_map(|line| line.strip_prefix("cargo::rustc-env=RELAYCHECK_VERSION="));
        line.expect("a version").to_owned()
    };
    let [plain, packed, checkout] = ["plain", "packed", "checkout"].map(|name| {
        let here = place.path().join(name);
        fs::create_dir(&here).expect("room");
        here
    });

    // An archive: the version alone, unless the packager knows more.
    assert_eq!(version(&plain, &[]), "1.2.3");
    let hash = "0123456789abcdef0123456789abcdef01234567";
    let given = ("RELAYCHECK_COMMIT", hash);
    assert_eq!(version(&plain, &[given]), "1.2.3 (0123456789ab)");
    for (seconds, day) in [
        ("0", "1970-01-01"),
        ("951782400", "2000-02-29"),
        ("1798675199", "2026-12-30"),
        ("4107542400", "2100-03-01"),
    ] {
        let epoch = ("SOURCE_DATE_EPOCH", seconds);
        let expected = format!("1.2.3 (0123456789ab {day})");
        assert_eq!(version(&plain, &[given, epoch]), expected);
    }
    let given = ("RELAYCHECK_COMMIT", "v1.2.3-4-gabcdef");
    assert_eq!(version(&plain, &[given]), "1.2.3 (v1.2.3-4-gabcdef)");
    for nothing in ["", " ", "a b", "a\ncargo::rustc-env=X=y", "<x>"] {
        let given = ("RELAYCHECK_COMMIT", nothing);
        assert_eq!(version(&plain, &[given]), "1.2.3", "{nothing:?}");
    }
    let epoch = ("SOURCE_DATE_EPOCH", "0");
    assert_eq!(version(&plain, &[epoch]), "1.2.3", "a day without a commit");

    // A package from crates.io, as cargo writes it.
    let info =
        format!("{{\n  \"git\": {{\n    \"sha1\": \"{hash}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}");
    fs::write(packed.join(".cargo_vcs_info.json"), info).expect("room");
    assert_eq!(version(&packed, &[]), "1.2.3 (0123456789ab)");

    // A checkout; its committer lives where another day has begun.
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(&checkout)
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .env("GIT_COMMITTER_DATE", "2026-01-31T23:30:00-0200")
            .args(args);
        succeed(&mut git).trim().to_owned()
    };
    git(&["init", "-q"]);
    assert_eq!(version(&checkout, &[]), "1.2.3", "no commit yet");
    git(&[
        "commit",
        "-q",
        "--allow-empty",
        "--no-gpg-sign",
        "-m",
        "first",
    ]);
    let head = git(&["rev-parse", "HEAD"]);
    let expected = format!("1.2.3 ({} 2026-02-01)", &head[..12]);
    assert_eq!(version(&checkout, &[]), expected);
    assert_eq!(version(&checkout, &[("GIT_DIR", "/nowhere")]), expected);
    // An archive unpacked inside it.
    let inside = checkout.join("vendor");
    fs::create_dir(&inside).expect("room");
    assert_eq!(version(&inside, &[]), "1.2.3");
}

#[test]
fn the_version_is_told_long_and_short() {
    let version = env!("CARGO_PKG_VERSION");
    let short = relaycheck().arg("-V").run();
    assert_eq!(
        (short.code, short.stdout),
        (0, format!("relaycheck {version}\n"))
    );
    let long = relaycheck().arg("--version").run();
    let shape = r"\Arelaycheck (\S+)(?: \(([0-9A-Za-z+._-]+)(?: \d{4}-\d\d-\d\d)?\))?\n\z";
    let shape = regex::Regex::new(shape).expect("a pattern");
    let parts = shape
        .captures(&long.stdout)
        .unwrap_or_else(|| panic!("{}", long.stdout));
    assert_eq!(&parts[1], version);
    // What programs read does not change from commit to commit.
    let listed = relaycheck().args(["config", "-f", "json", "--dialect", "opensmtpd", "-"]);
    let report = listed
        .stdin("match from local for local action \"a\"\n")
        .run()
        .json();
    assert_eq!(report["tool"]["version"], version);
}

/// Asks cargo for the packages that a build with these options links or runs, by name, with the oldest compiler each
/// asks for.
fn dependencies(options: &[&str]) -> BTreeMap<String, Option<String>> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let about = succeed(Command::new(rustc).arg("-vV"));
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("a host");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(repository(""))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", host])
        .args(options);
    let metadata: Value = serde_json::from_str(&succeed(&mut cargo)).expect("JSON");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let packages: BTreeMap<String, Value> = list(&metadata["packages"])
        .into_iter()
        .map(|package| (package["id"].as_str().expect("an id").to_owned(), package))
        .collect();
    let nodes: BTreeMap<String, Value> = list(&metadata["resolve"]["nodes"])
        .into_iter()
        .map(|node| (node["id"].as_str().expect("an id").to_owned(), node))
        .collect();
    let root = metadata["resolve"]["root"]
        .as_str()
        .expect("a root")
        .to_owned();
    let mut seen = BTreeSet::from([root.clone()]);
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        for dependency in list(&nodes[&id]["deps"]) {
            let kinds = list(&dependency["dep_kinds"]);
            let id = dependency["pkg"].as_str().expect("an id").to_owned();
            if kinds.iter().any(|kind| kind["kind"] != "dev") && seen.insert(id.clone()) {
                open.push(id);
            }
        }
    }
    let facts = |id: &String| {
        let package = &packages[id];
        let name = package["name"].as_str().expect("a name").to_owned();
        (name, package["rust_version"].as_str().map(str::to_owned))
    };
    seen.iter().map(facts).collect()
}

#[test]
fn the_core_has_no_dependency_that_does_io() {
    let acting = [
        "anyhow",
        "clap",
        "getrandom",
        "hickory-resolver",
        "lettre",
        "mio",
        "openssl",
        "ring",
        "rustix",
        "rustls",
        "socket2",
        "tempfile",
        "tokio",
        "tokio-rustls",
        "tracing",
    ];
    let core = dependencies(&["--no-default-features"]);
    assert!(core.contains_key("regex") && core.contains_key("serde_json"));
    for name in acting {
        assert!(!core.contains_key(name), "the core depends on {name}");
    }
    // The list has no name that nothing depends on any more.
    let whole = dependencies(&["--features", "legacy-tls"]);
    for name in acting {
        assert!(whole.contains_key(name), "nothing depends on {name}");
    }
}

/// Reads a version as numbers.
fn numbers(version: &str) -> Vec<u32> {
    let numbers = version
        .split('.')
        .map(|part| part.parse().expect("a number"));
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.resize(3, 0);
    numbers
}

#[test]
fn the_oldest_compiler_is_the_same_everywhere() {
    let manifest = manifest();
    let oldest = manifest["package"]["rust-version"]
        .as_str()
        .expect("a version");
    for (path, has) in [
        ("README.md", format!("Rust {oldest} or newer")),
        (
            "Dockerfile",
            format!("FROM rust:{oldest}-slim-bookworm AS build"),
        ),
        // It reads the version out of Cargo.toml.
        (".github/workflows/ci.yml", "s/^rust-version = ".to_owned()),
    ] {
        assert!(text(path).contains(&has), "{path} lacks: {has}");
    }
    for (name, wants) in dependencies(&["--features", "legacy-tls"]) {
        let wants = wants.unwrap_or_else(|| "1.0".to_owned());
        assert!(
            numbers(&wants) <= numbers(oldest),
            "{name} wants Rust {wants}"
        );
    }
}

#[test]
fn the_debian_package_names_files_that_are_there() {
    let manifest = manifest();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets = deb["assets"].as_array().expect("assets");
    let mut installed = BTreeSet::new();
    for asset in assets {
        let [from, to] = [0, 1].map(|at| asset[at].as_str().expect("a path"));
        installed.insert(to);
        // Built, or made by contrib/debian/build.
        if from.starts_with("target/") {
            continue;
        }
        let found = match from.split_once('*') {
            None => repository(from).is_file(),
            Some((folder, _)) => repository(folder).is_dir(),
        };
        assert!(found, "{from} is missing");
    }
    // What stands in /etc is what the service reads.
    let unit = text("contrib/systemd/relaycheck.service");
    assert!(unit.contains("EnvironmentFile=/etc/relaycheck/relaycheck.env"));
    assert!(installed.contains("etc/relaycheck/"));
    let read = text("contrib/systemd/relaycheck.env");
    for name in ["targets.txt", "exclusions.txt"] {
        assert!(read.contains(&format!("/etc/relaycheck/{name}")));
        // As shipped they name nothing, and are read.
        let list = repository("contrib/debian").join(name);
        let list = list.to_str().expect("UTF-8");
        let ran = relaycheck().args(["-i", list, "127.0.0.300"]).run();
        assert!(ran.stderr.contains("127.0.0.300"), "{}", ran.stderr);
    }
}

#[test]
fn the_example_of_suppressions_is_read() {
    let example = text("contrib/relaycheck.toml");
    let wanted: String = example
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| !rest.starts_with(' '))
                .unwrap_or(line)
        })
        .fold(String::new(), |all, line| all + line + "\n");
    assert!(wanted.contains("\n[[suppress]]\nrule ="), "{wanted}");
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("relaycheck.toml");
    for text in [&example, &wanted] {
        fs::write(&path, text).expect("room");
        let path = path.to_str().expect("UTF-8");
        let ran = relaycheck()
            .args(["config", "--suppressions", path, "/nowhere"])
            .run();
        // It got past the suppressions to the path.
        assert!(
            ran.stderr.contains("cannot read /nowhere"),
            "{}",
            ran.stderr
        );
    }
}

/// Writes a program that hands everything on to the one under test.
#[cfg(unix)]
pub(crate) fn stand_in(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("relaycheck");
    let program = format!(
        "#!/bin/sh\nexec '{}' \"$@\"\n",
        env!("CARGO_BIN_EXE_relaycheck")
    );
    fs::write(&path, program).expect("room");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    path
}

#[cfg(unix)]
#[test]
fn an_archive_has_the_manual_of_every_command_and_is_the_same_twice() {
    use clap::CommandFactory;
    let place = tempfile::tempdir().expect("a directory");
    let program = stand_in(place.path());
    let archive = |into: &str| {
        let mut script = Command::new(repository("contrib/release/archive"));
        script.env("SOURCE_DATE_EPOCH", "1764028800");
        script
            .arg(&program)
            .arg("some-target")
            .arg(place.path().join(into));
        PathBuf::from(succeed(&mut script).trim())
    };
    let first = archive("first");
    let name = format!("relaycheck-{}-some-target", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        first.file_name().and_then(|n| n.to_str()),
        Some(&*format!("{name}.tar.gz"))
    );
    let listed = succeed(Command::new("tar").arg("-tzf").arg(&first));
    let listed: BTreeSet<&str> = listed.lines().collect();
    let has = |path: &str| {
        let path = format!("{name}/{path}");
        assert!(
            listed.contains(path.as_str()),
            "{path} is missing: {listed:?}"
        );
    };
    for path in [
        "relaycheck",
        "relaycheck-nightly",
        "LICENSE",
        "completions/relaycheck.bash",
        "completions/_relaycheck",
        "contrib/systemd/relaycheck.service",
        "contrib/prometheus/alerts.yml",
        "man/relaycheck.1",
    ] {
        has(path);
    }
    let command = relaycheck::cli::args::Typed::command();
    let commands = command.get_subcommands().filter(|each| !each.is_hide_set());
    let mut count = 0;
    for each in commands {
        has(&format!("man/relaycheck-{}.1", each.get_name()));
        count += 1;
    }
    assert!(count > 8, "{count} commands");
    let page = format!("{name}/man/relaycheck-config.1");
    let page = succeed(Command::new("tar").arg("-xOzf").arg(&first).arg(page));
    let head = format!(
        ".TH relaycheck-config 1  \"relaycheck {}\"",
        env!("CARGO_PKG_VERSION")
    );
    assert!(page.contains(&head), "{page}");
    assert!(page.contains("\\-\\-own\\-domain"), "{page}");

    let gnu = Command::new("tar").arg("--version").output().expect("tar");
    if said(&gnu).contains("GNU") {
        let second = archive("second");
        assert_eq!(
            fs::read(first).expect("a file"),
            fs::read(second).expect("a file")
        );
    }
}

#[cfg(unix)]
#[test]
fn the_text_of_a_release_is_its_section_of_the_changelog() {
    let place = tempfile::tempdir().expect("a directory");
    let notes = |tag: &str, version: &str, changelog: &str| {
        let manifest = format!("[package]\nversion = \"{version}\"\n[dependencies]\nx = 1\n");
        fs::write(place.path().join("Cargo.toml"), manifest).expect("room");
        fs::write(place.path().join("CHANGELOG.md"), changelog).expect("room");
        let mut script = Command::new(repository("contrib/release/notes"));
        let output = script.arg(tag).arg(place.path()).output().expect("it runs");
        (output.status.code(), said(&output))
    };
    let changelog = "# Changelog\n\n## Unreleased\n\n- later\n\n## 1.2.3 - 2026-11-25\n\n### Added\n\n- this & that\n\n\
                     ## [1.2.2] - 2026-01-01\n\n- before\n";
    let text = "### Added\n\n- this & that\n";
    assert_eq!(
        notes("v1.2.3", "1.2.3", changelog),
        (Some(0), text.to_owned())
    );
    assert_eq!(
        notes("v1.2.2", "1.2.2", changelog),
        (Some(0), "- before\n".to_owned())
    );
    for (tag, version) in [
        ("v1.2.3", "1.2.2"),
        ("1.2.3", "1.2.3"),
        // No pattern: the point is one.
        ("v1.2.4", "1.2.4"),
        ("v1a2.3", "1a2.3"),
        ("", "1.2.3"),
    ] {
        let (code, said) = notes(tag, version, changelog);
        assert_ne!(code, Some(0), "{tag} {version}: {said}");
    }
    let (code, said) = notes("v1.2.3", "1.2.3", "## 1.2.3\n\n\n## 1.2.2\n\n- before\n");
    assert_eq!(code, Some(1), "{said}");
}

#[cfg(unix)]
#[test]
fn the_formula_has_the_sums_of_the_archives() {
    let place = tempfile::tempdir().expect("a directory");
    let targets = [
        "aarch64-apple-darwin",
        "x86_64-apple-darwin",
        "aarch64-unknown-linux-musl",
        "x86_64-unknown-linux-musl",
    ];
    let sum = |at: usize| {
        char::from(b'a' + u8::try_from(at).expect("few"))
            .to_string()
            .repeat(64)
    };
    let line =
        |(at, target): (usize, &&str)| format!("{}  relaycheck-1.2.3-{target}.tar.gz\n", sum(at));
    let sums: String = targets.iter().enumerate().map(line).collect();
    let formula = |repository_name: &str, sums: &str| {
        let path = place.path().join("SHA256SUMS");
        fs::write(&path, sums).expect("room");
        let mut script = Command::new(repository("contrib/homebrew/formula"));
        script.arg(repository_name).arg("1.2.3").arg(path);
        script.output().expect("it runs")
    };
    let output = formula("someone/relaycheck", &sums);
    assert!(output.status.success(), "{}", said(&output));
    let text = said(&output);
    assert!(!text.contains('@'), "{text}");
    for (at, target) in targets.iter().enumerate() {
        let both = format!(
            "/someone/relaycheck/releases/download/v1.2.3/relaycheck-1.2.3-{target}.tar.gz\"\n      sha256 \"{}\"\n",
            sum(at)
        );
        assert!(text.contains(&both), "{text}");
    }
    // A sum that is missing, or none; a name that is no name.
    for (name, sums) in [
        (
            "someone/relaycheck",
            sums.replace("x86_64-apple", "x86_64-pear"),
        ),
        ("someone/relaycheck", sums.replace("aaaa", "a")),
        ("some|one", sums.clone()),
        ("#{x}", sums.clone()),
    ] {
        assert!(!formula(name, &sums).status.success(), "{name}");
    }
    // The release builds what the formula names.
    let release = self::text(".github/workflows/release.yml");
    for target in targets {
        assert!(release.contains(&format!("target: {target},")), "{target}");
    }
}
