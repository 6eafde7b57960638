//! Gathers findings, each once.
//!
//! In: what other parts of this dialect found, at places that may be seen by several services. Out: findings.

use super::causes::Cause;
use super::traced::Traced;
use crate::model::{Finding, Place, Rule, Severity};
use crate::mtaconf::source::short;
use crate::mtaconf::{Scene, raise};
use std::collections::HashSet;

/// Findings that are kept; a hostile list has no end of them.
const MOST: usize = 2000;

/// The findings of one installation.
pub(super) struct Report<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) findings: Vec<Finding>,
    seen: HashSet<(&'static str, Place, String)>,
}

impl<'a> Report<'a> {
    /// Begins with none.
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        Self {
            scene,
            findings: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Raises a rule at a place, unless it was raised there.
    pub(super) fn raise(
        &mut self,
        rule: &'static Rule,
        at: &Traced,
        chain: &[String],
        message: String,
        severity: Severity,
    ) {
        let key = (rule.id, at.exact(), at.as_str().to_owned());
        if self.findings.len() >= MOST || !self.seen.insert(key) {
            return;
        }
        let detail = match rule.id {
            // What stands there may be a password.
            "EX023" => "",
            _ => at.as_str(),
        };
        let mut finding = raise::finding(
            self.scene.reader,
            rule,
            &self.scene.root.directory,
            detail,
            at.place(),
            cut(&message),
        )
        .with_severity(severity);
        if at.exact() != at.place() || !chain.is_empty() || at.via().is_some() {
            finding = finding.with_evidence(self.proof(at, "this word", chain));
        }
        self.findings.push(finding);
    }

    /// Raises a cause.
    pub(super) fn cause(&mut self, cause: Cause) {
        self.raise(
            cause.rule,
            &cause.at,
            &cause.chain,
            cause.says,
            cause.rule.severity,
        );
    }

    /// Makes the place of a word a piece of evidence.
    pub(super) fn proof(
        &self,
        at: &Traced,
        says: &str,
        chain: &[String],
    ) -> crate::model::Evidence {
        let mut chain: Vec<String> = chain.iter().map(|name| short(name).into_owned()).collect();
        if let Some(name) = at.via() {
            chain.push(format!("macro {}", short(name)));
        }
        raise::proof(self.scene.reader, at.exact(), says, chain)
    }

    /// Raises a rule about something that nobody wrote.
    pub(super) fn unwritten(&mut self, rule: &'static Rule, file: &str, message: &str) {
        let place = Place {
            file: file.into(),
            line: 0,
            column: 0,
            width: 0,
        };
        let directory = &self.scene.root.directory;
        let finding = raise::finding(self.scene.reader, rule, directory, "", place, message);
        self.findings.push(finding);
    }
}

/// Cuts the long words of a file out of a message.
fn cut(message: &str) -> String {
    match message.char_indices().nth(400) {
        Some((at, _)) => format!("{}...", &message[..at]),
        None => message.to_owned(),
    }
}
