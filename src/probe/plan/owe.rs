//! What is owed to a target: the forms that can be filled by now, the controls that an acceptance
//! calls for, and everything once more inside TLS where the server asks for it.

use super::test::{Key, State, Test};
use super::{Plan, Stage};
use crate::model::{FormOutcome, Role, TlsState, TlsUse};
use crate::probe::forms::{
    AddressForm, Channel, FORMS, Family, LocalPart, Measure, Place, Profile,
};
use crate::probe::template::{Filled, Holes, instances};
use std::borrow::Cow;

impl Plan {
    /// Fills the forms that can be filled now. Forms that name the target wait until it has had a
    /// chance to name itself.
    pub(super) fn expand(&mut self) {
        let talked = !self.transcripts.is_empty();
        for position in 0..self.stages.len() {
            if self.stages[position] == Stage::Waiting {
                self.stages[position] = self.expand_form(position, talked);
            }
        }
    }

    fn expand_form(&mut self, position: usize, talked: bool) -> Stage {
        let form = self.settings.forms[position];
        let alike = self.settings.alike(position);
        let inside_tls = form.channel == Channel::InsideTls;
        let names_target = alike.is_none() && form.names_target();
        if (names_target || inside_tls) && !talked {
            return Stage::Waiting;
        }
        let offered = || self.offers_in_clear().is_some_and(|o| o.offers("STARTTLS"));
        let tls = match form.channel {
            Channel::Any => self.base,
            Channel::InsideTls
                if self.base == TlsState::None
                    && self.tls_use == TlsUse::Opportunistic
                    && offered() =>
            {
                TlsState::StartTls
            }
            Channel::InsideTls => return Stage::Useless,
        };
        let instances = match alike {
            Some(filled) => vec![filled.clone()],
            None => self.fill(form),
        };
        if instances.is_empty() {
            return Stage::Nameless;
        }
        for filled in instances {
            let key = Key {
                tls,
                hello: filled.hello.clone(),
                xclient: filled.xclient.clone(),
            };
            self.add(form, filled, key, None);
        }
        Stage::Filled
    }

    fn fill(&self, form: &AddressForm) -> Vec<Filled> {
        let (hosts, domains) = match form.names_target() {
            true => (self.names.hosts(), self.names.domains()),
            false => (Vec::new(), Vec::new()),
        };
        let holes = Holes {
            identity: Cow::Borrowed(&self.settings.identity),
            hosts,
            domains,
            peer: self.peer,
        };
        let most = match self.settings.profile {
            Profile::Quick => 1,
            Profile::Standard => 2,
            Profile::Full => 4,
        };
        instances(form, &holes, most)
    }

    fn add(
        &mut self,
        form: &'static AddressForm,
        filled: Filled,
        key: Key,
        measures: Option<usize>,
    ) {
        // Two forms may come to the same envelope, where a host is named like its domain or two
        // controls meet: asking once answers both.
        let known = |t: &Test| {
            t.key == key
                && t.form.role() == form.role()
                && t.filled == filled
                && t.measures == measures
        };
        if !self.tests.iter().any(known) {
            self.tests.push(Test {
                form,
                filled,
                key,
                measures,
                state: State::Owed,
                attempts: 0,
            });
        }
    }

    /// Owes the controls that tell what acceptances are worth.
    pub(super) fn owe_controls(&mut self) {
        for test in 0..self.tests.len() {
            if self.tests[test].form.role() == Role::Probe && self.accepted(&self.tests[test]) {
                self.owe_controls_of(test, &[]);
            }
        }
    }

    /// Owes the controls of one accepted test; gives those that were not owed before.
    ///
    /// Unknown users are asked from the plain sender: whether the server tells users apart does not
    /// depend on who writes. Outside domains are asked by repeating what was accepted, for the trust
    /// may hang on the sender. Where the plain form is accepted too, its controls stand for all. What the
    /// running session has accepted is `fresh`.
    pub(super) fn owe_controls_of(&mut self, test: usize, fresh: &[usize]) -> Vec<usize> {
        let Test {
            form, filled, key, ..
        } = self.tests[test].clone();
        if form.role() == Role::Control {
            return Vec::new();
        }
        let before = self.tests.len();
        let simple = form.local_part == LocalPart::Plain;
        let taken = |(index, t): (usize, &Test)| {
            t.form.is_plain() && t.key == key && (fresh.contains(&index) || self.accepted(t))
        };
        let plain_too = !form.is_plain() && self.tests.iter().enumerate().any(taken);
        for control in FORMS.iter().filter(|form| form.role() == Role::Control) {
            let literal = form.family == Family::Literal
                && control.measure == Some(Measure::UnknownUser(Place::Literal));
            if simple && !literal && control.profile > self.settings.profile {
                continue;
            }
            if control.asks_unknown_user() {
                for candidate in self.fill(control) {
                    if simple || candidate.home() == filled.home() {
                        self.add(control, candidate, key.clone(), None);
                    }
                }
            } else if simple && !plain_too {
                let outside = self.settings.identity.ext_domain.clone();
                let candidate = self.fill(control).into_iter().next();
                let elsewhere = candidate.as_ref().and_then(Filled::home);
                let moved = elsewhere.and_then(|to| filled.moved(outside.as_bytes(), to));
                if let Some(moved) = moved {
                    self.add(control, moved, key.clone(), Some(test));
                }
            }
        }
        (before..self.tests.len()).collect()
    }

    fn accepted(&self, test: &Test) -> bool {
        matches!(&test.state, State::Answered(a) if a.driven.is_some())
    }

    /// Asks again inside STARTTLS what was refused for want of encryption.
    pub(super) fn follow_up_tls(&mut self) {
        if self.base != TlsState::None || self.tls_use != TlsUse::Opportunistic {
            return;
        }
        let wants_tls = self.tests.iter().any(|test| {
            test.form.role() == Role::Probe
                && test.key.tls == TlsState::None
                && self.outcome(test) == Some(FormOutcome::TlsRequired)
        });
        if !wants_tls || !self.offers_in_clear().is_some_and(|o| o.offers("STARTTLS")) {
            return;
        }
        self.base = TlsState::StartTls;
        // The plain form inside TLS is now asked anyway: no second of its kind.
        for index in 0..self.tests.len() {
            let test = self.tests[index].clone();
            if test.key.tls != TlsState::None {
                continue;
            }
            let key = Key {
                tls: TlsState::StartTls,
                ..test.key
            };
            if test.state == State::Owed {
                self.tests[index].key = key;
            } else if test.form.role() == Role::Probe {
                self.add(test.form, test.filled, key, None);
            }
        }
    }
}
