//! `relaycheck diff`: what changed between two reports.
//!
//! | code | means |
//! | --- | --- |
//! | 0 | no new relay, no new finding at or above `--fail-on`, and nothing undecided that was decided |
//! | 1 | a new relay, or a new finding at or above `--fail-on` |
//! | 2 | wrong use, an unreadable report, or an output that could not be written |
//! | 3 | nothing new, but something that was decided is not any more, or is missing |
//!
//! What the words mean stands in `report::compare`. Only the older report is kept in memory, and of it
//! what is compared.

use super::args::{DiffArgs, GeneralArgs, ListFormat};
use super::error::CliError;
use super::exit::Exit;
use super::settings::{self, Surroundings};
use super::{input, written};
use crate::model::FailOn;
use crate::report::compare::{Difference, document, text};
use std::io::{self, BufWriter};
use std::path::Path;

/// Compares.
pub fn run(
    args: &DiffArgs,
    general: &GeneralArgs,
    around: &Surroundings,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    if args.old == Path::new("-") && args.new == Path::new("-") {
        return Err(CliError::Option {
            option: "diff",
            why: "standard input cannot be both reports".to_owned(),
            hint: Some("give one of them as a file".to_owned()),
        });
    }
    let policy = settings::policy(&args.fail_on)?;
    let (mut old, of_old) = input::older(&args.old, complain)?;
    let mut difference = Difference::default();
    let mut each = |seen| {
        let compared = old.compare(&seen);
        difference.add(seen, compared);
    };
    let of_new = input::results(&args.new, &mut each, complain)?;
    difference.finish(old);
    let mut out = BufWriter::new(io::stdout().lock());
    written(match args.format {
        ListFormat::Human => {
            text::write(&difference, &settings::options(general, around), &mut out)
        }
        ListFormat::Json => {
            let reports = document::Reports {
                version: env!("CARGO_PKG_VERSION"),
                old: &of_old,
                new: &of_new,
            };
            document::write(&difference, &reports, &mut out)
        }
    })?;
    let worsened = match policy.fail_on {
        FailOn::Nothing => false,
        FailOn::Severity(threshold) | FailOn::New(threshold) => difference.worsened(threshold),
    };
    Ok(match (worsened, difference.undecided()) {
        (true, _) => Exit::Found,
        (false, true) => Exit::Undecided,
        (false, false) => Exit::Clean,
    })
}
