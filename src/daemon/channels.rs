//! The ways out for alerts: one task a channel, so that a slow one holds up nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::config::Channel;
use crate::daemon::Witness;
use crate::daemon::channels::carrier::{Carrier, Way};
use crate::daemon::speech::Speech;
use crate::engine::alert::Alert;
use crate::engine::incident::{Answer, IncidentId, Severity};
use crate::engine::outbox;
use crate::engine::secret::Secret;
use crate::io::clock::Clock;

mod carrier;
mod listening;

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
    Busy { wait: SignedDuration, why: String },
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
            Outcome::Refused { why, .. } | Outcome::Busy { why, .. } => Some(why),
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
            Outcome::Busy { wait, why: _ } => outbox::Input::Busy {
                alert,
                channel,
                wait,
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
    returns: mpsc::Sender<Returned>,
    tasks: TaskTracker,
    /// Where a channel notes what must outlive the process.
    folder: Option<PathBuf>,
    /// Whether what comes back can be stored.
    listens: bool,
}

struct Line {
    configured: Channel,
    errands: mpsc::Sender<Errand>,
    /// Ends what listens for the channel.
    _stop: DropGuard,
}

/// What a channel's task is asked for.
#[derive(Debug)]
pub enum Errand {
    /// Tell the person; the outcome is reported.
    Deliver(Box<Alert>),
    /// Nothing of this thread asks for anything any more: what is still shown may go. Nothing is reported.
    Settle {
        /// See [`Alert::thread`].
        thread: String,
    },
    /// The daemon takes answers from now on. Nothing is reported.
    Listen {
        /// Where the channel may keep what it must remember.
        folder: PathBuf,
    },
    /// These threads still ask for something, and no other does: told once, when the daemon starts.
    Standing {
        /// See [`Alert::thread`].
        threads: BTreeSet<String>,
    },
    /// Somebody is back at the screen.
    Welcome,
}

/// What comes back over a channel.
#[derive(Debug)]
pub enum Returned {
    /// The person pressed a button.
    Answered {
        /// Where.
        channel: String,
        /// About which incident.
        incident: IncidentId,
        /// What.
        answer: Answer,
    },
    /// The person pressed a button elsewhere; it is asked for again until it is known to be stored.
    Replied {
        /// Over which channel.
        channel: String,
        /// About which incident.
        incident: IncidentId,
        /// What.
        answer: Answer,
        /// Told when it is stored.
        stored: oneshot::Sender<()>,
    },
    /// The person's phone handed over a text message.
    TextMessage {
        /// Over which channel.
        channel: String,
        /// Whose phone; `None` where one person is watched.
        person: Option<String>,
        /// From whom, as the phone shows it.
        sender: Option<String>,
        /// What it says; a code stands in it.
        text: Secret,
        /// When it came.
        at: Timestamp,
        /// Whether the phone proved itself.
        is_vouched_for: bool,
        /// Told when what follows from it is stored.
        stored: oneshot::Sender<()>,
    },
    /// The person, at this machine's screen, wants to see the report.
    Wanted {
        /// Of which incident.
        incident: IncidentId,
        /// The official page to open besides.
        page: Option<String>,
    },
    /// A test alert was seen.
    Arrived {
        /// Where.
        channel: String,
        /// Which one.
        alert: String,
    },
}

impl Channels {
    /// Starts a task for each channel. What becomes of deliveries goes into `reports`, what people answer into `returns`.
    /// `folder` is where a channel notes what must outlive the process.
    #[expect(clippy::too_many_arguments, reason = "each is passed on as it is")]
    pub fn start(
        configured: &[Channel],
        speech: &Speech,
        clock: &Clock,
        witness: Option<Witness>,
        reports: mpsc::Sender<Delivered>,
        returns: mpsc::Sender<Returned>,
        tasks: &TaskTracker,
        folder: Option<PathBuf>,
    ) -> Self {
        let mut channels = Self {
            by_name: BTreeMap::new(),
            speech: watch::Sender::new(speech.clone()),
            clock: clock.clone(),
            witness,
            reports,
            returns,
            tasks: tasks.clone(),
            folder,
            listens: false,
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
            let kept = before.remove(&channel.name).filter(|line| {
                let configured = &line.configured;
                configured.kind == channel.kind && configured.privacy == channel.privacy
            });
            let mut line = kept.unwrap_or_else(|| self.open(channel));
            line.configured = channel.clone();
            self.by_name.insert(channel.name.clone(), line);
        }
    }

    /// Starts a channel's task.
    fn open(&self, channel: &Channel) -> Line {
        let (errands, waiting) = mpsc::channel(WAITING);
        let stop = CancellationToken::new();
        let carrier = Carrier {
            name: channel.name.clone(),
            way: Way::of(channel, self.witness.as_ref(), self.folder.as_deref()),
            privacy: channel.privacy,
            speech: self.speech.subscribe(),
            clock: self.clock.clone(),
            reports: self.reports.clone(),
            returns: self.returns.clone(),
            tasks: self.tasks.clone(),
            stop: stop.clone(),
        };
        self.tasks.spawn(carrier.carry(waiting));
        if self.listens
            && let Some(folder) = &self.folder
        {
            // The first errand of a new task always has room.
            let _ = errands.try_send(Errand::Listen {
                folder: folder.clone(),
            });
        }
        Line {
            configured: channel.clone(),
            errands,
            _stop: stop.drop_guard(),
        }
    }

    /// From now on what comes back can be stored: channels may listen.
    pub async fn listen(&mut self) {
        self.listens = true;
        let Some(folder) = &self.folder else { return };
        for line in self.by_name.values() {
            let folder = folder.clone();
            let _ = line.errands.send(Errand::Listen { folder }).await;
        }
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
            && line
                .errands
                .send(Errand::Deliver(Box::new(alert)))
                .await
                .is_err()
        {
            warn!(channel, "the channel's task has ended");
        }
    }

    /// Hands an alert to a channel if it can take one at once; says whether it could.
    pub fn try_deliver(&self, channel: &str, alert: Alert) -> bool {
        let errand = Errand::Deliver(Box::new(alert));
        self.by_name
            .get(channel)
            .is_some_and(|line| line.errands.try_send(errand).is_ok())
    }

    /// Tells every channel that a thread asks for nothing any more. One that is too busy keeps what it shows.
    pub fn settle(&self, thread: &str) {
        self.tell_all(|| Errand::Settle {
            thread: thread.to_owned(),
        });
    }

    /// Tells every channel which threads still ask for something.
    pub fn standing(&self, threads: &BTreeSet<String>) {
        self.tell_all(|| Errand::Standing {
            threads: threads.clone(),
        });
    }

    /// Tells every channel that somebody is back at the screen.
    pub fn welcome(&self) {
        self.tell_all(|| Errand::Welcome);
    }

    fn tell_all(&self, errand: impl Fn() -> Errand) {
        for line in self.by_name.values() {
            let _ = line.errands.try_send(errand());
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
        self.by_name.clear();
    }
}
