//! The rules about where mail is led: unknown users, aliases of whole domains, copies.
//!
//! References: VIRTUAL_README, BACKSCATTER_README, LOCAL_RECIPIENT_README.

use super::bench::{Bench, CLASSES, MOST_ABOUT_ONE, View};
use super::lists::List;
use super::params::{Of, Value};
use super::tables::{Answer, Body, Entry, Table, words};
use crate::model::Rule;
use crate::mtaconf::domains::STRANGE_ADDRESSES;
use crate::mtaconf::rules::postfix::{PF051, PF054, PF055, PF083};
use crate::mtaconf::source::short;
use std::rc::Rc;

/// Judges where mail is led.
pub(super) fn judge(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        recipients(bench, view);
        aliases(bench, view);
        copies(bench, view);
    }
}

fn recipients(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let value = bench.config.value(view.of, "local_recipient_maps");
    if value.explicit && value.text.is_empty() && value.trouble.is_none() {
        let message =
            "local_recipient_maps is empty: mail for any name in a local domain is taken, \
                       and what cannot be delivered goes back to forged senders."
                .to_owned();
        bench.add(bench.of_value(&PF054, &value, message));
    }
    let value = bench.config.value(view.of, "luser_relay");
    if bench.leads_outside(view.of, &value.text) {
        let message = format!(
            "Mail for unknown local users goes outside, to {} (luser_relay).",
            short(&value.text)
        );
        bench.add(bench.of_value(&PF055, &value, message));
    }
}

/// Opens the tables of a parameter that is a list of them.
fn maps(bench: &Bench<'_, '_>, of: Of<'_>, name: &str) -> (Value, Vec<(usize, Rc<Table>)>) {
    const MOST: usize = 50;
    let value = bench.config.value(of, name);
    let tables = value
        .words
        .iter()
        .enumerate()
        .filter(|(_, word)| word.text.contains(':'))
        .take(MOST)
        .map(|(at, word)| (at, bench.tables.open(&word.text, &value.place_of(word))))
        .collect();
    (value, tables)
}

fn aliases(bench: &mut Bench<'_, '_>, view: View<'_>) {
    lead_outside(
        bench,
        view,
        "virtual_alias_maps",
        &PF051,
        "Mail for every address of",
        "goes to",
    );
}

/// Finds catch-alls of a map whose value leads outside.
fn lead_outside(
    bench: &mut Bench<'_, '_>,
    view: View<'_>,
    name: &str,
    rule: &'static Rule,
    what: &str,
    how: &str,
) {
    let (value, tables) = maps(bench, view.of, name);
    let lists: Vec<Rc<(Value, List)>> = CLASSES
        .iter()
        .map(|class| bench.domains(view.of, class))
        .collect();
    let mut values: Vec<&Value> = lists.iter().map(|both| &both.0).collect();
    values.push(&value);
    if !bench.first_time(rule.id, &values) {
        return;
    }
    for (at, table) in tables {
        let Some(word) = value.words.get(at) else {
            continue;
        };
        let mut told = 0;
        for (of, entry) in catch_alls(&table) {
            let outside = words(&entry.value)
                .into_iter()
                .take(100)
                .map(|range| &entry.value[range])
                .find(|target| {
                    // A domain led to itself keeps its addresses.
                    *target != entry.key && bench.leads_outside(view.of, target)
                });
            let Some(target) = outside else {
                continue;
            };
            if told == MOST_ABOUT_ONE {
                break;
            }
            told += 1;
            let message = format!(
                "{what} {} {how} {}, an address outside ({name}).",
                short(&of),
                short(target)
            );
            bench.add(bench.of_entry(rule, &value, word, &entry, message));
        }
    }
}

/// Gives the entries of a map that stand for all addresses, or all of a domain, with what they stand for.
fn catch_alls(table: &Table) -> Vec<(String, Entry)> {
    match &table.body {
        Body::Keys(_) => table
            .entries()
            .filter(|entry| entry.key.starts_with('@'))
            .map(|entry| (entry.key[1..].to_owned(), entry.clone()))
            .collect(),
        Body::Elsewhere(_) => Vec::new(),
        _ => {
            let dotted = STRANGE_ADDRESSES
                .iter()
                .filter(|address| address.contains('.'));
            let answers: Vec<Answer> = dotted.map(|address| table.get(address)).collect();
            let all = answers
                .iter()
                .all(|answer| matches!(answer, Answer::Found(..)));
            match answers.into_iter().next() {
                Some(Answer::Found(_, entry)) if all => vec![("every domain".to_owned(), entry)],
                _ => Vec::new(),
            }
        }
    }
}

fn copies(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let value = bench.config.value(view.of, "always_bcc");
    if bench.leads_outside(view.of, &value.text) {
        let message = format!(
            "A copy of all mail goes outside, to {} (always_bcc).",
            short(&value.text)
        );
        bench.add(bench.of_value(&PF083, &value, message));
    }
    for name in ["sender_bcc_maps", "recipient_bcc_maps"] {
        lead_outside(
            bench,
            view,
            name,
            &PF083,
            "A copy of all mail of",
            "goes to",
        );
    }
}
