//! Bytes from a client in, commands out.
//!
//! In: bytes split anywhere. Out: [`Line`] after line, and each line read as a [`Request`]: a verb and
//! what stands behind it, to the byte. Tolerant: a bare LF ends a line, verbs come in any case, blanks
//! may stand around the colon of `MAIL FROM:`, and any byte may stand in an argument.
//!
//! Deliberately does not know which command is due.
//!
//! Limits: [`MAX_LINE`] bytes of a line are read; of a longer one only the fact is kept, whatever its
//! length. Memory stays below one line plus what one push brought.
//!
//! References: RFC 5321 2.3.8 (lines), 4.1.1 (commands), 4.5.3.1.4 (length).

/// Bytes a command line may have. RFC 5321 allows 512, extensions add to that; a path of 256 bytes
/// with every parameter in use stays below 1,200.
pub(super) const MAX_LINE: usize = 2048;

/// One line a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// The line without its line end.
    Whole(Vec<u8>),
    /// Longer than [`MAX_LINE`].
    Overlong,
}

/// What a client sent and nobody has read yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pending: Vec<u8>,
    /// Bytes of `pending` known to hold no line feed.
    scanned: usize,
    /// Whether the rest of an overlong line is being dropped.
    dropping: bool,
}

impl Inbox {
    /// Makes an empty one.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Counts the unread bytes.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Gives the next line; `None` asks for more bytes.
    pub(super) fn next_line(&mut self) -> Option<Line> {
        let found = self.pending[self.scanned..]
            .iter()
            .position(|b| *b == b'\n');
        let Some(at) = found else {
            self.scanned = self.pending.len();
            if self.pending.len() > MAX_LINE {
                self.dropping = true;
                self.clear();
            }
            return None;
        };
        let end = self.scanned + at;
        let mut line: Vec<u8> = self.pending.drain(..=end).collect();
        self.scanned = 0;
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if std::mem::take(&mut self.dropping) || line.len() > MAX_LINE {
            return Some(Line::Overlong);
        }
        Some(Line::Whole(line))
    }

    /// Gives all unread bytes away.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.scanned = 0;
        std::mem::take(&mut self.pending)
    }

    /// Forgets all unread bytes: what came before a handshake must never be read as if it had come
    /// inside TLS (RFC 3207 4.2).
    pub(super) fn clear(&mut self) {
        self.pending.clear();
        self.scanned = 0;
    }
}

/// What a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// EHLO.
    Ehlo,
    /// HELO.
    Helo,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// XCLIENT.
    XClient,
    /// `MAIL FROM:`.
    Mail,
    /// `RCPT TO:`.
    Rcpt,
    /// DATA.
    Data,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// VRFY and EXPN.
    Verify,
    /// QUIT.
    Quit,
    /// Anything else.
    Unknown,
}

/// The words that stand for a verb; those with a colon take their argument behind it.
const VERBS: &[(&[u8], &[u8], Verb)] = &[
    (b"EHLO", b"", Verb::Ehlo),
    (b"HELO", b"", Verb::Helo),
    (b"STARTTLS", b"", Verb::StartTls),
    (b"AUTH", b"", Verb::Auth),
    (b"XCLIENT", b"", Verb::XClient),
    (b"MAIL", b"FROM", Verb::Mail),
    (b"RCPT", b"TO", Verb::Rcpt),
    (b"DATA", b"", Verb::Data),
    (b"RSET", b"", Verb::Rset),
    (b"NOOP", b"", Verb::Noop),
    (b"VRFY", b"", Verb::Verify),
    (b"EXPN", b"", Verb::Verify),
    (b"QUIT", b"", Verb::Quit),
];

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request<'a> {
    /// What is asked for.
    pub(super) verb: Verb,
    /// What stands behind the verb, or behind the colon of MAIL and RCPT, without the blanks around.
    pub(super) argument: &'a [u8],
}

impl<'a> Request<'a> {
    /// Reads a line. MAIL without `FROM:` and RCPT without `TO:` are unknown commands.
    pub(super) fn read(line: &'a [u8]) -> Self {
        let unknown = Self {
            verb: Verb::Unknown,
            argument: line,
        };
        let line = line.trim_ascii();
        let end = line
            .iter()
            .position(|b| b.is_ascii_whitespace())
            .unwrap_or(line.len());
        let (word, rest) = line.split_at(end);
        let rest = rest.trim_ascii_start();
        let found = VERBS
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(word));
        let Some(&(_, second, verb)) = found else {
            return unknown;
        };
        if second.is_empty() {
            return Self {
                verb,
                argument: rest,
            };
        }
        let behind = rest
            .get(..second.len())
            .filter(|word| word.eq_ignore_ascii_case(second))
            .and_then(|_| rest[second.len()..].trim_ascii_start().strip_prefix(b":"));
        match behind {
            Some(argument) => Self {
                verb,
                argument: argument.trim_ascii_start(),
            },
            None => unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_commands_as_clients_write_them() {
        for (line, verb, argument) in [
            ("EHLO probe.test", Verb::Ehlo, "probe.test"),
            ("ehlo", Verb::Ehlo, ""),
            ("MAIL FROM:<>", Verb::Mail, "<>"),
            ("mail from : <a@b> SIZE=1", Verb::Mail, "<a@b> SIZE=1"),
            ("RCPT TO:a@b", Verb::Rcpt, "a@b"),
            ("RCPT  TO:  <a@b>  ", Verb::Rcpt, "<a@b>"),
            ("MAIL <a@b>", Verb::Unknown, "MAIL <a@b>"),
            ("RCPT FROM:<a@b>", Verb::Unknown, "RCPT FROM:<a@b>"),
            ("DATA", Verb::Data, ""),
            (
                "XCLIENT ADDR=127.0.0.1 NAME=x",
                Verb::XClient,
                "ADDR=127.0.0.1 NAME=x",
            ),
            ("VRFY root", Verb::Verify, "root"),
            ("", Verb::Unknown, ""),
            ("GET / HTTP/1.1", Verb::Unknown, "GET / HTTP/1.1"),
        ] {
            let request = Request::read(line.as_bytes());
            assert_eq!(request.verb, verb, "{line}");
            assert_eq!(request.argument, argument.as_bytes(), "{line}");
        }
    }

    #[test]
    fn gives_lines_whatever_ends_them() {
        let mut inbox = Inbox::new();
        inbox.push(b"EHLO a\r\nMAIL FROM:<>\nRS");
        assert_eq!(inbox.next_line(), Some(Line::Whole(b"EHLO a".to_vec())));
        assert_eq!(inbox.len(), 15);
        assert_eq!(
            inbox.next_line(),
            Some(Line::Whole(b"MAIL FROM:<>".to_vec()))
        );
        assert_eq!(inbox.next_line(), None);
        inbox.push(b"ET\r\n");
        assert_eq!(inbox.next_line(), Some(Line::Whole(b"RSET".to_vec())));
        inbox.push(b"smuggled");
        inbox.clear();
        inbox.push(b"\r\n");
        assert_eq!(inbox.next_line(), Some(Line::Whole(Vec::new())));
    }

    #[test]
    fn keeps_nothing_of_a_line_that_is_too_long() {
        let mut inbox = Inbox::new();
        for _ in 0..10_000 {
            inbox.push(&[b'x'; 1000]);
            assert_eq!(inbox.next_line(), None);
            assert!(inbox.len() <= MAX_LINE);
        }
        inbox.push(b"\r\nQUIT\r\n");
        assert_eq!(inbox.next_line(), Some(Line::Overlong));
        assert_eq!(inbox.next_line(), Some(Line::Whole(b"QUIT".to_vec())));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(bytes in proptest::collection::vec(
            prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..300), cut in 1usize..20)
        {
            let mut whole = Inbox::new();
            whole.push(&bytes);
            let expected: Vec<Line> = std::iter::from_fn(|| whole.next_line()).collect();
            let mut split = Inbox::new();
            let mut got = Vec::new();
            for piece in bytes.chunks(cut) {
                split.push(piece);
                got.extend(std::iter::from_fn(|| split.next_line()));
            }
            prop_assert_eq!(expected, got);
            prop_assert_eq!(whole.take(), split.take());
        }
    }
}
