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
    title_zh: "外部客户端的邮件已被中继",
    severity: Severity::Critical,
    other_severities: &[],
    why: "At least one recipient: message from an outsider, original recipient foreign, \
          final status sent by a remote agent. One finding per client address; count = \
          recipients delivered.",
    why_zh: "至少有一个收件人：邮件来自外部客户端，原始收件人属于外部域，最终状态由远程投递代理给\
             出“已发出”。每个客户端地址报告一条；计数 = 已投递的收件人数。",
    seen: None,
    seen_zh: None,
    remedy: "Close the relay (see `relaycheck config`), clear the queue, ask for delisting.",
    remedy_zh: "关闭中继（见 `relaycheck config`），清空队列，申请从黑名单移出。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG002: Rule = Rule {
    id: "LG002",
    title: "Mail of an outsider was accepted for relaying",
    title_zh: "外部客户端的邮件已被接收待中继",
    severity: Severity::High,
    other_severities: &[],
    why: "As LG001, but for this client no recipient was delivered: only queued, \
          deferred, bounced, expired, or the log format shows acceptance only. Count = \
          recipients accepted.",
    why_zh: "同 LG001，但该客户端没有任何收件人被投递：只是入队、延迟、退回、过期，或该日志格式只\
             显示接收。计数 = 已接收的收件人数。",
    seen: None,
    seen_zh: None,
    remedy: "As LG001.",
    remedy_zh: "同 LG001。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG003: Rule = Rule {
    id: "LG003",
    title: "Relayed mail carries own senders only",
    title_zh: "被中继的邮件只用自有域发件人",
    severity: Severity::High,
    other_severities: &[],
    why: "Client with at least three recipients under LG001 or LG002 and every one with \
          an own-domain sender.",
    why_zh: "某客户端在 LG001 或 LG002 下至少有三个收件人，而且每一个的发件人都属于自有域。",
    seen: None,
    seen_zh: None,
    remedy: "Remove sender-based permissions (check_sender_access, relay_local_from, senders =).",
    remedy_zh: "取消按发件人放行的规则（check_sender_access、relay_local_from、senders =）。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG010: Rule = Rule {
    id: "LG010",
    title: "Persistent relay attempts from one source",
    title_zh: "同一来源持续尝试中继",
    severity: Severity::Medium,
    other_severities: &[],
    why: "10 or more refused relay attempts from one source (IPv4 address, IPv6 /64) in \
          any 60 minutes. Count = all of that source.",
    why_zh: "任意 60 分钟内，同一来源（IPv4 地址、IPv6 /64）有 10 次或更多被拒的中继尝试。计数 = \
             该来源的全部次数。",
    seen: None,
    seen_zh: None,
    remedy: "Nothing is open; consider blocking the source.",
    remedy_zh: "没有敞开之处；可考虑封禁该来源。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG011: Rule = Rule {
    id: "LG011",
    title: "Distributed relay probing",
    title_zh: "分布式中继试探",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Within 24 hours refused relay attempts from 10 or more networks (/24, /48) that \
          share the recipient, or else the non-null sender, or else the HELO name. Report \
          one finding, the first of these keys that fits.",
    why_zh: "24 小时内，来自 10 个或更多网络（/24、/48）的被拒中继尝试具有相同的收件人，否则相同的\
             非空发件人，否则相同的 HELO 名称。只按最先符合的一项报告一条。",
    seen: None,
    seen_zh: None,
    remedy: "As LG010; make sure the shared recipient is refused everywhere.",
    remedy_zh: "同 LG010；并确认这个共同的收件人在各处都被拒绝。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG012: Rule = Rule {
    id: "LG012",
    title: "Refused first, relayed later",
    title_zh: "先被拒绝，后被中继",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A source with a refused relay attempt has an LG001 or LG002 event within the \
          following 24 hours.",
    why_zh: "某来源有过被拒的中继尝试，而在其后 24 小时内出现 LG001 或 LG002 事件。",
    seen: None,
    seen_zh: None,
    remedy: "Find what changed between the two times.",
    remedy_zh: "查明两个时刻之间改了什么。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG020: Rule = Rule {
    id: "LG020",
    title: "Trusted client sends far more than usual",
    title_zh: "受信任的客户端发信远超平常",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Client in a trusted network, without login: 200 or more foreign recipients in \
          any 60 minutes; if it is active in three or more other hours, also at least \
          five times the median of those.",
    why_zh: "受信任网络中的客户端，未登录：任意 60 分钟内有 200 个或更多外部收件人；若它在另外三个\
             或更多小时里也有活动，则还须至少达到那些小时中位数的五倍。",
    seen: None,
    seen_zh: None,
    remedy: "Look for a compromised host or device; use logins.",
    remedy_zh: "查找被入侵的主机或设备；改用身份验证。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG021: Rule = Rule {
    id: "LG021",
    title: "Account sends far more than usual",
    title_zh: "账号发信远超平常",
    severity: Severity::High,
    other_severities: &[],
    why: "Login: 100 or more foreign recipients in any 60 minutes, with the same five-fold test.",
    why_zh: "登录账号：任意 60 分钟内有 100 个或更多外部收件人，并同样要达到五倍。",
    seen: None,
    seen_zh: None,
    remedy: "Lock the account, change the password, limit rates.",
    remedy_zh: "锁定账号，修改口令，限制速率。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG022: Rule = Rule {
    id: "LG022",
    title: "One account from many networks",
    title_zh: "同一账号来自许多网络",
    severity: Severity::High,
    other_severities: &[],
    why: "Successful logins or messages of one account from 5 or more networks (/24, /48) \
          in 24 hours, or 3 or more wide networks (/16, /32) in 60 minutes; with a \
          geography table given: 3 or more countries in 24 hours.",
    why_zh: "同一账号在 24 小时内从 5 个或更多网络（/24、/48）成功登录或发信，或在 60 分钟内来自 \
             3 个或更多大网络（/16、/32）；给出地理表时：24 小时内来自 3 个或更多国家。",
    seen: None,
    seen_zh: None,
    remedy: "As LG021.",
    remedy_zh: "同 LG021。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG023: Rule = Rule {
    id: "LG023",
    title: "Password guessing",
    title_zh: "猜测口令",
    severity: Severity::Medium,
    other_severities: &[],
    why: "20 or more failed logins from one source in 10 minutes, or 10 or more account \
          names from one source in 60 minutes.",
    why_zh: "同一来源 10 分钟内登录失败 20 次或更多，或 60 分钟内尝试 10 个或更多账号名。",
    seen: None,
    seen_zh: None,
    remedy: "Block the source, add rate limits.",
    remedy_zh: "封禁来源，增加限速。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG024: Rule = Rule {
    id: "LG024",
    title: "Guessing succeeded",
    title_zh: "猜测成功",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "A login succeeds from a source that had 10 or more failures in the 60 minutes \
          before, for the same name where names are logged.",
    why_zh: "某来源在此前 60 分钟内登录失败 10 次或更多，随后登录成功；日志记有账号名时须为同一账\
             号。",
    seen: None,
    seen_zh: None,
    remedy: "Lock the account.",
    remedy_zh: "锁定账号。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG025: Rule = Rule {
    id: "LG025",
    title: "Account sends with foreign senders",
    title_zh: "账号使用外部发件人",
    severity: Severity::High,
    other_severities: &[],
    why: "One login uses 3 or more foreign sender domains in 60 minutes with 10 or more messages.",
    why_zh: "同一登录账号在 60 分钟内以 3 个或更多外部发件域发出 10 封或更多邮件。",
    seen: None,
    seen_zh: None,
    remedy: "Bind logins to senders.",
    remedy_zh: "将登录账号与发件人绑定。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG026: Rule = Rule {
    id: "LG026",
    title: "Account attacked from many networks",
    title_zh: "账号遭到许多网络攻击",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Failures for one name from 10 or more networks in 60 minutes.",
    why_zh: "60 分钟内，来自 10 个或更多网络的登录失败指向同一账号名。",
    seen: None,
    seen_zh: None,
    remedy: "Strong passwords, a second factor.",
    remedy_zh: "使用强口令和第二因素。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG030: Rule = Rule {
    id: "LG030",
    title: "Bounces leave in numbers",
    title_zh: "大量退信外发",
    severity: Severity::Medium,
    other_severities: &[],
    why: "50 or more notifications made here go to foreign addresses in any 60 minutes.",
    why_zh: "任意 60 分钟内，本机生成的投递通知有 50 封或更多发往外部地址。",
    seen: None,
    seen_zh: None,
    remedy: "Refuse unknown recipients at RCPT.",
    remedy_zh: "在 RCPT 阶段拒绝未知收件人。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG031: Rule = Rule {
    id: "LG031",
    title: "Flood of foreign bounces",
    title_zh: "外来退信泛滥",
    severity: Severity::Medium,
    other_severities: &[],
    why: "100 or more recipients with the null sender from outsiders in any 60 minutes, \
          accepted or refused as unknown.",
    why_zh: "任意 60 分钟内，来自外部客户端、使用空发件人的收件人有 100 个或更多，无论被接收还是因\
             用户不存在而被拒。",
    seen: None,
    seen_zh: None,
    remedy: "Publish SPF and DMARC, tag bounces.",
    remedy_zh: "发布 SPF 和 DMARC，给退信地址加标记。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG032: Rule = Rule {
    id: "LG032",
    title: "Sender with many dead recipients",
    title_zh: "发件人有许多无效收件人",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Client or login with 50 or more foreign recipients in 24 hours, 30 % or more \
          refused for good.",
    why_zh: "某客户端或登录账号在 24 小时内有 50 个或更多外部收件人，其中 30 % 或更多被永久拒绝。",
    seen: None,
    seen_zh: None,
    remedy: "As LG021.",
    remedy_zh: "同 LG021。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG033: Rule = Rule {
    id: "LG033",
    title: "Others refuse us by reputation",
    title_zh: "对方因信誉拒收我方",
    severity: Severity::Medium,
    other_severities: &[],
    why: "5 or more refusals or deferrals in 24 hours, from 2 or more next hops, whose \
          text speaks of a block list, listing or reputation.",
    why_zh: "24 小时内有 5 次或更多拒绝或延迟，来自 2 个或更多下一跳，其答复提到黑名单、被列入或信\
             誉。",
    seen: None,
    seen_zh: None,
    remedy: "Find the source of the spam, then ask for delisting.",
    remedy_zh: "找出垃圾邮件的源头，再申请移出黑名单。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG040: Rule = Rule {
    id: "LG040",
    title: "Address harvesting",
    title_zh: "收集地址",
    severity: Severity::Low,
    other_severities: &[],
    why: "20 or more unknown-user refusals of one source in 10 minutes.",
    why_zh: "同一来源 10 分钟内因用户不存在被拒 20 次或更多。",
    seen: None,
    seen_zh: None,
    remedy: "Rate limits.",
    remedy_zh: "限制速率。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG041: Rule = Rule {
    id: "LG041",
    title: "Outsiders use own senders to own recipients",
    title_zh: "外人冒用自有域发件人发给自有域收件人",
    severity: Severity::Low,
    other_severities: &[],
    why: "10 or more accepted messages in 24 hours from one outsider source with an own \
          sender to own recipients.",
    why_zh: "24 小时内，同一外部来源有 10 封或更多以自有域发件人发给自有域收件人的邮件被接收。",
    seen: None,
    seen_zh: None,
    remedy: "Refuse own senders without login \
             (reject_unauthenticated_sender_login_mismatch, SPF).",
    remedy_zh: "未登录者不得使用自有域发件人（reject_unauthenticated_sender_login_mismatch、\
                SPF）。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG042: Rule = Rule {
    id: "LG042",
    title: "HELO with the name of the server",
    title_zh: "HELO 冒用本服务器的名字",
    severity: Severity::Low,
    other_severities: &[],
    why: "5 or more connections of a source in 24 hours whose HELO is the own host name, \
          an own address or localhost.",
    why_zh: "某来源在 24 小时内有 5 次或更多连接的 HELO 是本机主机名、本机地址或 localhost。",
    seen: None,
    seen_zh: None,
    remedy: "Refuse such HELO names.",
    remedy_zh: "拒绝这类 HELO 名称。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG043: Rule = Rule {
    id: "LG043",
    title: "Unknown sources of the day",
    title_zh: "当日的未知来源",
    severity: Severity::Info,
    other_severities: &[],
    why: "Top client addresses without login outside the trusted networks, by accepted \
          messages, with reverse name and first time seen.",
    why_zh: "受信任网络之外、未登录的客户端地址，按被接收的邮件数列出前几名，附反向解析名和首次出\
             现时间。",
    seen: None,
    seen_zh: None,
    remedy: "Know your peers.",
    remedy_zh: "了解自己的往来对象。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG044: Rule = Rule {
    id: "LG044",
    title: "Much mail from clients without a name",
    title_zh: "无名客户端大量投递",
    severity: Severity::Low,
    other_severities: &[],
    why: "50 or more accepted messages in 60 minutes from one source without verified \
          reverse name.",
    why_zh: "60 分钟内，同一个没有可验证反向解析名的来源有 50 封或更多邮件被接收。",
    seen: None,
    seen_zh: None,
    remedy: "reject_unknown_reverse_client_hostname.",
    remedy_zh: "考虑 reject_unknown_reverse_client_hostname。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG045: Rule = Rule {
    id: "LG045",
    title: "Many unknown sender domains",
    title_zh: "许多不存在的发件域",
    severity: Severity::Low,
    other_severities: &[],
    why: "20 or more refusals of one source in 60 minutes because the sender domain does \
          not exist.",
    why_zh: "60 分钟内，同一来源因发件域不存在被拒 20 次或更多。",
    seen: None,
    seen_zh: None,
    remedy: "Block the source.",
    remedy_zh: "封禁该来源。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG050: Rule = Rule {
    id: "LG050",
    title: "Routed recipient was accepted",
    title_zh: "接收了带路由的收件人",
    severity: Severity::High,
    other_severities: &[],
    why: "An outsider's recipient with %, !, a second @, a leading route (@a:) or a \
          quoted @ was accepted and is not own after unwrapping.",
    why_zh: "外部客户端的收件人含 %、!、第二个 @、前置路由（@a:）或带引号的 @，被接收，且拆开后不\
             属于自有域。",
    seen: None,
    seen_zh: None,
    remedy: "Switch source routing off.",
    remedy_zh: "关闭源路由。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG051: Rule = Rule {
    id: "LG051",
    title: "Routed recipients were tried",
    title_zh: "有人尝试带路由的收件人",
    severity: Severity::Low,
    other_severities: &[],
    why: "3 or more refusals of such addresses from one source in 24 hours.",
    why_zh: "24 小时内，同一来源有 3 次或更多此类地址被拒。",
    seen: None,
    seen_zh: None,
    remedy: "None needed.",
    remedy_zh: "无需处理。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG053: Rule = Rule {
    id: "LG053",
    title: "The refusal only warns",
    title_zh: "拒绝只是警告",
    severity: Severity::High,
    other_severities: &[],
    why: "Postfix reject_warning lines about \"Relay access denied\" from outsiders.",
    why_zh: "Postfix 对外部客户端记录了关于“Relay access denied”的 reject_warning 行。",
    seen: None,
    seen_zh: None,
    remedy: "Remove warn_if_reject.",
    remedy_zh: "删除 warn_if_reject。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG054: Rule = Rule {
    id: "LG054",
    title: "The old default let relay mail through",
    title_zh: "旧默认值放行了中继邮件",
    severity: Severity::Critical,
    other_severities: &[Severity::Info],
    why: "Postfix lines: using backwards-compatible default setting \
          \"smtpd_relay_restrictions = (empty)\" to avoid \"Relay access denied\" for a \
          client that is an outsider.",
    why_zh: "对某个外部客户端，Postfix 记录了：using backwards-compatible default setting \
             \"smtpd_relay_restrictions = (empty)\" to avoid \"Relay access denied\"。",
    seen: None,
    seen_zh: None,
    remedy: "Set smtpd_relay_restrictions and compatibility_level.",
    remedy_zh: "设置 smtpd_relay_restrictions 和 compatibility_level。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG055: Rule = Rule {
    id: "LG055",
    title: "The service reports a broken configuration",
    title_zh: "服务报告配置有误",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Postfix: fatal ... specify at least one working instance, unknown smtpd \
          restriction, Server configuration error, bad command startup; Exim: \
          configuration error; sendmail: readcf errors.",
    why_zh: "Postfix：fatal ... specify at least one working instance、unknown smtpd restriction、\
             Server configuration error、bad command startup；Exim：configuration error；\
             sendmail：readcf 错误。",
    seen: None,
    seen_zh: None,
    remedy: "Correct the configuration.",
    remedy_zh: "修正配置。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG056: Rule = Rule {
    id: "LG056",
    title: "Strangers get the right to name any recipient",
    title_zh: "陌生人获得指定任意收件人的权限",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Exchange receive log: the first \"Set Session Permissions\" of a connection \
          from an outsider holds SMTPAcceptAnyRecipient before any login. One finding per \
          connector; count = connections.",
    why_zh: "Exchange 接收日志：来自外部客户端的连接，其第一条“Set Session Permissions”在任何登录\
             之前就含 SMTPAcceptAnyRecipient。每个连接器报告一条；计数 = 连接数。",
    seen: None,
    seen_zh: None,
    remedy: "Take the right from the connector or narrow its ranges.",
    remedy_zh: "从连接器上收回该权限，或收窄其地址范围。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG060: Rule = Rule {
    id: "LG060",
    title: "Gap in the log",
    title_zh: "日志有空缺",
    severity: Severity::Info,
    other_severities: &[],
    why: "No line for more than two hours in a log that otherwise has one at least every \
          ten minutes (median).",
    why_zh: "日志平时至少每十分钟有一行（中位数），却有超过两小时没有任何一行。",
    seen: None,
    seen_zh: None,
    remedy: "Keep logs complete.",
    remedy_zh: "保持日志完整。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG061: Rule = Rule {
    id: "LG061",
    title: "Lines were not understood",
    title_zh: "有些行无法识别",
    severity: Severity::Info,
    other_severities: &[],
    why: "More than 10 % of the lines, or any line of the mail service that looks like a \
          delivery or a refusal.",
    why_zh: "超过 10 % 的行，或任何一行看似投递或拒绝的邮件服务日志，未能识别。",
    seen: None,
    seen_zh: None,
    remedy: "Report the format.",
    remedy_zh: "反馈该格式。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG062: Rule = Rule {
    id: "LG062",
    title: "Time runs backwards",
    title_zh: "时间倒退",
    severity: Severity::Info,
    other_severities: &[],
    why: "A line more than five minutes older than the one before (not at the change to \
          winter time).",
    why_zh: "某一行比前一行早五分钟以上（不在换成冬令时的时刻）。",
    seen: None,
    seen_zh: None,
    remedy: "Check the clock.",
    remedy_zh: "检查时钟。",
    remedies: &[],
    references: &[],
};

pub(in crate::mtalog) static LG070: Rule = Rule {
    id: "LG070",
    title: "Mass forwarding to one outside address",
    title_zh: "大量转发到同一个外部地址",
    severity: Severity::Medium,
    other_severities: &[],
    why: "100 or more messages in 24 hours for own recipients are forwarded to the same \
          foreign address.",
    why_zh: "24 小时内，发给自有域收件人的邮件有 100 封或更多被转发到同一个外部地址。",
    seen: None,
    seen_zh: None,
    remedy: "Check who set the forward.",
    remedy_zh: "核查是谁设置的转发。",
    remedies: &[],
    references: &[],
};
