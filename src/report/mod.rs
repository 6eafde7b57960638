//! Reports: what was learnt, written for people and for programs.
//!
//! In: outcomes and audits as they are reached, and the finished [`Report`]. Out: bytes on a writer that the
//! caller gives. There are two ways of delivery:
//!
//! * A *streaming* format writes each outcome when it is reached, in the order of completion;
//!   the caller flushes. It keeps nothing but counters, so a scan of any size runs in constant
//!   memory. `finish` reads the run and the totals only.
//! * A *document* format writes nothing until the end and then the whole report, in the order the
//!   targets were written. The outcomes are kept by the caller, once for all such formats, on disk where
//!   they are many; the reporter takes, converts and writes them one by one and holds none. Audits of
//!   configurations, of which there are as many as were named, stand in the report.
//!
//! Either kind is called the same way: [`Reporter::begin`], [`Reporter::outcome`] for each outcome or
//! [`Reporter::audit`] for each audit, [`Reporter::finish`] once. A new format is a file that implements [`Reporter`] and a row in [`FORMATS`].
//!
//! Deliberately reads no clock, no environment and no terminal: colour, width and verbosity come in
//! with [`Options`]. Neither drops nor sorts findings: policy was applied before.
//!
//! Whatever came from outside passes through [`crate::model::bytes`] and then through the escaping
//! of the format.

pub mod again;
mod brief;
pub mod compare;
pub mod csv;
mod fit;
pub mod github;
pub mod html;
pub mod human;
pub mod intelmq;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod markdown;
pub mod merge;
pub mod nagios;
pub mod prometheus;
pub mod read;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_logs;
pub mod sarif;
mod subject;

pub use brief::subject_line;

use crate::model::{ConfAudit, LogAudit, Outcome, Report, RunInfo};
use std::io::{self, Write};

/// Writes a report in one format.
pub trait Reporter {
    /// Is told, before the first outcome, what is known of the run by then: not how long it takes, and
    /// not whether it gets to its end.
    fn begin(&mut self, _run: &RunInfo) {}

    /// Takes an outcome as soon as it is reached. Document formats write nothing here.
    fn outcome(&mut self, _outcome: &Outcome, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Takes an audit of a configuration. Document formats write nothing here: they find all of them in the
    /// report.
    fn audit(&mut self, _audit: &ConfAudit, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Takes an audit of logs, as [`Self::audit`] takes one of a configuration.
    fn log(&mut self, _audit: &LogAudit, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Ends the report. Document formats are given the outcomes here, in the order the targets were
    /// written; streaming formats have had them, and get none.
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()>;
}

/// When a format writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Outcome by outcome.
    Streaming,
    /// Everything at the end.
    Document,
}

/// Whether text for people is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Without a single escape sequence.
    #[default]
    Plain,
    /// With ANSI colours.
    Coloured,
}

/// How much is said to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// Relays and the summary.
    Quiet,
    /// Every target, with what a person has to know about it.
    #[default]
    Normal,
    /// Also what the server said about itself and each form's answer.
    Verbose,
}

/// What a reporter is told about its reader. Formats for programs ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Colour.
    pub style: Style,
    /// How much to say.
    pub verbosity: Verbosity,
    /// Columns of a line.
    pub width: usize,
    /// Whether the policy of a configuration is told row by row.
    pub policy: bool,
    /// Whether files are audited, and no targets: a report that came to nothing says so in these words.
    pub files: bool,
}

impl Default for Options {
    /// Plain text of normal length in 100 columns: fits a terminal beside another window, and most
    /// dialogue lines without a break.
    fn default() -> Self {
        Self {
            style: Style::default(),
            verbosity: Verbosity::default(),
            width: 100,
            policy: false,
            files: false,
        }
    }
}

/// An output format.
#[derive(Debug)]
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// The usual extension of its files, without the dot.
    pub extension: &'static str,
    /// When it writes.
    pub delivery: Delivery,
    /// The state of a monitoring plugin that it tells, whose exit code takes the place of the usual one.
    pub state: Option<fn(&Report) -> nagios::State>,
    new: fn(&Options) -> Box<dyn Reporter + Send>,
}

impl Format {
    /// Finds a format by its name.
    pub fn find(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// Makes a reporter for one report.
    pub fn reporter(&self, options: &Options) -> Box<dyn Reporter + Send> {
        (self.new)(options)
    }
}

/// Every output format, in the order of the documentation.
pub static FORMATS: &[Format] = &[
    Format {
        name: "human",
        about: "text for people, target by target, with a summary",
        media_type: "text/plain; charset=utf-8",
        extension: "txt",
        delivery: Delivery::Streaming,
        state: None,
        new: |options| Box::new(human::Human::new(*options)),
    },
    Format {
        name: "json",
        about: "one JSON document, relaycheck.report/1",
        media_type: "application/json",
        extension: "json",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(json::Json),
    },
    Format {
        name: "jsonl",
        about: "one JSON result per line, as they are reached",
        media_type: "application/jsonl",
        extension: "jsonl",
        delivery: Delivery::Streaming,
        state: None,
        new: |_| Box::<jsonl::JsonLines>::default(),
    },
    Format {
        name: "csv",
        about: "a table for spreadsheets: a row for each result and each finding",
        media_type: "text/csv; charset=utf-8",
        extension: "csv",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(csv::Csv),
    },
    Format {
        name: "sarif",
        about: "SARIF 2.1.0, for code scanning: findings with their lines, and all rules",
        media_type: "application/sarif+json",
        extension: "sarif",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(sarif::Sarif),
    },
    Format {
        name: "junit",
        about: "JUnit XML, for CI: a suite for each target, a case for each form or finding",
        media_type: "application/xml",
        extension: "xml",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(junit::Junit),
    },
    Format {
        name: "markdown",
        about: "a comment on a pull request or a job summary, of bounded size",
        media_type: "text/markdown; charset=utf-8",
        extension: "md",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(markdown::Markdown),
    },
    Format {
        name: "html",
        about: "a page for people, in one file: charts, targets to filter, proof and remedies",
        media_type: "text/html; charset=utf-8",
        extension: "html",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(html::Html),
    },
    Format {
        name: "github",
        about: "workflow commands: findings as annotations where they stand",
        media_type: "text/plain; charset=utf-8",
        extension: "txt",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(github::Github),
    },
    Format {
        name: "nagios",
        about: "the line of a monitoring plugin, with its performance data and its exit codes",
        media_type: "text/plain; charset=utf-8",
        extension: "txt",
        delivery: Delivery::Document,
        state: Some(nagios::State::of),
        new: |_| Box::new(nagios::Nagios),
    },
    Format {
        name: "prometheus",
        about: "metrics for the textfile collector of the node exporter",
        media_type: "text/plain; version=0.0.4; charset=utf-8",
        extension: "prom",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(prometheus::Prometheus),
    },
    Format {
        name: "intelmq",
        about: "one IntelMQ event per line for each relay, for CERTs",
        media_type: "application/jsonl",
        extension: "jsonl",
        delivery: Delivery::Document,
        state: None,
        new: |_| Box::new(intelmq::IntelMq),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Named;
    use crate::model::bytes::escape;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// Tells whether text can be shown: apart from line feeds, escaping would change nothing.
    fn shows(text: &str) -> bool {
        text.split('\n').all(|line| escape(line) == line)
    }

    #[test]
    fn formats_have_names_of_their_own_and_are_found_by_them() {
        let names: HashSet<&str> = FORMATS.iter().map(|format| format.name).collect();
        assert_eq!(names.len(), FORMATS.len());
        for format in FORMATS {
            assert!(std::ptr::eq(
                Format::find(format.name).expect("a row"),
                format
            ));
        }
        assert!(Format::find("Human").is_none());
    }

    #[test]
    fn documents_write_at_the_end_and_streams_as_they_go() {
        let report = sample::report();
        for format in FORMATS {
            let mut reporter = format.reporter(&Options::default());
            let mut out = Vec::new();
            for outcome in &report.outcomes {
                let before = out.len();
                reporter.outcome(outcome, &mut out).expect("room");
                let wrote = out.len() > before;
                // People are spared a line for each silent address of a network; programs are not.
                let spared = format.name == "human" && outcome.target.named == Named::ByRange;
                let streams = format.delivery == Delivery::Streaming && !spared;
                assert_eq!(wrote, streams, "{}", format.name);
            }
        }
    }

    #[test]
    fn a_writer_that_fails_is_an_error_and_no_panic() {
        let report = sample::report();
        for format in FORMATS {
            let mut full: &mut [u8] = &mut [0; 10];
            let mut reporter = format.reporter(&Options::default());
            let failed = report
                .outcomes
                .iter()
                .map(|outcome| reporter.outcome(outcome, &mut full))
                .any(|result| result.is_err());
            let mut outcomes = report.outcomes.iter().cloned().map(Ok);
            let finished = reporter.finish(&report.report(), &mut outcomes, &mut full);
            let finished = finished.is_err();
            assert!(failed || finished, "{}", format.name);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_format_lets_a_control_character_out(
            bytes in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                any::<String>().prop_map(String::into_bytes),
                Just(sample::HOSTILE.to_vec()),
                Just(sample::GBK.to_vec()),
            ],
            width in 0usize..200,
            verbosity in prop_oneof![
                Just(Verbosity::Quiet), Just(Verbosity::Normal), Just(Verbosity::Verbose),
            ],
        ) {
            let report = sample::of(vec![sample::hostile(&bytes), sample::rejecting()]);
            let configuration = sample::hostile_configuration(&bytes);
            let audits = sample::of_audits(vec![configuration, sample::open_configuration()]);
            let logs = sample_logs::of_logs(vec![sample_logs::hostile(&bytes), sample_logs::relayed()]);
            let options = Options { style: Style::Plain, verbosity, width, policy: true, files: false };
            for format in FORMATS {
                let text = sample::write_with(format.name, &report, &options);
                prop_assert!(shows(&text), "{}: {text:?}", format.name);
                for report in [&audits, &logs] {
                    let text = sample::write_with(format.name, report, &options);
                    prop_assert!(shows(&text), "{}: {text:?}", format.name);
                }
            }
        }
    }
}
