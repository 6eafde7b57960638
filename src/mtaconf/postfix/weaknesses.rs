//! The rules about settings, apart from those about the restriction lists: networks, domains, logins, services.
//!
//! In: an installation, its tables, the name of its instance, and what becomes of the outsider's mail at each
//! listener. Out: findings.

use super::bench::Bench;
use super::master_cf::Listener;
use super::params::Config;
use super::tables::Tables;
use super::{rules_domains, rules_login, rules_networks, rules_services};
use crate::model::{Finding, Relay};

/// Judges an installation; `subject` names its instance, `relays` tells what becomes of the outsider's mail at a
/// listener.
pub(super) fn judge(
    config: &Config<'_>,
    tables: &Tables<'_>,
    subject: &str,
    relays: &dyn Fn(&Listener) -> Relay,
) -> Vec<Finding> {
    let mut bench = Bench::new(config, tables, subject, relays);
    rules_networks::judge(&mut bench);
    rules_domains::judge(&mut bench);
    rules_login::judge(&mut bench);
    rules_services::judge(&mut bench);
    bench.finish()
}
