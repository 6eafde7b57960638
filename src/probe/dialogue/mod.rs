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

mod envelopes;

use super::script::{Ask, Script, Verb};
use super::transcript::{Ending, Exchange, Part, Phase, TlsTrouble, Transcript};
use crate::model::{TlsFacts, TlsState};
use crate::smtp::{Command, Extensions, Reply, ReplyReader, Unusable};
use std::collections::VecDeque;
use std::net::IpAddr;
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

/// One session.
#[derive(Debug)]
pub struct Dialogue {
    script: Script,
    local: IpAddr,
    reader: ReplyReader,
    outgoing: Vec<u8>,
    awaited: VecDeque<Awaited>,
    stand: Stand,
    queue: VecDeque<Ask>,
    current: Option<Ask>,
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

/// Replies nobody asked for that one session puts up with. A doubled greeting happens; more than that,
/// and the next one may be taken for the answer to something it does not belong to.
const MAX_UNASKED: u32 = 1;

impl Dialogue {
    /// Begins a session over a connection whose own end is `local`. With implicit TLS the caller
    /// hands over a connection whose handshake is done and says so with [`Input::TlsUp`] first.
    pub fn new(script: Script, local: IpAddr) -> Self {
        let mut dialogue = Self {
            transcript: Transcript {
                session: script.session,
                begun: Duration::ZERO,
                exchanges: Vec::new(),
                clear: None,
                encrypted: None,
                helo_only: false,
                tls: None,
                injected: 0,
                out_of_step: false,
                ending: Ending::Finished,
            },
            queue: script.asks.iter().cloned().collect(),
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
                    self.queue.push_front(ask);
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

    /// Shows what the session was told to do.
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

    fn take_replies(&mut self, now: Duration) {
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

    fn take_reply(&mut self, reply: Reply, now: Duration) {
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

    /// Decides what to send next; nothing is awaited here.
    fn advance(&mut self, now: Duration) {
        match self.stand {
            Stand::Greeted => self.end(Ending::Closed(Phase::Greeting)),
            Stand::Greet(verb) => {
                let name = match &self.script.hello {
                    Some(name) => name.clone(),
                    None => literal(self.local),
                };
                let command = match verb {
                    Verb::Ehlo => Command::Ehlo(name),
                    Verb::Helo => Command::Helo(name),
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
                let command = Command::XClient(attributes);
                self.send(Phase::XClient, Part::Session, None, &command, now);
            }
            Stand::Envelopes => self.advance_envelope(now),
            Stand::Leave => {
                self.send(Phase::Quit, Part::Session, None, &Command::Quit, now);
            }
            Stand::BeginTls | Stand::Left => {}
        }
    }

    fn send(
        &mut self,
        phase: Phase,
        part: Part,
        test: Option<usize>,
        command: &Command,
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

    fn pipelining(&self) -> bool {
        let offers = if self.encrypted {
            self.transcript.encrypted.as_ref()
        } else {
            self.transcript.clear.as_ref()
        };
        offers.is_some_and(|offers| offers.offers("PIPELINING"))
    }

    fn phase(&self) -> Phase {
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
    fn end(&mut self, ending: Ending) {
        let dead = matches!(ending, Ending::Closed(_) | Ending::TlsFailed(..));
        self.transcript.ending = ending;
        self.stand = if dead { Stand::Left } else { Stand::Leave };
    }

    /// Ends a session in which replies can no longer be matched to commands: QUIT is sent, its
    /// answer not waited for.
    fn give_up(&mut self, ending: Ending) {
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

    fn forget_awaited(&mut self, now: Duration) {
        let unanswered: Vec<Awaited> = self.awaited.drain(..).collect();
        for awaited in unanswered {
            let phase = awaited.phase;
            self.record(Some(awaited), phase, None, now);
        }
    }

    fn record(
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

/// Writes an address as an EHLO argument (RFC 5321 4.1.3).
fn literal(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Budget, Depth, Waits};
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
