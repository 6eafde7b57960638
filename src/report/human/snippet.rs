//! A finding about a file, shown as compilers do: the place, the line, the word that is meant, what to do.
//!
//! In: a finding. Out: rendered text, each piece of it escaped before it is laid out: the lines come from
//! files that somebody else wrote.
//!
//! The column counts the characters as they are shown: where some before it had to be written out (`\x1b`), it is
//! larger than the one in the file, which the formats for programs give.
//!
//! Limits: [`MOST_PLACES`] places of a finding, unless all of them are asked for.

use super::text::{columns, wrap};
use crate::model::bytes::escape;
use crate::model::{ConfLine, Evidence, Finding, Severity};
use crate::report::{Options, Style, Verbosity};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Places shown of one finding.
const MOST_PLACES: usize = 6;

/// Text that is laid out already, and safe.
#[derive(Debug)]
pub(super) struct Rendered(String);

impl Rendered {
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.lines()
    }
}

/// Shows a finding. `command` tries it.
pub(super) fn render(finding: &Finding, command: Option<&str>, options: &Options) -> Rendered {
    let title = level(finding.severity)
        .primary_title(title(finding))
        .id(finding.rule.id);
    let mut group = Group::with_title(title);
    let lines: Vec<&ConfLine> = finding.evidence().iter().filter_map(line).collect();
    let most = match options.verbosity {
        Verbosity::Verbose => lines.len(),
        Verbosity::Quiet | Verbosity::Normal => MOST_PLACES,
    };
    let number = lines.iter().map(|line| line.place.line).max().unwrap_or(0);
    // A note stands behind the column of line numbers, " = " and its name.
    let room = options
        .width
        .saturating_sub(number.to_string().len() + 3 + 6)
        .max(30);
    let fold = |text: &str| fold(text, room);
    for (index, line) in lines.iter().take(most).enumerate() {
        group = place(group, line, index == 0);
        if !line.chain.is_empty() {
            let chain = escape(&format!("by way of {}", line.chain.join(", then ")));
            group = group.element(Level::NOTE.message(fold(&chain)));
        }
    }
    if lines.len() > most {
        let more = format!("{} more places, with --verbose", lines.len() - most);
        group = group.element(Level::NOTE.message(more));
    }
    group = group.element(Level::NOTE.message(fold(&finding.message)));
    group = group.element(Level::HELP.message(fold(&finding.remedy)));
    if let Some(besides) = finding.envelope.as_ref().and_then(|e| e.besides.as_ref()) {
        let besides = escape(&format!("besides the envelope it takes {besides}"));
        group = group.element(Level::NOTE.message(fold(&besides)));
    }
    if let Some(command) = command {
        // Not folded: it is there to be copied.
        let level = Level::HELP.with_name("try");
        group = group.element(level.message(escape(command)));
    }
    let renderer = match options.style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    Rendered(renderer.term_width(options.width).render(&[group]))
}

/// Gives the level of a severity under its name.
fn level(severity: Severity) -> Level<'static> {
    let level = match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::NOTE,
        Severity::Info => Level::INFO,
    };
    level.with_name(severity.as_str())
}

/// Names a finding: the fault, and in brackets what it is about, how sure it is, whether it is new.
pub(super) fn title(finding: &Finding) -> String {
    let mut facts: Vec<String> = Vec::new();
    if !finding.subject.is_empty() {
        facts.push(escape(&finding.subject));
    }
    facts.push(finding.confidence.as_str().to_owned());
    facts.extend(finding.baseline.map(|change| change.as_str().to_owned()));
    format!("{} ({})", finding.rule.title, facts.join(", "))
}

fn line(evidence: &Evidence) -> Option<&ConfLine> {
    match evidence {
        Evidence::Conf(line) => Some(line),
        Evidence::Wire(_) | Evidence::Log(_) => None,
    }
}

/// Adds a place: file, line and column, and the line with what is meant underlined.
fn place<'a>(group: Group<'a>, line: &'a ConfLine, first: bool) -> Group<'a> {
    let place = &line.place;
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let says = escape(&line.says);
    let shown = line.text.printable();
    if place.line == 0 || shown.trim().is_empty() {
        let mut origin = Origin::path(escape(&place.file));
        if place.line > 0 {
            origin = origin.line(number(place.line));
            origin = origin.char_column(number(place.column.max(1)));
        }
        let group = group.element(origin);
        return match says.is_empty() {
            true => group,
            false => group.element(Level::NOTE.message(says)),
        };
    }
    let (text, span) = marked(line);
    let kind = match first {
        true => AnnotationKind::Primary,
        false => AnnotationKind::Context,
    };
    let annotation = kind.span(span);
    let annotation = match says.is_empty() {
        true => annotation,
        false => annotation.label(says),
    };
    group.element(
        Snippet::source(text)
            .path(escape(&place.file))
            .line_start(number(place.line))
            .annotation(annotation),
    )
}

/// Gives the line as it can be shown, and the bytes of it that are meant: all of it but the blanks around where
/// no word is named.
fn marked(line: &ConfLine) -> (String, std::ops::Range<usize>) {
    let raw = String::from_utf8_lossy(line.text.as_bytes());
    // Tabs are shown as blanks by what lays the text out.
    let tidy = |piece: &str| piece.split('\t').map(escape).collect::<Vec<_>>().join("\t");
    let (start, end) = match line.place.column {
        0 => {
            let start = raw.len() - raw.trim_start().len();
            (start, raw.trim_end().len().max(start))
        }
        column => {
            let at = |column: u32| {
                let index = usize::try_from(column).unwrap_or(usize::MAX);
                raw.char_indices()
                    .nth(index)
                    .map_or(raw.len(), |(at, _)| at)
            };
            let column = column - 1;
            (
                at(column),
                at(column.saturating_add(line.place.width.max(1))),
            )
        }
    };
    let before = tidy(&raw[..start]);
    let meant = tidy(&raw[start..end]);
    let span = before.len()..before.len() + meant.len();
    (format!("{before}{meant}{}", tidy(&raw[end..])), span)
}

/// Breaks text into rows. Line feeds stay where our own text has them.
fn fold(text: &str, room: usize) -> String {
    let rows = text.split('\n').flat_map(|piece| {
        let piece = escape(piece);
        match columns(&piece) <= room {
            true => vec![piece],
            false => wrap(&piece, room, room),
        }
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Place, Rule};

    static RULE: Rule = Rule {
        id: "PF901",
        title: "Everybody may relay",
        title_zh: "",
        severity: Severity::Critical,
        other_severities: &[],
        why: "",
        why_zh: "",
        seen: None,
        seen_zh: None,
        remedy: "Take it out.",
        remedy_zh: "",
        remedies: &[],
        references: &[],
    };

    fn conf(text: &str, at: (u32, u32, u32), says: &str, chain: &[&str]) -> Evidence {
        Evidence::Conf(ConfLine {
            place: Place {
                file: "main.cf".into(),
                line: at.0,
                column: at.1,
                width: at.2,
            },
            text: text.into(),
            says: says.to_owned(),
            chain: chain.iter().map(|step| (*step).to_owned()).collect(),
        })
    }

    fn shown(first: Evidence, more: &[Evidence]) -> String {
        let mut finding = Finding::new(&RULE, "smtp", "", "It says permit.".to_owned(), first);
        for evidence in more {
            finding = finding.with_evidence(evidence.clone());
        }
        let rendered = render(&finding, Some("relaycheck HOST:25"), &Options::default());
        rendered.lines().collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn points_at_the_word_and_says_what_to_do() {
        let first = conf("mynetworks = 0.0.0.0/0", (12, 14, 9), "", &[]);
        let more = conf(
            "  -o x=permit",
            (3, 0, 0),
            "switches it on",
            &["master.cf:2", "a/b"],
        );
        let expected = "\
critical[PF901]: Everybody may relay (smtp, firm)
  --> main.cf:12:14
   |
12 | mynetworks = 0.0.0.0/0
   |              ^^^^^^^^^
   |
  ::: main.cf:3:3
   |
 3 |   -o x=permit
   |   ----------- switches it on
   |
   = note: by way of master.cf:2, then a/b
   = note: It says permit.
   = help: Take it out.
   = try: relaycheck HOST:25";
        assert_eq!(shown(first, &[more]), expected);
    }

    #[test]
    fn a_default_that_nobody_wrote_has_its_file_only() {
        let text = shown(conf("", (0, 0, 0), "", &[]), &[]);
        assert!(text.contains("--> main.cf\n"), "{text}");
        assert!(!text.contains("main.cf:0"), "{text}");
    }

    #[test]
    fn what_is_escaped_is_still_underlined_to_its_end() {
        let text = shown(conf("a\tb\u{1b}[31m c", (7, 3, 6), "", &[]), &[]);
        assert!(text.contains("7 | a    b\\x1b[31m c\n"), "{text}");
        assert!(text.contains("  |      ^^^^^^^^^\n"), "{text}");
        assert!(text.contains("main.cf:7:3\n"), "{text}");
    }

    #[test]
    fn places_outside_the_line_do_no_harm() {
        for at in [(1, 99, 5), (1, 2, 99), (1, u32::MAX, u32::MAX), (1, 5, 0)] {
            assert!(shown(conf("word", at, "", &[]), &[]).contains("word"));
        }
    }
}
