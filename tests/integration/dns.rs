//! A name server on loopback, and what the resolver makes of its answers.

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, MX, PTR};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use relaycheck::net::{DnsTrouble, MailExchangers, Resolver};
use std::net::SocketAddr;
use std::str::FromStr;
use tokio::net::UdpSocket;

/// What the name server knows, as `name type value` lines; a value of `SERVFAIL` or `SILENCE` makes it
/// behave so.
pub(crate) const ZONE: &[(&str, &str, &str)] = &[
    ("one.test", "A", "127.0.0.11"),
    ("both.test", "A", "127.0.0.12"),
    ("both.test", "AAAA", "::1"),
    ("several.test", "A", "127.0.0.13"),
    ("several.test", "A", "127.0.0.14"),
    ("several.test", "A", "127.0.0.13"),
    ("mailed.test", "MX", "20 both.test"),
    ("mailed.test", "MX", "10 One.test"),
    ("nomail.test", "MX", "0 ."),
    ("lost.test", "MX", "10 gone.test"),
    ("broken.test", "A", "SERVFAIL"),
    ("broken.test", "AAAA", "SERVFAIL"),
    ("broken.test", "MX", "SERVFAIL"),
    ("half.test", "A", "127.0.0.15"),
    ("half.test", "AAAA", "SERVFAIL"),
    ("mail.null-sender.test", "A", "127.0.0.16"),
    ("7.100.51.198.in-addr.arpa", "PTR", "host7.isp.test"),
];

/// Starts the name server; it lives as long as the runtime.
pub(crate) async fn serve() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let address = socket.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            if let Some(answer) = answer(&buffer[..length]) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    address
}

fn answer(request: &[u8]) -> Option<Vec<u8>> {
    let request = Message::from_vec(request).ok()?;
    let query = request.queries.first()?;
    let mut response = Message::response(request.metadata.id, OpCode::Query);
    response.metadata.recursion_available = true;
    response.add_query(query.clone());
    let asked = query.name().to_ascii().to_lowercase();
    let asked = asked.trim_end_matches('.');
    let known = ZONE.iter().any(|(name, ..)| *name == asked);
    response.metadata.response_code = if known {
        ResponseCode::NoError
    } else {
        ResponseCode::NXDomain
    };
    for (name, kind, value) in ZONE {
        let kind = RecordType::from_str(kind).expect("a record type");
        if *name != asked || kind != query.query_type() {
            continue;
        }
        if *value == "SERVFAIL" {
            response.metadata.response_code = ResponseCode::ServFail;
            continue;
        }
        let domain = |text: &str| Name::from_ascii(format!("{}.", text.trim_end_matches('.')));
        let data = match kind {
            RecordType::A => RData::A(A(value.parse().expect("an address"))),
            RecordType::AAAA => RData::AAAA(AAAA(value.parse().expect("an address"))),
            RecordType::PTR => RData::PTR(PTR(domain(value).expect("a name"))),
            RecordType::MX => {
                let (preference, host) = value.split_once(' ').expect("preference and host");
                let preference = preference.parse().expect("a number");
                RData::MX(MX::new(preference, domain(host).expect("a name")))
            }
            other => panic!("no {other} here"),
        };
        response.add_answer(Record::from_rdata(query.name().clone(), 60, data));
    }
    response.to_vec().ok()
}

async fn resolver() -> Resolver {
    Resolver::of_server(serve().await).expect("a resolver")
}

#[tokio::test]
async fn names_have_addresses() {
    let resolver = resolver().await;
    for (name, expected) in [
        ("one.test", Ok(vec!["127.0.0.11"])),
        ("ONE.test.", Ok(vec!["127.0.0.11"])),
        ("both.test", Ok(vec!["127.0.0.12", "::1"])),
        ("several.test", Ok(vec!["127.0.0.13", "127.0.0.14"])),
        ("half.test", Ok(vec!["127.0.0.15"])),
        ("nowhere.test", Err(DnsTrouble::NoSuchName)),
        ("mailed.test", Err(DnsTrouble::NoRecord("address"))),
    ] {
        let got = resolver.addresses(name).await;
        let got = got.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        let expected = expected.map(|all| all.iter().map(ToString::to_string).collect());
        assert_eq!(got, expected, "{name}");
    }
    // "Could not be asked" is never "does not exist".
    let broken = resolver.addresses("broken.test").await;
    assert!(matches!(broken, Err(DnsTrouble::Failed(_))), "{broken:?}");
}

#[tokio::test]
async fn domains_have_mail_exchangers_or_say_that_they_have_none() {
    let resolver = resolver().await;
    let hosts = vec![(10, "one.test".to_owned()), (20, "both.test".to_owned())];
    for (domain, expected) in [
        ("mailed.test", Ok(MailExchangers::Hosts(hosts))),
        ("nomail.test", Ok(MailExchangers::Null)),
        ("one.test", Ok(MailExchangers::Implicit)),
        ("nowhere.test", Err(DnsTrouble::NoSuchName)),
    ] {
        assert_eq!(resolver.mail_exchangers(domain).await, expected, "{domain}");
    }
    let broken = resolver.mail_exchangers("broken.test").await;
    assert!(matches!(broken, Err(DnsTrouble::Failed(_))), "{broken:?}");
}

#[tokio::test]
async fn addresses_have_names_sometimes() {
    let resolver = resolver().await;
    let nameless = "198.51.100.8".parse().expect("an address");
    assert_eq!(resolver.reverse(nameless).await, None);
    let named = "198.51.100.7".parse().expect("an address");
    let name = resolver.reverse(named).await;
    assert_eq!(name.as_deref(), Some("host7.isp.test."));
}
