//! Handshakes that record and do not judge.
//!
//! In: a connection in the clear. Out: the same connection encrypted, with the facts of the
//! handshake, or the reason why it failed and whether an older stack may get through. A certificate
//! is never a reason to break off: an audited server may have any.
//!
//! rustls speaks TLS 1.2 and 1.3 with forward secrecy only. With the feature `legacy-tls`, OpenSSL with
//! its guards lowered reaches what is older; without it such a server is reported as too old for this
//! build, never as without TLS.
//!
//! References: RFC 3207 (STARTTLS), RFC 8314 (implicit TLS), RFC 6066 3 (server name; never an
//! address).

mod facts;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod recorder;

use crate::model::{Host, TlsFacts, TlsStack};
use crate::probe::transcript::TlsTrouble;
use recorder::Recorder;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A connection, in the clear or encrypted.
pub enum Stream {
    /// In the clear.
    Clear(TcpStream),
    /// Inside TLS by rustls.
    Rustls(Box<TlsStream<TcpStream>>),
    /// Inside TLS by OpenSSL.
    #[cfg(feature = "legacy-tls")]
    OpenSsl(Box<tokio_openssl::SslStream<TcpStream>>),
    /// Gone: a handshake failed.
    Gone,
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Clear(stream)
    }
}

/// What handshakes with one target need to know.
#[derive(Debug, Clone)]
pub struct Handshake {
    name: ServerName<'static>,
}

impl Handshake {
    /// Prepares handshakes with a host at an address. The name goes into the server name indication
    /// where it is one.
    pub fn with(host: &Host, address: IpAddr) -> Self {
        let name = match host {
            Host::Name(name) => ServerName::try_from(name.to_string()).ok(),
            Host::Address(_) => None,
        };
        Self {
            name: name.unwrap_or_else(|| ServerName::IpAddress(address.to_canonical().into())),
        }
    }

    /// Shakes hands over a connection in the clear until the deadline and leaves it encrypted.
    pub async fn shake(
        &self,
        stream: &mut Stream,
        stack: TlsStack,
        until: Instant,
    ) -> Result<TlsFacts, (TlsTrouble, String)> {
        let Stream::Clear(tcp) = std::mem::replace(stream, Stream::Gone) else {
            return Err((
                TlsTrouble::Other,
                "the connection is encrypted already".into(),
            ));
        };
        let shaking = async {
            match stack {
                TlsStack::Rustls => self.by_rustls(tcp).await,
                TlsStack::OpenSsl => self.by_openssl(tcp).await,
            }
        };
        match timeout_at(until, shaking).await {
            Ok(Ok((encrypted, facts))) => {
                *stream = encrypted;
                Ok(facts)
            }
            Ok(Err(trouble)) => Err(trouble),
            Err(_) => Err((
                TlsTrouble::Other,
                "the server did not finish the TLS handshake in time".into(),
            )),
        }
    }

    async fn by_rustls(&self, tcp: TcpStream) -> Result<(Stream, TlsFacts), (TlsTrouble, String)> {
        let recorder = Arc::new(Recorder::new());
        let config = ClientConfig::builder_with_provider(recorder::provider())
            .with_safe_default_protocol_versions()
            .map_err(|e| (TlsTrouble::Other, e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(recorder.clone())
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        match connector.connect(self.name.clone(), tcp).await {
            Ok(stream) => {
                let facts = facts::of_rustls(stream.get_ref().1, &recorder, &self.name);
                Ok((Stream::Rustls(Box::new(stream)), facts))
            }
            Err(error) => Err(sort(&error)),
        }
    }

    #[cfg(feature = "legacy-tls")]
    async fn by_openssl(&self, tcp: TcpStream) -> Result<(Stream, TlsFacts), (TlsTrouble, String)> {
        let (stream, facts) = legacy::shake(tcp, &self.name).await?;
        Ok((Stream::OpenSsl(Box::new(stream)), facts))
    }

    #[cfg(not(feature = "legacy-tls"))]
    #[expect(clippy::unused_async, reason = "its twin with the feature waits")]
    async fn by_openssl(&self, _: TcpStream) -> Result<(Stream, TlsFacts), (TlsTrouble, String)> {
        Err((
            TlsTrouble::TooOld,
            "this build has no TLS for old servers (feature legacy-tls)".into(),
        ))
    }
}

/// Tells whether this build can shake hands with servers too old for rustls.
pub const LEGACY: bool = cfg!(feature = "legacy-tls");

/// Tells an offer that is too old from all other trouble.
fn sort(error: &io::Error) -> (TlsTrouble, String) {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let trouble = match inner {
        Some(
            rustls::Error::AlertReceived(
                AlertDescription::ProtocolVersion
                | AlertDescription::HandshakeFailure
                | AlertDescription::InsufficientSecurity,
            )
            | rustls::Error::PeerIncompatible(_),
        ) => TlsTrouble::TooOld,
        _ => TlsTrouble::Other,
    };
    let why = match inner {
        Some(inner) => inner.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the TLS handshake".to_owned()
        }
        None => error.to_string(),
    };
    (trouble, crate::model::bytes::escape(&why))
}

macro_rules! each {
    ($stream:expr, $inner:ident => $call:expr, $gone:expr) => {
        match $stream {
            Stream::Clear($inner) => $call,
            Stream::Rustls($inner) => $call,
            #[cfg(feature = "legacy-tls")]
            Stream::OpenSsl($inner) => $call,
            Stream::Gone => $gone,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self.get_mut(), s => Pin::new(s).poll_read(cx, buffer), Poll::Ready(Ok(())))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let gone = || Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        each!(self.get_mut(), s => Pin::new(s).poll_write(cx, bytes), gone())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), s => Pin::new(s).poll_flush(cx), Poll::Ready(Ok(())))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), s => Pin::new(s).poll_shutdown(cx), Poll::Ready(Ok(())))
    }
}
