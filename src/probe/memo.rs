//! Remembers what replies meant: the servers of a scan say the same few hundred sentences.
//!
//! In: a reply and a function of its bytes alone. Out: what the function gives, which is asked only where the
//! very same bytes have not been seen lately. Nothing else may depend on it: whether something is remembered
//! changes how long an answer takes, and never the answer.
//!
//! Each thread remembers for itself, so nobody waits for anybody.
//!
//! Limits: [`PLACES`] replies of at most [`LONGEST`] bytes for each function and thread.

use crate::smtp::Reply;
use std::cell::RefCell;
use std::hash::{DefaultHasher, Hasher};

/// Replies that are remembered.
const PLACES: usize = 512;

/// The longest reply that is.
const LONGEST: usize = 256;

/// One remembered reply.
struct Known<T> {
    key: u64,
    raw: Box<[u8]>,
    value: T,
}

/// What one function gave for the replies of late.
pub(super) struct Memo<T>(RefCell<Vec<Option<Known<T>>>>);

impl<T: Copy> Memo<T> {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Gives what `find` gives for a reply. `about` is all else that it depends on.
    pub(super) fn of(&self, reply: &Reply, about: u64, find: impl FnOnce() -> T) -> T {
        let lines = || reply.lines().iter().map(|line| line.raw());
        let length: usize = lines().map(|line| line.len() + 1).sum();
        if length > LONGEST {
            return find();
        }
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(about);
        for line in lines() {
            hasher.write(line);
            hasher.write_u8(b'\n');
        }
        let key = hasher.finish();
        let place = usize::try_from(key % PLACES as u64).unwrap_or(0);
        let same = |raw: &[u8]| {
            let mut rest = raw;
            lines().all(|line| {
                let behind = rest.strip_prefix(line).and_then(|r| r.strip_prefix(b"\n"));
                behind.map(|behind| rest = behind).is_some()
            }) && rest.is_empty()
        };
        // The function may come to other replies, and to this place, itself: nothing is held while it runs.
        if let Some(Some(known)) = self.0.borrow().get(place)
            && known.key == key
            && same(&known.raw)
        {
            return known.value;
        }
        let value = find();
        let mut raw = Vec::with_capacity(length);
        for line in lines() {
            raw.extend_from_slice(line);
            raw.push(b'\n');
        }
        let mut places = self.0.borrow_mut();
        if places.is_empty() {
            places.resize_with(PLACES, || None);
        }
        places[place] = Some(Known {
            key,
            raw: raw.into_boxed_slice(),
            value,
        });
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn reply(text: &str) -> Reply {
        Reply::from_recorded(text.as_bytes()).expect("a reply")
    }

    #[test]
    fn asks_once_for_the_same_bytes_and_again_for_others() {
        let memo = Memo::new();
        let asked = Cell::new(0);
        let ask = |text: &str, about: u64| {
            memo.of(&reply(text), about, || {
                asked.set(asked.get() + 1);
                text.len()
            })
        };
        assert_eq!(ask("550 no", 1), 6);
        assert_eq!(ask("550 no", 1), 6);
        assert_eq!(asked.get(), 1);
        ask("550 no", 2);
        ask("550-no\r\n550 no", 1);
        ask("550 no ", 1);
        assert_eq!(asked.get(), 4);
    }

    #[test]
    fn long_replies_are_not_kept_and_the_places_are_bounded() {
        let memo = Memo::new();
        for number in 0..5000 {
            memo.of(&reply(&format!("550 {number}")), 0, || number);
        }
        assert_eq!(memo.0.borrow().len(), PLACES);
        let long = format!("550 {}", "x".repeat(LONGEST));
        assert_eq!(memo.of(&reply(&long), 0, || 1), 1);
        assert_eq!(memo.of(&reply(&long), 0, || 2), 2);
    }
}
