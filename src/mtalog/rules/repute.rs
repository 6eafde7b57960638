//! Whether a refusal by another host speaks of a block list, a listing or reputation.
//!
//! References: texts of Spamhaus, Barracuda, Proofpoint, Gmail, Outlook, Yahoo, GMX, T-Online, QQ.

use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// Words that speak of it. A word that is part of another one does not count: greylisted.
const WORDS: &[&str] = &[
    "block list",
    "blocklist",
    "blocklisted",
    "block-list",
    "black list",
    "blacklist",
    "blacklisted",
    "black-listed",
    "blocked using",
    "deny list",
    "denylist",
    "denylisted",
    "listed",
    "listing",
    "delist",
    "delisting",
    "dnsbl",
    "rbl",
    "reputation",
    "spamhaus",
    "spamcop",
    "barracuda",
    "senderscore",
    "poor rep",
];

/// Words that speak of something else with the same words.
const OTHERS: &[&str] = &[
    "greylist",
    "graylist",
    "grey list",
    "gray list",
    "grey-list",
    "gray-list",
    "not listed in",
    "whitelist",
    "mailing list",
];

static FIND: LazyLock<Option<[AhoCorasick; 2]>> = LazyLock::new(|| {
    let of = |words: &[&str]| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .build(words)
            .ok()
    };
    Some([of(WORDS)?, of(OTHERS)?])
});

/// Tells whether a reply speaks of it.
pub(super) fn speaks_of_reputation(reply: &[u8]) -> bool {
    let Some([words, others]) = &*FIND else {
        return false;
    };
    let letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphabetic);
    let whole = |found: aho_corasick::Match| {
        let before = found.start().checked_sub(1);
        !letter(before.and_then(|at| reply.get(at))) && !letter(reply.get(found.end()))
    };
    words.find_iter(reply).any(whole) && !others.is_match(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_refusals_speak_of() {
        for (reply, speaks) in [
            (
                "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
                true,
            ),
            ("550 5.7.1 [192.0.2.1] is listed at bl.example.net", true),
            ("421 4.7.0 low reputation of the sending IP", true),
            ("554 Your IP is on our Block List", true),
            ("450 4.2.0 Greylisted, see http://example.net/", false),
            (
                "451 4.7.1 Greylisting in action, please come back later",
                false,
            ),
            ("550 5.1.1 User jdoe not listed in Domino Directory", false),
            ("550 5.1.1 enlisted men only", false),
            ("550 posts to this mailing list are listed", false),
            ("550 5.1.1 User unknown", false),
            ("", false),
        ] {
            assert_eq!(speaks_of_reputation(reply.as_bytes()), speaks, "{reply}");
        }
    }
}
