//! One function over many things, on as many cores as there are.
//!
//! In: things and a function of one of them. Out: what it gives, in the order of the things, whoever was
//! ready first. A panic of the function is a panic here.
//!
//! Limits: no more threads than things; a single thing is done where one stands.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Applies a function to each of many things.
pub fn map<T: Sync, R: Send>(all: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = cores.min(all.len());
    if threads <= 1 {
        return all.iter().map(each).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(all.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(thing) = all.get(index) else {
                        return;
                    };
                    let result = each(thing);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn keeps_the_order_of_the_things() {
        let all: Vec<u64> = (0..1000).collect();
        let doubled = map(&all, |n| {
            // The first ones take the longest.
            (0..(1000 - n) * 10).fold(0, |a: u64, b| a ^ b);
            n * 2
        });
        assert_eq!(doubled, (0..2000).step_by(2).collect::<Vec<u64>>());
        assert!(map(&[], |n: &u64| *n).is_empty());
        assert_eq!(map(&[7], |n| n + 1), [8]);
    }
}
