//! What is wrong with a written target, and what to write instead.
//!
//! A [`Problem`] is about the text alone; a [`TargetError`] adds where it stood. Both print as one
//! line. What they quote was written by somebody else: it is escaped and cut when the error is made.
//! The advice is apart ([`TargetError::hint`]), so that the edge can put it on a line of its own.

use super::cidr::Unfit;
use crate::model::{Origin, bytes};
use std::borrow::Cow;
use std::sync::Arc;

/// Bytes of one written target, and of one line of a list. The longest host name has 253; the rest
/// is room for ports.
pub const MAX_TARGET: usize = 4096;

/// Characters of a hostile text that an error quotes.
const MAX_QUOTED: usize = 100;

/// Escapes what was written and cuts it to a length that fits an error.
pub(super) fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(MAX_QUOTED).collect();
    if quoted.len() < text.len() {
        quoted.push_str("...");
    }
    bytes::escape(&quoted)
}

/// Why the targets of a run cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// One target, list line or exclusion is wrong.
    #[error("{origin}: `{written}`: {problem}")]
    Written {
        /// Where it stands.
        origin: Origin,
        /// What stands there, escaped and cut.
        written: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A list could not be read any further.
    #[error("{origin}: {source}")]
    Read {
        /// The line that could not be read.
        origin: Origin,
        /// What the reader said.
        source: Arc<std::io::Error>,
    },
    /// The targets hold more addresses than may be scanned without saying so.
    #[error(
        "{addresses} addresses are to be scanned, {largest_addresses} of them for `{largest}` ({origin}); more than {limit} need permission"
    )]
    TooLarge {
        /// Different addresses in all.
        addresses: u128,
        /// How many go without permission.
        limit: u128,
        /// The largest network or range, escaped and cut.
        largest: String,
        /// Addresses in it.
        largest_addresses: u128,
        /// Where it stands.
        origin: Origin,
    },
    /// The targets cannot be numbered with 64 bits.
    #[error("the targets are more than can be counted")]
    TooMany,
}

impl TargetError {
    /// Makes the error for a text at a place.
    pub fn written(origin: Origin, written: &str, problem: Problem) -> Self {
        Self::Written {
            origin,
            written: quote(written),
            problem,
        }
    }

    /// Says what to do about it, where there is something to say.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Written { problem, .. } => problem.hint(),
            Self::Read { .. } => None,
            Self::TooLarge { .. } | Self::TooMany => {
                Some("check the prefix lengths, or split the networks".into())
            }
        }
    }
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing but white space.
    #[error("nothing is written")]
    Empty,
    /// Longer than [`MAX_TARGET`].
    #[error("longer than {MAX_TARGET} bytes")]
    TooLong,
    /// A line that is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// A line of a file in UTF-16.
    #[error("not UTF-8: this looks like UTF-16")]
    Utf16,
    /// White space or commas between several values.
    #[error("more than one value")]
    SeveralValues,
    /// A character that no target holds; escaped.
    #[error("`{0}` cannot stand in a target")]
    Character(String),
    /// No host before the port or behind the scheme.
    #[error("the host is missing")]
    NoHost,
    /// A mail address; its domain where that is one.
    #[error("a mail address is not a target")]
    MailAddress(Option<String>),
    /// The address of a web page.
    #[error("{0}:// is not how a mail server is reached")]
    WebAddress(&'static str),
    /// A scheme that means nothing here.
    #[error("the scheme `{0}` is not known")]
    Scheme(String),
    /// A user name or password in a URL.
    #[error("a user name or password does not belong to a target")]
    UserInfo,
    /// Something behind a slash, with the slash, that is neither a prefix length nor the use of TLS.
    #[error("`{0}` behind the host does not belong to a target")]
    Path(String),
    /// A network or range behind a scheme.
    #[error("behind a scheme only one host can stand")]
    UrlNetwork,
    /// Several ports, or the use of TLS, behind a scheme.
    #[error("behind a scheme only one port can stand, not `{0}`")]
    UrlPort(String),
    /// An IPv6 address in a URL without its brackets.
    #[error("an IPv6 address in a URL needs brackets")]
    UrlIpv6,
    /// A label of no characters.
    #[error("a host name has no empty label")]
    EmptyLabel,
    /// A label of more than 63 bytes.
    #[error("the label `{0}` has more than 63 characters")]
    LongLabel(String),
    /// A name of more than 253 bytes.
    #[error("the host name has more than 253 characters")]
    LongName,
    /// A label that begins or ends with a hyphen.
    #[error("the label `{0}` begins or ends with a hyphen")]
    EdgeHyphen(String),
    /// A character that no host name holds; escaped.
    #[error("`{0}` cannot stand in a host name")]
    NameCharacter(String),
    /// A name whose last label is a number.
    #[error("neither a host name nor an address: the last label `{0}` is a number")]
    NumericName(String),
    /// A name beyond ASCII that IDNA does not allow.
    #[error("not a valid international host name")]
    Idna,
    /// Digits and dots that are not four numbers up to 255.
    #[error("`{0}` is not an IPv4 address")]
    Ipv4(String),
    /// An octet that begins with a zero.
    #[error("`{0}` has an octet with a leading zero")]
    LeadingZero(String),
    /// Ranges or wild cards inside an IPv4 address.
    #[error("`{0}` has ranges or wild cards inside an address")]
    OctetRange(String),
    /// Not an IPv6 address.
    #[error("`{0}` is not an IPv6 address")]
    Ipv6(String),
    /// An IPv6 address with an interface.
    #[error("an interface (`%{0}`) cannot be chosen for an address")]
    Zone(String),
    /// A bracket without its partner, or something wrong behind it.
    #[error("the brackets are wrong")]
    Bracket,
    /// An address that cannot be a mail server.
    #[error("{0}")]
    Unfit(Unfit),
    /// Not a prefix length.
    #[error("`{0}` is not a prefix length")]
    Prefix(String),
    /// A prefix length beyond the family's.
    #[error("the prefix length {written} is more than {most}")]
    PrefixTooLong {
        /// As written.
        written: u32,
        /// 32 or 128.
        most: u8,
    },
    /// A network mask in the place of a prefix length.
    #[error("`{0}` is a network mask, not a prefix length")]
    Netmask(String),
    /// A prefix length behind a name.
    #[error("a host name has no prefix length")]
    PrefixOnName,
    /// Not the last address of a range.
    #[error("`{0}` is not the end of a range")]
    RangeEnd(String),
    /// A range from one family into the other.
    #[error("a range cannot go from one address family into the other")]
    MixedFamilies,
    /// A range whose end is before its start.
    #[error("the range ends before it begins")]
    Backward,
    /// Nothing where a port is due.
    #[error("a port is missing")]
    NoPort,
    /// Not a port.
    #[error("`{0}` is not a port")]
    Port(String),
    /// Ports as a range.
    #[error("`{0}` is a range of ports")]
    PortRange(String),
    /// Port 0.
    #[error("there is no port 0")]
    PortZero,
    /// A port over 65535.
    #[error("the port {0} is more than 65535")]
    PortTooLarge(String),
    /// Something else than `tls` or `plain` behind a port.
    #[error("`/{0}` behind a port is neither `/tls` nor `/plain`")]
    TlsUse(String),
    /// `/tls` or `/plain` where no port stands.
    #[error("`/{0}` belongs behind a port")]
    TlsUseWithoutPort(String),
    /// `mx:` with an address.
    #[error("an address has no MX")]
    MxOfAddress,
    /// `mx:`, `smtp://` or `smtps://` among the exclusions.
    #[error("`{0}` does not belong to an exclusion")]
    NotInExclusion(&'static str),
    /// A wild card in front of an address.
    #[error("only names have subdomains")]
    WildcardAddress,
}

impl Problem {
    /// Says what to write instead, where there is something to say.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::NotUtf8 | Self::Utf16 => "save the list as UTF-8",
            Self::SeveralValues => {
                "write one target per argument or line; ports stand behind a colon: \
                 mail.example.com:25,587"
            }
            Self::MailAddress(Some(domain)) => {
                return Some(format!("for the mail servers of its domain: mx:{domain}").into());
            }
            Self::MailAddress(None) => "for the mail servers of a domain: mx:example.com",
            Self::WebAddress(_) => {
                "write the mail server's name, or mx:example.com for the mail servers of a domain"
            }
            Self::Scheme(scheme) if scheme == "mx" => {
                "for the mail servers of a domain: mx:example.com, without slashes"
            }
            Self::Scheme(_) => "smtp:// and smtps:// are known",
            Self::UserInfo => "a login to test with comes from --auth-file or the environment",
            Self::Path(_) => "write the host and the port only",
            Self::UrlNetwork => "write the network without smtp://: 192.0.2.0/24:25,587",
            Self::UrlPort(_) => {
                "without a scheme there is more to say: mail.example.com:25,465/tls"
            }
            Self::UrlIpv6 => "smtp://[2001:db8::1]:25",
            Self::EmptyLabel => "remove the dot that is too many",
            Self::NameCharacter(c) if c == "*" => {
                "only exclusions have wild cards, and only in front: *.example.com"
            }
            Self::NumericName(_) => "an IPv4 address has four numbers: 192.0.2.1",
            Self::Ipv4(_) => "an IPv4 address has four numbers, each 0 to 255: 192.0.2.1",
            Self::LeadingZero(_) => {
                "write it without the zero; some programs would read the number as octal"
            }
            Self::OctetRange(_) => {
                "write a network or a range of the last number: 192.0.2.0/24, 192.0.2.10-20"
            }
            Self::Ipv6(_) => "with a port, an IPv6 address needs brackets: [2001:db8::1]:25",
            Self::Zone(_) => "leave the interface out, or use the host's global address",
            Self::Bracket => "brackets stand around one address: [2001:db8::1]:25",
            Self::Netmask(_) => "write the number of its leading one bits: /24 for 255.255.255.0",
            Self::PrefixOnName => "write the network's address: 192.0.2.0/24",
            Self::RangeEnd(_) => {
                "write 192.0.2.10-20, 192.0.2.10-192.0.2.20 or 2001:db8::10-2001:db8::20; \
                 with ports [2001:db8::10]-[2001:db8::20]:25"
            }
            Self::NoPort => "leave the colon out for the default ports",
            Self::PortRange(_) => "write ports one by one: 25,587",
            Self::TlsUse(written) if written.eq_ignore_ascii_case("starttls") => {
                "leave it out: STARTTLS is used where the server offers it"
            }
            Self::TlsUse(_) => {
                "/tls is TLS from the first byte, /plain no TLS at all; with neither, STARTTLS is \
                 used where the server offers it"
            }
            Self::TlsUseWithoutPort(_) => {
                "write the port, an IPv6 address in brackets: 192.0.2.1:2465/tls, \
                 [2001:db8::1]:2465/tls"
            }
            Self::MxOfAddress => "write the address alone, or a domain behind mx:",
            Self::NotInExclusion(_) => "write the host itself, its address or its network",
            Self::WildcardAddress => "write the network: 192.0.2.0/24",
            Self::Empty
            | Self::TooLong
            | Self::Character(_)
            | Self::NoHost
            | Self::LongLabel(_)
            | Self::LongName
            | Self::EdgeHyphen(_)
            | Self::NameCharacter(_)
            | Self::Idna
            | Self::Unfit(_)
            | Self::Prefix(_)
            | Self::PrefixTooLong { .. }
            | Self::MixedFamilies
            | Self::Backward
            | Self::Port(_)
            | Self::PortZero
            | Self::PortTooLarge(_) => return None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_escaped_and_short() {
        assert_eq!(quote("a\u{1b}[31m"), "a\\x1b[31m");
        assert_eq!(quote(&"x".repeat(100)), "x".repeat(100));
        assert_eq!(
            quote(&"\u{e9}".repeat(101)),
            format!("{}...", "\u{e9}".repeat(100))
        );
    }

    #[test]
    fn errors_name_the_place_and_escape_the_file() {
        let origin = Origin::ListLine {
            file: "hosts\n.txt".into(),
            line: 7,
        };
        let error = TargetError::written(origin, "a\tb", Problem::SeveralValues);
        assert_eq!(
            error.to_string(),
            "hosts\\x0a.txt:7: `a\\x09b`: more than one value"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("one target")));
    }
}
