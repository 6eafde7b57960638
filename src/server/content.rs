//! The message behind DATA: bytes split anywhere in, the message out.
//!
//! Only CRLF, dot, CRLF ends a message; a dot at the start of a line is taken off. Bare line feeds
//! and bare carriage returns stay what they are and are noted: servers that take them for line ends
//! can be made to see two messages where others see one.
//!
//! Limits: keeps nothing but its state; what to keep is the caller's choice.
//!
//! References: RFC 5321 4.1.1.4 (end of data), 4.5.2 (transparency), 2.3.8 (line ends).

/// Where in a line the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Behind a CRLF, or at the very start.
    Start,
    /// Behind a dot at the start.
    Dot,
    /// Behind a dot and a CR at the start.
    DotCr,
    /// Inside.
    Inside,
    /// Behind a CR.
    Cr,
}

/// How a message was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnds {
    /// CRLF only.
    #[default]
    Clean,
    /// With a CR or an LF that stood alone.
    Bare,
}

/// Reads one message.
#[derive(Debug)]
pub(super) struct ContentReader {
    at: At,
    line_ends: LineEnds,
}

/// Whether the message is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// More is to come.
    More,
    /// Over; so many of the bytes given belonged to it.
    Ended(usize),
}

impl ContentReader {
    /// Makes a reader for the message behind a 354.
    pub(super) fn new() -> Self {
        Self {
            at: At::Start,
            line_ends: LineEnds::Clean,
        }
    }

    /// Says how the message was written so far.
    pub(super) fn line_ends(&self) -> LineEnds {
        self.line_ends
    }

    /// Reads bytes and appends what belongs to the message to `out`.
    pub(super) fn read(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Progress {
        for (index, &byte) in bytes.iter().enumerate() {
            self.at = match (self.at, byte) {
                (At::Start, b'.') => At::Dot,
                (At::Dot, b'\r') => At::DotCr,
                (At::DotCr, b'\n') => return Progress::Ended(index + 1),
                (before, byte) => {
                    if before == At::DotCr {
                        // The dot was stuffing after all, and the CR stands alone.
                        out.push(b'\r');
                    }
                    out.push(byte);
                    self.next(before, byte)
                }
            };
        }
        Progress::More
    }

    fn next(&mut self, before: At, byte: u8) -> At {
        let behind_cr = matches!(before, At::Cr | At::DotCr);
        match byte {
            b'\n' if behind_cr => return At::Start,
            b'\n' => self.line_ends = LineEnds::Bare,
            _ if behind_cr => self.line_ends = LineEnds::Bare,
            _ => {}
        }
        if byte == b'\r' { At::Cr } else { At::Inside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::Command;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> (Vec<u8>, Progress, LineEnds) {
        let mut reader = ContentReader::new();
        let mut out = Vec::new();
        let progress = reader.read(bytes, &mut out);
        (out, progress, reader.line_ends())
    }

    #[test]
    fn ends_at_a_lone_dot_between_crlf_only() {
        for (bytes, message, ended, line_ends) in [
            (
                &b"a\r\n.\r\nQUIT\r\n"[..],
                &b"a\r\n"[..],
                Some(6),
                LineEnds::Clean,
            ),
            (b".\r\n", b"", Some(3), LineEnds::Clean),
            (
                b"a\r\n..b\r\n.\r\n",
                b"a\r\n.b\r\n",
                Some(11),
                LineEnds::Clean,
            ),
            (
                b"a\n.\nb\r\n.\r\n",
                b"a\n.\nb\r\n",
                Some(10),
                LineEnds::Bare,
            ),
            (
                b"a\n.\r\nb\r\n.\r\n",
                b"a\n.\r\nb\r\n",
                Some(11),
                LineEnds::Bare,
            ),
            (
                b"a\r\n.\nb\r\n.\r\n",
                b"a\r\n\nb\r\n",
                Some(11),
                LineEnds::Bare,
            ),
            (b"a\r.\r\n.\r\n", b"a\r.\r\n", Some(8), LineEnds::Bare),
            (
                b"a\r\n.\rb\r\n.\r\n",
                b"a\r\n\rb\r\n",
                Some(11),
                LineEnds::Bare,
            ),
            (b"a.\r\n", b"a.\r\n", None, LineEnds::Clean),
            (b"a\r\r\n.\r\n", b"a\r\r\n", Some(7), LineEnds::Bare),
        ] {
            let progress = ended.map_or(Progress::More, Progress::Ended);
            assert_eq!(
                read(bytes),
                (message.to_vec(), progress, line_ends),
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    proptest! {
        #[test]
        fn takes_back_what_the_client_stuffed(lines in proptest::collection::vec("[.a-c]{0,5}", 0..8), cut in 1usize..7) {
            let message: Vec<u8> = lines.iter().flat_map(|l| [l.as_bytes(), b"\r\n"].concat()).collect();
            let wire = Command::Message(&message).bytes();
            let mut reader = ContentReader::new();
            let mut out = Vec::new();
            let mut ended = 0;
            for piece in wire.chunks(cut) {
                if let Progress::Ended(_) = reader.read(piece, &mut out) {
                    ended += 1;
                }
            }
            prop_assert_eq!(ended, 1);
            prop_assert_eq!(out, message);
            prop_assert_eq!(reader.line_ends(), LineEnds::Clean);
        }
    }
}
