//! Whom a list of clients trusts: its networks, each with what made it match, and whether that is everybody.
//!
//! In: a [`List`] of clients. Out: a [`Trust`], and what the list says to a stranger.
//!
//! Limits: what a table of patterns matches is found out by samples; networks are counted exactly.
//!
//! References: postconf(5) mynetworks.

use super::access::NO_NAME;
use super::cover::{Taken, whole};
use super::lists::{Clients, Kind, List, Source};
use super::strangers::STRANGERS_V6;
use super::tables::{Answer, Body, Entry, Table};
use crate::mtaconf::nets::{Net, STRANGERS, covers_everybody};
use std::collections::HashSet;
use std::rc::Rc;

/// Whom a list of clients trusts.
#[derive(Debug, Clone, Default)]
pub(super) struct Trust {
    /// Networks, without what an earlier item takes out.
    pub(super) nets: Vec<(Net, Source)>,
    /// Names, of clients whose name is verified.
    pub(super) names: Vec<Source>,
    /// Items whose content the files do not show.
    pub(super) unknown: Vec<usize>,
    /// Addresses that are refused for now because of a malformed item.
    pub(super) failing: Vec<(Net, usize)>,
}

impl List {
    /// Tells whom a list of clients trusts.
    pub(super) fn trust(&self) -> Trust {
        let mut trust = Trust::default();
        let mut taken = Taken::default();
        let mut gone_through = HashSet::new();
        for (at, item) in self.items.iter().enumerate() {
            // What a table does not answer the first time it does not answer the second.
            if let Kind::Table(table) = &item.kind
                && !gone_through.insert(Rc::as_ptr(table))
            {
                continue;
            }
            let mut claim = |nets: &[Net], entry: Option<&Entry>| {
                for net in nets.iter().flat_map(|net| taken.take(*net)) {
                    if !item.negated {
                        let source = Source {
                            item: at,
                            entry: entry.cloned(),
                        };
                        trust.nets.push((net, source));
                    }
                }
            };
            match &item.kind {
                Kind::Net(net) => claim(&[*net], None),
                Kind::Name if item.text.eq_ignore_ascii_case(NO_NAME) => claim(&everything(), None),
                Kind::Name if !item.negated => trust.names.push(Source {
                    item: at,
                    entry: None,
                }),
                Kind::Name => {}
                Kind::Unread => trust.unknown.push(at),
                Kind::Malformed { fails, .. } => {
                    for (_, v6) in [(fails.0, false), (fails.1, true)].iter().filter(|f| f.0) {
                        let free = taken.take_all(*v6);
                        trust.failing.extend(free.into_iter().map(|net| (net, at)));
                    }
                }
                Kind::Table(table) => match &table.body {
                    Body::Always(entry) => claim(&everything(), Some(entry)),
                    Body::Elsewhere(_) => trust.unknown.push(at),
                    Body::Keys(_) => {
                        for entry in table.entries() {
                            // Only the whole address is looked up, never its leading parts.
                            match entry.key.parse() {
                                Ok(address) => claim(&[Net::host(address)], Some(entry)),
                                Err(_) if entry.key == NO_NAME => claim(&everything(), Some(entry)),
                                Err(_) if item.negated => {}
                                Err(_) => trust.names.push(Source {
                                    item: at,
                                    entry: Some(entry.clone()),
                                }),
                            }
                        }
                    }
                    Body::Rules(rules) if rules.are_networks() => {
                        for (nets, entry) in rules.networks().unwrap_or_default() {
                            claim(&nets, Some(entry));
                        }
                    }
                    Body::Rules(_) | Body::Union(_) | Body::Pipe(_) => {
                        let (families, unknown) = sampled(table);
                        for (v6, entry) in families {
                            claim(&whole(v6).into_iter().collect::<Vec<_>>(), Some(&entry));
                        }
                        if unknown {
                            trust.unknown.push(at);
                        }
                    }
                },
            }
        }
        trust
    }

    /// Says what a list of clients says to a stranger.
    pub(super) fn clients(&self) -> Clients {
        let trust = self.trust();
        if let Some(source) = trust.everybody() {
            return Clients::Everybody(source);
        }
        let failing = |v6: bool| {
            let nets: Vec<Net> = trust.failing.iter().map(|(net, _)| *net).collect();
            let nets: Vec<Net> = nets.into_iter().filter(|net| net.is_v6() == v6).collect();
            covers_everybody(&nets)
        };
        let unknown = trust
            .unknown
            .iter()
            .find(|at| self.items.get(**at).is_some_and(|item| !item.negated));
        match (unknown, trust.failing.first()) {
            (Some(unknown), _) => Clients::Unknown(*unknown),
            (None, Some((_, item))) if failing(false) && failing(true) => Clients::Fails(*item),
            _ => Clients::Nobody,
        }
    }
}

impl Trust {
    /// Gives what makes it trust everybody, if it does: the widest of its networks.
    pub(super) fn everybody(&self) -> Option<Source> {
        let nets: Vec<Net> = self.nets.iter().map(|(net, _)| *net).collect();
        let alone = self.nets.iter().find(|(net, _)| covers_everybody(&[*net]));
        let widest = || {
            self.nets
                .iter()
                .max_by_key(|(net, _)| (!net.is_v6(), net.size()))
        };
        covers_everybody(&nets)
            .then(|| alone.or_else(widest))
            .flatten()
            .map(|(_, source)| source.clone())
    }
}

fn everything() -> Vec<Net> {
    [false, true].into_iter().filter_map(whole).collect()
}

/// Asks a table of patterns for strangers: which families are all in it, with an entry that says so, and whether
/// there was an answer that is not known.
fn sampled(table: &Table) -> (Vec<(bool, Entry)>, bool) {
    let no_name = table.get(NO_NAME);
    let mut unknown = no_name == Answer::Unknown;
    if let Answer::Found(_, entry) = no_name {
        return (vec![(false, entry.clone()), (true, entry)], false);
    }
    let v4 = STRANGERS
        .iter()
        .filter(|a| !a.contains(':'))
        .copied()
        .collect();
    let groups: [(bool, Vec<&str>); 2] = [(false, v4), (true, STRANGERS_V6.to_vec())];
    let mut families = Vec::new();
    for (v6, addresses) in groups {
        let mut first = None;
        let all = addresses.iter().all(|address| match table.get(address) {
            Answer::Found(_, entry) => {
                first.get_or_insert(entry);
                true
            }
            Answer::Nothing => false,
            Answer::Unknown => {
                unknown = true;
                false
            }
        });
        families.extend(first.filter(|_| all).map(|entry| (v6, entry)));
    }
    (families, unknown)
}
