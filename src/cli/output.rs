//! Where reports go: standard output and files.
//!
//! Files are opened before the work begins, so that a wrong path is told at once, and appear under
//! their name only when they are whole: a run that dies leaves no half report behind that a script
//! would read.
//!
//! A closed pipe on standard output ends the writing quietly, as with `| head`.

use super::error::CliError;
use crate::model::{Outcome, Report, RunInfo};
use crate::report::{Delivery, Format, Options, Reporter};
use std::io::{self, BufWriter, Write};
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
    all: Vec<Output>,
}

struct Output {
    reporter: Box<dyn Reporter + Send>,
    delivery: Delivery,
    sink: Sink,
}

enum Sink {
    Stdout(BufWriter<io::Stdout>),
    File {
        file: BufWriter<NamedTempFile>,
        path: PathBuf,
    },
    /// The reader of the pipe has gone.
    Closed,
}

impl Outputs {
    /// Opens standard output in one format and the files in theirs.
    pub fn open(
        stdout: (&'static Format, Options),
        files: &[FileOutput],
    ) -> Result<Self, CliError> {
        let (format, options) = stdout;
        let mut all = vec![Output {
            reporter: format.reporter(&options),
            delivery: format.delivery,
            // Written at once only where the caller flushes: a progress bar may stand in between.
            sink: Sink::Stdout(BufWriter::with_capacity(256 * 1024, io::stdout())),
        }];
        for FileOutput { format, path } in files {
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let file = new_file(folder).map_err(|source| CliError::Output {
                path: path.clone(),
                source,
            })?;
            all.push(Output {
                reporter: format.reporter(&Options::default()),
                delivery: format.delivery,
                sink: Sink::File {
                    file: BufWriter::new(file),
                    path: path.clone(),
                },
            });
        }
        Ok(Self { all })
    }

    /// Tells whether some format needs every outcome at the end.
    pub fn keep_outcomes(&self) -> bool {
        self.all.iter().any(|o| o.delivery == Delivery::Document)
    }

    /// Tells every format what is known of the run before its first outcome.
    pub fn begin(&mut self, run: &RunInfo) {
        for output in &mut self.all {
            output.reporter.begin(run);
        }
    }

    /// Hands an outcome to every format.
    pub fn outcome(&mut self, outcome: &Outcome) -> Result<(), CliError> {
        for output in &mut self.all {
            output.write(|reporter, out| reporter.outcome(outcome, out))?;
        }
        Ok(())
    }

    /// Hands on what has been written so far.
    pub fn flush(&mut self) -> Result<(), CliError> {
        for output in &mut self.all {
            output.write(|_, out| out.flush())?;
        }
        Ok(())
    }

    /// Ends every report and puts the files in their places.
    pub fn finish(mut self, report: &Report) -> Result<(), CliError> {
        let mut first_trouble = None;
        for mut output in self.all.drain(..) {
            let written = output
                .write(|reporter, out| reporter.finish(report, out))
                .and_then(|()| output.sink.settle());
            if let Err(error) = written {
                // The other reports may still reach somebody.
                first_trouble.get_or_insert(error);
            }
        }
        first_trouble.map_or(Ok(()), Err)
    }
}

impl Output {
    fn write(
        &mut self,
        write: impl FnOnce(&mut dyn Reporter, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let result = match &mut self.sink {
            Sink::Stdout(out) => write(self.reporter.as_mut(), out),
            Sink::File { file, .. } => write(self.reporter.as_mut(), file),
            Sink::Closed => Ok(()),
        };
        self.sink.check(result)
    }
}

impl Sink {
    fn check(&mut self, result: io::Result<()>) -> Result<(), CliError> {
        match (result, &self) {
            (Ok(()), _) => Ok(()),
            (Err(e), Self::Stdout(_)) if e.kind() == io::ErrorKind::BrokenPipe => {
                *self = Self::Closed;
                Ok(())
            }
            (Err(source), sink) => Err(CliError::Output {
                path: match sink {
                    Self::File { path, .. } => path.clone(),
                    _ => PathBuf::from("standard output"),
                },
                source,
            }),
        }
    }

    fn settle(mut self) -> Result<(), CliError> {
        let flushed = match &mut self {
            Self::Stdout(out) => out.flush(),
            Self::File { file, .. } => file.flush(),
            Self::Closed => Ok(()),
        };
        self.check(flushed)?;
        let Self::File { file, path } = self else {
            return Ok(());
        };
        let trouble = |source| CliError::Output {
            path: path.clone(),
            source,
        };
        let file = file.into_inner().map_err(|e| trouble(e.into_error()))?;
        file.as_file().sync_all().map_err(trouble)?;
        file.persist(&path).map_err(|e| trouble(e.error))?;
        Ok(())
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
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
