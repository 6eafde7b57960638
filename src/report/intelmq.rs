//! IntelMQ events for CERTs: `--format intelmq`.
//!
//! In: a finished report. Out: an event per line, in JSON, with the keys of IntelMQ's data format. There is one for
//!
//! * each server that relays: `vulnerable` / `vulnerable-system` / `open-relay`, with its address as `source`;
//! * each configuration that takes an outsider's mail, of a host that was named with `--hostname`: the same;
//! * each finding of a log about a client or an account that `CLASSES` has, with the client or account as `source`:
//!   who relayed (`abusive-content` / `spam`), who tried to or guessed passwords (`intrusion-attempts` / `exploit` or
//!   `brute-force`), whose account looks stolen (`intrusions` / `unprivileged-account-compromise`).
//!
//! What was not decided is no event: a CERT tells owners what is so. Such numbers are in the other formats.
//!
//! The server is the `source`, as in all feeds of vulnerable services: the source is whom the event is about. Keys
//! outside the data format stand below `extra`. `feed.name` may be overwritten by the collector.
//!
//! References: IntelMQ 3, Data Format and Event; RSIT taxonomy (types and taxonomies), version 2022.

use super::Reporter;
use super::fit::{self, MOST};
use super::subject::{Subject, each};
use crate::model::{ConfAudit, Finding, Host, LogAudit, Outcome, Report, Verdict};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::net::IpAddr;

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct IntelMq;

impl Reporter for IntelMq {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let observed = fit::line(&report.run.started, MOST);
        each(report, outcomes, |subject| {
            let events = match subject {
                Subject::Wire(outcome) => of_outcome(outcome).into_iter().collect(),
                Subject::Conf(audit) => of_audit(audit).into_iter().collect(),
                Subject::Log(audit) => of_log(audit),
            };
            for mut event in events {
                event.put("time.observation", &observed);
                event
                    .0
                    .entry("time.source")
                    .or_insert_with(|| observed.clone().into());
                serde_json::to_writer(&mut *out, &event.0)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })?;
        out.flush()
    }
}

/// An event in the making.
#[derive(Debug, Default)]
struct Event(Map<String, Value>);

impl Event {
    /// Begins an event with its class.
    fn of(taxonomy: &str, kind: &str, identifier: &str) -> Self {
        let mut event = Self::default();
        event.put("feed.name", "relaycheck");
        event.put("classification.taxonomy", taxonomy);
        event.put("classification.type", kind);
        event.put("classification.identifier", identifier);
        event.put("protocol.application", "smtp");
        event.put("protocol.transport", "tcp");
        event
    }

    /// Sets a key to a text; an empty one is not set.
    fn put(&mut self, key: &str, text: &str) {
        let text = fit::line(text, MOST);
        if !text.is_empty() {
            self.0.insert(key.to_owned(), text.into());
        }
    }

    fn set(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }
}

fn of_outcome(outcome: &Outcome) -> Option<Event> {
    if outcome.verdict != Verdict::RelayAccepting {
        return None;
    }
    let mut event = Event::of("vulnerable", "vulnerable-system", "open-relay");
    let target = &outcome.target;
    if let Some(address) = target.address {
        event.put("source.ip", &address.to_string());
    }
    if let Host::Name(name) = &target.endpoint.host {
        event.put("source.fqdn", name);
    }
    event.set("source.port", json!(target.endpoint.port));
    let text = format!(
        "{} {}",
        outcome.verdict.text(),
        outcome.evidence.map_or("", |d| d.text())
    );
    event.put("event_description.text", text.trim_end());
    let through = outcome
        .forms
        .iter()
        .filter(|form| outcome.got_through(form));
    let forms: Vec<&str> = through.clone().map(|form| form.form).collect();
    let dialogue = through
        .map(|form| form.dialogue.iter().map(fit::spoken).collect::<Vec<_>>())
        .next();
    let caveats: Vec<&str> = outcome
        .caveats
        .iter()
        .map(|caveat| caveat.as_str())
        .collect();
    let rules: Vec<&str> = outcome
        .findings
        .iter()
        .map(|finding| finding.rule.id)
        .collect();
    event.set("extra.forms", json!(forms));
    event.set("extra.rules", json!(rules));
    event.set("extra.confidence", json!(outcome.confidence.as_str()));
    event.set("extra.tls", json!(outcome.tls.as_str()));
    if !caveats.is_empty() {
        event.set("extra.caveats", json!(caveats));
    }
    if let Some(evidence) = outcome.evidence {
        event.put("extra.evidence", evidence.as_str());
    }
    if let Some(banner) = &outcome.server.banner {
        event.put("extra.banner", &fit::said(banner, MOST));
    }
    event.put(
        "extra.software",
        outcome.server.software.unwrap_or_default(),
    );
    if let Some(dialogue) = dialogue {
        event.set("extra.dialogue", json!(dialogue));
    }
    if let Some(finding) = outcome.findings.first() {
        event.put("extra.remedy", &finding.remedy);
    }
    Some(event)
}

/// Makes an event of a configuration. Without a host there is nobody to tell.
fn of_audit(audit: &ConfAudit) -> Option<Event> {
    let host = audit.host.as_deref().filter(|_| audit.takes_mail())?;
    let mut event = Event::of("vulnerable", "vulnerable-system", "open-relay");
    event.about(host);
    event.put("event_description.text", audit.relay.text());
    event.put("extra.relay", audit.relay.as_str());
    event.put("extra.path", &fit::name(&audit.path, MOST));
    event.put("extra.software", audit.dialect);
    let rules: Vec<&str> = audit
        .findings
        .iter()
        .map(|finding| finding.rule.id)
        .collect();
    event.set("extra.rules", json!(rules));
    if let Some(finding) = audit.findings.first() {
        event.put("extra.remedy", &finding.remedy);
    }
    Some(event)
}

fn of_log(audit: &LogAudit) -> Vec<Event> {
    audit.findings.iter().filter_map(of_finding).collect()
}

/// Classes of findings by rule: taxonomy, type, identifier. Rules that are missing here are about the server itself, or
/// about what is odd but nobody's fault.
const CLASSES: &[(&str, [&str; 3])] = &[
    ("LG001", ["abusive-content", "spam", "open-relay-abuse"]),
    ("LG002", ["abusive-content", "spam", "open-relay-abuse"]),
    ("LG010", ["intrusion-attempts", "exploit", "relay-attempt"]),
    ("LG012", ["abusive-content", "spam", "open-relay-abuse"]),
    (
        "LG021",
        [
            "intrusions",
            "unprivileged-account-compromise",
            "mail-account",
        ],
    ),
    (
        "LG022",
        [
            "intrusions",
            "unprivileged-account-compromise",
            "mail-account",
        ],
    ),
    ("LG023", ["intrusion-attempts", "brute-force", "smtp-auth"]),
    (
        "LG024",
        [
            "intrusions",
            "unprivileged-account-compromise",
            "mail-account",
        ],
    ),
    (
        "LG025",
        [
            "intrusions",
            "unprivileged-account-compromise",
            "mail-account",
        ],
    ),
    ("LG026", ["intrusion-attempts", "brute-force", "smtp-auth"]),
];

fn of_finding(finding: &Finding) -> Option<Event> {
    let class = CLASSES.iter().find(|(rule, _)| *rule == finding.rule.id);
    let (_, [taxonomy, kind, identifier]) = class?;
    let mut event = Event::of(taxonomy, kind, identifier);
    if !event.about(&finding.subject) {
        return None;
    }
    event.put("event_description.text", &finding.message);
    event.set("extra.rules", json!([finding.rule.id]));
    event.put("extra.severity", finding.severity.as_str());
    event.put("extra.confidence", finding.confidence.as_str());
    if let Some(count) = finding.count {
        event.set("extra.count", json!(count));
    }
    let proof = fit::proof(finding);
    event.set("extra.proof", json!(proof));
    let until = finding
        .evidence()
        .iter()
        .find_map(|evidence| match evidence {
            crate::model::Evidence::Log(lines) => Some(&lines.until),
            _ => None,
        });
    // A time that is none would have the whole event refused.
    if let Some(until) = until.filter(|until| until.parse::<jiff::Timestamp>().is_ok()) {
        event.put("time.source", until);
    }
    Some(event)
}

impl Event {
    /// Says whom it is about: an address, a network, an account, a host name. False where it is none of these.
    fn about(&mut self, subject: &str) -> bool {
        let network = |text: &str| {
            let (address, length) = text.split_once('/')?;
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            length.parse::<u8>().ok().filter(|length| *length <= most)
        };
        if subject.parse::<IpAddr>().is_ok() {
            self.put("source.ip", subject);
        } else if network(subject).is_some() {
            self.put("source.network", subject);
        } else if is_name(subject) {
            self.put("source.fqdn", &subject.to_ascii_lowercase());
        } else if !subject.is_empty() {
            self.put("source.account", &fit::name(subject, MOST));
        } else {
            return false;
        }
        true
    }
}

fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.contains('.') && text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{sample, sample_logs};

    fn read(text: &str) -> Vec<Value> {
        let line = |line: &str| serde_json::from_str(line).expect("JSON");
        text.lines().map(line).collect()
    }

    /// Keys of IntelMQ's data format that are used here, and what their values look like.
    const KEYS: &[(&str, &str)] = &[
        ("feed.name", "^relaycheck$"),
        (
            "classification.taxonomy",
            "^(vulnerable|abusive-content|intrusion-attempts|intrusions)$",
        ),
        (
            "classification.type",
            "^(vulnerable-system|spam|exploit|brute-force|unprivileged-account-compromise)$",
        ),
        ("classification.identifier", "^[a-z-]+$"),
        ("protocol.application", "^smtp$"),
        ("protocol.transport", "^tcp$"),
        ("source.ip", r"^[0-9a-f.:]+$"),
        ("source.network", r"^[0-9a-f.:]+/[0-9]+$"),
        ("source.fqdn", r"^[a-z0-9.-]*[^.]$"),
        ("source.account", "^.+$"),
        ("time.source", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"),
        ("time.observation", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"),
        ("event_description.text", "^.+$"),
    ];

    fn hold(event: &Value) {
        for (key, value) in event.as_object().expect("an object") {
            if key.starts_with("extra.") {
                continue;
            }
            if key == "source.port" {
                assert!(value.as_u64().is_some_and(|port| port <= 65_535));
                continue;
            }
            let known = KEYS.iter().find(|(known, _)| known == key);
            let (_, shape) = known.unwrap_or_else(|| panic!("{key} is no key of the format"));
            let text = value.as_str().expect("text");
            assert!(
                regex::Regex::new(shape).expect("a shape").is_match(text),
                "{key}: {text}"
            );
        }
        for key in [
            "feed.name",
            "classification.type",
            "time.source",
            "time.observation",
        ] {
            assert!(event.get(key).is_some(), "{key} is missing");
        }
        let about = [
            "source.ip",
            "source.network",
            "source.fqdn",
            "source.account",
        ];
        assert!(about.iter().any(|key| event.get(key).is_some()), "{event}");
    }

    #[test]
    fn each_relay_is_an_event_and_nothing_else_is() {
        let events = read(&sample::write("intelmq", &sample::report()));
        events.iter().for_each(hold);
        assert_eq!(events.len(), 2);
        for (key, value) in [
            ("classification.taxonomy", json!("vulnerable")),
            ("classification.type", json!("vulnerable-system")),
            ("classification.identifier", json!("open-relay")),
            ("source.ip", json!("192.0.2.1")),
            ("source.port", json!(25)),
            ("source.fqdn", json!("mail.example.com")),
            ("protocol.application", json!("smtp")),
            ("time.source", json!("2026-11-24T08:00:00Z")),
            ("extra.forms", json!(["plain", "percent-hack"])),
            ("extra.caveats", json!(["trusted-vantage"])),
            ("extra.evidence", json!("rcpt")),
        ] {
            assert_eq!(events[0][key], value, "{key}");
        }
        assert_eq!(events[0]["extra.dialogue"][6], "< 250 2.1.5 Ok");
        assert_eq!(
            sample::write("intelmq", &sample::of(vec![sample::blocked()])),
            ""
        );
    }

    #[test]
    fn a_configuration_needs_a_host_to_be_one() {
        let events = read(&sample::write("intelmq", &sample::configurations()));
        events.iter().for_each(hold);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["source.fqdn"], "mail.example.com");
        assert_eq!(events[0]["extra.relay"], "open");
        let mut nameless = sample::open_configuration();
        nameless.host = None;
        assert_eq!(
            sample::write("intelmq", &sample::of_audits(vec![nameless])),
            ""
        );
    }

    #[test]
    fn logs_tell_of_clients_and_accounts() {
        let events = read(&sample::write("intelmq", &sample_logs::logs()));
        events.iter().for_each(hold);
        let said = |event: &Value| {
            let kind = event["classification.type"]
                .as_str()
                .expect("text")
                .to_owned();
            let about = event.get("source.ip").or(event.get("source.account"));
            (
                kind,
                about.and_then(Value::as_str).expect("text").to_owned(),
            )
        };
        let said: Vec<(String, String)> = events.iter().map(said).collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(said[0], pair("spam", "203.0.113.7"));
        assert_eq!(
            said[1],
            pair("unprivileged-account-compromise", "jo@example.com")
        );
        assert_eq!(said[2], pair("exploit", "198.51.100.1"));
        assert_eq!(events[0]["time.source"], "2026-03-02T09:12:45.5Z");
        assert_eq!(events[0]["extra.count"], 12);
        // The gap in the log is nobody's.
        assert!(
            events
                .iter()
                .all(|event| event["extra.rules"][0] != "LG060")
        );
    }

    #[test]
    fn subjects_are_told_apart() {
        for (subject, key) in [
            ("192.0.2.1", "source.ip"),
            ("2001:db8::1", "source.ip"),
            ("192.0.2.0/24", "source.network"),
            ("192.0.2.0/33", "source.account"),
            ("Mail.Example.com", "source.fqdn"),
            ("jo@example.com", "source.account"),
            ("jo", "source.account"),
        ] {
            let mut event = Event::default();
            assert!(event.about(subject));
            assert!(event.0.contains_key(key), "{subject}: {:?}", event.0);
        }
        assert!(!Event::default().about(""));
    }
}
