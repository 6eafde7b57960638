//! Which forms are still owed, and what the next session is to ask.
//!
//! In: the forms chosen, what is known of the target, one [`Transcript`] after the other. Out: one
//! [`Script`] after the other until nothing is owed or nothing moves any more.
//!
//! Real servers cut a session off after so many errors, so the forms are spread over sessions under
//! a [`Budget`](super::script::Budget). A session that ends early puts its unasked forms back; a form
//! during which the server hung up is asked once more, then left as untested. Forms that differ in
//! EHLO name, XCLIENT attributes or encryption never share a session. A server that asks for TLS is
//! asked again inside STARTTLS before anything is concluded. Names the server gives itself become
//! part of the forms from the second session on.
//!
//! Deliberately does not connect, wait or judge the whole: see `engine` and [`super::classify`].
//!
//! Limits: [`Settings::most_sessions`] sessions; two sessions in a row without a single answer end
//! the plan.
//!
//! References: the limits of real servers are in [`super::script`].

use super::forms::{AddressForm, Channel, FORMS, Profile};
use super::judge::{Stage, judge};
use super::names::{Names, Source};
use super::script::{Ask, Budget, Depth, Script, Verb, Waits};
use super::template::{Filled, Holes, Identity, instances};
use super::transcript::{Ending, Part, Phase, TlsTrouble, Transcript};
use crate::model::{Driven, FormOutcome, Role, TlsStack, TlsState, TlsUse};
use crate::smtp::{Extensions, Reply};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What holds for every target of a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The probes to ask, in order; controls are added where they are owed.
    pub forms: Vec<&'static AddressForm>,
    /// How many names of a target a form is tried with.
    pub profile: Profile,
    /// Who we are.
    pub identity: Identity,
    /// The EHLO argument; the address literal of our end where absent.
    pub hello: Option<String>,
    /// How far to drive what is accepted.
    pub depth: Depth,
    /// What one session may ask of a server.
    pub budget: Budget,
    /// How long a session waits.
    pub waits: Waits,
    /// Sessions a target gets at most.
    pub most_sessions: u32,
    /// Whether a TLS implementation for old servers is at hand.
    pub legacy_tls: bool,
}

/// What sets sessions apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// How the connection is protected.
    pub tls: TlsState,
    /// The EHLO argument, where the form chooses it.
    pub hello: Option<String>,
    /// XCLIENT attributes, where the form sends them.
    pub xclient: Option<String>,
}

/// The reply that decided a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Index of the transcript.
    pub transcript: usize,
    /// The stage it came at.
    pub stage: Answered,
    /// The reply.
    pub reply: Reply,
    /// How far the form was driven, if the recipient was taken.
    pub driven: Option<Driven>,
}

/// Where a test was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// At a stage replies are judged for.
    At(Stage),
    /// At XCLIENT: without the trust there was nothing to ask.
    XClient,
}

/// How it stands with a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A control that is owed only once something is accepted.
    Spare,
    /// To be asked.
    Owed,
    /// Answered.
    Answered(Answer),
    /// Asked in vain, or beyond reach; why, in words.
    GivenUp(&'static str),
}

/// One form, filled, on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The form.
    pub form: &'static AddressForm,
    /// Its envelope.
    pub filled: Filled,
    /// The kind of session it belongs in.
    pub key: Key,
    /// How it stands.
    pub state: State,
    attempts: u8,
}

/// How often a form is asked during which the server hangs up.
const ATTEMPTS: u8 = 2;

/// Sessions in a row without an answer after which the plan ends.
const STRIKES: u32 = 2;

/// Forms at the start that all have to meet a block of the client for the rest to be spared.
const BLOCKED_SAMPLE: usize = 4;

/// The pause after a session without an answer, per such session.
const REST: Duration = Duration::from_secs(2);

/// The pause after the server hung up on us.
const BREATH: Duration = Duration::from_millis(200);

/// Which forms are still owed to one target.
#[derive(Debug)]
pub struct Plan {
    settings: Arc<Settings>,
    tls_use: TlsUse,
    peer: IpAddr,
    names: Names,
    base: TlsState,
    verb: Verb,
    stack: TlsStack,
    tests: Vec<Test>,
    expanded: Vec<bool>,
    transcripts: Vec<Transcript>,
    begun: Vec<Duration>,
    asked: Vec<usize>,
    sessions: u32,
    strikes: u32,
    pause: Duration,
    over: bool,
    driven: bool,
}

impl Plan {
    /// Plans the audit of one address, knowing the names it goes by so far.
    pub fn new(settings: Arc<Settings>, peer: IpAddr, tls_use: TlsUse, names: Names) -> Self {
        let expanded = vec![false; settings.forms.len()];
        let base = match tls_use {
            TlsUse::Implicit => TlsState::Implicit,
            TlsUse::Opportunistic | TlsUse::Never => TlsState::None,
        };
        Self {
            settings,
            tls_use,
            peer,
            names,
            base,
            verb: Verb::Ehlo,
            stack: TlsStack::Rustls,
            tests: Vec::new(),
            expanded,
            transcripts: Vec::new(),
            begun: Vec::new(),
            asked: Vec::new(),
            sessions: 0,
            strikes: 0,
            pause: Duration::ZERO,
            over: false,
            driven: false,
        }
    }

    /// Gives the next session, or nothing if the plan is done.
    pub fn next_session(&mut self) -> Option<Script> {
        if self.over || self.sessions >= self.settings.most_sessions {
            return None;
        }
        self.expand();
        let key = self
            .tests
            .iter()
            .find(|test| test.state == State::Owed)?
            .key
            .clone();
        self.prepare_controls(&key);
        self.sessions += 1;
        // More than the refusals allow is of no use, and every form may be refused.
        let most = self.settings.budget.refusals as usize;
        self.asked = self.select(&key, &State::Owed, most);
        let controls = self.select(&key, &State::Spare, most);
        let script = Script {
            session: self.sessions,
            tls: key.tls,
            stack: self.stack,
            verb: self.verb,
            hello: key.hello.clone().or_else(|| self.settings.hello.clone()),
            xclient: key.xclient.clone(),
            asks: self.asked.iter().map(|&index| self.ask(index)).collect(),
            controls: controls.iter().map(|&index| self.ask(index)).collect(),
            depth: if self.driven {
                Depth::Envelope
            } else {
                self.settings.depth.clone()
            },
            budget: self.settings.budget,
            waits: self.settings.waits,
            pause: std::mem::take(&mut self.pause),
        };
        self.asked.extend(controls);
        Some(script)
    }

    /// Takes what was said in the session handed out last, begun at `begun` on the target's clock.
    pub fn absorb(&mut self, transcript: Transcript, begun: Duration) {
        let index = self.transcripts.len();
        self.learn_names(&transcript);
        let ending = transcript.ending.clone();
        let asked = std::mem::take(&mut self.asked);
        let mut answers = 0;
        for &test in &asked {
            let found = answer(&transcript, index, test)
                .or_else(|| refused_condition(&transcript, index, &self.tests[test].key));
            if let Some(found) = found {
                answers += 1;
                self.driven |= matches!(found.driven, Some(Driven::Data | Driven::Queued));
                self.tests[test].state = State::Answered(found);
            } else if transcript.of_test(test).next().is_some() {
                self.tests[test].attempts += 1;
                if self.tests[test].attempts >= ATTEMPTS {
                    self.give_up_on(test, &transcript, index);
                }
            }
        }
        self.transcripts.push(transcript);
        self.begun.push(begun);
        self.owe_controls();
        self.follow_up_tls();
        self.draw_conclusions(&ending, answers);
    }

    /// Takes note that no connection could be made for the session handed out last. The plan goes
    /// on only if the server talked before.
    pub fn absorb_no_connection(&mut self) {
        self.asked.clear();
        if self.transcripts.is_empty() {
            self.over = true;
        } else {
            self.strike();
        }
    }

    /// Gives all tests, in the order they were planned.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// Gives what was said in each session.
    pub fn transcripts(&self) -> &[Transcript] {
        &self.transcripts
    }

    /// Gives when a session began on the target's clock.
    pub fn begun(&self, transcript: usize) -> Duration {
        self.begun.get(transcript).copied().unwrap_or_default()
    }

    /// Gives how many sessions were handed out.
    pub fn sessions(&self) -> u32 {
        self.sessions
    }

    /// Gives what the target is called.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Tells whether TLS begins with the first byte.
    pub fn implicit(&self) -> bool {
        self.tls_use == TlsUse::Implicit
    }

    fn ask(&self, index: usize) -> Ask {
        let Test { form, filled, .. } = &self.tests[index];
        Ask {
            test: index,
            role: form.role,
            prelude: filled.prelude.clone(),
            sender: filled.sender.clone(),
            recipients: filled.recipients.clone(),
            judged: filled.judged,
        }
    }

    fn select(&self, key: &Key, state: &State, most: usize) -> Vec<usize> {
        let fits = |test: &Test| test.key == *key && test.state == *state;
        let all = self.tests.iter().enumerate();
        all.filter(|(_, test)| fits(test))
            .map(|(index, _)| index)
            .take(most)
            .collect()
    }

    /// Fills the forms that can be filled now. Forms that name the target wait until it has had a
    /// chance to name itself.
    fn expand(&mut self) {
        let talked = !self.transcripts.is_empty();
        let offers_tls = self.clear_offers().is_some_and(|o| o.offers("STARTTLS"));
        for position in 0..self.expanded.len() {
            let form = self.settings.forms[position];
            if self.expanded[position] || (form.names_target() && !talked) {
                continue;
            }
            let tls = match form.channel {
                Channel::Any => self.base,
                Channel::InsideTls => {
                    if !talked {
                        continue;
                    }
                    let useful = self.base == TlsState::None
                        && self.tls_use == TlsUse::Opportunistic
                        && offers_tls;
                    if !useful {
                        self.expanded[position] = true;
                        continue;
                    }
                    TlsState::StartTls
                }
            };
            self.expanded[position] = true;
            self.add(form, tls, None, State::Owed);
        }
    }

    /// Adds the instances of a form, under the conditions it sets itself or those of `key`.
    fn add(&mut self, form: &'static AddressForm, tls: TlsState, key: Option<&Key>, state: State) {
        let holes = Holes {
            identity: self.settings.identity.clone(),
            hosts: self.names.hosts(),
            domains: self.names.domains(),
            peer: self.peer,
        };
        let most = match (form.role, self.settings.profile) {
            (Role::Control, _) | (_, Profile::Quick) => 1,
            (Role::Probe, Profile::Standard) => 2,
            (Role::Probe, Profile::Full) => 4,
        };
        for filled in instances(form, &holes, most) {
            let key = match key {
                Some(key) => key.clone(),
                None => Key {
                    tls,
                    hello: filled.hello.clone(),
                    xclient: filled.xclient.clone(),
                },
            };
            let known = self
                .tests
                .iter()
                .any(|t| t.key == key && t.form.id == form.id && t.filled == filled);
            if !known {
                self.tests.push(Test {
                    form,
                    filled,
                    key,
                    state: state.clone(),
                    attempts: 0,
                });
            }
        }
    }

    /// Makes the controls of a kind of session ready, so that they can be asked in the very session
    /// that accepts something.
    fn prepare_controls(&mut self, key: &Key) {
        for form in FORMS.iter().filter(|form| form.role == Role::Control) {
            let there = self
                .tests
                .iter()
                .any(|test| test.form.id == form.id && test.key == *key);
            let quick = self.settings.profile == Profile::Quick;
            if !there && !(quick && form.profile > Profile::Quick) {
                self.add(form, key.tls, Some(key), State::Spare);
            }
        }
    }

    /// Owes the controls wherever a probe was accepted.
    fn owe_controls(&mut self) {
        let mut keys: Vec<Key> = Vec::new();
        for test in &self.tests {
            if test.form.role == Role::Probe && self.accepted(test) && !keys.contains(&test.key) {
                keys.push(test.key.clone());
            }
        }
        for key in keys {
            self.prepare_controls(&key);
            for test in &mut self.tests {
                if test.key == key && test.state == State::Spare {
                    test.state = State::Owed;
                }
            }
        }
    }

    fn accepted(&self, test: &Test) -> bool {
        matches!(&test.state, State::Answered(a) if a.driven.is_some())
    }

    /// Asks again inside STARTTLS what was refused for want of encryption.
    fn follow_up_tls(&mut self) {
        if self.base != TlsState::None || self.tls_use != TlsUse::Opportunistic {
            return;
        }
        let wants_tls = self.tests.iter().any(|test| {
            test.form.role == Role::Probe
                && test.key.tls == TlsState::None
                && self.outcome(test) == Some(FormOutcome::TlsRequired)
        });
        if !wants_tls || !self.clear_offers().is_some_and(|o| o.offers("STARTTLS")) {
            return;
        }
        self.base = TlsState::StartTls;
        let mut again = Vec::new();
        for test in &mut self.tests {
            if test.key.tls != TlsState::None {
                continue;
            }
            match &test.state {
                State::Owed | State::Spare => test.key.tls = TlsState::StartTls,
                _ => again.push(Test {
                    key: Key {
                        tls: TlsState::StartTls,
                        ..test.key.clone()
                    },
                    state: match test.form.role {
                        Role::Probe => State::Owed,
                        Role::Control => State::Spare,
                    },
                    attempts: 0,
                    ..test.clone()
                }),
            }
        }
        // The plain form inside TLS is now asked anyway: no second of its kind.
        for test in again {
            let there = self
                .tests
                .iter()
                .any(|t| t.key == test.key && t.form.id == test.form.id && t.filled == test.filled);
            if !there {
                self.tests.push(test);
            }
        }
    }

    /// Judges a test's answer by itself.
    pub fn outcome(&self, test: &Test) -> Option<FormOutcome> {
        match &test.state {
            State::Answered(answer) => Some(match answer.stage {
                Answered::At(stage) => {
                    let auth = self.transcripts[answer.transcript].auth_offered();
                    judge(stage, &answer.reply, auth).outcome()
                }
                Answered::XClient => FormOutcome::Rejected,
            }),
            _ => None,
        }
    }

    fn draw_conclusions(&mut self, ending: &Ending, answers: usize) {
        match ending {
            Ending::Closed(Phase::Hello) if self.verb == Verb::Ehlo && answers == 0 => {
                // Some old servers drop the connection at the word EHLO.
                self.verb = Verb::Helo;
                self.pause = BREATH;
                return;
            }
            Ending::TlsFailed(TlsTrouble::TooOld, _)
                if self.settings.legacy_tls && self.stack == TlsStack::Rustls =>
            {
                self.stack = TlsStack::OpenSsl;
                return;
            }
            Ending::NotOffered
            | Ending::TlsFailed(..)
            | Ending::Refused(Phase::StartTls)
            | Ending::Closed(Phase::StartTls)
            | Ending::TimedOut(Phase::StartTls) => {
                self.give_up_on_tls();
                return;
            }
            Ending::NotSmtp(..) | Ending::Endless(..) | Ending::OutOfTime(_) => self.over = true,
            Ending::Shutdown(_) | Ending::Closed(_) => self.pause = BREATH,
            _ => {}
        }
        let first_word = matches!(
            ending,
            Ending::Refused(Phase::Greeting | Phase::Hello)
                | Ending::Shutdown(Phase::Greeting)
                | Ending::Closed(Phase::Greeting)
                | Ending::TimedOut(Phase::Greeting | Phase::Hello)
        );
        let none_yet = !self
            .tests
            .iter()
            .any(|t| matches!(t.state, State::Answered(_)));
        if first_word && none_yet {
            self.over = true;
        }
        if answers == 0 {
            self.strike();
        } else {
            self.strikes = 0;
        }
        self.spare_a_blocker();
    }

    fn strike(&mut self) {
        self.strikes += 1;
        self.pause = REST * self.strikes;
        self.over |= self.strikes >= STRIKES;
    }

    /// Ends the plan where the server turns the client itself away: more forms would only be more
    /// refusals of the same kind.
    fn spare_a_blocker(&mut self) {
        let outcomes: Vec<_> = self.tests.iter().filter_map(|t| self.outcome(t)).collect();
        if outcomes.len() >= BLOCKED_SAMPLE && outcomes.iter().all(|o| *o == FormOutcome::Blocked) {
            self.over = true;
        }
    }

    fn give_up_on(&mut self, test: usize, transcript: &Transcript, index: usize) {
        let last = transcript.of_test(test).filter_map(|e| {
            let stage = match e.phase {
                Phase::Mail => Stage::Mail,
                Phase::Rcpt => Stage::Rcpt,
                _ => return None,
            };
            e.reply.clone().map(|reply| (stage, reply))
        });
        self.tests[test].state = match last.last() {
            // Twice 421 to the same form is its answer.
            Some((stage, reply)) if reply.code() == 421 => State::Answered(Answer {
                transcript: index,
                stage: Answered::At(stage),
                reply,
                driven: None,
            }),
            _ => State::GivenUp("the server hung up or fell silent each time it was asked"),
        };
    }

    fn give_up_on_tls(&mut self) {
        for test in &mut self.tests {
            if test.key.tls == TlsState::StartTls
                && matches!(test.state, State::Owed | State::Spare)
            {
                test.state = State::GivenUp("STARTTLS could not be used");
            }
        }
        self.over |= self.base != TlsState::None;
    }

    fn clear_offers(&self) -> Option<&Extensions> {
        self.transcripts.iter().find_map(|t| t.clear.as_ref())
    }

    fn learn_names(&mut self, transcript: &Transcript) {
        let offers = transcript.clear.as_ref().or(transcript.encrypted.as_ref());
        if let Some(name) = offers.and_then(|offers| offers.name.as_deref()) {
            self.names.learn(Source::Ehlo, name);
        }
        if let Some(greeting) = transcript.greeting() {
            self.names.learn_from_banner(&greeting.text());
        }
    }
}

/// Finds the reply that decided a test in a session.
fn answer(transcript: &Transcript, index: usize, test: usize) -> Option<Answer> {
    let decided = |stage, reply: &Reply, driven| {
        Some(Answer {
            transcript: index,
            stage: Answered::At(stage),
            reply: reply.clone(),
            driven,
        })
    };
    let mut found = None;
    for exchange in transcript.of_test(test) {
        let Some(reply) = &exchange.reply else { break };
        if reply.code() == 421 {
            // The server hung up. What was learnt before stands: an accepted recipient stays one.
            break;
        }
        match (exchange.phase, exchange.part) {
            (Phase::Mail, Part::Transaction) if !reply.positive() => {
                return decided(Stage::Mail, reply, None);
            }
            (Phase::Rcpt, Part::Judged) => {
                let driven = reply.positive().then_some(Driven::Rcpt);
                found = decided(Stage::Rcpt, reply, driven);
            }
            (Phase::Data, _) if reply.code() == 354 => {
                if let Some(found) = &mut found {
                    found.driven = Some(Driven::Data);
                }
            }
            (Phase::Data, _) => found = decided(Stage::Data, reply, Some(Driven::Rcpt)),
            (Phase::Content, _) => {
                let driven = if reply.positive() {
                    Driven::Queued
                } else {
                    Driven::Data
                };
                found = decided(Stage::Eod, reply, Some(driven));
            }
            _ => {}
        }
    }
    found
}

/// Finds the refusal of what a test's session had to establish first: the EHLO name or the XCLIENT
/// attributes it came with.
fn refused_condition(transcript: &Transcript, index: usize, key: &Key) -> Option<Answer> {
    let refused = |phase: Phase| {
        transcript
            .exchanges
            .iter()
            .rfind(|e| e.phase == phase)
            .and_then(|e| e.reply.clone())
            .filter(|reply| !reply.positive() && reply.code() != 421)
    };
    if key.xclient.is_some()
        && let Some(reply) = refused(Phase::XClient)
    {
        return Some(Answer {
            transcript: index,
            stage: Answered::XClient,
            reply,
            driven: None,
        });
    }
    if key.hello.is_some()
        && transcript.ending == Ending::Refused(Phase::Hello)
        && let Some(reply) = refused(Phase::Hello)
    {
        return Some(Answer {
            transcript: index,
            stage: Answered::At(Stage::Ehlo),
            reply,
            driven: None,
        });
    }
    None
}
