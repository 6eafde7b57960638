//! Reads files of logs on several processors and hands their lines over in order.
//!
//! In: for each file its first bytes ([`Opening`]), then its bytes, cut anywhere. Out: to a [`Sink`], every line with its
//! events, files merged by time.
//!
//! ```text
//!  bytes -> Cutter -> blocks -> workers: lines, events -> in order -> merge -> Sessions -> Sink
//! ```
//!
//! - A file is not begun before its first line is due, so that a set of rotated files is read one after another.
//! - The same line of two files, at the same time, is handed over once: where logs were rotated, files overlap. What
//!   one file has twice was logged twice.
//! - The year of stamps without one depends on the lines before. A block is read with what is known when it is handed
//!   to a worker; where that turns out to be another year, it is read again.
//!
//! Deliberately opens nothing: the shell gives the bytes, from wherever ([`Pipeline::run`] asks for them; [`Pipeline::feed`]
//! takes them, for live files).
//!
//! Limits: blocks of 256 KiB, four for each worker and as many again at most; lines that are the same in two files but
//! not at the same time are two.
//!
//! References: the readers; `logrotate(8)`.

pub use crate::mtalog::block::HEADROOM;
use crate::mtalog::block::{Block, Cutter, Parsed, Said};
use crate::mtalog::event::{Entry, Event, LineAt, Read, Stamp};
use crate::mtalog::formats::{Detected, Frame, Line, Lines};
use crate::mtalog::sessions::Sessions;
use crate::mtalog::stamp::{Basis, Year, Years, Zone};
use crate::mtalog::twice::Twice;
use crate::mtalog::unwrap;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How many blocks may be under way for each worker.
const AHEAD: usize = 4;

/// Takes lines in order.
pub trait Sink {
    /// Takes a line of a log, with what it says.
    fn take(&mut self, entry: &Entry<'_>, read: Read, events: &[Event<'_>]);
    /// Takes bytes that are no line of a log.
    fn torn(&mut self, place: LineAt, text: &[u8]);
    /// Takes note of a line that says nothing: an empty one, a directive, one that another file had.
    fn skipped(&mut self, _place: LineAt, _why: Skipped) {}
}

/// Where the bytes of files come from.
pub trait Feed {
    /// What goes wrong on the way.
    type Error;
    /// Fills a buffer from a file and says how much it has put there, 0 at the end.
    fn fill(&mut self, file: u32, room: &mut [u8]) -> Result<usize, Self::Error>;
    /// Gives a block as it was read, where there is one, so that it need not be copied: with where in it the bytes begin,
    /// behind [`HEADROOM`] or less. What is `through` may be used again.
    fn block(
        &mut self,
        _file: u32,
        _through: &mut Vec<Vec<u8>>,
    ) -> Result<Option<(Vec<u8>, usize)>, Self::Error> {
        Ok(None)
    }
}

impl<E, F: FnMut(u32, &mut [u8]) -> Result<usize, E>> Feed for F {
    type Error = E;

    fn fill(&mut self, file: u32, room: &mut [u8]) -> Result<usize, E> {
        self(file, room)
    }
}

/// Why a line says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// It is empty, a directive, a header.
    Comment,
    /// Another file had it, too.
    Twice,
}

/// A file that is to be read.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// What it is.
    pub detected: Detected,
    /// The zone of stamps without one.
    pub zone: Zone,
    /// Where the year of stamps without one comes from.
    pub basis: Basis,
    /// Its first bytes, as they will come again. Where it is the only file, they may be none.
    pub head: &'a [u8],
}

/// What a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileRead {
    /// How many lines it has.
    pub lines: u64,
    /// How many of them another file had, too.
    pub twice: u64,
    /// How many were too long and were cut.
    pub cut: u64,
    /// The years that were taken for stamps without one.
    pub years: Option<Years>,
}

struct Job {
    number: u64,
    block: Block,
}

/// What comes back from a worker: nothing where it broke down.
type Done = (u64, Option<Parsed>);

struct File {
    cutter: Cutter,
    /// As it is where the last block was cut.
    lines: Lines,
    export: Option<unwrap::Partial>,
    /// The first stamp, as far as the head tells.
    first: Stamp,
    started: bool,
    closed: bool,
    /// Blocks that were handed to workers, in order.
    blocks: VecDeque<u64>,
    /// The block that is being handed over, and how much of it was.
    front: Option<(Parsed, usize)>,
    year: Option<Year>,
    last: Stamp,
    read: FileRead,
    years: Option<Years>,
}

impl File {
    fn is_done(&self) -> bool {
        self.closed && self.blocks.is_empty() && self.front.is_none()
    }
}

/// Reads files of logs.
pub struct Pipeline {
    files: Vec<File>,
    jobs: Option<Sender<Job>>,
    done: Receiver<Done>,
    workers: Vec<JoinHandle<()>>,
    /// Blocks that were read and whose turn has not come.
    ready: HashMap<u64, Option<Parsed>>,
    under_way: usize,
    most: usize,
    number: u64,
    spare: Vec<Vec<u8>>,
    sessions: Sessions,
    twice: Twice,
    lost: u64,
}

/// Tells that a block is lost when its worker breaks down, so that nobody waits for it.
struct Returned<'a> {
    done: &'a Sender<Done>,
    number: u64,
    parsed: Option<Parsed>,
}

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        let _ = self.done.send((self.number, self.parsed.take()));
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, done: &Sender<Done>) {
    loop {
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(Job { number, block }) = job else {
            return;
        };
        let mut returned = Returned {
            done,
            number,
            parsed: None,
        };
        returned.parsed = Some(Parsed::read(block));
    }
}

impl Pipeline {
    /// Begins, with so many workers; at least one.
    pub fn new(workers: usize) -> Self {
        let workers = workers.max(1);
        let (jobs, taken) = channel::<Job>();
        let (give, done) = channel();
        let taken = Arc::new(Mutex::new(taken));
        let threads = (0..workers).map(|_| {
            let (taken, give) = (Arc::clone(&taken), give.clone());
            std::thread::spawn(move || work(&taken, &give))
        });
        Self {
            files: Vec::new(),
            jobs: Some(jobs),
            done,
            workers: threads.collect(),
            ready: HashMap::new(),
            under_way: 0,
            most: workers * AHEAD,
            number: 0,
            spare: Vec::new(),
            sessions: Sessions::default(),
            twice: Twice::default(),
            lost: 0,
        }
    }

    /// Takes a file up; gives its number.
    pub fn open(&mut self, opening: &Opening<'_>) -> u32 {
        let frame = opening.detected.frame;
        let lines = Lines::new(frame, opening.zone.clone(), opening.basis);
        let file = File {
            cutter: Cutter::new(frame),
            first: first(&lines, opening.head),
            lines,
            export: (frame == Frame::Export).then(unwrap::Partial::default),
            started: false,
            closed: false,
            blocks: VecDeque::new(),
            front: None,
            year: None,
            last: Stamp(i64::MIN),
            read: FileRead::default(),
            years: None,
        };
        self.files.push(file);
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    /// Reads all files to their ends.
    pub fn run<F: Feed>(&mut self, sink: &mut dyn Sink, mut feed: F) -> Result<(), F::Error> {
        loop {
            while let Some(file) = self.wanted() {
                if let Some((block, from)) = feed.block(file, &mut self.spare)? {
                    self.take(file, block, from);
                    continue;
                }
                let room = self.files[file as usize].cutter.room();
                match feed.fill(file, room)? {
                    0 => self.close(file),
                    count => self.filled(file, count),
                }
            }
            self.give(sink);
            if self.files.iter().all(File::is_done) {
                return Ok(());
            }
        }
    }

    /// Gives the file whose bytes are wanted next; nothing where there is enough under way, and lines are to be
    /// handed over first.
    pub fn wanted(&mut self) -> Option<u32> {
        if let Some(next) = self.next_file() {
            self.files[next].started = true;
        }
        let wanting = |file: &File| file.started && !file.closed;
        let open = self.files.iter().filter(|file| wanting(file)).count();
        let each = (self.most / open.max(1)).max(1);
        let (number, blocks) = (0..)
            .zip(&self.files)
            .filter(|(_, file)| wanting(file))
            .map(|(number, file)| {
                (
                    number,
                    file.blocks.len() + usize::from(file.front.is_some()),
                )
            })
            .min_by_key(|(_, blocks)| *blocks)?;
        // Nothing can be handed over while a file has nothing.
        let fits = blocks < each && self.under_way < self.most;
        (blocks == 0 || fits).then_some(number)
    }

    /// Gives room for the next bytes of a file.
    pub fn room(&mut self, file: u32) -> &mut [u8] {
        self.files[file as usize].cutter.room()
    }

    /// Says how much of the room was filled.
    pub fn filled(&mut self, file: u32, count: usize) {
        let at = file as usize;
        if self.files[at].export.is_some() {
            return self.filled_export(at, count);
        }
        if let Some((bytes, used)) = self.files[at].cutter.filled(count, &mut self.spare) {
            self.submit(at, bytes, 0..used);
        }
    }

    /// Takes a block of a file as it is, cut anywhere, with where in it the bytes begin.
    fn take(&mut self, file: u32, block: Vec<u8>, from: usize) {
        let at = file as usize;
        let taken = match self.files[at].export {
            None => self.files[at].cutter.take(block, from),
            Some(_) => Err(block),
        };
        match taken {
            Ok((bytes, used)) => self.submit(at, bytes, used),
            Err(block) => self.feed(file, &block[from..]),
        }
    }

    /// Takes bytes of a file, cut anywhere.
    pub fn feed(&mut self, file: u32, mut bytes: &[u8]) {
        self.files[file as usize].started = true;
        while !bytes.is_empty() {
            let room = self.room(file);
            let count = room.len().min(bytes.len());
            room[..count].copy_from_slice(&bytes[..count]);
            self.filled(file, count);
            bytes = &bytes[count..];
        }
    }

    /// Reads the whole lines that have come, without waiting for more of them.
    pub fn flush(&mut self, file: u32) {
        let at = file as usize;
        if let Some((bytes, used)) = self.files[at].cutter.flush(&mut self.spare) {
            self.submit(at, bytes, 0..used);
        }
    }

    /// Ends a file.
    pub fn close(&mut self, file: u32) {
        let at = file as usize;
        if let Some(mut partial) = self.files[at].export.take() {
            let text = unwrap::export_end(&mut partial);
            self.submit_text(at, text);
        }
        if let Some((bytes, used)) = self.files[at].cutter.end() {
            self.submit(at, bytes, 0..used);
        }
        self.files[at].started = true;
        self.files[at].closed = true;
    }

    /// Takes a file up again that was closed: more of it has come. Its lines are counted on.
    pub fn reopen(&mut self, file: u32) {
        let file = &mut self.files[file as usize];
        file.closed = false;
        file.export = (file.lines.frame() == Frame::Export).then(unwrap::Partial::default);
    }

    /// Gives what a file came to so far.
    pub fn read(&self, file: u32) -> FileRead {
        let file = &self.files[file as usize];
        FileRead {
            cut: file.read.cut + file.cutter.cut_lines(),
            years: file.years,
            ..file.read
        }
    }

    /// Gives how many blocks could not be read, because their worker broke down: none.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Lines of the journal's export format are made here, for an entry may be anywhere in what was read.
    fn filled_export(&mut self, at: usize, count: usize) {
        let file = &mut self.files[at];
        let Some(partial) = &mut file.export else {
            return;
        };
        let room = file.cutter.room();
        let text = unwrap::export(&room[..count.min(room.len())], partial);
        self.submit_text(at, text);
    }

    fn submit_text(&mut self, at: usize, text: Vec<u8>) {
        let used = text.len();
        if used > 0 {
            self.submit(at, text, 0..used);
        }
    }

    /// Hands a block to the workers.
    fn submit(&mut self, at: usize, bytes: Vec<u8>, used: Range<usize>) {
        let file = &mut self.files[at];
        let mut lines = file.lines.clone();
        lines.clock_mut().go_on(file.year);
        if file.lines.has_directives() {
            directives(&bytes[used.clone()], &mut file.lines);
        }
        let number = self.number;
        self.number += 1;
        file.blocks.push_back(number);
        self.under_way += 1;
        let job = Job {
            number,
            block: Block { bytes, used, lines },
        };
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_err()
        {
            self.ready.insert(number, None);
        }
    }

    /// Hands over the lines whose turn has come. Waits only where nothing can be handed over and nothing is wanted.
    pub fn give(&mut self, sink: &mut dyn Sink) {
        loop {
            self.collect();
            let mut waits = false;
            for at in 0..self.files.len() {
                waits |= !self.advance(at);
            }
            let stuck = self
                .files
                .iter()
                .any(|file| file.started && file.front.is_none() && !file.is_done());
            if stuck {
                // A file whose next line is not known holds all others back.
                if waits && self.wait() {
                    continue;
                }
                return;
            }
            let Some(next) = self.next_file() else { return };
            if !self.files[next].started {
                return;
            }
            let limit = self.limit(next);
            self.hand_over(next, limit, sink);
            if self.under_way < self.most / 2 {
                return;
            }
        }
    }

    /// Hands over all that was fed, and waits for it; for live files.
    pub fn drain(&mut self, sink: &mut dyn Sink) {
        loop {
            let mut any = false;
            for at in 0..self.files.len() {
                while self.files[at].front.is_none() && !self.files[at].blocks.is_empty() {
                    if !self.advance(at) && !self.wait() {
                        return;
                    }
                }
                any |= self.files[at].front.is_some();
            }
            let with_lines = |file: &File| file.front.is_some();
            let next = (0..self.files.len())
                .filter(|at| with_lines(&self.files[*at]))
                .min_by_key(|at| (self.key(*at), *at));
            let Some(next) = next.filter(|_| any) else {
                return;
            };
            let limit = (0..self.files.len())
                .filter(|at| *at != next && with_lines(&self.files[*at]))
                .map(|at| (self.key(at), at))
                .min();
            self.hand_over(next, limit, sink);
        }
    }

    /// Takes what the workers have read.
    fn collect(&mut self) {
        loop {
            match self.done.try_recv() {
                Ok((number, parsed)) => {
                    self.ready.insert(number, parsed);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Waits for a block; says whether one came.
    fn wait(&mut self) -> bool {
        match self.done.recv() {
            Ok((number, parsed)) => {
                self.ready.insert(number, parsed);
                true
            }
            Err(_) => false,
        }
    }

    /// Takes the next block of a file up, if the one before is through; says whether it waits for no worker.
    fn advance(&mut self, at: usize) -> bool {
        while self.files[at].front.is_none() {
            let Some(number) = self.files[at].blocks.front().copied() else {
                return true;
            };
            let Some(parsed) = self.ready.remove(&number) else {
                return false;
            };
            self.files[at].blocks.pop_front();
            self.under_way -= 1;
            match parsed {
                Some(parsed) => self.files[at].take_up(parsed),
                None => self.lost += 1,
            }
        }
        true
    }

    /// Gives when a file's next line is due.
    fn key(&self, at: usize) -> Stamp {
        let file = &self.files[at];
        match &file.front {
            Some((parsed, from)) => {
                let lines = &parsed.records().lines[*from..];
                match lines.first().map(|record| record.said) {
                    Some(Said::Entry(entry, _)) => entry.at,
                    // What has no stamp belongs to the line before.
                    _ => file.last,
                }
            }
            None if file.started => file.last,
            None => file.first,
        }
    }

    fn next_file(&self) -> Option<usize> {
        (0..self.files.len())
            .filter(|at| !self.files[*at].is_done())
            .min_by_key(|at| (self.key(*at), *at))
    }

    /// Gives up to when a file's lines may be handed over: the first line of another one.
    fn limit(&self, next: usize) -> Option<(Stamp, usize)> {
        (0..self.files.len())
            .filter(|at| *at != next && !self.files[*at].is_done())
            .map(|at| (self.key(at), at))
            .min()
    }

    fn hand_over(&mut self, at: usize, limit: Option<(Stamp, usize)>, sink: &mut dyn Sink) {
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        // Up to when another file that was read may have had the same lines.
        let overlap = self
            .files
            .iter()
            .enumerate()
            .filter(|(other, file)| *other != at && file.last != Stamp(i64::MIN))
            .map(|(_, file)| file.last)
            .max();
        let file = &mut self.files[at];
        let Some((parsed, from)) = file.front.take() else {
            return;
        };
        let records = parsed.records();
        let mut events_from = match from {
            0 => 0,
            _ => records.lines[from - 1].events as usize,
        };
        let before = file.read.lines;
        let mut through = records.lines.len();
        for (index, record) in records.lines.iter().enumerate().skip(from) {
            let events = &records.events[events_from..record.events as usize];
            let place = |line: u64| LineAt {
                file: number,
                line: before + line,
            };
            match record.said {
                Said::Entry(entry, read) => {
                    if limit.is_some_and(|limit| (entry.at, at) > limit) && index > from {
                        through = index;
                        break;
                    }
                    let entry = Entry {
                        place: place(entry.place.line),
                        ..entry
                    };
                    file.last = entry.at;
                    let near = overlap.is_some_and(|last| entry.at <= last)
                        || limit.is_some_and(|(next, _)| entry.at >= next);
                    if near && self.twice.is(number, &entry) {
                        file.read.twice += 1;
                        sink.skipped(entry.place, Skipped::Twice);
                    } else if record.steps {
                        let events = self.sessions.resolve(&entry, events);
                        sink.take(&entry, read, &events);
                    } else {
                        sink.take(&entry, read, events);
                    }
                }
                Said::Comment(line) => sink.skipped(place(u64::from(line)), Skipped::Comment),
                Said::Torn(line, text) => sink.torn(place(u64::from(line)), text),
            }
            events_from = record.events as usize;
        }
        if through < records.lines.len() {
            file.front = Some((parsed, through));
            return;
        }
        file.read.lines += u64::from(records.count);
        file.read.cut += u64::from(records.cut);
        let bytes = parsed.into_bytes();
        if self.spare.len() < self.most {
            self.spare.push(bytes);
        }
    }
}

impl File {
    /// Takes a block up as the next one: reads it again if it begins in another year than was thought.
    fn take_up(&mut self, parsed: Parsed) {
        let mut parsed = parsed;
        let clock = parsed.lines().clock();
        if let (Some(known), Some(first)) = (self.year, clock.first())
            && known.next(first.month, first.day) != first.year
        {
            let lines = parsed.lines().clone();
            // The directives of these formats have years.
            parsed = parsed.again(lines, Some(known));
        }
        let clock = parsed.lines().clock();
        if let Some(years) = clock.years() {
            let all = self.years.get_or_insert(Years {
                impossible: 0,
                ..years
            });
            all.last = years.last;
            all.impossible += years.impossible;
            self.year = clock.year();
        }
        self.front = Some((parsed, 0));
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.jobs = None;
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

/// Tells when a file begins, as far as its first bytes tell; the beginning of time where they do not.
pub fn begins(opening: &Opening<'_>) -> Stamp {
    let lines = Lines::new(opening.detected.frame, opening.zone.clone(), opening.basis);
    first(&lines, opening.head)
}

/// Reads the first stamp from the first bytes of a file; the beginning of time where there is none.
fn first(lines: &Lines, head: &[u8]) -> Stamp {
    let mut lines = lines.clone();
    let text = match lines.frame() {
        Frame::Json => unwrap::json(head),
        Frame::Export => unwrap::export(head, &mut unwrap::Partial::default()),
        _ => head.to_vec(),
    };
    for line in text.split(|byte| *byte == b'\n') {
        if let Line::Entry(entry, _) = lines.read(LineAt::default(), line, &mut Vec::new()) {
            return entry.at;
        }
    }
    Stamp(i64::MIN)
}

/// Reads the directives of a block, for those behind it.
fn directives(block: &[u8], lines: &mut Lines) {
    let mut starts = memchr::memmem::find_iter(block, b"\n#")
        .map(|at| at + 1)
        .peekable();
    let first = block.starts_with(b"#") || block.starts_with(b"\xef\xbb\xbf#");
    for start in first.then_some(0).into_iter().chain(starts.by_ref()) {
        let line = &block[start..];
        let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
        let line = &line[..end];
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        lines.directive(line.strip_suffix(b"\r").unwrap_or(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::formats::{detect, named};
    use crate::mtalog::shown::shown;
    use std::convert::Infallible;

    /// Writes down what it is given.
    #[derive(Default)]
    struct Told {
        lines: Vec<String>,
        stamps: Vec<i64>,
        torn: usize,
        comments: usize,
        twice: Vec<LineAt>,
        places: Vec<LineAt>,
        terse: bool,
    }

    impl Sink for Told {
        fn take(&mut self, entry: &Entry<'_>, read: Read, events: &[Event<'_>]) {
            self.stamps.push(entry.at.0);
            self.places.push(entry.place);
            if self.terse {
                return;
            }
            let events: Vec<String> = events.iter().map(shown).collect();
            self.lines.push(format!(
                "{} {} {read:?} {} {}",
                entry.place.file,
                entry.place.line,
                String::from_utf8_lossy(entry.text),
                events.join("; ")
            ));
        }

        fn torn(&mut self, _: LineAt, _: &[u8]) {
            self.torn += 1;
        }

        fn skipped(&mut self, place: LineAt, why: Skipped) {
            match why {
                Skipped::Comment => self.comments += 1,
                Skipped::Twice => self.twice.push(place),
            }
        }
    }

    fn opening<'a>(head: &'a [u8], basis: Basis) -> Opening<'a> {
        let known = || Detected {
            format: named("postfix-syslog").expect("the format"),
            frame: Frame::Syslog,
        };
        Opening {
            detected: detect(head).unwrap_or_else(known),
            zone: Zone::Fixed(0),
            basis,
            head,
        }
    }

    /// Gives texts in pieces of a size: some as blocks, with more or less room before them, some into a buffer.
    struct Pieces<'t> {
        texts: &'t [&'t [u8]],
        from: Vec<usize>,
        piece: usize,
        turn: usize,
    }

    impl Pieces<'_> {
        fn next(&mut self, file: u32, most: usize) -> &[u8] {
            let at = file as usize;
            let rest = &self.texts[at][self.from[at]..];
            let piece = &rest[..rest.len().min(most).min(self.piece)];
            self.from[at] += piece.len();
            piece
        }
    }

    impl Feed for Pieces<'_> {
        type Error = Infallible;

        fn fill(&mut self, file: u32, room: &mut [u8]) -> Result<usize, Infallible> {
            let piece = self.next(file, room.len());
            room[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }

        fn block(
            &mut self,
            file: u32,
            through: &mut Vec<Vec<u8>>,
        ) -> Result<Option<(Vec<u8>, usize)>, Infallible> {
            self.turn += 1;
            let room = [HEADROOM, HEADROOM, 0, 100][self.turn % 4];
            if self.turn.is_multiple_of(3) {
                return Ok(None);
            }
            let mut block = through.pop().unwrap_or_default();
            block.clear();
            block.resize(room, b'?');
            let piece = self.next(file, 300_000);
            block.extend_from_slice(piece);
            Ok(Some((block, room)).filter(|(block, room)| block.len() > *room))
        }
    }

    /// Reads texts whose pieces have a size.
    fn run(texts: &[&[u8]], basis: Basis, piece: usize, told: &mut Told) -> Vec<FileRead> {
        let mut pipeline = Pipeline::new(2);
        for text in texts {
            pipeline.open(&opening(&text[..text.len().min(4096)], basis));
        }
        let pieces = Pieces {
            texts,
            from: vec![0; texts.len()],
            piece,
            turn: 0,
        };
        let end = pipeline.run(told, pieces);
        end.expect("no error");
        assert_eq!(pipeline.lost(), 0);
        (0..texts.len())
            .map(|file| pipeline.read(file as u32))
            .collect()
    }

    /// What one thread says, line after line.
    fn plainly(text: &[u8]) -> Told {
        let found = detect(text).expect("a case as the fixtures have it");
        let mut lines = Lines::new(found.frame, Zone::Fixed(0), Basis::Given(2026));
        let mut told = Told::default();
        let mut sessions = Sessions::default();
        let text = match found.frame {
            Frame::Json => unwrap::json(text),
            _ => text.to_vec(),
        };
        for (number, line) in (1..).zip(
            text.strip_suffix(b"\n")
                .expect("a case as the fixtures have it")
                .split(|byte| *byte == b'\n'),
        ) {
            let mut events = Vec::new();
            let place = LineAt {
                file: 0,
                line: number,
            };
            if let Line::Entry(entry, read) = lines.read(place, line, &mut events) {
                let events = sessions.resolve(&entry, &events);
                told.take(&entry, read, &events);
            }
        }
        told
    }

    #[test]
    fn the_cases_are_read_as_by_one_thread() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/log");
        for case in std::fs::read_dir(folder).expect("a case as the fixtures have it") {
            let case = case.expect("a case as the fixtures have it").path();
            for file in std::fs::read_dir(&case).expect("a case as the fixtures have it") {
                let file = file.expect("a case as the fixtures have it").path();
                if file.ends_with("expected.json") {
                    continue;
                }
                let text = std::fs::read(&file).expect("a case as the fixtures have it");
                if detect(&text).is_none_or(|found| found.frame == Frame::Export) {
                    continue;
                }
                let plain = plainly(&text);
                assert!(!plain.lines.is_empty());
                // Several blocks of it.
                for piece in [1000, usize::MAX] {
                    let mut told = Told::default();
                    run(&[&text], Basis::Given(2026), piece, &mut told);
                    assert_eq!(told.lines, plain.lines, "{}", file.display());
                }
            }
        }
    }

    /// A log with a line every so many seconds, as syslog has it, that begins at a second of a year.
    fn log(first: i64, step: i64, count: usize, what: &str) -> Vec<u8> {
        let mut text = String::new();
        for number in 0..count as i64 {
            let at = jiff::Timestamp::from_second(first + number * step).expect("a time");
            let at = jiff::tz::TimeZone::UTC.to_datetime(at);
            text += &at.strftime("%b %e %H:%M:%S").to_string();
            text += &format!(" mail postfix/qmgr[7]: {:08X}: {what}\n", number);
        }
        text.into_bytes()
    }

    fn second(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().expect("a time").as_second()
    }

    #[test]
    fn years_go_on_from_block_to_block() {
        // Three new years in a log of many blocks, one line every 20 minutes.
        let first = second("2022-11-01T00:00:00Z");
        let text = log(first, 1200, 72 * 900, "removed");
        assert!(text.len() > 10 * crate::mtalog::block::BLOCK);
        for basis in [
            Basis::Given(2022),
            Basis::Modified(Stamp(second("2023-01-01T00:00:00Z") * Stamp::SECOND)),
        ] {
            let mut told = Told {
                terse: true,
                ..Told::default()
            };
            let read = run(&[&text], basis, usize::MAX, &mut told);
            let expected: Vec<i64> = (0..72 * 900)
                .map(|n| (first + n * 1200) * Stamp::SECOND)
                .collect();
            assert_eq!(told.stamps, expected);
            let years = read[0].years.expect("years");
            assert_eq!((years.first, years.last, years.impossible), (2022, 2025, 0));
            assert_eq!(read[0].lines, 72 * 900);
        }
    }

    #[test]
    fn files_are_merged_by_time_and_overlaps_count_once() {
        let first = second("2026-03-02T06:00:00Z");
        let one = log(first, 2, 9000, "removed");
        // Begins with the last thousand lines of the first, each second two of them the same.
        let lines: Vec<&[u8]> = one.split_inclusive(|byte| *byte == b'\n').collect();
        let mut two: Vec<u8> = lines[8000..].concat();
        two.extend(log(first + 18_000, 2, 9000, "removed"));
        let other = log(first + 9001, 2, 9000, "skipped, still being delivered");
        let mut told = Told {
            terse: true,
            ..Told::default()
        };
        let read = run(&[&one, &two, &other], Basis::Given(2026), 5000, &mut told);
        assert_eq!(told.stamps.len(), 27_000);
        assert!(told.stamps.is_sorted());
        assert_eq!(told.twice.len(), 1000);
        assert_eq!([read[0].twice, read[1].twice, read[2].twice], [0, 1000, 0]);
        assert_eq!(
            [read[0].lines, read[1].lines, read[2].lines],
            [9000, 10_000, 9000]
        );
        // Each line once, under its number.
        let mut places = told.places.clone();
        places.extend(&told.twice);
        places.sort();
        places.dedup();
        assert_eq!(places.len(), 28_000);
    }

    #[test]
    fn what_one_file_has_twice_is_twice() {
        let line = "Mar  2 06:01:07 mail postfix/smtpd[1]: connect from a[192.0.2.1]\n";
        let other = "Mar  2 06:01:07 mail postfix/smtpd[1]: connect from b[192.0.2.1]\n";
        let one = line.repeat(3);
        let two = [line, other, line, line, line].concat();
        let mut told = Told::default();
        run(
            &[one.as_bytes(), two.as_bytes()],
            Basis::Given(2026),
            usize::MAX,
            &mut told,
        );
        // Four of one and one of the other.
        assert_eq!(told.lines.len(), 5);
        assert_eq!(told.twice.len(), 3);
    }

    #[test]
    fn rotated_files_are_read_one_after_another_in_any_order() {
        let first = second("2026-03-02T06:00:00Z");
        let texts: Vec<Vec<u8>> = (0..40)
            .map(|n| log(first + (39 - n) * 100_000, 2, 50, "removed"))
            .collect();
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        let mut told = Told {
            terse: true,
            ..Told::default()
        };
        run(&texts, Basis::Given(2026), usize::MAX, &mut told);
        assert_eq!(told.stamps.len(), 2000);
        assert!(told.stamps.is_sorted());
        assert_eq!(told.places[0].file, 39);
    }

    #[test]
    fn live_files_give_the_lines_they_have() {
        let mut pipeline = Pipeline::new(1);
        let file = pipeline.open(&opening(b"", Basis::Given(2026)));
        let mut told = Told::default();
        pipeline.feed(
            file,
            b"Mar  2 06:01:07 mail postfix/qmgr[7]: ABCDEF1: removed\nMar  2 06:01:08 ma",
        );
        pipeline.flush(file);
        pipeline.drain(&mut told);
        assert_eq!(told.lines.len(), 1);
        pipeline.feed(file, b"il postfix/qmgr[7]: ABCDEF2: removed\n");
        pipeline.flush(file);
        pipeline.drain(&mut told);
        assert_eq!(
            told.lines,
            [
                "0 1 Known ABCDEF1: removed Ended ABCDEF1",
                "0 2 Known ABCDEF2: removed Ended ABCDEF2"
            ]
        );
    }

    #[test]
    fn a_file_that_was_closed_goes_on_where_it_was() {
        let line = "Mar  2 06:01:07 mail postfix/qmgr[7]: ABCDEF1: removed\n";
        let mut pipeline = Pipeline::new(1);
        let file = pipeline.open(&opening(line.as_bytes(), Basis::Given(2026)));
        let mut told = Told::default();
        let mut left = line.as_bytes();
        let end: Result<(), Infallible> = pipeline.run(&mut told, |_, room: &mut [u8]| {
            let count = left.len();
            room[..count].copy_from_slice(left);
            left = b"";
            Ok(count)
        });
        end.unwrap();
        pipeline.reopen(file);
        // The same line again is another one: it stands in the same file.
        pipeline.feed(file, line.as_bytes());
        pipeline.flush(file);
        pipeline.drain(&mut told);
        let lines: Vec<u64> = told.places.iter().map(|place| place.line).collect();
        assert_eq!(lines, [1, 2]);
        pipeline.close(file);
        pipeline.drain(&mut told);
        assert_eq!((told.lines.len(), pipeline.read(file).lines), (2, 2));
    }

    #[test]
    fn the_export_format_and_changing_columns() {
        let mut text = Vec::new();
        for number in 0..20_000u64 {
            text.extend_from_slice(
                format!("__REALTIME_TIMESTAMP={number}\nSYSLOG_IDENTIFIER=postfix/qmgr\n")
                    .as_bytes(),
            );
            text.extend_from_slice(b"MESSAGE\n");
            text.extend_from_slice(&17u64.to_le_bytes());
            text.extend_from_slice(format!("{number:07}F: removed\n\n").as_bytes());
        }
        let mut told = Told {
            terse: true,
            ..Told::default()
        };
        run(&[&text], Basis::Given(2026), 100_001, &mut told);
        assert!(told.stamps.iter().copied().eq(0..20_000));
        let last = told.places.last().expect("a line");
        assert_eq!(last.line, 20_000);

        let mut text = b"#Software: x\n".to_vec();
        for number in 0..20_000 {
            match number % 2 {
                0 => text.extend_from_slice(b"#Fields: date time c-ip cs-method cs-uri-query sc-status\n2026-05-04 01:00:00 192.0.2.1 EHLO +x 250\n"),
                _ => text.extend_from_slice(b"#Fields: time date c-ip cs-method cs-uri-query sc-status\n01:00:00 2026-05-04 192.0.2.1 EHLO +x 250\n"),
            }
        }
        let mut told = Told::default();
        run(&[&text], Basis::Given(2026), usize::MAX, &mut told);
        assert_eq!(
            (told.lines.len(), told.torn, told.comments),
            (20_000, 0, 20_001)
        );
    }
}
