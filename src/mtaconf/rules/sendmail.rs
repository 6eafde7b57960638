//! The rules for Sendmail: what is looked for, how bad it is, and which line to change.
//!
//! References: cf/README and the operations guide of sendmail.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &SM001, &SM002, &SM003, &SM004, &SM005, &SM006, &SM007, &SM008, &SM009, &SM010, &SM011, &SM012,
    &SM013, &SM014, &SM015, &SM016, &SM017, &SM018, &SM019, &SM020, &SM021,
];

pub(in crate::mtaconf) static SM001: Rule = Rule {
    id: "SM001",
    title: "An outsider may relay to any destination",
    severity: Severity::Critical,
    other_severities: &[],
    why: "FEATURE(promiscuous_relay) in the .mc; or in a .cf: the promiscuous_relay.m4 \
          identification line, no check_rcpt (or checkrcpt with delay_checks) ruleset, a \
          check_rcpt chain without any \"Relaying denied\" reply, or a version before 8.9 \
          (DZ8.8...); or a Local_check_rcpt that returns $#OK for everything (with \
          SM019).",
    seen: Some("250 Recipient ok."),
    remedy: "Remove the feature and rebuild the .cf.",
    remedy_zh: "启用 promiscuous_relay，任何人可转发：删除该特性并重建 cf。",
    remedies: &[],
    references: &["cf/README \"Anti-spam configuration control\""],
};

pub(in crate::mtaconf) static SM002: Rule = Rule {
    id: "SM002",
    title: "relay_local_from",
    severity: Severity::High,
    other_severities: &[],
    why: "The feature is active. Outcome open-if-forged.",
    seen: Some("250 with a sender in a local domain."),
    remedy: "Remove it; use AUTH.",
    remedy_zh: "relay_local_from 可伪造发件人转发：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM003: Rule = Rule {
    id: "SM003",
    title: "relay_mail_from with From: RELAY entries",
    severity: Severity::High,
    other_severities: &[],
    why: "The feature is active and the access map holds From: (or untagged address) \
          entries with RELAY; with the argument `domain` domains count too. Outcome \
          open-if-forged.",
    seen: Some("250 with that sender."),
    remedy: "Remove it.",
    remedy_zh: "relay_mail_from 可伪造：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM004: Rule = Rule {
    id: "SM004",
    title: "relay_based_on_MX",
    severity: Severity::Medium,
    other_severities: &[],
    why: "The feature is active.",
    seen: Some("250 for domains whose MX names this host."),
    remedy: "List the domains as To: entries.",
    remedy_zh: "relay_based_on_MX 可被他人利用：改为明确列出。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM005: Rule = Rule {
    id: "SM005",
    title: "relay_entire_domain",
    severity: Severity::Low,
    other_severities: &[Severity::High],
    why: "Every host in class m may relay; high when $m is a top-level domain.",
    seen: Some("250 for hosts and recipients below the domain."),
    remedy: "Use addresses.",
    remedy_zh: "relay_entire_domain 信任整个域：改用地址。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM006: Rule = Rule {
    id: "SM006",
    title: "loose_relay_check",
    severity: Severity::Medium,
    other_severities: &[],
    why: "The feature is active: user%foreign@relay-domain is not unwrapped before the check.",
    seen: Some("250 for percent addresses."),
    remedy: "Remove it.",
    remedy_zh: "loose_relay_check 放松检查：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM007: Rule = Rule {
    id: "SM007",
    title: "Class R too wide",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "RELAY_DOMAIN, RELAY_DOMAIN_FILE, relay-domains, CR or FR hold a top-level \
          domain (high, unless relay_hosts_only) or a numeric prefix on the breadth scale \
          (one octet /8, two /16, three /24; IPv6: with 16 bits per group).",
    seen: Some("250 from there, or to there."),
    remedy: "Narrow it.",
    remedy_zh: "类 R/relay-domains 过宽：收窄。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM008: Rule = Rule {
    id: "SM008",
    title: "RELAY in the access map too wide",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "RELAY with tag Connect:, To: or none; same scale as SM007. Entries only count \
          when FEATURE(access_db) is active.",
    seen: Some("As SM007."),
    remedy: "Narrow it.",
    remedy_zh: "access 表 RELAY 范围过宽：收窄。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM009: Rule = Rule {
    id: "SM009",
    title: "Untagged RELAY",
    severity: Severity::Low,
    other_severities: &[],
    why: "A RELAY entry without tag applies to clients and to recipients alike.",
    seen: None,
    remedy: "Write Connect: or To:.",
    remedy_zh: "RELAY 未加标签：改写为 Connect: 或 To:。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM010: Rule = Rule {
    id: "SM010",
    title: "From: RELAY without effect",
    severity: Severity::Info,
    other_severities: &[],
    why: "From: entries with RELAY while relay_mail_from is off: they do not relay.",
    seen: None,
    remedy: "Remove.",
    remedy_zh: "From: RELAY 条目无转发效果。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM011: Rule = Rule {
    id: "SM011",
    title: "accept_unresolvable_domains",
    severity: Severity::Low,
    other_severities: &[],
    why: "Active.",
    seen: Some("Mail from unresolvable domains gets 250."),
    remedy: "Remove it.",
    remedy_zh: "接受不可解析的发件域：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM012: Rule = Rule {
    id: "SM012",
    title: "accept_unqualified_senders",
    severity: Severity::Low,
    other_severities: &[],
    why: "Active, or modifier u on a public daemon.",
    seen: Some("MAIL FROM:<user> gets 250."),
    remedy: "Remove it.",
    remedy_zh: "接受不完整发件人：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM013: Rule = Rule {
    id: "SM013",
    title: "Login offered without encryption",
    severity: Severity::Medium,
    other_severities: &[],
    why: "confAUTH_MECHANISMS names PLAIN or LOGIN and confAUTH_OPTIONS lacks p.",
    seen: Some("AUTH PLAIN before STARTTLS."),
    remedy: "Add p.",
    remedy_zh: "明文提供 AUTH：confAUTH_OPTIONS 增加 p。",
    remedies: &[],
    references: &["cf/README \"SMTP authentication\""],
};

pub(in crate::mtaconf) static SM014: Rule = Rule {
    id: "SM014",
    title: "Anonymous mechanism is trusted",
    severity: Severity::Critical,
    other_severities: &[],
    why: "TRUST_AUTH_MECH names ANONYMOUS.",
    seen: Some("250 after AUTH ANONYMOUS."),
    remedy: "Remove it.",
    remedy_zh: "信任 ANONYMOUS 认证：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM015: Rule = Rule {
    id: "SM015",
    title: "Privacy options",
    severity: Severity::Info,
    other_severities: &[],
    why: "noexpn, novrfy or goaway missing.",
    seen: Some("EXPN and VRFY answer."),
    remedy: "Set confPRIVACY_FLAGS to goaway.",
    remedy_zh: "建议设置 goaway。",
    remedies: &[],
    references: &["op guide"],
};

pub(in crate::mtaconf) static SM016: Rule = Rule {
    id: "SM016",
    title: "access map not used",
    severity: Severity::Low,
    other_severities: &[],
    why: "An access file with RELAY or REJECT entries but no FEATURE(access_db).",
    seen: Some("Entries have no effect."),
    remedy: "Add the feature.",
    remedy_zh: "access 文件未启用：添加 access_db。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM017: Rule = Rule {
    id: "SM017",
    title: "Local host name is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Class w (Cw, local-host-names) holds a foreign domain; needs own domains.",
    seen: Some("250 or unknown user."),
    remedy: "Remove.",
    remedy_zh: "local-host-names 含外部域：移除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM018: Rule = Rule {
    id: "SM018",
    title: "Catch-all to the outside",
    severity: Severity::Medium,
    other_severities: &[],
    why: "@domain in virtusertable points outside.",
    seen: Some("250 for any user."),
    remedy: "List the users.",
    remedy_zh: "virtusertable 整域外转：逐个列出。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM019: Rule = Rule {
    id: "SM019",
    title: "Local_check_rcpt says OK",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A rule in Local_check_rcpt that fits everything and returns $#OK ends all further checks.",
    seen: Some("250."),
    remedy: "Remove the rule.",
    remedy_zh: "Local_check_rcpt 无条件返回 OK：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM020: Rule = Rule {
    id: "SM020",
    title: "Star in a class",
    severity: Severity::Low,
    other_severities: &[],
    why: "`*` in class R, class w or a key: no wildcard, no effect.",
    seen: None,
    remedy: "Remove.",
    remedy_zh: "类中的 * 无效：删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM021: Rule = Rule {
    id: "SM021",
    title: "nospecial address syntax",
    severity: Severity::Low,
    other_severities: &[],
    why: "FEATURE(nouucp) or FEATURE(nopercenthack) with nospecial, together with a hub \
          (LOCAL_RELAY, LUSER_RELAY, MAIL_HUB, SMART_HOST).",
    seen: Some("user%foreign@local gets 250 and the hub relays it."),
    remedy: "Drop nospecial.",
    remedy_zh: "nospecial 与中心主机组合会间接转发：去掉。",
    remedies: &[],
    references: &["cf/README"],
};
