//! When requests are sent: a rate, and longer and longer waits after failures.

use std::fmt;
use std::time::{Duration, Instant};

/// Waits after failures: one second, doubled each time, up to a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Most that a server may make us wait.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// A clock to wait by.
pub struct Clock {
    now: Box<dyn Fn() -> Duration + Send>,
    sleep: Box<dyn Fn(Duration) + Send>,
}

impl Clock {
    /// The time of the machine.
    #[must_use]
    pub fn system() -> Self {
        let start = Instant::now();
        Self::new(move || start.elapsed(), std::thread::sleep)
    }

    /// Any other: `now` is the time since some fixed moment, `sleep` returns when it has grown by so much.
    #[must_use]
    pub fn new(now: impl Fn() -> Duration + Send + 'static, sleep: impl Fn(Duration) + Send + 'static) -> Self {
        Self { now: Box::new(now), sleep: Box::new(sleep) }
    }

    pub(super) fn sleep(&self, wait: Duration) {
        if !wait.is_zero() {
            (self.sleep)(wait);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &(self.now)()).finish_non_exhaustive()
    }
}

/// Keeps requests apart.
#[derive(Debug, Default)]
pub(super) struct Pace {
    interval: Duration,
    last: Option<Duration>,
}

impl Pace {
    /// Whether a rate leaves intervals that can be waited for.
    pub(super) fn is_rate(rate: f64) -> bool {
        (1e-5..=1e6).contains(&rate)
    }

    pub(super) fn new(rate: Option<f64>) -> Self {
        let interval = rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate));
        Self { interval, last: None }
    }

    /// Waits until the next request may be sent.
    pub(super) fn wait(&mut self, clock: &Clock) {
        if let Some(last) = self.last {
            clock.sleep((last + self.interval).saturating_sub((clock.now)()));
        }
        self.last = Some((clock.now)());
    }
}

/// How long to wait after failure number `n`, counted from 0, where the server may have `asked` for a time.
pub(super) fn wait_after(n: u32, asked: Option<Duration>) -> Duration {
    let doubled = Duration::from_secs(1u64.checked_shl(n).unwrap_or(u64::MAX));
    asked.map_or_else(|| doubled.min(LONGEST_WAIT), |asked| asked.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_follow_the_server_up_to_two() {
        let waits: Vec<u64> = (0..8).map(|n| wait_after(n, None).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(wait_after(100, None), LONGEST_WAIT);
        assert_eq!(wait_after(5, Some(Duration::from_secs(3))).as_secs(), 3);
        assert_eq!(wait_after(0, Some(Duration::MAX)).as_secs(), 120);
    }
}
