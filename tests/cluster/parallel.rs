//! GNU parallel, four parts at once.

use crate::fleet::Fleet;
use crate::inside::{Failure, command, directory, isolated, succeed};
use crate::scan;
use anyhow::Result;

/// Scans in one process, then as `parallel` does with the options given to it and to relaycheck.
fn divide(shard: &str, numbers: &str) -> Result<()> {
    let here = directory("parts")?;
    let fleet = Fleet::start()?;
    let whole = scan::whole(&here)?;
    scan::telling(&whole)?;
    drop(fleet);

    let _fleet = Fleet::start()?;
    let mut parallel = command("parallel")?;
    parallel
        .args(["--will-cite", "-j4", "relaycheck-part", "relaycheck"])
        .args(["--shard", shard, "-o", &format!("json=part-{numbers}.json")])
        .args(scan::options()?)
        .args([":::", "1", "2", "3", "4"]);
    // Relays are found, and yet no job counts as failed.
    succeed(&mut parallel, &here)?;
    let parts = scan::parts(&here, 1);
    scan::divided(&parts, &whole)?;
    scan::same(&whole, &scan::merge(&here, &parts)?)
}

#[test]
fn parts_of_parallel_merge_into_the_report_of_one_process() -> Result<(), Failure> {
    isolated(
        "parallel::parts_of_parallel_merge_into_the_report_of_one_process",
        || divide("{}/4", "{}"),
    )
}

#[test]
fn parallel_numbers_the_parts_itself() -> Result<(), Failure> {
    isolated("parallel::parallel_numbers_the_parts_itself", || {
        divide("auto/4", "{#}")
    })
}
