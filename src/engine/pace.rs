//! How many new connections a second: an even flow, without bursts.
//!
//! In: the wish to connect. Out: the moment at which it is one's turn. Each caller takes the next moment
//! that is free, so that any number of threads together keep the rate (GCRA with a burst of one).
//!
//! Limits: rates up to a connection a nanosecond.
//!
//! References: ITU-T I.371 A (generic cell rate algorithm).

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Hands out moments.
#[derive(Debug)]
pub(super) struct Pace {
    between: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// Paces so many a second.
    pub(super) fn per_second(rate: NonZeroU32) -> Self {
        Self {
            between: Duration::from_secs(1) / rate.get(),
            next: Mutex::new(None),
        }
    }

    /// Waits for one's turn.
    pub(super) async fn turn(&self) {
        let turn = self.take(Instant::now());
        sleep_until(turn).await;
    }

    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        // Moments nobody wanted are gone: quiet is never made up for by a burst.
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.between);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test(start_paused = true)]
    async fn many_callers_together_keep_the_rate() {
        let pace = Arc::new(Pace::per_second(NonZeroU32::new(10).expect("not zero")));
        let begun = Instant::now();
        let callers: Vec<_> = (0..20)
            .map(|_| {
                let pace = Arc::clone(&pace);
                tokio::spawn(async move { pace.turn().await })
            })
            .collect();
        for caller in callers {
            caller.await.expect("its turn comes");
        }
        assert_eq!(begun.elapsed(), Duration::from_millis(1900));
        // A pause is not made up for.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let begun = Instant::now();
        for _ in 0..3 {
            pace.turn().await;
        }
        assert_eq!(begun.elapsed(), Duration::from_millis(200));
    }
}
