//! Who asks what where: overlapping claims on addresses divided so that each address is asked once.
//!
//! In: claims, each a range of addresses for an owner, and the labels (ports) each owner wants. Out:
//! disjoint shares: for every label, each address goes to the owner of the lowest rank that claims
//! it. An owner gets one share for a stretch of addresses where it holds the same labels.
//!
//! The sweep visits each end of a claim once. Memory and time go with the number of claims and their
//! labels, never with the number of addresses.

use super::cidr::AddressRange;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// A range of addresses that an owner wants for all its labels. The ranges of one owner are
/// disjoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) range: AddressRange,
    /// The owner; the lowest is served first.
    pub(super) rank: u64,
}

/// Divides addresses between claims. Hands each share to `give`: owner, addresses, labels in order.
/// Gives the number of different addresses that are claimed.
pub(super) fn divide<'a, L: Copy + Ord + 'a>(
    mut claims: Vec<Claim>,
    labels: impl Fn(u64) -> &'a [L],
    give: impl FnMut(u64, AddressRange, &[L]),
) -> u128 {
    claims.sort_unstable_by_key(|claim| claim.range.first);
    let mut starts = claims.iter().peekable();
    let mut ends: BinaryHeap<Reverse<(u128, u64)>> = BinaryHeap::new();
    let mut sweep = Sweep::new(give);
    let mut addresses = 0u128;
    let mut covered_since = 0;
    loop {
        let start = starts.peek().map(|claim| claim.range.first);
        let end = ends.peek().map(|Reverse((last, _))| *last);
        // Where something changes next: at the first address of a claim, or right behind the last
        // one of another. Behind the last address of all there is nothing.
        let at = match (start, end) {
            (None, None) => break,
            (Some(start), Some(end)) if end >= start => Some(start),
            (_, Some(end)) => end.checked_add(1),
            (Some(start), None) => Some(start),
        };
        let was_covered = !ends.is_empty();
        while let Some(Reverse((last, rank))) = ends.peek().copied()
            && at.is_none_or(|at| last < at)
        {
            ends.pop();
            sweep.leave(rank, labels(rank));
        }
        while let Some(claim) = starts.next_if(|claim| Some(claim.range.first) == at) {
            ends.push(Reverse((claim.range.last, claim.rank)));
            sweep.enter(claim.rank, labels(claim.rank));
        }
        sweep.settle(at);
        if was_covered && ends.is_empty() {
            let until = at.map_or(u128::MAX, |at| at - 1);
            addresses = addresses.saturating_add((until - covered_since).saturating_add(1));
        } else if !was_covered {
            covered_since = at.unwrap_or(u128::MAX);
        }
    }
    addresses
}

/// The state of the sweep at one address.
struct Sweep<L, G> {
    /// Who claims each label here.
    claimants: BTreeMap<L, BTreeSet<u64>>,
    /// What each owner holds, and since which address.
    holdings: BTreeMap<u64, (u128, BTreeSet<L>)>,
    /// Labels whose claimants changed at this address, with the owner before the change.
    changed: Vec<(L, Option<u64>)>,
    give: G,
}

impl<L: Copy + Ord, G: FnMut(u64, AddressRange, &[L])> Sweep<L, G> {
    fn new(give: G) -> Self {
        Self {
            claimants: BTreeMap::new(),
            holdings: BTreeMap::new(),
            changed: Vec::new(),
            give,
        }
    }

    fn enter(&mut self, rank: u64, labels: &[L]) {
        for label in labels {
            let claimants = self.claimants.entry(*label).or_default();
            self.changed.push((*label, claimants.first().copied()));
            claimants.insert(rank);
        }
    }

    fn leave(&mut self, rank: u64, labels: &[L]) {
        for label in labels {
            let claimants = self.claimants.entry(*label).or_default();
            self.changed.push((*label, claimants.first().copied()));
            claimants.remove(&rank);
        }
    }

    /// Gives out the shares that end before `at` and moves labels to their new owners.
    fn settle(&mut self, at: Option<u128>) {
        // The sort is stable: of several notes on a label the first, which is the oldest, stays.
        self.changed.sort_by_key(|(label, _)| *label);
        self.changed.dedup_by_key(|(label, _)| *label);
        let mut moves = Vec::new();
        for (label, from) in self.changed.drain(..) {
            let claimants = self.claimants.get(&label);
            let to = claimants.and_then(|ranks| ranks.first().copied());
            if claimants.is_some_and(BTreeSet::is_empty) {
                self.claimants.remove(&label);
            }
            if from != to {
                moves.push((label, from, to));
            }
        }
        let touched: BTreeSet<u64> = moves
            .iter()
            .flat_map(|(_, from, to)| [*from, *to])
            .flatten()
            .collect();
        for rank in &touched {
            if let Some((since, labels)) = self.holdings.get_mut(rank) {
                let range = AddressRange {
                    first: *since,
                    last: at.map_or(u128::MAX, |at| at - 1),
                };
                let labels: Vec<L> = labels.iter().copied().collect();
                (self.give)(*rank, range, &labels);
                *since = at.unwrap_or(u128::MAX);
            }
        }
        for (label, from, to) in moves {
            if let Some((_, labels)) = from.and_then(|rank| self.holdings.get_mut(&rank)) {
                labels.remove(&label);
            }
            if let (Some(rank), Some(at)) = (to, at) {
                let (_, labels) = self.holdings.entry(rank).or_insert((at, BTreeSet::new()));
                labels.insert(label);
            }
        }
        for rank in touched {
            if self
                .holdings
                .get(&rank)
                .is_some_and(|(_, labels)| labels.is_empty())
            {
                self.holdings.remove(&rank);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Shares = Vec<(u64, u128, u128, Vec<u8>)>;

    fn run(claims: &[(u128, u128)], wanted: &[&[u8]]) -> (Shares, u128) {
        let claims = claims
            .iter()
            .zip(0..)
            .map(|((first, last), rank)| Claim {
                range: AddressRange {
                    first: *first,
                    last: *last,
                },
                rank,
            })
            .collect();
        let mut shares = Shares::new();
        let addresses = divide(
            claims,
            |rank| wanted[rank as usize],
            |rank, range, labels| shares.push((rank, range.first, range.last, labels.to_vec())),
        );
        shares.sort();
        (shares, addresses)
    }

    #[test]
    fn the_first_claim_wins_label_by_label() {
        for (claims, wanted, shares, addresses) in [
            (&[][..], &[][..], vec![], 0),
            (&[(5, 9)], &[&[1][..]], vec![(0, 5, 9, vec![1])], 5),
            // A repeated claim gets nothing.
            (
                &[(5, 9), (5, 9)],
                &[&[1], &[1]],
                vec![(0, 5, 9, vec![1])],
                5,
            ),
            // A later one around an earlier one gets both sides.
            (
                &[(5, 6), (0, 9)],
                &[&[1], &[1]],
                vec![(0, 5, 6, vec![1]), (1, 0, 4, vec![1]), (1, 7, 9, vec![1])],
                10,
            ),
            // A later one inside an earlier one does not cut it.
            (
                &[(0, 9), (5, 6)],
                &[&[1], &[1]],
                vec![(0, 0, 9, vec![1])],
                10,
            ),
            // Other labels are another matter.
            (
                &[(0, 4), (0, 9)],
                &[&[1], &[1, 2]],
                vec![
                    (0, 0, 4, vec![1]),
                    (1, 0, 4, vec![2]),
                    (1, 5, 9, vec![1, 2]),
                ],
                10,
            ),
            // Neighbours stay apart, gaps are not counted.
            (
                &[(0, 4), (5, 6), (9, 9)],
                &[&[1], &[1], &[1]],
                vec![(0, 0, 4, vec![1]), (1, 5, 6, vec![1]), (2, 9, 9, vec![1])],
                8,
            ),
            // The last address of all.
            (
                &[(u128::MAX - 1, u128::MAX), (u128::MAX, u128::MAX)],
                &[&[1], &[1, 2]],
                vec![
                    (0, u128::MAX - 1, u128::MAX, vec![1]),
                    (1, u128::MAX, u128::MAX, vec![2]),
                ],
                2,
            ),
            (
                &[(0, u128::MAX)],
                &[&[1]],
                vec![(0, 0, u128::MAX, vec![1])],
                u128::MAX,
            ),
        ] {
            assert_eq!(run(claims, wanted), (shares, addresses), "{claims:?}");
        }
    }

    #[test]
    fn an_owner_with_several_ranges_keeps_them_apart() {
        let range = |first, last| AddressRange { first, last };
        let claims = [range(0, 1), range(2, 3), range(8, 9)].map(|range| Claim { range, rank: 7 });
        let mut shares = Vec::new();
        let addresses = divide(
            claims.to_vec(),
            |_| &[0u8][..],
            |_, range, _| shares.push(range),
        );
        // Two that touch become one: nothing changes hands between them.
        assert_eq!((shares, addresses), (vec![range(0, 3), range(8, 9)], 6));
    }

    proptest! {
        #[test]
        fn agrees_with_asking_every_address(
            claims in proptest::collection::vec((0u128..24, 0u128..12, 1u8..8), 0..9))
        {
            let labels: Vec<Vec<u8>> = claims
                .iter()
                .map(|(_, _, bits)| (0..3).filter(|bit| bits & (1 << bit) != 0).collect())
                .collect();
            let wanted: Vec<&[u8]> = labels.iter().map(Vec::as_slice).collect();
            let ranges: Vec<_> = claims.iter().map(|(first, more, _)| (*first, first + more)).collect();
            let (shares, addresses) = run(&ranges, &wanted);
            let mut different = 0;
            for address in 0..40u128 {
                let mut any = false;
                for label in 0..3u8 {
                    let owner = (0..ranges.len()).find(|i| {
                        (ranges[*i].0..=ranges[*i].1).contains(&address) && wanted[*i].contains(&label)
                    });
                    any |= owner.is_some();
                    let given: Vec<u64> = shares
                        .iter()
                        .filter(|(_, first, last, labels)| {
                            (*first..=*last).contains(&address) && labels.contains(&label)
                        })
                        .map(|share| share.0)
                        .collect();
                    prop_assert_eq!(given, owner.map(|i| i as u64).into_iter().collect::<Vec<_>>());
                }
                different += u128::from(any);
            }
            prop_assert_eq!(addresses, different);
        }
    }
}
