//! Microsoft: not read yet.

use super::source::Files;
use super::{Dialect, Judged, Root, Scene};

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "iis",
    software: "Microsoft",
    about: "MetaBase.xml with its SMTP virtual servers",
    find,
    judge,
};

fn find(_files: &Files<'_>, _named: bool) -> Vec<Root> {
    Vec::new()
}

fn judge(_scene: &Scene<'_>) -> Judged {
    Judged::default()
}
