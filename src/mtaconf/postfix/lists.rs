//! Lists of addresses, host names and domains: mynetworks, relay_domains, mydestination and their like.
//!
//! In: the value of a parameter. Out: a [`List`] of items with their places, which says which domains are in it and
//! because of which item or entry; whom a list of clients trusts stands in `trust`. First match decides; `!` takes out; `/file` is read in
//! place; of a `type:table` only counts whether it answers, not what.
//!
//! Limits: [`MOST_ITEMS`] items a list, [`DEEPEST`] files that name files.
//!
//! References: postconf(5) mynetworks, relay_domains, parent_domain_matches_subdomains; DATABASE_README.

use super::params::Value;
use super::table_rules::network;
use super::tables::{Answer, Body, Entry, Table, Tables, is_type, logical, words};
use crate::model::Place;
use crate::mtaconf::domains::STRANGE_DOMAINS;
use crate::mtaconf::nets::Net;
use crate::mtaconf::source::{Text, short};
use std::collections::HashSet;
use std::rc::Rc;

/// The most items of a list, with those of its files.
const MOST_ITEMS: usize = 200_000;

/// The most tables a list may name; each is gone through as a whole.
const MOST_TABLES: usize = 200;

/// How deep files may name files.
const DEEPEST: usize = 10;

/// In lines longer than this no columns are counted.
const LONG_LINE: usize = 20_000;

/// What the items of a list are, and how they match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Addresses, networks and host names of clients.
    Clients {
        /// Whether a name stands for those below it.
        parents: bool,
    },
    /// Domains.
    Domains {
        /// Whether a domain stands for those below it; else one with a leading dot does.
        parents: bool,
    },
    /// Domains that match exactly.
    Exact,
}

impl Style {
    fn parents(self) -> bool {
        match self {
            Self::Clients { parents } | Self::Domains { parents } => parents,
            Self::Exact => false,
        }
    }
}

/// What is the same for the items that one word brings in.
struct Reading<'r> {
    tables: &'r Tables<'r>,
    word: usize,
    file: &'r str,
    place_of: &'r dyn Fn() -> Place,
}

/// One item.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Whether it takes out what it matches.
    pub(super) negated: bool,
    /// As it is written, without `!`.
    pub(super) text: String,
    /// The number of the word of the parameter that brought it in: itself, or the file it stands in.
    pub(super) word: usize,
    /// Where it stands, if that is in such a file.
    pub(super) place: Option<Place>,
    /// The files it came through, in words, outermost first.
    pub(super) chain: Vec<String>,
    /// What it is.
    pub(super) kind: Kind,
}

/// What an item is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// An address or network.
    Net(Net),
    /// A name.
    Name,
    /// A table.
    Table(Rc<Table>),
    /// Something that was to be a network.
    Malformed {
        /// What is wrong, in words.
        why: String,
        /// The families whose clients are refused for now when they get so far: IPv4, IPv6. None: it is passed
        /// over in silence.
        fails: (bool, bool),
    },
    /// A file that was not handed in.
    Unread,
}

/// A list.
#[derive(Debug, Clone)]
pub(super) struct List {
    /// Its items in order, files inserted.
    pub(super) items: Vec<Item>,
    /// How they match.
    pub(super) style: Style,
    tables: usize,
}

/// What made a list match: an item, and the entry if the item is a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The number of the item.
    pub(super) item: usize,
    /// The entry of the table.
    pub(super) entry: Option<Entry>,
}

/// What a list of clients says to a stranger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clients {
    /// He is in it, whoever he is.
    Everybody(Source),
    /// The lookup fails, and he is refused for now: the number of the item.
    Fails(usize),
    /// The files do not show it: the number of the item.
    Unknown(usize),
    /// He is not in it.
    Nobody,
}

/// Whether a domain is in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// It is.
    Yes(Source),
    /// It is not.
    No,
    /// The files do not show it: the number of the item.
    Unknown(usize),
}

/// A domain or host name that a list holds, by itself or as a key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The name in lower case, with the leading dot it may have.
    pub(super) name: String,
    /// What it stands in.
    pub(super) source: Source,
}

impl List {
    /// Reads the value of a parameter.
    pub(super) fn of(tables: &Tables<'_>, value: &Value, style: Style) -> Self {
        let mut list = Self {
            items: Vec::new(),
            style,
            tables: 0,
        };
        for (at, word) in value.words.iter().enumerate() {
            let reading = Reading {
                tables,
                word: at,
                file: &value.place.file,
                // Places cost; few words need one.
                place_of: &|| value.place_of(word),
            };
            list.take(&reading, &word.text, None, &[], false);
        }
        list
    }

    fn take(
        &mut self,
        reading: &Reading<'_>,
        written: &str,
        place: Option<&Place>,
        chain: &[String],
        negate: bool,
    ) {
        let reader = reading.tables.reader();
        if self.items.len() >= MOST_ITEMS {
            let why = format!("a list with more than {MOST_ITEMS} items");
            reader.miss(reading.file, &why);
            return;
        }
        let text = written.trim_start_matches('!');
        let negated = negate ^ ((written.len() - text.len()) % 2 == 1);
        let mut push = |kind| {
            self.items.push(Item {
                negated,
                text: text.to_owned(),
                word: reading.word,
                place: place.cloned(),
                chain: chain.to_vec(),
                kind,
            });
        };
        if text.starts_with('/') {
            let from = place.map_or(reading.file, |place| &*place.file);
            let file = match chain.len() < DEEPEST {
                true => reader.named(text, from).ok(),
                false => {
                    reader.miss(&short(text), "too many files that name files");
                    None
                }
            };
            match file {
                Some(file) => self.insert(reading, text, &file, from, chain, negated),
                None => push(Kind::Unread),
            }
            return;
        }
        let at = || place.cloned().unwrap_or_else(reading.place_of);
        match kind(text, self.style) {
            Some(kind) => push(kind),
            None if self.tables >= MOST_TABLES => {
                let why = format!("more than {MOST_TABLES} tables in a list");
                reader.miss(&short(text), &why);
                push(Kind::Unread);
            }
            None => {
                push(Kind::Table(reading.tables.open(text, &at())));
                self.tables += 1;
            }
        }
    }

    /// Puts the lines of a file in.
    fn insert(
        &mut self,
        reading: &Reading<'_>,
        named: &str,
        file: &Text,
        from: &str,
        chain: &[String],
        negated: bool,
    ) {
        let mut chain = chain.to_vec();
        chain.push(format!("{} (named in {from})", short(named)));
        for (line, logical) in logical(file) {
            for range in words(&logical) {
                let inside = &logical[range];
                let place = match logical.len() <= LONG_LINE {
                    true => file.find_on(line, inside),
                    false => file.at_line(line),
                };
                self.take(reading, inside, Some(&place), &chain, negated);
            }
        }
    }

    /// Tells whether a domain is in a list of domains.
    pub(super) fn has(&self, domain: &str) -> Match {
        let domain = domain.to_lowercase();
        for (at, item) in self.items.iter().enumerate() {
            let found = match &item.kind {
                Kind::Net(_) | Kind::Malformed { .. } | Kind::Name => {
                    match self.is_named(&item.text.to_lowercase(), &domain) {
                        true => Some(None),
                        false => None,
                    }
                }
                Kind::Unread => return Match::Unknown(at),
                Kind::Table(table) => match self.look_up(table, &domain) {
                    Answer::Found(_, entry) => Some(Some(entry)),
                    Answer::Nothing => None,
                    Answer::Unknown => return Match::Unknown(at),
                },
            };
            match found {
                Some(_) if item.negated => return Match::No,
                Some(entry) => return Match::Yes(Source { item: at, entry }),
                None => {}
            }
        }
        Match::No
    }

    /// Says whether every domain is in a list of domains, of which nobody thought in particular.
    pub(super) fn foreign(&self) -> Match {
        let strange = STRANGE_DOMAINS.iter().filter(|domain| domain.contains('.'));
        let mut answer = Match::No;
        for domain in strange {
            match self.has(domain) {
                Match::No => return Match::No,
                Match::Unknown(at) => answer = Match::Unknown(at),
                yes if answer == Match::No => answer = yes,
                Match::Yes(_) => {}
            }
        }
        answer
    }

    /// Gives the names that a list holds, as far as the files show them: its own words, and the keys of its
    /// indexed tables.
    pub(super) fn named(&self) -> Vec<Named> {
        let mut named = Vec::new();
        let mut gone_through = HashSet::new();
        for (at, item) in self
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| !item.negated)
        {
            match &item.kind {
                Kind::Name => named.push(Named {
                    name: item.text.to_lowercase(),
                    source: Source {
                        item: at,
                        entry: None,
                    },
                }),
                Kind::Table(table)
                    if matches!(table.body, Body::Keys(_))
                        && gone_through.insert(Rc::as_ptr(table)) =>
                {
                    named.extend(table.entries().map(|entry| Named {
                        name: entry.key.clone(),
                        source: Source {
                            item: at,
                            entry: Some(entry.clone()),
                        },
                    }));
                }
                _ => {}
            }
        }
        named
    }

    /// Tells whether a name of the list stands for the names below it.
    pub(super) fn reaches_below(&self, name: &str) -> bool {
        match self.style {
            Style::Exact => false,
            style => style.parents() != name.starts_with('.'),
        }
    }

    fn is_named(&self, name: &str, domain: &str) -> bool {
        if name == domain {
            return true;
        }
        let above = domain.strip_suffix(name);
        match (self.style, above) {
            (Style::Exact, _) | (_, None) => false,
            (style, Some(above)) if style.parents() => above.ends_with('.'),
            (_, Some(above)) => name.starts_with('.') && !above.is_empty(),
        }
    }

    fn look_up(&self, table: &Table, domain: &str) -> Answer {
        let mut rest = domain;
        loop {
            let answer = table.get(rest);
            if answer != Answer::Nothing || self.style == Style::Exact || !table.takes_parts() {
                return answer;
            }
            let Some((at, _)) = rest.char_indices().skip(1).find(|(_, c)| *c == '.') else {
                return Answer::Nothing;
            };
            rest = &rest[at + usize::from(self.style.parents())..];
            if rest.is_empty() {
                return Answer::Nothing;
            }
        }
    }
}

/// Tells what an item is that is no file; nothing for a table.
fn kind(text: &str, style: Style) -> Option<Kind> {
    let clients = matches!(style, Style::Clients { .. });
    if !text.starts_with('[') && text.contains(':') {
        let name = text.split(':').next().unwrap_or_default();
        let signs = text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || ":./".contains(c));
        return (clients && !is_type(name) && signs).then(|| Kind::Malformed {
            why: "an IPv6 address has to stand in brackets, or else it is taken for a table"
                .to_owned(),
            fails: (true, true),
        });
    }
    Some(match clients {
        true => client(text),
        false => Kind::Name,
    })
}

/// Tells what an item of a list of clients is that is neither file nor table.
fn client(text: &str) -> Kind {
    let digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if !digits && !text.contains('/') && !text.starts_with('[') {
        return Kind::Name;
    }
    match network(text) {
        Ok(net) => Kind::Net(net),
        Err(why) => {
            // What holds other signs, or no length, is compared as a name and fails nobody.
            let signs = text
                .chars()
                .all(|c| c.is_ascii_hexdigit() || ":./[]".contains(c));
            let v6 = text.contains(':');
            let checked = signs && !digits && (text.contains('/') || v6);
            Kind::Malformed {
                why,
                fails: (checked && !v6, checked && v6),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::params::{Of, tests};
    use super::*;
    use crate::mtaconf::Context;
    use proptest::prelude::*;

    const CLIENTS: Style = Style::Clients { parents: true };

    fn with<T>(
        files: &[(&str, &str)],
        value: &str,
        style: Style,
        use_it: impl FnOnce(&List) -> T,
    ) -> T {
        let main = format!("mynetworks = {value}\n");
        let mut all = vec![("main.cf", main.as_str())];
        all.extend(files);
        let mut found = None;
        tests::with(&all, &Context::default(), |config| {
            let tables = Tables::new(config.reader);
            let value = config.value(Of::Main, "mynetworks");
            found = Some(use_it(&List::of(&tables, &value, style)));
        });
        found.expect("was called")
    }

    fn trusted(files: &[(&str, &str)], value: &str) -> String {
        with(files, value, CLIENTS, |list| {
            let trust = list.trust();
            let mut shown: Vec<String> =
                trust.nets.iter().map(|(net, _)| net.to_string()).collect();
            shown.extend(trust.names.iter().map(|source| match &source.entry {
                Some(entry) => entry.key.clone(),
                None => list.items[source.item].text.clone(),
            }));
            shown.join(" ")
        })
    }

    #[test]
    fn the_first_match_decides_who_is_trusted() {
        for (value, expected) in [
            (
                "127.0.0.0/8 [::1]/128, 192.0.2.1",
                "127.0.0.0/8 ::1 192.0.2.1",
            ),
            (
                "!198.51.100.7, 198.51.100.0/29",
                "198.51.100.0-198.51.100.6",
            ),
            ("198.51.100.0/29 !198.51.100.7", "198.51.100.0/29"),
            ("!!192.0.2.1 Example.COM", "192.0.2.1 Example.COM"),
            ("192.0.2.1/24, 198.51.100.1", ""),
            ("[2001:db8::1]/32, 198.51.100.1", "198.51.100.1"),
            ("2001:db8::/32, 198.51.100.1", ""),
            ("192.0.2, 198.51.100.1", "198.51.100.1"),
            ("/nets", "10.0.0.0/8 192.0.2.4"),
            ("!/nets 192.0.2.4/30", "192.0.2.5-192.0.2.7"),
            ("hash:/keys", "192.0.2.9 example.net 192.0"),
            ("cidr:/cidr", "192.0.2.0/24"),
            ("inline:{unknown=1}", "0.0.0.0/0 ::/0"),
        ] {
            let files = [
                ("nets", "# ours\n10.0.0.0/8\n 192.0.2.4\n"),
                ("keys", "192.0.2.9 REJECT\nexample.net x\n192.0 x\n"),
                ("cidr", "192.0.2.0/25 REJECT\n192.0.2.128/25 OK\n"),
            ];
            let shown = trusted(&files, value);
            let expected = match value {
                "cidr:/cidr" => "192.0.2.0/25 192.0.2.128/25",
                _ => expected,
            };
            assert_eq!(shown, expected, "{value}");
        }
    }

    #[test]
    fn what_a_stranger_is_told() {
        for (value, expected) in [
            ("127.0.0.0/8", "nobody"),
            ("0.0.0.0/0", "everybody 0"),
            ("127.0.0.0/8 0.0.0.0/1 128.0.0.0/1", "everybody 2"),
            ("!192.0.2.0/24 0.0.0.0/0", "everybody 1"),
            ("[::]/0", "everybody 0"),
            ("static:x", "everybody 0"),
            ("!static:x 0.0.0.0/0", "nobody"),
            ("pcre:{{/./ x}}", "everybody 0"),
            ("pcre:{{/^192/ x}}", "nobody"),
            ("regexp:{{/^unknown$$/ x}}", "everybody 0"),
            ("unknown", "everybody 0"),
            ("127.0.0.1 mysql:/x", "unknown 1"),
            ("/absent", "unknown 0"),
            ("mysql:/x 0.0.0.0/0", "everybody 1"),
            ("127.0.0.1 2001:db8::/32 0.0.0.0/0", "fails 1"),
            ("192.0.2.1/24 0.0.0.0/0", "nobody"),
            ("0.0.0.0/0 192.0.2.1/24", "everybody 0"),
        ] {
            let said = with(&[], value, CLIENTS, |list| match list.clients() {
                Clients::Everybody(source) => format!("everybody {}", source.item),
                Clients::Fails(at) => format!("fails {at}"),
                Clients::Unknown(at) => format!("unknown {at}"),
                Clients::Nobody => "nobody".to_owned(),
            });
            assert_eq!(said, expected, "{value}");
        }
    }

    #[test]
    fn domains_match_as_the_list_does() {
        let below = Style::Domains { parents: true };
        let dotted = Style::Domains { parents: false };
        for (value, style, domain, expected) in [
            ("example.com", below, "Example.com", true),
            ("example.com", below, "a.example.com", true),
            ("example.com", below, "badexample.com", false),
            ("example.com", dotted, "a.example.com", false),
            (".example.com", dotted, "a.example.com", true),
            (".example.com", dotted, "example.com", false),
            ("example.com", Style::Exact, "a.example.com", false),
            (".example.com", Style::Exact, "a.example.com", false),
            ("!a.example.com example.com", below, "a.example.com", false),
            ("inline:{com=x}", below, "a.example.com", true),
            ("inline:{com=x}", Style::Exact, "a.example.com", false),
            ("inline:{.example.com=x}", dotted, "a.example.com", true),
            ("pcre:{{/^com$$/ x}}", below, "example.com", false),
            ("*", below, "example.com", false),
            ("*.example.com", Style::Exact, "a.example.com", false),
        ] {
            let found = with(&[], value, style, |list| list.has(domain));
            assert_eq!(matches!(found, Match::Yes(_)), expected, "{value} {domain}");
        }
    }

    #[test]
    fn every_domain_is_in_lists_that_fit_everything() {
        let below = Style::Domains { parents: true };
        for (value, expected) in [
            ("static:all", "yes"),
            ("example.com pcre:{{/./ x}}", "yes"),
            ("pcre:{{/\\./ x}}", "yes"),
            ("net com uk cn example", "yes"),
            ("net", "no"),
            ("!net static:x", "no"),
            ("ldap:/x", "unknown"),
            ("*", "no"),
        ] {
            let said = with(&[], value, below, |list| match list.foreign() {
                Match::Yes(_) => "yes",
                Match::No => "no",
                Match::Unknown(_) => "unknown",
            });
            assert_eq!(said, expected, "{value}");
        }
    }

    #[test]
    fn files_are_read_in_place_and_their_lines_blamed() {
        let files = [
            ("a", "/b, x.example\n"),
            ("b", "# c\nstranger.example"),
            ("loop", "/loop"),
        ];
        with(&files, "first /a", Style::Exact, |list| {
            let items: Vec<String> = list
                .items
                .iter()
                .map(|item| {
                    let place = item.place.as_ref();
                    let place = place.map(|place| format!("{}:{}", place.file, place.line));
                    format!("{} {:?} {}", item.text, place, item.chain.len())
                })
                .collect();
            assert_eq!(
                items,
                [
                    "first None 0",
                    "stranger.example Some(\"b:2\") 2",
                    "x.example Some(\"a:1\") 1"
                ]
            );
        });
        with(&files, "/loop", Style::Exact, |list| {
            assert!(matches!(
                list.items[..],
                [Item {
                    kind: Kind::Unread,
                    ..
                }]
            ));
        });
    }

    proptest! {
        #[test]
        fn no_list_panics(value in "[!/a-c:.*0-9\\[\\]{} ,é]{0,60}", file in "[!/abc:.0-9 \n#]{0,40}") {
            for style in [CLIENTS, Style::Domains { parents: false }, Style::Exact] {
                with(&[("a", &file)], &value, style, |list| {
                    list.clients();
                    list.foreign();
                    list.named();
                });
            }
        }
    }
}
