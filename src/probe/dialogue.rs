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

use super::script::{Ask, Depth, Script, Verb};
use super::transcript::{Ending, Exchange, Part, Phase, TlsTrouble, Transcript};
use crate::model::{Role, TlsFacts, TlsState};
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
    driven: u32,
    refusals: u32,
    syntax: u32,
    resets: u32,
    transcript: Transcript,
}

/// Messages one session sends at most: one that is refused may be followed by one of another form.
const MAX_MESSAGES: u32 = 2;

impl Dialogue {
    /// Begins a session over a connection whose own end is `local`. With implicit TLS the caller
    /// hands over a connection whose handshake is done and says so with [`Input::TlsUp`] first.
    pub fn new(script: Script, local: IpAddr) -> Self {
        let mut dialogue = Self {
            transcript: Transcript {
                session: script.session,
                exchanges: Vec::new(),
                clear: None,
                encrypted: None,
                helo_only: false,
                tls: None,
                injected: 0,
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
            self.advance(now);
        }
    }

    /// Gives up what was said; meant to be called after [`Action::Close`].
    pub fn into_transcript(self) -> Transcript {
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
        let Some(awaited) = self.awaited.pop_front() else {
            // Said without being asked: kept as evidence, never taken for the answer to what is
            // sent next.
            let phase = self.phase();
            let shutdown = reply.code() == 421;
            self.record(None, phase, Some(reply), now);
            if shutdown {
                self.end(Ending::Shutdown(phase));
            }
            return;
        };
        let phase = awaited.phase;
        let part = awaited.part;
        self.record(Some(awaited), phase, Some(reply.clone()), now);
        if phase == Phase::Quit {
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

    fn answered(&mut self, phase: Phase, part: Part, reply: &Reply) {
        let taken = reply.positive();
        match phase {
            Phase::Mail => self.open |= taken,
            Phase::Rcpt if part == Part::Judged => self.judged_taken = taken,
            Phase::Content => {
                // The transaction is over, whatever the answer.
                self.open = false;
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
        if accepted_probe {
            // The controls come next, before the rest of the list can use up the budget.
            for control in std::mem::take(&mut self.script.controls).into_iter().rev() {
                self.queue.push_front(control);
            }
        }
        if phase == Phase::Data && reply.code() == 354 && self.script.depth == Depth::Data {
            // Anything said now would be taken for a message.
            self.transcript.ending = Ending::DroppedAfterData;
            self.stand = Stand::Left;
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

    fn advance_envelope(&mut self, now: Duration) {
        let Some(ask) = self.current.clone() else {
            self.begin_next(now);
            return;
        };
        let pipelining = self.pipelining();
        let test = Some(ask.test);
        match self.progress {
            Progress::Fresh => match &ask.prelude {
                Some((sender, _)) => {
                    let command = Command::Mail(sender.clone());
                    self.send(Phase::Mail, Part::Prelude, test, &command, now);
                    self.progress = Progress::PreludeMail;
                }
                None => {
                    let command = Command::Mail(ask.sender.clone());
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
                    let command = Command::Rcpt(recipient.clone());
                    self.send(Phase::Rcpt, Part::Prelude, test, &command, now);
                }
                self.progress = Progress::PreludeRcpt;
            }
            Progress::PreludeRcpt => {
                // The same ask again, now without its prelude.
                self.reset_if_open(now);
                if let Some(current) = &mut self.current {
                    current.prelude = None;
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
                let command = Command::Message(message.to_vec());
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
        let command = Command::Rcpt(ask.recipients[index].clone());
        self.send(Phase::Rcpt, part, Some(ask.test), &command, now);
        self.progress = Progress::Rcpt(index);
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
