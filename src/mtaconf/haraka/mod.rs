//! Haraka: a configuration directory with its list of plugins.
//!
//! In: config/plugins and the files beside it. Out: what becomes of the outsider's recipient at each port it
//! listens on. Hooks run in the order of the plugins; the first that takes or refuses a recipient decides; where
//! none does, a connection that may relay is let through and any other is refused.
//!
//! Deliberately does not run plugins of one's own; they are named as unread.
//!
//! References: Haraka's plugin documentation.

mod ini;
mod read;
mod rules;
mod site;

use super::decide::{Assume, Fate, outcome};
use super::domains::fits_every_domain;
use super::lists::{MOST_ROOTS, entries, tell_roots};
use super::nets::Breadth;
use super::served::Served;
use super::source::{Files, Found, base_name, join, parent};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Instance, Relay, Service};
use site::{Locals, Site};

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "haraka",
    software: "Haraka",
    about: "a config directory",
    find,
    judge,
};

/// Words only Haraka's list of plugins begins its lines with.
const KNOWN: &[&str] = &[
    "rcpt_to.",
    "mail_from.",
    "helo.checks",
    "queue/",
    "auth/",
    "data.headers",
    "haraka-plugin-",
    "lookup_rdns.",
    "connect.",
];

/// The plugin that knows the local domains.
const LOCALS: &str = "rcpt_to.in_host_list";

/// Files that stand beside it.
const BESIDE: &[&str] = &[
    "smtp.ini",
    "host_list",
    "relay.ini",
    "relay_acl_allow",
    "connection.ini",
    "outbound.ini",
];

fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    let root = |name: &str| Root {
        directory: install_of(parent(name)).to_owned(),
        file: name.to_owned(),
    };
    if files.is_single() && named {
        return files.names().map(root).collect();
    }
    files
        .names()
        .filter(|name| base_name(name) == "plugins")
        .filter(|name| named || is_list_of_plugins(files, name))
        .take(MOST_ROOTS)
        .map(root)
        .collect()
}

/// Gives the directory of an installation by that of its configuration.
fn install_of(config: &str) -> &str {
    match base_name(config) {
        "config" => parent(config),
        _ => config,
    }
}

fn is_list_of_plugins(files: &Files<'_>, name: &str) -> bool {
    let Found::Text(text) = files.read(name) else {
        return false;
    };
    let line = |bare: &str| KNOWN.iter().any(|word| bare.starts_with(word));
    let active = |(_, line): (u32, &str)| line.trim().to_owned();
    let lines: Vec<String> = text.lines().take(2000).map(active).collect();
    let beside = |base: &str| files.has(&join(parent(name), base));
    lines.iter().any(|bare| line(bare))
        || (BESIDE.iter().any(|base| beside(base)) && lines.iter().any(|bare| bare == "relay"))
}

fn judge(scene: &Scene<'_>) -> Judged {
    let mut judged = Judged::default();
    tell_roots(scene);
    let Some(site) = Site::read(scene.reader, &scene.root.file) else {
        return judged;
    };
    let site = &site;
    let auth = site.plugins.says.iter().any(|p| p.name.starts_with("auth"));
    judged.login = match auth {
        true => Login::Offered,
        false => Login::Nowhere,
    };
    let services: Vec<Service> = site
        .listens
        .iter()
        .map(|(listen, port, outside)| Service {
            name: "smtp".to_owned(),
            listen: Some(listen.clone()),
            relay: match outside {
                true => outcome(|assume| fate(scene, site, *port, assume)),
                false => Relay::Unreachable,
            },
        })
        .collect();
    judged.instances.push(Instance {
        name: scene.root.directory.clone(),
        relay: Relay::worst(services.iter().map(|service| service.relay)),
        services,
    });
    rules::raise(scene, site, &mut judged);
    rules::grants(scene, site, auth, &mut judged);
    judged.served = served(scene, site);
    judged
}

/// Follows the outsider's recipient through the plugins.
fn fate(scene: &Scene<'_>, site: &Site, port: u16, assume: Assume) -> Fate {
    let allowed = site.allow.as_ref().map_or(Breadth::Narrow, |file| {
        let nets: Vec<_> = file.says.iter().map(|listed| listed.net).collect();
        super::nets::breadth(&scene.context.unexpected(&nets))
    });
    if allowed == Breadth::Everybody {
        return Fate::Relayed;
    }
    // These two ports take mail from connections that may relay, and from no other.
    if matches!(port, 465 | 587) {
        return Fate::Refused;
    }
    let denied = refuses_unlisted(site);
    // The hook of dest_domains stands before that of all: it refuses what is not listed, until a listed
    // recipient has switched relaying on.
    if takes_all(site) && (denied.is_none() || accepts_some(site)) {
        return Fate::Relayed;
    }
    let first = |plugin: &str| denied.is_none_or(|by| site.before(plugin, by));
    if site.has(LOCALS) && first(LOCALS) {
        match site.regex.as_ref().map(|file| &file.says) {
            Some(Locals::Fit(_)) if every_domain(site) => return Fate::Swallowed,
            Some(Locals::Unread) if assume == Assume::UnknownPermits => return Fate::Swallowed,
            _ => {}
        }
    }
    let unknown = site.unknown_recipients().any(|plugin| first(&plugin.name));
    match assume {
        Assume::UnknownPermits if unknown => Fate::Relayed,
        _ => Fate::Refused,
    }
}

/// Tells whether every recipient of every connection is let through.
fn takes_all(site: &Site) -> bool {
    let all = |file: &site::File<ini::Ini>| file.says.switch("relay", "all", false).0;
    site.has("relay_all") || site.relay.as_ref().is_some_and(all)
}

/// Names the plugin that refuses every recipient that relay_dest_domains.ini does not list.
fn refuses_unlisted(site: &Site) -> Option<&'static str> {
    site.destinations.as_ref()?;
    ["relay", "relay_acl"]
        .into_iter()
        .find(|name| site.has(name))
}

/// Gives the domains that mail is taken for, and the networks from where it is taken for any.
fn served(scene: &Scene<'_>, site: &Site) -> Served {
    let mut served = Served::default();
    for listed in site.allow.iter().flat_map(|file| &file.says) {
        served.net(listed.net);
    }
    for destination in site.destinations.iter().flat_map(|file| &file.says) {
        if accepts(destination) {
            served.domain(&destination.domain);
        }
    }
    if site.plugin(LOCALS).is_some() {
        let list = scene.reader.own(&join(&site.directory, "host_list"));
        for entry in list.iter().flat_map(|text| entries(text, &['#', ';'])) {
            served.domain(entry.text);
        }
        served.hidden |= site.regex.is_some();
    }
    served
}

/// Tells whether some listed destination switches relaying on.
fn accepts_some(site: &Site) -> bool {
    site.destinations
        .iter()
        .flat_map(|file| &file.says)
        .any(accepts)
}

/// Tells whether a destination switches relaying on.
fn accepts(destination: &site::Destination) -> bool {
    matches!(destination.action.as_str(), "accept" | "continue")
}

/// Tells whether the expressions of local domains fit every domain.
fn every_domain(site: &Site) -> bool {
    match site.regex.as_ref().map(|file| &file.says) {
        Some(Locals::Fit(pattern)) => fits_every_domain(|d| pattern.matches(d) == Some(true)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::testing::{self, one};

    fn found(files: &[(&str, &str)], named: bool) -> Vec<(String, String)> {
        testing::found(find, files, named)
    }

    #[test]
    fn a_list_of_plugins_is_told_by_what_it_lists() {
        let list = "# x\nrcpt_to.in_host_list\n";
        assert_eq!(
            found(&[("config/plugins", list)], false),
            one("", "config/plugins")
        );
        assert_eq!(
            found(&[("mx/config/plugins", list)], false),
            one("mx", "mx/config/plugins")
        );
        let relay = [("plugins", "relay\n"), ("relay.ini", "")];
        assert_eq!(found(&relay, false), one("", "plugins"));
        for other in ["relay\n", "vim-surround\n", "", "# rcpt_to.in_host_list\n"] {
            assert_eq!(found(&[("config/plugins", other)], false), [], "{other}");
        }
        assert_eq!(
            found(&[("config/plugins", "")], true),
            one("", "config/plugins")
        );
    }
}
