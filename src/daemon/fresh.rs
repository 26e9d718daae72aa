//! Mails that just arrived and said something: should they be gone within moments, that is a fact of its own.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::engine::signal::{Signal, SignalId};
use crate::engine::span;
use crate::engine::watch::folder::is_this_use;
use crate::io::imap::Recent;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;

/// So many mails are kept in mind; who gets more within a minute is under a flood, which is told anyway.
const FRESH_AT_MOST: usize = 32 * 1_024;

/// From so many on it is looked which of them are fresh no more.
const FIRST_LOOK: usize = 512;

/// The signals of the last moments, by where their mail lies.
#[derive(Debug, Default)]
pub struct Fresh {
    by_source: BTreeMap<String, (SignalId, Timestamp)>,
    within: SignedDuration,
    /// The number of mails from which those that are fresh no more are dropped.
    look_from: usize,
}

impl Fresh {
    /// What was stored before a restart is as fresh as it was.
    pub fn restore(
        reader: &Reader,
        within: SignedDuration,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut fresh = Self {
            by_source: BTreeMap::new(),
            within,
            look_from: FIRST_LOOK,
        };
        for signal in reader.signals_since(span::before(now, within))? {
            fresh.note(&signal, &signal.source, now);
        }
        Ok(fresh)
    }

    /// Keeps a signal in mind while its mail is fresh. The source is where this copy of the mail lies.
    pub fn note(&mut self, signal: &Signal, source: &str, now: Timestamp) {
        if self.by_source.len() >= self.look_from {
            let within = self.within;
            self.by_source
                .retain(|_, (_, arrived_at)| now <= span::after(*arrived_at, within));
            self.look_from = self.by_source.len().saturating_mul(2).max(FIRST_LOOK);
        }
        if self.is_fresh(signal, now) && self.by_source.len() < FRESH_AT_MOST {
            let entry = (signal.id.clone(), signal.arrived_at);
            self.by_source.insert(source.to_owned(), entry);
        }
    }

    /// Whether a mail arrived just now.
    pub fn is_fresh(&self, signal: &Signal, now: Timestamp) -> bool {
        now <= span::after(signal.arrived_at, self.within)
    }

    /// The signal of a mail that is gone, where that happened within moments.
    pub fn take(&mut self, source: &str, now: Timestamp) -> Option<SignalId> {
        let (id, arrived_at) = self.by_source.remove(source)?;
        (now <= span::after(arrived_at, self.within)).then_some(id)
    }
}

/// The mails that arrived just now, for the watch of each account.
pub fn recent(
    reader: &Reader,
    within: SignedDuration,
    now: Timestamp,
) -> Result<BTreeMap<String, Vec<Recent>>, StoreError> {
    let mut recent: BTreeMap<String, Vec<Recent>> = BTreeMap::new();
    for signal in reader.signals_since(span::before(now, within))? {
        let Some((place, uid)) = signal.source.rsplit_once(";uid=") else {
            continue;
        };
        let (Ok(uid), Some(message_id)) = (uid.parse(), signal.message_id) else {
            continue;
        };
        // Both names may hold a slash; only one way to part them names an account and a folder that are there.
        for (at, _) in place.match_indices('/') {
            if let Some((account, rest)) = place.split_at_checked(at)
                && let Some(folder) = rest.strip_prefix('/')
            {
                let mails = recent.entry(account.to_owned()).or_default();
                mails.push(Recent {
                    folder: folder.to_owned(),
                    uid,
                    arrived_at: signal.arrived_at,
                    message_id: message_id.clone(),
                });
            }
        }
    }
    Ok(recent)
}

/// Whether mails are delivered into a folder, rather than moved or shown there a second time: only there they are
/// counted. The first folder of an account counts in any case.
pub fn counts_arrivals(config: &Config, account: &str, folder: &str) -> bool {
    let is_home = config
        .account(account)
        .and_then(|account| account.folders.first())
        .is_some_and(|home| home == folder);
    is_home
        || !["Trash", "Archive", "All"]
            .iter()
            .any(|place| is_this_use(folder, place))
}
