//! relaycheck
