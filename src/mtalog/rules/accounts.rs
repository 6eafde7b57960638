//! Accounts that look stolen, and who tries to steal them: LG021 to LG026.
//!
//! Limits: 14,336 accounts, and as many sources of failures, are told apart. A failure of a source is remembered
//! for LG024 as long as no 256 came behind it.

use super::raise::{limit, lower, span};
use super::table::{LG021, LG022, LG023, LG024, LG025, LG026};
use super::volume::Volume;
use super::{Mail, Raiser, Scene};
use crate::model::Severity;
use crate::mtalog::event::Stamp;
use crate::mtalog::know::{Standing, Whose, domain, is_srs};
use crate::mtalog::proof::Proof;
use crate::mtalog::settings::Settings;
use crate::mtalog::source::Block;
use crate::mtalog::window::{Kept, MOST_KEYS, Recent, Spread, Table, UNSURE};
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::net::IpAddr;

/// How many failures of a source are remembered.
const MOST_FAILURES: usize = 256;

/// How many pairs of account and source are remembered with their first day.
const MOST_PAIRS: usize = 200_000;

/// The number under which all mobile networks are one.
const MOBILE: u64 = 1;

/// How an account is used.
#[derive(Debug, Clone, Default)]
struct Account {
    volume: Volume,
    networks: Spread,
    wide: Spread,
    countries: Spread,
    /// The most networks, wide networks and countries at once.
    most: [u64; 3],
    spread: Proof,
    /// The messages with foreign senders: when, and the domain.
    senders: VecDeque<(i64, u64)>,
    /// The most messages and domains of them at once, once both are enough.
    many_senders: (u64, u64),
    foreign: Proof,
    /// The sources from which it was guessed, told once.
    guessed: Vec<Guessed>,
    used: u64,
    last: Stamp,
}

/// A guess that was right.
#[derive(Debug, Clone)]
struct Guessed {
    source: Block,
    failures: u64,
    known: bool,
    proof: Proof,
    before: Proof,
}

impl Kept for Account {
    fn last(&self) -> Stamp {
        self.last
    }

    fn weight(&self) -> u64 {
        self.used
    }

    fn holds(&self) -> bool {
        self.volume.holds()
            || self.many_senders.0 > 0
            || !self.guessed.is_empty()
            || self.spread.count > 0
    }
}

/// Who fails to log in.
#[derive(Debug, Clone, Default)]
struct Guesser {
    recent: Recent,
    names: Spread,
    most_names: u64,
    crossed: bool,
    failures: VecDeque<(i64, u64)>,
    proof: Proof,
}

impl Kept for Guesser {
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

/// A name that is tried.
#[derive(Debug, Clone, Default)]
struct Tried {
    networks: Spread,
    most: u64,
    crossed: bool,
    proof: Proof,
}

impl Kept for Tried {
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

/// Accounts and guesses.
#[derive(Debug, Clone)]
pub(super) struct Accounts {
    accounts: Table<Vec<u8>, Account>,
    guessers: Table<Block, Guesser>,
    tried: Table<Vec<u8>, Tried>,
    /// The first day on which an account was used from a source.
    pairs: HashMap<u64, i64>,
}

impl Accounts {
    /// Begins with nothing seen.
    pub(super) fn new(settings: &Settings) -> Self {
        let guesses = settings.guesses.within.max(settings.guessed_names.within);
        Self {
            accounts: Table::new(MOST_KEYS, Stamp::DAY),
            guessers: Table::new(MOST_KEYS, guesses.max(settings.guessed.within)),
            tried: Table::new(MOST_KEYS, settings.attacked.within),
            pairs: HashMap::new(),
        }
    }

    /// Takes a login that failed.
    pub(super) fn failed(&mut self, scene: &Scene<'_>, address: IpAddr, account: &[u8]) {
        let (line, settings) = (scene.line, scene.settings);
        let account = name(account);
        let number = number(&account);
        if scene.know.standing(Some(address), false) == Standing::Outsider {
            let guesser = self.guessers.at(&Block::source(address), line.at);
            let samples = match guesser.crossed {
                true => settings.samples,
                false => settings.samples.min(UNSURE),
            };
            guesser.proof.see(line, 1, samples);
            let count = guesser.recent.add(line.at, 1, settings.guesses.within);
            if !account.is_empty() {
                let within = settings.guessed_names.within;
                let names = guesser.names.add(number, line.at, within);
                guesser.most_names = guesser.most_names.max(names);
            }
            guesser.crossed |= count >= settings.guesses.count
                || guesser.most_names >= settings.guessed_names.count;
            // What is too old for LG024 is let go, so that those who try for days take no more room than others.
            let from = line.at.0.saturating_sub(settings.guessed.within);
            while let Some((at, _)) = guesser.failures.front()
                && (*at < from || guesser.failures.len() >= MOST_FAILURES)
            {
                guesser.failures.pop_front();
            }
            let number = if account.is_empty() { 0 } else { number };
            guesser.failures.push_back((line.at.0, number));
        }
        if !account.is_empty() {
            let tried = self.tried.at(&account[..], line.at);
            let network = Block::network(address).number();
            let now = tried
                .networks
                .add(network, line.at, settings.attacked.within);
            tried.most = tried.most.max(now);
            tried.crossed |= now >= settings.attacked.count;
            let samples = match (now, tried.crossed) {
                (_, true) => settings.samples,
                (0 | 1, false) => 0,
                (_, false) => settings.samples.min(UNSURE),
            };
            tried.proof.see(line, 1, samples);
        }
    }

    /// Takes a login that worked, or a message with one.
    pub(super) fn succeeded(&mut self, scene: &Scene<'_>, address: IpAddr, account: &[u8]) {
        if account.is_empty() {
            return;
        }
        let (line, settings) = (scene.line, scene.settings);
        let source = Block::source(address);
        let day = line.at.0.div_euclid(Stamp::DAY);
        let pair = number(account) ^ source.number();
        if self.pairs.len() >= MOST_PAIRS {
            // Half of them go; what is lost can only make a finding worse than it would be.
            self.pairs.retain(|pair, _| pair % 2 == 0);
        }
        let first_day = *self.pairs.entry(pair).or_insert(day);
        let used = self.accounts.at(account, line.at);
        used.used += 1;
        used.last = used.last.max(line.at);
        if scene.know.standing(Some(address), false) != Standing::Outsider {
            return;
        }
        used.spread(scene, address);
        let Some(guesser) = self.guessers.get_mut(&source) else {
            return;
        };
        let wanted = number(&name(account));
        let from = line.at.0.saturating_sub(settings.guessed.within);
        let counts = |(at, name): &&(i64, u64)| {
            *at >= from && *at <= line.at.0 && (*name == 0 || *name == wanted)
        };
        let failures = guesser.failures.iter().filter(counts).count() as u64;
        let told = used.guessed.iter().any(|known| known.source == source);
        if failures >= settings.guessed.count && !told && used.guessed.len() < MOST_FAILURES {
            let mut proof = Proof::default();
            proof.see(line, 1, 1);
            used.guessed.push(Guessed {
                source,
                failures,
                known: first_day < day,
                proof,
                before: guesser.proof.clone(),
            });
        }
    }

    /// Takes a message.
    pub(super) fn accepted(&mut self, scene: &Scene<'_>, mail: &Mail<'_>) {
        let settings = scene.settings;
        if mail.standing != Standing::Account
            || scene.know.whose(mail.sender) != Whose::Foreign
            || is_srs(mail.sender)
            || is_bulk(settings, mail.account)
        {
            return;
        }
        let Some(domain) = domain(mail.sender) else {
            return;
        };
        let account = self.accounts.at(mail.account, mail.at);
        let domain = number(&domain.to_ascii_lowercase());
        account.senders.push_back((mail.at.0, domain));
        let from = mail.at.0.saturating_sub(settings.foreign_senders.within);
        while let Some((at, _)) = account.senders.front()
            && (*at < from || account.senders.len() > 4096)
        {
            account.senders.pop_front();
        }
        let messages = account.senders.len() as u64;
        if messages < settings.foreign_senders.count {
            return;
        }
        let mut domains: Vec<u64> = account.senders.iter().map(|(_, d)| *d).collect();
        domains.sort_unstable();
        domains.dedup();
        let domains = domains.len() as u64;
        if domains >= settings.foreign_domains {
            account.many_senders = account.many_senders.max((messages, domains));
            account.foreign.see(scene.line, 1, settings.samples);
        }
    }

    /// Takes a foreign recipient.
    pub(super) fn recipient(&mut self, scene: &Scene<'_>, mail: &Mail<'_>) {
        if mail.standing == Standing::Account && !is_bulk(scene.settings, mail.account) {
            let (limit, samples) = (scene.settings.account_volume, scene.settings.samples);
            let account = self.accounts.at(mail.account, mail.at);
            account.last = account.last.max(mail.at);
            account.volume.add(mail.at, scene.line, limit, samples);
        }
    }

    /// Raises what was found.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        let settings = raiser.settings;
        for (name, account) in self.accounts.iter() {
            account.raise(raiser, name);
        }
        for (source, guesser) in self.guessers.iter().filter(|(_, one)| one.crossed) {
            let names = match guesser.most_names {
                0 => String::new(),
                names => format!(
                    ", {names} names within {}",
                    span(settings.guessed_names.within)
                ),
            };
            let message = format!(
                "{} logins of this source failed{names}; the thresholds are {} failures or {} names.",
                guesser.proof.count,
                limit(settings.guesses),
                limit(settings.guessed_names),
            );
            let name = source.to_string();
            let proof = &guesser.proof;
            raiser.raise(&LG023, name.as_bytes(), message, proof, proof.count);
        }
        for (name, tried) in self.tried.iter().filter(|(_, one)| one.crossed) {
            let message = format!(
                "Logins with this name failed from {} networks; the threshold is {}.",
                tried.most,
                limit(settings.attacked)
            );
            raiser.raise(&LG026, name, message, &tried.proof, tried.most);
        }
    }
}

impl Account {
    /// Takes the network it was used from.
    fn spread(&mut self, scene: &Scene<'_>, address: IpAddr) {
        let (at, settings) = (scene.line.at, scene.settings);
        let mobile = settings
            .mobile
            .iter()
            .any(|net| net.has(address.to_canonical()));
        let number = |block: Block| if mobile { MOBILE } else { block.number() };
        let mut enough = false;
        let mut add =
            |nth: usize, spread: &mut Spread, thing, limit: crate::mtalog::settings::Limit| {
                let now = spread.add(thing, at, limit.within);
                self.most[nth] = self.most[nth].max(now);
                enough |= now >= limit.count;
            };
        let network = number(Block::network(address));
        add(0, &mut self.networks, network, settings.account_networks);
        let wide = number(Block::wide(address));
        add(1, &mut self.wide, wide, settings.account_wide);
        let mut countries = settings.countries.iter();
        let country = countries.find(|(net, _)| net.has(address.to_canonical()));
        if let Some((_, country)) = country {
            let country = self::number(country.as_bytes());
            add(2, &mut self.countries, country, settings.account_countries);
        }
        if enough {
            self.spread.see(scene.line, 1, settings.samples);
        }
    }

    fn raise(&self, raiser: &mut Raiser<'_>, name: &[u8]) {
        let settings = raiser.settings;
        let volume = settings.account_volume;
        let much = self
            .volume
            .too_much(volume, settings.usual_factor, settings.usual_hours);
        if let Some((peak, usual)) = much {
            let usual = usual.map_or_else(String::new, |usual| {
                format!(", usually {usual} in an hour of activity")
            });
            let (from, until) = self.volume.span();
            let message = format!(
                "The account sent to {peak} foreign recipients between {} and {}{usual}; the \
                 threshold is {}.",
                crate::mtalog::proof::rfc3339(from),
                crate::mtalog::proof::rfc3339(until),
                limit(volume)
            );
            raiser.raise(&LG021, name, message, &self.volume.proof, peak);
        }
        if self.spread.count > 0 {
            let message = format!(
                "The account was used from {} networks within {} and {} wide networks within {}; \
                 the thresholds are {} and {}.",
                self.most[0],
                span(settings.account_networks.within),
                self.most[1],
                span(settings.account_wide.within),
                settings.account_networks.count,
                settings.account_wide.count,
            );
            raiser.raise(&LG022, name, message, &self.spread, self.most[0]);
        }
        if let Some(worst) = self
            .guessed
            .iter()
            .min_by_key(|guess| (guess.known, guess.proof.from()))
        {
            let message = format!(
                "A login worked from {} after {} had failed from there within {}{}.",
                worst.source,
                worst.failures,
                span(settings.guessed.within),
                match worst.known {
                    true =>
                        "; the account had used this source before, so that it may have been a \
                             stale password",
                    false => "",
                }
            );
            let finding = raiser.raise(&LG024, name, message, &worst.proof, worst.failures);
            if worst.known {
                lower(finding, Severity::Medium);
            }
            raiser.and(&worst.before);
        }
        if self.many_senders.0 > 0 {
            let message = format!(
                "The account sent {} messages with senders of {} foreign domains within {}; the \
                 thresholds are {} and {}.",
                self.many_senders.0,
                self.many_senders.1,
                span(settings.foreign_senders.within),
                settings.foreign_senders.count,
                settings.foreign_domains
            );
            raiser.raise(&LG025, name, message, &self.foreign, self.many_senders.0);
        }
    }
}

fn is_bulk(settings: &Settings, account: &[u8]) -> bool {
    let mut bulk = settings.bulk_accounts.iter();
    bulk.any(|known| known.as_bytes().eq_ignore_ascii_case(account))
}

/// Cuts a name that somebody tried, without regard to case.
fn name(account: &[u8]) -> Vec<u8> {
    account[..account.len().min(320)].to_ascii_lowercase()
}

/// Gives a number for a text, alike within one run.
fn number(text: &[u8]) -> u64 {
    crate::mtalog::window::number(text).max(2)
}
