//! When to try a delivery again, and when to stop.

use jiff::{SignedDuration, Timestamp};

/// Wait after the first failure; it doubles with each further one.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(5);
/// The longest wait between two attempts, before jitter.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_secs(600);
/// An attempt that fails this long after the alert was queued may be the last one.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Attempts before an alert is given up, however much time has passed: a laptop that slept for two days must not
/// give up at its first attempt, before the network is back.
const FEWEST_ATTEMPTS: u32 = 20;

/// Whether the attempt that failed at `now` was the last one.
pub(crate) fn is_over(now: Timestamp, since: Timestamp, attempts: u32) -> bool {
    now.duration_since(since) >= GIVE_UP_AFTER && attempts >= FEWEST_ATTEMPTS
}

/// The wait after the `attempts`th failure: doubled each time, then 80 to 120 per cent of it, so that alerts that
/// failed together do not come back together.
pub(crate) fn retry_after(seed: u64, alert: &str, channel: &str, attempts: u32) -> SignedDuration {
    let doublings = attempts.saturating_sub(1).min(10);
    let wait = FIRST_RETRY
        .as_secs()
        .saturating_mul(1_i64.checked_shl(doublings).unwrap_or(i64::MAX))
        .min(LONGEST_RETRY.as_secs());
    // FNV-1a (its authors' 64-bit offset basis and prime).
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
    let bytes = alert.bytes().chain(channel.bytes());
    for byte in bytes.chain(attempts.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let percent = 80_i64.saturating_add(i64::try_from((hash >> 32) % 41).unwrap_or(20));
    SignedDuration::from_millis(wait.saturating_mul(percent).saturating_mul(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_ten_minutes_within_the_jitter() {
        for attempts in 1..200 {
            let full = (5_i64 << (attempts - 1).min(10)).min(600);
            for seed in 0..50 {
                let wait = retry_after(seed, "alert", "channel", attempts).as_millis();
                let (least, most) = (i128::from(full * 800), i128::from(full * 1200));
                assert!(
                    (least..=most).contains(&wait),
                    "{attempts} attempts, seed {seed}: {wait} ms"
                );
            }
        }
    }

    #[test]
    fn two_alerts_that_failed_together_come_back_apart() {
        let waits: std::collections::BTreeSet<_> = (0..20)
            .map(|n| retry_after(1, &format!("alert-{n}"), "desktop", 8))
            .collect();
        assert!(waits.len() > 10, "{waits:?}");
    }
}
