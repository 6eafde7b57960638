//! What the exports of an Exchange organisation say: connectors, rights, accepted domains.
//!
//! In: tables. Out: a [`Site`]. Values are read as the commands write them, enumerations by name or by number.
//!
//! References: the Exchange documentation of Get-ReceiveConnector, Get-ADPermission, Get-AcceptedDomain.

use super::table::{Kind, Row, Table};
use crate::mtaconf::Scene;
use crate::mtaconf::nets::Net;
use crate::mtaconf::source::{Reader, Text};
use std::net::IpAddr;
use std::sync::Arc;

/// The most connectors that are judged; each is held against the rights of all of its name.
const MOST_CONNECTORS: usize = 1000;

/// The right to send to any domain.
const RIGHT: &str = "ms-exch-smtp-accept-any-recipient";

/// The bits of AuthMechanism.
const MECHANISMS: &[&str] = &[
    "Tls",
    "Integrated",
    "BasicAuth",
    "BasicAuthRequireTLS",
    "ExchangeServer",
    "ExternalAuthoritative",
];

/// The bits of PermissionGroups.
const GROUPS: &[&str] = &[
    "AnonymousUsers",
    "ExchangeUsers",
    "ExchangeServers",
    "ExchangeLegacyServers",
    "Partners",
    "Custom",
];

/// A receive connector.
#[derive(Debug)]
pub(super) struct Connector<'t> {
    /// Its export.
    pub(super) text: &'t Arc<Text>,
    /// Its row.
    pub(super) row: &'t Row,
    /// Its name, `server\name`.
    pub(super) name: String,
    /// Whether it is switched on.
    pub(super) enabled: bool,
    /// Where it listens: as it is written, the port, whether strangers reach it.
    pub(super) bindings: Vec<(String, Option<u16>, bool)>,
    /// Whom it talks to; nothing where the export has lost it.
    pub(super) ranges: Option<Vec<(Net, String)>>,
    /// AuthMechanism; nothing where the export does not have it.
    auth: Option<Vec<String>>,
    /// PermissionGroups; nothing where the export does not have it.
    groups: Option<Vec<String>>,
    /// ProtocolLoggingLevel.
    pub(super) logging: String,
    /// Whether anonymous clients have the right to send to any domain.
    pub(super) right: Right<'t>,
}

/// Whether anonymous clients may send to any domain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'t> {
    /// They may, by this row.
    Granted(&'t Arc<Text>, &'t Row),
    /// They may not.
    Withheld,
    /// The exports do not show it.
    Unknown,
}

/// An accepted domain.
#[derive(Debug)]
pub(super) struct Domain<'t> {
    /// Its export.
    pub(super) text: &'t Arc<Text>,
    /// Its row.
    pub(super) row: &'t Row,
    /// The domain.
    pub(super) name: &'t str,
    /// Whether mail for it goes no further.
    pub(super) authoritative: bool,
}

/// An organisation.
#[derive(Debug, Default)]
pub(super) struct Site<'t> {
    /// The receive connectors.
    pub(super) connectors: Vec<Connector<'t>>,
    /// The accepted domains.
    pub(super) domains: Vec<Domain<'t>>,
}

impl Connector<'_> {
    /// Tells whether a group may use it; nothing where the export does not have the groups.
    pub(super) fn admits(&self, group: &str) -> Option<bool> {
        let groups = self.groups.as_ref()?;
        Some(groups.iter().any(|one| one.eq_ignore_ascii_case(group)))
    }

    /// Tells whether it has a way of authentication; nothing where the export does not have them.
    pub(super) fn offers(&self, mechanism: &str) -> Option<bool> {
        let auth = self.auth.as_ref()?;
        Some(auth.iter().any(|one| one.eq_ignore_ascii_case(mechanism)))
    }

    /// Tells whether what it talks to counts as secured elsewhere, and may send to any domain.
    pub(super) fn is_externally_secured(&self) -> Option<bool> {
        Some(self.offers("ExternalAuthoritative")? && self.admits("ExchangeServers")?)
    }

    /// Tells whether strangers reach it.
    pub(super) fn is_reachable(&self) -> bool {
        let outside = |(_, _, outside): &(String, Option<u16>, bool)| *outside;
        self.enabled && (self.bindings.is_empty() || self.bindings.iter().any(outside))
    }

    /// Gives the port strangers reach.
    pub(super) fn port(&self) -> Option<u16> {
        let outside = self.bindings.iter().find(|(_, _, outside)| *outside);
        outside.and_then(|(_, port, _)| *port)
    }

    /// Gives the networks it talks to.
    pub(super) fn nets(&self) -> Vec<Net> {
        let ranges = self.ranges.as_deref().unwrap_or(&[]);
        ranges.iter().map(|(net, _)| *net).collect()
    }
}

impl<'t> Site<'t> {
    /// Takes the tables together.
    pub(super) fn read(scene: &Scene<'_>, tables: &'t [Table]) -> Self {
        let rows = |kind: Kind| {
            let of = tables.iter().filter(move |table| table.kind == kind);
            of.flat_map(|table| table.rows.iter().map(move |row| (&table.text, row)))
        };
        let rights: Vec<Permission<'t>> = rows(Kind::Permissions)
            .map(|(text, row)| Permission::new(text, row))
            .collect();
        if rows(Kind::Connectors).nth(MOST_CONNECTORS).is_some() {
            let why = format!("no more than {MOST_CONNECTORS} are judged");
            scene.reader.miss("further connectors", &why);
        }
        let connectors = rows(Kind::Connectors).take(MOST_CONNECTORS);
        let connectors = connectors.map(|(text, row)| {
            let mut connector = connector(scene.reader, text, row);
            connector.right = right(&connector.name, &rights);
            connector
        });
        let domains = rows(Kind::Domains).map(|(text, row)| {
            let kind = row.one("domaintype");
            Domain {
                text,
                row,
                name: row.one("domainname"),
                authoritative: kind.eq_ignore_ascii_case("Authoritative") || kind == "0",
            }
        });
        Self {
            connectors: connectors.collect(),
            domains: domains.filter(|domain| !domain.name.is_empty()).collect(),
        }
    }
}

/// Reads a row of Get-ReceiveConnector.
fn connector<'t>(reader: &Reader<'_>, text: &'t Arc<Text>, row: &'t Row) -> Connector<'t> {
    let name = match row.one("identity") {
        "" => row.one("name"),
        identity => identity,
    };
    let lost = |column: &str| {
        let lost = row.is_lost(column);
        if lost {
            let what = format!("{column} of {name} ({})", text.name);
            reader.miss(&what, "the export has lost its values");
        }
        lost
    };
    let flags = |column: &str, names: &[&str]| match row.many(column) {
        Some(values) if !lost(column) => Some(flags(&values, names)),
        Some(_) => None,
        None => {
            reader.miss(
                &format!("{column} of {name}"),
                "the export has no such column",
            );
            None
        }
    };
    let ranges = match lost("remoteipranges") {
        true => None,
        false => {
            let written = row.many("remoteipranges").unwrap_or_default();
            let range = |word: String| match range(&word) {
                Some(net) => Some((net, word)),
                None => {
                    reader.miss(&format!("a range of {name}"), "not an address or range");
                    None
                }
            };
            Some(written.into_iter().filter_map(range).collect())
        }
    };
    let bindings = row.many("bindings").unwrap_or_default();
    Connector {
        text,
        row,
        name: name.to_owned(),
        enabled: !is_false(row.one("enabled")),
        bindings: bindings.iter().map(|word| binding(word)).collect(),
        ranges,
        auth: flags("authmechanism", MECHANISMS),
        groups: flags("permissiongroups", GROUPS),
        logging: row.one("protocollogginglevel").to_owned(),
        right: Right::Unknown,
    }
}

/// Gives the names of an enumeration's values, which an export may hold as a number.
fn flags(values: &[String], names: &[&str]) -> Vec<String> {
    let one = |value: &String| -> Vec<String> {
        let Ok(bits) = value.parse::<u32>() else {
            return vec![value.clone()];
        };
        let set = names.iter().enumerate();
        set.filter(|(bit, _)| bits >> bit & 1 == 1)
            .map(|(_, name)| (*name).to_owned())
            .collect()
    };
    values.iter().flat_map(one).collect()
}

fn is_false(word: &str) -> bool {
    word.eq_ignore_ascii_case("False") || word == "0"
}

/// Reads a range: an address, `network/bits`, `network(mask)`, `low-high`.
fn range(word: &str) -> Option<Net> {
    if let Some((low, high)) = word.split_once('-') {
        return Net::range(low.trim().parse().ok()?, high.trim().parse().ok()?);
    }
    let slashed = word.replace('(', "/").replace(')', "");
    let (address, length) = slashed.split_once('/').unwrap_or((&slashed, ""));
    let address: IpAddr = address.trim().parse().ok()?;
    if length.is_empty() {
        return Some(Net::host(address));
    }
    match length.parse::<u32>() {
        Ok(bits) => Net::of(address, bits),
        // Host bits are forgiven, a mask with holes is not.
        Err(_) => {
            let zero = Net::parse(&format!("0.0.0.0/{length}")).ok()?;
            let bits = 32 - zero.size().checked_ilog2()?;
            Net::of(address, bits)
        }
    }
}

/// Reads a binding, `address:port`.
fn binding(word: &str) -> (String, Option<u16>, bool) {
    let (address, port) = word.rsplit_once(':').unwrap_or((word, ""));
    let ip = address.trim_matches(['[', ']']).parse::<IpAddr>();
    let outside = !ip.is_ok_and(|ip| Net::host(ip).is_loopback());
    (word.to_owned(), port.parse().ok(), outside)
}

/// A row of Get-ADPermission.
struct Permission<'t> {
    text: &'t Arc<Text>,
    row: &'t Row,
    whose: (Option<String>, String),
    anonymous: bool,
    any_recipient: bool,
    deny: bool,
    inherited: bool,
}

impl<'t> Permission<'t> {
    fn new(text: &'t Arc<Text>, row: &'t Row) -> Self {
        let rights = row.many("extendedrights").unwrap_or_default();
        let sid = ["securityidentifier", "sid", "usersid"]
            .iter()
            .any(|column| row.one(column).eq_ignore_ascii_case(ANONYMOUS));
        Self {
            text,
            row,
            whose: identity(row.one("identity")),
            anonymous: sid || is_anonymous(row.one("user")),
            any_recipient: rights.iter().any(|right| right.eq_ignore_ascii_case(RIGHT)),
            deny: row.one("deny").eq_ignore_ascii_case("True"),
            inherited: row.one("isinherited").eq_ignore_ascii_case("True"),
        }
    }
}

/// The security identifier of clients that do not log in.
const ANONYMOUS: &str = "S-1-5-7";

/// Tells whether an account is that of clients that do not log in; its name depends on the language.
fn is_anonymous(user: &str) -> bool {
    let name = user.to_uppercase();
    let words = ["ANONYM", "ANONIM", "ANÓNIM", "ANÔNIM"];
    user.eq_ignore_ascii_case(ANONYMOUS) || words.iter().any(|word| name.contains(word))
}

/// Takes an identity apart: the server, where it is told, and the name.
fn identity(text: &str) -> (Option<String>, String) {
    let lower = text.trim().to_lowercase();
    if lower.starts_with("cn=") {
        // CN=name,CN=SMTP Receive Connectors,CN=Protocols,CN=server,...
        let mut parts = lower.split(",cn=");
        let name = parts
            .next()
            .unwrap_or("")
            .trim_start_matches("cn=")
            .to_owned();
        return (parts.nth(2).map(str::to_owned), name);
    }
    match lower.rsplit_once('\\') {
        Some((server, name)) => (Some(server.to_owned()), name.to_owned()),
        None => (None, lower),
    }
}

/// Tells whether anonymous clients have the right on a connector. A refusal counts more than a grant, unless it is
/// inherited and the grant is not.
fn right<'t>(name: &str, all: &[Permission<'t>]) -> Right<'t> {
    let (server, own) = identity(name);
    let mut here = all.iter().filter(|permission| {
        let (other, name) = &permission.whose;
        *name == own && (other.is_none() || server.is_none() || *other == server)
    });
    let mut known = false;
    let mut granted: Option<&Permission<'t>> = None;
    let mut denied: Option<bool> = None;
    for permission in here.by_ref() {
        known = true;
        if !permission.anonymous || !permission.any_recipient {
            continue;
        }
        match permission.deny {
            true => denied = Some(denied.unwrap_or(true) && permission.inherited),
            false if granted.is_none_or(|before| before.inherited) => granted = Some(permission),
            false => {}
        }
    }
    match (granted, denied) {
        (Some(grant), None) => Right::Granted(grant.text, grant.row),
        (Some(grant), Some(true)) if !grant.inherited => Right::Granted(grant.text, grant.row),
        (Some(_), Some(_)) => Right::Withheld,
        (None, _) if known => Right::Withheld,
        (None, _) => Right::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ranges_as_they_are_written() {
        for (word, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.0/24", Some("192.0.2.0/24")),
            ("192.0.2.7/24", Some("192.0.2.0/24")),
            ("192.0.2.0(255.255.255.0)", Some("192.0.2.0/24")),
            ("192.0.2.0(255.0.255.0)", None),
            ("0.0.0.0(0.0.0.0)", Some("0.0.0.0/0")),
            ("0.0.0.0-255.255.255.255", Some("0.0.0.0/0")),
            ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("::/0")),
            ("192.0.2.9-192.0.2.1", None),
            ("x", None),
        ] {
            let shown = range(word).map(|net| net.to_string());
            assert_eq!(shown.as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn enumerations_are_names_or_numbers() {
        let read = |value: &str| flags(&[value.to_owned()], MECHANISMS).join(" ");
        assert_eq!(read("37"), "Tls BasicAuth ExternalAuthoritative");
        assert_eq!(read("0"), "");
        assert_eq!(read("BasicAuth"), "BasicAuth");
    }

    #[test]
    fn the_anonymous_account_has_names_in_every_language() {
        for (user, expected) in [
            ("NT AUTHORITY\\ANONYMOUS LOGON", true),
            ("NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG", true),
            ("AUTORITE NT\\ANONYMOUS LOGON", true),
            ("NT AUTHORITY\\INICIO DE SESIÓN ANÓNIMO", true),
            ("S-1-5-7", true),
            ("S-1-5-11", false),
            ("NT AUTHORITY\\Authenticated Users", false),
        ] {
            assert_eq!(is_anonymous(user), expected, "{user}");
        }
    }

    #[test]
    fn identities_are_taken_apart() {
        let of = |server: &str, name: &str| (Some(server.to_owned()), name.to_owned());
        assert_eq!(
            identity("EX01\\Default Frontend"),
            of("ex01", "default frontend")
        );
        assert_eq!(identity("Relay"), (None, "relay".to_owned()));
        let dn = "CN=App relay,CN=SMTP Receive Connectors,CN=Protocols,CN=EX01,CN=Servers,CN=X";
        assert_eq!(identity(dn), of("ex01", "app relay"));
    }
}
