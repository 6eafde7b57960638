//! Ctrl-C and its kin: the first stops the run, the second ends the process.
//!
//! SIGTERM, which service managers and job schedulers send, counts like Ctrl-C: what is known is reported
//! before the process ends.

use super::error::CliError;
use super::probe::machine;
use std::io;
use tokio_util::sync::CancellationToken;

/// Watches for interrupts as long as the runtime lives.
pub(super) fn watch(
    runtime: &tokio::runtime::Runtime,
    stop: &CancellationToken,
) -> Result<(), CliError> {
    let _inside = runtime.enter();
    let mut signals =
        Signals::new().map_err(|e| machine("interrupts cannot be listened for", e))?;
    let stop = stop.clone();
    runtime.spawn(async move {
        signals.next().await;
        stop.cancel();
        signals.next().await;
        end_now();
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[expect(
    clippy::exit,
    reason = "the user has asked twice for the process to end now"
)]
fn end_now() -> ! {
    std::process::exit(130)
}
