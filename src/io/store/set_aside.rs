//! Puts a damaged state file out of the way without losing it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::io::store::error::StoreError;
use crate::io::store::with_suffix;

/// Renames the file, and its WAL with it, to a name with the moment in it; returns the new name.
pub(crate) fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let moved_to = free_name(path, now);
    fs::rename(path, &moved_to).map_err(|source| StoreError::io(path, "rename", source))?;
    for suffix in ["-wal", "-shm"] {
        let beside = with_suffix(path, suffix);
        if beside.exists() {
            fs::rename(&beside, with_suffix(&moved_to, suffix))
                .map_err(|source| StoreError::io(&beside, "rename", source))?;
        }
    }
    Ok(moved_to)
}

/// `state.db.damaged-20261122T010203Z`, with a number after it where that is taken.
fn free_name(path: &Path, now: Timestamp) -> PathBuf {
    let base = with_suffix(
        path,
        &format!(".damaged-{}", now.strftime("%Y%m%dT%H%M%SZ")),
    );
    let numbered = (2_u32..).map(|number| with_suffix(&base, &format!("-{number}")));
    std::iter::once(base.clone())
        .chain(numbered)
        .find(|name| !name.exists())
        .unwrap_or(base)
}
