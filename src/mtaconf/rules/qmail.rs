//! The rules for qmail: what is looked for, how bad it is, and which line to change.
//!
//! References: qmail-smtpd(8), qmail-send(8), tcprules(1), dot-qmail(5).

use crate::model::{Rule, Severity};

/// The rules, by id.
pub(super) static RULES: &[&Rule] = &[
    &QM001, &QM002, &QM003, &QM004, &QM005, &QM006, &QM007, &QM008, &QM009, &QM010, &QM011,
];

pub(in crate::mtaconf) static QM001: Rule = Rule {
    id: "QM001",
    title: "rcpthosts is missing",
    title_zh: "缺少 rcpthosts",
    severity: Severity::Critical,
    other_severities: &[],
    why: "control/ was handed in and has no rcpthosts. An empty file is not missing: it \
          refuses everything.",
    why_zh: "已提供 control/，其中没有 rcpthosts。空文件不算缺少：空文件会拒绝一切。",
    seen: Some("250 for every domain."),
    seen_zh: Some("对任何域都得到 250。"),
    remedy: "Create control/rcpthosts.",
    remedy_zh: "创建 control/rcpthosts。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM002: Rule = Rule {
    id: "QM002",
    title: "RELAYCLIENT for everybody",
    title_zh: "RELAYCLIENT 对所有人生效",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The tcprules entry with an empty address (`:allow,...`) sets RELAYCLIENT.",
    why_zh: "tcprules 中地址为空的条目（`:allow,...`）设置了 RELAYCLIENT。",
    seen: Some("250 from anywhere."),
    seen_zh: Some("从任何地方都得到 250。"),
    remedy: "Remove it from the default rule.",
    remedy_zh: "从默认规则中去掉它。",
    remedies: &[],
    references: &["tcprules(1)", "qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM003: Rule = Rule {
    id: "QM003",
    title: "RELAYCLIENT for a wide range",
    title_zh: "RELAYCLIENT 的网段过宽",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "An entry with an address prefix sets RELAYCLIENT: one octet /8, two /16; ranges \
          10.0-255. count as written. tcprules takes the most exact entry, not the first.",
    why_zh: "带地址前缀的条目设置了 RELAYCLIENT：一段为 /8，两段为 /16；10.0-255. 这样的范围按所写\
             计算。tcprules 采用最精确的条目，而不是第一条。",
    seen: Some("250 from there."),
    seen_zh: Some("从该网段得到 250。"),
    remedy: "Narrow it.",
    remedy_zh: "收窄网段。",
    remedies: &[],
    references: &["tcprules(1)"],
};

pub(in crate::mtaconf) static QM004: Rule = Rule {
    id: "QM004",
    title: "RELAYCLIENT in the environment",
    title_zh: "环境变量中设置了 RELAYCLIENT",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A run script or env directory of qmail-smtpd sets RELAYCLIENT for every connection.",
    why_zh: "qmail-smtpd 的 run 脚本或 env 目录为每个连接都设置了 RELAYCLIENT。",
    seen: Some("250 from anywhere."),
    seen_zh: Some("从任何地方都得到 250。"),
    remedy: "Remove it.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM005: Rule = Rule {
    id: "QM005",
    title: "rcpthosts holds a top-level suffix",
    title_zh: "rcpthosts 含顶级域后缀",
    severity: Severity::High,
    other_severities: &[],
    why: "`.net` and the like, also in morercpthosts.",
    why_zh: "含有 `.net` 之类的条目，morercpthosts 也算在内。",
    seen: Some("250 below it."),
    seen_zh: Some("对其下的域都得到 250。"),
    remedy: "List the domains.",
    remedy_zh: "列出具体的域。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM006: Rule = Rule {
    id: "QM006",
    title: "Password checker always succeeds",
    title_zh: "口令校验程序恒成功",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A run script starts qmail-smtpd (with an AUTH patch) with /bin/true, \
          /usr/bin/true or an equivalent as checker, or with the checker in the place of \
          the host name. Outcome open-if-forged.",
    why_zh: "run 脚本启动 qmail-smtpd（带 AUTH 补丁）时，校验程序用的是 /bin/true、/usr/bin/true \
             或等效程序，或者把校验程序写在了主机名的位置。结果为 open-if-forged。",
    seen: Some("AUTH with rubbish gives 235."),
    seen_zh: Some("用乱写的口令 AUTH 得到 235。"),
    remedy: "Name a real checker.",
    remedy_zh: "指定真正的校验程序。",
    remedies: &[],
    references: &["AUTH patch notes"],
};

pub(in crate::mtaconf) static QM007: Rule = Rule {
    id: "QM007",
    title: "percenthack",
    title_zh: "存在 percenthack",
    severity: Severity::Critical,
    other_severities: &[],
    why: "control/percenthack names a domain that rcpthosts accepts: user%foreign@domain \
          passes qmail-smtpd and is rewritten afterwards to user@foreign.",
    why_zh: "control/percenthack 中的域恰在 rcpthosts 接收之列：user%foreign@domain 通过 \
             qmail-smtpd 的检查，随后被改写成 user@foreign。",
    seen: Some("user%foreign@domain gets 250 (and mail leaves)."),
    seen_zh: Some("user%foreign@domain 得到 250（且邮件会发出去）。"),
    remedy: "Remove the file.",
    remedy_zh: "删除该文件。",
    remedies: &[],
    references: &["qmail-send(8)"],
};

pub(in crate::mtaconf) static QM008: Rule = Rule {
    id: "QM008",
    title: "Domain is foreign",
    title_zh: "含外部域",
    severity: Severity::Medium,
    other_severities: &[],
    why: "rcpthosts, locals or virtualdomains entry outside the own domains.",
    why_zh: "rcpthosts、locals 或 virtualdomains 中有不属于自有域的条目。",
    seen: Some("250."),
    seen_zh: Some("得到 250。"),
    remedy: "Remove or confirm.",
    remedy_zh: "移除或确认。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM009: Rule = Rule {
    id: "QM009",
    title: "Catch-all to the outside",
    title_zh: "全收 (catch-all) 转到外部",
    severity: Severity::Medium,
    other_severities: &[],
    why: "alias/.qmail-default (or .qmail-domain-default) forwards outside.",
    why_zh: "alias/.qmail-default（或 .qmail-domain-default）转发到外部。",
    seen: Some("250 for any user."),
    seen_zh: Some("对任何用户都得到 250。"),
    remedy: "List the users.",
    remedy_zh: "逐个列出用户。",
    remedies: &[],
    references: &["dot-qmail(5)"],
};

pub(in crate::mtaconf) static QM010: Rule = Rule {
    id: "QM010",
    title: "rcpthosts is empty",
    title_zh: "rcpthosts 为空",
    severity: Severity::Info,
    other_severities: &[],
    why: "All recipients without RELAYCLIENT are refused.",
    why_zh: "没有 RELAYCLIENT 的所有收件人都会被拒绝。",
    seen: Some("553."),
    seen_zh: Some("得到 553。"),
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "若本意如此，无需处理。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM011: Rule = Rule {
    id: "QM011",
    title: "Star in rcpthosts",
    title_zh: "rcpthosts 中有星号",
    severity: Severity::Low,
    other_severities: &[],
    why: "`*` is no wildcard here.",
    why_zh: "`*` 在这里不是通配符。",
    seen: None,
    seen_zh: None,
    remedy: "Remove.",
    remedy_zh: "删除。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};
