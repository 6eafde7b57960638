//! Ways to a server: proxies, TLS, and a message that comes out at the sink.

use crate::harness::{Servers, relaycheck, said};
use relaycheck::probe::template::token;
use relaycheck::server::behaviour;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A proxy that speaks just enough to pass one connection on, or to refuse it.
fn proxy(serve: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(20) {
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

fn read<const N: usize>(stream: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).expect("as many bytes");
    bytes
}

/// Passes bytes both ways until either side ends.
fn pass(client: TcpStream, server: TcpStream) {
    let (mut client_in, mut server_in) = (
        client.try_clone().expect("a handle"),
        server.try_clone().expect("a handle"),
    );
    let (mut client_out, mut server_out) = (client, server);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut client_in, &mut server_out);
        let _ = server_out.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut server_in, &mut client_out);
    let _ = client_out.shutdown(std::net::Shutdown::Both);
}

/// RFC 1928 and RFC 1929: user "me", password "s:e@cret".
fn socks5(mut stream: TcpStream) {
    assert_eq!(read::<3>(&mut stream), [5, 1, 2], "a login is offered");
    stream.write_all(&[5, 2]).expect("written");
    assert_eq!(read::<2>(&mut stream), [1, 2]);
    assert_eq!(&read::<2>(&mut stream), b"me");
    assert_eq!(read::<1>(&mut stream), [8]);
    assert_eq!(&read::<8>(&mut stream), b"s:e@cret");
    stream.write_all(&[1, 0]).expect("written");
    assert_eq!(read::<4>(&mut stream), [5, 1, 0, 1]);
    let address = Ipv4Addr::from(read::<4>(&mut stream));
    let port = u16::from_be_bytes(read::<2>(&mut stream));
    match TcpStream::connect((address, port)) {
        Ok(server) => {
            stream
                .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
                .expect("written");
            pass(stream, server);
        }
        Err(_) => stream
            .write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0])
            .expect("written"),
    }
}

fn http(mut stream: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(read::<1>(&mut stream));
    }
    let head = String::from_utf8(head).expect("text");
    let target = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next());
    let target: SocketAddr = target.expect("a target").parse().expect("an address");
    // Greeting and answer in one packet: not a byte of the target's may be lost.
    let server = TcpStream::connect(target).expect("the target");
    let mut answer = b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n".to_vec();
    let mut first = [0; 512];
    let length = (&server).read(&mut first).expect("the greeting");
    answer.extend(&first[..length]);
    stream.write_all(&answer).expect("written");
    pass(stream, server);
}

fn forbids(mut stream: TcpStream) {
    let mut head = [0; 1024];
    let _ = stream.read(&mut head);
    let _ = stream.write_all(b"HTTP/1.1 403 Forbidden \x1b[31m\r\n\r\n");
}

#[test]
fn proxies_lead_to_the_target_and_hide_where_we_are() {
    let servers = Servers::start(&[*behaviour("closed").expect("a behaviour")]);
    let audit = |proxy: &str, target: &str| {
        let ran = relaycheck()
            .args([
                "-f",
                "json",
                "--profile",
                "quick",
                "--timeout",
                "5s",
                "--proxy",
                proxy,
            ])
            .arg(target)
            .run();
        assert!(!ran.stderr.contains("cret"), "{}", ran.stderr);
        ran.json()["results"][0].clone()
    };
    let target = servers.target();
    let socks = proxy(socks5);
    for url in [
        format!("socks5://me:s:e@cret@{socks}"),
        format!("http://{}", proxy(http)),
    ] {
        let result = audit(&url, &target);
        assert_eq!(said(&result).0, "rejecting", "{url}: {}", result["note"]);
        // Our own address is not what the server sees: nothing may be concluded from it.
        assert_eq!(result["caveats"], serde_json::json!([]), "{url}");
    }
    let refused = audit(&format!("socks5://me:s:e@cret@{socks}"), "127.0.0.1:1");
    assert_eq!(
        said(&refused),
        ("unreachable".into(), Some("refused".into()))
    );
    let forbidden = audit(&format!("http://{}", proxy(forbids)), &target);
    assert_eq!(
        said(&forbidden),
        ("unreachable".into(), Some("no-route".into()))
    );
    let note = forbidden["note"].as_str().expect("a note");
    assert!(note.contains("403 Forbidden"), "{note}");
}

#[test]
fn certificates_are_recorded_and_not_judged() {
    for (id, tls) in [
        ("open-inside-tls", "starttls"),
        ("open-implicit-tls", "implicit"),
    ] {
        let servers = Servers::start(&[*behaviour(id).expect("a behaviour")]);
        let suffix = if tls == "implicit" { "/tls" } else { "" };
        let ran = relaycheck()
            .args(["-f", "json"])
            .arg(format!("{}{suffix}", servers.target()))
            .run();
        let result = ran.json()["results"][0].clone();
        assert_eq!(said(&result).0, "relay-accepting", "{id}");
        assert_eq!(result["tls"], tls);
        let facts = &result["server"]["tls"];
        assert_eq!(facts["stack"], "rustls");
        assert_eq!(facts["version"], "TLSv1.3");
        let problems = facts["problems"].to_string();
        assert!(problems.contains("self-signed"), "{problems}");
    }
}

#[test]
fn plain_targets_never_meet_starttls() {
    let servers = Servers::start(&[*behaviour("open-inside-tls").expect("a behaviour")]);
    let ran = relaycheck()
        .args(["-f", "json"])
        .arg(format!("{}/plain", servers.target()))
        .run();
    let result = ran.json()["results"][0].clone();
    assert_eq!(said(&result).0, "rejecting");
    assert_eq!(servers.all[0].stats().handshakes, 0);
}

#[test]
fn a_message_that_comes_out_proves_the_relay() {
    let servers = Servers::start(&[*behaviour("accept-all").expect("a behaviour")]);
    let seed = 7;
    let token = token(seed, IpAddr::V4(Ipv4Addr::LOCALHOST), 3);
    // The port is free when it is asked for; nobody else in this namespace of ports wants it.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    let sink = free.expect("a free port");
    let deliver = std::thread::spawn(move || {
        // What a relay would do on behalf of the audited server.
        let begun = Instant::now();
        let mut stream = loop {
            match TcpStream::connect(sink) {
                Ok(stream) => break stream,
                Err(_) if begun.elapsed() < Duration::from_secs(10) => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => panic!("the sink does not listen: {error}"),
            }
        };
        let message = format!(
            "EHLO relay.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<me@example.net>\r\nDATA\r\n\
             X-Relaycheck-Token: {token}\r\n\r\nhello\r\n.\r\nQUIT\r\n"
        );
        for line in message.split_inclusive("\r\n") {
            stream.write_all(line.as_bytes()).expect("written");
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said);
        said
    });
    let ran = relaycheck()
        .args([
            "-f",
            "json",
            "--profile",
            "quick",
            "--seed",
            "7",
            "--depth",
            "delivered",
        ])
        .args([
            "--rcpt",
            "me@example.net",
            "--sink",
            &sink.to_string(),
            "--sink-wait",
            "10s",
        ])
        .arg(servers.target())
        .run();
    let said_by_sink = deliver.join().expect("the delivery ends");
    assert!(said_by_sink.contains("250"), "{said_by_sink}");
    let result = ran.json()["results"][0].clone();
    // Without the proof the same server is a sink like any other.
    assert_eq!(said(&result), ("relay-accepting".into(), None));
    assert_eq!(result["evidence"], "delivered");
    assert_eq!(result["confidence"], "proven");
}

#[test]
fn the_sink_command_tells_what_arrives() {
    use std::io::BufRead;
    let binary = assert_cmd::cargo::cargo_bin("relaycheck");
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = std::process::Command::new(binary)
        .args([
            "sink",
            "--listen",
            "127.0.0.1:0",
            "--count",
            "1",
            "--time",
            "20s",
            "--dir",
        ])
        .arg(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut told = std::io::BufReader::new(child.stderr.take().expect("its messages"));
    let mut line = String::new();
    told.read_line(&mut line).expect("a line");
    let address = line
        .trim()
        .rsplit(' ')
        .next()
        .expect("an address")
        .to_owned();
    let mut stream = TcpStream::connect(&address).unwrap_or_else(|e| panic!("{line}: {e}"));
    let message = "EHLO relay.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<me%x@example.net>\r\nDATA\r\n\
         X-Relaycheck-Token: abcdef1234\r\n\r\n..dot\r\n.\r\nQUIT\r\n";
    for line in message.split_inclusive("\r\n") {
        stream.write_all(line.as_bytes()).expect("written");
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a JSON line");
    assert_eq!(line["token"], "abcdef1234");
    assert_eq!(line["helo"], "relay.test");
    assert_eq!(line["rcpt_to"], serde_json::json!(["<me%x@example.net>"]));
    let file = folder.path().join(line["file"].as_str().expect("a file"));
    let kept = std::fs::read_to_string(file).expect("the message");
    assert!(kept.ends_with("\r\n\r\n.dot\r\n"), "{kept:?}");
}

/// A server that offers nothing newer than TLS 1.1: too old for rustls, not for OpenSSL.
#[cfg(feature = "legacy-tls")]
mod legacy {
    use super::*;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::ssl::{SslAcceptor, SslMethod, SslVersion};
    use openssl::x509::{X509, X509NameBuilder};

    fn acceptor() -> SslAcceptor {
        let key = PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
        let mut name = X509NameBuilder::new().expect("a name");
        name.append_entry_by_text("CN", "old.test").expect("a name");
        let name = name.build();
        let mut certificate = X509::builder().expect("a certificate");
        certificate.set_version(2).expect("a version");
        certificate.set_subject_name(&name).expect("a name");
        certificate.set_issuer_name(&name).expect("a name");
        certificate.set_pubkey(&key).expect("a key");
        let day = |n| openssl::asn1::Asn1Time::days_from_now(n).expect("a day");
        certificate.set_not_before(&day(0)).expect("a day");
        certificate.set_not_after(&day(9)).expect("a day");
        let digest = openssl::hash::MessageDigest::sha256();
        certificate.sign(&key, digest).expect("a signature");
        let mut acceptor =
            SslAcceptor::mozilla_intermediate(SslMethod::tls_server()).expect("an acceptor");
        acceptor.set_private_key(&key).expect("a key");
        acceptor
            .set_certificate(&certificate.build())
            .expect("a certificate");
        acceptor.set_min_proto_version(None).expect("any version");
        acceptor
            .set_max_proto_version(Some(SslVersion::TLS1_1))
            .expect("an old version");
        acceptor
            .set_cipher_list("AES128-SHA:@SECLEVEL=0")
            .expect("an old cipher");
        acceptor.clear_options(openssl::ssl::SslOptions::NO_TLSV1_1);
        acceptor.build()
    }

    /// Demands TLS, then refuses to relay.
    fn serve(mut stream: TcpStream, acceptor: &SslAcceptor) {
        let talk = |stream: &mut dyn ReadWrite, encrypted: bool| {
            loop {
                let Some(line) = line(stream) else {
                    return false;
                };
                let answer = match line.get(..4) {
                    Some("EHLO") => "250-old.test\r\n250 STARTTLS\r\n",
                    Some("STAR") => "220 go\r\n",
                    Some("MAIL") if !encrypted => {
                        "530 5.7.0 Must issue a STARTTLS command first\r\n"
                    }
                    Some("MAIL" | "RSET") => "250 2.0.0 ok\r\n",
                    Some("RCPT") => "554 5.7.1 Relay access denied\r\n",
                    _ => "221 2.0.0 bye\r\n",
                };
                if stream.write_all(answer.as_bytes()).is_err() || line.starts_with("QUIT") {
                    return false;
                }
                if line.starts_with("STAR") {
                    return true;
                }
            }
        };
        let _ = stream.write_all(b"220 old.test ESMTP\r\n");
        if talk(&mut stream, false)
            && let Ok(mut inside) = acceptor.accept(stream)
        {
            talk(&mut inside, true);
        }
    }

    trait ReadWrite: Read + Write {}
    impl<T: Read + Write> ReadWrite for T {}

    fn line(stream: &mut dyn ReadWrite) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            line.push(byte[0]);
        }
        String::from_utf8(line).ok()
    }

    #[test]
    fn old_servers_are_reached_and_said_to_be_old() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let address = listener.local_addr().expect("an address");
        let acceptor = acceptor();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten().take(100) {
                serve(stream, &acceptor);
            }
        });
        let ran = relaycheck()
            .args(["-f", "json", "--profile", "quick", "--timeout", "5s"])
            .arg(address.to_string())
            .run();
        let result = ran.json()["results"][0].clone();
        assert_eq!(said(&result).0, "rejecting", "{}", result["note"]);
        assert_eq!(result["server"]["tls"]["stack"], "openssl");
        assert_eq!(result["server"]["tls"]["version"], "TLSv1.1");
        assert_eq!(result["tls"], "starttls");
    }
}
