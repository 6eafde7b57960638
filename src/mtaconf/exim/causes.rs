//! Which line lets an outsider through: EX010, EX019 to EX022.
//!
//! In: surveys. Out: findings at the accept that is to blame, or, where a list is, what `lists` finds in it.
//!
//! References: Exim specification, chapter 44.

use super::acl::{Condition, Statement, Verb};
use super::config::Config;
use super::eval::{Hit, Weighed};
use super::expand::{ADDRESS, DOMAIN};
use super::list::Kind;
use super::report::Report;
use super::survey::{Rcpt, Survey};
use super::traced::Traced;
use super::truth::{Way, Ways};
use crate::model::Rule;
use crate::mtaconf::decide::Assume;
use crate::mtaconf::rules::exim::{EX010, EX019, EX020, EX021, EX022};
use std::collections::BTreeSet;

/// Conditions that are looked at in one statement, those of nested ACLs among them.
const MOST: usize = 500;

/// Something to blame.
pub(super) struct Cause {
    /// The rule it breaks.
    pub(super) rule: &'static Rule,
    /// Where.
    pub(super) at: Traced,
    /// In a sentence.
    pub(super) says: String,
    /// The lists it came through.
    pub(super) chain: Vec<String>,
}

/// Gives the conditions of a statement with those of the ACLs it calls; `true` where a call is negated.
pub(super) fn conditions<'c>(
    config: &'c Config,
    statement: &'c Statement,
) -> Vec<(&'c Condition, bool)> {
    let mut found = Vec::new();
    gather(config, statement, false, 0, &mut found);
    found
}

fn gather<'c>(
    config: &'c Config,
    statement: &'c Statement,
    negated: bool,
    depth: usize,
    into: &mut Vec<(&'c Condition, bool)>,
) {
    for condition in &statement.conditions {
        if into.len() >= MOST {
            return;
        }
        into.push((condition, negated));
        if condition.name != "acl" || depth >= 5 {
            continue;
        }
        let name = condition
            .value
            .as_str()
            .split_whitespace()
            .next()
            .unwrap_or("");
        for inner in config.acl(name).map_or(&[][..], |acl| &acl.statements) {
            if inner.verb == Verb::Accept {
                gather(config, inner, negated != condition.negated, depth + 1, into);
            }
        }
    }
}

/// Raises what is to blame in all surveys.
pub(super) fn judge(report: &mut Report<'_>, surveys: &mut [Survey<'_>]) {
    let mut judged: BTreeSet<String> = BTreeSet::new();
    for survey in surveys.iter_mut() {
        let plain = survey.walk(Ways::NONE);
        let known: BTreeSet<usize> = plain.hits.iter().map(|hit| hit.index).collect();
        for hit in &plain.hits {
            for cause in blame(survey, hit) {
                report.cause(cause);
            }
            for list in hosts_of(survey, hit.index) {
                let entries = survey.judge.entries(Kind::Host, &list);
                super::hosts::late_exclusions(report, &entries);
            }
        }
        let new = |hit: &Hit| !known.contains(&hit.index);
        let forged = survey.walk(Ways::under(Assume::Forged));
        for hit in forged.hits.iter().filter(|hit| new(hit)) {
            if let Some(cause) = forged_cause(survey, hit) {
                report.cause(cause);
            }
        }
        let certified = survey.walk(Ways::of(&[Way::Certificate]));
        for hit in certified.hits.iter().filter(|hit| new(hit)) {
            if let Some(weighed) = statement_of(survey, hit) {
                report.cause(certificate(survey.judge.config, weighed.statement));
            }
        }
        let trusted = survey.walk(Ways::of(&[Way::Host]));
        for hit in trusted.hits.iter().filter(|hit| new(hit)) {
            let lists = host_lists(survey, hit).into_iter();
            for list in lists.filter(|list| judged.insert(key(list))) {
                super::hosts::judge(report, &mut survey.judge, &list);
            }
        }
    }
}

/// Tells lists apart: references by what they name, others by their place too.
fn key(list: &Traced) -> String {
    let text = list.as_str();
    match text.starts_with(['+', '/']) {
        true => text.to_owned(),
        false => format!("{text}\n{:?}", list.exact()),
    }
}

fn statement_of<'s, 'a>(survey: &'s Survey<'a>, hit: &Hit) -> Option<&'s Weighed<'a>> {
    match &survey.rcpt {
        Rcpt::Known(_, weighed) => weighed.get(hit.index),
        _ => None,
    }
}

/// Gives the statement at a place of the ACL for RCPT.
pub(super) fn statement_at<'a>(survey: &Survey<'a>, index: usize) -> Option<&'a Statement> {
    match &survey.rcpt {
        Rcpt::Known(_, weighed) => weighed.get(index).map(|one| one.statement),
        _ => None,
    }
}

/// Tells what makes an accept hold for everybody.
pub(super) fn blame(survey: &mut Survey<'_>, hit: &Hit) -> Vec<Cause> {
    let Some(statement) = statement_at(survey, hit.index) else {
        return Vec::new();
    };
    let config = survey.judge.config;
    let mut causes = Vec::new();
    for (condition, negated) in conditions(config, statement) {
        if negated != condition.negated {
            continue;
        }
        causes.extend(match condition.name {
            "hosts" => super::hosts::everybody(&mut survey.judge, &condition.value),
            "domains" => super::relayed::every_domain(&mut survey.judge, &condition.value, false),
            "encrypted" => vec![Cause {
                rule: &EX021,
                at: condition.whole.clone(),
                says: "Every client that speaks TLS may relay.".to_owned(),
                chain: Vec::new(),
            }],
            _ => Vec::new(),
        });
    }
    if causes.is_empty() {
        causes = gates(survey, hit.index);
    }
    if causes.is_empty() {
        causes.push(Cause {
            rule: &EX010,
            at: statement.at.clone(),
            says: "This accept holds for every client and every recipient, and nothing before it asks for the domain of the recipient."
                .to_owned(),
            chain: Vec::new(),
        });
    }
    causes
}

/// Tells which tests before a statement let everybody pass though they name lists.
fn gates(survey: &mut Survey<'_>, index: usize) -> Vec<Cause> {
    let mut causes = Vec::new();
    for before in (0..index)
        .filter_map(|index| statement_at(survey, index))
        .collect::<Vec<_>>()
    {
        let refuses = matches!(before.verb, Verb::Deny | Verb::Drop | Verb::Defer);
        if !refuses && before.verb != Verb::Require {
            continue;
        }
        for (condition, negated) in conditions(survey.judge.config, before) {
            if (negated != condition.negated) != refuses {
                continue;
            }
            let value = &condition.value;
            match condition.name {
                "hosts" => {
                    let subject = ADDRESS.to_string();
                    if survey
                        .judge
                        .in_list_of_hosts(Kind::Host, &subject, value)
                        .is
                        == Some(true)
                    {
                        causes.extend(super::hosts::everybody(&mut survey.judge, value));
                    }
                }
                "domains" => {
                    let subject = DOMAIN.to_string();
                    if survey.judge.in_list(Kind::Domain, &subject, value).is == Some(true) {
                        causes.extend(super::relayed::every_domain(&mut survey.judge, value, true));
                    }
                }
                _ => {}
            }
        }
    }
    causes
}

fn forged_cause(survey: &Survey<'_>, hit: &Hit) -> Option<Cause> {
    let statement = statement_at(survey, hit.index)?;
    let ways = match hit.own.ways == Ways::NONE {
        true => hit.all.ways,
        false => hit.own.ways,
    };
    let conditions = conditions(survey.judge.config, statement);
    let place = |names: &[&str]| {
        let found = conditions
            .iter()
            .find(|(condition, _)| names.contains(&condition.name));
        match found {
            Some((condition, _)) => condition.whole.clone(),
            None => statement.at.clone(),
        }
    };
    if ways.has(Way::Helo) || ways.has(Way::Text) {
        let helo = hit.all.helo.as_deref().unwrap_or("");
        let example = match helo.is_empty() {
            true => String::new(),
            false => format!(", such as {helo}"),
        };
        return Some(Cause {
            rule: &EX020,
            at: place(&["condition", "acl"]),
            says: format!(
                "Whoever gives a certain name or text may relay{example}; anyone can give it."
            ),
            chain: Vec::new(),
        });
    }
    if ways.has(Way::Sender) {
        let senders = ["senders", "sender_domains", "condition", "acl"];
        return Some(Cause {
            rule: &EX019,
            at: place(&senders),
            says: "Whoever gives a certain sender address may relay; anyone can give it."
                .to_owned(),
            chain: Vec::new(),
        });
    }
    None
}

fn certificate(config: &Config, statement: &Statement) -> Cause {
    let conditions = conditions(config, statement);
    let verify = conditions.iter().find(|(condition, _)| {
        let value = condition.value.as_str();
        value.starts_with("certificate") || value.contains("certificate_verified")
    });
    Cause {
        rule: &EX022,
        at: verify.map_or(&statement.at, |(condition, _)| &condition.whole).clone(),
        says: "Every client with a certificate that a known authority signed may relay; nothing asks whose it is.".to_owned(),
        chain: Vec::new(),
    }
}

/// Gives the lists of hosts that let their members through.
pub(super) fn host_lists(survey: &Survey<'_>, hit: &Hit) -> Vec<Traced> {
    let config = survey.judge.config;
    let Rcpt::Known(_, weighed) = &survey.rcpt else {
        return Vec::new();
    };
    if hit.own.ways.has(Way::Host) {
        return hosts_of(survey, hit.index);
    }
    let before = weighed[..hit.index].iter().map(|one| one.statement);
    before
        .flat_map(|statement| match statement.verb {
            Verb::Require => hosts_in(config, statement, false),
            Verb::Deny | Verb::Drop | Verb::Defer => hosts_in(config, statement, true),
            _ => Vec::new(),
        })
        .collect()
}

/// Gives the lists of hosts that a statement of the ACL for RCPT asks for.
fn hosts_of(survey: &Survey<'_>, index: usize) -> Vec<Traced> {
    let config = survey.judge.config;
    let statement = statement_at(survey, index);
    statement.map_or_else(Vec::new, |statement| hosts_in(config, statement, false))
}

fn hosts_in(config: &Config, statement: &Statement, refuses: bool) -> Vec<Traced> {
    let conditions = conditions(config, statement).into_iter();
    let hosts = conditions.filter(|(condition, negated)| {
        condition.name == "hosts" && (condition.negated != *negated) == refuses
    });
    hosts
        .map(|(condition, _)| condition.value.clone())
        .collect()
}
