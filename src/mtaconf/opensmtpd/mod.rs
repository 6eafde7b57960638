//! OpenSMTPD: smtpd.conf in both of its grammars.
//!
//! In: smtpd.conf, what it includes, and the tables it names. Out: per listener what becomes of an outsider's
//! mail, and the rule to change. The rules are evaluated as smtpd does it: in order, the first that fits decides,
//! none that fits refuses; a rule without `from` is for this machine's mail, one without `for` for its names.
//!
//! Deliberately does not judge filters: they can only refuse what the rules would take.
//!
//! References: smtpd.conf(5) of 6.8 and of 6.0, table(5).

mod breadth;
mod causes;
mod conf;
mod declare;
mod domains;
mod evaluate;
mod grammar;
mod late;
mod lex;
mod old;
mod rules;
mod table;

use super::served::Served;
use super::source::{Files, base_name, parent};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Grant, Instance, Relay, Service};
use conf::{Auth, Class, Conf, Deed, What};
use evaluate::{Judge, Way};
use std::collections::HashMap;

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "opensmtpd",
    software: "OpenSMTPD",
    about: "smtpd.conf",
    find,
    judge,
};

/// Finds files named smtpd.conf that hold statements; a file of that name is also the SASL library's.
fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    let fits = |name: &&str| {
        if named && files.is_single() {
            return true;
        }
        let base = base_name(name);
        let called = base == "smtpd.conf" || (base.contains("smtpd") && base.ends_with(".conf"));
        called && speaks(files, name)
    };
    let names = files.names().filter(fits);
    names
        .map(|name| Root {
            directory: parent(name).to_owned(),
            file: name.to_owned(),
        })
        .collect()
}

/// Tells whether a file has a line that only smtpd's grammar has.
fn speaks(files: &Files<'_>, name: &str) -> bool {
    let super::source::Found::Text(text) = files.read(name) else {
        return false;
    };
    text.lines().take(10_000).any(|(_, line)| {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("listen"), Some("on")) => true,
            (Some("match" | "accept" | "reject"), Some(second)) => !second.starts_with('='),
            (Some("action"), Some(_)) => words.next().is_some(),
            _ => false,
        }
    })
}

fn judge(scene: &Scene<'_>) -> Judged {
    let mut judged = Judged::default();
    let Some(text) = scene.reader.own(&scene.root.file) else {
        judged.instances.push(Instance {
            name: subject(scene).to_owned(),
            relay: Relay::Conditional,
            services: Vec::new(),
        });
        return judged;
    };
    let conf = grammar::conf(scene.reader, &text);
    let judge = Judge::new(&conf);
    let public = conf.listeners.iter().filter(|l| !l.is_local());
    let mut known: HashMap<Class<'_>, Way<'_>> = HashMap::new();
    let ways = public.map(|listener| {
        let way = known.entry(listener.class());
        way.or_insert_with(|| judge.way(listener)).at(listener)
    });
    let ways: Vec<Way<'_>> = ways.collect();
    let mut relay = Relay::worst(ways.iter().map(|way| way.relay));
    if conf.listens_elsewhere && relay > Relay::Conditional {
        relay = Relay::Conditional;
    }
    judged.findings = rules::judge(scene, &conf, &judge, &ways, relay);
    judged.grants = grants(scene, &conf);
    judged.served = served(&conf);
    judged.login = login(&conf);
    if conf.old.is_some() {
        judged
            .notes
            .push("smtpd.conf is written in the grammar from before 6.4.".to_owned());
    }
    if judge.is_exhausted() {
        scene
            .reader
            .miss(&scene.root.file, "too large to be evaluated whole");
    }
    judged.instances.push(Instance {
        name: subject(scene).to_owned(),
        relay,
        services: services(&conf, &ways),
    });
    judged
}

/// Names the installation where there are several.
fn subject<'a>(scene: &Scene<'a>) -> &'a str {
    match scene.roots.len() {
        0 | 1 => "",
        _ => &scene.root.file,
    }
}

fn login(conf: &Conf) -> Login {
    let offered = conf.listeners.iter().any(|l| l.auth != Auth::No);
    match (offered, conf.lost.is_empty()) {
        (true, _) => Login::Offered,
        (false, true) => Login::Nowhere,
        (false, false) => Login::Unknown,
    }
}

fn services(conf: &Conf, ways: &[Way<'_>]) -> Vec<Service> {
    let mut public = ways.iter();
    let listeners = conf.listeners.iter().map(|listener| {
        let relay = match listener.is_local() {
            true => Relay::Unreachable,
            false => public.next().map_or(Relay::Closed, |way| way.relay),
        };
        Service {
            name: listener.name(),
            listen: listener
                .ports
                .first()
                .map(|port| format!("{}:{port}", listener.on)),
            relay,
        }
    });
    listeners.collect()
}

/// Gives the domains that mail is taken for, and the networks from where it is taken for any.
fn served(conf: &Conf) -> Served {
    let mut served = Served::default();
    let takes = |rule: &&conf::Rule| !matches!(rule.deed, Deed::Reject);
    for rule in conf.rules.iter().filter(takes) {
        let asks = |what: fn(&What) -> bool| {
            let mut conditions = rule.conditions.iter();
            conditions.any(|condition| !condition.negated && what(&condition.what))
        };
        let anywhere = asks(|what| matches!(what, What::ForAny));
        for condition in rule.conditions.iter().filter(|one| !one.negated) {
            let (set, client) = match &condition.what {
                What::ForDomain(set) => (set, false),
                What::FromSource(set) if anywhere => (set, true),
                _ => continue,
            };
            served.hidden |= set.regex || !set.table.known;
            for entry in set.table.entries.iter().filter(|_| !set.regex) {
                match client {
                    true => served.client(&entry.key),
                    false => served.domain(&entry.key),
                }
            }
        }
    }
    served
}

/// Gives the rules that take mail, in order.
fn grants(scene: &Scene<'_>, conf: &Conf) -> Vec<Grant> {
    let takes = conf
        .rules
        .iter()
        .filter(|rule| !matches!(rule.deed, Deed::Reject));
    let rows = takes.take(1000).map(|rule| {
        let (mut clients, mut domains) = (Vec::new(), Vec::new());
        for condition in &rule.conditions {
            let not = if condition.negated { "not " } else { "" };
            let to = match condition.what.is_destination() {
                true => &mut domains,
                false => &mut clients,
            };
            to.push(format!("{not}{}", causes::words(&condition.what)));
        }
        let deed = match rule.deed {
            Deed::Relay => "",
            Deed::Deliver(_) => ", delivered here",
            Deed::Reject | Deed::Unknown => ", by an action that is not known",
        };
        Grant {
            service: subject(scene).to_owned(),
            clients: clients.join(", "),
            domains: format!("{}{deed}", domains.join(", ")),
            because: Some(rule.head.place()),
        }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::Memory;
    use crate::mtaconf::{Context, audit};
    use proptest::prelude::*;

    /// Audits one file; gives the outcome and the rules that fire above info.
    fn fire(text: &str) -> (&'static str, Vec<&'static str>) {
        let store = Memory::new([("smtpd.conf", text)]);
        let files = Files::new(&store, "smtpd.conf", None).expect("a file");
        let mut found = audit("x", &files, Some(&DIALECT), &Context::default());
        let audit = found.remove(0);
        let mut fired: Vec<_> = audit
            .findings
            .iter()
            .filter(|f| f.severity > crate::model::Severity::Info)
            .map(|f| f.rule.id)
            .collect();
        fired.sort_unstable();
        fired.dedup();
        (audit.relay.as_str(), fired)
    }

    #[test]
    fn as_many_listeners_as_rules_are_judged_once_for_their_kind() {
        let mut text = "action \"out\" relay\n".to_owned();
        for number in 1..10_000 {
            text += &format!("listen on 192.0.2.{} port {number}\n", number % 250);
            text += &format!("match from any for domain \"d{number}.example\" action out\n");
        }
        text += "match from any mail-from \"@own.example\" for any action out\n";
        let (relay, fired) = fire(&text);
        assert_eq!(relay, "open-if-forged");
        assert!(fired.contains(&"OS002"), "{fired:?}");
    }

    #[test]
    fn evaluates_rules_as_smtpd_does() {
        let head =
            "action \"out\" relay\naction \"in\" mbox\nlisten on 192.0.2.1 port 25 tls pki x\n";
        for (rules, relay, fired) in [
            ("match for any action out", "closed", vec![]),
            ("match auth from any for any action out", "closed", vec![]),
            ("match from auth for any action out", "closed", vec![]),
            (
                "match !from auth for any action out",
                "open",
                vec!["OS001", "OS014"],
            ),
            (
                "match from any for any !auth action out",
                "open",
                vec!["OS001", "OS010"],
            ),
            (
                "match from any for any action out",
                "open",
                vec!["OS001", "OS010"],
            ),
            (
                "match tls from any for any action out",
                "open",
                vec!["OS001", "OS010"],
            ),
            ("match tag x from any for any action out", "closed", vec![]),
            (
                "match !tag x from any for any action out",
                "open",
                vec!["OS001", "OS010"],
            ),
            (
                "match from any for any reject\nmatch from any for any action out",
                "closed",
                vec![],
            ),
            (
                "match from src 0.0.0.0/0 for any action out",
                "open",
                vec!["OS001", "OS011"],
            ),
            (
                "match from src { 0.0.0.0/1, 128.0.0.0/1 } for any action out",
                "open",
                vec!["OS001", "OS011"],
            ),
            (
                "match from src 203.0.0.0/8 for any action out",
                "closed",
                vec!["OS011"],
            ),
            (
                "match from src 203.0.0.0/8 for any reject\nmatch from src 203.0.0.0/8 for any action out",
                "closed",
                vec![],
            ),
            (
                "match from src 10.0.0.0/8 for any action out",
                "closed",
                vec![],
            ),
            (
                "match !from src 203.0.113.0/24 for any action out",
                "open",
                vec!["OS001", "OS014"],
            ),
            (
                "match !from local for any action out",
                "open",
                vec!["OS001", "OS014"],
            ),
            ("match !from any for any action out", "closed", vec![]),
            (
                "match from rdns for any action out",
                "open",
                vec!["OS001", "OS013"],
            ),
            (
                "match from rdns \"*\" for any action out",
                "open",
                vec!["OS001", "OS013"],
            ),
            (
                "match from rdns \"*.example.com\" for any action out",
                "closed",
                vec!["OS013"],
            ),
            (
                "match from any for domain \"*\" action out",
                "open",
                vec!["OS001", "OS015"],
            ),
            (
                "match from any for domain regex \".\" action out",
                "open",
                vec!["OS001", "OS015"],
            ),
            (
                "match from any for rcpt-to \"@\" action out",
                "open",
                vec!["OS001", "OS015"],
            ),
            (
                "match from any !for local action out",
                "open",
                vec!["OS001", "OS015"],
            ),
            (
                "match from any for domain \"*.net\" action out",
                "closed",
                vec!["OS015"],
            ),
            (
                "match from any for domain \"*.example.net\" action out",
                "closed",
                vec![],
            ),
            (
                "match from any mail-from \"@example.com\" for any action out",
                "open-if-forged",
                vec!["OS002", "OS012"],
            ),
            (
                "match from mail-from regex \"@example\\\\.com$\" for any action out",
                "open-if-forged",
                vec!["OS002", "OS012"],
            ),
            (
                "match from any helo \"x.example.com\" for any action out",
                "open-if-forged",
                vec!["OS002", "OS012"],
            ),
            (
                "match from any mail-from \"@example.com\" for any reject\nmatch from any mail-from \"@example.com\" for any action out",
                "closed",
                vec![],
            ),
            (
                "match from any !mail-from \"@example.com\" for any action out",
                "open",
                vec!["OS001", "OS010"],
            ),
            (
                "match from any for any action in",
                "accepts-foreign",
                vec!["OS021"],
            ),
            (
                "match from any for any action nowhere",
                "conditional",
                vec![],
            ),
            (
                "match from any for any action out\nmatch from any for domain \"x.example\" reject",
                "open",
                vec!["OS001", "OS010", "OS016"],
            ),
        ] {
            let (outcome, rules_fired) = fire(&format!("{head}{rules}\n"));
            assert_eq!((outcome, rules_fired), (relay, fired), "{rules}");
        }
    }

    #[test]
    fn the_older_grammar_is_judged_by_the_same_rules() {
        let head = "listen on 192.0.2.1\ntable d { \"example.com\" }\n";
        for (rules, relay, fired) in [
            ("accept for any relay", "closed", vec![]),
            (
                "accept from any for any relay",
                "open",
                vec!["OS001", "OS010"],
            ),
            (
                "accept from any for domain <d> deliver to mbox",
                "closed",
                vec![],
            ),
            (
                "accept from any for domain <d> alias <d> deliver to mda \"x relay\"",
                "closed",
                vec![],
            ),
            (
                "accept from source 203.0.0.0/8 for any relay via \"smtp://x\"",
                "closed",
                vec!["OS011"],
            ),
            (
                "accept from ! source 192.0.2.0/24 for any relay",
                "open",
                vec!["OS001", "OS014"],
            ),
            (
                "accept from any sender \"@example.com\" for any relay",
                "open-if-forged",
                vec!["OS002", "OS012"],
            ),
            ("accept tagged x from any for any relay", "closed", vec![]),
        ] {
            let (outcome, rules_fired) = fire(&format!("{head}{rules}\n"));
            assert_eq!((outcome, rules_fired), (relay, fired), "{rules}");
        }
    }

    #[test]
    fn listeners_decide_who_comes_at_all() {
        let tail = "\naction \"out\" relay\nmatch from any for any action out\n";
        for (listen, relay) in [
            ("", "unreachable"),
            ("listen on lo0", "unreachable"),
            ("listen on socket", "unreachable"),
            ("listen on ::1 port 25", "unreachable"),
            ("listen on egress", "open"),
            ("listen on egress tls pki x auth", "closed"),
            ("listen on egress tls pki x auth-optional", "open"),
            ("listen on egress tls-require verify pki x", "closed"),
            ("listen on $addr", "conditional"),
            ("listen", "conditional"),
        ] {
            assert_eq!(fire(&format!("{listen}{tail}")).0, relay, "{listen}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(words in proptest::collection::vec("match|from|any|for|domain|action|out|<|>|\\{|\\}|!|src|table|t|=|\n|\"x\"|listen|on|accept|relay|reject|regex|\\$x|,|action|mbox|mail-from|0.0.0.0/0|é", 0..60)) {
            fire(&words.join(" "));
        }
    }
}
