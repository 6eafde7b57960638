//! The rules for Exchange: what is looked for, how bad it is, and which line to change.
//!
//! References: the Exchange documentation of receive connectors and accepted domains.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &XC001, &XC002, &XC003, &XC004, &XC005, &XC006, &XC007, &XC008, &XC009,
];

pub(in crate::mtaconf) static XC001: Rule = Rule {
    id: "XC001",
    title: "Anonymous may relay from anywhere",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Enabled connector, PermissionGroups holds AnonymousUsers, RemoteIPRanges cover \
          everything, and the permission export grants (Deny false) \
          ms-Exch-SMTP-Accept-Any-Recipient to ANONYMOUS LOGON on it. Account names are \
          localised: compare the SID S-1-5-7 where present, else the known names.",
    seen: Some("250 2.1.5 for a foreign recipient."),
    remedy: "Remove the right (Remove-ADPermission) or narrow the ranges.",
    remedy_zh: "匿名用户具有 Accept-Any-Recipient 且来源不限：移除权限或收窄 IP。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC002: Rule = Rule {
    id: "XC002",
    title: "Anonymous may relay from a wide range",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "As XC001 with ranges on the breadth scale (by number of addresses).",
    seen: Some("250 from there."),
    remedy: "Narrow the ranges.",
    remedy_zh: "匿名中继来源网段过宽：收窄。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC003: Rule = Rule {
    id: "XC003",
    title: "Externally secured for everybody",
    severity: Severity::Critical,
    other_severities: &[],
    why: "AuthMechanism has ExternalAuthoritative, PermissionGroups has ExchangeServers, \
          ranges cover everything.",
    seen: Some("250, and spam checks are skipped."),
    remedy: "Narrow the ranges.",
    remedy_zh: "外部保护连接器对所有来源开放：收窄 IP。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC004: Rule = Rule {
    id: "XC004",
    title: "Externally secured for a wide range",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "As XC003 on the breadth scale.",
    seen: Some("250 from there."),
    remedy: "Narrow the ranges.",
    remedy_zh: "外部保护连接器来源过宽：收窄。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC005: Rule = Rule {
    id: "XC005",
    title: "Accepted domain is everything",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Get-AcceptedDomain has DomainName * (any type; ExternalRelay and InternalRelay \
          hand mail on).",
    seen: Some("250 for every domain."),
    remedy: "Remove it.",
    remedy_zh: "接受域为 *：删除。",
    remedies: &[],
    references: &["Exchange: Accepted domains"],
};

pub(in crate::mtaconf) static XC006: Rule = Rule {
    id: "XC006",
    title: "Accepted domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs own domains.",
    seen: Some("250."),
    remedy: "Remove or confirm.",
    remedy_zh: "接受域含非自有域：确认或移除。",
    remedies: &[],
    references: &["Exchange: Accepted domains"],
};

pub(in crate::mtaconf) static XC007: Rule = Rule {
    id: "XC007",
    title: "Basic login without TLS",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Enabled connector with BasicAuth and without BasicAuthRequireTLS.",
    seen: Some("AUTH LOGIN in clear."),
    remedy: "Add BasicAuthRequireTLS.",
    remedy_zh: "基本认证未要求 TLS：启用 BasicAuthRequireTLS。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC008: Rule = Rule {
    id: "XC008",
    title: "Protocol logging is off",
    severity: Severity::Low,
    other_severities: &[],
    why: "Enabled connector with ProtocolLoggingLevel None.",
    seen: None,
    remedy: "Set it to Verbose.",
    remedy_zh: "协议日志关闭：设为 Verbose。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC009: Rule = Rule {
    id: "XC009",
    title: "Rights unknown",
    severity: Severity::Info,
    other_severities: &[],
    why: "AnonymousUsers and wide ranges, but no permission export.",
    seen: None,
    remedy: "Export Get-ADPermission.",
    remedy_zh: "缺少权限导出，无法判定。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};
