//! The effective value of a parameter for a service: its `-o`, else main.cf, else the default; expanded, in words,
//! with places.
//!
//! How rules use it:
//!
//! - [`Config`] is one installation: `config.value(view, "mynetworks")` gives a [`Value`], `config.is_yes(view,
//!   "smtpd_sasl_auth_enable")` a flag. A `view` is [`Of::Main`] for main.cf alone, or [`Of::Service`] with a service
//!   of `config.services` (of a [`Listener`] the one that *talks*). `config.listeners` holds the listeners,
//!   `config.reachable()` those that are not bound to loopback.
//! - `value.text` is the expanded text, `value.words` its words, as lists have them (blanks and commas part them,
//!   braces hold them together). Words that hold something only the machine knows (`$myhostname` where nobody
//!   says what it is) are left out of `words` and stand in `value.unclear`.
//! - `value.place` is where the parameter is defined, the word itself where that is on the same line:
//!   `value.blame(&word)` is the place for a finding about a word. `value.place_of(&word)` is where the word is
//!   written, be it in another parameter, for further evidence; `value.chain_of(&word)` the overrides and names it
//!   came through. For a default nobody wrote, `value.explicit` is false and the place is main.cf, line 0.
//! - `config.reader` reads tables; paths are relative to `config.main_name`.
//!
//! What Postfix stops at while it expands a value is told to the reader; such a value is empty, and
//! `value.trouble` says so.

use super::defaults;
use super::expand::{self, Expanded, Known, Level, Trouble, View};
use super::lines::{self, Raw, Separators};
use super::main_cf::MainCf;
use super::master_cf::{self, Listener, Service, Speaks};
use super::names;
use crate::model::Place;
use crate::mtaconf::source::{Reader, Text, short};
use crate::mtaconf::{Context, Version};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// Words kept of one value.
const MOST_WORDS: usize = 200_000;

/// Words kept of all values of an installation together; what services share is counted once.
const MOST_WORDS_IN_ALL: usize = 1_000_000;

/// The most listeners that are judged; more of them is no server.
const MOST_LISTENERS: usize = 64;

/// One installation: a directory with its main.cf and master.cf.
pub(super) struct Config<'a> {
    /// Reads its files.
    pub(super) reader: &'a Reader<'a>,
    /// What the user added.
    pub(super) context: &'a Context,
    /// The version: the user's, or that of the files, or the newest.
    pub(super) version: Version,
    /// The name of main.cf in the input.
    pub(super) main_name: String,
    /// What main.cf says.
    pub(super) main: MainCf,
    /// The services of master.cf, or the one that is assumed.
    pub(super) services: Vec<Service>,
    /// Who listens.
    pub(super) listeners: Vec<Listener>,
    /// The compatibility level.
    pub(super) level: Level,
    whole: Place,
    /// Values of main.cf, which most services share.
    values: RefCell<HashMap<String, Value>>,
    words: Cell<usize>,
}

/// Whose value is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of<'s> {
    /// That of main.cf.
    Main,
    /// That of a service, which may override it.
    Service(&'s Service),
}

impl<'a> Config<'a> {
    /// Reads an installation. `main_name` is a name in the input; either file may be missing.
    pub(super) fn read(
        reader: &'a Reader<'a>,
        context: &'a Context,
        main_name: &str,
        master: Option<&Arc<Text>>,
    ) -> Self {
        let text = reader.own(main_name);
        let whole = Place {
            file: main_name.into(),
            line: 0,
            column: 0,
            width: 0,
        };
        let main = text.as_ref().map(MainCf::read).unwrap_or_default();
        if text.is_some() && !main.whole {
            reader.miss(main_name, "too large; only its beginning was read");
        }
        let services = match master {
            Some(text) => master_cf::read(text, reader),
            None => vec![Service::assumed(whole.clone())],
        };
        let mut config = Self {
            reader,
            context,
            version: context.version.unwrap_or(defaults::NEWEST),
            main_name: main_name.to_owned(),
            main,
            services,
            listeners: Vec::new(),
            level: Level::default(),
            whole,
            values: RefCell::default(),
            words: Cell::new(0),
        };
        if let Some(version) = config
            .written_version()
            .filter(|_| context.version.is_none())
        {
            config.version = version;
            // Defaults hang on it.
            config.values.borrow_mut().clear();
        }
        config.level = config.read_level();
        let mut listeners = master_cf::listeners(&config.services, |service| {
            config
                .value(Of::Service(service), "smtpd_service_name")
                .text
        });
        listeners.retain(|listener| !config.is_disabled(&config.services[listener.listens]));
        if listeners.len() > MOST_LISTENERS {
            let why = format!("has more than {MOST_LISTENERS} listeners; the rest was not judged");
            reader.miss(master.map_or("master.cf", |text| &*text.name), &why);
            listeners.truncate(MOST_LISTENERS);
        }
        config.listeners = listeners;
        config
    }

    /// Gives the version that the files name.
    pub(super) fn written_version(&self) -> Option<Version> {
        Version::parse(self.main.get("mail_version")?.value.text())
    }

    fn read_level(&self) -> Level {
        let value = self.value(Of::Main, "compatibility_level");
        if value.text.is_empty() {
            return Level::default();
        }
        Level::parse(&value.text).unwrap_or_else(|| {
            let what = format!("compatibility_level = {}", short(&value.text));
            self.reader.miss(&what, "no level; 0 was assumed");
            Level::default()
        })
    }

    /// Tells whether master_service_disable takes a service out.
    fn is_disabled(&self, service: &Service) -> bool {
        let value = self.value(Of::Main, "master_service_disable");
        let mut disabled = value.words.iter().map(|word| word.text.as_str());
        let full = format!("{}/{}", service.name, service.kind);
        disabled.any(|word| word == service.kind || word == full || word == full.replace('/', "."))
    }

    /// Gives the listeners that are not bound to loopback.
    pub(super) fn reachable(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().filter(|one| !self.is_loopback(one))
    }

    /// Gives the listeners that speak SMTP and are not bound to loopback, with the services that talk.
    pub(super) fn reachable_smtp(&self) -> impl Iterator<Item = (&Listener, &Service)> {
        self.reachable()
            .filter(|one| one.speaks == Speaks::Smtp)
            .map(|one| (one, self.talks(one)))
    }

    /// Gives the service whose overrides hold for a listener.
    pub(super) fn talks(&self, listener: &Listener) -> &Service {
        &self.services[listener.talks]
    }

    /// Gives the service that listens for a listener.
    pub(super) fn listens(&self, listener: &Listener) -> &Service {
        &self.services[listener.listens]
    }

    /// Tells whether a listener is bound to loopback.
    pub(super) fn is_loopback(&self, listener: &Listener) -> bool {
        if let Some(host) = self.listens(listener).host() {
            return master_cf::is_loopback(host);
        }
        // The master process reads it from main.cf alone.
        let interfaces = self.value(Of::Main, "inet_interfaces");
        !interfaces.words.is_empty()
            && interfaces.unclear.is_empty()
            && interfaces
                .words
                .iter()
                .all(|word| master_cf::is_loopback(&word.text))
    }

    /// Gives the place of main.cf as a whole.
    pub(super) fn whole(&self) -> Place {
        self.whole.clone()
    }

    /// Names a service in a report.
    pub(super) fn name_of(&self, listener: &Listener) -> &str {
        &self.listens(listener).name
    }

    /// Tells whether a parameter is `yes`.
    pub(super) fn is_yes(&self, of: Of<'_>, name: &str) -> bool {
        self.value(of, name).text.eq_ignore_ascii_case("yes")
    }

    /// Tells whether the version knows a parameter.
    pub(super) fn knows(&self, name: &str) -> bool {
        defaults::of(name, self.version).is_some()
    }

    /// Gives the effective value of a parameter.
    pub(super) fn value(&self, of: Of<'_>, name: &str) -> Value {
        let known = self.values.borrow().get(name).cloned();
        let main = known.unwrap_or_else(|| {
            let value = self.work_out(Of::Main, name);
            let mut values = self.values.borrow_mut();
            values.entry(name.to_owned()).or_insert(value).clone()
        });
        match of {
            Of::Service(service) if main.is_changed_by(service) => self.work_out(of, name),
            _ => main,
        }
    }

    fn work_out(&self, of: Of<'_>, name: &str) -> Value {
        let (raw, place, origin, explicit) = self.find(of, name);
        let view = Names { config: self, of };
        let mut expanded = expand::expand(&raw, &view);
        if self.words.get() > MOST_WORDS_IN_ALL {
            expanded.trouble.get_or_insert(Trouble::TooLong);
        }
        if let Some(trouble) = &expanded.trouble {
            let what = format!("{name} ({}:{})", place.file, place.line);
            match trouble {
                Trouble::Fatal(why) => self.reader.miss(&what, &format!("Postfix stops: {why}")),
                Trouble::TooLong => self.reader.miss(&what, "too long when expanded"),
            }
        }
        let value = Value::new(name, place, origin, explicit, expanded);
        self.words.set(self.words.get() + value.words.len());
        value
    }

    /// Finds the text of a parameter, where its name stands, and the override it came from.
    fn find(&self, of: Of<'_>, name: &str) -> (Raw, Place, Option<String>, bool) {
        if let Of::Service(service) = of
            && let Some(one) = service.overrides.get(name)
        {
            let place = &service.place;
            let origin = format!(
                "-o {} of {} ({}:{})",
                short(name),
                short(&service.name),
                place.file,
                place.line
            );
            return (one.value.clone(), place.clone(), Some(origin), true);
        }
        if let Some(one) = self.main.get(name) {
            return (one.value.clone(), one.place.clone(), None, true);
        }
        let text = defaults::of(name, self.version).unwrap_or("");
        (Raw::nowhere(text), self.whole(), None, false)
    }

    /// Gives the value of a parameter that the machine gives where nobody writes it.
    fn of_the_machine(&self, name: &str) -> Option<Known> {
        match name {
            "myhostname" => Some(match &self.context.hostname {
                Some(name) => Known::Value(Raw::nowhere(name)),
                None => Known::OfTheMachine,
            }),
            "mydomain" => {
                let host = self.main.get("myhostname").map(|one| one.value.text());
                let host = host.or(self.context.hostname.as_deref()).unwrap_or("");
                // What follows from a name that is written with a name is not gone after.
                let domain = host.split_once('.').filter(|_| !host.contains('$'));
                Some(match domain {
                    Some((_, domain)) => Known::Value(Raw::nowhere(domain)),
                    None => Known::OfTheMachine,
                })
            }
            "mail_version" => Some(Known::Value(Raw::nowhere(&self.version.to_string()))),
            "mail_release_date" | "process_id" | "process_name" | "service_name" => {
                Some(Known::OfTheMachine)
            }
            _ => None,
        }
    }
}

/// What names stand for, as a service sees them.
struct Names<'c, 'a> {
    config: &'c Config<'a>,
    of: Of<'c>,
}

impl View for Names<'_, '_> {
    fn look(&self, name: &str) -> Known {
        let (raw, _, _, explicit) = self.config.find(self.of, name);
        if explicit {
            return Known::Value(raw);
        }
        if let Some(known) = self.config.of_the_machine(name) {
            return known;
        }
        match names::is_known(name) || self.config.knows(name) {
            true => Known::Value(raw),
            false => Known::Undefined,
        }
    }
}

/// A word of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The word.
    pub(super) text: String,
    /// Where it begins in the text of its value.
    pub(super) at: usize,
}

impl Word {
    fn range(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }
}

/// The effective value of a parameter.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// The parameter.
    pub(super) name: Arc<str>,
    /// Its expanded text; empty where that failed.
    pub(super) text: String,
    /// The words of the text.
    pub(super) words: Rc<[Word]>,
    /// Words that hold something only the machine knows.
    pub(super) unclear: Rc<[Word]>,
    /// Where it is defined: its name in main.cf, the service in master.cf that overrides it, or main.cf as a
    /// whole where nobody wrote it.
    pub(super) place: Place,
    /// Whether somebody wrote it.
    pub(super) explicit: bool,
    /// The `-o` it came from.
    pub(super) origin: Option<String>,
    /// Names that nobody defined and that it uses, with their places.
    pub(super) undefined: Rc<[(String, Option<Place>)]>,
    /// Why it could not be expanded.
    pub(super) trouble: Option<Trouble>,
    expanded: Rc<Expanded>,
}

impl Value {
    fn new(
        name: &str,
        place: Place,
        origin: Option<String>,
        explicit: bool,
        mut expanded: Expanded,
    ) -> Self {
        if expanded.trouble.is_some() {
            expanded.text.clear();
        }
        let (mut words, mut unclear) = (Vec::new(), Vec::new());
        for (start, end) in lines::words(&expanded.text, Separators::BlanksAndCommas)
            .into_iter()
            .take(MOST_WORDS)
        {
            let word = Word {
                text: expanded.text[start..end].to_owned(),
                at: start,
            };
            match expanded.is_unclear(start..end) {
                true => unclear.push(word),
                false => words.push(word),
            }
        }
        Self {
            name: name.into(),
            text: expanded.text.clone(),
            words: words.into(),
            unclear: unclear.into(),
            place,
            explicit,
            origin,
            undefined: std::mem::take(&mut expanded.undefined).into(),
            trouble: expanded.trouble.take(),
            expanded: Rc::new(expanded),
        }
    }

    /// Tells whether a service has another value, for it overrides the parameter or a name in it.
    fn is_changed_by(&self, service: &Service) -> bool {
        let mut overridden = service.overrides.keys();
        overridden.any(|name| **name == *self.name || self.expanded.asked.contains(name))
    }

    /// Gives the place where a word is written, which may be in another parameter; where the parameter is defined
    /// if it is written nowhere.
    pub(super) fn place_of(&self, word: &Word) -> Place {
        self.expanded
            .place(word.range())
            .unwrap_or_else(|| self.place.clone())
    }

    /// Gives the overrides and names a word came through, outermost first.
    pub(super) fn chain_of(&self, word: &Word) -> Vec<String> {
        let mut chain = self.chain();
        chain.extend(self.expanded.chain(word.at));
        chain
    }

    /// Gives the override the value came from, for evidence.
    pub(super) fn chain(&self) -> Vec<String> {
        self.origin.iter().cloned().collect()
    }

    /// Gives the place for a finding about a word: the word itself where it stands on the line where the
    /// parameter is defined, else that line.
    pub(super) fn blame(&self, word: &Word) -> Place {
        let place = self.place_of(word);
        let same = place.file == self.place.file && place.line == self.place.line;
        if same { place } else { self.place.clone() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};

    /// Reads an installation from texts and hands it on.
    pub(in crate::mtaconf::postfix) fn with(
        files: &[(&str, &str)],
        context: &Context,
        check: impl FnOnce(&Config<'_>),
    ) {
        let store = Memory::new(files.iter().copied());
        let files = Files::new(&store, "", None).expect("files");
        let reader = Reader::new(&files);
        let master = reader.own("master.cf");
        check(&Config::read(&reader, context, "main.cf", master.as_ref()));
    }

    fn words(value: &Value) -> Vec<&str> {
        value.words.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn an_override_comes_before_main_cf_and_that_before_the_default() {
        let main =
            "compatibility_level = 3.6\nnets = 10.0.0.0/8\nmynetworks = $nets,\n  192.0.2.1\n";
        let master = "smtp inet n - y - - smtpd\n587 inet n - y - - smtpd\n -o nets=[::1]\n \
                      -o mydestination=a\n";
        let files = [("main.cf", main), ("master.cf", master)];
        with(&files, &Context::default(), |config| {
            let value = config.value(Of::Main, "mynetworks");
            assert_eq!(words(&value), ["10.0.0.0/8", "192.0.2.1"]);
            assert_eq!((value.place.line, value.place.column), (3, 1));
            let [first, second] = &value.words[..] else {
                panic!("two words");
            };
            assert_eq!(value.place_of(first).line, 2);
            assert_eq!(value.chain_of(first), ["$nets (main.cf:2)"]);
            assert_eq!(value.blame(first).line, 3);
            assert_eq!(
                (value.place_of(second).line, value.blame(second).line),
                (4, 3)
            );

            let of = Of::Service(&config.services[1]);
            let value = config.value(of, "mynetworks");
            assert_eq!(words(&value), ["[::1]", "192.0.2.1"]);
            let place = value.place_of(&value.words[0]);
            assert_eq!((&*place.file, place.line), ("master.cf", 3));
            let value = config.value(of, "mydestination");
            assert_eq!((&*value.place.file, value.place.line), ("master.cf", 2));
            assert_eq!(value.chain(), ["-o mydestination of 587 (master.cf:2)"]);

            let value = config.value(of, "relay_domains");
            assert!(!value.explicit && value.text.is_empty());
            assert_eq!((&*value.place.file, value.place.line), ("main.cf", 0));
            assert_eq!(config.reader.missed(), []);
        });
    }

    #[test]
    fn defaults_follow_level_and_version() {
        for (main, version, expected) in [
            ("", None, ""),
            (
                "compatibility_level = 1\n",
                None,
                "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
            ),
            (
                "mail_version = 2.11\n",
                None,
                "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
            ),
            ("compatibility_level = 2\n", Some(Version(2, 9, 0)), ""),
            ("compatibility_level = x\n", None, ""),
        ] {
            let context = Context {
                version,
                ..Context::default()
            };
            with(&[("main.cf", main)], &context, |config| {
                let value = config.value(Of::Main, "smtpd_relay_restrictions");
                assert_eq!(value.text, expected, "{main}");
                assert!(!value.explicit);
            });
        }
    }

    #[test]
    fn what_only_the_machine_knows_is_set_apart() {
        let main = "mydestination = $myhostname, localhost.$mydomain, a, $mydomain\n";
        with(&[("main.cf", main)], &Context::default(), |config| {
            let value = config.value(Of::Main, "mydestination");
            assert_eq!(words(&value), ["a"]);
            assert_eq!(value.unclear.len(), 3);
            assert!(value.undefined.is_empty());
        });
        let context = Context {
            hostname: Some("mx.example.com".to_owned()),
            ..Context::default()
        };
        with(&[("main.cf", main)], &context, |config| {
            let value = config.value(Of::Main, "mydestination");
            let expected = [
                "mx.example.com",
                "localhost.example.com",
                "a",
                "example.com",
            ];
            assert_eq!(words(&value), expected);
        });
    }

    #[test]
    fn knows_who_can_be_reached() {
        let master = "smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd -o x=1\n\
                      127.0.0.1:26 inet n - y - - smtpd\n628 inet n - y - - qmqpd\n\
                      27 inet n - y - - smtpd\n";
        let reachable = |main: &str| {
            let mut found = Vec::new();
            let files = [("main.cf", main), ("master.cf", master)];
            with(&files, &Context::default(), |config| {
                found.extend(config.reachable().map(|one| config.name_of(one).to_owned()));
            });
            found
        };
        assert_eq!(reachable(""), ["smtp", "628", "27"]);
        assert_eq!(
            reachable("master_service_disable = 27/inet smtp.inet"),
            ["628"]
        );
        assert_eq!(
            reachable("master_service_disable = inet"),
            Vec::<String>::new()
        );
        assert_eq!(
            reachable("inet_interfaces = loopback-only"),
            Vec::<String>::new()
        );
        assert_eq!(
            reachable("inet_interfaces = 127.0.0.1, [::1]"),
            Vec::<String>::new()
        );
        assert_eq!(reachable("inet_interfaces = 127.0.0.1, 192.0.2.1").len(), 3);
        assert_eq!(
            reachable("inet_interfaces = $myhostname, localhost").len(),
            3
        );
    }

    #[test]
    fn trouble_is_told_and_undefined_names_are_kept() {
        let main = "mynetworks = ${x\nrelay_domains = $gone\nmydestination = $virtual_maps\n";
        with(&[("main.cf", main)], &Context::default(), |config| {
            let value = config.value(Of::Main, "mynetworks");
            assert!(value.trouble.is_some() && value.text.is_empty());
            assert_eq!(config.reader.missed().len(), 1);
            let value = config.value(Of::Main, "relay_domains");
            assert_eq!(value.undefined[0].0, "gone");
            assert!(config.value(Of::Main, "mydestination").undefined.is_empty());
        });
    }
}
