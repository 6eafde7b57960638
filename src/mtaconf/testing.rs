//! What the tests of several dialects need.

use super::Root;
use super::source::{Files, Memory};

/// Looks for configurations as a dialect does; gives the directory and the file of each.
pub(super) fn found(
    find: fn(&Files<'_>, bool) -> Vec<Root>,
    files: &[(&str, &str)],
    named: bool,
) -> Vec<(String, String)> {
    let store = Memory::new(files.iter().map(|(name, text)| (*name, *text)));
    let files = Files::new(&store, "", None).expect("files");
    let roots = find(&files, named);
    roots
        .into_iter()
        .map(|root| (root.directory, root.file))
        .collect()
}

/// Makes what is found where there is one.
pub(super) fn one(directory: &str, file: &str) -> Vec<(String, String)> {
    vec![(directory.to_owned(), file.to_owned())]
}
