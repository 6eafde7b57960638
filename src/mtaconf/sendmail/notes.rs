//! What a reader of the report is told besides findings: who may send, and where .mc and .cf differ.
//!
//! In: a configuration. Out: grants; places moved from the .cf to the .mc.

use super::super::Scene;
use super::policy::{Policy, Word};
use super::tables::Tag;
use super::{Site, subject};
use crate::model::{Grant, Place};
use crate::mtaconf::served::Served;
use std::collections::HashMap;

/// Rows of one kind; a table of thousands is named by its first ones.
const MOST_ROWS: usize = 200;

/// Gives the domains that everybody may send to, and the networks that may send anywhere.
pub(super) fn served(site: &Site) -> Served {
    let mut served = Served::default();
    for word in &site.policy.local {
        served.domain(&word.text);
    }
    let mut either = |text: &str| match super::tables::net(text) {
        Some(net) => served.net(net),
        None => served.domain(text),
    };
    for word in &site.policy.relayed {
        either(&word.text);
    }
    for entry in site.access.iter().filter(|entry| entry.relays()) {
        let net = super::tables::net(&entry.key);
        match (entry.tag, net) {
            (Tag::To | Tag::None, None) | (Tag::Connect | Tag::None, Some(_)) => either(&entry.key),
            _ => {}
        }
    }
    if let Some(name) = &site.policy.domain {
        served.host(&name.text);
    }
    served
}

/// Gives who may send to whom, in the order sendmail asks.
pub(super) fn grants(scene: &Scene<'_>, site: &Site) -> Vec<Grant> {
    let policy = &site.policy;
    let mut rows = Vec::new();
    let mut row = |clients: &str, domains: &str, because: Option<Place>| {
        rows.push(Grant {
            service: subject(scene).to_owned(),
            clients: clients.to_owned(),
            domains: domains.to_owned(),
            because,
        });
    };
    if !policy.refuses {
        let because = policy.unrefused.as_ref().map(|spot| spot.place());
        row("everybody", "any domain", because);
    }
    for word in policy.trusted.iter().take(MOST_ROWS) {
        let clients = format!("users logged in by {}", word.text);
        row(&clients, "any domain", Some(word.spot.place()));
    }
    row("everybody", "the names of this machine", None);
    for word in policy.local.iter().take(MOST_ROWS) {
        row("everybody", &word.text, Some(word.spot.place()));
    }
    let below = match policy.feature("relay_hosts_only") {
        Some(_) => "",
        None => " and what is below",
    };
    for word in policy.relayed.iter().take(MOST_ROWS) {
        let domains = format!("{}{below}", word.text);
        if super::tables::net(&word.text).is_none() {
            row("everybody", &domains, Some(word.spot.place()));
        }
    }
    let relays = || {
        site.access
            .iter()
            .filter(|entry| entry.relays())
            .take(MOST_ROWS)
    };
    for entry in relays().filter(|e| matches!(e.tag, Tag::To | Tag::None)) {
        if super::tables::net(&entry.key).is_none() {
            row("everybody", &entry.key, Some(entry.spot.place()));
        }
    }
    row("this machine", "any domain", None);
    for word in policy.relayed.iter().take(MOST_ROWS) {
        row(&word.text, "any domain", Some(word.spot.place()));
    }
    for entry in relays().filter(|e| matches!(e.tag, Tag::Connect | Tag::None)) {
        row(&entry.key, "any domain", Some(entry.spot.place()));
    }
    for (name, clients) in [
        ("relay_local_from", "everybody who gives a local sender"),
        ("relay_entire_domain", "hosts below this machine's domain"),
    ] {
        if let Some(feature) = policy.feature(name) {
            row(clients, "any domain", Some(feature.spot.place()));
        }
    }
    for entry in super::verdict::by_sender(site).take(MOST_ROWS) {
        let clients = format!("everybody who gives the sender {}", entry.key);
        row(&clients, "any domain", Some(entry.spot.place()));
    }
    rows
}

/// Features in which a .mc and its .cf are compared.
const COMPARED: &[&str] = &[
    "accept_unqualified_senders",
    "accept_unresolvable_domains",
    "access_db",
    "loose_relay_check",
    "promiscuous_relay",
    "relay_based_on_MX",
    "relay_entire_domain",
    "relay_hosts_only",
    "relay_local_from",
    "relay_mail_from",
];

/// Blames the .mc for what the .cf has from it, and notes what they differ in.
pub(super) fn place(runs: &mut Policy, written: &Policy, notes: &mut Vec<String>) {
    let promiscuous = runs.feature("promiscuous_relay").map(|f| f.spot.place());
    for (name, feature) in &mut runs.features {
        if let Some(source) = written.feature(name) {
            feature.spot = source.spot.clone();
        }
    }
    if let Some(spot) = &runs.unrefused
        && Some(spot.place()) == promiscuous
    {
        runs.unrefused = runs.feature("promiscuous_relay").map(|f| f.spot.clone());
    }
    words(&mut runs.relayed, &written.relayed);
    words(&mut runs.local, &written.local);
    words(&mut runs.trusted, &written.trusted);
    words(&mut runs.hubs, &written.hubs);
    for (ours, theirs) in [
        (&mut runs.mechanisms, &written.mechanisms),
        (&mut runs.login_options, &written.login_options),
        (&mut runs.privacy, &written.privacy),
    ] {
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours.text == theirs.text
        {
            ours.spot = theirs.spot.clone();
        }
    }
    for daemon in &mut runs.daemons {
        let same = written
            .daemons
            .iter()
            .find(|d| d.name == daemon.name && d.port == daemon.port);
        if let Some(same) = same {
            daemon.spot.clone_from(&same.spot);
        }
    }
    for (name, ruleset) in &mut runs.rulesets {
        if let Some(source) = written.rulesets.get(name) {
            words(&mut ruleset.rules, &source.rules);
        }
    }
    for (ours, theirs) in [
        (&mut runs.access, &written.access),
        (&mut runs.virtual_users, &written.virtual_users),
    ] {
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            ours.spot = theirs.spot.clone();
        }
    }
    for name in COMPARED {
        let differs = match (runs.feature(name), written.feature(name)) {
            (Some(_), None) => Some(("has", "does not")),
            (None, Some(_)) => Some(("does not have", "does")),
            _ => None,
        };
        if let Some((has, does)) = differs {
            notes.push(format!(
                "The .cf {has} FEATURE({name}), the .mc {does}: the .cf, which is what runs, was not \
                 built from this .mc."
            ));
        }
    }
}

/// Takes the places of the same words.
fn words(ours: &mut [Word], theirs: &[Word]) {
    let known: HashMap<&str, &Word> = theirs.iter().map(|w| (w.text.as_str(), w)).collect();
    for word in ours {
        if let Some(same) = known.get(word.text.as_str()) {
            word.spot = same.spot.clone();
        }
    }
}
