//! relaycheck finds open SMTP relays: servers that take mail from any outsider for any outsider.
//!
//! The crate is a pure core in a thin shell. Everything that decides is a function of bytes, text
//! and elapsed time; sockets, clock, files and randomness live in `net`, `engine`, `server` and
//! `cli`.
//!
//! ```text
//!  cli      arguments, output, exit code                                  feature cli
//!  engine   which target when; one target from name to outcome            feature net
//!  net      DNS, TCP, TLS, the pump        server   embedded test servers feature net
//!  report   human, json, sarif, ...         rules    every rule by id
//!  probe    forms, plan, dialogue, judging target   what the user wrote -> endpoints
//!  mtaconf  configurations, read and judged
//!  model    the shared vocabulary          smtp     the protocol as values
//! ```

// The modules that decide: the lint holds them to the list in .github/clippy.toml, where it is active.
#[deny(clippy::disallowed_methods)]
pub mod model;
#[deny(clippy::disallowed_methods)]
pub mod smtp;

#[deny(clippy::disallowed_methods)]
pub mod mtaconf;
#[deny(clippy::disallowed_methods)]
pub mod mtalog;
#[deny(clippy::disallowed_methods)]
pub mod probe;
#[deny(clippy::disallowed_methods)]
pub mod target;

#[deny(clippy::disallowed_methods)]
pub mod report;
#[deny(clippy::disallowed_methods)]
pub mod rules;

#[cfg(feature = "net")]
pub mod net;
#[cfg(feature = "net")]
pub mod server;

#[cfg(feature = "net")]
pub mod engine;

#[cfg(feature = "cli")]
pub mod cli;
