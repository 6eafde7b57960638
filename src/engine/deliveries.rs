//! Tokens on their way: a job waits for the message it sent to come out at the sink.
//!
//! In: tokens as the sink sees them arrive. Out: to each job that waits for one, that it came.
//!
//! Limits: a job waits for the time given; tokens nobody waits for are kept up to 65,536, for a
//! fast relay delivers before the job has begun to wait.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Tokens kept that nobody has asked for yet.
const MOST_EARLY: usize = 65_536;

/// Tokens on their way.
#[derive(Debug)]
pub struct Deliveries {
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<String, oneshot::Sender<()>>,
    arrived: HashSet<String>,
}

impl Deliveries {
    /// Waits `patience` for each token.
    pub fn new(patience: Duration) -> Self {
        Self {
            patience,
            state: Mutex::default(),
        }
    }

    /// Takes a token that has arrived.
    pub fn arrived(&self, token: &str) {
        let mut state = self.lock();
        if let Some(waiting) = state.waiting.remove(token) {
            // The job may have been stopped meanwhile: then nobody needs to know.
            let _ = waiting.send(());
        } else if state.arrived.len() < MOST_EARLY {
            state.arrived.insert(token.to_owned());
        }
    }

    /// Waits for a token; tells whether it came in time.
    pub(super) async fn wait_for(&self, token: &str) -> bool {
        let receiver = {
            let mut state = self.lock();
            if state.arrived.remove(token) {
                return true;
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.insert(token.to_owned(), sender);
            receiver
        };
        let came = tokio::time::timeout(self.patience, receiver).await;
        self.lock().waiting.remove(token);
        matches!(came, Ok(Ok(())))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic runs under the lock; what is in there is whole either way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test(start_paused = true)]
    async fn early_late_and_never() {
        let deliveries = Arc::new(Deliveries::new(Duration::from_secs(5)));
        deliveries.arrived("early");
        assert!(deliveries.wait_for("early").await);
        let waiting = tokio::spawn({
            let deliveries = Arc::clone(&deliveries);
            async move { deliveries.wait_for("late").await }
        });
        tokio::time::sleep(Duration::from_secs(3)).await;
        deliveries.arrived("late");
        assert!(waiting.await.expect("the task ends"));
        assert!(!deliveries.wait_for("never").await);
        assert!(deliveries.lock().waiting.is_empty());
    }
}
