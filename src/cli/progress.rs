//! How far a scan has got, for who watches: a bar on a terminal, a line a minute in the log elsewhere.
//!
//! In: what has been finished so far, the engine's gauges. Out: text on standard error, never more than a
//! few times a second. Whoever writes to the same terminal does it inside [`Progress::aside`], or the bar
//! would be torn.
//!
//! Limits: the total of a part is what its share of the whole would be; a name counts as one.

use crate::engine::Gauges;
use crate::model::{Totals, Verdict};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::time::{Duration, Instant};

/// Scans of fewer targets than this are over before a bar can be read.
const WORTH_A_BAR: u64 = 3;

/// Time between lines in the log.
const LINE: Duration = Duration::from_secs(60);

/// Shows how far a scan has got.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    watcher: Watcher,
    total: u64,
    begun: Instant,
    next_line: Instant,
    done_before: u64,
}

/// Who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watcher {
    /// A person at a terminal, to which reports do not go.
    Terminal,
    /// A person at a terminal, to which reports go as well.
    SharedTerminal,
    /// A log.
    Log,
    /// Nobody.
    Nobody,
}

impl Progress {
    /// Begins, with so many targets of which some are done already.
    pub(super) fn new(watcher: Watcher, total: u64, done_before: u64) -> Self {
        let now = Instant::now();
        let person = matches!(watcher, Watcher::Terminal | Watcher::SharedTerminal);
        let bar = (person && total >= WORTH_A_BAR).then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8));
            let style = ProgressStyle::with_template(
                "{bar:24} {human_pos}/{human_len} {percent}%, {rate}, {msg}, {eta} left",
            );
            let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A bar that cannot be written is nobody's loss.
                let _ = write!(out, "{:.0}/s", state.per_sec());
            };
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key("rate", rate));
            bar.set_position(done_before);
            bar.reset_eta();
            bar
        });
        Self {
            bar,
            watcher,
            total,
            begun: now,
            next_line: match watcher {
                Watcher::Log => now + LINE,
                // A century: nobody reads it.
                _ => now + LINE * 60 * 24 * 36_500,
            },
            done_before,
        }
    }

    /// Takes what is known now.
    pub(super) fn show(&mut self, done: u64, totals: &Totals, gauges: &Gauges) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(state(totals, gauges));
        }
        let now = Instant::now();
        if now >= self.next_line {
            self.next_line = now + LINE;
            let elapsed = self.begun.elapsed();
            let rate = done.saturating_sub(self.done_before) as f64 / elapsed.as_secs_f64();
            tracing::info!(
                target: "relaycheck::progress",
                "{done} of {} done, {rate:.0}/s, {}, {}",
                self.total,
                state(totals, gauges),
                left(self.total.saturating_sub(done), rate),
            );
        }
    }

    /// Lets something else be written to the terminal.
    pub(super) fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) if self.watcher == Watcher::SharedTerminal => bar.suspend(write),
            _ => write(),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn state(totals: &Totals, gauges: &Gauges) -> String {
    let mut state = format!(
        "{} open, {} in flight",
        totals.verdict(Verdict::RelayAccepting),
        gauges.running()
    );
    if gauges.deferred() > 0 {
        state.push_str(&format!(", {} put off", gauges.deferred()));
    }
    state
}

fn left(count: u64, rate: f64) -> String {
    if count == 0 {
        return "nothing left to take up".to_owned();
    }
    if rate <= 0.0 {
        return "no end in sight yet".to_owned();
    }
    // More than a century of seconds says no more than that.
    let seconds = (count as f64 / rate).min(3.2e9) as u64;
    format!("about {}h{:02}m left", seconds / 3600, seconds % 3600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_time_that_is_left() {
        assert_eq!(left(36_000, 10.0), "about 1h00m left");
        assert_eq!(left(90 * 7, 7.0), "about 0h01m left");
        assert_eq!(left(0, 7.0), "nothing left to take up");
        assert_eq!(left(5, 0.0), "no end in sight yet");
        assert!(left(u64::MAX, 1e-9).starts_with("about 888888h"));
    }

    #[test]
    fn says_what_is_going_on() {
        let gauges = Gauges::default();
        assert_eq!(state(&Totals::default(), &gauges), "0 open, 0 in flight");
    }
}
