//! The rules for OpenSMTPD: what is looked for, how bad it is, and which line to change.
//!
//! References: smtpd.conf(5), table(5).

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &OS001, &OS002, &OS003, &OS010, &OS011, &OS012, &OS013, &OS014, &OS015, &OS016, &OS017, &OS018,
    &OS019, &OS021,
];

pub(in crate::mtaconf) static OS001: Rule = Rule {
    id: "OS001",
    title: "An outsider may relay to any destination",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The first rule that fits (not local, not authenticated, any sender, foreign \
          domain) has a relay action.",
    seen: Some("250."),
    remedy: "Require `auth`, or limit `from`.",
    remedy_zh: "外部任意来源可转发：规则加 auth 或限制 from。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS002: Rule = Rule {
    id: "OS002",
    title: "An outsider may relay by choosing sender or HELO",
    severity: Severity::High,
    other_severities: &[],
    why: "As OS001, only with a free-to-choose mail-from or helo.",
    seen: Some("250 with that value."),
    remedy: "Require auth.",
    remedy_zh: "凭发件人/HELO 可转发：改为 auth。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS003: Rule = Rule {
    id: "OS003",
    title: "Decision not visible",
    severity: Severity::Info,
    other_severities: &[],
    why: "A table of type db, sqlite, ldap, ..., or an include that was not handed in; \
          also filters (they can only refuse).",
    seen: None,
    remedy: "Hand it in.",
    remedy_zh: "依赖外部表，无法判定。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS010: Rule = Rule {
    id: "OS010",
    title: "Rule without source or login condition",
    severity: Severity::Critical,
    other_severities: &[],
    why: "`match from any [for any] ... action RELAY` (old grammar: `accept from any for \
          any relay`) that is reached and effective.",
    seen: Some("250."),
    remedy: "As OS001.",
    remedy_zh: "规则未限制来源与认证：补充条件。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS011: Rule = Rule {
    id: "OS011",
    title: "Source network too wide",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "`from src` with a table or network: everybody is critical (and OS001), else the \
          breadth scale.",
    seen: Some("250 from there."),
    remedy: "Narrow it.",
    remedy_zh: "from src 网段过宽：收窄。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS012: Rule = Rule {
    id: "OS012",
    title: "Rule by sender or HELO only",
    severity: Severity::High,
    other_severities: &[],
    why: "`mail-from`, `from mail-from` or `helo` is the only positive condition of a \
          relay rule open to any source.",
    seen: Some("250."),
    remedy: "Add auth.",
    remedy_zh: "仅按发件人/HELO 转发：增加 auth。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS013: Rule = Rule {
    id: "OS013",
    title: "Rule by reverse DNS",
    severity: Severity::Critical,
    other_severities: &[Severity::Medium],
    why: "`from rdns` with no name or a pattern that fits all is critical (and OS001); \
          with a name medium.",
    seen: Some("250 from any host with a reverse name."),
    remedy: "Use addresses or auth.",
    remedy_zh: "按反向 DNS 放行：改用地址或认证。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS014: Rule = Rule {
    id: "OS014",
    title: "Negated source",
    severity: Severity::Critical,
    other_severities: &[],
    why: "`!from src`, `!from rdns` or similar in a relay rule for any: all others relay.",
    seen: Some("250."),
    remedy: "State who may relay, not who may not.",
    remedy_zh: "使用否定来源等于全部放行：改为正向列出。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS015: Rule = Rule {
    id: "OS015",
    title: "Destination pattern fits everything",
    severity: Severity::Critical,
    other_severities: &[Severity::High],
    why: "`for domain` or `for rcpt-to` with `*`, a regular expression or a table that \
          fits any domain (critical, and OS001); a top-level pattern such as `*.net` \
          (high), in a relay rule open to any source.",
    seen: Some("250."),
    remedy: "List the domains.",
    remedy_zh: "目标域模式匹配一切：改为明确域名。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS016: Rule = Rule {
    id: "OS016",
    title: "Reject rule that is never reached",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A reject whose conditions are all covered by an accepting rule before it.",
    seen: Some("250 where a refusal was meant."),
    remedy: "Move it up.",
    remedy_zh: "拒绝规则排在放行之后而失效：上移。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS017: Rule = Rule {
    id: "OS017",
    title: "proxy-v2 on a public listener",
    severity: Severity::High,
    other_severities: &[],
    why: "`proxy-v2` on a listener that is not loopback: the peer states the client address.",
    seen: Some("250 after a PROXY v2 header."),
    remedy: "Bind it to the proxy network.",
    remedy_zh: "公网监听启用 proxy-v2：仅绑定代理网络。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS018: Rule = Rule {
    id: "OS018",
    title: "Catch-all to the outside",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A virtual table with `@` or `@domain` leading outside.",
    seen: Some("250 for any user."),
    remedy: "List the users.",
    remedy_zh: "虚拟表整域外转：逐个列出。",
    remedies: &[],
    references: &["table(5)"],
};

pub(in crate::mtaconf) static OS019: Rule = Rule {
    id: "OS019",
    title: "Grammar from before 6.4",
    severity: Severity::Info,
    other_severities: &[],
    why: "accept/reject rules. Judged by the same ids.",
    seen: None,
    remedy: "Migrate.",
    remedy_zh: "旧语法：请迁移。",
    remedies: &[],
    references: &["smtpd.conf(5) of 6.0"],
};

pub(in crate::mtaconf) static OS021: Rule = Rule {
    id: "OS021",
    title: "Domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A domain of a local action or a relay rule open to any source is not an own domain.",
    seen: Some("250."),
    remedy: "Remove or confirm.",
    remedy_zh: "规则含非自有域：确认或移除。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};
