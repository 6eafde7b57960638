//! Holds what one target's outcome takes up against servers that say as much as the protocol allows.
//!
//! The servers live in the test: every command is answered by a whole reply of the longest legal lines. What
//! they say in all is many times what may be kept, so that a ration that leaks is seen.

use relaycheck::model::{
    Driven, Endpoint, Evidence, Host, Named, Origin, Outcome, Target, TlsUse, Verdict, WireLine,
};
use relaycheck::probe::classify::{Circumstances, Run, conclude};
use relaycheck::probe::dialogue::{Action, Dialogue, Input};
use relaycheck::probe::forms::{Profile, of_profile};
use relaycheck::probe::names::{Names, Source};
use relaycheck::probe::plan::{Alike, Plan, Settings};
use relaycheck::probe::rules;
use relaycheck::probe::script::{Budget, Waits};
use relaycheck::probe::template::Identity;
use relaycheck::report::Reporter;
use relaycheck::report::jsonl::JsonLines;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Lines of a reply that just fits into what is kept of one: 16 KiB of lines of 512 octets.
const LINES: usize = 32;

/// Writes a reply as long as one may be, all of its text legal.
fn longest(code: u16, name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for index in 1..=LINES {
        let separator = if index == LINES { ' ' } else { '-' };
        let line = format!("{code}{separator}{name} line {index} ");
        out.extend(format!("{line:x<510}\r\n").into_bytes());
    }
    out
}

/// Answers one command: the code of its verb, all else the same.
fn answer(command: &str, recipient: u16) -> Vec<u8> {
    let code = match command.get(..4) {
        Some("RCPT") => recipient,
        Some("QUIT") => 221,
        Some("DATA") => 354,
        _ => 250,
    };
    longest(code, "mail.target.example")
}

/// Audits a server that answers RCPT by a code; gives the outcome with its transcript, and how many bytes
/// the server said.
fn audit(recipient: u16) -> (Outcome, usize) {
    let peer: IpAddr = "192.0.2.9".parse().expect("an address");
    let settings = Settings {
        forms: of_profile(Profile::Full),
        profile: Profile::Full,
        identity: Identity {
            probe_user: "probe".into(),
            probe_domain: "auditor.example".into(),
            ext_user: "relaycheck".into(),
            ext_domain: "example.com".into(),
            local_user: "postmaster".into(),
            seed: 7,
        },
        hello: Some("auditor.example".into()),
        depth: Driven::Rcpt,
        budget: Budget::default(),
        waits: Waits::of_reply(Duration::from_secs(60)),
        most_sessions: 60,
        legacy_tls: false,
        alike: Alike::default(),
    };
    let mut names = Names::new();
    names.learn(Source::User, b"mail.target.example");
    let mut plan = Plan::new(Arc::new(settings), peer, TlsUse::Never, names);
    let mut said = 0;
    while let Some(script) = plan.next_session() {
        let local = "198.51.100.7".parse().expect("an address");
        let mut dialogue = Dialogue::new(script, local);
        let mut unheard = longest(220, "mail.target.example ESMTP");
        loop {
            match dialogue.poll(Duration::ZERO) {
                Action::Write(bytes) => {
                    let text = String::from_utf8_lossy(&bytes);
                    unheard.extend(text.lines().flat_map(|line| answer(line, recipient)));
                }
                Action::Read { .. } => {
                    assert!(!unheard.is_empty(), "nothing is left to say");
                    let now = std::mem::take(&mut unheard);
                    said += now.len() - now.iter().filter(|b| **b == b'\n').count() * 2;
                    dialogue.handle(Input::Bytes(&now), Duration::ZERO);
                }
                Action::Extend => {
                    let asks = plan.extend_session(dialogue.so_far());
                    dialogue.handle(Input::Asks(asks), Duration::ZERO);
                }
                Action::StartTls => panic!("STARTTLS was never offered"),
                Action::Close => break,
            }
        }
        plan.absorb(dialogue.into_transcript(), Duration::ZERO);
    }
    let target = Target {
        written: Arc::from("192.0.2.9"),
        origin: Origin::Argument(1),
        endpoint: Endpoint {
            host: Host::Address(peer),
            port: 25,
            tls: TlsUse::Never,
        },
        address: Some(peer),
        named: Named::Explicitly,
        local_domains: Vec::new(),
    };
    let around = Circumstances {
        local: None,
        peer,
        run: Run::Finished,
        elapsed: Duration::from_secs(9),
    };
    let mut outcome = conclude(&plan, target, &around);
    outcome.findings = rules::findings(&plan, &outcome);
    let sessions = plan.transcripts().iter();
    let lines = sessions.flat_map(|session| session.lines(session.exchanges.iter()));
    outcome.transcript = Some(lines.collect());
    (outcome, said)
}

fn weight(lines: &[WireLine]) -> usize {
    let own = size_of::<WireLine>();
    lines
        .iter()
        .map(|line| own + line.bytes.as_bytes().len())
        .sum()
}

/// Weighs everything in an outcome that a server can make grow.
fn held(outcome: &Outcome) -> usize {
    let replies = outcome.forms.iter().flat_map(|form| &form.reply);
    let replies: usize = replies.map(|reply| reply.text.as_bytes().len()).sum();
    let dialogues: usize = outcome
        .forms
        .iter()
        .map(|form| weight(&form.dialogue))
        .sum();
    let server = &outcome.server;
    let facts = server
        .extensions
        .iter()
        .chain(&server.auth)
        .chain(&server.banner);
    let facts: usize = facts.map(|said| said.as_bytes().len()).sum();
    let proofs: usize = outcome
        .findings
        .iter()
        .map(|finding| weight(lines_of(&finding.evidence()[0])))
        .sum();
    replies + dialogues + facts + proofs + weight(outcome.transcript.as_deref().unwrap_or_default())
}

fn lines_of(evidence: &Evidence) -> &[WireLine] {
    match evidence {
        Evidence::Wire(lines) => lines,
        _ => &[],
    }
}

#[test]
fn what_a_server_says_is_kept_up_to_a_bound() {
    for recipient in [250, 550] {
        let (outcome, said) = audit(recipient);
        assert_eq!(outcome.verdict, Verdict::Inconclusive, "{recipient}");
        assert!(said > 6_000_000, "{recipient}: only {said} bytes were said");
        let held = held(&outcome);
        assert!(
            held < 3 * 1024 * 1024,
            "{recipient}: {held} of {said} bytes are held"
        );
        // What is missing is counted to the byte.
        let transcript = outcome.transcript.expect("a transcript");
        let received = transcript
            .iter()
            .filter(|line| line.direction.mark() == "<");
        let kept: usize = received
            .map(|line| line.bytes.as_bytes().len() + line.left_out)
            .sum();
        assert_eq!(kept, said, "{recipient}");
        assert!(transcript.iter().any(|line| line.left_out > 0));
    }
}

#[test]
fn the_proof_of_a_finding_is_whole_and_reports_say_what_is_missing() {
    let (outcome, _) = audit(250);
    let finding = &outcome.findings[0];
    let proof = lines_of(&finding.evidence()[0]);
    assert!(proof.iter().all(|line| line.left_out == 0));
    let received = proof
        .iter()
        .filter(|line| line.direction.mark() == "<")
        .count();
    // EHLO, MAIL and RCPT.
    assert_eq!(received, 3 * LINES);
    let mut out = Vec::new();
    JsonLines::default()
        .outcome(&outcome, &mut out)
        .expect("room");
    let line: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    let transcript = line["transcript"].as_array().expect("lines");
    let missing: Vec<u64> = transcript
        .iter()
        .filter_map(|line| line["left_out"].as_u64())
        .collect();
    let marked = outcome
        .transcript
        .expect("lines")
        .iter()
        .filter(|line| line.left_out > 0)
        .count();
    assert!(marked > 0 && missing.len() == marked && missing.iter().all(|n| *n > 10_000));
}
