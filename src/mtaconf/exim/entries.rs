//! The entries of a list with those of the lists, files and tables in it: what the rules about single entries look at.
//!
//! In: the value of a list. Out: its [`Entry`]s, each with the lists it came through.
//!
//! Deliberately does not say which of them match: a sign is that of the entry times those of the lists around it,
//! while Exim looks through each list by itself.
//!
//! Limits: [`MOST`] entries, [`DEEPEST`] lists inside lists.

use super::eval::Judge;
use super::list::{self, Kind};
use super::traced::Traced;

/// Entries of one list that are looked at.
const MOST: usize = 100_000;

/// Lists inside lists.
const DEEPEST: usize = 12;

/// An entry of a list.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Whether it excludes.
    pub(super) negated: bool,
    /// The entry.
    pub(super) text: Traced,
    /// The lists and files it came through, outermost first.
    pub(super) chain: Vec<String>,
}

impl Judge<'_> {
    /// Gives the entries of a list, those of the lists and files in it among them.
    pub(super) fn entries(&mut self, kind: Kind, value: &Traced) -> Vec<Entry> {
        let mut entries = Vec::new();
        self.gather(kind, value, false, &[], &mut entries);
        entries
    }

    fn gather(
        &mut self,
        kind: Kind,
        value: &Traced,
        negated: bool,
        chain: &[String],
        into: &mut Vec<Entry>,
    ) {
        if chain.len() >= DEEPEST || into.len() >= MOST {
            return;
        }
        let value = self.expand_list(value);
        for item in list::split(&value) {
            let negated = negated != item.negated;
            let text = item.text.as_str();
            let mut deeper = chain.to_vec();
            deeper.push(text.to_owned());
            let from = &self.scene.root.file;
            match list::what(kind, text) {
                list::What::Named(name) => {
                    if let Some(list) = self.config.list(kind, name).cloned() {
                        self.gather(kind, &list, negated, &deeper, into);
                    }
                }
                list::What::File(path) => {
                    let file = self.scene.reader.named(path, from);
                    let items = file
                        .map(|file| super::tables::lines_of(kind, &file))
                        .unwrap_or_default();
                    into.extend(items.into_iter().take(MOST).map(|line| Entry {
                        negated: negated != line.negated,
                        text: line.text,
                        chain: deeper.clone(),
                    }));
                }
                list::What::Lookup(lookup, path)
                    if path.starts_with('/') && lookup.contains("lsearch") =>
                {
                    if let Ok(file) = self.scene.reader.named(path, from) {
                        let keys = super::tables::keys_of(&file).take(MOST);
                        into.extend(keys.map(|text| Entry {
                            negated,
                            text,
                            chain: deeper.clone(),
                        }));
                    }
                }
                _ => into.push(Entry {
                    negated,
                    text: item.text.clone(),
                    chain: chain.to_vec(),
                }),
            }
            if into.len() >= MOST {
                return;
            }
        }
    }
}
