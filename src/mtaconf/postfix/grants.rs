//! Who may send to whom, as the lists of a service say in order.
//!
//! In: the services that strangers reach, with their verdicts. Out: rows of the policy. The list that decides is the
//! relay list, or the recipient list where the former is empty or not yet known to the version.
//!
//! Limits: [`MOST_ROWS`] rows a service, [`MOST_NAMED`] names a row.

use super::court::{Court, Heard};
use super::params::{Of, Value};
use super::restrictions::{Asks, Kind, Statement};
use super::verdict::{ListName, Restrictions, Verdict};
use crate::model::{Grant, Place};
use crate::mtaconf::source::short;

/// Rows of one service.
const MOST_ROWS: usize = 100;

/// Names told in one row.
const MOST_NAMED: usize = 8;

/// What every way may send to.
const EVERYWHERE: &str = "every domain";

/// Gives the rows of an installation.
pub(super) fn grants(court: &Court<'_, '_>) -> Vec<Grant> {
    let mut rows = Vec::new();
    for (heard, verdict) in court.smtp() {
        rows.extend(
            of_service(court, heard, verdict)
                .into_iter()
                .take(MOST_ROWS),
        );
    }
    rows
}

fn of_service(court: &Court<'_, '_>, heard: &Heard<'_>, verdict: &Verdict) -> Vec<Grant> {
    let name = match court.subject.as_str() {
        "" => court.name(heard).to_owned(),
        instance => format!("{instance} {}", court.name(heard)),
    };
    let mut page = Page {
        court,
        of: heard.of,
        service: short(&name).into_owned(),
        rows: Vec::new(),
    };
    let list = [ListName::Relay, ListName::Recipient]
        .into_iter()
        .filter_map(|name| verdict.list(name))
        .find(|(_, list)| !list.statements.is_empty());
    if let Some((_, list)) = list {
        page.list(list);
    }
    page.rows
}

struct Page<'s, 'c, 'a> {
    court: &'s Court<'c, 'a>,
    of: Of<'c>,
    service: String,
    rows: Vec<Grant>,
}

impl Page<'_, '_, '_> {
    fn row(
        &mut self,
        clients: impl Into<String>,
        domains: impl Into<String>,
        because: Option<Place>,
    ) {
        self.rows.push(Grant {
            service: self.service.clone(),
            clients: clients.into(),
            domains: domains.into(),
            because,
        });
    }

    /// Goes through a list until it lets nobody further.
    fn list(&mut self, list: &Restrictions) {
        for one in list.statements.iter() {
            if self.rows.len() >= MOST_ROWS {
                return;
            }
            if self.statement(one) {
                return;
            }
        }
        let place = list.value.explicit.then(|| list.value.place.clone());
        self.row("everybody", EVERYWHERE, place);
    }

    /// Adds what a statement grants; says whether it ends the list for everybody.
    fn statement(&mut self, one: &Statement) -> bool {
        let because = one.is_written().then(|| one.place());
        let table = || short(one.argument.as_deref().unwrap_or("")).into_owned();
        match one.kind {
            Kind::Permit => {
                self.row("everybody", EVERYWHERE, because);
                return true;
            }
            Kind::Refuse | Kind::Unknown => return !one.warned,
            Kind::RefuseForeign | Kind::RelayDomains if !one.warned => {
                self.classes();
                return true;
            }
            Kind::PermitOwn => self.classes(),
            Kind::Networks => {
                let networks = self.court.config.value(self.of, "mynetworks");
                let place = networks.explicit.then(|| networks.place.clone());
                let clients = match networks.words.is_empty() {
                    true => "the networks of the host's interfaces".to_owned(),
                    false => format!("trusted networks: {}", named(&networks)),
                };
                self.row(clients, EVERYWHERE, place.or(because));
            }
            Kind::Login if self.court.config.is_yes(self.of, "smtpd_sasl_auth_enable") => {
                self.row("users who log in", EVERYWHERE, because);
            }
            Kind::Certificates => {
                self.row("clients with a listed certificate", EVERYWHERE, because);
            }
            Kind::AllCertificates => {
                let clients = "clients with a certificate of a trusted authority";
                self.row(clients, EVERYWHERE, because);
            }
            Kind::MxBackup => {
                self.row(
                    "everybody",
                    "domains that name this host as a lesser MX",
                    because,
                );
            }
            Kind::NakedAddress => {
                self.row("clients that greet with an address", EVERYWHERE, because);
            }
            Kind::Policy => {
                let clients = format!("whom the policy service {} lets through", table());
                self.row(clients, EVERYWHERE, because);
            }
            Kind::Table(Asks::Client) => {
                self.row(
                    format!("clients that {} lets through", table()),
                    EVERYWHERE,
                    because,
                );
            }
            Kind::Table(Asks::Helo) => {
                let clients = format!("clients whose HELO name {} lets through", table());
                self.row(clients, EVERYWHERE, because);
            }
            Kind::Table(Asks::Sender) => {
                let clients = format!("senders that {} lets through", table());
                self.row(clients, EVERYWHERE, because);
            }
            Kind::Table(Asks::Recipient) => {
                let domains = format!("recipients that {} lets through", table());
                self.row("everybody", domains, because);
            }
            Kind::Class => {
                let clients = format!("whom the class {} lets through", short(&one.name));
                self.row(clients, EVERYWHERE, because);
            }
            Kind::Table(_)
            | Kind::Login
            | Kind::RefuseForeign
            | Kind::RelayDomains
            | Kind::DeferIfPermit
            | Kind::Unread
            | Kind::NoOpinion => {}
        }
        false
    }

    /// Adds what everybody may send to.
    fn classes(&mut self) {
        for (name, what) in [
            ("mydestination", "local domains"),
            ("virtual_alias_domains", "virtual alias domains"),
            ("virtual_mailbox_domains", "virtual mailbox domains"),
            ("relay_domains", "relayed domains"),
        ] {
            let value = self.court.config.value(self.of, name);
            if value.words.is_empty() && value.unclear.is_empty() {
                continue;
            }
            let place = value.explicit.then(|| value.place.clone());
            self.row("everybody", format!("{what}: {}", named(&value)), place);
        }
    }
}

fn named(value: &Value) -> String {
    let words = value.words.iter().chain(value.unclear.iter());
    let mut told: Vec<String> = words
        .take(MOST_NAMED)
        .map(|word| short(&word.text).into_owned())
        .collect();
    let all = value.words.len() + value.unclear.len();
    if all > MOST_NAMED {
        told.push(format!("{} more", all - MOST_NAMED));
    }
    told.join(", ")
}
