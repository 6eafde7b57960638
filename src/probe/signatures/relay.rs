//! TABLE: relaying, or a domain that is not served here, is refused.

use super::{ANY, Effect, RCPT, Signature, When};
use crate::probe::judge::{Label, Stage};

/// Sentences known word by word.
pub(super) const KNOWN: &[Signature] = &[
    Signature {
        id: "no-open-relay",
        at: ANY,
        when: When::Refused,
        says: &["not an open relay", "this is not a relay", "isn't a relay"],
        label: Label::RelayDenied,
        effect: Effect::Usual,
        known_from: "home-made refusals; found in lists of bounces",
        sample: (Stage::Rcpt, "550 we are not an open relay, so get lost"),
    },
    Signature {
        id: "relay-credentials",
        at: RCPT,
        when: When::Refused,
        says: &["invalid credentials for relay"],
        label: Label::RelayDenied,
        effect: Effect::Usual,
        known_from: "Gmail: credentials are those of the client's address",
        sample: (
            Stage::Rcpt,
            "550-5.7.0 Mail relay denied [198.51.100.7]. Invalid credentials for relay for one of\r\n550-5.7.0 the domains in: probe.example.org (as obtained from HELO and MAIL FROM).\r\n550 5.7.0  https://support.google.com/a/answer/6140680#maildenied - gsmtp",
        ),
    },
    Signature {
        id: "coremail-relay",
        at: ANY,
        when: When::Refused,
        says: &["rp:frl"],
        label: Label::RelayDenied,
        effect: Effect::Usual,
        known_from: "NetEase 163 help page, list of bounce codes: no open relay here",
        sample: (
            Stage::Rcpt,
            "550 RP:FRL 163 mx32,PsCowAEJVEyZ0RZcqrvqCA--.43127S2 1545015706",
        ),
    },
];

/// Asked after logging in and before the sender: who is named is denied relaying, not sending.
pub(super) const NAMED: &[Signature] = &[Signature {
    id: "not-to-relay",
    at: RCPT,
    when: When::Refused,
    says: &[
        "authorized to relay",
        "allowed to relay",
        "permitted to relay",
    ],
    label: Label::RelayDenied,
    effect: Effect::Usual,
    known_from: "gateways and home-made rules: whoever is named is denied relaying",
    sample: (
        Stage::Rcpt,
        "550 sender not authorized to relay through this server",
    ),
}];

/// Asked after logging in, which outranks a denial in the same breath.
pub(super) const ROWS: &[Signature] = &[
    Signature {
        id: "relay-denied",
        at: ANY,
        when: When::Refused,
        says: &[
            "{relaying} <> {denied} - open relay - insecure - {blocklist} - {dynamic} - spammer - recipient table",
            "{not} > {relaying} - open relay - insecure - {blocklist} - {dynamic}",
            "{relaying} > {not} - open relay - insecure - {blocklist} - {dynamic}",
            "no relay* - {dynamic}",
        ],
        label: Label::RelayDenied,
        effect: Effect::Usual,
        known_from: "Postfix smtpd_check.c, Sendmail proto.m4, Exim default ACL, Exchange SmtpIn, Courier, OpenSMTPD, Domino, James, qpsmtpd, Kerio",
        sample: (
            Stage::Rcpt,
            "554 5.7.1 <a@example.net>: Relay access denied",
        ),
    },
    Signature {
        id: "domain-not-served",
        at: RCPT,
        when: When::Refused,
        says: &[
            "rcpthosts",
            "{not} > {deliver} .. for > {place}",
            "{not} > {deliver} .. to > {place}",
            "{not} .. {deliver} .. for > {outside}",
            "{not} .. {deliver} .. to > {outside}",
            "{not} .. {deliver} .. {outside}",
            "{domain} .. 不在本*",
            "ドメイン宛 .. 受け付けていません",
            "local user* only",
            "local recipient* only",
            "only local",
            "only .. users of this",
            "{not} .. domain we",
            "must be local",
            "{not} .. one of our*",
            "{not} > our domain*",
            "outside .. domain*",
            "relay check",
            "{not} .. deliver mail for",
            "{not} .. accept* mail for",
            "{not} .. accept* > email for",
            "not accepting email for",
            "not accepting mail for",
            "{not} .. accept* messages for",
            "{not} .. accept that recipient",
            "{not} .. handle mail for",
            "{domain} .. {not} .. {served}",
            "{place} > {not} > {served}",
            "{rcpt} .. {not} .. {served}",
            "not a gateway",
            "{domain} > not hosted",
            "{domain} > not local",
            "{domain} > not served",
            "{domain} > not handled",
            "{domain} > {not} > accepted",
            "{not} .. local domain*",
            "{not} .. hosted here",
            "no such domain",
            "non-local",
            "{outside} <> {denied} - {sender}",
            "{rcpt} > {domain} <> {refused}",
            "{domain} .. {not} .. here",
            "{user} .. not local",
            "{a} > not local",
            "{place} .. isn't a domain",
            "not local;",
        ],
        label: Label::RelayDenied,
        effect: Effect::Usual,
        known_from: "qmail-smtpd.c (rcpthosts), Haraka, hMailServer, mox, Barracuda, SmarterMail, TurboMail",
        sample: (
            Stage::Rcpt,
            "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        ),
    },
];
