//! Pumps a dialogue over a connection; the only place that reads the clock.
//!
//! In: a dialogue, a connection, and the plan that may add to it. Out: nothing but the dialogue played
//! to its end: whatever the peer does is in its transcript.
//!
//! A write that fails is a closed connection, but what the server said before it hung up is still
//! read: "554 go away" followed by a reset must not be lost.
//!
//! Limits: reads take at most 4 KiB at a time; what is kept is bounded by the reply reader.
//!
//! References: RFC 5321 3.8 and 4.5.3.2 (closing and waiting).

use super::tls::{Handshake, Stream};
use crate::model::TlsState;
use crate::probe::dialogue::{Action, Dialogue, Input};
use crate::probe::plan::Plan;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};

/// The times that bound a session.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// When the session began.
    pub begun: Instant,
    /// When the time for the whole target is up.
    pub out_of_time: Instant,
}

impl Clock {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// What came of waiting.
enum Came {
    Something,
    End,
    Nothing,
    OutOfTime,
}

/// Plays one session to its end. The future may be dropped at any time: the dialogue then holds what
/// was said so far, and [`take_leave`] ends it in good manners.
pub async fn drive(
    dialogue: &mut Dialogue,
    stream: &mut Stream,
    handshake: &Handshake,
    plan: &mut Plan,
    clock: Clock,
) {
    let reply_limit = dialogue.script().waits.reply;
    if dialogue.script().tls == TlsState::Implicit {
        let until = (clock.begun + reply_limit).min(clock.out_of_time);
        if !shake(dialogue, stream, handshake, clock, until).await {
            return;
        }
    }
    loop {
        match dialogue.poll(clock.now()) {
            Action::Write(bytes) => {
                let until = (Instant::now() + reply_limit).min(clock.out_of_time);
                match timeout_at(until, send(stream, &bytes)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => {
                        read_what_is_left(dialogue, stream, clock);
                        dialogue.handle(Input::Closed, clock.now());
                    }
                    // A server that does not read what it is sent has stopped talking to us.
                    Err(_) => dialogue.handle(passed(clock), clock.now()),
                }
            }
            Action::Read { until } => {
                let until = clock.begun + until;
                match read(dialogue, stream, clock, until).await {
                    Came::Something => {}
                    Came::End => dialogue.handle(Input::Closed, clock.now()),
                    Came::Nothing => dialogue.handle(Input::DeadlinePassed, clock.now()),
                    Came::OutOfTime => dialogue.handle(Input::OutOfTime, clock.now()),
                }
            }
            Action::StartTls => {
                let until = (Instant::now() + reply_limit).min(clock.out_of_time);
                shake(dialogue, stream, handshake, clock, until).await;
            }
            Action::Extend => {
                let asks = plan.extend_session(dialogue.so_far());
                dialogue.handle(Input::Asks(asks), clock.now());
            }
            Action::Close => return,
        }
    }
}

/// Ends a session that is to stop now: QUIT is written if the connection takes it at once.
pub async fn take_leave(dialogue: &mut Dialogue, stream: &mut Stream, clock: Clock) {
    const PATIENCE: Duration = Duration::from_millis(100);
    dialogue.handle(Input::OutOfTime, clock.now());
    while let Action::Write(bytes) = dialogue.poll(clock.now()) {
        if timeout(PATIENCE, send(stream, &bytes)).await.is_err() {
            return;
        }
    }
}

/// Writes all and flushes: TLS keeps back what the socket does not take at once.
async fn send(stream: &mut Stream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

fn passed(clock: Clock) -> Input<'static> {
    if Instant::now() >= clock.out_of_time {
        Input::OutOfTime
    } else {
        Input::DeadlinePassed
    }
}

/// Shakes hands; tells whether TLS is up.
async fn shake(
    dialogue: &mut Dialogue,
    stream: &mut Stream,
    handshake: &Handshake,
    clock: Clock,
    until: Instant,
) -> bool {
    let stack = dialogue.script().stack;
    let (input, up) = match handshake.shake(stream, stack, until).await {
        Ok(facts) => (Input::TlsUp(facts), true),
        Err((trouble, why)) => (Input::TlsFailed(trouble, why), false),
    };
    dialogue.handle(input, clock.now());
    up
}

/// Waits for bytes until the deadline and hands them over.
async fn read(dialogue: &mut Dialogue, stream: &mut Stream, clock: Clock, until: Instant) -> Came {
    let deadline = until.min(clock.out_of_time);
    let reading = poll_fn(|cx| poll_read(dialogue, stream, clock, cx));
    match timeout_at(deadline, reading).await {
        Ok(came) => came,
        Err(_) if clock.out_of_time <= until => Came::OutOfTime,
        Err(_) => Came::Nothing,
    }
}

/// Reads once into a buffer that lives no longer than the call: thousands of idle sessions must not
/// hold a buffer each.
fn poll_read(
    dialogue: &mut Dialogue,
    stream: &mut Stream,
    clock: Clock,
    cx: &mut Context<'_>,
) -> Poll<Came> {
    let mut bytes = [MaybeUninit::uninit(); 4096];
    let mut buffer = ReadBuf::uninit(&mut bytes);
    match Pin::new(stream).poll_read(cx, &mut buffer) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
            dialogue.handle(Input::Bytes(buffer.filled()), clock.now());
            Poll::Ready(Came::Something)
        }
        // An error of a read is an end like any other: reset, TLS alert, missing close_notify.
        Poll::Ready(Ok(()) | Err(_)) => Poll::Ready(Came::End),
    }
}

/// Hands over what has already arrived, without waiting for more.
fn read_what_is_left(dialogue: &mut Dialogue, stream: &mut Stream, clock: Clock) {
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Came::Something) = poll_read(dialogue, stream, clock, &mut cx) {}
}
