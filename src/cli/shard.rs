//! Which part of a scan this process is: `--shard I/N`, or `auto/N` with I from the job array it runs in.
//!
//! In: the option's value and the environment. Out: the part. N is always written out: an array that is
//! submitted again for a few failed parts has another size, and every part would change with it.

use super::error::CliError;
use super::settings::hinted;
use crate::target::shard::Shard;
use std::num::NonZeroU32;

/// A variable that holds the number of a task, and the number of the first task there.
struct Variable {
    name: &'static str,
    engine: &'static str,
    first: u64,
}

/// Every variable that is known.
static VARIABLES: &[Variable] = &[
    Variable {
        name: "JOB_COMPLETION_INDEX",
        engine: "Kubernetes Indexed Job",
        first: 0,
    },
    Variable {
        name: "AWS_BATCH_JOB_ARRAY_INDEX",
        engine: "AWS Batch array job",
        first: 0,
    },
    Variable {
        name: "CLOUD_RUN_TASK_INDEX",
        engine: "Cloud Run job",
        first: 0,
    },
    Variable {
        name: "SLURM_ARRAY_TASK_ID",
        engine: "Slurm job array, submitted with --array=1-N",
        first: 1,
    },
    Variable {
        name: "PARALLEL_SEQ",
        engine: "GNU parallel",
        first: 1,
    },
];

/// Reads the option.
pub(super) fn read(
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Shard, CliError> {
    let shown = crate::model::bytes::escape(text);
    let wrong = |why: String, hint: &str| hinted("--shard", format!("'{shown}': {why}"), hint);
    let Some(count) = text.strip_prefix("auto/") else {
        return text
            .parse()
            .map_err(|e| wrong(format!("{e}"), "such as 2/8, or auto/8 in a job array"));
    };
    let count: NonZeroU32 = count.parse().map_err(|_| {
        wrong(
            "N is a number from 1".to_owned(),
            "auto/N takes the number of the part from the job array; N is written out",
        )
    })?;
    let set: Vec<(&Variable, String)> = VARIABLES
        .iter()
        .filter_map(|known| Some((known, variable(known.name)?)))
        .collect();
    let (known, value) = match set.as_slice() {
        [] => {
            let names: Vec<&str> = VARIABLES.iter().map(|known| known.name).collect();
            let why = format!("none of {} is set", names.join(", "));
            return Err(wrong(why, "outside of a job array write I/N"));
        }
        [one] => one,
        [first, second, ..] => {
            let why = format!("both {} and {} are set", first.0.name, second.0.name);
            return Err(wrong(why, "write I/N with the one that is meant"));
        }
    };
    let index = value
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_sub(known.first)?.checked_add(1));
    let place = || {
        format!(
            "{}={} ({})",
            known.name,
            crate::model::bytes::escape(value),
            known.engine
        )
    };
    let index = index.ok_or_else(|| {
        wrong(
            format!("{} is no task of an array", place()),
            "tasks are numbered from 1 there",
        )
    })?;
    Shard::new(index, count).map_err(|e| {
        wrong(
            format!("{}: {e}", place()),
            "the array has more tasks than there are parts: N must be the whole number of parts",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str, environment: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        read(text, variable)
            .map(|shard| shard.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_number_from_the_array_that_runs_it() {
        for (name, value, is) in [
            ("JOB_COMPLETION_INDEX", "0", "1/4"),
            ("JOB_COMPLETION_INDEX", "3", "4/4"),
            ("AWS_BATCH_JOB_ARRAY_INDEX", "1", "2/4"),
            ("CLOUD_RUN_TASK_INDEX", "2", "3/4"),
            ("SLURM_ARRAY_TASK_ID", "1", "1/4"),
            ("SLURM_ARRAY_TASK_ID", "4", "4/4"),
            ("PARALLEL_SEQ", "2", "2/4"),
        ] {
            assert_eq!(
                shard("auto/4", &[(name, value)]).as_deref(),
                Ok(is),
                "{name}={value}"
            );
            // What is written outranks what is set.
            assert_eq!(shard("1/7", &[(name, value)]).as_deref(), Ok("1/7"));
        }
    }

    #[test]
    fn says_what_does_not_fit() {
        let slurm = ("SLURM_ARRAY_TASK_ID", "0");
        for (text, environment, part) in [
            ("auto/4", &[][..], "none of JOB_COMPLETION_INDEX"),
            ("auto/4", &[slurm], "no task of an array"),
            ("auto/4", &[("SLURM_ARRAY_TASK_ID", "5")], "part 5 of 4"),
            ("auto/4", &[("JOB_COMPLETION_INDEX", "4")], "part 5 of 4"),
            ("auto/4", &[("PARALLEL_SEQ", "x")], "no task of an array"),
            (
                "auto/4",
                &[("PARALLEL_SEQ", "1"), ("SLURM_ARRAY_TASK_ID", "1")],
                "both SLURM_ARRAY_TASK_ID and PARALLEL_SEQ",
            ),
            ("auto/0", &[slurm], "N is a number"),
            ("auto", &[slurm], "I/N"),
            ("5/4", &[], "part 5 of 4"),
        ] {
            let said = shard(text, environment).expect_err(text);
            assert!(said.contains(part), "{text} {environment:?}: {said}");
        }
    }
}
