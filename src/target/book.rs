//! What was written, in few bytes: where, as what, with which ports.
//!
//! A list of a million addresses is ordinary. So a target keeps its text only where that cannot be
//! made again from what it means, places are numbers into a short list of files, and equal port
//! lists are one.

use super::cidr;
use super::name::Name;
use super::parse::{Place, TargetSpec};
use super::port::PortList;
use crate::model::Origin;
use std::collections::HashMap;
use std::sync::Arc;

/// What kind of target was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Address,
    Range,
    Name,
    Mx,
}

/// Where a target was written.
#[derive(Debug, Clone, Copy)]
enum Position {
    Argument(u32),
    Line {
        file: u32,
        line: u32,
    },
    /// Anything else, kept whole.
    Other(u32),
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    position: Position,
    ports: ListId,
    kind: Kind,
}

/// A list of ports among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListId(u32);

impl ListId {
    /// The default ports, for targets that name none.
    pub(super) const DEFAULT: Self = Self(0);
}

/// Lists of ports, each kept once; the default ports come first.
#[derive(Debug, Clone, Default)]
pub(super) struct PortLists {
    lists: Vec<PortList>,
    ids: HashMap<PortList, ListId>,
}

impl PortLists {
    pub(super) fn new(default: PortList) -> Self {
        Self {
            lists: vec![default],
            ids: HashMap::new(),
        }
    }

    /// Gives the number of a list. There are never more lists than targets and ports of them, which
    /// memory bounds far below the numbers there are.
    pub(super) fn intern(&mut self, list: &PortList) -> ListId {
        if let Some(id) = self.ids.get(list) {
            return *id;
        }
        let id =
            ListId(u32::try_from(self.lists.len()).expect("memory ends before the numbers do"));
        self.lists.push(list.clone());
        self.ids.insert(list.clone(), id);
        id
    }

    pub(super) fn get(&self, id: ListId) -> &PortList {
        &self.lists[id.0 as usize]
    }
}

/// Everything that was written. Targets are numbered in written order.
#[derive(Debug, Clone)]
pub(super) struct Book {
    entries: Vec<Entry>,
    /// Texts that cannot be made again.
    texts: HashMap<u32, Arc<str>>,
    files: Vec<Arc<str>>,
    others: Vec<Origin>,
    names: Vec<Name>,
    name_ids: HashMap<Name, u32>,
    pub(super) lists: PortLists,
}

impl Book {
    pub(super) fn new(default: PortList) -> Self {
        Self {
            entries: Vec::new(),
            texts: HashMap::new(),
            files: Vec::new(),
            others: Vec::new(),
            names: Vec::new(),
            name_ids: HashMap::new(),
            lists: PortLists::new(default),
        }
    }

    /// Enters a target. Gives its number, or nothing when the numbers are used up.
    pub(super) fn enter(&mut self, origin: Origin, text: &str, spec: &TargetSpec) -> Option<u32> {
        let number = u32::try_from(self.entries.len()).ok()?;
        let kind = match spec.place {
            Place::Address(_) => Kind::Address,
            Place::Range(_) => Kind::Range,
            Place::Name(_) => Kind::Name,
            Place::Mx(_) => Kind::Mx,
        };
        // What the ends of a network were is not kept: its parts may be.
        if kind == Kind::Range || spec.to_string() != text {
            self.texts.insert(number, text.into());
        }
        let position = self.position(origin);
        let ports = match &spec.ports {
            Some(ports) => self.lists.intern(ports),
            None => ListId::DEFAULT,
        };
        self.entries.push(Entry {
            position,
            ports,
            kind,
        });
        Some(number)
    }

    /// Gives the number of a name.
    pub(super) fn intern(&mut self, name: &Name) -> u32 {
        if let Some(id) = self.name_ids.get(name) {
            return *id;
        }
        let id = u32::try_from(self.names.len()).expect("there are no more names than targets");
        self.names.push(name.clone());
        self.name_ids.insert(name.clone(), id);
        id
    }

    /// Gives back what only entering needs.
    pub(super) fn close(&mut self) {
        self.name_ids = HashMap::new();
        self.lists.ids = HashMap::new();
        self.entries.shrink_to_fit();
        self.names.shrink_to_fit();
    }

    pub(super) fn kind(&self, number: u32) -> Kind {
        self.entries[number as usize].kind
    }

    /// Gives the ports of a target: its own, or the default.
    pub(super) fn ports(&self, number: u32) -> ListId {
        self.entries[number as usize].ports
    }

    pub(super) fn name(&self, id: u32) -> &Name {
        &self.names[id as usize]
    }

    pub(super) fn origin(&self, number: u32) -> Origin {
        match self.entries[number as usize].position {
            Position::Argument(position) => Origin::Argument(position as usize),
            Position::Line { file, line } => Origin::ListLine {
                file: Arc::clone(&self.files[file as usize]),
                line: line as usize,
            },
            Position::Other(other) => self.others[other as usize].clone(),
        }
    }

    /// Gives the text of a target. `key` is its address or the number of its name.
    pub(super) fn text(&self, number: u32, key: u128) -> Arc<str> {
        if let Some(text) = self.texts.get(&number) {
            return Arc::clone(text);
        }
        let entry = self.entries[number as usize];
        let place = match entry.kind {
            Kind::Name => Place::Name(self.name(key as u32).clone()),
            Kind::Mx => Place::Mx(self.name(key as u32).clone()),
            Kind::Address | Kind::Range => Place::Address(cidr::address(key)),
        };
        let ports = match entry.ports {
            ListId::DEFAULT => None,
            own => Some(self.lists.get(own).clone()),
        };
        TargetSpec { place, ports }.to_string().into()
    }

    fn position(&mut self, origin: Origin) -> Position {
        match &origin {
            Origin::Argument(position) => {
                if let Ok(position) = u32::try_from(*position) {
                    return Position::Argument(position);
                }
            }
            Origin::ListLine { file, line } => {
                // Lists come one after the other.
                if self.files.last() != Some(file) {
                    self.files.push(Arc::clone(file));
                }
                let last = u32::try_from(self.files.len() - 1);
                if let (Ok(file), Ok(line)) = (last, u32::try_from(*line)) {
                    return Position::Line { file, line };
                }
            }
            Origin::Option(_)
            | Origin::Mx { .. }
            | Origin::ImplicitMx { .. }
            | Origin::Reported(_) => {}
        }
        self.others.push(origin);
        let other = u32::try_from(self.others.len() - 1);
        Position::Other(other.expect("there are no more origins than targets"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_only_where_it_cannot_be_made_again() {
        let mut book = Book::new(PortList::default());
        for (text, kept) in [
            ("192.0.2.1", false),
            ("2001:db8::1", false),
            ("[2001:db8::1]:25", false),
            ("192.0.2.1:25,2465/tls", false),
            ("mail.example.com", false),
            ("mx:example.com:465/plain", false),
            ("smtp://mail.example.com:465", false),
            ("Mail.example.com", true),
            ("192.0.2.1:465/tls", true),
            ("smtp://mail.example.com", true),
            ("192.0.2.0/24", true),
        ] {
            let spec = TargetSpec::parse(text).expect(text);
            let key = match &spec.place {
                Place::Address(address) => cidr::key(*address),
                Place::Name(name) | Place::Mx(name) => u128::from(book.intern(name)),
                Place::Range(range) => range.first,
            };
            let number = book.enter(Origin::Argument(1), text, &spec).expect("room");
            assert_eq!(book.texts.contains_key(&number), kept, "{text}");
            assert_eq!(&*book.text(number, key), text);
        }
        assert_eq!(size_of::<Entry>(), 20);
    }

    #[test]
    fn gives_back_where_things_were_written() {
        let line = |file: &str, line| Origin::ListLine {
            file: file.into(),
            line,
        };
        let mut book = Book::new(PortList::default());
        let spec = TargetSpec::parse("a.example").expect("a name");
        for origin in [
            Origin::Argument(7),
            line("a", 1),
            line("b", 2),
            line("b", 3),
            line("a", 4),
            line("a", usize::MAX),
            Origin::Argument(usize::MAX),
            Origin::Option("-x"),
        ] {
            let number = book.enter(origin.clone(), "a.example", &spec);
            assert_eq!(book.origin(number.expect("room")), origin);
        }
    }
}
