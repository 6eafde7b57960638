//! What the arguments mean: values that cannot be wrong.
//!
//! In: what was typed. Out: settings, or an error that names the option and says what to do. Opens
//! nothing; the targets themselves are gathered in `targets`.
//!
//! Defaults are justified where they are chosen.

use super::args::{
    AskingArgs, ColorArg, DepthArg, GeneralArgs, NetworkArgs, PaceArgs, ProbeArgs, ProfileArg,
    SelectionArgs,
};
use super::error::CliError;
use super::mail::{self, Mail};
use super::output::FileOutput;
use crate::engine::{Family, Keep, Letter};
use crate::model::{Driven, FailOn, Policy, Role, Severity};
use crate::net::connect::Connector;
use crate::net::proxy::{Proxy, ProxyKind, ProxyLogin};
use crate::probe::forms::{AddressForm, FORMS, Profile, form, of_profile};
use crate::probe::names::host_name;
use crate::probe::plan;
use crate::probe::script::{Budget, Waits};
use crate::probe::template::Identity;
use crate::report::{FORMATS, Format, Options, Style, Verbosity};
use crate::target::shard::Shard;
use lettre::Address;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

/// The local part of our own addresses.
const OURSELVES: &str = "relaycheck";

/// The outside recipient's domain: reserved by RFC 2606, with a null MX in DNS, so that nothing can ever
/// be delivered there by accident.
const OUTSIDE: &str = "example.com";

/// The sender's domain where this host has no name: reserved as well, and another one than the
/// recipient's, since some servers let mail of a domain to itself pass.
const ELSEWHERE: &str = "example.org";

/// Everything the audit over the wire needs to know but its targets.
#[derive(Debug)]
pub struct ProbeSettings {
    /// What is asked.
    pub plan: plan::Settings,
    /// The profile was not chosen: standard for hosts, quick where a network, range or list is scanned.
    pub profile_follows_targets: bool,
    /// The message for what is accepted.
    pub letter: Option<Letter>,
    /// Where the message is awaited, and how long.
    pub sink: Option<(SocketAddr, Duration)>,
    /// How fast.
    pub pace: Pace,
    /// Which addresses of names are asked.
    pub family: Family,
    /// How connections are made.
    pub connector: Connector,
    /// The name server, where it is not the system's.
    pub dns_server: Option<SocketAddr>,
    /// Which part of the targets.
    pub shard: Shard,
    /// What comes out.
    pub report: ReportSettings,
}

/// How fast.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Connections at once.
    pub concurrency: NonZeroUsize,
    /// Connections at once to one address.
    pub per_host: NonZeroUsize,
    /// Connections at once to one /24 or /64.
    pub per_net: Option<NonZeroUsize>,
    /// New connections a second.
    pub rate: Option<NonZeroU32>,
    /// When who asked to be asked later is asked once more.
    pub retry_deferred: Option<Duration>,
    /// Wait for a connection.
    pub connect_limit: Duration,
    /// Time for one target.
    pub target_limit: Duration,
    /// Attempts after the first.
    pub retries: u32,
}

/// What comes out.
#[derive(Debug)]
pub struct ReportSettings {
    /// The format on standard output.
    pub format: &'static Format,
    /// How it is written there.
    pub options: Options,
    /// Files besides.
    pub files: Vec<FileOutput>,
    /// Whether the dialogue stays with each result.
    pub transcript: Keep,
    /// What counts as failure.
    pub policy: Policy,
    /// An older report that each result is held against.
    pub baseline: Option<PathBuf>,
    /// Whom the report goes to besides.
    pub(super) mail: Option<Mail>,
}

/// What the terminal and the machine are like, found out once by the caller.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// This host's name as the system knows it.
    pub host_name: Option<String>,
    /// Random bits for a run without a seed.
    pub entropy: u64,
    /// Looks up a variable of the environment.
    pub variable: fn(&str) -> Option<String>,
    /// Whether standard output takes colours.
    pub colours: bool,
    /// Columns of the terminal, if there is one.
    pub width: Option<usize>,
}

impl ProbeSettings {
    /// Makes settings of what was typed.
    pub fn new(
        args: &ProbeArgs,
        general: &GeneralArgs,
        around: &Surroundings,
    ) -> Result<Self, CliError> {
        let AskingArgs {
            profile,
            forms,
            depth,
            ..
        } = &args.asking;
        let profile_follows_targets = profile.is_none() && forms.is_empty();
        let profile = match profile {
            Some(ProfileArg::Quick) => Profile::Quick,
            Some(ProfileArg::Standard) | None => Profile::Standard,
            Some(ProfileArg::Full) => Profile::Full,
        };
        let forms = if forms.is_empty() {
            of_profile(profile)
        } else {
            chosen_forms(forms)?
        };
        let identity = identity(&args.asking, around)?;
        let letter = letter(&args.asking, &identity)?;
        let sink = sink(&args.asking)?;
        let waits = Waits::of_reply(time("--timeout", &args.pace.timeout)?);
        Ok(Self {
            plan: plan::Settings {
                forms,
                profile,
                hello: hello(&args.asking, around)?,
                identity,
                depth: match depth {
                    DepthArg::Rcpt => Driven::Rcpt,
                    DepthArg::Data => Driven::Data,
                    DepthArg::Queued => Driven::Queued,
                    DepthArg::Delivered => Driven::Delivered,
                },
                budget: Budget::default(),
                waits,
                most_sessions: plan::most_sessions(profile),
                legacy_tls: crate::net::tls::LEGACY,
                alike: plan::Alike::default(),
            },
            profile_follows_targets,
            letter,
            sink,
            pace: pace(&args.pace)?,
            family: family(&args.selection, args.network.source),
            connector: connector(&args.network)?,
            dns_server: dns_server(&args.network)?,
            shard: match &args.scan.shard {
                Some(text) => super::shard::read(text, around.variable)?,
                None => Shard::WHOLE,
            },
            report: report(args, general, around)?,
        })
    }

    /// Takes the smaller profile for what is scanned rather than named.
    pub fn scan(&mut self) {
        if self.profile_follows_targets {
            self.plan.profile = Profile::Quick;
            self.plan.forms = of_profile(Profile::Quick);
            self.plan.most_sessions = plan::most_sessions(Profile::Quick);
        }
    }
}

fn option(option: &'static str, why: impl Into<String>) -> CliError {
    CliError::Option {
        option,
        why: why.into(),
        hint: None,
    }
}

pub(super) fn hinted(
    option: &'static str,
    why: impl Into<String>,
    hint: impl Into<String>,
) -> CliError {
    CliError::Option {
        option,
        why: why.into(),
        hint: Some(hint.into()),
    }
}

/// Finds the forms chosen by id, in the order of the table.
fn chosen_forms(ids: &[String]) -> Result<Vec<&'static AddressForm>, CliError> {
    for id in ids {
        match form(id.trim()) {
            Some(found) if found.role() == Role::Probe => {}
            Some(found) => {
                return Err(hinted(
                    "--forms",
                    format!("'{}' is a control", found.id),
                    "controls are asked by themselves once something is accepted",
                ));
            }
            None => {
                return Err(hinted(
                    "--forms",
                    format!("there is no form '{}'", crate::model::bytes::escape(id)),
                    "see `relaycheck list forms`",
                ));
            }
        }
    }
    // The plain form is the measure of all others: without it no refusal could be told from a server
    // that refuses everybody.
    let chosen = |form: &&AddressForm| form.is_plain() || ids.iter().any(|id| id.trim() == form.id);
    Ok(FORMS.iter().filter(chosen).collect())
}

/// Finds out who we say we are.
fn identity(asking: &AskingArgs, around: &Surroundings) -> Result<Identity, CliError> {
    let own_name = own_name(asking, around);
    let sender = match &asking.mail_from {
        Some(text) => address("--mail-from", text)?,
        None => {
            let domain = own_name.as_deref().unwrap_or(ELSEWHERE);
            address("--mail-from", &format!("{OURSELVES}@{domain}"))?
        }
    };
    let recipient = match &asking.rcpt {
        Some(text) => address("--rcpt", text)?,
        None => address("--rcpt", &format!("{OURSELVES}@{OUTSIDE}"))?,
    };
    let user = &asking.local_user;
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'@' | b'"' | b'\\');
    if user.is_empty() || user.len() > 64 || !user.bytes().all(plain) {
        return Err(hinted(
            "--local-user",
            "that is no plain mailbox name",
            "give the part before the at sign only",
        ));
    }
    Ok(Identity {
        probe_user: sender.user().to_owned(),
        probe_domain: sender.domain().to_owned(),
        ext_user: recipient.user().to_owned(),
        ext_domain: recipient.domain().to_owned(),
        local_user: user.clone(),
        seed: asking.seed.unwrap_or(around.entropy),
    })
}

/// Gives our own name: the one for EHLO if it is one, else the host's if it is fully qualified.
fn own_name(asking: &AskingArgs, around: &Surroundings) -> Option<String> {
    let name = asking.helo.as_deref().or(around.host_name.as_deref())?;
    host_name(name.as_bytes())
}

fn hello(asking: &AskingArgs, around: &Surroundings) -> Result<Option<String>, CliError> {
    let Some(name) = &asking.helo else {
        return Ok(own_name(asking, around));
    };
    let sound = !name.is_empty() && name.len() <= 255 && name.bytes().all(|b| b.is_ascii_graphic());
    if !sound {
        return Err(hinted(
            "--helo",
            "that is no word that can follow EHLO",
            "give a host name, or an address in brackets such as [192.0.2.1]",
        ));
    }
    Ok(Some(name.clone()))
}

fn address(name: &'static str, text: &str) -> Result<Address, CliError> {
    text.parse().map_err(|e| {
        let text = crate::model::bytes::escape(text);
        hinted(
            name,
            format!("'{text}': {e}"),
            "give one address such as me@example.org",
        )
    })
}

fn letter(asking: &AskingArgs, identity: &Identity) -> Result<Option<Letter>, CliError> {
    if !matches!(asking.depth, DepthArg::Queued | DepthArg::Delivered) {
        return Ok(None);
    }
    let Some(rcpt) = &asking.rcpt else {
        return Err(hinted(
            "--depth",
            "queued and delivered send a message",
            "say with --rcpt to which mailbox of your own",
        ));
    };
    let to = address("--rcpt", rcpt)?;
    let from = format!("{}@{}", identity.probe_user, identity.probe_domain);
    let contact = asking.contact.clone().unwrap_or_else(|| from.clone());
    if contact.chars().any(char::is_control) {
        return Err(option(
            "--contact",
            "control characters cannot stand in a message",
        ));
    }
    let letter = Letter {
        from: address("--mail-from", &from)?,
        to,
        contact,
    };
    letter
        .write("test")
        .map_err(|e| option("--rcpt", format!("no message can be written to it: {e}")))?;
    Ok(Some(letter))
}

fn sink(asking: &AskingArgs) -> Result<Option<(SocketAddr, Duration)>, CliError> {
    match (asking.depth, asking.sink) {
        (DepthArg::Delivered, Some(listen)) => {
            Ok(Some((listen, time("--sink-wait", &asking.sink_wait)?)))
        }
        (DepthArg::Delivered, None) => Err(hinted(
            "--depth",
            "delivered waits for the message at a sink of relaycheck's own",
            "say with --sink ADDR:PORT where it is to listen; the mail exchanger of --rcpt must lead there",
        )),
        (_, Some(_)) => Err(option("--sink", "only --depth delivered has a use for it")),
        (_, None) => Ok(None),
    }
}

fn pace(args: &PaceArgs) -> Result<Pace, CliError> {
    Ok(Pace {
        concurrency: args.concurrency,
        per_host: args.per_host,
        per_net: args.per_net,
        rate: args.rate,
        retry_deferred: args
            .retry_deferred
            .as_deref()
            .map(|text| time("--retry-deferred", text))
            .transpose()?,
        connect_limit: time("--connect-timeout", &args.connect_timeout)?,
        target_limit: time("--target-timeout", &args.target_timeout)?,
        retries: args.retries.min(10),
    })
}

/// Reads a time: `90s`, `1m30s`, `500ms`; a bare number means seconds.
pub(super) fn time(name: &'static str, text: &str) -> Result<Duration, CliError> {
    let wrong = || {
        let text = crate::model::bytes::escape(text);
        hinted(
            name,
            format!("'{text}' is no time"),
            "such as 500ms, 30s, 2m or 1h",
        )
    };
    let text = text.trim();
    let time = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let time: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
            Duration::try_from(time).map_err(|_| wrong())?
        }
    };
    // A day is longer than any session; beyond lies arithmetic nobody needs.
    if time.is_zero() || time > Duration::from_secs(86_400) {
        return Err(hinted(
            name,
            format!("'{}' is out of range", crate::model::bytes::escape(text)),
            "more than nothing, a day at most",
        ));
    }
    Ok(time)
}

/// Says which addresses of names are asked: those that can be reached from the source address, where one
/// is given and nothing else is said.
fn family(args: &SelectionArgs, source: Option<IpAddr>) -> Family {
    match (args.ipv4, args.ipv6, source) {
        (true, _, _) => Family::V4,
        (_, true, _) => Family::V6,
        (_, _, Some(IpAddr::V4(_))) => Family::V4,
        (_, _, Some(IpAddr::V6(_))) => Family::V6,
        (_, _, None) => Family::Any,
    }
}

fn connector(args: &NetworkArgs) -> Result<Connector, CliError> {
    Ok(Connector {
        source: args.source,
        proxy: args.proxy.as_deref().map(proxy).transpose()?,
    })
}

/// Reads `socks5://[USER:PASSWORD@]ADDRESS:PORT` or `http://...`. The login never appears in a message.
fn proxy(url: &str) -> Result<Proxy, CliError> {
    let wrong = || {
        hinted(
            "--proxy",
            "that is no proxy",
            "such as socks5://127.0.0.1:1080 or http://[::1]:3128, the host as an address",
        )
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "socks5" | "socks5h" => ProxyKind::Socks5,
        "http" => ProxyKind::Http,
        _ => return Err(wrong()),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (login, address) = match rest.rsplit_once('@') {
        Some((login, address)) => {
            let (user, password) = login.split_once(':').ok_or_else(wrong)?;
            let login = ProxyLogin {
                user: user.to_owned(),
                password: password.to_owned(),
            };
            (Some(login), address)
        }
        None => (None, rest),
    };
    Ok(Proxy {
        kind,
        address: address.parse().map_err(|_| wrong())?,
        login,
    })
}

fn dns_server(args: &NetworkArgs) -> Result<Option<SocketAddr>, CliError> {
    let Some(text) = &args.dns_server else {
        return Ok(None);
    };
    let address = text.parse::<SocketAddr>().or_else(|_| {
        text.trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .map(|ip| SocketAddr::new(ip, 53))
    });
    address.map(Some).map_err(|_| {
        let text = crate::model::bytes::escape(text);
        hinted(
            "--dns-server",
            format!("'{text}' is no address"),
            "such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53",
        )
    })
}

fn report(
    args: &ProbeArgs,
    general: &GeneralArgs,
    around: &Surroundings,
) -> Result<ReportSettings, CliError> {
    let mail = Mail::new(
        &args.mail,
        mail::From::Envelopes(args.asking.mail_from.as_deref()),
        args.report.baseline.as_deref(),
        around,
    )?;
    let args = &args.report;
    let files = files(&args.output)?;
    let policy = policy(&args.fail_on)?;
    if matches!(policy.fail_on, FailOn::New(_)) && args.baseline.is_none() {
        return Err(without_baseline());
    }
    Ok(ReportSettings {
        format: format("--format", &args.format)?,
        options: options(general, around),
        files,
        transcript: if args.transcript {
            Keep::All
        } else {
            Keep::Proof
        },
        policy,
        baseline: args.baseline.clone(),
        mail,
    })
}

/// Says that `--fail-on new` has nothing to compare with.
pub(super) fn without_baseline() -> CliError {
    hinted(
        "--fail-on",
        "what is new shows only against an older report",
        "name one with --baseline",
    )
}

/// Reads `FORMAT=FILE` of each `-o`.
pub(super) fn files(written: &[String]) -> Result<Vec<FileOutput>, CliError> {
    let mut files: Vec<FileOutput> = Vec::new();
    for text in written {
        let (name, path) = text.split_once('=').ok_or_else(|| {
            hinted(
                "-o",
                format!("'{}' names no format", crate::model::bytes::escape(text)),
                "write FORMAT=FILE, such as json=report.json",
            )
        })?;
        if path.is_empty() {
            return Err(option("-o", "the file has no name"));
        }
        let path = PathBuf::from(path);
        if files.iter().any(|file| file.path == path) {
            return Err(option("-o", "two reports cannot go into one file"));
        }
        files.push(FileOutput {
            format: format("-o", name)?,
            path,
        });
    }
    Ok(files)
}

/// Finds a format by its name.
pub(super) fn format(option: &'static str, name: &str) -> Result<&'static Format, CliError> {
    Format::find(name).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        hinted(
            option,
            format!("there is no format '{}'", crate::model::bytes::escape(name)),
            format!("known are {}", known.join(", ")),
        )
    })
}

/// Says how text for people is written.
pub(super) fn options(general: &GeneralArgs, around: &Surroundings) -> Options {
    let coloured = match general.color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => around.colours,
    };
    let default = Options::default();
    Options {
        style: if coloured {
            Style::Coloured
        } else {
            Style::Plain
        },
        verbosity: match (general.quiet, general.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        },
        width: around
            .width
            .map_or(default.width, |width| width.clamp(40, 200)),
        policy: default.policy,
        files: default.files,
    }
}

/// Reads the threshold of `--fail-on`.
pub(super) fn policy(text: &str) -> Result<Policy, CliError> {
    let severity = |text: &str| {
        let known = Severity::ALL.iter().find(|s| s.as_str() == text);
        known.copied().ok_or_else(|| {
            hinted(
                "--fail-on",
                format!("'{}' is no severity", crate::model::bytes::escape(text)),
                "info, low, medium, high, critical or never; new or new:SEVERITY beside --baseline",
            )
        })
    };
    let fail_on = match text {
        "never" => FailOn::Nothing,
        // As grave as what fails a run without a baseline.
        "new" => FailOn::New(Severity::High),
        _ => match text.strip_prefix("new:") {
            Some(text) => FailOn::New(severity(text)?),
            None => FailOn::Severity(severity(text)?),
        },
    };
    Ok(Policy { fail_on })
}
