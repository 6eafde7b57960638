//! TABLE: come back later.

use super::{ANY, Effect, RCPT, Signature, When};
use crate::probe::judge::{Label, Stage};

/// Sentences known word by word.
pub(super) const KNOWN: &[Signature] = &[
    Signature {
        id: "postscreen-again",
        at: ANY,
        when: When::Transient,
        says: &["service currently unavailable"],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "Postfix postscreen: tests after the greeting pass on the second visit",
        sample: (Stage::Rcpt, "450 4.3.2 Service currently unavailable"),
    },
    Signature {
        id: "policy-greylisting",
        at: RCPT,
        when: When::Transient,
        says: &["intentional policy rejection"],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "iRedAPD greylisting",
        sample: (
            Stage::Rcpt,
            "451 4.7.1 <a@example.net>: Recipient address rejected: Intentional policy rejection, please try again later",
        ),
    },
    Signature {
        id: "internal-resources",
        at: RCPT,
        when: When::Transient,
        says: &["internal resources are temporarily unavailable"],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "Mimecast: greylisting by another name",
        sample: (
            Stage::Rcpt,
            "451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [aBcDeFgH.uk9]",
        ),
    },
    Signature {
        id: "tenant-without-mailboxes",
        at: RCPT,
        when: When::Transient,
        says: &["mail received as unauthenticated"],
        label: Label::Temporary,
        effect: Effect::Usual,
        known_from: "Exchange Online, tenant attribution",
        sample: (
            Stage::Rcpt,
            "451 4.4.4 Mail received as unauthenticated, incoming to a recipient domain configured in a hosted tenant which has no mail-enabled subscriptions. ATTR5",
        ),
    },
    Signature {
        id: "verification-in-progress",
        at: RCPT,
        when: When::Transient,
        says: &["address verification in progress - {sender}"],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "Postfix reject_unverified_recipient",
        sample: (
            Stage::Rcpt,
            "450 4.1.1 <a@example.net>: Recipient address rejected: unverified address: Address verification in progress",
        ),
    },
    Signature {
        id: "routing-failed-for-now",
        at: RCPT,
        when: When::Transient,
        says: &[
            "{not} .. connect to {place}",
            "could not load drd for domain",
        ],
        label: Label::Temporary,
        effect: Effect::Open,
        known_from: "Postini, MX Logic: the server asks the customer's own server",
        sample: (Stage::Rcpt, "451 Can't connect to mail.example.com - psmtp"),
    },
    Signature {
        id: "scanner-failed",
        at: ANY,
        when: When::Transient,
        says: &[
            "scan* fail*",
            "scanners failed",
            "virus scan* error",
            "scanner unavailable",
            "scanner .. unavailable",
        ],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "amavisd-new",
        sample: (
            Stage::Eod,
            "451 4.5.0 Error in processing, id=01234-02, virus_scan FAILED: virus_scan: ALL VIRUS SCANNERS FAILED",
        ),
    },
    Signature {
        id: "mailbox-unavailable-for-now",
        at: RCPT,
        when: When::Transient,
        says: &[
            "mailbox unavailable",
            "mailbox busy",
            "mailbox is busy",
            "mailbox temporarily",
            "mailbox locked",
        ],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "RFC 5321 4.2.3 (450)",
        sample: (
            Stage::Rcpt,
            "450 Requested mail action not taken: mailbox unavailable",
        ),
    },
    Signature {
        id: "storage-for-now",
        at: ANY,
        when: When::Transient,
        says: &[
            "insufficient system storage",
            "insufficient system resources",
            "insufficient disk space",
            "not enough disk space",
            "insufficient storage",
            "no space left",
        ],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "RFC 5321 4.2.3 (452)",
        sample: (
            Stage::Rcpt,
            "452 Requested action not taken: insufficient system storage",
        ),
    },
    Signature {
        id: "recipient-for-now",
        at: RCPT,
        when: When::Transient,
        says: &[
            "{user} .. temporarily - {sender} - {blocklist} - {ipwords}",
            "domain > temporarily - {sender}",
        ],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "mox, Mimecast",
        sample: (
            Stage::Rcpt,
            "450 4.2.1 recipient domain temporarily disabled",
        ),
    },
];

/// Greylisting by name.
pub(super) const GREYLISTS: &[Signature] = &[Signature {
    id: "greylisted",
    at: ANY,
    when: When::Refused,
    says: &["{greylist}"],
    label: Label::Temporary,
    effect: Effect::Later,
    known_from: "postgrey, milter-greylist, sqlgrey, greylistd, rspamd, cbpolicyd, spamdyke, each in its source",
    sample: (
        Stage::Rcpt,
        "450 4.2.0 <a@example.net>: Recipient address rejected: Greylisted, see http://postgrey.example.org/help/",
    ),
}];

/// Asked back in so many words: sure, once the client is not to blame.
pub(super) const AGAIN: &[Signature] = &[Signature {
    id: "try-again",
    at: ANY,
    when: When::Transient,
    says: &[
        "try again - {full}",
        "come back - {full}",
        "try later",
        "retry later",
        "please retry",
        "{box} temporarily",
        "temporarily {refused}",
        "temporary {refused}",
        "deferred",
        "temporary - {many}",
    ],
    label: Label::Temporary,
    effect: Effect::Later,
    known_from: "milters (TEMPFAIL), Postfix DEFER actions, rspamd soft reject",
    sample: (
        Stage::Rcpt,
        "451 4.7.1 <a@example.net>: Recipient address rejected: Policy, please try again later",
    ),
}];

/// Words of time alone: asked last.
pub(super) const ROWS: &[Signature] = &[
    Signature {
        id: "later",
        at: ANY,
        when: When::Transient,
        says: &["{later}"],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "RFC 5321 4.2.1: what a 4xx code means",
        sample: (Stage::Rcpt, "451 4.7.1 Awaiting deep scan, seconds remain"),
    },
    Signature {
        id: "later-in-words-only",
        at: ANY,
        when: When::Permanent,
        says: &[
            "try again",
            "try later",
            "retry later",
            "please retry",
            "temporar*",
        ],
        label: Label::Temporary,
        effect: Effect::Later,
        known_from: "servers that say with a 5xx code that it is not for good",
        sample: (Stage::Rcpt, "550 Temporary failure, please try again later"),
    },
];
