//! Domains: whose they are, which are too wide, and what fits everything.
//!
//! In: entries of domain lists as their server reads them. Out: what is wrong with them. Patterns are held
//! against samples that have nothing in common; one that is made to exclude the samples is not found out.
//!
//! References: the public suffix list is not used here, for half of its suffixes belong to somebody who may well
//! relay for them; the short list below holds those under which strangers register.

use std::net::IpAddr;

/// Domains that have nothing in common: what a pattern must fit to fit every domain.
pub const STRANGE_DOMAINS: &[&str] = &[
    "relaycheck-stranger",
    "outsider.example",
    "victim-7f3a.net",
    "mail.far-away.co.uk",
    "x9.qq7.com.cn",
];

/// Addresses in such domains: what a pattern must fit to fit every sender or recipient.
pub const STRANGE_ADDRESSES: &[&str] = &[
    "someone@relaycheck-stranger",
    "a@outsider.example",
    "Info.Desk+7@victim-7f3a.net",
    "x@mail.far-away.co.uk",
    "9_z@x9.qq7.com.cn",
];

/// The outside recipient of evaluations and of the envelopes that are printed: example.com never takes mail.
pub const OUTSIDE_RECIPIENT: &str = "relaycheck@example.com";

/// The domain of [`OUTSIDE_RECIPIENT`].
pub const OUTSIDE_DOMAIN: &str = "example.com";

/// Labels that are a whole name in local use.
const LOCAL: &[&str] = &[
    "localhost",
    "local",
    "lan",
    "internal",
    "test",
    "invalid",
    "home",
    "arpa",
];

/// Second-level names under which strangers register.
const SUFFIXES: &[&str] = &[
    "co.uk", "org.uk", "ac.uk", "gov.uk", "me.uk", "com.cn", "net.cn", "org.cn", "gov.cn",
    "edu.cn", "ac.cn", "com.au", "net.au", "org.au", "co.jp", "ne.jp", "or.jp", "ac.jp", "com.br",
    "net.br", "org.br", "com.tw", "net.tw", "org.tw", "edu.tw", "com.hk", "net.hk", "org.hk",
    "com.sg", "co.kr", "or.kr", "co.in", "net.in", "co.za", "co.nz", "com.mx", "com.tr", "com.ar",
    "com.pl", "co.il", "com.ru", "com.ua",
];

/// Tells whether a name (without leading dot or wildcard) is a top-level domain, or one of a few suffixes that
/// are as wide as one.
pub fn is_top_level(name: &str) -> bool {
    let name = name.trim_matches('.').to_ascii_lowercase();
    if name.is_empty() || name.parse::<IpAddr>().is_ok() || LOCAL.contains(&name.as_str()) {
        return false;
    }
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    plain && (!name.contains('.') || SUFFIXES.contains(&name.as_str()))
}

/// Tells whether a domain is one of some or lies below one; names are compared without regard to case.
pub fn is_within(domain: &str, domains: &[String]) -> bool {
    let domain = domain.trim_matches('.').to_ascii_lowercase();
    domains.iter().any(|own| {
        let own = own.trim_matches('.').to_ascii_lowercase();
        let above = domain.strip_suffix(own.as_str());
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

/// Tells whether a test holds for every one of the strange domains.
pub fn fits_every_domain(mut fits: impl FnMut(&str) -> bool) -> bool {
    STRANGE_DOMAINS.iter().all(|domain| fits(domain))
}

/// Tells whether a test holds for every one of the strange addresses.
pub fn fits_every_address(mut fits: impl FnMut(&str) -> bool) -> bool {
    STRANGE_ADDRESSES.iter().all(|address| fits(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_top_level_domains_from_names() {
        for name in ["net", ".com", "co.uk", "COM.CN", "cn."] {
            assert!(is_top_level(name), "{name}");
        }
        for name in [
            "example.net",
            "localhost",
            "lan",
            "192.0.2.1",
            "",
            "$x",
            "static:all",
        ] {
            assert!(!is_top_level(name), "{name}");
        }
    }

    #[test]
    fn a_domain_is_own_when_it_equals_or_is_below_one() {
        let own = ["example.com".to_owned()];
        assert!(is_within("Example.COM", &own));
        assert!(is_within("mail.example.com", &own));
        assert!(!is_within("badexample.com", &own));
        assert!(!is_within("com", &own));
    }
}
