//! What an expansion sees of the client and the host: variables, files, lists, ACLs.
//!
//! In: the name of a variable and the like. Out: its value, in which marks stand for what is not fixed.
//!
//! Variables that are not named here are unknown.
//!
//! Limits: [`DEEPEST`] ACLs inside ACLs, and [`MOST_CALLED`] statements of those that others call.
//!
//! References: Exim specification, chapter 11.9 "Expansion variables".

use super::acl::Verb;
use super::eval::{Judge, Weighed};
use super::expand::{
    self, ADDRESS, CERTIFICATE, HELO, HOST_NAME, LOGIN, SENDER, TEXT, UNKNOWN, Value, World,
};
use super::list::Kind;
use super::traced::Traced;
use super::truth::{Needs, Truth, Way};

/// Statements of ACLs that others call.
const MOST_CALLED: usize = 30_000;

/// ACLs inside ACLs; Exim stops at 20.
const DEEPEST: usize = 20;

impl World for Judge<'_> {
    fn variable(&mut self, name: &str) -> Value {
        if let Some(value) = self.variables.get(name) {
            return value.clone();
        }
        let text = |text: &str| Value::Text(text.to_owned());
        let login = || self.authenticated_truth();
        match name {
            "sender_helo_name" => Value::mark(HELO),
            "sender_address" | "sender_address_domain" | "sender_address_local_part" => {
                Value::mark(SENDER)
            }
            "domain" | "original_domain" => text(&self.client.domain),
            "local_part" | "original_local_part" => text(&self.client.local_part),
            "sender_host_address" => Value::mark(ADDRESS),
            "sender_host_name" => Value::mark(HOST_NAME),
            "sender_ident"
            | "smtp_command"
            | "smtp_command_argument"
            | "tls_in_sni"
            | "tls_sni" => Value::mark(TEXT),
            "authenticated_id" | "sender_host_authenticated" | "authenticated_sender" => {
                Value::mark(LOGIN)
            }
            "tls_in_peerdn" | "tls_peerdn" | "tls_in_peercert" => Value::mark(CERTIFICATE),
            "tls_in_certificate_verified" | "tls_certificate_verified" => {
                let truth = self.verify("certificate").unwrap_or_default();
                Value::Choice(truth, "1".to_owned(), "0".to_owned())
            }
            "tls_in_cipher" | "tls_cipher" | "tls_in_ver" | "tls_in_bits" => {
                match self.client.tls {
                    true => text("TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256"),
                    false => text(""),
                }
            }
            "received_protocol" => {
                let s = if self.client.tls { "s" } else { "" };
                Value::Choice(login(), format!("esmtp{s}a"), format!("esmtp{s}"))
            }
            "received_port" | "interface_port" => match self.client.port {
                Some(port) => text(&port.to_string()),
                None => Value::mark(UNKNOWN),
            },
            "primary_hostname" | "smtp_active_hostname" => match self.own_name() {
                Some(name) => Value::Text(name),
                None => Value::mark(UNKNOWN),
            },
            "rcpt_count" => text("1"),
            "recipients_count" | "rcpt_fail_count" | "rcpt_defer_count" => text("0"),
            _ if name.starts_with("acl_c") || name.starts_with("acl_m") => {
                match self.config.variables.contains(name) {
                    true => Value::mark(UNKNOWN),
                    false => text(""),
                }
            }
            _ => Value::mark(UNKNOWN),
        }
    }

    fn exists(&mut self, path: &str) -> Truth {
        if path.contains(expand::is_mark) {
            return Truth::unknown("whether a file exists");
        }
        let from = &self.scene.root.file;
        if self.scene.reader.optional(path, from).is_some() {
            return Truth::known(true);
        }
        let beside = path.starts_with("/etc/exim");
        match beside && !self.scene.reader.files.is_single() {
            true => Truth::known(false),
            false => Truth::unknown("whether a file exists"),
        }
    }

    fn listed(&mut self, kind: Kind, subject: &str, list: &str) -> Truth {
        if subject.contains(UNKNOWN) {
            return Truth::unknown("a value that the files do not show");
        }
        let list = Traced::made(list, &self.scene_text());
        self.in_list_of_hosts(kind, subject, &list)
    }

    fn acl(&mut self, name: &str) -> Truth {
        let config = self.config;
        let Some(acl) = config.acl(name) else {
            return Truth::unknown(&format!("the ACL {name}, which is not defined here"));
        };
        self.called += 1 + acl.statements.len();
        if self.depth >= DEEPEST || self.called > MOST_CALLED {
            return Truth::unknown("ACLs that are nested too deep");
        }
        self.depth += 1;
        let weighed = self.weigh(&acl.statements);
        self.depth -= 1;
        fold(weighed)
    }
}

/// Folds a nested ACL into one truth: whether it accepts.
fn fold(weighed: Vec<Weighed<'_>>) -> Truth {
    let (yes, no) = (Truth::known(true), Truth::known(false));
    weighed
        .into_iter()
        .rev()
        .fold(no.clone(), |rest, one| match one.statement.verb {
            Verb::Accept | Verb::Discard | Verb::Hole => {
                let rest = match one.before {
                    Some(before) => Truth::choose(before, no.clone(), rest),
                    None => rest,
                };
                Truth::choose(one.truth, yes.clone(), rest)
            }
            Verb::Require => Truth::choose(one.truth, rest, no.clone()),
            Verb::Warn => rest,
            Verb::Deny | Verb::Drop | Verb::Defer => Truth::choose(one.truth, no.clone(), rest),
        })
}

impl Judge<'_> {
    fn authenticated_truth(&self) -> Truth {
        let real = Truth::turned_by(false, Needs::of(Way::Login));
        match self.fake.is_empty() {
            true => real,
            false => real.or(Truth::turned_by(false, Needs::of(Way::FakeLogin))),
        }
    }

    fn scene_text(&self) -> std::sync::Arc<crate::mtaconf::source::Text> {
        std::sync::Arc::new(crate::mtaconf::source::Text::new(
            &self.scene.root.file,
            Vec::new(),
        ))
    }
}
