//! Regular expressions of configuration files: PCRE, POSIX extended, and what the servers make of them.
//!
//! Bounded in size and in steps: a pattern of a hostile file neither hangs nor fills memory; what goes past the
//! bound, or is no pattern here though it may be one to the server, is unknown.

use fancy_regex::{Regex, RegexBuilder};

/// Steps back a match may take.
const STEPS: usize = 100_000;

/// Bytes a compiled pattern may have.
const SIZE: usize = 1 << 20;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern; the error says in words what is wrong with it.
    pub fn new(pattern: &str, ignore_case: bool) -> Result<Self, String> {
        RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .backtrack_limit(STEPS)
            .delegate_size_limit(SIZE)
            .build()
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Tells whether it matches somewhere in a text; nothing where that takes too many steps.
    pub fn matches(&self, text: &str) -> Option<bool> {
        self.0.is_match(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn reads_what_tables_hold() {
        let fits = |pattern: &str, text: &str| {
            Pattern::new(pattern, true)
                .expect("a pattern")
                .matches(text)
        };
        assert_eq!(
            fits("^(?!mail\\.).*\\.example\\.com$", "a.EXAMPLE.com"),
            Some(true)
        );
        assert_eq!(
            fits("^(?!mail\\.).*\\.example\\.com$", "mail.example.com"),
            Some(false)
        );
        assert_eq!(fits("@[^@]+$", "x"), Some(false));
    }

    #[test]
    fn hostile_patterns_end() {
        let slow = Pattern::new("^(a|aa)+(?=b)c$", false).expect("a pattern");
        assert_eq!(slow.matches(&"a".repeat(5000)), None);
        assert!(Pattern::new(&"(".repeat(3), false).is_err());
        assert!(Pattern::new("((a{1000}){1000}){1000}", false).is_err());
    }
}
