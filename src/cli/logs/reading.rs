//! Reads inputs to their ends, through the pipeline, into the journal.
//!
//! In: inputs that were looked at. Out: what the journal has made of them, and what could not be read. One that fails in the
//! middle is told; what came of it counts, and the others are read.

use super::intake::{Intake, Taken};
use super::settings::Given;
use super::source::{Content, Source};
use crate::cli::error::CliError;
use crate::mtalog::event::{Event, LineAt};
use crate::mtalog::formats::{Detected, Frame, Line, Lines, named};
use crate::mtalog::pipeline::{Opening, Pipeline};
use crate::mtalog::stamp::{Basis, Zone};
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Lines of a file of which one has to be like a line of syslog, for the file to be read as such.
const LOOKED_AT: usize = 20;

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

/// A file on its way.
struct Input {
    name: Arc<str>,
    source: Option<Source>,
    content: Option<Content>,
    /// The byte that comes next, and the one before which it ends for now.
    at: u64,
    end: u64,
}

/// What part of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// The first byte.
    pub(super) from: u64,
    /// How many lines stand before it.
    pub(super) lines: u64,
    /// The byte behind the last.
    pub(super) to: u64,
}

impl Part {
    /// All of it.
    pub(super) const WHOLE: Self = Self {
        from: 0,
        lines: 0,
        to: u64::MAX,
    };
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

    /// Takes an input up; gives its number. One whose format is not known is not read, and told.
    pub(super) fn open(&mut self, source: Source, part: Part) -> Option<u32> {
        let what = What::of(&source, self.given)?;
        let Some(detected) = what.detected() else {
            self.undecided.push(format!(
                "the format of {} is not known (see --log-format); nothing of it was read",
                source.name
            ));
            return None;
        };
        let number = self.pipeline.open(&Opening {
            detected,
            zone: self.given.zone.clone(),
            basis: match self.given.year {
                Some(year) => Basis::Given(year),
                None => Basis::Modified(source.modified),
            },
            head: match part.from {
                0 => &source.head,
                _ => &[],
            },
        });
        self.intake.open(Taken {
            name: Arc::clone(&source.name),
            format: what.format(),
            frame: detected.frame,
            before: i64::try_from(part.lines).unwrap_or(i64::MAX),
        });
        self.files.push(Input {
            name: Arc::clone(&source.name),
            source: Some(source),
            content: None,
            at: part.from,
            end: part.to,
        });
        Some(number)
    }

    /// Reads all inputs to their ends.
    pub(super) fn run(&mut self) {
        let (files, trouble) = (&mut self.files, &mut self.trouble);
        let stopped = self.stopped;
        let mut more = |number: u32, room: &mut [u8]| -> Result<usize, Infallible> {
            let Some(file) = usize::try_from(number)
                .ok()
                .and_then(|at| files.get_mut(at))
            else {
                return Ok(0);
            };
            if stopped() {
                return Ok(0);
            }
            Ok(file.read(room, stopped).unwrap_or_else(|source| {
                file.content = None;
                file.end = 0;
                trouble.push(CliError::Input {
                    path: PathBuf::from(&*file.name),
                    source,
                });
                0
            }))
        };
        let Ok(()) = self.pipeline.run(&mut self.intake, &mut more);
        // What is read to its end is not needed any more.
        for file in &mut self.files {
            (file.source, file.content) = (None, None);
        }
    }

    /// Gives how far a file was read.
    pub(super) fn at(&self, number: u32) -> u64 {
        let file = usize::try_from(number)
            .ok()
            .and_then(|at| self.files.get(at));
        file.map_or(0, |file| file.at)
    }

    /// Says what a reader has to know of how files were read.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
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

impl Input {
    fn read(&mut self, room: &mut [u8], stopped: &dyn Fn() -> bool) -> io::Result<usize> {
        if let Some(source) = self.source.take() {
            self.content = Some(source.content(self.at)?);
        }
        let Some(content) = &mut self.content else {
            return Ok(0);
        };
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = &mut room[..];
        let most = room.len().min(left);
        if most == 0 {
            return Ok(0);
        }
        let count = content.read(&mut room[..most], stopped)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// What is known of an input's lines.
enum What {
    /// They are of a known format.
    Known(Detected),
    /// They are like those of syslog, or of Exim; whose they are shows later, or never.
    Some(Frame),
    /// Nothing.
    Unknown,
}

impl What {
    /// Finds out; nothing where there is nothing in it.
    fn of(source: &Source, given: &Given) -> Option<Self> {
        if let Some(format) = given.format {
            let frame = match source.detected {
                // A container runtime may have wrapped the lines.
                Some(detected) if detected.format == format => detected.frame,
                _ => format.frame,
            };
            return Some(Self::Known(Detected { format, frame }));
        }
        if let Some(detected) = source.detected {
            return Some(Self::Known(detected));
        }
        if source.head.is_empty() {
            return None;
        }
        let like = |frame: &Frame| {
            let mut lines = Lines::new(*frame, Zone::Fixed(0), Basis::Given(1970));
            let mut is_entry = |line: &[u8]| {
                let mut events: Vec<Event<'_>> = Vec::new();
                let read = lines.read(LineAt::default(), line, &mut events);
                matches!(read, Line::Entry(..))
            };
            let head = source.head.split(|byte| *byte == b'\n');
            head.take(LOOKED_AT).any(|line| is_entry(line))
        };
        let frame = [Frame::Syslog, Frame::Own].into_iter().find(like);
        Some(frame.map_or(Self::Unknown, Self::Some))
    }

    fn detected(&self) -> Option<Detected> {
        match self {
            Self::Known(detected) => Some(*detected),
            Self::Some(frame) => {
                let name = match frame {
                    Frame::Own => "exim-mainlog",
                    _ => "postfix-syslog",
                };
                let format = named(name)?;
                Some(Detected {
                    format,
                    frame: *frame,
                })
            }
            Self::Unknown => None,
        }
    }

    fn format(&self) -> Option<&'static str> {
        match self {
            Self::Known(detected) => Some(detected.format.name),
            Self::Some(_) | Self::Unknown => None,
        }
    }
}
