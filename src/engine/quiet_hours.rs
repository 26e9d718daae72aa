//! The person's quiet hours, as minutes after midnight in their zone; the end may lie past midnight.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// For how many minutes more it is quiet at a moment; `None` where it is not.
pub(crate) fn minutes_left(
    (start, end): (u16, u16),
    time_zone: &TimeZone,
    at: Timestamp,
) -> Option<u16> {
    let local = at.to_zoned(time_zone.clone());
    let hour = u16::try_from(local.hour()).unwrap_or(0);
    let minute = u16::try_from(local.minute()).unwrap_or(0);
    let now = hour.saturating_mul(60).saturating_add(minute);
    // The second covers the hours after midnight of a span that began the evening before.
    [now, now.saturating_add(DAY)]
        .into_iter()
        .find(|minute| (start..end).contains(minute))
        .map(|minute| end.saturating_sub(minute))
}

/// When the quiet hours that a moment lies in end; the moment itself where it lies in none.
pub(crate) fn end_of(quiet: (u16, u16), time_zone: &TimeZone, at: Timestamp) -> Timestamp {
    let Some(minutes) = minutes_left(quiet, time_zone, at) else {
        return at;
    };
    let into_the_minute = at.as_second().rem_euclid(60);
    let wait = SignedDuration::from_mins(i64::from(minutes))
        .saturating_sub(SignedDuration::from_secs(into_the_minute));
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(at: &str, quiet: (u16, u16)) -> String {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        end_of(quiet, &tokyo, at.parse().unwrap()).to_string()
    }

    #[test]
    fn quiet_hours_end_on_the_minute_also_past_midnight() {
        // 03:10:30 in Tokyo.
        let night = "2026-11-21T18:10:30Z";
        assert_eq!(end(night, (60, 360)), "2026-11-21T21:00:00Z");
        assert_eq!(end(night, (23 * 60, 30 * 60)), "2026-11-21T21:00:00Z");
        // 23:30 in Tokyo.
        let evening = "2026-11-21T14:30:00Z";
        assert_eq!(end(evening, (23 * 60, 30 * 60)), "2026-11-21T21:00:00Z");
        assert_eq!(end(evening, (60, 360)), evening);
        // The end itself is not quiet any more.
        assert_eq!(
            end("2026-11-21T21:00:00Z", (60, 360)),
            "2026-11-21T21:00:00Z"
        );
    }
}
