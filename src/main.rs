//! The `relaycheck` command.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A scan allocates and frees small pieces by the million: a third of its own work goes there otherwise.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(relaycheck::cli::run(std::env::args_os()))
}
