//! Files of an input, by name, with positions: what every reader reads through.
//!
//! In: a [`Store`] that knows how to read and list (the real one stands in `cli`, the one of tests is a
//! map). Out: [`Text`]s. What was asked for and not found is remembered, for nothing unread may pass as
//! clean.
//!
//! How a path written inside a file is found: relative to the file that names it; absolute below the root
//! that was given, else as it is, else, for a checkout of templates, by its longest tail that exists in the
//! input (`/etc/postfix/maps/x` as `maps/x` beside the file, then `x`).
//!
//! Limits: [`MOST_BYTES`] a file, [`MOST_TOTAL`] all files of an input together, [`MOST_FILES`] files, as many
//! directories, and [`DEEPEST`] of them in each other.

use crate::model::{Place, Unread, Untrusted};
use encoding_rs::{UTF_16BE, UTF_16LE};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The largest file that is read. Configurations are far smaller; a table of a million entries fits.
pub const MOST_BYTES: u64 = 64 << 20;

/// The most bytes that are read of all files of an input together: what is held in memory.
pub const MOST_TOTAL: u64 = 512 << 20;

/// The most files an input may hold, and the most directories that are looked into.
pub const MOST_FILES: usize = 200_000;

/// The longest line, in bytes, in which a place has a column.
const LONGEST_LINE: usize = 1 << 16;

/// What could not be looked at is remembered up to this number.
const MOST_TROUBLE: usize = 1000;

/// How deep directories are gone into.
pub const DEEPEST: usize = 16;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// There is none of that name.
    Missing,
    /// It is a directory, a device, a socket.
    NotAFile,
    /// It has more bytes than are read.
    TooLarge(u64),
    /// The system says no.
    Denied(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not found"),
            Self::NotAFile => f.write_str("not a file"),
            Self::TooLarge(bytes) => write!(f, "too large ({bytes} bytes)"),
            Self::Denied(why) => f.write_str(why),
        }
    }
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name, without the directory.
    pub name: String,
    /// Whether it is a directory.
    pub directory: bool,
}

/// Reads bytes and lists directories. Paths have `/` between their parts.
pub trait Store: Sync {
    /// Reads a whole file of at most [`MOST_BYTES`].
    fn read(&self, path: &str) -> Result<Vec<u8>, Why>;

    /// Lists a directory. Links that lead back to a directory above are left out.
    fn list(&self, path: &str) -> Result<Vec<Entry>, Why>;
}

/// A file in memory.
pub struct Text {
    /// Its name: relative to the input where it lies inside, else its path.
    pub name: Arc<str>,
    /// Its bytes as they are.
    pub bytes: Vec<u8>,
    text: String,
    /// Where each line begins in `text`.
    starts: Vec<usize>,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({:?}, {} bytes)", self.name, self.bytes.len())
    }
}

impl Text {
    /// Takes bytes in. What is no UTF-8 is replaced, character by character; UTF-16 is decoded, with or without
    /// a byte order mark.
    pub fn new(name: &str, bytes: Vec<u8>) -> Self {
        // A file of these servers begins with an ASCII character; with a zero byte beside it, it is UTF-16.
        let text = match (encoding_rs::Encoding::for_bom(&bytes), &bytes[..]) {
            (Some((encoding, mark)), _) => encoding.decode_without_bom_handling(&bytes[mark..]).0,
            (None, [1..=127, 0, ..]) => UTF_16LE.decode_without_bom_handling(&bytes).0,
            (None, [0, 1..=127, ..]) => UTF_16BE.decode_without_bom_handling(&bytes).0,
            (None, _) => String::from_utf8_lossy(&bytes),
        }
        .into_owned();
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        if starts.last() == Some(&text.len()) && starts.len() > 1 {
            starts.pop();
        }
        Self {
            name: name.into(),
            bytes,
            text,
            starts,
        }
    }

    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives the physical lines with their numbers, counted from one, without their line ends.
    pub fn lines(&self) -> impl Iterator<Item = (u32, &str)> {
        (1..=self.count()).map(|number| (number, self.line(number)))
    }

    /// Counts the physical lines.
    pub fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// Gives a physical line, or nothing where there is none of that number.
    pub fn line(&self, number: u32) -> &str {
        let index = number.wrapping_sub(1) as usize;
        let Some(start) = self.starts.get(index) else {
            return "";
        };
        let end = self.starts.get(index + 1).copied();
        let line = &self.text[*start..end.unwrap_or(self.text.len())];
        line.trim_end_matches('\n').trim_end_matches('\r')
    }

    /// Gives the line and the column, in characters from one, of a byte offset into the text.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let index = self.starts.partition_point(|start| *start <= offset).max(1) - 1;
        let start = self.starts.get(index).copied().unwrap_or(0);
        let end = offset.clamp(start, self.text.len());
        let column = self.text.get(start..end).unwrap_or("").chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (number(index + 1), number(column))
    }

    /// Names a whole line.
    pub fn at_line(&self, line: u32) -> Place {
        Place {
            file: Arc::clone(&self.name),
            line,
            column: 0,
            width: 0,
        }
    }

    /// Names a stretch of the text by its byte offsets; what goes past the end of the line is cut off. In a line
    /// that nobody wrote by hand the line has to do, for columns are counted from its beginning.
    pub fn at(&self, start: usize, end: usize) -> Place {
        let index = self.starts.partition_point(|at| *at <= start).max(1);
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        if self.line(number).len() > LONGEST_LINE {
            return self.at_line(number);
        }
        let (line, column) = self.position(start);
        let rest = &self.line(line);
        let width = self.text.get(start..end.max(start)).unwrap_or("");
        let width = width
            .split('\n')
            .next()
            .unwrap_or("")
            .trim_end()
            .chars()
            .count();
        let room = (rest.chars().count() + 1).saturating_sub(column as usize);
        Place {
            file: Arc::clone(&self.name),
            line,
            column,
            width: u32::try_from(width.min(room)).unwrap_or(u32::MAX),
        }
    }

    /// Finds a word on a line and names it there, or the whole line where it is not on it.
    pub fn find_on(&self, line: u32, word: &str) -> Place {
        let text = self.line(line);
        match text.find(word).filter(|_| !word.is_empty()) {
            Some(at) => Place {
                file: Arc::clone(&self.name),
                line,
                column: u32::try_from(text[..at].chars().count() + 1).unwrap_or(u32::MAX),
                width: u32::try_from(word.chars().count()).unwrap_or(u32::MAX),
            },
            None => self.at_line(line),
        }
    }

    /// Names the file as a whole.
    pub fn whole(&self) -> Place {
        self.at_line(0)
    }
}

/// What stands behind a path.
#[derive(Debug, Clone)]
pub enum Found {
    /// The file.
    Text(Arc<Text>),
    /// Nothing that can be read.
    Unread(Why),
}

/// The files of one input. Shared by the readers of all its installations.
pub struct Files<'a> {
    store: &'a dyn Store,
    /// The path as it was given; empty where names are the store's own.
    base: String,
    /// Whether the path is a directory.
    directory: bool,
    root: Option<String>,
    names: BTreeSet<String>,
    trouble: Vec<Unread>,
    /// Directories looked into so far.
    directories: usize,
    cache: Mutex<Cache>,
}

/// What was read of an input so far. A table that two parameters name is read once.
#[derive(Default)]
struct Cache {
    /// By the path the store knows it by.
    found: BTreeMap<String, Found>,
    /// By name, for excerpts.
    texts: BTreeMap<Arc<str>, Arc<Text>>,
    /// Bytes of all texts.
    total: u64,
}

impl<'a> Files<'a> {
    /// Looks at what a path holds: a directory with all that is below it, or a file. `root` is where absolute
    /// paths begin.
    pub fn new(store: &'a dyn Store, path: &str, root: Option<&str>) -> Result<Self, Why> {
        let base = match path.trim_end_matches('/') {
            "" if path.starts_with('/') => "/".to_owned(),
            trimmed => trimmed.to_owned(),
        };
        let mut files = Self {
            store,
            base,
            directory: true,
            root: root.map(|root| root.trim_end_matches('/').to_owned()),
            names: BTreeSet::new(),
            trouble: Vec::new(),
            directories: 0,
            cache: Mutex::default(),
        };
        match store.list(&files.base) {
            Ok(entries) => files.walk("", entries, 0),
            Err(Why::NotAFile) => {
                files.directory = false;
                let name = files.base.rsplit('/').next().unwrap_or_default().to_owned();
                files.names.insert(name);
            }
            Err(why) => return Err(why),
        }
        Ok(files)
    }

    fn walk(&mut self, below: &str, mut entries: Vec<Entry>, depth: usize) {
        entries.sort();
        for entry in entries {
            let name = join(below, &entry.name);
            if !entry.directory {
                if self.names.len() >= MOST_FILES {
                    self.trouble.push(Unread {
                        what: name,
                        why: format!("the input has more than {MOST_FILES} files"),
                    });
                    return;
                }
                self.names.insert(name);
                continue;
            }
            // History and dependencies of a checkout are no configuration.
            if matches!(
                entry.name.as_str(),
                ".git" | ".hg" | ".svn" | "node_modules"
            ) {
                continue;
            }
            if depth >= DEEPEST {
                // Links that multiply lead here very often.
                if self.trouble.len() < MOST_TROUBLE {
                    let why = format!("more than {DEEPEST} directories deep");
                    self.trouble.push(Unread { what: name, why });
                }
                continue;
            }
            if self.directories >= MOST_FILES {
                if self.directories == MOST_FILES {
                    let why = format!("the input has more than {MOST_FILES} directories");
                    self.trouble.push(Unread { what: name, why });
                    self.directories += 1;
                }
                return;
            }
            self.directories += 1;
            match self.store.list(&self.path_of(&name)) {
                Ok(inside) => self.walk(&name, inside, depth + 1),
                Err(why) => self.trouble.push(Unread {
                    what: name,
                    why: why.to_string(),
                }),
            }
        }
    }

    /// Gives the names of all files of the input, relative to it, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Gives the names of the files directly inside a directory of the input, relative to the input; `""` is
    /// the input itself.
    pub fn inside<'s>(&'s self, directory: &str) -> impl Iterator<Item = &'s str> + use<'s> {
        let prefix = match directory {
            "" => String::new(),
            directory => format!("{directory}/"),
        };
        let length = prefix.len();
        self.names
            .range(prefix.clone()..)
            .take_while(move |name| name.starts_with(&prefix))
            .filter(move |name| !name[length..].contains('/'))
            .map(String::as_str)
    }

    /// Tells whether the input has a file of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Tells whether the input is one file.
    pub fn is_single(&self) -> bool {
        !self.directory
    }

    /// Gives what could not be looked at in the input.
    pub fn trouble(&self) -> &[Unread] {
        &self.trouble
    }

    /// Reads a file of the input.
    pub fn read(&self, name: &str) -> Found {
        self.load(&self.path_of(name), name)
    }

    /// Reads what a path written in the file `from` leads to; see the head of this file for how.
    fn resolve(&self, written: &str, from: &str) -> Found {
        let directory = parent(from);
        if !written.starts_with('/') {
            let name = normal(&join(directory, written));
            return match name.strip_prefix("../") {
                None => self.load(&self.path_of(&name), &name),
                Some(_) => self.load(&normal(&join(&self.base, &name)), &name),
            };
        }
        let outside = match &self.root {
            Some(root) => format!("{root}{}", normal(written)),
            None => normal(written),
        };
        let inside = outside
            .strip_prefix(&self.base)
            .and_then(|rest| rest.strip_prefix('/'))
            .filter(|_| self.directory && !self.base.is_empty());
        let found = self.load(&outside, inside.unwrap_or(&outside));
        if self.root.is_some() || !matches!(found, Found::Unread(Why::Missing)) {
            return found;
        }
        // By its longest tail beside the file, then anywhere above it in the input.
        let mut above = Some(directory);
        while let Some(directory) = above {
            let mut tail = written.trim_start_matches('/');
            loop {
                let name = normal(&join(directory, tail));
                if self.has(&name) {
                    return self.read(&name);
                }
                match tail.split_once('/') {
                    Some((_, rest)) => tail = rest,
                    None => break,
                }
            }
            above = (!directory.is_empty()).then(|| parent(directory));
        }
        found
    }

    fn path_of(&self, name: &str) -> String {
        match (self.directory, self.base.as_str()) {
            (true, base) => join(base, name),
            // The one file of the input, or one beside it.
            (false, base) if base.rsplit('/').next() == Some(name) => base.to_owned(),
            (false, base) => join(parent(base), name),
        }
    }

    fn load(&self, path: &str, name: &str) -> Found {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.found.get(path) {
            return found.clone();
        }
        if cache.total > MOST_TOTAL {
            return Found::Unread(Why::Denied(format!(
                "the input has more than {MOST_TOTAL} bytes"
            )));
        }
        drop(cache);
        let found = match self.store.read(path) {
            Ok(bytes) => Found::Text(Arc::new(Text::new(name, bytes))),
            Err(why) => Found::Unread(why),
        };
        cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.found.get(path) {
            // Another thread was faster.
            return found.clone();
        }
        if let Found::Text(text) = &found {
            cache.total += text.bytes.len() as u64;
            cache.texts.insert(Arc::clone(&text.name), Arc::clone(text));
        }
        cache.found.insert(path.to_owned(), found.clone());
        found
    }
}

/// Reads for one installation, and remembers what it did not get.
pub struct Reader<'a> {
    /// The files of the input.
    pub files: &'a Files<'a>,
    unread: Mutex<BTreeSet<Unread>>,
}

impl<'a> Reader<'a> {
    /// Begins to read.
    pub fn new(files: &'a Files<'a>) -> Self {
        Self {
            files,
            unread: Mutex::default(),
        }
    }

    /// Reads a file of the input by its name; nothing where there is none of that name. What is there and
    /// cannot be read is remembered.
    pub fn own(&self, name: &str) -> Option<Arc<Text>> {
        if !self.files.has(name) {
            return None;
        }
        self.keep(name, self.files.read(name)).ok()
    }

    /// Reads what a path written in the file `from` leads to. What cannot be read is remembered.
    pub fn named(&self, written: &str, from: &str) -> Result<Arc<Text>, Why> {
        self.keep(written, self.files.resolve(written, from))
    }

    /// Does as [`Reader::named`] for what need not be there: nothing is remembered where it is missing.
    pub fn optional(&self, written: &str, from: &str) -> Option<Arc<Text>> {
        match self.files.resolve(written, from) {
            Found::Unread(Why::Missing) => None,
            found => self.keep(written, found).ok(),
        }
    }

    fn keep(&self, what: &str, found: Found) -> Result<Arc<Text>, Why> {
        match found {
            Found::Text(text) => Ok(text),
            Found::Unread(why) => {
                self.miss(what, &why.to_string());
                Err(why)
            }
        }
    }

    /// Remembers that something was not read or not understood.
    pub fn miss(&self, what: &str, why: &str) {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        // A hostile file names no end of others.
        if unread.len() < 1000 {
            unread.insert(Unread {
                what: what.to_owned(),
                why: why.to_owned(),
            });
        }
    }

    /// Gives what was not read so far, in order.
    pub fn missed(&self) -> Vec<Unread> {
        let unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        unread.iter().cloned().collect()
    }

    /// Gives what was not read.
    pub fn unread(self) -> Vec<Unread> {
        let unread = self.unread.into_inner();
        Vec::from_iter(unread.unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives the physical line a place names, for evidence.
    pub fn excerpt(&self, place: &Place) -> Untrusted {
        let cache = self
            .files
            .cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let text = cache.texts.get(&place.file).map(Arc::clone);
        drop(cache);
        let line = text.as_ref().map_or("", |text| text.line(place.line));
        // A line of megabytes proves no more than its beginning.
        let cut = line
            .char_indices()
            .nth(400)
            .map_or(line.len(), |(at, _)| at);
        Untrusted::from(&line[..cut])
    }
}

/// Gives the directory a name lies in; `""` for the input itself.
pub fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Gives the last part of a name.
pub fn base_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Puts a directory and a name together.
pub fn join(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        "/" => format!("/{name}"),
        directory => format!("{directory}/{name}"),
    }
}

/// Takes `.` and `..` out of a path where that can be told from the path alone.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match path.starts_with('/') {
        true => format!("/{joined}"),
        false => joined,
    }
}

/// Files in memory: for tests, and for standard input.
#[derive(Debug, Default)]
pub struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    /// Takes files, by their names.
    pub fn new<N: Into<String>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (N, B)>) -> Self {
        let files = files.into_iter();
        Self(
            files
                .map(|(name, bytes)| (name.into(), bytes.into()))
                .collect(),
        )
    }
}

impl Store for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, Why> {
        self.0.get(path).cloned().ok_or(Why::Missing)
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, Why> {
        if self.0.contains_key(path) {
            return Err(Why::NotAFile);
        }
        let prefix = match path {
            "" => String::new(),
            path => format!("{path}/"),
        };
        let below = self.0.keys().filter_map(|name| name.strip_prefix(&prefix));
        let entries: BTreeSet<Entry> = below
            .map(|rest| match rest.split_once('/') {
                Some((directory, _)) => Entry {
                    name: directory.to_owned(),
                    directory: true,
                },
                None => Entry {
                    name: rest.to_owned(),
                    directory: false,
                },
            })
            .collect();
        match entries.is_empty() {
            true => Err(Why::Missing),
            false => Ok(entries.into_iter().collect()),
        }
    }
}

/// Cuts text that a file gave down to what fits into a message.
pub fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(120) {
        Some((at, _)) => Cow::Owned(format!("{}...", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> Memory {
        Memory::new([
            ("in/main.cf", "mynetworks = /etc/postfix/maps/nets\n"),
            ("in/maps/nets", "127.0.0.0/8\n"),
            ("in/b/main.cf", "x = y"),
            ("in/.git/config", "no"),
            ("root/etc/mail/access", "Connect:x RELAY"),
        ])
    }

    fn text(found: Found) -> String {
        match found {
            Found::Text(text) => format!("{}: {}", text.name, text.as_str().trim_end()),
            Found::Unread(why) => why.to_string(),
        }
    }

    #[test]
    fn names_what_an_input_holds() {
        let store = store();
        let files = Files::new(&store, "in/", None).expect("a directory");
        let names: Vec<&str> = files.names().collect();
        assert_eq!(names, ["b/main.cf", "main.cf", "maps/nets"]);
        assert_eq!(files.inside("").collect::<Vec<_>>(), ["main.cf"]);
        assert_eq!(files.inside("b").collect::<Vec<_>>(), ["b/main.cf"]);
        assert_eq!(
            Files::new(&store, "nothing", None).err(),
            Some(Why::Missing)
        );
        let single = Files::new(&store, "in/main.cf", None).expect("a file");
        assert!(single.is_single());
        assert_eq!(
            text(single.read("main.cf")),
            "main.cf: mynetworks = /etc/postfix/maps/nets"
        );
    }

    #[test]
    fn finds_absolute_paths_by_their_tail_beside_the_file() {
        let store = store();
        let files = Files::new(&store, "in", None).expect("a directory");
        let found = |path: &str, from: &str| text(files.resolve(path, from));
        assert_eq!(
            found("/etc/postfix/maps/nets", "main.cf"),
            "maps/nets: 127.0.0.0/8"
        );
        assert_eq!(
            found("/etc/postfix/maps/nets", "b/main.cf"),
            "maps/nets: 127.0.0.0/8"
        );
        assert_eq!(
            found("maps/../maps/./nets", "main.cf"),
            "maps/nets: 127.0.0.0/8"
        );
        assert_eq!(found("/etc/other", "main.cf"), "not found");
        assert_eq!(found("../../x", "b/main.cf"), "not found");
    }

    #[test]
    fn a_root_takes_absolute_paths_and_nothing_else_does() {
        let store = store();
        let files = Files::new(&store, "in", Some("root/")).expect("a directory");
        assert_eq!(
            text(files.resolve("/etc/mail/access", "main.cf")),
            "root/etc/mail/access: Connect:x RELAY"
        );
        assert_eq!(text(files.resolve("/maps/nets", "main.cf")), "not found");
    }

    #[test]
    fn counts_lines_and_columns_from_one() {
        let text = Text::new("x", "a = b\r\n  größe, c\n".into());
        assert_eq!(text.count(), 2);
        assert_eq!(text.line(1), "a = b");
        assert_eq!(text.line(3), "");
        let at = text.as_str().find("c\n").expect("there");
        assert_eq!(text.position(at), (2, 10));
        let place = text.find_on(2, "größe");
        assert_eq!((place.line, place.column, place.width), (2, 3, 5));
        assert_eq!(Text::new("x", Vec::new()).count(), 1);
        for utf_16 in [
            &b"\xff\xfeh\0i\0"[..],
            b"\xfe\xff\0h\0i",
            b"h\0i\0",
            b"\0h\0i",
        ] {
            assert_eq!(Text::new("x", utf_16.to_vec()).as_str(), "hi");
        }
        assert_eq!(Text::new("x", b"hi\0".to_vec()).as_str(), "hi\0");
    }

    #[test]
    fn what_is_missing_is_remembered_unless_it_may_be() {
        let store = store();
        let files = Files::new(&store, "in", None).expect("a directory");
        let reader = Reader::new(&files);
        assert!(reader.named("/etc/absent", "main.cf").is_err());
        assert!(reader.optional("/etc/absent-too", "main.cf").is_none());
        let unread = reader.unread();
        assert_eq!(unread.len(), 1);
        assert_eq!(
            (unread[0].what.as_str(), unread[0].why.as_str()),
            ("/etc/absent", "not found")
        );
    }
}
