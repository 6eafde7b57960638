//! One written target taken apart.
//!
//! In: one argument or list line. Out: a [`TargetSpec`]: a host, an address, addresses or a domain,
//! and its ports where any are written. Nothing is looked up.
//!
//! | written | means |
//! | --- | --- |
//! | `mail.example.com`, `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]` | a host, default ports |
//! | `mail.example.com:25,587`, `[2001:db8::1]:2465/tls` | a host, its ports |
//! | `smtp://host[:port]`, `smtps://host[:port]` | a host, one port (25, 465) |
//! | `mx:example.com`, `mx:example.com:25,587` | the mail exchangers of a domain |
//! | `192.0.2.0/24`, `192.0.2.0/24:25`, `2001:db8::/120` | a network; bits behind the prefix do not matter |
//! | `192.0.2.10-192.0.2.20`, `192.0.2.10-20:25`, `2001:db8::1-2001:db8::9`, `[2001:db8::1]-[2001:db8::9]:25` | a range |
//!
//! What could be read in two ways: an IPv6 address without brackets has no port, so
//! `2001:db8::1:25` is an address; `192.0.2.10-20` is a range and `192.0.2.10-20.example` a name;
//! `mx:25` is port 25 of the host `mx`, for no domain is a number.
//!
//! References: RFC 3986 3.2.2 (brackets), RFC 4291 2.2 (IPv6 text), RFC 8314 3.3 (465).

use super::address::{
    ipv4_problem, ipv6_problem, is_like_ipv4, is_tls_use, parse_bracketed, parse_network,
    parse_range,
};
use super::cidr::{AddressRange, Unfit};
use super::error::{MAX_TARGET, Problem, quote};
use super::name::Name;
use super::port::{PortList, PortSpec, SMTP, SMTPS, parse_number};
use crate::model::TlsUse;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What a written target names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// A host by its name.
    Name(Name),
    /// A host by its address, which is never an IPv4-mapped one.
    Address(IpAddr),
    /// A network or range.
    Range(AddressRange),
    /// The mail exchangers of a domain.
    Mx(Name),
}

/// One written target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetSpec {
    /// What it names.
    pub place: Place,
    /// Its ports; absent where the default ports are meant.
    pub ports: Option<PortList>,
}

impl TargetSpec {
    /// Reads one written target.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = tidy(text)?;
        let spec = if let Some((scheme, rest)) = text.split_once("://") {
            parse_url(scheme, rest)?
        } else if let Some(rest) = after_mx(text) {
            parse_mx(rest)?
        } else {
            parse_place(text)?
        };
        match spec.place {
            Place::Address(address) => match Unfit::of(address) {
                Some(why) => Err(Problem::Unfit(why)),
                None => Ok(spec),
            },
            _ => Ok(spec),
        }
    }

    /// Reads one exclusion: no scheme, no `mx:`, and any address.
    pub(super) fn parse_exclusion(text: &str) -> Result<Self, Problem> {
        let text = tidy(text)?;
        if after_mx(text).is_some_and(|rest| PortList::parse(rest).is_err()) {
            return Err(Problem::NotInExclusion("mx:"));
        }
        match text.split_once("://") {
            Some(_) => Err(Problem::NotInExclusion("://")),
            None => parse_place(text),
        }
    }

    fn of_range((range, ports): (AddressRange, &str)) -> Result<Self, Problem> {
        Self::with_ports(Place::Range(range), ports)
    }

    fn with_ports(place: Place, ports: &str) -> Result<Self, Problem> {
        let ports = match ports.strip_prefix(':') {
            Some(list) => Some(PortList::parse(list)?),
            None if ports.is_empty() => None,
            None => return Err(Problem::Bracket),
        };
        Ok(Self { place, ports })
    }
}

impl FromStr for TargetSpec {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }
}

impl fmt::Display for TargetSpec {
    /// Writes the target so that reading it gives the same again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(ports) = &self.ports else {
            return match &self.place {
                Place::Name(name) => name.fmt(f),
                Place::Address(address) => address.fmt(f),
                Place::Range(range) => range.fmt(f),
                Place::Mx(domain) => write!(f, "mx:{domain}"),
            };
        };
        if !ports.iter().all(PortSpec::listable) {
            f.write_str("smtp://")?;
        }
        match &self.place {
            Place::Name(name) => name.fmt(f)?,
            Place::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            Place::Address(address) => address.fmt(f)?,
            Place::Range(range) => f.write_str(&range.with_ports())?,
            Place::Mx(domain) => write!(f, "mx:{domain}")?,
        }
        if ports.iter().all(PortSpec::listable) {
            write!(f, ":{ports}")
        } else {
            write!(f, ":{SMTPS}")
        }
    }
}

/// Removes white space around a target and refuses what no target can be.
fn tidy(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    if text.len() > MAX_TARGET {
        return Err(Problem::TooLong);
    }
    if text.contains(char::is_whitespace) {
        return Err(Problem::SeveralValues);
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(Problem::Character(quote(c.encode_utf8(&mut [0; 4])))),
        None => Ok(text),
    }
}

fn after_mx(text: &str) -> Option<&str> {
    let head = text.get(..3)?;
    head.eq_ignore_ascii_case("mx:").then(|| &text[3..])
}

/// Reads what stands behind `mx:`.
fn parse_mx(rest: &str) -> Result<TargetSpec, Problem> {
    if let Ok(ports) = PortList::parse(rest) {
        let place = Place::Name(Name::parse("mx")?);
        return Ok(TargetSpec {
            place,
            ports: Some(ports),
        });
    }
    let spec = parse_place(rest)?;
    match spec.place {
        Place::Name(domain) => Ok(TargetSpec {
            place: Place::Mx(domain),
            ..spec
        }),
        _ => Err(Problem::MxOfAddress),
    }
}

/// Reads a scheme and what stands behind it.
fn parse_url(scheme: &str, rest: &str) -> Result<TargetSpec, Problem> {
    let (port, tls) = match scheme.to_ascii_lowercase().as_str() {
        "smtp" => (SMTP, TlsUse::Opportunistic),
        "smtps" => (SMTPS, TlsUse::Implicit),
        "http" => return Err(Problem::WebAddress("http")),
        "https" => return Err(Problem::WebAddress("https")),
        other => return Err(Problem::Scheme(quote(other))),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        return Err(Problem::UserInfo);
    }
    if matches!(parse_place(rest), Ok(spec) if matches!(spec.place, Place::Range(_))) {
        return Err(Problem::UrlNetwork);
    }
    if let Some(at) = rest.find(['/', '?', '#']) {
        return Err(if is_tls_use(&rest[at + 1..]) {
            Problem::UrlPort(quote(&rest[at..]))
        } else {
            Problem::Path(quote(&rest[at..]))
        });
    }
    let (place, written) = if let Some(inner) = rest.strip_prefix('[') {
        let (inner, behind) = inner.split_once(']').ok_or(Problem::Bracket)?;
        let port = match behind.strip_prefix(':') {
            None if !behind.is_empty() => return Err(Problem::Bracket),
            port => port,
        };
        (Place::Address(parse_bracketed(inner)?.to_canonical()), port)
    } else if rest.matches(':').count() > 1 {
        return Err(Problem::UrlIpv6);
    } else {
        match rest.split_once(':') {
            Some((host, port)) => (parse_host(host)?, Some(port)),
            None => (parse_host(rest)?, None),
        }
    };
    let port = match written {
        Some(list) if list.contains(',') => return Err(Problem::UrlPort(quote(list))),
        Some(number) => parse_number(number)?,
        None => port,
    };
    Ok(TargetSpec {
        place,
        ports: Some(PortList::one(PortSpec::new(port, tls))),
    })
}

/// Reads a host, address, network or range with or without ports.
fn parse_place(text: &str) -> Result<TargetSpec, Problem> {
    if let Some((_, domain)) = text.rsplit_once('@') {
        let domain = Name::parse(domain).ok();
        return Err(Problem::MailAddress(domain.map(|name| name.to_string())));
    }
    if let Some(inner) = text.strip_prefix('[') {
        let (inner, behind) = inner.split_once(']').ok_or(Problem::Bracket)?;
        let address = parse_bracketed(inner)?;
        return match behind.chars().next() {
            Some('/') => TargetSpec::of_range(parse_network(address, &behind[1..])?),
            Some('-') => TargetSpec::of_range(parse_range(address, &behind[1..])?),
            _ => TargetSpec::with_ports(Place::Address(address.to_canonical()), behind),
        };
    }
    if let Some((address, behind)) = text.split_once('/')
        && let Ok(address) = address.parse()
    {
        return TargetSpec::of_range(parse_network(address, behind)?);
    }
    if let Some((address, behind)) = text.split_once('-')
        && let Ok(address) = address.parse::<IpAddr>()
        && (address.is_ipv6() || !has_letters(behind.split(':').next().unwrap_or(behind)))
    {
        return TargetSpec::of_range(parse_range(address, behind)?);
    }
    match text.matches(':').count() {
        0 => TargetSpec::with_ports(parse_host(text)?, ""),
        1 => {
            let colon = text.find(':').unwrap_or(text.len());
            TargetSpec::with_ports(parse_host(&text[..colon])?, &text[colon..])
        }
        colons => match text.parse::<Ipv6Addr>() {
            Ok(address) => {
                let place = Place::Address(IpAddr::V6(address).to_canonical());
                TargetSpec::with_ports(place, "")
            }
            // Two colons apart from each other: more likely a host with a port too many.
            Err(_) if colons == 2 && !text.contains("::") => {
                let colon = text.find(':').unwrap_or(text.len());
                TargetSpec::with_ports(parse_host(&text[..colon])?, &text[colon..])
            }
            Err(_) => Err(ipv6_problem(text)),
        },
    }
}

/// Reads a host name or an IPv4 address.
fn parse_host(text: &str) -> Result<Place, Problem> {
    if let Some((host, behind)) = text.split_once('/') {
        let digits = !behind.is_empty() && behind.bytes().all(|b| b.is_ascii_digit());
        return Err(if is_tls_use(behind) {
            Problem::TlsUseWithoutPort(behind.to_owned())
        } else if is_like_ipv4(host) {
            ipv4_problem(host)
        } else if digits {
            Problem::PrefixOnName
        } else {
            Problem::Path(quote(&text[host.len()..]))
        });
    }
    if text.contains([',', ';']) {
        return Err(Problem::SeveralValues);
    }
    if is_like_ipv4(text) {
        let address: Ipv4Addr = text.parse().map_err(|_| ipv4_problem(text))?;
        return Ok(Place::Address(address.into()));
    }
    Ok(Place::Name(Name::parse(text)?))
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes a target in full: what it is, then each port with its use of TLS.
    fn spell(spec: &TargetSpec) -> String {
        let place = match &spec.place {
            Place::Name(name) => format!("name {name}"),
            Place::Address(address) => format!("address {address}"),
            Place::Range(range) => format!("from {} to {}", range.first(), range.last()),
            Place::Mx(domain) => format!("mx {domain}"),
        };
        let ports = spec.ports.as_ref().map_or(String::new(), |ports| {
            ports
                .iter()
                .map(|port| format!(" {} {:?}", port.port(), port.tls()))
                .collect()
        });
        place + &ports
    }

    #[test]
    fn reads_every_form() {
        for (text, spelled) in [
            // names
            ("mail.example.com", "name mail.example.com"),
            ("MAIL.Example.Com.", "name mail.example.com"),
            ("  mail.example.com\t", "name mail.example.com"),
            ("localhost", "name localhost"),
            ("mx1", "name mx1"),
            ("mx", "name mx"),
            ("my_host.example", "name my_host.example"),
            ("mail-1.example.com", "name mail-1.example.com"),
            ("10-20.example.com", "name 10-20.example.com"),
            ("192.0.2.10-20.example", "name 192.0.2.10-20.example"),
            ("192.0.2.1.example", "name 192.0.2.1.example"),
            ("b\u{fc}cher.example", "name xn--bcher-kva.example"),
            // addresses
            ("192.0.2.1", "address 192.0.2.1"),
            ("127.0.0.1", "address 127.0.0.1"),
            ("10.0.0.0", "address 10.0.0.0"),
            ("[192.0.2.1]", "address 192.0.2.1"),
            ("2001:db8::1", "address 2001:db8::1"),
            ("2001:DB8:0:0:0:0:0:1", "address 2001:db8::1"),
            ("[2001:db8::1]", "address 2001:db8::1"),
            ("::1", "address ::1"),
            ("fe80::1", "address fe80::1"),
            ("2001:db8::1:25", "address 2001:db8::1:25"),
            ("::ffff:192.0.2.1", "address 192.0.2.1"),
            ("[::ffff:c000:201]", "address 192.0.2.1"),
            // ports
            (
                "mail.example.com:25",
                "name mail.example.com 25 Opportunistic",
            ),
            (
                "mail.example.com.:25",
                "name mail.example.com 25 Opportunistic",
            ),
            (
                "mail.example.com:25,587",
                "name mail.example.com 25 Opportunistic 587 Opportunistic",
            ),
            ("mail.example.com:465", "name mail.example.com 465 Implicit"),
            (
                "mail.example.com:465/plain",
                "name mail.example.com 465 Never",
            ),
            (
                "mail.example.com:25,465/tls",
                "name mail.example.com 25 Opportunistic 465 Implicit",
            ),
            ("192.0.2.1:2465/tls", "address 192.0.2.1 2465 Implicit"),
            ("192.0.2.1:25/PLAIN", "address 192.0.2.1 25 Never"),
            ("[192.0.2.1]:25", "address 192.0.2.1 25 Opportunistic"),
            ("[2001:db8::1]:587", "address 2001:db8::1 587 Opportunistic"),
            (
                "[2001:db8::1]:25,2465/tls",
                "address 2001:db8::1 25 Opportunistic 2465 Implicit",
            ),
            ("mx1:25", "name mx1 25 Opportunistic"),
            ("smtp:25", "name smtp 25 Opportunistic"),
            (
                "192.0.2.1-a.example:25",
                "name 192.0.2.1-a.example 25 Opportunistic",
            ),
            // schemes
            (
                "smtp://mail.example.com",
                "name mail.example.com 25 Opportunistic",
            ),
            (
                "smtp://mail.example.com/",
                "name mail.example.com 25 Opportunistic",
            ),
            (
                "SMTP://Mail.Example.Com:587",
                "name mail.example.com 587 Opportunistic",
            ),
            (
                "smtp://mail.example.com:465",
                "name mail.example.com 465 Opportunistic",
            ),
            (
                "smtps://mail.example.com",
                "name mail.example.com 465 Implicit",
            ),
            (
                "smtps://mail.example.com:465/",
                "name mail.example.com 465 Implicit",
            ),
            (
                "smtps://mail.example.com:25",
                "name mail.example.com 25 Implicit",
            ),
            (
                "smtp://192.0.2.1:2525",
                "address 192.0.2.1 2525 Opportunistic",
            ),
            (
                "smtp://[2001:db8::1]",
                "address 2001:db8::1 25 Opportunistic",
            ),
            (
                "smtps://[2001:db8::1]:2465",
                "address 2001:db8::1 2465 Implicit",
            ),
            (
                "smtp://[::ffff:192.0.2.1]",
                "address 192.0.2.1 25 Opportunistic",
            ),
            // mail exchangers
            ("mx:example.com", "mx example.com"),
            ("MX:Example.Com.", "mx example.com"),
            ("mx:example.com:25", "mx example.com 25 Opportunistic"),
            (
                "mx:example.com:465,587",
                "mx example.com 465 Implicit 587 Opportunistic",
            ),
            ("mx:\u{4f8b}\u{5b50}.example", "mx xn--fsqu00a.example"),
            ("mx:25", "name mx 25 Opportunistic"),
            ("mx:25,465", "name mx 25 Opportunistic 465 Implicit"),
            // networks
            ("192.0.2.0/24", "from 192.0.2.0 to 192.0.2.255"),
            ("192.0.2.77/24", "from 192.0.2.0 to 192.0.2.255"),
            ("192.0.2.77/32", "from 192.0.2.77 to 192.0.2.77"),
            ("0.0.0.0/0", "from 0.0.0.0 to 255.255.255.255"),
            ("224.0.0.0/4", "from 224.0.0.0 to 239.255.255.255"),
            (
                "192.0.2.0/24:25,587",
                "from 192.0.2.0 to 192.0.2.255 25 Opportunistic 587 Opportunistic",
            ),
            (
                "192.0.2.0/24:25/tls",
                "from 192.0.2.0 to 192.0.2.255 25 Implicit",
            ),
            ("2001:db8::/120", "from 2001:db8:: to 2001:db8::ff"),
            (
                "2001:db8::/120:25",
                "from 2001:db8:: to 2001:db8::ff 25 Opportunistic",
            ),
            (
                "[2001:db8::]/120:25",
                "from 2001:db8:: to 2001:db8::ff 25 Opportunistic",
            ),
            ("[192.0.2.0]/24", "from 192.0.2.0 to 192.0.2.255"),
            ("::ffff:192.0.2.0/120", "from 192.0.2.0 to 192.0.2.255"),
            // ranges
            ("192.0.2.10-192.0.2.20", "from 192.0.2.10 to 192.0.2.20"),
            ("192.0.2.10-20", "from 192.0.2.10 to 192.0.2.20"),
            ("192.0.2.10-10", "from 192.0.2.10 to 192.0.2.10"),
            ("192.0.2.250-192.0.3.5", "from 192.0.2.250 to 192.0.3.5"),
            (
                "192.0.2.10-20:25",
                "from 192.0.2.10 to 192.0.2.20 25 Opportunistic",
            ),
            (
                "192.0.2.10-192.0.2.20:465,2465/tls",
                "from 192.0.2.10 to 192.0.2.20 465 Implicit 2465 Implicit",
            ),
            ("2001:db8::1-2001:db8::9", "from 2001:db8::1 to 2001:db8::9"),
            (
                "[2001:db8::1]-[2001:db8::9]:25",
                "from 2001:db8::1 to 2001:db8::9 25 Opportunistic",
            ),
            (
                "[2001:db8::1]-2001:db8::9",
                "from 2001:db8::1 to 2001:db8::9",
            ),
            ("[192.0.2.1]-9", "from 192.0.2.1 to 192.0.2.9"),
        ] {
            let spec = TargetSpec::parse(text).expect(text);
            assert_eq!(spell(&spec), spelled, "{text}");
            assert_eq!(TargetSpec::parse(&spec.to_string()), Ok(spec), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_target() {
        let long = "x".repeat(MAX_TARGET + 1);
        for (text, message) in [
            ("", "nothing is written"),
            (" \t ", "nothing is written"),
            (&long, "longer than 4096 bytes"),
            // several values
            ("a.example b.example", "more than one value"),
            ("192.0.2.1\t25", "more than one value"),
            ("192.0.2.1,25,tcp", "more than one value"),
            ("192.0.2.1;25", "more than one value"),
            ("a.example,b.example", "more than one value"),
            ("192.0.2.0/24,192.0.3.0/24", "more than one value"),
            ("192.0.2.1-5,192.0.3.1", "more than one value"),
            ("2001:db8::1,2001:db8::2", "more than one value"),
            ("mail.example.com:25,b.example", "`b.example` is not a port"),
            // characters
            ("a\0b", "`\\x00` cannot stand in a target"),
            ("a\u{1b}[31m", "`\\x1b` cannot stand in a target"),
            ("a\u{202e}b", "not a valid international host name"),
            ("a!b", "`!` cannot stand in a host name"),
            ("*.example.com", "`*` cannot stand in a host name"),
            ("a..example.com", "a host name has no empty label"),
            (".example.com", "a host name has no empty label"),
            ("-a.example", "the label `-a` begins or ends with a hyphen"),
            (".", "the host is missing"),
            // neither name nor address
            ("192.0.2", "`192.0.2` is not an IPv4 address"),
            ("192.0.2.256", "`192.0.2.256` is not an IPv4 address"),
            ("192.0.2.1.5", "`192.0.2.1.5` is not an IPv4 address"),
            ("192.0.2.1.", "`192.0.2.1.` is not an IPv4 address"),
            ("300.0.0.0/8", "`300.0.0.0` is not an IPv4 address"),
            (
                "192.0.02.1",
                "`192.0.02.1` has an octet with a leading zero",
            ),
            (
                "192.0.02.1:25",
                "`192.0.02.1` has an octet with a leading zero",
            ),
            (
                "010.0.0.0/8",
                "`010.0.0.0` has an octet with a leading zero",
            ),
            (
                "192.0.2.010-20",
                "`192.0.2.010-20` has ranges or wild cards inside an address",
            ),
            ("192.0.2.1-020", "`020` has an octet with a leading zero"),
            (
                "192.0.2.1-192.0.2.020",
                "`192.0.2.020` has an octet with a leading zero",
            ),
            (
                "192.0.2.*",
                "`192.0.2.*` has ranges or wild cards inside an address",
            ),
            (
                "192.0.1-3.1",
                "`192.0.1-3.1` has ranges or wild cards inside an address",
            ),
            (
                "2130706433",
                "neither a host name nor an address: the last label `2130706433` is a number",
            ),
            (
                "0x7f.1",
                "neither a host name nor an address: the last label `1` is a number",
            ),
            ("2001:db8::zz", "`2001:db8::zz` is not an IPv6 address"),
            ("2001:db8::1::2", "`2001:db8::1::2` is not an IPv6 address"),
            (
                "2001:db8:0:0:0:0:0:1:25",
                "`2001:db8:0:0:0:0:0:1:25` is not an IPv6 address",
            ),
            (
                "fe80::1%eth0",
                "an interface (`%eth0`) cannot be chosen for an address",
            ),
            (
                "[fe80::1%eth0]:25",
                "an interface (`%eth0`) cannot be chosen for an address",
            ),
            ("[2001:db8::1", "the brackets are wrong"),
            ("[2001:db8::1]25", "the brackets are wrong"),
            ("[mail.example.com]:25", "the brackets are wrong"),
            ("[]", "the brackets are wrong"),
            // ports
            ("mail.example.com:", "a port is missing"),
            ("mail.example.com:25,", "a port is missing"),
            (":25", "the host is missing"),
            ("mail.example.com:0", "there is no port 0"),
            (
                "mail.example.com:65536",
                "the port 65536 is more than 65535",
            ),
            ("mail.example.com:smtp", "`smtp` is not a port"),
            ("mail.example.com:-1", "`-1` is not a port"),
            ("mail.example.com:+25", "`+25` is not a port"),
            ("mail.example.com:20-30", "`20-30` is a range of ports"),
            ("mail.example.com:25:587", "`25:587` is not a port"),
            ("192.0.2.1:25:587", "`25:587` is not a port"),
            (
                "mail.example.com:25/starttls",
                "`/starttls` behind a port is neither `/tls` nor `/plain`",
            ),
            (
                "mail.example.com:25/24",
                "`/24` behind a port is neither `/tls` nor `/plain`",
            ),
            ("mail.example.com/tls", "`/tls` belongs behind a port"),
            ("192.0.2.1/tls", "`/tls` belongs behind a port"),
            ("192.0.2.1-9/tls", "`/tls` belongs behind a port"),
            ("2001:db8::1:2465/tls", "`/tls` belongs behind a port"),
            (
                "mail.example.com/inbox",
                "`/inbox` behind the host does not belong to a target",
            ),
            // networks and ranges
            ("mail.example.com/24", "a host name has no prefix length"),
            ("mail.example.com/24:25", "a host name has no prefix length"),
            ("192.0.2.0/33", "the prefix length 33 is more than 32"),
            ("2001:db8::/129", "the prefix length 129 is more than 128"),
            ("192.0.2.0/", "`` is not a prefix length"),
            ("192.0.2.0/-1", "`-1` is not a prefix length"),
            (
                "192.0.2.0/99999999999",
                "`99999999999` is not a prefix length",
            ),
            ("192.0.2.0/24/tls", "`24/tls` is not a prefix length"),
            (
                "192.0.2.0/255.255.255.0",
                "`255.255.255.0` is a network mask, not a prefix length",
            ),
            ("192.0.2.0/24:", "a port is missing"),
            ("192.0.2.20-10", "the range ends before it begins"),
            ("192.0.2.20-192.0.2.10", "the range ends before it begins"),
            ("2001:db8::9-2001:db8::1", "the range ends before it begins"),
            ("192.0.2.1-256", "`256` is not the end of a range"),
            ("192.0.2.1-", "`` is not the end of a range"),
            ("192.0.2.1-3.4", "`3.4` is not the end of a range"),
            ("192.0.2.1-9/28", "`9/28` is not the end of a range"),
            ("2001:db8::1-9", "`9` is not the end of a range"),
            (
                "192.0.2.1-2001:db8::1",
                "a range cannot go from one address family into the other",
            ),
            (
                "2001:db8::1-192.0.2.1",
                "a range cannot go from one address family into the other",
            ),
            // schemes
            (
                "http://mail.example.com",
                "http:// is not how a mail server is reached",
            ),
            (
                "HTTPS://mail.example.com/",
                "https:// is not how a mail server is reached",
            ),
            ("imap://mail.example.com", "the scheme `imap` is not known"),
            ("mx://example.com", "the scheme `mx` is not known"),
            ("://mail.example.com", "the scheme `` is not known"),
            ("smtp://", "the host is missing"),
            ("smtp:///", "the host is missing"),
            ("smtp://:25", "the host is missing"),
            (
                "smtp://user:secret@mail.example.com",
                "a user name or password does not belong to a target",
            ),
            (
                "smtp://mail.example.com/x",
                "`/x` behind the host does not belong to a target",
            ),
            (
                "smtp://mail.example.com?x",
                "`?x` behind the host does not belong to a target",
            ),
            (
                "smtp://mail.example.com:25/tls",
                "behind a scheme only one port can stand, not `/tls`",
            ),
            (
                "smtp://mail.example.com:25,587",
                "behind a scheme only one port can stand, not `25,587`",
            ),
            ("smtp://mail.example.com:", "a port is missing"),
            (
                "smtp://192.0.2.0/24",
                "behind a scheme only one host can stand",
            ),
            (
                "smtp://192.0.2.1-9",
                "behind a scheme only one host can stand",
            ),
            (
                "smtp://2001:db8::1",
                "an IPv6 address in a URL needs brackets",
            ),
            ("smtp://[2001:db8::1]x", "the brackets are wrong"),
            // mail exchangers
            ("mx:", "the host is missing"),
            ("mx::25", "the host is missing"),
            ("mx:192.0.2.1", "an address has no MX"),
            ("mx:192.0.2.0/24", "an address has no MX"),
            ("mx:[2001:db8::1]", "an address has no MX"),
            ("mx:example.com:x", "`x` is not a port"),
            ("user@example.com", "a mail address is not a target"),
            ("mx:user@example.com", "a mail address is not a target"),
            // addresses that are no host
            ("0.0.0.0", "the unspecified address is no host"),
            ("::", "the unspecified address is no host"),
            ("[::]:25", "the unspecified address is no host"),
            ("224.0.0.1", "a multicast address is no host"),
            ("ff02::1", "a multicast address is no host"),
            ("smtp://239.1.1.1", "a multicast address is no host"),
            ("::ffff:224.0.0.1", "a multicast address is no host"),
            ("255.255.255.255:25", "the broadcast address is no host"),
        ] {
            let problem = TargetSpec::parse(text).expect_err(text);
            assert_eq!(problem.to_string(), message, "{text}");
        }
    }

    #[test]
    fn hints_say_what_to_write() {
        for (text, hint) in [
            ("user@example.com", "mx:example.com"),
            ("user@", "mx:example.com"),
            (
                "https://mail.example.com",
                "mx:example.com for the mail servers",
            ),
            ("mx://example.com", "without slashes"),
            ("192.0.02.1", "octal"),
            ("192.0.2.*", "192.0.2.10-20"),
            ("2001:db8::1:2465/tls", "[2001:db8::1]:2465/tls"),
            ("smtp://2001:db8::1", "smtp://[2001:db8::1]:25"),
            ("192.0.2.0/255.255.255.0", "/24"),
            ("a.example:25/starttls", "leave it out"),
            ("*.example.com", "only exclusions"),
            ("192.0.2.1,25", "one target per argument or line"),
            ("smtp://u:p@a.example", "--auth-file"),
        ] {
            let problem = TargetSpec::parse(text).expect_err(text);
            let given = problem.hint().expect(text);
            assert!(given.contains(hint), "{text}: {given}");
        }
        assert_eq!(Problem::Backward.hint(), None);
    }

    #[test]
    fn exclusions_take_any_address_but_no_scheme() {
        for (text, read) in [
            ("224.0.0.1", Ok("address 224.0.0.1")),
            ("0.0.0.0", Ok("address 0.0.0.0")),
            ("mx:25", Ok("name mx 25 Opportunistic")),
            (
                "192.0.2.0/24:25",
                Ok("from 192.0.2.0 to 192.0.2.255 25 Opportunistic"),
            ),
            ("mx:example.com", Err(Problem::NotInExclusion("mx:"))),
            ("smtp://a.example", Err(Problem::NotInExclusion("://"))),
            ("", Err(Problem::Empty)),
        ] {
            let spec = TargetSpec::parse_exclusion(text).map(|spec| spell(&spec));
            assert_eq!(spec, read.map(str::to_owned), "{text}");
        }
    }

    fn target_like() -> impl Strategy<Value = String> {
        // Pieces of the grammar in any order.
        let piece = prop_oneof![
            proptest::sample::select(vec![
                "mail",
                "example",
                ".",
                ":",
                "::",
                "/",
                "-",
                ",",
                "[",
                "]",
                "mx:",
                "smtp://",
                "25",
                "465",
                "/tls",
                "/plain",
                "192.0.2.1",
                "2001:db8::1",
                "/24",
                "0",
                "%",
                "@",
                " ",
                "*",
                "\u{fc}",
                "ffff",
                "20",
                "192.0.2.0/24",
                "https://",
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn never_panics_and_reads_back_what_it_writes(text in prop_oneof![any::<String>(), target_like()]) {
            match TargetSpec::parse(&text) {
                Ok(spec) => prop_assert_eq!(TargetSpec::parse(&spec.to_string()), Ok(spec)),
                Err(problem) => {
                    let said = format!("{problem}{:?}", problem.hint());
                    prop_assert!(!said.chars().any(char::is_control), "{}", said);
                    prop_assert!(said.chars().count() < 1000);
                }
            }
            let _ = TargetSpec::parse_exclusion(&text);
        }

        #[test]
        fn any_range_with_any_ports_reads_back(
            a in any::<u128>(), b in any::<u128>(), near in any::<bool>(), v4 in any::<bool>(),
            ports in proptest::option::of("[1-9][0-9]{0,3}(/tls|/plain)?(,[1-9][0-9]{0,3}){0,2}"))
        {
            let place = |n: u128| -> IpAddr {
                if v4 { Ipv4Addr::from_bits(n as u32).into() } else { Ipv6Addr::from_bits(n).into() }
            };
            let (a, b) = if near { (a, a ^ (b & 0xff)) } else { (a, b) };
            let (first, last) = (place(a).min(place(b)), place(a).max(place(b)));
            let range = AddressRange::between(first, last).expect("in order");
            let ports = ports.map(|list| PortList::parse(&list).expect("a list"));
            let spec = TargetSpec { place: Place::Range(range), ports };
            prop_assert_eq!(TargetSpec::parse(&spec.to_string()), Ok(spec));
        }
    }
}
