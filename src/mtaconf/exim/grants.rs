//! Who may send where, in the order of decision.
//!
//! In: surveys. Out: rows of the policy: for each accept of the ACL for RCPT, the clients that get through it, and for
//! each test of the recipient's domain, the domains that everybody may send to.
//!
//! References: Exim specification, chapter 44.

use super::causes::{conditions, host_lists, statement_at};
use super::eval::{Hit, Judge};
use super::list::{self, Kind, What};
use super::services::{Service, means};
use super::survey::{Survey, local_lists};
use super::traced::Traced;
use super::truth::{Way, Ways};
use crate::model::Grant;
use crate::mtaconf::decide::Assume;
use crate::mtaconf::served::Served;
use crate::mtaconf::source::short;
use std::collections::BTreeSet;

/// Entries of a list that are named.
const NAMED: usize = 8;

/// Lists the rows of one service.
pub(super) fn grants(survey: &mut Survey<'_>, service: &Service) -> Vec<Grant> {
    let mut rows: Vec<(usize, Grant)> = Vec::new();
    let mut known: BTreeSet<usize> = BTreeSet::new();
    let anywhere = match survey.swallowed {
        true => "every domain, taken as local",
        false => "any domain",
    };
    let single = |way: Way| Ways::of(&[way]);
    let asked = [
        (Ways::NONE, None),
        (single(Way::Host), Some(Way::Host)),
        (single(Way::Login), Some(Way::Login)),
        (single(Way::Certificate), Some(Way::Certificate)),
        (Ways::under(Assume::Forged), Some(Way::Sender)),
        (Ways::under(Assume::UnknownPermits), Some(Way::Unknown)),
    ];
    for (allowed, way) in asked {
        let hits = survey.walk(allowed).hits;
        let new: Vec<Hit> = hits
            .into_iter()
            .filter(|hit| !known.contains(&hit.index))
            .collect();
        for hit in new {
            known.insert(hit.index);
            let Some(statement) = statement_at(survey, hit.index) else {
                continue;
            };
            let clients = match way {
                None => "everybody".to_owned(),
                Some(Way::Host) => {
                    let lists = host_lists(survey, &hit);
                    format!("hosts {}", named(&mut survey.judge, Kind::Host, &lists))
                }
                Some(Way::Login) => "users who log in".to_owned(),
                Some(Way::Certificate) => format!("clients with {}", means(Way::Certificate)),
                Some(Way::Unknown) => "depends on what the files do not show".to_owned(),
                Some(_) => {
                    let ways = [
                        Way::Sender,
                        Way::Helo,
                        Way::Text,
                        Way::LocalPart,
                        Way::FakeLogin,
                    ];
                    let brought = ways
                        .into_iter()
                        .filter(|way| hit.all.ways.has(*way))
                        .map(means);
                    format!(
                        "everybody with {}",
                        brought.collect::<Vec<_>>().join(" and ")
                    )
                }
            };
            rows.push((
                hit.index,
                row(service, clients, anywhere.to_owned(), &statement.at),
            ));
        }
    }
    rows.extend(recipients(survey, service));
    rows.sort_by_key(|(index, _)| *index);
    rows.into_iter().map(|(_, grant)| grant).collect()
}

fn row(service: &Service, clients: String, domains: String, at: &Traced) -> Grant {
    Grant {
        service: service.name.clone(),
        clients,
        domains,
        because: Some(at.place()),
    }
}

/// Lists the domains that everybody may send to.
fn recipients(survey: &mut Survey<'_>, service: &Service) -> Vec<(usize, Grant)> {
    let local = local_lists(survey.judge.config);
    let mut rows = Vec::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut index = 0;
    while let Some(statement) = statement_at(survey, index) {
        let refuses = matches!(
            statement.verb,
            super::acl::Verb::Deny | super::acl::Verb::Drop
        );
        let decides = statement.verb != super::acl::Verb::Warn;
        for (condition, negated) in conditions(survey.judge.config, statement) {
            if !decides || condition.name != "domains" || (condition.negated != negated) != refuses
            {
                continue;
            }
            let value = survey.judge.expand_list(&condition.value);
            for item in list::split(&value).iter().filter(|item| !item.negated) {
                let text = item.text.as_str();
                let what = list::what(Kind::Domain, text);
                let own =
                    matches!(what, What::Named(name) if local.iter().any(|known| known == name));
                if !told.insert(text.to_owned()) {
                    continue;
                }
                let listed = named(
                    &mut survey.judge,
                    Kind::Domain,
                    std::slice::from_ref(&item.text),
                );
                let domains = match own {
                    true => format!("local domains: {listed}"),
                    false => format!("relayed domains: {listed}"),
                };
                if !listed.is_empty() {
                    rows.push((
                        index,
                        row(service, "everybody".to_owned(), domains, &condition.whole),
                    ));
                }
            }
        }
        index += 1;
    }
    rows
}

/// Gives the domains that everybody may send to, and the hosts that may send anywhere, as far as they are listed by name.
pub(super) fn served(survey: &mut Survey<'_>, served: &mut Served) {
    let mut index = 0;
    let mut told: BTreeSet<String> = BTreeSet::new();
    while let Some(statement) = statement_at(survey, index) {
        let refuses = matches!(
            statement.verb,
            super::acl::Verb::Deny | super::acl::Verb::Drop
        );
        let decides = statement.verb != super::acl::Verb::Warn;
        for (condition, negated) in conditions(survey.judge.config, statement) {
            let accepts = (condition.negated != negated) == refuses;
            if !decides || condition.name != "domains" || !accepts {
                continue;
            }
            let value = condition.value.clone();
            if told.insert(value.as_str().to_owned()) {
                for text in listed(&mut survey.judge, Kind::Domain, &value) {
                    served.domain(&text);
                }
            }
        }
        index += 1;
    }
    for hit in survey.walk(Ways::of(&[Way::Host])).hits {
        for list in host_lists(survey, &hit) {
            for text in listed(&mut survey.judge, Kind::Host, &list) {
                served.client(&text);
            }
        }
    }
    if let Some(name) = survey.judge.config.get("primary_hostname") {
        served.host(name.value.as_str());
    }
}

/// Gives the entries of a list that do not exclude.
fn listed(judge: &mut Judge<'_>, kind: Kind, list: &Traced) -> Vec<String> {
    let entries = judge.entries(kind, list).into_iter();
    entries
        .filter(|entry| !entry.negated && !entry.text.as_str().contains(super::expand::is_mark))
        .map(|entry| entry.text.as_str().to_owned())
        .collect()
}

/// Names the first entries of lists.
fn named(judge: &mut Judge<'_>, kind: Kind, lists: &[Traced]) -> String {
    let mut names = Vec::new();
    for list in lists {
        for entry in judge.entries(kind, list) {
            let sign = if entry.negated { "!" } else { "" };
            let text = entry.text.as_str();
            if !text.is_empty() && !text.contains(super::expand::is_mark) {
                names.push(format!("{sign}{}", short(text)));
            }
        }
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
