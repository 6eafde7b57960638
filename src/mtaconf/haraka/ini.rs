//! Haraka's ini files and what it takes for true.
//!
//! In: a text. Out: settings with their section and line, in order; lines that are none are counted, for
//! Haraka skips them as well.
//!
//! Limits: one pass; a value that goes on over lines is cut at [`LONGEST`] bytes.
//!
//! References: Haraka's documentation of its configuration files.

use crate::mtaconf::source::Text;

/// The longest value that is put together of several lines.
const LONGEST: usize = 1 << 16;

/// A line `key = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The section, `main` before the first.
    pub(super) section: String,
    /// The key, `[]` of lists cut off.
    pub(super) key: String,
    /// The value.
    pub(super) value: String,
    /// The first physical line.
    pub(super) line: u32,
}

/// An ini file.
#[derive(Debug, Default)]
pub(super) struct Ini(Vec<Setting>);

impl Ini {
    /// Reads a text.
    pub(super) fn read(text: &Text) -> Self {
        let mut settings = Vec::new();
        let mut section = "main".to_owned();
        let mut before = String::new();
        let mut first = 0;
        for (number, line) in text.lines() {
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with([';', '#']) {
                continue;
            }
            let name = bare.strip_prefix('[').and_then(|b| b.strip_suffix(']'));
            if let Some(name) = name.filter(|name| !name.contains(']')) {
                section = name.to_owned();
                continue;
            }
            if before.is_empty() {
                first = number;
            }
            if before.len() + line.len() <= LONGEST {
                before.push_str(line.trim_end().trim_end_matches('\\'));
            }
            if line.trim_end_matches([' ', '\t']).ends_with('\\') {
                continue;
            }
            let whole = std::mem::take(&mut before);
            let (key, value) = whole.split_once('=').unwrap_or((&whole, ""));
            let key = key.trim();
            let key = key.strip_suffix("[]").unwrap_or(key);
            settings.push(Setting {
                section: section.clone(),
                key: key.to_owned(),
                value: value.trim().to_owned(),
                line: first,
            });
        }
        Self(settings)
    }

    /// Gives the setting of a section that counts: the last.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<&Setting> {
        let counts = |s: &&Setting| s.section == section && s.key == key;
        self.0.iter().rev().find(counts)
    }

    /// Gives all settings of a section.
    pub(super) fn all<'s>(&'s self, section: &'s str) -> impl Iterator<Item = &'s Setting> {
        self.0.iter().filter(move |s| s.section == section)
    }

    /// Tells whether a switch is on, and by which line; by default where no line says so.
    pub(super) fn switch(
        &self,
        section: &str,
        key: &str,
        default: bool,
    ) -> (bool, Option<&Setting>) {
        match self.get(section, key) {
            Some(setting) => (is_true(&setting.value), Some(setting)),
            None => (default, None),
        }
    }
}

/// Tells whether a word is true.
pub(super) fn is_true(word: &str) -> bool {
    ["true", "yes", "ok", "enabled", "on", "1"]
        .iter()
        .any(|yes| word.eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ini(text: &str) -> Ini {
        Ini::read(&Text::new("x.ini", text.as_bytes().to_vec()))
    }

    #[test]
    fn reads_sections_comments_lists_and_continued_lines() {
        let read = ini(
            "a=1\n; a=2\n[relay]\r\n all = TRUE \nhosts[]=x\nhosts[]= y\nlong = a\\\n b\nbare\n",
        );
        let shown: Vec<String> = read
            .0
            .iter()
            .map(|s| format!("{} {}={} @{}", s.section, s.key, s.value, s.line))
            .collect();
        assert_eq!(
            shown,
            [
                "main a=1 @1",
                "relay all=TRUE @4",
                "relay hosts=x @5",
                "relay hosts=y @6",
                "relay long=a b @7",
                "relay bare= @9",
            ]
        );
    }

    #[test]
    fn the_last_setting_counts_and_words_are_true_as_haraka_has_them() {
        let read = ini("[relay]\nall=true\nall=off\nacl = Enabled\n");
        assert!(!read.switch("relay", "all", true).0);
        assert!(read.switch("relay", "acl", false).0);
        assert!(read.switch("relay", "force_routing", true).0);
        for (word, expected) in [("1", true), ("OK", true), ("2", false), ("", false)] {
            assert_eq!(is_true(word), expected, "{word}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Ini::read(&Text::new("x", bytes));
        }

        #[test]
        fn nothing_that_looks_like_ini_panics(text in "([\\[\\]=;#\\\\ab\n\r é]{0,60})") {
            let _ = ini(&text);
        }
    }
}
