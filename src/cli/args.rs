//! What was typed, and nothing more.
//!
//! Nothing is opened, resolved or read while parsing; [`super::settings`] turns this into values that
//! cannot be wrong. Doc comments here are the help text.

#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    rustdoc::bare_urls,
    reason = "brackets and URLs are meant for a terminal here"
)]

use super::explain;
use crate::model::Lang;
use crate::smtp::limits;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

/// Finds open SMTP relays: servers that take mail from any outsider for any outsider.
///
/// Give hosts, networks or ranges to audit them over the wire. Nothing is ever sent unless --depth
/// queued asks for it.
#[derive(Debug, Parser)]
#[command(
    name = "relaycheck",
    version,
    long_version = env!("RELAYCHECK_VERSION"),
    disable_help_subcommand = true,
    override_usage = "relaycheck [OPTIONS] TARGET...\n       relaycheck COMMAND [OPTIONS] ...",
    after_help = "Exit codes: 0 everything was tested and nothing found; 1 a relay, or a finding at or \
                  above --fail-on; 2 wrong use, unreadable input or unwritable output; 3 no relay found, \
                  but something was not decided.",
    max_term_width = 100
)]
pub struct Typed {
    /// The subcommand; without one the targets are audited.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What belongs to the audit over the wire.
    #[command(flatten)]
    pub probe: ProbeArgs,
    /// What belongs to every command.
    #[command(flatten)]
    pub general: GeneralArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Audit SMTP hosts over the wire (the same as giving targets without a command)
    Probe(Box<ProbeArgs>),
    /// Audit configuration files of mail servers: who may relay, why, and which line to change
    Config(Box<ConfigArgs>),
    /// Audit logs of mail servers: what was relayed for outsiders, since when, by whom; who tried
    Logs(Box<LogsArgs>),
    /// Judge replies that other tools gathered: JSON lines in, JSON lines out
    Classify(ClassifyArgs),
    /// Run a receive-only SMTP server that keeps what arrives and never forwards anything
    Sink(SinkArgs),
    /// Audit embedded servers of every behaviour on loopback; needs no network
    Demo(DemoArgs),
    /// Explain a form, a rule, a verdict, a reason, a caveat or an outcome
    Explain(ExplainArgs),
    /// List the forms, rules, output formats, dialects, log formats or thresholds
    List(ListArgs),
    /// Say what changed between two reports (json or jsonl)
    Diff(DiffArgs),
    /// Make one report out of those of the parts of a divided scan (json or jsonl)
    Merge(MergeArgs),
    /// Print the JSON Schema of the reports, of a line of jsonl, or of what diff writes
    Schema(SchemaArgs),
    /// Print a completion script
    #[command(hide = true)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff
    #[command(hide = true)]
    Man {
        /// Write a page for each command into DIR instead
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "General")]
pub struct GeneralArgs {
    /// Say more: -v the answer to each form and targets left out; -vv also how each connection and session
    /// ends; -vvv everything, libraries included. All but the answers are a log on standard error
    /// (RELAYCHECK_LOG filters it)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Say less: only relays and the summary
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colours; auto: on terminals, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorArg::Auto, global = true)]
    pub color: ColorArg,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On terminals, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Options of the audit over the wire.
#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// Targets: HOST, HOST:PORT, [V6]:PORT, PORT with /tls or /plain, smtp:// and smtps://, mx:DOMAIN,
    /// NETWORK/LENGTH[:PORTS], FIRST-LAST
    #[arg(value_name = "TARGET", value_hint = ValueHint::Hostname)]
    pub targets: Vec<String>,
    /// Which targets.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// What is asked.
    #[command(flatten)]
    pub asking: AskingArgs,
    /// The scan as a whole.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// How fast.
    #[command(flatten)]
    pub pace: PaceArgs,
    /// From where.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// What comes out.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Whom the report goes to besides.
    #[command(flatten)]
    pub mail: MailArgs,
}

/// Which targets are audited.
#[derive(Debug, Args)]
#[command(next_help_heading = "Targets")]
pub struct SelectionArgs {
    /// Read targets from FILE, one a line, # for comments; - is standard input; may be repeated
    #[arg(short, long = "input", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub input: Vec<PathBuf>,
    /// Report bad lines of lists and go on
    #[arg(long)]
    pub skip_bad_lines: bool,
    /// Ports for targets that name none, such as 25,465,587 or 2465/tls
    #[arg(short, long, value_name = "PORTS", default_value = "25")]
    pub ports: String,
    /// Never contact these, checked before and after DNS; may be repeated
    #[arg(short = 'x', long = "exclude", value_name = "TARGET")]
    pub exclude: Vec<String>,
    /// Never contact what FILE lists
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub exclude_file: Vec<PathBuf>,
    /// Allow more than 16,777,216 addresses
    #[arg(long)]
    pub allow_large: bool,
    /// Ask IPv4 addresses of names only
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    pub ipv4: bool,
    /// Ask IPv6 addresses of names only
    #[arg(short = '6', long)]
    pub ipv6: bool,
}

/// What is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is asked")]
pub struct AskingArgs {
    /// How many forms: quick (the plain one), standard (what current servers fall for), full (all);
    /// default: standard for hosts, quick for networks, ranges and lists
    #[arg(long, value_name = "PROFILE", value_enum)]
    pub profile: Option<ProfileArg>,
    /// Ask the plain form and these only, by id (see `relaycheck list forms`)
    #[arg(
        long,
        value_name = "ID,...",
        value_delimiter = ',',
        conflicts_with = "profile"
    )]
    pub forms: Vec<String>,
    /// How far: rcpt and data send nothing; queued and delivered send a message to --rcpt
    #[arg(long, value_name = "DEPTH", value_enum, default_value_t = DepthArg::Rcpt)]
    pub depth: DepthArg,
    /// The outside recipient, an address of your own [default: relaycheck@example.com]
    #[arg(long, value_name = "ADDRESS", env = "RELAYCHECK_RCPT")]
    pub rcpt: Option<String>,
    /// The sender [default: relaycheck at this host's name, or at example.org]
    #[arg(long, value_name = "ADDRESS", env = "RELAYCHECK_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// The name given with EHLO [default: this host's name, or its address]
    #[arg(long, value_name = "NAME", env = "RELAYCHECK_HELO")]
    pub helo: Option<String>,
    /// Listen here for the message of --depth delivered; the mail exchanger of --rcpt must lead here
    #[arg(long, value_name = "ADDR:PORT")]
    pub sink: Option<std::net::SocketAddr>,
    /// How long the message is waited for
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub sink_wait: String,
    /// Whom the message of --depth queued names as the one who tests [default: the sender]
    #[arg(long, value_name = "TEXT", env = "RELAYCHECK_CONTACT")]
    pub contact: Option<String>,
    /// A domain the targets serve; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    pub local_domain: Vec<String>,
    /// A mailbox that exists at the targets
    #[arg(long, value_name = "NAME", default_value = "postmaster")]
    pub local_user: String,
    /// Seed of random names and tokens, to repeat a run exactly
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// The sets of forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProfileArg {
    /// The plain form, and the controls once something is accepted
    Quick,
    /// Every sender trick, the session tricks, and the address forms that current servers fall for
    Standard,
    /// Everything
    Full,
}

/// The depths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DepthArg {
    /// The recipient is answered; nothing is sent
    Rcpt,
    /// DATA is answered, then the connection dropped; nothing is sent
    Data,
    /// A message is sent
    Queued,
    /// A message is sent, and waited for at --sink
    Delivered,
}

/// The scan as a whole.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scan")]
pub struct ScanArgs {
    /// Take the I-th of N parts of the targets, from 1; auto/N takes I from the job array this runs in
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Say what would be contacted and which bytes would be sent; open no connection
    #[arg(long)]
    pub dry_run: bool,
    /// Keep a checkpoint in FILE as the scan goes, and go on from it if there is one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub resume: Option<PathBuf>,
}

/// How fast.
#[derive(Debug, Args)]
#[command(next_help_heading = "Pace")]
pub struct PaceArgs {
    /// Connections at once
    #[arg(short, long, value_name = "N", default_value = "256")]
    pub concurrency: std::num::NonZeroUsize,
    /// Connections at once to one address
    #[arg(long, value_name = "N", default_value = "1")]
    pub per_host: std::num::NonZeroUsize,
    /// Connections at once to one /24 or /64
    #[arg(long, value_name = "N")]
    pub per_net: Option<std::num::NonZeroUsize>,
    /// New connections a second, evenly spread
    #[arg(long, value_name = "N")]
    pub rate: Option<std::num::NonZeroU32>,
    /// Ask who answers "later" (greylisting and other 4xx) once more after this time; the scan waits
    /// for them at its end
    #[arg(long, value_name = "TIME")]
    pub retry_deferred: Option<String>,
    /// Wait for a connection
    #[arg(long, value_name = "TIME", default_value = spelled(limits::CONNECT))]
    pub connect_timeout: String,
    /// Wait for a reply; greeting pauses of 40 seconds are real
    #[arg(long, value_name = "TIME", default_value = spelled(limits::REPLY))]
    pub timeout: String,
    /// Time for one target, all sessions together
    #[arg(long, value_name = "TIME", default_value = spelled(limits::TARGET))]
    pub target_timeout: String,
    /// How often a connection that did not come about is tried again
    #[arg(long, value_name = "N", default_value = "0")]
    pub retries: u32,
}

/// From where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// Ask this name server instead of the system's
    #[arg(long, value_name = "ADDR:PORT", env = "RELAYCHECK_DNS_SERVER")]
    pub dns_server: Option<String>,
    /// Connect from this address of this machine; names are asked at addresses of its family
    #[arg(long, value_name = "ADDRESS")]
    pub source: Option<std::net::IpAddr>,
    /// Connect through a proxy: socks5://[USER:PASSWORD@]HOST:PORT or http://...
    #[arg(
        long,
        value_name = "URL",
        env = "RELAYCHECK_PROXY",
        hide_env_values = true
    )]
    pub proxy: Option<String>,
}

/// What comes out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct ReportArgs {
    /// The format on standard output (see `relaycheck list formats`)
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub format: String,
    /// Write a report into a file as well, such as json=report.json; may be repeated
    #[arg(short, long = "output", value_name = "FORMAT=FILE")]
    pub output: Vec<String>,
    /// Keep the whole dialogue with each result
    #[arg(long)]
    pub transcript: bool,
    /// Fail at findings of this severity: info, low, medium, high, critical, or never; new, new:medium,
    /// ...: only at what --baseline does not have (new alone means new:high)
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: String,
    /// Say of each result what became of it since the report OLD (json or jsonl; - is standard input)
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,
}

/// Options of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Files, or directories with all that is below them; - is standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// What is known of the servers.
    #[command(flatten)]
    pub known: KnownArgs,
    /// What comes out.
    #[command(flatten)]
    pub report: ConfigReportArgs,
    /// Whom the report goes to besides.
    #[command(flatten)]
    pub mail: MailArgs,
    /// The same as --mail-sender
    #[arg(
        long,
        value_name = "ADDR",
        requires = "mail_to",
        conflicts_with = "mail_sender"
    )]
    pub mail_from: Option<String>,
}

/// What the files do not say.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is known")]
pub struct KnownArgs {
    /// The kind of server (see `relaycheck list dialects`); without it, all that is recognised is audited
    #[arg(long, value_name = "NAME")]
    pub dialect: Option<String>,
    /// The version of the server, such as 3.7; without it, what the files say, else the newest
    #[arg(long, value_name = "VERSION")]
    pub mta_version: Option<String>,
    /// A domain of your own; may be repeated. Without any, no domain counts as a stranger's
    #[arg(long, value_name = "DOMAIN")]
    pub own_domain: Vec<String>,
    /// A domain that is relayed on purpose; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    pub relay_domain: Vec<String>,
    /// A network that is trusted on purpose, such as 192.0.2.0/24; may be repeated
    #[arg(long, value_name = "NET")]
    pub trusted_net: Vec<String>,
    /// The name of the host the files belong to: for defaults that follow it, and for the commands shown
    #[arg(long, value_name = "NAME")]
    pub hostname: Option<String>,
    /// Look absolute paths inside the files up below DIR: an image, a chroot
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
    /// Read what `postconf -n` and `postconf -M` print as main.cf and master.cf; - is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub postconf: Option<PathBuf>,
}

/// What comes out of the audit of configurations.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct ConfigReportArgs {
    /// Show the policy as well: who may send to whom, because of which line
    #[arg(long)]
    pub policy: bool,
    /// What is put aside, with reasons [default: relaycheck.toml here, if there is one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub suppressions: Option<PathBuf>,
    /// The format on standard output (see `relaycheck list formats`)
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub format: String,
    /// Write a report into a file as well, such as json=report.json; may be repeated
    #[arg(short, long = "output", value_name = "FORMAT=FILE")]
    pub output: Vec<String>,
    /// Fail at findings of this severity: info, low, medium, high, critical, or never; new, new:medium,
    /// ...: only at what --baseline does not have (new alone means new:high)
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: String,
    /// Say of each finding whether the report OLD has it (json or jsonl; - is standard input)
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,
}

/// Options of `logs`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing at or above --fail-on; 1 a finding at or above it; 2 wrong use, \
                  unreadable input or unwritable output; 3 nothing found, but something was not decided."
)]
pub struct LogsArgs {
    /// Files, in any order, also gzip, zstd, xz and bzip2; - is standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub paths: Vec<PathBuf>,
    /// What is known of the servers.
    #[command(flatten)]
    pub known: LogsKnownArgs,
    /// How the logs are read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// What counts as much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// What comes out.
    #[command(flatten)]
    pub report: LogsReportArgs,
    /// Whom the report goes to besides.
    #[command(flatten)]
    pub mail: MailArgs,
    /// The same as --mail-sender
    #[arg(
        long,
        value_name = "ADDR",
        requires = "mail_to",
        conflicts_with = "mail_sender"
    )]
    pub mail_from: Option<String>,
}

/// What logs do not say.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is known")]
pub struct LogsKnownArgs {
    /// A domain of your own, and all below it; may be repeated. Without any, and without --config, what is
    /// delivered here counts as your own, and findings are less sure
    #[arg(long, visible_alias = "local-domain", value_name = "DOMAIN")]
    pub own_domain: Vec<String>,
    /// A domain that is relayed on purpose; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    pub relay_domain: Vec<String>,
    /// A network that may relay, such as 192.0.2.0/24; may be repeated. Private networks always may
    #[arg(long, value_name = "NET")]
    pub trusted_net: Vec<String>,
    /// A relay of your own that brings mail here, such as a secondary MX; may be repeated
    #[arg(long, value_name = "NET")]
    pub known_relay: Vec<String>,
    /// A name or an address of the server itself; may be repeated
    #[arg(long, value_name = "NAME")]
    pub hostname: Vec<String>,
    /// Take domains and trusted networks from the configuration of the server, as `relaycheck config` reads it
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub config: Option<PathBuf>,
    /// An account that sends much or for others on purpose; may be repeated
    #[arg(long, value_name = "NAME")]
    pub bulk_account: Vec<String>,
    /// A client that sends much on purpose; may be repeated
    #[arg(long, value_name = "NET")]
    pub bulk_client: Vec<String>,
    /// A network of a mobile carrier: all of them together count as one; may be repeated
    #[arg(long, value_name = "NET")]
    pub mobile_net: Vec<String>,
    /// An outside address to which mail is forwarded on purpose; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub archive: Vec<String>,
    /// Which country a network is in: a file of lines NET,COUNTRY
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub countries: Option<PathBuf>,
}

/// How logs are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// The format (see `relaycheck list log-formats`); without it, what the first lines show
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// The zone of times that name none: +01:00, UTC, Europe/Berlin [default: that of this machine]
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// The year of the first line of each file, where times have none [default: from when the file was changed]
    #[arg(long, value_name = "YEAR")]
    pub year: Option<i16>,
    /// Leave out what was logged before TIME: 2026-03-02, 2026-03-02T06:00:00+01:00, or 7d for so long ago
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Leave out what was logged after TIME; with --follow, end then
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Wait for more at the end of each file, also when it is rotated or truncated; report when interrupted
    #[arg(long)]
    pub follow: bool,
    /// Go on where the last run with the same FILE has ended
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub state: Option<PathBuf>,
    /// Threads that read lines [default: one for each core but one, which joins them]
    #[arg(long, value_name = "N", hide = true)]
    pub threads: Option<std::num::NonZeroUsize>,
}

/// What counts as much.
#[derive(Debug, Args)]
#[command(next_help_heading = "Thresholds")]
pub struct LimitArgs {
    /// Set a threshold, such as LG010.count=20 or LG010.within=30m (see `relaycheck list thresholds`); may be
    /// repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub threshold: Vec<String>,
    /// Rows of the tables of the most active
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub top: Option<u64>,
}

/// What comes out of the audit of logs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct LogsReportArgs {
    /// Write the addresses that relayed, tried to or guessed passwords into FILE, one a line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub emit_clients: Option<PathBuf>,
    /// The format on standard output (see `relaycheck list formats`)
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub format: String,
    /// Write a report into a file as well, such as json=report.json; may be repeated
    #[arg(short, long = "output", value_name = "FORMAT=FILE")]
    pub output: Vec<String>,
    /// Fail at findings of this severity: info, low, medium, high, critical, or never; new, new:medium,
    /// ...: only at what --baseline does not have (new alone means new:high)
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: String,
    /// Say of each finding whether the report OLD has it (json or jsonl; - is standard input)
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,
}

/// The report by mail.
#[derive(Debug, Args)]
#[command(next_help_heading = "Mail")]
pub struct MailArgs {
    /// Mail the report to ADDR; may be repeated. Without more, only if something fails --fail-on, beside
    /// --baseline only if something is not as it was, and in any case if the run did not get to its end
    #[arg(long, value_name = "ADDR")]
    pub mail_to: Vec<String>,
    /// Mail it whatever came of it
    #[arg(long, requires = "mail_to")]
    pub mail_always: bool,
    /// The sender of the mail [default: that of --mail-from, else relaycheck at the name of this host]
    #[arg(long, value_name = "ADDR", requires = "mail_to")]
    pub mail_sender: Option<String>,
    /// Mail it through this server: smtp://HOST[:PORT], with ?tls=required for STARTTLS, or smtps://HOST
    /// [default: smtp://127.0.0.1]
    #[arg(long, value_name = "URL", requires = "mail_to")]
    pub smtp: Option<String>,
    /// Log in there as NAME; needs TLS [env: RELAYCHECK_SMTP_USER]
    #[arg(long, value_name = "NAME", requires = "mail_to")]
    pub smtp_user: Option<String>,
    /// The password for it: the first line of FILE. Else it is taken from RELAYCHECK_SMTP_PASSWORD
    #[arg(long, value_name = "FILE", requires = "mail_to", value_hint = ValueHint::FilePath)]
    pub smtp_password_file: Option<PathBuf>,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The older report; - is standard input
    #[arg(value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub old: PathBuf,
    /// The newer report; - is standard input
    #[arg(value_name = "NEW", value_hint = ValueHint::FilePath)]
    pub new: PathBuf,
    /// The format: human or json
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Human)]
    pub format: ListFormat,
    /// Fail at new relays, and at new findings of this severity: info, low, medium, high, critical, or
    /// never
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: String,
}

/// Options of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The reports of the parts, one each; - is standard input
    #[arg(value_name = "REPORT", required = true, value_hint = ValueHint::FilePath)]
    pub reports: Vec<PathBuf>,
    /// The format on standard output (see `relaycheck list formats`)
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub format: String,
    /// Write the report into a file as well, such as json=report.json; may be repeated
    #[arg(short, long = "output", value_name = "FORMAT=FILE")]
    pub output: Vec<String>,
    /// Fail at findings of this severity: info, low, medium, high, critical, or never
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: String,
    /// Do not count parts that are missing, or that do not say that they came to their end, as undecided
    #[arg(long)]
    pub allow_missing: bool,
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// What is described
    #[arg(value_enum, default_value_t = SchemaWhat::Report)]
    pub what: SchemaWhat,
}

/// The documents with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaWhat {
    /// What --format json writes
    Report,
    /// One line of what --format jsonl writes
    Result,
    /// One line of what config --format jsonl writes
    Audit,
    /// One line of what logs --format jsonl writes
    Log,
    /// What diff --format json writes
    Diff,
}

/// Options of `classify`.
#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// Read FILE instead of standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// Options of `sink`.
#[derive(Debug, Args)]
pub struct SinkArgs {
    /// Listen here; may be repeated
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2525")]
    pub listen: Vec<std::net::SocketAddr>,
    /// Keep each message as a file in DIR
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    /// End after N messages
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// End after this time
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The format on standard output; without it each behaviour is explained in a line
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<String>,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// What to explain: a form, a rule, a verdict, a reason, a caveat, evidence, an outcome; or "guide"
    #[arg(value_name = "ID", value_parser = Ids, hide_possible_values = true)]
    pub id: Option<String>,
    /// The language; without it that of LC_ALL, LC_MESSAGES or LANG
    #[arg(long, value_enum, value_name = "LANG", env = "RELAYCHECK_LANG")]
    pub lang: Option<LangArg>,
}

/// The languages of explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangArg {
    /// English
    En,
    /// Chinese (中文)
    Zh,
}

impl From<LangArg> for Lang {
    fn from(typed: LangArg) -> Self {
        match typed {
            LangArg::En => Self::En,
            LangArg::Zh => Self::Zh,
        }
    }
}

/// Takes any text, so that what is unknown is told with its hint; shells complete the ids there are.
#[derive(Debug, Clone, Copy)]
struct Ids;

impl TypedValueParser for Ids {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(explain::ids().map(PossibleValue::new)))
    }
}

/// Options of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The list
    #[arg(value_enum)]
    pub what: ListWhat,
    /// The format: human or json
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Human)]
    pub format: ListFormat,
}

/// The lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListWhat {
    /// Relay tests and controls
    Forms,
    /// Rules findings come from
    Rules,
    /// Output formats
    Formats,
    /// Kinds of servers whose configuration can be audited
    Dialects,
    /// Formats of logs that can be audited
    LogFormats,
    /// Thresholds of the log audit, with their values
    Thresholds,
}

/// The formats of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table for people
    Human,
    /// JSON
    Json,
}

/// Writes a time as it would be typed: `10s`, `1m`.
fn spelled(time: Duration) -> String {
    let time = jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX);
    format!("{time:#}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::time;

    #[test]
    fn the_defaults_shown_are_the_limits_of_the_protocol() {
        let typed = Typed::try_parse_from(["relaycheck", "192.0.2.1"]).expect("a target");
        let pace = &typed.probe.pace;
        for (text, limit) in [
            (&pace.connect_timeout, limits::CONNECT),
            (&pace.timeout, limits::REPLY),
            (&pace.target_timeout, limits::TARGET),
        ] {
            assert_eq!(time("--timeout", text).ok(), Some(limit), "{text}");
        }
        assert_eq!(spelled(Duration::from_millis(90_500)), "1m 30s 500ms");
    }
}
