//! What is made of the argument tree: completions and manual pages; and the schema of the reports.

use super::args::{SchemaWhat, Typed};
use super::error::CliError;
use crate::report::{compare, json};
use clap::CommandFactory;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a completion script.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn Write) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Typed::command(), "relaycheck", &mut script);
    out.write_all(&script)
}

/// Writes the manual page.
pub fn man(out: &mut dyn Write) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Typed::command()).render(&mut page)?;
    out.write_all(&page)
}

/// Writes a manual page for the command and each of its commands into a directory, which is made if need be.
pub fn man_pages(dir: &Path) -> Result<(), CliError> {
    let failed = |source| CliError::Output {
        path: dir.to_owned(),
        source,
    };
    fs::create_dir_all(dir).map_err(failed)?;
    let mut whole = Typed::command();
    // Names of commands, and options that every command has.
    whole.build();
    let commands = whole.get_subcommands().filter(|each| !each.is_hide_set());
    for each in std::iter::once(&whole).chain(commands) {
        let page = clap_mangen::Man::new(each.clone());
        let page = page.source(concat!("relaycheck ", env!("CARGO_PKG_VERSION")));
        page.generate_to(dir).map_err(failed)?;
    }
    Ok(())
}

/// Writes a JSON Schema.
pub fn schema(what: SchemaWhat, out: &mut dyn Write) -> io::Result<()> {
    let schema = match what {
        SchemaWhat::Report => json::schema(),
        SchemaWhat::Result => json::result_schema(),
        SchemaWhat::Audit => json::audit_schema(),
        SchemaWhat::Log => json::log_schema(),
        SchemaWhat::Diff => compare::document::schema(),
    };
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    writeln!(out)
}
