//! Which lists a client, a sender or a domain is in.
//!
//! In: a list, and a subject, in which marks stand for what the client chooses and for the foreign domain. Out: a
//! [`Truth`]. First match wins; a list whose last item is negated holds everything that was not named.
//!
//! The outsider is no certain address: it is in a network only where that is everybody's. The foreign domain is
//! no certain name: a pattern fits it where it fits domains that have nothing in common.
//!
//! Limits: [`MOST_LINES`] lines of a file are matched, [`DEEPEST`] lists inside lists.
//!
//! References: Exim specification, chapters 9.6 "Single-key lookup types" and 10.

use super::eval::Judge;
use super::expand::{self, ADDRESS, DOMAIN, LOCAL_PART, SENDER, is_mark};
use super::list::{self, Item, Kind, What};
use super::tables::{MOST_LINES, Plan, keys_of, lines_of};
use super::traced::Traced;
use super::truth::{Needs, Truth, Way};
use crate::mtaconf::domains;
use crate::mtaconf::nets::{self, Breadth, Net};
use crate::mtaconf::pattern::Pattern;

/// Lists inside lists.
const DEEPEST: usize = 20;

/// Local parts that have nothing in common.
const STRANGE_LOCAL_PARTS: &[&str] = &["someone", "a", "info.desk+7", "9_z"];

impl Judge<'_> {
    /// Tells whether a subject is in a list, after expanding it.
    pub(super) fn in_list(&mut self, kind: Kind, subject: &str, list: &Traced) -> Truth {
        let list = self.expand_list(list);
        if list.as_str().contains(expand::FAIL) {
            return Truth::known(false);
        }
        self.in_items(kind, subject, &list::split(&list))
    }

    fn in_items(&mut self, kind: Kind, subject: &str, items: &[Item]) -> Truth {
        if self.depth >= DEEPEST || !self.step(items.len()) {
            return Truth::unknown("lists that are nested too deep or too long").guessed(false);
        }
        self.depth += 1;
        let items = items.iter().filter(|item| !is_option(item.text.as_str()));
        let matched: Vec<(bool, Truth)> = items
            .map(|item| (item.negated, self.in_item(kind, subject, &item.text)))
            .collect();
        self.depth -= 1;
        first_match(matched)
    }

    fn in_item(&mut self, kind: Kind, subject: &str, text: &Traced) -> Truth {
        match list::what(kind, text.as_str()) {
            What::Named(name) => self.in_named(kind, subject, name),
            What::File(path) => self.in_file(kind, subject, path),
            What::Lookup(lookup, query) => self.in_lookup(kind, subject, lookup, query),
            What::Own => self.own(kind, subject),
            what => match kind {
                Kind::Host => host(&what, subject),
                Kind::Domain => domain(&what, subject),
                Kind::Address => self.address(&what, subject, text),
                Kind::LocalPart => local_part(&what, subject),
            },
        }
    }

    /// Tells whether a subject is in a named list; each is looked through once.
    pub(super) fn in_named(&mut self, kind: Kind, subject: &str, name: &str) -> Truth {
        let key = (kind, subject.to_owned(), name.to_owned());
        if let Some(known) = self.cache.get(&key) {
            return known.clone();
        }
        let truth = match self.config.list(kind, name) {
            Some(list) => {
                let list = list.clone();
                let open = Truth::unknown("a list that names itself").guessed(false);
                self.cache.insert(key.clone(), open);
                self.in_list_of_hosts(kind, subject, &list)
            }
            None => Truth::unknown(&format!("the list +{name}, which is not defined here"))
                .guessed(false),
        };
        self.cache.insert(key, truth.clone());
        truth
    }

    /// Does as [`Judge::in_list`]; the outsider is also in a list of hosts whose networks are everybody's together.
    pub(super) fn in_list_of_hosts(&mut self, kind: Kind, subject: &str, list: &Traced) -> Truth {
        let truth = self.in_list(kind, subject, list);
        if kind != Kind::Host || !subject.starts_with(ADDRESS) || truth.is != Some(false) {
            return truth;
        }
        if let Some(known) = self.everybody.get(list.as_str()) {
            return if *known { Truth::known(true) } else { truth };
        }
        if !self.step(0) {
            return truth;
        }
        let entries = self.entries(kind, list);
        self.step(entries.len());
        // A network that is everybody's by itself was matched as an item, after what excludes it.
        let all: Vec<Net> = entries
            .iter()
            .filter(|entry| !entry.negated)
            .filter_map(|entry| match list::what(kind, entry.text.as_str()) {
                What::Net(net) => Some(net).filter(|net| net.breadth() != Breadth::Everybody),
                _ => None,
            })
            .collect();
        let everybody = nets::covers_everybody(&all);
        self.everybody.insert(list.as_str().to_owned(), everybody);
        match everybody {
            true => Truth::known(true),
            false => truth,
        }
    }

    fn in_file(&mut self, kind: Kind, subject: &str, path: &str) -> Truth {
        let key = (kind, subject.to_owned(), path.to_owned());
        if let Some(known) = self.cache.get(&key) {
            return known.clone();
        }
        let from = self.scene.root.file.clone();
        let truth = match self.scene.reader.named(path, &from) {
            Ok(file) => {
                let items = lines_of(kind, &file);
                if items.len() >= MOST_LINES {
                    self.scene
                        .reader
                        .miss(path, "the list has more lines than are matched");
                }
                self.in_items(kind, subject, &items)
            }
            Err(_) => unseen(kind, subject, &format!("the file {path}")),
        };
        self.cache.insert(key, truth.clone());
        truth
    }

    fn in_lookup(&mut self, kind: Kind, subject: &str, lookup: &str, query: &str) -> Truth {
        let key = (kind, subject.to_owned(), format!("{lookup};{query}"));
        if let Some(known) = self.cache.get(&key) {
            return known.clone();
        }
        let truth = self.look_up(kind, subject, lookup, query);
        self.cache.insert(key, truth.clone());
        truth
    }

    fn look_up(&mut self, kind: Kind, subject: &str, lookup: &str, query: &str) -> Truth {
        let what = format!("the lookup {lookup};{query}");
        let Some(plan) = Plan::of(lookup).filter(|_| query.starts_with('/')) else {
            self.scene
                .reader
                .miss(&format!("{lookup};{query}"), "a lookup elsewhere");
            return unseen(kind, subject, &what);
        };
        // Whoever is in no list is no key of it.
        let exact = |known: bool| match (subject.chars().next(), known) {
            (Some(mark), _) if is_mark(mark) => outside(kind, subject, None),
            (_, true) => Truth::known(false),
            (_, false) => Truth::unknown(&what).guessed(false),
        };
        if plan.directory {
            return exact(false);
        }
        let from = self.scene.root.file.clone();
        let file = match plan.binary {
            true => {
                self.scene.reader.miss(query, "a database file");
                None
            }
            false => self.scene.reader.named(query, &from).ok(),
        };
        let Some(file) = file else {
            return match plan.patterns || plan.default {
                true => unseen(kind, subject, &what),
                false => exact(false),
            };
        };
        let mut truth = exact(true);
        for item in keys_of(&file) {
            let text = item.as_str();
            let one = match text {
                "*" if plan.default => Truth::known(true),
                _ if plan.patterns => self.in_item(kind, subject, &item),
                _ if kind == Kind::Host => self.in_item(kind, subject, &item),
                _ if subject.contains(is_mark) => continue,
                _ => Truth::known(text.eq_ignore_ascii_case(subject)),
            };
            if one.is == Some(true) {
                return one;
            }
            truth = truth.or(one);
        }
        truth
    }

    fn own(&mut self, kind: Kind, subject: &str) -> Truth {
        let name = self.own_name();
        match (kind, name) {
            (Kind::Host, _) => Truth::turned_by(false, Needs::of(Way::Host)),
            (_, Some(name)) => domain(&What::Name(&name), subject),
            (_, None) if subject.contains(DOMAIN) => Truth::known(false),
            (_, None) => Truth::unknown("the name of the host").guessed(false),
        }
    }

    fn address(&mut self, what: &What<'_>, subject: &str, text: &Traced) -> Truth {
        let sender = subject.starts_with(SENDER);
        let chosen = |address: Option<String>| Truth::turned_by(false, Needs::sender(address));
        match what {
            What::All => Truth::known(true),
            What::Empty if sender => chosen(Some(String::new())),
            What::Empty => Truth::known(subject.is_empty()),
            What::Pattern(pattern) => pattern_truth(pattern, subject, domains::STRANGE_ADDRESSES),
            What::Unknown(why) => Truth::unknown(why).guessed(false),
            _ if text.as_str().starts_with("@@") => {
                unseen(Kind::Address, subject, "a lookup of local parts")
            }
            _ => {
                let written = text.as_str();
                let (local, at) = match written.rfind('@') {
                    Some(at) => (&written[..at], at + 1),
                    None => ("*", 0),
                };
                let rest = text.slice(at..text.len());
                if sender {
                    let of_domain = self.in_item(Kind::Domain, subject, &rest);
                    let local = local
                        .strip_prefix('*')
                        .map_or(local.to_owned(), |end| format!("someone{end}"));
                    let whole = format!("{local}@{}", example(rest.as_str()));
                    return match of_domain.is {
                        Some(true) if written.starts_with("*@") || at == 0 => of_domain,
                        Some(_) => chosen(Some(whole)),
                        None => of_domain.or(chosen(None)),
                    };
                }
                let (own_local, own_domain) = subject.rsplit_once('@').unwrap_or(("", subject));
                let of_domain = self.in_item(Kind::Domain, own_domain, &rest);
                let of_local = match local.strip_prefix('*') {
                    Some("") => Truth::known(true),
                    Some(end) => local_part(&What::Ends(end), own_local),
                    None => local_part(&What::Name(local), own_local),
                };
                of_domain.and(of_local)
            }
        }
    }
}

/// Folds the items of a list: the first match wins, and after the last the opposite of its sign holds.
fn first_match(matched: Vec<(bool, Truth)>) -> Truth {
    let rest = matched.last().is_some_and(|(negated, _)| *negated);
    let mut items = matched.into_iter().rev();
    let start = Truth::known(rest);
    items.by_ref().fold(start, |rest, (negated, truth)| {
        Truth::choose(truth, Truth::known(!negated), rest)
    })
}

/// Tells whether an item only says how the others are to be taken.
fn is_option(text: &str) -> bool {
    matches!(
        text,
        "+include_unknown" | "+ignore_unknown" | "+include_defer" | "+ignore_defer" | "+caseful"
    )
}

/// Gives what is to be thought of a list that cannot be seen.
fn unseen(kind: Kind, subject: &str, why: &str) -> Truth {
    let unknown = Truth::unknown(why).guessed(false);
    match subject.contains(DOMAIN) || !subject.contains(is_mark) {
        true => unknown,
        false => unknown.or(outside(kind, subject, None)).guessed(false),
    }
}

/// Gives the truth of an item that a client does not match unless it has or chooses what the item names.
fn outside(kind: Kind, subject: &str, witness: Option<String>) -> Truth {
    let mark = subject.chars().find(|c| is_mark(*c));
    match mark.and_then(|mark| super::compare::needs(mark, witness.as_deref())) {
        Some(needs) if kind != Kind::Domain || !subject.contains(DOMAIN) => {
            Truth::turned_by(false, needs)
        }
        _ => Truth::known(false),
    }
}

fn host(what: &What<'_>, subject: &str) -> Truth {
    let address: Option<std::net::IpAddr> = subject.parse().ok();
    let member = || match subject.contains(is_mark) {
        true => outside(Kind::Host, subject, None),
        false => Truth::unknown("a host name").guessed(false),
    };
    match what {
        What::All => Truth::known(true),
        What::Net(net) => match address {
            Some(address) => Truth::known(net.has(address)),
            None if net.breadth() == Breadth::Everybody => Truth::known(true),
            None => member(),
        },
        What::Empty => Truth::known(false),
        What::Pattern(pattern) => match fits_all(pattern, domains::STRANGE_DOMAINS) {
            true => Truth::known(true),
            false => member(),
        },
        What::Unknown(why) => Truth::unknown(why).or(member()).guessed(false),
        _ => member(),
    }
}

fn domain(what: &What<'_>, subject: &str) -> Truth {
    let marked = subject.contains(is_mark);
    match what {
        What::All => Truth::known(true),
        What::Empty if subject.starts_with(SENDER) => {
            outside(Kind::Domain, subject, Some(String::new()))
        }
        What::Empty => Truth::known(subject.is_empty()),
        What::Pattern(pattern) => pattern_truth(pattern, subject, domains::STRANGE_DOMAINS),
        What::Unknown(why) => Truth::unknown(why).guessed(false),
        What::Name(name) if marked => outside(Kind::Domain, subject, Some((*name).to_owned())),
        What::Ends(end) if marked => outside(Kind::Domain, subject, Some(format!("x{end}"))),
        What::Name(name) => Truth::known(name.eq_ignore_ascii_case(subject)),
        What::Ends(end) => Truth::known(subject.to_lowercase().ends_with(&end.to_lowercase())),
        _ => Truth::known(false),
    }
}

fn local_part(what: &What<'_>, subject: &str) -> Truth {
    let marked = subject.contains(is_mark);
    match what {
        What::All => Truth::known(true),
        What::Pattern(pattern) => pattern_truth(pattern, subject, STRANGE_LOCAL_PARTS),
        What::Unknown(why) => Truth::unknown(why).guessed(false),
        What::Name(name) if marked => outside(Kind::LocalPart, subject, Some((*name).to_owned())),
        What::Ends(end) if marked => outside(Kind::LocalPart, subject, Some(format!("x{end}"))),
        What::Name(name) => Truth::known(name.eq_ignore_ascii_case(subject)),
        What::Ends(end) => Truth::known(subject.to_lowercase().ends_with(&end.to_lowercase())),
        _ => Truth::known(false),
    }
}

fn fits_all(pattern: &str, samples: &[&str]) -> bool {
    let pattern = Pattern::new(pattern, true);
    pattern.is_ok_and(|pattern| {
        samples
            .iter()
            .all(|sample| pattern.matches(sample) == Some(true))
    })
}

/// Holds a regular expression against a subject; one with a mark is every one of some samples.
fn pattern_truth(pattern: &str, subject: &str, samples: &[&str]) -> Truth {
    let Ok(compiled) = Pattern::new(pattern, true) else {
        return Truth::unknown("a pattern that cannot be read").guessed(false);
    };
    if !subject.contains(is_mark) {
        return match compiled.matches(subject) {
            Some(fits) => Truth::known(fits),
            None => Truth::unknown("a pattern that takes too long").guessed(false),
        };
    }
    let filled = |sample: &&str| match subject.chars().count() {
        1 => (*sample).to_owned(),
        // The address of the recipient.
        _ => subject
            .replace(LOCAL_PART, "someone")
            .replace(DOMAIN, sample),
    };
    if samples
        .iter()
        .all(|sample| compiled.matches(&filled(sample)) == Some(true))
    {
        return Truth::known(true);
    }
    let literal =
        super::compare::literal(pattern).filter(|text| compiled.matches(text) == Some(true));
    outside(Kind::LocalPart, subject, literal)
}

/// Gives a domain that an item of a domain list matches.
fn example(item: &str) -> String {
    match item.strip_prefix('*') {
        Some(end) => format!("x{end}"),
        None if item.starts_with(['+', '^', '/']) || item.contains(';') => {
            "domain.of.the.list".to_owned()
        }
        None => item.to_owned(),
    }
}
