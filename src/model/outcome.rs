//! Everything learnt about one target.

use super::baseline::Baseline;
use super::bytes::Untrusted;
use super::evidence::WireLine;
use super::finding::Finding;
use super::rule::Confidence;
use super::subject::Target;
use super::tls::{TlsFacts, TlsState};
use super::verdict::{Caveat, Driven, FormOutcome, FormResult, Reason, Role, Verdict};
use std::net::IpAddr;
use std::time::Duration;

/// How much of what was meant to be asked was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Forms meant to be asked, controls included once they were owed.
    pub planned: usize,
    /// Forms answered in a way that decides.
    pub tested: usize,
    /// Forms answered in a way that leaves relaying open.
    pub unclear: usize,
    /// Probes among those that may well get through at another time or from another place.
    pub undecided: usize,
}

impl Coverage {
    /// Counts what was never answered.
    pub fn untested(self) -> usize {
        self.planned.saturating_sub(self.tested + self.unclear)
    }
}

/// That a target was asked once more because it asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// How long it was given.
    pub after: Duration,
    /// What the first time came to.
    pub first: Reason,
}

/// What the server said about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerFacts {
    /// The text of the greeting.
    pub banner: Option<Untrusted>,
    /// The software, guessed from greeting, EHLO and reply texts.
    pub software: Option<&'static str>,
    /// EHLO keywords with their parameters, as offered in the first EHLO reply.
    pub extensions: Vec<Untrusted>,
    /// AUTH mechanisms offered on any channel.
    pub auth: Vec<Untrusted>,
    /// The client address the server says it sees.
    pub client_address_seen: Option<IpAddr>,
    /// Whether the server refused EHLO and took HELO.
    pub helo_only: bool,
    /// What the handshake showed.
    pub tls: Option<TlsFacts>,
}

/// Everything learnt about one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its place in the written order of targets: the number of the item, and of the address within
    /// the item. Given by whoever goes through the targets.
    pub place: (u64, u32),
    /// What was audited.
    pub target: Target,
    /// How the connection was protected at its best.
    pub tls: TlsState,
    /// The verdict.
    pub verdict: Verdict,
    /// Why; absent only for relay-accepting.
    pub reason: Option<Reason>,
    /// What happened in words, where a reason alone would leave a person guessing.
    pub note: Option<String>,
    /// How far acceptance was driven.
    pub evidence: Option<Driven>,
    /// How sure the verdict is.
    pub confidence: Confidence,
    /// What weakens it from our side.
    pub caveats: Vec<Caveat>,
    /// What the server said about itself.
    pub server: ServerFacts,
    /// How much was answered.
    pub coverage: Coverage,
    /// Each form's answer, in the order of the table.
    pub forms: Vec<FormResult>,
    /// The findings.
    pub findings: Vec<Finding>,
    /// The dialogue, if it was asked for.
    pub transcript: Option<Vec<WireLine>>,
    /// Connections made.
    pub sessions: u32,
    /// Whether this is what the second time came to; sessions and time are of both.
    pub retried: Option<Retried>,
    /// Time from the first connection to the last byte.
    pub elapsed: Duration,
    /// What an older report says about the same place, if one was given.
    pub baseline: Option<Baseline>,
}

impl Outcome {
    /// Tells whether mail got through by one of its forms: the target relays, and the form is a probe
    /// that was accepted and whose acceptance no control has taken the meaning from (which would have
    /// left a reason).
    pub fn got_through(&self, form: &FormResult) -> bool {
        self.verdict == Verdict::RelayAccepting
            && form.role == Role::Probe
            && form.outcome == FormOutcome::Accepted
            && form.reason.is_none()
    }
}
