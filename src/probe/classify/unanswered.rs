//! Why the plain form was not answered, read from how the sessions ended.

use super::Conclusion;
use crate::model::{FormOutcome, FormResult, Reason, Untrusted};
use crate::probe::judge::{Stage, judge};
use crate::probe::plan::Plan;
use crate::probe::transcript::{Ending, Phase, TlsTrouble, Transcript};

/// Concludes where the plain form stayed without an answer that decides.
pub(super) fn conclude(plan: &Plan, plain: Option<&FormResult>) -> Conclusion {
    let ended = by_ending(plan);
    if plain.is_some_and(|form| form.outcome == FormOutcome::TlsRequired) {
        // It was answered: with the wish for TLS. How TLS went is the note.
        return Conclusion::inconclusive(Reason::TlsRequired, ended.note);
    }
    ended
}

fn by_ending(plan: &Plan) -> Conclusion {
    let Some(transcript) = plan.transcripts().last() else {
        return Conclusion::unreachable(Reason::Unrecognised, None);
    };
    let talked = plan.transcripts().iter().any(|t| t.greeting().is_some());
    let spoken = |reason, note| {
        if talked {
            Conclusion::inconclusive(reason, note)
        } else {
            Conclusion::unreachable(reason, note)
        }
    };
    let at = |what: &str, phase: Phase| Some(format!("{what} {}", phase.describe()));
    match &transcript.ending {
        Ending::Refused(phase) | Ending::Shutdown(phase) => refused(transcript, *phase),
        Ending::Closed(phase) => spoken(
            Reason::Disconnected,
            at("the server closed the connection", *phase),
        ),
        Ending::TimedOut(phase) => spoken(Reason::Timeout, at("no reply in time", *phase)),
        Ending::OutOfTime(phase) => spoken(
            Reason::Timeout,
            at("the time for this target was up", *phase),
        ),
        Ending::NotSmtp(phase, first) => {
            let said = Untrusted::from(&first[..first.len().min(120)]).printable();
            let reason = if *phase == Phase::Greeting {
                Reason::NotSmtp
            } else {
                Reason::ProtocolError
            };
            spoken(
                reason,
                Some(format!(
                    "what came {} is no SMTP reply: {said}",
                    phase.describe()
                )),
            )
        }
        Ending::Endless(phase, _) => {
            spoken(Reason::ProtocolError, at("a reply without end", *phase))
        }
        Ending::OutOfStep(phase, _) => spoken(
            Reason::ProtocolError,
            at("the server said more than it was asked", *phase),
        ),
        Ending::TlsFailed(trouble, why) => {
            let note = match trouble {
                TlsTrouble::TooOld => {
                    format!("the server's TLS is too old for this build of relaycheck: {why}")
                }
                TlsTrouble::Other => format!("the TLS handshake failed: {why}"),
            };
            spoken(Reason::TlsFailure, Some(note))
        }
        Ending::NotOffered => spoken(
            Reason::TlsRequired,
            Some("TLS is demanded, but STARTTLS is not offered".to_owned()),
        ),
        Ending::Finished | Ending::BudgetSpent if transcript.out_of_step => {
            Conclusion::inconclusive(
                Reason::ProtocolError,
                Some("answers came out of step with the questions".to_owned()),
            )
        }
        Ending::Finished | Ending::BudgetSpent | Ending::DroppedAfterData => {
            Conclusion::inconclusive(Reason::Unrecognised, None)
        }
    }
}

fn refused(transcript: &Transcript, phase: Phase) -> Conclusion {
    let stage = match phase {
        Phase::Greeting => Stage::Banner,
        Phase::Hello => Stage::Ehlo,
        Phase::StartTls => Stage::StartTls,
        Phase::Mail => Stage::Mail,
        Phase::Data => Stage::Data,
        Phase::Content => Stage::Eod,
        _ => Stage::Rcpt,
    };
    let mut replies = transcript.exchanges.iter().rev();
    let Some(reply) = replies.find_map(|e| e.reply.as_ref().filter(|r| !r.positive())) else {
        return Conclusion::inconclusive(Reason::Disconnected, None);
    };
    let judgement = judge(stage, reply, transcript.auth_offered());
    let reason = match judgement.reason() {
        // A refusal of the whole session is never a refusal to relay.
        Some(Reason::RelayDenied | Reason::RecipientRejected) | None => Reason::PolicyRejected,
        Some(reason) => reason,
    };
    let said = Untrusted::from(reply.text()).printable();
    Conclusion {
        confidence: judgement.confidence,
        ..Conclusion::inconclusive(
            reason,
            Some(format!(
                "the server refused {}: {} {said}",
                phase.describe(),
                reply.code()
            )),
        )
    }
}
