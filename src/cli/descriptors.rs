//! How many connections the machine lets one process have at once.
//!
//! In: the connections wanted. Out: as many of them as there are file descriptors for, once the limit has
//! been raised as far as it goes. What does not fit is said once, before the scan; running out of
//! descriptors in the middle of it would look like trouble of the targets.
//!
//! References: setrlimit(2) RLIMIT_NOFILE.

use super::error::CliError;
use super::probe::machine;
use std::io;
use std::num::NonZeroUsize;

/// Descriptors that stay free for files, pipes and what the runtimes need.
const SPARE: usize = 24;

/// What each connection at once may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// A connection.
    Connection,
    /// A connection, or the lookups of a name: both address families at two name servers.
    ConnectionOrLookup,
}

/// Raises the limit and fits the connections at once to it.
pub(super) fn fit(
    wanted: NonZeroUsize,
    need: Need,
    complain: &mut dyn FnMut(String),
) -> Result<NonZeroUsize, CliError> {
    let Some(limit) = raise() else {
        return Ok(wanted);
    };
    let fitting = fitting(wanted, need, limit, open());
    let Some(fitting) = NonZeroUsize::new(fitting) else {
        return Err(machine(
            format!("the limit of {limit} open files leaves none for connections"),
            io::Error::other("raise it with `ulimit -n`"),
        ));
    };
    if fitting < wanted {
        complain(format!(
            "the limit of {limit} open files allows {fitting} connections at once, not {wanted}; raise it \
             with `ulimit -n`"
        ));
    }
    Ok(fitting)
}

fn fitting(wanted: NonZeroUsize, need: Need, limit: usize, open: usize) -> usize {
    let each = match need {
        Need::Connection => 1,
        Need::ConnectionOrLookup => 4,
    };
    let free = limit.saturating_sub(open + SPARE);
    wanted.get().min(free / each)
}

/// Raises the limit of open files to the hard one; gives what it is then, where there is one.
#[cfg(unix)]
fn raise() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: now.maximum,
        maximum: now.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => now.maximum,
        Err(_) => now.current,
    };
    current.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn raise() -> Option<usize> {
    None
}

/// Counts what is open already; a guess where the system does not tell.
fn open() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(8, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_is_wanted_or_what_fits() {
        let wanted = NonZeroUsize::new(256).expect("not zero");
        for (need, limit, fits) in [
            (Need::Connection, 1_000_000, 256),
            (Need::Connection, 64, 34),
            (Need::ConnectionOrLookup, 64, 8),
            (Need::ConnectionOrLookup, 1024, 248),
            (Need::Connection, 30, 0),
        ] {
            assert_eq!(fitting(wanted, need, limit, 6), fits, "{need:?} {limit}");
        }
    }
}
