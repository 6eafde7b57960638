//! Raises what is wrong with the entries of classes and tables.
//!
//! In: a configuration with its tables. Out: findings at the entries; of wide ones the widest of each list.

use super::super::rules::sendmail::{SM007, SM008, SM009, SM010, SM016, SM017, SM018, SM020};
use super::super::source::short;
use super::super::spot::Spot;
use super::findings::{MOST_OF_A_RULE, Raiser};
use super::policy::Word;
use super::tables::{Entry, Tag, net, width};
use crate::model::Severity;

impl Raiser<'_, '_> {
    /// Finds the widest entry of class R and the access map.
    pub(super) fn worst(&self) -> Option<(Severity, String, Spot)> {
        let class = self.widest_of_class().into_iter();
        first_widest(class.chain(self.widest_of_access()))
    }

    fn wide_key(&self, key: &str) -> Option<Severity> {
        let context = self.scene.context;
        let expected = match net(key) {
            Some(net) => context.unexpected(&[net]).is_empty(),
            None => context
                .relay_domains
                .iter()
                .any(|ok| ok.eq_ignore_ascii_case(key)),
        };
        width(key).filter(|_| !expected)
    }

    fn widest_of_class(&self) -> Option<(Severity, String, Spot)> {
        let exact = self.site.policy.feature("relay_hosts_only").is_some();
        let words = self.site.policy.relayed.iter();
        // An exact name of one label is a host, not all that is below.
        let words = words.filter(|word| !exact || net(&word.text).is_some());
        first_widest(words.filter_map(|word| {
            Some((
                self.wide_key(&word.text)?,
                word.text.clone(),
                word.spot.clone(),
            ))
        }))
    }

    fn widest_of_access(&self) -> Option<(Severity, String, Spot)> {
        let relays = |entry: &&Entry| entry.relays() && entry.tag != Tag::From;
        let entries = self.site.access.iter().filter(relays);
        first_widest(entries.filter_map(|entry| {
            // A part of an address is asked for clients only.
            if entry.tag == Tag::To && net(&entry.key).is_some() {
                return None;
            }
            Some((
                self.wide_key(&entry.key)?,
                entry.key.clone(),
                entry.spot.clone(),
            ))
        }))
    }

    /// Raises the widest entries.
    pub(super) fn wide(&mut self) {
        let found = [
            (&SM007, "Class R", self.widest_of_class()),
            (&SM008, "The access map", self.widest_of_access()),
        ];
        for (rule, list, entry) in found {
            let Some((severity, key, spot)) = entry else {
                continue;
            };
            let what = match net(&key) {
                Some(net) => format!("every client in {net}"),
                None => format!("and from every host below {}", short(&key)),
            };
            let message = format!(
                "{list} holds \"{}\": mail is relayed for {what}.",
                short(&key)
            )
            .replace("relayed for and", "relayed to and");
            let finding = self
                .make(rule, &key, &spot, message)
                .with_severity(severity);
            self.found.push(finding);
        }
    }

    /// Raises entries of the access map that do other than they seem to.
    pub(super) fn access(&mut self) {
        let site = self.site;
        let untagged = |entry: &&Entry| entry.relays() && entry.tag == Tag::None;
        for entry in site.access.iter().filter(untagged).take(MOST_OF_A_RULE) {
            let message = format!(
                "The entry \"{}\" has no tag: it lets clients relay, and lets everybody relay to it.",
                short(&entry.key)
            );
            self.add(&SM009, &entry.key, &entry.spot, message);
        }
        if site.policy.feature("relay_mail_from").is_none() {
            let from = |entry: &&Entry| entry.relays() && entry.tag == Tag::From;
            for entry in site.access.iter().filter(from).take(MOST_OF_A_RULE) {
                let message = format!(
                    "The entry \"From:{}\" lets nobody relay, for FEATURE(relay_mail_from) is off.",
                    short(&entry.key)
                );
                self.add(&SM010, &entry.key, &entry.spot, message);
            }
        }
        let mut unused = site
            .unused
            .iter()
            .filter(|entry| entry.relays() || entry.rejects());
        if let Some(entry) = unused.next() {
            let message = "There is an access map with entries, but without FEATURE(access_db) it \
                           is not asked.";
            self.add(&SM016, "", &entry.spot, message);
        }
    }

    /// Raises names that are foreign or mean nothing.
    pub(super) fn names(&mut self) {
        let site = self.site;
        let context = self.scene.context;
        let foreign = |word: &&Word| {
            let text = word.text.as_str();
            let name = text.contains('.') && !text.contains(['[', '*', '$']);
            let here = text.eq_ignore_ascii_case("localhost.localdomain");
            name && !here && context.is_foreign(text)
        };
        for word in site
            .policy
            .local
            .iter()
            .filter(foreign)
            .take(MOST_OF_A_RULE)
        {
            let message = format!(
                "{} is taken as local and is not an own domain.",
                short(&word.text)
            );
            self.add(&SM017, &word.text, &word.spot, message);
        }
        let whole = |entry: &&Entry| entry.key.starts_with('@');
        for entry in site.users.iter().filter(whole).take(MOST_OF_A_RULE) {
            if let Some(domain) = self.outside(&entry.value) {
                let message = format!(
                    "Mail for every user of {} is sent on to {}.",
                    short(&entry.key[1..]),
                    short(domain)
                );
                self.add(&SM018, &entry.key, &entry.spot, message);
            }
        }
        let mut stars: Vec<(String, Spot)> = Vec::new();
        for (class, words) in [("R", &site.policy.relayed), ("w", &site.policy.local)] {
            for word in words.iter().filter(|word| word.text.contains('*')) {
                stars.push((
                    format!("\"{}\" in class {class}", short(&word.text)),
                    word.spot.clone(),
                ));
            }
        }
        // "user+*@" is a key that means something.
        let star = |entry: &&Entry| entry.key.replace("+*", "").contains('*');
        for entry in site.access.iter().chain(&site.users).filter(star) {
            stars.push((
                format!("the key \"{}\"", short(&entry.key)),
                entry.spot.clone(),
            ));
        }
        for (what, spot) in stars.into_iter().take(MOST_OF_A_RULE) {
            let message = format!("The star of {what} is no wildcard; it fits nothing.");
            self.add(&SM020, &what, &spot, message);
        }
    }

    /// Gives the domain that mail is sent on to, if it is not one of this site.
    fn outside<'t>(&self, value: &'t str) -> Option<&'t str> {
        if value.to_ascii_lowercase().starts_with("error:") {
            return None;
        }
        let (_, domain) = value.split_whitespace().next()?.rsplit_once('@')?;
        let context = self.scene.context;
        if !context.own_domains.is_empty() {
            return context.is_foreign(domain).then_some(domain);
        }
        let local = self.site.policy.local.iter();
        let mut here = local.filter(|word| word.text.eq_ignore_ascii_case(domain));
        (!domain.is_empty() && here.next().is_none()).then_some(domain)
    }
}

/// Gives the widest, the first of equals.
fn first_widest(
    entries: impl Iterator<Item = (Severity, String, Spot)>,
) -> Option<(Severity, String, Spot)> {
    entries.reduce(|best, next| if next.0 > best.0 { next } else { best })
}
