//! One session of an embedded server as a state machine: command lines in, actions out.
//!
//! In: a [`Behaviour`], the server's names and memory, then lines. Out: replies and what else the
//! connection is to do. Reads no socket and no clock.
//!
//! Every command is answered as a proper server would ([`super::protocol`]); then the behaviour's
//! tricks, spelling, pauses and patience are laid over the answer, so that a misbehaviour never has
//! to know the protocol.
//!
//! References: RFC 2920 3.1 (groups of commands), Postfix postconf(5) `smtpd_hard_error_limit`, Exim
//! specification 14 `smtp_accept_max_nonmail`, postscreen(8) (teasing early talkers).

use super::behaviour::{Behaviour, Moment, Patience, Spelling, Trick};
use super::command::{Line, Request, Verb};
use super::content::LineEnds;
use super::conversation::{Action, Behind, Conversation, First};
use super::memory::{Event, Memory};
use super::protocol::{Greeted, Protocol, Then};
use super::relay::Names;
use super::spelling;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a server waits before it says what nobody has asked for.
const AFTERTHOUGHT: Duration = Duration::from_millis(5);

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    behaviour: Behaviour,
    memory: Arc<Memory>,
    protocol: Protocol,
    heard: u64,
    errors: u32,
    chatter: u32,
    free_rset: bool,
    out_of_turn: bool,
}

impl Session {
    /// Begins a session with a client.
    pub(super) fn new(
        behaviour: Behaviour,
        names: Arc<Names>,
        client: IpAddr,
        memory: Arc<Memory>,
    ) -> Self {
        memory.opened();
        Self {
            behaviour,
            protocol: Protocol::new(behaviour, names, client, Arc::clone(&memory)),
            memory,
            heard: 0,
            errors: 0,
            chatter: 0,
            free_rset: true,
            out_of_turn: false,
        }
    }

    /// Does what the trick of a moment puts in the place of an answer; `None` where it has none, or
    /// one that only follows an answer.
    fn instead(&mut self, moment: Moment) -> Option<Vec<Action>> {
        Some(match self.behaviour.trick(moment)? {
            Trick::Say(text) => self.say(text),
            Trick::SayLast(text) => {
                let mut actions = self.say(text);
                actions.push(Action::Close);
                actions
            }
            Trick::Hush => vec![Action::Hush],
            Trick::Close => vec![Action::Close],
            Trick::Reset => vec![Action::Reset],
            Trick::Flood(flood) => vec![Action::Flood(flood)],
            Trick::Behind(_)
            | Trick::NoHandshake(_)
            | Trick::Tease(_)
            | Trick::CloseBehind
            | Trick::CloseWithin => return None,
        })
    }

    /// Says an answer, and lets the trick of the moment follow it.
    fn deliver(&mut self, moment: Moment, text: &[u8], then: Then) -> Vec<Action> {
        let mut actions = self.say(text);
        let said = actions.iter_mut().find_map(|action| match action {
            Action::Say(bytes) => Some(bytes),
            _ => None,
        });
        match (self.behaviour.trick(moment), said) {
            (Some(Trick::Behind(more)), Some(bytes)) => bytes.extend_from_slice(more),
            (Some(Trick::CloseWithin), Some(bytes)) => {
                bytes.truncate(2);
                actions.push(Action::Close);
            }
            (Some(Trick::CloseBehind), _) => actions.push(Action::Close),
            (Some(Trick::NoHandshake(noise)), _) if then == Then::StartTls => {
                let noise = Action::Say(noise.to_vec());
                actions.extend([Action::AwaitAnything, noise, Action::Close]);
                return actions;
            }
            _ => {}
        }
        match then {
            Then::Listen => {}
            Then::ReadContent => actions.push(Action::ReadContent),
            Then::StartTls => actions.push(Action::StartTls),
            Then::Close => actions.push(Action::Close),
        }
        actions
    }

    /// Says a text: its holes filled, spelled and paced as the behaviour wants it.
    fn say(&mut self, text: &[u8]) -> Vec<Action> {
        let filled = self.protocol.fill(text);
        if matches!(filled.first(), Some(b'4' | b'5')) {
            self.errors += 1;
        }
        let mut actions = Vec::with_capacity(2);
        if !self.behaviour.reply_pause.is_zero() {
            actions.push(Action::Pause(self.behaviour.reply_pause));
        }
        let spelling = match self.behaviour.spelling {
            // Without a code in its greeting it would only be no mail server.
            Spelling::NoCodes if self.heard == 0 => Spelling::Standard,
            spelling => spelling,
        };
        actions.push(Action::Say(spelling::write(spelling, &filled)));
        if let Some(unasked) = spelling::afterthought(spelling) {
            actions.push(Action::Pause(AFTERTHOUGHT));
            actions.push(Action::Say(unasked.to_vec()));
        }
        actions
    }

    /// Takes note of a client that does not wait for answers.
    fn watch(&mut self, verb: Verb, behind: Behind) {
        let extended = self.protocol.greeted() == Greeted::WithEhlo;
        let may_go_on = extended
            && self.behaviour.offers("PIPELINING")
            && matches!(verb, Verb::Mail | Verb::Rcpt | Verb::Rset);
        if behind == Behind::More && !may_go_on && !self.out_of_turn {
            self.out_of_turn = true;
            self.memory.count(Event::OutOfTurn);
        }
    }

    /// Counts a command that carries no mail; the first greeting and the first RSET are free.
    fn count_chatter(&mut self, verb: Verb) {
        let free = match verb {
            Verb::Mail | Verb::Rcpt | Verb::Data | Verb::Quit => true,
            Verb::Ehlo | Verb::Helo => self.protocol.greeted() == Greeted::NotYet,
            Verb::Rset => std::mem::take(&mut self.free_rset),
            _ => false,
        };
        if !free {
            self.chatter += 1;
        }
    }

    /// Says goodbye to a client that is too much.
    fn lose_patience(&mut self) -> Vec<Action> {
        let over = match self.behaviour.patience {
            Patience::Endless => false,
            Patience::Errors(most) => self.errors >= most,
            Patience::Chatter(most) => self.chatter > most,
        };
        if !over {
            return Vec::new();
        }
        let mut actions = self.say(self.behaviour.words.enough.as_bytes());
        actions.push(Action::Close);
        actions
    }

    fn answer(&mut self, line: Line, behind: Behind, now: Duration) -> Vec<Action> {
        let Line::Whole(line) = line else {
            return self.say(b"500 5.5.2 Error: line too long");
        };
        let request = Request::read(&line);
        self.watch(request.verb, behind);
        self.count_chatter(request.verb);
        if let Patience::Chatter(_) = self.behaviour.patience {
            // Exim says so in place of the answer, others behind it.
            let goodbye = self.lose_patience();
            if !goodbye.is_empty() {
                return goodbye;
            }
        }
        let moment = moment(request.verb);
        if let Some(instead) = self.instead(moment) {
            return instead;
        }
        let (text, then) = self.protocol.answer(&request, now);
        self.deliver(moment, text.as_bytes(), then)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.memory.closed();
    }
}

impl Conversation for Session {
    fn connected(&mut self) -> Vec<Action> {
        let mut actions = match self.behaviour.trick(Moment::Banner) {
            Some(Trick::Tease(text)) => self.say(text),
            _ => Vec::new(),
        };
        if !self.behaviour.greet_pause.is_zero() {
            actions.push(Action::Pause(self.behaviour.greet_pause));
        }
        actions
    }

    fn greet(&mut self, first: First) -> Vec<Action> {
        if first == First::Client {
            self.memory.count(Event::EarlyTalker);
            if let Some(Trick::Tease(_)) = self.behaviour.trick(Moment::Banner) {
                return self.deliver(Moment::Other, b"521 5.5.1 Protocol error", Then::Close);
            }
        }
        if let Some(instead) = self.instead(Moment::Banner) {
            return instead;
        }
        let banner = self.behaviour.words.banner.as_bytes();
        self.deliver(Moment::Banner, banner, Then::Listen)
    }

    fn hear(&mut self, line: Line, behind: Behind, now: Duration) -> Vec<Action> {
        self.memory.count(Event::Command);
        self.heard += 1;
        let mut actions = self.answer(line, behind, now);
        if !matches!(actions.last(), Some(Action::Close)) {
            actions.extend(self.lose_patience());
        }
        actions
    }

    fn content(&mut self, _piece: &[u8]) -> Vec<Action> {
        Vec::new()
    }

    fn content_ended(&mut self, _line_ends: LineEnds, _now: Duration) -> Vec<Action> {
        self.protocol.end_transaction();
        self.free_rset = true;
        if let Some(instead) = self.instead(Moment::Content) {
            return instead;
        }
        self.memory.count(Event::MessageTaken);
        let queued = self.behaviour.words.queued.as_bytes();
        self.deliver(Moment::Content, queued, Then::Listen)
    }

    fn encrypted(&mut self) {
        self.memory.count(Event::Encrypted);
        self.protocol.encrypted();
    }
}

fn moment(verb: Verb) -> Moment {
    match verb {
        Verb::Ehlo => Moment::Ehlo,
        Verb::Helo => Moment::Helo,
        Verb::StartTls => Moment::StartTls,
        Verb::XClient => Moment::XClient,
        Verb::Mail => Moment::Mail,
        Verb::Rcpt => Moment::Rcpt,
        Verb::Data => Moment::Data,
        Verb::Rset => Moment::Rset,
        Verb::Quit => Moment::Quit,
        Verb::Auth | Verb::Noop | Verb::Verify | Verb::Unknown => Moment::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialogues::{DIALOGUES, Dialogue, Turn};
    use super::super::hostile::HOSTILE;
    use super::super::table::{BEHAVIOURS, behaviour};
    use super::*;
    use crate::smtp::limits;
    use proptest::prelude::*;

    const WAIT: Duration = Duration::from_secs(9);

    fn session(behaviour: &Behaviour) -> (Session, Arc<Memory>) {
        let domain = format!("{}.test", behaviour.id);
        let names = Names::of(&domain, IpAddr::from([127, 0, 0, 5]));
        let client = IpAddr::from([127, 0, 0, 1]);
        let memory = Arc::new(Memory::default());
        let session = Session::new(*behaviour, Arc::new(names), client, Arc::clone(&memory));
        (session, memory)
    }

    fn row(id: &str) -> Behaviour {
        let row = behaviour(id).expect("a row of the table");
        Behaviour {
            wait: row.wait.min(WAIT),
            ..*row
        }
    }

    fn hear(session: &mut Session, command: &str, behind: Behind, now: Duration) -> Vec<Action> {
        session.hear(Line::Whole(command.as_bytes().to_vec()), behind, now)
    }

    /// Writes actions out as the dialogues have them.
    fn write_out(actions: &[Action], out: &mut Vec<String>) {
        for action in actions {
            match action {
                Action::Say(bytes) => match bytes.strip_suffix(b"\r\n") {
                    Some(lines) => {
                        let text = lines.escape_ascii().to_string();
                        let lines = text.split("\\r\\n");
                        out.extend(lines.map(|line| format!("< {line}").trim_end().to_owned()));
                    }
                    None => out.push(format!("<| {}", bytes.escape_ascii())),
                },
                other => out.push(format!("! {other:?}")),
            }
        }
    }

    /// Plays the client's lines of a dialogue and gives all of it.
    fn play(dialogue: &Dialogue) -> Vec<String> {
        let (mut session, _) = session(&row(dialogue.id));
        let mut out = Vec::new();
        let mut now = Duration::ZERO;
        write_out(&session.connected(), &mut out);
        write_out(&session.greet(First::Server), &mut out);
        if dialogue.lines.first() == Some(&"...") {
            hear(&mut session, "EHLO probe.example", Behind::Nothing, now);
            out = vec!["...".to_owned()];
        }
        for line in &dialogue.lines {
            let actions = match Turn::of(line) {
                Turn::Handshake => {
                    session.encrypted();
                    Vec::new()
                }
                Turn::Message => session.content_ended(LineEnds::Clean, now),
                Turn::Wait => {
                    now += WAIT;
                    Vec::new()
                }
                Turn::Command(command) => hear(&mut session, command, Behind::Nothing, now),
                Turn::Greeted | Turn::Said(_) | Turn::SaidRaw(_) | Turn::Done(_) => continue,
            };
            out.push((*line).to_owned());
            write_out(&actions, &mut out);
        }
        out
    }

    #[test]
    fn every_behaviour_says_what_it_should() {
        let dialogues = Dialogue::read(DIALOGUES);
        for dialogue in &dialogues {
            assert_eq!(play(dialogue), dialogue.lines, "{}", dialogue.id);
        }
        for row in BEHAVIOURS.iter().chain(HOSTILE) {
            let there = dialogues.iter().any(|dialogue| dialogue.id == row.id);
            assert!(there, "{} has no dialogue", row.id);
        }
    }

    #[test]
    fn turns_away_who_speaks_first_where_it_teases() {
        let (mut teasing, memory) = session(&row("greet-pause"));
        teasing.connected();
        assert_eq!(
            teasing.greet(First::Client),
            [
                Action::Say(b"521 5.5.1 Protocol error\r\n".to_vec()),
                Action::Close
            ]
        );
        assert_eq!(memory.stats().early_talkers, 1);
        let (mut plain, memory) = session(&row("closed"));
        let greeting = plain.greet(First::Client);
        assert!(matches!(&greeting[..], [Action::Say(said)] if said.starts_with(b"220 ")));
        assert_eq!(memory.stats().early_talkers, 1);
    }

    #[test]
    fn counts_a_client_that_does_not_wait_for_its_turn() {
        for (id, commands, behind_at, out_of_turn) in [
            (
                "closed",
                &["EHLO a", "MAIL FROM:<>", "RCPT TO:<x@y>"][..],
                9,
                0,
            ),
            ("closed", &["EHLO a", "MAIL FROM:<>", "RCPT TO:<x@y>"], 1, 1),
            ("closed", &["EHLO a", "MAIL FROM:<>"], 0, 1),
            (
                "closed-pipelining",
                &["EHLO a", "MAIL FROM:<>", "RCPT TO:<x@y>"],
                1,
                0,
            ),
            ("closed-pipelining", &["EHLO a", "RSET"], 1, 0),
            ("closed-pipelining", &["EHLO a", "DATA"], 1, 1),
            ("closed-pipelining", &["EHLO a", "QUIT"], 1, 1),
            ("closed-pipelining", &["EHLO a", "NOOP"], 1, 1),
            ("closed-pipelining", &["EHLO a"], 0, 1),
            ("closed-pipelining", &["HELO a", "MAIL FROM:<>"], 1, 1),
        ] {
            let (mut session, memory) = session(&row(id));
            for (index, command) in commands.iter().enumerate() {
                let behind = if index == behind_at {
                    Behind::More
                } else {
                    Behind::Nothing
                };
                hear(&mut session, command, behind, Duration::ZERO);
            }
            let stats = memory.stats();
            assert_eq!(
                stats.out_of_turn, out_of_turn,
                "{id} {commands:?} {behind_at}"
            );
            assert_eq!(stats.commands, commands.len() as u64);
        }
    }

    #[test]
    fn answers_lines_that_are_too_long() {
        let (mut session, _) = session(&row("closed"));
        let actions = session.hear(Line::Overlong, Behind::Nothing, Duration::ZERO);
        assert_eq!(
            actions,
            [Action::Say(b"500 5.5.2 Error: line too long\r\n".to_vec())]
        );
    }

    proptest! {
        #[test]
        fn never_lets_a_client_write_a_reply(
            index in 0usize..BEHAVIOURS.len(),
            lines in proptest::collection::vec(
                ("(EHLO |MAIL FROM:<|RCPT TO:<|XCLIENT |)", proptest::collection::vec(any::<u8>(), 0..80)), 1..12))
        {
            let (mut session, _) = session(&BEHAVIOURS[index]);
            for (verb, rest) in lines {
                let mut line = [verb.as_bytes(), &rest].concat();
                line.retain(|b| *b != b'\n');
                for action in session.hear(Line::Whole(line), Behind::Nothing, Duration::ZERO) {
                    let Action::Say(said) = action else { continue };
                    prop_assert!(said.len() < limits::MAX_LINE);
                    let codes = said.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(|l| &l[..3]);
                    for code in codes {
                        prop_assert!(code.iter().all(u8::is_ascii_digit), "{}", said.escape_ascii());
                    }
                }
            }
        }
    }
}
