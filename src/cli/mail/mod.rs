//! The report by mail, for whoever runs relaycheck from cron: `--mail-to`.
//!
//! In: what was typed, checked before anything is audited, and the finished report. Out: one message to all recipients,
//! through the server of `--smtp`, after every other report was written; or none, where nothing is new to anybody
//! ([`Mail::is_wanted`]).
//!
//! The password comes from a file or the environment, never from the command line, and goes nowhere but to a server that
//! was verified: it is refused where the connection would be in the clear.
//!
//! Deliberately does not queue and does not try again: a local mail server does both. Where one recipient is refused, nobody
//! gets the message, and the run says so.
//!
//! Limits: [`OF_A_COMMAND`] for each answer of the server, [`OF_ALL`] for the whole; sizes as in `letter.rs`.
//!
//! References: RFC 5321, RFC 8314 (TLS), RFC 3834 (automatic messages).

mod letter;

use super::args::MailArgs;
use super::error::CliError;
use super::output::write_report;
use super::probe::machine;
use super::settings::{Surroundings, hinted};
use super::spool::Spool;
use crate::model::bytes::escape;
use crate::model::{Change, Conclusion, Report};
use crate::probe::names::host_name;
use crate::report::{Format, Options};
use letter::{Letter, OF_AN_ATTACHMENT, OF_THE_PAGE, OF_THE_TEXT, Part};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Wait for one answer of the server. Scanners of content take their time.
const OF_A_COMMAND: Duration = Duration::from_secs(60);

/// Time for everything.
const OF_ALL: Duration = Duration::from_secs(180);

/// The mail server of this host: it queues and tries again.
const LOCAL: &str = "smtp://127.0.0.1";

/// Columns of the text: what mail readers leave unbroken.
const WIDTH: usize = 76;

/// Where the login stands in the environment.
const USER: &str = "RELAYCHECK_SMTP_USER";
const PASSWORD: &str = "RELAYCHECK_SMTP_PASSWORD";

/// Whom the report goes to, and how.
pub(super) struct Mail {
    to: Vec<Address>,
    from: Address,
    /// The server as it is shown: its URL, in which no login is let in.
    server: String,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    host: Option<String>,
    when: When,
}

/// When there is something to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Something is not as in the older report.
    Changed,
    /// Something counts as failure.
    Found,
}

/// What was given as `--mail-from`.
#[derive(Debug, Clone, Copy)]
pub(super) enum From<'a> {
    /// The sender of the mail.
    Mail(Option<&'a str>),
    /// The sender that servers are asked with: the mail has it too if it is an address that mail can have.
    Envelopes(Option<&'a str>),
}

impl fmt::Debug for Mail {
    /// Leaves the transport out, which knows the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mail");
        shown.field("to", &self.to).field("server", &self.server);
        shown.finish_non_exhaustive()
    }
}

impl Mail {
    /// Takes what was typed; nothing where no mail is asked for.
    pub(super) fn new(
        args: &MailArgs,
        from: From<'_>,
        baseline: Option<&Path>,
        around: &Surroundings,
    ) -> Result<Option<Self>, CliError> {
        if args.mail_to.is_empty() {
            return Ok(None);
        }
        let to: Result<Vec<Address>, CliError> = args
            .mail_to
            .iter()
            .map(|text| address("--mail-to", text))
            .collect();
        let host = around.host_name.as_deref();
        let name = host.and_then(|name| host_name(name.as_bytes()));
        let from = match (&args.mail_sender, from) {
            (Some(text), _) => address("--mail-sender", text)?,
            (None, From::Mail(Some(text))) => address("--mail-from", text)?,
            (None, From::Envelopes(text)) => match text.and_then(|text| text.parse().ok()) {
                Some(address) => address,
                None => own(name.as_deref())?,
            },
            (None, From::Mail(None)) => own(name.as_deref())?,
        };
        let url = args.smtp.as_deref().unwrap_or(LOCAL);
        let transport = transport(args, url, name, around)?;
        Ok(Some(Self {
            to: to?,
            from,
            server: url.to_owned(),
            transport,
            host: host.map(escape),
            when: match (args.mail_always, baseline) {
                (true, _) => When::Always,
                (false, Some(_)) => When::Changed,
                (false, None) => When::Found,
            },
        }))
    }

    /// Tells whether there is something to say: something that counts as failure, or, beside a baseline, something that
    /// is not as it was. A run that did not get to its end is told in any case. What was merely not decided is not: from
    /// cron it would be told every night.
    fn is_wanted(&self, report: &Report) -> bool {
        match self.when {
            _ if !report.run.complete => true,
            When::Always => true,
            When::Changed => has_changed(report),
            When::Found => report.conclusion == Conclusion::Found,
        }
    }

    /// Sends the report, if there is something to say. `kept` says where else it stands.
    pub(super) fn send(
        &self,
        report: &Report,
        spool: &mut Spool,
        kept: &str,
    ) -> Result<(), CliError> {
        if !self.is_wanted(report) {
            return Ok(());
        }
        let mut part = |name: &str, most| part(name, most, report, spool);
        let letter = Letter {
            to: &self.to,
            from: &self.from,
            host: self.host.as_deref(),
            text: part("human", OF_THE_TEXT)?,
            page: part("html", OF_THE_PAGE)?,
            lines: part("jsonl", OF_AN_ATTACHMENT)?,
        };
        let failed = |source| CliError::Mail {
            server: self.server.clone(),
            kept: kept.to_owned(),
            source,
        };
        let message = letter
            .message(report)
            .map_err(|error| failed(Box::new(error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| machine("the runtime could not be started", source))?;
        let sent = runtime
            .block_on(async { tokio::time::timeout(OF_ALL, self.transport.send(message)).await });
        // A name that is still being looked up must not keep the process.
        runtime.shutdown_background();
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failed(Box::new(error))),
            Err(error) => Err(failed(Box::new(error))),
        }
    }
}

/// Tells whether something is not as in the older report.
fn has_changed(report: &Report) -> bool {
    let totals = &report.totals;
    let others = [Change::New, Change::Fixed, Change::Changed];
    let conf = report.audits.iter();
    let mut conf = conf.filter(|audit| audit.baseline.and_then(|b| b.relay) != Some(audit.relay));
    let of_files = report.audits.iter().flat_map(|audit| &audit.findings);
    let of_logs = report.logs.iter().flat_map(|log| &log.findings);
    others.iter().any(|change| totals.change(*change) > 0)
        || conf.next().is_some()
        || of_files
            .chain(of_logs)
            .any(|finding| finding.baseline != Some(Change::Same))
}

/// Writes the report in a format, as far as there is room.
fn part(name: &str, most: usize, report: &Report, spool: &mut Spool) -> Result<Part, CliError> {
    let format = Format::find(name).ok_or_else(|| {
        let missing = io::Error::other("a format is missing");
        machine("the mail could not be written", missing)
    })?;
    let options = Options {
        width: WIDTH,
        files: report.totals.targets == 0,
        ..Options::default()
    };
    let mut part = Part::of(most);
    let what = Path::new("the mail");
    write_report((format, options), what, report, spool, &mut part)?;
    Ok(part)
}

/// Makes an address of this host's name.
fn own(name: Option<&str>) -> Result<Address, CliError> {
    match name {
        Some(name) => address("--mail-sender", &format!("relaycheck@{name}")),
        None => Err(hinted(
            "--mail-sender",
            "this host has no full name to make an address of",
            "give one address such as me@example.org",
        )),
    }
}

fn address(option: &'static str, text: &str) -> Result<Address, CliError> {
    text.parse().map_err(|e| {
        let why = format!("'{}': {e}", escape(text));
        hinted(option, why, "give one address such as me@example.org")
    })
}

/// Makes what sends; opens no connection.
fn transport(
    args: &MailArgs,
    url: &str,
    name: Option<String>,
    around: &Surroundings,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, CliError> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        // Not shown: it may hold a password.
        return Err(hinted(
            "--smtp",
            "the URL holds a login, which others can read on the command line",
            format!(
                "name the user with --smtp-user and the password with --smtp-password-file or {PASSWORD}"
            ),
        ));
    }
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
        hinted(
            "--smtp",
            format!("'{}' names no mail server", escape(url)),
            "such as smtp://127.0.0.1, smtp://mail.example.com:587?tls=required or smtps://mail.example.com",
        )
    })?;
    if let Some(name) = name {
        builder = builder.hello_name(ClientId::Domain(name));
    }
    if let Some(login) = login(args, around)? {
        let encrypted = url.starts_with("smtps://") || url.contains("tls=required");
        if !encrypted {
            return Err(hinted(
                "--smtp",
                "the password would be sent in the clear",
                "write smtps://HOST or smtp://HOST?tls=required",
            ));
        }
        builder = builder.credentials(login);
    }
    Ok(builder.timeout(Some(OF_A_COMMAND)).build())
}

/// Finds the login, where there is one.
fn login(args: &MailArgs, around: &Surroundings) -> Result<Option<Credentials>, CliError> {
    let user = args.smtp_user.clone().or_else(|| (around.variable)(USER));
    let password = match &args.smtp_password_file {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|source| CliError::Input {
                path: path.clone(),
                source,
            })?;
            let line = text.lines().next().unwrap_or_default();
            Some(line.to_owned())
        }
        None => (around.variable)(PASSWORD),
    };
    match (user, password) {
        (None, None) => Ok(None),
        (Some(user), Some(password)) if !user.is_empty() && !password.is_empty() => {
            Ok(Some(Credentials::new(user, password)))
        }
        (None, Some(_)) => Err(hinted(
            "--smtp-password-file",
            "there is a password and no user",
            format!("name the user with --smtp-user or {USER}"),
        )),
        (Some(_), _) => Err(hinted(
            "--smtp-user",
            "there is a user and no password, or one of them is empty",
            format!("put the password into a file for --smtp-password-file, or into {PASSWORD}"),
        )),
    }
}
