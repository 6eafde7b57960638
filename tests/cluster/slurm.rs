//! Slurm on this machine alone: one controller, one node, a key of its own, for as long as a value lives.
//!
//! In: a directory. Out: a cluster that `sbatch` finds through `SLURM_CONF`.
//!
//! Every configuration, key, socket, state and log is in the directory; nothing of /etc/slurm or
//! /etc/munge is read. Neither systemd nor control groups are needed: processes are tracked through /proc.
//! The three daemons are in a process namespace of their own; when its first process ends, because
//! the value is dropped or its owner dies, the kernel ends them and every job.
//!
//! Limits: no accounting, no priorities, root only. Slurm 22.05 from Debian 12.
//!
//! References: slurm.conf(5), munged(8), slurmd(8).

use crate::inside::{command, succeed};
use crate::rig::command::Ended;
use anyhow::{Context, Result, bail};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the daemons may take until the node is idle.
const START: Duration = Duration::from_secs(30);

/// How long their end may take before they are killed.
const END: Duration = Duration::from_secs(5);

/// How long a job may wait and run.
const JOB: Duration = Duration::from_secs(60);

/// The name of the machine, in the namespaces of the test.
const NAME: &str = "node";

/// A running cluster.
pub(crate) struct Slurm {
    directory: PathBuf,
    daemons: Child,
}

impl Slurm {
    /// Starts a cluster with its files in `directory`.
    pub(crate) fn start(directory: &Path) -> Result<Self> {
        // The controller starts on the machine that the configuration names.
        fs::write("/proc/sys/kernel/hostname", NAME).context("cannot name the machine")?;
        for name in ["state", "spool"] {
            let made = fs::DirBuilder::new()
                .mode(0o700)
                .create(directory.join(name));
            made.context("cannot make a directory")?;
        }
        key(&directory.join("munge.key"))?;
        fs::write(directory.join("slurm.conf"), configuration(directory))?;
        let log = fs::File::create(directory.join("daemons.log"))?;
        let mut daemons = command("unshare")?;
        daemons
            .args(["--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"])
            .args(["/bin/sh", "-c", DAEMONS])
            .current_dir(directory)
            .env("SLURM_CONF", directory.join("slurm.conf"))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut slurm = Self {
            directory: directory.to_owned(),
            daemons: daemons.spawn().context("cannot start Slurm")?,
        };
        slurm.await_node()?;
        Ok(slurm)
    }

    /// Gives a command that talks to the cluster.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let mut command = command(program)?;
        command.env("SLURM_CONF", self.directory.join("slurm.conf"));
        Ok(command)
    }

    /// Runs a command that talks to the cluster, in a directory. Anything but exit code 0 is an error, which
    /// shows what jobs wrote there.
    pub(crate) fn succeed(&self, command: &mut Command, directory: &Path) -> Result<Ended> {
        succeed(command, directory).with_context(|| {
            let files = fs::read_dir(directory).into_iter().flatten().flatten();
            let logs = files.filter(|file| file.path().extension().is_some_and(|e| e == "log"));
            let texts = logs.map(|file| fs::read_to_string(file.path()).unwrap_or_default());
            texts.collect::<String>() + &self.log()
        })
    }

    /// Waits until no job is left.
    pub(crate) fn await_jobs(&self) -> Result<()> {
        let until = Instant::now() + JOB;
        while Instant::now() < until {
            let mut squeue = self.command("squeue")?;
            let jobs = self.succeed(squeue.arg("--noheader"), &self.directory)?;
            if jobs.out().trim().is_empty() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(200));
        }
        bail!("jobs do not end: {}", self.log())
    }

    fn await_node(&mut self) -> Result<()> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Some(status) = self.daemons.try_wait()? {
                bail!("Slurm ended at once ({status}): {}", self.log());
            }
            // Without a controller, sinfo itself tries for seconds; its connection is refused at first.
            let mut sinfo = self.command("sinfo")?;
            sinfo.args(["--noheader", "--format=%t"]);
            let said = crate::inside::run(&mut sinfo, &self.directory)?;
            if said.success() && said.out().trim() == "idle" {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("the Slurm node is not idle in time: {}", self.log())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("daemons.log")).unwrap_or_default()
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        drop(self.daemons.stdin.take());
        let until = Instant::now() + END;
        while Instant::now() < until {
            if !matches!(self.daemons.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        // `--kill-child` takes the namespace along.
        let _ = self.daemons.kill();
        let _ = self.daemons.wait();
    }
}

/// What the first process of the daemons' namespace runs. It ends, and all with it, when its input does.
const DAEMONS: &str = r#"
munged --foreground --force --origin=127.0.0.1 --num-threads=2 --key-file="$PWD/munge.key" \
    --socket="$PWD/munge.sock" --pid-file="$PWD/munge.pid" --seed-file="$PWD/munge.seed" &
until [ -S munge.sock ]; do
    kill -0 $! || exit 1
    sleep 0.05
done
slurmctld -D -c &
slurmd -D -N node &
read over
"#;

/// Writes the configuration. The node is said to have as many processors as there are parts, so that the
/// parts run at once wherever the test runs.
fn configuration(directory: &Path) -> String {
    let directory = directory.display();
    let parts = crate::scan::PARTS;
    format!(
        "ClusterName=relaycheck
SlurmctldHost={NAME}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={directory}/munge.sock
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
MailProg=/bin/true
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd.pid
SchedulerParameters=batch_sched_delay=1,sched_interval=1
ReturnToService=2
SlurmdParameters=config_overrides
NodeName={NAME} NodeAddr=127.0.0.1 CPUs={parts} State=UNKNOWN
PartitionName=all Nodes={NAME} Default=YES MaxTime=10 State=UP
"
    )
}

fn key(path: &Path) -> Result<()> {
    use std::io::{Read, Write};
    let mut secret = [0; 128];
    fs::File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(path)?;
    file.write_all(&secret).context("cannot write a key")
}
