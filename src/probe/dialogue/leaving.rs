//! How a session ends: with a goodbye, without one, or dead; and what is put on record either way.
//!
//! In: an [`Ending`], which says why. Out: the last stand, and an exchange for every command that stayed
//! unanswered.
//!
//! References: RFC 5321 4.1.1.10 (QUIT).

use super::{Awaited, Dialogue, Stand};
use crate::probe::transcript::{Ending, Exchange, Part, Phase};
use crate::smtp::{Command, Reply};
use std::time::Duration;

impl Dialogue {
    pub(super) fn phase(&self) -> Phase {
        if let Some(awaited) = self.awaited.front() {
            return awaited.phase;
        }
        match self.stand {
            Stand::Greeted => Phase::Greeting,
            Stand::Greet(_) => Phase::Hello,
            Stand::AskTls | Stand::BeginTls => Phase::StartTls,
            Stand::AskXClient => Phase::XClient,
            Stand::Envelopes => Phase::Mail,
            Stand::Leave | Stand::Left => Phase::Quit,
        }
    }

    /// Ends the asking and says goodbye.
    pub(super) fn end(&mut self, ending: Ending) {
        let dead = matches!(ending, Ending::Closed(_) | Ending::TlsFailed(..));
        self.transcript.ending = ending;
        self.stand = if dead { Stand::Left } else { Stand::Leave };
    }

    /// Ends a session in which replies can no longer be matched to commands: QUIT is sent, its
    /// answer not waited for.
    pub(super) fn give_up(&mut self, ending: Ending) {
        // Before a greeting there is nobody to take leave of.
        let silent = self.stand == Stand::Greeted && !matches!(ending, Ending::Shutdown(_));
        let deaf = matches!(ending, Ending::NotSmtp(..)) || self.stand == Stand::BeginTls;
        self.transcript.ending = ending;
        self.outgoing.clear();
        if !silent && !deaf {
            self.outgoing = Command::Quit.bytes();
        }
        self.stand = Stand::Left;
    }

    pub(super) fn forget_awaited(&mut self, now: Duration) {
        let unanswered: Vec<Awaited> = self.awaited.drain(..).collect();
        for awaited in unanswered {
            let phase = awaited.phase;
            self.record(Some(awaited), phase, None, now);
        }
    }

    pub(super) fn record(
        &mut self,
        awaited: Option<Awaited>,
        phase: Phase,
        reply: Option<Reply>,
        now: Duration,
    ) {
        let (part, test, sent, sent_at) = match awaited {
            Some(a) => (a.part, a.test, a.sent, a.sent_at),
            None => (Part::Session, None, Vec::new(), now),
        };
        self.transcript.exchanges.push(Exchange {
            phase,
            part,
            test,
            sent,
            sent_at,
            reply,
            replied_at: now,
            encrypted: self.encrypted,
        });
    }
}
