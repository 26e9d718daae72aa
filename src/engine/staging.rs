//! When each of many mailboxes may connect to its host: none of them comes in a storm.
//!
//! A token bucket a host that gives out moments instead of tokens. Who asks gets the next free moment and keeps it, so
//! nobody is overtaken for ever; who gives up hands the moment back, and the next one gets it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::engine::span;

/// How fast one host may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Connections at once; a household has no more.
    pub burst: u32,
    /// Time for one further connection.
    pub refill: SignedDuration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            burst: 20,
            refill: SignedDuration::from_millis(40),
        }
    }
}

/// The moments that were given out, by host.
#[derive(Debug, Clone, Default)]
pub struct Staging {
    hosts: BTreeMap<String, Host>,
}

#[derive(Debug, Clone, Default)]
struct Host {
    /// When a bucket that was left alone from now on would be full again.
    full_at: Option<Timestamp>,
    /// Moments that were handed back.
    free: BTreeSet<Timestamp>,
    /// Moments that somebody waits for.
    awaited: u32,
}

/// The moment at which one connection may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    host: String,
    turn: Timestamp,
    at: Timestamp,
}

impl Slot {
    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

impl Staging {
    /// A moment for a connection to a host, by its name. `random` spreads the moments within their pace; whoever may
    /// connect at once is not held up by it.
    pub fn ask(&mut self, now: Timestamp, host: &str, pace: Pace, random: u64) -> Slot {
        let known = self.hosts.entry(host.to_lowercase()).or_default();
        known.forget_a_wrong_clock(now, pace);
        known.free = known.free.split_off(&now);
        let turn = known
            .free
            .pop_first()
            .unwrap_or_else(|| known.next(now, pace));
        known.awaited = known.awaited.saturating_add(1);
        let at = if turn > now {
            span::after(turn, jitter(pace.refill, random))
        } else {
            now
        };
        Slot {
            host: host.to_lowercase(),
            turn,
            at,
        }
    }

    /// A moment was used.
    pub fn used(&mut self, slot: &Slot) {
        if let Some(host) = self.hosts.get_mut(&slot.host) {
            host.awaited = host.awaited.saturating_sub(1);
        }
    }

    /// A moment will not be used; where it is still to come, somebody else gets it.
    pub fn hand_back(&mut self, now: Timestamp, slot: &Slot) {
        if let Some(host) = self.hosts.get_mut(&slot.host) {
            host.awaited = host.awaited.saturating_sub(1);
            if slot.turn > now {
                host.free.insert(slot.turn);
            }
        }
    }
}

impl Host {
    /// The moment after all that were given out.
    fn next(&mut self, now: Timestamp, pace: Pace) -> Timestamp {
        let full_at = self.full_at.unwrap_or(now).max(now);
        let burst = i32::try_from(pace.burst.max(1)).unwrap_or(i32::MAX);
        let allowance = pace.refill.saturating_mul(burst.saturating_sub(1));
        self.full_at = Some(span::after(full_at, pace.refill));
        span::before(full_at, allowance).max(now)
    }

    /// Moments further away than all who wait explain are of a clock that was set back since.
    fn forget_a_wrong_clock(&mut self, now: Timestamp, pace: Pace) {
        let free = u32::try_from(self.free.len()).unwrap_or(u32::MAX);
        let explained = self.awaited.saturating_add(free).saturating_add(pace.burst);
        let explained = i32::try_from(explained.saturating_add(1)).unwrap_or(i32::MAX);
        let furthest = span::after(now, pace.refill.saturating_mul(explained));
        if self.full_at.is_some_and(|at| at > furthest) {
            self.full_at = None;
            self.free.clear();
        }
    }
}

/// A part of an interval.
fn jitter(interval: SignedDuration, random: u64) -> SignedDuration {
    let nanos = u64::try_from(interval.as_nanos()).unwrap_or(0);
    let part = random.checked_rem(nanos.max(1)).unwrap_or(0);
    SignedDuration::from_nanos(i64::try_from(part).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        burst: 20,
        refill: SignedDuration::from_millis(40),
    };

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000_i64.saturating_add(milliseconds)).unwrap()
    }

    fn random(number: u64) -> u64 {
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The most connections in any one second.
    fn most_in_a_second(moments: &[Timestamp]) -> usize {
        let mut moments = moments.to_vec();
        moments.sort();
        let second = SignedDuration::from_secs(1);
        let within = |first: &Timestamp| {
            let end = span::after(*first, second);
            moments
                .iter()
                .filter(|at| (*first..end).contains(*at))
                .count()
        };
        moments.iter().map(within).max().unwrap_or(0)
    }

    #[test]
    fn a_household_connects_at_once() {
        let mut staging = Staging::default();
        for number in 0..20 {
            let slot = staging.ask(at(0), "imap.example.com", PACE, random(number));
            assert_eq!(slot.at(), at(0));
        }
        assert!(staging.ask(at(0), "imap.example.com", PACE, 7).at() > at(0));
        // Another host has nothing to do with it.
        assert_eq!(staging.ask(at(0), "imap.example.org", PACE, 7).at(), at(0));
    }

    #[test]
    fn ten_thousand_accounts_of_one_host_come_at_its_pace_and_the_last_one_after_seven_minutes() {
        let mut staging = Staging::default();
        let moments: Vec<Timestamp> = (0..10_000)
            .map(|number| {
                staging
                    .ask(at(0), "IMAP.example.com", PACE, random(number))
                    .at()
            })
            .collect();
        // 25 a second, the burst, and what jitter moves over the edges.
        assert!(most_in_a_second(&moments) <= 25 + 20 + 2);
        let last = moments.iter().max().unwrap();
        assert!(*last <= at(400_000), "{last}");
        assert!(*last >= at(399_000), "{last}");
        let gaps: BTreeSet<SignedDuration> = moments
            .iter()
            .zip(moments.iter().skip(PACE.burst as usize))
            .map(|(one, later)| later.duration_since(*one))
            .collect();
        assert!(gaps.len() > 1, "without jitter all would knock in step");
    }

    #[test]
    fn after_an_outage_all_come_back_at_the_same_pace_however_often_they_try() {
        let mut staging = Staging::default();
        let mut done = Vec::new();
        let mut waiting: Vec<Slot> = (0..1_000)
            .map(|number| staging.ask(at(0), "host", PACE, random(number)))
            .collect();
        // Three times the machine sleeps or the network changes, and all who wait begin anew.
        for round in 1..4_i64 {
            let now = at(round * 5_000);
            let (ready, late): (Vec<Slot>, Vec<Slot>) =
                waiting.drain(..).partition(|slot| slot.at() <= now);
            for slot in ready {
                staging.used(&slot);
                done.push(slot.at());
            }
            for slot in &late {
                staging.hand_back(now, slot);
            }
            waiting = (0..late.len() as u64)
                .map(|number| staging.ask(now, "host", PACE, random(number)))
                .collect();
        }
        done.extend(waiting.iter().map(Slot::at));
        assert_eq!(done.len(), 1_000);
        assert!(most_in_a_second(&done) <= 25 + 20 + 2);
        // What was handed back is not lost: nobody is put off by the others' new beginnings.
        let last = done.iter().max().unwrap();
        assert!(*last <= at(41_000), "{last}");
    }

    #[test]
    fn who_asks_first_comes_first_and_those_who_come_later_do_not_overtake() {
        let mut staging = Staging::default();
        let early: Vec<Slot> = (0..500)
            .map(|number| staging.ask(at(0), "host", PACE, random(number)))
            .collect();
        // A greedy account asks again and again meanwhile.
        let greedy: Vec<Slot> = (0..100)
            .map(|number| staging.ask(at(number * 10), "host", PACE, 0))
            .collect();
        let last_early = early.iter().map(Slot::at).max().unwrap();
        assert!(
            greedy
                .iter()
                .all(|slot| slot.turn + PACE.refill > last_early)
        );
    }

    #[test]
    fn an_account_that_connects_for_every_folder_is_counted_each_time() {
        let mut staging = Staging::default();
        let slots: Vec<Timestamp> = (0..120)
            .map(|number| staging.ask(at(0), "host", PACE, random(number)).at())
            .collect();
        assert!(*slots.last().unwrap() >= at(4_000));
    }

    #[test]
    fn a_bucket_that_rests_is_full_again() {
        let mut staging = Staging::default();
        for number in 0..200 {
            let slot = staging.ask(at(0), "host", PACE, number);
            staging.used(&slot);
        }
        for number in 0..20 {
            let slot = staging.ask(at(60_000), "host", PACE, number);
            assert_eq!(slot.at(), at(60_000));
        }
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nobody_up() {
        let mut staging = Staging::default();
        for number in 0..50 {
            let slot = staging.ask(at(86_400_000), "host", PACE, number);
            staging.used(&slot);
        }
        assert_eq!(staging.ask(at(0), "host", PACE, 7).at(), at(0));
    }
}
