//! The folders of an account, and which of them a name with a backslash means: `\All`, `\Junk` (RFC 6154).

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::timeout;

use crate::engine::watch::folder::is_use;
use crate::engine::watch::input::LinkError;
use crate::io::imap::names;
use crate::io::imap::response::Response;
use crate::io::imap::wire::Wire;

const LISTING: &str = "listing the folders";

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

/// The real names of the configured folders that stand for a use; what the server does not mark is left out. A
/// server that says so is asked for the marked ones only (RFC 6154 §5.2).
pub(crate) async fn by_use(
    wire: &mut Wire,
    folders: &[String],
    special_use: bool,
    limit: Duration,
) -> Result<BTreeMap<String, String>, LinkError> {
    if !folders.iter().any(|folder| is_use(folder)) {
        return Ok(BTreeMap::new());
    }
    let found = if special_use {
        timeout(limit, listed(wire, "LIST (SPECIAL-USE) \"\" \"*\""))
            .await
            .map_err(|_| LinkError::Timeout(LISTING))??
    } else {
        None
    };
    let found = match found {
        Some(found) => found,
        None => list(wire, limit).await?,
    };
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
    timeout(limit, listed(wire, "LIST \"\" \"*\""))
        .await
        .map_err(|_| LinkError::Timeout(LISTING))??
        .ok_or(LinkError::Protocol("the folders could not be listed"))
}

/// The answer to a LIST command; `None` when the server refuses it.
async fn listed(wire: &mut Wire, command: &str) -> Result<Option<Vec<FolderFound>>, LinkError> {
    let mut folders = Vec::new();
    let done = wire.run(command, |response| {
        if let Response::List { attributes, name } = response
            && folders.len() < MOST_FOLDERS
        {
            folders.push(FolderFound {
                name: names::decode(&name),
                attributes,
            });
        }
    });
    let done = done.await?;
    Ok(done.then_some(folders))
}
