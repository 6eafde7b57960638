//! The rules for Haraka, raised on what its files say, and the rows of its policy.
//!
//! In: a [`Site`]. Out: findings at the very lines, and who may send to whom.

use super::site::{Destination, Listed, Site};
use super::{LOCALS, accepts, every_domain, refuses_unlisted, takes_all};
use crate::model::{Envelope, Finding, Grant, Place, Rule};
use crate::mtaconf::lists::{
    Entry, absent, anybody, cap, client_of, entries, foreign, says, severity, too_wide,
};
use crate::mtaconf::nets::{Breadth, Net};
use crate::mtaconf::raise::{finding, proof};
use crate::mtaconf::rules::haraka::{
    HK001, HK002, HK003, HK004, HK005, HK006, HK007, HK008, HK009,
};
use crate::mtaconf::source::{Text, join, short};
use crate::mtaconf::{Judged, Scene};

/// Raises every rule that applies.
pub(super) fn raise(scene: &Scene<'_>, site: &Site, judged: &mut Judged) {
    let found = &mut judged.findings;
    found.extend(relay_all(scene, site));
    found.extend(wide_list(scene, site));
    found.extend(every_domain_is_local(scene, site));
    found.extend(foreign_locals(scene, site));
    found.extend(foreign_destinations(scene, site));
    found.extend(wide_proxies(scene, site));
    found.extend(xclient_hosts(scene, site));
    found.extend(without_plugin(scene, site));
    found.extend(no_recipient_plugin(scene, site));
    if super::accepts_some(site) {
        judged.notes.push(
            "A recipient that relay_dest_domains.ini accepts switches relaying on for the rest of the \
             connection: whoever names one first may then send to any domain."
                .to_owned(),
        );
    }
}

fn subject<'s>(scene: &'s Scene<'_>) -> &'s str {
    &scene.root.directory
}

/// Names the line of the switch that lets all through.
fn all_place(site: &Site) -> Option<Place> {
    if let Some(file) = &site.relay {
        let (on, setting) = file.says.switch("relay", "all", false);
        if let Some(setting) = setting.filter(|_| on) {
            let word = file.text.find_on(setting.line, &setting.value);
            return Some(word);
        }
    }
    let plugin = site.plugin("relay_all")?;
    Some(site.plugins.text.find_on(plugin.line, &plugin.name))
}

fn relay_all(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let place = all_place(site).filter(|_| takes_all(site))?;
    let active = site.plugin("relay").or_else(|| site.plugin("relay_all"))?;
    let plugins = &site.plugins.text;
    let mut message =
        "The relay plugin takes every recipient from everybody and sends it on.".to_owned();
    if refuses_unlisted(site).is_some() {
        message.push_str(
            " relay_dest_domains.ini is asked before it and refuses domains that it does not list.",
        );
    }
    let raised = finding(scene.reader, &HK001, subject(scene), "all", place, message);
    Some(
        raised
            .with_evidence(proof(
                scene.reader,
                plugins.find_on(active.line, &active.name),
                "the plugin is active",
                Vec::new(),
            ))
            .with_envelope(anybody()),
    )
}

/// Raises a rule on each network of a list that is too wide.
fn wide(
    scene: &Scene<'_>,
    rule: &'static Rule,
    text: &Text,
    list: &[Listed],
    message: impl Fn(&Listed, Breadth) -> String,
    envelope: impl Fn(Net) -> Envelope,
) -> Vec<Finding> {
    let nets: Vec<Net> = list.iter().map(|listed| listed.net).collect();
    let found = too_wide(scene.context, &nets)
        .into_iter()
        .filter_map(|(index, breadth)| {
            let listed = list.get(index)?;
            let place = text.find_on(listed.line, &listed.written);
            let raised = finding(
                scene.reader,
                rule,
                subject(scene),
                &listed.written,
                place,
                message(listed, breadth),
            );
            Some(
                raised
                    .with_severity(severity(breadth))
                    .with_envelope(envelope(listed.net)),
            )
        });
    cap(found)
}

fn wide_list(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let Some(file) = &site.allow else {
        return Vec::new();
    };
    let message = |listed: &Listed, breadth| {
        let bare = !listed.written.contains('/') && listed.net.is_v6();
        let why = match bare {
            true => " (the plugin takes an address without a length for a /32)",
            false => "",
        };
        format!(
            "The relay plugin relays for {}{why}: {}.",
            short(&listed.written),
            says(breadth)
        )
    };
    wide(scene, &HK002, &file.text, &file.says, message, client_of)
}

fn every_domain_is_local(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let file = site.regex.as_ref().filter(|_| every_domain(site))?;
    // One of the expressions mostly fits everything by itself: that is the line to change.
    let alone = entries(&file.text, &['#', ';']).take(1000).find(|entry| {
        let pattern = crate::mtaconf::pattern::Pattern::new(&format!("^(?:{})$", entry.text), true);
        pattern.is_ok_and(|pattern| {
            crate::mtaconf::domains::fits_every_domain(|d| pattern.matches(d) == Some(true))
        })
    });
    let place = match alone {
        Some(entry) => entry.place(&file.text),
        None => file.text.whole(),
    };
    let message = "The expressions of host_list_regex fit every domain: each recipient counts as local, is \
                   taken, and handed to the queue plugin.";
    let plugin = site.plugin(LOCALS)?;
    let active = site.plugins.text.find_on(plugin.line, &plugin.name);
    Some(
        finding(scene.reader, &HK003, subject(scene), "", place, message)
            .with_evidence(proof(
                scene.reader,
                active,
                "the plugin is active",
                Vec::new(),
            ))
            .with_envelope(anybody()),
    )
}

fn foreign_locals(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let name = join(&site.directory, "host_list");
    let text = site.has(LOCALS).then(|| scene.reader.own(&name)).flatten();
    let Some(text) = text else {
        return Vec::new();
    };
    let what = "host_list makes it a local domain";
    let domains = entries(&text, &['#', ';']);
    foreign(scene, &HK004, subject(scene), &text, domains, what)
}

fn foreign_destinations(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let Some(file) = &site.destinations else {
        return Vec::new();
    };
    let accepted = |destination: &&Destination| accepts(destination) && destination.domain != "any";
    let domains = file.says.iter().filter(accepted).map(|d| Entry {
        line: d.line,
        text: &d.domain,
    });
    let what = "relay_dest_domains.ini accepts mail for it from everybody, and switches relaying on for the \
                rest of the connection";
    foreign(scene, &HK005, subject(scene), &file.text, domains, what)
        .into_iter()
        .map(|found| {
            let besides = "a recipient in the domain, then any other";
            found.with_envelope(Envelope {
                besides: Some(besides.to_owned()),
                ..anybody()
            })
        })
        .collect()
}

fn wide_proxies(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let Some(file) = &site.proxies else {
        return Vec::new();
    };
    let message = |listed: &Listed, breadth| {
        format!(
            "{} may state any client address with a PROXY line: {}.",
            short(&listed.written),
            says(breadth)
        )
    };
    let envelope = |net| Envelope {
        besides: Some("a PROXY line with an address that may relay".to_owned()),
        ..client_of(net)
    };
    wide(scene, &HK006, &file.text, &file.says, message, envelope)
}

fn xclient_hosts(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let plugin = site.plugin("xclient")?;
    let hosts = scene.reader.own(&join(&site.directory, "xclient.hosts"));
    let mut named = vec!["127.0.0.1".to_owned(), "::1".to_owned()];
    if let Some(text) = &hosts {
        named.extend(
            entries(text, &['#', ';'])
                .take(20)
                .map(|entry| short(entry.text).into_owned()),
        );
    }
    let place = match &hosts {
        Some(text) => text.whole(),
        None => site.plugins.text.find_on(plugin.line, &plugin.name),
    };
    let message = format!(
        "These hosts may state another client's address with XCLIENT: {}.",
        named.join(", ")
    );
    let raised = finding(scene.reader, &HK007, subject(scene), "", place, message);
    Some(raised.with_evidence(proof(
        scene.reader,
        site.plugins.text.find_on(plugin.line, &plugin.name),
        "the plugin is active",
        Vec::new(),
    )))
}

/// Which plugins read which file.
const READ_BY: &[(&str, &[&str])] = &[
    ("relay.ini", &["relay"]),
    ("relay_acl_allow", &["relay", "relay_acl"]),
    (
        "relay_dest_domains.ini",
        &["relay", "relay_acl", "relay_force_routing"],
    ),
    ("host_list", &[LOCALS, "rcpt_to.host_list_base"]),
    ("host_list_regex", &[LOCALS, "rcpt_to.host_list_base"]),
    ("xclient.hosts", &["xclient"]),
];

fn without_plugin(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let idle = |(file, plugins): &(&str, &[&str])| {
        let name = join(&site.directory, file);
        let active = plugins.iter().any(|plugin| site.has(plugin));
        if active || !scene.reader.files.has(&name) {
            return None;
        }
        let plugin = plugins.first()?;
        let message = format!(
            "{file} is there, but the plugin {plugin} that reads it is not active: it has no effect."
        );
        let place = absent(&name);
        Some(finding(
            scene.reader,
            &HK008,
            subject(scene),
            file,
            place,
            message,
        ))
    };
    READ_BY.iter().filter_map(idle).collect()
}

fn no_recipient_plugin(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let takes = |name: &str| {
        name.starts_with("rcpt_to.") || name.starts_with("relay") || name == "qmail-deliverable"
    };
    let any = site
        .plugins
        .says
        .iter()
        .any(|p| takes(&p.name) || p.name == "recipient-routes");
    if any {
        return None;
    }
    let message =
        "No plugin takes recipients: every one is refused with \"I cannot deliver mail for\".";
    Some(finding(
        scene.reader,
        &HK009,
        subject(scene),
        "",
        site.plugins.text.whole(),
        message,
    ))
}

/// Adds the rows of the policy, in the order in which connections and recipients are judged.
pub(super) fn grants(scene: &Scene<'_>, site: &Site, auth: bool, judged: &mut Judged) {
    let service = &scene.root.directory;
    let mut row = |clients: &str, domains: &str, because: Option<Place>| {
        judged.grants.push(Grant {
            service: service.clone(),
            clients: clients.to_owned(),
            domains: domains.to_owned(),
            because,
        });
    };
    if let Some(file) = &site.allow {
        for listed in file.says.iter().take(1000) {
            let place = file.text.find_on(listed.line, &listed.written);
            row(&listed.net.to_string(), "every domain", Some(place));
        }
    }
    if auth {
        let plugin = site
            .plugins
            .says
            .iter()
            .find(|p| p.name.starts_with("auth"));
        let place = plugin.map(|p| site.plugins.text.find_on(p.line, &p.name));
        row("logged-in users", "every domain", place);
    }
    if let Some(place) = all_place(site).filter(|_| takes_all(site)) {
        row("everybody", "every domain", Some(place));
    }
    for destination in site.destinations.iter().flat_map(|file| &file.says) {
        if accepts(destination) {
            let place = site
                .destinations
                .as_ref()
                .map(|file| file.text.find_on(destination.line, &destination.domain));
            row("everybody", &destination.domain, place);
        }
    }
    if let Some(plugin) = site.plugin(LOCALS) {
        let place = site.plugins.text.find_on(plugin.line, &plugin.name);
        let domains = match every_domain(site) {
            true => "every domain, as local",
            false => "local domains (host_list, host_list_regex)",
        };
        row("everybody", domains, Some(place));
    }
    for plugin in site.unknown_recipients() {
        let place = site.plugins.text.find_on(plugin.line, &plugin.name);
        row(
            "everybody",
            &format!("what {} looks up", plugin.name),
            Some(place),
        );
    }
}
