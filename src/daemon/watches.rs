//! The tasks that watch the accounts: started, left alone or stopped as the configuration changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Account, Limits};
use crate::daemon::mailboxes::{Before, News};
use crate::daemon::{Setup, fresh, mailboxes};
use crate::engine::rule::RuleSet;
use crate::io::imap::pulse::Pulse;
use crate::io::imap::stage::Stage;
use crate::io::imap::vigil::Lookout;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;
use crate::io::{clock, imap};

/// All running watches.
pub struct Watches {
    running: BTreeMap<String, Watch>,
    limits: Limits,
    /// The rules as they are now, for watches that outlive a change of them.
    rules: watch::Sender<Arc<RuleSet>>,
    /// Counts how often the machine woke up.
    wake: watch::Sender<u64>,
    /// Counts how often somebody looked at the clock for all of them.
    turn: watch::Sender<u64>,
    lookout: Lookout,
    notices_sleep: bool,
    stage: Stage,
    events: mpsc::Sender<imap::Event>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

struct Watch {
    account: Arc<Account>,
    stop: CancellationToken,
    pulse: Pulse,
    ended: JoinHandle<()>,
}

/// What became of the watches, by account name.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// Left alone.
    pub kept: BTreeSet<String>,
    /// Started: new or changed.
    pub started: BTreeSet<String>,
    /// Stopped and gone.
    pub stopped: BTreeSet<String>,
}

impl Watches {
    /// No watch yet. All of them end with `stop`.
    pub fn new(
        setup: &Setup,
        events: mpsc::Sender<imap::Event>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self {
            running: BTreeMap::new(),
            limits: setup.config.limits.clone(),
            rules: watch::Sender::new(Arc::clone(&setup.rules)),
            wake: watch::Sender::new(0),
            turn: watch::Sender::new(0),
            lookout: Lookout::new(clock::slept, (setup.link_clock)()),
            notices_sleep: setup.notices_sleep,
            stage: Stage::default(),
            events,
            tasks,
            stop,
        }
    }

    /// The machine woke up: every watch connects anew at once.
    pub fn wake(&self) {
        self.wake
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// How long nobody need look at the clock.
    pub fn rest(&self, now: Timestamp) -> Duration {
        let passed = now.duration_since(self.lookout.looked_at());
        let passed = Duration::try_from(passed).unwrap_or(Duration::MAX);
        self.limits.clock_check.saturating_sub(passed)
    }

    /// Looks at the clock for all watches where that is due: one look, and one moment at which all of them move.
    pub fn take_turn(&mut self, now: Timestamp) {
        if !self.rest(now).is_zero() {
            return;
        }
        let most = Some(self.limits.clock_jump).filter(|_| self.notices_sleep);
        if self.lookout.look(now, most) {
            self.wake();
        } else {
            self.turn
                .send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Takes other rules; the watches go on with them.
    pub fn take_rules(&self, rules: &Arc<RuleSet>) {
        self.rules.send_replace(Arc::clone(rules));
    }

    /// How often the task of each account beat so far.
    pub fn pulses(&self) -> BTreeMap<String, u64> {
        let running = self.running.iter();
        running
            .map(|(name, watch)| (name.clone(), watch.pulse.count()))
            .collect()
    }

    /// Starts what is new, starts anew what changed, stops what is gone and leaves the rest alone.
    pub fn reconcile(&mut self, setup: &Setup, reader: &Reader) -> Result<Reconciled, StoreError> {
        // Everything that can fail comes first: a failure changes nothing.
        let mut stored = BTreeMap::new();
        let within = setup.config.limits.policy.vanish_within;
        let now = (setup.clock)();
        let mut recent = fresh::recent(reader, within, now)?;
        for account in &setup.config.accounts {
            let name = account.name.as_str();
            let before = Before {
                cursors: reader.cursors(name)?,
                recent: recent.remove(name).unwrap_or_default(),
            };
            stored.insert(name, before);
        }
        let same_limits = self.limits == setup.config.limits;
        self.limits = setup.config.limits.clone();
        let mut before = std::mem::take(&mut self.running);
        let mut done = Reconciled::default();
        for account in &setup.config.accounts {
            let name = account.name.clone();
            let old = match before.remove(&name) {
                Some(watch) if same_limits && watch.account == *account => {
                    self.running.insert(name.clone(), watch);
                    done.kept.insert(name);
                    continue;
                }
                old => old,
            };
            let stored = stored.remove(name.as_str()).unwrap_or_default();
            let watch = self.start(setup, account, stored, old);
            self.running.insert(name.clone(), watch);
            done.started.insert(name);
        }
        for (name, watch) in before {
            watch.stop.cancel();
            done.stopped.insert(name);
        }
        Ok(done)
    }

    /// Starts a watch once the one in whose place it comes has ended.
    fn start(
        &self,
        setup: &Setup,
        account: &Arc<Account>,
        before: Before,
        old: Option<Watch>,
    ) -> Watch {
        let stop = self.stop.child_token();
        let news = News {
            rules: self.rules.subscribe(),
            wake: self.wake.subscribe(),
            turn: self.turn.subscribe(),
            stage: self.stage.clone(),
        };
        let events = self.events.clone();
        let pulse = Pulse::default();
        let watch = mailboxes::watch(
            setup,
            account,
            before,
            news,
            pulse.clone(),
            events,
            stop.clone(),
        );
        let ended = self.tasks.spawn(async move {
            if let Some(old) = old {
                old.stop.cancel();
                // However it ended, it is over.
                let _ = old.ended.await;
            }
            watch.await;
        });
        Watch {
            account: Arc::clone(account),
            stop,
            pulse,
            ended,
        }
    }
}
