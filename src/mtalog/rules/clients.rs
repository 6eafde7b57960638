//! What clients do: LG020, LG040 to LG045.
//!
//! Rules about outsiders' mail leave out trusted networks, known relays and logins. LG044 is silent where a log
//! never tells a client's name: then there is nothing to miss.

use super::raise::limit;
use super::table::{LG020, LG040, LG041, LG042, LG043, LG044, LG045};
use super::volume::Volume;
use super::{Mail, Raiser, Refused, Scene};
use crate::mtalog::event::{Client, Refusal, Stamp};
use crate::mtalog::know::Standing;
use crate::mtalog::proof::{Proof, rfc3339};
use crate::mtalog::settings::Settings;
use crate::mtalog::source::Block;
use crate::mtalog::window::{Kept, MOST_KEYS, Table, Tally};
use std::net::IpAddr;

/// An outsider that brings mail.
#[derive(Debug, Clone, Default)]
struct Stranger {
    name: Box<[u8]>,
    proof: Proof,
}

impl Kept for Stranger {
    fn last(&self) -> Stamp {
        self.proof.until()
    }

    fn weight(&self) -> u64 {
        self.proof.count
    }

    fn holds(&self) -> bool {
        false
    }
}

/// What clients do.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    volumes: Table<Block, Volume>,
    harvest: Tally<Block>,
    own_to_own: Tally<Block>,
    own_helo: Tally<Block>,
    /// Whether a source's present connection is counted for its HELO; only of sources that used such a HELO.
    connected: Table<Block, Connection>,
    nameless: Tally<Block>,
    sender_domains: Tally<Block>,
    strangers: Table<Block, Stranger>,
    names_seen: bool,
    connections_seen: bool,
}

#[derive(Debug, Clone, Default)]
struct Connection {
    counted: bool,
    last: Stamp,
}

impl Kept for Connection {
    fn last(&self) -> Stamp {
        self.last
    }

    fn weight(&self) -> u64 {
        1
    }

    fn holds(&self) -> bool {
        false
    }
}

impl Clients {
    /// Begins with nothing seen.
    pub(super) fn new(settings: &Settings) -> Self {
        let tally = |limit| Tally::new(limit, settings.samples);
        Self {
            volumes: Table::new(MOST_KEYS, Stamp::DAY),
            harvest: tally(settings.harvest),
            own_to_own: tally(settings.own_to_own),
            own_helo: tally(settings.own_helo),
            connected: Table::new(MOST_KEYS, settings.own_helo.within),
            nameless: tally(settings.nameless),
            sender_domains: tally(settings.sender_domains),
            strangers: Table::new(MOST_KEYS, Stamp::DAY),
            names_seen: false,
            connections_seen: false,
        }
    }

    /// Takes a new connection.
    pub(super) fn connected(&mut self, client: &Client<'_>) {
        self.connections_seen = true;
        self.names_seen |= !client.name.is_empty();
        if let Some(address) = client.address
            && !self.connected.is_empty()
            && let Some(connection) = self.connected.get_mut(&Block::source(address))
        {
            connection.counted = false;
        }
    }

    /// Takes a HELO.
    pub(super) fn greeted(&mut self, scene: &Scene<'_>, client: &Client<'_>, helo: &[u8]) {
        let Some(address) = client.address else {
            return;
        };
        let outside = || scene.know.standing(Some(address), false) == Standing::Outsider;
        if !scene.know.is_own_helo(helo) || !outside() {
            return;
        }
        let source = Block::source(address);
        let connection = self.connected.at(&source, scene.line.at);
        let counted = connection.counted && self.connections_seen;
        connection.counted = true;
        connection.last = scene.line.at;
        if !counted {
            self.own_helo.add(&source, scene.line.at, scene.line);
        }
    }

    /// Takes a refusal.
    pub(super) fn refused(&mut self, scene: &Scene<'_>, refused: &Refused<'_>) {
        self.names_seen |= !refused.client.name.is_empty();
        self.greeted(scene, &refused.client, refused.helo);
        let Some(address) = refused.client.address.filter(|_| !refused.warned) else {
            return;
        };
        let source = Block::source(address);
        let tally = match refused.refusal {
            Refusal::Recipient if !refused.is_attempt(scene.know) => &mut self.harvest,
            Refusal::SenderDomain => &mut self.sender_domains,
            _ => return,
        };
        if refused.standing != Standing::Host {
            tally.add(&source, scene.line.at, scene.line);
        }
    }

    /// Takes a message.
    pub(super) fn accepted(&mut self, scene: &Scene<'_>, mail: &Mail<'_>) {
        self.names_seen |= !mail.name.is_empty();
        let Some(address) = mail.outsider() else {
            return;
        };
        let stranger = self.strangers.at(&Block::address(address), mail.at);
        if stranger.name.is_empty() && !mail.name.is_empty() {
            stranger.name = mail.name[..mail.name.len().min(255)].into();
        }
        stranger.proof.see(scene.line, 1, 0);
        if mail.name.is_empty() {
            self.nameless
                .add(&Block::source(address), mail.at, scene.line);
        }
    }

    /// Takes the first own recipient of a message.
    pub(super) fn own_recipient(&mut self, scene: &Scene<'_>, mail: &Mail<'_>) {
        if let Some(address) = mail.outsider()
            && scene.know.is_own_sender(mail.sender)
        {
            self.own_to_own
                .add(&Block::source(address), mail.at, scene.line);
        }
    }

    /// Takes a foreign recipient.
    pub(super) fn recipient(&mut self, scene: &Scene<'_>, mail: &Mail<'_>) {
        let settings = scene.settings;
        if mail.standing == Standing::Trusted
            && let Some(address) = mail.client
            && !is_bulk(settings, address)
        {
            let volume = self.volumes.at(&Block::address(address), mail.at);
            volume.add(
                mail.at,
                scene.line,
                settings.trusted_volume,
                settings.samples,
            );
        }
    }

    /// Raises what was found.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        let settings = raiser.settings;
        for (client, volume) in self.volumes.iter() {
            let much = volume.too_much(
                settings.trusted_volume,
                settings.usual_factor,
                settings.usual_hours,
            );
            if let Some((peak, usual)) = much {
                let usual = usual.map_or_else(String::new, |usual| {
                    format!(", usually {usual} in an hour of activity")
                });
                let (from, until) = volume.span();
                let message = format!(
                    "The client sent to {peak} foreign recipients between {} and {}{usual}; the \
                     threshold is {}.",
                    rfc3339(from),
                    rfc3339(until),
                    limit(settings.trusted_volume)
                );
                let name = client.to_string();
                raiser.raise(&LG020, name.as_bytes(), message, &volume.proof, peak);
            }
        }
        let mut tally = |rule, tally: &Tally<Block>, what: &str| {
            for (source, count) in tally.crossed() {
                let message = format!(
                    "{} {what}; the threshold is {}.",
                    count.proof.count,
                    limit(tally.limit())
                );
                let name = source.to_string();
                let proof = &count.proof;
                raiser.raise(rule, name.as_bytes(), message, proof, proof.count);
            }
        };
        tally(
            &LG040,
            &self.harvest,
            "recipients that do not exist were named by this source",
        );
        tally(
            &LG041,
            &self.own_to_own,
            "messages of this source with an own sender were accepted for own recipients",
        );
        tally(
            &LG042,
            &self.own_helo,
            "connections of this source gave the name of the server as their own",
        );
        if self.names_seen {
            tally(
                &LG044,
                &self.nameless,
                "messages were accepted of this source, which has no verified name",
            );
        }
        tally(
            &LG045,
            &self.sender_domains,
            "messages of this source were refused because the domain of the sender does not exist",
        );
        self.raise_strangers(raiser);
    }

    fn raise_strangers(&self, raiser: &mut Raiser<'_>) {
        let mut all: Vec<(&Block, &Stranger)> = self.strangers.iter().collect();
        all.sort_by_key(|(source, one)| (std::cmp::Reverse(one.proof.count), **source));
        all.truncate(usize::try_from(raiser.settings.top).unwrap_or(usize::MAX));
        let rows: Vec<String> = all
            .iter()
            .map(|(source, one)| {
                let name = crate::model::bytes::printable(&one.name);
                let name = if name.is_empty() { "no name" } else { &name };
                let first = rfc3339(one.proof.from());
                format!("{source} ({name}): {} since {first}", one.proof.count)
            })
            .collect();
        if let Some((_, first)) = all.first() {
            let message = format!("Outsiders by accepted messages:\n{}", rows.join("\n"));
            raiser.raise(&LG043, b"", message, &first.proof, all.len() as u64);
        }
    }
}

fn is_bulk(settings: &Settings, address: IpAddr) -> bool {
    let address = address.to_canonical();
    settings.bulk_clients.iter().any(|net| net.has(address))
}
