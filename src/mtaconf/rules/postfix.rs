//! The rules for Postfix: what is looked for, how bad it is, and which line to change.
//!
//! References: postconf(5), master(5), access(5) and the README files of Postfix.

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &PF001, &PF002, &PF003, &PF004, &PF010, &PF011, &PF012, &PF013, &PF014, &PF015, &PF016, &PF017,
    &PF018, &PF019, &PF020, &PF021, &PF022, &PF023, &PF024, &PF030, &PF031, &PF032, &PF033, &PF034,
    &PF035, &PF036, &PF037, &PF038, &PF039, &PF040, &PF041, &PF042, &PF043, &PF044, &PF045, &PF046,
    &PF047, &PF048, &PF049, &PF050, &PF051, &PF052, &PF053, &PF054, &PF055, &PF057, &PF060, &PF061,
    &PF062, &PF063, &PF064, &PF065, &PF069, &PF070, &PF071, &PF072, &PF073, &PF074, &PF080, &PF083,
    &PF090, &PF091, &PF092, &PF093, &PF094, &PF095, &PF096, &PF098, &PF100, &PF103, &PF104, &PF105,
    &PF106, &PF109, &PF110,
];

pub(in crate::mtaconf) static PF001: Rule = Rule {
    id: "PF001",
    title: "An outsider may relay to any destination",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The outsider evaluation ends in `open` for at least one SMTP service that is \
          reachable from outside. The evidence lists every open service with the permit \
          that decides.",
    seen: Some("RCPT for a foreign domain is answered 250 on the named port."),
    remedy: "Put `permit_mynetworks, permit_sasl_authenticated, \
             reject_unauth_destination` into `smtpd_relay_restrictions` of that service \
             and remove the permit that comes first.",
    remedy_zh: "外部客户端无需认证即可向任意域转发：在 smtpd_relay_restrictions 中以 reject_unauth_destination 收尾，并删除其前面的放行项。",
    remedies: &[],
    references: &[
        "SMTPD_ACCESS_README",
        "postconf(5) smtpd_relay_restrictions",
    ],
};

pub(in crate::mtaconf) static PF002: Rule = Rule {
    id: "PF002",
    title: "An outsider may relay by choosing HELO or sender",
    severity: Severity::High,
    other_severities: &[],
    why: "Evaluation ends in `open-if-forged`: it is refused as it stands, but some HELO \
          name or MAIL FROM value that the client is free to choose leads to acceptance.",
    seen: Some(
        "250 only for probes that use that sender or HELO; plain probes see \
                \"Relay access denied\".",
    ),
    remedy: "Never authorise relaying by HELO or sender; use SASL or client addresses.",
    remedy_zh: "仅凭可伪造的 HELO 或发件人即可转发：改用认证或客户端地址授权。",
    remedies: &[],
    references: &["SMTPD_ACCESS_README", "access(5)"],
};

pub(in crate::mtaconf) static PF003: Rule = Rule {
    id: "PF003",
    title: "The relay decision depends on something the files do not show",
    severity: Severity::Info,
    other_severities: &[],
    why: "Evaluation differs between \"every unknown answers OK\" and \"every unknown \
          answers DUNNO\". Unknown: check_policy_service, tables of a type that lives \
          elsewhere (mysql, pgsql, ldap, sqlite, socketmap, tcp, memcache, nis, ...), a \
          table or list file that was not handed in.",
    seen: Some("Cannot be told; probe the port."),
    remedy: "Hand in the missing file, or move the policy check behind the refusal.",
    remedy_zh: "转发结论依赖策略服务或缺失的表：请补齐文件，或将其移到拒绝规则之后。",
    remedies: &[],
    references: &["SMTPD_POLICY_README", "DATABASE_README"],
};

pub(in crate::mtaconf) static PF004: Rule = Rule {
    id: "PF004",
    title: "No working refusal: the SMTP service will not start",
    severity: Severity::Medium,
    other_severities: &[],
    why: "For a service neither `smtpd_relay_restrictions` nor \
          `smtpd_recipient_restrictions` satisfies the start-up check (none of \
          reject_unauth_destination, defer_unauth_destination, reject, defer, \
          defer_if_permit, check_relay_domains before a literal `permit`; a restriction \
          behind warn_if_reject does not count; restriction classes named in the list \
          do). Postfix logs \"fatal: in parameter smtpd_relay_restrictions or \
          smtpd_recipient_restrictions, specify at least one working instance of ...\".",
    seen: Some("Connection opens, no banner, time-out."),
    remedy: "Restore reject_unauth_destination. Do not silence the check with a refusal \
             that never acts.",
    remedy_zh: "两个列表都没有有效拒绝项，smtpd 无法启动：恢复 reject_unauth_destination。",
    remedies: &[],
    references: &["postconf(5) smtpd_recipient_restrictions"],
};

pub(in crate::mtaconf) static PF010: Rule = Rule {
    id: "PF010",
    title: "Unconditional `permit` ahead of the refusal",
    severity: Severity::Critical,
    other_severities: &[Severity::Low],
    why: "A literal `permit` stands in a relay or recipient list before any refusal. \
          critical when the service evaluates to open because of it; low when it stands \
          in the relay list and another list still refuses, and low when the result is \
          broken (PF004). In a recipient list that is covered by a sound relay list it is \
          normal: no finding.",
    seen: Some("250 when effective."),
    remedy: "End the list with reject_unauth_destination instead of permit.",
    remedy_zh: "拒绝规则之前出现无条件 permit：删除或改为 reject_unauth_destination。",
    remedies: &[],
    references: &["postconf(5) permit"],
};

pub(in crate::mtaconf) static PF011: Rule = Rule {
    id: "PF011",
    title: "smtpd_relay_restrictions is set empty",
    severity: Severity::Low,
    other_severities: &[Severity::Critical],
    why: "The parameter is present with an empty value (main.cf or -o) and the version is \
          2.10 or later, so relay policy hangs on `smtpd_recipient_restrictions` alone. \
          low while that list refuses (or the result is broken or conditional), critical \
          when it does not.",
    seen: Some("As PF001 when effective."),
    remedy: "Move the relay policy into smtpd_relay_restrictions.",
    remedy_zh: "smtpd_relay_restrictions 被置空：请把转发策略写回该参数。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF012: Rule = Rule {
    id: "PF012",
    title: "Relay list ends without a refusal",
    severity: Severity::Low,
    other_severities: &[Severity::Critical],
    why: "`smtpd_relay_restrictions` is not empty, was set explicitly, and runs to its \
          end without reject_unauth_destination, defer_unauth_destination, reject, defer, \
          check_relay_domains or defer_if_permit. critical when the service is open, low \
          while the recipient list refuses. Not raised together with PF013 for the same \
          list.",
    seen: Some("As PF001 when effective."),
    remedy: "Append reject_unauth_destination.",
    remedy_zh: "转发限制列表没有以拒绝结尾：追加 reject_unauth_destination。",
    remedies: &[],
    references: &["postconf(5) smtpd_relay_restrictions"],
};

pub(in crate::mtaconf) static PF013: Rule = Rule {
    id: "PF013",
    title: "The relay refusal only warns",
    severity: Severity::Critical,
    other_severities: &[Severity::Low],
    why: "`warn_if_reject` directly before reject_unauth_destination, \
          defer_unauth_destination, reject or defer in a relay or recipient list. \
          critical when the service is open or accepts-foreign, otherwise low.",
    seen: Some("250; the log shows reject_warning."),
    remedy: "Remove warn_if_reject.",
    remedy_zh: "拒绝规则前有 warn_if_reject，仅记录不拒绝：请删除。",
    remedies: &[],
    references: &["postconf(5) warn_if_reject"],
};

pub(in crate::mtaconf) static PF014: Rule = Rule {
    id: "PF014",
    title: "Client table permits too much ahead of the refusal",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium, Severity::Low],
    why: "`check_client_access` (or a restriction class that holds it) before the \
          refusal. critical: the table answers OK for every client (static:ok, 0.0.0.0/0 \
          or ::/0 OK, both halves, a pattern that fits every address, key `unknown`). \
          high or medium: single entries with a permit value that are too wide on the \
          breadth scale. low: everything is permitted but another list refuses (relay \
          list only). OK, RELAY, all-digit values, empty values, `permit` and DISCARD all \
          permit.",
    seen: Some("250 from the addresses that are named."),
    remedy: "Keep the table narrow, or put it behind reject_unauth_destination.",
    remedy_zh: "客户端访问表在拒绝之前放行过宽：缩小范围或移到拒绝之后。",
    remedies: &[],
    references: &["access(5)", "postconf(5) check_client_access"],
};

pub(in crate::mtaconf) static PF015: Rule = Rule {
    id: "PF015",
    title: "Sender or HELO table permits ahead of the refusal",
    severity: Severity::High,
    other_severities: &[Severity::Critical],
    why: "`check_sender_access` or `check_helo_access` before the refusal holds at least \
          one permitting entry and no other list refuses. critical when the table permits \
          everybody. The key `<>` (smtpd_null_access_lookup_key) permits the null sender.",
    seen: Some("250 with the right MAIL FROM or HELO."),
    remedy: "Move the check behind reject_unauth_destination or answer DUNNO.",
    remedy_zh: "发件人/HELO 表在拒绝之前放行，可被伪造：移到拒绝之后或返回 DUNNO。",
    remedies: &[],
    references: &["access(5)", "SMTPD_ACCESS_README \"Dangerous use\""],
};

pub(in crate::mtaconf) static PF016: Rule = Rule {
    id: "PF016",
    title: "Recipient table authorises foreign destinations",
    severity: Severity::Critical,
    other_severities: &[Severity::Medium],
    why: "`check_recipient_access`, or a bare `type:table` (which means the same in these \
          two lists), before the refusal permits a catch-all or a top-level domain \
          (critical) or single foreign domains that are in none of the local or relay \
          classes (medium), and no other list refuses.",
    seen: Some("250 for the listed destinations."),
    remedy: "List such domains in relay_domains, with relay_recipient_maps, or remove them.",
    remedy_zh: "收件人表在拒绝之前放行外部域：改用 relay_domains 并配置收件人表。",
    remedies: &[],
    references: &["access(5)", "STANDARD_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF017: Rule = Rule {
    id: "PF017",
    title: "Client table permits by host name",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "A permitting key of an effective client table is a domain: high for a top-level \
          domain, else low. Client names are verified forwards and backwards, but DNS of \
          the peer decides.",
    seen: Some("250 from hosts below that domain."),
    remedy: "Use addresses or SASL.",
    remedy_zh: "按客户端主机名放行：改用地址或认证。",
    remedies: &[],
    references: &["access(5)"],
};

pub(in crate::mtaconf) static PF018: Rule = Rule {
    id: "PF018",
    title: "OK where OK is forbidden",
    severity: Severity::Low,
    other_severities: &[],
    why: "A permitting value in check_reverse_client_hostname_access or in any \
          check_*_ns_access, check_*_mx_access, check_*_a_access. Postfix answers 451 \
          4.3.5 instead of permitting.",
    seen: Some("451 4.3.5 Server configuration error for matching clients."),
    remedy: "Use DUNNO.",
    remedy_zh: "该类检查不允许返回 OK（将得到 451）：改为 DUNNO。",
    remedies: &[],
    references: &["postconf(5) check_reverse_client_hostname_access"],
};

pub(in crate::mtaconf) static PF019: Rule = Rule {
    id: "PF019",
    title: "permit_mx_backup",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "permit_mx_backup before the refusal and not masked: high while \
          `permit_mx_backup_networks` is empty, low otherwise or when masked. Deprecated \
          since 3.9.",
    seen: Some("250 for domains whose MX set names this host as a backup."),
    remedy: "List the domains in relay_domains.",
    remedy_zh: "permit_mx_backup 允许他人把本机设为备份 MX 后转发：改用 relay_domains。",
    remedies: &[],
    references: &["postconf(5) permit_mx_backup", "DEPRECATION_README"],
};

pub(in crate::mtaconf) static PF020: Rule = Rule {
    id: "PF020",
    title: "Any verified client certificate may relay",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "permit_tls_all_clientcerts before the refusal; high when smtpd_tls_ask_ccert or \
          smtpd_tls_req_ccert is yes, else low (it cannot match).",
    seen: Some("250 after STARTTLS with any certificate of a trusted authority."),
    remedy: "Use permit_tls_clientcerts with relay_clientcerts fingerprints.",
    remedy_zh: "任意受信 CA 签发的证书即可转发：改用 permit_tls_clientcerts 与指纹。",
    remedies: &[],
    references: &["TLS_README", "postconf(5) permit_tls_all_clientcerts"],
};

pub(in crate::mtaconf) static PF021: Rule = Rule {
    id: "PF021",
    title: "permit_naked_ip_address",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "Present before the refusal: high before 3.9 when not masked (HELO with a bare \
          address permits), low from 3.9 on, where it is gone.",
    seen: Some("250 when HELO is an address literal."),
    remedy: "Remove it.",
    remedy_zh: "permit_naked_ip_address 可被伪造：删除。",
    remedies: &[],
    references: &["DEPRECATION_README"],
};

pub(in crate::mtaconf) static PF022: Rule = Rule {
    id: "PF022",
    title: "check_relay_domains",
    severity: Severity::Low,
    other_severities: &[],
    why: "Present. Decides by client host name against relay_domains, removed in 3.9.",
    seen: Some("Clients whose name is below a relay domain get 250 before 3.9."),
    remedy: "Use permit_mynetworks, reject_unauth_destination.",
    remedy_zh: "check_relay_domains 已废弃：改用 reject_unauth_destination。",
    remedies: &[],
    references: &["DEPRECATION_README"],
};

pub(in crate::mtaconf) static PF023: Rule = Rule {
    id: "PF023",
    title: "Policy service consulted before the refusal",
    severity: Severity::Info,
    other_severities: &[],
    why: "check_policy_service before the refusal in the relay list. It may answer OK and permit.",
    seen: None,
    remedy: "Put it behind reject_unauth_destination or into the recipient list.",
    remedy_zh: "策略服务位于拒绝之前：移到其后。",
    remedies: &[],
    references: &["SMTPD_POLICY_README"],
};

pub(in crate::mtaconf) static PF024: Rule = Rule {
    id: "PF024",
    title: "Unknown restriction name",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A token of an evaluated list before the first permit or refusal is neither a \
          known restriction, a map, nor a name in smtpd_restriction_classes. Every RCPT \
          that gets there is answered 451 4.3.5.",
    seen: Some("451 4.3.5 Server configuration error."),
    remedy: "Correct the spelling.",
    remedy_zh: "限制名称拼写错误，所有收件人得到 451：请更正。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF030: Rule = Rule {
    id: "PF030",
    title: "mynetworks covers everybody",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The positive entries of mynetworks (main.cf or -o of a reachable service) cover \
          IPv4 as a whole (0.0.0.0/0, or several networks that together do), or 2000::/3, \
          or a table that matches every address. Files are read in place, tables by their \
          keys.",
    seen: Some("250 from anywhere."),
    remedy: "List loopback and your own networks only.",
    remedy_zh: "mynetworks 信任所有地址：仅保留本机与自有网段。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF031: Rule = Rule {
    id: "PF031",
    title: "mynetworks trusts a wide public range",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "Widest public entry on the breadth scale.",
    seen: Some("250 from that range."),
    remedy: "Narrow it to the addresses you run, or use SASL.",
    remedy_zh: "mynetworks 信任过宽的公网网段：缩小范围或改用认证。",
    remedies: &[],
    references: &["BASIC_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF032: Rule = Rule {
    id: "PF032",
    title: "mynetworks_style = class",
    severity: Severity::High,
    other_severities: &[],
    why: "mynetworks is not set and mynetworks_style evaluates to class.",
    seen: Some("250 from strangers in the same address class."),
    remedy: "Set mynetworks explicitly.",
    remedy_zh: "mynetworks_style=class 会信任整个 A/B/C 类网：请显式设置 mynetworks。",
    remedies: &[],
    references: &["postconf(5) mynetworks_style"],
};

pub(in crate::mtaconf) static PF033: Rule = Rule {
    id: "PF033",
    title: "mynetworks_style = subnet",
    severity: Severity::Low,
    other_severities: &[],
    why: "mynetworks is not set and the style is subnet, set explicitly or by default \
          (before 3.0, or compatibility_level below 2).",
    seen: Some("250 from neighbours in the same subnet, such as other tenants."),
    remedy: "Set mynetworks explicitly.",
    remedy_zh: "默认信任同一子网（可能含其他租户）：请显式设置 mynetworks。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF034: Rule = Rule {
    id: "PF034",
    title: "Exclusion after the network that already matched",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A `!` entry of mynetworks is contained in a positive entry to its left. The \
          list stops at the first match.",
    seen: Some("250 from the excluded hosts."),
    remedy: "Move the exclusion to the front.",
    remedy_zh: "排除项排在匹配网段之后而失效：移到前面。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF035: Rule = Rule {
    id: "PF035",
    title: "Malformed network in mynetworks",
    severity: Severity::Medium,
    other_severities: &[],
    why: "An entry with a slash, a colon or only digits and dots that is no valid address \
          or network, or that has host bits set (192.0.2.1/24). The lookup fails for \
          every client that reaches the entry.",
    seen: Some("451 4.3.0 Temporary lookup failure."),
    remedy: "Write the network address.",
    remedy_zh: "mynetworks 中的网段写法有误，客户端得到 451：请更正。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF036: Rule = Rule {
    id: "PF036",
    title: "Table used as a list holds values that look like refusals",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A cidr, hash, pcre, ... table named in mynetworks (the same goes for any list \
          parameter) has right-hand sides such as REJECT, no, DUNNO, 0. Only the match \
          counts, the value is ignored.",
    seen: Some("250 from addresses that the author meant to refuse."),
    remedy: "Remove those lines, or exclude with `!`.",
    remedy_zh: "列表参数只看是否匹配，表中的 REJECT 仍等于信任：删除这些行。",
    remedies: &[],
    references: &["DATABASE_README", "postconf(5)"],
};

pub(in crate::mtaconf) static PF037: Rule = Rule {
    id: "PF037",
    title: "mynetworks trusts host names",
    severity: Severity::Low,
    other_severities: &[Severity::High],
    why: "An entry is a name: high for a top-level domain, else low.",
    seen: Some("250 from clients with such verified names."),
    remedy: "Use addresses.",
    remedy_zh: "mynetworks 使用主机名：改用地址。",
    remedies: &[],
    references: &["postconf(5) parent_domain_matches_subdomains"],
};

pub(in crate::mtaconf) static PF038: Rule = Rule {
    id: "PF038",
    title: "mynetworks trusts whole private ranges",
    severity: Severity::Info,
    other_severities: &[],
    why: "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7 as a \
          whole. Harmless by itself, open when a NAT, a container bridge or a proxy hides \
          the real client address.",
    seen: Some("250 from anywhere if addresses are hidden."),
    remedy: "List the hosts that need it.",
    remedy_zh: "信任整个私网段：若前面有 NAT/代理，将等同开放转发，请收窄。",
    remedies: &[],
    references: &["BASIC_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF039: Rule = Rule {
    id: "PF039",
    title: "mynetworks_style is set but has no effect",
    severity: Severity::Info,
    other_severities: &[],
    why: "Both parameters are set; mynetworks wins.",
    seen: None,
    remedy: "Remove mynetworks_style.",
    remedy_zh: "已设置 mynetworks，mynetworks_style 无效。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF040: Rule = Rule {
    id: "PF040",
    title: "relay_domains accepts every domain",
    severity: Severity::Critical,
    other_severities: &[],
    why: "relay_domains holds static:, or a pcre/regexp table whose patterns fit any domain name.",
    seen: Some("250 for every destination."),
    remedy: "List the domains you relay for.",
    remedy_zh: "relay_domains 匹配所有域：只列出需要中继的域。",
    remedies: &[],
    references: &["postconf(5) relay_domains"],
};

pub(in crate::mtaconf) static PF041: Rule = Rule {
    id: "PF041",
    title: "relay_domains holds a star",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A literal `*` or `*.name`, in the list or as the key of an indexed table. \
          Postfix knows no such wildcard: it never matches. It shows what was wanted, and \
          a move to a pattern table would open the relay.",
    seen: Some("554 or 454, no relay."),
    remedy: "Name the domains; for sub-domains write the parent.",
    remedy_zh: "relay_domains 中的 * 不是通配符（不生效），但意图危险：改为明确域名。",
    remedies: &[],
    references: &["postconf(5) relay_domains"],
};

pub(in crate::mtaconf) static PF042: Rule = Rule {
    id: "PF042",
    title: "relay_domains holds a top-level domain",
    severity: Severity::High,
    other_severities: &[],
    why: "An entry without an inner dot (or a known two-label suffix such as co.uk, \
          com.cn), in the list or in an indexed table, while relay_domains is in \
          parent_domain_matches_subdomains (the default), or written with a leading dot.",
    seen: Some("250 for every domain below it."),
    remedy: "List the exact domains.",
    remedy_zh: "relay_domains 含顶级域，等于放行其下所有域：改为具体域名。",
    remedies: &[],
    references: &["postconf(5) parent_domain_matches_subdomains"],
};

pub(in crate::mtaconf) static PF043: Rule = Rule {
    id: "PF043",
    title: "relay_domains holds a domain that is not trusted",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs the list of own domains (and of domains relayed on purpose). An entry is \
          in neither.",
    seen: Some("250 for that domain."),
    remedy: "Remove it or confirm it.",
    remedy_zh: "relay_domains 含非自有域：确认或移除。",
    remedies: &[],
    references: &["STANDARD_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF044: Rule = Rule {
    id: "PF044",
    title: "relay_domains follows $mydestination",
    severity: Severity::Info,
    other_severities: &[],
    why: "Written so, or by default before 3.0 or below compatibility_level 2. \
          Sub-domains of the local domains are then relayed.",
    seen: Some("250 for sub-domains."),
    remedy: "Set relay_domains to what is needed.",
    remedy_zh: "relay_domains=$mydestination 会转发子域邮件：按需设置。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF045: Rule = Rule {
    id: "PF045",
    title: "parent_domain_matches_subdomains was changed",
    severity: Severity::Info,
    other_severities: &[],
    why: "Set without relay_domains, mynetworks or smtpd_access_maps: matching below \
          differs from what readers expect.",
    seen: None,
    remedy: "Keep it in mind when reading the lists.",
    remedy_zh: "已更改子域匹配规则，请核对列表写法。",
    remedies: &[],
    references: &["postconf(5) parent_domain_matches_subdomains"],
};

pub(in crate::mtaconf) static PF046: Rule = Rule {
    id: "PF046",
    title: "mydestination accepts every domain",
    severity: Severity::High,
    other_severities: &[],
    why: "static: or a pattern table that fits any domain. Mail is not relayed, but \
          everything is accepted as local or refused per user.",
    seen: Some("250 for foreign domains where the user exists or is not checked."),
    remedy: "List the local domains.",
    remedy_zh: "mydestination 匹配所有域：只列本机域名。",
    remedies: &[],
    references: &["postconf(5) mydestination"],
};

pub(in crate::mtaconf) static PF047: Rule = Rule {
    id: "PF047",
    title: "mydestination holds a foreign domain",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs the list of own domains. An entry other than $myhostname, localhost and \
          localhost.$mydomain is not an own domain or below one.",
    seen: Some("250 or \"User unknown\" for that domain; mail to it never leaves the host."),
    remedy: "Remove the domain.",
    remedy_zh: "mydestination 含外部域：移除。",
    remedies: &[],
    references: &["STANDARD_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF048: Rule = Rule {
    id: "PF048",
    title: "mydestination holds a star",
    severity: Severity::Low,
    other_severities: &[],
    why: "A literal `*`: matches nothing.",
    seen: Some("554 or 454."),
    remedy: "Name the domains.",
    remedy_zh: "mydestination 中的 * 无效：写明域名。",
    remedies: &[],
    references: &["postconf(5) mydestination"],
};

pub(in crate::mtaconf) static PF049: Rule = Rule {
    id: "PF049",
    title: "One domain in two classes",
    severity: Severity::Low,
    other_severities: &[],
    why: "The same name in two of mydestination, virtual_alias_domains, \
          virtual_mailbox_domains, relay_domains ($mydestination inside relay_domains \
          does not count).",
    seen: None,
    remedy: "Keep each domain in one class.",
    remedy_zh: "同一域名出现在多个地址类：只保留一处。",
    remedies: &[],
    references: &["ADDRESS_CLASS_README"],
};

pub(in crate::mtaconf) static PF050: Rule = Rule {
    id: "PF050",
    title: "Every domain is a virtual domain",
    severity: Severity::High,
    other_severities: &[],
    why: "virtual_alias_domains or virtual_mailbox_domains matches any domain. Typical: \
          virtual_alias_domains is left at $virtual_alias_maps and a pattern of that \
          table fits a bare domain name.",
    seen: Some("250 for foreign domains; mail goes to the alias target."),
    remedy: "Set virtual_alias_domains explicitly; anchor patterns with @.",
    remedy_zh: "虚拟域匹配所有域：显式设置 virtual_alias_domains，并在模式中锚定 @。",
    remedies: &[],
    references: &["VIRTUAL_README", "virtual(5)"],
};

pub(in crate::mtaconf) static PF051: Rule = Rule {
    id: "PF051",
    title: "Catch-all alias to an outside address",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A key `@domain` in virtual_alias_maps points to an address outside (not an own \
          domain; without that list: not in any local class).",
    seen: Some("250 for any local part."),
    remedy: "List the addresses; forward with SRS.",
    remedy_zh: "整域转发到外部邮箱：改为逐个地址。",
    remedies: &[],
    references: &["virtual(5)", "BACKSCATTER_README"],
};

pub(in crate::mtaconf) static PF052: Rule = Rule {
    id: "PF052",
    title: "A virtual domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs the list of own domains.",
    seen: Some("250 for that domain."),
    remedy: "Remove it or confirm it.",
    remedy_zh: "虚拟域含非自有域：确认或移除。",
    remedies: &[],
    references: &["VIRTUAL_README"],
};

pub(in crate::mtaconf) static PF053: Rule = Rule {
    id: "PF053",
    title: "Relay domains without a recipient table",
    severity: Severity::Medium,
    other_severities: &[],
    why: "relay_domains is set explicitly and names at least one domain that is not \
          local, and relay_recipient_maps is empty.",
    seen: Some("250 for any local part of the relayed domains."),
    remedy: "Set relay_recipient_maps or reject_unverified_recipient.",
    remedy_zh: "中继域缺少 relay_recipient_maps，会产生退信：请配置。",
    remedies: &[],
    references: &["STANDARD_CONFIGURATION_README", "BACKSCATTER_README"],
};

pub(in crate::mtaconf) static PF054: Rule = Rule {
    id: "PF054",
    title: "local_recipient_maps is empty",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Set to the empty value.",
    seen: Some("250 for any local part."),
    remedy: "Restore the default or list the users.",
    remedy_zh: "local_recipient_maps 为空会接收任意用户：恢复默认。",
    remedies: &[],
    references: &["LOCAL_RECIPIENT_README"],
};

pub(in crate::mtaconf) static PF055: Rule = Rule {
    id: "PF055",
    title: "luser_relay leads outside",
    severity: Severity::Low,
    other_severities: &[],
    why: "luser_relay is an address outside.",
    seen: Some("250 for unknown users if PF054 too."),
    remedy: "Remove it.",
    remedy_zh: "luser_relay 指向外部：移除。",
    remedies: &[],
    references: &["local(8)"],
};

pub(in crate::mtaconf) static PF057: Rule = Rule {
    id: "PF057",
    title: "Unlisted recipients are not refused",
    severity: Severity::Low,
    other_severities: &[],
    why: "smtpd_reject_unlisted_recipient = no.",
    seen: Some("250 for unknown users."),
    remedy: "Set it to yes.",
    remedy_zh: "smtpd_reject_unlisted_recipient=no：改为 yes。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF060: Rule = Rule {
    id: "PF060",
    title: "Login offered without encryption",
    severity: Severity::Medium,
    other_severities: &[],
    why: "SASL is on for a reachable service and smtpd_tls_auth_only is not yes, the \
          service does not enforce TLS (smtpd_tls_security_level=encrypt, \
          smtpd_enforce_tls, wrapper mode), and smtpd_sasl_security_options lacks \
          noplaintext.",
    seen: Some("EHLO before STARTTLS lists AUTH PLAIN or LOGIN."),
    remedy: "smtpd_tls_auth_only = yes.",
    remedy_zh: "明文提供 AUTH：设置 smtpd_tls_auth_only=yes。",
    remedies: &[],
    references: &["SASL_README", "TLS_README"],
};

pub(in crate::mtaconf) static PF061: Rule = Rule {
    id: "PF061",
    title: "Anonymous login is not excluded",
    severity: Severity::High,
    other_severities: &[],
    why: "SASL is on and noanonymous is missing from smtpd_sasl_security_options, or from \
          the effective smtpd_sasl_tls_security_options where TLS is offered. Setting \
          another option replaces the default.",
    seen: Some("AUTH ANONYMOUS listed; after it 250."),
    remedy: "Add noanonymous.",
    remedy_zh: "未包含 noanonymous，匿名登录可能等同已认证：请添加。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF062: Rule = Rule {
    id: "PF062",
    title: "permit_sasl_authenticated without SASL",
    severity: Severity::Info,
    other_severities: &[],
    why: "The lists name it but no service has SASL on.",
    seen: None,
    remedy: "Enable SASL for submission or drop the word.",
    remedy_zh: "列表含 permit_sasl_authenticated 但未启用 SASL。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF063: Rule = Rule {
    id: "PF063",
    title: "Submission service takes unauthenticated mail",
    severity: Severity::Low,
    other_severities: &[],
    why: "A reachable service on 587, 465, submission, smtps or submissions accepts, \
          without login, mail for an own domain.",
    seen: Some("250 for a local recipient without AUTH."),
    remedy: "-o smtpd_client_restrictions=permit_sasl_authenticated,reject.",
    remedy_zh: "提交端口允许未认证投递：加上 permit_sasl_authenticated,reject。",
    remedies: &[],
    references: &["SASL_README", "master.cf samples"],
};

pub(in crate::mtaconf) static PF064: Rule = Rule {
    id: "PF064",
    title: "Logins are not tied to sender addresses",
    severity: Severity::Low,
    other_severities: &[],
    why: "Such a service has SASL on, but smtpd_sender_login_maps is empty or no \
          reject_sender_login_mismatch, reject_authenticated_sender_login_mismatch or \
          reject_known_sender_login_mismatch is in its lists.",
    seen: None,
    remedy: "Set smtpd_sender_login_maps and reject_sender_login_mismatch.",
    remedy_zh: "登录账号未与发件人绑定：配置 smtpd_sender_login_maps。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF065: Rule = Rule {
    id: "PF065",
    title: "broken_sasl_auth_clients",
    severity: Severity::Info,
    other_severities: &[],
    why: "Set to yes.",
    seen: Some("EHLO shows an additional AUTH= line."),
    remedy: "Remove unless an old client needs it.",
    remedy_zh: "仅旧客户端需要 broken_sasl_auth_clients。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF069: Rule = Rule {
    id: "PF069",
    title: "Login offered on port 25",
    severity: Severity::Info,
    other_severities: &[],
    why: "SASL is on for the port 25 service.",
    seen: Some("EHLO lists AUTH."),
    remedy: "Offer AUTH on submission only.",
    remedy_zh: "仅在提交端口提供 AUTH。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF070: Rule = Rule {
    id: "PF070",
    title: "Too many hosts may use XCLIENT",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "smtpd_authorized_xclient_hosts of a reachable service: everybody is critical, \
          else the breadth scale.",
    seen: Some("EHLO lists XCLIENT; after XCLIENT ADDR=127.0.0.1 foreign RCPT gets 250."),
    remedy: "List the proxy addresses only.",
    remedy_zh: "XCLIENT 授权过宽，可伪造来源：只列代理地址。",
    remedies: &[],
    references: &["XCLIENT_README"],
};

pub(in crate::mtaconf) static PF071: Rule = Rule {
    id: "PF071",
    title: "Too many hosts may use XFORWARD",
    severity: Severity::Low,
    other_severities: &[],
    why: "smtpd_authorized_xforward_hosts: everybody or a wide public range. Only log \
          entries can be forged.",
    seen: Some("EHLO lists XFORWARD."),
    remedy: "List the filter hosts only.",
    remedy_zh: "XFORWARD 授权过宽会伪造日志：收窄。",
    remedies: &[],
    references: &["XFORWARD_README"],
};

pub(in crate::mtaconf) static PF072: Rule = Rule {
    id: "PF072",
    title: "Proxy protocol on a public listener",
    severity: Severity::High,
    other_severities: &[],
    why: "smtpd_upstream_proxy_protocol or postscreen_upstream_proxy_protocol is set for \
          a service that is not bound to loopback. Postfix has no list of allowed \
          proxies: whoever connects states the client address.",
    seen: Some("A PROXY line naming 127.0.0.1 before EHLO gives 250."),
    remedy: "Bind it to the proxy network and filter the port.",
    remedy_zh: "公网端口启用 PROXY 协议，来源可伪造：仅绑定到代理网络并加防火墙。",
    remedies: &[],
    references: &["POSTSCREEN_README", "postconf(5)"],
};

pub(in crate::mtaconf) static PF073: Rule = Rule {
    id: "PF073",
    title: "QMQP is open",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "A qmqpd service is reachable and qmqpd_authorized_clients is everybody or wide. \
          QMQP makes no other relay check: everybody makes the outcome open (PF001 speaks \
          of SMTP services only).",
    seen: Some("Port 628 takes mail."),
    remedy: "Remove the service or list the clients.",
    remedy_zh: "QMQP 对外开放：关闭或限制客户端。",
    remedies: &[],
    references: &["qmqpd(8)"],
};

pub(in crate::mtaconf) static PF074: Rule = Rule {
    id: "PF074",
    title: "Re-entry port of a filter is reachable",
    severity: Severity::Medium,
    other_severities: &[],
    why: "An smtpd service on a port other than 25, 465, 587 (or their names), not bound \
          to loopback, that empties content_filter or sets receive_override_options with \
          no_unknown_recipient_checks, no_milters, no_header_body_checks or \
          no_address_mappings.",
    seen: Some("The port answers with a banner; mail skips the filter."),
    remedy: "Bind it to 127.0.0.1.",
    remedy_zh: "过滤器回注端口暴露在外：绑定到 127.0.0.1。",
    remedies: &[],
    references: &["FILTER_README"],
};

pub(in crate::mtaconf) static PF080: Rule = Rule {
    id: "PF080",
    title: "allow_untrusted_routing",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Set to yes: user%foreign@relay-domain and similar pass to relay domains.",
    seen: Some("250 for percent addresses in a relay domain."),
    remedy: "Set it to no.",
    remedy_zh: "allow_untrusted_routing=yes 允许源路由：改为 no。",
    remedies: &[],
    references: &["postconf(5) allow_untrusted_routing"],
};

pub(in crate::mtaconf) static PF083: Rule = Rule {
    id: "PF083",
    title: "All mail is copied outside",
    severity: Severity::Low,
    other_severities: &[],
    why: "always_bcc (or a catch-all in sender_bcc_maps, recipient_bcc_maps) is an \
          address outside the own domains.",
    seen: None,
    remedy: "Confirm it is wanted.",
    remedy_zh: "所有邮件被抄送到外部地址：请确认。",
    remedies: &[],
    references: &["postconf(5) always_bcc"],
};

pub(in crate::mtaconf) static PF090: Rule = Rule {
    id: "PF090",
    title: "No rate limits",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_client_message_rate_limit, smtpd_client_recipient_rate_limit and \
          smtpd_client_auth_rate_limit are all 0 (default).",
    seen: None,
    remedy: "Set limits on submission.",
    remedy_zh: "未设置速率限制。",
    remedies: &[],
    references: &["TUNING_README"],
};

pub(in crate::mtaconf) static PF091: Rule = Rule {
    id: "PF091",
    title: "Limits do not apply to anybody",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_client_event_limit_exceptions covers everybody.",
    seen: None,
    remedy: "Narrow it.",
    remedy_zh: "限速例外过宽。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF092: Rule = Rule {
    id: "PF092",
    title: "VRFY is on",
    severity: Severity::Info,
    other_severities: &[],
    why: "disable_vrfy_command is not yes.",
    seen: Some("252 or 550 to VRFY."),
    remedy: "disable_vrfy_command = yes.",
    remedy_zh: "建议关闭 VRFY。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF093: Rule = Rule {
    id: "PF093",
    title: "HELO is not required",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_helo_required is not yes.",
    seen: Some("MAIL without EHLO gets 250."),
    remedy: "smtpd_helo_required = yes.",
    remedy_zh: "建议要求 HELO。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF094: Rule = Rule {
    id: "PF094",
    title: "soft_bounce",
    severity: Severity::Low,
    other_severities: &[],
    why: "Set to yes: refusals turn into 4xx and senders keep trying.",
    seen: Some("4xx instead of 5xx."),
    remedy: "Set it to no after testing.",
    remedy_zh: "soft_bounce=yes：测试后关闭。",
    remedies: &[],
    references: &["postconf(5) soft_bounce"],
};

pub(in crate::mtaconf) static PF095: Rule = Rule {
    id: "PF095",
    title: "Refusals are not delayed",
    severity: Severity::Low,
    other_severities: &[],
    why: "smtpd_delay_reject = no. Refused attempts are logged without sender and \
          recipient, and lists before RCPT cannot protect by destination.",
    seen: Some("Refusal already at MAIL or HELO."),
    remedy: "Leave it at yes.",
    remedy_zh: "smtpd_delay_reject=no 会丢失日志信息：保持 yes。",
    remedies: &[],
    references: &["SMTPD_ACCESS_README"],
};

pub(in crate::mtaconf) static PF096: Rule = Rule {
    id: "PF096",
    title: "TLS is not offered",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_tls_security_level is empty or none and smtpd_use_tls is not yes.",
    seen: Some("No STARTTLS."),
    remedy: "smtpd_tls_security_level = may.",
    remedy_zh: "未启用 STARTTLS。",
    remedies: &[],
    references: &["TLS_README"],
};

pub(in crate::mtaconf) static PF098: Rule = Rule {
    id: "PF098",
    title: "The relay safety net is off",
    severity: Severity::Low,
    other_severities: &[],
    why: "Version 3.0 or later, compatibility_level below 1 (also when missing) and \
          smtpd_relay_restrictions not set: its default is empty. The log then says: \
          using backwards-compatible default setting \"smtpd_relay_restrictions = \
          (empty)\".",
    seen: Some("As the recipient list decides."),
    remedy: "Set smtpd_relay_restrictions, then compatibility_level = 3.6.",
    remedy_zh: "未设 compatibility_level，转发保护默认为空：显式设置 smtpd_relay_restrictions。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF100: Rule = Rule {
    id: "PF100",
    title: "Banner shows the version",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_banner contains $mail_version.",
    seen: Some("Version in the banner."),
    remedy: "Remove it.",
    remedy_zh: "横幅泄露版本号。",
    remedies: &[],
    references: &["postconf(5) smtpd_banner"],
};

pub(in crate::mtaconf) static PF103: Rule = Rule {
    id: "PF103",
    title: "A parameter is defined twice with different values",
    severity: Severity::Low,
    other_severities: &[],
    why: "A relay-relevant parameter; the last one wins.",
    seen: None,
    remedy: "Delete the first.",
    remedy_zh: "参数重复定义，以最后一个为准：删除多余项。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF104: Rule = Rule {
    id: "PF104",
    title: "Malformed -o in master.cf",
    severity: Severity::Medium,
    other_severities: &[],
    why: "-o without \"=\" in its word, for instance `-o name = value`. The daemon of \
          that service stops with \"missing = after attribute name\": outcome broken for \
          the service, PF004 is not raised.",
    seen: Some("Port opens, no banner."),
    remedy: "Write -o name=value or -o { name = value }.",
    remedy_zh: "-o 写法有空格会导致服务无法启动：改为 -o name=value。",
    remedies: &[],
    references: &["master(5)"],
};

pub(in crate::mtaconf) static PF105: Rule = Rule {
    id: "PF105",
    title: "A parameter was swallowed by a continuation line",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A continuation line (leading white space) whose text begins with a known \
          parameter name and \"=\".",
    seen: Some("The parameter keeps its default."),
    remedy: "Remove the leading blank.",
    remedy_zh: "行首空格使参数被并入上一行：去掉空格。",
    remedies: &[],
    references: &["postconf(5) file format"],
};

pub(in crate::mtaconf) static PF106: Rule = Rule {
    id: "PF106",
    title: "Undefined parameter in a relay setting",
    severity: Severity::Low,
    other_severities: &[],
    why: "A plain $name or ${name} in a relay-relevant value with no definition and no \
          default: it becomes empty. A name that is only tested (${name?..}, ${name:..}) \
          does not count.",
    seen: None,
    remedy: "Define or remove it.",
    remedy_zh: "引用了未定义的参数（展开为空）：请定义或删除。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF109: Rule = Rule {
    id: "PF109",
    title: "Line without \"=\"",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A logical line of main.cf that is no assignment. Postfix refuses to start; \
          outcome broken.",
    seen: Some("Connection refused."),
    remedy: "Correct it.",
    remedy_zh: "main.cf 中存在无效行：请更正。",
    remedies: &[],
    references: &["postconf(5) file format"],
};

pub(in crate::mtaconf) static PF110: Rule = Rule {
    id: "PF110",
    title: "Another instance was not handed in",
    severity: Severity::Info,
    other_severities: &[],
    why: "multi_instance_directories names a directory that is not among the inputs.",
    seen: None,
    remedy: "Hand in all instance directories.",
    remedy_zh: "其他实例目录未提供，无法审计。",
    remedies: &[],
    references: &["MULTI_INSTANCE_README"],
};
