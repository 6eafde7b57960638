//! What was learnt about the encryption of a connection: recorded, never judged.

use super::verdict::named;

named! {
    /// How a connection was protected.
    TlsState {
        /// In the clear.
        None = "none",
        /// Upgraded by STARTTLS (RFC 3207).
        StartTls = "starttls",
        /// TLS from the first byte (RFC 8314).
        Implicit = "implicit",
    }
}

named! {
    /// Which TLS implementation got through.
    TlsStack {
        /// rustls: TLS 1.2 and 1.3.
        Rustls = "rustls",
        /// OpenSSL with its guards lowered, for servers that offer nothing newer than TLS 1.1 or
        /// only CBC and RSA key exchange (feature `legacy-tls`).
        OpenSsl = "openssl",
    }
}

/// What a handshake showed. Absent values were not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// The implementation that completed the handshake.
    pub stack: TlsStack,
    /// Protocol version, such as `TLSv1.3`.
    pub version: String,
    /// Cipher suite in the stack's own spelling.
    pub cipher: String,
    /// Subject of the server's certificate, escaped.
    pub subject: Option<String>,
    /// Issuer of the server's certificate, escaped.
    pub issuer: Option<String>,
    /// DNS and address names the certificate is made out to, escaped.
    pub names: Vec<String>,
    /// End of validity, RFC 3339.
    pub not_after: Option<String>,
    /// What a verifying client would have refused, in words: "self-signed", "expired", ...
    pub problems: Vec<String>,
}
