//! Logical lines, as main.cf, master.cf and the tables have them, with the place of every byte.
//!
//! In: a file. Out: its logical lines: text, followed by the physical lines that begin with white space; empty
//! lines and comments are skipped and do not end one. There is no backslash and no trailing comment.
//!
//! Places are worked out only where they are asked for: a list of a hundred thousand words names few of them.
//!
//! Limits: [`MOST_BYTES`] of a file; what stands behind is left to the caller to report.
//!
//! References: postconf(5), master(5).

use crate::model::Place;
use crate::mtaconf::source::Text;
use std::sync::Arc;

/// How much of main.cf or master.cf is read. The longest known ones have some hundred thousand bytes.
pub(super) const MOST_BYTES: usize = 4 << 20;

/// In a physical line longer than this no columns are counted.
const LONGEST_LINE: usize = 20_000;

/// A logical line.
#[derive(Debug)]
pub(super) struct Logical {
    /// Its physical lines, one behind the other, without their line ends.
    pub(super) text: String,
    /// Its first physical line, counted from one.
    pub(super) line: u32,
    file: Arc<Text>,
    segments: Vec<Segment>,
}

/// Where a physical line begins.
#[derive(Debug, Clone, Copy)]
struct Segment {
    /// In the text of the logical line.
    at: usize,
    /// In the file, in bytes.
    offset: usize,
    /// Its number.
    line: u32,
}

impl Logical {
    /// Gives the place of a stretch; what runs over to the next physical line is cut off.
    pub(super) fn place(&self, start: usize, end: usize) -> Place {
        let index = self.segments.partition_point(|one| one.at <= start);
        let next = self.segments.get(index);
        let next = next.map_or(self.text.len(), |one| one.at);
        let segment = self.segments[index.saturating_sub(1)];
        // To count the columns of a line of megabytes for each of its words would take for ever.
        if start - segment.at > LONGEST_LINE {
            return self.file.at_line(segment.line);
        }
        let from = segment.offset + (start - segment.at);
        let width = end.min(next).saturating_sub(start).min(LONGEST_LINE);
        self.file.at(from, from + width)
    }

    /// Gives the continuation lines: where each begins in the text, with its physical line's own text.
    pub(super) fn continuations(&self) -> impl Iterator<Item = (usize, &str)> {
        let ends = self.segments.iter().skip(2).map(|one| one.at);
        let ends = ends.chain([self.text.len()]);
        self.segments
            .iter()
            .skip(1)
            .zip(ends)
            .map(|(one, end)| (one.at, &self.text[one.at..end]))
    }
}

/// Text of a logical line that knows where it stands, or text of nobody's.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    line: Option<Arc<Logical>>,
    /// Where it begins and ends in the line.
    start: usize,
    end: usize,
    own: Arc<str>,
}

impl Raw {
    /// Takes a stretch of a logical line.
    pub(super) fn of(line: &Arc<Logical>, start: usize, end: usize) -> Self {
        Self {
            line: Some(Arc::clone(line)),
            start,
            end,
            own: Arc::from(""),
        }
    }

    /// Takes text that stands in no file, such as a default.
    pub(super) fn nowhere(text: &str) -> Self {
        Self {
            line: None,
            start: 0,
            end: text.len(),
            own: text.into(),
        }
    }

    /// Gives the text.
    pub(super) fn text(&self) -> &str {
        let whole = self.line.as_ref().map_or(&*self.own, |line| &line.text);
        whole.get(self.start..self.end).unwrap_or("")
    }

    /// Gives the place of a stretch of it.
    pub(super) fn place(&self, start: usize, end: usize) -> Option<Place> {
        let line = self.line.as_ref()?;
        Some(line.place(self.start + start, self.start + end))
    }
}

/// Takes a file apart into its logical lines. The flag says whether all of it was read.
pub(super) fn read(file: &Arc<Text>) -> (Vec<Arc<Logical>>, bool) {
    let mut lines: Vec<Arc<Logical>> = Vec::new();
    let mut open: Option<Logical> = None;
    let mut offset = 0;
    for (number, physical) in (1..).zip(file.as_str().split_inclusive('\n')) {
        if offset + physical.len() > MOST_BYTES {
            lines.extend(open.map(Arc::new));
            return (lines, false);
        }
        let text = physical.strip_suffix('\n').unwrap_or(physical);
        let here = offset;
        offset += physical.len();
        let first = text.trim_start_matches(is_blank);
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        match &mut open {
            Some(line) if text.starts_with(is_blank) => {
                line.segments.push(Segment {
                    at: line.text.len(),
                    offset: here,
                    line: number,
                });
                line.text.push_str(text);
            }
            // White space ahead of any text begins a line all the same; Postfix warns of it.
            _ => lines.extend(
                open.replace(Logical {
                    text: text.to_owned(),
                    line: number,
                    file: Arc::clone(file),
                    segments: vec![Segment {
                        at: 0,
                        offset: here,
                        line: number,
                    }],
                })
                .map(Arc::new),
            ),
        }
    }
    lines.extend(open.map(Arc::new));
    (lines, true)
}

/// Tells whether a character is white space to Postfix.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\x0b' | '\x0c')
}

/// Splits a list at blanks, and at commas where `commas` says so; text inside balanced braces stays whole. Gives
/// where each word begins and ends.
pub(super) fn words(text: &str, separators: Separators) -> Vec<(usize, usize)> {
    let separates =
        |c: char| is_blank(c) || (c == ',' && separators == Separators::BlanksAndCommas);
    let mut found = Vec::new();
    let mut begin = None;
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match (begin, separates(c)) {
            (None, true) => continue,
            (Some(from), true) if depth == 0 => {
                found.push((from, at));
                begin = None;
                continue;
            }
            (None, false) => {
                begin = Some(at);
                depth = 0;
            }
            (Some(_), _) => {}
        }
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found.extend(begin.map(|from| (from, text.len())));
    found
}

/// What stands between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separators {
    /// White space: the fields of master.cf.
    Blanks,
    /// White space and commas: the lists of main.cf.
    BlanksAndCommas,
}

/// Finds the brace that closes the one a text begins with; gives where it stands.
pub(super) fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u32, String)> {
        let file = Arc::new(Text::new("main.cf", text.into()));
        let (lines, whole) = read(&file);
        assert!(whole);
        lines
            .iter()
            .map(|line| (line.line, line.text.clone()))
            .collect()
    }

    #[test]
    fn comments_and_empty_lines_do_not_end_a_line() {
        let got = lines("# head\n\na = 1,\n  2,\n\n# not the end\n  # nor this\n\t3\r\nb = 4");
        assert_eq!(
            got,
            [(3, "a = 1,  2,\t3\r".to_owned()), (9, "b = 4".to_owned())]
        );
        assert_eq!(lines(" a = 1\n b"), [(1, " a = 1 b".to_owned())]);
        assert_eq!(lines(""), []);
        assert_eq!(lines("#\n \n"), []);
    }

    #[test]
    fn knows_the_place_of_every_word() {
        let file = Arc::new(Text::new("main.cf", "x = y\nä = 1,\n#\n  two\n".into()));
        let (lines, _) = read(&file);
        let at = lines[1].text.find("two").expect("there");
        let place = lines[1].place(at, at + 3);
        assert_eq!((place.line, place.column, place.width), (4, 3, 3));
        let place = lines[1].place(0, lines[1].text.len());
        assert_eq!((place.line, place.column, place.width), (2, 1, 6));
        let raw = Raw::of(&lines[1], at, at + 3);
        assert_eq!(raw.text(), "two");
        assert_eq!(raw.place(1, 2).map(|p| (p.line, p.column)), Some((4, 4)));
        assert!(Raw::nowhere("x").place(0, 1).is_none());
        let rest: Vec<&str> = lines[1].continuations().map(|(_, text)| text).collect();
        assert_eq!(rest, ["  two"]);
    }

    #[test]
    fn braces_keep_a_word_whole() {
        let split = |text| -> Vec<&str> {
            let words = words(text, Separators::BlanksAndCommas);
            words.iter().map(|(a, b)| &text[*a..*b]).collect()
        };
        assert_eq!(split(" a,, b\tc "), ["a", "b", "c"]);
        assert_eq!(
            split("x inline:{ a = b, c = {d e} }, y"),
            ["x", "inline:{ a = b, c = {d e} }", "y"]
        );
        assert_eq!(split("a {b c"), ["a", "{b c"]);
        assert_eq!(split("a} b"), ["a}", "b"]);
        assert_eq!(split(""), Vec::<&str>::new());
        assert_eq!(words("a, b", Separators::Blanks), [(0, 2), (3, 4)]);
        assert_eq!(closing("{a{b}}c", '{', '}'), Some(5));
        assert_eq!(closing("{a", '{', '}'), None);
    }
}
