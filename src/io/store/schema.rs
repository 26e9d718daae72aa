//! The tables, and the way from each released version to the present one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Error};

use crate::io::store::error::StoreError;

/// The present schema version, as `PRAGMA user_version` holds it.
pub(crate) const VERSION: u32 = 3;

/// `PRAGMA application_id`: "mlwd".
const APPLICATION_ID: u32 = 0x6d6c_7764;

/// How long to wait for a lock that another program holds. The event loop waits with it, and SIGTERM must be heard
/// within five seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Pages in the WAL from which a commit itself carries them over to the file: only while no second is quiet, or a
/// mail would wait for it (SQLite's own figure is 1,000, some fifty mails).
const WAL_AT_MOST: u32 = 4_000;

/// Version `n + 1` is made from version `n` by the `n`th step. A released step is never changed.
const STEPS: [&str; VERSION as usize] = [
    "CREATE TABLE cursors (
         account TEXT NOT NULL,
         folder TEXT NOT NULL,
         uid_validity INTEGER NOT NULL,
         next_uid INTEGER NOT NULL,
         PRIMARY KEY (account, folder)
     ) STRICT, WITHOUT ROWID;
     -- Signals and inputs together are the journal of everything the correlators took; seq orders both.
     CREATE TABLE signals (
         seq INTEGER PRIMARY KEY,
         taken_at TEXT NOT NULL,
         person TEXT NOT NULL,
         id TEXT NOT NULL,
         at TEXT NOT NULL,
         arrived_at TEXT NOT NULL,
         service TEXT NOT NULL,
         kind TEXT NOT NULL,
         json TEXT NOT NULL,
         UNIQUE (person, id)
     ) STRICT;
     CREATE INDEX signals_by_service ON signals (service, at);
     CREATE TABLE inputs (
         seq INTEGER PRIMARY KEY,
         taken_at TEXT NOT NULL,
         person TEXT NOT NULL,
         json TEXT NOT NULL
     ) STRICT;
     -- A snapshot of each person's correlator after the journal entry upto_seq.
     CREATE TABLE correlator_states (
         person TEXT PRIMARY KEY,
         upto_seq INTEGER NOT NULL,
         json TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE incidents (
         id TEXT PRIMARY KEY,
         person TEXT NOT NULL,
         severity TEXT NOT NULL,
         status TEXT NOT NULL,
         opened_at TEXT NOT NULL,
         json TEXT NOT NULL
     ) STRICT;
     CREATE INDEX incidents_by_time ON incidents (opened_at);
     CREATE TABLE alerts (
         seq INTEGER PRIMARY KEY,
         id TEXT NOT NULL UNIQUE,
         thread TEXT NOT NULL,
         at TEXT NOT NULL,
         severity TEXT NOT NULL,
         json TEXT NOT NULL
     ) STRICT;
     CREATE TABLE deliveries (
         alert TEXT NOT NULL,
         channel TEXT NOT NULL,
         state TEXT NOT NULL,
         attempts INTEGER,
         since TEXT,
         next_try TEXT,
         settled_at TEXT,
         PRIMARY KEY (alert, channel)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX deliveries_waiting ON deliveries (alert) WHERE state = 'waiting';",
    "-- Each person's correlator after the journal entry upto_seq: what the entries that are gone came to.
     CREATE TABLE journal_bases (
         person TEXT PRIMARY KEY,
         upto_seq INTEGER NOT NULL,
         json TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;
     -- The highest seq ever given in a table whose rows may be gone.
     CREATE TABLE marks (
         name TEXT PRIMARY KEY,
         value INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;",
    "-- From here on the states may be behind the journal. The mark says up to which entry none of them is.
     INSERT OR REPLACE INTO marks
         SELECT 'states', coalesce(max(upto_seq), 0) FROM correlator_states;",
];

/// Sets what every connection needs before it reads anything.
pub(crate) fn prepare(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// The schema version of the file; 0 for an empty one.
pub(crate) fn version(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    let read = |sql: &str| -> Result<u32, StoreError> {
        connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|source| StoreError::sql(path, "read", source))
    };
    let found = read("PRAGMA user_version")?;
    let application = read("PRAGMA application_id")?;
    let tables = read("SELECT count(*) FROM sqlite_schema")?;
    let empty = found == 0 && application == 0 && tables == 0;
    if application != APPLICATION_ID && !empty {
        return Err(StoreError::NotOurs {
            path: path.to_owned(),
        });
    }
    if found > VERSION {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: VERSION,
        });
    }
    Ok(found)
}

/// Reads the whole file once and says what is wrong with it, if anything is.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|source| StoreError::sql(path, "check", source))?;
    if found == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged {
        path: path.to_owned(),
        why: found,
    })
}

/// Brings the file from version `found` to the present one, in one transaction.
pub(crate) fn migrate(connection: &mut Connection, found: u32) -> Result<(), Error> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", WAL_AT_MOST)?;
    // What is deleted is overwritten with zeros.
    connection.pragma_update(None, "secure_delete", true)?;
    if found == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in STEPS.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_syncs_at_each_commit_and_the_version_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        for found in [0, VERSION] {
            let mut connection = Connection::open(&path).unwrap();
            assert_eq!(version(&connection, &path).unwrap(), found);
            migrate(&mut connection, found).unwrap();
            let read = |sql: &str| -> String {
                let value = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
                format!("{:?}", connection.query_row(sql, [], value).unwrap())
            };
            // 2 is FULL.
            assert_eq!(read("PRAGMA synchronous"), "Integer(2)");
            assert_eq!(read("PRAGMA secure_delete"), "Integer(1)");
            assert_eq!(read("PRAGMA wal_autocheckpoint"), "Integer(4000)");
            assert_eq!(read("PRAGMA journal_mode"), "Text(\"wal\")");
        }
    }
}
