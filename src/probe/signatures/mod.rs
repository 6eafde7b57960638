//! TABLE: the words of replies -> what kind of reply it is.
//!
//! In: the stage, the code, and the words of a reply ([`super::wording`]). Out: the first row whose
//! pattern fits, or nothing.
//!
//! The rows speak of kinds of replies, not of texts: whom a text is about (client, sender,
//! recipient, relaying) and what it says of it. Their words stand in `vocabulary.rs`, the language of
//! their patterns is told in `matcher.rs`.
//!
//! Order matters, from sure to vague; a row may lean on what stands before it having been ruled out.
//! The files are asked in the order of [`REFUSED`], the rows of a file from top to bottom.
//!
//! Deliberately does not draw the conclusion: that is [`super::judge`].
//!
//! To add a row: write it behind the rows that are surer than it, give it a real reply as sample,
//! and see that the tests still pass: the sample must reach its own row, and all others theirs.

mod auth;
mod client;
mod content;
pub(super) mod matcher;
mod positive;
mod recipient;
mod relay;
mod sender;
mod service;
mod syntax;
mod temporary;
mod vocabulary;

use super::judge::{Label, Stage};
use super::wording::Wording;
use matcher::Matcher;
use std::sync::LazyLock;

/// What a signature changes about the conclusion its label allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: the label decides.
    Usual,
    /// The reply leaves relaying open, whatever its label: the server had routed or called the
    /// outside domain before it refused, or says that the mail is dropped.
    Open,
    /// The recipient is what was refused.
    Recipient,
    /// The recipient is what was refused, for good only if the code is 5xx.
    RecipientUnlessTransient,
    /// The client was turned away.
    Block,
    /// Temporary, whatever the code says.
    Later,
    /// Temporary if the code is 4xx.
    LaterIfTransient,
}

/// The codes a row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// 2xx and 3xx.
    Positive,
    /// 4xx and 5xx.
    Refused,
    /// 4xx.
    Transient,
    /// 5xx.
    Permanent,
    /// These codes.
    In(&'static [u16]),
}

impl When {
    fn covers(self, code: u16) -> bool {
        match self {
            Self::Positive => matches!(code, 200..=399),
            Self::Refused => matches!(code, 400..=599),
            Self::Transient => matches!(code, 400..=499),
            Self::Permanent => matches!(code, 500..=599),
            Self::In(codes) => codes.contains(&code),
        }
    }
}

/// One kind of reply.
#[derive(Debug)]
pub struct Signature {
    /// Stable id.
    pub id: &'static str,
    /// The stages it counts at; none named: all.
    pub at: &'static [Stage],
    /// The codes it counts with.
    pub when: When,
    /// The patterns, any of which fits.
    pub says: &'static [&'static str],
    /// What it says.
    pub label: Label,
    /// What it changes about the conclusion.
    pub effect: Effect,
    /// Servers known to say it, and where that stands: source file, manual, list of codes.
    pub known_from: &'static str,
    /// A reply that reaches this row, with its stage.
    pub sample: (Stage, &'static str),
}

/// All stages.
const ANY: &[Stage] = &[];
/// Before anybody was named.
const EARLY: &[Stage] = &[Stage::Banner, Stage::Ehlo, Stage::Helo];
/// The sender's stage.
const MAIL: &[Stage] = &[Stage::Mail];
/// The recipient's stage.
const TO: &[Stage] = &[Stage::Rcpt];
/// The stages at which the recipient is known.
const RCPT: &[Stage] = &[Stage::Rcpt, Stage::Data, Stage::Eod];
/// The stages after the recipient.
const BEHIND: &[Stage] = &[Stage::Data, Stage::Eod];

/// What positive replies say.
pub const POSITIVE: &[&[Signature]] = &[positive::ROWS];

/// What refusals say, in the order in which they are asked.
///
/// First sentences known word by word whose parts would mislead, and what names its reason for
/// sure (greylisting, encryption, a full mailbox, a limit, SPF and its kin). Then logging in, which
/// outranks the denial of relaying it comes with. Then whom the text is about: the sender where the
/// form names him, lookups of the outside domain, relaying, the client's name and lists. Then words
/// of time, and what is left of recipient, sender and client. Content, form and the service as a
/// whole come last: their words turn up in all other texts too.
pub const REFUSED: &[&[Signature]] = &[
    content::KNOWN,
    auth::KNOWN,
    syntax::KNOWN,
    sender::KNOWN,
    relay::KNOWN,
    client::KNOWN,
    recipient::KNOWN,
    service::KNOWN,
    temporary::KNOWN,
    temporary::GREYLISTS,
    auth::TLS,
    recipient::FULL,
    service::LIMITS,
    sender::POLICIES,
    auth::LOGIN,
    relay::NAMED,
    sender::NAMED,
    recipient::ROUTED,
    relay::ROWS,
    client::ROWS,
    service::FOR_NOW,
    temporary::AGAIN,
    recipient::ROWS,
    sender::ROWS,
    client::REFUSALS,
    content::ROWS,
    syntax::ROWS,
    service::ROWS,
    service::VAGUE_LIMITS,
    temporary::ROWS,
];

/// Gives all rows, in the order in which they are asked.
pub fn all() -> impl Iterator<Item = &'static Signature> {
    POSITIVE.iter().chain(REFUSED).copied().flatten()
}

/// Some of the rows, made ready.
struct Table {
    rows: Vec<&'static Signature>,
    matcher: Matcher,
}

impl Table {
    fn new(files: &'static [&'static [Signature]]) -> Self {
        let rows: Vec<&'static Signature> = files.iter().copied().flatten().collect();
        let matcher = Matcher::new(rows.iter().map(|row| row.says))
            .expect("every pattern of the tables can be read; a test reads them all");
        Self { rows, matcher }
    }

    fn find(&self, stage: Stage, code: u16, readings: &[Wording]) -> Option<&'static Signature> {
        let mut found = self.matcher.read(readings.first()?);
        for reading in &readings[1..] {
            let other = self.matcher.read(reading);
            if other.known > found.known {
                found = other;
            }
        }
        let row = self.matcher.first(&found, |row| {
            let row = self.rows[row];
            row.when.covers(code) && (row.at.is_empty() || row.at.contains(&stage))
        })?;
        Some(self.rows[row])
    }
}

/// Two tables, so that the many `250 ok` of a scan are not looked up among the refusals.
static POSITIVE_TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(POSITIVE));
static REFUSED_TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(REFUSED));

/// Builds the tables, which otherwise is done when the first reply is looked up.
pub(in crate::probe) fn make_ready() {
    LazyLock::force(&REFUSED_TABLE);
    LazyLock::force(&POSITIVE_TABLE);
}

/// Finds the signature of a reply by its stage, its code, and the readings of its text, of which
/// the one with the most known words counts.
pub fn find(stage: Stage, code: u16, readings: &[Wording]) -> Option<&'static Signature> {
    match code {
        200..=399 => POSITIVE_TABLE.find(stage, code, readings),
        400..=599 => REFUSED_TABLE.find(stage, code, readings),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::wording::{Joint, readings};
    use crate::smtp::Reply;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn found(stage: Stage, text: &str) -> Option<&'static str> {
        let reply = Reply::from_recorded(text.as_bytes()).expect("a reply");
        find(stage, reply.code(), &readings(&reply, Joint::Apart)).map(|row| row.id)
    }

    #[test]
    fn every_row_has_an_id_of_its_own_and_wins_its_sample() {
        let mut ids = HashSet::new();
        let mut lost = Vec::new();
        for row in all() {
            assert!(ids.insert(row.id), "{} stands twice", row.id);
            assert!(
                row.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{} is no slug",
                row.id
            );
            assert!(
                !row.says.is_empty() && !row.known_from.is_empty(),
                "{}",
                row.id
            );
            let (stage, text) = row.sample;
            let winner = found(stage, text);
            if winner != Some(row.id) {
                lost.push((row.id, winner, text));
            }
        }
        assert!(lost.is_empty(), "{lost:#?}");
    }

    #[test]
    fn words_count_only_at_their_stage_and_code() {
        for (stage, text, id) in [
            (Stage::Rcpt, "550 no such user", Some("unknown-user")),
            (Stage::Mail, "550 no such user", Some("sender-at-mail")),
            (Stage::Rcpt, "250 mailbox unavailable", None),
            (Stage::Rcpt, "250 no such user", Some("positive-dropped")),
            (Stage::Banner, "554 go away", Some("client-refused-early")),
            (Stage::Rcpt, "554 go away", None),
            (Stage::Rcpt, "550 \u{4e0d}", None),
            (Stage::Rcpt, "250 ok", None),
        ] {
            assert_eq!(found(stage, text), id, "{stage:?} {text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_a_peer_says_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600),
            words in proptest::collection::vec(proptest::sample::select(vec![
                "relaying", "denied", "user", "unknown", "<a@b.example>", "\u{7528}\u{6237}", "[192.0.2.1]", "::", "@", "not"]), 0..200),
            code in 200u16..600)
        {
            for text in [bytes, words.join(" ").into_bytes()] {
                let raw = [format!("{code} ").as_bytes(), &text].concat();
                if let Some(reply) = Reply::from_recorded(&raw) {
                    for joint in [Joint::Apart, Joint::Tight] {
                        find(Stage::Rcpt, code, &readings(&reply, joint));
                    }
                }
            }
        }
    }
}
