//! The command: arguments in, output and an exit code out.
//!
//! anyhow carries context on the way to the person; every error that can be acted on is a [`CliError`]
//! with a hint. Nothing below this module prints, and nothing but [`exit`] chooses an exit code.

pub mod args;
mod checkpoint;
pub mod classify;
mod collect;
pub mod config;
pub mod demo;
mod descriptors;
pub mod diff;
mod dry_run;
pub mod error;
pub mod exit;
pub mod explain;
pub mod generate;
mod input;
pub mod lang;
pub mod list;
pub mod logging;
pub mod logs;
mod mail;
pub mod merge;
pub mod output;
mod postconf;
pub mod probe;
mod progress;
mod resume;
mod scan;
pub mod settings;
mod shard;
mod signals;
pub mod sink;
mod spool;
mod store;
mod suppressions;
mod targets;

use crate::model::bytes::escape;
use crate::report::Format;
use crate::report::nagios::{self, State};
use anyhow::Context;
use args::{Command, Typed};
use clap::{ArgMatches, CommandFactory, FromArgMatches, parser::ValueSource};
use error::CliError;
use exit::Exit;
use settings::Surroundings;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Write};
use std::path::Path;

/// Runs the command with the arguments of the process; gives its exit code.
pub fn run(arguments: impl Iterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.collect();
    let plugin = wants_plugin(&arguments);
    let typed = match parse(arguments.into_iter()) {
        Ok(typed) => typed,
        Err(error) => {
            let code = error.exit_code();
            // What cannot be printed reaches nobody either way.
            let _ = error.print();
            return match (code, plugin) {
                (0, _) => 0,
                (_, true) => as_plugin(&error.render().to_string()),
                (_, false) => Exit::Trouble.code(),
            };
        }
    };
    logging::start(&typed.general);
    match dispatch(&typed) {
        Ok(exit) => exit.code(),
        Err(error) => {
            report(&error);
            match plugin {
                true => as_plugin(&error::told(&error)),
                false => Exit::Trouble.code(),
            }
        }
    }
}

/// Tells whether the format on standard output is one of a monitoring plugin, also where the rest of the command line is
/// wrong: whoever runs a plugin reads standard output and takes 2 for "critical".
fn wants_plugin(arguments: &[OsString]) -> bool {
    let plugin = |name: &str| Format::find(name).is_some_and(|format| format.state.is_some());
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let long = |word: &str| word.strip_prefix("--format=").is_some_and(plugin);
    let short = |word: &str| {
        let name = word.strip_prefix("-f").unwrap_or_default();
        plugin(name.strip_prefix('=').unwrap_or(name))
    };
    let apart = |pair: &[&str]| {
        let flags = pair[0].starts_with('-') && !pair[0].starts_with("--");
        (pair[0] == "--format" || flags && pair[0].ends_with('f')) && plugin(pair[1])
    };
    words.iter().any(|word| long(word) || short(word)) || words.windows(2).any(apart)
}

/// Says on standard output, as a plugin does, that the command could not do its work; gives the exit code.
fn as_plugin(why: &str) -> u8 {
    let why = why.strip_prefix("error: ").unwrap_or(why);
    let first = why.lines().next().unwrap_or_default();
    // Where nobody reads it, the exit code is left.
    let _ = io::stdout().write_all(nagios::trouble(first).as_bytes());
    Exit::Plugin(State::Unknown).code()
}

/// Parses; refuses options of the audit beside another command, where they would do nothing.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Typed, clap::Error> {
    let matches = Typed::command().try_get_matches_from(arguments)?;
    if let Some(name) = matches.subcommand_name()
        && let Some(stray) = first_stray(&matches)
    {
        let hint = format!(
            "{stray} belongs behind a command that knows it; to audit a host called {name} write \
             `relaycheck probe {name}`"
        );
        return Err(Typed::command().error(clap::error::ErrorKind::ArgumentConflict, hint));
    }
    Typed::from_arg_matches(&matches)
}

/// Finds an option given before a command that is not one for every command.
fn first_stray(matches: &ArgMatches) -> Option<String> {
    const EVERYWHERE: &[&str] = &["verbose", "quiet", "color"];
    matches
        .ids()
        .map(clap::Id::as_str)
        .filter(|id| !EVERYWHERE.contains(id))
        // Groups are ids as well, and have no value of their own.
        .find(|id| {
            let known = Typed::command().get_arguments().any(|a| a.get_id() == *id);
            known && matches.value_source(id) == Some(ValueSource::CommandLine)
        })
        .map(|id| match id {
            "targets" => "a target".to_owned(),
            id => format!("--{}", id.replace('_', "-")),
        })
}

fn dispatch(typed: &Typed) -> anyhow::Result<Exit> {
    let around = surroundings()?;
    let general = &typed.general;
    let mut complain = |line: String| say(&line);
    let exit = match &typed.command {
        None => probe::run(&typed.probe, general, &around, &mut complain)?,
        Some(Command::Probe(args)) => probe::run(args, general, &around, &mut complain)?,
        Some(Command::Config(args)) => config::run(args, general, &around, &mut complain)?,
        Some(Command::Logs(args)) => logs::run(args, general, &around, &mut complain)?,
        Some(Command::Classify(args)) => {
            let mut out = io::BufWriter::new(io::stdout().lock());
            let exit = match &args.file {
                Some(path) => {
                    let file = File::open(path).map_err(|source| CliError::Input {
                        path: path.clone(),
                        source,
                    })?;
                    classify::run(&mut BufReader::new(file), path, &mut out, &mut complain)
                }
                None => {
                    let name = Path::new("standard input");
                    classify::run(&mut io::stdin().lock(), name, &mut out, &mut complain)
                }
            };
            written(out.flush())?;
            exit?
        }
        Some(Command::Sink(args)) => sink::run(args, &mut complain)?,
        Some(Command::Demo(args)) => demo::run(args, general, &around)?,
        Some(Command::Explain(args)) => {
            let lang = lang::choose(args.lang.map(Into::into), around.variable);
            let text = explain::explain(args.id.as_deref(), lang)?;
            written(io::stdout().write_all(text.as_bytes()))?
        }
        Some(Command::List(args)) => {
            written(list::run(args.what, args.format, &mut io::stdout().lock()))?
        }
        Some(Command::Diff(args)) => diff::run(args, general, &around, &mut complain)?,
        Some(Command::Merge(args)) => merge::run(args, general, &around, &mut complain)?,
        Some(Command::Schema(args)) => {
            written(generate::schema(args.what, &mut io::stdout().lock()))?
        }
        Some(Command::Completions { shell }) => {
            written(generate::completions(*shell, &mut io::stdout().lock()))?
        }
        Some(Command::Man { dir: None }) => written(generate::man(&mut io::stdout().lock()))?,
        Some(Command::Man { dir: Some(dir) }) => {
            generate::man_pages(dir)?;
            Exit::Clean
        }
    };
    Ok(exit)
}

/// Lets a reader go that has seen enough.
fn written(result: io::Result<()>) -> Result<Exit, CliError> {
    match result {
        Ok(()) => Ok(Exit::Clean),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Clean),
        Err(source) => Err(CliError::Output {
            path: "standard output".into(),
            source,
        }),
    }
}

/// Looks at terminal and machine, once.
fn surroundings() -> anyhow::Result<Surroundings> {
    let mut entropy = [0; 8];
    getrandom::fill(&mut entropy).context("the system gives no random numbers")?;
    let terminal = io::stdout().is_terminal();
    Ok(Surroundings {
        host_name: gethostname::gethostname().into_string().ok(),
        entropy: u64::from_le_bytes(entropy),
        variable: |name| std::env::var(name).ok(),
        colours: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        width: terminal
            .then(terminal_size::terminal_size)
            .flatten()
            .map(|(width, _)| usize::from(width.0)),
    })
}

/// Tells the person why the command could not do its work, and what to do.
fn report(error: &anyhow::Error) {
    say(&format!("error: {}", error::told(error)));
    let Some(known) = error.downcast_ref::<CliError>() else {
        return;
    };
    for line in known.more() {
        say(&format!("error: {line}"));
    }
    if let Some(hint) = known.hint() {
        say(&format!("hint: {hint}"));
    }
}

/// Writes a line on standard error.
fn say(line: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "relaycheck: {}", escape(line));
}
