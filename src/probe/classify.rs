//! From everything that was said to one verdict.
//!
//! In: a finished [`Plan`] and the two ends of the connection. Out: an [`Outcome`] without findings.
//!
//! Acceptance is weighed against the controls of the same kind of session:
//!
//! | unknown local user | reserved domain | a plain form accepted means |
//! | --- | --- | --- |
//! | refused | any | relay, firm: the server tells users apart and still takes outsiders |
//! | accepted | refused | relay, firm: it looks at outside domains, which a sink does not |
//! | accepted | accepted | nothing: it takes everything (`accept-all`) |
//! | undecided | refused | relay, firm |
//! | undecided | accepted or undecided | relay, weak, with the caveat `controls-undecided` |
//!
//! A form that plays a trick on the local part (percent, bang, quoting, ...) counts only where an
//! unknown local user is refused: to a catch-all such an address is just another user (JdeBP, "Those
//! open relay tests are wrong"). If a second, unrelated outside domain is refused as relaying while
//! the first is taken, the first is most likely served there: `recipient-served`, no verdict.
//!
//! Not tested is never clean: what was planned and not answered stays in the coverage.
//!
//! References: contract of verdicts in the README; RFC 5321 4.5.1 (postmaster), RFC 2606 (.invalid).

use super::forms::{Family, LocalPart};
use super::judge::{Stage, judge, judge_unusable};
use super::plan::{Answer, Answered, Plan, State, Test};
use super::product;
use super::transcript::{Ending, Exchange, Phase, TlsTrouble, Transcript};
use super::vantage;
use crate::model::{
    Caveat, Confidence, Coverage, Driven, FormOutcome, FormResult, Outcome, Reason, ReplySeen,
    Role, ServerFacts, Target, TlsState, Untrusted, Verdict,
};
use crate::smtp::{Extensions, Reply};
use std::net::IpAddr;
use std::time::Duration;

/// The ends of the connection and the time it all took.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// Our own end, if a connection was made.
    pub local: Option<IpAddr>,
    /// The target's end.
    pub peer: IpAddr,
    /// Whether a proxy or a relay of ours stands between, so that our own end says nothing.
    pub proxied: bool,
    /// Whether the run was stopped before the plan was done.
    pub interrupted: bool,
    /// From the first connection to the last byte.
    pub elapsed: Duration,
}

/// Concludes an audit.
pub fn conclude(plan: &Plan, target: Target, around: &Circumstances) -> Outcome {
    let forms: Vec<FormResult> = plan
        .tests()
        .iter()
        .filter(|test| test.state != State::Spare)
        .map(|test| result(plan, test))
        .collect();
    let mut weighed = weigh(plan, &forms);
    if around.interrupted && weighed.verdict != Verdict::RelayAccepting {
        weighed.verdict = Verdict::Inconclusive;
        weighed.reason = Some(Reason::Interrupted);
    }
    let mut forms = forms;
    for (form, weight) in forms.iter_mut().zip(&weighed.weights) {
        weight.apply(form);
    }
    let server = server_facts(plan, around);
    let caveats = caveats(plan, &weighed, &server, around);
    Outcome {
        tls: protection(plan),
        verdict: weighed.verdict,
        reason: weighed.reason,
        note: weighed.note,
        evidence: weighed.driven,
        confidence: weighed.confidence,
        caveats,
        server,
        coverage: coverage(&forms),
        forms,
        findings: Vec::new(),
        transcript: None,
        sessions: u32::try_from(plan.transcripts().len()).unwrap_or(u32::MAX),
        elapsed: around.elapsed,
        target,
    }
}

/// Reads one test's answer.
fn result(plan: &Plan, test: &Test) -> FormResult {
    let mut result = FormResult {
        form: test.form.id,
        role: test.form.role,
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
        dialogue: Vec::new(),
    };
    let State::Answered(answer) = &test.state else {
        return result;
    };
    let transcript = &plan.transcripts()[answer.transcript];
    let (outcome, reason, confidence) = read(answer, transcript);
    result.outcome = outcome;
    result.reason = reason;
    result.confidence = confidence;
    result.driven = answer.driven;
    result.reply = Some(seen(&answer.reply));
    result.session = Some(transcript.session);
    if answer.driven.is_some() && test.form.role == Role::Probe {
        let index = plan
            .tests()
            .iter()
            .position(|t| std::ptr::eq(t, test))
            .unwrap_or_default();
        result.dialogue = dialogue(plan, answer.transcript, index);
    }
    result
}

/// Gives the lines a person needs to see a form being accepted: how the session was opened and the
/// transaction itself.
fn dialogue(plan: &Plan, index: usize, test: usize) -> Vec<crate::model::WireLine> {
    let transcript = &plan.transcripts()[index];
    let opening = |e: &&Exchange| {
        e.test == Some(test) || matches!(e.phase, Phase::Hello | Phase::XClient | Phase::StartTls)
    };
    transcript.lines(
        transcript.exchanges.iter().filter(opening),
        plan.begun(index),
    )
}

fn read(answer: &Answer, transcript: &Transcript) -> (FormOutcome, Option<Reason>, Confidence) {
    let stage = match answer.stage {
        Answered::At(stage) => stage,
        Answered::XClient => {
            let reason = if (500..=504).contains(&answer.reply.code()) {
                Reason::SyntaxRejected
            } else {
                Reason::PolicyRejected
            };
            return (FormOutcome::Rejected, Some(reason), Confidence::Firm);
        }
    };
    let judgement = judge(stage, &answer.reply, transcript.auth_offered());
    if matches!(stage, Stage::Data | Stage::Eod) && !answer.reply.positive() {
        // The recipient was taken, the message refused; a request to come back says so itself.
        let reason = match judgement.reason() {
            Some(Reason::Deferred) => Reason::Deferred,
            _ => Reason::DataRejected,
        };
        return (
            FormOutcome::Inconclusive,
            Some(reason),
            judgement.confidence,
        );
    }
    (
        judgement.outcome(),
        judgement.reason(),
        judgement.confidence,
    )
}

fn seen(reply: &Reply) -> ReplySeen {
    ReplySeen {
        code: reply.code(),
        enhanced: reply.enhanced().map(|code| code.to_string()),
        text: Untrusted::from(reply.text()),
    }
}

/// What an acceptance turned out to be worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Not accepted, or a control: nothing to weigh.
    None,
    /// A relay.
    Counts(Confidence),
    /// The controls take the meaning out of it.
    Means(Reason),
}

impl Weight {
    fn apply(self, form: &mut FormResult) {
        match self {
            Self::None => {}
            Self::Counts(confidence) => form.confidence = confidence,
            Self::Means(reason) => {
                form.reason = Some(reason);
                form.confidence = Confidence::Weak;
            }
        }
    }
}

struct Weighed {
    verdict: Verdict,
    reason: Option<Reason>,
    note: Option<String>,
    driven: Option<Driven>,
    confidence: Confidence,
    weights: Vec<Weight>,
    caveats: Vec<Caveat>,
}

/// What a control says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Accepted,
    Refused(Option<Reason>),
    Undecided,
}

fn weigh(plan: &Plan, forms: &[FormResult]) -> Weighed {
    let tests: Vec<&Test> = plan
        .tests()
        .iter()
        .filter(|test| test.state != State::Spare)
        .collect();
    let mut weights = Vec::with_capacity(forms.len());
    let mut caveats = Vec::new();
    for (test, form) in tests.iter().zip(forms) {
        weights.push(weight(&tests, forms, test, form, &mut caveats));
    }
    let counts = |wanted: fn(&Weight) -> bool| {
        let found = weights.iter().zip(forms).zip(&tests);
        found
            .filter(|((weight, _), test)| wanted(weight) && test.form.family != Family::Subdomain)
            .map(|((weight, form), _)| (*weight, form))
            .collect::<Vec<_>>()
    };
    let relays = counts(|w| matches!(w, Weight::Counts(_)));
    if !relays.is_empty() {
        let driven = relays.iter().filter_map(|(_, form)| form.driven).max();
        let confidence = relays
            .iter()
            .map(|(_, form)| match form.driven {
                _ if form.outcome != FormOutcome::Accepted => Confidence::Weak,
                _ => weight_confidence(&weights, forms, form),
            })
            .max()
            .unwrap_or(Confidence::Weak);
        return Weighed {
            verdict: Verdict::RelayAccepting,
            reason: None,
            note: None,
            driven,
            confidence,
            weights,
            caveats,
        };
    }
    let (verdict, reason, confidence, note) = without_relay(plan, &tests, forms, &weights);
    if reason == Some(Reason::RecipientRejected) && verdict == Verdict::Inconclusive {
        caveats.push(Caveat::DomainUnverified);
    }
    Weighed {
        verdict,
        reason: Some(reason.unwrap_or(Reason::Unrecognised)),
        note,
        driven: None,
        confidence,
        weights,
        caveats,
    }
}

fn weight_confidence(weights: &[Weight], forms: &[FormResult], form: &FormResult) -> Confidence {
    let at = forms.iter().position(|f| std::ptr::eq(f, form));
    match at.map(|at| weights[at]) {
        Some(Weight::Counts(confidence)) => confidence,
        _ => Confidence::Weak,
    }
}

/// Weighs one form against the controls of its kind of session.
fn weight(
    tests: &[&Test],
    forms: &[FormResult],
    test: &Test,
    form: &FormResult,
    caveats: &mut Vec<Caveat>,
) -> Weight {
    if form.role == Role::Control || form.outcome != FormOutcome::Accepted {
        return Weight::None;
    }
    let control = |ids: &[&str]| {
        let mut said = Control::Undecided;
        for (other, result) in tests.iter().zip(forms) {
            if !ids.contains(&other.form.id) || other.key != test.key {
                continue;
            }
            match (result.outcome, said) {
                (FormOutcome::Accepted, _) => return Control::Accepted,
                (FormOutcome::Rejected | FormOutcome::AuthRequired, Control::Undecided) => {
                    said = Control::Refused(result.reason);
                }
                // "No such domain": a refusal of this control, whatever it would be of a probe.
                (FormOutcome::Inconclusive, Control::Undecided)
                    if matches!(
                        result.reason,
                        Some(Reason::RecipientRejected | Reason::PolicyRejected)
                    ) =>
                {
                    said = Control::Refused(result.reason);
                }
                _ => {}
            }
        }
        said
    };
    let unknown = match control(&["control-unknown-user"]) {
        Control::Undecided => control(&["control-unknown-user-literal"]),
        said => said,
    };
    let reserved = control(&["control-reserved-domain"]);
    let second = control(&["control-second-domain"]);
    if test.form.local_part == LocalPart::Trick {
        return match unknown {
            Control::Refused(_) => Weight::Counts(Confidence::Firm),
            Control::Accepted | Control::Undecided => Weight::Means(Reason::AcceptAll),
        };
    }
    if let Control::Refused(Some(Reason::RelayDenied | Reason::AuthRequired)) = second {
        note(caveats, Caveat::RecipientServed);
        return Weight::Means(Reason::RelayDenied);
    }
    match (unknown, reserved) {
        (Control::Accepted, Control::Accepted) => Weight::Means(Reason::AcceptAll),
        (Control::Refused(_), _) | (_, Control::Refused(_)) => Weight::Counts(Confidence::Firm),
        _ => {
            note(caveats, Caveat::ControlsUndecided);
            Weight::Counts(Confidence::Weak)
        }
    }
}

fn note(caveats: &mut Vec<Caveat>, caveat: Caveat) {
    if !caveats.contains(&caveat) {
        caveats.push(caveat);
    }
}

type Conclusion = (Verdict, Option<Reason>, Confidence, Option<String>);

/// Concludes where nothing counts as relaying.
fn without_relay(
    plan: &Plan,
    tests: &[&Test],
    forms: &[FormResult],
    weights: &[Weight],
) -> Conclusion {
    let inconclusive = |reason| (Verdict::Inconclusive, Some(reason), Confidence::Firm, None);
    let plain = plain(tests, forms);
    // Only what was accepted for the plain recipient is worth doubt: a trick accepted by a catch-all
    // is what a catch-all does.
    let hollow = tests
        .iter()
        .zip(weights)
        .find_map(|(test, weight)| match weight {
            Weight::Means(reason) if test.form.local_part == LocalPart::Plain => Some(*reason),
            _ => None,
        });
    if let Some(reason) = hollow {
        return inconclusive(reason);
    }
    if forms
        .iter()
        .any(|f| f.role == Role::Probe && f.reason == Some(Reason::DataRejected))
    {
        return inconclusive(Reason::DataRejected);
    }
    let Some(plain) = plain.filter(|form| form.outcome != FormOutcome::Untested) else {
        return unanswered(plan);
    };
    let reason = plain.reason.unwrap_or(Reason::Unrecognised);
    match plain.outcome {
        FormOutcome::Rejected => (Verdict::Rejecting, Some(reason), plain.confidence, None),
        FormOutcome::AuthRequired => (
            Verdict::AuthRequired,
            Some(Reason::AuthRequired),
            plain.confidence,
            None,
        ),
        FormOutcome::TlsRequired => {
            let (.., note) = unanswered(plan);
            (
                Verdict::Inconclusive,
                Some(Reason::TlsRequired),
                Confidence::Firm,
                note,
            )
        }
        _ => (Verdict::Inconclusive, Some(reason), plain.confidence, None),
    }
}

/// Picks the answer to the plain form: the one inside TLS where the one in the clear asked for it.
/// Where the user's choice of forms holds no plain one, the first probe stands for it.
fn plain<'a>(tests: &[&Test], forms: &'a [FormResult]) -> Option<&'a FormResult> {
    let chosen = |id: Option<&str>| {
        let candidates: Vec<&FormResult> = tests
            .iter()
            .zip(forms)
            .filter(|(test, form)| {
                form.role == Role::Probe && id.is_none_or(|id| test.form.id == id)
            })
            .map(|(_, form)| form)
            .collect();
        candidates
            .iter()
            .find(|form| {
                !matches!(
                    form.outcome,
                    FormOutcome::TlsRequired | FormOutcome::Untested
                )
            })
            .or_else(|| candidates.first())
            .copied()
    };
    chosen(Some("plain")).or_else(|| chosen(None))
}

/// Says why there was no answer to the plain form, from how the sessions ended.
fn unanswered(plan: &Plan) -> Conclusion {
    let unreachable = |reason, note| (Verdict::Unreachable, Some(reason), Confidence::Firm, note);
    let inconclusive = |reason, note| (Verdict::Inconclusive, Some(reason), Confidence::Firm, note);
    let Some(transcript) = plan.transcripts().last() else {
        return unreachable(Reason::Unrecognised, None);
    };
    let talked = plan.transcripts().iter().any(|t| t.greeting().is_some());
    let spoken = |reason, note| {
        if talked {
            inconclusive(reason, note)
        } else {
            unreachable(reason, note)
        }
    };
    let at = |what: &str, phase: Phase| Some(format!("{what} {}", phase.describe()));
    match &transcript.ending {
        Ending::Refused(phase) => refused(transcript, *phase),
        Ending::Shutdown(phase) => refused(transcript, *phase),
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
                judge_unusable(Stage::Banner, first).reason()
            } else {
                Some(Reason::ProtocolError)
            };
            spoken(
                reason.unwrap_or(Reason::NotSmtp),
                Some(format!(
                    "what came {} is no SMTP reply: {said}",
                    phase.describe()
                )),
            )
        }
        Ending::Endless(phase, _) => {
            spoken(Reason::ProtocolError, at("a reply without end", *phase))
        }
        Ending::TlsFailed(trouble, why) => {
            let note = match trouble {
                TlsTrouble::TooOld => {
                    format!("the server's TLS is too old for this build of relaycheck: {why}")
                }
                TlsTrouble::Other => why.clone(),
            };
            spoken(Reason::TlsFailure, Some(note))
        }
        Ending::NotOffered => spoken(
            Reason::TlsRequired,
            Some("TLS is demanded, but STARTTLS is not offered".to_owned()),
        ),
        Ending::Finished | Ending::BudgetSpent | Ending::DroppedAfterData => {
            inconclusive(Reason::Unrecognised, None)
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
    let reply = transcript
        .exchanges
        .iter()
        .rev()
        .find_map(|e| e.reply.as_ref());
    let Some(reply) = reply else {
        return (
            Verdict::Inconclusive,
            Some(Reason::Disconnected),
            Confidence::Firm,
            None,
        );
    };
    let judgement = judge(stage, reply, transcript.auth_offered());
    let reason = match judgement.reason() {
        // A refusal of the whole session is never a refusal to relay.
        Some(Reason::RelayDenied | Reason::RecipientRejected) | None => Reason::PolicyRejected,
        Some(reason) => reason,
    };
    let said = Untrusted::from(reply.text()).printable();
    (
        Verdict::Inconclusive,
        Some(reason),
        judgement.confidence,
        Some(format!(
            "the server refused {}: {} {said}",
            phase.describe(),
            reply.code()
        )),
    )
}

fn coverage(forms: &[FormResult]) -> Coverage {
    let mut coverage = Coverage {
        planned: forms.len(),
        ..Coverage::default()
    };
    for form in forms {
        match form.outcome {
            FormOutcome::Accepted | FormOutcome::Rejected | FormOutcome::AuthRequired => {
                coverage.tested += 1;
            }
            FormOutcome::Untested => {}
            _ => coverage.unclear += 1,
        }
    }
    coverage
}

fn protection(plan: &Plan) -> TlsState {
    let best = plan.transcripts().iter().filter(|t| t.tls.is_some());
    match best.last() {
        None => TlsState::None,
        Some(_) if plan.implicit() => TlsState::Implicit,
        Some(_) => TlsState::StartTls,
    }
}

fn server_facts(plan: &Plan, around: &Circumstances) -> ServerFacts {
    let transcripts = plan.transcripts();
    let first = |pick: fn(&Transcript) -> Option<&Extensions>| transcripts.iter().find_map(pick);
    let clear = first(|t| t.clear.as_ref());
    let offers = clear.or_else(|| first(|t| t.encrypted.as_ref()));
    let banner = transcripts.iter().find_map(Transcript::greeting);
    let replies: Vec<&Reply> = transcripts
        .iter()
        .flat_map(|t| &t.exchanges)
        .filter_map(|e| e.reply.as_ref())
        .collect();
    let mut auth: Vec<Untrusted> = Vec::new();
    for mechanism in transcripts
        .iter()
        .flat_map(|t| [t.clear.as_ref(), t.encrypted.as_ref()])
        .flatten()
        .flat_map(Extensions::auth)
    {
        let mechanism = Untrusted::from(mechanism);
        if !auth.contains(&mechanism) {
            auth.push(mechanism);
        }
    }
    ServerFacts {
        software: product::recognise(
            &banner.map(Reply::text).unwrap_or_default(),
            offers,
            &replies,
        ),
        banner: banner.map(|reply| Untrusted::from(reply.text())),
        extensions: offers
            .map(|offers| {
                offers
                    .lines
                    .iter()
                    .map(|l| Untrusted::from(l.as_slice()))
                    .collect()
            })
            .unwrap_or_default(),
        auth,
        client_address_seen: transcripts
            .iter()
            .find_map(|t| vantage::client_seen(t, around.peer)),
        helo_only: transcripts.iter().any(|t| t.helo_only),
        tls: transcripts.iter().rev().find_map(|t| t.tls.clone()),
    }
}

fn caveats(
    plan: &Plan,
    weighed: &Weighed,
    server: &ServerFacts,
    around: &Circumstances,
) -> Vec<Caveat> {
    let mut caveats = weighed.caveats.clone();
    if let (Some(local), false) = (around.local, around.proxied) {
        if vantage::trusted(local, around.peer) {
            caveats.push(Caveat::TrustedVantage);
        }
        if server
            .client_address_seen
            .is_some_and(|seen| vantage::rewritten(local, seen))
        {
            caveats.push(Caveat::AddressRewritten);
        }
    }
    for transcript in plan.transcripts() {
        if transcript.injected > 0 {
            note(&mut caveats, Caveat::StartTlsInjection);
        }
        if matches!(transcript.ending, Ending::TlsFailed(TlsTrouble::TooOld, _))
            && server.tls.is_none()
        {
            note(&mut caveats, Caveat::LegacyTls);
        }
    }
    caveats.sort_unstable();
    caveats
}
