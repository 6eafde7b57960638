//! One input of the audit of logs: a file, plain or compressed, or standard input.
//!
//! In: a path. Out: its first bytes, to find out what it is, and then all of its content, as a stream. What it is packed with
//! shows in its first bytes. Unpacking, and waiting for standard input, happens in a thread of its own, a few blocks
//! ahead.
//!
//! Only ordinary files are opened: a pipe or a device would wait, or never end. Files stay open from when they are
//! looked at until they are read, so that a rotation in between changes nothing.
//!
//! Limits: dictionaries of xz of 96 MiB (`xz -9` has 64) and windows of zstd of 128 MiB; [`HEAD`] bytes to tell formats
//! apart by.
//!
//! References: RFC 1952 (gzip), RFC 8878 (zstd), the .xz file format, bzip2.

use crate::mtalog::event::Stamp;
use crate::mtalog::formats::{self, Detected};
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

/// How much is looked at to find out what a file is.
pub(super) const HEAD: usize = 64 * 1024;

/// How often as much again is looked at where that shows nothing: a log of the whole system begins with other programs.
const FURTHER: usize = 64;

/// Memory for a dictionary of xz, in KiB.
const XZ_MEMORY: u32 = 96 * 1024;

/// The window of zstd, as large as the zstd command takes it.
const ZSTD_WINDOW: u64 = 128 << 20;

/// Bytes of a block that a thread reads ahead, and how many of them.
const BLOCK: usize = 256 * 1024;
const AHEAD: usize = 4;

/// What a file is packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Nothing.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
}

impl Packing {
    /// Tells it from the first bytes.
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            _ => Self::Plain,
        }
    }

    fn unpack(self, packed: impl Read + Send + 'static) -> Box<dyn Read + Send> {
        let packed = BufReader::with_capacity(BLOCK, packed);
        match self {
            Self::Plain => Box::new(packed),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Self::Zstd => Box::new(Zstd::new(packed)),
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(packed, true, XZ_MEMORY)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        }
    }
}

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
        let mut head = Vec::new();
        while !head.contains(&b'\n') && head.len() < HEAD {
            let block = ahead.next(stopped)?;
            if block.is_empty() {
                break;
            }
            head.extend_from_slice(block);
            ahead.from = ahead.block.len();
        }
        ahead.give_back(&head);
        head.truncate(HEAD);
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

    /// Gives the content from a byte on.
    pub(super) fn content(self, skip: u64) -> io::Result<Content> {
        match (self.from, self.packing) {
            (From::File(mut file), Packing::Plain) => {
                file.seek(SeekFrom::Start(skip))?;
                Ok(Content::Plain(file))
            }
            (From::File(file), packing) => {
                let mut ahead = Ahead::new(move || Ok(packing.unpack(file)));
                ahead.skip = skip;
                Ok(Content::Ahead(ahead))
            }
            (From::Ahead(mut ahead), _) => {
                ahead.skip = skip;
                Ok(Content::Ahead(ahead))
            }
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
        Ok(BufReader::with_capacity(BLOCK, content))
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

/// Blocks that a thread reads ahead.
pub(super) struct Ahead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    from: usize,
    skip: u64,
}

impl Ahead {
    fn new(begin: impl FnOnce() -> io::Result<Box<dyn Read + Send>> + Send + 'static) -> Self {
        let (give, blocks) = sync_channel(AHEAD);
        std::thread::spawn(move || match begin() {
            Ok(input) => read_ahead(input, &give),
            Err(e) => {
                let _ = give.send(Err(e));
            }
        });
        Self {
            blocks,
            block: Vec::new(),
            from: 0,
            skip: 0,
        }
    }

    /// Puts what was taken in front again.
    fn give_back(&mut self, taken: &[u8]) {
        let mut block = taken.to_vec();
        block.extend_from_slice(self.block.get(self.from..).unwrap_or(b""));
        (self.block, self.from) = (block, 0);
    }

    /// Gives what comes next, without taking it; nothing at the end.
    fn next(&mut self, stopped: &dyn Fn() -> bool) -> io::Result<&[u8]> {
        while self.from >= self.block.len() {
            match self.blocks.recv_timeout(Duration::from_millis(100)) {
                Ok(block) => (self.block, self.from) = (block?, 0),
                Err(RecvTimeoutError::Timeout) if !stopped() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(&[]),
            }
            let skipped = self
                .block
                .len()
                .min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            self.from = skipped;
        }
        Ok(&self.block[self.from..])
    }

    fn read(&mut self, room: &mut [u8], stopped: &dyn Fn() -> bool) -> io::Result<usize> {
        let next = self.next(stopped)?;
        let count = next.len().min(room.len());
        room[..count].copy_from_slice(&next[..count]);
        self.from += count;
        Ok(count)
    }
}

/// Reads blocks until nobody wants them any more.
fn read_ahead(mut input: Box<dyn Read + Send>, give: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut block = vec![0; BLOCK];
        match input.read(&mut block) {
            Ok(0) => return,
            Ok(count) => {
                block.truncate(count);
                if give.send(Ok(block)).is_err() {
                    return;
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                let _ = give.send(Err(e));
                return;
            }
        }
    }
}

/// Frames of zstd, one behind the other.
struct Zstd<R> {
    input: R,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(input: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        Self {
            input,
            decoder,
            inside: false,
        }
    }

    /// Goes to the next frame; says whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.input) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.input).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(e) => return Err(io::Error::other(e)),
            }
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy;
        loop {
            if self.inside && self.decoder.can_collect() > 0 {
                return self.decoder.read(room);
            }
            if self.inside && !self.decoder.is_finished() {
                let upto = BlockDecodingStrategy::UptoBytes(BLOCK);
                self.decoder
                    .decode_blocks(&mut self.input, upto)
                    .map_err(io::Error::other)?;
            } else if !self.begin()? {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packings_are_told_by_their_first_bytes() {
        for (head, packing) in [
            (&b"\x1f\x8b\x08"[..], Packing::Gzip),
            (b"\x28\xb5\x2f\xfd\x00", Packing::Zstd),
            (b"\x5a\x2a\x4d\x18", Packing::Zstd),
            (b"\xfd7zXZ\0", Packing::Xz),
            (b"BZh91AY", Packing::Bzip2),
            (b"BZh01AY", Packing::Plain),
            (b"Mar  2 06:01:07", Packing::Plain),
            (b"", Packing::Plain),
        ] {
            assert_eq!(Packing::of(head), packing, "{head:?}");
        }
    }

    #[test]
    fn only_ordinary_files_are_opened() {
        let folder = tempfile::tempdir().expect("a directory");
        let error = Source::open(folder.path()).err().expect("no file");
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        #[cfg(unix)]
        assert!(Source::open(Path::new("/dev/null")).is_err());
    }
}
