//! The languages of explanations, and texts that stand in each of them.
//!
//! In: both sides of a [`Text`], written beside each other in the table the text belongs to. Out: the side asked for.
//!
//! Does not translate: words that scripts and reports use (verdicts, severities, ids), names of parameters and lines of
//! configurations are the same in every language. Reports are in English; only explanations are in both.
//!
//! The Chinese words, the same throughout: open relay 开放中继; to relay 中继; to forward 转发; authentication 身份验证;
//! login 登录; relay restrictions 中继限制; refusal 拒绝 (in a list 拒绝项); to permit 放行; envelope sender 信封发件人;
//! null sender 空发件人; recipient 收件人; local part 本地部分; outsider 外部客户端; stranger 陌生人; own domain 自有域;
//! foreign, outside domain 外部域; relay domain 中继域; catch-all 全收 (catch-all); trusted networks 受信任网络;
//! breadth scale 网段宽度分级; greylisting 灰名单; blocklist 黑名单; backscatter 退信散射; bounce 退信; mail exchanger
//! 邮件交换器; submission port 提交端口; smarthost 智能主机; banner 横幅; queue 队列; fingerprint 指纹; probe 探测;
//! control 对照; sink, as a fault 黑洞服务器; greeting 问候; caveat 保留意见; address literal 地址字面量; source route 源路由;
//! bang path 感叹号路径; percent hack 百分号写法.

use super::verdict::named;

named! {
    /// A language of explanations.
    Lang {
        /// English.
        En = "en",
        /// Chinese, in simplified characters.
        Zh = "zh",
    }
}

impl Lang {
    /// Gives the side of a pair that is in this language.
    pub fn of<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// A text in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

impl Text {
    /// Puts both sides together.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }

    /// Gives the text in a language.
    pub fn in_lang(self, lang: Lang) -> &'static str {
        lang.of(self.en, self.zh)
    }
}
