//! The state of the watch, gathered for `status`: the same with and without a daemon.

use jiff::Timestamp;

use crate::config::Config;
use crate::daemon::people::People;
use crate::io::control::outcome::{AccountLine, Status, Waiting};
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;

/// Gathers it. Without a daemon `people` and `since` are `None`; without a state file `reader` is.
pub fn gather(
    config: &Config,
    people: Option<&People>,
    reader: Option<&Reader>,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Status, StoreError> {
    let accounts = config
        .accounts
        .iter()
        .map(|account| AccountLine {
            name: account.name.clone(),
            person: account.person.clone(),
            state: people
                .and_then(|people| people.state_of(&account.name))
                .cloned(),
        })
        .collect();
    let (waiting, open) = match reader {
        Some(reader) => (waiting(reader)?, reader.incidents(true)?),
        None => (Vec::new(), Vec::new()),
    };
    Ok(Status {
        watching: since.is_some(),
        since,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at: now,
        accounts,
        waiting,
        open,
    })
}

fn waiting(reader: &Reader) -> Result<Vec<Waiting>, StoreError> {
    let pending = reader.pending_alerts()?;
    let lines = pending.into_iter().map(|(alert, deliveries)| Waiting {
        alert: alert.id,
        severity: alert.severity,
        at: alert.at,
        channels: deliveries
            .into_iter()
            .filter(|(_, state)| state.is_waiting())
            .map(|(channel, _)| channel)
            .collect(),
    });
    Ok(lines.collect())
}
