//! What an older report says besides results: a whole document, or line by line.
//!
//! In: a report in json or jsonl. Out: the document, or each line. Half a line at the end, such as a run leaves that was
//! killed, is left out.
//!
//! Limits: a line of jsonl of [`MOST_LINE`] bytes; a document is read whole.

use super::super::read::{MOST_LINE, SCHEMA, Unreadable, begins_document, trouble};
use serde::de::DeserializeOwned;
use std::io::{BufRead, Cursor, Read};

/// A piece of a report.
pub(super) enum Part<D, L> {
    /// All of it, in json.
    Document(D),
    /// A line of it, in jsonl.
    Line(L),
}

/// A whole report.
pub(super) trait Document: DeserializeOwned {
    /// Gives name and version of its format.
    fn schema(&self) -> &str;
}

/// Reads a report.
pub(super) fn each<D: Document, L: DeserializeOwned>(
    input: &mut dyn BufRead,
    mut take: impl FnMut(Part<D, L>),
) -> Result<(), Unreadable> {
    let mut number = 0_u64;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = Read::take(&mut *input, MOST_LINE + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        let wrong = |why: String| Unreadable::Wrong {
            place: format!("line {number}"),
            why,
        };
        if line.len() as u64 > MOST_LINE {
            return Err(wrong(format!("longer than {MOST_LINE} bytes")));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if number == 1 && begins_document(&line) {
            let source = Cursor::new(line).chain(input);
            let document: D = serde_json::from_reader(source).map_err(|e| match e.is_io() {
                true => Unreadable::Io(e.into()),
                false => Unreadable::Wrong {
                    place: format!("line {}", e.line()),
                    why: trouble(&e),
                },
            })?;
            if document.schema() != SCHEMA {
                return Err(wrong("it is another format".to_owned()));
            }
            take(Part::Document(document));
            return Ok(());
        }
        match serde_json::from_slice::<L>(&line) {
            Ok(read) => take(Part::Line(read)),
            // A run that was killed leaves half a line behind.
            Err(e) if e.is_eof() && !line.ends_with(b"\n") => return Ok(()),
            Err(e) => return Err(wrong(trouble(&e))),
        }
    }
}
