//! What a comparison looks at in a result that another run has written.
//!
//! In: the JSON text of a result. Out: [`Seen`]. Only the fields that are needed are read, so that reports
//! of other versions can be compared.
//!
//! A word that this version does not know is an error where the comparison rests on it, and a reason that
//! it does not know is one that leaves things undecided.

use super::seen::{Answer, Asked, FindingSeen, FormSeen, Key, Seen, shown_by, undecided};
use crate::model::{
    Coverage, Direction, FormOutcome, Host, Reason, Role, Severity, TlsState, Verdict,
};
use crate::report::read::trouble;
use serde::Deserialize;
use std::borrow::Cow;
use std::net::IpAddr;

#[derive(Deserialize)]
struct ResultText<'a> {
    #[serde(borrow)]
    host: Cow<'a, str>,
    address: Option<IpAddr>,
    port: u16,
    #[serde(borrow)]
    tls: Cow<'a, str>,
    #[serde(borrow)]
    verdict: Cow<'a, str>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
    coverage: CoverageText,
    #[serde(borrow)]
    forms: Vec<FormText<'a>>,
    #[serde(borrow)]
    findings: Vec<FindingText<'a>>,
}

#[derive(Deserialize)]
struct CoverageText {
    planned: usize,
    tested: usize,
    unclear: usize,
    #[serde(default)]
    undecided: usize,
}

#[derive(Deserialize)]
struct FormText<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    mail_from: Cow<'a, str>,
    #[serde(borrow)]
    rcpt_to: Cow<'a, str>,
    tls: bool,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
}

impl<'a> FormText<'a> {
    fn asked(self) -> Result<Asked<'a>, String> {
        let role = word(&self.role, Role::ALL, Role::as_str)?;
        let outcome = word(&self.outcome, FormOutcome::ALL, FormOutcome::as_str)?;
        Ok(Asked {
            seen: FormSeen {
                id: self.id.into(),
                encrypted: self.tls,
                answer: Answer::of(role, outcome, self.reason.as_deref().map(reason)),
            },
            mail_from: self.mail_from,
            rcpt_to: self.rcpt_to,
        })
    }
}

#[derive(Deserialize)]
struct FindingText<'a> {
    #[serde(borrow)]
    fingerprint: Cow<'a, str>,
    #[serde(borrow)]
    rule: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    evidence: Vec<ProofText<'a>>,
}

/// Evidence; only that of the wire has lines.
#[derive(Deserialize)]
struct ProofText<'a> {
    #[serde(borrow, default)]
    lines: Vec<LineText<'a>>,
}

#[derive(Deserialize)]
struct LineText<'a> {
    #[serde(borrow)]
    dir: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

impl Seen {
    /// Reads the JSON text of a result.
    pub fn read(text: &str) -> Result<Self, String> {
        let result: ResultText<'_> = serde_json::from_str(text).map_err(|e| trouble(&e))?;
        let verdict = word(&result.verdict, Verdict::ALL, Verdict::as_str)?;
        let coverage = Coverage {
            planned: result.coverage.planned,
            tested: result.coverage.tested,
            unclear: result.coverage.unclear,
            undecided: result.coverage.undecided,
        };
        let forms = result.forms.into_iter().map(FormText::asked);
        let forms = forms.collect::<Result<Vec<_>, String>>()?;
        let finding = |finding: FindingText<'_>| {
            let lines = finding.evidence.into_iter().flat_map(|proof| proof.lines);
            let sent = lines.filter(|line| line.dir == Direction::Sent.mark());
            let sent: Vec<_> = sent.map(|line| line.text).collect();
            Ok(FindingSeen {
                fingerprint: finding.fingerprint.into(),
                rule: finding.rule.into(),
                severity: word(&finding.severity, Severity::ALL, Severity::as_str)?,
                title: finding.title.into(),
                shown_by: shown_by(&sent, &forms),
            })
        };
        let findings = result.findings.into_iter().map(finding);
        let findings = findings.collect::<Result<_, String>>()?;
        Ok(Self {
            key: Key {
                host: match result.host.parse() {
                    Ok(address) => Host::Address(address),
                    Err(_) => Host::Name(result.host.into()),
                },
                address: result.address,
                port: result.port,
            },
            verdict,
            reason: result.reason.as_deref().map(reason),
            encrypted: result.tls != TlsState::None.as_str(),
            undecided: undecided(verdict, coverage),
            forms: forms.into_iter().map(|form| form.seen).collect(),
            findings,
        })
    }
}

fn word<T: Copy>(said: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    let known = all.iter().find(|value| name(**value) == said);
    known.copied().ok_or_else(|| {
        let said = crate::model::bytes::escape(said);
        format!("'{said}' is a word this version does not know")
    })
}

fn reason(said: &str) -> Reason {
    word(said, Reason::ALL, Reason::as_str).unwrap_or(Reason::Unrecognised)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use serde_json::json;

    #[test]
    fn an_outcome_and_its_result_are_seen_alike() {
        let report = sample::report();
        let lines = sample::write("jsonl", &report);
        for (outcome, line) in report.outcomes.iter().zip(lines.lines()) {
            assert_eq!(Seen::read(line).expect("a result"), Seen::from(outcome));
        }
    }

    #[test]
    fn words_of_a_later_version_are_errors_only_where_something_rests_on_them() {
        let line = sample::write("jsonl", &sample::of(vec![sample::relay()]));
        let result: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let with = |pointer: &str, value| {
            let mut result = result.clone();
            *result.pointer_mut(pointer).expect("a value") = value;
            Seen::read(&result.to_string())
        };
        let seen = with("/forms/0/reason", json!("later")).expect("a result");
        assert_eq!(seen.forms[0].answer, Answer::Accepted);
        assert!(with("/caveats", json!(["later"])).is_ok());
        assert!(with("/verdict", json!("later")).is_err());
        assert!(with("/forms/0/outcome", json!("later")).is_err());
        assert!(with("/address", json!("later")).is_err());
    }
}
