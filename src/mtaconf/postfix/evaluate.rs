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

use super::access::{Access, Meaning, Said};
use super::defaults::{OLD_NAMES_UNTIL, RELAY_LIST_SINCE};
use super::lists::{Clients, List, Match, Style};
use super::params::{Config, Of, Value, Word};
use super::restrictions::{self, Asks, Kind, Statement};
use super::tables::{Entry, Tables};
use crate::model::{Place, Relay};
use crate::mtaconf::decide::{Assume, Fate, Opinion, outcome};
use crate::mtaconf::source::short;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// How deep restriction classes may lie within each other; Postfix allows more, no server has as many.
const DEEPEST: usize = 20;

/// How many statements are walked for one installation.
const MOST_STEPS: usize = 300_000;

/// The lists, in the order in which smtpd walks them at RCPT.
pub(super) const LISTS: [ListName; 5] = [
    ListName::Client,
    ListName::Helo,
    ListName::Sender,
    ListName::Relay,
    ListName::Recipient,
];

/// A list that is walked for each recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListName {
    /// smtpd_client_restrictions.
    Client,
    /// smtpd_helo_restrictions.
    Helo,
    /// smtpd_sender_restrictions.
    Sender,
    /// smtpd_relay_restrictions.
    Relay,
    /// smtpd_recipient_restrictions.
    Recipient,
}

impl ListName {
    /// Gives the parameter.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Client => "smtpd_client_restrictions",
            Self::Helo => "smtpd_helo_restrictions",
            Self::Sender => "smtpd_sender_restrictions",
            Self::Relay => "smtpd_relay_restrictions",
            Self::Recipient => "smtpd_recipient_restrictions",
        }
    }

    /// Tells whether it is one of the two lists that hold the policy.
    pub(super) fn is_policy(self) -> bool {
        matches!(self, Self::Relay | Self::Recipient)
    }

    fn bare(self) -> Asks {
        match self {
            Self::Client => Asks::Client,
            Self::Helo => Asks::Helo,
            Self::Sender => Asks::Sender,
            Self::Relay | Self::Recipient => Asks::Recipient,
        }
    }
}

/// A list of a service.
#[derive(Debug, Clone)]
pub(super) struct Restrictions {
    /// Which.
    pub(super) name: ListName,
    /// Its value.
    pub(super) value: Rc<Value>,
    /// Its statements.
    pub(super) statements: Rc<[Statement]>,
}

/// What the outsider chose to get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Forged {
    /// A sender; empty for the null sender, absent where it meets a pattern.
    Sender(Option<String>),
    /// A HELO name; absent where it meets a pattern.
    Helo(Option<String>),
    /// An address for HELO.
    Address,
}

/// The statement that ended a list, and what made it.
#[derive(Debug, Clone)]
pub(super) struct By {
    /// The statement.
    pub(super) statement: Statement,
    /// The entry of the table it asked.
    pub(super) entry: Option<Entry>,
    /// The item of another parameter that made it say so, such as a network of mynetworks.
    pub(super) because: Option<Because>,
    /// What the outsider chose.
    pub(super) forged: Option<Forged>,
    /// Whether the files do not show that it says so.
    pub(super) unknown: bool,
}

/// An item of a list parameter that decided.
#[derive(Debug, Clone)]
pub(super) struct Because {
    /// The value it stands in.
    pub(super) value: Rc<Value>,
    /// The word of the value.
    pub(super) word: Word,
    /// The item: the word, or what stands in the file that the word names.
    pub(super) text: String,
    /// Where the item stands.
    pub(super) place: Place,
    /// How it came into force.
    pub(super) chain: Vec<String>,
    /// The entry, if it is a table.
    pub(super) entry: Option<Entry>,
}

/// How a list ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// By a permit.
    Permit(Box<By>),
    /// By a refusal.
    Refuse(Box<By>),
    /// It ran out.
    Out,
}

/// How a walk of a list went.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// How it ended.
    pub(super) end: End,
    /// The statement that turns a permit of any list into a refusal.
    pub(super) defers: Option<Statement>,
}

impl Walk {
    /// Gives the statement that permitted.
    pub(super) fn permit(&self) -> Option<&By> {
        match &self.end {
            End::Permit(by) => Some(by),
            _ => None,
        }
    }

    /// Gives the statement that refused.
    pub(super) fn refusal(&self) -> Option<&By> {
        match &self.end {
            End::Refuse(by) => Some(by),
            _ => None,
        }
    }
}

/// Which class of domains a foreign domain falls into.
#[derive(Debug, Clone)]
pub(super) enum Class {
    /// None, as it should be.
    None,
    /// One whose mail is delivered here.
    Local(Because),
    /// Those that are relayed.
    Relay(Because),
    /// The files do not show whether it is relayed.
    Unknown(Because),
}

/// Why a service does not start.
#[derive(Debug, Clone)]
pub(super) enum Broken {
    /// Neither policy list holds a refusal.
    NoRefusal,
    /// Restriction classes name each other without end; smtpd crashes.
    Classes,
    /// A `-o` is malformed.
    Option,
    /// main.cf holds a line that is no assignment.
    Line,
    /// A value cannot be expanded.
    Value,
}

/// What was found about a service.
#[derive(Debug)]
pub(super) struct Verdict {
    /// The outcome.
    pub(super) relay: Relay,
    /// Why it does not start.
    pub(super) broken: Option<Broken>,
    /// The lists it has, in order.
    pub(super) lists: Vec<Restrictions>,
    /// How each ended as written, with what can be forged, and if all that is unknown permits.
    walks: [Vec<Walk>; 3],
    /// Whether each list holds a refusal ahead of any literal `permit`.
    refusing: Vec<bool>,
    /// The class that foreign domains fall into.
    pub(super) class: Class,
}

impl Verdict {
    /// Gives how the lists ended under an assumption, in order.
    pub(super) fn walks(&self, assume: Assume) -> &[Walk] {
        &self.walks[index(assume)]
    }

    /// Gives the assumption under which it accepts, if it does under one.
    pub(super) fn accepting(&self) -> Option<Assume> {
        match self.relay {
            Relay::Open | Relay::AcceptsForeign => Some(Assume::AsWritten),
            Relay::OpenIfForged => Some(Assume::Forged),
            Relay::Conditional => Some(Assume::UnknownPermits),
            Relay::Broken | Relay::Closed | Relay::Unreachable => None,
        }
    }

    /// Gives a list of the service with its number.
    pub(super) fn list(&self, name: ListName) -> Option<(usize, &Restrictions)> {
        let mut lists = self.lists.iter().enumerate();
        lists.find(|(_, list)| list.name == name)
    }

    /// Tells whether a list other than the one of that number still refuses the outsider.
    pub(super) fn is_masked(&self, number: usize, assume: Assume) -> bool {
        let mut others = self.walks(assume).iter().enumerate();
        others.any(|(at, walk)| at != number && walk.refusal().is_some() || walk.defers.is_some())
    }

    /// Tells whether a list holds a refusal ahead of any literal `permit`.
    pub(super) fn holds_refusal(&self, name: ListName) -> bool {
        self.list(name)
            .is_some_and(|(number, _)| self.refusing.get(number) == Some(&true))
    }
}

/// Tells services apart; they live as long as what is kept about them.
fn number(of: Of<'_>) -> usize {
    match of {
        Of::Main => 0,
        Of::Service(service) => std::ptr::from_ref(service).addr(),
    }
}

fn index(assume: Assume) -> usize {
    match assume {
        Assume::AsWritten => 0,
        Assume::Forged => 1,
        Assume::UnknownPermits => 2,
    }
}

/// What is known of a client while a list is walked.
#[derive(Clone, Copy)]
struct Stage<'s> {
    of: Of<'s>,
    assume: Assume,
    helo: bool,
    sender: bool,
    recipient: bool,
}

/// A list of clients, read.
#[derive(Debug)]
pub(super) struct Trusted {
    /// What it says to a stranger.
    pub(super) clients: Clients,
    /// The list.
    pub(super) list: List,
    /// Its value.
    pub(super) value: Rc<Value>,
}

type Cached = (Said, Option<Forged>);

/// Evaluates the services of an installation.
pub(super) struct Evaluator<'c, 'a> {
    /// The installation.
    pub(super) config: &'c Config<'a>,
    /// Its tables.
    pub(super) tables: &'c Tables<'a>,
    steps: Cell<usize>,
    /// Whether classes that name each other were met while a start was checked.
    endless: Cell<bool>,
    clients: RefCell<HashMap<(String, Place), Rc<Trusted>>>,
    said: RefCell<HashMap<(String, Asks, bool, bool), Cached>>,
    classes: RefCell<HashMap<usize, Rc<HashSet<String>>>>,
    class_lists: RefCell<HashMap<(usize, String), Rc<[Statement]>>>,
}

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
        self.endless.set(false);
        let refusing: Vec<bool> = lists
            .iter()
            .map(|list| self.has_required(of, &list.statements, 0))
            .collect();
        let policy = lists.iter().zip(&refusing);
        let works = policy
            .filter(|(list, _)| list.name.is_policy())
            .any(|(_, works)| *works);
        let broken = match self.endless.get() {
            true => {
                let why = "they name each other without end: smtpd crashes";
                self.config.reader.miss("smtpd_restriction_classes", why);
                Some(Broken::Classes)
            }
            false => (!works).then_some(Broken::NoRefusal),
        };
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
    fn classes(&self, of: Of<'_>) -> Rc<HashSet<String>> {
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
        let key = (number(of), name.to_owned());
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

    /// Does the check of smtpd at its start: a refusal ahead of any literal `permit`.
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
    fn walk(
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

    /// Says what a table says to the outsider.
    fn table(
        &self,
        one: &Statement,
        asks: Asks,
        stage: Stage<'_>,
        class: &Class,
    ) -> (Opinion, By, bool) {
        let by = By::plain(one);
        let seen = match asks {
            Asks::Client | Asks::Forbidden => true,
            Asks::Helo => stage.helo,
            Asks::Sender => stage.sender,
            Asks::Recipient => stage.recipient,
            Asks::Other => false,
        };
        if !seen {
            return (Opinion::None, by, false);
        }
        let (said, forged) = self.ask(one, asks, stage, class);
        let opinion = match (said.meaning, asks) {
            // Postfix answers 451 rather than let a stranger's DNS permit.
            (Meaning::Permit, Asks::Forbidden) => Opinion::Refuse,
            (Meaning::Unknown, Asks::Forbidden) => Opinion::None,
            (Meaning::Permit, _) => Opinion::Permit,
            (Meaning::Refuse, _) => Opinion::Refuse,
            (Meaning::Unknown, _) => Opinion::Unknown,
            (Meaning::Pass | Meaning::DeferIfPermit, _) => Opinion::None,
        };
        let defer = said.meaning == Meaning::DeferIfPermit;
        let by = By {
            entry: said.entry,
            forged,
            ..by
        };
        (opinion, by, defer)
    }

    fn ask(&self, one: &Statement, asks: Asks, stage: Stage<'_>, class: &Class) -> Cached {
        let forging = stage.assume != Assume::AsWritten;
        let written = one.argument.as_deref().unwrap_or_default();
        let parents = self.parents(stage.of, "smtpd_access_maps");
        let key = (written.to_owned(), asks, forging, parents);
        if let Some(cached) = self.said.borrow().get(&key) {
            return cached.clone();
        }
        let place = one.argument_place();
        let table = self.tables.open(written, &place);
        let access = Access {
            table: &table,
            parents,
        };
        let mut nested = false;
        let mut known: HashMap<String, Meaning> = HashMap::new();
        let mut lists = |text: &str| {
            nested = true;
            if let Some(meaning) = known.get(text) {
                return *meaning;
            }
            let meaning = self.nested(text, &place, stage, class);
            known.insert(text.to_owned(), meaning);
            meaning
        };
        let forged = match asks {
            Asks::Helo if forging => access
                .forged_helo(&mut lists)
                .map(|(helo, entry)| (Forged::Helo(helo), entry)),
            Asks::Sender if forging => access
                .forged_sender(&mut lists)
                .map(|(sender, entry)| (Forged::Sender(sender), entry)),
            _ => None,
        };
        let any = match asks {
            Asks::Client | Asks::Forbidden | Asks::Other => access.any_client(&mut lists),
            Asks::Helo => access.any_helo(&mut lists),
            Asks::Sender | Asks::Recipient => access.any_mailbox(&mut lists),
        };
        let answer = match forged {
            Some((forged, entry)) if any.meaning != Meaning::Permit => (
                Said {
                    meaning: Meaning::Permit,
                    entry: Some(entry),
                },
                Some(forged),
            ),
            _ => (any, None),
        };
        if !nested {
            self.said.borrow_mut().insert(key, answer.clone());
        }
        answer
    }

    /// Evaluates a list that is the value of an entry.
    fn nested(&self, text: &str, place: &Place, stage: Stage<'_>, class: &Class) -> Meaning {
        let classes = self.classes(stage.of);
        let statements = restrictions::of_entry(text, place, &|name| classes.contains(name));
        let walk = self.walk(&statements, stage, class, false, 1);
        match walk.end {
            End::Permit(by) if by.unknown => Meaning::Unknown,
            End::Permit(_) => Meaning::Permit,
            End::Refuse(_) => Meaning::Refuse,
            End::Out if walk.defers.is_some() => Meaning::DeferIfPermit,
            End::Out => Meaning::Pass,
        }
    }

    /// Says whether a value of an access table permits the outsider, and whether as it stands.
    pub(super) fn permits(&self, of: Of<'_>, text: &str, place: &Place) -> Meaning {
        let stage = Stage {
            of,
            assume: Assume::AsWritten,
            helo: true,
            sender: true,
            recipient: true,
        };
        self.nested(text, place, stage, &Class::None)
    }

    /// Tells whether a parameter is in parent_domain_matches_subdomains.
    pub(super) fn parents(&self, of: Of<'_>, name: &str) -> bool {
        let value = self.config.value(of, "parent_domain_matches_subdomains");
        value.words.iter().any(|word| word.text == name)
    }

    /// Says what permit_mynetworks says to the outsider.
    fn networks(&self, of: Of<'_>) -> (Opinion, Option<Because>) {
        let trusted = self.clients(of, "mynetworks");
        let because = |item, entry| Because::of(&trusted.value, &trusted.list, item, entry);
        match &trusted.clients {
            Clients::Everybody(source) => {
                (Opinion::Permit, because(source.item, source.entry.clone()))
            }
            Clients::Fails(item) => (Opinion::Refuse, because(*item, None)),
            Clients::Unknown(item) => (Opinion::Unknown, because(*item, None)),
            Clients::Nobody => (Opinion::None, None),
        }
    }

    /// Says what a list of clients says to a stranger.
    pub(super) fn clients(&self, of: Of<'_>, name: &str) -> Rc<Trusted> {
        let value = Rc::new(self.config.value(of, name));
        let parents = self.parents(of, name);
        let key = (
            format!("{name} {parents} {}", value.text),
            value.place.clone(),
        );
        if let Some(known) = self.clients.borrow().get(&key) {
            return Rc::clone(known);
        }
        let list = List::of(self.tables, &value, Style::Clients { parents });
        let trusted = Rc::new(Trusted {
            clients: list.clients(),
            list,
            value,
        });
        self.clients.borrow_mut().insert(key, Rc::clone(&trusted));
        trusted
    }

    /// Says what becomes of the outsider's recipient at a service that speaks QMQP: whoever is in the list of
    /// clients may send anywhere.
    pub(super) fn qmqp(&self, of: Of<'_>) -> Relay {
        match self.clients(of, "qmqpd_authorized_clients").clients {
            Clients::Everybody(_) => Relay::Open,
            Clients::Unknown(_) => Relay::Conditional,
            Clients::Fails(_) | Clients::Nobody => Relay::Closed,
        }
    }

    /// Says which class a domain falls into: the given one, or any that nobody thought of.
    pub(super) fn class(&self, of: Of<'_>, domain: Option<&str>) -> Class {
        let mut unknown = None;
        for (name, relays) in [
            ("mydestination", false),
            ("virtual_alias_domains", false),
            ("virtual_mailbox_domains", false),
            ("relay_domains", true),
        ] {
            let value = Rc::new(self.config.value(of, name));
            let style = match relays {
                true => Style::Domains {
                    parents: self.parents(of, name),
                },
                false => Style::Exact,
            };
            let list = List::of(self.tables, &value, style);
            let answer = match domain {
                Some(domain) => list.has(domain),
                None => list.foreign(),
            };
            let because = |item, entry| Because::of(&value, &list, item, entry);
            match answer {
                Match::Yes(source) => {
                    let found = because(source.item, source.entry);
                    return match found {
                        Some(because) if relays => Class::Relay(because),
                        Some(because) => Class::Local(because),
                        None => Class::None,
                    };
                }
                // A table of local domains that is not shown may at worst swallow mail; it is told as unread.
                Match::Unknown(item) if relays || domain.is_some() => {
                    unknown = unknown.or(because(item, None));
                }
                Match::Unknown(_) | Match::No => {}
            }
        }
        unknown.map_or(Class::None, Class::Unknown)
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

impl By {
    fn plain(statement: &Statement) -> Self {
        Self {
            statement: statement.clone(),
            entry: None,
            because: None,
            forged: None,
            unknown: false,
        }
    }

    fn because(self, because: &Because) -> Self {
        Self {
            because: Some(because.clone()),
            ..self
        }
    }
}

impl Because {
    fn of(value: &Rc<Value>, list: &List, item: usize, entry: Option<Entry>) -> Option<Self> {
        let item = list.items.get(item)?;
        let word = value.words.get(item.word)?;
        let mut chain = value.chain_of(word);
        chain.extend(item.chain.iter().cloned());
        Some(Self {
            value: Rc::clone(value),
            word: word.clone(),
            text: short(&item.text).into_owned(),
            place: item.place.clone().unwrap_or_else(|| value.place_of(word)),
            chain,
            entry,
        })
    }

    /// Gives the place for a finding.
    pub(super) fn blame(&self) -> Place {
        match self.value.explicit {
            true => self.value.blame(&self.word),
            false => self.value.place_of(&self.word),
        }
    }
}
