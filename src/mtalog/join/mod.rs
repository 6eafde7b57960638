//! From events to journeys: the lines of one message are joined, and the rules told what it comes to.
//!
//! In: every line of the log in order, with the events that its reader has made of it (it is a [`Sink`]). Out: the
//! [`LogAudit`].
//!
//! - A journey begins with whatever is said first of an id, and ends when the log says so, when its id is used
//!   again, or when nothing was said of it for a day. What has no arrival has no client, and is never an
//!   outsider's.
//! - What comes over loopback, or from nobody, may be the second pass of another message: the line that says so
//!   comes later. Such a journey waits for two minutes before the rules hear who brought it.
//! - A delivery to a filter is no outcome once the message it became was taken; else it is one like any other.
//!
//! Limits: [`MOST_JOURNEYS`] journeys and [`MOST_BYTES`] of their texts are under way at a time; beyond, the
//! oldest are let go as they are, and counted.

mod events;
mod passes;
mod told;

use crate::model::{LogAudit, LogTotals};
use crate::mtalog::event::{Entry, Event, LineAt, Link, Read, Stamp};
use crate::mtalog::journey::Store;
use crate::mtalog::know::Know;
use crate::mtalog::pipeline::{Sink, Skipped};
use crate::mtalog::proof::{Line, rfc3339};
use crate::mtalog::repeat::LastLine;
use crate::mtalog::rules::{Raiser, Rules};
use crate::mtalog::settings::Settings;
use crate::mtalog::tops::Tops;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many journeys may be under way.
pub const MOST_JOURNEYS: usize = 100_000;

/// How much memory their texts may take, roughly.
pub const MOST_BYTES: usize = 64 << 20;

/// How long a journey waits for the line that says what it is a part of.
const GRACE: i64 = 2 * Stamp::MINUTE;

/// How many hosts are told apart.
const MOST_HOSTS: usize = 4096;

/// How often a line is taken again that is said to have been repeated.
const MOST_REPEATS: u32 = 10_000;

/// What the files of a log were, for the report.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The files, by their number.
    pub paths: Vec<Arc<str>>,
    /// Names of the formats, each once.
    pub formats: Vec<&'static str>,
    /// What a reader of the report has to know, such as years that were inferred.
    pub notes: Vec<String>,
}

/// What is under way while a log is read, and what was found so far.
#[derive(Debug, Clone)]
pub struct Journal {
    know: Know,
    settings: Settings,
    rules: Rules,
    store: Store,
    hosts: Vec<Box<[u8]>>,
    host: u32,
    totals: LogTotals,
    tops: Tops,
    /// Journeys that wait: until when, and which.
    due: VecDeque<(i64, u32, u32)>,
    /// Recipients that this line has spoken of.
    touched: Vec<(u32, u32, u32)>,
    last: LastLine,
    now: Stamp,
    ahead: bool,
    lines: u64,
    unparsed: u64,
    span: Option<(Stamp, Stamp)>,
    logins: u64,
    messages_with_login: u64,
}

impl Sink for Journal {
    fn take(&mut self, entry: &Entry<'_>, read: Read, events: &[Event<'_>]) {
        self.take_line(entry, read, events);
    }

    fn torn(&mut self, place: LineAt, text: &[u8]) {
        self.take_torn(place, text);
    }

    fn skipped(&mut self, _place: LineAt, _why: Skipped) {
        self.lines += 1;
    }
}
impl Journal {
    /// Begins a log.
    pub fn new(know: Know, settings: Settings) -> Self {
        Self {
            rules: Rules::new(&settings),
            know,
            settings,
            store: Store::new(),
            hosts: Vec::new(),
            host: 0,
            totals: LogTotals::default(),
            tops: Tops::default(),
            due: VecDeque::new(),
            touched: Vec::new(),
            last: LastLine::default(),
            now: Stamp(i64::MIN),
            ahead: false,
            lines: 0,
            unparsed: 0,
            span: None,
            logins: 0,
            messages_with_login: 0,
        }
    }

    /// Forgets who was active and when, and keeps what is under way: what came so far was counted by an earlier run.
    pub fn begin_counting(&mut self) {
        self.tops = Tops::default();
        self.span = None;
    }

    fn take_line(&mut self, entry: &Entry<'_>, read: Read, events: &[Event<'_>]) {
        let line = Line::of(entry);
        self.lines += 1;
        if let Read::Unknown(_) | Read::Torn = read {
            self.unparsed += 1;
        }
        self.rules.line(&line, read, &self.settings);
        if read != Read::Torn {
            self.advance(entry.at);
        }
        if events.is_empty() {
            if read == Read::Known {
                self.last.begin();
            }
            return;
        }
        self.enter(entry.host);
        if !matches!(events, [Event::Repeated { .. }]) {
            self.last.begin();
        }
        let forwarded = events.iter().any(|event| {
            let link = Link::Forwarded;
            matches!(event, Event::Linked { link: l, .. } if *l == link)
        });
        for event in events {
            if let Event::Repeated { times } = event {
                self.again(&line, *times);
            } else {
                self.last.take(event, &line);
                self.event(&line, event, forwarded);
            }
        }
        while let Some((slot, serial, index)) = self.touched.pop() {
            if self.store.is(slot, serial) {
                self.note(slot, index as usize, &line);
                self.store.charge(slot);
            }
        }
    }

    /// Takes bytes that are no line of a log.
    fn take_torn(&mut self, place: LineAt, text: &[u8]) {
        let entry = Entry {
            at: self.now.max(Stamp(0)),
            place,
            host: b"",
            program: b"",
            pid: None,
            text,
        };
        self.take_line(&entry, Read::Torn, &[]);
    }

    /// Takes the last line again.
    fn again(&mut self, line: &Line<'_>, times: u32) {
        let last = std::mem::take(&mut self.last);
        let (text, program) = last.line();
        let line = Line {
            text,
            program,
            ..*line
        };
        for _ in 0..times.min(MOST_REPEATS) {
            for event in last.events() {
                self.event(&line, &event, false);
            }
        }
        self.last = last;
    }

    /// Goes on in time: journeys that have waited enough, and those that nothing was said of for a day.
    fn advance(&mut self, at: Stamp) {
        // Busy logs have hundreds of lines of one second.
        let same = at == self.now && self.span.is_some();
        if !same && !self.passes(at) {
            return;
        }
        self.ahead = false;
        let since = Stamp(at.0.saturating_sub(Stamp::DAY));
        while let Some(slot) = self.store.aged(since, MOST_JOURNEYS, MOST_BYTES) {
            self.totals.unfinished += 1;
            self.close(slot);
        }
    }

    /// Sets the clock to another time; tells whether it is one to go by.
    fn passes(&mut self, at: Stamp) -> bool {
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(at), last.max(at)),
            None => (at, at),
        });
        // One line of another year must not end everything.
        let far = self.now != Stamp(i64::MIN) && at.0.saturating_sub(self.now.0) > Stamp::DAY;
        if far && !self.ahead {
            self.ahead = true;
            return false;
        }
        self.now = at;
        while let Some((until, slot, serial)) = self.due.front().copied()
            && (until <= at.0 || until > at.0.saturating_add(Stamp::HOUR))
        {
            self.due.pop_front();
            if self.store.is(slot, serial) {
                self.settle(slot);
                if self.store.at(slot).ended {
                    self.close(slot);
                }
            }
        }
        true
    }

    /// Remembers which host is speaking.
    fn enter(&mut self, host: &[u8]) {
        let speaking = self.hosts.get(self.host as usize);
        if speaking.is_some_and(|known| **known == *host) {
            return;
        }
        let known = self.hosts.iter().position(|known| **known == *host);
        let number = known.unwrap_or_else(|| {
            if self.hosts.len() < MOST_HOSTS {
                self.know.host(host);
                self.hosts.push(host.into());
            }
            self.hosts.len() - 1
        });
        self.host = number as u32;
    }

    /// Ends the log.
    pub fn finish(mut self, input: Input) -> LogAudit {
        self.end(input)
    }

    /// Ends the log; for those who do not want to wait until all that was kept is given back. Nothing is to be taken
    /// after that.
    pub fn end(&mut self, input: Input) -> LogAudit {
        let waiting: Vec<_> = self.due.drain(..).collect();
        for (_, slot, serial) in waiting {
            if self.store.is(slot, serial) {
                self.settle(slot);
            }
        }
        for slot in self.store.all() {
            self.totals.unfinished += u64::from(!self.store.at(slot).ended);
            self.close(slot);
        }
        let (relay_denied, relayed_recipients) = self.rules.totals(&self.know);
        self.totals.relay_denied = relay_denied;
        self.totals.relayed_recipients = relayed_recipients;
        self.totals.logins = match self.logins {
            0 => self.messages_with_login,
            logins => logins,
        };
        let mut raiser = Raiser::new(&self.know, &self.settings, &input.paths, &self.hosts);
        self.rules.raise(&mut raiser);
        let findings = raiser.done();
        let mut notes = input.notes;
        notes.extend(inferred(&self.know));
        LogAudit {
            paths: input.paths,
            formats: input.formats,
            lines: self.lines,
            unparsed: self.unparsed,
            first: self.span.map(|(first, _)| rfc3339(first)),
            last: self.span.map(|(_, last)| rfc3339(last)),
            totals: std::mem::take(&mut self.totals),
            tops: self.tops.tables(self.settings.top),
            notes,
            undecided: Vec::new(),
            findings,
            suppressed: Vec::new(),
        }
    }
}

/// Cuts what is kept of a next hop or a reply.
fn short(text: &[u8]) -> &[u8] {
    &text[..text.len().min(160)]
}

/// Says what was inferred.
fn inferred(know: &Know) -> Option<String> {
    const TOLD: usize = 10;
    if !know.infers() {
        return None;
    }
    let domains = know.inferred();
    let mut told: Vec<String> = domains
        .iter()
        .take(TOLD)
        .map(|domain| crate::model::bytes::printable(domain))
        .collect();
    if domains.len() > TOLD {
        told.push(format!("{} more", domains.len() - TOLD));
    }
    if told.is_empty() {
        told.push("none".to_owned());
    }
    Some(format!(
        "No own domain was given. Taken for own, because their mail was delivered here or they are the \
         host's: {}. What rests on that is less sure.",
        told.join(", ")
    ))
}

#[cfg(test)]
mod tests;
