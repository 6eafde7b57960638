//! Ports and how TLS is used on them, as in `25,465,587,2465/tls,465/plain`.
//!
//! Port 465 means TLS from the first byte unless `/plain` says otherwise; on every other port
//! STARTTLS is used where it is offered unless `/tls` or `/plain` says otherwise.
//!
//! Does not know ranges of ports: mail servers have a handful.
//!
//! References: RFC 8314 3.3 and 7.3 (465), RFC 6409 (587).

use super::error::{Problem, quote};
use crate::model::TlsUse;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;
use std::sync::Arc;

/// The port where TLS starts with the first byte.
pub(super) const SMTPS: NonZeroU16 = NonZeroU16::new(465).expect("465 is not zero");

/// The port of SMTP.
pub(super) const SMTP: NonZeroU16 = NonZeroU16::new(25).expect("25 is not zero");

/// A port with its use of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortSpec {
    port: NonZeroU16,
    tls: TlsUse,
}

impl PortSpec {
    /// Joins a port and a use of TLS.
    pub fn new(port: NonZeroU16, tls: TlsUse) -> Self {
        Self { port, tls }
    }

    /// Gives a port its usual use of TLS.
    pub fn usual(port: NonZeroU16) -> Self {
        Self::new(port, usual_tls(port))
    }

    /// Reads `25`, `2465/tls` or `465/plain`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let (number, tls) = match text.split_once('/') {
            None => (text, None),
            Some((number, tls)) if tls.eq_ignore_ascii_case("tls") => {
                (number, Some(TlsUse::Implicit))
            }
            Some((number, tls)) if tls.eq_ignore_ascii_case("plain") => {
                (number, Some(TlsUse::Never))
            }
            Some((_, tls)) => return Err(Problem::TlsUse(quote(tls))),
        };
        let port = parse_number(number)?;
        Ok(Self::new(port, tls.unwrap_or_else(|| usual_tls(port))))
    }

    /// Gives the port.
    pub fn port(self) -> u16 {
        self.port.get()
    }

    /// Gives the use of TLS.
    pub fn tls(self) -> TlsUse {
        self.tls
    }

    /// Tells whether a list of ports can say this. STARTTLS on port 465 only `smtp://` can.
    pub(super) fn listable(self) -> bool {
        self.tls != TlsUse::Opportunistic || self.port != SMTPS
    }
}

impl fmt::Display for PortSpec {
    /// Writes the port as a list of ports has it. STARTTLS on port 465, which only `smtp://` can
    /// ask for, comes out as `465/starttls`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.tls {
            tls if tls == usual_tls(self.port) => "",
            TlsUse::Implicit => "/tls",
            TlsUse::Never => "/plain",
            TlsUse::Opportunistic => "/starttls",
        };
        write!(f, "{}{suffix}", self.port)
    }
}

/// Says how TLS is used on a port where nothing is written about it.
fn usual_tls(port: NonZeroU16) -> TlsUse {
    if port == SMTPS {
        TlsUse::Implicit
    } else {
        TlsUse::Opportunistic
    }
}

/// Reads the number of a port.
pub(super) fn parse_number(text: &str) -> Result<NonZeroU16, Problem> {
    if text.is_empty() {
        return Err(Problem::NoPort);
    }
    // The standard parser would take a sign.
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        let range = text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            && text.split('-').all(|part| !part.is_empty());
        return Err(if range {
            Problem::PortRange(quote(text))
        } else {
            Problem::Port(quote(text))
        });
    }
    let number: u16 = text
        .parse()
        .map_err(|_| Problem::PortTooLarge(quote(text)))?;
    NonZeroU16::new(number).ok_or(Problem::PortZero)
}

/// Ports in written order, at least one, each once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PortList(Arc<[PortSpec]>);

impl PortList {
    /// Reads a list of ports separated by commas.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut ports = Vec::new();
        for part in text.split(',') {
            ports.push(PortSpec::parse(part)?);
        }
        Ok(Self::distinct(ports))
    }

    /// Makes a list of one port.
    pub fn one(port: PortSpec) -> Self {
        Self(Arc::from([port]))
    }

    /// Keeps of the ports, in their order, those that are in `wanted`, which is sorted; gives
    /// nothing where that leaves none.
    pub(super) fn only(&self, wanted: &[PortSpec]) -> Option<Self> {
        let wants = |port: &PortSpec| wanted.binary_search(port).is_ok();
        let kept: Vec<PortSpec> = self.iter().filter(wants).collect();
        match kept.len() {
            0 => None,
            all if all == self.as_slice().len() => Some(self.clone()),
            _ => Some(Self(kept.into())),
        }
    }

    /// Gives the ports.
    pub fn as_slice(&self) -> &[PortSpec] {
        &self.0
    }

    /// Goes through the ports.
    pub fn iter(&self) -> impl Iterator<Item = PortSpec> {
        self.0.iter().copied()
    }

    fn distinct(mut ports: Vec<PortSpec>) -> Self {
        let mut seen = std::collections::HashSet::new();
        ports.retain(|port| seen.insert(*port));
        Self(ports.into())
    }
}

impl Default for PortList {
    /// Gives port 25.
    fn default() -> Self {
        Self::one(PortSpec::usual(SMTP))
    }
}

impl FromStr for PortList {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }
}

impl fmt::Display for PortList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, port) in self.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            write!(f, "{comma}{port}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TlsUse::{Implicit, Never, Opportunistic};
    use proptest::prelude::*;

    #[test]
    fn reads_lists() {
        for (text, ports) in [
            ("25", &[(25, Opportunistic)][..]),
            (
                "25,465,587,2465/tls,465/plain",
                &[
                    (25, Opportunistic),
                    (465, Implicit),
                    (587, Opportunistic),
                    (2465, Implicit),
                    (465, Never),
                ],
            ),
            ("25/TLS", &[(25, Implicit)]),
            ("25/plain", &[(25, Never)]),
            ("465/tls", &[(465, Implicit)]),
            ("587,25,587", &[(587, Opportunistic), (25, Opportunistic)]),
            ("465,465/tls", &[(465, Implicit)]),
            ("25, 587", &[(25, Opportunistic), (587, Opportunistic)]),
            ("65535", &[(65535, Opportunistic)]),
            ("0025", &[(25, Opportunistic)]),
        ] {
            let list = PortList::parse(text).expect(text);
            let read: Vec<_> = list.iter().map(|p| (p.port(), p.tls())).collect();
            assert_eq!(read, ports, "{text}");
        }
        assert_eq!(PortList::default().to_string(), "25");
    }

    #[test]
    fn refuses_what_is_no_list() {
        for (text, problem) in [
            ("", Problem::NoPort),
            ("25,", Problem::NoPort),
            (",25", Problem::NoPort),
            ("/tls", Problem::NoPort),
            ("0", Problem::PortZero),
            ("65536", Problem::PortTooLarge("65536".into())),
            ("99999999999", Problem::PortTooLarge("99999999999".into())),
            ("+25", Problem::Port("+25".into())),
            ("-25", Problem::Port("-25".into())),
            ("smtp", Problem::Port("smtp".into())),
            ("\u{ff12}\u{ff15}", Problem::Port("\u{ff12}\u{ff15}".into())),
            ("20-30", Problem::PortRange("20-30".into())),
            ("25/starttls", Problem::TlsUse("starttls".into())),
            ("25/", Problem::TlsUse(String::new())),
            ("25/tls/plain", Problem::TlsUse("tls/plain".into())),
            ("2\u{1b}5", Problem::Port("2\\x1b5".into())),
        ] {
            assert_eq!(PortList::parse(text), Err(problem), "{text}");
        }
    }

    proptest! {
        #[test]
        fn lists_read_back_what_they_write(ports in proptest::collection::vec(
            (1u16.., prop_oneof![Just("tls"), Just("plain"), Just("")]), 1..8))
        {
            let written: Vec<String> = ports
                .iter()
                .map(|(port, tls)| if tls.is_empty() { port.to_string() } else { format!("{port}/{tls}") })
                .collect();
            let list = PortList::parse(&written.join(",")).expect("a list");
            prop_assert_eq!(PortList::parse(&list.to_string()), Ok(list));
        }
    }
}
