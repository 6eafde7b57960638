//! The files of a Haraka directory, read as far as they bear on relaying.
//!
//! In: the configuration directory. Out: a [`Site`]: the plugins in their order, the settings and lists of
//! those that are active, and where it listens. Files of plugins that are not active are known by name only.
//!
//! Deliberately does not read plugins of one's own (JavaScript), nor what other recipient plugins look up
//! elsewhere: both are named as unread.
//!
//! References: Haraka's plugin documentation: relay, rcpt_to.in_host_list, haproxy.

use super::ini::Ini;
use super::read;
use crate::mtaconf::lists::entries;
use crate::mtaconf::nets::Net;
use crate::mtaconf::pattern::Pattern;
use crate::mtaconf::source::{Reader, Text, base_name, join, parent};
use std::sync::Arc;

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
        let plugins = read::plugins(reader.own(file)?);
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
            says: read::networks(reader, &text, entries(&text, &['#', ';'])),
            text,
        });
        let dest = relay
            .as_ref()
            .is_some_and(|file| file.says.switch("relay", "dest_domains", false).0)
            || site.has("relay_acl");
        let destinations = dest.then(|| own("relay_dest_domains.ini")).flatten();
        let destinations = destinations.and_then(|text| read::destinations(reader, text));
        let regex = site
            .has("rcpt_to.in_host_list")
            .then(|| own("host_list_regex"))
            .flatten()
            .map(|text| read::regex(reader, text));
        let proxies = read::proxies(reader, &own);
        let listens = read::listens(reader, own("smtp.ini"));
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
