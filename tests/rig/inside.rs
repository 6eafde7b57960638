//! Runs a test inside namespaces of its own.
//!
//! In: the name and the body of a test, and what it needs of the machine. Out: the body's result, from a
//! second process of this same program that `unshare` gave its own network, mounts, host name and process
//! ids.
//!
//! In the network namespace there is a loopback interface and nothing else: whatever a daemon is
//! configured to do, nothing can leave it, fixed addresses and port 25 are free in every test, and two
//! tests, or two checkouts, never meet. When the process ends, for whatever reason, the kernel ends
//! every daemon below it.
//!
//! Limits: [`Needs::longest`] per test; then the whole process tree is killed.
//!
//! References: unshare(1), pid_namespaces(7), network_namespaces(7).

use super::command;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Set in the inner process: where it may put the state of its daemons.
const SCRATCH: &str = "RELAYCHECK_TEST_SCRATCH";

/// What a group of tests needs of the machine.
pub(crate) struct Needs {
    /// The beginning of the names of its scratch directories.
    pub(crate) prefix: &'static str,
    /// What one test may take.
    pub(crate) longest: Duration,
    /// Programs it runs.
    pub(crate) tools: &'static [&'static str],
    /// What to do if one is missing.
    pub(crate) install: &'static str,
    /// Addresses the loopback interface is given.
    pub(crate) addresses: fn() -> BTreeSet<IpAddr>,
    /// Whatever else must be there; the error says what is not.
    pub(crate) ready: fn() -> Result<()>,
}

/// Runs `body` in fresh namespaces; `name` is the path of the calling test function.
pub(crate) fn isolated(needs: &Needs, name: &str, body: fn() -> Result<()>) -> Result<(), Failure> {
    let result = match std::env::var_os(SCRATCH) {
        Some(_) => inner(needs, body),
        None => outer(needs, name),
    };
    result.map_err(Failure)
}

/// Why a test failed: printed as lines for a person, not as a stack.
pub(crate) struct Failure(anyhow::Error);

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

/// Gives the loopback interface its addresses, because some servers look for them there, and runs the
/// body.
fn inner(needs: &Needs, body: fn() -> Result<()>) -> Result<()> {
    let lines: String = (needs.addresses)()
        .into_iter()
        .map(|ip| format!("address add {ip}/32 dev lo\n"))
        .collect();
    let batch = scratch()?.join("addresses");
    std::fs::write(&batch, lines)?;
    let mut ip = Command::new("ip");
    ip.arg("-batch").arg(&batch);
    let ended = command::run(&mut ip, Duration::from_secs(10))?;
    ensure!(ended.success(), "cannot add addresses: {}", ended.text());
    body()?;
    nothing_left()
}

fn outer(needs: &Needs, name: &str) -> Result<()> {
    prepared(needs)?;
    let scratch = tempfile::Builder::new()
        .prefix(needs.prefix)
        .tempdir()
        .context("cannot make a scratch directory")?;
    // If this process dies without a word, so does everything below it.
    let mut inner = Command::new("setpriv");
    inner
        .args(["--pdeathsig", "KILL", "--", "unshare"])
        .args(["--net", "--mount", "--uts", "--pid", "--fork"])
        .args(["--kill-child=KILL", "--mount-proc", "--", "/bin/sh", "-c"])
        .arg(r#"ip link set lo up && exec "$0" "$@""#)
        .arg(std::env::current_exe().context("this program has no path")?)
        .args(["--exact", name, "--nocapture"])
        .env(SCRATCH, scratch.path());
    let ended = command::run(&mut inner, needs.longest)?;
    // `print!` reaches the terminal only if the test fails.
    print!("{}", ended.text());
    ensure!(
        ended.success(),
        "{name} failed inside its namespaces ({})",
        ended.how()
    );
    // A name that matches no test would run none and succeed.
    ensure!(
        ended.text().contains("1 passed"),
        "{name} is not the path of a test"
    );
    Ok(())
}

/// Gives the directory for the state of the daemons of this test.
pub(crate) fn scratch() -> Result<PathBuf> {
    let path = std::env::var_os(SCRATCH).context("not inside the namespaces of a test")?;
    Ok(PathBuf::from(path))
}

/// Fails with one line that says what to do if a program is not there.
pub(crate) fn installed(tools: &[&str], install: &str) -> Result<()> {
    for tool in tools {
        let mut which = Command::new("/bin/sh");
        which.args(["-c", "command -v \"$0\"", tool]);
        if !command::run(&mut which, Duration::from_secs(5))?.success() {
            bail!("{tool} is not installed: {install}");
        }
    }
    Ok(())
}

/// Fails with one line that says what to do if the machine is not prepared.
fn prepared(needs: &Needs) -> Result<()> {
    (needs.ready)()?;
    let user = command::run(Command::new("id").arg("-u"), Duration::from_secs(5))?;
    ensure!(
        user.text().trim() == "0",
        "these tests must run as root: they start daemons in namespaces of their own"
    );
    installed(&["unshare", "setpriv", "ip"], needs.install)?;
    installed(needs.tools, needs.install)
}

/// Checks that every daemon is gone: this process is the first of its namespace and the only one.
fn nothing_left() -> Result<()> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir("/proc").context("cannot list processes")? {
        let name = entry?.file_name();
        let pid: Option<u32> = name.to_str().and_then(|name| name.parse().ok());
        if let Some(pid) = pid.filter(|pid| *pid != std::process::id()) {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            left.push(format!(
                "{pid} {}",
                String::from_utf8_lossy(&line).replace('\0', " ")
            ));
        }
    }
    ensure!(
        left.is_empty(),
        "processes outlive their servers: {}",
        left.join("; ")
    );
    Ok(())
}
