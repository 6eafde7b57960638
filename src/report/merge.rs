//! One report out of the parts of a divided scan.
//!
//! In: parts, each the results of a report and what it says of its run. Out: the run of the whole, its
//! outcomes in the written order of targets, and what is missing from it; or why the parts do not belong
//! together.
//!
//! Parts belong together if they name the same scan, seed, list of targets and number of parts, and none
//! of them comes twice. The whole begins with its earliest part and takes as long as its longest.
//!
//! What is missing is said, never guessed: a part that was not given, one that was interrupted or cut
//! off, and a jsonl part, which cannot say whether its scan came to an end.
//!
//! Where a part holds a place in the order twice, as a scan that was taken up again may leave it, the
//! later result stands. Two names of one server that fall into different parts are two results, where a
//! scan in one process would have asked once.
//!
//! Limits: all outcomes are in memory, as they are for a json report of that size.

use super::json::v1;
use super::read::{self, Unreadable};
use crate::model::bytes::escape;
use crate::model::{Outcome, Rule, RunInfo};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::time::Duration;

/// A report that was read, as a part of a scan.
#[derive(Debug, Clone)]
pub struct Part {
    name: String,
    run: Option<Scan>,
    version: Option<String>,
    /// What is known of its end.
    end: End,
    elapsed_ms: u64,
    outcomes: BTreeMap<(u64, u32), Outcome>,
    other_findings: u64,
}

/// How a part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Interrupted,
    CutOff,
    /// It is jsonl.
    Unsaid,
}

/// The scan that a part says it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Scan {
    id: String,
    seed: u64,
    shard: String,
    targets: String,
    started: String,
    #[serde(default)]
    version: Option<String>,
}

/// Why parts cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// A report does not say which scan it is of.
    #[error("{0} does not say which part of which scan it is")]
    Nameless(String),
    /// It says so in a way that cannot be.
    #[error("{name} says that it is part '{shard}' of its scan")]
    NoPart {
        /// The part.
        name: String,
        /// What it says.
        shard: String,
    },
    /// Two parts are of different scans.
    #[error("{one} and {other} are not of one scan: {what} {of_one} and {of_other}")]
    Different {
        /// What they differ in.
        what: &'static str,
        /// A part.
        one: String,
        /// What it says.
        of_one: String,
        /// Another part.
        other: String,
        /// What that says.
        of_other: String,
    },
    /// A part was given twice.
    #[error("{one} and {other} are both part {shard}")]
    Twice {
        /// Which part.
        shard: String,
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// There are no parts.
    #[error("no parts were given")]
    Nothing,
}

/// The whole.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The run. It is complete if nothing is missing.
    pub run: RunInfo,
    /// The outcomes, in the written order of targets.
    pub outcomes: Vec<Outcome>,
    /// What is missing, a line each.
    pub missing: Vec<String>,
    /// What else is worth knowing, a line each.
    pub notes: Vec<String>,
}

impl Part {
    /// Reads a report as a part. `rules` finds a rule of this version by its id.
    pub fn read(
        name: &str,
        input: &mut dyn BufRead,
        rules: &dyn Fn(&str) -> Option<&'static Rule>,
    ) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Line {
            run: Option<Scan>,
        }
        let mut run: Option<Scan> = None;
        let mut outcomes = BTreeMap::new();
        let mut each = |text: &str| {
            let line: Line = serde_json::from_str(text).map_err(|e| read::trouble(&e))?;
            match (&run, line.run) {
                (_, None) => {}
                (None, scan) => run = scan,
                (Some(first), Some(scan)) if same_part(first, &scan) => {}
                (Some(_), Some(_)) => {
                    return Err("it belongs to another part or scan than the first".to_owned());
                }
            }
            let outcome = v1::read(text, rules)?;
            outcomes.insert(outcome.place, outcome);
            Ok(())
        };
        let head = read::read(input, &mut each)?;
        let of_document = head.run.as_ref();
        Ok(Self {
            name: escape(name),
            end: match (head.torn, of_document.map(|run| run.complete)) {
                (true, _) => End::CutOff,
                (false, Some(true)) => End::Complete,
                (false, Some(false)) => End::Interrupted,
                (false, None) => End::Unsaid,
            },
            elapsed_ms: of_document.map_or(0, |run| run.elapsed_ms),
            version: head
                .version
                .clone()
                .or_else(|| run.as_ref()?.version.clone()),
            run: match head.run {
                Some(run) => scan(run),
                None => run,
            },
            outcomes,
            other_findings: head.other_findings,
        })
    }
}

/// Tells whether lines are of one part. One that was taken up again began twice.
fn same_part(one: &Scan, other: &Scan) -> bool {
    (&one.id, one.seed, &one.shard, &one.targets)
        == (&other.id, other.seed, &other.shard, &other.targets)
}

fn scan(run: read::Run) -> Option<Scan> {
    Some(Scan {
        id: run.id?,
        seed: run.seed,
        shard: run.shard,
        targets: run.targets?,
        started: run.started,
        version: None,
    })
}

/// Puts parts together. `version` is that of the program that does.
pub fn join(parts: Vec<Part>, version: &'static str) -> Result<Whole, Unfit> {
    let mut known: Vec<(Scan, (u32, u32), Part)> = Vec::new();
    for mut part in parts {
        let Some(scan) = part.run.take() else {
            return Err(Unfit::Nameless(part.name));
        };
        let Some(place) = place(&scan.shard) else {
            return Err(Unfit::NoPart {
                name: part.name,
                shard: escape(&scan.shard),
            });
        };
        if let Some((first, (_, count), other)) = known.first() {
            let pairs = [
                ("seed", first.seed.to_string(), scan.seed.to_string()),
                ("targets", first.targets.clone(), scan.targets.clone()),
                ("parts", count.to_string(), place.1.to_string()),
                // Last: it is another wherever the others are.
                ("scan", first.id.clone(), scan.id.clone()),
            ];
            if let Some((what, of_one, of_other)) = pairs.into_iter().find(|(_, a, b)| a != b) {
                return Err(Unfit::Different {
                    what,
                    one: other.name.clone(),
                    of_one: escape(&of_one),
                    other: part.name,
                    of_other: escape(&of_other),
                });
            }
        }
        if let Some((_, _, other)) = known.iter().find(|(_, known, _)| *known == place) {
            return Err(Unfit::Twice {
                shard: escape(&scan.shard),
                one: other.name.clone(),
                other: part.name,
            });
        }
        known.push((scan, place, part));
    }
    let Some((first, (_, count), _)) = known.first() else {
        return Err(Unfit::Nothing);
    };
    let missing = missing(&known, *count);
    let run = RunInfo {
        version,
        id: escape(&first.id),
        targets: escape(&first.targets),
        started: earliest(&known),
        elapsed: Duration::from_millis(known.iter().map(|k| k.2.elapsed_ms).max().unwrap_or(0)),
        seed: first.seed,
        shard: RunInfo::WHOLE.to_owned(),
        complete: missing.is_empty(),
    };
    let notes = notes(&known, version);
    let mut outcomes: Vec<Outcome> = known
        .into_iter()
        .flat_map(|(_, _, part)| part.outcomes.into_values())
        .collect();
    outcomes.sort_by_key(|outcome| outcome.place);
    Ok(Whole {
        run,
        outcomes,
        missing,
        notes,
    })
}

/// Reads `I/N`.
fn place(shard: &str) -> Option<(u32, u32)> {
    let (index, count) = shard.split_once('/')?;
    let (index, count): (u32, u32) = (index.parse().ok()?, count.parse().ok()?);
    (1..=count).contains(&index).then_some((index, count))
}

/// Gives the earliest beginning. Times of one spelling, all in UTC, sort as text.
fn earliest(parts: &[(Scan, (u32, u32), Part)]) -> String {
    let started = parts.iter().map(|(scan, ..)| scan.started.as_str()).min();
    escape(started.unwrap_or_default())
}

/// How many missing parts are named one by one.
const MOST_NAMED: usize = 20;

fn missing(parts: &[(Scan, (u32, u32), Part)], count: u32) -> Vec<String> {
    let mut there: Vec<u32> = parts.iter().map(|(_, (index, _), _)| *index).collect();
    there.sort_unstable();
    let mut said = Vec::new();
    let gone = u64::from(count) - there.len() as u64;
    if gone > 0 {
        let all = (1..=count).filter(|index| there.binary_search(index).is_err());
        let named: Vec<String> = all
            .take(MOST_NAMED)
            .map(|index| index.to_string())
            .collect();
        let more = gone - named.len() as u64;
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = if gone == 1 { "part" } else { "parts" };
        said.push(format!(
            "missing: {what} {}{more} of {count}",
            named.join(", ")
        ));
    }
    for (scan, _, part) in parts {
        let why = match part.end {
            End::Complete => continue,
            End::Interrupted => "was interrupted",
            End::CutOff => "is cut off in its last line, which was left out",
            End::Unsaid => "is jsonl, which does not say whether its scan came to an end",
        };
        said.push(format!(
            "{} (part {}) {why}",
            part.name,
            escape(&scan.shard)
        ));
    }
    said
}

fn notes(parts: &[(Scan, (u32, u32), Part)], version: &str) -> Vec<String> {
    let mut notes = Vec::new();
    for (_, _, part) in parts {
        if let Some(other) = part.version.as_deref().filter(|other| *other != version) {
            notes.push(format!(
                "{} was written by version {}, this is {version}: fields that it does not know are \
                 left out",
                part.name,
                escape(other)
            ));
        }
        if part.other_findings > 0 {
            notes.push(format!(
                "{}: findings that belong to no result are left out",
                part.name
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, Sample};

    fn no_rules(_: &str) -> Option<&'static Rule> {
        None
    }

    /// The sample as one process reports it, and cut into three parts; the third is empty.
    fn whole_and_parts() -> (Sample, Vec<Sample>) {
        let mut whole = sample::report();
        whole.run.version = "0.1.0";
        let parts = (0..3).map(|index: u64| {
            let outcomes = whole.outcomes.iter().filter(|o| o.place.0 % 2 == index);
            let mut part = sample::of(Vec::new());
            outcomes.for_each(|outcome| part.totals.add(outcome));
            part.outcomes = whole
                .outcomes
                .iter()
                .filter(|o| o.place.0 % 2 == index)
                .cloned()
                .collect();
            part.run.shard = format!("{}/3", index + 1);
            part.run.started = format!("2026-11-24T08:0{}:00Z", (index + 1) % 3);
            part.run.elapsed = Duration::from_millis(12_345 - index);
            part
        });
        let parts = parts.collect();
        (whole, parts)
    }

    fn read(name: &str, text: &str) -> Result<Part, String> {
        Part::read(name, &mut text.as_bytes(), &no_rules).map_err(|e| e.to_string())
    }

    fn join_all(parts: &[Sample], format: &str) -> Result<Whole, Unfit> {
        let names = ["one", "two", "three", "four"];
        let parts = parts.iter().zip(names);
        let parts =
            parts.map(|(part, name)| read(name, &sample::write(format, part)).expect("a part"));
        join(parts.collect(), "0.1.0")
    }

    #[test]
    fn the_parts_make_the_report_of_one_process() {
        let (whole, mut parts) = whole_and_parts();
        parts.reverse();
        let joined = join_all(&parts, "json").expect("a whole");
        assert_eq!((joined.missing.len(), joined.notes.len()), (0, 0));
        let mut report = sample::of(Vec::new());
        joined.outcomes.iter().for_each(|o| report.totals.add(o));
        report.outcomes = joined.outcomes;
        report.run = joined.run;
        assert_eq!(
            sample::write("json", &report),
            sample::write("json", &whole)
        );
    }

    #[test]
    fn jsonl_parts_are_put_in_order_and_do_not_say_that_they_are_whole() {
        let (whole, mut parts) = whole_and_parts();
        parts.truncate(2);
        for part in &mut parts {
            part.run.shard = part.run.shard.replace("/3", "/2");
            part.outcomes.reverse();
        }
        let joined = join_all(&parts, "jsonl").expect("a whole");
        assert!(!joined.run.complete);
        assert_eq!(joined.missing.len(), 2);
        assert!(joined.missing[0].starts_with("one (part 1/2) is jsonl"));
        let places = |outcomes: &[Outcome]| outcomes.iter().map(|o| o.place).collect::<Vec<_>>();
        assert_eq!(places(&joined.outcomes), places(&whole.outcomes));
    }

    #[test]
    fn what_is_missing_is_named() {
        let (_, mut parts) = whole_and_parts();
        parts[1].run.complete = false;
        parts.remove(0);
        let joined = join_all(&parts, "json").expect("a whole");
        assert!(!joined.run.complete);
        assert_eq!(
            joined.missing,
            ["missing: part 1 of 3", "one (part 2/3) was interrupted"]
        );
        for part in &mut parts {
            part.run.shard = part.run.shard.replace("/3", "/4294967295");
        }
        let joined = join_all(&parts, "json").expect("a whole");
        assert!(joined.missing[0].ends_with(", 22 and 4294967273 more of 4294967295"));

        let text = sample::write("jsonl", &parts[0]);
        let cut = &text[..text.len() - 10];
        let joined = join(vec![read("cut", cut).expect("a part")], "0.2.0").expect("a whole");
        assert!(joined.missing[1].starts_with("cut (part 2/4294967295) is cut off"));
        assert!(joined.notes[0].starts_with("cut was written by version 0.1.0, this is 0.2.0"));
    }

    #[test]
    fn parts_of_different_scans_are_refused() {
        type Change = fn(&mut Sample);
        let changes: [(Change, &str); 6] = [
            (
                |p| p.run.id = "ab".to_owned(),
                "scan 5e0fa11ca7c0ffee5e0fa11ca7c0ffee and ab",
            ),
            (
                |p| p.run.seed = 8,
                "one and two are not of one scan: seed 7 and 8",
            ),
            (
                |p| p.run.targets = "cd".to_owned(),
                "targets 0123456789abcdef0123456789abcdef and cd",
            ),
            (|p| p.run.shard = "2/4".to_owned(), "parts 3 and 4"),
            (
                |p| p.run.shard = "1/3".to_owned(),
                "one and two are both part 1/3",
            ),
            (
                |p| p.run.shard = "4/3".to_owned(),
                "two says that it is part '4/3'",
            ),
        ];
        for (change, told) in changes {
            let (_, mut parts) = whole_and_parts();
            change(&mut parts[1]);
            let error = join_all(&parts, "json").expect_err(told).to_string();
            assert!(error.contains(told), "{error}");
        }
        let nameless = sample::write("jsonl", &sample::report());
        let error = join(vec![read("it", &nameless).expect("a report")], "0.1.0");
        assert_eq!(
            error.expect_err("no part"),
            Unfit::Nameless("it".to_owned())
        );
        assert_eq!(join(Vec::new(), "").expect_err("nothing"), Unfit::Nothing);

        let (_, parts) = whole_and_parts();
        let mixed = format!(
            "{}{}",
            sample::write("jsonl", &parts[0]),
            sample::write("jsonl", &parts[1])
        );
        let error = read("mixed", &mixed).expect_err("two parts");
        assert!(
            error.starts_with("line 5: it belongs to another part"),
            "{error}"
        );
    }

    #[test]
    fn of_two_results_for_one_place_the_later_stands() {
        let (_, parts) = whole_and_parts();
        let mut first = parts[0].clone();
        first.outcomes[0].sessions = 77;
        first.run.started = "2026-11-23T00:00:00Z".to_owned();
        let text = sample::write("jsonl", &first) + &sample::write("jsonl", &parts[0]);
        let joined = join(vec![read("again", &text).expect("a part")], "0.1.0").expect("a whole");
        assert_eq!(joined.outcomes.len(), parts[0].outcomes.len());
        assert_eq!(joined.outcomes[0].sessions, parts[0].outcomes[0].sessions);
    }
}
