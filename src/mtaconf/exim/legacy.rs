//! Files of Exim 3: EX027.
//!
//! In: main options that Exim 4 does not know. Out: findings, and, where there is no ACL at all, the outcome that
//! Exim 3 would have had.
//!
//! Deliberately judges only what lets everybody relay: nobody runs Exim 3 by intention.
//!
//! References: Exim 4 upgrade notes (README.UPDATING).

use super::causes::Cause;
use super::config::Config;
use super::eval::{Client, Judge};
use super::hosts;
use super::list::{self, Kind, What};
use super::report::Report;
use crate::model::Relay;
use crate::mtaconf::rules::exim::{EX014, EX027};

/// Main options of Exim 3 that Exim 4 does not have, of those that are about relaying and refusing.
const OPTIONS: &[&str] = &[
    "host_accept_relay",
    "sender_host_accept_relay",
    "host_auth_accept_relay",
    "tls_host_accept_relay",
    "relay_domains",
    "relay_domains_include_local_mx",
    "relay_match_host_or_sender",
    "sender_address_relay",
    "sender_address_relay_hosts",
    "host_reject",
    "host_reject_recipients",
    "sender_reject",
    "sender_reject_recipients",
    "rbl_domains",
    "receiver_verify",
    "sender_verify",
    "local_domains",
];

/// Tells whether options of Exim 3 stand in a file for Exim 4, which does not start with it.
pub(super) fn is_mixed(config: &Config) -> bool {
    let old = |name: &str| OPTIONS.contains(&name);
    is_modern(config) && config.main.iter().any(|one| old(&one.name))
}

fn is_modern(config: &Config) -> bool {
    !config.acls.is_empty() || config.main.iter().any(|one| one.name.starts_with("acl_"))
}

/// Raises options of Exim 3. Gives the outcome where the whole file is one.
pub(super) fn judge(report: &mut Report<'_>, config: &Config) -> Option<Relay> {
    let old: Vec<_> = config
        .main
        .iter()
        .filter(|setting| OPTIONS.contains(&setting.name.as_str()))
        .collect();
    for setting in &old {
        let says = format!(
            "{} is an option of Exim 3; Exim 4 does not start with it.",
            setting.name
        );
        report.raise(&EX027, &setting.whole, &[], says, EX027.severity);
    }
    if old.is_empty() || is_modern(config) {
        return None;
    }
    let mut judge = Judge::new(config, report.scene, Client::outsider(false, None), &[]);
    let mut relay = Relay::Closed;
    for setting in old {
        let causes = match setting.name.as_str() {
            "host_accept_relay" | "sender_host_accept_relay" => everybody(&mut judge, setting),
            "relay_domains" => every_domain(setting),
            _ => Vec::new(),
        };
        for cause in causes {
            relay = Relay::Open;
            report.cause(cause);
        }
    }
    Some(relay)
}

fn everybody(judge: &mut Judge<'_>, setting: &super::config::Setting) -> Vec<Cause> {
    match setting.value.as_str().trim() {
        "*" => vec![Cause {
            rule: &crate::mtaconf::rules::exim::EX011,
            at: setting.value.clone(),
            says: format!("{} lets every host relay.", setting.name),
            chain: Vec::new(),
        }],
        _ => hosts::everybody(judge, &setting.value),
    }
}

fn every_domain(setting: &super::config::Setting) -> Vec<Cause> {
    let items = list::split(&setting.value);
    let star = items
        .into_iter()
        .find(|item| !item.negated && list::what(Kind::Domain, item.text.as_str()) == What::All);
    let cause = |item: list::Item| Cause {
        rule: &EX014,
        at: item.text,
        says: "relay_domains holds every domain.".to_owned(),
        chain: Vec::new(),
    };
    star.map(cause).into_iter().collect()
}
