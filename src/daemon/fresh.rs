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

/// So many mails are kept in mind; a mailbox that gets more within a minute is under a flood, which is told anyway.
const FRESH_AT_MOST: usize = 1_024;

/// The signals of the last moments, by where their mail lies.
#[derive(Debug, Default)]
pub struct Fresh {
    by_source: BTreeMap<String, (SignalId, Timestamp)>,
    within: SignedDuration,
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
        };
        for signal in reader.signals_since(span::before(now, within))? {
            fresh.note(&signal, &signal.source, now);
        }
        Ok(fresh)
    }

    /// Keeps a signal in mind while its mail is fresh. The source is where this copy of the mail lies.
    pub fn note(&mut self, signal: &Signal, source: &str, now: Timestamp) {
        let within = self.within;
        self.by_source
            .retain(|_, (_, arrived_at)| now <= span::after(*arrived_at, within));
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

/// The mails of an account that arrived just now, for its watch.
pub fn recent(
    reader: &Reader,
    account: &str,
    within: SignedDuration,
    now: Timestamp,
) -> Result<Vec<Recent>, StoreError> {
    let signals = reader.signals_since(span::before(now, within))?;
    let mails = signals.into_iter().filter_map(|signal| {
        let place = signal.source.strip_prefix(account)?.strip_prefix('/')?;
        let (folder, uid) = place.rsplit_once(";uid=")?;
        Some(Recent {
            folder: folder.to_owned(),
            uid: uid.parse().ok()?,
            arrived_at: signal.arrived_at,
            message_id: signal.message_id?,
        })
    });
    Ok(mails.collect())
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
