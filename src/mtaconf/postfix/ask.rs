//! What tables and lists say to the outsider, for the evaluator.
//!
//! In: a statement that asks a table, or the name of a parameter that is a list. Out: opinions, each with the entry or
//! item that made it. Answers that hang on nothing but the table are kept.
//!
//! References: access(5); ADDRESS_CLASS_README for the classes of domains.

use super::access::{Access, Meaning, Said};
use super::evaluate::{Cached, Evaluator, Stage};
use super::lists::{Clients, List, Match, Style};
use super::params::{Of, Value};
use super::restrictions::{self, Asks, Statement};
use super::verdict::{Because, By, Class, End, Forged};
use crate::model::{Place, Relay};
use crate::mtaconf::decide::{Assume, Opinion};
use std::collections::HashMap;
use std::rc::Rc;

/// Lists as values of tables that are walked for one installation. Real tables have a handful of different ones,
/// and one is walked once for each table and assumption.
const MOST_NESTED: usize = 50_000;

/// A list of clients, read.
#[derive(Debug)]
pub(super) struct Trusted {
    /// What it says to a stranger.
    pub(super) clients: Clients,
    /// The list.
    pub(super) list: List,
    /// Its value.
    pub(super) value: Rc<Value>,
}

impl Evaluator<'_, '_> {
    /// Says what a table says to the outsider.
    pub(super) fn table(
        &self,
        one: &Statement,
        asks: Asks,
        stage: Stage<'_>,
        class: &Class,
    ) -> (Opinion, By, bool) {
        let by = By::plain(one);
        let seen = match asks {
            Asks::Client | Asks::Forbidden => true,
            Asks::Helo => stage.helo,
            Asks::Sender => stage.sender,
            Asks::Recipient => stage.recipient,
            Asks::Other => false,
        };
        if !seen {
            return (Opinion::None, by, false);
        }
        let (said, forged) = self.ask(one, asks, stage, class);
        let opinion = match (said.meaning, asks) {
            // Postfix answers 451 rather than let a stranger's DNS permit.
            (Meaning::Permit, Asks::Forbidden) => Opinion::Refuse,
            (Meaning::Unknown, Asks::Forbidden) => Opinion::None,
            (Meaning::Permit, _) => Opinion::Permit,
            (Meaning::Refuse, _) => Opinion::Refuse,
            (Meaning::Unknown, _) => Opinion::Unknown,
            (Meaning::Pass | Meaning::DeferIfPermit, _) => Opinion::None,
        };
        let defer = said.meaning == Meaning::DeferIfPermit;
        let by = By {
            entry: said.entry,
            forged,
            ..by
        };
        (opinion, by, defer)
    }

    fn ask(&self, one: &Statement, asks: Asks, stage: Stage<'_>, class: &Class) -> Cached {
        let forging = stage.assume != Assume::AsWritten;
        let written = one.argument.as_deref().unwrap_or_default();
        let parents = self.parents(stage.of, "smtpd_access_maps");
        let key = (written.to_owned(), asks, forging, parents);
        if let Some(cached) = self.said.borrow().get(&key) {
            return cached.clone();
        }
        let place = one.argument_place();
        let table = self.tables.open(written, &place);
        let access = Access {
            table: &table,
            parents,
        };
        let mut nested = false;
        let mut known: HashMap<String, Meaning> = HashMap::new();
        let mut lists = |text: &str| {
            nested = true;
            if let Some(meaning) = known.get(text) {
                return *meaning;
            }
            let meaning = self.nested(text, &place, stage, class);
            known.insert(text.to_owned(), meaning);
            meaning
        };
        let forged = match asks {
            Asks::Helo if forging => access
                .forged_helo(&mut lists)
                .map(|(helo, entry)| (Forged::Helo(helo), entry)),
            Asks::Sender if forging => access
                .forged_sender(&mut lists)
                .map(|(sender, entry)| (Forged::Sender(sender), entry)),
            _ => None,
        };
        let any = match asks {
            Asks::Client | Asks::Forbidden | Asks::Other => access.any_client(&mut lists),
            Asks::Helo => access.any_helo(&mut lists),
            Asks::Sender | Asks::Recipient => access.any_mailbox(&mut lists),
        };
        let answer = match forged {
            Some((forged, entry)) if any.meaning != Meaning::Permit => (
                Said {
                    meaning: Meaning::Permit,
                    entry: Some(entry),
                },
                Some(forged),
            ),
            _ => (any, None),
        };
        if !nested {
            self.said.borrow_mut().insert(key, answer.clone());
        }
        answer
    }

    /// Evaluates a list that is the value of an entry.
    fn nested(&self, text: &str, place: &Place, stage: Stage<'_>, class: &Class) -> Meaning {
        let walked = self.nested.get();
        self.nested.set(walked.saturating_add(1));
        if walked == MOST_NESTED {
            let why = "too many different lists as values of tables; the rest counts as unknown";
            self.config.reader.miss(&place.file, why);
        }
        if walked >= MOST_NESTED {
            return Meaning::Unknown;
        }
        let classes = self.classes(stage.of);
        let statements = restrictions::of_entry(text, place, &|name| classes.contains(name));
        let walk = self.walk(&statements, stage, class, false, 1);
        match walk.end {
            End::Permit(by) if by.unknown => Meaning::Unknown,
            End::Permit(_) => Meaning::Permit,
            End::Refuse(_) => Meaning::Refuse,
            End::Out if walk.defers.is_some() => Meaning::DeferIfPermit,
            End::Out => Meaning::Pass,
        }
    }

    /// Says whether a value of an access table permits the outsider, and whether as it stands.
    pub(super) fn permits(&self, of: Of<'_>, text: &str, place: &Place) -> Meaning {
        let stage = Stage {
            of,
            assume: Assume::AsWritten,
            helo: true,
            sender: true,
            recipient: true,
        };
        self.nested(text, place, stage, &Class::None)
    }

    /// Tells whether a parameter is in parent_domain_matches_subdomains.
    pub(super) fn parents(&self, of: Of<'_>, name: &str) -> bool {
        let value = self.config.value(of, "parent_domain_matches_subdomains");
        value.words.iter().any(|word| word.text == name)
    }

    /// Says what permit_mynetworks says to the outsider.
    pub(super) fn networks(&self, of: Of<'_>) -> (Opinion, Option<Because>) {
        let trusted = self.clients(of, "mynetworks");
        let because = |item, entry| Because::of(&trusted.value, &trusted.list, item, entry);
        match &trusted.clients {
            Clients::Everybody(source) => {
                (Opinion::Permit, because(source.item, source.entry.clone()))
            }
            Clients::Fails(item) => (Opinion::Refuse, because(*item, None)),
            Clients::Unknown(item) => (Opinion::Unknown, because(*item, None)),
            Clients::Nobody => (Opinion::None, None),
        }
    }

    /// Says what a list of clients says to a stranger.
    pub(super) fn clients(&self, of: Of<'_>, name: &str) -> Rc<Trusted> {
        let value = Rc::new(self.config.value(of, name));
        let parents = self.parents(of, name);
        let key = (
            format!("{name} {parents} {}", value.text),
            value.place.clone(),
        );
        if let Some(known) = self.clients.borrow().get(&key) {
            return Rc::clone(known);
        }
        let list = List::of(self.tables, &value, Style::Clients { parents });
        let trusted = Rc::new(Trusted {
            clients: list.clients(),
            list,
            value,
        });
        self.clients.borrow_mut().insert(key, Rc::clone(&trusted));
        trusted
    }

    /// Says what becomes of the outsider's recipient at a service that speaks QMQP: whoever is in the list of
    /// clients may send anywhere.
    pub(super) fn qmqp(&self, of: Of<'_>) -> Relay {
        match self.clients(of, "qmqpd_authorized_clients").clients {
            Clients::Everybody(_) => Relay::Open,
            Clients::Unknown(_) => Relay::Conditional,
            Clients::Fails(_) | Clients::Nobody => Relay::Closed,
        }
    }

    /// Says which class a domain falls into: the given one, or any that nobody thought of.
    pub(super) fn class(&self, of: Of<'_>, domain: Option<&str>) -> Class {
        let mut unknown = None;
        for (name, relays) in [
            ("mydestination", false),
            ("virtual_alias_domains", false),
            ("virtual_mailbox_domains", false),
            ("relay_domains", true),
        ] {
            let value = Rc::new(self.config.value(of, name));
            let style = match relays {
                true => Style::Domains {
                    parents: self.parents(of, name),
                },
                false => Style::Exact,
            };
            let list = List::of(self.tables, &value, style);
            let answer = match domain {
                Some(domain) => list.has(domain),
                None => list.foreign(),
            };
            let because = |item, entry| Because::of(&value, &list, item, entry);
            match answer {
                Match::Yes(source) => {
                    let found = because(source.item, source.entry);
                    return match found {
                        Some(because) if relays => Class::Relay(because),
                        Some(because) => Class::Local(because),
                        None => Class::None,
                    };
                }
                // A table of local domains that is not shown may at worst swallow mail; it is told as unread.
                Match::Unknown(item) if relays || domain.is_some() => {
                    unknown = unknown.or(because(item, None));
                }
                Match::Unknown(_) | Match::No => {}
            }
        }
        unknown.map_or(Class::None, Class::Unknown)
    }
}
