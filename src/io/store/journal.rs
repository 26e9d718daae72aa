//! Reads back what the correlators took, in order, so that their states can be made again.

use jiff::Timestamp;
use rusqlite::params;

use crate::engine::correlator::Input;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;

/// One input, as a correlator took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the journal.
    pub seq: i64,
    /// When the correlator took it: the `now` of that step.
    pub taken_at: Timestamp,
    /// Whose correlator.
    pub person: String,
    /// What it took.
    pub input: Input,
}

impl Reader {
    /// Hands every entry after place `after` to `take`, in order, holding one at a time in memory.
    ///
    /// 0 is the beginning. An error of `take` ends the reading and is returned.
    pub fn replay<E: From<StoreError>>(
        &self,
        after: i64,
        take: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        // A negative limit is none.
        self.entries(after, -1, take)
    }

    /// The first entries that are left, at most `limit`, in order.
    pub fn oldest_entries(&self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let mut oldest = Vec::new();
        self.entries(0, limit.into(), |entry| {
            oldest.push(entry);
            Ok::<(), StoreError>(())
        })?;
        Ok(oldest)
    }

    fn entries<E: From<StoreError>>(
        &self,
        after: i64,
        limit: i64,
        mut take: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |source| E::from(self.failed(source));
        let mut statement = self
            .connection()
            .prepare_cached(
                "SELECT seq, taken_at, person, json, 1 FROM signals WHERE seq > ?1
                 UNION ALL SELECT seq, taken_at, person, json, 0 FROM inputs WHERE seq > ?1
                 ORDER BY seq LIMIT ?2",
            )
            .map_err(failed)?;
        let mut rows = statement.query(params![after, limit]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let columns = (|| {
                Ok((
                    row.get(0)?,
                    row.get::<_, String>(1)?,
                    row.get(2)?,
                    row.get::<_, String>(3)?,
                    row.get(4)?,
                ))
            })();
            let (seq, taken_at, person, json, is_signal): (i64, _, _, _, bool) =
                columns.map_err(failed)?;
            let (table, key) = (
                if is_signal { "signals" } else { "inputs" },
                seq.to_string(),
            );
            let input = if is_signal {
                Input::Signal(Box::new(self.parse(table, &key, &json)?))
            } else {
                self.parse(table, &key, &json)?
            };
            take(Entry {
                seq,
                taken_at: self.timestamp(table, &key, &taken_at)?,
                person,
                input,
            })?;
        }
        Ok(())
    }
}
