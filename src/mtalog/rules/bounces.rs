//! What bounces tell: LG030 to LG033.

use super::raise::{limit, span};
use super::repute::speaks_of_reputation;
use super::table::{LG030, LG031, LG032, LG033};
use super::{HostNumber, Mail, Raiser, Refused, Scene, To};
use crate::mtalog::event::{Refusal, Stamp};
use crate::mtalog::know::{Standing, Whose};
use crate::mtalog::proof::Proof;
use crate::mtalog::settings::Settings;
use crate::mtalog::source::Block;
use crate::mtalog::window::{Kept, MOST_KEYS, Recent, Spread, Table, Tally, number};
use hashbrown::HashSet;
use std::collections::VecDeque;

/// How many sources of foreign bounces are told apart.
const MOST_SOURCES: usize = 65_536;

/// Foreign recipients of one sender, minute by minute.
#[derive(Debug, Clone, Default)]
struct Dead {
    /// The minute, recipients, and those refused for good.
    minutes: VecDeque<(i64, u64, u64)>,
    all: u64,
    dead: u64,
    /// The worst window: those refused and all.
    worst: (u64, u64),
    last: Stamp,
    proof: Proof,
}

impl Kept for Dead {
    fn last(&self) -> Stamp {
        self.last
    }

    fn weight(&self) -> u64 {
        self.all
    }

    fn holds(&self) -> bool {
        self.worst.1 > 0
    }
}

impl Dead {
    /// Gives the minute of a time, and lets go of what is before the window.
    fn minute(&mut self, at: Stamp, within: i64) -> Option<&mut (i64, u64, u64)> {
        let minute = at.0.div_euclid(Stamp::MINUTE);
        let newest = self.minutes.back().map_or(minute, |(newest, ..)| *newest);
        let oldest = newest.max(minute) - within / Stamp::MINUTE;
        while let Some((first, all, dead)) = self.minutes.front().copied()
            && first < oldest
        {
            self.all -= all;
            self.dead -= dead;
            self.minutes.pop_front();
        }
        if minute < oldest {
            return None;
        }
        let place = self.minutes.partition_point(|(known, ..)| *known < minute);
        if self
            .minutes
            .get(place)
            .is_none_or(|(known, ..)| *known != minute)
        {
            self.minutes.insert(place, (minute, 0, 0));
        }
        self.last = self.last.max(at);
        self.minutes.get_mut(place)
    }

    fn add(&mut self, settings: &Settings, at: Stamp) {
        if let Some((_, all, _)) = self.minute(at, settings.dead.within) {
            *all += 1;
            self.all += 1;
            self.weigh(settings);
        }
    }

    fn die(&mut self, scene: &Scene<'_>, at: Stamp) {
        let settings = scene.settings;
        let Some((_, _, dead)) = self.minute(at, settings.dead.within) else {
            return;
        };
        *dead += 1;
        self.dead += 1;
        self.proof.see(scene.line, 1, settings.samples);
        self.weigh(settings);
    }

    /// Looks whether the window is the worst so far.
    fn weigh(&mut self, settings: &Settings) {
        let enough = self.all >= settings.dead.count
            && self.dead * 100 >= self.all.saturating_mul(settings.dead_percent);
        if enough && (self.dead, self.all) > self.worst {
            self.worst = (self.dead, self.all);
        }
    }
}

/// What other hosts say of us.
#[derive(Debug, Clone, Default)]
struct Repute {
    recent: Recent,
    hops: Spread,
    crossed: bool,
    most_hops: u64,
    proof: Proof,
}

impl Kept for Repute {
    fn last(&self) -> Stamp {
        self.proof.until()
    }

    fn weight(&self) -> u64 {
        self.proof.count
    }

    fn holds(&self) -> bool {
        self.crossed
    }
}

/// Bounces of all kinds.
#[derive(Debug, Clone)]
pub(super) struct Bounces {
    out: Tally<HostNumber>,
    /// Notifications, and those about recipients that do not exist here.
    unknown: (u64, u64),
    incoming: Tally<HostNumber>,
    sources: HashSet<Block>,
    accounts: Table<Vec<u8>, Dead>,
    clients: Table<Block, Dead>,
    repute: Table<HostNumber, Repute>,
}

impl Bounces {
    /// Begins with nothing seen.
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            out: Tally::new(settings.bounces_out, settings.samples),
            unknown: (0, 0),
            incoming: Tally::new(settings.bounces_in, settings.samples),
            sources: HashSet::new(),
            accounts: Table::new(MOST_KEYS, settings.dead.within),
            clients: Table::new(MOST_KEYS, settings.dead.within),
            repute: Table::new(MOST_KEYS, settings.reputation.within),
        }
    }

    /// Takes a recipient of a message that was accepted.
    pub(super) fn recipient(&mut self, scene: &Scene<'_>, mail: &Mail<'_>, to: &To<'_>) {
        if mail.notification {
            if scene.know.whose(to.named) == Whose::Foreign {
                self.out.add(&scene.host, mail.at, scene.line);
                self.unknown.0 += 1;
                self.unknown.1 += u64::from(mail.about_unknown);
            }
            return;
        }
        if mail.sender.is_empty() {
            if let Some(address) = mail.outsider() {
                self.come_in(scene, mail.at, Block::source(address));
            }
        } else if to.strays(scene.know)
            && let Some(dead) = self.sender(mail)
        {
            dead.add(scene.settings, mail.at);
        }
    }

    /// Takes that a recipient was refused for good.
    pub(super) fn dead(&mut self, scene: &Scene<'_>, mail: &Mail<'_>, to: &To<'_>) {
        if !mail.notification
            && !mail.sender.is_empty()
            && to.strays(scene.know)
            && let Some(dead) = self.sender(mail)
        {
            dead.die(scene, mail.at);
        }
    }

    fn sender(&mut self, mail: &Mail<'_>) -> Option<&mut Dead> {
        match (mail.standing, mail.client) {
            (Standing::Account, _) => Some(self.accounts.at(mail.account, mail.at)),
            (Standing::Unknown, _) | (_, None) => None,
            (_, Some(address)) => Some(self.clients.at(&Block::address(address), mail.at)),
        }
    }

    /// Takes a refusal.
    pub(super) fn refused(&mut self, scene: &Scene<'_>, refused: &Refused<'_>) {
        if refused.sender == Some(b"")
            && refused.refusal == Refusal::Recipient
            && refused.standing == Standing::Outsider
            && !refused.warned
            && let Some(address) = refused.client.address
        {
            self.come_in(scene, scene.line.at, Block::source(address));
        }
    }

    fn come_in(&mut self, scene: &Scene<'_>, at: Stamp, source: Block) {
        self.incoming.add(&scene.host, at, scene.line);
        if self.sources.len() < MOST_SOURCES {
            self.sources.insert(source);
        }
    }

    /// Takes what another host said to a delivery that did not succeed.
    pub(super) fn failed(&mut self, scene: &Scene<'_>, hop: &[u8], reply: &[u8]) {
        if !speaks_of_reputation(reply) {
            return;
        }
        let (line, settings) = (scene.line, scene.settings);
        let within = settings.reputation.within;
        let repute = self.repute.at(&scene.host, line.at);
        let count = repute.recent.add(line.at, 1, within);
        let hops = repute.hops.add(number(hop), line.at, within);
        repute.proof.see(line, 1, settings.samples);
        repute.most_hops = repute.most_hops.max(hops);
        repute.crossed |= count >= settings.reputation.count && hops >= settings.reputation_hops;
    }

    /// Raises what was found.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        for (host, count) in self.out.crossed() {
            let message = format!(
                "{} notifications went to foreign addresses, of all hosts {} of {} about recipients \
                 that do not exist here; the threshold is {}.",
                count.proof.count,
                self.unknown.1,
                self.unknown.0,
                limit(self.out.limit())
            );
            let name = raiser.host(*host);
            raiser.raise(&LG030, name, message, &count.proof, count.proof.count);
        }
        for (host, count) in self.incoming.crossed() {
            let message = format!(
                "{} recipients were named by outsiders with the null sender, of {} sources; the \
                 threshold is {}.",
                count.proof.count,
                self.sources.len(),
                limit(self.incoming.limit())
            );
            let name = raiser.host(*host);
            raiser.raise(&LG031, name, message, &count.proof, count.proof.count);
        }
        for (account, dead) in self.accounts.iter() {
            raise_dead(raiser, account, dead);
        }
        for (client, dead) in self.clients.iter() {
            raise_dead(raiser, client.to_string().as_bytes(), dead);
        }
        for (host, repute) in self.repute.iter().filter(|(_, one)| one.crossed) {
            let message = format!(
                "{} deliveries were refused or put off with words about a block list or reputation, \
                 by {} next hops; the thresholds are {} and {} next hops.",
                repute.proof.count,
                repute.most_hops,
                limit(raiser.settings.reputation),
                raiser.settings.reputation_hops
            );
            let name = raiser.host(*host);
            let proof = &repute.proof;
            raiser.raise(&LG033, name, message, proof, proof.count);
        }
    }
}

fn raise_dead(raiser: &mut Raiser<'_>, name: &[u8], dead: &Dead) {
    let (refused, all) = dead.worst;
    if all > 0 {
        let message = format!(
            "{refused} of {all} foreign recipients within {} were refused for good; the thresholds \
             are {} recipients and {} %.",
            span(raiser.settings.dead.within),
            raiser.settings.dead.count,
            raiser.settings.dead_percent
        );
        raiser.raise(&LG032, name, message, &dead.proof, refused);
    }
}
