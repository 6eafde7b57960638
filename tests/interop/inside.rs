//! What the interop tests need of the machine, and where they keep their mail servers.
//!
//! The work is done by `tests/rig`: each test runs inside namespaces of its own.

use crate::rig::inside::{self, Needs};
use anyhow::{Result, ensure};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use crate::rig::inside::{Failure, scratch};

/// How to get what is missing.
const INSTALL: &str = "run tests/interop/install as root";

/// All tests together are meant to stay well below five minutes.
const NEEDS: Needs = Needs {
    prefix: "relaycheck-interop-",
    longest: Duration::from_secs(200),
    tools: &["nmap", "swaks", "pflogsumm", "perl"],
    install: INSTALL,
    addresses: || crate::table::ROWS.iter().map(|row| row.at().ip()).collect(),
    ready,
};

/// Runs `body` in fresh namespaces; `name` is the path of the calling test function.
pub(crate) fn isolated(name: &str, body: fn() -> Result<()>) -> Result<(), Failure> {
    inside::isolated(&NEEDS, name, body)
}

/// Fails if what log analysers need is not installed; they run without namespaces where no server does.
pub(crate) fn comparable() -> Result<()> {
    ready()?;
    inside::installed(NEEDS.tools, INSTALL)
}

/// Gives the place of eximstats, which comes with Exim.
pub(crate) fn eximstats() -> PathBuf {
    roots().join("exim/usr/sbin/eximstats")
}

/// Gives the directory with the private roots of the mail servers.
pub(crate) fn roots() -> PathBuf {
    match std::env::var_os("RELAYCHECK_INTEROP_ROOTS") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/interop/roots"),
    }
}

/// Fails with one line that says what to do if a mail server is not installed.
fn ready() -> Result<()> {
    for mta in crate::table::Mta::ALL {
        let mark = roots().join(mta.name()).join(".ready");
        ensure!(
            mark.exists(),
            "{} is not installed ({} is missing): {INSTALL}",
            mta.name(),
            mark.display()
        );
    }
    Ok(())
}
