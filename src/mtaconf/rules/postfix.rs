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
    title_zh: "外部客户端可中继到任意目标",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The outsider evaluation ends in `open` for at least one SMTP service that is \
          reachable from outside. The evidence lists every open service with the permit \
          that decides.",
    why_zh: "至少有一个可从外部访问的 SMTP 服务，按外部客户端推演的结果为 `open`。证据中列出每个敞\
             开的服务，以及起决定作用的放行项。",
    seen: Some("RCPT for a foreign domain is answered 250 on the named port."),
    seen_zh: Some("在所列端口上，发往外部域的 RCPT 得到 250。"),
    remedy: "Put `permit_mynetworks, permit_sasl_authenticated, \
             reject_unauth_destination` into `smtpd_relay_restrictions` of that service \
             and remove the permit that comes first.",
    remedy_zh: "将 `permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination` 写进\
                该服务的 `smtpd_relay_restrictions`，并删除排在其前面的放行项。",
    remedies: &[],
    references: &[
        "SMTPD_ACCESS_README",
        "postconf(5) smtpd_relay_restrictions",
    ],
};

pub(in crate::mtaconf) static PF002: Rule = Rule {
    id: "PF002",
    title: "An outsider may relay by choosing HELO or sender",
    title_zh: "外部客户端选对 HELO 或发件人即可中继",
    severity: Severity::High,
    other_severities: &[],
    why: "Evaluation ends in `open-if-forged`: it is refused as it stands, but some HELO \
          name or MAIL FROM value that the client is free to choose leads to acceptance.",
    why_zh: "推演结果为 `open-if-forged`：照现状会被拒绝，但客户端可任意选择的某个 HELO 名称或 \
             MAIL FROM 值会使邮件被接收。",
    seen: Some(
        "250 only for probes that use that sender or HELO; plain probes see \
                \"Relay access denied\".",
    ),
    seen_zh: Some(
        "只有使用该发件人或 HELO 的探测得到 250；普通探测看到的是“Relay access denied”。",
    ),
    remedy: "Never authorise relaying by HELO or sender; use SASL or client addresses.",
    remedy_zh: "绝不按 HELO 或发件人授权中继；改用 SASL 或客户端地址。",
    remedies: &[],
    references: &["SMTPD_ACCESS_README", "access(5)"],
};

pub(in crate::mtaconf) static PF003: Rule = Rule {
    id: "PF003",
    title: "The relay decision depends on something the files do not show",
    title_zh: "是否中继取决于文件中看不到的东西",
    severity: Severity::Info,
    other_severities: &[],
    why: "Evaluation differs between \"every unknown answers OK\" and \"every unknown \
          answers DUNNO\". Unknown: check_policy_service, tables of a type that lives \
          elsewhere (mysql, pgsql, ldap, sqlite, socketmap, tcp, memcache, nis, ...), a \
          table or list file that was not handed in.",
    why_zh: "“未知项一律答 OK”与“未知项一律答 DUNNO”两种推演结果不同。未知项指：\
             check_policy_service、存放在别处的表类型（mysql、pgsql、ldap、sqlite、socketmap、\
             tcp、memcache、nis、...）、未提供的表或列表文件。",
    seen: Some("Cannot be told; probe the port."),
    seen_zh: Some("无法断定；请探测该端口。"),
    remedy: "Hand in the missing file, or move the policy check behind the refusal.",
    remedy_zh: "提供缺失的文件，或把策略检查移到拒绝项之后。",
    remedies: &[],
    references: &["SMTPD_POLICY_README", "DATABASE_README"],
};

pub(in crate::mtaconf) static PF004: Rule = Rule {
    id: "PF004",
    title: "No working refusal: the SMTP service will not start",
    title_zh: "没有有效的拒绝项：SMTP 服务无法启动",
    severity: Severity::Medium,
    other_severities: &[],
    why: "For a service neither `smtpd_relay_restrictions` nor \
          `smtpd_recipient_restrictions` satisfies the start-up check (none of \
          reject_unauth_destination, defer_unauth_destination, reject, defer, \
          defer_if_permit, check_relay_domains before a literal `permit`; a restriction \
          behind warn_if_reject does not count; restriction classes named in the list \
          do). Postfix logs \"fatal: in parameter smtpd_relay_restrictions or \
          smtpd_recipient_restrictions, specify at least one working instance of ...\".",
    why_zh: "某个服务的 `smtpd_relay_restrictions` 和 `smtpd_recipient_restrictions` 都不满足启动\
             检查（在字面的 `permit` 之前没有 reject_unauth_destination、\
             defer_unauth_destination、reject、defer、defer_if_permit、check_relay_domains 中的任\
             何一个；warn_if_reject 之后的限制不算；列表中引用的限制类算）。Postfix 会记录“fatal: \
             in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at \
             least one working instance of ...”。",
    seen: Some("Connection opens, no banner, time-out."),
    seen_zh: Some("连接能建立，没有横幅，直至超时。"),
    remedy: "Restore reject_unauth_destination. Do not silence the check with a refusal \
             that never acts.",
    remedy_zh: "恢复 reject_unauth_destination。不要用一个永远不会生效的拒绝项来糊弄这项检查。",
    remedies: &[],
    references: &["postconf(5) smtpd_recipient_restrictions"],
};

pub(in crate::mtaconf) static PF010: Rule = Rule {
    id: "PF010",
    title: "Unconditional `permit` ahead of the refusal",
    title_zh: "拒绝项之前有无条件的 `permit`",
    severity: Severity::Critical,
    other_severities: &[Severity::Low],
    why: "A literal `permit` stands in a relay or recipient list before any refusal. \
          critical when the service evaluates to open because of it; low when it stands \
          in the relay list and another list still refuses, and low when the result is \
          broken (PF004). In a recipient list that is covered by a sound relay list it is \
          normal: no finding.",
    why_zh: "中继列表或收件人列表中，任何拒绝项之前有字面的 `permit`。服务因此被判为 open 时是 \
             critical；它在中继列表中而另一列表仍会拒绝时是 low，结果为 broken（PF004）时也是 \
             low。若收件人列表已有健全的中继列表兜底，则属正常，不报告。",
    seen: Some("250 when effective."),
    seen_zh: Some("生效时得到 250。"),
    remedy: "End the list with reject_unauth_destination instead of permit.",
    remedy_zh: "列表以 reject_unauth_destination 结尾，而不是 permit。",
    remedies: &[],
    references: &["postconf(5) permit"],
};

pub(in crate::mtaconf) static PF011: Rule = Rule {
    id: "PF011",
    title: "smtpd_relay_restrictions is set empty",
    title_zh: "smtpd_relay_restrictions 被置空",
    severity: Severity::Low,
    other_severities: &[Severity::Critical],
    why: "The parameter is present with an empty value (main.cf or -o) and the version is \
          2.10 or later, so relay policy hangs on `smtpd_recipient_restrictions` alone. \
          low while that list refuses (or the result is broken or conditional), critical \
          when it does not.",
    why_zh: "该参数存在但值为空（在 main.cf 或 -o 中），且版本为 2.10 或更新，因此中继策略只靠 \
             `smtpd_recipient_restrictions`。后者仍会拒绝（或结果为 broken 或 conditional）时是 \
             low，不再拒绝时是 critical。",
    seen: Some("As PF001 when effective."),
    seen_zh: Some("生效时同 PF001。"),
    remedy: "Move the relay policy into smtpd_relay_restrictions.",
    remedy_zh: "把中继策略移到 smtpd_relay_restrictions。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF012: Rule = Rule {
    id: "PF012",
    title: "Relay list ends without a refusal",
    title_zh: "中继限制列表没有以拒绝结尾",
    severity: Severity::Low,
    other_severities: &[Severity::Critical],
    why: "`smtpd_relay_restrictions` is not empty, was set explicitly, and runs to its \
          end without reject_unauth_destination, defer_unauth_destination, reject, defer, \
          check_relay_domains or defer_if_permit. critical when the service is open, low \
          while the recipient list refuses. Not raised together with PF013 for the same \
          list.",
    why_zh: "`smtpd_relay_restrictions` 不为空，是显式设置的，走到末尾都没有 \
             reject_unauth_destination、defer_unauth_destination、reject、defer、\
             check_relay_domains 或 defer_if_permit。服务敞开时是 critical，收件人列表仍会拒绝时\
             是 low。同一列表不与 PF013 同时报告。",
    seen: Some("As PF001 when effective."),
    seen_zh: Some("生效时同 PF001。"),
    remedy: "Append reject_unauth_destination.",
    remedy_zh: "在末尾追加 reject_unauth_destination。",
    remedies: &[],
    references: &["postconf(5) smtpd_relay_restrictions"],
};

pub(in crate::mtaconf) static PF013: Rule = Rule {
    id: "PF013",
    title: "The relay refusal only warns",
    title_zh: "拒绝中继只是警告",
    severity: Severity::Critical,
    other_severities: &[Severity::Low],
    why: "`warn_if_reject` directly before reject_unauth_destination, \
          defer_unauth_destination, reject or defer in a relay or recipient list. \
          critical when the service is open or accepts-foreign, otherwise low.",
    why_zh: "中继列表或收件人列表中，reject_unauth_destination、defer_unauth_destination、reject \
             或 defer 的正前方有 `warn_if_reject`。服务为 open 或 accepts-foreign 时是 critical，\
             否则是 low。",
    seen: Some("250; the log shows reject_warning."),
    seen_zh: Some("得到 250；日志中有 reject_warning。"),
    remedy: "Remove warn_if_reject.",
    remedy_zh: "删除 warn_if_reject。",
    remedies: &[],
    references: &["postconf(5) warn_if_reject"],
};

pub(in crate::mtaconf) static PF014: Rule = Rule {
    id: "PF014",
    title: "Client table permits too much ahead of the refusal",
    title_zh: "客户端表在拒绝项之前放行过多",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium, Severity::Low],
    why: "`check_client_access` (or a restriction class that holds it) before the \
          refusal. critical: the table answers OK for every client (static:ok, 0.0.0.0/0 \
          or ::/0 OK, both halves, a pattern that fits every address, key `unknown`). \
          high or medium: single entries with a permit value that are too wide on the \
          breadth scale. low: everything is permitted but another list refuses (relay \
          list only). OK, RELAY, all-digit values, empty values, `permit` and DISCARD all \
          permit.",
    why_zh: "拒绝项之前有 `check_client_access`（或包含它的限制类）。critical：表对每个客户端都答 \
             OK（static:ok，0.0.0.0/0 或 ::/0 为 OK，两个半区都放行，匹配任何地址的模式，键 \
             `unknown`）。high 或 medium：单个放行条目按网段宽度分级过宽。low：全部放行但另一列表\
             会拒绝（仅限中继列表）。OK、RELAY、全数字的值、空值、`permit` 和 DISCARD 都是放行。",
    seen: Some("250 from the addresses that are named."),
    seen_zh: Some("从所列地址得到 250。"),
    remedy: "Keep the table narrow, or put it behind reject_unauth_destination.",
    remedy_zh: "缩小该表的范围，或移到 reject_unauth_destination 之后。",
    remedies: &[],
    references: &["access(5)", "postconf(5) check_client_access"],
};

pub(in crate::mtaconf) static PF015: Rule = Rule {
    id: "PF015",
    title: "Sender or HELO table permits ahead of the refusal",
    title_zh: "发件人表或 HELO 表在拒绝项之前放行",
    severity: Severity::High,
    other_severities: &[Severity::Critical],
    why: "`check_sender_access` or `check_helo_access` before the refusal holds at least \
          one permitting entry and no other list refuses. critical when the table permits \
          everybody. The key `<>` (smtpd_null_access_lookup_key) permits the null sender.",
    why_zh: "拒绝项之前的 `check_sender_access` 或 `check_helo_access` 至少有一条放行条目，且没有\
             其他列表拒绝。表对所有人放行时是 critical。键 `<>`（smtpd_null_access_lookup_key）放\
             行空发件人。",
    seen: Some("250 with the right MAIL FROM or HELO."),
    seen_zh: Some("MAIL FROM 或 HELO 写对即得到 250。"),
    remedy: "Move the check behind reject_unauth_destination or answer DUNNO.",
    remedy_zh: "把检查移到 reject_unauth_destination 之后，或改为答 DUNNO。",
    remedies: &[],
    references: &["access(5)", "SMTPD_ACCESS_README \"Dangerous use\""],
};

pub(in crate::mtaconf) static PF016: Rule = Rule {
    id: "PF016",
    title: "Recipient table authorises foreign destinations",
    title_zh: "收件人表授权了外部目标",
    severity: Severity::Critical,
    other_severities: &[Severity::Medium],
    why: "`check_recipient_access`, or a bare `type:table` (which means the same in these \
          two lists), before the refusal permits a catch-all or a top-level domain \
          (critical) or single foreign domains that are in none of the local or relay \
          classes (medium), and no other list refuses.",
    why_zh: "拒绝项之前的 `check_recipient_access` 或单写的 `type:table`（在这两个列表中含义相同）\
             放行了通配全部的条目或顶级域（critical），或放行了不属于本地类和中继类的个别外部域\
             （medium），且没有其他列表拒绝。",
    seen: Some("250 for the listed destinations."),
    seen_zh: Some("对所列目标得到 250。"),
    remedy: "List such domains in relay_domains, with relay_recipient_maps, or remove them.",
    remedy_zh: "把这些域列入 relay_domains 并配置 relay_recipient_maps，或将其删除。",
    remedies: &[],
    references: &["access(5)", "STANDARD_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF017: Rule = Rule {
    id: "PF017",
    title: "Client table permits by host name",
    title_zh: "客户端表按主机名放行",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "A permitting key of an effective client table is a domain: high for a top-level \
          domain, else low. Client names are verified forwards and backwards, but DNS of \
          the peer decides.",
    why_zh: "生效的客户端表中，某个放行的键是域名：顶级域为 high，否则为 low。客户端名称虽经正反向\
             验证，但决定权在对方的 DNS。",
    seen: Some("250 from hosts below that domain."),
    seen_zh: Some("从该域之下的主机得到 250。"),
    remedy: "Use addresses or SASL.",
    remedy_zh: "改用地址或 SASL。",
    remedies: &[],
    references: &["access(5)"],
};

pub(in crate::mtaconf) static PF018: Rule = Rule {
    id: "PF018",
    title: "OK where OK is forbidden",
    title_zh: "在不允许 OK 之处写了 OK",
    severity: Severity::Low,
    other_severities: &[],
    why: "A permitting value in check_reverse_client_hostname_access or in any \
          check_*_ns_access, check_*_mx_access, check_*_a_access. Postfix answers 451 \
          4.3.5 instead of permitting.",
    why_zh: "check_reverse_client_hostname_access 或任一 check_*_ns_access、check_*_mx_access、\
             check_*_a_access 中有放行值。Postfix 不会放行，而是答复 451 4.3.5。",
    seen: Some("451 4.3.5 Server configuration error for matching clients."),
    seen_zh: Some("匹配的客户端得到 451 4.3.5 Server configuration error。"),
    remedy: "Use DUNNO.",
    remedy_zh: "改用 DUNNO。",
    remedies: &[],
    references: &["postconf(5) check_reverse_client_hostname_access"],
};

pub(in crate::mtaconf) static PF019: Rule = Rule {
    id: "PF019",
    title: "permit_mx_backup",
    title_zh: "使用了 permit_mx_backup",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "permit_mx_backup before the refusal and not masked: high while \
          `permit_mx_backup_networks` is empty, low otherwise or when masked. Deprecated \
          since 3.9.",
    why_zh: "拒绝项之前有 permit_mx_backup 且未被其他列表兜底：`permit_mx_backup_networks` 为空时\
             是 high，否则或已被兜底时是 low。自 3.9 起不推荐使用。",
    seen: Some("250 for domains whose MX set names this host as a backup."),
    seen_zh: Some("凡 MX 记录把本机列为备份的域都得到 250。"),
    remedy: "List the domains in relay_domains.",
    remedy_zh: "把这些域列入 relay_domains。",
    remedies: &[],
    references: &["postconf(5) permit_mx_backup", "DEPRECATION_README"],
};

pub(in crate::mtaconf) static PF020: Rule = Rule {
    id: "PF020",
    title: "Any verified client certificate may relay",
    title_zh: "任何通过验证的客户端证书都可中继",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "permit_tls_all_clientcerts before the refusal; high when smtpd_tls_ask_ccert or \
          smtpd_tls_req_ccert is yes, else low (it cannot match).",
    why_zh: "拒绝项之前有 permit_tls_all_clientcerts；smtpd_tls_ask_ccert 或 smtpd_tls_req_ccert \
             为 yes 时是 high，否则是 low（不可能匹配）。",
    seen: Some("250 after STARTTLS with any certificate of a trusted authority."),
    seen_zh: Some("STARTTLS 之后，持受信任 CA 签发的任意证书得到 250。"),
    remedy: "Use permit_tls_clientcerts with relay_clientcerts fingerprints.",
    remedy_zh: "改用 permit_tls_clientcerts，并在 relay_clientcerts 中列出指纹。",
    remedies: &[],
    references: &["TLS_README", "postconf(5) permit_tls_all_clientcerts"],
};

pub(in crate::mtaconf) static PF021: Rule = Rule {
    id: "PF021",
    title: "permit_naked_ip_address",
    title_zh: "使用了 permit_naked_ip_address",
    severity: Severity::High,
    other_severities: &[Severity::Low],
    why: "Present before the refusal: high before 3.9 when not masked (HELO with a bare \
          address permits), low from 3.9 on, where it is gone.",
    why_zh: "出现在拒绝项之前：3.9 之前且未被兜底时是 high（HELO 写裸地址即放行），3.9 起该项已取\
             消，是 low。",
    seen: Some("250 when HELO is an address literal."),
    seen_zh: Some("HELO 为地址字面量时得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["DEPRECATION_README"],
};

pub(in crate::mtaconf) static PF022: Rule = Rule {
    id: "PF022",
    title: "check_relay_domains",
    title_zh: "使用了 check_relay_domains",
    severity: Severity::Low,
    other_severities: &[],
    why: "Present. Decides by client host name against relay_domains, removed in 3.9.",
    why_zh: "存在该项。它按客户端主机名与 relay_domains 比对来决定，3.9 中已移除。",
    seen: Some("Clients whose name is below a relay domain get 250 before 3.9."),
    seen_zh: Some("3.9 之前，名称在中继域之下的客户端得到 250。"),
    remedy: "Use permit_mynetworks, reject_unauth_destination.",
    remedy_zh: "改用 permit_mynetworks, reject_unauth_destination。",
    remedies: &[],
    references: &["DEPRECATION_README"],
};

pub(in crate::mtaconf) static PF023: Rule = Rule {
    id: "PF023",
    title: "Policy service consulted before the refusal",
    title_zh: "在拒绝项之前询问策略服务",
    severity: Severity::Info,
    other_severities: &[],
    why: "check_policy_service before the refusal in the relay list. It may answer OK and permit.",
    why_zh: "中继列表的拒绝项之前有 check_policy_service。它可能答 OK 而放行。",
    seen: None,
    seen_zh: None,
    remedy: "Put it behind reject_unauth_destination or into the recipient list.",
    remedy_zh: "移到 reject_unauth_destination 之后，或放进收件人列表。",
    remedies: &[],
    references: &["SMTPD_POLICY_README"],
};

pub(in crate::mtaconf) static PF024: Rule = Rule {
    id: "PF024",
    title: "Unknown restriction name",
    title_zh: "未知的限制名称",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A token of an evaluated list before the first permit or refusal is neither a \
          known restriction, a map, nor a name in smtpd_restriction_classes. Every RCPT \
          that gets there is answered 451 4.3.5.",
    why_zh: "所推演的列表中，第一个放行或拒绝之前有一个词，既不是已知的限制，也不是表，也不在 \
             smtpd_restriction_classes 中。走到此处的每个 RCPT 都得到 451 4.3.5。",
    seen: Some("451 4.3.5 Server configuration error."),
    seen_zh: Some("得到 451 4.3.5 Server configuration error。"),
    remedy: "Correct the spelling.",
    remedy_zh: "更正拼写。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF030: Rule = Rule {
    id: "PF030",
    title: "mynetworks covers everybody",
    title_zh: "mynetworks 覆盖所有人",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The positive entries of mynetworks (main.cf or -o of a reachable service) cover \
          IPv4 as a whole (0.0.0.0/0, or several networks that together do), or 2000::/3, \
          or a table that matches every address. Files are read in place, tables by their \
          keys.",
    why_zh: "mynetworks（main.cf 或可从外部访问的服务的 -o）的肯定条目覆盖整个 IPv4（0.0.0.0/0，或\
             合起来覆盖全部的几个网段）或 2000::/3，或者是匹配任何地址的表。文件就地读取，表按键读\
             取。",
    seen: Some("250 from anywhere."),
    seen_zh: Some("从任何地方都得到 250。"),
    remedy: "List loopback and your own networks only.",
    remedy_zh: "只列出回环和自己的网段。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF031: Rule = Rule {
    id: "PF031",
    title: "mynetworks trusts a wide public range",
    title_zh: "mynetworks 信任过宽的公网网段",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "Widest public entry on the breadth scale.",
    why_zh: "以最宽的公网条目按网段宽度分级。",
    seen: Some("250 from that range."),
    seen_zh: Some("从该网段得到 250。"),
    remedy: "Narrow it to the addresses you run, or use SASL.",
    remedy_zh: "收窄到自己管理的地址，或改用 SASL。",
    remedies: &[],
    references: &["BASIC_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF032: Rule = Rule {
    id: "PF032",
    title: "mynetworks_style = class",
    title_zh: "mynetworks_style = class：信任整个同类网",
    severity: Severity::High,
    other_severities: &[],
    why: "mynetworks is not set and mynetworks_style evaluates to class.",
    why_zh: "未设置 mynetworks，而 mynetworks_style 的值为 class。",
    seen: Some("250 from strangers in the same address class."),
    seen_zh: Some("同一 A/B/C 类网中的陌生人得到 250。"),
    remedy: "Set mynetworks explicitly.",
    remedy_zh: "显式设置 mynetworks。",
    remedies: &[],
    references: &["postconf(5) mynetworks_style"],
};

pub(in crate::mtaconf) static PF033: Rule = Rule {
    id: "PF033",
    title: "mynetworks_style = subnet",
    title_zh: "mynetworks_style = subnet：信任整个子网",
    severity: Severity::Low,
    other_severities: &[],
    why: "mynetworks is not set and the style is subnet, set explicitly or by default \
          (before 3.0, or compatibility_level below 2).",
    why_zh: "未设置 mynetworks，而 style 为 subnet：显式设置，或为默认值（3.0 之前，或 \
             compatibility_level 低于 2）。",
    seen: Some("250 from neighbours in the same subnet, such as other tenants."),
    seen_zh: Some("同一子网的邻居（例如其他租户）得到 250。"),
    remedy: "Set mynetworks explicitly.",
    remedy_zh: "显式设置 mynetworks。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF034: Rule = Rule {
    id: "PF034",
    title: "Exclusion after the network that already matched",
    title_zh: "排除项写在已匹配的网段之后",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A `!` entry of mynetworks is contained in a positive entry to its left. The \
          list stops at the first match.",
    why_zh: "mynetworks 中的 `!` 条目被包含在其左侧的肯定条目之中。列表在第一个匹配处就停止。",
    seen: Some("250 from the excluded hosts."),
    seen_zh: Some("从本应排除的主机得到 250。"),
    remedy: "Move the exclusion to the front.",
    remedy_zh: "把排除项移到最前面。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF035: Rule = Rule {
    id: "PF035",
    title: "Malformed network in mynetworks",
    title_zh: "mynetworks 中的网段写法有误",
    severity: Severity::Medium,
    other_severities: &[],
    why: "An entry with a slash, a colon or only digits and dots that is no valid address \
          or network, or that has host bits set (192.0.2.1/24). The lookup fails for \
          every client that reaches the entry.",
    why_zh: "含斜线、冒号或只由数字和点组成的条目不是有效的地址或网段，或主机位不为零\
             （192.0.2.1/24）。凡查到该条目的客户端，查询都会失败。",
    seen: Some("451 4.3.0 Temporary lookup failure."),
    seen_zh: Some("得到 451 4.3.0 Temporary lookup failure。"),
    remedy: "Write the network address.",
    remedy_zh: "写网络地址。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF036: Rule = Rule {
    id: "PF036",
    title: "Table used as a list holds values that look like refusals",
    title_zh: "用作列表的表中有形似拒绝的值",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A cidr, hash, pcre, ... table named in mynetworks (the same goes for any list \
          parameter) has right-hand sides such as REJECT, no, DUNNO, 0. Only the match \
          counts, the value is ignored.",
    why_zh: "mynetworks 中引用的 cidr、hash、pcre、... 表（任何列表参数都一样）的右侧写了 REJECT、\
             no、DUNNO、0 之类的值。列表只看是否匹配，值被忽略。",
    seen: Some("250 from addresses that the author meant to refuse."),
    seen_zh: Some("从作者本想拒绝的地址得到 250。"),
    remedy: "Remove those lines, or exclude with `!`.",
    remedy_zh: "删除这些行，或用 `!` 排除。",
    remedies: &[],
    references: &["DATABASE_README", "postconf(5)"],
};

pub(in crate::mtaconf) static PF037: Rule = Rule {
    id: "PF037",
    title: "mynetworks trusts host names",
    title_zh: "mynetworks 信任主机名",
    severity: Severity::Low,
    other_severities: &[Severity::High],
    why: "An entry is a name: high for a top-level domain, else low.",
    why_zh: "条目是名称：顶级域为 high，否则为 low。",
    seen: Some("250 from clients with such verified names."),
    seen_zh: Some("具有这类已验证名称的客户端得到 250。"),
    remedy: "Use addresses.",
    remedy_zh: "改用地址。",
    remedies: &[],
    references: &["postconf(5) parent_domain_matches_subdomains"],
};

pub(in crate::mtaconf) static PF038: Rule = Rule {
    id: "PF038",
    title: "mynetworks trusts whole private ranges",
    title_zh: "mynetworks 信任整个私有网段",
    severity: Severity::Info,
    other_severities: &[],
    why: "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7 as a \
          whole. Harmless by itself, open when a NAT, a container bridge or a proxy hides \
          the real client address.",
    why_zh: "整个 10.0.0.0/8、172.16.0.0/12、192.168.0.0/16、100.64.0.0/10 或 fc00::/7。本身无害，\
             但若 NAT、容器网桥或代理隐藏了真实的客户端地址，就等于敞开。",
    seen: Some("250 from anywhere if addresses are hidden."),
    seen_zh: Some("地址被隐藏时，从任何地方都得到 250。"),
    remedy: "List the hosts that need it.",
    remedy_zh: "只列出有需要的主机。",
    remedies: &[],
    references: &["BASIC_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF039: Rule = Rule {
    id: "PF039",
    title: "mynetworks_style is set but has no effect",
    title_zh: "设置了 mynetworks_style 但不起作用",
    severity: Severity::Info,
    other_severities: &[],
    why: "Both parameters are set; mynetworks wins.",
    why_zh: "两个参数都设置了；以 mynetworks 为准。",
    seen: None,
    seen_zh: None,
    remedy: "Remove mynetworks_style.",
    remedy_zh: "删除 mynetworks_style。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

pub(in crate::mtaconf) static PF040: Rule = Rule {
    id: "PF040",
    title: "relay_domains accepts every domain",
    title_zh: "relay_domains 接收所有域",
    severity: Severity::Critical,
    other_severities: &[],
    why: "relay_domains holds static:, or a pcre/regexp table whose patterns fit any domain name.",
    why_zh: "relay_domains 含 static:，或模式能匹配任何域名的 pcre/regexp 表。",
    seen: Some("250 for every destination."),
    seen_zh: Some("对任何目标都得到 250。"),
    remedy: "List the domains you relay for.",
    remedy_zh: "列出确需中继的域。",
    remedies: &[],
    references: &["postconf(5) relay_domains"],
};

pub(in crate::mtaconf) static PF041: Rule = Rule {
    id: "PF041",
    title: "relay_domains holds a star",
    title_zh: "relay_domains 含星号",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A literal `*` or `*.name`, in the list or as the key of an indexed table. \
          Postfix knows no such wildcard: it never matches. It shows what was wanted, and \
          a move to a pattern table would open the relay.",
    why_zh: "列表中或索引表的键中有字面的 `*` 或 `*.name`。Postfix 没有这种通配符：永远不匹配。但\
             它暴露了意图，一旦改用模式表就会敞开中继。",
    seen: Some("554 or 454, no relay."),
    seen_zh: Some("得到 554 或 454，不会中继。"),
    remedy: "Name the domains; for sub-domains write the parent.",
    remedy_zh: "写明域名；要包含子域，写其父域。",
    remedies: &[],
    references: &["postconf(5) relay_domains"],
};

pub(in crate::mtaconf) static PF042: Rule = Rule {
    id: "PF042",
    title: "relay_domains holds a top-level domain",
    title_zh: "relay_domains 含顶级域",
    severity: Severity::High,
    other_severities: &[],
    why: "An entry without an inner dot (or a known two-label suffix such as co.uk, \
          com.cn), in the list or in an indexed table, while relay_domains is in \
          parent_domain_matches_subdomains (the default), or written with a leading dot.",
    why_zh: "列表或索引表中的条目中间不含点（或是 co.uk、com.cn 这类已知的两级后缀），而 \
             relay_domains 在 parent_domain_matches_subdomains 之中（默认如此），或条目以点开头。",
    seen: Some("250 for every domain below it."),
    seen_zh: Some("对其下的每个域都得到 250。"),
    remedy: "List the exact domains.",
    remedy_zh: "列出确切的域。",
    remedies: &[],
    references: &["postconf(5) parent_domain_matches_subdomains"],
};

pub(in crate::mtaconf) static PF043: Rule = Rule {
    id: "PF043",
    title: "relay_domains holds a domain that is not trusted",
    title_zh: "relay_domains 含非自有域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs the list of own domains (and of domains relayed on purpose). An entry is \
          in neither.",
    why_zh: "需要给出自有域清单（以及有意中继的域）。某个条目不在其中任何一个之内。",
    seen: Some("250 for that domain."),
    seen_zh: Some("对该域得到 250。"),
    remedy: "Remove it or confirm it.",
    remedy_zh: "移除或确认。",
    remedies: &[],
    references: &["STANDARD_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF044: Rule = Rule {
    id: "PF044",
    title: "relay_domains follows $mydestination",
    title_zh: "relay_domains 跟随 $mydestination",
    severity: Severity::Info,
    other_severities: &[],
    why: "Written so, or by default before 3.0 or below compatibility_level 2. \
          Sub-domains of the local domains are then relayed.",
    why_zh: "写明如此，或为默认值（3.0 之前，或 compatibility_level 低于 2）。本地域的子域因此会被\
             中继。",
    seen: Some("250 for sub-domains."),
    seen_zh: Some("对子域得到 250。"),
    remedy: "Set relay_domains to what is needed.",
    remedy_zh: "按实际需要设置 relay_domains。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF045: Rule = Rule {
    id: "PF045",
    title: "parent_domain_matches_subdomains was changed",
    title_zh: "更改了 parent_domain_matches_subdomains",
    severity: Severity::Info,
    other_severities: &[],
    why: "Set without relay_domains, mynetworks or smtpd_access_maps: matching below \
          differs from what readers expect.",
    why_zh: "设置的值不含 relay_domains、mynetworks 或 smtpd_access_maps：对子域的匹配与读者的预期\
             不同。",
    seen: None,
    seen_zh: None,
    remedy: "Keep it in mind when reading the lists.",
    remedy_zh: "阅读各列表时请记住这一点。",
    remedies: &[],
    references: &["postconf(5) parent_domain_matches_subdomains"],
};

pub(in crate::mtaconf) static PF046: Rule = Rule {
    id: "PF046",
    title: "mydestination accepts every domain",
    title_zh: "mydestination 接收所有域",
    severity: Severity::High,
    other_severities: &[],
    why: "static: or a pattern table that fits any domain. Mail is not relayed, but \
          everything is accepted as local or refused per user.",
    why_zh: "为 static: 或能匹配任何域的模式表。邮件不会被中继，但一切都按本地邮件接收，或按用户拒\
             绝。",
    seen: Some("250 for foreign domains where the user exists or is not checked."),
    seen_zh: Some("外部域中的用户若存在或不检查用户，得到 250。"),
    remedy: "List the local domains.",
    remedy_zh: "列出本地域。",
    remedies: &[],
    references: &["postconf(5) mydestination"],
};

pub(in crate::mtaconf) static PF047: Rule = Rule {
    id: "PF047",
    title: "mydestination holds a foreign domain",
    title_zh: "mydestination 含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs the list of own domains. An entry other than $myhostname, localhost and \
          localhost.$mydomain is not an own domain or below one.",
    why_zh: "需要给出自有域清单。除 $myhostname、localhost 和 localhost.$mydomain 之外，某个条目既\
             不是自有域，也不在其下。",
    seen: Some("250 or \"User unknown\" for that domain; mail to it never leaves the host."),
    seen_zh: Some("对该域得到 250 或“User unknown”；发往该域的邮件永远出不了本机。"),
    remedy: "Remove the domain.",
    remedy_zh: "移除该域。",
    remedies: &[],
    references: &["STANDARD_CONFIGURATION_README"],
};

pub(in crate::mtaconf) static PF048: Rule = Rule {
    id: "PF048",
    title: "mydestination holds a star",
    title_zh: "mydestination 含星号",
    severity: Severity::Low,
    other_severities: &[],
    why: "A literal `*`: matches nothing.",
    why_zh: "字面的 `*`：什么也不匹配。",
    seen: Some("554 or 454."),
    seen_zh: Some("得到 554 或 454。"),
    remedy: "Name the domains.",
    remedy_zh: "写明域名。",
    remedies: &[],
    references: &["postconf(5) mydestination"],
};

pub(in crate::mtaconf) static PF049: Rule = Rule {
    id: "PF049",
    title: "One domain in two classes",
    title_zh: "同一域属于两个类",
    severity: Severity::Low,
    other_severities: &[],
    why: "The same name in two of mydestination, virtual_alias_domains, \
          virtual_mailbox_domains, relay_domains ($mydestination inside relay_domains \
          does not count).",
    why_zh: "同一名称出现在 mydestination、virtual_alias_domains、virtual_mailbox_domains、\
             relay_domains 中的两处（relay_domains 里的 $mydestination 不算）。",
    seen: None,
    seen_zh: None,
    remedy: "Keep each domain in one class.",
    remedy_zh: "每个域只放在一个类中。",
    remedies: &[],
    references: &["ADDRESS_CLASS_README"],
};

pub(in crate::mtaconf) static PF050: Rule = Rule {
    id: "PF050",
    title: "Every domain is a virtual domain",
    title_zh: "所有域都是虚拟域",
    severity: Severity::High,
    other_severities: &[],
    why: "virtual_alias_domains or virtual_mailbox_domains matches any domain. Typical: \
          virtual_alias_domains is left at $virtual_alias_maps and a pattern of that \
          table fits a bare domain name.",
    why_zh: "virtual_alias_domains 或 virtual_mailbox_domains 匹配任何域。典型情形：\
             virtual_alias_domains 仍为 $virtual_alias_maps，而该表中的某个模式能匹配裸域名。",
    seen: Some("250 for foreign domains; mail goes to the alias target."),
    seen_zh: Some("对外部域得到 250；邮件投到别名的目标。"),
    remedy: "Set virtual_alias_domains explicitly; anchor patterns with @.",
    remedy_zh: "显式设置 virtual_alias_domains；模式用 @ 锚定。",
    remedies: &[],
    references: &["VIRTUAL_README", "virtual(5)"],
};

pub(in crate::mtaconf) static PF051: Rule = Rule {
    id: "PF051",
    title: "Catch-all alias to an outside address",
    title_zh: "全收 (catch-all) 别名指向外部地址",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A key `@domain` in virtual_alias_maps points to an address outside (not an own \
          domain; without that list: not in any local class).",
    why_zh: "virtual_alias_maps 中的键 `@domain` 指向外部地址（不是自有域；没有自有域清单时：不在\
             任何本地类中）。",
    seen: Some("250 for any local part."),
    seen_zh: Some("任何本地部分都得到 250。"),
    remedy: "List the addresses; forward with SRS.",
    remedy_zh: "逐个列出地址；转发时使用 SRS。",
    remedies: &[],
    references: &["virtual(5)", "BACKSCATTER_README"],
};

pub(in crate::mtaconf) static PF052: Rule = Rule {
    id: "PF052",
    title: "A virtual domain is foreign",
    title_zh: "虚拟域含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Needs the list of own domains.",
    why_zh: "需要给出自有域清单。",
    seen: Some("250 for that domain."),
    seen_zh: Some("对该域得到 250。"),
    remedy: "Remove it or confirm it.",
    remedy_zh: "移除或确认。",
    remedies: &[],
    references: &["VIRTUAL_README"],
};

pub(in crate::mtaconf) static PF053: Rule = Rule {
    id: "PF053",
    title: "Relay domains without a recipient table",
    title_zh: "中继域没有收件人表",
    severity: Severity::Medium,
    other_severities: &[],
    why: "relay_domains is set explicitly and names at least one domain that is not \
          local, and relay_recipient_maps is empty.",
    why_zh: "relay_domains 是显式设置的，至少含一个非本地的域，而 relay_recipient_maps 为空。",
    seen: Some("250 for any local part of the relayed domains."),
    seen_zh: Some("中继域的任何本地部分都得到 250。"),
    remedy: "Set relay_recipient_maps or reject_unverified_recipient.",
    remedy_zh: "设置 relay_recipient_maps 或 reject_unverified_recipient。",
    remedies: &[],
    references: &["STANDARD_CONFIGURATION_README", "BACKSCATTER_README"],
};

pub(in crate::mtaconf) static PF054: Rule = Rule {
    id: "PF054",
    title: "local_recipient_maps is empty",
    title_zh: "local_recipient_maps 为空",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Set to the empty value.",
    why_zh: "被设为空值。",
    seen: Some("250 for any local part."),
    seen_zh: Some("任何本地部分都得到 250。"),
    remedy: "Restore the default or list the users.",
    remedy_zh: "恢复默认值，或列出用户。",
    remedies: &[],
    references: &["LOCAL_RECIPIENT_README"],
};

pub(in crate::mtaconf) static PF055: Rule = Rule {
    id: "PF055",
    title: "luser_relay leads outside",
    title_zh: "luser_relay 指向外部",
    severity: Severity::Low,
    other_severities: &[],
    why: "luser_relay is an address outside.",
    why_zh: "luser_relay 是外部地址。",
    seen: Some("250 for unknown users if PF054 too."),
    seen_zh: Some("若同时有 PF054，未知用户得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "移除。",
    remedies: &[],
    references: &["local(8)"],
};

pub(in crate::mtaconf) static PF057: Rule = Rule {
    id: "PF057",
    title: "Unlisted recipients are not refused",
    title_zh: "不拒绝未列出的收件人",
    severity: Severity::Low,
    other_severities: &[],
    why: "smtpd_reject_unlisted_recipient = no.",
    why_zh: "设有 smtpd_reject_unlisted_recipient = no。",
    seen: Some("250 for unknown users."),
    seen_zh: Some("未知用户得到 250。"),
    remedy: "Set it to yes.",
    remedy_zh: "改为 yes。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF060: Rule = Rule {
    id: "PF060",
    title: "Login offered without encryption",
    title_zh: "未加密即提供登录",
    severity: Severity::Medium,
    other_severities: &[],
    why: "SASL is on for a reachable service and smtpd_tls_auth_only is not yes, the \
          service does not enforce TLS (smtpd_tls_security_level=encrypt, \
          smtpd_enforce_tls, wrapper mode), and smtpd_sasl_security_options lacks \
          noplaintext.",
    why_zh: "某个可从外部访问的服务启用了 SASL，smtpd_tls_auth_only 不是 yes，服务也未强制 TLS\
             （smtpd_tls_security_level=encrypt、smtpd_enforce_tls、wrapper 模式），且 \
             smtpd_sasl_security_options 缺少 noplaintext。",
    seen: Some("EHLO before STARTTLS lists AUTH PLAIN or LOGIN."),
    seen_zh: Some("STARTTLS 之前的 EHLO 列出 AUTH PLAIN 或 LOGIN。"),
    remedy: "smtpd_tls_auth_only = yes.",
    remedy_zh: "设置 smtpd_tls_auth_only = yes。",
    remedies: &[],
    references: &["SASL_README", "TLS_README"],
};

pub(in crate::mtaconf) static PF061: Rule = Rule {
    id: "PF061",
    title: "Anonymous login is not excluded",
    title_zh: "未排除匿名登录",
    severity: Severity::High,
    other_severities: &[],
    why: "SASL is on and noanonymous is missing from smtpd_sasl_security_options, or from \
          the effective smtpd_sasl_tls_security_options where TLS is offered. Setting \
          another option replaces the default.",
    why_zh: "启用了 SASL，而 smtpd_sasl_security_options 缺少 noanonymous，或在提供 TLS 时，生效\
             的 smtpd_sasl_tls_security_options 缺少它。设置其他选项会取代默认值。",
    seen: Some("AUTH ANONYMOUS listed; after it 250."),
    seen_zh: Some("列出 AUTH ANONYMOUS；使用后得到 250。"),
    remedy: "Add noanonymous.",
    remedy_zh: "加上 noanonymous。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF062: Rule = Rule {
    id: "PF062",
    title: "permit_sasl_authenticated without SASL",
    title_zh: "有 permit_sasl_authenticated 而无 SASL",
    severity: Severity::Info,
    other_severities: &[],
    why: "The lists name it but no service has SASL on.",
    why_zh: "列表中写了它，但没有任何服务启用 SASL。",
    seen: None,
    seen_zh: None,
    remedy: "Enable SASL for submission or drop the word.",
    remedy_zh: "为提交服务启用 SASL，或去掉该词。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF063: Rule = Rule {
    id: "PF063",
    title: "Submission service takes unauthenticated mail",
    title_zh: "提交服务接收未登录的邮件",
    severity: Severity::Low,
    other_severities: &[],
    why: "A reachable service on 587, 465, submission, smtps or submissions accepts, \
          without login, mail for an own domain.",
    why_zh: "587、465、submission、smtps 或 submissions 上可从外部访问的服务，未经登录就接收发往自\
             有域的邮件。",
    seen: Some("250 for a local recipient without AUTH."),
    seen_zh: Some("不经 AUTH，本地收件人也得到 250。"),
    remedy: "-o smtpd_client_restrictions=permit_sasl_authenticated,reject.",
    remedy_zh: "为该服务加上 -o smtpd_client_restrictions=permit_sasl_authenticated,reject。",
    remedies: &[],
    references: &["SASL_README", "master.cf samples"],
};

pub(in crate::mtaconf) static PF064: Rule = Rule {
    id: "PF064",
    title: "Logins are not tied to sender addresses",
    title_zh: "登录账号未与发件人地址绑定",
    severity: Severity::Low,
    other_severities: &[],
    why: "Such a service has SASL on, but smtpd_sender_login_maps is empty or no \
          reject_sender_login_mismatch, reject_authenticated_sender_login_mismatch or \
          reject_known_sender_login_mismatch is in its lists.",
    why_zh: "这类服务启用了 SASL，但 smtpd_sender_login_maps 为空，或其列表中没有 \
             reject_sender_login_mismatch、reject_authenticated_sender_login_mismatch 或 \
             reject_known_sender_login_mismatch。",
    seen: None,
    seen_zh: None,
    remedy: "Set smtpd_sender_login_maps and reject_sender_login_mismatch.",
    remedy_zh: "设置 smtpd_sender_login_maps 和 reject_sender_login_mismatch。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF065: Rule = Rule {
    id: "PF065",
    title: "broken_sasl_auth_clients",
    title_zh: "启用了 broken_sasl_auth_clients",
    severity: Severity::Info,
    other_severities: &[],
    why: "Set to yes.",
    why_zh: "被设为 yes。",
    seen: Some("EHLO shows an additional AUTH= line."),
    seen_zh: Some("EHLO 多出一行 AUTH=。"),
    remedy: "Remove unless an old client needs it.",
    remedy_zh: "除非有旧客户端需要，否则删除。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF069: Rule = Rule {
    id: "PF069",
    title: "Login offered on port 25",
    title_zh: "在 25 端口提供登录",
    severity: Severity::Info,
    other_severities: &[],
    why: "SASL is on for the port 25 service.",
    why_zh: "25 端口的服务启用了 SASL。",
    seen: Some("EHLO lists AUTH."),
    seen_zh: Some("EHLO 列出 AUTH。"),
    remedy: "Offer AUTH on submission only.",
    remedy_zh: "只在提交端口提供 AUTH。",
    remedies: &[],
    references: &["SASL_README"],
};

pub(in crate::mtaconf) static PF070: Rule = Rule {
    id: "PF070",
    title: "Too many hosts may use XCLIENT",
    title_zh: "过多主机可使用 XCLIENT",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "smtpd_authorized_xclient_hosts of a reachable service: everybody is critical, \
          else the breadth scale.",
    why_zh: "可从外部访问的服务的 smtpd_authorized_xclient_hosts：为所有人时是 critical，否则按网\
             段宽度分级。",
    seen: Some("EHLO lists XCLIENT; after XCLIENT ADDR=127.0.0.1 foreign RCPT gets 250."),
    seen_zh: Some("EHLO 列出 XCLIENT；XCLIENT ADDR=127.0.0.1 之后，外部 RCPT 得到 250。"),
    remedy: "List the proxy addresses only.",
    remedy_zh: "只列出代理的地址。",
    remedies: &[],
    references: &["XCLIENT_README"],
};

pub(in crate::mtaconf) static PF071: Rule = Rule {
    id: "PF071",
    title: "Too many hosts may use XFORWARD",
    title_zh: "过多主机可使用 XFORWARD",
    severity: Severity::Low,
    other_severities: &[],
    why: "smtpd_authorized_xforward_hosts: everybody or a wide public range. Only log \
          entries can be forged.",
    why_zh: "smtpd_authorized_xforward_hosts 为所有人，或为很宽的公网网段。只会造成日志记录被伪\
             造。",
    seen: Some("EHLO lists XFORWARD."),
    seen_zh: Some("EHLO 列出 XFORWARD。"),
    remedy: "List the filter hosts only.",
    remedy_zh: "只列出过滤器主机。",
    remedies: &[],
    references: &["XFORWARD_README"],
};

pub(in crate::mtaconf) static PF072: Rule = Rule {
    id: "PF072",
    title: "Proxy protocol on a public listener",
    title_zh: "公网监听口启用 PROXY 协议",
    severity: Severity::High,
    other_severities: &[],
    why: "smtpd_upstream_proxy_protocol or postscreen_upstream_proxy_protocol is set for \
          a service that is not bound to loopback. Postfix has no list of allowed \
          proxies: whoever connects states the client address.",
    why_zh: "未绑定到回环地址的服务设置了 smtpd_upstream_proxy_protocol 或 \
             postscreen_upstream_proxy_protocol。Postfix 没有允许的代理列表：谁连上来，谁就能声明\
             客户端地址。",
    seen: Some("A PROXY line naming 127.0.0.1 before EHLO gives 250."),
    seen_zh: Some("在 EHLO 之前发送写有 127.0.0.1 的 PROXY 行，即得到 250。"),
    remedy: "Bind it to the proxy network and filter the port.",
    remedy_zh: "绑定到代理网络，并用防火墙过滤该端口。",
    remedies: &[],
    references: &["POSTSCREEN_README", "postconf(5)"],
};

pub(in crate::mtaconf) static PF073: Rule = Rule {
    id: "PF073",
    title: "QMQP is open",
    title_zh: "QMQP 对外开放",
    severity: Severity::Critical,
    other_severities: &[Severity::High, Severity::Medium],
    why: "A qmqpd service is reachable and qmqpd_authorized_clients is everybody or wide. \
          QMQP makes no other relay check: everybody makes the outcome open (PF001 speaks \
          of SMTP services only).",
    why_zh: "qmqpd 服务可从外部访问，而 qmqpd_authorized_clients 为所有人或过宽。QMQP 不做其他中继\
             检查：若为所有人，结果即为 open（PF001 只针对 SMTP 服务）。",
    seen: Some("Port 628 takes mail."),
    seen_zh: Some("628 端口接收邮件。"),
    remedy: "Remove the service or list the clients.",
    remedy_zh: "移除该服务，或列出允许的客户端。",
    remedies: &[],
    references: &["qmqpd(8)"],
};

pub(in crate::mtaconf) static PF074: Rule = Rule {
    id: "PF074",
    title: "Re-entry port of a filter is reachable",
    title_zh: "过滤器的回注端口可从外部访问",
    severity: Severity::Medium,
    other_severities: &[],
    why: "An smtpd service on a port other than 25, 465, 587 (or their names), not bound \
          to loopback, that empties content_filter or sets receive_override_options with \
          no_unknown_recipient_checks, no_milters, no_header_body_checks or \
          no_address_mappings.",
    why_zh: "除 25、465、587（或其名称）之外的端口上，有未绑定到回环地址的 smtpd 服务清空了 \
             content_filter，或在 receive_override_options 中设置了 no_unknown_recipient_checks、\
             no_milters、no_header_body_checks 或 no_address_mappings。",
    seen: Some("The port answers with a banner; mail skips the filter."),
    seen_zh: Some("端口有横幅应答；邮件绕过过滤器。"),
    remedy: "Bind it to 127.0.0.1.",
    remedy_zh: "绑定到 127.0.0.1。",
    remedies: &[],
    references: &["FILTER_README"],
};

pub(in crate::mtaconf) static PF080: Rule = Rule {
    id: "PF080",
    title: "allow_untrusted_routing",
    title_zh: "启用了 allow_untrusted_routing",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Set to yes: user%foreign@relay-domain and similar pass to relay domains.",
    why_zh: "被设为 yes：user%foreign@relay-domain 之类的地址会通过并发往中继域。",
    seen: Some("250 for percent addresses in a relay domain."),
    seen_zh: Some("中继域中的百分号地址得到 250。"),
    remedy: "Set it to no.",
    remedy_zh: "改为 no。",
    remedies: &[],
    references: &["postconf(5) allow_untrusted_routing"],
};

pub(in crate::mtaconf) static PF083: Rule = Rule {
    id: "PF083",
    title: "All mail is copied outside",
    title_zh: "所有邮件都抄送到外部",
    severity: Severity::Low,
    other_severities: &[],
    why: "always_bcc (or a catch-all in sender_bcc_maps, recipient_bcc_maps) is an \
          address outside the own domains.",
    why_zh: "always_bcc（或 sender_bcc_maps、recipient_bcc_maps 中通配全部的条目）是自有域之外的地\
             址。",
    seen: None,
    seen_zh: None,
    remedy: "Confirm it is wanted.",
    remedy_zh: "确认是否本意如此。",
    remedies: &[],
    references: &["postconf(5) always_bcc"],
};

pub(in crate::mtaconf) static PF090: Rule = Rule {
    id: "PF090",
    title: "No rate limits",
    title_zh: "没有速率限制",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_client_message_rate_limit, smtpd_client_recipient_rate_limit and \
          smtpd_client_auth_rate_limit are all 0 (default).",
    why_zh: "smtpd_client_message_rate_limit、smtpd_client_recipient_rate_limit 和 \
             smtpd_client_auth_rate_limit 都是 0（默认）。",
    seen: None,
    seen_zh: None,
    remedy: "Set limits on submission.",
    remedy_zh: "在提交端口设置限制。",
    remedies: &[],
    references: &["TUNING_README"],
};

pub(in crate::mtaconf) static PF091: Rule = Rule {
    id: "PF091",
    title: "Limits do not apply to anybody",
    title_zh: "限制对谁都不起作用",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_client_event_limit_exceptions covers everybody.",
    why_zh: "smtpd_client_event_limit_exceptions 覆盖所有人。",
    seen: None,
    seen_zh: None,
    remedy: "Narrow it.",
    remedy_zh: "收窄。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF092: Rule = Rule {
    id: "PF092",
    title: "VRFY is on",
    title_zh: "VRFY 已开启",
    severity: Severity::Info,
    other_severities: &[],
    why: "disable_vrfy_command is not yes.",
    why_zh: "disable_vrfy_command 不是 yes。",
    seen: Some("252 or 550 to VRFY."),
    seen_zh: Some("VRFY 得到 252 或 550。"),
    remedy: "disable_vrfy_command = yes.",
    remedy_zh: "设置 disable_vrfy_command = yes。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF093: Rule = Rule {
    id: "PF093",
    title: "HELO is not required",
    title_zh: "不要求 HELO",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_helo_required is not yes.",
    why_zh: "smtpd_helo_required 不是 yes。",
    seen: Some("MAIL without EHLO gets 250."),
    seen_zh: Some("不经 EHLO 的 MAIL 得到 250。"),
    remedy: "smtpd_helo_required = yes.",
    remedy_zh: "设置 smtpd_helo_required = yes。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF094: Rule = Rule {
    id: "PF094",
    title: "soft_bounce",
    title_zh: "启用了 soft_bounce",
    severity: Severity::Low,
    other_severities: &[],
    why: "Set to yes: refusals turn into 4xx and senders keep trying.",
    why_zh: "被设为 yes：拒绝变成 4xx，发信方会不断重试。",
    seen: Some("4xx instead of 5xx."),
    seen_zh: Some("得到 4xx 而不是 5xx。"),
    remedy: "Set it to no after testing.",
    remedy_zh: "测试完后改为 no。",
    remedies: &[],
    references: &["postconf(5) soft_bounce"],
};

pub(in crate::mtaconf) static PF095: Rule = Rule {
    id: "PF095",
    title: "Refusals are not delayed",
    title_zh: "拒绝未延后",
    severity: Severity::Low,
    other_severities: &[],
    why: "smtpd_delay_reject = no. Refused attempts are logged without sender and \
          recipient, and lists before RCPT cannot protect by destination.",
    why_zh: "smtpd_delay_reject = no。被拒的尝试在日志中没有发件人和收件人，RCPT 之前的列表也无法\
             按目标提供保护。",
    seen: Some("Refusal already at MAIL or HELO."),
    seen_zh: Some("在 MAIL 或 HELO 时就被拒绝。"),
    remedy: "Leave it at yes.",
    remedy_zh: "保持 yes。",
    remedies: &[],
    references: &["SMTPD_ACCESS_README"],
};

pub(in crate::mtaconf) static PF096: Rule = Rule {
    id: "PF096",
    title: "TLS is not offered",
    title_zh: "未提供 TLS",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_tls_security_level is empty or none and smtpd_use_tls is not yes.",
    why_zh: "smtpd_tls_security_level 为空或 none，且 smtpd_use_tls 不是 yes。",
    seen: Some("No STARTTLS."),
    seen_zh: Some("没有 STARTTLS。"),
    remedy: "smtpd_tls_security_level = may.",
    remedy_zh: "设置 smtpd_tls_security_level = may。",
    remedies: &[],
    references: &["TLS_README"],
};

pub(in crate::mtaconf) static PF098: Rule = Rule {
    id: "PF098",
    title: "The relay safety net is off",
    title_zh: "中继安全网已关闭",
    severity: Severity::Low,
    other_severities: &[],
    why: "Version 3.0 or later, compatibility_level below 1 (also when missing) and \
          smtpd_relay_restrictions not set: its default is empty. The log then says: \
          using backwards-compatible default setting \"smtpd_relay_restrictions = \
          (empty)\".",
    why_zh: "版本为 3.0 或更新，compatibility_level 低于 1（未设置也算），且未设置 \
             smtpd_relay_restrictions：其默认值为空。日志会写：using backwards-compatible default \
             setting \"smtpd_relay_restrictions = (empty)\"。",
    seen: Some("As the recipient list decides."),
    seen_zh: Some("由收件人列表决定。"),
    remedy: "Set smtpd_relay_restrictions, then compatibility_level = 3.6.",
    remedy_zh: "设置 smtpd_relay_restrictions，再设 compatibility_level = 3.6。",
    remedies: &[],
    references: &["COMPATIBILITY_README"],
};

pub(in crate::mtaconf) static PF100: Rule = Rule {
    id: "PF100",
    title: "Banner shows the version",
    title_zh: "横幅显示版本号",
    severity: Severity::Info,
    other_severities: &[],
    why: "smtpd_banner contains $mail_version.",
    why_zh: "smtpd_banner 含有 $mail_version。",
    seen: Some("Version in the banner."),
    seen_zh: Some("横幅中有版本号。"),
    remedy: "Remove it.",
    remedy_zh: "去掉。",
    remedies: &[],
    references: &["postconf(5) smtpd_banner"],
};

pub(in crate::mtaconf) static PF103: Rule = Rule {
    id: "PF103",
    title: "A parameter is defined twice with different values",
    title_zh: "参数重复定义且值不同",
    severity: Severity::Low,
    other_severities: &[],
    why: "A relay-relevant parameter; the last one wins.",
    why_zh: "与中继有关的参数；以最后一个为准。",
    seen: None,
    seen_zh: None,
    remedy: "Delete the first.",
    remedy_zh: "删除前面的那个。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF104: Rule = Rule {
    id: "PF104",
    title: "Malformed -o in master.cf",
    title_zh: "master.cf 中 -o 写法有误",
    severity: Severity::Medium,
    other_severities: &[],
    why: "-o without \"=\" in its word, for instance `-o name = value`. The daemon of \
          that service stops with \"missing = after attribute name\": outcome broken for \
          the service, PF004 is not raised.",
    why_zh: "-o 之后的词中没有“=”，例如 `-o name = value`。该服务的守护进程会以“missing = after \
             attribute name”停止：该服务的结果为 broken，不再报 PF004。",
    seen: Some("Port opens, no banner."),
    seen_zh: Some("端口能连上，没有横幅。"),
    remedy: "Write -o name=value or -o { name = value }.",
    remedy_zh: "写成 -o name=value 或 -o { name = value }。",
    remedies: &[],
    references: &["master(5)"],
};

pub(in crate::mtaconf) static PF105: Rule = Rule {
    id: "PF105",
    title: "A parameter was swallowed by a continuation line",
    title_zh: "参数被续行吞掉",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A continuation line (leading white space) whose text begins with a known \
          parameter name and \"=\".",
    why_zh: "某个续行（行首有空白）的内容以已知参数名和“=”开头。",
    seen: Some("The parameter keeps its default."),
    seen_zh: Some("该参数保持默认值。"),
    remedy: "Remove the leading blank.",
    remedy_zh: "去掉行首空格。",
    remedies: &[],
    references: &["postconf(5) file format"],
};

pub(in crate::mtaconf) static PF106: Rule = Rule {
    id: "PF106",
    title: "Undefined parameter in a relay setting",
    title_zh: "中继设置中引用了未定义的参数",
    severity: Severity::Low,
    other_severities: &[],
    why: "A plain $name or ${name} in a relay-relevant value with no definition and no \
          default: it becomes empty. A name that is only tested (${name?..}, ${name:..}) \
          does not count.",
    why_zh: "与中继有关的值中有 $name 或 ${name}，既无定义也无默认值：展开为空。只用于判断的名称\
             （${name?..}、${name:..}）不算。",
    seen: None,
    seen_zh: None,
    remedy: "Define or remove it.",
    remedy_zh: "定义它，或将其删除。",
    remedies: &[],
    references: &["postconf(5)"],
};

pub(in crate::mtaconf) static PF109: Rule = Rule {
    id: "PF109",
    title: "Line without \"=\"",
    title_zh: "没有“=”的行",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A logical line of main.cf that is no assignment. Postfix refuses to start; \
          outcome broken.",
    why_zh: "main.cf 中有一个逻辑行不是赋值。Postfix 拒绝启动；结果为 broken。",
    seen: Some("Connection refused."),
    seen_zh: Some("连接被拒绝。"),
    remedy: "Correct it.",
    remedy_zh: "更正。",
    remedies: &[],
    references: &["postconf(5) file format"],
};

pub(in crate::mtaconf) static PF110: Rule = Rule {
    id: "PF110",
    title: "Another instance was not handed in",
    title_zh: "另一个实例未提供",
    severity: Severity::Info,
    other_severities: &[],
    why: "multi_instance_directories names a directory that is not among the inputs.",
    why_zh: "multi_instance_directories 指向一个未提供的目录。",
    seen: None,
    seen_zh: None,
    remedy: "Hand in all instance directories.",
    remedy_zh: "提供所有实例的目录。",
    remedies: &[],
    references: &["MULTI_INSTANCE_README"],
};
