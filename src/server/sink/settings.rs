//! How much a sink puts up with, each with its reason.

use std::time::Duration;

/// The settings of a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSettings {
    /// The name the sink calls itself.
    pub host: String,
    /// Bytes of a message that are kept. A proof message has 2 KiB; relays add a header.
    pub keep: usize,
    /// Bytes of a message that are taken. Common servers take 10 to 50 MB.
    pub accept: usize,
    /// Connections at once. With everything kept that may be kept they hold about 64 MiB.
    pub connections: usize,
    /// Connections at once of one client, so that none can take them all.
    pub per_client: usize,
    /// Deliveries that wait to be taken out of the channel; what comes then is deferred.
    pub waiting: usize,
    /// How long a client may say nothing. RFC 5321 4.5.3.2.7 asks for five minutes, which servers
    /// that are attacked do not give.
    pub idle: Duration,
    /// How long a client may stay.
    pub session: Duration,
}

impl Default for SinkSettings {
    fn default() -> Self {
        Self {
            host: "sink.relaycheck.test".to_owned(),
            keep: 1024 * 1024,
            accept: 50 * 1024 * 1024,
            connections: 64,
            per_client: 10,
            waiting: 64,
            idle: Duration::from_secs(60),
            session: Duration::from_secs(600),
        }
    }
}
