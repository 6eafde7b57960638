//! What a statement is about: endpoints and targets.

use super::bytes::escape;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// How TLS is to be used with an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TlsUse {
    /// In the clear, with STARTTLS where the server offers it and the plan has a use for it.
    Opportunistic,
    /// In the clear only; STARTTLS is not used (`/plain`).
    Never,
    /// TLS from the first byte (`smtps://`, `/tls`, port 465).
    Implicit,
}

/// A host as it was named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// A name that needs resolving; lower case, no final dot, A-labels.
    Name(Arc<str>),
    /// An address.
    Address(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// A host, a port and the use of TLS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
    /// How TLS is to be used.
    pub tls: TlsUse,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            host => write!(f, "{host}:{}", self.port),
        }
    }
}

/// Where a target came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The command line, counted from one.
    Argument(usize),
    /// A line of a list file, counted from one.
    ListLine {
        /// The file as it was named.
        file: Arc<str>,
        /// The line.
        line: usize,
    },
    /// An option of the command line, such as `-x`.
    Option(&'static str),
    /// A mail exchanger that the name service gave for a domain written as `mx:domain`.
    Mx {
        /// The domain.
        domain: Arc<str>,
        /// The preference of the exchanger; lower is asked first.
        preference: u16,
    },
    /// A domain written as `mx:domain` that has no MX record: its own address takes its mail.
    ImplicitMx {
        /// The domain.
        domain: Arc<str>,
    },
    /// As a report tells it.
    Reported(Arc<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(position) => write!(f, "argument {position}"),
            Self::ListLine { file, line } => write!(f, "{}:{line}", escape(file)),
            Self::Option(name) => write!(f, "option {name}"),
            Self::Mx { domain, preference } => write!(f, "MX {preference} of {domain}"),
            Self::ImplicitMx { domain } => write!(f, "{domain}, which has no MX record"),
            Self::Reported(text) => f.write_str(&escape(text)),
        }
    }
}

/// One endpoint to audit, with what is known about it before the first connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The target as the user wrote it.
    pub written: Arc<str>,
    /// Where it was written.
    pub origin: Origin,
    /// What to contact.
    pub endpoint: Endpoint,
    /// The address to contact; absent until a name is resolved, or when it cannot be.
    pub address: Option<IpAddr>,
    /// Whether the user named this host, or a network or range happened to hold it. Silence of the
    /// former is worth an exit code, silence of the latter is what most of a network does.
    pub named: Named,
    /// Domains known to be served there (`mx:`, `--local-domain`).
    pub local_domains: Vec<Arc<str>>,
}

impl Target {
    /// Makes a target of an address and a port, with TLS where the server offers it.
    pub fn of(address: SocketAddr) -> Self {
        Self {
            written: Arc::from(address.to_string()),
            origin: Origin::Argument(1),
            endpoint: Endpoint {
                host: Host::Address(address.ip()),
                port: address.port(),
                tls: TlsUse::Opportunistic,
            },
            address: Some(address.ip()),
            named: Named::Explicitly,
            local_domains: Vec::new(),
        }
    }

    /// Names the place for findings: `host:port`, or `address:port` where there is no name.
    pub fn place(&self) -> String {
        self.endpoint.to_string()
    }
}

/// How a target was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// Written out by the user.
    Explicitly,
    /// One address of a network or range.
    ByRange,
}
