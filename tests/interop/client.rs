//! A stranger who sends one message: the proof that a verdict is held against.
//!
//! In: who connects from where, what it says, and a message. Out: whether the server took the
//! message, or the first reply that stood in the way.
//!
//! Written against std alone and without anything of relaycheck's protocol code: a proof must not rest
//! on what it proves. Arguments of MAIL and RCPT go out byte for byte.
//!
//! Limits: [`PATIENCE`] per reply; at most [`MOST_LINES`] lines in one.
//!
//! References: RFC 5321 4.1, RFC 3207 (STARTTLS), Postfix XCLIENT_README.

use anyhow::{Context, Result, bail, ensure};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::fmt;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// The stranger's address. Loopback is trusted by many defaults, so no configuration trusts this one.
pub(crate) const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 9, 9, 9);

/// The address every configuration trusts by name.
pub(crate) const OFFICE: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);

const PATIENCE: Duration = Duration::from_secs(20);
const MOST_LINES: usize = 200;

/// Everything that is said in one session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The address the connection comes from.
    pub(crate) from: Ipv4Addr,
    /// The server.
    pub(crate) to: SocketAddr,
    /// The argument of EHLO.
    pub(crate) hello: String,
    /// Whether the transaction happens inside STARTTLS.
    pub(crate) channel: Channel,
    /// Attributes of XCLIENT, if it is sent.
    pub(crate) xclient: Option<String>,
    /// A user name and a password, if AUTH PLAIN is done.
    pub(crate) login: Option<(String, String)>,
    /// An envelope that is begun and reset before the real one.
    pub(crate) prelude: Option<(String, String)>,
    /// What follows `MAIL FROM:`.
    pub(crate) mail_from: String,
    /// What follows `RCPT TO:`, once for each recipient; the last one is what the session is about.
    pub(crate) recipients: Vec<String>,
}

/// How a session is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Not at all.
    Clear,
    /// By STARTTLS.
    StartTls,
}

/// One reply of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Its code.
    pub(crate) code: u16,
    /// Its lines without codes, joined.
    pub(crate) text: String,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

/// What became of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The server took responsibility for it.
    Taken(Reply),
    /// A command was refused; which, and how.
    Refused(&'static str, Reply),
    /// The server does not offer what the session needs.
    NotOffered,
    /// The server agreed to STARTTLS and then failed at it.
    NoHandshake,
}

impl Session {
    /// Says it all. An error means that there was no dialogue, not that something was refused.
    pub(crate) fn send(&self, message: &str) -> Result<Sent> {
        let mut line = Line::open(self.from, self.to)?;
        let sent = self.talk(&mut line, message)?;
        // Whatever it answers to QUIT changes nothing, and after a failed handshake there is nobody.
        let _ = line.say("QUIT");
        Ok(sent)
    }

    fn talk(&self, line: &mut Line, message: &str) -> Result<Sent> {
        let greeting = line.reply()?;
        if greeting.code != 220 {
            return Ok(Sent::Refused("banner", greeting));
        }
        let mut offers = line.say(&format!("EHLO {}", self.hello))?;
        if offers.code != 250 {
            return Ok(Sent::Refused("EHLO", offers));
        }
        if self.channel == Channel::StartTls {
            if !offers.offers("STARTTLS") {
                return Ok(Sent::NotOffered);
            }
            let reply = line.say("STARTTLS")?;
            if reply.code != 220 {
                return Ok(Sent::Refused("STARTTLS", reply));
            }
            if !line.protect()? {
                return Ok(Sent::NoHandshake);
            }
            offers = line.say(&format!("EHLO {}", self.hello))?;
        }
        if let Some(attributes) = &self.xclient {
            if !offers.offers("XCLIENT") {
                return Ok(Sent::NotOffered);
            }
            let reply = line.say(&format!("XCLIENT {attributes}"))?;
            if reply.code != 220 {
                return Ok(Sent::Refused("XCLIENT", reply));
            }
            offers = line.say(&format!("EHLO {}", self.hello))?;
        }
        if let Some((user, password)) = &self.login {
            if !offers.offers("AUTH") {
                return Ok(Sent::NotOffered);
            }
            let secret = base64(format!("\0{user}\0{password}").as_bytes());
            let reply = line.say(&format!("AUTH PLAIN {secret}"))?;
            if reply.code != 235 {
                return Ok(Sent::Refused("AUTH", reply));
            }
        }
        if let Some((sender, recipient)) = &self.prelude {
            line.say(&format!("MAIL FROM:{sender}"))?;
            line.say(&format!("RCPT TO:{recipient}"))?;
            line.say("RSET")?;
        }
        let reply = line.say(&format!("MAIL FROM:{}", self.mail_from))?;
        if reply.code / 100 != 2 {
            return Ok(Sent::Refused("MAIL", reply));
        }
        let mut last = Reply::default();
        for recipient in &self.recipients {
            last = line.say(&format!("RCPT TO:{recipient}"))?;
        }
        if last.code / 100 != 2 {
            return Ok(Sent::Refused("RCPT", last));
        }
        let reply = line.say("DATA")?;
        if reply.code != 354 {
            return Ok(Sent::Refused("DATA", reply));
        }
        let reply = line.say(&format!("{message}\r\n."))?;
        if reply.code / 100 != 2 {
            return Ok(Sent::Refused("message", reply));
        }
        Ok(Sent::Taken(reply))
    }
}

impl Reply {
    /// Whether a reply to EHLO offers an extension.
    fn offers(&self, keyword: &str) -> bool {
        let mut words = self
            .text
            .split(" | ")
            .filter_map(|l| l.split([' ', '=']).next());
        words.any(|word| word.eq_ignore_ascii_case(keyword))
    }
}

/// A connection, in the clear or inside TLS.
enum Line {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// Between the two.
    Changing,
}

impl Line {
    fn open(from: Ipv4Addr, to: SocketAddr) -> Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.bind(&SockAddr::from(SocketAddr::from((from, 0))))?;
        socket
            .connect_timeout(&SockAddr::from(to), PATIENCE)
            .with_context(|| format!("cannot connect from {from} to {to}"))?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self::Clear(stream))
    }

    /// Does the handshake; says whether it succeeded.
    fn protect(&mut self) -> Result<bool> {
        let Self::Clear(mut stream) = std::mem::replace(self, Self::Changing) else {
            bail!("TLS was asked for twice");
        };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(ring::default_provider())))
            .with_no_client_auth();
        let name = ServerName::try_from("mx.interop.test")?;
        let mut session = ClientConnection::new(Arc::new(config), name)?;
        while session.is_handshaking() {
            if session.complete_io(&mut stream).is_err() {
                return Ok(false);
            }
        }
        *self = Self::Tls(Box::new(StreamOwned::new(session, stream)));
        Ok(true)
    }

    fn say(&mut self, command: &str) -> Result<Reply> {
        let bytes = format!("{command}\r\n");
        match self {
            Self::Clear(stream) => stream.write_all(bytes.as_bytes()),
            Self::Tls(stream) => stream.write_all(bytes.as_bytes()),
            Self::Changing => bail!("the connection is lost"),
        }
        .with_context(|| format!("cannot send {command:?}"))?;
        self.reply().with_context(|| format!("after {command:?}"))
    }

    fn reply(&mut self) -> Result<Reply> {
        let mut texts = Vec::new();
        loop {
            let line = self.line()?;
            let code = line.get(..3).and_then(|code| code.parse().ok());
            let code: u16 = code.with_context(|| format!("not a reply: {line:?}"))?;
            texts.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply {
                    code,
                    text: texts.join(" | "),
                });
            }
            ensure!(texts.len() < MOST_LINES, "a reply without an end");
        }
    }

    fn line(&mut self) -> Result<String> {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\n") {
            let read = match self {
                Self::Clear(stream) => stream.read(&mut byte),
                Self::Tls(stream) => stream.read(&mut byte),
                Self::Changing => bail!("the connection is lost"),
            };
            ensure!(read.context("no reply")? == 1, "the server hung up");
            ensure!(bytes.len() < 4096, "a line without an end");
            bytes.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// Encodes what AUTH PLAIN carries.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let part = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for i in 0..4 {
            if i <= chunk.len() {
                let index = (bits >> (18 - 6 * i)) & 63;
                out.push(char::from(ALPHABET[index as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Takes any certificate: what is proved is who relays, not who somebody is.
#[derive(Debug)]
struct AnyCertificate(CryptoProvider);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
