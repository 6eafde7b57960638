//! Proof: the lines that a statement rests on.

use super::bytes::Untrusted;
use super::conf::ConfLine;
use super::log::LogLines;
use std::time::Duration;

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// relaycheck.
    Sent,
    /// The server.
    Received,
}

impl Direction {
    /// Gives the mark transcripts use: `>` for sent, `<` for received.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Sent => ">",
            Self::Received => "<",
        }
    }
}

/// One line of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireLine {
    /// Session of the target, counted from one.
    pub session: u32,
    /// Who said it.
    pub direction: Direction,
    /// When, since the first connection to the target.
    pub at: Duration,
    /// Whether it was said inside TLS.
    pub encrypted: bool,
    /// The line without its line end.
    pub bytes: Untrusted,
    /// Bytes of the same reply that followed here and were not kept; 0 nearly always.
    pub left_out: usize,
}

/// What a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// Lines of a dialogue, in order.
    Wire(Vec<WireLine>),
    /// A line of a configuration file.
    Conf(ConfLine),
    /// Lines of a log.
    Log(LogLines),
}

impl Evidence {
    /// Gives the lines of a dialogue, if it is one.
    pub fn dialogue(&self) -> &[WireLine] {
        match self {
            Self::Wire(lines) => lines,
            Self::Conf(_) | Self::Log(_) => &[],
        }
    }
}
