//! Writes the files: whole or not at all, for the owner alone, with the old one kept beside.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::exit::{Code, Failure};

/// Puts bytes into a file of mode 0600 in place of what was there. A reader sees the old or the new, never a part.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // A link stays a link: what it points at is replaced.
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = target.parent().unwrap_or(folder);
        let mut file = tempfile::Builder::new()
            .prefix(".mailward-")
            .permissions(std::fs::Permissions::from_mode(0o600))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        std::fs::File::open(folder)?.sync_all()
    };
    write().map_err(|error| Failure {
        causes: vec![error.to_string()],
        ..Failure::new(
            Code::Io,
            format!("{}: cannot be written", path.display()),
            "check the permissions of the folder and whether the disk is full, or name another file with --config",
        )
    })
}

/// Keeps the old text beside the file; where.
pub fn back_up(path: &Path, before: &str, now: Timestamp) -> Result<PathBuf, Failure> {
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{time}.bak"));
    let kept = path.with_file_name(name);
    replace(&kept, before.as_bytes())?;
    Ok(kept)
}
