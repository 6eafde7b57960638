//! What was relayed: LG001, LG002, LG003, LG012, LG050, LG070.
//!
//! Limits: 28,672 clients that relayed, and as many sources that were refused, are told apart; totals hold beyond.
//! Where own domains are inferred, what a client sent to the first 64 foreign domains can still turn out to be own.

use super::raise::limit;
use super::table::{LG001, LG002, LG003, LG012, LG050, LG070};
use super::{Mail, Raiser, Scene, To};
use crate::mtalog::event::{Agent, Stamp, Status};
use crate::mtalog::know::{Know, domain, routed};
use crate::mtalog::proof::{Line, Proof};
use crate::mtalog::settings::{Limit, Settings};
use crate::mtalog::source::Block;
use crate::mtalog::window::{Kept, Table, Tally};

/// How many clients are told apart.
const MOST: usize = 28_672;

/// How many domains of a client may turn out to be own.
const MOST_DOMAINS: usize = 64;

/// What was taken of an outsider for strangers.
#[derive(Debug, Clone, Default)]
struct Relayer {
    accepted: u64,
    sent: u64,
    own_senders: u64,
    messages: u64,
    /// Whether the message that is being closed counts.
    open: bool,
    last: Stamp,
    relayed: Proof,
    taken: Proof,
    /// What was accepted and sent, by domain; only where own domains are inferred.
    domains: Vec<(Box<[u8]>, u64, u64)>,
}

impl Kept for Relayer {
    fn last(&self) -> Stamp {
        self.last
    }

    fn weight(&self) -> u64 {
        self.accepted
    }

    fn holds(&self) -> bool {
        true
    }
}

impl Relayer {
    /// Gives what of it has turned out to be own since: accepted and sent.
    fn turned_own(&self, know: &Know) -> (u64, u64) {
        let own = self.domains.iter().filter(|(name, ..)| know.is_own(name));
        own.fold((0, 0), |(a, s), (_, accepted, sent)| {
            (a + accepted, s + sent)
        })
    }
}

/// The refusals of a source.
#[derive(Debug, Clone, Default)]
struct Refusals {
    first: Stamp,
    last: Stamp,
    count: u64,
    proof: Proof,
    /// The first acceptance that followed, with the refusal before it.
    chain: Option<Box<(Proof, Proof)>>,
}

impl Kept for Refusals {
    fn last(&self) -> Stamp {
        self.last
    }

    fn weight(&self) -> u64 {
        self.count
    }

    fn holds(&self) -> bool {
        self.chain.is_some()
    }
}

/// What was relayed.
#[derive(Debug, Clone)]
pub(super) struct Relaying {
    relayers: Table<Block, Relayer>,
    sent: u64,
    refusals: Table<Block, Refusals>,
    routed: Tally<Block>,
    forwards: Tally<Vec<u8>>,
    /// A line that is being put together.
    scratch: Vec<u8>,
}

impl Relaying {
    /// Begins with nothing seen.
    pub(super) fn new(settings: &Settings) -> Self {
        let any = Limit {
            count: 1,
            within: Stamp::DAY,
        };
        Self {
            relayers: Table::new(MOST, Stamp::DAY),
            sent: 0,
            refusals: Table::new(MOST, settings.refused_first.within),
            routed: Tally::new(any, settings.samples),
            forwards: Tally::new(settings.forwarded, settings.samples),
            scratch: Vec::new(),
        }
    }

    /// Takes that a foreign recipient was refused to a source.
    pub(super) fn refused(&mut self, scene: &Scene<'_>, source: Block) {
        let at = scene.line.at;
        let within = scene.settings.refused_first.within;
        let refusals = self.refusals.at(&source, at);
        if refusals.count == 0 || refusals.last.0 < at.0.saturating_sub(within) {
            refusals.first = at;
        }
        refusals.last = at;
        refusals.count += 1;
        refusals.proof = Proof::default();
        refusals.proof.see(scene.line, 1, 1);
    }

    /// Takes that somebody logged in from a source: what follows is his right.
    pub(super) fn login(&mut self, source: Block) {
        if let Some(refusals) = self.refusals.get_mut(&source) {
            refusals.count = 0;
        }
    }

    /// Takes a recipient of a message that was accepted.
    pub(super) fn recipient(&mut self, scene: &Scene<'_>, mail: &Mail<'_>, to: &To<'_>) {
        if let Some(address) = mail.outsider()
            && !self.refusals.is_empty()
            && let Some(refusals) = self.refusals.get_mut(&Block::source(address))
            && counts(mail, to)
            && to.strays(scene.know)
            && !here(to)
        {
            let soon = |refusal: Stamp| {
                refusal <= mail.at && mail.at.0 - refusal.0 <= scene.settings.refused_first.within
            };
            if refusals.count > 0
                && refusals.chain.is_none()
                && (soon(refusals.last) || soon(refusals.first))
            {
                let mut acceptance = Proof::default();
                acceptance.see(scene.line, 1, 1);
                refusals.chain = Some(Box::new((refusals.proof.clone(), acceptance)));
            }
        }
        let elsewhere = matches!(to.agent, Some(Agent::Remote));
        if elsewhere
            && (mail.forwarded || to.named != to.to)
            && (mail.forwarded || to.stays(scene.know))
            && scene.know.whose(to.to) == crate::mtalog::know::Whose::Foreign
            && !mail.notification
            && !is_archive(scene.settings, to.to)
        {
            let key = to.to.to_ascii_lowercase();
            self.forwards.add(&key[..], mail.at, scene.line);
        }
    }

    /// Takes a recipient of a message that is done with.
    pub(super) fn closed(&mut self, scene: &Scene<'_>, mail: &Mail<'_>, to: &To<'_>) {
        let Some(address) = mail.outsider() else {
            return;
        };
        if !counts(mail, to) {
            return;
        }
        let client = Block::address(address);
        // What a local agent was given is here, whatever its address looks like.
        if routed(to.named) && !here(to) && scene.know.leads_out(to.named) {
            let line = joined(&mut self.scratch, scene.line, mail, to);
            self.routed.add(&client, mail.at, &line);
        }
        if here(to) || !to.strays(scene.know) {
            return;
        }
        let sent = matches!(to.agent, Some(Agent::Remote | Agent::Filter))
            && to.status == Some(Status::Sent);
        let samples = scene.settings.samples;
        let relayer = self.relayers.at(&client, mail.at);
        relayer.last = relayer.last.max(mail.at);
        relayer.accepted += 1;
        relayer.own_senders += u64::from(scene.know.is_own_sender(mail.sender));
        relayer.open = true;
        let proof = if sent {
            relayer.sent += 1;
            self.sent += 1;
            &mut relayer.relayed
        } else {
            &mut relayer.taken
        };
        let line = match proof.count < samples {
            true => joined(&mut self.scratch, scene.line, mail, to),
            false => *scene.line,
        };
        proof.see(&line, 1, samples);
        if scene.know.infers()
            && let Some(domain) = domain(to.named)
        {
            let known = relayer
                .domains
                .iter_mut()
                .find(|(name, ..)| name.eq_ignore_ascii_case(domain));
            match known {
                Some((_, accepted, all)) => {
                    *accepted += 1;
                    *all += u64::from(sent);
                }
                None => {
                    if relayer.domains.len() < MOST_DOMAINS && domain.len() < 256 {
                        relayer.domains.push((domain.into(), 1, u64::from(sent)));
                    }
                }
            }
        }
    }

    /// Takes that a message is done with.
    pub(super) fn ended(&mut self, mail: &Mail<'_>) {
        if let Some(address) = mail.outsider()
            && !self.relayers.is_empty()
            && let Some(relayer) = self.relayers.get_mut(&Block::address(address))
            && relayer.open
        {
            relayer.open = false;
            relayer.messages += 1;
        }
    }

    /// Counts the recipients to whom mail was relayed.
    pub(super) fn total(&self, know: &Know) -> u64 {
        if !know.infers() {
            return self.sent;
        }
        let own = self.relayers.iter().map(|(_, one)| one.turned_own(know).1);
        self.sent - own.sum::<u64>().min(self.sent)
    }

    /// Raises what was found.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        for (client, relayer) in self.relayers.iter() {
            self.raise_relayer(raiser, *client, relayer);
        }
        for (source, refusals) in self.refusals.iter() {
            if let Some(chain) = &refusals.chain {
                let (refusal, acceptance) = &**chain;
                let message = "Mail for a stranger was refused to this source, and taken from it \
                               later, without a login in between."
                    .to_owned();
                let name = source.to_string();
                raiser.raise(&LG012, name.as_bytes(), message, acceptance, 1);
                raiser.and(refusal);
            }
        }
        for (client, count) in self.routed.crossed() {
            let message = format!(
                "{} recipients whose address holds a route to strangers were accepted from this \
                 client.",
                count.proof.count
            );
            let name = client.to_string();
            raiser.raise(
                &LG050,
                name.as_bytes(),
                message,
                &count.proof,
                count.proof.count,
            );
        }
        for (address, count) in self.forwards.crossed() {
            let message = format!(
                "{} messages for own recipients were forwarded to this address; the threshold is {}.",
                count.proof.count,
                limit(self.forwards.limit())
            );
            raiser.raise(&LG070, address, message, &count.proof, count.proof.count);
        }
    }

    fn raise_relayer(&self, raiser: &mut Raiser<'_>, client: Block, relayer: &Relayer) {
        let (own_accepted, own_sent) = relayer.turned_own(raiser.know);
        let accepted = relayer.accepted.saturating_sub(own_accepted);
        let sent = relayer.sent.saturating_sub(own_sent);
        if accepted == 0 {
            return;
        }
        let name = client.to_string();
        let name = name.as_bytes();
        if sent > 0 {
            let message = format!(
                "{sent} recipients outside got mail of this client through the server, of {accepted} \
                 that were accepted in {} messages; it is not trusted and had not logged in.",
                relayer.messages
            );
            raiser.raise(&LG001, name, message, &relayer.relayed, sent);
        } else {
            let message = format!(
                "{accepted} recipients outside were accepted from this client in {} messages; it is \
                 not trusted and had not logged in. No delivery of them is logged.",
                relayer.messages
            );
            raiser.raise(&LG002, name, message, &relayer.taken, accepted);
        }
        if accepted >= raiser.settings.own_senders && relayer.own_senders == relayer.accepted {
            let message = format!(
                "All {accepted} recipients outside that were accepted from this client had a \
                 sender of an own domain."
            );
            let proof = match relayer.relayed.count {
                0 => &relayer.taken,
                _ => &relayer.relayed,
            };
            raiser.raise(&LG003, name, message, proof, accepted);
        }
    }
}

/// Tells whether a recipient counts at all: verifications of addresses do not.
fn counts(mail: &Mail<'_>, to: &To<'_>) -> bool {
    let local = match domain(mail.sender) {
        Some(domain) => &mail.sender[..mail.sender.len() - domain.len() - 1],
        None => mail.sender,
    };
    to.status != Some(Status::Probed) && !local.eq_ignore_ascii_case(b"double-bounce")
}

/// Tells whether it is delivered here.
fn here(to: &To<'_>) -> bool {
    to.agent == Some(Agent::Local)
}

fn is_archive(settings: &Settings, address: &[u8]) -> bool {
    let mut archives = settings.archives.iter();
    archives.any(|archive| archive.as_bytes().eq_ignore_ascii_case(address))
}

/// Puts what several lines say of a recipient into one, at the place of the last.
fn joined<'s>(scratch: &'s mut Vec<u8>, line: &Line<'_>, mail: &Mail<'_>, to: &To<'_>) -> Line<'s> {
    scratch.clear();
    let mut add = |name: &[u8], value: &[u8]| {
        if !value.is_empty() {
            scratch.extend_from_slice(name);
            scratch.extend_from_slice(&value[..value.len().min(120)]);
        }
    };
    add(b"", mail.id);
    add(b" client=", mail.name);
    let address = mail.client.map(|client| format!("[{client}]"));
    let before: &[u8] = match mail.name {
        [] => b" client=",
        _ => b"",
    };
    add(before, address.unwrap_or_default().as_bytes());
    add(b" helo=", mail.helo);
    add(b" from=", mail.sender);
    if mail.sender.is_empty() {
        add(b" from=", b"<>");
    }
    add(b" to=", to.to);
    if to.named != to.to {
        add(b" orig_to=", to.named);
    }
    add(b" relay=", to.hop);
    let status: &[u8] = match to.status {
        Some(Status::Sent) => b"sent",
        Some(Status::Deferred) => b"deferred",
        Some(Status::Bounced) => b"bounced",
        Some(Status::Expired) => b"expired",
        Some(Status::Probed) => b"probed",
        None => b"accepted",
    };
    add(b" status=", status);
    add(b" reply=", to.reply);
    Line {
        at: line.at,
        place: line.place,
        program: b"",
        text: scratch,
    }
}
