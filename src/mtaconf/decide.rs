//! The question and its answers, once for all servers.
//!
//! What happens to the *outsider*: a client with a public address that appears in no list, without login and
//! without certificate, with a sender and HELO of its own choosing, who names a recipient in a *foreign*
//! domain, one that appears in no list either? A dialect answers it three times, under another [`Assume`] each,
//! and the outcome follows from the three answers.

use crate::model::Relay;

/// What is assumed while a policy is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assume {
    /// Nothing is forged; what the files do not show has no opinion.
    AsWritten,
    /// Sender, HELO and credentials are chosen so that they help, where any choice does.
    Forged,
    /// Whatever the files do not show says yes, and what can be forged is.
    UnknownPermits,
}

/// What one statement says about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// Let it through.
    Permit,
    /// Refuse it.
    Refuse,
    /// Ask the next one.
    None,
    /// The files do not show it.
    Unknown,
}

impl Opinion {
    /// Takes an unknown opinion as the assumption has it.
    pub fn under(self, assume: Assume) -> Self {
        match (self, assume) {
            (Self::Unknown, Assume::UnknownPermits) => Self::Permit,
            (Self::Unknown, _) => Self::None,
            (known, _) => known,
        }
    }
}

/// What becomes of the outsider's recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Taken, and sent on.
    Relayed,
    /// Taken as local: swallowed or bounced.
    Swallowed,
    /// Refused.
    Refused,
}

/// Asks three times; gives the outcome of a service that starts and can be reached.
pub fn outcome(mut fate: impl FnMut(Assume) -> Fate) -> Relay {
    let written = fate(Assume::AsWritten);
    if written == Fate::Relayed {
        return Relay::Open;
    }
    if fate(Assume::Forged) == Fate::Relayed {
        return Relay::OpenIfForged;
    }
    if written == Fate::Swallowed {
        return Relay::AcceptsForeign;
    }
    match fate(Assume::UnknownPermits) {
        Fate::Refused => Relay::Closed,
        Fate::Relayed | Fate::Swallowed => Relay::Conditional,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_answers_give_the_outcome() {
        use Fate::{Refused, Relayed, Swallowed};
        for (answers, expected) in [
            ([Relayed, Relayed, Relayed], Relay::Open),
            ([Refused, Relayed, Relayed], Relay::OpenIfForged),
            ([Swallowed, Relayed, Relayed], Relay::OpenIfForged),
            ([Swallowed, Swallowed, Relayed], Relay::AcceptsForeign),
            ([Refused, Refused, Relayed], Relay::Conditional),
            ([Refused, Refused, Swallowed], Relay::Conditional),
            ([Refused, Refused, Refused], Relay::Closed),
        ] {
            let mut left = answers.iter();
            assert_eq!(outcome(|_| *left.next().expect("three")), expected);
        }
    }

    #[test]
    fn the_unknown_permits_only_where_that_is_assumed() {
        assert_eq!(Opinion::Unknown.under(Assume::AsWritten), Opinion::None);
        assert_eq!(Opinion::Unknown.under(Assume::Forged), Opinion::None);
        assert_eq!(
            Opinion::Unknown.under(Assume::UnknownPermits),
            Opinion::Permit
        );
        assert_eq!(
            Opinion::Refuse.under(Assume::UnknownPermits),
            Opinion::Refuse
        );
    }
}
