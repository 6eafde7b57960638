//! The rules for Haraka: what is looked for, how bad it is, and which line to change.
//!
//! References: Haraka's plugin documentation.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &HK001, &HK002, &HK003, &HK004, &HK005, &HK006, &HK007, &HK008, &HK009,
];

pub(in crate::mtaconf) static HK001: Rule = Rule {
    id: "HK001",
    title: "Relay plugin set to all",
    severity: Severity::Critical,
    other_severities: &[],
    why: "`relay` is active in config/plugins and relay.ini has [relay] all=true; or the \
          2.x plugin relay_all is active.",
    seen: Some("250."),
    remedy: "all=false; remove relay_all.",
    remedy_zh: "relay.ini all=true 放行所有：改为 false。",
    remedies: &[],
    references: &["Haraka plugin documentation: relay"],
};

pub(in crate::mtaconf) static HK002: Rule = Rule {
    id: "HK002",
    title: "Relay list too wide",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "`relay` is active, acl is not false (default true), relay_acl_allow on the \
          breadth scale (an entry without /n is one host); everybody is critical and the \
          outcome is open.",
    seen: Some("250 from there."),
    remedy: "Narrow it.",
    remedy_zh: "relay_acl_allow 过宽：收窄。",
    remedies: &[],
    references: &["Haraka plugin documentation: relay"],
};

pub(in crate::mtaconf) static HK003: Rule = Rule {
    id: "HK003",
    title: "Every domain is local",
    severity: Severity::High,
    other_severities: &[],
    why: "rcpt_to.in_host_list is active and host_list_regex fits any domain (expressions \
          are anchored). Outcome accepts-foreign.",
    seen: Some("250 for foreign domains."),
    remedy: "List the domains.",
    remedy_zh: "host_list_regex 匹配所有域：改为明确域名。",
    remedies: &[],
    references: &["Haraka plugin documentation: rcpt_to.in_host_list"],
};

pub(in crate::mtaconf) static HK004: Rule = Rule {
    id: "HK004",
    title: "Local domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "host_list entry outside the own domains.",
    seen: Some("250."),
    remedy: "Remove.",
    remedy_zh: "host_list 含外部域：移除。",
    remedies: &[],
    references: &["Haraka plugin documentation"],
};

pub(in crate::mtaconf) static HK005: Rule = Rule {
    id: "HK005",
    title: "Destination accepted for relay is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "dest_domains=true and relay_dest_domains.ini has action accept or continue for \
          a foreign domain: it also sets relaying for the rest of the connection.",
    seen: Some("250."),
    remedy: "Remove.",
    remedy_zh: "relay_dest_domains 含外部域：移除。",
    remedies: &[],
    references: &["Haraka plugin documentation: relay"],
};

pub(in crate::mtaconf) static HK006: Rule = Rule {
    id: "HK006",
    title: "Proxy protocol from too many hosts",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "connection.ini [haproxy] hosts[] (2.x: haproxy_hosts) on the breadth scale. An \
          IPv6 entry without /n means /64.",
    seen: Some("250 after a PROXY line with a trusted address."),
    remedy: "List the proxies.",
    remedy_zh: "haproxy hosts 过宽：只列代理。",
    remedies: &[],
    references: &["Haraka HAProxy documentation"],
};

pub(in crate::mtaconf) static HK007: Rule = Rule {
    id: "HK007",
    title: "XCLIENT hosts",
    severity: Severity::Info,
    other_severities: &[],
    why: "xclient is active: list the hosts of xclient.hosts (exact addresses only, \
          loopback always).",
    seen: Some("XCLIENT in EHLO."),
    remedy: "Check the list.",
    remedy_zh: "核对 xclient.hosts。",
    remedies: &[],
    references: &["Haraka plugin documentation: xclient"],
};

pub(in crate::mtaconf) static HK008: Rule = Rule {
    id: "HK008",
    title: "File without its plugin",
    severity: Severity::Info,
    other_severities: &[],
    why: "relay_acl_allow, relay.ini, host_list... exist but the plugin is not active: no effect.",
    seen: None,
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "插件未启用，文件无效。",
    remedies: &[],
    references: &["Haraka plugin documentation"],
};

pub(in crate::mtaconf) static HK009: Rule = Rule {
    id: "HK009",
    title: "No recipient plugin",
    severity: Severity::Info,
    other_severities: &[],
    why: "No rcpt_to.* and no relay: every RCPT is refused with \"I cannot deliver mail for\".",
    seen: Some("550."),
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "未启用收件人插件，全部拒收。",
    remedies: &[],
    references: &["Haraka plugin documentation"],
};
