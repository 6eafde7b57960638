//! The rules for the SMTP service of IIS: what is looked for, how bad it is, and which line to change.
//!
//! References: the IIS metabase property reference.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[&IIS001, &IIS002, &IIS003, &IIS004, &IIS006, &IIS007];

pub(in crate::mtaconf) static IIS001: Rule = Rule {
    id: "IIS001",
    title: "Relay list open to all",
    title_zh: "中继列表对所有人开放",
    severity: Severity::Critical,
    other_severities: &[],
    why: "RelayIpList is present and empty on a virtual server (or inherited): the \
          setting \"all except the list below\" with nothing below. Absent means nobody. \
          What an empty list means is known from a management module only, so a probe \
          decides.",
    why_zh: "虚拟服务器上（或继承而来）的 RelayIpList 存在但为空：即“除以下列表外全部允许”，而下面\
             什么也没有。该项不存在则表示无人可中继。空列表的含义只能从一个管理模块得知，因此应以\
             探测结果为准。",
    seen: Some("250 for foreign domains."),
    seen_zh: Some("对外部域得到 250。"),
    remedy: "Choose \"only the list below\".",
    remedy_zh: "选择“仅以下列表”。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayIpList"],
};

pub(in crate::mtaconf) static IIS002: Rule = Rule {
    id: "IIS002",
    title: "Relay list excludes instead of grants",
    title_zh: "中继列表是排除式而非授予式",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The decoded list is of the deny kind.",
    why_zh: "解码后的列表是拒绝类型。",
    seen: Some("250 from all others."),
    seen_zh: Some("从其他所有地址得到 250。"),
    remedy: "Choose \"only the list below\".",
    remedy_zh: "选择“仅以下列表”。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayIpList"],
};

pub(in crate::mtaconf) static IIS003: Rule = Rule {
    id: "IIS003",
    title: "Relay list too wide",
    title_zh: "中继列表过宽",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "Mask and addresses on the breadth scale; mask 0.0.0.0 is critical.",
    why_zh: "掩码和地址按网段宽度分级；掩码为 0.0.0.0 时是 critical。",
    seen: Some("250 from there."),
    seen_zh: Some("从该网段得到 250。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄网段。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayIpList"],
};

pub(in crate::mtaconf) static IIS004: Rule = Rule {
    id: "IIS004",
    title: "Login for relaying without encryption",
    title_zh: "凭未加密的登录即可中继",
    severity: Severity::Medium,
    other_severities: &[],
    why: "RelayForAuth is not 0, AuthFlags (own or inherited; default AuthAnonymous) has \
          AuthBasic, and neither AccessSSL nor a TLS requirement is set.",
    why_zh: "RelayForAuth 不为 0，AuthFlags（自身或继承；默认 AuthAnonymous）含 AuthBasic，且既未\
             设置 AccessSSL，也未要求 TLS。",
    seen: Some("AUTH LOGIN offered in clear."),
    seen_zh: Some("明文下提供 AUTH LOGIN。"),
    remedy: "Require TLS.",
    remedy_zh: "要求 TLS。",
    remedies: &[],
    references: &["IIS metabase property reference: RelayForAuth, AuthFlags"],
};

pub(in crate::mtaconf) static IIS006: Rule = Rule {
    id: "IIS006",
    title: "Logging is off",
    title_zh: "日志已关闭",
    severity: Severity::Low,
    other_severities: &[],
    why: "LogType=\"0\" on a virtual server.",
    why_zh: "虚拟服务器设有 LogType=\"0\"。",
    seen: None,
    seen_zh: None,
    remedy: "Switch W3C logging on.",
    remedy_zh: "启用 W3C 日志。",
    remedies: &[],
    references: &["IIS metabase property reference: LogType"],
};

pub(in crate::mtaconf) static IIS007: Rule = Rule {
    id: "IIS007",
    title: "SmtpDisableRelay",
    title_zh: "设有 SmtpDisableRelay",
    severity: Severity::Info,
    other_severities: &[],
    why: "Present. The reference calls the flag reversed; report it, do not judge by it.",
    why_zh: "存在该项。参考文档称此标志含义相反；只报告，不据此判定。",
    seen: None,
    seen_zh: None,
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "若本意如此，无需处理。",
    remedies: &[],
    references: &["IIS metabase property reference: SmtpDisableRelay"],
};
