//! Reports as input: files, and standard input as `-`.

use super::error::CliError;
use crate::report::compare::{Old, Seen};
use crate::report::read::{self, Head};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Opens a report; gives its name for messages beside it.
pub(super) fn open(path: &Path) -> Result<(String, Box<dyn BufRead>), CliError> {
    if path == Path::new("-") {
        return Ok((
            "standard input".to_owned(),
            Box::new(BufReader::new(io::stdin())),
        ));
    }
    let trouble = |source| CliError::Input {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(trouble)?;
    if file.metadata().map_err(trouble)?.is_dir() {
        return Err(trouble(io::ErrorKind::IsADirectory.into()));
    }
    Ok((path.display().to_string(), Box::new(BufReader::new(file))))
}

/// Reads what a comparison needs of a report and says what a person has to know about it.
pub(super) fn results(
    path: &Path,
    each: &mut dyn FnMut(Seen),
    complain: &mut dyn FnMut(String),
) -> Result<Head, CliError> {
    let (name, mut input) = open(path)?;
    let mut each = |text: &str| Seen::read(text).map(&mut *each);
    let head = read::read(&mut *input, &mut each).map_err(|source| CliError::Report {
        name: name.clone(),
        source,
    })?;
    if head.torn {
        complain(format!("{name}: the last line is cut off and was left out"));
    }
    if head.run.as_ref().is_some_and(|run| !run.complete) {
        complain(format!("{name}: its scan did not go through everything"));
    }
    if head.other_findings > 0 {
        complain(format!(
            "{name}: findings that belong to no result are not compared"
        ));
    }
    Ok(head)
}

/// Reads an older report to compare with.
pub(super) fn older(
    path: &Path,
    complain: &mut dyn FnMut(String),
) -> Result<(Old, Head), CliError> {
    let mut old = Old::default();
    let head = results(path, &mut |seen| old.add(seen), complain)?;
    Ok((old, head))
}
