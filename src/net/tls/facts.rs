//! What a finished handshake shows: versions, cipher, certificate, and what is wrong with it.
//!
//! References: RFC 5280 (certificates), RFC 6125 (names).

use super::recorder::Recorder;
use crate::model::bytes::escape;
use crate::model::{TlsFacts, TlsStack};
use rustls::pki_types::ServerName;
use std::net::IpAddr;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// Names of a certificate that are kept; some are made out to a hundred.
const MOST_NAMES: usize = 20;

/// Reads the facts of a rustls connection.
pub(super) fn of_rustls(
    connection: &rustls::ClientConnection,
    recorder: &Recorder,
    name: &ServerName<'_>,
) -> TlsFacts {
    let version = connection.protocol_version().and_then(|v| v.as_str());
    let cipher = connection.negotiated_cipher_suite();
    let cipher = cipher.and_then(|c| c.suite().as_str());
    let seen = recorder.seen();
    let mut facts = TlsFacts {
        stack: TlsStack::Rustls,
        version: version.unwrap_or("unknown").replace('_', "."),
        cipher: cipher.unwrap_or("unknown").to_owned(),
        subject: None,
        issuer: None,
        names: Vec::new(),
        not_after: None,
        problems: Vec::new(),
    };
    if let Some(der) = &seen.certificate {
        read_certificate(der, name, &mut facts);
    }
    if facts.problems.is_empty() {
        // What the certificate itself does not show: an issuer nobody knows, a broken chain.
        facts.problems = seen.objections;
    }
    facts
}

/// Reads a certificate, DER, into the facts.
pub(super) fn read_certificate(der: &[u8], name: &ServerName<'_>, facts: &mut TlsFacts) {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        facts
            .problems
            .push("the certificate cannot be read".to_owned());
        return;
    };
    facts.subject = Some(escape(&certificate.subject().to_string()));
    facts.issuer = Some(escape(&certificate.issuer().to_string()));
    let validity = certificate.validity();
    let end = validity.not_after.timestamp();
    facts.not_after = jiff::Timestamp::from_second(end)
        .ok()
        .map(|t| t.to_string());
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|names| names.value.general_names.as_slice());
    facts.names = names
        .unwrap_or_default()
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(dns) => Some(escape(dns)),
            GeneralName::IPAddress(bytes) => address(bytes).map(|a| a.to_string()),
            _ => None,
        })
        .take(MOST_NAMES)
        .collect();
    let now = jiff::Timestamp::now().as_second();
    let mut problem = |is: bool, what: &str| {
        if is {
            facts.problems.push(what.to_owned());
        }
    };
    problem(now > end, "expired");
    problem(now < validity.not_before.timestamp(), "not yet valid");
    let own = certificate.subject() == certificate.issuer();
    problem(
        own && certificate.verify_signature(None).is_ok(),
        "self-signed",
    );
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    problem(
        WEAK_SIGNATURES.contains(&algorithm.as_str()),
        "signed with MD5 or SHA-1",
    );
    let bits = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(key.key_size()),
        _ => None,
    };
    problem(
        bits.is_some_and(|bits| bits < 2048),
        "RSA key shorter than 2048 bits",
    );
    if let ServerName::DnsName(wanted) = name {
        let fits = facts.names.iter().any(|n| covers(n, wanted.as_ref()));
        if !fits {
            facts.problems.push("made out to another name".to_owned());
        }
    }
}

/// md2, md4, md5 and sha1 with RSA; DSA and ECDSA with SHA-1.
const WEAK_SIGNATURES: &[&str] = &[
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.3",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10040.4.3",
    "1.2.840.10045.4.1",
];

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// Compares a certificate's name with the wanted one; a leading `*` stands for one label.
fn covers(name: &str, wanted: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => wanted
            .split_once('.')
            .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_label() {
        for (name, wanted, is) in [
            ("mail.example.org", "MAIL.example.org", true),
            ("*.example.org", "mail.example.org", true),
            ("*.example.org", "a.mail.example.org", false),
            ("*.example.org", "example.org", false),
            ("mail.example.org", "mail.example.net", false),
        ] {
            assert_eq!(covers(name, wanted), is, "{name} {wanted}");
        }
    }
}
