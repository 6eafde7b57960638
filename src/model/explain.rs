//! What the words of a report mean, for people: the one place for these texts.
//!
//! Every word has a *text*: a sentence or a few that say what it means and what to do next. Reasons
//! also have a *phrase* that fits into a line about one target. Reports for people and `explain` print
//! the same ones. A test below sees to it that they stay short enough and are all different.
//!
//! Does not explain forms and rules: their rows carry their own texts.

use super::conf::Relay;
use super::verdict::{Caveat, Driven, Reason, Verdict};

impl Verdict {
    /// Says what the verdict means and what to do about it.
    pub fn text(self) -> &'static str {
        match self {
            Self::RelayAccepting => {
                "Mail from an outsider to an outsider was accepted without a login, and no control \
                 explains that away. Close it now: open relays are found within hours, abused for \
                 spam and put on blocklists."
            }
            Self::Rejecting => {
                "Every form that was answered was refused, or taken in a way that a catch-all explains. \
                 The server does not relay for this client; what was not asked or not answered is \
                 listed with the coverage."
            }
            Self::AuthRequired => {
                "The server takes such mail only after a login. It does not relay for strangers; \
                 what its users may send is another question."
            }
            Self::Inconclusive => {
                "The server talked, but what it said settles nothing about relaying. It is neither \
                 a relay nor clean; the reason says what stood in the way."
            }
            Self::Unreachable => {
                "No SMTP dialogue came about, so nothing is known about relaying. The reason says \
                 how far it got."
            }
        }
    }
}

impl Relay {
    /// Says what the outcome of a configuration means and what to do about it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Open => {
                "As the files stand, mail from any outsider for any outside recipient is accepted, at most with \
                 a form of the address that anyone can write. Close it before the server is reachable."
            }
            Self::OpenIfForged => {
                "Mail from an outsider for an outside recipient is accepted once the outsider picks a certain \
                 sender, HELO name or made-up login. None of these proves anything: spam tools try them all."
            }
            Self::AcceptsForeign => {
                "Every domain counts as one of its own, so mail for anyone is taken, and then swallowed or \
                 bounced. It is no relay, but answers like one and sends bounces to strangers."
            }
            Self::Broken => {
                "The service does not start with these files, or answers nobody. Nothing is relayed, and nothing \
                 is delivered either."
            }
            Self::Conditional => {
                "Who may relay depends on something that the files do not show, such as a policy service or a \
                 table elsewhere. Hand it in, or probe the running server."
            }
            Self::Closed => {
                "As far as the files show, mail from an outsider for an outside recipient is refused. What a \
                 running server does, only a probe shows."
            }
            Self::Unreachable => {
                "No SMTP service listens beyond this machine, so no outsider gets as far as to ask."
            }
        }
    }
}

impl Reason {
    /// Says in a few words what happened.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::RelayDenied => "relaying was refused",
            Self::AuthRequired => "a login is required",
            Self::TlsRequired => "encryption is required first",
            Self::Deferred => "put off: try again later",
            Self::ClientBlocked => "this client was turned away",
            Self::SenderRejected => "the sender was refused",
            Self::RecipientRejected => "the recipient was refused",
            Self::SyntaxRejected => "the command was refused as malformed",
            Self::RateLimited => "too much or too fast for this server",
            Self::PolicyRejected => "refused by a policy of the server",
            Self::ServiceUnavailable => "the service is not available",
            Self::AcceptAll => "everything is accepted, which shows nothing",
            Self::DataRejected => "the recipient was taken, the message refused",
            Self::Disconnected => "the server closed the connection",
            Self::Timeout => "no answer in time",
            Self::Refused => "the connection was refused",
            Self::NoRoute => "there is no way to this address",
            Self::DnsFailure => "the name could not be resolved",
            Self::TlsFailure => "the TLS handshake failed",
            Self::NotSmtp => "something else than SMTP answered",
            Self::ProtocolError => "the server's SMTP is broken",
            Self::Excluded => "excluded from contact",
            Self::Interrupted => "the run was stopped",
            Self::Unrecognised => "the answer fits no known meaning",
        }
    }

    /// Says what it means and what to do about it.
    pub fn text(self) -> &'static str {
        match self {
            Self::RelayDenied => {
                "The server refuses to pass mail on to domains it does not serve. That is what a \
                 closed server says."
            }
            Self::AuthRequired => {
                "Logging in would change the answer: the server does not do this for strangers."
            }
            Self::TlsRequired => {
                "The server wants encryption, or a client certificate, before it says more. Where \
                 STARTTLS is offered, test without /plain; some services take TLS from the first \
                 byte only (/tls)."
            }
            Self::Deferred => {
                "Greylisting, a full queue or some other passing trouble: the real answer is still \
                 to come. Ask again later, from the same address."
            }
            Self::ClientBlocked => {
                "The server turns this client away whatever it asks: blocklist, missing reverse \
                 DNS, EHLO name or country. How it treats others is open; test from an address with \
                 a clean record (--source, --proxy) and a matching name (--helo)."
            }
            Self::SenderRejected => {
                "The sender or its domain was refused before relaying came into question. Test with \
                 a sender whose domain exists and lets this client send (--mail-from)."
            }
            Self::RecipientRejected => {
                "The recipient or its domain was refused, not relaying as such. Test with an outside \
                 address that really takes mail (--rcpt)."
            }
            Self::SyntaxRejected => {
                "Form, order or parameters of a command were refused, so the address in it was never \
                 weighed."
            }
            Self::RateLimited => {
                "The server counts connections, commands or errors and this client was over the \
                 limit. Test again later and more slowly."
            }
            Self::PolicyRejected => {
                "Refused because of content or of a policy the server does not explain. Whether \
                 another client or another message would pass is open."
            }
            Self::ServiceUnavailable => {
                "The service as a whole is down, busy or broken. Test again later."
            }
            Self::AcceptAll => {
                "The server also accepted an address that nobody can deliver to, so accepting means \
                 nothing here: a sink, a honeypot, or a gateway that decides later. Only delivery \
                 settles it (--depth delivered --rcpt, with a mailbox of your own)."
            }
            Self::DataRejected => {
                "RCPT was answered with yes, the message itself with no. Many filters decide only \
                 there; read the reply to see whether it was about relaying."
            }
            Self::Disconnected => {
                "The server hung up before it answered. Test again more slowly, or from another \
                 address: some servers hang up on clients they do not like."
            }
            Self::Timeout => {
                "The server, or the way to it, stayed silent for longer than allowed. A firewall that \
                 drops packets looks the same, and many providers block port 25 outwards; give more \
                 time with --timeout and --connect-timeout."
            }
            Self::Refused => "Nothing listens on this port, or a firewall refuses on its behalf.",
            Self::NoRoute => {
                "The network says that the address cannot be reached from here, or forbids it. \
                 Check the route, and whether this machine has IPv6 at all where the address is one."
            }
            Self::DnsFailure => {
                "The name has no address, its domain declares that it takes no mail, or DNS did not \
                 answer. Check the spelling and the resolver."
            }
            Self::TlsFailure => {
                "No common TLS version or cipher, or the handshake broke off. What lies behind the \
                 encryption was not seen; a build with legacy-tls reaches old servers."
            }
            Self::NotSmtp => {
                "What answered speaks another protocol. Check the port, and whether it wants TLS \
                 from the first byte (/tls)."
            }
            Self::ProtocolError => {
                "The server began in SMTP and then broke it so badly that the dialogue could not go \
                 on."
            }
            Self::Excluded => {
                "The target is on the list of what must not be contacted; it was not."
            }
            Self::Interrupted => {
                "The run ended before this target was decided, so nothing is known about it."
            }
            Self::Unrecognised => {
                "relaycheck does not know what the reply means. Read it in the dialogue \
                 (--transcript); a report of it makes the next version wiser."
            }
        }
    }
}

impl Caveat {
    /// Says what weakens the verdict and what to do about it.
    pub fn text(self) -> &'static str {
        match self {
            Self::TrustedVantage => {
                "The test came from an address the server may trust: its own, a neighbour's or a \
                 private one. Acceptance may be meant for you only; test from outside the network."
            }
            Self::AddressRewritten => {
                "The server sees another client address than the one used: a NAT or a proxy stands \
                 before it. To the server all the world may then look like a trusted neighbour; let \
                 it see real client addresses."
            }
            Self::DomainUnverified => {
                "The outside recipient's domain may not exist or may take no mail, and the server \
                 may have refused it for that alone. Test with an outside address that takes mail \
                 (--rcpt)."
            }
            Self::RecipientServed => {
                "The outside recipient's domain seems to be served by this very server, so that \
                 taking mail for it is no relaying. Test with a recipient elsewhere (--rcpt)."
            }
            Self::ControlsUndecided => {
                "The controls that tell a relay from a server that says yes to everything were not \
                 answered clearly. Test again, or have delivery settle it (--depth delivered)."
            }
            Self::NamesUnknown => {
                "The target does not say what it is called, so the forms that use its name were not \
                 asked. Say it with --local-domain, or ask it by its host name."
            }
            Self::LegacyTls => {
                "The server offers only TLS that is too old for this build, so what it allows inside \
                 TLS was not seen. Test with a build that has legacy-tls."
            }
            Self::StartTlsInjection => {
                "The server sent bytes behind its answer to STARTTLS, before encryption began. They \
                 were dropped; somebody on the way, or a broken server, put them there."
            }
        }
    }
}

impl Driven {
    /// Says how far acceptance went.
    pub fn text(self) -> &'static str {
        match self {
            Self::Rcpt => "The recipient was accepted; no message was sent.",
            Self::Data => "The server asked for the message; the connection was dropped there.",
            Self::Queued => "The server took the whole message.",
            Self::Delivered => "The message came out at its recipient.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn phrases_fit_into_a_line_and_differ() {
        let phrases: Vec<&str> = Reason::ALL.iter().map(|r| r.phrase()).collect();
        for phrase in &phrases {
            assert!((10..=48).contains(&phrase.len()), "{phrase}");
            assert!(!phrase.ends_with('.'), "{phrase}");
        }
        let distinct: HashSet<_> = phrases.iter().collect();
        assert_eq!(distinct.len(), Reason::ALL.len());
    }

    #[test]
    fn texts_are_one_to_three_whole_sentences_and_differ() {
        let mut texts: Vec<&str> = Vec::new();
        texts.extend(Verdict::ALL.iter().map(|v| v.text()));
        texts.extend(Reason::ALL.iter().map(|r| r.text()));
        texts.extend(Caveat::ALL.iter().map(|c| c.text()));
        texts.extend(Driven::ALL.iter().map(|d| d.text()));
        texts.extend(Relay::ALL.iter().map(|r| r.text()));
        for text in &texts {
            assert!(text.ends_with('.') && text.len() <= 300, "{text}");
            assert!(text.matches(". ").count() <= 2, "{text}");
            assert!(!text.contains("  ") && !text.contains('\n'), "{text}");
        }
        let distinct: HashSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len());
    }
}
