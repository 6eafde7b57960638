//! What can go wrong on our side of the table: wrong use, unreadable input, unwritable output.
//!
//! Every variant leads to exit code 2, and to a hint where there is something to be done. A text never holds
//! its cause: [`told`] puts the chain together, each cause once.

use crate::mtaconf::DIALECTS;
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
    #[error("there is no form, rule, verdict, reason, caveat or outcome called '{0}'")]
    UnknownId(String),
    /// Input that cannot be read.
    #[error("cannot read {}", .path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A report that cannot be read back.
    #[error("cannot read {name}")]
    Report {
        /// The file, or `standard input`.
        name: String,
        /// What is wrong with it, and where.
        source: crate::report::read::Unreadable,
    },
    /// Reports that are not the parts of one scan.
    #[error(transparent)]
    Parts(#[from] crate::report::merge::Unfit),
    /// There is no configuration to audit.
    #[error("no files were given")]
    NoPaths,
    /// A path in which nothing is recognised.
    #[error("{}: {}", .path.display(), unrecognised(*.dialect))]
    Unrecognised {
        /// The path.
        path: PathBuf,
        /// The dialect that was named.
        dialect: Option<&'static str>,
    },
    /// Suppressions that cannot be read.
    #[error("{place}: {why}")]
    Suppressions {
        /// Where, as `FILE:LINE:COLUMN`.
        place: String,
        /// What is wrong there.
        why: String,
    },
    /// Several things went wrong; the others were done.
    #[error("{}", told_of(.0))]
    Several(Vec<CliError>),
    /// Input lines that could not be answered.
    #[error("{0} of the input lines could not be answered")]
    BadLines(usize),
    /// A report that cannot be written.
    #[error("cannot write {}", .path.display())]
    Output {
        /// The file, or `standard output`.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The mail did not get to its server, or was refused.
    #[error("the report could not be mailed through {server}")]
    Mail {
        /// The server, as it was named.
        server: String,
        /// Where the report stands all the same.
        kept: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something of this machine is missing: a resolver configuration, a source address, a port.
    #[error("{what}")]
    Machine {
        /// What was attempted.
        what: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl CliError {
    /// Makes one of several; nothing of none.
    pub(super) fn all(mut errors: Vec<Self>) -> Option<Self> {
        match errors.len() {
            0 | 1 => errors.pop(),
            _ => Some(Self::Several(errors)),
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Option { hint, .. } => hint.clone(),
            Self::NoTargets => Some(
                "name a host, a network or mx:DOMAIN, or a list with -i FILE; `relaycheck demo` needs \
                 none"
                    .to_owned(),
            ),
            Self::NoPaths => Some(
                "name a file or a directory, such as /etc/postfix; - is standard input, --postconf FILE \
                 takes what postconf prints"
                    .to_owned(),
            ),
            Self::Unrecognised { dialect, .. } => Some(unrecognised_hint(*dialect)),
            Self::Suppressions { .. } => Some(
                "each [[suppress]] has a rule and a reason, and may have a path and until = YYYY-MM-DD"
                    .to_owned(),
            ),
            Self::Several(errors) => errors.first()?.hint(),
            Self::Targets(errors) => errors.first()?.hint().map(|hint| hint.into_owned()),
            Self::UnknownId(_) => {
                Some("see `relaycheck list forms` and `relaycheck list rules`".to_owned())
            }
            Self::Report { .. } => {
                Some("it takes what --format json and --format jsonl write".to_owned())
            }
            Self::Parts(unfit) => Some(parts_hint(unfit).to_owned()),
            Self::Mail { kept, .. } => Some(format!("the report is not lost: {kept}")),
            Self::BadLines(_) => Some("each is named above; the other lines were answered".to_owned()),
            Self::Input { .. } | Self::Output { .. } | Self::Machine { .. } => None,
        }
    }

    /// Gives further messages that belong to the error, a line each.
    pub fn more(&self) -> Vec<String> {
        match self {
            Self::Targets(errors) => errors.iter().skip(1).map(ToString::to_string).collect(),
            Self::Several(errors) => errors.iter().skip(1).map(chain).collect(),
            _ => Vec::new(),
        }
    }
}

fn unrecognised(dialect: Option<&str>) -> String {
    match dialect {
        Some(dialect) => format!("nothing in it is a configuration for {dialect}"),
        None => "no configuration is recognised in it".to_owned(),
    }
}

fn unrecognised_hint(dialect: Option<&str>) -> String {
    if dialect.is_some() {
        return "name the file or directory that the server reads".to_owned();
    }
    let names: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.name).collect();
    format!(
        "say with --dialect whose it is, whatever it is called: {}",
        names.join(", ")
    )
}

/// Puts an error that is one of several into one line with its causes.
fn told_of(errors: &[CliError]) -> String {
    errors.first().map_or_else(String::new, chain)
}

/// Puts an error and its causes into one line.
pub(super) fn chain(error: &CliError) -> String {
    let mut out = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        out.push_str(": ");
        out.push_str(&error.to_string());
        cause = error.source();
    }
    out
}

fn parts_hint(unfit: &crate::report::merge::Unfit) -> &'static str {
    use crate::report::merge::Unfit;
    match unfit {
        Unfit::Nameless(_) => {
            "a part is a report in json, or in jsonl if it was run with --shard I/N and has results"
        }
        Unfit::NoPart { .. } => "a part is written I/N, such as 2/8",
        Unfit::Different { .. } => {
            "run all parts with the same targets, options and --seed, and the same N in --shard I/N"
        }
        Unfit::Twice { .. } => "give each part once",
        Unfit::Nothing => "name the reports of the parts",
    }
}

fn first_of(errors: &[crate::target::TargetError]) -> String {
    errors.first().map_or_else(String::new, ToString::to_string)
}

/// Puts an error and its causes into one line. Causes that another library has put into its text already are
/// not said again.
pub fn told(error: &anyhow::Error) -> String {
    let mut out = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if out.is_empty() {
            out = cause;
        } else if !cause.is_empty() && !out.ends_with(&cause) {
            out.push_str(": ");
            out.push_str(&cause);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;
    use crate::target::TargetError;
    use std::sync::Arc;

    /// An error as some libraries write them: its cause in the text, and given as its cause as well.
    #[derive(Debug, thiserror::Error)]
    #[error("the socket failed: {0}")]
    struct Doubled(#[source] io::Error);

    fn cause() -> io::Error {
        io::Error::other("no such luck")
    }

    #[test]
    fn every_cause_is_said_once() {
        let place = || PathBuf::from("list.txt");
        let errors = [
            CliError::Option {
                option: "--rate",
                why: "no such luck".into(),
                hint: Some("no such luck".into()),
            },
            CliError::NoTargets,
            CliError::Targets(vec![TargetError::Read {
                origin: Origin::Argument(1),
                source: Arc::new(cause()),
            }]),
            CliError::UnknownId("no such luck".into()),
            CliError::Input {
                path: place(),
                source: cause(),
            },
            CliError::Report {
                name: "old.json".into(),
                source: cause().into(),
            },
            CliError::Parts(crate::report::merge::Unfit::Nameless("no such luck".into())),
            CliError::BadLines(3),
            CliError::NoPaths,
            CliError::Unrecognised {
                path: "no such luck".into(),
                dialect: None,
            },
            CliError::Suppressions {
                place: "r.toml:1:1".into(),
                why: "no such luck".into(),
            },
            CliError::Several(vec![
                CliError::Input {
                    path: place(),
                    source: cause(),
                },
                CliError::NoPaths,
            ]),
            CliError::Output {
                path: place(),
                source: cause(),
            },
            CliError::Mail {
                server: "smtp://127.0.0.1".into(),
                kept: "no such luck".into(),
                source: Box::new(cause()),
            },
            CliError::Machine {
                what: "the part cannot be listened at".into(),
                source: Box::new(cause()),
            },
            CliError::Machine {
                what: "the part cannot be listened at".into(),
                source: Box::new(Doubled(cause())),
            },
        ];
        for error in errors {
            // A new variant has to be added above.
            let said = match &error {
                CliError::NoTargets | CliError::BadLines(_) | CliError::NoPaths => 0,
                CliError::Option { .. }
                | CliError::Targets(_)
                | CliError::UnknownId(_)
                | CliError::Input { .. }
                | CliError::Report { .. }
                | CliError::Parts(_)
                | CliError::Output { .. }
                | CliError::Unrecognised { .. }
                | CliError::Suppressions { .. }
                | CliError::Several(_)
                | CliError::Mail { .. }
                | CliError::Machine { .. } => 1,
            };
            let text = told(&anyhow::Error::from(error));
            assert_eq!(text.matches("no such luck").count(), said, "{text}");
            assert!(!text.ends_with(": "), "{text}");
        }
    }

    #[test]
    fn tells_the_way_from_what_failed_to_why() {
        let error = CliError::Input {
            path: "list.txt".into(),
            source: cause(),
        };
        let error = anyhow::Error::from(error).context("the targets");
        assert_eq!(
            told(&error),
            "the targets: cannot read list.txt: no such luck"
        );
    }
}
