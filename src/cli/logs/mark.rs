//! Knowing a file again, whatever it is called by now.
//!
//! A log is renamed, copied, packed and cut off where it stands. What stays is what it begins with: a digest of its first
//! bytes, of as many as were there, tells it from other files of its directory.
//!
//! Limits: files that begin with the same [`FIRST`] bytes are taken for one; a log begins with the time.
//!
//! References: logrotate(8): `create`, `copytruncate`, `compress`, `dateext`.

use super::source::{Identity, Source};
use crate::model::Digest;
use std::fs;
use std::path::{Path, PathBuf};

/// How many of its first bytes make a file known.
pub(super) const FIRST: usize = 1024;

/// Files of a directory that are looked at to find one again.
const MOST_SIBLINGS: usize = 1000;

/// What a file begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beginning {
    /// How many bytes the digest is of.
    pub(super) length: u64,
    /// The digest.
    pub(super) digest: String,
}

impl Beginning {
    /// Takes that of a file of which so many bytes were read; `head` holds its first ones.
    pub(super) fn of(head: &[u8], read: u64) -> Self {
        let length = head
            .len()
            .min(FIRST)
            .min(usize::try_from(read).unwrap_or(usize::MAX));
        Self {
            length: length as u64,
            digest: digest(&head[..length]),
        }
    }

    /// Tells whether a file begins so.
    pub(super) fn fits(&self, head: &[u8]) -> bool {
        let first = usize::try_from(self.length)
            .ok()
            .and_then(|n| head.get(..n));
        self.length > 0 && first.is_some_and(|first| digest(first) == self.digest)
    }
}

fn digest(bytes: &[u8]) -> String {
    let mut digest = Digest::new();
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    digest.write(&text);
    digest.to_string()
}

/// Gives the name of a log without what rotation puts behind it: `mail.log` of `mail.log-20260302.gz`.
pub(super) fn base(name: &str) -> &str {
    let packed = [".gz", ".zst", ".xz", ".bz2"];
    let bare = packed.iter().find_map(|end| name.strip_suffix(end));
    let bare = bare.unwrap_or(name);
    let cut = bare.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    // A number alone is a name.
    match cut.is_empty() {
        true => bare,
        false => cut,
    }
}

/// Gives where a log really is: rotation happens where a link leads to.
pub(super) fn resolved(path: &Path) -> PathBuf {
    match (fs::read_link(path), path.parent()) {
        (Ok(target), Some(folder)) => folder.join(target),
        (Ok(target), None) => target,
        (Err(_), _) => path.to_owned(),
    }
}

/// Gives the files beside a log that may be the same log, rotated.
pub(super) fn siblings(path: &Path) -> Vec<PathBuf> {
    let path = resolved(path);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Vec::new();
    };
    let wanted = base(name);
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|n| base(n) == wanted)
        })
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| folder.join(entry.file_name()))
        .take(MOST_SIBLINGS)
        .collect();
    found.sort();
    found
}

/// Finds a log again among the files beside it; files that are `known` are not it.
pub(super) fn find(
    path: &Path,
    beginning: &Beginning,
    known: &dyn Fn(Identity) -> bool,
) -> Option<Source> {
    let candidates = siblings(path).into_iter();
    let opened = candidates.filter_map(|path| Source::open(&path).ok());
    let mut others = opened.filter(|one| !one.identity.is_some_and(known));
    others.find(|one| beginning.fits(&one.head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_rotation_adds() {
        for (name, expected) in [
            ("mail.log", "mail.log"),
            ("mail.log.1", "mail.log"),
            ("mail.log.12.gz", "mail.log"),
            ("mail.log-20260302", "mail.log"),
            ("mail.log-2026-03-02.xz", "mail.log"),
            ("maillog", "maillog"),
            ("mainlog.zst", "mainlog"),
            ("mail.err", "mail.err"),
            ("20260302.gz", "20260302"),
        ] {
            assert_eq!(base(name), expected);
        }
    }

    #[test]
    fn a_file_is_known_by_as_much_as_was_read_of_it() {
        let short = Beginning::of(b"first line\nsecond", 11);
        assert_eq!(short.length, 11);
        assert!(short.fits(b"first line\nanother"));
        assert!(!short.fits(b"first lin"));
        assert!(!short.fits(b"First line\n"));
        let long = Beginning::of(&[b'x'; 5000], 5000);
        assert_eq!(long.length, FIRST as u64);
        assert!(long.fits(&[b'x'; 1024]) && !long.fits(&[b'x'; 1023]));
        assert!(!Beginning::of(b"", 0).fits(b"anything"));
    }
}
