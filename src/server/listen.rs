//! Accepts connections and looks after their tasks.
//!
//! Limits: as many connections at once as the caller says; one more is told so and closed. When the
//! loop is dropped, so are all its connections.

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The pause after a failed accept: out of file handles, it would fail again at once.
const BREATH: Duration = Duration::from_millis(50);

/// What one connection too many is told.
const FULL: &[u8] = b"421 4.3.2 Too many connections, try again later\r\n";

/// Serves every connection until dropped, at most `most` at once.
pub(super) async fn accept_all<F, T>(listener: TcpListener, most: usize, serve: F)
where
    F: Fn(TcpStream, SocketAddr) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, client)) if tasks.len() < most => {
                    tasks.spawn(serve(tcp, client));
                }
                Ok((tcp, _)) => turn_away(tcp),
                Err(_) => sleep(BREATH).await,
            },
            Some(_) = tasks.join_next() => {}
        }
    }
}

/// Says why and closes, without waiting for anything.
pub(super) fn turn_away(tcp: TcpStream) {
    if let Ok(mut tcp) = tcp.into_std() {
        // The connection does not block, and nobody is owed these bytes.
        let _ = tcp.write(FULL);
    }
}
