//! What becomes of an outsider's recipient: the rules in order, first match decides.
//!
//! In: a [`Conf`], a [`World`]: who comes through which listener with what envelope. Out: the rule that decides.
//!
//! A stranger is everybody who is in no list: a condition fits him where it fits all of several samples that
//! have nothing in common. What a world names is matched as it is.
//!
//! Limits: [`BUDGET`] comparisons for a whole configuration, [`MOST_CHOICES`] envelopes; past them nothing is known.
//!
//! References: smtpd.conf(5); `ruleset_match` of smtpd.

use super::super::decide::{Assume, Fate, outcome};
use super::super::domains::{STRANGE_ADDRESSES, STRANGE_DOMAINS};
use super::super::nets::{Net, STRANGERS, covers_everybody};
use super::conf::{Condition, Conf, Deed, Listener, Rule, Set, Tls, What};
use super::table::As;
use crate::model::Relay;
use std::cell::Cell;
use std::net::IpAddr;

/// Comparisons for a whole configuration; a regular expression counts as [`REGEX_COST`].
const BUDGET: u64 = 20_000_000;

/// What compiling and running a regular expression costs, in comparisons.
const REGEX_COST: u64 = 2_000;

/// Senders and HELO names that are tried.
const MOST_CHOICES: usize = 200;

/// Entries of one table that are tried as sender or HELO name.
const TRIED_OF_TABLE: usize = 4;

/// Who comes, and with what. What is nothing is a stranger's.
#[derive(Debug, Clone)]
pub(super) struct World<'a> {
    /// The listener.
    pub(super) listener: &'a Listener,
    /// Whether the client comes by IPv6.
    pub(super) v6: bool,
    /// Its address.
    pub(super) address: Option<IpAddr>,
    /// Its reverse name.
    pub(super) name: Option<String>,
    /// The sender.
    pub(super) sender: Option<String>,
    /// The HELO name.
    pub(super) helo: Option<String>,
    /// The recipient.
    pub(super) recipient: Option<String>,
}

impl<'a> World<'a> {
    /// Takes a stranger.
    pub(super) fn stranger(listener: &'a Listener, v6: bool) -> Self {
        Self {
            listener,
            v6,
            address: None,
            name: None,
            sender: None,
            helo: None,
            recipient: None,
        }
    }
}

/// A way through, or that there is none.
#[derive(Debug, Clone)]
pub(super) struct Way<'a> {
    /// The outcome.
    pub(super) relay: Relay,
    /// The rule that decides.
    pub(super) rule: Option<usize>,
    /// The envelope that decides.
    pub(super) world: World<'a>,
}

impl<'a> Way<'a> {
    /// Gives the same way through another listener of its class.
    pub(super) fn at(&self, listener: &'a Listener) -> Self {
        let mut way = self.clone();
        way.world.listener = listener;
        way
    }
}

/// Evaluates a configuration.
pub(super) struct Judge<'a> {
    conf: &'a Conf,
    left: Cell<u64>,
}

impl<'a> Judge<'a> {
    /// Takes a configuration.
    pub(super) fn new(conf: &'a Conf) -> Self {
        let left = Cell::new(BUDGET);
        Self { conf, left }
    }

    /// Tells whether everything was looked at.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// Gives the worst way through a listener.
    pub(super) fn way(&self, listener: &'a Listener) -> Way<'a> {
        let families = [false, true].into_iter().filter(|v6| listener.serves(*v6));
        let ways = families.map(|v6| self.way_of(&World::stranger(listener, v6)));
        let worst = ways.min_by_key(|way| way.relay);
        worst.unwrap_or(Way {
            relay: Relay::Closed,
            rule: None,
            world: World::stranger(listener, false),
        })
    }

    fn way_of(&self, stranger: &World<'a>) -> Way<'a> {
        let closed = stranger.listener.asks_who() || stranger.listener.is_local();
        let mut way = Way {
            relay: Relay::Closed,
            rule: None,
            world: stranger.clone(),
        };
        if closed {
            return way;
        }
        let choices = self.choices(stranger);
        let relay = outcome(|assume| {
            let worlds: &[World<'a>] = match assume {
                Assume::AsWritten => &choices[..1],
                Assume::Forged | Assume::UnknownPermits => &choices,
            };
            let fates = worlds.iter().map(|world| {
                let (rule, fate) = self.decide(world, assume);
                (worth(fate), rule, fate, world)
            });
            let Some((_, rule, fate, world)) = fates.min_by_key(|(worth, ..)| *worth) else {
                return Fate::Refused;
            };
            // The answers come from strict to lenient: what first lets through is what is shown.
            let first = way.rule.is_none() || assume == Assume::AsWritten;
            if fate == Fate::Relayed || first {
                way.rule = rule;
                way.world = world.clone();
            }
            fate
        });
        way.relay = relay;
        way
    }

    /// Gives the rules that relay for strangers who come through a listener, each with an envelope.
    pub(super) fn openings(&self, listener: &'a Listener) -> Vec<(usize, World<'a>)> {
        let mut found: Vec<(usize, World<'a>)> = Vec::new();
        if listener.asks_who() {
            return found;
        }
        for v6 in [false, true] {
            if !listener.serves(v6) {
                continue;
            }
            for world in self.choices(&World::stranger(listener, v6)) {
                if let (Some(rule), Fate::Relayed) = self.decide(&world, Assume::AsWritten)
                    && found.iter().all(|(known, _)| *known != rule)
                {
                    found.push((rule, world));
                }
            }
        }
        found
    }

    /// Finds the rule that decides, and what becomes of the recipient.
    pub(super) fn decide(&self, world: &World<'_>, assume: Assume) -> (Option<usize>, Fate) {
        let unknown_permits = assume == Assume::UnknownPermits;
        for (index, rule) in self.conf.rules.iter().enumerate() {
            if self.pay(1).is_none() {
                break;
            }
            let reject = matches!(rule.deed, Deed::Reject);
            let fits = self.rule_fits(rule, world);
            if !fits.unwrap_or(unknown_permits && !reject) {
                continue;
            }
            let fate = match rule.deed {
                Deed::Relay => Fate::Relayed,
                Deed::Deliver(_) => Fate::Swallowed,
                Deed::Reject => Fate::Refused,
                Deed::Unknown if unknown_permits => Fate::Relayed,
                Deed::Unknown => continue,
            };
            return (Some(index), fate);
        }
        match unknown_permits && self.is_exhausted() {
            true => (None, Fate::Relayed),
            false => (None, Fate::Refused),
        }
    }

    fn rule_fits(&self, rule: &Rule, world: &World<'_>) -> Option<bool> {
        let mut known = !rule.broken;
        for condition in &rule.conditions {
            match self.fits(condition, world) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => known = false,
            }
        }
        known.then_some(true)
    }

    /// Tells whether a condition fits.
    pub(super) fn fits(&self, condition: &Condition, world: &World<'_>) -> Option<bool> {
        let negated = condition.negated;
        let plain = |fits: bool| Some(fits != negated);
        match &condition.what {
            What::FromAny | What::ForAny => plain(true),
            What::FromLocal | What::FromSocket | What::FromLogin | What::ForLocal | What::Auth => {
                plain(false)
            }
            What::FromSource(set) => self.source(set, negated, world),
            // smtpd looks whether there is a name before it looks whether the condition is negated.
            What::FromName(None) => Some(true),
            What::FromName(Some(set)) => self.every(set, negated, domains(world.name.as_ref())),
            What::ForDomain(set) => {
                let recipient = world.recipient.as_ref().map(|to| domain_of(to));
                self.every(set, negated, domains(recipient.as_ref()))
            }
            What::Recipient(set) => self.every(set, negated, addresses(world.recipient.as_ref())),
            What::Sender(set) => self.every(set, negated, addresses(world.sender.as_ref())),
            What::Helo(set) => self.every(set, negated, domains(world.helo.as_ref())),
            What::Tag(set) => match &world.listener.tag {
                None => plain(false),
                Some(tag) => self.ask(set, As::Domain(tag)).map(|fits| fits != negated),
            },
            What::Tls => Some(match negated {
                false => world.listener.tls != Tls::No,
                true => matches!(world.listener.tls, Tls::No | Tls::Offered),
            }),
        }
    }

    /// Asks whether all of several values are in a set, or none.
    fn every(&self, set: &Set, negated: bool, values: Vec<As<'_>>) -> Option<bool> {
        let mut known = true;
        for value in values {
            match self.ask(set, value) {
                Some(is_in) if is_in == negated => return Some(false),
                Some(_) => {}
                None => known = false,
            }
        }
        known.then_some(true)
    }

    fn source(&self, set: &Set, negated: bool, world: &World<'_>) -> Option<bool> {
        if let Some(address) = world.address {
            let fits = self.ask(set, As::Client(address));
            return fits.map(|fits| fits != negated);
        }
        if set.regex {
            let strangers = STRANGERS.iter().filter_map(|text| text.parse().ok());
            let ours = strangers.filter(|address: &IpAddr| address.is_ipv6() == world.v6);
            return self.every(set, negated, ours.map(As::Client).collect());
        }
        self.spend(set)?;
        let nets = set.table.nets().into_iter().map(|(net, _)| net);
        let nets: Vec<Net> = nets.filter(|net| net.is_v6() == world.v6).collect();
        match covers_everybody(&nets) {
            true => Some(!negated),
            false => set.table.known.then_some(negated),
        }
    }

    fn ask(&self, set: &Set, value: As<'_>) -> Option<bool> {
        self.spend(set)?;
        set.table.matches(value, set.regex)
    }

    /// Takes what going through a set costs off the budget; nothing where that is used up.
    pub(super) fn spend(&self, set: &Set) -> Option<()> {
        let each = if set.regex { REGEX_COST } else { 1 };
        self.pay(each * (1 + set.table.entries.len() as u64))
    }

    fn pay(&self, cost: u64) -> Option<()> {
        match self.left.get().checked_sub(cost) {
            Some(left) => self.left.set(left),
            None => self.left.set(0),
        }
        (self.left.get() > 0).then_some(())
    }

    /// Gives the stranger, and strangers with the senders and HELO names that some relaying rule asks for.
    fn choices(&self, stranger: &World<'a>) -> Vec<World<'a>> {
        let mut worlds = vec![stranger.clone()];
        for rule in &self.conf.rules {
            // A configuration may have as many listeners as rules.
            if worlds.len() >= MOST_CHOICES || self.pay(1).is_none() {
                break;
            }
            if !matches!(rule.deed, Deed::Relay | Deed::Unknown) {
                continue;
            }
            let (mut senders, mut helos) = (vec![None], vec![None]);
            for condition in rule.conditions.iter().filter(|c| !c.negated) {
                match &condition.what {
                    What::Sender(set) => senders = samples(set, true),
                    What::Helo(set) => helos = samples(set, false),
                    _ => {}
                }
            }
            for sender in &senders {
                for helo in &helos {
                    if worlds.len() < MOST_CHOICES && (sender.is_some() || helo.is_some()) {
                        worlds.push(World {
                            sender: sender.clone(),
                            helo: helo.clone(),
                            ..stranger.clone()
                        });
                    }
                }
            }
        }
        worlds
    }
}

fn worth(fate: Fate) -> u8 {
    match fate {
        Fate::Relayed => 0,
        Fate::Swallowed => 1,
        Fate::Refused => 2,
    }
}

fn domains(one: Option<&String>) -> Vec<As<'_>> {
    match one {
        Some(one) => vec![As::Domain(one)],
        None => STRANGE_DOMAINS.iter().map(|d| As::Domain(d)).collect(),
    }
}

fn addresses(one: Option<&String>) -> Vec<As<'_>> {
    match one {
        Some(one) => vec![As::Address(one)],
        None => STRANGE_ADDRESSES.iter().map(|a| As::Address(a)).collect(),
    }
}

fn domain_of(address: &str) -> String {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    domain.unwrap_or("").to_owned()
}

/// Makes values that a set takes, from its first entries.
pub(super) fn samples(set: &Set, address: bool) -> Vec<Option<String>> {
    let entries = set.table.entries.iter().take(TRIED_OF_TABLE);
    let made: Vec<Option<String>> = entries
        .map(|entry| Some(sample(&entry.key, set.regex, address)))
        .collect();
    match made.is_empty() {
        true => vec![None],
        false => made,
    }
}

fn sample(entry: &str, regex: bool, address: bool) -> String {
    let plain = match regex {
        // Good for what people write: a literal with anchors and stars.
        true => entry
            .trim_start_matches("(?i)")
            .trim_start_matches('^')
            .trim_end_matches('$')
            .replace("\\.", "\u{0}")
            .replace("[^@]+", "x")
            .replace("[^@]*", "x")
            .replace(".*", "x")
            .replace(".+", "x")
            .replace('\u{0}', "."),
        false => entry.replace('*', "x"),
    };
    match (address, plain.split_once('@')) {
        (true, Some(("", domain))) => format!("x@{domain}"),
        (true, None) => format!("{plain}@relaycheck-stranger"),
        _ => plain,
    }
}
