//! Reads the dates of mail headers and mbox lines, leniently.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Month names (RFC 5322 §3.3).
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The hours of zones that are named (RFC 5322 §4.3), and of JST, which Japanese mailers write.
const ZONES: [(&str, i32); 13] = [
    ("UT", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("JST", 9),
    ("EDT", -4),
    ("EST", -5),
    ("CDT", -5),
    ("CST", -6),
    ("MDT", -6),
    ("MST", -7),
    ("PDT", -7),
    ("PST", -8),
];

/// Reads `Sun, 22 Nov 2026 10:02:03 +0900 (JST)` (RFC 5322 §3.3), `Sun Nov 22 01:02:03 2026` (asctime, in UTC by
/// RFC 4155) and what lies between. `None` without a day, a month, a year and a time of day.
pub fn parse(text: &str) -> Option<Timestamp> {
    of_words(without_comments(text).split([' ', '\t', '\r', '\n', ',']))
}

/// Reads `17-Jul-1996 02:44:25 -0700`, the day with a space in front where it has one digit (`date-time` of RFC 3501
/// §9).
pub fn internal(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.trim().split_once(' ')?;
    of_words(date.split('-').chain(rest.split(' ')))
}

fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> Option<Timestamp> {
    let mut day = None;
    let mut month = None;
    let mut year = None;
    let mut time = None;
    let mut offset = None;
    for token in words {
        if token.is_empty() {
            continue;
        }
        if token.contains(':') {
            time = time.or(time_of_day(token));
        } else if token.bytes().all(|byte| byte.is_ascii_digit()) {
            match token.len() {
                1 | 2 if day.is_none() => day = token.parse::<i8>().ok(),
                4 => year = year.or(token.parse::<i16>().ok()),
                // RFC 5322 §4.3: two digits below 50 are in this century.
                2 if year.is_none() => year = token.parse::<i16>().ok().map(century),
                _ => {}
            }
        } else if let Some(number) = month_number(token) {
            month = month.or(Some(number));
        } else if let Some(seconds) = numeric_offset(token).or_else(|| named_offset(token)) {
            offset = offset.or(Some(seconds));
        }
    }
    let (hour, minute, second) = time?;
    let local = DateTime::new(year?, month?, day?, hour, minute, second, 0).ok()?;
    let offset = Offset::from_seconds(offset.unwrap_or(0)).ok()?;
    TimeZone::fixed(offset)
        .to_timestamp(local)
        .ok()
        .filter(|at| *at >= Timestamp::UNIX_EPOCH)
}

/// Reads whole seconds since 1970, as Maildir names begin with.
pub fn from_seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::UNIX_EPOCH
        .checked_add(SignedDuration::from_secs(seconds))
        .ok()
        .filter(|at| *at > Timestamp::UNIX_EPOCH)
}

fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains(['(', ')']) {
        return text.into();
    }
    let mut depth = 0_usize;
    text.chars()
        .filter(|character| match character {
            '(' => {
                depth = depth.saturating_add(1);
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

fn time_of_day(token: &str) -> Option<(i8, i8, i8)> {
    let mut parts = token.split(':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second: i8 = match parts.next() {
        Some(text) => text.parse().ok()?,
        None => 0,
    };
    // RFC 5322 §3.3 allows the leap second, a timestamp does not.
    Some((hour, minute, if second == 60 { 59 } else { second }))
}

fn numeric_offset(token: &str) -> Option<i32> {
    let (sign, digits) = match (token.strip_prefix('+'), token.strip_prefix('-')) {
        (Some(digits), _) => (1_i32, digits),
        (None, Some(digits)) => (-1_i32, digits),
        (None, None) => return None,
    };
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = hours
        .parse::<i32>()
        .ok()?
        .checked_mul(60)?
        .checked_add(minutes.parse::<i32>().ok()?)?;
    minutes.checked_mul(60)?.checked_mul(sign)
}

fn named_offset(token: &str) -> Option<i32> {
    let (_, hours) = ZONES
        .iter()
        .find(|(name, _)| token.eq_ignore_ascii_case(name))?;
    hours.checked_mul(3_600)
}

fn month_number(token: &str) -> Option<i8> {
    if !token.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let short = token.get(..3)?;
    let index = MONTHS
        .iter()
        .position(|month| short.eq_ignore_ascii_case(month))?;
    i8::try_from(index).ok()?.checked_add(1)
}

fn century(year: i16) -> i16 {
    year.saturating_add(if year < 50 { 2_000 } else { 1_900 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_of_headers_and_mbox_lines_are_read() {
        let expected: Timestamp = "2026-11-22T01:02:03Z".parse().unwrap();
        for text in [
            "Sun, 22 Nov 2026 10:02:03 +0900 (JST)",
            "22 Nov 2026 01:02:03 GMT",
            " Sun,\r\n 22 Nov 26 10:02:03 JST",
            "Sun Nov 22 01:02:03 2026",
            "Sun Nov 22 01:02:03 +0000 2026",
            "Sat, 21 Nov 2026 20:02:03 -0500",
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in [
            "",
            "Sun, 22 Nov 2026",
            "32 Nov 2026 01:02:03 +0000",
            "22 Nov 2026 25:02:03 +0000",
            "22 Foo 2026 01:02:03",
            "22 Nov 1960 01:02:03 +0000",
            "99999999999999999999 Nov 2026 01:02:03",
            "22 Nov 2026 : +0000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(from_seconds(0), None);
        assert_eq!(from_seconds(i64::MAX), None);
    }

    #[test]
    fn dates_of_a_server_are_read_in_any_case_and_odd_ones_are_none() {
        let expected = Some("1996-07-17T09:44:25Z".parse().unwrap());
        assert_eq!(internal("17-Jul-1996 02:44:25 -0700"), expected);
        assert_eq!(internal("17-JUL-1996 02:44:25 -0700"), expected);
        assert_eq!(internal("17-Foo-1996 02:44:25 -0700"), None);
        assert_eq!(internal("40-Jul-1996 02:44:25 -0700"), None);
        assert_eq!(internal(""), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_is_too_odd(text in "([0-9]{1,4}|[A-Za-z]{1,4}|[-+:, ()\\PC]){0,20}") {
            let _ = (parse(&text), internal(&text));
        }
    }
}
