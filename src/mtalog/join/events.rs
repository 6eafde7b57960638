//! What each event makes of a journey.
//!
//! In: events. Out: journeys that are begun, go on and end; what concerns no journey goes to the rules at once.

use super::told::scene;
use super::{GRACE, Journal, short};
use crate::mtalog::event::{Agent, Client, Event, Stamp, Status};
use crate::mtalog::know::Standing;
use crate::mtalog::proof::Line;
use crate::mtalog::rules::{Refused, Rules, SOME_ALIAS, Scene};

impl Journal {
    pub(super) fn event(&mut self, line: &Line<'_>, event: &Event<'_>, forwarded: bool) {
        match *event {
            Event::Connected { ref client, .. } => self.rules.connected(client),
            Event::Greeted { ref client, helo } => {
                let (rules, scene) = self.scene(line);
                rules.greeted(&scene, client, helo);
            }
            Event::Login {
                ref client,
                account,
                success,
            } => {
                match success {
                    true => self.logins += 1,
                    false => self.totals.login_failures += 1,
                }
                let (rules, scene) = self.scene(line);
                rules.login(&scene, client, account, success);
            }
            Event::Arrived {
                id,
                client,
                helo,
                account,
                before,
            } => self.arrived(line, id, client, helo, account, before),
            Event::Accepted {
                id,
                sender,
                recipients,
                ..
            } if recipients != Some(0) => self.accepted(line, id, sender),
            Event::Accepted { .. } => {}
            Event::Recipient { id, address } => {
                let slot = self.open(id, line.at);
                let seen = (line.at, line.place);
                if let Some(index) = self.store.rcpt(slot, address, b"", seen) {
                    self.touch(slot, index);
                }
            }
            Event::Delivery { .. } => self.delivery(line, event, forwarded),
            Event::Linked { id, child, link } => self.linked(line, id, child, link),
            Event::Ended { id } => {
                if let Some(slot) = self.store.find(self.host, id) {
                    self.ended(slot, line.at);
                }
            }
            Event::Refused { .. } => self.refused(line, event),
            Event::OldDefault { ref client, .. } => {
                let standing = self.know.standing(client.address, false);
                let (rules, scene) = self.scene(line);
                if let Some(address) = client.address {
                    rules.old_default(&scene, address, standing);
                }
            }
            Event::Rights {
                connector,
                ref client,
                logged_in,
            } => {
                if self.know.standing(client.address, logged_in) == Standing::Outsider {
                    let (rules, scene) = self.scene(line);
                    rules.rights(&scene, connector);
                }
            }
            Event::Fault { .. } => {
                let (rules, scene) = self.scene(line);
                rules.fault(&scene);
            }
            // Steps are put together before they come here.
            Event::Repeated { .. } | Event::Step { .. } => {}
        }
    }

    pub(super) fn refused(&mut self, line: &Line<'_>, event: &Event<'_>) {
        let Event::Refused {
            client,
            helo,
            account,
            sender,
            recipient,
            stage,
            refusal,
            warned,
            ..
        } = *event
        else {
            return;
        };
        match warned {
            true => self.totals.warned += 1,
            false => self.totals.rejected += 1,
        }
        let refused = Refused {
            client,
            standing: self.know.standing(client.address, !account.is_empty()),
            helo,
            sender,
            recipient,
            stage,
            refusal,
            warned,
        };
        if refused.is_attempt(&self.know)
            && let Some(address) = client.address
        {
            self.tops.refused(address, client.name, line.at);
        }
        let (rules, scene) = self.scene(line);
        rules.refused(&scene, &refused);
    }

    /// Gives the journey of an id; begins one in the middle if there is none.
    pub(super) fn open(&mut self, id: &[u8], at: Stamp) -> u32 {
        match self.store.find(self.host, id) {
            Some(slot) => {
                self.store.at_mut(slot).touched = at;
                slot
            }
            None => self.store.begin(self.host, id, at),
        }
    }

    /// Gives a new journey for an id; what was `known` under that id is closed.
    pub(super) fn anew(&mut self, known: Option<u32>, id: &[u8], at: Stamp) -> u32 {
        if let Some(slot) = known {
            self.totals.unfinished += u64::from(!self.store.at(slot).ended);
            self.close(slot);
        }
        self.store.begin(self.host, id, at)
    }

    pub(super) fn arrived(
        &mut self,
        line: &Line<'_>,
        id: &[u8],
        client: Option<Client<'_>>,
        helo: &[u8],
        account: &[u8],
        before: &[u8],
    ) {
        self.totals.received += 1;
        // Cut-through deliveries and links come before the arrival; what else was said of the id is older.
        let known = self.store.find(self.host, id);
        let fits = known.filter(|slot| {
            let known = self.store.at(*slot);
            let recent = line.at.0.saturating_sub(known.touched.0) < Stamp::HOUR;
            let open = !known.arrived || known.second;
            open && !known.ended && known.accepted.is_none() && recent
        });
        let slot = match fits {
            Some(slot) => slot,
            None => self.anew(known, id, line.at),
        };
        let address = client.and_then(|client| client.address);
        let address = address.map(|address| address.to_canonical());
        let standing = self.know.standing(address, !account.is_empty());
        let journey = self.store.at_mut(slot);
        journey.touched = line.at;
        // Who brought a second pass was told by the line about the first.
        if !journey.second {
            journey.arrived = true;
            journey.client = address;
            journey.standing = standing;
            journey.name = journey.keep(client.map_or(b"", |client| client.name));
            journey.helo = journey.keep(helo);
            journey.account = journey.keep(account);
        }
        journey.second |= !before.is_empty();
        let loopback = address.is_none_or(|address| address.is_loopback());
        let waits = loopback || journey.second;
        if !before.is_empty()
            && let Some(parent) = self.store.find(self.host, before)
            && parent != slot
        {
            self.inherit(parent, slot);
        }
        if waits {
            self.wait(slot, line.at);
        } else {
            self.store.at_mut(slot).settled = true;
        }
        if let Some(client) = client {
            let (rules, scene) = self.scene(line);
            rules.greeted(&scene, &client, helo);
            if !account.is_empty() && !waits {
                rules.login(&scene, &client, account, true);
            }
        }
        self.store.charge(slot);
    }

    pub(super) fn accepted(&mut self, line: &Line<'_>, id: &[u8], sender: &[u8]) {
        let mut slot = self.open(id, line.at);
        let journey = self.store.at(slot);
        // A queue manager tells the sender again at each attempt; another one is another message.
        let other = journey.accepted.is_some() && journey.text(journey.sender) != sender;
        if journey.ended || other {
            slot = self.anew(Some(slot), id, line.at);
        }
        let journey = self.store.at_mut(slot);
        if journey.accepted.is_some() {
            return;
        }
        journey.accepted = Some(line.at);
        journey.sender = journey.keep(sender);
        if journey.settled {
            self.tell(slot, line);
        } else if !journey.arrived {
            // Made here, or begun before the log: who brought it is not known, but may be told yet.
            self.wait(slot, line.at);
        }
        self.store.charge(slot);
    }

    pub(super) fn delivery(&mut self, line: &Line<'_>, event: &Event<'_>, forwarded: bool) {
        let Event::Delivery {
            id,
            to,
            original,
            expanded,
            agent,
            hop,
            status,
            reply,
        } = *event
        else {
            return;
        };
        if status == Status::Probed {
            return;
        }
        match status {
            Status::Sent if forwarded => self.totals.forwarded += 1,
            Status::Sent => self.totals.delivered += 1,
            Status::Deferred => self.totals.deferrals += 1,
            Status::Bounced => self.totals.bounced += 1,
            Status::Expired | Status::Probed => {}
        }
        if agent == Agent::Local {
            self.know.learn(to);
        }
        if !original.is_empty() {
            self.know.learn_alias(original, to);
        }
        if agent == Agent::Remote && matches!(status, Status::Deferred | Status::Bounced) {
            let (rules, scene) = self.scene(line);
            rules.failed(&scene, hop, reply);
        }
        let original = match original {
            [] if expanded => SOME_ALIAS,
            original => original,
        };
        let slot = self.open(id, line.at);
        let journey = self.store.at_mut(slot);
        if status == Status::Deferred && !journey.deferred {
            journey.deferred = true;
            self.totals.deferred += 1;
        }
        let seen = (line.at, line.place);
        if to.is_empty() {
            // Of all that were still waiting.
            for rcpt in &mut journey.rcpts {
                if !matches!(rcpt.status, Some(Status::Sent | Status::Bounced)) {
                    (rcpt.status, rcpt.seen) = (Some(status), seen);
                }
            }
            return;
        }
        let Some(index) = self.store.rcpt(slot, to, original, seen) else {
            return;
        };
        let journey = self.store.at_mut(slot);
        let elsewhere = agent != Agent::Local;
        // Only what may have to be shown is kept. Who brought the message may be told later, of a cut-through delivery.
        let open = matches!(journey.standing, Standing::Host | Standing::Unknown);
        let shown =
            elsewhere && (journey.standing == Standing::Outsider || (open && !journey.settled));
        let (hop, reply) = match shown {
            true => (journey.keep(short(hop)), journey.keep(short(reply))),
            false => Default::default(),
        };
        let rcpt = &mut journey.rcpts[index];
        rcpt.agent = Some(agent);
        rcpt.status = Some(status);
        rcpt.seen = seen;
        (rcpt.hop, rcpt.reply) = (hop, reply);
        self.touch(slot, index);
    }

    pub(super) fn ended(&mut self, slot: u32, at: Stamp) {
        let journey = self.store.at(slot);
        let unresolved = journey
            .rcpts
            .iter()
            .any(|rcpt| rcpt.agent == Some(Agent::Filter) && !self.handed(rcpt));
        self.store.at_mut(slot).ended = true;
        if unresolved {
            self.wait(slot, at);
        }
        let journey = self.store.at(slot);
        if journey.settled && !journey.waits {
            self.close(slot);
        } else if !journey.waits {
            self.wait(slot, at);
        }
    }

    pub(super) fn wait(&mut self, slot: u32, at: Stamp) {
        let journey = self.store.at_mut(slot);
        if !journey.waits {
            journey.waits = true;
            self.due
                .push_back((at.0.saturating_add(GRACE), slot, journey.serial));
        }
    }

    pub(super) fn touch(&mut self, slot: u32, index: usize) {
        let serial = self.store.at(slot).serial;
        self.touched.push((slot, serial, index as u32));
    }

    pub(super) fn scene<'s>(&'s mut self, line: &'s Line<'s>) -> (&'s mut Rules, Scene<'s>) {
        let scene = scene(&self.know, &self.settings, line, self.host);
        (&mut self.rules, scene)
    }
}
