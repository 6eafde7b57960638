//! The middle of a session: one transaction after the other, until the asks or the budget run out.

use super::{Dialogue, Progress, Stand};
use crate::model::Role;
use crate::probe::script::{Ask, Depth};
use crate::probe::transcript::{Ending, Part, Phase};
use crate::smtp::{Command, Reply};
use std::sync::Arc;
use std::time::Duration;

/// Messages one session sends at most: one that is refused may be followed by one of another form.
const MAX_MESSAGES: u32 = 2;

impl Dialogue {
    pub(super) fn answered(&mut self, phase: Phase, part: Part, reply: &Reply) {
        let taken = reply.positive();
        match phase {
            Phase::Mail => self.open |= taken,
            Phase::Rcpt if part == Part::Judged => self.judged_taken = taken,
            Phase::Content => {
                // The transaction is over, whatever the answer.
                self.open = false;
                if taken {
                    // What one message shows, a second does not show better.
                    self.script.depth = Depth::Envelope;
                }
            }
            _ => {}
        }
        if matches!(phase, Phase::Mail | Phase::Rcpt) && !taken {
            self.refusals += 1;
        }
        if phase == Phase::Mail && !taken && self.awaited.is_empty() {
            self.progress = match self.progress {
                Progress::Mail => Progress::Over,
                other => other,
            };
        }
        if phase == Phase::Data && reply.code() != 354 {
            self.progress = Progress::Over;
        }
        let accepted_probe = part == Part::Judged
            && taken
            && self
                .current
                .as_ref()
                .is_some_and(|ask| ask.role == Role::Probe);
        self.extend |= accepted_probe;
        if phase == Phase::Data && reply.code() == 354 && self.script.depth == Depth::Data {
            // Anything said now would be taken for a message.
            self.transcript.ending = Ending::DroppedAfterData;
            self.stand = Stand::Left;
        }
    }

    pub(super) fn advance_envelope(&mut self, now: Duration) {
        let Some(ask) = self.current.clone() else {
            self.begin_next(now);
            return;
        };
        let pipelining = self.pipelining();
        let test = Some(ask.test);
        match self.progress {
            Progress::Fresh => match &ask.prelude {
                Some((sender, _)) => {
                    let command = Command::Mail(sender);
                    self.send(Phase::Mail, Part::Prelude, test, &command, now);
                    self.progress = Progress::PreludeMail;
                }
                None => {
                    let command = Command::Mail(&ask.sender);
                    self.send(Phase::Mail, Part::Transaction, test, &command, now);
                    self.progress = Progress::Mail;
                    if pipelining {
                        for index in 0..ask.recipients.len() {
                            self.send_rcpt(&ask, index, now);
                        }
                    }
                }
            },
            Progress::PreludeMail => {
                if self.open
                    && let Some((_, recipient)) = &ask.prelude
                {
                    let command = Command::Rcpt(recipient);
                    self.send(Phase::Rcpt, Part::Prelude, test, &command, now);
                }
                self.progress = Progress::PreludeRcpt;
            }
            Progress::PreludeRcpt => {
                // The same ask again, now without its prelude.
                self.reset_if_open(now);
                if let Some(current) = &mut self.current {
                    Arc::make_mut(current).prelude = None;
                }
                self.progress = Progress::Fresh;
            }
            Progress::Mail => self.send_rcpt(&ask, 0, now),
            Progress::Rcpt(index) if index + 1 < ask.recipients.len() => {
                self.send_rcpt(&ask, index + 1, now);
            }
            Progress::Rcpt(_) => {
                let drive = self.judged_taken
                    && self.open
                    && ask.role == Role::Probe
                    && self.driven < MAX_MESSAGES
                    && self.script.depth != Depth::Envelope;
                if drive {
                    self.driven += 1;
                    self.send(Phase::Data, Part::Transaction, test, &Command::Data, now);
                    self.progress = Progress::Data;
                } else {
                    self.progress = Progress::Over;
                }
            }
            Progress::Data => {
                let Depth::Message(message) = &self.script.depth else {
                    self.progress = Progress::Over;
                    return;
                };
                let message = Arc::clone(message);
                let command = Command::Message(&message);
                self.send(Phase::Content, Part::Transaction, test, &command, now);
                self.progress = Progress::Content;
            }
            Progress::Content | Progress::Over => {
                self.current = None;
            }
        }
    }

    fn begin_next(&mut self, now: Duration) {
        if self.queue.is_empty() {
            self.end(Ending::Finished);
            return;
        }
        let budget = self.script.budget;
        if self.refusals >= budget.refusals
            || self.syntax >= budget.syntax
            || (self.open && self.resets >= budget.resets)
        {
            self.end(Ending::BudgetSpent);
            return;
        }
        self.reset_if_open(now);
        if !self.awaited.is_empty() && !self.pipelining() {
            return;
        }
        self.current = self.queue.pop_front();
        self.progress = Progress::Fresh;
        self.judged_taken = false;
        // Where pipelining is offered the RSET before goes out together with what follows.
        self.advance_envelope(now);
    }

    fn reset_if_open(&mut self, now: Duration) {
        if self.open {
            self.resets += 1;
            self.open = false;
            self.send(Phase::Reset, Part::Session, None, &Command::Rset, now);
        }
    }

    fn send_rcpt(&mut self, ask: &Ask, index: usize, now: Duration) {
        let part = if index == ask.judged {
            Part::Judged
        } else {
            Part::Transaction
        };
        let command = Command::Rcpt(&ask.recipients[index]);
        self.send(Phase::Rcpt, part, Some(ask.test), &command, now);
        self.progress = Progress::Rcpt(index);
    }
}
