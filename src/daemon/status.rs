//! The state of the watch, gathered for `status`: the same with and without a daemon.

use jiff::Timestamp;

use crate::config::Config;
use crate::daemon::people::People;
use crate::engine::outbox::delivery::DeliveryState;
use crate::io::control::outcome::{AccountLine, Pending, Status, Waiting};
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
            folders: account.folders.clone(),
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
    let lines = pending.into_iter().map(|(alert, deliveries)| {
        let deliveries: Vec<Pending> = deliveries.into_iter().filter_map(still).collect();
        Waiting {
            alert: alert.id,
            severity: alert.severity,
            at: alert.at,
            channels: deliveries.iter().map(|it| it.channel.clone()).collect(),
            deliveries,
        }
    });
    Ok(lines.collect())
}

fn still((channel, state): (String, DeliveryState)) -> Option<Pending> {
    match state {
        DeliveryState::Waiting {
            attempts, next_try, ..
        } => Some(Pending {
            channel,
            attempts,
            next_try,
        }),
        DeliveryState::Delivered { .. }
        | DeliveryState::Superseded { .. }
        | DeliveryState::GivenUp { .. } => None,
    }
}
