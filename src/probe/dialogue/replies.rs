//! Replies as they come: which command each belongs to, and where the session stands after it.
//!
//! In: bytes in the reader, commands on their way. Out: exchanges in the transcript and the next stand.
//!
//! Deliberately does not send: what is said next is decided in [`super::commands`].
//!
//! Limits: [`MAX_UNASKED`] replies that nobody asked for.
//!
//! References: RFC 5321 3.1, 3.8 (421), 4.1.1.1 (EHLO refused, HELO taken), RFC 3207 4.2, Postfix XCLIENT_README.

use super::{Awaited, Dialogue, Stand};
use crate::model::TlsState;
use crate::probe::script::Verb;
use crate::probe::transcript::{Ending, Phase};
use crate::smtp::{Extensions, Reply, Unusable};
use std::time::Duration;

/// Replies nobody asked for that one session puts up with. A doubled greeting happens; more than that,
/// and the next one may be taken for the answer to something it does not belong to.
pub(super) const MAX_UNASKED: u32 = 1;

impl Dialogue {
    pub(super) fn take_replies(&mut self, now: Duration) {
        while self.stand != Stand::BeginTls && self.stand != Stand::Left {
            match self.reader.next_reply() {
                None => return,
                Some(Ok(reply)) => self.take_reply(reply, now),
                Some(Err(unusable)) => {
                    let phase = self.phase();
                    self.forget_awaited(now);
                    self.give_up(match unusable {
                        Unusable::NotSmtp(first) => Ending::NotSmtp(phase, first),
                        Unusable::Endless(first) => Ending::Endless(phase, first),
                    });
                    return;
                }
            }
        }
        if self.stand == Stand::BeginTls {
            self.transcript.injected += self.reader.discard();
        }
    }

    pub(super) fn take_reply(&mut self, reply: Reply, now: Duration) {
        let late_greeting =
            |awaited: &Awaited| awaited.phase == Phase::Hello && reply.code() == 220;
        let awaited = match self.awaited.front() {
            // A second greeting that comes when EHLO is already on its way is not the answer to it.
            Some(awaited) if late_greeting(awaited) => None,
            _ => self.awaited.pop_front(),
        };
        let Some(awaited) = awaited else {
            // Said without being asked: kept as evidence, never taken for the answer to what is
            // sent next.
            let phase = self.phase();
            let shutdown = reply.code() == 421;
            let first = reply.lines()[0].raw().to_vec();
            self.unasked += 1;
            self.record(None, phase, Some(reply), now);
            if shutdown {
                self.end(Ending::Shutdown(phase));
            } else if self.unasked > MAX_UNASKED {
                self.transcript.out_of_step = true;
                self.give_up(Ending::OutOfStep(phase, first));
            }
            return;
        };
        let phase = awaited.phase;
        let part = awaited.part;
        self.record(Some(awaited), phase, Some(reply.clone()), now);
        if phase == Phase::Quit {
            // Whatever else it is, it was said to something before.
            self.goodbye = true;
            self.transcript.out_of_step |= !matches!(reply.code(), 221 | 421);
            self.stand = Stand::Left;
            return;
        }
        if reply.code() == 421 {
            self.forget_awaited(now);
            self.give_up(Ending::Shutdown(phase));
            return;
        }
        if (500..=504).contains(&reply.code()) && phase != Phase::Hello {
            self.syntax += 1;
        }
        if self.stand == Stand::Leave {
            return;
        }
        match phase {
            Phase::Greeting if reply.positive() => self.stand = Stand::Greet(self.script.verb),
            Phase::Greeting => self.end(Ending::Refused(phase)),
            Phase::Hello => self.greeted(&reply),
            Phase::StartTls if reply.code() == 220 => self.stand = Stand::BeginTls,
            Phase::StartTls => self.end(Ending::Refused(phase)),
            Phase::XClient => {
                self.xclient_done = true;
                if reply.positive() {
                    self.stand = Stand::Greet(Verb::Ehlo);
                } else {
                    // Without the trust there is nothing to ask: the refusal is the answer.
                    self.end(Ending::Finished);
                }
            }
            Phase::Reset => self.open = false,
            Phase::Mail | Phase::Rcpt | Phase::Data | Phase::Content => {
                self.answered(phase, part, &reply);
            }
            Phase::Quit => {}
        }
    }

    fn greeted(&mut self, reply: &Reply) {
        let verb = match self.stand {
            Stand::Greet(verb) => verb,
            _ => Verb::Ehlo,
        };
        if reply.positive() {
            let offers = match verb {
                Verb::Ehlo => Extensions::read(reply),
                // What a server says to HELO is a greeting, never a list of extensions.
                Verb::Helo => Extensions {
                    lines: Vec::new(),
                    ..Extensions::read(reply)
                },
            };
            if verb == Verb::Helo && self.script.verb == Verb::Ehlo {
                self.transcript.helo_only = true;
            }
            if self.encrypted {
                self.transcript.encrypted = Some(offers);
                self.greeted_in_tls = true;
            } else {
                self.transcript.clear.get_or_insert(offers);
            }
            self.stand = if self.script.tls == TlsState::StartTls && !self.encrypted {
                Stand::AskTls
            } else if self.script.xclient.is_some() && !self.xclient_done {
                Stand::AskXClient
            } else {
                Stand::Envelopes
            };
        } else if verb == Verb::Ehlo && reply.class() == 5 {
            self.stand = Stand::Greet(Verb::Helo);
        } else {
            self.end(Ending::Refused(Phase::Hello));
        }
    }
}
