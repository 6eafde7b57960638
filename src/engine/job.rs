//! One target: sessions until the plan is done, then one outcome.
//!
//! In: a target whose address is known. Out: its outcome, always.
//!
//! Limits: the time for a target bounds connections, pauses and sessions together; when it is up, what
//! was learnt is concluded from. Trouble of our own machine is waited out a few times, and never
//! becomes a statement about the target.

use super::Settings;
use super::message::Letter;
use crate::model::{
    Confidence, Coverage, Host, Outcome, Reason, ServerFacts, Target, TlsState, Verdict,
};
use crate::net::{Clock, Connection, Handshake, Resolver, Stream, Unconnected, drive, take_leave};
use crate::probe::classify::{Circumstances, Run, conclude};
use crate::probe::dialogue::Dialogue;
use crate::probe::forms::Profile;
use crate::probe::names::{Names, Source};
use crate::probe::plan::Plan;
use crate::probe::rules;
use crate::probe::script::Script;
use crate::probe::template::token;
use crate::probe::transcript::Transcript;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How often a connection is tried again after trouble of our own machine.
const OUR_TROUBLE: u32 = 5;

/// The purpose of a token in a message, told apart from the random parts of forms.
const MESSAGE_TOKEN: u64 = 3;

/// Audits one target at one address.
pub(super) async fn audit(
    settings: &Settings,
    resolver: Option<&Resolver>,
    stop: &CancellationToken,
    target: Target,
    address: IpAddr,
) -> Outcome {
    let mut job = Job {
        settings,
        stop,
        handshake: Handshake::with(&target.endpoint.host, address),
        peer: SocketAddr::new(address, target.endpoint.port),
        begun: Instant::now(),
        local: None,
        unconnected: None,
        plan: plan(settings, &target, address),
    };
    let mut named = settings.plan.profile == Profile::Quick;
    while let Some(script) = job.plan.next_session() {
        if !job.session(script).await {
            break;
        }
        if !named && let Some(resolver) = resolver {
            // Only a server that talks is worth a lookup; the forms that need names come now.
            named = true;
            if let Some(name) = resolver.reverse(address).await {
                job.plan.learn(Source::Reverse, name.as_bytes());
            }
        }
    }
    if let Some(deliveries) = &settings.deliveries
        && job.plan.sent()
    {
        let token = token(settings.plan.identity.seed, address, MESSAGE_TOKEN);
        let came = tokio::select! {
            came = deliveries.wait_for(&token) => came,
            () = stop.cancelled() => false,
        };
        if came {
            job.plan.confirm_delivery();
        }
    }
    job.outcome(target)
}

fn plan(settings: &Settings, target: &Target, address: IpAddr) -> Plan {
    let mut names = Names::new();
    for domain in &target.local_domains {
        names.learn(Source::Served, domain.as_bytes());
    }
    if let Host::Name(name) = &target.endpoint.host {
        names.learn(Source::User, name.as_bytes());
    }
    let plan = Plan::new(
        Arc::clone(&settings.plan),
        address,
        target.endpoint.tls,
        names,
    );
    match &settings.letter {
        Some(letter) => match write(letter, settings.plan.identity.seed, address) {
            Some(message) => plan.with_message(message),
            None => plan,
        },
        None => plan,
    }
}

fn write(letter: &Letter, seed: u64, address: IpAddr) -> Option<Arc<[u8]>> {
    let token = token(seed, address, MESSAGE_TOKEN);
    match letter.write(&token) {
        Ok(message) => Some(message.into()),
        Err(error) => {
            // The settings were checked with a message of their own before the run began.
            tracing::error!(%error, "the test message could not be written");
            None
        }
    }
}

struct Job<'a> {
    settings: &'a Settings,
    stop: &'a CancellationToken,
    handshake: Handshake,
    peer: SocketAddr,
    begun: Instant,
    local: Option<IpAddr>,
    unconnected: Option<Unconnected>,
    plan: Plan,
}

impl Job<'_> {
    /// Plays one session; tells whether there may be another.
    async fn session(&mut self, script: Script) -> bool {
        let out_of_time = self.begun + self.settings.target_limit;
        if !script.pause.is_zero() {
            let until = (Instant::now() + script.pause).min(out_of_time);
            tokio::select! {
                () = sleep_until(until) => {}
                () = self.stop.cancelled() => {}
            }
        }
        if self.stop.is_cancelled() || Instant::now() >= out_of_time {
            return false;
        }
        let connection = match self.connect(out_of_time).await {
            Ok(connection) => connection,
            Err(why) => {
                tracing::debug!(peer = %self.peer, %why, "no connection");
                self.unconnected = Some(why);
                self.plan.absorb_no_connection();
                return true;
            }
        };
        self.local = connection.local;
        let clock = Clock {
            begun: Instant::now(),
            out_of_time,
        };
        let transcript = self.talk(script, connection, clock).await;
        tracing::debug!(
            peer = %self.peer,
            session = transcript.session,
            ending = ?transcript.ending,
            "session over"
        );
        self.plan.absorb(transcript, clock.begun - self.begun);
        !self.stop.is_cancelled()
    }

    async fn talk(&mut self, script: Script, connection: Connection, clock: Clock) -> Transcript {
        // Behind a proxy our own end is not what the target sees; its address is a stand-in for the
        // EHLO argument then, used only if no name was given.
        let local = connection.local.unwrap_or(self.peer.ip());
        let mut dialogue = Dialogue::new(script, local);
        let mut stream = Stream::from(connection.stream);
        let driving = drive(
            &mut dialogue,
            &mut stream,
            &self.handshake,
            &mut self.plan,
            clock,
        );
        let stopped = tokio::select! {
            () = driving => false,
            () = self.stop.cancelled() => true,
        };
        if stopped {
            take_leave(&mut dialogue, &mut stream, clock).await;
        }
        dialogue.into_transcript()
    }

    async fn connect(&self, out_of_time: Instant) -> Result<Connection, Unconnected> {
        let mut attempt = 0;
        loop {
            let limit = self.settings.connect_limit;
            let limit = limit.min(out_of_time.saturating_duration_since(Instant::now()));
            let connecting = self.settings.connector.connect(self.peer, limit);
            let result = tokio::select! {
                result = connecting => result,
                () = self.stop.cancelled() => Err(Unconnected::TimedOut),
            };
            attempt += 1;
            let pause = match &result {
                Err(Unconnected::Ours(error)) if attempt <= OUR_TROUBLE => {
                    tracing::warn!(%error, "this machine could not open a connection; waiting");
                    Duration::from_millis(100) * 2u32.pow(attempt)
                }
                Err(Unconnected::TimedOut | Unconnected::Broken(_))
                    if attempt <= self.settings.retries =>
                {
                    Duration::from_millis(250) * attempt
                }
                _ => return result,
            };
            tokio::select! {
                () = sleep_until((Instant::now() + pause).min(out_of_time)) => {}
                () = self.stop.cancelled() => return result,
            }
            if Instant::now() >= out_of_time {
                return result;
            }
        }
    }

    fn outcome(self, target: Target) -> Outcome {
        let elapsed = self.begun.elapsed();
        let run = if self.stop.is_cancelled() && self.plan.owes() {
            Run::Interrupted
        } else {
            Run::Finished
        };
        if self.plan.transcripts().is_empty() {
            let planned = self.settings.plan.forms.len();
            return never_talked(target, self.unconnected.as_ref(), run, planned, elapsed);
        }
        let around = Circumstances {
            local: self.local,
            peer: self.peer.ip(),
            run,
            elapsed,
        };
        let mut outcome = conclude(&self.plan, target, &around);
        outcome.findings = rules::findings(&self.plan, &outcome);
        if self.settings.transcript == Keep::All {
            let sessions = self.plan.transcripts().iter();
            let lines = sessions.flat_map(|session| session.lines(session.exchanges.iter()));
            outcome.transcript = Some(lines.collect());
        }
        outcome
    }
}

/// Whether the dialogue stays with the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Only of what was accepted.
    Proof,
    /// All of it.
    All,
}

fn never_talked(
    target: Target,
    why: Option<&Unconnected>,
    run: Run,
    planned: usize,
    elapsed: Duration,
) -> Outcome {
    let interrupted = run == Run::Interrupted;
    let (verdict, reason) = match why.map(Unconnected::reason) {
        _ if interrupted => (Verdict::Inconclusive, Reason::Interrupted),
        Some(Some(reason)) => (Verdict::Unreachable, reason),
        // Our own machine's trouble: nothing was learnt about the target.
        Some(None) | None => (Verdict::Inconclusive, Reason::Interrupted),
    };
    let note = why.filter(|_| !interrupted).map(ToString::to_string);
    Outcome {
        elapsed,
        coverage: Coverage {
            planned,
            ..Coverage::default()
        },
        ..without_dialogue(target, verdict, reason, note)
    }
}

/// Gives the outcome of a target that was not talked to.
pub(super) fn without_dialogue(
    target: Target,
    verdict: Verdict,
    reason: Reason,
    note: Option<String>,
) -> Outcome {
    Outcome {
        target,
        tls: TlsState::None,
        verdict,
        reason: Some(reason),
        note,
        evidence: None,
        confidence: Confidence::Firm,
        caveats: Vec::new(),
        server: ServerFacts::default(),
        coverage: Coverage::default(),
        forms: Vec::new(),
        findings: Vec::new(),
        transcript: None,
        sessions: 0,
        elapsed: Duration::ZERO,
    }
}
