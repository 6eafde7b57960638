//! Gathers targets and exclusions from the command line, from files and from standard input.
//!
//! A bad line of a list is an error that names file and line; with `--skip-bad-lines` it is told and
//! left out. Nothing is contacted before every line has been read.

use super::args::ProbeArgs;
use super::error::CliError;
use crate::model::Origin;
use crate::target::builder::{AllowLarge, TargetsBuilder};
use crate::target::error::TargetError;
use crate::target::exclude::{Exclusions, ExclusionsBuilder};
use crate::target::list::BadLines;
use crate::target::name::Name;
use crate::target::port::PortList;
use crate::target::space::Targets;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

/// What the user named.
#[derive(Debug)]
pub(super) struct Gathered {
    /// What to audit.
    pub(super) targets: Targets,
    /// What not to contact.
    pub(super) exclusions: Exclusions,
    /// How the targets were named.
    pub(super) naming: Naming,
}

/// How the targets were named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// One by one on the command line.
    OneByOne,
    /// By a network, a range or a list.
    InBulk,
}

/// Gathers everything.
pub(super) fn gather(
    args: &ProbeArgs,
    complain: &mut dyn FnMut(String),
) -> Result<Gathered, CliError> {
    let ports = PortList::parse(&args.selection.ports).map_err(|problem| {
        one(TargetError::written(
            Origin::Option("-p"),
            &args.selection.ports,
            problem,
        ))
    })?;
    let mut domains = Vec::new();
    for domain in &args.asking.local_domain {
        domains.push(Name::parse(domain).map_err(|problem| {
            one(TargetError::written(
                Origin::Option("--local-domain"),
                domain,
                problem,
            ))
        })?);
    }
    let large = if args.selection.allow_large {
        AllowLarge::Yes
    } else {
        AllowLarge::No
    };
    let mut builder = TargetsBuilder::new(ports)
        .with_local_domains(domains)
        .with_large(large);
    let mut troubles = Vec::new();
    for (index, text) in args.targets.iter().enumerate() {
        if let Err(error) = builder.add(Origin::Argument(index + 1), text) {
            troubles.push(error);
        }
    }
    if !troubles.is_empty() {
        return Err(CliError::Targets(troubles));
    }
    let one_by_one =
        args.selection.input.is_empty() && args.targets.iter().all(|text| names_one_host(text));
    for path in &args.selection.input {
        read_list(&mut builder, path, args.selection.skip_bad_lines, complain)?;
    }
    let exclusions = exclusions(args)?;
    let targets = builder.build().map_err(one)?;
    Ok(Gathered {
        targets,
        exclusions,
        naming: if one_by_one {
            Naming::OneByOne
        } else {
            Naming::InBulk
        },
    })
}

fn one(error: TargetError) -> CliError {
    CliError::Targets(vec![error])
}

fn names_one_host(text: &str) -> bool {
    use crate::target::parse::{Place, TargetSpec};
    TargetSpec::parse(text).is_ok_and(|spec| !matches!(spec.place, Place::Range(_)))
}

fn read_list(
    builder: &mut TargetsBuilder,
    path: &Path,
    skip: bool,
    complain: &mut dyn FnMut(String),
) -> Result<(), CliError> {
    let bad = if skip {
        BadLines::Skip
    } else {
        BadLines::Refuse
    };
    let (name, reader) = open(path)?;
    let skipped = builder.add_list(&name, reader, bad).map_err(one)?;
    for error in &skipped.first {
        complain(error.to_string());
    }
    let more = skipped.lines.saturating_sub(skipped.first.len() as u64);
    if more > 0 {
        complain(format!("{name}: {more} more bad lines were skipped"));
    }
    Ok(())
}

fn exclusions(args: &ProbeArgs) -> Result<Exclusions, CliError> {
    let mut builder = ExclusionsBuilder::new();
    for text in &args.selection.exclude {
        builder.add(Origin::Option("-x"), text).map_err(one)?;
    }
    for path in &args.selection.exclude_file {
        let (name, reader) = open(path)?;
        // A bad line here is never skipped: it may be the one that protects somebody.
        builder.add_list(&name, reader).map_err(one)?;
    }
    Ok(builder.build())
}

/// Opens a list; `-` is standard input.
fn open(path: &Path) -> Result<(Arc<str>, Box<dyn BufRead>), CliError> {
    if path == Path::new("-") {
        return Ok((Arc::from("standard input"), Box::new(io::stdin().lock())));
    }
    let trouble = |source| CliError::Input {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(trouble)?;
    if file.metadata().map_err(trouble)?.is_dir() {
        return Err(trouble(io::ErrorKind::IsADirectory.into()));
    }
    let name = Arc::from(path.to_string_lossy().as_ref());
    Ok((name, Box::new(BufReader::new(file))))
}
