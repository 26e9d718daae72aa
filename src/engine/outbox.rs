//! Which alert goes to which channel next, and what becomes of one that does not get through.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::engine::alert::Alert;
use crate::engine::outbox::delivery::{Delivery, DeliveryState};
use crate::engine::outbox::queue::{Entry, Queue};
use crate::engine::outbox::retry::{is_over, retry_after};
use crate::engine::outbox::route::Routes;
use crate::engine::step::Step;

pub mod delivery;
mod failing;
mod holding;
mod queue;
mod retry;
pub mod route;

/// A delivery of which nothing is heard for this long counts as failed, so that a lost answer blocks no channel.
const ANSWER_LIMIT: SignedDuration = SignedDuration::from_secs(120);

/// What can happen to an outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// An alert was stored and is to go to these channels.
    Queued {
        /// The alert.
        alert: Box<Alert>,
        /// Names of the channels.
        channels: Vec<String>,
    },
    /// After a start: an alert that the store still holds as waiting, in the order in which it was queued.
    Restored {
        /// The alert.
        alert: Box<Alert>,
        /// Its state on each channel.
        deliveries: BTreeMap<String, DeliveryState>,
    },
    /// A channel took an alert.
    Delivered {
        /// The alert's id.
        alert: String,
        /// The channel.
        channel: String,
    },
    /// A channel did not take an alert.
    Undelivered {
        /// The alert's id.
        alert: String,
        /// The channel.
        channel: String,
        /// Whether another attempt can end otherwise.
        retry: bool,
    },
    /// A channel did not take an alert, and asks to be left alone for a while.
    Busy {
        /// The alert's id.
        alert: String,
        /// The channel.
        channel: String,
        /// For how long.
        wait: SignedDuration,
    },
    /// The person answered, or nothing is left to answer.
    Answered {
        /// See [`Alert::thread`].
        thread: String,
    },
    /// Time passed.
    Tick,
}

/// What the outbox wants done. The `Record`s and the `Sent` of one step belong into one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Hand the alert to the channel, and report back with `Delivered` or `Undelivered`.
    Deliver {
        /// The alert.
        alert: Box<Alert>,
        /// The channel.
        channel: String,
    },
    /// Store this.
    Record(Delivery),
    /// The alert reached its first channel: the correlator's `Delivered`.
    Sent {
        /// The alert's id.
        alert: String,
    },
    /// The alert will never reach the channel: say so in the log.
    GivenUp {
        /// The alert's id.
        alert: String,
        /// The channel.
        channel: String,
    },
    /// The outbox's own alert (a channel failed): store it, then give it back as `Queued`.
    Ring {
        /// The alert.
        alert: Box<Alert>,
        /// Names of the channels.
        channels: Vec<String>,
    },
}

/// How an outbox is set up.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Names of all channels that the config has now.
    pub channels: Vec<String>,
    /// Seed of the jitter.
    pub seed: u64,
    /// What each channel waits for.
    pub routes: Routes,
}

/// The outbox: at least once for each alert and channel, the loudest first, one at a time a channel.
///
/// A crash between a delivery and its `Record` repeats the alert under the same id, and so does a delivery whose
/// answer came too late; a channel that can replace shows it once.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    options: Options,
    queue: Queue,
    /// What each channel is busy with, and until when to wait for its answer.
    in_flight: BTreeMap<String, (u64, Timestamp)>,
    /// Channels whose failure was told and that did not deliver since.
    failed: BTreeSet<String>,
    /// Channels that asked to be left alone, and until when.
    held: BTreeMap<String, Timestamp>,
    /// The moment of the last step.
    last_step: Option<Timestamp>,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// Takes one input at `now` and says what follows from it.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Step<Output> {
        self.steps(now, [input])
    }

    /// Takes what came at one moment: a channel then gets the loudest of it first, and of a thread the latest alone.
    pub fn steps(
        &mut self,
        now: Timestamp,
        inputs: impl IntoIterator<Item = Input>,
    ) -> Step<Output> {
        let mut outputs = Vec::new();
        if self.last_step.is_some_and(|last| now < last) {
            self.clock_set_back(now);
        }
        self.last_step = Some(now);
        for input in inputs {
            self.take(now, input, &mut outputs);
        }
        self.expire(now, &mut outputs);
        self.dispatch(now, &mut outputs);
        self.queue.drop_settled();
        Step {
            outputs,
            wake_at: self.wake_at(now),
        }
    }

    fn take(&mut self, now: Timestamp, input: Input, outputs: &mut Vec<Output>) {
        match input {
            Input::Queued { alert, channels } => self.enqueue(now, alert, channels, outputs),
            Input::Restored { alert, deliveries } => {
                self.restore(now, alert, deliveries, outputs);
            }
            Input::Delivered { alert, channel } => {
                self.delivered(now, &alert, &channel, outputs);
            }
            Input::Undelivered {
                alert,
                channel,
                retry,
            } => {
                if let Some(order) = self.queue.order_of(&alert) {
                    self.undelivered(now, order, &channel, retry, outputs);
                }
            }
            Input::Busy {
                alert,
                channel,
                wait,
            } => {
                self.hold(now, &channel, wait);
                if let Some(order) = self.queue.order_of(&alert) {
                    self.undelivered(now, order, &channel, true, outputs);
                }
            }
            Input::Answered { thread } => self.answered(now, &thread, outputs),
            Input::Tick => {}
        }
    }

    /// How many alerts still wait on some channel.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    fn enqueue(
        &mut self,
        now: Timestamp,
        alert: Box<Alert>,
        channels: Vec<String>,
        outputs: &mut Vec<Output>,
    ) {
        if self.queue.order_of(&alert.id).is_some() {
            return;
        }
        let mut deliveries = BTreeMap::new();
        for channel in channels {
            let since = self.unanswered_since(&alert.thread, &channel, now);
            let state = holding::queued(&self.options.routes, &alert, &channel, since);
            if state != DeliveryState::queued(now) {
                outputs.push(record(&alert, &channel, state));
            }
            self.supersede(now, &alert, &channel, outputs);
            deliveries.insert(channel, state);
        }
        self.queue.push(Entry {
            alert,
            deliveries,
            sent: false,
        });
    }

    /// Takes a stored alert back. Where it waits for channels that the config no longer has, the present ones
    /// take their place: a renamed channel must not swallow an alert.
    fn restore(
        &mut self,
        now: Timestamp,
        alert: Box<Alert>,
        mut deliveries: BTreeMap<String, DeliveryState>,
        outputs: &mut Vec<Output>,
    ) {
        if self.queue.order_of(&alert.id).is_some() {
            return;
        }
        let sent = deliveries
            .values()
            .any(|state| matches!(state, DeliveryState::Delivered { .. }));
        let mut orphaned = false;
        for (channel, state) in &mut deliveries {
            holding::hurry(&self.options.routes, &alert, channel, state, now);
            if state.is_waiting() && !self.options.channels.contains(channel) {
                *state = DeliveryState::GivenUp { at: now };
                orphaned = true;
                outputs.push(record(&alert, channel, *state));
            }
        }
        let reaches_nobody = !sent && !deliveries.values().any(|state| state.is_waiting());
        if orphaned && reaches_nobody {
            for channel in &self.options.channels {
                let state = DeliveryState::queued(now);
                deliveries.insert(channel.clone(), state);
                outputs.push(record(&alert, channel, state));
            }
        }
        self.queue.push(Entry {
            alert,
            deliveries,
            sent,
        });
    }

    fn delivered(&mut self, now: Timestamp, id: &str, channel: &str, outputs: &mut Vec<Output>) {
        self.failed.remove(channel);
        self.held.remove(channel);
        let Some(order) = self.queue.order_of(id) else {
            return;
        };
        self.free(channel, order);
        let Some(entry) = self.queue.get_mut(order) else {
            return;
        };
        if !entry.waits_on(channel) {
            return;
        }
        let state = DeliveryState::Delivered { at: now };
        entry.deliveries.insert(channel.to_owned(), state);
        outputs.push(record(&entry.alert, channel, state));
        if !entry.sent {
            entry.sent = true;
            outputs.push(Output::Sent {
                alert: id.to_owned(),
            });
        }
        // The channel works again: whatever else waits for it need not wait for its own next attempt.
        for (_, other) in self.queue.iter_mut() {
            if let Some(state) = other.deliveries.get_mut(channel) {
                holding::hurry(&self.options.routes, &other.alert, channel, state, now);
            }
        }
    }

    fn undelivered(
        &mut self,
        now: Timestamp,
        order: u64,
        channel: &str,
        retry: bool,
        outputs: &mut Vec<Output>,
    ) {
        self.free(channel, order);
        let newer = self.queue.has_newer(order, channel);
        let Some(entry) = self.queue.get_mut(order) else {
            return;
        };
        let Some(DeliveryState::Waiting {
            attempts, since, ..
        }) = entry.deliveries.get(channel).copied()
        else {
            return;
        };
        let attempts = attempts.saturating_add(1);
        let state = if newer {
            DeliveryState::Superseded { at: now }
        } else if retry && !is_over(now, since, attempts) {
            let wait = retry_after(self.options.seed, &entry.alert.id, channel, attempts);
            DeliveryState::Waiting {
                attempts,
                since,
                next_try: now.saturating_add(wait).unwrap_or(Timestamp::MAX),
            }
        } else {
            DeliveryState::GivenUp { at: now }
        };
        entry.deliveries.insert(channel.to_owned(), state);
        outputs.push(record(&entry.alert, channel, state));
        if matches!(state, DeliveryState::GivenUp { .. }) {
            outputs.push(Output::GivenUp {
                alert: entry.alert.id.clone(),
                channel: channel.to_owned(),
            });
            self.tell_of_failure(now, since, channel, outputs);
        }
    }

    /// Tries everything again at once: moments that were computed from a clock that ran ahead may never come.
    fn clock_set_back(&mut self, now: Timestamp) {
        self.held.clear();
        for (_, entry) in self.queue.iter_mut() {
            for (channel, state) in &mut entry.deliveries {
                holding::hurry(&self.options.routes, &entry.alert, channel, state, now);
            }
        }
        for (_, until) in self.in_flight.values_mut() {
            *until = answer_due(now);
        }
    }

    /// Counts deliveries of which nothing was heard as failed.
    fn expire(&mut self, now: Timestamp, outputs: &mut Vec<Output>) {
        let overdue: Vec<(String, u64)> = self
            .in_flight
            .iter()
            .filter(|(_, (_, until))| *until <= now)
            .map(|(channel, (order, _))| (channel.clone(), *order))
            .collect();
        for (channel, order) in overdue {
            self.undelivered(now, order, &channel, true, outputs);
        }
    }

    /// Gives every idle channel the loudest alert that is due, the older first.
    fn dispatch(&mut self, now: Timestamp, outputs: &mut Vec<Output>) {
        for channel in self.queue.channels() {
            if self.in_flight.contains_key(&channel) || self.held_until(&channel, now) > now {
                continue;
            }
            if let Some((order, entry)) = self.queue.loudest_due(&channel, now) {
                outputs.push(Output::Deliver {
                    alert: entry.alert.clone(),
                    channel: channel.clone(),
                });
                self.in_flight.insert(channel, (order, answer_due(now)));
            }
        }
    }

    /// Drops older alerts of the thread that wait on the channel, unless they are louder than the new one.
    fn supersede(
        &mut self,
        now: Timestamp,
        alert: &Alert,
        channel: &str,
        outputs: &mut Vec<Output>,
    ) {
        let busy = self.in_flight.get(channel).map(|(order, _)| *order);
        for (order, entry) in self.queue.iter_mut() {
            let replaced = Some(order) != busy
                && entry.alert.thread == alert.thread
                && entry.alert.severity <= alert.severity
                && entry.waits_on(channel);
            if replaced {
                let state = DeliveryState::Superseded { at: now };
                entry.deliveries.insert(channel.to_owned(), state);
                outputs.push(record(&entry.alert, channel, state));
            }
        }
    }

    fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let answers = self.in_flight.values().map(|(_, until)| *until);
        let idle = self
            .queue
            .channels()
            .into_iter()
            .filter(|channel| !self.in_flight.contains_key(channel));
        let retries = idle.filter_map(|channel| {
            let due = self.queue.next_due(&channel)?;
            Some(due.max(self.held_until(&channel, now)))
        });
        answers.chain(retries).filter(|at| *at > now).min()
    }

    fn free(&mut self, channel: &str, order: u64) {
        if self
            .in_flight
            .get(channel)
            .is_some_and(|(busy, _)| *busy == order)
        {
            self.in_flight.remove(channel);
        }
    }
}

fn answer_due(now: Timestamp) -> Timestamp {
    now.saturating_add(ANSWER_LIMIT).unwrap_or(Timestamp::MAX)
}

fn record(alert: &Alert, channel: &str, state: DeliveryState) -> Output {
    Output::Record(Delivery {
        alert: alert.id.clone(),
        channel: channel.to_owned(),
        state,
    })
}
