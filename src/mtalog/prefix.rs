//! What stands before the text of a line: time, host, program, process.
//!
//! In: a line and the [`Clock`] of its file. Out: an [`Entry`], and how often the line stands for more.
//!
//! Known: syslog as RFC 3164 has it, with the stamps of RFC 3339 or as RFC 5424 has it, `<pri>` before it or not;
//! `journalctl -o short`, `short-iso`, `short-precise` and `short-unix`; the same behind the stamps of `docker logs`,
//! of a container runtime (CRI) and the names of `docker compose logs`; a relay's host name, or its stamp and host
//! name, before the line's own; FreeBSD's `<mail.info>` and Solaris' `[ID 197553 mail.info]`.
//!
//! Deliberately does not unwrap JSON or the journal's export format, which are not made of such lines: see `unwrap`.
//!
//! Limits: a program whose name holds a blank is no program. A part of a line that a container runtime has split
//! is a line of its own.
//!
//! References: RFC 3164, RFC 5424; systemd.journal-fields(7), journalctl(1); the CRI logging format of Kubernetes;
//! rsyslog's documentation of repeated messages.

use crate::mtalog::event::{Entry, LineAt, Stamp};
use crate::mtalog::stamp::Clock;
use crate::mtalog::text::{cut, number, quoted, skip_blanks, word};

/// How many stamps and host names may stand before one another.
const RELAYS: usize = 4;

/// The host that the last line named, with the blank behind it: nearly always the next line has it, too.
#[derive(Debug, Clone, Default)]
pub struct LastHost(Vec<u8>);

impl LastHost {
    /// Splits a line that begins with that host and a tag.
    fn split<'a>(&self, text: &'a [u8]) -> Option<(&'a [u8], Tagged<'a>)> {
        let host = &text[..self.0.len().checked_sub(1)?.min(text.len())];
        let (tag, text) = word(text.strip_prefix(&self.0[..])?);
        let (program, pid) = self::tag(tag)?;
        Some((host, Tagged { program, pid, text }))
    }

    /// Remembers a host that stood right behind the stamp.
    fn set(&mut self, host: &[u8]) {
        self.0.clear();
        self.0.extend_from_slice(host);
        self.0.push(b' ');
    }
}

/// A program, its process, and what is behind them.
struct Tagged<'a> {
    program: &'a [u8],
    pid: Option<u32>,
    text: &'a [u8],
}

/// Takes the prefix off a line of syslog. Gives the entry, and how many more lines like it, or like the one before
/// where its text is empty, it stands for.
pub fn syslog<'a>(
    clock: &mut Clock,
    last: &mut LastHost,
    place: LineAt,
    line: &'a [u8],
) -> Option<(Entry<'a>, u32)> {
    let mut rest = line;
    let mut structured = false;
    if let [b'<', behind @ ..] = rest
        && let Some((_, behind)) = number(behind)
        && let [b'>', behind @ ..] = behind
    {
        rest = behind;
        if let [b'1', b' ', behind @ ..] = rest {
            rest = behind;
            structured = true;
        }
    }
    let (at, behind) = match clock.read(rest) {
        Some(found) => found,
        // docker compose logs: the name of the service, padded.
        None => {
            let found = memchr::memchr(b'|', rest.get(..rest.len().min(80))?)?;
            clock.read(skip_blanks(&rest[found + 1..]))?
        }
    };
    let [b' ', behind @ ..] = behind else {
        return None;
    };
    let mut entry = if structured {
        rfc5424(at, place, behind)?
    } else {
        rfc3164(clock, last, at, place, behind)
    };
    let more = repeated(&mut entry);
    Some((entry, more))
}

/// Takes the prefix off a line of a log that the server writes itself, as Exim does: a stamp, and the process in
/// square brackets or not.
pub fn own<'a>(clock: &mut Clock, place: LineAt, line: &'a [u8]) -> Option<Entry<'a>> {
    let (at, rest) = clock.full(line)?;
    let [b' ', text @ ..] = rest else { return None };
    let mut entry = Entry {
        at,
        place,
        host: b"",
        program: b"",
        pid: None,
        text,
    };
    if let [b'[', behind @ ..] = text
        && let Some((pid, behind)) = number(behind)
        && let [b']', b' ', text @ ..] = behind
    {
        entry.pid = u32::try_from(pid).ok();
        entry.text = text;
    }
    Some(entry)
}

/// Reads what is behind the stamp: host, tag and text, any of which may be missing.
fn rfc3164<'a>(
    clock: &mut Clock,
    last: &mut LastHost,
    at: Stamp,
    place: LineAt,
    text: &'a [u8],
) -> Entry<'a> {
    let text = skip_blanks(text);
    if let Some((host, tagged)) = last.split(text) {
        return Entry {
            at,
            place,
            host,
            program: tagged.program,
            pid: tagged.pid,
            text: facility(skip_blanks(tagged.text)),
        };
    }
    let mut entry = Entry {
        at,
        place,
        host: b"",
        program: b"",
        pid: None,
        text,
    };
    for turn in 0..RELAYS {
        let rest = entry.text;
        // The stamp of the line's own host, behind that of a relay or of a container runtime.
        if let Some((at, behind)) = clock.read(rest)
            && let [b' ', behind @ ..] = behind
        {
            entry.at = at;
            entry.host = b"";
            entry.text = skip_blanks(behind);
            continue;
        }
        let (first, behind) = word(rest);
        if let Some((program, pid)) = tag(first) {
            entry.program = program;
            entry.pid = pid;
            entry.text = facility(skip_blanks(behind));
            return entry;
        }
        match (first, behind) {
            (b"stdout" | b"stderr", [b'F' | b'P', b' ', behind @ ..]) => entry.text = behind,
            ([b'<', .., b'>'], _) => entry.text = skip_blanks(behind),
            (b"last" | b"message" | b"---", _) | (b"", _) => return entry,
            // A host, unless there was one and nothing that is a tag follows.
            _ if entry.host.is_empty() || tag(word(skip_blanks(behind)).0).is_some() => {
                // What ends the line could be a stamp with a blank behind it.
                if turn == 0 && first.len() < rest.len() {
                    last.set(first);
                }
                entry.host = first;
                entry.text = skip_blanks(behind);
            }
            _ => return entry,
        }
    }
    entry
}

/// Reads `program[pid]:` or `program:`.
fn tag(text: &[u8]) -> Option<(&[u8], Option<u32>)> {
    let [inside @ .., b':'] = text else {
        return None;
    };
    if let [inside @ .., b']'] = inside {
        let (program, pid) = cut(inside, b'[')?;
        let pid = number(pid).and_then(|(pid, _)| u32::try_from(pid).ok());
        return (!program.is_empty()).then_some((program, pid));
    }
    (!inside.is_empty()).then_some((inside, None))
}

/// Takes `[ID 197553 mail.info] ` from the front.
fn facility(text: &[u8]) -> &[u8] {
    match text {
        [b'[', b'I', b'D', b' ', inside @ ..] => {
            cut(inside, b']').map_or(text, |(_, behind)| skip_blanks(behind))
        }
        _ => text,
    }
}

/// Reads what is behind the stamp of RFC 5424: host, program, process, the kind of message, structured data, text.
fn rfc5424(at: Stamp, place: LineAt, text: &[u8]) -> Option<Entry<'_>> {
    let (host, rest) = cut(text, b' ')?;
    let (program, rest) = cut(rest, b' ')?;
    let (pid, rest) = cut(rest, b' ')?;
    let (_kind, mut rest) = cut(rest, b' ')?;
    if let [b'-', behind @ ..] = rest {
        rest = behind;
    } else {
        while let [b'[', ..] = rest {
            rest = element(rest)?;
        }
    }
    let text = skip_blanks(rest);
    let nil = |value| if value == b"-" { &b""[..] } else { value };
    Some(Entry {
        at,
        place,
        host: nil(host),
        program: nil(program),
        pid: number(pid).and_then(|(pid, _)| u32::try_from(pid).ok()),
        text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text),
    })
}

/// Gives what is behind an element of structured data, whose quoted values may hold brackets.
fn element(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        let at = memchr::memchr2(b'"', b']', rest)?;
        if rest[at] == b']' {
            return Some(&rest[at + 1..]);
        }
        rest = &rest[at + quoted(&rest[at..])?..];
    }
}

/// Reads `last message repeated N times` and `message repeated N times: [ text ]`; gives how many more lines the
/// entry stands for, and leaves the repeated text in it, or none.
fn repeated(entry: &mut Entry<'_>) -> u32 {
    let text = entry.text;
    let text = text.strip_prefix(b"--- ").unwrap_or(text);
    let (last, rest) = match text {
        [b'm', b'e', ..] => (false, text.strip_prefix(b"message repeated ")),
        [b'l', b'a', ..] => (true, text.strip_prefix(b"last message repeated ")),
        _ => return 0,
    };
    let Some((times, rest)) = rest.and_then(number) else {
        return 0;
    };
    let times = u32::try_from(times).unwrap_or(u32::MAX);
    if last && (rest.starts_with(b" time")) {
        entry.text = b"";
        return times;
    }
    let Some(inside) = rest.strip_prefix(b" times: [") else {
        return 0;
    };
    let inside = skip_blanks(inside);
    entry.text = inside.strip_suffix(b"]").unwrap_or(inside).trim_ascii_end();
    // The entry itself is one of them.
    times.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::stamp::{Basis, Zone};
    use proptest::prelude::*;

    fn clock() -> Clock {
        Clock::new(Zone::Fixed(3600), Basis::Given(2026))
    }

    const AT: i64 = 1_772_427_667_000_000;

    #[test]
    fn prefixes_of_every_form() {
        let mut last = LastHost::default();
        for (line, host, program, pid, text) in [
            (
                "Mar  2 06:01:07 mail postfix/smtpd[12]: connect from x",
                "mail",
                "postfix/smtpd",
                Some(12),
                "connect from x",
            ),
            (
                "<22>Mar  2 06:01:07 mail sendmail[7]: a: b",
                "mail",
                "sendmail",
                Some(7),
                "a: b",
            ),
            (
                "Mar 02 06:01:07 mail exim: text",
                "mail",
                "exim",
                None,
                "text",
            ),
            (
                "2026-03-02T06:01:07+01:00 mail postfix/qmgr[1]: x",
                "mail",
                "postfix/qmgr",
                Some(1),
                "x",
            ),
            (
                "2026-03-02T06:01:07+0100 mail postfix/qmgr[1]: x",
                "mail",
                "postfix/qmgr",
                Some(1),
                "x",
            ),
            (
                "<22>1 2026-03-02T05:01:07Z mail postfix/smtpd 12 - - text",
                "mail",
                "postfix/smtpd",
                Some(12),
                "text",
            ),
            (
                "<22>1 2026-03-02T05:01:07Z - sm-mta - ID1 [a@1 k=\"v] \\\" \"][b] \u{feff}text",
                "",
                "sm-mta",
                None,
                "text",
            ),
            (
                "Mar  2 06:01:07 relay mail postfix/smtpd[12]: x",
                "mail",
                "postfix/smtpd",
                Some(12),
                "x",
            ),
            (
                "Mar  2 07:01:07 relay Mar  2 06:01:07 mail smtpd[12]: x",
                "mail",
                "smtpd",
                Some(12),
                "x",
            ),
            (
                "2026-03-02T05:01:09.123456789Z stdout F Mar  2 06:01:07 mail smtpd[12]: x",
                "mail",
                "smtpd",
                Some(12),
                "x",
            ),
            (
                "2026-03-02T05:01:07Z stderr F postfix/smtpd[12]: x",
                "",
                "postfix/smtpd",
                Some(12),
                "x",
            ),
            (
                "2026-03-02T05:01:07Z postfix/smtpd[12]: x",
                "",
                "postfix/smtpd",
                Some(12),
                "x",
            ),
            (
                "mail_1   | Mar 02 06:01:07 mail postfix/smtpd[12]: x",
                "mail",
                "postfix/smtpd",
                Some(12),
                "x",
            ),
            (
                "Mar  2 06:01:07 <mail.info> mail sm-mta[12]: x",
                "mail",
                "sm-mta",
                Some(12),
                "x",
            ),
            (
                "Mar  2 06:01:07 mail sendmail[12]: [ID 197553 mail.info] x",
                "mail",
                "sendmail",
                Some(12),
                "x",
            ),
            (
                "Mar  2 06:01:07 mail -- MARK --",
                "mail",
                "",
                None,
                "-- MARK --",
            ),
            (
                "Mar  2 06:01:07 mail kernel: a [b]: c",
                "mail",
                "kernel",
                None,
                "a [b]: c",
            ),
            (
                "@1772427667000000 mail postfix/smtpd[12]: x",
                "mail",
                "postfix/smtpd",
                Some(12),
                "x",
            ),
            (
                "Mar  2 06:01:07 mail postfix/smtpd[12]:",
                "mail",
                "postfix/smtpd",
                Some(12),
                "",
            ),
        ] {
            let read = |last: &mut LastHost| {
                syslog(&mut clock(), last, LineAt::default(), line.as_bytes()).expect(line)
            };
            let (entry, more) = read(&mut LastHost::default());
            assert_eq!(
                read(&mut last),
                (entry, more),
                "behind another line: {line}"
            );
            assert_eq!(read(&mut last), (entry, more), "behind itself: {line}");
            assert_eq!(entry.at, Stamp(AT), "{line}");
            assert_eq!(String::from_utf8_lossy(entry.host), host, "{line}");
            assert_eq!(String::from_utf8_lossy(entry.program), program, "{line}");
            assert_eq!(entry.pid, pid, "{line}");
            assert_eq!(String::from_utf8_lossy(entry.text), text, "{line}");
            assert_eq!(more, 0, "{line}");
        }
    }

    #[test]
    fn repeated_lines_stand_for_more() {
        for (line, text, times) in [
            ("Mar  2 06:01:07 mail last message repeated 3 times", "", 3),
            (
                "Mar  2 06:01:07 mail syslogd: last message repeated 3 times",
                "",
                3,
            ),
            (
                "Mar  2 06:01:07 mail --- last message repeated 1 time ---",
                "",
                1,
            ),
            (
                "Mar  2 06:01:07 mail postfix/smtpd[1]: message repeated 4 times: [ connect from a[1]]",
                "connect from a[1]",
                3,
            ),
            (
                "Mar  2 06:01:07 mail postfix/smtpd[1]: message repeated",
                "message repeated",
                0,
            ),
        ] {
            let (entry, more) = syslog(
                &mut clock(),
                &mut LastHost::default(),
                LineAt::default(),
                line.as_bytes(),
            )
            .expect(line);
            assert_eq!(String::from_utf8_lossy(entry.text), text, "{line}");
            assert_eq!(more, times, "{line}");
        }
    }

    #[test]
    fn own_files_of_a_server() {
        for (line, pid, text) in [
            (
                "2026-03-02 06:01:07 1vpezZ-00006j-NP Completed",
                None,
                "1vpezZ-00006j-NP Completed",
            ),
            ("2026-03-02 05:01:07.000 +0000 [77] x y", Some(77), "x y"),
            ("2026-03-02 06:01:07 [192.0.2.1] x", None, "[192.0.2.1] x"),
        ] {
            let entry = own(&mut clock(), LineAt::default(), line.as_bytes()).expect(line);
            assert_eq!(entry.at, Stamp(AT), "{line}");
            assert_eq!((entry.pid, entry.text), (pid, text.as_bytes()), "{line}");
        }
    }

    #[test]
    fn torn_lines_are_none() {
        for line in [
            "",
            "fd[12]: text",
            "\0\0\0\0",
            "6:01:07 mail postfix/smtpd[12]: x",
            "<22>",
            "<22>1 ",
            "Mar  2 06:01:07",
        ] {
            assert!(
                syslog(
                    &mut clock(),
                    &mut LastHost::default(),
                    LineAt::default(),
                    line.as_bytes()
                )
                .is_none(),
                "{line:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(front in 0usize..4, text: Vec<u8>, words in "[a-z\\[\\]:<>|\" 0-9-]{0,60}") {
            let fronts = ["", "Mar  2 06:01:07 ", "<22>1 2026-03-02T05:01:07Z ", "2026-03-02 06:01:07 "];
            for tail in [&text[..], words.as_bytes()] {
                let line = [fronts[front].as_bytes(), tail].concat();
                let _ = syslog(&mut clock(), &mut LastHost::default(), LineAt::default(), &line);
                let _ = own(&mut clock(), LineAt::default(), &line);
            }
        }
    }

    proptest! {
        #[test]
        fn the_last_line_changes_nothing(
            lines in proptest::collection::vec(proptest::collection::vec(proptest::sample::select(vec![
                "Mar", "2", "06:01:07", "06:01:07:", "2026-03-02", "2026-03-02T06:01:07Z", "1772427667.5", "@12", "@12:",
                "mail", "relay", "stdout", "F", "<x>", "p:", "p[1]:", "p[]:", "[1]:", ":", "last", "message",
                "---", "", "[ID", "7]",
            ]), 0..6), 1..6)
        ) {
            let mut last = LastHost::default();
            for words in lines {
                let line = format!("Mar  2 06:01:07 {}", words.join(" "));
                let read = |last: &mut LastHost| {
                    format!("{:?}", syslog(&mut clock(), last, LineAt::default(), line.as_bytes()))
                };
                prop_assert_eq!(read(&mut last), read(&mut LastHost::default()), "{}", line);
            }
        }
    }
}
