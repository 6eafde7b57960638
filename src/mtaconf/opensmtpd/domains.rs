//! Raises domains and virtual users that are not the user's own.
//!
//! In: a configuration, and the own domains where the user gave them. Out: findings at the entries.

use super::super::rules::opensmtpd::{OS018, OS021};
use super::super::source::short;
use super::conf::{Condition, Deed, What};
use super::rules::{MOST_OF_A_RULE, Raiser, positive};
use super::table::{As, Table};
use std::collections::HashSet;
use std::rc::Rc;

impl Raiser<'_, '_> {
    /// Raises virtual users that send a whole domain outside.
    pub(super) fn catch_alls(&mut self) {
        let mut seen: Vec<Rc<Table>> = Vec::new();
        for rule in &self.conf.rules {
            let Deed::Deliver(Some(table)) = &rule.deed else {
                continue;
            };
            if seen.iter().any(|known| Rc::ptr_eq(known, table)) {
                continue;
            }
            seen.push(Rc::clone(table));
            let entries = table.entries.iter().filter(|e| e.key.starts_with('@'));
            for entry in entries.take(MOST_OF_A_RULE) {
                let values = entry.value.as_deref().unwrap_or("");
                let Some(outside) = values.split(',').find_map(|to| self.outside(to.trim())) else {
                    continue;
                };
                let whom = match entry.key.as_str() {
                    "@" => "every user of every virtual domain".to_owned(),
                    key => format!("every user of {}", short(&key[1..])),
                };
                let message = format!("Mail for {whom} is sent on to {}.", short(outside));
                let finding = self.make(&OS018, &entry.key, &entry.spot, message);
                self.found.push(finding);
            }
        }
    }

    /// Gives an address if it leads outside: to no own domain, or to none that a rule delivers.
    fn outside<'t>(&self, address: &'t str) -> Option<&'t str> {
        let (_, domain) = address.rsplit_once('@')?;
        if domain.is_empty() {
            return None;
        }
        if !self.scene.context.own_domains.is_empty() {
            return self.scene.context.is_foreign(domain).then_some(address);
        }
        let local = self.conf.rules.iter().any(|rule| {
            matches!(rule.deed, Deed::Deliver(_))
                && rule
                    .conditions
                    .iter()
                    .any(|condition| match &condition.what {
                        What::ForDomain(set) => {
                            let as_domain = As::Domain(domain);
                            set.table.matches(as_domain, set.regex) == Some(true)
                        }
                        _ => false,
                    })
        });
        (!local).then_some(address)
    }

    /// Raises domains that are not the user's.
    pub(super) fn foreign_domains(&mut self) {
        let mut seen = HashSet::new();
        for rule in &self.conf.rules {
            let local = matches!(rule.deed, Deed::Deliver(_));
            let guarded = |c: &Condition| match c.what {
                What::FromAny => c.negated,
                What::Auth | What::FromLogin => !c.negated,
                ref what => what.is_source() && !c.negated,
            };
            let open = matches!(rule.deed, Deed::Relay) && !rule.conditions.iter().any(guarded);
            if !local && !open {
                continue;
            }
            for (_, set) in positive(rule, |what| match what {
                What::ForDomain(set) if !set.regex => Some(set),
                _ => None,
            }) {
                if self.judge.spend(set).is_none() {
                    return;
                }
                for entry in set.table.entries.iter() {
                    let domain = entry.key.trim_start_matches("*.").trim_start_matches('.');
                    let plain = !domain.is_empty() && !domain.contains('*');
                    if !plain || !self.scene.context.is_foreign(domain) {
                        continue;
                    }
                    if seen.len() >= MOST_OF_A_RULE || !seen.insert(domain.to_ascii_lowercase()) {
                        continue;
                    }
                    let deed = if local {
                        "delivered here"
                    } else {
                        "relayed for everybody"
                    };
                    let message = format!(
                        "Mail for {}, which is not an own domain, is {deed}.",
                        short(domain)
                    );
                    let finding = self
                        .make(&OS021, domain, &entry.spot, message)
                        .with_evidence(self.line(rule, "the rule"));
                    self.found.push(finding);
                }
            }
        }
    }
}
