//! One input of the audit of logs: a file, plain or compressed, or standard input.
//!
//! In: a path. Out: its first bytes, to find out what it is, and then all of its content, as a stream. What it is packed with
//! shows in its first bytes. Unpacking, waiting for standard input, and reading large files happens in a thread of its
//! own, a few blocks ahead.
//!
//! Only ordinary files are opened: a pipe or a device would wait, or never end. Files stay open from when they are
//! looked at until they are read, so that a rotation in between changes nothing.
//!
//! Limits: [`HEAD`] bytes to tell formats apart by, and [`FURTHER`] times as many where those tell nothing.

use super::ahead::Ahead;
use super::unpack::Packing;
use crate::mtalog::event::Stamp;
use crate::mtalog::formats::{self, Detected};
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How much is looked at to find out what a file is.
pub(super) const HEAD: usize = 64 * 1024;

/// How often as much again is looked at where that shows nothing: a log of the whole system begins with other programs.
const FURTHER: usize = 64;

/// From so many bytes on, a file is worth a thread.
const LARGE: u64 = 4 << 20;

/// Which file it is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    /// The device.
    pub(super) device: u64,
    /// The number there.
    pub(super) number: u64,
}

impl Identity {
    /// Gives that of a file; nothing on systems without.
    #[cfg(unix)]
    pub(super) fn of(there: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            device: there.dev(),
            number: there.ino(),
        })
    }

    /// Gives that of a file; nothing on systems without.
    #[cfg(not(unix))]
    pub(super) fn of(_there: &Metadata) -> Option<Self> {
        None
    }
}

/// An input that was looked at.
pub(super) struct Source {
    /// What it is called in reports.
    pub(super) name: Arc<str>,
    /// Where it is; nothing for standard input.
    pub(super) path: Option<PathBuf>,
    /// What it is packed with.
    pub(super) packing: Packing,
    /// Which file it is.
    pub(super) identity: Option<Identity>,
    /// When it was changed last.
    pub(super) modified: Stamp,
    /// Its first bytes, unpacked.
    pub(super) head: Vec<u8>,
    /// What its lines are, if that shows.
    pub(super) detected: Option<Detected>,
    from: From,
}

enum From {
    /// A file that is read from its beginning when it is its turn.
    File(File),
    /// Bytes that come after the head, or an error that comes after it.
    Ahead(Ahead),
}

impl Source {
    /// Opens a file and looks at its beginning.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = open_file(path)?;
        let there = file.metadata()?;
        let mut magic = Vec::new();
        (&mut file).take(6).read_to_end(&mut magic)?;
        file.rewind()?;
        let packing = Packing::of(&magic);
        let (head, detected) = match packing {
            Packing::Plain => first(&mut file)?,
            packing => first(&mut packing.unpack(file.try_clone()?))?,
        };
        file.rewind()?;
        Ok(Self {
            name: path.to_string_lossy().into(),
            path: Some(path.to_owned()),
            packing,
            identity: Identity::of(&there),
            modified: there.modified().map_or(Stamp(0), stamp),
            head,
            detected,
            from: From::File(file),
        })
    }

    /// Takes standard input. Waits for its first line.
    pub(super) fn stdin(stopped: &dyn Fn() -> bool) -> io::Result<Self> {
        // Of a pipe, a read gives what is there: a log that grows slowly is not waited for.
        let mut ahead = Ahead::new(|| {
            let mut input = BufReader::with_capacity(HEAD, io::stdin());
            match Packing::of(input.fill_buf()?) {
                Packing::Plain => Ok(Box::new(input)),
                packing => Ok(packing.unpack(input)),
            }
        });
        let head = ahead.head(HEAD, stopped)?.to_vec();
        Ok(Self {
            name: "stdin".into(),
            path: None,
            packing: Packing::Plain,
            identity: None,
            modified: stamp(SystemTime::now()),
            detected: formats::detect(&head),
            head,
            from: From::Ahead(ahead),
        })
    }

    /// Gives the content from a byte on. A plain file that is live is read by whoever asks, and can be gone on with.
    pub(super) fn content(self, skip: u64, live: bool) -> io::Result<Content> {
        match (self.from, self.packing) {
            (From::File(mut file), Packing::Plain) => {
                file.seek(SeekFrom::Start(skip))?;
                if live || file.metadata()?.len() < LARGE {
                    return Ok(Content::Plain(file));
                }
                Ok(Content::Ahead(Ahead::new(move || Ok(Box::new(file)))))
            }
            (From::File(file), packing) => {
                let ahead = Ahead::new(move || Ok(packing.unpack(file)));
                Ok(Content::Ahead(ahead.skipping(skip)))
            }
            (From::Ahead(ahead), _) => Ok(Content::Ahead(ahead.skipping(skip))),
        }
    }

    /// Reads a file from a byte of its content on, besides what else reads it.
    pub(super) fn again(&self, from: u64) -> io::Result<impl io::BufRead + use<>> {
        let path = self.path.as_deref().unwrap_or(Path::new(""));
        let mut file = open_file(path)?;
        if Identity::of(&file.metadata()?) != self.identity {
            return Err(io::Error::other("it was replaced while it was looked at"));
        }
        let content: Box<dyn Read + Send> = match self.packing {
            Packing::Plain => {
                file.seek(SeekFrom::Start(from))?;
                Box::new(file)
            }
            packing => {
                let mut content = packing.unpack(file);
                io::copy(&mut Read::take(&mut content, from), &mut io::sink())?;
                content
            }
        };
        Ok(BufReader::with_capacity(HEAD, content))
    }

    /// Gives the plain file itself.
    pub(super) fn file(&self) -> Option<&File> {
        match (&self.from, self.packing) {
            (From::File(file), Packing::Plain) => Some(file),
            _ => None,
        }
    }
}

/// Opens an ordinary file.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    let ordinary = |there: &Metadata| match (there.is_file(), there.is_dir()) {
        (true, _) => Ok(()),
        (_, true) => Err(io::ErrorKind::IsADirectory.into()),
        (_, _) => Err(io::Error::other("it is not an ordinary file")),
    };
    // Opening a pipe would wait for somebody who writes.
    ordinary(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    ordinary(&file.metadata()?)?;
    Ok(file)
}

/// Writes a time as logs do.
pub(super) fn stamp(at: SystemTime) -> Stamp {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => Stamp(micros(after)),
        Err(before) => Stamp(-micros(before.duration())),
    }
}

/// Reads the first bytes, and finds out what the lines are: from later ones where those of a mail server do not stand
/// first. What cannot be unpacked behind some that can is told when it is its turn.
fn first(input: &mut dyn Read) -> io::Result<(Vec<u8>, Option<Detected>)> {
    let mut head = Vec::new();
    if let Err(e) = Read::take(&mut *input, HEAD as u64).read_to_end(&mut head)
        && head.is_empty()
    {
        return Err(e);
    }
    let mut detected = formats::detect(&head);
    let mut piece = head.clone();
    for _ in 0..FURTHER {
        if detected.is_some() || piece.len() < HEAD {
            break;
        }
        piece.clear();
        if Read::take(&mut *input, HEAD as u64)
            .read_to_end(&mut piece)
            .is_err()
        {
            break;
        }
        // It begins in the middle of a line.
        let line = piece.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        detected = formats::detect(&piece[line..]);
    }
    Ok((head, detected))
}

/// The content of an input.
pub(super) enum Content {
    /// As it lies on the disk.
    Plain(File),
    /// What a thread reads ahead.
    Ahead(Ahead),
}

impl Content {
    /// Gives a block of at most so many bytes as it was read, with where in it they begin; takes one back that is
    /// through. Nothing where there is none, or they are to be read into a buffer.
    pub(super) fn take(
        &mut self,
        most: usize,
        through: &mut Vec<Vec<u8>>,
        stopped: &dyn Fn() -> bool,
    ) -> io::Result<Option<(Vec<u8>, usize)>> {
        let Self::Ahead(ahead) = self else {
            return Ok(None);
        };
        if let Some(through) = through.pop() {
            ahead.give_back(through);
        }
        ahead.take(most, stopped)
    }

    /// Fills a buffer with what comes next, perhaps not to its end; 0 at the end, or when the run is stopped.
    pub(super) fn read(
        &mut self,
        room: &mut [u8],
        stopped: &dyn Fn() -> bool,
    ) -> io::Result<usize> {
        match self {
            Self::Plain(file) => loop {
                match file.read(room) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    read => return read,
                }
            },
            Self::Ahead(ahead) => ahead.read(room, stopped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ordinary_files_are_opened() {
        let folder = tempfile::tempdir().expect("a directory");
        let error = Source::open(folder.path()).err().expect("no file");
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        #[cfg(unix)]
        assert!(Source::open(Path::new("/dev/null")).is_err());
    }
}
