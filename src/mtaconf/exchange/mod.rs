//! Exchange: not read yet.

use super::source::Files;
use super::{Dialect, Judged, Root, Scene};

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "exchange",
    software: "Exchange",
    about: "exports of Get-ReceiveConnector, Get-ADPermission and Get-AcceptedDomain, CSV or JSON",
    find,
    judge,
};

fn find(_files: &Files<'_>, _named: bool) -> Vec<Root> {
    Vec::new()
}

fn judge(_scene: &Scene<'_>) -> Judged {
    Judged::default()
}
