//! What is asked of every target in the same words, filled once for a whole run.
//!
//! In: the forms of a run and who we are. Out: the envelopes of those forms that hold nothing of the target. The plain
//! form is one of them, and all that most targets of a scan are asked.
//!
//! Does not fill anything that depends on the target: see [`crate::probe::template`].

use super::Settings;
use crate::probe::template::{Filled, instance_for_all};
use std::sync::OnceLock;

/// The envelopes that are the same for every target, for each form of the run that has such.
#[derive(Debug, Default)]
pub struct Alike(OnceLock<Vec<Option<Filled>>>);

impl Clone for Alike {
    /// Begins anew: a copy of the settings may get other forms.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Settings {
    /// Gives the envelope of the form at a position, if it is the same for every target.
    pub(super) fn alike(&self, position: usize) -> Option<&Filled> {
        let fill = |form| instance_for_all(form, &self.identity);
        let all = self.alike.0.get_or_init(|| {
            let forms = self.forms.iter().copied();
            forms.map(fill).collect()
        });
        all.get(position)?.as_ref()
    }
}
