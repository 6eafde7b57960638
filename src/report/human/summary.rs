//! The end of the text: how many targets of which verdict, why not the others, how many findings.
//!
//! In: the run and its totals, never the outcomes, so that a scan of any size can be summed up.
//! Out: a table where several targets were audited, and what each reason for an open question means,
//! once for all the targets it concerns.

use super::parts::counted;
use super::text::{ALARM, BOLD, DOUBT, FAINT, GOOD, PLAIN, Page};
use crate::model::advice::Advice;
use crate::model::{Change, Reason, Relay, Report, Severity, Verdict};
use crate::report::Verbosity;
use std::time::Duration;

/// Writes the summary.
pub(super) fn write(page: &mut Page, report: &Report, verbosity: Verbosity) {
    let totals = &report.totals;
    // One target needs no table, unless nothing else was said about it.
    if totals.targets != 1 || verbosity == Verbosity::Quiet {
        table(page, report);
    }
    if totals.compared() > 0 {
        let counts: Vec<String> = Change::ALL
            .iter()
            .map(|change| format!("{} {}", totals.change(*change), change.as_str()))
            .collect();
        let label = "since the baseline: ";
        page.words(2, (label, PLAIN), 2, (&counts.join(", "), PLAIN));
    }
    if !report.run.complete {
        let said = "The run was stopped: not all targets were audited.";
        page.words(0, ("", PLAIN), 0, (said, DOUBT));
    }
    if verbosity == Verbosity::Quiet {
        return;
    }
    let undecided = undecided(report);
    if totals.targets != 1 && !undecided.is_empty() {
        page.blank();
    }
    for reason in undecided {
        let label = format!("{}: ", reason.as_str());
        page.words(2, (&label, BOLD), 2, (reason.text(), PLAIN));
    }
}

/// Writes the summary of audits of configurations, and the general advice that fits.
pub(super) fn of_audits<'a>(
    page: &mut Page,
    report: &Report,
    verbosity: Verbosity,
    advice: impl Iterator<Item = &'a Advice>,
) {
    let totals = &report.totals;
    let heading = match totals.audits {
        1 => format!("1 configuration in {}", duration(report.run.elapsed)),
        many => format!("{many} configurations in {}", duration(report.run.elapsed)),
    };
    page.words(0, (&heading, BOLD), 0, ("", PLAIN));
    let width = totals.audits.to_string().len();
    for relay in Relay::ALL {
        let count = totals.relay(*relay);
        if count > 0 && totals.audits > 1 {
            let label = format!("{:<15}  {count:>width$}", relay.as_str());
            page.words(2, (&label, super::conf::ink(*relay)), 0, ("", PLAIN));
        }
    }
    findings(page, report);
    let mut advice = advice.peekable();
    if verbosity == Verbosity::Quiet || advice.peek().is_none() {
        return;
    }
    page.blank();
    page.words(0, ("in general:", BOLD), 0, ("", PLAIN));
    for advice in advice {
        page.words(2, ("- ", PLAIN), 2, (advice.text, PLAIN));
    }
}

/// Writes the summary of audits of logs.
pub(super) fn of_logs(page: &mut Page, report: &Report) {
    let heading = format!("read in {}", duration(report.run.elapsed));
    page.words(0, (&heading, BOLD), 0, ("", PLAIN));
    if !report.run.complete {
        let said = "Not everything that was named was read.";
        page.words(2, ("", PLAIN), 0, (said, DOUBT));
    }
    findings(page, report);
}

/// Writes how many findings there are.
fn findings(page: &mut Page, report: &Report) {
    let found = match found(report) {
        found if found.is_empty() => "none".to_owned(),
        found => found,
    };
    let aside = match report.totals.suppressed {
        0 => String::new(),
        count => format!("; {count} put aside"),
    };
    page.words(
        2,
        ("findings: ", PLAIN),
        2,
        (&format!("{found}{aside}"), PLAIN),
    );
}

/// Counts the findings of each severity, the worst first; nothing where there are none.
fn found(report: &Report) -> String {
    let counts = Severity::ALL
        .iter()
        .rev()
        .map(|severity| (report.totals.severity(*severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {}", severity.as_str()));
    counts.collect::<Vec<_>>().join(", ")
}

fn table(page: &mut Page, report: &Report) {
    let totals = &report.totals;
    let targets = match totals.targets {
        1 => "1 target".to_owned(),
        many => format!("{many} targets"),
    };
    let heading = format!("{targets} in {}", duration(report.run.elapsed));
    page.words(0, (&heading, BOLD), 0, ("", PLAIN));
    let width = totals.targets.to_string().len();
    for verdict in Verdict::ALL {
        let count = totals.verdict(*verdict);
        let ink = match verdict {
            _ if count == 0 => FAINT,
            Verdict::RelayAccepting => ALARM,
            Verdict::Rejecting | Verdict::AuthRequired => GOOD,
            Verdict::Inconclusive => DOUBT,
            Verdict::Unreachable => FAINT,
        };
        let label = format!("{:<15}  {count:>width$}  ", verdict.as_str());
        let why = match verdict {
            Verdict::Inconclusive | Verdict::Unreachable => counted(&totals.reasons(*verdict)),
            _ => String::new(),
        };
        let label = if why.is_empty() {
            label.trim_end()
        } else {
            &label
        };
        page.words(2, (label, ink), label.len(), (&why, PLAIN));
    }
    let found = found(report);
    if !found.is_empty() {
        page.words(2, ("findings: ", PLAIN), 2, (&found, PLAIN));
    }
}

/// Gives the reasons that left something open, each once.
pub(in crate::report) fn undecided(report: &Report) -> Vec<Reason> {
    let mut reasons = report.totals.reasons(Verdict::Inconclusive);
    reasons.extend(report.totals.reasons(Verdict::Unreachable));
    let mut once: Vec<Reason> = Vec::new();
    for (reason, _) in reasons {
        if !once.contains(&reason) {
            once.push(reason);
        }
    }
    once
}

/// Writes a duration as a person says it.
pub(in crate::report) fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match (seconds / 3600, seconds / 60) {
        (0, 0) => format!("{:.1} s", elapsed.as_secs_f64()),
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_durations_as_a_person_does() {
        for (millis, said) in [
            (0, "0.0 s"),
            (12_345, "12.3 s"),
            (59_949, "59.9 s"),
            (60_000, "1 min 0 s"),
            (3_725_000, "1 h 2 min"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), said);
        }
    }
}
