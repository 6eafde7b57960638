//! OpenSSL with its guards lowered: TLS 1.0 and 1.1, CBC, RSA and finite-field key exchange.
//!
//! C code that reads hostile bytes: built on request only, and used only after rustls was turned away
//! for being too new. Old servers are likely relays, and some demand TLS before they talk.
//!
//! References: OpenSSL's ciphers(1) for the cipher list and security levels.

use super::facts::read_certificate;
use crate::model::bytes::escape;
use crate::model::{TlsFacts, TlsStack};
use crate::probe::transcript::TlsTrouble;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use rustls::pki_types::ServerName;
use std::pin::Pin;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// Shakes hands with whatever the server offers.
pub(super) async fn shake(
    tcp: TcpStream,
    name: &ServerName<'_>,
) -> Result<(SslStream<TcpStream>, TlsFacts), (TlsTrouble, String)> {
    let mut stream = prepare(tcp, name).map_err(|e| trouble(&e))?;
    Pin::new(&mut stream)
        .connect()
        .await
        .map_err(|e| trouble(&e))?;
    let ssl = stream.ssl();
    let mut facts = TlsFacts {
        stack: TlsStack::OpenSsl,
        version: ssl.version_str().to_owned(),
        cipher: ssl
            .current_cipher()
            .map_or("unknown", |c| c.name())
            .to_owned(),
        subject: None,
        issuer: None,
        names: Vec::new(),
        not_after: None,
        problems: Vec::new(),
    };
    match ssl
        .peer_certificate()
        .map(|certificate| certificate.to_der())
    {
        Some(Ok(der)) => read_certificate(&der, name, &mut facts),
        Some(Err(_)) => facts
            .problems
            .push("the certificate cannot be read".to_owned()),
        None => facts
            .problems
            .push("the server showed no certificate".to_owned()),
    }
    Ok((stream, facts))
}

fn prepare(
    tcp: TcpStream,
    name: &ServerName<'_>,
) -> Result<SslStream<TcpStream>, openssl::error::ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_cipher_list("ALL:COMPLEMENTOFALL:@SECLEVEL=0")?;
    builder.set_min_proto_version(None)?;
    let mut configuration = builder.build().configure()?;
    configuration.set_verify_hostname(false);
    let host = match name {
        ServerName::DnsName(dns) => dns.as_ref().to_owned(),
        _ => {
            configuration.set_use_server_name_indication(false);
            String::new()
        }
    };
    let ssl = configuration.into_ssl(&host)?;
    SslStream::new(ssl, tcp)
}

fn trouble(error: &dyn std::fmt::Display) -> (TlsTrouble, String) {
    (TlsTrouble::Other, escape(&error.to_string()))
}
