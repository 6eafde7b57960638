//! What one test showed and what all of them together mean.
//!
//! The words are those of the report format, version 1; scripts lean on them.

use super::bytes::Untrusted;
use super::evidence::WireLine;
use super::rule::Confidence;

/// Defines an enum whose variants have a fixed name in reports and a list of all of them.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// All values, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Names the value as reports do.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}
pub(crate) use named;

named! {
    /// The verdict on one host and port.
    Verdict {
        /// An unauthenticated outsider's mail for an outside recipient is taken by at least one
        /// form, and no control shows that taking means nothing.
        RelayAccepting = "relay-accepting",
        /// Every form that was answered was refused, or taken in a way that a catch-all explains; the
        /// plain form was refused for a reason that is about relaying or about the recipient's domain
        /// not being served here.
        Rejecting = "rejecting",
        /// Refused, and the server says that authentication would change that.
        AuthRequired = "auth-required",
        /// It talked, but no conclusion about relaying is honest.
        Inconclusive = "inconclusive",
        /// No SMTP dialogue at all.
        Unreachable = "unreachable",
    }
}

named! {
    /// Why a verdict or the outcome of a form is what it is.
    Reason {
        /// Relaying, or mail for a domain not served here, was refused.
        RelayDenied = "relay-denied",
        /// Logging in would change the answer.
        AuthRequired = "auth-required",
        /// Encryption, or a client certificate, would change the answer.
        TlsRequired = "tls-required",
        /// Come back later: greylisting, full queues, temporary trouble.
        Deferred = "deferred",
        /// The client was turned away: blocklist, reverse DNS, HELO name, country.
        ClientBlocked = "client-blocked",
        /// The sender or its domain was refused.
        SenderRejected = "sender-rejected",
        /// The recipient or the existence of its domain was refused.
        RecipientRejected = "recipient-rejected",
        /// Form, order or parameter of the command was refused.
        SyntaxRejected = "syntax-rejected",
        /// Too much, too fast, too many.
        RateLimited = "rate-limited",
        /// Content or an unexplained policy.
        PolicyRejected = "policy-rejected",
        /// The service as a whole is down, busy or broken.
        ServiceUnavailable = "service-unavailable",
        /// A control was accepted too, so that acceptance means nothing.
        AcceptAll = "accept-all",
        /// The recipient was taken, the message refused.
        DataRejected = "data-rejected",
        /// The server ended the connection.
        Disconnected = "disconnected",
        /// Nothing came within the time allowed.
        Timeout = "timeout",
        /// The connection was refused.
        Refused = "refused",
        /// No route, or the network forbade the connection.
        NoRoute = "no-route",
        /// The name could not be resolved, or the domain takes no mail.
        DnsFailure = "dns-failure",
        /// The TLS handshake failed.
        TlsFailure = "tls-failure",
        /// Something else than SMTP answered.
        NotSmtp = "not-smtp",
        /// SMTP, but broken beyond use.
        ProtocolError = "protocol-error",
        /// On the list of what must not be contacted.
        Excluded = "excluded",
        /// The run was stopped before this was decided.
        Interrupted = "interrupted",
        /// The reply fits no known meaning.
        Unrecognised = "unrecognised",
    }
}

named! {
    /// What the answer to one form was.
    FormOutcome {
        /// Taken.
        Accepted = "accepted",
        /// Refused for good.
        Rejected = "rejected",
        /// Refused, logging in would help.
        AuthRequired = "auth-required",
        /// Refused, encryption would help.
        TlsRequired = "tls-required",
        /// Put off.
        Deferred = "deferred",
        /// The client was turned away.
        Blocked = "blocked",
        /// Answered in a way that leaves relaying open.
        Inconclusive = "inconclusive",
        /// Not asked, or not answered.
        Untested = "untested",
    }
}

named! {
    /// What a form is for.
    Role {
        /// Acceptance would be relaying.
        Probe = "probe",
        /// Acceptance says what acceptance is worth.
        Control = "control",
    }
}

named! {
    /// How far a form was driven.
    Driven {
        /// The recipient was answered.
        Rcpt = "rcpt",
        /// 354 was given, then the connection dropped: nothing was sent.
        Data = "data",
        /// The message was taken.
        Queued = "queued",
        /// The message came out at its recipient.
        Delivered = "delivered",
    }
}

named! {
    /// What weakens a verdict from the auditor's own side.
    Caveat {
        /// Loopback, private or same-prefix source: the server may trust us.
        TrustedVantage = "trusted-vantage",
        /// The server sees another client address than ours: a NAT or proxy stands before it.
        AddressRewritten = "address-rewritten",
        /// The external recipient's domain may not resolve or may take no mail.
        DomainUnverified = "domain-unverified",
        /// The external recipient's domain seems to be served by the target.
        RecipientServed = "recipient-served",
        /// A control could not be decided, so that acceptance was not weighed fully.
        ControlsUndecided = "controls-undecided",
        /// The target's name is not known, so that the forms that need it were not asked.
        NamesUnknown = "names-unknown",
        /// The connection was encrypted with TLS too old for this build; what lies behind it was
        /// not seen.
        LegacyTls = "legacy-tls",
        /// The server injected bytes behind its answer to STARTTLS.
        StartTlsInjection = "starttls-injection",
    }
}

/// A reply as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplySeen {
    /// The three digits of the last line.
    pub code: u16,
    /// The enhanced status code (RFC 3463), if one was given.
    pub enhanced: Option<String>,
    /// The text of all lines, joined by line feeds, enhanced code left out of the first.
    pub text: Untrusted,
}

/// What one form showed on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormResult {
    /// The form's id.
    pub form: &'static str,
    /// Probe or control.
    pub role: Role,
    /// What stood behind `MAIL FROM:`.
    pub mail_from: Untrusted,
    /// What stood behind `RCPT TO:` (the recipient that was judged).
    pub rcpt_to: Untrusted,
    /// The EHLO argument, where the form chose it.
    pub helo: Option<String>,
    /// Whether it was asked inside TLS.
    pub encrypted: bool,
    /// What the answer was.
    pub outcome: FormOutcome,
    /// Why; absent for plain acceptance.
    pub reason: Option<Reason>,
    /// How sure the reading of the reply is.
    pub confidence: Confidence,
    /// How far it was driven, if it was accepted.
    pub driven: Option<Driven>,
    /// The reply that decided.
    pub reply: Option<ReplySeen>,
    /// The session it was asked in, counted from one; absent if it was not asked.
    pub session: Option<u32>,
    /// Why it was not asked or not answered, where that is known.
    pub why_untested: Option<&'static str>,
    /// The exact dialogue of an accepted form; empty for the others.
    pub dialogue: Vec<WireLine>,
}

impl FormResult {
    /// Says what the answer is worth for the coverage.
    pub fn standing(&self) -> Standing {
        Standing::of(self.outcome, self.reason)
    }
}

/// What an answer is worth for the coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It decides.
    Decided,
    /// It did not get through, for a reason that says nothing about relaying, or it got through and
    /// means nothing.
    Unclear,
    /// It may well get through at another time or from another place.
    Undecided,
    /// There is none.
    Untested,
}

impl Standing {
    /// Says what an answer and its reason are worth.
    pub fn of(outcome: FormOutcome, reason: Option<Reason>) -> Self {
        match (outcome, reason) {
            (FormOutcome::Untested, _) => Self::Untested,
            (FormOutcome::Accepted, None)
            | (FormOutcome::Rejected | FormOutcome::AuthRequired, _) => Self::Decided,
            // Explained by a catch-all: to it the address is just another user.
            (FormOutcome::Accepted, Some(Reason::AcceptAll)) => Self::Unclear,
            (FormOutcome::Accepted, Some(_))
            | (FormOutcome::Deferred | FormOutcome::Blocked | FormOutcome::TlsRequired, _) => {
                Self::Undecided
            }
            (FormOutcome::Inconclusive, reason) => match reason {
                // Refused, for a reason that is not about relaying: it did not get through.
                Some(
                    Reason::SenderRejected
                    | Reason::RecipientRejected
                    | Reason::SyntaxRejected
                    | Reason::PolicyRejected
                    | Reason::DataRejected,
                ) => Self::Unclear,
                _ => Self::Undecided,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_distinct() {
        let reasons: HashSet<_> = Reason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(reasons.len(), Reason::ALL.len());
        assert_eq!(Verdict::ALL.len(), 5);
    }
}
