//! One SMTP session as a state machine: no socket, no clock, no randomness.
//!
//! In: a [`Script`], then [`Input`] with the time since the session began. Out: [`Action`], and at
//! the end a [`Transcript`]. The caller's loop is: [`Dialogue::poll`], do what it says, tell
//! [`Dialogue::handle`] what came of it, until [`Action::Close`].
//!
//! Guarantees: no command before the greeting; commands are sent together only where PIPELINING is
//! offered, and never behind STARTTLS, EHLO or DATA; no form is asked once the server's patience as
//! given by the budget is spent; a reply is waited for from the moment its command was sent, however
//! slowly it drips; QUIT is sent at every ending the connection survives.
//!
//! Deliberately does not judge replies beyond their class, nor decide what to ask next session.
//!
//! References: RFC 5321 3.1 to 3.3 and 4.1.4 (order of commands), RFC 2920 3.1 (which commands may
//! be grouped), RFC 3207 4 (STARTTLS), Postfix XCLIENT_README.

mod commands;
mod envelopes;
mod leaving;
mod replies;

use super::script::{Ask, Script, Verb};
use super::transcript::{Ending, Part, Phase, TlsTrouble, Transcript};
use crate::model::{TlsFacts, TlsState};
use crate::smtp::ReplyReader;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What happened on the connection.
#[derive(Debug)]
pub enum Input<'a> {
    /// Bytes came.
    Bytes(&'a [u8]),
    /// The handshake succeeded.
    TlsUp(TlsFacts),
    /// The handshake failed; the connection is of no further use.
    TlsFailed(TlsTrouble, String),
    /// The server closed or reset the connection.
    Closed,
    /// The time of the last [`Action::Read`] passed.
    DeadlinePassed,
    /// The time for the whole target passed.
    OutOfTime,
    /// What to ask next, in answer to [`Action::Extend`]: perhaps nothing.
    Asks(Vec<Ask>),
}

/// What the caller is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Write these bytes.
    Write(Vec<u8>),
    /// Read until something comes or the time since the session began reaches this.
    Read {
        /// The time.
        until: Duration,
    },
    /// Begin the TLS handshake.
    StartTls,
    /// A probe was accepted: look at [`Dialogue::so_far`] and say with [`Input::Asks`] what is to be
    /// asked before the rest of the script.
    Extend,
    /// Close the connection: the session is over.
    Close,
}

/// A command on its way whose reply is to come.
#[derive(Debug)]
struct Awaited {
    phase: Phase,
    part: Part,
    test: Option<usize>,
    sent: Vec<u8>,
    sent_at: Duration,
}

/// Where the session stands when nothing is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Greeted,
    Greet(Verb),
    BeginTls,
    AskTls,
    AskXClient,
    Envelopes,
    Leave,
    Left,
}

/// How far the transaction at hand has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Fresh,
    PreludeMail,
    PreludeRcpt,
    Mail,
    Rcpt(usize),
    Data,
    Content,
    Over,
}

/// Replies that a session has besides those to its envelopes: to the connection, to EHLO, to QUIT.
const SESSION: usize = 3;

/// Replies that an envelope has: to MAIL, RCPT, and RSET where another follows.
const ENVELOPE: usize = 3;

/// One session.
#[derive(Debug)]
pub struct Dialogue {
    script: Script,
    local: IpAddr,
    reader: ReplyReader,
    outgoing: Vec<u8>,
    awaited: VecDeque<Awaited>,
    stand: Stand,
    queue: VecDeque<Arc<Ask>>,
    current: Option<Arc<Ask>>,
    progress: Progress,
    /// Whether the server holds an open transaction of ours.
    open: bool,
    judged_taken: bool,
    encrypted: bool,
    greeted_in_tls: bool,
    xclient_done: bool,
    extend: bool,
    unasked: u32,
    goodbye: bool,
    driven: u32,
    refusals: u32,
    syntax: u32,
    resets: u32,
    transcript: Transcript,
}

impl Dialogue {
    /// Begins a session over a connection whose own end is `local`. With implicit TLS the caller
    /// hands over a connection whose handshake is done and says so with [`Input::TlsUp`] first.
    pub fn new(mut script: Script, local: IpAddr) -> Self {
        let mut dialogue = Self {
            transcript: Transcript {
                session: script.session,
                begun: Duration::ZERO,
                exchanges: Vec::with_capacity(SESSION + ENVELOPE * script.asks.len()),
                clear: None,
                encrypted: None,
                helo_only: false,
                tls: None,
                injected: 0,
                out_of_step: false,
                ending: Ending::Finished,
            },
            queue: script.asks.drain(..).map(Arc::new).collect(),
            script,
            local,
            reader: ReplyReader::new(),
            outgoing: Vec::new(),
            awaited: VecDeque::new(),
            stand: Stand::Greeted,
            current: None,
            progress: Progress::Over,
            open: false,
            judged_taken: false,
            encrypted: false,
            greeted_in_tls: false,
            xclient_done: false,
            extend: false,
            unasked: 0,
            goodbye: false,
            driven: 0,
            refusals: 0,
            syntax: 0,
            resets: 0,
        };
        dialogue.awaited.push_back(Awaited {
            phase: Phase::Greeting,
            part: Part::Session,
            test: None,
            sent: Vec::new(),
            sent_at: Duration::ZERO,
        });
        dialogue
    }

    /// Takes what happened at `now`, the time since the session began.
    pub fn handle(&mut self, input: Input<'_>, now: Duration) {
        match input {
            Input::Bytes(bytes) => {
                self.reader.push(bytes);
                self.take_replies(now);
            }
            Input::TlsUp(facts) => {
                self.transcript.tls = Some(facts);
                self.encrypted = true;
                if self.script.tls == TlsState::StartTls {
                    self.stand = Stand::Greet(Verb::Ehlo);
                }
            }
            Input::Asks(asks) => {
                self.extend = false;
                for ask in asks.into_iter().rev() {
                    self.queue.push_front(Arc::new(ask));
                }
            }
            Input::TlsFailed(trouble, why) => self.end(Ending::TlsFailed(trouble, why)),
            Input::Closed => {
                if let Some(Ok(reply)) = self.reader.finish() {
                    self.take_reply(reply, now);
                }
                if self.stand == Stand::Leave || self.stand == Stand::Left {
                    self.stand = Stand::Left;
                    self.forget_awaited(now);
                } else {
                    let phase = self.phase();
                    self.forget_awaited(now);
                    self.end(Ending::Closed(phase));
                }
            }
            Input::DeadlinePassed => {
                let phase = self.phase();
                self.forget_awaited(now);
                if phase == Phase::Quit {
                    self.stand = Stand::Left;
                } else {
                    self.give_up(Ending::TimedOut(phase));
                }
            }
            Input::OutOfTime => {
                let phase = self.phase();
                self.forget_awaited(now);
                self.give_up(Ending::OutOfTime(phase));
            }
        }
    }

    /// Says what to do at `now`.
    pub fn poll(&mut self, now: Duration) -> Action {
        loop {
            if !self.outgoing.is_empty() {
                return Action::Write(std::mem::take(&mut self.outgoing));
            }
            if self.stand == Stand::Left {
                return Action::Close;
            }
            if self.stand == Stand::BeginTls {
                return Action::StartTls;
            }
            if let Some(next) = self.awaited.front() {
                let wait = match next.phase {
                    Phase::Content => self.script.waits.content,
                    Phase::Quit => self.script.waits.quit,
                    _ => self.script.waits.reply,
                };
                return Action::Read {
                    until: next.sent_at + wait,
                };
            }
            if self.extend && self.stand == Stand::Envelopes {
                return Action::Extend;
            }
            self.advance(now);
        }
    }

    /// Shows what the session was told to do; what it is to ask has become its own.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Shows what was said up to now.
    pub fn so_far(&self) -> &Transcript {
        &self.transcript
    }

    /// Gives up what was said; meant to be called after [`Action::Close`].
    pub fn into_transcript(mut self) -> Transcript {
        // Something was said unasked, and no answer to QUIT shows that all the others fit.
        self.transcript.out_of_step |= self.unasked > 0 && !self.goodbye;
        self.transcript
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Budget, Depth, Waits};
    use super::replies::MAX_UNASKED;
    use super::*;
    use crate::model::TlsStack;

    fn dialogue() -> Dialogue {
        let script = Script {
            session: 1,
            tls: TlsState::None,
            stack: TlsStack::Rustls,
            verb: Verb::Ehlo,
            hello: None,
            xclient: None,
            asks: Vec::new(),
            depth: Depth::Envelope,
            budget: Budget::default(),
            waits: Waits::of_reply(Duration::from_secs(60)),
            pause: Duration::ZERO,
        };
        Dialogue::new(script, "2001:db8::7".parse().expect("an address"))
    }

    #[test]
    fn puts_up_with_a_few_unasked_replies_only() {
        for (count, ending) in [(0, false), (1, false), (2, true), (40_000, true)] {
            let mut dialogue = dialogue();
            let flood = b"220 hi\r\n".repeat(1 + count);
            dialogue.handle(Input::Bytes(&flood), Duration::ZERO);
            let out_of_step = matches!(dialogue.so_far().ending, Ending::OutOfStep(..));
            assert_eq!(out_of_step, ending, "{count}");
            assert_eq!(dialogue.so_far().out_of_step, ending, "{count}");
            assert!(dialogue.so_far().exchanges.len() <= 2 + MAX_UNASKED as usize);
        }
    }

    #[test]
    fn says_nothing_before_the_greeting_and_waits_from_the_moment_of_asking() {
        let mut dialogue = dialogue();
        let until = Duration::from_secs(60);
        assert_eq!(dialogue.poll(Duration::ZERO), Action::Read { until });
        // A drip does not extend the wait.
        dialogue.handle(Input::Bytes(b"220"), Duration::from_secs(50));
        assert_eq!(
            dialogue.poll(Duration::from_secs(50)),
            Action::Read { until }
        );
        dialogue.handle(Input::Bytes(b" hi\r\n"), Duration::from_secs(55));
        let hello = b"EHLO [IPv6:2001:db8::7]\r\n".to_vec();
        assert_eq!(dialogue.poll(Duration::from_secs(55)), Action::Write(hello));
        let until = Duration::from_secs(115);
        assert_eq!(
            dialogue.poll(Duration::from_secs(56)),
            Action::Read { until }
        );
    }
}
