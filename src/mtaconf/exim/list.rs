//! Lists of domains, hosts, addresses and local parts, item by item.
//!
//! In: the value of a list, with its `$` already expanded. Out: its items, and what each of them stands for.
//!
//! Which of them match is the matter of `matching`.
//!
//! References: Exim specification, chapter 10 "Domain, host, address, and local part lists", and chapter 6.20
//! "List construction".

use super::traced::Traced;
use crate::mtaconf::nets::Net;

/// What a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `domainlist`.
    Domain,
    /// `hostlist`.
    Host,
    /// `addresslist`.
    Address,
    /// `localpartlist`.
    LocalPart,
}

impl Kind {
    /// Reads the word that begins the definition of a named list.
    pub(super) fn of_definition(word: &str) -> Option<Self> {
        match word.strip_suffix("_cache").unwrap_or(word) {
            "domainlist" => Some(Self::Domain),
            "hostlist" => Some(Self::Host),
            "addresslist" => Some(Self::Address),
            "localpartlist" => Some(Self::LocalPart),
            _ => None,
        }
    }
}

/// An item of a list.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Whether it begins with `!`.
    pub(super) negated: bool,
    /// The item without it.
    pub(super) text: Traced,
}

/// What an item stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What<'a> {
    /// The empty item: no host, the empty sender.
    Empty,
    /// Everything.
    All,
    /// The host itself: `@`.
    Own,
    /// The addresses of the host, or what points to it: `@[]`, `@mx_any`.
    OwnAddresses,
    /// Another list: `+name`.
    Named(&'a str),
    /// The lines of a file.
    File(&'a str),
    /// A lookup: its type and its file or query.
    Lookup(&'a str, &'a str),
    /// A regular expression.
    Pattern(&'a str),
    /// An address or network.
    Net(Net),
    /// Whatever ends so: `*x`.
    Ends(&'a str),
    /// A name as it is.
    Name(&'a str),
    /// What cannot be known, such as a macro that is not defined here.
    Unknown(&'static str),
}

/// Splits a list into its items.
pub(super) fn split(list: &Traced) -> Vec<Item> {
    let text = list.as_str();
    let mut at = text.len() - text.trim_start().len();
    let mut separator = ':';
    let mut head = text[at..].chars();
    if let (Some('<'), Some(c)) = (head.next(), head.next())
        && (c.is_ascii_punctuation() || c == '\n')
    {
        separator = c;
        at += 1 + c.len_utf8();
    }
    let mut items = Vec::new();
    loop {
        let rest = &text[at..];
        at += rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_whitespace() && c != separator)
                .len();
        if at >= text.len() {
            return items;
        }
        let (item, next) = one(list, at, separator);
        at = next;
        let trimmed = item.trim();
        items.push(match trimmed.as_str().strip_prefix('!') {
            Some(_) => Item {
                negated: true,
                text: trimmed.slice(1..trimmed.len()).trim(),
            },
            None => Item {
                negated: false,
                text: trimmed,
            },
        });
    }
}

/// Takes one item from an offset on; a doubled separator stands for itself. Gives where the next begins.
fn one(list: &Traced, start: usize, separator: char) -> (Traced, usize) {
    let text = list.as_str();
    let width = separator.len_utf8();
    let mut made: Option<Traced> = None;
    let mut from = start;
    let mut at = start;
    loop {
        let end = text[at..]
            .find(separator)
            .map_or(text.len(), |found| at + found);
        let doubled = text[end..].chars().nth(1) == Some(separator);
        if end < text.len() && doubled {
            let part = list.slice(from..end + width);
            match &mut made {
                Some(made) => made.append(&part, None),
                None => made = Some(part),
            }
            from = end + 2 * width;
            at = from;
            continue;
        }
        let part = list.slice(from..end);
        let item = match made {
            Some(mut made) => {
                if part.len() > 0 {
                    made.append(&part, None);
                }
                made
            }
            None => part,
        };
        return (item, (end + width).min(text.len()));
    }
}

/// Reads an item.
pub(super) fn what(kind: Kind, text: &str) -> What<'_> {
    if text.contains(super::expand::UNKNOWN) {
        return What::Unknown("it comes out of an expansion");
    }
    match text {
        "" => return What::Empty,
        "*" => return What::All,
        "@" if kind != Kind::Address => return What::Own,
        _ if text.starts_with("@[]") || text.starts_with("@mx_") => return What::OwnAddresses,
        _ => {}
    }
    if let Some(name) = text.strip_prefix('+') {
        return What::Named(name);
    }
    if text.starts_with('/') {
        return What::File(text);
    }
    if text.starts_with('^') {
        return What::Pattern(text);
    }
    if let Some(net) = net(text).filter(|_| kind == Kind::Host) {
        return What::Net(net);
    }
    if let Some((lookup, query)) = lookup(text) {
        return What::Lookup(lookup, query);
    }
    if is_macro(text) {
        return What::Unknown("it looks like a macro that is not defined in these files");
    }
    if text.contains(super::expand::is_mark) {
        return What::Unknown("it is made of what the client says");
    }
    match text.strip_prefix('*') {
        Some(end) => What::Ends(end),
        None => What::Name(text),
    }
}

/// Reads an address or network as host lists have them: host bits do no harm, there are no masks of octets.
fn net(text: &str) -> Option<Net> {
    let bare = text
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text);
    match bare.split_once('/') {
        None => bare.parse().ok().map(Net::host),
        Some((address, length)) => {
            let plain = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
            let length = plain.then(|| length.parse().ok()).flatten()?;
            Net::of(address.parse().ok()?, length)
        }
    }
}

/// Reads `type;query`.
fn lookup(text: &str) -> Option<(&str, &str)> {
    let (kind, query) = text.split_once(';')?;
    let word = |c: char| c.is_ascii_alphanumeric() || "-_*@,=()".contains(c);
    let kind = kind.trim();
    (!kind.is_empty() && kind.chars().all(word)).then(|| (kind, query.trim()))
}

/// Tells whether a word is written as macros are: no domain or host is.
fn is_macro(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.contains('_')
        && text.chars().all(word)
        && !text.contains(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::Text;
    use std::sync::Arc;

    fn items(text: &str) -> Vec<String> {
        let file = Arc::new(Text::new("x", text.into()));
        let list = Traced::of_file(&file, 0..text.len(), 1);
        let shown = |item: &Item| {
            format!(
                "{}{}",
                if item.negated { "!" } else { "" },
                item.text.as_str()
            )
        };
        split(&list).iter().map(shown).collect()
    }

    #[test]
    fn splits_lists_as_exim_does() {
        for (text, expected) in [
            ("", &[][..]),
            ("  ", &[]),
            (":", &[""]),
            ("a : b:c", &["a", "b", "c"]),
            ("a :", &["a"]),
            (": a", &["", "a"]),
            ("127.0.0.1 : ::::1 : x", &["127.0.0.1", "::1", "x"]),
            ("fe80::::1", &["fe80::1"]),
            ("<; 127.0.0.1 ; ::1;", &["127.0.0.1", "::1"]),
            (
                "<; 192.0.2.0/24;0.0.0.0/0;::/0",
                &["192.0.2.0/24", "0.0.0.0/0", "::/0"],
            ),
            ("! a : !  +b", &["!a", "!+b"]),
            ("<\n a \n b", &["a", "b"]),
            ("a ::b", &["a :b"]),
            (":: a", &[": a"]),
            (":::1", &[":", "1"]),
            ("a::", &["a:"]),
            ("<", &["<"]),
        ] {
            assert_eq!(items(text), expected, "{text:?}");
        }
    }

    #[test]
    fn reads_items() {
        let net = |text: &str| What::Net(Net::parse(text).expect("a network"));
        for (kind, text, expected) in [
            (Kind::Host, "192.0.2.7/24", net("192.0.2.0/24")),
            (Kind::Host, "::1", net("::1")),
            (Kind::Host, "[::1]", net("::1")),
            (
                Kind::Host,
                "192.0.2.0/255.255.255.0",
                What::Name("192.0.2.0/255.255.255.0"),
            ),
            (Kind::Host, "*.example.com", What::Ends(".example.com")),
            (Kind::Domain, "192.0.2.1", What::Name("192.0.2.1")),
            (Kind::Domain, "@mx_any", What::OwnAddresses),
            (
                Kind::Domain,
                "lsearch;/etc/d",
                What::Lookup("lsearch", "/etc/d"),
            ),
            (
                Kind::Host,
                "net24-lsearch*;/etc/d",
                What::Lookup("net24-lsearch*", "/etc/d"),
            ),
            (Kind::Domain, "/etc/d", What::File("/etc/d")),
            (Kind::Domain, "^.*", What::Pattern("^.*")),
            (Kind::Domain, "+x", What::Named("x")),
            (Kind::Address, "*@x", What::Ends("@x")),
        ] {
            assert_eq!(what(kind, text), expected, "{text}");
        }
        assert!(matches!(
            what(Kind::Host, "MAIN_RELAY_NETS"),
            What::Unknown(_)
        ));
        assert_eq!(what(Kind::Host, "MAIL"), What::Name("MAIL"));
    }
}
