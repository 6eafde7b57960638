//! The `relaycheck` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(relaycheck::cli::run(std::env::args_os()))
}
