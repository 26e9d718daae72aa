//! The only reader of the clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// Where a task takes the time from; a test or the demo gives it another one.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The wall clock.
pub fn system() -> Clock {
    Arc::new(now)
}

/// The wall clock's time.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A count of time that no setting of the clock touches; it stands still while the machine sleeps, and a test can stop it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
pub fn steady() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

/// How long this machine has slept since it was started: what the clock that goes on in suspend is ahead of the one
/// that stands still. Elsewhere than on Linux only a jump of the wall clock shows a sleep.
#[cfg(target_os = "linux")]
pub fn slept() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let reading = |clock| {
        let time = clock_gettime(clock);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
    };
    reading(ClockId::Boottime).saturating_sub(reading(ClockId::Monotonic))
}

/// See above.
#[cfg(not(target_os = "linux"))]
pub fn slept() -> Duration {
    Duration::ZERO
}
