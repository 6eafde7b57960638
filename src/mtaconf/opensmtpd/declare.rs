//! The declarations of smtpd.conf that rules rest on: listeners, tables, actions; and the words that go into them.
//!
//! In: statements. Out: parts of a [`super::conf::Conf`]; nothing where a statement is not understood.
//!
//! References: smtpd.conf(5), table(5).

use super::super::source::short;
use super::super::spot::Spot;
use super::conf::{Auth, Deed, Listener, Set, Tls};
use super::grammar::Builder;
use super::lex::{Statement, Token};
use super::table::{Entry, Table, read_file};
use std::rc::Rc;
use std::sync::Arc;

/// Goes through the words of a statement.
pub(super) struct Words<'t> {
    left: &'t [Token],
    last: Spot,
}

impl<'t> Words<'t> {
    /// Begins behind the first word.
    pub(super) fn behind_first(statement: &'t Statement) -> Option<Self> {
        let (first, left) = statement.tokens.split_first()?;
        let last = first.spot.clone();
        Some(Self { left, last })
    }

    /// Looks at the next word.
    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.left.first()
    }

    /// Takes the next word.
    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        self.last = first.spot.clone();
        Some(first)
    }

    /// Takes the next word if it is this one.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let is = self.peek().is_some_and(|token| token.is(word));
        if is {
            self.next();
        }
        is
    }

    /// Takes the next word if it is a name.
    pub(super) fn name(&mut self) -> Option<&'t Token> {
        self.peek()
            .is_some_and(Token::is_word)
            .then(|| self.next())
            .flatten()
    }

    /// Gives the last word that was taken.
    pub(super) fn last(&self) -> &Spot {
        &self.last
    }
}

impl Builder<'_, '_> {
    /// Reads a listener.
    pub(super) fn listen(&mut self, statement: &Statement) -> Option<()> {
        let mut words = Words::behind_first(statement)?;
        if !words.eat("on") {
            return None;
        }
        let on = words.name()?;
        let address: Option<std::net::IpAddr> = on.word.parse().ok();
        let mut listener = Listener {
            on: on.word.clone(),
            ports: Vec::new(),
            v6_only: address.map(|address| address.is_ipv6()),
            tag: None,
            auth: Auth::No,
            tls: Tls::No,
            implicit_tls: false,
            proxy: None,
            filtered: false,
            spot: statement.tokens.first()?.spot.to(&on.spot),
        };
        while let Some(word) = words.next() {
            match word.word.as_str() {
                "port" => listener.ports.push(words.name()?.word.clone()),
                "inet4" => listener.v6_only = Some(false),
                "inet6" => listener.v6_only = Some(true),
                "tag" => listener.tag = Some(words.name()?.word.clone()),
                "auth" => listener.auth = Auth::Required,
                "auth-optional" => listener.auth = Auth::Offered,
                "tls" => listener.tls = Tls::Offered,
                "smtps" => {
                    listener.tls = Tls::Required;
                    listener.implicit_tls = true;
                }
                // Of old: STARTTLS on 25 and TLS on 465.
                "secure" => listener.tls = Tls::Offered,
                "tls-require" => listener.tls = Tls::Required,
                "verify" => listener.tls = Tls::Verified,
                "proxy-v2" => listener.proxy = Some(word.spot.clone()),
                "filter" => listener.filtered = true,
                _ => {}
            }
        }
        if listener.ports.is_empty() {
            let ports: &[&str] = match (listener.implicit_tls, listener.tls) {
                (true, _) => &["465"],
                (false, _) => &["25"],
            };
            listener.ports = ports.iter().map(ToString::to_string).collect();
        }
        self.conf.listeners.push(listener);
        Some(())
    }

    /// Reads a table.
    pub(super) fn table(&mut self, statement: &Statement) -> Option<()> {
        let mut words = Words::behind_first(statement)?;
        let name = words.name()?;
        let mut table = Table {
            name: name.word.clone(),
            spot: name.spot.clone(),
            entries: Rc::new([]),
            known: true,
        };
        if words.eat("{") {
            table.entries = braces(&mut words)?.into();
            table.known = !statement.broken;
        } else {
            let path = words.name()?;
            let (kind, path) = match path.word.split_once(':') {
                Some((kind, path)) => (kind, path),
                None => ("file", path.word.as_str()),
            };
            table.known = false;
            if kind != "file" {
                let what = format!("the table \"{}\" of type {kind}", table.name);
                self.conf.elsewhere.push((table.spot.clone(), what));
            } else if let Ok(text) = self.reader.named(path, &table.spot.text().name) {
                let known = self.files.entry(Arc::clone(&text.name));
                (table.entries, table.known) = known.or_insert_with(|| read_file(&text)).clone();
                if !table.known {
                    self.reader.miss(path, "has more entries than are read");
                }
            } else {
                let what = format!("the table \"{}\" in {}", table.name, short(path));
                self.conf.elsewhere.push((table.spot.clone(), what));
            }
        }
        self.tables.insert(table.name.clone(), Rc::new(table));
        Some(())
    }

    /// Reads an action.
    pub(super) fn action(&mut self, statement: &Statement) -> Option<()> {
        let mut words = Words::behind_first(statement)?;
        let name = words.name()?.word.clone();
        let method = words.name()?;
        let deed = match method.word.as_str() {
            "relay" => Deed::Relay,
            "mbox" | "maildir" | "mda" | "lmtp" | "expand-only" | "forward-only" => {
                let mut users = None;
                while let Some(word) = words.next() {
                    if word.is("virtual") {
                        users = Some(self.set(&mut words, false)?.table);
                    }
                }
                Deed::Deliver(users)
            }
            _ => Deed::Unknown,
        };
        self.actions.insert(name, deed);
        Some(())
    }

    /// Takes a table by name, a list in braces or one word.
    pub(super) fn set(&self, words: &mut Words<'_>, regex: bool) -> Option<Set> {
        let start = words.peek()?.spot.clone();
        let table = if words.eat("<") {
            let name = words.name()?;
            if !words.eat(">") {
                return None;
            }
            self.named(&name.word, &name.spot)
        } else {
            let entries = match words.eat("{") {
                true => braces(words)?,
                false => {
                    let word = words.name()?;
                    vec![Entry {
                        key: word.word.clone(),
                        value: None,
                        spot: word.spot.clone(),
                    }]
                }
            };
            Rc::new(Table {
                name: String::new(),
                spot: start.to(words.last()),
                entries: entries.into(),
                known: true,
            })
        };
        Some(Set { table, regex })
    }

    fn named(&self, name: &str, spot: &Spot) -> Rc<Table> {
        self.tables.get(name).cloned().unwrap_or_else(|| {
            let what = format!("the table <{}> at {}", short(name), spot.shown());
            self.reader
                .miss(&what, "it is not declared before it is used");
            Rc::new(Table {
                name: name.to_owned(),
                spot: spot.clone(),
                entries: Rc::new([]),
                known: false,
            })
        })
    }
}

/// Takes the inside of braces and the closing one.
fn braces(words: &mut Words<'_>) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let word = words.next()?;
        if word.is("}") {
            return Some(entries);
        }
        if word.is(",") {
            continue;
        }
        if word.is("=") {
            let value = words.name()?.word.clone();
            entries.last_mut()?.value = Some(value);
            continue;
        }
        if !word.is_word() {
            return None;
        }
        entries.push(Entry {
            key: word.word.clone(),
            value: None,
            spot: word.spot.clone(),
        });
    }
}
