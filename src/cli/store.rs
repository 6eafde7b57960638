//! The files of a configuration as the system has them.
//!
//! In: paths. Out: bytes and lists, or why not. Only ordinary files are opened: a pipe or a device would wait, or
//! never end. A directory that a link leads back to is left out of its own list.
//!
//! With a root, links are followed inside it: what an image calls `/etc/x` is looked for in the image, not on the
//! machine that audits it.
//!
//! Names that are no UTF-8 are shown with replacement characters, and found again under that name.
//!
//! Limits: `MOST_BYTES` a file, however much the system says that it has.

use crate::mtaconf::source::{Entry, MOST_BYTES, Store, Why, join};
use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Links followed for one path, as many as Linux does.
const MOST_LINKS: usize = 40;

/// The file system.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// Where absolute paths and links begin, where it is not the root of this machine.
    root: Option<PathBuf>,
    /// What paths are called that are no UTF-8.
    names: Mutex<HashMap<String, PathBuf>>,
}

impl Disk {
    /// Makes one. A root is given as it was typed.
    pub(super) fn new(root: Option<&Path>) -> Self {
        Self {
            root: root.map(Path::to_owned),
            names: Mutex::default(),
        }
    }

    /// Gives the name under which a path is known here.
    pub(super) fn name(&self, path: &Path) -> String {
        match path.to_str() {
            Some(name) => name.to_owned(),
            None => self.keep(path.to_string_lossy().into_owned(), path),
        }
    }

    /// Keeps what a name stands for. Two paths that look alike get names of their own.
    fn keep(&self, name: String, path: &Path) -> String {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = name.clone();
        for number in 2.. {
            match names.get(&free) {
                Some(other) if other != path => free = format!("{name}~{number}"),
                _ => break,
            }
        }
        names.insert(free.clone(), path.to_owned());
        free
    }

    /// Gives the path that a name stands for: links are followed where there is a root they must not leave.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let path = names.get(name).cloned();
        drop(names);
        let path = path.unwrap_or_else(|| PathBuf::from(name));
        match &self.root {
            Some(root) => match path.strip_prefix(root) {
                Ok(inside) => resolve_inside(root, inside),
                Err(_) => Ok(path),
            },
            None => Ok(path),
        }
    }

    fn entry(&self, directory: &str, path: &Path, entry: &fs::DirEntry) -> Option<Entry> {
        let lossless = path.to_str().is_some() && entry.file_name().to_str().is_some();
        let lossy = entry.file_name().to_string_lossy().into_owned();
        let mut name = lossy.clone();
        if !lossless {
            let kept = self.keep(join(directory, &lossy), &path.join(entry.file_name()));
            name = kept.rsplit('/').next().unwrap_or(&lossy).to_owned();
        }
        let kind = entry.file_type().ok()?;
        let directory = match kind.is_symlink() {
            false => kind.is_dir(),
            true => {
                let full = join(directory, &name);
                let target = self.path(&full).and_then(fs::canonicalize);
                match target {
                    Ok(target) if target.is_dir() && self.is_above(&full, &target) => return None,
                    Ok(target) => target.is_dir(),
                    // It leads nowhere: who reads it is told.
                    Err(_) => false,
                }
            }
        };
        Some(Entry { name, directory })
    }

    /// Tells whether a directory is one of those that a name leads through.
    fn is_above(&self, name: &str, directory: &Path) -> bool {
        let above = name.match_indices('/').map(|(at, _)| match at {
            0 => "/",
            at => &name[..at],
        });
        // A relative name begins in the current directory, which is above it as well.
        let begin = (!name.starts_with('/')).then_some(".");
        above
            .chain(begin)
            .filter_map(|name| self.path(name).and_then(fs::canonicalize).ok())
            .any(|above| above == directory)
    }
}

impl Store for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, Why> {
        let path = self.path(path).map_err(why)?;
        check(&fs::metadata(&path).map_err(why)?)?;
        let file = open(&path).map_err(why)?;
        // Another file may have taken its place.
        let facts = file.metadata().map_err(why)?;
        check(&facts)?;
        let expected = usize::try_from(facts.len()).unwrap_or(0);
        let mut bytes = Vec::with_capacity(expected);
        file.take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(why)?;
        match bytes.len() as u64 {
            length if length > MOST_BYTES => Err(Why::TooLarge(length)),
            _ => Ok(bytes),
        }
    }

    fn list(&self, name: &str) -> Result<Vec<Entry>, Why> {
        let path = self.path(name).map_err(why)?;
        if !fs::metadata(&path).map_err(why)?.is_dir() {
            return Err(Why::NotAFile);
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(&path).map_err(why)? {
            entries.extend(self.entry(name, &path, &entry.map_err(why)?));
        }
        Ok(entries)
    }
}

/// Opens a file without ever waiting for somebody at its other end.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).unwrap_or(0));
    }
    options.open(path)
}

fn check(facts: &Metadata) -> Result<(), Why> {
    match facts.len() {
        _ if !facts.is_file() => Err(Why::NotAFile),
        length if length > MOST_BYTES => Err(Why::TooLarge(length)),
        _ => Ok(()),
    }
}

fn why(error: io::Error) -> Why {
    match error.kind() {
        io::ErrorKind::NotFound => Why::Missing,
        _ => Why::Denied(error.to_string()),
    }
}

/// Follows a path inside a root: links to absolute paths begin there, and nothing leads above it.
fn resolve_inside(root: &Path, inside: &Path) -> io::Result<PathBuf> {
    let mut ahead: Vec<std::ffi::OsString> = parts(inside);
    ahead.reverse();
    let mut path = root.to_owned();
    let mut depth = 0;
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        if part == ".." {
            if depth > 0 {
                path.pop();
                depth -= 1;
            }
            continue;
        }
        let next = path.join(&part);
        let linked = fs::symlink_metadata(&next).is_ok_and(|facts| facts.is_symlink());
        if !linked {
            path = next;
            depth += 1;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(io::Error::other("too many links"));
        }
        let target = fs::read_link(&next)?;
        if target.is_absolute() {
            path = root.to_owned();
            depth = 0;
        }
        ahead.extend(parts(&target).into_iter().rev());
    }
    Ok(path)
}

/// Gives the parts of a path that mean something.
fn parts(path: &Path) -> Vec<std::ffi::OsString> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    fn names(disk: &Disk, path: &str) -> Vec<String> {
        let mut entries = disk.list(path).expect("a directory");
        entries.sort();
        let mark = |entry: Entry| match entry.directory {
            true => format!("{}/", entry.name),
            false => entry.name,
        };
        entries.into_iter().map(mark).collect()
    }

    #[test]
    fn links_that_lead_back_are_left_out() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("a/b")).expect("room");
        fs::create_dir(at("c")).expect("room");
        fs::write(at("a/main.cf"), "x = y").expect("room");
        symlink("..", at("a/b/up")).expect("room");
        symlink(dir.path(), at("a/top")).expect("room");
        symlink("../a", at("c/side")).expect("room");
        symlink("../c", at("a/other")).expect("room");
        symlink("nowhere", at("a/broken")).expect("room");
        let disk = Disk::default();
        let base = dir.path().to_str().expect("UTF-8");
        let below = |name: &str| names(&disk, &format!("{base}/{name}"));
        assert_eq!(below("a"), ["b/", "broken", "main.cf", "other/"]);
        assert_eq!(below("a/b"), Vec::<String>::new());
        // From the other side it leads back only where it comes from there.
        assert_eq!(below("c"), ["side/"]);
        assert_eq!(below("a/other"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_file_is_not_opened_and_what_is_too_large_not_read() {
        let dir = tempfile::tempdir().expect("a directory");
        let base = dir.path().to_str().expect("UTF-8");
        let made = std::process::Command::new("mkfifo")
            .arg(dir.path().join("pipe"))
            .status();
        assert!(made.expect("mkfifo").success());
        let large = File::create(dir.path().join("large")).expect("room");
        large.set_len(MOST_BYTES + 1).expect("room");
        let disk = Disk::default();
        let read = |name: &str| disk.read(&format!("{base}/{name}"));
        assert_eq!(read("pipe"), Err(Why::NotAFile));
        assert_eq!(read(""), Err(Why::NotAFile));
        assert_eq!(read("large"), Err(Why::TooLarge(MOST_BYTES + 1)));
        assert_eq!(read("absent"), Err(Why::Missing));
        assert_eq!(disk.read("/dev/zero"), Err(Why::NotAFile));
        // A file that says it is empty and is not.
        assert!(disk.read("/proc/self/status").is_ok_and(|b| !b.is_empty()));
        assert_eq!(disk.list(&format!("{base}/large")), Err(Why::NotAFile));
    }

    #[test]
    fn links_stay_inside_a_root() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path().join("image");
        fs::create_dir_all(root.join("etc/postfix")).expect("room");
        fs::create_dir_all(root.join("srv")).expect("room");
        fs::write(root.join("srv/main.cf"), "inside").expect("room");
        fs::write(dir.path().join("main.cf"), "outside").expect("room");
        for (name, target) in [
            ("etc/postfix/main.cf", "/srv/main.cf"),
            ("etc/postfix/up", "../../../../srv/main.cf"),
            ("etc/loop", "/etc/loop"),
        ] {
            symlink(target, root.join(name)).expect("room");
        }
        let disk = Disk::new(Some(&root));
        let base = root.to_str().expect("UTF-8");
        let read = |name: &str| disk.read(&format!("{base}/{name}"));
        assert_eq!(read("etc/postfix/main.cf"), Ok(b"inside".to_vec()));
        assert_eq!(read("etc/postfix/up"), Ok(b"inside".to_vec()));
        assert_eq!(read("../main.cf"), Err(Why::Missing));
        assert!(matches!(read("etc/loop"), Err(Why::Denied(_))));
    }

    #[test]
    fn names_that_are_no_utf_8_are_found_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let odd = |bytes: &[u8]| dir.path().join(std::ffi::OsStr::from_bytes(bytes));
        fs::create_dir(odd(b"d\xff")).expect("room");
        fs::write(odd(b"d\xff/main.cf"), "one").expect("room");
        fs::write(odd(b"\xfe"), "two").expect("room");
        fs::write(odd(b"\xff"), "three").expect("room");
        let disk = Disk::default();
        let base = dir.path().to_str().expect("UTF-8");
        let there = names(&disk, base);
        assert_eq!(there.len(), 3, "{there:?}");
        let mut texts = Vec::new();
        for name in there {
            let path = format!("{base}/{name}");
            match name.strip_suffix('/') {
                Some(directory) => {
                    let inside = names(&disk, &format!("{base}/{directory}"));
                    assert_eq!(inside, ["main.cf"]);
                    texts.push(disk.read(&format!("{path}main.cf")).expect("a file"));
                }
                None => texts.push(disk.read(&path).expect("a file")),
            }
        }
        texts.sort();
        assert_eq!(texts, [b"one".to_vec(), b"three".to_vec(), b"two".to_vec()]);
    }
}
