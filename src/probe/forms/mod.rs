//! The table of relay tests: sender, recipient and session tricks, and the controls.
//!
//! A row says what is sent, with holes for our own and the target's names ([`super::template`]), and
//! what acceptance would reveal ([`Meaning`]). `list forms`, `explain FORM`, the plan and the README
//! read this one table.
//!
//! The profiles are nested. *Quick* asks the plain form, the one a spammer's tool asks. *Standard*
//! adds every trick with the sender, since wrong trust in senders is what today's relays suffer from,
//! the session tricks (EHLO name, XCLIENT, TLS, several recipients), and one or two of each kind of
//! address trick, those that name the server itself, for these are the ones that percent hacks, gateways
//! and default settings of current servers fall for. *Full* adds every other pair that testers are
//! known to send; most of them fit no server of the last twenty years, some fit one nobody remembers.
//!
//! Does not know about sessions, budgets or replies.
//!
//! References: RFC 5321 4.1.2 (paths), appendix C (source routes); RFC 1123 5.2.16 (percent);
//! RFC 976 (bang paths); RFC 2505 (relay); CVE-1999-0512, CVE-2002-1278, CVE-2003-0285.

mod table;

use super::meaning::Meaning;
use crate::model::Role;
use crate::model::lang::Text;
pub use table::FORMS;

/// The kind of trick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The sender is special, the recipient plain.
    Sender,
    /// Angle brackets are left out.
    Syntax,
    /// The local part is quoted.
    Quoted,
    /// `user%domain`.
    Percent,
    /// Two at signs.
    DoubleAt,
    /// `@hop:user@domain`.
    SourceRoute,
    /// `domain!user`.
    Bang,
    /// Nothing behind the last at sign.
    EmptyDomain,
    /// The EHLO name is special.
    Hello,
    /// XCLIENT is sent.
    XClient,
    /// The plain form inside TLS.
    Tls,
    /// The recipient's domain is written in another way.
    Spelling,
    /// The recipient's domain is an address.
    Literal,
    /// The recipient's domain lies below a served one.
    Subdomain,
    /// Several recipients or transactions.
    Transaction,
    /// Tells what acceptance is worth.
    Control,
}

impl Family {
    /// Names the family.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Syntax => "syntax",
            Self::Quoted => "quoted",
            Self::Percent => "percent",
            Self::DoubleAt => "double-at",
            Self::SourceRoute => "source-route",
            Self::Bang => "bang",
            Self::EmptyDomain => "empty-domain",
            Self::Hello => "hello",
            Self::XClient => "xclient",
            Self::Tls => "tls",
            Self::Spelling => "spelling",
            Self::Literal => "literal",
            Self::Subdomain => "subdomain",
            Self::Transaction => "transaction",
            Self::Control => "control",
        }
    }

    /// Gives the sources that describe the trick.
    pub fn references(self) -> &'static [&'static str] {
        match self {
            Self::Sender => &[
                "CVE-1999-0512",
                "RFC 2505 section 2.1",
                "RFC 5321 section 4.1.1.2",
            ],
            Self::Syntax => &[
                "RFC 5321 section 4.1.2",
                "postconf(5): strict_rfc821_envelopes",
            ],
            Self::Quoted => &[
                "RFC 5321 section 4.1.2",
                "postconf(5): resolve_dequoted_address",
            ],
            Self::Percent => &[
                "RFC 1123 section 5.2.16",
                "CVE-2002-1278",
                "postconf(5): allow_percent_hack",
                "Exim specification: percent_hack_domains",
            ],
            Self::DoubleAt => &["RFC 5321 section 4.1.2", "CVE-2003-0285"],
            Self::SourceRoute => &[
                "RFC 5321 appendix C",
                "RFC 1123 section 5.2.6",
                "postconf(5): allow_untrusted_routing",
            ],
            Self::Bang => &[
                "RFC 976",
                "postconf(5): swap_bangpath",
                "Sendmail cf/README: nouucp",
            ],
            Self::EmptyDomain => &["postconf(5): resolve_null_domain"],
            Self::Hello => &["RFC 5321 section 4.1.4", "postconf(5): check_helo_access"],
            Self::XClient => &[
                "Postfix XCLIENT_README",
                "postconf(5): smtpd_authorized_xclient_hosts",
            ],
            Self::Tls => &[
                "RFC 3207 section 4.2",
                "postconf(5): permit_tls_all_clientcerts",
            ],
            Self::Spelling => &["RFC 1034 section 3.1", "RFC 5321 section 2.3.5"],
            Self::Literal => &[
                "RFC 5321 section 4.1.3",
                "Exim specification: allow_domain_literals",
            ],
            Self::Subdomain => &["postconf(5): parent_domain_matches_subdomains"],
            Self::Transaction => &["RFC 5321 section 3.3", "RFC 5321 section 4.1.1.5"],
            Self::Control => &["RFC 2606 section 2", "RFC 5321 section 3.5"],
        }
    }
}

/// The smallest set of forms that holds a form. Ordered; each holds the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Profile {
    /// The plain form.
    Quick,
    /// Every sender trick and the address forms current servers fall for.
    Standard,
    /// Everything.
    Full,
}

impl Profile {
    /// Names the profile as the command line does.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

/// Where a form makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// On whatever channel the audit uses.
    Any,
    /// Inside STARTTLS, next to the same form in the clear.
    InsideTls,
}

/// Whether the recipient hides the outside address in the local part of a domain of the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocalPart {
    /// It does not.
    Plain,
    /// It does: to a catch-all it is just another user.
    Trick,
}

/// What a control measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Whether users that cannot exist are taken at this place.
    UnknownUser(Place),
    /// Whether a domain that cannot exist is taken.
    ReservedDomain,
    /// Whether a second outside domain is taken.
    SecondDomain,
}

/// Where a user that cannot exist is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A domain the target serves.
    Domain,
    /// The target's host name.
    Host,
    /// The target's address.
    Literal,
    /// Nowhere, or somewhere only tricks name.
    Elsewhere,
}

/// What has to hold before the judged recipient for a refusal of it to say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Premise {
    /// Nothing.
    None,
    /// A local recipient was taken, in the transaction or in the one before.
    LocalTaken,
}

/// One relay test or control.
#[derive(Debug, PartialEq, Eq)]
pub struct AddressForm {
    /// Stable id.
    pub id: &'static str,
    /// Row of the list of pairs that testers are known to send, 1 to 91.
    pub union: Option<u8>,
    /// What it measures, if it is a control.
    pub measure: Option<Measure>,
    /// The kind of trick.
    pub family: Family,
    /// The smallest profile that holds it.
    pub profile: Profile,
    /// Where it makes sense.
    pub channel: Channel,
    /// Template of the EHLO argument, where the form chooses it.
    pub hello: Option<&'static str>,
    /// Template of the XCLIENT attributes, where the form sends them.
    pub xclient: Option<&'static str>,
    /// Templates of sender and recipient of a transaction begun and reset before.
    pub prelude: Option<(&'static str, &'static str)>,
    /// Template of what stands behind `MAIL FROM:`.
    pub sender: &'static str,
    /// Templates of what stands behind each `RCPT TO:`.
    pub recipients: &'static [&'static str],
    /// Which recipient is judged.
    pub judged: usize,
    /// What has to hold before.
    pub premise: Premise,
    /// Whether the local part plays a trick.
    pub local_part: LocalPart,
    /// What acceptance would reveal; for controls empty.
    pub reveals: &'static [Meaning],
    /// What the form is for, in a sentence.
    pub why: Text,
}

impl AddressForm {
    /// Tells whether a template names the target, so that it has to have named itself first.
    pub fn names_target(&self) -> bool {
        self.uses("{target_host}") || self.uses("{target_domain}")
    }

    /// Tells whether one of the templates has that hole, given with its braces.
    pub fn uses(&self, hole: &str) -> bool {
        self.templates().any(|template| template.contains(hole))
    }

    /// Tells probes from controls.
    pub fn role(&self) -> Role {
        match self.measure {
            Some(_) => Role::Control,
            None => Role::Probe,
        }
    }

    /// Tells whether this is how a stranger's ordinary mail comes: the measure of all other forms.
    pub fn is_plain(&self) -> bool {
        self.id == PLAIN
    }

    /// Tells whether the recipient is a user that cannot exist.
    pub fn asks_unknown_user(&self) -> bool {
        matches!(self.measure, Some(Measure::UnknownUser(_)))
    }

    /// Gives all templates.
    pub fn templates(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.sender), self.hello, self.xclient]
            .into_iter()
            .flatten()
            .chain(self.recipients.iter().copied())
            .chain(self.prelude.into_iter().flat_map(|(a, b)| [a, b]))
    }

    /// Says in sentences what acceptance would reveal.
    pub fn explain(&self) -> String {
        if self.reveals.is_empty() {
            return self.why.en.to_owned();
        }
        let texts: Vec<&str> = self.reveals.iter().map(|meaning| meaning.text()).collect();
        texts.join(" ")
    }
}

/// The id of the plain form.
const PLAIN: &str = "plain";

/// Gives the plain form.
pub fn plain() -> &'static AddressForm {
    form(PLAIN).expect("the table holds the plain form, as a test sees to")
}

/// Finds a form by its id.
pub fn form(id: &str) -> Option<&'static AddressForm> {
    FORMS.iter().find(|form| form.id == id)
}

/// Gives the probes of a profile, in the order they are asked.
pub fn of_profile(profile: Profile) -> Vec<&'static AddressForm> {
    FORMS
        .iter()
        .filter(|form| form.role() == Role::Probe && form.profile <= profile)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashSet};

    #[test]
    fn ids_are_distinct_slugs() {
        let mut seen = HashSet::new();
        for form in FORMS {
            assert!(seen.insert(form.id), "{} twice", form.id);
            assert!(
                form.id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                form.id
            );
            assert_eq!(
                form.id.starts_with("control-"),
                form.role() == Role::Control,
                "{}",
                form.id
            );
        }
    }

    #[test]
    fn holds_every_known_pair_exactly_once() {
        let known = include_str!("../../../tests/fixtures/wire/union.txt");
        let rows: BTreeMap<u8, (&str, &str)> = known
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let mut parts = line.split('\t');
                let mut next = || parts.next().expect("three columns");
                (next().parse().expect("a number"), (next(), next()))
            })
            .collect();
        assert_eq!(rows.len(), 91);
        let mut ours = BTreeMap::new();
        for form in FORMS {
            if let Some(number) = form.union {
                assert_eq!(form.recipients.len(), 1, "{}", form.id);
                let before = ours.insert(number, (form.sender, form.recipients[0]));
                assert_eq!(before, None, "{}", form.id);
            }
        }
        assert_eq!(ours, rows);
    }

    #[test]
    fn rows_are_whole() {
        for form in FORMS {
            assert!(form.judged < form.recipients.len(), "{}", form.id);
            assert!(!form.why.en.is_empty(), "{}", form.id);
            assert!(!form.family.references().is_empty());
            assert_eq!(
                form.reveals.is_empty(),
                form.role() == Role::Control,
                "{}",
                form.id
            );
            for meaning in form.reveals {
                assert!(!meaning.text().is_empty() && !meaning.causes().is_empty());
            }
        }
    }

    #[test]
    fn every_trick_has_its_control() {
        let holes = super::super::template::Holes {
            identity: std::borrow::Cow::Owned(super::super::template::Identity {
                probe_user: "probe".into(),
                probe_domain: "auditor.example".into(),
                ext_user: "relaycheck".into(),
                ext_domain: "example.com".into(),
                local_user: "postmaster".into(),
                seed: 7,
            }),
            hosts: vec!["mx1.target.example".into()],
            domains: vec!["target.example".into()],
            peer: "192.0.2.9".parse().expect("an address"),
        };
        let first = |form| super::super::template::instances(form, &holes, 1).remove(0);
        let homes: Vec<_> = FORMS
            .iter()
            .filter(|form| form.asks_unknown_user())
            .map(first)
            .collect();
        for form in FORMS.iter().filter(|f| f.local_part == LocalPart::Trick) {
            let filled = first(form);
            assert!(
                homes.iter().any(|c| c.home() == filled.home()),
                "{}",
                form.id
            );
        }
    }

    #[test]
    fn profiles_are_nested_and_quick_is_the_plain_form() {
        let ids = |profile| of_profile(profile).iter().map(|f| f.id).collect::<Vec<_>>();
        assert_eq!(ids(Profile::Quick), [plain().id]);
        let standard = ids(Profile::Standard);
        assert!((35..=45).contains(&standard.len()), "{}", standard.len());
        let full = ids(Profile::Full);
        assert!(standard.iter().all(|id| full.contains(id)));
        assert_eq!(
            full.len(),
            FORMS.iter().filter(|f| f.role() == Role::Probe).count()
        );
    }
}
