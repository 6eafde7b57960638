//! Remembers what texts meant: the servers of a scan say the same few hundred sentences.
//!
//! In: the bytes of a text and a function of them alone. Out: what the function gives, which is asked only where the
//! very same bytes have not been seen lately. Nothing else may depend on it: whether something is remembered
//! changes how long an answer takes, and never the answer.
//!
//! Each thread remembers for itself, so nobody waits for anybody.
//!
//! Limits: [`PLACES`] texts of at most [`LONGEST`] bytes for each function and thread.

use crate::smtp::Reply;
use hashbrown::DefaultHashBuilder;
use std::cell::{OnceCell, RefCell};
use std::hash::BuildHasher;

/// Texts that are remembered.
const PLACES: usize = 512;

/// The longest text that is.
const LONGEST: usize = 256;

/// One remembered text.
struct Known<T> {
    hash: u64,
    about: u64,
    text: Box<[u8]>,
    value: T,
}

/// What one function gave for the texts of late.
pub(super) struct Memo<T> {
    places: RefCell<Vec<Option<Known<T>>>>,
    hasher: OnceCell<DefaultHashBuilder>,
}

impl<T: Copy> Memo<T> {
    pub(super) const fn new() -> Self {
        Self {
            places: RefCell::new(Vec::new()),
            hasher: OnceCell::new(),
        }
    }

    /// Gives what `find` gives for a reply. `about` is all else that it depends on.
    pub(super) fn of(&self, reply: &Reply, about: u64, find: impl FnOnce() -> T) -> T {
        let mut text = Vec::with_capacity(LONGEST);
        for line in reply.lines() {
            if text.len() + line.raw().len() >= LONGEST {
                return find();
            }
            text.extend_from_slice(line.raw());
            text.push(b'\n');
        }
        self.of_text(&text, about, find)
    }

    /// Gives what `find` gives for a text. `about` is all else that it depends on.
    pub(super) fn of_text(&self, text: &[u8], about: u64, find: impl FnOnce() -> T) -> T {
        if text.len() > LONGEST {
            return find();
        }
        let hasher = self.hasher.get_or_init(DefaultHashBuilder::default);
        let hash = hasher.hash_one((about, text));
        let place = usize::try_from(hash % PLACES as u64).unwrap_or(0);
        // The function may come to other texts, and to this place, itself: nothing is held while it runs.
        if let Some(Some(known)) = self.places.borrow().get(place)
            && known.hash == hash
            && known.about == about
            && *known.text == *text
        {
            return known.value;
        }
        let value = find();
        let mut places = self.places.borrow_mut();
        if places.is_empty() {
            places.resize_with(PLACES, || None);
        }
        places[place] = Some(Known {
            hash,
            about,
            text: text.into(),
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
        assert_eq!(memo.places.borrow().len(), PLACES);
        let long = format!("550 {}", "x".repeat(LONGEST));
        assert_eq!(memo.of(&reply(&long), 0, || 1), 1);
        assert_eq!(memo.of(&reply(&long), 0, || 2), 2);
    }
}
