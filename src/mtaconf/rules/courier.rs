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
    severity: Severity::Critical,
    other_severities: &[],
    why: "A smtpaccess line with key `*` sets RELAYCLIENT, or esmtpd / esmtpd-msa sets \
          RELAYCLIENT in the environment.",
    seen: Some("250 from anywhere."),
    remedy: "Remove it.",
    remedy_zh: "smtpaccess 的 * 条目设置 RELAYCLIENT：删除。",
    remedies: &[],
    references: &["makesmtpaccess(8), couriertcpd(1)"],
};

pub(in crate::mtaconf) static CO002: Rule = Rule {
    id: "CO002",
    title: "RELAYCLIENT for a wide range",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "Key prefix: one octet /8, two /16 (dots), IPv6 keys begin with a colon. The \
          most exact entry is used alone: RELAYCLIENT is not inherited. 10 and 192.168 \
          ship with the product and are private.",
    seen: Some("250 from there."),
    remedy: "Narrow it.",
    remedy_zh: "RELAYCLIENT 网段过宽：收窄。",
    remedies: &[],
    references: &["makesmtpaccess(8), couriertcpd(1)"],
};

pub(in crate::mtaconf) static CO003: Rule = Rule {
    id: "CO003",
    title: "Accepted domains hold a top-level suffix",
    severity: Severity::High,
    other_severities: &[],
    why: "esmtpacceptmailfor or a file in esmtpacceptmailfor.dir has `.net` and the like.",
    seen: Some("250 below it."),
    remedy: "List the domains.",
    remedy_zh: "esmtpacceptmailfor 含顶级域后缀：改为具体域名。",
    remedies: &[],
    references: &["courier(8)"],
};

pub(in crate::mtaconf) static CO004: Rule = Rule {
    id: "CO004",
    title: "Login offered without encryption",
    severity: Severity::Medium,
    other_severities: &[],
    why: "ESMTPAUTH in esmtpd or esmtpd-msa names PLAIN or LOGIN.",
    seen: Some("AUTH before STARTTLS."),
    remedy: "Use ESMTPAUTH_TLS only.",
    remedy_zh: "明文提供 AUTH：仅设置 ESMTPAUTH_TLS。",
    remedies: &[],
    references: &["esmtpd configuration file"],
};

pub(in crate::mtaconf) static CO005: Rule = Rule {
    id: "CO005",
    title: "Submission without login",
    severity: Severity::Low,
    other_severities: &[],
    why: "esmtpd-msa has AUTH_REQUIRED=0.",
    seen: Some("250 for local recipients without AUTH."),
    remedy: "AUTH_REQUIRED=1.",
    remedy_zh: "提交端口未强制认证：AUTH_REQUIRED=1。",
    remedies: &[],
    references: &["esmtpd-msa"],
};

pub(in crate::mtaconf) static CO006: Rule = Rule {
    id: "CO006",
    title: "A DNS list decides who may relay",
    severity: Severity::High,
    other_severities: &[],
    why: "TCPDOPTS contains -allow=...,RELAYCLIENT (or -block with that variable).",
    seen: Some("250 from listed hosts."),
    remedy: "Use smtpaccess.",
    remedy_zh: "由 DNS 列表决定转发权：改用 smtpaccess。",
    remedies: &[],
    references: &["makesmtpaccess(8), couriertcpd(1)"],
};

pub(in crate::mtaconf) static CO007: Rule = Rule {
    id: "CO007",
    title: "Backscatter is not suppressed",
    severity: Severity::Low,
    other_severities: &[],
    why: "opt BOFHSUPPRESSBACKSCATTER=none.",
    seen: None,
    remedy: "Leave it at smtp.",
    remedy_zh: "未抑制退信：保持默认。",
    remedies: &[],
    references: &["courier(8)"],
};

pub(in crate::mtaconf) static CO008: Rule = Rule {
    id: "CO008",
    title: "Domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "esmtpacceptmailfor, locals or hosteddomains entry outside the own domains.",
    seen: Some("250."),
    remedy: "Remove or confirm.",
    remedy_zh: "含非自有域：确认或移除。",
    remedies: &[],
    references: &["courier(8)"],
};
