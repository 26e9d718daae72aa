//! How long to wait before the next attempt, and how often one may connect at all.

use jiff::{SignedDuration, Timestamp};

/// Capped exponential waiting with jitter. The jitter comes from a seed, so that a test can repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    random: u64,
}

/// The first and the longest wait of one kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The wait after the first failure; doubled after each further one.
    pub first: SignedDuration,
    /// Never longer than this.
    pub longest: SignedDuration,
}

impl Backoff {
    /// Jitter from a seed; accounts should not share one.
    pub fn new(seed: u64) -> Self {
        Self { random: seed }
    }

    /// The wait before the attempt that follows `failures` earlier ones without a success (0 is the first retry):
    /// the doubled first wait, at most the longest, of which a random half is cut off so that many clients of
    /// one server do not come back in step.
    pub fn delay(&mut self, span: Span, failures: u32) -> SignedDuration {
        let factor = 1_i32.checked_shl(failures.min(24)).unwrap_or(i32::MAX);
        let whole = span
            .first
            .checked_mul(factor)
            .unwrap_or(span.longest)
            .min(span.longest);
        let half = whole.checked_div(2).unwrap_or(whole);
        let nanos = u64::try_from(half.as_nanos()).unwrap_or(0);
        let cut = self
            .next_random()
            .checked_rem(nanos.saturating_add(1))
            .unwrap_or(0);
        whole.saturating_sub(SignedDuration::from_nanos(i64::try_from(cut).unwrap_or(0)))
    }

    /// One step of splitmix64: small, and good enough to spread waits.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A token bucket over successful connects: "login works, opening the folder fails, repeat" cannot spin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectRate {
    burst: u32,
    refill: SignedDuration,
    /// When each token that was taken comes back, earliest first.
    taken_until: Vec<Timestamp>,
}

impl ConnectRate {
    /// `burst` connects at once, afterwards one for each `refill`.
    pub fn new(burst: u32, refill: SignedDuration) -> Self {
        Self {
            burst: burst.max(1),
            refill,
            taken_until: Vec::new(),
        }
    }

    /// The earliest moment at which one may connect.
    pub fn earliest(&self, now: Timestamp) -> Timestamp {
        let busy: Vec<Timestamp> = self
            .taken_until
            .iter()
            .copied()
            .filter(|until| *until > now)
            .collect();
        let free = usize::try_from(self.burst)
            .unwrap_or(usize::MAX)
            .checked_sub(busy.len())
            .is_some_and(|free| free > 0);
        if free {
            now
        } else {
            busy.first().copied().unwrap_or(now)
        }
    }

    /// Counts a connect that succeeded.
    pub fn count(&mut self, now: Timestamp) {
        self.taken_until.retain(|until| *until > now);
        let start = self.taken_until.last().copied().unwrap_or(now).max(now);
        self.taken_until
            .push(start.checked_add(self.refill).unwrap_or(Timestamp::MAX));
    }

    /// Forgets what was counted: after a jump of the clock the moments mean nothing.
    pub fn clear(&mut self) {
        self.taken_until.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span {
        first: SignedDuration::from_secs(2),
        longest: SignedDuration::from_secs(80),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn each_wait_is_between_half_and_the_whole_of_the_doubled_one_and_never_above_the_longest() {
        let mut backoff = Backoff::new(7);
        for failures in 0..200 {
            let whole = 2_i64.saturating_mul(1 << failures.min(20)).min(80);
            let wait = backoff.delay(SPAN, failures);
            assert!(wait <= SignedDuration::from_secs(whole), "{failures}");
            assert!(
                wait >= SignedDuration::from_millis(whole * 500),
                "{failures}"
            );
        }
    }

    #[test]
    fn two_seeds_do_not_walk_in_step() {
        let (mut one, mut two) = (Backoff::new(1), Backoff::new(2));
        assert_ne!(one.delay(SPAN, 5), two.delay(SPAN, 5));
        let mut again = Backoff::new(1);
        let mut first = Backoff::new(1);
        assert_eq!(again.delay(SPAN, 5), first.delay(SPAN, 5));
    }

    #[test]
    fn two_connects_at_once_then_one_a_minute() {
        let mut rate = ConnectRate::new(2, SignedDuration::from_secs(60));
        assert_eq!(rate.earliest(at(0)), at(0));
        rate.count(at(0));
        assert_eq!(rate.earliest(at(1)), at(1));
        rate.count(at(1));
        assert_eq!(rate.earliest(at(2)), at(60));
        rate.count(at(60));
        assert_eq!(rate.earliest(at(61)), at(120));
        assert_eq!(rate.earliest(at(1000)), at(1000));
    }
}
