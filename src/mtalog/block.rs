//! Blocks: pieces of a file that hold whole lines, and what reading one gives.
//!
//! In: bytes of a file, cut anywhere. Out: blocks cut at line ends ([`Cutter`]); for each, read on its own on
//! whatever thread, its lines with their events, which borrow from the block ([`Parsed`]).
//!
//! Deliberately knows no thread and no order: see `pipeline`.
//!
//! Limits: a line longer than [`LINE`] is cut there, what follows up to its end is skipped, and it is counted.
//!
//! References: the readers.

use crate::mtalog::event::{Entry, Event, LineAt, Read};
use crate::mtalog::formats::{Frame, Line, Lines};
use crate::mtalog::stamp::Year;
use crate::mtalog::unwrap;
use memchr::{memchr, memrchr};
use self_cell::self_cell;
use std::ops::Range;

/// How much is read at a time: small enough for a processor's cache.
pub(in crate::mtalog) const BLOCK: usize = 256 * 1024;

/// How much room stands before the bytes of a block that is taken as it is: the beginning of its first line goes there.
pub const HEADROOM: usize = 16 * 1024;

/// How long a line may be. Servers cut theirs at a few thousand bytes.
pub(in crate::mtalog) const LINE: usize = 64 * 1024;

/// A block to be read.
#[derive(Debug)]
pub(in crate::mtalog) struct Block {
    /// The bytes, and which of them are the block's.
    pub(in crate::mtalog) bytes: Vec<u8>,
    pub(in crate::mtalog) used: Range<usize>,
    /// What reads it: as it was at the block's beginning.
    pub(in crate::mtalog) lines: Lines,
}

/// Cuts a file into blocks.
#[derive(Debug)]
pub(in crate::mtalog) struct Cutter {
    bytes: Vec<u8>,
    used: usize,
    /// A line was too long, and is skipped to its end.
    skipping: bool,
    cut_lines: u64,
    /// Lines that Exim split are to stay together.
    keeps_parts: bool,
}

impl Cutter {
    pub(in crate::mtalog) fn new(frame: Frame) -> Self {
        Self {
            bytes: Vec::new(),
            used: 0,
            skipping: false,
            cut_lines: 0,
            keeps_parts: frame == Frame::Syslog,
        }
    }

    /// Gives room for what comes next.
    pub(in crate::mtalog) fn room(&mut self) -> &mut [u8] {
        if self.bytes.len() < BLOCK {
            self.bytes.resize(BLOCK, 0);
        }
        &mut self.bytes[self.used..]
    }

    /// Says how much of the room was filled; gives a block when there is enough for one, with `spare` as the next
    /// room.
    pub(in crate::mtalog) fn filled(
        &mut self,
        count: usize,
        spare: &mut Vec<Vec<u8>>,
    ) -> Option<(Vec<u8>, usize)> {
        let start = self.used;
        self.used = (self.used + count).min(self.bytes.len());
        if self.skipping {
            let Some(end) = memchr(b'\n', &self.bytes[start..self.used]) else {
                self.used = start;
                return None;
            };
            // The line ends here: its end is kept, what was skipped is not.
            self.bytes.copy_within(start + end..self.used, start);
            self.used -= end;
            self.skipping = false;
        }
        if self.used < self.bytes.len() {
            return None;
        }
        let Some(last) = memrchr(b'\n', &self.bytes[..self.used]) else {
            self.skipping = true;
            self.cut_lines += 1;
            self.used = LINE;
            return None;
        };
        let mut end = last + 1;
        if self.used - end > LINE {
            // What stands behind the last line's end is too long already.
            self.skipping = true;
            self.cut_lines += 1;
            self.used = end + LINE;
        }
        if self.keeps_parts {
            end = before_parts(&self.bytes, end);
        }
        self.cut(end, spare)
    }

    /// Takes a block as it is, with where in it the bytes begin: gives it and which of its bytes are whole lines. One
    /// that cannot be taken so is given back: its bytes are to be put into the room.
    pub(in crate::mtalog) fn take(
        &mut self,
        mut block: Vec<u8>,
        from: usize,
    ) -> Result<(Vec<u8>, Range<usize>), Vec<u8>> {
        let Some(start) = from.checked_sub(self.used).filter(|_| !self.skipping) else {
            return Err(block);
        };
        let Some(last) = memrchr(b'\n', &block[from..]) else {
            return Err(block);
        };
        block[start..from].copy_from_slice(&self.bytes[..self.used]);
        let mut end = from + last + 1;
        if self.keeps_parts {
            end = start + before_parts(&block[start..], end - start);
        }
        let rest = block.len() - end;
        if rest > HEADROOM {
            return Err(block);
        }
        self.used = 0;
        self.room()[..rest].copy_from_slice(&block[end..]);
        self.used = rest;
        Ok((block, start..end))
    }

    /// Gives all whole lines that there are, such as a live file has them.
    pub(in crate::mtalog) fn flush(
        &mut self,
        spare: &mut Vec<Vec<u8>>,
    ) -> Option<(Vec<u8>, usize)> {
        let end = memrchr(b'\n', &self.bytes[..self.used])? + 1;
        self.cut(end, spare)
    }

    /// Gives the last block: its last line may have no end.
    pub(in crate::mtalog) fn end(&mut self) -> Option<(Vec<u8>, usize)> {
        self.skipping = false;
        let used = std::mem::take(&mut self.used);
        (used > 0).then(|| (std::mem::take(&mut self.bytes), used))
    }

    /// Gives how many lines were cut.
    pub(in crate::mtalog) fn cut_lines(&self) -> u64 {
        self.cut_lines
    }

    fn cut(&mut self, end: usize, spare: &mut Vec<Vec<u8>>) -> Option<(Vec<u8>, usize)> {
        let mut next = spare.pop().unwrap_or_default();
        if next.len() < BLOCK {
            next.resize(BLOCK, 0);
        }
        let rest = self.used - end;
        next[..rest].copy_from_slice(&self.bytes[end..self.used]);
        let block = std::mem::replace(&mut self.bytes, next);
        self.used = rest;
        Some((block, end))
    }
}

/// Gives an end of a block before the parts of a line whose last part is not in it.
fn before_parts(bytes: &[u8], end: usize) -> usize {
    const PARTS: usize = 16;
    let mut at = end;
    for _ in 0..PARTS {
        let Some(before) = at.checked_sub(1) else {
            break;
        };
        let start = memrchr(b'\n', &bytes[..before]).map_or(0, |found| found + 1);
        if start == 0 || !unwrap::is_unfinished(&bytes[start..before]) {
            break;
        }
        at = start;
    }
    at
}

/// A line of a block.
#[derive(Debug, Clone, Copy)]
pub(in crate::mtalog) struct Record<'a> {
    pub(in crate::mtalog) said: Said<'a>,
    /// Where its events end.
    pub(in crate::mtalog) events: u32,
    /// Whether one of them is a step.
    pub(in crate::mtalog) steps: bool,
}

/// What a line came to.
#[derive(Debug, Clone, Copy)]
pub(in crate::mtalog) enum Said<'a> {
    Entry(Entry<'a>, Read),
    Comment(u32),
    Torn(u32, &'a [u8]),
}

/// The lines of a block.
#[derive(Debug, Default)]
pub(in crate::mtalog) struct Records<'a> {
    pub(in crate::mtalog) lines: Vec<Record<'a>>,
    pub(in crate::mtalog) events: Vec<Event<'a>>,
    /// How many lines the block has.
    pub(in crate::mtalog) count: u32,
    /// How many of them were too long.
    pub(in crate::mtalog) cut: u32,
    /// One of them is the first part of a line that Exim split.
    parts: bool,
}

/// The text of a block.
#[derive(Debug)]
pub(in crate::mtalog) struct Text {
    bytes: Vec<u8>,
    used: Range<usize>,
}

impl Text {
    fn of(bytes: Vec<u8>) -> Self {
        Self {
            used: 0..bytes.len(),
            bytes,
        }
    }

    fn text(&self) -> &[u8] {
        &self.bytes[self.used.clone()]
    }
}

self_cell!(
    struct Cell {
        owner: Text,
        #[covariant]
        dependent: Records,
    }
);

/// A block that was read.
pub(in crate::mtalog) struct Parsed {
    cell: Cell,
    /// What read it, as it is at the block's end.
    lines: Lines,
}

impl Parsed {
    /// Reads a block.
    pub(in crate::mtalog) fn read(block: Block) -> Self {
        let Block { bytes, used, lines } = block;
        let text = unwrapped(lines.frame(), Text { bytes, used });
        let before = lines.clone();
        let parsed = Self::parse(text, lines);
        // Hardly any log has lines in parts: none is looked through for them beforehand.
        match parsed.records().parts {
            true => Self::parse(whole(parsed.cell.into_owner()), before),
            false => parsed,
        }
    }

    /// Reads it again, because it begins in another year.
    pub(in crate::mtalog) fn again(self, mut lines: Lines, year: Option<Year>) -> Self {
        lines.clock_mut().go_on(year);
        Self::parse(self.cell.into_owner(), lines)
    }

    fn parse(text: Text, mut lines: Lines) -> Self {
        let cell = Cell::new(text, |text| records(text.text(), &mut lines));
        Self { cell, lines }
    }

    /// Gives the lines.
    pub(in crate::mtalog) fn records(&self) -> &Records<'_> {
        self.cell.borrow_dependent()
    }

    /// Gives what read it, as it is at the block's end.
    pub(in crate::mtalog) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Gives the bytes back, to be filled again.
    pub(in crate::mtalog) fn into_bytes(self) -> Vec<u8> {
        self.cell.into_owner().bytes
    }
}

/// Makes lines of what came in another shape.
fn unwrapped(frame: Frame, text: Text) -> Text {
    let block = text.text();
    let other = match frame {
        Frame::Json => Some(unwrap::json(block)),
        Frame::Syslog => unwrap::unescaped(block),
        _ => None,
    };
    other.map_or(text, Text::of)
}

/// Joins lines that came in parts.
fn whole(text: Text) -> Text {
    let other = unwrap::joined(text.text());
    other.map_or(text, Text::of)
}

fn records<'a>(block: &'a [u8], lines: &mut Lines) -> Records<'a> {
    let mut found = Records {
        lines: Vec::with_capacity(block.len() / 96),
        events: Vec::with_capacity(block.len() / 128),
        count: 0,
        cut: 0,
        parts: false,
    };
    let mut rest = block;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end.min(LINE)];
        rest = rest.get(end + 1..).unwrap_or(b"");
        found.count += 1;
        found.cut += u32::from(end > LINE);
        let place = LineAt {
            file: 0,
            line: u64::from(found.count),
        };
        let before = found.events.len();
        let said = match lines.read(place, line, &mut found.events) {
            Line::Entry(entry, read) => {
                found.parts |= matches!(entry.text, [b'[', b'1', b'/' | b'\\', ..]);
                Said::Entry(entry, read)
            }
            Line::Comment => Said::Comment(found.count),
            Line::Torn => Said::Torn(found.count, line),
        };
        let steps = found.events[before..]
            .iter()
            .any(|event| matches!(event, Event::Step { .. }));
        found.lines.push(Record {
            said,
            events: u32::try_from(found.events.len()).unwrap_or(u32::MAX),
            steps,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts a text that comes in pieces of a size.
    fn blocks(text: &[u8], size: usize, frame: Frame) -> (Vec<Vec<u8>>, u64) {
        let mut cutter = Cutter::new(frame);
        let mut spare = Vec::new();
        let mut found = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let room = cutter.room();
            let count = room.len().min(rest.len()).min(size);
            room[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            if let Some((bytes, used)) = cutter.filled(count, &mut spare) {
                found.push(bytes[..used].to_vec());
                spare.push(bytes);
            }
        }
        found.extend(cutter.end().map(|(bytes, used)| bytes[..used].to_vec()));
        (found, cutter.cut_lines())
    }

    #[test]
    fn blocks_hold_whole_lines() {
        let line = b"a line of a log, of some length\n";
        let mut text = line.repeat(3 * BLOCK / line.len() + 100);
        text.extend_from_slice(b"torn");
        for size in [7, 4096, BLOCK, usize::MAX] {
            let (blocks, cut) = blocks(&text, size, Frame::Own);
            assert_eq!(cut, 0);
            assert!(blocks.len() >= 3);
            let (last, whole) = blocks.split_last().expect("blocks");
            assert!(whole.iter().all(|block| block.ends_with(b"\n")));
            assert!(last.ends_with(b"\ntorn"));
            assert_eq!(blocks.concat(), text);
        }
    }

    #[test]
    fn long_lines_are_cut_and_counted() {
        for long in [BLOCK, 10 << 20, BLOCK - 3] {
            let mut text = b"before\n".to_vec();
            text.extend(std::iter::repeat_n(b'x', long));
            text.extend_from_slice(b"\nafter\n");
            for size in [1000, BLOCK, usize::MAX] {
                let (blocks, cut) = blocks(&text, size, Frame::Own);
                let all = blocks.concat();
                let lines: Vec<usize> = all.split(|byte| *byte == b'\n').map(<[u8]>::len).collect();
                assert_eq!(lines.len(), 4, "{long} {size}");
                assert_eq!((lines[0], lines[2], lines[3]), (6, 5, 0), "{long} {size}");
                assert!(
                    lines[1] >= LINE && lines[1] <= BLOCK,
                    "{long} {size}: {lines:?}"
                );
                assert!(cut <= 1);
                assert!(long < BLOCK || cut == 1, "{long} {size}");
            }
        }
    }

    #[test]
    fn parts_of_a_line_stay_together() {
        let part = |of: &str| format!("Mar  2 06:01:07 mail exim[7]: [{of}] {}\n", "x".repeat(900));
        let mut text = String::new();
        while text.len() < 2 * BLOCK {
            for of in ["1/3", "2\\3", "3\\3"] {
                text += &part(of);
            }
        }
        let (blocks, _) = blocks(text.as_bytes(), usize::MAX, Frame::Syslog);
        assert!(blocks.len() > 1);
        for block in &blocks {
            let tail = &block[block.len() - 950..];
            assert!(memchr::memmem::find(tail, b"[3\\3]").is_some());
        }
        assert_eq!(blocks.concat(), text.as_bytes());
    }

    #[test]
    fn lines_in_parts_are_read_as_whole_ones() {
        use crate::mtalog::stamp::{Basis, Zone};
        let text =
            b"Mar  2 06:01:07 mail exim[7]: [1/2] 1vpezZ-00006j-NP <= a@b H=x [192.0.2.7] P=es\n\
                     Mar  2 06:01:07 mail exim[8]: 1vpezZ-00006k-NP Completed\n\
                     Mar  2 06:01:07 mail exim[7]: [2\\2] mtpa A=plain:b#303#251 S=1\n";
        let lines = Lines::new(Frame::Syslog, Zone::Fixed(0), Basis::Given(2026));
        let parsed = Parsed::read(Block {
            bytes: text.to_vec(),
            used: 0..text.len(),
            lines,
        });
        let records = parsed.records();
        assert_eq!((records.count, records.lines.len()), (3, 3));
        let [
            Event::Arrived {
                account, client, ..
            },
            ..,
            Event::Ended { .. },
        ] = records.events[..]
        else {
            panic!("{:?}", records.events)
        };
        assert_eq!(account, "b\u{e9}".as_bytes());
        assert!(client.is_some_and(|client| client.address.is_some()));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(text: Vec<u8>, frame in 0usize..5) {
            use crate::mtalog::stamp::{Basis, Zone};
            let frame = [Frame::Syslog, Frame::Json, Frame::Own, Frame::Iis, Frame::Tracking][frame];
            let lines = Lines::new(frame, Zone::Fixed(0), Basis::Given(2026));
            let count = text.split(|byte| *byte == b'\n').count() - usize::from(text.is_empty() || text.ends_with(b"\n"));
            let used = 0..text.len();
            let parsed = Parsed::read(Block { bytes: text, used, lines });
            proptest::prop_assert_eq!(parsed.records().count as usize, count);
        }
    }
}
