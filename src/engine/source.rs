//! What is still to be taken up, one after the other, in the order of the scan.
//!
//! In: the targets, the way through them, what an earlier run has done. Out: each target that is left, once:
//! ready to be audited, still to be resolved, or decided already because it is excluded.

use super::done::Done;
use super::part::Part;
use super::schedule::Job;
use super::{End, Finished, Place, Settings, resolved};
use crate::model::Target;
use crate::target::order::{self, Way};
use crate::target::space::{Item, Targets};
use std::sync::Arc;

/// What a run is to go through.
#[derive(Debug)]
pub struct Assignment {
    /// The targets.
    pub targets: Work,
    /// What an earlier run has done.
    pub done: Done,
}

/// Targets and the way through them.
#[derive(Debug)]
pub enum Work {
    /// A target list.
    List(Arc<Targets>, Way),
    /// Targets one by one.
    Given(Vec<Target>),
}

/// What is still to be taken up.
#[derive(Debug)]
pub(super) struct Source {
    settings: Arc<Settings>,
    work: Work,
    /// Places before the frontier that an earlier run left open, the next one last.
    open: Vec<u64>,
    next: u64,
}

/// The next thing on the way.
#[derive(Debug)]
pub(super) enum Taken {
    /// A target whose address is known.
    Target(Box<Job>),
    /// Something to be resolved.
    Item(Place, Item),
    /// A target with its outcome.
    Decided(Finished),
}

impl Source {
    pub(super) fn new(settings: Arc<Settings>, assignment: Assignment) -> Self {
        let Assignment {
            targets: work,
            done,
        } = assignment;
        let mut open: Vec<u64> = done.open().collect();
        open.reverse();
        Self {
            settings,
            work,
            next: done.frontier(),
            open,
        }
    }

    /// Takes the next thing that is left.
    pub(super) fn next(&mut self) -> Option<Taken> {
        loop {
            let turn = match self.open.pop() {
                Some(turn) => turn,
                None => {
                    let turn = self.next;
                    self.next += 1;
                    turn
                }
            };
            if let Some((place, item)) = self.item(turn)? {
                return Some(self.take(place, item));
            }
        }
    }

    /// Looks at a place: nothing from the end on, `Some(None)` where others are to ask.
    fn item(&self, turn: u64) -> Option<Option<(Place, Item)>> {
        match &self.work {
            Work::List(targets, way) => match way.at(turn, targets)? {
                order::Place::Others => Some(None),
                order::Place::Ours(index) => {
                    let place = Place { turn, index };
                    targets.get(index).map(|item| Some((place, item)))
                }
            },
            Work::Given(targets) => {
                let index = usize::try_from(turn).ok()?;
                let item = Item::Target(targets.get(index)?.clone());
                Some(Some((Place { turn, index: turn }, item)))
            }
        }
    }

    fn take(&self, place: Place, item: Item) -> Taken {
        let target = match item {
            Item::Target(target) if target.address.is_some() => target,
            item => return Taken::Item(place, item),
        };
        match (resolved::excluded(&self.settings, target), place) {
            (Err(outcome), place) => Taken::Decided(Finished {
                place,
                outcomes: vec![*outcome],
                end: End::Whole,
            }),
            (Ok(target), place) => match target.address {
                Some(address) => Taken::Target(Box::new(Job {
                    target,
                    address,
                    part: Part::Sole(place),
                    before: None,
                })),
                None => Taken::Item(place, Item::Target(target)),
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::Origin;
    use crate::target::{Exclusions, ExclusionsBuilder, Order, PortList, Shard, TargetsBuilder};

    fn targets(texts: &[&str], ports: &str) -> Arc<Targets> {
        let mut builder = TargetsBuilder::new(PortList::parse(ports).expect("ports"));
        for (index, text) in texts.iter().enumerate() {
            builder
                .add(Origin::Argument(index + 1), text)
                .expect("a target");
        }
        Arc::new(builder.build().expect("targets"))
    }

    fn of(exclusions: Exclusions, texts: &[&str], ports: &str, done: Done) -> Source {
        let targets = targets(texts, ports);
        let way = Way::new(targets.len(), Order::Written, Shard::WHOLE);
        let settings = Settings {
            exclusions,
            ..crate::engine::tests::settings()
        };
        let assignment = Assignment {
            targets: Work::List(targets, way),
            done,
        };
        Source::new(Arc::new(settings), assignment)
    }

    /// Makes a source of targets in written order.
    pub(crate) fn source(texts: &[&str], ports: &str) -> Source {
        of(Exclusions::default(), texts, ports, Done::default())
    }

    impl Source {
        /// Counts all targets.
        pub(crate) fn len(&self) -> u64 {
            match &self.work {
                Work::List(targets, _) => targets.len(),
                Work::Given(targets) => targets.len() as u64,
            }
        }
    }

    #[test]
    fn goes_on_where_an_earlier_run_was_broken_off() {
        let mut done = Done::default();
        for place in [0, 1, 4, 3] {
            done.add(place, |_| false);
        }
        let mut source = of(Exclusions::default(), &["192.0.2.0/29"], "25", done);
        let turns: Vec<u64> = std::iter::from_fn(|| source.next())
            .map(|taken| match taken {
                Taken::Target(job) => match job.part {
                    Part::Sole(place) => place.turn,
                    Part::OneOf(..) => panic!("one address each"),
                },
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(turns, [2, 5, 6, 7]);
    }

    #[test]
    fn tells_names_and_excluded_addresses_apart() {
        let mut exclusions = ExclusionsBuilder::new();
        exclusions
            .add(Origin::Option("-x"), "192.0.2.2")
            .expect("an exclusion");
        let texts = ["mail.test", "192.0.2.1-2", "mx:mail.test"];
        let mut source = of(exclusions.build(), &texts, "25", Done::default());
        assert!(matches!(
            source.next(),
            Some(Taken::Item(_, Item::Target(_)))
        ));
        assert!(matches!(source.next(), Some(Taken::Target(_))));
        match source.next() {
            Some(Taken::Decided(finished)) => {
                let reason = finished.outcomes[0].reason;
                assert_eq!(reason, Some(crate::model::Reason::Excluded));
                assert_eq!(finished.place, Place { turn: 2, index: 2 });
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(source.next(), Some(Taken::Item(_, Item::Mx(_)))));
        assert!(source.next().is_none());
    }
}
