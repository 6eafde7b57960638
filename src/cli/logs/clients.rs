//! `--emit-clients FILE`: the addresses that relayed, tried to, or guessed passwords, for a firewall.
//!
//! In: an audit. Out: a file with one address or network (IPv6 sources are /64) a line, in order, each once.
//!
//! Deliberately leaves out whom to block is a mistake: trusted clients, own relays, who logged in, and findings of
//! severity info. Of rules whose subject is an account, a recipient or a next hop there is no address to give.

use crate::cli::error::CliError;
use crate::cli::output::write_whole;
use crate::model::{LogAudit, Severity};
use crate::mtaconf::nets::Net;
use std::collections::BTreeSet;
use std::path::Path;

/// Rules whose subject is a client that means harm, with the severity from which on it does: who guesses a password and is
/// let in may be the owner with an old client, which makes LG024 medium.
const OFFENCES: &[(&str, Severity)] = &[
    ("LG001", Severity::Low),
    ("LG002", Severity::Low),
    ("LG010", Severity::Low),
    ("LG012", Severity::Low),
    ("LG023", Severity::Low),
    ("LG024", Severity::High),
    ("LG040", Severity::Low),
    ("LG045", Severity::Low),
    ("LG050", Severity::Low),
    ("LG051", Severity::Low),
    ("LG053", Severity::Low),
    ("LG054", Severity::Low),
];

/// Gives the addresses of an audit.
pub(super) fn of(audit: &LogAudit) -> BTreeSet<Net> {
    let offends = |rule: &str, severity: Severity| {
        let mut offences = OFFENCES.iter();
        offences.any(|(id, from)| *id == rule && severity >= *from)
    };
    let findings = audit.findings.iter();
    findings
        .filter(|finding| offends(finding.rule.id, finding.severity))
        .filter_map(|finding| Net::parse(&finding.subject).ok())
        .collect()
}

/// Writes them.
pub(super) fn write(clients: &BTreeSet<Net>, path: &Path) -> Result<(), CliError> {
    let mut text = String::new();
    for client in clients {
        text.push_str(&client.to_string());
        text.push('\n');
    }
    write_whole(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::rules::RULES;

    #[test]
    fn offences_are_rules_with_such_a_severity() {
        for (id, from) in OFFENCES {
            let rule = RULES.iter().find(|rule| rule.id == *id).expect(id);
            assert!(rule.severity >= *from, "{id}");
        }
    }
}
