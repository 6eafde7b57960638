//! The rules about lists of clients: mynetworks, and who may use XCLIENT, XFORWARD and QMQP.
//!
//! References: postconf(5) mynetworks, XCLIENT_README, XFORWARD_README, qmqpd(8).

use super::access::{Action, action};
use super::bench::{Bench, CLASSES, MOST_ABOUT_ONE, View};
use super::lists::{Kind, List, Source, Trust};
use super::master_cf::Speaks;
use super::params::{Of, Value};
use super::table_rules::network;
use super::tables::Table;
use crate::model::{Envelope, Relay, Rule, Severity};
use crate::mtaconf::domains::{OUTSIDE_RECIPIENT, is_top_level};
use crate::mtaconf::nets::{Breadth, Net, covers_everybody};
use crate::mtaconf::rules::postfix::{
    PF030, PF031, PF032, PF033, PF034, PF035, PF036, PF037, PF038, PF039, PF070, PF071, PF073,
    PF091,
};
use crate::mtaconf::source::short;
use std::rc::Rc;

/// Items of a list that an exclusion is held against.
const MOST_BEFORE: usize = 5_000;

/// Judges the lists of clients.
pub(super) fn judge(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        mynetworks(bench, view);
        xclient(bench, view);
        xforward(bench, view);
        exceptions(bench, view);
    }
    qmqp(bench);
    refusals(bench);
}

/// What a list trusts that it was not told to.
struct Wide {
    trust: Trust,
    /// What makes it trust everybody.
    everybody: Option<Source>,
    /// Wide networks, the widest first, as they are written.
    wide: Vec<(Breadth, Net, Source)>,
}

fn wide(bench: &Bench<'_, '_>, list: &List) -> Wide {
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
fn cause(list: &List, source: &Source) -> String {
    let alone = written(list, source).is_none_or(|net| net.breadth() == Breadth::Everybody);
    match alone {
        true => shown(list, source),
        false => format!("{} and what stands with it", shown(list, source)),
    }
}

fn mynetworks(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let both = bench.clients(view.of, "mynetworks");
    let (value, list) = &*both;
    let style = bench.config.value(view.of, "mynetworks_style");
    if !value.explicit {
        derived(bench, &style);
        return;
    }
    if !bench.first_time("mynetworks", &[value, &style]) {
        return;
    }
    if style.explicit {
        let message = format!(
            "mynetworks_style = {} has no effect, because mynetworks is set.",
            short(&style.text)
        );
        bench.add(bench.of_value(&PF039, &style, message));
    }
    let wide = wide(bench, list);
    trusted(bench, view, value, list, &wide);
    names(bench, value, list, &wide.trust);
    malformed(bench, value, list);
    exclusions(bench, value, list);
}

/// Judges what follows from the interfaces where mynetworks is not set.
fn derived(bench: &mut Bench<'_, '_>, style: &Value) {
    let written = match style.explicit {
        true => "mynetworks_style",
        false => "mynetworks_style, by default,",
    };
    match style.text.as_str() {
        "class" => {
            let message = "mynetworks is not set and mynetworks_style is class: everybody in the \
                           same class A, B or C network may relay."
                .to_owned();
            bench.add(bench.of_value(&PF032, style, message));
        }
        "subnet" => {
            let message = format!(
                "mynetworks is not set and {written} is subnet: everybody in the same subnet may \
                 relay. Write mynetworks into main.cf."
            );
            bench.add(bench.of_value(&PF033, style, message));
        }
        _ => {}
    }
}

fn trusted(bench: &mut Bench<'_, '_>, view: View<'_>, value: &Value, list: &List, wide: &Wide) {
    if let Some(source) = &wide.everybody {
        let message = format!(
            "mynetworks trusts every address, because of {}; {}.",
            cause(list, source),
            view.effect()
        );
        let finding = bench.of_item(&PF030, value, list, source, message);
        bench.add(match view.relay {
            Relay::Open => finding.with_envelope(view.envelope(OUTSIDE_RECIPIENT.to_owned())),
            _ => finding,
        });
        return;
    }
    for (breadth, net, source) in wide.wide.iter().take(MOST_ABOUT_ONE) {
        let finding = match breadth.severity() {
            Some(severity) => {
                let message = format!("mynetworks trusts {net}, a wide public network.");
                let finding = bench.of_item(&PF031, value, list, source, message);
                finding.with_severity(severity.min(Severity::High))
            }
            None => {
                let message = format!(
                    "mynetworks trusts all of {net}. Behind address translation or a proxy that is \
                     everybody."
                );
                bench.of_item(&PF038, value, list, source, message)
            }
        };
        bench.add(finding);
    }
}

fn names(bench: &mut Bench<'_, '_>, value: &Value, list: &List, trust: &Trust) {
    let mut named: Vec<(bool, String, &Source)> = trust
        .names
        .iter()
        .map(|source| (source, name_of(list, source)))
        .filter(|(_, name)| !is_this_host(name))
        .map(|(source, name)| {
            (
                is_top_level(&name) && list.reaches_below(&name),
                name,
                source,
            )
        })
        .collect();
    named.sort_by_key(|(top, _, _)| !top);
    for (top, name, source) in named.into_iter().take(MOST_ABOUT_ONE) {
        let (severity, message) = match top {
            true => (
                Severity::High,
                format!("mynetworks trusts every host whose name ends in {name}."),
            ),
            false => (
                Severity::Low,
                format!(
                    "mynetworks trusts the host name {}; whoever rules its DNS decides who may relay.",
                    short(&name)
                ),
            ),
        };
        let finding = bench.of_item(&PF037, value, list, source, message);
        bench.add(finding.with_severity(severity));
    }
}

/// Tells whether a name can only be that of the host itself.
fn is_this_host(name: &str) -> bool {
    name == "localhost" || name.starts_with("localhost.")
}

fn malformed(bench: &mut Bench<'_, '_>, value: &Value, list: &List) {
    let mut told = 0;
    for (at, item) in list.items.iter().enumerate() {
        let Kind::Malformed { why, fails } = &item.kind else {
            continue;
        };
        told += 1;
        if told > MOST_ABOUT_ONE {
            return;
        }
        let effect = match fails {
            (false, false) => "it matches nobody",
            (true, true) => "every client that gets so far is answered 451",
            (true, false) => "every IPv4 client that gets so far is answered 451",
            (false, true) => "every IPv6 client that gets so far is answered 451",
        };
        let message = format!(
            "{} in mynetworks is malformed ({why}); {effect}.",
            short(&item.text)
        );
        let source = Source {
            item: at,
            entry: None,
        };
        bench.add(bench.of_item(&PF035, value, list, &source, message));
    }
}

/// Finds exclusions behind a network that has matched already.
fn exclusions(bench: &mut Bench<'_, '_>, value: &Value, list: &List) {
    let nets: Vec<(usize, bool, Net)> = list
        .items
        .iter()
        .take(MOST_BEFORE)
        .enumerate()
        .filter_map(|(at, item)| match item.kind {
            Kind::Net(net) => Some((at, item.negated, net)),
            _ => None,
        })
        .collect();
    let mut told = 0;
    for (index, (at, _, net)) in nets.iter().enumerate().filter(|(_, (_, out, _))| *out) {
        let before = nets[..index]
            .iter()
            .find(|(_, _, other)| other.contains(*net));
        let Some((_, false, other)) = before else {
            continue;
        };
        told += 1;
        if told > MOST_ABOUT_ONE {
            return;
        }
        let message = format!(
            "The exclusion !{net} in mynetworks stands behind {other}, which has matched already; it \
             never acts."
        );
        let source = Source {
            item: *at,
            entry: None,
        };
        bench.add(bench.of_item(&PF034, value, list, &source, message));
    }
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

fn name_of(list: &List, source: &Source) -> String {
    let entry = source.entry.as_ref().map(|entry| entry.key.clone());
    let item = || {
        list.items
            .get(source.item)
            .map(|item| item.text.to_lowercase())
    };
    entry.or_else(item).unwrap_or_default()
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
