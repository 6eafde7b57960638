//! Courier's access files: which clients get which environment.
//!
//! In: the files of the directory smtpaccess. Out: entries with their lines. The most exact key is used alone.
//!
//! References: makesmtpaccess(8), couriertcpd(1).

use crate::mtaconf::lists::{MOST_ENTRIES, entries};
use crate::mtaconf::nets::Net;
use crate::mtaconf::source::{Reader, Text};
use std::net::{IpAddr, Ipv6Addr};

/// Whom an entry is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// All for whom there is no other.
    Others,
    /// A stretch of addresses.
    Net(Net),
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Access {
    /// Its physical line.
    pub(super) line: u32,
    /// The key as it is written.
    pub(super) key: String,
    /// Whom it is for.
    pub(super) who: Who,
    /// Whether the connection is refused.
    pub(super) deny: bool,
    /// Whether it sets RELAYCLIENT.
    pub(super) relays: bool,
}

/// Reads the entries of a file; what is none is remembered.
pub(super) fn read(reader: &Reader<'_>, text: &Text) -> Vec<Access> {
    let mut found = Vec::new();
    for entry in entries(text, &['#']) {
        if found.len() >= MOST_ENTRIES {
            reader.miss(&text.name, &format!("more than {MOST_ENTRIES} entries"));
            break;
        }
        match access(entry.line, entry.text) {
            Some(access) => found.push(access),
            None => {
                let what = format!("{}:{}", text.name, entry.line);
                reader.miss(&what, "no entry of an access file");
            }
        }
    }
    found
}

fn access(line: u32, text: &str) -> Option<Access> {
    let (key, rest) = text.split_once(['\t', ' '])?;
    let mut words = rest.trim_start().split(',');
    let deny = match words.next()?.trim() {
        "allow" => false,
        "deny" => true,
        _ => return None,
    };
    let variable = |word: &str| word.split('=').next() == Some("RELAYCLIENT");
    Some(Access {
        line,
        key: key.to_owned(),
        who: who(key)?,
        deny,
        relays: words.any(|word| variable(word.trim())),
    })
}

fn who(key: &str) -> Option<Who> {
    if key == "*" {
        return Some(Who::Others);
    }
    let net = match key.strip_prefix(':') {
        Some(groups) => groups_of(groups),
        None => Net::octets(key).or_else(|| Net::parse(key).ok()),
    };
    net.map(Who::Net)
}

/// Reads leading groups of an IPv6 address, written out.
fn groups_of(text: &str) -> Option<Net> {
    let mut groups = [0_u16; 8];
    let mut count = 0;
    for part in text.trim_end_matches(':').split(':') {
        *groups.get_mut(count)? = u16::from_str_radix(part, 16).ok()?;
        count += 1;
    }
    let length = u32::try_from(count).ok()? * 16;
    Net::of(IpAddr::V6(Ipv6Addr::from(groups)), length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_keys_and_variables() {
        for (text, expected) in [
            (
                "127.0.0.1\tallow,RELAYCLIENT",
                Some(("127.0.0.1", false, true)),
            ),
            ("10\tallow,RELAYCLIENT", Some(("10.0.0.0/8", false, true))),
            (
                "192.0.2\tallow,BOFHCHECKDNS=0,RELAYCLIENT=@x",
                Some(("192.0.2.0/24", false, true)),
            ),
            ("192.0.2.0/25\tallow", Some(("192.0.2.0/25", false, false))),
            ("198.51.100.9\tdeny", Some(("198.51.100.9", true, false))),
            ("*\tallow,RELAYCLIENT", Some(("*", false, true))),
            (
                ":2001:0db8\tallow,RELAYCLIENT",
                Some(("2001:db8::/32", false, true)),
            ),
            (
                ":0000:0000:0000:0000:0000:0000:0000:0001\tallow,RELAYCLIENT",
                Some(("::1", false, true)),
            ),
            (
                "10\tallow,FAXRELAYCLIENT",
                Some(("10.0.0.0/8", false, false)),
            ),
            ("10\tpermit", None),
            ("10", None),
            ("mail.example.com\tallow", None),
            (":1:2:3:4:5:6:7:8:9\tallow", None),
        ] {
            let read = access(1, text).map(|access| {
                let who = match access.who {
                    Who::Others => "*".to_owned(),
                    Who::Net(net) => net.to_string(),
                };
                (who, access.deny, access.relays)
            });
            let expected = expected.map(|(who, deny, relays)| (who.to_owned(), deny, relays));
            assert_eq!(read, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "([0-9a-f.:*/,=\té]|allow|deny|RELAYCLIENT){0,30}") {
            let _ = access(1, &text);
        }
    }
}
