//! Everything that is explained stands in Chinese too, is really Chinese, and loses no fact on the way.
//!
//! A fact is what a translation leaves as it is: names of parameters, commands, codes, numbers, lines of configurations.
//! That no text is left out at all, the compiler sees to: a row without one does not compile.

use relaycheck::model::{Caveat, Driven, Reason, Relay, Text, Verdict};
use relaycheck::probe::forms::FORMS;
use relaycheck::rules;
use std::collections::BTreeSet;

/// Gives every text of the tables, with the place it stands at.
fn texts() -> Vec<(String, Text)> {
    let mut all = Vec::new();
    let mut put = |place: &str, part: &str, text| all.push((format!("{place} {part}"), text));
    for rule in rules::all() {
        put(rule.id, "title", Text::new(rule.title, rule.title_zh));
        put(rule.id, "why", Text::new(rule.why, rule.why_zh));
        put(rule.id, "remedy", Text::new(rule.remedy, rule.remedy_zh));
        let seen = (rule.seen, rule.seen_zh);
        assert_eq!(seen.0.is_some(), seen.1.is_some(), "{}", rule.id);
        if let (Some(en), Some(zh)) = seen {
            put(rule.id, "seen", Text::new(en, zh));
        }
        for remedy in rule.remedies {
            let text = Text::new(remedy.text, remedy.text_zh);
            put(rule.id, remedy.software, text);
        }
    }
    for form in FORMS {
        put(form.id, "why", form.why);
        for meaning in form.reveals {
            put(form.id, "meaning", meaning.words());
            put(form.id, "causes", meaning.causes_words());
        }
    }
    for verdict in Verdict::ALL {
        put("verdict", verdict.as_str(), verdict.words());
    }
    for reason in Reason::ALL {
        put("reason", reason.as_str(), reason.words());
    }
    for caveat in Caveat::ALL {
        put("caveat", caveat.as_str(), caveat.words());
    }
    for driven in Driven::ALL {
        put("evidence", driven.as_str(), driven.words());
    }
    for relay in Relay::ALL {
        put("outcome", relay.as_str(), relay.words());
    }
    all
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Gives the words of an English text that are no English: a translation has them as they are.
fn facts(en: &str) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    // Between backticks, but for those of m4, which end with an apostrophe.
    let quoted = en.split('`').skip(1).step_by(2);
    facts.extend(
        quoted
            .filter(|code| !code.contains('\'') && en.matches('`').count().is_multiple_of(2))
            .map(str::to_owned),
    );
    let bare = en.replace(['`', '\''], " ");
    let words = bare.split(|c: char| c.is_whitespace() || "\"()".contains(c));
    for word in words {
        let word = word.trim_matches(|c: char| ".,;:?!<>".contains(c));
        if is_fact(word) {
            facts.insert(word.to_owned());
        }
    }
    facts
}

fn is_fact(word: &str) -> bool {
    let bytes = word.as_bytes();
    let pair = |fits: fn(u8, u8) -> bool| bytes.windows(2).any(|w| fits(w[0], w[1]));
    let triple = bytes
        .windows(3)
        .any(|w| w[1] == b'.' && w[0].is_ascii_lowercase() && w[2].is_ascii_lowercase());
    bytes
        .iter()
        .any(|b| b.is_ascii_digit() || b"_$=%".contains(b))
        || pair(|a, b| a.is_ascii_uppercase() && b.is_ascii_uppercase())
        || pair(|a, b| a.is_ascii_lowercase() && b.is_ascii_uppercase())
        || triple
        || word.starts_with('-') && word.len() > 1
}

/// Tells what is wrong with a translation.
fn faults(text: Text) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.zh.contains(is_chinese) {
        faults.push("is not Chinese".to_owned());
    }
    if text.en.contains(is_chinese) {
        faults.push("English holds Chinese".to_owned());
    }
    // A comma or full stop of Latin text behind a Chinese character: one was forgotten.
    let chars: Vec<char> = text.zh.chars().collect();
    if chars
        .windows(2)
        .any(|w| is_chinese(w[0]) && ",;?!".contains(w[1]))
    {
        faults.push("has Latin punctuation behind Chinese".to_owned());
    }
    let bare = text.zh.replace(['`', '\''], " ");
    for fact in facts(text.en) {
        if !text.zh.contains(&fact) && !bare.contains(&fact) {
            faults.push(format!("lacks {fact}"));
        }
    }
    faults
}

#[test]
fn every_text_is_in_chinese_with_all_its_facts() {
    let texts = texts();
    assert!(texts.len() > 900, "only {} texts", texts.len());
    let wrong: Vec<String> = texts
        .iter()
        .flat_map(|(place, text)| {
            let told = move |fault| format!("{place}: {fault}\n    {}\n    {}", text.en, text.zh);
            faults(*text).into_iter().map(told)
        })
        .collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn one_word_stands_for_one_thing() {
    // What the glossary has other words for.
    const OTHERWISE: &[(&str, &str)] = &[
        ("开放转发", "开放中继"),
        ("灰色名单", "灰名单"),
        ("密码", "口令"),
        ("接收人", "收件人"),
        ("发送人", "发件人"),
        ("寄件人", "发件人"),
        ("阻止列表", "黑名单"),
        ("反向散射", "退信散射"),
    ];
    for (place, text) in texts() {
        for (wrong, right) in OTHERWISE {
            assert!(
                !text.zh.contains(wrong),
                "{place}: {wrong} is {right}: {}",
                text.zh
            );
        }
    }
}

#[test]
fn a_fault_of_each_kind_is_seen() {
    let en =
        "Set `permit_mynetworks` to 20 in main.cf; RCPT gets 554. Use ExternalAuthoritative, -o.";
    let facts = facts(en);
    for fact in [
        "permit_mynetworks",
        "20",
        "main.cf",
        "RCPT",
        "554",
        "ExternalAuthoritative",
        "-o",
    ] {
        assert!(facts.contains(fact), "{fact}: {facts:?}");
    }
    assert!(
        !facts.contains("Set") && !facts.contains("gets"),
        "{facts:?}"
    );
    let of = |zh| faults(Text::new("Set it to 20.", zh));
    assert!(of("设为 20。").is_empty());
    assert_eq!(of("设为二十。"), ["lacks 20"]);
    assert_eq!(of("Set it to 20."), ["is not Chinese"]);
    assert_eq!(of("设为,20。"), ["has Latin punctuation behind Chinese"]);
    assert!(!of("").is_empty());
}
