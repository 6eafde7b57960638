//! `relaycheck.toml`: what of a configuration's findings is put aside.
//!
//! In: the file that `--suppressions` names, or the one in the current directory where there is one. Out:
//! suppressions, or an error with line and column. Fields that are not known are errors: a mistyped `until` would
//! suppress for ever.
//!
//! ```toml
//! [[suppress]]
//! rule = "PF031"
//! path = "hosts/*/main.cf"      # as reports name it; * ? **; a directory means all below; optional
//! reason = "the campus network, agreed with the CERT"
//! until = 2027-01-31            # the last day; optional
//! ```

use super::error::CliError;
use crate::model::bytes::escape;
use crate::model::{Day, Suppression, Suppressions};
use crate::mtaconf::rules;
use serde::Deserialize;
use std::io;
use std::path::Path;
use toml::Spanned;
use toml::value::Datetime;

/// The name of the file that is looked for.
const USUAL: &str = "relaycheck.toml";

/// Bytes of the file that are read.
const MOST: u64 = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    suppress: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: Spanned<String>,
    path: Option<Spanned<String>>,
    reason: Spanned<String>,
    until: Option<Spanned<Datetime>>,
}

/// Reads the file that was named, or the usual one if there is one.
pub(super) fn load(named: Option<&Path>, today: Day) -> Result<Suppressions, CliError> {
    let path = named.unwrap_or(Path::new(USUAL));
    let trouble = |source| CliError::Input {
        path: path.to_owned(),
        source,
    };
    let text = match read(path) {
        Ok(text) => text,
        Err(e) if named.is_none() && e.kind() == io::ErrorKind::NotFound => {
            return Ok(Suppressions::new(Vec::new(), today));
        }
        Err(e) => return Err(trouble(e)),
    };
    let all = parse(&text, &path.display().to_string())?;
    Ok(Suppressions::new(all, today))
}

fn read(path: &Path) -> io::Result<String> {
    use io::Read;
    let facts = std::fs::metadata(path)?;
    if facts.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(MOST + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 {
        length if length > MOST => Err(io::ErrorKind::FileTooLarge.into()),
        _ => Ok(text),
    }
}

/// Reads suppressions; an error says where.
fn parse(text: &str, name: &str) -> Result<Vec<Suppression>, CliError> {
    let wrong = |at: usize, why: String| CliError::Suppressions {
        place: place(text, name, at),
        why,
    };
    let file: File = toml::from_str(text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        wrong(at, escape(e.message()))
    })?;
    let mut all = Vec::new();
    for row in file.suppress {
        let at = row.rule.span().start;
        let rule = row.rule.into_inner();
        let known = rules::all().find(|known| known.id.eq_ignore_ascii_case(&rule));
        let Some(known) = known else {
            let rule = escape(&rule);
            return Err(wrong(
                at,
                format!("there is no configuration rule '{rule}'"),
            ));
        };
        let said = |text: &Spanned<String>, what: &str| match text.get_ref().trim() {
            "" => Err(wrong(text.span().start, format!("the {what} is empty"))),
            text => Ok(text.to_owned()),
        };
        let until = row.until.map(|until| {
            let start = until.span().start;
            day(*until.get_ref())
                .ok_or_else(|| wrong(start, "'until' takes a day, such as 2027-01-31".to_owned()))
        });
        let place = place(text, name, at);
        all.push(Suppression {
            rule: known.id.to_owned(),
            path: row.path.map(|path| said(&path, "path")).transpose()?,
            reason: said(&row.reason, "reason")?,
            until: until.transpose()?,
            // Without the column.
            origin: place
                .rsplit_once(':')
                .map_or(place.clone(), |(line, _)| line.to_owned()),
        });
    }
    Ok(all)
}

/// Gives a day, if it is one and nothing else.
fn day(datetime: Datetime) -> Option<Day> {
    match (datetime.date, datetime.time, datetime.offset) {
        (Some(date), None, None) => Some(Day {
            year: date.year,
            month: date.month,
            day: date.day,
        }),
        _ => None,
    }
}

/// Writes a byte offset as `FILE:LINE:COLUMN`.
fn place(text: &str, name: &str, at: usize) -> String {
    let before = text.get(..at.min(text.len())).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("{name}:{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_suppressions() {
        let text = "# ours\n[[suppress]]\nrule = \"pf031\"\npath = \"a/*\"\nreason = \"campus\"\n\
                    until = 2027-01-31\n\n[[suppress]]\nreason = 'x'\nrule = 'GN002'\n";
        let all = parse(text, "r.toml").expect("fine");
        assert_eq!(
            all,
            [
                Suppression {
                    rule: "PF031".to_owned(),
                    path: Some("a/*".to_owned()),
                    reason: "campus".to_owned(),
                    until: Some(Day {
                        year: 2027,
                        month: 1,
                        day: 31
                    }),
                    origin: "r.toml:3".to_owned(),
                },
                Suppression {
                    rule: "GN002".to_owned(),
                    path: None,
                    reason: "x".to_owned(),
                    until: None,
                    origin: "r.toml:10".to_owned(),
                },
            ]
        );
        assert_eq!(parse("", "r.toml").expect("fine"), []);
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        let row = |more: &str| format!("[[suppress]]\nrule = \"PF031\"\n{more}");
        for (text, told) in [
            ("[[suppress]\n".to_owned(), "r.toml:1:"),
            (row(""), "r.toml:1:1: missing field `reason`"),
            (row("reason = \" \""), "r.toml:3:10: the reason is empty"),
            (
                row("reason = \"x\"\nuntill = 2027-01-31"),
                "r.toml:4:1: unknown field `untill`",
            ),
            (
                row("reason = \"x\"\nuntil = 2027-01-31T10:00:00Z"),
                "r.toml:4:9: 'until' takes a day",
            ),
            (row("reason = \"x\"\nuntil = \"soon\""), "r.toml:4:9: "),
            (
                "[[suppress]]\nrule = \"PF999\"\nreason = \"x\"".to_owned(),
                "r.toml:2:8: there is no configuration rule 'PF999'",
            ),
            (
                "[[supress]]\nrule = \"PF031\"".to_owned(),
                "r.toml:1:3: unknown field `supress`",
            ),
        ] {
            let error = parse(&text, "r.toml").expect_err(&text);
            let said = super::super::error::told(&error.into());
            assert!(said.contains(told), "{text}: {said}");
        }
    }
}
