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
    severity: Severity::Critical,
    other_severities: &[],
    why: "control/ was handed in and has no rcpthosts. An empty file is not missing: it \
          refuses everything.",
    seen: Some("250 for every domain."),
    remedy: "Create control/rcpthosts.",
    remedy_zh: "缺少 control/rcpthosts，任意域均接收：请创建。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM002: Rule = Rule {
    id: "QM002",
    title: "RELAYCLIENT for everybody",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The tcprules entry with an empty address (`:allow,...`) sets RELAYCLIENT.",
    seen: Some("250 from anywhere."),
    remedy: "Remove it from the default rule.",
    remedy_zh: "默认规则设置了 RELAYCLIENT：删除。",
    remedies: &[],
    references: &["tcprules(1)", "qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM003: Rule = Rule {
    id: "QM003",
    title: "RELAYCLIENT for a wide range",
    severity: Severity::High,
    other_severities: &[Severity::Medium],
    why: "An entry with an address prefix sets RELAYCLIENT: one octet /8, two /16; ranges \
          10.0-255. count as written. tcprules takes the most exact entry, not the first.",
    seen: Some("250 from there."),
    remedy: "Narrow it.",
    remedy_zh: "RELAYCLIENT 网段过宽：收窄。",
    remedies: &[],
    references: &["tcprules(1)"],
};

pub(in crate::mtaconf) static QM004: Rule = Rule {
    id: "QM004",
    title: "RELAYCLIENT in the environment",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A run script or env directory of qmail-smtpd sets RELAYCLIENT for every connection.",
    seen: Some("250 from anywhere."),
    remedy: "Remove it.",
    remedy_zh: "启动脚本设置 RELAYCLIENT：删除。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM005: Rule = Rule {
    id: "QM005",
    title: "rcpthosts holds a top-level suffix",
    severity: Severity::High,
    other_severities: &[],
    why: "`.net` and the like, also in morercpthosts.",
    seen: Some("250 below it."),
    remedy: "List the domains.",
    remedy_zh: "rcpthosts 含顶级域后缀：改为具体域名。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM006: Rule = Rule {
    id: "QM006",
    title: "Password checker always succeeds",
    severity: Severity::Critical,
    other_severities: &[],
    why: "A run script starts qmail-smtpd (with an AUTH patch) with /bin/true, \
          /usr/bin/true or an equivalent as checker, or with the checker in the place of \
          the host name. Outcome open-if-forged.",
    seen: Some("AUTH with rubbish gives 235."),
    remedy: "Name a real checker.",
    remedy_zh: "认证校验程序恒成功：改用真实校验。",
    remedies: &[],
    references: &["AUTH patch notes"],
};

pub(in crate::mtaconf) static QM007: Rule = Rule {
    id: "QM007",
    title: "percenthack",
    severity: Severity::Critical,
    other_severities: &[],
    why: "control/percenthack names a domain that rcpthosts accepts: user%foreign@domain \
          passes qmail-smtpd and is rewritten afterwards to user@foreign.",
    seen: Some("user%foreign@domain gets 250 (and mail leaves)."),
    remedy: "Remove the file.",
    remedy_zh: "percenthack 造成间接转发：删除。",
    remedies: &[],
    references: &["qmail-send(8)"],
};

pub(in crate::mtaconf) static QM008: Rule = Rule {
    id: "QM008",
    title: "Domain is foreign",
    severity: Severity::Medium,
    other_severities: &[],
    why: "rcpthosts, locals or virtualdomains entry outside the own domains.",
    seen: Some("250."),
    remedy: "Remove or confirm.",
    remedy_zh: "含非自有域：确认或移除。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM009: Rule = Rule {
    id: "QM009",
    title: "Catch-all to the outside",
    severity: Severity::Medium,
    other_severities: &[],
    why: "alias/.qmail-default (or .qmail-domain-default) forwards outside.",
    seen: Some("250 for any user."),
    remedy: "List the users.",
    remedy_zh: "整域外转：逐个列出。",
    remedies: &[],
    references: &["dot-qmail(5)"],
};

pub(in crate::mtaconf) static QM010: Rule = Rule {
    id: "QM010",
    title: "rcpthosts is empty",
    severity: Severity::Info,
    other_severities: &[],
    why: "All recipients without RELAYCLIENT are refused.",
    seen: Some("553."),
    remedy: "Nothing, if it is meant so.",
    remedy_zh: "rcpthosts 为空，全部拒收。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};

pub(in crate::mtaconf) static QM011: Rule = Rule {
    id: "QM011",
    title: "Star in rcpthosts",
    severity: Severity::Low,
    other_severities: &[],
    why: "`*` is no wildcard here.",
    seen: None,
    remedy: "Remove.",
    remedy_zh: "rcpthosts 中的 * 无效：删除。",
    remedies: &[],
    references: &["qmail-smtpd(8)"],
};
