//! What the lines of an input are: of a format that shows or was named, or like those of some log.
//!
//! In: what an input begins with. Out: how it is read; and where it is read from its middle, the lines at its
//! beginning that say what those behind them are.

use super::settings::Given;
use super::source::Source;
use crate::mtalog::event::{Event, LineAt};
use crate::mtalog::formats::{Detected, FORMATS, Frame, Line, Lines};
use crate::mtalog::stamp::{Basis, Zone};
use std::io::{self, BufRead, Read};

/// Lines of a file of which one has to be like a line of syslog, for the file to be read as such.
const LOOKED_AT: usize = 20;

/// What is known of an input's lines.
pub(super) enum What {
    /// They are of a known format.
    Known(Detected),
    /// They are like those of syslog, or of Exim; whose they are shows later, or never.
    Some(Frame),
}

impl What {
    /// Finds out, if it can be found out.
    pub(super) fn of(source: &Source, given: &Given) -> Option<Self> {
        match (given.format, source.detected) {
            // A container runtime may have wrapped the lines.
            (Some(format), Some(detected)) if detected.format == format => {
                Some(Self::Known(detected))
            }
            (Some(format), _) => Some(Self::Known(Detected {
                format,
                frame: format.frame,
            })),
            (None, Some(detected)) => Some(Self::Known(detected)),
            (None, None) => Self::like(&source.head),
        }
    }

    /// Finds out what lines are like.
    pub(super) fn like(head: &[u8]) -> Option<Self> {
        let is_like = |frame: &Frame| {
            let mut lines = Lines::new(*frame, Zone::Fixed(0), Basis::Given(1970));
            let mut is_entry = |line: &[u8]| {
                let mut events: Vec<Event<'_>> = Vec::new();
                let read = lines.read(LineAt::default(), line, &mut events);
                matches!(read, Line::Entry(..))
            };
            let mut first = head.split(|byte| *byte == b'\n').take(LOOKED_AT);
            first.any(&mut is_entry)
        };
        let mut frames = [Frame::Syslog, Frame::Own].into_iter();
        frames.find(is_like).map(Self::Some)
    }

    /// Gives how it is read.
    pub(super) fn detected(&self) -> Detected {
        match self {
            Self::Known(detected) => *detected,
            Self::Some(frame) => Detected {
                // Lines say themselves whose they are; the frame is what counts.
                format: FORMATS
                    .iter()
                    .find(|f| f.frame == *frame)
                    .unwrap_or(&FORMATS[0]),
                frame: *frame,
            },
        }
    }

    /// Gives the name of the format, where it is known by now.
    pub(super) fn format(&self) -> Option<&'static str> {
        match self {
            Self::Known(detected) => Some(detected.format.name),
            Self::Some(_) => None,
        }
    }
}

/// Bytes of a line that says what those behind it are.
const LONGEST_DIRECTIVE: u64 = 64 * 1024;

/// Finds the lines that say what those from a byte on are.
pub(super) fn directives(source: &Source, frame: Frame, from: u64) -> io::Result<Vec<u8>> {
    if !matches!(frame, Frame::Iis | Frame::Receive | Frame::Tracking) {
        return Ok(Vec::new());
    }
    let mut found: Vec<u8> = Vec::new();
    let mut before = source.again(0)?.take(from);
    let mut line = Vec::new();
    let mut last = false;
    loop {
        line.clear();
        let mut start = Read::take(&mut before, LONGEST_DIRECTIVE);
        if start.read_until(b'\n', &mut line)? == 0 {
            return Ok(found);
        }
        let is_one = line.starts_with(b"#") || line.starts_with(b"\xef\xbb\xbf#");
        let whole = line.ends_with(b"\n");
        if is_one && whole {
            // Those that stand together belong together.
            if !last {
                found.clear();
            }
            found.extend_from_slice(&line);
        }
        last = is_one;
        while !line.ends_with(b"\n") {
            line.clear();
            let mut rest = Read::take(&mut before, LONGEST_DIRECTIVE);
            if rest.read_until(b'\n', &mut line)? == 0 {
                return Ok(found);
            }
        }
    }
}
