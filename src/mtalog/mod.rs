//! The audit of logs: who relayed, who tried.
//!
//! In: lines of logs, file by file, and what the user knows (own domains, trusted networks). Out: what was
//! relayed for outsiders, since when, by whom; who tried; accounts that look stolen; and the totals.
//!
//! ```text
//!  bytes -> lines -> prefix (time, host, program) -> format's reader -> Events -> join -> Journeys -> rules
//! ```
//!
//! A *format* is a row of [`formats::FORMATS`]: what detects it and what reads its lines into [`event::Event`]s, which
//! are the same for all servers. Everything behind is written once.
//!
//! Deliberately opens no file and reads no clock: the shell gives blocks of bytes, and the year.
//!
//! References: the manuals of the servers; RFC 3164, RFC 5424, RFC 3339; systemd's journal export format.

mod block;
pub mod event;
pub mod exchange;
pub mod exim;
pub mod formats;
pub mod iis;
pub mod join;
mod journey;
pub mod know;
pub mod opensmtpd;
pub mod pipeline;
pub mod postfix;
pub mod prefix;
mod proof;
pub mod read;
mod repeat;
pub mod rules;
pub mod sendmail;
pub mod sessions;
pub mod settings;
#[cfg(test)]
mod shown;
mod source;
pub mod stamp;
mod text;
mod tops;
mod twice;
pub mod unwrap;
mod w3c;
mod window;
mod wording;

pub use join::{Input, Journal};
pub use know::Know;
pub use settings::Settings;
