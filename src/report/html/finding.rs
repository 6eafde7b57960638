//! A finding as the page shows it: what, where, why, the proof, what to do.
//!
//! In: a finding of any of the three audits. Out: its texts, cut to what a person reads.
//!
//! Limits: [`MOST_PIECES`] lines of files, samples of logs, and [`MOST_SAID`] lines of a dialogue for each finding;
//! characters of a line ([`OF_A_LINE`]).

use super::page::Tone;
use crate::model::{ConfLine, Direction, Evidence, Finding, LogLines, Place, Severity, WireLine};
use crate::report::fit;
use crate::report::human::log::{grouped, time};
use serde::Serialize;

/// Lines of files and logs.
const MOST_PIECES: usize = 12;

/// Lines of a dialogue: its beginning and its end, where the proof is.
pub(super) const MOST_SAID: usize = 60;

/// Characters of a line.
pub(super) const OF_A_LINE: usize = 400;

/// A finding.
#[derive(Debug, Default, Serialize)]
pub(super) struct Shown {
    tone: Option<Tone>,
    severity: &'static str,
    title: &'static str,
    facts: String,
    pub(super) spot: String,
    /// Line by line.
    message: Vec<String>,
    lines: Vec<Line>,
    more_lines: String,
    seen: String,
    samples: Vec<Sample>,
    pub(super) dialogue: Vec<Said>,
    pub(super) fix: Vec<String>,
    pub(super) command: Option<String>,
    besides: String,
    see: String,
}

/// A line of a file, with what is meant in it apart.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    spot: String,
    says: String,
    before: String,
    hit: String,
    after: String,
}

/// A line of a log.
#[derive(Debug, Serialize)]
struct Sample {
    spot: String,
    text: String,
}

/// A line of a dialogue.
#[derive(Debug, Serialize)]
pub(super) struct Said {
    mark: &'static str,
    ours: bool,
    text: String,
}

/// A finding that was put aside.
#[derive(Debug, Serialize)]
pub(super) struct Aside {
    severity: &'static str,
    id: &'static str,
    spot: String,
    reason: String,
}

/// Chooses the tone of a severity.
pub(super) fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Critical | Severity::High => Tone::Alarm,
        Severity::Medium => Tone::Doubt,
        Severity::Low => Tone::Auth,
        Severity::Info => Tone::Faint,
    }
}

/// Shows a finding. Places in files are named by `spot`.
pub(super) fn of(finding: &Finding, spot: impl Fn(&ConfLine) -> String) -> Shown {
    let mut facts = vec![
        finding.rule.id.to_owned(),
        finding.confidence.as_str().to_owned(),
    ];
    let count = finding.count.filter(|count| *count > 1);
    facts.extend(count.map(|count| format!("{} times", grouped(count))));
    facts.extend(finding.baseline.map(|change| change.as_str().to_owned()));
    let mut shown = Shown {
        tone: Some(tone(finding.severity)),
        severity: finding.severity.as_str(),
        title: finding.rule.title,
        facts: facts.join(", "),
        message: lines(&finding.message),
        fix: lines(&finding.remedy),
        see: finding.rule.references.join(", "),
        ..Shown::default()
    };
    if let Some(besides) = finding.envelope.as_ref().and_then(|e| e.besides.as_ref()) {
        let besides = fit::line(besides, OF_A_LINE);
        shown.besides = format!("Besides the envelope it takes {besides}.");
    }
    let mut left_out = 0;
    for piece in finding.evidence() {
        match piece {
            Evidence::Wire(lines) if shown.dialogue.is_empty() => shown.dialogue = said(lines),
            Evidence::Wire(_) => {}
            Evidence::Conf(_) if shown.lines.len() == MOST_PIECES => left_out += 1,
            Evidence::Conf(conf) => shown.lines.push(line(conf, spot(conf))),
            Evidence::Log(lines) => logged(&mut shown, lines),
        }
    }
    if left_out > 0 {
        shown.more_lines = format!("and {} more.", fit::count(left_out, "place"));
    }
    shown
}

/// Writes a time. Older reports may have anything there.
pub(super) fn when(text: &str) -> String {
    fit::line(&time(text), 60)
}

/// Splits a text of ours into its lines.
pub(super) fn lines(text: &str) -> Vec<String> {
    let lines = text.split('\n').take(MOST_PIECES);
    lines.map(|line| fit::line(line, fit::MOST)).collect()
}

/// Shows a finding that was put aside.
pub(super) fn aside(finding: &Finding, spot: String, reason: &str) -> Aside {
    Aside {
        severity: finding.severity.as_str(),
        id: finding.rule.id,
        spot,
        reason: fit::line(reason, OF_A_LINE),
    }
}

/// Shows a line of a file.
pub(super) fn line(conf: &ConfLine, spot: String) -> Line {
    let shown = conf.text.printable();
    let mut says = fit::line(&conf.says, OF_A_LINE);
    if !conf.chain.is_empty() {
        let chain = fit::line(&conf.chain.join(", then "), OF_A_LINE);
        says = format!("{says} (by way of {chain})");
    }
    let all: Vec<char> = shown.chars().collect();
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let (column, width) = (number(conf.place.column), number(conf.place.width));
    // Columns count the characters of the file: where some were written out, they mean others here.
    let same = std::str::from_utf8(conf.text.as_bytes()).is_ok_and(|text| text == shown);
    let inside = column > 0 && width > 0 && column - 1 + width <= all.len();
    let (before, hit, after) = match same && inside && all.len() <= OF_A_LINE {
        true => {
            let (start, end) = (column - 1, column - 1 + width);
            let text = |part: &[char]| part.iter().collect::<String>();
            (
                text(&all[..start]),
                text(&all[start..end]),
                text(&all[end..]),
            )
        }
        false => (
            fit::said(&conf.text, OF_A_LINE),
            String::new(),
            String::new(),
        ),
    };
    Line {
        spot,
        says,
        before,
        hit,
        after,
    }
}

fn logged(shown: &mut Shown, lines: &LogLines) {
    let spot = |place: &Place| fit::spot(&place.file, place);
    shown.seen = match lines.count {
        0 | 1 => format!("Seen {}, {}.", when(&lines.from), spot(&lines.first)),
        count => format!(
            "Seen {} to {}, {} lines, {} to {}.",
            when(&lines.from),
            when(&lines.until),
            grouped(count),
            spot(&lines.first),
            spot(&lines.last),
        ),
    };
    for sample in lines.samples.iter().take(MOST_PIECES) {
        shown.samples.push(Sample {
            spot: spot(&sample.place),
            text: fit::said(&sample.text, OF_A_LINE),
        });
    }
}

/// Shows lines of a dialogue; of a very long one the beginning and the end.
pub(super) fn said(lines: &[WireLine]) -> Vec<Said> {
    if lines.len() <= MOST_SAID {
        return lines.iter().map(one).collect();
    }
    let (head, tail) = (MOST_SAID / 2, lines.len() - MOST_SAID / 2);
    let gap = Said {
        mark: "",
        ours: false,
        text: format!("[{} lines left out]", tail - head),
    };
    let head = lines[..head].iter().map(one);
    head.chain([gap])
        .chain(lines[tail..].iter().map(one))
        .collect()
}

/// Shows the first lines of a transcript.
pub(super) fn first(lines: &[WireLine], most: usize) -> Vec<Said> {
    lines.iter().take(most).map(one).collect()
}

fn one(line: &WireLine) -> Said {
    Said {
        mark: line.direction.mark(),
        ours: line.direction == Direction::Sent,
        text: fit::said(&line.bytes, OF_A_LINE),
    }
}
