//! The event loop: one mail at a time becomes signals, incidents and alerts; what is stored is then sent.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::config::Config;
use crate::daemon::channels::{Channels, Delivered};
use crate::daemon::control::{Desk, Door, Inlet};
use crate::daemon::people::People;
use crate::daemon::speech::Speech;
use crate::daemon::watches::Watches;
use crate::engine::alert::{Alert, Health};
use crate::engine::correlator;
use crate::engine::incident::Incident;
use crate::engine::outbox::{self, Outbox};
use crate::engine::rule::{self, RuleSet};
use crate::engine::signal::Signal;
use crate::engine::wording::Language;
use crate::io::clock::Clock;
use crate::io::control::server::Call;
use crate::io::imap;
use crate::io::store::change::Change;
use crate::io::store::error::StoreError;
use crate::io::store::{OpenNote, Store};

pub mod channels;
pub mod control;
pub mod followers;
pub mod health;
pub mod ledger;
pub mod mailboxes;
pub mod near;
pub mod offline;
pub mod people;
mod reload;
pub mod request;
pub mod speech;
pub mod status;
pub mod trial;
pub mod watches;

/// Events of the mailboxes that may wait; a mailbox that is faster than the disk has to wait itself.
const EVENTS: usize = 64;

/// After a failed commit the same change is tried again this much later.
const STORE_RETRY: Duration = Duration::from_secs(5);

/// How long the tasks may take to end.
const FAREWELL: Duration = Duration::from_secs(4);

/// Everything that a daemon is made from.
pub struct Setup {
    /// What to watch and whom to tell.
    pub config: Config,
    /// The rules.
    pub rules: Arc<RuleSet>,
    /// Where the state lies.
    pub state_file: PathBuf,
    /// The language of the alerts.
    pub language: Language,
    /// The engine's time; a demo plays with it.
    pub clock: Clock,
    /// The mailboxes' time, for timeouts and backoff.
    pub link_clock: Clock,
    /// The longest sleep between two looks at the clock: tokio's clock stops in suspend.
    pub nap: Duration,
    /// Whether a jump of the link clock means that the machine slept.
    pub notices_sleep: bool,
    /// Sees everything as it happens, for the demo.
    pub witness: Option<Witness>,
}

/// Somebody who looks over the daemon's shoulder.
pub type Witness = Arc<dyn Fn(Seen<'_>) + Send + Sync>;

/// What a witness sees.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// A mail was read and stored; `None` where it says nothing that matters.
    Mail(Option<&'a Signal>),
    /// An alert was stored and goes out.
    Alert(&'a Alert),
}

/// Why a daemon cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The state file.
    #[error("the state file cannot be used")]
    Store(#[from] StoreError),
}

/// What the loop reacts to.
enum Event {
    Mailbox(imap::Event),
    Delivered(Delivered),
    Call(Call),
    Reload,
    Time,
    Stop,
}

/// Watches until `stop` is cancelled. Everything taken in by then is stored.
pub async fn run(setup: Setup, stop: CancellationToken) -> Result<(), DaemonError> {
    run_with_door(setup, Door::default(), stop).await
}

/// The same, and does what comes in through the door.
pub async fn run_with_door(
    setup: Setup,
    door: Door,
    stop: CancellationToken,
) -> Result<(), DaemonError> {
    let now = (setup.clock)();
    let (store, note) = Store::open(&setup.state_file, now)?;
    let tasks = TaskTracker::new();
    let (desk, inlet) = control::open(door, now, &tasks, &stop);
    let (events, from_mailboxes) = mpsc::channel(EVENTS);
    let (reports, from_channels) = mpsc::channel(EVENTS);
    let channels = Channels::start(
        &setup.config.channels,
        &Speech::new(&setup),
        &setup.clock,
        reports,
        &tasks,
    );
    let limits = setup.config.limits.clone();
    let mut watches = Watches::new(limits, events, tasks.clone(), stop.clone());
    watches.reconcile(&setup, &store)?;
    let outbox = Outbox::new(outbox::Options {
        channels: channels.names(),
        seed: u64::from(std::process::id()),
    });
    let people = People::restore(&setup.config, &store)?;
    let mut daemon = Daemon {
        setup,
        store,
        people,
        outbox,
        channels,
        watches,
        desk,
        wakes: BTreeMap::new(),
        stop: stop.clone(),
    };
    daemon.begin(&note).await?;
    tasks.close();
    let result = daemon
        .watch(from_mailboxes, from_channels, inlet, &stop)
        .await;
    daemon.channels.hang_up();
    if tokio::time::timeout(FAREWELL, tasks.wait()).await.is_err() {
        warn!("some tasks did not end in time and were left");
    }
    info!("stopped; everything read so far is stored");
    result
}

struct Daemon {
    setup: Setup,
    store: Store,
    people: People,
    outbox: Outbox,
    channels: Channels,
    watches: Watches,
    desk: Desk,
    /// When each machine wants to be asked again: the people by name, the outbox under the empty name.
    wakes: BTreeMap<String, Timestamp>,
    stop: CancellationToken,
}

impl Daemon {
    /// Picks up where the last run ended.
    async fn begin(&mut self, note: &OpenNote) -> Result<(), DaemonError> {
        let now = (self.setup.clock)();
        for (alert, deliveries) in self.store.pending_alerts()? {
            let restored = outbox::Input::Restored {
                alert: Box::new(alert),
                deliveries,
            };
            self.outbox_step(now, restored).await;
        }
        for person in self.people.names() {
            self.take(&person, correlator::Input::Restarted, Change::default())
                .await;
        }
        if let OpenNote::SetAside { moved_to, why } = note {
            error!(moved_to = %moved_to.display(), why, "the state file was damaged and set aside");
            self.tell_health(&Health::StoreFailed).await;
        }
        info!(accounts = self.setup.config.accounts.len(), "watching");
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        Ok(())
    }

    async fn watch(
        &mut self,
        mut mailboxes: mpsc::Receiver<imap::Event>,
        mut deliveries: mpsc::Receiver<Delivered>,
        mut inlet: Inlet,
        stop: &CancellationToken,
    ) -> Result<(), DaemonError> {
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => Event::Stop,
                Some(delivered) = deliveries.recv() => Event::Delivered(delivered),
                Some(call) = inlet.calls.recv() => Event::Call(call),
                Some(()) = inlet.hangups.recv() => Event::Reload,
                Some(event) = mailboxes.recv() => Event::Mailbox(event),
                () = tokio::time::sleep(self.nap()) => Event::Time,
            };
            match event {
                Event::Stop => {
                    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
                    return Ok(());
                }
                Event::Mailbox(event) => self.mailbox(event).await,
                Event::Call(call) => self.answer_call(call).await,
                Event::Reload => drop(self.reload().await),
                Event::Delivered(delivered) => {
                    self.desk.trials.note(&delivered);
                    let now = (self.setup.clock)();
                    self.outbox_step(now, delivered.into_input()).await;
                }
                Event::Time => {}
            }
            self.tick().await;
            self.desk.followers.feed(&self.store);
        }
    }

    /// How long nothing is due.
    fn nap(&self) -> Duration {
        let now = (self.setup.clock)();
        let due = self.wakes.values().min().map(|due| due.duration_since(now));
        due.and_then(|left| Duration::try_from(left).ok())
            .filter(|_| due.is_some())
            .map_or_else(
                || {
                    if due.is_some() {
                        Duration::ZERO
                    } else {
                        self.setup.nap
                    }
                },
                |left| left.min(self.setup.nap),
            )
    }

    /// Gives a tick to everybody whose time has come.
    async fn tick(&mut self) {
        let now = (self.setup.clock)();
        let due: Vec<String> = self
            .wakes
            .iter()
            .filter(|(_, due)| **due <= now)
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            if name.is_empty() {
                self.outbox_step(now, outbox::Input::Tick).await;
            } else {
                self.take(&name, correlator::Input::Tick, Change::default())
                    .await;
            }
        }
    }

    async fn mailbox(&mut self, event: imap::Event) {
        match event {
            imap::Event::Mail(mail) => self.mail(*mail).await,
            imap::Event::CursorMoved {
                account,
                folder,
                cursor,
                stored,
            } => {
                let change = Change {
                    cursors: vec![(account, folder, cursor)],
                    ..Change::default()
                };
                self.commit(&change).await;
                let _ = stored.send(());
            }
            imap::Event::CatchUpBegan {
                account, folder, ..
            } => {
                let person = self.people.person_of(&account);
                let folder = format!("{account}/{folder}");
                let input = correlator::Input::CatchUpBegan { folder };
                self.take(&person, input, Change::default()).await;
            }
            imap::Event::CatchUpEnded { account, folder } => {
                let person = self.people.person_of(&account);
                let folder = format!("{account}/{folder}");
                let input = correlator::Input::CatchUpEnded { folder };
                self.take(&person, input, Change::default()).await;
            }
            imap::Event::Health(health) => self.tell_health(&health).await,
            imap::Event::State { account, state } => {
                info!(account, state = ?state.activity, "account");
                self.people.set_state(account, state);
            }
        }
    }

    /// One mail: classified, correlated, stored with its cursor in one transaction, acknowledged, and only then sent.
    async fn mail(&mut self, mail: imap::Fetched) {
        let trust = self.people.trust_of(&mail.account);
        let signal = rule::signal_of(&self.setup.rules, &mail.raw, &trust);
        let change = Change {
            cursors: vec![(mail.account.clone(), mail.folder, mail.cursor)],
            ..Change::default()
        };
        if let Some(signal) = &signal {
            info!(
                account = mail.account,
                kind = signal.kind.name(),
                service = signal.service,
                sender = ?signal.sender,
                rule = signal.rule,
                "signal"
            );
        }
        self.witness(Seen::Mail(signal.as_ref()));
        match signal {
            Some(signal) => {
                let person = self.people.person_of(&mail.account);
                let input = correlator::Input::Signal(Box::new(signal));
                self.take(&person, input, change).await;
            }
            None => self.commit(&change).await,
        }
        let _ = mail.stored.send(());
    }

    /// Steps a person's correlator, stores the whole consequence, then hands the alerts to the outbox. Returns the
    /// incidents that changed.
    async fn take(
        &mut self,
        person: &str,
        input: correlator::Input,
        change: Change,
    ) -> Vec<Incident> {
        let now = (self.setup.clock)();
        let channels = |severity| self.channels.for_severity(severity);
        let entry = ledger::enter(&mut self.people, person, now, input, change, channels);
        let Some(ledger::Entry { change, wake_at }) = entry else {
            return Vec::new();
        };
        self.wake(person, wake_at);
        self.commit(&change).await;
        self.send(now, change.alerts).await;
        change.incidents
    }

    /// Hands stored alerts to the outbox.
    async fn send(&mut self, now: Timestamp, alerts: Vec<(Alert, Vec<String>)>) {
        for (alert, channels) in alerts {
            info!(id = alert.id, severity = %alert.severity, reason = alert.reason.name(), "alert");
            self.witness(Seen::Alert(&alert));
            let queued = outbox::Input::Queued {
                alert: Box::new(alert),
                channels,
            };
            self.outbox_step(now, queued).await;
        }
    }

    async fn outbox_step(&mut self, now: Timestamp, input: outbox::Input) {
        let mut inputs = std::collections::VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let step = self.outbox.step(now, input);
            self.wake("", step.wake_at);
            let mut change = Change::default();
            let mut deliver = Vec::new();
            let mut sent = Vec::new();
            for output in step.outputs {
                match output {
                    outbox::Output::Deliver { alert, channel } => deliver.push((alert, channel)),
                    outbox::Output::Record(delivery) => change.deliveries.push(delivery),
                    outbox::Output::Sent { alert } => sent.push(alert),
                    outbox::Output::GivenUp { alert, channel } => {
                        error!(
                            alert,
                            channel, "an alert could not be delivered and was given up"
                        );
                    }
                    outbox::Output::Ring { alert, channels } => {
                        change.alerts.push(((*alert).clone(), channels.clone()));
                        inputs.push_back(outbox::Input::Queued { alert, channels });
                    }
                }
            }
            self.commit(&change).await;
            for (alert, channel) in deliver {
                self.channels.deliver(&channel, *alert).await;
            }
            for alert in sent {
                if let Some(person) = self.people.person_of_alert(&alert) {
                    let input = correlator::Input::Delivered { alert };
                    Box::pin(self.take(&person, input, Change::default())).await;
                }
            }
        }
    }

    /// Trouble of the watcher itself is an alert like any other.
    async fn tell_health(&mut self, health: &Health) {
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

    /// Stores a change; a store that fails is told at once, and the change is tried until it is stored.
    async fn commit(&mut self, change: &Change) {
        let mut told = false;
        while let Err(problem) = self.store.commit(change) {
            error!(%problem, "the state cannot be written; mail waits until it can");
            if !told {
                let alert = health::alert(&Health::StoreFailed, (self.setup.clock)());
                self.channels.deliver_to_all(&alert).await;
                told = true;
            }
            tokio::select! {
                () = tokio::time::sleep(STORE_RETRY) => {}
                // What is not stored by then comes again: no cursor went on.
                () = self.stop.cancelled() => return,
            }
        }
    }

    fn wake(&mut self, name: &str, at: Option<Timestamp>) {
        match at {
            Some(at) => self.wakes.insert(name.to_owned(), at),
            None => self.wakes.remove(name),
        };
    }

    fn witness(&self, seen: Seen<'_>) {
        if let Some(witness) = &self.setup.witness {
            witness(seen);
        }
    }
}
