//! How the model is made of the structs of version 1: a result that was written, read back.
//!
//! In: one result as JSON, and the rules this version knows. Out: its outcome. Writing it again gives the
//! same result: the test below holds every field of the sample to that.
//!
//! What a result does not hold is not known here either: that STARTTLS was forbidden (`/plain`), and the
//! domains that were said to be served. Text that was escaped stays as it was shown, bytes come back
//! where they stood beside it.
//!
//! A field of a later version is left out, a word of one is an error.

use super::{Finding, Form, Line, Proof, Reply, Server, TargetResult, Tls, Word};
use crate::model::{
    self, Baseline, Caveat, Change, ConfLine, Confidence, Coverage, Direction, Driven, Endpoint,
    Evidence, FormOutcome, FormResult, Host, LogLine, LogLines, Named, Origin, Outcome, Place,
    Reason, ReplySeen, Retried, Role, Rule, ServerFacts, Severity, Target, TlsFacts, TlsStack,
    TlsState, TlsUse, Untrusted, Verdict, WireLine,
};
use crate::report::read::trouble;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Reads a result; the error says what is wrong with it.
pub(in crate::report) fn read(
    text: &str,
    rules: &dyn Fn(&str) -> Option<&'static Rule>,
) -> Result<Outcome, String> {
    let result: TargetResult = serde_json::from_str(text).map_err(|e| trouble(&e))?;
    outcome(result, rules)
}

fn outcome(
    result: TargetResult<'_>,
    rules: &dyn Fn(&str) -> Option<&'static Rule>,
) -> Result<Outcome, String> {
    let tls = word(result.tls, TlsState::ALL, TlsState::as_str)?;
    let status = maybe(result.baseline, Change::ALL, Change::as_str)?;
    let findings = result.findings.into_iter().map(|f| finding(f, rules));
    Ok(Outcome {
        place: result.index,
        target: Target {
            written: result.target.into(),
            origin: Origin::Reported(result.origin.into()),
            endpoint: Endpoint {
                host: match result.host.parse() {
                    Ok(address) => Host::Address(address),
                    Err(_) => Host::Name(result.host.into()),
                },
                port: result.port,
                tls: match tls {
                    TlsState::Implicit => TlsUse::Implicit,
                    TlsState::None | TlsState::StartTls => TlsUse::Opportunistic,
                },
            },
            address: result.address.as_deref().map(address).transpose()?,
            named: if result.in_range {
                Named::ByRange
            } else {
                Named::Explicitly
            },
            local_domains: Vec::new(),
        },
        tls,
        verdict: word(result.verdict, Verdict::ALL, Verdict::as_str)?,
        reason: maybe(result.reason, Reason::ALL, Reason::as_str)?,
        note: result.note.map(Cow::into_owned),
        evidence: maybe(result.evidence, Driven::ALL, Driven::as_str)?,
        confidence: confidence(result.confidence)?,
        caveats: each(result.caveats, |caveat| {
            word(caveat, Caveat::ALL, Caveat::as_str)
        })?,
        server: server(result.server)?,
        coverage: Coverage {
            planned: count(result.coverage.planned),
            tested: count(result.coverage.tested),
            unclear: count(result.coverage.unclear),
            undecided: count(result.coverage.undecided),
        },
        forms: each(result.forms, form)?,
        findings: findings.collect::<Result<_, _>>()?,
        transcript: result.transcript.map(lines).transpose()?,
        sessions: result.sessions,
        retried: result.retried.map(retried).transpose()?,
        elapsed: Duration::from_millis(result.elapsed_ms),
        // What the older report said is not kept; what came of it is.
        baseline: status.map(|status| Baseline {
            status,
            was: None,
            was_undecided: false,
        }),
    })
}

fn retried(retried: super::Retried) -> Result<Retried, String> {
    let first = maybe(retried.first_reason, Reason::ALL, Reason::as_str)?;
    Ok(Retried {
        after: Duration::from_millis(retried.after_ms),
        first: first.ok_or("a first time without a reason")?,
    })
}

fn server(server: Server<'_>) -> Result<ServerFacts, String> {
    let all = |texts: Vec<Cow<'_, str>>| texts.iter().map(|text| (**text).into()).collect();
    let banner = server.banner.map(|text| said(text, server.banner_raw));
    Ok(ServerFacts {
        banner: banner.transpose()?,
        software: server.software.map(|word| word.0),
        extensions: all(server.extensions),
        auth: all(server.auth),
        client_address_seen: server
            .client_address_seen
            .as_deref()
            .map(address)
            .transpose()?,
        helo_only: server.helo_only,
        tls: server.tls.map(tls).transpose()?,
    })
}

fn tls(tls: Tls<'_>) -> Result<TlsFacts, String> {
    Ok(TlsFacts {
        stack: word(tls.stack, TlsStack::ALL, TlsStack::as_str)?,
        version: tls.version.into_owned(),
        cipher: tls.cipher.into_owned(),
        subject: tls.subject.map(Cow::into_owned),
        issuer: tls.issuer.map(Cow::into_owned),
        names: owned(tls.names),
        not_after: tls.not_after.map(Cow::into_owned),
        problems: owned(tls.problems),
    })
}

fn owned(texts: Vec<Cow<'_, str>>) -> Vec<String> {
    texts.into_iter().map(Cow::into_owned).collect()
}

fn form(form: Form<'_>) -> Result<FormResult, String> {
    Ok(FormResult {
        form: form.id.0,
        role: word(form.role, Role::ALL, Role::as_str)?,
        mail_from: (*form.mail_from).into(),
        rcpt_to: (*form.rcpt_to).into(),
        helo: form.helo.map(Cow::into_owned),
        encrypted: form.tls,
        outcome: word(form.outcome, FormOutcome::ALL, FormOutcome::as_str)?,
        reason: maybe(form.reason, Reason::ALL, Reason::as_str)?,
        confidence: confidence(form.confidence)?,
        driven: maybe(form.evidence, Driven::ALL, Driven::as_str)?,
        reply: form.reply.map(reply).transpose()?,
        session: form.session,
        why_untested: form.why_untested.map(|word| word.0),
        dialogue: lines(form.dialogue)?,
    })
}

fn reply(reply: Reply<'_>) -> Result<ReplySeen, String> {
    Ok(ReplySeen {
        code: reply.code,
        enhanced: reply.enhanced.map(Cow::into_owned),
        text: said(reply.text, reply.raw)?,
    })
}

fn finding(
    finding: Finding<'_>,
    rules: &dyn Fn(&str) -> Option<&'static Rule>,
) -> Result<model::Finding, String> {
    let severity = word(finding.severity, Severity::ALL, Severity::as_str)?;
    let rule = rule(
        &finding,
        severity,
        rules(finding.rule.0).filter(|known| known.title == finding.title.0),
    );
    let mut evidence = each(finding.evidence, proof)?.into_iter();
    let first = evidence
        .next()
        .ok_or_else(|| format!("finding {} has no evidence", rule.id))?;
    let subject = finding.subject.unwrap_or_default();
    let mut read = model::Finding::new(rule, &subject, "", finding.message.into_owned(), first)
        .with_severity(severity)
        .with_confidence(confidence(finding.confidence)?)
        .as_kept(finding.fingerprint.into_owned(), evidence.collect());
    read.remedy = finding.remedy.into_owned();
    read.envelope = finding.envelope.map(super::audit::Envelope::read);
    read.count = finding.count;
    read.baseline = maybe(finding.baseline, Change::ALL, Change::as_str)?;
    Ok(read)
}

fn proof(proof: Proof<'_>) -> Result<Evidence, String> {
    match proof {
        Proof::Wire { lines: said } => lines(said).map(Evidence::Wire),
        Proof::Conf {
            file,
            line,
            column,
            width,
            text,
            raw,
            says,
            chain,
        } => Ok(Evidence::Conf(ConfLine {
            place: Place {
                file: file.into(),
                line: line.unwrap_or(0),
                column: column.unwrap_or(0),
                width: width.unwrap_or(0),
            },
            text: said(text, raw)?,
            says: says.into_owned(),
            chain: chain.into_iter().map(Cow::into_owned).collect(),
        })),
        Proof::Log {
            file,
            line,
            last_file,
            last_line,
            count,
            from,
            until,
            samples,
        } => Ok(Evidence::Log(LogLines {
            first: in_log(&file, line),
            last: in_log(&last_file, last_line),
            count,
            from: from.into_owned(),
            until: until.into_owned(),
            samples: each(samples, |sample| {
                Ok(LogLine {
                    place: in_log(&sample.file, sample.line),
                    at: sample.at.into_owned(),
                    text: said(sample.text, sample.raw)?,
                })
            })?,
        })),
    }
}

fn in_log(file: &str, line: Option<u32>) -> Place {
    Place {
        file: file.into(),
        line: line.unwrap_or(0),
        column: 0,
        width: 0,
    }
}

/// Gives the rule of a finding: the known one if the report tells the same of it, else one made of what
/// the report tells, kept once for all its findings.
fn rule(finding: &Finding<'_>, severity: Severity, known: Option<&'static Rule>) -> &'static Rule {
    static MADE: Mutex<Vec<&'static Rule>> = Mutex::new(Vec::new());
    let told = |rule: &Rule| {
        let references = finding.references.iter().map(|word| word.0);
        rule.id == finding.rule.0
            && rule.title == finding.title.0
            && references.eq(rule.references.iter().copied())
    };
    if let Some(known) = known.filter(|rule| told(rule)) {
        return known;
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rule) = made.iter().find(|rule| told(rule)) {
        return rule;
    }
    let references: Vec<&'static str> = finding.references.iter().map(|word| word.0).collect();
    let rule: &'static Rule = Box::leak(Box::new(Rule {
        id: finding.rule.0,
        title: finding.title.0,
        title_zh: "",
        severity,
        other_severities: &[],
        why: "",
        why_zh: "",
        seen: None,
        seen_zh: None,
        remedy: "",
        remedy_zh: "",
        remedies: &[],
        references: Vec::leak(references),
    }));
    made.push(rule);
    rule
}

fn lines(lines: Vec<Line<'_>>) -> Result<Vec<WireLine>, String> {
    let directions = [Direction::Sent, Direction::Received];
    each(lines, |line| {
        Ok(WireLine {
            session: line.session,
            direction: word(line.dir, &directions, Direction::mark)?,
            at: Duration::from_millis(line.at_ms),
            encrypted: line.tls,
            bytes: said(line.text, line.raw)?,
            left_out: line.left_out.map_or(0, count),
        })
    })
}

/// Gives the bytes behind a text.
fn said(text: Cow<'_, str>, raw: Option<Cow<'_, str>>) -> Result<Untrusted, String> {
    let Some(hex) = raw else {
        return Ok(Untrusted::new(text.into_owned()));
    };
    let wrong = || "bytes that are no hexadecimal".to_owned();
    if hex.len() % 2 != 0 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let bytes = (0..hex.len()).step_by(2);
    let bytes = bytes.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).map_err(|_| wrong()));
    bytes.collect::<Result<Vec<u8>, _>>().map(Untrusted::new)
}

fn address(text: &str) -> Result<IpAddr, String> {
    let text = text.trim();
    text.parse().map_err(|_| format!("'{text}' is no address"))
}

fn count(things: u64) -> usize {
    usize::try_from(things).unwrap_or(usize::MAX)
}

fn confidence(said: Word) -> Result<Confidence, String> {
    word(said, Confidence::ALL, Confidence::as_str)
}

fn each<T, U>(all: Vec<T>, read: impl FnMut(T) -> Result<U, String>) -> Result<Vec<U>, String> {
    all.into_iter().map(read).collect()
}

fn maybe<T: Copy>(
    said: Option<Word>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, String> {
    said.map(|said| word(said, all, name)).transpose()
}

fn word<T: Copy>(said: Word, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    let known = all.iter().find(|value| name(**value) == said.0);
    known.copied().ok_or_else(|| {
        let said = model::bytes::escape(said.0);
        format!("'{said}' is a word this version does not know")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use serde_json::{Value, json};

    fn no_rules(_: &str) -> Option<&'static Rule> {
        None
    }

    fn written(outcome: &Outcome) -> Value {
        serde_json::to_value(TargetResult::from(outcome)).expect("JSON")
    }

    #[test]
    fn what_is_read_is_written_again_to_the_letter() {
        let mut outcomes = sample::report().outcomes;
        outcomes[0].place = (u64::MAX, 7);
        outcomes[0].baseline = Some(Baseline {
            status: Change::Changed,
            was: None,
            was_undecided: false,
        });
        outcomes[0].findings[0].baseline = Some(Change::New);
        outcomes.push(sample::hostile(sample::GBK));
        let line = |line| in_log("mail.log", Some(line));
        let logged = Evidence::Log(LogLines {
            first: line(3),
            last: line(9),
            count: 7,
            from: "2026-03-02T06:00:00Z".to_owned(),
            until: "2026-03-02T07:00:00Z".to_owned(),
            samples: vec![LogLine {
                place: line(3),
                at: "2026-03-02T06:00:00Z".to_owned(),
                text: Untrusted::from(sample::HOSTILE),
            }],
        });
        let counted = model::Finding::new(&sample::OPEN, "192.0.2.1", "", String::new(), logged);
        outcomes[0].findings.push(counted.with_count(7));
        assert_eq!(written(&outcomes[0])["findings"][1]["count"], 7);
        for outcome in &outcomes {
            let result = written(outcome);
            let again = read(&result.to_string(), &no_rules).expect("a result");
            assert_eq!(written(&again), result);
        }
    }

    #[test]
    fn bytes_come_back_and_rules_are_those_known() {
        let known = |id: &str| (id == sample::OPEN.id).then_some(&sample::OPEN);
        let result = written(&sample::relay()).to_string();
        let relay = read(&result, &known).expect("a result");
        assert!(std::ptr::eq(relay.findings[0].rule, &sample::OPEN));
        assert_eq!(relay.findings, sample::relay().findings);
        let told = read(&result, &no_rules).expect("a result");
        assert_eq!(told.findings[0].rule.title, sample::OPEN.title);

        let result = written(&sample::hostile(sample::HOSTILE)).to_string();
        let hostile = read(&result, &no_rules).expect("a result");
        let banner = hostile.server.banner.expect("a banner");
        assert_eq!(banner.as_bytes(), sample::HOSTILE);

        let unreachable = read(&written(&sample::unreachable()).to_string(), &no_rules);
        let target = unreachable.expect("a result").target;
        assert_eq!(target.named, Named::ByRange);
        assert_eq!(target.place(), "192.0.2.6:25");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (pointer, value, told) in [
            ("/verdict", json!("ajar"), "'ajar' is a word"),
            ("/address", json!("here"), "'here' is no address"),
            ("/port", json!(65_536), "65536"),
            ("/caveats/0", json!("x\u{1b}[2J"), "'x\\x1b[2J' is a word"),
            ("/findings/0/evidence", json!([]), "no evidence"),
            ("/server/banner_raw", json!("6"), "no hexadecimal"),
            (
                "/server/banner_raw",
                json!("\u{e4}\u{e4}"),
                "no hexadecimal",
            ),
            ("/forms", json!({}), "expected a sequence"),
        ] {
            let mut result = written(&sample::relay());
            result["server"]["banner_raw"] = json!("78");
            *result.pointer_mut(pointer).expect(pointer) = value;
            let error = read(&result.to_string(), &no_rules).expect_err(pointer);
            assert!(error.contains(told), "{pointer}: {error}");
        }
    }

    #[test]
    fn a_report_of_the_first_version_is_read() {
        let mut result = written(&sample::relay());
        let object = result.as_object_mut().expect("an object");
        for added in ["index", "in_range", "baseline"] {
            assert!(object.remove(added).is_some(), "{added}");
        }
        object.insert("later".to_owned(), json!({"a": 1}));
        read(&result.to_string(), &no_rules).expect("a result");
    }
}
