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
use crate::model::Outcome;
use crate::target::order::Way;
use crate::target::space::{Item, Targets};
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
            if names {
                asked.extend(was_asked(targets, outcome));
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

/// Says what was asked for an outcome that was kept. How TLS was to be used stands in the target list only:
/// a server that never answered shows nothing of it.
fn was_asked(targets: &Targets, outcome: &Outcome) -> Option<Asked> {
    let address = outcome.target.address?.to_canonical();
    let port = outcome.target.endpoint.port;
    let tls = match targets.get(outcome.place.0)? {
        Item::Target(target) => target.endpoint.tls,
        Item::Mx(domain) => domain
            .ports
            .iter()
            .find(|known| known.port() == port)?
            .tls(),
    };
    Some((address, port, tls))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, Reason, TlsUse, Verdict};
    use crate::target::{PortList, TargetsBuilder};

    #[test]
    fn how_tls_was_used_is_known_from_the_list() {
        let mut builder = TargetsBuilder::new(PortList::parse("25,465").expect("ports"));
        for (index, text) in ["smtp.test:587/plain", "mail.test", "mx:served.test"]
            .iter()
            .enumerate()
        {
            let origin = Origin::Argument(index + 1);
            builder.add(origin, text).expect("a target");
        }
        let targets = builder.build().expect("targets");
        let address = [192, 0, 2, 9].into();
        for (index, port, tls) in [
            (0, 587, TlsUse::Never),
            (1, 25, TlsUse::Opportunistic),
            (2, 465, TlsUse::Implicit),
            (3, 465, TlsUse::Implicit),
            (3, 25, TlsUse::Opportunistic),
        ] {
            let mut target = match targets.get(0) {
                Some(Item::Target(target)) => target,
                other => panic!("{other:?}"),
            };
            // As it is read back: nothing tells any more how TLS was to be used.
            target.address = Some(address);
            target.endpoint.port = port;
            target.endpoint.tls = TlsUse::Opportunistic;
            let (verdict, reason) = (Verdict::Unreachable, Reason::Timeout);
            let outcome = crate::engine::without_dialogue(target, verdict, reason, None);
            let outcome = Outcome {
                place: (index, 0),
                ..outcome
            };
            assert_eq!(
                was_asked(&targets, &outcome),
                Some((address, port, tls)),
                "{index}"
            );
        }
    }
}
