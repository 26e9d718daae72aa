//! The person's quiet hours.

use jiff::Timestamp;

use crate::engine::correlator::Options;

/// Whether a moment lies in the person's quiet hours.
pub(crate) fn is_quiet(options: &Options, at: Timestamp) -> bool {
    let Some((start, end)) = options.quiet_hours else {
        return false;
    };
    let local = at.to_zoned(options.time_zone.clone());
    let hour = u16::try_from(local.hour()).unwrap_or(0);
    let minute = u16::try_from(local.minute()).unwrap_or(0);
    let now = hour.saturating_mul(60).saturating_add(minute);
    (start..end).contains(&now) || (start..end).contains(&now.saturating_add(24 * 60))
}
