//! What became of a place since an older report.
//!
//! The words only: what they mean exactly, and how they are found, stands in `report::compare`.

use super::verdict::{Verdict, named};

named! {
    /// What became of a result, or of a finding, since the older report.
    Change {
        /// A relay, a finding or a target that the older report does not have.
        New = "new",
        /// As it was.
        Same = "same",
        /// The relay, or a finding, is gone, and what showed it was asked again.
        Fixed = "fixed",
        /// Anything else: another verdict, less of a relay than it was, or what was wrong could not be
        /// judged again.
        Changed = "changed",
    }
}

/// What an older report says about the place of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Baseline {
    /// What became of it.
    pub status: Change,
    /// The verdict then; absent if the place is not in the older report.
    pub was: Option<Verdict>,
    /// Whether something was left undecided then.
    pub was_undecided: bool,
}
