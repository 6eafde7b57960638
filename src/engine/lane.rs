//! Lanes: each takes up one thing after the other until nothing is left.
//!
//! In: the schedule. Out: finished items on the channel. There are as many lanes as connections may be open
//! at once, shared out over the threads; a lane that has nothing to do sleeps until somebody ends or a
//! moment has come.
//!
//! A stop reaches every lane at once: what is under way is concluded from what it has learnt, what has not
//! begun gets no outcome.

use super::pace::Pace;
use super::part::Part;
use super::resolved::{Found, Once, resolve, say_that_mx_is_missing};
use super::schedule::{Job, Next, Schedule, Wake};
use super::{End, Ended, Finished, Gauges, Place, Settings, job};
use crate::model::{Outcome, Reason, Retried, Verdict};
use crate::net::Resolver;
use crate::target::space::Item;
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the lanes of one thread share. Its tokens are its own: listening for a stop costs no word with other
/// threads.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) lanes: Arc<Lanes>,
    pub(super) stop: CancellationToken,
    pub(super) resolver: Option<Resolver>,
}

/// What all lanes share.
#[derive(Debug)]
pub(super) struct Lanes {
    pub(super) settings: Arc<Settings>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) stop: CancellationToken,
    pub(super) pace: Option<Pace>,
    /// Whether trouble of our own machine has been told.
    pub(super) told: AtomicBool,
    once: Once,
    schedule: Mutex<Schedule>,
    /// Wakes lanes that sleep.
    ended: Notify,
    begun: Instant,
    out: mpsc::Sender<Finished>,
}

impl Lanes {
    pub(super) fn new(
        schedule: Schedule,
        once: Once,
        pace: Option<Pace>,
        settings: Arc<Settings>,
        out: mpsc::Sender<Finished>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            settings,
            gauges: Arc::default(),
            stop,
            pace,
            told: AtomicBool::new(false),
            once,
            schedule: Mutex::new(schedule),
            ended: Notify::new(),
            begun: Instant::now(),
            out,
        }
    }

    /// Runs a thread's share of the lanes to the end.
    pub(super) fn serve(
        self: Arc<Self>,
        count: usize,
        resolver: Option<Resolver>,
    ) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let local = Arc::new(Local {
                stop: self.stop.child_token(),
                lanes: Arc::clone(&self),
                resolver,
            });
            let tasks = TaskTracker::new();
            let lanes: Vec<_> = (0..count)
                .map(|_| {
                    let local = Arc::clone(&local);
                    tasks.spawn(async move { local.run().await })
                })
                .collect();
            for lane in lanes {
                if let Err(error) = lane.await
                    && let Ok(panic) = error.try_into_panic()
                {
                    self.stop.cancel();
                    std::panic::resume_unwind(panic);
                }
            }
        });
        Ok(())
    }

    /// Ends the run when all lanes have: hands on what a stop has left of items that had begun.
    pub(super) fn end(&self) -> Ended {
        let left = self.lock().drain();
        let ended = if self.stop.is_cancelled() {
            Ended::Stopped
        } else {
            Ended::Complete
        };
        for job in left {
            let outcome = match job.before {
                Some(before) => *before,
                // Of an item whose other addresses have outcomes, this one is not to be lost.
                None if job.part.has_siblings() => job::without_dialogue(
                    job.target,
                    Verdict::Inconclusive,
                    Reason::Interrupted,
                    None,
                ),
                None => continue,
            };
            if let Some(finished) = job.part.finish(outcome, End::CutOff) {
                let _ = self.out.blocking_send(annotated(finished));
            }
        }
        ended
    }

    fn wake(&self, wake: Wake) {
        match wake {
            Wake::Some(count) => (0..count).for_each(|_| self.ended.notify_one()),
            Wake::All => self.ended.notify_waiters(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Schedule> {
        // Nothing that could panic runs under the lock; what is in there is whole either way.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Local {
    /// Runs one lane.
    async fn run(&self) {
        while !self.stop.is_cancelled() {
            // Listens before it looks: who ends in between is not missed.
            let ended = self.lanes.ended.notified();
            let next = {
                let mut schedule = self.lanes.lock();
                let next = schedule.next(self.lanes.begun.elapsed());
                self.lanes
                    .gauges
                    .set(schedule.running(), schedule.deferred());
                next
            };
            match next {
                Next::Audit(job) => self.audit(*job).await,
                Next::Follow(place, item) => self.follow(place, item).await,
                Next::Give(finished) => self.give(Some(finished)).await,
                Next::Wait(None) => {
                    tokio::select! {
                        () = ended => {}
                        () = self.stop.cancelled() => {}
                    }
                }
                Next::Wait(Some(until)) => {
                    tokio::select! {
                        () = ended => {}
                        () = sleep_until(self.lanes.begun + until) => {}
                        () = self.stop.cancelled() => {}
                    }
                }
                Next::Over => return,
            }
        }
    }

    async fn audit(&self, mut job: Job) {
        let (outcome, end) = job::audit(self, &job.target, job.address).await;
        let (outcome, end) = match (job.before.take(), self.lanes.settings.retry_deferred) {
            (Some(before), pause) => (once_more(*before, outcome, pause), end),
            (None, Some(pause)) if put_off(&outcome) => {
                if !self.stop.is_cancelled() {
                    return self.defer(job, outcome, pause);
                }
                // It was to be asked once more.
                (outcome, End::CutOff)
            }
            (None, _) => (outcome, end),
        };
        let wake = self.lanes.lock().leave(job.address);
        self.lanes.wake(wake);
        self.give(job.part.finish(outcome, end)).await;
    }

    /// Has a target wait for its second time; its first outcome is kept for the case that it never comes.
    fn defer(&self, job: Job, outcome: Outcome, pause: Duration) {
        let address = job.address;
        let job = Job {
            before: Some(Box::new(outcome)),
            ..job
        };
        let wake = {
            let mut schedule = self.lanes.lock();
            schedule.defer(job, self.lanes.begun.elapsed() + pause);
            schedule.leave(address)
        };
        self.lanes.wake(wake);
    }

    /// Follows an item to its addresses.
    async fn follow(&self, place: Place, item: Item) {
        let resolving = resolve(
            &self.lanes.settings,
            self.resolver.as_ref(),
            &self.lanes.once,
            item,
        );
        let found = tokio::select! {
            found = resolving => found,
            () = self.stop.cancelled() => return,
        };
        let parts = Part::of(place, found.len());
        let none = found.is_empty();
        let mut jobs = Vec::new();
        let mut finished = Vec::new();
        for (part, found) in parts.into_iter().zip(found) {
            match found {
                Found::Outcome(outcome) => finished.extend(part.finish(*outcome, End::Whole)),
                Found::Target(target, address) => jobs.push(Job {
                    target,
                    address,
                    part,
                    before: None,
                }),
            }
        }
        if none {
            finished.push(Finished {
                place,
                outcomes: Vec::new(),
                end: End::Whole,
            });
        }
        let wake = self.lanes.lock().followed(jobs);
        self.lanes.wake(wake);
        for finished in finished {
            self.give(Some(finished)).await;
        }
    }

    async fn give(&self, finished: Option<Finished>) {
        let Some(finished) = finished.map(annotated) else {
            return;
        };
        // Nobody listens any more: the run is being torn down.
        let _ = self.lanes.out.send(finished).await;
    }
}

/// Tells whether a server asked to come back later, and nothing else is known about it.
fn put_off(outcome: &Outcome) -> bool {
    outcome.verdict == Verdict::Inconclusive && outcome.reason == Some(Reason::Deferred)
}

/// Joins what came of asking twice.
fn once_more(before: Outcome, mut outcome: Outcome, pause: Option<Duration>) -> Outcome {
    outcome.sessions += before.sessions;
    outcome.elapsed += before.elapsed;
    let interrupted = outcome.reason == Some(Reason::Interrupted);
    let silent = outcome.verdict == Verdict::Unreachable;
    // A second time that came to nothing takes nothing away from what the first has shown.
    let mut joined = if interrupted || silent {
        Outcome {
            sessions: outcome.sessions,
            elapsed: outcome.elapsed,
            ..before
        }
    } else {
        outcome
    };
    joined.retried = Some(Retried {
        after: pause.unwrap_or_default(),
        first: Reason::Deferred,
    });
    joined
}

fn annotated(mut finished: Finished) -> Finished {
    finished
        .outcomes
        .iter_mut()
        .for_each(say_that_mx_is_missing);
    finished
}
