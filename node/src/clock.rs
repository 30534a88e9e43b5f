//! The wall clock: the one place where the node reads time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use folkmoot_protocol::time::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// The time by this machine's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Notices that the wall clock was set, by a clock that never is.
#[derive(Debug)]
pub(crate) struct Steady {
    /// By how many milliseconds the wall clock is ahead of the other one.
    ahead: i64,
}

/// By how many milliseconds a clock has to be set before it counts: less is what time servers do all day.
const SET: u64 = 1000;

impl Steady {
    /// Starts to watch.
    pub(crate) fn new() -> Self {
        Self { ahead: ahead() }
    }

    /// By how many milliseconds the wall clock was set ahead since the last call; back, if negative.
    pub(crate) fn set(&mut self) -> Option<i64> {
        self.set_since(ahead())
    }

    fn set_since(&mut self, now: i64) -> Option<i64> {
        let by = now.saturating_sub(self.ahead);
        (by.unsigned_abs() >= SET).then(|| {
            self.ahead = now;
            by
        })
    }
}

fn ahead() -> i64 {
    // It goes on while the machine sleeps, unlike `Instant`.
    let since_boot = clock_gettime(ClockId::Boottime);
    let boot = since_boot.tv_sec.saturating_mul(1000).saturating_add(since_boot.tv_nsec / 1_000_000);
    now().millis().cast_signed().saturating_sub(boot)
}

/// How long from now until `at`.
pub(crate) fn until(at: Timestamp) -> Duration {
    Duration::from_millis(at.since(now()).millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_shows_once_and_one_that_is_slewed_does_not() {
        let mut steady = Steady { ahead: 5000 };
        assert_eq!(steady.set_since(5400), None);
        assert_eq!(steady.set_since(1000), Some(-4000));
        assert_eq!(steady.set_since(1000), None);
        assert_eq!(steady.set_since(3_601_000), Some(3_600_000));
        assert_eq!(Steady::new().set(), None);
    }
}
