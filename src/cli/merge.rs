//! `relaycheck merge`: one report out of the parts of a divided scan.
//!
//! Exit codes are those of the audit, for the whole; what is missing counts as undecided, unless
//! `--allow-missing` says that it is known. The report says `complete: false` either way.

use super::args::{GeneralArgs, MergeArgs};
use super::error::CliError;
use super::exit::{Exit, Tally};
use super::input;
use super::output::Outputs;
use super::settings::{self, Surroundings};
use crate::model::{Report, Totals};
use crate::report::merge::{Part, join};
use crate::rules;

/// Puts parts together.
pub fn run(
    args: &MergeArgs,
    general: &GeneralArgs,
    around: &Surroundings,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    let policy = settings::policy(&args.fail_on)?;
    let format = settings::format("--format", &args.format)?;
    let files = settings::files(&args.output)?;
    let rule = |id: &str| rules::all().find(|rule| rule.id == id);
    let mut parts = Vec::new();
    for path in &args.reports {
        let (name, mut input) = input::open(path)?;
        let part = Part::read(&name, &mut *input, &rule);
        parts.push(part.map_err(|source| CliError::Report { name, source })?);
    }
    let whole = join(parts, env!("CARGO_PKG_VERSION"))?;
    for said in whole.missing.iter().chain(&whole.notes) {
        complain(said.clone());
    }
    let mut tally = Tally::default();
    let mut totals = Totals::default();
    if !whole.run.complete && !args.allow_missing {
        tally.interrupted();
    }
    let mut outputs = Outputs::open((format, settings::options(general, around)), &files, None)?;
    outputs.begin(&whole.run);
    for outcome in &whole.outcomes {
        tally.add(&policy, outcome);
        totals.add(outcome);
        outputs.outcome(outcome)?;
    }
    let exit = outputs.finish(&Report {
        run: whole.run,
        policy,
        conclusion: tally.conclusion(),
        rules: rules::all().collect(),
        totals,
        audits: Vec::new(),
        logs: Vec::new(),
    })?;
    Ok(exit)
}
