//! master.cf: which programs listen where, with which overrides.
//!
//! In: the file, or the output of `postconf -M`. Out: its services with the parameters that `-o` overrides, in
//! all three spellings, and the listeners among them: smtpd and qmqpd on a port, smtpd behind a postscreen that
//! passes connections on.
//!
//! Limits: [`MOST_SERVICES`].
//!
//! References: master(5), postscreen(8); getopt(3) for flags.

use super::lines::{self, Logical, Raw, Separators, closing, is_blank};
use super::main_cf::assignment;
use crate::model::Place;
use crate::mtaconf::source::{Reader, Text, short};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// The most services that are read: more than a hundred times as many as a large site has.
const MOST_SERVICES: usize = 2000;

/// Flags of daemons that take an argument, besides `-o`.
const WITH_ARGUMENT: &str = "imnst";

/// A parameter that a service overrides.
#[derive(Debug, Clone)]
pub(super) struct Override {
    /// Its value.
    pub(super) value: Raw,
}

/// A `-o` without `=`: the daemon stops.
#[derive(Debug, Clone)]
pub(super) struct Malformed {
    /// Where the word stands.
    pub(super) place: Place,
    /// The word.
    pub(super) word: String,
}

/// A line of master.cf.
#[derive(Debug, Clone)]
pub(super) struct Service {
    /// Its name: a port with or without an address, or a path.
    pub(super) name: String,
    /// `inet`, `unix`, `fifo` or `pass`.
    pub(super) kind: String,
    /// The program.
    pub(super) command: String,
    /// Where the line begins; the file as a whole where no master.cf is there.
    pub(super) place: Place,
    /// What it overrides, the last of a name wins.
    pub(super) overrides: HashMap<String, Override>,
    /// Words that stop it.
    pub(super) malformed: Vec<Malformed>,
}

impl Service {
    /// Makes the service that is assumed where there is no master.cf.
    pub(super) fn assumed(place: Place) -> Self {
        Self {
            name: "smtp".to_owned(),
            kind: "inet".to_owned(),
            command: "smtpd".to_owned(),
            place,
            overrides: HashMap::new(),
            malformed: Vec::new(),
        }
    }

    /// Gives the address it is bound to, as written; nothing where it is bound to all of them.
    pub(super) fn host(&self) -> Option<&str> {
        let (host, _) = self.name.rsplit_once(':')?;
        (!host.is_empty()).then_some(host)
    }

    /// Gives the port, as written.
    pub(super) fn port_name(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or(&self.name)
    }

    /// Gives the port, where its name says which it is.
    pub(super) fn port(&self) -> Option<u16> {
        match self.port_name() {
            "smtp" | "mail" => Some(25),
            "submission" => Some(587),
            "smtps" | "submissions" | "urd" | "ssmtp" => Some(465),
            "qmqp" => Some(628),
            number => number.parse().ok(),
        }
    }
}

/// Tells whether an address or name is loopback.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => address.to_canonical().is_loopback(),
        Ok(address) => address.is_loopback(),
        Err(_) => matches!(
            host.to_ascii_lowercase().as_str(),
            "localhost" | "localhost.localdomain" | "ip6-localhost" | "loopback-only"
        ),
    }
}

/// What talks on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// smtpd, by itself or behind postscreen.
    Smtp,
    /// qmqpd.
    Qmqp,
}

/// A service that strangers may talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listener {
    /// The service that listens.
    pub(super) listens: usize,
    /// The service that talks, whose overrides hold: another one behind postscreen.
    pub(super) talks: usize,
    /// What it speaks.
    pub(super) speaks: Speaks,
}

/// Reads a file. What cannot be read is told to the reader.
pub(super) fn read(file: &Arc<Text>, reader: &Reader<'_>) -> Vec<Service> {
    let (lines, mut whole) = lines::read(file);
    let mut services: Vec<Service> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for line in &lines {
        let Some(service) = service(line) else {
            let what = format!("{}:{}", file.name, line.line);
            reader.miss(&what, "a service has eight fields and a command");
            continue;
        };
        // The last line of a name and type is the one that counts.
        match known.get(&(service.name.clone(), service.kind.clone())) {
            Some(index) => services[*index] = service,
            None if services.len() >= MOST_SERVICES => whole = false,
            None => {
                known.insert((service.name.clone(), service.kind.clone()), services.len());
                services.push(service);
            }
        }
    }
    if !whole {
        reader.miss(&file.name, "too large; only its beginning was read");
    }
    services
}

/// Reads one line.
fn service(line: &Arc<Logical>) -> Option<Service> {
    let words = lines::words(&line.text, Separators::Blanks);
    let word = |index: usize| words.get(index).map(|(a, b)| &line.text[*a..*b]);
    let command = word(7)?;
    let mut service = Service {
        name: word(0)?.to_owned(),
        kind: word(1)?.to_owned(),
        command: command.rsplit('/').next().unwrap_or(command).to_owned(),
        place: line.place(words[0].0, words[0].1),
        overrides: HashMap::new(),
        malformed: Vec::new(),
    };
    let mut rest = words[8..].iter().copied();
    while let Some((start, end)) = rest.next() {
        let (start, end) = unbraced(line, start, end);
        let flags = &line.text[start..end];
        if !flags.starts_with('-') || flags == "--" {
            break;
        }
        let takes = |c: char| c == 'o' || WITH_ARGUMENT.contains(c);
        let Some(at) = flags[1..].find(takes).map(|at| at + 1) else {
            continue;
        };
        let argument = match start + at + 1 {
            behind if behind < end => Some((behind, end)),
            _ => rest.next().map(|(start, end)| unbraced(line, start, end)),
        };
        if flags[at..].starts_with('o') {
            service.take(line, argument.unwrap_or((start, end)));
        }
    }
    Some(service)
}

impl Service {
    /// Takes the argument of a `-o`.
    fn take(&mut self, line: &Arc<Logical>, (start, end): (usize, usize)) {
        let text = &line.text[start..end];
        match assignment(text) {
            Ok(assignment) => {
                let name = text[assignment.name()].to_owned();
                let value = assignment.value();
                let value = Raw::of(line, start + value.start, start + value.end);
                self.overrides.insert(name, Override { value });
            }
            Err(_) => self.malformed.push(Malformed {
                place: line.place(start, end),
                word: short(text).into_owned(),
            }),
        }
    }
}

/// Takes the braces off a word that stands in them.
fn unbraced(line: &Logical, start: usize, end: usize) -> (usize, usize) {
    let word = &line.text[start..end];
    if !word.starts_with('{') || closing(word, '{', '}') != Some(word.len() - 1) {
        return (start, end);
    }
    let inner = &word[1..word.len() - 1];
    let begin = start + 1 + (inner.len() - inner.trim_start_matches(is_blank).len());
    (begin, begin + inner.trim_matches(is_blank).len())
}

/// Finds the listeners among services. `behind` gives the name of the service that a postscreen passes
/// connections on to.
pub(super) fn listeners(
    services: &[Service],
    behind: impl Fn(&Service) -> String,
) -> Vec<Listener> {
    let mut found = Vec::new();
    for (index, service) in services.iter().enumerate() {
        if service.kind != "inet" {
            continue;
        }
        let (talks, speaks) = match service.command.as_str() {
            "smtpd" => (Some(index), Speaks::Smtp),
            "qmqpd" => (Some(index), Speaks::Qmqp),
            "postscreen" => {
                let name = behind(service);
                let pass = services
                    .iter()
                    .position(|other| other.kind == "pass" && other.name == name);
                (pass, Speaks::Smtp)
            }
            _ => continue,
        };
        found.extend(talks.map(|talks| Listener {
            listens: index,
            talks,
            speaks,
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};

    fn services(text: &str) -> (Vec<Service>, usize) {
        let store = Memory::new([("master.cf", text)]);
        let files = Files::new(&store, "", None).expect("files");
        let reader = Reader::new(&files);
        let file = reader.own("master.cf").expect("the file");
        (read(&file, &reader), reader.missed().len())
    }

    fn value<'s>(service: &'s Service, name: &str) -> Option<&'s str> {
        service.overrides.get(name).map(|one| one.value.text())
    }

    #[test]
    fn reads_all_spellings_of_an_override() {
        let (services, missed) = services(
            "smtp inet n - y - - smtpd\n\
             # comment\n\
             587 inet n - y - - smtpd -v\n  -o a=1 -ob=2\n  -o { c = 3, 4 }\n  -oc2=x \n\
               \x20-vo d=5 -o a=6 {-o e = 7\n   8} -o {f=} -D -s 0 -o g=$a\n",
        );
        assert_eq!((services.len(), missed), (2, 0));
        let service = &services[1];
        for (name, expected) in [
            ("a", "6"),
            ("b", "2"),
            ("c", "3, 4"),
            ("c2", "x"),
            ("d", "5"),
            ("e", "7   8"),
            ("f", ""),
            ("g", "$a"),
        ] {
            assert_eq!(value(service, name), Some(expected), "{name}");
        }
        assert_eq!(service.place.line, 3);
        assert!(service.malformed.is_empty(), "{:?}", service.malformed);
    }

    #[test]
    fn an_override_with_blanks_around_the_equal_sign_stops_the_daemon() {
        let (services, _) = services("smtp inet n - y - - smtpd\n  -o mynetworks = 10.0.0.0/8\n");
        let [malformed] = &services[0].malformed[..] else {
            panic!("{services:?}");
        };
        assert_eq!(malformed.word, "mynetworks");
        assert_eq!((malformed.place.line, malformed.place.column), (2, 6));
        let (services, _) = self::services("smtp inet n - y - - smtpd -o");
        assert_eq!(services[0].malformed.len(), 1);
    }

    #[test]
    fn the_last_line_of_a_service_counts_and_broken_ones_are_told() {
        let (services, missed) = services(
            "smtp inet n - y - - smtpd\nsmtp unix - - y - - smtp\nshort inet n\n\
             smtp inet n - y - - /usr/lib/postfix/sbin/postscreen\n",
        );
        let commands: Vec<&str> = services.iter().map(|one| one.command.as_str()).collect();
        assert_eq!(commands, ["postscreen", "smtp"]);
        assert_eq!(missed, 1);
    }

    #[test]
    fn listeners_are_smtpd_qmqpd_and_what_postscreen_passes_to() {
        let (services, _) = services(
            "smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n\
             dnsblog unix - - y - 0 dnsblog\n628 inet n - y - - qmqpd\n\
             25 inet n - y - - smtpd\nx inet n - y - 1 postscreen\n",
        );
        let found = listeners(&services, |service| match service.name.as_str() {
            "x" => "elsewhere".to_owned(),
            _ => "smtpd".to_owned(),
        });
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.listens, one.talks, one.speaks))
            .collect();
        assert_eq!(
            found,
            [
                (0, 1, Speaks::Smtp),
                (3, 3, Speaks::Qmqp),
                (4, 4, Speaks::Smtp)
            ]
        );
    }

    #[test]
    fn knows_hosts_and_ports() {
        for (name, host, port) in [
            ("smtp", None, Some(25)),
            ("127.0.0.1:10025", Some("127.0.0.1"), Some(10025)),
            ("[::1]:submission", Some("[::1]"), Some(587)),
            (":26", None, Some(26)),
            ("filter", None, None),
        ] {
            let mut service = Service::assumed(Place {
                file: "main.cf".into(),
                line: 0,
                column: 0,
                width: 0,
            });
            service.name = name.to_owned();
            assert_eq!((service.host(), service.port()), (host, port), "{name}");
        }
        for host in [
            "127.0.0.1",
            "[::1]",
            "localhost",
            "::ffff:127.0.0.2",
            "127.9.9.9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["192.0.2.1", "[2001:db8::1]", "mail.example.com", "all"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in "([ \t\n{}=#-]|-o|smtpd|inet|a|ä){0,60}") {
            let (services, _) = services(&format!("s inet n - - - - smtpd {text}"));
            for service in services {
                let _ = (service.host().map(str::len), service.port());
            }
        }
    }
}
