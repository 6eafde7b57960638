//! `relaycheck explain`: what a form, a rule, a verdict, a reason, a caveat or an outcome means, and what to do.
//!
//! In: an id, a language. Out: a text. Prints what stands beside each id in its table, in English or Chinese; keeps no
//! text of its own but labels, and the guide for administrators.
//!
//! Does not translate reports: see [`crate::model::lang`].

mod fold;

use super::error::CliError;
use crate::model::{Caveat, Driven, Lang, Reason, Relay, Role, Rule, Severity, Text, Verdict};
use crate::probe::forms::{AddressForm, FORMS, form};
use crate::probe::rules::rule_of;
use crate::rules;
use fold::fold;
use std::fmt::Write;

/// The guide, which has an id like everything else.
const GUIDE: &str = "guide";
const GUIDES: Text = Text::new(include_str!("guide.txt"), include_str!("guide.zh.txt"));

const VERDICT: Text = Text::new("verdict", "判定");
const REASON: Text = Text::new("reason", "原因");
const CAVEAT: Text = Text::new("caveat", "保留意见");
const EVIDENCE: Text = Text::new("evidence", "证据");
const OUTCOME: Text = Text::new("outcome of a configuration", "配置审计结果");

/// Explains one thing, or how to ask for one.
pub fn explain(id: Option<&str>, lang: Lang) -> Result<String, CliError> {
    let Some(id) = id else {
        return Ok(overview(lang));
    };
    let wanted = id.to_ascii_lowercase();
    if wanted == GUIDE {
        return Ok(GUIDES.in_lang(lang).to_owned());
    }
    if let Some(form) = form(&wanted) {
        return Ok(of_form(form, lang));
    }
    if let Some(rule) = rules::rule(&wanted) {
        return Ok(of_rule(rule, lang));
    }
    // "auth-required" is a verdict and a reason: both are told.
    let told: Vec<String> = words()
        .filter(|(word, _, _)| *word == wanted)
        .map(|word| of_word(word, lang))
        .collect();
    if told.is_empty() {
        return Err(CliError::UnknownId(crate::model::bytes::escape(id)));
    }
    Ok(told.join("\n"))
}

/// Gives everything that can be explained.
pub fn ids() -> impl Iterator<Item = &'static str> {
    std::iter::once(GUIDE)
        .chain(words().map(|(word, _, _)| word))
        .chain(rules::all().map(|rule| rule.id))
        .chain(FORMS.iter().map(|form| form.id))
}

/// Gives the words of reports, each with its kind and what it means.
fn words() -> impl Iterator<Item = (&'static str, Text, Text)> {
    let verdicts = Verdict::ALL
        .iter()
        .map(|v| (v.as_str(), VERDICT, v.words()));
    let reasons = Reason::ALL.iter().map(|r| (r.as_str(), REASON, r.words()));
    let caveats = Caveat::ALL.iter().map(|c| (c.as_str(), CAVEAT, c.words()));
    let evidence = Driven::ALL
        .iter()
        .map(|d| (d.as_str(), EVIDENCE, d.words()));
    let outcomes = Relay::ALL.iter().map(|r| (r.as_str(), OUTCOME, r.words()));
    verdicts
        .chain(reasons)
        .chain(caveats)
        .chain(evidence)
        .chain(outcomes)
}

fn of_word((word, kind, text): (&str, Text, Text), lang: Lang) -> String {
    let head = match lang {
        Lang::En => format!("{word} ({})", kind.en),
        Lang::Zh => format!("{word}（{}）", kind.zh),
    };
    let mut text = text.in_lang(lang).to_owned();
    if kind == EVIDENCE {
        text.push_str(&lang.of(
            format!(" --depth {word} asks for as much as this."),
            format!("--depth {word} 即测到这一步。"),
        ));
    }
    format!("{head}\n\n{}\n", fold(&text))
}

fn of_form(form: &AddressForm, lang: Lang) -> String {
    let family = form.family.as_str();
    let mut out = match (lang, form.role()) {
        (Lang::En, role) => format!("{} ({}, {family})\n\n", form.id, role.as_str()),
        (Lang::Zh, Role::Probe) => format!("{}（探测，类别 {family}）\n\n", form.id),
        (Lang::Zh, Role::Control) => format!("{}（对照，类别 {family}）\n\n", form.id),
    };
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
            lang.of("   <- judged", "   <- 据此判定")
        } else {
            ""
        };
        put(&mut out, &format!("  RCPT TO:{recipient}{mark}"));
    }
    put(&mut out, "");
    put(&mut out, &fold(form.why.in_lang(lang)));
    let profile = form.profile.as_str();
    put(&mut out, "");
    put(
        &mut out,
        &match lang {
            Lang::En => format!("Asked from profile {profile} on."),
            Lang::Zh => format!("从测试档 {profile} 起测试。"),
        },
    );
    if form.role() == Role::Probe {
        put(
            &mut out,
            lang.of("\nAcceptance would reveal:", "\n若被接收，说明："),
        );
        for meaning in form.reveals {
            put(&mut out, &fold(meaning.words().in_lang(lang)));
            let causes = meaning.causes_words().in_lang(lang);
            let label = lang.of("Typical causes. ", "常见成因：");
            put(&mut out, &fold(&format!("{label}{causes}")));
        }
        let rule = rule_of(form);
        put(
            &mut out,
            &match lang {
                Lang::En => format!("\nRule {}: {}", rule.id, rule.title),
                Lang::Zh => format!("\n规则 {}：{}", rule.id, rule.title_zh),
            },
        );
    }
    references(&mut out, form.family.references(), lang);
    out
}

fn of_rule(rule: &Rule, lang: Lang) -> String {
    let severities: Vec<String> = std::iter::once(&rule.severity)
        .chain(rule.other_severities)
        .map(|severity| severity_in(*severity, lang))
        .collect();
    let severities = severities.join(" / ");
    let mut out = match lang {
        Lang::En => format!("{} ({severities}): {}\n\n", rule.id, rule.title),
        Lang::Zh => format!("{}（{severities}）：{}\n\n", rule.id, rule.title_zh),
    };
    put(&mut out, &fold(lang.of(rule.why, rule.why_zh)));
    if let Some(seen) = lang.of(rule.seen, rule.seen_zh) {
        let label = lang.of(
            "\nWhat a probe over the wire sees:",
            "\n从网络上探测会看到：",
        );
        put(&mut out, label);
        put(&mut out, &fold(seen));
    }
    put(&mut out, lang.of("\nWhat to do:", "\n处理办法："));
    put(&mut out, &fold(lang.of(rule.remedy, rule.remedy_zh)));
    for remedy in rule.remedies {
        put(
            &mut out,
            &format!("\n{}{}", remedy.software, lang.of(":", "：")),
        );
        put(&mut out, &fold(lang.of(remedy.text, remedy.text_zh)));
    }
    references(&mut out, rule.references, lang);
    out
}

fn references(out: &mut String, references: &[&str], lang: Lang) {
    if !references.is_empty() {
        put(out, lang.of("\nReferences:", "\n参考："));
    }
    for reference in references {
        put(out, &format!("  {reference}"));
    }
}

/// Names a severity: in Chinese behind the word that reports have.
fn severity_in(severity: Severity, lang: Lang) -> String {
    let word = severity.as_str();
    let zh = match severity {
        Severity::Info => "提示",
        Severity::Low => "低",
        Severity::Medium => "中",
        Severity::High => "高",
        Severity::Critical => "严重",
    };
    lang.of(word.to_owned(), format!("{word} {zh}"))
}

fn overview(lang: Lang) -> String {
    let list = |names: Vec<&str>| fold(&names.join(", "));
    let verdicts = list(Verdict::ALL.iter().map(|v| v.as_str()).collect());
    let reasons = list(Reason::ALL.iter().map(|r| r.as_str()).collect());
    let caveats = list(Caveat::ALL.iter().map(|c| c.as_str()).collect());
    let evidence = list(Driven::ALL.iter().map(|d| d.as_str()).collect());
    let outcomes = list(Relay::ALL.iter().map(|r| r.as_str()).collect());
    match lang {
        Lang::En => format!(
            "relaycheck explain ID tells what a word of a report means; --lang zh says it in Chinese.\n\
             relaycheck explain guide: what an open relay is, how to find, close and keep closed one.\n\n\
             Verdicts:\n{verdicts}\n\nReasons:\n{reasons}\n\nCaveats:\n{caveats}\n\n\
             Evidence:\n{evidence}\n\nOutcomes of configurations:\n{outcomes}\n\n\
             Forms and rules: relaycheck list forms, relaycheck list rules\n"
        ),
        Lang::Zh => format!(
            "relaycheck explain ID 解释报告中的一个词；--lang en 用英文解释。\n\
             relaycheck explain guide：什么是开放中继，如何检查、关闭并保持关闭。\n\n\
             判定：\n{verdicts}\n\n原因：\n{reasons}\n\n保留意见：\n{caveats}\n\n\
             证据（走到哪一步）：\n{evidence}\n\n配置审计结果：\n{outcomes}\n\n\
             形式和规则：relaycheck list forms、relaycheck list rules\n"
        ),
    }
}

fn put(out: &mut String, line: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    fn in_lang(id: &str, lang: Lang) -> String {
        explain(Some(id), lang).unwrap_or_else(|e| panic!("{id}: {e}"))
    }

    #[test]
    fn explains_every_word_there_is_in_every_language() {
        for id in ids() {
            for lang in Lang::ALL {
                let text = in_lang(id, *lang);
                assert!(text.starts_with(id) || id == GUIDE, "{text}");
                assert!(text.len() > 60, "{text}");
                assert!(text.lines().all(|line| line.width() <= 120), "{text}");
            }
            assert_ne!(in_lang(id, Lang::En), in_lang(id, Lang::Zh), "{id}");
        }
    }

    #[test]
    fn no_english_sentence_is_left_in_chinese() {
        for id in ids().filter(|id| *id != GUIDE) {
            let text = in_lang(id, Lang::Zh);
            // What stands at the margin is a label: all but references are indented.
            for label in text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with(' '))
            {
                assert!(
                    label.ends_with('：') || label.contains(['（', '。', '：']),
                    "{label}"
                );
            }
        }
        for label in ["What", "Rule ", "References", "Typical", "Asked", "judged"] {
            for id in [
                "RC001",
                "PF001",
                "LG001",
                "mixed-local-first",
                "control-unknown-user",
            ] {
                assert!(!in_lang(id, Lang::Zh).contains(label), "{id}: {label}");
            }
        }
    }

    #[test]
    fn english_is_told_without_chinese() {
        let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for id in ids() {
            assert!(!in_lang(id, Lang::En).contains(chinese), "{id}");
        }
        assert!(!overview(Lang::En).contains(chinese));
    }

    #[test]
    fn tells_a_word_with_two_meanings_twice() {
        let text = in_lang("auth-required", Lang::En);
        assert!(text.contains("(verdict)") && text.contains("(reason)"));
        let text = in_lang("auth-required", Lang::Zh);
        assert!(text.contains("（判定）") && text.contains("（原因）"));
    }

    #[test]
    fn a_rule_has_its_facts_in_both_languages() {
        let text = in_lang("pf070", Lang::Zh);
        for part in [
            "PF070（critical 严重 / high 高",
            "从网络上探测会看到：",
            "处理办法：",
            "XCLIENT ADDR=127.0.0.1",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = in_lang("RC001", Lang::Zh);
        assert!(text.contains("\nPostfix：\n"), "{text}");
        assert!(text.contains("reject_unauth_destination"), "{text}");
    }

    #[test]
    fn refuses_what_it_does_not_know_without_obeying_it() {
        for lang in Lang::ALL {
            let error = explain(Some("\u{1b}[31mx"), *lang).expect_err("unknown");
            assert!(!error.to_string().contains('\u{1b}'));
        }
    }

    /// Gives the lines that are to be typed or copied: indented by four and more.
    fn examples(guide: &str) -> Vec<String> {
        let lines = guide.lines().filter(|line| line.starts_with("    "));
        // What is said of a command stands behind it.
        lines
            .map(|line| {
                line.split("  #")
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn the_guides_are_short_and_say_the_same() {
        let heads = |guide: &str| {
            guide
                .lines()
                .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
                .count()
        };
        for guide in [GUIDES.en, GUIDES.zh] {
            assert!(guide.lines().count() <= 125, "{}", guide.lines().count());
            for line in guide.lines() {
                assert!(
                    line.width() <= fold::COLUMNS,
                    "{} columns: {line}",
                    line.width()
                );
                assert_eq!(line, line.trim_end());
            }
            assert_eq!(heads(guide), 5);
        }
        assert_eq!(examples(GUIDES.en), examples(GUIDES.zh));
    }

    #[test]
    fn the_guides_tell_how_to_close_every_server_that_is_read() {
        for dialect in crate::mtaconf::DIALECTS {
            for guide in [GUIDES.en, GUIDES.zh] {
                assert!(guide.contains(dialect.software), "{}", dialect.software);
            }
        }
    }

    #[test]
    fn commands_of_the_guide_are_understood() {
        use clap::Parser;
        let mut checked = 0;
        for line in examples(GUIDES.en) {
            let Some((_, command)) = line.split_once("relaycheck ") else {
                continue;
            };
            let words = command.split_whitespace();
            let words = std::iter::once("relaycheck").chain(words);
            if let Err(error) = crate::cli::args::Typed::try_parse_from(words) {
                panic!("{line}: {error}");
            }
            checked += 1;
        }
        assert!(checked >= 8, "only {checked}");
    }
}
