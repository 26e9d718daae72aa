//! What can go wrong with the state file.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// A state file that could not be opened, read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process writes to it.
    #[error("{}: state is in use by another mailward; stop that one, or name another state folder", path.display())]
    InUse {
        /// The state file.
        path: PathBuf,
    },
    /// A reader found no file.
    #[error("{}: there is no state file yet; start `mailward run` first", path.display())]
    Missing {
        /// The state file.
        path: PathBuf,
    },
    /// A later version wrote it.
    #[error(
        "{}: the state file has schema version {found}, this mailward knows versions up to {known}; install the newer mailward again",
        path.display()
    )]
    Newer {
        /// The state file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// A reader found the file of an earlier version, and a reader migrates nothing.
    #[error("{}: the state file has the older schema version {found}; start `mailward run` once to bring it up to date", path.display())]
    Older {
        /// The state file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
    },
    /// It is a database of another program.
    #[error("{}: this is a database of another program; name another state folder", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a sound database.
    #[error("{}: the state file is damaged: {why}", path.display())]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// What the check said.
        why: String,
    },
    /// Another program holds a lock on it.
    #[error("{}: could not {what} the state file: another program holds a lock on it; close that one", path.display())]
    Locked {
        /// The state file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
    },
    /// The disk is full.
    #[error("{}: could not {what} the state file: the disk is full; make room on it", path.display())]
    Full {
        /// The state file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
    },
    /// SQLite failed otherwise.
    #[error("{}: could not {what} the state file: {source}; check the folder's owner, mode and disk", path.display())]
    Sql {
        /// The state file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A file operation failed.
    #[error("{}: could not {what}: {source}; check the folder's owner, mode and disk", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A value could not be written as JSON.
    #[error("{}: could not write a value as JSON: {source}; please report this", path.display())]
    Encode {
        /// The state file.
        path: PathBuf,
        /// What was wrong.
        source: serde_json::Error,
    },
    /// A row does not hold what its table promises.
    #[error("{}: table {table}, row {row}: unreadable: {why}; rename the file to start afresh, and report this", path.display())]
    Row {
        /// The state file.
        path: PathBuf,
        /// Which table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// What was wrong.
        why: String,
    },
}

/// What an error means for whoever wanted something of the state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Somebody else is at it: try again.
    Busy,
    /// There is none yet.
    Missing,
    /// It is not for this program, and waiting does not mend that.
    Unfit,
    /// The disk, its room or its modes: it works again once they are mended.
    Disk,
}

impl StoreError {
    /// What it means, and the next step.
    pub fn trouble(&self) -> (Trouble, &'static str) {
        match self {
            Self::InUse { .. } => (
                Trouble::Busy,
                "another mailward is running on this state file: stop it first, or, where it does not answer on its control socket, see its log",
            ),
            Self::Locked { .. } => (
                Trouble::Busy,
                "close the program that has the state file open, and try again",
            ),
            Self::Missing { .. } => (
                Trouble::Missing,
                "start `mailward run`; the first mail that matters begins the record",
            ),
            Self::Newer { .. } => (
                Trouble::Unfit,
                "install the newer mailward again, or name another state folder with STATE_DIRECTORY",
            ),
            Self::NotOurs { .. } | Self::Older { .. } | Self::Encode { .. } | Self::Row { .. } => (
                Trouble::Unfit,
                "name another state folder with STATE_DIRECTORY, or move the file away",
            ),
            Self::Damaged { .. } | Self::Full { .. } | Self::Sql { .. } | Self::Io { .. } => (
                Trouble::Disk,
                "check the folder's owner, its mode and the free space",
            ),
        }
    }

    /// Sorts what SQLite said.
    pub(crate) fn sql(path: &Path, what: &'static str, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path, what },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked { path, what }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged {
                path,
                why: source.to_string(),
            },
            _ => Self::Sql { path, what, source },
        }
    }

    /// Wraps what the system said.
    pub(crate) fn io(path: &Path, what: &'static str, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            what,
            source,
        }
    }
}
