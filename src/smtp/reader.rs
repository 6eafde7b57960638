//! Bytes in, replies out.
//!
//! In: bytes split anywhere. Out: [`Reply`] after [`Reply`], or the reason why what came is no use
//! as SMTP. Tolerant: a bare LF ends a line, a code may change inside a reply, a line may lack its
//! text, bytes need not be ASCII, and a line without a code between two others is kept.
//!
//! Deliberately does not know what was asked, nor decide what a reply means.
//!
//! Limits: [`limits::MAX_LINE`] bytes of a line and [`limits::MAX_REPLY`] bytes of a reply are
//! kept, more is read and dropped; after [`limits::MAX_LINES`] lines or
//! [`limits::MAX_REPLY_ON_WIRE`] bytes the reply is endless and the reader gives up. Memory stays
//! below the kept reply plus what one push brought.
//!
//! References: RFC 5321 4.2.1 (multi-line replies), 4.5.3.1.5 (length).

use super::limits;
use super::reply::{Oddity, Reply, ReplyLine};
use std::sync::Arc;

/// Lines for which room is kept from one reply to the next.
const ROOM: usize = 16;

/// Why what came cannot be read as SMTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// The first line has no reply code; it is given, cut.
    NotSmtp(Vec<u8>),
    /// A reply that does not end within the limits; its first line is given.
    Endless(Vec<u8>),
}

/// Reads replies out of a stream of bytes.
#[derive(Debug, Default)]
pub struct ReplyReader {
    pending: Vec<u8>,
    /// Bytes of `pending` known to hold no line feed.
    scanned: usize,
    /// Bytes of the unfinished line that were dropped out of `pending`.
    cut: usize,
    lines: Vec<ReplyLine>,
    oddities: Vec<Oddity>,
    kept: usize,
    on_wire: usize,
    failed: bool,
}

impl ReplyReader {
    /// Makes a reader with nothing read.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they came from the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.failed {
            self.pending.extend_from_slice(bytes);
        }
    }

    /// Gives the next whole reply, or the reason why there will be none; `None` asks for more bytes.
    /// After an `Err` the reader stays empty.
    pub fn next_reply(&mut self) -> Option<Result<Reply, Unusable>> {
        if self.failed {
            return None;
        }
        let mut start = 0;
        let mut found = None;
        while let Some(at) = memchr::memchr(b'\n', &self.pending[start.max(self.scanned)..]) {
            let end = start.max(self.scanned) + at;
            self.on_wire += end + 1 - start + self.cut;
            let line = &self.pending[start..end];
            let (line, line_end) = match line.strip_suffix(b"\r") {
                Some(line) => (line.to_vec(), LineEnd::CrLf),
                None => (line.to_vec(), LineEnd::BareLf),
            };
            start = end + 1;
            self.scanned = start;
            match self.take_line(line, line_end) {
                Taken::More => {}
                Taken::Whole => {
                    found = Some(self.complete());
                    break;
                }
                Taken::Unusable(why) => {
                    found = Some(Err(why));
                    break;
                }
            }
        }
        self.pending.drain(..start);
        if found.is_some() {
            self.scanned = 0;
        } else {
            self.cut_unfinished();
            self.scanned = self.pending.len();
            if self.on_wire + self.pending.len() + self.cut > limits::MAX_REPLY_ON_WIRE {
                found = Some(Err(Unusable::Endless(self.first_bytes())));
            } else if self.lines.is_empty() && !could_start_reply(&self.pending) {
                // An HTTP or SSH server need not end its line for us to know.
                found = Some(Err(Unusable::NotSmtp(self.first_bytes())));
            }
        }
        if let Some(Err(_)) = &found {
            self.failed = true;
            self.pending = Vec::new();
            self.lines = Vec::new();
        }
        found
    }

    /// Ends the stream: gives what stands unfinished as a reply if it has a code, so that a last
    /// word without its line end is not lost.
    pub fn finish(&mut self) -> Option<Result<Reply, Unusable>> {
        if self.failed {
            return None;
        }
        let rest = std::mem::take(&mut self.pending);
        self.scanned = 0;
        if !rest.is_empty()
            && let Taken::Unusable(why) = self.take_line(rest, LineEnd::Missing)
        {
            self.failed = true;
            return Some(Err(why));
        }
        (!self.lines.is_empty()).then(|| self.complete())
    }

    /// Counts the bytes that came and belong to no reply given out yet.
    pub fn pending(&self) -> usize {
        self.pending.len() + self.cut + self.kept
    }

    /// Throws away what is unread and gives its length: what stood behind the 220 of STARTTLS
    /// must never be read as if it had come inside TLS (RFC 3207 4.2).
    pub fn discard(&mut self) -> usize {
        let dropped = self.pending();
        *self = Self::new();
        dropped
    }

    /// Drops what nobody will read out of an unfinished line. Its last byte stays, since it may be
    /// the CR before the LF.
    fn cut_unfinished(&mut self) {
        if self.pending.len() > limits::MAX_LINE + 1
            && let Some(last) = self.pending.pop()
        {
            self.cut += self.pending.len() - limits::MAX_LINE;
            self.pending.truncate(limits::MAX_LINE);
            self.pending.push(last);
            self.pending.shrink_to(2 * limits::MAX_LINE);
        }
    }

    fn take_line(&mut self, mut line: Vec<u8>, end: LineEnd) -> Taken {
        if matches!(end, LineEnd::BareLf) {
            self.oddities.push(Oddity::BareLf);
        }
        if line.len() + std::mem::take(&mut self.cut) > limits::MAX_LINE {
            line.truncate(limits::MAX_LINE);
            self.oddities.push(Oddity::Overlong);
        }
        let code = read_code(&line);
        let (code, skip, last) = match (code, line.get(3)) {
            (Some(code), Some(b'-')) => (code, 4, false),
            (Some(code), Some(b' ' | b'\t')) => (code, 4, true),
            (Some(code), None) => {
                self.oddities.push(Oddity::MissingText);
                (code, 3, true)
            }
            _ => match self.lines.last() {
                // "250-one", "two", "250 three": seen from broken banners and proxies.
                Some(before) => {
                    self.oddities.push(Oddity::NoCode);
                    (before.code(), 0, false)
                }
                None => return Taken::Unusable(Unusable::NotSmtp(line)),
            },
        };
        if self.lines.len() >= limits::MAX_LINES || self.on_wire > limits::MAX_REPLY_ON_WIRE {
            return Taken::Unusable(Unusable::Endless(self.first_bytes()));
        }
        if self.kept + line.len() > limits::MAX_REPLY {
            // The code still counts, the text no longer.
            line.truncate(usize::from(skip));
            self.oddities.push(Oddity::Overlong);
        }
        self.kept += line.len();
        self.lines.push(ReplyLine::new(line, code, skip));
        if last { Taken::Whole } else { Taken::More }
    }

    fn complete(&mut self) -> Result<Reply, Unusable> {
        self.kept = 0;
        self.on_wire = 0;
        // The room is used again for the next reply, but not what a long one has taken.
        let lines: Arc<[ReplyLine]> = self.lines.drain(..).collect();
        self.lines.shrink_to(ROOM);
        let oddities = std::mem::take(&mut self.oddities);
        Ok(Reply::new(lines, oddities).expect("a reply is completed only after a line was taken"))
    }

    fn first_bytes(&self) -> Vec<u8> {
        let first = self.lines.first();
        let first = first.map_or(&self.pending[..], ReplyLine::raw);
        first[..first.len().min(limits::MAX_LINE)].to_vec()
    }
}

enum LineEnd {
    CrLf,
    BareLf,
    Missing,
}

enum Taken {
    More,
    Whole,
    Unusable(Unusable),
}

/// Reads three digits that can be a reply code. RFC 5321 knows 2 to 5 as first digit; 1 is left
/// over from FTP and turns up in broken servers.
fn read_code(line: &[u8]) -> Option<u16> {
    let [a, b, c] = *line.first_chunk::<3>()?;
    if !(b'1'..=b'5').contains(&a) || !b.is_ascii_digit() || !c.is_ascii_digit() {
        return None;
    }
    Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
}

/// Tells whether an unfinished first line may still become a reply.
fn could_start_reply(line: &[u8]) -> bool {
    line.iter()
        .take(3)
        .enumerate()
        .all(|(i, b)| b.is_ascii_digit() && (i > 0 || (b'1'..=b'5').contains(b)))
        && line
            .get(3)
            .is_none_or(|b| matches!(b, b'-' | b' ' | b'\t' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl ReplyReader {
        fn held(&self) -> usize {
            self.pending.len() + self.kept
        }
    }

    fn read_all(bytes: &[u8]) -> Vec<Result<Reply, Unusable>> {
        let mut reader = ReplyReader::new();
        reader.push(bytes);
        std::iter::from_fn(|| reader.next_reply()).collect()
    }

    #[test]
    fn reads_what_servers_send() {
        for (bytes, codes, texts, oddities) in [
            (&b"220 hi\r\n"[..], vec![220], "hi", vec![]),
            (
                b"250-a\r\n250-b\r\n250 c\r\n",
                vec![250, 250, 250],
                "a\nb\nc",
                vec![],
            ),
            (b"220 hi\n", vec![220], "hi", vec![Oddity::BareLf]),
            (b"250\r\n", vec![250], "", vec![Oddity::MissingText]),
            (
                b"250-a\r\n250\r\n",
                vec![250, 250],
                "a\n",
                vec![Oddity::MissingText],
            ),
            (
                b"554-a\r\n550 b\r\n",
                vec![554, 550],
                "a\nb",
                vec![Oddity::CodesDiffer],
            ),
            (
                b"220-a\r\nnoise\r\n220 b\r\n",
                vec![220, 220, 220],
                "a\nnoise\nb",
                vec![Oddity::NoCode],
            ),
            (b"571 deny\r\n", vec![571], "deny", vec![]),
            (
                b"220 \xc4\xe3\xba\xc3\r\n",
                vec![220],
                "\u{fffd}\u{fffd}\u{fffd}",
                vec![Oddity::NotAscii],
            ),
            (b"220 a\0b\r\n", vec![220], "a\0b", vec![Oddity::Control]),
        ] {
            let replies = read_all(bytes);
            assert_eq!(replies.len(), 1, "{bytes:?}");
            let reply = replies[0].as_ref().expect("usable");
            let got: Vec<u16> = reply.lines().iter().map(ReplyLine::code).collect();
            assert_eq!(got, codes);
            assert_eq!(String::from_utf8_lossy(&reply.text()), texts);
            assert_eq!(reply.oddities(), oddities);
        }
    }

    #[test]
    fn knows_other_protocols() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"+OK POP3\r\n",
            b"* OK IMAP\r\n",
            b"\x15\x03\x01\x00\x02\x02\x28",
            b"2a0 x\r\n",
            b"\r\n220 late\r\n",
        ] {
            assert!(
                matches!(read_all(bytes)[..], [Err(Unusable::NotSmtp(_))]),
                "{bytes:?}"
            );
        }
        let mut reader = ReplyReader::new();
        reader.push(b"SSH-2.0");
        assert!(matches!(
            reader.next_reply(),
            Some(Err(Unusable::NotSmtp(_)))
        ));
        reader.push(b"220 no\r\n");
        assert_eq!(reader.next_reply(), None);
    }

    #[test]
    fn gives_several_replies_of_one_packet_and_keeps_the_rest() {
        let mut reader = ReplyReader::new();
        reader.push(b"250 a\r\n550 b\r\n35");
        assert_eq!(
            reader.next_reply().map(|r| r.expect("usable").code()),
            Some(250)
        );
        assert_eq!(
            reader.next_reply().map(|r| r.expect("usable").code()),
            Some(550)
        );
        assert_eq!(reader.next_reply(), None);
        assert_eq!(reader.pending(), 2);
        assert_eq!(reader.discard(), 2);
    }

    #[test]
    fn bounds_what_does_not_end() {
        let endless = |chunk: &[u8]| {
            let mut reader = ReplyReader::new();
            for _ in 0..10_000_000 / chunk.len() {
                reader.push(chunk);
                match reader.next_reply() {
                    None => assert!(reader.held() <= limits::MAX_REPLY + 2 * limits::MAX_LINE),
                    Some(Err(Unusable::Endless(_))) => return true,
                    Some(other) => panic!("{other:?}"),
                }
            }
            false
        };
        assert!(endless(b"220-never\r\n"));
        let mut reader = ReplyReader::new();
        reader.push(b"220 ");
        let mut ended = false;
        for _ in 0..200 {
            assert!(reader.held() <= 2 * limits::MAX_LINE);
            reader.push(&[b'x'; 8192]);
            if let Some(Err(Unusable::Endless(first))) = reader.next_reply() {
                assert!(first.starts_with(b"220 xxx") && first.len() <= limits::MAX_LINE);
                ended = true;
                break;
            }
        }
        assert!(ended);
    }

    #[test]
    fn cuts_long_lines_but_keeps_the_code() {
        let mut bytes = b"550 ".to_vec();
        bytes.extend(vec![b'x'; limits::MAX_LINE * 3]);
        bytes.extend(b"\r\n250 next\r\n");
        let replies = read_all(&bytes);
        let first = replies[0].as_ref().expect("usable");
        assert_eq!(
            (first.code(), first.oddities()),
            (550, &[Oddity::Overlong][..])
        );
        assert_eq!(replies[1].as_ref().expect("usable").code(), 250);
    }

    #[test]
    fn a_long_line_reads_the_same_however_it_is_split() {
        let mut bytes = b"550 ".to_vec();
        bytes.extend(vec![b'x'; limits::MAX_LINE * 2]);
        bytes.extend(b"\r\n250 next\r\n");
        let whole = read_all(&bytes);
        for size in [1, 2, 1000, 4097, 8197] {
            let mut reader = ReplyReader::new();
            let mut got = Vec::new();
            for chunk in bytes.chunks(size) {
                reader.push(chunk);
                got.extend(std::iter::from_fn(|| reader.next_reply()));
            }
            assert_eq!(got, whole, "{size}");
        }
    }

    #[test]
    fn keeps_a_last_word_without_its_line_end() {
        let mut reader = ReplyReader::new();
        reader.push(b"421 4.3.2 shutting down");
        assert_eq!(reader.next_reply(), None);
        let reply = reader.finish().expect("a reply").expect("usable");
        assert_eq!(
            (reply.code(), reply.text()),
            (421, b"shutting down".to_vec())
        );
        assert_eq!(reader.finish(), None);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(bytes in proptest::collection::vec(
            prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'2'), Just(b'5'), Just(b'0'), Just(b'-'), Just(b' '), any::<u8>()], 0..200),
            cuts in proptest::collection::vec(1usize..9, 0..60))
        {
            let mut framed = b"220-x\r\n".to_vec();
            framed.extend(bytes);
            let whole = read_all(&framed);
            let mut reader = ReplyReader::new();
            let mut got = Vec::new();
            let mut rest = &framed[..];
            for cut in cuts.into_iter().chain(std::iter::repeat(3)) {
                if rest.is_empty() { break; }
                let (now, later) = rest.split_at(cut.min(rest.len()));
                reader.push(now);
                rest = later;
                got.extend(std::iter::from_fn(|| reader.next_reply()));
            }
            // How much of an unusable line is quoted depends on how much had come; that it is
            // unusable must not.
            let kinds = |all: Vec<Result<Reply, Unusable>>| {
                all.into_iter().map(|r| r.map_err(|_| ())).collect::<Vec<_>>()
            };
            prop_assert_eq!(kinds(whole), kinds(got));
        }
    }
}
