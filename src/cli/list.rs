//! `relaycheck list`: the tables, as a table or as JSON.

use super::args::{ListFormat, ListWhat};
use crate::model::Rule;
use crate::model::bytes::escape;
use crate::mtaconf::DIALECTS;
use crate::mtalog::Settings;
use crate::mtalog::formats::{FORMATS as LOG_FORMATS, Format as LogFormat};
use crate::mtalog::settings::{KNOBS, Knob};
use crate::probe::forms::{AddressForm, FORMS};
use crate::report::FORMATS;
use crate::rules;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes a list.
pub fn run(what: ListWhat, format: ListFormat, out: &mut dyn Write) -> io::Result<()> {
    let list = match what {
        ListWhat::Forms => forms(),
        ListWhat::Rules => all_rules(),
        ListWhat::Formats => formats(),
        ListWhat::Dialects => dialects(),
        ListWhat::LogFormats => log_formats(),
        ListWhat::Thresholds => thresholds(),
    };
    match format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &list.objects())?;
            writeln!(out)
        }
        ListFormat::Human => list.table(out),
    }
}

/// Rows under named columns.
struct List {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl List {
    fn objects(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let pairs = self.columns.iter().zip(row);
            Value::Object(
                pairs
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect(),
            )
        });
        Value::Array(rows.collect())
    }

    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        let text = |value: &Value| match value {
            Value::String(text) => escape(text),
            Value::Null => "-".to_owned(),
            Value::Array(all) if all.is_empty() => "-".to_owned(),
            Value::Array(all) => {
                let all: Vec<String> = all
                    .iter()
                    .map(|v| v.as_str().map_or_else(|| v.to_string(), escape))
                    .collect();
                all.join(" ")
            }
            other => other.to_string(),
        };
        let cells: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(text).collect())
            .collect();
        let width = |column: usize| {
            let longest = cells.iter().map(|row| row[column].chars().count()).max();
            longest.unwrap_or(0).max(self.columns[column].len())
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut line = |row: &[String]| {
            let mut text = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                text.push_str(&format!("{cell:width$}  "));
            }
            writeln!(out, "{}", text.trim_end())
        };
        let head: Vec<String> = self
            .columns
            .iter()
            .map(|name| name.to_uppercase())
            .collect();
        line(&head)?;
        cells.iter().try_for_each(|row| line(row))
    }
}

fn forms() -> List {
    let row = |form: &AddressForm| {
        vec![
            json!(form.id),
            json!(form.role().as_str()),
            json!(form.family.as_str()),
            json!(form.profile.as_str()),
            json!(form.sender),
            json!(form.recipients),
        ]
    };
    List {
        columns: vec!["id", "role", "family", "profile", "mail_from", "rcpt_to"],
        rows: FORMS.iter().map(row).collect(),
    }
}

fn all_rules() -> List {
    let row = |rule: &Rule| {
        let others: Vec<&str> = rule.other_severities.iter().map(|s| s.as_str()).collect();
        vec![
            json!(rule.id),
            json!(rules::audit(rule)),
            json!(rules::product(rule)),
            json!(rule.severity.as_str()),
            json!(others),
            json!(rule.title),
        ]
    };
    List {
        columns: vec![
            "id",
            "audit",
            "product",
            "severity",
            "other_severities",
            "title",
        ],
        rows: rules::all().map(row).collect(),
    }
}

fn log_formats() -> List {
    let row = |format: &LogFormat| vec![json!(format.name), json!(format.about)];
    List {
        columns: vec!["name", "about"],
        rows: LOG_FORMATS.iter().map(row).collect(),
    }
}

fn thresholds() -> List {
    let settings = Settings::default();
    let row = |knob: &Knob| {
        vec![
            json!(knob.name),
            json!(knob.value(&settings)),
            json!(knob.about),
        ]
    };
    List {
        columns: vec!["name", "default", "about"],
        rows: KNOBS.iter().map(row).collect(),
    }
}

fn dialects() -> List {
    List {
        columns: vec!["name", "product", "reads"],
        rows: DIALECTS
            .iter()
            .map(|dialect| {
                vec![
                    json!(dialect.name),
                    json!(dialect.software),
                    json!(dialect.about),
                ]
            })
            .collect(),
    }
}

fn formats() -> List {
    List {
        columns: vec!["name", "media_type", "about"],
        rows: FORMATS
            .iter()
            .map(|format| {
                vec![
                    json!(format.name),
                    json!(format.media_type),
                    json!(format.about),
                ]
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_hold_every_form() {
        let written = |format| {
            let mut out = Vec::new();
            run(ListWhat::Forms, format, &mut out).expect("memory takes everything");
            String::from_utf8(out).expect("text")
        };
        let objects: Vec<Value> = serde_json::from_str(&written(ListFormat::Json)).expect("JSON");
        assert_eq!(objects.len(), FORMS.len());
        let table = written(ListFormat::Human);
        assert_eq!(table.lines().count(), FORMS.len() + 1);
        assert!(
            table
                .lines()
                .next()
                .is_some_and(|head| head.starts_with("ID "))
        );
    }
}
