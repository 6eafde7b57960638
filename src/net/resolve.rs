//! Names to addresses, domains to mail exchangers, addresses to names.
//!
//! In: a name. Out: what DNS says, with "there is none" and "could not be asked" kept apart.
//!
//! Names are asked for as absolute ones: the search list of the system is never walked, for a target
//! list means what it says.
//!
//! Limits: [`MOST_HOSTS`] mail exchangers of a domain and [`MOST_ADDRESSES`] addresses of a name.
//!
//! References: RFC 5321 5.1 (locating the target host), RFC 7505 (null MX), RFC 2181 5.2.

use crate::model::bytes::escape;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::{Resolver as Hickory, TokioResolver};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Mail exchangers of one domain that are looked at.
pub const MOST_HOSTS: usize = 64;

/// Addresses of one name that are looked at.
pub const MOST_ADDRESSES: usize = 64;

/// Wait for one answer; a name server is asked twice.
const QUERY: Duration = Duration::from_secs(5);

/// Wait for a reverse lookup, all in all: the name is nice to have, not needed.
const REVERSE: Duration = Duration::from_secs(3);

/// Why a name gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsTrouble {
    /// DNS says that the name does not exist.
    #[error("there is no such name")]
    NoSuchName,
    /// The name exists, but has nothing of the kind.
    #[error("the name has no {0} record")]
    NoRecord(&'static str),
    /// No name server answered in time.
    #[error("no name server answered in time")]
    TimedOut,
    /// A name server answered that it cannot or will not say.
    #[error("the name server failed: {0}")]
    Failed(String),
}

/// Who takes mail for a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailExchangers {
    /// The hosts, the preferred first.
    Hosts(Vec<(u16, String)>),
    /// The domain says that it takes no mail (RFC 7505).
    Null,
    /// There is no MX record: mail goes to the address of the domain itself (RFC 5321 5.1).
    Implicit,
}

/// Asks DNS.
#[derive(Debug, Clone)]
pub struct Resolver {
    inner: TokioResolver,
}

impl Resolver {
    /// Asks as the system is configured to.
    pub fn of_system() -> Result<Self, NetError> {
        let mut builder = TokioResolver::builder_tokio()?;
        set_options(builder.options_mut());
        Ok(Self {
            inner: builder.build()?,
        })
    }

    /// Asks one name server only; the hosts file is not looked at.
    pub fn of_server(server: SocketAddr) -> Result<Self, NetError> {
        let mut udp = ConnectionConfig::udp();
        udp.port = server.port();
        let mut tcp = ConnectionConfig::tcp();
        tcp.port = server.port();
        let server = NameServerConfig::new(server.ip(), true, vec![udp, tcp]);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let mut builder = Hickory::builder_with_config(config, TokioRuntimeProvider::default());
        set_options(builder.options_mut());
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        Ok(Self {
            inner: builder.build()?,
        })
    }

    /// Gives every address of a name, IPv4 first, each once.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DnsTrouble> {
        let name = absolute(name);
        let (v4, v6) = tokio::join!(
            self.inner.ipv4_lookup(name.as_str()),
            self.inner.ipv6_lookup(name.as_str())
        );
        let mut found = Vec::new();
        let mut troubles = Vec::new();
        for answer in [v4, v6] {
            match answer {
                Ok(lookup) => {
                    for record in lookup.answers() {
                        let address = match &record.data {
                            RData::A(a) => IpAddr::V4(a.0),
                            RData::AAAA(a) => IpAddr::V6(a.0),
                            _ => continue,
                        };
                        if !found.contains(&address) && found.len() < MOST_ADDRESSES {
                            found.push(address);
                        }
                    }
                }
                Err(error) => troubles.push(trouble(&error, "address")),
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        // "Could not be asked" outweighs "there is none": the other family was never answered.
        let absent = |t: &DnsTrouble| matches!(t, DnsTrouble::NoSuchName | DnsTrouble::NoRecord(_));
        let worst = troubles.iter().find(|t| !absent(t)).or(troubles.first());
        Err(worst.cloned().unwrap_or(DnsTrouble::NoRecord("address")))
    }

    /// Finds out who takes mail for a domain.
    pub async fn mail_exchangers(&self, domain: &str) -> Result<MailExchangers, DnsTrouble> {
        let lookup = match self.inner.mx_lookup(absolute(domain).as_str()).await {
            Ok(lookup) => lookup,
            Err(error) => {
                return match trouble(&error, "MX") {
                    DnsTrouble::NoRecord(_) => Ok(MailExchangers::Implicit),
                    other => Err(other),
                };
            }
        };
        let mut hosts: Vec<(u16, String)> = lookup
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::MX(mx) => Some((mx.preference, mx.exchange.to_ascii().to_lowercase())),
                _ => None,
            })
            .collect();
        hosts.sort();
        hosts.dedup();
        hosts.truncate(MOST_HOSTS);
        match hosts.as_slice() {
            [] => Ok(MailExchangers::Implicit),
            [(_, name)] if name == "." => Ok(MailExchangers::Null),
            _ => {
                hosts.retain(|(_, name)| name != ".");
                for (_, name) in &mut hosts {
                    name.truncate(name.trim_end_matches('.').len());
                }
                Ok(MailExchangers::Hosts(hosts))
            }
        }
    }

    /// Gives the name of an address, if reverse DNS has one and says so soon.
    pub async fn reverse(&self, address: IpAddr) -> Option<String> {
        let lookup = self.inner.reverse_lookup(address);
        let lookup = tokio::time::timeout(REVERSE, lookup).await.ok()?.ok()?;
        lookup
            .answers()
            .iter()
            .find_map(|record| match &record.data {
                RData::PTR(name) => Some(name.0.to_ascii()),
                _ => None,
            })
    }
}

fn set_options(options: &mut ResolverOpts) {
    options.timeout = QUERY;
    options.attempts = 1;
    // Names repeat within a run; a scan of millions must not keep them all.
    options.cache_size = 4096;
}

fn absolute(name: &str) -> String {
    let mut name = name.to_owned();
    if !name.ends_with('.') {
        name.push('.');
    }
    name
}

fn trouble(error: &NetError, kind: &'static str) -> DnsTrouble {
    match error {
        NetError::Timeout => DnsTrouble::TimedOut,
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => DnsTrouble::NoSuchName,
            ResponseCode::NoError => DnsTrouble::NoRecord(kind),
            code => DnsTrouble::Failed(code.to_string()),
        },
        NetError::Dns(DnsError::ResponseCode(ResponseCode::NXDomain)) => DnsTrouble::NoSuchName,
        NetError::Dns(DnsError::ResponseCode(code)) => DnsTrouble::Failed(code.to_string()),
        other => DnsTrouble::Failed(escape(&other.to_string())),
    }
}
