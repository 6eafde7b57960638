//! `relaycheck config`: files in, reports out, an exit code at the end.
//!
//! | code | means |
//! | --- | --- |
//! | 0 | nothing at or above `--fail-on`, nobody's mail is taken, and everything was decided |
//! | 1 | an outcome that takes an outsider's mail, or a finding at or above the threshold |
//! | 2 | wrong use, a path that cannot be read or in which nothing is recognised, an unwritable output |
//! | 3 | an outcome is conditional, or nothing is taken as far as was read and not everything was read |
//!
//! A path that cannot be audited does not stop the others: their report is written, then the trouble is told.
//!
//! What is put aside, and what an older report has, is marked before any reporter sees it. Paths are audited on
//! all cores, reported in their order.

use super::args::{ConfigArgs, GeneralArgs, KnownArgs};
use super::error::CliError;
use super::exit::{Exit, Tally};
use super::mail::{self, Mail};
use super::output::Outputs;
use super::postconf;
use super::settings::{self, Surroundings, hinted};
use super::store::Disk;
use super::{input, suppressions};
use crate::model::bytes::escape;
use crate::model::{ConfAudit, Day, Digest, FailOn, Report, RunInfo, Suppressions, Totals};
use crate::mtaconf::nets::Net;
use crate::mtaconf::served::Served;
use crate::mtaconf::source::{Entry, Files, Found, MOST_BYTES, Memory, Store, Why};
use crate::mtaconf::{self, Context, DIALECTS, Dialect, Version, audit, parallel};
use crate::probe::names::host_name;
use crate::report::compare::OldAudits;
use crate::rules;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What standard input is called where a file has to have a name.
const STDIN: &str = "stdin";

/// Something to audit.
enum Input {
    /// A path on this machine.
    Path(PathBuf),
    /// Files that were read already: the path to report, the path in the store, the store.
    Held(String, &'static str, Memory, Option<&'static Dialect>),
}

/// Runs the audit.
pub fn run(
    args: &ConfigArgs,
    general: &GeneralArgs,
    around: &Surroundings,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    let begun = Instant::now();
    let known = &args.known;
    let dialect = known.dialect.as_deref().map(dialect).transpose()?;
    let context = context(known)?;
    let format = settings::format("--format", &args.report.format)?;
    let files = settings::files(&args.report.output)?;
    let policy = settings::policy(&args.report.fail_on)?;
    if matches!(policy.fail_on, FailOn::New(_)) && args.report.baseline.is_none() {
        return Err(settings::without_baseline());
    }
    let mail = Mail::new(
        &args.mail,
        mail::From::Mail(args.mail_from.as_deref()),
        args.report.baseline.as_deref(),
        around,
    )?;
    only_one_stdin(args)?;
    let mut aside = suppressions::load(args.report.suppressions.as_deref(), today())?;
    let baseline = args.report.baseline.as_deref().map(older).transpose()?;
    let mut options = settings::options(general, around);
    options.policy = args.report.policy;
    options.files = true;
    let mut outputs = Outputs::open((format, options), &files, None)?.with_mail(mail);
    let inputs = inputs(args, dialect)?;
    let run = run_info(args);
    outputs.begin(&run);

    let disk = Disk::new(known.root.as_deref());
    let root = known.root.as_deref().map(|root| disk.name(root));
    let each = parallel::map(&inputs, |one| {
        audit_one(one, &disk, root.as_deref(), dialect, &context)
    });
    let mut audits: Vec<ConfAudit> = Vec::new();
    let mut trouble: Vec<CliError> = Vec::new();
    for result in each {
        match result {
            Ok(found) => audits.extend(found),
            Err(error) => trouble.push(error),
        }
    }
    if let (Some(version), None) = (&known.mta_version, dialect) {
        doubt_version(version, &audits, complain);
    }
    for audit in &mut audits {
        aside.apply(audit);
    }
    tell_of(&aside, complain);
    if let Some(old) = baseline {
        old.mark(&mut audits);
    }

    let mut tally = Tally::default();
    let mut totals = Totals::default();
    for audit in &audits {
        tally.add_audit(&policy, audit);
        totals.add_audit(audit);
        outputs.audit(audit)?;
    }
    if !trouble.is_empty() {
        tally.interrupted();
    }
    let exit = outputs.finish(&Report {
        run: RunInfo {
            elapsed: begun.elapsed(),
            complete: trouble.is_empty(),
            ..run
        },
        policy,
        conclusion: tally.conclusion(),
        rules: rules::all().collect(),
        totals,
        audits,
        logs: Vec::new(),
    })?;
    exit.after(trouble, complain)
}

/// Audits one input.
fn audit_one(
    input: &Input,
    disk: &Disk,
    root: Option<&str>,
    dialect: Option<&'static Dialect>,
    context: &Context,
) -> Result<Vec<ConfAudit>, CliError> {
    match input {
        Input::Path(path) => {
            let name = disk.name(path);
            let unreadable = |why: Why| CliError::Input {
                path: path.clone(),
                source: as_io(why),
            };
            let files = Files::new(disk, &name, root).map_err(unreadable)?;
            if files.is_single()
                && let Some(Found::Unread(why)) = files.names().next().map(|one| files.read(one))
            {
                return Err(unreadable(why));
            }
            recognised(path, audit(&name, &files, dialect, context), dialect)
        }
        Input::Held(path, inside, memory, of) => {
            let store = Behind { memory, disk, root };
            let named = of.or(dialect);
            let trouble = |why| CliError::Input {
                path: path.into(),
                source: as_io(why),
            };
            let files = Files::new(&store, inside, root).map_err(trouble)?;
            let found = audit(path, &files, named, context);
            recognised(Path::new(path), found, named)
        }
    }
}

/// Says whom the servers serve whose configuration lies at a path.
pub(super) fn served(path: &Path) -> Result<Served, CliError> {
    let disk = Disk::new(None);
    let name = disk.name(path);
    let unreadable = |why: Why| CliError::Input {
        path: path.to_owned(),
        source: as_io(why),
    };
    let files = Files::new(&disk, &name, None).map_err(unreadable)?;
    if files.is_single()
        && let Some(Found::Unread(why)) = files.names().next().map(|one| files.read(one))
    {
        return Err(unreadable(why));
    }
    mtaconf::served(&files, &Context::default()).ok_or_else(|| CliError::Unrecognised {
        path: path.to_owned(),
        dialect: None,
    })
}

fn recognised(
    path: &Path,
    audits: Vec<ConfAudit>,
    dialect: Option<&'static Dialect>,
) -> Result<Vec<ConfAudit>, CliError> {
    match audits.is_empty() {
        false => Ok(audits),
        true => Err(CliError::Unrecognised {
            path: path.to_owned(),
            dialect: dialect.map(|dialect| dialect.name),
        }),
    }
}

/// Files in memory, and behind them, where a root was given, those below it. Without one, what an output of
/// `postconf` names lies on the machine it comes from, not here.
struct Behind<'a> {
    memory: &'a Memory,
    disk: &'a Disk,
    root: Option<&'a str>,
}

impl Store for Behind<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, Why> {
        match (self.memory.read(path), self.root) {
            (Err(Why::Missing), Some(root)) if path.starts_with(root) => self.disk.read(path),
            (read, _) => read,
        }
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, Why> {
        self.memory.list(path)
    }
}

/// Gathers what is to be audited; reads standard input.
fn inputs(args: &ConfigArgs, dialect: Option<&'static Dialect>) -> Result<Vec<Input>, CliError> {
    let mut inputs = Vec::new();
    if let Some(path) = &args.known.postconf {
        let postfix = Dialect::named("postfix");
        if dialect.is_some_and(|named| Some(named.name) != postfix.map(|one| one.name)) {
            return Err(hinted(
                "--postconf",
                "what postconf prints is Postfix's",
                "leave --dialect out, or say --dialect postfix",
            ));
        }
        let text = read_whole(path)?;
        let memory = postconf::files(&String::from_utf8_lossy(&text));
        inputs.push(Input::Held(shown(path), "", memory, postfix));
    }
    for path in &args.paths {
        inputs.push(match path == Path::new("-") {
            true => {
                let memory = Memory::new([(STDIN, read_whole(path)?)]);
                Input::Held(shown(path), STDIN, memory, None)
            }
            false => Input::Path(path.clone()),
        });
    }
    match inputs.is_empty() {
        true => Err(CliError::NoPaths),
        false => Ok(inputs),
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Reads a file or standard input, of which no more is held than of any other file.
fn read_whole(path: &Path) -> Result<Vec<u8>, CliError> {
    let (name, input) = input::open(path)?;
    let trouble = |source| CliError::Input {
        path: PathBuf::from(&name),
        source,
    };
    let mut bytes = Vec::new();
    input
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(trouble)?;
    match bytes.len() as u64 {
        length if length > MOST_BYTES => Err(trouble(as_io(Why::TooLarge(length)))),
        _ => Ok(bytes),
    }
}

fn only_one_stdin(args: &ConfigArgs) -> Result<(), CliError> {
    let dash = Path::new("-");
    let paths = args.paths.iter().filter(|path| *path == dash).count();
    let others = [&args.known.postconf, &args.report.baseline];
    let others = others.into_iter().flatten().filter(|path| *path == dash);
    match paths + others.count() {
        0 | 1 => Ok(()),
        _ => Err(hinted(
            "config",
            "standard input can be read once only",
            "give the others as files",
        )),
    }
}

fn older(path: &Path) -> Result<OldAudits, CliError> {
    let (name, mut input) = input::open(path)?;
    OldAudits::read(&mut *input).map_err(|source| CliError::Report { name, source })
}

fn as_io(why: Why) -> io::Error {
    match why {
        Why::Missing => io::ErrorKind::NotFound.into(),
        Why::NotAFile => io::Error::other("neither a file nor a directory"),
        why => io::Error::other(why.to_string()),
    }
}

fn dialect(name: &str) -> Result<&'static Dialect, CliError> {
    Dialect::named(name).ok_or_else(|| {
        let known: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.name).collect();
        hinted(
            "--dialect",
            format!("there is no dialect '{}'", escape(name)),
            format!("known are {}", known.join(", ")),
        )
    })
}

/// Reads what is known of the servers.
fn context(known: &KnownArgs) -> Result<Context, CliError> {
    let version = |text: &String| {
        Version::parse(text).ok_or_else(|| {
            hinted(
                "--mta-version",
                format!("'{}' is no version", escape(text)),
                "such as 3.7 or 4.96.2",
            )
        })
    };
    Ok(Context {
        version: known.mta_version.as_ref().map(version).transpose()?,
        own_domains: domains("--own-domain", &known.own_domain)?,
        relay_domains: domains("--relay-domain", &known.relay_domain)?,
        trusted: nets("--trusted-net", &known.trusted_net)?,
        hostname: known.hostname.as_deref().map(host).transpose()?,
    })
}

/// Reads networks.
pub(super) fn nets(option: &'static str, all: &[String]) -> Result<Vec<Net>, CliError> {
    let read = |text: &String| {
        Net::parse(text).map_err(|e| {
            hinted(
                option,
                format!("'{}': {e}", escape(text)),
                "such as 192.0.2.0/24 or 2001:db8::/48",
            )
        })
    };
    all.iter().map(read).collect()
}

/// Reads domains.
pub(super) fn domains(option: &'static str, all: &[String]) -> Result<Vec<String>, CliError> {
    all.iter().map(|text| domain(option, text)).collect()
}

/// Reads a domain as a list of a server would have it: lower case, without a dot at its end.
fn domain(option: &'static str, text: &str) -> Result<String, CliError> {
    let name = text.trim().trim_end_matches('.');
    let name = idna::domain_to_ascii(name).unwrap_or_default();
    let sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if name.is_empty() || name.starts_with('.') || !name.bytes().all(sound) {
        return Err(hinted(
            option,
            format!("'{}' is no domain", escape(text)),
            "such as example.com; what is below it is meant as well",
        ));
    }
    Ok(name)
}

fn host(text: &str) -> Result<String, CliError> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    host_name(text.as_bytes()).ok_or_else(|| {
        hinted(
            "--hostname",
            format!("'{}' is no host name", escape(text)),
            "such as mail.example.com",
        )
    })
}

/// Says that a version was held against several kinds of server.
fn doubt_version(version: &str, audits: &[ConfAudit], complain: &mut dyn FnMut(String)) {
    let mut names: Vec<&str> = audits.iter().map(|audit| audit.dialect).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > 1 {
        complain(format!(
            "--mta-version {version} was taken for {}; say with --dialect which one it is of",
            names.join(" and ")
        ));
    }
}

/// Says which suppressions no longer hold, and which nothing fits.
fn tell_of(aside: &Suppressions, complain: &mut dyn FnMut(String)) {
    for (one, until) in aside.expired() {
        complain(format!(
            "{}: the suppression of {} held until {until} and does not any more",
            one.origin, one.rule
        ));
    }
    for one in aside.unused() {
        complain(format!(
            "{}: the suppression of {} fits nothing that was found",
            one.origin, one.rule
        ));
    }
}

/// Tells what day it is here.
fn today() -> Day {
    let date = jiff::ZonedDateTime::now().date();
    Day {
        year: u16::try_from(date.year()).unwrap_or(0),
        month: u8::try_from(date.month()).unwrap_or(1),
        day: u8::try_from(date.day()).unwrap_or(1),
    }
}

/// Names the run: by what was asked, so that two runs of one command have one name.
fn run_info(args: &ConfigArgs) -> RunInfo {
    let mut targets = Digest::new();
    for path in args.paths.iter().chain(&args.known.postconf) {
        targets.write(&shown(path));
    }
    let mut id = targets.clone();
    id.write(env!("CARGO_PKG_VERSION"));
    id.write(&format!("{:?}", args.known));
    RunInfo {
        version: env!("CARGO_PKG_VERSION"),
        id: id.to_string(),
        targets: targets.to_string(),
        started: jiff::Timestamp::now().to_string(),
        elapsed: std::time::Duration::ZERO,
        seed: 0,
        shard: RunInfo::WHOLE.to_owned(),
        complete: false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Command, GeneralArgs, Typed};
    use super::super::settings::ProbeSettings;
    use super::*;
    use crate::model::Envelope;
    use crate::report::again::of_envelope;
    use clap::Parser;
    use proptest::prelude::*;

    fn around() -> Surroundings {
        Surroundings {
            host_name: None,
            entropy: 7,
            variable: |_| None,
            colours: false,
            width: None,
        }
    }

    fn known(options: &[&str]) -> Result<Context, CliError> {
        let words = ["relaycheck", "config"].iter().chain(options).chain(&["x"]);
        let typed = Typed::try_parse_from(words).expect("options");
        let Some(Command::Config(args)) = typed.command else {
            panic!("another command");
        };
        context(&args.known)
    }

    #[test]
    fn what_is_known_becomes_values() {
        let context = known(&[
            "--mta-version=3.7.11",
            "--own-domain=Example.COM.",
            "--own-domain=münchen.example",
            "--trusted-net=192.0.2.0/24",
            "--hostname=Mail.example.com",
        ])
        .expect("fine");
        assert_eq!(context.version, Some(Version(3, 7, 11)));
        assert_eq!(
            context.own_domains,
            ["example.com", "xn--mnchen-3ya.example"]
        );
        assert_eq!(context.trusted.len(), 1);
        assert_eq!(context.hostname.as_deref(), Some("mail.example.com"));
        for wrong in [
            "--mta-version=newest",
            "--own-domain=a b",
            "--relay-domain=.",
            "--trusted-net=192.0.2.1/24",
            "--hostname=two words",
        ] {
            let error = known(&[wrong]).expect_err(wrong);
            assert!(error.hint().is_some(), "{wrong}");
            let option = wrong.split('=').next().expect("a name");
            assert!(error.to_string().starts_with(option), "{error}");
        }
    }

    /// Splits a line as a shell does that knows single quotes and a backslash before one.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            let word = words.last_mut().expect("a word");
            match c {
                '\'' => quoted = !quoted,
                '\\' if !quoted => word.extend(chars.next()),
                ' ' if !quoted => words.push(String::new()),
                c => word.push(c),
            }
        }
        assert!(!quoted, "{line}");
        words
    }

    fn understood(envelope: &Envelope, host: Option<&str>) -> Option<ProbeSettings> {
        let line = of_envelope(envelope, host)?;
        let typed = Typed::try_parse_from(words(&line)).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(typed.command.is_none(), "{line}");
        assert_eq!(typed.probe.targets.len(), 1, "{line}");
        let general: GeneralArgs = typed.general;
        let settings = ProbeSettings::new(&typed.probe, &general, &around());
        Some(settings.unwrap_or_else(|e| panic!("{line}: {e}")))
    }

    #[test]
    fn the_command_for_an_envelope_means_that_envelope() {
        let envelope = Envelope {
            client: Some("198.51.100.0/24".to_owned()),
            helo: Some("-it's".to_owned()),
            sender: Some("a'b@example.net".to_owned()),
            recipient: Some("c%d@example.com".to_owned()),
            port: Some(587),
            implicit_tls: false,
            besides: None,
        };
        let settings = understood(&envelope, Some("mail.example.com")).expect("a command");
        assert_eq!(settings.plan.hello.as_deref(), Some("-it's"));
        let identity = &settings.plan.identity;
        assert_eq!(identity.probe_user, "a'b");
        assert_eq!(identity.probe_domain, "example.net");
        assert_eq!(identity.ext_user, "c%d");
        let source = settings.connector.source.map(|source| source.to_string());
        assert_eq!(source.as_deref(), Some("198.51.100.1"));
        let forms: Vec<&str> = settings.plan.forms.iter().map(|form| form.id).collect();
        assert_eq!(forms, ["plain"]);

        let bounce = Envelope {
            sender: Some("<>".to_owned()),
            ..Envelope::default()
        };
        let settings = understood(&bounce, None).expect("a command");
        let forms: Vec<&str> = settings.plan.forms.iter().map(|form| form.id).collect();
        assert_eq!(forms, ["plain", "null-sender"]);
    }

    proptest! {
        #[test]
        fn every_command_for_an_envelope_is_understood(
            client in proptest::option::of("[-0-9a-f.:/ ]{0,20}"),
            helo in proptest::option::of("[ -~]{0,12}"),
            sender in proptest::option::of("[!-~]{0,8}@[-a-z0-9.]{0,12}"),
            recipient in proptest::option::of("<?[!-~]{1,8}@[a-z0-9]{1,5}\\.[a-z]{2,4}>?"),
            port in proptest::option::of(1_u16..),
            implicit_tls: bool,
            host in proptest::option::of("[-a-z0-9.:]{0,12}"),
        ) {
            let envelope = Envelope {
                client, helo, sender, recipient, port, implicit_tls, besides: None,
            };
            understood(&envelope, host.as_deref());
        }
    }
}
