//! Unwraps lines that came in another shape: JSON of the journal or of a container runtime, the journal's export
//! format; and what rsyslog escaped and Exim split.
//!
//! In: a block of whole lines. Out: a block of lines as `prefix` knows them, as many as before, so that line numbers
//! stay (of the export format one line an entry).
//!
//! An entry of the journal becomes `@microseconds host program[pid]: text`; one of docker's json-file the line that the
//! program wrote, behind the stamp of the runtime unless it has its own.
//!
//! Deliberately reads no text: what is in it is for the readers.
//!
//! Limits: an object that is no entry becomes an empty line, an entry whose MESSAGE is null one without text. A field
//! of the export format may be `FIELD` bytes long; a longer one is cut. The parts of a line that Exim split are
//! joined if all of them are in one block.
//!
//! References: systemd.journal-fields(7), journalctl(1), "Journal Export Formats"; docker's documentation of the
//! json-file logging driver; rsyslog, "Escaping control characters on receive"; The Exim Specification, "Logging to
//! syslog".

use crate::mtalog::text::{cut, number};
use memchr::{memchr, memchr_iter, memmem};
use serde_json::value::RawValue;

/// How much of a field of the export format is kept.
const FIELD: usize = 64 * 1024;

/// The fields of an object that matter, of the journal and of a container runtime.
#[derive(serde::Deserialize)]
#[allow(non_snake_case)]
struct Object<'a> {
    #[serde(borrow)]
    __REALTIME_TIMESTAMP: Option<&'a RawValue>,
    #[serde(borrow)]
    _HOSTNAME: Option<&'a RawValue>,
    #[serde(borrow)]
    SYSLOG_IDENTIFIER: Option<&'a RawValue>,
    #[serde(borrow)]
    _COMM: Option<&'a RawValue>,
    #[serde(borrow)]
    SYSLOG_PID: Option<&'a RawValue>,
    #[serde(borrow)]
    _PID: Option<&'a RawValue>,
    #[serde(borrow)]
    MESSAGE: Option<&'a RawValue>,
    #[serde(borrow)]
    log: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
}

/// Unwraps a block of objects, one a line.
pub fn json(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len() / 2);
    for line in lines(block) {
        if let Ok(object) = serde_json::from_slice::<Object<'_>>(line) {
            put_object(&object, &mut out);
        } else if !line.trim_ascii().is_empty() {
            // Not an entry, and not nothing either.
            out.extend_from_slice(b"{");
        }
        out.push(b'\n');
    }
    out
}

fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = block.strip_suffix(b"\n").unwrap_or(block);
    // Of nothing there is no line.
    let count = if block.is_empty() { 0 } else { usize::MAX };
    whole.split(|byte| *byte == b'\n').take(count)
}

fn put_object(object: &Object<'_>, out: &mut Vec<u8>) {
    let get = |value: Option<&RawValue>| value.and_then(bytes).unwrap_or_default();
    if let (Some(log), Some(time)) = (object.log, object.time) {
        put_text(&get(Some(time)), out);
        out.push(b' ');
        let text = bytes(log).unwrap_or_default();
        put_text(text.trim_ascii_end(), out);
        return;
    }
    let first = |one: Option<&RawValue>, other: Option<&RawValue>| {
        let found = get(one);
        if found.is_empty() { get(other) } else { found }
    };
    put_entry(
        &Fields {
            time: get(object.__REALTIME_TIMESTAMP),
            host: get(object._HOSTNAME),
            program: first(object.SYSLOG_IDENTIFIER, object._COMM),
            pid: first(object.SYSLOG_PID, object._PID),
            text: get(object.MESSAGE),
        },
        out,
    );
}

/// Reads a value: a string, a number, or the bytes of what is no text, one by one. Of several values the first.
fn bytes(value: &RawValue) -> Option<Vec<u8>> {
    let text = value.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(text)
            .ok()
            .map(String::into_bytes),
        b'[' => serde_json::from_str::<Vec<u8>>(text).ok().or_else(|| {
            let several = serde_json::from_str::<Vec<Box<RawValue>>>(text).ok()?;
            several
                .first()
                .filter(|first| !first.get().starts_with('['))
                .and_then(|first| bytes(first))
        }),
        b'0'..=b'9' => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

#[derive(Default)]
struct Fields {
    time: Vec<u8>,
    host: Vec<u8>,
    program: Vec<u8>,
    pid: Vec<u8>,
    text: Vec<u8>,
}

fn put_entry(fields: &Fields, out: &mut Vec<u8>) {
    if fields.time.is_empty() {
        return;
    }
    out.push(b'@');
    put_word(&fields.time, out);
    out.push(b' ');
    put_word(
        if fields.host.is_empty() {
            b"-"
        } else {
            &fields.host
        },
        out,
    );
    out.push(b' ');
    put_word(
        if fields.program.is_empty() {
            b"-"
        } else {
            &fields.program
        },
        out,
    );
    if !fields.pid.is_empty() {
        out.push(b'[');
        put_word(&fields.pid, out);
        out.push(b']');
    }
    out.extend_from_slice(b": ");
    put_text(&fields.text, out);
}

/// Puts a text into a line: what would end it becomes a blank.
fn put_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend(text.iter().map(|byte| {
        if matches!(byte, b'\n' | b'\r') {
            b' '
        } else {
            *byte
        }
    }));
}

/// Puts a word into a line.
fn put_word(text: &[u8], out: &mut Vec<u8>) {
    out.extend(
        text.iter()
            .map(|byte| if *byte <= b' ' { b'_' } else { *byte }),
    );
}

/// What was left of the export format at the end of a block.
#[derive(Debug, Default, Clone)]
pub struct Partial {
    rest: Vec<u8>,
    /// How many bytes of a field are still to be skipped, for it was longer than is kept.
    skip: u64,
}

/// Unwraps a piece of the export format, wherever it was cut; gives the entries that are whole, one a line.
pub fn export(block: &[u8], partial: &mut Partial) -> Vec<u8> {
    let mut block = block;
    if partial.skip > 0 {
        let skipped = usize::try_from(partial.skip)
            .unwrap_or(usize::MAX)
            .min(block.len());
        partial.skip -= skipped as u64;
        block = &block[skipped..];
    }
    let mut held = std::mem::take(&mut partial.rest);
    held.extend_from_slice(block);
    let mut out = Vec::with_capacity(held.len() / 4);
    let mut done = 0;
    let mut fields = Fields::default();
    let mut any = false;
    let mut rest = &held[..];
    while let Some((line, behind)) = cut(rest, b'\n') {
        rest = behind;
        if line.is_empty() {
            if any {
                put_entry(&fields, &mut out);
                out.push(b'\n');
            }
            (fields, any) = (Fields::default(), false);
            done = held.len() - rest.len();
            continue;
        }
        any = true;
        if let Some((key, value)) = cut(line, b'=') {
            fields.put(key, value);
            continue;
        }
        // A field that holds anything: its length in eight bytes, the bytes, a line feed.
        let Some((length, behind)) = rest.split_at_checked(8) else {
            break;
        };
        let Ok(length) = <[u8; 8]>::try_from(length).map(u64::from_le_bytes) else {
            break;
        };
        let Some(length) = usize::try_from(length)
            .ok()
            .filter(|length| *length <= 1 << 30)
        else {
            // No length at all: goes on behind it.
            rest = behind;
            continue;
        };
        if let Some(value) = behind.get(..length) {
            fields.put(line, value);
            rest = behind[length..]
                .strip_prefix(b"\n")
                .unwrap_or(&behind[length..]);
        } else if length > FIELD {
            // The rest of it is not wanted: what is here is taken for the whole.
            let here = behind.len().min(FIELD);
            let kept = &behind[..here];
            let mut again = held[done..held.len() - behind.len() - 8].to_vec();
            again.extend_from_slice(&(here as u64).to_le_bytes());
            again.extend_from_slice(kept);
            partial.skip = (length - behind.len()) as u64;
            partial.rest = again;
            return out;
        } else {
            break;
        }
    }
    // An entry that never ends is none.
    if held.len() - done <= 64 * FIELD {
        partial.rest = held.split_off(done);
    }
    out
}

/// Unwraps what is left at the end of a file in the export format.
pub fn export_end(partial: &mut Partial) -> Vec<u8> {
    export(b"\n\n", partial)
}

impl Fields {
    fn put(&mut self, key: &[u8], value: &[u8]) {
        let value = &value[..value.len().min(FIELD)];
        let into = match key {
            b"__REALTIME_TIMESTAMP" => &mut self.time,
            b"_HOSTNAME" => &mut self.host,
            b"SYSLOG_IDENTIFIER" => &mut self.program,
            b"SYSLOG_PID" => &mut self.pid,
            b"MESSAGE" => &mut self.text,
            b"_PID" if self.pid.is_empty() => &mut self.pid,
            b"_COMM" if self.program.is_empty() => &mut self.program,
            _ => return,
        };
        into.clear();
        into.extend_from_slice(value);
    }
}

/// Undoes what rsyslog escaped, `#011` and the like; nothing where nothing was.
pub fn unescaped(block: &[u8]) -> Option<Vec<u8>> {
    let escaped = |at: usize| -> Option<u8> {
        let [b'#', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7'] = block.get(at..at + 4)?
        else {
            return None;
        };
        let value = (a - b'0') * 64 + (b - b'0') * 8 + (c - b'0');
        (!(32..127).contains(&value)).then_some(value)
    };
    let first = memchr_iter(b'#', block).find(|at| escaped(*at).is_some())?;
    let mut out = Vec::with_capacity(block.len());
    out.extend_from_slice(&block[..first]);
    let mut from = first;
    while let Some(found) = memchr(b'#', &block[from..]) {
        let at = from + found;
        out.extend_from_slice(&block[from..at]);
        match escaped(at) {
            Some(value) => {
                out.push(if matches!(value, b'\n' | b'\r') {
                    b' '
                } else {
                    value
                });
                from = at + 4;
            }
            None => {
                out.push(b'#');
                from = at + 1;
            }
        }
    }
    out.extend_from_slice(&block[from..]);
    Some(out)
}

/// How many lines may be in parts at the same time.
const IN_PARTS: usize = 64;

/// Joins the lines that Exim split for syslog, `[1/3]`, `[2\3]` and `[3\3]`; nothing where none was. The joined line
/// stands where the first part stood, the others become empty.
pub fn joined(block: &[u8]) -> Option<Vec<u8>> {
    let first =
        memmem::find_iter(block, b": [1").any(|at| matches!(block.get(at + 4), Some(b'/' | b'\\')));
    if !first {
        return None;
    }
    struct Open<'a> {
        tag: &'a [u8],
        line: usize,
        next: u64,
        of: u64,
    }
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut out: Vec<Vec<u8>> = Vec::new();
    for line in lines(block) {
        let at = out.len();
        let Some((tag, part, of, text)) = part(line) else {
            out.push(line.to_vec());
            continue;
        };
        if part == 1 {
            if open.len() >= IN_PARTS {
                open.remove(0);
            }
            out.push(line.to_vec());
            open.push(Open {
                tag,
                line: at,
                next: 2,
                of,
            });
            continue;
        }
        let found = open
            .iter()
            .position(|open| open.tag == tag && open.next == part && open.of == of);
        match found {
            Some(found) => {
                let whole = &mut out[open[found].line];
                if whole.len() < FIELD {
                    whole.extend_from_slice(text);
                }
                open[found].next += 1;
                if part == of {
                    open.remove(found);
                }
                out.push(Vec::new());
            }
            None => out.push(line.to_vec()),
        }
    }
    let mut joined = out.join(&b'\n');
    if block.ends_with(b"\n") {
        joined.push(b'\n');
    }
    Some(joined)
}

/// Says whether a line is a part of one that Exim split, and not the last.
pub(in crate::mtalog) fn is_unfinished(line: &[u8]) -> bool {
    part(line).is_some_and(|(_, part, of, _)| part < of)
}

/// Reads `... exim[7]: [2\3] text`: the program and process, the part, of how many, the text.
fn part(line: &[u8]) -> Option<(&[u8], u64, u64, &[u8])> {
    let at = memmem::find(line, b": [")?;
    let (part, rest) = number(&line[at + 3..])?;
    let ([b'/', rest @ ..] | [b'\\', rest @ ..]) = rest else {
        return None;
    };
    let (of, rest) = number(rest)?;
    let text = rest.strip_prefix(b"]")?;
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let before = &line[..at];
    let tag = memchr::memrchr(b' ', before).map_or(before, |blank| &before[blank + 1..]);
    (part > 0 && of > 1 && part <= of).then_some((tag, part, of, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn objects_become_lines() {
        for (line, expected) in [
            (
                r#"{"__REALTIME_TIMESTAMP":"1772784060000000","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":"postfix/smtpd","SYSLOG_PID":"17","_PID":"1","MESSAGE":"a \"b\" \u00e9"}"#,
                "@1772784060000000 mail postfix/smtpd[17]: a \"b\" \u{e9}\n",
            ),
            (
                r#"{"MESSAGE":[97,10,98],"__REALTIME_TIMESTAMP":"1","_COMM":"exim4","_PID":"7"}"#,
                "@1 - exim4[7]: a b\n",
            ),
            (
                r#"{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1"}"#,
                "@1 - -: \n",
            ),
            (
                r#"{"MESSAGE":["first","second"],"__REALTIME_TIMESTAMP":"1"}"#,
                "@1 - -: first\n",
            ),
            (
                r#"{"log":"Mar 02 06:01:07 mail postfix/smtpd[1]: x\n","stream":"stdout","time":"2026-03-02T05:01:07.1Z"}"#,
                "2026-03-02T05:01:07.1Z Mar 02 06:01:07 mail postfix/smtpd[1]: x\n",
            ),
            (r#"{"x":1}"#, "\n"),
            ("{torn", "{\n"),
            ("", "\n"),
        ] {
            assert_eq!(
                text(json(format!("{line}\n").as_bytes())),
                expected,
                "{line}"
            );
        }
        assert_eq!(text(json(b"\n\n")), "\n\n");
    }

    fn entries() -> Vec<u8> {
        let mut log = b"__CURSOR=s\n__REALTIME_TIMESTAMP=1\n_HOSTNAME=mail\nSYSLOG_IDENTIFIER=postfix/smtpd\n".to_vec();
        log.extend_from_slice(b"_PID=7\nMESSAGE\n");
        log.extend_from_slice(&5u64.to_le_bytes());
        log.extend_from_slice(b"a\nb=c\n\n__REALTIME_TIMESTAMP=2\nMESSAGE=x=y\n\n\n__REALTIME_TIMESTAMP=3\nMESSAGE=z\n");
        log
    }

    #[test]
    fn the_export_format_wherever_it_is_cut() {
        let log = entries();
        let expected = "@1 mail postfix/smtpd[7]: a b=c\n@2 - -: x=y\n@3 - -: z\n";
        for at in 0..log.len() {
            let mut partial = Partial::default();
            let mut found = export(&log[..at], &mut partial);
            found.extend(export(&log[at..], &mut partial));
            found.extend(export_end(&mut partial));
            assert_eq!(text(found), expected, "cut at {at}");
        }
    }

    #[test]
    fn a_long_field_of_the_export_format_is_cut() {
        let mut partial = Partial::default();
        let mut log = b"__REALTIME_TIMESTAMP=1\nCOREDUMP\n".to_vec();
        log.extend_from_slice(&10_000_000u64.to_le_bytes());
        let mut found = export(&log, &mut partial);
        for _ in 0..100 {
            found.extend(export(&[b'x'; 100_000], &mut partial));
            assert!(partial.rest.len() < 3 * FIELD);
        }
        found.extend(export(b"\nMESSAGE=m\n\n", &mut partial));
        assert_eq!(text(found), "@1 - -: m\n");
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescaped(b"a#b #12 #141 #999"), None);
        assert_eq!(
            unescaped(b"a#011b#012#141c#").as_deref(),
            Some(&b"a\tb #141c#"[..])
        );
        assert_eq!(unescaped(b"#303#251"), Some(vec![0o303, 0o251]));
    }

    #[test]
    fn split_lines_are_joined() {
        let block = b"t m exim[7]: [1/3] 1abc <= a\nt m exim[8]: other\nt m exim[7]: [2\\3] b c\nt m exim[7]: [3\\3]  d\n";
        assert_eq!(
            text(joined(block).expect("parts")),
            "t m exim[7]: [1/3] 1abc <= ab c d\nt m exim[8]: other\n\n\n"
        );
        assert_eq!(joined(b"t m exim[7]: x\n"), None);
        // Parts without the first stay.
        let block = b"t m exim[7]: [1/2] a\nt m exim[8]: [2\\2] b\n";
        assert_eq!(joined(block).expect("parts"), block);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(block: Vec<u8>, cut: usize, words in "[=A-Z\\[\\]/:1-3# \n{}\",]{0,80}") {
            for block in [&block[..], words.as_bytes(), &[b"A\n", &block[..]].concat(), &[b"x: [1/2] \n", words.as_bytes()].concat()] {
                let _ = json(block);
                let _ = unescaped(block);
                if let Some(joined) = joined(block) {
                    proptest::prop_assert_eq!(memchr_iter(b'\n', &joined).count(), memchr_iter(b'\n', block).count());
                }
                let mut partial = Partial::default();
                let at = cut % (block.len() + 1);
                let _ = export(&block[..at], &mut partial);
                let _ = export(&block[at..], &mut partial);
                let _ = export_end(&mut partial);
            }
        }
    }
}
