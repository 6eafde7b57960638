//! What a user adds to the files: version, own domains, trusted networks.

use super::nets::Net;
use std::fmt;

/// A version of a product: up to three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads the first number with a dot in a text, such as `3.7.11` in `3.7.11-0+deb12u1`, or a bare number.
    pub fn parse(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        let number = text[start..].split(|c| !digits(c)).next()?;
        let mut parts = number.split('.').map(|part| part.parse().ok());
        let mut next = || parts.next().flatten();
        Some(Self(next()?, next().unwrap_or(0), next().unwrap_or(0)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(major, minor, 0) => write!(f, "{major}.{minor}"),
            Self(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
        }
    }
}

/// What a user adds to the files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The product's version, where the user knows it; else it is taken from the files, else the newest is
    /// assumed.
    pub version: Option<Version>,
    /// Domains of one's own; rules that need them are silent without.
    pub own_domains: Vec<String>,
    /// Domains that are relayed on purpose.
    pub relay_domains: Vec<String>,
    /// Networks that are trusted on purpose: no list is too wide for holding what lies within one.
    pub trusted: Vec<Net>,
    /// The name of the host the files belong to.
    pub hostname: Option<String>,
}

impl Context {
    /// Tells whether a domain is known to be a stranger's: own domains are given, and it is within none of them
    /// nor of those relayed on purpose.
    pub fn is_foreign(&self, domain: &str) -> bool {
        !self.own_domains.is_empty()
            && !super::domains::is_within(domain, &self.own_domains)
            && !super::domains::is_within(domain, &self.relay_domains)
    }

    /// Leaves out the networks that are trusted on purpose.
    pub fn unexpected(&self, nets: &[Net]) -> Vec<Net> {
        let expected = |net: &Net| self.trusted.iter().any(|trusted| trusted.contains(*net));
        nets.iter().filter(|net| !expected(net)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_versions_in_what_banners_and_packages_say() {
        for (text, expected) in [
            ("3.7.11-0+deb12u1", Some(Version(3, 7, 11))),
            ("Postfix 2.10", Some(Version(2, 10, 0))),
            ("8.17.1.9/8.17.1.9/Debian-2", Some(Version(8, 17, 1))),
            ("6", Some(Version(6, 0, 0))),
            ("newest", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
        assert!(Version(2, 9, 0) < Version(2, 10, 0));
    }

    #[test]
    fn nothing_is_foreign_while_no_own_domain_is_known() {
        let mut context = Context::default();
        assert!(!context.is_foreign("example.net"));
        context.own_domains.push("example.com".to_owned());
        assert!(context.is_foreign("example.net"));
        context.relay_domains.push("example.net".to_owned());
        assert!(!context.is_foreign("a.example.net"));
    }
}
