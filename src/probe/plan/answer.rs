//! The reply that decided a test, found in what was said and read once.
//!
//! In: a transcript and the number of a test. Out: the reply that decides, what it means by itself, and how
//! far the form was driven. A recipient that was taken and a message that was refused is neither
//! acceptance nor refusal.
//!
//! Deliberately does not weigh answers against each other: that is [`crate::probe::classify`].

use super::test::{Key, Test};
use crate::model::{Confidence, Driven, FormOutcome, Reason};
use crate::probe::forms::Premise;
use crate::probe::judge::{Stage, judge};
use crate::probe::transcript::{Ending, Part, Phase, Transcript};
use crate::smtp::Reply;

/// The reply that decided a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Index of the transcript.
    pub transcript: usize,
    /// The reply.
    pub reply: Reply,
    /// How far the form was driven, if the recipient was taken.
    pub driven: Option<Driven>,
    /// What the reply means by itself.
    pub reading: Reading,
}

/// What a reply means by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The outcome of the form.
    pub outcome: FormOutcome,
    /// Why; absent for plain acceptance.
    pub reason: Option<Reason>,
    /// How sure the reading is.
    pub confidence: Confidence,
}

impl Reading {
    /// The local recipient that a form begins with was refused: that the outside one was refused as well
    /// says nothing about what the form is for.
    const WITHOUT_PREMISE: Self = Self {
        outcome: FormOutcome::Inconclusive,
        reason: Some(Reason::RecipientRejected),
        confidence: Confidence::Firm,
    };

    /// Reads a reply at a stage.
    pub(super) fn at(stage: Stage, reply: &Reply, auth_offered: Option<bool>) -> Self {
        let judgement = judge(stage, reply, auth_offered);
        if matches!(stage, Stage::Data | Stage::Eod) && !reply.positive() {
            // The recipient was taken, the message refused; a request to come back says so itself.
            return Self {
                outcome: FormOutcome::Inconclusive,
                reason: Some(match judgement.reason() {
                    Some(Reason::Deferred) => Reason::Deferred,
                    _ => Reason::DataRejected,
                }),
                confidence: judgement.confidence,
            };
        }
        Self {
            outcome: judgement.outcome(),
            reason: judgement.reason(),
            confidence: judgement.confidence,
        }
    }

    /// Reads a refusal of XCLIENT: without the trust there was nothing to ask.
    fn of_xclient(reply: &Reply) -> Self {
        let unknown = (500..=504).contains(&reply.code());
        Self {
            outcome: FormOutcome::Rejected,
            reason: Some(if unknown {
                Reason::SyntaxRejected
            } else {
                Reason::PolicyRejected
            }),
            confidence: Confidence::Firm,
        }
    }
}

/// Tells whether a session has brought the acceptance of a test, as far as it can be believed.
pub(super) fn accepted(transcript: &Transcript, test: usize) -> bool {
    find(transcript, test).is_some_and(|(.., driven)| driven.is_some())
}

/// Gives the answer to a test in a session.
pub(super) fn answer(
    transcript: &Transcript,
    index: usize,
    number: usize,
    test: &Test,
) -> Option<Answer> {
    let auth_offered = transcript.auth_offered();
    if let Some((stage, reply, driven)) = find(transcript, number) {
        if driven.is_none()
            && test.form.premise == Premise::LocalTaken
            && let Some(reply) = local_refused(transcript, number)
        {
            return Some(Answer {
                transcript: index,
                reply: reply.clone(),
                driven: None,
                reading: Reading::WITHOUT_PREMISE,
            });
        }
        return Some(Answer {
            transcript: index,
            reading: Reading::at(stage, reply, auth_offered),
            reply: reply.clone(),
            driven,
        });
    }
    let (reply, reading) = refused_condition(transcript, &test.key)?;
    Some(Answer {
        transcript: index,
        reply: reply.clone(),
        driven: None,
        reading,
    })
}

/// Finds the reply that decided a test in a session.
fn find(transcript: &Transcript, test: usize) -> Option<(Stage, &Reply, Option<Driven>)> {
    let mut found = None;
    for exchange in transcript.of_test(test) {
        let Some(reply) = &exchange.reply else { break };
        if reply.code() == 421 {
            // The server hung up. What was learnt before stands: an accepted recipient stays one.
            break;
        }
        match (exchange.phase, exchange.part) {
            (Phase::Mail, Part::Transaction) if !reply.positive() => {
                return Some((Stage::Mail, reply, None));
            }
            (Phase::Rcpt, Part::Judged) => {
                let driven = reply.positive().then_some(Driven::Rcpt);
                found = Some((Stage::Rcpt, reply, driven));
            }
            (Phase::Data, _) if reply.code() == 354 => {
                if let Some((.., driven)) = &mut found {
                    *driven = Some(Driven::Data);
                }
            }
            (Phase::Data, _) => found = Some((Stage::Data, reply, Some(Driven::Rcpt))),
            (Phase::Content, _) => {
                let driven = if reply.positive() {
                    Driven::Queued
                } else {
                    Driven::Data
                };
                found = Some((Stage::Eod, reply, Some(driven)));
            }
            _ => {}
        }
    }
    // Where answers may belong to other questions, no acceptance is believed.
    found.filter(|(.., driven)| driven.is_none() || !transcript.out_of_step)
}

/// Finds the refusal of the local sender or recipient that a test begins with.
fn local_refused(transcript: &Transcript, test: usize) -> Option<&Reply> {
    transcript
        .of_test(test)
        .take_while(|e| e.part != Part::Judged)
        .filter_map(|e| e.reply.as_ref())
        .find(|reply| !reply.positive())
}

/// Finds the refusal of what a test's session had to establish first: the EHLO name or the XCLIENT
/// attributes it came with.
fn refused_condition<'a>(transcript: &'a Transcript, key: &Key) -> Option<(&'a Reply, Reading)> {
    let refused = |phase: Phase| {
        let last = transcript.exchanges.iter().rfind(|e| e.phase == phase);
        let reply = last.and_then(|e| e.reply.as_ref());
        reply.filter(|reply| !reply.positive() && reply.code() != 421)
    };
    if key.xclient.is_some()
        && let Some(reply) = refused(Phase::XClient)
    {
        return Some((reply, Reading::of_xclient(reply)));
    }
    if key.hello.is_some()
        && transcript.ending == Ending::Refused(Phase::Hello)
        && let Some(reply) = refused(Phase::Hello)
    {
        let auth_offered = transcript.auth_offered();
        return Some((reply, Reading::at(Stage::Ehlo, reply, auth_offered)));
    }
    None
}
