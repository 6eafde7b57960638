//! Where reports go: standard output as the run goes, files at its end.
//!
//! A streaming format on standard output is written as outcomes come. Everything else, a document on
//! standard output and every file, is written when the run is over, from the outcomes that waited in the
//! spool, in the order their targets were written.
//!
//! Wrong paths are told before the work begins. A file appears under its name only when it is whole: a run
//! that dies leaves no half report behind that a script would read. Pipes, terminals and other devices are
//! written to as they are.
//!
//! Mail goes out last, when everything else is where it belongs.
//!
//! A closed pipe on standard output ends the writing quietly, as with `| head`; where nothing else is to be
//! written, there is nobody left to work for.

use super::checkpoint::Spot;
use super::error::CliError;
use super::exit::Exit;
use super::mail::Mail;
use super::spool::Spool;
use crate::model::{ConfAudit, LogAudit, Outcome, Report, RunInfo};
use crate::report::{Delivery, Format, Options, Reporter};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
#[cfg(unix)]
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A format and a file, as in `-o FORMAT=FILE`.
#[derive(Debug, Clone)]
pub struct FileOutput {
    /// The format.
    pub format: &'static Format,
    /// The file.
    pub path: PathBuf,
}

/// All reports of a run.
pub struct Outputs {
    stdout: Stdout,
    /// Files besides, each with what their path leads to.
    files: Vec<(FileOutput, PathBuf)>,
    /// Whom the report goes to besides.
    mail: Option<Mail>,
    /// Where outcomes wait, if a report needs them later.
    spool: Option<Spool>,
}

struct Stdout {
    format: &'static Format,
    reporter: Box<dyn Reporter + Send>,
    pipe: Pipe,
}

enum Pipe {
    Open(BufWriter<io::Stdout>),
    /// Its reader has gone.
    Closed,
}

impl Outputs {
    /// Looks at standard output and the files. Outcomes wait in `spool`, or in one that is gone with the
    /// process where there is none and they have to.
    pub(super) fn open(
        stdout: (&'static Format, Options),
        files: &[FileOutput],
        spool: Option<Spool>,
    ) -> Result<Self, CliError> {
        let mut resolved: Vec<(FileOutput, PathBuf)> = Vec::new();
        for file in files {
            let path = resolve(&file.path).map_err(|e| unwritable(&file.path, e))?;
            if let Some((other, _)) = resolved.iter().find(|(_, other)| *other == path) {
                return Err(CliError::Option {
                    option: "-o",
                    why: format!(
                        "{} and {} are one file",
                        other.path.display(),
                        file.path.display()
                    ),
                    hint: Some("two reports cannot go into one".to_owned()),
                });
            }
            resolved.push((file.clone(), path));
        }
        let (format, options) = stdout;
        let needed = !resolved.is_empty() || format.delivery == Delivery::Document;
        Ok(Self {
            stdout: Stdout {
                format,
                reporter: format.reporter(&options),
                // Written at once only where the caller flushes: a progress bar may stand in between.
                pipe: Pipe::Open(BufWriter::with_capacity(256 * 1024, io::stdout())),
            },
            files: resolved,
            mail: None,
            spool: match spool {
                Some(spool) => Some(spool),
                None => needed.then(Spool::passing),
            },
        })
    }

    /// Has the report mailed when all others were written.
    #[must_use]
    pub(super) fn with_mail(mut self, mail: Option<Mail>) -> Self {
        if mail.is_some() {
            self.spool.get_or_insert_with(Spool::passing);
        }
        Self { mail, ..self }
    }

    /// Tells standard output what is known of the run before its first outcome.
    pub(super) fn begin(&mut self, run: &RunInfo) {
        self.stdout.reporter.begin(run);
    }

    /// Takes an outcome.
    pub(super) fn outcome(&mut self, outcome: &Outcome) -> Result<(), CliError> {
        if let Some(spool) = &mut self.spool {
            spool.add(outcome)?;
        }
        self.stdout.outcome(outcome)
    }

    /// Takes an audit of a configuration. The report has it as well when it is finished.
    pub(super) fn audit(&mut self, audit: &ConfAudit) -> Result<(), CliError> {
        match self.stdout.streams() {
            true => self
                .stdout
                .write(|reporter, out| reporter.audit(audit, out)),
            false => Ok(()),
        }
    }

    /// Takes an audit of logs, likewise.
    pub(super) fn log(&mut self, audit: &LogAudit) -> Result<(), CliError> {
        match self.stdout.streams() {
            true => self.stdout.write(|reporter, out| reporter.log(audit, out)),
            false => Ok(()),
        }
    }

    /// Tells whether something waits to be handed on to standard output.
    pub(super) fn waits(&self) -> bool {
        match &self.stdout.pipe {
            Pipe::Open(out) => !out.buffer().is_empty(),
            Pipe::Closed => false,
        }
    }

    /// Hands on what has been written so far; gives the bytes of the spool.
    pub(super) fn flush(&mut self) -> Result<u64, CliError> {
        self.stdout.write(|_, out| out.flush())?;
        self.spool.as_mut().map_or(Ok(0), Spool::flush)
    }

    /// Goes once more through the outcomes of an earlier run.
    pub(super) fn each_earlier(
        &mut self,
        mut each: impl FnMut(
            Outcome,
            &mut dyn FnMut(&Outcome) -> Result<(), CliError>,
        ) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let stdout = &mut self.stdout;
        let mut show = |outcome: &Outcome| stdout.outcome(outcome);
        match &mut self.spool {
            Some(spool) => spool.each_as_it_came(|outcome| each(outcome, &mut show)),
            None => Ok(()),
        }
    }

    /// Tells how far standard output has got, where it is a file. Everything must have been flushed.
    pub(super) fn spot(&self) -> Option<Spot> {
        match &self.stdout.pipe {
            Pipe::Open(_) if self.stdout.streams() => spot(),
            _ => None,
        }
    }

    /// Tells whether nobody is left who could read a report.
    pub(super) fn abandoned(&self) -> bool {
        matches!(self.stdout.pipe, Pipe::Closed) && self.spool.is_none()
    }

    /// Ends every report and puts the files in their places; chooses the exit code.
    pub(super) fn finish(mut self, report: &Report) -> Result<Exit, CliError> {
        let mut first_trouble = None;
        let mut keep = |result: Result<(), CliError>| {
            if let Err(error) = result {
                // The other reports may still reach somebody.
                first_trouble.get_or_insert(error);
            }
        };
        let streams = self.stdout.streams();
        keep(self.stdout.finish(
            report,
            match streams {
                true => None,
                false => self.spool.as_mut(),
            },
        ));
        for (file, path) in &self.files {
            if let Some(spool) = &mut self.spool {
                keep(write_file(file, path, report, spool));
            }
        }
        if let (Some(mail), Some(spool)) = (&self.mail, &mut self.spool) {
            let kept = kept(self.stdout.format, &self.files);
            keep(mail.send(report, spool, &kept));
        }
        first_trouble.map_or(Ok(Exit::of(report, self.stdout.format)), Err)
    }
}

impl Stdout {
    fn streams(&self) -> bool {
        self.format.delivery == Delivery::Streaming
    }

    fn outcome(&mut self, outcome: &Outcome) -> Result<(), CliError> {
        match self.streams() {
            true => self.write(|reporter, out| reporter.outcome(outcome, out)),
            false => Ok(()),
        }
    }

    fn finish(&mut self, report: &Report, spool: Option<&mut Spool>) -> Result<(), CliError> {
        let written = match spool {
            None => {
                self.write(|reporter, out| reporter.finish(report, &mut std::iter::empty(), out))
            }
            Some(spool) => {
                let mut outcomes = spool.in_order()?;
                self.write(|reporter, out| {
                    reporter.begin(&report.run);
                    reporter.finish(report, &mut outcomes, out)
                })
            }
        };
        written.and_then(|()| self.write(|_, out| out.flush()))
    }

    fn write(
        &mut self,
        write: impl FnOnce(&mut dyn Reporter, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let Pipe::Open(out) = &mut self.pipe else {
            return Ok(());
        };
        match write(self.reporter.as_mut(), out) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.pipe = Pipe::Closed;
                Ok(())
            }
            Err(source) => Err(unwritable(Path::new("standard output"), source)),
        }
    }
}

/// Writes one file.
fn write_file(
    file: &FileOutput,
    path: &Path,
    report: &Report,
    spool: &mut Spool,
) -> Result<(), CliError> {
    let trouble = |source| unwritable(&file.path, source);
    if is_special(path) {
        let device = File::options().write(true).open(path).map_err(trouble)?;
        return write_report(
            (file.format, Options::default()),
            &file.path,
            report,
            spool,
            &mut BufWriter::new(device),
        );
    }
    let fresh = new_file(folder(path)).map_err(trouble)?;
    let mut out = BufWriter::new(fresh);
    let format = (file.format, Options::default());
    write_report(format, &file.path, report, spool, &mut out)?;
    let fresh = out.into_inner().map_err(|e| trouble(e.into_error()))?;
    fresh.as_file().sync_all().map_err(trouble)?;
    fresh.persist(path).map_err(|e| trouble(e.error))?;
    Ok(())
}

/// Says where a report stands besides the mail.
fn kept(format: &Format, files: &[(FileOutput, PathBuf)]) -> String {
    let mut places = vec![format!("{} on standard output", format.name)];
    let files = files.iter();
    places.extend(files.map(|(file, _)| file.path.display().to_string()));
    places.join(", ")
}

/// Writes the whole report in a format; `path` is what trouble is told of.
pub(super) fn write_report(
    (format, options): (&'static Format, Options),
    path: &Path,
    report: &Report,
    spool: &mut Spool,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let trouble = |source| unwritable(path, source);
    let mut reporter = format.reporter(&options);
    reporter.begin(&report.run);
    let mut outcomes = spool.in_order()?;
    if format.delivery == Delivery::Streaming {
        for outcome in &mut outcomes {
            let outcome = outcome.map_err(trouble)?;
            reporter.outcome(&outcome, out).map_err(trouble)?;
        }
        for audit in &report.audits {
            reporter.audit(audit, out).map_err(trouble)?;
        }
        for audit in &report.logs {
            reporter.log(audit, out).map_err(trouble)?;
        }
    }
    let finished = reporter.finish(report, &mut outcomes, out);
    finished.and_then(|()| out.flush()).map_err(trouble)
}

/// Writes a file whole or not at all; pipes and devices are written to as they are.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let write = || {
        let path = resolve(path)?;
        if is_special(&path) {
            return File::options().write(true).open(path)?.write_all(bytes);
        }
        let mut fresh = new_file(folder(&path))?;
        fresh.write_all(bytes)?;
        fresh.as_file().sync_all()?;
        fresh.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    write().map_err(|source| unwritable(path, source))
}

/// Tells whether [`write_whole`] would get as far as writing.
pub(super) fn can_be_written(path: &Path) -> Result<(), CliError> {
    resolve(path).map_or_else(|source| Err(unwritable(path, source)), |_| Ok(()))
}

/// Finds out where a path leads, and whether something can be written there.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // A link stays a link: what it leads to is replaced.
        Ok(_) => {
            let path = fs::canonicalize(path)?;
            if !is_special(&path) {
                new_file(folder(&path))?;
            }
            Ok(path)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            let folder = fs::canonicalize(folder(path))?;
            new_file(&folder)?;
            Ok(folder.join(name))
        }
        Err(e) => Err(e),
    }
}

/// Tells whether a path leads to a pipe or a device, which nothing can take the place of.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a temporary file with the rights a new file usually has.
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".relaycheck-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The process's umask still applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn unwritable(path: &Path, source: io::Error) -> CliError {
    CliError::Output {
        path: path.to_owned(),
        source,
    }
}

/// What became of the standard output of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "only there can a file be told by its identity")
)]
pub(super) enum Before {
    /// This one goes on behind what counts of it.
    GoesOn,
    /// It was emptied, or is not there any more: this one has nothing of it.
    Emptied,
    /// It is another file, or none: it keeps what counts of it.
    Elsewhere,
}

/// Cuts the standard output of an earlier run back to what counts.
#[cfg(unix)]
pub(super) fn cut_back(earlier: &Spot) -> io::Result<Before> {
    let Some(now) = stdout_file() else {
        return cut_elsewhere(earlier);
    };
    if identity(&now.metadata()?) != earlier.file {
        return cut_elsewhere(earlier);
    }
    if now.metadata()?.len() < earlier.at {
        return Ok(Before::Emptied);
    }
    now.set_len(earlier.at)?;
    (&now).seek(SeekFrom::Start(earlier.at))?;
    Ok(Before::GoesOn)
}

#[cfg(unix)]
fn cut_elsewhere(earlier: &Spot) -> io::Result<Before> {
    let Some(path) = &earlier.path else {
        return Ok(Before::Elsewhere);
    };
    // Only if it is still the file that was written, and has grown beyond what counts.
    if let Ok(file) = File::options().write(true).open(path) {
        let there = file.metadata()?;
        if identity(&there) == earlier.file && there.is_file() && there.len() > earlier.at {
            file.set_len(earlier.at)?;
        }
    }
    Ok(Before::Elsewhere)
}

#[cfg(unix)]
fn spot() -> Option<Spot> {
    let file = stdout_file()?;
    Some(Spot {
        path: fs::read_link("/proc/self/fd/1").ok(),
        file: identity(&file.metadata().ok()?),
        at: (&file).stream_position().ok()?,
    })
}

/// Gives standard output as a file, if it is one.
#[cfg(unix)]
fn stdout_file() -> Option<File> {
    use std::os::fd::AsFd;
    let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    file.metadata()
        .is_ok_and(|there| there.is_file())
        .then_some(file)
}

#[cfg(unix)]
fn identity(there: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (there.dev(), there.ino())
}

#[cfg(not(unix))]
pub(super) fn cut_back(_earlier: &Spot) -> io::Result<Before> {
    Ok(Before::Elsewhere)
}

#[cfg(not(unix))]
fn spot() -> Option<Spot> {
    None
}
