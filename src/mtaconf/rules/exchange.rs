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
    title_zh: "匿名用户可从任何地方中继",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Enabled connector, PermissionGroups holds AnonymousUsers, RemoteIPRanges cover \
          everything, and the permission export grants (Deny false) \
          ms-Exch-SMTP-Accept-Any-Recipient to ANONYMOUS LOGON on it. Account names are \
          localised: compare the SID S-1-5-7 where present, else the known names.",
    why_zh: "连接器已启用，PermissionGroups 含 AnonymousUsers，RemoteIPRanges 覆盖一切，且权限导出\
             显示在其上授予了（Deny 为 false）ANONYMOUS LOGON 权限 \
             ms-Exch-SMTP-Accept-Any-Recipient。账户名因语言而异：有 SID 时比对 S-1-5-7，否则比对\
             已知名称。",
    seen: Some("250 2.1.5 for a foreign recipient."),
    seen_zh: Some("对外部收件人得到 250 2.1.5。"),
    remedy: "Remove the right (Remove-ADPermission) or narrow the ranges.",
    remedy_zh: "移除该权限（Remove-ADPermission），或收窄地址范围。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC002: Rule = Rule {
    id: "XC002",
    title: "Anonymous may relay from a wide range",
    title_zh: "匿名用户可从宽网段中继",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "As XC001 with ranges on the breadth scale (by number of addresses).",
    why_zh: "同 XC001，但地址范围按网段宽度分级（按地址数量）。",
    seen: Some("250 from there."),
    seen_zh: Some("从该范围得到 250。"),
    remedy: "Narrow the ranges.",
    remedy_zh: "收窄地址范围。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC003: Rule = Rule {
    id: "XC003",
    title: "Externally secured for everybody",
    title_zh: "对所有来源按“外部安全”处理",
    severity: Severity::Critical,
    other_severities: &[],
    why: "AuthMechanism has ExternalAuthoritative, PermissionGroups has ExchangeServers, \
          ranges cover everything.",
    why_zh: "AuthMechanism 含 ExternalAuthoritative，PermissionGroups 含 ExchangeServers，且地址范\
             围覆盖一切。",
    seen: Some("250, and spam checks are skipped."),
    seen_zh: Some("得到 250，并且跳过垃圾邮件检查。"),
    remedy: "Narrow the ranges.",
    remedy_zh: "收窄地址范围。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC004: Rule = Rule {
    id: "XC004",
    title: "Externally secured for a wide range",
    title_zh: "对宽网段按“外部安全”处理",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "As XC003 on the breadth scale.",
    why_zh: "同 XC003，地址范围按网段宽度分级。",
    seen: Some("250 from there."),
    seen_zh: Some("从该范围得到 250。"),
    remedy: "Narrow the ranges.",
    remedy_zh: "收窄地址范围。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC005: Rule = Rule {
    id: "XC005",
    title: "Accepted domain is everything",
    title_zh: "接受域为全部",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Get-AcceptedDomain has DomainName * (any type; ExternalRelay and InternalRelay \
          hand mail on).",
    why_zh: "Get-AcceptedDomain 中有 DomainName 为 * 的条目（任何类型；ExternalRelay 和 \
             InternalRelay 会把邮件继续转交）。",
    seen: Some("250 for every domain."),
    seen_zh: Some("对任何域都得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除该条目。",
    remedies: &[],
    references: &["Exchange: Accepted domains"],
};

pub(in crate::mtaconf) static XC006: Rule = Rule {
    id: "XC006",
    title: "Accepted domain is foreign",
    title_zh: "接受域含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs own domains.",
    why_zh: "需要给出自有域清单。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove or confirm.",
    remedy_zh: "移除或确认。",
    remedies: &[],
    references: &["Exchange: Accepted domains"],
};

pub(in crate::mtaconf) static XC007: Rule = Rule {
    id: "XC007",
    title: "Basic login without TLS",
    title_zh: "基本身份验证未要求 TLS",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Enabled connector with BasicAuth and without BasicAuthRequireTLS.",
    why_zh: "已启用的连接器设有 BasicAuth 而没有 BasicAuthRequireTLS。",
    seen: Some("AUTH LOGIN in clear."),
    seen_zh: Some("明文下提供 AUTH LOGIN。"),
    remedy: "Add BasicAuthRequireTLS.",
    remedy_zh: "加上 BasicAuthRequireTLS。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC008: Rule = Rule {
    id: "XC008",
    title: "Protocol logging is off",
    title_zh: "协议日志已关闭",
    severity: Severity::Low,
    other_severities: &[],
    why: "Enabled connector with ProtocolLoggingLevel None.",
    why_zh: "已启用的连接器的 ProtocolLoggingLevel 为 None。",
    seen: None,
    seen_zh: None,
    remedy: "Set it to Verbose.",
    remedy_zh: "设为 Verbose。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};

pub(in crate::mtaconf) static XC009: Rule = Rule {
    id: "XC009",
    title: "Rights unknown",
    title_zh: "权限未知",
    severity: Severity::Info,
    other_severities: &[],
    why: "AnonymousUsers and wide ranges, but no permission export.",
    why_zh: "允许 AnonymousUsers 且地址范围很宽，但没有提供权限导出。",
    seen: None,
    seen_zh: None,
    remedy: "Export Get-ADPermission.",
    remedy_zh: "用 Get-ADPermission 导出权限。",
    remedies: &[],
    references: &["Exchange: Receive connectors", "Allow anonymous relay"],
};
