//! For programs that audit a few servers: settings as the command has them, and an audit in one call.
//!
//! In: what is asked, targets whose addresses are known. Out: their outcomes, in the order of the targets.
//!
//! Deliberately looks up no name, waits for no delivery and is not divided: that is [`super::start`], with resolvers,
//! deliveries and an assignment of its own.
//!
//! Limits: all outcomes are in memory.

use super::{Assignment, Done, Family, Keep, Settings, Work, start};
use crate::model::{Outcome, Target};
use crate::net::Connector;
use crate::probe::plan;
use crate::target::exclude::Exclusions;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Connections at once: as many as the command makes, unless told otherwise.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

impl Settings {
    /// Makes settings that ask what `plan` says, with the patience of the command; nothing is sent but the dialogue.
    pub fn new(plan: plan::Settings) -> Self {
        Self {
            plan: Arc::new(plan),
            connector: Connector::default(),
            connect_limit: Connector::PATIENCE,
            target_limit: plan::Settings::PATIENCE,
            retries: 0,
            concurrency: CONCURRENCY,
            per_host: NonZeroUsize::MIN,
            per_net: None,
            rate: None,
            retry_deferred: None,
            family: Family::Any,
            exclusions: Exclusions::default(),
            letter: None,
            deliveries: None,
            transcript: Keep::Proof,
        }
    }
}

/// Audits targets and waits until all are done; [`crate`] has an example.
///
/// A target without an address is one that a name could not be resolved for: its outcome says so. Do not call it where
/// an asynchronous task would be held up, but from a thread of its own.
pub fn audit(settings: Settings, targets: Vec<Target>) -> io::Result<Vec<Outcome>> {
    let (sender, mut receiver) = mpsc::channel(targets.len().max(1));
    let assignment = Assignment {
        targets: Work::Given(targets),
        done: Done::default(),
    };
    let stop = CancellationToken::new();
    let running = start(
        Arc::new(settings),
        assignment,
        Vec::new(),
        Vec::new(),
        sender,
        stop,
    )?;
    let mut finished = Vec::new();
    while let Some(one) = receiver.blocking_recv() {
        finished.push(one);
    }
    running.wait()?;
    finished.sort_by_key(|one| one.place.index);
    Ok(finished.into_iter().flat_map(|one| one.outcomes).collect())
}
