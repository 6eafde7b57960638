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
    title_zh: "外部客户端可中继到任意目标",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The first rule that fits (not local, not authenticated, any sender, foreign \
          domain) has a relay action.",
    why_zh: "最先匹配的规则（非本地、未登录、任意发件人、外部域）的动作是中继。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Require `auth`, or limit `from`.",
    remedy_zh: "要求 `auth`，或限制 `from`。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS002: Rule = Rule {
    id: "OS002",
    title: "An outsider may relay by choosing sender or HELO",
    title_zh: "外部客户端选对发件人或 HELO 即可中继",
    severity: Severity::High,
    other_severities: &[],
    why: "As OS001, only with a free-to-choose mail-from or helo.",
    why_zh: "同 OS001，但只有使用可任意选择的 mail-from 或 helo 时才成立。",
    seen: Some("250 with that value."),
    seen_zh: Some("使用该值即得到 250。"),
    remedy: "Require auth.",
    remedy_zh: "要求 auth。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS003: Rule = Rule {
    id: "OS003",
    title: "Decision not visible",
    title_zh: "看不到如何判定",
    severity: Severity::Info,
    other_severities: &[],
    why: "A table of type db, sqlite, ldap, ..., or an include that was not handed in; \
          also filters (they can only refuse).",
    why_zh: "使用了 db、sqlite、ldap、... 类型的表，或未提供的 include 文件；过滤器亦同（它们只能\
             拒绝）。",
    seen: None,
    seen_zh: None,
    remedy: "Hand it in.",
    remedy_zh: "提供这些内容。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS010: Rule = Rule {
    id: "OS010",
    title: "Rule without source or login condition",
    title_zh: "规则未限定来源，也未要求登录",
    severity: Severity::Critical,
    other_severities: &[],
    why: "`match from any [for any] ... action RELAY` (old grammar: `accept from any for \
          any relay`) that is reached and effective.",
    why_zh: "存在能够走到且生效的 `match from any [for any] ... action RELAY`（旧语法：`accept \
             from any for any relay`）。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "As OS001.",
    remedy_zh: "同 OS001。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS011: Rule = Rule {
    id: "OS011",
    title: "Source network too wide",
    title_zh: "来源网段过宽",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "`from src` with a table or network: everybody is critical (and OS001), else the \
          breadth scale.",
    why_zh: "带表或网段的 `from src`：若为所有人则是 critical（并报 OS001），否则按网段宽度分级。",
    seen: Some("250 from there."),
    seen_zh: Some("从该网段得到 250。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄网段。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS012: Rule = Rule {
    id: "OS012",
    title: "Rule by sender or HELO only",
    title_zh: "规则只看发件人或 HELO",
    severity: Severity::High,
    other_severities: &[],
    why: "`mail-from`, `from mail-from` or `helo` is the only positive condition of a \
          relay rule open to any source.",
    why_zh: "对任何来源开放的中继规则，其唯一的肯定条件是 `mail-from`、`from mail-from` 或 \
             `helo`。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Add auth.",
    remedy_zh: "加上 auth。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS013: Rule = Rule {
    id: "OS013",
    title: "Rule by reverse DNS",
    title_zh: "规则依据反向 DNS",
    severity: Severity::Critical,
    other_severities: &[Severity::Medium],
    why: "`from rdns` with no name or a pattern that fits all is critical (and OS001); \
          with a name medium.",
    why_zh: "`from rdns` 不带名称，或所带模式匹配一切时为 critical（并报 OS001）；带具体名称时为 \
             medium。",
    seen: Some("250 from any host with a reverse name."),
    seen_zh: Some("从任何有反向解析名的主机得到 250。"),
    remedy: "Use addresses or auth.",
    remedy_zh: "改用地址或 auth。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS014: Rule = Rule {
    id: "OS014",
    title: "Negated source",
    title_zh: "否定式来源",
    severity: Severity::Critical,
    other_severities: &[],
    why: "`!from src`, `!from rdns` or similar in a relay rule for any: all others relay.",
    why_zh: "面向任意目标的中继规则使用了 `!from src`、`!from rdns` 或类似写法：其余所有人都可中\
             继。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "State who may relay, not who may not.",
    remedy_zh: "写明谁可以中继，而不是谁不可以。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS015: Rule = Rule {
    id: "OS015",
    title: "Destination pattern fits everything",
    title_zh: "目标模式匹配一切",
    severity: Severity::Critical,
    other_severities: &[Severity::High],
    why: "`for domain` or `for rcpt-to` with `*`, a regular expression or a table that \
          fits any domain (critical, and OS001); a top-level pattern such as `*.net` \
          (high), in a relay rule open to any source.",
    why_zh: "在对任何来源开放的中继规则中，`for domain` 或 `for rcpt-to` 使用了 `*`、正则表达式或\
             能匹配任何域的表（critical，并报 OS001）；或使用了 `*.net` 之类的顶级域模式（high）。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "List the domains.",
    remedy_zh: "列出具体的域。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS016: Rule = Rule {
    id: "OS016",
    title: "Reject rule that is never reached",
    title_zh: "永远走不到的拒绝规则",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A reject whose conditions are all covered by an accepting rule before it.",
    why_zh: "某条 reject 的条件全部被它前面的放行规则覆盖。",
    seen: Some("250 where a refusal was meant."),
    seen_zh: Some("在本应拒绝之处得到 250。"),
    remedy: "Move it up.",
    remedy_zh: "上移。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS017: Rule = Rule {
    id: "OS017",
    title: "proxy-v2 on a public listener",
    title_zh: "公网监听口启用 proxy-v2",
    severity: Severity::High,
    other_severities: &[],
    why: "`proxy-v2` on a listener that is not loopback: the peer states the client address.",
    why_zh: "非回环的监听口启用了 `proxy-v2`：客户端地址由对端自己声明。",
    seen: Some("250 after a PROXY v2 header."),
    seen_zh: Some("发送 PROXY v2 头之后得到 250。"),
    remedy: "Bind it to the proxy network.",
    remedy_zh: "只绑定到代理网络。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};

pub(in crate::mtaconf) static OS018: Rule = Rule {
    id: "OS018",
    title: "Catch-all to the outside",
    title_zh: "全收 (catch-all) 转到外部",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A virtual table with `@` or `@domain` leading outside.",
    why_zh: "虚拟表中的 `@` 或 `@domain` 指向外部。",
    seen: Some("250 for any user."),
    seen_zh: Some("对任何用户都得到 250。"),
    remedy: "List the users.",
    remedy_zh: "逐个列出用户。",
    remedies: &[],
    references: &["table(5)"],
};

pub(in crate::mtaconf) static OS019: Rule = Rule {
    id: "OS019",
    title: "Grammar from before 6.4",
    title_zh: "6.4 之前的语法",
    severity: Severity::Info,
    other_severities: &[],
    why: "accept/reject rules. Judged by the same ids.",
    why_zh: "使用 accept/reject 规则。按同样的编号判定。",
    seen: None,
    seen_zh: None,
    remedy: "Migrate.",
    remedy_zh: "迁移到新语法。",
    remedies: &[],
    references: &["smtpd.conf(5) of 6.0"],
};

pub(in crate::mtaconf) static OS021: Rule = Rule {
    id: "OS021",
    title: "Domain is foreign",
    title_zh: "含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A domain of a local action or a relay rule open to any source is not an own domain.",
    why_zh: "本地投递动作的域，或对任何来源开放的中继规则中的域，不是自有域。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove or confirm.",
    remedy_zh: "移除或确认。",
    remedies: &[],
    references: &["smtpd.conf(5)"],
};
