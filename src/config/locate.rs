//! Where the configuration and the state lie (XDG Base Directory Specification, systemd.exec(5)).

use std::path::PathBuf;

use crate::config::error::ConfigError;
use crate::io::environment;

/// Where the configuration of the whole machine lies.
const SYSTEM_FILE: &str = "/etc/mailward/mailward.toml";

/// The files that are looked for, in order.
pub fn candidates() -> Vec<PathBuf> {
    let own = environment::directory("XDG_CONFIG_HOME")
        .or_else(|| environment::home().map(|home| home.join(".config")))
        .map(|folder| folder.join("mailward/mailward.toml"));
    own.into_iter()
        .chain([PathBuf::from(SYSTEM_FILE)])
        .collect()
}

/// The file to load: the one that was named, else the first that exists.
pub fn config_file(named: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
    if let Some(named) = named {
        return Ok(named);
    }
    let searched = candidates();
    let found = searched.iter().find(|path| path.exists()).cloned();
    found.ok_or(ConfigError::Missing { searched })
}

/// The folder of the state file: `$STATE_DIRECTORY` under systemd, else the user's own state folder.
pub fn state_folder() -> Option<PathBuf> {
    // systemd separates several state directories by colons; the first one is ours.
    let given = environment::variable("STATE_DIRECTORY").and_then(|value| {
        let value = value.to_string_lossy().into_owned();
        value.split(':').next().map(PathBuf::from)
    });
    given
        .filter(|path| path.is_absolute())
        .or_else(|| environment::directory("XDG_STATE_HOME").map(|folder| folder.join("mailward")))
        .or_else(|| environment::home().map(|home| home.join(".local/state/mailward")))
}

/// The state file. `None` where neither `$STATE_DIRECTORY`, `$XDG_STATE_HOME` nor `$HOME` is set.
pub fn state_file() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("mailward.db"))
}
