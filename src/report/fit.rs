//! Text from anywhere, made fit for one cell, attribute or line of any format.
//!
//! In: texts that may hold what a server, a file or a log said. Out: text in one line, every character of which can
//! be shown, of bounded length; what is cut is said. Each format escapes on top of this what it gives a meaning to.
//!
//! Deliberately keeps no line feed: texts of ours that have several lines are put into one, in the names of others it is
//! written out.

use super::human::text::cut;
use crate::model::bytes::{Untrusted, escape, escaped};
use crate::model::{ConfLine, Evidence, Finding, LogLines, Place, WireLine};

/// Characters of a text that is proof or prose: a server may say a megabyte in one line.
pub(super) const MOST: usize = 2_000;

/// Lines of proof that are told of one finding.
const MOST_LINES: usize = 40;

/// Puts a text into one line that can be shown, at most so many characters of it.
pub(super) fn line(text: &str, most: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(escape).collect();
    cut(&lines.join(" "), most)
}

/// Does as [`line()`] with a name, such as that of a file: a line feed is a part of it, and written out.
pub(super) fn name(text: &str, most: usize) -> String {
    cut(&escaped(text), most)
}

/// Does as [`line()`] with what somebody else said: the line feeds of a reply are ours.
pub(super) fn said(bytes: &Untrusted, most: usize) -> String {
    let lines: Vec<String> = bytes.printable_lines().collect();
    cut(&lines.join(" "), most)
}

/// Writes a number of things.
pub(super) fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// Writes a place as `file:line:column`, as far as it is known.
pub(super) fn spot(file: &str, place: &Place) -> String {
    let file = name(file, MOST);
    match (place.line, place.column) {
        (0, _) => file,
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    }
}

/// Tells what a finding rests on, in lines: of the dialogue, of files, of logs.
pub(super) fn proof(finding: &Finding) -> Vec<String> {
    let mut all: Vec<String> = finding.evidence().iter().flat_map(piece).collect();
    if all.len() > MOST_LINES {
        let more = all.len() - MOST_LINES;
        all.truncate(MOST_LINES);
        all.push(format!("[{more} more lines]"));
    }
    all
}

fn piece(evidence: &Evidence) -> Vec<String> {
    match evidence {
        Evidence::Wire(lines) => lines.iter().map(spoken).collect(),
        Evidence::Conf(line) => vec![written(line)],
        Evidence::Log(lines) => logged(lines),
    }
}

/// Writes a line of a dialogue with the mark of who said it.
pub(super) fn spoken(line: &WireLine) -> String {
    format!("{} {}", line.direction.mark(), said(&line.bytes, MOST))
}

fn written(conf: &ConfLine) -> String {
    let mut text = spot(&conf.place.file, &conf.place);
    for part in [said(&conf.text, MOST), line(&conf.says, MOST)] {
        if !part.trim().is_empty() {
            text.push_str(": ");
            text.push_str(part.trim());
        }
    }
    text
}

fn logged(lines: &LogLines) -> Vec<String> {
    let head = format!(
        "{} lines from {} ({}) to {} ({})",
        lines.count,
        spot(&lines.first.file, &lines.first),
        line(&lines.from, MOST),
        spot(&lines.last.file, &lines.last),
        line(&lines.until, MOST),
    );
    let sample = |sample: &crate::model::LogLine| {
        let spot = spot(&sample.place.file, &sample.place);
        format!("{spot}: {}", said(&sample.text, MOST))
    };
    std::iter::once(head)
        .chain(lines.samples.iter().map(sample))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn puts_everything_into_one_line_of_bounded_length() {
        assert_eq!(line("one\ntwo\r\u{202e}", 100), "one two\\x0d\\u{202e}");
        assert_eq!(name("one\ntwo\r", 100), "one\\x0atwo\\x0d");
        assert_eq!(said(&"one\ntwo\r".into(), 100), "one two\\x0d");
        let long = line(&"x".repeat(1_000_000), 10);
        assert_eq!(long, "xxxxxxxxxx [999990 more characters]");
    }

    #[test]
    fn tells_the_proof_in_lines() {
        let audit = sample::open_configuration();
        assert_eq!(
            proof(&audit.findings[0]),
            [
                "main.cf:12:27: mynetworks = 127.0.0.0/8, 0.0.0.0/0",
                "master.cf:9: smtp inet n - y - - smtpd: uses it",
            ]
        );
        let relay = sample::relay();
        let said = proof(&relay.findings[0]);
        assert_eq!(said[0], "> EHLO probe.example.org");
        assert_eq!(said.last().expect("a line"), "< 250 2.1.5 Ok");
    }
}
