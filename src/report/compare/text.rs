//! The difference of two reports for people.
//!
//! In: a difference. Out: a section for what is new, fixed, changed and missing, a line for each place and
//! each of its findings that changed, and the counts. Places at which nothing is or was wrong are only
//! counted, unless more is asked for; where only little is asked for, everything but what is new is.

use super::{Difference, FindingSeen, Item, Turn};
use crate::model::bytes::escape;
use crate::model::{Reason, Severity, Verdict};
use crate::report::human::text::{ALARM, BOLD, DOUBT, FAINT, GOOD, Ink, OURS, PLAIN, Page};
use crate::report::{Options, Verbosity};
use std::io::{self, Write};

/// Writes the difference.
pub fn write(difference: &Difference, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(options.style, options.width);
    let quiet = options.verbosity == Verbosity::Quiet;
    let sections = [
        ("new", &difference.new, true),
        ("fixed", &difference.fixed, !quiet),
        ("changed", &difference.changed, !quiet),
        ("missing", &difference.missing, !quiet),
    ];
    for (name, items, told) in sections {
        if told {
            section(&mut page, name, items, options.verbosity);
        }
    }
    summary(&mut page, difference);
    out.write_all(page.into_text().as_bytes())?;
    out.flush()
}

fn section(page: &mut Page, name: &str, items: &[Item], verbosity: Verbosity) {
    if items.is_empty() {
        return;
    }
    page.words(0, (name, BOLD), 0, ("", PLAIN));
    let mut harmless = 0;
    for item in items {
        if verbosity != Verbosity::Verbose && !matters(item) {
            harmless += 1;
            continue;
        }
        place(page, item);
        for (turn, finding) in &item.findings {
            line(page, *turn, finding);
        }
    }
    if harmless > 0 {
        let said = match harmless {
            1 => "1 place where nothing is or was wrong (-v names it)".to_owned(),
            many => format!("{many} places where nothing is or was wrong (-v names them)"),
        };
        page.words(2, ("", PLAIN), 2, (&said, FAINT));
    }
    page.blank();
}

/// Tells whether a place is worth a line: something is or was wrong there, or is not decided any more.
fn matters(item: &Item) -> bool {
    item.relay.is_some() || !item.findings.is_empty() || item.undecided && item.now.is_some()
}

fn place(page: &mut Page, item: &Item) {
    let (word, ink) = match item.now.map(|(verdict, _)| verdict) {
        Some(Verdict::RelayAccepting) => ("RELAY ACCEPTING", ALARM),
        Some(verdict @ (Verdict::Rejecting | Verdict::AuthRequired)) => (verdict.as_str(), GOOD),
        Some(verdict @ Verdict::Inconclusive) => (verdict.as_str(), DOUBT),
        Some(verdict @ Verdict::Unreachable) => (verdict.as_str(), FAINT),
        None => ("not asked", FAINT),
    };
    let label = format!("{word:<15}  ");
    let mut text = escape(&item.key.to_string());
    if let Some((_, Some(reason))) = item.now {
        text.push_str("  ");
        text.push_str(reason.phrase());
    }
    text.push_str("  [");
    text.push_str(&before(item));
    text.push(']');
    page.words(2, (&label, ink), label.len(), (&text, PLAIN));
}

/// Says what a place was, and what that means for what it is.
fn before(item: &Item) -> String {
    let Some((verdict, reason)) = item.was else {
        return "was not in the older report".to_owned();
    };
    let mut said = match item.now {
        Some((now, _)) if now == verdict => "as before".to_owned(),
        _ => format!("was {}", verdict.as_str()),
    };
    if let Some(reason) = reason.filter(|reason| reason.as_str() != verdict.as_str()) {
        let now = item.now.and_then(|(_, now)| now);
        if now != Some(reason) {
            said.push_str(&format!(" ({})", Reason::as_str(reason)));
        }
    }
    if item.relay == Some(Turn::Unjudged) && item.now.is_some() {
        said.push_str("; could not be judged again");
    } else if item.undecided && item.now.is_some() {
        said.push_str("; not decided any more");
    }
    said
}

fn line(page: &mut Page, turn: Turn, finding: &FindingSeen) {
    let said = match turn {
        Turn::New => "new",
        Turn::Same => "as before",
        Turn::Fixed => "fixed",
        Turn::Unjudged => "could not be judged again",
    };
    let label = format!("{}[{}]: ", finding.severity.as_str(), escape(&finding.rule));
    let title = format!("{} ({said})", finding.title);
    page.words(4, (&label, ink(turn, finding.severity)), 2, (&title, PLAIN));
}

fn ink(turn: Turn, severity: Severity) -> Ink {
    match (turn, severity) {
        (Turn::Fixed, _) => GOOD,
        (Turn::Unjudged, _) => DOUBT,
        (Turn::Same, _) => FAINT,
        (Turn::New, Severity::Critical | Severity::High) => ALARM,
        (Turn::New, _) => OURS,
    }
}

fn summary(page: &mut Page, difference: &Difference) {
    let counts = [
        (difference.new.len() as u64, "new"),
        (difference.fixed.len() as u64, "fixed"),
        (difference.changed.len() as u64, "changed"),
        (difference.missing.len() as u64, "missing"),
        (difference.same, "the same"),
    ];
    let places = counts.map(|(count, word)| format!("{count} {word}"));
    page.words(0, ("places:   ", BOLD), 10, (&places.join(", "), PLAIN));
    for (label, turns) in [
        ("relays:   ", &difference.relays),
        ("findings: ", &difference.findings),
    ] {
        let count = |turn| turns.get(&turn).copied().unwrap_or(0);
        let mut said: Vec<String> = [
            (count(Turn::New), "new"),
            (count(Turn::Fixed), "fixed"),
            (count(Turn::Same), "the same"),
        ]
        .map(|(count, word)| format!("{count} {word}"))
        .into();
        if count(Turn::Unjudged) > 0 {
            said.push(format!("{} not judged again", count(Turn::Unjudged)));
        }
        page.words(0, (label, BOLD), 10, (&said.join(", "), PLAIN));
    }
    if difference.undecided() {
        let said = "Something that was decided is not any more: not tested is not fixed.";
        page.words(0, ("", PLAIN), 0, (said, DOUBT));
    }
}
