//! Who may connect now: so many at once in all, and so many at once to one address.
//!
//! In: an address. Out: a permit, held while its target is audited. A host that is written down under
//! many names and ports is still one host.
//!
//! Limits: memory is one entry for each address that is audited or waited for right now.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets connections through.
#[derive(Debug)]
pub(super) struct Gate {
    all: Arc<Semaphore>,
    per_host: usize,
    hosts: Mutex<HashMap<IpAddr, Host>>,
}

/// The queue before one host.
#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    /// How many talk or wait.
    users: usize,
}

/// The right to talk to one address; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    // In this order: the places are free before the host is forgotten.
    _all: OwnedSemaphorePermit,
    _host: OwnedSemaphorePermit,
    _use: Use,
}

/// Keeps a host known while somebody talks or waits.
#[derive(Debug)]
struct Use {
    gate: Arc<Gate>,
    address: IpAddr,
}

impl Gate {
    pub(super) fn new(all: NonZeroUsize, per_host: NonZeroUsize) -> Self {
        let most = Semaphore::MAX_PERMITS;
        Self {
            all: Arc::new(Semaphore::new(all.get().min(most))),
            per_host: per_host.get().min(most),
            hosts: Mutex::default(),
        }
    }

    /// Waits until one more may talk to the address. The place among all is taken last, so that a
    /// queue before one host holds up nobody else.
    pub(super) async fn enter(self: &Arc<Self>, address: IpAddr) -> Permit {
        const NEVER_CLOSED: &str = "the semaphores of a gate are never closed";
        let address = address.to_canonical();
        let (places, using) = self.join(address);
        let of_host = places.acquire_owned().await.expect(NEVER_CLOSED);
        let of_all = Arc::clone(&self.all)
            .acquire_owned()
            .await
            .expect(NEVER_CLOSED);
        Permit {
            _all: of_all,
            _host: of_host,
            _use: using,
        }
    }

    fn join(self: &Arc<Self>, address: IpAddr) -> (Arc<Semaphore>, Use) {
        let mut hosts = self.lock();
        let host = hosts.entry(address).or_insert_with(|| Host {
            places: Arc::new(Semaphore::new(self.per_host)),
            users: 0,
        });
        host.users += 1;
        let using = Use {
            gate: Arc::clone(self),
            address,
        };
        (Arc::clone(&host.places), using)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Host>> {
        // Nothing that could panic runs under the lock; what is in there is whole either way.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        let mut hosts = self.gate.lock();
        if let Some(host) = hosts.get_mut(&self.address) {
            host.users -= 1;
            if host.users == 0 {
                hosts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    fn one(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).expect("not zero")
    }

    #[tokio::test(start_paused = true)]
    async fn one_at_a_time_for_each_host_and_no_memory_kept() {
        let gate = Arc::new(Gate::new(one(10), one(1)));
        let a: IpAddr = "127.0.0.1".parse().expect("an address");
        let mapped: IpAddr = "::ffff:127.0.0.1".parse().expect("an address");
        let b: IpAddr = "127.0.0.2".parse().expect("an address");
        let first = gate.enter(a).await;
        let other = gate.enter(b).await;
        let wait = Duration::from_secs(1);
        assert!(timeout(wait, gate.enter(mapped)).await.is_err());
        drop(first);
        let again = timeout(wait, gate.enter(a)).await.expect("free again");
        drop((again, other));
        assert!(gate.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_in_all_and_a_queue_at_one_host_holds_up_nobody() {
        let gate = Arc::new(Gate::new(one(2), one(1)));
        let address = |n: u8| IpAddr::from([127, 0, 0, n]);
        let first = gate.enter(address(1)).await;
        let queued = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter(address(1)).await }
        });
        let wait = Duration::from_secs(1);
        let second = timeout(wait, gate.enter(address(2)))
            .await
            .expect("a place");
        assert!(timeout(wait, gate.enter(address(3))).await.is_err());
        drop((first, second));
        let queued = queued.await.expect("the task ends");
        drop(queued);
        assert!(gate.lock().is_empty());
    }
}
