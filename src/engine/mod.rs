//! Which target when, and one target from its name to its outcome.
//!
//! In: settings, targets, a token that stops the run. Out: outcomes on a channel, in order of
//! completion, each item of the target list with all its addresses at once and with its place.
//! A slow reader of the channel slows the run down; nothing is dropped.
//!
//! | file | what it decides |
//! | --- | --- |
//! | `source` | what is still to be taken up, in which order |
//! | `schedule` | who may be asked now |
//! | `lane` | takes up one thing after the other, as many at once as there are lanes |
//! | `resolved` | from names to addresses |
//! | `job` | one target at one address: sessions until its plan is done |
//! | `part` | from addresses back to items |
//! | [`done`] | what a checkpoint remembers |
//! | `direct` | a few targets in one call |
//!
//! Each thread has a runtime and its share of the lanes; a connection never changes threads.
//!
//! Limits: memory grows with the connections at once and with who waits for a second time, not with the
//! targets.
//!
//! References: RFC 5321 5.1 (from a domain to a host), RFC 7505 (null MX).

pub mod deliveries;
mod direct;
pub mod done;
mod job;
mod lane;
pub mod message;
mod pace;
mod part;
mod resolved;
mod schedule;
mod source;

pub use deliveries::Deliveries;
pub use direct::audit;
pub use done::Done;
pub use job::Keep;
#[cfg(test)]
pub(crate) use job::without_dialogue;
pub use message::Letter;
pub use resolved::Asked;
pub use source::{Assignment, Work};

use crate::model::Outcome;
use crate::net::{Connector, Resolver};
use crate::probe::{self, plan};
use crate::target::exclude::Exclusions;
use crate::target::held::Held;
use lane::Lanes;
use pace::Pace;
use resolved::Once;
use schedule::{Bounds, Schedule};
use source::Source;
use std::io;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

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
    /// Connections at once to one /24 or /64.
    pub per_net: Option<NonZeroUsize>,
    /// New connections a second.
    pub rate: Option<NonZeroU32>,
    /// When who asked to be asked later is asked once more.
    pub retry_deferred: Option<Duration>,
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

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In the order of the scan.
    pub turn: u64,
    /// In the order the targets were written.
    pub index: u64,
}

/// An item of the target list with the outcome of each of its addresses; none where all of them are asked
/// under other names.
#[derive(Debug)]
pub struct Finished {
    /// Where the item stands.
    pub place: Place,
    /// The outcomes.
    pub outcomes: Vec<Outcome>,
    /// Whether the item may count as done.
    pub end: End,
}

/// How a target's audit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Whole,
    /// A stop came first: the outcome says what was learnt until then.
    CutOff,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every target has its outcome.
    Complete,
    /// It was stopped: targets that had not begun have none.
    Stopped,
}

/// What a person who watches wants to know.
#[derive(Debug, Default)]
pub struct Gauges {
    running: AtomicU64,
    deferred: AtomicU64,
}

impl Gauges {
    fn set(&self, running: usize, deferred: usize) {
        self.running.store(running as u64, Ordering::Relaxed);
        self.deferred.store(deferred as u64, Ordering::Relaxed);
    }

    /// Counts audits that are going on.
    pub fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    /// Counts targets that wait for their second time.
    pub fn deferred(&self) -> u64 {
        self.deferred.load(Ordering::Relaxed)
    }
}

/// A run under way.
#[derive(Debug)]
pub struct Run {
    coordinator: JoinHandle<io::Result<Ended>>,
    gauges: Arc<Gauges>,
}

/// Begins a run on [`threads`] threads, each with one of the resolvers as far as there are enough.
pub fn start(
    settings: Arc<Settings>,
    assignment: Assignment,
    asked: Vec<Asked>,
    resolvers: Vec<Resolver>,
    out: mpsc::Sender<Finished>,
    stop: CancellationToken,
) -> io::Result<Run> {
    // Beside the first connections, which have to wait for their greetings anyway. Where there is no thread for
    // it, the first reply does it.
    let _ = thread::Builder::new().spawn(probe::make_ready);
    let written = match &assignment.targets {
        Work::List(targets, _) if targets.has_names() => Held::of(targets),
        Work::List(..) | Work::Given(_) => Held::default(),
    };
    let lanes = settings.concurrency.get();
    let bounds = Bounds {
        per_host: settings.per_host,
        per_net: settings.per_net,
        // Enough that a few slow hosts with many ports hold nobody up.
        parked: lanes.saturating_mul(4).max(1024),
        // Their first outcomes are kept meanwhile: some tens of megabytes.
        deferred: 16_384,
    };
    let mut resolvers: Vec<Option<Resolver>> = resolvers.into_iter().map(Some).collect();
    let most = threads(lanes);
    resolvers.resize_with(most, || None);
    let source = Source::new(Arc::clone(&settings), assignment);
    let lanes = Arc::new(Lanes::new(
        Schedule::new(source, bounds),
        Once::new(written, asked),
        settings.rate.map(Pace::per_second),
        settings,
        out,
        stop,
    ));
    let count = lanes.settings.concurrency.get();
    let gauges = Arc::clone(&lanes.gauges);
    let mut threads = Vec::new();
    for (number, resolver) in resolvers.into_iter().take(most).enumerate() {
        // The first threads take what is left over.
        let share = count / most + usize::from(number < count % most);
        let lanes = Arc::clone(&lanes);
        let thread = thread::Builder::new()
            .name(format!("lanes-{number}"))
            .spawn(move || lanes.serve(share, resolver))?;
        threads.push(thread);
    }
    let coordinator = thread::Builder::new()
        .name("coordinator".to_owned())
        .spawn(move || {
            for thread in threads {
                match thread.join() {
                    Ok(ended) => ended?,
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(lanes.end())
        })?;
    Ok(Run {
        coordinator,
        gauges,
    })
}

/// Tells how many threads a run with so many connections at once has.
pub fn threads(concurrency: usize) -> usize {
    thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(concurrency)
        .max(1)
}

impl Run {
    /// Gives what there is to see while it runs.
    pub fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// Where a thread of the run has panicked, with its message.
    pub fn wait(self) -> io::Result<Ended> {
        match self.coordinator.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::probe::forms::Profile;
    use crate::probe::script::Waits;
    use crate::probe::template::Identity;

    /// Gives settings that ask little.
    pub(crate) fn settings() -> Settings {
        let identity = Identity {
            probe_user: "relaycheck".to_owned(),
            probe_domain: "example.org".to_owned(),
            ext_user: "relaycheck".to_owned(),
            ext_domain: "example.com".to_owned(),
            local_user: "postmaster".to_owned(),
            seed: 1,
        };
        let plan = plan::Settings {
            hello: Some("auditor.example.org".to_owned()),
            waits: Waits::of_reply(Duration::from_secs(5)),
            most_sessions: 6,
            ..plan::Settings::new(Profile::Quick, identity)
        };
        Settings {
            connect_limit: Duration::from_secs(5),
            target_limit: Duration::from_secs(10),
            concurrency: NonZeroUsize::MIN,
            ..Settings::new(plan)
        }
    }
}
