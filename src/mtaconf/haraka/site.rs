//! The files of a Haraka directory, read as far as they bear on relaying.
//!
//! In: the configuration directory. Out: a [`Site`]: the plugins in their order, the settings and lists of
//! those that are active, and where it listens. Files of plugins that are not active are known by name only.
//!
//! Deliberately does not read plugins of one's own (JavaScript), nor what other recipient plugins look up
//! elsewhere: both are named as unread.
//!
//! References: Haraka's plugin documentation: relay, rcpt_to.in_host_list, haproxy.

use super::ini::{Ini, Setting};
use crate::mtaconf::lists::{Entry, MOST_ENTRIES, entries};
use crate::mtaconf::nets::Net;
use crate::mtaconf::pattern::Pattern;
use crate::mtaconf::source::{Reader, Text, base_name, join, parent};
use std::net::IpAddr;
use std::sync::Arc;

/// The longest pattern that is compiled.
const LONGEST_PATTERN: usize = 1 << 18;

/// An active plugin.
#[derive(Debug)]
pub(super) struct Plugin {
    /// Its name, without the prefix of its package.
    pub(super) name: String,
    /// The line of config/plugins.
    pub(super) line: u32,
}

/// A network of a list, with the line that names it.
#[derive(Debug)]
pub(super) struct Listed {
    /// The network.
    pub(super) net: Net,
    /// How it is written.
    pub(super) written: String,
    /// Its line.
    pub(super) line: u32,
}

/// A file and what was read out of it.
#[derive(Debug)]
pub(super) struct File<T> {
    /// The file.
    pub(super) text: Arc<Text>,
    /// What it says.
    pub(super) says: T,
}

/// A domain of relay_dest_domains.ini.
#[derive(Debug)]
pub(super) struct Destination {
    /// The domain.
    pub(super) domain: String,
    /// The action: accept, continue or deny.
    pub(super) action: String,
    /// Its line.
    pub(super) line: u32,
}

/// What host_list_regex says.
#[derive(Debug)]
pub(super) enum Locals {
    /// Nothing.
    Nobody,
    /// The domains that fit are local.
    Fit(Pattern),
    /// What cannot be understood here.
    Unread,
}

/// Everything about one installation.
#[derive(Debug)]
pub(super) struct Site {
    /// The configuration directory.
    pub(super) directory: String,
    /// config/plugins.
    pub(super) plugins: File<Vec<Plugin>>,
    /// relay.ini, where the plugin is active and the file is there.
    pub(super) relay: Option<File<Ini>>,
    /// relay_acl_allow, where it is read.
    pub(super) allow: Option<File<Vec<Listed>>>,
    /// relay_dest_domains.ini, where it is read and has its section.
    pub(super) destinations: Option<File<Vec<Destination>>>,
    /// host_list_regex, joined into one pattern, where it is read.
    pub(super) regex: Option<File<Locals>>,
    /// The file that names the proxies, and they.
    pub(super) proxies: Option<File<Vec<Listed>>>,
    /// Where it listens, and the port.
    pub(super) listens: Vec<(String, u16, bool)>,
}

impl Site {
    /// Reads an installation that begins with `file`; nothing where that cannot be read.
    pub(super) fn read(reader: &Reader<'_>, file: &str) -> Option<Self> {
        let directory = parent(file).to_owned();
        let plugins = read_plugins(reader.own(file)?);
        let mut site = Self {
            directory,
            plugins,
            relay: None,
            allow: None,
            destinations: None,
            regex: None,
            proxies: None,
            listens: Vec::new(),
        };
        let own = |name: &str| reader.own(&join(&site.directory, name));
        let relay = site
            .has("relay")
            .then(|| own("relay.ini"))
            .flatten()
            .map(|text| File {
                says: Ini::read(&text),
                text,
            });
        let acl = match &relay {
            Some(file) => file.says.switch("relay", "acl", true).0,
            None => site.has("relay"),
        } || site.has("relay_acl");
        let allow = acl.then(|| own("relay_acl_allow")).flatten();
        let allow = allow.map(|text| File {
            says: networks(reader, &text, entries(&text, &['#', ';'])),
            text,
        });
        let dest = relay
            .as_ref()
            .is_some_and(|file| file.says.switch("relay", "dest_domains", false).0)
            || site.has("relay_acl");
        let destinations = dest.then(|| own("relay_dest_domains.ini")).flatten();
        let destinations = destinations.and_then(|text| read_destinations(reader, text));
        let regex = site
            .has("rcpt_to.in_host_list")
            .then(|| own("host_list_regex"))
            .flatten()
            .map(|text| read_regex(reader, text));
        let proxies = read_proxies(reader, &own);
        let listens = read_listens(reader, own("smtp.ini"));
        site.relay = relay;
        site.allow = allow;
        site.destinations = destinations;
        site.regex = regex;
        site.proxies = proxies;
        site.listens = listens;
        site.name_unread(reader);
        Some(site)
    }

    /// Finds an active plugin.
    pub(super) fn plugin(&self, name: &str) -> Option<&Plugin> {
        self.plugins.says.iter().find(|plugin| plugin.name == name)
    }

    /// Tells whether a plugin is active.
    pub(super) fn has(&self, name: &str) -> bool {
        self.plugin(name).is_some()
    }

    /// Tells whether one plugin is asked before another.
    pub(super) fn before(&self, first: &str, second: &str) -> bool {
        let at = |name: &str| self.plugins.says.iter().position(|p| p.name == name);
        at(first).is_some_and(|first| at(second).is_none_or(|second| first < second))
    }

    /// Gives the recipient plugins that decide by what the files do not show.
    pub(super) fn unknown_recipients(&self) -> impl Iterator<Item = &Plugin> {
        const REFUSE_ONLY: &[&str] = &[
            "rcpt_to.in_host_list",
            "rcpt_to.access",
            "rcpt_to.blocklist",
            "rcpt_to.max_count",
            "rcpt_to.validity",
            "rcpt_to.host_list_base",
        ];
        const ELSEWHERE: &[&str] = &["qmail-deliverable", "recipient-routes"];
        self.plugins.says.iter().filter(|plugin| {
            let name = plugin.name.as_str();
            let recipient = name.starts_with("rcpt_to.") || ELSEWHERE.contains(&name);
            recipient && !REFUSE_ONLY.contains(&name)
        })
    }

    /// Names what stands beside the files that were read and may change what they mean.
    fn name_unread(&self, reader: &Reader<'_>) {
        for plugin in self.unknown_recipients() {
            let what = format!("the recipients of {}", plugin.name);
            reader.miss(&what, "the plugin looks them up elsewhere");
        }
        let install = parent(&self.directory);
        for name in reader.files.names() {
            let overrides = name
                .split('/')
                .rev()
                .skip(1)
                .any(|part| part.ends_with("_overrides"));
            if overrides && name.starts_with(install) {
                reader.miss(name, "overrides are not read");
            }
        }
        const READ: &[(&str, &str)] = &[
            ("plugins", ""),
            ("relay", ".ini"),
            ("relay_acl_allow", ""),
            ("relay_dest_domains", ".ini"),
            ("host_list", ""),
            ("host_list_regex", ""),
            ("connection", ".ini"),
            ("smtp", ".ini"),
        ];
        for name in reader.files.inside(&self.directory) {
            let base = base_name(name);
            let of_environment = READ.iter().any(|(stem, end)| {
                let rest = base.strip_prefix(stem);
                let rest = rest.and_then(|rest| rest.strip_suffix(end));
                let rest = rest.and_then(|rest| rest.strip_prefix('.'));
                rest.is_some_and(is_environment)
            });
            if of_environment {
                reader.miss(name, "meant for one environment only");
            }
        }
        for plugin in &self.plugins.says {
            let own = join(install, &format!("plugins/{}.js", plugin.name));
            if reader.files.has(&own) {
                reader.miss(&own, "a plugin of one's own");
            }
        }
    }
}

/// Tells whether a part of a file's name is that of an environment.
fn is_environment(part: &str) -> bool {
    ["production", "development", "staging", "test", "local"].contains(&part)
}

/// Reads the list of plugins.
fn read_plugins(text: Arc<Text>) -> File<Vec<Plugin>> {
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
fn networks<'t>(
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
fn read_destinations(reader: &Reader<'_>, text: Arc<Text>) -> Option<File<Vec<Destination>>> {
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
fn read_regex(reader: &Reader<'_>, text: Arc<Text>) -> File<Locals> {
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
fn read_proxies(
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
fn read_listens(reader: &Reader<'_>, text: Option<Arc<Text>>) -> Vec<(String, u16, bool)> {
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
