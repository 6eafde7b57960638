//! One session of a sink as a state machine: takes anything for anybody, keeps it, forwards nothing.
//!
//! In: command lines and a message. Out: replies, and a [`Delivery`] for the hub. Reads the wall clock
//! once for each message and nothing else.
//!
//! Limits: those of [`SinkSettings`] and the constants below, so that a hostile client costs one
//! connection, one kept message and little time.
//!
//! References: RFC 5321 4.1 (commands), 4.5.3.1.8 (recipients), RFC 1870 (SIZE), RFC 3207 (STARTTLS).

use super::delivery::{Delivery, token};
use super::hub::{Hub, Kept};
use super::settings::SinkSettings;
use crate::model::{TlsState, Untrusted};
use crate::server::command::{Line, Request, Verb};
use crate::server::content::LineEnds;
use crate::server::conversation::{Action, Behind, Conversation, First};
use crate::server::path;
use crate::server::words::{Values, fill};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Recipients of one message. RFC 5321 4.5.3.1.8 asks for 100.
const MOST_RECIPIENTS: usize = 100;

/// Messages of one session.
const MOST_MESSAGES: u32 = 100;

/// Commands of one session: twice what the messages and recipients of a sane one need.
const MOST_COMMANDS: u32 = 1000;

/// Commands of one session that are refused.
const MOST_ERRORS: u32 = 20;

/// One session.
#[derive(Debug)]
pub(super) struct Reception {
    settings: Arc<SinkSettings>,
    hub: Arc<Hub>,
    client: SocketAddr,
    hello: Option<Vec<u8>>,
    tls: TlsState,
    sender: Option<Vec<u8>>,
    recipients: Vec<Vec<u8>>,
    message: Vec<u8>,
    size: usize,
    messages: u32,
    commands: u32,
    errors: u32,
}

impl Reception {
    /// Begins a session with a client.
    pub(super) fn new(settings: Arc<SinkSettings>, hub: Arc<Hub>, client: SocketAddr) -> Self {
        Self {
            settings,
            hub,
            client,
            hello: None,
            tls: TlsState::None,
            sender: None,
            recipients: Vec::new(),
            message: Vec::new(),
            size: 0,
            messages: 0,
            commands: 0,
            errors: 0,
        }
    }

    fn say(&self, text: &str) -> Action {
        let values = Values {
            host: self.settings.host.as_bytes(),
            ..Values::default()
        };
        let mut bytes = Vec::with_capacity(text.len() + 32);
        for line in fill(text.as_bytes(), &values).split(|b| *b == b'\n') {
            bytes.extend_from_slice(line);
            bytes.extend_from_slice(b"\r\n");
        }
        Action::Say(bytes)
    }

    fn answer(&mut self, request: &Request<'_>) -> Vec<Action> {
        let text = match request.verb {
            Verb::Ehlo | Verb::Helo => {
                self.end_transaction();
                self.hello = Some(request.argument.to_vec());
                match (request.verb, self.tls) {
                    (Verb::Helo, _) => "250 {host}".to_owned(),
                    (_, TlsState::None) => self.offers("250-STARTTLS\n"),
                    _ => self.offers(""),
                }
            }
            Verb::StartTls if self.tls == TlsState::None => {
                return vec![self.say("220 2.0.0 Ready to start TLS"), Action::StartTls];
            }
            Verb::Mail => self.mail(request.argument).to_owned(),
            Verb::Rcpt => self.rcpt(request.argument).to_owned(),
            Verb::Data if self.recipients.is_empty() => {
                "503 5.5.1 A recipient comes first".to_owned()
            }
            Verb::Data => {
                self.message = Vec::new();
                self.size = 0;
                return vec![
                    self.say("354 Go on, end with a dot on a line by itself"),
                    Action::ReadContent,
                ];
            }
            Verb::Rset => {
                self.end_transaction();
                "250 2.0.0 Forgotten".to_owned()
            }
            Verb::Noop => "250 2.0.0 Fine".to_owned(),
            Verb::Verify => "252 2.1.5 Anybody is taken".to_owned(),
            Verb::Quit => return vec![self.say("221 2.0.0 {host} Goodbye"), Action::Close],
            Verb::StartTls | Verb::Auth | Verb::XClient | Verb::Unknown => {
                "502 5.5.1 No such command here".to_owned()
            }
        };
        vec![self.say(&text)]
    }

    fn offers(&self, starttls: &str) -> String {
        format!(
            "250-{{host}}\n250-PIPELINING\n250-SIZE {}\n{starttls}250-ENHANCEDSTATUSCODES\n\
             250-SMTPUTF8\n250 8BITMIME",
            self.settings.accept
        )
    }

    fn mail(&mut self, argument: &[u8]) -> &'static str {
        let (path, parameters) = path::divide(argument);
        if self.hello.is_none() {
            return "503 5.5.1 EHLO comes first";
        }
        if self.sender.is_some() {
            return "503 5.5.1 One sender is enough";
        }
        if self.messages >= MOST_MESSAGES {
            return "452 4.5.3 Enough messages for one session";
        }
        if declared_size(parameters).is_some_and(|size| size > self.settings.accept) {
            return "552 5.3.4 Message too big";
        }
        self.sender = Some(path.to_vec());
        "250 2.1.0 Sender taken"
    }

    fn rcpt(&mut self, argument: &[u8]) -> &'static str {
        let (path, _) = path::divide(argument);
        if self.sender.is_none() {
            return "503 5.5.1 MAIL comes first";
        }
        if self.recipients.len() >= MOST_RECIPIENTS {
            return "452 4.5.3 Too many recipients";
        }
        self.recipients.push(path.to_vec());
        "250 2.1.5 Recipient taken, nothing is forwarded"
    }

    fn end_transaction(&mut self) {
        self.sender = None;
        self.recipients = Vec::new();
        self.message = Vec::new();
        self.size = 0;
    }
}

impl Conversation for Reception {
    fn connected(&mut self) -> Vec<Action> {
        Vec::new()
    }

    fn greet(&mut self, _first: First) -> Vec<Action> {
        vec![self.say("220 {host} ESMTP relaycheck sink, receives only")]
    }

    fn hear(&mut self, line: Line, _behind: Behind, _now: Duration) -> Vec<Action> {
        self.commands += 1;
        if self.commands > MOST_COMMANDS || self.errors >= MOST_ERRORS {
            return vec![self.say("421 4.7.0 {host} Enough for now"), Action::Close];
        }
        let actions = match &line {
            Line::Whole(line) => self.answer(&Request::read(line)),
            Line::Overlong => vec![self.say("500 5.5.2 Line too long")],
        };
        if let Some(Action::Say(bytes)) = actions.first()
            && matches!(bytes.first(), Some(b'4' | b'5'))
        {
            self.errors += 1;
        }
        actions
    }

    fn content(&mut self, piece: &[u8]) -> Vec<Action> {
        let room = self.settings.keep.saturating_sub(self.message.len());
        self.message
            .extend_from_slice(&piece[..piece.len().min(room)]);
        self.size = self.size.saturating_add(piece.len());
        if self.size / 2 > self.settings.accept {
            // It was told the limit and is twice beyond it: it means harm.
            self.hub.refuse();
            return vec![self.say("552 5.3.4 Message too big"), Action::Close];
        }
        Vec::new()
    }

    fn content_ended(&mut self, line_ends: LineEnds, _now: Duration) -> Vec<Action> {
        let message = std::mem::take(&mut self.message);
        let size = self.size;
        let recipients = std::mem::take(&mut self.recipients);
        let sender = self.sender.take().unwrap_or_default();
        self.messages += 1;
        self.end_transaction();
        if size > self.settings.accept {
            self.hub.refuse();
            return vec![self.say("552 5.3.4 Message too big")];
        }
        let delivery = Delivery {
            at: SystemTime::now(),
            client: self.client,
            hello: Untrusted::new(self.hello.clone().unwrap_or_default()),
            tls: self.tls,
            sender: Untrusted::new(sender),
            recipients: recipients.into_iter().map(Untrusted::new).collect(),
            token: token(&message),
            message: Untrusted::new(message),
            size,
            line_ends,
        };
        vec![self.say(match self.hub.take(delivery) {
            Kept::Yes => "250 2.0.0 Kept, not forwarded",
            Kept::No => "452 4.3.1 No room for it now",
        })]
    }

    fn encrypted(&mut self) {
        self.end_transaction();
        self.hello = None;
        self.tls = TlsState::StartTls;
    }
}

/// Reads the SIZE parameter of MAIL.
fn declared_size(parameters: &[u8]) -> Option<usize> {
    let mut words = parameters.split(|b| b.is_ascii_whitespace());
    words.find_map(|word| {
        let (name, value) = word.split_at_checked(5)?;
        let value = std::str::from_utf8(value).ok()?;
        name.eq_ignore_ascii_case(b"SIZE=").then(|| {
            // A number too big for us is too big a message.
            let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| value.parse().unwrap_or(usize::MAX))
        })?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::sync::mpsc;

    fn reception(settings: SinkSettings) -> (Reception, mpsc::Receiver<Arc<Delivery>>) {
        let (hub, deliveries) = Hub::new(settings.waiting);
        let client = SocketAddr::from(([127, 0, 0, 1], 4025));
        let reception = Reception::new(Arc::new(settings), Arc::new(hub), client);
        (reception, deliveries)
    }

    fn hear(reception: &mut Reception, command: &str) -> Vec<Action> {
        let line = Line::Whole(command.as_bytes().to_vec());
        reception.hear(line, Behind::Nothing, Duration::ZERO)
    }

    /// Asks, and gives the last line of the reply.
    fn ask(reception: &mut Reception, command: &str) -> String {
        last_line(&hear(reception, command))
    }

    fn last_line(actions: &[Action]) -> String {
        let Some(Action::Say(said)) = actions.first() else {
            panic!("{actions:?}");
        };
        let text = String::from_utf8(said.clone()).expect("text");
        text.trim_end().lines().last().expect("a line").to_owned()
    }

    fn send(reception: &mut Reception, message: &[u8]) -> String {
        for command in ["MAIL FROM:<p@probe.example>", "RCPT TO:<x@example.com>"] {
            assert!(ask(reception, command).starts_with("250 "));
        }
        assert_eq!(hear(reception, "DATA").last(), Some(&Action::ReadContent));
        for piece in message.chunks(1000) {
            assert_eq!(reception.content(piece), []);
        }
        last_line(&reception.content_ended(LineEnds::Clean, Duration::ZERO))
    }

    #[test]
    fn answers_commands_in_their_order() {
        let (mut sink, _deliveries) = reception(SinkSettings::default());
        assert_eq!(
            last_line(&sink.greet(First::Server)),
            "220 sink.relaycheck.test ESMTP relaycheck sink, receives only"
        );
        for (command, reply) in [
            ("MAIL FROM:<>", "503 5.5.1 EHLO comes first"),
            ("EHLO a", "250 8BITMIME"),
            ("RCPT TO:<x@example.com>", "503 5.5.1 MAIL comes first"),
            ("DATA", "503 5.5.1 A recipient comes first"),
            ("MAIL FROM:<> SIZE=52428801", "552 5.3.4 Message too big"),
            (
                "MAIL FROM:<> SIZE=99999999999999999999999",
                "552 5.3.4 Message too big",
            ),
            (
                "MAIL FROM:<> SIZE=52428800 BODY=8BITMIME",
                "250 2.1.0 Sender taken",
            ),
            ("MAIL FROM:<>", "503 5.5.1 One sender is enough"),
            ("DATA", "503 5.5.1 A recipient comes first"),
            (
                "RCPT TO:<\"a@b\"@c.example>",
                "250 2.1.5 Recipient taken, nothing is forwarded",
            ),
            ("RSET", "250 2.0.0 Forgotten"),
            ("DATA", "503 5.5.1 A recipient comes first"),
            ("AUTH PLAIN x", "502 5.5.1 No such command here"),
            ("VRFY a", "252 2.1.5 Anybody is taken"),
            ("NOOP", "250 2.0.0 Fine"),
            ("HELO a", "250 sink.relaycheck.test"),
            ("QUIT", "221 2.0.0 sink.relaycheck.test Goodbye"),
        ] {
            assert_eq!(ask(&mut sink, command), reply, "{command}");
        }
    }

    #[test]
    fn offers_tls_until_it_has_it() {
        let (mut sink, _deliveries) = reception(SinkSettings::default());
        let offers = |sink: &mut Reception| match &hear(sink, "EHLO a")[..] {
            [Action::Say(said)] => String::from_utf8(said.clone()).expect("text"),
            other => panic!("{other:?}"),
        };
        assert!(offers(&mut sink).contains("250-STARTTLS\r\n"));
        ask(&mut sink, "MAIL FROM:<>");
        assert_eq!(hear(&mut sink, "STARTTLS").last(), Some(&Action::StartTls));
        sink.encrypted();
        assert_eq!(ask(&mut sink, "MAIL FROM:<>"), "503 5.5.1 EHLO comes first");
        assert!(!offers(&mut sink).contains("STARTTLS"));
        assert_eq!(ask(&mut sink, "STARTTLS"), "502 5.5.1 No such command here");
    }

    #[test]
    fn keeps_the_envelope_to_the_byte_and_the_message_to_its_limit() {
        let (mut sink, mut deliveries) = reception(SinkSettings {
            keep: 40,
            ..SinkSettings::default()
        });
        hear(&mut sink, "EHLO probe.example");
        let message = [b"X-Relaycheck-Token: abc123\r\n\r\n", &[b'x'; 3000][..]].concat();
        assert_eq!(send(&mut sink, &message), "250 2.0.0 Kept, not forwarded");
        let kept = deliveries.try_recv().expect("a delivery");
        assert_eq!(kept.client.port(), 4025);
        assert_eq!(kept.hello, Untrusted::from("probe.example"));
        assert_eq!(kept.sender, Untrusted::from("<p@probe.example>"));
        assert_eq!(kept.recipients, [Untrusted::from("<x@example.com>")]);
        assert_eq!(kept.message.as_bytes(), &message[..40]);
        assert_eq!(kept.size, message.len());
        assert_eq!(kept.token.as_deref(), Some("abc123"));
        assert_eq!(kept.tls, TlsState::None);
        // The next message begins with nothing of this one.
        assert_eq!(send(&mut sink, b"y"), "250 2.0.0 Kept, not forwarded");
        let next = deliveries.try_recv().expect("a delivery");
        assert_eq!(
            (next.message.as_bytes(), next.size, &next.token),
            (&b"y"[..], 1, &None)
        );
    }

    #[test]
    fn refuses_what_is_too_big_and_hangs_up_at_twice_that() {
        let (mut sink, mut deliveries) = reception(SinkSettings {
            accept: 5000,
            ..SinkSettings::default()
        });
        hear(&mut sink, "EHLO a");
        assert!(send(&mut sink, &[b'x'; 5000]).starts_with("250 "));
        assert_eq!(send(&mut sink, &[b'x'; 5001]), "552 5.3.4 Message too big");
        ask(&mut sink, "MAIL FROM:<>");
        ask(&mut sink, "RCPT TO:<x@example.com>");
        hear(&mut sink, "DATA");
        assert_eq!(sink.content(&[b'x'; 10_000]), []);
        let actions = sink.content(&[b'x'; 2]);
        assert_eq!(last_line(&actions), "552 5.3.4 Message too big");
        assert_eq!(actions.last(), Some(&Action::Close));
        deliveries.try_recv().expect("the first");
        deliveries.try_recv().expect_err("no second");
        assert_eq!(sink.hub.stats().refused, 2);
    }

    #[test]
    fn defers_what_nobody_takes() {
        let (mut sink, deliveries) = reception(SinkSettings {
            waiting: 1,
            ..SinkSettings::default()
        });
        hear(&mut sink, "EHLO a");
        assert!(send(&mut sink, b"1").starts_with("250 "));
        assert_eq!(send(&mut sink, b"2"), "452 4.3.1 No room for it now");
        drop(deliveries);
        assert_eq!(send(&mut sink, b"3"), "452 4.3.1 No room for it now");
    }

    #[test]
    fn has_enough_of_everything_at_some_point() {
        let (mut sink, _deliveries) = reception(SinkSettings::default());
        hear(&mut sink, "EHLO a");
        ask(&mut sink, "MAIL FROM:<>");
        for _ in 0..MOST_RECIPIENTS {
            assert!(ask(&mut sink, "RCPT TO:<x@example.com>").starts_with("250 "));
        }
        assert_eq!(
            ask(&mut sink, "RCPT TO:<x@example.com>"),
            "452 4.5.3 Too many recipients"
        );

        let (mut sink, _deliveries) = reception(SinkSettings::default());
        for _ in 0..MOST_ERRORS {
            assert!(ask(&mut sink, "JUNK").starts_with("502 "));
        }
        assert_eq!(hear(&mut sink, "NOOP").last(), Some(&Action::Close));

        let (mut sink, _deliveries) = reception(SinkSettings::default());
        for _ in 0..MOST_COMMANDS {
            assert!(ask(&mut sink, "NOOP").starts_with("250 "));
        }
        assert_eq!(hear(&mut sink, "NOOP").last(), Some(&Action::Close));

        let (mut sink, _deliveries) = reception(SinkSettings {
            waiting: MOST_MESSAGES as usize,
            ..SinkSettings::default()
        });
        hear(&mut sink, "EHLO a");
        for _ in 0..MOST_MESSAGES {
            assert!(send(&mut sink, b"x").starts_with("250 "));
        }
        assert_eq!(
            ask(&mut sink, "MAIL FROM:<>"),
            "452 4.5.3 Enough messages for one session"
        );
    }

    proptest! {
        #[test]
        fn says_only_replies_whatever_it_hears(lines in proptest::collection::vec(
            ("(EHLO |MAIL FROM:|RCPT TO:|DATA|)", proptest::collection::vec(any::<u8>(), 0..60)), 1..20))
        {
            let (mut sink, _deliveries) = reception(SinkSettings::default());
            for (verb, rest) in lines {
                let line = Line::Whole([verb.as_bytes(), &rest].concat());
                for action in sink.hear(line, Behind::Nothing, Duration::ZERO) {
                    let Action::Say(said) = action else { continue };
                    let reply = crate::smtp::Reply::from_recorded(&said).expect("a reply");
                    prop_assert!(reply.oddities().is_empty());
                }
            }
        }
    }
}
