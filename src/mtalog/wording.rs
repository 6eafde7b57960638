//! What a refusal means, from its text.
//!
//! In: the reply as it was logged. Out: a [`Refusal`]. All formats with a text share it.
//!
//! Deliberately looks at no address: whether the recipient is foreign is for the rules to find out. What a client
//! can put into a reply (its addresses, in angle brackets) is not looked at either.
//!
//! References: the texts of Postfix smtpd_check.c, of Exim's default and Debian's configuration, of sendmail's
//! proto.m4, of Exchange.

use crate::mtalog::event::Refusal;
use crate::mtalog::text::{bracketed, cut};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::LazyLock;

/// Words for relaying. The word alone stands in names of hosts and lists, too.
const RELAY: &[&[u8]] = &[
    b"relay access denied",
    b"relaying denied",
    b"relaying temporarily denied",
    b"relay not permitted",
    b"relaying not permitted",
    b"relay denied",
    b"relaying is ",
    b"relaying not",
    b"relay is ",
    b"not relay",
    b"to relay",
    b"relay for",
    b"relay to ",
    b"relay recipient",
    b"relay from",
    b"no relay",
    b"relaying prohibited",
    b"relay prohibited",
    b"cannot relay",
    b"open relay",
    b"relay mail",
];

/// Words for a sender whose domain is not there.
const SENDER_DOMAIN: &[&[u8]] = &[
    b"sender address rejected: domain not found",
    b"sender address rejected: malformed dns",
    b"domain of sender address",
    b"sender domain not found",
    b"sender domain must",
    b"sender domain does not",
    b"unrouteable sender",
    b"domain of sender does not",
];

/// Words for a recipient that is not there.
const RECIPIENT: &[&[u8]] = &[
    b"user unknown",
    b"unknown user",
    b"unknown recipient",
    b"recipient unknown",
    b"no such user",
    b"no such recipient",
    b"no such person",
    b"no mailbox here",
    b"mailbox not found",
    b"unknown mailbox",
    b"user not found",
    b"recipient not found",
    b"invalid recipient",
    b"invalid mailbox",
    b"unrouteable address",
    b"undeliverable address",
    b"recipientnotfound",
    b"unknown local part",
    b"does not have an account",
    b"user doesn't exist",
    b"user does not exist",
];

/// Words of a block list, whose text may hold any word.
const LISTED: &[&[u8]] = &[b"blocked using", b"listed"];

/// All of these words, in this order.
static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = [LISTED, RELAY, SENDER_DOMAIN, RECIPIENT].concat();
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(words)
        .expect("some short words")
});

/// Reads the meaning of a refusal.
pub(in crate::mtalog) fn meaning(reply: &[u8]) -> Refusal {
    let (code, text) = spoken(reply);
    let [mut listed, mut relay, mut sender, mut recipient] = [false; 4];
    const RELAY_FROM: usize = LISTED.len();
    const SENDER_FROM: usize = RELAY_FROM + RELAY.len();
    const RECIPIENT_FROM: usize = SENDER_FROM + SENDER_DOMAIN.len();
    for found in WORDS.find_overlapping_iter(text) {
        match found.pattern().as_usize() {
            ..RELAY_FROM => listed = true,
            RELAY_FROM..SENDER_FROM => relay = true,
            SENDER_FROM..RECIPIENT_FROM => sender = true,
            RECIPIENT_FROM.. => recipient = true,
        }
    }
    if !listed && relay {
        return Refusal::Relay;
    }
    if code == Some(*b"1.8") || sender {
        return Refusal::SenderDomain;
    }
    if !listed && (code == Some(*b"1.1") || recipient) {
        return Refusal::Recipient;
    }
    Refusal::Other
}

/// Splits a reply into the last two numbers of its status, where they are one digit each, and its text without
/// an address at its front.
fn spoken(reply: &[u8]) -> (Option<[u8; 3]>, &[u8]) {
    let mut rest = reply;
    if let [a, b, c, b' ' | b'-', behind @ ..] = rest
        && [a, b, c].iter().all(|digit| digit.is_ascii_digit())
    {
        rest = behind;
    }
    let mut code = None;
    if let Some((status, behind)) = cut(rest, b' ')
        && let [b'4' | b'5', b'.', tail @ ..] = status
        && tail
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
    {
        code = tail.try_into().ok();
        rest = behind;
    }
    if let [b'<', behind @ ..] = rest
        && let Some((_, behind)) = bracketed(behind)
    {
        rest = behind;
    }
    (code, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_meaning() {
        for (reply, refusal) in [
            ("554 5.7.1 <a@b>: Relay access denied", Refusal::Relay),
            ("454 4.7.1 <a@b>: Relay access denied", Refusal::Relay),
            (
                "550 5.7.1 <a@b>... Relaying denied. Proper authentication required.",
                Refusal::Relay,
            ),
            (
                "450 4.4.0 <b0@e>... Relaying temporarily denied. Cannot resolve PTR record",
                Refusal::Relay,
            ),
            ("relay not permitted", Refusal::Relay),
            (
                "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
                Refusal::Relay,
            ),
            ("550 5.7.1 Unable to relay", Refusal::Relay),
            (
                "550 5.1.1 <a@b>: Recipient address rejected: User unknown in local recipient table",
                Refusal::Recipient,
            ),
            ("Unknown user", Refusal::Recipient),
            ("550 Invalid recipient: <a@b>", Refusal::Recipient),
            (
                "450 4.1.8 <a@b>: Sender address rejected: Domain not found",
                Refusal::SenderDomain,
            ),
            (
                "553 5.1.8 <a@b>... Domain of sender address a@b does not exist",
                Refusal::SenderDomain,
            ),
            ("550 5.1.8 Sender domain not found", Refusal::SenderDomain),
            (
                "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using relays.example.net",
                Refusal::Other,
            ),
            (
                "550 5.7.1 <relay access denied@b>: Recipient address rejected: no",
                Refusal::Other,
            ),
            (
                "450 4.2.0 <a@b>: Recipient address rejected: Greylisted",
                Refusal::Other,
            ),
            (
                "550 5.7.1 <relay.example.com[192.0.2.1]>: Client host rejected: Access denied",
                Refusal::Other,
            ),
            (
                "450 4.1.2 <a@b>: Recipient address rejected: Domain not found",
                Refusal::Other,
            ),
            ("", Refusal::Other),
        ] {
            assert_eq!(meaning(reply.as_bytes()), refusal, "{reply}");
        }
    }
}
