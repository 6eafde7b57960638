//! Reads inputs to their ends, through the pipeline, into the journal.
//!
//! In: inputs that were looked at. Out: what the journal has made of them, and what could not be read. One that fails in the
//! middle is told; what came of it counts, and the others are read.

use super::input::{Input, Open, Part, Progress};
use super::intake::{Intake, Taken};
use super::mark::FIRST;
use super::settings::Given;
use super::source::{Content, Identity, Source, stamp};
use super::state::New;
use super::what::{What, directives};
use crate::cli::error::CliError;
use crate::mtalog::event::Stamp;
use crate::mtalog::formats::{Detected, Frame, detect};
use crate::mtalog::pipeline::{Feed, Opening, Pipeline, begins};
use crate::mtalog::stamp::Basis;
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Everything that is being read.
pub(super) struct Reading<'a> {
    /// What was said on the command line.
    pub(super) given: &'a Given,
    /// Takes the lines.
    pub(super) intake: Intake,
    /// Reads them.
    pub(super) pipeline: Pipeline,
    /// Whether the run was interrupted.
    pub(super) stopped: &'a dyn Fn() -> bool,
    /// By number.
    files: Vec<Input>,
    /// What could not be read.
    pub(super) trouble: Vec<CliError>,
    /// What was not decided.
    pub(super) undecided: Vec<String>,
}

/// What the pipeline reads from. What cannot be read is told, and ends there.
struct Inputs<'a> {
    files: &'a mut [Input],
    trouble: &'a mut Vec<CliError>,
    stopped: &'a dyn Fn() -> bool,
}

impl Inputs<'_> {
    /// Reads from a file; nothing if it is not there, or the run is stopped and the file stands at the end of a line.
    fn of<T>(
        &mut self,
        number: u32,
        read: impl FnOnce(&mut Input, &dyn Fn() -> bool) -> io::Result<T>,
    ) -> Option<T> {
        let file = self.files.get_mut(usize::try_from(number).ok()?)?;
        if (self.stopped)() && (file.at == file.line || file.at == file.end) {
            return None;
        }
        match read(file, self.stopped) {
            Ok(read) => Some(read),
            Err(source) => {
                file.content = None;
                file.end = 0;
                self.trouble.push(CliError::Input {
                    path: PathBuf::from(&*file.name),
                    source,
                });
                None
            }
        }
    }
}

impl Feed for Inputs<'_> {
    type Error = Infallible;

    fn fill(&mut self, file: u32, room: &mut [u8]) -> Result<usize, Infallible> {
        let count = self.of(file, |file, stopped| file.read(room, stopped));
        Ok(count.unwrap_or(0))
    }

    fn block(
        &mut self,
        file: u32,
        through: &mut Vec<Vec<u8>>,
    ) -> Result<Option<(Vec<u8>, usize)>, Infallible> {
        let block = self.of(file, |file, stopped| file.take(through, stopped));
        Ok(block.flatten())
    }
}

impl<'a> Reading<'a> {
    /// Begins with nothing to read.
    pub(super) fn new(
        given: &'a Given,
        intake: Intake,
        threads: usize,
        stopped: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            given,
            intake,
            pipeline: Pipeline::new(threads),
            stopped,
            files: Vec::new(),
            trouble: Vec::new(),
            undecided: Vec::new(),
        }
    }

    /// Takes inputs up; of those that an earlier run has begun, what stands before the new is read once more, to know
    /// what is under way.
    pub(super) fn open_all(&mut self, mut all: Vec<New>) {
        // Of lines of one second, those of the older file come first.
        all.sort_by_cached_key(|one| (self.begins(&one.source), one.source.modified));
        let (again, fresh): (Vec<New>, Vec<New>) = all
            .into_iter()
            .partition(|one| one.part.new > one.part.from);
        if !again.is_empty() {
            let mut ends = Vec::new();
            for New { source, part } in again {
                let to = Part {
                    to: part.new,
                    ..part
                };
                if let Some(number) = self.open(source, to) {
                    ends.push((number, part.to));
                }
            }
            self.run();
            self.intake.begin_counting();
            for (number, end) in ends {
                self.pipeline.reopen(number);
                if let Some(file) = self.file(number) {
                    file.end = end;
                }
            }
        }
        for New { source, part } in fresh {
            self.open(source, part);
        }
    }

    fn begins(&self, source: &Source) -> Stamp {
        match What::of(source, self.given) {
            Some(what) => begins(&Opening {
                detected: what.detected(),
                zone: self.given.zone.clone(),
                basis: self.basis(source.modified),
                head: &source.head,
            }),
            None => Stamp(i64::MIN),
        }
    }

    fn basis(&self, modified: Stamp) -> Basis {
        match self.given.year {
            Some(year) => Basis::Given(year),
            None => Basis::Modified(modified),
        }
    }

    fn file(&mut self, number: u32) -> Option<&mut Input> {
        self.files.get_mut(usize::try_from(number).ok()?)
    }

    /// Takes an input up; gives its number. One whose format is not known is not read, and told.
    fn open(&mut self, source: Source, part: Part) -> Option<u32> {
        let what = match What::of(&source, self.given) {
            Some(what) => what,
            None if source.head.is_empty() => return None,
            None => {
                self.undecided.push(format!(
                    "the format of {} is not known (see --log-format); nothing of it was read",
                    source.name
                ));
                return None;
            }
        };
        let frame = what.detected().frame;
        let directives = match part.from {
            0 => Vec::new(),
            from => match directives(&source, frame, from) {
                Ok(directives) => directives,
                Err(e) => {
                    self.failed(Path::new(&*source.name), e);
                    return None;
                }
            },
        };
        let before = directives.iter().filter(|byte| **byte == b'\n').count() as u64;
        let head = match part.from {
            0 => source.head.clone(),
            _ => Vec::new(),
        };
        let file = Input {
            name: Arc::clone(&source.name),
            path: source.path.clone(),
            identity: source.identity,
            modified: source.modified,
            head: source.head[..source.head.len().min(FIRST)].to_vec(),
            detected: None,
            live: self.given.follow,
            content: None,
            at: part.from,
            end: part.to,
            line: part.from,
            before: part.lines.saturating_sub(before),
            counted: (part.new, part.new_lines),
            source: Some(source),
        };
        let number = self.take_up(file, &what, &head);
        if !directives.is_empty() {
            self.pipeline.feed(number, &directives);
        }
        Some(number)
    }

    /// Reads all inputs to their ends.
    pub(super) fn run(&mut self) {
        let inputs = Inputs {
            files: &mut self.files,
            trouble: &mut self.trouble,
            stopped: self.stopped,
        };
        let Ok(()) = self.pipeline.run(&mut self.intake, inputs);
    }

    /// Gives the plain files, to be followed.
    pub(super) fn live(&mut self) -> Vec<Open> {
        let files = (0..).zip(&mut self.files);
        files
            .filter_map(|(number, file)| {
                let Content::Plain(open) = file.content.take()? else {
                    return None;
                };
                Some(Open {
                    number,
                    path: file.path.clone()?,
                    file: open,
                    identity: file.identity,
                    at: file.at,
                    head: file.head.clone(),
                })
            })
            .collect()
    }

    /// Takes a live file up of which these are the first lines; gives its number.
    pub(super) fn open_live(
        &mut self,
        path: &Path,
        identity: Option<Identity>,
        first: &[u8],
    ) -> u32 {
        let name: Arc<str> = path.to_string_lossy().into();
        let mut earlier = self.files.iter().rev().filter(|file| file.name == name);
        let modified = stamp(SystemTime::now());
        let what = match self.given.format {
            Some(format) => What::Known(Detected {
                format,
                frame: format.frame,
            }),
            None => match (detect(first), earlier.find_map(|file| file.detected)) {
                (Some(detected), _) | (None, Some(detected)) => What::Known(detected),
                (None, None) => What::like(first).unwrap_or(What::Some(Frame::Syslog)),
            },
        };
        let beginning = Input {
            name,
            path: Some(path.to_owned()),
            identity,
            modified,
            head: Vec::new(),
            detected: None,
            source: None,
            live: true,
            content: None,
            at: 0,
            end: 0,
            line: 0,
            before: 0,
            counted: (0, 0),
        };
        self.take_up(beginning, &what, first)
    }

    fn take_up(&mut self, file: Input, what: &What, head: &[u8]) -> u32 {
        let detected = what.detected();
        let number = self.pipeline.open(&Opening {
            detected,
            zone: self.given.zone.clone(),
            basis: self.basis(file.modified),
            head,
        });
        self.intake.open(Taken {
            name: Arc::clone(&file.name),
            format: what.format(),
            frame: detected.frame,
            before: i64::try_from(file.before).unwrap_or(i64::MAX),
        });
        self.files.push(Input {
            detected: Some(detected),
            ..file
        });
        number
    }

    /// Takes note of how far a live file was read.
    pub(super) fn advance(&mut self, number: u32, at: u64, head: &[u8]) {
        if let Some(file) = self.file(number) {
            (file.at, file.line) = (at, at);
            file.modified = stamp(SystemTime::now());
            if file.head.len() < head.len() {
                file.head = head.to_vec();
            }
        }
    }

    /// Takes note of a file that cannot be read.
    pub(super) fn failed(&mut self, path: &Path, source: io::Error) {
        self.trouble.push(CliError::Input {
            path: path.to_owned(),
            source,
        });
    }

    /// Gives how far files were read; standard input leaves nothing to go on from.
    pub(super) fn progress(&self) -> Vec<Progress> {
        let files = (0..).zip(&self.files);
        files
            .filter_map(|(number, file)| {
                let (at, lines) = match file.line < file.counted.0 {
                    // It was interrupted before it had got so far again.
                    true => file.counted,
                    false => (file.line, file.before + self.pipeline.read(number).lines),
                };
                Some(Progress {
                    path: file.path.clone()?,
                    identity: file.identity,
                    modified: file.modified,
                    head: file.head.clone(),
                    at,
                    lines,
                })
            })
            .collect()
    }

    /// Says what a reader has to know of how files were read.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.given.notes.clone();
        let (mut twice, mut cut) = (0, 0);
        for (number, file) in (0..).zip(&self.files) {
            let read = self.pipeline.read(number);
            twice += read.twice;
            cut += read.cut;
            if let Some(years) = read.years
                && !(matches!(years.basis, Basis::Given(_)) && years.impossible == 0)
            {
                notes.push(format!("{}: {years}.", file.name));
            }
        }
        notes.dedup();
        let mut count = |count: u64, one: &str, many: &str| match count {
            0 => {}
            1 => notes.push(format!("1 line {one}.")),
            count => notes.push(format!("{count} lines {many}.")),
        };
        count(
            twice,
            "stands in two files and counts once",
            "stand in two files and count once",
        );
        count(
            cut,
            "is longer than 64 KiB and was cut",
            "are longer than 64 KiB and were cut",
        );
        count(
            self.intake.outside(),
            "outside of the time that was asked for was left out",
            "outside of the time that was asked for were left out; messages that began there have no client here",
        );
        notes
    }
}
