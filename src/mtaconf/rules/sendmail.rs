//! The rules for Sendmail: what is looked for, how bad it is, and which line to change.
//!
//! References: cf/README and the operations guide of sendmail.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &SM001, &SM002, &SM003, &SM004, &SM005, &SM006, &SM007, &SM008, &SM009, &SM010, &SM011, &SM012,
    &SM013, &SM014, &SM015, &SM016, &SM017, &SM018, &SM019, &SM020, &SM021,
];

pub(in crate::mtaconf) static SM001: Rule = Rule {
    id: "SM001",
    title: "An outsider may relay to any destination",
    title_zh: "外部客户端可中继到任意目标",
    severity: Severity::Critical,
    other_severities: &[],
    why: "FEATURE(promiscuous_relay) in the .mc; or in a .cf: the promiscuous_relay.m4 \
          identification line, no check_rcpt (or checkrcpt with delay_checks) ruleset, a \
          check_rcpt chain without any \"Relaying denied\" reply, or a version before 8.9 \
          (DZ8.8...); or a Local_check_rcpt that returns $#OK for everything (with \
          SM019).",
    why_zh: ".mc 中有 FEATURE(promiscuous_relay)；或 .cf 中：有 promiscuous_relay.m4 的标识行，没\
             有 check_rcpt（启用 delay_checks 时为 checkrcpt）规则集，check_rcpt 链中没有任何\
             “Relaying denied”答复，或版本早于 8.9（DZ8.8...）；或 Local_check_rcpt 对一切返回 \
             $#OK（同时报 SM019）。",
    seen: Some("250 Recipient ok."),
    seen_zh: Some("答复 250 Recipient ok。"),
    remedy: "Remove the feature and rebuild the .cf.",
    remedy_zh: "删除该特性并重新生成 .cf。",
    remedies: &[],
    references: &["cf/README \"Anti-spam configuration control\""],
};

pub(in crate::mtaconf) static SM002: Rule = Rule {
    id: "SM002",
    title: "relay_local_from",
    title_zh: "启用了 relay_local_from",
    severity: Severity::High,
    other_severities: &[],
    why: "The feature is active. Outcome open-if-forged.",
    why_zh: "启用了该特性。结果为 open-if-forged。",
    seen: Some("250 with a sender in a local domain."),
    seen_zh: Some("使用本地域的发件人即得到 250。"),
    remedy: "Remove it; use AUTH.",
    remedy_zh: "删除；改用 AUTH。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM003: Rule = Rule {
    id: "SM003",
    title: "relay_mail_from with From: RELAY entries",
    title_zh: "relay_mail_from 与 From: RELAY 条目并用",
    severity: Severity::High,
    other_severities: &[],
    why: "The feature is active and the access map holds From: (or untagged address) \
          entries with RELAY; with the argument `domain` domains count too. Outcome \
          open-if-forged.",
    why_zh: "启用了该特性，且 access 表中有带 RELAY 的 From:（或不带标签的地址）条目；若带参数 \
             `domain`，域条目也算在内。结果为 open-if-forged。",
    seen: Some("250 with that sender."),
    seen_zh: Some("使用该发件人即得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM004: Rule = Rule {
    id: "SM004",
    title: "relay_based_on_MX",
    title_zh: "启用了 relay_based_on_MX",
    severity: Severity::Medium,
    other_severities: &[],
    why: "The feature is active.",
    why_zh: "启用了该特性。",
    seen: Some("250 for domains whose MX names this host."),
    seen_zh: Some("凡 MX 指向本机的域都得到 250。"),
    remedy: "List the domains as To: entries.",
    remedy_zh: "把这些域写成 To: 条目。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM005: Rule = Rule {
    id: "SM005",
    title: "relay_entire_domain",
    title_zh: "启用了 relay_entire_domain",
    severity: Severity::Low,
    other_severities: &[Severity::High],
    why: "Every host in class m may relay; high when $m is a top-level domain.",
    why_zh: "类 m 中的每台主机都可中继；$m 为顶级域时是 high。",
    seen: Some("250 for hosts and recipients below the domain."),
    seen_zh: Some("对该域之下的主机和收件人得到 250。"),
    remedy: "Use addresses.",
    remedy_zh: "改用地址。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM006: Rule = Rule {
    id: "SM006",
    title: "loose_relay_check",
    title_zh: "启用了 loose_relay_check",
    severity: Severity::Medium,
    other_severities: &[],
    why: "The feature is active: user%foreign@relay-domain is not unwrapped before the check.",
    why_zh: "启用了该特性：user%foreign@relay-domain 在检查之前不会被拆开。",
    seen: Some("250 for percent addresses."),
    seen_zh: Some("百分号地址得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM007: Rule = Rule {
    id: "SM007",
    title: "Class R too wide",
    title_zh: "类 R 过宽",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "RELAY_DOMAIN, RELAY_DOMAIN_FILE, relay-domains, CR or FR hold a top-level \
          domain (high, unless relay_hosts_only) or a numeric prefix on the breadth scale \
          (one octet /8, two /16, three /24; IPv6: with 16 bits per group).",
    why_zh: "RELAY_DOMAIN、RELAY_DOMAIN_FILE、relay-domains、CR 或 FR 含有顶级域（high，除非启用 \
             relay_hosts_only），或含有按网段宽度分级过宽的数字前缀（一段为 /8，两段为 /16，三段\
             为 /24；IPv6 每组 16 位）。",
    seen: Some("250 from there, or to there."),
    seen_zh: Some("来自该范围或发往该范围的得到 250。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄范围。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM008: Rule = Rule {
    id: "SM008",
    title: "RELAY in the access map too wide",
    title_zh: "access 表中的 RELAY 过宽",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "RELAY with tag Connect:, To: or none; same scale as SM007. Entries only count \
          when FEATURE(access_db) is active.",
    why_zh: "标签为 Connect:、To: 或不带标签的 RELAY；分级同 SM007。只有启用 FEATURE(access_db) 时\
             条目才算数。",
    seen: Some("As SM007."),
    seen_zh: Some("同 SM007。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄范围。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM009: Rule = Rule {
    id: "SM009",
    title: "Untagged RELAY",
    title_zh: "RELAY 未加标签",
    severity: Severity::Low,
    other_severities: &[],
    why: "A RELAY entry without tag applies to clients and to recipients alike.",
    why_zh: "不带标签的 RELAY 条目对客户端和收件人同时生效。",
    seen: None,
    seen_zh: None,
    remedy: "Write Connect: or To:.",
    remedy_zh: "写成 Connect: 或 To:。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM010: Rule = Rule {
    id: "SM010",
    title: "From: RELAY without effect",
    title_zh: "不起作用的 From: RELAY",
    severity: Severity::Info,
    other_severities: &[],
    why: "From: entries with RELAY while relay_mail_from is off: they do not relay.",
    why_zh: "未启用 relay_mail_from 时带 RELAY 的 From: 条目：不会中继。",
    seen: None,
    seen_zh: None,
    remedy: "Remove.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM011: Rule = Rule {
    id: "SM011",
    title: "accept_unresolvable_domains",
    title_zh: "启用了 accept_unresolvable_domains",
    severity: Severity::Low,
    other_severities: &[],
    why: "Active.",
    why_zh: "已启用。",
    seen: Some("Mail from unresolvable domains gets 250."),
    seen_zh: Some("来自无法解析之域的邮件得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM012: Rule = Rule {
    id: "SM012",
    title: "accept_unqualified_senders",
    title_zh: "启用了 accept_unqualified_senders",
    severity: Severity::Low,
    other_severities: &[],
    why: "Active, or modifier u on a public daemon.",
    why_zh: "已启用，或公网守护进程带有修饰符 u。",
    seen: Some("MAIL FROM:<user> gets 250."),
    seen_zh: Some("MAIL FROM:<user> 得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM013: Rule = Rule {
    id: "SM013",
    title: "Login offered without encryption",
    title_zh: "未加密即提供登录",
    severity: Severity::Medium,
    other_severities: &[],
    why: "confAUTH_MECHANISMS names PLAIN or LOGIN and confAUTH_OPTIONS lacks p.",
    why_zh: "confAUTH_MECHANISMS 含 PLAIN 或 LOGIN，而 confAUTH_OPTIONS 缺少 p。",
    seen: Some("AUTH PLAIN before STARTTLS."),
    seen_zh: Some("STARTTLS 之前就有 AUTH PLAIN。"),
    remedy: "Add p.",
    remedy_zh: "加上 p。",
    remedies: &[],
    references: &["cf/README \"SMTP authentication\""],
};

pub(in crate::mtaconf) static SM014: Rule = Rule {
    id: "SM014",
    title: "Anonymous mechanism is trusted",
    title_zh: "信任匿名机制",
    severity: Severity::Critical,
    other_severities: &[],
    why: "TRUST_AUTH_MECH names ANONYMOUS.",
    why_zh: "TRUST_AUTH_MECH 含 ANONYMOUS。",
    seen: Some("250 after AUTH ANONYMOUS."),
    seen_zh: Some("AUTH ANONYMOUS 之后得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM015: Rule = Rule {
    id: "SM015",
    title: "Privacy options",
    title_zh: "隐私选项",
    severity: Severity::Info,
    other_severities: &[],
    why: "noexpn, novrfy or goaway missing.",
    why_zh: "缺少 noexpn、novrfy 或 goaway。",
    seen: Some("EXPN and VRFY answer."),
    seen_zh: Some("EXPN 和 VRFY 有应答。"),
    remedy: "Set confPRIVACY_FLAGS to goaway.",
    remedy_zh: "将 confPRIVACY_FLAGS 设为 goaway。",
    remedies: &[],
    references: &["op guide"],
};

pub(in crate::mtaconf) static SM016: Rule = Rule {
    id: "SM016",
    title: "access map not used",
    title_zh: "access 表未启用",
    severity: Severity::Low,
    other_severities: &[],
    why: "An access file with RELAY or REJECT entries but no FEATURE(access_db).",
    why_zh: "有带 RELAY 或 REJECT 条目的 access 文件，却没有 FEATURE(access_db)。",
    seen: Some("Entries have no effect."),
    seen_zh: Some("条目不起作用。"),
    remedy: "Add the feature.",
    remedy_zh: "加上该特性。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM017: Rule = Rule {
    id: "SM017",
    title: "Local host name is foreign",
    title_zh: "本地主机名含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Class w (Cw, local-host-names) holds a foreign domain; needs own domains.",
    why_zh: "类 w（Cw、local-host-names）含有外部域；需要给出自有域清单。",
    seen: Some("250 or unknown user."),
    seen_zh: Some("得到 250，或答复用户不存在。"),
    remedy: "Remove.",
    remedy_zh: "移除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM018: Rule = Rule {
    id: "SM018",
    title: "Catch-all to the outside",
    title_zh: "全收 (catch-all) 转到外部",
    severity: Severity::Medium,
    other_severities: &[],
    why: "@domain in virtusertable points outside.",
    why_zh: "virtusertable 中的 @domain 指向外部。",
    seen: Some("250 for any user."),
    seen_zh: Some("对任何用户都得到 250。"),
    remedy: "List the users.",
    remedy_zh: "逐个列出用户。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM019: Rule = Rule {
    id: "SM019",
    title: "Local_check_rcpt says OK",
    title_zh: "Local_check_rcpt 返回 OK",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A rule in Local_check_rcpt that fits everything and returns $#OK ends all further checks.",
    why_zh: "Local_check_rcpt 中有一条匹配一切并返回 $#OK 的规则，后续检查全部跳过。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove the rule.",
    remedy_zh: "删除该规则。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM020: Rule = Rule {
    id: "SM020",
    title: "Star in a class",
    title_zh: "类中有星号",
    severity: Severity::Low,
    other_severities: &[],
    why: "`*` in class R, class w or a key: no wildcard, no effect.",
    why_zh: "类 R、类 w 或某个键中有 `*`：它不是通配符，不起作用。",
    seen: None,
    seen_zh: None,
    remedy: "Remove.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["cf/README"],
};

pub(in crate::mtaconf) static SM021: Rule = Rule {
    id: "SM021",
    title: "nospecial address syntax",
    title_zh: "nospecial 地址语法",
    severity: Severity::Low,
    other_severities: &[],
    why: "FEATURE(nouucp) or FEATURE(nopercenthack) with nospecial, together with a hub \
          (LOCAL_RELAY, LUSER_RELAY, MAIL_HUB, SMART_HOST).",
    why_zh: "FEATURE(nouucp) 或 FEATURE(nopercenthack) 带有 nospecial，同时又设有中心主机\
             （LOCAL_RELAY、LUSER_RELAY、MAIL_HUB、SMART_HOST）。",
    seen: Some("user%foreign@local gets 250 and the hub relays it."),
    seen_zh: Some("user%foreign@local 得到 250，再由中心主机中继出去。"),
    remedy: "Drop nospecial.",
    remedy_zh: "去掉 nospecial。",
    remedies: &[],
    references: &["cf/README"],
};
