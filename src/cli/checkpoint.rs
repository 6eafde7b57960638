//! `--resume FILE`: what has been done, on disk, so that a scan that was killed goes on where it was.
//!
//! Two files. `FILE.results` takes every result, a line each, as it comes; it is locked as long as a
//! process works on the scan. `FILE` says which places of the scan are done, up to which byte of the
//! results and of standard output; it is replaced as a whole a few times a second, after the results have
//! been written. What lies beyond it after a kill is cut off and asked again: each target is in the results
//! exactly once.
//!
//! A full disk ends the run with what was written last; a second process is refused. When the scan is
//! complete both files are removed: the next run begins anew.
//!
//! Deliberately does not wait for the disk: a checkpoint survives the end of the process at any moment, not
//! the loss of power.
//!
//! Limits: the checkpoint grows with the targets in flight and put off, not with those done.

use super::error::CliError;
use super::settings::hinted;
use crate::engine::Done;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The version of the format.
const SCHEMA: &str = "relaycheck.checkpoint/1";

/// Which scan it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// Names the scan: what is asked, of whom, in which order.
    pub(super) id: String,
    /// Digest of the targets.
    pub(super) targets: String,
    /// Seed of order and names.
    pub(super) seed: u64,
    /// The part.
    pub(super) shard: String,
}

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    schema: String,
    #[serde(flatten)]
    identity: Identity,
    /// When the scan began, RFC 3339.
    started: String,
    /// Time spent so far, in milliseconds.
    elapsed_ms: u64,
    /// Items done.
    items: u64,
    done: Done,
    /// Bytes of the results that count.
    results: u64,
    /// Standard output, where it is a file.
    stdout: Option<Spot>,
}

/// A place in a file that is still the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spot {
    /// The file's path when it was written, if that is known.
    pub(super) path: Option<PathBuf>,
    /// Its device and number there.
    pub(super) file: (u64, u64),
    /// The byte that comes next.
    pub(super) at: u64,
}

/// What an earlier run has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Earlier {
    /// Which scan it was.
    pub(super) identity: Identity,
    /// When the scan began.
    pub(super) started: String,
    /// Time spent so far, in milliseconds.
    pub(super) elapsed_ms: u64,
    /// Items done.
    pub(super) items: u64,
    /// Which.
    pub(super) done: Done,
    /// How far standard output had got.
    pub(super) stdout: Option<Spot>,
}

/// A checkpoint that belongs to this process.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    results_path: PathBuf,
    results: File,
}

/// How far a run has got.
#[derive(Debug)]
pub(super) struct Mark<'a> {
    pub(super) identity: &'a Identity,
    pub(super) started: &'a str,
    pub(super) elapsed_ms: u64,
    pub(super) items: u64,
    pub(super) done: &'a Done,
    pub(super) results: u64,
    pub(super) stdout: Option<Spot>,
}

impl Checkpoint {
    /// Takes hold of the checkpoint; gives what an earlier run has left. The results are cut back to what
    /// counts.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<Earlier>), CliError> {
        let results_path = beside(path, ".results");
        let results = lock(path, &results_path)?;
        let state = match fs::read(path) {
            Ok(bytes) => Some(read(path, &bytes)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(unreadable(path, source)),
        };
        let counts = state.as_ref().map_or(0, |state| state.results);
        let there = results
            .metadata()
            .map_err(|e| unreadable(&results_path, e))?
            .len();
        if there < counts {
            return Err(hinted(
                "--resume",
                format!(
                    "{}: {there} bytes, of {counts} that the checkpoint speaks of",
                    results_path.display()
                ),
                "both files belong together; remove both to begin anew",
            ));
        }
        results
            .set_len(counts)
            .map_err(|e| unwritable(&results_path, e))?;
        let checkpoint = Self {
            path: path.to_owned(),
            results_path,
            results,
        };
        let earlier = state.map(|state| Earlier {
            identity: state.identity,
            started: state.started,
            elapsed_ms: state.elapsed_ms,
            items: state.items,
            done: state.done,
            stdout: state.stdout,
        });
        Ok((checkpoint, earlier))
    }

    /// Gives the file of results, at its end, and how many bytes it has.
    pub(super) fn results(&self) -> Result<(File, u64), CliError> {
        let open = || -> io::Result<(File, u64)> {
            let mut file = self.results.try_clone()?;
            let end = file.seek(SeekFrom::End(0))?;
            Ok((file, end))
        };
        open().map_err(|e| unwritable(&self.results_path, e))
    }

    /// Replaces the checkpoint.
    pub(super) fn save(&self, mark: &Mark<'_>) -> Result<(), CliError> {
        let state = State {
            schema: SCHEMA.to_owned(),
            identity: mark.identity.clone(),
            started: mark.started.to_owned(),
            elapsed_ms: mark.elapsed_ms,
            items: mark.items,
            done: mark.done.clone(),
            results: mark.results,
            stdout: mark.stdout.clone(),
        };
        let fresh = beside(&self.path, ".new");
        let written = serde_json::to_vec(&state)
            .map_err(io::Error::from)
            .and_then(|bytes| fs::write(&fresh, bytes))
            .and_then(|()| fs::rename(&fresh, &self.path));
        written.map_err(|source| {
            // Half a file is of no use to anybody.
            let _ = fs::remove_file(&fresh);
            unwritable(&self.path, source)
        })
    }

    /// Removes it: the scan is complete.
    pub(super) fn remove(self) -> Result<(), CliError> {
        // The checkpoint first: results without it count for nothing.
        for path in [&self.path, &self.results_path] {
            match fs::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(unwritable(path, e)),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Earlier {
    /// Makes sure that it is the same scan.
    pub(super) fn belongs_to(&self, identity: &Identity, path: &Path) -> Result<(), CliError> {
        let different = match &self.identity {
            other if other.targets != identity.targets => "the targets are others",
            other if other.shard != identity.shard => "it is another part",
            other if other.seed != identity.seed => "the seed is another",
            other if other.id != identity.id => "the options that decide what is asked are others",
            _ => return Ok(()),
        };
        Err(hinted(
            "--resume",
            format!("{} belongs to another scan: {different}", path.display()),
            "go on with the same targets and options, or name another file",
        ))
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn read(path: &Path, bytes: &[u8]) -> Result<State, CliError> {
    let wrong = |why: String| {
        hinted(
            "--resume",
            format!("{} is no checkpoint: {why}", path.display()),
            "name another file, or remove it to begin anew",
        )
    };
    let state: State = serde_json::from_slice(bytes)
        .map_err(|e| wrong(crate::model::bytes::escape(&e.to_string())))?;
    if state.schema != SCHEMA {
        return Err(wrong(format!(
            "its format is '{}', not {SCHEMA}",
            crate::model::bytes::escape(&state.schema)
        )));
    }
    Ok(state)
}

/// Opens the results and locks them against other processes.
fn lock(path: &Path, results: &Path) -> Result<File, CliError> {
    loop {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(results)
            .map_err(|e| unwritable(results, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(hinted(
                    "--resume",
                    format!("another process works on {}", path.display()),
                    "wait for it, or name another file",
                ));
            }
            Err(TryLockError::Error(source)) => return Err(unwritable(results, source)),
        }
        // The process before us may have removed the file between our two steps.
        if same(results, &file) {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn same(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(path), file.metadata()) {
        (Ok(named), Ok(held)) => (named.dev(), named.ino()) == (held.dev(), held.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same(_path: &Path, _file: &File) -> bool {
    // An open file cannot be removed there.
    true
}

fn unreadable(path: &Path, source: io::Error) -> CliError {
    CliError::Input {
        path: path.to_owned(),
        source,
    }
}

fn unwritable(path: &Path, source: io::Error) -> CliError {
    CliError::Output {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn identity() -> Identity {
        Identity {
            id: "ab12".to_owned(),
            targets: "cd34".to_owned(),
            seed: u64::MAX,
            shard: "2/4".to_owned(),
        }
    }

    fn mark<'a>(identity: &'a Identity, done: &'a Done, results: u64) -> Mark<'a> {
        Mark {
            identity,
            started: "2026-01-02T03:04:05Z",
            elapsed_ms: 1234,
            items: 2,
            done,
            results,
            stdout: Some(Spot {
                path: Some(PathBuf::from("out")),
                file: (7, u64::MAX),
                at: 99,
            }),
        }
    }

    #[test]
    fn what_was_saved_comes_back_and_what_lies_beyond_is_cut_off() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("state");
        let (checkpoint, earlier) = Checkpoint::open(&path).expect("a new one");
        assert_eq!(earlier, None);
        let (mut results, _) = checkpoint.results().expect("results");
        results.write_all(b"one\ntwo\n").expect("room");
        let mut done = Done::default();
        done.add(3, |_| false);
        checkpoint
            .save(&mark(&identity(), &done, 8))
            .expect("saved");
        results.write_all(b"beyond").expect("room");
        drop((checkpoint, results));

        let (checkpoint, earlier) = Checkpoint::open(&path).expect("the old one");
        let earlier = earlier.expect("it is there");
        assert_eq!(earlier.identity, identity());
        assert_eq!(earlier.done, done);
        assert_eq!((earlier.items, earlier.elapsed_ms), (2, 1234));
        assert_eq!(earlier.stdout.map(|spot| spot.at), Some(99));
        let (mut results, _) = checkpoint.results().expect("results");
        results.write_all(b"three\n").expect("room");
        results.rewind().expect("a file");
        let mut text = String::new();
        results.read_to_string(&mut text).expect("text");
        assert_eq!(text, "one\ntwo\nthree\n");
        checkpoint.remove().expect("removed");
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 0);
    }

    #[test]
    fn results_without_a_checkpoint_count_for_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("state");
        fs::write(dir.path().join("state.results"), "left over\n").expect("room");
        let (checkpoint, earlier) = Checkpoint::open(&path).expect("a new one");
        assert_eq!(earlier, None);
        assert_eq!(checkpoint.results().expect("results").1, 0);
    }

    #[test]
    fn a_second_holder_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("state");
        let (first, _) = Checkpoint::open(&path).expect("a new one");
        let refused = Checkpoint::open(&path).expect_err("it is held");
        assert!(refused.to_string().contains("another process works on"));
        drop(first);
        Checkpoint::open(&path).expect("it is free again");
    }

    #[test]
    fn says_what_is_wrong_with_a_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("state");
        for (text, part) in [
            ("", "is no checkpoint"),
            ("{}", "is no checkpoint"),
            ("[1]", "is no checkpoint"),
        ] {
            fs::write(&path, text).expect("room");
            let error = Checkpoint::open(&path).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
        fs::remove_file(&path).expect("there");
        let (checkpoint, _) = Checkpoint::open(&path).expect("a new one");
        let done = Done::default();
        checkpoint
            .save(&mark(&identity(), &done, 10))
            .expect("saved");
        drop(checkpoint);
        let error = Checkpoint::open(&path).expect_err("too short").to_string();
        assert!(error.contains("0 bytes, of 10"), "{error}");
    }

    #[test]
    fn another_scan_is_told_by_what_differs() {
        let earlier = Earlier {
            identity: identity(),
            started: String::new(),
            elapsed_ms: 0,
            items: 0,
            done: Done::default(),
            stdout: None,
        };
        let path = Path::new("state");
        assert!(earlier.belongs_to(&identity(), path).is_ok());
        for (other, part) in [
            (
                Identity {
                    targets: "x".to_owned(),
                    ..identity()
                },
                "targets",
            ),
            (
                Identity {
                    shard: "1/4".to_owned(),
                    ..identity()
                },
                "part",
            ),
            (
                Identity {
                    seed: 1,
                    ..identity()
                },
                "seed",
            ),
            (
                Identity {
                    id: "x".to_owned(),
                    ..identity()
                },
                "options",
            ),
        ] {
            let error = earlier.belongs_to(&other, path).expect_err(part);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
