//! What pipelines and monitoring are given: the GitHub action and the workflow that uses it, the job for GitLab, the line
//! for cron, alerts and dashboard.
//!
//! The shell in them runs as it is shipped, against a release in a directory: on Linux, like the runners it is for, with
//! bash, curl and sha256sum. Tests that need other programs are ignored unless asked for; `.ci/run` installs them and
//! asks.

use crate::harness::Servers;
use crate::packages::{repository, stand_in};
use relaycheck::model::{Relay, Severity, Verdict};
use relaycheck::server::behaviour;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const ACTION: &str = ".github/action/action.yml";
const TARGET: &str = "x86_64-unknown-linux-musl";

fn text(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn said(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    streams.concat()
}

fn strings(value: &Value) -> Vec<&str> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|item| item.as_str().expect("text"))
        .collect()
}

/// A place to work in: a release, and configurations to audit.
struct Bench {
    place: TempDir,
}

impl Bench {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a directory");
        let here = place.path();
        let release = here.join(format!("releases/v{VERSION}"));
        let mut archive = Command::new(repository("contrib/release/archive"));
        archive.arg(stand_in(here)).arg(TARGET).arg(&release);
        assert!(archive.output().expect("it runs").status.success());
        let sums = Command::new("sha256sum")
            .arg(format!("relaycheck-{VERSION}-{TARGET}.tar.gz"))
            .current_dir(&release)
            .output()
            .expect("sha256sum");
        fs::write(release.join("SHA256SUMS"), sums.stdout).expect("room");
        for (folder, networks) in [("postfix", "0.0.0.0/0"), ("closed one", "127.0.0.0/8")] {
            let folder = here.join("work").join(folder);
            fs::create_dir_all(&folder).expect("room");
            let main = format!("compatibility_level = 3.6\nmynetworks = {networks}\n");
            fs::write(folder.join("main.cf"), main).expect("room");
            fs::write(folder.join("master.cf"), "smtp inet n - y - - smtpd\n").expect("room");
        }
        Self { place }
    }

    fn path(&self, below: &str) -> String {
        self.place
            .path()
            .join(below)
            .to_str()
            .expect("UTF-8")
            .to_owned()
    }

    fn releases(&self) -> String {
        format!("file://{}", self.path("releases"))
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap_or_default()
    }

    /// Runs lines of shell as a pipeline does, in the checkout.
    fn shell(&self, script: &str, variables: &BTreeMap<String, String>) -> Output {
        let mut bash = Command::new("bash");
        bash.args([
            "--noprofile",
            "--norc",
            "-e",
            "-o",
            "pipefail",
            "-c",
            script,
        ])
        .current_dir(self.path("work"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("a PATH"))
        .envs(variables)
        .stdin(Stdio::null());
        bash.output().expect("bash")
    }

    /// Runs the steps of the action; gives what each printed and its exit code, up to the first that failed.
    fn action(&self, inputs: &[(&str, &str)]) -> Vec<(i32, String)> {
        let action = yaml(ACTION);
        for file in ["path", "output", "summary.md"] {
            fs::write(self.path(file), "").expect("room");
        }
        for left in ["work/relaycheck.sarif", "relaycheck-summary.md"] {
            // What an earlier run has left.
            let _ = fs::remove_file(self.path(left));
        }
        let given: BTreeMap<&str, &str> = inputs.iter().copied().collect();
        for name in given.keys() {
            assert!(action["inputs"].get(name).is_some(), "no input {name}");
        }
        let value = |expression: &str| -> String {
            if expression.contains("github.action_repository") {
                return "someone/relaycheck".to_owned();
            }
            let name = expression.trim().strip_prefix("inputs.").expect("an input");
            let default = action["inputs"][name]["default"].as_str();
            given
                .get(name)
                .copied()
                .or(default)
                .expect("a value")
                .to_owned()
        };
        let mut ran = Vec::new();
        for step in action["runs"]["steps"].as_array().expect("steps") {
            assert_eq!(step["shell"], "bash");
            let runner = [
                (
                    "GITHUB_ACTION_PATH",
                    repository(".github/action")
                        .to_str()
                        .expect("UTF-8")
                        .to_owned(),
                ),
                ("GITHUB_PATH", self.path("path")),
                ("GITHUB_OUTPUT", self.path("output")),
                ("GITHUB_STEP_SUMMARY", self.path("summary.md")),
                ("RUNNER_TEMP", self.path("")),
                ("RUNNER_OS", "Linux".to_owned()),
                ("RUNNER_ARCH", "X64".to_owned()),
                ("RELAYCHECK_RELEASES", self.releases()),
            ];
            let mut variables: BTreeMap<String, String> = runner
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            for (name, text) in step["env"].as_object().expect("an environment") {
                let text = text.as_str().expect("text");
                let inside = text
                    .strip_prefix("${{")
                    .and_then(|rest| rest.strip_suffix("}}"));
                variables.insert(name.clone(), value(inside.expect("an expression")));
            }
            let added = self.read("path");
            let path = std::env::var("PATH").expect("a PATH");
            variables.insert("PATH".to_owned(), format!("{}:{path}", added.trim()));
            let output = self.shell(step["run"].as_str().expect("a script"), &variables);
            let code = output.status.code().expect("a code");
            ran.push((code, said(&output)));
            if code != 0 {
                break;
            }
        }
        ran
    }
}

#[test]
fn the_action_installs_the_release_and_tells_what_it_finds() {
    let bench = Bench::new();
    let ran = bench.action(&[
        ("paths", "postfix\n\n"),
        ("args", "--own-domain=example.com\n"),
    ]);
    let [(0, installed), (1, told)] = &ran[..] else {
        panic!("{ran:?}");
    };
    assert!(
        installed.contains(&format!("relaycheck {VERSION}")),
        "{installed}"
    );
    assert_eq!(bench.read("path").lines().count(), 1);
    assert!(
        told.contains("::error file=postfix/main.cf,line=2,"),
        "{told}"
    );
    assert_eq!(
        bench.read("output"),
        "exit-code=1\nsarif=relaycheck.sarif\n"
    );
    assert!(
        bench.read("summary.md").contains("PF030"),
        "{}",
        bench.read("summary.md")
    );
    let sarif: Value = serde_json::from_str(&bench.read("work/relaycheck.sarif")).expect("SARIF");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "postfix/main.cf");

    // A path with a space is one path; nothing is written that is not wanted.
    let ran = bench.action(&[("paths", "closed one"), ("sarif", ""), ("summary", "false")]);
    assert_eq!(ran.last().map(|last| last.0), Some(0), "{ran:?}");
    assert_eq!(bench.read("output"), "exit-code=0\n");
    assert_eq!(bench.read("summary.md"), "");
    assert_eq!(bench.read("work/relaycheck.sarif"), "");

    let ran = bench.action(&[
        ("paths", "postfix"),
        ("fail-on", "never"),
        ("format", "human"),
    ]);
    let (code, told) = ran.last().expect("a step");
    assert_eq!(*code, 0, "{told}");
    assert!(told.contains("OPEN"), "{told}");
    for (inputs, why) in [
        (vec![("paths", "nowhere")], "nowhere"),
        (
            vec![("paths", "postfix"), ("command", "demo; id")],
            "command is",
        ),
        (vec![("paths", "--version"), ("args", "$(id)")], "$(id)"),
    ] {
        let ran = bench.action(&inputs);
        let (code, told) = ran.last().expect("a step");
        assert_eq!((ran.len(), *code), (2, 2), "{told}");
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn the_action_audits_over_the_wire_and_logs_too() {
    let bench = Bench::new();
    let servers = Servers::start(&[*behaviour("open").expect("a behaviour")]);
    let target = servers.target();
    let ran = bench.action(&[
        ("command", "probe"),
        ("paths", &target),
        ("args", "--profile=quick"),
    ]);
    let (code, told) = ran.last().expect("a step");
    assert_eq!(*code, 1, "{told}");
    assert!(told.contains("::error "), "{told}");
    assert!(bench.read("work/relaycheck.sarif").contains("RC001"));

    fs::write(bench.path("work/mail.log"), "").expect("room");
    let ran = bench.action(&[
        ("command", "logs"),
        ("paths", "mail.log"),
        ("args", "--log-format=postfix-syslog"),
    ]);
    let (code, told) = ran.last().expect("a step");
    assert!([0, 3].contains(code), "{told}");
}

#[test]
fn the_action_runs_nothing_that_the_sums_do_not_name() {
    let bench = Bench::new();
    let folder = format!("releases/v{VERSION}");
    let archive = format!("relaycheck-{VERSION}-{TARGET}.tar.gz");
    let sums = bench.path(&format!("{folder}/SHA256SUMS"));
    let right = fs::read_to_string(&sums).expect("sums");
    let (sum, _) = right.split_once(' ').expect("a sum");
    for wrong in [
        String::new(),
        right.replace(
            &sum[..4],
            if sum.starts_with("0000") {
                "1111"
            } else {
                "0000"
            },
        ),
        right.replace(&archive, "another.tar.gz"),
        // The name is there, and no sum is.
        format!("  {archive}\n"),
        format!("{sum}  {archive}.sig\n"),
    ] {
        fs::write(&sums, &wrong).expect("room");
        let ran = bench.action(&[("paths", "postfix")]);
        let [(2, told)] = &ran[..] else {
            panic!("{wrong:?}: {ran:?}");
        };
        assert!(told.contains("::error title=relaycheck::"), "{told}");
        assert_eq!(bench.read("path"), "");
    }
    for version in ["../x", "1 2", "$(id)"] {
        let ran = bench.action(&[("paths", "postfix"), ("version", version)]);
        assert_eq!(ran.len(), 1, "{ran:?}");
        assert_eq!(ran[0].0, 2, "{ran:?}");
    }
}

#[test]
fn every_input_of_the_action_is_used_and_nothing_else() {
    let action = yaml(ACTION);
    let source = text(ACTION);
    for (name, input) in action["inputs"].as_object().expect("inputs") {
        assert!(input["description"].is_string(), "{name}");
        assert!(
            source.contains(&format!("inputs.{name} ")),
            "{name} is not used"
        );
    }
    for step in action["runs"]["steps"].as_array().expect("steps") {
        // An expression in a script would be put in as text, whatever is in it.
        assert!(!step["run"].as_str().expect("a script").contains("${{"));
    }
}

/// Gives the steps of all jobs of a workflow.
fn steps(workflow: &Value) -> Vec<Value> {
    let jobs = workflow["jobs"].as_object().expect("jobs");
    let steps = jobs
        .values()
        .flat_map(|job| job["steps"].as_array().expect("steps").clone());
    steps.collect()
}

#[test]
fn workflows_use_actions_by_their_commit() {
    let commit = |word: &str| word.len() == 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut used = 0;
    for path in [
        ".github/workflows/ci.yml",
        ".github/workflows/release.yml",
        "contrib/github/relaycheck.yml",
    ] {
        let workflow = yaml(path);
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{path}");
        for step in steps(&workflow) {
            let Some(uses) = step["uses"].as_str() else {
                continue;
            };
            // What is in the same commit has no other.
            if uses == "./.github/action" {
                continue;
            }
            let (name, at) = uses.split_once('@').expect("a version");
            let ours = name == "OWNER/relaycheck/.github/action" && at == "COMMIT";
            assert!(ours || commit(at), "{path}: {uses}");
            used += 1;
        }
    }
    assert!(used > 10, "{used}");
}

#[test]
fn the_example_for_github_gives_the_action_what_it_takes() {
    let action = yaml(ACTION);
    let steps = steps(&yaml("contrib/github/relaycheck.yml"));
    let ours = steps.iter().find(|step| {
        step["uses"]
            .as_str()
            .is_some_and(|uses| uses.contains("/.github/action@"))
    });
    let with = ours.expect("our action")["with"]
        .as_object()
        .expect("inputs");
    for name in with.keys() {
        assert!(action["inputs"].get(name).is_some(), "{name}");
    }
    let upload = steps.last().expect("a step");
    let file = &action["inputs"]["sarif"]["default"];
    assert_eq!(&upload["with"]["sarif_file"], file);
    let condition = upload["if"].as_str().expect("a condition");
    assert!(condition.contains(&format!("hashFiles('{}')", file.as_str().expect("a name"))));

    let bench = Bench::new();
    let inputs: Vec<(&str, &str)> = with
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("text")))
        .collect();
    let ran = bench.action(&inputs);
    assert_eq!(ran.last().map(|last| last.0), Some(1), "{ran:?}");
}

#[test]
fn the_job_for_gitlab_runs_and_leaves_its_artifacts() {
    let bench = Bench::new();
    let file = yaml("contrib/gitlab/.gitlab-ci.yml");
    let job = &file["relaycheck"];
    let variables = job["variables"].as_object().expect("variables");
    let mut variables: BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
        .collect();
    assert_eq!(variables["RELAYCHECK_VERSION"], VERSION);
    variables.insert("RELAYCHECK_RELEASES".to_owned(), bench.releases());
    let lines = [strings(&job["before_script"]), strings(&job["script"])]
        .concat()
        .join("\n");

    // Without the sum that was looked at, nothing is run.
    let ran = bench.shell(&lines, &variables);
    assert!(!ran.status.success(), "{}", said(&ran));
    assert_eq!(bench.read("work/relaycheck.xml"), "");

    let sums = bench.read(&format!("releases/v{VERSION}/SHA256SUMS"));
    let sum = sums.split(' ').next().expect("a sum").to_owned();
    variables.insert("RELAYCHECK_SHA256".to_owned(), sum);
    let ran = bench.shell(&lines, &variables);
    assert_eq!(ran.status.code(), Some(1), "{}", said(&ran));
    assert!(bench.read("work/relaycheck.xml").contains("<failure"));
    let artifacts = &job["artifacts"];
    assert_eq!(artifacts["when"], "always");
    let mut left = strings(&artifacts["paths"]);
    left.push(artifacts["reports"]["junit"].as_str().expect("a report"));
    for name in left {
        assert!(!bench.read(&format!("work/{name}")).is_empty(), "{name}");
    }
    assert_eq!(job["allow_failure"]["exit_codes"], serde_json::json!([3]));
}

#[test]
fn the_line_for_cron_audits_and_keeps_the_report() {
    let bench = Bench::new();
    let servers = Servers::start(&[*behaviour("closed").expect("a behaviour")]);
    let cron = text("contrib/relaycheck.cron");
    let mut found = cron
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let line = found.next().expect("a line");
    assert_eq!(found.next(), None);
    // cron takes a percent sign for the end of the line.
    assert!(!line.contains('%'));
    let fields: Vec<&str> = line.splitn(7, ' ').collect();
    let [minute, hour, "*", "*", "*", "nobody", command] = fields[..] else {
        panic!("{line}");
    };
    assert!(
        minute.parse::<u8>().expect("a minute") < 60 && hour.parse::<u8>().expect("an hour") < 24
    );
    fs::create_dir(bench.path("state")).expect("room");
    fs::write(bench.path("targets.txt"), format!("{}\n", servers.target())).expect("room");
    fs::write(bench.path("exclusions.txt"), "").expect("room");
    let command = command
        .replace("/var/lib/relaycheck", &bench.path("state"))
        .replace("/etc/relaycheck", &bench.path(""));
    let programs = repository("contrib");
    let path = format!("{}:{}:/usr/bin:/bin", bench.path(""), programs.display());
    for night in 1..=2 {
        let ran = Command::new("sh")
            .args(["-c", &command])
            .env_clear()
            .env("PATH", &path)
            .output()
            .expect("sh");
        assert!(ran.status.success(), "night {night}: {}", said(&ran));
    }
    assert!(bench.read("state/report.json").contains("rejecting"));
    assert!(bench.read("state/report.1.json").contains("rejecting"));
}

/// Gives the words of a text that are the name of a metric.
fn metrics(text: &str) -> BTreeSet<String> {
    let name = regex::Regex::new(r"\brelaycheck_[a-z_]+\b").expect("a pattern");
    name.find_iter(text)
        .map(|found| found.as_str().to_owned())
        .collect()
}

fn dashboard() -> Value {
    serde_json::from_str(&text("contrib/grafana/dashboard.json")).expect("JSON")
}

/// Gives every query of the dashboard, as Prometheus gets it.
fn queries() -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("queries"));
    targets
        .map(|target| {
            target["expr"]
                .as_str()
                .expect("a query")
                .replace("$instance", ".*")
        })
        .collect()
}

#[test]
fn alerts_and_dashboard_ask_for_metrics_that_there_are() {
    let reporter = text("src/report/prometheus.rs");
    let (reporter, _) = reporter.split_once("#[cfg(test)]").expect("tests");
    let written = regex::Regex::new(r#""(relaycheck_[a-z_]+)""#).expect("a pattern");
    let written: BTreeSet<String> = written
        .captures_iter(reporter)
        .map(|found| found[1].to_owned())
        .collect();
    assert!(written.len() > 10, "{written:?}");
    let alerts = yaml("contrib/prometheus/alerts.yml");
    let rules = alerts["groups"][0]["rules"].as_array().expect("rules");
    let mut asked: Vec<String> = rules
        .iter()
        .map(|rule| rule["expr"].as_str().expect("a query").to_owned())
        .collect();
    asked.extend(queries());
    let series = yaml("contrib/prometheus/alerts.test.yml");
    for test in series["tests"].as_array().expect("tests") {
        for input in test["input_series"].as_array().expect("series") {
            asked.push(input["series"].as_str().expect("a series").to_owned());
        }
    }
    let value = regex::Regex::new(r#"([a-z]+)=~?"([^"]*)""#).expect("a pattern");
    let mut compared = 0;
    for query in &asked {
        let names = metrics(query);
        assert!(!names.is_empty(), "{query}");
        assert!(names.is_subset(&written), "{query}");
        for found in value.captures_iter(query) {
            for word in found[2].split('|') {
                let known = match &found[1] {
                    "verdict" => Verdict::ALL.iter().any(|verdict| verdict.as_str() == word),
                    "relay" => Relay::ALL.iter().any(|relay| relay.as_str() == word),
                    "severity" => Severity::ALL
                        .iter()
                        .any(|severity| severity.as_str() == word),
                    "audit" | "kind" | "standing" => reporter.contains(&format!("\"{word}\"")),
                    "instance" | "target" | "address" => continue,
                    label => panic!("{query}: the reporter has no label {label}"),
                };
                assert!(known, "{query}: {word}");
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "{compared}");
    // Every alert is tried.
    for rule in rules {
        let name = rule["alert"].as_str().expect("a name");
        let tried =
            text("contrib/prometheus/alerts.test.yml").contains(&format!("alertname: {name}\n"));
        assert!(tried, "{name} is not tried");
    }
}

#[test]
fn the_dashboard_names_its_panels_and_leaves_the_data_source_open() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<u64> = panels
        .iter()
        .map(|panel| panel["id"].as_u64().expect("an id"))
        .collect();
    assert_eq!(ids.len(), panels.len());
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert!(
            panel["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty())
        );
        assert_eq!(panel["datasource"]["uid"], "${datasource}");
        let [x, y, w, h] =
            ["x", "y", "w", "h"].map(|name| panel["gridPos"][name].as_u64().expect("a place"));
        assert!(x + w <= 24, "{}", panel["title"]);
        for cell in (y..y + h).flat_map(|row| (x..x + w).map(move |column| (row, column))) {
            assert!(
                taken.insert(cell),
                "{} lies on another panel",
                panel["title"]
            );
        }
    }
    let variables = dashboard["templating"]["list"]
        .as_array()
        .expect("variables");
    let names: Vec<&Value> = variables.iter().map(|variable| &variable["name"]).collect();
    assert_eq!(names, ["datasource", "instance"]);
    // Whoever imports it has an id of their own.
    assert!(dashboard.get("id").is_none());
}

/// Runs a tool of $RELAYCHECK_TOOLS or of PATH in the repository.
fn tool(name: &str, args: &[&str]) -> Output {
    let beside = std::env::var("RELAYCHECK_TOOLS").map(|folder| Path::new(&folder).join(name));
    let named = std::env::var(name.to_ascii_uppercase()).map(Into::into);
    let program = named.or(beside.ok().filter(|path| path.exists()).ok_or(()));
    let mut tool = Command::new(program.unwrap_or_else(|()| name.into()));
    tool.current_dir(repository("")).args(args);
    tool.output().unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn passes(name: &str, args: &[&str]) {
    let output = tool(name, args);
    assert!(
        output.status.success(),
        "{name} {args:?}: {}",
        said(&output)
    );
}

#[test]
#[ignore = "needs promtool, or its path in PROMTOOL"]
fn promtool_takes_the_alerts_and_the_queries_of_the_dashboard() {
    passes(
        "promtool",
        &["check", "rules", "contrib/prometheus/alerts.yml"],
    );
    passes(
        "promtool",
        &["test", "rules", "contrib/prometheus/alerts.test.yml"],
    );
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("rules.yml");
    let path = path.to_str().expect("UTF-8");
    let check = |queries: Vec<String>| {
        let rule =
            |(at, query)| serde_json::json!({"record": format!("query:{at}"), "expr": query});
        let rules: Vec<Value> = queries.into_iter().enumerate().map(rule).collect();
        let rules = serde_json::json!({"groups": [{"name": "dashboard", "rules": rules}]});
        fs::write(path, rules.to_string()).expect("room");
        tool("promtool", &["check", "rules", path])
    };
    let output = check(queries());
    assert!(output.status.success(), "{}", said(&output));
    let output = check(vec![queries()[0].replacen('(', "((", 1)]);
    assert!(!output.status.success(), "{}", said(&output));
}

#[test]
#[ignore = "needs check-jsonschema and zizmor, below RELAYCHECK_TOOLS or in PATH"]
fn action_and_workflows_are_what_github_and_gitlab_take() {
    let schema = |name: &str| format!("vendor.{name}");
    let valid = |name: &str, path: &str| {
        tool(
            "check-jsonschema",
            &["--builtin-schema", &schema(name), path],
        )
    };
    for (name, path) in [
        ("github-actions", ACTION),
        ("github-workflows", ".github/workflows/ci.yml"),
        ("github-workflows", ".github/workflows/release.yml"),
        ("github-workflows", "contrib/github/relaycheck.yml"),
        ("dependabot", ".github/dependabot.yml"),
        ("gitlab-ci", "contrib/gitlab/.gitlab-ci.yml"),
    ] {
        let output = valid(name, path);
        assert!(output.status.success(), "{path}: {}", said(&output));
    }
    // And a mistake is seen.
    let place = tempfile::tempdir().expect("a directory");
    for (name, path, right, mistaken) in [
        (
            "github-actions",
            ACTION,
            "using: composite",
            "using: compost",
        ),
        (
            "github-workflows",
            "contrib/github/relaycheck.yml",
            "runs-on:",
            "run-on:",
        ),
        (
            "gitlab-ci",
            "contrib/gitlab/.gitlab-ci.yml",
            "when: always",
            "when: perhaps",
        ),
    ] {
        let wrong = place.path().join("wrong.yml");
        let original = text(path);
        assert!(original.contains(right), "{path} lacks {right}");
        fs::write(&wrong, original.replace(right, mistaken)).expect("room");
        let output = valid(name, wrong.to_str().expect("UTF-8"));
        assert!(!output.status.success(), "{mistaken} was accepted");
    }
    passes(
        "zizmor",
        &[
            "--offline",
            "--quiet",
            "--min-severity=low",
            ".github",
            "contrib/github",
        ],
    );
}

#[test]
#[ignore = "needs shellcheck, hadolint and ruby, below RELAYCHECK_TOOLS or in PATH"]
fn scripts_dockerfile_and_formula_are_clean() {
    let scripts = [
        ".ci/run",
        ".github/action/audit",
        ".github/action/install",
        "contrib/debian/build",
        "contrib/debian/check",
        "contrib/homebrew/formula",
        "contrib/relaycheck-nightly",
        "contrib/relaycheck-part",
        "contrib/release/archive",
        "contrib/release/notes",
        "contrib/release/parts",
        "fuzz/run",
        "tests/cluster/install",
        "tests/cluster/run",
        "tests/interop/install",
        "tests/interop/run",
    ];
    passes(
        "shellcheck",
        &[&["--severity=warning"][..], &scripts].concat(),
    );
    for path in [".gitlab-ci.yml"].map(|name| format!("contrib/gitlab/{name}")) {
        let job = &yaml(&path)["relaycheck"];
        let lines = [strings(&job["before_script"]), strings(&job["script"])].concat();
        let place = tempfile::tempdir().expect("a directory");
        let script = place.path().join("script");
        fs::write(&script, lines.join("\n")).expect("room");
        // Options and paths are split at spaces on purpose; variables come from the job.
        let script = script.to_str().expect("UTF-8");
        passes(
            "shellcheck",
            &[
                "--shell=bash",
                "--severity=warning",
                "--exclude=SC2086,SC2154",
                script,
            ],
        );
    }
    passes("hadolint", &["Dockerfile"]);
    let place = tempfile::tempdir().expect("a directory");
    let formula = place.path().join("relaycheck.rb");
    fs::write(&formula, text("contrib/homebrew/relaycheck.rb.in")).expect("room");
    passes("ruby", &["-c", formula.to_str().expect("UTF-8")]);
}
