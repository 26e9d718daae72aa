//! The ways out for alerts: one task a channel, so that a slow one holds up nobody.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::config::{Channel, ChannelKind};
use crate::daemon::speech::Speech;
use crate::daemon::{Seen, Witness};
use crate::engine::alert::Alert;
use crate::engine::incident::Severity;
use crate::engine::outbox;
use crate::io::clock::Clock;
use crate::io::desktop::Desktop;
use crate::io::fault::{Point, pass};
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
    Refused { retry: bool, why: String },
}

impl Delivered {
    /// Which alert.
    pub fn alert(&self) -> &str {
        &self.alert
    }

    /// On which channel.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Why the channel did not take it; `None` where it did.
    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Taken => None,
            Outcome::Refused { why, .. } => Some(why),
        }
    }

    /// The same for the outbox.
    pub fn into_input(self) -> outbox::Input {
        let Self { alert, channel, .. } = self;
        match self.outcome {
            Outcome::Taken => outbox::Input::Delivered { alert, channel },
            Outcome::Refused { retry, why: _ } => outbox::Input::Undelivered {
                alert,
                channel,
                retry,
            },
        }
    }
}

/// All channels of the config.
pub struct Channels {
    by_name: BTreeMap<String, Line>,
    speech: watch::Sender<Speech>,
    clock: Clock,
    witness: Option<Witness>,
    reports: mpsc::Sender<Delivered>,
    tasks: TaskTracker,
}

struct Line {
    configured: Channel,
    alerts: mpsc::Sender<Alert>,
}

impl Channels {
    /// Starts a task for each channel.
    pub fn start(
        configured: &[Channel],
        speech: &Speech,
        clock: &Clock,
        witness: Option<Witness>,
        reports: mpsc::Sender<Delivered>,
        tasks: &TaskTracker,
    ) -> Self {
        let mut channels = Self {
            by_name: BTreeMap::new(),
            speech: watch::Sender::new(speech.clone()),
            clock: clock.clone(),
            witness,
            reports,
            tasks: tasks.clone(),
        };
        channels.reconfigure(configured, speech);
        channels
    }

    /// Takes other channels or words from now on. A channel that did not change goes on as it is; one that is gone
    /// delivers what it holds.
    pub fn reconfigure(&mut self, configured: &[Channel], speech: &Speech) {
        self.speech.send_replace(speech.clone());
        let mut before = std::mem::take(&mut self.by_name);
        for channel in configured {
            let kept = before
                .remove(&channel.name)
                .filter(|line| line.configured.kind == channel.kind);
            let alerts = kept.map_or_else(|| self.open(channel), |line| line.alerts);
            let line = Line {
                configured: channel.clone(),
                alerts,
            };
            self.by_name.insert(channel.name.clone(), line);
        }
    }

    /// Starts a channel's task.
    fn open(&self, channel: &Channel) -> mpsc::Sender<Alert> {
        let (alerts, waiting) = mpsc::channel(WAITING);
        let carrier = Carrier {
            name: channel.name.clone(),
            way: match channel.kind {
                ChannelKind::Desktop => Way::Desktop(Box::default()),
                ChannelKind::Journal => Way::Journal(Journal::stdout()),
                ChannelKind::Screen => Way::Screen(self.witness.clone()),
            },
            speech: self.speech.subscribe(),
            clock: self.clock.clone(),
            reports: self.reports.clone(),
        };
        self.tasks.spawn(carrier.carry(waiting));
        alerts
    }

    /// Names of all channels.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    /// Names of the channels that take this level.
    pub fn for_severity(&self, severity: Severity) -> Vec<String> {
        self.by_name
            .iter()
            .filter(|(_, line)| severity >= line.configured.min_severity)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Hands an alert to a channel; what becomes of it comes back as [`Delivered`].
    pub async fn deliver(&self, channel: &str, alert: Alert) {
        if let Some(line) = self.by_name.get(channel)
            && line.alerts.send(alert).await.is_err()
        {
            warn!(channel, "the channel's task has ended");
        }
    }

    /// Hands an alert to a channel if it can take one at once; says whether it could.
    pub fn try_deliver(&self, channel: &str, alert: Alert) -> bool {
        self.by_name
            .get(channel)
            .is_some_and(|line| line.alerts.try_send(alert).is_ok())
    }

    /// Hands an alert to every channel without a record: for when nothing can be stored.
    pub async fn deliver_to_all(&self, alert: &Alert) {
        for name in self.for_severity(alert.severity) {
            self.deliver(&name, alert.clone()).await;
        }
    }

    /// Lets the tasks end once they have delivered what they hold.
    pub fn hang_up(&mut self) {
        self.by_name.clear();
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
    speech: watch::Receiver<Speech>,
    clock: Clock,
    reports: mpsc::Sender<Delivered>,
}

impl Carrier {
    async fn carry(mut self, mut waiting: mpsc::Receiver<Alert>) {
        while let Some(alert) = waiting.recv().await {
            let outcome = self.hand_over(&alert).await;
            pass(Point::ChannelTook);
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
        let text = self.speech.borrow().alert(alert, (self.clock)());
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
                        why: error.to_string(),
                    }
                }
            },
            Way::Journal(journal) => match journal.deliver(&text.title, &body, alert) {
                Ok(()) => Outcome::Taken,
                Err(error) => {
                    warn!(channel = self.name, %error, "an alert could not be printed");
                    Outcome::Refused {
                        retry: true,
                        why: error.to_string(),
                    }
                }
            },
        }
    }
}
