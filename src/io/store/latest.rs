//! The end of the list of alerts.

use rusqlite::params;

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
}
