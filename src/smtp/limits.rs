//! Sizes and waits of the protocol, each with its reason.
//!
//! References: RFC 5321 4.5.3.1 (sizes), 4.5.3.2 (waits).

use std::time::Duration;

/// Bytes of one reply line that are kept. RFC 5321 4.5.3.1.5 allows 512; real servers reach about
/// 1,000 in refusal texts with links. What is longer is cut and noted, not refused.
pub const MAX_LINE: usize = 4096;

/// Bytes of one reply that are kept. Long EHLO replies and multi-line refusals stay under 8 KiB.
pub const MAX_REPLY: usize = 16 * 1024;

/// Lines of one reply that are read before it is called endless.
pub const MAX_LINES: usize = 256;

/// Bytes one reply may take up on the wire, kept or not, before it is called endless.
pub const MAX_REPLY_ON_WIRE: usize = 1024 * 1024;

/// Wait for the TCP connection. Addresses that drop packets are the common case of a scan.
pub const CONNECT: Duration = Duration::from_secs(10);

/// Wait for any reply, the greeting included. RFC 5321 4.5.3.2 gives servers five minutes;
/// greeting pauses of 20 to 40 seconds are real, longer ones are tarpits.
pub const REPLY: Duration = Duration::from_secs(60);

/// Wait for the answer to a whole message, which may be scanned first.
pub const END_OF_DATA: Duration = Duration::from_secs(120);

/// Wait for the answer to QUIT: nothing depends on it.
pub const QUIT: Duration = Duration::from_secs(2);

/// Everything asked of one target, all sessions together.
pub const TARGET: Duration = Duration::from_secs(600);
