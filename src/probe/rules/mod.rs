//! The rules of the wire audit, and the functions that raise them.
//!
//! In: a finished plan and the outcome drawn from it. Out: findings, each with the dialogue that
//! proves it. One finding a fault, not one a form: what several forms show about the same fault is
//! told together, with the dialogue of the first.
//!
//! Where the plain form gets through, nothing needs a trick: only that is told.
//!
//! The rules themselves, with their remedies for each server, stand in `table`.

mod table;

use super::classify::plain_refused;
use super::forms::{AddressForm, Family, LocalPart, form};
use super::meaning::Meaning;
use super::plan::Plan;
use super::transcript::{Exchange, Phase};
use crate::model::{
    Caveat, Confidence, Evidence, Finding, FormOutcome, FormResult, Outcome, Reason, Role, Rule,
    TlsState, Verdict, WireLine,
};
pub use table::RULES;
use table::*;

/// Raises the findings of an outcome.
pub fn findings(plan: &Plan, outcome: &Outcome) -> Vec<Finding> {
    let mut findings = relaying(outcome);
    findings.extend(about_the_server(plan, outcome));
    for finding in &mut findings {
        *finding = finding.clone().for_software(outcome.server.software);
    }
    findings
}

/// Raises what the accepted forms show.
fn relaying(outcome: &Outcome) -> Vec<Finding> {
    let accepted: Vec<(&AddressForm, &FormResult)> = outcome
        .forms
        .iter()
        .filter(|r| r.role == Role::Probe && r.outcome == FormOutcome::Accepted)
        // A reason beside acceptance says that the controls took the meaning out of it.
        .filter(|r| r.reason.is_none())
        .filter_map(|result| Some((form(result.form)?, result)))
        .collect();
    let simple = |form: &AddressForm| form.local_part == LocalPart::Plain;
    let open = if plain_refused(&outcome.forms) {
        accepted.iter().find(|(form, _)| form.is_plain())
    } else {
        // The plain form was put off or not answered: what got through needs no trick to explain it.
        let plain = accepted.iter().find(|(form, _)| form.is_plain());
        plain.or_else(|| accepted.iter().find(|(form, _)| simple(form)))
    };
    if let Some((form, result)) = open {
        let others = accepted.len() - 1;
        return vec![raise(outcome, &OPEN_RELAY, &[(form, result)], others)];
    }
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        let of_rule: Vec<_> = accepted
            .iter()
            .copied()
            .filter(|(form, result)| {
                rule_of(form).id == rule.id && !explained(&accepted, form, result)
            })
            .collect();
        if !of_rule.is_empty() {
            findings.push(raise(outcome, rule, &of_rule, 0));
        }
    }
    findings
}

/// Tells whether the sender alone explains that a trick with the recipient got through.
fn explained(
    accepted: &[(&AddressForm, &FormResult)],
    form: &AddressForm,
    result: &FormResult,
) -> bool {
    form.family != Family::Sender
        && accepted.iter().any(|(other, simple)| {
            other.family == Family::Sender
                && simple.mail_from == result.mail_from
                && simple.helo == result.helo
                && simple.encrypted == result.encrypted
        })
}

/// Gives the rule that acceptance of a form breaks.
pub fn rule_of(form: &AddressForm) -> &'static Rule {
    if form.reveals.contains(&Meaning::NoControl) {
        return &OPEN_RELAY;
    }
    match form.family {
        Family::Sender => &TRUSTS_SENDER,
        Family::Hello => &TRUSTS_HELLO,
        Family::XClient => &TRUSTS_XCLIENT,
        Family::Tls => &TRUSTS_TLS,
        Family::Transaction => &TRUSTS_TRANSACTION,
        Family::Subdomain => &SUBDOMAINS,
        Family::Spelling | Family::Literal | Family::Syntax => &SPELLING,
        Family::Quoted
        | Family::Percent
        | Family::DoubleAt
        | Family::SourceRoute
        | Family::Bang
        | Family::EmptyDomain => &ADDRESS_TRICK,
        Family::Control => &UNKNOWN_USERS,
    }
}

fn raise(
    outcome: &Outcome,
    rule: &'static Rule,
    forms: &[(&AddressForm, &FormResult)],
    others: usize,
) -> Finding {
    let (first, result) = forms[0];
    let envelope = format!(
        "MAIL FROM:{} RCPT TO:{}",
        result.mail_from.printable(),
        result.rcpt_to.printable()
    );
    let mut message = format!("Accepted from a stranger, without a login: {envelope}");
    if let Some(helo) = &result.helo {
        message.push_str(&format!(
            ", after EHLO {}",
            crate::model::bytes::escape(helo)
        ));
    }
    message.push_str(". ");
    let mut meanings: Vec<Meaning> = Vec::new();
    for meaning in forms.iter().flat_map(|(form, _)| form.reveals) {
        if !meanings.contains(meaning) {
            meanings.push(*meaning);
        }
    }
    let texts: Vec<&str> = meanings.iter().map(|m| m.text()).collect();
    message.push_str(&texts.join(" "));
    let mut more: Vec<&str> = Vec::new();
    for (form, _) in &forms[1..] {
        if form.id != first.id && !more.contains(&form.id) {
            more.push(form.id);
        }
    }
    if !more.is_empty() {
        message.push_str(&format!(" The same with: {}.", more.join(", ")));
    }
    if others > 0 {
        message.push_str(&format!(" {others} more forms were accepted as well."));
    }
    let confidence = forms.iter().map(|(_, r)| r.confidence).max();
    Finding::new(
        rule,
        &outcome.target.place(),
        first.id,
        message,
        Evidence::Wire(result.dialogue.clone()),
    )
    .with_confidence(confidence.unwrap_or(Confidence::Weak))
}

/// Raises what the server shows about itself.
fn about_the_server(plan: &Plan, outcome: &Outcome) -> Vec<Finding> {
    let place = outcome.target.place();
    let hello = lines_of(plan, &|e| e.phase == Phase::Hello);
    let mut findings = Vec::new();
    let mut add = |rule: &'static Rule, message: String, lines: Vec<WireLine>| {
        // No finding without its proof.
        if !lines.is_empty() {
            findings.push(Finding::new(
                rule,
                &place,
                "",
                message,
                Evidence::Wire(lines),
            ));
        }
    };
    if outcome.reason == Some(Reason::AcceptAll) {
        let lines = outcome
            .forms
            .iter()
            .find(|f| f.reason == Some(Reason::AcceptAll));
        add(
            &ACCEPTS_EVERYTHING,
            "Outside recipients, users that cannot exist and domains that cannot exist were all \
             accepted from a stranger."
                .into(),
            lines.map(|f| f.dialogue.clone()).unwrap_or_default(),
        );
    }
    if outcome.caveats.contains(&Caveat::AddressRewritten)
        && let Some(seen) = outcome.server.client_address_seen
    {
        let message = format!("The server takes us for {seen}, which is not the address we have.");
        add(&CLIENT_ADDRESS_LOST, message, hello.clone());
    }
    if outcome.caveats.contains(&Caveat::StartTlsInjection) {
        add(
            &STARTTLS_INJECTION,
            "Bytes followed the answer to STARTTLS before the handshake began.".into(),
            lines_of(plan, &|e| e.phase == Phase::StartTls),
        );
    }
    let offers = |keyword: &str| {
        outcome.server.extensions.iter().any(|line| {
            let line = line.as_bytes();
            let head = line.get(..keyword.len());
            let ends = |b: &u8| b.is_ascii_whitespace() || *b == b'=';
            head.is_some_and(|h| h.eq_ignore_ascii_case(keyword.as_bytes()))
                && line.get(keyword.len()).is_none_or(ends)
        })
    };
    let clear = outcome.tls != TlsState::Implicit;
    if clear && offers("AUTH") && passwords(outcome) {
        let message = "Logging in with a password is offered before the connection is encrypted.";
        add(&AUTH_IN_CLEAR, message.into(), hello.clone());
    }
    if offers("XCLIENT") {
        let message =
            "The server offers XCLIENT to us: it trusts our address to say who clients are.";
        add(&XCLIENT_OFFERED, message.into(), hello.clone());
    }
    let talked = matches!(
        outcome.verdict,
        Verdict::RelayAccepting | Verdict::Rejecting | Verdict::AuthRequired
    );
    if clear && talked && !offers("STARTTLS") && !outcome.server.helo_only {
        let message = "The server does not offer STARTTLS: mail and logins pass in the clear.";
        add(&NO_STARTTLS, message.into(), hello);
    }
    let nobody = outcome.forms.iter().position(|f| {
        form(f.form).is_some_and(AddressForm::asks_unknown_user)
            && f.outcome == FormOutcome::Accepted
    });
    if let (Some(index), true) = (nobody, talked) {
        add(
            &UNKNOWN_USERS,
            "A recipient that cannot exist was accepted.".into(),
            lines_of(plan, &|e| e.test == Some(index)),
        );
    }
    let temporary = outcome.forms.iter().position(|f| {
        f.role == Role::Probe
            && f.reason == Some(Reason::RelayDenied)
            && f.reply
                .as_ref()
                .is_some_and(|r| (400..500).contains(&r.code))
    });
    if let Some(index) = temporary {
        add(
            &TEMPORARY_DENIAL,
            "Relaying is refused with a temporary code, as if it were worth another try.".into(),
            lines_of(plan, &|e| e.test == Some(index)),
        );
    }
    findings
}

fn passwords(outcome: &Outcome) -> bool {
    let mechanisms = outcome.server.extensions.iter().filter(|line| {
        line.as_bytes()
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"AUTH"))
    });
    mechanisms
        .flat_map(|line| {
            line.as_bytes()
                .split(|b| b.is_ascii_whitespace() || *b == b'=')
        })
        .any(|word| word.eq_ignore_ascii_case(b"PLAIN") || word.eq_ignore_ascii_case(b"LOGIN"))
}

/// Gives the lines of the first session that has such exchanges.
fn lines_of(plan: &Plan, fits: &dyn Fn(&Exchange) -> bool) -> Vec<WireLine> {
    let sessions = plan.transcripts().iter().enumerate();
    sessions
        .map(|(index, transcript)| {
            let exchanges = transcript.exchanges.iter().filter(|e| fits(e));
            transcript.lines(exchanges, plan.begun(index))
        })
        .find(|lines| !lines.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::forms::FORMS;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn rules_are_whole_and_distinct() {
        let mut ids = HashSet::new();
        for rule in RULES {
            assert!(ids.insert(rule.id), "{} twice", rule.id);
            assert!(
                rule.id.len() == 5 && rule.id.starts_with("RC"),
                "{}",
                rule.id
            );
            for text in [rule.title, rule.why, rule.remedy] {
                assert!(text.len() > 10, "{}", rule.id);
            }
            assert!(!rule.references.is_empty(), "{}", rule.id);
            let software: HashSet<_> = rule.remedies.iter().map(|r| r.software).collect();
            assert_eq!(software.len(), rule.remedies.len(), "{}", rule.id);
        }
    }

    #[test]
    fn every_form_breaks_a_rule_of_the_table() {
        for form in FORMS {
            let rule = rule_of(form);
            assert!(RULES.iter().any(|r| r.id == rule.id), "{}", form.id);
        }
        assert_eq!(rule_of(form("plain").expect("a form")).id, "RC001");
        assert_eq!(rule_of(form("null-sender").expect("a form")).id, "RC002");
        assert_eq!(rule_of(form("percent-host").expect("a form")).id, "RC003");
    }
}
