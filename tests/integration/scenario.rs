//! Plays the dialogues in `tests/fixtures/wire/servers/*.smtp` against the pure core.
//!
//! A scenario is a list of sessions with one server, written as both sides speak:
//!
//! ```text
//! set forms plain, null-sender      what is asked, see `Setup`
//! S: 220 mail.example.net ESMTP     the server says a line
//! C: EHLO [192.0.2.200]             relaycheck must say exactly this; `*` stands for any text
//! X: close                          something that is no line, see `Event`
//! ---                               the next session
//! = verdict rejecting               what must come out
//! ```
//!
//! Every scenario is played twice: with what the server says in whole pieces, and byte by byte. Both
//! must end the same, but where the point is that several replies come at once (`set play whole`).

use relaycheck::model::{
    Driven, Endpoint, Host, Named, Origin, Outcome, Target, TlsFacts, TlsStack, TlsUse,
};
use relaycheck::probe::classify::{Circumstances, Run, conclude};
use relaycheck::probe::dialogue::{Action, Dialogue, Input};
use relaycheck::probe::forms::{Profile, form, of_profile};
use relaycheck::probe::names::{Names, Source};
use relaycheck::probe::plan::{Alike, Plan, Settings};
use relaycheck::probe::script::{Budget, Waits};
use relaycheck::probe::template::Identity;
use relaycheck::probe::transcript::TlsTrouble;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const PEER: &str = "192.0.2.9";
const LOCAL: &str = "198.51.100.7";

/// One thing that happens in a session.
#[derive(Debug, Clone, PartialEq)]
enum Event {
    /// `S:`, with its line end.
    Says(Vec<u8>),
    /// `C:`.
    Hears(String),
    /// `X: close`.
    Closes,
    /// `X: silence`: the wait passes.
    FallsSilent,
    /// `X: out-of-time`.
    OutOfTime,
    /// `X: tls-up`.
    TlsUp,
    /// `X: tls-fails`, `X: tls-too-old`.
    TlsFails(TlsTrouble),
}

#[derive(Debug, Default)]
struct Scenario {
    forms: Vec<String>,
    profile: Option<String>,
    depth: Option<String>,
    tls: Option<String>,
    served: Option<String>,
    legacy_tls: bool,
    /// Meaningful only if what the server says comes in whole pieces.
    whole_only: bool,
    sessions: Vec<Vec<Event>>,
    expected: Vec<String>,
}

impl Scenario {
    fn read(text: &str) -> Self {
        let mut scenario = Self {
            sessions: vec![Vec::new()],
            ..Self::default()
        };
        for line in text.lines() {
            let (mark, rest) = line.split_at(line.find(' ').map_or(line.len(), |i| i + 1));
            let session = scenario.sessions.last_mut().expect("one session at least");
            match mark.trim_end() {
                "" | "#" => {}
                "S:" => session.push(Event::Says(format!("{rest}\r\n").into_bytes())),
                "S" => session.push(Event::Says(unescape(rest))),
                "C:" => session.push(Event::Hears(rest.to_owned())),
                "X:" => session.push(match rest {
                    "close" => Event::Closes,
                    "silence" => Event::FallsSilent,
                    "out-of-time" => Event::OutOfTime,
                    "tls-up" => Event::TlsUp,
                    "tls-fails" => Event::TlsFails(TlsTrouble::Other),
                    "tls-too-old" => Event::TlsFails(TlsTrouble::TooOld),
                    other => panic!("unknown event {other}"),
                }),
                "---" => scenario.sessions.push(Vec::new()),
                "=" => scenario.expected.push(rest.to_owned()),
                "set" => {
                    let (name, value) = rest.split_once(' ').expect("a value");
                    let value = value.to_owned();
                    match name {
                        "forms" => {
                            scenario.forms = value.split(", ").map(str::to_owned).collect();
                        }
                        "profile" => scenario.profile = Some(value),
                        "depth" => scenario.depth = Some(value),
                        "tls" => scenario.tls = Some(value),
                        "served" => scenario.served = Some(value),
                        "play" => scenario.whole_only = value == "whole",
                        "legacy-tls" => scenario.legacy_tls = value == "yes",
                        other => panic!("unknown setting {other}"),
                    }
                }
                other => panic!("unknown mark {other}"),
            }
        }
        scenario
    }

    fn plan(&self) -> Plan {
        let profile = match self.profile.as_deref() {
            None | Some("quick") => Profile::Quick,
            Some("standard") => Profile::Standard,
            Some("full") => Profile::Full,
            Some(other) => panic!("unknown profile {other}"),
        };
        let forms = if self.forms.is_empty() {
            of_profile(profile)
        } else {
            let find = |id: &String| form(id).unwrap_or_else(|| panic!("no form {id}"));
            self.forms.iter().map(find).collect()
        };
        let settings = Settings {
            forms,
            profile,
            identity: Identity {
                probe_user: "probe".into(),
                probe_domain: "auditor.example".into(),
                ext_user: "relaycheck".into(),
                ext_domain: "example.com".into(),
                local_user: "postmaster".into(),
                seed: 7,
            },
            hello: Some("auditor.example".into()),
            depth: match self.depth.as_deref() {
                None => Driven::Rcpt,
                Some("data") => Driven::Data,
                Some("queued") => Driven::Queued,
                Some(other) => panic!("unknown depth {other}"),
            },
            budget: Budget::default(),
            waits: Waits::of_reply(Duration::from_secs(60)),
            most_sessions: 30,
            legacy_tls: self.legacy_tls,
            alike: Alike::default(),
        };
        let mut names = Names::new();
        if let Some(domain) = &self.served {
            names.learn(Source::Served, domain.as_bytes());
        }
        let peer: IpAddr = PEER.parse().expect("an address");
        Plan::new(Arc::new(settings), peer, self.tls_use(), names)
            .with_message(Arc::from(&b"Subject: test\r\n\r\n.dot\r\n"[..]))
    }

    fn tls_use(&self) -> TlsUse {
        match self.tls.as_deref() {
            None | Some("opportunistic") => TlsUse::Opportunistic,
            Some("implicit") => TlsUse::Implicit,
            Some("never") => TlsUse::Never,
            Some(other) => panic!("unknown use of TLS {other}"),
        }
    }

    /// Plays all sessions and gives the outcome. `piece` is the most bytes handed over at once.
    fn play(&self, piece: usize) -> (Outcome, Plan) {
        let mut plan = self.plan();
        let mut sessions = self.sessions.iter();
        while let Some(script) = plan.next_session() {
            let number = script.session;
            let events = sessions
                .next()
                .unwrap_or_else(|| panic!("session {number} is not in the scenario: {script:#?}"));
            let mut session = Session {
                number,
                events: events.iter().cloned().collect(),
                heard: Vec::new(),
                now: Duration::ZERO,
            };
            let mut dialogue = Dialogue::new(script, LOCAL.parse().expect("an address"));
            session.play(&mut dialogue, &mut plan, piece);
            plan.absorb(
                dialogue.into_transcript(),
                Duration::from_secs(u64::from(number)),
            );
        }
        assert_eq!(sessions.count(), 0, "sessions were left over");
        let target = Target {
            written: Arc::from(PEER),
            origin: Origin::Argument(1),
            endpoint: Endpoint {
                host: Host::Address(PEER.parse().expect("an address")),
                port: 25,
                tls: self.tls_use(),
            },
            address: Some(PEER.parse().expect("an address")),
            named: Named::Explicitly,
            local_domains: Vec::new(),
        };
        let around = Circumstances {
            local: Some(LOCAL.parse().expect("an address")),
            peer: PEER.parse().expect("an address"),
            run: Run::Finished,
            elapsed: Duration::from_secs(9),
        };
        (conclude(&plan, target, &around), plan)
    }

    fn check(&self, outcome: &Outcome, plan: &Plan) {
        for expected in &self.expected {
            let (what, value) = expected.split_once(' ').unwrap_or((expected, ""));
            let got = match what {
                "verdict" => outcome.verdict.as_str().to_owned(),
                "reason" => outcome.reason.map_or("none", |r| r.as_str()).to_owned(),
                "confidence" => outcome.confidence.as_str().to_owned(),
                "evidence" => outcome.evidence.map_or("none", |d| d.as_str()).to_owned(),
                "tls" => outcome.tls.as_str().to_owned(),
                "coverage" => format!(
                    "{}/{}/{}",
                    outcome.coverage.planned, outcome.coverage.tested, outcome.coverage.unclear
                ),
                "undecided" => outcome.coverage.undecided.to_string(),
                "caveats" => {
                    let all: Vec<_> = outcome.caveats.iter().map(|c| c.as_str()).collect();
                    all.join(", ")
                }
                "note" => outcome.note.clone().unwrap_or_default(),
                "ending" => {
                    let last = plan.transcripts().last().expect("a session");
                    format!("{:?}", last.ending)
                }
                "seen" => {
                    let seen = outcome.server.client_address_seen;
                    seen.map_or("none".to_owned(), |a| a.to_string())
                }
                "form" => {
                    let (id, _) = value.split_once(' ').expect("form ID OUTCOME REASON");
                    let found = outcome.forms.iter().rev().find(|f| f.form == id);
                    let form = found.unwrap_or_else(|| panic!("form {id} was not planned"));
                    let reason = form.reason.map_or("-", |r| r.as_str());
                    format!("{id} {} {reason}", form.outcome.as_str())
                }
                "untested" => {
                    let (id, _) = value.split_once(' ').expect("untested ID WHY");
                    let found = outcome.forms.iter().rev().find(|f| f.form == id);
                    let form = found.unwrap_or_else(|| panic!("form {id} was not planned"));
                    format!("{id} {}", form.why_untested.unwrap_or("was tested"))
                }
                other => panic!("unknown expectation {other}"),
            };
            assert_eq!(got, value, "{what}\n{:#?}", outcome.forms);
        }
        assert!(!self.expected.is_empty(), "nothing is expected");
    }
}

struct Session {
    number: u32,
    events: VecDeque<Event>,
    heard: Vec<u8>,
    now: Duration,
}

impl Session {
    fn play(&mut self, dialogue: &mut Dialogue, plan: &mut Plan, piece: usize) {
        for _ in 0..100_000 {
            match dialogue.poll(self.now) {
                Action::Write(bytes) => self.hear(&bytes),
                Action::Read { until } => {
                    self.now += Duration::from_millis(1);
                    self.say(dialogue, until, piece);
                }
                Action::StartTls => match self.events.pop_front() {
                    Some(Event::TlsUp) => dialogue.handle(Input::TlsUp(facts()), self.now),
                    Some(Event::TlsFails(trouble)) => {
                        dialogue.handle(Input::TlsFailed(trouble, "as told".into()), self.now);
                    }
                    other => panic!("session {}: TLS began before {other:?}", self.number),
                },
                Action::Extend => {
                    let asks = plan.extend_session(dialogue.so_far());
                    dialogue.handle(Input::Asks(asks), self.now);
                }
                Action::Close => {
                    // Said into the void, or never said because nobody listens any more.
                    let rest: Vec<_> = self
                        .events
                        .iter()
                        .filter(|e| matches!(e, Event::Hears(_)))
                        .collect();
                    assert!(
                        rest.is_empty(),
                        "session {}: not heard: {rest:?}",
                        self.number
                    );
                    assert_eq!(String::from_utf8_lossy(&self.heard), "", "more was heard");
                    return;
                }
            }
        }
        panic!("session {} does not end", self.number);
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.heard.extend_from_slice(bytes);
        while let Some(end) = self.heard.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.heard.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches("\r\n");
            match self.events.pop_front() {
                Some(Event::Hears(expected)) if matches(&expected, line) => {}
                other => panic!("session {}: heard {line:?} before {other:?}", self.number),
            }
        }
    }

    fn say(&mut self, dialogue: &mut Dialogue, until: Duration, piece: usize) {
        match self.events.front_mut() {
            Some(Event::Says(bytes)) => {
                let now: Vec<u8> = bytes.drain(..bytes.len().min(piece)).collect();
                if bytes.is_empty() {
                    self.events.pop_front();
                }
                dialogue.handle(Input::Bytes(&now), self.now);
            }
            Some(Event::Closes) => {
                self.events.pop_front();
                dialogue.handle(Input::Closed, self.now);
            }
            Some(Event::FallsSilent) => {
                self.events.pop_front();
                assert!(until > self.now, "the wait is over before it began");
                self.now = until;
                dialogue.handle(Input::DeadlinePassed, self.now);
            }
            Some(Event::OutOfTime) => {
                self.events.pop_front();
                dialogue.handle(Input::OutOfTime, self.now);
            }
            other => panic!(
                "session {}: waits for the server before {other:?}",
                self.number
            ),
        }
    }
}

/// Compares with `*` for any text.
fn matches(expected: &str, line: &str) -> bool {
    let mut parts = expected.split('*');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let mut last = "";
    for part in parts {
        let Some(at) = rest.rfind(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = part;
    }
    rest.is_empty() || (expected.ends_with('*') && last.is_empty())
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'r') => out.push(b'\r'),
            Some(b'n') => out.push(b'\n'),
            Some(b'x') => {
                let hex = [
                    bytes.next().expect("two digits"),
                    bytes.next().expect("two digits"),
                ];
                let hex = std::str::from_utf8(&hex).expect("digits");
                out.push(u8::from_str_radix(hex, 16).expect("hex digits"));
            }
            other => panic!("unknown escape {other:?}"),
        }
    }
    out
}

fn facts() -> TlsFacts {
    TlsFacts {
        stack: TlsStack::Rustls,
        version: "TLSv1.3".into(),
        cipher: "TLS13_AES_256_GCM_SHA384".into(),
        subject: None,
        issuer: None,
        names: Vec::new(),
        not_after: None,
        problems: Vec::new(),
    }
}

#[test]
fn every_server_gets_what_it_deserves() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire/servers");
    let mut played = 0;
    let mut failed = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the folder of scenarios") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a scenario");
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        // What failed stands above its name; each scenario is told.
        if std::panic::catch_unwind(|| play_both_ways(&text)).is_err() {
            failed.push(name);
        }
        played += 1;
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
    assert!(played >= 30, "only {played} scenarios");
}

fn play_both_ways(text: &str) {
    let scenario = Scenario::read(text);
    let (whole, plan) = scenario.play(usize::MAX);
    scenario.check(&whole, &plan);
    if scenario.whole_only {
        return;
    }
    let (bytewise, plan) = scenario.play(1);
    scenario.check(&bytewise, &plan);
    let kinds = |o: &Outcome| {
        let forms = o.forms.iter().map(|f| (f.form, f.outcome, f.reason));
        forms.collect::<Vec<_>>()
    };
    assert_eq!(kinds(&whole), kinds(&bytewise));
}

#[test]
fn the_wildcard_is_no_free_pass() {
    for (expected, line, is) in [
        ("EHLO a", "EHLO a", true),
        ("EHLO a", "EHLO ab", false),
        ("EHLO *", "EHLO anything", true),
        ("RCPT TO:<*@x>", "RCPT TO:<u@x>", true),
        ("RCPT TO:<*@x>", "RCPT TO:<u@y>", false),
        ("RCPT TO:<*@x>", "RCPT TO:<u@x>y", false),
    ] {
        assert_eq!(matches(expected, line), is, "{expected} {line}");
    }
}
