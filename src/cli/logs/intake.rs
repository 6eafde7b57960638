//! What stands between the lines that were read and the journal: the time that was asked for, and what becomes of lines
//! whose file has been begun in the middle.
//!
//! In: lines with their events, in order. Out: the same, to a [`Journal`], without those outside of the time; and what a
//! reader has to know of them.

use super::since;
use crate::model::LogAudit;
use crate::mtalog::event::{Entry, Event, LineAt, Read, Stamp};
use crate::mtalog::formats::{self, FORMATS, Frame};
use crate::mtalog::pipeline::{Sink, Skipped};
use crate::mtalog::{Input, Journal};
use std::collections::HashSet;
use std::mem::ManuallyDrop;
use std::sync::Arc;

/// What is known of a file, by its number.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// What it is called.
    pub(super) name: Arc<str>,
    /// Its format, once it is known.
    pub(super) format: Option<&'static str>,
    /// How it is made.
    pub(super) frame: Frame,
    /// How many lines stand before those that are read.
    pub(super) before: i64,
}

/// Takes lines.
pub(super) struct Intake {
    journal: Journal,
    since: Stamp,
    until: Stamp,
    files: Vec<Taken>,
    /// Whether the last line was within the time.
    within: bool,
    outside: u64,
    /// Lines of a mail server that were understood.
    known: u64,
    lines: u64,
    /// What an earlier run has counted of what was read.
    counted: Option<LogAudit>,
}

impl Intake {
    /// Begins with no file.
    pub(super) fn new(journal: Journal, since: Option<Stamp>, until: Option<Stamp>) -> Self {
        Self {
            journal,
            since: since.unwrap_or(Stamp(i64::MIN)),
            until: until.unwrap_or(Stamp(i64::MAX)),
            files: Vec::new(),
            within: since.is_none(),
            outside: 0,
            known: 0,
            lines: 0,
            counted: None,
        }
    }

    /// Takes a file up, in the order of their numbers.
    pub(super) fn open(&mut self, file: Taken) {
        self.files.push(file);
    }

    /// Gives how many lines were left out because of their time.
    pub(super) fn outside(&self) -> u64 {
        self.outside
    }

    /// Gives how many lines of a mail server were understood.
    pub(super) fn known(&self) -> u64 {
        self.known
    }

    /// Gives how many lines count.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Takes what came so far as counted by an earlier run.
    pub(super) fn begin_counting(&mut self) {
        self.counted = Some(
            self.journal.clone().finish(Input {
                paths: self
                    .files
                    .iter()
                    .map(|file| Arc::clone(&file.name))
                    .collect(),
                ..Input::default()
            }),
        );
        self.journal.begin_counting();
        (self.outside, self.known, self.lines) = (0, 0, 0);
    }

    /// Ends the log.
    pub(super) fn finish(self, notes: Vec<String>) -> LogAudit {
        let mut formats = Vec::new();
        for format in self.files.iter().filter_map(|file| file.format) {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        // The process is about to end: to free a million small pieces one by one would be time lost.
        let mut journal = ManuallyDrop::new(self.journal);
        let mut audit = journal.end(Input {
            paths: self.files.into_iter().map(|file| file.name).collect(),
            formats,
            notes,
        });
        if let Some(counted) = &self.counted {
            since::leave_out(&mut audit, counted);
        }
        // A file that was rotated is there once for each generation.
        let mut told = HashSet::new();
        audit.paths.retain(|path| told.insert(Arc::clone(path)));
        audit
    }

    fn place(&self, place: LineAt) -> LineAt {
        let before = self.file(place).map_or(0, |file| file.before);
        LineAt {
            line: place.line.saturating_add_signed(before),
            ..place
        }
    }

    fn file(&self, place: LineAt) -> Option<&Taken> {
        self.files.get(usize::try_from(place.file).ok()?)
    }

    /// Finds out whose lines a file has that did not show it at its beginning.
    fn learn(&mut self, entry: &Entry<'_>) {
        let Some(file) = usize::try_from(entry.place.file).ok() else {
            return;
        };
        let Some(file) = self
            .files
            .get_mut(file)
            .filter(|file| file.format.is_none())
        else {
            return;
        };
        let server = match file.frame {
            Frame::Own => Some(formats::Server::Exim),
            _ => formats::server(entry),
        };
        let fits =
            |format: &&formats::Format| format.frame == file.frame && Some(format.server) == server;
        file.format = FORMATS.iter().find(fits).map(|format| format.name);
    }
}

impl Sink for Intake {
    fn take(&mut self, entry: &Entry<'_>, read: Read, events: &[Event<'_>]) {
        self.within = entry.at >= self.since && entry.at <= self.until;
        if !self.within {
            self.outside += 1;
            return;
        }
        self.lines += 1;
        if read == Read::Known {
            self.known += 1;
            self.learn(entry);
        }
        let entry = Entry {
            place: self.place(entry.place),
            ..*entry
        };
        self.journal.take(&entry, read, events);
    }

    fn torn(&mut self, place: LineAt, text: &[u8]) {
        // What has no time belongs to the line before.
        if !self.within {
            self.outside += 1;
            return;
        }
        self.lines += 1;
        self.journal.torn(self.place(place), text);
    }

    fn skipped(&mut self, place: LineAt, why: Skipped) {
        if self.within {
            self.lines += 1;
            self.journal.skipped(self.place(place), why);
        }
    }
}
