//! What a server does, as data: whom it trusts, what it refuses first, what it offers, how it puts
//! things, and where it misbehaves.
//!
//! A [`Behaviour`] is a row of [`BEHAVIOURS`](super::BEHAVIOURS) or [`HOSTILE`](super::HOSTILE). Rows
//! are made of the same few parts, so that a new server is a new row and no new code; tests may take
//! a row and change a part of it:
//!
//! ```
//! use relaycheck::server::{Behaviour, behaviour};
//! use std::time::Duration;
//! let greylisting = behaviour("greylisting").expect("a row of the table");
//! let quick = Behaviour { wait: Duration::from_millis(20), ..*greylisting };
//! ```
//!
//! Deliberately does not decide anything: see `session`.

use super::conversation::Flood;
use super::words::Words;
use crate::model::{Reason, TlsUse, Verdict};
use std::time::Duration;

/// How a server behaves, and the verdict it deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// Stable id; the server serves `<id>.test`.
    pub id: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// The verdict it deserves at profile standard, depth rcpt, nothing asked again.
    pub verdict: Verdict,
    /// The reason that belongs to it.
    pub reason: Option<Reason>,
    /// The verdict a closer look brings, where that is another one.
    pub closer: Option<Closer>,
    /// Who may relay.
    pub trust: Trust,
    /// Which users of its own domain exist.
    pub users: Users,
    /// What is refused before relaying is thought of, in this order.
    pub checks: &'static [Check],
    /// How long a greylisted client has to wait.
    pub wait: Duration,
    /// How TLS is offered.
    pub tls: TlsOffer,
    /// What EHLO offers besides STARTTLS and XCLIENT.
    pub offers: &'static [&'static str],
    /// How it puts things.
    pub words: Words,
    /// What it puts up with.
    pub patience: Patience,
    /// How long it waits before the greeting, to see who speaks first.
    pub greet_pause: Duration,
    /// How long it waits before each reply.
    pub reply_pause: Duration,
    /// What it does in place of the usual, and when.
    pub tricks: &'static [(Moment, Trick)],
    /// How every reply is written.
    pub spelling: Spelling,
}

impl Behaviour {
    /// Says how TLS is to be used to reach the server.
    pub fn tls_use(&self) -> TlsUse {
        match self.tls {
            TlsOffer::None | TlsOffer::StartTls => TlsUse::Opportunistic,
            TlsOffer::Implicit => TlsUse::Implicit,
        }
    }

    /// Gives the trick played at a moment.
    pub(super) fn trick(&self, moment: Moment) -> Option<Trick> {
        let found = self.tricks.iter().find(|(when, _)| *when == moment);
        found.map(|(_, trick)| *trick)
    }

    /// Tells whether a keyword is among the offers.
    pub(super) fn offers(&self, keyword: &str) -> bool {
        let mut words = self.offers.iter().map(|offer| offer.split(' ').next());
        words.any(|word| word == Some(keyword))
    }
}

/// What a closer look shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closer {
    /// How to look.
    pub look: Look,
    /// The verdict then.
    pub verdict: Verdict,
    /// Its reason.
    pub reason: Option<Reason>,
}

/// Ways to look closer than profile standard at depth rcpt does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Ask again what was deferred, with the same envelope, after the server's wait.
    Again,
    /// Drive what is accepted as far as DATA.
    Data,
    /// Send the message.
    Message,
}

/// Who may send mail for somebody else's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nobody.
    Nobody,
    /// Everybody: an open relay.
    Everybody,
    /// Whose sender looks like one of its own users.
    LocalSender,
    /// Whose sender is the null path.
    NullSender,
    /// Who greets with the server's own name.
    OwnHello,
    /// Who says by XCLIENT that he is a loopback or private address; anybody may say so.
    XClient,
    /// Who encrypts.
    Encryption,
    /// Who has had a recipient accepted in this transaction.
    FirstRecipient,
    /// Who has had a recipient accepted in this session.
    Session,
    /// Whose recipient is at a name below one of its own domains, whether there is such a name or not.
    Subdomains,
    /// Who hides the outside address in one that looks local.
    Hidden(Hiding),
}

/// Ways to hide an outside address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hiding {
    /// `user%outside@here`.
    Percent,
    /// `outside!user@here`.
    Bang,
    /// `"user@outside"@here`.
    Quoted,
    /// `user@outside@here`.
    DoubleAt,
    /// `@here:user@outside`.
    Route,
}

/// Which users of the server's own domain exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// postmaster and user.
    Known,
    /// Anybody.
    Anybody,
}

/// What is refused before relaying is thought of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// MAIL in the clear.
    Encryption,
    /// MAIL without a login.
    Login,
    /// A sender whose domain is not here: no other is known to exist.
    SenderDomain,
    /// Every client, at RCPT.
    Client,
    /// Every recipient, as one too many.
    Rate,
    /// A sender and recipient not seen long enough ago, until the client has come back once.
    Greylist,
    /// A recipient whose domain is not here: no other is known to exist.
    RecipientDomain,
}

impl Check {
    /// Gives the refusal.
    pub(super) fn refusal(self) -> &'static str {
        match self {
            Self::Encryption => "530 5.7.0 Must issue a STARTTLS command first",
            Self::Login => "530 5.7.0 Authentication required",
            Self::SenderDomain => {
                "553 5.1.8 <{sender}>... Domain of sender address {sender} does not exist"
            }
            Self::Client => {
                "554 5.7.1 Service unavailable; Client host [{client}] blocked using dnsbl.test"
            }
            Self::Rate => "451 4.7.1 Error: too many recipients from [{client}], slow down please",
            Self::Greylist => {
                "450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted, see \
                 http://postgrey.test/help"
            }
            Self::RecipientDomain => {
                "550 5.1.2 <{recipient}>: Recipient address rejected: Domain not found"
            }
        }
    }
}

/// How TLS is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsOffer {
    /// Not at all.
    None,
    /// By STARTTLS.
    StartTls,
    /// From the first byte.
    Implicit,
}

/// What a server puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Anything.
    Endless,
    /// So many refused commands.
    Errors(u32),
    /// So many commands that carry no mail. The first greeting and the first RSET are free.
    Chatter(u32),
}

/// When a trick is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The greeting.
    Banner,
    /// EHLO.
    Ehlo,
    /// HELO.
    Helo,
    /// STARTTLS.
    StartTls,
    /// XCLIENT.
    XClient,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The end of the message.
    Content,
    /// RSET.
    Rset,
    /// QUIT.
    Quit,
    /// Any other command.
    Other,
}

/// What is done in place of the usual reply. Texts are filled like any other and ended with CRLF,
/// which the ones called raw are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// Another reply, and nothing comes of the command.
    Say(&'static [u8]),
    /// Another reply, then the connection is closed.
    SayLast(&'static [u8]),
    /// The usual reply with raw bytes behind it in the same packet.
    Behind(&'static [u8]),
    /// The usual reply, then raw bytes where the client expects a handshake, then the end.
    NoHandshake(&'static [u8]),
    /// Part of a greeting first, a pause, then the rest for those who have waited and a refusal for
    /// those who have not.
    Tease(&'static [u8]),
    /// Not a word, ever.
    Hush,
    /// The connection is closed.
    Close,
    /// The usual reply, then the connection is closed.
    CloseBehind,
    /// The first two bytes of the usual reply, then the connection is closed.
    CloseWithin,
    /// The connection is reset.
    Reset,
    /// Something that does not end, or hardly.
    Flood(Flood),
}

/// How every reply is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As the standard says.
    Standard,
    /// With LF in place of CRLF.
    BareLf,
    /// With what a terminal would obey behind every text: NUL, escape sequences, bidirectional marks.
    Escapes,
    /// With bytes that are no text in any charset.
    EightBit,
    /// Without codes, the greeting excepted.
    NoCodes,
    /// With a line of another code before the last.
    MixedCodes,
    /// With a second and a third reply in the same packet that say the opposite.
    Several,
    /// With another reply some time later that nobody has asked for.
    TalksOn,
}
