//! JUnit XML, for CI: `--format junit`.
//!
//! In: a finished report. Out: a `testsuite` for each server, configuration and set of logs:
//!
//! | case | passes | fails | error | skipped |
//! | --- | --- | --- | --- | --- |
//! | `verdict` of a server | rejecting, auth-required | relay-accepting | unreachable, inconclusive | excluded; a relay that the older report has, with `--fail-on new` |
//! | a form | answered and refused | it got through | | not answered, or answered in a way that decides nothing |
//! | `relay` of a configuration | closed, unreachable, broken | it takes mail | not decided | it takes mail, and that was put aside |
//! | `logs` | read and understood | | not decided | |
//! | a finding | below `--fail-on` | at or above it | | put aside |
//!
//! Not tested is never passed. Silent addresses of a network have no suite: they would bury the rest.
//!
//! Schemas for this format differ; this keeps to what Jenkins, GitLab and Surefire have in common.
//!
//! What XML 1.0 cannot hold is written out before; the library escapes markup only.
//!
//! Limits: holds one suite at a time. Suites have their counts, the whole has none: they are not known before its end.
//!
//! References: Jenkins xUnit plugin, junit-10.xsd; XML 1.0, section 2.2.

mod cases;

use super::Reporter;
use super::subject::each;
use crate::model::{Outcome, Report};
use cases::{Case, End, Suite, Told, suite};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io::{self, Write};
use std::time::Duration;

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Junit;

impl Reporter for Junit {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut xml = Writer::new_with_indent(out, b' ', 2);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let time = seconds(report.run.elapsed);
        let whole = xml
            .create_element("testsuites")
            .with_attributes([("name", "relaycheck"), ("time", &time)]);
        whole.write_inner_content(|xml| {
            each(report, outcomes, |subject| match suite(report, subject) {
                Some(suite) => write_suite(xml, report, &suite),
                None => Ok(()),
            })
        })?;
        let out = xml.into_inner();
        out.write_all(b"\n")?;
        out.flush()
    }
}

fn write_suite<W: Write>(xml: &mut Writer<W>, report: &Report, suite: &Suite) -> io::Result<()> {
    let count = |which: fn(&End) -> bool| {
        let cases = suite.cases.iter().filter(|case| which(&case.end));
        cases.count().to_string()
    };
    let counts = [
        ("tests", suite.cases.len().to_string()),
        ("failures", count(|end| matches!(end, End::Failed(_)))),
        ("errors", count(|end| matches!(end, End::Error(_)))),
        ("skipped", count(|end| matches!(end, End::Skipped(_)))),
        ("time", seconds(suite.time)),
        ("timestamp", timestamp(&report.run.started)),
    ];
    let name = valid(&suite.name);
    let mut element = xml
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()));
    for (attribute, value) in &counts {
        element = element.with_attribute((*attribute, value.as_str()));
    }
    element.write_inner_content(|xml| {
        suite
            .cases
            .iter()
            .try_for_each(|case| write_case(xml, case))
    })?;
    Ok(())
}

fn write_case<W: Write>(xml: &mut Writer<W>, case: &Case) -> io::Result<()> {
    let (name, class) = (valid(&case.name), valid(&case.class));
    let element = xml
        .create_element("testcase")
        .with_attributes([("name", name.as_str()), ("classname", class.as_str())]);
    if matches!(case.end, End::Passed) && case.says.is_empty() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|xml| {
        match &case.end {
            End::Passed => {
                let says = valid(&case.says.join("\n"));
                xml.create_element("system-out")
                    .write_text_content(BytesText::new(&says))?;
            }
            End::Skipped(why) => {
                let why = valid(why);
                xml.create_element("skipped")
                    .with_attribute(("message", why.as_str()))
                    .write_empty()?;
            }
            End::Failed(told) => write_told(xml, "failure", told)?,
            End::Error(told) => write_told(xml, "error", told)?,
        }
        Ok(())
    })?;
    Ok(())
}

fn write_told<W: Write>(xml: &mut Writer<W>, name: &'static str, told: &Told) -> io::Result<()> {
    let (kind, message) = (valid(&told.kind), valid(&told.message));
    let text = valid(&told.text.join("\n"));
    xml.create_element(name)
        .with_attributes([("type", kind.as_str()), ("message", message.as_str())])
        .write_text_content(BytesText::new(&text))?;
    Ok(())
}

/// Writes out the two characters that can be shown and that XML 1.0 cannot hold.
fn valid(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}")
        .replace('\u{ffff}', "\\u{ffff}")
}

/// Writes a time to the second, as readers of this format take it.
fn timestamp(started: &str) -> String {
    let at: Option<jiff::Timestamp> = started.parse().ok();
    at.map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::cases::server;
    use super::*;
    use crate::model::{Baseline, FailOn, Named, Policy, Severity, Verdict};
    use crate::report::{sample, sample_logs};
    use quick_xml::Reader;

    /// A case as it is read back: suite, name, how it ended, with what message.
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Seen {
        suite: String,
        name: String,
        end: String,
        message: String,
    }

    /// Reads the cases; holds the counts of each suite against them.
    fn read(text: &str) -> Vec<Seen> {
        let mut reader = Reader::from_str(text);
        let mut seen: Vec<Seen> = Vec::new();
        let mut suite = (String::new(), [0; 4]);
        let attribute = |start: &quick_xml::events::BytesStart<'_>, name: &str| {
            let found = start.try_get_attribute(name).expect("attributes");
            let value = |a: quick_xml::events::attributes::Attribute<'_>| {
                a.normalized_value(quick_xml::XmlVersion::Explicit1_0)
                    .expect("text")
                    .into_owned()
            };
            found.map(value).unwrap_or_default()
        };
        loop {
            match reader.read_event().expect("XML") {
                Event::Eof => break,
                Event::Start(start) | Event::Empty(start) => match start.name().as_ref() {
                    "testsuite" => {
                        let number = |name| attribute(&start, name).parse().expect("a number");
                        let counts = ["tests", "failures", "errors", "skipped"].map(number);
                        suite = (attribute(&start, "name"), counts);
                    }
                    "testcase" => {
                        suite.1[0] -= 1;
                        seen.push(Seen {
                            suite: suite.0.clone(),
                            name: attribute(&start, "name"),
                            end: "passed".to_owned(),
                            message: String::new(),
                        });
                    }
                    end @ ("failure" | "error" | "skipped") => {
                        let place = ["failure", "error", "skipped"]
                            .iter()
                            .position(|e| *e == end);
                        suite.1[place.expect("one of them") + 1] -= 1;
                        let last = seen.last_mut().expect("a case");
                        last.end = end.to_owned();
                        last.message = attribute(&start, "message");
                    }
                    _ => {}
                },
                Event::End(end) if end.name().as_ref() == "testsuite" => {
                    assert_eq!(suite.1, [0; 4], "counts of {}", suite.0);
                }
                _ => {}
            }
        }
        seen
    }

    fn ends<'a>(seen: &'a [Seen], suite: &str) -> Vec<(&'a str, &'a str)> {
        let of_suite = seen.iter().filter(|one| one.suite == suite);
        of_suite.map(|one| (&*one.name, &*one.end)).collect()
    }

    #[test]
    fn servers_are_suites_and_forms_are_cases() {
        let seen = read(&sample::write("junit", &sample::report()));
        assert_eq!(
            ends(&seen, "mail.example.com:25"),
            [
                ("verdict", "failure"),
                ("plain", "failure"),
                ("null-sender", "passed"),
                ("percent-hack", "failure"),
                ("sender-localhost", "skipped"),
                ("control-unknown-user", "skipped"),
                (
                    "RC901 Mail for anyone is relayed for anyone (mail.example.com:25)",
                    "failure"
                ),
            ]
        );
        assert_eq!(seen[4].message, "not decided: put off: try again later");
        assert_eq!(seen[5].message, "not answered");
        assert_eq!(
            seen[1].message,
            "MAIL FROM:<a@probe.example.org> RCPT TO:<probe@example.com> was accepted"
        );
        assert_eq!(ends(&seen, "mx.example.net:25")[0], ("verdict", "passed"));
        assert_eq!(
            ends(&seen, "sink.example.net:25"),
            [
                ("verdict", "error"),
                ("plain", "skipped"),
                ("control-unknown-user", "passed")
            ]
        );
        // The silent address of a network has none.
        assert_eq!(ends(&seen, "192.0.2.6:25"), []);
        let mut named = sample::unreachable();
        named.target.named = Named::Explicitly;
        let seen = read(&sample::write("junit", &sample::of(vec![named])));
        assert_eq!(ends(&seen, "192.0.2.6:25"), [("verdict", "error")]);
        assert_eq!(seen[0].message, "unreachable: the connection was refused");
    }

    #[test]
    fn findings_fail_as_the_policy_has_it() {
        let seen = read(&sample::write("junit", &sample::configurations()));
        assert_eq!(
            ends(&seen, "etc/postfix"),
            [
                ("relay", "failure"),
                (
                    "PF901 mynetworks covers everybody (etc/postfix/main.cf:12:27)",
                    "failure"
                ),
                (
                    "GN002 Part of the configuration was not read (etc/postfix/main.cf)",
                    "skipped"
                ),
            ]
        );
        assert_eq!(seen[2].message, "put aside: aliases lie elsewhere");
        assert_eq!(ends(&seen, "etc/mail/smtpd.conf"), [("relay", "passed")]);
        let mut audit = sample::open_configuration();
        audit.findings[0].severity = Severity::Medium;
        let seen = read(&sample::write("junit", &sample::of_audits(vec![audit])));
        assert_eq!(seen[1].end, "passed");

        let seen = read(&sample::write("junit", &sample_logs::logs()));
        assert_eq!(
            ends(&seen, "/var/log/mail.log.1, /var/log/mail.log")[..3],
            [
                ("logs", "passed"),
                (
                    "LG001 Mail of an outsider was relayed (203.0.113.7)",
                    "failure"
                ),
                (
                    "LG022 One account from many networks (jo@example.com)",
                    "failure"
                ),
            ]
        );
        assert_eq!(ends(&seen, "notes"), [("logs", "error")]);
    }

    #[test]
    fn what_is_known_is_skipped_where_only_news_fail() {
        let mut relay = sample::relay();
        relay.baseline = Some(Baseline {
            status: crate::model::Change::Same,
            was: Some(Verdict::RelayAccepting),
            was_undecided: false,
        });
        let policy = Policy {
            fail_on: FailOn::New(Severity::High),
        };
        let ends = |relay: &Outcome| -> Vec<&'static str> {
            let cases = server(&policy, relay, "");
            let end = |case: &Case| match case.end {
                End::Passed => "passed",
                End::Failed(_) => "failure",
                End::Error(_) => "error",
                End::Skipped(_) => "skipped",
            };
            cases.iter().map(end).collect()
        };
        // The findings are new, so the relay fails all the same.
        assert_eq!(ends(&relay)[0], "failure");
        for finding in &mut relay.findings {
            finding.baseline = Some(crate::model::Change::Same);
        }
        assert_eq!(
            ends(&relay),
            [
                "skipped", "skipped", "passed", "skipped", "skipped", "skipped"
            ]
        );
    }

    #[test]
    fn times_are_whole_seconds() {
        assert_eq!(
            timestamp("2026-11-25T14:01:58.575206362Z"),
            "2026-11-25T14:01:58Z"
        );
        assert_eq!(timestamp("yesterday"), "");
    }

    #[test]
    fn xml_holds_what_it_is_given() {
        let hostile = "]]><!--&\u{fffe}\u{ffff}\0<a b='\">".as_bytes();
        let seen = read(&sample::write(
            "junit",
            &sample::of(vec![sample::hostile(hostile)]),
        ));
        assert!(
            seen[1]
                .message
                .ends_with("RCPT TO:]]><!--&\\u{fffe}\\u{ffff}\\x00<a b='\"> was accepted"),
            "{:?}",
            seen[1]
        );
    }
}
