//! The SMTP service of IIS: virtual servers in MetaBase.xml.
//!
//! In: the file, in UTF-8 or UTF-16. Out: one instance for each virtual server, named "SmtpSvc/N (comment)", for
//! each has relay settings of its own or inherits those of the service.
//!
//! References: the IIS metabase property reference.

mod metabase;
mod relay_list;
mod rules;

use super::decide::{Assume, Fate, outcome};
use super::nets::{Breadth, Net, breadth};
use super::source::{Files, Found, Text, base_name, parent};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Instance, Relay, Service, Severity};
use metabase::{Key, Value};
use relay_list::RelayList;
use std::net::IpAddr;

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "iis",
    software: "IIS SMTP",
    about: "MetaBase.xml with its SMTP virtual servers",
    find,
    judge,
};

/// How many files of another name are looked into.
const MOST_LOOKED_INTO: usize = 200;

fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    let mut others = 0;
    let candidate = |name: &&str| {
        if files.is_single() && named {
            return true;
        }
        let lower = name.to_ascii_lowercase();
        // The service keeps old versions of the file there.
        let history = base_name(parent(&lower)) == "history";
        let metabase = base_name(&lower).starts_with("metabase");
        others += usize::from(!metabase);
        lower.ends_with(".xml") && !history && (metabase || others <= MOST_LOOKED_INTO)
    };
    let of_smtp = |name: &&str| match files.read(name) {
        Found::Text(text) => is_of_smtp(&text) || (named && files.is_single()),
        Found::Unread(_) => named,
    };
    files
        .names()
        .filter(candidate)
        .filter(of_smtp)
        .take(super::lists::MOST_ROOTS)
        .map(|name| Root {
            directory: parent(name).to_owned(),
            file: name.to_owned(),
        })
        .collect()
}

/// Tells whether a text holds SMTP servers of a metabase.
fn is_of_smtp(text: &Text) -> bool {
    let text = text.as_str();
    text.contains("<IIsSmtpServ") && text.contains("Location")
}

/// A virtual server.
struct Server<'k> {
    /// Its name: "SmtpSvc/N (comment)".
    name: String,
    key: &'k Key,
    /// What it inherits from.
    service: Option<&'k Key>,
    relay_list: Option<RelayList>,
    /// Where it listens: as it is written, the port, whether strangers reach it.
    bindings: Vec<(String, Option<u16>, bool)>,
}

impl<'k> Server<'k> {
    fn new(key: &'k Key, service: Option<&'k Key>) -> Self {
        let path = key.location.trim_start_matches('/');
        let path = path.strip_prefix("LM/").unwrap_or(path);
        let name = match key.get("ServerComment") {
            Some(comment) if !comment.text.is_empty() => format!("{path} ({})", comment.text),
            _ => path.to_owned(),
        };
        let mut server = Self {
            name,
            key,
            service,
            relay_list: None,
            bindings: Vec::new(),
        };
        server.relay_list = server.get("RelayIpList").map(|v| relay_list::read(&v.text));
        let bindings = server.get("ServerBindings").map_or("", |v| v.text.as_str());
        server.bindings = bindings.split_whitespace().map(binding).collect();
        server
    }

    /// Gives a value of its own, else the one it inherits.
    fn get(&self, name: &str) -> Option<&'k Value> {
        self.key
            .get(name)
            .or_else(|| self.service.and_then(|service| service.get(name)))
    }

    /// Tells whether a way to log in, or to do without, is allowed.
    fn allows(&self, word: &str, bit: u32) -> bool {
        match self.get("AuthFlags").map(|value| value.text.trim()) {
            None => word == "AuthAnonymous",
            Some(flags) => match flags.parse::<u32>() {
                Ok(bits) => bits & bit != 0,
                Err(_) => flags
                    .split(['|', ' ', ','])
                    .any(|flag| flag.eq_ignore_ascii_case(word)),
            },
        }
    }

    /// Tells whether strangers reach it; where no binding is written they do.
    fn is_reachable(&self) -> bool {
        self.bindings.is_empty() || self.bindings.iter().any(|(_, _, outside)| *outside)
    }

    /// Gives the port strangers reach.
    fn port(&self) -> Option<u16> {
        let outside = self.bindings.iter().find(|(_, _, outside)| *outside);
        outside.and_then(|(_, port, _)| *port)
    }

    /// Tells whether it lets in clients that do not log in.
    fn is_anonymous(&self) -> bool {
        self.allows("AuthAnonymous", 1)
    }

    /// Follows the outsider's recipient.
    fn fate(&self, scene: &Scene<'_>, assume: Assume) -> Fate {
        if !self.is_anonymous() {
            return Fate::Refused;
        }
        let everybody =
            |nets: &[Net]| breadth(&scene.context.unexpected(nets)) == Breadth::Everybody;
        match &self.relay_list {
            Some(RelayList::Empty | RelayList::AllBut(_)) => Fate::Relayed,
            Some(RelayList::Only(nets)) if everybody(nets) => Fate::Relayed,
            Some(RelayList::Unknown(_)) if assume == Assume::UnknownPermits => Fate::Relayed,
            _ => Fate::Refused,
        }
    }
}

/// Reads a binding, `address:port:host`.
fn binding(written: &str) -> (String, Option<u16>, bool) {
    let mut parts = written.rsplitn(3, ':');
    let (_host, port, address) = (parts.next(), parts.next(), parts.next());
    let address = address.unwrap_or("").trim_matches(['[', ']']);
    let ip: Option<IpAddr> = address.parse().ok();
    let outside = !ip.is_some_and(|ip| Net::host(ip).is_loopback());
    let shown = match address {
        "" => "*",
        address => address,
    };
    let port = port.and_then(|port| port.parse().ok());
    let listen = format!(
        "{shown}:{}",
        port.map_or("?".to_owned(), |p: u16| p.to_string())
    );
    (listen, port, outside)
}

fn judge(scene: &Scene<'_>) -> Judged {
    let mut judged = Judged::default();
    let Some(text) = scene.reader.own(&scene.root.file) else {
        return judged;
    };
    super::lists::tell_roots(scene);
    let keys = metabase::read(scene.reader, &text);
    let of = |class: &'static str| keys.iter().filter(move |key| key.class == class);
    let service = of("IIsSmtpService").next();
    let servers: Vec<Server<'_>> = of("IIsSmtpServer")
        .map(|key| Server::new(key, service))
        .collect();
    if servers.is_empty() {
        scene
            .reader
            .miss(&text.name, "it holds no SMTP virtual server");
    }
    for server in &servers {
        let relay = match server.is_reachable() {
            true => outcome(|assume| server.fate(scene, assume)),
            false => Relay::Unreachable,
        };
        let listens = server.bindings.iter().map(|(listen, _, outside)| Service {
            name: "smtp".to_owned(),
            listen: Some(listen.clone()),
            relay: if *outside { relay } else { Relay::Unreachable },
        });
        judged.instances.push(Instance {
            name: server.name.clone(),
            relay,
            services: listens.collect(),
        });
        let mut found = rules::raise(scene, server);
        for finding in found.iter_mut().filter(|_| relay == Relay::Unreachable) {
            finding.severity = finding.severity.min(Severity::Low);
        }
        judged.findings.append(&mut found);
        rules::grants(server, &mut judged);
        match &server.relay_list {
            Some(RelayList::Only(nets)) => nets.iter().for_each(|net| judged.served.net(*net)),
            Some(RelayList::Empty | RelayList::AllBut(_)) => {
                judged.served.too_wide.insert("everybody".to_owned());
            }
            Some(RelayList::Unknown(_)) | None => judged.served.hidden = true,
        }
    }
    let login = |server: &Server<'_>| server.allows("AuthBasic", 2) || server.allows("AuthNTLM", 4);
    judged.login = match servers.iter().any(login) {
        true => Login::Offered,
        false if servers.is_empty() => Login::Unknown,
        false => Login::Nowhere,
    };
    remote_domains(scene, &keys);
    judged
}

/// Names the remote domains: they may allow relaying as well, by flags that are not documented.
fn remote_domains(scene: &Scene<'_>, keys: &[Key]) {
    for key in keys.iter().filter(|key| key.class == "IIsSmtpDomain") {
        if let Some(action) = key.get("RouteAction") {
            let what = format!(
                "the remote domain {} (RouteAction {})",
                key.location, action.text
            );
            scene
                .reader
                .miss(&what, "what these flags allow is not documented");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::testing::{self, one};

    fn found(files: &[(&str, &str)], named: bool) -> Vec<(String, String)> {
        testing::found(find, files, named)
    }

    #[test]
    fn a_metabase_is_told_by_its_servers() {
        let xml = "<x><IIsSmtpServer Location=\"/LM/SmtpSvc/1\"/></x>";
        assert_eq!(
            found(&[("a/MetaBase.xml", xml)], false),
            one("a", "a/MetaBase.xml")
        );
        assert_eq!(found(&[("export.XML", xml)], false), one("", "export.XML"));
        for (name, text) in [
            ("History/MetaBase_0000000001_0000000000.xml", xml),
            ("MetaBase.xml", "<IIsWebServer Location=\"/LM/W3SVC/1\"/>"),
            (
                "MBSchema.xml",
                "<Collection InternalName=\"IIsSmtpServer\"/>",
            ),
            ("notes.txt", xml),
        ] {
            assert_eq!(found(&[(name, text)], false), [], "{name}");
        }
    }

    #[test]
    fn reads_bindings() {
        for (written, listen, port, outside) in [
            (":25:", "*:25", Some(25), true),
            ("127.0.0.1:2525:", "127.0.0.1:2525", Some(2525), false),
            (
                "192.0.2.1:25:mail.example.com",
                "192.0.2.1:25",
                Some(25),
                true,
            ),
            ("[::1]:25:", "::1:25", Some(25), false),
            ("x", "*:?", None, true),
        ] {
            assert_eq!(
                binding(written),
                (listen.to_owned(), port, outside),
                "{written}"
            );
        }
    }
}
