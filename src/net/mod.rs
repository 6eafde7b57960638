//! The sockets: DNS, TCP, TLS, proxies, and the pump that plays a dialogue over them.
//!
//! | file | what may block | for how long |
//! | --- | --- | --- |
//! | [`resolve`] | a DNS lookup | its own limit per query and attempt |
//! | [`connect`] | a TCP connection, a proxy's greeting | the connection limit |
//! | [`tls`] | a handshake | the reply limit |
//! | [`mod@drive`] | reads and writes of a session | the reply limit, and what is left for the target |
//!
//! What the peer does is data: a refused connection, silence or a failed handshake is a value of
//! [`error::Unconnected`] or an ending of the transcript. An error of our own machine is kept apart,
//! for it must never become a verdict.

pub mod connect;
pub mod drive;
pub mod error;
pub mod proxy;
pub mod resolve;
pub mod tls;

pub use connect::{Connection, Connector};
pub use drive::{Clock, drive, take_leave};
pub use error::Unconnected;
pub use resolve::{DnsTrouble, MailExchangers, Resolver};
pub use tls::{Handshake, Stream};
