//! The rules of the log audit, and what raises them.
//!
//! In: what the journal has made of the lines, as it happens: a message was taken, one of its recipients is known,
//! an attempt was refused, a journey has ended. Out: findings. Each group of rules keeps what it needs, within
//! bounded memory; none sees a line's format.

mod accounts;
mod attempts;
mod bounces;
mod clients;
mod configuration;
mod continuity;
mod raise;
mod relaying;
mod repute;
pub mod table;
mod volume;

pub use table::RULES;

pub(super) use raise::Raiser;

use super::event::{Agent, Client, Read, Refusal, Stage, Stamp, Status};
use super::know::{Know, Standing, Whose, routed};
use super::proof::Line;
use super::settings::Settings;
use super::source::Block;
use std::cell::OnceCell;
use std::net::IpAddr;

/// A host that logs, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct HostNumber(pub(super) u32);

/// What is known besides the event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    /// What is one's own.
    pub(super) know: &'a Know,
    /// Thresholds.
    pub(super) settings: &'a Settings,
    /// The line.
    pub(super) line: &'a Line<'a>,
    /// The host that logged it.
    pub(super) host: HostNumber,
}

/// A message that was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mail<'a> {
    /// When.
    pub(super) at: Stamp,
    /// Its id.
    pub(super) id: &'a [u8],
    /// The client, where there was one with an address.
    pub(super) client: Option<IpAddr>,
    /// The client's verified name.
    pub(super) name: &'a [u8],
    /// Its HELO.
    pub(super) helo: &'a [u8],
    /// The account.
    pub(super) account: &'a [u8],
    /// The sender.
    pub(super) sender: &'a [u8],
    /// What the client is.
    pub(super) standing: Standing,
    /// Whether a user or a list forwarded another message into it.
    pub(super) forwarded: bool,
    /// Whether it tells of another message's fate.
    pub(super) notification: bool,
    /// Whether that was that a recipient does not exist here.
    pub(super) about_unknown: bool,
}

impl Mail<'_> {
    /// Gives the address of an outsider, if it came from one.
    pub(super) fn outsider(&self) -> Option<IpAddr> {
        self.client.filter(|_| self.standing == Standing::Outsider)
    }
}

/// A recipient of a message.
#[derive(Debug, Clone)]
pub(super) struct To<'a> {
    /// The address the client named.
    pub(super) named: &'a [u8],
    /// The address it went to.
    pub(super) to: &'a [u8],
    /// Whom it is meant for, once somebody has asked.
    pub(super) meant: OnceCell<Meant>,
    /// Who delivers, once an attempt was made.
    pub(super) agent: Option<Agent>,
    /// What became of it, for now.
    pub(super) status: Option<Status>,
    /// The next hop.
    pub(super) hop: &'a [u8],
    /// The reply.
    pub(super) reply: &'a [u8],
}

/// An original address that a log does not tell, but that it was one of an alias here.
pub(super) const SOME_ALIAS: &[u8] = b"@";

/// Whom mail is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// A stranger: the address the client named is foreign, or leads to one by a route that the server has followed.
    Stranger,
    /// Somebody here.
    Own,
    /// Nobody: there is no address.
    Nobody,
}

impl Meant {
    /// Tells for whom a recipient was meant, by the address that the client named and the one it went to.
    fn of(know: &Know, named: &[u8], to: &[u8]) -> Self {
        if named == SOME_ALIAS {
            return Self::Own;
        }
        let strays = || {
            named != to
                && routed(named)
                && know.leads_out(named)
                && know.whose(to) == Whose::Foreign
        };
        match know.whose(named) {
            Whose::Foreign => Self::Stranger,
            Whose::Nobody => Self::Nobody,
            Whose::Own if strays() => Self::Stranger,
            Whose::Own => Self::Own,
        }
    }
}

impl To<'_> {
    /// Tells whether it was meant for a stranger.
    pub(super) fn strays(&self, know: &Know) -> bool {
        self.meant(know) == Meant::Stranger
    }

    /// Tells whether it was meant for somebody here.
    pub(super) fn stays(&self, know: &Know) -> bool {
        self.meant(know) == Meant::Own
    }

    fn meant(&self, know: &Know) -> Meant {
        let find = || Meant::of(know, self.named, self.to);
        *self.meant.get_or_init(find)
    }
}

/// A refusal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused<'a> {
    /// The client.
    pub(super) client: Client<'a>,
    /// What it is.
    pub(super) standing: Standing,
    /// Its HELO.
    pub(super) helo: &'a [u8],
    /// The sender, where it is told.
    pub(super) sender: Option<&'a [u8]>,
    /// The recipient, where it is told.
    pub(super) recipient: Option<&'a [u8]>,
    /// When.
    pub(super) stage: Stage,
    /// Why.
    pub(super) refusal: Refusal,
    /// Whether it was only written down.
    pub(super) warned: bool,
}

impl Refused<'_> {
    /// Tells whether the recipient is a stranger's, where one is told.
    fn strays(&self, know: &Know) -> Option<bool> {
        let recipient = self.recipient?;
        let whose = know.whose(recipient);
        Some(whose == Whose::Foreign || (routed(recipient) && know.leads_out(recipient)))
    }

    /// Tells whether somebody tried to relay and was refused: the reply speaks of relaying, or a foreign
    /// recipient was refused as one that does not exist or with words of the site's own.
    pub(super) fn is_attempt(&self, know: &Know) -> bool {
        !self.warned
            && self.stage == Stage::Rcpt
            && self.standing == Standing::Outsider
            && match self.refusal {
                Refusal::Relay => true,
                Refusal::Recipient | Refusal::Unclear => self.strays(know) == Some(true),
                Refusal::SenderDomain | Refusal::Other => false,
            }
    }
}

/// All rules, with what they have seen.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    relaying: relaying::Relaying,
    attempts: attempts::Attempts,
    accounts: accounts::Accounts,
    bounces: bounces::Bounces,
    clients: clients::Clients,
    configuration: configuration::Configuration,
    continuity: continuity::Continuity,
}

impl Rules {
    /// Begins with nothing seen.
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            relaying: relaying::Relaying::new(settings),
            attempts: attempts::Attempts::new(settings),
            accounts: accounts::Accounts::new(settings),
            bounces: bounces::Bounces::new(settings),
            clients: clients::Clients::new(settings),
            configuration: configuration::Configuration::new(settings),
            continuity: continuity::Continuity::default(),
        }
    }

    /// Takes any line, understood or not.
    pub(super) fn line(&mut self, line: &Line<'_>, read: Read, settings: &Settings) {
        self.continuity.line(line, read, settings);
    }

    /// Takes that a client connected.
    pub(super) fn connected(&mut self, client: &Client<'_>) {
        self.clients.connected(client);
    }

    /// Takes a client's HELO.
    pub(super) fn greeted(&mut self, scene: &Scene<'_>, client: &Client<'_>, helo: &[u8]) {
        self.clients.greeted(scene, client, helo);
    }

    /// Takes a login.
    pub(super) fn login(
        &mut self,
        scene: &Scene<'_>,
        client: &Client<'_>,
        account: &[u8],
        success: bool,
    ) {
        let Some(address) = client.address else {
            return;
        };
        if success {
            self.relaying.login(Block::source(address));
            self.accounts.succeeded(scene, address, account);
        } else {
            self.accounts.failed(scene, address, account);
        }
    }

    /// Takes a refusal.
    pub(super) fn refused(&mut self, scene: &Scene<'_>, refused: &Refused<'_>) {
        if let Some(address) = refused.client.address {
            if refused.is_attempt(scene.know) {
                self.attempts.attempt(scene, refused, address);
                if refused.strays(scene.know) == Some(true) {
                    self.relaying.refused(scene, Block::source(address));
                }
            }
            self.attempts.refused(scene, refused, address);
            self.configuration.refused(scene, refused, address);
        }
        self.clients.refused(scene, refused);
        self.bounces.refused(scene, refused);
    }

    /// Takes that a message was accepted, once for all its passes.
    pub(super) fn accepted(&mut self, scene: &Scene<'_>, mail: &Mail<'_>) {
        self.accounts.accepted(scene, mail);
        self.clients.accepted(scene, mail);
    }

    /// Takes a recipient of an accepted message, once; `first_own` for the first that is one's own.
    pub(super) fn recipient(
        &mut self,
        scene: &Scene<'_>,
        mail: &Mail<'_>,
        to: &To<'_>,
        first_own: bool,
    ) {
        self.relaying.recipient(scene, mail, to);
        self.bounces.recipient(scene, mail, to);
        if to.strays(scene.know) {
            self.accounts.recipient(scene, mail);
            self.clients.recipient(scene, mail);
        }
        if first_own {
            self.clients.own_recipient(scene, mail);
        }
    }

    /// Takes that a recipient that was taken has been refused for good.
    pub(super) fn dead(&mut self, scene: &Scene<'_>, mail: &Mail<'_>, to: &To<'_>) {
        self.bounces.dead(scene, mail, to);
    }

    /// Takes what another host said to a delivery that did not succeed.
    pub(super) fn failed(&mut self, scene: &Scene<'_>, hop: &[u8], reply: &[u8]) {
        self.bounces.failed(scene, hop, reply);
    }

    /// Takes a recipient of a message that is done with; the line is the last that speaks of it.
    pub(super) fn closed(&mut self, scene: &Scene<'_>, mail: &Mail<'_>, to: &To<'_>) {
        self.relaying.closed(scene, mail, to);
    }

    /// Takes that the message of those recipients is done with.
    pub(super) fn ended(&mut self, mail: &Mail<'_>) {
        self.relaying.ended(mail);
    }

    /// Takes that an old default let mail through.
    pub(super) fn old_default(&mut self, scene: &Scene<'_>, address: IpAddr, standing: Standing) {
        self.configuration.old_default(scene, address, standing);
    }

    /// Takes that a connection may name any recipient.
    pub(super) fn rights(&mut self, scene: &Scene<'_>, connector: &[u8]) {
        self.configuration.rights(scene, connector);
    }

    /// Takes that the service says its configuration is broken.
    pub(super) fn fault(&mut self, scene: &Scene<'_>) {
        self.configuration.fault(scene);
    }

    /// Gives refused relay attempts and relayed recipients.
    pub(super) fn totals(&self, know: &Know) -> (u64, u64) {
        (self.attempts.total(know), self.relaying.total(know))
    }

    /// Raises what was found, in the order of the catalogue.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        self.relaying.raise(raiser);
        self.attempts.raise(raiser);
        self.accounts.raise(raiser);
        self.bounces.raise(raiser);
        self.clients.raise(raiser);
        self.configuration.raise(raiser);
        self.continuity.raise(raiser);
    }
}
