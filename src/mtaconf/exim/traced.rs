//! Text that knows where each stretch of it was written.
//!
//! In: lines of files. Out: the same text after continuation lines were joined, macros replaced and quotes
//! taken off, with the place of every stretch: the line to change may be the definition of a macro in
//! another file.
//!
//! A place has the first physical line of the logical line that a stretch belongs to, for that is the line a
//! reader looks for; [`Traced::exact`] has the very line.

use crate::model::Place;
use crate::mtaconf::source::Text;
use std::ops::Range;
use std::sync::Arc;

/// Where a stretch was written; it goes on until the next one begins.
#[derive(Debug, Clone)]
struct Span {
    /// Where it begins in the traced text.
    at: usize,
    file: Arc<Text>,
    /// Where it begins in the file.
    offset: usize,
    /// The first physical line of its logical line; 0 where nobody wrote it.
    line: u32,
    /// The macro whose text it is.
    via: Option<Arc<str>>,
}

/// Text with the places it comes from. Has at least one span.
#[derive(Debug, Clone)]
pub(super) struct Traced {
    text: String,
    spans: Vec<Span>,
}

impl Traced {
    /// Takes a stretch of a file, given by its byte offsets.
    #[cfg(test)]
    pub(super) fn of_file(file: &Arc<Text>, range: Range<usize>, line: u32) -> Self {
        let offset = range.start;
        let text = file.as_str().get(range).unwrap_or("").to_owned();
        Self::of(text, file, offset, line)
    }

    /// Takes a whole physical line of a file.
    pub(super) fn of_line(file: &Arc<Text>, number: u32) -> Self {
        let line = file.line(number);
        // A line of a text is a part of it.
        let offset = (line.as_ptr() as usize).saturating_sub(file.as_str().as_ptr() as usize);
        let offset = match line.is_empty() {
            true => 0,
            false => offset,
        };
        Self::of(line.to_owned(), file, offset, number)
    }

    /// Takes text that is a stretch of a file in other letters.
    pub(super) fn of(text: String, file: &Arc<Text>, offset: usize, line: u32) -> Self {
        let span = Span {
            at: 0,
            file: Arc::clone(file),
            offset,
            line,
            via: None,
        };
        Self {
            text,
            spans: vec![span],
        }
    }

    /// Makes text that nobody wrote; its place is the file as a whole.
    pub(super) fn made(text: &str, file: &Arc<Text>) -> Self {
        Self::of(text.to_owned(), file, 0, 0)
    }

    /// Gives the text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Counts the bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    fn span_at(&self, at: usize) -> usize {
        let index = self.spans.partition_point(|span| span.at <= at);
        index.saturating_sub(1)
    }

    /// Cuts a part out; an empty part still knows its place.
    pub(super) fn slice(&self, range: Range<usize>) -> Self {
        let end = range.end.min(self.text.len());
        let start = range.start.min(end);
        let text = self.text.get(start..end).unwrap_or("").to_owned();
        let first = self.span_at(start);
        let last = self.span_at(end.saturating_sub(1)).max(first);
        let spans = self.spans[first..=last].iter().map(|span| Span {
            at: span.at.saturating_sub(start),
            offset: span.offset + start.saturating_sub(span.at),
            ..span.clone()
        });
        Self {
            text,
            spans: spans.collect(),
        }
    }

    /// Takes white space off both ends.
    pub(super) fn trim(&self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        self.slice(start..self.text.trim_end().len().max(start))
    }

    /// Adds text at the end. It counts as written in the logical line of what is there already, unless it is
    /// that of a macro.
    pub(super) fn append(&mut self, more: &Self, line: Option<u32>) {
        let length = self.text.len();
        if length == 0 && line.is_none() {
            *self = more.clone();
            return;
        }
        self.text.push_str(&more.text);
        self.spans.extend(more.spans.iter().map(|span| Span {
            at: span.at + length,
            line: line.filter(|_| span.via.is_none()).unwrap_or(span.line),
            ..span.clone()
        }));
    }

    /// Puts the text of a macro in the place of every occurrence of its name from an offset on; nothing where
    /// there is none.
    pub(super) fn replace(&self, from: usize, name: &Arc<str>, with: &Self) -> Option<Self> {
        let rest = self.text.get(from..)?;
        let mut found = rest.match_indices(&**name).map(|(at, _)| at + from);
        let mut at = found.next()?;
        let mut with = with.clone();
        for span in &mut with.spans {
            span.via.get_or_insert_with(|| Arc::clone(name));
        }
        let mut made = self.slice(0..at);
        loop {
            made.append_any(&with);
            let next = found.next();
            made.append_any(&self.slice(at + name.len()..next.unwrap_or(self.text.len())));
            match next {
                Some(next) => at = next,
                None => return Some(made),
            }
        }
    }

    fn append_any(&mut self, more: &Self) {
        if more.text.is_empty() && !self.text.is_empty() {
            return;
        }
        if self.text.is_empty() {
            *self = more.clone();
            return;
        }
        self.append(more, None);
    }

    /// Gives the line the text begins in, and where in it if it begins in the first physical line.
    pub(super) fn place(&self) -> Place {
        let span = &self.spans[0];
        let exact = self.exact();
        match exact.line == span.line {
            true => exact,
            false => span.file.at_line(span.line),
        }
    }

    /// Gives the very line and column the text begins at.
    pub(super) fn exact(&self) -> Place {
        let span = &self.spans[0];
        if span.line == 0 {
            return span.file.whole();
        }
        let until = self.spans.get(1).map_or(self.text.len(), |next| next.at);
        span.file.at(span.offset, span.offset + until)
    }

    /// Gives other text the place of this.
    pub(super) fn with_text(&self, text: String) -> Self {
        Self {
            text,
            spans: vec![self.spans[0].clone()],
        }
    }

    /// Changes letters into others of the same length.
    pub(super) fn mapped(&self, change: impl Fn(char) -> char) -> Self {
        Self {
            text: self.text.chars().map(change).collect(),
            spans: self.spans.clone(),
        }
    }

    /// Forgets the lines of what comes from a file that nobody wrote.
    pub(super) fn unplace(&mut self, file: &Arc<Text>) {
        for span in &mut self.spans {
            if Arc::ptr_eq(&span.file, file) {
                span.line = 0;
            }
        }
    }

    /// Names the macro the text begins in.
    pub(super) fn via(&self) -> Option<&str> {
        self.spans[0].via.as_deref()
    }

    /// Takes the quotes off a quoted string and its escapes out, as the options of Exim have them.
    pub(super) fn unquoted(&self) -> Self {
        let whole = self.trim();
        let Some(inner) = whole.text.strip_prefix('"') else {
            return whole;
        };
        let mut made: Option<Self> = None;
        let mut add = |part: Self| match &mut made {
            Some(made) => made.append_any(&part),
            None => made = Some(part),
        };
        let mut start = 1;
        let mut letters = inner.char_indices().map(|(at, c)| (at + 1, c));
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    add(whole.slice(start..at));
                    return made.unwrap_or_else(|| whole.slice(0..0));
                }
                '\\' => {
                    add(whole.slice(start..at));
                    let Some((next, escaped)) = letters.next() else {
                        return made.unwrap_or(whole);
                    };
                    start = next + escaped.len_utf8();
                    let mut one = whole.slice(next..start);
                    match escaped {
                        'n' => one.text = "\n".to_owned(),
                        't' => one.text = "\t".to_owned(),
                        _ => {}
                    }
                    add(one);
                }
                _ => {}
            }
        }
        // The quote is never closed: Exim takes what is there.
        add(whole.slice(start..whole.len()));
        made.unwrap_or(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Arc<Text> {
        Arc::new(Text::new("exim.conf", text.into()))
    }

    #[test]
    fn knows_where_macros_were_written() {
        let text = file("NETS = 192.0.2.0/24 : *\nhosts = NETS : x\n");
        let value = Traced::of_file(&text, 7..23, 1);
        let line = Traced::of_line(&text, 2);
        let line = line.replace(0, &"NETS".into(), &value).expect("is there");
        assert_eq!(line.as_str(), "hosts = 192.0.2.0/24 : * : x");
        let star = line.slice(23..24);
        assert_eq!(star.as_str(), "*");
        let place = star.place();
        assert_eq!((place.line, place.column, place.width), (1, 23, 1));
        assert_eq!(star.via(), Some("NETS"));
        let last = line.slice(27..28).place();
        assert_eq!((last.line, last.column, last.width), (2, 16, 1));
    }

    #[test]
    fn a_continuation_counts_as_its_first_line() {
        let text = file("a = b : \\\n  *\n");
        let mut line = Traced::of_file(&text, 0..8, 1);
        line.append(&Traced::of_file(&text, 12..13, 2), Some(1));
        let star = line.slice(8..9);
        assert_eq!(star.as_str(), "*");
        assert_eq!((star.place().line, star.place().column), (1, 0));
        assert_eq!((star.exact().line, star.exact().column), (2, 3));
    }

    #[test]
    fn quotes_come_off() {
        for (written, expected) in [
            ("plain", "plain"),
            (" \"a : b\" ", "a : b"),
            ("\"a \\\"b\\\" \\\\d\"", "a \"b\" \\d"),
            ("\"never closed", "never closed"),
            ("\"", ""),
            ("\"\\", ""),
            ("", ""),
        ] {
            let text = file(written);
            let traced = Traced::of_file(&text, 0..written.len(), 1);
            assert_eq!(traced.unquoted().as_str(), expected, "{written}");
        }
    }
}
