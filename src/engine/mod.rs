//! Which target when, and one target from its name to its outcome.
//!
//! In: settings, targets, a token that stops the run. Out: outcomes on a channel, in order of
//! completion, each with its place in the order the targets were written. A slow reader of the channel
//! slows the run down; nothing is dropped.
//!
//! Limits: as many tasks as twice the connections allowed; one outcome a task.
//!
//! References: RFC 5321 5.1 (from a domain to a host), RFC 7505 (null MX).

pub mod deliveries;
mod gate;
mod job;
pub mod message;
mod resolved;

pub use deliveries::Deliveries;
pub use job::Keep;
pub use message::Letter;

use crate::model::{Outcome, Reason, Target, Verdict};
use crate::net::{Connector, Resolver};
use crate::probe::plan;
use crate::target::exclude::Exclusions;
use crate::target::held::Held;
use crate::target::space::{Item, Targets};
use gate::Gate;
use resolved::{Found, Once, resolve, say_that_mx_is_missing};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What holds for a whole run.
#[derive(Debug)]
pub struct Settings {
    /// What is asked.
    pub plan: Arc<plan::Settings>,
    /// How connections are made.
    pub connector: Connector,
    /// Wait for a connection.
    pub connect_limit: Duration,
    /// Time for one target.
    pub target_limit: Duration,
    /// How often a connection that did not come about is tried again.
    pub retries: u32,
    /// Connections at once.
    pub concurrency: NonZeroUsize,
    /// Connections at once to one address.
    pub per_host: NonZeroUsize,
    /// Which addresses of names are asked.
    pub family: Family,
    /// What must not be contacted.
    pub exclusions: Exclusions,
    /// The message for what is accepted, if one may be sent.
    pub letter: Option<Letter>,
    /// Where the message is awaited, if it is.
    pub deliveries: Option<Arc<Deliveries>>,
    /// Whether the dialogue stays with the outcome.
    pub transcript: Keep,
}

/// Which addresses of names are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// All of them.
    Any,
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// An outcome and its place.
#[derive(Debug)]
pub struct Finished {
    /// The number of the item among the targets, and of the address within the item.
    pub place: (u64, u32),
    /// The outcome.
    pub outcome: Outcome,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every target has its outcome.
    Complete,
    /// It was stopped: targets that had not begun have none.
    Stopped,
}

struct Shared {
    settings: Arc<Settings>,
    resolver: Option<Resolver>,
    gate: Arc<Gate>,
    once: Once,
    tasks: TaskTracker,
    out: mpsc::Sender<Finished>,
    stop: CancellationToken,
}

/// Audits all targets of a list.
pub async fn run(
    settings: Arc<Settings>,
    targets: &Targets,
    resolver: Option<Resolver>,
    out: mpsc::Sender<Finished>,
    stop: CancellationToken,
) -> Ended {
    let written = if targets.has_names() {
        Held::of(targets)
    } else {
        Held::default()
    };
    let shared = Shared::new(settings, resolver, written, out, stop);
    shared.go_through(targets.iter()).await
}

/// Audits targets whose addresses are known.
pub async fn run_targets(
    settings: Arc<Settings>,
    targets: Vec<Target>,
    out: mpsc::Sender<Finished>,
    stop: CancellationToken,
) -> Ended {
    let shared = Shared::new(settings, None, Held::default(), out, stop);
    shared
        .go_through(targets.into_iter().map(Item::Target))
        .await
}

impl Shared {
    fn new(
        settings: Arc<Settings>,
        resolver: Option<Resolver>,
        written: Held,
        out: mpsc::Sender<Finished>,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            gate: Arc::new(Gate::new(settings.concurrency, settings.per_host)),
            settings,
            resolver,
            once: Once::new(written),
            tasks: TaskTracker::new(),
            out,
            stop,
        })
    }

    async fn go_through(self: Arc<Self>, items: impl Iterator<Item = Item>) -> Ended {
        // Twice as many items as connections: some wait for DNS or for their host while others talk.
        let slots = self.settings.concurrency.get().saturating_mul(2);
        let slots = Arc::new(Semaphore::new(slots.min(Semaphore::MAX_PERMITS)));
        for (index, item) in (0..).zip(items) {
            let slot = tokio::select! {
                biased;
                () = self.stop.cancelled() => None,
                slot = Arc::clone(&slots).acquire_owned() => slot.ok(),
            };
            let Some(slot) = slot else {
                break;
            };
            let task = Arc::clone(&self);
            self.tasks.spawn(task.follow(index, item, slot));
        }
        self.tasks.close();
        self.tasks.wait().await;
        if self.stop.is_cancelled() {
            Ended::Stopped
        } else {
            Ended::Complete
        }
    }

    /// Follows an item to its addresses and audits each.
    async fn follow(self: Arc<Self>, index: u64, item: Item, slot: OwnedSemaphorePermit) {
        let slot = Arc::new(slot);
        let found = resolve(&self.settings, self.resolver.as_ref(), &self.once, item).await;
        for (number, found) in (0..).zip(found) {
            let place = (index, number);
            match found {
                Found::Outcome(outcome) => self.give(place, *outcome).await,
                Found::Target(target) => {
                    let task = Arc::clone(&self);
                    self.tasks
                        .spawn(task.audit(place, target, Arc::clone(&slot)));
                }
            }
        }
    }

    async fn audit(
        self: Arc<Self>,
        place: (u64, u32),
        target: Target,
        _slot: Arc<OwnedSemaphorePermit>,
    ) {
        let Some(address) = target.address else {
            return;
        };
        let permit = tokio::select! {
            permit = self.gate.enter(address) => permit,
            () = self.stop.cancelled() => {
                let outcome = job::without_dialogue(
                    target,
                    Verdict::Inconclusive,
                    Reason::Interrupted,
                    None,
                );
                return self.give(place, outcome).await;
            }
        };
        let resolver = self.resolver.as_ref();
        let outcome = job::audit(&self.settings, resolver, &self.stop, target, address).await;
        drop(permit);
        self.give(place, outcome).await;
    }

    async fn give(&self, place: (u64, u32), mut outcome: Outcome) {
        say_that_mx_is_missing(&mut outcome);
        // Nobody listens any more: the run is being torn down.
        let _ = self.out.send(Finished { place, outcome }).await;
    }
}
