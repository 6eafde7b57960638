//! What was said in one session, and how it ended.

use crate::model::{Direction, TlsFacts, Untrusted, WireLine};
use crate::smtp::{Extensions, Reply};
use std::time::Duration;

/// The part of a session a command belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting for the banner.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS and its handshake.
    StartTls,
    /// XCLIENT.
    XClient,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The message and its final dot.
    Content,
    /// RSET.
    Reset,
    /// QUIT.
    Quit,
}

impl Phase {
    /// Names the phase for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Greeting => "before its greeting",
            Self::Hello => "at EHLO/HELO",
            Self::StartTls => "at STARTTLS",
            Self::XClient => "at XCLIENT",
            Self::Mail => "at MAIL",
            Self::Rcpt => "at RCPT",
            Self::Data => "at DATA",
            Self::Content => "at the end of the message",
            Self::Reset => "at RSET",
            Self::Quit => "at QUIT",
        }
    }
}

/// What an exchange was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Opening, closing, resetting.
    Session,
    /// The transaction that is begun and reset before the one that is judged.
    Prelude,
    /// The transaction that is judged: MAIL, DATA, the message, and recipients that are not.
    Transaction,
    /// The recipient that is judged.
    Judged,
}

/// One command and its reply, or a reply nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The phase.
    pub phase: Phase,
    /// What it was for.
    pub part: Part,
    /// The plan's number of the test it belongs to.
    pub test: Option<usize>,
    /// The bytes sent; empty for the greeting and for unasked replies.
    pub sent: Vec<u8>,
    /// When they were sent, since the session began.
    pub sent_at: Duration,
    /// The reply; absent if none came.
    pub reply: Option<Reply>,
    /// When it was complete.
    pub replied_at: Duration,
    /// Whether it was said inside TLS.
    pub encrypted: bool,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything was asked.
    Finished,
    /// The budget was spent; something may be left to ask.
    BudgetSpent,
    /// 354 was given and the connection dropped, on purpose.
    DroppedAfterData,
    /// Greeting, EHLO/HELO or STARTTLS was refused; the reply is the last exchange of that phase.
    Refused(Phase),
    /// The server said 421.
    Shutdown(Phase),
    /// The server closed the connection.
    Closed(Phase),
    /// No reply in time.
    TimedOut(Phase),
    /// Not SMTP: the first bytes.
    NotSmtp(Phase, Vec<u8>),
    /// A reply that never ends: its first bytes.
    Endless(Phase, Vec<u8>),
    /// Replies without questions: the first bytes of the last one.
    OutOfStep(Phase, Vec<u8>),
    /// STARTTLS was wanted and not offered.
    NotOffered,
    /// The handshake failed.
    TlsFailed(TlsTrouble, String),
    /// The time for the target was up.
    OutOfTime(Phase),
}

/// Kinds of handshake failure that call for different next steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsTrouble {
    /// The server offers nothing this stack speaks: an older stack may get through.
    TooOld,
    /// Anything else.
    Other,
}

/// What was said in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Number of the session for this target, from one.
    pub session: u32,
    /// When it began on the target's clock; the exchanges count from there.
    pub begun: Duration,
    /// Everything said, in order.
    pub exchanges: Vec<Exchange>,
    /// What the first EHLO reply offered.
    pub clear: Option<Extensions>,
    /// What the EHLO reply inside TLS offered.
    pub encrypted: Option<Extensions>,
    /// Whether EHLO was refused and HELO taken.
    pub helo_only: bool,
    /// What the handshake showed.
    pub tls: Option<TlsFacts>,
    /// Bytes the server sent behind its answer to STARTTLS, before the handshake.
    pub injected: usize,
    /// Whether the server said more than it was asked, so that answers may belong to other questions:
    /// two replies without a question, or something else than 221 to QUIT.
    pub out_of_step: bool,
    /// How it ended.
    pub ending: Ending,
}

impl Transcript {
    /// Gives the greeting.
    pub fn greeting(&self) -> Option<&Reply> {
        self.exchanges
            .iter()
            .find(|e| e.phase == Phase::Greeting)
            .and_then(|e| e.reply.as_ref())
    }

    /// Gives the exchanges of one test, in order.
    pub fn of_test(&self, test: usize) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(move |e| e.test == Some(test))
    }

    /// Tells whether AUTH was offered on the channel used last. `None` if that is not known: EHLO was
    /// never answered, or AUTH may be offered behind STARTTLS, where this session did not go.
    pub fn auth_offered(&self) -> Option<bool> {
        match (&self.encrypted, &self.clear) {
            (Some(inside), _) => Some(inside.offers("AUTH")),
            (None, Some(clear)) if clear.offers("AUTH") => Some(true),
            (None, Some(clear)) if clear.offers("STARTTLS") => None,
            (None, Some(_)) => Some(false),
            (None, None) => None,
        }
    }

    /// Writes exchanges out as lines, shifted to the clock of the target.
    pub fn lines<'a>(&'a self, exchanges: impl Iterator<Item = &'a Exchange>) -> Vec<WireLine> {
        // What is shown is most often an answer to EHLO: a few lines.
        let mut out = Vec::with_capacity(8);
        for exchange in exchanges {
            let mut line = |direction, at, bytes: &[u8], left_out| {
                out.push(WireLine {
                    session: self.session,
                    direction,
                    at: self.begun + at,
                    encrypted: exchange.encrypted,
                    bytes: Untrusted::from(bytes),
                    left_out,
                });
            };
            if exchange.phase == Phase::Content {
                let said = format!("[message of {} bytes]", exchange.sent.len());
                line(Direction::Sent, exchange.sent_at, said.as_bytes(), 0);
            } else if !exchange.sent.is_empty() {
                let sent = exchange
                    .sent
                    .strip_suffix(b"\r\n")
                    .unwrap_or(&exchange.sent);
                line(Direction::Sent, exchange.sent_at, sent, 0);
            }
            let Some(reply) = &exchange.reply else {
                continue;
            };
            for (index, said) in reply.lines().iter().enumerate() {
                let left_out = if index == 0 { reply.left_out() } else { 0 };
                let at = exchange.replied_at;
                line(Direction::Received, at, said.raw(), left_out);
            }
        }
        out
    }
}
