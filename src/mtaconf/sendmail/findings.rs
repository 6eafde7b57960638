//! Raises the rules for sendmail: here what relays, features, logins and privacy; entries of classes and tables
//! stand in `entries`.
//!
//! In: a configuration with its tables. Out: findings at the words to change.
//!
//! Limits: [`MOST_OF_A_RULE`] findings of a rule that fires per entry.

use super::super::Scene;
use super::super::decide::Opinion;
use super::super::domains::{self, OUTSIDE_RECIPIENT};
use super::super::raise;
use super::super::rules::sendmail::{
    SM001, SM002, SM003, SM004, SM005, SM006, SM011, SM012, SM013, SM014, SM015, SM019, SM021,
};
use super::super::source::short;
use super::super::spot::Spot;
use super::policy::{Daemon, Word};
use super::{Site, subject, verdict};
use crate::model::{Confidence, Envelope, Finding, Rule, Severity};

/// Findings of one rule.
pub(super) const MOST_OF_A_RULE: usize = 50;

/// Collects findings.
pub(super) struct Raiser<'a, 's> {
    /// What is judged.
    pub(super) scene: &'a Scene<'s>,
    /// The configuration.
    pub(super) site: &'a Site,
    /// What was found.
    pub(super) found: Vec<Finding>,
}

/// Raises everything.
pub(super) fn judge(scene: &Scene<'_>, site: &Site) -> Vec<Finding> {
    let mut raiser = Raiser {
        scene,
        site,
        found: Vec::new(),
    };
    // A daemon that wants a login asks before it looks at the recipient.
    let effective = site
        .policy
        .daemons
        .iter()
        .any(|daemon| !daemon.wants_login());
    if effective {
        raiser.openings();
        raiser.by_sender();
    }
    raiser.features();
    raiser.wide();
    raiser.access();
    raiser.login();
    raiser.privacy();
    raiser.names();
    raiser.found
}

impl Raiser<'_, '_> {
    /// Makes a finding.
    pub(super) fn make(
        &self,
        rule: &'static Rule,
        detail: &str,
        spot: &Spot,
        message: String,
    ) -> Finding {
        let reader = self.scene.reader;
        raise::finding(
            reader,
            rule,
            subject(self.scene),
            detail,
            spot.place(),
            message,
        )
    }

    /// Adds a finding with the severity of its rule.
    pub(super) fn add(
        &mut self,
        rule: &'static Rule,
        detail: &str,
        spot: &Spot,
        message: impl Into<String>,
    ) {
        let finding = self.make(rule, detail, spot, message.into());
        self.found.push(finding);
    }

    /// Gives the spot, or the main file for what nobody wrote.
    fn main(&self) -> Spot {
        Spot::file(&self.site.main)
    }

    fn proof(&self, spot: &Spot, says: &str) -> crate::model::Evidence {
        raise::proof(self.scene.reader, spot.place(), says, Vec::new())
    }

    /// Gives the daemons that outsiders reach.
    fn public(&self) -> impl Iterator<Item = &Daemon> {
        let daemons = self.site.policy.daemons.iter();
        daemons.filter(|daemon| !daemon.is_local() && self.site.policy.submits.is_none())
    }

    fn envelope(&self) -> Envelope {
        let mut public = self.public().filter(|daemon| !daemon.wants_login());
        let port = public.next().and_then(|daemon| daemon.port.parse().ok());
        Envelope {
            recipient: Some(OUTSIDE_RECIPIENT.to_owned()),
            port: port.filter(|port| *port != 25),
            ..Envelope::default()
        }
    }

    /// Raises what relays for everybody.
    fn openings(&mut self) {
        let policy = &self.site.policy;
        if verdict::is_unrefused(self.scene, policy) {
            let spot = policy.unrefused.clone().unwrap_or_else(|| self.main());
            let message = match policy.feature("promiscuous_relay") {
                Some(_) => {
                    "FEATURE(promiscuous_relay) leaves out every relay check: everybody's mail is \
                     relayed."
                }
                None => {
                    "No rule refuses to relay: there is no check_rcpt that ends in \"Relaying \
                     denied\", as from version 8.9 on there is by default."
                }
            };
            let finding = self
                .make(&SM001, "no refusal", &spot, message.to_owned())
                .with_envelope(self.envelope());
            self.found.push(finding);
        }
        if let (Opinion::Permit, Some(spot)) = verdict::local_check(policy) {
            let message = "This rule of Local_check_rcpt fits every recipient and returns $#OK, \
                           which ends all further checks.";
            self.add(&SM019, "Local_check_rcpt", &spot, message);
            let message = "Local_check_rcpt lets every recipient through: everybody's mail is \
                           relayed.";
            let finding = self
                .make(&SM001, "Local_check_rcpt", &spot, message.to_owned())
                .with_envelope(self.envelope());
            self.found.push(finding);
        }
        if verdict::everybody(self.site) {
            let spot = self
                .worst()
                .map_or_else(|| self.main(), |(_, _, spot)| spot);
            let message = "The addresses that may relay are together everybody's.";
            let finding = self
                .make(&SM001, "addresses", &spot, message.to_owned())
                .with_envelope(self.envelope());
            self.found.push(finding);
        }
    }

    /// Raises what relays for whoever gives a certain sender.
    fn by_sender(&mut self) {
        if let Some(feature) = self.site.policy.feature("relay_local_from") {
            let domain = self.local_domain();
            let message = format!(
                "FEATURE(relay_local_from) relays for everybody who gives a sender in a local \
                 domain, such as {}; anybody can.",
                domain.as_deref().unwrap_or("the name of this host")
            );
            let mut envelope = self.envelope();
            envelope.sender = domain.map(|domain| format!("postmaster@{domain}"));
            let finding = self
                .make(&SM002, "", &feature.spot, message)
                .with_envelope(envelope);
            self.found.push(finding);
        }
        let Some(feature) = self.site.policy.feature("relay_mail_from") else {
            return;
        };
        let Some(entry) = verdict::by_sender(self.site).next() else {
            return;
        };
        let sender = match entry.key.split_once('@') {
            Some(("", domain)) => format!("postmaster@{domain}"),
            Some(_) => entry.key.clone(),
            None => format!("postmaster@{}", entry.key),
        };
        let message = format!(
            "FEATURE(relay_mail_from) relays for everybody who gives the sender {}; anybody can.",
            short(&sender)
        );
        let mut envelope = self.envelope();
        envelope.sender = Some(sender);
        let finding = self
            .make(&SM003, "", &feature.spot, message)
            .with_evidence(self.proof(&entry.spot, "the sender that may relay"))
            .with_envelope(envelope);
        self.found.push(finding);
    }

    /// Gives a local domain that is known by name.
    fn local_domain(&self) -> Option<String> {
        let words = self.site.policy.local.iter().map(|word| &word.text);
        let mut named = words.filter(|text| text.contains('.') && !text.contains(['[', '*']));
        let own = self.scene.context.own_domains.first();
        named
            .next()
            .or(own)
            .or(self.scene.context.hostname.as_ref())
            .cloned()
    }

    /// Raises features that loosen a check.
    fn features(&mut self) {
        let policy = &self.site.policy;
        let found = |name: &str| policy.feature(name).map(|feature| feature.spot.clone());
        for (name, rule, message) in [
            (
                "relay_based_on_MX",
                &SM004,
                "FEATURE(relay_based_on_MX) relays to every domain whose owner names this host in \
                 an MX record.",
            ),
            (
                "loose_relay_check",
                &SM006,
                "FEATURE(loose_relay_check) does not look behind a percent sign: \
                 user%foreign@relayed-domain passes for an address of the relayed domain.",
            ),
            (
                "accept_unresolvable_domains",
                &SM011,
                "FEATURE(accept_unresolvable_domains) takes senders in domains that do not exist.",
            ),
            (
                "accept_unqualified_senders",
                &SM012,
                "FEATURE(accept_unqualified_senders) takes senders without a domain.",
            ),
        ] {
            if let Some(spot) = found(name) {
                self.add(rule, name, &spot, message);
            }
        }
        let unqualified = |daemon: &&Daemon| daemon.flags.contains('u');
        let daemon = self.public().find(unqualified).cloned();
        if let Some(daemon) = daemon {
            let spot = daemon.spot.clone().unwrap_or_else(|| self.main());
            let message = format!(
                "The modifier u of the daemon {} takes senders without a domain.",
                short(&daemon.name)
            );
            self.add(&SM012, &daemon.name, &spot, message);
        }
        if let Some(spot) = found("relay_entire_domain") {
            self.entire_domain(&spot);
        }
        for name in ["nouucp", "nopercenthack"] {
            let policy = &self.site.policy;
            let Some(feature) = policy.feature(name) else {
                continue;
            };
            let nospecial = feature.args.first().is_some_and(|arg| arg.starts_with('n'));
            let Some(hub) = policy.hubs.first().filter(|_| nospecial) else {
                continue;
            };
            let message = format!(
                "FEATURE({name}, nospecial) takes such an address for a local user, and {} gets it, \
                 which may relay it.",
                short(&hub.text)
            );
            let finding = self
                .make(&SM021, name, &feature.spot, message)
                .with_evidence(self.proof(&hub.spot, "the hub"));
            self.found.push(finding);
        }
    }

    fn entire_domain(&mut self, spot: &Spot) {
        let written = self.site.policy.domain.as_ref().map(|word| &word.text);
        let host = written.or(self.scene.context.hostname.as_ref());
        let domain = host
            .and_then(|host| host.split_once('.'))
            .map(|(_, domain)| domain);
        let wide = domain.is_some_and(domains::is_top_level);
        let severity = if wide { Severity::High } else { Severity::Low };
        let message = format!(
            "FEATURE(relay_entire_domain) relays from and to every host below {}.",
            domain.map_or("the domain of this host".into(), short)
        );
        let finding = self.make(&SM005, "", spot, message).with_severity(severity);
        self.found.push(finding);
    }

    fn login(&mut self) {
        let policy = &self.site.policy;
        let plain =
            |text: &str| text.eq_ignore_ascii_case("PLAIN") || text.eq_ignore_ascii_case("LOGIN");
        let guarded = policy.login_options.as_ref().is_some_and(|word| {
            let mut options = word.text.split([' ', '\t', ',']);
            options.any(|option| option.contains('p'))
        });
        let mechanisms = policy.mechanisms.as_ref();
        let offered = mechanisms.filter(|word| word.text.split([' ', '\t', ',']).any(plain));
        if let Some(word) = offered.filter(|_| !guarded) {
            let message = format!(
                "The mechanisms \"{}\" send the password as it is, and the options for logging in \
                 lack p, which would ask for TLS first.",
                short(&word.text)
            );
            let mut finding = self.make(&SM013, "", &word.spot, message);
            if let Some(options) = &policy.login_options {
                finding = finding.with_evidence(self.proof(&options.spot, "without p"));
            }
            self.found.push(finding);
        }
        let policy = &self.site.policy;
        let anonymous = |word: &&Word| word.text.eq_ignore_ascii_case("ANONYMOUS");
        let Some(word) = policy.trusted.iter().find(anonymous) else {
            return;
        };
        let offered = verdict::anonymous_offered(policy);
        let mut message =
            "The mechanism ANONYMOUS is trusted: whoever logs in as nobody may relay.".to_owned();
        if !offered {
            message.push_str(
                " It is not among the mechanisms that are offered, as far as the files show.",
            );
        }
        let mut envelope = self.envelope();
        envelope.besides = Some("a login by AUTH ANONYMOUS".to_owned());
        let mut finding = self.make(&SM014, "", &word.spot, message);
        finding = match offered {
            true => finding.with_envelope(envelope),
            false => finding.with_confidence(Confidence::Weak),
        };
        self.found.push(finding);
    }

    fn privacy(&mut self) {
        let policy = &self.site.policy;
        let value = policy.privacy.as_ref();
        let has = |option: &str| {
            value.is_some_and(|word| {
                let mut options = word.text.split([' ', '\t', ',']);
                options.any(|one| one.eq_ignore_ascii_case(option))
            })
        };
        if has("goaway") || (has("noexpn") && has("novrfy")) {
            return;
        }
        let (spot, message) = match value {
            Some(word) => (
                word.spot.clone(),
                format!(
                    "The privacy options \"{}\" let EXPN or VRFY answer.",
                    short(&word.text)
                ),
            ),
            None => (
                self.main(),
                "The privacy options are not set; by default EXPN and VRFY answer. Write \
                 define(`confPRIVACY_FLAGS', `goaway')."
                    .to_owned(),
            ),
        };
        self.add(&SM015, "", &spot, message);
    }
}
