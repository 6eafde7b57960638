//! What is told of a target besides its findings and forms: notes, caveats, coverage, and what the server said about itself.
//!
//! In: an outcome. Out: words with a label each.
//!
//! Limits: characters of each text; [`MOST_OFFERS`] keywords.

use super::finding::OF_A_LINE;
use super::page::Note;
use crate::model::{Caveat, Outcome, Standing, TlsState, Untrusted};
use crate::report::fit;
use crate::report::human::parts::why;
use crate::report::human::summary::duration;

/// Keywords of an EHLO reply.
const MOST_OFFERS: usize = 40;

/// Says what weakens the verdict, what happened besides, and what was not decided.
pub(super) fn notes(outcome: &Outcome) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(driven) = outcome.evidence {
        notes.push(Note::new("", driven.text()));
    }
    if let Some(note) = &outcome.note {
        notes.push(Note::new("", fit::line(note, fit::MOST)));
    }
    if let Some(retried) = &outcome.retried {
        let after = duration(retried.after);
        let first = retried.first.as_str();
        let said = format!("Asked again after {after}: the first time it was {first}.");
        notes.push(Note::new("", said));
    }
    let caveat = |caveat: &Caveat| Note::new(caveat.as_str(), caveat.text());
    notes.extend(outcome.caveats.iter().map(caveat));
    notes.extend(coverage(outcome));
    notes
}

/// Says what was not decided, and why.
fn coverage(outcome: &Outcome) -> Option<Note> {
    let coverage = outcome.coverage;
    if coverage.untested() == 0 && coverage.unclear == 0 {
        return None;
    }
    let of = |fits: fn(Standing) -> bool| {
        let forms = outcome.forms.iter();
        why(forms.filter(move |form| fits(form.standing())))
    };
    let mut parts = vec![format!(
        "{} of {} forms decided",
        coverage.tested, coverage.planned
    )];
    if coverage.unclear > 0 {
        let why = of(|standing| matches!(standing, Standing::Unclear | Standing::Undecided));
        parts.push(format!("{} unclear{why}", coverage.unclear));
    }
    if coverage.untested() > 0 {
        let why = of(|standing| standing == Standing::Untested);
        parts.push(format!("{} not answered{why}", coverage.untested()));
    }
    Some(Note::new("coverage", parts.join("; ")))
}

/// Tells what the server said about itself, and how it was asked.
pub(super) fn facts(outcome: &Outcome) -> Vec<Note> {
    let server = &outcome.server;
    let mut facts = Vec::new();
    let mut add = |label: &str, text: String| {
        if !text.is_empty() {
            facts.push(Note::new(label, fit::line(&text, OF_A_LINE)));
        }
    };
    let list = |all: &[Untrusted]| {
        let shown = all.iter().take(MOST_OFFERS).map(Untrusted::printable);
        shown.collect::<Vec<_>>().join(", ")
    };
    let banner = server.banner.as_ref();
    add(
        "Banner",
        banner.map_or(String::new(), |b| fit::said(b, OF_A_LINE)),
    );
    add("Offers", list(&server.extensions));
    add("Logins", list(&server.auth));
    if server.helo_only {
        add("Greeting", "EHLO refused, HELO taken".to_owned());
    }
    if let Some(seen) = server.client_address_seen {
        add("Sees us as", seen.to_string());
    }
    if outcome.tls != TlsState::None {
        add("Encryption", outcome.tls.as_str().to_owned());
    }
    if let Some(tls) = &server.tls {
        let stack = tls.stack.as_str();
        add("TLS", format!("{} {} by {stack}", tls.version, tls.cipher));
        let told = |name: &str, value: &Option<String>| {
            let value = value.as_ref();
            value.map(|value| format!("{name} {value}"))
        };
        let parts = [
            told("subject", &tls.subject),
            told("issuer", &tls.issuer),
            told("until", &tls.not_after),
            (!tls.names.is_empty()).then(|| format!("names {}", tls.names.join(" "))),
            (!tls.problems.is_empty()).then(|| format!("problems: {}", tls.problems.join(", "))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        add("Certificate", parts.join("; "));
    }
    add("Written as", outcome.target.written.to_string());
    add("Confidence", outcome.confidence.as_str().to_owned());
    let sessions = fit::count(u64::from(outcome.sessions), "session");
    add(
        "Asked",
        format!("{sessions}, {}", duration(outcome.elapsed)),
    );
    facts
}
