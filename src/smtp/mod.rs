//! SMTP as values: replies, commands, extensions. Imports nothing of the crate and does no I/O.
//!
//! | file | what | source |
//! | --- | --- | --- |
//! | [`reply`] | one reply, kept line by line | RFC 5321 4.2, RFC 2034, RFC 3463 |
//! | [`reader`] | bytes in, replies out; bounded and tolerant | RFC 5321 4.2.1 |
//! | [`command`] | what we say, to the byte | RFC 5321 4.1 |
//! | [`ehlo`] | what an EHLO reply offers | RFC 5321 4.1.1.1, RFC 4954, RFC 2920, RFC 3207 |
//! | [`limits`] | sizes and waits | RFC 5321 4.5.3 |

pub mod command;
pub mod ehlo;
pub mod limits;
pub mod reader;
pub mod reply;

pub use command::Command;
pub use ehlo::Extensions;
pub use reader::{ReplyReader, Unusable};
pub use reply::{EnhancedCode, Oddity, Reply, ReplyLine};
