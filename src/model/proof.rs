//! How a message of ours is known when it comes out somewhere.

/// The header field that carries the token of a test message.
pub const TOKEN_HEADER: &str = "X-Relaycheck-Token";
