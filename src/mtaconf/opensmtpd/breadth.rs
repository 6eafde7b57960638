//! Raises relaying rules that are wide, though they do not let every stranger relay.
//!
//! In: a configuration and its evaluation. Out: findings where the rule decides for somebody: a rule that an
//! earlier refusal keeps from its clients is none.

use super::super::domains;
use super::super::nets::Net;
use super::super::raise;
use super::super::rules::opensmtpd::{OS011, OS013, OS015};
use super::super::source::short;
use super::causes;
use super::conf::What;
use super::evaluate::{World, samples};
use super::rules::{Raiser, positive, text_of};
use crate::model::Severity;

impl Raiser<'_, '_> {
    /// Raises networks that are wide, though not everybody.
    pub(super) fn wide_sources(&mut self) {
        for (index, rule) in self.relaying() {
            for (condition, set) in positive(rule, |what| match what {
                What::FromSource(set) => Some(set),
                _ => None,
            }) {
                if self.judge.spend(set).is_none() {
                    return;
                }
                let unexpected = |net: &Net| !self.scene.context.unexpected(&[*net]).is_empty();
                let nets = set.table.nets();
                let wide = nets.iter().filter(|(net, _)| unexpected(net));
                let Some((net, entry)) = wide.max_by_key(|(net, _)| (net.breadth(), net.size()))
                else {
                    continue;
                };
                let severity = match net.breadth().severity() {
                    Some(severity @ (Severity::High | Severity::Medium)) => severity,
                    _ => continue,
                };
                let client = net.start();
                let world = |world| World {
                    address: Some(client),
                    ..world
                };
                if !self.decides(index, world) {
                    continue;
                }
                let message = format!("The rule relays for every client in {net}.");
                let proof = raise::proof(
                    self.scene.reader,
                    entry.spot.place(),
                    "the network",
                    Vec::new(),
                );
                let finding = self
                    .make(&OS011, &net.to_string(), &condition.spot, message)
                    .with_severity(severity)
                    .with_evidence(proof);
                self.found.push(finding);
            }
        }
    }

    /// Raises rules that rest on reverse names.
    pub(super) fn named_hosts(&mut self) {
        for (index, rule) in self.relaying() {
            for (condition, set) in positive(rule, |what| match what {
                What::FromName(set) => set.as_ref(),
                _ => None,
            }) {
                let strange = |name: Option<String>| {
                    self.decides(index, |world| World {
                        name: name.clone(),
                        ..world
                    })
                };
                // What fits every name is an opening, which has been raised.
                if strange(None) || !samples(set, false).into_iter().any(strange) {
                    continue;
                }
                let message = format!(
                    "The rule relays for {}; whoever runs the reverse zone of an address may claim \
                     such a name.",
                    causes::words(&condition.what)
                );
                let finding = self
                    .make(&OS013, &text_of(rule), &condition.spot, message)
                    .with_severity(Severity::Medium);
                self.found.push(finding);
            }
        }
    }

    /// Raises destinations as wide as a top-level domain.
    pub(super) fn wide_domains(&mut self) {
        for (index, rule) in self.relaying() {
            for (condition, set) in positive(rule, |what| match what {
                What::ForDomain(set) | What::Recipient(set) => Some(set),
                _ => None,
            }) {
                if self.judge.spend(set).is_none() {
                    return;
                }
                let wide = set
                    .table
                    .entries
                    .iter()
                    .filter(|_| !set.regex)
                    .find(|entry| {
                        let domain = entry.key.rsplit_once('@').map_or(&*entry.key, |(_, d)| d);
                        let top = domain.strip_prefix("*.").or(domain.strip_prefix('.'));
                        top.is_some_and(domains::is_top_level)
                    });
                let Some(entry) = wide else { continue };
                let key = entry.key.replace('*', "relaycheck-stranger");
                let recipient = match key.rsplit_once('@') {
                    Some((_, domain)) => format!("x@{domain}"),
                    None => format!("x@{key}"),
                };
                let all = self.decides(index, |world| world);
                let one = self.decides(index, |world| World {
                    recipient: Some(recipient.clone()),
                    ..world
                });
                if all || !one {
                    continue;
                }
                let message = format!(
                    "The rule relays for everybody to every domain below {}.",
                    short(&entry.key)
                );
                let proof = raise::proof(
                    self.scene.reader,
                    entry.spot.place(),
                    "the pattern",
                    Vec::new(),
                );
                let finding = self
                    .make(&OS015, &entry.key, &condition.spot, message)
                    .with_severity(Severity::High)
                    .with_evidence(proof);
                self.found.push(finding);
            }
        }
    }
}
