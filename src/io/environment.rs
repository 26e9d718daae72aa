//! The only reader of the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

/// An environment variable that is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// An environment variable that holds an absolute path; a relative one is ignored (XDG base directories, "must be
/// absolute").
pub fn directory(name: &str) -> Option<PathBuf> {
    variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// The home directory.
pub fn home() -> Option<PathBuf> {
    directory("HOME")
}

/// The locale for messages (`ja_JP.UTF-8`), by the precedence of POSIX.
pub fn locale() -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| variable(name))
        .map(|value| value.to_string_lossy().into_owned())
}

/// The system's time zone, else UTC.
pub fn time_zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// Where a program of this name lies: itself when it names a path, else the first match in `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(Path::new(name)))
        .find(|candidate| candidate.is_file())
}

/// This program's own file.
pub fn own_program() -> Option<PathBuf> {
    std::env::current_exe().ok()
}
