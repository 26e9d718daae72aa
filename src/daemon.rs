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
use crate::daemon::channels::{Channels, Delivered, Returned};
use crate::daemon::control::{Desk, Door, Inlet};
use crate::daemon::fresh::Fresh;
use crate::daemon::glance::Glance;
use crate::daemon::heartbeat::Heartbeat;
use crate::daemon::machine::Machine;
use crate::daemon::people::People;
use crate::daemon::speech::Speech;
use crate::daemon::sweep::Sweep;
use crate::daemon::unseen::Unseen;
use crate::daemon::vital::Vital;
use crate::daemon::watches::Watches;
use crate::engine::alert::{Alert, Health};
use crate::engine::correlator::Input;
use crate::engine::outbox::{self, Outbox};
use crate::engine::rule::RuleSet;
use crate::engine::signal::Signal;
use crate::engine::wording::{AlertText, Language};
use crate::io::clock::Clock;
use crate::io::control::server::Call;
use crate::io::fault::{Point, pass};
use crate::io::imap;
use crate::io::store::error::StoreError;
use crate::io::store::{OpenNote, Store};

pub mod agent;
mod arriving;
pub mod channels;
pub mod control;
pub mod dkim_check;
pub mod followers;
pub mod forgetting;
pub mod fresh;
mod glance;
mod group;
pub mod health;
pub mod heartbeat;
pub mod ingest;
pub mod learning;
pub mod ledger;
pub mod machine;
pub mod mailboxes;
pub mod near;
pub mod offline;
pub mod people;
mod reload;
pub mod report_file;
pub mod request;
mod resuming;
mod returning;
pub mod routing;
mod sending;
pub mod speech;
pub mod status;
pub mod sweep;
mod taking;
pub mod trial;
mod trouble;
mod unseen;
mod vital;
pub mod watches;

/// Events of the mailboxes that may wait; a mailbox that is faster than the disk has to wait itself.
const EVENTS: usize = 256;

/// How long the tasks may take to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Nothing happened for so long: time for what no mail should wait for.
const LULL: Duration = Duration::from_secs(1);

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
    /// A mail was read; `None` where it says nothing that matters.
    Mail(Option<&'a Signal>),
    /// What followed from something is on the disk.
    Stored,
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

/// What the channels' tasks send.
struct FromChannels {
    delivered: mpsc::Receiver<Delivered>,
    returned: mpsc::Receiver<Returned>,
}

/// What the loop reacts to.
enum Event {
    Mailbox(imap::Event),
    Delivered(Delivered),
    Returned(Returned),
    Call(Call),
    Reload,
    Machine(Machine),
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
    let tasks = TaskTracker::new();
    let (events, from_mailboxes) = mpsc::channel(EVENTS);
    let (reports, delivered) = mpsc::channel(EVENTS);
    let (returns, returned) = mpsc::channel(EVENTS);
    let mut channels = Channels::start(
        &setup.config.channels,
        &Speech::new(&setup),
        &setup.clock,
        setup.witness.clone(),
        reports,
        returns,
        &tasks,
        setup.state_file.parent().map(ToOwned::to_owned),
    );
    let (store, note) = match trouble::open(&setup, &channels, &stop).await {
        Ok(Some(opened)) => opened,
        ended => {
            channels.hang_up();
            tasks.close();
            let _ = tokio::time::timeout(FAREWELL, tasks.wait()).await;
            return ended.map(drop);
        }
    };
    let now = (setup.clock)();
    let link_now = (setup.link_clock)();
    let (desk, inlet) = control::open(door, now, &tasks, &stop);
    let mut watches = Watches::new(&setup, events, tasks.clone(), stop.clone());
    watches.reconcile(&setup, &store)?;
    let outbox = routing::outbox(&setup.config, channels.names());
    let people = People::restore(&setup.config, &store)?;
    pass(Point::PeopleRestored);
    let fresh = Fresh::restore(&store, setup.config.limits.policy.vanish_within, now)?;
    let mut daemon = Daemon {
        setup,
        store,
        people,
        fresh,
        unseen: Unseen::default(),
        heartbeat: Heartbeat::default(),
        vital: Vital::new(link_now),
        glance: Glance::default(),
        outbox,
        channels,
        watches,
        desk,
        skipped: Vec::new(),
        wakes: BTreeMap::new(),
        sweep: Sweep::new(now),
        stop: stop.clone(),
        gave_up: false,
    };
    daemon.begin(&note).await?;
    let machine = machine::listen(daemon.setup.notices_sleep);
    tasks.close();
    let result = daemon
        .watch(
            from_mailboxes,
            FromChannels {
                delivered,
                returned,
            },
            machine,
            inlet,
            &stop,
        )
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
    fresh: Fresh,
    unseen: Unseen,
    heartbeat: Heartbeat,
    vital: Vital,
    glance: Glance,
    outbox: Outbox,
    channels: Channels,
    watches: Watches,
    desk: Desk,
    /// Messages that were passed over, to be told with the cursor that follows.
    skipped: Vec<Health>,
    /// When each machine wants to be asked again: the people by name, the outbox under the empty name.
    wakes: BTreeMap<String, Timestamp>,
    sweep: Sweep,
    stop: CancellationToken,
    /// The store could not be written when the end came: nothing is written any more.
    gave_up: bool,
}

impl Daemon {
    /// Picks up where the last run ended.
    async fn begin(&mut self, note: &OpenNote) -> Result<(), DaemonError> {
        let now = (self.setup.clock)();
        let open = self.store.incidents(true)?;
        let standing = open.into_iter().map(|incident| incident.id.0).collect();
        self.channels.standing(&standing);
        pass(Point::StartBeforeSending);
        let pending = self.store.pending_alerts()?;
        self.restore_outbox(now, pending).await?;
        self.channels.listen().await;
        pass(Point::StartSent);
        let people = self.people.names();
        self.take_each(people, &Input::Restarted).await;
        self.end_catch_ups_in_vain().await;
        if let OpenNote::SetAside { moved_to, why } = note {
            error!(moved_to = %moved_to.display(), why, "the state file was damaged and set aside");
            self.tell_health(&Health::StoreFailed).await;
        }
        if self.desk.is_deaf {
            self.tell_health(&Health::Unreachable).await;
        }
        let accounts = self.setup.config.accounts.len();
        info!(accounts, "watching");
        self.show_life();
        vital::ready();
        pass(Point::Started);
        Ok(())
    }

    async fn watch(
        &mut self,
        mut mailboxes: mpsc::Receiver<imap::Event>,
        mut channels: FromChannels,
        mut machine: mpsc::Receiver<Machine>,
        mut inlet: Inlet,
        stop: &CancellationToken,
    ) -> Result<(), DaemonError> {
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => Event::Stop,
                Some(delivered) = channels.delivered.recv() => Event::Delivered(delivered),
                Some(returned) = channels.returned.recv() => Event::Returned(returned),
                Some(call) = inlet.calls.recv() => Event::Call(call),
                Some(()) = inlet.hangups.recv() => Event::Reload,
                Some(told) = machine.recv() => Event::Machine(told),
                Some(event) = mailboxes.recv() => Event::Mailbox(event),
                () = tokio::time::sleep(self.nap()) => Event::Time,
            };
            match event {
                Event::Stop => {
                    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
                    if !self.gave_up {
                        self.write_states();
                    }
                    return Ok(());
                }
                Event::Mailbox(event) => self.mailboxes(event, &mut mailboxes).await,
                Event::Call(call) => self.answer_call(call).await,
                Event::Reload => drop(self.reload().await),
                Event::Delivered(delivered) => {
                    let now = (self.setup.clock)();
                    let mut reports = vec![delivered];
                    while let Ok(more) = channels.delivered.try_recv() {
                        reports.push(more);
                    }
                    for delivered in &reports {
                        self.desk.trials.note(delivered);
                    }
                    pass(Point::DeliveryReported);
                    let reports = reports.into_iter().map(Delivered::into_input);
                    self.outbox_steps(now, reports.collect()).await;
                    pass(Point::DeliveryMarked);
                }
                Event::Returned(returned) => self.take_back(returned).await,
                Event::Machine(Machine::Woke) => {
                    info!("the machine woke up, every mailbox is connected anew");
                    self.watches.wake();
                }
                Event::Machine(Machine::Screen { idle }) => {
                    if !idle {
                        self.channels.welcome();
                    }
                    let people = self.people.names();
                    self.take_each(people, &Input::Screen { idle }).await;
                }
                // Only where nothing else waits.
                Event::Time => {
                    self.sweep().await;
                    self.carry_over();
                }
            }
            self.tick().await;
            if self.store.wants_states() {
                self.write_states();
            }
            self.watches.take_turn((self.setup.link_clock)());
            self.heartbeat
                .beat(&self.setup.config, &self.people, (self.setup.clock)());
            self.show_life();
            self.desk.followers.feed(&self.store, (self.setup.clock)());
        }
    }

    /// Tells systemd that all is alive, and what is watched.
    fn show_life(&mut self) {
        let now = (self.setup.link_clock)();
        if !self.glance.is_due(now, self.setup.config.accounts.len()) {
            return;
        }
        let pulses = self.watches.pulses();
        self.vital
            .look(&self.setup.config, &self.people, &pulses, now);
    }

    /// How long nothing is due; never longer than a nap, so that a clock that jumped is noticed.
    fn nap(&self) -> Duration {
        let now = (self.setup.clock)();
        let sweep = self.sweep.due();
        let wakes = self.wakes.values().copied().min().unwrap_or(sweep);
        let due = self.heartbeat.due().map_or(wakes, |due| due.min(wakes));
        // What is overdue has a negative rest, which is no `Duration`.
        let rest = Duration::try_from(due.min(sweep).duration_since(now)).unwrap_or_default();
        let lull = if self.store.wants_checkpoint() {
            LULL
        } else {
            Duration::MAX
        };
        let link_now = (self.setup.link_clock)();
        let nap = self.vital.nap(link_now).max(self.glance.rest(link_now));
        let nap = nap.min(self.watches.rest(link_now)).min(lull);
        rest.min(self.setup.nap).min(nap)
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
        if due.first().is_some_and(String::is_empty) {
            self.outbox_step(now, outbox::Input::Tick).await;
        }
        let people = due.into_iter().filter(|name| !name.is_empty());
        self.take_each(people, &Input::Tick).await;
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
