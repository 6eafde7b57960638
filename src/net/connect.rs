//! TCP connections: from a chosen source address, within a time, straight or through a proxy.
//!
//! In: an address and port, and how long it may take. Out: a [`Connection`], or why there is none.
//!
//! Deliberately does not try again and does not resolve names.
//!
//! References: RFC 9293 (TCP), RFC 1928 (SOCKS5), RFC 9110 9.3.6 (CONNECT).

use super::error::Unconnected;
use super::proxy::{self, Proxy};
use crate::smtp::limits;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;
use tokio::net::TcpStream;

/// Makes connections.
#[derive(Debug, Clone, Default)]
pub struct Connector {
    /// The address connections come from; the system's choice where absent. Targets of the other family
    /// cannot be reached from it.
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
    /// The wait for a connection, unless the user sets another.
    pub const PATIENCE: Duration = limits::CONNECT;

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
        let socket = socket(peer).map_err(socket_refused)?;
        if let Some(source) = self.source {
            if source.is_ipv4() != peer.is_ipv4() {
                // From elsewhere is not what was asked for.
                let why = "the source address is of the other family";
                return Err(Unconnected::NoRoute(io::Error::other(why)));
            }
            socket
                .bind(&SocketAddr::new(source, 0).into())
                .map_err(Unconnected::Ours)?;
        }
        let stream = finish(socket, peer).await?;
        // Commands are small and each waits for an answer: holding them back only costs time. A peer that
        // has hung up by now makes this fail, which its silence will tell better.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

fn socket(peer: SocketAddr) -> io::Result<Socket> {
    let (domain, tcp) = (Domain::for_address(peer), Some(Protocol::TCP));
    // Linux takes it with the call that makes the socket, which saves two.
    #[cfg(target_os = "linux")]
    let socket = Socket::new(domain, Type::STREAM.nonblocking(), tcp)?;
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = Socket::new(domain, Type::STREAM, tcp)?;
        socket.set_nonblocking(true)?;
        socket
    };
    Ok(socket)
}

/// Connects. A refusal that is there at once, as from this machine and the next, is taken before the
/// socket is registered anywhere: most addresses of a network are such.
async fn finish(socket: Socket, peer: SocketAddr) -> Result<TcpStream, Unconnected> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrNotAvailable if !reachable(peer) => Unconnected::NoRoute(error),
        _ => Unconnected::of(error),
    };
    let connected = match socket.connect(&peer.into()) {
        Ok(()) => true,
        Err(error) if under_way(&error) => false,
        Err(error) => return Err(failed(error)),
    };
    if let Some(error) = socket.take_error().map_err(Unconnected::Ours)? {
        return Err(failed(error));
    }
    // Registering fails for want of memory or watches of this machine only.
    let stream = TcpStream::from_std(socket.into()).map_err(Unconnected::Ours)?;
    if connected {
        return Ok(stream);
    }
    stream.writable().await.map_err(Unconnected::Ours)?;
    match stream.take_error().map_err(Unconnected::Ours)? {
        Some(error) => Err(failed(error)),
        None => Ok(stream),
    }
}

fn under_way(error: &io::Error) -> bool {
    // EINPROGRESS has no stable kind of its own in the standard library; Windows says WouldBlock.
    const EINPROGRESS: [i32; 2] = [115, 36];
    error.kind() == io::ErrorKind::WouldBlock
        || error
            .raw_os_error()
            .is_some_and(|number| EINPROGRESS.contains(&number))
}

/// Sorts an error of `socket(2)`: a family that this system does not have leads nowhere, anything else
/// is our own trouble.
fn socket_refused(error: io::Error) -> Unconnected {
    match Unconnected::of(error) {
        none @ Unconnected::NoRoute(_) => none,
        Unconnected::Broken(error) => Unconnected::Ours(error),
        other => other,
    }
}

/// Tells whether any address of ours leads to a peer. Asks by a UDP socket, whose connecting sends nothing
/// and takes none of the ports that TCP may have run out of. In doubt there is a way.
fn reachable(peer: SocketAddr) -> bool {
    let any = match peer {
        SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    UdpSocket::bind(SocketAddr::new(any, 0)).map_or(true, |socket| socket.connect(peer).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reason;

    #[test]
    fn a_family_we_do_not_have_is_no_way_and_all_else_is_ours() {
        for (number, reason) in [
            (97, Some(Reason::NoRoute)),
            (24, None),
            (23, None),
            (105, None),
            (12, None),
            (93, None),
        ] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(socket_refused(error).reason(), reason, "{number}");
        }
    }

    #[test]
    fn loopback_can_be_reached_and_an_interface_nobody_named_cannot() {
        assert!(reachable(SocketAddr::from(([127, 0, 0, 1], 25))));
        let link_local = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
        assert!(!reachable(SocketAddr::from((link_local, 25))));
    }
}
