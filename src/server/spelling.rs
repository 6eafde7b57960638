//! How a reply is put on the wire, properly or not.
//!
//! In: a reply, its lines divided by `\n`. Out: bytes, and what is said some time later without being
//! asked.
//!
//! References: RFC 5321 4.2 (replies) for what is broken here.

use super::behaviour::Spelling;

/// What a terminal would obey: NUL, clear screen, window title, red, reversed text, and C1's CSI.
const ESCAPES: &[u8] = "\0\x1b[2J\x1b]0;owned\x07\x1b[31m\u{202e}\u{2066}\u{9b}31m\x08".as_bytes();

/// Bytes that are neither UTF-8 nor GB18030.
const NOISE: &[u8] = b" \xff\xfe\x80\x81\xff\xfa\xf5";

/// Writes a reply.
pub(super) fn write(spelling: Spelling, reply: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = reply.split(|b| *b == b'\n').collect();
    let mut out = Vec::with_capacity(reply.len() + 64);
    for (index, line) in lines.iter().enumerate() {
        match spelling {
            Spelling::Standard | Spelling::Several | Spelling::TalksOn => out.extend(*line),
            Spelling::BareLf => {
                out.extend(*line);
                out.push(b'\n');
                continue;
            }
            Spelling::Escapes => out.extend([line, ESCAPES].concat()),
            Spelling::EightBit => out.extend([line, NOISE].concat()),
            Spelling::NoCodes => out.extend(line.get(4..).unwrap_or_default()),
            Spelling::MixedCodes => {
                if index + 1 == lines.len() {
                    let (code, text) = opposite(line).split_at(3);
                    out.extend([code, b"-", text.trim_ascii(), b"\r\n"].concat());
                }
                out.extend(*line);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    if spelling == Spelling::Several {
        out.extend_from_slice(&[opposite(reply), b"\r\n"].concat().repeat(2));
    }
    out
}

/// Gives what is said unasked after a reply.
pub(super) fn afterthought(spelling: Spelling) -> Option<&'static [u8]> {
    (spelling == Spelling::TalksOn).then_some(b"250 2.0.0 And another thing\r\n")
}

/// Gives a reply that says the opposite.
fn opposite(reply: &[u8]) -> &'static [u8] {
    match reply.first() {
        Some(b'2' | b'3') => b"554 5.0.0 No",
        _ => b"250 2.0.0 Yes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::{Oddity, Reply, ReplyReader};

    fn read(spelling: Spelling, reply: &[u8]) -> Vec<Reply> {
        let mut reader = ReplyReader::new();
        reader.push(&write(spelling, reply));
        std::iter::from_fn(|| reader.next_reply())
            .filter_map(Result::ok)
            .collect()
    }

    #[test]
    fn breaks_what_it_says_it_breaks_and_keeps_the_meaning() {
        for (spelling, oddities) in [
            (Spelling::Standard, vec![]),
            (Spelling::BareLf, vec![Oddity::BareLf]),
            (Spelling::Escapes, vec![Oddity::NotAscii, Oddity::Control]),
            (Spelling::EightBit, vec![Oddity::NotAscii]),
            (Spelling::MixedCodes, vec![Oddity::CodesDiffer]),
            (Spelling::Several, vec![]),
            (Spelling::TalksOn, vec![]),
        ] {
            let replies = read(spelling, b"554-5.7.1 one\n554 5.7.1 two");
            assert_eq!(replies[0].code(), 554, "{spelling:?}");
            assert_eq!(replies[0].oddities(), oddities, "{spelling:?}");
            let expected = if spelling == Spelling::Several { 3 } else { 1 };
            assert_eq!(replies.len(), expected, "{spelling:?}");
        }
    }

    #[test]
    fn writes_to_the_byte() {
        for (spelling, reply, bytes) in [
            (
                Spelling::Standard,
                &b"250-a\n250 b"[..],
                &b"250-a\r\n250 b\r\n"[..],
            ),
            (Spelling::BareLf, b"250-a\n250 b", b"250-a\n250 b\n"),
            (Spelling::NoCodes, b"250-a\n250 b", b"a\r\nb\r\n"),
            (Spelling::NoCodes, b"250", b"\r\n"),
            (
                Spelling::MixedCodes,
                b"554 no",
                b"250-2.0.0 Yes\r\n554 no\r\n",
            ),
            (
                Spelling::Several,
                b"250 a",
                b"250 a\r\n554 5.0.0 No\r\n554 5.0.0 No\r\n",
            ),
        ] {
            let got = write(spelling, reply);
            assert_eq!(got, bytes, "{}", got.escape_ascii());
        }
    }
}
