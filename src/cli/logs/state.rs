//! `--state FILE`: how far each log was read, so that the next run goes on there.
//!
//! In: the file, and the inputs that were named. Out: which part of each is new; and after the report, how far it got.
//!
//! The file is written when the report is out, and replaced as a whole: lines count in the report that was written, and
//! a run that dies before has counted nothing. It is locked as long as a run uses it.
//!
//! A log is known by what it begins with, not by its name: one that was renamed or packed since goes on where it was,
//! and one that was cut off and begun anew is a new one. Where only the live file is named, what was written to the old
//! one before it was rotated is read from wherever it lies beside; what was rotated twice, too.
//!
//! Limits: what became of messages under way when the last run ended is told without their beginning, but for what lies
//! in the last [`OVERLAP`] bytes.
//!
//! References: logtail(8), for the idea.

use super::ends::{entry_end, whole_lines};
use super::input::{Part, Progress};
use super::mark::{Beginning, base, find, resolved, siblings};
use super::source::{Identity, Source};
use super::unpack::Packing;
use crate::cli::error::CliError;
use crate::cli::output::write_whole;
use crate::cli::settings::hinted;
use crate::model::bytes::escape;
use memchr::memmem;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Name and version of the format.
const SCHEMA: &str = "relaycheck.logstate/1";

/// Bytes before the new ones that are read once more: what was under way when the last run ended most likely began in them.
const OVERLAP: u64 = 8 << 20;

/// Bytes of the file that are read.
const MOST: u64 = 64 << 20;

/// The file, held by this run.
pub(super) struct State {
    path: PathBuf,
    marks: Vec<Mark>,
    /// Those that this run does not change.
    kept: Vec<Mark>,
    // Locked until the run ends.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    files: Vec<Mark>,
}

/// How far a log was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Where it was.
    path: PathBuf,
    /// Which file it was.
    device: u64,
    number: u64,
    /// What it begins with.
    length: u64,
    digest: String,
    /// How many bytes of its content count, and how many lines they are.
    at: u64,
    lines: u64,
    /// Whether it was the newest of its kind: what came behind it may be missing.
    newest: bool,
}

/// An input, and which part of it is new.
pub(super) struct New {
    /// The input.
    pub(super) source: Source,
    /// What is new of it.
    pub(super) part: Part,
}

impl State {
    /// Takes hold of the file.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let trouble = |source| CliError::Input {
            path: path.to_owned(),
            source,
        };
        let mut lock = lock(path)?;
        let mut text = Vec::new();
        (&mut lock)
            .take(MOST)
            .read_to_end(&mut text)
            .map_err(trouble)?;
        let marks = match text.is_empty() {
            true => Vec::new(),
            false => {
                let document: Document =
                    serde_json::from_slice(&text).map_err(|e| foreign(path, &e.to_string()))?;
                if document.schema != SCHEMA {
                    return Err(foreign(path, "it is another format"));
                }
                document.files
            }
        };
        Ok(Self {
            path: path.to_owned(),
            marks,
            kept: Vec::new(),
            _lock: lock,
        })
    }

    /// Finds out what is new: of the inputs that were named, and of logs that were rotated since. What is gone is told.
    pub(super) fn new_parts(
        &mut self,
        named: Vec<Source>,
        asked: &[PathBuf],
        undecided: &mut Vec<String>,
    ) -> Result<Vec<New>, CliError> {
        let mut used = vec![false; self.marks.len()];
        let mut known: HashSet<Identity> = named.iter().filter_map(|s| s.identity).collect();
        let mut all = Vec::new();
        for source in named {
            let part = self.part(&source, &mut used)?;
            all.push(New { source, part });
        }
        let kinds: HashSet<_> = asked.iter().map(|path| kind(path)).collect();
        for index in 0..self.marks.len() {
            if used[index] {
                continue;
            }
            let mark = self.marks[index].clone();
            if !kinds.contains(&kind(&mark.path)) || mark.is_there() {
                // Of another command, or named and not to be opened now.
                self.kept.push(mark);
                continue;
            }
            let is_known = |identity: Identity| known.contains(&identity);
            let Some(source) = find(&mark.path, &mark.beginning(), &is_known) else {
                if mark.newest {
                    undecided.push(format!(
                        "{} is gone, of which {} bytes had been read: what came behind them is missing",
                        escape(&mark.path.to_string_lossy()),
                        mark.at
                    ));
                }
                continue;
            };
            known.extend(source.identity);
            let modified = source.modified;
            let part = self.part(&source, &mut used)?;
            let grew = part.to > part.new && (mark.newest || source.packing == Packing::Plain);
            match grew {
                true => all.push(New { source, part }),
                false => self.kept.push(Mark {
                    path: source.path.unwrap_or_else(|| mark.path.clone()),
                    newest: false,
                    ..mark.clone()
                }),
            }
            if !mark.newest {
                continue;
            }
            // What was rotated away since without ever having been seen.
            for path in siblings(&mark.path) {
                let Ok(source) = Source::open(&path) else {
                    continue;
                };
                let fresh = source
                    .identity
                    .is_none_or(|identity| !known.contains(&identity));
                let seen = self.marks.iter().any(|m| m.beginning().fits(&source.head));
                if fresh && !seen && source.modified > modified {
                    known.extend(source.identity);
                    let part = self.part(&source, &mut used)?;
                    all.push(New { source, part });
                }
            }
        }
        Ok(all)
    }

    /// Gives what is new of an input.
    fn part(&self, source: &Source, used: &mut [bool]) -> Result<Part, CliError> {
        let same = |mark: &Mark| {
            source.identity.is_some_and(|identity| {
                (identity.device, identity.number) == (mark.device, mark.number)
            })
        };
        let fits = |index: &usize| self.marks[*index].beginning().fits(&source.head);
        let mut candidates: Vec<usize> = (0..self.marks.len()).filter(fits).collect();
        // Where several begin alike, it is the same file, or the one that is known best.
        candidates.sort_by_key(|index| {
            let mark = &self.marks[*index];
            std::cmp::Reverse((same(mark), mark.length, mark.at))
        });
        let to = whole_lines(source)?;
        let Some(index) = candidates.first().copied() else {
            return Ok(Part { to, ..Part::WHOLE });
        };
        used[index] = true;
        let mark = &self.marks[index];
        let before = mark.at.saturating_sub(OVERLAP);
        let end = entry_end(source);
        let look_back = || -> io::Result<(u64, u64)> {
            let mut again = source.again(before)?.take(mark.at - before);
            let mut text = Vec::new();
            again.read_to_end(&mut text)?;
            let begin = match before {
                0 => 0,
                _ => memmem::find(&text, end).map_or(text.len(), |at| at + end.len()),
            };
            let lines = memmem::find_iter(&text[begin..], end).count() as u64;
            Ok((before + begin as u64, mark.lines.saturating_sub(lines)))
        };
        let (from, lines) = look_back().map_err(|e| CliError::Input {
            path: source.path.clone().unwrap_or_default(),
            source: e,
        })?;
        Ok(Part {
            from,
            lines,
            new: mark.at,
            new_lines: mark.lines,
            to: to.max(mark.at),
        })
    }

    /// Writes how far this run got.
    pub(super) fn write(&self, progress: &[Progress]) -> Result<(), CliError> {
        let mut newest = HashMap::new();
        for one in progress {
            let of_kind = newest.entry(kind(&one.path)).or_insert(one.modified);
            *of_kind = one.modified.max(*of_kind);
        }
        let mark = |one: &Progress| {
            let beginning = Beginning::of(&one.head, one.at);
            Mark {
                path: one.path.clone(),
                device: one.identity.map_or(0, |identity| identity.device),
                number: one.identity.map_or(0, |identity| identity.number),
                length: beginning.length,
                digest: beginning.digest,
                at: one.at,
                lines: one.lines,
                newest: newest.get(&kind(&one.path)) == Some(&one.modified),
            }
        };
        let kept = self.kept.iter().cloned();
        let read = progress.iter().filter(|one| one.at > 0).map(mark);
        let document = Document {
            schema: SCHEMA.to_owned(),
            files: kept.chain(read).collect(),
        };
        let mut text = serde_json::to_vec_pretty(&document).map_err(|e| CliError::Output {
            path: self.path.clone(),
            source: e.into(),
        })?;
        text.push(b'\n');
        write_whole(&self.path, &text)
    }
}

/// Tells which log a file belongs to, rotated or not.
fn kind(path: &Path) -> (PathBuf, String) {
    let path = resolved(path);
    let name = path.file_name().map(|name| name.to_string_lossy());
    let folder = path.parent().unwrap_or(Path::new(""));
    (
        folder.to_owned(),
        base(&name.unwrap_or_default()).to_owned(),
    )
}

impl Mark {
    /// Tells whether the same file is still where it was.
    fn is_there(&self) -> bool {
        let there = std::fs::metadata(&self.path).ok();
        let identity = there.and_then(|there| Identity::of(&there));
        identity.is_some_and(|identity| {
            (identity.device, identity.number) == (self.device, self.number)
        }) && Source::open(&self.path).is_err()
    }

    fn beginning(&self) -> Beginning {
        Beginning {
            length: self.length,
            digest: self.digest.clone(),
        }
    }
}

/// Opens the file and locks it; makes it where it is not there.
fn lock(path: &Path) -> Result<File, CliError> {
    let trouble = |source| CliError::Output {
        path: path.to_owned(),
        source,
    };
    // Another run may replace the file between opening and locking.
    for _ in 0..10 {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(trouble)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(hinted(
                    "--state",
                    format!("{} is in use by another run", path.display()),
                    "wait for its end, or take another file",
                ));
            }
            Err(TryLockError::Error(e)) => return Err(trouble(e)),
        }
        let here = std::fs::metadata(path).ok().and_then(|m| Identity::of(&m));
        let held = file.metadata().ok().and_then(|m| Identity::of(&m));
        if here == held {
            return Ok(file);
        }
    }
    Err(trouble(io::ErrorKind::ResourceBusy.into()))
}

fn foreign(path: &Path, why: &str) -> CliError {
    hinted(
        "--state",
        format!("{}: {}", path.display(), escape(why)),
        "it is no file of relaycheck; name another one",
    )
}
