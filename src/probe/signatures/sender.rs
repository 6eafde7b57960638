//! TABLE: the sender is refused.

use super::{ANY, Effect, MAIL, Signature, When};
use crate::probe::judge::{Label, Stage};

/// Sentences known word by word.
pub(super) const KNOWN: &[Signature] = &[
    Signature {
        id: "sender-verified",
        at: ANY,
        when: When::Refused,
        says: &[
            "sender verif*",
            "sender address verif*",
            "unroutable sender",
            "unrouteable sender",
            "callout .. sender",
            "return mx",
            "sender callout",
        ],
        label: Label::SenderRejected,
        effect: Effect::LaterIfTransient,
        known_from: "Exim verify = sender: the lines above quote what the sender's own server said",
        sample: (
            Stage::Rcpt,
            "550-Verification failed for <probe@example.org>\r\n550-Unrouteable address\r\n550 Sender verify failed",
        ),
    },
    Signature {
        id: "sender-not-owned",
        at: ANY,
        when: When::Refused,
        says: &["not owned by"],
        label: Label::SenderRejected,
        effect: Effect::Usual,
        known_from: "Postfix reject_sender_login_mismatch, Yandex: after a login",
        sample: (
            Stage::Mail,
            "553 5.7.1 Sender address rejected: not owned by auth user.",
        ),
    },
    Signature {
        id: "identity-unverified",
        at: ANY,
        when: When::Refused,
        says: &[
            "address is not verified",
            "identity is not verified",
            "verified sender identity",
            "domain is not verified",
        ],
        label: Label::SenderRejected,
        effect: Effect::Usual,
        known_from: "Amazon SES, SendGrid: senders that may send are registered",
        sample: (
            Stage::Mail,
            "554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: probe@example.org",
        ),
    },
    Signature {
        id: "sender-may-not-relay",
        at: MAIL,
        when: When::Refused,
        says: &["{sender} .. {relaying}"],
        label: Label::SenderRejected,
        effect: Effect::Usual,
        known_from: "Zoho",
        sample: (Stage::Mail, "553 Sender is not allowed to relay emails"),
    },
    Signature {
        id: "coremail-sender",
        at: ANY,
        when: When::Refused,
        says: &[
            "mi:nhd", "mi:imf", "mi:spf", "mi:dma", "mi:spb", "wm:blu", "dt:sum",
        ],
        label: Label::SenderRejected,
        effect: Effect::Usual,
        known_from: "NetEase 163 help page, list of bounce codes",
        sample: (
            Stage::Eod,
            "554 DT:SUM 163 smtp5,D9GowACHO7RNojZWYKMWAA--.3237S2",
        ),
    },
];

/// SPF, DKIM, DMARC: their words would be taken for logging in.
pub(super) const POLICIES: &[Signature] = &[Signature {
    id: "sender-policy",
    at: ANY,
    when: When::Refused,
    says: &["{spf}"],
    label: Label::SenderRejected,
    effect: Effect::Usual,
    known_from: "policyd-spf, Gmail, Exchange Online, OpenDMARC",
    sample: (
        Stage::Rcpt,
        "550 5.7.23 <a@example.net>: Recipient address rejected: Message rejected due to: SPF fail - not authorized",
    ),
}];

/// The sender is named right next to the refusal: nothing behind it changes whom it is about.
pub(super) const NAMED: &[Signature] = &[
    Signature {
        id: "sender-for-now",
        at: ANY,
        when: When::Transient,
        says: &[
            "{sender} address rejected .. {later}",
            "{sender} address rejected .. verif*",
            "{sender} address rejected .. dns",
            "{sender} address rejected .. config*",
            "{sender} .. {not} > resolv*",
            "{sender} .. dns",
            "dns > {sender}",
            "{sender} <> temporar*",
            "dns .. {sender}",
            "return mx",
            "mx .. {sender}",
        ],
        label: Label::SenderRejected,
        effect: Effect::Later,
        known_from: "Postfix reject_unknown_sender_domain, Sendmail check_mail, Exim",
        sample: (
            Stage::Mail,
            "451 4.1.8 Domain of sender address a@example.org does not resolve",
        ),
    },
    Signature {
        id: "sender-named",
        at: ANY,
        when: When::Refused,
        says: &[
            "{sender} address rejected",
            "{sender} address .. blocked using",
            "bad {sender}",
            "sender rejected",
            "sender denied",
            "{sender} is not allowed",
            "{sender} {refused}",
            "{refused} {sender}",
            "{refused} the {sender}",
            "badmailfrom",
            "{sender} .. in my",
            "domain of sender address",
            "{sender} > does not exist",
            "{sender} .. no mx",
            "{sender} .. no valid mx",
            "{not} .. accept* mail from {place}",
        ],
        label: Label::SenderRejected,
        effect: Effect::Usual,
        known_from: "Postfix check_sender_access and reject_unlisted_sender, NetEase, qmail-smtpd.c (badmailfrom)",
        sample: (
            Stage::Rcpt,
            "550 5.1.0 <a@example.org>: Sender address rejected: User unknown in local recipient table",
        ),
    },
];

/// The address or domain of the sender.
pub(super) const ROWS: &[Signature] = &[
    Signature {
        id: "sender-refused",
        at: ANY,
        when: When::Refused,
        says: &[
            "{sender} <> {denied}",
            "{sender} <> {unknown}",
            "{sender} <> verif*",
            "{sender} <> {not}",
            "{sender} <> resolv*",
            "{sender} <> {blocklist}",
            "{sender} .. must",
            "{must} .. {sender}",
            "{sender} .. spammer",
            "{sender} .. empty",
            "bounce* <> {refused}",
            "returned mail",
            "backscatter",
            "valid {sender}",
            "{sender} .. unvalidated",
            "mx .. {sender}",
            "{sender} .. mx",
        ],
        label: Label::SenderRejected,
        effect: Effect::Usual,
        known_from: "Postfix, Exchange, SmarterMail, James, mailfront, spamdyke, Kerio",
        sample: (
            Stage::Mail,
            "550 5.1.0 The sender of this message is not wanted and was refused",
        ),
    },
    Signature {
        id: "sender-at-mail",
        at: MAIL,
        when: When::Refused,
        says: &[
            "{user} <> {unknown} - {ipwords}",
            "{user} <> {denied} - {ipwords}",
            "{user} <> {blocklist} - {ipwords}",
            "{a} > {denied} - {ipwords}",
            "{a} > {absent}",
            "mail from - <ip> - your location - {syntax}",
            "{place} <> {unknown} - {ipwords}",
            "{domain} <> {denied} - {ipwords}",
            "{place} <> resolv* - {ipwords}",
        ],
        label: Label::SenderRejected,
        effect: Effect::LaterIfTransient,
        known_from: "Sendmail check_mail, Exim, IceWarp, Courier (517)",
        sample: (Stage::Mail, "550 5.1.7 No such domain nosuch.example."),
    },
];
