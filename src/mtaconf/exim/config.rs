//! A configuration by its sections: main options, named lists, ACLs, routers, authenticators.
//!
//! In: logical lines. Out: a [`Config`]. Transports, retry and rewrite rules are passed over: they have no say in
//! who may relay.
//!
//! References: Exim specification, chapters 6 and 14.

use super::acl::{self, Acl, Begun, Statement, Verb};
use super::lines::{Line, Stop};
use super::list::Kind;
use super::traced::Traced;
use std::collections::{HashMap, HashSet};

/// An option with its value.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// Its name, without `no_` or `not_`.
    pub(super) name: String,
    /// Its value, without quotes; `true` or `false` where a boolean is written alone.
    pub(super) value: Traced,
    /// All of it.
    pub(super) whole: Traced,
}

/// A router or an authenticator.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Its name, with its place.
    pub(super) name: Traced,
    /// Its options.
    pub(super) settings: Vec<Setting>,
}

impl Block {
    /// Gives an option.
    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Gives the text of an option, or nothing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).map_or("", |setting| setting.value.as_str())
    }
}

/// A configuration.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// Main options.
    pub(super) main: Vec<Setting>,
    /// Named lists: the value and where the name is.
    pub(super) lists: HashMap<(Kind, String), Traced>,
    /// Names of the lists in the order they were written.
    pub(super) list_order: Vec<(Kind, String)>,
    /// Access control lists.
    pub(super) acls: Vec<Acl>,
    /// Lists that stand in the value of an option such as acl_smtp_rcpt.
    pub(super) inline: HashMap<String, Acl>,
    /// Where each stands in `acls`.
    acl_index: HashMap<String, usize>,
    /// Routers.
    pub(super) routers: Vec<Block>,
    /// Authenticators.
    pub(super) authenticators: Vec<Block>,
    /// What stops Exim from starting.
    pub(super) stops: Vec<Stop>,
    /// Included files of the main section that are missing.
    pub(super) holes: Vec<Traced>,
    /// Whether there is any section.
    pub(super) sections: usize,
    /// Whether a file is missing that may hold ACLs.
    pub(super) acl_hole: bool,
    /// Whether a part of the authenticators is missing.
    pub(super) login_hole: bool,
    /// Names of the variables that are set by ACLs for other times than those up to RCPT.
    pub(super) variables: HashSet<String>,
}

/// Options that are looked at here, and that stop Exim when they are set twice.
const ONCE: &[&str] = &[
    "primary_hostname",
    "local_interfaces",
    "daemon_smtp_ports",
    "tls_advertise_hosts",
    "auth_advertise_hosts",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Main,
    Acl,
    Routers,
    Authenticators,
    Other,
}

impl Config {
    /// Takes the lines in.
    pub(super) fn new(lines: Vec<Line>, stops: Vec<Stop>) -> Self {
        let mut config = Self {
            stops,
            ..Self::default()
        };
        let mut section = Section::Main;
        for line in lines {
            match line {
                Line::Text(line) => match beginning(line.as_str()) {
                    Some(name) => section = config.begin(&name, &line),
                    None => config.take(section, &line),
                },
                Line::Hole(at) => config.hole(section, at),
            }
        }
        config.read_inline();
        config.variables = config.set_elsewhere();
        config
    }

    /// Reads the lists that stand in options: what is no name of a list and is not expanded.
    fn read_inline(&mut self) {
        for option in [
            "acl_smtp_connect",
            "acl_smtp_helo",
            "acl_smtp_mail",
            "acl_smtp_rcpt",
        ] {
            let Some(setting) = self.get(option) else {
                continue;
            };
            let value = &setting.value;
            let text = value.as_str();
            if text.contains('$') || self.acl_index.contains_key(text) || !acl::is_inline(text) {
                continue;
            }
            if let Ok(statements) = acl::inline(value) {
                let name = option.to_owned();
                self.inline
                    .insert(option.to_owned(), Acl { name, statements });
            }
        }
    }

    /// Names the variables that ACLs set which are not evaluated here, such as that for AUTH.
    fn set_elsewhere(&self) -> HashSet<String> {
        let early = [
            "acl_smtp_connect",
            "acl_smtp_helo",
            "acl_smtp_mail",
            "acl_smtp_rcpt",
        ];
        let other = |setting: &&Setting| {
            setting.name.starts_with("acl_") && !early.contains(&setting.name.as_str())
        };
        let named = self
            .main
            .iter()
            .filter(other)
            .map(|setting| setting.value.as_str());
        let mut open: Vec<&str> = named.collect();
        if open.iter().any(|name| name.contains('$')) {
            open = self.acls.iter().map(|acl| acl.name.as_str()).collect();
        }
        let mut seen: HashSet<&str> = HashSet::new();
        let mut names = HashSet::new();
        while let Some(acl) = open.pop() {
            let Some(acl) = self.acl(acl).filter(|_| seen.insert(acl)) else {
                continue;
            };
            let statements = acl.statements.iter();
            for condition in statements.flat_map(|statement| &statement.conditions) {
                let value = condition.value.as_str();
                match condition.name {
                    "acl" => open.extend(value.split_whitespace().next()),
                    "set" => names.extend(
                        value
                            .split_once('=')
                            .map(|(name, _)| name.trim().to_owned()),
                    ),
                    _ => {}
                }
            }
        }
        names
    }

    fn begin(&mut self, name: &str, line: &Traced) -> Section {
        self.sections += 1;
        match name {
            "acl" | "acls" => Section::Acl,
            "router" | "routers" => Section::Routers,
            "authenticator" | "authenticators" => Section::Authenticators,
            "transport" | "transports" | "retry" | "retrys" | "retries" | "rewrite"
            | "rewrites" | "local_scan" | "local_scans" => Section::Other,
            other => {
                self.stop(format!("there is no section {other:?}"), line);
                Section::Other
            }
        }
    }

    fn hole(&mut self, section: Section, at: Traced) {
        match section {
            Section::Main => self.holes.push(at),
            Section::Acl => match self.acls.last_mut().inspect(|_| self.acl_hole = true) {
                Some(acl) => acl.statements.push(Statement {
                    verb: Verb::Hole,
                    at,
                    conditions: Vec::new(),
                }),
                None => self.holes.push(at),
            },
            Section::Authenticators => self.login_hole = true,
            Section::Routers | Section::Other => {}
        }
    }

    fn take(&mut self, section: Section, line: &Traced) {
        match section {
            Section::Main => self.main_line(line),
            Section::Acl => self.acl_line(line),
            Section::Routers => block_line(&mut self.routers, line),
            Section::Authenticators => block_line(&mut self.authenticators, line),
            Section::Other => {}
        }
    }

    fn main_line(&mut self, line: &Traced) {
        let Some(setting) = setting(line) else {
            return;
        };
        let Some((kind, name)) = Kind::of_definition(&setting.name).zip(setting.list_name()) else {
            let once = setting.name.starts_with("acl_") || ONCE.contains(&setting.name.as_str());
            if once && self.get(&setting.name).is_some() {
                self.stop(format!("{} is set for the second time", setting.name), line);
            }
            self.main.push(setting);
            return;
        };
        let key = (kind, name);
        match self.lists.contains_key(&key) {
            true => self.stop(format!("there are two lists of the name {}", key.1), line),
            false => {
                self.list_order.push(key.clone());
                self.lists.insert(key, setting.value);
            }
        }
    }

    fn acl_line(&mut self, line: &Traced) {
        if let Begun::List(name) = acl::begun(line.as_str()) {
            let known = self.acl_index.insert(name.to_owned(), self.acls.len());
            if known.is_some() {
                self.stop(format!("there are two ACLs of the name {name}"), line);
            }
            self.acls.push(Acl {
                name: name.to_owned(),
                statements: Vec::new(),
            });
            return;
        }
        let Some(acl) = self.acls.last_mut() else {
            self.stop("a statement stands before the first ACL".to_owned(), line);
            return;
        };
        if let Err(stop) = acl::read(line, &mut acl.statements) {
            self.stop(stop.why, line);
        }
    }

    fn stop(&mut self, why: String, at: &Traced) {
        if self.stops.len() < 20 {
            let at = at.trim();
            self.stops.push(Stop { why, at });
        }
    }

    /// Gives a main option; the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.main.iter().rev().find(|setting| setting.name == name)
    }

    /// Finds an ACL by its name.
    pub(super) fn acl(&self, name: &str) -> Option<&Acl> {
        self.acl_index.get(name).map(|index| &self.acls[*index])
    }

    /// Gives a named list.
    pub(super) fn list(&self, kind: Kind, name: &str) -> Option<&Traced> {
        self.lists.get(&(kind, name.to_owned()))
    }
}

impl Setting {
    /// Gives the name of the list that `domainlist name = ...` defines.
    fn list_name(&self) -> Option<String> {
        let text = self.whole.as_str();
        let rest = text.split_once(char::is_whitespace)?.1;
        let name = rest.split_once('=')?.0.trim();
        Some(name.to_owned())
    }
}

/// Reads `begin name`.
fn beginning(line: &str) -> Option<String> {
    let head = line.get(..6)?;
    head.eq_ignore_ascii_case("begin ")
        .then(|| line[6..].trim().to_ascii_lowercase())
}

/// Reads `name = value`, `name`, `no_name`, all of them also behind `hide`. Of a list, the name of the setting is
/// `domainlist` and the like.
fn setting(line: &Traced) -> Option<Setting> {
    let line = line.trim();
    let mut whole = line;
    if let Some(rest) = whole.as_str().strip_prefix("hide") {
        let skip = whole.len() - rest.trim_start().len();
        if rest.starts_with(char::is_whitespace) {
            whole = whole.slice(skip..whole.len());
        }
    }
    let text = whole.as_str();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !word(c)).unwrap_or(text.len());
    let name = &text[..end];
    if name.is_empty() {
        return None;
    }
    let list = Kind::of_definition(name).is_some();
    let equals = match list {
        true => text.find('='),
        false => Some(end + (text[end..].len() - text[end..].trim_start().len()))
            .filter(|at| text[*at..].starts_with('=')),
    };
    let (name, value) = match equals {
        Some(at) => (name, whole.slice(at + 1..whole.len()).unquoted()),
        None if list => return None,
        None => {
            let bare = name.strip_prefix("no_").or(name.strip_prefix("not_"));
            (bare.unwrap_or(name), whole.slice(0..end))
        }
    };
    Some(Setting {
        name: name.to_owned(),
        value,
        whole,
    })
}

/// Reads a line of a section of drivers.
fn block_line(blocks: &mut Vec<Block>, line: &Traced) {
    let text = line.as_str();
    let end = text.find(':').unwrap_or(0);
    let name = &text[..end];
    let plain = name
        .trim_end()
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_');
    if end > 0 && plain {
        blocks.push(Block {
            name: line.slice(0..name.trim_end().len()),
            settings: Vec::new(),
        });
        return;
    }
    if let (Some(block), Some(setting)) = (blocks.last_mut(), setting(line)) {
        block.settings.push(setting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::Text;
    use std::sync::Arc;

    fn config(text: &str) -> Config {
        let file = Arc::new(Text::new("exim.conf", text.into()));
        let lines = (1..=file.count()).map(|n| Line::Text(Traced::of_line(&file, n).trim()));
        Config::new(
            lines
                .filter(|line| !matches!(line, Line::Text(t) if t.len() == 0))
                .collect(),
            Vec::new(),
        )
    }

    #[test]
    fn reads_sections() {
        let config = config(
            "hide mysql_servers = x\n\
             domainlist_cache local = \"a : b\"\n\
             no_local_from_check\n\
             begin acl\nrcpt:\naccept\nBEGIN ROUTERS\n\
             r1:\ndriver = dnslookup\ndomains = ! +local\n\
             begin authenticators\nplain:\ndriver = plaintext\n",
        );
        assert!(config.stops.is_empty(), "{:?}", config.stops);
        assert_eq!(
            config.get("mysql_servers").map(|s| s.value.as_str()),
            Some("x")
        );
        assert!(config.get("local_from_check").is_some());
        assert_eq!(
            config.list(Kind::Domain, "local").map(Traced::as_str),
            Some("a : b")
        );
        assert_eq!(config.acl("rcpt").map(|acl| acl.statements.len()), Some(1));
        assert_eq!(config.routers[0].text("domains"), "! +local");
        assert_eq!(config.authenticators[0].name.as_str(), "plain");
    }

    #[test]
    fn tells_what_stops_exim() {
        for text in [
            "begin nonsense",
            "begin acl\naccept",
            "begin acl\na:\naccept\na:\ndeny",
            "begin acl\na:\nallow",
            "domainlist a = x\ndomainlist a = y",
            "primary_hostname = a\nprimary_hostname = b",
        ] {
            assert_eq!(config(text).stops.len(), 1, "{text}");
        }
    }
}
