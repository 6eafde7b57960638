//! Who tried to relay and was refused: LG010, LG011, LG051.

use super::raise::limit;
use super::table::{LG010, LG011, LG051};
use super::{Raiser, Refused, Scene};
use crate::mtalog::event::{Refusal, Stage, Stamp};
use crate::mtalog::know::{Know, domain, routed};
use crate::mtalog::proof::{Line, Proof};
use crate::mtalog::settings::{Limit, Settings};
use crate::mtalog::source::Block;
use crate::mtalog::window::{Kept, MOST_KEYS, Spread, Table, Tally, UNSURE};
use hashbrown::HashMap;
use std::net::IpAddr;

/// How many domains may turn out to be own, where these are inferred.
const MOST_DOUBTS: usize = 10_000;

/// Longest value that is shared.
const LONGEST: usize = 320;

/// Attempts that have a value in common.
#[derive(Debug, Clone, Default)]
struct Shared {
    networks: Spread,
    most: u64,
    crossed: bool,
    proof: Proof,
}

impl Kept for Shared {
    fn last(&self) -> Stamp {
        self.proof.until()
    }

    fn weight(&self) -> u64 {
        self.networks.len()
    }

    fn holds(&self) -> bool {
        self.crossed
    }
}

type SharedBy = Table<Vec<u8>, Shared>;

/// Who tried.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    total: u64,
    by_source: Tally<Block>,
    recipients: SharedBy,
    senders: SharedBy,
    helos: SharedBy,
    routed: Tally<Block>,
    /// Attempts that are none if the domain turns out to be own: by domain, and by source and domain.
    doubts: HashMap<Box<[u8]>, u64>,
    doubted: HashMap<(Block, Box<[u8]>), u64>,
}

impl Attempts {
    /// Begins with nothing seen.
    pub(super) fn new(settings: &Settings) -> Self {
        let shared = || Table::new(MOST_KEYS, settings.probing.within);
        Self {
            total: 0,
            by_source: Tally::new(settings.attempts, settings.samples),
            recipients: shared(),
            senders: shared(),
            helos: shared(),
            routed: Tally::new(settings.routed, settings.samples),
            doubts: HashMap::new(),
            doubted: HashMap::new(),
        }
    }

    /// Takes a refused relay attempt.
    pub(super) fn attempt(&mut self, scene: &Scene<'_>, refused: &Refused<'_>, address: IpAddr) {
        let line = scene.line;
        let source = Block::source(address);
        self.total += 1;
        self.by_source.add(&source, line.at, line);
        if refused.refusal != Refusal::Relay && scene.know.infers() {
            self.doubt(source, refused.recipient);
        }
        let network = Block::network(address).number();
        let limit = scene.settings.probing;
        let samples = scene.settings.samples;
        let share = |table: &mut SharedBy, value: Option<&[u8]>| {
            if let Some(value) = value.filter(|v| !v.is_empty() && v.len() <= LONGEST) {
                let shared = table.at(value, line.at);
                add(shared, network, line, limit, samples);
            }
        };
        share(&mut self.recipients, refused.recipient);
        share(&mut self.senders, refused.sender);
        share(&mut self.helos, Some(refused.helo));
    }

    fn doubt(&mut self, source: Block, recipient: Option<&[u8]>) {
        let Some(domain) = recipient.and_then(domain) else {
            return;
        };
        if self.doubts.len() < MOST_DOUBTS && self.doubted.len() < MOST_DOUBTS && domain.len() < 256
        {
            let domain: Box<[u8]> = domain.to_ascii_lowercase().into();
            *self.doubts.entry(domain.clone()).or_default() += 1;
            *self.doubted.entry((source, domain)).or_default() += 1;
        }
    }

    /// Takes any refusal.
    pub(super) fn refused(&mut self, scene: &Scene<'_>, refused: &Refused<'_>, address: IpAddr) {
        if !refused.warned && refused.stage == Stage::Rcpt && refused.recipient.is_some_and(routed)
        {
            self.routed
                .add(&Block::source(address), scene.line.at, scene.line);
        }
    }

    /// Counts the refused attempts.
    pub(super) fn total(&self, know: &Know) -> u64 {
        let own = self.doubts.iter().filter(|(domain, _)| know.is_own(domain));
        self.total - own.map(|(_, count)| count).sum::<u64>()
    }

    /// Raises what was found.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        for (source, count) in self.by_source.crossed() {
            let own = self
                .doubted
                .iter()
                .filter(|((from, domain), _)| from == source && raiser.know.is_own(domain));
            let own: u64 = own.map(|(_, count)| count).sum();
            let attempts = count.proof.count.saturating_sub(own);
            if attempts < self.by_source.limit().count {
                continue;
            }
            let message = format!(
                "{attempts} attempts of this source to relay were refused; the threshold is {}.",
                limit(self.by_source.limit())
            );
            let name = source.to_string();
            raiser.raise(&LG010, name.as_bytes(), message, &count.proof, attempts);
        }
        self.raise_shared(raiser);
        for (source, count) in self.routed.crossed() {
            let message = format!(
                "{} recipients whose address holds a route were refused to this source; the \
                 threshold is {}.",
                count.proof.count,
                limit(self.routed.limit())
            );
            let name = source.to_string();
            let proof = &count.proof;
            raiser.raise(&LG051, name.as_bytes(), message, proof, proof.count);
        }
    }

    /// Raises the first kind of value that enough networks share: one finding, for their most shared value.
    fn raise_shared(&self, raiser: &mut Raiser<'_>) {
        let kinds = [
            ("recipient", &self.recipients),
            ("sender", &self.senders),
            ("HELO name", &self.helos),
        ];
        for (kind, table) in kinds {
            let crossed = table.iter().filter(|(_, shared)| shared.crossed);
            let Some((value, shared)) =
                crossed.max_by_key(|(value, shared)| (shared.most, std::cmp::Reverse(*value)))
            else {
                continue;
            };
            let message = format!(
                "{} networks tried to relay with the same {kind} and were refused; the threshold \
                 is {}.",
                shared.most,
                limit(raiser.settings.probing)
            );
            raiser.raise(&LG011, value, message, &shared.proof, shared.most);
            return;
        }
    }
}

fn add(shared: &mut Shared, network: u64, line: &Line<'_>, limit: Limit, samples: u64) {
    let now = shared.networks.add(network, line.at, limit.within);
    shared.most = shared.most.max(now);
    shared.crossed |= now >= limit.count;
    // Most values are tried once: their line is kept in the table of sources.
    let samples = match (now, shared.crossed) {
        (_, true) => samples,
        (0 | 1, false) => 0,
        (_, false) => samples.min(UNSURE),
    };
    shared.proof.see(line, 1, samples);
}
