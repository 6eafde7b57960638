//! A target: its row, and folded below it what was seen, what got through, what is wrong.
//!
//! In: an outcome. Out: a row with its details, or without where there is no room or nothing to tell.
//!
//! Limits: [`MOST_DIALOGUES`] dialogues of a relay, [`MOST_FORMS`] forms in a table, [`MOST_SAID`] lines of a dialogue and
//! [`MOST_TRANSCRIPT`] of a transcript, characters of a line. What is cut is said.

use super::facts::{facts, notes};
use super::finding::{self, MOST_SAID, OF_A_LINE, Said, Shown};
use super::page::{Note, Tone};
use super::tone;
use crate::model::{
    Change, Evidence, Finding, FormOutcome, FormResult, Host, Outcome, Reason, Report, Verdict,
};
use crate::report::human::parts::{circumstances, reply};
use crate::report::{again, fit};
use serde::Serialize;

/// Dialogues of one relay: it accepts nearly every form, and one dialogue looks like the other.
const MOST_DIALOGUES: usize = 3;

/// Forms of one target in a table.
const MOST_FORMS: usize = 200;

/// Lines of a transcript.
const MOST_TRANSCRIPT: usize = 400;

/// Findings of one target.
const MOST_FINDINGS: usize = 50;

/// Characters of a cell.
const OF_A_CELL: usize = 160;

/// Whether there is room for what is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    None,
}

/// A row.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: String,
    place: String,
    address: Option<String>,
    verdict: &'static str,
    tone: Tone,
    why: String,
    software: &'static str,
    coverage: String,
    change: Option<String>,
    /// What is told instead of details for which there is no room.
    short: Option<String>,
    detail: Option<Detail>,
}

#[derive(Debug, Serialize)]
struct Detail {
    open: bool,
    summary: String,
    text: Option<&'static str>,
    notes: Vec<Note>,
    findings: Vec<Shown>,
    through: Vec<Through>,
    others_said: String,
    others: Vec<Envelope>,
    command: Option<String>,
    facts: Vec<Note>,
    forms_said: String,
    forms: Vec<Answer>,
    transcript_said: String,
    transcript: Vec<Said>,
}

#[derive(Debug, Serialize)]
struct Through {
    name: &'static str,
    circumstances: String,
    lines: Vec<Said>,
}

#[derive(Debug, Serialize)]
struct Envelope {
    name: &'static str,
    from: String,
    to: String,
    reply: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    name: &'static str,
    channel: &'static str,
    outcome: &'static str,
    tone: Tone,
    why: &'static str,
    reply: String,
}

impl Row {
    /// Tells whether something is folded below it.
    pub(super) fn unfolds(&self) -> bool {
        self.detail.is_some()
    }
}

/// Makes the row of an outcome; `id` is what links name it by.
pub(super) fn of(report: &Report, outcome: &Outcome, id: String, room: Room) -> Row {
    let target = &outcome.target;
    let coverage = outcome.coverage;
    let tells = outcome.verdict != Verdict::Unreachable || outcome.note.is_some();
    Row {
        id,
        place: fit::name(&target.place(), OF_A_CELL),
        address: match (&target.endpoint.host, target.address) {
            (Host::Name(_), Some(address)) => Some(address.to_string()),
            // What an address was written as, where it was a word of its own.
            (Host::Address(_), _) if !target.written.contains(['.', ':', '/']) => {
                Some(fit::name(&target.written, OF_A_CELL))
            }
            _ => None,
        },
        verdict: outcome.verdict.as_str(),
        tone: tone(outcome.verdict),
        why: why_so(outcome),
        software: outcome.server.software.unwrap_or_default(),
        coverage: match coverage.planned {
            0 => String::new(),
            planned => format!("{} of {planned}", coverage.tested),
        },
        change: change(outcome),
        short: (tells && room == Room::None && !outcome.findings.is_empty())
            .then(|| short(outcome)),
        detail: (tells && room == Room::Enough).then(|| detail(report, outcome)),
    }
}

fn through(outcome: &Outcome) -> impl Iterator<Item = &FormResult> {
    let all = outcome.forms.iter();
    all.filter(|form| outcome.got_through(form))
}

fn why_so(outcome: &Outcome) -> String {
    match outcome.reason {
        Some(reason) => reason.phrase().to_owned(),
        None => format!(
            "{} got through",
            fit::count(through(outcome).count() as u64, "form")
        ),
    }
}

/// Says what became of the target since the older report.
fn change(outcome: &Outcome) -> Option<String> {
    let old = outcome.baseline?;
    let was = old.was.filter(|was| *was != outcome.verdict);
    Some(match (old.status, was) {
        (Change::Changed, Some(Verdict::RelayAccepting)) => {
            "was relay-accepting, could not be judged again".to_owned()
        }
        (status, Some(was)) => format!("{}, was {}", status.as_str(), was.as_str()),
        (status, None) => status.as_str().to_owned(),
    })
}

fn short(outcome: &Outcome) -> String {
    let name = |f: &Finding| format!("{} {}", f.severity.as_str(), f.rule.id);
    let named: Vec<String> = outcome.findings.iter().take(8).map(name).collect();
    format!("{}. The other formats tell more.", named.join(", "))
}

fn detail(report: &Report, outcome: &Outcome) -> Detail {
    let all: Vec<&FormResult> = through(outcome).collect();
    let (told, others) = all.split_at(all.len().min(MOST_DIALOGUES));
    let transcript = outcome.transcript.as_deref().unwrap_or_default();
    Detail {
        open: report.totals.targets == 1,
        summary: summary(outcome, all.len()),
        text: match outcome.verdict {
            Verdict::RelayAccepting => Some(outcome.verdict.text()),
            _ => outcome.reason.map(Reason::text),
        },
        notes: notes(outcome),
        findings: findings(outcome, told),
        through: told
            .iter()
            .map(|form| Through {
                name: form.form,
                circumstances: fit::line(&circumstances(form), OF_A_LINE),
                lines: finding::said(&form.dialogue),
            })
            .collect(),
        others_said: format!("{} more got through:", others.len()),
        others: others
            .iter()
            .take(MOST_FORMS)
            .map(|form| Envelope {
                name: form.form,
                from: fit::said(&form.mail_from, OF_A_CELL),
                to: fit::said(&form.rcpt_to, OF_A_CELL),
                reply: answer(form),
            })
            .collect(),
        command: again::command(outcome),
        facts: facts(outcome),
        forms_said: said_of(outcome.forms.len(), MOST_FORMS, "form", "asked"),
        forms: outcome
            .forms
            .iter()
            .take(MOST_FORMS)
            .map(|form| row(outcome, form))
            .collect(),
        transcript_said: said_of(transcript.len(), MOST_TRANSCRIPT, "line", "of dialogue"),
        transcript: finding::first(transcript, MOST_TRANSCRIPT),
    }
}

/// Says what is folded, and how much of it is there.
fn said_of(count: usize, most: usize, thing: &str, behind: &str) -> String {
    let all = fit::count(count as u64, thing);
    match count > most {
        true => format!("{all} {behind}, the first {most}"),
        false => format!("{all} {behind}"),
    }
}

fn summary(outcome: &Outcome, through: usize) -> String {
    let mut parts = Vec::new();
    match outcome.findings.len() {
        0 => {}
        count => parts.push(fit::count(count as u64, "finding")),
    }
    if through > 0 {
        parts.push("dialogue".to_owned());
    }
    if !outcome.forms.is_empty() {
        parts.push(fit::count(outcome.forms.len() as u64, "form"));
    }
    match parts.is_empty() {
        true => "Details".to_owned(),
        false => format!("Details: {}", parts.join(", ")),
    }
}

/// Shows the findings; the dialogue of a form that is told below is not told twice.
fn findings(outcome: &Outcome, told: &[&FormResult]) -> Vec<Shown> {
    let all = outcome.findings.iter().take(MOST_FINDINGS);
    let shown = all.map(|one| {
        let mut shown = finding::of(one, |line| fit::spot(&line.place.file, &line.place));
        let mut pieces = one.evidence().iter().map(Evidence::dialogue);
        let lines = pieces.find(|lines| !lines.is_empty()).unwrap_or_default();
        let within = |form: &&FormResult| lines.iter().all(|line| form.dialogue.contains(line));
        if lines.len() <= MOST_SAID && told.iter().any(within) {
            shown.dialogue = Vec::new();
        }
        shown
    });
    shown.collect()
}

fn answer(form: &FormResult) -> String {
    let said = form.reply.as_ref().map(reply).unwrap_or_default();
    fit::line(&said, OF_A_CELL)
}

fn row(outcome: &Outcome, form: &FormResult) -> Answer {
    Answer {
        name: form.form,
        channel: if form.encrypted { "TLS" } else { "" },
        outcome: form.outcome.as_str(),
        tone: match form.outcome {
            FormOutcome::Accepted if outcome.got_through(form) => Tone::Alarm,
            FormOutcome::Rejected | FormOutcome::AuthRequired => Tone::Good,
            FormOutcome::Untested => Tone::Faint,
            _ => Tone::Doubt,
        },
        why: match form.reason {
            Some(reason) => reason.as_str(),
            None => form.why_untested.unwrap_or_default(),
        },
        reply: answer(form),
    }
}
