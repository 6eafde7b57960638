//! From addresses back to items: an item is finished when each of its addresses has an outcome.
//!
//! In: outcomes, one for each address. Out: the item with all of them, once the last has come. A name with
//! several addresses is reported, and remembered as done, as a whole: a run that is killed halfway through
//! it asks all of them again and none twice.

use super::{End, Finished, Place};
use crate::model::Outcome;
use std::sync::{Arc, Mutex, PoisonError};

/// Where an outcome goes.
#[derive(Debug)]
pub(super) enum Part {
    /// It is all there is of its item.
    Sole(Place),
    /// There are others.
    OneOf(Arc<Item>, usize),
}

/// An item with several addresses.
#[derive(Debug)]
pub(super) struct Item {
    place: Place,
    outcomes: Mutex<Vec<Option<(Outcome, End)>>>,
}

impl Part {
    /// Makes the parts of an item with so many addresses.
    pub(super) fn of(place: Place, count: usize) -> Vec<Self> {
        if count == 1 {
            return vec![Self::Sole(place)];
        }
        let item = Arc::new(Item {
            place,
            outcomes: Mutex::new((0..count).map(|_| None).collect()),
        });
        (0..count)
            .map(|number| Self::OneOf(Arc::clone(&item), number))
            .collect()
    }

    /// Takes the outcome; gives the item if that was the last one.
    pub(super) fn finish(self, outcome: Outcome, end: End) -> Option<Finished> {
        match self {
            Self::Sole(place) => Some(Finished {
                place,
                outcomes: vec![outcome],
                end,
            }),
            Self::OneOf(item, number) => {
                // Nothing that could panic runs under the lock.
                let mut outcomes = item.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                outcomes[number] = Some((outcome, end));
                if outcomes.iter().any(Option::is_none) {
                    return None;
                }
                let (outcomes, ends): (Vec<Outcome>, Vec<End>) =
                    outcomes.drain(..).flatten().unzip();
                Some(Finished {
                    place: item.place,
                    outcomes,
                    end: match ends.contains(&End::CutOff) {
                        true => End::CutOff,
                        false => End::Whole,
                    },
                })
            }
        }
    }

    /// Tells whether other addresses of the item have outcomes, or may have.
    pub(super) fn has_siblings(&self) -> bool {
        matches!(self, Self::OneOf(..))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{Endpoint, Host, Named, Origin, Reason, Target, TlsUse, Verdict};

    /// Makes an outcome of a target that was not talked to.
    pub(crate) fn outcome(target: &Target) -> Outcome {
        crate::engine::job::without_dialogue(
            target.clone(),
            Verdict::Unreachable,
            Reason::Timeout,
            None,
        )
    }

    fn of_port(port: u16) -> Outcome {
        let address = [192, 0, 2, 1].into();
        outcome(&Target {
            written: Arc::from("a"),
            origin: Origin::Argument(1),
            endpoint: Endpoint {
                host: Host::Address(address),
                port,
                tls: TlsUse::Opportunistic,
            },
            address: Some(address),
            named: Named::Explicitly,
            local_domains: Vec::new(),
        })
    }

    #[test]
    fn an_item_is_finished_with_its_last_address_in_order() {
        let place = Place { turn: 7, index: 3 };
        let mut parts = Part::of(place, 3);
        let whole = End::Whole;
        assert!(parts.remove(2).finish(of_port(3), whole).is_none());
        assert!(parts.remove(0).finish(of_port(1), End::CutOff).is_none());
        let last = parts.remove(0).finish(of_port(2), whole);
        let last = last.expect("all are there");
        assert_eq!(last.end, End::CutOff);
        let ports: Vec<u16> = last
            .outcomes
            .iter()
            .map(|o| o.target.endpoint.port)
            .collect();
        assert_eq!((last.place, ports), (place, vec![1, 2, 3]));
        let sole = Part::of(place, 1).remove(0);
        assert!(!sole.has_siblings());
        assert_eq!(
            sole.finish(of_port(1), whole)
                .map(|f| (f.outcomes.len(), f.end)),
            Some((1, whole))
        );
    }
}
