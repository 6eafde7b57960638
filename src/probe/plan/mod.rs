//! Which forms are still owed, and what the next session is to ask.
//!
//! In: the forms chosen, what is known of the target, one [`Transcript`] after the other. Out: one
//! [`Script`] after the other until nothing is owed or nothing moves any more.
//!
//! Real servers cut a session off after so many errors, so the forms are spread over sessions under
//! a [`Budget`]. A session that ends early puts its unasked forms back; a form
//! during which the server hung up is asked once more, then left as untested. Forms that differ in
//! EHLO name, XCLIENT attributes or encryption never share a session. A server that asks for TLS is
//! asked again inside STARTTLS before anything is concluded. Names the server gives itself become
//! part of the forms from the second session on.
//!
//! Deliberately does not connect, wait or judge the whole: see `engine` and [`super::classify`].
//!
//! Limits: [`Settings::most_sessions`] sessions; two sessions in a row without a single answer end
//! the plan. What a server says is kept whole up to a ration, then in short.
//!
//! References: the limits of real servers are in [`super::script`].

mod alike;
mod answer;
mod endings;
mod owe;
pub(super) mod ration;
mod test;

use super::forms::{AddressForm, Profile, of_profile};
use super::names::{Names, Source};
use super::script::{Ask, Budget, Depth, Script, Verb, Waits};
use super::template::Identity;
use super::transcript::Transcript;
use crate::model::{Driven, FormOutcome, TlsStack, TlsState, TlsUse};
use crate::smtp::{Extensions, limits};
pub use alike::Alike;
pub use answer::{Answer, Reading};
use answer::{accepted, answer};
use ration::Ration;

use endings::{ATTEMPTS, Over};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
pub use test::{Key, State, Test};

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
    /// How far to drive what is accepted; beyond DATA only with a message of the target's own.
    pub depth: Driven,
    /// What one session may ask of a server.
    pub budget: Budget,
    /// How long a session waits.
    pub waits: Waits,
    /// Sessions a target gets at most.
    pub most_sessions: u32,
    /// Whether a TLS implementation for old servers is at hand.
    pub legacy_tls: bool,
    /// What is asked of every target in the same words; begins empty.
    pub alike: Alike,
}

impl Settings {
    /// The time for all sessions of a target together, unless the user sets another.
    pub const PATIENCE: Duration = limits::TARGET;

    /// Makes settings that ask the forms of a profile and go no further than RCPT.
    pub fn new(profile: Profile, identity: Identity) -> Self {
        Self {
            forms: of_profile(profile),
            profile,
            identity,
            hello: None,
            depth: Driven::Rcpt,
            budget: Budget::default(),
            waits: Waits::of_reply(limits::REPLY),
            most_sessions: most_sessions(profile),
            legacy_tls: false,
            alike: Alike::default(),
        }
    }
}

/// Gives the sessions a target gets at most: what the forms need under the budget, with room for a
/// server that hangs up every other time.
pub fn most_sessions(profile: Profile) -> u32 {
    match profile {
        Profile::Quick => 6,
        Profile::Standard => 40,
        Profile::Full => 80,
    }
}

/// How far a chosen form has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It waits for the target to talk.
    Waiting,
    /// It has become tests.
    Filled,
    /// A name it needs is not known.
    Nameless,
    /// There is nothing for it to compare here.
    Useless,
}

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
    /// How far each chosen form has got, in their order.
    stages: Vec<Stage>,
    transcripts: Vec<Transcript>,
    ration: Ration,
    asked: Vec<usize>,
    sessions: u32,
    strikes: u32,
    pause: Duration,
    over: Option<Over>,
    driven: bool,
    message: Option<Arc<[u8]>>,
}

impl Plan {
    /// Plans the audit of one address, knowing the names it goes by so far.
    pub fn new(settings: Arc<Settings>, peer: IpAddr, tls_use: TlsUse, names: Names) -> Self {
        let stages = vec![Stage::Waiting; settings.forms.len()];
        let tests = Vec::with_capacity(settings.forms.len());
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
            tests,
            stages,
            // Most targets have one session, and what was said takes much room.
            transcripts: Vec::with_capacity(1),
            ration: Ration::new(),
            asked: Vec::new(),
            sessions: 0,
            strikes: 0,
            pause: Duration::ZERO,
            over: None,
            driven: false,
            message: None,
        }
    }

    /// Takes the message to send where something is accepted and the depth allows it.
    #[must_use]
    pub fn with_message(mut self, message: Arc<[u8]>) -> Self {
        self.message = Some(message);
        self
    }

    /// Gives the next session, or nothing if the plan is done.
    pub fn next_session(&mut self) -> Option<Script> {
        if self.over.is_some() || self.sessions >= self.settings.most_sessions {
            return None;
        }
        self.expand();
        let owed = self.tests.iter().find(|test| test.state == State::Owed);
        let key = match owed {
            Some(test) => test.key.clone(),
            // Every form needs the target's name: the first session only listens to what it says.
            None if self.transcripts.is_empty() && self.waits() => Key {
                tls: self.base,
                hello: None,
                xclient: None,
            },
            None => return None,
        };
        self.sessions += 1;
        // More than the refusals allow is of no use, and every form may be refused.
        let most = self.settings.budget.refusals as usize;
        self.asked = self.select(&key, most);
        Some(Script {
            session: self.sessions,
            tls: key.tls,
            stack: self.stack,
            verb: self.verb,
            hello: key.hello.clone().or_else(|| self.settings.hello.clone()),
            xclient: key.xclient.clone(),
            asks: self.asked.iter().map(|&index| self.ask(index)).collect(),
            depth: self.depth(),
            budget: self.settings.budget,
            waits: self.settings.waits,
            pause: std::mem::take(&mut self.pause),
        })
    }

    /// Gives what is to be asked next in the running session because of what it brought so far: the
    /// controls that tell what its acceptances are worth. They come before the rest of the list can
    /// use up the budget.
    pub fn extend_session(&mut self, so_far: &Transcript) -> Vec<Ask> {
        self.learn_names(so_far);
        let fresh: Vec<usize> = self
            .asked
            .iter()
            .copied()
            .filter(|&test| accepted(so_far, test))
            .collect();
        let mut more = Vec::new();
        for &test in &fresh {
            more.extend(self.owe_controls_of(test, &fresh));
        }
        self.asked.extend(&more);
        more.into_iter().map(|index| self.ask(index)).collect()
    }

    /// Takes what was said in the session handed out last, begun at `begun` on the target's clock.
    pub fn absorb(&mut self, mut transcript: Transcript, begun: Duration) {
        transcript.begun = begun;
        let index = self.transcripts.len();
        self.learn_names(&transcript);
        let ending = transcript.ending.clone();
        let asked = std::mem::take(&mut self.asked);
        let mut answers = 0;
        for &test in &asked {
            let found = answer(&transcript, index, test, &self.tests[test]);
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
        self.keep(transcript, &asked);
        self.owe_controls();
        self.follow_up_tls();
        self.draw_conclusions(&ending, answers);
    }

    /// Keeps what was said, as far as the ration goes.
    fn keep(&mut self, mut transcript: Transcript, asked: &[usize]) {
        let index = self.transcripts.len();
        let tests = &self.tests;
        let accepted =
            |test: usize| matches!(&tests[test].state, State::Answered(a) if a.driven.is_some());
        if self.ration.apply(&mut transcript, accepted) {
            // The answers were read from the whole; of their words they keep what the transcript does.
            for &test in asked {
                let short = answer(&transcript, index, test, &self.tests[test]);
                if let (State::Answered(answer), Some(short)) = (&mut self.tests[test].state, short)
                {
                    answer.reply = short.reply;
                }
            }
        }
        self.transcripts.push(transcript);
    }

    /// Takes note that no connection could be made for the session handed out last. The plan goes
    /// on only if the server talked before.
    pub fn absorb_no_connection(&mut self) {
        self.asked.clear();
        if self.transcripts.is_empty() {
            self.end(Over::NoConnection);
        } else {
            self.strike();
        }
    }

    /// Tells whether something is left that has not been asked.
    pub fn owes(&self) -> bool {
        self.waits() || self.tests.iter().any(|test| test.state == State::Owed)
    }

    fn waits(&self) -> bool {
        self.stages.contains(&Stage::Waiting)
    }

    /// Says why what is still owed was not asked.
    pub fn why_unasked(&self) -> &'static str {
        match self.over {
            Some(why) => why.describe(),
            None if self.sessions >= self.settings.most_sessions => {
                "the sessions for one target were used up before it could be asked"
            }
            None => "the run ended before it could be asked",
        }
    }

    /// Gives the chosen forms that came to no test at all, each with the reason.
    pub fn unfilled(&self) -> impl Iterator<Item = (&'static AddressForm, &'static str)> {
        self.settings
            .forms
            .iter()
            .zip(&self.stages)
            .filter_map(|(form, stage)| match stage {
                Stage::Waiting => Some((*form, self.why_unasked())),
                Stage::Nameless => Some((*form, "the target's name is not known")),
                Stage::Filled | Stage::Useless => None,
            })
    }

    /// Takes note that the message sent came out at its recipient.
    pub fn confirm_delivery(&mut self) {
        for test in &mut self.tests {
            if let State::Answered(answer) = &mut test.state
                && answer.driven == Some(Driven::Queued)
            {
                answer.driven = Some(Driven::Delivered);
            }
        }
    }

    /// Tells whether a message was taken whose delivery can be waited for.
    pub fn sent(&self) -> bool {
        let queued = |test: &Test| matches!(&test.state, State::Answered(a) if a.driven == Some(Driven::Queued));
        self.tests.iter().any(queued)
    }

    /// Gives all tests, in the order they were planned.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// Gives what was said in each session.
    pub fn transcripts(&self) -> &[Transcript] {
        &self.transcripts
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

    fn depth(&self) -> Depth {
        match (self.settings.depth, &self.message) {
            // Once is enough: what one message shows, a second does not show better.
            _ if self.driven => Depth::Envelope,
            (Driven::Rcpt, _) => Depth::Envelope,
            (Driven::Queued | Driven::Delivered, Some(message)) => {
                Depth::Message(Arc::clone(message))
            }
            (Driven::Data | Driven::Queued | Driven::Delivered, _) => Depth::Data,
        }
    }

    fn ask(&self, index: usize) -> Ask {
        let Test { form, filled, .. } = &self.tests[index];
        Ask {
            test: index,
            role: form.role(),
            prelude: filled.prelude.clone(),
            sender: filled.sender.clone(),
            recipients: filled.recipients.clone(),
            judged: filled.judged,
        }
    }

    fn select(&self, key: &Key, most: usize) -> Vec<usize> {
        let fits = |test: &Test| test.key == *key && test.state == State::Owed;
        let all = self.tests.iter().enumerate();
        all.filter(|(_, test)| fits(test))
            .map(|(index, _)| index)
            .take(most)
            .collect()
    }

    /// Gives what a test's answer means by itself.
    fn outcome(&self, test: &Test) -> Option<FormOutcome> {
        match &test.state {
            State::Answered(answer) => Some(answer.reading.outcome),
            State::Owed | State::GivenUp(_) => None,
        }
    }

    /// Gives what the first EHLO reply in the clear offered.
    pub fn offers_in_clear(&self) -> Option<&Extensions> {
        self.transcripts.iter().find_map(|t| t.clear.as_ref())
    }

    /// Takes a name of the target that was found elsewhere, such as in reverse DNS.
    pub fn learn(&mut self, source: Source, name: &[u8]) {
        self.names.learn(source, name);
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
