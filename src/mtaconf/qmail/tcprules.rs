//! The source of tcprules: which clients get which environment.
//!
//! In: a text such as tcp.smtp. Out: rules with their lines. The most exact address wins, whatever the order;
//! of two rules for one address the first does. A line that tcprules cannot read is named: tcprules then writes
//! no new database, and the old one stays in force.
//!
//! Limits: [`MOST_ENTRIES`] rules a file.
//!
//! References: tcprules(1).

use crate::mtaconf::lists::{MOST_ENTRIES, entries};
use crate::mtaconf::nets::Net;
use crate::mtaconf::source::{Reader, Text};
use std::net::{IpAddr, Ipv4Addr};

/// Whom a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// All for whom there is no other.
    Others,
    /// A stretch of addresses.
    Net(Net),
    /// A host by its name, `=name`, or all with a name, `=`.
    Host(String),
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// Its physical line.
    pub(super) line: u32,
    /// The address as it is written.
    pub(super) written: String,
    /// Whom it is for.
    pub(super) who: Who,
    /// Whether the connection is refused.
    pub(super) deny: bool,
    /// Whether it sets RELAYCLIENT.
    pub(super) relays: bool,
}

/// Reads the rules of a file; what is no rule is remembered.
pub(super) fn read(reader: &Reader<'_>, text: &Text) -> Vec<Rule> {
    let mut rules = Vec::new();
    for entry in entries(text, &['#']) {
        if rules.len() >= MOST_ENTRIES {
            reader.miss(&text.name, &format!("more than {MOST_ENTRIES} rules"));
            break;
        }
        match rule(entry.line, entry.text) {
            Some(rule) => rules.push(rule),
            None => reader.miss(
                &format!("{}:{}", text.name, entry.line),
                "tcprules cannot read this line, and leaves the old database in force",
            ),
        }
    }
    rules
}

/// Reads one rule.
fn rule(line: u32, text: &str) -> Option<Rule> {
    let (written, instructions) = text.split_once(':')?;
    let (deny, mut rest) = match instructions.strip_prefix("allow") {
        Some(rest) => (false, rest),
        None => (true, instructions.strip_prefix("deny")?),
    };
    let mut relays = false;
    while !rest.is_empty() {
        // ,VAR"value" with any character in the place of the quotes, or ,VAR="value".
        rest = rest.strip_prefix(',')?;
        let (name, after) = rest.split_once('=')?;
        let quote = after.chars().next()?;
        let (_, after) = after[quote.len_utf8()..].split_once(quote)?;
        relays |= name == "RELAYCLIENT";
        rest = after;
    }
    Some(Rule {
        line,
        written: written.to_owned(),
        who: who(written)?,
        deny,
        relays,
    })
}

/// Reads an address: `info@` before it makes it exacter, which is of no matter here.
fn who(written: &str) -> Option<Who> {
    let address = written.rsplit('@').next().unwrap_or(written);
    if address.is_empty() {
        return Some(Who::Others);
    }
    if let Some(host) = address.strip_prefix('=') {
        return Some(Who::Host(host.to_owned()));
    }
    if let Ok(address) = address.parse::<IpAddr>() {
        return Some(Who::Net(Net::host(address)));
    }
    // Newer versions of ucspi-tcp know networks with a length.
    if let Ok(net) = Net::parse(address) {
        return Some(Who::Net(net));
    }
    range(address).map(Who::Net)
}

/// Reads leading octets, of which the last may be a range: `10.`, `192.0.2.`, `10.0-255.`, `192.0.2.1-9`.
fn range(address: &str) -> Option<Net> {
    let whole = !address.ends_with('.');
    let parts: Vec<&str> = address.trim_end_matches('.').split('.').collect();
    let (last, before) = parts.split_last()?;
    if parts.len() > 4 || (whole && parts.len() != 4) {
        return None;
    }
    let mut from = [0_u8; 4];
    let mut to = [255_u8; 4];
    for (index, part) in before.iter().enumerate() {
        let octet = part.parse().ok()?;
        *from.get_mut(index)? = octet;
        *to.get_mut(index)? = octet;
    }
    let (first, end) = last.split_once('-').unwrap_or((last, last));
    *from.get_mut(before.len())? = first.parse().ok()?;
    *to.get_mut(before.len())? = end.parse().ok()?;
    Net::range(
        IpAddr::V4(Ipv4Addr::from(from)),
        IpAddr::V4(Ipv4Addr::from(to)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_addresses_and_instructions() {
        for (text, expected) in [
            (
                ":allow,RELAYCLIENT=\"\",RBLSMTPD=\"\"",
                Some(("others", false, true)),
            ),
            (":allow", Some(("others", false, false))),
            (
                "10.:allow,RELAYCLIENT=\"\"",
                Some(("10.0.0.0/8", false, true)),
            ),
            (
                "10.0-255.:allow,RELAYCLIENT=xx",
                Some(("10.0.0.0/8", false, true)),
            ),
            (
                "192.0.2.10-20:allow,RELAYCLIENT=\"\"",
                Some(("192.0.2.10-192.0.2.20", false, true)),
            ),
            ("192.0.2.1:deny", Some(("192.0.2.1", true, false))),
            (
                "=.example.com:allow,X=\"RELAYCLIENT\"",
                Some(("=.example.com", false, false)),
            ),
            ("joe@192.0.2.1:allow", Some(("192.0.2.1", false, false))),
            ("127:allow", None),
            ("10.:allow,RELAYCLIENT", None),
            ("10.:allow,RELAYCLIENT=\"", None),
            ("10.20-10.:allow", None),
            ("10.0.0.0.0.:allow", None),
            ("10.:permit", None),
            ("10.", None),
        ] {
            let read = rule(1, text).map(|rule| {
                let who = match rule.who {
                    Who::Others => "others".to_owned(),
                    Who::Net(net) => net.to_string(),
                    Who::Host(name) => format!("={name}"),
                };
                (who, rule.deny, rule.relays)
            });
            let expected = expected.map(|(who, deny, relays)| (who.to_owned(), deny, relays));
            assert_eq!(read, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "([0-9.:,=\"@é-]|allow|deny|RELAYCLIENT){0,30}") {
            let _ = rule(1, &text);
        }
    }
}
