//! Whom an installation of Postfix serves: its four classes of domains, and the networks it trusts.

use super::lists::{Kind, List, Style};
use super::params::{Config, Of};
use super::tables::Tables;
use crate::mtaconf::served::Served;

/// Reads the lists of main.cf.
pub(super) fn served(config: &Config<'_>, tables: &Tables<'_>) -> Served {
    let mut served = Served::default();
    for name in [
        "mydestination",
        "virtual_alias_domains",
        "virtual_mailbox_domains",
        "relay_domains",
    ] {
        let value = config.value(Of::Main, name);
        let list = List::of(tables, &value, Style::Exact);
        for named in list.named() {
            served.domain(&named.name);
        }
        served.hidden |= list.items.iter().any(|item| is_hidden(&item.kind));
    }
    let value = config.value(Of::Main, "mynetworks");
    let list = List::of(tables, &value, Style::Clients { parents: false });
    for item in list.items.iter().filter(|item| !item.negated) {
        match &item.kind {
            Kind::Net(net) => served.net(*net),
            Kind::Table(table) => {
                for entry in table.entries() {
                    served.client(&entry.key);
                }
            }
            Kind::Name | Kind::Malformed { .. } | Kind::Unread => {}
        }
        served.hidden |= is_hidden(&item.kind);
    }
    for name in ["myhostname", "mydomain"] {
        let value = config.value(Of::Main, name);
        if value.explicit && value.unclear.is_empty() {
            served.host(&value.text);
        }
    }
    served
}

fn is_hidden(kind: &Kind) -> bool {
    match kind {
        Kind::Unread => true,
        Kind::Table(table) => table.unknown().is_some(),
        Kind::Net(_) | Kind::Name | Kind::Malformed { .. } => false,
    }
}
