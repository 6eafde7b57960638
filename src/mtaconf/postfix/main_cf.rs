//! main.cf: assignments, the last of a name wins.
//!
//! In: the file. Out: definitions with their places, and what is wrong with its lines: a parameter defined twice
//! with different values, a parameter that a leading blank made part of the one before, a line that is no
//! assignment (Postfix does not start then).
//!
//! Deliberately does not expand values; `expand` does, at the time of use.
//!
//! References: postconf(5); split_nameval(3) of the Postfix source for what an assignment is.

use super::lines::{self, Logical, Raw, is_blank};
use super::names;
use crate::model::Place;
use crate::mtaconf::source::Text;
use std::collections::HashMap;
use std::sync::Arc;

/// Oddities kept of each kind; a file with more of them is hostile.
const MOST_ODDITIES: usize = 100;

/// A definition of a parameter.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// Its name.
    pub(super) name: String,
    /// What stands behind the `=`, white space at its ends cut off.
    pub(super) value: Raw,
    /// Where the name stands.
    pub(super) place: Place,
}

/// A line that is no assignment.
#[derive(Debug, Clone)]
pub(super) struct Malformed {
    /// Where it stands.
    pub(super) place: Place,
    /// How Postfix puts it.
    pub(super) why: &'static str,
}

/// A parameter that a leading blank made part of the value of another.
#[derive(Debug, Clone)]
pub(super) struct Swallowed {
    /// Its name.
    pub(super) name: String,
    /// The parameter that swallowed it.
    pub(super) by: String,
    /// Where its name stands.
    pub(super) place: Place,
}

/// What main.cf says.
#[derive(Debug, Default)]
pub(super) struct MainCf {
    last: HashMap<String, Definition>,
    /// Definitions that a later one with another value undoes, with that later one's place.
    pub(super) undone: Vec<(Definition, Place)>,
    /// Lines that are no assignments.
    pub(super) malformed: Vec<Malformed>,
    /// Parameters swallowed by a continuation line.
    pub(super) swallowed: Vec<Swallowed>,
    /// Whether the whole file was read.
    pub(super) whole: bool,
}

impl MainCf {
    /// Reads the file.
    pub(super) fn read(file: &Arc<Text>) -> Self {
        let (lines, whole) = lines::read(file);
        let mut main = Self {
            whole,
            ..Self::default()
        };
        for line in &lines {
            main.take(line);
        }
        main
    }

    fn take(&mut self, line: &Arc<Logical>) {
        let assignment = match assignment(&line.text) {
            Ok(assignment) => assignment,
            Err(why) => {
                if self.malformed.len() < MOST_ODDITIES {
                    let place = line.place(0, line.text.len());
                    self.malformed.push(Malformed { place, why });
                }
                return;
            }
        };
        let (name, value) = (&line.text[assignment.name()], assignment.value());
        for (begin, text) in line.continuations() {
            let Ok(inner) = self::assignment(text) else {
                continue;
            };
            let swallowed = &text[inner.name()];
            if names::is_known(swallowed) && self.swallowed.len() < MOST_ODDITIES {
                let at = begin + inner.name().start;
                self.swallowed.push(Swallowed {
                    name: swallowed.to_owned(),
                    by: name.to_owned(),
                    place: line.place(at, at + swallowed.len()),
                });
            }
        }
        let definition = Definition {
            name: name.to_owned(),
            value: Raw::of(line, value.start, value.end),
            place: line.place(assignment.name().start, assignment.name().end),
        };
        let place = definition.place.clone();
        let before = self.last.insert(name.to_owned(), definition);
        if let Some(before) = before {
            let now = &line.text[value];
            if before.value.text() != now && self.undone.len() < MOST_ODDITIES {
                self.undone.push((before, place));
            }
        }
    }

    /// Gives the definition of a parameter that holds.
    pub(super) fn get(&self, name: &str) -> Option<&Definition> {
        self.last.get(name)
    }

    /// Gives the definitions that hold, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Definition> {
        self.last.values()
    }
}

/// Where name and value of an assignment stand in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    name: (usize, usize),
    value: (usize, usize),
}

impl Assignment {
    /// Gives the stretch of the name.
    pub(super) fn name(self) -> std::ops::Range<usize> {
        self.name.0..self.name.1
    }

    /// Gives the stretch of the value.
    pub(super) fn value(self) -> std::ops::Range<usize> {
        self.value.0..self.value.1
    }
}

/// Takes `name = value` apart; white space at the ends of both is dropped.
pub(super) fn assignment(text: &str) -> Result<Assignment, &'static str> {
    let begin = text.len() - text.trim_start_matches(is_blank).len();
    let rest = &text[begin..];
    let length = rest.find(|c| is_blank(c) || c == '=').unwrap_or(rest.len());
    if length == 0 {
        return Err("missing attribute name");
    }
    let behind = rest[length..].trim_start_matches(is_blank);
    let Some(value) = behind.strip_prefix('=') else {
        return Err("missing '=' after attribute name");
    };
    let value = value.trim_start_matches(is_blank);
    let at = text.len() - value.len();
    let end = at + value.trim_end_matches(is_blank).len();
    Ok(Assignment {
        name: (begin, begin + length),
        value: (at, end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> MainCf {
        MainCf::read(&Arc::new(Text::new("main.cf", text.into())))
    }

    fn value<'m>(main: &'m MainCf, name: &str) -> Option<&'m str> {
        main.get(name).map(|definition| definition.value.text())
    }

    #[test]
    fn the_last_definition_wins() {
        let main = read("a = 1\nb=2 # 3\na =   4,\n  5  \nc =\nc =\n");
        assert_eq!(value(&main, "a"), Some("4,  5"));
        assert_eq!(value(&main, "b"), Some("2 # 3"));
        assert_eq!(value(&main, "c"), Some(""));
        assert_eq!(value(&main, "A"), None);
        let [(before, later)] = &main.undone[..] else {
            panic!("{:?}", main.undone);
        };
        assert_eq!((before.place.line, later.line), (1, 3));
    }

    #[test]
    fn a_line_without_an_equal_sign_is_told() {
        let main = read("a = 1\nfoo bar = 2\n= 3\nlast\n");
        let lines: Vec<(u32, &str)> = main
            .malformed
            .iter()
            .map(|one| (one.place.line, one.why))
            .collect();
        assert_eq!(
            lines,
            [
                (2, "missing '=' after attribute name"),
                (3, "missing attribute name"),
                (4, "missing '=' after attribute name"),
            ]
        );
    }

    #[test]
    fn a_swallowed_parameter_is_known_by_its_name() {
        let main = read(
            "mydestination = a\n mynetworks = 0.0.0.0/0\nx = inline:{\n key = value }\ny = \n  b\n",
        );
        let [swallowed] = &main.swallowed[..] else {
            panic!("{:?}", main.swallowed);
        };
        assert_eq!(
            (swallowed.name.as_str(), swallowed.by.as_str()),
            ("mynetworks", "mydestination")
        );
        assert_eq!((swallowed.place.line, swallowed.place.column), (2, 2));
        assert_eq!(value(&main, "mynetworks"), None);
        assert_eq!(value(&main, "y"), Some("b"));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in "([ \ta-c=#{}\n\r,ä]|mynetworks){0,60}") {
            let main = read(&text);
            for definition in main.all() {
                let _ = definition.value.text();
                let _ = definition.value.place(0, 1);
            }
        }
    }
}
