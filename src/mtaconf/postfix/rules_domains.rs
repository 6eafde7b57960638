//! The rules about domains: which are local, virtual or relayed.
//!
//! References: ADDRESS_CLASS_README, VIRTUAL_README, BACKSCATTER_README.

use super::bench::{Bench, MOST_ABOUT_ONE, View};
use super::lists::{Kind, List, Match, Named, Source};
use super::params::Value;
use super::rules_clients::shown;
use super::rules_login::takes_own_mail;
use super::tables::Body;
use crate::model::{Confidence, Relay};
use crate::mtaconf::domains::{OUTSIDE_RECIPIENT, is_top_level, is_within};
use crate::mtaconf::rules::postfix::{
    PF040, PF041, PF042, PF043, PF044, PF045, PF046, PF047, PF048, PF049, PF050, PF052, PF053,
};
use crate::mtaconf::source::short;
use std::collections::BTreeMap;

/// Judges what is said about domains.
pub(super) fn judge(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        relayed(bench, view);
        local(bench, view);
        of_virtual(bench, view);
        twice(bench, view);
        parents(bench, view);
    }
}

/// Gives the domains among the names of a list: keys with `@` are people.
fn domains(list: &List) -> Vec<Named> {
    let mut named = list.named();
    named.retain(|named| !named.name.contains('@'));
    named
}

fn is_star(name: &str) -> bool {
    name.contains('*')
}

/// Gives what makes a list fit every domain, if it is a table: names that do so together have a rule of their
/// own.
fn catch_all(list: &List) -> Option<Source> {
    let Match::Yes(source) = list.foreign() else {
        return None;
    };
    match &list.items.get(source.item)?.kind {
        Kind::Table(table) if !matches!(table.body, Body::Keys(_)) => Some(source),
        _ => None,
    }
}

/// Tells whether a word came out of `$mydestination`.
fn follows_mydestination(value: &Value, list: &List, source: &Source) -> bool {
    let word = list
        .items
        .get(source.item)
        .and_then(|item| value.words.get(item.word));
    word.is_some_and(|word| {
        let chain = value.chain_of(word);
        chain.iter().any(|link| link.starts_with("$mydestination "))
    })
}

fn relayed(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let both = bench.domains(view.of, "relay_domains");
    let (value, list) = &*both;
    let local = bench.domains(view.of, "mydestination");
    let maps = bench.config.value(view.of, "relay_recipient_maps");
    without_recipients(bench, view, value, list, &local, &maps);
    if !bench.first_time("relay_domains", &[value, &local.0]) {
        return;
    }
    let local = &local.1;
    if let Some(source) = catch_all(list) {
        let message = format!(
            "relay_domains accepts every domain, because of {}; {}.",
            shown(list, &source),
            view.effect()
        );
        let finding = bench.of_item(&PF040, value, list, &source, message);
        bench.add(match view.relay {
            Relay::Open => finding.with_envelope(view.envelope(OUTSIDE_RECIPIENT.to_owned())),
            _ => finding,
        });
    }
    let named = domains(list);
    for one in named
        .iter()
        .filter(|one| is_star(&one.name))
        .take(MOST_ABOUT_ONE)
    {
        let message = format!(
            "{} in relay_domains is no wildcard; it matches nothing. In a table of patterns it would \
             open the relay.",
            short(&one.name)
        );
        bench.add(bench.of_item(&PF041, value, list, &one.source, message));
    }
    let taken = takes_own_mail(bench, view);
    let wide = |one: &&Named| {
        is_top_level(&one.name) && list.reaches_below(&one.name) && !is_star(&one.name)
    };
    for one in named.iter().filter(wide).take(MOST_ABOUT_ONE) {
        let message = format!(
            "{} in relay_domains is a top-level domain: mail for every domain below it is relayed.",
            short(&one.name)
        );
        let finding = bench.of_item(&PF042, value, list, &one.source, message);
        let name = one.name.trim_start_matches('.');
        bench.add(match taken {
            true => finding.with_envelope(view.envelope(format!("relaycheck@outsider.{name}"))),
            false => finding,
        });
    }
    let followed = |source: &Source| follows_mydestination(value, list, source);
    if let Some(one) = named.iter().take(100).find(|one| followed(&one.source)) {
        let why = match value.explicit {
            true => "relay_domains follows $mydestination",
            false => "relay_domains follows $mydestination, which is its default here",
        };
        let message = format!(
            "{why}: mail for domains below the local ones is relayed. Write relay_domains."
        );
        bench.add(bench.of_item(&PF044, value, list, &one.source, message));
    }
    let foreign = named
        .iter()
        .filter(|one| !is_star(&one.name))
        .filter(|one| {
            bench.config.context.is_foreign(&one.name) && matches!(local.has(&one.name), Match::No)
        });
    let foreign: Vec<&Named> = foreign.take(MOST_ABOUT_ONE).collect();
    for one in foreign {
        let message = format!(
            "relay_domains holds {}, which is neither an own domain nor one relayed on purpose.",
            short(&one.name)
        );
        bench.add(bench.of_item(&PF043, value, list, &one.source, message));
    }
}

/// Judges relayed domains of which no recipients are known.
fn without_recipients(
    bench: &mut Bench<'_, '_>,
    view: View<'_>,
    value: &Value,
    list: &List,
    local: &(Value, List),
    maps: &Value,
) {
    let verified = bench
        .restrictions(view.of)
        .contains("reject_unverified_recipient");
    if !value.explicit || !maps.text.is_empty() || verified {
        return;
    }
    let (mydestination, local) = local;
    if !bench.first_time(PF053.id, &[value, mydestination]) {
        return;
    }
    let named = domains(list).into_iter().find(|one| {
        !is_star(&one.name) && matches!(local.has(one.name.trim_start_matches('.')), Match::No)
    });
    let tables = list
        .items
        .iter()
        .enumerate()
        .filter(|(_, item)| !item.negated);
    let table = tables
        .filter_map(|(at, item)| match &item.kind {
            Kind::Table(table) if !matches!(table.body, Body::Keys(_)) => Some((at, table)),
            _ => None,
        })
        .find(|(_, table)| table.unknown().is_some() || table.entries().next().is_some());
    let (source, confidence) = match (named, table) {
        (Some(one), _) => (one.source, Confidence::Firm),
        (None, Some((at, table))) => {
            let entry = table.entries().next().cloned();
            let confidence = match entry {
                Some(_) => Confidence::Firm,
                None => Confidence::Weak,
            };
            (Source { item: at, entry }, confidence)
        }
        (None, None) => return,
    };
    let message = format!(
        "Mail is relayed for {}, and relay_recipient_maps is empty: every address is taken, and what \
         cannot be delivered goes back to forged senders.",
        shown(list, &source)
    );
    let finding = bench.of_item(&PF053, value, list, &source, message);
    bench.add(finding.with_confidence(confidence));
}

fn local(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let both = bench.domains(view.of, "mydestination");
    let (value, list) = &*both;
    if !bench.first_time("mydestination", &[value]) {
        return;
    }
    if let Some(source) = catch_all(list) {
        let message = format!(
            "mydestination fits every domain, because of {}: all mail is taken as local.",
            shown(list, &source)
        );
        bench.add(bench.of_item(&PF046, value, list, &source, message));
    }
    let host = bench
        .config
        .value(view.of, "myhostname")
        .text
        .to_lowercase();
    let given = bench.config.context.hostname.as_deref().unwrap_or_default();
    let named = domains(list);
    for one in named
        .iter()
        .filter(|one| is_star(&one.name))
        .take(MOST_ABOUT_ONE)
    {
        let message = format!(
            "{} in mydestination is no wildcard; it matches nothing.",
            short(&one.name)
        );
        bench.add(bench.of_item(&PF048, value, list, &one.source, message));
    }
    let own = &bench.config.context.own_domains;
    if own.is_empty() {
        return;
    }
    let foreign: Vec<&Named> = named
        .iter()
        .filter(|one| !is_star(&one.name) && !is_within(&one.name, own))
        .filter(|one| one.name != host && !one.name.eq_ignore_ascii_case(given))
        .filter(|one| one.name != "localhost" && !one.name.starts_with("localhost."))
        // Addresses of the host itself are written so.
        .filter(|one| !one.name.starts_with('['))
        .take(MOST_ABOUT_ONE)
        .collect();
    for one in foreign {
        let message = format!(
            "mydestination holds {}, which is no own domain: mail for it never leaves this host.",
            short(&one.name)
        );
        bench.add(bench.of_item(&PF047, value, list, &one.source, message));
    }
}

fn of_virtual(bench: &mut Bench<'_, '_>, view: View<'_>) {
    for name in ["virtual_alias_domains", "virtual_mailbox_domains"] {
        let both = bench.domains(view.of, name);
        let (value, list) = &*both;
        if !bench.first_time("virtual", &[value]) {
            continue;
        }
        if let Some(source) = catch_all(list) {
            let left = match value.explicit {
                true => "",
                false => ", which it takes from its default",
            };
            let message = format!(
                "{name} fits every domain, because of {}{left}: mail for any domain is taken.",
                shown(list, &source)
            );
            bench.add(bench.of_item(&PF050, value, list, &source, message));
        }
        let foreign: Vec<Named> = domains(list)
            .into_iter()
            .filter(|one| !is_star(&one.name) && bench.config.context.is_foreign(&one.name))
            .take(MOST_ABOUT_ONE)
            .collect();
        for one in foreign {
            let message = format!(
                "{name} holds {}, which is neither an own domain nor one relayed on purpose.",
                short(&one.name)
            );
            bench.add(bench.of_item(&PF052, value, list, &one.source, message));
        }
    }
}

/// Finds domains that stand in two classes.
fn twice(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let order = [
        "mydestination",
        "virtual_alias_domains",
        "virtual_mailbox_domains",
        "relay_domains",
    ];
    let lists = order.map(|name| bench.domains(view.of, name));
    let values: Vec<&Value> = lists.iter().map(|both| &both.0).collect();
    if !bench.first_time(PF049.id, &values) {
        return;
    }
    for (name, both) in order.into_iter().zip(&lists) {
        let (value, list) = &**both;
        let mut told = 0;
        for one in domains(list) {
            match first.get(&one.name) {
                Some(before) if *before != name && told < MOST_ABOUT_ONE => {
                    if follows_mydestination(value, list, &one.source) {
                        continue;
                    }
                    let message = format!("{} stands in {before} and in {name}.", short(&one.name));
                    bench.add(bench.of_item(&PF049, value, list, &one.source, message));
                    told += 1;
                }
                Some(_) => {}
                None => {
                    first.insert(one.name, name);
                }
            }
        }
    }
}

fn parents(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let value = bench
        .config
        .value(view.of, "parent_domain_matches_subdomains");
    let without: Vec<&str> = ["relay_domains", "mynetworks", "smtpd_access_maps"]
        .into_iter()
        .filter(|name| !bench.parents(view.of, name))
        .collect();
    if value.explicit && !without.is_empty() {
        let message = format!(
            "parent_domain_matches_subdomains is without {}: there a name stands for itself alone, and \
             one with a leading dot for those below.",
            without.join(", ")
        );
        bench.add(bench.of_value(&PF045, &value, message));
    }
}
