//! A certificate verifier that lets everything pass and remembers what a strict one would have said.
//!
//! Used on connections to audited servers only.
//!
//! References: RFC 5280 6 (path validation), RFC 8446 4.4.3 (CertificateVerify).

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Gives the one crypto provider of the program.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// Gives a verifier with the system's roots, or the built-in ones where the system has none.
fn strict() -> Option<&'static Arc<WebPkiServerVerifier>> {
    static STRICT: OnceLock<Option<Arc<WebPkiServerVerifier>>> = OnceLock::new();
    STRICT
        .get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            }
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
                .build()
                .ok()
        })
        .as_ref()
}

/// What was seen of the server's certificates.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// The server's own certificate, DER.
    pub(super) certificate: Option<CertificateDer<'static>>,
    /// What a verifying client would have objected to.
    pub(super) objections: Vec<String>,
}

/// Lets every certificate pass and remembers it.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    seen: Mutex<Seen>,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Gives what was seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // Nothing that could panic runs under the lock; what is in there is whole either way.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn object(&self, why: &dyn std::fmt::Display) {
        let why = crate::model::bytes::escape(&why.to_string());
        self.lock().objections.push(why);
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.lock().certificate = Some(end_entity.clone().into_owned());
        if let Some(strict) = strict()
            && let Err(error) =
                strict.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
        {
            self.object(&error);
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &provider().signature_verification_algorithms;
        if let Err(error) = verify_tls12_signature(message, certificate, signed, algorithms) {
            self.object(&error);
        }
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &provider().signature_verification_algorithms;
        if let Err(error) = verify_tls13_signature(message, certificate, signed, algorithms) {
            self.object(&error);
        }
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &provider().signature_verification_algorithms;
        let mut schemes = algorithms.supported_schemes();
        // Servers with such keys abort where these are not offered.
        schemes.extend([
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ]);
        schemes
    }
}
