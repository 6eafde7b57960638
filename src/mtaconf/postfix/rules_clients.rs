//! The rules about lists of clients besides mynetworks: who may use XCLIENT, XFORWARD and QMQP, whom no limits
//! apply to, and tables whose values are taken for more than they count.
//!
//! References: XCLIENT_README, XFORWARD_README, qmqpd(8), DATABASE_README.

use super::access::{Action, action};
use super::bench::{Bench, CLASSES, MOST_ABOUT_ONE, View};
use super::lists::{Kind, List, Source};
use super::master_cf::Speaks;
use super::params::{Of, Value};
use super::table_rules::network;
use super::tables::Table;
use super::trust::Trust;
use crate::model::{Envelope, Relay, Rule, Severity};
use crate::mtaconf::domains::OUTSIDE_RECIPIENT;
use crate::mtaconf::nets::{Breadth, Net, covers_everybody};
use crate::mtaconf::rules::postfix::{PF036, PF070, PF071, PF073, PF091};
use crate::mtaconf::source::short;
use std::rc::Rc;

/// Judges the lists of clients besides mynetworks.
pub(super) fn judge(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        xclient(bench, view);
        xforward(bench, view);
        exceptions(bench, view);
    }
    qmqp(bench);
    refusals(bench);
}

fn xclient(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let name = "smtpd_authorized_xclient_hosts";
    let may = "may use XCLIENT, and so pass for a trusted client";
    let besides = "XCLIENT ADDR=127.0.0.1 before MAIL";
    breadth(bench, view, name, &PF070, may, Some(besides));
}

fn qmqp(bench: &mut Bench<'_, '_>) {
    let listeners = bench.config.reachable();
    let talking: Vec<View<'_>> = listeners
        .filter(|listener| listener.speaks == Speaks::Qmqp)
        .map(|listener| View {
            of: Of::Service(bench.config.talks(listener)),
            listener: Some((listener, bench.config.listens(listener))),
            // XCLIENT and QMQP ask no list.
            relay: Relay::Closed,
        })
        .collect();
    for view in talking {
        let may = "may hand over mail by QMQP, which knows no other relay check";
        breadth(bench, view, "qmqpd_authorized_clients", &PF073, may, None);
    }
}

/// Raises a rule that follows the scale for a list of clients.
fn breadth(
    bench: &mut Bench<'_, '_>,
    view: View<'_>,
    name: &'static str,
    rule: &'static Rule,
    may: &str,
    besides: Option<&str>,
) {
    let both = bench.clients(view.of, name);
    let (value, list) = &*both;
    if !bench.first_time(rule.id, &[value]) {
        return;
    }
    let wide = wide(bench, list);
    let envelope = |client| Envelope {
        client,
        recipient: Some(OUTSIDE_RECIPIENT.to_owned()),
        port: view.port(),
        besides: besides.map(str::to_owned),
        ..Envelope::default()
    };
    if let Some(source) = &wide.everybody {
        let message = format!(
            "Everybody {may}, because of {} in {name} of {}.",
            cause(list, source),
            short(view.name())
        );
        let finding = bench.of_item(rule, value, list, source, message);
        bench.add(
            finding
                .with_severity(Severity::Critical)
                .with_envelope(envelope(None)),
        );
        return;
    }
    for (breadth, net, source) in wide.wide.iter().take(MOST_ABOUT_ONE) {
        if let Some(severity) = breadth.severity() {
            let message = format!("All of {net} {may} ({name} of {}).", short(view.name()));
            let finding = bench.of_item(rule, value, list, source, message);
            let envelope = envelope(Some(net.start().to_string()));
            bench.add(finding.with_severity(severity).with_envelope(envelope));
        }
    }
}

fn xforward(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let both = bench.clients(view.of, "smtpd_authorized_xforward_hosts");
    let (value, list) = &*both;
    if !bench.first_time(PF071.id, &[value]) {
        return;
    }
    let wide = wide(bench, list);
    let widest = wide
        .wide
        .first()
        .filter(|(breadth, _, _)| breadth.severity().is_some());
    let (who, source) = match (&wide.everybody, widest) {
        (Some(source), _) => ("Everybody".to_owned(), source),
        (None, Some((_, net, source))) => (format!("All of {net}"), source),
        (None, None) => return,
    };
    let message = format!("{who} may use XFORWARD, and so write false addresses into the log.");
    bench.add(bench.of_item(&PF071, value, list, source, message));
}

fn exceptions(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let both = bench.clients(view.of, "smtpd_client_event_limit_exceptions");
    let (value, list) = &*both;
    // By default it follows mynetworks, which has a rule of its own.
    if !value.explicit || !bench.first_time(PF091.id, &[value]) {
        return;
    }
    if let Some(source) = list.trust().everybody() {
        let message = format!(
            "No limit on connections and rates applies to anybody: smtpd_client_event_limit_exceptions \
             covers everybody, because of {}.",
            cause(list, &source)
        );
        bench.add(bench.of_item(&PF091, value, list, &source, message));
    }
}

/// Lists of clients whose tables only count whether they answer.
const OF_CLIENTS: &[&str] = &[
    "mynetworks",
    "smtpd_authorized_xclient_hosts",
    "smtpd_authorized_xforward_hosts",
    "qmqpd_authorized_clients",
];

/// Finds tables in lists whose values read as if they refused.
fn refusals(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        let clients = OF_CLIENTS.iter().map(|name| bench.clients(view.of, name));
        let domains = CLASSES.iter().map(|name| bench.domains(view.of, name));
        let lists: Vec<Rc<(Value, List)>> = clients.chain(domains).collect();
        for both in lists {
            let (value, list) = &*both;
            // Tables that stand for domains by default have values of their own.
            if !value.explicit || !bench.first_time(PF036.id, &[value]) {
                continue;
            }
            for (at, item) in list
                .items
                .iter()
                .enumerate()
                .filter(|(_, item)| !item.negated)
            {
                if let Kind::Table(table) = &item.kind {
                    refusing(bench, value, list, at, table);
                }
            }
        }
    }
}

fn refusing(bench: &mut Bench<'_, '_>, value: &Value, list: &List, at: usize, table: &Table) {
    let mut refusing = table
        .entries()
        .filter(|entry| reads_as_refusal(&entry.value));
    let Some(first) = refusing.next() else {
        return;
    };
    let more = match refusing.count() {
        0 => String::new(),
        more => format!(", and {more} more like it,"),
    };
    let message = format!(
        "{} is used as a list in {}: only the match counts, so \"{} {}\"{more} takes in what it means \
         to refuse.",
        short(&table.written),
        value.name,
        short(&first.key),
        short(&first.value)
    );
    let source = Source {
        item: at,
        entry: Some(first.clone()),
    };
    bench.add(bench.of_item(&PF036, value, list, &source, message));
}

/// Tells whether a value reads like a refusal to people, or like none of the table's business.
fn reads_as_refusal(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "no", "not", "deny", "denied", "refuse", "block", "blocked", "false", "off", "0", "dunno",
        "reject", "defer", "never",
    ];
    let first = value.split([' ', '\t', ',']).next().unwrap_or_default();
    WORDS.contains(&first.to_ascii_lowercase().as_str())
        // A table that is named in it is an error to an access table only.
        || (!value.contains(':') || value.starts_with(['4', '5'])) && action(value) == Action::Refuse
}

/// What a list trusts that it was not told to.
pub(super) struct Wide {
    /// All it trusts.
    pub(super) trust: Trust,
    /// What makes it trust everybody.
    pub(super) everybody: Option<Source>,
    /// Wide networks, the widest first, as they are written.
    pub(super) wide: Vec<(Breadth, Net, Source)>,
}

pub(super) fn wide(bench: &Bench<'_, '_>, list: &List) -> Wide {
    let trust = list.trust();
    let context = bench.config.context;
    let nets: Vec<Net> = trust.nets.iter().map(|(net, _)| *net).collect();
    // Who trusts everybody on purpose has said so.
    let everybody = covers_everybody(&context.unexpected(&nets));
    let everybody = trust.everybody().filter(|_| everybody);
    // What an entry still trusts may lie in pieces around what earlier ones took.
    let mut wide: Vec<(Breadth, Net, Source)> = Vec::new();
    for (net, source) in &trust.nets {
        if context.unexpected(&[*net]).is_empty() {
            continue;
        }
        let written = written(list, source).unwrap_or(*net);
        let breadth = match written.is_private() {
            true => written.breadth(),
            false => net.breadth(),
        };
        match wide.last_mut() {
            Some((widest, _, last)) if last == source => *widest = breadth.max(*widest),
            _ => wide.push((breadth, written, source.clone())),
        }
    }
    wide.retain(|(breadth, _, _)| *breadth > Breadth::Narrow);
    wide.sort_by_key(|(breadth, net, _)| std::cmp::Reverse((*breadth, net.size())));
    Wide {
        trust,
        everybody,
        wide,
    }
}

/// Gives the network of an item or entry as it is written.
fn written(list: &List, source: &Source) -> Option<Net> {
    match (&source.entry, &list.items.get(source.item)?.kind) {
        (Some(entry), _) => network(&entry.key).ok(),
        (None, Kind::Net(net)) => Some(*net),
        (None, _) => None,
    }
}

/// Names what makes a list trust everybody.
pub(super) fn cause(list: &List, source: &Source) -> String {
    let alone = written(list, source).is_none_or(|net| net.breadth() == Breadth::Everybody);
    match alone {
        true => shown(list, source),
        false => format!("{} and what stands with it", shown(list, source)),
    }
}

/// Names what made a list match, for a message.
pub(super) fn shown(list: &List, source: &Source) -> String {
    let item = list
        .items
        .get(source.item)
        .map_or("", |item| item.text.as_str());
    match &source.entry {
        Some(entry) if entry.key != "static" => {
            format!(
                "\"{} {}\" in {}",
                short(&entry.key),
                short(&entry.value),
                short(item)
            )
        }
        _ => short(item).into_owned(),
    }
}
