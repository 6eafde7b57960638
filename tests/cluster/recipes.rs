//! What `contrib/` ships for Kubernetes, systemd and cron, held against the tools it is for.
//!
//! Each check is shown to fail, too: a manifest or unit with a mistake in it is not accepted.

use crate::fleet::Fleet;
use crate::inside::{Failure, command, directory, isolated, python, repository, run, succeed};
use crate::rig::command::Ended;
use crate::scan;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The oldest Kubernetes the manifests are for: the first in which limits per index are stable.
const KUBERNETES: &str = "1.33";

/// The exposure the service may have, in tenths, as systemd-analyze counts it: 100 is no protection.
const EXPOSURE: &str = "15";

const MANIFESTS: [&str; 2] = ["job.yaml", "merge.yaml"];

fn manifest(name: &str) -> Result<String> {
    let path = repository("contrib/kubernetes").join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Holds a manifest against the schemas of Kubernetes; fields they do not know are errors.
fn validate(text: &str, here: &Path) -> Result<Ended> {
    fs::write(here.join("manifest.yaml"), text)?;
    let mut validate = command(python("kubernetes-validate"))?;
    validate.args(["--strict", "-k", KUBERNETES, "manifest.yaml"]);
    run(&mut validate, here)
}

/// Gives the objects of a manifest.
fn objects(name: &str, here: &Path) -> Result<Vec<Value>> {
    let mut python = command(python("python"))?;
    python
        .args(["-c", "import json, sys, yaml\nprint(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))"])
        .arg(repository("contrib/kubernetes").join(name));
    let said = succeed(&mut python, here)?;
    serde_json::from_str(said.out()).context("not JSON")
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Result<&'a Value> {
    let found = objects.iter().find(|object| object["kind"] == kind);
    found.with_context(|| format!("no {kind}"))
}

/// Makes the command of a Job's pod, with its environment. Paths of mounted volumes lead to directories.
fn pod(job: &Value, volumes: &[(&str, &Path)]) -> Result<Command> {
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let words = |name: &str| -> Result<Vec<&str>> {
        let words = container[name].as_array().context("no words")?;
        words
            .iter()
            .map(|word| word.as_str().context("no word"))
            .collect()
    };
    let command_line = [words("command")?, words("args")?].concat();
    let mut pod = command(command_line[0])?;
    pod.args(&command_line[1..]);
    for variable in container["env"].as_array().context("no environment")? {
        let name = variable["name"].as_str().context("no name")?;
        let value = variable["value"].as_str().context("no value")?;
        let mounts = container["volumeMounts"].as_array().context("no mounts")?;
        let mount = mounts.iter().find(|mount| mount["mountPath"] == value);
        let volume = mount.context("a path where nothing is mounted")?["name"].as_str();
        let directory = volumes.iter().find(|(name, _)| Some(*name) == volume);
        pod.env(name, directory.context("an unknown volume")?.1);
    }
    Ok(pod)
}

#[test]
fn manifests_are_what_kubernetes_takes() -> Result<(), Failure> {
    isolated("recipes::manifests_are_what_kubernetes_takes", || {
        let here = directory("manifests")?;
        for name in MANIFESTS {
            let ended = validate(&manifest(name)?, &here)?;
            ensure!(ended.success(), "{name}: {}", ended.text());
        }
        for (right, mistaken) in [
            ("completionMode: Indexed", "completionMood: Indexed"),
            ("completions: 8", "completions: eight"),
            ("action: FailIndex", "operation: FailIndex"),
            ("drop: [ALL]", "drop: ALL"),
        ] {
            let text = manifest("job.yaml")?;
            ensure!(text.contains(right), "job.yaml lacks {right}");
            let ended = validate(&text.replace(right, mistaken), &here)?;
            ensure!(ended.code() == Some(1), "{mistaken}: {}", ended.text());
        }

        // What the schemas do not say, but the API server does.
        let objects = objects("job.yaml", &here)?;
        let spec = &of_kind(&objects, "Job")?["spec"];
        ensure!(spec["template"]["spec"]["restartPolicy"] == "Never");
        ensure!(spec["podReplacementPolicy"] == "Failed");
        let container = &spec["template"]["spec"]["containers"][0];
        for rule in spec["podFailurePolicy"]["rules"]
            .as_array()
            .context("rules")?
        {
            if let Some(codes) = rule.get("onExitCodes") {
                ensure!(codes["containerName"] == container["name"]);
            }
        }
        // The number of parts is written in three places, and the parts in merge.yaml.
        let parts = spec["completions"].as_u64().context("no completions")?;
        ensure!(spec["parallelism"].as_u64() == Some(parts));
        let script = container["args"][0].as_str().context("no arguments")?;
        ensure!(
            script.contains(&format!("--shard auto/{parts} ")),
            "{script}"
        );
        let merge = manifest("merge.yaml")?;
        ensure!(merge.matches("/part-").count() as u64 == parts);
        for part in 0..parts {
            ensure!(
                merge.contains(&format!("/part-{part}.json")),
                "no part {part}"
            );
        }
        // The script is there twice: as a file, and where a pod finds it.
        let config = of_kind(&objects, "ConfigMap")?;
        let script = fs::read_to_string(repository("contrib/relaycheck-part"))?;
        ensure!(
            config["data"]["relaycheck-part"] == script.as_str(),
            "relaycheck-part differs"
        );
        Ok(())
    })
}

#[test]
fn pods_merge_into_the_report_of_one_process() -> Result<(), Failure> {
    isolated("recipes::pods_merge_into_the_report_of_one_process", || {
        let [config, parts] = [directory("config")?, directory("parts")?];
        let objects_of_job = objects("job.yaml", &config)?;
        let data = of_kind(&objects_of_job, "ConfigMap")?["data"].as_object();
        for (name, text) in data.context("no data")? {
            fs::write(config.join(name), text.as_str().context("no text")?)?;
        }
        // The fleet instead of the example, but nobody who is waited for: the manifest has the patience
        // that servers of the world need.
        fs::write(config.join("targets.txt"), crate::fleet::targets())?;
        let silent = crate::fleet::address_of("silent")?;
        fs::write(config.join("exclusions.txt"), format!("{silent}\n"))?;
        let volumes = [("config", config.as_path()), ("parts", parts.as_path())];
        let job = of_kind(&objects_of_job, "Job")?;
        let count = job["spec"]["completions"]
            .as_u64()
            .context("no completions")?;

        let fleet = Fleet::start()?;
        let mut relaycheck = command("relaycheck")?;
        relaycheck.args(["-f", "json", "--seed", "7", "-q", "-i"]);
        relaycheck
            .arg(config.join("targets.txt"))
            .arg("--exclude-file");
        relaycheck.arg(config.join("exclusions.txt"));
        let whole = scan::said(run(&mut relaycheck, &parts)?)?;
        scan::telling(&whole)?;
        drop(fleet);

        let _fleet = Fleet::start()?;
        // All at once, as Kubernetes does.
        let pods: Vec<_> = (0..count)
            .map(|index| {
                let mut pod = pod(job, &volumes)?;
                pod.env("JOB_COMPLETION_INDEX", index.to_string());
                // What a pod's log would show is in the report, too.
                Ok(pod.current_dir(&config).stdout(Stdio::null()).spawn()?)
            })
            .collect::<Result<_>>()?;
        for pod in pods {
            let ended = pod.wait_with_output()?;
            ensure!(ended.status.success(), "a pod failed: {}", ended.status);
        }
        let objects_of_merge = objects("merge.yaml", &config)?;
        let mut merge = pod(of_kind(&objects_of_merge, "Job")?, &volumes)?;
        let ended = run(&mut merge, &config)?;
        ensure!(ended.out().contains("RELAY ACCEPTING"), "{}", ended.text());
        let merged = scan::Said {
            report: scan::read(&parts.join("report.json"))?,
            code: ended.code(),
        };
        scan::same(&whole, &merged)
    })
}

#[test]
fn a_part_says_by_its_exit_code_whether_it_is_done() -> Result<(), Failure> {
    isolated(
        "recipes::a_part_says_by_its_exit_code_whether_it_is_done",
        || {
            let here = directory("part")?;
            for (ends, said) in [(0, 0), (1, 0), (3, 0), (2, 2), (130, 130), (137, 137)] {
                let mut part = command("relaycheck-part")?;
                part.args(["/bin/sh", "-c", &format!("exit {ends}")]);
                let ended = run(&mut part, &here)?;
                ensure!(ended.code() == Some(said), "{ends}: {}", ended.how());
            }
            // Standard input reaches the scan: -i - reads targets from it.
            let mut shell = command("/bin/sh")?;
            shell.args(["-c", "echo targets | relaycheck-part cat"]);
            ensure!(succeed(&mut shell, &here)?.out() == "targets\n");
            // A part that is told to end writes its report and is not done, though relaycheck ends with 3.
            let _fleet = Fleet::start()?;
            let mut shell = command("/bin/sh")?;
            shell
                .args(["-c", STOPPED])
                .args([
                    "sh",
                    "relaycheck-part",
                    "relaycheck",
                    "-o",
                    "json=part.json",
                ])
                .args(["-c", "1", "--rate", "1"])
                .args(scan::options()?);
            let ended = run(&mut shell, &here)?;
            ensure!(
                ended.code() == Some(143),
                "{}: {}",
                ended.how(),
                ended.text()
            );
            ensure!(scan::read(&here.join("part.json"))?["run"]["complete"] == false);
            Ok(())
        },
    )
}

/// Runs a command, and tells it to end after a second.
const STOPPED: &str = "\"$@\" & sleep 1; kill -TERM $!; wait $!";

#[test]
fn a_nightly_run_fails_at_what_is_new_and_keeps_two_reports() -> Result<(), Failure> {
    isolated(
        "recipes::a_nightly_run_fails_at_what_is_new_and_keeps_two_reports",
        || {
            let [here, kept] = [directory("here")?, directory("kept")?];
            let _fleet = Fleet::start()?;
            let [open, closed] = ["open", "closed"].map(crate::fleet::address_of);
            let night = |targets: &[&str]| -> Result<Option<i32>> {
                let mut nightly = command("relaycheck-nightly")?;
                nightly.arg(&kept).args(["-q", "--seed", "7"]).args(targets);
                Ok(run(&mut nightly, &here)?.code())
            };
            let targets = |name: &str| -> Result<usize> {
                Ok(scan::results(&scan::read(&kept.join(name))?)?.len())
            };
            let [open, closed] = [open?, closed?].map(|address| address.to_string());
            // The first night everything is new; the second night nothing is.
            ensure!(night(&[&closed])? == Some(0));
            ensure!(!kept.join("report.1.json").exists());
            ensure!(night(&[&closed, &open])? == Some(1));
            ensure!(targets("report.json")? == 2 && targets("report.1.json")? == 1);
            ensure!(night(&[&closed, &open])? == Some(0));
            ensure!(targets("report.1.json")? == 2);
            // Wrong use is no report.
            ensure!(night(&["--no-such-option"])? == Some(2));
            ensure!(targets("report.json")? == 2);
            ensure!(!kept.join("new.json").exists());
            Ok(())
        },
    )
}

#[test]
fn units_are_what_systemd_takes() -> Result<(), Failure> {
    isolated("recipes::units_are_what_systemd_takes", || {
        let units = directory("units")?;
        // The program of the service has to be there; in this namespace, it is.
        let mut mount = command("mount")?;
        mount.args(["-t", "tmpfs", "tmpfs", "/usr/local/bin"]);
        succeed(&mut mount, &units)?;
        fs::copy(
            repository("contrib/relaycheck-nightly"),
            "/usr/local/bin/relaycheck-nightly",
        )?;
        let verify = |change: &dyn Fn(String) -> String| -> Result<Ended> {
            for name in ["relaycheck.service", "relaycheck.timer"] {
                let text = fs::read_to_string(repository("contrib/systemd").join(name))?;
                fs::write(units.join(name), change(text))?;
            }
            let mut verify = command("systemd-analyze")?;
            // The colon: and where systemd looks anyway.
            verify.env("SYSTEMD_UNIT_PATH", format!("{}:", units.display()));
            verify.args(["verify", "relaycheck.service", "relaycheck.timer"]);
            run(&mut verify, &units)
        };
        let ended = verify(&|text| text)?;
        ensure!(
            ended.success() && ended.text().is_empty(),
            "{}",
            ended.text()
        );
        for (right, mistaken) in [
            ("ProtectSystem=strict", "ProtectSystem=strickt"),
            ("OnCalendar=", "OnCalender="),
            ("relaycheck-nightly", "relaycheck-niightly"),
        ] {
            let ended = verify(&|text| text.replace(right, mistaken))?;
            let taken = ended.success() && ended.text().is_empty();
            ensure!(!taken, "{mistaken} was accepted");
        }
        verify(&|text| text)?;
        let mut security = command("systemd-analyze")?;
        security.args(["security", "--no-pager", "--offline=true"]);
        security.args([&format!("--threshold={EXPOSURE}"), "./relaycheck.service"]);
        succeed(&mut security, &units)?;
        Ok(())
    })
}
