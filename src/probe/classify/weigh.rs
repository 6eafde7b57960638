//! What acceptance is worth, seen against the controls of the same kind of session.
//!
//! | unknown local user | reserved domain | a plain recipient accepted means |
//! | --- | --- | --- |
//! | refused | any | relay, firm: the server tells users apart and still takes outsiders |
//! | accepted | refused | relay, firm: it looks at outside domains, which a sink does not |
//! | accepted | accepted | nothing: it takes everything (`accept-all`) |
//! | undecided | refused | relay, firm |
//! | undecided | accepted or undecided | relay, weak, with the caveat `controls-undecided` |
//!
//! Where the plain form was refused as relaying, another form that is taken makes the difference: the
//! server does not take everything, and the controls of the table are not needed.
//!
//! A form that plays a trick on the local part (percent, bang, quoting, ...) counts only where an
//! unknown user of the very same domain is refused: to a catch-all such an address is just another
//! user (JdeBP, "Those open relay tests are wrong"). If a second, unrelated outside domain is refused
//! as relaying while the first is taken, the first is most likely served there: `recipient-served`,
//! no verdict.
//!
//! Outside domains are asked by repeating the accepted envelope with nothing but the domain changed:
//! the trust may hang on the sender. A message that came out at its recipient outweighs all of this; a
//! message that was refused takes the meaning from what was not driven as far.
//!
//! References: RFC 2606 (.invalid), RFC 5321 4.1.2 (the local part belongs to its domain alone).

use super::{Conclusion, Row, plain};
use crate::model::{Caveat, Confidence, Driven, FormOutcome, Reason, Role, Verdict};
use crate::probe::forms::{Family, LocalPart};

/// What an acceptance turned out to be worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Not accepted, or a control: nothing to weigh.
    None,
    /// A relay.
    Counts(Confidence),
    /// The controls take the meaning out of it.
    Means(Reason),
}

/// What a control says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Accepted,
    Refused(Option<Reason>),
    Undecided,
}

/// Weighs every row and writes the weight into it. Gives the caveats that came up.
pub(super) fn weigh(rows: &mut [Row<'_>]) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    // Once a message was refused, what was only accepted as a recipient shows nothing any more.
    let message_refused = rows.iter().any(refused_message);
    let weights: Vec<Weight> = rows
        .iter()
        .map(|row| match weight(rows, row, &mut caveats) {
            Weight::Counts(_) | Weight::Means(_)
                if message_refused && row.result.driven == Some(Driven::Rcpt) =>
            {
                Weight::Means(Reason::DataRejected)
            }
            weight => weight,
        })
        .collect();
    for (row, weight) in rows.iter_mut().zip(weights) {
        row.weight = weight;
        match weight {
            Weight::None => {}
            Weight::Counts(confidence) => row.result.confidence = confidence,
            Weight::Means(reason) => {
                row.result.reason = Some(reason);
                row.result.confidence = Confidence::Weak;
            }
        }
    }
    caveats
}

fn weight(rows: &[Row<'_>], row: &Row<'_>, caveats: &mut Vec<Caveat>) -> Weight {
    if row.result.role == Role::Control || row.result.outcome != FormOutcome::Accepted {
        return Weight::None;
    }
    if row.result.driven == Some(Driven::Delivered) {
        // It came out at its recipient: no control can take that back.
        return Weight::Counts(Confidence::Proven);
    }
    if row.test.form.local_part == LocalPart::Trick {
        let unknown = control(rows, row, |other| {
            other.test.form.asks_unknown_user()
                && other.test.filled.home() == row.test.filled.home()
        });
        return match unknown {
            Control::Refused(_) => Weight::Counts(Confidence::Firm),
            Control::Accepted | Control::Undecided => Weight::Means(Reason::AcceptAll),
        };
    }
    let by_id = |id: &'static str| control(rows, row, move |other| other.test.form.id == id);
    let repeated = |id: &'static str| {
        let measures = measured_by(rows, row);
        control(rows, row, move |other| {
            other.test.form.id == id && other.test.measures == Some(measures)
        })
    };
    if let Control::Refused(Some(Reason::RelayDenied | Reason::AuthRequired)) =
        repeated("control-second-domain")
    {
        note(caveats, Caveat::RecipientServed);
        return Weight::Means(Reason::RelayDenied);
    }
    if plain_refused(rows) {
        // It does not take everything: this form makes the difference.
        return Weight::Counts(Confidence::Firm);
    }
    match (unknown_user(by_id), repeated("control-reserved-domain")) {
        (Control::Accepted, Control::Accepted) => Weight::Means(Reason::AcceptAll),
        (Control::Refused(_), _) | (_, Control::Refused(_)) => Weight::Counts(Confidence::Firm),
        _ => {
            note(caveats, Caveat::ControlsUndecided);
            Weight::Counts(Confidence::Weak)
        }
    }
}

/// Tells whether the plain form was refused for what it is, on any channel.
fn plain_refused(rows: &[Row<'_>]) -> bool {
    rows.iter().any(|row| {
        row.test.form.id == "plain"
            && matches!(
                (row.result.outcome, row.result.reason),
                (
                    FormOutcome::Rejected | FormOutcome::AuthRequired,
                    Some(Reason::RelayDenied | Reason::AuthRequired)
                )
            )
    })
}

/// Gives the test whose repetitions measure a row: its own, or those of the plain form where that was
/// accepted in the same kind of session.
fn measured_by(rows: &[Row<'_>], row: &Row<'_>) -> usize {
    let has = |index: usize| rows.iter().any(|other| other.test.measures == Some(index));
    let plain = |other: &&Row<'_>| other.test.form.id == "plain" && other.test.key == row.test.key;
    match rows.iter().find(plain) {
        Some(plain) if !has(row.index) => plain.index,
        _ => row.index,
    }
}

/// Finds out whether the server tells users apart. Where one of its names is refused a user, it does,
/// for the others may be no domains of its own. The address literal only stands in for names: behind
/// an address translation a server does not know its own.
fn unknown_user(by_id: impl Fn(&'static str) -> Control) -> Control {
    let named = [
        by_id("control-unknown-user"),
        by_id("control-unknown-user-host"),
    ];
    let refused = named.iter().find(|c| matches!(c, Control::Refused(_)));
    if let Some(refused) = refused {
        return *refused;
    }
    match by_id("control-unknown-user-literal") {
        Control::Undecided if named.contains(&Control::Accepted) => Control::Accepted,
        said => said,
    }
}

/// Finds out what the controls that fit say in the kind of session a row was asked in. One
/// acceptance outweighs every refusal.
fn control(rows: &[Row<'_>], row: &Row<'_>, fits: impl Fn(&Row<'_>) -> bool) -> Control {
    let mut said = Control::Undecided;
    for other in rows {
        if other.result.role != Role::Control || other.test.key != row.test.key || !fits(other) {
            continue;
        }
        match (other.result.outcome, said) {
            (FormOutcome::Accepted, _) => return Control::Accepted,
            (FormOutcome::Rejected | FormOutcome::AuthRequired, Control::Undecided) => {
                said = Control::Refused(other.result.reason);
            }
            // "No such domain": a refusal of this control, whatever it would be of a probe.
            (FormOutcome::Inconclusive, Control::Undecided)
                if matches!(
                    other.result.reason,
                    Some(Reason::RecipientRejected | Reason::PolicyRejected)
                ) =>
            {
                said = Control::Refused(other.result.reason);
            }
            _ => {}
        }
    }
    said
}

/// Adds a caveat once.
pub(super) fn note(caveats: &mut Vec<Caveat>, caveat: Caveat) {
    if !caveats.contains(&caveat) {
        caveats.push(caveat);
    }
}

fn refused_message(row: &Row<'_>) -> bool {
    row.result.role == Role::Probe && row.result.reason == Some(Reason::DataRejected)
}

/// Gives how far the forms were driven that count as relaying.
pub(super) fn driven(rows: &[Row<'_>]) -> Option<Driven> {
    relays(rows).filter_map(|row| row.result.driven).max()
}

/// Gives the rows that count as relaying. A subdomain of a served domain belongs to its owner: that
/// it is taken is a finding, not a relay for everybody.
fn relays<'a, 'b>(rows: &'a [Row<'b>]) -> impl Iterator<Item = &'a Row<'b>> {
    rows.iter().filter(|row| {
        matches!(row.weight, Weight::Counts(_)) && row.test.form.family != Family::Subdomain
    })
}

/// Concludes from what was answered; `None` if the plain form was not.
pub(super) fn conclude(rows: &[Row<'_>]) -> Option<Conclusion> {
    if let Some(confidence) = relays(rows).map(|row| row.result.confidence).max() {
        return Some(Conclusion {
            verdict: Verdict::RelayAccepting,
            reason: None,
            confidence,
            note: None,
        });
    }
    // Only what was accepted for the plain recipient is worth doubt: a trick accepted by a catch-all
    // is what a catch-all does.
    let hollow = rows.iter().find_map(|row| match row.weight {
        Weight::Means(reason) if row.test.form.local_part == LocalPart::Plain => Some(reason),
        _ => None,
    });
    if let Some(reason) = hollow {
        return Some(Conclusion::inconclusive(reason, None));
    }
    if rows.iter().any(refused_message) {
        return Some(Conclusion::inconclusive(Reason::DataRejected, None));
    }
    let plain = &plain(rows)?.result;
    let verdict = match plain.outcome {
        FormOutcome::Untested | FormOutcome::TlsRequired => return None,
        FormOutcome::Rejected => Verdict::Rejecting,
        FormOutcome::AuthRequired => Verdict::AuthRequired,
        _ => Verdict::Inconclusive,
    };
    Some(Conclusion {
        verdict,
        reason: Some(plain.reason.unwrap_or(Reason::Unrecognised)),
        confidence: plain.confidence,
        note: None,
    })
}
