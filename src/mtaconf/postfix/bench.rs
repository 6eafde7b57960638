//! What the rules about settings share: whose values count, and how a finding about a word is raised.
//!
//! In: a [`Config`], its tables, the name of the instance. Out: findings, each place and message once, though
//! several services may have the same value.
//!
//! The values that count are those of the services that strangers reach; where there is none, those of main.cf.

use super::lists::{List, Match, Source, Style};
use super::master_cf::{Listener, Service};
use super::params::{Config, Of, Value, Word};
use super::tables::{Entry, Tables};
use crate::model::{Envelope, Finding, Place, Relay, Rule};
use crate::mtaconf::source::short;
use crate::mtaconf::{domains, raise};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

/// The most findings of one rule about one value. A list of a thousand wide networks is one fault, not a thousand.
pub(super) const MOST_ABOUT_ONE: usize = 20;

/// A listener as the rules see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'c> {
    /// Whose values count.
    pub(super) of: Of<'c>,
    /// The listener with the service that listens; none where main.cf alone is looked at.
    pub(super) listener: Option<(&'c Listener, &'c Service)>,
    /// What becomes of the outsider's mail there.
    pub(super) relay: Relay,
}

impl View<'_> {
    /// Gives the port, where it is known.
    pub(super) fn port(&self) -> Option<u16> {
        self.listener.and_then(|(_, service)| service.port())
    }

    /// Says what comes of a setting that lets everybody relay.
    pub(super) fn effect(&self) -> String {
        let name = short(self.name());
        match self.relay {
            Relay::Open => format!("{name} relays for everybody"),
            Relay::Unreachable => "no service listens beyond loopback".to_owned(),
            Relay::Broken => format!("{name} does not start as it stands"),
            _ => format!("that {name} does not relay for everybody hangs on another setting alone"),
        }
    }

    /// Gives an envelope that needs no certain client and no certain sender.
    pub(super) fn envelope(&self, recipient: String) -> Envelope {
        Envelope {
            recipient: Some(recipient),
            port: self.port(),
            implicit_tls: self.port() == Some(465),
            ..Envelope::default()
        }
    }

    /// Names the service.
    pub(super) fn name(&self) -> &str {
        self.listener.map_or("smtpd", |(_, service)| &service.name)
    }
}

/// The list that was asked for: the number of the service, none for main.cf, and the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Asked(Option<usize>, &'static str);

/// What the rules work with, and what they found.
pub(super) struct Bench<'c, 'a> {
    /// The installation.
    pub(super) config: &'c Config<'a>,
    /// Its tables.
    pub(super) tables: &'c Tables<'a>,
    /// The name of the instance.
    subject: &'c str,
    /// The services that strangers reach, or main.cf.
    pub(super) views: Vec<View<'c>>,
    lists: RefCell<HashMap<Asked, Rc<(Value, List)>>>,
    distinct: RefCell<Vec<Rc<(Value, List)>>>,
    judged: HashMap<&'static str, Vec<Vec<Value>>>,
    told: HashSet<(Place, String)>,
    about: BTreeMap<(&'static str, Place), usize>,
    findings: Vec<Finding>,
}

impl<'c, 'a> Bench<'c, 'a> {
    /// Begins with no findings; `relays` tells what becomes of the outsider's mail at a listener.
    pub(super) fn new(
        config: &'c Config<'a>,
        tables: &'c Tables<'a>,
        subject: &'c str,
        relays: &dyn Fn(&Listener) -> Relay,
    ) -> Self {
        let mut views: Vec<View<'c>> = config
            .reachable_smtp()
            .map(|(listener, service)| View {
                of: Of::Service(service),
                listener: Some((listener, config.listens(listener))),
                relay: relays(listener),
            })
            .collect();
        // Of services that share a value, the one where it does most harm is named.
        views.sort_by_key(|view| view.relay);
        if views.is_empty() {
            views.push(View {
                of: Of::Main,
                listener: None,
                relay: Relay::Unreachable,
            });
        }
        Self {
            config,
            tables,
            subject,
            views,
            lists: RefCell::default(),
            distinct: RefCell::default(),
            judged: HashMap::new(),
            told: HashSet::new(),
            about: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Gives the findings.
    pub(super) fn finish(self) -> Vec<Finding> {
        self.findings
    }

    /// Takes a finding, unless the same fault was found at the same place before, or enough of the rule was.
    pub(super) fn add(&mut self, finding: Finding) {
        let Some(place) = finding.place().cloned() else {
            return;
        };
        let rule = finding.rule.id;
        let about = self.about.entry((rule, place.clone())).or_default();
        if *about < MOST_ABOUT_ONE && self.told.insert((place, finding.fingerprint.clone())) {
            *about += 1;
            self.findings.push(finding);
        }
    }

    /// Tells whether a rule sees these values for the first time: what was said of them for another service need
    /// not be worked out again.
    pub(super) fn first_time(&mut self, what: &'static str, values: &[&Value]) -> bool {
        let judged = self.judged.entry(what).or_default();
        let same = |before: &Vec<Value>| {
            before.len() == values.len() && before.iter().zip(values).all(|(a, b)| same_value(a, b))
        };
        if judged.iter().any(same) {
            return false;
        }
        judged.push(values.iter().map(|value| (*value).clone()).collect());
        true
    }

    /// Raises a rule at a place.
    pub(super) fn at(
        &self,
        rule: &'static Rule,
        place: Place,
        detail: &str,
        message: String,
    ) -> Finding {
        raise::finding(
            self.config.reader,
            rule,
            self.subject,
            detail,
            place,
            message,
        )
    }

    /// Raises a rule about a value as a whole.
    pub(super) fn of_value(&self, rule: &'static Rule, value: &Value, message: String) -> Finding {
        let only = match (&value.words[..], &value.unclear[..]) {
            ([word], []) | ([], [word]) => Some(word),
            _ => None,
        };
        let place = only.map_or_else(|| value.place.clone(), |word| value.blame(word));
        let finding = self.at(rule, place, &value.name, message);
        self.with_origin(finding, value, only)
    }

    /// Raises a rule about a word of a value.
    pub(super) fn of_word(
        &self,
        rule: &'static Rule,
        value: &Value,
        word: &Word,
        message: String,
    ) -> Finding {
        let detail = format!("{} {}", value.name, word.text);
        let finding = self.at(rule, value.blame(word), &detail, message);
        self.with_origin(finding, value, Some(word))
    }

    /// Raises a rule about an item of a list, or an entry of a table in it.
    pub(super) fn of_item(
        &self,
        rule: &'static Rule,
        value: &Value,
        list: &List,
        source: &Source,
        message: String,
    ) -> Finding {
        let item = list.items.get(source.item);
        let word = item.and_then(|item| value.words.get(item.word));
        let thing = source.entry.as_ref().map(|entry| entry.key.as_str());
        let thing = thing
            .or(item.map(|item| item.text.as_str()))
            .unwrap_or_default();
        let place = word.map_or_else(|| value.place.clone(), |word| value.blame(word));
        let detail = format!("{} {thing}", value.name);
        let mut finding = self.with_origin(self.at(rule, place, &detail, message), value, word);
        let chain = item.map(|item| item.chain.clone()).unwrap_or_default();
        if let Some(place) = item.and_then(|item| item.place.as_ref()) {
            let proof = raise::proof(
                self.config.reader,
                place.clone(),
                "the entry",
                chain.clone(),
            );
            finding = finding.with_evidence(proof);
        }
        let entry = source.entry.as_ref().filter(|entry| entry.place.line > 0);
        if let Some(entry) = entry.filter(|entry| *entry.place.file != *value.place.file) {
            let says = format!("{} {}", short(&entry.key), short(&entry.value));
            let proof = raise::proof(self.config.reader, entry.place.clone(), says, chain);
            finding = finding.with_evidence(proof);
        }
        finding
    }

    /// Raises a rule about an entry of a table that a word names.
    pub(super) fn of_entry(
        &self,
        rule: &'static Rule,
        value: &Value,
        word: &Word,
        entry: &Entry,
        message: String,
    ) -> Finding {
        let detail = format!("{} {}", value.name, entry.key);
        let finding = self.at(rule, value.blame(word), &detail, message);
        let finding = self.with_origin(finding, value, Some(word));
        match *entry.place.file == *value.place.file {
            true => finding,
            false => {
                let says = format!("{} {}", short(&entry.key), short(&entry.value));
                let place = entry.place.clone();
                finding.with_evidence(raise::proof(self.config.reader, place, says, Vec::new()))
            }
        }
    }

    /// Adds where a word is written and how it came into force, where that is elsewhere.
    fn with_origin(&self, finding: Finding, value: &Value, word: Option<&Word>) -> Finding {
        let chain = match word {
            Some(word) => value.chain_of(word),
            None => value.chain(),
        };
        let place = match word {
            Some(word) => value.place_of(word),
            None => value.place.clone(),
        };
        if (chain.is_empty() && finding.place() == Some(&place)) || place.line == 0 {
            return finding;
        }
        let says = match word {
            Some(word) => format!("here {}", short(&word.text)),
            None => format!("here {} is set", value.name),
        };
        finding.with_evidence(raise::proof(self.config.reader, place, says, chain))
    }

    /// Tells whether a parameter is in parent_domain_matches_subdomains.
    pub(super) fn parents(&self, of: Of<'_>, name: &str) -> bool {
        let value = self.config.value(of, "parent_domain_matches_subdomains");
        value.words.iter().any(|word| word.text == name)
    }

    /// Reads a list of clients.
    pub(super) fn clients(&self, of: Of<'_>, name: &'static str) -> Rc<(Value, List)> {
        self.list(of, name, || Style::Clients {
            parents: self.parents(of, name),
        })
    }

    /// Reads a list of domains.
    pub(super) fn domains(&self, of: Of<'_>, name: &'static str) -> Rc<(Value, List)> {
        self.list(of, name, || match name {
            "relay_domains" => Style::Domains {
                parents: self.parents(of, name),
            },
            _ => Style::Exact,
        })
    }

    /// Reads a list once for each service.
    fn list(
        &self,
        of: Of<'_>,
        name: &'static str,
        style: impl FnOnce() -> Style,
    ) -> Rc<(Value, List)> {
        let service = match of {
            Of::Main => None,
            Of::Service(service) => self
                .config
                .services
                .iter()
                .position(|s| std::ptr::eq(s, service)),
        };
        if let Some(known) = self.lists.borrow().get(&Asked(service, name)) {
            return Rc::clone(known);
        }
        let value = self.config.value(of, name);
        let style = style();
        // Most services have what main.cf says.
        let known = self.distinct.borrow().iter().find_map(|known| {
            let same = same_value(&known.0, &value) && known.1.style == style;
            same.then(|| Rc::clone(known))
        });
        let both = known.unwrap_or_else(|| {
            let list = List::of(self.tables, &value, style);
            let both = Rc::new((value, list));
            self.distinct.borrow_mut().push(Rc::clone(&both));
            both
        });
        self.lists
            .borrow_mut()
            .insert(Asked(service, name), Rc::clone(&both));
        both
    }

    /// Tells whether an address leads outside: to no own domain, or where none are given, to no domain that is
    /// local, virtual or relayed. An address without a domain does not; of what is not known it is not said.
    pub(super) fn leads_outside(&self, of: Of<'_>, address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else {
            return false;
        };
        let domain = domain
            .trim_end_matches('>')
            .trim_matches('.')
            .to_lowercase();
        if domain.is_empty() || domain == "localhost" || domain.contains(['$', '[']) {
            return false;
        }
        let context = self.config.context;
        if !context.own_domains.is_empty() {
            return context.is_foreign(&domain);
        }
        let host = self.config.value(of, "myhostname").text;
        !domain.eq_ignore_ascii_case(&host)
            && !domains::is_within(&domain, &context.relay_domains)
            && CLASSES
                .iter()
                .all(|class| self.domains(of, class).1.has(&domain) == Match::No)
    }

    /// Gives every word of the restriction lists of a view, those of restriction classes too, in lower case.
    pub(super) fn restrictions(&self, of: Of<'_>) -> HashSet<String> {
        let classes = self.config.value(of, "smtpd_restriction_classes");
        let classes: HashSet<&str> = classes
            .words
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        let mut words = HashSet::new();
        let mut open: Vec<String> = LISTS.iter().map(|list| (*list).to_owned()).collect();
        let mut read: HashSet<String> = open.iter().cloned().collect();
        while let Some(name) = open.pop() {
            for word in self.config.value(of, &name).words.iter() {
                if classes.contains(word.text.as_str()) && read.insert(word.text.clone()) {
                    open.push(word.text.clone());
                }
                words.insert(word.text.to_lowercase());
            }
        }
        words
    }
}

/// Tells whether two services have the same value from the same place.
fn same_value(a: &Value, b: &Value) -> bool {
    a.name == b.name && a.place == b.place && a.text == b.text
}

/// The classes of domains that mail is taken for.
pub(super) const CLASSES: &[&str] = &[
    "mydestination",
    "virtual_alias_domains",
    "virtual_mailbox_domains",
    "relay_domains",
];

/// The restriction lists in the order in which they are asked.
pub(super) const LISTS: &[&str] = &[
    "smtpd_client_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions",
];
