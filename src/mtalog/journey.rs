//! The way of one message through the server, and the store of those that are under way.
//!
//! A journey is found by host and id; ids of interleaved hosts are apart, and an id that is used again begins a new
//! journey. Its texts lie in one buffer of its own, which goes with it.
//!
//! Limits: a journey keeps 1 MiB of text and 50,000 recipients; what is beyond is not told apart. An id longer than
//! 39 bytes is known by its length, beginning and hash.

use super::event::{Agent, LineAt, Stamp, Status};
use super::know::Standing;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::BuildHasher;
use std::net::IpAddr;

/// How much text a journey keeps.
const MOST_TEXT: usize = 1 << 20;

/// How many recipients of a message are told apart.
const MOST_RECIPIENTS: usize = 50_000;

/// How many recipients of a second pass are known by another name.
const MOST_RENAMES: usize = 2000;

/// From so many recipients on they are looked up, not looked through.
const MANY: usize = 32;

/// What a freed journey's buffers may hold on to.
const KEPT_TEXT: usize = 2048;

/// A piece of a journey's text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

/// An id, of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Id {
    len: u8,
    bytes: [u8; 39],
}

impl Id {
    fn of(id: &[u8], hash: u64) -> Self {
        let mut bytes = [0; 39];
        match bytes.get_mut(..id.len()) {
            Some(room) => room.copy_from_slice(id),
            None => {
                bytes[..31].copy_from_slice(&id[..31]);
                bytes[31..].copy_from_slice(&(hash ^ id.len() as u64).to_le_bytes());
            }
        }
        let len = u8::try_from(id.len()).unwrap_or(u8::MAX);
        Self { len, bytes }
    }

    fn shown(&self) -> &[u8] {
        match self.bytes.get(..usize::from(self.len)) {
            Some(id) => id,
            None => &self.bytes[..31],
        }
    }
}

/// One recipient of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rcpt {
    /// Hash of the address it goes to.
    to_hash: u64,
    /// Hash of both addresses.
    key: u64,
    /// The address it goes to.
    pub(super) to: Span,
    /// The address the client named, where it is another one.
    pub(super) original: Span,
    /// Who delivers, once an attempt was made.
    pub(super) agent: Option<Agent>,
    /// What became of it, for now.
    pub(super) status: Option<Status>,
    /// The next hop, where it is kept.
    pub(super) hop: Span,
    /// The reply, where it is kept.
    pub(super) reply: Span,
    /// When and where the last was said of it.
    pub(super) seen: (Stamp, LineAt),
    /// Whether the rules know of it.
    pub(super) noted: bool,
    /// Whether they know that it was refused for good.
    pub(super) dead: bool,
    /// The journey that a filter made of it: its place and serial.
    pub(super) child: Option<(u32, u32)>,
}

/// The way of one message.
#[derive(Debug, Clone)]
pub(super) struct Journey {
    id: Id,
    host: u32,
    hash: u64,
    /// Counts how often the place in the store was used.
    pub(super) serial: u32,
    live: bool,
    /// When something was last said of it.
    pub(super) touched: Stamp,
    /// When it was taken into the queue.
    pub(super) accepted: Option<Stamp>,
    /// Whether its arrival is known.
    pub(super) arrived: bool,
    /// Whether the log says that it has left the queue.
    pub(super) ended: bool,
    /// Whether it is known for good who brought it.
    pub(super) settled: bool,
    /// Whether it waits for what other lines may say of it.
    pub(super) waits: bool,
    /// Whether it came back from a filter.
    pub(super) second: bool,
    /// Whether another message was forwarded into it.
    pub(super) forwarded: bool,
    /// Whether it tells of another message's fate.
    pub(super) notification: bool,
    /// Whether that fate was that a recipient does not exist here.
    pub(super) about_unknown: bool,
    /// Whether it was deferred at least once.
    pub(super) deferred: bool,
    /// Whether the rules know of its recipients from its first pass.
    pub(super) noted_above: bool,
    /// Whether an own recipient of it was noted.
    pub(super) to_own: bool,
    /// The client.
    pub(super) client: Option<IpAddr>,
    /// What the client is.
    pub(super) standing: Standing,
    /// The client's verified name.
    pub(super) name: Span,
    /// Its HELO.
    pub(super) helo: Span,
    /// The account.
    pub(super) account: Span,
    /// The sender.
    pub(super) sender: Span,
    /// The address that forwards, where another message was forwarded into this.
    pub(super) forwarder: Span,
    /// Recipients.
    pub(super) rcpts: Vec<Rcpt>,
    many: Option<HashMap<u64, u32>>,
    text: Vec<u8>,
    /// What the store has been told of its memory.
    charged: usize,
    /// The addresses that a first pass had for those of the second: hash of the latter, and the former.
    renames: Vec<(u64, Span)>,
}

impl Journey {
    /// Gives a piece of its text.
    pub(super) fn text(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        &self.text[start..start + span.len as usize]
    }

    /// Keeps a text.
    pub(super) fn keep(&mut self, text: &[u8]) -> Span {
        let room = MOST_TEXT.saturating_sub(self.text.len());
        let text = &text[..text.len().min(room)];
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        Span {
            start,
            len: text.len() as u32,
        }
    }

    /// Gives the id.
    pub(super) fn id(&self) -> &[u8] {
        self.id.shown()
    }

    /// Gives the number of the host that logs it.
    pub(super) fn host(&self) -> u32 {
        self.host
    }

    /// Gives the address that the client named for a recipient, as far as it is known.
    pub(super) fn named(&self, rcpt: &Rcpt) -> Span {
        let own = match rcpt.original.len {
            0 => rcpt.to,
            _ => rcpt.original,
        };
        let first = |(hash, _): &&(u64, Span)| *hash == rcpt.to_hash;
        match self.renames.iter().find(first) {
            Some((_, named)) => *named,
            None if self.forwarder.len > 0 => self.forwarder,
            None => own,
        }
    }

    fn matching(&self, key: u64) -> Option<usize> {
        match &self.many {
            Some(many) => many.get(&key).map(|index| *index as usize),
            None => self.rcpts.iter().position(|rcpt| rcpt.key == key),
        }
    }

    /// Gives a rough measure of its memory.
    fn size(&self) -> usize {
        self.text.len() + self.rcpts.len() * (size_of::<Rcpt>() + 16)
    }
}

/// The journeys that are under way.
#[derive(Debug, Clone)]
pub(super) struct Store {
    slots: Vec<Journey>,
    free: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The serial of each place, besides: whether a journey is still there is asked of many that are not.
    serials: Vec<u32>,
    /// All of them by when they were begun or, where they were looked at since, when something had been said of
    /// them; and places whose journey has gone.
    order: BinaryHeap<Reverse<(Stamp, u32, u32)>>,
    /// Bytes of texts and recipients, roughly.
    bytes: usize,
}

impl Store {
    /// Makes an empty one.
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            serials: Vec::new(),
            order: BinaryHeap::new(),
            bytes: 0,
        }
    }

    /// Hashes anything, alike for as long as the store lives.
    pub(super) fn hash(&self, bytes: &[u8]) -> u64 {
        self.hasher.hash_one(bytes)
    }

    fn hash_address(&self, address: &[u8]) -> u64 {
        let mut low = [0; 128];
        match low.get_mut(..address.len()) {
            Some(low) => {
                low.copy_from_slice(address);
                low.make_ascii_lowercase();
                self.hash(low)
            }
            None => self.hash(&address.to_ascii_lowercase()),
        }
    }

    /// Finds the journey of an id.
    pub(super) fn find(&self, host: u32, id: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one((host, id));
        let id = Id::of(id, hash);
        let same = |slot: &u32| {
            let journey = &self.slots[*slot as usize];
            journey.host == host && journey.id == id
        };
        self.index.find(hash, same).copied()
    }

    /// Begins a journey. There must be none of that id.
    pub(super) fn begin(&mut self, host: u32, id: &[u8], at: Stamp) -> u32 {
        let hash = self.hasher.hash_one((host, id));
        let id = Id::of(id, hash);
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(blank());
                self.serials.push(0);
                // A store of four thousand million journeys does not fit into memory.
                (self.slots.len() - 1) as u32
            }
        };
        let journey = &mut self.slots[slot as usize];
        (journey.id, journey.host, journey.hash) = (id, host, hash);
        (journey.touched, journey.live) = (at, true);
        self.order.push(Reverse((at, slot, journey.serial)));
        let slots = &self.slots;
        self.index
            .insert_unique(hash, slot, |slot| slots[*slot as usize].hash);
        slot
    }

    /// Gives a journey.
    pub(super) fn at(&self, slot: u32) -> &Journey {
        &self.slots[slot as usize]
    }

    /// Gives a journey to be changed.
    pub(super) fn at_mut(&mut self, slot: u32) -> &mut Journey {
        &mut self.slots[slot as usize]
    }

    /// Tells whether a place in the store still holds the same journey.
    pub(super) fn is(&self, slot: u32, serial: u32) -> bool {
        // A place that was freed has the serial of the next that will be there.
        self.serials[slot as usize] == serial
    }

    /// Adds a recipient, or finds it; gives its number and whether it is new. Nothing when there are too many.
    pub(super) fn rcpt(
        &mut self,
        slot: u32,
        to: &[u8],
        original: &[u8],
        seen: (Stamp, LineAt),
    ) -> Option<usize> {
        let to_hash = self.hash_address(to);
        let named = match original {
            [] => to_hash,
            original => self.hash_address(original),
        };
        let key = to_hash.rotate_left(17) ^ named;
        let journey = &mut self.slots[slot as usize];
        if let Some(index) = journey.matching(key) {
            return Some(index);
        }
        // Named by the client, and now turned into another address.
        if named != to_hash
            && let Some(index) = journey.matching(named.rotate_left(17) ^ named)
            && journey.rcpts[index].agent.is_none()
        {
            let (to, original) = (journey.keep(to), journey.rcpts[index].to);
            let rcpt = &mut journey.rcpts[index];
            (rcpt.to, rcpt.original) = (to, original);
            (rcpt.to_hash, rcpt.key) = (to_hash, key);
            if let Some(many) = &mut journey.many {
                many.insert(key, index as u32);
            }
            return Some(index);
        }
        if journey.rcpts.len() >= MOST_RECIPIENTS {
            return None;
        }
        let rcpt = Rcpt {
            to_hash,
            key,
            to: journey.keep(to),
            original: journey.keep(original),
            agent: None,
            status: None,
            hop: Span::default(),
            reply: Span::default(),
            seen,
            noted: false,
            dead: false,
            child: None,
        };
        let index = journey.rcpts.len();
        journey.rcpts.push(rcpt);
        match &mut journey.many {
            Some(many) => {
                many.insert(key, index as u32);
            }
            None if index >= MANY => {
                let keys = journey.rcpts.iter().enumerate();
                journey.many = Some(keys.map(|(at, rcpt)| (rcpt.key, at as u32)).collect());
            }
            None => {}
        }
        Some(index)
    }

    /// Remembers for a second pass what the client had named.
    pub(super) fn rename(&mut self, slot: u32, to: &[u8], named: &[u8]) {
        let hash = self.hash_address(to);
        let journey = &mut self.slots[slot as usize];
        let named = journey.keep(named);
        match journey.renames.iter_mut().find(|(known, _)| *known == hash) {
            Some((_, known)) => *known = named,
            None => {
                if journey.renames.len() < MOST_RENAMES {
                    journey.renames.push((hash, named));
                }
            }
        }
    }

    /// Takes note of what a journey's memory has grown to.
    pub(super) fn charge(&mut self, slot: u32) {
        let journey = &mut self.slots[slot as usize];
        let size = journey.size();
        self.bytes += size.saturating_sub(journey.charged);
        journey.charged = size.max(journey.charged);
    }

    /// Lets a journey go.
    pub(super) fn release(&mut self, slot: u32) {
        let hash = self.slots[slot as usize].hash;
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        let journey = &mut self.slots[slot as usize];
        self.bytes = self.bytes.saturating_sub(journey.charged);
        let serial = journey.serial.wrapping_add(1);
        let mut text = std::mem::take(&mut journey.text);
        let mut rcpts = std::mem::take(&mut journey.rcpts);
        if text.capacity() > KEPT_TEXT {
            text = Vec::new();
        }
        if rcpts.capacity() > MANY {
            rcpts = Vec::new();
        }
        text.clear();
        rcpts.clear();
        self.serials[slot as usize] = serial;
        *journey = Journey {
            serial,
            text,
            rcpts,
            ..blank()
        };
        self.free.push(slot);
    }

    /// Counts the journeys under way.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Gives the oldest journey that nothing was said of since a time, or just the oldest if there are too many
    /// or they are too large.
    pub(super) fn aged(&mut self, since: Stamp, most: usize, most_bytes: usize) -> Option<u32> {
        if self.order.len() > 2 * self.len() + 1024 {
            let serials = &self.serials;
            self.order
                .retain(|Reverse((_, slot, serial))| serials[*slot as usize] == *serial);
        }
        let too_many = self.len() > most || self.bytes > most_bytes;
        while let Some(Reverse((heard, slot, serial))) = self.order.peek().copied()
            && (too_many || heard < since)
        {
            self.order.pop();
            if !self.is(slot, serial) {
                continue;
            }
            let touched = self.slots[slot as usize].touched;
            if too_many || touched < since {
                return Some(slot);
            }
            self.order.push(Reverse((touched, slot, serial)));
        }
        None
    }

    /// Gives every journey, in the order they were begun.
    pub(super) fn all(&self) -> Vec<u32> {
        let mut all: Vec<u32> = (0..self.slots.len() as u32)
            .filter(|slot| self.slots[*slot as usize].live)
            .collect();
        all.sort_by_key(|slot| self.slots[*slot as usize].touched);
        all
    }
}

fn blank() -> Journey {
    Journey {
        id: Id {
            len: 0,
            bytes: [0; 39],
        },
        host: 0,
        hash: 0,
        serial: 0,
        live: false,
        touched: Stamp(0),
        accepted: None,
        arrived: false,
        ended: false,
        settled: false,
        waits: false,
        second: false,
        forwarded: false,
        notification: false,
        about_unknown: false,
        deferred: false,
        noted_above: false,
        to_own: false,
        client: None,
        standing: Standing::Unknown,
        name: Span::default(),
        helo: Span::default(),
        account: Span::default(),
        sender: Span::default(),
        forwarder: Span::default(),
        rcpts: Vec::new(),
        many: None,
        text: Vec::new(),
        charged: 0,
        renames: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_apart_by_host_and_by_all_of_them() {
        let mut store = Store::new();
        let long = [b'A'; 300];
        let mut longer = [b'A'; 301].to_vec();
        longer[300] = b'B';
        let ids: [(u32, &[u8]); 5] = [
            (0, b"A1"),
            (1, b"A1"),
            (0, b"A10"),
            (0, &long),
            (0, &longer),
        ];
        for (host, id) in ids {
            assert_eq!(store.find(host, id), None);
            store.begin(host, id, Stamp(0));
        }
        for (slot, (host, id)) in (0..).zip(ids) {
            assert_eq!(store.find(host, id), Some(slot));
        }
        assert_eq!(store.at(0).id(), b"A1");
        store.release(0);
        assert_eq!(store.find(0, b"A1"), None);
        assert_eq!(store.begin(0, b"B1", Stamp(0)), 0);
        assert!(!store.is(0, 0) && store.is(0, 1));
    }

    #[test]
    fn a_recipient_is_known_by_both_addresses() {
        let mut store = Store::new();
        let slot = store.begin(0, b"A1", Stamp(0));
        let seen = (Stamp(0), LineAt::default());
        let mut add = |to: &[u8], original: &[u8]| store.rcpt(slot, to, original, seen);
        assert_eq!(add(b"a@x", b""), Some(0));
        assert_eq!(add(b"A@X", b"a@x"), Some(0), "the same in other letters");
        assert_eq!(add(b"b@y", b"a@x"), Some(0), "an alias takes the place");
        assert_eq!(add(b"b@y", b""), Some(1));
        for many in 0..100_u32 {
            let address = format!("{many}@x");
            assert_eq!(add(address.as_bytes(), b""), Some(2 + many as usize));
            assert_eq!(add(address.as_bytes(), b""), Some(2 + many as usize));
        }
        let journey = store.at(slot);
        assert_eq!(journey.text(journey.named(&journey.rcpts[0])), b"a@x");
        assert_eq!(journey.text(journey.rcpts[0].to), b"b@y");
        store.rename(slot, b"b@y", b"first@x");
        let journey = store.at(slot);
        assert_eq!(journey.text(journey.named(&journey.rcpts[1])), b"first@x");
    }

    #[test]
    fn the_oldest_goes_first_and_the_living_stays() {
        let mut store = Store::new();
        let day = Stamp::DAY;
        for (id, touched) in [(b"A1", 0), (b"A2", 3 * day), (b"A3", 0)] {
            store.begin(0, id, Stamp(touched));
        }
        assert_eq!(store.aged(Stamp(day), 100, 1 << 20), Some(0));
        store.release(0);
        assert_eq!(store.aged(Stamp(day), 100, 1 << 20), Some(2));
        store.release(2);
        assert_eq!(store.aged(Stamp(day), 100, 1 << 20), None);
        assert_eq!(store.aged(Stamp(day), 0, 1 << 20), Some(1), "too many");
    }
}
