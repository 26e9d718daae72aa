//! The ways out for alerts: one task a channel, so that a slow one holds up nobody.

use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::config::ChannelKind;
use crate::daemon::speech::Speech;
use crate::daemon::{Seen, Setup, Witness};
use crate::engine::alert::Alert;
use crate::engine::incident::Severity;
use crate::engine::outbox;
use crate::io::clock::Clock;
use crate::io::desktop::Desktop;
use crate::io::journal::Journal;

/// Alerts that may wait for a channel; the outbox hands over one at a time, health alerts come on top.
const WAITING: usize = 16;

/// What became of a delivery.
#[derive(Debug)]
pub struct Delivered {
    alert: String,
    channel: String,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Taken,
    Refused { retry: bool },
}

impl Delivered {
    /// The same for the outbox.
    pub fn into_input(self) -> outbox::Input {
        let Self { alert, channel, .. } = self;
        match self.outcome {
            Outcome::Taken => outbox::Input::Delivered { alert, channel },
            Outcome::Refused { retry } => outbox::Input::Undelivered {
                alert,
                channel,
                retry,
            },
        }
    }
}

/// All channels of the config.
pub struct Channels {
    channels: BTreeMap<String, Line>,
}

struct Line {
    min_severity: Severity,
    alerts: mpsc::Sender<Alert>,
}

impl Channels {
    /// Starts a task for each channel.
    pub fn start(
        setup: &Setup,
        speech: &Speech,
        reports: &mpsc::Sender<Delivered>,
        tasks: &TaskTracker,
    ) -> Self {
        let mut channels = BTreeMap::new();
        for channel in &setup.config.channels {
            let (alerts, waiting) = mpsc::channel(WAITING);
            let carrier = Carrier {
                name: channel.name.clone(),
                way: match channel.kind {
                    ChannelKind::Desktop => Way::Desktop(Box::default()),
                    ChannelKind::Journal => Way::Journal(Journal::stdout()),
                    ChannelKind::Screen => Way::Screen(setup.witness.clone()),
                },
                speech: speech.clone(),
                clock: setup.clock.clone(),
                reports: reports.clone(),
            };
            tasks.spawn(carrier.carry(waiting));
            channels.insert(
                channel.name.clone(),
                Line {
                    min_severity: channel.min_severity,
                    alerts,
                },
            );
        }
        Self { channels }
    }

    /// Names of all channels.
    pub fn names(&self) -> Vec<String> {
        self.channels.keys().cloned().collect()
    }

    /// Names of the channels that take this level.
    pub fn for_severity(&self, severity: Severity) -> Vec<String> {
        self.channels
            .iter()
            .filter(|(_, line)| severity >= line.min_severity)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Hands an alert to a channel; what becomes of it comes back as [`Delivered`].
    pub async fn deliver(&self, channel: &str, alert: Alert) {
        if let Some(line) = self.channels.get(channel)
            && line.alerts.send(alert).await.is_err()
        {
            warn!(channel, "the channel's task has ended");
        }
    }

    /// Hands an alert to every channel without a record: for when nothing can be stored.
    pub async fn deliver_to_all(&self, alert: &Alert) {
        for name in self.for_severity(alert.severity) {
            self.deliver(&name, alert.clone()).await;
        }
    }

    /// Lets the tasks end once they have delivered what they hold.
    pub fn hang_up(&mut self) {
        self.channels.clear();
    }
}

enum Way {
    Desktop(Box<Desktop>),
    Journal(Journal<std::io::Stdout>),
    Screen(Option<Witness>),
}

struct Carrier {
    name: String,
    way: Way,
    speech: Speech,
    clock: Clock,
    reports: mpsc::Sender<Delivered>,
}

impl Carrier {
    async fn carry(mut self, mut waiting: mpsc::Receiver<Alert>) {
        while let Some(alert) = waiting.recv().await {
            let outcome = self.hand_over(&alert).await;
            let report = Delivered {
                alert: alert.id,
                channel: self.name.clone(),
                outcome,
            };
            if self.reports.send(report).await.is_err() {
                return;
            }
        }
    }

    async fn hand_over(&mut self, alert: &Alert) -> Outcome {
        let text = self.speech.alert(alert, (self.clock)());
        let body = match &text.answer_hint {
            Some(hint) => format!("{}\n{hint}", text.body),
            None => text.body.clone(),
        };
        match &mut self.way {
            Way::Screen(witness) => {
                if let Some(witness) = witness {
                    witness(Seen::Alert(alert, &text));
                }
                Outcome::Taken
            }
            Way::Desktop(desktop) => match desktop.deliver(&text.title, &body, alert).await {
                Ok(()) => Outcome::Taken,
                Err(error) => {
                    warn!(channel = self.name, %error, "an alert was not taken");
                    Outcome::Refused {
                        retry: error.retry(),
                    }
                }
            },
            Way::Journal(journal) => match journal.deliver(&text.title, &body, alert) {
                Ok(()) => Outcome::Taken,
                Err(error) => {
                    warn!(channel = self.name, %error, "an alert could not be printed");
                    Outcome::Refused { retry: true }
                }
            },
        }
    }
}
