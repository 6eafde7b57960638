//! A greylist for Postfix: puts off whom it sees for the first time.
//!
//! In: requests of Postfix's policy protocol. Out: `DEFER_IF_PERMIT` for a triplet of client, sender
//! and recipient that is new, `DUNNO` afterwards; no waiting time, because tests are in a hurry.
//!
//! References: Postfix SMTPD_POLICY_README.

use anyhow::{Context, Result};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Where it listens; the greylisting configurations name it.
pub(crate) const ADDRESS: &str = "127.25.0.2:10023";

/// Starts the greylist; it ends with the process.
pub(crate) fn start() -> Result<()> {
    let listener = TcpListener::bind(ADDRESS)
        .with_context(|| format!("the greylist cannot bind {ADDRESS}"))?;
    let known = Arc::new(Mutex::new(HashSet::new()));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let known = Arc::clone(&known);
            thread::spawn(move || drop(serve(&stream, &known)));
        }
    });
    Ok(())
}

fn serve(stream: &TcpStream, known: &Mutex<HashSet<[String; 3]>>) -> std::io::Result<()> {
    let mut triplet: [String; 3] = Default::default();
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if let Some((name, value)) = line.split_once('=') {
            let index = ["client_address", "sender", "recipient"]
                .iter()
                .position(|wanted| *wanted == name);
            if let Some(index) = index {
                value.clone_into(&mut triplet[index]);
            }
            continue;
        }
        // An empty line ends the request.
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let action: &[u8] = if known.insert(std::mem::take(&mut triplet)) {
            b"action=DEFER_IF_PERMIT Greylisted, please try again later\n\n"
        } else {
            b"action=DUNNO\n\n"
        };
        drop(known);
        let mut out = stream;
        out.write_all(action)?;
    }
    Ok(())
}
