//! Goes on where an earlier run was broken off.
//!
//! In: the checkpoint it has left, if any. Out: what is done, what was learnt, and which addresses have been
//! asked; standard output and the results cut back to what the checkpoint speaks of.

use super::checkpoint::{Checkpoint, Earlier, Identity};
use super::collect::{Again, Collector, Keeping};
use super::error::CliError;
use super::output::{Before, cut_back};
use super::spool::Spool;
use crate::engine::{Asked, Done};
use crate::model::{TlsState, TlsUse};
use crate::target::order::Way;
use crate::target::space::Targets;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A checkpoint and what it has kept.
#[derive(Debug)]
pub(super) struct Resumed {
    path: PathBuf,
    checkpoint: Checkpoint,
    earlier: Option<Earlier>,
}

impl Resumed {
    /// Takes hold of a checkpoint.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let (checkpoint, earlier) = Checkpoint::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            checkpoint,
            earlier,
        })
    }

    /// Gives the seed the scan began with.
    pub(super) fn seed(&self) -> Option<u64> {
        self.earlier.as_ref().map(|earlier| earlier.identity.seed)
    }

    /// Makes sure that it belongs to this scan.
    pub(super) fn of(self, identity: &Identity) -> Result<Self, CliError> {
        match &self.earlier {
            Some(earlier) => earlier.belongs_to(identity, &self.path).map(|()| self),
            None => Ok(self),
        }
    }

    /// Gives the results kept so far as the place where further ones go.
    pub(super) fn spool(&self) -> Result<Spool, CliError> {
        let (file, at) = self.checkpoint.results()?;
        Ok(Spool::lasting(file, &self.path, at))
    }
}

/// Where a run begins.
pub(super) struct Start {
    /// When the scan began, RFC 3339.
    pub(super) started: String,
    /// Time spent on it before.
    pub(super) before: Duration,
    /// Items done before.
    pub(super) items: u64,
    /// Which.
    pub(super) done: Done,
    /// The checkpoint, if one is kept.
    pub(super) keeping: Option<Keeping>,
    earlier: Option<Earlier>,
}

impl Start {
    /// Begins anew, or where the checkpoint says.
    pub(super) fn new(
        resumed: Option<Resumed>,
        identity: &Identity,
        targets: &Arc<Targets>,
        way: Way,
        begun: Instant,
    ) -> Self {
        let (checkpoint, earlier) = match resumed {
            Some(resumed) => (Some(resumed.checkpoint), resumed.earlier),
            None => (None, None),
        };
        let now = || jiff::Timestamp::now().to_string();
        let (started, before, items, done) = match &earlier {
            Some(earlier) => (
                earlier.started.clone(),
                Duration::from_millis(earlier.elapsed_ms),
                earlier.items,
                earlier.done.clone(),
            ),
            None => (now(), Duration::ZERO, 0, Done::default()),
        };
        let keeping = checkpoint.map(|checkpoint| Keeping {
            checkpoint,
            identity: identity.clone(),
            started: started.clone(),
            begun,
            before,
            done: done.clone(),
            targets: Arc::clone(targets),
            way,
        });
        Self {
            started,
            before,
            items,
            done,
            keeping,
            earlier,
        }
    }

    /// Takes up what was learnt before; gives the addresses that were asked, as far as names could lead to
    /// them again.
    pub(super) fn recall(
        &self,
        collector: &mut Collector,
        targets: &Targets,
        complain: &mut dyn FnMut(String),
    ) -> Result<Vec<Asked>, CliError> {
        let Some(earlier) = &self.earlier else {
            return Ok(Vec::new());
        };
        let before = match &earlier.stdout {
            Some(spot) => cut_back(spot).map_err(|source| CliError::Output {
                path: "standard output".into(),
                source,
            })?,
            None => Before::Elsewhere,
        };
        let again = match before {
            Before::Emptied => Again::Show,
            Before::GoesOn | Before::Elsewhere => Again::Silent,
        };
        let mut asked = Vec::new();
        let names = targets.has_names();
        collector.take_earlier(again, |outcome| {
            if let (true, Some(address)) = (names, outcome.target.address) {
                let tls = match outcome.tls {
                    TlsState::Implicit => TlsUse::Implicit,
                    TlsState::None | TlsState::StartTls => outcome.target.endpoint.tls,
                };
                asked.push((address.to_canonical(), outcome.target.endpoint.port, tls));
            }
        })?;
        complain(format!(
            "going on with a scan begun {}: {} targets are done",
            crate::model::bytes::escape(&earlier.started),
            earlier.items
        ));
        Ok(asked)
    }
}
