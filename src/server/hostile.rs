//! TABLE: servers that mean harm, or might as well.
//!
//! Not part of `demo`. An auditor passes if it ends in time, holds no more memory than usual, shows
//! nothing a terminal obeys, and says no more than the verdict given: what was not told is not clean.
//!
//! References: RFC 5321 4.5.3 (sizes and waits that are broken here), RFC 3207 5 (STARTTLS).

use super::behaviour::{Behaviour, Moment, Spelling, TlsOffer, Trick};
use super::conversation::Flood;
use super::table::CLOSED;
use crate::model::{Reason, Verdict};
use std::time::Duration;

const HUGE: u64 = 100 * 1024 * 1024;

/// It talked, then something went wrong.
const BROKEN: Behaviour = Behaviour {
    verdict: Verdict::Inconclusive,
    ..CLOSED
};

/// It never talked.
const NEVER: Behaviour = Behaviour {
    verdict: Verdict::Unreachable,
    ..CLOSED
};

const HANGS_UP: Behaviour = Behaviour {
    reason: Some(Reason::Disconnected),
    ..BROKEN
};

/// Every hostile behaviour.
pub static HOSTILE: &[Behaviour] = &[
    // Too much, too slowly.
    Behaviour {
        id: "endless-banner",
        about: "greets without end",
        reason: Some(Reason::ProtocolError),
        tricks: &[(Moment::Banner, Trick::Flood(Flood::Lines))],
        ..NEVER
    },
    Behaviour {
        id: "drip-second",
        about: "greets with one byte a second, without end",
        reason: Some(Reason::Timeout),
        tricks: &[(
            Moment::Banner,
            Trick::Flood(Flood::Drip(Duration::from_secs(1))),
        )],
        ..NEVER
    },
    Behaviour {
        id: "drip-tenth",
        about: "greets with ten bytes a second, without end",
        reason: Some(Reason::Timeout),
        tricks: &[(
            Moment::Banner,
            Trick::Flood(Flood::Drip(Duration::from_millis(100))),
        )],
        ..NEVER
    },
    Behaviour {
        id: "huge-line",
        about: "answers RCPT with one line of 100 MB",
        reason: Some(Reason::ProtocolError),
        tricks: &[(Moment::Rcpt, Trick::Flood(Flood::LongLine(HUGE)))],
        ..BROKEN
    },
    Behaviour {
        id: "huge-reply",
        about: "answers EHLO with 100 MB of lines",
        reason: Some(Reason::ProtocolError),
        tricks: &[(Moment::Ehlo, Trick::Flood(Flood::ManyLines(HUGE)))],
        ..BROKEN
    },
    // Replies that are hard to read.
    Behaviour {
        id: "escapes",
        about: "closed; puts NULs, terminal escapes and bidirectional marks into every reply",
        spelling: Spelling::Escapes,
        ..CLOSED
    },
    Behaviour {
        id: "eight-bit",
        about: "closed; puts bytes that are no text into every reply",
        spelling: Spelling::EightBit,
        ..CLOSED
    },
    Behaviour {
        id: "no-codes",
        about: "greets properly, then answers without codes",
        reason: Some(Reason::ProtocolError),
        spelling: Spelling::NoCodes,
        ..BROKEN
    },
    Behaviour {
        id: "mixed-codes",
        about: "closed; changes the code inside every reply",
        spelling: Spelling::MixedCodes,
        ..CLOSED
    },
    Behaviour {
        id: "several-replies",
        about: "closed; answers every command three times, the last two wrongly",
        reason: Some(Reason::ProtocolError),
        spelling: Spelling::Several,
        ..BROKEN
    },
    Behaviour {
        id: "talks-on",
        about: "closed; goes on talking after every reply, so that replies lose their commands",
        reason: Some(Reason::ProtocolError),
        spelling: Spelling::TalksOn,
        ..BROKEN
    },
    Behaviour {
        id: "answers-early",
        about: "closed; sends acceptances of everything together with its greeting",
        reason: Some(Reason::ProtocolError),
        tricks: &[(
            Moment::Banner,
            Trick::Behind(b"250 2.1.0 Ok\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n250 2.1.5 Ok\r\n"),
        )],
        ..BROKEN
    },
    Behaviour {
        id: "tls-garbage",
        about: "closed; answers the handshake with noise",
        tls: TlsOffer::StartTls,
        tricks: &[(
            Moment::StartTls,
            Trick::NoHandshake(b"\x16\x03\x03\xff\xff\x02\x00\x00\x00 no such luck \x00\xff\xfe"),
        )],
        ..CLOSED
    },
    // Ends where no end should be.
    Behaviour {
        id: "close-at-accept",
        about: "closes the connection at once",
        reason: Some(Reason::Disconnected),
        tricks: &[(Moment::Banner, Trick::Close)],
        ..NEVER
    },
    Behaviour {
        id: "reset-at-accept",
        about: "resets the connection at once",
        reason: Some(Reason::Disconnected),
        tricks: &[(Moment::Banner, Trick::Reset)],
        ..NEVER
    },
    Behaviour {
        id: "close-behind-banner",
        about: "closes the connection behind its greeting",
        tricks: &[(Moment::Banner, Trick::CloseBehind)],
        ..HANGS_UP
    },
    Behaviour {
        id: "close-at-hello",
        about: "closes the connection at EHLO and at HELO",
        tricks: &[(Moment::Ehlo, Trick::Close), (Moment::Helo, Trick::Close)],
        ..HANGS_UP
    },
    Behaviour {
        id: "close-at-mail",
        about: "closes the connection at MAIL",
        tricks: &[(Moment::Mail, Trick::Close)],
        ..HANGS_UP
    },
    Behaviour {
        id: "close-at-rcpt",
        about: "closes the connection at RCPT",
        tricks: &[(Moment::Rcpt, Trick::Close)],
        ..HANGS_UP
    },
    Behaviour {
        id: "close-within-reply",
        about: "closes the connection within its answer to RCPT",
        tricks: &[(Moment::Rcpt, Trick::CloseWithin)],
        ..HANGS_UP
    },
    Behaviour {
        id: "reset-at-rcpt",
        about: "resets the connection at RCPT",
        tricks: &[(Moment::Rcpt, Trick::Reset)],
        ..HANGS_UP
    },
    Behaviour {
        id: "close-at-rset",
        about: "closed; hangs up at RSET",
        tricks: &[(Moment::Rset, Trick::Close)],
        ..CLOSED
    },
    Behaviour {
        id: "close-at-quit",
        about: "closed; hangs up at QUIT without an answer",
        tricks: &[(Moment::Quit, Trick::Close)],
        ..CLOSED
    },
];
