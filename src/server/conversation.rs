//! The server's side of a connection as a state machine: what is heard goes in, what is to be done
//! comes out. Sockets and waiting are [`super::connection`]'s.
//!
//! Implemented by [`super::session`] (every behaviour) and [`super::sink`] (receives, keeps).

use super::command::Line;
use super::content::LineEnds;
use std::time::Duration;

/// What the connection is to do, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Write these bytes.
    Say(Vec<u8>),
    /// Write nothing for a while.
    Pause(Duration),
    /// Write what does not end, or hardly.
    Flood(Flood),
    /// Wait until anything comes, and throw it away.
    AwaitAnything,
    /// Read a message instead of commands from here on.
    ReadContent,
    /// Begin the TLS handshake.
    StartTls,
    /// Stay connected and never say a word again.
    Hush,
    /// Close the connection.
    Close,
    /// Reset the connection.
    Reset,
}

/// Replies that are too much. Written piece by piece, so that a client that reads slowly is written
/// to slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flood {
    /// Lines of a reply that never ends.
    Lines,
    /// The same, one byte each time this long has passed.
    Drip(Duration),
    /// One line with so many bytes of text.
    LongLine(u64),
    /// A reply with so many bytes of lines.
    ManyLines(u64),
}

/// Who spoke first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// The client has waited.
    Server,
    /// The client has not.
    Client,
}

/// What came behind a line in the same breath.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// Nothing: the client waits for the answer.
    Nothing,
    /// More, before the answer was given.
    More,
}

/// The server's side of one connection.
pub(super) trait Conversation: Send {
    /// Says what is said before anybody listens: a pause, or the first line of a greeting.
    fn connected(&mut self) -> Vec<Action>;

    /// Greets.
    fn greet(&mut self, first: First) -> Vec<Action>;

    /// Answers a line. `now` is the time since the server began.
    fn hear(&mut self, line: Line, behind: Behind, now: Duration) -> Vec<Action>;

    /// Takes a piece of the message. What it gives back is done at once.
    fn content(&mut self, piece: &[u8]) -> Vec<Action>;

    /// Answers a whole message.
    fn content_ended(&mut self, line_ends: LineEnds, now: Duration) -> Vec<Action>;

    /// Takes note that everything from here on is encrypted.
    fn encrypted(&mut self);
}
