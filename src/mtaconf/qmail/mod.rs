//! qmail, netqmail and notqmail: a control directory, the rules of tcpserver and the scripts that start it.
//!
//! In: control/, the source of tcprules, run scripts and env directories, alias/. Out: what becomes of the
//! outsider's recipient: RELAYCLIENT lets it through; else rcpthosts decides, and without that file everything
//! is taken.
//!
//! Deliberately does not read compiled databases (.cdb): their sources are read, or missed.
//!
//! References: qmail-smtpd(8), qmail-send(8), tcprules(1), dot-qmail(5).

mod control;
mod rules;
mod scripts;
mod site;
mod tcprules;

use super::decide::{Assume, Fate, outcome};
use super::lists::{MOST_ROOTS, tell_roots};
use super::served::Served;
use super::source::{Files, base_name, join, parent};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Instance, Relay, Service};
use site::Site;
use tcprules::Who;

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "qmail",
    software: "qmail",
    about: "a control directory, tcprules and run scripts",
    find,
    judge,
};

/// Files that only qmail's control directory has.
const ONLY: &[&str] = &[
    "rcpthosts",
    "morercpthosts",
    "smtproutes",
    "percenthack",
    "concurrencyremote",
    "concurrencylocal",
    "qmqpservers",
    "badmailfrom",
    "virtualdomains",
];

fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    if files.is_single() {
        let is_rules = |name: &&str| named || base_name(name).starts_with("tcp.smtp");
        return files.names().filter(is_rules).map(beside).collect();
    }
    let mut roots: Vec<Root> = Vec::new();
    let of_qmail = |name: &&str| {
        let beside = |other| files.has(&join(parent(name), other));
        // Without any other file: me is everywhere, beside locals or alone where the user says it is qmail.
        ONLY.contains(&base_name(name)) || (base_name(name) == "me" && (named || beside("locals")))
    };
    for name in files.names().filter(of_qmail) {
        let directory = parent(name);
        // Debian keeps these files in /etc/qmail: then the name does not say it, but rcpthosts does.
        let control = base_name(directory) == "control"
            || (base_name(name) == "rcpthosts" && !is_other(files, directory));
        let known = roots.iter().any(|root| parent(&root.file) == directory);
        if control && !known && roots.len() < MOST_ROOTS {
            roots.push(Root {
                directory: match base_name(directory) {
                    "control" => parent(directory).to_owned(),
                    _ => directory.to_owned(),
                },
                file: name.to_owned(),
            });
        }
    }
    if roots.is_empty() {
        let rules = |name: &&str| matches!(base_name(name), "tcp.smtp" | "tcp.smtpd");
        roots.extend(files.names().find(rules).map(beside));
    }
    roots
}

/// Tells whether a directory is another product's, which has a file of the same name.
fn is_other(files: &Files<'_>, directory: &str) -> bool {
    let others = ["main.cf", "esmtpd", "courierd", "plugins", "sendmail.cf"];
    others
        .iter()
        .any(|other| files.has(&join(directory, other)))
}

fn beside(name: &str) -> Root {
    Root {
        directory: parent(name).to_owned(),
        file: name.to_owned(),
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    tell_roots(scene);
    let site = Site::read(scene);
    let mut judged = Judged {
        login: login(&site),
        ..Judged::default()
    };
    let relay = match site.is_loopback() {
        true => Relay::Unreachable,
        false => outcome(|assume| fate(scene, &site, assume)),
    };
    judged.instances.push(Instance {
        name: scene.root.directory.clone(),
        relay,
        services: vec![Service {
            name: "qmail-smtpd".to_owned(),
            listen: None,
            relay,
        }],
    });
    rules::raise(scene, &site, &mut judged);
    rules::grants(scene, &site, &mut judged);
    judged.served = served(&site);
    judged
}

/// Tells whether people can log in: where an AUTH patch is used, qmail-smtpd has arguments.
fn login(site: &Site) -> Login {
    if site.scripts.is_empty() {
        return Login::Unknown;
    }
    let mut starts = site.starts();
    match starts.any(|(_, start)| site::arguments(start).len() > 1) {
        true => Login::Offered,
        false => Login::Nowhere,
    }
}

/// Follows the outsider's recipient.
fn fate(scene: &Scene<'_>, site: &Site, assume: Assume) -> Fate {
    if site.refuses_others() {
        return Fate::Refused;
    }
    if site.relays_for_all(scene).is_some() || site.environment().is_some() {
        return Fate::Relayed;
    }
    match &site.control {
        // The rest of the control directory is there, and this file is not.
        Some(control) if control.rcpthosts.is_none() => return Fate::Relayed,
        Some(control) if control.percenthack().next().is_some() => return Fate::Relayed,
        Some(_) => {}
        None if assume == Assume::UnknownPermits => return Fate::Relayed,
        None => {}
    }
    match assume {
        Assume::Forged | Assume::UnknownPermits if site.open_checkers().next().is_some() => {
            Fate::Relayed
        }
        Assume::UnknownPermits if site.rules_unread => Fate::Relayed,
        _ => Fate::Refused,
    }
}

/// Gives the domains that mail is taken for, and the networks from where it is taken for any.
fn served(site: &Site) -> Served {
    let mut served = Served::default();
    for name in site.control.iter().flat_map(control::Control::names) {
        served.domain(name);
    }
    let rules = site.rules.iter().flat_map(|rules| &rules.rules);
    for rule in rules.filter(|rule| rule.relays && !rule.deny) {
        match &rule.who {
            Who::Net(net) => served.net(*net),
            Who::Host(_) => served.hidden = true,
            Who::Others => {
                served.too_wide.insert("everybody".to_owned());
            }
        }
    }
    served
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::testing::{self, one};

    fn found(files: &[(&str, &str)], named: bool) -> Vec<(String, String)> {
        testing::found(find, files, named)
    }

    #[test]
    fn a_control_directory_is_told_by_its_files() {
        let control = [("control/me", "x"), ("control/locals", "x")];
        assert_eq!(found(&control, false), one("", "control/me"));
        let etc = [("etc/qmail/me", "x"), ("etc/qmail/rcpthosts", "x")];
        assert_eq!(found(&etc, false), one("etc/qmail", "etc/qmail/rcpthosts"));
        assert_eq!(
            found(&[("etc/tcp.smtp", ":allow")], false),
            one("etc", "etc/tcp.smtp")
        );
        for other in [
            // Courier, Postfix, a package in the making.
            &[("me", "x"), ("locals", "x"), ("esmtpd", "")][..],
            &[("main.cf", ""), ("rcpthosts", "x")],
            &[("virtualdomains", ""), ("smtproutes", "")],
            &[("debian/control", "Source: x")],
            &[("control/me", "x")],
        ] {
            assert_eq!(found(other, false), [], "{other:?}");
        }
        assert_eq!(found(&[("control/me", "x")], true), one("", "control/me"));
    }
}
