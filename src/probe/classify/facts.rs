//! What the server said about itself, and what weakens the verdict from our side.

use super::{Circumstances, Conclusion, Row};
use crate::model::{Caveat, Reason, ServerFacts, TlsState, Untrusted, Verdict};
use crate::probe::plan::Plan;
use crate::probe::transcript::{Ending, TlsTrouble, Transcript};
use crate::probe::{product, vantage};
use crate::smtp::{Extensions, Reply};
use std::net::IpAddr;

/// Gives how the connection was protected at its best.
pub(super) fn protection(plan: &Plan) -> TlsState {
    if !plan.transcripts().iter().any(|t| t.tls.is_some()) {
        TlsState::None
    } else if plan.implicit() {
        TlsState::Implicit
    } else {
        TlsState::StartTls
    }
}

/// Gathers what the server said about itself in all sessions.
pub(super) fn server(plan: &Plan, peer: IpAddr) -> ServerFacts {
    let transcripts = plan.transcripts();
    let first = |pick: fn(&Transcript) -> Option<&Extensions>| transcripts.iter().find_map(pick);
    let offers = first(|t| t.clear.as_ref()).or_else(|| first(|t| t.encrypted.as_ref()));
    let greeting = transcripts.iter().find_map(Transcript::greeting);
    let banner = greeting.map(Reply::text);
    let replies: Vec<&Reply> = transcripts
        .iter()
        .flat_map(|t| &t.exchanges)
        .filter_map(|e| e.reply.as_ref())
        .collect();
    let mut auth: Vec<Untrusted> = Vec::new();
    for mechanism in transcripts
        .iter()
        .flat_map(|t| [t.clear.as_ref(), t.encrypted.as_ref()])
        .flatten()
        .flat_map(Extensions::auth)
    {
        let mechanism = Untrusted::from(mechanism);
        if !auth.contains(&mechanism) {
            auth.push(mechanism);
        }
    }
    ServerFacts {
        software: product::recognise(banner.as_deref().unwrap_or_default(), offers, &replies),
        banner: banner.map(Untrusted::from),
        extensions: offers
            .map(|offers| {
                let lines = offers.lines.iter();
                lines.map(|l| Untrusted::from(l.as_slice())).collect()
            })
            .unwrap_or_default(),
        auth,
        client_address_seen: transcripts
            .iter()
            .find_map(|t| vantage::client_seen(t, peer)),
        helo_only: transcripts.iter().any(|t| t.helo_only),
        tls: transcripts.iter().rev().find_map(|t| t.tls.clone()),
    }
}

/// Adds the caveats that stem from the connection and the dialogue, and sorts all of them.
pub(super) fn caveats(
    plan: &Plan,
    rows: &[Row<'_>],
    conclusion: &Conclusion,
    server: &ServerFacts,
    around: &Circumstances,
    caveats: &mut Vec<Caveat>,
) {
    if let Some(local) = around.local {
        if vantage::trusted(local, around.peer) {
            caveats.push(Caveat::TrustedVantage);
        }
        let seen = server.client_address_seen;
        if seen.is_some_and(|seen| vantage::rewritten(local, seen)) {
            caveats.push(Caveat::AddressRewritten);
        }
    }
    let domain_refused =
        super::plain(rows).is_some_and(|row| row.result.reason == Some(Reason::RecipientRejected));
    if conclusion.verdict == Verdict::Inconclusive && domain_refused {
        caveats.push(Caveat::DomainUnverified);
    }
    let transcripts = plan.transcripts();
    let names_missing = || plan.names().hosts().is_empty() || plan.names().domains().is_empty();
    if plan.unfilled().next().is_some() && names_missing() {
        caveats.push(Caveat::NamesUnknown);
    }
    if transcripts.iter().any(|t| t.injected > 0) {
        caveats.push(Caveat::StartTlsInjection);
    }
    let too_old = |t: &Transcript| matches!(t.ending, Ending::TlsFailed(TlsTrouble::TooOld, _));
    if transcripts.iter().any(too_old) && server.tls.is_none() {
        caveats.push(Caveat::LegacyTls);
    }
    caveats.sort_unstable();
    caveats.dedup();
}
