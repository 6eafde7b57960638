//! The rules about mynetworks.
//!
//! References: postconf(5) mynetworks, mynetworks_style; BASIC_CONFIGURATION_README.

use super::bench::{Bench, MOST_ABOUT_ONE, View};
use super::lists::{Kind, List, Source};
use super::params::Value;
use super::rules_clients::{Wide, cause, wide};
use super::trust::Trust;
use crate::model::{Relay, Severity};
use crate::mtaconf::domains::{OUTSIDE_RECIPIENT, is_top_level};
use crate::mtaconf::nets::Net;
use crate::mtaconf::rules::postfix::{
    PF030, PF031, PF032, PF033, PF034, PF035, PF037, PF038, PF039,
};
use crate::mtaconf::source::short;

/// Items of a list that an exclusion is held against.
const MOST_BEFORE: usize = 5_000;

/// Judges whom mynetworks trusts.
pub(super) fn judge(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        mynetworks(bench, view);
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

fn name_of(list: &List, source: &Source) -> String {
    let entry = source.entry.as_ref().map(|entry| entry.key.clone());
    let item = || {
        list.items
            .get(source.item)
            .map(|item| item.text.to_lowercase())
    };
    entry.or_else(item).unwrap_or_default()
}
