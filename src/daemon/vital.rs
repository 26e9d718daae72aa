//! What systemd is told: that the loop and every account's task are alive, and in one line what is watched.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use tracing::error;

use crate::config::{Config, Limits};
use crate::daemon::people::People;
use crate::daemon::trouble;
use crate::engine::span;
use crate::engine::watch::output::AccountState;

/// How often the watchdog is fed within its time: a late turn of the loop must not look like a hang.
const FEEDS: u32 = 4;

/// What a task may be late on a busy machine, beyond the longest step that its limits allow.
const SLACK: Duration = Duration::from_mins(1);

/// The watchdog of systemd, and what `systemctl status` shows.
///
/// The event loop itself feeds it, so a loop that hangs starves it; so does a task of an account that hangs. An account
/// that is blind while its task tries again is alive.
pub(crate) struct Vital {
    watchdog: Option<Watchdog>,
    shown: String,
}

impl Vital {
    /// Feeds a watchdog where systemd set one for this process.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            watchdog: sd_notify::watchdog_enabled().map(|timeout| Watchdog::new(timeout, now)),
            shown: String::new(),
        }
    }

    /// How long not to call [`Self::look`] at most.
    pub(crate) fn nap(&self, now: Timestamp) -> Duration {
        self.watchdog.as_ref().map_or(Duration::MAX, |watchdog| {
            // What is overdue has a negative rest, which is no `Duration`.
            Duration::try_from(watchdog.due.duration_since(now)).unwrap_or_default()
        })
    }

    /// Feeds the watchdog where that is due and everything is alive, and shows what changed.
    pub(crate) fn look(
        &mut self,
        config: &Config,
        people: &People,
        pulses: &BTreeMap<String, u64>,
        now: Timestamp,
    ) {
        if let Some(watchdog) = &mut self.watchdog {
            match watchdog.look(now, pulses, patience(&config.limits)) {
                Verdict::NotDue => {}
                Verdict::Alive => feed(),
                Verdict::Hangs(accounts) => error!(
                    accounts = accounts.join(", "),
                    "a watch shows no sign of life; the watchdog gets none either, so that systemd starts mailward anew"
                ),
            }
        }
        let states = config
            .accounts
            .iter()
            .map(|account| (account.name.as_str(), people.state_of(&account.name)));
        let line = line(now, states);
        if line != self.shown {
            trouble::show(&line);
            self.shown = line;
        }
    }

    /// Something else was shown meanwhile.
    pub(crate) fn show_again(&mut self) {
        self.shown.clear();
    }
}

/// Waits while the loop waits for something outside, and says that it lives.
pub(crate) async fn wait(time: Duration) {
    let Some(piece) = sd_notify::watchdog_enabled().and_then(|timeout| timeout.checked_div(FEEDS))
    else {
        return tokio::time::sleep(time).await;
    };
    let mut left = time;
    while !left.is_zero() {
        feed();
        let nap = left.min(piece.max(Duration::from_millis(1)));
        tokio::time::sleep(nap).await;
        left = left.saturating_sub(nap);
    }
}

/// The start is over, or a reload.
pub(crate) fn ready() {
    let _ = sd_notify::notify(&[NotifyState::Ready]);
}

/// A reload begins; systemd wants to know when, so that it does not take an older `READY=1` for its end.
pub(crate) fn reloading() {
    let mut states = vec![NotifyState::Reloading];
    states.extend(NotifyState::monotonic_usec_now());
    let _ = sd_notify::notify(&states);
}

fn feed() {
    let _ = sd_notify::notify(&[NotifyState::Watchdog]);
}

/// Whether it is time to feed, and whether everybody is alive.
struct Watchdog {
    every: SignedDuration,
    due: Timestamp,
    signs: BTreeMap<String, Sign>,
}

/// How often a task beat when that was last more than before, and when.
struct Sign {
    count: u64,
    since: Timestamp,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    NotDue,
    Alive,
    /// These accounts' tasks do not move.
    Hangs(Vec<String>),
}

impl Watchdog {
    fn new(timeout: Duration, now: Timestamp) -> Self {
        let every = timeout.checked_div(FEEDS).unwrap_or(timeout);
        Self {
            every: SignedDuration::try_from(every).unwrap_or(SignedDuration::MAX),
            due: now,
            signs: BTreeMap::new(),
        }
    }

    /// Compares how often each account's task beat with the last look. One that did not for longer than `patience` hangs.
    fn look(
        &mut self,
        now: Timestamp,
        pulses: &BTreeMap<String, u64>,
        patience: SignedDuration,
    ) -> Verdict {
        let next = span::after(now, self.every);
        // One that is due later than the next one is of a clock that was set back.
        if self.due > now && self.due <= next {
            return Verdict::NotDue;
        }
        self.due = next;
        self.signs.retain(|name, _| pulses.contains_key(name));
        let mut hangs = Vec::new();
        for (name, count) in pulses {
            let sign = self.signs.entry(name.clone()).or_insert(Sign {
                count: *count,
                since: now,
            });
            if sign.count != *count || sign.since > now {
                sign.count = *count;
                sign.since = now;
            } else if now.duration_since(sign.since) > patience {
                hangs.push(name.clone());
            }
        }
        if hangs.is_empty() {
            Verdict::Alive
        } else {
            Verdict::Hangs(hangs)
        }
    }
}

/// How long a task that is alive may be silent: a nap, and steps that each take the longest time that they may.
fn patience(limits: &Limits) -> SignedDuration {
    let steps = limits
        .command_timeout
        .saturating_add(limits.done_timeout)
        .saturating_add(limits.connect_timeout);
    let longest = steps
        .saturating_mul(2)
        .saturating_add(limits.clock_check)
        .saturating_add(SLACK);
    SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX)
}

/// What is watched, in one line; `systemctl` speaks English.
fn line<'a>(
    now: Timestamp,
    accounts: impl Iterator<Item = (&'a str, Option<&'a AccountState>)>,
) -> String {
    let mut all = 0_usize;
    let mut unseen = Vec::new();
    let mut last_mail = None;
    for (name, state) in accounts {
        all = all.saturating_add(1);
        if !state.is_some_and(|state| state.activity.sees()) {
            unseen.push(name);
        }
        last_mail = last_mail.max(state.and_then(|state| state.last_mail));
    }
    let noun = if all == 1 { "account" } else { "accounts" };
    let mut line = if unseen.is_empty() {
        format!("watching {all} {noun}")
    } else {
        let seen = all.saturating_sub(unseen.len());
        format!("watching {seen} of {all} {noun}, not {}", unseen.join(", "))
    };
    if let Some(at) = last_mail {
        let _ = write!(line, "; last mail {}", ago(now.duration_since(at)));
    }
    line
}

fn ago(age: SignedDuration) -> String {
    match (age.as_hours().unsigned_abs(), age.as_mins()) {
        (0, ..1) => "just now".to_owned(),
        (0, minutes) => format!("{minutes} min ago"),
        (hours @ 1..48, _) => format!("{hours} h ago"),
        (hours, _) => format!("{} days ago", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::watch::output::Activity;

    const PATIENCE: SignedDuration = SignedDuration::from_secs(100);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000_i64.saturating_add(seconds)).unwrap()
    }

    fn pulses(home: u64, work: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([("home".to_owned(), home), ("work".to_owned(), work)])
    }

    fn watchdog() -> Watchdog {
        Watchdog::new(Duration::from_secs(40), at(0))
    }

    #[test]
    fn it_is_fed_four_times_within_its_time() {
        let mut watchdog = watchdog();
        assert_eq!(
            watchdog.look(at(0), &pulses(1, 1), PATIENCE),
            Verdict::Alive
        );
        assert_eq!(
            watchdog.look(at(9), &pulses(2, 2), PATIENCE),
            Verdict::NotDue
        );
        assert_eq!(watchdog.due, at(10));
        assert_eq!(
            watchdog.look(at(10), &pulses(2, 2), PATIENCE),
            Verdict::Alive
        );
    }

    #[test]
    fn a_task_that_does_not_move_starves_it_and_one_that_moves_again_feeds_it() {
        let mut watchdog = watchdog();
        let hangs = Verdict::Hangs(vec!["work".to_owned()]);
        assert_eq!(
            watchdog.look(at(0), &pulses(1, 1), PATIENCE),
            Verdict::Alive
        );
        assert_eq!(
            watchdog.look(at(90), &pulses(9, 1), PATIENCE),
            Verdict::Alive
        );
        assert_eq!(watchdog.look(at(110), &pulses(11, 1), PATIENCE), hangs);
        assert_eq!(watchdog.look(at(120), &pulses(12, 1), PATIENCE), hangs);
        assert_eq!(
            watchdog.look(at(130), &pulses(13, 2), PATIENCE),
            Verdict::Alive
        );
    }

    #[test]
    fn an_account_that_is_gone_or_new_hangs_nothing() {
        let mut watchdog = watchdog();
        watchdog.look(at(0), &pulses(1, 1), PATIENCE);
        let home = BTreeMap::from([("home".to_owned(), 5)]);
        assert_eq!(watchdog.look(at(200), &home, PATIENCE), Verdict::Alive);
        assert_eq!(
            watchdog.look(at(300), &pulses(6, 0), PATIENCE),
            Verdict::Alive
        );
    }

    #[test]
    fn a_clock_that_was_set_back_neither_hides_a_hang_nor_makes_one() {
        let mut watchdog = watchdog();
        watchdog.look(at(10_000), &pulses(1, 1), PATIENCE);
        assert_eq!(
            watchdog.look(at(0), &pulses(1, 1), PATIENCE),
            Verdict::Alive
        );
        assert_eq!(
            watchdog.look(at(101), &pulses(2, 1), PATIENCE),
            Verdict::Hangs(vec!["work".to_owned()])
        );
    }

    #[test]
    fn after_a_sleep_it_is_fed_as_soon_as_the_tasks_have_moved() {
        let mut watchdog = watchdog();
        watchdog.look(at(0), &pulses(1, 1), PATIENCE);
        assert_ne!(
            watchdog.look(at(30_000), &pulses(1, 1), PATIENCE),
            Verdict::Alive
        );
        assert_eq!(
            watchdog.look(at(30_010), &pulses(2, 2), PATIENCE),
            Verdict::Alive
        );
    }

    #[test]
    fn limits_that_allow_long_steps_make_patience_longer() {
        let slow = Limits {
            command_timeout: Duration::from_mins(10),
            ..Limits::default()
        };
        assert!(patience(&slow) > SignedDuration::from_mins(20));
        assert!(patience(&Limits::default()) < SignedDuration::from_mins(5));
    }

    #[test]
    fn the_line_says_what_is_watched_and_what_is_not() {
        let state = |activity, last_mail: Option<i64>| AccountState {
            activity,
            connected_since: None,
            last_contact: None,
            last_mail: last_mail.map(at),
            last_error: None,
            trouble: None,
            next_try: None,
            blind: false,
            poll_seconds: None,
            folders_gone: Vec::new(),
        };
        let home = state(Activity::Idling, Some(-190));
        let work = state(Activity::Polling, Some(-7_300));
        let both = [("home", Some(&home)), ("work", Some(&work))];
        assert_eq!(
            line(at(0), both.into_iter()),
            "watching 2 accounts; last mail 3 min ago"
        );
        let lost = state(Activity::Waiting, Some(-7_300));
        let one = [("home", Some(&lost)), ("work", Some(&work))];
        assert_eq!(
            line(at(0), one.into_iter()),
            "watching 1 of 2 accounts, not home; last mail 2 h ago"
        );
        assert_eq!(
            line(at(0), [("home", None)].into_iter()),
            "watching 0 of 1 account, not home"
        );
        let old = state(Activity::Reading, Some(-300_000));
        let line = line(at(0), [("home", Some(&old))].into_iter());
        assert_eq!(line, "watching 1 account; last mail 3 days ago");
    }
}
