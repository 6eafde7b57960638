//! What the rules are told of journeys, and when.
//!
//! In: journeys. Out: to the rules, a message once it is known who brought it, each of its recipients once, and what
//! became of them in the end.

use super::Journal;
use crate::mtalog::event::{LineAt, Stamp, Status};
use crate::mtalog::journey::{Rcpt, Store};
use crate::mtalog::know::{Know, Standing};
use crate::mtalog::proof::Line;
use crate::mtalog::rules::{HostNumber, Mail, Scene, To};
use crate::mtalog::settings::Settings;
use std::cell::OnceCell;

impl Journal {
    /// Decides who brought a message, and tells the rules.
    pub(super) fn settle(&mut self, slot: u32) {
        let journey = self.store.at_mut(slot);
        journey.waits = false;
        if journey.settled {
            return;
        }
        journey.settled = true;
        let (serial, second) = (journey.serial, journey.second);
        if second {
            // A pass behind this one has been told what was known then.
            for index in 0..self.store.at(slot).rcpts.len() {
                if let Some((child, of)) = self.store.at(slot).rcpts[index].child
                    && child != slot
                    && self.store.is(child, of)
                    && self.store.is(slot, serial)
                {
                    self.rename(slot, child, index);
                    self.inherit(slot, child);
                }
            }
        }
        if self.store.at(slot).accepted.is_some() {
            let journey = self.store.at(slot);
            let (at, place) = journey
                .rcpts
                .last()
                .map_or_else(|| (journey.touched, LineAt::default()), |rcpt| rcpt.seen);
            let text = journey.id().to_vec();
            let line = Line {
                at,
                place,
                program: b"",
                text: &text,
            };
            self.tell(slot, &line);
        }
    }

    /// Tells the rules of an accepted message, and of the recipients known so far.
    pub(super) fn tell(&mut self, slot: u32, line: &Line<'_>) {
        let journey = self.store.at(slot);
        if !journey.second {
            let mail = mail(&self.store, slot, line.at);
            self.tops.message(&mail);
            if mail.standing == Standing::Account {
                self.messages_with_login += 1;
            }
            let scene = scene(&self.know, &self.settings, line, self.store.at(slot).host());
            self.rules.accepted(&scene, &mail);
        }
        for index in 0..self.store.at(slot).rcpts.len() {
            self.note(slot, index, line);
        }
    }

    /// Tells the rules of a recipient, if all is known of its message and they do not know of it yet.
    pub(super) fn note(&mut self, slot: u32, index: usize, line: &Line<'_>) {
        let journey = self.store.at(slot);
        let rcpt = journey.rcpts[index];
        if !journey.settled || journey.accepted.is_none() {
            return;
        }
        // Another pass tells of it.
        let passed = self.handed(&rcpt);
        let mail = mail(&self.store, slot, line.at);
        let to = to(&self.store, slot, &rcpt);
        let host = journey.host();
        if !rcpt.noted && !passed && !journey.noted_above {
            let first_own = !journey.to_own && to.stays(&self.know);
            let scene = scene(&self.know, &self.settings, line, host);
            self.rules.recipient(&scene, &mail, &to, first_own);
            self.store.at_mut(slot).to_own |= first_own;
        }
        let dead = rcpt.status == Some(Status::Bounced);
        if dead && !rcpt.dead {
            let mail = self::mail(&self.store, slot, line.at);
            let to = self::to(&self.store, slot, &rcpt);
            let scene = scene(&self.know, &self.settings, line, host);
            self.rules.dead(&scene, &mail, &to);
        }
        let rcpt = &mut self.store.at_mut(slot).rcpts[index];
        rcpt.noted |= !passed;
        rcpt.dead |= dead;
    }

    /// Is done with a journey: what has become of its recipients counts now.
    pub(super) fn close(&mut self, slot: u32) {
        self.settle(slot);
        let journey = self.store.at(slot);
        let accepted = journey.accepted.is_some();
        let network = journey.client.is_some_and(|client| !client.is_loopback());
        let own = journey.forwarded || journey.notification;
        self.totals.messages += u64::from(accepted && network && !journey.second);
        let spoken_of = accepted || !journey.rcpts.is_empty();
        self.totals.headless += u64::from(!journey.arrived && !own && spoken_of);
        if accepted && journey.standing == Standing::Outsider {
            let mail = mail(&self.store, slot, journey.touched);
            for rcpt in &journey.rcpts {
                if self.handed(rcpt) {
                    continue;
                }
                let line = Line {
                    at: rcpt.seen.0,
                    place: rcpt.seen.1,
                    program: b"",
                    text: b"",
                };
                let to = to(&self.store, slot, rcpt);
                let scene = scene(&self.know, &self.settings, &line, journey.host());
                self.rules.closed(&scene, &mail, &to);
            }
            self.rules.ended(&mail);
        }
        self.store.release(slot);
    }
}

pub(super) fn scene<'s>(
    know: &'s Know,
    settings: &'s Settings,
    line: &'s Line<'s>,
    host: u32,
) -> Scene<'s> {
    Scene {
        know,
        settings,
        line,
        host: HostNumber(host),
    }
}

/// Shows the rules a message.
fn mail(store: &Store, slot: u32, now: Stamp) -> Mail<'_> {
    let journey = store.at(slot);
    let sender = journey.text(journey.sender);
    // A bounce that was given to the server by itself.
    let made_here = journey.arrived && journey.client.is_none() && sender.is_empty();
    Mail {
        at: journey.accepted.unwrap_or(now),
        id: journey.id(),
        client: journey.client,
        name: journey.text(journey.name),
        helo: journey.text(journey.helo),
        account: journey.text(journey.account),
        sender,
        standing: journey.standing,
        forwarded: journey.forwarded,
        notification: journey.notification || made_here,
        about_unknown: journey.about_unknown,
    }
}

/// Shows the rules a recipient.
fn to<'s>(store: &'s Store, slot: u32, rcpt: &Rcpt) -> To<'s> {
    let journey = store.at(slot);
    To {
        named: journey.text(journey.named(rcpt)),
        to: journey.text(rcpt.to),
        meant: OnceCell::new(),
        agent: rcpt.agent,
        status: rcpt.status,
        hop: journey.text(rcpt.hop),
        reply: journey.text(rcpt.reply),
    }
}
