//! The rules for every server: what is looked for, how bad it is, and which line to change.
//!
//! References: release notes of the products, RFC 6409.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[&GN001, &GN002, &GN003];

pub(in crate::mtaconf) static GN001: Rule = Rule {
    id: "GN001",
    title: "Version is out of support or unknown",
    title_zh: "版本已停止支持，或无法得知",
    severity: Severity::Info,
    other_severities: &[Severity::Low],
    why: "The version is given or found (banner, mail_version, DZ, package list) and is \
          older than the oldest supported release known to the rule table; low for \
          versions without a relay safety net (Postfix before 2.10, sendmail before 8.9, \
          Exim 3).",
    why_zh: "版本由用户给出，或从横幅、mail_version、DZ、软件包列表中得知，且早于规则表所知的最旧\
             受支持版本；没有中继安全网的版本（Postfix 2.10 之前、sendmail 8.9 之前、Exim 3）为 \
             low。",
    seen: Some("Old banner."),
    seen_zh: Some("横幅显示旧版本。"),
    remedy: "Patch, and keep patching.",
    remedy_zh: "打补丁，并持续更新。",
    remedies: &[],
    references: &["Release notes of the product"],
};

pub(in crate::mtaconf) static GN002: Rule = Rule {
    id: "GN002",
    title: "Part of the configuration was not read",
    title_zh: "部分配置未读取",
    severity: Severity::Info,
    other_severities: &[],
    why: "A file, include, table or section was missing, unreadable, too large or not \
          understood. What could not be judged is named.",
    why_zh: "某个文件、包含项、表或小节缺失、不可读、过大或无法理解。无法判断的部分会被点名。",
    seen: None,
    seen_zh: None,
    remedy: "Hand it in.",
    remedy_zh: "提供这些内容。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtaconf) static GN003: Rule = Rule {
    id: "GN003",
    title: "No login is possible anywhere",
    title_zh: "任何地方都无法登录",
    severity: Severity::Info,
    other_severities: &[],
    why: "No AUTH is configured and relaying is by address only.",
    why_zh: "未配置 AUTH，只按地址决定是否中继。",
    seen: Some("No AUTH in EHLO."),
    seen_zh: Some("EHLO 中没有 AUTH。"),
    remedy: "Offer submission with SASL for people.",
    remedy_zh: "为用户提供带 SASL 的提交服务。",
    remedies: &[],
    references: &["RFC 6409"],
};
