//! What an access table says to strangers, and what it could be made to say by whoever chooses his HELO name or
//! sender.
//!
//! In: an [`Access`]. Out: what it says to everybody of whom nothing is known; an entry that permits, with the name
//! or sender that meets it; the networks and names it permits.
//!
//! Limits: strangers are samples where a table holds patterns; networks are counted exactly.
//!
//! References: access(5), SMTPD_ACCESS_README "Dangerous use".

use super::access::{Access, Lists, Meaning, NO_NAME, NULL_SENDER, Said, meaning};
use super::cover::Taken;
use super::table_rules::network;
use super::tables::{Answer, Body, Entry};
use crate::mtaconf::domains::{STRANGE_ADDRESSES, STRANGE_DOMAINS};
use crate::mtaconf::nets::{Net, STRANGERS, covers_everybody};
use std::net::Ipv6Addr;

/// Strangers with IPv6 addresses that have no more in common than 2000::/3.
pub(super) const STRANGERS_V6: &[&str] = &[
    "2001:db8:77::1",
    "2607:f8b0:9::5",
    "2a03:7d1:9::5",
    "3fff:1::7",
];

impl Access<'_> {
    /// Says what any stranger is told who connects, whatever his address, with or without a name.
    pub(super) fn any_client(&self, lists: &mut Lists<'_>) -> Said {
        if let Some(said) = self.known_at_once(lists) {
            return said;
        }
        let Some(networks) = self.networks() else {
            return self.sampled_client(lists);
        };
        let no_name = said(self.name(NO_NAME), lists);
        if no_name.meaning == Meaning::Permit {
            return no_name;
        }
        let mut taken = Taken::default();
        let mut told: Vec<(Net, Meaning, &Entry)> = Vec::new();
        for (nets, entry) in networks {
            let free: Vec<Net> = nets.into_iter().flat_map(|net| taken.take(net)).collect();
            let meaning = meaning(&entry.value, lists);
            told.extend(free.into_iter().map(|net| (net, meaning, entry)));
        }
        let of = |wanted: &[Meaning], v6: Option<bool>| -> (bool, Option<&Entry>) {
            let of: Vec<&(Net, Meaning, &Entry)> = told
                .iter()
                .filter(|(net, meaning, _)| {
                    wanted.contains(meaning) && v6.is_none_or(|v6| v6 == net.is_v6())
                })
                .collect();
            let nets: Vec<Net> = of.iter().map(|(net, _, _)| *net).collect();
            let widest = of
                .iter()
                .max_by_key(|(net, _, _)| (!net.is_v6(), net.size()));
            (covers_everybody(&nets), widest.map(|(_, _, entry)| *entry))
        };
        let answer = |meaning, entry: Option<&Entry>| Said {
            meaning,
            entry: entry.cloned(),
        };
        if let (true, entry) = of(&[Meaning::Permit], None) {
            return answer(Meaning::Permit, entry);
        }
        for wanted in [Meaning::Refuse, Meaning::DeferIfPermit] {
            if let ((true, entry), (true, _)) =
                (of(&[wanted], Some(false)), of(&[wanted], Some(true)))
            {
                return answer(wanted, entry);
            }
        }
        match of(&[Meaning::Permit, Meaning::Unknown], None) {
            (true, entry) => answer(Meaning::Unknown, entry),
            (false, _) => Said::NOTHING,
        }
    }

    /// Says what any stranger is told who connects, by samples.
    fn sampled_client(&self, lists: &mut Lists<'_>) -> Said {
        let v4 = || STRANGERS.iter().filter(|a| !a.contains(':'));
        let mut ask = |name: &str, address: &str| said(self.client(name, address), lists);
        let mut groups: Vec<Vec<Said>> = vec![
            v4().map(|address| ask(NO_NAME, address)).collect(),
            STRANGERS_V6
                .iter()
                .map(|address| ask(NO_NAME, address))
                .collect(),
        ];
        let names = STRANGE_DOMAINS.iter().cycle();
        groups.push(
            v4().zip(names)
                .map(|(address, name)| ask(name, address))
                .collect(),
        );
        let all = |group: &[Said], wanted: &[Meaning]| {
            group.iter().all(|said| wanted.contains(&said.meaning))
        };
        for wanted in [&[Meaning::Permit][..], &[Meaning::Permit, Meaning::Unknown]] {
            // One way in is enough.
            if let Some(group) = groups.iter().find(|group| all(group, wanted)) {
                let last = wanted.last().copied().unwrap_or(Meaning::Permit);
                return Said {
                    meaning: last,
                    entry: group.first().and_then(|said| said.entry.clone()),
                };
            }
        }
        for wanted in [Meaning::Refuse, Meaning::DeferIfPermit] {
            if groups.iter().all(|group| all(group, &[wanted])) {
                return groups.swap_remove(0).swap_remove(0);
            }
        }
        Said::NOTHING
    }

    /// Says what any stranger is told for a HELO name that nothing is known of.
    pub(super) fn any_helo(&self, lists: &mut Lists<'_>) -> Said {
        if let Some(said) = self.known_at_once(lists) {
            return said;
        }
        let names = STRANGE_DOMAINS.iter().filter(|name| name.contains('.'));
        agreed(names.map(|name| said(self.name(name), lists)).collect())
    }

    /// Says what is answered for a mailbox, as sender or recipient, that nothing is known of.
    pub(super) fn any_mailbox(&self, lists: &mut Lists<'_>) -> Said {
        if let Some(said) = self.known_at_once(lists) {
            return said;
        }
        agreed(
            outside_mailboxes()
                .map(|mailbox| said(self.mailbox(mailbox), lists))
                .collect(),
        )
    }

    fn known_at_once(&self, lists: &mut Lists<'_>) -> Option<Said> {
        match &self.table.body {
            Body::Always(entry) => Some(Said {
                meaning: meaning(&entry.value, lists),
                entry: Some(entry.clone()),
            }),
            Body::Elsewhere(_) => Some(Said {
                meaning: Meaning::Unknown,
                entry: None,
            }),
            _ => None,
        }
    }

    /// Finds an entry that permits, and a HELO name that meets it (absent for a pattern).
    pub(super) fn forged_helo(&self, lists: &mut Lists<'_>) -> Option<(Option<String>, Entry)> {
        self.forged(lists, |access, key| {
            let name = match network(key) {
                // An address may be given for a name.
                Ok(net) => net.start().to_string(),
                Err(_) => key.trim_start_matches('.').to_owned(),
            };
            let below = format!("a.{name}");
            [name, below]
                .into_iter()
                .find(|name| !name.contains(['@', '<']) && met(&access.name(name), key))
        })
    }

    /// Finds an entry that permits, and a sender that meets it (absent for a pattern; empty for the null
    /// sender).
    pub(super) fn forged_sender(&self, lists: &mut Lists<'_>) -> Option<(Option<String>, Entry)> {
        self.forged(lists, |access, key| {
            let mailboxes = match key {
                NULL_SENDER => vec![String::new()],
                key if key.ends_with('@') => vec![format!("{key}outsider.example")],
                key if key.contains('@') => vec![key.to_owned()],
                key => {
                    let name = key.trim_start_matches('.');
                    vec![format!("anyone@{name}"), format!("anyone@a.{name}")]
                }
            };
            mailboxes
                .into_iter()
                .find(|mailbox| met(&access.mailbox(mailbox), key))
        })
    }

    fn forged(
        &self,
        lists: &mut Lists<'_>,
        choose: impl Fn(&Self, &str) -> Option<String>,
    ) -> Option<(Option<String>, Entry)> {
        let mut of_patterns = None;
        for entry in self.table.entries() {
            if meaning(&entry.value, lists) != Meaning::Permit {
                continue;
            }
            match &self.table.body {
                Body::Rules(rules) if !rules.are_networks() => {
                    // What meets a pattern is not worked out here; that somebody can is likely enough.
                    of_patterns.get_or_insert((None, entry.clone()));
                }
                Body::Always(_) | Body::Pipe(_) | Body::Elsewhere(_) => {
                    of_patterns.get_or_insert((None, entry.clone()));
                }
                Body::Keys(_) | Body::Union(_) | Body::Rules(_) => {
                    if let Some(chosen) = choose(self, &entry.key) {
                        return Some((Some(chosen), entry.clone()));
                    }
                }
            }
        }
        of_patterns
    }

    /// Gives what each entry answers for, were there no other, in the order in which they are asked for an
    /// address; nothing where that cannot be told.
    fn networks(&self) -> Option<Vec<(Vec<Net>, &Entry)>> {
        match &self.table.body {
            Body::Rules(rules) => rules.networks(),
            Body::Keys(_) => {
                let mut nets: Vec<(Vec<Net>, &Entry)> = self
                    .table
                    .entries()
                    .filter_map(|entry| Some((vec![prefix(&entry.key)?], entry)))
                    .collect();
                // The whole address is asked for first, then ever shorter parts.
                nets.sort_by_key(|(nets, _)| nets.first().map(|net| net.size()));
                Some(nets)
            }
            Body::Always(_) | Body::Union(_) | Body::Pipe(_) | Body::Elsewhere(_) => None,
        }
    }

    /// Gives the networks that are permitted, each with its entry, as far as the files show them.
    pub(super) fn permitted(&self, lists: &mut Lists<'_>) -> Vec<(Net, Entry)> {
        let mut taken = Taken::default();
        let mut permitted = Vec::new();
        for (nets, entry) in self.networks().unwrap_or_default() {
            let free: Vec<Net> = nets.into_iter().flat_map(|net| taken.take(net)).collect();
            if meaning(&entry.value, lists) == Meaning::Permit {
                permitted.extend(free.into_iter().map(|net| (net, entry.clone())));
            }
        }
        permitted
    }

    /// Gives the entries whose key is a name and whose value permits.
    pub(super) fn permitted_names(&self, lists: &mut Lists<'_>) -> Vec<Entry> {
        let Body::Keys(_) = &self.table.body else {
            return Vec::new();
        };
        self.table
            .entries()
            .filter(|entry| prefix(&entry.key).is_none())
            .filter(|entry| meaning(&entry.value, lists) == Meaning::Permit)
            .cloned()
            .collect()
    }
}

/// Gives sample mailboxes in outside domains as they are met in mail, that is with a dot.
fn outside_mailboxes() -> impl Iterator<Item = &'static str> {
    STRANGE_ADDRESSES.iter().copied().filter(|mailbox| {
        mailbox
            .rsplit_once('@')
            .is_some_and(|(_, d)| d.contains('.'))
    })
}

fn met(answer: &Answer, key: &str) -> bool {
    matches!(answer, Answer::Found(_, entry) if entry.key == key)
}

fn said(answer: Answer, lists: &mut Lists<'_>) -> Said {
    match answer {
        Answer::Found(value, entry) => Said {
            meaning: meaning(&value, lists),
            entry: Some(entry),
        },
        Answer::Nothing => Said::NOTHING,
        Answer::Unknown => Said {
            meaning: Meaning::Unknown,
            entry: None,
        },
    }
}

/// Gives what all say alike; that it is unknown where one does not know.
fn agreed(all: Vec<Said>) -> Said {
    let first = all.first().map_or(Meaning::Pass, |said| said.meaning);
    if all.iter().any(|said| said.meaning == Meaning::Unknown) {
        return Said {
            meaning: Meaning::Unknown,
            entry: None,
        };
    }
    match all.iter().all(|said| said.meaning == first) {
        true => all.into_iter().next().unwrap_or(Said::NOTHING),
        false => Said::NOTHING,
    }
}

/// Reads a key as the leading part of an address.
fn prefix(key: &str) -> Option<Net> {
    let octets = key.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !key.ends_with('.');
    if let Some(net) = Net::octets(key).filter(|_| octets) {
        return Some(net);
    }
    if let Ok(address) = key.parse::<Ipv6Addr>() {
        return Some(Net::host(address.into()));
    }
    let groups: Vec<&str> = key.split(':').collect();
    let hex = |group: &&str| {
        (1..=4).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_hexdigit())
    };
    // A single group may as well be a name.
    let single =
        groups.len() == 1 && !(key.len() == 4 && key.starts_with(|c: char| c.is_ascii_digit()));
    if groups.len() > 7 || single || !groups.iter().all(hex) {
        return None;
    }
    let address: Ipv6Addr = format!("{key}::").parse().ok()?;
    Net::of(address.into(), u32::try_from(groups.len()).ok()? * 16)
}

#[cfg(test)]
mod tests {
    use super::super::access::tests::{no_lists, with};
    use super::*;

    #[test]
    fn what_every_stranger_is_told() {
        for (file, written, expected) in [
            ("", "static:ok", Meaning::Permit),
            ("", "static:reject_class", Meaning::Refuse),
            ("", "static:permit_all_class", Meaning::Permit),
            ("", "mysql:/x", Meaning::Unknown),
            ("0.0.0.0/0 OK", "cidr:t", Meaning::Permit),
            ("::/0 OK\n0.0.0.0/0 REJECT", "cidr:t", Meaning::Permit),
            ("0.0.0.0/1 OK\n128.0.0.0/1 1", "cidr:t", Meaning::Permit),
            ("0.0.0.0/1 OK\n128.0.0.0/1 DUNNO", "cidr:t", Meaning::Pass),
            (
                "8.8.0.0/16 REJECT\n!192.0.2.0/24 OK",
                "cidr:t",
                Meaning::Permit,
            ),
            ("0.0.0.0/0 REJECT\n0.0.0.0/0 OK", "cidr:t", Meaning::Pass),
            ("0.0.0.0/0 REJECT\n::/0 550 no", "cidr:t", Meaning::Refuse),
            ("192.0.2.0/24 OK", "cidr:t", Meaning::Pass),
            ("unknown OK", "hash:t", Meaning::Permit),
            ("unknown REJECT", "hash:t", Meaning::Pass),
            ("192 OK\ncom OK", "hash:t", Meaning::Pass),
            ("/./ OK", "pcre:t", Meaning::Permit),
            ("/^unknown$/ OK", "regexp:t", Meaning::Permit),
            ("/^[0-9.]+$/ OK", "regexp:t", Meaning::Permit),
            ("/:/ OK", "regexp:t", Meaning::Permit),
            ("/^2001:db8:/ OK", "regexp:t", Meaning::Pass),
            ("/^unknown$/ REJECT\n/^/ OK", "regexp:t", Meaning::Permit),
            ("/^203\\./ OK", "pcre:t", Meaning::Pass),
            ("/./ REJECT", "pcre:t", Meaning::Refuse),
            ("/(?<oops/ OK", "pcre:t", Meaning::Unknown),
        ] {
            let said = with(file, written, |access| access.any_client(&mut no_lists));
            assert_eq!(said.meaning, expected, "{written} {file:?}");
        }
        for (file, written, expected) in [
            ("/./ OK", "pcre:t", Meaning::Permit),
            ("/@.*\\./ OK", "pcre:t", Meaning::Permit),
            ("/@.*\\.com$/ OK", "pcre:t", Meaning::Pass),
            ("example.com OK", "hash:t", Meaning::Pass),
            ("", "static:dunno", Meaning::Pass),
        ] {
            let said = with(file, written, |access| access.any_mailbox(&mut no_lists));
            assert_eq!(said.meaning, expected, "{written} {file:?}");
        }
    }

    #[test]
    fn what_can_be_forged() {
        for (file, written, sender, helo) in [
            (
                "x DUNNO\nexample.com OK",
                "hash:t",
                Some("anyone@example.com"),
                Some("example.com"),
            ),
            ("<> OK", "hash:t", Some(""), None),
            ("boss@ OK", "hash:t", Some("boss@outsider.example"), None),
            ("me@example.com 1", "hash:t", Some("me@example.com"), None),
            ("example.com REJECT", "hash:t", None, None),
            (".example.com OK", "hash:t", None, None),
            ("192.0.2.0/24 OK", "cidr:t", None, Some("192.0.2.0")),
        ] {
            let found = with(file, written, |access| {
                let value = |found: Option<(Option<String>, Entry)>| found.and_then(|(v, _)| v);
                (
                    value(access.forged_sender(&mut no_lists)),
                    value(access.forged_helo(&mut no_lists)),
                )
            });
            assert_eq!(
                found,
                (sender.map(str::to_owned), helo.map(str::to_owned)),
                "{file}"
            );
        }
        let found = with("/@example/ OK", "pcre:t", |a| {
            a.forged_sender(&mut no_lists)
        });
        assert!(matches!(found, Some((None, _))));
    }

    #[test]
    fn permitted_networks_are_those_no_earlier_line_has() {
        let shown = |file: &str, written: &str| {
            with(file, written, |access| {
                let nets = access.permitted(&mut no_lists);
                nets.iter()
                    .map(|(net, _)| net.to_string())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            shown("192.0.2.0/25 REJECT\n192.0.2.0/24 OK", "cidr:t"),
            ["192.0.2.128/25"]
        );
        assert_eq!(
            shown("10 OK\n10.1 REJECT\n10.1.2.3 OK", "hash:t"),
            ["10.1.2.3", "10.0.0.0/16", "10.2.0.0-10.255.255.255"]
        );
    }
}
