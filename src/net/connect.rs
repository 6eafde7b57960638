//! TCP connections: from a chosen source address, within a time, straight or through a proxy.
//!
//! References: RFC 9293 (TCP), RFC 1928 (SOCKS5), RFC 9110 9.3.6 (CONNECT).

use super::error::Unconnected;
use super::proxy::{self, Proxy};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};

/// Makes connections.
#[derive(Debug, Clone, Default)]
pub struct Connector {
    /// The address connections come from; the system's choice where absent. Used for targets of its
    /// own family only.
    pub source: Option<IpAddr>,
    /// A proxy between us and the targets.
    pub proxy: Option<Proxy>,
}

/// A connection, before TLS.
#[derive(Debug)]
pub struct Connection {
    /// The stream.
    pub stream: TcpStream,
    /// Our own end; absent behind a proxy, whose own address is what the target sees.
    pub local: Option<IpAddr>,
}

impl Connector {
    /// Connects within `limit`.
    pub async fn connect(
        &self,
        peer: SocketAddr,
        limit: Duration,
    ) -> Result<Connection, Unconnected> {
        match tokio::time::timeout(limit, self.attempt(peer)).await {
            Ok(result) => result,
            Err(_) => Err(Unconnected::TimedOut),
        }
    }

    async fn attempt(&self, peer: SocketAddr) -> Result<Connection, Unconnected> {
        let Some(proxy) = &self.proxy else {
            let stream = self.tcp(peer).await?;
            let local = stream.local_addr().ok().map(|address| address.ip());
            return Ok(Connection { stream, local });
        };
        let mut stream = self.tcp(proxy.address).await?;
        proxy::open(&mut stream, proxy, peer).await?;
        Ok(Connection {
            stream,
            local: None,
        })
    }

    async fn tcp(&self, peer: SocketAddr) -> Result<TcpStream, Unconnected> {
        let socket = match peer {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }
        .map_err(Unconnected::Ours)?;
        if let Some(source) = self
            .source
            .filter(|source| source.is_ipv4() == peer.is_ipv4())
        {
            socket
                .bind(SocketAddr::new(source, 0))
                .map_err(Unconnected::Ours)?;
        }
        // Commands are small and each waits for an answer: holding them back only costs time.
        socket.set_nodelay(true).map_err(Unconnected::Ours)?;
        socket.connect(peer).await.map_err(Unconnected::of)
    }
}
