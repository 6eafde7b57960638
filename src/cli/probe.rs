//! The audit over the wire: settings and targets in, reports out, an exit code at the end.
//!
//! Outcomes are written as they come. Ctrl-C stops the run: what is in flight is concluded from what it
//! has learnt, reports are finished, the exit code says that something was not decided. A second Ctrl-C
//! ends at once.

use super::args::{GeneralArgs, ProbeArgs};
use super::checkpoint::Identity;
use super::collect::Collector;
use super::descriptors::{self, Need};
use super::error::CliError;
use super::exit::{Exit, Tally};
use super::output::Outputs;
use super::progress::{Progress, Watcher};
use super::resume::{Resumed, Start};
use super::settings::{ProbeSettings, Surroundings};
use super::targets::{Gathered, Naming, gather};
use super::{dry_run, input, scan, signals};
use crate::engine::{self, Assignment, Deliveries, Ended, Work};
use crate::model::{Report, RunInfo, Totals};
use crate::net::Resolver;
use crate::probe::forms::Profile;
use crate::report::compare::Old;
use crate::rules;
use crate::server::{Sink, SinkSettings};
use crate::target::order::{Order, Way};
use crate::target::space::Targets;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Items that may wait to be written before the scan waits for the writing.
const WAITING: usize = 4096;

/// Runs the audit.
pub fn run(
    args: &ProbeArgs,
    general: &GeneralArgs,
    around: &Surroundings,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    let mut settings = ProbeSettings::new(args, general, around)?;
    let gathered = gather(args, complain)?;
    if gathered.targets.is_empty() {
        return Err(CliError::NoTargets);
    }
    if gathered.naming == Naming::InBulk {
        settings.scan();
    }
    // A dry run leaves nothing behind, and cuts nothing back.
    let kept = args.scan.resume.as_deref().filter(|_| !args.scan.dry_run);
    let resumed = kept.map(Resumed::open).transpose()?;
    if args.asking.seed.is_none() {
        let earlier = resumed.as_ref().and_then(Resumed::seed);
        // The parts of a scan have to agree on one without talking to each other.
        let shared = (!settings.shard.is_whole()).then(|| gathered.targets.digest().seed());
        if let Some(seed) = earlier.or(shared) {
            settings.plan.identity.seed = seed;
        }
    }
    let order = match gathered.naming {
        Naming::OneByOne => Order::Written,
        Naming::InBulk => Order::Shuffled {
            seed: settings.plan.identity.seed,
        },
    };
    let way = Way::new(gathered.targets.len(), order, settings.shard);
    if args.scan.dry_run {
        dry_run::write(&settings, &gathered, &way, &mut io::stdout().lock())?;
        return Ok(Exit::Clean);
    }
    check_source(&settings)?;
    let old = baseline(args, &settings, complain)?;
    let need = match gathered.targets.has_names() || settings.plan.profile != Profile::Quick {
        true => Need::ConnectionOrLookup,
        false => Need::Connection,
    };
    settings.pace.concurrency = descriptors::fit(settings.pace.concurrency, need, complain)?;
    let shard = way.shard();
    let targets = gathered.targets.digest();
    let identity = Identity {
        id: scan::id(args, &settings.plan, targets, &way),
        targets: targets.to_string(),
        seed: settings.plan.identity.seed,
        shard: shard.to_string(),
    };
    let resumed = match resumed {
        Some(resumed) => Some(resumed.of(&identity)?),
        None => None,
    };
    let spool = match &resumed {
        Some(resumed) => Some(resumed.spool()?),
        None => None,
    };
    let outputs = Outputs::open(
        (settings.report.format, settings.report.options),
        &settings.report.files,
        spool,
    )?
    .with_mail(settings.report.mail.take());
    let watcher = match (io::stderr().is_terminal(), io::stdout().is_terminal()) {
        _ if general.quiet => Watcher::Nobody,
        (true, true) => Watcher::SharedTerminal,
        (true, false) => Watcher::Terminal,
        (false, _) => Watcher::Log,
    };
    let going_out = GoingOut {
        settings,
        gathered,
        way,
        outputs,
        watcher,
        identity,
        resumed,
        baseline: old,
    };
    audit(going_out, complain)
}

/// Reads the report to compare with.
fn baseline(
    args: &ProbeArgs,
    settings: &ProbeSettings,
    complain: &mut dyn FnMut(String),
) -> Result<Option<Old>, CliError> {
    match &settings.report.baseline {
        Some(path) if *path == Path::new("-") && args.selection.input.contains(path) => {
            Err(CliError::Option {
                option: "--baseline",
                why: "standard input is the list of targets already".to_owned(),
                hint: Some("give one of them as a file".to_owned()),
            })
        }
        Some(path) => Ok(Some(input::older(path, complain)?.0)),
        None => Ok(None),
    }
}

/// Makes the runtime for signals, the sink and embedded servers; audits have runtimes of their own.
pub(super) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|source| machine("the runtime could not be started", source))
}

pub(super) fn machine(
    what: impl Into<String>,
    source: impl std::error::Error + Send + Sync + 'static,
) -> CliError {
    CliError::Machine {
        what: what.into(),
        source: Box::new(source),
    }
}

/// Finds out now whether the source address is one of ours, not a thousand targets later.
fn check_source(settings: &ProbeSettings) -> Result<(), CliError> {
    let Some(source) = settings.connector.source else {
        return Ok(());
    };
    std::net::UdpSocket::bind((source, 0))
        .map(drop)
        .map_err(|e| {
            machine(
                format!("--source {source} is no address of this machine"),
                e,
            )
        })
}

/// Everything that a run goes out with.
struct GoingOut {
    settings: ProbeSettings,
    gathered: Gathered,
    way: Way,
    outputs: Outputs,
    watcher: Watcher,
    identity: Identity,
    resumed: Option<Resumed>,
    baseline: Option<Old>,
}

fn audit(going_out: GoingOut, complain: &mut dyn FnMut(String)) -> Result<Exit, CliError> {
    let GoingOut {
        settings,
        gathered,
        way,
        outputs,
        watcher,
        identity,
        resumed,
        baseline,
    } = going_out;
    let threads = engine::threads(settings.pace.concurrency.get());
    let resolvers = resolvers(&settings, &gathered.targets, threads)?;
    let stop = CancellationToken::new();
    let runtime = runtime()?;
    let deliveries = match settings.sink {
        Some((listen, patience)) => Some(runtime.block_on(await_deliveries(listen, patience))?),
        None => None,
    };
    let (sink, deliveries) = deliveries.unzip();
    let engine = Arc::new(engine::Settings {
        plan: Arc::new(settings.plan),
        connector: settings.connector,
        connect_limit: settings.pace.connect_limit,
        target_limit: settings.pace.target_limit,
        retries: settings.pace.retries,
        concurrency: settings.pace.concurrency,
        per_host: settings.pace.per_host,
        per_net: settings.pace.per_net,
        rate: settings.pace.rate,
        retry_deferred: settings.pace.retry_deferred,
        family: settings.family,
        exclusions: gathered.exclusions,
        letter: settings.letter,
        deliveries,
        transcript: settings.report.transcript,
    });
    let begun = Instant::now();
    let targets = Arc::new(gathered.targets);
    let mut start = Start::new(resumed, &identity, &targets, way, begun);
    let run = RunInfo {
        version: env!("CARGO_PKG_VERSION"),
        id: identity.id,
        targets: identity.targets,
        started: start.started.clone(),
        elapsed: Duration::ZERO,
        seed: identity.seed,
        shard: identity.shard,
        complete: false,
    };
    let share = targets.len().div_ceil(way.shard().count().into());
    let mut collector = Collector {
        policy: settings.report.policy,
        baseline,
        outputs,
        progress: Progress::new(watcher, share, start.items),
        tally: Tally::default(),
        totals: Totals::default(),
        items: start.items,
        cut_off: 0,
        keeping: start.keeping.take(),
    };
    collector.outputs.begin(&run);
    let asked = start.recall(&mut collector, &targets, complain)?;
    collector.mark()?;
    let (sender, mut receiver) = mpsc::channel(WAITING);
    signals::watch(&runtime, &stop)?;
    let assignment = Assignment {
        targets: Work::List(targets, way),
        done: start.done,
    };
    let broken = |e| machine("the audit could not go on", e);
    let running = engine::start(engine, assignment, asked, resolvers, sender, stop.clone())
        .map_err(broken)?;
    let collected = collector.collect(&mut receiver, &running, &stop);
    let ended = running.wait().map_err(broken)?;
    drop(sink);
    let Collector {
        policy,
        outputs,
        mut tally,
        totals,
        cut_off,
        keeping,
        ..
    } = collector;
    if ended == Ended::Stopped {
        tally.interrupted();
    }
    if ended == Ended::Stopped && collected.is_ok() && !outputs.abandoned() {
        complain(stopped(keeping.is_some(), cut_off));
    }
    let report = Report {
        run: RunInfo {
            elapsed: start.before + begun.elapsed(),
            complete: ended == Ended::Complete,
            ..run
        },
        policy,
        conclusion: tally.conclusion(),
        rules: rules::all().collect(),
        totals,
        audits: Vec::new(),
        logs: Vec::new(),
    };
    let finished = outputs.finish(&report);
    let exit = collected.and(finished)?;
    if let Some(keeping) = keeping
        && ended == Ended::Complete
    {
        keeping.checkpoint.remove()?;
    }
    Ok(exit)
}

/// Says what a stopped run has left.
fn stopped(resumable: bool, cut_off: u64) -> String {
    let said = "stopped before everything was asked; what is known is in the report";
    match (resumable, cut_off) {
        (false, _) => said.to_owned(),
        (true, 0) => format!("{said}; the same command goes on"),
        (true, count) => format!(
            "{said}; the same command goes on, and asks the {count} that were under way once more"
        ),
    }
}

/// Makes a resolver for each thread, so that each keeps to its own runtime.
fn resolvers(
    settings: &ProbeSettings,
    targets: &Targets,
    count: usize,
) -> Result<Vec<Resolver>, CliError> {
    let all = (0..count).map(|_| resolver(settings, targets));
    all.filter_map(Result::transpose).collect()
}

/// Makes a resolver where one is of use: names to look up, or forms that want a server's own name.
fn resolver(settings: &ProbeSettings, targets: &Targets) -> Result<Option<Resolver>, CliError> {
    if let Some(server) = settings.dns_server {
        return Resolver::of_server(server)
            .map(Some)
            .map_err(|e| machine("the resolver could not be set up", e));
    }
    match Resolver::of_system() {
        Ok(resolver) => Ok(Some(resolver)),
        Err(error) if targets.has_names() => Err(CliError::Machine {
            what: "the system's DNS configuration cannot be used".to_owned(),
            source: Box::new(error),
        }),
        Err(error) => {
            if settings.plan.profile != Profile::Quick {
                tracing::warn!(%error, "no DNS: servers are not looked up by their addresses");
            }
            Ok(None)
        }
    }
}

/// Opens the sink and lets its tokens reach the jobs that wait for them.
async fn await_deliveries(
    listen: std::net::SocketAddr,
    patience: std::time::Duration,
) -> Result<(Sink, Arc<Deliveries>), CliError> {
    let settings = SinkSettings::default();
    let (sink, mut arriving) = Sink::start(settings, listen)
        .await
        .map_err(|e| machine(format!("--sink {listen}: cannot listen there"), e))?;
    let deliveries = Arc::new(Deliveries::new(patience));
    let known = Arc::clone(&deliveries);
    tokio::spawn(async move {
        while let Some(delivery) = arriving.recv().await {
            if let Some(token) = &delivery.token {
                known.arrived(token);
            }
        }
    });
    Ok((sink, deliveries))
}
