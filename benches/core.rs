//! What the core costs for each reply, each host and each result, without sockets: `cargo bench`.
//!
//! In: the labelled replies of `tests/fixtures/wire`, and a scripted server that refuses to relay. Out: a
//! line for each piece of work: microseconds for one item, the median of several rounds and the best.
//!
//! What a scan costs besides is the system's: sockets, timers and the bytes on their way.
//!
//! Limits: times of a busy machine are only good for comparing; the best round is what it can do.

#![allow(clippy::print_stdout)]

use relaycheck::model::{Driven, Endpoint, Host, Named, Origin, Outcome, Target, TlsUse, Verdict};
use relaycheck::probe::classify::{Circumstances, Run, conclude};
use relaycheck::probe::dialogue::{Action, Dialogue, Input};
use relaycheck::probe::forms::{Profile, of_profile};
use relaycheck::probe::judge::{Stage, judge};
use relaycheck::probe::names::Names;
use relaycheck::probe::plan::{Alike, Plan, Settings};
use relaycheck::probe::rules;
use relaycheck::probe::script::{Budget, Waits};
use relaycheck::probe::template::Identity;
use relaycheck::report::Reporter;
use relaycheck::report::jsonl::JsonLines;
use relaycheck::smtp::Reply;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rounds of one measurement.
const ROUNDS: usize = 9;

/// How long a round takes at least.
const ROUND: Duration = Duration::from_millis(100);

fn main() {
    let replies = replies();
    measure("judge a reply", replies.len(), || {
        for (stage, reply) in &replies {
            black_box(judge(*stage, reply, None));
        }
    });

    let settings = Arc::new(settings());
    let outcome = audit(&settings);
    assert_eq!(
        outcome.verdict,
        Verdict::Rejecting,
        "the bench plays as meant"
    );
    measure("audit a host that refuses, profile quick", 1, || {
        black_box(audit(&settings));
    });

    let mut reporter = JsonLines::default();
    let mut line = Vec::new();
    measure("write a result as a line of JSON", 1, || {
        line.clear();
        let written = reporter.outcome(&outcome, &mut line);
        written.expect("a vector has room");
        black_box(&line);
    });
}

/// Repeats work on so many items and says what one of them takes.
fn measure(what: &str, items: usize, mut work: impl FnMut()) {
    // The first time makes the tables.
    work();
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            let mut times = 0;
            while begun.elapsed() < ROUND {
                work();
                times += 1;
            }
            begun.elapsed().as_secs_f64() * 1e6 / (times * items) as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let (median, best) = (rounds[ROUNDS / 2], rounds[0]);
    println!("{what:45} {median:8.2} µs, at best {best:8.2} µs");
}

/// Reads the collected replies.
fn replies() -> Vec<(Stage, Reply)> {
    let collections = [
        include_str!("../tests/fixtures/wire/replies.jsonl"),
        include_str!("../tests/fixtures/wire/replies-more.jsonl"),
    ];
    let lines = collections.iter().flat_map(|collection| collection.lines());
    lines
        .filter_map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            let stage = row["stage"].as_str().expect("a stage");
            let stage = Stage::ALL.iter().find(|known| known.as_str() == stage)?;
            let reply = row["reply"].as_str().expect("a reply");
            Some((*stage, Reply::from_recorded(reply.as_bytes())?))
        })
        .collect()
}

/// Gives what a scan is run with.
fn settings() -> Settings {
    Settings {
        forms: of_profile(Profile::Quick),
        profile: Profile::Quick,
        identity: Identity {
            probe_user: "relaycheck".to_owned(),
            probe_domain: "example.org".to_owned(),
            ext_user: "relaycheck".to_owned(),
            ext_domain: "example.com".to_owned(),
            local_user: "postmaster".to_owned(),
            seed: 1,
        },
        hello: None,
        depth: Driven::Rcpt,
        budget: Budget::default(),
        waits: Waits::of_reply(Duration::from_secs(5)),
        most_sessions: 6,
        legacy_tls: false,
        alike: Alike::default(),
    }
}

/// Audits a host that is played here, from the first byte to the findings.
fn audit(settings: &Arc<Settings>) -> Outcome {
    let local = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
    let peer = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 25));
    let mut plan = Plan::new(
        Arc::clone(settings),
        peer,
        TlsUse::Opportunistic,
        Names::new(),
    );
    while let Some(script) = plan.next_session() {
        let mut dialogue = Dialogue::new(script, local);
        play(&mut dialogue, &mut plan);
        plan.absorb(dialogue.into_transcript(), Duration::ZERO);
    }
    let target = Target {
        written: Arc::from("192.0.2.0/24"),
        origin: Origin::Argument(1),
        endpoint: Endpoint {
            host: Host::Address(peer),
            port: 25,
            tls: TlsUse::Opportunistic,
        },
        address: Some(peer),
        named: Named::ByRange,
        local_domains: Vec::new(),
    };
    let around = Circumstances {
        local: Some(local),
        peer,
        run: Run::Finished,
        elapsed: Duration::from_millis(40),
    };
    let mut outcome = conclude(&plan, target, &around);
    outcome.findings = rules::findings(&plan, &outcome);
    outcome
}

/// Plays one session of a server that takes no mail for others.
fn play(dialogue: &mut Dialogue, plan: &mut Plan) {
    let now = Duration::from_millis(20);
    let mut said: Vec<u8> = b"220 mx.example.net ESMTP ready\r\n".to_vec();
    loop {
        match dialogue.poll(now) {
            Action::Write(bytes) => {
                let lines = bytes.split_inclusive(|byte| *byte == b'\n');
                lines.for_each(|line| said.extend_from_slice(answer(line)));
            }
            Action::Read { .. } if said.is_empty() => dialogue.handle(Input::Closed, now),
            Action::Read { .. } => {
                dialogue.handle(Input::Bytes(&said), now);
                said.clear();
            }
            Action::StartTls => unreachable!("no STARTTLS is offered"),
            Action::Extend => {
                let asks = plan.extend_session(dialogue.so_far());
                dialogue.handle(Input::Asks(asks), now);
            }
            Action::Close => return,
        }
    }
}

fn answer(line: &[u8]) -> &'static [u8] {
    match line.first_chunk::<4>() {
        Some(b"EHLO") => {
            b"250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-8BITMIME\r\n\
              250 ENHANCEDSTATUSCODES\r\n"
        }
        Some(b"MAIL") => b"250 2.1.0 Ok\r\n",
        Some(b"RCPT") => b"554 5.7.1 <relaycheck@example.com>: Relay access denied\r\n",
        Some(b"QUIT") => b"221 2.0.0 Bye\r\n",
        _ => b"502 5.5.2 Error: command not recognized\r\n",
    }
}
