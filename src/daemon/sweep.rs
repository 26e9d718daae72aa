//! Retention: what is older than 400 days goes, at the start and once a day, a few rows at a time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::daemon::people::People;
use crate::engine::correlator::{Correlator, Input};
use crate::engine::span;
use crate::io::store::Store;
use crate::io::store::change::Change;
use crate::io::store::error::StoreError;
use crate::io::store::journal::Entry;

/// How long signals, the rest of the journal and settled alerts are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What came this long before an open incident may belong to it: the horizon of facts.
const BEFORE_OPEN: SignedDuration = SignedDuration::from_hours(8 * 24);

/// A moment that lies further ahead comes from a clock that was wrong, and says nothing about an entry's age.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Entries that are deleted in one transaction, which is as long as a mail may have to wait.
const BATCH: u32 = 128;

/// Between two transactions.
const PAUSE: SignedDuration = SignedDuration::from_millis(20);

/// Between two sweeps.
const DAILY: SignedDuration = SignedDuration::from_hours(24);

/// After one that failed.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// When to sweep next, and what the deleted entries come to.
#[derive(Debug)]
pub struct Sweep {
    due: Timestamp,
    /// Each person's correlator after the entries that are gone, and the last of them.
    bases: Option<BTreeMap<String, (i64, Correlator)>>,
    gone: usize,
}

impl Sweep {
    /// The first one is due at once.
    pub fn new(now: Timestamp) -> Self {
        Self {
            due: now,
            bases: None,
            gone: 0,
        }
    }

    /// When the next transaction is due.
    pub fn due(&self) -> Timestamp {
        self.due
    }

    /// Forgets the bases that it holds: others were written.
    pub fn reset(&mut self) {
        self.bases = None;
    }

    /// Deletes a few of the oldest entries; says whether there may be more.
    pub fn batch(
        &mut self,
        people: &People,
        store: &mut Store,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let old = span::before(now, KEPT);
        let cutoff = store
            .oldest_open()?
            .map_or(old, |opened| old.min(span::before(opened, BEFORE_OPEN)));
        let mut entries = store.oldest_entries(BATCH)?;
        entries.truncate(too_old(&entries, cutoff, now));
        let Some(upto) = entries.last().map(|entry| entry.seq) else {
            self.bases = None;
            return Ok(store.drop_alerts(old, BATCH)? > 0);
        };
        let bases = match &mut self.bases {
            Some(bases) => bases,
            none => none.insert(read_bases(store)?),
        };
        let mut changed = BTreeMap::new();
        for Entry {
            seq,
            taken_at,
            person,
            input,
        } in entries
        {
            let Some(options) = people.options(&person) else {
                continue;
            };
            let (last, base) = bases.entry(person.clone()).or_default();
            if seq > *last {
                let _ = base.step(options, taken_at, input);
                *last = seq;
                changed.insert(person, serde_json::to_string(base));
            }
        }
        let mut written = Vec::new();
        for (person, json) in changed {
            let json = json.map_err(|source| StoreError::Encode {
                path: store.path().to_owned(),
                source,
            })?;
            written.push((person, json));
        }
        match store.drop_journal(upto, &written) {
            Ok(gone) => self.gone = self.gone.saturating_add(gone),
            Err(error) => {
                // What was stepped in memory only is read again.
                self.bases = None;
                return Err(error);
            }
        }
        Ok(true)
    }
}

/// How many of the first entries are too old. One whose moment lies ahead of the clock goes with an old one after it.
fn too_old(entries: &[Entry], cutoff: Timestamp, now: Timestamp) -> usize {
    let wrong = span::after(now, AHEAD);
    let mut count = 0;
    for (place, entry) in entries.iter().enumerate() {
        if entry.taken_at < cutoff {
            count = place.saturating_add(1);
        } else if entry.taken_at <= wrong {
            break;
        }
    }
    count
}

fn read_bases(store: &Store) -> Result<BTreeMap<String, (i64, Correlator)>, StoreError> {
    let mut bases = BTreeMap::new();
    for (person, (upto, json)) in store.bases()? {
        // A base of another version is begun anew from the entries that are left.
        if let Ok(correlator) = serde_json::from_str(&json) {
            bases.insert(person, (upto, correlator));
        }
    }
    Ok(bases)
}

impl Daemon {
    /// Sweeps a little if it is time.
    pub(crate) async fn sweep(&mut self) {
        let now = (self.setup.clock)();
        // A clock that was set back must not put the next sweep off for years.
        if self.sweep.due > now && self.sweep.due <= span::after(now, DAILY) {
            return;
        }
        // What goes from the journal must be in the states.
        if !self.write_states() {
            self.sweep.due = span::after(now, AGAIN);
            return;
        }
        let next = match self.sweep.batch(&self.people, &mut self.store, now) {
            Ok(true) => PAUSE,
            Ok(false) => {
                self.outlive(span::before(now, KEPT)).await;
                if self.sweep.gone > 0 {
                    info!(
                        signals = self.sweep.gone,
                        "what is older than 400 days is gone"
                    );
                    self.sweep.gone = 0;
                }
                DAILY
            }
            Err(problem) => {
                warn!(%problem, "what is too old could not be deleted; it is tried again later");
                AGAIN
            }
        };
        self.sweep.due = span::after(now, next);
    }

    /// Lets the correlators forget what is too old: they hold few facts of a quiet mailbox for long.
    async fn outlive(&mut self, before: Timestamp) {
        for person in self.people.names() {
            if self.people.holds_of_before(&person, before) {
                let input = Input::Outlived { before };
                self.take(&person, input, Change::default()).await;
            }
        }
    }
}
