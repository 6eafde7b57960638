//! Metrics for the textfile collector: `--format prometheus`.
//!
//! In: a finished report. Out: gauges in the text format of Prometheus, version 0.0.4. Counts are there also where they
//! are zero, so that an alert ends. Every metric has the label `audit` (`probe`, `config`, `logs`), so that files of the
//! three audits can lie in one directory; two files of the same audit cannot, as their samples would be the same.
//!
//! | metric | labels | what it is |
//! | --- | --- | --- |
//! | `relaycheck_last_run_timestamp_seconds`, `relaycheck_run_duration_seconds`, `relaycheck_run_complete` | | when it ended, how long it took, whether it went through everything |
//! | `relaycheck_exit_status` | | 0, 1 or 3, as the exit code |
//! | `relaycheck_targets` | `verdict` | servers |
//! | `relaycheck_target_reasons` | `verdict`, `reason` | why, of those that were not decided |
//! | `relaycheck_forms` | `standing` | coverage: forms planned, tested, unclear, untested |
//! | `relaycheck_relay` | `target`, `address` | 1 for each relay, the first `MOST_NAMED` of them |
//! | `relaycheck_configurations` | `relay` | configurations by outcome |
//! | `relaycheck_log_lines`, `relaycheck_log_events` | `kind` | lines read and not understood; totals of the logs |
//! | `relaycheck_findings`, `relaycheck_findings_suppressed` | `severity` | findings, and those put aside |
//!
//! References: Prometheus, Exposition formats; node exporter, textfile collector.

use super::Reporter;
use super::fit;
use crate::model::{Conclusion, Coverage, LogTotals, Outcome, Relay, Report, Severity, Verdict};
use std::io::{self, Write};

/// Relays that are named: each is a series of its own.
const MOST_NAMED: usize = 1_000;

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prometheus;

impl Reporter for Prometheus {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut coverage = Coverage::default();
        let mut relays: Vec<(String, String)> = Vec::new();
        for outcome in outcomes {
            let outcome = outcome?;
            coverage.planned += outcome.coverage.planned;
            coverage.tested += outcome.coverage.tested;
            coverage.unclear += outcome.coverage.unclear;
            if outcome.verdict == Verdict::RelayAccepting && relays.len() < MOST_NAMED {
                let address = outcome
                    .target
                    .address
                    .map_or(String::new(), |a| a.to_string());
                relays.push((fit::name(&outcome.target.place(), fit::MOST), address));
            }
        }
        // The same host and port may be named twice in a run; a series may not.
        relays.sort();
        relays.dedup();
        let mut page = Page::of(report);
        run(&mut page, report);
        if report.totals.audits == 0 && report.totals.logs == 0 {
            servers(&mut page, report, coverage, &relays);
        }
        if report.totals.audits > 0 {
            page.metric(
                "relaycheck_configurations",
                "Configurations by what happens to an outsider's mail.",
            );
            for relay in Relay::ALL {
                let count = report.totals.relay(*relay);
                page.sample(&[("relay", relay.as_str())], &count.to_string());
            }
        }
        if report.totals.logs > 0 {
            logs(&mut page, report);
        }
        findings(&mut page, report);
        out.write_all(page.text.as_bytes())?;
        out.flush()
    }
}

fn run(page: &mut Page, report: &Report) {
    let run = &report.run;
    let started: Option<jiff::Timestamp> = run.started.parse().ok();
    if let Some(ended) = started.and_then(|at| at.checked_add(run.elapsed).ok()) {
        page.metric(
            "relaycheck_last_run_timestamp_seconds",
            "When the run ended, in seconds since 1970.",
        );
        let seconds = ended.as_millisecond() as f64 / 1000.0;
        page.sample(&[], &format!("{seconds:.3}"));
    }
    page.metric("relaycheck_run_duration_seconds", "How long the run took.");
    page.sample(&[], &format!("{:.3}", run.elapsed.as_secs_f64()));
    page.metric(
        "relaycheck_run_complete",
        "Whether the run went through everything it was asked.",
    );
    page.sample(&[], if run.complete { "1" } else { "0" });
    page.metric("relaycheck_exit_status", "0 clean, 1 found, 3 not decided.");
    page.sample(
        &[],
        match report.conclusion {
            Conclusion::Clean => "0",
            Conclusion::Found => "1",
            Conclusion::Undecided => "3",
        },
    );
    page.metric("relaycheck_build_info", "The version of relaycheck.");
    page.sample(&[("version", run.version)], "1");
}

fn servers(page: &mut Page, report: &Report, coverage: Coverage, relays: &[(String, String)]) {
    page.metric("relaycheck_targets", "Servers by verdict.");
    for verdict in Verdict::ALL {
        let count = report.totals.verdict(*verdict);
        page.sample(&[("verdict", verdict.as_str())], &count.to_string());
    }
    let open = [Verdict::Inconclusive, Verdict::Unreachable];
    if open
        .iter()
        .any(|verdict| report.totals.verdict(*verdict) > 0)
    {
        page.metric(
            "relaycheck_target_reasons",
            "Servers that were not decided, by the reason.",
        );
        for verdict in open {
            for (reason, count) in report.totals.reasons(verdict) {
                let labels = [("verdict", verdict.as_str()), ("reason", reason.as_str())];
                page.sample(&labels, &count.to_string());
            }
        }
    }
    page.metric(
        "relaycheck_forms",
        "Coverage: forms that were planned, and what became of them.",
    );
    for (standing, count) in [
        ("planned", coverage.planned),
        ("tested", coverage.tested),
        ("unclear", coverage.unclear),
        ("untested", coverage.untested()),
    ] {
        page.sample(&[("standing", standing)], &count.to_string());
    }
    if !relays.is_empty() {
        page.metric(
            "relaycheck_relay",
            "1 for each server that relays for strangers.",
        );
        for (target, address) in relays {
            page.sample(&[("target", target), ("address", address)], "1");
        }
    }
}

/// One of the totals of a log.
type Count = fn(&LogTotals) -> u64;

fn logs(page: &mut Page, report: &Report) {
    let lines: u64 = report.logs.iter().map(|log| log.lines).sum();
    let unparsed: u64 = report.logs.iter().map(|log| log.unparsed).sum();
    page.metric("relaycheck_log_lines", "Lines of the logs.");
    page.sample(&[("kind", "read")], &lines.to_string());
    page.sample(&[("kind", "unparsed")], &unparsed.to_string());
    page.metric(
        "relaycheck_log_events",
        "What the logs tell of, in numbers.",
    );
    let kinds: [(&str, Count); 9] = [
        ("messages", |t| t.messages),
        ("delivered", |t| t.delivered),
        ("relayed_recipients", |t| t.relayed_recipients),
        ("relay_denied", |t| t.relay_denied),
        ("rejected", |t| t.rejected),
        ("deferred", |t| t.deferred),
        ("bounced", |t| t.bounced),
        ("logins", |t| t.logins),
        ("login_failures", |t| t.login_failures),
    ];
    for (kind, count) in kinds {
        let sum: u64 = report.logs.iter().map(|log| count(&log.totals)).sum();
        page.sample(&[("kind", kind)], &sum.to_string());
    }
}

fn findings(page: &mut Page, report: &Report) {
    page.metric("relaycheck_findings", "Findings by severity.");
    for severity in Severity::ALL.iter().rev() {
        let count = report.totals.severity(*severity);
        page.sample(&[("severity", severity.as_str())], &count.to_string());
    }
    page.metric(
        "relaycheck_findings_suppressed",
        "Findings that were put aside.",
    );
    page.sample(&[], &report.totals.suppressed.to_string());
}

/// The text in the making.
struct Page {
    text: String,
    audit: &'static str,
    name: &'static str,
}

impl Page {
    fn of(report: &Report) -> Self {
        Self {
            text: String::new(),
            audit: match (report.totals.audits, report.totals.logs) {
                (0, 0) => "probe",
                (0, _) => "logs",
                _ => "config",
            },
            name: "",
        }
    }

    /// Begins a metric.
    fn metric(&mut self, name: &'static str, help: &str) {
        self.name = name;
        let help = help.replace('\\', "\\\\");
        self.text
            .push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
    }

    /// Writes a sample of the metric.
    fn sample(&mut self, labels: &[(&str, &str)], value: &str) {
        self.text
            .push_str(&format!("{}{{audit=\"{}\"", self.name, self.audit));
        for (label, text) in labels {
            self.text
                .push_str(&format!(",{label}=\"{}\"", value_of(text)));
        }
        self.text.push_str(&format!("}} {value}\n"));
    }
}

/// Escapes the value of a label.
fn value_of(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{sample, sample_logs};
    use std::collections::HashSet;

    /// Reads samples as name, labels and value; fails where the text is not in the format.
    fn read(text: &str) -> Vec<(String, String, f64)> {
        let line = regex::Regex::new(
            r#"\A([a-z_]+)\{([a-z]+="(?:[^"\\]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\]|\\["\\n])*")*)\} (\S+)\z"#,
        )
        .expect("a grammar");
        let mut samples = Vec::new();
        let (mut helped, mut typed) = (String::new(), String::new());
        let mut seen = HashSet::new();
        for text in text.lines() {
            if let Some(rest) = text.strip_prefix("# HELP ") {
                helped = rest.split(' ').next().expect("a name").to_owned();
                assert!(seen.insert(helped.clone()), "{helped} twice");
            } else if let Some(rest) = text.strip_prefix("# TYPE ") {
                typed = rest.strip_suffix(" gauge").expect("a gauge").to_owned();
                assert_eq!(typed, helped);
            } else {
                let parts = line.captures(text).unwrap_or_else(|| panic!("{text}"));
                assert_eq!(parts[1], typed);
                let value = parts[3].parse().expect("a number");
                samples.push((parts[1].to_owned(), parts[2].to_owned(), value));
            }
        }
        let series: HashSet<_> = samples
            .iter()
            .map(|(name, labels, _)| (name, labels))
            .collect();
        assert_eq!(series.len(), samples.len(), "a series twice");
        samples
    }

    fn value(samples: &[(String, String, f64)], series: &str) -> Option<f64> {
        let found = samples
            .iter()
            .find(|(name, labels, _)| format!("{name}{{{labels}}}") == series);
        found.map(|(_, _, value)| *value)
    }

    #[test]
    fn servers_are_counted_zeros_too() {
        let samples = read(&sample::write("prometheus", &sample::report()));
        for (series, expected) in [
            (
                r#"relaycheck_targets{audit="probe",verdict="relay-accepting"}"#,
                2.0,
            ),
            (
                r#"relaycheck_targets{audit="probe",verdict="auth-required"}"#,
                1.0,
            ),
            (
                r#"relaycheck_target_reasons{audit="probe",verdict="inconclusive",reason="client-blocked"}"#,
                1.0,
            ),
            (
                r#"relaycheck_forms{audit="probe",standing="planned"}"#,
                13.0,
            ),
            (r#"relaycheck_forms{audit="probe",standing="tested"}"#, 9.0),
            (r#"relaycheck_forms{audit="probe",standing="unclear"}"#, 1.0),
            (
                r#"relaycheck_forms{audit="probe",standing="untested"}"#,
                3.0,
            ),
            (
                r#"relaycheck_relay{audit="probe",target="mail.example.com:25",address="192.0.2.1"}"#,
                1.0,
            ),
            (
                r#"relaycheck_findings{audit="probe",severity="critical"}"#,
                1.0,
            ),
            (r#"relaycheck_findings{audit="probe",severity="high"}"#, 0.0),
            (r#"relaycheck_run_duration_seconds{audit="probe"}"#, 12.345),
            // 2026-11-24T08:00:00Z and 12.345 s
            (
                r#"relaycheck_last_run_timestamp_seconds{audit="probe"}"#,
                1_795_507_212.345,
            ),
            (r#"relaycheck_run_complete{audit="probe"}"#, 1.0),
            (r#"relaycheck_exit_status{audit="probe"}"#, 1.0),
        ] {
            assert_eq!(value(&samples, series), Some(expected), "{series}");
        }
        let none = read(&sample::write(
            "prometheus",
            &sample::of(vec![sample::rejecting()]),
        ));
        let relays = r#"relaycheck_targets{audit="probe",verdict="relay-accepting"}"#;
        assert_eq!(value(&none, relays), Some(0.0));
        let status = r#"relaycheck_exit_status{audit="probe"}"#;
        assert_eq!(value(&none, status), Some(0.0));
    }

    #[test]
    fn configurations_and_logs_have_metrics_of_their_own() {
        let samples = read(&sample::write("prometheus", &sample::configurations()));
        for (series, expected) in [
            (
                r#"relaycheck_configurations{audit="config",relay="open"}"#,
                1.0,
            ),
            (
                r#"relaycheck_configurations{audit="config",relay="broken"}"#,
                0.0,
            ),
            (r#"relaycheck_findings_suppressed{audit="config"}"#, 2.0),
        ] {
            assert_eq!(value(&samples, series), Some(expected), "{series}");
        }
        let samples = read(&sample::write(
            "prometheus",
            &sample_logs::of_logs(vec![sample_logs::relayed()]),
        ));
        for (series, expected) in [
            (
                r#"relaycheck_log_events{audit="logs",kind="relayed_recipients"}"#,
                12.0,
            ),
            (
                r#"relaycheck_log_events{audit="logs",kind="relay_denied"}"#,
                290.0,
            ),
            (r#"relaycheck_log_lines{audit="logs",kind="read"}"#, 12345.0),
            (r#"relaycheck_log_lines{audit="logs",kind="unparsed"}"#, 3.0),
        ] {
            assert_eq!(value(&samples, series), Some(expected), "{series}");
        }
        assert!(
            !samples
                .iter()
                .any(|(name, _, _)| name == "relaycheck_targets")
        );
    }

    #[test]
    fn a_relay_named_twice_is_one_series_and_labels_are_escaped() {
        let twice = sample::of(vec![sample::relay(), sample::relay()]);
        let samples = read(&sample::write("prometheus", &twice));
        assert_eq!(
            samples
                .iter()
                .filter(|(name, _, _)| name == "relaycheck_relay")
                .count(),
            1
        );
        assert_eq!(value_of("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
    }
}
