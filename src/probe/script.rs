//! What one session is to say: the plan's order to the dialogue.
//!
//! Limits: a script is bounded by its [`Budget`]; the dialogue stops asking before a real server
//! would cut it off.
//!
//! References: Postfix postconf(5) `smtpd_soft_error_limit` (10: one second of delay per command
//! from there) and `smtpd_hard_error_limit` (20); Exim specification 14
//! `smtp_accept_max_nonmail` (10, each RSET but one per message counts),
//! `smtp_max_synprot_errors` (3), `smtp_max_unknown_commands` (3).

use crate::model::{Role, TlsStack, TlsState};
use crate::smtp::limits;
use std::sync::Arc;
use std::time::Duration;

/// One envelope to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The plan's number of this test.
    pub test: usize,
    /// Probe or control.
    pub role: Role,
    /// Sender and recipient of a transaction that is begun and reset before this one.
    pub prelude: Option<(Vec<u8>, Vec<u8>)>,
    /// What stands behind `MAIL FROM:`.
    pub sender: Vec<u8>,
    /// What stands behind each `RCPT TO:`.
    pub recipients: Vec<Vec<u8>>,
    /// Which of the recipients is judged.
    pub judged: usize,
}

/// How far an accepted probe is driven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Depth {
    /// The recipient is answered; nothing is sent.
    Envelope,
    /// DATA is answered, then the connection is dropped: nothing is sent.
    Data,
    /// The message is sent.
    Message(Arc<[u8]>),
}

/// The command a session opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// EHLO, and HELO where that is refused.
    Ehlo,
    /// HELO at once, for servers that drop the connection at EHLO.
    Helo,
}

/// How much one session may ask of a server before it ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Refused MAIL and RCPT commands. Below Postfix's delay at the 10th error.
    pub refusals: u32,
    /// Replies 500 to 504. Exim drops the connection after the third.
    pub syntax: u32,
    /// RSET commands. Exim allows 10 commands besides the mail commands, and RSET is one.
    pub resets: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            refusals: 8,
            syntax: 2,
            resets: 8,
        }
    }
}

/// How long a session waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// Any reply, the greeting included.
    pub reply: Duration,
    /// The answer to a whole message.
    pub content: Duration,
    /// The answer to QUIT.
    pub quit: Duration,
}

impl Waits {
    /// Makes the waits out of the one the user sets.
    pub fn of_reply(reply: Duration) -> Self {
        Self {
            reply,
            content: reply.max(limits::END_OF_DATA),
            quit: reply.min(limits::QUIT),
        }
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Number of the session for this target, from one.
    pub session: u32,
    /// How the connection is to be protected before the first envelope.
    pub tls: TlsState,
    /// Which TLS implementation is to be used.
    pub stack: TlsStack,
    /// The command to open with.
    pub verb: Verb,
    /// The EHLO argument; the address literal of our end of the connection where absent.
    pub hello: Option<String>,
    /// Attributes of an XCLIENT command to be sent behind the EHLO.
    pub xclient: Option<String>,
    /// What to ask, in order.
    pub asks: Vec<Ask>,
    /// How far to drive what is accepted.
    pub depth: Depth,
    /// What the session may ask of the server.
    pub budget: Budget,
    /// How long it waits.
    pub waits: Waits,
    /// How long to pause before connecting: a server that has just hung up on us gets a rest.
    pub pause: Duration,
}
