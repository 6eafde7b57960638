//! Puts together what a session said in many lines.
//!
//! In: the events of every line in order, with the [`Step`]s of formats that write one a line. Out: the same events,
//! the steps replaced by what they come to: connections, logins, messages with their client, refusals.
//!
//! OpenSMTPD names a session by an id and tells the client once; sendmail tells a login in a line before the message;
//! IIS and Exchange log the dialogue itself. IIS has no id that joins what came in with what went out: a recipient that
//! was taken counts as delivered when the same one is sent by the same virtual server within ten minutes, each row
//! used once.
//!
//! Deliberately counts nothing, and gives no arrival for a session whose beginning is not in the log: its client is
//! not known.
//!
//! Limits: `SESSIONS` at a time, those without a line for an hour are dropped first; `KEPT` bytes of recipients in
//! a transaction; `WAITING` recipients that may still be sent.
//!
//! References: RFC 5321, sections 3.3 and 4.1; the readers of the formats.

use crate::mtalog::event::{
    Agent, Client, Entry, Event, Refusal, Session, Stage, Stamp, Status, Step,
};
use crate::mtalog::text::{begins, bracketed, cut, cut_at, holds, skip_blanks, unbracket, word};
use crate::mtalog::wording::meaning;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::ops::Range;

/// How many sessions are remembered: far more than a server has at once.
const SESSIONS: usize = 50_000;
/// How many bytes of recipients are remembered in a transaction: some thousand recipients.
const KEPT: usize = 256 * 1024;
/// How many bytes of a name are remembered.
const NAME: usize = 1024;
/// How many refusals may wait for their client.
const HELD: usize = 100;
/// How many commands may wait for their answers.
const PIPELINED: usize = 200;
/// How many recipients may wait to be sent, and for how long.
const WAITING: usize = 100_000;
const WAIT: i64 = 10 * Stamp::MINUTE;

/// The account of a login without a name, which is one all the same.
const UNNAMED: &[u8] = b"?";

/// The sessions that are open.
#[derive(Debug, Default)]
pub struct Sessions {
    open: HashMap<Vec<u8>, Open>,
    waiting: HashMap<Box<[u8]>, VecDeque<Waits>>,
    waiting_count: usize,
    made: u64,
    key: Vec<u8>,
    said: Said,
}

/// A recipient that may still be sent.
#[derive(Debug)]
struct Waits {
    id: Box<[u8]>,
    since: Stamp,
}

/// What a line comes to. Its texts are copies: they were lent by sessions that have gone on since.
#[derive(Debug, Default)]
struct Said {
    events: Vec<Event<'static>>,
    texts: Vec<Range<usize>>,
    bytes: Vec<u8>,
}

impl Said {
    fn clear(&mut self) {
        self.events.clear();
        self.texts.clear();
        self.bytes.clear();
    }

    fn push(&mut self, event: &Event<'_>) {
        let event = event.with(&mut |text| {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(text);
            self.texts.push(start..self.bytes.len());
            b""
        });
        self.events.push(event);
    }

    fn events(&self) -> Vec<Event<'_>> {
        let mut texts = self.texts.iter();
        let mut next = |_: &'static [u8]| {
            let range = texts.next().cloned().unwrap_or_default();
            &self.bytes[range]
        };
        self.events
            .iter()
            .map(|event| event.with(&mut next))
            .collect()
    }
}

#[derive(Debug, Default)]
struct Open {
    last: Stamp,
    client: Option<(Option<IpAddr>, Box<[u8]>)>,
    helo: Box<[u8]>,
    account: Box<[u8]>,
    sender: Option<Box<[u8]>>,
    recipients: Vec<Box<[u8]>>,
    kept: usize,
    commands: VecDeque<Command>,
    /// Refusals whose client is told later.
    held: Vec<Held>,
    /// An answer to the first of them has begun, and its last line is not there yet.
    answering: bool,
    /// Its beginning is in the log, and its rights have not been told yet.
    fresh: bool,
}

/// A refusal without a client.
#[derive(Debug)]
struct Held {
    recipient: Option<Box<[u8]>>,
    stage: Stage,
    refusal: Refusal,
    reply: Box<[u8]>,
}

/// A command that waits for its answer.
#[derive(Debug)]
enum Command {
    Helo(Box<[u8]>),
    Auth,
    Mail(Box<[u8]>),
    Rcpt(Box<[u8]>),
    Data,
    Other,
}

fn keep(text: &[u8]) -> Box<[u8]> {
    text[..text.len().min(NAME)].into()
}

impl Open {
    fn client(&self) -> Option<Client<'_>> {
        let (address, name) = self.client.as_ref()?;
        Some(Client {
            address: *address,
            name,
        })
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
        self.kept = 0;
    }

    fn add(&mut self, recipient: &[u8]) {
        if self.kept < KEPT {
            let recipient = keep(recipient);
            self.kept += recipient.len() + 16;
            self.recipients.push(recipient);
        }
    }
}

impl Sessions {
    /// Gives what a line says, its steps replaced.
    pub fn resolve(&mut self, entry: &Entry<'_>, events: &[Event<'_>]) -> Vec<Event<'_>> {
        let mut said = std::mem::take(&mut self.said);
        said.clear();
        for event in events {
            match *event {
                Event::Step {
                    session,
                    client,
                    step,
                } => self.step(entry, session, client, step, &mut |event| said.push(event)),
                _ => said.push(event),
            }
        }
        self.said = said;
        self.said.events()
    }

    /// Gives how many sessions are open.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    fn step(
        &mut self,
        entry: &Entry<'_>,
        session: Session<'_>,
        client: Option<Client<'_>>,
        step: Step<'_>,
        give: &mut dyn FnMut(&Event<'_>),
    ) {
        self.key.clear();
        let outgoing = matches!(step, Step::Asked { .. } | Step::Told { .. });
        for part in [entry.host, session.part, session.name] {
            self.key.extend_from_slice(&part[..part.len().min(NAME)]);
            self.key.push(if outgoing { 1 } else { 0 });
        }
        if step == Step::Closed {
            self.open.remove(&self.key[..]);
            return;
        }
        if self.open.len() >= SESSIONS {
            self.open
                .retain(|_, open| open.last.0 > entry.at.0.saturating_sub(Stamp::HOUR));
            if self.open.len() >= SESSIONS {
                self.open.clear();
            }
        }
        let open = self.open.entry_ref(&self.key[..]).or_default();
        open.last = entry.at;
        if let Some(client) = client {
            let same = open.client().is_some_and(|known| known == client);
            if !same {
                open.client = Some((client.address, keep(client.name)));
            }
        }
        match step {
            Step::Opened => {
                let client = open.client.take();
                *open = Open {
                    last: entry.at,
                    client,
                    fresh: true,
                    ..Open::default()
                };
                if let Some(client) = open.client() {
                    give(&Event::Connected {
                        session: session.name,
                        client,
                    });
                }
            }
            Step::Helo { helo } => said_helo(open, helo, give),
            Step::Login { account, success } => said_login(open, account, success, give),
            Step::Authenticated => {
                if open.account.is_empty() {
                    open.account = UNNAMED.into();
                }
            }
            Step::Account { account } => {
                if !open.account.is_empty() && !account.is_empty() {
                    open.account = keep(account);
                }
            }
            Step::Mail { sender } => {
                open.forget();
                open.sender = Some(keep(sender));
                for held in std::mem::take(&mut open.held) {
                    said_refused(
                        open,
                        held.recipient.as_deref(),
                        held.stage,
                        held.refusal,
                        &held.reply,
                        give,
                    );
                }
            }
            Step::Recipient { address } => open.add(address),
            Step::Refused {
                recipient,
                stage,
                refusal,
                reply,
            } => {
                if open.client.is_some() {
                    said_refused(open, recipient, stage, refusal, reply, give);
                } else if open.held.len() < HELD {
                    open.held.push(Held {
                        recipient: recipient.map(keep),
                        stage,
                        refusal,
                        reply: keep(reply),
                    });
                }
            }
            Step::Message { id } => {
                if let Some(client) = open.client() {
                    give(&arrived(open, id, client));
                }
            }
            Step::Taken { id } => self.taken(entry, session, id, give),
            Step::Command { line } => {
                // Exchange may write all lines of an answer into the row of the first: there is no last one.
                if std::mem::take(&mut open.answering)
                    && let Some(Command::Helo(helo)) = open.commands.pop_front()
                {
                    said_helo(open, &helo, give);
                }
                if open.commands.len() < PIPELINED && is_command(line) {
                    let (verb, argument) = word(line);
                    open.commands.push_back(command(verb, argument));
                }
            }
            Step::Answer { reply } => self.answered(entry, session, reply, give),
            Step::Rights {
                connector,
                any_recipient,
            } => {
                let first = std::mem::take(&mut open.fresh);
                if first
                    && any_recipient
                    && let Some(client) = open.client()
                {
                    let asked = open
                        .commands
                        .iter()
                        .any(|asked| matches!(asked, Command::Auth));
                    give(&Event::Rights {
                        connector,
                        client,
                        logged_in: asked || !open.account.is_empty(),
                    });
                }
            }
            Step::Asked { verb, argument } => match command(verb, argument) {
                // A new connection: what was not answered in the last one never is.
                Command::Helo(_) => {
                    open.commands.clear();
                    open.commands.push_back(Command::Other);
                }
                command if open.commands.len() < PIPELINED => open.commands.push_back(command),
                _ => {}
            },
            Step::Told { reply } => {
                if let Some(Command::Rcpt(recipient)) = open.commands.pop_front() {
                    self.told(entry, session, &recipient, reply, give);
                }
            }
            Step::Closed => {}
        }
    }

    /// The content of a message was taken: gives the message, under an id of its own where the log has none.
    fn taken(
        &mut self,
        entry: &Entry<'_>,
        session: Session<'_>,
        id: &[u8],
        give: &mut dyn FnMut(&Event<'_>),
    ) {
        let Some(open) = self.open.get_mut(&self.key[..]) else {
            return;
        };
        let mut made = Vec::new();
        let id = if id.is_empty() {
            self.made += 1;
            made.extend_from_slice(if session.part.is_empty() {
                session.name
            } else {
                session.part
            });
            made.push(b'-');
            made.extend_from_slice(self.made.to_string().as_bytes());
            &made[..]
        } else {
            id
        };
        if let (Some(client), Some(sender)) = (open.client(), &open.sender) {
            give(&arrived(open, id, client));
            give(&Event::Accepted {
                id,
                sender,
                recipients: u32::try_from(open.recipients.len()).ok(),
                size: None,
            });
            for address in &open.recipients {
                give(&Event::Recipient { id, address });
            }
        }
        if !made.is_empty() {
            if self.waiting_count + open.recipients.len() > WAITING {
                self.waiting.clear();
                self.waiting_count = 0;
            }
            for address in &open.recipients {
                let key = sent_key(entry.host, session.part, address);
                self.waiting.entry(key).or_default().push_back(Waits {
                    id: id.into(),
                    since: entry.at,
                });
                self.waiting_count += 1;
            }
        }
        open.forget();
    }

    /// The next hop answered a recipient: gives what became of the one that waited longest.
    fn told(
        &mut self,
        entry: &Entry<'_>,
        session: Session<'_>,
        recipient: &[u8],
        reply: &[u8],
        give: &mut dyn FnMut(&Event<'_>),
    ) {
        let status = match reply.first() {
            Some(b'2') => Status::Sent,
            Some(b'4') => Status::Deferred,
            Some(b'5') => Status::Bounced,
            _ => return,
        };
        let key = sent_key(entry.host, session.part, recipient);
        let Some(queue) = self.waiting.get_mut(&key) else {
            return;
        };
        while let Some(waits) = queue.front()
            && entry.at.0.saturating_sub(waits.since.0) > WAIT
        {
            queue.pop_front();
            self.waiting_count -= 1;
        }
        if let Some(waits) = queue.pop_front() {
            give(&Event::Delivery {
                id: &waits.id,
                to: recipient,
                original: b"",
                expanded: false,
                agent: Agent::Remote,
                hop: session.name,
                status,
                reply,
            });
            if status == Status::Deferred {
                queue.push_front(waits);
            } else {
                self.waiting_count -= 1;
            }
        }
        if queue.is_empty() {
            self.waiting.remove(&key);
        }
    }

    /// The server answered: applies the command that was waiting longest.
    fn answered(
        &mut self,
        entry: &Entry<'_>,
        session: Session<'_>,
        reply: &[u8],
        give: &mut dyn FnMut(&Event<'_>),
    ) {
        let Some(open) = self.open.get_mut(&self.key[..]) else {
            return;
        };
        // Not the last line of the answer.
        if reply.get(3) == Some(&b'-') {
            open.answering = !open.commands.is_empty();
            return;
        }
        if reply.starts_with(b"334") || reply.starts_with(b"354") {
            return;
        }
        open.answering = false;
        let good = reply.first() == Some(&b'2');
        let refused = |stage, recipient| Step::Refused {
            recipient,
            stage,
            refusal: meaning(reply),
            reply,
        };
        match open.commands.pop_front() {
            Some(Command::Helo(helo)) if good => said_helo(open, &helo, give),
            // What worked is told with its account, in a row of its own.
            Some(Command::Auth) if reply.starts_with(b"535") => said_login(open, b"", false, give),
            Some(Command::Mail(sender)) => {
                open.forget();
                open.sender = Some(sender);
                if !good {
                    self.step(entry, session, None, refused(Stage::Mail, None), give);
                }
            }
            Some(Command::Rcpt(recipient)) if good => open.add(&recipient),
            Some(Command::Rcpt(recipient)) => {
                self.step(
                    entry,
                    session,
                    None,
                    refused(Stage::Rcpt, Some(&recipient)),
                    give,
                );
            }
            Some(Command::Data) if good => {
                let id = cut_at(reply, b"InternalId=")
                    .and_then(|(_, id)| cut(id, b']'))
                    .map_or(&b""[..], |(id, _)| id);
                let id = if id.is_empty() { session.name } else { id };
                self.taken(entry, session, id, give);
            }
            Some(Command::Data) => {
                self.step(entry, session, None, refused(Stage::Data, None), give)
            }
            _ => {}
        }
    }
}

fn arrived<'a>(open: &'a Open, id: &'a [u8], client: Client<'a>) -> Event<'a> {
    // No address: the host itself.
    let client = (client.address.is_some() || !client.name.is_empty()).then_some(client);
    Event::Arrived {
        id,
        client,
        helo: &open.helo,
        account: &open.account,
        before: b"",
    }
}

fn said_refused(
    open: &Open,
    recipient: Option<&[u8]>,
    stage: Stage,
    refusal: Refusal,
    reply: &[u8],
    give: &mut dyn FnMut(&Event<'_>),
) {
    if let Some(client) = open.client() {
        give(&Event::Refused {
            id: b"",
            client,
            helo: &open.helo,
            account: &open.account,
            sender: open.sender.as_deref(),
            recipient,
            stage,
            refusal,
            warned: false,
            reply,
        });
    }
}

fn said_helo(open: &mut Open, helo: &[u8], give: &mut dyn FnMut(&Event<'_>)) {
    open.helo = keep(helo);
    open.forget();
    if let Some(client) = open.client() {
        give(&Event::Greeted { client, helo });
    }
}

fn said_login(open: &mut Open, account: &[u8], success: bool, give: &mut dyn FnMut(&Event<'_>)) {
    if success {
        open.account = keep(if account.is_empty() { UNNAMED } else { account });
    }
    if let Some(client) = open.client() {
        give(&Event::Login {
            client,
            account,
            success,
        });
    }
}

/// Names a recipient of a virtual server, whatever the letters it was written in.
fn sent_key(host: &[u8], part: &[u8], recipient: &[u8]) -> Box<[u8]> {
    let recipient = &recipient[..recipient.len().min(NAME)];
    let mut key = [host, b"\0", part, b"\0", recipient].concat();
    key.make_ascii_lowercase();
    key.into()
}

/// Says whether a line is a command, and not the client's part of a login.
fn is_command(line: &[u8]) -> bool {
    let (verb, _) = word(line);
    (4..=8).contains(&verb.len())
        && verb.iter().all(u8::is_ascii_alphabetic)
        && !verb.ends_with(b"=")
}

/// Reads a command of SMTP.
fn command(verb: &[u8], rest: &[u8]) -> Command {
    let is = |name: &[u8]| verb.eq_ignore_ascii_case(name);
    if is(b"EHLO") || is(b"HELO") {
        Command::Helo(keep(rest))
    } else if is(b"AUTH") {
        Command::Auth
    } else if is(b"MAIL") {
        Command::Mail(keep(path(rest)))
    } else if is(b"RCPT") {
        Command::Rcpt(keep(path(rest)))
    } else if is(b"DATA") || is(b"BDAT") && holds(rest, b"last") {
        Command::Data
    } else {
        Command::Other
    }
}

/// Reads the address out of `FROM:<a> SIZE=1`.
pub(in crate::mtalog) fn path(argument: &[u8]) -> &[u8] {
    let mut rest = argument;
    for keyword in [&b"from:"[..], b"to:"] {
        if begins(rest, keyword) {
            rest = skip_blanks(&rest[keyword.len()..]);
            break;
        }
    }
    if let [b'<', inside @ ..] = rest
        && let Some((address, _)) = bracketed(inside)
    {
        return address;
    }
    unbracket(word(rest).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::event::LineAt;
    use crate::mtalog::read::LogReader;
    use crate::mtalog::shown::shown;

    fn entry(text: &[u8], at: i64) -> Entry<'_> {
        Entry {
            at: Stamp(at * Stamp::SECOND),
            place: LineAt::default(),
            host: b"mail",
            program: b"smtpd",
            pid: None,
            text,
        }
    }

    fn told(reader: &mut dyn LogReader, lines: &[&str]) -> Vec<String> {
        let mut sessions = Sessions::default();
        let mut found = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let entry = entry(line.as_bytes(), at as i64);
            let mut events = Vec::new();
            reader.read(&entry, &mut events);
            found.extend(sessions.resolve(&entry, &events).iter().map(shown));
        }
        found
    }

    #[test]
    fn a_session_of_opensmtpd() {
        let found = told(
            &mut crate::mtalog::opensmtpd::OpenSmtpd,
            &[
                "1cba9d81d4e68d12 smtp connected address=198.51.100.7 host=a.example",
                "1cba9d81d4e68d12 smtp authentication user=bob result=ok",
                "2cba9d81d4e68d12 smtp connected address=203.0.113.9 host=<unknown>",
                "1cba9d81d4e68d12 smtp message msgid=33e9e270 size=1 nrcpt=1 proto=ESMTP",
                "1cba9d81d4e68d12 smtp envelope evpid=33e9e270783c363c from=<b@example.com> to=<s@example.net>",
                "2cba9d81d4e68d12 smtp failed-command command=\"RCPT TO:<x@example.net>\" result=\"550 Invalid recipient: <x@example.net>\"",
                "2cba9d81d4e68d12 smtp disconnected reason=quit",
                // Nothing is known of it any more.
                "2cba9d81d4e68d12 smtp message msgid=43e9e270 size=1 nrcpt=1 proto=ESMTP",
                "3cba9d81d4e68d12 smtp connected address=local host=mail",
                "3cba9d81d4e68d12 smtp message msgid=53e9e270 size=1 nrcpt=1 proto=ESMTP",
            ],
        );
        assert_eq!(
            found,
            [
                "Connected a.example[198.51.100.7] session=1cba9d81d4e68d12",
                "Login a.example[198.51.100.7] account=bob true",
                "Connected [203.0.113.9] session=2cba9d81d4e68d12",
                "Arrived 33e9e270 a.example[198.51.100.7] account=bob",
                "Accepted 33e9e270 <b@example.com>",
                "Recipient 33e9e270 <s@example.net>",
                "Refused - [203.0.113.9] to=<x@example.net> Rcpt Recipient: 550 Invalid recipient: <x@example.net>",
                "Connected [-] session=3cba9d81d4e68d12",
                "Arrived 53e9e270 here",
            ]
        );
    }

    fn steps(rows: &[(i64, &str, Step<'_>)]) -> Vec<String> {
        let mut sessions = Sessions::default();
        let mut found = Vec::new();
        let client = Client {
            address: Some([192, 0, 2, 7].into()),
            name: b"",
        };
        for (at, name, step) in rows {
            let event = Event::Step {
                session: Session {
                    name: name.as_bytes(),
                    part: b"V1",
                },
                client: Some(client),
                step: *step,
            };
            let entry = entry(b"", *at);
            found.extend(sessions.resolve(&entry, &[event]).iter().map(shown));
        }
        found
    }

    #[test]
    fn a_dialogue_is_answered_in_order() {
        let line = |line| Step::Command { line };
        let reply = |reply| Step::Answer { reply };
        let found = steps(&[
            (0, "S", Step::Opened),
            (
                0,
                "S",
                Step::Rights {
                    connector: b"C",
                    any_recipient: true,
                },
            ),
            (
                0,
                "S",
                Step::Rights {
                    connector: b"C",
                    any_recipient: true,
                },
            ),
            (0, "S", reply(b"220 hello")),
            (0, "S", line(b"EHLO x")),
            (0, "S", reply(b"250-a")),
            (0, "S", reply(b"250 b")),
            (0, "S", line(b"MAIL FROM:<a@b> SIZE=1")),
            (0, "S", line(b"RCPT TO:<c@d>")),
            (0, "S", line(b"RCPT TO:<e@f>")),
            (0, "S", line(b"DATA")),
            (0, "S", reply(b"250 2.1.0 ok")),
            (
                0,
                "S",
                reply(b"550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
            ),
            (0, "S", reply(b"250 2.1.5 ok")),
            (0, "S", reply(b"354 go on")),
            (
                0,
                "S",
                reply(b"250 2.6.0 <m@x> [InternalId=77] Queued mail for delivery"),
            ),
            (0, "S", line(b"AUTH LOGIN")),
            (0, "S", reply(b"334 x")),
            (0, "S", line(b"<authentication response>")),
            (0, "S", reply(b"535 5.7.3 no")),
            (0, "S", line(b"AUTH LOGIN")),
            (
                0,
                "S",
                Step::Login {
                    account: b"bob",
                    success: true,
                },
            ),
            (0, "S", reply(b"235 yes")),
            (0, "S", line(b"MAIL FROM:<a@b>")),
            (0, "S", reply(b"250 ok")),
            (0, "S", line(b"DATA")),
            (0, "S", reply(b"354 ok")),
            (0, "S", reply(b"554 5.6.0 no")),
        ]);
        assert_eq!(
            found,
            [
                "Connected [192.0.2.7] session=S",
                "Rights C [192.0.2.7] false",
                "Greeted [192.0.2.7] helo=x",
                "Refused - [192.0.2.7] helo=x from=<a@b> to=<c@d> Rcpt Relay: 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
                "Arrived 77 [192.0.2.7] helo=x",
                "Accepted 77 <a@b> n=1",
                "Recipient 77 <e@f>",
                "Login [192.0.2.7] false",
                "Login [192.0.2.7] account=bob true",
                "Refused - [192.0.2.7] helo=x account=bob from=<a@b> Data Other: 554 5.6.0 no",
            ]
        );
    }

    #[test]
    fn what_was_sent_is_used_once_and_in_time() {
        let asked = |line| {
            let (verb, argument) = word(line);
            Step::Asked { verb, argument }
        };
        let told = |reply| Step::Told { reply };
        let found = steps(&[
            (0, "192.0.2.7", Step::Helo { helo: b"x" }),
            (0, "192.0.2.7", Step::Mail { sender: b"a@b" }),
            (0, "192.0.2.7", Step::Recipient { address: b"C@d" }),
            (0, "192.0.2.7", Step::Taken { id: b"" }),
            (9, "mx", told(b"220+hello")),
            (9, "mx", asked(b"EHLO")),
            (9, "mx", told(b"250-mx")),
            (9, "mx", asked(b"RCPT TO:<c@d>")),
            (9, "mx", told(b"451+later")),
            (10, "mx", asked(b"RCPT TO:<c@d>")),
            (10, "mx", told(b"250+ok")),
            (11, "mx", asked(b"RCPT TO:<c@d>")),
            (11, "mx", told(b"250+ok")),
            (20, "192.0.2.7", Step::Mail { sender: b"a@b" }),
            (20, "192.0.2.7", Step::Recipient { address: b"c@d" }),
            (20, "192.0.2.7", Step::Taken { id: b"" }),
            (621, "mx", asked(b"RCPT TO:<c@d>")),
            (621, "mx", told(b"250+ok")),
        ]);
        assert_eq!(
            found,
            [
                "Greeted [192.0.2.7] helo=x",
                "Arrived V1-1 [192.0.2.7] helo=x",
                "Accepted V1-1 <a@b> n=1",
                "Recipient V1-1 <C@d>",
                "Delivery V1-1 <c@d> Remote Deferred hop=mx reply=451+later",
                "Delivery V1-1 <c@d> Remote Sent hop=mx reply=250+ok",
                "Arrived V1-2 [192.0.2.7] helo=x",
                "Accepted V1-2 <a@b> n=1",
                "Recipient V1-2 <c@d>",
            ]
        );
    }

    #[test]
    fn a_refusal_of_sendmail_waits_for_its_client() {
        let found = told(
            &mut crate::mtalog::sendmail::Sendmail,
            &[
                "P0KBx9xs079382: <x@example.com>... User unknown",
                "P0KBx9xs079383: <y@example.com>... User unknown",
                "P0KBx9xs079382: from=<a@example.org>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA, relay=[203.0.113.150]",
                "AUTH=server, relay=h.example [198.51.100.201], authid=bob, mech=LOGIN, bits=0",
                "P0KBx9xs079384: from=<b@example.com>, size=1, class=0, nrcpts=1, proto=ESMTPA, daemon=MTA, relay=h.example [198.51.100.201]",
                "P0KBx9xs079385: from=<b@example.com>, size=1, class=0, nrcpts=1, proto=ESMTPA, daemon=MTA, relay=i.example [198.51.100.202]",
            ],
        );
        assert_eq!(
            found,
            [
                "Refused - [203.0.113.150] from=<a@example.org> to=<x@example.com> Rcpt Recipient: User unknown",
                "Login h.example[198.51.100.201] account=bob true",
                "Arrived P0KBx9xs079384 h.example[198.51.100.201] account=bob",
                "Accepted P0KBx9xs079384 <b@example.com> n=1 size=1",
                "Arrived P0KBx9xs079385 i.example[198.51.100.202] account=?",
                "Accepted P0KBx9xs079385 <b@example.com> n=1 size=1",
            ]
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut sessions = Sessions::default();
        for at in 0..(SESSIONS as i64 + 10) {
            let name = at.to_string();
            let event = Event::Step {
                session: Session {
                    name: name.as_bytes(),
                    part: b"",
                },
                client: None,
                step: Step::Opened,
            };
            sessions.resolve(&entry(b"", at), &[event]);
        }
        assert!(sessions.open() <= SESSIONS);
        assert!(sessions.open() >= 3600);
    }
}
