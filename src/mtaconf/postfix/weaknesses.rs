//! The rules about settings, apart from those about the restriction lists: networks, domains, logins, services.
//!
//! In: an installation, its tables, the name of its instance. Out: findings. None of them needs to know how the
//! restriction lists end.

use super::bench::Bench;
use super::params::Config;
use super::tables::Tables;
use super::{rules_domains, rules_login, rules_networks, rules_services};
use crate::model::Finding;

/// Judges an installation; `subject` names its instance.
pub(super) fn judge(config: &Config<'_>, tables: &Tables<'_>, subject: &str) -> Vec<Finding> {
    let mut bench = Bench::new(config, tables, subject);
    rules_networks::judge(&mut bench);
    rules_domains::judge(&mut bench);
    rules_login::judge(&mut bench);
    rules_services::judge(&mut bench);
    bench.finish()
}
