//! How much of what a server said is kept for one target.
//!
//! In: one session's transcript after the other, with the tests in it that were accepted. Out: the same, where
//! the ration is used up with replies in short.
//!
//! Replies are read before they are cut: what they mean is never affected. What may prove a finding (how a
//! session was opened and a transaction that was accepted in it) has a share of its own, so that a server that
//! chatters first cannot talk its proof away. No honest server comes near either share.
//!
//! Limits: [`PROOF`] and [`REST`], and for every exchange beyond them two lines of [`SHORT`] bytes.

use crate::probe::transcript::{Exchange, Phase, Transcript};
use crate::smtp::Reply;

/// Bytes kept of dialogues that may prove something.
const PROOF: usize = 512 * 1024;

/// Bytes kept of all others.
const REST: usize = 256 * 1024;

/// Bytes kept of a line beyond them.
pub(in crate::probe) const SHORT: usize = 128;

/// Offers kept of an EHLO reply beyond them.
const MOST_OFFERS: usize = 16;

/// What a line takes up besides its bytes.
const LINE: usize = 64;

/// What is left for one target.
#[derive(Debug)]
pub(super) struct Ration {
    proof: usize,
    rest: usize,
}

impl Ration {
    /// Begins with everything left.
    pub(super) fn new() -> Self {
        Self {
            proof: PROOF,
            rest: REST,
        }
    }

    /// Cuts a transcript down to what is left; tells whether anything was cut.
    pub(super) fn apply(
        &mut self,
        transcript: &mut Transcript,
        accepted: impl Fn(usize) -> bool,
    ) -> bool {
        let tests = transcript.exchanges.iter().filter_map(|e| e.test);
        let proves = tests.into_iter().any(&accepted);
        let mut cut = false;
        for exchange in &mut transcript.exchanges {
            let proof = match exchange.test {
                Some(test) => accepted(test),
                None => proves && opens(exchange),
            };
            let share = if proof {
                &mut self.proof
            } else {
                &mut self.rest
            };
            cut |= serve(share, exchange);
        }
        if cut {
            for offers in [&mut transcript.clear, &mut transcript.encrypted] {
                offers
                    .iter_mut()
                    .for_each(|o| o.abridge(MOST_OFFERS, SHORT));
            }
        }
        cut
    }
}

/// Takes an exchange out of a share; where too little is left, its reply becomes short.
fn serve(share: &mut usize, exchange: &mut Exchange) -> bool {
    let Some(reply) = &mut exchange.reply else {
        return false;
    };
    match share.checked_sub(size(reply)) {
        Some(left) => {
            *share = left;
            false
        }
        None => {
            let short = reply.abridged(SHORT);
            let cut = short.left_out() > 0;
            *reply = short;
            cut
        }
    }
}

/// Gives what a reply takes up.
pub(in crate::probe) fn size(reply: &Reply) -> usize {
    reply.size() + reply.lines().len() * LINE
}

fn opens(exchange: &Exchange) -> bool {
    matches!(
        exchange.phase,
        Phase::Greeting | Phase::Hello | Phase::XClient | Phase::StartTls
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::transcript::{Ending, Part};
    use std::time::Duration;

    fn exchange(phase: Phase, test: Option<usize>, reply: &str) -> Exchange {
        Exchange {
            phase,
            part: Part::Session,
            test,
            sent: Vec::new(),
            sent_at: Duration::ZERO,
            reply: Reply::from_recorded(reply.as_bytes()),
            replied_at: Duration::ZERO,
            encrypted: false,
        }
    }

    fn transcript(exchanges: Vec<Exchange>) -> Transcript {
        Transcript {
            session: 1,
            begun: Duration::ZERO,
            exchanges,
            clear: None,
            encrypted: None,
            helo_only: false,
            tls: None,
            injected: 0,
            out_of_step: false,
            ending: Ending::Finished,
        }
    }

    fn left_out(transcript: &Transcript) -> Vec<usize> {
        let replies = transcript.exchanges.iter().flat_map(|e| &e.reply);
        replies.map(Reply::left_out).collect()
    }

    #[test]
    fn proof_stays_whole_when_the_rest_has_eaten_its_share() {
        let long = format!("250 {}", "x".repeat(996));
        let mut ration = Ration {
            proof: 4000,
            rest: 1500,
        };
        let mut first = transcript(vec![
            exchange(Phase::Hello, None, &long),
            exchange(Phase::Rcpt, Some(1), &long),
        ]);
        assert!(ration.apply(&mut first, |_| false));
        assert_eq!(left_out(&first), [0, 1000 - SHORT]);
        let mut second = transcript(vec![
            exchange(Phase::Hello, None, &long),
            exchange(Phase::Rcpt, Some(2), &long),
            exchange(Phase::Reset, None, &long),
            exchange(Phase::Rcpt, Some(3), &long),
            exchange(Phase::Quit, None, "221 bye"),
        ]);
        assert!(ration.apply(&mut second, |test| test == 3));
        let cut = 1000 - SHORT;
        assert_eq!(left_out(&second), [0, cut, cut, 0, 0]);
        // Even proof has an end.
        let mut third = transcript(vec![exchange(Phase::Rcpt, Some(4), &long); 3]);
        assert!(ration.apply(&mut third, |_| true));
        assert_eq!(left_out(&third), [0, cut, cut]);
    }

    #[test]
    fn says_nothing_was_cut_where_nothing_was() {
        let mut ration = Ration { proof: 0, rest: 0 };
        let mut short = transcript(vec![exchange(Phase::Rcpt, Some(1), "550 5.7.1 no")]);
        assert!(!ration.apply(&mut short, |_| false));
        assert_eq!(left_out(&short), [0]);
    }
}
