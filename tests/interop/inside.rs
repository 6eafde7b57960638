//! Runs a test inside namespaces of its own.
//!
//! In: the name and the body of a test. Out: the body's result, from a second process of this same
//! program that `unshare` gave its own network, mounts and process ids.
//!
//! In the network namespace there is a loopback interface and nothing else: whatever a mail server is
//! configured to do, nothing can leave it, fixed addresses and port 25 are free in every test, and two
//! tests, or two checkouts, never meet. When the process ends, for whatever reason, the kernel ends
//! every daemon below it.
//!
//! Limits: [`LONGEST`] per test; then the whole process tree is killed.
//!
//! References: unshare(1), pid_namespaces(7), network_namespaces(7).

use crate::command;
use anyhow::{Context, Result, bail, ensure};
use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Set in the inner process: where it may put the state of its servers.
const SCRATCH: &str = "RELAYCHECK_INTEROP_SCRATCH";

/// What one test may take. All of them together are meant to stay well below five minutes.
const LONGEST: Duration = Duration::from_secs(200);

/// Runs `body` in fresh namespaces; `name` is the path of the calling test function.
pub(crate) fn isolated(name: &str, body: fn() -> Result<()>) -> Result<(), Failure> {
    let result = match std::env::var_os(SCRATCH) {
        Some(_) => inner(body),
        None => outer(name),
    };
    result.map_err(Failure)
}

/// Why a test failed: printed as lines for a person, not as a stack.
pub(crate) struct Failure(anyhow::Error);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

/// Gives the loopback interface the addresses of the table, because Postfix looks for them there, and
/// runs the body.
fn inner(body: fn() -> Result<()>) -> Result<()> {
    let lines: String = crate::table::ROWS
        .iter()
        .map(|row| row.at().ip())
        .collect::<std::collections::BTreeSet<_>>()
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

fn outer(name: &str) -> Result<()> {
    ready()?;
    let scratch = tempfile::Builder::new()
        .prefix("relaycheck-interop-")
        .tempdir()
        .context("cannot make a scratch directory")?;
    // If this process dies without a word, so does everything below it.
    let mut inner = Command::new("setpriv");
    inner
        .args(["--pdeathsig", "KILL", "--", "unshare"])
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child=KILL"])
        .args(["--mount-proc", "--", "/bin/sh", "-c"])
        .arg(r#"ip link set lo up && exec "$0" "$@""#)
        .arg(std::env::current_exe().context("this program has no path")?)
        .args(["--exact", name, "--nocapture"])
        .env(SCRATCH, scratch.path());
    let ended = command::run(&mut inner, LONGEST)?;
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

/// Gives the directory for the state of the servers of this test.
pub(crate) fn scratch() -> Result<PathBuf> {
    let path = std::env::var_os(SCRATCH).context("not inside the namespaces of a test")?;
    Ok(PathBuf::from(path))
}

/// Gives the directory with the private roots of the mail servers.
pub(crate) fn roots() -> PathBuf {
    match std::env::var_os("RELAYCHECK_INTEROP_ROOTS") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/interop/roots"),
    }
}

/// Fails with one line that says what to do if the machine is not prepared.
fn ready() -> Result<()> {
    const INSTALL: &str = "run tests/interop/install as root";
    for mta in crate::table::Mta::ALL {
        let mark = roots().join(mta.name()).join(".ready");
        ensure!(
            mark.exists(),
            "{} is not installed ({} is missing): {INSTALL}",
            mta.name(),
            mark.display()
        );
    }
    let user = command::run(Command::new("id").arg("-u"), Duration::from_secs(5))?;
    ensure!(
        user.text().trim() == "0",
        "the interop tests must run as root: real mail servers are started in private roots"
    );
    for tool in ["unshare", "setpriv", "ip", "nmap", "swaks"] {
        let mut which = Command::new("/bin/sh");
        which.args(["-c", "command -v \"$0\"", tool]);
        if !command::run(&mut which, Duration::from_secs(5))?.success() {
            bail!("{tool} is not installed: {INSTALL}");
        }
    }
    Ok(())
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
