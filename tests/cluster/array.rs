//! A Slurm job array: four parts at once, and one of them again after it was killed.

use crate::fleet::Fleet;
use crate::inside::{Failure, directory, isolated, repository};
use crate::scan;
use crate::slurm::Slurm;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long the part that is to be killed may take until it has asked enough.
const BUSY: Duration = Duration::from_secs(60);

/// How many servers of it count as enough: twice as many as may be asked again.
const ENOUGH: usize = 6;

/// Submits contrib's script with further options of sbatch before it, and of relaycheck after it.
fn submit(slurm: &Slurm, here: &Path, sbatch: &[&str], relaycheck: &[&str]) -> Result<()> {
    let mut command = slurm.command("sbatch")?;
    command
        .args(sbatch)
        .arg(repository("contrib/slurm/relaycheck.sbatch"))
        .args(relaycheck)
        .args(scan::options()?);
    slurm.succeed(&mut command, here)?;
    Ok(())
}

/// Kills the scan of a task, as a machine without memory would.
fn kill_task(number: usize) -> Result<()> {
    let variable = format!("SLURM_ARRAY_TASK_ID={number}");
    for entry in fs::read_dir("/proc").context("cannot list processes")? {
        let process = entry?.path();
        let read = |name: &str| fs::read_to_string(process.join(name)).unwrap_or_default();
        let is_task = read("environ").split('\0').any(|set| set == variable);
        if is_task && read("comm").trim() == "relaycheck" {
            let pid = process
                .file_name()
                .and_then(|name| name.to_str()?.parse().ok());
            let pid = rustix::process::Pid::from_raw(pid.context("no process id")?);
            let pid = pid.context("no process id")?;
            rustix::process::kill_process(pid, rustix::process::Signal::KILL)?;
            return Ok(());
        }
    }
    bail!("task {number} does not run")
}

#[test]
fn a_job_array_merges_into_the_report_of_one_process() -> Result<(), Failure> {
    isolated(
        "array::a_job_array_merges_into_the_report_of_one_process",
        || {
            let here = directory("parts")?;
            let fleet = Fleet::start()?;
            let whole = scan::whole(&here)?;
            scan::telling(&whole)?;
            drop(fleet);

            let slurm = Slurm::start(&directory("slurm")?)?;
            let _fleet = Fleet::start()?;
            // Relays are found, and yet no task counts as failed.
            submit(&slurm, &here, &["--wait"], &[])?;
            let parts = scan::parts(&here, 1);
            scan::divided(&parts, &whole)?;
            scan::same(&whole, &scan::merge(&here, &parts)?)
        },
    )
}

#[test]
fn a_part_that_was_killed_goes_on_when_it_is_submitted_again() -> Result<(), Failure> {
    let name = "array::a_part_that_was_killed_goes_on_when_it_is_submitted_again";
    isolated(name, || {
        let here = directory("parts")?;
        let fleet = Fleet::start()?;
        let whole = scan::whole(&here)?;
        // Which servers part 2 is to ask.
        let alone = scan::servers_of(2, &here)?;
        drop(fleet);

        let slurm = Slurm::start(&directory("slurm")?)?;
        let fleet = Fleet::start()?;
        submit(&slurm, &here, &[], &["-c", "1", "--rate", "8"])?;
        let asked = |fleet: &Fleet| -> BTreeSet<IpAddr> {
            let connections = fleet.connections().into_iter();
            let asked = connections.filter(|(at, count)| alone.contains(&at.ip()) && *count > 0);
            asked.map(|(at, _)| at.ip()).collect()
        };
        let until = Instant::now() + BUSY;
        while asked(&fleet).len() < ENOUGH {
            ensure!(Instant::now() < until, "part 2 does not get on");
            thread::sleep(Duration::from_millis(20));
        }
        kill_task(2)?;
        slurm.await_jobs()?;
        let before = fleet.connections();
        let done = asked(&fleet);
        ensure!(done.len() < alone.len(), "part 2 was killed too late");
        println!(
            "{} of {} servers asked before the end",
            done.len(),
            alone.len()
        );
        let parts = scan::parts(&here, 1);
        ensure!(!parts[1].exists(), "a killed part has written a report");
        for other in [0, 2, 3] {
            ensure!(parts[other].exists(), "no {}", parts[other].display());
        }

        // An array of one: its count is another, the 4 in the script is not.
        submit(&slurm, &here, &["--wait", "--array=2"], &[])?;
        let mut again = 0;
        for ((at, before), (_, after)) in before.into_iter().zip(fleet.connections()) {
            ensure!(
                after == before || alone.contains(&at.ip()),
                "{at} is not of part 2"
            );
            again += u64::from(after > before && before > 0);
        }
        // The one in flight may be asked anew, and what ended since the last checkpoint: at this rate not
        // more than two in a fifth of a second.
        println!("{again} of them asked again");
        ensure!(
            again <= 3,
            "{again} servers of {} were asked again",
            done.len()
        );
        scan::same(&whole, &scan::merge(&here, &parts)?)
    })
}
