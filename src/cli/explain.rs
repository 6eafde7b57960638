//! `relaycheck explain`: what a form, a rule, a verdict, a reason, a caveat or an outcome means, and what to do.
//!
//! Prints what stands beside each in its table; keeps no text of its own.

use super::error::CliError;
use crate::model::{Caveat, Reason, Relay, Role, Rule, Verdict};
use crate::probe::forms::{AddressForm, form};
use crate::probe::rules::rule_of;
use crate::rules;
use std::fmt::Write;

/// Explains one thing, or how to ask for one.
pub fn explain(id: Option<&str>) -> Result<String, CliError> {
    let Some(id) = id else {
        return Ok(overview());
    };
    let wanted = id.to_ascii_lowercase();
    if let Some(form) = form(&wanted) {
        return Ok(of_form(form));
    }
    if let Some(rule) = rules::rule(&wanted) {
        return Ok(of_rule(rule));
    }
    let word = Verdict::ALL
        .iter()
        .find(|v| v.as_str() == wanted)
        .map(|v| ("verdict", v.text()))
        .into_iter()
        .chain(
            Reason::ALL
                .iter()
                .find(|r| r.as_str() == wanted)
                .map(|r| ("reason", r.text())),
        )
        .chain(
            Caveat::ALL
                .iter()
                .find(|c| c.as_str() == wanted)
                .map(|c| ("caveat", c.text())),
        )
        .chain(
            Relay::ALL
                .iter()
                .find(|r| r.as_str() == wanted)
                .map(|r| ("outcome of a configuration", r.text())),
        );
    // "auth-required" is a verdict and a reason: both are told.
    let told: Vec<String> = word
        .map(|(kind, text)| format!("{wanted} ({kind})\n\n{}\n", fold(text)))
        .collect();
    if told.is_empty() {
        return Err(CliError::UnknownId(crate::model::bytes::escape(id)));
    }
    Ok(told.join("\n"))
}

fn of_form(form: &AddressForm) -> String {
    let mut out = format!(
        "{} ({}, {})\n\n",
        form.id,
        form.role().as_str(),
        form.family.as_str()
    );
    for (what, value) in [("EHLO", form.hello), ("XCLIENT", form.xclient)] {
        if let Some(value) = value {
            put(&mut out, &format!("  {what} {value}"));
        }
    }
    if let Some((sender, recipient)) = form.prelude {
        put(&mut out, &format!("  MAIL FROM:{sender}"));
        put(&mut out, &format!("  RCPT TO:{recipient}"));
        put(&mut out, "  RSET");
    }
    put(&mut out, &format!("  MAIL FROM:{}", form.sender));
    for (index, recipient) in form.recipients.iter().enumerate() {
        let mark = if form.recipients.len() > 1 && index == form.judged {
            "   <- judged"
        } else {
            ""
        };
        put(&mut out, &format!("  RCPT TO:{recipient}{mark}"));
    }
    put(&mut out, "");
    put(&mut out, &fold(form.why));
    put(
        &mut out,
        &format!("\nAsked from profile {} on.", form.profile.as_str()),
    );
    if form.role() == Role::Probe {
        put(&mut out, "\nAcceptance would reveal:");
        for meaning in form.reveals {
            put(&mut out, &fold(meaning.text()));
            put(
                &mut out,
                &fold(&format!("Typical causes. {}", meaning.causes())),
            );
        }
        let rule = rule_of(form);
        put(&mut out, &format!("\nRule {}: {}", rule.id, rule.title));
    }
    put(&mut out, "\nReferences:");
    for reference in form.family.references() {
        put(&mut out, &format!("  {reference}"));
    }
    out
}

fn of_rule(rule: &Rule) -> String {
    let mut severities = rule.severity.as_str().to_owned();
    for other in rule.other_severities {
        severities.push_str(&format!(" / {}", other.as_str()));
    }
    let mut out = format!("{} ({severities}): {}\n\n", rule.id, rule.title);
    put(&mut out, &fold(rule.why));
    if let Some(seen) = rule.seen {
        put(&mut out, "\nWhat a probe over the wire sees:");
        put(&mut out, &fold(seen));
    }
    put(&mut out, "\nWhat to do:");
    put(&mut out, &fold(rule.remedy));
    if !rule.remedy_zh.is_empty() {
        put(&mut out, &format!("\n  {}", rule.remedy_zh));
    }
    for remedy in rule.remedies {
        put(&mut out, &format!("\n{}:", remedy.software));
        put(&mut out, &fold(remedy.text));
    }
    if !rule.references.is_empty() {
        put(&mut out, "\nReferences:");
    }
    for reference in rule.references {
        put(&mut out, &format!("  {reference}"));
    }
    out
}

fn overview() -> String {
    let list = |names: Vec<&str>| fold(&names.join(", "));
    format!(
        "relaycheck explain ID tells what a word of a report means.\n\n\
         Verdicts:\n{}\n\nReasons:\n{}\n\nCaveats:\n{}\n\nOutcomes of configurations:\n{}\n\n\
         Forms and rules: relaycheck list forms, relaycheck list rules\n",
        list(Verdict::ALL.iter().map(|v| v.as_str()).collect()),
        list(Reason::ALL.iter().map(|r| r.as_str()).collect()),
        list(Caveat::ALL.iter().map(|c| c.as_str()).collect()),
        list(Relay::ALL.iter().map(|r| r.as_str()).collect()),
    )
}

fn put(out: &mut String, line: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(out, "{line}");
}

/// Breaks a text into indented lines of at most 88 characters.
fn fold(text: &str) -> String {
    let mut lines = vec![String::from(" ")];
    for word in text.split_whitespace() {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line + 1 + word.chars().count() > 88 && line > 1 {
            lines.push(String::from(" "));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::forms::FORMS;

    #[test]
    fn explains_every_word_there_is() {
        let ids = FORMS.iter().map(|f| f.id);
        let ids = ids
            .chain(rules::all().map(|r| r.id))
            .chain(Verdict::ALL.iter().map(|v| v.as_str()))
            .chain(Reason::ALL.iter().map(|r| r.as_str()))
            .chain(Caveat::ALL.iter().map(|c| c.as_str()))
            .chain(Relay::ALL.iter().map(|r| r.as_str()));
        for id in ids {
            let text = explain(Some(id)).unwrap_or_else(|e| panic!("{id}: {e}"));
            assert!(text.starts_with(id), "{text}");
            assert!(text.len() > 60, "{text}");
            assert!(
                text.lines().all(|line| line.chars().count() <= 120),
                "{text}"
            );
        }
    }

    #[test]
    fn tells_a_word_with_two_meanings_twice() {
        let text = explain(Some("auth-required")).expect("a verdict and a reason");
        assert!(text.contains("(verdict)") && text.contains("(reason)"));
    }

    #[test]
    fn refuses_what_it_does_not_know_without_obeying_it() {
        let error = explain(Some("\u{1b}[31mx")).expect_err("unknown");
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
