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
    severity: Severity::Critical,
    other_severities: &[],
    why: "The RCPT ACL, evaluated for an outsider and a domain that is in no list, ends in accept.",
    seen: Some("250 Accepted for a foreign domain."),
    remedy: "Restore the order: trusted hosts, login, then `require domains = \
             +local_domains : +relay_to_domains`.",
    remedy_zh: "RCPT ACL 对外部域放行：恢复 require domains 检查。",
    remedies: &[],
    references: &["Exim specification \"Access control lists\""],
};

pub(in crate::mtaconf) static EX002: Rule = Rule {
    id: "EX002",
    title: "An outsider may relay by choosing sender, HELO or credentials",
    severity: Severity::High,
    other_severities: &[],
    why: "As EX001, but only with a sender, HELO name or made-up login of the client's choice.",
    seen: Some("250 only with that value."),
    remedy: "Authorise by host or real login.",
    remedy_zh: "凭可伪造信息即可转发：改用主机或认证授权。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX003: Rule = Rule {
    id: "EX003",
    title: "Decision not visible",
    severity: Severity::Info,
    other_severities: &[],
    why: "The evaluation needs a lookup, a ${...} expansion, a perl or dynamic function \
          or an .include that cannot be read. Also when acl_smtp_rcpt itself is an \
          expansion.",
    seen: None,
    remedy: "Hand in the missing files; probe.",
    remedy_zh: "依赖查询或缺失文件，无法判定。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX004: Rule = Rule {
    id: "EX004",
    title: "acl_smtp_rcpt is not set",
    severity: Severity::Medium,
    other_severities: &[],
    why: "No acl_smtp_rcpt: the default for this ACL is deny, so nothing is received over SMTP.",
    seen: Some("550 for every RCPT."),
    remedy: "Set acl_smtp_rcpt.",
    remedy_zh: "未设置 acl_smtp_rcpt，拒收所有邮件：请设置。",
    remedies: &[],
    references: &["Exim specification \"What to do when an ACL is not defined\""],
};

pub(in crate::mtaconf) static EX010: Rule = Rule {
    id: "EX010",
    title: "Unconditional accept before the relay check",
    severity: Severity::Critical,
    other_severities: &[],
    why: "An accept that an outsider reaches and that has no condition other than ones \
          that hold for everybody (verify = recipient, verify = sender, hosts = *, \
          domains = *, condition = true), with no require or deny on domains before it.",
    seen: Some("250."),
    remedy: "Insert the domain test before it.",
    remedy_zh: "ACL 在域检查之前无条件 accept：在其前加入域检查。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX011: Rule = Rule {
    id: "EX011",
    title: "Relay hosts are everybody",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The host list of an accept that authorises relaying (usually relay_from_hosts; \
          MAIN_RELAY_NETS or dc_relay_nets on Debian) contains `*`, 0.0.0.0/0, ::/0, \
          networks that together cover everything, or ends in a negated item (then \
          everything not named matches).",
    seen: Some("250 from anywhere."),
    remedy: "List your networks; end lists with a positive item.",
    remedy_zh: "relay_from_hosts 匹配所有主机（包括以否定项结尾）：改为明确网段。",
    remedies: &[],
    references: &[
        "Exim specification \"Domain, host, address, and local part lists\"",
        "README.Debian",
    ],
};

pub(in crate::mtaconf) static EX012: Rule = Rule {
    id: "EX012",
    title: "Relay hosts too wide",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "The list holds a wide public range: IPv4 /15 or shorter or IPv6 /31 or shorter \
          is high, down to /23 and /47 medium.",
    seen: Some("250 from that range."),
    remedy: "Narrow it.",
    remedy_zh: "中继主机网段过宽：收窄。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX013: Rule = Rule {
    id: "EX013",
    title: "Relay hosts by name",
    severity: Severity::Low,
    other_severities: &[Severity::High],
    why: "Host names or *.name in the list; high for *.tld. Unresolvable names make the \
          whole list fail.",
    seen: Some("250 from such hosts."),
    remedy: "Use addresses.",
    remedy_zh: "中继主机使用名称：改用地址。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX014: Rule = Rule {
    id: "EX014",
    title: "Relay domains are every domain",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The domain list that authorises (usually relay_to_domains, dc_relay_domains) \
          contains `*`, a regular expression that fits any domain, or ends in a negated \
          item.",
    seen: Some("250 for every destination."),
    remedy: "List the domains.",
    remedy_zh: "relay_to_domains 匹配所有域：改为明确域名。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX015: Rule = Rule {
    id: "EX015",
    title: "Relay domains hold a top-level domain",
    severity: Severity::High,
    other_severities: &[],
    why: "`*.net` and the like.",
    seen: Some("250 below it."),
    remedy: "List the domains.",
    remedy_zh: "中继域含顶级域通配：改为具体域名。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX016: Rule = Rule {
    id: "EX016",
    title: "Relay domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs own domains.",
    seen: Some("250."),
    remedy: "Remove or confirm.",
    remedy_zh: "中继域含非自有域：确认或移除。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX017: Rule = Rule {
    id: "EX017",
    title: "Local domains are every domain",
    severity: Severity::High,
    other_severities: &[],
    why: "local_domains (dc_other_hostnames) contains `*` or the like. Outcome accepts-foreign.",
    seen: Some("250 for foreign domains."),
    remedy: "List the domains.",
    remedy_zh: "local_domains 匹配所有域：改为明确域名。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX018: Rule = Rule {
    id: "EX018",
    title: "Local domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs own domains.",
    seen: Some("250 or unknown user."),
    remedy: "Remove.",
    remedy_zh: "本地域含外部域：移除。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX019: Rule = Rule {
    id: "EX019",
    title: "accept by sender",
    severity: Severity::High,
    other_severities: &[],
    why: "An accept before the domain test whose only positive condition is senders or \
          sender_domains.",
    seen: Some("250 with that sender."),
    remedy: "Use hosts or authenticated.",
    remedy_zh: "按发件人放行可伪造：改用主机或认证。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX020: Rule = Rule {
    id: "EX020",
    title: "accept by HELO or other client text",
    severity: Severity::High,
    other_severities: &[],
    why: "condition on $sender_helo_name or other text the client chooses.",
    seen: Some("250 with that HELO."),
    remedy: "As above.",
    remedy_zh: "按 HELO 放行可伪造：同上。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX021: Rule = Rule {
    id: "EX021",
    title: "accept for every TLS client",
    severity: Severity::Critical,
    other_severities: &[],
    why: "accept encrypted = * (without authenticated or verify = certificate) before the \
          domain test.",
    seen: Some("250 after STARTTLS."),
    remedy: "Add authenticated = *.",
    remedy_zh: "仅凭 TLS 即放行：增加 authenticated = *。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX022: Rule = Rule {
    id: "EX022",
    title: "accept for any certificate",
    severity: Severity::High,
    other_severities: &[],
    why: "verify = certificate without a check of the subject or fingerprint.",
    seen: Some("250 with any trusted certificate."),
    remedy: "Check the certificate subject.",
    remedy_zh: "任意证书放行：核对证书主体。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX023: Rule = Rule {
    id: "EX023",
    title: "Authenticator accepts any password",
    severity: Severity::Critical,
    other_severities: &[],
    why: "server_condition of an advertised plaintext authenticator is a constant that is \
          true (true, yes, 1).",
    seen: Some("AUTH PLAIN with rubbish gives 235."),
    remedy: "Check the password.",
    remedy_zh: "认证条件恒为真：校验口令。",
    remedies: &[],
    references: &["Exim specification \"The plaintext authenticator\""],
};

pub(in crate::mtaconf) static EX024: Rule = Rule {
    id: "EX024",
    title: "Login offered without encryption",
    severity: Severity::Medium,
    other_severities: &[],
    why: "An authenticator with public_name PLAIN or LOGIN is advertised \
          (auth_advertise_hosts not empty) and server_advertise_condition does not depend \
          on $tls_in_cipher ($tls_cipher).",
    seen: Some("AUTH PLAIN before STARTTLS."),
    remedy: "server_advertise_condition = ${if def:tls_in_cipher}.",
    remedy_zh: "明文提供 AUTH：增加 TLS 条件。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX025: Rule = Rule {
    id: "EX025",
    title: "percent_hack_domains",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "Set: high when it matches everything, else medium.",
    seen: Some("user%foreign@local gets 250."),
    remedy: "Remove it.",
    remedy_zh: "启用 percent_hack_domains：删除。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX026: Rule = Rule {
    id: "EX026",
    title: "untrusted_set_sender = *",
    severity: Severity::Info,
    other_severities: &[],
    why: "Any local user may set the envelope sender. Debian ships it.",
    seen: None,
    remedy: "Restrict on shared hosts.",
    remedy_zh: "本地用户可任意设置发件人。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX027: Rule = Rule {
    id: "EX027",
    title: "Legacy options of Exim 3",
    severity: Severity::Info,
    other_severities: &[],
    why: "host_accept_relay, sender_host_accept_relay, relay_domains and similar main \
          options: not understood by Exim 4. With `*` also EX011.",
    seen: None,
    remedy: "Upgrade.",
    remedy_zh: "Exim 3 旧选项：请升级。",
    remedies: &[],
    references: &["Exim4 upgrade notes"],
};

pub(in crate::mtaconf) static EX029: Rule = Rule {
    id: "EX029",
    title: "Exclusion after the network that already matched",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A negated item contained in a positive item to its left.",
    seen: Some("250 from excluded hosts."),
    remedy: "Move it to the front.",
    remedy_zh: "排除项位置过后而失效：前移。",
    remedies: &[],
    references: &["Exim specification"],
};

pub(in crate::mtaconf) static EX031: Rule = Rule {
    id: "EX031",
    title: "No STARTTLS",
    severity: Severity::Info,
    other_severities: &[],
    why: "tls_advertise_hosts is empty.",
    seen: Some("No STARTTLS."),
    remedy: "Offer TLS.",
    remedy_zh: "未启用 STARTTLS。",
    remedies: &[],
    references: &["Exim specification"],
};
