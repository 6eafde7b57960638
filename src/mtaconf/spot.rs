//! Stretches of a file, kept by their bytes and turned into places only where one is shown.
//!
//! In: a [`Text`] and byte offsets. Out: [`Place`]s. Counting columns costs the length of the line; a reader
//! that keeps spots instead of places stays linear on a file of one line.

use super::source::Text;
use crate::model::Place;
use std::sync::Arc;

/// A stretch of a file.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    text: Arc<Text>,
    start: usize,
    end: usize,
}

impl Spot {
    /// Takes a stretch by its byte offsets.
    pub(super) fn new(text: &Arc<Text>, start: usize, end: usize) -> Self {
        Self {
            text: Arc::clone(text),
            start,
            end,
        }
    }

    /// Takes a file as a whole.
    pub(super) fn file(text: &Arc<Text>) -> Self {
        Self::new(text, usize::MAX, usize::MAX)
    }

    /// Takes the stretch from the beginning of this one to the end of another; this one alone where the other
    /// stands in another file or before it.
    pub(super) fn to(&self, other: &Self) -> Self {
        let same = self.text.name == other.text.name;
        let end = match same {
            true => self.end.max(other.end),
            false => self.end,
        };
        Self::new(&self.text, self.start, end)
    }

    /// Finds words inside the stretch, one behind the other; the whole stretch for those behind one that is not
    /// in it.
    pub(super) fn words<'w>(&self, words: impl Iterator<Item = &'w str>) -> Vec<(&'w str, Self)> {
        let inside = self.text.as_str().get(self.start..self.end).unwrap_or("");
        let mut from = 0;
        let found = words.map(|word| {
            let at = inside.get(from..).and_then(|left| left.find(word));
            let spot = match at.map(|at| from + at) {
                Some(at) => {
                    from = at + word.len();
                    Self::new(&self.text, self.start + at, self.start + from)
                }
                None => {
                    from = usize::MAX;
                    self.clone()
                }
            };
            (word, spot)
        });
        found.collect()
    }

    /// Gives the file.
    pub(super) fn text(&self) -> &Arc<Text> {
        &self.text
    }

    /// Gives the line, counted from one.
    pub(super) fn line(&self) -> u32 {
        self.text.position(self.start).0
    }

    /// Names the place.
    pub(super) fn place(&self) -> Place {
        match self.start < self.end {
            true => self.text.at(self.start, self.end),
            false if self.start == usize::MAX => self.text.whole(),
            false => self.text.at_line(self.line()),
        }
    }

    /// Names it for a chain of evidence, as `file:line`.
    pub(super) fn shown(&self) -> String {
        format!("{}:{}", self.text.name, self.line())
    }
}

/// Gives the lines of a text with the byte offset at which each begins, without line ends.
pub(super) fn lines(text: &Text) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.as_str().split('\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        (start, line.strip_suffix('\r').unwrap_or(line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_names_its_place_when_asked() {
        let text = Arc::new(Text::new("f", "ab cd\nef gh\n".into()));
        let spot = Spot::new(&text, 9, 11);
        let place = spot.place();
        assert_eq!((place.line, place.column, place.width), (2, 4, 2));
        assert_eq!(spot.shown(), "f:2");
        let whole = Spot::new(&text, 6, 8).to(&spot).place();
        assert_eq!((whole.line, whole.column, whole.width), (2, 1, 5));
        let words = Spot::new(&text, 0, 11).words(["b", "ef", "absent", "gh"].into_iter());
        let shown: Vec<_> = words
            .iter()
            .map(|(_, s)| (s.place().line, s.place().column))
            .collect();
        assert_eq!(shown, [(1, 2), (2, 1), (1, 1), (1, 1)]);
        assert_eq!(Spot::file(&text).place().line, 0);
        assert_eq!(Spot::new(&text, 6, 6).place().column, 0);
        let starts: Vec<_> = lines(&text).collect();
        assert_eq!(starts, [(0, "ab cd"), (6, "ef gh"), (12, "")]);
    }
}
