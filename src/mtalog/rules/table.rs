//! The catalogue of the log audit: every rule with its condition, guards and remedy.
//!
//! Thresholds stand in `settings`; the numbers in the texts are their defaults. The functions that raise the rules
//! stand beside it, by what they look at.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub static RULES: &[&Rule] = &[
    &LG001, &LG002, &LG003, &LG010, &LG011, &LG012, &LG020, &LG021, &LG022, &LG023, &LG024, &LG025,
    &LG026, &LG030, &LG031, &LG032, &LG033, &LG040, &LG041, &LG042, &LG043, &LG044, &LG045, &LG050,
    &LG051, &LG053, &LG054, &LG055, &LG056, &LG060, &LG061, &LG062, &LG070,
];

pub(in crate::mtalog) static LG001: Rule = Rule {
    id: "LG001",
    title: "Mail of an outsider was relayed",
    severity: Severity::Critical,
    other_severities: &[],
    why: "At least one recipient: message from an outsider, original recipient foreign, \
          final status sent by a remote agent. One finding per client address; count = \
          recipients delivered.",
    seen: None,
    remedy: "Close the relay (see `relaycheck config`), clear the queue, ask for delisting.",
    remedy_zh: "外部未认证客户端的邮件已被转发：立即关闭转发、清理队列并申请移出黑名单。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG002: Rule = Rule {
    id: "LG002",
    title: "Mail of an outsider was accepted for relaying",
    severity: Severity::High,
    other_severities: &[],
    why: "As LG001, but for this client no recipient was delivered: only queued, \
          deferred, bounced, expired, or the log format shows acceptance only. Count = \
          recipients accepted.",
    seen: None,
    remedy: "As LG001.",
    remedy_zh: "外部未认证客户端的转发邮件已被接收：同上处理。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG003: Rule = Rule {
    id: "LG003",
    title: "Relayed mail carries own senders only",
    severity: Severity::High,
    other_severities: &[],
    why: "Client with at least three recipients under LG001 or LG002 and every one with \
          an own-domain sender.",
    seen: None,
    remedy: "Remove sender-based permissions (check_sender_access, relay_local_from, senders =).",
    remedy_zh: "仅自有域发件人被放行：检查按发件人授权的规则。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG010: Rule = Rule {
    id: "LG010",
    title: "Persistent relay attempts from one source",
    severity: Severity::Medium,
    other_severities: &[],
    why: "10 or more refused relay attempts from one source (IPv4 address, IPv6 /64) in \
          any 60 minutes. Count = all of that source.",
    seen: None,
    remedy: "Nothing is open; consider blocking the source.",
    remedy_zh: "同一来源反复尝试转发（均被拒绝）：可考虑封禁。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG011: Rule = Rule {
    id: "LG011",
    title: "Distributed relay probing",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Within 24 hours refused relay attempts from 10 or more networks (/24, /48) that \
          share the recipient, or else the non-null sender, or else the HELO name. Report \
          one finding, the first of these keys that fits.",
    seen: None,
    remedy: "As LG010; make sure the shared recipient is refused everywhere.",
    remedy_zh: "多网段协同试探转发：确认全部被拒绝。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG012: Rule = Rule {
    id: "LG012",
    title: "Refused first, relayed later",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A source with a refused relay attempt has an LG001 or LG002 event within the \
          following 24 hours.",
    seen: None,
    remedy: "Find what changed between the two times.",
    remedy_zh: "先拒后放：核查期间的配置变更。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG020: Rule = Rule {
    id: "LG020",
    title: "Trusted client sends far more than usual",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Client in a trusted network, without login: 200 or more foreign recipients in \
          any 60 minutes; if it is active in three or more other hours, also at least \
          five times the median of those.",
    seen: None,
    remedy: "Look for a compromised host or device; use logins.",
    remedy_zh: "可信主机外发量异常：检查是否被入侵。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG021: Rule = Rule {
    id: "LG021",
    title: "Account sends far more than usual",
    severity: Severity::High,
    other_severities: &[],
    why: "Login: 100 or more foreign recipients in any 60 minutes, with the same five-fold test.",
    seen: None,
    remedy: "Lock the account, change the password, limit rates.",
    remedy_zh: "账号外发量异常：锁定账号并修改口令。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG022: Rule = Rule {
    id: "LG022",
    title: "One account from many networks",
    severity: Severity::High,
    other_severities: &[],
    why: "Successful logins or messages of one account from 5 or more networks (/24, /48) \
          in 24 hours, or 3 or more wide networks (/16, /32) in 60 minutes; with a \
          geography table given: 3 or more countries in 24 hours.",
    seen: None,
    remedy: "As LG021.",
    remedy_zh: "同一账号从多个网络登录：按被盗处理。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG023: Rule = Rule {
    id: "LG023",
    title: "Password guessing",
    severity: Severity::Medium,
    other_severities: &[],
    why: "20 or more failed logins from one source in 10 minutes, or 10 or more account \
          names from one source in 60 minutes.",
    seen: None,
    remedy: "Block the source, add rate limits.",
    remedy_zh: "口令猜测：封禁来源并限速。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG024: Rule = Rule {
    id: "LG024",
    title: "Guessing succeeded",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "A login succeeds from a source that had 10 or more failures in the 60 minutes \
          before, for the same name where names are logged.",
    seen: None,
    remedy: "Lock the account.",
    remedy_zh: "猜测后登录成功：锁定账号。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG025: Rule = Rule {
    id: "LG025",
    title: "Account sends with foreign senders",
    severity: Severity::High,
    other_severities: &[],
    why: "One login uses 3 or more foreign sender domains in 60 minutes with 10 or more messages.",
    seen: None,
    remedy: "Bind logins to senders.",
    remedy_zh: "账号使用多个外部发件域：绑定发件人。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG026: Rule = Rule {
    id: "LG026",
    title: "Account attacked from many networks",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Failures for one name from 10 or more networks in 60 minutes.",
    seen: None,
    remedy: "Strong passwords, a second factor.",
    remedy_zh: "账号遭分布式猜测：加强口令与二次验证。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG030: Rule = Rule {
    id: "LG030",
    title: "Bounces leave in numbers",
    severity: Severity::Medium,
    other_severities: &[],
    why: "50 or more notifications made here go to foreign addresses in any 60 minutes.",
    seen: None,
    remedy: "Refuse unknown recipients at RCPT.",
    remedy_zh: "大量退信外发：在 RCPT 阶段拒绝未知收件人。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG031: Rule = Rule {
    id: "LG031",
    title: "Flood of foreign bounces",
    severity: Severity::Medium,
    other_severities: &[],
    why: "100 or more recipients with the null sender from outsiders in any 60 minutes, \
          accepted or refused as unknown.",
    seen: None,
    remedy: "Publish SPF and DMARC, tag bounces.",
    remedy_zh: "大量外来退信（冒名）：发布 SPF/DMARC。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG032: Rule = Rule {
    id: "LG032",
    title: "Sender with many dead recipients",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Client or login with 50 or more foreign recipients in 24 hours, 30 % or more \
          refused for good.",
    seen: None,
    remedy: "As LG021.",
    remedy_zh: "收件人失败率高：按滥发处理。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG033: Rule = Rule {
    id: "LG033",
    title: "Others refuse us by reputation",
    severity: Severity::Medium,
    other_severities: &[],
    why: "5 or more refusals or deferrals in 24 hours, from 2 or more next hops, whose \
          text speaks of a block list, listing or reputation.",
    seen: None,
    remedy: "Find the source of the spam, then ask for delisting.",
    remedy_zh: "被对方按信誉拒收：找出滥发源并申请移出。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG040: Rule = Rule {
    id: "LG040",
    title: "Address harvesting",
    severity: Severity::Low,
    other_severities: &[],
    why: "20 or more unknown-user refusals of one source in 10 minutes.",
    seen: None,
    remedy: "Rate limits.",
    remedy_zh: "收件人枚举：限速。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG041: Rule = Rule {
    id: "LG041",
    title: "Outsiders use own senders to own recipients",
    severity: Severity::Low,
    other_severities: &[],
    why: "10 or more accepted messages in 24 hours from one outsider source with an own \
          sender to own recipients.",
    seen: None,
    remedy: "Refuse own senders without login \
             (reject_unauthenticated_sender_login_mismatch, SPF).",
    remedy_zh: "外部冒用自有发件人：启用校验。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG042: Rule = Rule {
    id: "LG042",
    title: "HELO with the name of the server",
    severity: Severity::Low,
    other_severities: &[],
    why: "5 or more connections of a source in 24 hours whose HELO is the own host name, \
          an own address or localhost.",
    seen: None,
    remedy: "Refuse such HELO names.",
    remedy_zh: "冒用本机 HELO：拒绝。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG043: Rule = Rule {
    id: "LG043",
    title: "Unknown sources of the day",
    severity: Severity::Info,
    other_severities: &[],
    why: "Top client addresses without login outside the trusted networks, by accepted \
          messages, with reverse name and first time seen.",
    seen: None,
    remedy: "Know your peers.",
    remedy_zh: "未知来源统计。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG044: Rule = Rule {
    id: "LG044",
    title: "Much mail from clients without a name",
    severity: Severity::Low,
    other_severities: &[],
    why: "50 or more accepted messages in 60 minutes from one source without verified \
          reverse name.",
    seen: None,
    remedy: "reject_unknown_reverse_client_hostname.",
    remedy_zh: "无反向解析来源大量投递：考虑拒绝。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG045: Rule = Rule {
    id: "LG045",
    title: "Many unknown sender domains",
    severity: Severity::Low,
    other_severities: &[],
    why: "20 or more refusals of one source in 60 minutes because the sender domain does \
          not exist.",
    seen: None,
    remedy: "Block the source.",
    remedy_zh: "大量未知发件域：封禁来源。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG050: Rule = Rule {
    id: "LG050",
    title: "Routed recipient was accepted",
    severity: Severity::High,
    other_severities: &[],
    why: "An outsider's recipient with %, !, a second @, a leading route (@a:) or a \
          quoted @ was accepted and is not own after unwrapping.",
    seen: None,
    remedy: "Switch source routing off.",
    remedy_zh: "带路由的收件人被接收：关闭源路由。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG051: Rule = Rule {
    id: "LG051",
    title: "Routed recipients were tried",
    severity: Severity::Low,
    other_severities: &[],
    why: "3 or more refusals of such addresses from one source in 24 hours.",
    seen: None,
    remedy: "None needed.",
    remedy_zh: "尝试源路由（已拒绝）。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG053: Rule = Rule {
    id: "LG053",
    title: "The refusal only warns",
    severity: Severity::High,
    other_severities: &[],
    why: "Postfix reject_warning lines about \"Relay access denied\" from outsiders.",
    seen: None,
    remedy: "Remove warn_if_reject.",
    remedy_zh: "拒绝仅为警告：删除 warn_if_reject。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG054: Rule = Rule {
    id: "LG054",
    title: "The old default let relay mail through",
    severity: Severity::Critical,
    other_severities: &[Severity::Info],
    why: "Postfix lines: using backwards-compatible default setting \
          \"smtpd_relay_restrictions = (empty)\" to avoid \"Relay access denied\" for a \
          client that is an outsider.",
    seen: None,
    remedy: "Set smtpd_relay_restrictions and compatibility_level.",
    remedy_zh: "依赖旧默认值放行转发：设置转发限制与 compatibility_level。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG055: Rule = Rule {
    id: "LG055",
    title: "The service reports a broken configuration",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Postfix: fatal ... specify at least one working instance, unknown smtpd \
          restriction, Server configuration error, bad command startup; Exim: \
          configuration error; sendmail: readcf errors.",
    seen: None,
    remedy: "Correct the configuration.",
    remedy_zh: "服务报告配置错误：修正。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG056: Rule = Rule {
    id: "LG056",
    title: "Strangers get the right to name any recipient",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Exchange receive log: the first \"Set Session Permissions\" of a connection \
          from an outsider holds SMTPAcceptAnyRecipient before any login. One finding per \
          connector; count = connections.",
    seen: None,
    remedy: "Take the right from the connector or narrow its ranges.",
    remedy_zh: "匿名连接拥有任意收件人权限：收回权限。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG060: Rule = Rule {
    id: "LG060",
    title: "Gap in the log",
    severity: Severity::Info,
    other_severities: &[],
    why: "No line for more than two hours in a log that otherwise has one at least every \
          ten minutes (median).",
    seen: None,
    remedy: "Keep logs complete.",
    remedy_zh: "日志有空缺。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG061: Rule = Rule {
    id: "LG061",
    title: "Lines were not understood",
    severity: Severity::Info,
    other_severities: &[],
    why: "More than 10 % of the lines, or any line of the mail service that looks like a \
          delivery or a refusal.",
    seen: None,
    remedy: "Report the format.",
    remedy_zh: "部分日志行无法识别。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG062: Rule = Rule {
    id: "LG062",
    title: "Time runs backwards",
    severity: Severity::Info,
    other_severities: &[],
    why: "A line more than five minutes older than the one before (not at the change to \
          winter time).",
    seen: None,
    remedy: "Check the clock.",
    remedy_zh: "时间倒退。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG070: Rule = Rule {
    id: "LG070",
    title: "Mass forwarding to one outside address",
    severity: Severity::Medium,
    other_severities: &[],
    why: "100 or more messages in 24 hours for own recipients are forwarded to the same \
          foreign address.",
    seen: None,
    remedy: "Check who set the forward.",
    remedy_zh: "大量转发到同一外部地址：核查。",
    remedies: &[],
    references: &[],
};
