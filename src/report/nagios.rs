//! The line of a monitoring plugin: `--format nagios`.
//!
//! In: a finished report. Out: `RELAYCHECK STATE - text | performance data`, and below it at most `MOST_LINES` lines
//! with what was found. The exit code is the plugin's own, and agrees with the word:
//!
//! | code | word | when |
//! | --- | --- | --- |
//! | 0 | OK | nothing of what follows |
//! | 1 | WARNING | a finding of severity medium or above that is below `--fail-on` |
//! | 2 | CRITICAL | a relay, or a finding at or above `--fail-on` |
//! | 3 | UNKNOWN | nothing such, and something was not decided; or the audit could not do its work |
//!
//! The highest wins in the order critical, unknown, warning: what was not tested is not clean.
//!
//! Monitoring systems hand the text to shells and browsers: what Nagios calls illegal macro characters, and the `|`
//! that begins the performance data, are written out as `\x7c`.
//!
//! Limits: `MOST_BYTES` below the first line, for Nagios reads no more than 8 KiB, and NRPE may read 1 only; the
//! first line alone says what there is.
//!
//! References: Monitoring Plugins Development Guidelines, sections 2 (output) and 2.6 (performance data).

use super::Reporter;
use super::brief::{accepting, summary};
use super::fit;
use super::subject::{Subject, each};
use crate::model::{Conclusion, Finding, Outcome, Report, Severity, Verdict};
use std::io::{self, Write};

/// Lines below the first.
const MOST_LINES: usize = 20;

/// Bytes of the lines below the first.
const MOST_BYTES: usize = 4_000;

/// Characters of a name or title.
const MOST: usize = 120;

/// The state of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 0.
    Ok,
    /// 1.
    Warning,
    /// 2.
    Critical,
    /// 3.
    Unknown,
}

impl State {
    /// Says what a report comes to.
    pub fn of(report: &Report) -> Self {
        let worth_a_look = [Severity::Medium, Severity::High, Severity::Critical]
            .iter()
            .any(|severity| report.totals.severity(*severity) > 0);
        match report.conclusion {
            Conclusion::Found => Self::Critical,
            Conclusion::Undecided => Self::Unknown,
            Conclusion::Clean if worth_a_look => Self::Warning,
            Conclusion::Clean => Self::Ok,
        }
    }

    /// Gives the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// Gives the word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Writes the line of a plugin that could not do its work.
pub fn trouble(why: &str) -> String {
    format!(
        "RELAYCHECK {} - {}\n",
        State::Unknown.as_str(),
        tame(&fit::line(why, 400))
    )
}

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nagios;

impl Reporter for Nagios {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut lines: Vec<String> = Vec::new();
        let mut bytes = 0;
        let mut left_out = 0_u64;
        each(report, outcomes, |subject| {
            for line in told(report, subject) {
                let fits = lines.len() < MOST_LINES && bytes + line.len() < MOST_BYTES;
                match fits {
                    true => {
                        bytes += line.len() + 1;
                        lines.push(line);
                    }
                    false => left_out += 1,
                }
            }
            Ok(())
        })?;
        let state = State::of(report).as_str();
        writeln!(
            out,
            "RELAYCHECK {state} - {} | {}",
            summary(report),
            performance(report)
        )?;
        for line in lines {
            writeln!(out, "{line}")?;
        }
        if left_out > 0 {
            writeln!(out, "and {left_out} more, see another format")?;
        }
        out.flush()
    }
}

/// Writes the performance data: label, value, thresholds where there are some, least value.
fn performance(report: &Report) -> String {
    let totals = &report.totals;
    let mut data = Vec::new();
    if totals.targets > 0 {
        data.push(format!("targets={};;;0", totals.targets));
        for verdict in Verdict::ALL {
            let critical = if *verdict == Verdict::RelayAccepting {
                "0"
            } else {
                ""
            };
            let label = verdict.as_str().replace('-', "_");
            data.push(format!(
                "{label}={};;{critical};0",
                totals.verdict(*verdict)
            ));
        }
    }
    if totals.audits > 0 {
        data.push(format!("configurations={};;;0", totals.audits));
        data.push(format!("accepting={};;0;0", accepting(report)));
    }
    if totals.logs > 0 {
        let sum = |count: fn(&crate::model::LogTotals) -> u64| -> u64 {
            report.logs.iter().map(|log| count(&log.totals)).sum()
        };
        data.push(format!(
            "relayed_recipients={};;0;0",
            sum(|t| t.relayed_recipients)
        ));
        data.push(format!("relay_denied={};;;0", sum(|t| t.relay_denied)));
        data.push(format!("messages={};;;0", sum(|t| t.messages)));
    }
    for severity in Severity::ALL.iter().rev() {
        data.push(format!(
            "{}={};;;0",
            severity.as_str(),
            totals.severity(*severity)
        ));
    }
    data.push(format!("time={:.3}s;;;0", report.run.elapsed.as_secs_f64()));
    data.join(" ")
}

/// Tells what is wrong with a subject, and what was not decided.
fn told(report: &Report, subject: Subject<'_>) -> Vec<String> {
    let name = tame(&fit::line(&subject.name(), MOST));
    let mut lines = Vec::new();
    match subject {
        Subject::Wire(outcome) if outcome.verdict == Verdict::RelayAccepting => {
            let through = outcome.forms.iter().filter(|f| outcome.got_through(f));
            lines.push(format!(
                "{name}: relay-accepting, {} got through",
                fit::count(through.count() as u64, "form")
            ));
        }
        Subject::Wire(outcome) if report.policy.undecided(outcome) => {
            let why = outcome.reason.map_or("", |reason| reason.as_str());
            lines.push(format!("{name}: {} ({why})", outcome.verdict.as_str()));
        }
        Subject::Conf(audit) if audit.relay.accepts() || audit.is_undecided() => {
            lines.push(format!("{name}: {}", audit.relay.as_str()));
        }
        Subject::Log(audit) => {
            let undecided = audit.undecided.iter();
            lines.extend(
                undecided.map(|why| format!("not decided: {}", tame(&fit::line(why, MOST)))),
            );
        }
        Subject::Wire(_) | Subject::Conf(_) => {}
    }
    let grave = |finding: &&Finding| finding.severity >= Severity::Medium;
    for finding in subject.findings().iter().filter(grave) {
        lines.push(format!(
            "{}: {}[{}] {}",
            tame(&fit::line(&subject.spot(finding), MOST)),
            finding.severity.as_str(),
            finding.rule.id,
            tame(finding.rule.title),
        ));
    }
    lines
}

/// Writes out what a monitoring system, its shell or its pages would give a meaning to.
fn tame(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '`' | '~' | '$' | '&' | '\'' | '"' | '<' | '>' => {
                out.push_str(&format!("\\x{:02x}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FailOn, Policy};
    use crate::report::{sample, sample_logs};
    use regex::Regex;

    /// The grammar of the guidelines: service, state, text; labels of letters, numbers with a unit, up to four
    /// further numbers; then lines without performance data.
    fn hold(text: &str) {
        let number = r"-?[0-9]+(\.[0-9]+)?";
        let range = format!(r"(@?({number})?:?({number})?)?");
        let one = format!(
            r"[A-Za-z_][A-Za-z_]{{0,18}}={number}s?;{range};{range};({number})?(;({number})?)?"
        );
        let grammar = format!(
            r"\ARELAYCHECK (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \| {one}( {one})*\n([^|\n]+\n)*\z"
        );
        assert!(
            Regex::new(&grammar).expect("a grammar").is_match(text),
            "{text}"
        );
        let illegal = text.chars().filter(|c| "`~$&'\"<>".contains(*c)).count();
        assert_eq!(illegal, 0, "{text}");
        assert!(text.len() < 8_192, "{}", text.len());
    }

    #[test]
    fn says_in_a_line_what_there_is() {
        let text = sample::write("nagios", &sample::report());
        hold(&text);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "RELAYCHECK CRITICAL - 2 of 7 servers relay, 2 inconclusive, 1 unreachable, findings: 1 critical 1 low \
             | targets=7;;;0 relay_accepting=2;;0;0 rejecting=1;;;0 auth_required=1;;;0 inconclusive=2;;;0 \
             unreachable=1;;;0 critical=1;;;0 high=0;;;0 medium=0;;;0 low=1;;;0 info=0;;;0 time=12.345s;;;0"
        );
        assert_eq!(
            lines[1],
            "mail.example.com:25: relay-accepting, 2 forms got through"
        );
        assert_eq!(
            lines[2],
            "mail.example.com:25: critical[RC901] Mail for anyone is relayed for anyone"
        );
        assert_eq!(
            lines[3],
            "smtp.example.net:587: auth-required (auth-required)"
        );
    }

    #[test]
    fn keeps_to_the_grammar_whatever_was_audited() {
        hold(&sample::write("nagios", &sample::configurations()));
        hold(&sample::write("nagios", &sample_logs::logs()));
        hold(&sample::write("nagios", &sample::of(Vec::new())));
        let many = vec![sample::relay(); 1_000];
        let text = sample::write("nagios", &sample::of(many));
        hold(&text);
        assert_eq!(text.lines().count(), MOST_LINES + 2);
        assert!(
            text.ends_with("and 1980 more, see another format\n"),
            "{text}"
        );
        // The hostile log has what the other has.
        let text = sample::write("nagios", &sample_logs::logs());
        assert!(text.contains("24 recipients relayed"), "{text}");
        assert!(text.contains(" relayed_recipients="), "{text}");
    }

    #[test]
    fn the_state_is_the_worst_that_is_so() {
        let of = |report: &sample::Sample| State::of(&report.report());
        assert_eq!(of(&sample::report()), State::Critical);
        assert_eq!(of(&sample::of(vec![sample::rejecting()])), State::Ok);
        assert_eq!(of(&sample::of(vec![sample::blocked()])), State::Unknown);
        // Found outranks what was not decided.
        assert_eq!(
            of(&sample::of(vec![sample::blocked(), sample::relay()])),
            State::Critical
        );
        let mut doubtful = sample::rejecting();
        doubtful.findings = sample::relay().findings;
        doubtful.findings[0].severity = Severity::Medium;
        assert_eq!(of(&sample::of(vec![doubtful.clone()])), State::Warning);
        doubtful.findings[0].severity = Severity::Low;
        assert_eq!(of(&sample::of(vec![doubtful])), State::Ok);
        let mut report = sample::of(vec![sample::relay()]).report();
        report.policy = Policy {
            fail_on: FailOn::Nothing,
        };
        report.conclusion = Conclusion::Clean;
        assert_eq!(State::of(&report), State::Warning);
        let codes = [State::Ok, State::Warning, State::Critical, State::Unknown].map(State::code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }

    #[test]
    fn trouble_is_unknown_and_nothing_gets_to_a_shell() {
        assert_eq!(
            trouble("no `rm` | $HOME\n<b>"),
            "RELAYCHECK UNKNOWN - no \\x60rm\\x60 \\x7c \\x24HOME \\x3cb\\x3e\n"
        );
    }
}
