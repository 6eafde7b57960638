//! Lists of domains that mail is taken for: EX014 to EX018.
//!
//! In: the values of `domains` conditions that let a recipient through, and the lists of local domains. Out:
//! findings at their entries.
//!
//! References: Exim specification, chapter 10.

use super::acl::Verb;
use super::causes::{Cause, conditions, statement_at};
use super::entries::Entry;
use super::eval::Judge;
use super::expand::DOMAIN;
use super::list::{self, Kind, What};
use super::report::Report;
use super::survey::{Rcpt, Survey, local_lists};
use super::traced::Traced;
use crate::mtaconf::domains;
use crate::mtaconf::pattern::Pattern;
use crate::mtaconf::rules::exim::{EX014, EX015, EX016, EX017, EX018};
use std::collections::BTreeSet;

/// Names that belong to nobody else.
const LOCAL: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "lan",
    "internal",
    "test",
    "invalid",
    "home",
    "arpa",
];

/// Findings about foreign domains of one list.
const MOST: usize = 50;

/// Tells which entries make a list of domains hold every domain. A bare star in an accept is no list.
pub(super) fn every_domain(judge: &mut Judge<'_>, value: &Traced, gate: bool) -> Vec<Cause> {
    let local = local_lists(judge.config);
    let subject = DOMAIN.to_string();
    let mut causes = Vec::new();
    let expanded = judge.expand_list(value);
    let items = list::split(&expanded);
    for item in items.iter().filter(|item| !item.negated) {
        let text = item.text.as_str();
        match list::what(Kind::Domain, text) {
            What::Named(name) if judge.in_named(Kind::Domain, &subject, name).is == Some(true) => {
                let Some(list) = judge.config.list(Kind::Domain, name).cloned() else {
                    continue;
                };
                let rule = match local.iter().any(|known| known == name) {
                    true => &EX017,
                    false => &EX014,
                };
                causes.push(widest(judge, rule, name, &list));
            }
            What::All if items.len() == 1 && !gate => {}
            _ if fits_all(text) => causes.push(Cause {
                rule: &EX014,
                at: item.text.clone(),
                says: format!("{text} is every domain: mail is relayed to all of them."),
                chain: Vec::new(),
            }),
            _ => {}
        }
    }
    if let Some(last) = items
        .last()
        .filter(|last| causes.is_empty() && last.negated && gate)
    {
        causes.push(Cause {
            rule: &EX014,
            at: last.text.clone(),
            says: format!(
                "The list of domains that mail is relayed to ends in !{}: then every domain that it does not name is in it.",
                last.text.as_str()
            ),
            chain: Vec::new(),
        });
    }
    causes
}

/// Finds the entry of a named list that makes it hold every domain.
fn widest(
    judge: &mut Judge<'_>,
    rule: &'static crate::model::Rule,
    name: &str,
    list: &Traced,
) -> Cause {
    let entries = judge.entries(Kind::Domain, list);
    let what = match rule.id == EX017.id {
        true => "counts as local",
        false => "is relayed to",
    };
    let wide = entries
        .iter()
        .find(|entry| !entry.negated && fits_all(entry.text.as_str()));
    let last = entries.last().filter(|entry| entry.negated);
    let (at, says) = match (wide, last) {
        (Some(entry), _) => (
            &entry.text,
            format!(
                "{} in {name} is every domain: all of them {what}.",
                entry.text.as_str()
            )
            .replace("all of them", "each"),
        ),
        (None, Some(entry)) => (
            &entry.text,
            format!(
                "{name} ends in !{}: then every domain that it does not name {what}.",
                entry.text.as_str()
            ),
        ),
        (None, None) => (list, format!("{name} holds every domain: each {what}.")),
    };
    Cause {
        rule,
        at: at.clone(),
        says,
        chain: wide
            .or(last)
            .map_or_else(Vec::new, |entry| entry.chain.clone()),
    }
}

fn fits_all(text: &str) -> bool {
    match list::what(Kind::Domain, text) {
        What::All => true,
        What::Pattern(pattern) => {
            let pattern = Pattern::new(pattern, true);
            pattern.is_ok_and(|pattern| {
                domains::fits_every_domain(|name| pattern.matches(name) == Some(true))
            })
        }
        _ => false,
    }
}

/// Raises what is wrong with the lists of local and of relayed domains.
pub(super) fn judge(report: &mut Report<'_>, survey: &mut Survey<'_>) {
    let config = survey.judge.config;
    let local = local_lists(config);
    let subject = DOMAIN.to_string();
    for name in &local {
        let Some(list) = config.list(Kind::Domain, name) else {
            continue;
        };
        if survey.judge.in_named(Kind::Domain, &subject, name).is == Some(true) {
            let cause = widest(&mut survey.judge, &EX017, name, list);
            report.cause(cause);
        }
        let entries = survey.judge.entries(Kind::Domain, list);
        foreign(report, &mut survey.judge, &entries, true);
    }
    let mut seen: BTreeSet<String> = local.into_iter().collect();
    for value in tests(survey) {
        let expanded = survey.judge.expand_list(&value);
        for item in list::split(&expanded)
            .into_iter()
            .filter(|item| !item.negated)
        {
            if let What::Named(name) = list::what(Kind::Domain, item.text.as_str())
                && !seen.insert(name.to_owned())
            {
                continue;
            }
            let entries = survey.judge.entries(Kind::Domain, &item.text);
            for entry in entries.iter().filter(|entry| !entry.negated) {
                top_level(report, entry);
            }
            foreign(report, &mut survey.judge, &entries, false);
        }
    }
}

/// Gives the lists that a recipient's domain is held against to let it through.
pub(super) fn tests(survey: &Survey<'_>) -> Vec<Traced> {
    let Rcpt::Known(_, weighed) = &survey.rcpt else {
        return Vec::new();
    };
    let mut tests = Vec::new();
    for statement in (0..weighed.len()).filter_map(|index| statement_at(survey, index)) {
        let refuses = matches!(statement.verb, Verb::Deny | Verb::Drop | Verb::Defer);
        if statement.verb == Verb::Warn {
            continue;
        }
        for (condition, negated) in conditions(survey.judge.config, statement) {
            if condition.name == "domains" && (negated != condition.negated) == refuses {
                tests.push(condition.value.clone());
            }
        }
    }
    tests
}

fn top_level(report: &mut Report<'_>, entry: &Entry) {
    if let What::Ends(end) = list::what(Kind::Domain, entry.text.as_str())
        && domains::is_top_level(end)
    {
        let says = format!("Mail is relayed to every domain below {end}.");
        report.raise(&EX015, &entry.text, &entry.chain, says, EX015.severity);
    }
}

fn foreign(report: &mut Report<'_>, judge: &mut Judge<'_>, entries: &[Entry], local: bool) {
    let own = judge.own_name().unwrap_or_default();
    let mut told = 0;
    for entry in entries.iter().filter(|entry| !entry.negated) {
        let (domain, top) = match list::what(Kind::Domain, entry.text.as_str()) {
            What::Name(name) => (name, false),
            What::Ends(end) => (end, domains::is_top_level(end)),
            _ => continue,
        };
        let domain = domain.trim_matches('.');
        let last = domain.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        let known = top
            || !domain.contains('.')
            || LOCAL.contains(&last.as_str())
            || domain.parse::<std::net::IpAddr>().is_ok()
            || domain.eq_ignore_ascii_case(&own);
        if known || !report.scene.context.is_foreign(domain) || told >= MOST {
            continue;
        }
        told += 1;
        let (rule, says) = match local {
            true => (
                &EX018,
                format!("{domain} counts as local and is not one of your domains."),
            ),
            false => (
                &EX016,
                format!("Mail is relayed to {domain}, which is not one of your domains."),
            ),
        };
        report.raise(rule, &entry.text, &entry.chain, says, rule.severity);
    }
}
