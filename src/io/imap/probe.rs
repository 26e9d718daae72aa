//! One login to look around: what `check --online` and the wizard show.

use tokio::time::timeout;

use crate::engine::watch::input::LinkError;
use crate::io::imap::login::log_in;
use crate::io::imap::names;
use crate::io::imap::response::{Response, Status};
use crate::io::imap::{Credentials, Options};

/// More folders than this are not listed.
const MOST_FOLDERS: usize = 10_000;

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

/// A folder that a server lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFound {
    /// Its name in UTF-8.
    pub name: String,
    /// Its attributes in lower case: `\all`, `\junk`, `\trash`, `\noselect` (RFC 6154).
    pub attributes: Vec<String>,
}

/// Logs in, lists the folders and logs out.
pub async fn probe(options: &Options, credentials: &dyn Credentials) -> Result<Probe, LinkError> {
    let mut connected = log_in(options, credentials).await?;
    let folders = timeout(options.limits.step, async {
        connected.wire.send("P1 LIST \"\" \"*\"").await?;
        let mut folders = Vec::new();
        loop {
            match Response::read(connected.wire.next().await?) {
                Response::List { attributes, name } if folders.len() < MOST_FOLDERS => {
                    folders.push(FolderFound {
                        name: names::decode(&name),
                        attributes,
                    });
                }
                Response::Tagged { tag: b"P1", answer } if answer.status == Status::Ok => {
                    return Ok(folders);
                }
                Response::Tagged { tag: b"P1", .. } => {
                    return Err(LinkError::Protocol("the folders could not be listed"));
                }
                Response::Status(answer) if answer.status == Status::Bye => {
                    return Err(LinkError::Closed);
                }
                Response::Continue
                | Response::Tagged { .. }
                | Response::Status(_)
                | Response::Capability(_)
                | Response::Exists(_)
                | Response::Message(_)
                | Response::UnreadableMessage
                | Response::Search(_)
                | Response::MailboxStatus(_)
                | Response::List { .. }
                | Response::Other => {}
            }
        }
    })
    .await
    .map_err(|_| LinkError::Timeout("listing the folders"))??;
    // The server closes the connection at once; whether the good-bye arrives is of no interest.
    if timeout(options.limits.done, connected.wire.send("P2 LOGOUT"))
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
