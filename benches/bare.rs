//! The same dialogue without anything read into it, on the same runtime: the floor of a quick scan.
//!
//! `cargo bench --bench bare -- LIST PORT CONNECTIONS`, against a server such as the one that the scan is measured
//! against. LIST is a file of IPv4 or IPv6 addresses, one a line. Two threads with a runtime each, as the scan
//! engine has them for two processors; EHLO, MAIL and RCPT together, QUIT. Prints hosts, those that answered to the
//! end, and seconds.
//!
//! Deliberately does less than any scanner can: replies are counted, not kept; a slow or silent server is given up
//! after five seconds; nothing is written per host. What relaycheck takes beyond this is its own.

#![allow(clippy::print_stdout)]

use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(5);

const THREADS: usize = 2;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, port, connections] = &arguments[..] else {
        // `cargo bench` without arguments runs all benches, and `cargo test --benches` this one.
        println!("bare: give LIST PORT CONNECTIONS");
        return;
    };
    let port: u16 = port.parse().expect("a port");
    let lanes = connections.parse::<usize>().expect("a number") / THREADS;
    let text = std::fs::read_to_string(list).expect("a list of addresses");
    let peers: Vec<SocketAddr> = text
        .lines()
        .map(|line| SocketAddr::new(line.parse::<IpAddr>().expect("an address"), port))
        .collect();
    let hosts = peers.len();
    let peers = Mutex::new(peers.into_iter());
    let answered = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| serve(&peers, &answered, lanes));
        }
    });
    println!(
        "{hosts} hosts, {} answered to the end, {:.3} s",
        answered.load(Ordering::Relaxed),
        begun.elapsed().as_secs_f64()
    );
}

fn serve(peers: &Mutex<std::vec::IntoIter<SocketAddr>>, answered: &AtomicUsize, lanes: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let lane = async || {
        loop {
            let next = peers.lock().expect("no panic under the lock").next();
            let Some(peer) = next else { return };
            let done = talk(peer).await.is_some();
            answered.fetch_add(usize::from(done), Ordering::Relaxed);
        }
    };
    runtime.block_on(async {
        let set = LocalSet::new();
        set.run_until(futures_util::future::join_all((0..lanes).map(|_| lane())))
            .await;
    });
}

/// Plays the dialogue; nothing where it broke off.
async fn talk(peer: SocketAddr) -> Option<()> {
    let mut stream = timeout(LIMIT, TcpStream::connect(peer)).await.ok()?.ok()?;
    stream.set_nodelay(true).ok()?;
    let mut buffer = Vec::with_capacity(512);
    replies(&mut stream, &mut buffer, 1).await?;
    for (said, answers) in [
        (&b"EHLO [127.0.0.1]\r\n"[..], 1),
        (
            b"MAIL FROM:<relaycheck@example.org>\r\nRCPT TO:<relaycheck@example.com>\r\n",
            2,
        ),
        (b"QUIT\r\n", 1),
    ] {
        stream.write_all(said).await.ok()?;
        replies(&mut stream, &mut buffer, answers).await?;
    }
    Some(())
}

/// Waits for so many replies.
async fn replies(stream: &mut TcpStream, buffer: &mut Vec<u8>, wanted: usize) -> Option<()> {
    let mut got = 0;
    loop {
        let mut from = 0;
        while let Some(end) = buffer[from..].iter().position(|byte| *byte == b'\n') {
            let last = buffer.get(from + 3) != Some(&b'-');
            from += end + 1;
            got += usize::from(last);
            if got == wanted {
                buffer.drain(..from);
                return Some(());
            }
        }
        buffer.drain(..from);
        if timeout(LIMIT, stream.read_buf(buffer)).await.ok()?.ok()? == 0 {
            return None;
        }
    }
}
