//! The parts below a target's headline. Each writes nothing where there is nothing to say.

use super::text::{ALARM, BOLD, DOUBT, FAINT, GOOD, OURS, PLAIN, Page};
use super::{MOST_DIALOGUES, MOST_LINES};
use crate::model::{
    Evidence, Finding, FormOutcome, FormResult, LogLines, Outcome, Reason, ReplySeen, Severity,
    Standing, Untrusted, Verdict, WireLine,
};
use crate::report::Verbosity;

/// Writes what the server said about itself.
pub(super) fn server(page: &mut Page, outcome: &Outcome) {
    let server = &outcome.server;
    let mut fact = |name: &str, text: &str| {
        if !text.is_empty() {
            page.words(2, (&format!("{name:<12}"), FAINT), 12, (text, PLAIN));
        }
    };
    if let Some(banner) = &server.banner {
        fact("banner", &joined(banner));
    }
    fact("offers", &list(&server.extensions));
    fact("logins", &list(&server.auth));
    if server.helo_only {
        fact("greeting", "EHLO refused, HELO taken");
    }
    if let Some(seen) = server.client_address_seen {
        fact("sees us as", &seen.to_string());
    }
    if let Some(tls) = &server.tls {
        fact(
            "TLS",
            &format!("{} {} by {}", tls.version, tls.cipher, tls.stack.as_str()),
        );
        let told = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{name} {value}"))
        };
        let certificate: Vec<String> = [
            told("subject", &tls.subject),
            told("issuer", &tls.issuer),
            told("until", &tls.not_after),
            (!tls.names.is_empty()).then(|| format!("names {}", tls.names.join(" "))),
            (!tls.problems.is_empty()).then(|| format!("problems: {}", tls.problems.join(", "))),
        ]
        .into_iter()
        .flatten()
        .collect();
        fact("certificate", &certificate.join("; "));
    }
}

/// Writes the forms by which mail got through, with the dialogues that prove it.
pub(super) fn through(page: &mut Page, outcome: &Outcome, verbosity: Verbosity) {
    let through: Vec<&FormResult> = outcome
        .forms
        .iter()
        .filter(|form| outcome.got_through(form))
        .collect();
    if through.is_empty() {
        return;
    }
    let said = match through.len() {
        1 => "1 form got through:".to_owned(),
        many => format!("{many} forms got through:"),
    };
    page.blank();
    page.words(2, (&said, BOLD), 0, ("", PLAIN));
    let most = match verbosity {
        Verbosity::Verbose => through.len(),
        Verbosity::Quiet | Verbosity::Normal => MOST_DIALOGUES,
    };
    let (shown, others) = through.split_at(most.min(through.len()));
    for form in shown {
        let name = format!("{} ", form.form);
        page.words(4, (&name, BOLD), 2, (&circumstances(form), FAINT));
        dialogue(page, 6, &form.dialogue);
    }
    if !others.is_empty() {
        let more = format!("{} more, their dialogues with --verbose:", others.len());
        page.words(4, ("", PLAIN), 0, (&more, FAINT));
        let rows: Vec<_> = others.iter().map(|form| (PLAIN, envelope(form))).collect();
        page.table(4, &rows);
    }
}

/// Puts a form into a row: name, sender, recipient, reply.
fn envelope(form: &FormResult) -> Vec<String> {
    vec![
        form.form.to_owned(),
        form.mail_from.printable(),
        form.rcpt_to.printable(),
        form.reply.as_ref().map(reply).unwrap_or_default(),
    ]
}

/// Says where a form was asked.
pub(in crate::report) fn circumstances(form: &FormResult) -> String {
    let mut said: Vec<String> = Vec::new();
    said.extend(form.session.map(|session| format!("session {session}")));
    if form.encrypted {
        said.push("inside TLS".to_owned());
    }
    said.extend(form.helo.as_ref().map(|helo| format!("as {helo}")));
    said.extend(
        form.driven
            .map(|driven| format!("driven to {}", driven.as_str())),
    );
    format!("({})", said.join(", "))
}

/// Writes lines of a dialogue; of a very long one the beginning and the end.
fn dialogue(page: &mut Page, indent: usize, lines: &[WireLine]) {
    let (head, tail) = match lines.len().checked_sub(MOST_LINES) {
        None | Some(0) => (lines, &[][..]),
        Some(_) => (
            &lines[..MOST_LINES / 2],
            &lines[lines.len() - MOST_LINES / 2..],
        ),
    };
    head.iter().for_each(|line| page.said(indent, line));
    let missing = lines.len() - head.len() - tail.len();
    if missing > 0 {
        let said = format!("[{missing} lines left out]");
        page.words(indent, ("", PLAIN), 0, (&said, FAINT));
    }
    tail.iter().for_each(|line| page.said(indent, line));
}

/// Tells whether a finding is told in full: of a server that is no relay only what should be fixed
/// soon, unless more is asked for. The others get their line.
pub(super) fn in_full(outcome: &Outcome, finding: &Finding, verbosity: Verbosity) -> bool {
    outcome.verdict == Verdict::RelayAccepting
        || verbosity == Verbosity::Verbose
        || finding.severity >= Severity::Medium
}

/// Writes the findings: what, what it means, what to do, where to read on.
pub(super) fn findings(page: &mut Page, outcome: &Outcome, verbosity: Verbosity) {
    let mut after_block = false;
    for finding in &outcome.findings {
        let full = in_full(outcome, finding, verbosity);
        if full || after_block {
            page.blank();
        }
        after_block = full;
        title(page, finding);
        if full {
            page.paragraphs(4, ("", PLAIN), 0, (&finding.message, PLAIN));
            evidence(page, outcome, finding);
            page.paragraphs(4, ("fix: ", GOOD), 5, (&finding.remedy, PLAIN));
            if !finding.rule.references.is_empty() {
                let references = finding.rule.references.join(", ");
                page.words(4, ("see: ", FAINT), 5, (&references, FAINT));
            }
        }
    }
}

/// Writes the line that names a finding.
fn title(page: &mut Page, finding: &Finding) {
    let ink = match finding.severity {
        Severity::Critical | Severity::High => ALARM,
        Severity::Medium => DOUBT,
        Severity::Low => OURS,
        Severity::Info => FAINT,
    };
    let label = format!("{}[{}]: ", finding.severity.as_str(), finding.rule.id);
    let since = match finding.baseline {
        Some(change) => format!(", {}", change.as_str()),
        None => String::new(),
    };
    let confidence = finding.confidence.as_str();
    let title = format!("{} ({confidence}{since})", finding.rule.title);
    page.words(2, (&label, ink), 2, (&title, BOLD));
}

/// Writes the proof of a finding, unless it is the dialogue of a form that got through, which is
/// shown there.
fn evidence(page: &mut Page, outcome: &Outcome, finding: &Finding) {
    for lines in finding.evidence() {
        if let Evidence::Log(lines) = lines {
            log(page, 6, lines);
        }
    }
    for lines in finding.evidence().iter().map(Evidence::dialogue) {
        let mut dialogues = outcome
            .forms
            .iter()
            .filter(|form| outcome.got_through(form));
        if !dialogues.any(|form| lines.iter().all(|line| form.dialogue.contains(line))) {
            dialogue(page, 6, lines);
        }
    }
}

/// Writes lines of a log: the span, and the samples with their places.
fn log(page: &mut Page, indent: usize, lines: &LogLines) {
    let span = format!("{} to {}, {} times", lines.from, lines.until, lines.count);
    page.words(indent, ("", PLAIN), 0, (&span, FAINT));
    for line in &lines.samples {
        let place = format!("{}:{} ", line.place.file, line.place.line);
        page.words(indent, (&place, FAINT), 2, (&line.text.shown(), PLAIN));
    }
}

/// Says what was not decided, and why, where anything was not.
pub(super) fn coverage(page: &mut Page, outcome: &Outcome) {
    let coverage = outcome.coverage;
    let untested = coverage.untested();
    if outcome.verdict == Verdict::Unreachable || (untested == 0 && coverage.unclear == 0) {
        return;
    }
    let unclear =
        |form: &FormResult| matches!(form.standing(), Standing::Unclear | Standing::Undecided);
    let mut parts = vec![format!(
        "{} of {} forms decided",
        coverage.tested, coverage.planned
    )];
    if coverage.unclear > 0 {
        let why = why(outcome.forms.iter().filter(|form| unclear(form)));
        parts.push(format!("{} unclear{why}", coverage.unclear));
    }
    if untested > 0 {
        let untested_forms = outcome.forms.iter();
        let why = why(untested_forms.filter(|form| form.standing() == Standing::Untested));
        parts.push(format!("{untested} not answered{why}"));
    }
    page.words(2, ("coverage: ", DOUBT), 2, (&parts.join("; "), PLAIN));
}

/// Counts the reasons of forms: ` (deferred 2, rate-limited 1)`; nothing if there are none.
pub(in crate::report) fn why<'a>(forms: impl Iterator<Item = &'a FormResult>) -> String {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let name = |form: &'a FormResult| match form.reason {
        Some(reason) => Some(reason.as_str()),
        None => form.why_untested,
    };
    for why in forms.filter_map(name) {
        match counts.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => counts.push((why, 1)),
        }
    }
    if counts.is_empty() {
        return String::new();
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let each: Vec<String> = counts
        .iter()
        .map(|(why, count)| format!("{why}: {count}"))
        .collect();
    format!(" ({})", each.join(", "))
}

/// Lists reasons with their counts.
pub(super) fn counted(counts: &[(Reason, u64)]) -> String {
    let each = counts
        .iter()
        .map(|(reason, count)| format!("{} {count}", reason.as_str()));
    each.collect::<Vec<_>>().join(", ")
}

/// Writes each form's answer in a table.
pub(super) fn forms(page: &mut Page, outcome: &Outcome) {
    if outcome.forms.is_empty() {
        return;
    }
    page.blank();
    page.words(2, ("answers:", BOLD), 0, ("", PLAIN));
    let rows: Vec<_> = outcome
        .forms
        .iter()
        .map(|form| {
            let ink = match form.outcome {
                FormOutcome::Accepted if outcome.got_through(form) => ALARM,
                FormOutcome::Rejected | FormOutcome::AuthRequired => GOOD,
                FormOutcome::Untested => FAINT,
                _ => DOUBT,
            };
            let channel = if form.encrypted { "TLS" } else { "" };
            let row = vec![
                form.form.to_owned(),
                channel.to_owned(),
                form.outcome.as_str().to_owned(),
                form.reason.map_or("", Reason::as_str).to_owned(),
                form.reply.as_ref().map(reply).unwrap_or_default(),
            ];
            (ink, row)
        })
        .collect();
    page.table(4, &rows);
}

/// Writes all that was said, where it was asked for.
pub(super) fn transcript(page: &mut Page, outcome: &Outcome) {
    let mut session = None;
    for line in outcome.transcript.iter().flatten() {
        if session != Some(line.session) {
            session = Some(line.session);
            page.blank();
            let heading = format!("session {}:", line.session);
            page.words(2, (&heading, BOLD), 0, ("", PLAIN));
        }
        page.said(4, line);
    }
}

/// Writes a reply in one line.
pub(in crate::report) fn reply(reply: &ReplySeen) -> String {
    let enhanced = reply.enhanced.as_deref().unwrap_or_default();
    let text = format!("{} {enhanced} {}", reply.code, joined(&reply.text));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes several lines of the server in one.
fn joined(text: &Untrusted) -> String {
    text.printable_lines().collect::<Vec<_>>().join(" ")
}

fn list(all: &[Untrusted]) -> String {
    let printable = all.iter().map(Untrusted::printable);
    printable.collect::<Vec<_>>().join(", ")
}
