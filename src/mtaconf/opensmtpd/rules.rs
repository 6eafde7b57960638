//! Raises the rules for OpenSMTPD.
//!
//! In: a configuration and its evaluation. Out: findings at the words to change.
//!
//! Limits: [`MOST_OF_A_RULE`] findings of a rule that fires per entry.

use super::super::domains::{self, OUTSIDE_RECIPIENT};
use super::super::nets::Net;
use super::super::raise;
use super::super::rules::opensmtpd::{
    OS001, OS002, OS003, OS011, OS013, OS015, OS016, OS017, OS018, OS019, OS021,
};
use super::super::source::short;
use super::super::spot::Spot;
use super::super::{Scene, decide::Assume};
use super::causes;
use super::conf::{Condition, Conf, Deed, Listener, Rule, Set, What};
use super::evaluate::{Judge, Way, World, samples};
use super::table::Table;
use crate::model::{Confidence, Envelope, Finding, Relay, Severity};
use std::collections::HashSet;
use std::rc::Rc;

/// Findings of one rule; who has more foreign domains reads the first ones.
const MOST_OF_A_RULE: usize = 50;

/// Collects findings.
struct Raiser<'a, 's> {
    scene: &'a Scene<'s>,
    conf: &'a Conf,
    judge: &'a Judge<'a>,
    /// The listeners that count: those that outsiders reach, or all where they reach none.
    listeners: Vec<&'a Listener>,
    found: Vec<Finding>,
}

/// Raises everything.
pub(super) fn judge<'a>(
    scene: &'a Scene<'_>,
    conf: &'a Conf,
    judge: &'a Judge<'a>,
    ways: &[Way<'a>],
    relay: Relay,
) -> Vec<Finding> {
    let public = |listener: &&Listener| !listener.is_local() || relay == Relay::Unreachable;
    let mut raiser = Raiser {
        scene,
        conf,
        judge,
        listeners: conf.listeners.iter().filter(public).collect(),
        found: Vec::new(),
    };
    raiser.openings();
    raiser.verdict(ways, relay);
    raiser.unseen(relay);
    raiser.wide_sources();
    raiser.named_hosts();
    raiser.wide_domains();
    raiser.never_reached();
    raiser.listeners();
    raiser.catch_alls();
    raiser.foreign_domains();
    if let Some(spot) = &conf.old {
        let message = "accept and reject rules belong to versions before 6.4; newer ones do not \
                       start with them.";
        raiser.add(&OS019, "", spot, message.to_owned());
    }
    raiser.found
}

impl<'a> Raiser<'a, '_> {
    fn make(
        &self,
        rule: &'static crate::model::Rule,
        detail: &str,
        spot: &Spot,
        message: String,
    ) -> Finding {
        let subject = super::subject(self.scene);
        raise::finding(
            self.scene.reader,
            rule,
            subject,
            detail,
            spot.place(),
            message,
        )
    }

    fn add(
        &mut self,
        rule: &'static crate::model::Rule,
        detail: &str,
        spot: &Spot,
        message: String,
    ) {
        let finding = self.make(rule, detail, spot, message);
        self.found.push(finding);
    }

    /// Raises what makes rules relay for strangers.
    fn openings(&mut self) {
        let mut seen = HashSet::new();
        for listener in self.listeners.clone() {
            for (index, world) in self.judge.openings(listener) {
                let rule = &self.conf.rules[index];
                if !seen.insert(index) {
                    continue;
                }
                for cause in causes::of(rule, &world) {
                    let detail = text_of(rule);
                    let finding = self
                        .make(cause.rule, &detail, &cause.spot, cause.message)
                        .with_evidence(self.line(rule, "the rule"));
                    self.found.push(finding);
                }
            }
        }
    }

    fn line(&self, rule: &Rule, says: &str) -> crate::model::Evidence {
        let place = rule.head.text().at_line(rule.head.line());
        raise::proof(self.scene.reader, place, says, rule.chain.clone())
    }

    /// Raises what the evaluation says of the whole.
    fn verdict(&mut self, ways: &[Way<'a>], relay: Relay) {
        let Some(way) = ways.iter().find(|way| way.relay == relay) else {
            return;
        };
        let Some(rule) = way.rule.map(|index| &self.conf.rules[index]) else {
            return;
        };
        let port = way.world.listener.ports.first();
        let envelope = Envelope {
            client: None,
            helo: way.world.helo.clone(),
            sender: way.world.sender.clone(),
            recipient: Some(OUTSIDE_RECIPIENT.to_owned()),
            port: port.and_then(|port| port.parse().ok()).filter(|p| *p != 25),
            implicit_tls: way.world.listener.implicit_tls,
            besides: None,
        };
        let at = way.world.listener.name();
        let (id, message) = match relay {
            Relay::Open => (
                &OS001,
                format!(
                    "The first rule that fits a stranger on {at} relays his mail to any domain."
                ),
            ),
            Relay::OpenIfForged => {
                let with = way.world.sender.as_ref().or(way.world.helo.as_ref());
                let with = with.map_or("", |value| value.as_str());
                let message = format!(
                    "A stranger on {at} who gives \"{}\" has his mail relayed to any domain.",
                    short(with)
                );
                (&OS002, message)
            }
            Relay::AcceptsForeign => {
                let message = format!(
                    "A rule takes mail for every domain on {at} and delivers it here: it is \
                     swallowed or bounced."
                );
                let spot = destination(rule);
                self.add(&OS021, "every domain", &spot, message);
                return;
            }
            _ => return,
        };
        let mut finding = self
            .make(id, &text_of(rule), &rule.head, message)
            .with_envelope(envelope)
            .with_evidence(self.listener_line(way.world.listener));
        if way.world.listener.filtered {
            finding = finding.with_confidence(Confidence::Weak);
            finding.message.push_str(" A filter may still refuse it.");
        }
        // What was left out stands nowhere but at the head.
        let written = |c: &&Condition| c.spot.place() != rule.head.place();
        for condition in rule.conditions.iter().filter(written) {
            let says = causes::words(&condition.what);
            let place = condition.spot.place();
            let proof = raise::proof(self.scene.reader, place, says, rule.chain.clone());
            finding = finding.with_evidence(proof);
        }
        self.found.push(finding);
    }

    fn listener_line(&self, listener: &Listener) -> crate::model::Evidence {
        let place = listener.spot.place();
        raise::proof(self.scene.reader, place, "the listener", Vec::new())
    }

    /// Raises what the decision rests on and the files do not show.
    fn unseen(&mut self, relay: Relay) {
        let decided = |relay| match relay {
            Relay::Conditional => "; whether strangers may relay depends on it",
            _ => "",
        };
        let end = decided(relay);
        let mut told = Vec::new();
        for (spot, what) in self.conf.elsewhere.iter().take(MOST_OF_A_RULE) {
            told.push((
                spot.clone(),
                format!("What is in {what} is not shown{end}."),
            ));
        }
        for spot in self.conf.lost.iter().take(MOST_OF_A_RULE) {
            told.push((
                spot.clone(),
                format!("What is included here is not shown{end}."),
            ));
        }
        if let Some(spot) = self.conf.filters.first() {
            let message = "What filters refuse is not judged; they can only refuse what the rules \
                           take.";
            told.push((spot.clone(), message.to_owned()));
        }
        let broken = self
            .conf
            .rules
            .iter()
            .find(|rule| rule.broken || matches!(rule.deed, Deed::Unknown));
        if let (Relay::Conditional, Some(rule)) = (relay, broken) {
            let message = format!("What this rule does is not known{end}.");
            told.push((rule.head.clone(), message));
        }
        for (spot, message) in told {
            let finding = self.make(&OS003, &message, &spot, message.clone());
            self.found.push(finding.with_confidence(Confidence::Weak));
        }
    }

    /// Gives the relaying rules to any domain, with those conditions that are not negated.
    fn relaying(&self) -> impl Iterator<Item = (usize, &'a Rule)> + use<'a> {
        let rules = self.conf.rules.iter().enumerate();
        rules.filter(|(_, rule)| matches!(rule.deed, Deed::Relay) && !rule.broken)
    }

    /// Tells whether a rule decides for somebody, through some listener.
    fn decides(&self, index: usize, make: impl Fn(World<'a>) -> World<'a>) -> bool {
        self.listeners.iter().any(|listener| {
            [false, true].into_iter().any(|v6| {
                let world = make(World::stranger(listener, v6));
                let served = listener.serves(world.address.map_or(v6, |a| a.is_ipv6()));
                served
                    && !listener.asks_who()
                    && self.judge.decide(&world, Assume::AsWritten).0 == Some(index)
            })
        })
    }

    /// Raises networks that are wide, though not everybody.
    fn wide_sources(&mut self) {
        for (index, rule) in self.relaying() {
            for (condition, set) in positive(rule, |what| match what {
                What::FromSource(set) => Some(set),
                _ => None,
            }) {
                let unexpected = |net: &Net| !self.scene.context.unexpected(&[*net]).is_empty();
                let nets = set.table.nets();
                let wide = nets.iter().filter(|(net, _)| unexpected(net));
                let Some((net, entry)) = wide.max_by_key(|(net, _)| (net.breadth(), net.size()))
                else {
                    continue;
                };
                let severity = match net.breadth().severity() {
                    Some(severity @ (Severity::High | Severity::Medium)) => severity,
                    _ => continue,
                };
                let client = net.start();
                let world = |world| World {
                    address: Some(client),
                    ..world
                };
                if !self.decides(index, world) {
                    continue;
                }
                let message = format!("The rule relays for every client in {net}.");
                let proof = raise::proof(
                    self.scene.reader,
                    entry.spot.place(),
                    "the network",
                    Vec::new(),
                );
                let finding = self
                    .make(&OS011, &net.to_string(), &condition.spot, message)
                    .with_severity(severity)
                    .with_evidence(proof);
                self.found.push(finding);
            }
        }
    }

    /// Raises rules that rest on reverse names.
    fn named_hosts(&mut self) {
        for (index, rule) in self.relaying() {
            for (condition, set) in positive(rule, |what| match what {
                What::FromName(set) => set.as_ref(),
                _ => None,
            }) {
                let strange = |name: Option<String>| {
                    self.decides(index, |world| World {
                        name: name.clone(),
                        ..world
                    })
                };
                // What fits every name is an opening, which has been raised.
                if strange(None) || !samples(set, false).into_iter().any(strange) {
                    continue;
                }
                let message = format!(
                    "The rule relays for {}; whoever runs the reverse zone of an address may claim \
                     such a name.",
                    causes::words(&condition.what)
                );
                let finding = self
                    .make(&OS013, &text_of(rule), &condition.spot, message)
                    .with_severity(Severity::Medium);
                self.found.push(finding);
            }
        }
    }

    /// Raises destinations as wide as a top-level domain.
    fn wide_domains(&mut self) {
        for (index, rule) in self.relaying() {
            for (condition, set) in positive(rule, |what| match what {
                What::ForDomain(set) | What::Recipient(set) => Some(set),
                _ => None,
            }) {
                let wide = set
                    .table
                    .entries
                    .iter()
                    .filter(|_| !set.regex)
                    .find(|entry| {
                        let domain = entry.key.rsplit_once('@').map_or(&*entry.key, |(_, d)| d);
                        let top = domain.strip_prefix("*.").or(domain.strip_prefix('.'));
                        top.is_some_and(domains::is_top_level)
                    });
                let Some(entry) = wide else { continue };
                let key = entry.key.replace('*', "relaycheck-stranger");
                let recipient = match key.rsplit_once('@') {
                    Some((_, domain)) => format!("x@{domain}"),
                    None => format!("x@{key}"),
                };
                let all = self.decides(index, |world| world);
                let one = self.decides(index, |world| World {
                    recipient: Some(recipient.clone()),
                    ..world
                });
                if all || !one {
                    continue;
                }
                let message = format!(
                    "The rule relays for everybody to every domain below {}.",
                    short(&entry.key)
                );
                let proof = raise::proof(
                    self.scene.reader,
                    entry.spot.place(),
                    "the pattern",
                    Vec::new(),
                );
                let finding = self
                    .make(&OS015, &entry.key, &condition.spot, message)
                    .with_severity(Severity::High)
                    .with_evidence(proof);
                self.found.push(finding);
            }
        }
    }

    /// Raises refusals that come too late.
    fn never_reached(&mut self) {
        let mut raised = 0;
        for (index, rule) in self.conf.rules.iter().enumerate() {
            if !matches!(rule.deed, Deed::Reject) || rule.broken || raised >= MOST_OF_A_RULE {
                continue;
            }
            let before = self.conf.rules[..index].iter().rev().take(500);
            let mut taking = before.filter(|b| matches!(b.deed, Deed::Relay | Deed::Deliver(_)));
            if let Some(cover) = taking.find(|before| !before.broken && covers(before, rule)) {
                raised += 1;
                let message = format!(
                    "The refusal is never reached: the rule at {} takes all that it would refuse.",
                    cover.head.shown()
                );
                let finding = self
                    .make(&OS016, &text_of(rule), &rule.head, message)
                    .with_evidence(self.line(cover, "takes it before"));
                self.found.push(finding);
            }
        }
    }

    fn listeners(&mut self) {
        for listener in self.listeners.clone() {
            if let Some(spot) = &listener.proxy
                && !listener.is_local()
            {
                let message = format!(
                    "Whoever reaches {} may state any client address in a PROXY header, one that \
                     is trusted too.",
                    listener.name()
                );
                self.add(&OS017, &listener.name(), spot, message);
            }
        }
    }

    /// Raises virtual users that send a whole domain outside.
    fn catch_alls(&mut self) {
        let mut seen: Vec<Rc<Table>> = Vec::new();
        for rule in &self.conf.rules {
            let Deed::Deliver(Some(table)) = &rule.deed else {
                continue;
            };
            if seen.iter().any(|known| Rc::ptr_eq(known, table)) {
                continue;
            }
            seen.push(Rc::clone(table));
            let entries = table.entries.iter().filter(|e| e.key.starts_with('@'));
            for entry in entries.take(MOST_OF_A_RULE) {
                let values = entry.value.as_deref().unwrap_or("");
                let Some(outside) = values.split(',').find_map(|to| self.outside(to.trim())) else {
                    continue;
                };
                let whom = match entry.key.as_str() {
                    "@" => "every user of every virtual domain".to_owned(),
                    key => format!("every user of {}", short(&key[1..])),
                };
                let message = format!("Mail for {whom} is sent on to {}.", short(outside));
                let finding = self.make(&OS018, &entry.key, &entry.spot, message);
                self.found.push(finding);
            }
        }
    }

    /// Gives an address if it leads outside: to no own domain, or to none that a rule delivers.
    fn outside<'t>(&self, address: &'t str) -> Option<&'t str> {
        let (_, domain) = address.rsplit_once('@')?;
        if domain.is_empty() {
            return None;
        }
        if !self.scene.context.own_domains.is_empty() {
            return self.scene.context.is_foreign(domain).then_some(address);
        }
        let local = self.conf.rules.iter().any(|rule| {
            matches!(rule.deed, Deed::Deliver(_))
                && rule
                    .conditions
                    .iter()
                    .any(|condition| match &condition.what {
                        What::ForDomain(set) => {
                            let as_domain = super::table::As::Domain(domain);
                            set.table.matches(as_domain, set.regex) == Some(true)
                        }
                        _ => false,
                    })
        });
        (!local).then_some(address)
    }

    /// Raises domains that are not the user's.
    fn foreign_domains(&mut self) {
        let mut seen = HashSet::new();
        for rule in &self.conf.rules {
            let local = matches!(rule.deed, Deed::Deliver(_));
            let guarded = |c: &Condition| match c.what {
                What::FromAny => c.negated,
                What::Auth | What::FromLogin => !c.negated,
                ref what => what.is_source() && !c.negated,
            };
            let open = matches!(rule.deed, Deed::Relay) && !rule.conditions.iter().any(guarded);
            if !local && !open {
                continue;
            }
            for (_, set) in positive(rule, |what| match what {
                What::ForDomain(set) if !set.regex => Some(set),
                _ => None,
            }) {
                for entry in &set.table.entries {
                    let domain = entry.key.trim_start_matches("*.").trim_start_matches('.');
                    let plain = !domain.is_empty() && !domain.contains('*');
                    if !plain || !self.scene.context.is_foreign(domain) {
                        continue;
                    }
                    if seen.len() >= MOST_OF_A_RULE || !seen.insert(domain.to_ascii_lowercase()) {
                        continue;
                    }
                    let deed = if local {
                        "delivered here"
                    } else {
                        "relayed for everybody"
                    };
                    let message = format!(
                        "Mail for {}, which is not an own domain, is {deed}.",
                        short(domain)
                    );
                    let finding = self
                        .make(&OS021, domain, &entry.spot, message)
                        .with_evidence(self.line(rule, "the rule"));
                    self.found.push(finding);
                }
            }
        }
    }
}

/// Gives the sets of conditions of a kind that are not negated.
fn positive<'r>(
    rule: &'r Rule,
    set: impl Fn(&'r What) -> Option<&'r Set>,
) -> impl Iterator<Item = (&'r Condition, &'r Set)> {
    let plain = rule.conditions.iter().filter(|c| !c.negated);
    plain.filter_map(move |condition| Some((condition, set(&condition.what)?)))
}

/// Gives the words that say where the mail goes.
fn destination(rule: &Rule) -> Spot {
    let to = rule.conditions.iter().find(|c| c.what.is_destination());
    to.map_or_else(|| rule.head.clone(), |condition| condition.spot.clone())
}

/// Gives a rule in words, which stays the same when lines move.
fn text_of(rule: &Rule) -> String {
    let words: Vec<String> = rule
        .conditions
        .iter()
        .map(|c| {
            format!(
                "{}{}",
                if c.negated { "!" } else { "" },
                causes::words(&c.what)
            )
        })
        .collect();
    words.join(" ")
}

/// Tells whether everything one rule fits is fitted by another before it: each of its conditions has one that
/// is as narrow.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    wide.conditions.iter().all(|outer| {
        let any = matches!(outer.what, What::FromAny | What::ForAny);
        let as_narrow = |inner: &Condition| {
            if outer.negated != inner.negated {
                return false;
            }
            match (&outer.what, &inner.what) {
                (What::FromLocal, What::FromLocal)
                | (What::FromSocket, What::FromSocket)
                | (What::FromLogin | What::Auth, What::FromLogin | What::Auth)
                | (What::ForLocal, What::ForLocal)
                | (What::Tls, What::Tls)
                | (What::FromName(None), What::FromName(None | Some(_))) => true,
                (What::FromSource(a), What::FromSource(b)) => !outer.negated && holds(a, b, true),
                (What::FromName(Some(a)), What::FromName(Some(b)))
                | (What::ForDomain(a), What::ForDomain(b))
                | (What::Recipient(a), What::Recipient(b))
                | (What::Sender(a), What::Sender(b))
                | (What::Helo(a), What::Helo(b))
                | (What::Tag(a), What::Tag(b)) => {
                    holds(a, b, false) && (!outer.negated || holds(b, a, false))
                }
                _ => false,
            }
        };
        (any && !outer.negated) || narrow.conditions.iter().any(as_narrow)
    })
}

/// Tells whether a set holds every entry of another: as it is written, or as a network inside one.
fn holds(outer: &Set, inner: &Set, nets: bool) -> bool {
    const MOST: usize = 2_000;
    if Rc::ptr_eq(&outer.table, &inner.table) && outer.regex == inner.regex {
        return true;
    }
    if !inner.table.known || outer.regex != inner.regex || inner.table.entries.is_empty() {
        return false;
    }
    if nets && !outer.regex {
        let (a, b) = (outer.table.nets(), inner.table.nets());
        return a.len() <= MOST
            && b.len() <= MOST
            && b.len() == inner.table.entries.len()
            && b.iter()
                .all(|(net, _)| a.iter().any(|(wide, _)| wide.contains(*net)));
    }
    let keys: HashSet<&str> = outer.table.entries.iter().map(|e| e.key.as_str()).collect();
    inner
        .table
        .entries
        .iter()
        .all(|entry| keys.contains(entry.key.as_str()))
}
