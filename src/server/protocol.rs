//! What a proper server answers to each command, given whom it trusts and what it refuses first.
//!
//! In: one [`Request`] after the other. Out: the text of the reply and what follows it. Pauses,
//! spelling and tricks are [`super::session`]'s.
//!
//! Deliberately tolerant: addresses without brackets, any parameter and any byte are taken, for what
//! is under test is the client. Nobody can log in. Messages are counted and thrown away.
//!
//! References: RFC 5321 4.1 (commands and their order), RFC 3207 (STARTTLS), RFC 4954 (AUTH),
//! Postfix XCLIENT_README.

use super::behaviour::{Behaviour, Check, TlsOffer, Trust};
use super::command::{Request, Verb};
use super::memory::{Event, Memory};
use super::path::{self, Address};
use super::relay::{self, Decision, Names, Standing};
use super::words::Values;
use super::words::fill;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How a client has greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeted {
    NotYet,
    WithHelo,
    WithEhlo,
}

/// What a reply is followed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Listen,
    ReadContent,
    StartTls,
    Close,
}

/// What one session has come to.
#[derive(Debug)]
pub(super) struct Protocol {
    behaviour: Behaviour,
    names: Arc<Names>,
    client: IpAddr,
    memory: Arc<Memory>,
    greeted: Greeted,
    hello: Vec<u8>,
    encrypted: bool,
    vouched: bool,
    /// The sender, while a transaction is open.
    sender: Option<Address>,
    /// The paths named last, to be said back and to be known again.
    sender_path: Vec<u8>,
    recipient_path: Vec<u8>,
    in_transaction: u32,
    in_session: u32,
}

impl Protocol {
    /// Begins a session with a client.
    pub(super) fn new(
        behaviour: Behaviour,
        names: Arc<Names>,
        client: IpAddr,
        memory: Arc<Memory>,
    ) -> Self {
        Self {
            behaviour,
            names,
            client: client.to_canonical(),
            memory,
            greeted: Greeted::NotYet,
            hello: Vec::new(),
            encrypted: false,
            vouched: false,
            sender: None,
            sender_path: Vec::new(),
            recipient_path: Vec::new(),
            in_transaction: 0,
            in_session: 0,
        }
    }

    /// Answers a command.
    pub(super) fn answer(
        &mut self,
        request: &Request<'_>,
        now: Duration,
    ) -> (Cow<'static, str>, Then) {
        let words = self.behaviour.words;
        let text = match request.verb {
            Verb::Ehlo | Verb::Helo if request.argument.is_empty() => "501 5.5.4 Syntax: HELO name",
            Verb::Ehlo => {
                self.begin(Greeted::WithEhlo, request.argument);
                return (self.offers().into(), Then::Listen);
            }
            Verb::Helo => {
                self.begin(Greeted::WithHelo, request.argument);
                words.helo
            }
            Verb::StartTls if self.behaviour.tls == TlsOffer::StartTls && !self.encrypted => {
                return ("220 2.0.0 Ready to start TLS".into(), Then::StartTls);
            }
            Verb::Auth if self.behaviour.offers("AUTH") => "535 5.7.8 Error: authentication failed",
            Verb::XClient if self.behaviour.trust == Trust::XClient => {
                self.vouched = says_local(request.argument);
                self.begin(Greeted::NotYet, b"");
                words.banner
            }
            Verb::Mail => self.mail(request.argument),
            Verb::Rcpt => self.rcpt(request.argument, now),
            Verb::Data if self.sender.is_none() => words.sender_first,
            Verb::Data if self.in_transaction == 0 => words.recipient_first,
            Verb::Data => return (words.go_ahead.into(), Then::ReadContent),
            Verb::Rset => {
                self.end_transaction();
                words.fine
            }
            Verb::Noop => words.fine,
            Verb::Verify => "252 2.0.0 Send some mail, it will be tried",
            Verb::Quit => return (words.bye.into(), Then::Close),
            Verb::StartTls | Verb::Auth | Verb::XClient | Verb::Unknown => words.unknown_command,
        };
        (text.into(), Then::Listen)
    }

    /// Takes note that the connection is encrypted: everything said before is forgotten.
    pub(super) fn encrypted(&mut self) {
        self.encrypted = true;
        self.begin(Greeted::NotYet, b"");
    }

    /// Ends the transaction.
    pub(super) fn end_transaction(&mut self) {
        self.sender = None;
        self.in_transaction = 0;
    }

    /// Says how the client has greeted.
    pub(super) fn greeted(&self) -> Greeted {
        self.greeted
    }

    /// Fills the holes of a text with what is known now.
    pub(super) fn fill(&self, text: &[u8]) -> Vec<u8> {
        let client = self.client.to_string();
        let values = Values {
            host: self.names.host.as_bytes(),
            hello: &self.hello,
            client: client.as_bytes(),
            sender: path::bare(&self.sender_path),
            recipient: path::bare(&self.recipient_path),
        };
        fill(text, &values)
    }

    fn mail(&mut self, argument: &[u8]) -> &'static str {
        let words = self.behaviour.words;
        if self.greeted == Greeted::NotYet {
            return words.hello_first;
        }
        if self.sender.is_some() {
            return words.sender_twice;
        }
        let (path, _) = path::divide(argument);
        let sender = Address::of(path);
        self.sender_path = path.to_vec();
        let refuses = |check: &&Check| match check {
            Check::Encryption => !self.encrypted,
            Check::Login => true,
            Check::SenderDomain => self.is_outside(&sender),
            Check::Client | Check::Rate | Check::Greylist | Check::RecipientDomain => false,
        };
        if let Some(check) = self.behaviour.checks.iter().find(refuses) {
            return check.refusal();
        }
        if relay::malformed(&sender) {
            return words.bad_sender;
        }
        self.sender = Some(sender);
        words.sender_taken
    }

    fn rcpt(&mut self, argument: &[u8], now: Duration) -> &'static str {
        let words = self.behaviour.words;
        let Some(sender) = &self.sender else {
            return words.sender_first;
        };
        let (path, _) = path::divide(argument);
        let recipient = Address::of(path);
        self.recipient_path = path.to_vec();
        let refuses = |check: &&Check| match check {
            Check::Client | Check::Rate => true,
            Check::Greylist => {
                let wait = self.behaviour.wait;
                let memory = &self.memory;
                !memory.greylist(self.client, &self.sender_path, path, now, wait)
            }
            Check::RecipientDomain => self.is_outside(&recipient),
            Check::Encryption | Check::Login | Check::SenderDomain => false,
        };
        if let Some(check) = self.behaviour.checks.iter().find(refuses) {
            return check.refusal();
        }
        let standing = Standing {
            hello: &self.hello,
            sender,
            encrypted: self.encrypted,
            vouched: self.vouched,
            in_transaction: self.in_transaction,
            in_session: self.in_session,
        };
        let Behaviour { trust, users, .. } = self.behaviour;
        match relay::decide(&recipient, trust, users, &self.names, &standing) {
            Decision::Taken => {
                self.in_transaction += 1;
                self.in_session += 1;
                self.memory.count(Event::RecipientTaken);
                words.recipient_taken
            }
            Decision::Denied => words.denial,
            Decision::UnknownUser => words.unknown_user,
            Decision::Malformed => words.bad_recipient,
        }
    }

    /// Tells whether an address has a domain that can be looked up and is not ours.
    fn is_outside(&self, address: &Address) -> bool {
        let domain = address.domain.as_deref().filter(|d| !d.is_empty());
        domain.is_some_and(|d| !self.names.serves(d) && relay::literal(d).is_none())
    }

    fn begin(&mut self, greeted: Greeted, hello: &[u8]) {
        self.end_transaction();
        self.greeted = greeted;
        self.hello = hello.to_vec();
    }

    /// Lists what EHLO offers.
    fn offers(&self) -> String {
        let mut lines = vec![self.behaviour.words.ehlo];
        lines.extend(self.behaviour.offers);
        if self.behaviour.tls == TlsOffer::StartTls && !self.encrypted {
            lines.push("STARTTLS");
        }
        if self.behaviour.trust == Trust::XClient {
            lines.push("XCLIENT NAME ADDR PROTO HELO");
        }
        let last = lines.len() - 1;
        let coded = lines.iter().enumerate().map(|(index, line)| {
            let code = if index == last { "250 " } else { "250-" };
            [code, line].concat()
        });
        coded.collect::<Vec<_>>().join("\n")
    }
}

/// Tells whether XCLIENT attributes claim a loopback or private address.
fn says_local(attributes: &[u8]) -> bool {
    let attributes = String::from_utf8_lossy(attributes);
    let mut pairs = attributes
        .split_ascii_whitespace()
        .filter_map(|attribute| attribute.split_once('='));
    pairs.any(|(name, value)| {
        let address = name.eq_ignore_ascii_case("ADDR").then(|| value.parse());
        match address {
            Some(Ok(IpAddr::V4(v4))) => v4.is_loopback() || v4.is_private(),
            Some(Ok(IpAddr::V6(v6))) => v6.is_loopback() || v6.is_unique_local(),
            Some(Err(_)) | None => false,
        }
    })
}
