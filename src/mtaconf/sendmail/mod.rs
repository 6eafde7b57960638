//! Sendmail: not read yet.

use super::source::Files;
use super::{Dialect, Judged, Root, Scene};

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "sendmail",
    software: "Sendmail",
    about: "sendmail.mc, sendmail.cf, access, relay-domains, local-host-names",
    find,
    judge,
};

fn find(_files: &Files<'_>, _named: bool) -> Vec<Root> {
    Vec::new()
}

fn judge(_scene: &Scene<'_>) -> Judged {
    Judged::default()
}
