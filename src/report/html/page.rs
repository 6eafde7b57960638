//! The templates, and the one way from a value into the page.
//!
//! In: values to show. Out: HTML. Whatever a template writes goes through [`write()`]: controls and what hides are written
//! out (`model::bytes`), and so is what HTML gives a meaning to. Only the stylesheet, the script and the policy are
//! written as they are: they are ours.
//!
//! The policy names the stylesheet and the script by their digests. They are constants, since the core has no use for
//! SHA-256; a test holds them against the files.

use crate::model::bytes::escaped;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};
use serde::Serialize;
use std::borrow::Cow;
use std::io;

/// The stylesheet and the script, as they stand in the page.
pub(super) const STYLE: &str = include_str!("style.css");
pub(super) const SCRIPT: &str = include_str!("script.js");

/// Their digests, SHA-256 in Base64.
pub(super) const STYLE_DIGEST: &str = "6Hj2DtaffM9674NhqpvDPZsjctwoz5yP5MGuK7HsUl4=";
pub(super) const SCRIPT_DIGEST: &str = "K+QsELkhNiJSj0nk6u3h/4tJVAxu/kvmCzhFwagSa84=";

const TEMPLATES: &[(&str, &str)] = &[
    ("macros.html", include_str!("macros.html")),
    ("head.html", include_str!("head.html")),
    ("host.html", include_str!("host.html")),
    ("rules.html", include_str!("rules.html")),
    ("conf.html", include_str!("conf.html")),
    ("log.html", include_str!("log.html")),
    ("foot.html", include_str!("foot.html")),
];

/// The colour of a word, a class of the stylesheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tone {
    Alarm,
    Doubt,
    Good,
    Auth,
    Faint,
}

/// A word and what there is to say about it.
#[derive(Debug, Serialize)]
pub(super) struct Note {
    pub(super) label: String,
    pub(super) text: String,
}

impl Note {
    pub(super) fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            text: text.into(),
        }
    }
}

/// The templates, ready to be filled.
pub(super) struct Page(Environment<'static>);

impl Page {
    pub(super) fn new() -> io::Result<Self> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_formatter(write);
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; script-src 'sha256-{SCRIPT_DIGEST}'; \
             base-uri 'none'; form-action 'none'"
        );
        for (name, text) in [("csp", &*policy), ("style", STYLE), ("script", SCRIPT)] {
            templates.add_global(name, Value::from_safe_string(text.to_owned()));
        }
        for (name, text) in TEMPLATES {
            templates.add_template(name, text).map_err(broken)?;
        }
        Ok(Self(templates))
    }

    /// Fills a template.
    pub(super) fn render(&self, name: &str, values: &impl Serialize) -> io::Result<String> {
        let template = self.0.get_template(name).map_err(broken)?;
        template.render(Serde(values)).map_err(broken)
    }
}

/// Says that a template is broken, which the tests would have seen.
fn broken(error: minijinja::Error) -> io::Error {
    io::Error::other(error)
}

/// Writes a value into the page.
fn write(
    out: &mut Output<'_>,
    _: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = match value.kind() {
        ValueKind::None => Cow::Borrowed(""),
        ValueKind::String => Cow::Borrowed(value.as_str().unwrap_or_default()),
        _ => Cow::Owned(value.to_string()),
    };
    let written = match value.is_safe() {
        true => out.write_str(&text),
        false => out.write_str(&escape(&text)),
    };
    written.map_err(minijinja::Error::from)
}

/// Escapes a text for an element or an attribute in double quotes.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let shown = escaped(text);
    let means =
        |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'') || (c as u32) & 0xfffe == 0xfffe;
    if !shown.contains(means) {
        return shown;
    }
    let mut out = String::with_capacity(shown.len() + 16);
    for c in shown.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No character at all, and an error in HTML.
            _ if means(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}
