//! Which language a person reads.
//!
//! In: what was typed, and the variables of the environment. Out: a language.
//!
//! The order is that of gettext: `LANGUAGE`, a list, counts where the locale is not that of the C library; the locale is
//! the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set and not empty. What is not Chinese is English.
//!
//! References: POSIX.1-2024, Base Definitions 8.2; GNU gettext manual, "Specifying a Priority List of Languages".

use crate::model::Lang;

/// Chooses by what was typed, or else by the environment.
pub fn choose(typed: Option<Lang>, variable: impl Fn(&str) -> Option<String>) -> Lang {
    typed.unwrap_or_else(|| of_environment(variable))
}

fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Lang {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let Some(locale) = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set) else {
        return Lang::En;
    };
    // C.UTF-8 as well: the encoding is no language.
    if matches!(language(&locale), "C" | "POSIX") {
        return Lang::En;
    }
    let list = set(&"LANGUAGE").unwrap_or_default();
    list.split(':')
        .find_map(known)
        .unwrap_or_else(|| known(&locale).unwrap_or(Lang::En))
}

/// Knows the language of a locale, if it is one of ours.
fn known(locale: &str) -> Option<Lang> {
    let language = language(locale);
    Lang::ALL
        .iter()
        .copied()
        .find(|lang| lang.as_str().eq_ignore_ascii_case(language))
}

/// Takes the language off a locale: `zh` of `zh_CN.UTF-8@pinyin`, `zh-Hans`.
fn language(locale: &str) -> &str {
    locale
        .split(['_', '-', '.', '@'])
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Lang {
        choose(None, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_was_typed_wins() {
        let chinese = |_: &str| Some("zh_CN.UTF-8".to_owned());
        assert_eq!(choose(Some(Lang::En), chinese), Lang::En);
        assert_eq!(choose(None, chinese), Lang::Zh);
    }

    #[test]
    fn the_locale_decides_in_the_order_of_posix() {
        for locale in [
            "zh_CN.UTF-8",
            "zh_TW",
            "zh",
            "zh_CN.GB18030",
            "zh-Hans",
            "ZH_cn",
        ] {
            assert_eq!(of(&[("LANG", locale)]), Lang::Zh, "{locale}");
        }
        for locale in [
            "C",
            "POSIX",
            "C.UTF-8",
            "en_US.UTF-8",
            "de_DE",
            "zhuang",
            "",
        ] {
            assert_eq!(of(&[("LANG", locale)]), Lang::En, "{locale}");
        }
        assert_eq!(of(&[]), Lang::En);
        assert_eq!(of(&[("LC_ALL", "en_US"), ("LANG", "zh_CN")]), Lang::En);
        assert_eq!(
            of(&[("LC_ALL", ""), ("LC_MESSAGES", "zh_CN"), ("LANG", "de_DE")]),
            Lang::Zh
        );
        assert_eq!(of(&[("LC_ALL", "C"), ("LC_MESSAGES", "zh_CN")]), Lang::En);
    }

    #[test]
    fn a_list_of_languages_outranks_the_locale_but_not_that_of_c() {
        assert_eq!(of(&[("LANGUAGE", "zh_CN:en"), ("LANG", "en_US")]), Lang::Zh);
        assert_eq!(of(&[("LANGUAGE", "fr:en:zh"), ("LANG", "zh_CN")]), Lang::En);
        assert_eq!(of(&[("LANGUAGE", "fr"), ("LANG", "zh_CN")]), Lang::Zh);
        assert_eq!(of(&[("LANGUAGE", "zh"), ("LANG", "C")]), Lang::En);
        assert_eq!(of(&[("LANGUAGE", "zh")]), Lang::En);
    }
}
