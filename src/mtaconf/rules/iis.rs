//! The rules for the SMTP service of IIS: what is looked for, how bad it is, and which line to change.
//!
//! References: the IIS metabase property reference.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[&IIS001, &IIS002, &IIS003, &IIS004, &IIS006, &IIS007];

pub(in crate::mtaconf) static IIS001: Rule = Rule {
    id: "IIS001",
    title: "Relay list open to all",
    severity: Severity::Critical,
    other_severities: &[],
    why: "RelayIpList is present and empty on a virtual server (or inherited): the \
          setting \"all except the list below\" with nothing below. Absent means nobody. \
          What an empty list means is known from a management module only, so a probe \
          decides.",
    seen: Some("250 for foreign domains."),
    remedy: "Choose \"only the list below\".",
    remedy_zh: "中继列表为“除以下之外全部允许”且为空：改为“仅以下列表”。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayIpList"],
};

pub(in crate::mtaconf) static IIS002: Rule = Rule {
    id: "IIS002",
    title: "Relay list excludes instead of grants",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The decoded list is of the deny kind.",
    seen: Some("250 from all others."),
    remedy: "Choose \"only the list below\".",
    remedy_zh: "中继列表为排除式：改为仅允许列表。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayIpList"],
};

pub(in crate::mtaconf) static IIS003: Rule = Rule {
    id: "IIS003",
    title: "Relay list too wide",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "Mask and addresses on the breadth scale; mask 0.0.0.0 is critical.",
    seen: Some("250 from there."),
    remedy: "Narrow it.",
    remedy_zh: "中继网段过宽：收窄。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayIpList"],
};

pub(in crate::mtaconf) static IIS004: Rule = Rule {
    id: "IIS004",
    title: "Login for relaying without encryption",
    severity: Severity::Medium,
    other_severities: &[],
    why: "RelayForAuth is not 0, AuthFlags (own or inherited; default AuthAnonymous) has \
          AuthBasic, and neither AccessSSL nor a TLS requirement is set.",
    seen: Some("AUTH LOGIN offered in clear."),
    remedy: "Require TLS.",
    remedy_zh: "明文基本认证可转发：要求 TLS。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayForAuth, AuthFlags"],
};

pub(in crate::mtaconf) static IIS006: Rule = Rule {
    id: "IIS006",
    title: "Logging is off",
    severity: Severity::Low,
    other_severities: &[],
    why: "LogType=\"0\" on a virtual server.",
    seen: None,
    remedy: "Switch W3C logging on.",
    remedy_zh: "日志关闭：启用 W3C 日志。",
    remedies: &[],
    references: &["IIS metabase property reference: LogType"],
};

pub(in crate::mtaconf) static IIS007: Rule = Rule {
    id: "IIS007",
    title: "SmtpDisableRelay",
    severity: Severity::Info,
    other_severities: &[],
    why: "Present. The reference calls the flag reversed; report it, do not judge by it.",
    seen: None,
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "仅供核对。",
    remedies: &[],
    references: &["IIS metabase property reference: SmtpDisableRelay"],
};
