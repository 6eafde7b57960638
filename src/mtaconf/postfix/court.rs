//! An installation before the rules: its services with their verdicts, and how a finding is raised.
//!
//! In: a [`Config`] and its tables. Out: findings, each once, though several services may share the list that is to
//! blame.
//!
//! References: none; the rules stand in the other files.

use super::evaluate::Evaluator;
use super::master_cf::{Listener, Speaks};
use super::params::{Config, Of};
use super::restrictions::{Kind, Statement};
use super::verdict::{ListName, Restrictions, Verdict};
use crate::model::{Finding, Place, Relay, Rule, Severity};
use crate::mtaconf::decide::Assume;
use crate::mtaconf::raise;
use std::collections::HashMap;

/// A listener and what was found about it.
pub(super) struct Heard<'c> {
    /// The listener.
    pub(super) listener: &'c Listener,
    /// Whose values hold.
    pub(super) of: Of<'c>,
    /// Whether strangers reach it.
    pub(super) reachable: bool,
    /// What was found; nothing for a service that does not speak SMTP.
    pub(super) verdict: Option<Verdict>,
    /// What becomes of the outsider's recipient.
    pub(super) relay: Relay,
}

/// An installation, heard.
pub(super) struct Court<'c, 'a> {
    /// The installation.
    pub(super) config: &'c Config<'a>,
    /// Its evaluator.
    pub(super) evaluator: &'c Evaluator<'c, 'a>,
    /// Its listeners.
    pub(super) heard: Vec<Heard<'c>>,
    /// What findings are about: the instance, or nothing where there is one.
    pub(super) subject: String,
    findings: Vec<Finding>,
    told: HashMap<(&'static str, Place, String), usize>,
}

impl<'c, 'a> Court<'c, 'a> {
    /// Hears every listener.
    pub(super) fn new(
        config: &'c Config<'a>,
        evaluator: &'c Evaluator<'c, 'a>,
        subject: String,
    ) -> Self {
        let heard = config
            .listeners
            .iter()
            .map(|listener| {
                let of = Of::Service(config.talks(listener));
                let reachable = !config.is_loopback(listener);
                let verdict = (listener.speaks == Speaks::Smtp).then(|| evaluator.judge(of));
                let relay = match &verdict {
                    _ if !reachable => Relay::Unreachable,
                    Some(verdict) => verdict.relay,
                    None => evaluator.qmqp(of),
                };
                Heard {
                    listener,
                    of,
                    reachable,
                    verdict,
                    relay,
                }
            })
            .collect();
        Self {
            config,
            evaluator,
            heard,
            subject,
            findings: Vec::new(),
            told: HashMap::new(),
        }
    }

    /// Gives the services that speak SMTP to strangers, with their verdicts.
    pub(super) fn smtp(&self) -> impl Iterator<Item = (&Heard<'c>, &Verdict)> {
        self.heard
            .iter()
            .filter(|heard| heard.reachable)
            .filter_map(|heard| Some((heard, heard.verdict.as_ref()?)))
    }

    /// Names a service.
    pub(super) fn name(&self, heard: &Heard<'_>) -> &'c str {
        self.config.name_of(heard.listener)
    }

    /// Makes a finding. `detail` tells it from others of the same rule.
    pub(super) fn finding(
        &self,
        rule: &'static Rule,
        detail: &str,
        place: Place,
        message: impl Into<String>,
    ) -> Finding {
        raise::finding(
            self.config.reader,
            rule,
            &self.subject,
            detail,
            place,
            message,
        )
    }

    /// Keeps a finding; of several with one rule, place and detail the worst.
    pub(super) fn raise(&mut self, detail: &str, finding: Finding) {
        let Some(place) = finding.place().cloned() else {
            return;
        };
        let key = (finding.rule.id, place, detail.to_owned());
        match self.told.get(&key).copied() {
            Some(at) if self.findings[at].severity >= finding.severity => {}
            Some(at) => self.findings[at] = finding,
            None => {
                self.told.insert(key, self.findings.len());
                self.findings.push(finding);
            }
        }
    }

    /// Gives the findings.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// A statement of a policy list that stands ahead of its refusal.
pub(super) struct Ahead<'v> {
    /// The list.
    pub(super) list: &'v Restrictions,
    /// Its number.
    pub(super) number: usize,
    /// The statement; of a class, where it stands in one.
    pub(super) statement: Statement,
}

impl Court<'_, '_> {
    /// Gives the statements of the policy lists that an outsider gets to ahead of the first refusal or literal
    /// `permit`, classes opened; the statement that lets everybody through is the last.
    pub(super) fn ahead<'v>(&self, of: Of<'_>, verdict: &'v Verdict) -> Vec<Ahead<'v>> {
        let mut ahead = Vec::new();
        for (number, list) in verdict.lists.iter().enumerate() {
            if list.name.is_policy() {
                let mut found = Vec::new();
                self.open(of, &list.statements, &mut found, 0);
                let last = verdict.walks(Assume::AsWritten)[number].permit();
                let last = last.map(|by| (&by.statement.name, by.statement.place()));
                let is_last = |one: &Statement| {
                    last.as_ref()
                        .is_some_and(|(name, place)| one.name == **name && one.place() == *place)
                };
                if let Some(at) = found.iter().position(is_last) {
                    found.truncate(at + 1);
                }
                ahead.extend(found.into_iter().map(|statement| Ahead {
                    list,
                    number,
                    statement,
                }));
            }
        }
        ahead
    }

    /// Opens classes; says whether a refusal or a literal `permit` was met.
    fn open(
        &self,
        of: Of<'_>,
        statements: &[Statement],
        found: &mut Vec<Statement>,
        depth: usize,
    ) -> bool {
        const DEEPEST: usize = 8;
        const MOST: usize = 200;
        for one in statements {
            if found.len() >= MOST {
                return true;
            }
            match one.kind {
                Kind::Class if depth < DEEPEST => {
                    let inner = self.evaluator.of_class(of, &one.name);
                    if self.open(of, &inner, found, depth + 1) && !one.warned {
                        return true;
                    }
                }
                Kind::DeferIfPermit => {}
                _ if one.refuses() || one.kind == Kind::Permit => return true,
                _ => found.push(one.clone()),
            }
        }
        false
    }
}

/// Gives the severity: the one for what is effective, or low where something else still refuses.
pub(super) fn effective(severity: Severity, masked: bool) -> Severity {
    match masked {
        true => severity.min(Severity::Low),
        false => severity,
    }
}

/// Tells whether another list than one still refuses the outsider who picks what he can.
pub(super) fn masked(verdict: &Verdict, ahead: &Ahead<'_>) -> bool {
    verdict.is_masked(ahead.number, Assume::Forged)
        || ahead.list.name == ListName::Recipient && verdict.holds_refusal(ListName::Relay)
}
