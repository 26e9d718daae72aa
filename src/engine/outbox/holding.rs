//! Alerts that wait although their channel works: for an answer elsewhere, for the morning, or because the channel
//! asked to be left alone.

use jiff::{SignedDuration, Timestamp};

use crate::engine::alert::Alert;
use crate::engine::outbox::delivery::DeliveryState;
use crate::engine::outbox::route::Routes;
use crate::engine::outbox::{Outbox, Output, record};

/// A channel cannot ask to be left alone for longer.
const LONGEST_HOLD: SignedDuration = SignedDuration::from_hours(1);

/// The state of an alert that is queued at `now` for a channel, and is not tried before it may be.
pub(crate) fn queued(
    routes: &Routes,
    alert: &Alert,
    channel: &str,
    since: Timestamp,
) -> DeliveryState {
    DeliveryState::Waiting {
        attempts: 0,
        since,
        next_try: routes.not_before(channel, alert, since),
    }
}

/// Makes an alert due at `now`, but not before its channel may get it.
pub(crate) fn hurry(
    routes: &Routes,
    alert: &Alert,
    channel: &str,
    state: &mut DeliveryState,
    now: Timestamp,
) {
    let DeliveryState::Waiting {
        attempts,
        since,
        next_try,
    } = state
    else {
        return;
    };
    if *attempts > 0 {
        *next_try = now.min(*next_try);
        return;
    }
    // What is stored may be earlier than the route allows: it was written before the outbox saw it.
    let allowed = routes.not_before(channel, alert, *since);
    *next_try = allowed.max(now.min(*next_try));
}

impl Outbox {
    /// The person answered: what waits on the channels that ring for the unanswered is needed no more.
    pub(crate) fn answered(&mut self, now: Timestamp, thread: &str, outputs: &mut Vec<Output>) {
        let Self { queue, options, .. } = self;
        for (_, entry) in queue.iter_mut() {
            if entry.alert.thread != thread {
                continue;
            }
            for (channel, state) in &mut entry.deliveries {
                if state.is_waiting() && options.routes.escalates(channel) {
                    *state = DeliveryState::Superseded { at: now };
                    outputs.push(record(&entry.alert, channel, *state));
                }
            }
        }
    }

    /// Since when somebody could have answered the thread: an alert that takes the place of one that still waits for
    /// an answer does not begin the wait anew.
    pub(crate) fn unanswered_since(
        &self,
        thread: &str,
        channel: &str,
        now: Timestamp,
    ) -> Timestamp {
        if !self.options.routes.escalates(channel) {
            return now;
        }
        self.queue
            .of_thread(thread)
            .filter_map(|entry| match entry.deliveries.get(channel) {
                Some(DeliveryState::Waiting { since, .. }) => Some(*since),
                Some(
                    DeliveryState::Delivered { .. }
                    | DeliveryState::Superseded { .. }
                    | DeliveryState::GivenUp { .. },
                )
                | None => None,
            })
            .fold(now, Timestamp::min)
    }

    /// The channel asked to be left alone.
    pub(crate) fn hold(&mut self, now: Timestamp, channel: &str, wait: SignedDuration) {
        let wait = wait.clamp(SignedDuration::ZERO, LONGEST_HOLD);
        let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        self.held.insert(channel.to_owned(), until);
    }

    /// Until when a channel is left alone; `now` where it need not be.
    pub(crate) fn held_until(&self, channel: &str, now: Timestamp) -> Timestamp {
        self.held.get(channel).copied().unwrap_or(now).max(now)
    }
}
