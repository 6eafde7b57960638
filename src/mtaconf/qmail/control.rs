//! qmail's control directory, as far as it bears on relaying.
//!
//! In: the files of control/. Out: the domains that are taken, with their lines.
//!
//! References: qmail-control(5), qmail-smtpd(8), qmail-send(8).

use crate::mtaconf::lists::{Entry, MOST_ENTRIES, entries};
use crate::mtaconf::source::{Reader, Text, join};
use std::collections::HashSet;
use std::sync::Arc;

/// The longest name that is kept.
const LONGEST: usize = 255;

/// A control directory.
#[derive(Debug)]
pub(super) struct Control {
    /// The directory.
    pub(super) directory: String,
    /// rcpthosts; where it is missing, everything is taken.
    pub(super) rcpthosts: Option<Arc<Text>>,
    /// morercpthosts, the text beside its database.
    pub(super) more: Option<Arc<Text>>,
    /// locals.
    pub(super) locals: Option<Arc<Text>>,
    /// virtualdomains.
    pub(super) virtualdomains: Option<Arc<Text>>,
    /// percenthack.
    percenthack: Option<Arc<Text>>,
    /// The names of rcpthosts and morercpthosts, in lower case.
    accepted: HashSet<String>,
    /// The names of locals.
    delivered: HashSet<String>,
}

impl Control {
    /// Reads a control directory.
    pub(super) fn read(reader: &Reader<'_>, directory: &str) -> Self {
        let own = |name: &str| reader.own(&join(directory, name));
        let (rcpthosts, more) = (own("rcpthosts"), own("morercpthosts"));
        let database = join(directory, "morercpthosts.cdb");
        if more.is_none() && reader.files.has(&database) {
            reader.miss(&database, "a database without the text it was made of");
        }
        let accepted = names(reader, [&rcpthosts, &more].into_iter().flatten());
        let locals = own("locals");
        let delivered = names(reader, locals.iter());
        Self {
            directory: directory.to_owned(),
            rcpthosts,
            more,
            locals,
            virtualdomains: own("virtualdomains"),
            percenthack: own("percenthack"),
            accepted,
            delivered,
        }
    }

    /// Gives the names of rcpthosts, morercpthosts and locals.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.accepted
            .iter()
            .chain(&self.delivered)
            .map(String::as_str)
    }

    /// Tells whether qmail-smtpd takes recipients in a domain: its own name is listed, or a suffix that begins
    /// with a dot.
    pub(super) fn accepts(&self, domain: &str) -> bool {
        if self.rcpthosts.is_none() {
            return true;
        }
        if domain.len() > LONGEST {
            return false;
        }
        let domain = domain.to_ascii_lowercase();
        if self.accepted.contains(&domain) {
            return true;
        }
        let dots = domain.char_indices().filter(|(_, c)| *c == '.');
        dots.map(|(at, _)| &domain[at..])
            .any(|suffix| self.accepted.contains(suffix))
    }

    /// Tells whether a domain is delivered here.
    pub(super) fn knows(&self, domain: &str) -> bool {
        (self.rcpthosts.is_some() && self.accepts(domain))
            || self.delivered.contains(&domain.to_ascii_lowercase())
    }

    /// Tells whether no domain is taken.
    pub(super) fn is_empty(&self) -> bool {
        self.accepted.is_empty()
    }

    /// Gives the domains whose addresses are rewritten at the percent sign and that qmail-smtpd takes.
    pub(super) fn percenthack(&self) -> impl Iterator<Item = (&Text, Entry<'_>)> {
        let text = self.percenthack.as_deref();
        let listed = text.into_iter().flat_map(|text| {
            let with = move |entry| (text, entry);
            lines(text).map(with)
        });
        listed.filter(|(_, entry)| self.accepts(entry.text))
    }
}

/// Takes the names of files together, in lower case.
fn names<'t>(reader: &Reader<'_>, texts: impl Iterator<Item = &'t Arc<Text>>) -> HashSet<String> {
    let mut names = HashSet::new();
    for text in texts {
        for entry in lines(text) {
            if names.len() >= MOST_ENTRIES {
                reader.miss(&text.name, &format!("more than {MOST_ENTRIES} entries"));
                break;
            }
            // No domain is longer; nobody can send to one that is.
            if entry.text.len() <= LONGEST {
                names.insert(entry.text.to_ascii_lowercase());
            }
        }
    }
    names
}

/// Gives the entries of a control file.
pub(super) fn lines(text: &Text) -> impl Iterator<Item = Entry<'_>> {
    entries(text, &['#'])
}

/// Gives the domains of virtualdomains: what stands before the colon, behind an at sign if there is one.
pub(super) fn virtual_domains(text: &Text) -> impl Iterator<Item = Entry<'_>> {
    lines(text).filter_map(|entry| {
        let (address, _) = entry.text.split_once(':')?;
        let domain = address.rsplit('@').next().unwrap_or(address);
        (!domain.is_empty()).then_some(Entry {
            line: entry.line,
            text: domain,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};

    fn control(files: &[(&str, &str)], test: impl FnOnce(&Control)) {
        let store = Memory::new(files.iter().map(|(name, text)| (*name, *text)));
        let files = Files::new(&store, "", None).expect("files");
        test(&Control::read(&Reader::new(&files), "control"));
    }

    #[test]
    fn names_are_exact_and_suffixes_begin_with_a_dot() {
        let files = [
            ("control/rcpthosts", "Example.com\n# x\n.example.net \n"),
            ("control/morercpthosts", "example.org\n"),
        ];
        control(&files, |control| {
            for (domain, expected) in [
                ("example.com", true),
                ("EXAMPLE.COM", true),
                ("a.example.com", false),
                ("a.b.example.net", true),
                ("example.net", false),
                ("example.org", true),
                ("example.info", false),
            ] {
                assert_eq!(control.accepts(domain), expected, "{domain}");
            }
        });
    }

    #[test]
    fn without_rcpthosts_everything_is_taken_and_with_an_empty_one_nothing() {
        control(&[("control/me", "x")], |c| assert!(c.accepts("a.example")));
        control(&[("control/rcpthosts", "")], |c| {
            assert!(!c.accepts("a.example") && c.is_empty());
        });
    }

    #[test]
    fn the_percent_sign_counts_in_domains_that_are_taken() {
        let files = [
            ("control/rcpthosts", "example.com\n"),
            ("control/percenthack", "example.net\nexample.com\n"),
        ];
        control(&files, |control| {
            let hit: Vec<&str> = control.percenthack().map(|(_, e)| e.text).collect();
            assert_eq!(hit, ["example.com"]);
        });
    }

    #[test]
    fn virtual_domains_stand_before_the_colon() {
        let text = Text::new(
            "x",
            b"a.example:a\njoe@b.example:b\n.c.example:\n:all\nbroken\n".to_vec(),
        );
        let found: Vec<&str> = virtual_domains(&text).map(|e| e.text).collect();
        assert_eq!(found, ["a.example", "b.example", ".c.example"]);
    }
}
