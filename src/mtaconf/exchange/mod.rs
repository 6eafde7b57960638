//! Exchange: exports of receive connectors, of the rights on them, and of accepted domains.
//!
//! In: CSV or JSON, recognised by its columns, whatever the files are called. Out: one instance for each receive
//! connector, named by its identity. All exports of an input are taken together.
//!
//! Deliberately does not tell which of several connectors on one port Exchange picks: each is judged by the
//! clients it is for.
//!
//! References: the Exchange documentation of receive connectors and accepted domains.

mod rules;
mod site;
mod table;

use super::decide::{Assume, Fate, Opinion, outcome};
use super::nets::{Breadth, breadth};
use super::served::Served;
use super::source::{Files, Found, Text, parent};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Instance, Relay, Service, Severity};
use site::{Connector, Right, Site};
use table::{Kind, Table};

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "exchange",
    software: "Microsoft Exchange",
    about: "exports of Get-ReceiveConnector, Get-ADPermission and Get-AcceptedDomain, CSV or JSON",
    find,
    judge,
};

/// How many files are looked into.
const MOST_LOOKED_INTO: usize = 1000;

fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    let kinds = candidates(files, named).filter_map(|name| match files.read(name) {
        Found::Text(text) => {
            let kind = table::kind_of(&text)?;
            (named || kind != Kind::Domains || names_a_type(&text)).then_some((kind, name))
        }
        Found::Unread(_) => None,
    });
    let first = kinds.min_by_key(|(kind, _)| *kind);
    let root = |name: &str| Root {
        directory: parent(name).to_owned(),
        file: name.to_owned(),
    };
    let single = files.names().next().filter(|_| named && files.is_single());
    first
        .map(|(_, name)| name)
        .or(single)
        .map(root)
        .into_iter()
        .collect()
}

/// Tells whether a list of domains has the types of Exchange; others have a column of that name as well.
fn names_a_type(text: &Text) -> bool {
    let types = ["Authoritative", "InternalRelay", "ExternalRelay"];
    types.iter().any(|name| text.as_str().contains(name))
}

/// Gives the files that may be exports.
fn candidates<'f>(files: &'f Files<'_>, named: bool) -> impl Iterator<Item = &'f str> {
    let single = named && files.is_single();
    let ends = move |name: &&str| {
        let lower = name.to_ascii_lowercase();
        single
            || [".csv", ".json", ".tsv"]
                .iter()
                .any(|end| lower.ends_with(end))
    };
    files.names().filter(ends).take(MOST_LOOKED_INTO)
}

fn judge(scene: &Scene<'_>) -> Judged {
    let reader = scene.reader;
    let names: Vec<&str> = candidates(reader.files, true).collect();
    if names.len() >= MOST_LOOKED_INTO {
        let why = format!("no more than {MOST_LOOKED_INTO} files are looked into");
        reader.miss("further exports", &why);
    }
    let tables: Vec<Table> = names
        .into_iter()
        .filter_map(|name| match reader.files.read(name) {
            Found::Text(text) => table::read(reader, text),
            Found::Unread(why) => {
                reader.miss(name, &why.to_string());
                None
            }
        })
        .collect();
    let has = |kind: Kind| tables.iter().any(|table| table.kind == kind);
    for (kind, what) in [
        (Kind::Connectors, "Get-ReceiveConnector"),
        (Kind::Domains, "Get-AcceptedDomain"),
    ] {
        if !has(kind) {
            reader.miss(what, "no export of it was found");
        }
    }
    let site = Site::read(scene, &tables);
    let mut judged = Judged {
        login: login(&site),
        ..Judged::default()
    };
    for connector in &site.connectors {
        let relay = match connector.is_reachable() {
            true => outcome(|assume| fate(scene, &site, connector, assume)),
            false => Relay::Unreachable,
        };
        let listens = connector
            .bindings
            .iter()
            .map(|(listen, _, outside)| Service {
                name: "smtp".to_owned(),
                listen: Some(listen.clone()),
                relay: if *outside { relay } else { Relay::Unreachable },
            });
        judged.instances.push(Instance {
            name: connector.name.clone(),
            relay,
            services: listens.collect(),
        });
        let mut found = rules::connector(scene, connector);
        for finding in found.iter_mut().filter(|_| relay == Relay::Unreachable) {
            finding.severity = finding.severity.min(Severity::Low);
        }
        judged.findings.append(&mut found);
    }
    if site.connectors.is_empty() {
        // Who may send to the accepted domains is not in the files.
        judged.instances.push(Instance {
            name: String::new(),
            relay: Relay::Conditional,
            services: Vec::new(),
        });
    }
    judged.findings.extend(rules::domains(scene, &site));
    rules::grants(&site, &mut judged);
    judged.served = served(&site);
    judged
}

/// Tells whether people can log in somewhere.
fn login(site: &Site<'_>) -> Login {
    let enabled = site.connectors.iter().filter(|connector| connector.enabled);
    let mut login = Login::Unknown;
    for connector in enabled {
        match (
            connector.offers("BasicAuth"),
            connector.offers("Integrated"),
        ) {
            (Some(false), Some(false)) => login = Login::Nowhere,
            (None, _) | (_, None) => return Login::Unknown,
            _ => return Login::Offered,
        }
    }
    login
}

/// Gives an opinion of what may not be known.
fn opinion(known: Option<bool>) -> Opinion {
    match known {
        Some(true) => Opinion::Permit,
        Some(false) => Opinion::Refuse,
        None => Opinion::Unknown,
    }
}

/// Follows the outsider's recipient through one connector.
fn fate(scene: &Scene<'_>, site: &Site<'_>, connector: &Connector<'_>, assume: Assume) -> Fate {
    let permits = |known: Option<bool>| opinion(known).under(assume) == Opinion::Permit;
    let known = connector.ranges.is_some();
    let nets = scene.context.unexpected(&connector.nets());
    let talks = known.then(|| breadth(&nets) == Breadth::Everybody);
    if !permits(talks) {
        return Fate::Refused;
    }
    if permits(connector.is_externally_secured()) {
        return Fate::Relayed;
    }
    if !permits(connector.admits("AnonymousUsers")) {
        return Fate::Refused;
    }
    let right = match connector.right {
        Right::Granted(..) => Some(true),
        Right::Withheld => Some(false),
        Right::Unknown => None,
    };
    let mut every = site.domains.iter().filter(|domain| domain.name == "*");
    match every.next() {
        _ if permits(right) => Fate::Relayed,
        Some(domain) if domain.authoritative => Fate::Swallowed,
        Some(_) => Fate::Relayed,
        None => Fate::Refused,
    }
}

/// Gives the domains that are accepted, and the networks from where mail is taken for any.
fn served(site: &Site<'_>) -> Served {
    let mut served = Served::default();
    for domain in &site.domains {
        served.domain(domain.name);
    }
    for connector in site.connectors.iter().filter(|connector| connector.enabled) {
        let anonymous = connector.admits("AnonymousUsers") == Some(true)
            && matches!(connector.right, Right::Granted(..));
        if anonymous || connector.is_externally_secured() == Some(true) {
            served.hidden |= connector.ranges.is_none();
            for (net, _) in connector.ranges.iter().flatten() {
                served.net(*net);
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
    fn exports_are_told_by_their_columns_whatever_they_are_called() {
        let connectors = "Identity,RemoteIPRanges,PermissionGroups\n";
        let domains = "Name,DomainName,DomainType\nx,example.com,Authoritative\n";
        let both = [("a.csv", domains), ("x/b.csv", connectors)];
        assert_eq!(found(&both, false), one("x", "x/b.csv"));
        assert_eq!(found(&[("a.csv", domains)], false), one("", "a.csv"));
        for (name, text) in [
            ("a.csv", "Identity,User,Mail\n1,2,3\n"),
            ("a.csv", "DomainName,Owner\n"),
            ("domains.csv", "DomainName,DomainType\nexample.com,parked\n"),
            ("package.json", "{\"name\": \"RemoteIPRanges\"}"),
            ("a.txt", connectors),
        ] {
            assert_eq!(found(&[(name, text)], false), [], "{text}");
        }
    }
}
