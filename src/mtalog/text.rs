//! Taking lines apart: fields, addresses and clients as mail servers write them.
//!
//! In: slices of a line. Out: slices of the same line, and what is left behind them. Nothing is copied, every
//! function looks at a byte a fixed number of times, and none of them fails by more than giving nothing.
//!
//! Limits: an address in angle brackets may hold anything a client likes, quoted or not; it ends at the first `>`
//! outside quotes behind which the line goes on as a log would.

use crate::mtalog::event::Client;
use memchr::{memchr, memmem};
use std::net::{IpAddr, Ipv4Addr};

/// Cuts at the first place of a byte, which is left out.
pub(in crate::mtalog) fn cut(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let found = memchr(at, text)?;
    Some((&text[..found], &text[found + 1..]))
}

/// Cuts at the first place of a piece, which is left out.
pub(in crate::mtalog) fn cut_at<'a>(text: &'a [u8], piece: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = memmem::find(text, piece)?;
    Some((&text[..found], &text[found + piece.len()..]))
}

/// Says whether a piece is in the text, small and large letters alike; the piece is given in small ones.
pub(in crate::mtalog) fn holds(text: &[u8], piece: &[u8]) -> bool {
    let (Some(&small), false) = (piece.first(), piece.len() > text.len()) else {
        return piece.is_empty();
    };
    let last = text.len() - piece.len();
    let mut from = 0;
    while let Some(found) =
        memchr::memchr2(small, small.to_ascii_uppercase(), &text[from..last + 1])
    {
        let at = from + found;
        if text[at..at + piece.len()].eq_ignore_ascii_case(piece) {
            return true;
        }
        from = at + 1;
        if from > last {
            break;
        }
    }
    false
}

/// Says whether the text begins with a piece, small and large letters alike.
pub(in crate::mtalog) fn begins(text: &[u8], piece: &[u8]) -> bool {
    text.len() >= piece.len() && text[..piece.len()].eq_ignore_ascii_case(piece)
}

/// Takes the blanks from the front.
pub(in crate::mtalog) fn skip_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Gives the text up to the first blank, and what is behind it.
pub(in crate::mtalog) fn word(text: &[u8]) -> (&[u8], &[u8]) {
    cut(text, b' ').unwrap_or((text, b""))
}

/// Reads digits from the front.
pub(in crate::mtalog) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut value: u64 = 0;
    let mut at = 0;
    while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
        value = value
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
        at += 1;
    }
    (at > 0).then_some((value, &text[at..]))
}

/// Reads a whole text as a number.
pub(in crate::mtalog) fn whole_number(text: &[u8]) -> Option<u64> {
    number(text).and_then(|(value, rest)| rest.is_empty().then_some(value))
}

/// Reads an address of a host, with what servers put before and behind it: `IPv6:`, a scope.
pub(in crate::mtalog) fn address(text: &[u8]) -> Option<IpAddr> {
    if let Some(short) = ipv4(text) {
        return Some(IpAddr::V4(short));
    }
    if text.len() > 64 {
        return None;
    }
    let text = if begins(text, b"ipv6:") {
        &text[5..]
    } else {
        text
    };
    let text = cut(text, b'%').map_or(text, |(before, _)| before);
    let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    if text.len() > 15 {
        return None;
    }
    let mut octets = [0u8; 4];
    let mut part = 0;
    let mut value: u16 = 0;
    let mut digits = 0;
    for &byte in text {
        match byte {
            b'0'..=b'9' if digits < 3 => {
                value = value * 10 + u16::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && part < 3 && value < 256 => {
                octets[part] = value as u8;
                part += 1;
                value = 0;
                digits = 0;
            }
            _ => return None,
        }
    }
    if part != 3 || digits == 0 || value > 255 {
        return None;
    }
    octets[3] = value as u8;
    Some(Ipv4Addr::from(octets))
}

/// Reads `NAME[ADDRESS]`, with a port behind it or not. A name that was not verified is given as an empty one.
pub(in crate::mtalog) fn client(text: &[u8]) -> Option<(Client<'_>, &[u8])> {
    let (name, rest) = cut(text, b'[')?;
    if name.len() > 255 || memchr(b' ', name).is_some() {
        return None;
    }
    let (inside, mut rest) = cut(rest, b']')?;
    if let [b':', behind @ ..] = rest
        && let Some((_, behind)) = number(behind)
    {
        rest = behind;
    }
    let name: &[u8] = if name == b"unknown" { b"" } else { name };
    let address = address(inside);
    Some((Client { address, name }, rest))
}

/// Reads an address in angle brackets; gives it without them, and what is behind.
///
/// The text begins behind the opening bracket.
pub(in crate::mtalog) fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    if text.first() == Some(&b'"') {
        from = quoted(text).unwrap_or(0);
    }
    loop {
        let end = from + memchr(b'>', &text[from..])?;
        match text.get(end + 1) {
            None | Some(b',' | b' ' | b':' | b';' | b')' | b'.' | b'"' | b'(' | b'\r') => {
                return Some((&text[..end], &text[end + 1..]));
            }
            Some(_) => from = end + 1,
        }
    }
}

/// Gives where a quoted text ends that begins here: behind the closing quote.
pub(in crate::mtalog) fn quoted(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Reads a cell of a row of CSV; gives it without its quotes, and what is behind the comma, if there is one.
pub(in crate::mtalog) fn quoted_cell(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let [b'"', inside @ ..] = text else {
        return cut(text, b',').map_or((text, None), |(cell, rest)| (cell, Some(rest)));
    };
    let mut from = 0;
    while let Some(end) = memchr(b'"', &inside[from..]) {
        let end = from + end;
        match inside.get(end + 1) {
            Some(b'"') => from = end + 2,
            Some(b',') => return (&inside[..end], Some(&inside[end + 2..])),
            _ => return (&inside[..end], None),
        }
    }
    (inside, None)
}

/// Takes the angle brackets off, where there are some.
pub(in crate::mtalog) fn unbracket(text: &[u8]) -> &[u8] {
    match text {
        [b'<', inside @ .., b'>'] => inside,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_outside_quotes() {
        for (text, found, rest) in [
            ("a@b> to=<c>", "a@b", " to=<c>"),
            ("\"a>, b\"@c>, relay=x", "\"a>, b\"@c", ", relay=x"),
            ("\"a\\\">, b\"@c>, x", "\"a\\\">, b\"@c", ", x"),
            ("a>b@c>, x", "a>b@c", ", x"),
            (">", "", ""),
            ("\"open@c>, x", "\"open@c", ", x"),
        ] {
            let (address, behind) = bracketed(text.as_bytes()).expect(text);
            assert_eq!((address, behind), (found.as_bytes(), rest.as_bytes()));
        }
        assert_eq!(bracketed(b"a@b"), None);
    }

    #[test]
    fn clients_are_read() {
        let v4: IpAddr = "192.0.2.1".parse().expect("an address");
        let v6: IpAddr = "2001:db8::1".parse().expect("an address");
        for (text, name, address, rest) in [
            ("a.example[192.0.2.1]: x", "a.example", Some(v4), ": x"),
            ("unknown[2001:db8::1]:2525 x", "", Some(v6), " x"),
            ("[192.0.2.1]:50000: x", "", Some(v4), ": x"),
            ("unknown[unknown]", "", None, ""),
            ("h[IPv6:2001:db8::1],", "h", Some(v6), ","),
            ("h[::ffff:192.0.2.1],", "h", Some(v4), ","),
        ] {
            let (client, behind) = client(text.as_bytes()).expect(text);
            assert_eq!(client.name, name.as_bytes(), "{text}");
            assert_eq!(client.address, address, "{text}");
            assert_eq!(behind, rest.as_bytes(), "{text}");
        }
        assert!(client(b"a b[192.0.2.1]").is_none());
    }

    #[test]
    fn addresses_are_strict() {
        for text in [
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "1..2.3",
            "",
            "1.2.3.4 ",
            "0001.2.3.4",
        ] {
            assert_eq!(address(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn pieces_are_found_in_any_case() {
        assert!(holds(b"550 Relaying Denied", b"relaying denied"));
        assert!(holds(b"relay", b"relay"));
        assert!(!holds(b"rela", b"relay"));
        assert!(holds(b"rrelay", b"relay"));
        assert!(!holds(b"", b"x"));
    }
}
