//! Files that lists name: lines that are items, and keys that are searched.
//!
//! In: files, types of lookups. Out: items, keys, and what a type of lookup does with a key.
//!
//! Limits: [`MOST_LINES`] lines of a file.
//!
//! References: Exim specification, chapters 9.3 "Single-key lookup types" and 10.2 "File names in lists".

use super::list::{Item, Kind};
use super::traced::Traced;
use crate::mtaconf::source::Text;
use std::sync::Arc;

/// Lines of one file that are matched.
pub(super) const MOST_LINES: usize = 200_000;

/// Reads the lines of a file as items of a list.
pub(super) fn lines_of(kind: Kind, file: &Arc<Text>) -> Vec<Item> {
    let address = matches!(kind, Kind::Address | Kind::LocalPart);
    let mut items = Vec::new();
    for (number, line) in file.lines().take(MOST_LINES) {
        let comment = line.char_indices().find(|(at, c)| {
            *c == '#' && (!address || line[..*at].ends_with(char::is_whitespace) || *at == 0)
        });
        let end = comment.map_or(line.len(), |(at, _)| at);
        let text = Traced::of_line(file, number).slice(0..end).trim();
        if text.len() == 0 {
            continue;
        }
        let negated = text.as_str().starts_with('!');
        let text = text.slice(usize::from(negated)..text.len()).trim();
        items.push(Item { negated, text });
    }
    items
}

/// Reads the keys of a file that is searched line by line.
pub(super) fn keys_of(file: &Arc<Text>) -> impl Iterator<Item = Traced> {
    file.lines().take(MOST_LINES).filter_map(|(number, line)| {
        let skip =
            line.is_empty() || line.starts_with('#') || line.starts_with(char::is_whitespace);
        if skip {
            return None;
        }
        let traced = Traced::of_line(file, number);
        if let Some(rest) = line.strip_prefix('"') {
            let end = rest.find('"').unwrap_or(rest.len());
            return Some(traced.slice(1..1 + end));
        }
        let end = line
            .find(|c: char| c == ':' || c.is_whitespace())
            .unwrap_or(line.len());
        Some(traced.slice(0..end))
    })
}

/// What is known of a type of lookup.
pub(super) struct Plan {
    /// The names in a directory.
    pub(super) directory: bool,
    /// A file that is not made of lines.
    pub(super) binary: bool,
    /// Keys are patterns.
    pub(super) patterns: bool,
    /// The key `*` stands for the rest.
    pub(super) default: bool,
}

impl Plan {
    /// Reads a type; nothing where it asks somebody else.
    pub(super) fn of(lookup: &str) -> Option<Self> {
        let name = lookup.split(',').next().unwrap_or(lookup);
        let partial = name.starts_with("partial");
        let name = name.rsplit('-').next().unwrap_or(name);
        let (name, default) = match name.find('*') {
            Some(at) => (&name[..at], true),
            None => (name, false),
        };
        let known = [
            "lsearch",
            "iplsearch",
            "wildlsearch",
            "nwildlsearch",
            "cdb",
            "dbm",
            "dbmnz",
            "dbmjz",
            "dsearch",
        ];
        known.contains(&name).then(|| Self {
            directory: name == "dsearch",
            binary: name.starts_with("dbm") || name == "cdb",
            patterns: name.contains("wild") || partial,
            default,
        })
    }
}
