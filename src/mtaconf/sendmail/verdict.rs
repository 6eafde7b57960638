//! What becomes of an outsider's mail at a daemon that everybody reaches.
//!
//! In: a configuration with its tables. Out: the outcome, and what brings it about, which the findings name too.
//!
//! A stranger's domain and address are in no list; an entry for a top-level domain does not make a server open,
//! entries for all addresses do.

use super::super::Scene;
use super::super::context::Version;
use super::super::decide::{Assume, Fate, Opinion, outcome};
use super::super::nets::{Net, covers_everybody};
use super::super::spot::Spot;
use super::policy::Policy;
use super::tables::{Entry, Tag, net};
use super::{Site, rewrite};
use crate::model::Relay;

/// The version that first refuses relaying of itself.
const REFUSES_SINCE: Version = Version(8, 9, 0);

/// Gives the outcome.
pub(super) fn relay(scene: &Scene<'_>, site: &Site) -> Relay {
    let policy = &site.policy;
    let (local, _) = local_check(policy);
    let open = is_unrefused(scene, policy) || everybody(site) || local == Opinion::Permit;
    let forged = policy.feature("relay_local_from").is_some()
        || by_sender(site).next().is_some()
        || anonymous_offered(policy);
    let unknown = !policy.unknown.is_empty() || local == Opinion::Unknown;
    outcome(|assume| match assume {
        Assume::AsWritten if open => Fate::Relayed,
        Assume::Forged if open || forged => Fate::Relayed,
        Assume::UnknownPermits if open || forged || unknown => Fate::Relayed,
        _ => Fate::Refused,
    })
}

/// Tells whether no rule refuses to relay.
pub(super) fn is_unrefused(scene: &Scene<'_>, policy: &Policy) -> bool {
    let version = policy.version.as_ref().map(|(version, _)| *version);
    let built = version.or(scene.context.version);
    // A .mc for such a version is built with a library that refuses nothing of itself.
    let old = version.is_none() && built.is_some_and(|version| version < REFUSES_SINCE);
    let own = ["check_rcpt", "Local_check_rcpt"].iter().any(|name| {
        let ruleset = policy.rulesets.get(*name);
        ruleset.is_some_and(|r| r.rules.iter().any(|rule| rule.text.contains("$#error")))
    });
    !policy.refuses || (old && !own)
}

/// Asks what the administrator's own ruleset says of everybody.
pub(super) fn local_check(policy: &Policy) -> (Opinion, Option<Spot>) {
    match policy.rulesets.contains_key("Local_check_rcpt") {
        true => rewrite::opinion(policy, "Local_check_rcpt"),
        false => (Opinion::None, None),
    }
}

/// Tells whether the addresses that may relay are together everybody's.
pub(super) fn everybody(site: &Site) -> bool {
    covers_everybody(&client_nets(site))
}

fn client_nets(site: &Site) -> Vec<Net> {
    let clients = |entry: &&Entry| entry.relays() && matches!(entry.tag, Tag::Connect | Tag::None);
    let access = site.access.iter().filter(clients).map(|e| e.key.as_str());
    let class = site.policy.relayed.iter().map(|word| word.text.as_str());
    access.chain(class).filter_map(net).collect()
}

/// Gives the entries by which a sender address may relay. The map is asked for the whole address, and for its
/// domain only where the feature says so; entries without a tag are not asked.
pub(super) fn by_sender(site: &Site) -> impl Iterator<Item = &Entry> {
    let feature = site.policy.feature("relay_mail_from");
    let domains = feature.is_some_and(|feature| {
        let arg = feature.args.first().map_or("", |arg| arg.as_str());
        arg.eq_ignore_ascii_case("domain")
    });
    let on = feature.is_some() && site.policy.access.is_some();
    site.access.iter().filter(move |entry| {
        let whole = entry
            .key
            .split_once('@')
            .is_some_and(|(_, domain)| !domain.is_empty());
        on && entry.relays() && entry.tag == Tag::From && (whole || domains)
    })
}

/// Tells whether everybody can log in as nobody, and is trusted then.
pub(super) fn anonymous_offered(policy: &Policy) -> bool {
    let anonymous = |text: &str| text.eq_ignore_ascii_case("ANONYMOUS");
    let offered = policy
        .mechanisms
        .as_ref()
        .is_some_and(|word| word.text.split([' ', '\t', ',']).any(anonymous));
    offered && policy.trusted.iter().any(|word| anonymous(&word.text))
}
