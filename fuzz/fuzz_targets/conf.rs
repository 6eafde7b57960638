//! What the targets of configuration files share: one input holds several files.
//!
//! A line `=== name` begins a file. So one input can hold a configuration with its tables and includes, and the
//! fuzzer can make up names as well.

use relaycheck::mtaconf::source::{Files, Memory};
use relaycheck::mtaconf::{Context, Dialect, audit as audit_files};

/// Takes an input apart.
fn files(input: &[u8]) -> Memory {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"=== ") {
            Some(name) => {
                let name = String::from_utf8_lossy(name).trim().replace("//", "/");
                files.push((name.trim_start_matches('/').to_owned(), Vec::new()));
            }
            None => match files.last_mut() {
                Some((_, bytes)) => bytes.extend_from_slice(line),
                None => files.push(("first".to_owned(), line.to_vec())),
            },
        }
    }
    files.retain(|(name, _)| !name.is_empty());
    Memory::new(files)
}

/// Audits an input; whatever it holds, an answer comes back.
fn audit_as(dialect: Option<&'static Dialect>, memory: &Memory) {
    let Ok(files) = Files::new(memory, "", None) else {
        return;
    };
    for audit in audit_files("input", &files, dialect, &Context::default()) {
        for finding in &audit.findings {
            assert!(!finding.evidence().is_empty());
        }
    }
}

/// Audits an input as one dialect, and as whatever is recognised in it.
pub(crate) fn audit(dialect: &str, input: &[u8]) {
    let memory = files(input);
    audit_as(Dialect::named(dialect), &memory);
    audit_as(None, &memory);
}
