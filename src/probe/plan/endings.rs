//! What the ending of a session means for the next: go on, go another way, pause, or stop for good.
//!
//! In: the ending and how much was answered. Out: the plan's next way, or an [`Over`] that says why there is
//! none.

use super::Plan;
use super::answer::{Answer, Reading};
use super::test::State;
use crate::model::{FormOutcome, TlsStack, TlsState};
use crate::probe::judge::Stage;
use crate::probe::script::Verb;
use crate::probe::transcript::{Ending, Phase, TlsTrouble, Transcript};
use std::time::Duration;

/// How often a form is asked during which the server hangs up.
pub(super) const ATTEMPTS: u8 = 2;

/// Sessions in a row without an answer after which the plan ends.
const STRIKES: u32 = 2;

/// Forms at the start that all have to meet a block of the client for the rest to be spared.
const BLOCKED_SAMPLE: usize = 4;

/// The pause after a session without an answer, per such session.
const REST: Duration = Duration::from_secs(2);

/// The pause after the server hung up on us.
const BREATH: Duration = Duration::from_millis(200);

/// Why a plan ends before everything was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// No connection could be made at all.
    NoConnection,
    /// The time for the target was up.
    OutOfTime,
    /// What came was no SMTP, or could not be matched to what was asked.
    Unreadable,
    /// The first word was a refusal, silence or the end of the connection.
    TurnedAway,
    /// Sessions in a row brought no answer.
    NoAnswers,
    /// The client itself is refused, whatever it asks.
    Blocked,
    /// There is nothing to ask without TLS.
    NoTls,
}

impl Over {
    /// Says why a form was not asked.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::NoConnection => "no connection could be made",
            Self::OutOfTime => "the time for the target was up before it could be asked",
            Self::Unreadable => "what the server said could no longer be read as answers",
            Self::TurnedAway => "at its first word the server refused, fell silent or hung up",
            Self::NoAnswers => "the server stopped answering before it could be asked",
            Self::Blocked => "the server refused the client itself whatever was asked",
            Self::NoTls => "TLS could not be used",
        }
    }
}

impl Plan {
    /// Ends the plan. The first reason is the one that counts.
    pub(super) fn end(&mut self, why: Over) {
        self.over.get_or_insert(why);
    }

    pub(super) fn draw_conclusions(&mut self, ending: &Ending, answers: usize) {
        match ending {
            Ending::Closed(Phase::Hello) if self.verb == Verb::Ehlo && self.never_greeted() => {
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
            Ending::OutOfTime(_) => self.end(Over::OutOfTime),
            // Nothing depends on how a server says goodbye.
            Ending::NotSmtp(phase, _) | Ending::Endless(phase, _) | Ending::OutOfStep(phase, _)
                if *phase != Phase::Quit =>
            {
                self.end(Over::Unreadable);
            }
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
            self.end(Over::TurnedAway);
        }
        if answers == 0 {
            self.strike();
        } else {
            self.strikes = 0;
        }
        self.spare_a_blocker();
    }

    /// Tells whether no EHLO or HELO has been answered yet.
    fn never_greeted(&self) -> bool {
        let greeted = |t: &Transcript| t.clear.is_some() || t.encrypted.is_some();
        !self.transcripts.iter().any(greeted)
    }

    pub(super) fn strike(&mut self) {
        self.strikes += 1;
        self.pause = REST * self.strikes;
        if self.strikes >= STRIKES {
            self.end(Over::NoAnswers);
        }
    }

    /// Ends the plan where the server turns the client itself away: more forms would only be more
    /// refusals of the same kind.
    fn spare_a_blocker(&mut self) {
        let outcomes: Vec<_> = self.tests.iter().filter_map(|t| self.outcome(t)).collect();
        if outcomes.len() >= BLOCKED_SAMPLE && outcomes.iter().all(|o| *o == FormOutcome::Blocked) {
            self.end(Over::Blocked);
        }
    }

    pub(super) fn give_up_on(&mut self, test: usize, transcript: &Transcript, index: usize) {
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
                reading: Reading::at(stage, &reply, transcript.auth_offered()),
                reply,
                driven: None,
            }),
            _ => State::GivenUp("the server hung up or fell silent each time it was asked"),
        };
    }

    fn give_up_on_tls(&mut self) {
        for test in &mut self.tests {
            if test.key.tls == TlsState::StartTls && matches!(test.state, State::Owed) {
                test.state = State::GivenUp("STARTTLS could not be used");
            }
        }
        if self.base != TlsState::None {
            self.end(Over::NoTls);
        }
    }
}
