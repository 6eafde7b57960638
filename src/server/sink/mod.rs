//! A receive-only SMTP server: keeps what arrives, recognises proof tokens, never forwards anything.
//!
//! In: mail from anybody for anybody. Out: a [`Delivery`] for each message on a channel, and to
//! whoever [`Sink::expect`]s its token. What nobody takes is deferred, not lost.
//!
//! Deliberately does not relay, bounce, log in users, look anything up, or write to disk.
//!
//! Limits: those of [`SinkSettings`]. Every recipient is taken, so testers will call it an open relay;
//! it is none, since nothing ever leaves it.

mod delivery;
mod hub;
mod reception;
mod settings;

pub use delivery::Delivery;
pub use hub::{Expectation, SinkStats};
pub use settings::SinkSettings;

use super::connection::{Encryption, Limits, converse};
use super::{listen, tls};
use hub::Hub;
use reception::Reception;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The handshake costs us the most; who needs longer is not sending mail.
const HANDSHAKE: Duration = Duration::from_secs(15);

/// A running sink. Dropping it ends it with all its connections.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    hub: Arc<Hub>,
    task: JoinHandle<()>,
}

impl Sink {
    /// Starts a sink; gives it with the channel its deliveries come out of. A caller that only
    /// expects tokens may drop the channel: everything else is then deferred.
    pub async fn start(
        settings: SinkSettings,
        address: SocketAddr,
    ) -> io::Result<(Self, mpsc::Receiver<Arc<Delivery>>)> {
        let acceptor = tls::acceptor()?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (hub, deliveries) = Hub::new(settings.waiting);
        let hub = Arc::new(hub);
        let settings = Arc::new(settings);
        let limits = Limits {
            idle: settings.idle,
            handshake: HANDSHAKE.min(settings.idle),
            session: settings.session,
        };
        let most = settings.connections;
        let began = Instant::now();
        let serve = {
            let hub = Arc::clone(&hub);
            move |tcp, client: SocketAddr| {
                let guest = hub.admit(client.ip().to_canonical(), settings.per_client);
                let (settings, hub) = (Arc::clone(&settings), Arc::clone(&hub));
                let encryption = Encryption::OnDemand(Some(acceptor.clone()));
                async move {
                    let Some(_guest) = guest else {
                        listen::turn_away(tcp);
                        return;
                    };
                    let mut reception = Reception::new(settings, hub, client);
                    converse(tcp, encryption, &mut reception, limits, began).await;
                }
            }
        };
        let task = tokio::spawn(listen::accept_all(listener, most, serve));
        Ok((Self { address, hub, task }, deliveries))
    }

    /// Gives the address the sink listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Expects a message with a token, from here on: call it before the message is sent.
    pub fn expect(&self, token: &str) -> Expectation {
        self.hub.expect(token)
    }

    /// Gives what it has counted so far.
    pub fn stats(&self) -> SinkStats {
        self.hub.stats()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TlsState;
    use crate::server::LineEnds;
    use crate::server::client::Client;
    use std::net::{IpAddr, Ipv4Addr};

    const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    const SOON: Duration = Duration::from_secs(5);

    async fn deliver(mut client: Client, token: &str) -> String {
        client.ask("EHLO relay.example").await;
        client.ask("MAIL FROM:<p@probe.example>").await;
        client.ask("RCPT TO:<x@example.com>").await;
        client.ask("DATA").await;
        let message = format!("X-Relaycheck-Token: {token}\r\n\r\n..dot\r\nbare\nline\r\n.\r\n");
        client.send(message.as_bytes()).await;
        client.reply().await
    }

    #[tokio::test]
    async fn keeps_a_message_and_proves_its_token() {
        let settings = SinkSettings::default();
        let (sink, mut deliveries) = Sink::start(settings, LOOPBACK).await.expect("a sink");
        let expectation = sink.expect("token-one");
        let mut client = Client::connect(sink.address()).await;
        client.reply().await;
        assert_eq!(
            deliver(client, "token-one").await,
            "250 2.0.0 Kept, not forwarded"
        );
        let proof = expectation.within(SOON).await.expect("the token");
        let delivery = deliveries.recv().await.expect("a delivery");
        assert_eq!(proof, delivery);
        assert_eq!(delivery.tls, TlsState::None);
        assert_eq!(delivery.line_ends, LineEnds::Bare);
        assert!(
            delivery
                .message
                .as_bytes()
                .ends_with(b"\r\n\r\n.dot\r\nbare\nline\r\n")
        );
        assert!(delivery.client.ip().is_loopback());
        assert_eq!(sink.stats().kept, 1);
    }

    #[tokio::test]
    async fn takes_messages_inside_tls() {
        let settings = SinkSettings::default();
        let (sink, mut deliveries) = Sink::start(settings, LOOPBACK).await.expect("a sink");
        let mut client = Client::connect(sink.address()).await;
        client.reply().await;
        client.ask("EHLO a").await;
        assert_eq!(client.ask("STARTTLS").await, "220 2.0.0 Ready to start TLS");
        let client = client.encrypt().await.expect("a handshake");
        assert_eq!(
            deliver(client, "token-two").await,
            "250 2.0.0 Kept, not forwarded"
        );
        let delivery = deliveries.recv().await.expect("a delivery");
        assert_eq!(delivery.tls, TlsState::StartTls);
        assert_eq!(delivery.token.as_deref(), Some("token-two"));
    }

    #[tokio::test]
    async fn turns_away_one_connection_too_many() {
        for (connections, per_client) in [(2, 9), (9, 2)] {
            let settings = SinkSettings {
                connections,
                per_client,
                ..SinkSettings::default()
            };
            let (sink, _deliveries) = Sink::start(settings, LOOPBACK).await.expect("a sink");
            let mut first = Client::connect(sink.address()).await;
            let mut second = Client::connect(sink.address()).await;
            for client in [&mut first, &mut second] {
                assert!(client.reply().await.starts_with("220 "));
            }
            let mut third = Client::connect(sink.address()).await;
            assert_eq!(
                third.line().await.as_deref(),
                Some("421 4.3.2 Too many connections, try again later")
            );
            first.ask("QUIT").await;
            first.end().await.expect("an end");
            drop(first);
            // The room is free once the task is gone, which is soon.
            let admitted = async {
                loop {
                    let mut next = Client::connect(sink.address()).await;
                    if next.reply().await.starts_with("220 ") {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(SOON, admitted)
                .await
                .expect("room again");
        }
    }

    #[tokio::test]
    async fn hangs_up_on_clients_that_dawdle() {
        let settings = SinkSettings {
            idle: Duration::from_millis(60),
            session: Duration::from_millis(150),
            ..SinkSettings::default()
        };
        let (sink, _deliveries) = Sink::start(settings, LOOPBACK).await.expect("a sink");
        // One says nothing; one says a little all the time; one never shakes hands.
        let mut silent = Client::connect(sink.address()).await;
        let mut busy = Client::connect(sink.address()).await;
        let mut stuck = Client::connect(sink.address()).await;
        stuck.reply().await;
        stuck.ask("EHLO a").await;
        stuck.ask("STARTTLS").await;
        silent.reply().await;
        busy.reply().await;
        let begun = Instant::now();
        while busy.within(Duration::from_millis(10)).await.is_none() {
            busy.send(b"N").await;
            assert!(begun.elapsed() < SOON);
        }
        assert!(begun.elapsed() >= Duration::from_millis(60));
        for client in [&mut silent, &mut stuck] {
            let ended = client.end().await;
            assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
        }
        assert!(begun.elapsed() < SOON);
    }

    #[tokio::test]
    async fn survives_what_is_no_mail_at_all() {
        let settings = SinkSettings::default();
        let (sink, _deliveries) = Sink::start(settings, LOOPBACK).await.expect("a sink");
        for noise in [
            &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            &[0; 100_000],
            &[b'\n'; 5000],
        ] {
            let mut client = Client::connect(sink.address()).await;
            client.reply().await;
            client.send(noise).await;
            drop(client);
        }
        let mut client = Client::connect(sink.address()).await;
        client.reply().await;
        assert_eq!(client.ask("NOOP").await, "250 2.0.0 Fine");
    }
}
