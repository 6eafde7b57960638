//! Takes what the engine finishes: counts it, reports it, remembers that it is done.
//!
//! In: finished items on the engine's channel. Out: reports under way, a tally for the exit code, a
//! checkpoint every so often. Runs on the main thread and sleeps between batches: outcomes come by
//! thousands, and waking up for each would cost more than it takes to write it.
//!
//! The order of things is what a kill at any moment leaves whole: first the results are written, then the
//! checkpoint says that they count.

use super::checkpoint::{Checkpoint, Identity, Mark};
use super::error::CliError;
use super::exit::Tally;
use super::output::Outputs;
use super::progress::Progress;
use crate::engine::{Done, End, Finished, Run};
use crate::model::{Outcome, Policy, Totals};
use crate::report::compare::{self, Old};
use crate::target::order::{Place, Way};
use crate::target::space::Targets;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio_util::sync::CancellationToken;

/// How long written outcomes may wait for company.
const BREATH: Duration = Duration::from_millis(5);

/// Time between two checkpoints: what is asked again after a kill.
const CHECKPOINT: Duration = Duration::from_millis(200);

/// Items taken before the clock is looked at.
const BATCH: usize = 1024;

/// Everything that is done with outcomes.
pub(super) struct Collector {
    pub(super) policy: Policy,
    pub(super) baseline: Option<Old>,
    pub(super) outputs: Outputs,
    pub(super) progress: Progress,
    pub(super) tally: Tally,
    pub(super) totals: Totals,
    /// Items done, those of earlier runs included.
    pub(super) items: u64,
    /// Items that a stop cut off and that are to be asked again.
    pub(super) cut_off: u64,
    pub(super) keeping: Option<Keeping>,
}

/// What it takes to keep a checkpoint.
pub(super) struct Keeping {
    pub(super) checkpoint: Checkpoint,
    pub(super) identity: Identity,
    pub(super) started: String,
    /// When this process began, and how long others have worked before it.
    pub(super) begun: Instant,
    pub(super) before: Duration,
    pub(super) done: Done,
    pub(super) targets: Arc<Targets>,
    pub(super) way: Way,
}

impl Collector {
    /// Takes everything to the end of the run. Trouble with an output stops the run: asking further
    /// servers would be for nothing.
    pub(super) fn collect(
        &mut self,
        receiver: &mut Receiver<Finished>,
        running: &Run,
        stop: &CancellationToken,
    ) -> Result<(), CliError> {
        let mut trouble = None;
        let mut next_mark = Instant::now() + CHECKPOINT;
        loop {
            let mut ended = None;
            for _ in 0..BATCH {
                match receiver.try_recv() {
                    Ok(finished) if trouble.is_none() => trouble = self.take(finished).err(),
                    // The engine goes on to its end; nobody listens any more.
                    Ok(_) => {}
                    Err(end) => {
                        ended = Some(end);
                        break;
                    }
                }
            }
            self.progress
                .show(self.items, &self.totals, running.gauges());
            if trouble.is_none() {
                trouble = self.settle(&mut next_mark).err();
            }
            if trouble.is_some() || self.outputs.abandoned() {
                stop.cancel();
            }
            match ended {
                Some(TryRecvError::Disconnected) => break,
                Some(TryRecvError::Empty) => std::thread::sleep(BREATH),
                None => {}
            }
        }
        self.progress.end();
        match trouble {
            Some(error) => Err(error),
            None => self.mark(),
        }
    }

    /// Takes an item.
    fn take(&mut self, finished: Finished) -> Result<(), CliError> {
        let Finished {
            place,
            outcomes,
            end,
        } = finished;
        if self.keeping.is_some() && end == End::CutOff {
            // It will be asked again, and reported then.
            self.cut_off += 1;
            return Ok(());
        }
        for (number, mut outcome) in (0..).zip(outcomes) {
            outcome.place = (place.index, number);
            if let Some(old) = &mut self.baseline {
                compare::mark(&mut outcome, old);
            }
            self.count(&outcome);
            self.outputs.outcome(&outcome)?;
        }
        self.items += 1;
        if let Some(Keeping {
            done, targets, way, ..
        }) = &mut self.keeping
        {
            let others = |turn| matches!(way.at(turn, targets), Some(Place::Others));
            done.add(place.turn, others);
        }
        Ok(())
    }

    /// Takes what an earlier run has learnt; shows it again where `again` says so.
    pub(super) fn take_earlier(
        &mut self,
        again: Again,
        mut each: impl FnMut(&Outcome),
    ) -> Result<(), CliError> {
        let Self {
            policy,
            baseline,
            outputs,
            tally,
            totals,
            ..
        } = self;
        outputs.each_earlier(|mut outcome, show| {
            if let Some(old) = baseline {
                compare::mark(&mut outcome, old);
            }
            tally.add(policy, &outcome);
            totals.add(&outcome);
            each(&outcome);
            match again {
                Again::Show => show(&outcome),
                Again::Silent => Ok(()),
            }
        })
    }

    fn count(&mut self, outcome: &Outcome) {
        self.tally.add(&self.policy, outcome);
        self.totals.add(outcome);
    }

    /// Hands on what was written, and marks it as done when it is time.
    fn settle(&mut self, next_mark: &mut Instant) -> Result<(), CliError> {
        let outputs = &mut self.outputs;
        if outputs.waits() {
            self.progress.aside(|| outputs.flush())?;
        }
        if Instant::now() >= *next_mark {
            self.mark()?;
            *next_mark = Instant::now() + CHECKPOINT;
        }
        Ok(())
    }

    /// Says on disk what is done. The first time is before the first outcome: where nothing is known of a
    /// run, nothing of it could be cut back.
    pub(super) fn mark(&mut self) -> Result<(), CliError> {
        let Some(keeping) = &self.keeping else {
            return Ok(());
        };
        let results = self.outputs.flush()?;
        let elapsed = keeping.before + keeping.begun.elapsed();
        keeping.checkpoint.save(&Mark {
            identity: &keeping.identity,
            started: &keeping.started,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            items: self.items,
            done: &keeping.done,
            results,
            stdout: self.outputs.spot(),
        })
    }
}

/// Whether what an earlier run has learnt is written to standard output once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It is: what was written there is gone.
    Show,
    /// It is not.
    Silent,
}
