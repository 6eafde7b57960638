//! Sendmail: a .mc, the .cf that is built from it, and the tables beside them.
//!
//! In: sendmail.mc and sendmail.cf, the access map, relay-domains, local-host-names, virtusertable. Out: what
//! becomes of an outsider's mail, and the line to change.
//!
//! The .cf is what runs: where both are there it is judged, and the .mc says where to change it. A .mc is
//! expanded as m4 does it; nothing is searched for in its text.
//!
//! Deliberately leaves submit.mc and submit.cf alone: what they configure listens to nobody.
//!
//! References: cf/README; Sendmail Installation and Operation Guide.

mod builtins;
mod cf;
mod entries;
mod findings;
mod input;
mod m4;
mod mc;
mod notes;
mod policy;
mod rewrite;
mod tables;
mod verdict;

use super::source::{Files, Found, Text, base_name, join, parent};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Instance, Relay, Service};
use policy::Policy;
use std::collections::BTreeMap;
use std::sync::Arc;
use tables::Entry;

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "sendmail",
    software: "Sendmail",
    about: "sendmail.mc, sendmail.cf, access, relay-domains, local-host-names",
    find,
    judge,
};

/// Finds .mc and .cf files by their content, and puts those of one name together. The .mc comes first: there
/// it is changed.
fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    for name in files.names() {
        let base = base_name(name);
        let single = named && files.is_single();
        let stem = base.strip_suffix(".mc").or(base.strip_suffix(".cf"));
        let stem = match stem {
            Some("submit") if !single => continue,
            Some(stem) => stem,
            None if single => base,
            None => continue,
        };
        if !single && !speaks(files, name) {
            continue;
        }
        let key = (parent(name).to_owned(), stem.to_owned());
        let known = found.entry(key).or_insert_with(|| name.to_owned());
        if name.ends_with(".mc") {
            name.clone_into(known);
        }
    }
    found
        .into_iter()
        .map(|((directory, _), file)| Root { directory, file })
        .collect()
}

/// Tells whether a file is sendmail's: a .mc that calls the library, a .cf with rulesets.
fn speaks(files: &Files<'_>, name: &str) -> bool {
    let Found::Text(text) = files.read(name) else {
        return false;
    };
    match name.ends_with(".mc") {
        true => ["MAILER(", "OSTYPE(", "FEATURE(", "DAEMON_OPTIONS("]
            .iter()
            .any(|call| text.as_str().contains(call)),
        false => is_cf(&text),
    }
}

fn is_cf(text: &Text) -> bool {
    let (mut rulesets, mut marks) = (0, 0);
    for (_, line) in text.lines().take(100_000) {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '=';
        match line.as_bytes() {
            [b'S', rest @ ..] if !rest.is_empty() && line.trim_end().chars().all(word) => {
                rulesets += 1;
            }
            [b'R', b'$' | b'<', ..] if line.contains('\t') => marks += 1,
            [b'V' | b'M' | b'O' | b'D' | b'C' | b'F' | b'K', next, ..] if *next != b'=' => {
                marks += 1;
            }
            _ => {}
        }
    }
    rulesets > 0 && marks > 2
}

/// Everything that is judged together.
struct Site {
    policy: Policy,
    /// The file that a fault is blamed on which nobody wrote.
    main: Arc<Text>,
    /// The access map, where it is in use.
    access: Vec<Entry>,
    /// An access map that lies there and is not in use.
    unused: Vec<Entry>,
    /// Virtual users, where they are in use.
    users: Vec<Entry>,
}

fn judge(scene: &Scene<'_>) -> Judged {
    let mut judged = Judged::default();
    let Some((policy, main)) = read(scene, &mut judged.notes) else {
        judged.instances.push(Instance {
            name: subject(scene).to_owned(),
            relay: Relay::Conditional,
            services: Vec::new(),
        });
        return judged;
    };
    let site = tables_of(scene, policy, main);
    let services = services(scene, &site);
    let relay = Relay::worst(services.iter().map(|service| service.relay));
    judged.version = site.policy.version.as_ref().map(|(version, _)| *version);
    judged.findings = findings::judge(scene, &site);
    judged.grants = notes::grants(scene, &site);
    judged.served = notes::served(&site);
    judged.login = login(&site.policy);
    if site.policy.submits.is_some() {
        let note = "This configuration submits to another server; it listens to nobody outside.";
        judged.notes.push(note.to_owned());
    }
    judged.instances.push(Instance {
        name: subject(scene).to_owned(),
        relay,
        services,
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

/// Reads the .mc, the .cf, or both.
fn read(scene: &Scene<'_>, notes: &mut Vec<String>) -> Option<(Policy, Arc<Text>)> {
    let reader = scene.reader;
    let first = reader.own(&scene.root.file)?;
    let is_mc = match scene.root.file.rsplit_once('.') {
        Some((_, "mc")) => true,
        Some((_, "cf")) => false,
        _ => !is_cf(&first),
    };
    if !is_mc {
        return Some((cf::whole(reader, &first), first));
    }
    let written = mc::read(reader, &first);
    let base = base_name(&scene.root.file);
    let stem = base.strip_suffix(".mc").unwrap_or(base);
    let built = reader.own(&join(&scene.root.directory, &format!("{stem}.cf")));
    let Some(built) = built.filter(|text| is_cf(text)) else {
        return Some((written, first));
    };
    let mut runs = cf::whole(reader, &built);
    notes::place(&mut runs, &written, notes);
    Some((runs, first))
}

/// Reads the tables.
fn tables_of(scene: &Scene<'_>, mut policy: Policy, main: Arc<Text>) -> Site {
    let reader = scene.reader;
    let (mut access, mut unused, mut users) = (Vec::new(), Vec::new(), Vec::new());
    let load = |path: &str, from: &str, optional: bool| match optional {
        true => reader.optional(path, from),
        false => reader.named(path, from).ok(),
    };
    if let Some(map) = policy.access.clone() {
        let from = map.spot.text().name.to_string();
        let text = map
            .path()
            .and_then(|path| load(path, &from, map.is_optional()));
        let known = match (&text, map.path()) {
            (Some(text), _) => {
                let (entries, all) = tables::access(text);
                access = entries;
                all
            }
            (None, Some(_)) => map.is_optional(),
            (None, None) => false,
        };
        if !known {
            if text.is_some() || map.path().is_none() {
                let what = format!("the access map at {}", map.spot.shown());
                reader.miss(&what, "it cannot be read as a text, or not whole");
            }
            policy.doubt("the access map", &map.spot);
        }
    } else if let Some(text) = reader.optional("/etc/mail/access", &main.name) {
        unused = tables::access(&text).0;
    }
    if let Some(map) = policy.virtual_users.clone() {
        let from = map.spot.text().name.to_string();
        match map.path() {
            Some(path) => {
                if let Some(text) = load(path, &from, map.is_optional()) {
                    let (entries, all) = tables::virtual_users(&text);
                    users = entries;
                    if !all {
                        reader.miss(path, "has more entries than are read");
                    }
                }
            }
            None => {
                let what = format!("the table of virtual users at {}", map.spot.shown());
                reader.miss(&what, "it cannot be read as a text");
            }
        }
    }
    Site {
        policy,
        main,
        access,
        unused,
        users,
    }
}

fn services(scene: &Scene<'_>, site: &Site) -> Vec<Service> {
    let relay = verdict::relay(scene, site);
    let daemons = site.policy.daemons.iter().map(|daemon| {
        let here = match () {
            () if daemon.is_local() || site.policy.submits.is_some() => Relay::Unreachable,
            () if daemon.wants_login() => Relay::Closed,
            () => relay,
        };
        let address = daemon.address.as_deref().unwrap_or("*");
        Service {
            name: daemon.name.clone(),
            listen: Some(format!("{address}:{}", daemon.port)),
            relay: here,
        }
    });
    daemons.collect()
}

fn login(policy: &Policy) -> Login {
    let offered =
        !policy.trusted.is_empty() || policy.mechanisms.is_some() || policy.login_options.is_some();
    match (offered, policy.unknown.is_empty()) {
        (true, _) => Login::Offered,
        (false, true) => Login::Nowhere,
        (false, false) => Login::Unknown,
    }
}
