//! A file on its way: which part of it is read, and how far that has got.
//!
//! Where a run may be gone on with, it ends with whole lines: what is interrupted stops behind one.

use super::source::{Content, Identity, Source};
use crate::mtalog::event::Stamp;
use crate::mtalog::formats::Detected;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// What part of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// The first byte.
    pub(super) from: u64,
    /// How many lines stand before it.
    pub(super) lines: u64,
    /// The first byte that is new: what stands before it has been counted.
    pub(super) new: u64,
    /// How many lines stand before that.
    pub(super) new_lines: u64,
    /// The byte behind the last.
    pub(super) to: u64,
}

impl Part {
    /// All of it.
    pub(super) const WHOLE: Self = Self {
        from: 0,
        lines: 0,
        new: 0,
        new_lines: 0,
        to: u64::MAX,
    };
}

/// A file on its way.
pub(super) struct Input {
    /// What it is called.
    pub(super) name: Arc<str>,
    /// Where it is; nothing for standard input.
    pub(super) path: Option<PathBuf>,
    /// Which file it is.
    pub(super) identity: Option<Identity>,
    /// When it was changed last.
    pub(super) modified: Stamp,
    /// Its first bytes, as many as make it known.
    pub(super) head: Vec<u8>,
    /// What its lines are.
    pub(super) detected: Option<Detected>,
    /// It, until it is begun.
    pub(super) source: Option<Source>,
    /// Whether it is followed once it was read.
    pub(super) live: bool,
    /// Its content, once it is begun.
    pub(super) content: Option<Content>,
    /// The byte that comes next.
    pub(super) at: u64,
    /// The byte before which it ends for now.
    pub(super) end: u64,
    /// Where the last whole line ends that was read.
    pub(super) line: u64,
    /// How many lines stand before the first that is read.
    pub(super) before: u64,
    /// How many bytes an earlier run has counted, and how many lines.
    pub(super) counted: (u64, u64),
}

/// A plain file that was read to its last whole line.
pub(super) struct Open {
    /// Its number.
    pub(super) number: u32,
    /// Where it is.
    pub(super) path: PathBuf,
    /// The file.
    pub(super) file: File,
    /// Which file it is.
    pub(super) identity: Option<Identity>,
    /// The byte that comes next.
    pub(super) at: u64,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
}

/// How far a file was read.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Which file it is.
    pub(super) identity: Option<Identity>,
    /// When it was changed last.
    pub(super) modified: Stamp,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
    /// How many bytes of it were read, and how many lines they are.
    pub(super) at: u64,
    /// How many lines they are.
    pub(super) lines: u64,
}

impl Input {
    /// Fills a buffer with what comes next, perhaps not to its end; 0 at the end.
    pub(super) fn read(
        &mut self,
        room: &mut [u8],
        stopped: &dyn Fn() -> bool,
    ) -> io::Result<usize> {
        let left = self.left();
        let Some(content) = self.content()? else {
            return Ok(0);
        };
        let room = &mut room[..];
        let most = room.len().min(left);
        if most == 0 {
            return Ok(0);
        }
        let mut count = content.read(&mut room[..most], stopped)?;
        if stopped()
            && let Some(end) = memchr::memchr(b'\n', &room[..count])
        {
            // An interrupted run ends with a whole line, so that the next one may begin with one.
            count = end + 1;
        }
        self.passed(&room[..count]);
        Ok(count)
    }

    /// Gives the next block as it was read, with where in it the bytes begin, and takes one back that is through;
    /// nothing where [`Self::read`] is to be asked.
    pub(super) fn take(
        &mut self,
        through: &mut Vec<Vec<u8>>,
        stopped: &dyn Fn() -> bool,
    ) -> io::Result<Option<(Vec<u8>, usize)>> {
        let left = self.left();
        let taken = match self.content()? {
            // An interrupted run looks at every line.
            Some(content) if !stopped() => content.take(left, through, stopped)?,
            _ => None,
        };
        if let Some((block, from)) = &taken {
            self.passed(&block[*from..]);
        }
        Ok(taken)
    }

    /// Gives its content, begun if it was not.
    fn content(&mut self) -> io::Result<Option<&mut Content>> {
        if let Some(source) = self.source.take() {
            self.content = Some(source.content(self.at, self.live)?);
        }
        Ok(self.content.as_mut())
    }

    /// Gives how many bytes are left of the part that is read.
    fn left(&self) -> usize {
        usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX)
    }

    /// Takes note of what was read.
    fn passed(&mut self, bytes: &[u8]) {
        let before = self.at;
        self.at += bytes.len() as u64;
        match memchr::memrchr(b'\n', bytes) {
            Some(end) => self.line = before + end as u64 + 1,
            // What is packed may end in the middle of a line, and does not go on.
            None if bytes.is_empty() => self.line = self.at,
            None => {}
        }
    }
}
