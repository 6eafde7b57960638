//! The access map, the table of virtual users, and how wide an entry is.
//!
//! In: the texts that makemap reads: a key, spaces, a value; a line that begins with `#` is a comment. Out: the
//! entries that have a bearing on relaying.
//!
//! Limits: [`MOST_ENTRIES`] entries of a table.
//!
//! References: cf/README, "Anti-spam configuration control" and "Virtual users"; makemap(8).

use super::super::domains;
use super::super::nets::{Breadth, Net};
use super::super::source::Text;
use super::super::spot::{Spot, lines};
use crate::model::Severity;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// The most entries of a table that are kept.
const MOST_ENTRIES: usize = 200_000;

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Clients.
    Connect,
    /// Senders.
    From,
    /// Recipients.
    To,
    /// All of them.
    None,
}

/// An entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What it is for.
    pub(super) tag: Tag,
    /// Its key without the tag.
    pub(super) key: String,
    /// Its value.
    pub(super) value: String,
    /// Where the key stands, with its tag.
    pub(super) spot: Spot,
}

impl Entry {
    /// Tells whether it lets relay.
    pub(super) fn relays(&self) -> bool {
        self.value.eq_ignore_ascii_case("RELAY")
    }

    /// Tells whether it refuses.
    pub(super) fn rejects(&self) -> bool {
        self.value.eq_ignore_ascii_case("REJECT")
    }
}

/// Reads an access table; false where it has more entries than are kept.
pub(super) fn access(text: &Arc<Text>) -> (Vec<Entry>, bool) {
    let rows = rows(text).filter_map(|(key, value, spot)| {
        let (tag, key) = match key.split_once(':') {
            Some((tag, rest)) if !tag.eq_ignore_ascii_case("ipv6") => {
                let tag = match tag.to_ascii_lowercase().as_str() {
                    "connect" => Tag::Connect,
                    "from" => Tag::From,
                    "to" => Tag::To,
                    // Of no concern here: Spam, GreetPause, TLS_Clt, AuthInfo and the like.
                    _ => return None,
                };
                (tag, rest)
            }
            _ => (Tag::None, key),
        };
        Some(Entry {
            tag,
            key: key.to_owned(),
            value: value.to_owned(),
            spot,
        })
    });
    gather(rows)
}

/// Reads a table of virtual users.
pub(super) fn virtual_users(text: &Arc<Text>) -> (Vec<Entry>, bool) {
    gather(rows(text).map(|(key, value, spot)| Entry {
        tag: Tag::None,
        key: key.to_owned(),
        value: value.to_owned(),
        spot,
    }))
}

fn gather(rows: impl Iterator<Item = Entry>) -> (Vec<Entry>, bool) {
    let mut rows = rows;
    let entries = rows.by_ref().take(MOST_ENTRIES).collect();
    (entries, rows.next().is_none())
}

fn rows(text: &Arc<Text>) -> impl Iterator<Item = (&str, &str, Spot)> {
    lines(text).filter_map(|(start, line)| {
        if line.starts_with(['#', ' ', '\t']) {
            return None;
        }
        let (key, value) = line.split_once(char::is_whitespace)?;
        let spot = Spot::new(text, start, start + key.len());
        Some((key, value.trim(), spot))
    })
}

/// Reads an address or its leading part as classes and maps have it: octets, or `IPv6:` and groups.
pub(super) fn net(text: &str) -> Option<Net> {
    let bare = text.trim_matches(['[', ']']);
    let Some(groups) = bare
        .get(..5)
        .filter(|prefix| prefix.eq_ignore_ascii_case("ipv6:"))
        .map(|_| &bare[5..])
    else {
        return Net::octets(bare);
    };
    if let Ok(address) = groups.parse::<Ipv6Addr>() {
        return Some(Net::host(IpAddr::V6(address)));
    }
    let mut filled = [0; 8];
    let parts: Vec<&str> = groups.trim_end_matches(':').split(':').collect();
    if parts.len() > 8 {
        return None;
    }
    for (group, part) in filled.iter_mut().zip(&parts) {
        *group = u16::from_str_radix(part, 16).ok()?;
    }
    let length = u32::try_from(parts.len()).ok()? * 16;
    Net::of(IpAddr::V6(filled.into()), length)
}

/// Judges an entry of class R or of the access map: a top-level domain, or a wide part of an address.
pub(super) fn width(key: &str) -> Option<Severity> {
    match net(key) {
        Some(net) => match net.breadth() {
            Breadth::Narrow | Breadth::Private => None,
            Breadth::Medium => Some(Severity::Medium),
            Breadth::High | Breadth::Everybody => Some(Severity::High),
        },
        None => (!key.contains('@') && domains::is_top_level(key)).then_some(Severity::High),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<String> {
        let text = Arc::new(Text::new("access", text.into()));
        let shown = access(&text).0.into_iter();
        shown
            .map(|e| format!("{:?} {} {} {}", e.tag, e.key, e.value, e.spot.line()))
            .collect()
    }

    #[test]
    fn reads_tags_keys_and_values() {
        let text = "# c\nConnect:192.0.2\tRELAY\nconnect:x.example REJECT\nFrom:a@b.example   RELAY\n\
                    IPv6:2001:db8 RELAY\nexample.com RELAY\nSpam:x@ FRIEND\nnovalue\nTo:z ERROR:5.1.1:\"550 no\"\n";
        assert_eq!(
            read(text),
            [
                "Connect 192.0.2 RELAY 2",
                "Connect x.example REJECT 3",
                "From a@b.example RELAY 4",
                "None IPv6:2001:db8 RELAY 5",
                "None example.com RELAY 6",
                "To z ERROR:5.1.1:\"550 no\" 9",
            ]
        );
    }

    #[test]
    fn judges_how_wide_an_entry_is() {
        for (key, expected) in [
            ("203", Some(Severity::High)),
            ("203.0", Some(Severity::Medium)),
            ("203.0.113", None),
            ("10", None),
            ("IPv6:2001", Some(Severity::High)),
            ("IPv6:2001:db8", Some(Severity::Medium)),
            ("IPv6:2001:db8:1", None),
            ("IPv6:2001:db8::1", None),
            ("net", Some(Severity::High)),
            ("co.uk", Some(Severity::High)),
            ("example.net", None),
            ("localhost", None),
            ("user@", None),
            ("IPv6:x", None),
        ] {
            assert_eq!(width(key), expected, "{key}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "(\\PC|[\\n\\t :#.A-Za-z0-9\\[\\]])*") {
            for entry in access(&Arc::new(Text::new("a", text.into_bytes()))).0 {
                width(&entry.key);
            }
        }
    }
}
