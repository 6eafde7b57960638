//! Holds the judging of replies against labelled collections.
//!
//! `replies.jsonl` was gathered from server sources, bounces and session logs; its rows have ids.
//! `replies-more.jsonl` holds further texts, labelled before the judge first saw them; `set` says in
//! which round that was. A label counts as right if it is the row's label or one of its
//! `alt_labels`, a verdict only if it is the row's own.
//!
//! Two kinds of error are grave, a wrong `relay-accepting` and a wrong `rejecting`: every row that
//! shows one must be listed here, with the reason why it may.
#![allow(
    clippy::print_stdout,
    reason = "the misses are the result of this test"
)]

use relaycheck::probe::judge::{Judgement, ReplyVerdict, Stage, judge_recorded};
use serde_json::Value;

/// Rows with a grave error that is defensible, and why.
const GRAVE: &[(&str, &str)] = &[];

/// What a collection must reach, in tenths of a per cent.
struct Floor {
    labels: usize,
    verdicts: usize,
}

struct Row {
    name: String,
    stage: Stage,
    reply: Vec<u8>,
    auth_offered: Option<bool>,
    labels: Vec<String>,
    verdict: String,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("hex digits");
            u8::from_str_radix(pair, 16).expect("hex digits")
        })
        .collect()
}

fn rows(collection: &str) -> Vec<Row> {
    collection
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).expect("a JSON object");
            let stage = text(&row["stage"]);
            let mut labels = vec![text(&row["label"])];
            if let Some(more) = row["alt_labels"].as_array() {
                labels.extend(more.iter().map(text));
            }
            Row {
                name: text(row.get("id").unwrap_or(&row["reply"])),
                stage: *Stage::ALL
                    .iter()
                    .find(|known| known.as_str() == stage)
                    .expect("a stage"),
                reply: match row.get("raw_hex") {
                    Some(hex) => bytes_of_hex(&text(hex)),
                    None => text(&row["reply"]).into_bytes(),
                },
                auth_offered: row["auth_offered"].as_bool(),
                labels,
                verdict: text(&row["verdict"]),
            }
        })
        .collect()
}

fn grave(row: &Row, judged: &Judgement) -> bool {
    matches!(
        judged.verdict,
        ReplyVerdict::RelayAccepting | ReplyVerdict::Rejecting
    ) && judged.verdict.as_str() != row.verdict
}

fn hold(name: &str, collection: &str, floor: &Floor) {
    let rows = rows(collection);
    let (mut labels, mut verdicts) = (0, 0);
    let mut unlisted = Vec::new();
    for row in &rows {
        let judged = judge_recorded(row.stage, &row.reply, row.auth_offered);
        let label = row.labels.iter().any(|l| l == judged.label.as_str());
        let verdict = row.verdict == judged.verdict.as_str();
        labels += usize::from(label);
        verdicts += usize::from(verdict);
        if !(label && verdict) {
            println!(
                "{}: {} {:?}\n    should be {:?} / {}, is {} / {} by {:?}",
                row.name,
                row.stage.as_str(),
                String::from_utf8_lossy(&row.reply),
                row.labels,
                row.verdict,
                judged.label.as_str(),
                judged.verdict.as_str(),
                judged.signature,
            );
        }
        if grave(row, &judged) && !GRAVE.iter().any(|(id, _)| *id == row.name) {
            unlisted.push(&row.name);
        }
    }
    println!(
        "{name}: {} rows, labels {:.1} %, verdicts {:.1} %",
        rows.len(),
        labels as f64 * 100.0 / rows.len() as f64,
        verdicts as f64 * 100.0 / rows.len() as f64
    );
    assert_eq!(unlisted, Vec::<&String>::new(), "grave errors in {name}");
    assert!(
        labels * 1000 >= floor.labels * rows.len(),
        "labels of {name}: {labels} of {}",
        rows.len()
    );
    assert!(
        verdicts * 1000 >= floor.verdicts * rows.len(),
        "verdicts of {name}: {verdicts} of {}",
        rows.len()
    );
}

#[test]
fn the_collection_is_judged_right() {
    hold(
        "replies.jsonl",
        include_str!("../fixtures/wire/replies.jsonl"),
        &Floor {
            labels: 985,
            verdicts: 990,
        },
    );
}

#[test]
fn replies_of_other_servers_are_judged_right() {
    hold(
        "replies-more.jsonl",
        include_str!("../fixtures/wire/replies-more.jsonl"),
        &Floor {
            labels: 970,
            verdicts: 955,
        },
    );
}

#[test]
fn an_error_is_told_from_a_right_judgement() {
    let row = &rows(
        r#"{"stage":"rcpt","reply":"250 ok","auth_offered":null,"label":"accepted","verdict":"rejecting"}"#,
    )[0];
    let judged = judge_recorded(row.stage, &row.reply, row.auth_offered);
    assert!(grave(row, &judged));
}
