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

use super::event::{Agent, Client, Entry, Event, LineAt, Link, Read, Stamp, Status};
use super::journey::{Rcpt, Store};
use super::know::{Know, Standing};
use super::pipeline::{Sink, Skipped};
use super::proof::{Line, rfc3339};
use super::repeat::LastLine;
use super::rules::{HostNumber, Mail, Raiser, Refused, Rules, SOME_ALIAS, Scene, To};
use super::settings::Settings;
use super::tops::Tops;
use crate::model::{LogAudit, LogTotals};
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
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(at), last.max(at)),
            None => (at, at),
        });
        // One line of another year must not end everything.
        let far = self.now != Stamp(i64::MIN) && at.0.saturating_sub(self.now.0) > Stamp::DAY;
        if far && !self.ahead {
            self.ahead = true;
            return;
        }
        self.ahead = false;
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
        let since = Stamp(at.0.saturating_sub(Stamp::DAY));
        while let Some(slot) = self.store.aged(since, MOST_JOURNEYS, MOST_BYTES) {
            self.totals.unfinished += 1;
            self.close(slot);
        }
    }

    /// Remembers which host is speaking.
    fn enter(&mut self, host: &[u8]) {
        let same = |known: &Box<[u8]>| **known == *host;
        if self.hosts.get(self.host as usize).is_some_and(same) {
            return;
        }
        let known = self.hosts.iter().position(same);
        let number = known.unwrap_or_else(|| {
            if self.hosts.len() < MOST_HOSTS {
                self.know.host(host);
                self.hosts.push(host.into());
            }
            self.hosts.len() - 1
        });
        self.host = number as u32;
    }

    fn event(&mut self, line: &Line<'_>, event: &Event<'_>, forwarded: bool) {
        match *event {
            Event::Connected { ref client, .. } => self.rules.connected(client),
            Event::Greeted { ref client, helo } => {
                let (rules, scene) = self.scene(line);
                rules.greeted(&scene, client, helo);
            }
            Event::Login {
                ref client,
                account,
                success,
            } => {
                match success {
                    true => self.logins += 1,
                    false => self.totals.login_failures += 1,
                }
                let (rules, scene) = self.scene(line);
                rules.login(&scene, client, account, success);
            }
            Event::Arrived {
                id,
                client,
                helo,
                account,
                before,
            } => self.arrived(line, id, client, helo, account, before),
            Event::Accepted {
                id,
                sender,
                recipients,
                ..
            } if recipients != Some(0) => self.accepted(line, id, sender),
            Event::Accepted { .. } => {}
            Event::Recipient { id, address } => {
                let slot = self.open(id, line.at);
                let seen = (line.at, line.place);
                if let Some(index) = self.store.rcpt(slot, address, b"", seen) {
                    self.touch(slot, index);
                }
            }
            Event::Delivery { .. } => self.delivery(line, event, forwarded),
            Event::Linked { id, child, link } => self.linked(line, id, child, link),
            Event::Ended { id } => {
                if let Some(slot) = self.store.find(self.host, id) {
                    self.ended(slot, line.at);
                }
            }
            Event::Refused { .. } => self.refused(line, event),
            Event::OldDefault { ref client, .. } => {
                let standing = self.know.standing(client.address, false);
                let (rules, scene) = self.scene(line);
                if let Some(address) = client.address {
                    rules.old_default(&scene, address, standing);
                }
            }
            Event::Rights {
                connector,
                ref client,
                logged_in,
            } => {
                if self.know.standing(client.address, logged_in) == Standing::Outsider {
                    let (rules, scene) = self.scene(line);
                    rules.rights(&scene, connector);
                }
            }
            Event::Fault { .. } => {
                let (rules, scene) = self.scene(line);
                rules.fault(&scene);
            }
            // Steps are put together before they come here.
            Event::Repeated { .. } | Event::Step { .. } => {}
        }
    }

    fn refused(&mut self, line: &Line<'_>, event: &Event<'_>) {
        let Event::Refused {
            client,
            helo,
            account,
            sender,
            recipient,
            stage,
            refusal,
            warned,
            ..
        } = *event
        else {
            return;
        };
        match warned {
            true => self.totals.warned += 1,
            false => self.totals.rejected += 1,
        }
        let refused = Refused {
            client,
            standing: self.know.standing(client.address, !account.is_empty()),
            helo,
            sender,
            recipient,
            stage,
            refusal,
            warned,
        };
        if refused.is_attempt(&self.know)
            && let Some(address) = client.address
        {
            self.tops.refused(address, client.name, line.at);
        }
        let (rules, scene) = self.scene(line);
        rules.refused(&scene, &refused);
    }

    /// Gives the journey of an id; begins one in the middle if there is none.
    fn open(&mut self, id: &[u8], at: Stamp) -> u32 {
        match self.store.find(self.host, id) {
            Some(slot) => {
                self.store.at_mut(slot).touched = at;
                slot
            }
            None => self.store.begin(self.host, id, at),
        }
    }

    /// Gives a new journey for an id; what was there under that id is closed.
    fn anew(&mut self, id: &[u8], at: Stamp) -> u32 {
        if let Some(slot) = self.store.find(self.host, id) {
            self.totals.unfinished += u64::from(!self.store.at(slot).ended);
            self.close(slot);
        }
        self.store.begin(self.host, id, at)
    }

    fn arrived(
        &mut self,
        line: &Line<'_>,
        id: &[u8],
        client: Option<Client<'_>>,
        helo: &[u8],
        account: &[u8],
        before: &[u8],
    ) {
        self.totals.received += 1;
        // Cut-through deliveries and links come before the arrival; what else was said of the id is older.
        let fits = self.store.find(self.host, id).filter(|slot| {
            let known = self.store.at(*slot);
            let recent = line.at.0.saturating_sub(known.touched.0) < Stamp::HOUR;
            !known.arrived && !known.ended && known.accepted.is_none() && recent
        });
        let slot = match fits {
            Some(slot) => slot,
            None => self.anew(id, line.at),
        };
        let address = client.and_then(|client| client.address);
        let address = address.map(|address| address.to_canonical());
        let standing = self.know.standing(address, !account.is_empty());
        let journey = self.store.at_mut(slot);
        journey.touched = line.at;
        journey.arrived = true;
        journey.client = address;
        journey.standing = standing;
        journey.name = journey.keep(client.map_or(b"", |client| client.name));
        journey.helo = journey.keep(helo);
        journey.account = journey.keep(account);
        journey.second |= !before.is_empty();
        let loopback = address.is_none_or(|address| address.is_loopback());
        let waits = loopback || journey.second;
        if !before.is_empty()
            && let Some(parent) = self.store.find(self.host, before)
            && parent != slot
        {
            self.inherit(parent, slot);
        }
        if waits {
            self.wait(slot, line.at);
        } else {
            self.store.at_mut(slot).settled = true;
        }
        if let Some(client) = client {
            let (rules, scene) = self.scene(line);
            rules.greeted(&scene, &client, helo);
            if !account.is_empty() && !waits {
                rules.login(&scene, &client, account, true);
            }
        }
        self.store.charge(slot);
    }

    fn accepted(&mut self, line: &Line<'_>, id: &[u8], sender: &[u8]) {
        let mut slot = self.open(id, line.at);
        let journey = self.store.at(slot);
        // A queue manager tells the sender again at each attempt; another one is another message.
        let other = journey.accepted.is_some() && journey.text(journey.sender) != sender;
        if journey.ended || other {
            slot = self.anew(id, line.at);
        }
        let journey = self.store.at_mut(slot);
        if journey.accepted.is_some() {
            return;
        }
        journey.accepted = Some(line.at);
        journey.sender = journey.keep(sender);
        if journey.settled {
            self.tell(slot, line);
        } else if !journey.arrived {
            // Made here, or begun before the log: who brought it is not known, but may be told yet.
            self.wait(slot, line.at);
        }
        self.store.charge(slot);
    }

    fn delivery(&mut self, line: &Line<'_>, event: &Event<'_>, forwarded: bool) {
        let Event::Delivery {
            id,
            to,
            original,
            expanded,
            agent,
            hop,
            status,
            reply,
        } = *event
        else {
            return;
        };
        if status == Status::Probed {
            return;
        }
        match status {
            Status::Sent if forwarded => self.totals.forwarded += 1,
            Status::Sent => self.totals.delivered += 1,
            Status::Deferred => self.totals.deferrals += 1,
            Status::Bounced => self.totals.bounced += 1,
            Status::Expired | Status::Probed => {}
        }
        if agent == Agent::Local {
            self.know.learn(to);
        }
        if !original.is_empty() {
            self.know.learn_alias(original, to);
        }
        if agent == Agent::Remote && matches!(status, Status::Deferred | Status::Bounced) {
            let (rules, scene) = self.scene(line);
            rules.failed(&scene, hop, reply);
        }
        let original = match original {
            [] if expanded => SOME_ALIAS,
            original => original,
        };
        let slot = self.open(id, line.at);
        let journey = self.store.at_mut(slot);
        if status == Status::Deferred && !journey.deferred {
            journey.deferred = true;
            self.totals.deferred += 1;
        }
        let seen = (line.at, line.place);
        if to.is_empty() {
            // Of all that were still waiting.
            for rcpt in &mut journey.rcpts {
                if !matches!(rcpt.status, Some(Status::Sent | Status::Bounced)) {
                    (rcpt.status, rcpt.seen) = (Some(status), seen);
                }
            }
            return;
        }
        let Some(index) = self.store.rcpt(slot, to, original, seen) else {
            return;
        };
        let journey = self.store.at_mut(slot);
        let elsewhere = agent != Agent::Local;
        // Only what may have to be shown is kept.
        let shown = elsewhere
            && (journey.standing == Standing::Outsider
                || (journey.standing == Standing::Host && !journey.settled));
        let (hop, reply) = match shown {
            true => (journey.keep(short(hop)), journey.keep(short(reply))),
            false => Default::default(),
        };
        let rcpt = &mut journey.rcpts[index];
        rcpt.agent = Some(agent);
        rcpt.status = Some(status);
        rcpt.seen = seen;
        (rcpt.hop, rcpt.reply) = (hop, reply);
        self.touch(slot, index);
    }

    /// Takes that a message led to another one. What this line has said of a recipient is what led to it.
    fn linked(&mut self, line: &Line<'_>, id: &[u8], child: &[u8], link: Link) {
        let Some(parent) = self.store.find(self.host, id) else {
            return self.fatherless(line, child, link);
        };
        let slot = self.open(child, line.at);
        if slot == parent {
            return;
        }
        let serial = self.store.at(slot).serial;
        let spoken: Vec<usize> = self
            .touched
            .iter()
            .filter(|(of, ..)| *of == parent)
            .map(|(.., index)| *index as usize)
            .collect();
        match link {
            Link::Requeued => {
                for index in spoken {
                    self.store.at_mut(parent).rcpts[index].child = Some((slot, serial));
                    let noted = self.store.at(parent).rcpts[index].noted;
                    self.store.at_mut(slot).noted_above |= noted;
                    self.rename(parent, slot, index);
                }
                self.inherit(parent, slot);
            }
            Link::Forwarded => {
                for index in spoken {
                    self.rename_all(parent, slot, index);
                }
                let child = self.store.at_mut(slot);
                child.forwarded = true;
            }
            Link::Notified => {
                let dead = |rcpt: &Rcpt| {
                    rcpt.status == Some(Status::Bounced) && rcpt.agent != Some(Agent::Remote)
                };
                let unknown = self.store.at(parent).rcpts.iter().any(dead);
                let child = self.store.at_mut(slot);
                child.notification = true;
                child.about_unknown |= unknown;
            }
        }
        if !self.store.at(slot).waits && !self.store.at(slot).settled {
            self.wait(slot, line.at);
        }
        self.store.charge(slot);
    }

    /// Takes that a message of which nothing is known led to another one.
    fn fatherless(&mut self, line: &Line<'_>, child: &[u8], link: Link) {
        let slot = self.open(child, line.at);
        let journey = self.store.at_mut(slot);
        match link {
            // Who brought it is told no more.
            Link::Requeued if journey.client.is_none_or(|c| c.is_loopback()) => {
                (journey.second, journey.standing) = (true, Standing::Unknown);
            }
            Link::Requeued => journey.second = true,
            Link::Forwarded => journey.forwarded = true,
            Link::Notified => journey.notification = true,
        }
        if !journey.waits && !journey.settled {
            self.wait(slot, line.at);
        }
    }

    /// Gives a second pass what is known of the first.
    fn inherit(&mut self, parent: u32, child: u32) {
        let from = self.store.at(parent);
        let (arrived, client, standing) = (from.arrived, from.client, from.standing);
        let texts = [from.name, from.helo, from.account].map(|span| from.text(span).to_vec());
        let to = self.store.at_mut(child);
        to.second = true;
        if !arrived {
            if to.client.is_none_or(|client| client.is_loopback()) {
                to.standing = Standing::Unknown;
            }
            return;
        }
        (to.client, to.standing) = (client, standing);
        let [name, helo, account] = &texts;
        to.name = to.keep(name);
        to.helo = to.keep(helo);
        to.account = to.keep(account);
        to.arrived = true;
    }

    /// Tells a second pass which address the client had named for a recipient.
    fn rename(&mut self, parent: u32, child: u32, index: usize) {
        let from = self.store.at(parent);
        let rcpt = &from.rcpts[index];
        let (to, named) = (from.text(rcpt.to), from.text(from.named(rcpt)));
        if to != named {
            let (to, named) = (to.to_vec(), named.to_vec());
            self.store.rename(child, &to, &named);
        }
    }

    /// Tells a forwarded message which address it was that forwards: of all its recipients.
    fn rename_all(&mut self, parent: u32, child: u32, index: usize) {
        let from = self.store.at(parent);
        let named = from.text(from.named(&from.rcpts[index])).to_vec();
        let to = self.store.at_mut(child);
        to.forwarder = to.keep(&named);
    }

    fn wait(&mut self, slot: u32, at: Stamp) {
        let journey = self.store.at_mut(slot);
        if !journey.waits {
            journey.waits = true;
            self.due.push_back((at.0 + GRACE, slot, journey.serial));
        }
    }

    fn touch(&mut self, slot: u32, index: usize) {
        let serial = self.store.at(slot).serial;
        self.touched.push((slot, serial, index as u32));
    }

    fn ended(&mut self, slot: u32, at: Stamp) {
        let journey = self.store.at(slot);
        let unresolved = journey
            .rcpts
            .iter()
            .any(|rcpt| rcpt.agent == Some(Agent::Filter) && !self.handed(rcpt));
        self.store.at_mut(slot).ended = true;
        if unresolved {
            self.wait(slot, at);
        }
        let journey = self.store.at(slot);
        if journey.settled && !journey.waits {
            self.close(slot);
        } else if !journey.waits {
            self.wait(slot, at);
        }
    }

    /// Tells whether a filter has given back what it was given for a recipient.
    fn handed(&self, rcpt: &Rcpt) -> bool {
        rcpt.agent == Some(Agent::Filter)
            && rcpt.child.is_some_and(|(slot, serial)| {
                !self.store.is(slot, serial) || self.store.at(slot).accepted.is_some()
            })
    }

    /// Decides who brought a message, and tells the rules.
    fn settle(&mut self, slot: u32) {
        let journey = self.store.at_mut(slot);
        journey.waits = false;
        if journey.settled {
            return;
        }
        journey.settled = true;
        let (serial, second) = (journey.serial, journey.second);
        if second {
            // A pass behind this one has been told what was known then.
            for index in 0..self.store.at(slot).rcpts.len() {
                if let Some((child, of)) = self.store.at(slot).rcpts[index].child
                    && child != slot
                    && self.store.is(child, of)
                    && self.store.is(slot, serial)
                {
                    self.rename(slot, child, index);
                    self.inherit(slot, child);
                }
            }
        }
        if self.store.at(slot).accepted.is_some() {
            let journey = self.store.at(slot);
            let (at, place) = journey
                .rcpts
                .last()
                .map_or_else(|| (journey.touched, LineAt::default()), |rcpt| rcpt.seen);
            let text = journey.id().to_vec();
            let line = Line {
                at,
                place,
                program: b"",
                text: &text,
            };
            self.tell(slot, &line);
        }
    }

    /// Tells the rules of an accepted message, and of the recipients known so far.
    fn tell(&mut self, slot: u32, line: &Line<'_>) {
        let journey = self.store.at(slot);
        if !journey.second {
            let mail = mail(&self.store, slot, line.at);
            self.tops.message(&mail);
            if mail.standing == Standing::Account {
                self.messages_with_login += 1;
            }
            let scene = scene(&self.know, &self.settings, line, self.store.at(slot).host());
            self.rules.accepted(&scene, &mail);
        }
        for index in 0..self.store.at(slot).rcpts.len() {
            self.note(slot, index, line);
        }
    }

    /// Tells the rules of a recipient, if all is known of its message and they do not know of it yet.
    fn note(&mut self, slot: u32, index: usize, line: &Line<'_>) {
        let journey = self.store.at(slot);
        let rcpt = journey.rcpts[index];
        if !journey.settled || journey.accepted.is_none() {
            return;
        }
        // Another pass tells of it.
        let passed = self.handed(&rcpt);
        let mail = mail(&self.store, slot, line.at);
        let to = to(&self.store, slot, &rcpt);
        let host = journey.host();
        if !rcpt.noted && !passed && !journey.noted_above {
            let first_own = !journey.to_own && to.stays(&self.know);
            let scene = scene(&self.know, &self.settings, line, host);
            self.rules.recipient(&scene, &mail, &to, first_own);
            self.store.at_mut(slot).to_own |= first_own;
        }
        let dead = rcpt.status == Some(Status::Bounced);
        if dead && !rcpt.dead {
            let mail = self::mail(&self.store, slot, line.at);
            let to = self::to(&self.store, slot, &rcpt);
            let scene = scene(&self.know, &self.settings, line, host);
            self.rules.dead(&scene, &mail, &to);
        }
        let rcpt = &mut self.store.at_mut(slot).rcpts[index];
        rcpt.noted |= !passed;
        rcpt.dead |= dead;
    }

    /// Is done with a journey: what has become of its recipients counts now.
    fn close(&mut self, slot: u32) {
        self.settle(slot);
        let journey = self.store.at(slot);
        let accepted = journey.accepted.is_some();
        let network = journey.client.is_some_and(|client| !client.is_loopback());
        let own = journey.forwarded || journey.notification;
        self.totals.messages += u64::from(accepted && network && !journey.second);
        let spoken_of = accepted || !journey.rcpts.is_empty();
        self.totals.headless += u64::from(!journey.arrived && !own && spoken_of);
        if accepted && journey.standing == Standing::Outsider {
            let mail = mail(&self.store, slot, journey.touched);
            for rcpt in &journey.rcpts {
                if self.handed(rcpt) {
                    continue;
                }
                let line = Line {
                    at: rcpt.seen.0,
                    place: rcpt.seen.1,
                    program: b"",
                    text: b"",
                };
                let to = to(&self.store, slot, rcpt);
                let scene = scene(&self.know, &self.settings, &line, journey.host());
                self.rules.closed(&scene, &mail, &to);
            }
            self.rules.ended(&mail);
        }
        self.store.release(slot);
    }

    /// Ends the log.
    pub fn finish(mut self, input: Input) -> LogAudit {
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
            totals: self.totals,
            tops: self.tops.tables(self.settings.top),
            notes,
            findings,
            suppressed: Vec::new(),
        }
    }

    fn scene<'s>(&'s mut self, line: &'s Line<'s>) -> (&'s mut Rules, Scene<'s>) {
        let scene = scene(&self.know, &self.settings, line, self.host);
        (&mut self.rules, scene)
    }
}

fn scene<'s>(know: &'s Know, settings: &'s Settings, line: &'s Line<'s>, host: u32) -> Scene<'s> {
    Scene {
        know,
        settings,
        line,
        host: HostNumber(host),
    }
}

/// Shows the rules a message.
fn mail(store: &Store, slot: u32, now: Stamp) -> Mail<'_> {
    let journey = store.at(slot);
    let sender = journey.text(journey.sender);
    // A bounce that was given to the server by itself.
    let made_here = journey.arrived && journey.client.is_none() && sender.is_empty();
    Mail {
        at: journey.accepted.unwrap_or(now),
        id: journey.id(),
        client: journey.client,
        name: journey.text(journey.name),
        helo: journey.text(journey.helo),
        account: journey.text(journey.account),
        sender,
        standing: journey.standing,
        forwarded: journey.forwarded,
        notification: journey.notification || made_here,
        about_unknown: journey.about_unknown,
    }
}

/// Shows the rules a recipient.
fn to<'s>(store: &'s Store, slot: u32, rcpt: &Rcpt) -> To<'s> {
    let journey = store.at(slot);
    To {
        named: journey.text(journey.named(rcpt)),
        to: journey.text(rcpt.to),
        agent: rcpt.agent,
        status: rcpt.status,
        hop: journey.text(rcpt.hop),
        reply: journey.text(rcpt.reply),
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
mod tests {
    use super::*;
    use crate::mtalog::formats::{Frame, Lines};
    use crate::mtalog::stamp::{Basis, Zone};
    use proptest::prelude::*;

    /// Takes lines of Postfix; the stamp is the time since 06:00, the host the one before the colon.
    fn read(know: Know, lines: &str) -> LogAudit {
        let mut journal = Journal::new(know, Settings::default());
        take(&mut journal, lines);
        journal.finish(Input {
            paths: vec!["mail.log".into()],
            ..Input::default()
        })
    }

    fn take(journal: &mut Journal, lines: &str) {
        let zone = Zone::Fixed(0);
        let mut reader = Lines::new(Frame::Syslog, zone, Basis::Given(2026));
        for (number, line) in (1..).zip(lines.lines()) {
            let mut words = line.trim().splitn(4, ' ');
            let mut word = || words.next().expect("four words");
            let (minute, host, daemon, text) = (word(), word(), word(), word());
            let (days, minute) = match minute.split_once('d') {
                Some((days, minute)) => (days.parse().expect("days"), minute),
                None => (0, minute),
            };
            let minute: u32 = minute.parse().expect("minutes");
            let line = format!(
                "2026-03-{:02}T{:02}:{:02}:00Z {host} postfix/{daemon}[1]: {text}",
                2 + days,
                6 + minute / 60,
                minute % 60
            );
            let place = LineAt {
                file: 0,
                line: number,
            };
            let mut events = Vec::new();
            match reader.read(place, line.as_bytes(), &mut events) {
                crate::mtalog::formats::Line::Entry(entry, read) => {
                    journal.take(&entry, read, &events);
                }
                _ => panic!("no entry: {line}"),
            }
        }
    }

    fn know() -> Know {
        Know::new()
            .with_domains(["example.com"])
            .with_trusted([crate::mtaconf::nets::Net::parse("192.0.2.0/24").expect("a net")])
    }

    /// Gives rule, subject and count of what is above info.
    fn found(audit: &LogAudit) -> Vec<String> {
        let above =
            |finding: &&crate::model::Finding| finding.severity > crate::model::Severity::Info;
        let findings = audit.findings.iter().filter(above);
        findings
            .map(|f| format!("{} {} {}", f.rule.id, f.subject, f.count.unwrap_or(0)))
            .collect()
    }

    const RELAYED: &str = "0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, dsn=2.0.0, status=sent (250 ok)
         1 m1 qmgr A00001: removed";

    #[test]
    fn a_message_of_an_outsider_is_told_with_its_journey() {
        let audit = read(know(), RELAYED);
        assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
        let finding = &audit.findings[0];
        let crate::model::Evidence::Log(lines) = &finding.evidence()[0] else {
            panic!("no lines");
        };
        assert_eq!((lines.first.line, &*lines.first.file), (3, "mail.log"));
        assert_eq!(
            lines.samples[0].text.printable(),
            "A00001 client=x[203.0.113.1] from=s@example.org to=r@example.net \
             relay=h[198.51.100.1]:25 status=sent reply=250 ok"
        );
        assert_eq!(finding.confidence, crate::model::Confidence::Proven);
        assert_eq!(audit.first.as_deref(), Some("2026-03-02T06:00:00Z"));
        assert_eq!((audit.totals.received, audit.totals.delivered), (1, 1));
    }

    #[test]
    fn ids_that_are_used_again_are_other_messages() {
        // After `removed`, without it, and by a sender that is another one.
        for between in ["2 m1 qmgr A00001: removed\n", ""] {
            let audit = read(
                know(),
                &format!(
                    "0 m1 smtpd A00001: client=x[192.0.2.1]
                     0 m1 qmgr A00001: from=<s@example.com>, size=1, nrcpt=1 (queue active)
                     1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
                     {between}2 m1 smtpd A00001: client=x[203.0.113.1]
                     2 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
                     3 m1 lmtp A00001: to=<r@example.com>, relay=h[private/l], status=sent (250 ok)
                     3 m1 qmgr A00001: removed"
                ),
            );
            assert!(found(&audit).is_empty(), "{:?}", found(&audit));
            assert_eq!(audit.totals.messages, 2);
        }
        let audit = read(
            know(),
            "0 m1 smtpd A00001: client=x[203.0.113.1]
             0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             1 m1 lmtp A00001: to=<r@example.com>, relay=h[private/l], status=deferred (451 later)
             9 m1 qmgr A00001: from=<other@example.com>, size=1, nrcpt=1 (queue active)
             9 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)",
        );
        assert!(found(&audit).is_empty(), "{:?}", found(&audit));
        assert_eq!((audit.totals.headless, audit.totals.unfinished), (1, 2));
    }

    #[test]
    fn hosts_that_use_the_same_ids_are_apart() {
        let audit = read(
            know(),
            "0 m1 smtpd A00001: client=x[203.0.113.1]
             0 m2 smtpd A00001: client=x[192.0.2.1]
             0 m2 qmgr A00001: from=<s@example.com>, size=1, nrcpt=1 (queue active)
             0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             1 m2 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
             1 m1 lmtp A00001: to=<r@example.com>, relay=h[private/l], status=sent (250 ok)",
        );
        assert!(found(&audit).is_empty(), "{:?}", found(&audit));
    }

    #[test]
    fn the_last_status_counts_and_what_is_unfinished_is_accepted_only() {
        let head = "0 m1 smtpd A00001: client=x[203.0.113.1]
             0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=2 (queue active)
             1 m1 smtp A00001: to=<a@example.net>, relay=none, status=deferred (timeout)
             1 m1 smtp A00001: to=<b@example.net>, relay=none, status=deferred (timeout)\n";
        let sent =
            "61 m1 smtp A00001: to=<a@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)";
        assert_eq!(found(&read(know(), head)), ["LG002 203.0.113.1 2"]);
        let audit = read(know(), &format!("{head}{sent}"));
        assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
        assert_eq!((audit.totals.deferred, audit.totals.deferrals), (1, 2));
        // A queue id alone is no message.
        let audit = read(know(), "0 m1 smtpd A00001: client=x[203.0.113.1]");
        assert!(found(&audit).is_empty());
        assert_eq!(audit.totals.messages, 0);
    }

    /// The two passes of a message through a scanner, whose second has no first client in its own lines.
    fn scanned(first_client: &str, login: &str, to: &str, orig: &str) -> String {
        format!(
            "0 m1 smtpd A00001: client={first_client}{login}
             0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             1 m1 smtpd B00001: client=localhost[127.0.0.1]
             1 m1 qmgr B00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             1 m1 smtp B00001: to=<{to}>, relay=h[198.51.100.1]:25, status=sent (250 ok)
             1 m1 qmgr B00001: removed
             1 m1 smtp A00001: to=<{to}>{orig}, relay=127.0.0.1[127.0.0.1]:10024, status=sent (250 ok: queued as B00001)
             1 m1 qmgr A00001: removed"
        )
    }

    #[test]
    fn both_passes_through_a_scanner_are_one_message() {
        let outside = "x[203.0.113.1]";
        for (lines, expected) in [
            (
                scanned(outside, "", "r@example.net", ""),
                &["LG001 203.0.113.1 1"][..],
            ),
            (scanned("x[192.0.2.1]", "", "r@example.net", ""), &[]),
            (
                scanned(
                    outside,
                    ", sasl_method=PLAIN, sasl_username=u",
                    "r@example.net",
                    "",
                ),
                &[],
            ),
            // The alias was expanded before the scanner.
            (
                scanned(outside, "", "r@example.net", ", orig_to=<a@example.com>"),
                &[],
            ),
        ] {
            let audit = read(know(), &lines);
            assert_eq!(found(&audit), expected, "{lines}");
            assert_eq!(audit.totals.messages, 1);
            assert_eq!(audit.totals.received, 2);
        }
        // The first client may be told in the second pass, of a first that is not in the log.
        let audit = read(
            know(),
            "1 m1 smtpd B00001: client=localhost[127.0.0.1], orig_queue_id=A00001, orig_client=x[203.0.113.1]
             1 m1 qmgr B00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             1 m1 smtp B00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)",
        );
        assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    }

    #[test]
    fn a_scanner_that_gives_nothing_back_is_a_host_like_any_other() {
        let audit = read(
            know(),
            "0 m1 smtpd A00001: client=x[203.0.113.1]
             0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             1 m1 smtp A00001: to=<r@example.net>, relay=127.0.0.1[127.0.0.1]:10024, status=sent (250 ok: queued as B00001)
             1 m1 qmgr A00001: removed",
        );
        assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    }

    #[test]
    fn what_has_no_client_is_nobodys() {
        let audit = read(
            know(),
            "0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
             2 m1 smtp A00002: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
             3 m1 pickup A00003: uid=0 from=<list-bounce@example.com>
             3 m1 qmgr A00003: from=<list-bounce@example.com>, size=1, nrcpt=1 (queue active)
             3 m1 smtp A00003: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)",
        );
        assert!(found(&audit).is_empty(), "{:?}", found(&audit));
        assert_eq!((audit.totals.messages, audit.totals.headless), (0, 2));
    }

    #[test]
    fn verifications_and_double_bounces_do_not_count() {
        let audit = read(
            know(),
            "0 m1 smtpd A00001: client=x[203.0.113.1]
             0 m1 qmgr A00001: from=<double-bounce@mail.example.com>, size=1, nrcpt=1 (queue active)
             1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
             2 m1 qmgr A00002: from=<s@example.org>, size=1, nrcpt=1 (queue active)
             2 m1 smtp A00002: to=<r@example.net>, relay=h[198.51.100.1]:25, status=deliverable (250 ok)",
        );
        assert!(found(&audit).is_empty(), "{:?}", found(&audit));
        assert_eq!(audit.totals.delivered, 1);
    }

    #[test]
    fn a_login_in_between_ends_the_chain_from_refusal_to_relaying() {
        let refused = "0 m1 smtpd NOQUEUE: reject: RCPT from x[203.0.113.1]: 554 5.7.1 <r@example.net>: Relay access denied; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<h>\n";
        let login =
            "1 m1 smtpd C00001: client=x[203.0.113.1], sasl_method=PLAIN, sasl_username=u\n";
        let both = read(
            know(),
            &[refused, &RELAYED.replace("0 m1", "2 m1")].concat(),
        );
        assert_eq!(found(&both), ["LG001 203.0.113.1 1", "LG012 203.0.113.1 1"]);
        assert_eq!(both.findings[1].evidence().len(), 2);
        let audit = read(
            know(),
            &[refused, login, &RELAYED.replace("0 m1", "2 m1")].concat(),
        );
        assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
        let late = RELAYED
            .replace("0 m1", "1d1 m1")
            .replace("1 m1 ", "1d1 m1 ");
        let late = late.replace("1d1d1", "1d1");
        let audit = read(know(), &[refused, &late].concat());
        assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    }

    #[test]
    fn own_domains_are_inferred_and_said() {
        let lines = "0 mail.example.com smtpd A00001: client=x[203.0.113.1]
             0 mail.example.com qmgr A00001: from=<s@example.org>, size=1, nrcpt=3 (queue active)
             1 mail.example.com smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
             1 mail.example.com smtp A00001: to=<r@later.example>, relay=h[198.51.100.1]:25, status=sent (250 ok)
             1 mail.example.com lmtp A00001: to=<u@example.com>, relay=h[private/l], status=sent (250 ok)
             1 mail.example.com qmgr A00001: removed
             9 mail.example.com lmtp A00002: to=<u@later.example>, relay=h[private/l], status=sent (250 ok)";
        let audit = read(Know::new(), lines);
        assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
        assert_eq!(audit.totals.relayed_recipients, 1);
        assert_eq!(audit.findings[0].confidence, crate::model::Confidence::Firm);
        assert!(
            audit.notes[0].contains("example.com, later.example. What"),
            "{:?}",
            audit.notes
        );
        assert!(read(know(), lines).notes.is_empty());
    }

    #[test]
    fn a_line_that_came_again_counts_again() {
        let refused = "NOQUEUE: reject: RCPT from x[203.0.113.1]: 554 5.7.1 <r@example.net>: Relay access denied; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<h>";
        let mut journal = Journal::new(know(), Settings::default());
        take(&mut journal, &format!("0 m1 smtpd {refused}"));
        let entry = Entry {
            at: journal.now,
            place: LineAt { file: 0, line: 2 },
            host: b"m1",
            program: b"",
            pid: None,
            text: b"last message repeated 9 times",
        };
        journal.take(&entry, Read::Known, &[Event::Repeated { times: 8 }]);
        journal.take(&entry, Read::Known, &[Event::Repeated { times: 1 }]);
        // A line that cannot come again is in between.
        take(&mut journal, "0 m1 qmgr A00001: removed");
        journal.take(&entry, Read::Known, &[Event::Repeated { times: 5 }]);
        let audit = journal.finish(Input::default());
        assert_eq!(audit.totals.relay_denied, 10);
        assert_eq!(found(&audit), ["LG010 203.0.113.1 10"]);
    }

    #[test]
    fn what_is_forgotten_for_a_day_is_counted_and_one_wrong_clock_forgets_nothing() {
        let mut journal = Journal::new(know(), Settings::default());
        take(&mut journal, "0 m1 smtpd A00001: client=x[203.0.113.1]");
        take(&mut journal, "25d0 m1 smtpd A00002: client=x[203.0.113.1]");
        take(
            &mut journal,
            "1 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)",
        );
        assert_eq!(journal.store.len(), 2);
        take(&mut journal, "2d0 m1 smtpd A00003: client=x[203.0.113.1]");
        take(&mut journal, "2d1 m1 smtpd A00004: client=x[203.0.113.1]");
        assert_eq!(journal.totals.unfinished, 1);
        assert_eq!(journal.totals.messages, 1);
    }

    #[test]
    fn memory_is_bounded_whatever_is_never_ended() {
        let mut journal = Journal::new(know(), Settings::default());
        for number in 0..(MOST_JOURNEYS + 5000) as u32 {
            let id = format!("{:06X}", 0x10_0000 + number);
            let entry = Entry {
                at: Stamp(i64::from(number)),
                place: LineAt {
                    file: 0,
                    line: u64::from(number),
                },
                host: b"m1",
                program: b"",
                pid: None,
                text: b"",
            };
            let event = Event::Recipient {
                id: id.as_bytes(),
                address: b"r@example.net",
            };
            journal.take(&entry, Read::Known, &[event]);
        }
        assert!(journal.store.len() <= MOST_JOURNEYS + 1);
        assert!(journal.totals.unfinished >= 4999);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_order_of_lines_breaks_it(order in proptest::collection::vec((0_usize..14, 0_i64..3000, 0_u8..3), 0..120)) {
            let texts: [&[u8]; 4] = [b"A1", b"A2", b"A3", b"A4"];
            let client = |n: u8| Client {
                address: [None, "127.0.0.1".parse().ok(), "203.0.113.1".parse().ok()][usize::from(n)],
                name: b"",
            };
            let mut journal = Journal::new(Know::new(), Settings::default());
            for (kind, minute, n) in order {
                let id = texts[kind % 3];
                let child = texts[(kind + usize::from(n)) % 4];
                let status = [Status::Sent, Status::Deferred, Status::Expired][usize::from(n)];
                let delivery = |agent, to| Event::Delivery {
                    id, to, original: b"", expanded: false, agent, hop: b"", status, reply: b"",
                };
                let link = |link| Event::Linked { id, child, link };
                let events = match kind {
                    0 | 1 => vec![Event::Arrived { id, client: Some(client(n)), helo: b"", account: b"", before: b"" }],
                    2 => vec![Event::Arrived { id, client: Some(client(n)), helo: b"", account: b"u", before: child }],
                    3 | 4 => vec![Event::Accepted { id, sender: texts[usize::from(n)], recipients: None, size: None }],
                    5 => vec![Event::Recipient { id, address: b"r@example.net" }],
                    6 => vec![delivery(Agent::Filter, b"r@example.net"), link(Link::Requeued)],
                    7 => vec![delivery(Agent::Remote, b"r@example.net")],
                    8 => vec![delivery(Agent::Local, b"r@example.com"), link(Link::Forwarded)],
                    9 => vec![link(Link::Notified)],
                    10 => vec![delivery(Agent::Nobody, b"")],
                    11 => vec![Event::Ended { id }],
                    12 => vec![Event::Login { client: client(n), account: b"u", success: n > 1 }],
                    _ => vec![Event::Repeated { times: 3 }],
                };
                let entry = Entry {
                    at: Stamp(minute * Stamp::MINUTE),
                    place: LineAt::default(),
                    host: b"m",
                    program: b"",
                    pid: None,
                    text: b"text",
                };
                journal.take(&entry, Read::Known, &events);
            }
            let live = journal.store.len();
            let audit = journal.finish(Input::default());
            prop_assert!(live <= 4);
            prop_assert!(audit.totals.relayed_recipients <= audit.totals.delivered);
        }
    }
}
