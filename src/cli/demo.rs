//! `relaycheck demo`: embedded servers of every behaviour on loopback, audited at once.
//!
//! Needs no network and no privileges, and ends in a few seconds. Every server says in the table which
//! verdict it deserves; the exit code is 0 only if each got it.

use super::args::{DemoArgs, GeneralArgs};
use super::error::CliError;
use super::exit::{Exit, Tally};
use super::output::Outputs;
use super::probe::{machine, runtime};
use super::settings::{self, Surroundings};
use super::signals;
use crate::engine::{self, Finished};
use crate::model::bytes::escape;
use crate::model::{
    Digest, Endpoint, Host, Named, Origin, Outcome, Policy, Reason, Report, RunInfo, Target,
    Totals, Verdict,
};
use crate::probe::forms::Profile;
use crate::probe::plan;
use crate::probe::script::Waits;
use crate::probe::template::Identity;
use crate::report::Style;
use crate::rules;
use crate::server::{BEHAVIOURS, Behaviour, Server};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Seed of the demonstration: every run asks the same.
const SEED: u64 = 20;

/// Waits for a silent server: short, since all of these are on this machine.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Runs the demonstration.
pub fn run(
    args: &DemoArgs,
    general: &GeneralArgs,
    around: &Surroundings,
) -> Result<Exit, CliError> {
    let format = args
        .format
        .as_deref()
        .map(|name| settings::format("--format", name))
        .transpose()?;
    let runtime = runtime()?;
    let mut servers = Vec::new();
    for behaviour in BEHAVIOURS {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = runtime
            .block_on(Server::start(behaviour, address))
            .map_err(|e| machine("an embedded server could not be started", e))?;
        servers.push(server);
    }
    let begun = Instant::now();
    let started = jiff::Timestamp::now().to_string();
    let stop = CancellationToken::new();
    signals::watch(&runtime, &stop)?;
    let (sender, mut receiver) = mpsc::channel(servers.len().max(1));
    let assignment = engine::Assignment {
        targets: engine::Work::Given(servers.iter().map(target).collect()),
        done: engine::Done::default(),
    };
    let broken = |e| machine("the audit could not go on", e);
    let settings = Arc::new(engine_settings());
    let running = engine::start(settings, assignment, vec![], vec![], sender, stop);
    let running = running.map_err(broken)?;
    let mut finished = Vec::new();
    while let Some(one) = receiver.blocking_recv() {
        finished.push(one);
    }
    let ended = running.wait().map_err(broken)?;
    finished.sort_by_key(|one: &Finished| one.place.index);
    let outcomes: Vec<Outcome> = finished.into_iter().flat_map(|one| one.outcomes).collect();
    let elapsed = begun.elapsed();
    let right = outcomes.len() == BEHAVIOURS.len()
        && BEHAVIOURS
            .iter()
            .zip(&outcomes)
            .all(|(b, o)| deserved(b, o));
    let options = settings::options(general, around);
    match format {
        Some(format) => {
            let mut totals = Totals::default();
            outcomes.iter().for_each(|outcome| totals.add(outcome));
            let policy = Policy::default();
            let mut tally = Tally::default();
            outcomes
                .iter()
                .for_each(|outcome| tally.add(&policy, outcome));
            let mut outputs = Outputs::open((format, options), &[], None)?;
            let report = Report {
                run: RunInfo {
                    version: env!("CARGO_PKG_VERSION"),
                    // Nobody has to know this scan from another.
                    id: Digest::new().to_string(),
                    targets: Digest::new().to_string(),
                    started,
                    elapsed,
                    seed: SEED,
                    shard: RunInfo::WHOLE.to_owned(),
                    complete: ended == engine::Ended::Complete,
                },
                policy,
                conclusion: tally.conclusion(),
                rules: rules::all().collect(),
                totals,
                audits: Vec::new(),
                logs: Vec::new(),
            };
            outputs.begin(&report.run);
            for outcome in &outcomes {
                outputs.outcome(outcome)?;
            }
            outputs.finish(&report)?;
        }
        None => {
            let text = explain(&outcomes, elapsed, options.style);
            match io::stdout().write_all(text.as_bytes()) {
                Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                    return Err(CliError::Output {
                        path: "standard output".into(),
                        source: e,
                    });
                }
                _ => {}
            }
        }
    }
    Ok(if right { Exit::Clean } else { Exit::Found })
}

fn target(server: &Server) -> Target {
    let address = server.address();
    Target {
        written: Arc::from(server.behaviour().id),
        origin: Origin::Argument(1),
        endpoint: Endpoint {
            host: Host::Address(address.ip()),
            port: address.port(),
            tls: server.behaviour().tls_use(),
        },
        address: Some(address.ip()),
        named: Named::Explicitly,
        local_domains: vec![Arc::from(server.domain())],
    }
}

fn engine_settings() -> engine::Settings {
    let most = NonZeroUsize::new(BEHAVIOURS.len()).unwrap_or(NonZeroUsize::MIN);
    let identity = Identity {
        probe_user: "relaycheck".to_owned(),
        probe_domain: "example.org".to_owned(),
        ext_user: "relaycheck".to_owned(),
        ext_domain: "example.com".to_owned(),
        local_user: "postmaster".to_owned(),
        seed: SEED,
    };
    engine::Settings {
        connect_limit: PATIENCE,
        target_limit: Duration::from_secs(20),
        concurrency: most,
        // All of them are at the same address; none minds.
        per_host: most,
        ..engine::Settings::new(plan::Settings {
            hello: Some("auditor.example.org".to_owned()),
            waits: Waits::of_reply(PATIENCE),
            legacy_tls: crate::net::tls::LEGACY,
            ..plan::Settings::new(Profile::Standard, identity)
        })
    }
}

fn deserved(behaviour: &Behaviour, outcome: &Outcome) -> bool {
    outcome.verdict == behaviour.verdict && outcome.reason == behaviour.reason
}

/// Writes a line for each server: what it does, what relaycheck says, whether that is right.
fn explain(outcomes: &[Outcome], elapsed: Duration, style: Style) -> String {
    let mut text = String::new();
    for (behaviour, outcome) in BEHAVIOURS.iter().zip(outcomes) {
        let verdict = word(outcome.verdict, style);
        let said = said(outcome.verdict, outcome.reason);
        text.push_str(&format!(
            "{verdict}  {:<22} {}\n",
            behaviour.id, behaviour.about
        ));
        if !deserved(behaviour, outcome) {
            text.push_str(&format!(
                "    WRONG: it deserves {}, relaycheck said {said}{}\n",
                crate::cli::demo::said(behaviour.verdict, behaviour.reason),
                outcome
                    .note
                    .as_deref()
                    .map(|note| format!(": {}", escape(note)))
                    .unwrap_or_default(),
            ));
        }
    }
    let right = BEHAVIOURS
        .iter()
        .zip(outcomes)
        .filter(|(b, o)| deserved(b, o))
        .count();
    let sessions: u32 = outcomes.iter().map(|outcome| outcome.sessions).sum();
    text.push_str(&format!(
        "\n{right} of {} servers got the verdict they deserve; {sessions} sessions in {:.1} s.\n\
         `relaycheck demo --format human` shows the dialogues; `relaycheck explain ID` tells what a word \
         means.\n",
        BEHAVIOURS.len(),
        elapsed.as_secs_f64(),
    ));
    text
}

fn said(verdict: Verdict, reason: Option<Reason>) -> String {
    match reason {
        Some(reason) => format!("{} ({})", verdict.as_str(), reason.as_str()),
        None => verdict.as_str().to_owned(),
    }
}

fn word(verdict: Verdict, style: Style) -> String {
    use anstyle::{AnsiColor, Style as Ansi};
    let padded = format!("{:<15}", verdict.as_str());
    if style == Style::Plain {
        return padded;
    }
    let ansi = match verdict {
        Verdict::RelayAccepting => Ansi::new().bold().fg_color(Some(AnsiColor::Red.into())),
        Verdict::Rejecting | Verdict::AuthRequired => {
            Ansi::new().fg_color(Some(AnsiColor::Green.into()))
        }
        Verdict::Inconclusive => Ansi::new().fg_color(Some(AnsiColor::Yellow.into())),
        Verdict::Unreachable => Ansi::new().dimmed(),
    };
    format!("{ansi}{padded}{ansi:#}")
}
