//! The one integration binary: each module mirrors a part of the source.

#[cfg(unix)]
mod again;
mod architecture;
mod catalogue;
mod cli;
#[cfg(unix)]
mod config;
mod corpus;
mod diff;
mod dns;
#[cfg(unix)]
mod formats;
mod harness;
#[cfg(unix)]
mod logs;
mod mail;
mod memory;
mod merge;
mod mtaconf;
mod mtalog;
mod net;
mod packages;
#[cfg(target_os = "linux")]
mod pipelines;
mod probe;
mod readme;
mod resume;
mod scan;
mod scenario;
#[cfg(unix)]
mod sessions;
mod translations;
