//! The tasks that watch the accounts: started, left alone or stopped as the configuration changes.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Account, Limits};
use crate::daemon::{Setup, mailboxes};
use crate::engine::cursor::Cursor;
use crate::io::imap;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;

/// All running watches.
pub struct Watches {
    running: BTreeMap<String, Watch>,
    limits: Limits,
    events: mpsc::Sender<imap::Event>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

struct Watch {
    account: Account,
    stop: CancellationToken,
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
        limits: Limits,
        events: mpsc::Sender<imap::Event>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self {
            running: BTreeMap::new(),
            limits,
            events,
            tasks,
            stop,
        }
    }

    /// Starts what is new, starts anew what changed, stops what is gone and leaves the rest alone.
    pub fn reconcile(&mut self, setup: &Setup, reader: &Reader) -> Result<Reconciled, StoreError> {
        // Everything that can fail comes first: a failure changes nothing.
        let mut cursors = BTreeMap::new();
        for account in &setup.config.accounts {
            cursors.insert(account.name.as_str(), reader.cursors(&account.name)?);
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
            let cursors = cursors.remove(name.as_str()).unwrap_or_default();
            let watch = self.start(setup, account, cursors, old);
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
        account: &Account,
        cursors: BTreeMap<String, Cursor>,
        old: Option<Watch>,
    ) -> Watch {
        let stop = self.stop.child_token();
        let watch = mailboxes::watch(setup, account, cursors, self.events.clone(), stop.clone());
        let ended = self.tasks.spawn(async move {
            if let Some(old) = old {
                old.stop.cancel();
                // However it ended, it is over.
                let _ = old.ended.await;
            }
            watch.await;
        });
        Watch {
            account: account.clone(),
            stop,
            ended,
        }
    }
}
