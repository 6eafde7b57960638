//! Findings from the forms that got through.
//!
//! One finding a fault, not one a form: what several forms show about the same fault is told together,
//! with the dialogue of the first. Where the plain form gets through, nothing needs a trick; where a sender
//! alone gets through, a trick with the recipient adds nothing: only that is told.

use super::rule_of;
use super::table::{OPEN_RELAY, RULES};
use crate::model::{Confidence, Evidence, Finding, FormOutcome, FormResult, Outcome, Role, Rule};
use crate::probe::classify::plain_refused;
use crate::probe::forms::{AddressForm, Family, LocalPart, form};
use crate::probe::meaning::Meaning;

/// Raises what the accepted forms show.
pub(super) fn findings(outcome: &Outcome) -> Vec<Finding> {
    let accepted: Vec<(&AddressForm, &FormResult)> = outcome
        .forms
        .iter()
        .filter(|r| r.role == Role::Probe && r.outcome == FormOutcome::Accepted)
        // A reason beside acceptance says that the controls took the meaning out of it.
        .filter(|r| r.reason.is_none())
        .filter_map(|result| Some((form(result.form)?, result)))
        .collect();
    let simple = |form: &AddressForm| form.local_part == LocalPart::Plain;
    let open = if plain_refused(&outcome.forms) {
        accepted.iter().find(|(form, _)| form.is_plain())
    } else {
        // The plain form was put off or not answered: what got through needs no trick to explain it.
        let plain = accepted.iter().find(|(form, _)| form.is_plain());
        plain.or_else(|| accepted.iter().find(|(form, _)| simple(form)))
    };
    if let Some((form, result)) = open {
        let others = accepted.len() - 1;
        return vec![raise(outcome, &OPEN_RELAY, &[(form, result)], others)];
    }
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        let of_rule: Vec<_> = accepted
            .iter()
            .copied()
            .filter(|(form, result)| {
                rule_of(form).id == rule.id && !explained(&accepted, form, result)
            })
            .collect();
        if !of_rule.is_empty() {
            findings.push(raise(outcome, rule, &of_rule, 0));
        }
    }
    findings
}

/// Tells whether the sender alone explains that a trick with the recipient got through.
fn explained(
    accepted: &[(&AddressForm, &FormResult)],
    form: &AddressForm,
    result: &FormResult,
) -> bool {
    form.family != Family::Sender
        && accepted.iter().any(|(other, simple)| {
            other.family == Family::Sender
                && simple.mail_from == result.mail_from
                && simple.helo == result.helo
                && simple.encrypted == result.encrypted
        })
}

fn raise(
    outcome: &Outcome,
    rule: &'static Rule,
    forms: &[(&AddressForm, &FormResult)],
    others: usize,
) -> Finding {
    let (first, result) = forms[0];
    let envelope = format!(
        "MAIL FROM:{} RCPT TO:{}",
        result.mail_from.printable(),
        result.rcpt_to.printable()
    );
    let mut message = format!("Accepted from a stranger, without a login: {envelope}");
    if let Some(helo) = &result.helo {
        message.push_str(&format!(
            ", after EHLO {}",
            crate::model::bytes::escape(helo)
        ));
    }
    message.push_str(". ");
    let mut meanings: Vec<Meaning> = Vec::new();
    for meaning in forms.iter().flat_map(|(form, _)| form.reveals) {
        if !meanings.contains(meaning) {
            meanings.push(*meaning);
        }
    }
    let texts: Vec<&str> = meanings.iter().map(|m| m.text()).collect();
    message.push_str(&texts.join(" "));
    let mut more: Vec<&str> = Vec::new();
    for (form, _) in &forms[1..] {
        if form.id != first.id && !more.contains(&form.id) {
            more.push(form.id);
        }
    }
    if !more.is_empty() {
        message.push_str(&format!(" The same with: {}.", more.join(", ")));
    }
    if others > 0 {
        message.push_str(&format!(" {others} more forms were accepted as well."));
    }
    let confidence = forms.iter().map(|(_, r)| r.confidence).max();
    Finding::new(
        rule,
        &outcome.target.place(),
        first.id,
        message,
        Evidence::Wire(result.dialogue.clone()),
    )
    .with_confidence(confidence.unwrap_or(Confidence::Weak))
}
