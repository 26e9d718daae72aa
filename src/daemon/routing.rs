//! Which alert may go to which channel when, by the config; and what of it an answer settles.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::config::{Channel, Config};
use crate::daemon::{Daemon, DaemonError};
use crate::engine::alert::Alert;
use crate::engine::incident::{Incident, IncidentId, Status};
use crate::engine::outbox::delivery::{Delivery, DeliveryState};
use crate::engine::outbox::route::{Route, Routes};
use crate::engine::outbox::{self, Outbox};
use crate::io::store::Store;
use crate::io::store::change::Change;

/// Alerts that the store holds as waiting, each with its state on each channel.
pub(crate) type Pending = Vec<(Alert, BTreeMap<String, DeliveryState>)>;

/// What each channel waits for.
pub fn routes(config: &Config) -> Routes {
    let route = |channel: &Channel| Route {
        escalate_after: channel
            .escalate_after
            .and_then(|after| SignedDuration::try_from(after).ok()),
        quiet_min_severity: channel.quiet_min_severity,
    };
    Routes {
        by_channel: config
            .channels
            .iter()
            .map(|channel| (channel.name.clone(), route(channel)))
            .collect(),
        quiet_hours: config
            .quiet_hours
            .map(|quiet| (quiet, config.time_zone.clone())),
    }
}

/// An empty outbox for the channels of a config.
pub fn outbox(config: &Config, channels: Vec<String>) -> Outbox {
    Outbox::new(outbox::Options {
        channels,
        seed: u64::from(std::process::id()),
        routes: routes(config),
    })
}

/// Since when nothing of an incident waits for an answer; `None` where it still does.
pub fn answered_at(incident: &Incident) -> Option<Timestamp> {
    match incident.status {
        Status::Closed { at, .. } => Some(at),
        Status::Open => incident.answers.last().map(|(at, _)| *at),
    }
}

/// Whether the alert's incident was answered after it rang.
fn was_answered(store: &Store, alert: &Alert) -> Result<bool, DaemonError> {
    let incident = store.incident(&IncidentId(alert.thread.clone()))?;
    let answered = incident.as_ref().and_then(answered_at);
    Ok(answered.is_some_and(|answered| answered >= alert.at))
}

impl Daemon {
    /// Gives the outbox what the store holds. What was answered just before a crash escalates no more.
    pub(crate) async fn restore_outbox(
        &mut self,
        now: Timestamp,
        pending: Pending,
    ) -> Result<(), DaemonError> {
        let routes = routes(&self.setup.config);
        for (alert, mut deliveries) in pending {
            let mut change = Change::default();
            if was_answered(&self.store, &alert)? {
                for (channel, state) in &mut deliveries {
                    if state.is_waiting() && routes.escalates(channel) {
                        *state = DeliveryState::Superseded { at: now };
                        change.deliveries.push(Delivery {
                            alert: alert.id.clone(),
                            channel: channel.clone(),
                            state: *state,
                        });
                    }
                }
            }
            self.commit(&change).await;
            let restored = outbox::Input::Restored {
                alert: Box::new(alert),
                deliveries,
            };
            self.outbox_step(now, restored).await;
        }
        Ok(())
    }

    /// Lets nothing ring any more that waited for the answers which these incidents got.
    pub(crate) async fn settle_answered(&mut self, now: Timestamp, changed: &[Incident]) {
        for incident in changed {
            if answered_at(incident).is_none_or(|at| at < now) {
                continue;
            }
            let thread = incident.id.0.clone();
            self.outbox_step(now, outbox::Input::Answered { thread })
                .await;
        }
    }
}
