//! What one reply says about relaying.
//!
//! In: the stage of the dialogue, the reply, and whether AUTH was offered. Out: a [`Judgement`]: what
//! kind of reply it is, what may be concluded from it alone, and which signature said so.
//!
//! The text beats the code: servers use codes and enhanced codes against their meaning everywhere.
//! All lines are read joined, since the reason may stand in any of them. The signatures ask whom the
//! text is about (client, sender, recipient, relaying) and stand in [`super::signatures`]; only where
//! none fits do the enhanced code and the code decide.
//!
//! Deliberately does not know what was asked before or after: that is [`super::classify`].
//!
//! Limits: at most 4 KiB of text are read.
//!
//! References: RFC 5321 4.2 (codes), RFC 3463 (enhanced codes), RFC 4954 6 (530, 535, 538).

use super::signatures::{self, Effect};
use crate::model::bytes::printable;
use crate::model::{Confidence, FormOutcome, Reason};
use crate::smtp::{EnhancedCode, Reply};

use crate::model::verdict::named;

named! {
    /// The stage of a dialogue a reply came at.
    Stage {
        /// The greeting.
        Banner = "banner",
        /// The answer to EHLO.
        Ehlo = "ehlo",
        /// The answer to HELO.
        Helo = "helo",
        /// The answer to STARTTLS.
        StartTls = "starttls",
        /// The answer to MAIL, and to AUTH.
        Mail = "mail",
        /// The answer to RCPT with an outside recipient.
        Rcpt = "rcpt",
        /// The answer to DATA itself.
        Data = "data",
        /// The answer after the final dot.
        Eod = "eod",
    }
}

named! {
    /// What a reply says.
    Label {
        /// Go on.
        Accepted = "accepted",
        /// Positive, but the words promise less than delivery.
        AcceptedHint = "accepted-but-not-relayed-hint",
        /// Relaying, or mail for a domain not served here, is refused.
        RelayDenied = "relay-denied",
        /// Logging in would change the answer.
        AuthRequired = "auth-required",
        /// Encryption would change the answer.
        TlsRequired = "tls-required",
        /// Come back later.
        Temporary = "greylisted/temporary",
        /// Because of the client.
        ClientBlocked = "client-blocked",
        /// Because of the sender.
        SenderRejected = "sender-rejected",
        /// No such mailbox or domain.
        UnknownUser = "unknown-user",
        /// Form, order or parameter.
        SyntaxRejected = "syntax-rejected",
        /// Too much, too fast, too many.
        RateLimited = "rate-limited/too-many",
        /// Content, or no reason given.
        PolicyRejected = "policy/content-rejected",
        /// Down, busy or broken.
        ServiceUnavailable = "service-unavailable",
        /// Another protocol.
        NotSmtp = "not-smtp",
    }
}

named! {
    /// What may be concluded about relaying from one reply.
    ReplyVerdict {
        /// The recipient or the message is taken.
        RelayAccepting = "relay-accepting",
        /// Relaying, the recipient or its domain is refused for good.
        Rejecting = "rejecting",
        /// Logging in would change the answer.
        AuthRequired = "auth-required",
        /// Encryption would change the answer.
        TlsRequired = "tls-required",
        /// Temporary.
        Deferred = "deferred",
        /// The client was turned away.
        Blocked = "blocked",
        /// Leaves relaying open.
        Inconclusive = "inconclusive",
    }
}

/// What one reply says about relaying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The kind of reply.
    pub label: Label,
    /// What may be concluded.
    pub verdict: ReplyVerdict,
    /// How sure the reading is: firm by a signature, weak by code alone.
    pub confidence: Confidence,
    /// The signature that matched; absent where the code decided.
    pub signature: Option<&'static str>,
}

impl Judgement {
    /// Says what the outcome of a form is whose answer this is.
    pub fn outcome(&self) -> FormOutcome {
        match self.verdict {
            ReplyVerdict::RelayAccepting => FormOutcome::Accepted,
            ReplyVerdict::Rejecting => FormOutcome::Rejected,
            ReplyVerdict::AuthRequired => FormOutcome::AuthRequired,
            ReplyVerdict::TlsRequired => FormOutcome::TlsRequired,
            ReplyVerdict::Deferred => FormOutcome::Deferred,
            ReplyVerdict::Blocked => FormOutcome::Blocked,
            ReplyVerdict::Inconclusive => FormOutcome::Inconclusive,
        }
    }

    /// Says why, in the words of reports; nothing for plain acceptance.
    pub fn reason(&self) -> Option<Reason> {
        Some(match self.label {
            Label::Accepted => return None,
            Label::AcceptedHint if self.verdict == ReplyVerdict::RelayAccepting => return None,
            Label::AcceptedHint => Reason::Unrecognised,
            Label::RelayDenied => Reason::RelayDenied,
            // Nobody can log in there: what is left of the refusal is that it is one.
            Label::AuthRequired if self.verdict == ReplyVerdict::Rejecting => Reason::RelayDenied,
            Label::AuthRequired => Reason::AuthRequired,
            Label::TlsRequired => Reason::TlsRequired,
            Label::ClientBlocked => Reason::ClientBlocked,
            Label::RateLimited => Reason::RateLimited,
            Label::ServiceUnavailable => Reason::ServiceUnavailable,
            _ if self.verdict == ReplyVerdict::Deferred => Reason::Deferred,
            Label::Temporary => Reason::Deferred,
            Label::SenderRejected => Reason::SenderRejected,
            Label::UnknownUser => Reason::RecipientRejected,
            Label::SyntaxRejected => Reason::SyntaxRejected,
            Label::PolicyRejected if self.verdict == ReplyVerdict::Rejecting => {
                Reason::RecipientRejected
            }
            Label::PolicyRejected => Reason::PolicyRejected,
            Label::NotSmtp => Reason::NotSmtp,
        })
    }
}

/// Bytes of text that are read.
const MOST_TEXT: usize = 4096;

/// Judges one reply. `auth_offered` says whether EHLO offered AUTH; `None` if that is not known.
pub fn judge(stage: Stage, reply: &Reply, auth_offered: Option<bool>) -> Judgement {
    let text = normalise(reply);
    let code = reply.code();
    let found = signatures::find(stage, code, &text);
    let (label, effect, confidence, signature) = match found {
        Some(s) => (s.label, s.effect, Confidence::Firm, Some(s.id)),
        None => {
            let (label, effect) = by_code(stage, reply);
            (label, effect, Confidence::Weak, None)
        }
    };
    Judgement {
        label,
        verdict: conclude(stage, code, label, effect, auth_offered),
        confidence,
        signature,
    }
}

/// Judges what cannot be read as a reply.
pub fn judge_unusable(_stage: Stage, _first: &[u8]) -> Judgement {
    Judgement {
        label: Label::NotSmtp,
        verdict: ReplyVerdict::Inconclusive,
        confidence: Confidence::Firm,
        signature: None,
    }
}

/// Judges a reply as tools record it: see [`Reply::from_recorded`].
pub fn judge_recorded(stage: Stage, bytes: &[u8], auth_offered: Option<bool>) -> Judgement {
    match Reply::from_recorded(bytes) {
        Some(reply) => judge(stage, &reply, auth_offered),
        None => judge_unusable(stage, bytes),
    }
}

/// Draws the conclusion a label allows at a stage.
fn conclude(
    stage: Stage,
    code: u16,
    label: Label,
    effect: Effect,
    auth_offered: Option<bool>,
) -> ReplyVerdict {
    let transient = code / 100 == 4;
    match effect {
        Effect::Usual => {}
        Effect::Routed | Effect::Open => return ReplyVerdict::Inconclusive,
        Effect::Recipient => return ReplyVerdict::Rejecting,
        Effect::Block => return ReplyVerdict::Blocked,
        Effect::Later => return ReplyVerdict::Deferred,
        Effect::LaterIfTransient if transient => return ReplyVerdict::Deferred,
        Effect::LaterIfTransient => {}
    }
    match label {
        Label::Accepted | Label::AcceptedHint => match stage {
            Stage::Rcpt | Stage::Eod if code / 100 == 2 => ReplyVerdict::RelayAccepting,
            _ => ReplyVerdict::Inconclusive,
        },
        Label::RelayDenied => ReplyVerdict::Rejecting,
        Label::AuthRequired if auth_offered == Some(false) => ReplyVerdict::Rejecting,
        Label::AuthRequired => ReplyVerdict::AuthRequired,
        Label::TlsRequired => ReplyVerdict::TlsRequired,
        Label::Temporary => ReplyVerdict::Deferred,
        Label::ClientBlocked => ReplyVerdict::Blocked,
        Label::UnknownUser => match stage {
            Stage::Banner | Stage::Ehlo | Stage::Helo | Stage::StartTls => {
                ReplyVerdict::Inconclusive
            }
            _ => ReplyVerdict::Rejecting,
        },
        Label::RateLimited | Label::ServiceUnavailable if transient => ReplyVerdict::Deferred,
        Label::RateLimited | Label::ServiceUnavailable => ReplyVerdict::Inconclusive,
        Label::SenderRejected | Label::SyntaxRejected | Label::PolicyRejected | Label::NotSmtp => {
            ReplyVerdict::Inconclusive
        }
    }
}

/// Reads a reply by its codes alone, where its words say nothing.
fn by_code(stage: Stage, reply: &Reply) -> (Label, Effect) {
    let code = reply.code();
    match code {
        251 => return (Label::AcceptedHint, Effect::Usual),
        252 => return (Label::AcceptedHint, Effect::Open),
        200..=399 => return (Label::Accepted, Effect::Usual),
        421 => return (Label::ServiceUnavailable, Effect::Usual),
        530 | 534 | 535 => return (Label::AuthRequired, Effect::Usual),
        538 | 523 => return (Label::TlsRequired, Effect::Usual),
        551 => return (Label::RelayDenied, Effect::Usual),
        500..=504 | 555 => return (Label::SyntaxRejected, Effect::Usual),
        556 => return (Label::UnknownUser, Effect::Routed),
        _ => {}
    }
    if stage == Stage::StartTls {
        return match code {
            400..=499 => (Label::ServiceUnavailable, Effect::Usual),
            _ => (Label::SyntaxRejected, Effect::Usual),
        };
    }
    if matches!(stage, Stage::Banner | Stage::Ehlo | Stage::Helo) {
        return match code {
            400..=499 => (Label::ServiceUnavailable, Effect::Usual),
            500.. => (Label::ClientBlocked, Effect::Usual),
            _ => (Label::NotSmtp, Effect::Usual),
        };
    }
    if let Some(EnhancedCode {
        class,
        subject,
        detail,
    }) = reply.enhanced()
    {
        let sender_stage = stage == Stage::Mail;
        let found = match (subject, detail) {
            (1, 7 | 8) | (7, 20..=24 | 26 | 27) => Some((Label::SenderRejected, Effect::Usual)),
            (1, 10) => Some((Label::UnknownUser, Effect::Routed)),
            (7, 25) => Some((Label::ClientBlocked, Effect::Usual)),
            (5, 1 | 2 | 4) => Some((Label::SyntaxRejected, Effect::Usual)),
            (1, 3) => Some((Label::SyntaxRejected, Effect::Usual)),
            (1, 1 | 6) | (2, 1) if !sender_stage => Some((Label::UnknownUser, Effect::Usual)),
            (1, 2) | (4, 4) if !sender_stage && class == 5 => {
                Some((Label::UnknownUser, Effect::Routed))
            }
            (1, 0) if sender_stage => Some((Label::SenderRejected, Effect::Usual)),
            (7, 10 | 11) => Some((Label::TlsRequired, Effect::Usual)),
            _ => None,
        };
        if let Some(found) = found {
            return found;
        }
    }
    match (code, stage) {
        (400..=499, _) => (Label::Temporary, Effect::Usual),
        (553, Stage::Mail) => (Label::SenderRejected, Effect::Usual),
        (521, _) => (Label::ClientBlocked, Effect::Usual),
        _ => (Label::PolicyRejected, Effect::Usual),
    }
}

/// Makes one line of lower-case text of a reply: enhanced codes left out, white space folded,
/// mail addresses written `<a>` and IP addresses `<ip>`, so that nobody's name decides.
fn normalise(reply: &Reply) -> String {
    let mut joined = String::new();
    for line in reply.lines() {
        let skip = EnhancedCode::read(&line.text).map_or(0, |(_, taken)| taken);
        joined.push_str(&printable(&line.text[skip..]));
        joined.push(' ');
        if joined.len() > MOST_TEXT {
            break;
        }
    }
    let mut out = String::with_capacity(joined.len());
    for word in joined.split_whitespace() {
        let mut word = word.to_lowercase();
        if word.len() < 400 {
            if word.contains('@') && !word.contains("://") {
                word = mask_address(&word);
            } else if word.bytes().filter(|b| *b == b'.').count() >= 3 {
                word = mask_ip(&word);
            }
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
    }
    out
}

/// Writes `<a>` for the mail address inside a word, its surroundings kept.
fn mask_address(word: &str) -> String {
    let at = word.find('@').unwrap_or(0);
    let fence = |c: char| {
        matches!(
            c,
            '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | ',' | ';'
        )
    };
    let start = word[..at]
        .char_indices()
        .rev()
        .find(|(_, c)| fence(*c))
        .map_or(0, |(i, c)| i + c.len_utf8());
    let end = word[at..].find(fence).map_or(word.len(), |i| at + i);
    let before = word[..start].trim_end_matches('<');
    let behind = word[end..].trim_start_matches('>');
    let tail = if word[..end].ends_with(':') { ":" } else { "" };
    format!("{before}<a>{tail}{behind}")
}

/// Writes `<ip>` for an IPv4 address inside a word.
fn mask_ip(word: &str) -> String {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let Some(start) = word.find(|c: char| c.is_ascii_digit()) else {
        return word.to_owned();
    };
    let end = word[start..]
        .find(|c| !digits(c))
        .map_or(word.len(), |i| start + i);
    let inner = word[start..end].trim_end_matches('.');
    if inner.parse::<std::net::Ipv4Addr>().is_ok() {
        format!("{}<ip>{}", &word[..start], &word[start + inner.len()..])
    } else {
        word.to_owned()
    }
}
