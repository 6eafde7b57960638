//! The `relaycheck` command.

use std::process::ExitCode;

/// Outcomes and journeys are made of small pieces: with the C library's allocator, the audit of a log takes a sixth
/// more of the processor. Huge pages are left out: they would take a quarter more memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(relaycheck::cli::run(std::env::args_os()))
}
