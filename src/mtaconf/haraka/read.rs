//! The files of a Haraka directory, one by one.
//!
//! In: a text. Out: what it says, as [`super::site`] keeps it; lines that are none are remembered as unread.
//!
//! Limits: [`LONGEST_PATTERN`], and as many entries of a list as `lists` keeps.
//!
//! References: Haraka's plugin documentation: relay, rcpt_to.in_host_list, haproxy.

use super::ini::{Ini, Setting};
use super::site::{Destination, File, Listed, Locals, Plugin};
use crate::mtaconf::lists::{Entry, MOST_ENTRIES, entries};
use crate::mtaconf::nets::Net;
use crate::mtaconf::pattern::Pattern;
use crate::mtaconf::source::{Reader, Text};
use std::net::IpAddr;
use std::sync::Arc;

/// The longest pattern that is compiled.
const LONGEST_PATTERN: usize = 1 << 18;

/// Reads the list of plugins.
pub(super) fn plugins(text: Arc<Text>) -> File<Vec<Plugin>> {
    let says = entries(&text, &['#', ';'])
        .map(|entry| {
            let name = entry.text.trim_end_matches(".js");
            let name = name.strip_prefix("haraka-plugin-").unwrap_or(name);
            Plugin {
                name: name.to_owned(),
                line: entry.line,
            }
        })
        .collect();
    File { text, says }
}

/// Reads networks as the relay plugin does: an address without a length has 32 bits, also where it is IPv6.
pub(super) fn networks<'t>(
    reader: &Reader<'_>,
    text: &Text,
    entries: impl Iterator<Item = Entry<'t>>,
) -> Vec<Listed> {
    let mut listed = Vec::new();
    for entry in entries.take(MOST_ENTRIES) {
        match network(entry.text, |_| 32) {
            Some(net) => listed.push(Listed {
                net,
                written: entry.text.to_owned(),
                line: entry.line,
            }),
            None => reader.miss(
                &format!("{}:{}", text.name, entry.line),
                "not an address or network",
            ),
        }
    }
    if listed.len() >= MOST_ENTRIES {
        reader.miss(&text.name, &format!("more than {MOST_ENTRIES} entries"));
    }
    listed
}

/// Reads one network; `length` is what it has where none is written.
fn network(written: &str, length: impl Fn(IpAddr) -> u32) -> Option<Net> {
    let bare = written.replace(['[', ']'], "");
    let (address, bits) = match bare.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (bare.as_str(), None),
    };
    let address: IpAddr = address.trim().parse().ok()?;
    let bits = match bits.map(str::trim).filter(|bits| !bits.is_empty()) {
        Some(bits) => bits.parse().ok()?,
        None => length(address),
    };
    Net::of(address, bits)
}

/// Reads the domains of relay_dest_domains.ini.
pub(super) fn destinations(reader: &Reader<'_>, text: Arc<Text>) -> Option<File<Vec<Destination>>> {
    let ini = Ini::read(&text);
    ini.all("domains").next()?;
    let mut says = Vec::new();
    for Setting {
        key, value, line, ..
    } in ini.all("domains")
    {
        let json: Result<serde_json::Value, _> = serde_json::from_str(value);
        match json {
            Ok(json) => says.push(Destination {
                domain: key.clone(),
                action: json["action"].as_str().unwrap_or("").to_owned(),
                line: *line,
            }),
            Err(_) => reader.miss(&format!("{}:{line}", text.name), "its value is no JSON"),
        }
    }
    Some(File { text, says })
}

/// Joins the expressions of host_list_regex as the plugin does.
pub(super) fn regex(reader: &Reader<'_>, text: Arc<Text>) -> File<Locals> {
    let parts: Vec<&str> = entries(&text, &['#', ';']).map(|e| e.text).collect();
    let whole = format!("^(?:{})$", parts.join("|"));
    let pattern = match whole.len() {
        0..=LONGEST_PATTERN => Pattern::new(&whole, true),
        _ => Err("it is too long".to_owned()),
    };
    let says = match pattern {
        _ if parts.is_empty() => Locals::Nobody,
        Ok(pattern) => Locals::Fit(pattern),
        Err(why) => {
            reader.miss(&text.name, &format!("not a pattern: {why}"));
            Locals::Unread
        }
    };
    File { text, says }
}

/// Reads who may speak the PROXY protocol: connection.ini, or haproxy_hosts of older versions.
pub(super) fn proxies(
    reader: &Reader<'_>,
    own: &dyn Fn(&str) -> Option<Arc<Text>>,
) -> Option<File<Vec<Listed>>> {
    // Here an IPv6 address without a length stands for its /64.
    let length = |address: IpAddr| match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 64,
    };
    let (text, written) = match own("connection.ini") {
        Some(text) => {
            let ini = Ini::read(&text);
            if !ini.switch("haproxy", "enabled", true).0 {
                return None;
            }
            let hosts = ini.all("haproxy").filter(|s| s.key == "hosts");
            let hosts: Vec<(u32, String)> = hosts.map(|s| (s.line, s.value.clone())).collect();
            (text, hosts)
        }
        None => {
            let text = own("haproxy_hosts")?;
            let hosts = entries(&text, &['#', ';']);
            let hosts = hosts.map(|e| (e.line, e.text.to_owned())).collect();
            (text, hosts)
        }
    };
    let mut says = Vec::new();
    for (line, written) in written.into_iter().filter(|(_, w)| !w.is_empty()) {
        match network(&written, length) {
            Some(net) => says.push(Listed { net, written, line }),
            None => reader.miss(
                &format!("{}:{line}", text.name),
                "not an address or network",
            ),
        }
    }
    Some(File { text, says })
}

/// Reads where it listens; port 25 everywhere where nothing is written. The last part tells whether strangers
/// reach it.
pub(super) fn listens(reader: &Reader<'_>, text: Option<Arc<Text>>) -> Vec<(String, u16, bool)> {
    let mut listens = Vec::new();
    let ini = text.as_ref().map(|text| Ini::read(text));
    let port = ini.as_ref().and_then(|ini| ini.get("main", "port"));
    let port = port.and_then(|port| port.value.parse().ok()).unwrap_or(25);
    let listen = ini.as_ref().and_then(|ini| ini.get("main", "listen"));
    for one in listen.map_or("", |l| l.value.as_str()).split([',', ' ']) {
        if one.is_empty() {
            continue;
        }
        let (address, number) = one.rsplit_once(':').unwrap_or((one, ""));
        let bare = address.trim_matches(['[', ']']);
        match (bare.parse::<IpAddr>().ok(), number.parse()) {
            (Some(ip), Ok(number)) => {
                listens.push((one.to_owned(), number, !Net::host(ip).is_loopback()));
            }
            // "::0" is how Haraka writes all addresses.
            (None, Ok(number)) => listens.push((one.to_owned(), number, true)),
            (_, Err(_)) => reader.miss(&format!("listen={one}"), "not an address and port"),
        }
    }
    if listens.is_empty() {
        listens.push((format!("[::0]:{port}"), port, true));
    }
    listens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_networks_with_the_length_their_list_gives_them() {
        for (written, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.77/25", Some("192.0.2.0/25")),
            ("2001:db8::1", Some("2001:db8::/32")),
            ("[2001:db8::1]/128", Some("2001:db8::1")),
            ("192.0.2.0/33", None),
            ("mail.example.com", None),
            ("", None),
        ] {
            let shown = network(written, |_| 32).map(|net| net.to_string());
            assert_eq!(shown.as_deref(), expected, "{written}");
        }
    }
}
