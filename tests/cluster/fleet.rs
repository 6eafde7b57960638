//! The servers of the cluster tests: every behaviour of the table, spread over networks.
//!
//! In: nothing. Out: running servers at port 25 (465 where TLS comes first), and the list of targets that
//! names them in every way an address can be named.
//!
//! A scan changes what it asks: a greylisting server remembers who came. So every scan has servers of its
//! own, started anew at the same addresses.

use anyhow::{Context, Result, ensure};
use relaycheck::server::{BEHAVIOURS, Behaviour, Server};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::runtime::Runtime;

/// Networks 127.70.0.0/24 and following: enough that none of four parts is empty.
const NETWORKS: usize = 12;

/// Running servers, in the order of the table.
pub(crate) struct Fleet {
    servers: Vec<Server>,
    /// Serves them; held for as long as they are to live.
    _runtime: Runtime,
}

impl Fleet {
    /// Starts one server of every behaviour.
    pub(crate) fn start() -> Result<Self> {
        let runtime = Runtime::new().context("no runtime")?;
        let servers = BEHAVIOURS
            .iter()
            .zip(addresses())
            .map(|(behaviour, address)| {
                let address = SocketAddr::new(address, port(behaviour));
                runtime
                    .block_on(Server::start(behaviour, address))
                    .with_context(|| format!("no server at {address}"))
            })
            .collect::<Result<Vec<_>>>()?;
        ensure!(servers.len() >= 40, "too few servers to divide");
        Ok(Self {
            servers,
            _runtime: runtime,
        })
    }

    /// Gives address and connections so far of each server.
    pub(crate) fn connections(&self) -> Vec<(SocketAddr, u64)> {
        self.servers
            .iter()
            .map(|server| (server.address(), server.stats().connections))
            .collect()
    }
}

/// Gives the address of each server: one network after the other, 127.70.0.1, 127.70.1.1 and so on.
pub(crate) fn addresses() -> impl Iterator<Item = IpAddr> {
    (0..BEHAVIOURS.len()).map(|n| {
        let [network, host] = [n % NETWORKS, 1 + n / NETWORKS].map(|n| n as u8);
        IpAddr::V4(Ipv4Addr::new(127, 70, network, host))
    })
}

/// Gives the list of targets: half of the networks as networks, where most addresses are silent, a range,
/// and hosts with their ports.
pub(crate) fn targets() -> String {
    let mut list = String::from("# The fleet.\n");
    for network in 0..6 {
        // Infallible: it is a string.
        let _ = writeln!(list, "127.70.{network}.0/28");
    }
    list.push_str("127.70.6.1-127.70.6.9\n127.70.7.1-4:25\n");
    for (behaviour, address) in BEHAVIOURS.iter().zip(addresses()) {
        match port(behaviour) {
            25 if in_a_network(address) => {}
            25 => list.push_str(&format!("{address}:25\n")),
            port => list.push_str(&format!("smtps://{address}:{port}\n")),
        }
    }
    list
}

fn in_a_network(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.octets()[2] < 8)
}

fn port(behaviour: &Behaviour) -> u16 {
    match behaviour.tls_use() {
        relaycheck::model::TlsUse::Implicit => 465,
        _ => 25,
    }
}

/// Gives the address of the server with a behaviour.
pub(crate) fn address_of(id: &str) -> Result<IpAddr> {
    let place = BEHAVIOURS.iter().position(|behaviour| behaviour.id == id);
    let place = place.with_context(|| format!("no behaviour {id}"))?;
    addresses().nth(place).context("an address for each")
}
