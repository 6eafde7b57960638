//! List files: one target per line.
//!
//! In: the bytes of a list, from wherever the caller has them. Out: its lines with their places, or
//! errors that name file and line. A `#` at the start of a line or behind white space begins a
//! comment; empty lines do not count; lines end in LF or CR LF; a byte order mark is skipped.
//!
//! Opens no file and does not read the targets themselves.
//!
//! Limits: a line has at most [`MAX_TARGET`] bytes. A longer one is an error, and no more of it than
//! that is ever held. A comment may be in any character set, for old lists are.

use super::error::{MAX_TARGET, Problem, TargetError};
use crate::model::{Origin, bytes};
use std::io::{BufRead, ErrorKind};
use std::sync::Arc;

/// What to do with a line that holds no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLines {
    /// Stop with an error.
    Refuse,
    /// Note it and go on (`--skip-bad-lines`).
    Skip,
}

/// Errors of skipped lines that are kept; the rest is counted.
const MOST_KEPT: usize = 100;

/// The lines of a list that were skipped.
#[derive(Debug, Clone, Default)]
pub struct Skipped {
    /// What was wrong with the first hundred.
    pub first: Vec<TargetError>,
    /// How many there were.
    pub lines: u64,
}

impl Skipped {
    /// Notes a line.
    pub(super) fn note(&mut self, error: TargetError) {
        self.lines += 1;
        if self.first.len() < MOST_KEPT {
            self.first.push(error);
        }
    }
}

/// A line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) origin: Origin,
    /// Without comment and white space around it; not empty.
    pub(super) text: String,
}

/// Reads lines. Goes on after a bad line, but not after an error of the reader.
#[derive(Debug)]
pub(super) struct Lines<R> {
    file: Arc<str>,
    reader: R,
    number: usize,
    /// The line in hand, cut at [`KEPT`].
    line: Vec<u8>,
    ended: bool,
}

/// Bytes of a line that are held: enough to tell that it is too long, CR and byte order mark
/// counted out.
const KEPT: usize = MAX_TARGET + 5;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<R: BufRead> Lines<R> {
    pub(super) fn new(file: Arc<str>, reader: R) -> Self {
        Self {
            file,
            reader,
            number: 0,
            line: Vec::new(),
            ended: false,
        }
    }

    fn origin(&self) -> Origin {
        Origin::ListLine {
            file: Arc::clone(&self.file),
            line: self.number,
        }
    }

    /// Takes the next line in hand. Gives false at the end.
    fn advance(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        self.number += 1;
        let mut any = false;
        loop {
            let available = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = available.iter().position(|b| *b == b'\n');
            let piece = &available[..end.unwrap_or(available.len())];
            let room = KEPT - self.line.len();
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = piece.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// Reads the line in hand. Gives nothing for an empty one.
    fn read(&self) -> Option<Result<Line, TargetError>> {
        let mut line = &self.line[..];
        if self.number == 1 {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        let bad = |text: &[u8], problem| {
            let written = String::from_utf8_lossy(text).into_owned();
            Some(Err(TargetError::written(self.origin(), &written, problem)))
        };
        if line.len() > MAX_TARGET {
            return bad(line, Problem::TooLong);
        }
        let text = without_comment(line).trim_ascii();
        let utf16 = self.number == 1 && matches!(line, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        if utf16 || text.contains(&0) {
            return bad(text, Problem::Utf16);
        }
        match std::str::from_utf8(text) {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => Some(Ok(Line {
                origin: self.origin(),
                text: text.trim().to_owned(),
            })),
            // Shown as the other charsets of old lists have it, not as replacement characters.
            Err(_) => Some(Err(TargetError::Written {
                origin: self.origin(),
                written: bytes::printable(&text[..text.len().min(100)]),
                problem: Problem::NotUtf8,
            })),
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Line, TargetError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.advance() {
                Ok(true) => {
                    if let Some(line) = self.read() {
                        return Some(line);
                    }
                }
                Ok(false) => self.ended = true,
                Err(source) => {
                    self.ended = true;
                    return Some(Err(TargetError::Read {
                        origin: self.origin(),
                        source: Arc::new(source),
                    }));
                }
            }
        }
        None
    }
}

fn without_comment(line: &[u8]) -> &[u8] {
    let begins = |at: &usize| line[*at] == b'#' && (*at == 0 || line[at - 1].is_ascii_whitespace());
    let comment = (0..line.len()).find(begins);
    &line[..comment.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{BufReader, Read};

    /// Reads a list in pieces of a few bytes; writes each line as `number text` or its error.
    fn read(bytes: &[u8]) -> Vec<String> {
        Lines::new("list".into(), BufReader::with_capacity(7, bytes))
            .map(|line| match line {
                Ok(Line { origin, text }) => format!("{origin} {text}"),
                Err(error) => error.to_string(),
            })
            .collect()
    }

    #[test]
    fn reads_lists_as_people_write_them() {
        for (bytes, lines) in [
            (&b""[..], &[][..]),
            (b"\n\n", &[]),
            (b"a.example", &["list:1 a.example"]),
            (
                b"a.example\nb.example\n",
                &["list:1 a.example", "list:2 b.example"],
            ),
            (
                b"a.example\r\n\r\nb.example\r\n",
                &["list:1 a.example", "list:3 b.example"],
            ),
            (
                b"# head\n  # more\n a.example:25 # note\n\tb.example\t#x\n",
                &["list:3 a.example:25", "list:4 b.example"],
            ),
            (b"a.example#x\n", &["list:1 a.example#x"]),
            (b"a.example ## x # y", &["list:1 a.example"]),
            (b"\xef\xbb\xbfa.example\n", &["list:1 a.example"]),
            (b"\xef\xbb\xbf# only\n\xe3\x80\x80\n", &[]),
            (
                "b\u{fc}cher.example\n".as_bytes(),
                &["list:1 b\u{fc}cher.example"],
            ),
            (
                b"a.example # caf\xe9\nb.example",
                &["list:1 a.example", "list:2 b.example"],
            ),
            (
                b"caf\xe9.example\nb.example",
                &["list:1: `caf\\xe9.example`: not UTF-8", "list:2 b.example"],
            ),
            (
                b"\xff\xfea\0\n\0b\0",
                &[
                    "list:1: `\u{fffd}\u{fffd}a\\x00`: not UTF-8: this looks like UTF-16",
                    "list:2: `\\x00b\\x00`: not UTF-8: this looks like UTF-16",
                ],
            ),
            (b"a b", &["list:1 a b"]),
        ] {
            assert_eq!(read(bytes), lines, "{bytes:?}");
        }
    }

    #[test]
    fn long_lines_are_errors_and_the_rest_is_read() {
        let longest = "x".repeat(MAX_TARGET);
        let long = "y".repeat(MAX_TARGET + 1);
        let list = format!("\u{feff}{longest}\r\n{long}\nb.example\n");
        let lines = read(list.as_bytes());
        assert_eq!(lines[0], format!("list:1 {longest}"));
        let quoted = "y".repeat(100);
        assert_eq!(
            lines[1],
            format!("list:2: `{quoted}...`: longer than 4096 bytes")
        );
        assert_eq!(lines[2], "list:3 b.example");
    }

    #[test]
    fn no_more_of_a_line_is_held_than_its_limit() {
        let endless = BufReader::new(std::io::repeat(b'x').take(50_000_000));
        let mut lines = Lines::new("list".into(), endless);
        assert!(matches!(
            lines.next(),
            Some(Err(TargetError::Written { .. }))
        ));
        assert!(lines.line.capacity() < 4 * MAX_TARGET);
        assert!(lines.next().is_none());
    }

    #[test]
    fn an_error_of_the_reader_ends_the_list() {
        struct Torn;
        impl Read for Torn {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("the disk is gone"))
            }
        }
        let reader = BufReader::new(b"a.example\nb.ex".chain(Torn));
        let mut lines = Lines::new("list".into(), reader);
        assert!(lines.next().is_some_and(|line| line.is_ok()));
        let error = lines.next().expect("a line").expect_err("an error");
        assert_eq!(error.to_string(), "list:2: the disk is gone");
        assert!(lines.next().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_give_lines_or_errors(bytes in proptest::collection::vec(
            prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'#'), Just(b' '), Just(b'a'), any::<u8>()], 0..200))
        {
            let mut before = 0;
            for line in Lines::new("list".into(), &bytes[..]) {
                let origin = match line {
                    Ok(line) => {
                        prop_assert!(!line.text.trim().is_empty());
                        line.origin
                    }
                    Err(TargetError::Written { origin, .. }) => origin,
                    Err(other) => return Err(TestCaseError::fail(other.to_string())),
                };
                let Origin::ListLine { line, .. } = origin else { panic!("{origin}") };
                prop_assert!(line > before);
                before = line;
            }
            prop_assert!(before <= bytes.split(|b| *b == b'\n').count());
        }
    }
}
