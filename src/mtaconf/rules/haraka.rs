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
    title_zh: "relay 插件设为全部放行",
    severity: Severity::Critical,
    other_severities: &[],
    why: "`relay` is active in config/plugins and relay.ini has [relay] all=true; or the \
          2.x plugin relay_all is active.",
    why_zh: "config/plugins 中启用了 `relay`，且 relay.ini 的 [relay] 中有 all=true；或启用了 2.x \
             的插件 relay_all。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "all=false; remove relay_all.",
    remedy_zh: "改为 all=false；移除 relay_all。",
    remedies: &[],
    references: &["Haraka plugin documentation: relay"],
};

pub(in crate::mtaconf) static HK002: Rule = Rule {
    id: "HK002",
    title: "Relay list too wide",
    title_zh: "中继列表过宽",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "`relay` is active, acl is not false (default true), relay_acl_allow on the \
          breadth scale (an entry without /n is one host); everybody is critical and the \
          outcome is open.",
    why_zh: "启用了 `relay`，acl 不为 false（默认 true），relay_acl_allow 按网段宽度分级（不带 /n \
             的条目是单台主机）；若为所有人则是 critical，结果为 open。",
    seen: Some("250 from there."),
    seen_zh: Some("从该网段得到 250。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄网段。",
    remedies: &[],
    references: &["Haraka plugin documentation: relay"],
};

pub(in crate::mtaconf) static HK003: Rule = Rule {
    id: "HK003",
    title: "Every domain is local",
    title_zh: "所有域都是本地域",
    severity: Severity::High,
    other_severities: &[],
    why: "rcpt_to.in_host_list is active and host_list_regex fits any domain (expressions \
          are anchored). Outcome accepts-foreign.",
    why_zh: "启用了 rcpt_to.in_host_list，且 host_list_regex 匹配任何域（表达式按整串匹配）。结果\
             为 accepts-foreign。",
    seen: Some("250 for foreign domains."),
    seen_zh: Some("对外部域得到 250。"),
    remedy: "List the domains.",
    remedy_zh: "列出具体的域。",
    remedies: &[],
    references: &["Haraka plugin documentation: rcpt_to.in_host_list"],
};

pub(in crate::mtaconf) static HK004: Rule = Rule {
    id: "HK004",
    title: "Local domain is foreign",
    title_zh: "本地域含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "host_list entry outside the own domains.",
    why_zh: "host_list 中有不属于自有域的条目。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove.",
    remedy_zh: "移除。",
    remedies: &[],
    references: &["Haraka plugin documentation"],
};

pub(in crate::mtaconf) static HK005: Rule = Rule {
    id: "HK005",
    title: "Destination accepted for relay is foreign",
    title_zh: "允许中继的目标含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "dest_domains=true and relay_dest_domains.ini has action accept or continue for \
          a foreign domain: it also sets relaying for the rest of the connection.",
    why_zh: "dest_domains=true，且 relay_dest_domains.ini 对某个外部域的动作是 accept 或 \
             continue：它还会让该连接后续的邮件都获准中继。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove.",
    remedy_zh: "移除。",
    remedies: &[],
    references: &["Haraka plugin documentation: relay"],
};

pub(in crate::mtaconf) static HK006: Rule = Rule {
    id: "HK006",
    title: "Proxy protocol from too many hosts",
    title_zh: "过多主机可使用 PROXY 协议",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "connection.ini [haproxy] hosts[] (2.x: haproxy_hosts) on the breadth scale. An \
          IPv6 entry without /n means /64.",
    why_zh: "connection.ini 的 [haproxy] hosts[]（2.x：haproxy_hosts）按网段宽度分级。不带 /n 的 \
             IPv6 条目等于 /64。",
    seen: Some("250 after a PROXY line with a trusted address."),
    seen_zh: Some("发送写有受信任地址的 PROXY 行之后得到 250。"),
    remedy: "List the proxies.",
    remedy_zh: "只列出代理。",
    remedies: &[],
    references: &["Haraka HAProxy documentation"],
};

pub(in crate::mtaconf) static HK007: Rule = Rule {
    id: "HK007",
    title: "XCLIENT hosts",
    title_zh: "XCLIENT 主机",
    severity: Severity::Info,
    other_severities: &[],
    why: "xclient is active: list the hosts of xclient.hosts (exact addresses only, \
          loopback always).",
    why_zh: "启用了 xclient：列出 xclient.hosts 中的主机（只支持确切地址，回环地址始终有效）。",
    seen: Some("XCLIENT in EHLO."),
    seen_zh: Some("EHLO 中有 XCLIENT。"),
    remedy: "Check the list.",
    remedy_zh: "核对该列表。",
    remedies: &[],
    references: &["Haraka plugin documentation: xclient"],
};

pub(in crate::mtaconf) static HK008: Rule = Rule {
    id: "HK008",
    title: "File without its plugin",
    title_zh: "有文件而插件未启用",
    severity: Severity::Info,
    other_severities: &[],
    why: "relay_acl_allow, relay.ini, host_list... exist but the plugin is not active: no effect.",
    why_zh: "relay_acl_allow、relay.ini、host_list... 存在，但对应插件未启用：不起作用。",
    seen: None,
    seen_zh: None,
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "若本意如此，无需处理。",
    remedies: &[],
    references: &["Haraka plugin documentation"],
};

pub(in crate::mtaconf) static HK009: Rule = Rule {
    id: "HK009",
    title: "No recipient plugin",
    title_zh: "没有收件人插件",
    severity: Severity::Info,
    other_severities: &[],
    why: "No rcpt_to.* and no relay: every RCPT is refused with \"I cannot deliver mail for\".",
    why_zh: "没有 rcpt_to.*，也没有 relay：每个 RCPT 都被拒绝，答复“I cannot deliver mail for”。",
    seen: Some("550."),
    seen_zh: Some("得到 550。"),
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "若本意如此，无需处理。",
    remedies: &[],
    references: &["Haraka plugin documentation"],
};
