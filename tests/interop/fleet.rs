//! All servers of the table at once, and the same question put to each of them.
//!
//! In: the table, or some of its rows. Out: one answer per row, in the order of the table, or one error that lists every
//! row that failed. Servers run side by side on addresses of their own, rows are asked side by side,
//! so that waiting for one does not delay the others.

use crate::policy;
use crate::server::Server;
use crate::sink::Sink;
use crate::table::{ROWS, Row};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Rows asked at a time: most of the time is waiting.
const SIDE_BY_SIDE: usize = 8;

/// Everything that runs.
pub(crate) struct Fleet {
    rows: Vec<&'static Row>,
    servers: BTreeMap<String, Server>,
    sink: Sink,
}

impl Fleet {
    /// Starts the servers of the whole table.
    pub(crate) fn start() -> Result<Self> {
        Self::of(ROWS.iter().collect())
    }

    /// Starts the servers of some rows, the sink and the greylist, and waits until each of them answers.
    pub(crate) fn of(rows: Vec<&'static Row>) -> Result<Self> {
        let sink = Sink::start()?;
        policy::start()?;
        let mut servers = BTreeMap::new();
        for row in &rows {
            if let Entry::Vacant(place) = servers.entry(row.server()) {
                place.insert(Server::start(row)?);
            }
        }
        let mut silent = Vec::new();
        for row in &rows {
            let server = servers.get_mut(&row.server());
            let server = server.context("every row has a server")?;
            if let Err(error) = server.wait(row.at()) {
                silent.push(format!("{error:#}"));
            }
        }
        if !silent.is_empty() {
            bail!("{}", silent.join("\n\n"));
        }
        Ok(Self {
            rows,
            servers,
            sink,
        })
    }

    /// Gives the outside world.
    pub(crate) fn sink(&self) -> &Sink {
        &self.sink
    }

    /// Puts a question to every row; the answers come in the order of the table.
    pub(crate) fn ask<T: Send>(
        &self,
        question: impl Fn(&'static Row, &Server, &Sink) -> Result<T> + Sync,
    ) -> Result<Vec<(&'static Row, T)>> {
        let next = AtomicUsize::new(0);
        let answers: Vec<Mutex<Option<Result<T>>>> =
            self.rows.iter().map(|_| Mutex::new(None)).collect();
        thread::scope(|scope| {
            for _ in 0..SIDE_BY_SIDE {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(row), Some(slot)) = (self.rows.get(index), answers.get(index))
                        else {
                            break;
                        };
                        let answer = self.put(row, &question);
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                    }
                });
            }
        });
        let mut good = Vec::new();
        let mut bad = Vec::new();
        for (row, answer) in self.rows.iter().zip(answers) {
            match answer.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Some(Ok(answer)) => good.push((*row, answer)),
                Some(Err(error)) => bad.push(self.complaint(row, &error, bad.len())),
                None => bad.push(format!("{}: not asked", row.title())),
            }
        }
        if !bad.is_empty() {
            bail!("{} rows failed\n{}", bad.len(), bad.join("\n"));
        }
        Ok(good)
    }

    fn put<T>(
        &self,
        row: &'static Row,
        question: impl Fn(&'static Row, &Server, &Sink) -> Result<T>,
    ) -> Result<T> {
        let server = self.servers.get(&row.server());
        let server = server.context("every row has a server")?;
        question(row, server, &self.sink)
    }

    /// Says why a row failed; the first few times with what the server has to say.
    fn complaint(&self, row: &Row, error: &anyhow::Error, before: usize) -> String {
        let words = match self.servers.get(&row.server()) {
            Some(server) if before < 3 => format!("\nlast words:\n{}", server.said()),
            _ => String::new(),
        };
        format!("{}: {error:#}{words}", row.title())
    }
}
