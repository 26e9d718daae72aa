//! Everything that can be asked of a state file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;

use crate::engine::alert::Alert;
use crate::engine::cursor::Cursor;
use crate::engine::incident::{Incident, IncidentId};
use crate::engine::outbox::delivery::DeliveryState;
use crate::engine::signal::SignalId;
use crate::io::store::error::StoreError;

/// An alert that waits on at least one channel, with its state on each.
pub type Pending = (Alert, BTreeMap<String, DeliveryState>);

/// A state file, opened for reading.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

impl Reader {
    pub(crate) fn new(connection: Connection, path: &Path) -> Self {
        Self {
            connection,
            path: path.to_owned(),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far each folder of an account has been read.
    pub fn cursors(&self, account: &str) -> Result<BTreeMap<String, Cursor>, StoreError> {
        let sql = "SELECT folder, uid_validity, next_uid FROM cursors WHERE account = ?1";
        let rows = self.rows(sql, params![account], |row| {
            let cursor = Cursor {
                uid_validity: row.get(1)?,
                next_uid: row.get(2)?,
            };
            Ok((row.get(0)?, cursor))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// Each person's last stored correlator as JSON, and the last entry of the journal that is in it.
    pub fn states(&self) -> Result<BTreeMap<String, (i64, String)>, StoreError> {
        let sql = "SELECT person, upto_seq, json FROM correlator_states";
        let rows = self.rows(sql, [], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        Ok(rows.into_iter().collect())
    }

    /// The entry of the journal up to which each person's entries are in the stored states.
    pub fn states_upto(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(value), 0) FROM marks WHERE name = 'states'";
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|source| self.failed(source))
    }

    /// What the entries that are gone from the journal came to: each person's correlator as JSON, and the last entry
    /// that is in it.
    pub fn bases(&self) -> Result<BTreeMap<String, (i64, String)>, StoreError> {
        let sql = "SELECT person, upto_seq, json FROM journal_bases";
        let rows = self.rows(sql, [], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        Ok(rows.into_iter().collect())
    }

    /// The alerts that still have to be delivered, in the order in which they were queued.
    pub fn pending_alerts(&self) -> Result<Vec<Pending>, StoreError> {
        let sql = "SELECT id, json FROM alerts
                   WHERE id IN (SELECT alert FROM deliveries WHERE state = 'waiting') ORDER BY seq";
        let alerts: Vec<(String, String)> =
            self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        alerts
            .into_iter()
            .map(|(id, json)| {
                let alert = self.parse("alerts", &id, &json)?;
                Ok((alert, self.deliveries(&id)?))
            })
            .collect()
    }

    /// The alerts after place `after`, at most `limit`, in the order in which they were queued. The place of the
    /// last one is what to ask for next; 0 is the beginning.
    pub fn alerts(&self, after: i64, limit: u32) -> Result<Vec<(i64, Alert)>, StoreError> {
        let sql = "SELECT seq, json FROM alerts WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let rows: Vec<(i64, String)> = self.rows(sql, params![after, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.into_iter()
            .map(|(seq, json)| Ok((seq, self.parse("alerts", &seq.to_string(), &json)?)))
            .collect()
    }

    /// All incidents, or the open ones, by the time at which they opened.
    pub fn incidents(&self, open_only: bool) -> Result<Vec<Incident>, StoreError> {
        let sql =
            "SELECT id, json FROM incidents WHERE status = 'open' OR NOT ?1 ORDER BY opened_at, id";
        let rows: Vec<(String, String)> = self.rows(sql, params![open_only], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.into_iter()
            .map(|(id, json)| self.parse("incidents", &id, &json))
            .collect()
    }

    /// One incident.
    pub fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
        let json: Option<String> = self
            .connection
            .query_row(
                "SELECT json FROM incidents WHERE id = ?1",
                params![id.0],
                |row| row.get(0),
            )
            .optional()
            .map_err(|source| self.failed(source))?;
        json.map(|json| self.parse("incidents", &id.0, &json))
            .transpose()
    }

    /// Whether the person's journal holds this signal.
    pub fn has_signal(&self, person: &str, id: &SignalId) -> Result<bool, StoreError> {
        self.connection
            .prepare_cached("SELECT 1 FROM signals WHERE person = ?1 AND id = ?2")
            .and_then(|mut statement| statement.exists(params![person, id.0]))
            .map_err(|source| self.failed(source))
    }

    /// The place of the last journal entry; 0 where there is none.
    pub(crate) fn last_seq(&self) -> Result<i64, StoreError> {
        let sql = "SELECT max(coalesce((SELECT max(seq) FROM signals), 0),
                              coalesce((SELECT max(seq) FROM inputs), 0),
                              coalesce((SELECT max(upto_seq) FROM correlator_states), 0),
                              coalesce((SELECT max(upto_seq) FROM journal_bases), 0),
                              coalesce((SELECT max(value) FROM marks WHERE name = 'journal'), 0))";
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|source| self.failed(source))
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub(crate) fn parse<T: DeserializeOwned>(
        &self,
        table: &'static str,
        row: &str,
        json: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(json).map_err(|error| self.unreadable(table, row, error.to_string()))
    }

    pub(crate) fn timestamp(
        &self,
        table: &'static str,
        row: &str,
        text: &str,
    ) -> Result<Timestamp, StoreError> {
        text.parse()
            .map_err(|error: jiff::Error| self.unreadable(table, row, error.to_string()))
    }

    pub(crate) fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::sql(&self.path, "read", source)
    }

    fn unreadable(&self, table: &'static str, row: &str, why: String) -> StoreError {
        StoreError::Row {
            path: self.path.clone(),
            table,
            row: row.to_owned(),
            why,
        }
    }

    fn deliveries(&self, alert: &str) -> Result<BTreeMap<String, DeliveryState>, StoreError> {
        let sql = "SELECT channel, state, attempts, since, next_try, settled_at FROM deliveries
                   WHERE alert = ?1";
        let rows = self.rows(sql, params![alert], DeliveryRow::read)?;
        rows.into_iter()
            .map(|row| {
                let state = self.delivery_state(&row)?;
                Ok((row.channel, state))
            })
            .collect()
    }

    fn delivery_state(&self, row: &DeliveryRow) -> Result<DeliveryState, StoreError> {
        let time = |column: &Option<String>| {
            let text = column.as_deref().unwrap_or_default();
            self.timestamp("deliveries", &row.channel, text)
        };
        match row.state.as_str() {
            "waiting" => Ok(DeliveryState::Waiting {
                attempts: row.attempts.unwrap_or(0),
                since: time(&row.since)?,
                next_try: time(&row.next_try)?,
            }),
            "delivered" => Ok(DeliveryState::Delivered {
                at: time(&row.settled_at)?,
            }),
            "superseded" => Ok(DeliveryState::Superseded {
                at: time(&row.settled_at)?,
            }),
            "given_up" => Ok(DeliveryState::GivenUp {
                at: time(&row.settled_at)?,
            }),
            other => Err(self.unreadable(
                "deliveries",
                &row.channel,
                format!("unknown state {other:?}"),
            )),
        }
    }

    fn rows<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map(values, read)?.collect())
            .map_err(|source| self.failed(source))
    }
}

struct DeliveryRow {
    channel: String,
    state: String,
    attempts: Option<u32>,
    since: Option<String>,
    next_try: Option<String>,
    settled_at: Option<String>,
}

impl DeliveryRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            channel: row.get(0)?,
            state: row.get(1)?,
            attempts: row.get(2)?,
            since: row.get(3)?,
            next_try: row.get(4)?,
            settled_at: row.get(5)?,
        })
    }
}
