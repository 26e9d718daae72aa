//! What leaves the loop: changes go into the store, and only then alerts go to the channels.

use jiff::Timestamp;
use tracing::{debug, error, info};

use crate::daemon::trouble::{self, Patience};
use crate::daemon::{Daemon, Seen, health, vital};
use crate::engine::alert::{Alert, Health};
use crate::engine::correlator::Input;
use crate::engine::outbox;
use crate::io::fault::{Point, pass};
use crate::io::store::change::Change;

impl Daemon {
    /// Hands stored alerts to the outbox.
    pub(crate) async fn send(&mut self, now: Timestamp, alerts: Vec<(Alert, Vec<String>)>) {
        if self.gave_up {
            return;
        }
        let queued = alerts.into_iter().map(|(alert, channels)| {
            info!(id = alert.id, severity = %alert.severity, reason = alert.reason.name(), "alert");
            outbox::Input::Queued {
                alert: Box::new(alert),
                channels,
            }
        });
        let queued = queued.collect();
        self.outbox_steps(now, queued).await;
    }

    pub(crate) async fn outbox_step(&mut self, now: Timestamp, input: outbox::Input) {
        self.outbox_steps(now, vec![input]).await;
    }

    /// Several inputs of one moment, in one transaction.
    pub(crate) async fn outbox_steps(&mut self, now: Timestamp, mut inputs: Vec<outbox::Input>) {
        while !inputs.is_empty() {
            let mut change = Change::default();
            let mut deliver = Vec::new();
            let step = self.outbox.steps(now, std::mem::take(&mut inputs));
            self.wake("", step.wake_at);
            for output in step.outputs {
                match output {
                    outbox::Output::Deliver { alert, channel } => deliver.push((alert, channel)),
                    outbox::Output::Record(delivery) => change.deliveries.push(delivery),
                    outbox::Output::Sent { alert } => {
                        if let Some(person) = self.people.person_of_alert(&alert) {
                            let told = vec![Input::Delivered { alert }];
                            let mut follows = Change::default();
                            self.absorb(&person, now, told, &mut follows);
                            change.append(follows);
                        }
                    }
                    outbox::Output::GivenUp { alert, channel } => {
                        error!(
                            alert,
                            channel, "an alert could not be delivered and was given up"
                        );
                    }
                    outbox::Output::Ring { alert, channels } => {
                        change.alerts.push((*alert, channels));
                    }
                }
            }
            pass(Point::OutboxStepped);
            self.commit(&change).await;
            if self.gave_up {
                return;
            }
            pass(Point::OutboxStored);
            for (alert, channel) in deliver {
                self.channels.deliver(&channel, *alert).await;
                pass(Point::BetweenChannels);
            }
            for (alert, channels) in change.alerts {
                inputs.push(outbox::Input::Queued {
                    alert: Box::new(alert),
                    channels,
                });
            }
        }
    }

    /// Trouble of the watcher itself is an alert like any other.
    pub(crate) async fn tell_health(&mut self, health: &Health) {
        let now = (self.setup.clock)();
        let alert = health::alert(health, now);
        let channels = self.channels.for_severity(alert.severity);
        let change = Change {
            alerts: vec![(alert, channels)],
            ..Change::default()
        };
        self.commit(&change).await;
        self.send(now, change.alerts).await;
    }

    /// Writes the correlators' states, and carries the store's WAL over to its file, where that is due.
    pub(crate) fn carry_over(&mut self) {
        if !self.store.wants_checkpoint() {
            return;
        }
        self.write_states();
        if let Err(problem) = self.store.checkpoint() {
            // All of it is durable; a disk that fails is told at the next commit.
            debug!(%problem, "the WAL stays as it is");
        }
    }

    /// Writes the states that are behind the journal; says whether none is any more.
    pub(crate) fn write_states(&mut self) -> bool {
        let states = self.people.unwritten();
        if states.is_empty() {
            return true;
        }
        match self.store.write_states(&states) {
            Ok(()) => self.people.all_written(),
            // The journal has all of it; a disk that fails is told at the next commit.
            Err(problem) => {
                debug!(%problem, "the states stay behind the journal");
                return false;
            }
        }
        true
    }

    /// Stores a change; a store that fails is told at once, and the change is tried until it is stored.
    pub(crate) async fn commit(&mut self, change: &Change) {
        let mut patience = Patience::default();
        if self.gave_up || change.is_empty() {
            return;
        }
        while let Err(problem) = self.store.commit(change) {
            error!(%problem, "the state cannot be written; mail waits until it can");
            trouble::show(&format!("mail waits: {problem}"));
            if !patience.was_needed() {
                let alert = health::alert(&Health::StoreFailed, (self.setup.clock)());
                self.channels.deliver_to_all(&alert).await;
            }
            tokio::select! {
                () = vital::wait(patience.next_wait()) => {}
                // What is not stored by then comes again: no cursor went on.
                () = self.stop.cancelled() => {
                    self.gave_up = true;
                    return;
                }
            }
        }
        self.witness(Seen::Stored);
        if patience.was_needed() {
            info!("the state can be written again; the watch goes on");
            self.vital.show_again();
        }
    }
}
