//! Words of a report: those of our own tables when it is written, kept for good when one is read.
//!
//! The model holds ids and titles as static text, for they come from its tables. A word that is read is
//! looked up among those read before, and kept for the life of the process if it is new.
//!
//! Limits: memory goes with the different words, of which a report of any size has few.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// A word of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Word(pub(super) &'static str);

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl Word {
    /// Keeps a word that was read.
    fn keep(text: &str) -> Self {
        // The set holds whole words at any time, whoever panicked elsewhere.
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(text) {
            return Self(known);
        }
        let word: &'static str = Box::leak(text.into());
        kept.insert(word);
        Self(word)
    }
}

impl From<&'static str> for Word {
    fn from(word: &'static str) -> Self {
        Self(word)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer).map(|text| Self::keep(&text))
    }
}

impl JsonSchema for Word {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Word;

    #[test]
    fn a_word_is_kept_once() {
        let read = |text: &str| serde_json::from_str::<Word>(text).expect("a word");
        let (one, two) = (read("\"kept-once\""), read("\"kept\\u002donce\""));
        assert_eq!(one.0, "kept-once");
        assert!(std::ptr::eq(one.0, two.0));
    }
}
