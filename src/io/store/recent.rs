//! The signals of the last moments.

use jiff::Timestamp;
use rusqlite::params;

use crate::engine::signal::Signal;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;

impl Reader {
    /// The signals of mails that arrived at or after a moment, in the order in which they were taken.
    pub fn signals_since(&self, moment: Timestamp) -> Result<Vec<Signal>, StoreError> {
        let read = || -> rusqlite::Result<Vec<(i64, String)>> {
            let mut statement = self.connection().prepare_cached(
                "SELECT seq, json FROM signals WHERE arrived_at >= ?1 ORDER BY seq",
            )?;
            let rows = statement.query_map(params![format!("{moment:.9}")], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            rows.collect()
        };
        let rows = read().map_err(|source| self.failed(source))?;
        rows.into_iter()
            .map(|(seq, json)| self.parse("signals", &seq.to_string(), &json))
            .collect()
    }
}
