//! What the audit of the configuration files says of the same servers, before anything is asked over the wire.
//!
//! In: a row of the table. Out: nothing, or what disagrees. What each server relays is in the table, and
//! another test holds the table against messages that are really sent; so the files are held against the
//! truth here without a server being started again.
//!
//! The servers of these tests listen on loopback, which nobody outside reaches, and the audit says so. It is
//! therefore given copies in which these addresses are replaced by public ones, and nothing else.
//!
//! Asserted for every row: `open` where a stranger's plain message gets out, in the clear, inside TLS or with a
//! percent sign; `open-if-forged` where it takes a sender or HELO of his choice; neither of them where no such
//! message gets out; a finding about XCLIENT where that opens it. The exceptions are in [`OTHERWISE`], each with
//! its reason.

use crate::rig::command;
use crate::server::sources;
use crate::table::{Kind, Mta, ROWS, Row, Truth};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What the audit of one directory may take.
const LONGEST: Duration = Duration::from_secs(60);

/// Rows for which the files say something else than messages do, and why that is right.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "postfix/header-checks",
        "every recipient is taken and every message refused at its end, by header_checks, which the audit \
         leaves aside as it does all that looks at content",
    ),
    (
        "exim/late-check",
        "every recipient is taken and every message refused at DATA; the ACL for RCPT is what is judged",
    ),
    (
        "exim/percent-router",
        "a router of its own makes another address of what was taken for a local one; routers are not judged",
    ),
    (
        "sendmail/access-relay",
        "all of 127.0.0.0/8 is trusted, which is where the stranger of these tests comes from; for a real one \
         it is loopback",
    ),
    (
        "opensmtpd/match-tls",
        "smtpd.conf(5) has the rule relay for everybody inside TLS; OpenSMTPD 6.8 puts off whatever comes to it",
    ),
];

/// The part of the report that is read here.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) audits: Vec<Audit>,
    pub(crate) findings: Vec<Finding>,
}

/// One input.
#[derive(Debug, Deserialize)]
pub(crate) struct Audit {
    pub(crate) dialect: String,
    pub(crate) relay: String,
    instances: Vec<Instance>,
}

#[derive(Debug, Deserialize)]
struct Instance {
    services: Vec<Service>,
}

#[derive(Debug, Deserialize)]
struct Service {
    listen: Option<String>,
    relay: String,
}

/// A rule that fired.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) message: String,
    file: Option<String>,
}

impl Finding {
    /// Whether it is more than a note.
    pub(crate) fn counts(&self) -> bool {
        self.severity != "info"
    }
}

/// Audits a directory as the files of one mail server.
pub(crate) fn audit(mta: Mta, path: &Path, more: &[&str]) -> Result<Report> {
    let mut relaycheck = Command::new(env!("CARGO_BIN_EXE_relaycheck"));
    relaycheck
        .args(["config", "--format", "json", "--dialect", mta.name()])
        .args(more)
        .arg(path);
    let ended = command::run(&mut relaycheck, LONGEST)?;
    let report: Report = serde_json::from_str(ended.out())
        .with_context(|| format!("no report ({}): {}", ended.how(), ended.text()))?;
    ensure!(
        report.audits.len() == 1 && report.audits[0].dialect == mta.name(),
        "{}: {:?}",
        path.display(),
        report.audits
    );
    Ok(report)
}

/// Gives the version that the tests run.
pub(crate) fn version(mta: Mta) -> &'static str {
    match mta {
        Mta::Postfix => "3.7",
        Mta::Exim => "4.96",
        Mta::Sendmail => "8.17",
        Mta::OpenSmtpd => "6.8",
    }
}

/// Gives what the audit is to say of a row, from what the server does with messages.
fn expected(row: &Row) -> Option<&'static str> {
    let gets_out = |kinds: &[Kind]| {
        let out = |kind: &Kind| matches!(row.does(*kind), Truth::Relays | Truth::RelaysLater);
        kinds.iter().any(out)
    };
    if gets_out(&[Kind::Plain, Kind::InsideTls, Kind::Percent]) {
        Some("open")
    } else if gets_out(&[Kind::OwnDomain, Kind::NullSender, Kind::Helo]) {
        Some("open-if-forged")
    } else {
        None
    }
}

/// Copies a row's configuration with public addresses in the place of loopback.
fn public_copy(row: &Row, to: &Path) -> Result<()> {
    let folder = sources().join(row.mta.name());
    let shared = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    for file in shared.filter(|path| path.is_file()) {
        copy(&file, to)?;
    }
    let mut folders = vec![(folder.join(row.name), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(&from)? {
            let path = entry?.path();
            if path.is_dir() {
                let name = path.file_name().context("a name")?;
                folders.push((path.clone(), to.join(name)));
            } else {
                copy(&path, &to)?;
            }
        }
    }
    Ok(())
}

fn copy(file: &Path, to: &Path) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let name = file.file_name().context("a name")?;
    fs::write(to.join(name), text.replace("127.25.", "198.51."))?;
    Ok(())
}

/// Holds what the audit says of a row against what the server does.
fn compare(row: &Row) -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    public_copy(row, folder.path())?;
    let report = audit(row.mta, folder.path(), &["--mta-version", version(row.mta)])?;
    let listens = row.at().to_string().replace("127.25.", "198.51.");
    let port = format!(":{}", row.at().port());
    let services = report.audits[0].instances.iter().flat_map(|i| &i.services);
    let here = |service: &&Service| {
        let listen = service.listen.as_deref();
        listen.is_none_or(|listen| listen == listens || listen.ends_with(&port))
    };
    let outcomes: Vec<&str> = services.filter(here).map(|s| s.relay.as_str()).collect();
    let mut wrong = Vec::new();
    let right = match expected(row) {
        Some(outcome) => outcomes.contains(&outcome),
        None => {
            let open = |outcome: &&str| matches!(*outcome, "open" | "open-if-forged");
            !outcomes.is_empty() && !outcomes.iter().any(open)
        }
    };
    if !right {
        wrong.push(format!(
            "is {outcomes:?}, not {:?}",
            expected(row).unwrap_or("closed")
        ));
    }
    let xclient = row.does(Kind::XClient) == Truth::Relays;
    if xclient
        != report
            .findings
            .iter()
            .any(|finding| finding.rule == "PF070")
    {
        wrong.push(format!("XCLIENT: {xclient}"));
    }
    Ok(wrong)
}

/// Holds every row's files against what its server does.
pub(crate) fn disagreements() -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for row in ROWS {
        let title = row.title();
        let said = compare(row).with_context(|| title.clone())?;
        let known = OTHERWISE.iter().any(|(name, _)| *name == title);
        match (said.is_empty(), known) {
            (false, false) => wrong.extend(said.iter().map(|why| format!("{title}: {why}"))),
            (true, true) => wrong.push(format!("{title}: no exception any more")),
            _ => {}
        }
    }
    Ok(wrong)
}

/// A configuration as it comes with its package.
struct Shipped {
    mta: Mta,
    /// What it is.
    title: &'static str,
    /// Files of the root, and where the audit finds them.
    files: &'static [(&'static str, &'static str)],
    /// Text that a package's scripts would have put in, and where.
    made: &'static [(&'static str, &'static str)],
    /// Rules above info that it deserves, each argued beside it.
    deserves: &'static [&'static str],
}

/// The configurations that come with the packages of Debian, and with their makers' sources.
const SHIPPED: &[Shipped] = &[
    Shipped {
        mta: Mta::Postfix,
        title: "Debian's main.cf for a mail server on the Internet",
        files: &[
            ("usr/share/postfix/main.cf.debian", "main.cf"),
            ("usr/share/postfix/master.cf.dist", "master.cf"),
        ],
        made: &[(
            "main.cf",
            "smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination\n\
             myhostname = mx.example.com\nmydestination = $myhostname, localhost.example.com, , localhost\n\
             relayhost =\nmynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\n\
             inet_interfaces = all\ncompatibility_level = 3.6\n",
        )],
        deserves: &[],
    },
    Shipped {
        mta: Mta::Postfix,
        title: "the makers' main.cf",
        files: &[
            ("usr/share/postfix/main.cf.dist", "main.cf"),
            ("usr/share/postfix/master.cf.dist", "master.cf"),
        ],
        made: &[],
        deserves: &[],
    },
    Shipped {
        mta: Mta::Exim,
        title: "Debian's split configuration for an Internet site",
        files: &[("etc/exim4", "")],
        made: &[(
            "update-exim4.conf.conf",
            "dc_eximconfig_configtype='internet'\ndc_other_hostnames='mx.example.com'\n\
             dc_local_interfaces=''\ndc_readhost=''\ndc_relay_domains=''\ndc_minimaldns='false'\n\
             dc_relay_nets=''\ndc_smarthost=''\nCFILEMODE='644'\ndc_use_split_config='true'\n\
             dc_hide_mailname=''\ndc_mailname_in_oh='true'\ndc_localdelivery='mail_spool'\n",
        )],
        deserves: &[],
    },
    Shipped {
        mta: Mta::Exim,
        title: "Debian's one-file configuration for local delivery",
        files: &[("etc/exim4", "")],
        made: &[(
            "update-exim4.conf.conf",
            "dc_eximconfig_configtype='local'\ndc_other_hostnames='mx.example.com'\n\
             dc_local_interfaces='127.0.0.1 ; ::1'\ndc_relay_domains=''\ndc_relay_nets=''\n\
             dc_smarthost=''\ndc_use_split_config='false'\ndc_localdelivery='mail_spool'\n",
        )],
        deserves: &[],
    },
    Shipped {
        mta: Mta::Sendmail,
        title: "Debian's sendmail.mc",
        files: &[("usr/share/sendmail/cf/debian/sendmail.mc", "sendmail.mc")],
        made: &[],
        deserves: &[],
    },
    Shipped {
        mta: Mta::OpenSmtpd,
        title: "Debian's smtpd.conf",
        files: &[("etc/smtpd.conf", "smtpd.conf")],
        made: &[],
        deserves: &[],
    },
];

/// Audits what the packages ship; gives what is found above info without being deserved.
pub(crate) fn undeserved() -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for shipped in SHIPPED {
        let folder = tempfile::tempdir()?;
        let root = crate::inside::roots().join(shipped.mta.name());
        for (from, to) in shipped.files {
            let (from, to) = (root.join(from), folder.path().join(to));
            let copied = Command::new("cp").arg("-rT").arg(&from).arg(&to).status()?;
            ensure!(copied.success(), "{} cannot be copied", from.display());
        }
        for (name, text) in shipped.made {
            let path = folder.path().join(name);
            let before = fs::read_to_string(&path).unwrap_or_default();
            fs::write(&path, before + "\n" + text)?;
        }
        let report = audit(
            shipped.mta,
            folder.path(),
            &["--mta-version", version(shipped.mta)],
        )?;
        let relay = report.audits[0].relay.as_str();
        if !matches!(relay, "closed" | "unreachable") {
            wrong.push(format!("{}: is {relay}", shipped.title));
        }
        let found: Vec<&Finding> = report.findings.iter().filter(|f| f.counts()).collect();
        for finding in &found {
            if !shipped.deserves.contains(&finding.rule.as_str()) {
                wrong.push(format!(
                    "{}: {} ({}) {}: {}",
                    shipped.title,
                    finding.rule,
                    finding.severity,
                    finding.file.as_deref().unwrap_or_default(),
                    finding.message
                ));
            }
        }
        for rule in shipped.deserves {
            if !found.iter().any(|finding| finding.rule == *rule) {
                wrong.push(format!("{}: {rule} does not fire any more", shipped.title));
            }
        }
    }
    Ok(wrong)
}
