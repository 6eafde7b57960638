//! The rules for every server: what is looked for, how bad it is, and which line to change.
//!
//! References: release notes of the products, RFC 6409.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[&GN001, &GN002, &GN003];

pub(in crate::mtaconf) static GN001: Rule = Rule {
    id: "GN001",
    title: "Version is out of support or unknown",
    severity: Severity::Info,
    other_severities: &[Severity::Low],
    why: "The version is given or found (banner, mail_version, DZ, package list) and is \
          older than the oldest supported release known to the rule table; low for \
          versions without a relay safety net (Postfix before 2.10, sendmail before 8.9, \
          Exim 3).",
    seen: Some("Old banner."),
    remedy: "Patch, and keep patching.",
    remedy_zh: "版本过旧：及时更新补丁。",
    remedies: &[],
    references: &["Release notes of the product"],
};

pub(in crate::mtaconf) static GN002: Rule = Rule {
    id: "GN002",
    title: "Part of the configuration was not read",
    severity: Severity::Info,
    other_severities: &[],
    why: "A file, include, table or section was missing, unreadable, too large or not \
          understood. What could not be judged is named.",
    seen: None,
    remedy: "Hand it in.",
    remedy_zh: "部分配置未读取，结论不完整。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtaconf) static GN003: Rule = Rule {
    id: "GN003",
    title: "No login is possible anywhere",
    severity: Severity::Info,
    other_severities: &[],
    why: "No AUTH is configured and relaying is by address only.",
    seen: Some("No AUTH in EHLO."),
    remedy: "Offer submission with SASL for people.",
    remedy_zh: "未配置认证：为用户提供带 SASL 的提交服务。",
    remedies: &[],
    references: &["RFC 6409"],
};
