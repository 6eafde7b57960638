//! The report by mail: whom it reaches and when, what it is made of, and what happens where it does not get through.
//!
//! The mail server is the sink of relaycheck itself, on loopback; one that asks for TLS and a login is written out below.

use crate::harness::{Ran, Servers, relaycheck};
use base64::Engine;
use mail_parser::{Message, MessageParser, MimeHeaders};
use relaycheck::server::{Delivery, Sink, SinkSettings, behaviour};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::Receiver;

/// A mail server that keeps what it gets.
struct Inbox {
    _runtime: Runtime,
    sink: Sink,
    arriving: Receiver<Arc<Delivery>>,
}

impl Inbox {
    fn open() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let started = runtime.block_on(Sink::start(SinkSettings::default(), address));
        let (sink, arriving) = started.expect("a sink");
        Self {
            _runtime: runtime,
            sink,
            arriving,
        }
    }

    fn url(&self) -> String {
        format!("smtp://{}", self.sink.address())
    }

    /// Gives what has come. The command has ended: nothing is on its way.
    fn taken(&mut self) -> Option<Arc<Delivery>> {
        self.arriving.try_recv().ok()
    }
}

/// Asks a server in the quick profile, with mail to two people.
fn probe(target: &str, url: &str, more: &[&str]) -> Ran {
    relaycheck()
        .args(["--profile", "quick", "--mail-to", "a@example.org"])
        .args(["--mail-to", "b@example.org", "--mail-sender"])
        .args(["cron@example.org", "--smtp", url])
        .args(more.iter().copied())
        .arg(target)
        .run()
}

fn open() -> Servers {
    Servers::start(&[*behaviour("open").expect("a behaviour")])
}

fn closed() -> Servers {
    Servers::start(&[*behaviour("closed").expect("a behaviour")])
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).expect("a message")
}

fn header(message: &Message<'_>, name: &'static str) -> String {
    let header = message.header_raw(name);
    header.unwrap_or_default().trim().to_owned()
}

#[test]
fn a_relay_is_mailed_as_text_as_a_page_and_for_programs() {
    let mut inbox = Inbox::open();
    let servers = open();
    let ran = probe(&servers.target(), &inbox.url(), &[]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("RELAY ACCEPTING"), "{}", ran.stdout);
    let delivery = inbox.taken().expect("a message");
    assert_eq!(delivery.sender.printable(), "<cron@example.org>");
    let recipients: Vec<String> = delivery.recipients.iter().map(|r| r.printable()).collect();
    assert_eq!(recipients, ["<a@example.org>", "<b@example.org>"]);
    assert!(inbox.taken().is_none());
    let message = parsed(delivery.message.as_bytes());
    let subject = message.subject().expect("a subject");
    assert!(subject.starts_with("relaycheck: 1 open relay"), "{subject}");
    assert_eq!(header(&message, "To"), "a@example.org, b@example.org");
    assert_eq!(header(&message, "From"), "cron@example.org");
    assert_eq!(header(&message, "Auto-Submitted"), "auto-generated");
    assert!(message.date().is_some());
    let id = message.message_id().expect("an id");
    assert!(id.ends_with("@example.org"), "{id}");
    let kinds: Vec<String> = message
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().expect("a type");
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "application/x-ndjson"
        ]
    );
    let text = message.body_text(0).expect("a text");
    let said = format!("RELAY ACCEPTING  {}", servers.target());
    assert!(text.contains(&said), "{text}");
    assert!(!text.contains('\x1b'));
    let page = message.body_html(0).expect("a page");
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.contains("1 of 1 server relay"), "{page}");
    let attached = message.attachment(0).expect("an attachment");
    assert_eq!(attached.attachment_name(), Some("relaycheck.jsonl"));
    let lines = std::str::from_utf8(attached.contents()).expect("UTF-8");
    assert_eq!(lines.lines().count(), 1);
    let result: serde_json::Value = serde_json::from_str(lines).expect("JSON");
    assert_eq!(result["verdict"], "relay-accepting");
}

#[test]
fn what_needs_nobody_is_not_mailed_unless_it_always_is() {
    let mut inbox = Inbox::open();
    let servers = closed();
    let ran = probe(&servers.target(), &inbox.url(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(inbox.taken().is_none());
    assert_eq!(inbox.sink.stats().connections, 0);
    let ran = probe(&servers.target(), &inbox.url(), &["--mail-always"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let delivery = inbox.taken().expect("a message");
    let message = parsed(delivery.message.as_bytes());
    let subject = message.subject().expect("a subject");
    assert!(
        subject.starts_with("relaycheck: no open relay"),
        "{subject}"
    );
    // Who is asked for no mail gets none, nor does a dry run send any.
    let ran = probe(
        &servers.target(),
        &inbox.url(),
        &["--mail-always", "--dry-run"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(inbox.taken().is_none());
}

#[test]
fn beside_a_baseline_only_what_changed_is_mailed() {
    let mut inbox = Inbox::open();
    let place = tempfile::tempdir().expect("a directory");
    let old = place.path().join("old.json");
    let old = old.to_str().expect("UTF-8");
    let servers = open();
    let target = servers.target();
    let first = relaycheck()
        .args(["--profile", "quick", "-o", &format!("json={old}"), &target])
        .run();
    assert_eq!(first.code, 1, "{}", first.stderr);
    let ran = probe(&target, &inbox.url(), &["--baseline", old]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(inbox.taken().is_none(), "mailed what was known");
    // The same place relays no more.
    let address = servers.all[0].address();
    drop(servers);
    let closed = *behaviour("closed").expect("a behaviour");
    let _closed = Servers::start_on([(&closed, address)].into_iter());
    let ran = probe(&target, &inbox.url(), &["--baseline", old]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let delivery = inbox.taken().expect("a message");
    let message = parsed(delivery.message.as_bytes());
    let subject = message.subject().expect("a subject");
    assert!(
        subject.starts_with("relaycheck: no open relay, 1 fixed"),
        "{subject}"
    );
}

#[test]
fn audits_of_files_are_mailed_as_well_and_text_of_others_stays_in_its_place() {
    let mut inbox = Inbox::open();
    let place = tempfile::tempdir().expect("a directory");
    let name = "x\r\nBcc: pwned@example.net\r\n\r\npwned";
    let conf = place.path().join(name);
    fs::create_dir(&conf).expect("a directory");
    fs::write(
        conf.join("main.cf"),
        "compatibility_level = 3.6\nmynetworks = 0.0.0.0/0\n",
    )
    .expect("room");
    fs::write(conf.join("master.cf"), "smtp inet n - y - - smtpd\n").expect("room");
    let log = place.path().join("mail.log");
    let stamp = "Mar  2 07:00:00 mail postfix";
    fs::write(
        &log,
        format!(
            "{stamp}/smtpd[7]: A00001: client=unknown[203.0.113.7]\n\
             {stamp}/qmgr[9]: A00001: from=<a@example.net>, size=500, nrcpt=1 (queue active)\n\
             {stamp}/smtp[10]: A00001: to=<b@example.org>, relay=mx.example.org[198.51.100.25]:25, delay=1, \
             delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n\
             {stamp}/qmgr[9]: A00001: removed\n"
        ),
    )
    .expect("room");
    let url = inbox.url();
    let mail = [
        "--mail-to=a@example.org",
        "--mail-sender=cron@example.org",
        "--smtp",
        &url,
    ];
    for (args, about) in [
        (
            vec!["config", name],
            "relaycheck: 1 of 1 configuration takes mail of outsiders",
        ),
        (
            vec![
                "logs",
                "--own-domain=example.com",
                "--timezone=UTC",
                "--year=2026",
                "mail.log",
            ],
            "relaycheck: 1 recipient relayed for outsiders in the logs",
        ),
    ] {
        let ran = relaycheck()
            .folder(place.path())
            .args(args)
            .args(mail)
            .run();
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let delivery = inbox.taken().expect("a message");
        let recipients: Vec<String> = delivery.recipients.iter().map(|r| r.printable()).collect();
        assert_eq!(recipients, ["<a@example.org>"]);
        let message = parsed(delivery.message.as_bytes());
        let subject = message.subject().expect("a subject");
        assert!(subject.starts_with(about), "{subject}");
        assert!(message.bcc().is_none());
        assert_eq!(message.attachment_count(), 1);
        assert!(
            message
                .body_html(0)
                .expect("a page")
                .contains("<!DOCTYPE html>")
        );
    }
}

#[test]
fn the_sender_is_that_of_mail_from_where_it_is_an_address() {
    let mut inbox = Inbox::open();
    let servers = open();
    let target = servers.target();
    let place = tempfile::tempdir().expect("a directory");
    fs::write(place.path().join("main.cf"), "mynetworks = 0.0.0.0/0\n").expect("room");
    let url = inbox.url();
    let mail = ["--mail-to=a@example.org", "--mail-always", "--smtp", &url];
    let probe = ["--profile=quick", &target];
    let config = ["config", "main.cf"];
    for (args, from, sender) in [
        (&config, "--mail-from=cron@example.org", "cron@example.org"),
        (&probe, "--mail-from=probe@example.org", "probe@example.org"),
    ] {
        let ran = relaycheck()
            .folder(place.path())
            .args(*args)
            .args(mail)
            .arg(from)
            .run();
        assert_eq!(ran.code, 1, "{from}: {}", ran.stderr);
        let delivery = inbox.taken().expect("a message");
        let message = parsed(delivery.message.as_bytes());
        let address = message
            .from()
            .and_then(|from| from.first())
            .expect("a sender");
        let address = address.address().expect("an address");
        assert!(address.starts_with(sender), "{address}");
    }
    let ran = relaycheck()
        .folder(place.path())
        .args(config)
        .args(mail)
        .arg("--mail-from=nobody")
        .run();
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("--mail-from: 'nobody': "),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_configuration_is_mailed_again_only_when_its_outcome_or_a_finding_is_new() {
    let mut inbox = Inbox::open();
    let place = tempfile::tempdir().expect("a directory");
    let write = |networks: &str| {
        let text = format!("compatibility_level = 3.6\nmynetworks = {networks}\n");
        fs::write(place.path().join("main.cf"), text).expect("room");
    };
    fs::write(
        place.path().join("master.cf"),
        "smtp inet n - y - - smtpd\n",
    )
    .expect("room");
    let url = inbox.url();
    let mail = [
        "--mail-to=a@example.org",
        "--mail-sender=cron@example.org",
        "--smtp",
        &url,
    ];
    let mut run = |more: &[&str], mailed: bool, code: i32| {
        let ran = relaycheck()
            .folder(place.path())
            .args(["config", "-o", "json=new.json", "."])
            .args(mail)
            .args(more.iter().copied())
            .run();
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(inbox.taken().is_some(), mailed, "{more:?}");
        fs::rename(place.path().join("new.json"), place.path().join("old.json")).expect("a report");
    };
    let beside = ["--baseline", "old.json"];
    write("127.0.0.0/8");
    run(&[], false, 0);
    write("0.0.0.0/0");
    run(&beside, true, 1);
    run(&beside, false, 1);
    write("127.0.0.0/8");
    run(&beside, true, 0);
}

/// Says one line to whoever comes, and hangs up.
fn refusing() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Whoever hangs up has heard enough.
            let _ = stream.write_all(b"554 5.7.1 no mail from \x1b[31myou\r\n");
        }
    });
    address
}

fn absent() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address")
}

#[test]
fn mail_that_does_not_get_through_is_trouble_and_the_report_is_kept() {
    let servers = open();
    let place = tempfile::tempdir().expect("a directory");
    for server in [refusing(), absent()] {
        let file = place.path().join("report.html");
        let output = format!("html={}", file.display());
        let url = format!("smtp://{server}");
        let ran = probe(&servers.target(), &url, &["-o", &output, "-f", "jsonl"]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        let said = format!("error: the report could not be mailed through {url}: ");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        let hint = format!(
            "hint: the report is not lost: jsonl on standard output, {}",
            file.display()
        );
        assert!(ran.stderr.contains(&hint), "{}", ran.stderr);
        assert!(ran.stdout.contains("\"relay-accepting\""), "{}", ran.stdout);
        let page = fs::read_to_string(&file).expect("the file");
        assert!(page.trim_end().ends_with("</html>"));
        fs::remove_file(&file).expect("the file");
    }
}

#[test]
fn what_is_wrong_is_told_before_anything_is_asked() {
    let servers = open();
    let target = servers.target();
    let place = tempfile::tempdir().expect("a directory");
    let secret = place.path().join("password");
    fs::write(&secret, "hunter2\n").expect("room");
    let secret = secret.to_str().expect("UTF-8");
    let to = "--mail-to=a@example.org";
    let from = "--mail-sender=cron@example.org";
    let user = "--smtp-user=me";
    for (args, said) in [
        (vec!["--mail-to=nobody", from], "--mail-to: 'nobody': "),
        (
            vec!["--mail-to=a@example.org\r\nBcc: b@example.org", from],
            "--mail-to: ",
        ),
        (vec![to, "--mail-sender=<a b>"], "--mail-sender: "),
        (
            vec![to, from, "--smtp=ftp://127.0.0.1"],
            "--smtp: 'ftp://127.0.0.1' names no",
        ),
        (
            vec![to, from, "--smtp=127.0.0.1"],
            "--smtp: '127.0.0.1' names no",
        ),
        (
            vec![to, from, "--smtp=smtp://me:hunter2@127.0.0.1"],
            "--smtp: the URL holds a login",
        ),
        (
            vec![to, from, user],
            "--smtp-user: there is a user and no password",
        ),
        (
            vec![to, from, "--smtp-password-file", secret],
            "--smtp-password-file: there is a password and no user",
        ),
        (
            vec![to, from, user, "--smtp-password-file", secret],
            "--smtp: the password would be sent in the clear",
        ),
        (
            vec![
                to,
                from,
                user,
                "--smtp-password-file=/nowhere",
                "--smtp=smtps://127.0.0.1",
            ],
            "cannot read /nowhere",
        ),
        (vec!["--mail-always"], "--mail-to"),
    ] {
        let ran = relaycheck().args(args.iter().copied()).arg(&target).run();
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}");
    }
    assert_eq!(servers.all[0].stats().connections, 0);
}

/// What a server with TLS and a login was told.
struct Told {
    clear: Vec<String>,
    login: String,
    message: Vec<u8>,
}

/// Serves one client that has to speak TLS and log in; leaves its certificate in a file.
fn submission(certificate: &Path) -> (SocketAddr, thread::JoinHandle<Told>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("one");
    fs::write(certificate, made.cert.pem()).expect("room");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("a certificate");
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let served = thread::spawn(move || {
        let (tcp, _) = listener.accept().expect("a client");
        tcp.set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a limit");
        let mut clear = Vec::new();
        let mut plain = &tcp;
        plain.write_all(b"220 here\r\n").expect("written");
        loop {
            let line = line(&mut plain);
            let starts = line.starts_with("STARTTLS");
            clear.push(line);
            if starts {
                plain.write_all(b"220 go on\r\n").expect("written");
                break;
            }
            plain
                .write_all(b"250-here\r\n250 STARTTLS\r\n")
                .expect("written");
        }
        let connection = ServerConnection::new(Arc::new(config)).expect("TLS");
        inside(StreamOwned::new(connection, tcp), clear)
    });
    (address, served)
}

/// Reads a line byte by byte: what follows belongs to somebody else.
fn line(stream: &mut impl Read) -> String {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b"\n") && stream.read(&mut byte).expect("a byte") == 1 {
        line.push(byte[0]);
    }
    String::from_utf8(line).expect("text").trim_end().to_owned()
}

fn inside(tls: StreamOwned<ServerConnection, TcpStream>, clear: Vec<String>) -> Told {
    let mut tls = BufReader::new(tls);
    let mut told = Told {
        clear,
        login: String::new(),
        message: Vec::new(),
    };
    loop {
        let mut said = String::new();
        tls.read_line(&mut said).expect("a line");
        let verb: String = said
            .chars()
            .take(4)
            .collect::<String>()
            .to_ascii_uppercase();
        let reply: &[u8] = match &*verb {
            "EHLO" => b"250-here\r\n250 AUTH PLAIN\r\n",
            "AUTH" => {
                told.login = said.trim_end().to_owned();
                b"235 2.7.0 ok\r\n"
            }
            "DATA" => {
                tls.get_mut().write_all(b"354 go on\r\n").expect("written");
                while !told.message.ends_with(b"\r\n.\r\n") {
                    tls.read_until(b'\n', &mut told.message).expect("a line");
                }
                b"250 2.0.0 ok\r\n"
            }
            "QUIT" | "" => return told,
            _ => b"250 2.0.0 ok\r\n",
        };
        tls.get_mut().write_all(reply).expect("written");
    }
}

#[test]
fn a_login_goes_through_tls_only_and_nowhere_else() {
    let servers = open();
    let place = tempfile::tempdir().expect("a directory");
    let certificate = place.path().join("certificate.pem");
    let secret = place.path().join("password");
    fs::write(&secret, "hunter2\n").expect("room");
    let file = format!("--smtp-password-file={}", secret.display());
    for from_file in [true, false] {
        let (address, served) = submission(&certificate);
        let url = format!("smtp://{address}?tls=required");
        let mut run = relaycheck()
            .env("SSL_CERT_FILE", certificate.to_str().expect("UTF-8"))
            .args(["--profile=quick", "--mail-to=a@example.org", "-vv"])
            .args(["--mail-sender=cron@example.org", "--smtp", &url]);
        run = match from_file {
            true => run.args(["--smtp-user=me", &file]),
            false => run
                .env("RELAYCHECK_SMTP_USER", "me")
                .env("RELAYCHECK_SMTP_PASSWORD", "hunter2"),
        };
        let ran = run.arg(servers.target()).run();
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2") && !ran.stdout.contains("hunter2"));
        let told = served.join().expect("a session");
        assert!(told.clear.iter().all(|line| !line.starts_with("AUTH")));
        let login = told.login.strip_prefix("AUTH PLAIN ").expect("a login");
        let login = base64::engine::general_purpose::STANDARD.decode(login);
        assert_eq!(login.expect("Base64"), b"\0me\0hunter2");
        let message = String::from_utf8(told.message).expect("text");
        assert!(
            message.contains("Subject: relaycheck: 1 open relay"),
            "{message}"
        );
        assert!(!message.contains("hunter2"));
    }
}

#[test]
fn a_server_that_cannot_be_verified_gets_nothing() {
    let servers = open();
    let place = tempfile::tempdir().expect("a directory");
    let (address, served) = submission(&place.path().join("certificate.pem"));
    let url = format!("smtp://{address}?tls=required");
    let ran = probe(&servers.target(), &url, &[]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("could not be mailed"), "{}", ran.stderr);
    // The handshake failed on its side as well.
    assert!(served.join().is_err());
}
