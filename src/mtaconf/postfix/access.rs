//! Access tables: what their values mean, and how they are asked for clients, HELO names and mailboxes.
//!
//! In: a [`Table`] and the style of matching. Out: what it answers for a given client, name or mailbox, and what a
//! value means. Values that are lists of restrictions are left to the caller, which knows how to evaluate them.
//!
//! Deliberately says nothing of clients in general; `strangers` does.
//!
//! References: access(5), SMTPD_ACCESS_README.

use super::tables::{Answer, Entry, Table};
use std::net::IpAddr;

/// What Postfix calls a client without a verified name. Whoever wants it has it, by having no reverse name.
pub(super) const NO_NAME: &str = "unknown";

/// What the null sender is looked up as.
pub(super) const NULL_SENDER: &str = "<>";

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
    /// Nothing.
    pub(super) const NOTHING: Self = Self {
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
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tables::Tables;
    use super::*;
    use crate::model::Place;
    use crate::mtaconf::source::{Files, Memory, Reader};

    pub(in crate::mtaconf::postfix) fn with<T>(
        file: &str,
        written: &str,
        use_it: impl FnOnce(Access<'_>) -> T,
    ) -> T {
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

    pub(in crate::mtaconf::postfix) fn no_lists(words: &str) -> Meaning {
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
}
