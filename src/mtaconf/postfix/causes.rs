//! The rules about statements of the policy lists: PF010 to PF024.
//!
//! In: the services of an installation with their verdicts. Out: findings about the line to change. A weakness has its
//! full severity only where no other list still refuses the same client.
//!
//! References: SMTPD_ACCESS_README; access(5); DEPRECATION_README.

use super::court::{Court, effective};
use super::defaults::{LEVELS_SINCE, OLD_NAMES_UNTIL};
use super::params::Of;
use super::restrictions::{Kind, Statement};
use super::verdict::{ListName, Restrictions, Verdict};
use super::{causes_of_tables, court};
use crate::model::{Finding, Relay, Rule, Severity};
use crate::mtaconf::decide::Assume;
use crate::mtaconf::raise;
use crate::mtaconf::rules::postfix::{
    PF010, PF011, PF012, PF013, PF019, PF020, PF021, PF022, PF023, PF024, PF098,
};
use crate::mtaconf::source::short;
use std::collections::HashSet;

/// Judges.
pub(super) fn judge(court: &mut Court<'_, '_>) {
    let mut found: Vec<(String, Finding)> = Vec::new();
    let mut seen = HashSet::new();
    for (heard, verdict) in court.smtp() {
        let mut case = Case {
            court,
            of: heard.of,
            verdict,
            name: court.name(heard),
            found: Vec::new(),
        };
        case.literal_permit();
        case.empty_relay_list();
        case.only_warns();
        case.runs_out();
        case.statements();
        case.unknown_word();
        causes_of_tables::judge(&mut case, &mut seen);
        found.append(&mut case.found);
    }
    for (detail, finding) in found {
        court.raise(&detail, finding);
    }
    no_safety_net(court);
}

/// One service before the rules.
pub(super) struct Case<'s, 'c, 'a> {
    pub(super) court: &'s Court<'c, 'a>,
    pub(super) of: Of<'c>,
    pub(super) verdict: &'s Verdict,
    /// The service's name.
    pub(super) name: &'c str,
    found: Vec<(String, Finding)>,
}

impl Case<'_, '_, '_> {
    /// Raises a rule about a statement, with its place in the list as further evidence.
    pub(super) fn about(
        &self,
        rule: &'static Rule,
        statement: &Statement,
        message: impl Into<String>,
    ) -> Finding {
        let place = statement.blame();
        let exact = statement.place();
        let shown = statement.shown();
        let reader = self.court.config.reader;
        let says = format!("\"{}\"", short(&shown));
        let chain = statement.chain();
        if exact == place {
            let first = raise::proof(reader, place, says, chain);
            return raise::resting_on(first, rule, &self.court.subject, &shown, message);
        }
        let finding = self.court.finding(rule, &shown, place, message);
        finding.with_evidence(raise::proof(reader, exact, says, chain))
    }

    /// Keeps a finding; `detail` tells it from others of the same rule and place.
    pub(super) fn keep(&mut self, detail: &str, finding: Finding) {
        self.found.push((detail.to_owned(), finding));
    }

    fn about_list(&self, rule: &'static Rule, list: &Restrictions, message: String) -> Finding {
        let detail = list.name.parameter();
        let place = list.value.place.clone();
        let reader = self.court.config.reader;
        let first = raise::proof(reader, place, detail, list.value.chain());
        raise::resting_on(first, rule, &self.court.subject, detail, message)
    }

    /// PF010.
    fn literal_permit(&mut self) {
        for name in [ListName::Relay, ListName::Recipient] {
            let Some((number, list)) = self.verdict.list(name) else {
                continue;
            };
            if self.verdict.holds_refusal(name)
                || name == ListName::Recipient && self.verdict.holds_refusal(ListName::Relay)
            {
                continue;
            }
            let mut statements = list.statements.iter();
            let Some(permit) = statements.find(|one| one.kind == Kind::Permit) else {
                continue;
            };
            let walk = &self.verdict.walks(Assume::AsWritten)[number];
            let decides = walk
                .permit()
                .is_some_and(|by| by.statement.kind == Kind::Permit);
            let severity = match self.verdict.relay == Relay::Open && decides {
                true => Severity::Critical,
                false => Severity::Low,
            };
            let message = format!(
                "\"permit\" in {} lets everybody through ahead of any refusal.",
                name.parameter()
            );
            let finding = self.about(&PF010, permit, message).with_severity(severity);
            self.keep("", finding);
        }
    }

    /// PF011.
    fn empty_relay_list(&mut self) {
        let Some((_, list)) = self.verdict.list(ListName::Relay) else {
            return;
        };
        if !list.value.explicit || !list.statements.is_empty() || list.value.trouble.is_some() {
            return;
        }
        let by_networks = self
            .verdict
            .list(ListName::Recipient)
            .and_then(|(number, _)| self.verdict.walks(Assume::AsWritten)[number].permit())
            .is_some_and(|by| by.statement.kind == Kind::Networks);
        let open = self.verdict.relay == Relay::Open && !by_networks;
        let severity = if open {
            Severity::Critical
        } else {
            Severity::Low
        };
        let message =
            "smtpd_relay_restrictions is set empty, so that smtpd_recipient_restrictions \
                       alone decides who may relay."
                .to_owned();
        let finding = self
            .about_list(&PF011, list, message)
            .with_severity(severity);
        self.keep("", finding);
    }

    /// PF013.
    fn only_warns(&mut self) {
        for name in [ListName::Relay, ListName::Recipient] {
            let Some((_, list)) = self.verdict.list(name) else {
                continue;
            };
            let Some(warned) = warned(list) else {
                continue;
            };
            let severity = match self.verdict.relay {
                Relay::Open | Relay::AcceptsForeign => Severity::Critical,
                _ => Severity::Low,
            };
            let message = format!(
                "\"{}\" in {} stands behind warn_if_reject: what it would refuse is logged and let \
                 through.",
                short(&warned.name),
                name.parameter()
            );
            let finding = self.about(&PF013, warned, message).with_severity(severity);
            self.keep("", finding);
        }
    }

    /// PF012.
    fn runs_out(&mut self) {
        let Some((_, list)) = self.verdict.list(ListName::Relay) else {
            return;
        };
        let permits = list.statements.iter().any(|one| one.kind == Kind::Permit);
        if !list.value.explicit
            || list.statements.is_empty()
            || permits
            || warned(list).is_some()
            || self.verdict.holds_refusal(ListName::Relay)
        {
            return;
        }
        let severity = match self.verdict.relay {
            Relay::Open => Severity::Critical,
            _ => Severity::Low,
        };
        let message = "smtpd_relay_restrictions ends without reject_unauth_destination or another \
                       refusal."
            .to_owned();
        let finding = self
            .about_list(&PF012, list, message)
            .with_severity(severity);
        self.keep("", finding);
    }

    /// PF019 to PF023: statements that stand ahead of the refusal.
    fn statements(&mut self) {
        let config = self.court.config;
        let old = config.version < OLD_NAMES_UNTIL;
        for ahead in self.court.ahead(self.of, self.verdict) {
            let masked = court::masked(self.verdict, &ahead);
            let list = ahead.list.name.parameter();
            let one = &ahead.statement;
            let (rule, high, message) = match one.kind {
                Kind::MxBackup => {
                    let networks = config.value(self.of, "permit_mx_backup_networks");
                    let bounds = match networks.words.is_empty() {
                        true => ", and permit_mx_backup_networks is empty, so that anybody can",
                        false => "; permit_mx_backup_networks bounds who can",
                    };
                    let message = format!(
                        "permit_mx_backup in {list} relays for every domain that names this host as \
                         a lesser MX{bounds}."
                    );
                    (&PF019, networks.words.is_empty(), message)
                }
                Kind::AllCertificates => {
                    let asked = ["smtpd_tls_ask_ccert", "smtpd_tls_req_ccert"]
                        .iter()
                        .any(|name| config.is_yes(self.of, name));
                    let message = match asked {
                        true => format!(
                            "permit_tls_all_clientcerts in {list} relays for whoever has a \
                             certificate of any trusted authority."
                        ),
                        false => format!(
                            "permit_tls_all_clientcerts stands in {list}; it matches nobody only \
                             because no certificate is asked for."
                        ),
                    };
                    (&PF020, asked, message)
                }
                Kind::NakedAddress => {
                    let message = match old {
                        true => format!(
                            "permit_naked_ip_address in {list} lets through whoever greets with an \
                             address."
                        ),
                        false => format!("permit_naked_ip_address stands in {list} and is gone."),
                    };
                    (&PF021, old, message)
                }
                Kind::Policy if ahead.list.name == ListName::Relay => {
                    let message = format!(
                        "The policy service \"{}\" is asked ahead of the refusal in {list} and may \
                         answer OK.",
                        short(one.argument.as_deref().unwrap_or(""))
                    );
                    let finding = self.about(&PF023, one, message);
                    self.keep(&one.shown(), finding);
                    continue;
                }
                _ => continue,
            };
            let severity = effective(Severity::High, masked || !high);
            let finding = self.about(rule, one, message).with_severity(severity);
            self.keep("", finding);
        }
        for list in self.verdict.lists.iter().filter(|one| one.name.is_policy()) {
            let mut statements = list.statements.iter();
            if let Some(one) = statements.find(|one| one.kind == Kind::RelayDomains) {
                let message = format!(
                    "check_relay_domains in {} decides by the client's name{}.",
                    list.name.parameter(),
                    if old {
                        ""
                    } else {
                        ", and is gone since 3.9: everybody is answered 451"
                    }
                );
                let finding = self.about(&PF022, one, message);
                self.keep("", finding);
            }
        }
    }

    /// PF024.
    fn unknown_word(&mut self) {
        for (number, list) in self.verdict.lists.iter().enumerate() {
            let walk = &self.verdict.walks(Assume::AsWritten)[number];
            let Some(by) = walk
                .refusal()
                .filter(|by| by.statement.kind == Kind::Unknown)
            else {
                continue;
            };
            let message = format!(
                "\"{}\" in {} is no restriction that Postfix knows; everybody who gets there is \
                 answered 451.",
                short(&by.statement.name),
                list.name.parameter()
            );
            let finding = self.about(&PF024, &by.statement, message);
            self.keep(&by.statement.name, finding);
        }
    }
}

/// Finds a refusal behind warn_if_reject.
fn warned(list: &Restrictions) -> Option<&Statement> {
    list.statements
        .iter()
        .find(|one| one.warned && matches!(one.kind, Kind::Refuse | Kind::RefuseForeign))
}

/// PF098.
fn no_safety_net(court: &mut Court<'_, '_>) {
    let config = court.config;
    if config.version < LEVELS_SINCE || config.level >= super::expand::Level(1, 0, 0) {
        return;
    }
    let unset = |of: Of<'_>| !config.value(of, ListName::Relay.parameter()).explicit;
    let mut smtp = court.heard.iter().filter(|heard| heard.verdict.is_some());
    if !smtp.any(|heard| unset(heard.of)) {
        return;
    }
    let written = config.main.get("compatibility_level");
    let place = written.map_or_else(|| config.whole(), |one| one.place.clone());
    let message = match written {
        Some(_) => {
            "compatibility_level is below 1 and smtpd_relay_restrictions is not set: its default \
             is then empty."
        }
        None => {
            "Neither compatibility_level nor smtpd_relay_restrictions is set: without a level the \
             default of the relay list is empty. Write smtpd_relay_restrictions into main.cf."
        }
    };
    let finding = court.finding(&PF098, "", place, message);
    court.raise("", finding);
}
