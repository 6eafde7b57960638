//! Findings that the user has put aside, with a reason and perhaps an end.
//!
//! In: suppressions, the day it is, and audits. Out: the same audits, with what was put aside moved to where a
//! report counts and lists it. One whose day has passed no longer holds, and the audit says so; one that
//! nothing fits is told at the end.
//!
//! A path is held against the file as reports name it, and against the same behind the path that was given. It
//! fits a file, or everything below a directory. `*` and `?` stand for any characters of a name, `**` for any
//! number of directories.
//!
//! Deliberately knows no clock and no file: the day is passed in, reading stands in `cli`.

use super::conf::ConfAudit;
use super::finding::Finding;
use std::fmt;

/// A day of the calendar, ordered as days are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// What is put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Id of the rule.
    pub rule: String,
    /// The files it holds for; all of them without.
    pub path: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds; for good without.
    pub until: Option<Day>,
    /// Where it is written, as `FILE:LINE`.
    pub origin: String,
}

impl Suppression {
    fn fits(&self, finding: &Finding, audit: &ConfAudit) -> bool {
        if !self.rule.eq_ignore_ascii_case(finding.rule.id) {
            return false;
        }
        let Some(pattern) = &self.path else {
            return true;
        };
        let file = finding.place().map_or("", |place| &*place.file);
        let given = audit.path.trim_end_matches('/');
        let single = given == file || given.ends_with(&format!("/{file}"));
        fits(pattern, file)
            || match single {
                true => fits(pattern, given),
                false => fits(pattern, &format!("{given}/{file}")),
            }
    }
}

/// All suppressions of a run.
#[derive(Debug, Clone)]
pub struct Suppressions {
    all: Vec<(Suppression, Use)>,
    today: Day,
}

/// What came of a suppression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Nothing fitted.
    None,
    /// Something did.
    Some,
}

impl Suppressions {
    /// Takes suppressions and the day it is.
    pub fn new(all: Vec<Suppression>, today: Day) -> Self {
        Self {
            all: all.into_iter().map(|one| (one, Use::None)).collect(),
            today,
        }
    }

    /// Puts aside what is to be put aside of an audit.
    pub fn apply(&mut self, audit: &mut ConfAudit) {
        if self.all.is_empty() {
            return;
        }
        let mut kept = Vec::with_capacity(audit.findings.len());
        for finding in std::mem::take(&mut audit.findings) {
            match self.reason(&finding, audit) {
                Some(reason) => audit.suppressed.push((finding, reason)),
                None => kept.push(finding),
            }
        }
        audit.findings = kept;
    }

    /// Gives the reason for which a finding is put aside. Where only one fits whose day has passed, the audit
    /// takes a note.
    fn reason(&mut self, finding: &Finding, audit: &mut ConfAudit) -> Option<String> {
        let mut expired = None;
        for (suppression, used) in &mut self.all {
            if !suppression.fits(finding, audit) {
                continue;
            }
            *used = Use::Some;
            match suppression.until {
                Some(until) if until < self.today => expired = Some((until, &*suppression)),
                _ => return Some(suppression.reason.clone()),
            }
        }
        if let Some((until, suppression)) = expired {
            let note = format!(
                "{} is no longer put aside: {} held until {until}.",
                suppression.rule, suppression.origin
            );
            if !audit.notes.contains(&note) {
                audit.notes.push(note);
            }
        }
        None
    }

    /// Gives those whose day has passed, with that day.
    pub fn expired(&self) -> impl Iterator<Item = (&Suppression, Day)> {
        let all = self.all.iter().map(|(suppression, _)| suppression);
        all.filter_map(|one| Some((one, one.until.filter(|until| *until < self.today)?)))
    }

    /// Gives those that hold and that nothing has fitted so far.
    pub fn unused(&self) -> impl Iterator<Item = &Suppression> {
        self.all
            .iter()
            .filter(|(one, used)| {
                *used == Use::None && one.until.is_none_or(|until| until >= self.today)
            })
            .map(|(one, _)| one)
    }
}

/// Tells whether a pattern fits a path, or a directory above it.
fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = segments(pattern).collect();
    // Which parts of the pattern may come next. The number of steps is that of both together, whatever the
    // pattern is.
    let mut next = vec![false; pattern.len() + 1];
    next[0] = true;
    skip_stars(&pattern, &mut next);
    for name in segments(path) {
        if next[pattern.len()] {
            return true;
        }
        let mut then = vec![false; pattern.len() + 1];
        for (at, part) in pattern.iter().enumerate().filter(|(at, _)| next[*at]) {
            match *part {
                "**" => then[at] = true,
                part if name_fits(part, name) => then[at + 1] = true,
                _ => {}
            }
        }
        skip_stars(&pattern, &mut then);
        next = then;
    }
    next[pattern.len()]
}

/// Lets `**` stand for no directory at all.
fn skip_stars(pattern: &[&str], next: &mut [bool]) {
    for (at, part) in pattern.iter().enumerate() {
        if next[at] && *part == "**" {
            next[at + 1] = true;
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !matches!(*part, "" | "."))
}

/// Tells whether a name fits `*` and `?`: goes back to the last star only, so that time stays within the
/// product of the lengths.
fn name_fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConfLine, Evidence, Place, Relay, Rule, Severity};

    static RULE: Rule = Rule {
        id: "PF031",
        title: "wide",
        title_zh: "",
        severity: Severity::High,
        other_severities: &[],
        why: "",
        why_zh: "",
        seen: None,
        seen_zh: None,
        remedy: "",
        remedy_zh: "",
        remedies: &[],
        references: &[],
    };

    fn finding(file: &str) -> Finding {
        let line = ConfLine {
            place: Place {
                file: file.into(),
                line: 1,
                column: 0,
                width: 0,
            },
            text: "x".into(),
            says: String::new(),
            chain: Vec::new(),
        };
        Finding::new(&RULE, "", file, "m".to_owned(), Evidence::Conf(line))
    }

    fn audit(files: &[&str]) -> ConfAudit {
        ConfAudit {
            path: "hosts/mx1/".to_owned(),
            host: None,
            dialect: "postfix",
            version: None,
            relay: Relay::Open,
            instances: Vec::new(),
            grants: Vec::new(),
            unread: Vec::new(),
            notes: Vec::new(),
            findings: files.iter().map(|file| finding(file)).collect(),
            suppressed: Vec::new(),
            baseline: None,
        }
    }

    fn of(rule: &str, path: Option<&str>, until: Option<(u16, u8, u8)>) -> Suppression {
        Suppression {
            rule: rule.to_owned(),
            path: path.map(str::to_owned),
            reason: "known".to_owned(),
            until: until.map(|(year, month, day)| Day { year, month, day }),
            origin: "relaycheck.toml:1".to_owned(),
        }
    }

    const TODAY: Day = Day {
        year: 2026,
        month: 11,
        day: 24,
    };

    #[test]
    fn paths_fit_files_and_what_is_below_directories() {
        for (pattern, path, expected) in [
            ("main.cf", "main.cf", true),
            ("main.cf", "main.cf.d/x", false),
            ("a/b", "a/b/c", true),
            ("a/b/", "a/b/c", true),
            ("a/b", "a/bc", false),
            ("./a", "a/b", true),
            ("a/*/main.cf", "a/b/main.cf", true),
            ("a/*/main.cf", "a/b/c/main.cf", false),
            ("*.cf", "main.cf", true),
            ("*.cf", "a/main.cf", false),
            ("**/*.cf", "main.cf", true),
            ("**/*.cf", "a/b/main.cf", true),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true),
            ("a/**/z", "a/b/c/y", false),
            ("m??n.cf", "main.cf", true),
            ("m?n.cf", "main.cf", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("**", "any/thing", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn stars_without_end_take_no_time_without_end() {
        let pattern = "**/a*a*a*a*a*a*a*a*a*a/".repeat(50);
        let path = format!("{}b/", "a".repeat(200)).repeat(50);
        assert!(!fits(&pattern, &path));
    }

    #[test]
    fn what_fits_is_put_aside_with_its_reason() {
        for (suppression, left) in [
            (of("PF031", None, None), 0),
            (of("pf031", Some("main.cf"), None), 1),
            (of("PF031", Some("hosts/*/b"), None), 1),
            (of("PF031", Some("hosts/mx2"), None), 2),
            (of("PF030", None, None), 2),
            // The last day counts.
            (of("PF031", None, Some((2026, 11, 24))), 0),
            (of("PF031", None, Some((2026, 11, 23))), 2),
        ] {
            let mut audit = audit(&["main.cf", "b/main.cf"]);
            Suppressions::new(vec![suppression.clone()], TODAY).apply(&mut audit);
            assert_eq!(audit.findings.len(), left, "{suppression:?}");
            assert_eq!(audit.suppressed.len(), 2 - left);
            assert!(audit.suppressed.iter().all(|(_, why)| why == "known"));
        }
    }

    #[test]
    fn those_past_their_day_and_those_of_no_use_are_told() {
        let all = vec![
            of("PF031", None, Some((2025, 1, 1))),
            of("PF999", None, None),
            of("PF031", Some("main.cf"), None),
        ];
        let mut all = Suppressions::new(all, TODAY);
        assert_eq!(all.unused().count(), 2);
        let mut audit = audit(&["main.cf", "b/main.cf"]);
        all.apply(&mut audit);
        let unused: Vec<&str> = all.unused().map(|one| one.rule.as_str()).collect();
        assert_eq!(unused, ["PF999"]);
        let expired: Vec<String> = all.expired().map(|(_, day)| day.to_string()).collect();
        assert_eq!(expired, ["2025-01-01"]);
        assert_eq!(
            audit.notes,
            ["PF031 is no longer put aside: relaycheck.toml:1 held until 2025-01-01."]
        );
        assert_eq!((audit.findings.len(), audit.suppressed.len()), (1, 1));
    }

    #[test]
    fn an_outcome_counts_until_all_that_is_grave_is_put_aside() {
        let mut audit = audit(&["main.cf", "b/main.cf"]);
        assert!(audit.takes_mail());
        let some = vec![of("PF031", Some("b"), None)];
        Suppressions::new(some, TODAY).apply(&mut audit);
        assert!(audit.takes_mail());
        Suppressions::new(vec![of("PF031", None, None)], TODAY).apply(&mut audit);
        assert!(!audit.takes_mail());
    }
}
