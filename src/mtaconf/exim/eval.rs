//! Evaluates access control lists for the outsider.
//!
//! In: a configuration and what is fixed of a client: whether it speaks TLS, and where it came in. Out: for each
//! statement of an ACL what is known of it, from which [`Walk`]s answer what is accepted with which means.
//!
//! Verification of senders and recipients counts as passed; what black lists, spam filters and counters say
//! decides nothing. A denial for reasons that the files do not show counts as one only where it asks for the
//! recipient or the client.
//!
//! Limits: [`MOST_STEPS`] items of one evaluation. A `defer` in an ACL that another calls counts as its refusal; Exim
//! puts the recipient off at once.
//!
//! References: Exim specification, chapter 44.

use super::acl::{Condition, SILENT, Statement, Verb};
use super::config::Config;
use super::expand::{self, ADDRESS, DOMAIN, LOCAL_PART, SENDER, UNKNOWN, Value, World};
use super::list::Kind;
use super::traced::Traced;
use super::truth::{Needs, Truth, Way, Ways};
use crate::mtaconf::Scene;
use std::collections::HashMap;

/// Items of one evaluation.
const MOST_STEPS: usize = 3_000_000;

/// What is fixed of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    /// Whether it speaks TLS.
    pub(super) tls: bool,
    /// The port it came in by.
    pub(super) port: Option<u16>,
    /// The local part of the recipient.
    pub(super) local_part: String,
    /// The domain of the recipient.
    pub(super) domain: String,
}

impl Client {
    /// Makes the outsider, who names a recipient in a foreign domain.
    pub(super) fn outsider(tls: bool, port: Option<u16>) -> Self {
        Self {
            tls,
            port,
            local_part: LOCAL_PART.to_string(),
            domain: DOMAIN.to_string(),
        }
    }
}

/// A statement, and what is known of its conditions.
#[derive(Debug, Clone)]
pub(super) struct Weighed<'a> {
    /// The statement.
    pub(super) statement: &'a Statement,
    /// Whether all its conditions hold.
    pub(super) truth: Truth,
    /// Whether those before `endpass` hold, if it has that.
    pub(super) before: Option<Truth>,
}

/// An accept that is reached.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    /// Which statement.
    pub(super) index: usize,
    /// What its own conditions take.
    pub(super) own: Needs,
    /// What the whole way takes.
    pub(super) all: Needs,
}

/// What happens to a client with certain means.
#[derive(Debug, Clone, Default)]
pub(super) struct Walk {
    /// Every accept before the refusal, in order; the first decides.
    pub(super) hits: Vec<Hit>,
    /// The statement that refuses; nothing at the end of the list.
    pub(super) stop: Option<usize>,
}

/// Goes through an ACL. Goes on behind an accept, to find those that would accept if that one were mended.
pub(super) fn walk(weighed: &[Weighed<'_>], allowed: Ways) -> Walk {
    let mut walk = Walk::default();
    let mut way = Needs::default();
    for (index, one) in weighed.iter().enumerate() {
        let holds = |want: bool| one.truth.under(want, allowed, false);
        match one.statement.verb {
            Verb::Accept | Verb::Discard | Verb::Hole => {
                if let Some(own) = holds(true) {
                    let all = way.and(&own);
                    walk.hits.push(Hit { index, own, all });
                } else if let Some(before) = &one.before {
                    match before.under(false, allowed, false) {
                        Some(needs) => way = way.and(&needs),
                        None => {
                            walk.stop = Some(index);
                            return walk;
                        }
                    }
                }
            }
            Verb::Warn => {}
            verb => {
                let want = verb == Verb::Require;
                match holds(want) {
                    Some(needs) => way = way.and(&needs),
                    None => {
                        walk.stop = Some(index);
                        return walk;
                    }
                }
            }
        }
    }
    walk
}

/// Evaluates for one client.
pub(super) struct Judge<'a> {
    pub(super) config: &'a Config,
    pub(super) scene: &'a Scene<'a>,
    pub(super) client: Client,
    /// Authenticators that take any password.
    pub(super) fake: &'a [String],
    pub(super) variables: HashMap<String, Value>,
    pub(super) cache: HashMap<(Kind, String, String), Truth>,
    /// Lists of hosts by their text, and whether their networks are everybody's together.
    pub(super) everybody: HashMap<String, bool>,
    pub(super) depth: usize,
    steps: usize,
    pub(super) called: usize,
}

impl<'a> Judge<'a> {
    /// Begins for a client.
    pub(super) fn new(
        config: &'a Config,
        scene: &'a Scene<'a>,
        client: Client,
        fake: &'a [String],
    ) -> Self {
        Self {
            config,
            scene,
            client,
            fake,
            variables: HashMap::new(),
            cache: HashMap::new(),
            everybody: HashMap::new(),
            depth: 0,
            steps: 0,
            called: 0,
        }
    }

    /// Tells whether the client speaks TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.client.tls
    }

    /// Counts work; gives no when it is too much.
    pub(super) fn step(&mut self, work: usize) -> bool {
        self.steps += work + 1;
        self.steps < MOST_STEPS
    }

    /// Gives the name of the host, where it is known.
    pub(super) fn own_name(&mut self) -> Option<String> {
        let set = self
            .config
            .get("primary_hostname")
            .map(|setting| setting.value.as_str());
        let set = set.filter(|name| !name.contains('$')).map(str::to_owned);
        set.or_else(|| self.scene.context.hostname.clone())
    }

    /// Expands the value of a list and keeps the places of its parts.
    pub(super) fn expand_list(&mut self, list: &Traced) -> Traced {
        if !list.as_str().contains(['$', '\\']) {
            return list.clone();
        }
        let mut made: Option<Traced> = None;
        for (range, value) in expand::pieces(list.as_str(), self) {
            let written = list.slice(range);
            let text = value.plain();
            if text.contains(UNKNOWN) {
                let place = written.place();
                let word = written.as_str().trim_start_matches(['$', '{']);
                let word = word
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .next()
                    .unwrap_or("");
                let what = format!("{word} in {} line {}", place.file, place.line);
                self.scene
                    .reader
                    .miss(&what, "an expansion that is not evaluated");
            }
            let part = match text == written.as_str() {
                true => written,
                false => written.with_text(text),
            };
            match &mut made {
                Some(made) if part.len() > 0 => made.append(&part, None),
                Some(_) => {}
                None => made = Some(part),
            }
        }
        made.unwrap_or_else(|| list.clone())
    }

    /// Weighs every statement of an ACL in order.
    pub(super) fn weigh(&mut self, statements: &'a [Statement]) -> Vec<Weighed<'a>> {
        statements
            .iter()
            .map(|statement| self.statement(statement))
            .collect()
    }

    fn statement(&mut self, statement: &'a Statement) -> Weighed<'a> {
        let mut truth = match statement.verb {
            Verb::Hole => Truth::unknown("an included file that is missing"),
            _ => Truth::known(true),
        };
        let mut before = None;
        for condition in &statement.conditions {
            if !self.step(1) {
                truth = Truth::unknown("more statements than are evaluated");
                break;
            }
            match condition.name {
                "endpass" => before = Some(truth.clone()),
                "set" => self.set(condition, &truth),
                _ => truth = truth.and(self.condition(statement.verb, condition)),
            }
        }
        Weighed {
            statement,
            truth: default(truth),
            before: before.map(default),
        }
    }

    fn set(&mut self, condition: &Condition, truth: &Truth) {
        let Some((name, value)) = condition.value.as_str().split_once('=') else {
            return;
        };
        let name = name.trim().to_owned();
        let value = expand::expand(value.trim(), self);
        let value = match truth.is {
            Some(true) => value,
            _ => {
                let old = self.variable(&name).plain();
                Value::Choice(truth.clone(), value.plain(), old)
            }
        };
        self.variables.insert(name, value);
    }

    /// Tells what is known of a condition, with its sign.
    pub(super) fn condition(&mut self, verb: Verb, condition: &Condition) -> Truth {
        let value = &condition.value;
        let refuses = matches!(verb, Verb::Deny | Verb::Drop | Verb::Defer);
        let (domain, local_part) = (self.client.domain.clone(), self.client.local_part.clone());
        let sender = SENDER.to_string();
        let truth = match condition.name {
            "hosts" => self.in_list_of_hosts(Kind::Host, &ADDRESS.to_string(), value),
            "domains" => self.in_list(Kind::Domain, &domain, value),
            "local_parts" => self.in_list(Kind::LocalPart, &local_part, value),
            "senders" => self.in_list(Kind::Address, &sender, value),
            "sender_domains" => self.in_list(Kind::Domain, &sender, value),
            "recipients" => self.in_list(Kind::Address, &format!("{local_part}@{domain}"), value),
            "authenticated" => self.authenticated(value.as_str()),
            "encrypted" => Truth::known(self.client.tls && value.len() > 0),
            "verify" => match self.verify(value.as_str()) {
                Some(truth) => truth,
                None => return Truth::known(verb == Verb::Require),
            },
            "condition" => {
                let expanded = expand::expand(value.as_str(), self);
                expanded.test(&mut |text| super::compare::boolean(text, false))
            }
            "acl" => match expand::expand(value.as_str(), self)
                .plain()
                .split_whitespace()
                .next()
            {
                Some(name) if !name.contains(expand::is_mark) => self.acl(name),
                _ => Truth::unknown("an ACL whose name is expanded"),
            },
            // Whether such a thing holds is no matter of who may relay.
            name if SILENT.contains(&name) => return Truth::known(verb == Verb::Require),
            _ => return Truth::known(true),
        };
        let truth = match condition.negated {
            true => truth.not(),
            false => truth,
        };
        match (truth.is, truth.guess, refuses) {
            (None, None, true) => truth.guessed(asks_for_relaying(value.as_str())),
            _ => truth,
        }
    }

    fn authenticated(&mut self, value: &str) -> Truth {
        let items: Vec<&str> = value.split(':').map(str::trim).collect();
        let named = |name: &str| {
            items.iter().any(|item| match item.strip_prefix('*') {
                Some(end) => name.to_lowercase().ends_with(&end.to_lowercase()),
                None => item.eq_ignore_ascii_case(name),
            })
        };
        if value.is_empty() {
            return Truth::known(false);
        }
        let real = Truth::turned_by(false, Needs::of(Way::Login));
        match self.fake.iter().any(|name| named(name)) {
            true => real.or(Truth::turned_by(false, Needs::of(Way::FakeLogin))),
            false => real,
        }
    }

    /// Tells whether a verification passes; nothing where it says nothing of relaying.
    pub(super) fn verify(&mut self, value: &str) -> Option<Truth> {
        let what = value.split(['/', '=', ' ']).next().unwrap_or(value);
        match what {
            "certificate" => {
                let asked = ["tls_verify_hosts", "tls_try_verify_hosts"]
                    .iter()
                    .any(|name| {
                        let setting = self.config.get(name);
                        setting.is_some_and(|setting| setting.value.len() > 0)
                    });
                Some(match asked && self.client.tls {
                    true => Truth::turned_by(false, Needs::of(Way::Certificate)),
                    false => Truth::known(false),
                })
            }
            "csa" | "arc" => None,
            _ => Some(Truth::known(true)),
        }
    }
}

/// Takes what nothing shows as not holding.
fn default(truth: Truth) -> Truth {
    match truth.guess {
        Some(_) => truth,
        None => truth.guessed(false),
    }
}

/// Tells whether an expression asks for the recipient or the client.
fn asks_for_relaying(text: &str) -> bool {
    [
        "domain",
        "local_part",
        "recipient",
        "sender_host_",
        "authenticated",
    ]
    .iter()
    .any(|word| {
        text.match_indices(word).any(|(at, _)| {
            let before =
                text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let name = &text[before.len()..];
            (before.ends_with('$') || before.ends_with("${"))
                && !name.starts_with("sender_address")
                && !name.starts_with("recipients_count")
        })
    })
}
