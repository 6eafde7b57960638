//! Findings from what a server shows about itself, whether it relays or not.
//!
//! A table of observations: a rule, and the look that finds it with its proof. No finding without proof: a
//! look that has no lines to show sees nothing.

use super::table::*;
use crate::model::{
    Caveat, Evidence, Finding, FormOutcome, FormResult, Outcome, Reason, Role, Rule, TlsState,
    Verdict, WireLine,
};
use crate::probe::forms::{AddressForm, form};
use crate::probe::plan::Plan;
use crate::probe::transcript::{Exchange, Phase};

/// What was seen, in words, with the lines that show it.
type Sight = (String, Vec<WireLine>);

/// Everything there is to look at.
struct View<'a> {
    plan: &'a Plan,
    outcome: &'a Outcome,
}

/// A rule and the look that finds it broken.
struct Observation {
    rule: &'static Rule,
    look: fn(&View<'_>) -> Option<Sight>,
}

/// What is looked for, the worst first.
static OBSERVATIONS: &[Observation] = &[
    Observation {
        rule: &ACCEPTS_EVERYTHING,
        look: |view| {
            let taken =
                |f: &&FormResult| f.role == Role::Probe && f.reason == Some(Reason::AcceptAll);
            let form = view.outcome.forms.iter().find(taken)?;
            (view.outcome.reason == Some(Reason::AcceptAll)).then(|| {
                let said = "Outside recipients, users that cannot exist and domains that cannot exist \
                            were all accepted from a stranger.";
                (said.to_owned(), form.dialogue.clone())
            })
        },
    },
    Observation {
        rule: &CLIENT_ADDRESS_LOST,
        look: |view| {
            let seen = view.outcome.server.client_address_seen?;
            let rewritten = view.outcome.caveats.contains(&Caveat::AddressRewritten);
            rewritten.then(|| {
                let said =
                    format!("The server takes us for {seen}, which is not the address we have.");
                (said, view.hello())
            })
        },
    },
    Observation {
        rule: &STARTTLS_INJECTION,
        look: |view| {
            let injected = view.outcome.caveats.contains(&Caveat::StartTlsInjection);
            injected.then(|| {
                let said = "Bytes followed the answer to STARTTLS before the handshake began.";
                (said.to_owned(), view.lines(|e| e.phase == Phase::StartTls))
            })
        },
    },
    Observation {
        rule: &AUTH_IN_CLEAR,
        look: |view| {
            let offers = view.plan.offers_in_clear()?;
            let password = |word: &Vec<u8>| matches!(&word[..], b"PLAIN" | b"LOGIN");
            (view.in_clear() && offers.auth().iter().any(password)).then(|| {
                let said =
                    "Logging in with a password is offered before the connection is encrypted.";
                (said.to_owned(), view.hello())
            })
        },
    },
    Observation {
        rule: &XCLIENT_OFFERED,
        look: |view| {
            let offers = view.plan.offers_in_clear()?;
            offers.offers("XCLIENT").then(|| {
                let said = "The server offers XCLIENT to us: it trusts our address to say who clients \
                            are.";
                (said.to_owned(), view.hello())
            })
        },
    },
    Observation {
        rule: &UNKNOWN_USERS,
        look: |view| {
            let taken = |f: &FormResult| {
                form(f.form).is_some_and(AddressForm::asks_unknown_user)
                    && f.outcome == FormOutcome::Accepted
            };
            let index = view.outcome.forms.iter().position(taken)?;
            view.decided().then(|| {
                let said = "A recipient that cannot exist was accepted.";
                (said.to_owned(), view.lines(|e| e.test == Some(index)))
            })
        },
    },
    Observation {
        rule: &NO_STARTTLS,
        look: |view| {
            let offers = view.plan.offers_in_clear()?;
            let missing = view.in_clear() && view.decided() && !offers.offers("STARTTLS");
            // HELO knows no offers: nothing can be missed there.
            (missing && !view.outcome.server.helo_only).then(|| {
                let said = "The server does not offer STARTTLS: mail and logins pass in the clear.";
                (said.to_owned(), view.hello())
            })
        },
    },
    Observation {
        rule: &TEMPORARY_DENIAL,
        look: |view| {
            let put_off = |f: &FormResult| {
                f.role == Role::Probe
                    && f.reason == Some(Reason::RelayDenied)
                    && f.reply
                        .as_ref()
                        .is_some_and(|r| (400..500).contains(&r.code))
            };
            let index = view.outcome.forms.iter().position(put_off)?;
            let said =
                "Relaying is refused with a temporary code, as if it were worth another try.";
            Some((said.to_owned(), view.lines(|e| e.test == Some(index))))
        },
    },
];

/// Raises what the server shows about itself.
pub(super) fn findings<'a>(
    plan: &'a Plan,
    outcome: &'a Outcome,
) -> impl Iterator<Item = Finding> + 'a {
    let view = View { plan, outcome };
    OBSERVATIONS.iter().filter_map(move |observation| {
        let (said, lines) = (observation.look)(&view)?;
        (!lines.is_empty()).then(|| {
            let place = outcome.target.place();
            Finding::new(observation.rule, &place, "", said, Evidence::Wire(lines))
        })
    })
}

impl View<'_> {
    fn in_clear(&self) -> bool {
        self.outcome.tls != TlsState::Implicit
    }

    fn decided(&self) -> bool {
        matches!(
            self.outcome.verdict,
            Verdict::RelayAccepting | Verdict::Rejecting | Verdict::AuthRequired
        )
    }

    fn hello(&self) -> Vec<WireLine> {
        self.lines(|e| e.phase == Phase::Hello)
    }

    /// Gives the lines of the first session that has such exchanges.
    fn lines(&self, fits: impl Fn(&Exchange) -> bool) -> Vec<WireLine> {
        let sessions = self.plan.transcripts().iter();
        sessions
            .map(|transcript| transcript.lines(transcript.exchanges.iter().filter(|e| fits(e))))
            .find(|lines| !lines.is_empty())
            .unwrap_or_default()
    }
}
