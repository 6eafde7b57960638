//! What the last line said, for when the next says that it came again.
//!
//! Only what comes again word for word is kept: refusals without an id, logins, faults.
//!
//! Limits: of texts the first 1 KiB.

use super::event::{Client, Event, Refusal, Stage};
use std::ops::Range;

/// How much of each text is kept.
const MOST: usize = 1024;

#[derive(Debug, Clone, Copy)]
struct Who {
    address: Option<std::net::IpAddr>,
    name: (usize, usize),
}

#[derive(Debug, Clone)]
enum Kept {
    Login {
        client: Who,
        account: Range<usize>,
        success: bool,
    },
    Refused {
        client: Who,
        helo: Range<usize>,
        account: Range<usize>,
        sender: Option<Range<usize>>,
        recipient: Option<Range<usize>>,
        stage: Stage,
        refusal: Refusal,
        warned: bool,
        reply: Range<usize>,
    },
    OldDefault {
        client: Who,
        recipient: Range<usize>,
    },
    Fault {
        text: Range<usize>,
    },
}

/// The last line, as far as it may come again.
#[derive(Debug, Clone, Default)]
pub(super) struct LastLine {
    text: Vec<u8>,
    events: Vec<Kept>,
    /// Where the line's own text is.
    line: Range<usize>,
    program: Range<usize>,
}

/// Tells whether an event can come again word for word.
fn comes_again(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Login { .. }
            | Event::Refused { id: b"", .. }
            | Event::OldDefault { .. }
            | Event::Fault { .. }
    )
}

impl LastLine {
    /// Begins a line.
    pub(super) fn begin(&mut self) {
        self.text.clear();
        self.events.clear();
        (self.line, self.program) = (0..0, 0..0);
    }

    /// Takes an event of it.
    pub(super) fn take(&mut self, event: &Event<'_>, line: &super::proof::Line<'_>) {
        if !comes_again(event) {
            return;
        }
        if self.events.is_empty() {
            self.line = self.keep(line.text);
            self.program = self.keep(line.program);
        }
        let from = line.text;
        let kept = match *event {
            Event::Login {
                client,
                account,
                success,
            } => Kept::Login {
                client: self.who(from, client),
                account: self.find(from, account),
                success,
            },
            Event::Refused {
                id: b"",
                client,
                helo,
                account,
                sender,
                recipient,
                stage,
                refusal,
                warned,
                reply,
            } => Kept::Refused {
                client: self.who(from, client),
                helo: self.find(from, helo),
                account: self.find(from, account),
                sender: sender.map(|sender| self.find(from, sender)),
                recipient: recipient.map(|recipient| self.find(from, recipient)),
                stage,
                refusal,
                warned,
                reply: self.find(from, reply),
            },
            Event::OldDefault { client, recipient } => Kept::OldDefault {
                client: self.who(from, client),
                recipient: self.find(from, recipient),
            },
            Event::Fault { text } => Kept::Fault {
                text: self.find(from, text),
            },
            _ => return,
        };
        if self.events.len() < 16 {
            self.events.push(kept);
        }
    }

    /// Gives its text and program.
    pub(super) fn line(&self) -> (&[u8], &[u8]) {
        (
            &self.text[self.line.clone()],
            &self.text[self.program.clone()],
        )
    }

    /// Gives the events that come again.
    pub(super) fn events(&self) -> impl Iterator<Item = Event<'_>> {
        self.events.iter().map(|kept| self.event(kept))
    }

    fn event(&self, kept: &Kept) -> Event<'_> {
        let text = |range: &Range<usize>| &self.text[range.clone()];
        let client = |who: &Who| Client {
            address: who.address,
            name: &self.text[who.name.0..who.name.1],
        };
        match kept {
            Kept::Login {
                client: who,
                account,
                success,
            } => Event::Login {
                client: client(who),
                account: text(account),
                success: *success,
            },
            Kept::Refused {
                client: who,
                helo,
                account,
                sender,
                recipient,
                stage,
                refusal,
                warned,
                reply,
            } => Event::Refused {
                id: b"",
                client: client(who),
                helo: text(helo),
                account: text(account),
                sender: sender.as_ref().map(text),
                recipient: recipient.as_ref().map(text),
                stage: *stage,
                refusal: *refusal,
                warned: *warned,
                reply: text(reply),
            },
            Kept::OldDefault {
                client: who,
                recipient,
            } => Event::OldDefault {
                client: client(who),
                recipient: text(recipient),
            },
            Kept::Fault { text: fault } => Event::Fault { text: text(fault) },
        }
    }

    fn who(&mut self, line: &[u8], client: Client<'_>) -> Who {
        let name = self.find(line, client.name);
        Who {
            address: client.address,
            name: (name.start, name.end),
        }
    }

    /// Finds a text in the line that is kept, where it is a piece of it; else keeps it.
    fn find(&mut self, line: &[u8], text: &[u8]) -> Range<usize> {
        let start = (text.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
        let end = start.saturating_add(text.len());
        match end <= self.line.len() {
            true => self.line.start + start..self.line.start + end,
            false => self.keep(text),
        }
    }

    fn keep(&mut self, text: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(&text[..text.len().min(MOST)]);
        start..self.text.len()
    }
}
