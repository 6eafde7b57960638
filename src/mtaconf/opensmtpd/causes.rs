//! Which words of a rule make it relay for strangers.
//!
//! In: a rule that does. Out: the rules of the catalogue that name the fault, with the words to change.

use super::super::rules::opensmtpd::{OS010, OS011, OS012, OS013, OS014, OS015};
use super::super::source::short;
use super::super::spot::Spot;
use super::conf::{Rule, Set, What};
use super::evaluate::World;

/// A fault in a rule.
pub(super) struct Cause {
    /// The rule of the catalogue.
    pub(super) rule: &'static crate::model::Rule,
    /// The words to change.
    pub(super) spot: Spot,
    /// What is wrong, in a sentence.
    pub(super) message: String,
}

/// Finds the faults of a rule that relays for a stranger with this envelope.
pub(super) fn of(rule: &Rule, world: &World<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut add = |rule, spot: &Spot, message: String| {
        causes.push(Cause {
            rule,
            spot: spot.clone(),
            message,
        });
    };
    let forged = world.sender.is_some() || world.helo.is_some();
    for condition in &rule.conditions {
        let (what, spot) = (&condition.what, &condition.spot);
        let said = words(what);
        match (what, condition.negated) {
            (What::Sender(_) | What::Helo(_), false) if forged => add(
                &OS012,
                spot,
                format!("The rule relays for everybody who gives {said}; anybody can."),
            ),
            _ if forged => {}
            (What::FromSource(_), false) => add(
                &OS011,
                spot,
                format!("The rule relays for {said}, which is everybody."),
            ),
            (What::FromName(_), false) => add(
                &OS013,
                spot,
                format!("The rule relays for {said}, which is whoever has a name."),
            ),
            (what, true) if what.is_source() => add(
                &OS014,
                spot,
                format!("The rule relays for all but {said}: for everybody else."),
            ),
            (What::ForDomain(_) | What::Recipient(_), false) => add(
                &OS015,
                spot,
                format!("The rule relays {said}, which fits every domain."),
            ),
            (what, true) if what.is_destination() => add(
                &OS015,
                spot,
                format!("The rule relays to every domain but those of \"{said}\"."),
            ),
            _ => {}
        }
    }
    if causes.is_empty() {
        let any = |what: &What| matches!(what, What::FromAny);
        let from = rule.conditions.iter().find(|c| any(&c.what));
        let spot = from.map_or(&rule.head, |condition| &condition.spot);
        causes.push(Cause {
            rule: &OS010,
            spot: spot.clone(),
            message: "The rule relays from any source to any destination and asks for no login."
                .to_owned(),
        });
    }
    causes
}

/// Says in words what a condition asks.
pub(super) fn words(what: &What) -> String {
    match what {
        What::FromAny => "everybody".to_owned(),
        What::FromLocal => "this machine".to_owned(),
        What::FromSocket => "programs on this machine".to_owned(),
        What::FromSource(set) => format!("clients in {}", named(set)),
        What::FromName(None) => "hosts with a reverse name".to_owned(),
        What::FromName(Some(set)) => format!("hosts whose reverse name is in {}", named(set)),
        What::FromLogin | What::Auth => "logged-in users".to_owned(),
        What::ForAny => "any domain".to_owned(),
        What::ForLocal => "the names of this machine".to_owned(),
        What::ForDomain(set) => format!("domains in {}", named(set)),
        What::Recipient(set) => format!("recipients in {}", named(set)),
        What::Sender(set) => format!("a sender in {}", named(set)),
        What::Helo(set) => format!("a HELO name in {}", named(set)),
        What::Tag(set) => format!("through a listener tagged {}", named(set)),
        What::Tls => "over TLS".to_owned(),
    }
}

/// Names a set: its table, or its first words.
fn named(set: &Set) -> String {
    const TOLD: usize = 4;
    if !set.table.name.is_empty() {
        return format!("<{}>", short(&set.table.name));
    }
    let entries = set.table.entries.iter().take(TOLD);
    let keys: Vec<_> = entries.map(|entry| short(&entry.key)).collect();
    let more = if set.table.entries.len() > TOLD {
        ", ..."
    } else {
        ""
    };
    format!("{}{more}", keys.join(", "))
}
