//! The rules for qmail, raised on what its files say, and the rows of its policy.
//!
//! In: a [`Site`]. Out: findings at the very lines, and who may send to whom.

use super::control::{Control, lines, virtual_domains};
use super::site::{Rules, Site};
use super::tcprules::Who;
use crate::model::{Confidence, Envelope, Finding, Grant, Place};
use crate::mtaconf::domains::{OUTSIDE_RECIPIENT, is_top_level};
use crate::mtaconf::lists::{
    Entry, absent, anybody, cap, client_of, foreign, is_foreign, says, severity,
};
use crate::mtaconf::nets::Breadth;
use crate::mtaconf::raise::{finding, proof};
use crate::mtaconf::rules::qmail::{
    QM001, QM002, QM003, QM004, QM005, QM006, QM007, QM008, QM009, QM010, QM011,
};
use crate::mtaconf::source::{Text, join, short};
use crate::mtaconf::{Judged, Scene};

/// Raises every rule that applies.
pub(super) fn raise(scene: &Scene<'_>, site: &Site, judged: &mut Judged) {
    let found = &mut judged.findings;
    found.extend(relays_for_all(scene, site));
    for rules in &site.rules {
        found.extend(wide_ranges(scene, rules));
    }
    found.extend(environment(scene, site));
    found.extend(open_checkers(scene, site));
    let Some(control) = &site.control else {
        return;
    };
    if control.rcpthosts.is_none() {
        match site.refuses_others() {
            false => found.push(missing(scene, control)),
            true => judged.notes.push(
                "control/rcpthosts is missing; only the clients that tcprules lets in may send to every \
                 domain."
                    .to_owned(),
            ),
        }
    }
    found.extend(names(scene, control));
    found.extend(percenthack(scene, control));
    found.extend(foreign_domains(scene, control));
    found.extend(empty(scene, control));
    found.extend(catch_all(scene, site, control));
}

fn subject<'s>(scene: &'s Scene<'_>) -> &'s str {
    &scene.root.directory
}

fn missing(scene: &Scene<'_>, control: &Control) -> Finding {
    let place = absent(&join(&control.directory, "rcpthosts"));
    let message = "There is no control/rcpthosts: qmail-smtpd takes mail for every domain from everybody. Write the \
                   domains that are received here into that file.";
    finding(scene.reader, &QM001, subject(scene), "", place, message).with_envelope(anybody())
}

fn relays_for_all(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let (rules, rule) = site.relays_for_all(scene)?;
    let place = match rule.who {
        Who::Others => rules.text.find_on(rule.line, "RELAYCLIENT"),
        Who::Net(_) | Who::Host(_) => rules.text.find_on(rule.line, &rule.written),
    };
    let message = match rule.who {
        Who::Others => {
            "The rule for all other clients sets RELAYCLIENT: everybody may relay.".to_owned()
        }
        Who::Net(_) | Who::Host(_) => format!(
            "The rules that set RELAYCLIENT cover all addresses together; {} is the widest.",
            short(&rule.written)
        ),
    };
    let raised = finding(
        scene.reader,
        &QM002,
        subject(scene),
        &rule.written,
        place,
        message,
    );
    Some(raised.with_envelope(anybody()))
}

fn wide_ranges(scene: &Scene<'_>, rules: &Rules) -> Vec<Finding> {
    let wide = rules.wide(scene).into_iter();
    let found = wide.filter(|(_, breadth)| *breadth != Breadth::Everybody);
    let found = found.filter_map(|(rule, breadth)| {
        let Who::Net(net) = rule.who else {
            return None;
        };
        let message = format!(
            "Clients of {} ({net}) get RELAYCLIENT: {}.",
            short(&rule.written),
            says(breadth)
        );
        let place = rules.text.find_on(rule.line, &rule.written);
        let raised = finding(
            scene.reader,
            &QM003,
            subject(scene),
            &rule.written,
            place,
            message,
        );
        Some(
            raised
                .with_severity(severity(breadth))
                .with_envelope(client_of(net)),
        )
    });
    cap(found)
}

fn environment(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let (place, used) = site.environment()?;
    let message = "RELAYCLIENT is in the environment of qmail-smtpd: every connection may relay.";
    let mut raised = finding(scene.reader, &QM004, subject(scene), "", place, message);
    if let Some(used) = used {
        let says = "envdir takes the environment from there";
        raised = raised.with_evidence(proof(scene.reader, used, says, Vec::new()));
    }
    Some(raised.with_envelope(anybody()))
}

fn open_checkers(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let raised = site.open_checkers().map(|checker| {
        let word = short(&checker.word.text);
        let (message, confidence) = match checker.displaced {
            true => (
                format!(
                    "qmail-smtpd is started with {word} where most AUTH patches expect the host name: the program \
                     behind it is then asked for passwords. With a patch that takes no host name this is right."
                ),
                Confidence::Weak,
            ),
            false => (
                format!("{word} is asked for passwords, and succeeds whatever it is asked."),
                Confidence::Firm,
            ),
        };
        let place = checker
            .text
            .find_on(checker.word.line, &checker.word.text);
        finding(
            scene.reader,
            &QM006,
            subject(scene),
            &checker.word.text,
            place,
            message,
        )
        .with_confidence(confidence)
        .with_envelope(Envelope {
            besides: Some("a login with any name and password".to_owned()),
            ..anybody()
        })
    });
    cap(raised)
}

/// Raises what is wrong with single names of rcpthosts and morercpthosts.
fn names(scene: &Scene<'_>, control: &Control) -> Vec<Finding> {
    let mut found = Vec::new();
    for text in [&control.rcpthosts, &control.more].into_iter().flatten() {
        let suffixes = lines(text).filter(|entry| entry.text.starts_with('.'));
        let suffixes = suffixes.filter(|entry| is_top_level(entry.text));
        found.extend(cap(suffixes.map(|entry| {
            let message = format!(
                "Mail for every domain below {} is taken from everybody.",
                short(entry.text)
            );
            named(scene, &QM005, text, entry, message).with_envelope(Envelope {
                recipient: Some(format!("relaycheck@example{}", entry.text)),
                ..Envelope::default()
            })
        })));
        let stars = lines(text).filter(|entry| entry.text.contains('*'));
        found.extend(cap(stars.map(|entry| {
            let message = format!(
                "{} is taken as it is written: * is no wildcard here. A suffix begins with a dot.",
                short(entry.text)
            );
            named(scene, &QM011, text, entry, message)
        })));
    }
    found
}

fn named(
    scene: &Scene<'_>,
    rule: &'static crate::model::Rule,
    text: &Text,
    entry: Entry<'_>,
    message: String,
) -> Finding {
    let place = entry.place(text);
    finding(
        scene.reader,
        rule,
        subject(scene),
        entry.text,
        place,
        message,
    )
}

fn percenthack(scene: &Scene<'_>, control: &Control) -> Vec<Finding> {
    let raised = control.percenthack().map(|(text, entry)| {
        let message = format!(
            "{} is received here and listed in percenthack: what is sent to user%elsewhere@{} is sent on to \
             user@elsewhere.",
            short(entry.text),
            short(entry.text)
        );
        let recipient = OUTSIDE_RECIPIENT.replace('@', "%");
        named(scene, &QM007, text, entry, message).with_envelope(Envelope {
            recipient: Some(format!("{recipient}@{}", entry.text)),
            ..Envelope::default()
        })
    });
    cap(raised)
}

fn foreign_domains(scene: &Scene<'_>, control: &Control) -> Vec<Finding> {
    let mut found = Vec::new();
    let received = "mail for it is received here";
    for text in [&control.rcpthosts, &control.more].into_iter().flatten() {
        // What is as wide as a top-level domain has a rule of its own.
        let domains =
            lines(text).filter(|entry| !is_top_level(entry.text) && !entry.text.contains('*'));
        found.extend(foreign(
            scene,
            &QM008,
            subject(scene),
            text,
            domains,
            received,
        ));
    }
    if let Some(text) = &control.locals {
        let what = "its mail is delivered here";
        found.extend(foreign(
            scene,
            &QM008,
            subject(scene),
            text,
            lines(text),
            what,
        ));
    }
    if let Some(text) = &control.virtualdomains {
        let what = "it is a virtual domain here";
        let domains = virtual_domains(text);
        found.extend(foreign(scene, &QM008, subject(scene), text, domains, what));
    }
    found
}

fn empty(scene: &Scene<'_>, control: &Control) -> Option<Finding> {
    let text = control.rcpthosts.as_ref().filter(|_| control.is_empty())?;
    let message =
        "rcpthosts is empty: every recipient is refused but those of clients with RELAYCLIENT.";
    let place = text.whole();
    Some(finding(
        scene.reader,
        &QM010,
        subject(scene),
        "",
        place,
        message,
    ))
}

fn catch_all(scene: &Scene<'_>, site: &Site, control: &Control) -> Vec<Finding> {
    let mut found = Vec::new();
    for text in &site.defaults {
        let outside = lines(text).take(1000).find_map(|entry| {
            let address = forward(entry.text)?;
            let (_, domain) = address.rsplit_once('@')?;
            let outside = match scene.context.own_domains.is_empty() {
                true => !control.knows(domain),
                false => is_foreign(domain, scene.context),
            };
            outside.then_some((entry.line, address))
        });
        if let Some((line, address)) = outside {
            let message = format!(
                "Mail for all unknown names is sent on to {}: spam of strangers leaves from here.",
                short(address)
            );
            let place = text.find_on(line, address);
            found.push(finding(
                scene.reader,
                &QM009,
                subject(scene),
                address,
                place,
                message,
            ));
        }
    }
    cap(found)
}

/// Gives the address a line of a `.qmail` file forwards to.
fn forward(line: &str) -> Option<&str> {
    if let Some(command) = line.strip_prefix('|') {
        let mut words = command.split_whitespace();
        let program = words.next()?;
        let forwards = crate::mtaconf::source::base_name(program) == "forward";
        return words.next().filter(|_| forwards);
    }
    let plain = line.starts_with(|c: char| c.is_alphanumeric());
    let address = line.strip_prefix('&').or(plain.then_some(line))?;
    Some(address.trim().trim_matches(['<', '>']))
}

/// Adds the rows of the policy, in the order in which connections and recipients are judged.
pub(super) fn grants(scene: &Scene<'_>, site: &Site, judged: &mut Judged) {
    let service = subject(scene);
    let mut row = |clients: String, domains: &str, because: Option<Place>| {
        judged.grants.push(Grant {
            service: service.to_owned(),
            clients,
            domains: domains.to_owned(),
            because,
        });
    };
    const EVERY: &str = "every domain";
    if let Some((place, _)) = site.environment() {
        row("everybody".to_owned(), EVERY, Some(place));
    }
    for rules in &site.rules {
        let relaying = rules.rules.iter().filter(|rule| rule.relays && !rule.deny);
        for rule in relaying.take(1000) {
            let clients = match &rule.who {
                Who::Others => "everybody".to_owned(),
                Who::Net(net) => net.to_string(),
                Who::Host(name) => format!("hosts named {name}"),
            };
            let place = rules.text.find_on(rule.line, "RELAYCLIENT");
            row(clients, EVERY, Some(place));
        }
    }
    if super::login(site) == crate::mtaconf::Login::Offered {
        let start = site
            .starts()
            .find(|(_, s)| super::site::arguments(s).len() > 1);
        let place =
            start.and_then(|(text, words)| Some(text.find_on(words.first()?.line, "qmail-smtpd")));
        row("logged-in users".to_owned(), EVERY, place);
    }
    if let Some(control) = &site.control {
        let everybody = "everybody".to_owned();
        match &control.rcpthosts {
            None => {
                let place = absent(&join(&control.directory, "rcpthosts"));
                row(everybody, EVERY, Some(place));
            }
            Some(text) => row(everybody, "domains of rcpthosts", Some(text.whole())),
        }
    }
}
