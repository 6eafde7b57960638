//! The log: what is being done, on standard error.
//!
//! Warnings always, and how far a long scan has got; `-v` adds targets that are left out because they were
//! asked already, `-vv` how each connection and session ends, `-vvv` everything, libraries included; `-q`
//! leaves errors alone. The environment variable `RELAYCHECK_LOG` takes a filter in tracing-subscriber's
//! notation and outranks the options.

use super::args::{ColorArg, GeneralArgs};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Starts the log.
pub fn start(general: &GeneralArgs) {
    let level = match (general.quiet, general.verbose) {
        (true, _) => "error",
        (false, 0) => "relaycheck::progress=info,warn",
        (false, 1) => "relaycheck=info,warn",
        (false, 2) => "relaycheck=debug,warn",
        (false, _) => "trace",
    };
    let filter =
        EnvFilter::try_from_env("RELAYCHECK_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colours = match general.color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_target(false);
    // A second log in one process, as in tests, stays without effect.
    let _ = log.try_init();
}
