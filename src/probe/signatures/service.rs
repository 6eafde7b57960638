//! TABLE: too much, and the service as a whole.

use super::{ANY, Effect, RCPT, Signature, When};
use crate::probe::judge::{Label, Stage};

/// Sentences known word by word.
pub(super) const KNOWN: &[Signature] = &[
    Signature {
        id: "account-service",
        at: RCPT,
        when: When::Transient,
        says: &["account service is temporarily unavailable"],
        label: Label::ServiceUnavailable,
        effect: Effect::Usual,
        known_from: "Mimecast",
        sample: (
            Stage::Rcpt,
            "451 Account service is temporarily unavailable [aBcDeFgH.uk9]",
        ),
    },
    Signature {
        id: "one-recipient",
        at: RCPT,
        when: When::Refused,
        says: &[
            "only one recipient",
            "one recipient at a time",
            "one recipient per",
        ],
        label: Label::RateLimited,
        effect: Effect::Usual,
        known_from: "mox, Gmail",
        sample: (
            Stage::Rcpt,
            "452 4.5.3 only one recipient allowed without spf pass",
        ),
    },
    Signature {
        id: "coremail-limits",
        at: ANY,
        when: When::Refused,
        says: &[
            "hl:icc", "hl:ifc", "mi:cel", "mi:dmc", "mi:ccl", "mi:sfq", "mi:stc", "rp:drc",
            "rp:ccl", "rp:cel", "rp:qrc", "rp:rcl", "rp:trc",
        ],
        label: Label::RateLimited,
        effect: Effect::Usual,
        known_from: "NetEase 163 help page, list of bounce codes",
        sample: (
            Stage::Rcpt,
            "550 RP:TRC 163 mx1,OcCowACn0a1ZAAAA--.1S2 1545015706",
        ),
    },
    Signature {
        id: "system-closed",
        at: ANY,
        when: When::Refused,
        says: &["system not accepting network messages"],
        label: Label::ServiceUnavailable,
        effect: Effect::Usual,
        known_from: "Sendmail srvrsmtp.c",
        sample: (
            Stage::Banner,
            "421 4.3.2 System not accepting network messages",
        ),
    },
    Signature {
        id: "server-suspended",
        at: ANY,
        when: When::Refused,
        says: &[
            "server has been suspended",
            "server is suspended",
            "license expired",
            "licence expired",
            "license has expired",
        ],
        label: Label::ServiceUnavailable,
        effect: Effect::Open,
        known_from: "Postal, Kerio",
        sample: (Stage::Rcpt, "535 Mail server has been suspended"),
    },
    Signature {
        id: "onward-connection-failed",
        at: ANY,
        when: When::Refused,
        says: &[
            "{not} .. contact destination",
            "{not} .. connect to destination",
            "{not} .. reach destination",
        ],
        label: Label::ServiceUnavailable,
        effect: Effect::Open,
        known_from: "smap and other proxies that connect onward",
        sample: (
            Stage::Rcpt,
            "421 dns.example.org Sorry, unable to contact destination SMTP daemon.",
        ),
    },
    Signature {
        id: "onward-failed",
        at: ANY,
        when: When::Refused,
        says: &[
            "forwarding failed",
            "{not} .. connect to remote",
            "message expired",
            "establish an smtp connection",
            "could not be forwarded",
            "failed to forward",
        ],
        label: Label::ServiceUnavailable,
        effect: Effect::Open,
        known_from: "smtprelay: it took the mail, the next hop failed",
        sample: (Stage::Eod, "421 Forwarding failed"),
    },
    Signature {
        id: "service-for-now",
        at: ANY,
        when: When::Transient,
        says: &[
            "{service} > temporarily",
            "{service} .. {later} .. unavailable",
            "服务暂时不可用",
            "сервис временно недоступен",
            "{service} indisponible",
            "too busy",
            "server busy",
            "system busy",
            "shutting down",
        ],
        label: Label::ServiceUnavailable,
        effect: Effect::Usual,
        known_from: "XMail, Mimecast, Courier, Exchange Online",
        sample: (
            Stage::Banner,
            "421 [XMail 1.27 ESMTP Server] - Server too busy, retry later",
        ),
    },
    Signature {
        id: "ftp-client-text",
        at: ANY,
        when: When::Refused,
        says: &["remote server has closed connection"],
        label: Label::NotSmtp,
        effect: Effect::Open,
        known_from: "FTP clients",
        sample: (
            Stage::Banner,
            "421 Service not available, remote server has closed connection.",
        ),
    },
];

/// Limits of rate and number.
pub(super) const LIMITS: &[Signature] = &[Signature {
    id: "too-many",
    at: ANY,
    when: When::Refused,
    says: &[
        "too many - {blocklist} - spams - unwanted",
        "sending quota",
        "sending limit*",
        "daily > limit*",
        "daily > quota",
        "hourly > limit*",
        "message quota",
        "unusual rate",
        "maximum number of",
        "{things} .. exceed* .. limit*",
        "too much mail",
        "too fast",
        "too frequent*",
        "rate limit*",
        "ratelimit*",
        "throttl*",
        "exceed* .. {things}",
        "{things} > {many} - {full} - size",
    ],
    label: Label::RateLimited,
    effect: Effect::Usual,
    known_from: "Postfix anvil, policyd, Exim ratelimit, Sendmail conncontrol, Exchange throttling, Gmail, Amazon SES",
    sample: (
        Stage::Banner,
        "421 4.7.0 Too many connections from 192.0.2.1",
    ),
}];

/// The service says itself that it closes: asked before words of time.
pub(super) const FOR_NOW: &[Signature] = &[Signature {
    id: "service-closing",
    at: ANY,
    when: When::In(&[421]),
    says: &[
        "{service} - {box} - {domain} {service} - {message}",
        "{down}",
    ],
    label: Label::ServiceUnavailable,
    effect: Effect::Usual,
    known_from: "RFC 5321 4.2.3 (421), Postfix milter_default_action",
    sample: (
        Stage::Banner,
        "421 mail.example.com Service unavailable - try again later",
    ),
}];

/// The service as a whole.
pub(super) const ROWS: &[Signature] = &[Signature {
    id: "service-down",
    at: ANY,
    when: When::Refused,
    says: &["{down}"],
    label: Label::ServiceUnavailable,
    effect: Effect::Usual,
    known_from: "RFC 5321 4.2.3 (421, 451), qmail, Exim, Postfix",
    sample: (Stage::Mail, "451 4.3.5 Server configuration error"),
}];

/// Limits, in words that may mean sizes and quotas too: asked late.
pub(super) const VAGUE_LIMITS: &[Signature] = &[Signature {
    id: "limit",
    at: ANY,
    when: When::Refused,
    says: &["{many}"],
    label: Label::RateLimited,
    effect: Effect::Usual,
    known_from: "quotas of time and number in other words",
    sample: (Stage::Eod, "452 Limit reached"),
}];
