//! Reads the lines of a configuration as Exim does before it looks at what they say.
//!
//! In: a file. Out: its logical lines: continuations joined, comments left out, macros replaced, branches of
//! `.ifdef` chosen, `.include` followed. What stops Exim from starting is told as a [`Stop`].
//!
//! A macro is replaced wherever its name occurs after its definition, even inside a word; its text was
//! expanded when it was defined, so that nothing is expanded twice.
//!
//! Limits: [`MOST_TEXT`] bytes of lines, [`MOST_MACROS`] macros, [`DEEPEST`] nested includes and conditions;
//! what goes past them is not read and said to be so.
//!
//! References: Exim specification, chapter 6 "The Exim run time configuration file".

use super::traced::Traced;
use crate::mtaconf::source::{Reader, Text};
use std::sync::Arc;

/// Bytes of logical lines; the largest configurations in use have a few hundred thousand.
const MOST_TEXT: usize = 4 << 20;

/// Bytes of one physical line.
const LONGEST: usize = 1 << 18;

/// Macros; a large Debian configuration has about a hundred.
const MOST_MACROS: usize = 1000;

/// Bytes times macros that are searched through.
const MOST_WORK: usize = 1 << 31;

/// Nested includes or conditions.
const DEEPEST: usize = 25;

/// Included files altogether.
const MOST_INCLUDES: usize = 500;

/// A logical line, or a hole where a file is missing.
#[derive(Debug, Clone)]
pub(super) enum Line {
    /// What stands there.
    Text(Traced),
    /// An `.include` that could not be read.
    Hole(Traced),
}

/// Why Exim does not start with these files.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    /// In words.
    pub(super) why: String,
    /// Where.
    pub(super) at: Traced,
}

/// A macro.
#[derive(Debug, Clone)]
struct Macro {
    name: Arc<str>,
    text: Traced,
}

/// What is done with the lines of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Branch {
    Read,
    /// Skipped; a later branch may be read.
    Wait,
    /// Skipped until the end.
    Skip,
}

/// The lines of one configuration.
pub(super) struct Lines<'a> {
    reader: &'a Reader<'a>,
    /// The lines, in order.
    pub(super) lines: Vec<Line>,
    /// What stops Exim, in order.
    pub(super) stops: Vec<Stop>,
    macros: Vec<Macro>,
    text: usize,
    work: usize,
    includes: usize,
    full: bool,
}

impl<'a> Lines<'a> {
    /// Begins with no line and no macro.
    pub(super) fn new(reader: &'a Reader<'a>) -> Self {
        Self {
            reader,
            lines: Vec::new(),
            stops: Vec::new(),
            macros: Vec::new(),
            text: 0,
            work: 0,
            includes: 0,
            full: false,
        }
    }

    /// Defines a macro that comes from elsewhere, unless it is defined.
    pub(super) fn define(&mut self, name: &str, text: Traced) {
        if self.value(name).is_none() && self.macros.len() < MOST_MACROS {
            let name = name.into();
            self.macros.push(Macro { name, text });
        }
    }

    /// Gives the text of a macro.
    pub(super) fn value(&self, name: &str) -> Option<&Traced> {
        let known = self.macros.iter().find(|one| *one.name == *name);
        known.map(|one| &one.text)
    }

    /// Reads a file with all it includes. After the line that begins with `marker`, `insert` is called.
    pub(super) fn read(
        &mut self,
        file: &Arc<Text>,
        marker: &str,
        insert: &mut dyn FnMut(&mut Self),
    ) {
        let mut stack = vec![(Arc::clone(file), 1)];
        let mut branches: Vec<Branch> = Vec::new();
        let mut state = Branch::Read;
        let mut current: Option<(Traced, u32)> = None;
        while let Some((file, number)) = stack.last_mut() {
            if *number > file.count() {
                stack.pop();
                continue;
            }
            let file = Arc::clone(file);
            let here = *number;
            *number += 1;
            let raw = file.line(here);
            if self.full || raw.len() > LONGEST {
                let why = "the line, or the configuration, is longer than is read";
                self.reader
                    .miss(&format!("{} from line {here}", file.name), why);
                if self.full {
                    break;
                }
                continue;
            }
            if raw.trim_start().starts_with('#') {
                continue;
            }
            let (line, found) =
                self.expanded(clean(Traced::of_line(&file, here)), current.is_none());
            let trimmed = line.as_str().trim_start();
            if let Some((word, rest)) = directive(trimmed) {
                let found = found || rest.split_whitespace().any(is_built_in);
                match self.branch(word, found, &mut branches, state) {
                    Some(next) => state = next,
                    None => self.stop(
                        &format!(".{word} without .ifdef, or nested too deep"),
                        &line,
                    ),
                }
                continue;
            }
            if state != Branch::Read {
                continue;
            }
            if let Some((optional, path)) = include(trimmed) {
                if self.includes >= MOST_INCLUDES || stack.len() >= DEEPEST {
                    self.reader
                        .miss(path, "too many included files, or nested too deep");
                    continue;
                }
                self.includes += 1;
                let from = file.name.to_string();
                let included = match optional {
                    true => self.reader.optional(path, &from),
                    false => self.reader.named(path, &from).ok(),
                };
                match included {
                    Some(included) => stack.push((included, 1)),
                    None if optional => {}
                    None => self.lines.push(Line::Hole(line.trim())),
                }
                continue;
            }
            let start = line.len() - trimmed.len();
            let end = line.as_str().trim_end().len().max(start);
            let goes_on = line.as_str()[start..end].ends_with('\\');
            let part = line.slice(start..end - usize::from(goes_on));
            match &mut current {
                Some((text, first)) => text.append(&part, Some(*first)),
                None => current = Some((part, here)),
            }
            if current
                .as_ref()
                .is_some_and(|(text, _)| text.len() > MOST_TEXT)
            {
                self.full = true;
            }
            if !goes_on {
                self.finish(current.take(), marker, insert);
            }
        }
        self.finish(current.take(), marker, insert);
        if !branches.is_empty() {
            self.stop("an .endif is missing", &Traced::made("", file));
        }
    }

    /// Reads lines that nobody wrote; they are placed in a file as a whole.
    pub(super) fn read_made(&mut self, text: &str, name: &str) {
        let before = self.lines.len();
        let file = Arc::new(Text::new(name, text.into()));
        self.read(&file, "", &mut |_| {});
        for line in &mut self.lines[before..] {
            if let Line::Text(line) = line {
                line.unplace(&file);
            }
        }
    }

    /// Takes a finished logical line: a definition, or a line to keep.
    fn finish(
        &mut self,
        line: Option<(Traced, u32)>,
        marker: &str,
        insert: &mut dyn FnMut(&mut Self),
    ) {
        let Some((line, _)) = line.filter(|(line, _)| line.len() > 0) else {
            return;
        };
        self.text += line.len();
        self.full |= self.text > MOST_TEXT;
        match definition(line.as_str()) {
            Some((name, again, at)) => {
                let name: Arc<str> = name.into();
                self.assign(&line, name, again, at);
            }
            None => self.lines.push(Line::Text(line.clone())),
        }
        if !marker.is_empty() && line.as_str().starts_with(marker) {
            insert(self);
        }
    }

    fn assign(&mut self, line: &Traced, name: Arc<str>, again: bool, at: usize) {
        let text = line.slice(at..line.len()).trim();
        let known = self.macros.iter_mut().find(|one| one.name == name);
        match (known, again) {
            (Some(known), true) => known.text = text,
            (Some(_), false) => {
                let why = format!("the macro {name} is defined a second time without ==");
                self.stop(&why, line);
            }
            (None, true) => self.stop(
                &format!("the macro {name} is redefined before it is defined"),
                line,
            ),
            (None, false) => {
                let inside = self.macros.iter().find(|one| name.contains(&*one.name));
                if let Some(inside) = inside {
                    let why = format!(
                        "the macro name {name} contains the earlier name {}",
                        inside.name
                    );
                    self.stop(&why, line);
                } else if self.macros.len() >= MOST_MACROS {
                    self.reader.miss(&name, "too many macros");
                } else {
                    self.macros.push(Macro { name, text });
                }
            }
        }
    }

    fn stop(&mut self, why: &str, at: &Traced) {
        if self.stops.len() < 20 {
            let why = why.to_owned();
            self.stops.push(Stop { why, at: at.trim() });
        }
    }

    /// Replaces the macros in a physical line; tells whether there was any.
    fn expanded(&mut self, line: Traced, first: bool) -> (Traced, bool) {
        let upper = |text: &str| text.bytes().any(|b| b.is_ascii_uppercase());
        let start = line.len() - line.as_str().trim_start().len();
        let from = match definition(&line.as_str()[start..]).filter(|_| first) {
            Some((_, _, at)) => start + at,
            None => 0,
        };
        if !upper(&line.as_str()[from..]) {
            return (line, false);
        }
        let mut line = line;
        let mut found = false;
        for index in 0..self.macros.len() {
            self.work += line.len();
            let one = &self.macros[index];
            if let Some(replaced) = line.replace(from, &one.name, &one.text) {
                found = true;
                line = replaced;
            }
            if line.len() > MOST_TEXT || self.work > MOST_WORK {
                self.full = true;
                break;
            }
        }
        (line, found)
    }

    fn branch(
        &self,
        word: &str,
        found: bool,
        branches: &mut Vec<Branch>,
        state: Branch,
    ) -> Option<Branch> {
        let taken = match word {
            "ifndef" | "elifndef" => !found,
            "else" => true,
            _ => found,
        };
        let next = match taken {
            true => Branch::Read,
            false => Branch::Wait,
        };
        match word {
            "ifdef" | "ifndef" if branches.len() >= DEEPEST => None,
            "ifdef" | "ifndef" => {
                branches.push(state);
                Some(match state {
                    Branch::Read => next,
                    Branch::Wait | Branch::Skip => Branch::Skip,
                })
            }
            "endif" => branches.pop(),
            _ if branches.is_empty() => None,
            _ => Some(match state {
                Branch::Wait => next,
                Branch::Read | Branch::Skip => Branch::Skip,
            }),
        }
    }
}

/// Marks of evaluated text must not come from a file; they are in the private area.
fn clean(line: Traced) -> Traced {
    match line.as_str().contains(super::expand::is_mark) {
        true => line.slice(0..0),
        false => line,
    }
}

/// Tells whether a name is one of the macros that Exim defines for what it was built with. All are taken as
/// there.
fn is_built_in(word: &str) -> bool {
    ["_HAVE_", "_OPT_", "_DRIVER_", "_EXP_"]
        .iter()
        .any(|prefix| word.starts_with(prefix))
}

/// Reads `.ifdef` and its like; gives the word and what follows.
fn directive(line: &str) -> Option<(&'static str, &str)> {
    let rest = line.strip_prefix('.')?;
    let words = ["ifdef", "ifndef", "elifdef", "elifndef", "else", "endif"];
    words.into_iter().find_map(|word| {
        let after = rest.strip_prefix(word)?;
        (after.is_empty() || after.starts_with(char::is_whitespace)).then_some((word, after))
    })
}

/// Reads `.include` and `.include_if_exists`; gives whether the file may be missing, and its path.
fn include(line: &str) -> Option<(bool, &str)> {
    let rest = line.strip_prefix(".include")?;
    let (optional, rest) = match rest.strip_prefix("_if_exists") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let path = rest.strip_prefix(char::is_whitespace)?.trim();
    let bare = path
        .strip_prefix('"')
        .and_then(|path| path.strip_suffix('"'));
    Some((optional, bare.unwrap_or(path)))
}

/// Reads the beginning of a macro definition: its name, whether it redefines, and where its text begins.
fn definition(line: &str) -> Option<(&str, bool, usize)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !line.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let end = line.find(|c| !word(c)).unwrap_or(line.len());
    let rest = line[end..].trim_start();
    let rest = rest.strip_prefix('=')?;
    let (again, rest) = match rest.strip_prefix('=') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    Some((&line[..end], again, line.len() - rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};
    use proptest::prelude::*;

    fn read(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>, usize) {
        let store = Memory::new(files.iter().map(|(name, text)| (*name, *text)));
        let files = Files::new(&store, "", None).expect("a directory");
        let reader = Reader::new(&files);
        let main = reader.own("exim.conf").expect("is there");
        let mut lines = Lines::new(&reader);
        lines.read(&main, "", &mut |_| {});
        let shown = |line: &Line| match line {
            Line::Text(text) => text.as_str().to_owned(),
            Line::Hole(_) => "HOLE".to_owned(),
        };
        let stops = lines.stops.iter().map(|stop| stop.why.clone()).collect();
        (
            lines.lines.iter().map(shown).collect(),
            stops,
            reader.missed().len(),
        )
    }

    #[test]
    fn reads_lines_as_exim_does() {
        for (text, expected) in [
            ("a = 1\n# c\n\nb = 2", &["a = 1", "b = 2"][..]),
            ("a = 1 : \\\n  # not here\n\t 2\\\n3\n", &["a = 1 : 23"]),
            ("N = x y\na = N, NN\n", &["a = x y, x yx y"]),
            ("A = 1\nBB = A2\nA == 3\na = A BB", &["a = 3 12"]),
            (".ifdef X\na\n.else\nb\n.endif\n", &["b"]),
            ("X=\n.ifdef Y X\na\n.else\nb\n.endif\n", &["a"]),
            (".ifndef X\na\n.elifdef X\nb\n.else\nc\n.endif", &["a"]),
            (
                "X=1\n.ifndef X\n.ifdef X\na\n.endif\n.else\nc\n.endif",
                &["c"],
            ),
            (".ifdef _HAVE_TLS\ntls\n.endif", &["tls"]),
            (".include /etc/exim/more\nz", &["in 1", "z"]),
            (".include_if_exists /etc/exim/none\nz", &["z"]),
            (".include \"/etc/exim/none\"\nz", &["HOLE", "z"]),
            ("a = \\\n.include /etc/exim/more\n", &["a = in 1"]),
        ] {
            let (lines, stops, _) = read(&[("exim.conf", text), ("more", "in 1\n")]);
            assert_eq!(lines, expected, "{text}");
            assert!(stops.is_empty(), "{text}: {stops:?}");
        }
    }

    #[test]
    fn what_stops_exim_is_told() {
        for text in [
            "A = 1\nA = 2",
            "A == 1",
            "AB = 1\nXABX = 2",
            ".endif",
            ".ifdef X\na",
        ] {
            assert_eq!(read(&[("exim.conf", text)]).1.len(), 1, "{text}");
        }
        assert_eq!(read(&[("exim.conf", "XABX = 1\nAB = 2")]).1.len(), 0);
    }

    #[test]
    fn hostile_files_end() {
        let (_, _, missed) = read(&[("exim.conf", ".include exim.conf\n.include exim.conf\n")]);
        assert!(missed > 0);
        let mut doubling = "A0 = xxxxxxxxxx\n".to_owned();
        for n in 1..60 {
            let before = n - 1;
            doubling += &format!("B{n}Z = A{before}A{before}\nA{n} = B{n}ZB{n}Z\n");
        }
        let (lines, _, missed) = read(&[("exim.conf", &doubling)]);
        assert!(lines.is_empty() && missed > 0);
        let long = format!("a = {}\nb = 1", "x".repeat(LONGEST));
        assert_eq!(read(&[("exim.conf", &long)]).0, ["b = 1"]);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(A|B=|AB==|\\.ifdef |\\.else|\\.endif|\\.include exim.conf|\\\\|\n|#|\"|=|é|[ -~])*") {
            read(&[("exim.conf", &text)]);
        }
    }
}
