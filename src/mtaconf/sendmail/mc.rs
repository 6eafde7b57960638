//! A .mc: what its macros say about relaying.
//!
//! In: the file, expanded by `m4`. Out: a [`Policy`]. Calls of the library are turned into the lines that they
//! put into the .cf, so that `cf` reads both alike; what the library sets by default is set here.
//!
//! References: cf/README of sendmail 8.17.

use super::super::source::{Reader, Text, short};
use super::super::spot::Spot;
use super::cf;
use super::m4::{Call, Host, Line, Output, run};
use super::policy::{Daemon, Feature, Map, Policy};
use std::sync::Arc;

/// The features that come with sendmail. What is not among them is a file of the site that may say anything.
const STOCK: &[&str] = &[
    "accept_unqualified_senders",
    "accept_unresolvable_domains",
    "access_db",
    "allmasquerade",
    "always_add_domain",
    "authinfo",
    "badmx",
    "bcc",
    "bestmx_is_local",
    "bitdomain",
    "blacklist_recipients",
    "block_bad_helo",
    "blocklist_recipients",
    "check_cert_altnames",
    "check_other",
    "compat_check",
    "conncontrol",
    "delay_checks",
    "dnsbl",
    "domainmap",
    "domaintable",
    "drac",
    "enhdnsbl",
    "fips3",
    "generics_entire_domain",
    "genericstable",
    "greet_pause",
    "ldap_routing",
    "limited_masquerade",
    "local_lmtp",
    "local_no_masquerade",
    "local_procmail",
    "lookupdotdomain",
    "loose_relay_check",
    "mailertable",
    "masquerade_entire_domain",
    "masquerade_envelope",
    "msp",
    "mtamark",
    "no_default_msa",
    "nocanonify",
    "nodns",
    "nopercenthack",
    "notsticky",
    "nouucp",
    "nullclient",
    "prefixmod",
    "preserve_local_plus_detail",
    "preserve_luser_host",
    "promiscuous_relay",
    "queuegroup",
    "ratecontrol",
    "rbl",
    "redirect",
    "relay_based_on_MX",
    "relay_entire_domain",
    "relay_hosts_only",
    "relay_local_from",
    "relay_mail_from",
    "require_rdns",
    "rhsbl",
    "smrsh",
    "stickyhost",
    "sts",
    "tls_failures",
    "tls_session_features",
    "use_client_ptr",
    "use_ct_file",
    "use_cw_file",
    "uucpdomain",
    "virtuser_entire_domain",
    "virtusertable",
    "vnet",
];

/// Settings that become a line of the .cf: the macro, and what stands before its value.
const SETTINGS: &[(&str, &str)] = &[
    ("confAUTH_MECHANISMS", "O AuthMechanisms="),
    ("confAUTH_OPTIONS", "O AuthOptions="),
    ("confPRIVACY_FLAGS", "O PrivacyOptions="),
    ("confDOMAIN_NAME", "Dj"),
    ("SMART_HOST", "DS"),
    ("MAIL_HUB", "DH"),
    ("LOCAL_RELAY", "DR"),
    ("LUSER_RELAY", "DL"),
];

/// Reads includes for m4.
struct Library<'r, 'f> {
    reader: &'r Reader<'f>,
    /// Whether this is a run to see what the file loads, of which nothing is told.
    trial: bool,
}

impl Host for Library<'_, '_> {
    fn include(&self, path: &str, from: &str, silent: bool) -> Option<Arc<Text>> {
        match silent || self.trial {
            true => self.reader.optional(path, from),
            false => self.reader.named(path, from).ok(),
        }
    }

    fn miss(&self, what: &str, why: &str) {
        if !self.trial {
            self.reader.miss(what, why);
        }
    }
}

/// Reads a .mc.
pub(super) fn read(reader: &Reader<'_>, text: &Arc<Text>) -> Policy {
    let out = expand(reader, text);
    let mut policy = Policy {
        refuses: true,
        ..Policy::default()
    };
    for spot in &out.unknown {
        policy.doubt("what m4 was not given", spot);
    }
    let directory = out.macros.get("MAIL_SETTINGS_DIR");
    let directory = directory
        .map_or("/etc/mail/", |known| &known.body)
        .to_owned();
    let mut lines = Vec::new();
    for call in &out.calls {
        take(&mut policy, reader, call, &directory, &mut lines);
    }
    let begin = Spot::new(text, 0, 0);
    let setting = |name: &str| {
        out.macros
            .get(name)
            .map(|known| (known.body.trim(), &known.spot))
    };
    for (name, prefix) in SETTINGS {
        if let Some((value, spot)) = setting(name) {
            lines.push(Line {
                text: format!("{prefix}{}", value.replace('\n', " ")),
                spot: spot.clone(),
            });
        }
    }
    let relayed = format!("-o {directory}relay-domains");
    let (relayed, spot) = setting("confCR_FILE").unwrap_or((&relayed, &begin));
    lines.push(Line {
        text: format!("FR{relayed}"),
        spot: spot.clone(),
    });
    if let Some(feature) = policy.feature("use_cw_file") {
        let local = format!("{directory}local-host-names");
        let local = setting("confCW_FILE").map_or(local.as_str(), |(value, _)| value);
        lines.push(Line {
            text: format!("Fw{local}"),
            spot: feature.spot.clone(),
        });
    }
    cf::read(&mut policy, &lines, reader);
    for lines in out.lines.values() {
        cf::read(&mut policy, lines, reader);
    }
    daemons(&mut policy);
    let promiscuous = policy.feature("promiscuous_relay").map(|f| f.spot.clone());
    if let Some(spot) = promiscuous {
        policy.refuses = false;
        policy.unrefused = Some(spot);
    }
    policy
}

/// Expands the file: with the library before it, or with the library it loads itself.
fn expand(reader: &Reader<'_>, text: &Arc<Text>) -> Output {
    let host = |trial| Library { reader, trial };
    let loads = text.as_str().contains("cf.m4") && run(&host(true), text, false).loaded;
    run(&host(false), text, !loads)
}

/// Takes a call of the library.
fn take(
    policy: &mut Policy,
    reader: &Reader<'_>,
    call: &Call,
    directory: &str,
    lines: &mut Vec<Line>,
) {
    let first = call.args.first().map_or("", |arg| arg.trim());
    if first.is_empty() {
        return;
    }
    let mut line = |prefix: &str| {
        lines.push(Line {
            text: format!("{prefix}{}", first.replace('\n', " ")),
            spot: call.spot.clone(),
        });
    };
    match call.name.as_str() {
        "RELAY_DOMAIN" => line("C{R}"),
        "RELAY_DOMAIN_FILE" => line("F{R}"),
        "LOCAL_DOMAIN" => line("C{w}"),
        "TRUST_AUTH_MECH" => line("C{TrustAuthMech}"),
        "DAEMON_OPTIONS" => line("O DaemonPortOptions="),
        "HACK" => {
            let what = format!("HACK({}) at {}", short(first), call.spot.shown());
            reader.miss(&what, "it may change any rule");
            policy.doubt(what, &call.spot);
        }
        "FEATURE" => feature(policy, reader, call, first, directory),
        _ => {}
    }
}

fn feature(policy: &mut Policy, reader: &Reader<'_>, call: &Call, name: &str, directory: &str) {
    let args: Vec<String> = call.args[1..]
        .iter()
        .map(|arg| arg.trim().to_owned())
        .collect();
    let how = |file: &str| match args.first().map_or("", String::as_str) {
        "" => Map {
            how: format!("hash {directory}{file}"),
            spot: call.spot.clone(),
        },
        how => Map {
            how: how.to_owned(),
            spot: call.spot.clone(),
        },
    };
    match name {
        "access_db" => policy.access = Some(how("access")),
        "virtusertable" => policy.virtual_users = Some(how("virtusertable")),
        "msp" => policy.submits = Some(call.spot.clone()),
        _ if !STOCK.contains(&name) => {
            let what = format!("FEATURE({}) at {}", short(name), call.spot.shown());
            reader.miss(&what, "it does not come with sendmail");
            policy.doubt(what, &call.spot);
        }
        _ => {}
    }
    let feature = Feature {
        args,
        spot: call.spot.clone(),
    };
    policy.features.insert(name.to_owned(), feature);
}

/// Adds the daemons that the library starts.
fn daemons(policy: &mut Policy) {
    if policy.daemons.is_empty() {
        policy.daemons.push(Daemon::read("Name=MTA", None));
    }
    if policy.feature("no_default_msa").is_none() {
        let msa = Daemon::read("Port=587, Name=MSA, M=E", None);
        policy.daemons.push(msa);
    }
}
