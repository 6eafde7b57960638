//! Who may be asked now: in the order of the scan, so many at once to one host and one network, and once
//! more who asked to be asked later.
//!
//! In: the moment, as time since the run began, and who has ended. Out: the next thing to do, or until when
//! there is none. Does nothing itself: lanes ask and do.
//!
//! A target whose host or network is busy is parked there and waits, while others go on. A host that is
//! written down under many names and ports is still one host.
//!
//! Limits: [`Bounds::parked`] targets are parked, and [`Bounds::deferred`] wait for their second time; the
//! scan takes up nothing new while either is full. Memory is one entry for each address and network that is
//! talked to, parked for or waited for right now, whatever the size of the scan.

use super::part::Part;
use super::source::{Source, Taken};
use super::{Finished, Place};
use crate::model::{Outcome, Target};
use crate::target::space::Item;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

/// One target at one address.
#[derive(Debug)]
pub(super) struct Job {
    /// The target.
    pub(super) target: Target,
    /// Its address.
    pub(super) address: IpAddr,
    /// Where its outcome goes.
    pub(super) part: Part,
    /// What came of it the first time, where this is the second.
    pub(super) before: Option<Box<Outcome>>,
}

/// What there is to do.
#[derive(Debug)]
pub(super) enum Next {
    /// Audit a target; [`Schedule::leave`] is owed when it is done.
    Audit(Box<Job>),
    /// Follow an item to its addresses; [`Schedule::followed`] is owed when it is done.
    Follow(Place, Item),
    /// Hand on what needed no audit.
    Give(Finished),
    /// Nothing before somebody ends, or before this moment.
    Wait(Option<Duration>),
    /// Nothing ever again.
    Over,
}

/// Whom to wake, of those who were told to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    /// So many.
    Some(usize),
    /// Everybody: it is over.
    All,
}

/// How much at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections to one address.
    pub(super) per_host: NonZeroUsize,
    /// Connections to one network, where that is limited.
    pub(super) per_net: Option<NonZeroUsize>,
    /// Targets that may wait for their host or network.
    pub(super) parked: usize,
    /// Targets that may wait for their second time.
    pub(super) deferred: usize,
}

/// What is going on.
#[derive(Debug)]
pub(super) struct Schedule {
    source: Source,
    bounds: Bounds,
    ready: VecDeque<Job>,
    hosts: Crowds<IpAddr>,
    nets: Crowds<Network>,
    parked: usize,
    /// In order of their moments, for all wait equally long.
    deferred: VecDeque<(Duration, Job)>,
    running: usize,
    following: usize,
}

/// A /24 or a /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(IpAddr);

impl Network {
    fn of(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & 0xffff_ff00).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        })
    }
}

/// Who is inside, and who waits outside, by place.
#[derive(Debug)]
struct Crowds<K>(HashMap<K, Crowd>);

#[derive(Debug, Default)]
struct Crowd {
    inside: usize,
    outside: VecDeque<Job>,
}

impl<K: Hash + Eq + Copy> Crowds<K> {
    fn is_full(&self, place: K, most: NonZeroUsize) -> bool {
        self.0
            .get(&place)
            .is_some_and(|crowd| crowd.inside >= most.get())
    }

    fn enter(&mut self, place: K) {
        self.0.entry(place).or_default().inside += 1;
    }

    fn wait(&mut self, place: K, job: Job) {
        self.0.entry(place).or_default().outside.push_back(job);
    }

    /// Lets one out; gives who may try next.
    fn leave(&mut self, place: K) -> Option<Job> {
        let crowd = self.0.get_mut(&place)?;
        crowd.inside = crowd.inside.saturating_sub(1);
        let next = crowd.outside.pop_front();
        if crowd.inside == 0 && crowd.outside.is_empty() {
            self.0.remove(&place);
        }
        next
    }

    fn drain(&mut self) -> impl Iterator<Item = Job> {
        self.0.drain().flat_map(|(_, crowd)| crowd.outside)
    }
}

impl Schedule {
    /// Begins with everything still to do.
    pub(super) fn new(source: Source, bounds: Bounds) -> Self {
        Self {
            source,
            bounds,
            ready: VecDeque::new(),
            hosts: Crowds(HashMap::new()),
            nets: Crowds(HashMap::new()),
            parked: 0,
            deferred: VecDeque::new(),
            running: 0,
            following: 0,
        }
    }

    /// Gives the next thing to do.
    pub(super) fn next(&mut self, now: Duration) -> Next {
        while self.deferred.front().is_some_and(|(due, _)| *due <= now) {
            let due = self.deferred.pop_front();
            self.ready.extend(due.map(|(_, job)| job));
        }
        while let Some(job) = self.ready.pop_front() {
            if let Some(job) = self.admit(job) {
                return Next::Audit(Box::new(job));
            }
        }
        while self.parked < self.bounds.parked && self.deferred.len() < self.bounds.deferred {
            match self.source.next() {
                None => break,
                Some(Taken::Target(job)) => {
                    if let Some(job) = self.admit(*job) {
                        return Next::Audit(Box::new(job));
                    }
                }
                Some(Taken::Decided(finished)) => return Next::Give(finished),
                Some(Taken::Item(place, item)) => {
                    self.following += 1;
                    return Next::Follow(place, item);
                }
            }
        }
        if self.running + self.following + self.parked + self.deferred.len() == 0 {
            return Next::Over;
        }
        Next::Wait(self.deferred.front().map(|(due, _)| *due))
    }

    /// Takes what an item led to.
    pub(super) fn followed(&mut self, jobs: impl IntoIterator<Item = Job>) -> Wake {
        self.following -= 1;
        let before = self.ready.len();
        self.ready.extend(jobs);
        self.wake(self.ready.len() - before)
    }

    /// Takes note that an audit is done.
    pub(super) fn leave(&mut self, address: IpAddr) -> Wake {
        self.running -= 1;
        let host = self.hosts.leave(address.to_canonical());
        let net = match self.bounds.per_net {
            Some(_) => self.nets.leave(Network::of(address)),
            None => None,
        };
        let mut free = 0;
        for job in host.into_iter().chain(net) {
            self.parked -= 1;
            self.ready.push_back(job);
            free += 1;
        }
        // A place for parking has become free as well: somebody may go on with the list.
        self.wake(free.max(1))
    }

    /// Puts a target off until a moment; moments must come in order.
    pub(super) fn defer(&mut self, job: Job, until: Duration) {
        self.deferred.push_back((until, job));
    }

    /// Gives up what has not been done, for a run that is stopped.
    pub(super) fn drain(&mut self) -> Vec<Job> {
        let mut left: Vec<Job> = self.ready.drain(..).collect();
        left.extend(self.deferred.drain(..).map(|(_, job)| job));
        left.extend(self.hosts.drain());
        left.extend(self.nets.drain());
        self.parked = 0;
        left
    }

    /// Counts targets that wait for their second time.
    pub(super) fn deferred(&self) -> usize {
        self.deferred.len()
    }

    /// Counts audits that are going on.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// Lets a job in, or parks it where it has to wait.
    fn admit(&mut self, job: Job) -> Option<Job> {
        let host = job.address.to_canonical();
        if self.hosts.is_full(host, self.bounds.per_host) {
            self.parked += 1;
            self.hosts.wait(host, job);
            return None;
        }
        if let Some(most) = self.bounds.per_net {
            let network = Network::of(host);
            if self.nets.is_full(network, most) {
                self.parked += 1;
                self.nets.wait(network, job);
                return None;
            }
            self.nets.enter(network);
        }
        self.hosts.enter(host);
        self.running += 1;
        Some(job)
    }

    fn wake(&self, free: usize) -> Wake {
        if self.running + self.following + self.ready.len() + self.parked + self.deferred.len() == 0
        {
            Wake::All
        } else {
            Wake::Some(free)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::source::tests::source;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn most(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).expect("not zero")
    }

    fn schedule(texts: &[&str], ports: &str, per_host: usize, per_net: Option<usize>) -> Schedule {
        Schedule::new(
            source(texts, ports),
            Bounds {
                per_host: most(per_host),
                per_net: per_net.map(most),
                parked: 8,
                deferred: 2,
            },
        )
    }

    fn audit(next: Next) -> Job {
        match next {
            Next::Audit(job) => *job,
            other => panic!("{other:?}"),
        }
    }

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn a_busy_host_holds_up_nobody_else() {
        let mut schedule = schedule(&["192.0.2.1:1,2,3", "192.0.2.2:1"], "25", 1, None);
        let first = audit(schedule.next(NOW));
        let other = audit(schedule.next(NOW));
        assert_eq!(other.address.to_string(), "192.0.2.2");
        assert!(matches!(schedule.next(NOW), Next::Wait(None)));
        assert_eq!(schedule.leave(first.address), Wake::Some(1));
        let second = audit(schedule.next(NOW));
        assert_eq!(second.target.endpoint.port, 2);
        assert!(matches!(schedule.next(NOW), Next::Wait(None)));
        schedule.leave(other.address);
        schedule.leave(second.address);
        let third = audit(schedule.next(NOW));
        assert_eq!(schedule.leave(third.address), Wake::All);
        assert!(matches!(schedule.next(NOW), Next::Over));
        assert!(schedule.hosts.0.is_empty());
    }

    #[test]
    fn networks_are_limited_as_hosts_are() {
        let mut schedule = schedule(&["192.0.2.1-4", "198.51.100.1"], "25", 1, Some(2));
        let inside: Vec<Job> = (0..3).map(|_| audit(schedule.next(NOW))).collect();
        assert_eq!(inside[2].address.to_string(), "198.51.100.1");
        assert!(matches!(schedule.next(NOW), Next::Wait(None)));
        schedule.leave(inside[0].address);
        assert_eq!(audit(schedule.next(NOW)).address.to_string(), "192.0.2.3");
    }

    #[test]
    fn who_was_put_off_comes_back_and_the_scan_waits_for_room() {
        let mut schedule = schedule(&["192.0.2.0/29"], "25", 1, None);
        let later = Duration::from_secs(300);
        for _ in 0..2 {
            let job = audit(schedule.next(NOW));
            schedule.leave(job.address);
            schedule.defer(job, later);
        }
        match schedule.next(NOW) {
            Next::Wait(Some(until)) => assert_eq!(until, later),
            other => panic!("{other:?}"),
        }
        assert_eq!(audit(schedule.next(later)).address.to_string(), "192.0.2.0");
        assert_eq!(audit(schedule.next(later)).address.to_string(), "192.0.2.1");
        assert_eq!(audit(schedule.next(later)).address.to_string(), "192.0.2.2");
    }

    proptest! {
        #[test]
        fn nobody_is_forgotten_and_no_limit_is_passed(
            per_host in 1usize..3,
            per_net in prop_oneof![Just(None), (1usize..4).prop_map(Some)],
            steps in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let texts = ["192.0.2.0/28", "192.0.2.1:100,101,102,103,104,105,106", "198.51.100.0/29", "2001:db8::/126"];
            let mut schedule = schedule(&texts, "25,587", per_host, per_net);
            let mut inside: Vec<Job> = Vec::new();
            let mut done = 0;
            let mut steps = steps.into_iter();
            let mut now = NOW;
            loop {
                let step = steps.next();
                let next = match step {
                    Some(step) if step % 3 == 0 && !inside.is_empty() => {
                        let job = inside.swap_remove(usize::from(step) % inside.len());
                        schedule.leave(job.address);
                        if step % 2 == 0 && job.before.is_none() {
                            let before = crate::engine::part::tests::outcome(&job.target);
                            let job = Job { before: Some(Box::new(before)), ..job };
                            schedule.defer(job, now + Duration::from_secs(9));
                        } else {
                            done += 1;
                        }
                        continue;
                    }
                    _ => schedule.next(now),
                };
                now += Duration::from_secs(1);
                match next {
                    Next::Audit(job) => inside.push(*job),
                    Next::Wait(_) if !inside.is_empty() => {
                        let job = inside.swap_remove(0);
                        schedule.leave(job.address);
                        done += 1;
                    }
                    Next::Wait(until) => now = until.expect("somebody is awaited"),
                    Next::Over => break,
                    other => panic!("{other:?}"),
                }
                let mut hosts: HashMap<IpAddr, usize> = HashMap::new();
                let mut nets: HashMap<Network, usize> = HashMap::new();
                for job in &inside {
                    *hosts.entry(job.address).or_default() += 1;
                    *nets.entry(Network::of(job.address)).or_default() += 1;
                }
                prop_assert!(hosts.values().all(|n| *n <= per_host));
                prop_assert!(per_net.is_none_or(|most| nets.values().all(|n| *n <= most)));
            }
            prop_assert_eq!(done, schedule.source.len());
            prop_assert!(schedule.hosts.0.is_empty() && schedule.nets.0.is_empty());
        }
    }
}
