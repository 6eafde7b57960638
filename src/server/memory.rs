//! What a server remembers between connections: counts, and whom it has seen.
//!
//! Limits: [`MOST_SEEN`] greylisted triplets; when full, what is new is put off without being
//! remembered. Nothing is ever forgotten: the embedded servers live for minutes.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Triplets that are remembered.
const MOST_SEEN: usize = 10_000;

/// What a server has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Connections.
    pub connections: u64,
    /// Connections open now; one that a client has just left may still be among them.
    pub open: u64,
    /// Command lines.
    pub commands: u64,
    /// Clients that sent something before the greeting. They are seen by servers that pause before
    /// it, for others greet at once.
    pub early_talkers: u64,
    /// Clients that sent a command before the answer to the one before, without PIPELINING being
    /// offered or behind a command that has to be the last of its group (RFC 2920 3.1).
    pub out_of_turn: u64,
    /// Recipients taken.
    pub recipients: u64,
    /// Messages taken.
    pub messages: u64,
    /// TLS handshakes completed.
    pub handshakes: u64,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Command,
    EarlyTalker,
    OutOfTurn,
    RecipientTaken,
    MessageTaken,
    Encrypted,
}

/// Sender and recipient of a client, in lower case.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Triplet(IpAddr, Vec<u8>, Vec<u8>);

/// The memory of one server.
#[derive(Debug, Default)]
pub(super) struct Memory {
    counts: [AtomicU64; 6],
    connections: AtomicU64,
    open: AtomicU64,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    first: HashMap<Triplet, Duration>,
    /// Clients that came back after their wait.
    returned: HashSet<IpAddr>,
}

impl Memory {
    /// Counts a connection that was opened.
    pub(super) fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that was closed.
    pub(super) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts an event.
    pub(super) fn count(&self, event: Event) {
        self.counts[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Gives the counts.
    pub(super) fn stats(&self) -> Stats {
        let read = |event: Event| self.counts[event as usize].load(Ordering::Relaxed);
        Stats {
            connections: self.connections.load(Ordering::Relaxed),
            open: self.open.load(Ordering::Relaxed),
            commands: read(Event::Command),
            early_talkers: read(Event::EarlyTalker),
            out_of_turn: read(Event::OutOfTurn),
            recipients: read(Event::RecipientTaken),
            messages: read(Event::MessageTaken),
            handshakes: read(Event::Encrypted),
        }
    }

    /// Tells whether a client may pass that shows up with sender and recipient at `now`: it has shown
    /// up with them at least `wait` ago, or has passed before.
    pub(super) fn greylist(
        &self,
        client: IpAddr,
        sender: &[u8],
        recipient: &[u8],
        now: Duration,
        wait: Duration,
    ) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.returned.contains(&client) {
            return true;
        }
        let triplet = Triplet(
            client,
            sender.to_ascii_lowercase(),
            recipient.to_ascii_lowercase(),
        );
        match seen.first.get(&triplet) {
            Some(first) if now.saturating_sub(*first) >= wait => {
                seen.returned.insert(client);
                true
            }
            Some(_) => false,
            None => {
                if seen.first.len() < MOST_SEEN {
                    seen.first.insert(triplet, now);
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_pass_who_comes_back_later() {
        let memory = Memory::default();
        let wait = Duration::from_secs(5);
        for (client, recipient, at, passes) in [
            (1, "a@x.example", 0, false),
            (1, "A@X.example", 4, false),
            (1, "b@x.example", 6, false),
            (2, "a@x.example", 6, false),
            (1, "a@x.example", 7, true),
            (1, "c@x.example", 7, true),
            (2, "b@x.example", 7, false),
        ] {
            let client = IpAddr::from([127, 0, 0, client]);
            let now = Duration::from_secs(at);
            let got = memory.greylist(client, b"p@y.example", recipient.as_bytes(), now, wait);
            assert_eq!(got, passes, "{client} {recipient} {at}");
        }
    }

    #[test]
    fn remembers_a_bounded_number() {
        let memory = Memory::default();
        let client = IpAddr::from([127, 0, 0, 1]);
        for i in 0..MOST_SEEN + 100 {
            let recipient = i.to_string();
            memory.greylist(
                client,
                b"",
                recipient.as_bytes(),
                Duration::ZERO,
                Duration::MAX,
            );
        }
        let seen = memory.seen.lock().expect("a sound lock");
        assert_eq!(seen.first.len(), MOST_SEEN);
    }

    #[test]
    fn counts_each_event_by_itself() {
        let memory = Memory::default();
        memory.opened();
        memory.opened();
        memory.closed();
        memory.opened();
        memory.count(Event::Command);
        memory.count(Event::Command);
        memory.count(Event::Encrypted);
        assert_eq!(
            memory.stats(),
            Stats {
                connections: 3,
                open: 2,
                commands: 2,
                handshakes: 1,
                ..Stats::default()
            }
        );
    }
}
