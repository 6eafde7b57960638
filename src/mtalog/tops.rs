//! The tables of the most active.
//!
//! Limits: 10,000 keys a table. When it is full, the less active half goes, so that who is active all along stays.

use super::event::Stamp;
use super::know::Standing;
use super::proof::rfc3339;
use super::rules::Mail;
use super::source::Block;
use crate::model::{Top, TopKind, TopTable, Untrusted};
use hashbrown::HashMap;
use std::borrow::Borrow;
use std::hash::Hash;
use std::net::IpAddr;

/// How many keys a table has.
const MOST: usize = 10_000;

/// How active one was.
#[derive(Debug, Clone, Default)]
struct Active {
    count: u64,
    first: Stamp,
    last: Stamp,
    name: Box<[u8]>,
}

/// The tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Tops {
    refused: HashMap<Block, Active>,
    accounts: HashMap<Vec<u8>, Active>,
    clients: HashMap<Block, Active>,
}

impl Tops {
    /// Counts a refused relay attempt.
    pub(super) fn refused(&mut self, address: IpAddr, name: &[u8], at: Stamp) {
        add(&mut self.refused, &Block::source(address), name, at);
    }

    /// Counts a message.
    pub(super) fn message(&mut self, mail: &Mail<'_>) {
        if mail.standing == Standing::Account {
            add(&mut self.accounts, mail.account, b"", mail.at);
        }
        if let Some(address) = mail.client {
            let client = Block::address(address);
            add(&mut self.clients, &client, mail.name, mail.at);
        }
    }

    /// Gives the tables, with so many rows each.
    pub(super) fn tables(&self, most: u64) -> Vec<TopTable> {
        let shown = |block: &Block| block.to_string().into_bytes();
        vec![
            table(TopKind::Refused, &self.refused, shown, most),
            table(TopKind::Accounts, &self.accounts, Vec::clone, most),
            table(TopKind::Clients, &self.clients, shown, most),
        ]
    }
}

fn add<K, Q>(map: &mut HashMap<K, Active>, key: &Q, name: &[u8], at: Stamp)
where
    K: Hash + Eq + Borrow<Q>,
    Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
{
    if let Some(one) = map.get_mut(key) {
        one.count += 1;
        one.first = one.first.min(at);
        one.last = one.last.max(at);
        return;
    }
    if map.len() >= MOST {
        let mut order: Vec<(u64, Stamp)> = map.values().map(|one| (one.count, one.last)).collect();
        let (_, middle, _) = order.select_nth_unstable(MOST / 2);
        let middle = *middle;
        map.retain(|_, one| (one.count, one.last) > middle);
    }
    let one = Active {
        count: 1,
        first: at,
        last: at,
        name: name[..name.len().min(255)].into(),
    };
    map.insert(key.to_owned(), one);
}

fn table<K: Ord>(
    kind: TopKind,
    map: &HashMap<K, Active>,
    shown: impl Fn(&K) -> Vec<u8>,
    most: u64,
) -> TopTable {
    let mut all: Vec<(&K, &Active)> = map.iter().collect();
    all.sort_by(|(a, one), (b, other)| (other.count, a).cmp(&(one.count, b)));
    all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let row = |(key, one): (&K, &Active)| Top {
        key: Untrusted::new(shown(key)),
        name: Untrusted::new(&*one.name),
        count: one.count,
        first: rfc3339(one.first),
        last: rfc3339(one.last),
    };
    TopTable {
        kind,
        rows: all.into_iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_active_stay_however_many_there_are() {
        let mut tops = Tops::default();
        for nth in 0..100_000_u32 {
            let stray = IpAddr::from((0x0a00_0000 + nth).to_be_bytes());
            tops.refused(stray, b"", Stamp(i64::from(nth)));
            if nth % 10 == 0 {
                let busy = "192.0.2.1".parse().expect("an address");
                tops.refused(busy, b"busy.example.net", Stamp(i64::from(nth)));
            }
        }
        assert!(tops.refused.len() <= MOST);
        let tables = tops.tables(10);
        let refused = &tables[0].rows;
        assert_eq!((tables[0].kind, refused.len()), (TopKind::Refused, 10));
        assert_eq!(refused[0].key.as_bytes(), b"192.0.2.1");
        assert_eq!(refused[0].name.as_bytes(), b"busy.example.net");
        assert_eq!(refused[0].count, 10_000);
        assert_eq!(refused[0].first, "1970-01-01T00:00:00Z");
    }
}
