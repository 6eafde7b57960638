//! What is made of the argument tree: completions and the manual page; and the schema of the reports.

use super::args::{SchemaWhat, Typed};
use crate::report::{compare, json};
use clap::CommandFactory;
use std::io::{self, Write};

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
