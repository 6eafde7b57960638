//! The audit of logs, over all formats: an input is one log or several, each begun by a line `=== name`.
//!
//! Whatever the bytes are, an audit comes back; and the same one, however the bytes were cut on their way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use relaycheck::model::LogAudit;
use relaycheck::mtalog::event::Stamp;
use relaycheck::mtalog::formats::{Detected, FORMATS, detect};
use relaycheck::mtalog::pipeline::{Opening, Pipeline};
use relaycheck::mtalog::stamp::{Basis, Zone};
use relaycheck::mtalog::{Input, Journal, Know, Settings};
use std::convert::Infallible;
use std::sync::Arc;

/// Takes an input apart.
fn files(input: &[u8]) -> Vec<Vec<u8>> {
    let mut files: Vec<Vec<u8>> = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        match (line.starts_with(b"=== "), files.last_mut()) {
            (false, Some(file)) => file.extend_from_slice(line),
            (false, None) => files.push(line.to_vec()),
            (true, _) => files.push(Vec::new()),
        }
    }
    files.truncate(8);
    files
}

/// Audits files whose bytes come in pieces of a size.
fn audit(files: &[Vec<u8>], piece: usize) -> LogAudit {
    let mut pipeline = Pipeline::new(1);
    let mut formats = Vec::new();
    for file in files {
        // What shows nothing is read as any format.
        let any = &FORMATS[file.len() % FORMATS.len()];
        let detected = detect(file).unwrap_or(Detected {
            format: any,
            frame: any.frame,
        });
        formats.push(detected.format.name);
        let basis = match file.len() % 2 {
            0 => Basis::Given(2026),
            _ => Basis::Modified(Stamp(1_780_000_000 * Stamp::SECOND)),
        };
        pipeline.open(&Opening {
            detected,
            zone: Zone::Fixed(3600),
            basis,
            head: &file[..file.len().min(4096)],
        });
    }
    let know = Know::new().with_some_domains(["example.com"]);
    let mut journal = Journal::new(know, Settings::default());
    let mut left: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let Ok(()) = pipeline.run(&mut journal, |file: u32, room: &mut [u8]| {
        let left = &mut left[file as usize];
        let count = left.len().min(room.len()).min(piece);
        let (now, later) = left.split_at(count);
        room[..count].copy_from_slice(now);
        *left = later;
        Ok::<usize, Infallible>(count)
    });
    assert_eq!(pipeline.lost(), 0);
    formats.dedup();
    journal.finish(Input {
        paths: (0..files.len())
            .map(|number| Arc::from(number.to_string()))
            .collect(),
        formats,
        notes: Vec::new(),
    })
}

fuzz_target!(|input: &[u8]| {
    let files = files(input);
    let whole = audit(&files, usize::MAX);
    assert!(whole.unparsed <= whole.lines);
    for finding in &whole.findings {
        assert!(!finding.evidence().is_empty());
        assert!(finding.place().is_some_and(|place| place.line > 0));
    }
    let pieces = audit(&files, 1 + input.len() / 3);
    assert_eq!(whole, pieces);
});
