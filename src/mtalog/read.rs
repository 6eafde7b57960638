//! What every format's reader is.
//!
//! In: an [`Entry`], whose prefix has been taken off. Out: the [`Event`]s it stands for, and whether it was
//! understood.
//!
//! Deliberately knows nothing of files and blocks: that is the pipeline's. A reader may keep what is said once for
//! many lines (the names of columns); what one session says in many lines is put together behind the readers.

use crate::mtalog::event::{Entry, Event, Read};

/// Reads the lines of one format.
pub trait LogReader {
    /// Reads a line; adds what it says to `give`.
    fn read<'a>(&mut self, entry: &Entry<'a>, give: &mut Vec<Event<'a>>) -> Read;
}
