//! What a sink keeps of a message, and the proof token in it.
//!
//! The token stands in a header field of the message, `X-Relaycheck-Token: <token>`. Only the header
//! is read, never the body: a bounce that quotes our message proves that somebody refused it.
//!
//! References: RFC 5322 2.2 (header fields, folding).

use crate::model::{TOKEN_HEADER, TlsState, Untrusted};
use crate::server::LineEnds;
use std::net::SocketAddr;
use std::time::SystemTime;

/// Bytes of a header that are searched.
const MOST_HEADER: usize = 64 * 1024;

/// Bytes a token may have.
const TOKEN_LENGTHS: std::ops::RangeInclusive<usize> = 6..=128;

/// One message a sink was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it was complete.
    pub at: SystemTime,
    /// Who sent it.
    pub client: SocketAddr,
    /// What the client greeted with.
    pub hello: Untrusted,
    /// How the connection was protected.
    pub tls: TlsState,
    /// What stood behind `MAIL FROM:`.
    pub sender: Untrusted,
    /// What stood behind each `RCPT TO:`.
    pub recipients: Vec<Untrusted>,
    /// The message, cut to what is kept.
    pub message: Untrusted,
    /// Bytes it had, kept or not.
    pub size: usize,
    /// Whether it had line ends that servers read differently.
    pub line_ends: LineEnds,
    /// The proof token, if it carries one.
    pub token: Option<String>,
}

/// Finds the proof token in the header of a message: the first one that has the form of a token.
pub(super) fn token(message: &[u8]) -> Option<String> {
    let header = &message[..message.len().min(MOST_HEADER)];
    let mut lines = header
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
        .peekable();
    while let Some(line) = lines.next() {
        let Some(colon) = line.iter().position(|b| *b == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        if !name
            .trim_ascii_end()
            .eq_ignore_ascii_case(TOKEN_HEADER.as_bytes())
        {
            continue;
        }
        let mut value = value[1..].to_vec();
        while let Some(more) = lines.next_if(|l| matches!(l.first(), Some(b' ' | b'\t'))) {
            value.extend_from_slice(more);
        }
        if let Some(token) = well_formed(value.trim_ascii()) {
            return Some(token);
        }
    }
    None
}

fn well_formed(value: &[u8]) -> Option<String> {
    let fits = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !TOKEN_LENGTHS.contains(&value.len()) || !value.iter().all(fits) {
        return None;
    }
    String::from_utf8(value.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_tokens_in_the_header_only() {
        for (message, found) in [
            (
                "Subject: x\r\nX-Relaycheck-Token: abc-123\r\n\r\nbody",
                Some("abc-123"),
            ),
            ("x-relaycheck-token:abc123", Some("abc123")),
            (
                "X-Relaycheck-Token:\r\n abc123\r\nTo: y\r\n\r\n",
                Some("abc123"),
            ),
            ("X-Relaycheck-Token : abc123\n\n", Some("abc123")),
            (
                "Received: from a\r\n\tby b\r\nX-Relaycheck-Token: abc123  \r\n\r\n",
                Some("abc123"),
            ),
            (
                "X-Relaycheck-Token: no good\r\nX-Relaycheck-Token: second1\r\n\r\n",
                Some("second1"),
            ),
            (
                "Subject: bounce\r\n\r\nX-Relaycheck-Token: abc123\r\n",
                None,
            ),
            ("Subject: a\r\n X-Relaycheck-Token: abc123\r\n\r\n", None),
            ("X-Relaycheck-Token: ab\r\n\r\n", None),
            ("X-Relaycheck-Token: ab\x1b[31mcdef\r\n\r\n", None),
            ("X-Relaycheck-Tokens: abc123\r\n\r\n", None),
            ("no header at all", None),
            ("", None),
        ] {
            assert_eq!(token(message.as_bytes()).as_deref(), found, "{message}");
        }
        let far = [
            &b"A: b\r\n".repeat(20_000)[..],
            b"X-Relaycheck-Token: abc123\r\n",
        ]
        .concat();
        assert_eq!(token(&far), None);
    }

    proptest! {
        #[test]
        fn gives_safe_tokens_out_of_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let message = [b"X-Relaycheck-Token: ", &bytes[..]].concat();
            if let Some(token) = token(&message) {
                prop_assert!(TOKEN_LENGTHS.contains(&token.len()));
                prop_assert!(token.bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    }
}
