//! What becomes of places, case by case.

use super::*;
use crate::model::{FormOutcome, FormResult, Host, TlsState};
use crate::report::sample;

fn compare(old: &[Outcome], new: &Outcome) -> Compared {
    let mut before = Old::default();
    for outcome in old {
        before.add(Seen::from(outcome));
    }
    before.compare(&Seen::from(new))
}

/// The relay of the sample with every form refused.
fn closed() -> Outcome {
    let mut closed = sample::relay();
    closed.verdict = Verdict::Rejecting;
    closed.reason = Some(Reason::RelayDenied);
    closed.findings.clear();
    for form in &mut closed.forms {
        refuse(form);
    }
    closed
}

fn refuse(form: &mut FormResult) {
    if form.outcome == FormOutcome::Accepted {
        form.outcome = FormOutcome::Rejected;
        form.reason = Some(Reason::RelayDenied);
    }
}

fn with_verdict(verdict: Verdict, reason: Reason) -> Outcome {
    Outcome {
        verdict,
        reason: Some(reason),
        ..closed()
    }
}

#[test]
fn verdicts_that_change() {
    let relay = sample::relay();
    let silent = with_verdict(Verdict::Unreachable, Reason::Timeout);
    let refused = with_verdict(Verdict::Unreachable, Reason::Refused);
    let doubtful = with_verdict(Verdict::Inconclusive, Reason::AcceptAll);
    let stopped = with_verdict(Verdict::Inconclusive, Reason::Interrupted);
    let login = with_verdict(Verdict::AuthRequired, Reason::AuthRequired);
    for (old, new, status, turn, undecided) in [
        (&relay, &relay, Change::Same, Some(Turn::Same), false),
        (&closed(), &relay, Change::New, Some(Turn::New), false),
        (&silent, &relay, Change::New, Some(Turn::New), false),
        (&doubtful, &relay, Change::New, Some(Turn::New), false),
        (&relay, &closed(), Change::Fixed, Some(Turn::Fixed), false),
        (&relay, &login, Change::Fixed, Some(Turn::Fixed), false),
        // Not tested is never fixed.
        (&relay, &silent, Change::Changed, Some(Turn::Unjudged), true),
        (
            &relay,
            &doubtful,
            Change::Changed,
            Some(Turn::Unjudged),
            true,
        ),
        (
            &relay,
            &stopped,
            Change::Changed,
            Some(Turn::Unjudged),
            true,
        ),
        (&closed(), &silent, Change::Changed, None, true),
        (&login, &doubtful, Change::Changed, None, true),
        (&closed(), &login, Change::Changed, None, false),
        (&silent, &closed(), Change::Changed, None, false),
        (&silent, &doubtful, Change::Changed, None, false),
        // Another reason is no change.
        (&silent, &refused, Change::Same, None, false),
        (&closed(), &closed(), Change::Same, None, false),
    ] {
        let compared = compare(std::slice::from_ref(old), new);
        let case = format!("{:?} to {:?}", old.verdict, new.verdict);
        assert_eq!(compared.status, status, "{case}");
        assert_eq!(compared.relay, turn, "{case}");
        assert_eq!(compared.undecided, undecided, "{case}");
        assert_eq!(compared.was.map(|was| was.verdict), Some(old.verdict));
    }
}

#[test]
fn a_place_that_was_not_there_is_new() {
    for outcome in [sample::relay(), closed()] {
        let compared = compare(&[sample::rejecting()], &outcome);
        assert_eq!((compared.status, compared.was), (Change::New, None));
    }
    // Another port, another address, another name are other places.
    let mut others = [sample::relay(), sample::relay(), sample::relay()];
    others[0].target.endpoint.port = 587;
    others[1].target.address = None;
    others[2].target.endpoint.host = Host::Name("other.example".into());
    assert_eq!(compare(&others, &sample::relay()).status, Change::New);
}

#[test]
fn what_was_not_asked_again_is_not_fixed() {
    let lacking = |change: &dyn Fn(&mut Outcome)| {
        let mut new = closed();
        change(&mut new);
        let compared = compare(&[sample::relay()], &new);
        assert_eq!(compared.findings.len(), 1);
        (compared.status, compared.relay, compared.findings[0].0)
    };
    let fixed = (Change::Fixed, Some(Turn::Fixed), Turn::Fixed);
    let unjudged = (Change::Changed, Some(Turn::Unjudged), Turn::Unjudged);
    // The forms that got through are `plain` and `percent-hack`.
    assert_eq!(lacking(&|_| {}), fixed);
    let without = |id: &'static str| lacking(&move |new| new.forms.retain(|f| f.form != id));
    assert_eq!(without("plain"), unjudged);
    // The finding is about the plain form, the relay about both.
    let half = (Change::Changed, Some(Turn::Unjudged), Turn::Fixed);
    assert_eq!(without("percent-hack"), half);
    assert_eq!(
        lacking(&|new| new.forms[2].outcome = FormOutcome::Untested),
        half
    );
    assert_eq!(
        lacking(&|new| new.forms[2].outcome = FormOutcome::Deferred),
        half
    );
    // Forms that were refused then need not be asked again.
    assert_eq!(without("null-sender"), fixed);
    // Refused for what says nothing about relaying: it did not get through.
    assert_eq!(
        lacking(&|new| {
            new.forms[2].outcome = FormOutcome::Inconclusive;
            new.forms[2].reason = Some(Reason::SyntaxRejected);
        }),
        fixed
    );
    // Asked inside TLS now: settled as well.
    assert_eq!(
        lacking(&|new| new.forms.iter_mut().for_each(|f| f.encrypted = true)),
        fixed
    );
    // What got through inside TLS is not settled in the clear.
    let mut inside = sample::relay();
    inside.forms[0].encrypted = true;
    assert_eq!(compare(&[inside], &closed()).relay, Some(Turn::Unjudged));
}

#[test]
fn what_is_not_about_forms_needs_the_same_view() {
    let mut old = closed();
    old.findings = sample::hostile(b"x").findings;
    old.tls = TlsState::StartTls;
    let mut new = closed();
    assert_eq!(
        compare(std::slice::from_ref(&old), &new).findings[0].0,
        Turn::Fixed
    );
    new.tls = TlsState::None;
    assert_eq!(
        compare(std::slice::from_ref(&old), &new).findings[0].0,
        Turn::Unjudged
    );
    old.tls = TlsState::None;
    assert_eq!(compare(&[old], &new).findings[0].0, Turn::Fixed);
}

#[test]
fn findings_change_one_by_one() {
    let two = || {
        let mut two = sample::relay();
        two.findings.extend(sample::hostile(b"x").findings);
        two
    };
    let turns = |old: &Outcome, new: &Outcome| {
        let compared = compare(std::slice::from_ref(old), new);
        let turns: Vec<Turn> = compared.findings.iter().map(|(turn, _)| *turn).collect();
        (compared.status, turns)
    };
    let (one, two) = (sample::relay(), two());
    assert_eq!(
        turns(&one, &two),
        (Change::New, vec![Turn::Same, Turn::New])
    );
    // A relay still: some of it is gone, which is not all.
    assert_eq!(
        turns(&two, &one),
        (Change::Changed, vec![Turn::Same, Turn::Fixed])
    );
    assert_eq!(
        turns(&two, &two),
        (Change::Same, vec![Turn::Same, Turn::Same])
    );
    // Closed, with one of two findings left: no relay any more.
    let mut left = closed();
    left.findings = two.findings[1..].to_vec();
    assert_eq!(
        turns(&two, &left),
        (Change::Fixed, vec![Turn::Same, Turn::Fixed])
    );
    // Closed, with a finding that was not there.
    assert_eq!(
        turns(&one, &left),
        (Change::New, vec![Turn::New, Turn::Fixed])
    );
    // Silent: nothing is known of them.
    let silent = with_verdict(Verdict::Unreachable, Reason::Timeout);
    assert_eq!(
        turns(&left, &silent),
        (Change::Changed, vec![Turn::Unjudged])
    );
}

#[test]
fn of_a_place_twice_in_a_report_the_worse_stands() {
    for pair in [[sample::relay(), closed()], [closed(), sample::relay()]] {
        assert_eq!(compare(&pair, &sample::relay()).status, Change::Same);
        assert_eq!(compare(&pair, &closed()).status, Change::Fixed);
    }
}

#[test]
fn outcomes_are_marked() {
    let mut old = Old::default();
    old.add(Seen::from(&closed()));
    let mut outcome = sample::relay();
    mark(&mut outcome, &mut old);
    let baseline = outcome.baseline.expect("a mark");
    assert_eq!(baseline.status, Change::New);
    assert_eq!(baseline.was, Some(Verdict::Rejecting));
    assert!(baseline.was_undecided);
    assert_eq!(outcome.findings[0].baseline, Some(Change::New));
    let mut old = Old::default();
    old.add(Seen::from(&sample::relay()));
    mark(&mut outcome, &mut old);
    assert_eq!(outcome.findings[0].baseline, Some(Change::Same));
}

/// One of each: opened, closed, silent, gone, as before, and new without anything wrong.
fn difference() -> Difference {
    let host = |outcome: &Outcome, name: &str| {
        let mut outcome = outcome.clone();
        outcome.target.endpoint.host = Host::Name(name.into());
        outcome
    };
    let silent = with_verdict(Verdict::Unreachable, Reason::Timeout);
    let (relay, closed) = (sample::relay(), closed());
    let mut old = Old::default();
    let before = [
        host(&closed, "opened.example"),
        host(&relay, "closed.example"),
        host(&relay, "silent.example"),
        host(&relay, "gone.example"),
        host(&silent, "gone-silent.example"),
        host(&relay, "same.example"),
        host(&silent, "talks.example"),
    ];
    before
        .iter()
        .for_each(|outcome| old.add(Seen::from(outcome)));
    let after = [
        host(&relay, "same.example"),
        host(&silent, "silent.example"),
        host(&closed, "harmless.example"),
        host(&relay, "opened.example"),
        host(&closed, "closed.example"),
        host(&closed, "talks.example"),
    ];
    let mut difference = Difference::default();
    for outcome in &after {
        let seen = Seen::from(outcome);
        let compared = old.compare(&seen);
        difference.add(seen, compared);
    }
    difference.finish(old);
    difference
}

#[test]
fn a_difference_is_put_together_in_order() {
    let difference = difference();
    let hosts = |list: &[Item]| -> Vec<String> {
        list.iter().map(|item| item.key.host.to_string()).collect()
    };
    assert_eq!(
        hosts(&difference.new),
        ["harmless.example", "opened.example"]
    );
    assert_eq!(hosts(&difference.fixed), ["closed.example"]);
    assert_eq!(
        hosts(&difference.changed),
        ["silent.example", "talks.example"]
    );
    assert_eq!(
        hosts(&difference.missing),
        ["gone-silent.example", "gone.example"]
    );
    assert_eq!(difference.same, 1);
    assert!(!difference.missing[0].undecided && difference.missing[1].undecided);
    assert!(difference.worsened(Severity::Critical) && difference.undecided());
    assert_eq!(difference.relays[&Turn::Unjudged], 2);

    let mut better = difference;
    better.new.pop();
    assert!(!better.worsened(Severity::Info));
    better.changed.remove(0);
    better.missing.pop();
    assert!(!better.undecided());
}

#[test]
fn both_formats_look_as_they_should() {
    use crate::report::read::Head;
    use crate::report::{Options, Verbosity};
    let difference = difference();
    let old = Head {
        results: 7,
        torn: true,
        ..Head::default()
    };
    let mut each = |_: &str| Ok(());
    let text = sample::write("json", &sample::report());
    let new = crate::report::read::read(&mut text.as_bytes(), &mut each).expect("a report");
    let reports = document::Reports {
        version: "0.1.0",
        old: &old,
        new: &new,
    };
    let mut out = Vec::new();
    document::write(&difference, &reports, &mut out).expect("room");
    let json = String::from_utf8(out).expect("UTF-8");
    sample::snapshot("diff-json", &json);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let schema = document::schema();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let mut wrong = value;
    wrong["new"][0]["relay"] = "gone".into();
    assert!(!validator.is_valid(&wrong));

    let human = |verbosity| {
        let options = Options {
            verbosity,
            ..Options::default()
        };
        let mut out = Vec::new();
        text::write(&difference, &options, &mut out).expect("room");
        String::from_utf8(out).expect("UTF-8")
    };
    sample::snapshot("diff-human", &human(Verbosity::Normal));
    assert!(!human(Verbosity::Quiet).contains("closed.example"));
    assert!(human(Verbosity::Verbose).contains("harmless.example"));
    assert!(!human(Verbosity::Normal).contains("harmless.example"));
}

#[test]
fn hostile_words_of_a_report_are_escaped() {
    let mut line: serde_json::Value =
        serde_json::from_str(&sample::write("jsonl", &sample::of(vec![sample::relay()])))
            .expect("JSON");
    let evil = "x\u{1b}[2J\n\u{202e}y";
    line["host"] = evil.into();
    for field in ["rule", "title", "fingerprint"] {
        line["findings"][0][field] = evil.into();
    }
    let seen = Seen::read(&line.to_string()).expect("a result");
    let mut old = Old::default();
    let compared = old.compare(&seen);
    let mut difference = Difference::default();
    difference.add(seen, compared);
    let mut out = Vec::new();
    text::write(&difference, &crate::report::Options::default(), &mut out).expect("room");
    let head = crate::report::read::Head::default();
    let reports = document::Reports {
        version: "0.1.0",
        old: &head,
        new: &head,
    };
    document::write(&difference, &reports, &mut out).expect("room");
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(text.contains("x\\x1b[2J"));
    let shown = |line: &str| crate::model::bytes::escape(line) == line;
    assert!(text.split('\n').all(shown), "{text}");
}
