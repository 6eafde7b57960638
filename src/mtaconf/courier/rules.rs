//! The rules for Courier, raised on what its files say, and the rows of its policy.
//!
//! In: a [`Site`]. Out: findings at the very lines, and who may send to whom.

use super::access::Who;
use super::site::{Site, domains};
use crate::model::{Confidence, Envelope, Finding, Grant, Place};
use crate::mtaconf::domains::is_top_level;
use crate::mtaconf::lists::{absent, anybody, cap, client_of, entries, foreign, says, severity};
use crate::mtaconf::nets::Breadth;
use crate::mtaconf::raise::finding;
use crate::mtaconf::rules::courier::{CO001, CO002, CO003, CO004, CO005, CO006, CO007, CO008};
use crate::mtaconf::source::{join, short};
use crate::mtaconf::{Judged, Login, Scene};

/// Raises every rule that applies.
pub(super) fn raise(scene: &Scene<'_>, site: &Site, judged: &mut Judged) {
    let found = &mut judged.findings;
    found.extend(relays_for_all(scene, site));
    found.extend(wide_ranges(scene, site));
    found.extend(top_level(scene, site));
    found.extend(login_in_clear(scene, site));
    found.extend(submission_without_login(scene, site));
    found.extend(dns_lists(scene, site));
    found.extend(backscatter(scene, site));
    found.extend(foreign_domains(scene, site));
}

fn subject<'s>(scene: &'s Scene<'_>) -> &'s str {
    &scene.root.directory
}

fn relays_for_all(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let (place, why) = site.relays_for_all(scene.context)?;
    let message = format!("Everybody may relay: {why}.");
    let detail = "everybody";
    let raised = finding(scene.reader, &CO001, subject(scene), detail, place, message);
    Some(raised.with_envelope(anybody()))
}

fn wide_ranges(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let wide = site.wide(scene.context).into_iter();
    let wide = wide.filter(|wide| wide.breadth != Breadth::Everybody);
    let found = wide.map(|wide| {
        let (file, entry, net) = (wide.file, wide.entry, wide.net);
        let message = format!(
            "Clients of {} ({net}) get RELAYCLIENT: {}.",
            short(&entry.key),
            says(wide.breadth)
        );
        let place = file.text.find_on(entry.line, &entry.key);
        let raised = finding(
            scene.reader,
            &CO002,
            subject(scene),
            &entry.key,
            place,
            message,
        );
        raised
            .with_severity(severity(wide.breadth))
            .with_envelope(client_of(net))
    });
    cap(found)
}

fn top_level(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let mut found = Vec::new();
    for text in &site.accepted {
        let suffixes = domains(text).filter(|entry| entry.text.starts_with('.'));
        let suffixes = suffixes.filter(|entry| is_top_level(entry.text));
        found.extend(cap(suffixes.map(|entry| {
            let message = format!(
                "Mail for every domain below {} is taken from everybody.",
                short(entry.text)
            );
            let place = entry.place(text);
            finding(
                scene.reader,
                &CO003,
                subject(scene),
                entry.text,
                place,
                message,
            )
            .with_envelope(Envelope {
                recipient: Some(format!("relaycheck@example{}", entry.text)),
                ..Envelope::default()
            })
        })));
    }
    found
}

fn login_in_clear(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    // On the port of esmtpd-ssl nothing is in clear.
    let plain = site.daemons.iter().filter(|d| d.name != "esmtpd-ssl");
    for daemon in plain {
        let Some((file, set)) = daemon.get("ESMTPAUTH") else {
            continue;
        };
        let word = set.value.split_whitespace().find(|word| {
            ["PLAIN", "LOGIN"]
                .iter()
                .any(|m| word.eq_ignore_ascii_case(m))
        });
        // Where TLS is required, nothing but STARTTLS is answered before it.
        let required = daemon.value("ESMTP_TLS_REQUIRED") == "1";
        let Some(word) = word.filter(|_| !required) else {
            continue;
        };
        let place = file.text.find_on(set.line, word);
        // esmtpd-msa reads esmtpd first: the same line is not told twice.
        if found.iter().any(|known| known.place() == Some(&place)) {
            continue;
        }
        let message = format!(
            "{} offers the login method {} before TLS: passwords cross the network in clear.",
            daemon.name,
            short(word)
        );
        found.push(finding(
            scene.reader,
            &CO004,
            subject(scene),
            daemon.name,
            place,
            message,
        ));
    }
    found
}

fn submission_without_login(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let msa = site.daemons.iter().find(|d| d.name == "esmtpd-msa")?;
    let (file, set) = msa.get("AUTH_REQUIRED")?;
    if set.value != "0" {
        return None;
    }
    let own = join(subject(scene), msa.name);
    let (place, message) = match *file.text.name == *own {
        true => (
            file.text.find_on(set.line, "AUTH_REQUIRED"),
            "The submission service takes mail for local recipients without a login.",
        ),
        false => (
            absent(&own),
            "The submission service takes mail for local recipients without a login: esmtpd-msa does not set \
             AUTH_REQUIRED, and esmtpd sets it to 0. Write AUTH_REQUIRED=1 into esmtpd-msa.",
        ),
    };
    Some(finding(
        scene.reader,
        &CO005,
        subject(scene),
        "",
        place,
        message,
    ))
}

fn dns_lists(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let found = site.dns_lists().into_iter().map(|(name, file, set, option)| {
        let message = format!(
            "{} lets the DNS list of {} decide who may relay; what it answers is not in the files.",
            name,
            short(&option)
        );
        let place = file.text.find_on(set.line, &option);
        finding(
            scene.reader,
            &CO006,
            subject(scene),
            &option,
            place,
            message,
        )
        .with_confidence(Confidence::Weak)
        .with_envelope(Envelope {
            besides: Some("a client address that the DNS list names".to_owned()),
            ..anybody()
        })
    });
    found.collect()
}

fn backscatter(scene: &Scene<'_>, site: &Site) -> Option<Finding> {
    let text = site.bofh.as_ref()?;
    let set = entries(text, &['#']).filter_map(|entry| {
        let option = entry.text.strip_prefix("opt")?.trim_start();
        let value = option.strip_prefix("BOFHSUPPRESSBACKSCATTER")?.trim_start();
        Some((entry, value.strip_prefix('=')?.trim()))
    });
    let (entry, value) = set.last()?;
    if !value.eq_ignore_ascii_case("none") {
        return None;
    }
    let place = text.find_on(entry.line, value);
    let message = "Bounces to forged senders are not suppressed: they hit whoever a spammer names.";
    Some(finding(
        scene.reader,
        &CO007,
        subject(scene),
        "",
        place,
        message,
    ))
}

fn foreign_domains(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let mut found = Vec::new();
    let lists = [
        (&site.accepted, "mail for it is taken from everybody"),
        (&site.local, "its mail is delivered here"),
    ];
    for (texts, what) in lists {
        for text in texts {
            let listed = domains(text).filter(|entry| !is_top_level(entry.text));
            found.extend(foreign(scene, &CO008, subject(scene), text, listed, what));
        }
    }
    found
}

/// Adds the rows of the policy, in the order in which connections and recipients are judged.
pub(super) fn grants(scene: &Scene<'_>, site: &Site, judged: &mut Judged) {
    const EVERY: &str = "every domain";
    let service = subject(scene);
    let mut row = |clients: String, domains: &str, because: Option<Place>| {
        judged.grants.push(Grant {
            service: service.to_owned(),
            clients,
            domains: domains.to_owned(),
            because,
        });
    };
    for file in &site.access {
        let relaying = file.says.iter().filter(|entry| entry.relays && !entry.deny);
        for entry in relaying.take(1000) {
            let clients = match &entry.who {
                Who::Others => "everybody".to_owned(),
                Who::Net(net) => net.to_string(),
            };
            let place = file.text.find_on(entry.line, &entry.key);
            row(clients, EVERY, Some(place));
        }
    }
    for daemon in &site.daemons {
        if let Some((file, set)) = daemon.get("RELAYCLIENT") {
            let place = file.text.find_on(set.line, "RELAYCLIENT");
            row("everybody".to_owned(), EVERY, Some(place));
        }
    }
    for (_, file, set, option) in site.dns_lists() {
        let clients = "clients that a DNS list names".to_owned();
        row(clients, EVERY, Some(file.text.find_on(set.line, &option)));
    }
    if super::login(site) == Login::Offered {
        let offered = site.daemons.iter().find_map(|daemon| {
            let set = |name| daemon.get(name).filter(|(_, a)| !a.value.trim().is_empty());
            set("ESMTPAUTH").or_else(|| set("ESMTPAUTH_TLS"))
        });
        let place = offered.map(|(file, set)| file.text.find_on(set.line, &set.name));
        row("logged-in users".to_owned(), EVERY, place);
    }
    let everybody = || "everybody".to_owned();
    match site.accepted.is_empty() {
        true => row(everybody(), "the name in me", None),
        false => {
            for text in &site.accepted {
                row(everybody(), "accepted domains", Some(text.whole()));
            }
        }
    }
}
