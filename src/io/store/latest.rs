//! The end of the list of alerts.

use rusqlite::{OptionalExtension as _, params};

use crate::engine::alert::Alert;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;

impl Reader {
    /// The last `limit` alerts with their places, in the order in which they were queued.
    pub fn latest_alerts(&self, limit: u32) -> Result<Vec<(i64, Alert)>, StoreError> {
        let failed = |source| self.failed(source);
        let mut statement = self
            .connection()
            .prepare_cached("SELECT seq, json FROM alerts ORDER BY seq DESC LIMIT ?1")
            .map_err(failed)?;
        let rows: Vec<(i64, String)> = statement
            .query_map(params![limit], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .map_err(failed)?;
        rows.into_iter()
            .rev()
            .map(|(seq, json)| Ok((seq, self.parse("alerts", &seq.to_string(), &json)?)))
            .collect()
    }

    /// The last alert of a thread, with its place.
    pub fn latest_alert_of(&self, thread: &str) -> Result<Option<(i64, Alert)>, StoreError> {
        let failed = |source| self.failed(source);
        let mut statement = self
            .connection()
            .prepare_cached(
                "SELECT seq, json FROM alerts WHERE thread = ?1 ORDER BY seq DESC LIMIT 1",
            )
            .map_err(failed)?;
        let row: Option<(i64, String)> = statement
            .query_row(params![thread], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(failed)?;
        row.map(|(seq, json)| Ok((seq, self.parse("alerts", &seq.to_string(), &json)?)))
            .transpose()
    }
}
