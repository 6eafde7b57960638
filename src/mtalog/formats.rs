//! The formats: what they are called, what tells them from one another, and which server's reader takes a line.
//!
//! In: the first lines of a file, then every line. Out: a [`Format`], and for each line its entry and its events.
//!
//! A format has two sides: the frame, which says where lines begin and what stands before the text, and the server.
//! In syslog and in the journal each line names its program, so that one log may hold what several servers said; the
//! name of the format is that of the first.
//!
//! Deliberately trusts the user: a format that is given is not looked for.
//!
//! Limits: the first `LOOKED_AT` lines decide.
//!
//! References: the readers.

use crate::mtalog::event::{Entry, Event, LineAt, Read};
use crate::mtalog::exchange::{Receive, Tracking};
use crate::mtalog::exim::{Exim, is_exim_id};
use crate::mtalog::iis::Iis;
use crate::mtalog::opensmtpd::OpenSmtpd;
use crate::mtalog::postfix::{Postfix, is_postfix};
use crate::mtalog::prefix::{self, LastHost};
use crate::mtalog::read::LogReader;
use crate::mtalog::sendmail::{Sendmail, is_sendmail};
use crate::mtalog::stamp::{Basis, Clock, Zone};
use crate::mtalog::text::{begins, holds, word};
use crate::mtalog::unwrap;

/// How many lines are looked at, to find out what a file is.
const LOOKED_AT: usize = 400;

/// How a file is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Lines of syslog, of whatever stamp.
    Syslog,
    /// An object of JSON a line, of the journal or of a container runtime.
    Json,
    /// The journal's export format: blocks of fields.
    Export,
    /// A file that Exim writes itself.
    Own,
    /// Rows of IIS.
    Iis,
    /// Rows of the protocol of Exchange's receive connectors.
    Receive,
    /// Rows of the tracking of messages by Exchange.
    Tracking,
}

/// A server, as far as lines name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Postfix.
    Postfix,
    /// Exim.
    Exim,
    /// sendmail.
    Sendmail,
    /// OpenSMTPD.
    OpenSmtpd,
    /// The SMTP service of IIS.
    Iis,
    /// Exchange.
    Exchange,
}

/// A format of logs.
#[derive(Debug, PartialEq, Eq)]
pub struct Format {
    /// What it is called, on the command line and in reports.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// How a file of it is made.
    pub frame: Frame,
    /// Whose it is.
    pub server: Server,
}

/// The formats, by server.
pub static FORMATS: &[Format] = &[
    Format {
        name: "postfix-syslog",
        about: "Postfix, in syslog with traditional stamps",
        frame: Frame::Syslog,
        server: Server::Postfix,
    },
    Format {
        name: "postfix-rfc3339",
        about: "Postfix, in syslog with full stamps",
        frame: Frame::Syslog,
        server: Server::Postfix,
    },
    Format {
        name: "postfix-journal-json",
        about: "Postfix, journalctl -o json",
        frame: Frame::Json,
        server: Server::Postfix,
    },
    Format {
        name: "postfix-journal-export",
        about: "Postfix, journalctl -o export",
        frame: Frame::Export,
        server: Server::Postfix,
    },
    Format {
        name: "exim-mainlog",
        about: "Exim, its mainlog and rejectlog",
        frame: Frame::Own,
        server: Server::Exim,
    },
    Format {
        name: "exim-syslog",
        about: "Exim, in syslog",
        frame: Frame::Syslog,
        server: Server::Exim,
    },
    Format {
        name: "sendmail-syslog",
        about: "sendmail, in syslog",
        frame: Frame::Syslog,
        server: Server::Sendmail,
    },
    Format {
        name: "opensmtpd-syslog",
        about: "OpenSMTPD, in syslog",
        frame: Frame::Syslog,
        server: Server::OpenSmtpd,
    },
    Format {
        name: "iis-w3c",
        about: "IIS SMTP service, W3C extended format",
        frame: Frame::Iis,
        server: Server::Iis,
    },
    Format {
        name: "exchange-receive",
        about: "Exchange, protocol of receive connectors",
        frame: Frame::Receive,
        server: Server::Exchange,
    },
    Format {
        name: "exchange-tracking",
        about: "Exchange, tracking of messages",
        frame: Frame::Tracking,
        server: Server::Exchange,
    },
];

/// Gives the format of a name.
pub fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// What a file is: its format, and the frame it comes in, which may be another one where a container runtime has
/// wrapped its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// The format.
    pub format: &'static Format,
    /// The frame.
    pub frame: Frame,
}

/// Finds out what a file is from its first bytes; nothing if no line of it is a mail server's.
pub fn detect(head: &[u8]) -> Option<Detected> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let known = |name| {
        named(name).map(|format| Detected {
            format,
            frame: format.frame,
        })
    };
    for line in head.split(|byte| *byte == b'\n').take(LOOKED_AT) {
        if !line.starts_with(b"#") {
            break;
        }
        if holds(line, b"smtp receive protocol log") || holds(line, b"connector-id,session-id") {
            return known("exchange-receive");
        }
        if holds(line, b"message tracking log") || holds(line, b"internal-message-id") {
            return known("exchange-tracking");
        }
        if begins(line, b"#fields:") && holds(line, b"cs-method") {
            return known("iis-w3c");
        }
    }
    let first = head
        .split(|byte| *byte == b'\n')
        .find(|line| !line.trim_ascii().is_empty())?;
    let (frame, text) = if first.trim_ascii_start().starts_with(b"{") {
        (Frame::Json, unwrap::json(head))
    } else if begins(first, b"__cursor=") || begins(first, b"__realtime_timestamp=") {
        (
            Frame::Export,
            unwrap::export(head, &mut unwrap::Partial::default()),
        )
    } else {
        (Frame::Syslog, head.to_vec())
    };
    let mut clock = Clock::new(Zone::Fixed(0), Basis::Given(1970));
    let mut host = LastHost::default();
    for line in text.split(|byte| *byte == b'\n').take(LOOKED_AT) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.get(10) == Some(&b' ')
            && let Some(entry) = prefix::own(&mut clock, LineAt::default(), line)
        {
            if is_own(entry.text) {
                return known("exim-mainlog");
            }
            continue;
        }
        let Some((entry, _)) = prefix::syslog(&mut clock, &mut host, LineAt::default(), line)
        else {
            continue;
        };
        let name = match (server(&entry), frame) {
            (None, _) => continue,
            (Some(Server::Postfix), Frame::Export) => "postfix-journal-export",
            (Some(Server::Postfix), Frame::Json) if first_is_journal(first) => {
                "postfix-journal-json"
            }
            (Some(Server::Postfix), _) if full_stamp(line) => "postfix-rfc3339",
            (Some(Server::Postfix), _) => "postfix-syslog",
            (Some(Server::Exim), _) => "exim-syslog",
            (Some(Server::Sendmail), _) => "sendmail-syslog",
            (Some(_), _) => "opensmtpd-syslog",
        };
        return named(name).map(|format| Detected { format, frame });
    }
    None
}

fn first_is_journal(line: &[u8]) -> bool {
    holds(line, b"\"__realtime_timestamp\"")
}

fn full_stamp(line: &[u8]) -> bool {
    let line = match line {
        [b'<', rest @ ..] => rest
            .iter()
            .position(|byte| *byte == b'>')
            .map_or(line, |end| &rest[end + 1..]),
        _ => line,
    };
    line.first().is_some_and(u8::is_ascii_digit)
}

/// Says whether a text is one of Exim's own files.
fn is_own(text: &[u8]) -> bool {
    is_exim_id(word(text).0)
        || begins(text, b"h=")
        || begins(text, b"exim ")
        || begins(text, b"start queue run")
        || begins(text, b"end queue run")
        || holds(text, b" authenticator failed for ")
        || begins(text, b"smtp connection from ")
        || begins(text, b"no host name found for ip address")
}

/// Says whose line of syslog it is.
pub fn server(entry: &Entry<'_>) -> Option<Server> {
    let program = entry.program;
    if is_postfix(program) {
        return Some(Server::Postfix);
    }
    match program {
        b"smtpd" | b"opensmtpd" => return Some(Server::OpenSmtpd),
        b"sendmail" | b"sm-mta" | b"sm-msp" | b"sm-msp-queue" | b"sendmail-in"
        | b"sendmail-out" => {
            return Some(Server::Sendmail);
        }
        _ if program.starts_with(b"exim") => return Some(Server::Exim),
        _ => {}
    }
    (!program.is_empty() && is_sendmail(entry.text)).then_some(Server::Sendmail)
}

/// What a line came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// An entry of a log.
    Entry(Entry<'a>, Read),
    /// None, and none was to be expected: empty, a directive, a header in Exim's rejectlog.
    Comment,
    /// None where there should be one: torn, binary.
    Torn,
}

/// Reads the lines of one file.
#[derive(Debug, Clone)]
pub struct Lines {
    frame: Frame,
    clock: Clock,
    host: LastHost,
    iis: Iis,
    receive: Receive,
    tracking: Tracking,
}

impl Lines {
    /// Begins a file.
    pub fn new(frame: Frame, zone: Zone, basis: Basis) -> Self {
        let zone = match frame {
            Frame::Iis | Frame::Receive | Frame::Tracking => Zone::Fixed(0),
            _ => zone,
        };
        Self {
            frame,
            clock: Clock::new(zone, basis),
            host: LastHost::default(),
            iis: Iis::default(),
            receive: Receive::default(),
            tracking: Tracking::default(),
        }
    }

    /// Gives how the file is made.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Gives the clock of the file.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Gives the clock of the file, to put it forward.
    pub fn clock_mut(&mut self) -> &mut Clock {
        &mut self.clock
    }

    /// Says whether a line tells how those behind it are to be read.
    pub fn has_directives(&self) -> bool {
        matches!(self.frame, Frame::Iis | Frame::Receive | Frame::Tracking)
    }

    /// Reads a line that begins with `#`.
    pub fn directive(&mut self, line: &[u8]) {
        match self.frame {
            Frame::Iis => self.iis.directive(line),
            Frame::Receive => self.receive.directive(line),
            Frame::Tracking => self.tracking.directive(line),
            _ => {}
        }
    }

    /// Reads a line; adds what it says to `give`.
    pub fn read<'a>(
        &mut self,
        place: LineAt,
        line: &'a [u8],
        give: &mut Vec<Event<'a>>,
    ) -> Line<'a> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Line::Comment;
        }
        let row = match self.frame {
            Frame::Own => return self.own(place, line, give),
            Frame::Syslog | Frame::Json | Frame::Export => return self.syslog(place, line, give),
            _ if line[0] == b'#' || line.starts_with(b"\xef\xbb\xbf#") => {
                self.directive(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line));
                return Line::Comment;
            }
            Frame::Iis => self.iis.row(&mut self.clock, place, line, give),
            Frame::Receive => self.receive.row(&mut self.clock, place, line, give),
            Frame::Tracking => {
                // Its names of columns stand in the first row, too, on some servers.
                self.tracking.row(&mut self.clock, place, line, give)
            }
        };
        row.map_or(Line::Torn, |(entry, read)| Line::Entry(entry, read))
    }

    fn own<'a>(&mut self, place: LineAt, line: &'a [u8], give: &mut Vec<Event<'a>>) -> Line<'a> {
        match prefix::own(&mut self.clock, place, line) {
            Some(entry) => {
                let read = Exim.read(&entry, give);
                Line::Entry(entry, read)
            }
            // What follows a line of the rejectlog: the envelope, the header, a line of dashes.
            None if line
                .iter()
                .take(200)
                .all(|byte| *byte >= b' ' || *byte == b'\t') =>
            {
                Line::Comment
            }
            None => Line::Torn,
        }
    }

    fn syslog<'a>(&mut self, place: LineAt, line: &'a [u8], give: &mut Vec<Event<'a>>) -> Line<'a> {
        let Some((entry, more)) = prefix::syslog(&mut self.clock, &mut self.host, place, line)
        else {
            // What journalctl says itself.
            return if line.starts_with(b"-- ") {
                Line::Comment
            } else {
                Line::Torn
            };
        };
        let read = if more > 0 && entry.text.is_empty() {
            Read::Known
        } else {
            match server(&entry) {
                None => return Line::Entry(entry, Read::Foreign),
                Some(Server::Postfix) => Postfix.read(&entry, give),
                Some(Server::Exim) => Exim.read(&entry, give),
                Some(Server::Sendmail) => Sendmail.read(&entry, give),
                Some(_) => OpenSmtpd.read(&entry, give),
            }
        };
        if more > 0 {
            give.push(Event::Repeated { times: more });
        }
        Line::Entry(entry, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_detected_by_their_first_lines() {
        for (head, name, frame) in [
            (
                "Mar  2 06:01:07 mail cron[1]: x\nMar  2 06:01:07 mail postfix/smtpd[1]: x\n",
                "postfix-syslog",
                Frame::Syslog,
            ),
            (
                "torn\n\nMar  2 06:01:07 mail postfix/smtpd[1]: x\n",
                "postfix-syslog",
                Frame::Syslog,
            ),
            (
                "<22>2026-03-02T06:01:07Z mail postfix/smtpd[1]: x\n",
                "postfix-rfc3339",
                Frame::Syslog,
            ),
            (
                "2026-03-02T06:01:07+0100 mail postfix/smtpd[1]: x\n",
                "postfix-rfc3339",
                Frame::Syslog,
            ),
            (
                "{\"__REALTIME_TIMESTAMP\":\"1\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"MESSAGE\":\"x\"}\n",
                "postfix-journal-json",
                Frame::Json,
            ),
            (
                "{\"log\":\"Mar  2 06:01:07 mail postfix/smtpd[1]: x\\n\",\"time\":\"2026-03-02T06:01:07Z\"}\n",
                "postfix-rfc3339",
                Frame::Json,
            ),
            (
                "__CURSOR=x\n__REALTIME_TIMESTAMP=1\nSYSLOG_IDENTIFIER=postfix/smtpd\nMESSAGE=x\n\n",
                "postfix-journal-export",
                Frame::Export,
            ),
            (
                "2026-02-10 05:04:49 1vpezZ-00006j-NP Completed\n",
                "exim-mainlog",
                Frame::Own,
            ),
            (
                "2026-02-10 05:04:49 [7] Start queue run: pid=7\n",
                "exim-mainlog",
                Frame::Own,
            ),
            (
                "Feb 10 05:04:49 mail exim[7]: 1vpezZ-00006j-NP Completed\n",
                "exim-syslog",
                Frame::Syslog,
            ),
            (
                "Jan 20 10:03:00 mail sm-mta[5101]: x\n",
                "sendmail-syslog",
                Frame::Syslog,
            ),
            (
                "Jan 20 10:03:00 mail mta-in[5101]: P0KA4hDx083547: from=<a@b>, size=1\n",
                "sendmail-syslog",
                Frame::Syslog,
            ),
            (
                "Apr  1 06:04:30 mail smtpd[10481]: 1cba9d81d4e68d12 smtp connected address=local\n",
                "opensmtpd-syslog",
                Frame::Syslog,
            ),
            (
                "#Software: x\r\n#Fields: date time c-ip cs-method\r\n",
                "iis-w3c",
                Frame::Iis,
            ),
            (
                "\u{feff}#Software: x\r\n#Log-type: SMTP Receive Protocol Log\r\n",
                "exchange-receive",
                Frame::Receive,
            ),
            (
                "#Log-type: Message Tracking Log\r\n",
                "exchange-tracking",
                Frame::Tracking,
            ),
        ] {
            let found = detect(head.as_bytes()).unwrap_or_else(|| panic!("{head}"));
            assert_eq!((found.format.name, found.frame), (name, frame), "{head}");
        }
        for head in [
            "",
            "\n\n",
            "Mar  2 06:01:07 mail cron[1]: x\n",
            "# nothing\n",
            "{}\n",
            "\0\0\0",
        ] {
            assert_eq!(detect(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn names_are_unique() {
        for (at, format) in FORMATS.iter().enumerate() {
            assert_eq!(
                FORMATS.iter().position(|other| other.name == format.name),
                Some(at)
            );
            assert_eq!(named(format.name), Some(format));
        }
    }

    #[test]
    fn one_log_may_hold_several_servers() {
        let mut lines = Lines::new(Frame::Syslog, Zone::Fixed(0), Basis::Given(2026));
        let mut seen = Vec::new();
        for line in [
            "Mar  2 06:01:07 mail postfix/qmgr[1]: ABCDEF1: removed",
            "Mar  2 06:01:07 mail exim[1]: 1vpezZ-00006j-NP Completed",
            "Mar  2 06:01:07 mail sm-mta[1]: STARTTLS=server",
            "Mar  2 06:01:07 mail cron[1]: x",
            "Mar  2 06:01:07 mail last message repeated 2 times",
            "-- Boot 1 --",
            "",
            "torn",
        ] {
            let mut events = Vec::new();
            let read = lines.read(LineAt::default(), line.as_bytes(), &mut events);
            seen.push((read, events.len()));
        }
        let reads: Vec<_> = seen
            .iter()
            .map(|(line, events)| match line {
                Line::Entry(_, read) => format!("{read:?} {events}"),
                other => format!("{other:?} {events}"),
            })
            .collect();
        assert_eq!(
            reads,
            [
                "Known 1",
                "Known 1",
                "Known 0",
                "Foreign 0",
                "Known 1",
                "Comment 0",
                "Comment 0",
                "Torn 0"
            ]
        );
    }

    /// Reads the cases of the fixtures: their format, the number of their lines, and that all of them are known.
    #[test]
    fn the_cases_are_understood() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/log");
        let mut cases = 0;
        for case in std::fs::read_dir(folder).expect("a case as the fixtures have it") {
            let case = case.expect("a case as the fixtures have it").path();
            let expected =
                std::fs::read(case.join("expected.json")).expect("a case as the fixtures have it");
            let expected: serde_json::Value =
                serde_json::from_slice(&expected).expect("a case as the fixtures have it");
            // Cases of lines that are not understood speak of the rule about them.
            let gaps = expected.to_string().contains("LG061");
            let mut count = 0;
            for name in expected["files"]
                .as_array()
                .expect("a case as the fixtures have it")
            {
                let file = std::fs::read(
                    case.join(name.as_str().expect("a case as the fixtures have it")),
                )
                .expect("a case as the fixtures have it");
                let found = detect(&file).expect("a case as the fixtures have it");
                assert_eq!(
                    found.format.name,
                    expected["format"]
                        .as_str()
                        .expect("a case as the fixtures have it")
                );
                let text = match found.frame {
                    Frame::Json => unwrap::json(&file),
                    Frame::Export => {
                        let mut partial = unwrap::Partial::default();
                        let mut text = unwrap::export(&file, &mut partial);
                        text.extend(unwrap::export_end(&mut partial));
                        text
                    }
                    _ => file,
                };
                let mut lines = Lines::new(found.frame, Zone::Fixed(0), Basis::Given(2026));
                for line in text
                    .strip_suffix(b"\n")
                    .expect("a case as the fixtures have it")
                    .split(|byte| *byte == b'\n')
                {
                    let mut events = Vec::new();
                    count += 1;
                    let read = lines.read(LineAt::default(), line, &mut events);
                    let known = matches!(
                        read,
                        Line::Entry(_, Read::Known | Read::Foreign) | Line::Comment
                    );
                    assert!(
                        known || gaps,
                        "{}: {read:?}: {}",
                        case.display(),
                        String::from_utf8_lossy(line)
                    );
                }
            }
            assert_eq!(
                Some(count),
                expected["lines"].as_u64(),
                "{}",
                case.display()
            );
            cases += 1;
        }
        assert!(cases >= 11);
    }
}
