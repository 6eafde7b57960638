//! What can go wrong on our side of the table: wrong use, unreadable input, unwritable output.
//!
//! Every variant leads to exit code 2, and to a hint where there is something to be done.

use std::io;
use std::path::PathBuf;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// An option has a value that does not do.
    #[error("{option}: {why}")]
    Option {
        /// The option as it is typed.
        option: &'static str,
        /// What is wrong with its value.
        why: String,
        /// What to do.
        hint: Option<String>,
    },
    /// There is nothing to do.
    #[error("no targets were given")]
    NoTargets,
    /// Targets or exclusions that cannot be read; all of them.
    #[error("{}", first_of(.0))]
    Targets(Vec<crate::target::TargetError>),
    /// An id that nothing has.
    #[error("there is no form, rule, verdict, reason or caveat called '{0}'")]
    UnknownId(String),
    /// Input that cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Input lines that could not be answered.
    #[error("{0} of the input lines could not be answered")]
    BadLines(usize),
    /// A report that cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Output {
        /// The file, or `standard output`.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something of this machine is missing: a resolver configuration, a source address, a port.
    #[error("{what}: {source}")]
    Machine {
        /// What was attempted.
        what: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl CliError {
    /// Says what to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Option { hint, .. } => hint.clone(),
            Self::NoTargets => Some(
                "name a host, a network or mx:DOMAIN, or a list with -i FILE; `relaycheck demo` needs \
                 none"
                    .to_owned(),
            ),
            Self::Targets(errors) => errors.first()?.hint().map(|hint| hint.into_owned()),
            Self::UnknownId(_) => {
                Some("see `relaycheck list forms` and `relaycheck list rules`".to_owned())
            }
            Self::BadLines(_) => Some("each is named above; the other lines were answered".to_owned()),
            Self::Input { .. } | Self::Output { .. } | Self::Machine { .. } => None,
        }
    }

    /// Gives further messages that belong to the error, a line each.
    pub fn more(&self) -> Vec<String> {
        match self {
            Self::Targets(errors) => errors.iter().skip(1).map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }
}

fn first_of(errors: &[crate::target::TargetError]) -> String {
    errors.first().map_or_else(String::new, ToString::to_string)
}
