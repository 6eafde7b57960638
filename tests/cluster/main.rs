//! Scans divided by engines that people already run: GNU parallel, a Slurm job array, the pods of a
//! Kubernetes Indexed Job; and the recipes of `contrib/` held against the tools they are for.
//!
//! ```text
//! tests/cluster/run                                    as root: installs what is missing, runs all
//! cargo test --features cluster --test cluster         once tests/cluster/install has run
//! ```
//!
//! The question is always the same: do the parts, merged, say what one process says? Servers of every
//! behaviour at addresses of several networks are scanned in one process, then in four parts by the
//! engine, then merged; nothing but the clock may differ (`scan.rs`). What the engines run is what
//! `contrib/` ships.
//!
//! Each test runs in network, mount and process namespaces of its own (`tests/rig/inside.rs`): nothing
//! leaves loopback, no daemon outlives its test. That needs root and, in a container, CAP_SYS_ADMIN. What
//! is missing is an error with the command that installs it, never a skipped test.
//!
//! A disk that fills up (`disk.rs`) is tested here too, for it takes a mount namespace.
//!
//! Limits: there is no Kubernetes here. Its manifests are validated against its schemas, and the command
//! of its pods is run with the variables that Kubernetes sets. There is no systemd either: units are
//! verified, and the program they start is run. About a minute in all on two cores.

#![allow(clippy::print_stdout)] // what a test prints is shown when it fails

mod array;
mod disk;
mod fleet;
mod inside;
mod parallel;
mod recipes;
#[path = "../rig/mod.rs"]
mod rig;
mod scan;
mod slurm;
