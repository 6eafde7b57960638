//! General advice at the end of a report on configurations: what fits what was found.
//!
//! In: audits. Out: the pieces of advice, in the order of the table. A rule is named here by its id; a test
//! holds the ids against the catalogue.
//!
//! References: the catalogue of the configuration audit, section 11.

use super::conf::ConfAudit;
use super::rule::Severity;

/// A piece of advice.
#[derive(Debug)]
pub struct Advice {
    /// What to do.
    pub text: &'static str,
    /// The same in Chinese.
    pub text_zh: &'static str,
    /// When it fits.
    pub when: When,
}

/// What makes a piece of advice fit.
#[derive(Debug)]
pub enum When {
    /// An outsider's mail is taken.
    TakesMail,
    /// One of these rules fired.
    Fired(&'static [&'static str]),
    /// Anything of this severity or above was found.
    Found(Severity),
}

/// Every piece of advice.
pub static ADVICE: &[Advice] = &[
    Advice {
        text: "Keep relaying to listed addresses and to people who log in.",
        text_zh: "仅允许可信地址和已认证用户转发。",
        when: When::TakesMail,
    },
    Advice {
        text: "Offer submission on 587 or 465 with TLS and SASL, and nothing else there.",
        text_zh: "提交端口（587 或 465）强制 TLS 与 SASL，不提供其他服务。",
        when: When::Fired(&[
            "PF060", "PF061", "PF063", "PF069", "EX023", "EX024", "SM013", "SM014", "CO004",
            "CO005", "IIS004", "XC007", "QM006", "GN003",
        ]),
    },
    Advice {
        text: "Refuse unknown recipients at RCPT.",
        text_zh: "在 RCPT 阶段拒绝未知收件人。",
        when: When::Fired(&[
            "PF046", "PF050", "PF051", "PF053", "PF054", "PF057", "EX017", "SM018", "OS018",
            "HK003", "HK009", "QM009", "CO007", "XC005",
        ]),
    },
    Advice {
        text: "Keep one list of your own domains, and let every server read it.",
        text_zh: "统一维护一份自有域名列表。",
        when: When::Fired(&[
            "PF043", "PF047", "PF049", "PF052", "EX016", "EX018", "SM017", "OS021", "HK004",
            "HK005", "QM008", "CO008", "XC006",
        ]),
    },
    Advice {
        text: "Keep versions patched, and read the release notes for defaults that changed.",
        text_zh: "及时更新补丁，并留意默认值变化。",
        when: When::Fired(&["GN001", "EX027", "OS019"]),
    },
    Advice {
        text: "Watch the log for refused and for accepted relay mail.",
        text_zh: "持续监控日志中被拒绝和被接受的转发邮件。",
        when: When::TakesMail,
    },
    Advice {
        text: "Probe the server again after every change.",
        text_zh: "每次变更后复测。",
        when: When::Found(Severity::Medium),
    },
    Advice {
        text: "Keep the configuration in version control, and audit it there.",
        text_zh: "将配置纳入版本控制。",
        when: When::Found(Severity::Medium),
    },
];

impl Advice {
    /// Tells whether it fits an audit.
    pub fn fits(&self, audit: &ConfAudit) -> bool {
        let mut findings = audit.findings.iter();
        match self.when {
            When::TakesMail => audit.takes_mail(),
            When::Fired(rules) => findings.any(|f| rules.contains(&f.rule.id)),
            When::Found(severity) => findings.any(|f| f.severity >= severity),
        }
    }
}
