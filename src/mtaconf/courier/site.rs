//! The files of a Courier directory, read as far as they bear on relaying.
//!
//! In: the configuration directory. Out: a [`Site`]: the services with the settings that hold for each, the access
//! entries and the lists of domains. esmtpd-msa and esmtpd-ssl are read after esmtpd and override it.
//!
//! Deliberately does not read compiled databases (.dat).
//!
//! References: courier(8), esmtpd(8), makesmtpaccess(8).

use super::access::{self, Access, Who};
use super::shell::{self, Assignment};
use crate::model::Place;
use crate::mtaconf::lists::{Entry, entries, too_wide};
use crate::mtaconf::nets::{Breadth, Net};
use crate::mtaconf::source::{Reader, Text, base_name, join};
use crate::mtaconf::{Context, Scene};
use std::net::IpAddr;
use std::sync::Arc;

/// A file of assignments.
#[derive(Debug)]
pub(super) struct Shell {
    /// The file.
    pub(super) text: Arc<Text>,
    /// Its assignments.
    pub(super) says: Vec<Assignment>,
}

/// A daemon and the files that set it up, the overriding one first.
#[derive(Debug)]
pub(super) struct Daemon {
    /// Its name: that of its file.
    pub(super) name: &'static str,
    files: Vec<Arc<Shell>>,
    /// The variables that say whether it starts, and where it listens.
    start: &'static str,
    address: &'static str,
    port: &'static str,
    default_port: &'static str,
}

impl Daemon {
    /// Gives the setting that holds, with its file.
    pub(super) fn get(&self, name: &str) -> Option<(&Shell, &Assignment)> {
        self.files
            .iter()
            .find_map(|file| Some((&**file, shell::last(&file.says, name)?)))
    }

    /// Gives the value that holds.
    pub(super) fn value(&self, name: &str) -> &str {
        self.get(name).map_or("", |(_, a)| a.value.as_str())
    }

    /// Tells whether strangers reach it.
    pub(super) fn is_reachable(&self) -> bool {
        let starts = self.get(self.start);
        let off = starts.is_some_and(|(_, a)| !a.value.starts_with(['y', 'Y']));
        let address = self.value(self.address).parse::<IpAddr>();
        !off && !address.is_ok_and(|ip| Net::host(ip).is_loopback())
    }

    /// Says where it listens.
    pub(super) fn listens(&self) -> String {
        let address = match self.value(self.address) {
            "" | "0" => "*",
            address => address,
        };
        let port = match self.value(self.port) {
            "" => self.default_port,
            port => port,
        };
        format!("{address}:{port}")
    }
}

/// An access file.
#[derive(Debug)]
pub(super) struct Accesses {
    /// The file.
    pub(super) text: Arc<Text>,
    /// Its entries.
    pub(super) says: Vec<Access>,
}

/// An entry that lets too many relay.
#[derive(Debug)]
pub(super) struct Wide<'s> {
    /// The file.
    pub(super) file: &'s Accesses,
    /// The entry.
    pub(super) entry: &'s Access,
    /// What it covers.
    pub(super) net: Net,
    /// How wide that is.
    pub(super) breadth: Breadth,
}

/// Everything about one installation.
#[derive(Debug)]
pub(super) struct Site {
    /// The daemons whose files are there.
    pub(super) daemons: Vec<Daemon>,
    /// The access files.
    pub(super) access: Vec<Accesses>,
    /// The files of esmtpacceptmailfor and its directory.
    pub(super) accepted: Vec<Arc<Text>>,
    /// locals, and hosteddomains with the files of its directory.
    pub(super) local: Vec<Arc<Text>>,
    /// bofh.
    pub(super) bofh: Option<Arc<Text>>,
}

impl Site {
    /// Reads one installation.
    pub(super) fn read(scene: &Scene<'_>) -> Self {
        let (reader, directory) = (scene.reader, scene.root.directory.as_str());
        let own = |name: &str| reader.own(&join(directory, name));
        let shell = |name: &str| {
            own(name).map(|text| {
                let says = shell::read(reader, &text);
                Arc::new(Shell { text, says })
            })
        };
        let daemons = daemons(&shell);
        let mut accepted: Vec<Arc<Text>> = own("esmtpacceptmailfor").into_iter().collect();
        accepted.extend(inside(reader, &join(directory, "esmtpacceptmailfor.dir")));
        let mut local: Vec<Arc<Text>> = [own("locals"), own("hosteddomains")]
            .into_iter()
            .flatten()
            .collect();
        local.extend(inside(reader, &join(directory, "hosteddomains")));
        let mut site = Self {
            daemons,
            access: Vec::new(),
            accepted,
            local,
            bofh: own("bofh"),
        };
        site.read_access(reader, directory);
        site
    }

    fn read_access(&mut self, reader: &Reader<'_>, directory: &str) {
        let mut names = vec!["smtpaccess"];
        for daemon in &self.daemons {
            if let Some((_, file)) = daemon.get("ACCESSFILE") {
                names.push(base_name(&file.value));
            }
        }
        // Where every daemon says that it uses another file, or none, the usual one counts no more.
        let elsewhere = |daemon: &Daemon| {
            let set = daemon.get("ACCESSFILE");
            set.is_some_and(|(_, a)| base_name(&a.value) != "smtpaccess")
        };
        if !self.daemons.is_empty() && self.daemons.iter().all(elsewhere) {
            names.remove(0);
        }
        names.sort_unstable();
        names.dedup();
        let mut access = Vec::new();
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let file = join(directory, name);
            let texts = reader.own(&file).into_iter().chain(inside(reader, &file));
            let mut texts = texts.peekable();
            if texts.peek().is_none() {
                reader.miss(&file, "not found");
            }
            access.extend(texts.map(|text| Accesses {
                says: access::read(reader, &text),
                text,
            }));
        }
        self.access = access;
    }

    /// Gives the place that lets everybody relay, and why it does: the entry for all others, entries that cover
    /// everybody, or the environment.
    pub(super) fn relays_for_all(&self, context: &Context) -> Option<(Place, String)> {
        for file in &self.access {
            let others = |a: &&Access| a.who == Who::Others && a.relays && !a.deny;
            if let Some(entry) = file.says.iter().find(others) {
                let why = "the entry for all other clients sets RELAYCLIENT";
                return Some((file.text.find_on(entry.line, "RELAYCLIENT"), why.to_owned()));
            }
        }
        let wide = self.wide(context);
        if let Some(all) = wide.iter().find(|w| w.breadth == Breadth::Everybody) {
            let key = &all.entry.key;
            let why = format!(
                "the entries that set RELAYCLIENT cover all addresses together, {key} most of them"
            );
            return Some((all.file.text.find_on(all.entry.line, key), why));
        }
        let set = self.daemons.iter().filter(|daemon| daemon.is_reachable());
        set.filter_map(|daemon| Some((daemon, daemon.get("RELAYCLIENT")?)))
            .map(|(daemon, (file, set))| {
                let why = format!("RELAYCLIENT is in the environment of {}", daemon.name);
                (file.text.find_on(set.line, "RELAYCLIENT"), why)
            })
            .next()
    }

    /// Gives the entries that let too many relay.
    pub(super) fn wide(&self, context: &Context) -> Vec<Wide<'_>> {
        let entries = self.access.iter().flat_map(|file| {
            let relaying = file.says.iter().filter(|a| a.relays && !a.deny);
            relaying.filter_map(move |entry| match entry.who {
                Who::Net(net) => Some((file, entry, net)),
                Who::Others => None,
            })
        });
        let entries: Vec<(&Accesses, &Access, Net)> = entries.collect();
        let nets: Vec<Net> = entries.iter().map(|(_, _, net)| *net).collect();
        let wide = too_wide(context, &nets).into_iter();
        wide.filter_map(|(index, breadth)| {
            let (file, entry, net) = entries.get(index).copied()?;
            Some(Wide {
                file,
                entry,
                net,
                breadth,
            })
        })
        .collect()
    }

    /// Tells whether everybody who is not listed is refused.
    pub(super) fn refuses_others(&self) -> bool {
        let mut entries = self.access.iter().flat_map(|file| &file.says);
        entries.any(|entry| entry.who == Who::Others && entry.deny)
    }

    /// Gives the options that let a DNS list decide who may relay.
    pub(super) fn dns_lists(&self) -> Vec<(&'static str, &Shell, &Assignment, String)> {
        let mut found = Vec::new();
        for daemon in self.daemons.iter().filter(|daemon| daemon.is_reachable()) {
            for variable in ["TCPDOPTS", "BLACKLISTS"] {
                let Some((file, set)) = daemon.get(variable) else {
                    continue;
                };
                let known = |(_, text, line, _): &(_, &Shell, &Assignment, _)| {
                    text.text.name == file.text.name && line.line == set.line
                };
                let relays = |word: &&str| {
                    let option = word
                        .strip_prefix("-allow=")
                        .or(word.strip_prefix("-block="));
                    let mut parts = option.unwrap_or("").split(',').skip(1);
                    parts.any(|part| part.split(['/', '=']).next() == Some("RELAYCLIENT"))
                };
                let option = set.value.split_whitespace().find(relays);
                if let Some(option) = option.filter(|_| !found.iter().any(known)) {
                    found.push((daemon.name, file, set, option.to_owned()));
                }
            }
        }
        found
    }
}

/// Gives the daemons whose files are there; where none is, the usual one with its defaults.
fn daemons(shell: &dyn Fn(&str) -> Option<Arc<Shell>>) -> Vec<Daemon> {
    let base = shell("esmtpd");
    let of = |name, own: Option<Arc<Shell>>, ports: [&'static str; 4]| {
        let [start, address, port, default_port] = ports;
        Daemon {
            name,
            files: own.into_iter().chain(base.clone()).collect(),
            start,
            address,
            port,
            default_port,
        }
    };
    let mut daemons = Vec::new();
    let (msa, ssl) = (shell("esmtpd-msa"), shell("esmtpd-ssl"));
    if base.is_some() || (msa.is_none() && ssl.is_none()) {
        daemons.push(of(
            "esmtpd",
            None,
            ["ESMTPDSTART", "ADDRESS", "PORT", "smtp"],
        ));
    }
    if msa.is_some() {
        daemons.push(of(
            "esmtpd-msa",
            msa,
            ["ESMTPDSTART", "ADDRESS", "PORT", "587"],
        ));
    }
    if ssl.is_some() {
        let ports = ["ESMTPDSSLSTART", "SSLADDRESS", "SSLPORT", "465"];
        daemons.push(of("esmtpd-ssl", ssl, ports));
    }
    daemons
}

/// Reads the files of a directory.
fn inside(reader: &Reader<'_>, directory: &str) -> Vec<Arc<Text>> {
    let names = reader.files.inside(directory);
    let usual = |name: &&str| !base_name(name).starts_with('.') && !name.ends_with('~');
    names
        .filter(usual)
        .filter_map(|name| reader.own(name))
        .collect()
}

/// Gives the domains of a list: the first word of each line, those that are excluded left out.
pub(super) fn domains(text: &Text) -> impl Iterator<Item = Entry<'_>> {
    entries(text, &['#', '!']).filter_map(|entry| {
        Some(Entry {
            line: entry.line,
            text: entry.text.split_whitespace().next()?,
        })
    })
}
