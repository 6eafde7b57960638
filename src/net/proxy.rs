//! A vantage point elsewhere: SOCKS5 and HTTP CONNECT.
//!
//! In: a connection to the proxy and the address wanted. Out: the same connection, now leading there.
//!
//! Deliberately knows no name resolution: targets are resolved before, so that exclusions hold.
//!
//! Limits: an HTTP answer of at most 8 KiB is read.
//!
//! References: RFC 1928 (SOCKS5), RFC 1929 (user name and password), RFC 9110 9.3.6 (CONNECT).

use super::error::Unconnected;
use crate::model::bytes::printable;
use base64::prelude::{BASE64_STANDARD, Engine};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The protocol a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// SOCKS version 5.
    Socks5,
    /// HTTP CONNECT.
    Http,
}

/// A login at the proxy. Shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyLogin {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for ProxyLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyLogin")
    }
}

/// A proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// What it speaks.
    pub kind: ProxyKind,
    /// Where it is.
    pub address: SocketAddr,
    /// How to log in there.
    pub login: Option<ProxyLogin>,
}

/// Asks the proxy for a way to `peer`.
pub(super) async fn open(
    stream: &mut TcpStream,
    proxy: &Proxy,
    peer: SocketAddr,
) -> Result<(), Unconnected> {
    match proxy.kind {
        ProxyKind::Socks5 => socks5(stream, proxy, peer).await,
        ProxyKind::Http => http(stream, proxy, peer).await,
    }
}

async fn socks5(
    stream: &mut TcpStream,
    proxy: &Proxy,
    peer: SocketAddr,
) -> Result<(), Unconnected> {
    let method = if proxy.login.is_some() { 2 } else { 0 };
    write(stream, &[5, 1, method]).await?;
    let mut chosen = [0; 2];
    read(stream, &mut chosen).await?;
    if chosen != [5, method] {
        return Err(said("it wants another login, or is no SOCKS5 proxy"));
    }
    if let Some(ProxyLogin { user, password }) = &proxy.login {
        let mut login = vec![1];
        for part in [user, password] {
            let length = u8::try_from(part.len())
                .map_err(|_| said("user name and password may have 255 bytes at most"))?;
            login.push(length);
            login.extend_from_slice(part.as_bytes());
        }
        write(stream, &login).await?;
        let mut answer = [0; 2];
        read(stream, &mut answer).await?;
        if answer[1] != 0 {
            return Err(said("the login was refused"));
        }
    }
    let mut request = vec![5, 1, 0];
    match peer.ip() {
        IpAddr::V4(v4) => {
            request.push(1);
            request.extend_from_slice(&v4.octets());
        }
        IpAddr::V6(v6) => {
            request.push(4);
            request.extend_from_slice(&v6.octets());
        }
    }
    request.extend_from_slice(&peer.port().to_be_bytes());
    write(stream, &request).await?;
    let mut answer = [0; 4];
    read(stream, &mut answer).await?;
    match answer[1] {
        0 => {}
        // The proxy speaks for the target here (RFC 1928 6).
        3 | 4 => return Err(Unconnected::NoRoute(io::Error::other("told by the proxy"))),
        5 => return Err(Unconnected::Refused),
        6 => return Err(Unconnected::TimedOut),
        2 => return Err(said("the connection is not allowed by its rules")),
        code => return Err(said(&format!("SOCKS5 error {code}"))),
    }
    let rest = match answer[3] {
        1 => 4 + 2,
        4 => 16 + 2,
        3 => {
            let mut length = [0];
            read(stream, &mut length).await?;
            usize::from(length[0]) + 2
        }
        _ => return Err(said("an address of unknown type")),
    };
    let mut bound = [0; 257];
    read(stream, &mut bound[..rest]).await
}

async fn http(stream: &mut TcpStream, proxy: &Proxy, peer: SocketAddr) -> Result<(), Unconnected> {
    const MOST: usize = 8192;
    let mut request = format!("CONNECT {peer} HTTP/1.1\r\nHost: {peer}\r\n");
    if let Some(ProxyLogin { user, password }) = &proxy.login {
        let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
        request.push_str(&format!("Proxy-Authorization: Basic {login}\r\n"));
    }
    request.push_str("\r\n");
    write(stream, request.as_bytes()).await?;
    // Byte by byte: what follows the empty line already belongs to the target.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        read(stream, &mut byte).await?;
        head.push(byte[0]);
        if head.len() > MOST {
            return Err(said("an answer without end"));
        }
    }
    let line = head.split(|b| *b == b'\r').next().unwrap_or_default();
    let mut words = line.split(|b| *b == b' ');
    let version = words.next().unwrap_or_default();
    match words.next() {
        Some([b'2', _, _]) if version.starts_with(b"HTTP/1.") => Ok(()),
        _ => Err(said(&printable(line))),
    }
}

fn said(what: &str) -> Unconnected {
    Unconnected::Proxy(what.to_owned())
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<(), Unconnected> {
    stream.write_all(bytes).await.map_err(Unconnected::of)
}

async fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<(), Unconnected> {
    match stream.read_exact(buffer).await {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(said("it closed the connection")),
        Err(e) => Err(Unconnected::of(e)),
    }
}
