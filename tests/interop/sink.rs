//! The outside world: a receive-only SMTP server that every relayed message ends at.
//!
//! In: connections from the mail servers under test. Out: what arrived, envelope and message, to be
//! asked for by token. Nothing is ever sent on.
//!
//! Deliberately takes everything it is given, so that a relay never fails for a reason of the sink's; but whose
//! address begins with [`BUSY`] or [`GONE`] is put off or refused, for those who ask for it.
//! It is not relaycheck's own sink: a proof must not rest on the code it proves.
//!
//! Limits: [`MOST`] bytes a message; a connection silent for [`SILENCE`] is closed.
//!
//! References: RFC 5321 4.1 (commands), 4.5.2 (dots).

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Where it listens; the configurations name this address as the provider's server.
pub(crate) const ADDRESS: &str = "127.25.0.1:25";

/// The header field a message carries its token in.
pub(crate) const TOKEN: &str = "X-Interop-Token";

const MOST: u64 = 1 << 20;
const SILENCE: Duration = Duration::from_secs(60);

/// A message that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The reverse-path without its brackets.
    pub(crate) mail_from: String,
    /// The forward-paths without their brackets.
    pub(crate) recipients: Vec<String>,
    /// Header and body, as sent.
    pub(crate) message: String,
}

impl Arrival {
    /// Whether the message itself carries a token in its header, not merely quotes one that does, as
    /// a bounce would.
    pub(crate) fn carries(&self, token: &str) -> bool {
        let header = self.message.split("\r\n\r\n").next().unwrap_or_default();
        header
            .lines()
            .any(|line| line == format!("{TOKEN}: {token}"))
    }
}

#[derive(Default)]
struct Shared {
    arrivals: Mutex<Vec<Arrival>>,
}

impl Shared {
    fn arrivals(&self) -> MutexGuard<'_, Vec<Arrival>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the address of somebody begins who is put off.
pub(crate) const BUSY: &str = "busy-";

/// How the address of somebody begins who does not exist.
pub(crate) const GONE: &str = "gone-";

/// A running sink; it ends with the process.
pub(crate) struct Sink {
    shared: Arc<Shared>,
}

impl Sink {
    /// Starts listening.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind(ADDRESS)
            .with_context(|| format!("the sink cannot bind {ADDRESS}"))?;
        let shared = Arc::new(Shared::default());
        let keeper = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let keeper = Arc::clone(&keeper);
                // What a server does to its own session is its own affair.
                thread::spawn(move || drop(serve(stream, &keeper)));
            }
        });
        Ok(Self { shared })
    }

    /// Gives what arrived with a token so far.
    pub(crate) fn with(&self, token: &str) -> Vec<Arrival> {
        let arrivals = self.shared.arrivals();
        arrivals
            .iter()
            .filter(|a| a.carries(token))
            .cloned()
            .collect()
    }

    /// Gives what arrived for one recipient.
    pub(crate) fn received_by(&self, recipient: &str) -> Vec<Arrival> {
        let arrivals = self.shared.arrivals();
        let is_for = |a: &&Arrival| a.recipients.iter().any(|to| to == recipient);
        arrivals.iter().filter(is_for).cloned().collect()
    }

    /// Gives what arrived and has nothing to do with any token: a message these tests did not send.
    pub(crate) fn unexplained(&self) -> Vec<Arrival> {
        let arrivals = self.shared.arrivals();
        let foreign = |a: &&Arrival| !a.message.contains(TOKEN);
        arrivals.iter().filter(foreign).cloned().collect()
    }

    /// Whether a bounce arrived: a message without a sender that quotes one with this token.
    pub(crate) fn bounced(&self, token: &str) -> bool {
        let arrivals = self.shared.arrivals();
        let quoted = format!("{TOKEN}: {token}\r\n");
        let bounce = |a: &Arrival| a.mail_from.is_empty() && a.message.contains(&quoted);
        arrivals.iter().any(|a| bounce(a) && !a.carries(token))
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mut mail_from = String::new();
    let mut recipients = Vec::new();
    out.write_all(b"220 sink.interop.test ESMTP\r\n")?;
    loop {
        let line = line(&mut lines)?;
        let upper = line.to_ascii_uppercase();
        let reply: &[u8] = if upper.starts_with("EHLO") {
            b"250-sink.interop.test\r\n250-8BITMIME\r\n250 SIZE 1048576\r\n"
        } else if upper.starts_with("MAIL FROM:") {
            mail_from = path(&line);
            recipients.clear();
            b"250 2.1.0 ok\r\n"
        } else if upper.starts_with("RCPT TO:") {
            let to = path(&line);
            if to.starts_with(BUSY) {
                b"451 4.2.1 come back later\r\n"
            } else if to.starts_with(GONE) {
                b"550 5.1.1 no such user\r\n"
            } else {
                recipients.push(to);
                b"250 2.1.5 ok\r\n"
            }
        } else if upper == "DATA" {
            out.write_all(b"354 go ahead\r\n")?;
            let message = message(&mut lines)?;
            shared.arrivals().push(Arrival {
                mail_from: std::mem::take(&mut mail_from),
                recipients: std::mem::take(&mut recipients),
                message,
            });
            b"250 2.0.0 kept\r\n"
        } else if upper == "QUIT" {
            return out.write_all(b"221 2.0.0 bye\r\n");
        } else if upper.starts_with("HELO") || upper == "RSET" || upper.starts_with("NOOP") {
            b"250 2.0.0 ok\r\n"
        } else {
            b"502 5.5.1 no such command\r\n"
        };
        out.write_all(reply)?;
    }
}

/// Reads one line without its end; an end of the connection is an error.
fn line(from: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    from.by_ref().take(MOST).read_until(b'\n', &mut bytes)?;
    if !bytes.ends_with(b"\n") {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn message(from: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let line = line(from)?;
        if line == "." {
            return Ok(message);
        }
        if (message.len() as u64) < MOST {
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
            message.push_str("\r\n");
        }
    }
}

/// Takes the path out of `MAIL FROM:<path> SIZE=1`: up to the last bracket, because a quoted local
/// part may hold one.
fn path(line: &str) -> String {
    let argument = line
        .split_once(':')
        .map_or("", |(_, argument)| argument.trim());
    match (argument.find('<'), argument.rfind('>')) {
        (Some(start), Some(end)) if start < end => argument[start + 1..end].to_owned(),
        _ => argument.split(' ').next().unwrap_or_default().to_owned(),
    }
}
