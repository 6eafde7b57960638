//! Where m4 reads from: files, and before them what macros stand for.
//!
//! In: texts, each put before the rest. Out: characters, with the place in a file that each comes from; what a
//! macro stands for comes from where the macro was called.
//!
//! Limits: [`MOST_FILES`] files, [`MOST_BYTES`] of them and of expansions.

use super::super::source::Text;
use super::super::spot::Spot;
use std::rc::Rc;
use std::sync::Arc;

/// Bytes of files and expansions. A .mc has some thousand.
pub(super) const MOST_BYTES: usize = 4 << 20;

/// Files that are included.
const MOST_FILES: usize = 100;

/// Something that is read from: a file, or what a macro stands for.
struct Frame {
    text: Rc<str>,
    at: usize,
    /// The file, or where the macro was called.
    origin: Origin,
}

enum Origin {
    File(Arc<Text>),
    Expansion(Spot),
}

/// The input.
#[derive(Default)]
pub(super) struct Input {
    frames: Vec<Frame>,
    bytes: usize,
    files: usize,
}

impl Input {
    /// Puts a file before the rest; false where that is more than is read.
    pub(super) fn push_file(&mut self, text: &Arc<Text>) -> bool {
        self.files += 1;
        self.bytes += text.as_str().len();
        if self.files > MOST_FILES || self.bytes > MOST_BYTES {
            return false;
        }
        self.frames.push(Frame {
            text: text.as_str().into(),
            at: 0,
            origin: Origin::File(Arc::clone(text)),
        });
        true
    }

    /// Puts text before the rest that was called for at a place; false where that is more than is read.
    pub(super) fn push_text(&mut self, text: &str, spot: &Spot) -> bool {
        if text.is_empty() {
            return true;
        }
        self.bytes += text.len();
        if self.bytes > MOST_BYTES {
            return false;
        }
        self.frames.push(Frame {
            text: text.into(),
            at: 0,
            origin: Origin::Expansion(spot.clone()),
        });
        true
    }

    /// Names the place that is read next.
    pub(super) fn here(&self) -> Option<Spot> {
        let frame = self.frames.last()?;
        Some(match &frame.origin {
            Origin::File(text) => Spot::new(text, frame.at, frame.at),
            Origin::Expansion(spot) => spot.clone(),
        })
    }

    /// Gives the name of the file that is being read.
    pub(super) fn file(&self) -> String {
        let frames = self.frames.iter().rev();
        let mut names = frames.filter_map(|frame| match &frame.origin {
            Origin::File(text) => Some(text.name.to_string()),
            Origin::Expansion(_) => None,
        });
        names.next().unwrap_or_default()
    }

    /// Looks at the next character.
    pub(super) fn peek(&mut self) -> Option<char> {
        while let Some(frame) = self.frames.last() {
            if let Some(c) = frame.text[frame.at..].chars().next() {
                return Some(c);
            }
            self.frames.pop();
        }
        None
    }

    /// Takes the next character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        if let Some(frame) = self.frames.last_mut() {
            frame.at += c.len_utf8();
        }
        Some(c)
    }

    /// Takes a word, if it is next. A word never goes on from one text into another.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        if word.is_empty() || self.peek().is_none() {
            return false;
        }
        let Some(frame) = self.frames.last_mut() else {
            return false;
        };
        let is = frame.text[frame.at..].starts_with(word);
        if is {
            frame.at += word.len();
        }
        is
    }

    /// Names the stretch from a place to where is read now.
    pub(super) fn ended(&self, start: &Spot) -> Spot {
        match self.frames.last().map(|frame| (&frame.origin, frame.at)) {
            Some((Origin::File(text), at)) => start.to(&Spot::new(text, at, at)),
            _ => start.clone(),
        }
    }
}
