//! Floods of mail: subscription bombs that bury the one mail that matters.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::span;

/// The window in which mails are counted.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Fewer mails are never a flood.
const AT_LEAST: usize = 30;

/// A flood is this many times the busiest ordinary hour (its 99th percentile).
const TIMES_ORDINARY: usize = 6;

/// A flood comes from at least so many senders that never wrote before.
const NEW_SENDERS: usize = 10;

/// Within this time further mails belong to the same flood.
const SAME_FLOOD: SignedDuration = SignedDuration::from_hours(6);

/// Senders that are remembered; an ordinary mailbox stays far below. Later ones count as new for ever.
const SENDERS_AT_MOST: usize = 4_096;

/// Mails of the window that are remembered; beyond it the flood has long been told.
const WINDOW_AT_MOST: usize = 512;

/// Hourly counts are told apart up to here.
const BUSIEST: u32 = 10_000;

/// Counts mails; knows which senders wrote before and how busy an hour ordinarily is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloodWatch {
    senders: BTreeSet<u32>,
    window: VecDeque<(Timestamp, u32, bool)>,
    /// The hour being counted, since the epoch, and its mails so far.
    hour: Option<(i64, u32)>,
    /// How many ended hours had so many mails; hours without any mail are not kept.
    hours: BTreeMap<u32, u32>,
    flooded_at: Option<Timestamp>,
}

impl FloodWatch {
    /// Counts a mail; says whether a flood begins with it. `sender` is a hash of the sender, of the list for a list mail.
    pub fn arrived(&mut self, at: Timestamp, sender: u32) -> bool {
        let is_new = !self.senders.contains(&sender);
        if is_new && self.senders.len() < SENDERS_AT_MOST {
            self.senders.insert(sender);
        }
        self.count_hour(at);
        self.window.push_back((at, sender, is_new));
        let after = span::before(at, WINDOW);
        self.window.retain(|(arrived, _, _)| *arrived > after);
        while self.window.len() > WINDOW_AT_MOST {
            self.window.pop_front();
        }
        let strangers: BTreeSet<u32> = self
            .window
            .iter()
            .filter(|(_, _, is_new)| *is_new)
            .map(|(_, sender, _)| *sender)
            .collect();
        let limit = AT_LEAST
            .max(TIMES_ORDINARY.saturating_mul(self.busiest_ordinary_hour()))
            .min(WINDOW_AT_MOST.saturating_sub(1));
        let floods = self.window.len() > limit && strangers.len() >= NEW_SENDERS;
        if !floods {
            return false;
        }
        let same = self
            .flooded_at
            .is_some_and(|before| span::between(at, before) < SAME_FLOOD);
        self.flooded_at = Some(at);
        !same
    }

    fn count_hour(&mut self, at: Timestamp) {
        let hour = at.as_second().div_euclid(3_600);
        match &mut self.hour {
            Some((current, count)) if *current == hour => *count = count.saturating_add(1),
            Some((current, count)) if *current < hour => {
                let ended = (*count).min(BUSIEST);
                *current = hour;
                *count = 1;
                let hours = self.hours.entry(ended).or_default();
                *hours = hours.saturating_add(1);
            }
            // A mail that arrived late belongs to an hour that is already counted.
            Some(_) => {}
            None => self.hour = Some((hour, 1)),
        }
    }

    /// The 99th percentile of the hours in which any mail came.
    fn busiest_ordinary_hour(&self) -> usize {
        let total: u64 = self.hours.values().map(|hours| u64::from(*hours)).sum();
        let above = total.div_euclid(100);
        let mut passed = 0_u64;
        for (count, hours) in self.hours.iter().rev() {
            passed = passed.saturating_add(u64::from(*hours));
            if passed > above {
                return usize::try_from(*count).unwrap_or(usize::MAX);
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(1_790_000_000_i64.saturating_add(seconds), 0).unwrap()
    }

    #[test]
    fn a_subscription_bomb_is_told_once() {
        let mut watch = FloodWatch::default();
        let told: Vec<i64> = (0..900)
            .filter(|number| watch.arrived(at(*number), u32::try_from(*number).unwrap()))
            .collect();
        assert_eq!(told, [30], "with the 31st mail, and never again");
    }

    #[test]
    fn a_busy_mailing_list_is_one_sender() {
        let mut watch = FloodWatch::default();
        assert!((0..400).all(|second| !watch.arrived(at(second), 7)));
    }

    #[test]
    fn a_busy_mailbox_needs_a_larger_flood() {
        let mut watch = FloodWatch::default();
        for hour in 0..200 {
            for mail in 0..20 {
                assert!(!watch.arrived(at(hour * 3_600 + mail * 60), 1));
            }
        }
        let start = 201 * 3_600;
        let told: Vec<i64> = (0..200)
            .filter(|number| {
                watch.arrived(at(start + number), 100 + u32::try_from(*number).unwrap())
            })
            .collect();
        assert_eq!(told, [120], "six times twenty, and one");
    }

    #[test]
    fn known_senders_are_no_flood() {
        let mut watch = FloodWatch::default();
        for day in 0..40 {
            watch.arrived(at(day * 86_400), u32::try_from(day).unwrap());
        }
        let start = 41 * 86_400;
        assert!(
            (0..40)
                .all(|number| !watch.arrived(at(start + number), u32::try_from(number).unwrap()))
        );
    }
}
