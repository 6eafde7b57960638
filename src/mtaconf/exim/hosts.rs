//! Lists of hosts that may relay: EX011 to EX013, EX029.
//!
//! In: the value of a `hosts` condition. Out: findings at its entries, in whatever list, file or macro they were
//! written.
//!
//! Limits: [`MOST`] entries are held against each other.
//!
//! References: Exim specification, chapter 10.

use super::causes::Cause;
use super::entries::Entry;
use super::eval::Judge;
use super::list::{self, Kind, What};
use super::report::Report;
use super::traced::Traced;
use crate::model::Severity;
use crate::mtaconf::domains;
use crate::mtaconf::nets::{self, Breadth, Net};
use crate::mtaconf::pattern::Pattern;
use crate::mtaconf::rules::exim::{EX011, EX012, EX013, EX029};

/// Entries that are held against each other.
const MOST: usize = 2000;

/// Tells which entry makes a list hold everybody; none where it is a bare star, which is no list.
pub(super) fn everybody(judge: &mut Judge<'_>, value: &Traced) -> Vec<Cause> {
    if value.as_str().trim() == "*" {
        return Vec::new();
    }
    let entries = judge.entries(Kind::Host, value);
    let cause = |entry: &Entry, says: String| {
        vec![Cause {
            rule: &EX011,
            at: entry.text.clone(),
            says,
            chain: entry.chain.clone(),
        }]
    };
    let of = |entry: &Entry| {
        let text = entry.text.as_str().to_owned();
        match list::what(Kind::Host, &text) {
            What::All => true,
            What::Net(net) => net.breadth() == Breadth::Everybody,
            What::Pattern(pattern) => fits_every_name(pattern),
            _ => false,
        }
    };
    if let Some(entry) = entries.iter().find(|entry| !entry.negated && of(entry)) {
        let says = format!(
            "{} in the list of hosts that may relay is every host.",
            entry.text.as_str()
        );
        return cause(entry, says);
    }
    if let Some(entry) = entries.last().filter(|entry| entry.negated) {
        let says = format!(
            "The list of hosts that may relay ends in !{}: then every host that it does not name is in it.",
            entry.text.as_str()
        );
        return cause(entry, says);
    }
    let nets = entries
        .iter()
        .filter(|entry| !entry.negated)
        .filter_map(|entry| Some((entry, net(entry)?)));
    let nets: Vec<(&Entry, Net)> = nets.collect();
    let all: Vec<Net> = nets.iter().map(|(_, net)| *net).collect();
    match nets.iter().max_by_key(|(_, net)| net.size()) {
        Some((entry, _)) if nets::covers_everybody(&all) => {
            let says =
                "The networks of the hosts that may relay are everybody together.".to_owned();
            cause(entry, says)
        }
        _ => Vec::new(),
    }
}

fn net(entry: &Entry) -> Option<Net> {
    match list::what(Kind::Host, entry.text.as_str()) {
        What::Net(net) => Some(net),
        _ => None,
    }
}

fn fits_every_name(pattern: &str) -> bool {
    let pattern = Pattern::new(pattern, true);
    pattern
        .is_ok_and(|pattern| domains::fits_every_domain(|name| pattern.matches(name) == Some(true)))
}

/// Raises what is wrong in a list whose members may relay.
pub(super) fn judge(report: &mut Report<'_>, judge: &mut Judge<'_>, value: &Traced) {
    let entries = judge.entries(Kind::Host, value);
    for entry in entries.iter().filter(|entry| !entry.negated) {
        let text = entry.text.as_str();
        match list::what(Kind::Host, text) {
            What::Net(net) => width(report, entry, net),
            What::Name(name) if !name.eq_ignore_ascii_case("localhost") => {
                let says =
                    format!("The host {name} may relay by its name, which takes the DNS's word.");
                named(report, entry, says, Severity::Low);
            }
            What::Ends(end) => {
                let top = domains::is_top_level(end);
                let (says, severity) = match top {
                    true => (
                        format!("Every host below {end} may relay, whoever has it registered."),
                        Severity::High,
                    ),
                    false => (
                        format!(
                            "Hosts may relay by their names, *{end}, which takes the DNS's word."
                        ),
                        Severity::Low,
                    ),
                };
                named(report, entry, says, severity);
            }
            What::Pattern(pattern) => {
                let says = format!(
                    "Hosts may relay by their names, {pattern}, which takes the DNS's word."
                );
                named(report, entry, says, Severity::Low);
            }
            _ => {}
        }
    }
    late_exclusions(report, &entries);
}

fn named(report: &mut Report<'_>, entry: &Entry, says: String, severity: Severity) {
    report.raise(&EX013, &entry.text, &entry.chain, says, severity);
}

fn width(report: &mut Report<'_>, entry: &Entry, net: Net) {
    let unexpected = !report.scene.context.unexpected(&[net]).is_empty();
    let severity = match net.breadth() {
        Breadth::High => Severity::High,
        Breadth::Medium => Severity::Medium,
        // Everybody is EX011.
        _ => return,
    };
    if unexpected {
        let says = format!("{net} may relay, which is a wide public network.");
        report.raise(&EX012, &entry.text, &entry.chain, says, severity);
    }
}

/// Raises exclusions that come after what they are excluded from.
pub(super) fn late_exclusions(report: &mut Report<'_>, entries: &[Entry]) {
    let mut before: Vec<(&Entry, Option<Net>)> = Vec::new();
    for entry in entries.iter().take(MOST) {
        let own = net(entry);
        if !entry.negated {
            if own.is_some() || entry.text.as_str() == "*" {
                before.push((entry, own));
            }
            continue;
        }
        let earlier = before.iter().find(|(_, net)| match (net, own) {
            (None, _) => true,
            (Some(net), Some(own)) => net.contains(own),
            (Some(_), None) => false,
        });
        if let Some((earlier, _)) = earlier {
            let says = format!(
                "!{} comes after {}, which has matched already: it excludes nothing.",
                entry.text.as_str(),
                earlier.text.as_str()
            );
            report.raise(&EX029, &entry.text, &entry.chain, says, EX029.severity);
        }
    }
}
