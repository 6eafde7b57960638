//! Messages that lead to others: passes through a filter, forwards, notifications.
//!
//! In: links. Out: journeys that know who brought their message, and which address the client had named.

use super::Journal;
use crate::mtalog::event::{Agent, Link, Status};
use crate::mtalog::journey::Rcpt;
use crate::mtalog::know::Standing;
use crate::mtalog::proof::Line;

impl Journal {
    /// Takes that a message led to another one. What this line has said of a recipient is what led to it.
    pub(super) fn linked(&mut self, line: &Line<'_>, id: &[u8], child: &[u8], link: Link) {
        let Some(parent) = self.store.find(self.host, id) else {
            return self.fatherless(line, child, link);
        };
        let slot = self.open(child, line.at);
        if slot == parent {
            return;
        }
        let serial = self.store.at(slot).serial;
        let spoken: Vec<usize> = self
            .touched
            .iter()
            .filter(|(of, ..)| *of == parent)
            .map(|(.., index)| *index as usize)
            .collect();
        match link {
            Link::Requeued => {
                for index in spoken {
                    self.store.at_mut(parent).rcpts[index].child = Some((slot, serial));
                    let noted = self.store.at(parent).rcpts[index].noted;
                    self.store.at_mut(slot).noted_above |= noted;
                    self.rename(parent, slot, index);
                }
                self.inherit(parent, slot);
            }
            Link::Forwarded => {
                for index in spoken {
                    self.rename_all(parent, slot, index);
                }
                let child = self.store.at_mut(slot);
                child.forwarded = true;
            }
            Link::Notified => {
                let dead = |rcpt: &Rcpt| {
                    rcpt.status == Some(Status::Bounced) && rcpt.agent != Some(Agent::Remote)
                };
                let unknown = self.store.at(parent).rcpts.iter().any(dead);
                let child = self.store.at_mut(slot);
                child.notification = true;
                child.about_unknown |= unknown;
            }
        }
        if !self.store.at(slot).waits && !self.store.at(slot).settled {
            self.wait(slot, line.at);
        }
        self.store.charge(slot);
    }

    /// Takes that a message of which nothing is known led to another one.
    pub(super) fn fatherless(&mut self, line: &Line<'_>, child: &[u8], link: Link) {
        let slot = self.open(child, line.at);
        let journey = self.store.at_mut(slot);
        match link {
            // Who brought it is told no more.
            Link::Requeued if journey.client.is_none_or(|c| c.is_loopback()) => {
                (journey.second, journey.standing) = (true, Standing::Unknown);
            }
            Link::Requeued => journey.second = true,
            Link::Forwarded => journey.forwarded = true,
            Link::Notified => journey.notification = true,
        }
        if !journey.waits && !journey.settled {
            self.wait(slot, line.at);
        }
    }

    /// Gives a second pass what is known of the first.
    pub(super) fn inherit(&mut self, parent: u32, child: u32) {
        let from = self.store.at(parent);
        let (arrived, client, standing) = (from.arrived, from.client, from.standing);
        let texts = [from.name, from.helo, from.account].map(|span| from.text(span).to_vec());
        let to = self.store.at_mut(child);
        to.second = true;
        if !arrived {
            if to.client.is_none_or(|client| client.is_loopback()) {
                to.standing = Standing::Unknown;
            }
            return;
        }
        (to.client, to.standing) = (client, standing);
        let [name, helo, account] = &texts;
        to.name = to.keep(name);
        to.helo = to.keep(helo);
        to.account = to.keep(account);
        to.arrived = true;
    }

    /// Tells a second pass which address the client had named for a recipient.
    pub(super) fn rename(&mut self, parent: u32, child: u32, index: usize) {
        let from = self.store.at(parent);
        let rcpt = &from.rcpts[index];
        let (to, named) = (from.text(rcpt.to), from.text(from.named(rcpt)));
        if to != named {
            let (to, named) = (to.to_vec(), named.to_vec());
            self.store.rename(child, &to, &named);
        }
    }

    /// Tells a forwarded message which address it was that forwards: of all its recipients.
    pub(super) fn rename_all(&mut self, parent: u32, child: u32, index: usize) {
        let from = self.store.at(parent);
        let named = from.text(from.named(&from.rcpts[index])).to_vec();
        let to = self.store.at_mut(child);
        to.forwarder = to.keep(&named);
    }

    /// Tells whether a filter has given back what it was given for a recipient.
    pub(super) fn handed(&self, rcpt: &Rcpt) -> bool {
        rcpt.agent == Some(Agent::Filter)
            && rcpt.child.is_some_and(|(slot, serial)| {
                !self.store.is(slot, serial) || self.store.at(slot).accepted.is_some()
            })
    }
}
