//! SMTP servers of our own: one of every behaviour for `demo`, tests and benches, and a sink.
//!
//! The story of a [`Server`]: a [`Behaviour`] says as data how it behaves and which verdict it
//! deserves ([`BEHAVIOURS`], [`HOSTILE`]). The listener gives each connection a task; there a
//! pump reads and writes, while a state machine without sockets decides: a proper server's answers
//! first, then the behaviour's tricks laid over them. Whether a recipient is taken is decided in one
//! place. Commands are read without tidying anything away.
//!
//! ```text
//!  Server, Sink       listen           one task per listener, one per connection
//!  connection         the pump         TCP, TLS, time limits, backpressure
//!  session, sink      conversation     lines in, actions out
//!  protocol, relay    words, spelling  the answer, the decision, how it is put
//!  command, content   path             bytes in, commands and messages out, to the byte
//! ```
//!
//! Servers listen on loopback only, take mail for anybody if they are told to, and never pass a
//! message on. The [`sink`] may listen anywhere; it keeps what it is sent and never passes it on
//! either.
//!
//! Limits: [`MOST_CONNECTIONS`] connections per server, ten minutes per connection. A server costs
//! one task and one file handle while nobody talks to it; the process may have a limit on the latter.

pub mod behaviour;
#[cfg(test)]
mod client;
mod command;
mod connection;
mod content;
mod conversation;
#[cfg(test)]
mod dialogues;
mod hostile;
mod listen;
mod memory;
mod path;
mod protocol;
mod relay;
mod session;
pub mod sink;
mod spelling;
mod table;
mod tls;
mod words;

pub use behaviour::{Behaviour, Closer, Look};
pub use content::LineEnds;
pub use conversation::Flood;
pub use hostile::HOSTILE;
pub use memory::Stats;
pub use sink::{Delivery, Expectation, Sink, SinkSettings};
pub use table::{BEHAVIOURS, behaviour};
pub use words::Words;

use behaviour::TlsOffer;
use connection::{Encryption, Limits, converse};
use memory::Memory;
use relay::Names;
use session::Session;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Connections a server has at once: more than any test makes, less than a process may open.
pub const MOST_CONNECTIONS: usize = 512;

/// Long enough for the slowest test, so that no server outlives it by much.
const LIMITS: Limits = Limits {
    idle: Duration::from_secs(300),
    handshake: Duration::from_secs(30),
    session: Duration::from_secs(600),
};

/// A running server. Dropping it ends it with all its connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    behaviour: Behaviour,
    names: Arc<Names>,
    memory: Arc<Memory>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server that serves `<id>.test`, at a loopback address. Port 0 takes a free one.
    pub async fn start(behaviour: &Behaviour, address: SocketAddr) -> io::Result<Self> {
        let domain = format!("{}.test", behaviour.id);
        Self::start_for(&domain, behaviour, address).await
    }

    /// Starts a server that serves a domain of the caller's choice; its host name is `mail.` and the
    /// domain.
    pub async fn start_for(
        domain: &str,
        behaviour: &Behaviour,
        address: SocketAddr,
    ) -> io::Result<Self> {
        if !address.ip().to_canonical().is_loopback() {
            let why = format!("{address} is no loopback address: these servers are for tests");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let behaviour = *behaviour;
        let acceptor = match behaviour.tls {
            TlsOffer::None => None,
            TlsOffer::StartTls | TlsOffer::Implicit => Some(tls::acceptor()?),
        };
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let names = Arc::new(Names::of(domain, address.ip().to_canonical()));
        let memory = Arc::new(Memory::default());
        let began = Instant::now();
        let serve = {
            let (names, memory) = (Arc::clone(&names), Arc::clone(&memory));
            move |tcp, client: SocketAddr| {
                let encryption = match (&acceptor, behaviour.tls) {
                    (Some(acceptor), TlsOffer::Implicit) => Encryption::AtOnce(acceptor.clone()),
                    (acceptor, _) => Encryption::OnDemand(acceptor.clone()),
                };
                let (names, memory) = (Arc::clone(&names), Arc::clone(&memory));
                let mut session = Session::new(behaviour, names, client.ip(), memory);
                async move { converse(tcp, encryption, &mut session, LIMITS, began).await }
            }
        };
        let task = tokio::spawn(listen::accept_all(listener, MOST_CONNECTIONS, serve));
        Ok(Self {
            address,
            behaviour,
            names,
            memory,
            task,
        })
    }

    /// Gives the address the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the behaviour it was started with.
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// Gives the domain it serves; `postmaster` and `user` exist there.
    pub fn domain(&self) -> &str {
        &self.names.domain
    }

    /// Gives the name it calls itself.
    pub fn host(&self) -> &str {
        &self.names.host
    }

    /// Gives what it has counted so far.
    pub fn stats(&self) -> Stats {
        self.memory.stats()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::client::Client;
    use super::dialogues::{DIALOGUES, Dialogue, Turn};
    use super::*;
    use std::io::ErrorKind;
    use std::net::{IpAddr, Ipv4Addr};
    use tokio::task::JoinSet;
    use tokio::time::{sleep, timeout};

    const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    /// Long enough to notice what should not come.
    const MOMENT: Duration = Duration::from_millis(40);

    async fn start(id: &str) -> Server {
        let row = behaviour(id).expect("a row of the table");
        let row = Behaviour {
            wait: row.wait.min(MOMENT / 2),
            ..*row
        };
        Server::start(&row, LOOPBACK).await.expect("a server")
    }

    /// Reads text as [`slice::escape_ascii`] writes it.
    fn unescape(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let byte = match c {
                '\\' => match chars.next().expect("an escape") {
                    'n' => b'\n',
                    'r' => b'\r',
                    't' => b'\t',
                    'x' => {
                        let digits: String = chars.by_ref().take(2).collect();
                        u8::from_str_radix(&digits, 16).expect("two digits")
                    }
                    other => u8::try_from(other).expect("ASCII"),
                },
                plain => u8::try_from(plain).expect("ASCII"),
            };
            out.push(byte);
        }
        out
    }

    /// Plays a dialogue over loopback.
    async fn play(dialogue: Dialogue) {
        let server = start(dialogue.id).await;
        let mut client = match Client::attempt(server.address()).await {
            Ok(client) => client,
            Err(error) => {
                assert_eq!(dialogue.lines, ["! Reset"], "{error}");
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                return;
            }
        };
        if server.behaviour().tls == TlsOffer::Implicit {
            client = client.encrypt().await.expect("a handshake");
        }
        for line in dialogue.lines {
            let context = format!("{}: {line}", dialogue.id);
            match Turn::of(line) {
                Turn::Greeted => {
                    assert!(client.reply().await.starts_with("220 "), "{context}");
                    assert!(client.ask("EHLO probe.example").await.starts_with("250 "));
                }
                Turn::Command(command) => client.send(format!("{command}\r\n").as_bytes()).await,
                Turn::Handshake => client = client.encrypt().await.expect("a handshake"),
                Turn::Message => client.send(b"Subject: x\r\n\r\n..x\r\n.\r\n").await,
                Turn::Wait => sleep(MOMENT).await,
                Turn::Said(text) => {
                    let expected = [&unescape(text), &b"\r\n"[..]].concat();
                    let got = client.read(expected.len()).await;
                    assert_eq!(got, expected, "{context}: {}", got.escape_ascii());
                }
                Turn::SaidRaw(text) => {
                    let expected = unescape(text);
                    assert_eq!(client.read(expected.len()).await, expected, "{context}");
                }
                Turn::Done("Close") => assert_eq!(client.end().await.ok(), Some(0), "{context}"),
                Turn::Done("Reset") => {
                    let error = client.end().await.expect_err("a reset");
                    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{context}");
                }
                Turn::Done("Hush") => assert!(client.within(MOMENT).await.is_none()),
                Turn::Done("AwaitAnything") => client.send(b"\x16\x03\x01\x00\x05hello").await,
                Turn::Done(what) if what.starts_with("Flood(Drip") => {
                    assert_eq!(client.read(1).await, b"2", "{context}");
                }
                Turn::Done(what) if what.starts_with("Flood(") => {
                    let got = client.read(100_000).await;
                    assert!(got.starts_with(b"250"), "{context}");
                }
                // What is waited for shows in what comes next.
                Turn::Done(_) => {}
            }
        }
    }

    #[tokio::test]
    async fn every_behaviour_says_so_over_loopback() {
        let mut tasks: JoinSet<()> = Dialogue::read(DIALOGUES).into_iter().map(play).collect();
        while let Some(done) = tasks.join_next().await {
            done.expect("as written");
        }
    }

    #[tokio::test]
    async fn nothing_follows_an_answer() {
        for id in ["open", "tarpit", "several-replies", "answers-early", "ssh"] {
            let server = start(id).await;
            let mut client = Client::connect(server.address()).await;
            client
                .within(Duration::from_secs(5))
                .await
                .expect("a greeting")
                .expect("bytes");
            assert!(client.within(MOMENT).await.is_none(), "{id}");
        }
    }

    #[tokio::test]
    async fn counts_what_clients_do() {
        let server = start("greet-pause").await;
        let mut early = Client::connect(server.address()).await;
        early.send(b"EHLO a\r\n").await;
        assert_eq!(
            early.line().await.as_deref(),
            Some("220-mail.greet-pause.test ESMTP")
        );
        assert_eq!(
            early.line().await.as_deref(),
            Some("521 5.5.1 Protocol error")
        );
        assert_eq!(early.end().await.expect("an end"), 0);
        let mut patient = Client::connect(server.address()).await;
        assert_eq!(
            patient.reply().await,
            "220 mail.greet-pause.test ESMTP Postfix"
        );
        let stats = server.stats();
        assert_eq!((stats.connections, stats.early_talkers), (2, 1));

        let server = start("open").await;
        let mut client = Client::connect(server.address()).await;
        client.reply().await;
        client.ask("EHLO a").await;
        client
            .send(b"MAIL FROM:<>\r\nRCPT TO:<x@example.com>\r\nDATA\r\n")
            .await;
        for _ in 0..3 {
            client.reply().await;
        }
        client.send(b"a\r\n.\r\nNOOP\r\n").await;
        client.reply().await;
        client.reply().await;
        assert_eq!(
            server.stats(),
            Stats {
                connections: 1,
                open: 1,
                commands: 5,
                early_talkers: 0,
                out_of_turn: 1,
                recipients: 1,
                messages: 1,
                handshakes: 0,
            }
        );
    }

    #[tokio::test]
    async fn a_client_that_waits_its_turn_is_not_counted() {
        let server = start("closed-pipelining").await;
        let mut client = Client::connect(server.address()).await;
        client.reply().await;
        client.ask("EHLO a").await;
        client
            .send(b"MAIL FROM:<>\r\nRCPT TO:<x@example.com>\r\nRSET\r\n")
            .await;
        for code in ["250", "554", "250"] {
            assert!(client.reply().await.starts_with(code));
        }
        client.ask("QUIT").await;
        let stats = server.stats();
        assert_eq!((stats.out_of_turn, stats.early_talkers), (0, 0));
    }

    #[tokio::test]
    async fn what_stood_before_the_handshake_is_forgotten() {
        let server = start("open-inside-tls").await;
        let mut client = Client::connect(server.address()).await;
        client.reply().await;
        client.ask("EHLO a").await;
        client
            .send(b"STARTTLS\r\nMAIL FROM:<smuggled@probe.example>\r\n")
            .await;
        assert_eq!(client.reply().await, "220 2.0.0 Ready to start TLS");
        let mut client = client.encrypt().await.expect("a handshake");
        client.ask("EHLO a").await;
        assert_eq!(
            client.ask("RCPT TO:<x@example.com>").await,
            "503 5.5.1 Error: need MAIL command"
        );
        let stats = server.stats();
        assert_eq!((stats.handshakes, stats.out_of_turn), (1, 1));
    }

    #[tokio::test]
    async fn ends_its_connections_when_dropped() {
        let server = start("silent").await;
        let address = server.address();
        let mut client = Client::connect(address).await;
        assert!(client.within(MOMENT).await.is_none());
        drop(server);
        let ended = client.within(Duration::from_secs(5)).await.expect("an end");
        assert!(matches!(ended, Ok(0) | Err(_)));
        let refused = tokio::net::TcpStream::connect(address).await;
        assert_eq!(
            refused.expect_err("no listener").kind(),
            ErrorKind::ConnectionRefused
        );
    }

    /// Waits until a server has no connection any more.
    async fn idle(server: &Server) {
        let ended = async {
            while server.stats().open > 0 {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(Duration::from_secs(5), ended)
            .await
            .expect("an end of all connections");
    }

    #[tokio::test]
    async fn every_connection_ends_when_its_client_goes() {
        for row in BEHAVIOURS.iter().chain(HOSTILE) {
            let server = start(row.id).await;
            if let Ok(mut client) = Client::attempt(server.address()).await {
                let commands = b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<x@example.com>\r\n";
                client.send(commands).await;
                client.within(MOMENT / 8).await;
            }
            idle(&server).await;
        }
    }

    #[tokio::test]
    async fn a_flood_stands_still_for_a_client_that_does_not_read() {
        for (id, commands) in [("endless-banner", ""), ("huge-reply", "EHLO a\r\n")] {
            let server = start(id).await;
            let mut client = Client::connect(server.address()).await;
            client.send(commands.as_bytes()).await;
            client.read(10).await;
            sleep(MOMENT).await;
            assert_eq!(server.stats().open, 1, "{id}");
            // It goes on where it stood: far more comes than any buffer holds.
            client.read(16 * 1024 * 1024).await;
            drop(client);
            idle(&server).await;
        }
    }

    #[tokio::test]
    async fn serves_a_name_of_the_callers_choice() {
        let row = behaviour("local-sender").expect("a row");
        let server = Server::start_for("corp.example", row, LOOPBACK)
            .await
            .expect("a server");
        assert_eq!(
            (server.domain(), server.host()),
            ("corp.example", "mail.corp.example")
        );
        let mut client = Client::connect(server.address()).await;
        assert_eq!(client.reply().await, "220 mail.corp.example ESMTP Postfix");
        client.ask("HELO a").await;
        client.ask("MAIL FROM:<a@corp.example>").await;
        assert_eq!(client.ask("RCPT TO:<x@example.com>").await, "250 2.1.5 Ok");
    }

    #[tokio::test]
    async fn listens_on_loopback_only() {
        let row = behaviour("open").expect("a row");
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let address = address.parse().expect("an address");
            let error = Server::start(row, address).await.expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address}");
        }
    }

    #[tokio::test]
    async fn many_servers_are_cheap() {
        let mut servers = Vec::new();
        for i in 0..300u16 {
            let [high, low] = i.to_be_bytes();
            let address = SocketAddr::from(([127, 77, high, low], 0));
            let row = &BEHAVIOURS[usize::from(i) % BEHAVIOURS.len()];
            servers.push(Server::start(row, address).await.expect("a server"));
        }
        let mut client = Client::connect(servers[250].address()).await;
        timeout(MOMENT * 25, client.line())
            .await
            .expect("a greeting");
    }
}
