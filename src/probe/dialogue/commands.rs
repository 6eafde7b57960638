//! The commands that open and close a session: greeting, STARTTLS, XCLIENT, QUIT.
//!
//! In: where the session stands. Out: the next command, on its way. Transactions are [`super::envelopes`]'s.
//!
//! References: RFC 5321 4.1.1.1 and 4.1.3 (EHLO and its literals), RFC 2920 3.1, RFC 3207 4.

use super::{Awaited, Dialogue, Stand};
use crate::probe::script::Verb;
use crate::probe::transcript::{Ending, Part, Phase};
use crate::smtp::Command;
use std::net::IpAddr;
use std::time::Duration;

impl Dialogue {
    /// Decides what to send next; nothing is awaited here.
    pub(super) fn advance(&mut self, now: Duration) {
        match self.stand {
            Stand::Greeted => self.end(Ending::Closed(Phase::Greeting)),
            Stand::Greet(verb) => {
                let name = match &self.script.hello {
                    Some(name) => name.clone(),
                    None => literal(self.local),
                };
                let command = match verb {
                    Verb::Ehlo => Command::Ehlo(&name),
                    Verb::Helo => Command::Helo(&name),
                };
                self.send(Phase::Hello, Part::Session, None, &command, now);
            }
            Stand::AskTls => {
                if self
                    .transcript
                    .clear
                    .as_ref()
                    .is_some_and(|offers| offers.offers("STARTTLS"))
                {
                    self.send(
                        Phase::StartTls,
                        Part::Session,
                        None,
                        &Command::StartTls,
                        now,
                    );
                } else {
                    self.end(Ending::NotOffered);
                }
            }
            Stand::AskXClient => {
                let attributes = self.script.xclient.clone().unwrap_or_default();
                let command = Command::XClient(&attributes);
                self.send(Phase::XClient, Part::Session, None, &command, now);
            }
            Stand::Envelopes => self.advance_envelope(now),
            Stand::Leave => {
                self.send(Phase::Quit, Part::Session, None, &Command::Quit, now);
            }
            Stand::BeginTls | Stand::Left => {}
        }
    }

    pub(super) fn send(
        &mut self,
        phase: Phase,
        part: Part,
        test: Option<usize>,
        command: &Command<'_>,
        now: Duration,
    ) {
        let sent = command.bytes();
        self.outgoing.extend_from_slice(&sent);
        self.awaited.push_back(Awaited {
            phase,
            part,
            test,
            sent,
            sent_at: now,
        });
    }

    pub(super) fn pipelining(&self) -> bool {
        let offers = if self.encrypted {
            self.transcript.encrypted.as_ref()
        } else {
            self.transcript.clear.as_ref()
        };
        offers.is_some_and(|offers| offers.offers("PIPELINING"))
    }
}

/// Writes an address as an EHLO argument (RFC 5321 4.1.3).
fn literal(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    }
}
