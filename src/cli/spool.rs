//! Where results wait until a report can be written that needs all of them.
//!
//! In: outcomes as they come. Out: the same outcomes, in the order in which their targets were written, or
//! as they came. They stand in a file, a JSON line each, so that a scan of any size keeps none of them in
//! memory; small scans never reach the disk. With `--resume` the file is the checkpoint's and outlives the
//! process.
//!
//! Limits: going through them in written order takes 24 bytes of memory for each result.

use super::error::CliError;
use crate::model::Outcome;
use crate::report::json;
use crate::rules;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::SpooledTempFile;

/// What is kept in memory before there is a file.
const SMALL: usize = 4 * 1024 * 1024;

/// Results on their way.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<Store>,
    path: PathBuf,
    /// Bytes that have been handed to the file.
    at: u64,
}

/// A file that is gone with the process, or one that is not.
#[derive(Debug)]
pub(super) enum Store {
    Passing(SpooledTempFile),
    Lasting(File),
}

impl Spool {
    /// Makes one that is gone with the process.
    pub(super) fn passing() -> Self {
        Self {
            file: BufWriter::new(Store::Passing(SpooledTempFile::new(SMALL))),
            path: PathBuf::from("the temporary file of results"),
            at: 0,
        }
    }

    /// Goes on with a file that ends at `at`.
    pub(super) fn lasting(file: File, path: &Path, at: u64) -> Self {
        Self {
            file: BufWriter::with_capacity(64 * 1024, Store::Lasting(file)),
            path: path.to_owned(),
            at,
        }
    }

    /// Takes an outcome.
    pub(super) fn add(&mut self, outcome: &Outcome) -> Result<(), CliError> {
        let mut line = json::kept(outcome).map_err(|e| self.trouble(e))?;
        line.push(b'\n');
        self.at += line.len() as u64;
        self.file.write_all(&line).map_err(|e| self.trouble(e))
    }

    /// Hands everything to the file; gives how many bytes it has then.
    pub(super) fn flush(&mut self) -> Result<u64, CliError> {
        self.file.flush().map_err(|e| self.trouble(e))?;
        Ok(self.at)
    }

    /// Goes through all outcomes as they came.
    pub(super) fn each_as_it_came(
        &mut self,
        mut each: impl FnMut(Outcome) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let path = self.path.clone();
        let mut lines = self.lines()?;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line);
            if read.map_err(|e| trouble(&path, e))? == 0 {
                break;
            }
            each(read_back(&line).map_err(|e| trouble(&path, e))?)?;
        }
        drop(lines);
        self.go_to_end()
    }

    /// Gives all outcomes in the order in which their targets were written.
    pub(super) fn in_order(&mut self) -> Result<InOrder<'_>, CliError> {
        let path = self.path.clone();
        let mut lines = self.lines()?;
        let mut index = Vec::new();
        let mut line = Vec::new();
        let mut at = 0;
        loop {
            line.clear();
            let length = lines.read_until(b'\n', &mut line);
            let length = length.map_err(|e| trouble(&path, e))?;
            if length == 0 {
                break;
            }
            let place = json::place_of_kept(&line);
            let place = place.map_err(|e| trouble(&path, io::Error::other(e)))?;
            index.push((place, at, length));
            at += length as u64;
        }
        index.sort_unstable();
        Ok(InOrder {
            lines,
            index: index.into_iter(),
            line,
        })
    }

    fn lines(&mut self) -> Result<BufReader<&mut Store>, CliError> {
        self.flush()?;
        let path = self.path.clone();
        let store = self.file.get_mut();
        store
            .seek(SeekFrom::Start(0))
            .map_err(|e| trouble(&path, e))?;
        Ok(BufReader::with_capacity(64 * 1024, store))
    }

    fn go_to_end(&mut self) -> Result<(), CliError> {
        let end = self.file.get_mut().seek(SeekFrom::End(0));
        end.map(drop).map_err(|e| self.trouble(e))
    }

    fn trouble(&self, source: io::Error) -> CliError {
        trouble(&self.path, source)
    }
}

/// Outcomes in the order in which their targets were written.
pub(super) struct InOrder<'a> {
    lines: BufReader<&'a mut Store>,
    index: std::vec::IntoIter<((u64, u32), u64, usize)>,
    line: Vec<u8>,
}

impl Iterator for InOrder<'_> {
    type Item = io::Result<Outcome>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, at, length) = self.index.next()?;
        self.line.resize(length, 0);
        let read = self
            .lines
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.lines.read_exact(&mut self.line));
        Some(read.and_then(|()| read_back(&self.line)))
    }
}

fn read_back(line: &[u8]) -> io::Result<Outcome> {
    let text = std::str::from_utf8(line).map_err(io::Error::other)?;
    json::read_kept(text, &rules::rule).map_err(io::Error::other)
}

fn trouble(path: &Path, source: io::Error) -> CliError {
    CliError::Output {
        path: path.to_owned(),
        source,
    }
}

impl Write for Store {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Passing(file) => file.write(bytes),
            Self::Lasting(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Passing(file) => file.flush(),
            Self::Lasting(file) => file.flush(),
        }
    }
}

impl Read for Store {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Passing(file) => file.read(buffer),
            Self::Lasting(file) => file.read(buffer),
        }
    }
}

impl Seek for Store {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Passing(file) => file.seek(to),
            Self::Lasting(file) => file.seek(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Endpoint, Host, Named, Origin, Reason, Target, TlsUse, Verdict};
    use std::sync::Arc;

    fn outcome(place: (u64, u32)) -> Outcome {
        let address = [192, 0, 2, 1].into();
        let target = Target {
            written: Arc::from("192.0.2.1"),
            origin: Origin::Argument(1),
            endpoint: Endpoint {
                host: Host::Address(address),
                port: 25,
                tls: TlsUse::Opportunistic,
            },
            address: Some(address),
            named: Named::ByRange,
            local_domains: Vec::new(),
        };
        let outcome = crate::engine::without_dialogue(
            target,
            Verdict::Unreachable,
            Reason::Refused,
            Some("a note".to_owned()),
        );
        Outcome { place, ..outcome }
    }

    fn places(spool: &mut Spool) -> Vec<(u64, u32)> {
        let all = spool.in_order().expect("readable");
        all.map(|outcome| outcome.expect("whole").place).collect()
    }

    #[test]
    fn gives_back_what_it_took_in_either_order_and_goes_on() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("results");
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .expect("a file");
        for mut spool in [Spool::passing(), Spool::lasting(file, &path, 0)] {
            for place in [(2, 0), (0, 1), (0, 0)] {
                spool.add(&outcome(place)).expect("room");
            }
            let mut came = Vec::new();
            spool
                .each_as_it_came(|outcome| {
                    assert_eq!(outcome.reason, Some(Reason::Refused));
                    assert_eq!(outcome.target.named, Named::ByRange);
                    came.push(outcome.place);
                    Ok(())
                })
                .expect("readable");
            assert_eq!(came, [(2, 0), (0, 1), (0, 0)]);
            spool.add(&outcome((1, 0))).expect("room");
            assert_eq!(places(&mut spool), [(0, 0), (0, 1), (1, 0), (2, 0)]);
            // Once more, for a second report.
            assert_eq!(places(&mut spool).len(), 4);
        }
    }

    #[test]
    fn counts_its_bytes() {
        let mut spool = Spool::passing();
        assert_eq!(spool.flush().expect("room"), 0);
        spool.add(&outcome((0, 0))).expect("room");
        let one = spool.flush().expect("room");
        spool.add(&outcome((1, 0))).expect("room");
        assert_eq!(spool.flush().expect("room"), 2 * one);
    }
}
