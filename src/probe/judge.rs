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
//! Two errors are grave, a wrong `relay-accepting` and a wrong `rejecting`: they mislead whoever
//! reads the report. Wherever a text leaves a doubt, the conclusion is `inconclusive`.
//!
//! Limits: a text that names several reasons is read for the one that stands first in the order of
//! [`super::signatures`], not weighed.
//!
//! References: RFC 5321 4.2 (codes), RFC 3463 (enhanced codes), RFC 4954 6 (530, 535, 538).

use super::memo::Memo;
use super::signatures::{self, Effect, Signature};
use super::wording::{Joint, readings};
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

/// Judges one reply. `auth_offered` says whether EHLO offered AUTH; `None` if that is not known.
pub fn judge(stage: Stage, reply: &Reply, auth_offered: Option<bool>) -> Judgement {
    thread_local! {
        static KNOWN: Memo<Option<&'static Signature>> = const { Memo::new() };
    }
    let code = reply.code();
    let about = (stage as u64) << 16 | u64::from(code);
    let found = KNOWN.with(|known| known.of(reply, about, || signature(stage, reply)));
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

/// Finds the signature of a reply.
fn signature(stage: Stage, reply: &Reply) -> Option<&'static Signature> {
    let code = reply.code();
    signatures::find(stage, code, &readings(reply, Joint::Apart)).or_else(|| {
        // Some servers break their text at a column, in the middle of a word.
        let broken = reply.lines().len() > 1 && !reply.positive();
        broken
            .then(|| signatures::find(stage, code, &readings(reply, Joint::Tight)))
            .flatten()
    })
}

/// What cannot be read as a reply.
const UNUSABLE: Judgement = Judgement {
    label: Label::NotSmtp,
    verdict: ReplyVerdict::Inconclusive,
    confidence: Confidence::Firm,
    signature: None,
};

/// Judges a reply as tools record it: see [`Reply::from_recorded`].
pub fn judge_recorded(stage: Stage, bytes: &[u8], auth_offered: Option<bool>) -> Judgement {
    match Reply::from_recorded(bytes) {
        Some(reply) => judge(stage, &reply, auth_offered),
        None => UNUSABLE,
    }
}

/// The stages before anybody was named.
const EARLY: [Stage; 4] = [Stage::Banner, Stage::Ehlo, Stage::Helo, Stage::StartTls];

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
        Effect::Open => return ReplyVerdict::Inconclusive,
        Effect::Recipient => return ReplyVerdict::Rejecting,
        Effect::RecipientUnlessTransient if transient => return ReplyVerdict::Deferred,
        Effect::RecipientUnlessTransient => return ReplyVerdict::Rejecting,
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
        // Said before a recipient could be named, it can only be meant for the client.
        Label::RelayDenied if EARLY.contains(&stage) => ReplyVerdict::Inconclusive,
        Label::RelayDenied => ReplyVerdict::Rejecting,
        Label::AuthRequired if auth_offered == Some(false) => ReplyVerdict::Rejecting,
        Label::AuthRequired => ReplyVerdict::AuthRequired,
        Label::TlsRequired => ReplyVerdict::TlsRequired,
        Label::Temporary => ReplyVerdict::Deferred,
        Label::ClientBlocked => ReplyVerdict::Blocked,
        Label::UnknownUser if EARLY.contains(&stage) => ReplyVerdict::Inconclusive,
        Label::UnknownUser => ReplyVerdict::Rejecting,
        Label::RateLimited | Label::ServiceUnavailable if transient => ReplyVerdict::Deferred,
        Label::RateLimited | Label::ServiceUnavailable => ReplyVerdict::Inconclusive,
        Label::SenderRejected | Label::SyntaxRejected | Label::PolicyRejected | Label::NotSmtp => {
            ReplyVerdict::Inconclusive
        }
    }
}

/// Finds the enhanced code of a reply: where RFC 2034 puts it, or in the places where servers older
/// or freer than it do: `(#5.1.1)`, `[5.1.1]`, `#5.1.0`.
fn enhanced(reply: &Reply) -> Option<EnhancedCode> {
    reply.enhanced().or_else(|| {
        reply.lines().iter().find_map(|line| {
            line.text()
                .split(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b')' | b'[' | b']'))
                .map(|word| word.strip_prefix(b"#").unwrap_or(word))
                .map(|word| word.strip_suffix(b":").unwrap_or(word))
                .find_map(|word| EnhancedCode::read(word).map(|(code, _)| code))
        })
    })
}

/// Reads a reply by its codes alone, where its words say nothing.
fn by_code(stage: Stage, reply: &Reply) -> (Label, Effect) {
    let code = reply.code();
    match code {
        251 => return (Label::AcceptedHint, Effect::Usual),
        252 => return (Label::AcceptedHint, Effect::Open),
        // Goodbye is no consent.
        221 => return (Label::ServiceUnavailable, Effect::Open),
        // Only 250 and 251 take a recipient or a message (RFC 5321 4.3.2).
        200..=299 if code != 250 && matches!(stage, Stage::Rcpt | Stage::Eod) => {
            return (Label::AcceptedHint, Effect::Open);
        }
        200..=399 => return (Label::Accepted, Effect::Usual),
        421 => return (Label::ServiceUnavailable, Effect::Usual),
        // Before anybody was named only the client can be meant, whatever the code is for.
        500..=599 if matches!(stage, Stage::Banner) => {
            return (Label::ClientBlocked, Effect::Usual);
        }
        530 | 534 | 535 => return (Label::AuthRequired, Effect::Usual),
        538 | 523 => return (Label::TlsRequired, Effect::Usual),
        500..=504 | 555 => return (Label::SyntaxRejected, Effect::Usual),
        556 => return (Label::UnknownUser, Effect::Open),
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
    }) = enhanced(reply)
    {
        let sender_stage = stage == Stage::Mail;
        let found = match (subject, detail) {
            (1, 7 | 8) | (7, 20..=24 | 26 | 27) => Some((Label::SenderRejected, Effect::Usual)),
            (1, 10) => Some((Label::UnknownUser, Effect::Open)),
            (7, 25) => Some((Label::ClientBlocked, Effect::Usual)),
            (5, 1 | 2 | 4) => Some((Label::SyntaxRejected, Effect::Usual)),
            (1, 3) => Some((Label::SyntaxRejected, Effect::Usual)),
            (1, 1 | 6) | (2, 1) if !sender_stage => Some((Label::UnknownUser, Effect::Usual)),
            (1, 2) | (4, 4) if !sender_stage && class == 5 => {
                Some((Label::UnknownUser, Effect::Open))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judged(stage: Stage, text: &str, auth: Option<bool>) -> (Label, ReplyVerdict) {
        let judgement = judge_recorded(stage, text.as_bytes(), auth);
        (judgement.label, judgement.verdict)
    }

    #[test]
    fn the_same_words_mean_another_thing_at_another_stage() {
        use Label::*;
        use ReplyVerdict::*;
        for (stage, text, label, verdict) in [
            (Stage::Rcpt, "250 ok", Accepted, RelayAccepting),
            (Stage::Eod, "250 ok", Accepted, RelayAccepting),
            (Stage::Mail, "250 ok", Accepted, Inconclusive),
            (Stage::Data, "354 go", Accepted, Inconclusive),
            (Stage::Rcpt, "354 go", Accepted, Inconclusive),
            (Stage::Rcpt, "252 perhaps", AcceptedHint, Inconclusive),
            (Stage::Rcpt, "221 bye", ServiceUnavailable, Inconclusive),
            (Stage::Rcpt, "249 odd", AcceptedHint, Inconclusive),
            (
                Stage::Rcpt,
                "251 will forward",
                AcceptedHint,
                RelayAccepting,
            ),
            (
                Stage::Rcpt,
                "554 5.7.1 <a@b.example>: Relay access denied",
                RelayDenied,
                Rejecting,
            ),
            (Stage::Banner, "554 no relaying", RelayDenied, Inconclusive),
            (Stage::Rcpt, "550 no such user", UnknownUser, Rejecting),
            (
                Stage::Mail,
                "550 no such user",
                SenderRejected,
                Inconclusive,
            ),
            (Stage::Rcpt, "452 mailbox full", Temporary, Deferred),
            (Stage::Rcpt, "552 mailbox full", Temporary, Rejecting),
            (
                Stage::Rcpt,
                "550 Unrouteable address",
                UnknownUser,
                Inconclusive,
            ),
            (Stage::Eod, "554 spam", PolicyRejected, Inconclusive),
        ] {
            assert_eq!(
                judged(stage, text, None),
                (label, verdict),
                "{stage:?} {text}"
            );
        }
    }

    #[test]
    fn a_login_that_nobody_can_make_is_a_refusal() {
        let text = "530 5.7.0 Authentication required";
        for (auth, verdict) in [
            (Some(true), ReplyVerdict::AuthRequired),
            (None, ReplyVerdict::AuthRequired),
            (Some(false), ReplyVerdict::Rejecting),
        ] {
            assert_eq!(
                judged(Stage::Rcpt, text, auth),
                (Label::AuthRequired, verdict)
            );
        }
    }

    #[test]
    fn codes_decide_where_the_words_say_nothing() {
        use Label::*;
        use ReplyVerdict::*;
        for (stage, text, label, verdict) in [
            (Stage::Rcpt, "550", PolicyRejected, Inconclusive),
            (Stage::Rcpt, "550 5.1.1 xyzzy", UnknownUser, Rejecting),
            (Stage::Rcpt, "550 xyzzy (#5.1.1)", UnknownUser, Rejecting),
            (Stage::Mail, "550 5.1.1 xyzzy", PolicyRejected, Inconclusive),
            (Stage::Rcpt, "550 5.1.8 xyzzy", SenderRejected, Inconclusive),
            (Stage::Rcpt, "450 xyzzy", Temporary, Deferred),
            (Stage::Rcpt, "421 xyzzy", ServiceUnavailable, Deferred),
            (Stage::Rcpt, "500 xyzzy", SyntaxRejected, Inconclusive),
            (
                Stage::Rcpt,
                "530 xyzzy",
                Label::AuthRequired,
                ReplyVerdict::AuthRequired,
            ),
            (Stage::Banner, "530 xyzzy", ClientBlocked, Blocked),
            (Stage::Banner, "150 xyzzy", NotSmtp, Inconclusive),
        ] {
            let judgement = judge_recorded(stage, text.as_bytes(), None);
            assert_eq!(
                (judgement.label, judgement.verdict),
                (label, verdict),
                "{text}"
            );
            assert_eq!(
                (judgement.confidence, judgement.signature),
                (Confidence::Weak, None),
                "{text}"
            );
        }
    }

    #[test]
    fn words_broken_across_lines_are_put_together() {
        assert_eq!(
            judged(Stage::Rcpt, "550-Relay acc\r\n550-ess den\r\n550 ied", None),
            (Label::RelayDenied, ReplyVerdict::Rejecting)
        );
        assert_eq!(
            judged(Stage::Rcpt, "550-no such us\r\n550 er", None),
            (Label::UnknownUser, ReplyVerdict::Rejecting)
        );
    }

    proptest! {
        #[test]
        fn only_a_taken_recipient_or_message_is_acceptance(code in 200u16..600, text in ".{0,80}") {
            for stage in Stage::ALL.iter().copied() {
                let (_, verdict) = judged(stage, &format!("{code} {text}"), None);
                if verdict == ReplyVerdict::RelayAccepting {
                    prop_assert!(matches!(stage, Stage::Rcpt | Stage::Eod) && matches!(code, 250 | 251));
                }
                if verdict == ReplyVerdict::Rejecting {
                    prop_assert!(code >= 400 && !EARLY.contains(&stage));
                }
            }
        }
    }
}
