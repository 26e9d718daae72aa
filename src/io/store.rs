//! The state file: one SQLite database, one writer, one transaction for each consequence of a mail.
//!
//! WAL with `synchronous=FULL`: a commit that returned survives a power cut as far as the disk keeps its word. A commit
//! that was cut off is not there at all; the mail that it was for is read again, since its cursor went with it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, params};

use crate::io::fault::{Point, pass};
use crate::io::store::change::Change;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;
use crate::io::store::write::{Writer, mark};

pub mod change;
pub mod error;
pub mod forget;
pub mod journal;
mod latest;
pub mod reader;
mod recent;
pub mod retention;
mod schema;
mod set_aside;
mod write;

/// Commits from which the WAL is worth a checkpoint: about 300 pages.
const COMMITS_IN_WAL: u32 = 16;

/// Entries of the journal that a start may have to take again, unless it is a moment in which none can be written.
const ENTRIES_WITHOUT_STATES: i64 = 256;

/// The state file, opened for writing. Reads go through [`Reader`], which it dereferences to.
#[derive(Debug)]
pub struct Store {
    reader: Reader,
    /// Place of the next entry in the journal of inputs.
    next_seq: i64,
    /// Place of the last entry that is in its person's stored state, as is every one before it.
    states_upto: i64,
    /// Commits that only the WAL has.
    in_wal: u32,
    /// Held as long as the store is open; the lock goes with it.
    _lock: File,
}

/// What opening a state file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenNote {
    /// The file of an earlier run.
    Opened,
    /// There was none; a new one was made.
    Created,
    /// The file of an earlier version, brought up to date.
    Migrated {
        /// Its schema version before.
        from: u32,
        /// Its schema version now.
        to: u32,
    },
    /// The file was damaged: it was renamed, and a new one was made. The person has to be told.
    SetAside {
        /// Where the damaged file is now.
        moved_to: PathBuf,
        /// What was wrong with it.
        why: String,
    },
}

impl Deref for Store {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Store {
    /// Opens the state file for writing, or makes it (0600, its folder 0700).
    ///
    /// `now` names a damaged file that is set aside. Blocks on the disk; a second writer gets
    /// [`StoreError::InUse`] at once.
    pub fn open(path: &Path, now: Timestamp) -> Result<(Self, OpenNote), StoreError> {
        make_folder(path)?;
        let lock = lock(path)?;
        let created = make_file(path)?;
        let (connection, note) = match open_checked(path) {
            Ok((connection, 0)) if created => (connection, OpenNote::Created),
            Ok((connection, from)) if from < schema::VERSION => (
                connection,
                OpenNote::Migrated {
                    from,
                    to: schema::VERSION,
                },
            ),
            Ok((connection, _)) => (connection, OpenNote::Opened),
            Err(StoreError::Damaged { why, .. }) => {
                let moved_to = set_aside::set_aside(path, now)?;
                make_file(path)?;
                let (connection, _) = open_checked(path)?;
                (connection, OpenNote::SetAside { moved_to, why })
            }
            Err(error) => return Err(error),
        };
        let reader = Reader::new(connection, path);
        let next_seq = reader.last_seq()?.saturating_add(1);
        let states_upto = reader.states_upto()?;
        let store = Self {
            reader,
            next_seq,
            states_upto,
            in_wal: 0,
            _lock: lock,
        };
        Ok((store, note))
    }

    /// Opens the state file beside a running daemon, for reading only.
    pub fn open_read_only(path: &Path) -> Result<Reader, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        let failed = |source| StoreError::sql(path, "open", source);
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(failed)?;
        schema::prepare(&connection).map_err(failed)?;
        match schema::version(&connection, path)? {
            version if version == schema::VERSION => Ok(Reader::new(connection, path)),
            found => Err(StoreError::Older {
                path: path.to_owned(),
                found,
            }),
        }
    }

    pub(crate) fn connection_for_writing(&mut self) -> &mut Connection {
        self.reader.connection_mut()
    }

    /// Writes everything in one transaction: all of it is on disk when this returns, or none of it.
    pub fn commit(&mut self, change: &Change) -> Result<(), StoreError> {
        if change.is_empty() {
            return Ok(());
        }
        let path = self.reader.path().to_owned();
        let failed = |source| StoreError::sql(&path, "write", source);
        let transaction = self.reader.connection_mut().transaction().map_err(failed)?;
        pass(Point::StoreBegun);
        let next_seq = Writer {
            transaction: &transaction,
            path: &path,
        }
        .change(change, self.next_seq)?;
        transaction.commit().map_err(failed)?;
        pass(Point::StoreCommitted);
        self.next_seq = next_seq;
        self.in_wal = self.in_wal.saturating_add(1);
        Ok(())
    }

    /// Whether so many entries are in no state that the states are worth writing, though a mail may wait for it.
    pub fn wants_states(&self) -> bool {
        let last = self.next_seq.saturating_sub(1);
        last.saturating_sub(self.states_upto) >= ENTRIES_WITHOUT_STATES
    }

    /// Writes the states of all people who took anything since the last time: person, and correlator as JSON.
    ///
    /// A mail does not wait for it: its entries in the journal are as durable, and a start takes them again.
    pub fn write_states(&mut self, states: &[(String, String)]) -> Result<(), StoreError> {
        let upto = self.next_seq.saturating_sub(1);
        self.in_transaction(|transaction| {
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO correlator_states VALUES (?1, ?2, ?3)")?;
            for (person, json) in states {
                insert.execute(params![person, upto, json])?;
            }
            pass(Point::StatesWritten);
            mark(transaction, "states", upto)
        })?;
        self.states_upto = upto;
        self.in_wal = self.in_wal.saturating_add(1);
        Ok(())
    }

    /// Whether enough lies in the WAL to be carried over to the file when there is time.
    pub fn wants_checkpoint(&self) -> bool {
        self.in_wal >= COMMITS_IN_WAL
    }

    /// Carries the WAL over to the file, so that the next commits write over it from its beginning.
    ///
    /// Two syncs and many pages: for when no mail waits. What cannot be carried over now stays in the WAL, which is as
    /// durable, and is tried again after further commits.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.in_wal = 0;
        let connection = self.reader.connection();
        connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .map_err(|source| StoreError::sql(self.reader.path(), "write", source))
    }
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| StoreError::io(folder, "make the folder", source))
}

/// Takes the writer's lock. It is a file of its own: SQLite keeps POSIX locks on the database, and those go when
/// any descriptor of the file is closed.
fn lock(path: &Path) -> Result<File, StoreError> {
    let lock_path = with_suffix(path, ".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&lock_path)
        .map_err(|source| StoreError::io(&lock_path, "open", source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(StoreError::io(&lock_path, "lock", source)),
    }
}

/// Makes the file for the owner only, before SQLite would make it for everybody; SQLite gives the WAL the same
/// mode. Says whether the file is new or empty.
fn make_file(path: &Path) -> Result<bool, StoreError> {
    let failed = |source| StoreError::io(path, "open", source);
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => {
            sync_folder(path);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let metadata = fs::metadata(path).map_err(failed)?;
            if metadata.permissions().mode() & 0o077 != 0 {
                fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
            }
            Ok(metadata.len() == 0)
        }
        Err(source) => Err(failed(source)),
    }
}

/// Makes the file's name durable. A file system that cannot sync a folder loses only an empty file.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}

/// Opens the database, checks it and brings it up to date; returns the version that it had.
fn open_checked(path: &Path) -> Result<(Connection, u32), StoreError> {
    let failed = |source| StoreError::sql(path, "open", source);
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    schema::prepare(&connection).map_err(failed)?;
    let found = schema::version(&connection, path)?;
    schema::check(&connection, path)?;
    pass(Point::StateOpened);
    schema::migrate(&mut connection, found).map_err(failed)?;
    pass(Point::StateMigrated);
    Ok((connection, found))
}

/// The path with something after its name: `state.db` and `.lock` give `state.db.lock`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
