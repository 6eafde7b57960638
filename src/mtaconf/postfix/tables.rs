//! Lookup tables: `type:name` as parameters and restriction lists name them.
//!
//! In: the word that names a table and where it stands. Out: a [`Table`] that answers keys as Postfix would be
//! answered, each [`Entry`] with its place. Indexed tables (hash, lmdb, ...) are read from the text beside the
//! compiled file; that the two agree is taken for granted. What lives elsewhere (databases, services) answers
//! [`Answer::Unknown`].
//!
//! Deliberately knows nothing of what a value means; that is `access` for access tables and `lists` for lists.
//!
//! Limits: [`MOST_ENTRIES`] entries a table, [`MOST_TABLES`] tables, [`DEEPEST`] tables within tables, and the
//! bounds on patterns in `table_rules`.
//!
//! References: DATABASE_README, postmap(1), cidr_table(5), pcre_table(5), regexp_table(5).

use super::table_rules::{Budget, Rules, Syntax};
use crate::model::Place;
use crate::mtaconf::source::{Reader, Text, short};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

/// The most entries of a table that are read. Tables of people and domains are far smaller.
pub(super) const MOST_ENTRIES: usize = 1_000_000;

/// The most tables that one configuration opens.
const MOST_TABLES: usize = 2_000;

/// How deep unionmap and pipemap may hold each other.
const DEEPEST: usize = 8;

/// Table types that Postfix knows and whose content is not in the files.
const ELSEWHERE: &[&str] = &[
    "environ",
    "fail",
    "internal",
    "ldap",
    "memcache",
    "mongodb",
    "mysql",
    "netinfo",
    "nis",
    "nisplus",
    "pgsql",
    "randmap",
    "socketmap",
    "sqlite",
    "tcp",
    "unix",
];

/// Table types that are read from a text of `key value` lines.
const INDEXED: &[&str] = &["hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash"];

/// A line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key, network or pattern: keys in lower case, the others as written.
    pub(super) key: String,
    /// The value, without blanks around it.
    pub(super) value: String,
    /// Where the key stands; for a table without a file, where the table is named.
    pub(super) place: Place,
}

/// What a table answers to one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The value, and the entry that gave it (of several, the first).
    Found(String, Entry),
    /// It has no such key.
    Nothing,
    /// The files do not show it.
    Unknown,
}

/// What a table is made of.
#[derive(Debug)]
pub(super) enum Body {
    /// Keys, each with one value.
    Keys(Keys),
    /// Networks or patterns in order.
    Rules(Rules),
    /// The same answer to every key.
    Always(Entry),
    /// The answers of several, joined.
    Union(Vec<Rc<Table>>),
    /// Each is asked for what the one before answered.
    Pipe(Vec<Rc<Table>>),
    /// The files do not show it; in words, why.
    Elsewhere(String),
}

/// The entries of an indexed table.
#[derive(Debug, Default)]
pub(super) struct Keys {
    entries: Vec<Entry>,
    index: HashMap<String, usize>,
}

impl Keys {
    /// Takes an entry in; of two with the same key the first stays, as postmap(1) keeps it.
    fn take(&mut self, entry: Entry) {
        let next = self.entries.len();
        let at = *self.index.entry(entry.key.clone()).or_insert(next);
        if at == next {
            self.entries.push(entry);
        }
    }

    fn get(&self, key: &str) -> Option<&Entry> {
        self.index.get(key).and_then(|at| self.entries.get(*at))
    }
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    /// As it is written: `hash:/etc/postfix/access`.
    pub(super) written: String,
    /// What it is made of.
    pub(super) body: Body,
}

impl Table {
    /// Asks for one key. Keys are compared without regard to case.
    pub(super) fn get(&self, key: &str) -> Answer {
        let lower = key.to_lowercase();
        match &self.body {
            Body::Keys(keys) => keys.get(&lower).map_or(Answer::Nothing, found),
            Body::Rules(rules) => rules.get(key),
            Body::Always(entry) => found(entry),
            Body::Union(tables) => union(tables, key),
            Body::Pipe(tables) => pipe(tables, key),
            Body::Elsewhere(_) => Answer::Unknown,
        }
    }

    /// Tells whether it is asked for parts of a name or address as well: tables of networks and patterns see
    /// the whole only.
    pub(super) fn takes_parts(&self) -> bool {
        match &self.body {
            Body::Keys(_) | Body::Always(_) | Body::Elsewhere(_) => true,
            Body::Rules(_) => false,
            Body::Union(tables) | Body::Pipe(tables) => tables.iter().all(|t| t.takes_parts()),
        }
    }

    /// Gives every entry that the files show.
    pub(super) fn entries(&self) -> Box<dyn Iterator<Item = &Entry> + '_> {
        match &self.body {
            Body::Keys(keys) => Box::new(keys.entries.iter()),
            Body::Rules(rules) => Box::new(rules.entries()),
            Body::Always(entry) => Box::new(std::iter::once(entry)),
            Body::Union(tables) | Body::Pipe(tables) => {
                Box::new(tables.iter().flat_map(|table| table.entries()))
            }
            Body::Elsewhere(_) => Box::new(std::iter::empty()),
        }
    }

    /// Says why the files do not show what it holds, if they do not.
    pub(super) fn unknown(&self) -> Option<&str> {
        match &self.body {
            Body::Elsewhere(why) => Some(why),
            Body::Union(tables) | Body::Pipe(tables) => tables.iter().find_map(|t| t.unknown()),
            Body::Keys(_) | Body::Rules(_) | Body::Always(_) => None,
        }
    }
}

fn found(entry: &Entry) -> Answer {
    Answer::Found(entry.value.clone(), entry.clone())
}

fn union(tables: &[Rc<Table>], key: &str) -> Answer {
    let mut joined: Option<(String, Entry)> = None;
    let mut unknown = false;
    for table in tables {
        match (table.get(key), &mut joined) {
            (Answer::Found(value, _), Some((values, _))) => {
                values.push(',');
                values.push_str(&value);
            }
            (Answer::Found(value, entry), None) => joined = Some((value, entry)),
            (Answer::Nothing, _) => {}
            (Answer::Unknown, _) => unknown = true,
        }
    }
    match (joined, unknown) {
        (_, true) => Answer::Unknown,
        (Some((value, entry)), false) => Answer::Found(value, entry),
        (None, false) => Answer::Nothing,
    }
}

fn pipe(tables: &[Rc<Table>], key: &str) -> Answer {
    let mut asked = key.to_owned();
    let mut first = None;
    for table in tables {
        match table.get(&asked) {
            Answer::Found(value, entry) => {
                asked = value;
                first.get_or_insert(entry);
            }
            other => return other,
        }
    }
    first.map_or(Answer::Nothing, |entry| Answer::Found(asked, entry))
}

/// Tells whether Postfix has a table type of that name.
pub(super) fn is_type(name: &str) -> bool {
    let others = ["static", "inline", "cidr", "pcre", "regexp"];
    let wrappers = ["proxy", "debug", "unionmap", "pipemap"];
    [ELSEWHERE, INDEXED, &others, &wrappers]
        .iter()
        .any(|names| names.contains(&name))
}

/// Opens the tables of one installation, each once.
pub(super) struct Tables<'a> {
    reader: &'a Reader<'a>,
    opened: RefCell<BTreeMap<(String, Place), Rc<Table>>>,
    budget: RefCell<Budget>,
}

impl<'a> Tables<'a> {
    /// Begins with none.
    pub(super) fn new(reader: &'a Reader<'a>) -> Self {
        Self {
            reader,
            opened: RefCell::default(),
            budget: RefCell::default(),
        }
    }

    /// Gives what everything is read through.
    pub(super) fn reader(&self) -> &'a Reader<'a> {
        self.reader
    }

    /// Opens a table by its name; `at` is the place of the word that names it. Never fails: what cannot be read
    /// is remembered by the reader and answers [`Answer::Unknown`].
    pub(super) fn open(&self, written: &str, at: &Place) -> Rc<Table> {
        self.open_within(written, at, 0)
    }

    fn open_within(&self, written: &str, at: &Place, depth: usize) -> Rc<Table> {
        // A table in a file is the same wherever it is named; the lines of one without are where it is named.
        let place = match written.contains('{') || written.contains("static:") {
            true => at.clone(),
            false => Place {
                file: at.file.clone(),
                line: 0,
                column: 0,
                width: 0,
            },
        };
        let key = (written.to_owned(), place);
        if let Some(table) = self.opened.borrow().get(&key) {
            return Rc::clone(table);
        }
        let body = match self.opened.borrow().len() < MOST_TABLES && depth <= DEEPEST {
            true => self.read(written, at, depth),
            false => self.elsewhere(written, "too many tables"),
        };
        let table = Rc::new(Table {
            written: written.to_owned(),
            body,
        });
        self.opened.borrow_mut().insert(key, Rc::clone(&table));
        table
    }

    fn read(&self, written: &str, at: &Place, depth: usize) -> Body {
        let mut rest = written;
        let (kind, name) = loop {
            let Some((kind, name)) = rest.split_once(':') else {
                return self.elsewhere(written, "not a table: type:name is expected");
            };
            match kind {
                "proxy" | "debug" => rest = name,
                _ => break (kind, name),
            }
        };
        match kind {
            "static" => Body::Always(Entry {
                key: "static".to_owned(),
                value: unbraced(name).trim().to_owned(),
                place: at.clone(),
            }),
            "inline" => inline(name, at),
            "cidr" => self.rules(written, name, Syntax::Cidr, at),
            "pcre" => self.rules(written, name, Syntax::Pcre, at),
            "regexp" => self.rules(written, name, Syntax::Posix, at),
            "unionmap" | "pipemap" => {
                let inside = unbraced(name);
                let tables = words(inside)
                    .into_iter()
                    .take(50)
                    .map(|word| self.open_within(&inside[word], at, depth + 1))
                    .collect();
                match kind {
                    "unionmap" => Body::Union(tables),
                    _ => Body::Pipe(tables),
                }
            }
            kind if INDEXED.contains(&kind) => match self.reader.named(name, &at.file) {
                Ok(text) => Body::Keys(self.keys(written, &text)),
                Err(why) => Body::Elsewhere(format!("{name}: {why}")),
            },
            // The system's own users; that they are not in the files goes without saying.
            "unix" => Body::Elsewhere("the users of the system".to_owned()),
            kind if ELSEWHERE.contains(&kind) => {
                let why = format!("a table of type {kind} is not read from files");
                self.elsewhere(written, &why)
            }
            _ => self.elsewhere(written, "no known type of table"),
        }
    }

    fn elsewhere(&self, written: &str, why: &str) -> Body {
        self.reader.miss(&short(written), why);
        Body::Elsewhere(why.to_owned())
    }

    fn keys(&self, written: &str, text: &Text) -> Keys {
        let mut keys = Keys::default();
        for (line, logical) in logical(text) {
            let Some((key, value)) = key_value(&logical) else {
                continue;
            };
            if keys.entries.len() >= MOST_ENTRIES {
                let why = format!("more than {MOST_ENTRIES} entries");
                self.reader.miss(&short(written), &why);
                break;
            }
            let place = first_word(text, line, key);
            keys.take(Entry {
                key: key.replace('"', "").to_lowercase(),
                value: value.to_owned(),
                place,
            });
        }
        keys
    }

    fn rules(&self, written: &str, name: &str, syntax: Syntax, at: &Place) -> Body {
        let mut budget = self.budget.borrow_mut();
        let mut rules = Rules::new(syntax, &mut budget);
        if name.starts_with('{') {
            let inside = unbraced(name);
            for word in words(inside) {
                rules.line(unbraced(&inside[word]).trim(), at.clone());
            }
        } else {
            let text = match self.reader.named(name, &at.file) {
                Ok(text) => text,
                Err(why) => return Body::Elsewhere(format!("{name}: {why}")),
            };
            for (line, logical) in logical(&text) {
                let word = logical.split_whitespace().next().unwrap_or_default();
                rules.line(logical.trim(), first_word(&text, line, word));
            }
        }
        let (rules, trouble) = rules.finish();
        for why in trouble {
            self.reader.miss(&short(written), &why);
        }
        Body::Rules(rules)
    }
}

/// Names the first word of a line.
fn first_word(text: &Text, line: u32, word: &str) -> Place {
    let mut place = text.at_line(line);
    place.column = 1;
    place.width = u32::try_from(word.chars().count()).unwrap_or(u32::MAX);
    place
}

/// Reads `{ key=value, { key = value } }`.
fn inline(name: &str, at: &Place) -> Body {
    let mut keys = Keys::default();
    let inside = unbraced(name);
    for word in words(inside) {
        let Some((key, value)) = unbraced(&inside[word]).split_once('=') else {
            continue;
        };
        keys.take(Entry {
            key: key.trim().to_lowercase(),
            value: value.trim().to_owned(),
            place: at.clone(),
        });
    }
    Body::Keys(keys)
}

/// Divides a line at the first blank that is not in quotes. A line without a value is none, as for postmap(1).
fn key_value(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        !quoted && c.is_ascii_whitespace()
    })?;
    let (key, value) = line.split_at(at.0);
    let value = value.trim();
    (!key.is_empty() && !value.is_empty()).then_some((key, value))
}

/// Takes the braces away around a text that has them.
pub(super) fn unbraced(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('{')
        .and_then(|inside| inside.strip_suffix('}'))
        .unwrap_or(text)
}

/// Divides a value into its words: separated by blanks and commas, text in balanced braces is one word.
pub(super) fn words(value: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut depth = 0_usize;
    for (at, byte) in value.bytes().enumerate() {
        let divides = matches!(byte, b' ' | b',' | b'\t' | b'\r' | b'\n');
        if divides && depth == 0 {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    words.extend(start.map(|start| start..value.len()));
    words
}

/// Gives the logical lines of a table or list file with the number of their first line: white space at the
/// beginning continues, comments and empty lines do not end.
pub(super) fn logical(text: &Text) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for (number, line) in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        match lines.last_mut() {
            Some((_, last)) if trimmed.len() < line.len() => last.push_str(line),
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};
    use proptest::prelude::*;

    fn at() -> Place {
        Place {
            file: "main.cf".into(),
            line: 7,
            column: 1,
            width: 1,
        }
    }

    /// Opens a table beside some files and asks it.
    fn ask(files: &[(&str, &str)], written: &str, key: &str) -> String {
        let mut all = vec![("main.cf".to_owned(), Vec::new())];
        all.extend(
            files
                .iter()
                .map(|(n, t)| ((*n).to_owned(), t.as_bytes().to_vec())),
        );
        let store = Memory::new(all);
        let files = Files::new(&store, "", None).expect("a folder");
        let reader = Reader::new(&files);
        let tables = Tables::new(&reader);
        match tables.open(written, &at()).get(key) {
            Answer::Found(value, entry) => {
                format!("{value} at {}:{}", entry.place.file, entry.place.line)
            }
            Answer::Nothing => "nothing".to_owned(),
            Answer::Unknown => {
                let unread = reader.missed();
                let first = unread.first().map(|u| format!(" ({}: {})", u.what, u.why));
                format!("unknown{}", first.unwrap_or_default())
            }
        }
    }

    #[test]
    fn indexed_tables_are_read_from_the_text_beside() {
        let file = "# people\nA@Example.com  OK\n  and more\n# no end\n  of it\nempty\nb x\nb y\n\"a b\"@c d\n";
        for (key, expected) in [
            ("a@example.com", "OK  and more  of it at access:2"),
            ("A@EXAMPLE.COM", "OK  and more  of it at access:2"),
            ("empty", "nothing"),
            ("b", "x at access:7"),
            ("a b@c", "d at access:9"),
            ("c", "nothing"),
        ] {
            assert_eq!(
                ask(&[("access", file)], "hash:/etc/postfix/access", key),
                expected,
                "{key}"
            );
            assert_eq!(
                ask(&[("access", file)], "proxy:lmdb:access", key),
                expected,
                "{key}"
            );
        }
        assert_eq!(
            ask(&[], "hash:/etc/postfix/access", "x"),
            "unknown (/etc/postfix/access: not found)"
        );
    }

    #[test]
    fn tables_without_a_file_stand_where_they_are_named() {
        for (written, key, expected) in [
            ("static:ok", "x", "ok at main.cf:7"),
            ("static:{a b}", "x", "a b at main.cf:7"),
            ("static:", "x", " at main.cf:7"),
            ("inline:{ a=b, { C = d e } }", "c", "d e at main.cf:7"),
            ("inline:{ a=b }", "b", "nothing"),
            ("pcre:{ {/^a/ OK}, {/./ no} }", "b", "no at main.cf:7"),
            ("cidr:{ {192.0.2.0/24 OK} }", "192.0.2.9", "OK at main.cf:7"),
            (
                "unionmap:{inline:{a=1},inline:{a=2, b=3}}",
                "a",
                "1,2 at main.cf:7",
            ),
            (
                "unionmap:{inline:{a=1},inline:{a=2, b=3}}",
                "b",
                "3 at main.cf:7",
            ),
            ("pipemap:{inline:{a=b},inline:{b=c}}", "a", "c at main.cf:7"),
            ("pipemap:{inline:{a=b},inline:{x=c}}", "a", "nothing"),
            (
                "mysql:/x",
                "a",
                "unknown (mysql:/x: a table of type mysql is not read from files)",
            ),
            ("proxy:unix:passwd.byname", "a", "unknown"),
            (
                "2001:db8::/32",
                "a",
                "unknown (2001:db8::/32: no known type of table)",
            ),
        ] {
            assert_eq!(ask(&[], written, key), expected, "{written}");
        }
    }

    #[test]
    fn words_are_divided_outside_braces() {
        let divided = |value: &str| -> Vec<String> {
            words(value)
                .into_iter()
                .map(|word| value[word].to_owned())
                .collect()
        };
        assert_eq!(divided(" a, b\tc "), ["a", "b", "c"]);
        assert_eq!(
            divided("x inline:{ a=b, c=d } y"),
            ["x", "inline:{ a=b, c=d }", "y"]
        );
        assert_eq!(divided("}a {b c"), ["}a", "{b c"]);
        assert!(divided(" , ").is_empty());
    }

    proptest! {
        #[test]
        fn no_table_panics(written in "(static|inline|cidr|pcre|regexp|hash|unionmap|pipemap):[{} a=,:/!.0-9]{0,30}",
                           text in "[if endvr/!.*(\\[{}0-9:\n\t#\"é]{0,200}", key in "\\PC{0,20}") {
            ask(&[("a", &text)], &written, &key);
            for kind in ["hash", "cidr", "pcre", "regexp"] {
                ask(&[("a", &text)], &format!("{kind}:/a"), &key);
            }
        }
    }
}
