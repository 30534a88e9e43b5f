//! The wall clock: the one place where the node reads time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use folkmoot_protocol::time::Timestamp;

/// The time by this machine's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// How long from now until `at`.
pub(crate) fn until(at: Timestamp) -> Duration {
    Duration::from_millis(at.since(now()).millis())
}
