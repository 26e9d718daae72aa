//! Sums of times that cannot overflow.

use jiff::{SignedDuration, Timestamp};

/// `at + span`, or the end of time.
pub fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// `at - span`, or the beginning of time.
pub fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// The distance between two times, whichever comes first.
pub fn between(one: Timestamp, other: Timestamp) -> SignedDuration {
    one.duration_since(other).abs()
}
