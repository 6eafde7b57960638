//! What was learnt about the encryption of a connection: recorded, never judged.

/// How a connection was protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsState {
    /// In the clear.
    None,
    /// Upgraded by STARTTLS (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
}

impl TlsState {
    /// Names the state as reports do.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Implicit => "implicit",
        }
    }
}

/// Which TLS implementation got through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsStack {
    /// rustls: TLS 1.2 and 1.3.
    Rustls,
    /// OpenSSL with its guards lowered, for servers that offer nothing newer than TLS 1.1 or only
    /// CBC and RSA key exchange (feature `legacy-tls`).
    OpenSsl,
}

impl TlsStack {
    /// Names the stack.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rustls => "rustls",
            Self::OpenSsl => "openssl",
        }
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
