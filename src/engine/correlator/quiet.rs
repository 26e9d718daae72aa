//! The person's quiet hours.

use jiff::Timestamp;

use crate::engine::correlator::Options;
use crate::engine::quiet_hours::minutes_left;

/// Whether a moment lies in the person's quiet hours.
pub(crate) fn is_quiet(options: &Options, at: Timestamp) -> bool {
    options
        .quiet_hours
        .is_some_and(|quiet| minutes_left(quiet, &options.time_zone, at).is_some())
}
