//! TABLE: content and policy.

use super::{ANY, BEHIND, Effect, RCPT, Signature, When};
use crate::probe::judge::{Label, Stage};

/// Sentences known word by word.
pub(super) const KNOWN: &[Signature] = &[
    Signature {
        id: "content-though-client-named",
        at: ANY,
        when: When::Refused,
        says: &[
            "{message} > detected as spam",
            "{message} > {spam} {denied}",
            "{message} .. identified as {spam}",
            "{message} .. looks like {spam}",
            "{message} .. contains {virus}",
        ],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "FortiMail, SpamTitan, cPanel",
        sample: (
            Stage::Eod,
            "554 5.7.1 This email from IP 198.51.100.7 has been rejected. The email message was detected as spam.",
        ),
    },
    Signature {
        id: "content-links",
        at: BEHIND,
        when: When::Refused,
        says: &[
            "url > listed",
            "uri > listed",
            "link* .. listed",
            "~*surbl*",
            "~*uribl*",
            "domain* in .. message .. listed",
            "blacklisted url",
            "blocked url",
            "contains .. url*",
        ],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "SURBL and URIBL filters",
        sample: (
            Stage::Eod,
            "554 5.7.1 Mail contains a URL listed at multi.surbl.org",
        ),
    },
    Signature {
        id: "some-recipient-failed",
        at: RCPT,
        when: When::Refused,
        says: &["failure for one or more recipients"],
        label: Label::PolicyRejected,
        effect: Effect::Open,
        known_from: "Barracuda Essentials: a reply from behind is quoted",
        sample: (
            Stage::Eod,
            "550 permanent failure for one or more recipients (a@example.net:550 5.4.1 Recipient address rejected: Access denied)",
        ),
    },
    Signature {
        id: "mail-loop",
        at: ANY,
        when: When::Refused,
        says: &[
            "too many hops",
            "mail loop",
            "looping",
            "hop count exceeded",
            "too many received",
        ],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "Sendmail, Postfix, Exim, qmail",
        sample: (
            Stage::Eod,
            "554 5.4.6 Too many hops 26 (25 max): from <probe@example.org> via probe.example.org, to <a@example.net>",
        ),
    },
    Signature {
        id: "bounce-to-many",
        at: RCPT,
        when: When::Refused,
        says: &["multi-recipient bounce"],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "Postfix reject_multi_recipient_bounce",
        sample: (
            Stage::Data,
            "550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce",
        ),
    },
    Signature {
        id: "command-failed",
        at: ANY,
        when: When::Permanent,
        says: &["command failed", "^command not allowed - at this point"],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "Postfix smtp-sink, Exchange",
        sample: (Stage::Rcpt, "550 5.7.1 Command not allowed"),
    },
    Signature {
        id: "aol-content",
        at: ANY,
        when: When::Refused,
        says: &["hvu:*", "con:b1", "cld:u1"],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "AOL postmaster pages, list of error codes",
        sample: (
            Stage::Eod,
            "554 5.7.1 : (HVU:B1) http://postmaster.info.aol.com/errors/554hvub1.html",
        ),
    },
    Signature {
        id: "coremail-content",
        at: ANY,
        when: When::Permanent,
        says: &["dt:spm"],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "NetEase 163 help page, list of bounce codes",
        sample: (
            Stage::Eod,
            "554 DT:SPM 163 smtp1,C9GowACHO7RNojZWYKMWAA--.3237S2",
        ),
    },
];

/// Spam, viruses, rules.
pub(super) const ROWS: &[Signature] = &[
    Signature {
        id: "content-spam",
        at: ANY,
        when: When::Refused,
        says: &["{spam}", "{virus}"],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "SpamAssassin milters, amavisd-new, rspamd, FortiMail, Barracuda, mail.ru, providers",
        sample: (
            Stage::Eod,
            "554 5.7.1 Message rejected as spam by content filtering",
        ),
    },
    Signature {
        id: "policy",
        at: ANY,
        when: When::Refused,
        says: &[
            "permission denied",
            "access denied",
            "{policy} <> {denied}",
            "{message} <> {denied}",
        ],
        label: Label::PolicyRejected,
        effect: Effect::Usual,
        known_from: "Exchange transport rules, iCloud, Yahoo, milters without a text of their own",
        sample: (Stage::Eod, "550 5.7.1 Message rejected due to local policy"),
    },
];
