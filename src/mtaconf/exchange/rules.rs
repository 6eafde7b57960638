//! The rules for Exchange, raised on connectors and accepted domains, and the rows of the policy.
//!
//! In: a [`Site`]. Out: findings at the very cells, and who may send to whom.

use super::site::{Connector, Domain, Right, Site};
use crate::model::{Envelope, Finding, Grant, Place, Rule};
use crate::mtaconf::lists::{Entry, anybody, cap, client_of, foreign, says, severity, too_wide};
use crate::mtaconf::nets::{Breadth, Net};
use crate::mtaconf::raise::{finding, proof};
use crate::mtaconf::rules::exchange::{
    XC001, XC002, XC003, XC004, XC005, XC006, XC007, XC008, XC009,
};
use crate::mtaconf::source::{Text, short};
use crate::mtaconf::{Judged, Scene};
use std::collections::BTreeMap;
use std::sync::Arc;

const RANGES: &str = "remoteipranges";
const GROUPS: &str = "permissiongroups";
const AUTH: &str = "authmechanism";

/// Raises every rule that applies to a connector.
pub(super) fn connector(scene: &Scene<'_>, connector: &Connector<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if !connector.enabled {
        return found;
    }
    found.extend(anonymous(scene, connector));
    found.extend(externally_secured(scene, connector));
    found.extend(login_in_clear(scene, connector));
    found.extend(no_log(scene, connector));
    found.extend(rights_unknown(scene, connector));
    found
}

/// Names a word of a connector's row.
fn place(connector: &Connector<'_>, column: &str, word: &str) -> Place {
    connector.row.place(connector.text, column, word)
}

/// Gives the ranges that are too wide.
fn wide<'c>(scene: &Scene<'_>, connector: &'c Connector<'_>) -> Vec<(Net, &'c str, Breadth)> {
    let ranges = connector.ranges.as_deref().unwrap_or(&[]);
    let wide = too_wide(scene.context, &connector.nets()).into_iter();
    wide.filter_map(|(index, breadth)| {
        let (net, written) = ranges.get(index)?;
        Some((*net, written.as_str(), breadth))
    })
    .collect()
}

fn port(connector: &Connector<'_>) -> Option<u16> {
    connector.port().filter(|port| *port != 25)
}

fn anonymous(scene: &Scene<'_>, connector: &Connector<'_>) -> Vec<Finding> {
    let Right::Granted(text, row) = connector.right else {
        return Vec::new();
    };
    if connector.admits("AnonymousUsers") != Some(true) {
        return Vec::new();
    }
    let right = row.place(text, "extendedrights", "ms-Exch-SMTP-Accept-Any-Recipient");
    by_breadth(
        scene,
        connector,
        (&XC001, &XC002),
        "Clients that do not log in have the right to send to any domain",
        Some(right),
    )
}

fn externally_secured(scene: &Scene<'_>, connector: &Connector<'_>) -> Vec<Finding> {
    if connector.is_externally_secured() != Some(true) {
        return Vec::new();
    }
    by_breadth(
        scene,
        connector,
        (&XC003, &XC004),
        "What the connector talks to counts as secured elsewhere and may send to any domain",
        None,
    )
}

/// Raises one of two rules by how wide the ranges are: the first where they are everybody, at the right that could
/// be taken away; the second at each range.
fn by_breadth(
    scene: &Scene<'_>,
    connector: &Connector<'_>,
    (all, some): (&'static Rule, &'static Rule),
    what: &str,
    right: Option<Place>,
) -> Vec<Finding> {
    let wide = wide(scene, connector);
    let everybody = wide
        .iter()
        .find(|(_, _, breadth)| *breadth == Breadth::Everybody);
    if let Some((_, written, _)) = everybody {
        let ranges = place(connector, RANGES, written);
        let auth = place(connector, AUTH, "ExternalAuthoritative");
        let message = format!("{what}, and the connector talks to everybody.");
        let first = right.unwrap_or_else(|| ranges.clone());
        let raised = finding(
            scene.reader,
            all,
            &connector.name,
            "",
            first.clone(),
            message,
        );
        let second = if first == ranges { auth } else { ranges };
        let raised = raised.with_evidence(proof(scene.reader, second, "the connector", Vec::new()));
        return vec![raised.with_envelope(Envelope {
            port: port(connector),
            ..anybody()
        })];
    }
    cap(wide.into_iter().map(|(net, written, breadth)| {
        let message = format!("{what}, from {}: {}.", short(written), says(breadth));
        let at = place(connector, RANGES, written);
        let mut raised = finding(scene.reader, some, &connector.name, written, at, message);
        if let Some(right) = &right {
            let says = "the right to send to any domain";
            raised = raised.with_evidence(proof(scene.reader, right.clone(), says, Vec::new()));
        }
        raised
            .with_severity(severity(breadth))
            .with_envelope(Envelope {
                port: port(connector),
                ..client_of(net)
            })
    }))
}

fn login_in_clear(scene: &Scene<'_>, connector: &Connector<'_>) -> Option<Finding> {
    let clear = connector.offers("BasicAuth")? && !connector.offers("BasicAuthRequireTLS")?;
    if !clear {
        return None;
    }
    let message =
        "Basic authentication is offered without TLS: passwords cross the network in clear.";
    let at = place(connector, AUTH, "BasicAuth");
    Some(finding(
        scene.reader,
        &XC007,
        &connector.name,
        "",
        at,
        message,
    ))
}

fn no_log(scene: &Scene<'_>, connector: &Connector<'_>) -> Option<Finding> {
    let off = connector.logging.eq_ignore_ascii_case("None") || connector.logging == "0";
    if !off {
        return None;
    }
    let message = "The connector writes no protocol log: abuse leaves no trace.";
    let at = place(connector, "protocollogginglevel", &connector.logging);
    Some(finding(
        scene.reader,
        &XC008,
        &connector.name,
        "",
        at,
        message,
    ))
}

fn rights_unknown(scene: &Scene<'_>, connector: &Connector<'_>) -> Option<Finding> {
    let unknown = matches!(connector.right, Right::Unknown);
    if !unknown || connector.admits("AnonymousUsers") != Some(true) {
        return None;
    }
    let wide = wide(scene, connector);
    if wide.is_empty() && connector.ranges.is_some() {
        return None;
    }
    let message = "Clients that do not log in may use the connector from a wide range; whether they have the right \
                   to send to any domain is in no export of Get-ADPermission.";
    let at = place(connector, GROUPS, "AnonymousUsers");
    Some(finding(
        scene.reader,
        &XC009,
        &connector.name,
        "",
        at,
        message,
    ))
}

/// Raises what is wrong with accepted domains.
pub(super) fn domains(scene: &Scene<'_>, site: &Site<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut files: BTreeMap<&str, (&Arc<Text>, Vec<&Domain<'_>>)> = BTreeMap::new();
    for domain in &site.domains {
        if domain.name == "*" {
            found.push(every_domain(scene, domain));
            continue;
        }
        let file = files
            .entry(&domain.text.name)
            .or_insert_with(|| (domain.text, Vec::new()));
        file.1.push(domain);
    }
    for (text, domains) in files.into_values() {
        let entries = domains.into_iter().map(|domain| Entry {
            line: domain.row.line(),
            text: domain.name,
        });
        let what = "it is an accepted domain";
        found.extend(foreign(scene, &XC006, "", text, entries, what));
    }
    cap(found)
}

fn every_domain(scene: &Scene<'_>, domain: &Domain<'_>) -> Finding {
    let message = match domain.authoritative {
        true => {
            "Every domain is accepted, as one's own: mail for any domain is taken from strangers."
        }
        false => "Every domain is accepted, and mail for it is handed on.",
    };
    let at = domain.row.place(domain.text, "domainname", "*");
    finding(scene.reader, &XC005, "", "*", at, message).with_envelope(anybody())
}

/// Adds the rows of the policy.
pub(super) fn grants(site: &Site<'_>, judged: &mut Judged) {
    const EVERY: &str = "every domain";
    for connector in site.connectors.iter().filter(|connector| connector.enabled) {
        let ranges = match &connector.ranges {
            None => "ranges that the export has lost".to_owned(),
            Some(ranges) => {
                let mut shown: Vec<&str> =
                    ranges.iter().take(10).map(|(_, w)| w.as_str()).collect();
                if ranges.len() > shown.len() {
                    shown.push("...");
                }
                shown.join(", ")
            }
        };
        let mut row = |clients: String, domains: &str, because: Place| {
            judged.grants.push(Grant {
                service: connector.name.clone(),
                clients,
                domains: domains.to_owned(),
                because: Some(because),
            });
        };
        if connector.is_externally_secured() == Some(true) {
            let at = place(connector, AUTH, "ExternalAuthoritative");
            row(ranges.clone(), EVERY, at);
        }
        let login = ["BasicAuth", "Integrated"]
            .iter()
            .find(|m| connector.offers(m) == Some(true));
        if let Some(login) = login {
            let at = place(connector, AUTH, login);
            row(format!("logged-in users from {ranges}"), EVERY, at);
        }
        if connector.admits("AnonymousUsers") == Some(true) {
            let domains = match connector.right {
                Right::Granted(..) => EVERY,
                Right::Withheld => "accepted domains",
                Right::Unknown => "accepted domains, or every domain: the rights are not known",
            };
            let at = place(connector, GROUPS, "AnonymousUsers");
            row(format!("everybody from {ranges}"), domains, at);
        }
    }
}
