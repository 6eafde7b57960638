//! Runs a program and never waits longer than it was told.
//!
//! In: a command and a time limit. Out: how it ended and what it wrote, both streams together.

use anyhow::{Context, Result};
use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What became of a program.
#[derive(Debug)]
pub(crate) struct Ended {
    status: Option<ExitStatus>,
    out: String,
    err: String,
}

impl Ended {
    /// Whether it ended by itself with status 0.
    pub(crate) fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Gives its exit code, if it ended by itself and not by a signal.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    /// Says how it ended.
    pub(crate) fn how(&self) -> String {
        match self.status {
            Some(status) => status.to_string(),
            None => "killed: it took too long".to_owned(),
        }
    }

    /// Gives its standard output.
    pub(crate) fn out(&self) -> &str {
        &self.out
    }

    /// Gives both streams, standard error last.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// Runs a program without standard input; kills it when `limit` has passed.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Ended> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let out = child.stdout.take().map(collect);
    let err = child.stderr.take().map(collect);
    let until = Instant::now() + limit;
    let status = loop {
        match child.try_wait().context("cannot wait for a program")? {
            Some(status) => break Some(status),
            None if Instant::now() >= until => {
                child.kill().context("cannot kill a program")?;
                child.wait().context("cannot wait for a killed program")?;
                break None;
            }
            None => thread::sleep(Duration::from_millis(10)),
        }
    };
    let text = |stream: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = stream.and_then(|thread| thread.join().ok());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    Ok(Ended {
        status,
        out: text(out),
        err: text(err),
    })
}

fn collect(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A broken pipe leaves what was read; there is nobody to tell.
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}
