//! The only reader of the clock.

use jiff::Timestamp;

/// The wall clock's time.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
