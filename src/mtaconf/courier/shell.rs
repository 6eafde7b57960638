//! Courier's files of shell assignments: esmtpd, esmtpd-msa, esmtpd-ssl, courierd.
//!
//! In: a text. Out: assignments with their lines. Quotes are taken off and `+=` adds; variables are not
//! expanded, for what matters here holds none.
//!
//! Limits: [`MOST`] assignments, of which a value is cut at [`LONGEST`] bytes.
//!
//! References: courier(8), the comments of the shipped files.

use crate::mtaconf::source::{Reader, Text};

/// The most assignments of a file.
const MOST: usize = 5000;

/// The longest value.
const LONGEST: usize = 1 << 16;

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The variable.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
    /// The first physical line.
    pub(super) line: u32,
}

/// Reads the assignments of a file.
pub(super) fn read(reader: &Reader<'_>, text: &Text) -> Vec<Assignment> {
    let mut assignments: Vec<Assignment> = Vec::new();
    let mut open: Option<(Assignment, char, bool)> = None;
    for (number, line) in text.lines() {
        if assignments.len() >= MOST {
            let why = format!("more than {MOST} assignments");
            reader.miss(&text.name, &why);
            break;
        }
        let (mut assignment, quote, adds, rest) = match open.take() {
            Some((mut assignment, quote, adds)) => {
                push(&mut assignment.value, "\n");
                (assignment, Some(quote), adds, line)
            }
            None => {
                let bare = line.trim_start();
                let bare = bare.strip_prefix("export ").unwrap_or(bare).trim_start();
                let Some((name, rest)) = bare.split_once('=') else {
                    continue;
                };
                let adds = name.ends_with('+');
                let name = name.trim_end_matches('+');
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if name.is_empty() || !name.chars().all(is_name) {
                    continue;
                }
                let assignment = Assignment {
                    name: name.to_owned(),
                    value: String::new(),
                    line: number,
                };
                (assignment, None, adds, rest)
            }
        };
        match take(rest, quote, &mut assignment.value) {
            Some(quote) => open = Some((assignment, quote, adds)),
            None => put(&mut assignments, assignment, adds),
        }
    }
    // Quotes that nobody closes: the shell fails; what was said until then counts here.
    if let Some((assignment, _, adds)) = open {
        put(&mut assignments, assignment, adds);
    }
    assignments
}

/// Takes the rest of a line into a value; gives the quote that is still open.
fn take(rest: &str, mut quote: Option<char>, value: &mut String) -> Option<char> {
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => match chars.next() {
                Some(next) => push(value, next.encode_utf8(&mut [0; 4])),
                None => push(value, " "),
            },
            ('"' | '\'', None) => quote = Some(c),
            (' ' | '\t' | ';', None) => return None,
            (c, _) => push(value, c.encode_utf8(&mut [0; 4])),
        }
    }
    quote
}

fn push(value: &mut String, text: &str) {
    if value.len() + text.len() <= LONGEST {
        value.push_str(text);
    }
}

fn put(assignments: &mut Vec<Assignment>, mut assignment: Assignment, adds: bool) {
    if adds {
        let before = assignments.iter().rev().find(|a| a.name == assignment.name);
        if let Some(before) = before {
            let mut whole = before.value.clone();
            push(&mut whole, &assignment.value);
            assignment.value = whole;
        }
    }
    assignments.push(assignment);
}

/// Gives the assignment that counts: the last.
pub(super) fn last<'a>(assignments: &'a [Assignment], name: &str) -> Option<&'a Assignment> {
    assignments.iter().rev().find(|a| a.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        let store = Memory::new([("x", "")]);
        let files = Files::new(&store, "", None).expect("files");
        read(&Reader::new(&files), &Text::new("esmtpd", text.into()))
            .iter()
            .map(|a| format!("{}={} @{}", a.name, a.value, a.line))
            .collect()
    }

    #[test]
    fn reads_assignments() {
        for (text, expected) in [
            ("PORT=smtp\n", &["PORT=smtp @1"][..]),
            ("#PORT=25\nPORT=\"25\" # x\n", &["PORT=25 @2"]),
            ("A='x y'\n", &["A=x y @1"]),
            ("A=\"x\ny\"\nB=1\n", &["A=x\ny @1", "B=1 @3"]),
            ("export A=1\n", &["A=1 @1"]),
            ("A=1\nA+=\" 2\"\n", &["A=1 @1", "A=1 2 @2"]),
            ("if test x = y; then\n", &[]),
            ("A=\"x\\\"y\"\n", &["A=x\"y @1"]),
            ("A=\"open\n", &["A=open @1"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "([A-C=+\"'\\\\ \n\r#;é]{0,60})") {
            let _ = shown(&text);
        }
    }
}
