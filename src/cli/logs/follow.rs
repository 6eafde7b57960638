//! `--follow`: waits for more at the ends of live files, through rotation and truncation.
//!
//! In: files that were read to their last whole line. Out: every line that is written to them until the run is
//! interrupted, or `--until` has passed: each once.
//!
//! Files are looked at several times a second.
//!
//! - *Renamed* (`create` of logrotate): under the path stands another file. What is written to the old one by
//!   who has it open still is read until it has been silent for a while ([`SILENT`]).
//! - *Truncated* (`copytruncate`), or written anew: the file is shorter than what was read, or begins in another way. What was
//!   copied and not read yet is read from the copy beside it; the file is begun anew.
//! - *Rotated twice* between two looks: a file beside it that was not there before is read, too.
//!
//! Deliberately does not watch directories through the kernel: on network file systems that tells nothing.
//!
//! References: tail(1) of GNU coreutils, `--follow=name`; logrotate(8).

use super::mark::{Beginning, FIRST, find, siblings};
use super::reading::Reading;
use super::source::{Identity, Source, open_file, stamp};
use crate::mtalog::event::Stamp;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// How long a file that was renamed has to be silent before nobody is thought to write to it.
const SILENT: Duration = Duration::from_secs(30);

/// How much of a file is taken at a look.
const MOST: usize = 1 << 20;

/// A file that is written to.
struct Live {
    path: PathBuf,
    file: File,
    identity: Option<Identity>,
    /// Its number; none as long as there is no line in it.
    number: Option<u32>,
    at: u64,
    head: Vec<u8>,
    /// When something was last read of it.
    heard: Instant,
    /// Whether another file stands at its path.
    renamed: bool,
    /// How long it was, and when it was changed, at the last look.
    seen: Option<(u64, SystemTime)>,
}

/// All files that are followed.
pub(super) struct Follow<'a, 'b> {
    reading: &'a mut Reading<'b>,
    live: Vec<Live>,
    /// Paths at which nothing is yet.
    awaited: Vec<PathBuf>,
    /// Files that were there when it began, or have been read.
    known: HashSet<Identity>,
    block: Vec<u8>,
}

impl<'a, 'b> Follow<'a, 'b> {
    /// Goes on with what was read of plain files; waits for those at `awaited`.
    pub(super) fn new(reading: &'a mut Reading<'b>, awaited: Vec<PathBuf>) -> Self {
        let mut known = HashSet::new();
        let mut live = Vec::new();
        for one in reading.live() {
            known.extend(one.identity);
            for sibling in siblings(&one.path) {
                let there = std::fs::metadata(sibling).ok();
                known.extend(there.and_then(|there| Identity::of(&there)));
            }
            reading.pipeline.reopen(one.number);
            live.push(Live {
                path: one.path,
                file: one.file,
                identity: one.identity,
                number: Some(one.number),
                at: one.at,
                head: one.head,
                heard: Instant::now(),
                renamed: false,
                seen: None,
            });
        }
        Self {
            reading,
            live,
            awaited,
            known,
            block: vec![0; MOST],
        }
    }

    /// Follows until the run is interrupted or its time is over.
    pub(super) fn run(mut self, until: Option<Stamp>) {
        let is_over = || until.is_some_and(|until| stamp(SystemTime::now()) > until);
        while !(self.reading.stopped)() && !is_over() {
            if !self.look() {
                std::thread::sleep(LOOK);
            }
        }
        // What was written before the interrupt counts.
        while self.look() {}
        for live in std::mem::take(&mut self.live) {
            self.end(live);
        }
        self.reading.pipeline.drain(&mut self.reading.intake);
    }

    /// Looks at all files; says whether there was so much that there may be more already.
    fn look(&mut self) -> bool {
        let mut more = false;
        for path in std::mem::take(&mut self.awaited) {
            match begun(&path) {
                Some(live) => {
                    self.known.extend(live.identity);
                    self.live.push(live);
                }
                None => self.awaited.push(path),
            }
        }
        for mut live in std::mem::take(&mut self.live) {
            match self.look_at(&mut live) {
                Ok(much) => {
                    more |= much;
                    self.renamed(&mut live);
                    match live.renamed && live.heard.elapsed() > SILENT {
                        true => self.end(live),
                        false => self.live.push(live),
                    }
                }
                Err(e) => {
                    self.reading.failed(&live.path, e);
                    self.end(live);
                }
            }
        }
        self.reading.pipeline.drain(&mut self.reading.intake);
        more
    }

    /// Reads what has come; says whether it was as much as is taken at a look.
    fn look_at(&mut self, live: &mut Live) -> io::Result<bool> {
        let there = live.file.metadata()?;
        let now = (
            there.len(),
            there.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        );
        if live.seen != Some(now) && (there.len() < live.at || !live.begins_as_before()?) {
            self.begin_anew(live)?;
        }
        live.seen = Some(now);
        live.file.seek(SeekFrom::Start(live.at))?;
        let mut count = 0;
        while count < self.block.len() {
            match live.file.read(&mut self.block[count..]) {
                Ok(0) => break,
                Ok(read) => count += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        // The end of a line that is being written comes later; one that fills the block is no line.
        let whole = match memchr::memrchr(b'\n', &self.block[..count]) {
            Some(end) => end + 1,
            None if count == self.block.len() => count,
            None => 0,
        };
        if whole > 0 && (live.number.is_some() || !is_heading(&self.block[..whole])) {
            let block = std::mem::take(&mut self.block);
            self.feed(live, &block[..whole]);
            self.block = block;
        }
        Ok(count == self.block.len())
    }

    /// Hands bytes of a file on; the first find out what they are.
    fn feed(&mut self, live: &mut Live, bytes: &[u8]) {
        live.heard = Instant::now();
        live.at += bytes.len() as u64;
        let missing = FIRST.saturating_sub(live.head.len()).min(bytes.len());
        live.head.extend_from_slice(&bytes[..missing]);
        let number = match live.number {
            Some(number) => number,
            None => self.reading.open_live(&live.path, live.identity, bytes),
        };
        live.number = Some(number);
        self.reading.pipeline.feed(number, bytes);
        self.reading.pipeline.flush(number);
        self.reading.advance(number, live.at, &live.head);
    }

    /// Begins a file anew that was truncated, once what was copied of it and not read yet has been.
    fn begin_anew(&mut self, live: &mut Live) -> io::Result<()> {
        let beginning = Beginning::of(&live.head, live.at);
        let identity = live.identity;
        let copy = find(&live.path, &beginning, &|other| Some(other) == identity);
        if let Some(copy) = copy {
            self.known.extend(copy.identity);
            self.rest(live, copy)?;
        }
        if let Some(number) = live.number.take() {
            self.reading.pipeline.close(number);
        }
        live.at = 0;
        live.head.clear();
        Ok(())
    }

    /// Reads the rest of a file from its copy.
    fn rest(&mut self, live: &mut Live, copy: Source) -> io::Result<()> {
        let mut content = copy.content(live.at, true)?;
        let mut block = std::mem::take(&mut self.block);
        let read = loop {
            match content.read(&mut block, &|| false) {
                Ok(0) => break Ok(()),
                Ok(count) => self.feed(live, &block[..count]),
                Err(e) => break Err(e),
            }
        };
        self.block = block;
        read
    }

    /// Finds out whether another file stands at the path by now, and follows it.
    fn renamed(&mut self, live: &mut Live) {
        if live.renamed || live.identity.is_none() {
            return;
        }
        let Some(next) = begun(&live.path).filter(|next| next.identity != live.identity) else {
            return;
        };
        live.renamed = true;
        live.heard = Instant::now();
        self.known.extend(next.identity);
        for path in siblings(&live.path) {
            let there = std::fs::metadata(&path).ok();
            let identity = there.and_then(|there| Identity::of(&there));
            // What has been packed was read before.
            let new = identity.is_some_and(|identity| self.known.insert(identity));
            let plain = new.then(|| Source::open(&path).ok()).flatten();
            if plain.is_some_and(|one| one.file().is_some() && !self.is_copy(&one, live))
                && let Some(between) = begun(&path)
            {
                self.live.push(Live {
                    renamed: true,
                    ..between
                });
            }
        }
        self.live.push(next);
    }

    /// Tells whether a file begins as one that is followed.
    fn is_copy(&self, source: &Source, of: &Live) -> bool {
        let all = self.live.iter().chain([of]);
        let mut heads = all.map(|live| Beginning::of(&live.head, live.at));
        heads.any(|beginning| beginning.fits(&source.head))
    }

    /// Ends a file. A last line without an end is one.
    fn end(&mut self, mut live: Live) {
        let mut rest = Vec::new();
        let read = live
            .file
            .seek(SeekFrom::Start(live.at))
            .and_then(|_| Read::take(&mut live.file, MOST as u64).read_to_end(&mut rest));
        if live.renamed && read.is_ok() && !rest.is_empty() {
            self.feed(&mut live, &rest);
        }
        if let Some(number) = live.number {
            self.reading.pipeline.close(number);
        }
    }
}

impl Live {
    /// Tells whether the file begins as it did.
    fn begins_as_before(&mut self) -> io::Result<bool> {
        let mut head = vec![0; self.head.len()];
        self.file.rewind()?;
        match self.file.read_exact(&mut head) {
            Ok(()) => Ok(head == self.head),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(e) => Err(e),
        }
    }
}

/// Tells whether there are lines only that say what those behind them are.
fn is_heading(lines: &[u8]) -> bool {
    let mut lines = lines.split(|byte| *byte == b'\n');
    lines.all(|line| line.is_empty() || line.starts_with(b"#"))
}

/// Opens a file to be followed from its beginning, if one is there.
fn begun(path: &Path) -> Option<Live> {
    let file = open_file(path).ok()?;
    let identity = file.metadata().ok().and_then(|there| Identity::of(&there));
    Some(Live {
        path: path.to_owned(),
        file,
        identity,
        number: None,
        at: 0,
        head: Vec::new(),
        heard: Instant::now(),
        renamed: false,
        seen: None,
    })
}
