//! SARIF 2.1.0, for code scanning: `--format sarif`.
//!
//! In: a finished report. Out: one document with one run: all rules with their texts, a result for each finding, and
//! an invocation that says whether the run was complete and names what was not decided.
//!
//! * Lines and columns count from one; columns are characters (`unicodeCodePoints`). A place without a line has no
//!   region. Paths are relative where the audited path was, so that a code host finds them in its checkout.
//! * A finding about a server has a logical location, `smtp://host:port`: there is no file to point at. Those of
//!   logs have both: the client or account, and the first line that shows it.
//! * `partialFingerprints` has the fingerprint of all other formats, so that a finding is the same over runs.
//! * What was put aside is there with a `suppressions` of the kind `external` and its reason.
//! * Severity is `level` (error: critical and high; warning: medium; note: the rest), exactly in `properties`, and as
//!   `security-severity` of the rule.
//!
//! Does not hold the document in memory: results are converted and written one by one.
//!
//! Limits: `MOST_NOTED` notifications; how many more there are is the last one.
//!
//! References: SARIF 2.1.0 (OASIS, 2020), sections 3.20 (invocation), 3.27 (result), 3.33 (logical location);
//! RFC 3986 (paths as URIs).

mod result;
mod rules;
mod uri;

use super::Reporter;
use super::fit::{self, MOST};
use super::subject::{Subject, each};
use crate::model::{Named, Outcome, Reason, Report, Verdict};
use result::{Found, Message};
use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};

/// Where the schema stands.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Notifications of one run.
const MOST_NOTED: usize = 1_000;

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sarif;

impl Reporter for Sarif {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let notes = RefCell::new(Notes::default());
        let document = Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: rules::driver(report),
                },
                automation_details: Automation {
                    id: format!("relaycheck/{}", fit::line(&report.run.id, MOST)),
                },
                column_kind: "unicodeCodePoints",
                results: Results {
                    report,
                    outcomes: RefCell::new(outcomes),
                    notes: &notes,
                },
                invocations: Invocations {
                    report,
                    notes: &notes,
                },
            }],
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")?;
        out.flush()
    }
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

/// Fields are written in this order: the invocation knows what the results have shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    automation_details: Automation,
    column_kind: &'static str,
    results: Results<'a>,
    invocations: Invocations<'a>,
}

#[derive(Serialize)]
struct Tool {
    driver: rules::Driver,
}

#[derive(Serialize)]
struct Automation {
    id: String,
}

/// The results, taken one by one when they are written.
struct Results<'a> {
    report: &'a Report,
    outcomes: RefCell<&'a mut dyn Iterator<Item = io::Result<Outcome>>>,
    notes: &'a RefCell<Notes>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let places: HashMap<&str, usize> = (0..)
            .zip(&self.report.rules)
            .map(|(place, rule)| (rule.id, place))
            .collect();
        let mut all = serializer.serialize_seq(None)?;
        let mut refused = None;
        let mut outcomes = self.outcomes.borrow_mut();
        let gone = each(self.report, &mut **outcomes, |subject| {
            self.notes.borrow_mut().take(subject);
            let open = subject.findings().iter().map(|finding| (finding, None));
            let aside = subject.suppressed().iter();
            let aside = aside.map(|(finding, reason)| (finding, Some(reason.as_str())));
            for (finding, reason) in open.chain(aside) {
                let index = places.get(finding.rule.id).copied();
                let result = Found::new(subject, finding, index, reason);
                if let Err(error) = all.serialize_element(&result) {
                    refused = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
            Ok(())
        });
        match (refused, gone) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(S::Error::custom(error)),
            (None, Ok(())) => all.end(),
        }
    }
}

/// What was not decided.
#[derive(Debug, Default)]
struct Notes {
    told: Vec<String>,
    more: usize,
}

impl Notes {
    fn add(&mut self, text: String) {
        match self.told.len() < MOST_NOTED {
            true => self.told.push(text),
            false => self.more += 1,
        }
    }

    fn take(&mut self, subject: Subject<'_>) {
        match subject {
            Subject::Wire(outcome) => {
                let verdict = outcome.verdict;
                let silent = verdict == Verdict::Unreachable;
                let open = verdict == Verdict::Inconclusive
                    || silent && outcome.target.named == Named::Explicitly;
                if open && outcome.reason != Some(Reason::Excluded) {
                    let why = outcome.reason.map_or("", Reason::phrase);
                    self.add(format!("{}: {}: {why}", subject.name(), verdict.as_str()));
                } else if !silent && outcome.coverage.untested() > 0 {
                    let (untested, planned) =
                        (outcome.coverage.untested(), outcome.coverage.planned);
                    let name = subject.name();
                    self.add(format!(
                        "{name}: {untested} of {planned} forms were not answered"
                    ));
                }
            }
            Subject::Conf(audit) => {
                for unread in &audit.unread {
                    let (what, why) = (fit::name(&unread.what, MOST), fit::line(&unread.why, MOST));
                    self.add(format!("{}: not read: {what}: {why}", subject.name()));
                }
            }
            Subject::Log(audit) => {
                for why in &audit.undecided {
                    self.add(format!("not decided: {}", fit::line(why, MOST)));
                }
            }
        }
    }
}

/// The one invocation, made after the results.
struct Invocations<'a> {
    report: &'a Report,
    notes: &'a RefCell<Notes>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time_utc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time_utc: Option<String>,
    tool_execution_notifications: Vec<Notification>,
    properties: RunProperties,
}

#[derive(Serialize)]
struct RunProperties {
    complete: bool,
    shard: String,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

impl Serialize for Invocations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = &self.report.run;
        let notes = self.notes.borrow();
        let mut texts: Vec<String> = notes.told.clone();
        if notes.more > 0 {
            texts.push(format!("and {} more that were not decided", notes.more));
        }
        if !run.complete {
            texts.insert(
                0,
                "the run did not go through everything it was asked".to_owned(),
            );
        }
        let notification = |text: String| Notification {
            level: "warning",
            message: Message::of(&text),
        };
        let started: Option<jiff::Timestamp> = run.started.parse().ok();
        let ended = started.and_then(|started| started.checked_add(run.elapsed).ok());
        [Invocation {
            execution_successful: run.complete,
            start_time_utc: started.map(|at| at.to_string()),
            end_time_utc: ended.map(|at| at.to_string()),
            tool_execution_notifications: texts.into_iter().map(notification).collect(),
            properties: RunProperties {
                complete: run.complete,
                shard: fit::line(&run.shard, MOST),
            },
        }]
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
