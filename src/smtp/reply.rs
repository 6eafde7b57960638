//! One SMTP reply, kept as it came: every line with its own code, the oddities noted.
//!
//! A reply is never refused for being odd. What mail software tidies away (bare line feeds, codes
//! that change between lines, a missing text) is evidence here.
//!
//! References: RFC 5321 4.2 (replies), RFC 2034 and RFC 3463 (enhanced status codes).

use std::sync::Arc;

/// An enhanced status code: class, subject, detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnhancedCode {
    /// 2 success, 4 transient, 5 permanent.
    pub class: u8,
    /// What it is about: 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// The detail.
    pub detail: u16,
}

impl EnhancedCode {
    /// Reads a code at the start of a text; gives it with the number of bytes it took, the blank
    /// behind it included. `5.7.1`, `#5.7.1` and `[5.7.1]` are not codes to RFC 2034; only the first
    /// is taken here.
    pub fn read(text: &[u8]) -> Option<(Self, usize)> {
        let end = text
            .iter()
            .position(|b| !b.is_ascii_digit() && *b != b'.')
            .unwrap_or(text.len());
        if !matches!(text.get(end), None | Some(b' ' | b'\t')) {
            return None;
        }
        let mut parts = text[..end].split(|b| *b == b'.');
        let mut number = |most: usize| -> Option<u16> {
            let part = parts.next()?;
            if part.is_empty() || part.len() > most {
                return None;
            }
            Some(
                part.iter()
                    .fold(0, |number, digit| number * 10 + u16::from(digit - b'0')),
            )
        };
        let class = u8::try_from(number(1)?).ok()?;
        let subject = number(3)?;
        let detail = number(3)?;
        if parts.next().is_some() || !matches!(class, 2 | 4 | 5) {
            return None;
        }
        let code = Self {
            class,
            subject,
            detail,
        };
        Some((code, (end + 1).min(text.len())))
    }
}

impl std::fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What was unusual about a reply without making it unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Oddity {
    /// A line ended in LF without CR.
    BareLf,
    /// A line had no text and no blank behind its code.
    MissingText,
    /// Lines of one reply carried different codes.
    CodesDiffer,
    /// A line without a code stood among the others.
    NoCode,
    /// The enhanced code's class is not the reply code's.
    EnhancedDisagrees,
    /// Bytes above 0x7f.
    NotAscii,
    /// A NUL or another control character.
    Control,
    /// A line was longer than is kept.
    Overlong,
}

/// One line of a reply: its bytes, kept once, and where its text begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyLine {
    raw: Box<[u8]>,
    code: u16,
    text_at: u8,
}

impl ReplyLine {
    /// Makes a line of its bytes without their line end; the first `text_at` of them are code and separator.
    pub(super) fn new(raw: Vec<u8>, code: u16, text_at: u8) -> Self {
        Self {
            raw: raw.into_boxed_slice(),
            code,
            text_at,
        }
    }

    /// Gives its code; the code of the line before where it carried none.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// Gives the text behind the separator, at most [`super::limits::MAX_LINE`] bytes.
    pub fn text(&self) -> &[u8] {
        self.raw
            .get(usize::from(self.text_at)..)
            .unwrap_or_default()
    }

    /// Gives the line as it came, cut like the text.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }
}

/// One reply: at least one line. A copy shares the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    lines: Arc<[ReplyLine]>,
    oddities: Vec<Oddity>,
    left_out: usize,
}

impl Reply {
    /// Makes a reply of its lines; `None` if there are none.
    pub fn new(lines: impl Into<Arc<[ReplyLine]>>, mut oddities: Vec<Oddity>) -> Option<Self> {
        let lines = lines.into();
        let first = lines.first()?;
        if lines.iter().any(|line| line.code != first.code) {
            oddities.push(Oddity::CodesDiffer);
        }
        for line in &*lines {
            // One look at all bytes is faster than two that might stop early: nearly all lines are plain.
            let (ascii, control) = line.raw.iter().fold((true, false), |(ascii, control), b| {
                let is_control = b.is_ascii_control() & (*b != b'\t');
                (ascii & b.is_ascii(), control | is_control)
            });
            if !ascii {
                oddities.push(Oddity::NotAscii);
            }
            if control {
                oddities.push(Oddity::Control);
            }
        }
        let mut reply = Self {
            lines,
            oddities,
            left_out: 0,
        };
        if let Some(enhanced) = reply.enhanced()
            && u16::from(enhanced.class) != reply.code() / 100
        {
            reply.oddities.push(Oddity::EnhancedDisagrees);
        }
        reply.oddities.sort_unstable();
        reply.oddities.dedup();
        Some(reply)
    }

    /// Reads a whole reply given as text, lines divided by CRLF or LF, as tools and collections
    /// record them. The end of the text ends the reply, whatever its last separator says; blank lines, which
    /// are lost or won in keeping, are passed over. `None` if no line starts with a code.
    pub fn from_recorded(bytes: &[u8]) -> Option<Self> {
        let mut reader = super::ReplyReader::new();
        let lines = bytes.split_inclusive(|b| *b == b'\n');
        for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
            reader.push(line);
        }
        let mut reply = reader.next_reply();
        if reply.is_none() {
            reply = reader.finish();
        }
        let mut first = reply?.ok()?;
        // A recorded reply may hold lines behind one that looks final; they are part of it.
        let mut lines = first.lines.to_vec();
        while let Some(Ok(more)) = reader.next_reply().or_else(|| reader.finish()) {
            first.oddities.extend(more.oddities);
            lines.extend_from_slice(&more.lines);
        }
        Self::new(lines, first.oddities)
    }

    /// Gives the code of the last line: RFC 5321 says they are equal, and where they are not,
    /// the last is what mail software acts on.
    pub fn code(&self) -> u16 {
        self.lines.last().map_or(0, |line| line.code)
    }

    /// Gives the first digit of the code: 2 done, 3 go on, 4 later, 5 no.
    pub fn class(&self) -> u8 {
        u8::try_from(self.code() / 100).unwrap_or(0)
    }

    /// Tells whether the reply is a 2xx.
    pub fn positive(&self) -> bool {
        self.class() == 2
    }

    /// Gives the lines.
    pub fn lines(&self) -> &[ReplyLine] {
        &self.lines
    }

    /// Gives what was unusual, sorted.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// Counts the bytes of all lines.
    pub fn size(&self) -> usize {
        self.lines.iter().map(|line| line.raw.len()).sum()
    }

    /// Gives the reply in short: of its first and its last line, whose codes count, at most so many bytes
    /// each. What is left out is counted.
    #[must_use]
    pub fn abridged(&self, most: usize) -> Self {
        let cut = |line: &ReplyLine| {
            let raw = line.raw[..line.raw.len().min(most)].to_vec();
            ReplyLine::new(raw, line.code, line.text_at)
        };
        let lines: Arc<[ReplyLine]> = match &self.lines[..] {
            [] => Arc::default(),
            [only] => [cut(only)].into(),
            [first, .., last] => [cut(first), cut(last)].into(),
        };
        let kept: usize = lines.iter().map(|line| line.raw.len()).sum();
        Self {
            lines,
            oddities: self.oddities.clone(),
            left_out: self.left_out + self.size() - kept,
        }
    }

    /// Counts the bytes that [`Reply::abridged`] has left out behind the beginning of the first line.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Gives the enhanced status code of the first line that has one.
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.lines
            .iter()
            .find_map(|line| EnhancedCode::read(line.text()).map(|(code, _)| code))
    }

    /// Gives the texts of all lines joined by `\n`, each without its enhanced code.
    pub fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                out.push(b'\n');
            }
            let skip = EnhancedCode::read(line.text()).map_or(0, |(_, taken)| taken);
            out.extend_from_slice(&line.text()[skip..]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_enhanced_codes_and_nothing_like_them() {
        let read =
            |text: &str| EnhancedCode::read(text.as_bytes()).map(|(c, n)| (c.to_string(), n));
        assert_eq!(read("5.7.1 no"), Some(("5.7.1".into(), 6)));
        assert_eq!(read("5.7.1"), Some(("5.7.1".into(), 5)));
        assert_eq!(read("5.7.606 x"), Some(("5.7.606".into(), 8)));
        for text in [
            "#5.7.1 no",
            "1.7.1 x",
            "5.7 x",
            "5.7.1.1 x",
            "192.0.2.1 x",
            "5.7.1: x",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn in_short_the_codes_stay_and_the_rest_is_counted() {
        let reply = Reply::from_recorded(b"250-one two three\r\n250-x\r\n550 5.7.1 four five six");
        let reply = reply.expect("a reply");
        assert_eq!(reply.size(), 17 + 5 + 23);
        let short = reply.abridged(9);
        let lines: Vec<&[u8]> = short.lines().iter().map(ReplyLine::raw).collect();
        assert_eq!(lines, [&b"250-one t"[..], b"550 5.7.1"]);
        assert_eq!((short.code(), short.left_out()), (550, 8 + 5 + 14));
        assert_eq!(short.oddities(), reply.oddities());
        // Cut again, it counts on.
        let shorter = short.abridged(4);
        assert_eq!(shorter.lines()[1].raw(), b"550 ");
        assert_eq!(shorter.left_out() + shorter.size(), reply.size());
        let whole = reply.abridged(100);
        assert_eq!((whole.lines().len(), whole.left_out()), (2, 5));
        assert_eq!(
            Reply::from_recorded(b"250 ok")
                .expect("a reply")
                .abridged(2)
                .lines()[0]
                .text(),
            b""
        );
    }

    #[test]
    fn reads_recorded_replies() {
        let reply = Reply::from_recorded(b"550-5.7.1 one\r\n550 5.7.1 two").expect("a reply");
        assert_eq!((reply.code(), reply.lines().len()), (550, 2));
        assert_eq!(reply.text(), b"one\ntwo");
        assert!(reply.oddities().is_empty());
        let reply = Reply::from_recorded(b"554-a\n550 4.1.1 b").expect("a reply");
        assert_eq!(reply.code(), 550);
        assert_eq!(
            reply.oddities(),
            [
                Oddity::BareLf,
                Oddity::CodesDiffer,
                Oddity::EnhancedDisagrees
            ]
        );
        assert_eq!(Reply::from_recorded(b"HTTP/1.1 400 Bad Request"), None);
        assert_eq!(Reply::from_recorded(b""), None);
        let reply = Reply::from_recorded(b"550 first\r\n550 second").expect("a reply");
        assert_eq!(reply.lines().len(), 2);
    }
}
