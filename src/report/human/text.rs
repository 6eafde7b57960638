//! A page of text: wrapped, aligned, perhaps coloured, and safe to show.
//!
//! In: text from anywhere. Out: lines of at most the given width without a single control character
//! that is not our own: every method escapes what it is given, so nothing gets onto a page any other
//! way. Escaping twice changes nothing.
//!
//! Widths are counted in characters. Wide characters (Chinese banners) take two columns on a
//! terminal, so their lines may run over; what is said stays right.
//!
//! Limits: a line of a dialogue is shown up to [`LONGEST`] characters; what is cut is said.

use super::super::Style;
use super::snippet::Rendered;
use crate::model::bytes::escape;
use crate::model::{Direction, WireLine};
use anstyle::AnsiColor;
pub(in crate::report) use anstyle::Style as Ink;

/// Characters of one line of a dialogue, or of a note, that are shown. RFC 5321 4.5.3.1.5 allows
/// reply lines of 512 bytes, refusals with links reach about 1,000.
pub(in crate::report) const LONGEST: usize = 1024;

/// The narrowest page. Below that, wrapping would leave a word a line.
const NARROWEST: usize = 40;

/// As it comes.
pub(in crate::report) const PLAIN: Ink = Ink::new();
/// Names and headings.
pub(in crate::report) const BOLD: Ink = Ink::new().bold();
/// What can be skipped.
pub(in crate::report) const FAINT: Ink = Ink::new().dimmed();
/// A relay, a grave finding.
pub(in crate::report) const ALARM: Ink = AnsiColor::Red.on_default().bold();
/// As it should be.
pub(in crate::report) const GOOD: Ink = AnsiColor::Green.on_default();
/// Not decided, or weakened.
pub(in crate::report) const DOUBT: Ink = AnsiColor::Yellow.on_default();
/// What we said, and what is there to be copied.
pub(in crate::report) const OURS: Ink = AnsiColor::Cyan.on_default();

/// Text that grows line by line.
#[derive(Debug)]
pub(in crate::report) struct Page {
    style: Style,
    width: usize,
    text: String,
}

impl Page {
    pub(in crate::report) fn new(style: Style, width: usize) -> Self {
        Self {
            style,
            width: width.max(NARROWEST),
            text: String::new(),
        }
    }

    pub(in crate::report) fn into_text(self) -> String {
        self.text
    }

    pub(in crate::report) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Writes a label and words behind it, wrapped. All rows but the first are indented by `hang`
    /// more.
    pub(in crate::report) fn words(
        &mut self,
        indent: usize,
        label: (&str, Ink),
        hang: usize,
        (text, ink): (&str, Ink),
    ) {
        self.paragraphs(indent, label, hang, (&escape(text), ink));
    }

    /// Writes as [`Self::words`] does, but begins a new row at each line feed: for text of our own.
    pub(in crate::report) fn paragraphs(
        &mut self,
        indent: usize,
        (label, label_ink): (&str, Ink),
        hang: usize,
        (text, ink): (&str, Ink),
    ) {
        let label = escape(label);
        let room = |used: usize| self.width.saturating_sub(used).max(1);
        let rest = room(indent + hang);
        let mut first = room(indent + columns(&label));
        let mut lead = format!("{:indent$}{}", "", self.paint(label_ink, &label));
        for piece in text.split('\n') {
            for row in wrap(&escape(piece), first, rest) {
                let row = self.paint(ink, &row);
                self.push_line(&lead, &row);
                lead = " ".repeat(indent + hang);
                first = rest;
            }
        }
    }

    /// Tells whether a row of so many columns fits onto the page.
    pub(in crate::report) fn fits(&self, columns: usize) -> bool {
        columns <= self.width
    }

    /// Writes a line that must not be broken, such as a command to copy.
    pub(in crate::report) fn unbroken(&mut self, indent: usize, text: &str, ink: Ink) {
        let text = self.paint(ink, &escape(text));
        self.push_line(&" ".repeat(indent), &text);
    }

    /// Writes text that is laid out already: what makes it escapes it.
    pub(super) fn rendered(&mut self, text: &Rendered) {
        for line in text.lines() {
            self.push_line("", line.trim_end());
        }
    }

    /// Writes a line of a dialogue behind its mark, to the character: where it is too long for a
    /// line it is broken, not wrapped.
    pub(in crate::report) fn said(&mut self, indent: usize, line: &WireLine) {
        let ink = match line.direction {
            Direction::Sent => OURS,
            Direction::Received => PLAIN,
        };
        let text = cut(&line.bytes.printable(), LONGEST);
        let mark = format!("{} ", line.direction.mark());
        let room = self.width.saturating_sub(indent + 6).max(20);
        let chars: Vec<char> = text.chars().collect();
        let mut lead = format!("{:indent$}{mark}", "");
        // The first row has the four columns more that later rows are indented by.
        let (head, tail) = chars.split_at(chars.len().min(room + 4));
        for row in std::iter::once(head).chain(tail.chunks(room)) {
            let row = self.paint(ink, &row.iter().collect::<String>());
            self.push_line(&lead, &row);
            lead = " ".repeat(indent + 6);
        }
        if line.left_out > 0 {
            let said = format!("[{} bytes left out]", line.left_out);
            self.words(indent, ("", PLAIN), 0, (&said, FAINT));
        }
    }

    /// Gives the most columns of a cell of a table: none may push the others off the page.
    pub(super) fn widest(&self) -> usize {
        (self.width / 3).max(20)
    }

    /// Writes rows in aligned columns, empty ones left out. The last is cut at the edge of the page.
    pub(in crate::report) fn table(&mut self, indent: usize, rows: &[(Ink, Vec<String>)]) {
        let count = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
        let widest = self.widest();
        let mut widths = vec![0; count.saturating_sub(1)];
        let rows: Vec<(Ink, Vec<String>)> = rows
            .iter()
            .map(|(ink, row)| (*ink, row.iter().map(|cell| escape(cell)).collect()))
            .collect();
        for (_, row) in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(columns(cell)).min(widest);
            }
        }
        let gap = |width: usize| if width == 0 { 0 } else { width + 2 };
        let used = indent + widths.iter().map(|width| gap(*width)).sum::<usize>();
        let last = self.width.saturating_sub(used).max(20);
        for (ink, row) in &rows {
            let mut text = String::new();
            for (column, cell) in row.iter().enumerate() {
                match widths.get(column) {
                    Some(0) => {}
                    Some(width) => {
                        let cell = ellipsis(cell, *width);
                        text.push_str(&format!("{cell:width$}  "));
                    }
                    None => text.push_str(&ellipsis(cell, last)),
                }
            }
            let text = self.paint(*ink, text.trim_end());
            self.push_line(&" ".repeat(indent), &text);
        }
    }

    fn push_line(&mut self, lead: &str, text: &str) {
        let lead = if text.is_empty() {
            lead.trim_end()
        } else {
            lead
        };
        self.text.push_str(lead);
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Colours escaped text.
    fn paint(&self, ink: Ink, text: &str) -> String {
        match self.style {
            Style::Coloured if !text.is_empty() && ink != PLAIN => format!("{ink}{text}{ink:#}"),
            _ => text.to_owned(),
        }
    }
}

/// Counts the columns of text on a terminal: one for each character.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Cuts text to a number of characters and says how many are missing.
pub(in crate::report) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => {
            let missing = columns(&text[end..]);
            format!("{} [{missing} more characters]", &text[..end])
        }
    }
}

/// Cuts text to a cell of a table.
fn ellipsis(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(3)).collect();
    format!("{kept}...")
}

/// Breaks a line between words; a word longer than a row is broken inside. What fits is left as it
/// is, spaces included.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    if columns(text) <= first {
        return vec![text.to_owned()];
    }
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let room = if rows.is_empty() { first } else { rest };
        let mut length = columns(word);
        if used > 0 && used + 1 + length <= room {
            row.push(' ');
            used += 1;
        } else if used > 0 {
            rows.push(std::mem::take(&mut row));
            used = 0;
        }
        let mut word: String = word.to_owned();
        loop {
            let room = if rows.is_empty() { first } else { rest };
            let Some((end, _)) = word.char_indices().nth(room) else {
                break;
            };
            let behind = word.split_off(end);
            rows.push(std::mem::replace(&mut word, behind));
            length = columns(&word);
        }
        row.push_str(&word);
        used += length;
    }
    if used > 0 || rows.is_empty() {
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wraps_between_words_and_breaks_only_what_is_too_long() {
        for (text, first, rest, rows) in [
            ("", 10, 10, &[""][..]),
            ("a  b", 10, 10, &["a  b"]),
            ("one two three", 7, 7, &["one two", "three"]),
            ("one two three", 4, 9, &["one", "two three"]),
            ("abcdefgh ij", 3, 4, &["abc", "defg", "h ij"]),
            ("ab cdefgh", 4, 4, &["ab", "cdef", "gh"]),
            ("     ", 3, 3, &[""]),
            ("你好你好你", 4, 4, &["你好你好", "你"]),
        ] {
            assert_eq!(wrap(text, first, rest), rows, "{text:?}");
        }
    }

    #[test]
    fn says_how_much_was_cut() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcdé", 3), "abc [2 more characters]");
    }

    #[test]
    fn breaks_dialogue_lines_without_losing_a_character() {
        let mut page = Page::new(Style::Plain, 40);
        let long = "250 ".to_owned() + &"abcdefghi ".repeat(8);
        page.said(
            4,
            &WireLine {
                session: 1,
                direction: Direction::Received,
                at: std::time::Duration::ZERO,
                encrypted: false,
                bytes: long.as_str().into(),
                left_out: 0,
            },
        );
        let text = page.into_text();
        let mut joined = String::new();
        for (number, row) in text.lines().enumerate() {
            assert!(row.chars().count() <= 40, "{row}");
            let lead = if number == 0 { "    < " } else { "          " };
            joined.push_str(row.strip_prefix(lead).expect("its indent"));
        }
        assert_eq!(joined, long);
    }

    #[test]
    fn aligns_tables_and_cuts_the_last_column() {
        let mut page = Page::new(Style::Plain, 40);
        let row = |cells: &[&str]| (PLAIN, cells.iter().map(|c| (*c).to_owned()).collect());
        page.table(
            2,
            &[
                row(&["a", "bb", "", "c"]),
                row(&["aaa", "", "", &"x".repeat(60)]),
            ],
        );
        assert_eq!(
            page.into_text(),
            format!("  a    bb  c\n  aaa      {}...\n", "x".repeat(26))
        );
    }

    proptest! {
        #[test]
        fn wrapping_keeps_the_words_and_the_width(
            text in "[a-c ]{0,60}", first in 1usize..20, rest in 1usize..20,
        ) {
            let rows = wrap(&text, first, rest);
            for (number, row) in rows.iter().enumerate() {
                let room = if number == 0 { first } else { rest };
                prop_assert!(row.chars().count() <= room);
            }
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&rows.concat()), letters(&text));
        }

        #[test]
        fn nothing_gets_onto_a_page_unescaped(text in any::<String>(), width in 0usize..200) {
            let mut page = Page::new(Style::Plain, width);
            page.words(2, (&text, BOLD), 4, (&text, ALARM));
            page.unbroken(2, &text, PLAIN);
            page.table(2, &[(GOOD, vec![text.clone(), text.clone(), text])]);
            let shown = page.into_text();
            prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert_eq!(shown.split('\n').map(escape).collect::<Vec<_>>().join("\n"), shown);
        }
    }
}
