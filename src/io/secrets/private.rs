//! Whether a file is its owner's alone.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::process::geteuid;

use crate::io::secrets::SecretsError;

/// Refuses a file of somebody else, and one that others can read.
pub(crate) fn check(
    key: &'static str,
    path: &Path,
    metadata: &Metadata,
) -> Result<(), SecretsError> {
    let owner = metadata.uid();
    if owner != geteuid().as_raw() && owner != 0 {
        return Err(SecretsError::ForeignOwner {
            key,
            path: path.to_owned(),
            owner,
        });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretsError::Readable {
            key,
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}
