//! How often everything is looked at: with thousands of accounts a look at each costs more than a mail.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::engine::span;

/// With no more accounts than this every event is followed by a look.
const FEW: usize = 100;

/// Between two looks at more.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// When everything may be looked at again.
#[derive(Debug, Default)]
pub(crate) struct Glance {
    next: Option<Timestamp>,
}

impl Glance {
    /// Whether to look now, at so many accounts.
    pub(crate) fn is_due(&mut self, now: Timestamp, accounts: usize) -> bool {
        if accounts > FEW && !self.rest(now).is_zero() {
            return false;
        }
        self.next = (accounts > FEW).then(|| span::after(now, PAUSE));
        true
    }

    /// How long no look is due.
    pub(crate) fn rest(&self, now: Timestamp) -> Duration {
        // One that is further away is of a clock that was set back.
        self.next
            .map(|next| next.duration_since(now))
            .filter(|rest| *rest <= PAUSE)
            .and_then(|rest| Duration::try_from(rest).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000_i64.saturating_add(milliseconds)).unwrap()
    }

    #[test]
    fn few_accounts_are_looked_at_after_every_event_and_many_once_a_second() {
        let mut glance = Glance::default();
        assert!(glance.is_due(at(0), 3));
        assert!(glance.is_due(at(1), 3));
        assert!(glance.is_due(at(2), 10_000));
        assert!(!glance.is_due(at(900), 10_000));
        assert_eq!(glance.rest(at(900)), Duration::from_millis(102));
        assert!(glance.is_due(at(1_002), 10_000));
        // A clock that was set back holds nothing up.
        assert!(glance.is_due(at(-100_000), 10_000));
    }
}
