//! The alerts that wait, in the order in which they were queued.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::engine::alert::Alert;
use crate::engine::outbox::delivery::DeliveryState;

/// Alerts with at least one channel that waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue {
    entries: BTreeMap<u64, Entry>,
    next_order: u64,
}

/// One alert on its way.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The alert.
    pub(crate) alert: Box<Alert>,
    /// Its state on each of its channels.
    pub(crate) deliveries: BTreeMap<String, DeliveryState>,
    /// Whether it reached a channel already.
    pub(crate) sent: bool,
}

impl Entry {
    /// Whether the channel still has to get it.
    pub(crate) fn waits_on(&self, channel: &str) -> bool {
        self.due_at(channel).is_some()
    }

    /// Whether any channel still has to get it.
    pub(crate) fn waits(&self) -> bool {
        self.deliveries.values().any(|state| state.is_waiting())
    }

    fn due_at(&self, channel: &str) -> Option<Timestamp> {
        self.deliveries.get(channel)?.due_at()
    }
}

impl Queue {
    /// Puts an alert at the end.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.insert(self.next_order, entry);
        self.next_order = self.next_order.saturating_add(1);
    }

    /// The place of an alert.
    pub(crate) fn order_of(&self, id: &str) -> Option<u64> {
        self.entries
            .iter()
            .find(|(_, entry)| entry.alert.id == id)
            .map(|(order, _)| *order)
    }

    /// The alert at a place.
    pub(crate) fn get_mut(&mut self, order: u64) -> Option<&mut Entry> {
        self.entries.get_mut(&order)
    }

    /// All alerts with their places, the oldest first.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut Entry)> {
        self.entries
            .iter_mut()
            .map(|(order, entry)| (*order, entry))
    }

    /// The alerts of a thread, the oldest first.
    pub(crate) fn of_thread(&self, thread: &str) -> impl Iterator<Item = &Entry> {
        self.entries
            .values()
            .filter(move |entry| entry.alert.thread == thread)
    }

    /// How many alerts wait.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets the alerts that wait on no channel any more.
    pub(crate) fn drop_settled(&mut self) {
        self.entries.retain(|_, entry| entry.waits());
    }

    /// The channels on which something waits.
    pub(crate) fn channels(&self) -> BTreeSet<String> {
        let mut channels = BTreeSet::new();
        for (channel, state) in self.entries.values().flat_map(|entry| &entry.deliveries) {
            // Thousands of alerts wait on a few channels.
            if state.is_waiting() && !channels.contains(channel) {
                channels.insert(channel.clone());
            }
        }
        channels
    }

    /// The loudest alert that is due on a channel, of equally loud ones the oldest.
    pub(crate) fn loudest_due(&self, channel: &str, now: Timestamp) -> Option<(u64, &Entry)> {
        let mut best: Option<(u64, &Entry)> = None;
        for (order, entry) in self.heads(channel) {
            let due = entry.due_at(channel).is_some_and(|at| at <= now);
            let louder =
                best.is_none_or(|(_, loudest)| loudest.alert.severity < entry.alert.severity);
            if due && louder {
                best = Some((order, entry));
            }
        }
        best
    }

    /// When the next alert comes due on a channel.
    pub(crate) fn next_due(&self, channel: &str) -> Option<Timestamp> {
        self.heads(channel)
            .filter_map(|(_, entry)| entry.due_at(channel))
            .min()
    }

    /// Whether a newer alert that is at least as loud waits on the channel for the same place on the screen.
    pub(crate) fn has_newer(&self, order: u64, channel: &str) -> bool {
        let Some(entry) = self.entries.get(&order) else {
            return false;
        };
        self.entries.iter().any(|(other, newer)| {
            *other > order
                && newer.alert.thread == entry.alert.thread
                && newer.alert.severity >= entry.alert.severity
                && newer.waits_on(channel)
        })
    }

    /// The alerts that may go to a channel: of each thread the oldest, since an older alert that arrived after a
    /// newer one would take its place on the screen.
    fn heads<'a, 'b>(
        &'a self,
        channel: &'b str,
    ) -> impl Iterator<Item = (u64, &'a Entry)> + use<'a, 'b> {
        let mut threads = BTreeSet::new();
        self.entries
            .iter()
            .filter(move |(_, entry)| {
                entry.waits_on(channel) && threads.insert(entry.alert.thread.as_str())
            })
            .map(|(order, entry)| (*order, entry))
    }
}
