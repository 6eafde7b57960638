//! Access tables: what their values mean, and how they are asked for clients, HELO names and mailboxes.
//!
//! In: a [`Table`] and the style of matching. Out: what it says to a given client or mailbox, what to strangers
//! of whom nothing is known, and what it could be made to say by whoever chooses his HELO name or sender.
//! Values that are lists of restrictions are left to the caller, which knows how to evaluate them.
//!
//! Limits: strangers are samples where a table holds patterns; networks are counted exactly.
//!
//! References: access(5), SMTPD_ACCESS_README.

use super::cover::Taken;
use super::table_rules::network;
use super::tables::{Answer, Body, Entry, Table};
use crate::mtaconf::domains::{STRANGE_ADDRESSES, STRANGE_DOMAINS};
use crate::mtaconf::nets::{Net, STRANGERS, covers_everybody};
use std::net::{IpAddr, Ipv6Addr};

/// What Postfix calls a client without a verified name. Whoever wants it has it, by having no reverse name.
pub(super) const NO_NAME: &str = "unknown";

/// What the null sender is looked up as.
pub(super) const NULL_SENDER: &str = "<>";

/// Strangers with IPv6 addresses that have no more in common than 2000::/3.
pub(super) const STRANGERS_V6: &[&str] = &[
    "2001:db8:77::1",
    "2607:f8b0:9::5",
    "2a03:7d1:9::5",
    "3fff:1::7",
];

/// What a value of an access table asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action<'v> {
    /// Ends the list well.
    Permit,
    /// Refuses.
    Refuse,
    /// Goes on with the next restriction.
    Pass,
    /// Goes on, and turns a later permit into a refusal.
    DeferIfPermit,
    /// A list of restrictions, evaluated in its place.
    Restrictions(&'v str),
}

/// Reads a value of an access table.
pub(super) fn action(value: &str) -> Action<'_> {
    let value = value.trim();
    if value.is_empty() {
        // An error to Postfix: whoever meets it is refused for now.
        return Action::Refuse;
    }
    let (word, text) = match value.split_once([' ', '\t']) {
        Some((word, text)) => (word, text.trim()),
        None => (value, ""),
    };
    match word.to_ascii_uppercase().as_str() {
        "OK" | "RELAY" | "DISCARD" => return Action::Permit,
        "REJECT" | "DEFER" | "HANGUP" => return Action::Refuse,
        "DUNNO" | "WARN" | "INFO" | "FILTER" | "HOLD" | "REDIRECT" | "BCC" | "PREPEND"
        | "DEFER_IF_REJECT" => return Action::Pass,
        "DEFER_IF_PERMIT" => return Action::DeferIfPermit,
        "PERMIT" => return Action::Permit,
        _ => {}
    }
    // A number alone is a time stamp of those who relay after POP, even 550.
    if value.bytes().all(|b| b.is_ascii_digit()) {
        return Action::Permit;
    }
    let code = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
    if code && (word.starts_with('4') || word.starts_with('5')) && !text.is_empty() {
        return Action::Refuse;
    }
    // A table within a value is an error for whoever meets it.
    match value.contains(':') {
        true => Action::Refuse,
        false => Action::Restrictions(value),
    }
}

/// What a table says in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Ends the list well.
    Permit,
    /// Refuses.
    Refuse,
    /// Has no opinion.
    Pass,
    /// Turns a later permit into a refusal.
    DeferIfPermit,
    /// The files do not show it.
    Unknown,
}

/// What a table says, and the entry that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// What it says.
    pub(super) meaning: Meaning,
    /// The deciding entry, where one does.
    pub(super) entry: Option<Entry>,
}

impl Said {
    const NOTHING: Self = Self {
        meaning: Meaning::Pass,
        entry: None,
    };
}

/// Evaluates a list of restrictions that is the value of an entry.
pub(super) type Lists<'l> = dyn FnMut(&str) -> Meaning + 'l;

/// Gives the meaning of a value.
pub(super) fn meaning(value: &str, lists: &mut Lists<'_>) -> Meaning {
    match action(value) {
        Action::Permit => Meaning::Permit,
        Action::Refuse => Meaning::Refuse,
        Action::Pass => Meaning::Pass,
        Action::DeferIfPermit => Meaning::DeferIfPermit,
        Action::Restrictions(words) => lists(words),
    }
}

/// A table that is asked the way access(5) says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access<'t> {
    /// The table.
    pub(super) table: &'t Table,
    /// Whether `example.com` stands for the names below it too (smtpd_access_maps is in
    /// parent_domain_matches_subdomains); else `.example.com` does.
    pub(super) parents: bool,
}

impl Access<'_> {
    /// Asks for a host or HELO name.
    pub(super) fn name(&self, name: &str) -> Answer {
        let name = name.to_lowercase();
        let mut rest = name.as_str();
        loop {
            if rest.is_empty() {
                return Answer::Nothing;
            }
            match self.table.get(rest) {
                Answer::Nothing if self.table.takes_parts() => {}
                answer => return answer,
            }
            // Numbers have no parents.
            if name.parse::<IpAddr>().is_ok() {
                return Answer::Nothing;
            }
            let Some(at) = rest.char_indices().skip(1).find(|(_, c)| *c == '.') else {
                return Answer::Nothing;
            };
            rest = &rest[at.0 + usize::from(self.parents)..];
        }
    }

    /// Asks for a client address, then for its leading parts.
    pub(super) fn address(&self, address: &str) -> Answer {
        let mut rest = address;
        loop {
            match self.table.get(rest) {
                Answer::Nothing if self.table.takes_parts() => {}
                answer => return answer,
            }
            match rest.rfind(['.', ':']) {
                Some(at) if at > 0 => rest = &rest[..at],
                _ => return Answer::Nothing,
            }
        }
    }

    /// Asks for a client: its name first, then its address.
    pub(super) fn client(&self, name: &str, address: &str) -> Answer {
        match self.name(name) {
            Answer::Nothing => self.address(address),
            answer => answer,
        }
    }

    /// Asks for a sender or recipient: the mailbox, its domain and those above, `user@`.
    pub(super) fn mailbox(&self, mailbox: &str) -> Answer {
        if mailbox.is_empty() {
            return self.table.get(NULL_SENDER);
        }
        let whole = self.table.get(mailbox);
        if whole != Answer::Nothing || !self.table.takes_parts() {
            return whole;
        }
        let Some((local, domain)) = mailbox.rsplit_once('@') else {
            return Answer::Nothing;
        };
        match self.name(domain) {
            Answer::Nothing => self.table.get(&format!("{local}@")),
            answer => answer,
        }
    }

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
    use super::super::tables::Tables;
    use super::*;
    use crate::model::Place;
    use crate::mtaconf::source::{Files, Memory, Reader};

    fn with<T>(file: &str, written: &str, use_it: impl FnOnce(Access<'_>) -> T) -> T {
        let store = Memory::new([("t", file)]);
        let files = Files::new(&store, "", None).expect("a folder");
        let reader = Reader::new(&files);
        let tables = Tables::new(&reader);
        let at = Place {
            file: "main.cf".into(),
            line: 1,
            column: 1,
            width: 1,
        };
        let table = tables.open(written, &at);
        use_it(Access {
            table: &table,
            parents: true,
        })
    }

    fn no_lists(words: &str) -> Meaning {
        match words {
            "permit_all_class" => Meaning::Permit,
            "reject_class" => Meaning::Refuse,
            _ => Meaning::Pass,
        }
    }

    #[test]
    fn values_mean_what_access_5_says() {
        for (value, expected) in [
            ("OK", Action::Permit),
            ("ok so be it", Action::Permit),
            ("relay", Action::Permit),
            ("1234567", Action::Permit),
            ("550", Action::Permit),
            ("", Action::Refuse),
            ("permit", Action::Permit),
            ("DISCARD", Action::Permit),
            ("550 no", Action::Refuse),
            ("450 4.7.1 later", Action::Refuse),
            ("Reject", Action::Refuse),
            ("reject go away", Action::Refuse),
            ("defer", Action::Refuse),
            ("check_client_access hash:/x", Action::Refuse),
            ("dunno", Action::Pass),
            ("FILTER smtp:[127.0.0.1]", Action::Pass),
            ("prepend X: y", Action::Pass),
            ("defer_if_permit", Action::DeferIfPermit),
            ("defer_if_reject", Action::Pass),
            ("my_class, reject", Action::Restrictions("my_class, reject")),
            ("250 yes", Action::Restrictions("250 yes")),
            ("okay", Action::Restrictions("okay")),
        ] {
            assert_eq!(action(value), expected, "{value}");
        }
    }

    #[test]
    fn keys_are_tried_from_the_whole_to_the_part() {
        let file = "example.com a\n192.0.2 b\nuser@ c\nme@example.net d\n2001:db8 e\n<> f\n";
        with(file, "hash:t", |access| {
            let value = |answer| match answer {
                Answer::Found(value, _) => value,
                Answer::Nothing => "-".to_owned(),
                Answer::Unknown => "?".to_owned(),
            };
            assert_eq!(value(access.client("mx.example.com", "192.0.2.1")), "a");
            assert_eq!(value(access.client("mx.example.net", "192.0.2.1")), "b");
            assert_eq!(value(access.client("unknown", "2001:db8:1::5")), "e");
            assert_eq!(value(access.mailbox("x@sub.example.com")), "a");
            assert_eq!(value(access.mailbox("me@example.net")), "d");
            assert_eq!(value(access.mailbox("user@example.net")), "c");
            assert_eq!(value(access.mailbox("")), "f");
            assert_eq!(value(access.mailbox("x@example.net")), "-");
            let exact = Access {
                parents: false,
                ..access
            };
            assert_eq!(value(exact.name("mx.example.com")), "-");
        });
        with("/^example\\.com$/ a", "pcre:t", |access| {
            assert_eq!(access.name("mx.example.com"), Answer::Nothing);
            assert_eq!(access.mailbox("x@example.com"), Answer::Nothing);
        });
    }

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
