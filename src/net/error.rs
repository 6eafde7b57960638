//! Why there is no connection: the peer's doing, the way's, or ours.
//!
//! In: errors of `socket(2)`, `connect(2)` and their kin. Out: an [`Unconnected`].
//!
//! Limits: `connect(2)` says EADDRNOTAVAIL both where no address of ours can reach the peer (IPv6 switched off)
//! and where no port is left. The number alone cannot tell them apart: see `net::connect`.
//!
//! References: connect(2), ip(7), ipv6(7); what Linux says to each was tried out in network namespaces.

use crate::model::Reason;
use std::io;

/// Why a connection did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Unconnected {
    /// Nothing answered in time.
    #[error("no answer to the connection attempt in time")]
    TimedOut,
    /// The peer refused.
    #[error("connection refused")]
    Refused,
    /// The network says there is no way, or that it is forbidden.
    #[error("no route: {0}")]
    NoRoute(io::Error),
    /// The peer, or something before it, broke the connection off.
    #[error("the connection was broken off: {0}")]
    Broken(io::Error),
    /// The proxy did not let the connection through.
    #[error("the proxy answered: {0}")]
    Proxy(String),
    /// Our own machine could not: no descriptor, no port, no memory. Says nothing about the peer.
    #[error("this machine could not open a connection: {0}")]
    Ours(io::Error),
}

impl Unconnected {
    /// Sorts an error of `connect(2)` and its kin.
    pub fn of(error: io::Error) -> Self {
        // Linux numbers where the standard library has no kind; other systems fall through to theirs.
        const EMFILE: i32 = 24;
        const ENFILE: i32 = 23;
        const ENOBUFS: i32 = 105;
        const EAFNOSUPPORT: i32 = 97;
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused => Self::Refused,
            Kind::TimedOut => Self::TimedOut,
            Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
                Self::NoRoute(error)
            }
            // A firewall of our own or a route of type prohibit; also a broadcast address.
            Kind::PermissionDenied => Self::NoRoute(error),
            // A link-local peer without its interface; a source address that cannot go there.
            Kind::InvalidInput => Self::NoRoute(error),
            // A system built or booted without the peer's family.
            _ if error.raw_os_error() == Some(EAFNOSUPPORT) => Self::NoRoute(error),
            Kind::AddrNotAvailable | Kind::AddrInUse | Kind::OutOfMemory => Self::Ours(error),
            _ if matches!(error.raw_os_error(), Some(EMFILE | ENFILE | ENOBUFS)) => {
                Self::Ours(error)
            }
            _ => Self::Broken(error),
        }
    }

    /// Gives the reason reports use; `None` where the fault is ours.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::TimedOut => Some(Reason::Timeout),
            Self::Refused => Some(Reason::Refused),
            Self::NoRoute(_) | Self::Proxy(_) => Some(Reason::NoRoute),
            Self::Broken(_) => Some(Reason::Disconnected),
            Self::Ours(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_trouble_is_never_the_peers() {
        for (number, reason) in [
            (111, Some(Reason::Refused)),
            (110, Some(Reason::Timeout)),
            (113, Some(Reason::NoRoute)),
            (101, Some(Reason::NoRoute)),
            (13, Some(Reason::NoRoute)),
            (22, Some(Reason::NoRoute)),
            (97, Some(Reason::NoRoute)),
            (104, Some(Reason::Disconnected)),
            (24, None),
            (23, None),
            (99, None),
            (105, None),
            (12, None),
        ] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(Unconnected::of(error).reason(), reason, "{number}");
        }
    }
}
