//! `--dry-run`: what would be contacted and which bytes would be sent; opens no connection and asks no
//! name server.
//!
//! In: settings, targets and the part of them. Out: exact counts, and the commands as they would be
//! written to a server that refuses and to one that accepts.
//!
//! Limits: names count as names, for how many addresses they have is not asked. With a part or exclusions
//! every target is looked at once: some 100 ns each.

use super::error::CliError;
use super::settings::ProbeSettings;
use super::targets::Gathered;
use crate::model::bytes::printable;
use crate::model::{Host, Target, TlsUse};
use crate::probe::names::{Names, Source};
use crate::probe::plan::Plan;
use crate::probe::rehearsal::{Imagined, rehearse};
use crate::target::order::{Order, Place, Way};
use crate::target::space::{Item, Peek, Targets};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What there is to contact.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    /// Ports of addresses.
    addresses: u64,
    /// Ports of names.
    names: u64,
    /// Domains whose mail exchangers are asked for.
    domains: u64,
    /// Left out by exclusions.
    excluded: u64,
    /// In other parts.
    elsewhere: u64,
}

/// Writes what a run would do.
pub(super) fn write(
    settings: &ProbeSettings,
    gathered: &Gathered,
    way: &Way,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match text(settings, gathered, way, out) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Output {
            path: "standard output".into(),
            source: e,
        }),
        _ => Ok(()),
    }
}

fn text(
    settings: &ProbeSettings,
    gathered: &Gathered,
    way: &Way,
    out: &mut dyn Write,
) -> io::Result<()> {
    let targets = &gathered.targets;
    let count = count(gathered, way);
    writeln!(out, "Nothing was sent. A run would contact:")?;
    line(out, count.addresses, "ports of addresses")?;
    line(
        out,
        count.names,
        "ports of names, at each address the name has",
    )?;
    line(
        out,
        count.domains,
        "domains, at each of their mail exchangers",
    )?;
    if count.addresses + count.names + count.domains == 0 {
        writeln!(out, "             0  targets")?;
    }
    let left_out = [
        (u128::from(count.excluded), "excluded"),
        (u128::from(count.elsewhere), "in other parts"),
        (
            targets.duplicates(),
            "written more than once, and contacted once",
        ),
        (
            targets.left_out(),
            "addresses that are no hosts: multicast, broadcast, unspecified",
        ),
    ];
    if left_out.iter().any(|(number, _)| *number > 0) {
        writeln!(out, "It would leave out:")?;
    }
    for (number, what) in left_out {
        line(out, number, what)?;
    }
    let pace = &settings.pace;
    writeln!(
        out,
        "Part {}, seed {}; {} connections at once, {} to one address{}{}.",
        way.shard(),
        settings.plan.identity.seed,
        pace.concurrency,
        pace.per_host,
        pace.per_net
            .map_or_else(String::new, |most| format!(", {most} to one network")),
        pace.rate
            .map_or_else(String::new, |rate| format!(", {rate} new ones a second")),
    )?;
    let Some(plan) = example(settings, targets) else {
        return Ok(());
    };
    let local = settings
        .connector
        .source
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    for (server, said) in [
        (Imagined::Refusing, "refuses every recipient"),
        (Imagined::Accepting, "accepts every recipient"),
    ] {
        let sessions = rehearse(plan(), local, server);
        let commands: usize = sessions.iter().map(Vec::len).sum();
        let bytes: usize = sessions.iter().flatten().map(Vec::len).sum();
        writeln!(
            out,
            "\nTo a server that {said}: {} in {}, {bytes} bytes; {} bytes if all did.",
            plural(commands, "command"),
            plural(sessions.len(), "session"),
            u128::from(count.addresses) * bytes as u128,
        )?;
        let Some(first) = sessions.first() else {
            continue;
        };
        for command in first {
            writeln!(out, "    {}", printable(command.trim_ascii_end()))?;
        }
        if sessions.len() > 1 {
            writeln!(out, "    ... (the first session of {})", sessions.len())?;
        }
    }
    if settings.plan.hello.is_none() && settings.connector.source.is_none() {
        writeln!(
            out,
            "\nThis host has no full name: EHLO gives the address each connection comes from, in place of \
             0.0.0.0; --helo names one."
        )?;
    }
    Ok(())
}

/// Writes a number and what it counts; nothing where there is none.
fn line(out: &mut dyn Write, number: impl Into<u128>, what: &str) -> io::Result<()> {
    match number.into() {
        0 => Ok(()),
        number => writeln!(out, "{number:>14}  {what}"),
    }
}

fn plural(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}

fn count(gathered: &Gathered, way: &Way) -> Count {
    let targets = &gathered.targets;
    let mut count = Count::default();
    // Counting needs no order.
    let straight = Way::new(targets.len(), Order::Written, way.shard());
    for place in (0..).map_while(|place| straight.at(place, targets)) {
        let index = match place {
            Place::Ours(index) => index,
            Place::Others => {
                count.elsewhere += 1;
                continue;
            }
        };
        let Some(peek) = targets.peek(index) else {
            continue;
        };
        let excluded = |host: Host, address: Option<IpAddr>, port: u16| {
            let exclusions = &gathered.exclusions;
            !exclusions.is_empty() && exclusions.covers(&host, address, port).is_some()
        };
        match peek {
            Peek::Address(address, port)
                if excluded(Host::Address(address), Some(address), port.port()) =>
            {
                count.excluded += 1;
            }
            Peek::Address(..) => count.addresses += 1,
            Peek::Name(name, port) if excluded(Host::Name(Arc::from(name)), None, port.port()) => {
                count.excluded += 1;
            }
            Peek::Name(..) => count.names += 1,
            Peek::Mx(_) => count.domains += 1,
        }
    }
    count
}

/// Gives the plan of the first target, as often as it is wanted.
fn example(settings: &ProbeSettings, targets: &Targets) -> Option<impl Fn() -> Plan> {
    let (peer, tls, names) = match targets.get(0)? {
        Item::Target(target) => {
            let peer = target.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            let names = known(&target);
            (peer, target.endpoint.tls, names)
        }
        Item::Mx(domain) => {
            let mut names = Names::new();
            for local in &domain.local_domains {
                names.learn(Source::Served, local.as_bytes());
            }
            (
                IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                TlsUse::Opportunistic,
                names,
            )
        }
    };
    let asked = Arc::new(settings.plan.clone());
    Some(move || Plan::new(Arc::clone(&asked), peer, tls, names.clone()))
}

fn known(target: &Target) -> Names {
    let mut names = Names::new();
    for domain in &target.local_domains {
        names.learn(Source::Served, domain.as_bytes());
    }
    if let Host::Name(name) = &target.endpoint.host {
        names.learn(Source::User, name.as_bytes());
    }
    names
}
