//! How single values are written: durations, quiet hours, levels, paths.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;

use crate::config::error::Fault;
use crate::engine::incident::Severity;
use crate::io::environment;

/// Reads a duration: a whole number and one of `ms`, `s`, `m`, `h`, `d`.
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    // A duration that a timestamp cannot be moved by is a typing error.
    number
        .checked_mul(seconds)
        .filter(|seconds| *seconds <= 86_400 * 36_500)
        .map(Duration::from_secs)
}

/// Reads quiet hours, `HH:MM-HH:MM`, as minutes after midnight; an end that is not after the start lies on the next
/// day and is given as minutes after the first midnight.
pub fn quiet_hours(text: &str) -> Option<(u16, u16)> {
    let (start, end) = text.split_once('-')?;
    let start = minutes(start.trim())?;
    let end = minutes(end.trim())?;
    match start.cmp(&end) {
        std::cmp::Ordering::Less => Some((start, end)),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some((start, end.checked_add(24 * 60)?)),
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let hours: u16 = hours.parse().ok().filter(|hours| *hours < 24)?;
    let minutes: u16 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    hours.checked_mul(60)?.checked_add(minutes)
}

/// Reads the name of a level.
pub fn severity(text: &str) -> Option<Severity> {
    [
        Severity::Info,
        Severity::Notice,
        Severity::Warning,
        Severity::Critical,
    ]
    .into_iter()
    .find(|severity| severity.name() == text)
}

/// The text, where there is any.
pub fn filled(value: Spanned<String>, key: &str) -> Result<String, Fault> {
    if value.get_ref().trim().is_empty() {
        return Err(Fault::new(
            value.span(),
            format!("`{key}` is empty"),
            format!("fill `{key}` in, or leave the key out where it is optional"),
        ));
    }
    Ok(value.into_inner())
}

/// `~/` is the home folder; a relative path starts in `folder`, which is the configuration's.
pub fn resolve(path: &str, folder: &Path) -> PathBuf {
    match (path.strip_prefix("~/"), environment::home()) {
        (Some(rest), Some(home)) => home.join(rest),
        (Some(_) | None, _) => folder.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_number_and_a_known_unit() {
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("90d"), Some(Duration::from_hours(90 * 24)));
        for bad in [
            "",
            "60",
            "s",
            "1.5h",
            "-1s",
            "1w",
            "6 0s",
            "99999999999999999999s",
            "99999999d",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn quiet_hours_may_cross_midnight_but_not_be_empty() {
        assert_eq!(quiet_hours("01:00-06:00"), Some((60, 360)));
        assert_eq!(quiet_hours("23:30-06:00"), Some((1_410, 1_800)));
        for bad in [
            "",
            "01:00",
            "1:00-6:00",
            "24:00-06:00",
            "01:60-06:00",
            "01:00-01:00",
            "+1:00-06:00",
        ] {
            assert_eq!(quiet_hours(bad), None, "{bad}");
        }
    }
}
