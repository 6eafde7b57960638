//! Host names and domains the user wrote.
//!
//! In: text in any case, with or without the final dot, in any script. Out: a [`Name`]: lower case,
//! A-labels, no final dot, within the lengths of the DNS.
//!
//! Underscores are taken although no host name has them: such names are in use and resolve. A name
//! whose last label is a number is refused, for programs disagree on what address it is: `192.0.2`,
//! `3221225985`, `0x7f.1`.
//!
//! Does not ask whether the name exists or has a known top level.
//!
//! References: RFC 1123 2.1 (host names), RFC 1035 2.3.4 (lengths), RFC 5891 and UTS 46
//! (international names).

use super::error::{Problem, quote};
use std::fmt;
use std::sync::Arc;

/// A host name or domain in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

impl Name {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            // Whatever of ASCII is not allowed is refused below, with its own words.
            let ascii = idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::EMPTY);
            ascii.map_err(|_| Problem::Idna)?.into_owned()
        };
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        check(name)?;
        Ok(Self(name.into()))
    }

    /// Gives the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the name to be shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(name: &str) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(Problem::NoHost);
    }
    for label in name.split('.') {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if let Some(c) = label.chars().find(|c| !allowed(*c)) {
            return Err(Problem::NameCharacter(quote(c.encode_utf8(&mut [0; 4]))));
        }
        if label.is_empty() {
            return Err(Problem::EmptyLabel);
        }
        if label.len() > 63 {
            return Err(Problem::LongLabel(quote(label)));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(Problem::EdgeHyphen(label.to_owned()));
        }
    }
    if name.len() > 253 {
        return Err(Problem::LongName);
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let hex = last.strip_prefix("0x");
    if !last.bytes().any(|b| b.is_ascii_alphabetic())
        || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        return Err(Problem::NumericName(last.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_into_one_spelling() {
        for (text, name) in [
            ("mail.example.com", "mail.example.com"),
            ("Mail.EXAMPLE.com.", "mail.example.com"),
            ("localhost", "localhost"),
            ("_smtp.example.com", "_smtp.example.com"),
            ("my_host", "my_host"),
            ("3com.example", "3com.example"),
            ("1.2.3.4.example", "1.2.3.4.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            (
                "\u{4f8b}\u{5b50}.\u{6d4b}\u{8bd5}",
                "xn--fsqu00a.xn--0zwm56d",
            ),
            // The full stops of East Asian input methods are dots.
            ("mail\u{3002}example\u{ff0e}cn", "mail.example.cn"),
            ("\u{4f8b}\u{5b50}_x.example", "xn--_x-pt3ck06b.example"),
            ("0xyz", "0xyz"),
        ] {
            let read = Name::parse(text);
            assert_eq!(read.as_ref().map(Name::as_str), Ok(name), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_name() {
        let long_label = "x".repeat(64);
        let long_name = ["x".repeat(49).as_str(); 6].join(".");
        for (text, problem) in [
            ("", Problem::NoHost),
            (".", Problem::NoHost),
            ("a..b", Problem::EmptyLabel),
            (".a", Problem::EmptyLabel),
            ("a..", Problem::EmptyLabel),
            ("-a.example", Problem::EdgeHyphen("-a".into())),
            ("a-.example", Problem::EdgeHyphen("a-".into())),
            ("a b", Problem::NameCharacter(" ".into())),
            ("a\u{1b}b", Problem::NameCharacter("\\x1b".into())),
            ("*.example", Problem::NameCharacter("*".into())),
            (&long_label, Problem::LongLabel(long_label.clone())),
            (&long_name, Problem::LongName),
            ("192.0.2", Problem::NumericName("2".into())),
            ("3221225985", Problem::NumericName("3221225985".into())),
            ("0x7f.0x1", Problem::NumericName("0x1".into())),
            ("a.0x", Problem::NumericName("0x".into())),
            ("a.1-5", Problem::NumericName("1-5".into())),
            (
                "\u{ff11}\u{ff19}\u{ff12}.\u{ff10}",
                Problem::NumericName("0".into()),
            ),
            ("\u{fffd}.example", Problem::Idna),
            ("a\u{202e}b.example", Problem::Idna),
        ] {
            assert_eq!(Name::parse(text), Err(problem), "{text}");
        }
        let longest = format!("{}.abc", ["x".repeat(49).as_str(); 5].join("."));
        assert_eq!(longest.len(), 253);
        assert!(Name::parse(&longest).is_ok());
        assert!(Name::parse(&format!("{longest}.")).is_ok());
        assert_eq!(Name::parse(&format!("{longest}d")), Err(Problem::LongName));
    }
}
