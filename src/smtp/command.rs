//! What we say, to the byte.
//!
//! Paths are bytes, not parsed addresses: the tricks under test are just what a parser would tidy
//! away. A path never ends the line early: [`Command::bytes`] drops CR, LF and NUL out of any
//! argument, so that no template can smuggle in a second command.
//!
//! References: RFC 5321 4.1.1, RFC 3207 (STARTTLS), Postfix XCLIENT_README.

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command<'a> {
    /// `EHLO name`.
    Ehlo(&'a str),
    /// `HELO name`.
    Helo(&'a str),
    /// `STARTTLS`.
    StartTls,
    /// `XCLIENT attributes`.
    XClient(&'a str),
    /// `MAIL FROM:` and what stands behind the colon.
    Mail(&'a [u8]),
    /// `RCPT TO:` and what stands behind the colon.
    Rcpt(&'a [u8]),
    /// `DATA`.
    Data,
    /// A whole message: dots are stuffed and the final dot is added.
    Message(&'a [u8]),
    /// `RSET`.
    Rset,
    /// `QUIT`.
    Quit,
}

impl Command<'_> {
    /// Gives the bytes that go on the wire, line end included.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Ehlo(name) => line(b"EHLO ", name.as_bytes()),
            Self::Helo(name) => line(b"HELO ", name.as_bytes()),
            Self::StartTls => line(b"STARTTLS", b""),
            Self::XClient(attributes) => line(b"XCLIENT ", attributes.as_bytes()),
            Self::Mail(path) => line(b"MAIL FROM:", path),
            Self::Rcpt(path) => line(b"RCPT TO:", path),
            Self::Data => line(b"DATA", b""),
            Self::Message(message) => stuff(message),
            Self::Rset => line(b"RSET", b""),
            Self::Quit => line(b"QUIT", b""),
        }
    }
}

fn line(verb: &[u8], argument: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(verb.len() + argument.len() + 2);
    out.extend_from_slice(verb);
    let mut rest = argument;
    while let Some(at) = memchr::memchr3(b'\r', b'\n', b'\0', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\r\n");
    out
}

/// Doubles the dot at the start of lines and ends the message (RFC 5321 4.5.2). Bare CR and bare
/// LF become CRLF, so that no message can end early on a server that reads them as line ends.
fn stuff(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 40 + 5);
    let mut at_start = true;
    let mut bytes = message.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' && bytes.peek() == Some(&b'\n') {
                    bytes.next();
                }
                out.extend_from_slice(b"\r\n");
                at_start = true;
            }
            _ => {
                if at_start && byte == b'.' {
                    out.push(b'.');
                }
                out.push(byte);
                at_start = false;
            }
        }
    }
    if !at_start {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_lines() {
        for (command, bytes) in [
            (Command::Ehlo("h.example"), &b"EHLO h.example\r\n"[..]),
            (Command::Mail(b"<>"), b"MAIL FROM:<>\r\n"),
            (Command::Rcpt(b"a@b"), b"RCPT TO:a@b\r\n"),
            (Command::Rcpt(b"<a\r\nQUIT\0>"), b"RCPT TO:<aQUIT>\r\n"),
            (Command::Data, b"DATA\r\n"),
            (
                Command::XClient("ADDR=192.0.2.1"),
                b"XCLIENT ADDR=192.0.2.1\r\n",
            ),
        ] {
            assert_eq!(command.bytes(), bytes);
        }
    }

    #[test]
    fn stuffs_dots_and_mends_line_ends() {
        for (message, bytes) in [
            (&b"a\r\n.b\r\n"[..], &b"a\r\n..b\r\n.\r\n"[..]),
            (b".\r\n", b"..\r\n.\r\n"),
            (b"a", b"a\r\n.\r\n"),
            (b"a\n.\nb\r.c", b"a\r\n..\r\nb\r\n..c\r\n.\r\n"),
            (b"", b".\r\n"),
        ] {
            assert_eq!(Command::Message(message).bytes(), bytes);
        }
    }
}
