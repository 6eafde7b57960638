//! From an item of the target list to addresses, with every exclusion checked on the way.
//!
//! In: an item: an address, a name, or a domain whose mail exchangers are meant. Out: targets with
//! addresses, and outcomes for what comes to nothing: excluded, no such name, no mail.
//!
//! An address that several names lead to is asked once, by the name that came first.

use super::job::without_dialogue;
use super::{Family, Settings};
use crate::model::{Host, Origin, Outcome, Reason, Target, TlsUse, Verdict};
use crate::net::{DnsTrouble, MailExchangers, Resolver};
use crate::target::held::Held;
use crate::target::space::{Item, MxDomain};
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What an item led to.
pub(super) enum Found {
    /// Something to audit, at an address.
    Target(Target, IpAddr),
    /// Nothing to audit.
    Outcome(Box<Outcome>),
}

/// Remembers which addresses are asked anyway, because they were written or a name led to them.
#[derive(Debug, Default)]
pub(super) struct Once {
    written: Held,
    found: Mutex<HashSet<Asked>>,
}

/// An address, a port, and how TLS is used there.
pub type Asked = (IpAddr, u16, TlsUse);

impl Once {
    /// Begins with what is written as addresses, and what an earlier run has asked.
    pub(super) fn new(written: Held, asked: impl IntoIterator<Item = Asked>) -> Self {
        Self {
            written,
            found: Mutex::new(asked.into_iter().collect()),
        }
    }

    /// Tells whether this is the first time.
    fn first(&self, address: IpAddr, target: &Target) -> bool {
        let address = address.to_canonical();
        let (port, tls) = (target.endpoint.port, target.endpoint.tls);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        !self.written.holds(address, port, tls) && found.insert((address, port, tls))
    }
}

/// Finds what an item leads to. The time for a target bounds its lookups as well.
pub(super) async fn resolve(
    settings: &Settings,
    resolver: Option<&Resolver>,
    once: &Once,
    item: Item,
) -> Vec<Found> {
    let looking = async {
        match item.clone() {
            Item::Target(target) => of_target(settings, resolver, once, target).await,
            Item::Mx(domain) => of_domain(settings, resolver, once, &domain).await,
        }
    };
    match tokio::time::timeout(settings.target_limit, looking).await {
        Ok(found) => found,
        Err(_) => {
            let note = DnsTrouble::TimedOut.to_string();
            match item {
                Item::Target(target) => vec![no_address(target, &note)],
                Item::Mx(domain) => nothing(&domain, &note),
            }
        }
    }
}

async fn of_target(
    settings: &Settings,
    resolver: Option<&Resolver>,
    once: &Once,
    target: Target,
) -> Vec<Found> {
    let target = match excluded(settings, target) {
        Ok(target) => target,
        Err(outcome) => return vec![Found::Outcome(outcome)],
    };
    if let Some(address) = target.address {
        return vec![Found::Target(target, address)];
    }
    let name = match &target.endpoint.host {
        Host::Name(name) => name,
        Host::Address(address) => {
            let address = *address;
            return vec![Found::Target(target, address)];
        }
    };
    let addresses = match resolver {
        Some(resolver) => resolver.addresses(name).await,
        None => Err(DnsTrouble::Failed(
            "no name server is configured".to_owned(),
        )),
    };
    let addresses = match addresses {
        Ok(addresses) => addresses,
        Err(trouble) => return vec![no_address(target, &trouble.to_string())],
    };
    let wanted = |address: &IpAddr| match settings.family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    };
    let addresses: Vec<IpAddr> = addresses.into_iter().filter(wanted).collect();
    if addresses.is_empty() {
        return vec![no_address(
            target,
            "the name has no address of the family asked for",
        )];
    }
    let mut found = Vec::new();
    for address in addresses {
        if !once.first(address, &target) {
            tracing::info!(target = %target.written, %address, "asked already under another name");
            continue;
        }
        let target = Target {
            address: Some(address),
            ..target.clone()
        };
        found.push(match excluded(settings, target) {
            Ok(target) => Found::Target(target, address),
            Err(outcome) => Found::Outcome(outcome),
        });
    }
    found
}

async fn of_domain(
    settings: &Settings,
    resolver: Option<&Resolver>,
    once: &Once,
    domain: &MxDomain,
) -> Vec<Found> {
    let exchangers = match resolver {
        Some(resolver) => resolver.mail_exchangers(&domain.domain).await,
        None => Err(DnsTrouble::Failed(
            "no name server is configured".to_owned(),
        )),
    };
    let hosts = match exchangers {
        Ok(MailExchangers::Hosts(hosts)) => hosts
            .into_iter()
            .map(|(preference, host)| {
                let origin = Origin::Mx {
                    domain: Arc::clone(&domain.domain),
                    preference,
                };
                (origin, host)
            })
            .collect(),
        Ok(MailExchangers::Implicit) => {
            let origin = Origin::ImplicitMx {
                domain: Arc::clone(&domain.domain),
            };
            vec![(origin, domain.domain.to_string())]
        }
        Ok(MailExchangers::Null) => {
            return nothing(domain, "the domain takes no mail: null MX (RFC 7505)");
        }
        Err(trouble) => return nothing(domain, &format!("MX of the domain: {trouble}")),
    };
    let targets = hosts.iter().flat_map(|(origin, host)| {
        let host = Host::Name(Arc::from(host.as_str()));
        domain.targets(&host, origin)
    });
    let looked_up = targets.map(|target| of_target(settings, resolver, once, target));
    // All at once: a dead name server of one exchanger must not hold up the others.
    let found = futures_util::future::join_all(looked_up).await;
    found.into_iter().flatten().collect()
}

/// Says in the note what a domain without MX led to.
pub(super) fn say_that_mx_is_missing(outcome: &mut Outcome) {
    if let Origin::ImplicitMx { .. } = outcome.target.origin {
        let said = "the domain has no MX record: mail goes to its own address (RFC 5321 5.1)";
        outcome.note = Some(match outcome.note.take() {
            Some(note) => format!("{said}; {note}"),
            None => said.to_owned(),
        });
    }
}

fn nothing(domain: &MxDomain, note: &str) -> Vec<Found> {
    let origin = domain.origin.clone();
    let host = Host::Name(Arc::clone(&domain.domain));
    let targets = domain.targets(&host, &origin);
    let outcome = |target| no_address(target, note);
    targets.into_iter().map(outcome).collect()
}

fn no_address(target: Target, note: &str) -> Found {
    Found::Outcome(Box::new(without_dialogue(
        target,
        Verdict::Unreachable,
        Reason::DnsFailure,
        Some(note.to_owned()),
    )))
}

/// Lets a target through that no exclusion covers.
pub(super) fn excluded(settings: &Settings, target: Target) -> Result<Target, Box<Outcome>> {
    let endpoint = &target.endpoint;
    let cover = settings
        .exclusions
        .covers(&endpoint.host, target.address, endpoint.port);
    let Some(exclusion) = cover else {
        return Ok(target);
    };
    let note = format!(
        "excluded by {} ({})",
        crate::model::bytes::escape(exclusion.written()),
        exclusion.origin()
    );
    Err(Box::new(without_dialogue(
        target,
        Verdict::Unreachable,
        Reason::Excluded,
        Some(note),
    )))
}
