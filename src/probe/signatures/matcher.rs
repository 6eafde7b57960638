//! Finds the first signature that fits a text, in one pass over the text.
//!
//! In: the tables. Out: a [`Matcher`] that answers which row, if any, a wording belongs to.
//!
//! A pattern is written in a small language, made for sentences of refusal:
//!
//! | written | matches |
//! | --- | --- |
//! | `relaying denied` | these words in a row, whole words, case and diacritics aside |
//! | `relay*`, `*mail` | a word that starts, or ends, so |
//! | `{user}` | any word or phrase of that class of the vocabulary |
//! | `{user} {unknown}` | one right behind the other |
//! | `{user} .. {unknown}` | the second behind the first, at most 80 bytes between them |
//! | `{user} > {unknown}` | the second behind the first, at most 25 bytes between them |
//! | `{user} <> {unknown}` | the two in either order, at most 80 bytes between them |
//! | `A + B` | both, anywhere |
//! | `A - B` | A, and nowhere B |
//! | `^reject` | at the start of the text |
//! | `~spamhaus*` | in one of the names and links that the text holds |
//!
//! All phrases of all patterns stand in one Aho-Corasick automaton; the patterns are then looked
//! through in the order of the tables, those only whose first word is there. Nothing here is
//! quadratic in what a peer sends: at most [`MOST_HITS`] hits are kept.

use super::vocabulary::CLASSES;
use crate::probe::wording::{Wording, fold};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::HashMap;

/// Hits of phrases that are kept of one text. Refusals have about 60.
const MOST_HITS: usize = 1024;

/// Bytes that may stand between the parts of `A .. B`: a dozen words, two dozen Chinese characters.
const NEAR: u16 = 80;

/// Bytes that may stand between the parts of `A > B`: three words.
const CLOSE: u16 = 25;

/// Bytes that may stand between the parts of `{a} {b}`: a blank, a colon, a quote.
const NEXT: u16 = 3;

/// Something a text may hold: a phrase of a pattern or a word of a class.
type Atom = u16;

/// One place where an atom stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    atom: Atom,
    start: u16,
    end: u16,
}

/// What a phrase in the automaton means, and where it counts.
#[derive(Debug, Default)]
struct Phrase {
    atoms: Vec<Atom>,
    /// May stand inside a word: at its end, at its start.
    open_start: bool,
    open_end: bool,
    at_start: bool,
}

/// One part of a pattern.
#[derive(Debug, Clone, Copy)]
struct Link {
    atom: Atom,
    /// Bytes allowed between the link before and this one.
    gap: u16,
}

/// A pattern as read, with the row it stands in.
#[derive(Debug, Clone, Default)]
struct Pattern {
    row: usize,
    all: Vec<Vec<Link>>,
    none: Vec<Vec<Link>>,
}

/// Finds rows by text.
#[derive(Debug)]
pub(in crate::probe) struct Matcher {
    text: AhoCorasick,
    names: AhoCorasick,
    phrases: Vec<Phrase>,
    name_phrases: Vec<Phrase>,
    patterns: Vec<Pattern>,
    /// For each atom the patterns that begin with it, in order.
    begun_by: Vec<Vec<u32>>,
}

/// The atoms that a wording holds.
#[derive(Debug)]
pub(in crate::probe) struct Found {
    hits: Vec<Hit>,
    present: Vec<u64>,
    /// Bytes of all known words together: how much of the text was understood.
    pub(super) known: usize,
}

/// Why a pattern cannot be read. The tables are part of the program: a test reads them all.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::probe) struct BadPattern(String);

/// Collects phrases while patterns are read.
#[derive(Default)]
struct Builder {
    atoms: HashMap<String, Atom>,
    phrases: Vec<(String, Phrase)>,
    by_text: HashMap<String, usize>,
    names: Vec<(String, Phrase)>,
    names_by_text: HashMap<String, usize>,
}

impl Matcher {
    /// Reads the patterns of all rows, in order.
    pub(in crate::probe) fn new<'a>(
        rows: impl Iterator<Item = &'a [&'a str]>,
    ) -> Result<Self, BadPattern> {
        let mut builder = Builder::default();
        let mut patterns = Vec::new();
        for (row, says) in rows.enumerate() {
            for written in says {
                for mut pattern in builder.read(written)? {
                    pattern.row = row;
                    patterns.push(pattern);
                }
            }
        }
        let build = |phrases: &[(String, Phrase)]| {
            AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .match_kind(MatchKind::Standard)
                .build(phrases.iter().map(|(text, _)| text))
                .map_err(|error| BadPattern(error.to_string()))
        };
        let mut begun_by = vec![Vec::new(); builder.atoms.len()];
        for (number, pattern) in (0..).zip(&patterns) {
            let first = pattern.all.first().and_then(|chain| chain.first());
            let first = first.ok_or_else(|| BadPattern("a pattern without a word".to_owned()))?;
            begun_by[usize::from(first.atom)].push(number);
        }
        Ok(Self {
            text: build(&builder.phrases)?,
            names: build(&builder.names)?,
            begun_by,
            phrases: builder.phrases.into_iter().map(|(_, p)| p).collect(),
            name_phrases: builder.names.into_iter().map(|(_, p)| p).collect(),
            patterns,
        })
    }

    /// Looks through a wording once.
    pub(in crate::probe) fn read(&self, wording: &Wording) -> Found {
        let mut found = Found {
            hits: Vec::new(),
            present: Vec::new(),
            known: 0,
        };
        self.scan(&self.text, &self.phrases, &wording.text, &mut found);
        if !wording.names.is_empty() {
            self.scan(&self.names, &self.name_phrases, &wording.names, &mut found);
        }
        found.hits.sort_unstable();
        found
    }

    fn scan(&self, automaton: &AhoCorasick, phrases: &[Phrase], text: &str, found: &mut Found) {
        for hit in automaton.find_overlapping_iter(text) {
            let phrase = &phrases[hit.pattern().as_usize()];
            let (start, end) = (hit.start(), hit.end());
            if !(phrase.open_start || edge(text, start))
                || !(phrase.open_end || edge(text, end))
                || (phrase.at_start && start > 0)
            {
                continue;
            }
            // A stem stands for its whole word, so that the next word is next to it.
            let word = if phrase.open_end {
                rest_of_word(text, end)
            } else {
                0
            };
            let (Ok(from), Ok(to)) = (u16::try_from(start), u16::try_from(end + word)) else {
                break;
            };
            if found.hits.len() + phrase.atoms.len() > MOST_HITS {
                break;
            }
            if found.hits.is_empty() {
                found.hits.reserve(64);
                found.present.resize(self.begun_by.len().div_ceil(64), 0);
            }
            for &atom in &phrase.atoms {
                found.present[usize::from(atom) / 64] |= 1 << (atom % 64);
                found.hits.push(Hit {
                    atom,
                    start: from,
                    end: to,
                });
            }
            found.known += end - start;
        }
    }

    /// Gives the first row that fits, of those that may.
    pub(in crate::probe) fn first(
        &self,
        found: &Found,
        may: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        if found.hits.is_empty() {
            return None;
        }
        // Only what begins with a word that is there can fit: a handful out of hundreds.
        let mut candidates: Vec<u32> = Vec::with_capacity(64);
        let mut last = None;
        for hit in &found.hits {
            if last.replace(hit.atom) != Some(hit.atom) {
                candidates.extend(&self.begun_by[usize::from(hit.atom)]);
            }
        }
        candidates.sort_unstable();
        candidates
            .into_iter()
            .map(|number| &self.patterns[number as usize])
            .find(|pattern| {
                may(pattern.row)
                    && pattern.all.iter().all(|chain| found.chain(chain))
                    && !pattern.none.iter().any(|chain| found.chain(chain))
            })
            .map(|pattern| pattern.row)
    }
}

impl Found {
    fn has(&self, atom: Atom) -> bool {
        let word = self.present.get(usize::from(atom) / 64);
        word.is_some_and(|word| word >> (atom % 64) & 1 == 1)
    }

    fn places(&self, atom: Atom) -> &[Hit] {
        let start = self.hits.partition_point(|hit| hit.atom < atom);
        let len = self.hits[start..].partition_point(|hit| hit.atom == atom);
        &self.hits[start..start + len]
    }

    fn chain(&self, chain: &[Link]) -> bool {
        let Some((first, rest)) = chain.split_first() else {
            return true;
        };
        if !chain.iter().all(|link| self.has(link.atom)) {
            return false;
        }
        // The ends that the chain so far can have, without duplicates: no backtracking.
        let mut ends: Vec<u16> = self.places(first.atom).iter().map(|hit| hit.end).collect();
        for link in rest {
            let mut next: Vec<u16> = self
                .places(link.atom)
                .iter()
                .filter(|hit| {
                    ends.iter()
                        .any(|end| hit.start >= *end && hit.start - end <= link.gap)
                })
                .map(|hit| hit.end)
                .collect();
            next.dedup();
            if next.is_empty() {
                return false;
            }
            ends = next;
        }
        true
    }
}

/// Tells whether a character belongs to a script that divides its words.
fn spaced(c: char) -> bool {
    c.is_alphanumeric() && (u32::from(c) < 0x0e00 || matches!(u32::from(c), 0x1e00..=0x1fff))
}

/// Tells whether a word may start or end at a place: in scripts without blanks, anywhere.
fn edge(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back().is_some_and(spaced);
    let behind = text[at..].chars().next().is_some_and(spaced);
    !(before && behind)
}

/// Counts the bytes from inside a word to its end.
fn rest_of_word(text: &str, at: usize) -> usize {
    text[at..].find(|c| !spaced(c)).unwrap_or(text.len() - at)
}

impl Builder {
    /// Reads a pattern; `<>` makes two of it.
    fn read(&mut self, written: &str) -> Result<Vec<Pattern>, BadPattern> {
        let bad = || BadPattern(written.to_owned());
        let mut all: Vec<Vec<&str>> = vec![Vec::new()];
        let mut none: Vec<Vec<&str>> = Vec::new();
        let mut negative = false;
        for token in written.split_whitespace() {
            match token {
                "+" => {
                    negative = false;
                    all.push(Vec::new());
                }
                "-" => {
                    negative = true;
                    none.push(Vec::new());
                }
                _ if negative => none.last_mut().ok_or_else(bad)?.push(token),
                _ => all.last_mut().ok_or_else(bad)?.push(token),
            }
        }
        let mut read = vec![Pattern::default()];
        for tokens in all {
            let ways = self.chains(&tokens).ok_or_else(bad)?;
            read = read
                .iter()
                .flat_map(|pattern| {
                    ways.iter().map(|way| {
                        let mut pattern = pattern.clone();
                        pattern.all.push(way.clone());
                        pattern
                    })
                })
                .collect();
        }
        for tokens in none {
            let ways = self.chains(&tokens).ok_or_else(bad)?;
            for pattern in &mut read {
                pattern.none.extend(ways.iter().cloned());
            }
        }
        Ok(read)
    }

    /// Reads one chain; gives both orders where it is written with `<>`.
    fn chains(&mut self, tokens: &[&str]) -> Option<Vec<Vec<Link>>> {
        let Some(middle) = tokens.iter().position(|token| *token == "<>") else {
            return Some(vec![self.chain(tokens)?]);
        };
        let one = self.chain(&tokens[..middle])?;
        let other = self.chain(&tokens[middle + 1..])?;
        let behind = |front: &[Link], back: &[Link]| {
            let mut chain = front.to_vec();
            chain.extend(back);
            chain[front.len()].gap = NEAR;
            chain
        };
        Some(vec![behind(&one, &other), behind(&other, &one)])
    }

    fn chain(&mut self, tokens: &[&str]) -> Option<Vec<Link>> {
        let mut parts: Vec<(String, u16)> = Vec::new();
        let mut gap = NEXT;
        for token in tokens {
            match (*token, parts.last_mut()) {
                (".." | ">", Some(_)) if gap == NEXT => {
                    gap = if *token == ".." { NEAR } else { CLOSE };
                    continue;
                }
                (".." | ">" | "<>", _) => return None,
                (token, Some((before, _)))
                    if gap == NEXT
                        && !token.starts_with(['{', '*'])
                        && !before.starts_with('{')
                        && !before.ends_with('*') =>
                {
                    before.push(' ');
                    before.push_str(token);
                }
                (token, _) => parts.push((token.to_owned(), gap)),
            }
            gap = NEXT;
        }
        if parts.is_empty() || gap != NEXT {
            return None;
        }
        parts
            .into_iter()
            .map(|(text, gap)| {
                Some(Link {
                    atom: self.atom(&text)?,
                    gap,
                })
            })
            .collect()
    }

    /// Gives the number of an atom and, the first time, enters its phrases.
    fn atom(&mut self, text: &str) -> Option<Atom> {
        if let Some(&atom) = self.atoms.get(text) {
            return Some(atom);
        }
        let atom = Atom::try_from(self.atoms.len()).ok()?;
        self.atoms.insert(text.to_owned(), atom);
        if let Some(class) = text.strip_prefix('{') {
            self.class(class.strip_suffix('}')?, atom)?;
        } else {
            self.phrase(text, atom)?;
        }
        Some(atom)
    }

    /// Enters the words of a class, and of the classes it is made of, which stand below it.
    fn class(&mut self, class: &str, atom: Atom) -> Option<()> {
        let at = CLASSES.iter().position(|(name, _)| *name == class)?;
        for word in CLASSES[at].1.iter().flat_map(|words| words.split(" | ")) {
            match word.strip_prefix('{') {
                Some(part) => {
                    let part = part.strip_suffix('}')?;
                    if !CLASSES[at + 1..].iter().any(|(name, _)| *name == part) {
                        return None;
                    }
                    self.class(part, atom)?;
                }
                None => self.phrase(word, atom)?,
            }
        }
        Some(())
    }

    /// Enters a phrase; `None` if nothing of it is left to look for: that would stand everywhere.
    fn phrase(&mut self, written: &str, atom: Atom) -> Option<()> {
        let (written, name) = match written.strip_prefix('~') {
            Some(rest) => (rest, true),
            None => (written, false),
        };
        let (list, index) = if name {
            (&mut self.names, &mut self.names_by_text)
        } else {
            (&mut self.phrases, &mut self.by_text)
        };
        let (rest, at_start) = match written.strip_prefix('^') {
            Some(rest) => (rest, true),
            None => (written, false),
        };
        let (rest, open_start) = match rest.strip_prefix('*') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (rest, open_end) = match rest.strip_suffix('*') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        if rest.is_empty() || rest.contains('*') {
            return None;
        }
        let at = *index.entry(written.to_owned()).or_insert_with(|| {
            let mut text = String::new();
            fold(rest, &mut text);
            list.push((
                text,
                Phrase {
                    atoms: Vec::new(),
                    open_start,
                    open_end,
                    at_start,
                },
            ));
            list.len() - 1
        });
        let atoms = &mut list[at].1.atoms;
        if !atoms.contains(&atom) {
            atoms.push(atom);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        let matcher = Matcher::new([&[pattern][..]].into_iter()).expect(pattern);
        let found = matcher.read(&Wording::new(text));
        matcher.first(&found, |_| true).is_some()
    }

    #[test]
    fn a_pattern_means_what_the_header_says() {
        for (pattern, text, expected) in [
            ("relaying denied", "Relaying DENIED.", true),
            ("relaying denied", "relaying is denied", false),
            ("relay", "relaying", false),
            ("relay", "overrelay", false),
            ("relay", "smtp-relay:", true),
            ("relay*", "relaying", true),
            ("*ftpd*", "(vsFTPd 3.0.3)", true),
            ("Empfänger", "Empfanger", true),
            ("{person} {absent}", "user unknown to us", true),
            ("{person} .. {unknown}", "user bob is unknown", true),
            ("{person} .. {unknown}", "unknown user", false),
            ("{person} <> {unknown}", "unknown user", true),
            ("{person} > {unknown}", "user is quite unknown", true),
            (
                "{person} > {unknown}",
                "user of whom we have heard a lot is unknown",
                false,
            ),
            ("{person} + spam", "spam, said the user", true),
            ("{person} + spam", "spam", false),
            ("{person} - spam", "user", true),
            ("{person} - spam", "user spam", false),
            ("^reject", "reject it", true),
            ("^reject", "we reject it", false),
            ("~spamhaus*", "see https://www.spamhaus.org/q", true),
            ("~spamhaus*", "spamhaus", false),
            ("fail* helo", "failing HELO", true),
            ("fail* helo", "failing the HELO", false),
            ("{rcpt} {unknown}", "收件人不存在", true),
            ("deny .. deny", "deny", false),
            ("a .. b .. c", "a b c", true),
            ("a .. b .. c", "c b a", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn nearness_ends() {
        let far = format!("user {} unknown", "x ".repeat(45));
        assert!(!fits("{person} .. {unknown}", &far));
        assert!(fits("{person} + {unknown}", &far));
    }

    #[test]
    fn patterns_that_cannot_be_read_are_refused() {
        for pattern in [
            "",
            "..",
            "a ..",
            ".. a",
            "a .. .. b",
            "{nosuch}",
            "a + ",
            "- a",
            "*",
            "a * b",
            "a*b",
            "^",
            "~",
        ] {
            assert!(
                Matcher::new([&[pattern][..]].into_iter()).is_err(),
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_text_made_of_known_words_is_cut_not_suffered() {
        let matcher = Matcher::new([&["{person} .. {unknown} .. {person}"][..]].into_iter())
            .expect("a pattern");
        let found = matcher.read(&Wording::new(&"user ".repeat(10_000)));
        assert!(found.hits.len() <= MOST_HITS);
        assert_eq!(matcher.first(&found, |_| true), None);
    }
}
