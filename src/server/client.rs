//! A raw client for the tests of this module: writes bytes, expects bytes, believes any certificate.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// Longer than any server of these tests takes.
const PATIENCE: Duration = Duration::from_secs(10);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub(super) struct Client {
    stream: Box<dyn Stream>,
}

impl Client {
    /// Connects in the clear.
    pub(super) async fn connect(address: SocketAddr) -> Self {
        Self::attempt(address).await.expect("a connection")
    }

    /// Connects in the clear. A server that resets at once may be quicker than the connection.
    pub(super) async fn attempt(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        Ok(Self {
            stream: Box::new(stream),
        })
    }

    /// Does the handshake.
    pub(super) async fn encrypt(self) -> io::Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Credulous))
            .with_no_client_auth();
        let name = ServerName::try_from("relaycheck.test").expect("a name");
        let connector = TlsConnector::from(Arc::new(config));
        let stream = timeout(PATIENCE, connector.connect(name, self.stream)).await??;
        Ok(Self {
            stream: Box::new(stream),
        })
    }

    /// Sends bytes.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        // A server that has hung up shows when it is read from.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Reads so many bytes.
    pub(super) async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let mut came = 0;
        while came < count {
            match timeout(PATIENCE, self.stream.read(&mut bytes[came..])).await {
                Ok(Ok(more)) if more > 0 => came += more,
                other => panic!("{other:?} behind {}", bytes[..came].escape_ascii()),
            }
        }
        bytes
    }

    /// Reads a line; `None` at the end of the stream.
    pub(super) async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let byte = timeout(PATIENCE, self.stream.read_u8()).await;
            line.push(byte.expect("a line in time").ok()?);
        }
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Reads the last line of a reply.
    pub(super) async fn reply(&mut self) -> String {
        loop {
            let line = self.line().await.expect("a reply");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// Sends a command and reads the last line of its reply.
    pub(super) async fn ask(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes()).await;
        self.reply().await
    }

    /// Reads what comes within a time; at most one piece.
    pub(super) async fn within(&mut self, time: Duration) -> Option<io::Result<usize>> {
        let mut piece = [0; 4096];
        timeout(time, self.stream.read(&mut piece)).await.ok()
    }

    /// Reads until the end of the stream and tells how it ended: `Ok` with the bytes that came, or the
    /// error of a reset.
    pub(super) async fn end(&mut self) -> io::Result<usize> {
        let mut count = 0;
        loop {
            match self.within(PATIENCE).await.expect("an end in time")? {
                0 => return Ok(count),
                more => count += more,
            }
        }
    }
}

/// Believes any certificate.
#[derive(Debug)]
struct Credulous;

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = ring::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
