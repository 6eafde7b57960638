//! One form, filled, on one channel, and the reply that decided it.
//!
//! Deliberately does not judge what the reply means: that is [`crate::probe::judge`].

use crate::model::{Driven, TlsState};
use crate::probe::forms::AddressForm;
use crate::probe::judge::Stage;
use crate::probe::template::Filled;
use crate::probe::transcript::{Ending, Part, Phase, Transcript};
use crate::smtp::Reply;

/// What sets sessions apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// How the connection is protected.
    pub tls: TlsState,
    /// The EHLO argument, where the form chooses it.
    pub hello: Option<String>,
    /// XCLIENT attributes, where the form sends them.
    pub xclient: Option<String>,
}

/// The reply that decided a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Index of the transcript.
    pub transcript: usize,
    /// The stage it came at.
    pub stage: Answered,
    /// The reply.
    pub reply: Reply,
    /// How far the form was driven, if the recipient was taken.
    pub driven: Option<Driven>,
}

/// Where a test was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// At a stage replies are judged for.
    At(Stage),
    /// At XCLIENT: without the trust there was nothing to ask.
    XClient,
}

/// How it stands with a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// To be asked.
    Owed,
    /// Answered.
    Answered(Answer),
    /// Asked in vain, or beyond reach; why, in words.
    GivenUp(&'static str),
}

/// One form, filled, on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The form.
    pub form: &'static AddressForm,
    /// Its envelope.
    pub filled: Filled,
    /// The kind of session it belongs in.
    pub key: Key,
    /// The test whose acceptance this control measures by repeating it with another recipient; absent
    /// for probes and for controls that measure everything of their kind of session.
    pub measures: Option<usize>,
    /// How it stands.
    pub state: State,
    pub(super) attempts: u8,
}

/// Finds the reply that decided a test in a session.
pub(super) fn answer(transcript: &Transcript, index: usize, test: usize) -> Option<Answer> {
    let decided = |stage, reply: &Reply, driven| {
        Some(Answer {
            transcript: index,
            stage: Answered::At(stage),
            reply: reply.clone(),
            driven,
        })
    };
    let mut found: Option<Answer> = None;
    for exchange in transcript.of_test(test) {
        let Some(reply) = &exchange.reply else { break };
        if reply.code() == 421 {
            // The server hung up. What was learnt before stands: an accepted recipient stays one.
            break;
        }
        match (exchange.phase, exchange.part) {
            (Phase::Mail, Part::Transaction) if !reply.positive() => {
                return decided(Stage::Mail, reply, None);
            }
            (Phase::Rcpt, Part::Judged) => {
                let driven = reply.positive().then_some(Driven::Rcpt);
                found = decided(Stage::Rcpt, reply, driven);
            }
            (Phase::Data, _) if reply.code() == 354 => {
                if let Some(found) = &mut found {
                    found.driven = Some(Driven::Data);
                }
            }
            (Phase::Data, _) => found = decided(Stage::Data, reply, Some(Driven::Rcpt)),
            (Phase::Content, _) => {
                let driven = if reply.positive() {
                    Driven::Queued
                } else {
                    Driven::Data
                };
                found = decided(Stage::Eod, reply, Some(driven));
            }
            _ => {}
        }
    }
    // Where answers may belong to other questions, no acceptance is believed.
    found.filter(|answer| answer.driven.is_none() || !transcript.out_of_step)
}

/// Finds the refusal of what a test's session had to establish first: the EHLO name or the XCLIENT
/// attributes it came with.
pub(super) fn refused_condition(
    transcript: &Transcript,
    index: usize,
    key: &Key,
) -> Option<Answer> {
    let refused = |phase: Phase| {
        transcript
            .exchanges
            .iter()
            .rfind(|e| e.phase == phase)
            .and_then(|e| e.reply.clone())
            .filter(|reply| !reply.positive() && reply.code() != 421)
    };
    if key.xclient.is_some()
        && let Some(reply) = refused(Phase::XClient)
    {
        return Some(Answer {
            transcript: index,
            stage: Answered::XClient,
            reply,
            driven: None,
        });
    }
    if key.hello.is_some()
        && transcript.ending == Ending::Refused(Phase::Hello)
        && let Some(reply) = refused(Phase::Hello)
    {
        return Some(Answer {
            transcript: index,
            stage: Answered::At(Stage::Ehlo),
            reply,
            driven: None,
        });
    }
    None
}
