//! Paths as clients write them, and a view of their parts.
//!
//! In: what stands behind `MAIL FROM:` or `RCPT TO:`. Out: the path to the byte, its parameters, and
//! beside it an [`Address`]: route, local part, domain.
//!
//! Tolerant: brackets may be missing, quotes may stay open, any byte may stand anywhere. Nothing is
//! tidied away, for the tricks under test are just what a parser would tidy away.
//!
//! Deliberately does not know which domains are served or whether a path is good.
//!
//! References: RFC 5321 4.1.2 (paths, quoting), 4.1.3 (literals), appendix C (source routes).

/// Divides the argument of MAIL or RCPT behind its colon into the path as it was written and the
/// parameters.
pub(super) fn divide(argument: &[u8]) -> (&[u8], &[u8]) {
    let argument = argument.trim_ascii();
    let end = if argument.first() == Some(&b'<') {
        // A quote that stays open must not swallow the bracket that closes the path.
        outside_quotes(argument, |b| b == b'>')
            .next()
            .or_else(|| argument.iter().rposition(|b| *b == b'>'))
            .map(|at| at + 1)
    } else {
        outside_quotes(argument, |b| b.is_ascii_whitespace()).next()
    };
    let (path, parameters) = argument.split_at(end.unwrap_or(argument.len()));
    (path, parameters.trim_ascii())
}

/// The parts of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// First host of a source route: `@host,@other:user@domain`.
    pub(super) hop: Option<Vec<u8>>,
    /// What stands before the last at sign that is not quoted; without its quotes if all of it was
    /// quoted.
    pub(super) local: Vec<u8>,
    /// What stands behind it, without a final dot; absent without an at sign.
    pub(super) domain: Option<Vec<u8>>,
    /// Whether the local part was quoted.
    pub(super) quoting: Quoting,
}

/// How a local part was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// As a plain string.
    Bare,
    /// In double quotes.
    Quoted,
}

impl Address {
    /// Takes a path apart.
    pub(super) fn of(path: &[u8]) -> Self {
        let mut rest = bare(path);
        let mut hop = None;
        if rest.first() == Some(&b'@')
            && let Some(colon) = outside_quotes(rest, |b| b == b':').next()
        {
            let first = rest[1..colon].split(|b| *b == b',').next();
            hop = first.map(<[u8]>::to_vec);
            rest = &rest[colon + 1..];
        }
        let (local, domain) = match outside_quotes(rest, |b| b == b'@').last() {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let (local, quoting) = match unquote(local) {
            Some(inner) => (inner, Quoting::Quoted),
            None => (local.to_vec(), Quoting::Bare),
        };
        Self {
            hop,
            local,
            domain: domain.map(|d| d.strip_suffix(b".").unwrap_or(d).to_vec()),
            quoting,
        }
    }

    /// Tells whether this is the null path `<>`.
    pub(super) fn is_null(&self) -> bool {
        self.local.is_empty() && self.domain.is_none() && self.hop.is_none()
    }
}

/// Gives what stands between the brackets of a path.
pub(super) fn bare(path: &[u8]) -> &[u8] {
    let path = path.strip_prefix(b"<").unwrap_or(path);
    path.strip_suffix(b">").unwrap_or(path)
}

/// Gives the places where a byte stands outside double quotes and outside an address literal.
fn outside_quotes(bytes: &[u8], wanted: fn(u8) -> bool) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    let mut literal = false;
    let mut escaped = false;
    bytes.iter().enumerate().filter_map(move |(at, &byte)| {
        if std::mem::take(&mut escaped) {
            return None;
        }
        match byte {
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'[' if !quoted => literal = true,
            b']' => literal = false,
            _ => {}
        }
        (!quoted && !literal && wanted(byte)).then_some(at)
    })
}

/// Takes the quotes off a local part that is quoted as a whole.
fn unquote(local: &[u8]) -> Option<Vec<u8>> {
    let inner = local.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => out.extend(bytes.next()),
            _ => out.push(byte),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_paths_to_the_byte() {
        for (argument, path, parameters) in [
            (" <a@b.test> SIZE=10 X", "<a@b.test>", "SIZE=10 X"),
            ("<>", "<>", ""),
            (
                "<@a.test,@b.test:u@c.test>",
                "<@a.test,@b.test:u@c.test>",
                "",
            ),
            (
                r#"<"a > b"@c.test> SIZE=1"#,
                r#"<"a > b"@c.test>"#,
                "SIZE=1",
            ),
            (r#"<"open@c.test> SIZE=1"#, r#"<"open@c.test>"#, "SIZE=1"),
            ("a@b.test SIZE=1", "a@b.test", "SIZE=1"),
            ("<a@b.test", "<a@b.test", ""),
            (" ", "", ""),
            ("<a b@c.test>", "<a b@c.test>", ""),
        ] {
            let got = divide(argument.as_bytes());
            assert_eq!(got, (path.as_bytes(), parameters.as_bytes()), "{argument}");
        }
    }

    #[test]
    fn takes_addresses_apart() {
        use Quoting::{Bare, Quoted};
        for (path, hop, local, domain, quoting) in [
            ("<a@b.test>", None, "a", Some("b.test"), Bare),
            ("<a@b.test.>", None, "a", Some("b.test"), Bare),
            ("a@b.test", None, "a", Some("b.test"), Bare),
            ("<postmaster>", None, "postmaster", None, Bare),
            ("<a@>", None, "a", Some(""), Bare),
            ("<a@b@c.test>", None, "a@b", Some("c.test"), Bare),
            (r#"<"a@b"@c.test>"#, None, "a@b", Some("c.test"), Quoted),
            (r#"<"a@b">"#, None, "a@b", None, Quoted),
            (r#"<"a\"@b"@c.test>"#, None, "a\"@b", Some("c.test"), Quoted),
            ("<a%b@c.test>", None, "a%b", Some("c.test"), Bare),
            ("<b!a>", None, "b!a", None, Bare),
            (
                "<@h.test:a@b.test>",
                Some("h.test"),
                "a",
                Some("b.test"),
                Bare,
            ),
            ("<@h,@i:a@b>", Some("h"), "a", Some("b"), Bare),
            (
                "<@[IPv6:::1]:a@b>",
                Some("[IPv6:::1]"),
                "a",
                Some("b"),
                Bare,
            ),
            ("<a@[IPv6:::1]>", None, "a", Some("[IPv6:::1]"), Bare),
        ] {
            let got = Address::of(path.as_bytes());
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
            assert_eq!(got.hop.as_deref().map(text).as_deref(), hop, "{path}");
            assert_eq!(text(&got.local), local, "{path}");
            assert_eq!(got.domain.as_deref().map(text).as_deref(), domain, "{path}");
            assert_eq!(got.quoting, quoting, "{path}");
        }
        assert!(Address::of(b"<>").is_null());
        assert!(!Address::of(b"<@>").is_null());
    }

    proptest! {
        #[test]
        fn loses_no_byte(argument in proptest::collection::vec(
            prop_oneof![Just(b'<'), Just(b'>'), Just(b'"'), Just(b'@'), Just(b':'), Just(b'\\'), Just(b' '), any::<u8>()], 0..60))
        {
            let (path, parameters) = divide(&argument);
            let trimmed = argument.trim_ascii();
            prop_assert!(trimmed.starts_with(path) && trimmed.ends_with(parameters));
            let between = &trimmed[path.len()..trimmed.len() - parameters.len()];
            prop_assert!(between.iter().all(u8::is_ascii_whitespace));
            let address = Address::of(path);
            let kept = address.local.len() + address.domain.map_or(0, |d| d.len());
            prop_assert!(kept <= path.len());
        }
    }
}
