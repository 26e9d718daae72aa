//! The only reader of the clock.

use std::sync::Arc;

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
