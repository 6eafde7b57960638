//! Raises refusals that come too late.
//!
//! In: the rules, in order. Out: a finding for each refusal behind a rule that takes all it would refuse. What
//! covers what is told from the conditions as they are written, not from what they happen to fit.
//!
//! Limits: [`LOOKED_BACK`] rules before a refusal, sets of [`MOST`] entries.

use super::super::rules::opensmtpd::OS016;
use super::conf::{Condition, Deed, Rule, Set, What};
use super::rules::{MOST_OF_A_RULE, Raiser, text_of};
use std::collections::HashSet;
use std::rc::Rc;

/// Rules that are looked at before a refusal.
const LOOKED_BACK: usize = 500;

/// Entries of a set that is compared entry by entry.
const MOST: usize = 2_000;

impl Raiser<'_, '_> {
    /// Raises refusals that come too late.
    pub(super) fn never_reached(&mut self) {
        let mut raised = 0;
        for (index, rule) in self.conf.rules.iter().enumerate() {
            if !matches!(rule.deed, Deed::Reject) || rule.broken || raised >= MOST_OF_A_RULE {
                continue;
            }
            let before = self.conf.rules[..index].iter().rev().take(LOOKED_BACK);
            let mut taking = before.filter(|b| matches!(b.deed, Deed::Relay | Deed::Deliver(_)));
            if let Some(cover) = taking.find(|before| !before.broken && covers(before, rule)) {
                raised += 1;
                let message = format!(
                    "The refusal is never reached: the rule at {} takes all that it would refuse.",
                    cover.head.shown()
                );
                let finding = self
                    .make(&OS016, &text_of(rule), &rule.head, message)
                    .with_evidence(self.line(cover, "takes it before"));
                self.found.push(finding);
            }
        }
    }
}

/// Tells whether everything one rule fits is fitted by another before it: each of its conditions has one that
/// is as narrow.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    wide.conditions.iter().all(|outer| {
        let any = matches!(outer.what, What::FromAny | What::ForAny);
        let as_narrow = |inner: &Condition| {
            if outer.negated != inner.negated {
                return false;
            }
            match (&outer.what, &inner.what) {
                (What::FromLocal, What::FromLocal)
                | (What::FromSocket, What::FromSocket)
                | (What::FromLogin | What::Auth, What::FromLogin | What::Auth)
                | (What::ForLocal, What::ForLocal)
                | (What::Tls, What::Tls)
                | (What::FromName(None), What::FromName(None | Some(_))) => true,
                (What::FromSource(a), What::FromSource(b)) => !outer.negated && holds(a, b, true),
                (What::FromName(Some(a)), What::FromName(Some(b)))
                | (What::ForDomain(a), What::ForDomain(b))
                | (What::Recipient(a), What::Recipient(b))
                | (What::Sender(a), What::Sender(b))
                | (What::Helo(a), What::Helo(b))
                | (What::Tag(a), What::Tag(b)) => {
                    holds(a, b, false) && (!outer.negated || holds(b, a, false))
                }
                _ => false,
            }
        };
        (any && !outer.negated) || narrow.conditions.iter().any(as_narrow)
    })
}

/// Tells whether a set holds every entry of another: as it is written, or as a network inside one.
fn holds(outer: &Set, inner: &Set, nets: bool) -> bool {
    if Rc::ptr_eq(&outer.table, &inner.table) && outer.regex == inner.regex {
        return true;
    }
    if !inner.table.known || outer.regex != inner.regex || inner.table.entries.is_empty() {
        return false;
    }
    if outer.table.entries.len() > MOST || inner.table.entries.len() > MOST {
        return false;
    }
    if nets && !outer.regex {
        let (a, b) = (outer.table.nets(), inner.table.nets());
        return b.len() == inner.table.entries.len()
            && b.iter()
                .all(|(net, _)| a.iter().any(|(wide, _)| wide.contains(*net)));
    }
    let keys: HashSet<&str> = outer.table.entries.iter().map(|e| e.key.as_str()).collect();
    inner
        .table
        .entries
        .iter()
        .all(|entry| keys.contains(entry.key.as_str()))
}
