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
use crate::daemon::people::People;
use crate::daemon::speech::Speech;
use crate::engine::alert::{Alert, Health};
use crate::engine::correlator::{self, Output};
use crate::engine::outbox::{self, Outbox};
use crate::engine::rule::{self, RuleSet};
use crate::engine::signal::Signal;
use crate::engine::watch::output::Activity;
use crate::engine::wording::{AlertText, Language};
use crate::io::clock::Clock;
use crate::io::imap;
use crate::io::store::change::Change;
use crate::io::store::error::StoreError;
use crate::io::store::{OpenNote, Store};

pub mod channels;
pub mod health;
pub mod mailboxes;
pub mod people;
pub mod speech;

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
    /// A mailbox idles: whatever comes now is seen at once.
    Watching,
    /// A mail was read and stored; `None` where it says nothing that matters.
    Mail(Option<&'a Signal>),
    /// An alert is shown on the screen.
    Alert(&'a Alert, &'a AlertText),
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
    Time,
    Stop,
}

/// Watches until `stop` is cancelled. Everything taken in by then is stored.
pub async fn run(setup: Setup, stop: CancellationToken) -> Result<(), DaemonError> {
    let now = (setup.clock)();
    let (store, note) = Store::open(&setup.state_file, now)?;
    let tasks = TaskTracker::new();
    let (events, from_mailboxes) = mpsc::channel(EVENTS);
    let (reports, from_channels) = mpsc::channel(EVENTS);
    let speech = Speech::new(&setup);
    let channels = Channels::start(&setup, &speech, &reports, &tasks);
    drop(reports);
    for account in &setup.config.accounts {
        let watch = mailboxes::watch(
            &setup,
            account,
            store.cursors(&account.name)?,
            events.clone(),
            stop.clone(),
        );
        tasks.spawn(watch);
    }
    drop(events);
    let outbox = Outbox::new(outbox::Options {
        channels: channels.names(),
        seed: u64::from(std::process::id()),
    });
    let people = People::restore(&setup, &store)?;
    let mut daemon = Daemon {
        setup,
        store,
        people,
        outbox,
        channels,
        wakes: BTreeMap::new(),
    };
    daemon.begin(&note).await?;
    tasks.close();
    let result = daemon.watch(from_mailboxes, from_channels, &stop).await;
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
    /// When each machine wants to be asked again: the people by name, the outbox under the empty name.
    wakes: BTreeMap<String, Timestamp>,
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
        stop: &CancellationToken,
    ) -> Result<(), DaemonError> {
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => Event::Stop,
                Some(delivered) = deliveries.recv() => Event::Delivered(delivered),
                Some(event) = mailboxes.recv() => Event::Mailbox(event),
                () = tokio::time::sleep(self.nap()) => Event::Time,
            };
            match event {
                Event::Stop => {
                    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
                    return Ok(());
                }
                Event::Mailbox(event) => self.mailbox(event).await,
                Event::Delivered(delivered) => {
                    let now = (self.setup.clock)();
                    self.outbox_step(now, delivered.into_input()).await;
                }
                Event::Time => {}
            }
            self.tick().await;
        }
    }

    /// How long nothing is due; never longer than a nap, so that a clock that jumped is noticed.
    fn nap(&self) -> Duration {
        let now = (self.setup.clock)();
        let Some(due) = self.wakes.values().min() else {
            return self.setup.nap;
        };
        // What is overdue has a negative rest, which is no `Duration`.
        let rest = Duration::try_from(due.duration_since(now)).unwrap_or_default();
        rest.min(self.setup.nap)
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
                if state.activity == Activity::Idling {
                    self.witness(Seen::Watching);
                }
                self.people.set_state(&account, state);
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
        let person = self.people.person_of(&mail.account);
        let sender = rule::sender_hash(&mail.raw);
        let mut inputs = vec![correlator::Input::Arrived { sender }];
        inputs.extend(signal.map(|signal| correlator::Input::Signal(Box::new(signal))));
        self.take_all(&person, inputs, change).await;
        let _ = mail.stored.send(());
    }

    /// Steps a person's correlator, stores the whole consequence, then hands the alerts to the outbox.
    async fn take(&mut self, person: &str, input: correlator::Input, change: Change) {
        self.take_all(person, vec![input], change).await;
    }

    /// The same for several inputs of one moment, in one transaction.
    async fn take_all(&mut self, person: &str, inputs: Vec<correlator::Input>, mut change: Change) {
        let now = (self.setup.clock)();
        if self.absorb(person, now, inputs, &mut change) {
            self.commit(&change).await;
            self.send(now, change.alerts).await;
        }
    }

    /// Steps a person's correlator and adds what follows to a change; says whether there is anything to write.
    fn absorb(
        &mut self,
        person: &str,
        now: Timestamp,
        inputs: Vec<correlator::Input>,
        change: &mut Change,
    ) -> bool {
        let only_time = inputs.iter().all(|input| *input == correlator::Input::Tick);
        let mut outputs = Vec::new();
        for input in &inputs {
            if let Some(step) = self.people.step(person, now, input.clone()) {
                self.wake(person, step.wake_at);
                outputs.extend(step.outputs);
            }
        }
        if only_time && outputs.is_empty() {
            return false;
        }
        let taken = inputs.into_iter();
        change
            .inputs
            .extend(taken.map(|input| (now, person.to_owned(), input)));
        change.states.extend(self.people.written(person));
        for output in outputs {
            match output {
                Output::Changed(incident) => change.incidents.push(*incident),
                Output::Ring(alert) => {
                    self.people.remember_thread(&alert.thread, person);
                    let channels = self.channels.for_severity(alert.severity);
                    change.alerts.push((*alert, channels));
                }
            }
        }
        true
    }

    /// Hands stored alerts to the outbox.
    async fn send(&mut self, now: Timestamp, alerts: Vec<(Alert, Vec<String>)>) {
        for (alert, channels) in alerts {
            info!(id = alert.id, severity = %alert.severity, reason = alert.reason.name(), "alert");
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
            for output in step.outputs {
                match output {
                    outbox::Output::Deliver { alert, channel } => deliver.push((alert, channel)),
                    outbox::Output::Record(delivery) => change.deliveries.push(delivery),
                    outbox::Output::Sent { alert } => {
                        if let Some(person) = self.people.person_of_alert(&alert) {
                            let told = vec![correlator::Input::Delivered { alert }];
                            self.absorb(&person, now, told, &mut change);
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
            self.commit(&change).await;
            for (alert, channel) in deliver {
                self.channels.deliver(&channel, *alert).await;
            }
            for (alert, channels) in change.alerts {
                inputs.push_back(outbox::Input::Queued {
                    alert: Box::new(alert),
                    channels,
                });
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
            tokio::time::sleep(STORE_RETRY).await;
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
