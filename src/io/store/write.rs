//! Turns a change into rows.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, ToSql, Transaction, params};
use serde::Serialize;

use crate::engine::alert::Alert;
use crate::engine::correlator::Input;
use crate::engine::incident::{Incident, Status};
use crate::engine::outbox::delivery::{Delivery, DeliveryState};
use crate::engine::signal::Signal;
use crate::io::fault::{Point, pass};
use crate::io::store::change::Change;
use crate::io::store::error::StoreError;

/// Writes into one open transaction.
pub(crate) struct Writer<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    /// The state file, for errors.
    pub(crate) path: &'a Path,
}

impl Writer<'_> {
    /// Writes a change whose first journal entry goes to place `seq`; returns the next free place.
    pub(crate) fn change(&self, change: &Change, mut seq: i64) -> Result<i64, StoreError> {
        for (account, folder, cursor) in &change.cursors {
            self.run(
                "INSERT OR REPLACE INTO cursors VALUES (?1, ?2, ?3, ?4)",
                params![account, folder, cursor.uid_validity, cursor.next_uid],
            )?;
        }
        pass(Point::CursorsWritten);
        for (taken_at, person, input) in &change.inputs {
            if self.input(seq, *taken_at, person, input)? {
                seq = seq.saturating_add(1);
            }
        }
        pass(Point::InputsWritten);
        for (person, state) in &change.states {
            self.run(
                "INSERT OR REPLACE INTO correlator_states VALUES (?1, ?2, ?3)",
                params![person, seq.saturating_sub(1), state],
            )?;
        }
        pass(Point::StatesWritten);
        for incident in &change.incidents {
            self.incident(incident)?;
        }
        pass(Point::IncidentsWritten);
        for (alert, channels) in &change.alerts {
            self.alert(alert, channels)?;
        }
        pass(Point::AlertsWritten);
        for delivery in &change.deliveries {
            self.delivery(delivery, "DO UPDATE SET state = excluded.state,
                 attempts = coalesce(excluded.attempts, attempts), since = coalesce(excluded.since, since),
                 next_try = excluded.next_try, settled_at = excluded.settled_at")?;
        }
        pass(Point::DeliveriesWritten);
        Ok(seq)
    }

    /// Says whether the entry took its place: a signal that is known already does not, unless a better witness vouches
    /// for its sender, which changes what follows from it.
    fn input(
        &self,
        seq: i64,
        taken_at: Timestamp,
        person: &str,
        input: &Input,
    ) -> Result<bool, StoreError> {
        let taken_at = column(taken_at);
        let rows = if let Input::Signal(signal) = input
            && !self.is_better_witness(person, signal)?
        {
            self.run(
                "INSERT INTO signals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (person, id) DO NOTHING",
                params![
                    seq,
                    taken_at,
                    person,
                    signal.id.0,
                    column(signal.at),
                    column(signal.arrived_at),
                    signal.service,
                    signal.kind.name(),
                    self.json(signal)?
                ],
            )?
        } else {
            self.run(
                "INSERT INTO inputs VALUES (?1, ?2, ?3, ?4)",
                params![seq, taken_at, person, self.json(input)?],
            )?
        };
        Ok(rows > 0)
    }

    /// Whether this signal is known with a lower verdict on its sender.
    fn is_better_witness(&self, person: &str, signal: &Signal) -> Result<bool, StoreError> {
        let known: Option<String> = self
            .transaction
            .prepare_cached("SELECT json FROM signals WHERE person = ?1 AND id = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![person, signal.id.0], |row| row.get(0))
                    .optional()
            })
            .map_err(|source| StoreError::sql(self.path, "read", source))?;
        // One that cannot be read is found when the journal is.
        let known = known.and_then(|json| serde_json::from_str::<Signal>(&json).ok());
        Ok(known.is_some_and(|known| known.sender < signal.sender))
    }

    fn incident(&self, incident: &Incident) -> Result<(), StoreError> {
        let status = match incident.status {
            Status::Open => "open",
            Status::Closed { .. } => "closed",
        };
        self.run(
            // In its place: what is replaced is taken out of every index and put in again.
            "INSERT INTO incidents VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, status = excluded.status,
                 opened_at = excluded.opened_at, json = excluded.json",
            params![
                incident.id.0,
                incident.person,
                incident.severity.name(),
                status,
                column(incident.opened_at),
                self.json(incident)?
            ],
        )?;
        Ok(())
    }

    fn alert(&self, alert: &Alert, channels: &[String]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO alerts (seq, id, thread, at, severity, json)
             VALUES ((SELECT max(coalesce((SELECT max(seq) FROM alerts), 0),
                                 coalesce((SELECT value FROM marks WHERE name = 'alerts'), 0)) + 1),
                     ?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO NOTHING",
            params![
                alert.id,
                alert.thread,
                column(alert.at),
                alert.severity.name(),
                self.json(alert)?
            ],
        )?;
        for channel in channels {
            let delivery = Delivery {
                alert: alert.id.clone(),
                channel: channel.clone(),
                state: DeliveryState::queued(alert.at),
            };
            self.delivery(&delivery, "DO NOTHING")?;
        }
        Ok(())
    }

    fn delivery(&self, delivery: &Delivery, on_conflict: &str) -> Result<(), StoreError> {
        let (state, waiting, settled_at) = match delivery.state {
            DeliveryState::Waiting {
                attempts,
                since,
                next_try,
            } => ("waiting", Some((attempts, since, next_try)), None),
            DeliveryState::Delivered { at } => ("delivered", None, Some(at)),
            DeliveryState::Superseded { at } => ("superseded", None, Some(at)),
            DeliveryState::GivenUp { at } => ("given_up", None, Some(at)),
        };
        self.run(
            &format!(
                "INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (alert, channel) {on_conflict}"
            ),
            params![
                delivery.alert,
                delivery.channel,
                state,
                waiting.map(|(attempts, _, _)| attempts),
                waiting.map(|(_, since, _)| column(since)),
                waiting.map(|(_, _, next_try)| column(next_try)),
                settled_at.map(column)
            ],
        )?;
        Ok(())
    }

    fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|source| StoreError::sql(self.path, "write", source))
    }

    fn json<T: Serialize>(&self, value: &T) -> Result<String, StoreError> {
        serde_json::to_string(value).map_err(|source| StoreError::Encode {
            path: self.path.to_owned(),
            source,
        })
    }
}

/// Remembers the highest seq of a table whose rows may go, so that none is given twice.
pub(crate) fn mark(transaction: &Transaction<'_>, name: &str, seq: i64) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO marks VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        params![name, seq],
    )?;
    Ok(())
}

/// A moment as a column holds it: RFC 3339 with nine digits, so that text order is time order.
pub(crate) fn column(at: Timestamp) -> String {
    format!("{at:.9}")
}
