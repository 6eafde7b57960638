//! What the cluster tests need of the machine, and the commands they type.
//!
//! The work is done by `tests/rig`: each test runs inside namespaces of its own.

use crate::fleet;
use crate::rig::command::{self, Ended};
use crate::rig::inside::{self, Needs};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub(crate) use crate::rig::inside::{Failure, scratch};

/// How to get what is missing.
const INSTALL: &str = "run tests/cluster/install as root";

/// What one test may take: several scans with half a minute for each at the most.
const LONGEST: Duration = Duration::from_secs(180);

/// What one command may take.
const A_COMMAND: Duration = Duration::from_secs(90);

const NEEDS: Needs = Needs {
    prefix: "relaycheck-cluster-",
    longest: LONGEST,
    tools: &[
        "parallel",
        "munged",
        "slurmctld",
        "slurmd",
        "sbatch",
        "systemd-analyze",
    ],
    install: INSTALL,
    // glibc resolves no address where 127.0.0.1 is the only one, and Slurm asks it to.
    addresses: || fleet::addresses().collect(),
    ready,
};

/// Runs `body` in fresh namespaces; `name` is the path of the calling test function.
pub(crate) fn isolated(name: &str, body: fn() -> Result<()>) -> Result<(), Failure> {
    inside::isolated(&NEEDS, name, body)
}

/// Gives a path of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Gives a program of the Python environment that the tests have.
pub(crate) fn python(program: &str) -> PathBuf {
    let root = std::env::var_os("RELAYCHECK_CLUSTER_PYTHON")
        .map_or_else(|| repository("target/cluster/python"), PathBuf::from);
    root.join("bin").join(program)
}

/// Makes a directory below the scratch directory.
pub(crate) fn directory(name: &str) -> Result<PathBuf> {
    let path = scratch()?.join(name);
    std::fs::create_dir_all(&path).context("cannot make a directory")?;
    Ok(path)
}

/// Gives a command in an environment that holds nothing but a home and where programs are: relaycheck
/// and what contrib/ adds to it before all others.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Result<Command> {
    let programs = directory("programs")?;
    for (name, path) in [
        (
            "relaycheck",
            PathBuf::from(env!("CARGO_BIN_EXE_relaycheck")),
        ),
        ("relaycheck-part", repository("contrib/relaycheck-part")),
        (
            "relaycheck-nightly",
            repository("contrib/relaycheck-nightly"),
        ),
    ] {
        let link = programs.join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(path, link).context("cannot make a link")?;
        }
    }
    let path = format!(
        "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        programs.display()
    );
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", directory("home")?)
        .env("LC_ALL", "C.UTF-8");
    Ok(command)
}

/// Runs a command in a directory to its end.
pub(crate) fn run(command: &mut Command, directory: &Path) -> Result<Ended> {
    command::run(command.current_dir(directory), A_COMMAND)
}

/// Runs a command in a directory; anything but exit code 0 is an error that shows what it wrote.
pub(crate) fn succeed(command: &mut Command, directory: &Path) -> Result<Ended> {
    let ended = run(command, directory)?;
    ensure!(
        ended.success(),
        "{} failed ({}): {}",
        command.get_program().to_string_lossy(),
        ended.how(),
        ended.text()
    );
    Ok(ended)
}

fn ready() -> Result<()> {
    let validate = python("kubernetes-validate");
    ensure!(
        validate.exists(),
        "kubernetes-validate is not installed ({} is missing): {INSTALL}",
        validate.display()
    );
    Ok(())
}
