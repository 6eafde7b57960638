//! Bytes from outside, and the one routine that makes them fit to print.
//!
//! In: whatever a server, a file or a name service said. Out: text without a single character that
//! could move a cursor, change a colour, reorder a line or end it.
//!
//! What is not valid UTF-8 is tried as GB18030 (the common charset of Chinese banners) and, where
//! that does not fit either, shown byte by byte. The raw bytes always stay available.
//!
//! Does not escape for a format: JSON, HTML and CSV have their own rules in their reporters.

use std::borrow::Cow;
use std::fmt;

/// Bytes that somebody else chose. They become text only through [`Untrusted::printable`].
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Untrusted(Vec<u8>);

impl Untrusted {
    /// Wraps bytes as they came.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Gives the bytes as they came, for storage and comparison, never for display.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Tells whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Decodes and escapes the bytes for a person: controls, bidirectional overrides and other
    /// invisible characters come out as `\x1b` or `\u{202e}`, the backslash as it is.
    pub fn printable(&self) -> String {
        self.shown().into_owned()
    }

    /// Does as [`Untrusted::printable`], without a copy of what can be shown as it is.
    pub fn shown(&self) -> Cow<'_, str> {
        shown(&self.0)
    }

    /// Decodes and escapes line by line, for what we joined by line feeds ourselves (the lines of a
    /// reply). A line feed is never a byte of a longer GB18030 character, so no character is cut.
    pub fn printable_lines(&self) -> impl Iterator<Item = String> {
        self.0.split(|byte| *byte == b'\n').map(printable)
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untrusted({:?})", self.printable())
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<&[u8]> for Untrusted {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Untrusted {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// Decodes and escapes bytes for a person; see [`Untrusted::printable`].
pub fn printable(bytes: &[u8]) -> String {
    shown(bytes).into_owned()
}

/// Does as [`printable`], without a copy of what can be shown as it is.
pub fn shown(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return escaped(text);
    }
    if let Some(text) =
        encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return Cow::Owned(escape(&text));
    }
    let mut out = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.utf8_chunks() {
        escape_into(chunk.valid(), &mut out);
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(out)
}

/// Escapes text that may hold characters from outside, as [`Untrusted::printable`] does.
pub fn escape(text: &str) -> String {
    escaped(text).into_owned()
}

/// Does as [`escape`], without a copy of what needs no escaping.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    escape_into(text, &mut out);
    Cow::Owned(out)
}

/// Tells whether text is visible ASCII and blanks, as nearly all that servers say: then there
/// is nothing to escape. Looks at every byte, which is faster than stopping at the first that is not.
fn is_plain(text: &[u8]) -> bool {
    text.iter()
        .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\u{0}'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            _ if hides(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            _ => out.push(c),
        }
    }
}

/// Tells whether a terminal would obey the character or show nothing for it: C1 controls,
/// bidirectional marks, line separators, zero-width and tag characters, variation selectors'
/// plain cousins are left alone.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_a_terminal_would_obey() {
        for (bytes, text) in [
            (&b"plain text"[..], "plain text"),
            (b"\x1b[31mred\x07", "\\x1b[31mred\\x07"),
            ("\u{202e}drow".as_bytes(), "\\u{202e}drow"),
            ("c1 \u{9b}31m".as_bytes(), "c1 \\u{9b}31m"),
            (b"a\r\nb\0", "a\\x0d\\x0ab\\x00"),
            ("caf\u{e9}".as_bytes(), "caf\u{e9}"),
        ] {
            assert_eq!(printable(bytes), text);
        }
    }

    #[test]
    fn what_can_be_shown_is_not_copied() {
        for (text, borrowed) in [
            ("", true),
            (" plain text~", true),
            ("a tab\t", false),
            ("del\u{7f}", false),
            ("caf\u{e9}", false),
        ] {
            assert_eq!(
                matches!(escaped(text), Cow::Borrowed(_)),
                borrowed,
                "{text}"
            );
            assert_eq!(escaped(text), shown(text.as_bytes()));
        }
        for byte in 0..=127u8 {
            let text = char::from(byte).to_string();
            let visible = (0x20..0x7f).contains(&byte);
            assert_eq!(escape(&text) == text, visible, "{byte}");
        }
    }

    #[test]
    fn keeps_the_line_feeds_that_we_put_in() {
        let text = Untrusted::from(&b"one\x1b\n\xc4\xe3\r\n"[..]);
        let lines: Vec<String> = text.printable_lines().collect();
        assert_eq!(lines, ["one\\x1b", "你\\x0d", ""]);
    }

    #[test]
    fn reads_gbk_and_falls_back_to_bytes() {
        // "你好" in GBK
        assert_eq!(printable(&[0xc4, 0xe3, 0xba, 0xc3]), "你好");
        assert_eq!(printable(&[b'a', 0xff, b'b']), "a\\xffb");
    }
}
