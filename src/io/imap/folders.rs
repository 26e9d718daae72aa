//! The folders of an account, and which of them a name with a backslash means: `\All`, `\Junk` (RFC 6154).

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::timeout;

use crate::engine::watch::input::LinkError;
use crate::io::imap::names;
use crate::io::imap::response::{Response, Status};
use crate::io::imap::wire::Wire;

/// More folders than this are not listed.
const MOST_FOLDERS: usize = 10_000;

/// A folder that a server lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFound {
    /// Its name in UTF-8.
    pub name: String,
    /// Its attributes in lower case: `\all`, `\junk`, `\trash`, `\noselect`.
    pub attributes: Vec<String>,
}

/// A configured folder that stands for a use, since each provider and language has its own name for it.
pub(crate) fn is_use(folder: &str) -> bool {
    folder.starts_with('\\')
}

/// The real names of the configured folders that stand for a use; what the server does not mark is left out.
pub(crate) async fn by_use(
    wire: &mut Wire,
    folders: &[String],
    limit: Duration,
) -> Result<BTreeMap<String, String>, LinkError> {
    if !folders.iter().any(|folder| is_use(folder)) {
        return Ok(BTreeMap::new());
    }
    let found = list(wire, limit).await?;
    let named = |wanted: &String| {
        let attribute = wanted.to_lowercase();
        let folder = found
            .iter()
            .find(|folder| folder.attributes.contains(&attribute))?;
        Some((wanted.clone(), folder.name.clone()))
    };
    Ok(folders
        .iter()
        .filter(|it| is_use(it))
        .filter_map(named)
        .collect())
}

/// Lists the folders.
pub(crate) async fn list(wire: &mut Wire, limit: Duration) -> Result<Vec<FolderFound>, LinkError> {
    timeout(limit, list_inner(wire))
        .await
        .map_err(|_| LinkError::Timeout("listing the folders"))?
}

async fn list_inner(wire: &mut Wire) -> Result<Vec<FolderFound>, LinkError> {
    let asked = wire.send("LIST \"\" \"*\"").await?;
    let mut folders = Vec::new();
    loop {
        match wire.next().await? {
            Response::List { attributes, name } if folders.len() < MOST_FOLDERS => {
                folders.push(FolderFound {
                    name: names::decode(&name),
                    attributes,
                });
            }
            Response::Tagged { tag, answer } if tag == asked && answer.status == Status::Ok => {
                return Ok(folders);
            }
            Response::Tagged { tag, .. } if tag == asked => {
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
}
