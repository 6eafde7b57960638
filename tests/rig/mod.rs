//! What tests against programs of others share: running them, and namespaces of a test's own.
//!
//! Included by `tests/interop` and `tests/cluster`.

pub(crate) mod command;
pub(crate) mod inside;
