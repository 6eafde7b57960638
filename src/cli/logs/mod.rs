//! `relaycheck logs`: logs in, a report out, an exit code at the end.
//!
//! | code | means |
//! | --- | --- |
//! | 0 | no finding at or above `--fail-on`, and everything was decided |
//! | 1 | a finding at or above the threshold |
//! | 2 | wrong use, a file that cannot be read, an unwritable output |
//! | 3 | nothing such was found, but something was not decided: nothing was understood, or a format is not known |
//!
//! A file that cannot be read does not stop the others: their report is written, then the trouble is told.
//!
//! The first interrupt ends the reading; what was read is reported. With `--follow` that is how a run ends.

mod clients;
mod intake;
mod reading;
mod settings;
mod source;

use super::args::{GeneralArgs, LogsArgs};
use super::error::CliError;
use super::exit::{Exit, Tally};
use super::input;
use super::output::{Outputs, can_be_written};
use super::settings::{self as cli_settings, Surroundings, hinted};
use super::{probe, signals};
use crate::model::{Digest, FailOn, LogAudit, Report, RunInfo, Totals};
use crate::mtalog::Journal;
use crate::report::compare::OldLogs;
use intake::Intake;
use reading::{Part, Reading};
use settings::Given;
use source::{Identity, Source};
use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Runs the audit.
pub fn run(
    args: &LogsArgs,
    general: &GeneralArgs,
    around: &Surroundings,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    let begun = Instant::now();
    let given = Given::new(args, jiff::Timestamp::now())?;
    let format = cli_settings::format("--format", &args.report.format)?;
    let files = cli_settings::files(&args.report.output)?;
    let policy = cli_settings::policy(&args.report.fail_on)?;
    if matches!(policy.fail_on, FailOn::New(_)) && args.report.baseline.is_none() {
        return Err(cli_settings::without_baseline());
    }
    only_one_stdin(args)?;
    if args.paths.is_empty() {
        return Err(CliError::NoPaths);
    }
    if let Some(path) = &args.report.emit_clients {
        can_be_written(path)?;
    }
    let baseline = args.report.baseline.as_deref().map(older).transpose()?;
    let options = cli_settings::options(general, around);
    let mut outputs = Outputs::open((format, options), &files, None)?;
    let run = run_info(args);
    outputs.begin(&run);

    let runtime = probe::runtime()?;
    let stop = CancellationToken::new();
    signals::watch(&runtime, &stop)?;
    let stopped = || stop.is_cancelled();

    let journal = Journal::new(given.know.clone(), given.settings.clone());
    let intake = Intake::new(journal, given.since, given.until);
    let mut reading = Reading::new(&given, intake, threads(args), &stopped);
    for source in sources(args, &stopped, &mut reading.trouble, complain) {
        reading.open(source, Part::WHOLE);
    }
    reading.run();

    let (mut audit, trouble) = finish(reading);
    if let Some(old) = baseline {
        old.mark(&mut audit);
    }
    let interrupted = stopped();
    if interrupted {
        audit
            .undecided
            .push("the run was interrupted before everything was read".to_owned());
    }
    let clients = clients::of(&audit);
    let mut tally = Tally::default();
    let mut totals = Totals::default();
    tally.add_log(&policy, &audit);
    totals.add_log(&audit);
    outputs.log(&audit)?;
    outputs.finish(&Report {
        run: RunInfo {
            elapsed: begun.elapsed(),
            complete: trouble.is_empty() && !interrupted,
            ..run
        },
        totals,
        audits: Vec::new(),
        logs: vec![audit],
    })?;
    if let Some(path) = &args.report.emit_clients {
        clients::write(&clients, path)?;
    }
    CliError::all(trouble).map_or(Ok(tally.exit()), Err)
}

/// Looks at all inputs. What cannot be opened is told, and what is named twice is read once.
fn sources(
    args: &LogsArgs,
    stopped: &dyn Fn() -> bool,
    trouble: &mut Vec<CliError>,
    complain: &mut dyn FnMut(String),
) -> Vec<Source> {
    let mut known: HashSet<Identity> = HashSet::new();
    let mut all = Vec::new();
    for path in &args.paths {
        let opened = match path == Path::new("-") {
            true => Source::stdin(stopped),
            false => Source::open(path),
        };
        match opened {
            Ok(source)
                if source
                    .identity
                    .is_none_or(|identity| known.insert(identity)) =>
            {
                all.push(source);
            }
            Ok(source) => complain(format!(
                "{} was named already and is read once",
                source.name
            )),
            Err(source) => trouble.push(CliError::Input {
                path: path.clone(),
                source,
            }),
        }
    }
    all
}

/// Ends the reading: makes the audit, and says what was not decided.
fn finish(reading: Reading<'_>) -> (LogAudit, Vec<CliError>) {
    let notes = reading.notes();
    let lost = reading.pipeline.lost();
    let (known, lines) = (reading.intake.known(), reading.intake.lines());
    let mut audit = reading.intake.finish(notes);
    audit.undecided = reading.undecided;
    if lost > 0 {
        audit.undecided.push(format!(
            "{lost} pieces of the input could not be read because of a fault of relaycheck"
        ));
    }
    let totals = &audit.totals;
    let learnt = totals.received + totals.rejected + totals.warned + totals.login_failures;
    if lines > 0 && known == 0 && audit.undecided.is_empty() {
        let all = match lines {
            1 => "the only line".to_owned(),
            lines => format!("none of the {lines} lines"),
        };
        audit.undecided.push(match lines {
            1 => format!("{all} is not one of a mail server"),
            _ => format!("{all} is one of a mail server"),
        });
    } else if learnt == 0 && totals.headless > 0 {
        audit.undecided.push(format!(
            "who brought the {} messages is not in these logs: they begin in the middle",
            totals.headless
        ));
    }
    (audit, reading.trouble)
}

fn threads(args: &LogsArgs) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    args.reading.threads.map_or_else(cores, usize::from)
}

fn only_one_stdin(args: &LogsArgs) -> Result<(), CliError> {
    let dash = Path::new("-");
    let paths = args.paths.iter().filter(|path| *path == dash).count();
    let others = args.report.baseline.iter().filter(|path| *path == dash);
    match paths + others.count() {
        0 | 1 => Ok(()),
        _ => Err(hinted(
            "logs",
            "standard input can be read once only",
            "give the others as files",
        )),
    }
}

fn older(path: &Path) -> Result<OldLogs, CliError> {
    let (name, mut input) = input::open(path)?;
    OldLogs::read(&mut *input).map_err(|source| CliError::Report { name, source })
}

/// Names the run: by what was asked, so that two runs of one command have one name.
fn run_info(args: &LogsArgs) -> RunInfo {
    let mut targets = Digest::new();
    for path in &args.paths {
        targets.write(&path.to_string_lossy());
    }
    let mut id = targets.clone();
    id.write(env!("CARGO_PKG_VERSION"));
    id.write(&format!(
        "{:?} {:?} {:?}",
        args.known, args.reading, args.limits
    ));
    RunInfo {
        version: env!("CARGO_PKG_VERSION"),
        id: id.to_string(),
        targets: targets.to_string(),
        started: jiff::Timestamp::now().to_string(),
        elapsed: Duration::ZERO,
        seed: 0,
        shard: RunInfo::WHOLE.to_owned(),
        complete: false,
    }
}
