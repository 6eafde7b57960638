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
        let classes = Rc::new(value.words.into_iter().map(|word| word.text).collect());
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
            Kind::Policy => Opinion::Unknown,
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
