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
//! user (JdeBP, "Those open relay tests are wrong"). Where that is undecided, so is the form. The same
//! holds for an outside address literal beside an unknown user at the target's own.
//!
//! A server that takes the first outside domain and refuses a second one as foreign, or for having no
//! such user, most likely serves the first: `recipient-served`, no verdict. If it refuses the second for
//! reasons of its own, nothing can be said.
//!
//! Outside domains are asked by repeating the accepted envelope with nothing but the domain changed:
//! the trust may hang on the sender. A message that came out at its recipient outweighs all of this; a
//! message that was refused takes the meaning from what was not driven as far.
//!
//! References: RFC 2606 (.invalid), RFC 5321 4.1.2 (the local part belongs to its domain alone).

use super::{Conclusion, Row, plain};
use crate::model::{Caveat, Confidence, Driven, FormOutcome, FormResult, Reason, Role, Verdict};
use crate::probe::forms::{Family, LocalPart, Measure, Place};

/// What an acceptance turned out to be worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Not accepted, or a control: nothing to weigh.
    None,
    /// A relay.
    Counts(Confidence),
    /// The controls take the meaning out of it.
    Hollow(Reason),
    /// The controls that would settle it did not; why they did not.
    Open(Reason),
}

/// What a control says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It was taken.
    Accepted,
    /// It was refused for good, and for what it is.
    Refused,
    /// It was refused because its domain cannot be found or takes no mail.
    NoSuchDomain,
    /// It was refused for a reason of the server's own.
    OtherwiseRefused(Reason),
    /// It was not asked, or put off.
    Undecided(Option<Reason>),
}

impl Said {
    fn of(result: &FormResult) -> Self {
        match (result.outcome, result.reason) {
            (FormOutcome::Accepted, _) => Self::Accepted,
            (FormOutcome::Rejected | FormOutcome::AuthRequired, _) => Self::Refused,
            (FormOutcome::Inconclusive, Some(Reason::RecipientRejected)) => Self::NoSuchDomain,
            (FormOutcome::Inconclusive, Some(reason @ Reason::PolicyRejected)) => {
                Self::OtherwiseRefused(reason)
            }
            (_, reason) => Self::Undecided(reason),
        }
    }

    fn refused(self) -> bool {
        matches!(
            self,
            Self::Refused | Self::NoSuchDomain | Self::OtherwiseRefused(_)
        )
    }
}

/// Weighs every row and writes the weight into it. Gives the caveats that came up.
pub(super) fn weigh(rows: &mut [Row<'_>]) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    // Once a message was refused, what was only accepted as a recipient shows nothing any more.
    let message_refused = rows.iter().any(refused_message);
    let weights: Vec<Weight> = rows
        .iter()
        .map(|row| match weight(rows, row, &mut caveats) {
            Weight::None => Weight::None,
            _ if message_refused && row.result.driven == Some(Driven::Rcpt) => {
                Weight::Hollow(Reason::DataRejected)
            }
            weight => weight,
        })
        .collect();
    for (row, weight) in rows.iter_mut().zip(weights) {
        row.weight = weight;
        match weight {
            Weight::None => {}
            Weight::Counts(confidence) => row.result.confidence = confidence,
            Weight::Hollow(reason) | Weight::Open(reason) => {
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
    let form = row.test.form;
    if form.local_part == LocalPart::Trick || form.family == Family::Literal {
        let said = control(rows, row, |other| match form.local_part {
            LocalPart::Trick => {
                other.test.form.asks_unknown_user()
                    && other.test.filled.home() == row.test.filled.home()
            }
            LocalPart::Plain => measures_unknown_user(other, Place::Literal),
        });
        return match said {
            Said::Accepted => Weight::Hollow(Reason::AcceptAll),
            said if said.refused() => Weight::Counts(Confidence::Firm),
            Said::Undecided(reason) => {
                note(caveats, Caveat::ControlsUndecided);
                Weight::Open(reason.unwrap_or(Reason::Unrecognised))
            }
            _ => Weight::Open(Reason::Unrecognised),
        };
    }
    let measures = measured_by(rows, row);
    let repeated = |measure: Measure| {
        control(rows, row, move |other| {
            other.test.form.measure == Some(measure) && other.test.measures == Some(measures)
        })
    };
    match repeated(Measure::SecondDomain) {
        Said::Refused => {
            note(caveats, Caveat::RecipientServed);
            return Weight::Hollow(Reason::RelayDenied);
        }
        Said::OtherwiseRefused(reason) => {
            note(caveats, Caveat::RecipientServed);
            return Weight::Open(reason);
        }
        Said::Accepted | Said::NoSuchDomain | Said::Undecided(_) => {}
    }
    if plain_refused(rows.iter().map(|row| &row.result)) {
        // It does not take everything: this form makes the difference.
        return Weight::Counts(Confidence::Firm);
    }
    match (unknown_user(rows, row), repeated(Measure::ReservedDomain)) {
        (Said::Accepted, Said::Accepted) => Weight::Hollow(Reason::AcceptAll),
        (unknown, reserved) if unknown.refused() || reserved.refused() => {
            Weight::Counts(Confidence::Firm)
        }
        _ => {
            note(caveats, Caveat::ControlsUndecided);
            Weight::Counts(Confidence::Weak)
        }
    }
}

/// Tells whether the plain form was refused for what it is, on any channel.
pub(in crate::probe) fn plain_refused<'a>(
    results: impl IntoIterator<Item = &'a FormResult>,
) -> bool {
    let plain = crate::probe::forms::plain().id;
    results.into_iter().any(|result| {
        result.form == plain
            && matches!(
                (result.outcome, result.reason),
                (
                    FormOutcome::Rejected | FormOutcome::AuthRequired,
                    Some(Reason::RelayDenied | Reason::AuthRequired | Reason::RecipientRejected)
                )
            )
    })
}

/// Gives the test whose repetitions measure a row: its own, or those of the plain form where that was
/// accepted in the same kind of session.
fn measured_by(rows: &[Row<'_>], row: &Row<'_>) -> usize {
    let has = |index: usize| rows.iter().any(|other| other.test.measures == Some(index));
    let plain = |other: &&Row<'_>| other.test.form.is_plain() && other.test.key == row.test.key;
    match rows.iter().find(plain) {
        Some(plain) if !has(row.index) => plain.index,
        _ => row.index,
    }
}

fn measures_unknown_user(row: &Row<'_>, place: Place) -> bool {
    row.test.form.measure == Some(Measure::UnknownUser(place))
}

/// Finds out whether the server tells users apart. Where one of its names is refused a user, it does,
/// for the others may be no domains of its own. The address literal only stands in for names: behind
/// an address translation a server does not know its own.
fn unknown_user(rows: &[Row<'_>], row: &Row<'_>) -> Said {
    let at = |place| control(rows, row, move |other| measures_unknown_user(other, place));
    let named = [at(Place::Domain), at(Place::Host)];
    if let Some(refused) = named.iter().find(|said| said.refused()) {
        return *refused;
    }
    match at(Place::Literal) {
        Said::Undecided(_) if named.contains(&Said::Accepted) => Said::Accepted,
        said => said,
    }
}

/// Finds out what the controls that fit say in the kind of session a row was asked in. One
/// acceptance outweighs every refusal, and a refusal what is undecided.
fn control(rows: &[Row<'_>], row: &Row<'_>, fits: impl Fn(&Row<'_>) -> bool) -> Said {
    let of_key = |other: &&Row<'_>| {
        other.result.role == Role::Control && other.test.key == row.test.key && fits(other)
    };
    let rank = |said: &Said| match said {
        Said::Accepted => 0,
        Said::Refused => 1,
        Said::OtherwiseRefused(_) => 2,
        Said::NoSuchDomain => 3,
        Said::Undecided(Some(_)) => 4,
        Said::Undecided(None) => 5,
    };
    rows.iter()
        .filter(of_key)
        .map(|other| Said::of(&other.result))
        .min_by_key(rank)
        .unwrap_or(Said::Undecided(None))
}

/// Adds a caveat once.
fn note(caveats: &mut Vec<Caveat>, caveat: Caveat) {
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
    if rows.iter().any(refused_message) {
        return Some(Conclusion::inconclusive(Reason::DataRejected, None));
    }
    // A trick that a catch-all accepts is what a catch-all does; everything else that was accepted
    // without counting leaves doubt.
    let doubt = rows.iter().find_map(|row| match row.weight {
        Weight::Open(reason) => Some(reason),
        Weight::Hollow(reason) if row.test.form.local_part == LocalPart::Plain => {
            (row.test.form.family != Family::Literal).then_some(reason)
        }
        _ => None,
    });
    if let Some(reason) = doubt {
        return Some(Conclusion::inconclusive(reason, None));
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
