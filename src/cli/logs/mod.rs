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

mod ahead;
mod clients;
mod ends;
mod follow;
mod input;
mod intake;
mod mark;
mod reading;
mod settings;
mod since;
mod source;
mod state;
mod unpack;
mod what;

use super::args::{GeneralArgs, LogsArgs};
use super::error::CliError;
use super::exit::{Exit, Tally};
use super::input as reports;
use super::mail::{self, Mail};
use super::output::{Outputs, can_be_written};
use super::settings::{self as cli_settings, Surroundings, hinted};
use super::{probe, signals};
use crate::model::{Digest, FailOn, LogAudit, Report, RunInfo, Totals};
use crate::mtalog::Journal;
use crate::report::compare::OldLogs;
use crate::rules;
use follow::Follow;
use input::Part;
use intake::Intake;
use reading::Reading;
use settings::Given;
use source::{Identity, Source};
use state::{New, State};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
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
    let mail = Mail::new(
        &args.mail,
        mail::From::Mail(args.mail_from.as_deref()),
        args.report.baseline.as_deref(),
        around,
    )?;
    only_one_stdin(args)?;
    if args.paths.is_empty() {
        return Err(CliError::NoPaths);
    }
    if let Some(path) = &args.report.emit_clients {
        can_be_written(path)?;
    }
    let baseline = args.report.baseline.as_deref().map(older).transpose()?;
    let mut state = args.reading.state.as_deref().map(State::open).transpose()?;
    let mut options = cli_settings::options(general, around);
    options.files = true;
    let mut outputs = Outputs::open((format, options), &files, None)?.with_mail(mail);
    let run = run_info(args);
    outputs.begin(&run);

    let runtime = probe::runtime()?;
    let stop = CancellationToken::new();
    signals::watch(&runtime, &stop)?;
    let stopped = || stop.is_cancelled();

    let journal = Journal::new(given.know.clone(), given.settings.clone());
    let intake = Intake::new(journal, given.since, given.until);
    let mut reading = Reading::new(&given, intake, threads(args), &stopped);
    let (named, awaited) = sources(args, &stopped, &mut reading.trouble, complain);
    let new = new_parts(state.as_mut(), named, args, &mut reading)?;
    reading.open_all(new);
    reading.run();
    if args.reading.follow {
        Follow::new(&mut reading, awaited).run(given.until);
    }
    let progress = reading.progress();

    let (mut audit, trouble) = finish(reading);
    if let Some(old) = baseline {
        old.mark(&mut audit);
    }
    let interrupted = stopped() && !args.reading.follow;
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
    if !trouble.is_empty() || interrupted {
        tally.interrupted();
    }
    let exit = outputs.finish(&Report {
        run: RunInfo {
            elapsed: begun.elapsed(),
            complete: trouble.is_empty() && !interrupted,
            ..run
        },
        policy,
        conclusion: tally.conclusion(),
        rules: rules::all().collect(),
        totals,
        audits: Vec::new(),
        logs: vec![audit],
    })?;
    if let Some(path) = &args.report.emit_clients {
        clients::write(&clients, path)?;
    }
    if let Some(state) = &state {
        state.write(&progress)?;
    }
    exit.after(trouble, complain)
}

/// Finds out which parts of the inputs are to be read.
fn new_parts(
    state: Option<&mut State>,
    named: Vec<Source>,
    args: &LogsArgs,
    reading: &mut Reading<'_>,
) -> Result<Vec<New>, CliError> {
    let whole = |source: Source| {
        let to = match args.reading.follow {
            true => ends::whole_lines(&source)?,
            false => u64::MAX,
        };
        let part = Part { to, ..Part::WHOLE };
        Ok(New { source, part })
    };
    match state {
        None => named.into_iter().map(whole).collect(),
        Some(state) => state.new_parts(named, &args.paths, &mut reading.undecided),
    }
}

/// Looks at all inputs; gives those that are to be followed and have nothing in them besides. What cannot be opened is
/// told, and what is named twice is read once.
fn sources(
    args: &LogsArgs,
    stopped: &dyn Fn() -> bool,
    trouble: &mut Vec<CliError>,
    complain: &mut dyn FnMut(String),
) -> (Vec<Source>, Vec<PathBuf>) {
    let mut known: HashSet<Identity> = HashSet::new();
    let (mut all, mut awaited) = (Vec::new(), Vec::new());
    for path in &args.paths {
        let opened = match path == Path::new("-") {
            true => Source::stdin(stopped),
            false => Source::open(path),
        };
        match opened {
            Ok(source)
                if source
                    .identity
                    .is_some_and(|identity| !known.insert(identity)) =>
            {
                complain(format!(
                    "{} was named already and is read once",
                    source.name
                ));
            }
            Ok(source) if args.reading.follow && source.head.is_empty() => {
                awaited.extend(source.path);
            }
            Ok(source) => all.push(source),
            Err(e) if args.reading.follow && e.kind() == io::ErrorKind::NotFound => {
                complain(format!("{} is not there yet", path.display()));
                awaited.push(path.clone());
            }
            Err(source) => trouble.push(CliError::Input {
                path: path.clone(),
                source,
            }),
        }
    }
    (all, awaited)
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

/// Gives how many threads read lines: one joins what they say, and has a processor to itself.
fn threads(args: &LogsArgs) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let others = || cores().saturating_sub(1).max(1);
    args.reading.threads.map_or_else(others, usize::from)
}

fn only_one_stdin(args: &LogsArgs) -> Result<(), CliError> {
    let dash = Path::new("-");
    let paths = args.paths.iter().filter(|path| *path == dash).count();
    let others = args.report.baseline.iter().filter(|path| *path == dash);
    if paths > 0 && args.reading.follow {
        return Err(hinted(
            "--follow",
            "standard input cannot be followed",
            "leave --follow out: it is read until it ends",
        ));
    }
    if paths > 0 && args.reading.state.is_some() {
        return Err(hinted(
            "--state",
            "standard input cannot be gone on with",
            "name the files, or leave --state out",
        ));
    }
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
    let (name, mut input) = reports::open(path)?;
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
