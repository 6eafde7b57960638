//! From where the server sees us, and whether it has reason to trust us.
//!
//! In: both ends of the connection and what the server said. Out: facts for the caveats
//! `trusted-vantage` and `address-rewritten`.
//!
//! Limits: only EHLO greetings are read for the client's address, for they are the one place where
//! servers echo it in a common form: `Hello name [192.0.2.1]` (Exim, Sendmail, OpenSMTPD, Exchange).

use super::transcript::{Phase, Transcript};
use std::net::{IpAddr, Ipv4Addr};

/// Tells whether the server may take us for one of its own: same host, same small network, or
/// private addresses on both sides.
pub fn trusted(local: IpAddr, peer: IpAddr) -> bool {
    let (local, peer) = (local.to_canonical(), peer.to_canonical());
    if local.is_loopback() || local == peer {
        return true;
    }
    match (local, peer) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            a.octets()[..3] == b.octets()[..3] || (inside(local) && inside(peer))
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            a.segments()[..4] == b.segments()[..4] || (inside(local) && inside(peer))
        }
        _ => false,
    }
}

/// Tells whether the client address the server sees cannot be explained by an address translation
/// on our own side: somebody stands in front of the server, and to it everybody may look alike.
pub fn rewritten(local: IpAddr, seen: IpAddr) -> bool {
    let (local, seen) = (local.to_canonical(), seen.to_canonical());
    // From a private address the public one that is seen may just be that of our own gateway.
    seen != local && (!inside(local) || inside(seen))
}

/// Finds the client address in the EHLO greetings of a session. The server's own address and what
/// our own EHLO argument put there are left out.
pub fn client_seen(transcript: &Transcript, peer: IpAddr) -> Option<IpAddr> {
    let hellos = transcript
        .exchanges
        .iter()
        .filter(|e| e.phase == Phase::Hello);
    for hello in hellos {
        let Some(reply) = hello.reply.as_ref().filter(|reply| reply.positive()) else {
            continue;
        };
        let said = reply.lines()[0].text();
        // Addresses stand in brackets.
        if !said.contains(&b'[') {
            continue;
        }
        let said = String::from_utf8_lossy(said);
        let ours = String::from_utf8_lossy(&hello.sent);
        let ours: Vec<IpAddr> = bracketed(&ours).collect();
        let mut addresses: Vec<IpAddr> = bracketed(&said).collect();
        for own in ours {
            // Echoed once as our name, and perhaps once more as the address seen.
            if let Some(at) = addresses.iter().position(|a| *a == own) {
                addresses.remove(at);
            }
        }
        let found = addresses.into_iter().rfind(|a| *a != peer.to_canonical());
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Gives the addresses that stand in square brackets.
fn bracketed(text: &str) -> impl Iterator<Item = IpAddr> {
    text.split('[').skip(1).filter_map(|rest| {
        let inner = rest.split(']').next()?;
        let inner = inner
            .get(..5)
            .filter(|tag| tag.eq_ignore_ascii_case("ipv6:"))
            .map_or(inner, |_| &inner[5..]);
        inner.parse::<IpAddr>().ok().map(|a| a.to_canonical())
    })
}

/// Tells whether an address is private, link-local or shared (RFC 1918, 3927, 4193, 6598).
fn inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = Ipv4Addr::new(100, 64, 0, 0).octets();
            v4.is_private()
                || v4.is_link_local()
                || v4.is_loopback()
                || (v4.octets()[0] == shared[0] && v4.octets()[1] & 0xc0 == shared[1])
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::transcript::{Ending, Exchange, Part};
    use crate::smtp::Reply;
    use std::time::Duration;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn knows_a_trusted_vantage() {
        for (local, peer, trust) in [
            ("127.0.0.1", "127.0.0.9", true),
            ("::1", "::1", true),
            ("192.0.2.10", "192.0.2.200", true),
            ("192.0.2.10", "198.51.100.1", false),
            ("10.1.1.1", "192.168.7.7", true),
            ("10.1.1.1", "198.51.100.1", false),
            ("2001:db8::1", "2001:db8::2", true),
            ("2001:db8::1", "2001:db8:1::2", false),
            ("100.64.1.1", "10.0.0.1", true),
        ] {
            assert_eq!(trusted(ip(local), ip(peer)), trust, "{local} {peer}");
        }
    }

    #[test]
    fn knows_a_rewritten_address() {
        for (local, seen, is) in [
            ("198.51.100.7", "198.51.100.7", false),
            ("198.51.100.7", "172.17.0.1", true),
            ("198.51.100.7", "203.0.113.1", true),
            ("10.0.0.5", "203.0.113.1", false),
            ("10.0.0.5", "172.17.0.1", true),
            ("127.0.0.1", "172.17.0.1", true),
        ] {
            assert_eq!(rewritten(ip(local), ip(seen)), is, "{local} {seen}");
        }
    }

    #[test]
    fn finds_the_address_the_server_sees() {
        for (hello, said, seen) in [
            (
                "probe.example",
                "250 mx.test Hello probe.example [203.0.113.5]",
                Some("203.0.113.5"),
            ),
            ("probe.example", "250 mx.test [192.0.2.25] Hello", None),
            (
                "[203.0.113.9]",
                "250 mx.test Hello [203.0.113.9] [172.17.0.1], pleased",
                Some("172.17.0.1"),
            ),
            ("[203.0.113.9]", "250 mx.test Hello [203.0.113.9]", None),
            (
                "probe.example",
                "250 mx Hello probe.example [IPv6:2001:db8::5]",
                Some("2001:db8::5"),
            ),
            ("probe.example", "250 mx Hello [not an address] [", None),
        ] {
            let transcript = Transcript {
                session: 1,
                begun: Duration::ZERO,
                exchanges: vec![Exchange {
                    phase: Phase::Hello,
                    part: Part::Session,
                    test: None,
                    sent: format!("EHLO {hello}\r\n").into_bytes(),
                    sent_at: Duration::ZERO,
                    reply: Reply::from_recorded(said.as_bytes()),
                    replied_at: Duration::ZERO,
                    encrypted: false,
                }],
                clear: None,
                encrypted: None,
                helo_only: false,
                tls: None,
                injected: 0,
                out_of_step: false,
                ending: Ending::Finished,
            };
            assert_eq!(
                client_seen(&transcript, ip("192.0.2.25")),
                seen.map(ip),
                "{said}"
            );
        }
    }
}
