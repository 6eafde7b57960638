//! Postfix: main.cf, master.cf and their tables.

#[allow(dead_code, reason = "read by the rules")]
mod params;

mod defaults;
mod evaluate;
mod expand;
mod lines;
mod main_cf;
mod master_cf;
mod names;
mod relevant;
mod restrictions;

// Opened by the evaluator that is to come.
#[allow(dead_code)]
mod access;
#[allow(dead_code)]
mod bench;
#[allow(dead_code)]
mod cover;
#[allow(dead_code)]
mod lists;
#[allow(dead_code)]
mod rules_domains;
#[allow(dead_code)]
mod rules_login;
#[allow(dead_code)]
mod rules_networks;
#[allow(dead_code)]
mod rules_services;
#[allow(dead_code)]
mod table_rules;
#[allow(dead_code)]
mod tables;
#[allow(dead_code)]
mod weaknesses;

use super::source::Files;
use super::{Dialect, Judged, Root, Scene};

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "postfix",
    software: "Postfix",
    about: "main.cf, master.cf and their tables",
    find,
    judge,
};

fn find(_files: &Files<'_>, _named: bool) -> Vec<Root> {
    Vec::new()
}

fn judge(_scene: &Scene<'_>) -> Judged {
    Judged::default()
}
