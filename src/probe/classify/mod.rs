//! From everything that was said to one verdict.
//!
//! In: a finished [`Plan`] and the two ends of the connection. Out: an [`Outcome`] without findings.
//! The story: each answer was read by itself when it came, acceptance is weighed against the controls
//! (`weigh`), and where nothing was answered the endings of the sessions say why
//! (`unanswered`). What the server said about itself is gathered in `facts`.
//!
//! Not tested is never clean: what was planned and not answered stays in the coverage, and what was
//! accepted without meaning anything counts as unclear.
//!
//! References: RFC 5321 4.2 (replies), 4.5.1 (postmaster).

mod facts;
mod unanswered;
mod weigh;

pub(super) use weigh::plain_refused;

use super::forms::AddressForm;
use super::plan::{Plan, State, Test, ration};
use super::transcript::{Exchange, Phase};
use crate::model::{
    Confidence, Coverage, FormOutcome, FormResult, Outcome, Reason, ReplySeen, Role, Standing,
    Target, TlsState, Untrusted, Verdict, WireLine,
};
use crate::smtp::Reply;
use std::net::IpAddr;
use std::time::Duration;

/// The ends of the connection and the time it all took.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// Our own end; absent if no connection was made or a proxy stands between, so that our own end
    /// says nothing.
    pub local: Option<IpAddr>,
    /// The target's end.
    pub peer: IpAddr,
    /// How the plan came to its end.
    pub run: Run,
    /// From the first connection to the last byte.
    pub elapsed: Duration,
}

/// How a plan came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// By itself.
    Finished,
    /// The run was stopped before the plan was done.
    Interrupted,
}

/// One test with what it showed.
struct Row<'a> {
    index: usize,
    test: &'a Test,
    result: FormResult,
    weight: weigh::Weight,
}

/// Bytes of openings that all dialogues of an outcome together show whole.
const MOST_OPENINGS: usize = 512 * 1024;

/// What all rows together say.
struct Conclusion {
    verdict: Verdict,
    reason: Option<Reason>,
    confidence: Confidence,
    note: Option<String>,
}

impl Conclusion {
    fn inconclusive(reason: Reason, note: Option<String>) -> Self {
        Self {
            verdict: Verdict::Inconclusive,
            reason: Some(reason),
            confidence: Confidence::Firm,
            note,
        }
    }

    fn unreachable(reason: Reason, note: Option<String>) -> Self {
        Self {
            verdict: Verdict::Unreachable,
            ..Self::inconclusive(reason, note)
        }
    }
}

/// Concludes an audit.
pub fn conclude(plan: &Plan, target: Target, around: &Circumstances) -> Outcome {
    let mut room = MOST_OPENINGS;
    let mut rows: Vec<Row<'_>> = plan
        .tests()
        .iter()
        .enumerate()
        .map(|(index, test)| Row {
            index,
            test,
            result: result(plan, index, test, &mut room),
            weight: weigh::Weight::None,
        })
        .collect();
    let mut caveats = weigh::weigh(&mut rows);
    let mut conclusion = weigh::conclude(&rows)
        .unwrap_or_else(|| unanswered::conclude(plan, plain(&rows).map(|row| &row.result)));
    if around.run == Run::Interrupted && conclusion.verdict != Verdict::RelayAccepting {
        conclusion = Conclusion::inconclusive(Reason::Interrupted, conclusion.note);
    }
    let mut coverage = coverage(&rows);
    if coverage.undecided > 0 && conclusion.verdict != Verdict::RelayAccepting {
        // What was refused was refused; whether all would be is less than firm.
        conclusion.confidence = Confidence::Weak;
    }
    let unfilled: Vec<FormResult> = plan.unfilled().map(unfilled).collect();
    coverage.planned += unfilled.len();
    let server = facts::server(plan, around.peer);
    facts::caveats(plan, &rows, &conclusion, &server, around, &mut caveats);
    let evidence = weigh::driven(&rows);
    let mut forms: Vec<FormResult> = rows.into_iter().map(|row| row.result).collect();
    forms.extend(unfilled);
    Outcome {
        place: (0, 0),
        tls: facts::protection(plan),
        verdict: conclusion.verdict,
        reason: conclusion.reason,
        note: conclusion.note,
        evidence,
        confidence: conclusion.confidence,
        caveats,
        server,
        coverage,
        forms,
        findings: Vec::new(),
        transcript: None,
        sessions: u32::try_from(plan.transcripts().len()).unwrap_or(u32::MAX),
        retried: None,
        elapsed: around.elapsed,
        baseline: None,
        target,
    }
}

/// Reads one test's answer.
fn result(plan: &Plan, index: usize, test: &Test, room: &mut usize) -> FormResult {
    let mut result = FormResult {
        form: test.form.id,
        role: test.form.role(),
        mail_from: Untrusted::from(test.filled.sender.as_slice()),
        rcpt_to: Untrusted::from(test.filled.recipients[test.filled.judged].as_slice()),
        helo: test.key.hello.clone(),
        encrypted: test.key.tls != TlsState::None,
        outcome: FormOutcome::Untested,
        reason: None,
        confidence: Confidence::Weak,
        driven: None,
        reply: None,
        session: None,
        why_untested: None,
        dialogue: Vec::new(),
    };
    let answer = match &test.state {
        State::Answered(answer) => answer,
        State::GivenUp(why) => {
            result.why_untested = Some(why);
            return result;
        }
        State::Owed => {
            result.why_untested = Some(plan.why_unasked());
            return result;
        }
    };
    let transcript = &plan.transcripts()[answer.transcript];
    let reading = answer.reading;
    result.outcome = reading.outcome;
    result.reason = reading.reason;
    result.confidence = reading.confidence;
    result.driven = answer.driven;
    result.reply = Some(seen(&answer.reply));
    result.session = Some(transcript.session);
    if answer.driven.is_some() && test.form.role() == Role::Probe {
        result.dialogue = dialogue(plan, answer.transcript, index, room);
    }
    result
}

/// Makes the result of a form that came to no test: its templates stand for the envelope.
fn unfilled((form, why): (&'static AddressForm, &'static str)) -> FormResult {
    FormResult {
        form: form.id,
        role: form.role(),
        mail_from: Untrusted::from(form.sender),
        rcpt_to: Untrusted::from(form.recipients[form.judged]),
        helo: form.hello.map(str::to_owned),
        encrypted: false,
        outcome: FormOutcome::Untested,
        reason: None,
        confidence: Confidence::Weak,
        driven: None,
        reply: None,
        session: None,
        why_untested: Some(why),
        dialogue: Vec::new(),
    }
}

/// Gives the lines a person needs to see a form being accepted: how the session was opened and the
/// transaction itself. The opening is shown with every form of its session, which a server that says much
/// there must not multiply: where the room for it is used up, it is shown in short.
fn dialogue(plan: &Plan, index: usize, test: usize, room: &mut usize) -> Vec<WireLine> {
    let transcript = &plan.transcripts()[index];
    let opens = |e: &Exchange| matches!(e.phase, Phase::Hello | Phase::XClient | Phase::StartTls);
    let opening = || transcript.exchanges.iter().filter(|e| opens(e));
    let needed = opening().flat_map(|e| &e.reply).map(ration::size).sum();
    let whole = room.checked_sub(needed);
    *room = whole.unwrap_or(*room);
    let shown = transcript.exchanges.iter();
    let shown = shown.filter(|e| e.test == Some(test) || opens(e));
    if whole.is_some() {
        return transcript.lines(shown);
    }
    let short: Vec<Exchange> = shown
        .map(|exchange| Exchange {
            reply: match &exchange.reply {
                Some(reply) if opens(exchange) => Some(reply.abridged(ration::SHORT)),
                reply => reply.clone(),
            },
            ..exchange.clone()
        })
        .collect();
    transcript.lines(short.iter())
}

fn seen(reply: &Reply) -> ReplySeen {
    ReplySeen {
        code: reply.code(),
        enhanced: reply.enhanced().map(|code| code.to_string()),
        text: Untrusted::from(reply.text()),
    }
}

/// Picks the answer to the plain form: the one inside TLS where the one in the clear asked for it.
fn plain<'a, 'b>(rows: &'a [Row<'b>]) -> Option<&'a Row<'b>> {
    let plain = || rows.iter().filter(|row| row.test.form.is_plain());
    let open = [FormOutcome::TlsRequired, FormOutcome::Untested];
    plain()
        .find(|row| !open.contains(&row.result.outcome))
        .or_else(|| plain().next())
}

/// Counts what was answered. A test refused for want of TLS that was asked again inside TLS is
/// counted there only.
fn coverage(rows: &[Row<'_>]) -> Coverage {
    let mut coverage = Coverage::default();
    let again_inside_tls = |row: &Row<'_>| {
        rows.iter().any(|other| {
            other.test.key.tls == TlsState::StartTls
                && other.test.form.id == row.test.form.id
                && other.test.filled == row.test.filled
        })
    };
    for row in rows {
        if row.result.outcome == FormOutcome::TlsRequired
            && !row.result.encrypted
            && again_inside_tls(row)
        {
            continue;
        }
        coverage.planned += 1;
        let probe = row.result.role == Role::Probe;
        match row.result.standing() {
            Standing::Untested => {}
            Standing::Decided => coverage.tested += 1,
            Standing::Unclear => coverage.unclear += 1,
            Standing::Undecided => {
                coverage.unclear += 1;
                coverage.undecided += usize::from(probe);
            }
        }
    }
    coverage
}
