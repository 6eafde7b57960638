//! One self-signed certificate for all servers of the process.
//!
//! Made when the first server that offers TLS starts, and shared by all: keys cost time, and a
//! thousand servers need no more than one. Nobody is meant to trust it.
//!
//! Deliberately does not ask clients for certificates, nor read or write a file.
//!
//! References: RFC 3207 (STARTTLS), RFC 8314 (implicit TLS).

use std::io;
use std::sync::{Arc, OnceLock};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// Names the certificate is made out to.
const NAMES: [&str; 2] = ["relaycheck.test", "localhost"];

/// Gives what accepts TLS connections.
pub(super) fn acceptor() -> io::Result<TlsAcceptor> {
    static CONFIG: OnceLock<Result<Arc<ServerConfig>, String>> = OnceLock::new();
    match CONFIG.get_or_init(config) {
        Ok(config) => Ok(TlsAcceptor::from(Arc::clone(config))),
        Err(why) => Err(io::Error::other(why.clone())),
    }
}

fn config() -> Result<Arc<ServerConfig>, String> {
    let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned))
        .map_err(|e| format!("no certificate could be made: {e}"))?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    // The provider is named, for two of them in one process make rustls refuse to choose.
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_no_client_auth())
        .and_then(|builder| builder.with_single_cert(vec![made.cert.der().clone()], key.into()))
        .map(Arc::new)
        .map_err(|e| format!("TLS cannot be set up: {e}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn makes_one_configuration_for_all() {
        let first = super::acceptor().expect("TLS");
        let second = super::acceptor().expect("TLS");
        assert!(std::sync::Arc::ptr_eq(first.config(), second.config()));
    }
}
