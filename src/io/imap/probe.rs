//! One login to look around: what `check --online` and the wizard show.

use tokio::time::timeout;

use crate::engine::watch::input::LinkError;
use crate::io::imap::folders::{self, FolderFound};
use crate::io::imap::login::log_in;
use crate::io::imap::{Credentials, Options};

/// What a server told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its capabilities after the login, in upper case, sorted.
    pub capabilities: Vec<String>,
    /// It offers IDLE; otherwise it is polled.
    pub idle: bool,
    /// Its folders.
    pub folders: Vec<FolderFound>,
}

/// Logs in, lists the folders and logs out.
pub async fn probe(options: &Options, credentials: &dyn Credentials) -> Result<Probe, LinkError> {
    let mut connected = log_in(options, credentials).await?;
    let folders = folders::list(&mut connected.wire, options.limits.step).await?;
    // The server closes the connection at once; whether the good-bye arrives is of no interest.
    if timeout(options.limits.done, connected.wire.send("LOGOUT"))
        .await
        .is_err()
    {
        tracing::debug!("the server did not take the good-bye");
    }
    Ok(Probe {
        idle: connected.able.has("IDLE"),
        capabilities: connected.able.names().map(str::to_owned).collect(),
        folders,
    })
}
