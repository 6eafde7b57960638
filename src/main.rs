//! The `relaycheck` command.
fn main() {}
