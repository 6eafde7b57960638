//! What becomes of the outsider's recipient: the lists of a service, walked as smtpd walks them.
//!
//! In: a service of an installation. Out: a [`Verdict`]: the outcome, how each list ended under each assumption and
//! by which statement, and why a service does not start.
//!
//! The rules: a permit ends its own list only, any refusal refuses; `warn_if_reject` holds for the next restriction;
//! with `smtpd_delay_reject = no` the lists ahead of RCPT see no recipient; an unknown word is a refusal for now.
//!
//! Deliberately judges no breadth and no wording; the rules do.
//!
//! Limits: [`DEEPEST`] classes within classes, [`MOST_STEPS`] statements an installation.
//!
//! References: SMTPD_ACCESS_README; postconf(5) smtpd_recipient_restrictions, smtpd_restriction_classes.

use super::access::Said;
use super::ask::Trusted;
use super::defaults::{OLD_NAMES_UNTIL, RELAY_LIST_SINCE};
use super::params::{Config, Of, Value};
use super::restrictions::{self, Asks, Kind, Statement};
use super::tables::Tables;
use super::verdict::{
    Broken, By, Class, End, Forged, LISTS, ListName, Restrictions, Verdict, Walk, index,
};
use crate::model::{Place, Relay};
use crate::mtaconf::decide::{Assume, Fate, Opinion, outcome};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// How deep restriction classes may lie within each other; Postfix allows more, no server has as many.
const DEEPEST: usize = 20;

/// How many statements are walked for one installation.
const MOST_STEPS: usize = 300_000;

/// Tells services apart; they live as long as what is kept about them.
fn number(of: Of<'_>) -> usize {
    match of {
        Of::Main => 0,
        Of::Service(service) => std::ptr::from_ref(service).addr(),
    }
}

/// What is known of a client while a list is walked.
#[derive(Clone, Copy)]
pub(super) struct Stage<'s> {
    /// The service.
    pub(super) of: Of<'s>,
    /// What is assumed.
    pub(super) assume: Assume,
    /// Whether the HELO name is known.
    pub(super) helo: bool,
    /// Whether the sender is.
    pub(super) sender: bool,
    /// Whether the recipient is.
    pub(super) recipient: bool,
}

/// What a table says to the outsider, and what he chose for it.
pub(super) type Cached = (Said, Option<Forged>);

/// Evaluates the services of an installation.
pub(super) struct Evaluator<'c, 'a> {
    /// The installation.
    pub(super) config: &'c Config<'a>,
    /// Its tables.
    pub(super) tables: &'c Tables<'a>,
    steps: Cell<usize>,
    /// How many lists as values of tables were walked.
    pub(super) nested: Cell<usize>,
    /// Whether classes that name each other were met while a start was checked.
    endless: Cell<bool>,
    pub(super) clients: RefCell<HashMap<(String, Place), Rc<Trusted>>>,
    pub(super) said: RefCell<HashMap<(String, Asks, bool, bool), Cached>>,
    classes: RefCell<HashMap<usize, Rc<HashSet<String>>>>,
    class_lists: RefCell<HashMap<OfService, Rc<[Statement]>>>,
}

/// A restriction class as a service has it: the number of the service, the name of the class.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct OfService(usize, String);

impl<'c, 'a> Evaluator<'c, 'a> {
    /// Begins.
    pub(super) fn new(config: &'c Config<'a>, tables: &'c Tables<'a>) -> Self {
        Self {
            config,
            tables,
            steps: Cell::new(0),
            nested: Cell::new(0),
            endless: Cell::new(false),
            clients: RefCell::default(),
            said: RefCell::default(),
            classes: RefCell::default(),
            class_lists: RefCell::default(),
        }
    }

    /// Judges a service that speaks SMTP.
    pub(super) fn judge(&self, of: Of<'_>) -> Verdict {
        let lists: Vec<Restrictions> = LISTS
            .into_iter()
            .filter(|name| *name != ListName::Relay || self.config.version >= RELAY_LIST_SINCE)
            .map(|name| self.list(of, name))
            .collect();
        let class = self.class(of, None);
        let delayed = self.config.is_yes(of, "smtpd_delay_reject");
        let walks = [Assume::AsWritten, Assume::Forged, Assume::UnknownPermits].map(|assume| {
            let walk = |list: &Restrictions| {
                let stage = Stage {
                    of,
                    assume,
                    helo: delayed || list.name != ListName::Client,
                    sender: delayed || !matches!(list.name, ListName::Client | ListName::Helo),
                    recipient: delayed || list.name.is_policy(),
                };
                self.walk(&list.statements, stage, &class, false, 0)
            };
            lists.iter().map(walk).collect::<Vec<_>>()
        });
        let (refusing, broken) = self.check_start(of, &lists);
        let broken = self.broken(of).or(broken);
        let relay = match broken {
            Some(_) => Relay::Broken,
            None => outcome(|assume| fate(&walks[index(assume)], &class)),
        };
        Verdict {
            relay,
            broken,
            lists,
            walks,
            refusing,
            class,
        }
    }

    /// Reads a list of a service.
    fn list(&self, of: Of<'_>, name: ListName) -> Restrictions {
        let value = Rc::new(self.config.value(of, name.parameter()));
        let statements = self.statements(of, &value, name.bare());
        Restrictions {
            name,
            value,
            statements,
        }
    }

    fn statements(&self, of: Of<'_>, value: &Rc<Value>, bare: Asks) -> Rc<[Statement]> {
        let classes = self.classes(of);
        restrictions::of_value(value, bare, &|name| classes.contains(name)).into()
    }

    /// Gives the names of the restriction classes.
    pub(super) fn classes(&self, of: Of<'_>) -> Rc<HashSet<String>> {
        if let Some(known) = self.classes.borrow().get(&number(of)) {
            return Rc::clone(known);
        }
        let value = self.config.value(of, "smtpd_restriction_classes");
        let classes = Rc::new(value.words.iter().map(|word| word.text.clone()).collect());
        let mut known = self.classes.borrow_mut();
        Rc::clone(known.entry(number(of)).or_insert(classes))
    }

    /// Gives the statements of a restriction class.
    pub(super) fn of_class(&self, of: Of<'_>, name: &str) -> Rc<[Statement]> {
        let key = OfService(number(of), name.to_owned());
        if let Some(known) = self.class_lists.borrow().get(&key) {
            return Rc::clone(known);
        }
        let value = Rc::new(self.config.value(of, name));
        let statements = self.statements(of, &value, Asks::Recipient);
        let mut known = self.class_lists.borrow_mut();
        Rc::clone(known.entry(key).or_insert(statements))
    }

    /// Says why a service does not start, if it does not.
    fn broken(&self, of: Of<'_>) -> Option<Broken> {
        if let Of::Service(service) = of
            && !service.malformed.is_empty()
        {
            return Some(Broken::Option);
        }
        if !self.config.main.malformed.is_empty() {
            return Some(Broken::Line);
        }
        let troubled = |name: &&str| {
            matches!(
                self.config.value(of, name).trouble,
                Some(super::expand::Trouble::Fatal(_))
            )
        };
        let troubled = super::relevant::PARAMETERS.iter().any(troubled);
        troubled.then_some(Broken::Value)
    }

    /// Does the check of smtpd at its start; says besides which lists hold a refusal.
    fn check_start(&self, of: Of<'_>, lists: &[Restrictions]) -> (Vec<bool>, Option<Broken>) {
        let mut broken = Some(Broken::NoRefusal);
        let mut refusing = Vec::new();
        for list in lists {
            self.endless.set(false);
            let holds = self.has_required(of, &list.statements, 0);
            refusing.push(holds);
            // What the relay list has satisfied is not looked for in the other.
            if !list.name.is_policy() || !matches!(broken, Some(Broken::NoRefusal)) {
                continue;
            }
            if self.endless.get() {
                let why = "they name each other without end: smtpd crashes";
                self.config.reader.miss("smtpd_restriction_classes", why);
                broken = Some(Broken::Classes);
            } else if holds {
                broken = None;
            }
        }
        (refusing, broken)
    }

    /// Finds what the check looks for: a refusal ahead of any literal `permit`.
    fn has_required(&self, of: Of<'_>, statements: &[Statement], depth: usize) -> bool {
        for one in statements {
            match one.kind {
                _ if one.warned => {}
                Kind::Permit => return false,
                _ if one.refuses() => return true,
                Kind::Class if depth >= DEEPEST => self.endless.set(true),
                Kind::Class
                    if self.step()
                        && self.has_required(of, &self.of_class(of, &one.name), depth + 1) =>
                {
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    fn step(&self) -> bool {
        let steps = self.steps.get();
        if steps == MOST_STEPS {
            let why = "too many restrictions to walk; what is left counts as unknown";
            self.config.reader.miss(&self.config.main_name, why);
        }
        self.steps.set(steps.saturating_add(1));
        steps < MOST_STEPS
    }

    /// Walks a list.
    pub(super) fn walk(
        &self,
        statements: &[Statement],
        stage: Stage<'_>,
        class: &Class,
        warned: bool,
        depth: usize,
    ) -> Walk {
        let mut defers = None;
        for one in statements {
            let warned = warned || one.warned;
            let (opinion, by) = match one.kind {
                Kind::Class => {
                    if depth >= DEEPEST {
                        // Postfix answers 451 where classes do not end.
                        (Opinion::Refuse, By::plain(one))
                    } else {
                        let inner = self.of_class(stage.of, &one.name);
                        let walk = self.walk(&inner, stage, class, warned, depth + 1);
                        defers = defers.or(walk.defers);
                        match walk.end {
                            End::Permit(by) => (Opinion::Permit, *by),
                            End::Refuse(by) => (Opinion::Refuse, *by),
                            End::Out => continue,
                        }
                    }
                }
                _ if !self.step() => (Opinion::Unknown, By::plain(one)),
                Kind::DeferIfPermit => {
                    if !warned {
                        defers.get_or_insert_with(|| one.clone());
                    }
                    continue;
                }
                _ => {
                    let (opinion, by, defer) = self.opinion(one, stage, class);
                    if defer && !warned {
                        defers.get_or_insert_with(|| one.clone());
                    }
                    (opinion, by)
                }
            };
            let by = By {
                unknown: opinion == Opinion::Unknown || by.unknown,
                ..by
            };
            match opinion.under(stage.assume) {
                Opinion::Permit => {
                    let end = End::Permit(Box::new(by));
                    return Walk { end, defers };
                }
                Opinion::Refuse if !warned => {
                    let end = End::Refuse(Box::new(by));
                    return Walk { end, defers };
                }
                _ => {}
            }
        }
        Walk {
            end: End::Out,
            defers,
        }
    }

    /// Says what one statement says; the flag is set where it turns a later permit into a refusal.
    fn opinion(&self, one: &Statement, stage: Stage<'_>, class: &Class) -> (Opinion, By, bool) {
        let old = self.config.version < OLD_NAMES_UNTIL;
        let by = By::plain(one);
        let opinion = match one.kind {
            Kind::Permit => Opinion::Permit,
            Kind::Refuse | Kind::Unknown => Opinion::Refuse,
            Kind::RelayDomains if !old => Opinion::Refuse,
            Kind::RefuseForeign | Kind::PermitOwn | Kind::RelayDomains if !stage.recipient => {
                Opinion::None
            }
            Kind::RefuseForeign => match class {
                Class::None => Opinion::Refuse,
                Class::Unknown(because) => {
                    let by = by.because(because);
                    let opinion = match stage.assume {
                        Assume::UnknownPermits => Opinion::None,
                        _ => Opinion::Refuse,
                    };
                    return (opinion, by, false);
                }
                Class::Local(_) | Class::Relay(_) => Opinion::None,
            },
            Kind::PermitOwn | Kind::RelayDomains => {
                let (opinion, because) = match class {
                    Class::None if one.kind == Kind::RelayDomains => (Opinion::Refuse, None),
                    Class::None => (Opinion::None, None),
                    Class::Unknown(because) => (Opinion::Unknown, Some(because)),
                    Class::Local(because) | Class::Relay(because) => {
                        (Opinion::Permit, Some(because))
                    }
                };
                let by = match because {
                    Some(because) => by.because(because),
                    None => by,
                };
                return (opinion, by, false);
            }
            Kind::Networks => {
                let (opinion, because) = self.networks(stage.of);
                let by = By { because, ..by };
                return (opinion, by, false);
            }
            Kind::NakedAddress if !old => Opinion::Refuse,
            Kind::NakedAddress if stage.assume != Assume::AsWritten && stage.helo => {
                let by = By {
                    forged: Some(Forged::Address),
                    ..by
                };
                return (Opinion::Permit, by, false);
            }
            Kind::Policy | Kind::Unread => Opinion::Unknown,
            Kind::Table(asks) => return self.table(one, asks, stage, class),
            Kind::Login
            | Kind::Certificates
            | Kind::AllCertificates
            | Kind::MxBackup
            | Kind::NakedAddress
            | Kind::DeferIfPermit
            | Kind::Class
            | Kind::NoOpinion => Opinion::None,
        };
        (opinion, by, false)
    }
}

/// Says what becomes of the recipient, from how the lists ended.
fn fate(walks: &[Walk], class: &Class) -> Fate {
    let refused = walks
        .iter()
        .any(|walk| walk.refusal().is_some() || walk.defers.is_some());
    match class {
        _ if refused => Fate::Refused,
        Class::Local(_) => Fate::Swallowed,
        Class::None | Class::Relay(_) | Class::Unknown(_) => Fate::Relayed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::params::tests::with;
    use super::*;
    use crate::mtaconf::{Context, Version};

    /// Judges the first service of an installation.
    fn judged(main: &str, version: Version) -> (Relay, usize) {
        let main = format!("mynetworks = 127.0.0.0/8\nmydestination = example.com\n{main}\n");
        let tables = [
            ("senders", "example.com OK\n"),
            ("half", "0.0.0.0/1 OK\n"),
            ("all", "0.0.0.0/1 OK\n128.0.0.0/1 OK\n"),
        ];
        let files: Vec<(&str, &str)> = [("main.cf", main.as_str())]
            .into_iter()
            .chain(tables)
            .collect();
        let context = Context {
            version: Some(version),
            ..Context::default()
        };
        let mut found = None;
        with(&files, &context, |config| {
            let tables = Tables::new(config.reader);
            let evaluator = Evaluator::new(config, &tables);
            let verdict = evaluator.judge(Of::Service(&config.services[0]));
            found = Some((verdict.relay, config.reader.missed().len()));
        });
        found.expect("judged")
    }

    const NOW: Version = Version(3, 7, 0);

    fn relay(list: &str) -> Relay {
        judged(&format!("smtpd_relay_restrictions = {list}"), NOW).0
    }

    #[test]
    fn answers_as_postfix_does() {
        // What smtpd of 3.7 answered; "forged" and "conditional" by what it was asked with.
        for (list, expected) in [
            ("reject_unauth_destination", Relay::Closed),
            ("REJECT_Unauth_Destination", Relay::Closed),
            ("permit_mynetworks, permit", Relay::Broken),
            ("warn_if_reject reject", Relay::Broken),
            ("warn_if_reject reject, reject", Relay::Closed),
            ("check_client_access static:550, reject", Relay::Open),
            ("check_client_access static:{550 no}, reject", Relay::Closed),
            ("check_client_access static:{}, reject", Relay::Closed),
            ("check_client_access {static:OK}, reject", Relay::Closed),
            ("{permit}, reject", Relay::Closed),
            (
                "warn_if_reject check_client_access static:ok, reject",
                Relay::Open,
            ),
            (
                "check_client_access inline:{{unknown=OK}}, reject",
                Relay::Open,
            ),
            (
                "check_client_access cidr:/etc/postfix/all, reject",
                Relay::Open,
            ),
            (
                "check_client_access cidr:/etc/postfix/half, reject",
                Relay::Closed,
            ),
            ("defer_if_permit", Relay::Closed),
            (
                "defer_if_permit, check_client_access static:ok, reject",
                Relay::Closed,
            ),
            (
                "warn_if_reject defer_if_permit, check_client_access static:ok, reject",
                Relay::Open,
            ),
            ("sleep 1 check_client_access static:OK reject", Relay::Open),
            ("permit_naked_ip_address, reject", Relay::OpenIfForged),
            (
                "check_sender_access hash:/etc/postfix/senders, reject",
                Relay::OpenIfForged,
            ),
            (
                "check_sender_access inline:{{y.test=reject_unauth_destination,permit}}, reject",
                Relay::Closed,
            ),
            ("check_helo_access static:ok, reject", Relay::Open),
            (
                "check_policy_service inet:127.0.0.1:1, reject",
                Relay::Conditional,
            ),
            (
                "check_client_access mysql:/etc/postfix/x, reject",
                Relay::Conditional,
            ),
            (
                "reject, check_policy_service inet:127.0.0.1:1",
                Relay::Closed,
            ),
            ("permit_auth_destination, reject", Relay::Closed),
            (
                "check_client_access static:{permit_auth_destination,permit}, reject",
                Relay::Open,
            ),
            (
                "check_reverse_client_hostname_access static:ok, reject",
                Relay::Closed,
            ),
            (
                "nonsense, check_client_access static:ok, reject",
                Relay::Closed,
            ),
        ] {
            assert_eq!(relay(list), expected, "{list}");
        }
    }

    #[test]
    fn classes_are_walked_in_place() {
        let with = |classes: &str| {
            let main = format!("smtpd_restriction_classes = c d\n{classes}");
            judged(&main, NOW).0
        };
        for (classes, expected) in [
            ("c = reject\nsmtpd_relay_restrictions = c", Relay::Closed),
            (
                "c = permit\nsmtpd_relay_restrictions = c, reject",
                Relay::Open,
            ),
            (
                "c = permit\nsmtpd_relay_restrictions = C, reject",
                Relay::Closed,
            ),
            (
                "c = reject\nsmtpd_relay_restrictions = warn_if_reject c",
                Relay::Broken,
            ),
            (
                "c = reject\nsmtpd_relay_restrictions = warn_if_reject c, permit\n\
                 smtpd_recipient_restrictions = check_client_access static:ok, c",
                Relay::Open,
            ),
            ("c = c\nsmtpd_relay_restrictions = c, reject", Relay::Broken),
            (
                "c = reject, d\nd = c\nsmtpd_relay_restrictions = c",
                Relay::Closed,
            ),
        ] {
            assert_eq!(with(classes), expected, "{classes}");
        }
    }

    #[test]
    fn all_lists_have_a_say() {
        let open = "smtpd_relay_restrictions = check_client_access static:ok, reject";
        for (more, expected) in [
            ("", Relay::Open),
            ("smtpd_client_restrictions = reject", Relay::Closed),
            ("smtpd_sender_restrictions = foo_bar", Relay::Closed),
            ("smtpd_helo_restrictions = defer_if_permit", Relay::Closed),
            (
                "smtpd_client_restrictions = reject_unauth_destination",
                Relay::Closed,
            ),
            (
                "smtpd_delay_reject = no\nsmtpd_client_restrictions = reject_unauth_destination",
                Relay::Open,
            ),
            ("mydestination = static:all", Relay::AcceptsForeign),
            ("relay_domains = static:all", Relay::Open),
            (
                "virtual_mailbox_domains = static:all",
                Relay::AcceptsForeign,
            ),
            ("mydestination = $ x", Relay::Broken),
            ("a line", Relay::Broken),
        ] {
            let main = format!("{open}\n{more}");
            assert_eq!(judged(&main, NOW).0, expected, "{more}");
        }
        // Before the relay list, and without it, the recipient list decides.
        let hole = "smtpd_recipient_restrictions = check_client_access static:ok, reject";
        assert_eq!(judged(hole, Version(2, 9, 0)).0, Relay::Open);
        assert_eq!(judged(hole, NOW).0, Relay::Open);
        let level = format!("compatibility_level = 3.6\n{hole}");
        assert_eq!(judged(&level, NOW).0, Relay::Closed);
    }

    #[test]
    fn classes_without_end_end() {
        let mut main = "smtpd_restriction_classes =".to_owned();
        for class in 0..40 {
            main.push_str(&format!(" c{class}"));
        }
        for class in 0..40 {
            let next = format!("c{} ", class + 1).repeat(30);
            main.push_str(&format!("\nc{class} = {next}"));
        }
        main.push_str("\nsmtpd_relay_restrictions = c0, reject");
        let (relay, missed) = judged(&main, NOW);
        assert_eq!(relay, Relay::Broken);
        assert!(missed > 0);
    }
}
