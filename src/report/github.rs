//! Workflow commands of GitHub Actions: `--format github`.
//!
//! In: a finished report. Out: a line for each finding, `::error file=...,line=...,col=...,title=...::message`, which the
//! runner turns into an annotation at that line, and a line in the end that sums up. Critical and high findings are
//! errors, medium ones warnings, the rest notices. What an audit of logs or over the wire finds stands in no file of
//! the repository: it is told without one. What was put aside is not told.
//!
//! In the message `%`, CR and LF are written as the runner reads them, in a property `:` and `,` too; CR and LF never
//! get that far, as they are written out before. No line begins with anything that others chose.
//!
//! Limits: the runner shows ten errors, ten warnings and ten notices of a step; all stand in its log. A message has at
//! most `MOST` characters.
//!
//! References: GitHub, Workflow commands for GitHub Actions; actions/toolkit, packages/core/src/command.ts.

use super::Reporter;
use super::fit;
use super::subject::{Subject, each};
use crate::model::{Finding, Outcome, Report, Severity, Verdict};
use std::io::{self, Write};

/// Characters of a message.
const MOST: usize = 1_000;

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Github;

impl Reporter for Github {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        each(report, outcomes, |subject| {
            for finding in subject.findings() {
                out.write_all(annotation(subject, finding).as_bytes())?;
            }
            match subject {
                Subject::Wire(outcome) if outcome.verdict == Verdict::Inconclusive => {
                    let why = outcome.reason.map_or("", |reason| reason.phrase());
                    let text = format!("{}: not decided: {why}", subject.name());
                    writeln!(out, "::warning title=relaycheck::{}", data(&text))
                }
                Subject::Log(audit) => audit.undecided.iter().try_for_each(|why| {
                    let text = format!("not decided: {}", fit::line(why, MOST));
                    writeln!(out, "::warning title=relaycheck::{}", data(&text))
                }),
                Subject::Wire(_) | Subject::Conf(_) => Ok(()),
            }
        })?;
        let totals = &report.totals;
        let found: u64 = Severity::ALL.iter().map(|s| totals.severity(*s)).sum();
        let audited = totals.targets + totals.audits + totals.logs;
        let aside = match totals.suppressed {
            0 => String::new(),
            count => format!(", {count} put aside"),
        };
        let cut = if report.run.complete {
            ""
        } else {
            "; the run was not complete"
        };
        let found = fit::count(found, "finding");
        writeln!(out, "relaycheck: {audited} audited, {found}{aside}{cut}")?;
        out.flush()
    }
}

fn annotation(subject: Subject<'_>, finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let mut properties: Vec<String> = Vec::new();
    let mut message = String::new();
    match (subject, finding.place()) {
        (Subject::Conf(_), Some(place)) => {
            let path = fit::name(&subject.path(place), MOST);
            properties.push(format!("file={}", property(&path)));
            if place.line > 0 {
                properties.push(format!("line={}", place.line));
                if place.column > 0 {
                    properties.push(format!("col={}", place.column));
                    if place.width > 0 {
                        let end = place.column.saturating_add(place.width);
                        properties.push(format!("endColumn={end}"));
                    }
                }
            }
        }
        _ => message = format!("{}: ", subject.spot(finding)),
    }
    let title = format!("{}: {}", finding.rule.id, finding.rule.title);
    properties.push(format!("title={}", property(&fit::line(&title, MOST))));
    message.push_str(&fit::line(&finding.message, MOST));
    message.push_str(" Fix: ");
    message.push_str(&fit::line(&finding.remedy, MOST));
    format!("::{command} {}::{}\n", properties.join(","), data(&message))
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {

    use crate::report::{sample, sample_logs};

    /// Takes a command apart as the runner does: command, properties, message.
    fn read(line: &str) -> (String, Vec<(String, String)>, String) {
        let rest = line.strip_prefix("::").expect("a command");
        let (head, message) = rest.split_once("::").expect("a message");
        let (command, properties) = head.split_once(' ').expect("properties");
        let value = |text: &str| {
            text.replace("%0D", "\r")
                .replace("%0A", "\n")
                .replace("%3A", ":")
                .replace("%2C", ",")
                .replace("%25", "%")
        };
        let property = |pair: &str| {
            let (name, text) = pair.split_once('=').expect("a pair");
            (name.to_owned(), value(text))
        };
        let properties = properties.split(',').map(property).collect();
        (command.to_owned(), properties, value(message))
    }

    #[test]
    fn a_finding_is_annotated_where_it_stands() {
        let text = sample::write(
            "github",
            &sample::of_audits(vec![sample::open_configuration()]),
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "::error file=etc/postfix/main.cf,line=12,col=27,endColumn=36,title=PF901%3A mynetworks covers \
                 everybody::mynetworks holds 0.0.0.0/0: every client is trusted. Fix: Set mynetworks = \
                 127.0.0.0/8 [::1]/128, and let people log in.",
                "relaycheck: 1 audited, 1 finding, 1 put aside",
            ]
        );
    }

    #[test]
    fn servers_and_logs_are_told_without_a_file() {
        let text = sample::write("github", &sample::report());
        let (command, properties, message) = read(text.lines().next().expect("a line"));
        assert_eq!(command, "error");
        assert_eq!(properties[0].0, "title");
        assert!(
            message.starts_with("mail.example.com:25: The server takes mail for"),
            "{message}"
        );
        assert!(
            text.contains("::warning title=relaycheck::192.0.2.4:25: not decided: this client was")
        );
        let text = sample::write("github", &sample_logs::logs());
        let commands: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with("::"))
            .map(|line| read(line).0)
            .collect();
        assert_eq!(
            commands[..8],
            [
                "error", "error", "warning", "warning", "warning", "warning", "warning", "notice"
            ]
        );
    }

    #[test]
    fn hostile_names_end_no_property_and_no_command() {
        let hostile = b"a,line=1::x%0A\r\n::error::y";
        let audit = sample::hostile_configuration(hostile);
        let text = sample::write("github", &sample::of_audits(vec![audit]));
        assert_eq!(text.lines().count(), 3);
        let (_, properties, _) = read(text.lines().next().expect("a line"));
        let names: Vec<&str> = properties.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["file", "line", "col", "endColumn", "title"]);
        assert!(
            properties[0].1.starts_with("a,line=1::x%0A\\x0d"),
            "{properties:?}"
        );
        assert_eq!(properties[1].1, "7");
    }
}
