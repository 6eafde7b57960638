//! Raises the rules for OpenSMTPD: here the verdict, what brings it about, and what cannot be seen. Wide rules
//! stand in `breadth`, refusals that come too late in `late`, foreign domains in `domains`.
//!
//! In: a configuration and its evaluation. Out: findings at the words to change.
//!
//! Limits: [`MOST_OF_A_RULE`] findings of a rule that fires per entry.

use super::super::domains::OUTSIDE_RECIPIENT;
use super::super::raise;
use super::super::rules::opensmtpd::{OS001, OS002, OS003, OS017, OS019, OS021};
use super::super::source::short;
use super::super::spot::Spot;
use super::super::{Scene, decide::Assume};
use super::causes;
use super::conf::{Condition, Conf, Deed, Listener, Rule, Set, What};
use super::evaluate::{Judge, Way, World};
use crate::model::{Confidence, Envelope, Finding, Relay};
use std::collections::HashSet;

/// Findings of one rule; who has more foreign domains reads the first ones.
pub(super) const MOST_OF_A_RULE: usize = 50;

/// Collects findings.
pub(super) struct Raiser<'a, 's> {
    /// What is judged.
    pub(super) scene: &'a Scene<'s>,
    /// The configuration.
    pub(super) conf: &'a Conf,
    /// Its evaluation.
    pub(super) judge: &'a Judge<'a>,
    /// The listeners that count: those that outsiders reach, or all where they reach none.
    listeners: Vec<&'a Listener>,
    /// One of each class of them.
    kinds: Vec<&'a Listener>,
    /// What was found.
    pub(super) found: Vec<Finding>,
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
    let listeners: Vec<&Listener> = conf.listeners.iter().filter(public).collect();
    let mut seen = HashSet::new();
    let first = listeners.iter().copied();
    let mut raiser = Raiser {
        scene,
        conf,
        judge,
        kinds: first.filter(|one| seen.insert(one.class())).collect(),
        listeners,
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
    /// Makes a finding.
    pub(super) fn make(
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
        for listener in self.kinds.clone() {
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

    /// Makes the line of a rule a piece of evidence.
    pub(super) fn line(&self, rule: &Rule, says: &str) -> crate::model::Evidence {
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
        let first = raise::proof(
            self.scene.reader,
            rule.head.place(),
            "the rule that decides",
            rule.chain.clone(),
        );
        let subject = super::subject(self.scene);
        let mut finding = raise::resting_on(first, id, subject, &text_of(rule), message)
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
        let broken = self.conf.rules.iter().find(|rule| {
            !rule.conditions.is_empty() && (rule.broken || matches!(rule.deed, Deed::Unknown))
        });
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
    pub(super) fn relaying(&self) -> impl Iterator<Item = (usize, &'a Rule)> + use<'a> {
        let rules = self.conf.rules.iter().enumerate();
        rules.filter(|(_, rule)| matches!(rule.deed, Deed::Relay) && !rule.broken)
    }

    /// Tells whether a rule decides for somebody, through some listener.
    pub(super) fn decides(&self, index: usize, make: impl Fn(World<'a>) -> World<'a>) -> bool {
        self.kinds.iter().any(|listener| {
            [false, true].into_iter().any(|v6| {
                let world = make(World::stranger(listener, v6));
                let served = listener.serves(world.address.map_or(v6, |a| a.is_ipv6()));
                served
                    && !listener.asks_who()
                    && self.judge.decide(&world, Assume::AsWritten).0 == Some(index)
            })
        })
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
}

/// Gives the sets of conditions of a kind that are not negated.
pub(super) fn positive<'r>(
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
pub(super) fn text_of(rule: &Rule) -> String {
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
