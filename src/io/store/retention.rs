//! What is deleted because it is old: a few rows at a time, so that no mail waits for it.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::engine::incident::Status;
use crate::io::store::Store;
use crate::io::store::error::StoreError;
use crate::io::store::write::{column, mark};

impl Store {
    /// When the oldest open incident opened; what it rests on stays, however old.
    pub fn oldest_open(&self) -> Result<Option<Timestamp>, StoreError> {
        let open = self.incidents(true)?;
        let opened = open
            .iter()
            .filter(|incident| incident.status == Status::Open)
            .map(|incident| incident.opened_at);
        Ok(opened.min())
    }

    /// Deletes the journal up to the entry `upto`, which is in `bases`: person, and the correlator as JSON after that
    /// entry. Gives how many signals went.
    pub fn drop_journal(
        &mut self,
        upto: i64,
        bases: &[(String, String)],
    ) -> Result<usize, StoreError> {
        self.in_transaction(|transaction| {
            mark(transaction, "journal", upto)?;
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO journal_bases VALUES (?1, ?2, ?3)")?;
            for (person, json) in bases {
                insert.execute(params![person, upto, json])?;
            }
            transaction.execute("DELETE FROM inputs WHERE seq <= ?1", [upto])?;
            transaction.execute("DELETE FROM signals WHERE seq <= ?1", [upto])
        })
    }

    /// Deletes at most `limit` alerts of before a moment that wait nowhere and do not belong to an open incident.
    /// Gives how many went.
    pub fn drop_alerts(&mut self, before: Timestamp, limit: u32) -> Result<usize, StoreError> {
        self.in_transaction(|transaction| {
            let latest = transaction.query_row("SELECT max(seq) FROM alerts", [], |row| {
                row.get::<_, Option<i64>>(0)
            })?;
            let Some(latest) = latest else { return Ok(0) };
            mark(transaction, "alerts", latest)?;
            let old: Vec<String> = transaction
                .prepare_cached(
                    "SELECT id FROM alerts WHERE at < ?1
                     AND id NOT IN (SELECT alert FROM deliveries WHERE state = 'waiting')
                     AND thread NOT IN (SELECT id FROM incidents WHERE status = 'open')
                     ORDER BY seq LIMIT ?2",
                )?
                .query_map(params![column(before), limit], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for id in &old {
                transaction.execute("DELETE FROM deliveries WHERE alert = ?1", [id])?;
                transaction.execute("DELETE FROM alerts WHERE id = ?1", [id])?;
            }
            Ok(old.len())
        })
    }

    pub(crate) fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = self.path().to_owned();
        let failed = |source| StoreError::sql(&path, "write", source);
        let transaction = self
            .connection_for_writing()
            .transaction()
            .map_err(failed)?;
        let done = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }
}
