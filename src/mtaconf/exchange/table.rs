//! Exports of Exchange's commands as tables, from CSV or JSON.
//!
//! In: a text. Out: a [`Table`]: what it is an export of, told by its columns, and its rows. A cell holds several
//! values where the property has several; what reads like the name of a .NET type has lost its values.
//!
//! Limits: [`MOST_ROWS`] rows; JSON as deep as its reader goes.
//!
//! References: Export-Csv, ConvertTo-Json.

use crate::model::Place;
use crate::mtaconf::lists::offset_of;
use crate::mtaconf::source::{Reader, Text};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The longest line in which a word is pointed at; in a longer one the line has to do.
const LONGEST: usize = 1 << 16;

/// The most rows of a file.
const MOST_ROWS: usize = 20_000;

/// What a table is an export of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Get-ReceiveConnector.
    Connectors,
    /// Get-ADPermission.
    Permissions,
    /// Get-AcceptedDomain.
    Domains,
}

impl Kind {
    /// Tells the kind by names of columns, in lower case.
    fn of(has: impl Fn(&str) -> bool) -> Option<Self> {
        if has("remoteipranges") && (has("permissiongroups") || has("authmechanism")) {
            Some(Self::Connectors)
        } else if has("identity") && has("user") && has("extendedrights") {
            Some(Self::Permissions)
        } else if has("domainname") && has("domaintype") {
            Some(Self::Domains)
        } else {
            None
        }
    }
}

/// A row: an object that was exported.
#[derive(Debug, Clone)]
pub(super) struct Row {
    cells: BTreeMap<String, Vec<String>>,
    span: Range<usize>,
    /// The line it begins on.
    line: u32,
}

/// An export.
#[derive(Debug)]
pub(super) struct Table {
    /// Its file.
    pub(super) text: Arc<Text>,
    /// What it is an export of.
    pub(super) kind: Kind,
    /// Its rows.
    pub(super) rows: Vec<Row>,
}

impl Row {
    /// Gives the values of a column, as they are written; nothing where there is no such column.
    pub(super) fn get(&self, column: &str) -> Option<&[String]> {
        self.cells.get(column).map(Vec::as_slice)
    }

    /// Gives the line it begins on.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// Gives the one value of a column.
    pub(super) fn one(&self, column: &str) -> &str {
        self.get(column)
            .and_then(|values| values.first())
            .map_or("", |value| value.trim())
    }

    /// Gives the values of a column, split where several stand in one: `a, b`, `{a; b}`, `a b`.
    pub(super) fn many(&self, column: &str) -> Option<Vec<String>> {
        let split = |value: &String| -> Vec<String> {
            let bare = value.trim().trim_start_matches('{').trim_end_matches('}');
            // A blank before a mask or around a dash belongs to the value.
            let bare = bare.replace(" (", "(").replace(" - ", "-");
            let parts = bare.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
            let parts = parts.map(|part| part.trim_matches('"').to_owned());
            parts.filter(|part| !part.is_empty()).collect()
        };
        Some(self.get(column)?.iter().flat_map(split).collect())
    }

    /// Tells whether the values of a column were lost in the export.
    pub(super) fn is_lost(&self, column: &str) -> bool {
        let lost = |value: &String| {
            let bare = value.trim();
            bare.starts_with("System.")
                || bare.starts_with("Microsoft.Exchange.")
                || bare.contains("MultiValuedProperty")
        };
        self.get(column)
            .is_some_and(|values| values.iter().any(lost))
    }

    /// Names a word of a column, or the row where it does not stand there as it is.
    pub(super) fn place(&self, text: &Text, column: &str, word: &str) -> Place {
        if text.line(self.line).len() > LONGEST {
            return text.at_line(self.line);
        }
        let whole = text.as_str();
        let part = whole.get(self.span.clone()).unwrap_or("");
        // In JSON the column's name stands before its value.
        let lower = part.to_ascii_lowercase();
        let from = lower.find(&format!("\"{column}\"")).unwrap_or(0);
        let word = word.trim();
        let after = part.get(from..).unwrap_or("");
        match after.find(word).filter(|_| !word.is_empty()) {
            Some(at) => {
                let start = self.span.start + from + at;
                text.at(start, start + word.len())
            }
            None => text.at_line(text.position(self.span.start + from).0),
        }
    }
}

/// Tells what a text is an export of, without reading all of it.
pub(super) fn kind_of(text: &Text) -> Option<Kind> {
    match is_json(text) {
        true => {
            // The first object tells, but only a text with one of the names is worth reading.
            const NAMES: &[&str] = &["remoteipranges", "extendedrights", "domaintype"];
            let head: String = text.as_str().chars().take(1 << 16).collect();
            let head = head.to_ascii_lowercase();
            NAMES.iter().any(|name| head.contains(name)).then_some(())?;
            let first = objects(text).ok()?.into_iter().next()?;
            let cells = cells_of(first)?;
            Kind::of(|name| cells.contains_key(name))
        }
        false => Header::read(text).map(|header| header.kind),
    }
}

/// Reads an export; nothing where it is none.
pub(super) fn read(reader: &Reader<'_>, text: Arc<Text>) -> Option<Table> {
    let (kind, rows) = match is_json(&text) {
        true => (kind_of(&text)?, json_rows(reader, &text)),
        false => {
            let header = Header::read(&text)?;
            (header.kind, header.rows(reader, &text))
        }
    };
    Some(Table { text, kind, rows })
}

fn is_json(text: &Text) -> bool {
    text.as_str().trim_start().starts_with(['[', '{'])
}

/// Where the rows of a CSV file begin, and how they are written.
struct Header {
    kind: Kind,
    columns: Vec<String>,
    delimiter: u8,
    /// Where the line after it begins.
    end: usize,
}

impl Header {
    fn read(text: &Text) -> Option<Self> {
        let mut end = 0;
        let whole = text.as_str();
        for line in whole.split_inclusive('\n').take(20) {
            end += line.len();
            let bare = line.trim();
            // "#TYPE" stands before the columns; a line of the longest kind is no header.
            if bare.is_empty() || bare.starts_with('#') || bare.len() > 1 << 16 {
                continue;
            }
            return [b',', b';', b'\t'].into_iter().find_map(|delimiter| {
                let columns: Vec<String> = bare
                    .split(char::from(delimiter))
                    .map(|column| column.trim().trim_matches('"').to_ascii_lowercase())
                    .collect();
                let kind = Kind::of(|name| columns.iter().any(|column| column == name))?;
                Some(Self {
                    kind,
                    columns,
                    delimiter,
                    end,
                })
            });
        }
        None
    }

    fn rows(&self, reader: &Reader<'_>, text: &Text) -> Vec<Row> {
        let body = text.as_str().get(self.end..).unwrap_or("");
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(body.as_bytes());
        let mut rows: Vec<Row> = Vec::new();
        let mut record = csv::StringRecord::new();
        let mut lines = Lines::new(text);
        loop {
            match csv.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return rows,
                Err(_) => {
                    reader.miss(&text.name, "not well-formed CSV");
                    return rows;
                }
            }
            if rows.len() >= MOST_ROWS {
                reader.miss(&text.name, &format!("more than {MOST_ROWS} rows"));
                return rows;
            }
            let at = |byte: u64| self.end + usize::try_from(byte).unwrap_or(usize::MAX - self.end);
            // The end of the line before may still be ahead of the record.
            let mut start = at(record.position().map_or(0, |position| position.byte()));
            let bytes = text.as_str().as_bytes();
            while matches!(bytes.get(start), Some(b'\r' | b'\n')) {
                start += 1;
            }
            let cells = self
                .columns
                .iter()
                .cloned()
                .zip(record.iter().map(|cell| vec![cell.to_owned()]));
            rows.push(Row {
                cells: cells.collect(),
                span: start..at(csv.position().byte()),
                line: lines.of(start),
            });
        }
    }
}

/// Counts lines on the way through a text.
struct Lines<'t> {
    text: &'t Text,
    at: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    fn new(text: &'t Text) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// Gives the line of an offset that is not before the last one.
    fn of(&mut self, at: usize) -> u32 {
        let bytes = self.text.as_str().as_bytes();
        let passed = bytes.get(self.at..at).unwrap_or(&[]);
        let ends = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line = self
            .line
            .saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        self.at = at.max(self.at);
        self.line
    }
}

/// Gives the objects of a JSON export: of an array, of `{"value": [...]}`, or the one.
fn objects(text: &Text) -> Result<Vec<&RawValue>, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        value: Vec<&'a RawValue>,
    }
    let whole = text.as_str().trim();
    if whole.starts_with('[') {
        return serde_json::from_str(whole);
    }
    match serde_json::from_str::<Wrapped<'_>>(whole) {
        Ok(wrapped) => Ok(wrapped.value),
        Err(_) => Ok(vec![serde_json::from_str(whole)?]),
    }
}

fn json_rows(reader: &Reader<'_>, text: &Text) -> Vec<Row> {
    let objects = match objects(text) {
        Ok(objects) => objects,
        Err(error) => {
            reader.miss(&text.name, &format!("not well-formed JSON: {error}"));
            return Vec::new();
        }
    };
    if objects.len() > MOST_ROWS {
        reader.miss(&text.name, &format!("more than {MOST_ROWS} rows"));
    }
    let mut rows = Vec::new();
    let mut lines = Lines::new(text);
    for object in objects.into_iter().take(MOST_ROWS) {
        let start = offset_of(text, object.get()).unwrap_or(0);
        match cells_of(object) {
            Some(cells) => rows.push(Row {
                cells,
                span: start..start + object.get().len(),
                line: lines.of(start),
            }),
            None => {
                let line = lines.of(start);
                reader.miss(&format!("{}:{line}", text.name), "no object");
            }
        }
    }
    rows
}

fn cells_of(object: &RawValue) -> Option<BTreeMap<String, Vec<String>>> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(object.get()).ok()?;
    let cell =
        |(name, value): (String, serde_json::Value)| (name.to_ascii_lowercase(), values(&value));
    Some(object.into_iter().map(cell).collect())
}

/// Gives the values of a property.
fn values(value: &serde_json::Value) -> Vec<String> {
    use serde_json::Value::{Array, Bool, Null, Number, Object, String};
    match value {
        Null => Vec::new(),
        Bool(yes) => vec![if *yes { "True" } else { "False" }.to_owned()],
        Number(number) => vec![number.to_string()],
        String(text) => vec![text.clone()],
        // As deep as the reader of JSON goes, which has its limit.
        Array(all) => all.iter().flat_map(values).collect(),
        Object(object) => {
            let text = |name: &str| object.get(name).and_then(|value| value.as_str());
            let bounds = text("LowerBound").zip(text("UpperBound"));
            if let Some((low, high)) = bounds.filter(|_| text("Expression").is_none()) {
                return vec![format!("{low}-{high}")];
            }
            const NAMES: &[&str] = &[
                "Expression",
                "RawIdentity",
                "DistinguishedName",
                "Name",
                "Domain",
            ];
            match NAMES.iter().find_map(|name| text(name)) {
                Some(text) => vec![text.to_owned()],
                None => ["value", "Value"]
                    .iter()
                    .find_map(|name| object.get(*name))
                    .map_or(Vec::new(), values),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};
    use proptest::prelude::*;

    fn table(bytes: impl Into<Vec<u8>>) -> Option<Table> {
        let store = Memory::new([("x", "")]);
        let files = Files::new(&store, "", None).expect("files");
        read(&Reader::new(&files), Arc::new(Text::new("x", bytes.into())))
    }

    #[test]
    fn tells_exports_by_their_columns() {
        for (text, expected) in [
            (
                "\"Identity\",\"RemoteIPRanges\",\"PermissionGroups\"\n",
                Some(Kind::Connectors),
            ),
            (
                "#TYPE x\r\n\"Identity\";\"User\";\"ExtendedRights\"\r\n",
                Some(Kind::Permissions),
            ),
            ("Name\tDomainName\tDomainType\n", Some(Kind::Domains)),
            ("Name,DomainName,Owner\n", None),
            ("Identity,User\n", None),
            ("", None),
            (
                "[{\"DomainName\": \"a\", \"DomainType\": 0}]",
                Some(Kind::Domains),
            ),
            (
                "{\"value\": [{\"Identity\": 1, \"RemoteIPRanges\": [], \"AuthMechanism\": 1}]}",
                Some(Kind::Connectors),
            ),
            (
                "{\"Identity\": \"a\", \"User\": \"b\", \"ExtendedRights\": null}",
                Some(Kind::Permissions),
            ),
            ("{\"name\": \"domaintype\"}", None),
            ("[", None),
        ] {
            let kind = kind_of(&Text::new("x", text.as_bytes().to_vec()));
            assert_eq!(kind, expected, "{text}");
        }
    }

    #[test]
    fn reads_cells_with_several_values_and_their_places() {
        let csv = "#TYPE x\n\"Identity\",\"RemoteIPRanges\",\"PermissionGroups\"\n\
            \"EX\\A\",\"{192.0.2.1, 192.0.2.0 (255.255.255.0)}\",\"A\nB\"\n\"EX\\B\",\"10.0.0.1 - 10.0.0.9\"\n";
        let table = table(csv).expect("a table");
        let ranges = |row: usize| table.rows[row].many("remoteipranges").expect("a column");
        assert_eq!(ranges(0), ["192.0.2.1", "192.0.2.0(255.255.255.0)"]);
        assert_eq!(ranges(1), ["10.0.0.1-10.0.0.9"]);
        assert_eq!(table.rows[0].one("identity"), "EX\\A");
        assert_eq!(table.rows[1].get("permissiongroups"), None);
        let place = table.rows[1].place(&table.text, "identity", "EX\\B");
        assert_eq!((place.line, place.column, place.width), (5, 2, 4));
    }

    #[test]
    fn reads_objects_with_ranges_and_enumerations() {
        let json = "{\"value\": [\n {\"Identity\": {\"Name\": \"A\"},\n  \"Enabled\": true, \"AuthMechanism\": 37,\n  \
            \"RemoteIPRanges\": [{\"Expression\": \"192.0.2.1\"}, {\"LowerBound\": \"10.0.0.1\", \"UpperBound\": \"10.0.0.2\"}]}]}";
        let table = table(json).expect("a table");
        let row = &table.rows[0];
        assert_eq!(row.one("identity"), "A");
        assert_eq!(row.one("enabled"), "True");
        assert_eq!(row.one("authmechanism"), "37");
        assert_eq!(
            row.many("remoteipranges").expect("a column"),
            ["192.0.2.1", "10.0.0.1-10.0.0.2"]
        );
        let place = row.place(&table.text, "remoteipranges", "192.0.2.1");
        assert_eq!((place.line, place.width), (4, 9));
    }

    #[test]
    fn utf_16_is_read_and_lost_values_are_known() {
        let csv = "\"Identity\",\"RemoteIPRanges\",\"PermissionGroups\"\r\n\"A\",\"System.String[]\",\"x\"\r\n";
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(csv.encode_utf16().flat_map(u16::to_le_bytes));
        let table = table(bytes).expect("a table");
        assert!(table.rows[0].is_lost("remoteipranges"));
        assert!(!table.rows[0].is_lost("identity"));
    }

    proptest! {
        #[test]
        fn no_csv_panics(text in "([\",;{}() \n\ré-]|192.0.2.1|a){0,40}") {
            if let Some(table) = table(format!("Identity,RemoteIPRanges,PermissionGroups\n{text}")) {
                for row in &table.rows {
                    let _ = (row.many("remoteipranges"), row.place(&table.text, "identity", "a"));
                }
            }
        }

        #[test]
        fn no_json_panics(text in "([\\[\\]{},:\" 1]|RemoteIPRanges|AuthMechanism|value|é){0,40}") {
            let _ = table(format!("[{{\"RemoteIPRanges\": {text}"));
            let _ = table(format!("{{{text}"));
        }
    }
}
