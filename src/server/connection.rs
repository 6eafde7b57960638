//! Pumps a [`Conversation`] over a TCP connection: the only file here that reads and writes.
//!
//! In: an accepted connection, the state machine, the limits. Out: nothing; the client going away,
//! lying, or stopping half-way ends the connection and is no error.
//!
//! Guarantees: everything is written with backpressure and a time limit, and at most [`MOST_UNREAD`]
//! bytes are read ahead, so a connection holds a few pages whatever the client does. Bytes that came
//! before a handshake are dropped.
//!
//! Limits: those of [`Limits`], all on tokio's clock.

use super::command::Inbox;
use super::content::{ContentReader, Progress};
use super::conversation::{Action, Behind, Conversation, First, Flood};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a connection may take for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Waiting for the client to send something, or to take what is written.
    pub(super) idle: Duration,
    /// The handshake.
    pub(super) handshake: Duration,
    /// Everything together.
    pub(super) session: Duration,
}

/// When TLS begins.
pub(super) enum Encryption {
    /// When the conversation asks for it, if it can be had.
    OnDemand(Option<TlsAcceptor>),
    /// With the first byte.
    AtOnce(TlsAcceptor),
}

/// Bytes read ahead of what has been answered.
const MOST_UNREAD: usize = 64 * 1024;

/// Bytes written or read at once.
const PIECE: usize = 4096;

/// How long to go on reading from a client that was told goodbye: closing with unread bytes makes
/// the system send a reset, which can overtake the last reply.
const FAREWELL: Duration = Duration::from_millis(250);

/// Bytes read from such a client.
const MOST_AFTER_FAREWELL: usize = 1024 * 1024;

/// The connection is over: by the client, by a time limit, or by the conversation.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl From<tokio::time::error::Elapsed> for Over {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self
    }
}

/// Talks to one client until either side has enough. `began` is when the server did.
pub(super) async fn converse<C: Conversation>(
    tcp: TcpStream,
    encryption: Encryption,
    talk: &mut C,
    limits: Limits,
    began: Instant,
) {
    // Replies are small and waited for; failing to say so costs time, nothing else.
    let _ = tcp.set_nodelay(true);
    let mut connection = Connection {
        wire: Some(Wire::Plain(tcp)),
        acceptor: None,
        inbox: Inbox::new(),
        content: None,
        limits,
        end: Instant::now() + limits.session,
    };
    let _ = connection.run(encryption, talk, began).await;
}

struct Connection {
    /// Absent only while a handshake goes on, and after one has failed.
    wire: Option<Wire>,
    acceptor: Option<TlsAcceptor>,
    inbox: Inbox,
    /// The reader of the message, while one is being read.
    content: Option<ContentReader>,
    limits: Limits,
    end: Instant,
}

impl Connection {
    async fn run<C: Conversation>(
        &mut self,
        encryption: Encryption,
        talk: &mut C,
        began: Instant,
    ) -> Result<(), Over> {
        match encryption {
            Encryption::OnDemand(acceptor) => self.acceptor = acceptor,
            Encryption::AtOnce(acceptor) => {
                self.acceptor = Some(acceptor);
                self.encrypt(talk).await?;
            }
        }
        let opening = talk.connected();
        self.perform(opening, talk).await?;
        let first = match self.inbox.len() {
            0 => First::Server,
            _ => First::Client,
        };
        let greeting = talk.greet(first);
        self.perform(greeting, talk).await?;
        loop {
            let actions = if self.content.is_some() {
                self.read_content(talk, began)
            } else {
                self.read_line(talk, began)
            };
            match actions {
                Some(actions) => self.perform(actions, talk).await?,
                None => self.read_more().await?,
            }
        }
    }

    fn read_line<C: Conversation>(&mut self, talk: &mut C, began: Instant) -> Option<Vec<Action>> {
        let line = self.inbox.next_line()?;
        let behind = match self.inbox.len() {
            0 => Behind::Nothing,
            _ => Behind::More,
        };
        Some(talk.hear(line, behind, began.elapsed()))
    }

    /// Reads on in the message; `None` asks for more bytes.
    fn read_content<C: Conversation>(
        &mut self,
        talk: &mut C,
        began: Instant,
    ) -> Option<Vec<Action>> {
        let bytes = self.inbox.take();
        let reader = self.content.as_mut()?;
        let mut piece = Vec::with_capacity(bytes.len());
        let progress = reader.read(&bytes, &mut piece);
        let line_ends = reader.line_ends();
        let interrupted = talk.content(&piece);
        if !interrupted.is_empty() {
            return Some(interrupted);
        }
        let Progress::Ended(used) = progress else {
            return None;
        };
        self.content = None;
        self.inbox.push(&bytes[used..]);
        Some(talk.content_ended(line_ends, began.elapsed()))
    }

    async fn perform<C: Conversation>(
        &mut self,
        actions: Vec<Action>,
        talk: &mut C,
    ) -> Result<(), Over> {
        for action in actions {
            match action {
                Action::Say(bytes) => self.write(&bytes).await?,
                Action::Pause(time) => self.pause(time).await?,
                Action::Flood(flood) => self.flood(flood).await?,
                Action::AwaitAnything => {
                    if self.inbox.len() == 0 {
                        self.read_more().await?;
                    }
                    self.inbox.clear();
                }
                Action::ReadContent => self.content = Some(ContentReader::new()),
                Action::StartTls => self.encrypt(talk).await?,
                Action::Hush => loop {
                    self.inbox.clear();
                    self.read_more().await?;
                },
                Action::Close => return self.close().await,
                Action::Reset => return self.reset(),
            }
        }
        Ok(())
    }

    async fn encrypt<C: Conversation>(&mut self, talk: &mut C) -> Result<(), Over> {
        let (Some(Wire::Plain(tcp)), Some(acceptor)) = (self.wire.take(), &self.acceptor) else {
            return Err(Over);
        };
        self.inbox.clear();
        let until = self.end.min(Instant::now() + self.limits.handshake);
        let stream = timeout_at(until, acceptor.accept(tcp)).await??;
        self.wire = Some(Wire::Tls(Box::new(stream)));
        talk.encrypted();
        Ok(())
    }

    fn soon(&self) -> Instant {
        self.end.min(Instant::now() + self.limits.idle)
    }

    async fn read_more(&mut self) -> Result<(), Over> {
        self.read_until(self.soon()).await
    }

    async fn read_until(&mut self, until: Instant) -> Result<(), Over> {
        let mut piece = [0; PIECE];
        let wire = self.wire.as_mut().ok_or(Over)?;
        let count = timeout_at(until, wire.stream().read(&mut piece)).await??;
        if count == 0 {
            return Err(Over);
        }
        self.inbox.push(&piece[..count]);
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Over> {
        for piece in bytes.chunks(PIECE) {
            let until = self.soon();
            let stream = self.wire.as_mut().ok_or(Over)?.stream();
            timeout_at(until, stream.write_all(piece)).await??;
            timeout_at(until, stream.flush()).await??;
        }
        Ok(())
    }

    /// Waits, and listens meanwhile: a client that goes away ends the connection.
    async fn pause(&mut self, time: Duration) -> Result<(), Over> {
        let until = self.end.min(Instant::now() + time);
        while Instant::now() < until {
            if self.inbox.len() >= MOST_UNREAD {
                sleep_until(until).await;
            } else if let Err(Over) = self.read_until(until).await
                && Instant::now() < until
            {
                return Err(Over);
            }
        }
        Ok(())
    }

    async fn flood(&mut self, flood: Flood) -> Result<(), Over> {
        const LINE: &[u8] = b"250-and so it goes on and on and on and on and on and on and on\r\n";
        let many = LINE.repeat(PIECE / LINE.len());
        match flood {
            Flood::Lines => loop {
                self.write(&many).await?;
            },
            Flood::Drip(every) => loop {
                for byte in b"220-please wait\r\n" {
                    self.write(&[*byte]).await?;
                    self.pause(every).await?;
                    self.inbox.clear();
                }
            },
            Flood::LongLine(bytes) => {
                self.write(b"250 ").await?;
                self.write_many(&[b'x'; PIECE], bytes).await?;
                self.write(b"\r\n").await
            }
            Flood::ManyLines(bytes) => {
                self.write_many(&many, bytes).await?;
                self.write(b"250 done\r\n").await
            }
        }
    }

    async fn write_many(&mut self, piece: &[u8], bytes: u64) -> Result<(), Over> {
        for _ in 0..bytes.div_ceil(piece.len() as u64) {
            self.write(piece).await?;
        }
        Ok(())
    }

    /// Says the end of the stream and waits a moment for the client's.
    async fn close(&mut self) -> Result<(), Over> {
        let until = self.end.min(Instant::now() + FAREWELL);
        let wire = self.wire.as_mut().ok_or(Over)?;
        let stream = wire.stream();
        timeout_at(until, stream.shutdown()).await??;
        let mut piece = [0; PIECE];
        let mut read = 0;
        while read < MOST_AFTER_FAREWELL {
            match timeout_at(until, stream.read(&mut piece)).await?? {
                0 => break,
                count => read += count,
            }
        }
        Err(Over)
    }

    fn reset(&mut self) -> Result<(), Over> {
        if let Some(wire) = self.wire.take() {
            wire.tcp().set_zero_linger()?;
        }
        Err(Over)
    }
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Wire {
    fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.as_mut(),
        }
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }
}
