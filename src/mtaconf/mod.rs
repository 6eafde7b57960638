//! The audit of configuration files: who may relay through a server, why, and which line to change.
//!
//! In: the files of an input ([`source::Files`]) and what the user adds to them ([`Context`]). Out: one
//! [`ConfAudit`] for each kind of server whose files are there. Every file is read as its server reads it, and
//! lists are evaluated as the server does, first match wins; no strings are searched for.
//!
//! A *dialect* is a row of [`DIALECTS`]: it finds the installations among the files and judges each by itself.
//! What is the same for all of them stands here: the question and its answers ([`decide`]), the breadth of
//! networks ([`nets`]), domains ([`domains`]), the catalogue ([`rules`]), and in this file what every dialect
//! owes: that nothing unread passes as clean, and that no fault of a server that nobody can reach is more than
//! low.
//!
//! Deliberately reads no file itself, and never claims to have seen the wire.
//!
//! References: `rules` names the manuals for each rule.

pub mod context;
pub mod decide;
pub mod domains;
mod lists;
pub mod nets;
pub mod parallel;
pub mod pattern;
mod raise;
pub mod rules;
pub mod served;
pub mod source;
mod spot;
mod support;
#[cfg(test)]
mod testing;

mod courier;
mod exchange;
mod exim;
mod haraka;
mod iis;
mod opensmtpd;
mod postfix;
mod qmail;
mod sendmail;

pub use context::{Context, Version};

use crate::model::{ConfAudit, Finding, Grant, Instance, Place, Relay, Severity, Unread};
use rules::general::{GN002, GN003};
use served::Served;
use source::{Files, Reader};

/// One installation among the files of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The directory of the input it lies in; `""` for the input itself.
    pub directory: String,
    /// The file it begins with, relative to the input.
    pub file: String,
}

/// What is handed to a dialect to judge one installation.
pub struct Scene<'a> {
    /// Reads its files.
    pub reader: &'a Reader<'a>,
    /// The installation.
    pub root: &'a Root,
    /// All installations of this dialect in the input.
    pub roots: &'a [Root],
    /// What the user added.
    pub context: &'a Context,
}

/// Whether people can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Login {
    /// It cannot be told.
    #[default]
    Unknown,
    /// Nobody can.
    Nowhere,
    /// Somewhere.
    Offered,
}

/// What a dialect says of one installation.
#[derive(Debug, Default)]
pub struct Judged {
    /// Its instances: mostly one; several where one file holds several virtual servers.
    pub instances: Vec<Instance>,
    /// Who may send to whom.
    pub grants: Vec<Grant>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The version, where the files tell it.
    pub version: Option<Version>,
    /// Whether people can log in.
    pub login: Login,
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// Whom it serves, as far as that is listed.
    pub served: Served,
}

/// A kind of server whose files can be read.
#[derive(Debug)]
pub struct Dialect {
    /// What `--dialect` calls it.
    pub name: &'static str,
    /// The software, as the table of products names it.
    pub software: &'static str,
    /// What is read, in a line.
    pub about: &'static str,
    /// Finds the installations among the files, by name and content. Where the dialect was named by the user
    /// (`true`), a single file is one whatever it is called.
    pub find: fn(&Files<'_>, bool) -> Vec<Root>,
    /// Judges one installation.
    pub judge: fn(&Scene<'_>) -> Judged,
}

impl Dialect {
    /// Finds a dialect by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        DIALECTS.iter().find(|dialect| dialect.name == name)
    }
}

/// Every dialect, in the order of the documentation.
pub static DIALECTS: &[Dialect] = &[
    postfix::DIALECT,
    exim::DIALECT,
    sendmail::DIALECT,
    opensmtpd::DIALECT,
    haraka::DIALECT,
    qmail::DIALECT,
    courier::DIALECT,
    iis::DIALECT,
    exchange::DIALECT,
];

/// Audits an input: one result for each dialect that finds something in it, or for the one that was named.
pub fn audit(
    path: &str,
    files: &Files<'_>,
    dialect: Option<&'static Dialect>,
    context: &Context,
) -> Vec<ConfAudit> {
    let asked: Vec<&'static Dialect> = match dialect {
        Some(dialect) => vec![dialect],
        None => DIALECTS.iter().collect(),
    };
    asked
        .into_iter()
        .filter_map(|one| {
            let roots = (one.find)(files, dialect.is_some());
            (!roots.is_empty()).then(|| audit_roots(path, files, one, &roots, context))
        })
        .collect()
}

/// Says whom the servers of an input serve, all dialects together; nothing where no server's files are found.
pub fn served(files: &Files<'_>, context: &Context) -> Option<Served> {
    let mut all: Option<Served> = None;
    for dialect in DIALECTS {
        let roots = (dialect.find)(files, false);
        let each = parallel::map(&roots, |root| {
            let reader = Reader::new(files);
            (dialect.judge)(&Scene {
                reader: &reader,
                root,
                roots: &roots,
                context,
            })
        });
        for judged in each {
            all.get_or_insert_default().join(judged.served);
        }
    }
    all
}

fn audit_roots(
    path: &str,
    files: &Files<'_>,
    dialect: &'static Dialect,
    roots: &[Root],
    context: &Context,
) -> ConfAudit {
    let mut audit = ConfAudit {
        path: path.to_owned(),
        host: context.hostname.clone(),
        dialect: dialect.name,
        version: context.version.map(|version| version.to_string()),
        relay: Relay::Unreachable,
        instances: Vec::new(),
        grants: Vec::new(),
        unread: Vec::new(),
        notes: Vec::new(),
        findings: Vec::new(),
        suppressed: Vec::new(),
        baseline: None,
    };
    let each = parallel::map(roots, |root| {
        let reader = Reader::new(files);
        let scene = Scene {
            reader: &reader,
            root,
            roots,
            context,
        };
        let mut judged = (dialect.judge)(&scene);
        owe(&scene, dialect, &mut judged);
        (judged, reader.unread())
    });
    for (mut judged, unread) in each {
        audit.unread.extend(unread);
        if audit.version.is_none() {
            audit.version = judged.version.map(|version| version.to_string());
        }
        audit.instances.append(&mut judged.instances);
        audit.grants.append(&mut judged.grants);
        audit.notes.append(&mut judged.notes);
        audit.findings.append(&mut judged.findings);
    }
    if !files.trouble().is_empty() {
        let reader = Reader::new(files);
        let place = file_of(&roots[0]);
        audit
            .findings
            .push(unread(&reader, &roots[0], files.trouble(), place));
        audit.unread.extend(files.trouble().iter().cloned());
    }
    audit.relay = Relay::worst(audit.instances.iter().map(|instance| instance.relay));
    audit.unread.sort();
    audit.unread.dedup();
    let mut told = std::collections::HashSet::new();
    audit.notes.retain(|note| told.insert(note.clone()));
    audit
}

/// Adds what every dialect owes for an installation.
fn owe(scene: &Scene<'_>, dialect: &Dialect, judged: &mut Judged) {
    let missed = scene.reader.missed();
    if !missed.is_empty() {
        let place = file_of(scene.root);
        judged
            .findings
            .push(unread(scene.reader, scene.root, &missed, place));
    }
    let reachable = judged
        .instances
        .iter()
        .any(|i| i.relay != Relay::Unreachable);
    if judged.login == Login::Nowhere && reachable {
        judged.findings.push(raise::finding(
            scene.reader,
            &GN003,
            &scene.root.directory,
            "",
            file_of(scene.root),
            "No service lets people log in; whoever may relay may do so for his address.",
        ));
    }
    let version = scene.context.version.or(judged.version);
    if let Some(version) = version {
        judged
            .findings
            .extend(support::judge(scene, dialect.name, version));
    }
    for finding in &mut judged.findings {
        if !reachable && finding.severity > Severity::Low {
            finding.severity = Severity::Low;
        }
    }
}

/// Raises that something was not read.
fn unread(reader: &Reader<'_>, root: &Root, missed: &[Unread], place: Place) -> Finding {
    const TOLD: usize = 10;
    let mut told: Vec<String> = missed
        .iter()
        .take(TOLD)
        .map(|unread| format!("{} ({})", source::short(&unread.what), unread.why))
        .collect();
    if missed.len() > TOLD {
        told.push(format!("{} more", missed.len() - TOLD));
    }
    let message = format!("Not read, and so not judged: {}.", told.join(", "));
    raise::finding(reader, &GN002, &root.directory, "", place, message)
}

/// Names the file an installation begins with.
fn file_of(root: &Root) -> Place {
    Place {
        file: root.file.as_str().into(),
        line: 0,
        column: 0,
        width: 0,
    }
}
