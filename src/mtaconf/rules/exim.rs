//! The rules for Exim: what is looked for, how bad it is, and which line to change.
//!
//! References: the Exim specification, README.Debian.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &EX001, &EX002, &EX003, &EX004, &EX010, &EX011, &EX012, &EX013, &EX014, &EX015, &EX016, &EX017,
    &EX018, &EX019, &EX020, &EX021, &EX022, &EX023, &EX024, &EX025, &EX026, &EX027, &EX029, &EX031,
];

pub(in crate::mtaconf) static EX001: Rule = Rule {
    id: "EX001",
    title: "An outsider may relay to any destination",
    title_zh: "外部客户端可中继到任意目标",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The RCPT ACL, evaluated for an outsider and a domain that is in no list, ends in accept.",
    why_zh: "以外部客户端和不在任何列表中的域来推演 RCPT 的 ACL，结果是 accept。",
    seen: Some("250 Accepted for a foreign domain."),
    seen_zh: Some("对外部域答复 250 Accepted。"),
    remedy: "Restore the order: trusted hosts, login, then `require domains = \
             +local_domains : +relay_to_domains`.",
    remedy_zh: "恢复顺序：先是受信任的主机，再是身份验证，然后是 `require domains = \
                +local_domains : +relay_to_domains`。",
    remedies: &[],
    references: &["Exim specification \"Access control lists\""],
};

pub(in crate::mtaconf) static EX002: Rule = Rule {
    id: "EX002",
    title: "An outsider may relay by choosing sender, HELO or credentials",
    title_zh: "外部客户端选对发件人、HELO 或凭据即可中继",
    severity: Severity::High,
    other_severities: &[],
    why: "As EX001, but only with a sender, HELO name or made-up login of the client's choice.",
    why_zh: "同 EX001，但只有当客户端使用特定的、可任意选择的发件人、HELO 名称或编造的登录信息时才\
             成立。",
    seen: Some("250 only with that value."),
    seen_zh: Some("只有使用该值时才得到 250。"),
    remedy: "Authorise by host or real login.",
    remedy_zh: "按主机或真实的身份验证授权。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX003: Rule = Rule {
    id: "EX003",
    title: "Decision not visible",
    title_zh: "看不到如何判定",
    severity: Severity::Info,
    other_severities: &[],
    why: "The evaluation needs a lookup, a ${...} expansion, a perl or dynamic function \
          or an .include that cannot be read. Also when acl_smtp_rcpt itself is an \
          expansion.",
    why_zh: "推演需要读取不到的查询、${...} 展开、perl 或动态函数，或 .include 文件。\
             acl_smtp_rcpt 本身是展开式时也属此类。",
    seen: None,
    seen_zh: None,
    remedy: "Hand in the missing files; probe.",
    remedy_zh: "提供缺失的文件；并实际探测。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX004: Rule = Rule {
    id: "EX004",
    title: "acl_smtp_rcpt is not set",
    title_zh: "未设置 acl_smtp_rcpt",
    severity: Severity::Medium,
    other_severities: &[],
    why: "No acl_smtp_rcpt: the default for this ACL is deny, so nothing is received over SMTP.",
    why_zh: "没有 acl_smtp_rcpt：此 ACL 的默认动作是 deny，因此通过 SMTP 什么也收不到。",
    seen: Some("550 for every RCPT."),
    seen_zh: Some("每个 RCPT 都得到 550。"),
    remedy: "Set acl_smtp_rcpt.",
    remedy_zh: "设置 acl_smtp_rcpt。",
    remedies: &[],
    references: &["Exim specification \"What to do when an ACL is not defined\""],
};

pub(in crate::mtaconf) static EX010: Rule = Rule {
    id: "EX010",
    title: "Unconditional accept before the relay check",
    title_zh: "中继检查之前有无条件的 accept",
    severity: Severity::Critical,
    other_severities: &[],
    why: "An accept that an outsider reaches and that has no condition other than ones \
          that hold for everybody (verify = recipient, verify = sender, hosts = *, \
          domains = *, condition = true), with no require or deny on domains before it.",
    why_zh: "外部客户端能走到某条 accept，而它只带人人都满足的条件（verify = recipient、verify = \
             sender、hosts = *、domains = *、condition = true），其前面又没有针对域的 require 或 \
             deny。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Insert the domain test before it.",
    remedy_zh: "在它前面加入域检查。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX011: Rule = Rule {
    id: "EX011",
    title: "Relay hosts are everybody",
    title_zh: "中继主机为所有人",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The host list of an accept that authorises relaying (usually relay_from_hosts; \
          MAIN_RELAY_NETS or dc_relay_nets on Debian) contains `*`, 0.0.0.0/0, ::/0, \
          networks that together cover everything, or ends in a negated item (then \
          everything not named matches).",
    why_zh: "授权中继的 accept 所用的主机列表（通常是 relay_from_hosts；Debian 上为 \
             MAIN_RELAY_NETS 或 dc_relay_nets）含有 `*`、0.0.0.0/0、::/0 或合起来覆盖一切的网段，\
             或者以否定项结尾（此时凡未列出的都匹配）。",
    seen: Some("250 from anywhere."),
    seen_zh: Some("从任何地方都得到 250。"),
    remedy: "List your networks; end lists with a positive item.",
    remedy_zh: "列出自己的网段；列表以肯定项结尾。",
    remedies: &[],
    references: &[
        "Exim specification \"Domain, host, address, and local part lists\"",
        "README.Debian",
    ],
};

pub(in crate::mtaconf) static EX012: Rule = Rule {
    id: "EX012",
    title: "Relay hosts too wide",
    title_zh: "中继主机的网段过宽",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "The list holds a wide public range: IPv4 /15 or shorter or IPv6 /31 or shorter \
          is high, down to /23 and /47 medium.",
    why_zh: "列表含有很宽的公网网段：IPv4 为 /15 或更短、IPv6 为 /31 或更短时是 high，短至 /23 和 \
             /47 时是 medium。",
    seen: Some("250 from that range."),
    seen_zh: Some("从该网段得到 250。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄网段。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX013: Rule = Rule {
    id: "EX013",
    title: "Relay hosts by name",
    title_zh: "按名称指定中继主机",
    severity: Severity::Low,
    other_severities: &[Severity::High],
    why: "Host names or *.name in the list; high for *.tld. Unresolvable names make the \
          whole list fail.",
    why_zh: "列表中有主机名或 *.name；若为 *.tld 则是 high。无法解析的名称会使整个列表查询失败。",
    seen: Some("250 from such hosts."),
    seen_zh: Some("从这类主机得到 250。"),
    remedy: "Use addresses.",
    remedy_zh: "改用地址。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX014: Rule = Rule {
    id: "EX014",
    title: "Relay domains are every domain",
    title_zh: "中继域为所有域",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The domain list that authorises (usually relay_to_domains, dc_relay_domains) \
          contains `*`, a regular expression that fits any domain, or ends in a negated \
          item.",
    why_zh: "起授权作用的域列表（通常是 relay_to_domains、dc_relay_domains）含有 `*` 或能匹配任何\
             域的正则表达式，或者以否定项结尾。",
    seen: Some("250 for every destination."),
    seen_zh: Some("对任何目标都得到 250。"),
    remedy: "List the domains.",
    remedy_zh: "列出具体的域。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX015: Rule = Rule {
    id: "EX015",
    title: "Relay domains hold a top-level domain",
    title_zh: "中继域含顶级域",
    severity: Severity::High,
    other_severities: &[],
    why: "`*.net` and the like.",
    why_zh: "含 `*.net` 之类的条目。",
    seen: Some("250 below it."),
    seen_zh: Some("对其下的域都得到 250。"),
    remedy: "List the domains.",
    remedy_zh: "列出具体的域。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX016: Rule = Rule {
    id: "EX016",
    title: "Relay domain is foreign",
    title_zh: "中继域含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs own domains.",
    why_zh: "需要给出自有域清单。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove or confirm.",
    remedy_zh: "移除或确认。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX017: Rule = Rule {
    id: "EX017",
    title: "Local domains are every domain",
    title_zh: "本地域为所有域",
    severity: Severity::High,
    other_severities: &[],
    why: "local_domains (dc_other_hostnames) contains `*` or the like. Outcome accepts-foreign.",
    why_zh: "local_domains（dc_other_hostnames）含有 `*` 之类的条目。结果为 accepts-foreign。",
    seen: Some("250 for foreign domains."),
    seen_zh: Some("对外部域得到 250。"),
    remedy: "List the domains.",
    remedy_zh: "列出具体的域。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX018: Rule = Rule {
    id: "EX018",
    title: "Local domain is foreign",
    title_zh: "本地域含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs own domains.",
    why_zh: "需要给出自有域清单。",
    seen: Some("250 or unknown user."),
    seen_zh: Some("得到 250，或答复用户不存在。"),
    remedy: "Remove.",
    remedy_zh: "移除。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX019: Rule = Rule {
    id: "EX019",
    title: "accept by sender",
    title_zh: "按发件人 accept",
    severity: Severity::High,
    other_severities: &[],
    why: "An accept before the domain test whose only positive condition is senders or \
          sender_domains.",
    why_zh: "域检查之前有一条 accept，其唯一的肯定条件是 senders 或 sender_domains。",
    seen: Some("250 with that sender."),
    seen_zh: Some("使用该发件人即得到 250。"),
    remedy: "Use hosts or authenticated.",
    remedy_zh: "改用 hosts 或 authenticated。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX020: Rule = Rule {
    id: "EX020",
    title: "accept by HELO or other client text",
    title_zh: "按 HELO 或客户端自报的内容 accept",
    severity: Severity::High,
    other_severities: &[],
    why: "condition on $sender_helo_name or other text the client chooses.",
    why_zh: "条件取决于 $sender_helo_name 或其他由客户端任意填写的内容。",
    seen: Some("250 with that HELO."),
    seen_zh: Some("使用该 HELO 即得到 250。"),
    remedy: "As above.",
    remedy_zh: "改用 hosts 或 authenticated，同 EX019。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX021: Rule = Rule {
    id: "EX021",
    title: "accept for every TLS client",
    title_zh: "对所有 TLS 客户端 accept",
    severity: Severity::Critical,
    other_severities: &[],
    why: "accept encrypted = * (without authenticated or verify = certificate) before the \
          domain test.",
    why_zh: "域检查之前有 accept encrypted = *（没有 authenticated 或 verify = certificate）。",
    seen: Some("250 after STARTTLS."),
    seen_zh: Some("STARTTLS 之后得到 250。"),
    remedy: "Add authenticated = *.",
    remedy_zh: "加上 authenticated = *。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX022: Rule = Rule {
    id: "EX022",
    title: "accept for any certificate",
    title_zh: "任意证书都 accept",
    severity: Severity::High,
    other_severities: &[],
    why: "verify = certificate without a check of the subject or fingerprint.",
    why_zh: "使用 verify = certificate，却不检查证书主体或指纹。",
    seen: Some("250 with any trusted certificate."),
    seen_zh: Some("持任何受信任的证书都得到 250。"),
    remedy: "Check the certificate subject.",
    remedy_zh: "检查证书主体。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX023: Rule = Rule {
    id: "EX023",
    title: "Authenticator accepts any password",
    title_zh: "认证器接受任意口令",
    severity: Severity::Critical,
    other_severities: &[],
    why: "server_condition of an advertised plaintext authenticator is a constant that is \
          true (true, yes, 1).",
    why_zh: "对外通告的 plaintext 认证器，其 server_condition 是恒为真的常量（true、yes、1）。",
    seen: Some("AUTH PLAIN with rubbish gives 235."),
    seen_zh: Some("用乱写的口令 AUTH PLAIN 得到 235。"),
    remedy: "Check the password.",
    remedy_zh: "校验口令。",
    remedies: &[],
    references: &["Exim specification \"The plaintext authenticator\""],
};

pub(in crate::mtaconf) static EX024: Rule = Rule {
    id: "EX024",
    title: "Login offered without encryption",
    title_zh: "未加密即提供登录",
    severity: Severity::Medium,
    other_severities: &[],
    why: "An authenticator with public_name PLAIN or LOGIN is advertised \
          (auth_advertise_hosts not empty) and server_advertise_condition does not depend \
          on $tls_in_cipher ($tls_cipher).",
    why_zh: "通告了 public_name 为 PLAIN 或 LOGIN 的认证器（auth_advertise_hosts 不为空），而 \
             server_advertise_condition 不取决于 $tls_in_cipher（$tls_cipher）。",
    seen: Some("AUTH PLAIN before STARTTLS."),
    seen_zh: Some("STARTTLS 之前就有 AUTH PLAIN。"),
    remedy: "server_advertise_condition = ${if def:tls_in_cipher}.",
    remedy_zh: "设置 server_advertise_condition = ${if def:tls_in_cipher}。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX025: Rule = Rule {
    id: "EX025",
    title: "percent_hack_domains",
    title_zh: "启用了 percent_hack_domains",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "Set: high when it matches everything, else medium.",
    why_zh: "已设置：匹配一切时为 high，否则为 medium。",
    seen: Some("user%foreign@local gets 250."),
    seen_zh: Some("user%foreign@local 得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX026: Rule = Rule {
    id: "EX026",
    title: "untrusted_set_sender = *",
    title_zh: "untrusted_set_sender = * 对所有人生效",
    severity: Severity::Info,
    other_severities: &[],
    why: "Any local user may set the envelope sender. Debian ships it.",
    why_zh: "任何本地用户都可以自行设定信封发件人。Debian 默认如此。",
    seen: None,
    seen_zh: None,
    remedy: "Restrict on shared hosts.",
    remedy_zh: "在多人共用的主机上加以限制。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX027: Rule = Rule {
    id: "EX027",
    title: "Legacy options of Exim 3",
    title_zh: "Exim 3 的旧选项",
    severity: Severity::Info,
    other_severities: &[],
    why: "host_accept_relay, sender_host_accept_relay, relay_domains and similar main \
          options: not understood by Exim 4. With `*` also EX011.",
    why_zh: "host_accept_relay、sender_host_accept_relay、relay_domains 等主选项：Exim 4 不认识它\
             们。若值为 `*`，另报 EX011。",
    seen: None,
    seen_zh: None,
    remedy: "Upgrade.",
    remedy_zh: "升级。",
    remedies: &[],
    references: &["Exim4 upgrade notes"],
};

pub(in crate::mtaconf) static EX029: Rule = Rule {
    id: "EX029",
    title: "Exclusion after the network that already matched",
    title_zh: "排除项写在已匹配的网段之后",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A negated item contained in a positive item to its left.",
    why_zh: "否定项被包含在其左侧的肯定项之中，因而不起作用。",
    seen: Some("250 from excluded hosts."),
    seen_zh: Some("从本应排除的主机得到 250。"),
    remedy: "Move it to the front.",
    remedy_zh: "移到前面。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX031: Rule = Rule {
    id: "EX031",
    title: "No STARTTLS",
    title_zh: "没有 STARTTLS",
    severity: Severity::Info,
    other_severities: &[],
    why: "tls_advertise_hosts is empty.",
    why_zh: "tls_advertise_hosts 为空。",
    seen: Some("No STARTTLS."),
    seen_zh: Some("没有 STARTTLS。"),
    remedy: "Offer TLS.",
    remedy_zh: "提供 TLS。",
    remedies: &[],
    references: &["Exim specification"],
};
