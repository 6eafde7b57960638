//! One target: sessions until the plan is done, then one outcome.
//!
//! In: a target whose address is known. Out: its outcome, always.
//!
//! Limits: the time for a target bounds connections, pauses and sessions together; when it is up, what
//! was learnt is concluded from. Trouble of our own machine is waited out, and never becomes a statement
//! about the target.

use super::lane::Local;
use super::message::Letter;
use super::{End, Settings};
use crate::model::{
    Confidence, Coverage, Host, Outcome, Reason, ServerFacts, Target, TlsState, Verdict, mix,
};
use crate::net::{Clock, Connection, Handshake, Stream, Unconnected, drive, take_leave};
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
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Pause after trouble of our own machine, growing to twenty times that.
const OUR_TROUBLE: Duration = Duration::from_millis(100);

/// Pause before a connection is tried again, growing with each attempt.
const RETRY: Duration = Duration::from_millis(250);

/// The purpose of a token in a message, told apart from the random parts of forms.
const MESSAGE_TOKEN: u64 = 3;

/// Audits one target at one address; tells whether a stop cut it off.
pub(super) async fn audit(local: &Local, target: &Target, address: IpAddr) -> (Outcome, End) {
    let mut job = Job {
        around: local,
        settings: &local.lanes.settings,
        peer: SocketAddr::new(address, target.endpoint.port),
        begun: Instant::now(),
        local: None,
    };
    // Most addresses of a network are silent: nothing is planned before somebody is there.
    match job.connect().await {
        Ok(connection) => Box::pin(job.converse(connection, target)).await,
        Err(why) => job.never_talked(target, &why),
    }
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
    around: &'a Local,
    settings: &'a Settings,
    peer: SocketAddr,
    begun: Instant,
    local: Option<IpAddr>,
}

impl Job<'_> {
    /// Plays sessions over this connection and further ones until the plan is done.
    async fn converse(mut self, connection: Connection, target: &Target) -> (Outcome, End) {
        let settings = self.settings;
        let address = self.peer.ip();
        let handshake = Handshake::with(&target.endpoint.host, address);
        let mut plan = plan(settings, target, address);
        let mut named = settings.plan.profile == Profile::Quick;
        let mut connection = Some(connection);
        while let Some(script) = plan.next_session() {
            if !self
                .session(&mut plan, &handshake, script, connection.take())
                .await
            {
                break;
            }
            if !named && let Some(resolver) = &self.around.resolver {
                // Only a server that talks is worth a lookup; the forms that need names come now.
                named = true;
                let name = tokio::select! {
                    name = timeout_at(self.out_of_time(), resolver.reverse(address)) => name.ok(),
                    () = self.around.stop.cancelled() => None,
                };
                if let Some(name) = name.flatten() {
                    plan.learn(Source::Reverse, name.as_bytes());
                }
            }
        }
        if let Some(deliveries) = &settings.deliveries
            && plan.sent()
        {
            let token = token(settings.plan.identity.seed, address, MESSAGE_TOKEN);
            let came = tokio::select! {
                came = deliveries.wait_for(&token) => came,
                () = self.around.stop.cancelled() => false,
            };
            if came {
                plan.confirm_delivery();
            }
        }
        self.outcome(&plan, target)
    }

    /// Plays one session; tells whether there may be another.
    async fn session(
        &mut self,
        plan: &mut Plan,
        handshake: &Handshake,
        script: Script,
        connection: Option<Connection>,
    ) -> bool {
        let connection = match connection {
            Some(connection) => Ok(connection),
            None => {
                if !script.pause.is_zero() {
                    self.pause(script.pause).await;
                }
                if self.around.stop.is_cancelled() || Instant::now() >= self.out_of_time() {
                    return false;
                }
                self.connect().await
            }
        };
        let connection = match connection {
            Ok(connection) => connection,
            Err(why) => {
                tracing::debug!(peer = %self.peer, %why, "no connection");
                plan.absorb_no_connection();
                return true;
            }
        };
        self.local = connection.local;
        let clock = Clock {
            begun: Instant::now(),
            out_of_time: self.out_of_time(),
        };
        let transcript = self.talk(plan, handshake, script, connection, clock).await;
        tracing::debug!(
            peer = %self.peer,
            session = transcript.session,
            ending = ?transcript.ending,
            "session over"
        );
        plan.absorb(transcript, clock.begun - self.begun);
        !self.around.stop.is_cancelled()
    }

    async fn talk(
        &self,
        plan: &mut Plan,
        handshake: &Handshake,
        script: Script,
        connection: Connection,
        clock: Clock,
    ) -> Transcript {
        // Behind a proxy our own end is not what the target sees; its address is a stand-in for the
        // EHLO argument then, used only if no name was given.
        let local = connection.local.unwrap_or(self.peer.ip());
        let mut dialogue = Dialogue::new(script, local);
        let mut stream = Stream::from(connection.stream);
        let driving = drive(&mut dialogue, &mut stream, handshake, plan, clock);
        let stopped = tokio::select! {
            () = driving => false,
            () = self.around.stop.cancelled() => true,
        };
        if stopped {
            take_leave(&mut dialogue, &mut stream, clock).await;
        }
        dialogue.into_transcript()
    }

    /// Connects, as often as that makes sense.
    async fn connect(&mut self) -> Result<Connection, Unconnected> {
        let mut attempt = 0;
        loop {
            self.wait_for_turn().await;
            let limit = self.settings.connect_limit;
            let limit = limit.min(self.out_of_time().saturating_duration_since(Instant::now()));
            let connecting = self.settings.connector.connect(self.peer, limit);
            let result = tokio::select! {
                result = connecting => result,
                () = self.around.stop.cancelled() => Err(Unconnected::TimedOut),
            };
            attempt += 1;
            let pause = match &result {
                Err(Unconnected::Ours(error)) => {
                    // Others give back what is missing when they end: told once, and waited for.
                    if !self.around.lanes.told.swap(true, Ordering::Relaxed) {
                        tracing::warn!(%error, "this machine could not open a connection; waiting");
                    }
                    OUR_TROUBLE * attempt.min(20)
                }
                Err(Unconnected::TimedOut | Unconnected::Broken(_))
                    if attempt <= self.settings.retries =>
                {
                    self.jittered(RETRY * attempt, attempt)
                }
                _ => return result,
            };
            self.pause(pause).await;
            if self.around.stop.is_cancelled() || Instant::now() >= self.out_of_time() {
                return result;
            }
        }
    }

    /// Waits until the pace allows a connection. The queue is ours: what it takes is no part of the time
    /// the target has.
    async fn wait_for_turn(&mut self) {
        let Some(pace) = &self.around.lanes.pace else {
            return;
        };
        let before = Instant::now();
        tokio::select! {
            () = pace.turn() => {}
            () = self.around.stop.cancelled() => {}
        }
        self.begun += before.elapsed();
    }

    /// Spreads a pause by half in either direction, so that retries do not come in a volley.
    fn jittered(&self, pause: Duration, attempt: u32) -> Duration {
        let seed = self.settings.plan.identity.seed ^ u64::from(attempt);
        let address = match self.peer.ip() {
            IpAddr::V4(v4) => u64::from(v4.to_bits()),
            IpAddr::V6(v6) => (v6.to_bits() ^ (v6.to_bits() >> 64)) as u64,
        };
        // 500 to 1499 thousandths.
        let part = 500 + (mix(seed ^ mix(address)) % 1000) as u32;
        pause * part / 1000
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = sleep_until((Instant::now() + pause).min(self.out_of_time())) => {}
            () = self.around.stop.cancelled() => {}
        }
    }

    fn out_of_time(&self) -> Instant {
        self.begun + self.settings.target_limit
    }

    fn outcome(self, plan: &Plan, target: &Target) -> (Outcome, End) {
        let end = if self.around.stop.is_cancelled() && plan.owes() {
            End::CutOff
        } else {
            End::Whole
        };
        let around = Circumstances {
            local: self.local,
            peer: self.peer.ip(),
            run: match end {
                End::Whole => Run::Finished,
                End::CutOff => Run::Interrupted,
            },
            elapsed: self.begun.elapsed(),
        };
        let mut outcome = conclude(plan, target.clone(), &around);
        outcome.findings = rules::findings(plan, &outcome);
        if self.settings.transcript == Keep::All {
            let sessions = plan.transcripts().iter();
            let lines = sessions.flat_map(|session| session.lines(session.exchanges.iter()));
            outcome.transcript = Some(lines.collect());
        }
        (outcome, end)
    }

    /// Says that no connection came about.
    fn never_talked(self, target: &Target, why: &Unconnected) -> (Outcome, End) {
        let stopped = self.around.stop.is_cancelled();
        let (verdict, reason, note) = match why.reason() {
            _ if stopped => (Verdict::Inconclusive, Reason::Interrupted, None),
            Some(reason) => (Verdict::Unreachable, reason, Some(why.to_string())),
            // Our own machine's trouble: nothing was learnt about the target.
            None => (
                Verdict::Inconclusive,
                Reason::Interrupted,
                Some(why.to_string()),
            ),
        };
        let outcome = Outcome {
            elapsed: self.begun.elapsed(),
            coverage: Coverage {
                planned: self.settings.plan.forms.len(),
                ..Coverage::default()
            },
            ..without_dialogue(target.clone(), verdict, reason, note)
        };
        let end = if stopped { End::CutOff } else { End::Whole };
        (outcome, end)
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

/// Gives the outcome of a target that was not talked to.
pub(crate) fn without_dialogue(
    target: Target,
    verdict: Verdict,
    reason: Reason,
    note: Option<String>,
) -> Outcome {
    Outcome {
        place: (0, 0),
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
        retried: None,
        elapsed: Duration::ZERO,
        baseline: None,
    }
}
