//! Where deliveries go: to the channel of whoever runs the sink, and to those who expect a token.
//!
//! A message is answered with 250 only if somebody has got it. Tokens nobody expects cost nothing.
//!
//! Limits: as many undelivered messages as the channel holds, as many expectations as callers made.

use super::delivery::Delivery;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// What a sink has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SinkStats {
    /// Connections served.
    pub connections: u64,
    /// Messages kept.
    pub kept: u64,
    /// Messages refused: too big, or nobody had room for them.
    pub refused: u64,
}

/// Whether a message was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Somebody has got it.
    Yes,
    /// Those who run the sink do not keep up, or have gone.
    No,
}

#[derive(Debug)]
struct Expected {
    number: u64,
    sender: oneshot::Sender<Arc<Delivery>>,
}

/// Shared by all connections of a sink.
#[derive(Debug)]
pub(super) struct Hub {
    channel: mpsc::Sender<Arc<Delivery>>,
    expected: Mutex<HashMap<String, Expected>>,
    clients: Mutex<HashMap<IpAddr, usize>>,
    numbers: AtomicU64,
    connections: AtomicU64,
    kept: AtomicU64,
    refused: AtomicU64,
}

impl Hub {
    /// Makes a hub whose channel holds so many deliveries, at least one.
    pub(super) fn new(room: usize) -> (Self, mpsc::Receiver<Arc<Delivery>>) {
        let (channel, receiver) = mpsc::channel(room.max(1));
        let hub = Self {
            channel,
            expected: Mutex::default(),
            clients: Mutex::default(),
            numbers: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        };
        (hub, receiver)
    }

    /// Hands a message on.
    pub(super) fn take(&self, delivery: Delivery) -> Kept {
        let delivery = Arc::new(delivery);
        let token = delivery.token.as_ref();
        let expected = token.and_then(|token| locked(&self.expected).remove(token));
        let proved =
            expected.is_some_and(|expected| expected.sender.send(Arc::clone(&delivery)).is_ok());
        let passed = self.channel.try_send(delivery).is_ok();
        if proved || passed {
            self.kept.fetch_add(1, Ordering::Relaxed);
            Kept::Yes
        } else {
            self.refuse();
            Kept::No
        }
    }

    /// Counts a message that was refused.
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives the counts.
    pub(super) fn stats(&self) -> SinkStats {
        SinkStats {
            connections: self.connections.load(Ordering::Relaxed),
            kept: self.kept.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// Expects a token from here on.
    pub(super) fn expect(self: &Arc<Self>, token: &str) -> Expectation {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        locked(&self.expected).insert(token.to_owned(), Expected { number, sender });
        Expectation {
            hub: Arc::clone(self),
            token: token.to_owned(),
            number,
            receiver,
        }
    }

    /// Lets a client in that has fewer than `most` connections; it counts until the guard is dropped.
    pub(super) fn admit(self: &Arc<Self>, client: IpAddr, most: usize) -> Option<Guest> {
        let mut clients = locked(&self.clients);
        let count = clients.entry(client).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        self.connections.fetch_add(1, Ordering::Relaxed);
        Some(Guest {
            hub: Arc::clone(self),
            client,
        })
    }
}

/// A connection that counts for its client.
#[derive(Debug)]
pub(super) struct Guest {
    hub: Arc<Hub>,
    client: IpAddr,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut clients = locked(&self.hub.clients);
        if let Some(count) = clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

/// A token that is waited for. Dropping it ends the waiting.
#[derive(Debug)]
pub struct Expectation {
    hub: Arc<Hub>,
    token: String,
    number: u64,
    receiver: oneshot::Receiver<Arc<Delivery>>,
}

impl Expectation {
    /// Waits for the message that carries the token; `None` if it does not come in time, or if a
    /// later expectation of the same token took this one's place.
    pub async fn within(mut self, time: Duration) -> Option<Arc<Delivery>> {
        timeout(time, &mut self.receiver).await.ok()?.ok()
    }
}

impl Drop for Expectation {
    fn drop(&mut self) {
        let mut expected = locked(&self.hub.expected);
        // A later expectation of the same token is not ours to end.
        if expected
            .get(&self.token)
            .is_some_and(|e| e.number == self.number)
        {
            expected.remove(&self.token);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TlsState, Untrusted};
    use crate::server::LineEnds;
    use std::net::SocketAddr;
    use std::time::SystemTime;

    fn delivery(token: Option<&str>) -> Delivery {
        Delivery {
            at: SystemTime::UNIX_EPOCH,
            client: SocketAddr::from(([127, 0, 0, 1], 1)),
            hello: Untrusted::default(),
            tls: TlsState::None,
            sender: Untrusted::default(),
            recipients: Vec::new(),
            message: Untrusted::default(),
            size: 0,
            line_ends: LineEnds::Clean,
            token: token.map(str::to_owned),
        }
    }

    #[test]
    fn keeps_only_what_somebody_gets() {
        let (hub, mut channel) = Hub::new(1);
        let hub = Arc::new(hub);
        assert_eq!(hub.take(delivery(None)), Kept::Yes);
        assert_eq!(hub.take(delivery(Some("token1"))), Kept::No);
        let expectation = hub.expect("token1");
        assert_eq!(hub.take(delivery(Some("token1"))), Kept::Yes);
        assert_eq!(hub.take(delivery(Some("token1"))), Kept::No);
        drop(expectation);
        channel.try_recv().expect("the first");
        drop(channel);
        assert_eq!(hub.take(delivery(None)), Kept::No);
        let stats = hub.stats();
        assert_eq!((stats.kept, stats.refused), (2, 3));
        assert!(locked(&hub.expected).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn hands_a_token_to_who_expects_it() {
        let (hub, _channel) = Hub::new(9);
        let hub = Arc::new(hub);
        let first = hub.expect("token1");
        let other = hub.expect("token2");
        let second = hub.expect("token1");
        hub.take(delivery(Some("token1")));
        let wait = Duration::from_secs(1);
        assert_eq!(first.within(wait).await, None);
        let got = second.within(wait).await.expect("a delivery");
        assert_eq!(got.token.as_deref(), Some("token1"));
        assert_eq!(other.within(wait).await, None);
        assert!(locked(&hub.expected).is_empty());
    }

    #[test]
    fn an_expectation_replaced_does_not_end_its_successor() {
        let (hub, _channel) = Hub::new(9);
        let hub = Arc::new(hub);
        let first = hub.expect("token1");
        let second = hub.expect("token1");
        drop(first);
        assert_eq!(locked(&hub.expected).len(), 1);
        drop(second);
        assert!(locked(&hub.expected).is_empty());
    }

    #[test]
    fn counts_guests_by_client() {
        let (hub, _channel) = Hub::new(1);
        let hub = Arc::new(hub);
        let client = IpAddr::from([127, 0, 0, 1]);
        let one = hub.admit(client, 2).expect("room");
        let _two = hub.admit(client, 2).expect("room");
        assert!(hub.admit(client, 2).is_none());
        assert!(hub.admit(IpAddr::from([127, 0, 0, 2]), 2).is_some());
        drop(one);
        assert!(hub.admit(client, 2).is_some());
        assert_eq!(locked(&hub.clients).len(), 1);
    }
}
