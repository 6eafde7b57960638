//! Courier: a configuration directory with access files and shell assignments.
//!
//! In: esmtpd and its siblings, smtpaccess, esmtpacceptmailfor, locals, hosteddomains, bofh. Out: what becomes of
//! the outsider's recipient: RELAYCLIENT lets it through; else its domain has to be listed.
//!
//! References: courier(8), makesmtpaccess(8), couriertcpd(1).

mod access;
mod rules;
mod shell;
mod site;

use super::decide::{Assume, Fate, outcome};
use super::lists::{MOST_ROOTS, entries, tell_roots};
use super::served::Served;
use super::source::{Files, base_name, join, parent};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Instance, Relay, Service};
use access::Who;
use site::{Daemon, Site};

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "courier",
    software: "Courier",
    about: "esmtpd, esmtpd-msa, smtpaccess, esmtpacceptmailfor",
    find,
    judge,
};

/// Names that only Courier's directory has.
const ONLY: &[&str] = &[
    "esmtpd",
    "esmtpd-msa",
    "esmtpd-ssl",
    "esmtpacceptmailfor",
    "courierd",
];

/// Directories that only Courier's directory has.
const ONLY_DIRECTORIES: &[&str] = &["smtpaccess", "esmtpacceptmailfor.dir"];

fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    let mut roots: Vec<Root> = Vec::new();
    for name in files.names() {
        let above = parent(name);
        let directory = match ONLY_DIRECTORIES.contains(&base_name(above)) {
            true => parent(above),
            false if ONLY.contains(&base_name(name)) && !is_start_script(files, name) => above,
            false if named && files.is_single() => above,
            false => continue,
        };
        let known = roots.iter().any(|root| root.directory == directory);
        if !known && roots.len() < MOST_ROOTS {
            roots.push(Root {
                directory: directory.to_owned(),
                file: name.to_owned(),
            });
        }
    }
    roots
}

/// Tells whether a file is the program or start script of that name.
fn is_start_script(files: &Files<'_>, name: &str) -> bool {
    let beside =
        |other: &&str| **other != *base_name(name) && files.has(&join(parent(name), other));
    match files.read(name) {
        super::source::Found::Text(text) => {
            let script = text.as_str().starts_with("#!") || text.bytes.starts_with(b"\x7fELF");
            script && !ONLY.iter().any(beside)
        }
        super::source::Found::Unread(_) => false,
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    tell_roots(scene);
    let site = Site::read(scene);
    let mut judged = Judged {
        login: login(&site),
        ..Judged::default()
    };
    let services: Vec<Service> = site
        .daemons
        .iter()
        .map(|daemon| Service {
            name: daemon.name.to_owned(),
            listen: Some(daemon.listens()),
            relay: match daemon.is_reachable() {
                true => outcome(|assume| fate(scene, &site, daemon, assume)),
                false => Relay::Unreachable,
            },
        })
        .collect();
    judged.instances.push(Instance {
        name: scene.root.directory.clone(),
        relay: Relay::worst(services.iter().map(|service| service.relay)),
        services,
    });
    rules::raise(scene, &site, &mut judged);
    rules::grants(scene, &site, &mut judged);
    judged.served = served(&site);
    judged
}

/// Tells whether people can log in; by default they can where TLS is spoken, which the files need not say.
fn login(site: &Site) -> Login {
    const WHERE: &[&str] = &["ESMTPAUTH", "ESMTPAUTH_TLS"];
    let values = site
        .daemons
        .iter()
        .flat_map(|daemon| WHERE.iter().map(|name| daemon.get(name)));
    let values: Vec<&str> = values.flatten().map(|(_, a)| a.value.trim()).collect();
    match values.iter().any(|value| !value.is_empty()) {
        true => Login::Offered,
        false if values.is_empty() => Login::Unknown,
        false => Login::Nowhere,
    }
}

/// Follows the outsider's recipient through one daemon.
fn fate(scene: &Scene<'_>, site: &Site, daemon: &Daemon, assume: Assume) -> Fate {
    if site.refuses_others() {
        return Fate::Refused;
    }
    // RELAYCLIENT does for a login where one is required.
    if site.relays_for_all(scene.context).is_some() {
        return Fate::Relayed;
    }
    let listed = site.dns_lists();
    let asks = listed.iter().any(|(name, ..)| *name == daemon.name);
    match assume {
        Assume::UnknownPermits if asks => Fate::Relayed,
        _ => Fate::Refused,
    }
}

/// Gives the domains that mail is taken for, and the networks from where it is taken for any.
fn served(site: &Site) -> Served {
    let mut served = Served::default();
    for text in site.accepted.iter().chain(&site.local) {
        for entry in entries(text, &['#']) {
            served.domain(entry.text.split_whitespace().next().unwrap_or(""));
        }
    }
    let access = site.access.iter().flat_map(|file| &file.says);
    for entry in access.filter(|entry| entry.relays && !entry.deny) {
        match &entry.who {
            Who::Net(net) => served.net(*net),
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
    fn a_directory_is_told_by_names_no_other_has() {
        assert_eq!(found(&[("esmtpd", "PORT=25\n")], false), one("", "esmtpd"));
        let access = [("courier/smtpaccess/default", "")];
        assert_eq!(found(&access, false), one("courier", access[0].0));
        for other in [
            &[("sbin/esmtpd", "#!/bin/sh\n")][..],
            &[("me", "x"), ("locals", "x"), ("aliases/system", "x")],
            &[("smtpaccess.md", "x")],
        ] {
            assert_eq!(found(other, false), [], "{other:?}");
        }
    }
}
