//! Whom a server serves, as its configuration lists it: whose mail it takes, who may send anywhere, what it is called.
//!
//! In: lists, as the dialects read them. Out: names and networks that the audit of logs may take for known. What a list
//! holds that is no name or network (a pattern, a table that lies elsewhere) is left out, and said.
//!
//! Deliberately takes nothing for known that would hide what an audit is for: a network that is too wide to be trusted,
//! a top-level domain, everybody.

use super::domains::is_top_level;
use super::nets::{Net, covers_everybody};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Whom a server serves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Served {
    /// Domains whose mail it takes: its own, and those it relays on purpose.
    pub domains: BTreeSet<String>,
    /// Networks whose clients may send anywhere.
    pub trusted: BTreeSet<Net>,
    /// What it is called.
    pub hosts: BTreeSet<String>,
    /// Whether a list holds more than is known by name.
    pub hidden: bool,
    /// What was left out because it is too wide.
    pub too_wide: BTreeSet<String>,
}

impl Served {
    /// Takes an entry of a list of domains, such as `example.com`, `.example.com`, `*.example.com`.
    pub(super) fn domain(&mut self, text: &str) {
        let text = text.trim();
        let name = text.strip_prefix("*.").unwrap_or(text).trim_matches('.');
        let name = name.to_ascii_lowercase();
        let label = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if matches!(text, "*" | ".") || is_top_level(&name) {
            // The name of a host alone is none of these.
            if name.is_empty() || text.starts_with(['*', '.']) || name.contains('.') {
                self.too_wide.insert(text.to_owned());
            }
        } else if name.is_empty() || name.parse::<IpAddr>().is_ok() || text.contains('@') {
            // A literal, or an address: whose it is shows in its domain.
        } else if name.bytes().all(label) {
            self.domains.insert(name);
        } else {
            self.hidden = true;
        }
    }

    /// Takes a network whose clients may send anywhere.
    pub(super) fn net(&mut self, net: Net) {
        if net.breadth().severity().is_some() {
            self.too_wide.insert(net.to_string());
        } else {
            self.trusted.insert(net);
        }
    }

    /// Takes an entry of a list of clients; names of hosts are not known by their addresses.
    pub(super) fn client(&mut self, text: &str) {
        match Net::parse(text.trim()) {
            Ok(net) => self.net(net),
            Err(_) => self.hidden |= !text.trim().is_empty(),
        }
    }

    /// Takes a name of the server.
    pub(super) fn host(&mut self, name: &str) {
        let name = name.trim().trim_matches('.').to_ascii_lowercase();
        if !name.is_empty() {
            self.hosts.insert(name);
        }
    }

    /// Takes what another installation of the same audit serves.
    pub fn join(&mut self, other: Self) {
        self.domains.extend(other.domains);
        self.trusted.extend(other.trusted);
        self.hosts.extend(other.hosts);
        self.hidden |= other.hidden;
        self.too_wide.extend(other.too_wide);
        let nets: Vec<Net> = self.trusted.iter().copied().collect();
        // Several that are everybody together are as wide as one.
        if covers_everybody(&nets) {
            let nets = std::mem::take(&mut self.trusted);
            self.too_wide.extend(nets.iter().map(Net::to_string));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::Context;
    use crate::mtaconf::source::{Files, Memory};

    /// Says whom the server of some files serves: domains, then networks.
    fn of(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let store = Memory::new(files.iter().map(|(name, text)| (*name, *text)));
        let files = Files::new(&store, "", None).expect("files");
        let served = crate::mtaconf::served(&files, &Context::default()).expect("a server");
        (
            served.domains.into_iter().collect(),
            served.trusted.iter().map(Net::to_string).collect(),
        )
    }

    #[test]
    fn every_dialect_says_whom_its_server_serves() {
        for (files, domains, trusted) in [
            (
                &[
                    (
                        "main.cf",
                        "mydestination = $myhostname, example.com\nmyhostname = mail.example.com\n\
                         virtual_alias_domains = hash:/etc/postfix/virtual\nrelay_domains = example.org\n\
                         mynetworks = 192.0.2.0/24, !192.0.2.7, cidr:/etc/postfix/nets\n",
                    ),
                    (
                        "virtual",
                        "example.net anything\na@example.net b@example.com\n",
                    ),
                    ("nets", "198.51.100.0/25 OK\n"),
                ][..],
                &[
                    "example.com",
                    "example.net",
                    "example.org",
                    "mail.example.com",
                ][..],
                &["192.0.2.0/24", "198.51.100.0/25"][..],
            ),
            (
                &[(
                    "exim.conf",
                    "domainlist local_domains = example.com : localhost\n\
                     domainlist relay_to_domains = *.example.org\n\
                     hostlist relay_from_hosts = 192.0.2.0/24\nacl_smtp_rcpt = check\nbegin acl\ncheck:\n\
                     accept hosts = +relay_from_hosts\naccept domains = +local_domains\n\
                     accept domains = +relay_to_domains\ndeny\n",
                )],
                &["example.com", "example.org", "localhost"],
                &["192.0.2.0/24"],
            ),
            (
                &[
                    (
                        "sendmail.mc",
                        "OSTYPE(linux)\nFEATURE(`access_db')\nFEATURE(`use_cw_file')\nMAILER(smtp)\n",
                    ),
                    ("local-host-names", "example.com\n"),
                    ("relay-domains", "example.org\n192.0.2\n"),
                    (
                        "access",
                        "Connect:198.51.100\tRELAY\nTo:example.net\tRELAY\n",
                    ),
                ],
                &["example.com", "example.net", "example.org"],
                &["192.0.2.0/24", "198.51.100.0/24"],
            ),
            (
                &[(
                    "smtpd.conf",
                    "listen on 192.0.2.1\naction \"in\" mbox\naction \"out\" relay\n\
                     match from any for domain { \"example.com\", \"example.org\" } action \"in\"\n\
                     match from src { 192.0.2.0/24 } for any action \"out\"\n",
                )],
                &["example.com", "example.org"],
                &["192.0.2.0/24"],
            ),
            (
                &[
                    ("control/rcpthosts", "example.com\n.example.org\n"),
                    ("control/locals", "mail.example.com\n"),
                    ("tcp.smtp", "192.0.2.:allow,RELAYCLIENT=\"\"\n:allow\n"),
                ],
                &["example.com", "example.org", "mail.example.com"],
                &["192.0.2.0/24"],
            ),
        ] {
            let (found, nets) = of(files);
            assert_eq!(found, domains, "{files:?}");
            assert_eq!(nets, trusted, "{files:?}");
        }
    }

    #[test]
    fn what_is_known_by_name_is_taken_and_what_is_too_wide_is_not() {
        let mut served = Served::default();
        for text in [
            "Example.COM.",
            ".sub.example.org",
            "*.example.net",
            "localhost",
            "[192.0.2.1]",
            "192.0.2.1",
            "a@example.edu",
            "com",
            "*",
            ".co.uk",
            "",
        ] {
            served.domain(text);
        }
        let domains: Vec<&str> = served.domains.iter().map(String::as_str).collect();
        assert_eq!(
            domains,
            ["example.com", "example.net", "localhost", "sub.example.org"]
        );
        assert_eq!(served.too_wide.len(), 2, "{:?}", served.too_wide);
        assert!(served.hidden);
        let mut served = Served::default();
        for text in ["127.0.0.0/8", "192.0.2.0/24", "0.0.0.0/0", "10.0.0.0/8"] {
            served.client(text);
        }
        assert!(!served.hidden);
        assert_eq!(served.trusted.len(), 3);
        assert!(served.too_wide.contains("0.0.0.0/0"));
        served.client("host.example.com");
        assert!(served.hidden);
    }
}
