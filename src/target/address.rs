//! Addresses, networks and ranges as they are written, and what is wrong with those that are not.
//!
//! In: the pieces of a target that [`super::parse`] has cut at brackets, slash and hyphen. Out: a
//! value and the text behind it, or a [`Problem`] that names what was probably meant.
//!
//! Stricter than the resolver of most systems: four octets without leading zeros, no hexadecimal, no
//! short forms. What those mean differs between programs, and a scan must not guess its targets.
//!
//! References: RFC 4632 3.1, RFC 4291 2.2 and 2.3, RFC 4007 11 (zones).

use super::cidr::AddressRange;
use super::error::{Problem, quote};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads what stands between brackets: an address of either family.
pub(super) fn parse_bracketed(text: &str) -> Result<IpAddr, Problem> {
    match text.parse() {
        Ok(address) => Ok(address),
        Err(_) if text.contains(':') => Err(ipv6_problem(text)),
        Err(_) if is_like_ipv4(text) => Err(ipv4_problem(text)),
        Err(_) => Err(Problem::Bracket),
    }
}

/// Reads what stands behind `address/`: a prefix length. Gives what follows it apart.
pub(super) fn parse_network(
    address: IpAddr,
    behind: &str,
) -> Result<(AddressRange, &str), Problem> {
    let colon = behind.find(':').unwrap_or(behind.len());
    let (prefix, ports) = behind.split_at(colon);
    if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_digit()) {
        return Err(if prefix.contains(',') {
            Problem::SeveralValues
        } else if is_tls_use(prefix) {
            Problem::TlsUseWithoutPort(prefix.to_owned())
        } else if prefix.parse::<Ipv4Addr>().is_ok() {
            Problem::Netmask(prefix.to_owned())
        } else {
            Problem::Prefix(quote(prefix))
        });
    }
    let prefix = prefix.parse().map_err(|_| Problem::Prefix(quote(prefix)))?;
    Ok((AddressRange::network(address, prefix)?, ports))
}

/// Reads what stands behind `address-`: the end of a range. Gives what follows it apart.
pub(super) fn parse_range(first: IpAddr, behind: &str) -> Result<(AddressRange, &str), Problem> {
    let (last, ports) = if let Some(inner) = behind.strip_prefix('[') {
        let (last, ports) = inner.split_once(']').ok_or(Problem::Bracket)?;
        (last, ports)
    } else if behind.parse::<Ipv6Addr>().is_ok() {
        (behind, "")
    } else {
        behind.split_at(behind.find(':').unwrap_or(behind.len()))
    };
    if last.contains(',') {
        return Err(Problem::SeveralValues);
    }
    let last = match (first, last.parse::<IpAddr>()) {
        (_, Ok(last)) => last,
        (IpAddr::V4(first), Err(_)) if last.bytes().all(|b| b.is_ascii_digit()) => {
            if last.len() > 1 && last.starts_with('0') {
                return Err(Problem::LeadingZero(quote(last)));
            }
            let [a, b, c, _] = first.octets();
            let octet = last.parse().map_err(|_| Problem::RangeEnd(quote(last)))?;
            Ipv4Addr::new(a, b, c, octet).into()
        }
        (_, Err(_)) if has_leading_zero(last) => return Err(Problem::LeadingZero(quote(last))),
        (_, Err(_)) => return Err(Problem::RangeEnd(quote(last))),
    };
    Ok((AddressRange::between(first, last)?, ports))
}

/// Tells whether a text can only be meant as an IPv4 address: digits, dots, and what scanners allow
/// between them.
pub(super) fn is_like_ipv4(text: &str) -> bool {
    let meant = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '*');
    text.contains('.') && text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(meant)
}

/// Says what is wrong with a text that can only be meant as an IPv4 address.
pub(super) fn ipv4_problem(text: &str) -> Problem {
    if has_leading_zero(text) {
        Problem::LeadingZero(quote(text))
    } else if text.contains(['-', '*']) {
        Problem::OctetRange(quote(text))
    } else {
        Problem::Ipv4(quote(text))
    }
}

/// Tells whether a text is an IPv4 address but for a zero in front of an octet.
fn has_leading_zero(text: &str) -> bool {
    let octets: Vec<&str> = text.split('.').collect();
    let digits = |octet: &&str| !octet.is_empty() && octet.bytes().all(|b| b.is_ascii_digit());
    let padded = |octet: &&str| octet.len() > 1 && octet.starts_with('0');
    octets.len() == 4 && octets.iter().all(digits) && octets.iter().any(padded)
}

/// Says what is wrong with a text that can only be meant as an IPv6 address.
pub(super) fn ipv6_problem(text: &str) -> Problem {
    match text.split_once('%') {
        Some((_, zone)) => Problem::Zone(quote(zone)),
        None if text.contains(',') => Problem::SeveralValues,
        None => Problem::Ipv6(quote(text)),
    }
}

/// Tells whether a text behind a slash is about the use of TLS.
pub(super) fn is_tls_use(text: &str) -> bool {
    ["tls", "plain", "starttls"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}
