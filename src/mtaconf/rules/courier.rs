//! The rules for Courier: what is looked for, how bad it is, and which line to change.
//!
//! References: courier(8), makesmtpaccess(8), couriertcpd(1).

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &CO001, &CO002, &CO003, &CO004, &CO005, &CO006, &CO007, &CO008,
];

pub(in crate::mtaconf) static CO001: Rule = Rule {
    id: "CO001",
    title: "RELAYCLIENT for everybody",
    title_zh: "RELAYCLIENT 对所有人生效",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A smtpaccess line with key `*` sets RELAYCLIENT, or esmtpd / esmtpd-msa sets \
          RELAYCLIENT in the environment.",
    why_zh: "smtpaccess 中键为 `*` 的行设置了 RELAYCLIENT，或者 esmtpd / esmtpd-msa 在环境变量中设\
             置了 RELAYCLIENT。",
    seen: Some("250 from anywhere."),
    seen_zh: Some("从任何地方都得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除该设置。",
    remedies: &[],
    references: &["makesmtpaccess(8), couriertcpd(1)"],
};

pub(in crate::mtaconf) static CO002: Rule = Rule {
    id: "CO002",
    title: "RELAYCLIENT for a wide range",
    title_zh: "RELAYCLIENT 的网段过宽",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "Key prefix: one octet /8, two /16 (dots), IPv6 keys begin with a colon. The \
          most exact entry is used alone: RELAYCLIENT is not inherited. 10 and 192.168 \
          ship with the product and are private.",
    why_zh: "键的前缀：一段为 /8，两段为 /16（以点分隔），IPv6 的键以冒号开头。只采用最精确的那一\
             条：RELAYCLIENT 不会继承。产品自带的 10 和 192.168 是私有网段。",
    seen: Some("250 from there."),
    seen_zh: Some("从该网段得到 250。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄网段。",
    remedies: &[],
    references: &["makesmtpaccess(8), couriertcpd(1)"],
};

pub(in crate::mtaconf) static CO003: Rule = Rule {
    id: "CO003",
    title: "Accepted domains hold a top-level suffix",
    title_zh: "接收的域中含顶级域后缀",
    severity: Severity::High,
    other_severities: &[],
    why: "esmtpacceptmailfor or a file in esmtpacceptmailfor.dir has `.net` and the like.",
    why_zh: "esmtpacceptmailfor 或 esmtpacceptmailfor.dir 中的某个文件含有 `.net` 之类的条目。",
    seen: Some("250 below it."),
    seen_zh: Some("对其下的域都得到 250。"),
    remedy: "List the domains.",
    remedy_zh: "改为列出具体的域。",
    remedies: &[],
    references: &["courier(8)"],
};

pub(in crate::mtaconf) static CO004: Rule = Rule {
    id: "CO004",
    title: "Login offered without encryption",
    title_zh: "未加密即提供登录",
    severity: Severity::Medium,
    other_severities: &[],
    why: "ESMTPAUTH in esmtpd or esmtpd-msa names PLAIN or LOGIN.",
    why_zh: "esmtpd 或 esmtpd-msa 的 ESMTPAUTH 含有 PLAIN 或 LOGIN。",
    seen: Some("AUTH before STARTTLS."),
    seen_zh: Some("STARTTLS 之前就列出 AUTH。"),
    remedy: "Use ESMTPAUTH_TLS only.",
    remedy_zh: "只使用 ESMTPAUTH_TLS。",
    remedies: &[],
    references: &["esmtpd configuration file"],
};

pub(in crate::mtaconf) static CO005: Rule = Rule {
    id: "CO005",
    title: "Submission without login",
    title_zh: "提交端口无需登录",
    severity: Severity::Low,
    other_severities: &[],
    why: "esmtpd-msa has AUTH_REQUIRED=0.",
    why_zh: "esmtpd-msa 设有 AUTH_REQUIRED=0。",
    seen: Some("250 for local recipients without AUTH."),
    seen_zh: Some("不经 AUTH，发给本地收件人也得到 250。"),
    remedy: "AUTH_REQUIRED=1.",
    remedy_zh: "设置 AUTH_REQUIRED=1。",
    remedies: &[],
    references: &["esmtpd-msa"],
};

pub(in crate::mtaconf) static CO006: Rule = Rule {
    id: "CO006",
    title: "A DNS list decides who may relay",
    title_zh: "由 DNS 列表决定谁可以中继",
    severity: Severity::High,
    other_severities: &[],
    why: "TCPDOPTS contains -allow=...,RELAYCLIENT (or -block with that variable).",
    why_zh: "TCPDOPTS 含有 -allow=...,RELAYCLIENT（或带该变量的 -block）。",
    seen: Some("250 from listed hosts."),
    seen_zh: Some("从列表中的主机得到 250。"),
    remedy: "Use smtpaccess.",
    remedy_zh: "改用 smtpaccess。",
    remedies: &[],
    references: &["makesmtpaccess(8), couriertcpd(1)"],
};

pub(in crate::mtaconf) static CO007: Rule = Rule {
    id: "CO007",
    title: "Backscatter is not suppressed",
    title_zh: "未抑制退信散射",
    severity: Severity::Low,
    other_severities: &[],
    why: "opt BOFHSUPPRESSBACKSCATTER=none.",
    why_zh: "设有 opt BOFHSUPPRESSBACKSCATTER=none。",
    seen: None,
    seen_zh: None,
    remedy: "Leave it at smtp.",
    remedy_zh: "保持默认值 smtp。",
    remedies: &[],
    references: &["courier(8)"],
};

pub(in crate::mtaconf) static CO008: Rule = Rule {
    id: "CO008",
    title: "Domain is foreign",
    title_zh: "含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "esmtpacceptmailfor, locals or hosteddomains entry outside the own domains.",
    why_zh: "esmtpacceptmailfor、locals 或 hosteddomains 中有不属于自有域的条目。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove or confirm.",
    remedy_zh: "移除或确认。",
    remedies: &[],
    references: &["courier(8)"],
};
