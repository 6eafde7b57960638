//! MetaBase.xml, as far as it is about SMTP.
//!
//! In: the text of the file. Out: the keys below /LM/SmtpSvc with their values and where these stand. Attributes
//! and `Custom` children count alike.
//!
//! Deliberately does not expand entities but those of XML itself, nor read a document type: what needs them is
//! remembered as not understood.
//!
//! Limits: [`DEEPEST`] elements in one another, [`MOST_KEYS`] keys, [`MOST_VALUES`] values of a key.
//!
//! References: the IIS metabase property reference.

use crate::model::Place;
use crate::mtaconf::lists::offset_of;
use crate::mtaconf::source::{Reader, Text, short};
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// How many elements may stand in one another; the file has four.
const DEEPEST: usize = 64;

/// The most keys that are kept.
const MOST_KEYS: usize = 1000;

/// The most values of a key.
const MOST_VALUES: usize = 500;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The value.
    pub(super) text: String,
    /// Where it stands.
    pub(super) place: Place,
}

/// A key of the metabase.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// The name of its element, which is its class.
    pub(super) class: String,
    /// Where it stands in the tree, as it is written.
    pub(super) location: String,
    /// Where it stands in the file.
    pub(super) place: Place,
    values: BTreeMap<String, Value>,
}

impl Key {
    /// Gives a value by its name, whatever its case.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(&name.to_ascii_lowercase())
    }

    /// Gives the names and values.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }
}

/// Reads the keys about SMTP; what cannot be read is remembered.
pub(super) fn read(reader: &Reader<'_>, text: &Text) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut xml = quick_xml::Reader::from_str(text.as_str());
    // The names of the elements are not held against each other: a fault there hides nothing.
    xml.config_mut().check_end_names = false;
    let mut depth = 0_usize;
    // The depth at which the key stands that `Custom` children belong to.
    let mut inside: Option<usize> = None;
    let stop = |why: &str, at: u64| {
        let line = usize::try_from(at).map_or(0, |at| text.position(at).0);
        reader.miss(&format!("{} from line {line} on", text.name), why);
    };
    loop {
        let at = xml.buffer_position();
        let (element, empty) = match xml.read_event() {
            Ok(Event::Start(element)) => (element, false),
            Ok(Event::Empty(element)) => (element, true),
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                inside = inside.filter(|key| *key <= depth);
                continue;
            }
            Ok(Event::DocType(_)) => {
                stop("a document type is not read, nor entities it declares", at);
                continue;
            }
            Ok(Event::Eof) => break,
            Ok(_) => continue,
            Err(error) => {
                stop(
                    &format!("not well-formed: {}", short(&error.to_string())),
                    at,
                );
                break;
            }
        };
        if depth >= DEEPEST {
            stop(&format!("more than {DEEPEST} elements in one another"), at);
            break;
        }
        let name = element.name().as_ref().to_owned();
        if name == "Custom" && inside.is_some() {
            if let Some(key) = keys.last_mut() {
                custom(reader, text, &element, key);
            }
        } else if name.starts_with("IIsSmtp") {
            if keys.len() >= MOST_KEYS {
                stop(&format!("more than {MOST_KEYS} keys"), at);
                break;
            }
            let key = key(reader, text, &element, name);
            inside = (!empty).then_some(depth + 1);
            keys.push(key);
        }
        depth += usize::from(!empty);
    }
    keys
}

/// Reads an element with its attributes.
fn key(reader: &Reader<'_>, text: &Text, element: &BytesStart<'_>, class: String) -> Key {
    let start = offset_of(text, element.attributes_raw()).unwrap_or(0);
    let mut key = Key {
        place: text.at(start.saturating_sub(class.len()), start),
        class,
        location: String::new(),
        values: BTreeMap::new(),
    };
    for (name, value) in attributes(reader, text, element) {
        match name.as_str() {
            "location" => key.location = value.text,
            _ => {
                key.values.insert(name, value);
            }
        }
    }
    key
}

/// Reads a `Custom` child into its key.
fn custom(reader: &Reader<'_>, text: &Text, element: &BytesStart<'_>, key: &mut Key) {
    let mut attributes: BTreeMap<String, Value> =
        attributes(reader, text, element).into_iter().collect();
    let name = attributes.remove("name").map(|value| value.text);
    let value = attributes.remove("value");
    let named = name.zip(value).filter(|_| key.values.len() < MOST_VALUES);
    if let Some((name, value)) = named {
        key.values.insert(name.to_ascii_lowercase(), value);
    }
}

/// Reads attributes, their names in lower case.
fn attributes(reader: &Reader<'_>, text: &Text, element: &BytesStart<'_>) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut all = element.attributes();
    for attribute in all.with_checks(false).take(MOST_VALUES) {
        let Ok(attribute) = attribute else {
            let what = format!("an attribute of {}", short(element.name().as_ref()));
            reader.miss(&what, "not well-formed");
            continue;
        };
        let name = attribute.key.as_ref().to_ascii_lowercase();
        let place = match offset_of(text, &attribute.value) {
            Some(at) => text.at(at, at + attribute.value.len()),
            None => text.whole(),
        };
        let value = match unescape(&attribute.value) {
            Ok(value) => value.into_owned(),
            Err(_) => {
                reader.miss(
                    &format!("the value of {}", short(&name)),
                    "an entity is not known",
                );
                attribute.value.into_owned()
            }
        };
        found.push((name, Value { text: value, place }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};
    use proptest::prelude::*;

    fn with<T>(xml: impl Into<Vec<u8>>, test: impl FnOnce(Vec<Key>, Vec<String>) -> T) -> T {
        let store = Memory::new([("x", "")]);
        let files = Files::new(&store, "", None).expect("files");
        let reader = Reader::new(&files);
        let keys = read(&reader, &Text::new("MetaBase.xml", xml.into()));
        let missed = reader
            .missed()
            .into_iter()
            .map(|m| format!("{}: {}", m.what, m.why));
        test(keys, missed.collect())
    }

    const SMALL: &str = "<?xml version=\"1.0\"?>\n<configuration>\n<IIsSmtpServer\tLocation =\"/LM/SmtpSvc/1\"\n\
        \tServerComment=\"A &amp; B\"\n>\n<Custom\n\tName=\"RelayIpList\"\n\tValue=\"\"\n/>\n</IIsSmtpServer>\n\
        <Custom Name=\"RelayIpList\" Value=\"00\"/>\n<IIsWebServer Location=\"/LM/W3SVC/1\" LogType=\"0\"/>\n\
        </configuration>";

    #[test]
    fn attributes_and_custom_children_count_alike() {
        with(SMALL, |keys, missed| {
            assert_eq!(missed, [""; 0]);
            let [key] = &keys[..] else {
                panic!("{keys:?}");
            };
            assert_eq!(
                (key.class.as_str(), key.location.as_str()),
                ("IIsSmtpServer", "/LM/SmtpSvc/1")
            );
            assert_eq!(
                (key.place.line, key.place.column, key.place.width),
                (3, 2, 13)
            );
            let comment = key.get("servercomment").expect("a value");
            assert_eq!(comment.text, "A & B");
            assert_eq!(
                (
                    comment.place.line,
                    comment.place.column,
                    comment.place.width
                ),
                (4, 17, 9)
            );
            let list = key.get("RelayIpList").expect("a value");
            assert_eq!((list.text.as_str(), list.place.line), ("", 8));
        });
    }

    #[test]
    fn utf_16_is_read() {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(SMALL.encode_utf16().flat_map(u16::to_le_bytes));
        with(bytes, |keys, _| assert_eq!(keys.len(), 1));
    }

    #[test]
    fn entities_are_not_expanded_and_nesting_ends() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<IIsSmtpServer Location=\"&b;\"/>";
        with(bomb, |keys, missed| {
            assert_eq!(keys[0].location, "&b;");
            assert_eq!(missed.len(), 2, "{missed:?}");
        });
        let deep = format!("{}<IIsSmtpServer Location=\"x\"/>", "<a>".repeat(1_000_000));
        with(deep, |keys, missed| {
            assert!(keys.is_empty());
            assert_eq!(
                missed,
                ["MetaBase.xml from line 1 on: more than 64 elements in one another"]
            );
        });
    }

    #[test]
    fn what_was_read_before_a_fault_counts() {
        with(
            "<IIsSmtpServer Location=\"/LM/SmtpSvc/1\"/>\n<a <<",
            |keys, missed| {
                assert_eq!(keys.len(), 1);
                assert_eq!(missed.len(), 1, "{missed:?}");
            },
        );
    }

    proptest! {
        #[test]
        fn no_input_panics(
            text in "(<|>|/|=|\"|'| |\n|é|&amp;|&x;|<!--|-->|<!\\[CDATA\\[|<\\?|IIsSmtpServer|Custom|Name|Value|Location){0,40}"
        ) {
            with(format!("<IIsSmtpServer {text}"), |_, _| ());
        }
    }
}
