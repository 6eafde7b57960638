//! Where entries of a log end.
//!
//! A log that is written to may end in the middle of one: what is read now ends before it, and the next run, or the next
//! look, begins there.

use super::source::Source;
use super::unpack::Packing;
use crate::cli::error::CliError;
use crate::mtalog::formats::Frame;
use memchr::memmem;
use std::io::{self, Read, Seek, SeekFrom};

/// Gives where the last whole line of a plain file ends; what is packed is taken as whole.
pub(super) fn whole_lines(source: &Source) -> Result<u64, CliError> {
    last_line(source).map_err(|e| CliError::Input {
        path: source.path.clone().unwrap_or_default(),
        source: e,
    })
}

fn last_line(source: &Source) -> io::Result<u64> {
    let (Packing::Plain, Some(mut file)) = (source.packing, source.file()) else {
        return Ok(u64::MAX);
    };
    let needle = entry_end(source);
    let mut end = file.metadata()?.len();
    let mut block = Vec::new();
    loop {
        let start = end.saturating_sub(64 * 1024);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        Read::take(&mut file, end - start).read_to_end(&mut block)?;
        if let Some(at) = memmem::rfind(&block, needle) {
            return Ok(start + (at + needle.len()) as u64);
        }
        if start == 0 {
            return Ok(0);
        }
        // It may stand on the border.
        end = start + needle.len() as u64 - 1;
    }
}

/// Gives what ends an entry of a log: a line feed, or in the journal's export format an empty line.
pub(super) fn entry_end(source: &Source) -> &'static [u8] {
    match source.detected.map(|detected| detected.frame) {
        Some(Frame::Export) => b"\n\n",
        _ => b"\n",
    }
}
