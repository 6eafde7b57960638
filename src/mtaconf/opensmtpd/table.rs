//! Tables of smtpd.conf and what matches in them.
//!
//! In: the values of a list or mapping, or a file of them. Out: whether a domain, an address or a client is in
//! it, matched as smtpd does: a star takes as little as it can and never gives back, an address without a domain
//! is a user, `@` alone is everybody.
//!
//! What lies in a database, a directory or a program of somebody is [`Table::known`] to nobody.
//!
//! Limits: [`MOST_ENTRIES`] of a table are kept; regular expressions are bounded by [`Pattern`].
//!
//! References: table(5); `hostname_match`, `mailaddr_match` and `table_regex_match` of smtpd.

use super::super::nets::Net;
use super::super::pattern::Pattern;
use super::super::source::Text;
use super::super::spot::{Spot, lines};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

/// The most entries of a table; more are more than anybody lists domains in a file.
const MOST_ENTRIES: usize = 200_000;

/// An entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The value of a list, the key of a mapping.
    pub(super) key: String,
    /// What the key stands for.
    pub(super) value: Option<String>,
    /// Where it stands.
    pub(super) spot: Spot,
}

/// A table, or words that stand in the place of one.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Its name; empty for words in the place of one.
    pub(super) name: String,
    /// Where it is declared.
    pub(super) spot: Spot,
    /// What it holds; shared by all tables of one file.
    pub(super) entries: Rc<[Entry]>,
    /// Whether all it holds was read.
    pub(super) known: bool,
}

/// What a value is matched as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As<'a> {
    /// A domain or host name.
    Domain(&'a str),
    /// A mail address.
    Address(&'a str),
    /// The address of a client.
    Client(IpAddr),
}

impl Table {
    /// Tells whether a value is in it; nothing where that is not known.
    pub(super) fn matches(&self, value: As<'_>, regex: bool) -> Option<bool> {
        let mut doubt = !self.known;
        for entry in self.entries.iter() {
            let hit = match (regex, value) {
                (true, As::Domain(text) | As::Address(text)) => matches_pattern(&entry.key, text),
                (true, As::Client(address)) => matches_pattern(&entry.key, &address.to_string()),
                (false, As::Domain(domain)) => Some(host_matches(domain, &entry.key)),
                (false, As::Address(address)) => Some(address_matches(address, &entry.key)),
                (false, As::Client(address)) => {
                    Some(net(&entry.key).is_some_and(|n| n.has(address)))
                }
            };
            match hit {
                Some(true) => return Some(true),
                Some(false) => {}
                None => doubt = true,
            }
        }
        (!doubt).then_some(false)
    }

    /// Gives the networks among its entries.
    pub(super) fn nets(&self) -> Vec<(Net, &Entry)> {
        let nets = self.entries.iter();
        nets.filter_map(|entry| Some((net(&entry.key)?, entry)))
            .collect()
    }
}

/// Reads a file of entries: a key, and for a mapping its value after spaces or a colon.
pub(super) fn read_file(text: &Arc<Text>) -> (Rc<[Entry]>, bool) {
    let mut entries = Vec::new();
    for (start, line) in lines(text) {
        let bare = line.split('#').next().unwrap_or("");
        let trimmed = bare.trim_start();
        let at = start + bare.len() - trimmed.len();
        let key = trimmed.split_whitespace().next().unwrap_or("");
        if key.is_empty() {
            continue;
        }
        if entries.len() >= MOST_ENTRIES {
            return (entries.into(), false);
        }
        let value = trimmed[key.len()..].trim();
        entries.push(Entry {
            // "user: other" is how aliases are written.
            key: key.strip_suffix(':').unwrap_or(key).to_owned(),
            value: (!value.is_empty()).then(|| value.to_owned()),
            spot: Spot::new(text, at, at + key.len()),
        });
    }
    (entries.into(), true)
}

/// Reads a network as netaddr tables have them: host bits and `ipv6:` are forgiven.
pub(super) fn net(text: &str) -> Option<Net> {
    let bare = text.replace(['[', ']'], "");
    let bare = match bare.get(..5) {
        Some(prefix) if prefix.eq_ignore_ascii_case("ipv6:") => &bare[5..],
        _ => &bare,
    };
    match bare.split_once('/') {
        Some((address, length)) => Net::of(address.parse().ok()?, length.parse().ok()?),
        None => bare.parse().ok().map(Net::host),
    }
}

/// Compiles a regular expression of a table and matches; nothing where that cannot be told.
fn matches_pattern(pattern: &str, text: &str) -> Option<bool> {
    let (pattern, ignore) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    Pattern::new(pattern, ignore).ok()?.matches(text)
}

/// Matches a host name as smtpd does: a star goes to the first of its next character and stays there.
pub(super) fn host_matches(host: &str, pattern: &str) -> bool {
    let (host, pattern) = (host.as_bytes(), pattern.as_bytes());
    let (mut h, mut p) = (0, 0);
    while p < pattern.len() && h < host.len() {
        if pattern[p] == b'*' {
            while pattern.get(p) == Some(&b'*') {
                p += 1;
            }
            let next = pattern.get(p);
            while h < host.len() && next.is_none_or(|n| !n.eq_ignore_ascii_case(&host[h])) {
                h += 1;
            }
            continue;
        }
        if !pattern[p].eq_ignore_ascii_case(&host[h]) {
            return false;
        }
        p += 1;
        h += 1;
    }
    p == pattern.len() && h == host.len()
}

/// Matches an address with an entry: user, domain or both; what an entry leaves out fits all.
pub(super) fn address_matches(address: &str, entry: &str) -> bool {
    let split = |text: &str| match text.rsplit_once('@') {
        Some((user, domain)) => (user.to_owned(), domain.to_owned()),
        None => (text.to_owned(), String::new()),
    };
    let (user, domain) = split(address);
    let (wanted_user, wanted_domain) = split(entry);
    if !wanted_domain.is_empty() && !host_matches(&domain, &wanted_domain) {
        return false;
    }
    if wanted_user.is_empty() {
        return true;
    }
    let user = match wanted_user.contains('+') {
        true => user.as_str(),
        false => user.split('+').next().unwrap_or(""),
    };
    user.eq_ignore_ascii_case(&wanted_user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_as_smtpd_matches_them() {
        for (host, pattern, expected) in [
            ("example.com", "example.com", true),
            ("Example.COM", "example.com", true),
            ("a.example.com", "example.com", false),
            ("a.example.com", "*.example.com", true),
            // The star stops at the first dot and does not go on from there.
            ("a.b.example.com", "*.example.com", false),
            ("anything", "*", true),
            ("a.b.c", "*", true),
            ("a.net", "*.net", true),
            ("", "*", false),
        ] {
            assert_eq!(host_matches(host, pattern), expected, "{host} {pattern}");
        }
    }

    #[test]
    fn addresses_match_by_user_domain_or_both() {
        for (address, entry, expected) in [
            ("a@example.com", "@example.com", true),
            ("a@example.com", "a@example.com", true),
            ("b@example.com", "a@example.com", false),
            ("a+x@example.com", "a@example.com", true),
            ("a@example.com", "a", true),
            ("a@example.com", "@", true),
            ("a@sub.example.com", "@*.example.com", true),
            ("a@example.com", "@*", true),
            ("a@example.com", "*", false),
        ] {
            assert_eq!(
                address_matches(address, entry),
                expected,
                "{address} {entry}"
            );
        }
    }

    #[test]
    fn reads_files_and_networks() {
        let text = Arc::new(Text::new("t", "# c\n a  b, c # d\nroot: x\n\n".into()));
        let (entries, all) = read_file(&text);
        let shown: Vec<_> = entries
            .iter()
            .map(|e| (e.key.as_str(), e.value.as_deref(), e.spot.line()))
            .collect();
        assert_eq!(shown, [("a", Some("b, c"), 2), ("root", Some("x"), 3)]);
        assert!(all);
        for (text, expected) in [
            ("192.0.2.1/24", Some("192.0.2.0/24")),
            ("ipv6:2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::]/32", Some("2001:db8::/32")),
            ("local", None),
        ] {
            assert_eq!(net(text).map(|n| n.to_string()).as_deref(), expected);
        }
    }
}
