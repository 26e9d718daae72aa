//! Moments in the person's time zone, as a sentence or a column needs them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::engine::wording::phrases::{Day, Moment, Phrases};

/// A moment relative to `now`.
pub fn moment(at: Timestamp, now: Timestamp, time_zone: &TimeZone) -> Moment {
    let at = time_zone.to_datetime(at);
    let today = time_zone.to_datetime(now).date();
    let yesterday = today.checked_sub(1.day()).ok();
    let date = at.date();
    let day = if date == today {
        Day::Today
    } else if Some(date) == yesterday {
        Day::Yesterday
    } else if date.year() == today.year() {
        Day::Date(date)
    } else {
        Day::FullDate(date)
    };
    Moment {
        day,
        clock: clock(at),
    }
}

/// Day and time for a column of the report.
pub fn column(at: Timestamp, time_zone: &TimeZone, phrases: &dyn Phrases) -> String {
    let at = time_zone.to_datetime(at);
    phrases.short_moment(at.date(), &clock(at))
}

/// The time of day, to the minute.
pub fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}
