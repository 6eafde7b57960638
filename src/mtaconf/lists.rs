//! Lists as several products have them: one entry a line, domains that should be one's own, networks that
//! should be narrow.
//!
//! In: texts and what their readers made of them. Out: entries with their lines, and findings. What a line
//! means is its product's business.
//!
//! Limits: [`MOST`] findings of a rule about one file, and [`MOST_ENTRIES`] entries of a list of networks.

use super::nets::{Breadth, Net, covers_everybody};
use super::source::{Text, short};
use super::{Context, Scene, domains, raise};
use crate::model::{Envelope, Finding, Place, Rule, Severity};
use std::net::IpAddr;

/// The most findings of one rule about one file.
const MOST: usize = 50;

/// The most entries that are kept of a list of networks or domains.
pub(super) const MOST_ENTRIES: usize = 1_000_000;

/// The most installations of one dialect in an input: each is looked for all over it.
pub(super) const MOST_ROOTS: usize = 100;

/// Remembers that there may be more installations than are looked at.
pub(super) fn tell_roots(scene: &Scene<'_>) {
    if scene.roots.len() >= MOST_ROOTS {
        let why = format!("no more than {MOST_ROOTS} are looked at");
        scene.reader.miss("further installations", &why);
    }
}

/// An entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    /// Its physical line.
    pub(super) line: u32,
    /// What stands there, without blanks around it.
    pub(super) text: &'t str,
}

impl Entry<'_> {
    /// Names it in its file.
    pub(super) fn place(&self, text: &Text) -> Place {
        text.find_on(self.line, self.text)
    }
}

/// Gives the lines of a file that are neither blank nor, by their first character, comments.
pub(super) fn entries<'t>(
    text: &'t Text,
    comments: &'static [char],
) -> impl Iterator<Item = Entry<'t>> {
    text.lines().filter_map(move |(line, whole)| {
        let text = whole.trim();
        (!text.is_empty() && !text.starts_with(comments)).then_some(Entry { line, text })
    })
}

/// Tells whether a name means this host or this site whoever owns the domains.
fn is_here(name: &str, context: &Context) -> bool {
    let name = name.trim_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or("");
    let known = ["localhost", "localdomain", "local", "lan", "internal"];
    known.contains(&last)
        || name.starts_with('[')
        || name.parse::<IpAddr>().is_ok()
        || context
            .hostname
            .as_ref()
            .is_some_and(|host| name.eq_ignore_ascii_case(host))
}

/// Tells whether a domain is known to be a stranger's.
pub(super) fn is_foreign(domain: &str, context: &Context) -> bool {
    let bare = domain.trim_matches('.');
    !bare.is_empty() && context.is_foreign(bare) && !is_here(bare, context)
}

/// Raises a rule for each domain of a file that is a stranger's. `what` says what the file does with it.
pub(super) fn foreign<'t>(
    scene: &Scene<'_>,
    rule: &'static Rule,
    subject: &str,
    text: &Text,
    domains: impl Iterator<Item = Entry<'t>>,
    what: &str,
) -> Vec<Finding> {
    let strange = domains.filter(|entry| is_foreign(entry.text, scene.context));
    cap(strange.map(|entry| {
        let place = entry.place(text);
        let message = format!(
            "{} is not among the own domains, and {what}.",
            short(entry.text)
        );
        let reader = scene.reader;
        raise::finding(reader, rule, subject, entry.text, place, message)
    }))
}

/// Takes the first [`MOST`] findings; the last says that there are more. The rest is not made.
pub(super) fn cap(all: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut all = all.into_iter();
    let mut found: Vec<Finding> = all.by_ref().take(MOST).collect();
    if all.next().is_some()
        && let Some(last) = found.last_mut()
    {
        last.message.push_str(" There are more like it.");
    }
    found
}

/// Judges the networks of a list: gives those that are too wide, by index. Where they cover everybody only
/// together, the widest of each kind that does so stands for all.
pub(super) fn too_wide(context: &Context, nets: &[Net]) -> Vec<(usize, Breadth)> {
    let trusted = |net: &Net| context.unexpected(std::slice::from_ref(net)).is_empty();
    let mut wide: Vec<(usize, Breadth)> = nets
        .iter()
        .enumerate()
        .filter(|(_, net)| !trusted(net))
        .map(|(index, net)| (index, net.breadth()))
        .filter(|(_, breadth)| breadth.severity().is_some())
        .collect();
    let alone = wide.iter().any(|(_, b)| *b == Breadth::Everybody);
    if !alone && covers_everybody(&context.unexpected(nets)) {
        let widest = wide.iter_mut().max_by_key(|(index, breadth)| {
            let size = nets.get(*index).map_or(0, |net| net.size());
            (*breadth, size, std::cmp::Reverse(*index))
        });
        if let Some((_, breadth)) = widest {
            *breadth = Breadth::Everybody;
        }
    }
    wide
}

/// Says how wide a network is.
pub(super) fn says(breadth: Breadth) -> &'static str {
    match breadth {
        Breadth::Everybody => "everybody",
        Breadth::High => "a large part of the Internet",
        Breadth::Medium => "a wide public range",
        Breadth::Private => "a whole private range",
        Breadth::Narrow => "a narrow range",
    }
}

/// Gives the severity of a breadth, or low where it is none.
pub(super) fn severity(breadth: Breadth) -> Severity {
    breadth.severity().unwrap_or(Severity::Low)
}

/// Gives the envelope of any outsider.
pub(super) fn anybody() -> Envelope {
    Envelope {
        recipient: Some(domains::OUTSIDE_RECIPIENT.to_owned()),
        ..Envelope::default()
    }
}

/// Gives the envelope of a client of a network.
pub(super) fn client_of(net: Net) -> Envelope {
    let client = match net.breadth() {
        Breadth::Everybody => None,
        _ => Some(net.to_string()),
    };
    Envelope {
        client,
        ..anybody()
    }
}

/// Gives where a part of a text, borrowed from it, begins.
pub(super) fn offset_of(text: &Text, part: &str) -> Option<usize> {
    let at = (part.as_ptr() as usize).checked_sub(text.as_str().as_ptr() as usize)?;
    text.as_str().get(at..)?.starts_with(part).then_some(at)
}

/// Names a file that is not there and belongs there.
pub(super) fn absent(name: &str) -> Place {
    Place {
        file: name.into(),
        line: 0,
        column: 0,
        width: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(list: &[&str]) -> Vec<Net> {
        let net = |text: &&str| Net::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        list.iter().map(net).collect()
    }

    #[test]
    fn comments_and_blank_lines_are_no_entries() {
        let text = Text::new("x", b"# a\n\n  b \r\n;c\nd#e".to_vec());
        let found: Vec<(u32, &str)> = entries(&text, &['#', ';'])
            .map(|e| (e.line, e.text))
            .collect();
        assert_eq!(found, [(3, "b"), (5, "d#e")]);
    }

    #[test]
    fn the_widest_stands_for_a_list_that_covers_everybody_together() {
        let context = Context::default();
        let list = nets(&["192.0.2.0/24", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8"]);
        assert_eq!(
            too_wide(&context, &list),
            [(1, Breadth::Everybody), (2, Breadth::High)]
        );
        assert_eq!(too_wide(&context, &list[..1]), []);
    }

    #[test]
    fn what_is_trusted_on_purpose_is_not_too_wide() {
        let context = Context {
            trusted: nets(&["203.0.0.0/8"]),
            ..Context::default()
        };
        let list = nets(&["203.0.0.0/16", "198.51.0.0/16"]);
        assert_eq!(too_wide(&context, &list), [(1, Breadth::Medium)]);
    }

    #[test]
    fn names_of_this_host_are_nobodys_domain() {
        let context = Context {
            own_domains: vec!["example.com".to_owned()],
            hostname: Some("mx.example.net".to_owned()),
            ..Context::default()
        };
        for (name, expected) in [
            ("example.org", true),
            (".example.org", true),
            ("a.example.com", false),
            ("localhost", false),
            ("localhost.localdomain", false),
            ("mx.example.net", false),
            ("[192.0.2.1]", false),
            ("", false),
        ] {
            assert_eq!(is_foreign(name, &context), expected, "{name}");
        }
        assert!(!is_foreign("example.org", &Context::default()));
    }
}
