//! Where the control socket lies (systemd.exec(5), XDG Base Directory Specification).

use std::path::{Path, PathBuf};

use crate::io::environment;

/// The socket's file name.
const NAME: &str = "control.sock";

/// The runtime directory of the system unit, for a command line outside of it.
const SYSTEM: &str = "/run/mailward";

/// Where a daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The socket.
    pub path: PathBuf,
    /// The folder's group may talk to the daemon too: systemd made the folder for the service.
    pub for_group: bool,
}

/// Where the daemon of this environment listens: in `$RUNTIME_DIRECTORY`, else in `$XDG_RUNTIME_DIR/mailward`, else
/// beside the state file. A daemon whose state folder is named by `$STATE_DIRECTORY` alone listens beside its state,
/// so that it does not take the place of the session's own one.
pub fn own(state_folder: &Path) -> Place {
    if let Some(folder) = runtime_directory() {
        return Place {
            path: folder.join(NAME),
            for_group: true,
        };
    }
    let session = environment::directory("XDG_RUNTIME_DIR")
        .filter(|_| environment::variable("STATE_DIRECTORY").is_none())
        .map(|folder| folder.join("mailward"));
    Place {
        path: session
            .unwrap_or_else(|| state_folder.to_owned())
            .join(NAME),
        for_group: false,
    }
}

/// Where a command line looks for a daemon: in its own place, then, where the person has no state of their own, in
/// the system unit's.
pub fn to_try(state_file: &Path) -> Vec<PathBuf> {
    let folder = state_file.parent().unwrap_or(Path::new("."));
    let mut places = vec![own(folder).path];
    if environment::variable("STATE_DIRECTORY").is_none() && !state_file.exists() {
        places.push(Path::new(SYSTEM).join(NAME));
    }
    places
}

/// systemd separates several runtime directories by colons; the first one is ours.
fn runtime_directory() -> Option<PathBuf> {
    let value = environment::variable("RUNTIME_DIRECTORY")?;
    let first = value.to_string_lossy().split(':').next().map(PathBuf::from);
    first.filter(|path| path.is_absolute())
}
