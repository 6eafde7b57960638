//! What a sendmail configuration says about relaying, whether a .mc or a .cf says it.
//!
//! In: nothing; these are the values that the readers fill and that evaluation and rules read.

use super::super::context::Version;
use super::super::spot::Spot;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A word and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// The word.
    pub(super) text: String,
    /// Its place.
    pub(super) spot: Spot,
}

/// A feature that is on.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    /// Its arguments, without its name.
    pub(super) args: Vec<String>,
    /// Where it is turned on.
    pub(super) spot: Spot,
}

/// A daemon that listens.
#[derive(Debug, Clone)]
pub(super) struct Daemon {
    /// Its name.
    pub(super) name: String,
    /// The address it listens on; all where there is none.
    pub(super) address: Option<String>,
    /// Its port.
    pub(super) port: String,
    /// Its modifiers.
    pub(super) flags: String,
    /// Where it is defined; nowhere for one that is there by default.
    pub(super) spot: Option<Spot>,
}

impl Daemon {
    /// Reads the value of DaemonPortOptions.
    pub(super) fn read(options: &str, spot: Option<Spot>) -> Self {
        let mut daemon = Self {
            name: "Daemon".to_owned(),
            address: None,
            port: "25".to_owned(),
            flags: String::new(),
            spot,
        };
        for option in options.split(',') {
            let Some((key, value)) = option.split_once('=') else {
                continue;
            };
            let value = value.trim();
            // sendmail looks at the first letter only.
            match key.trim().chars().next().map(|c| c.to_ascii_uppercase()) {
                Some('A') => daemon.address = Some(value.to_owned()),
                Some('M') => value.clone_into(&mut daemon.flags),
                Some('N') => value.clone_into(&mut daemon.name),
                Some('P') => daemon.port = port(value),
                _ => {}
            }
        }
        daemon
    }

    /// Tells whether only this machine reaches it.
    pub(super) fn is_local(&self) -> bool {
        let Some(address) = &self.address else {
            return false;
        };
        let bare = address.replace(['[', ']'], "");
        let lower = bare.to_ascii_lowercase();
        let bare = lower.strip_prefix("ipv6:").unwrap_or(&lower);
        let loopback = bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        loopback || bare == "localhost"
    }

    /// Tells whether it takes nothing without a login.
    pub(super) fn wants_login(&self) -> bool {
        self.flags.contains('a')
    }
}

fn port(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "smtp" => "25",
        "submission" => "587",
        "smtps" | "submissions" => "465",
        _ => name,
    }
    .to_owned()
}

/// A ruleset that the administrator may have written.
#[derive(Debug, Clone, Default)]
pub(super) struct Ruleset {
    /// Where it begins.
    pub(super) spot: Option<Spot>,
    /// Its rules: the text behind the R.
    pub(super) rules: Vec<Word>,
}

/// A map.
#[derive(Debug, Clone)]
pub(super) struct Map {
    /// Its type and arguments, as they are written.
    pub(super) how: String,
    /// Where it is named.
    pub(super) spot: Spot,
}

impl Map {
    /// Gives the path of its file, if it is one that has a text beside it.
    pub(super) fn path(&self) -> Option<&str> {
        let mut words = self.how.split_whitespace();
        let kind = words.next()?;
        let last = words.next_back();
        match kind {
            "hash" | "btree" | "dbm" | "text" | "cdb" | "implicit" => last,
            // A path alone.
            kind if kind.starts_with('/') => Some(kind),
            _ => None,
        }
        .map(|path| path.strip_suffix(".db").unwrap_or(path))
        .filter(|path| !path.starts_with('-'))
    }

    /// Tells whether the file need not be there.
    pub(super) fn is_optional(&self) -> bool {
        let mut words = self.how.split_whitespace();
        words.any(|word| word.starts_with('-') && !word.starts_with("-T") && word.contains('o'))
    }
}

/// A configuration.
#[derive(Debug, Default)]
pub(super) struct Policy {
    /// The features, by name.
    pub(super) features: BTreeMap<String, Feature>,
    /// Class R: whose mail is relayed.
    pub(super) relayed: Vec<Word>,
    /// Class w: what is local.
    pub(super) local: Vec<Word>,
    /// The daemons.
    pub(super) daemons: Vec<Daemon>,
    /// Mechanisms for logging in, where they are written.
    pub(super) mechanisms: Option<Word>,
    /// Options for logging in.
    pub(super) login_options: Option<Word>,
    /// Mechanisms that make a client trusted.
    pub(super) trusted: Vec<Word>,
    /// Privacy options.
    pub(super) privacy: Option<Word>,
    /// Hosts that take what cannot be delivered here.
    pub(super) hubs: Vec<Word>,
    /// The name of this host, or its domain with a dot before it.
    pub(super) domain: Option<Word>,
    /// The rulesets that matter, by name.
    pub(super) rulesets: BTreeMap<String, Ruleset>,
    /// The access map.
    pub(super) access: Option<Map>,
    /// The map of virtual users.
    pub(super) virtual_users: Option<Map>,
    /// The version.
    pub(super) version: Option<(Version, Spot)>,
    /// Where it says that it only submits to another server.
    pub(super) submits: Option<Spot>,
    /// Whether relaying is refused at all.
    pub(super) refuses: bool,
    /// Where it says that it is not, or where a refusal belongs.
    pub(super) unrefused: Option<Spot>,
    /// What might say anything.
    pub(super) unknown: Vec<Word>,
}

impl Policy {
    /// Gives a feature, if it is on.
    pub(super) fn feature(&self, name: &str) -> Option<&Feature> {
        self.features.get(name)
    }

    /// Remembers something that might say anything.
    pub(super) fn doubt(&mut self, text: impl Into<String>, spot: &Spot) {
        if self.unknown.len() < 100 {
            self.unknown.push(Word {
                text: text.into(),
                spot: spot.clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_daemon_options() {
        for (options, shown, local, login) in [
            ("Port=smtp, Name=MTA", "MTA 25 None", false, false),
            (
                "Family=inet,  Name=MSP-v4, Port=submission, M=Ea, Addr=127.0.0.1",
                "MSP-v4 587 Some(\"127.0.0.1\")",
                true,
                true,
            ),
            (
                "Name=x,Address=[IPv6:::1]",
                "x 25 Some(\"[IPv6:::1]\")",
                true,
                false,
            ),
            (
                "Addr=192.0.2.1,Modify=E,Port=2525",
                "Daemon 2525 Some(\"192.0.2.1\")",
                false,
                false,
            ),
        ] {
            let daemon = Daemon::read(options, None);
            assert_eq!(
                format!("{} {} {:?}", daemon.name, daemon.port, daemon.address),
                shown
            );
            assert_eq!(
                (daemon.is_local(), daemon.wants_login()),
                (local, login),
                "{options}"
            );
        }
    }
}
