//! What is known of a condition: whether it holds for the outsider, and what it would take to turn it round.
//!
//! In: truths of single conditions. Out: their combinations by *and*, *or*, *not*, and *first match wins*. One
//! evaluation answers all questions: what happens as written, what a forger gets, what a trusted host gets.
//!
//! Limits: [`MOST_TURNS`] ways to turn a condition are kept.

use crate::mtaconf::decide::Assume;

/// Ways to turn one condition that are kept.
const MOST_TURNS: usize = 6;

/// A means by which a client turns a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The envelope sender.
    Sender,
    /// The name given with HELO.
    Helo,
    /// Other text the client chooses.
    Text,
    /// The local part of the recipient.
    LocalPart,
    /// A login that takes any password.
    FakeLogin,
    /// Being one of the hosts of a list.
    Host,
    /// A real login.
    Login,
    /// A certificate that a known authority signed.
    Certificate,
    /// What the files do not show.
    Unknown,
}

/// A set of [`Way`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ways(u16);

impl Ways {
    /// No way.
    pub(super) const NONE: Self = Self(0);

    /// Takes some.
    pub(super) fn of(ways: &[Way]) -> Self {
        Self(ways.iter().fold(0, |set, way| set | 1 << *way as u16))
    }

    /// Gives what may be done under an assumption.
    pub(super) fn under(assume: Assume) -> Self {
        let forged = [
            Way::Sender,
            Way::Helo,
            Way::Text,
            Way::LocalPart,
            Way::FakeLogin,
        ];
        match assume {
            Assume::AsWritten => Self::NONE,
            Assume::Forged => Self::of(&forged),
            Assume::UnknownPermits => Self::of(&forged).with(Self::of(&[Way::Unknown])),
        }
    }

    /// Joins two sets.
    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Tells whether one is among them.
    pub(super) fn has(self, way: Way) -> bool {
        self.0 & 1 << way as u16 != 0
    }

    /// Tells whether all of them are in another set.
    pub(super) fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Counts them.
    fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// What has to be brought along.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Needs {
    /// By which means.
    pub(super) ways: Ways,
    /// A sender that does it.
    pub(super) sender: Option<String>,
    /// A HELO name that does it.
    pub(super) helo: Option<String>,
    /// A local part of the recipient that does it.
    pub(super) local_part: Option<String>,
    /// What is not known, in words.
    pub(super) unknown: Option<String>,
}

impl Needs {
    /// Takes one way.
    pub(super) fn of(way: Way) -> Self {
        Self {
            ways: Ways::of(&[way]),
            ..Self::default()
        }
    }

    /// Takes a sender.
    pub(super) fn sender(sender: Option<String>) -> Self {
        Self {
            sender,
            ..Self::of(Way::Sender)
        }
    }

    /// Takes a HELO name.
    pub(super) fn helo(helo: Option<String>) -> Self {
        Self {
            helo,
            ..Self::of(Way::Helo)
        }
    }

    /// Joins what two conditions take.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            ways: self.ways.with(other.ways),
            sender: self.sender.clone().or_else(|| other.sender.clone()),
            helo: self.helo.clone().or_else(|| other.helo.clone()),
            local_part: self.local_part.clone().or_else(|| other.local_part.clone()),
            unknown: self.unknown.clone().or_else(|| other.unknown.clone()),
        }
    }
}

/// What is known of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Truth {
    /// Whether it holds for the outsider; nothing where the files do not show it.
    pub(super) is: Option<bool>,
    /// What it is where it is not shown and nothing else is assumed; nothing where that depends on the verb.
    pub(super) guess: Option<bool>,
    /// What makes it hold where it does not: each of these alone does.
    makes: Vec<Needs>,
    /// What makes it not hold where it does.
    breaks: Vec<Needs>,
    /// What is not shown, in words.
    pub(super) unknown: Option<String>,
}

impl Truth {
    /// Knows it.
    pub(super) fn known(is: bool) -> Self {
        Self {
            is: Some(is),
            ..Self::default()
        }
    }

    /// Does not know it.
    pub(super) fn unknown(why: &str) -> Self {
        Self {
            unknown: Some(why.to_owned()),
            ..Self::default()
        }
    }

    /// Knows it, and what would turn it.
    pub(super) fn turned_by(is: bool, needs: Needs) -> Self {
        let (makes, breaks) = match is {
            true => (Vec::new(), vec![needs]),
            false => (vec![needs], Vec::new()),
        };
        Self {
            makes,
            breaks,
            ..Self::known(is)
        }
    }

    /// Takes a guess for what is not shown.
    pub(super) fn guessed(mut self, guess: bool) -> Self {
        if self.is.is_none() {
            self.guess = Some(guess);
        }
        self
    }

    /// Turns it round.
    pub(super) fn not(self) -> Self {
        Self {
            is: self.is.map(|is| !is),
            guess: self.guess.map(|guess| !guess),
            makes: self.breaks,
            breaks: self.makes,
            ..self
        }
    }

    /// Gives what it takes to make it `want`; nothing where that cannot be done with what is allowed. `otherwise` is
    /// what it is where nothing shows it.
    pub(super) fn under(&self, want: bool, allowed: Ways, otherwise: bool) -> Option<Needs> {
        if self.is.or(self.guess).unwrap_or(otherwise) == want {
            return Some(Needs::default());
        }
        let fit = self.costs(want).into_iter();
        fit.filter(|needs| needs.ways.within(allowed))
            .min_by_key(|needs| needs.ways.count())
    }

    /// Gives what it takes to make it `want` with everything allowed, each way by itself.
    fn costs(&self, want: bool) -> Vec<Needs> {
        let mut costs = match (self.is, want) {
            (Some(is), want) if is == want => return vec![Needs::default()],
            (_, true) => self.makes.clone(),
            (_, false) => self.breaks.clone(),
        };
        if self.is.is_none() {
            costs.push(Needs {
                unknown: self.unknown.clone(),
                ..Needs::of(Way::Unknown)
            });
        }
        costs
    }

    /// Joins by *and*.
    pub(super) fn and(self, other: Self) -> Self {
        Self::choose(self, other, Self::known(false))
    }

    /// Joins by *or*.
    pub(super) fn or(self, other: Self) -> Self {
        Self::choose(self, Self::known(true), other)
    }

    /// Gives one where the condition holds, else the other: the first match wins.
    pub(super) fn choose(condition: Self, yes: Self, no: Self) -> Self {
        let guess = |truth: &Self| truth.is.or(truth.guess);
        let is = match condition.is {
            Some(true) => yes.is,
            Some(false) => no.is,
            None if yes.is == no.is => yes.is,
            None => None,
        };
        let guess = match guess(&condition) {
            Some(true) => guess(&yes),
            Some(false) => guess(&no),
            None if guess(&yes) == guess(&no) => guess(&yes),
            None => None,
        };
        let costs = |want: bool| match is == Some(want) {
            true => Vec::new(),
            false => {
                let mut costs = both(&condition.costs(true), &yes.costs(want));
                costs.extend(both(&condition.costs(false), &no.costs(want)));
                cheapest(costs)
            }
        };
        let (makes, breaks) = (costs(true), costs(false));
        let unknown = match is {
            Some(_) => None,
            None => condition.unknown.or(yes.unknown).or(no.unknown),
        };
        Self {
            is,
            guess: is.or(guess),
            makes,
            breaks,
            unknown,
        }
    }
}

/// Pairs what two conditions take.
fn both(these: &[Needs], those: &[Needs]) -> Vec<Needs> {
    let pairs = these
        .iter()
        .flat_map(|one| those.iter().map(|other| one.and(other)));
    pairs.collect()
}

/// Keeps the few that ask for the least.
fn cheapest(mut costs: Vec<Needs>) -> Vec<Needs> {
    costs.sort_by_key(|needs| needs.ways.count());
    let mut kept: Vec<Needs> = Vec::new();
    for needs in costs {
        let covered = kept.iter().any(|known| known.ways.within(needs.ways));
        if !covered && kept.len() < MOST_TURNS {
            kept.push(needs);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(way: Way) -> Truth {
        Truth::turned_by(false, Needs::of(way))
    }

    #[test]
    fn combines_what_is_known() {
        let yes = || Truth::known(true);
        let no = || Truth::known(false);
        let unknown = || Truth::unknown("x");
        assert_eq!(yes().and(no()).is, Some(false));
        assert_eq!(no().and(unknown()).is, Some(false));
        assert_eq!(yes().and(unknown()).is, None);
        assert_eq!(yes().or(unknown()).is, Some(true));
        assert_eq!(no().or(unknown()).is, None);
        assert_eq!(unknown().not().is, None);
    }

    #[test]
    fn keeps_what_turns_a_condition() {
        let forged = Ways::under(Assume::Forged);
        let both = by(Way::Sender).and(by(Way::Helo));
        assert!(both.under(true, forged, false).is_some());
        assert!(both.under(true, Ways::of(&[Way::Helo]), false).is_none());
        let either = by(Way::Host).or(by(Way::Helo));
        assert!(either.under(true, Ways::of(&[Way::Helo]), false).is_some());
        assert!(either.under(true, Ways::of(&[Way::Host]), false).is_some());
        let never = by(Way::Sender).and(Truth::known(false));
        assert!(never.under(true, forged, false).is_none());
        assert!(by(Way::Sender).not().under(false, forged, true).is_some());
    }

    #[test]
    fn the_unknown_is_taken_as_the_question_has_it() {
        let unknown = Truth::unknown("a lookup");
        assert!(unknown.under(true, Ways::NONE, false).is_none());
        let needs = unknown.under(true, Ways::under(Assume::UnknownPermits), false);
        assert_eq!(
            needs.and_then(|needs| needs.unknown).as_deref(),
            Some("a lookup")
        );
        let either = by(Way::Helo).or(Truth::unknown("x"));
        assert!(either.under(true, Ways::of(&[Way::Helo]), false).is_some());
        assert!(either.under(true, Ways::NONE, false).is_none());
        let guessed = Truth::unknown("x").guessed(false).not();
        assert!(guessed.under(true, Ways::NONE, false).is_some());
    }
}
